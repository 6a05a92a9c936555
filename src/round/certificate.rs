//! The proof that no plan is worth more than a bound: cuts, multipliers, and a tree of cases.
//!
//! **Cut rows.** Let S separate the senders of demands 1, 2, ..., n from their receivers, K_i what untouchable channels
//! can send out of S (in the scenario of demand i), D_i = amount_i - K_i > 0, rising, and D = D_n. With D_0 = 0,
//!
//! ```text
//!   sum over touchable e leaving S at u:  min(b_eu, D) (1 - y_e) + new_eu  >=  sum_i (D_i - D_(i-1)) x_i
//! ```
//!
//! where x_i = 1 if demand i is feasible after the round, y_e = 1 if e is touched, b_eu is what u can send in e
//! before the round, and `new_eu` is one of
//!
//! * p_eu, what u can send in e afterwards if it is touched;
//! * min(D, M_eu) y_e for a *lifted* channel, M_eu being the most that p_eu can be;
//! * nothing, if u is *pooled*. Then the money that u has in the round stands once for all its channels that leave S:
//!   min(D, old_fu - fee) y_f for each touchable channel f of u, old_fu being its balance, and min(D, F_u) g_u for its
//!   free funds, g_u = 1 if they enter the round (F_u g_u for the server, whose funds may enter in part).
//!
//! An untouchable channel may stand *apart*: not in any K_i but in the row like others, with b_eu the most that it holds in a scenario of
//! the demands, y_e = 0 and p_eu = 0. So a row goes on as it was when a channel cannot be touched any more.
//!
//! If j is the largest demand with x_j = 1, the right side is at most D_j, which is what the left side has to carry; and a
//! term at its limit D is enough alone. (Rows of several demands are star inequalities of a mixing set: Atamturk,
//! Nemhauser, Savelsbergh, Math. Programming 89, 2000.) K_i is subtracted on the right before the product with x_i,
//! which is what makes the row strong. A *kept* channel counts as if it were in every K_i with b_eu, touched or not: with
//! `new_eu`, that is no less than what it sends.
//!
//! **Roundings.** A sum of rows (cuts, purses, budgets, other roundings, each a whole number of times) is a row again, and
//! mixed-integer rounding makes a stronger one of it: see [`Rounding`]. That sees that money is enough for this or that demand but
//! not for both, which single cuts do not.
//!
//! **Leaf.** Multipliers m >= 0 of cut rows and roundings, mu_u of "what u puts into touched channels is no more than it takes
//! out of them and brings", lambda of the fronting budget and nu of the price budget are added to the
//! objective. What is left falls apart into one maximum per demand, per channel, and per purse, each read off,
//! with at most k touches of positive value: an upper bound for any multipliers (Lagrange).
//!
//! **Branch.** Two cases that cover every plan; the bound of a branch is the larger bound of its cases. So a
//! tree of a branch and bound proves optimality.
//!
//! A demand is *hopeless* if some S shows that all the money that could be moved across S is not enough; it
//! counts for nothing. Everything is an integer: multipliers count in units of 1 / [`UpperBound::SCALE`]
//! points (per satoshi), so nothing is rounded but the final value, down to whole points.

use alloc::vec::Vec;

use super::plan::Touch;
use crate::amount::Sat;
use crate::id::{DemandId, NodeId, NodeMap};

/// A node set that separates senders of demands from their receivers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DemandCut {
    /// The demands, each once.
    pub demands: Vec<DemandId>,
    /// Which nodes lie on the senders' side.
    pub sender_side: NodeMap<bool>,
    /// The channels leaving the set that count with what they hold before the round, touched or not.
    pub kept: Vec<Touch>,
    /// The channels leaving the set for which being touched counts, not what they hold.
    pub lifted: Vec<Touch>,
    /// The participants whose money counts once and not channel by channel.
    pub pooled: Vec<NodeId>,
    /// The untouchable channels that count as if they could be touched.
    pub apart: Vec<Touch>,
}

/// The multiplier of a row, in units of 1 / [`UpperBound::SCALE`] of an objective point per satoshi.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Multiplier<T> {
    /// The row.
    pub row: T,
    /// Its multiplier.
    pub value: u64,
}

/// Multipliers that prove a bound, the others being 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Multipliers {
    /// Of cuts, by position in [`UpperBound::cuts`].
    pub cuts: Vec<Multiplier<u32>>,
    /// Of roundings, by position in [`UpperBound::roundings`].
    pub roundings: Vec<Multiplier<u32>>,
    /// Of the money of participants.
    pub wealth: Vec<Multiplier<NodeId>>,
    /// Of the fronting budget.
    pub front: u64,
    /// Of the price budget.
    pub price: u64,
}

/// A row that follows from a sum of rows by mixed-integer rounding.
///
/// The sum of cut rows, purses, budgets and earlier roundings, each so many times, is a row `sum a v + sum c s <= b` over choices v (demand feasible,
/// channel touched, funds entered) and amounts s. Each choice may be looked at from its complement 1 - v, and each amount p_eu from
/// what it lacks, M_eu y_e - p_eu. With a divisor d, r(a) the remainder of a, and r = r(b), what follows is
///
/// ```text
///   sum ((d - r) floor(a / d) + max(0, r(a) - r)) v + sum min(0, c) s  <=  (d - r) floor(b / d)
/// ```
///
/// (Marchand and Wolsey, Operations Research 49, 2001.) All numbers are whole, and no larger than those of the sum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rounding {
    /// How many times each row enters the sum, in whole numbers; of roundings only earlier ones.
    pub of: Multipliers,
    /// The divisor, at least 1.
    pub divisor: u64,
    /// The demands looked at from their complements.
    pub met: Vec<DemandId>,
    /// The touches looked at from their complements.
    pub touched: Vec<Touch>,
    /// The participants whose free funds are.
    pub brought: Vec<NodeId>,
    /// The sides of channels that are looked at from the most that they can send, or from more.
    pub full: Vec<(Touch, End, Sat)>,
    /// The untouchable channels that count as if they could be touched.
    pub apart: Vec<Touch>,
}

/// A question with two answers, "no" (the first case) and "yes" (the second).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Is the channel touched?
    Touch(Touch),
    /// If the channel is touched, is it open afterwards?
    Open(Touch),
    /// Is the demand feasible afterwards?
    Demand(DemandId),
    /// Do the free funds of this user enter the round?
    Funds(NodeId),
    /// Is the channel touched, and can an end send more than `limit` through it afterwards?
    Sendable {
        /// The channel.
        channel: Touch,
        /// Its end.
        end: End,
        /// The limit.
        limit: Sat,
    },
}

/// One of the two ends of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The end called `u`.
    U,
    /// The end called `v`.
    V,
}

/// A node of the proof.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// Multipliers that prove a bound of this case.
    Leaf(Multipliers),
    /// Two cases, at later positions of [`UpperBound::cases`].
    Branch {
        /// What they differ in.
        on: Choice,
        /// The position of the case "no".
        no: u32,
        /// The position of the case "yes".
        yes: u32,
    },
}

/// A proven upper bound of the objective of every plan. Checked by [`check::bound`](crate::check::bound).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpperBound {
    /// No plan is worth more.
    pub value: u64,
    /// Sets that prove demands hopeless; lifting plays no part.
    pub hopeless: Vec<DemandCut>,
    /// Deficient cuts of other demands.
    pub cuts: Vec<DemandCut>,
    /// Rows that follow from them.
    pub roundings: Vec<Rounding>,
    /// The proof, from the case without assumptions on.
    pub cases: Vec<Case>,
}

impl UpperBound {
    /// Units per objective point.
    pub const SCALE: u64 = 1 << 44;
}

/// A node set with a multiplier, in units of 1 / [`UpperBound::SCALE`] of an objective point per satoshi.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetCut {
    /// Which nodes lie in the set.
    pub inside: NodeMap<bool>,
    /// Its multiplier.
    pub value: u64,
}

/// A proven upper bound of the weight of demands that can be netted together after any plan.
///
/// Let L(S) be the most that can leave a set S after any round, and let all of a set X of demands be netted. What X
/// sends out of S less what it sends into S is at most L(S). Such rows, added to the weights with multipliers m(S) >= 0,
/// leave one maximum per demand (Lagrange):
///
/// ```text
///   sum over S of m(S) L(S) + sum over d of max(0, weight(d) - a(d) sum over S of m(S) s(d, S))
/// ```
///
/// where s(d, S) is 1 if d leaves S, -1 if it enters, else 0. L(S) is the smaller of two bounds: every node inside puts all
/// its means across; and what can leave before, plus as many of the largest gains of channels across as may be touched.
/// Checked by [`check::set_bound`](crate::check::set_bound).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SetBound {
    /// No plan nets demands of more weight.
    pub value: u64,
    /// The sets.
    pub cuts: Vec<SetCut>,
}
