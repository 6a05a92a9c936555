//! The most reliable and cheapest way to pay, with a proven lower bound.
//!
//! # Problem
//!
//! Choose parts (an amount and a way each) that add up to the payment and minimise
//! `sum over channels of -ln P(X >= f) + mu * fee`, where `f` is what a channel and direction carries with
//! the fees of the hops after it, and X is uniform between the bounds of the channel's liquidity.
//!
//! # Method
//!
//! Without base fees, rounding and upstream growth this is a separable convex flow problem. It is solved by
//! capacity scaling on the true cost. The flow of *every* phase is cut into parts and valued exactly: coarse
//! phases give few parts and low base fees, fine ones the last bit of probability; the best one wins. The
//! potentials of the phases bound the objective of all payments from below
//! ([`check::parts_bound`]), so the gap that is reported covers all that was relaxed.
//!
//! # References
//!
//! Pickhardt and Richter, "Optimally Reliable & Cheap Payment Flows on the Lightning Network" (arXiv
//! 2107.05322): the cost, its convexity, and why base fees make the problem strongly NP-hard.

mod convex;

use alloc::vec::Vec;

use thiserror::Error;

use crate::amount::Msat;
use crate::check::{self, Part, PartFault, PartsGoal, PartsValue, direction_at};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::solve::{Meter, SolveError, admit_terminals};
use convex::{Convex, Reached};

/// Phases of the scaling: the last step is the amount divided by 2^16.
const PHASES: u32 = 17;
/// Attempts to make room for fees in full channels.
const ROOM: usize = 8;
/// Into how many parts a way may be cut to keep HTLC limits.
const CUTS: u64 = 1024;

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PayError {
    /// The question is not one, or the work limit was reached.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The trade-off is negative or not a number.
    #[error("mu must be finite and not negative")]
    Mu,
    /// The answer failed its own check, so there is none. A defect of this crate: please report it.
    #[error("the answer did not pass its check: {0}")]
    Uncertified(#[from] PartFault),
}

/// A checked way to pay.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentPlan {
    /// The parts, as they are to be sent.
    pub parts: Vec<Part>,
    /// What they are worth, recomputed from the parts.
    pub value: PartsValue,
    /// No way to pay has a smaller objective.
    pub lower_bound: f64,
    /// The potentials that prove it, by node.
    pub potentials: Vec<f64>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PayAnswer {
    /// A way to pay.
    Plan(PaymentPlan),
    /// There is none: the nodes listed hold the sender, and less than the amount can leave them.
    Infeasible(Vec<NodeId>),
    /// None was found that keeps the limits of the parts or leaves room for the fees; not a proof.
    NotFound,
}

/// Plans payments on a channel graph.
///
/// ```
/// use feasible::check::PartsGoal;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::payment::{PayAnswer, PaymentPlanner};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, t) = (b.add_node()?, b.add_node()?);
/// for capacity in [100, 100] {
///     b.add_channel(Channel::new(s, t, Sat(capacity)))?;
/// }
/// let graph = b.build();
/// let goal = PartsGoal { sender: s, receiver: t, amount: Msat(80_000), mu: 0.0 };
/// let PayAnswer::Plan(plan) = PaymentPlanner::new(&graph).plan(&goal)? else { panic!("feasible") };
/// assert_eq!(plan.parts.len(), 2); // 0.6 * 0.6 beats 0.2
/// assert!((plan.value.ln_probability - 2.0 * f64::ln(0.6)).abs() < 1e-4);
/// assert!(plan.lower_bound <= plan.value.objective && plan.lower_bound > 0.999 * plan.value.objective);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PaymentPlanner<'a> {
    graph: &'a ChannelGraph,
    max_parts: usize,
    work_limit: Option<u64>,
}

impl<'a> PaymentPlanner<'a> {
    /// A planner without limits on parts or work.
    #[must_use]
    pub const fn new(graph: &'a ChannelGraph) -> Self {
        Self { graph, max_parts: usize::MAX, work_limit: None }
    }

    /// At most so many parts. The lower bound stays that of any number of parts.
    #[must_use]
    pub const fn max_parts(mut self, parts: usize) -> Self {
        self.max_parts = parts;
        self
    }

    /// At most so many residual steps looked at.
    #[must_use]
    pub const fn work_limit(mut self, limit: u64) -> Self {
        self.work_limit = Some(limit);
        self
    }

    /// The best way found, with a lower bound; or a cut.
    ///
    /// # Errors
    /// [`SolveError`] for unknown or equal nodes, an amount of zero or above [`Msat::SUPPLY`], or the work limit;
    /// [`PayError::Mu`].
    pub fn plan(&self, goal: &PartsGoal) -> Result<PayAnswer, PayError> {
        self.admit(goal)?;
        let mut meter = Meter::new(self.work_limit, None);
        let mut limits = alloc::vec![u64::MAX; self.graph.channel_count() * 2];
        for _ in 0..ROOM {
            let mut best: Option<PaymentPlan> = None;
            let mut convex = Convex::new(self.graph, goal, &limits);
            for phase in 0..PHASES {
                let delta = (goal.amount.0 >> phase).max(1);
                if let Reached::Stuck(nodes) = convex.phase(delta, &mut meter)? {
                    let proven = check::parts_cut(self.graph, goal, &nodes);
                    return Ok(if proven { PayAnswer::Infeasible(nodes) } else { PayAnswer::NotFound });
                }
                self.consider(goal, &convex, &mut best)?;
                if delta == 1 {
                    break;
                }
            }
            if let Some(mut plan) = best {
                let last = self.bound(goal, &convex, plan.value.objective);
                if last >= plan.lower_bound {
                    (plan.lower_bound, plan.potentials) = (last, convex.potential);
                }
                return Ok(PayAnswer::Plan(plan));
            }
            if !self.make_room(goal, &convex, &mut limits) {
                break;
            }
        }
        Ok(PayAnswer::NotFound)
    }

    fn admit(&self, goal: &PartsGoal) -> Result<(), PayError> {
        admit_terminals(self.graph.node_count(), goal.sender, goal.receiver)?;
        if goal.amount == Msat::ZERO || goal.amount > Msat::SUPPLY {
            let (amount, limit) = (goal.amount.0.into(), Msat::SUPPLY.0.into());
            return Err(SolveError::Amount { amount, limit }.into());
        }
        if goal.mu.is_finite() && goal.mu >= 0.0 { Ok(()) } else { Err(PayError::Mu) }
    }

    /// The lower bound that the potentials prove, at most the objective of a known payment.
    fn bound(&self, goal: &PartsGoal, convex: &Convex<'_>, known: f64) -> f64 {
        check::parts_bound(self.graph, goal, &convex.potential, known).min(known)
    }

    fn consider(
        &self,
        goal: &PartsGoal,
        convex: &Convex<'_>,
        best: &mut Option<PaymentPlan>,
    ) -> Result<(), PayError> {
        let Some(parts) = self.parts(goal, convex) else { return Ok(()) };
        let value = check::parts(self.graph, goal, &parts)?;
        let beaten = best.as_ref().is_some_and(|plan| plan.value.objective <= value.objective);
        if value.amount == goal.amount && value.objective.is_finite() && !beaten {
            let lower_bound = self.bound(goal, convex, value.objective);
            *best = Some(PaymentPlan { parts, value, lower_bound, potentials: convex.potential.clone() });
        }
        Ok(())
    }

    /// Parts that keep every HTLC limit, or `None`.
    fn parts(&self, goal: &PartsGoal, convex: &Convex<'_>) -> Option<Vec<Part>> {
        let mut parts: Vec<Part> = Vec::new();
        let fits = |part: &Part| check::part_amounts(self.graph, goal.sender, goal.receiver, 0, part).is_ok();
        for (amount, way) in convex.ways(goal) {
            let path: Vec<_> = way.iter().map(|&i| (id_at(i / 2), direction_at(i))).collect();
            let of = |amount| Part { amount: Msat(amount), path: path.clone() };
            let mut count = 1;
            while count <= CUTS && !(fits(&of(amount / count)) && fits(&of(amount.div_ceil(count)))) {
                count *= 2;
            }
            if count <= CUTS {
                parts.extend((0..count).map(|i| of(amount / count + u64::from(i < amount % count))));
                continue;
            }
            let raised =
                |part: &Part| Part { amount: part.amount.saturating_add(Msat(amount)), ..part.clone() };
            let place = parts.iter().position(|part| fits(&raised(part)))?;
            parts[place] = raised(&parts[place]);
        }
        (parts.len() <= self.max_parts).then_some(parts)
    }

    /// Lowers the limits of directions that fees have overfilled; whether there was one.
    fn make_room(&self, goal: &PartsGoal, convex: &Convex<'_>, limits: &mut [u64]) -> bool {
        let mut carried = alloc::vec![0_u64; limits.len()];
        for part in self.parts(goal, convex).unwrap_or_default() {
            let amounts = check::part_amounts(self.graph, goal.sender, goal.receiver, 0, &part);
            for (&(channel, direction), amount) in part.path.iter().zip(amounts.unwrap_or_default()) {
                let index = check::direction_index(channel.index(), direction);
                carried[index] = carried[index].saturating_add(amount.0);
            }
        }
        let mut any = false;
        for (index, &carried) in carried.iter().enumerate() {
            let possible = convex.terms[index].possible;
            if carried > possible {
                let over = (carried - possible).saturating_mul(2);
                limits[index] = limits[index].min(possible).saturating_sub(over);
                any = true;
            }
        }
        any
    }
}
