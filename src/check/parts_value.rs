//! Value of a payment in parts, and a lower bound that no payment can beat.

use alloc::collections::BTreeMap;

use super::{Part, PartFault, PartsGoal, Terms, direction_index, narrowed, part_amounts};
use crate::amount::Msat;
use crate::id::{NodeId, id_at};
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;

/// What parts are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartsValue {
    /// What arrives.
    pub amount: Msat,
    /// What the sender pays beyond that.
    pub fee: Msat,
    /// The logarithm of the probability that every channel carries what it is to carry; may be -inf.
    pub ln_probability: f64,
    /// mu times the fee in satoshi, plus biases, minus that logarithm.
    pub objective: f64,
}

/// Adds up parts from nothing but themselves: amounts hop by hop, fees, joint probability. O(m + length).
///
/// Parts that share a channel and direction count with their sum, opposite directions do not net. A direction that
/// can never carry its flow makes the probability 0. Biases count in the objective alone.
///
/// # Errors
/// A fault of a part, or more parts than the rules allow.
pub fn parts(graph: &ChannelGraph, goal: &PartsGoal<'_>, parts: &[Part]) -> Result<PartsValue, PartFault> {
    batch(graph, &[(*goal, parts)])
}

/// The same for several payments that are pending at once: directions count once, with the sum of all parts, and HTLC slots are
/// shared; the limit of parts is that of each payment. Mu and rules are those of the first goal. What arrives is the sum.
///
/// # Errors
/// As [`parts`]; parts are counted within their payment.
pub fn batch(graph: &ChannelGraph, sets: &[(PartsGoal<'_>, &[Part])]) -> Result<PartsValue, PartFault> {
    let mut flow = alloc::vec::Vec::new();
    let (mut arrives, mut leaves) = (Msat::ZERO, Msat::ZERO);
    let (mu, rules) = sets.first().map_or((0.0, None), |(goal, _)| (goal.mu, goal.rules));
    for (goal, parts) in sets {
        let goal = &PartsGoal { rules, ..*goal };
        if let Some(limit) = rules.map(|rules| rules.max_parts).filter(|&limit| parts.len() > limit) {
            return Err(PartFault::Count { parts: parts.len(), limit });
        }
        for (number, part) in parts.iter().enumerate() {
            let range = PartFault::Range { part: number };
            let amounts = part_amounts(graph, goal, number, part)?;
            arrives = arrives.checked_add(part.amount).ok_or(range)?;
            leaves = leaves.checked_add(amounts.first().copied().unwrap_or(Msat::ZERO)).ok_or(range)?;
            for (&(channel, direction), amount) in part.path.iter().zip(amounts) {
                flow.push((direction_index(channel.index(), direction), amount.0));
            }
        }
    }
    flow.sort_unstable();
    let (mut ln_probability, mut bias) = (0.0, 0.0);
    for group in flow.chunk_by(|one, next| one.0 == next.0) {
        let Some(&(index, _)) = group.first() else { continue };
        let terms = Terms::of(graph, index, rules);
        if terms.slots < u32::MAX && group.len() > terms.slots as usize {
            return Err(PartFault::Slots {
                channel: id_at(index / 2),
                parts: group.len(),
                limit: terms.slots,
            });
        }
        let sum = group.iter().fold(0_u64, |sum, &(_, amount)| sum.saturating_add(amount));
        let fits = sum <= terms.possible;
        bias += terms.bias;
        ln_probability -= if fits { terms.risk(sum) + terms.activation } else { f64::INFINITY };
    }
    let fee = leaves.saturating_sub(arrives);
    let objective = mu * float(fee.0) / 1000.0 + bias - ln_probability;
    Ok(PartsValue { amount: arrives, fee, ln_probability, objective })
}

/// The most that a payment no worse than `known` may send anywhere: the amount and all its fees, since no part passes a
/// node twice.
pub(crate) fn largest_amount(goal: &PartsGoal<'_>, known: f64) -> f64 {
    if goal.mu > 0.0 {
        float(goal.amount.0) * (1.0 + 1e-12) + 1000.0 * known / goal.mu * (1.0 + 1e-9) + 1.0
    } else {
        f64::INFINITY
    }
}

/// The same, not above what the sender's largest HTLC is, or the receiver's with all fees. O(degrees).
pub(crate) fn largest_sent(graph: &ChannelGraph, goal: &PartsGoal<'_>, known: f64) -> f64 {
    let largest = |node: NodeId, leaving: bool| {
        let of = |&channel: &crate::id::ChannelId| {
            let out = graph.channel(channel).leaving(node);
            let direction = if leaving { out } else { out.reversed() };
            let terms = Terms::of(graph, direction_index(channel.index(), direction), goal.rules);
            float(terms.htlc_max.min(terms.possible))
        };
        graph.channels_of(node).iter().map(of).fold(0.0, f64::max)
    };
    let fees = if goal.mu > 0.0 { 1000.0 * known / goal.mu * (1.0 + 1e-9) + 1.0 } else { f64::INFINITY };
    let ends = largest(goal.sender, true).min(largest(goal.receiver, false) + fees);
    largest_amount(goal, known).min(ends).max(1.0)
}

/// A lower bound of the objective of every way to pay, from any potentials at all: nats per millisatoshi, one per
/// node, the price of an amount there above its price at the sender; rising along cheap ways. O(n + m).
///
/// Lagrangian relaxation: what a node forwards and earns is at most what it receives. A direction that forwards f
/// earns at least ppm of it, and a base fee for each of its parts: one at least, and none above the HTLC maximum, the
/// liquidity, or the amount with its fees. `known` is the objective of some payment, and limits those fees: a
/// direction whose least part would be larger is left out, as no optimum uses it, and none carries more than the amount with all fees. A margin of 1e-14 of every term
/// covers rounding of the arithmetic. Zero if nothing better follows. The least value of a direction is exact for the
/// uniform law, and a proven bound of it under every other one. What the bound lacks to `known` narrows what directions carry in a payment that is
/// no worse, hence how large parts are and how many base fees they pay: a better one is proven from these ranges
/// (`check/parts_ranges.rs`). Never above `known`, if that is finite.
#[must_use]
pub fn parts_bound(graph: &ChannelGraph, goal: &PartsGoal<'_>, potentials: &[f64], known: f64) -> f64 {
    narrowed(graph, goal, potentials, known, &BTreeMap::new()).0
}

/// The same without ranges, for all ways to pay with which some directions carry nothing (`false`) or something (`true`); with
/// the terms of directions at hand, none if nothing is gained through one up to a price.
pub(crate) fn bound_with<'t>(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    potentials: &[f64],
    known: f64,
    assumed: &BTreeMap<usize, bool>,
    terms: impl Fn(usize, f64) -> Option<Terms<'t>>,
) -> f64 {
    let pricing = Pricing::new(graph, goal, potentials, known);
    let largest = pricing.largest;
    let mut bound = pricing.amount(goal);
    let mut assumed = assumed.iter().peekable();
    for id in graph.channels() {
        let (a, b) = (graph.channel(id).a(), graph.channel(id).b());
        let at = [pricing.at(a), pricing.at(b)];
        for direction in Direction::BOTH {
            let index = direction_index(id.index(), direction);
            let sure = assumed.peek().is_none();
            let assumed = assumed.next_if(|assumed| *assumed.0 == index).map(|assumed| *assumed.1);
            let (low, high) = if direction == Direction::AToB { (at[0], at[1]) } else { (at[1], at[0]) };
            if (high <= low && assumed != Some(true)) || assumed == Some(false) {
                continue;
            }
            // What follows only takes away.
            if sure && bound <= 0.0 {
                return 0.0;
            }
            let most = if assumed.is_some() { f64::INFINITY } else { high - low };
            let Some(terms) = terms(index, most) else { continue };
            let terms = terms.at_most(pricing.most);
            if float(terms.htlc_min) > largest.max(float(goal.amount.0)) {
                continue;
            }
            let (tail, head) = if direction == Direction::AToB { (a, b) } else { (b, a) };
            let (price, base) = pricing.of(goal, &terms, tail, head);
            if assumed == Some(true) {
                bound += terms.least_used(price, base, terms.largest_part(largest));
                continue;
            }
            if !terms.is_uniform() && terms.is_idle_at(price) {
                continue;
            }
            let least = terms.least(price, base, terms.largest_part(largest));
            if least < 0.0 {
                bound += least - 1e-15 * high * float(terms.possible);
            }
        }
    }
    if bound.is_finite() { bound.max(0.0) } else { 0.0 }
}

/// What potentials say that an amount is worth at each node.
pub(crate) struct Pricing<'p> {
    potentials: &'p [f64],
    start: f64,
    mu: f64,
    /// No part sends more.
    pub(crate) largest: f64,
    /// No direction carries more.
    pub(crate) most: f64,
}

impl<'p> Pricing<'p> {
    pub(crate) fn new(graph: &ChannelGraph, goal: &PartsGoal<'_>, potentials: &'p [f64], known: f64) -> Self {
        let start = potentials.get(goal.sender.index()).copied().unwrap_or(0.0);
        let (largest, most) = (largest_sent(graph, goal, known), largest_amount(goal, known));
        Self { potentials, start, mu: goal.mu / 1000.0, largest, most }
    }

    /// Nats per msat at a node.
    pub(crate) fn at(&self, node: NodeId) -> f64 {
        (self.potentials.get(node.index()).copied().unwrap_or(0.0) - self.start + self.mu).max(0.0)
    }

    /// What the amount is worth at the receiver, fees at the sender's price left out.
    pub(crate) fn amount(&self, goal: &PartsGoal<'_>) -> f64 {
        let worth = float(goal.amount.0) * (self.at(goal.receiver) - self.mu);
        worth - 1e-14 * (worth.abs() + float(goal.amount.0) * self.mu)
    }

    /// What a direction gains per msat, and what its base fee costs for each part.
    pub(crate) fn of(
        &self,
        goal: &PartsGoal<'_>,
        terms: &Terms<'_>,
        tail: NodeId,
        head: NodeId,
    ) -> (f64, f64) {
        let (low, high) = (self.at(tail), self.at(head));
        let earned = if tail == goal.sender { 0.0 } else { low };
        (high - low - earned * f64::from(terms.ppm) * 1e-6, earned * float(terms.base))
    }
}
