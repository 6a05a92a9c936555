//! All that proves a lower bound of payments in parts, in one value that anyone can check again.

use alloc::vec::Vec;

use super::{Branch, PartsGoal, PartsRules, branch_bound, largest_part_bound, parts_bound, prices_bound};
use crate::amount::Msat;
use crate::liquidity::ChannelGraph;
use crate::num::float;

/// What proves that no way to pay has a smaller objective than so much ([`objective_bound`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// Payments of a larger objective are left out of account, so no more than that is proven. Any number is right.
    pub known: f64,
    /// By node, as in [`parts_bound`]; may be empty.
    pub potentials: Vec<f64>,
    /// Cases of fixed charges that were told apart, as in [`branch_bound`]; may be empty.
    pub branches: Vec<Branch>,
    /// By direction, as in [`prices_bound`]: they see limits of length and of the number of parts; may be empty.
    pub prices: Vec<f64>,
}

/// A lower bound of the objective of every way to pay: the best of what potentials, cases and prices prove, and of
/// [`largest_part_bound`], but not above [`Proof::known`]. Infinite only if that is, and no way is within the limits.
///
/// Each of these bounds holds for payments that are no worse than `known`, and all others are above that.
///
/// ```
/// use feasible::check::{PartsGoal, objective_bound};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::payment::{PayAnswer, PaymentPlanner};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, t) = (b.add_node()?, b.add_node()?);
/// b.add_channel(Channel::new(s, t, Sat(100)))?;
/// let graph = b.build();
/// let goal = PartsGoal::new(s, t, Msat(50_000), 0.0);
/// let PayAnswer::Plan(plan) = PaymentPlanner::new(&graph).plan(&goal)? else { panic!() };
/// let bound = objective_bound(&graph, &goal, &plan.proof);
/// assert!(plan.lower_bound <= bound && bound <= plan.value.objective); // ln 2, nearly
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn objective_bound(graph: &ChannelGraph, goal: &PartsGoal<'_>, proof: &Proof) -> f64 {
    let Proof { known, potentials, branches, prices } = proof;
    let mut bound = largest_part_bound(graph, goal);
    if !potentials.is_empty() {
        bound = bound.max(parts_bound(graph, goal, potentials, *known));
    }
    if !branches.is_empty() {
        bound = bound.max(branch_bound(graph, goal, branches, *known));
    }
    if !prices.is_empty() {
        bound = bound.max(prices_bound(graph, core::slice::from_ref(goal), prices, *known));
    }
    if known.is_nan() { 0.0 } else { bound.min(*known).max(0.0) }
}

/// A lower bound of the fee of every way to pay, in satoshi: of a proof for the same goal under riskless rules
/// ([`PartsRules::riskless`]) at a mu of 1, whatever the goal's own.
#[must_use]
pub fn fee_bound(graph: &ChannelGraph, goal: &PartsGoal<'_>, proof: &Proof) -> f64 {
    let rules = goal.rules.map_or_else(PartsRules::new, PartsRules::clone).riskless();
    objective_bound(graph, &PartsGoal { mu: 1.0, rules: Some(&rules), ..*goal }, proof)
}

/// A lower bound of -ln P of every way to pay, or of those within a fee budget: of a proof at a mu, dislikes left out. What is
/// proven of the objective, less mu times the budget; without a budget, mu counts as 0.
#[must_use]
pub fn risk_bound(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    (budget, mu): (Option<Msat>, f64),
    proof: &Proof,
) -> f64 {
    if !(mu.is_finite() && mu >= 0.0) {
        return 0.0;
    }
    let rules = goal.rules.map_or_else(PartsRules::new, PartsRules::clone).unbiased();
    let (mu, paid) = budget.map_or((0.0, 0.0), |budget| (mu, mu * float(budget.0) / 1000.0));
    let bound = objective_bound(graph, &PartsGoal { mu, rules: Some(&rules), ..*goal }, proof);
    (bound - paid - 1e-12 * (bound + paid)).max(0.0)
}
