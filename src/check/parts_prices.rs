//! A lower bound of payments in parts from prices of directions: it sees the limits of length and of the number of parts.

use alloc::vec::Vec;

use super::parts_ways::{Cheapest, cheapest_way};
use super::{PartsGoal, Terms, direction_at, largest_amount};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::num::float;

/// A lower bound of the sum of objectives of payments that are pending at once, from any prices at all: nats per
/// millisatoshi by direction (twice the channel's index, plus one from b to a). Goals have the same mu and rules; the first
/// one's count. O(m) and one search of the cheapest way per goal.
///
/// Lagrangian relaxation: directions carry at least what parts send, priced. What is left is for each direction the least of
/// risk and charges minus price times flow, and for each goal its amount on the cheapest way *within the limits of hops and
/// time locks*. At most `max_parts` directions leave the sender and enter the receiver, and at most `max_parts` times
/// `max_hops` are used, so of the directions' gains only the largest so many count. `known` is the objective of some way to
/// pay, or infinite. Zero if nothing better follows; infinite if a goal has no way within the limits.
#[must_use]
pub fn prices_bound(graph: &ChannelGraph, goals: &[PartsGoal<'_>], prices: &[f64], known: f64) -> f64 {
    let Some(&first) = goals.first() else { return 0.0 };
    let mu = first.mu / 1000.0;
    let largest = goals.iter().map(|goal| largest_amount(goal, known)).fold(0.0, f64::max);
    let price = |index: usize| prices.get(index).copied().unwrap_or(0.0).max(0.0);
    let mut gains = Gains::default();
    let mut usable = alloc::vec![false; graph.channel_count() * 2];
    for (index, usable) in usable.iter_mut().enumerate() {
        let terms = Terms::of(graph, index, first.rules);
        *usable = terms.room() > 0 && float(terms.htlc_min) <= largest;
        if !*usable || price(index) <= 0.0 {
            continue;
        }
        let (tail, head) = {
            let channel = graph.channel(id_at(index / 2));
            (channel.sender(direction_at(index)), channel.receiver(direction_at(index)))
        };
        let own = goals.iter().any(|goal| goal.sender == tail);
        let base = if own { 0.0 } else { mu * float(terms.base) };
        let gain = -terms.least(price(index), base, terms.largest_part(largest));
        if gain > 0.0 {
            let gain = gain + 1e-15 * price(index) * float(terms.possible);
            gains.list(goals, tail, head).push(gain);
        }
    }
    let mut bound = -gains.most(goals);
    for goal in goals {
        let step = |index: usize, before: f64| {
            let channel = graph.channel(id_at(index / 2));
            let own = channel.sender(direction_at(index)) == goal.sender;
            let ppm = channel.terms(direction_at(index)).filter(|_| !own).map_or(0, |policy| policy.ppm);
            if usable[index] {
                before + before * (f64::from(ppm) * 1e-6) + price(index)
            } else {
                f64::INFINITY
            }
        };
        let least = match cheapest_way(graph, goal, mu, step, &[]) {
            Cheapest::Nothing => return f64::INFINITY,
            Cheapest::Way(price, _) | Cheapest::AtLeast(price) => price,
        };
        let (amount, paid) = (float(goal.amount.0), least - mu);
        bound += amount * paid - 1e-13 * amount * least;
    }
    if bound.is_nan() { 0.0 } else { bound.max(0.0) }
}

/// What directions save at most, by where they stand.
#[derive(Default)]
struct Gains {
    leaving: Vec<f64>,
    entering: Vec<f64>,
    other: Vec<f64>,
}

impl Gains {
    fn list(&mut self, goals: &[PartsGoal<'_>], tail: NodeId, head: NodeId) -> &mut Vec<f64> {
        match goals {
            [goal] if goal.sender == tail => &mut self.leaving,
            [goal] if goal.receiver == head => &mut self.entering,
            _ => &mut self.other,
        }
    }

    /// The most that all of them save together.
    fn most(mut self, goals: &[PartsGoal<'_>]) -> f64 {
        let rules = goals.first().and_then(|goal| goal.rules).filter(|_| goals.len() == 1);
        let (parts, hops) = rules.map_or((usize::MAX, usize::MAX), |rules| (rules.max_parts, rules.max_hops));
        let between = parts.saturating_mul(hops);
        let [leaving, entering] = [&mut self.leaving, &mut self.entering].map(|list| top(list, parts));
        leaving + entering + top(&mut self.other, between)
    }
}

/// The sum of the largest so many.
fn top(list: &mut [f64], most: usize) -> f64 {
    if list.len() > most {
        list.sort_unstable_by(|one, other| other.total_cmp(one));
    }
    list.iter().take(most).sum()
}

/// A lower bound from the largest part: one of at most `max_parts` parts sends the amount divided by that at least, on
/// the way on which this costs least. Infinite if there is no such way. With a single part it is the objective of the best way but for fees on fees. O(m) and one
/// search.
#[must_use]
pub fn largest_part_bound(graph: &ChannelGraph, goal: &PartsGoal<'_>) -> f64 {
    let parts = goal.rules.map_or(usize::MAX, |rules| rules.max_parts).max(1);
    let least = goal.amount.0.div_ceil(parts as u64).max(1);
    let mut costs = alloc::vec![f64::INFINITY; graph.channel_count() * 2];
    let mu = goal.mu / 1000.0;
    for (index, cost) in costs.iter_mut().enumerate() {
        let terms = Terms::of(graph, index, goal.rules);
        if terms.possible < least || terms.htlc_max < least {
            continue;
        }
        let own = graph.channel(id_at(index / 2)).sender(direction_at(index)) == goal.sender;
        let fee = float(terms.base) + float(least) * f64::from(terms.ppm) * 1e-6;
        *cost = terms.risk(least) + terms.charge() + if own { 0.0 } else { mu * fee };
    }
    match cheapest_way(graph, goal, 0.0, |index, before| before + costs[index], &[]) {
        Cheapest::Nothing => f64::INFINITY,
        Cheapest::Way(cost, _) | Cheapest::AtLeast(cost) => cost * (1.0 - 1e-13),
    }
}
