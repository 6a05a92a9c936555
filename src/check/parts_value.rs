//! Value of a payment in parts, and a lower bound that no payment can beat.

use alloc::vec::Vec;

use super::{Part, PartFault, part_amounts};
use crate::amount::Msat;
use crate::id::NodeId;
use crate::law::ln_ratio;
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;

/// What is to be paid and what it may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartsGoal {
    /// Who pays.
    pub sender: NodeId,
    /// Who is paid.
    pub receiver: NodeId,
    /// What is to arrive.
    pub amount: Msat,
    /// Nats per satoshi of fee; finite, not negative.
    pub mu: f64,
}

/// What parts are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartsValue {
    /// What arrives.
    pub amount: Msat,
    /// What the sender pays beyond that.
    pub fee: Msat,
    /// The logarithm of the probability that every channel carries what it is to carry; may be -inf.
    pub ln_probability: f64,
    /// mu times the fee in satoshi, minus that logarithm.
    pub objective: f64,
}

/// The direction of an index; directions are counted channel by channel.
pub(crate) const fn direction_at(index: usize) -> Direction {
    Direction::BOTH[index % 2]
}

/// The index of a direction.
pub(crate) const fn direction_index(channel: usize, direction: Direction) -> usize {
    channel * 2 + direction.index()
}

/// What one direction costs: uniform on certain..=possible, and the proportional fee.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) certain: u64,
    /// Zero if the direction is of no use.
    pub(crate) possible: u64,
    /// Nats per millisatoshi.
    pub(crate) rate: f64,
    pub(crate) htlc_min: u64,
}

impl Terms {
    pub(crate) fn of(graph: &ChannelGraph, index: usize, goal: &PartsGoal) -> Self {
        let direction = direction_at(index);
        let channel = graph.channel(crate::id::id_at(index / 2));
        let liquidity = channel.liquidity(direction);
        let mut terms =
            Self { certain: liquidity.certain.0, possible: liquidity.possible.0, rate: 0.0, htlc_min: 0 };
        if let Some(policy) = channel.terms(direction) {
            terms.htlc_min = policy.htlc_min.0;
            if !policy.enabled || policy.htlc_min > policy.htlc_max || policy.htlc_min.0 > terms.possible {
                terms.possible = 0;
                terms.certain = 0;
            }
            if channel.sender(direction) != goal.sender {
                terms.rate = goal.mu * f64::from(policy.ppm) / 1e9;
            }
        }
        terms
    }

    /// The cost of raising the flow from one amount to another within 0..=possible, in nats.
    pub(crate) fn between(&self, from: u64, to: u64) -> f64 {
        let fee = self.rate * float(to.saturating_sub(from));
        let (from, to) = (from.max(self.certain), to.max(self.certain));
        let (step, cells) = (to.saturating_sub(from), (self.possible + 1).saturating_sub(from));
        fee - ln_ratio(float(cells.saturating_sub(step)), float(step), float(cells))
    }

    /// A lower bound of cost minus price times flow over all flows in 0..=possible.
    fn least(&self, price: f64) -> f64 {
        let gain = price - self.rate;
        if gain <= 0.0 || self.possible == 0 {
            return 0.0;
        }
        let end = float(self.possible) + 1.0;
        let whole = end - float(self.certain);
        let rest = (1.0 / gain).min(whole).max(1.0);
        if self.certain == 0 && rest >= whole {
            return 0.0;
        }
        let gained = gain * (end - rest);
        let lost = -libm::log(rest / whole);
        (lost - gained).min(0.0) - 1e-14 * (1.0 + lost + gained + price * end)
    }
}

/// Adds up parts from nothing but themselves: amounts hop by hop, fees, joint probability. O(m + length).
///
/// The balance of every channel is uniform between its bounds; parts that share a channel and direction
/// count with their sum, opposite directions do not net.
///
/// # Errors
/// A fault of a part; parts are allowed to exceed what a channel can hold (the probability is then 0).
pub fn parts(graph: &ChannelGraph, goal: &PartsGoal, parts: &[Part]) -> Result<PartsValue, PartFault> {
    let mut flow = alloc::vec![0_u64; graph.channel_count() * 2];
    let mut used = Vec::new();
    let (mut arrives, mut leaves) = (Msat::ZERO, Msat::ZERO);
    for (number, part) in parts.iter().enumerate() {
        let range = PartFault::Range { part: number };
        let amounts = part_amounts(graph, goal.sender, goal.receiver, number, part)?;
        arrives = arrives.checked_add(part.amount).ok_or(range)?;
        leaves = leaves.checked_add(amounts.first().copied().unwrap_or(Msat::ZERO)).ok_or(range)?;
        for (&(channel, direction), amount) in part.path.iter().zip(amounts) {
            let index = direction_index(channel.index(), direction);
            if flow[index] == 0 {
                used.push(index);
            }
            flow[index] = flow[index].checked_add(amount.0).ok_or(range)?;
        }
    }
    used.sort_unstable();
    let mut ln_probability = 0.0;
    for index in used {
        let terms = Terms { rate: 0.0, ..Terms::of(graph, index, goal) };
        let fits = flow[index] <= terms.possible;
        ln_probability -= if fits { terms.between(0, flow[index]) } else { f64::INFINITY };
    }
    let fee = leaves.saturating_sub(arrives);
    let objective = goal.mu * float(fee.0) / 1000.0 - ln_probability;
    Ok(PartsValue { amount: arrives, fee, ln_probability, objective })
}

/// A lower bound of the objective of every way to pay, from any potentials at all (nats per millisatoshi,
/// falling along cheap ways; one per node): Lagrangian relaxation of conservation. O(n + m).
///
/// What arrives through a channel is at most what it carries, costs grow with what is carried, and base fees
/// and rounding only add; so the convex flow problem without them is a relaxation, and each choice of
/// potentials bounds that from below. `known` is the objective of some payment: a direction whose least
/// part would cost more in fees alone is left out, as no optimum uses it. A margin of 1e-14 of every term
/// covers rounding of the arithmetic. Zero if nothing better follows.
#[must_use]
pub fn parts_bound(graph: &ChannelGraph, goal: &PartsGoal, potentials: &[f64], known: f64) -> f64 {
    let at = |node: NodeId| potentials.get(node.index()).copied().unwrap_or(0.0);
    let mut bound = float(goal.amount.0) * (at(goal.receiver) - at(goal.sender));
    bound -= 1e-14 * bound.abs();
    for index in 0..graph.channel_count() * 2 {
        let channel = graph.channel(crate::id::id_at(index / 2));
        let direction = direction_at(index);
        let price = at(channel.receiver(direction)) - at(channel.sender(direction));
        if price > 0.0 {
            let terms = Terms::of(graph, index, goal);
            let surplus = float(terms.htlc_min.saturating_sub(goal.amount.0));
            if goal.mu * surplus / 1000.0 <= known * (1.0 + 1e-9) {
                bound += terms.least(price);
            }
        }
    }
    if bound.is_finite() { bound.max(0.0) } else { 0.0 }
}

/// Whether a node set with the sender and without the receiver cannot send the amount out of it. O(n + m).
#[must_use]
pub fn parts_cut(graph: &ChannelGraph, goal: &PartsGoal, inside: &[NodeId]) -> bool {
    let mut member = alloc::vec![false; graph.node_count()];
    for node in inside {
        if let Some(member) = member.get_mut(node.index()) {
            *member = true;
        }
    }
    let holds = |node: NodeId| member.get(node.index()).copied().unwrap_or(false);
    let mut capacity = 0_u128;
    for index in 0..graph.channel_count() * 2 {
        let channel = graph.channel(crate::id::id_at(index / 2));
        let direction = direction_at(index);
        if holds(channel.sender(direction)) && !holds(channel.receiver(direction)) {
            capacity += u128::from(Terms::of(graph, index, goal).possible);
        }
    }
    holds(goal.sender) && !holds(goal.receiver) && capacity < u128::from(goal.amount.0)
}
