//! The proof that no plan is worth more than a bound: cuts with multipliers.
//!
//! Let S contain the sender of demand d and not its receiver, and let the channels leaving S lack
//! `deficit` > 0 before the round. A touched channel e leaving S at u can gain at most `gain_e` = (the most
//! u could have in e) - (what it can send now), so if d is feasible afterwards (x_d = 1), then
//!
//! ```text
//!   x_d <= sum over touchable e leaving S of min(1, gain_e / deficit) y_e           (y_e = 1: e is touched).
//! ```
//!
//! Adding these rows with multipliers m >= 0 to the objective leaves two maxima that are read off, over x
//! and over at most k touches: for any multipliers
//!
//! ```text
//!   bound = sum over d of max(0, weight_d - sum of m over the cuts of d)
//!         + the k largest values of  sum over cuts that e leaves of m min(1, gain_e / deficit).
//! ```
//!
//! A demand is *hopeless* if some S shows that all the money that could be moved across S is not enough;
//! it counts for nothing. Everything is an integer: multipliers are counted in units of 1 /
//! [`UpperBound::SCALE`] and quotients are rounded up, so the bound errs on the safe side. (Lagrangian
//! relaxation of the cut model of R1; see the [module page](super).)

use alloc::vec::Vec;

use crate::id::{DemandId, NodeMap};

/// A node set that separates the sender of a demand from its receiver.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DemandCut {
    /// The demand.
    pub demand: DemandId,
    /// Which nodes lie on the sender's side.
    pub sender_side: NodeMap<bool>,
    /// The multiplier, in units of 1 / [`UpperBound::SCALE`] of an objective point.
    pub multiplier: u64,
}

/// A proven upper bound of the objective of every plan. Checked by [`check::bound`](crate::check::bound).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpperBound {
    /// No plan is worth more.
    pub value: u64,
    /// Sets that prove demands hopeless; multipliers play no part.
    pub hopeless: Vec<DemandCut>,
    /// Deficient cuts of other demands.
    pub cuts: Vec<DemandCut>,
}

impl UpperBound {
    /// Units per objective point.
    pub const SCALE: u64 = 1 << 20;
}
