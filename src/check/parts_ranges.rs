//! What directions carry in a payment that is no worse than a known one, and the bound that follows.
//!
//! A Lagrangian bound is a sum over directions. A direction whose own term lies above its least value by more than the bound
//! lacks to a known objective carries no such flow in any payment that is no worse (reduced cost fixing): some directions
//! carry nothing, some carry something for sure, and no part is larger than the widest way through what is left. A flow above
//! k times the largest part takes more than k parts, each with its base fee. The bound with these charges is larger, so the
//! ranges are narrower: rounds until nothing changes. (Nemhauser and Wolsey, "Integer and Combinatorial Optimization", on
//! reduced costs; the widest way: Pollack 1960.)

use alloc::collections::{BTreeMap, BinaryHeap};
use alloc::vec::Vec;

use super::parts_value::{Pricing, largest_sent};
use super::{PartsGoal, Terms, direction_at, floor};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::num::float;

/// Rounds of ranges and bounds.
const ROUNDS: usize = 6;
/// Numbers of parts that are told apart.
const COUNTS: u64 = 32;

/// What a direction carries in any payment no worse than the known one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    /// Whether it may carry nothing.
    pub(crate) idle: bool,
    /// The least and the most that it carries, if something.
    pub(crate) low: u64,
    pub(crate) high: u64,
    /// The largest part.
    pub(crate) part: u64,
}

/// A direction that may be used.
#[derive(Clone, Copy)]
struct Open<'a> {
    index: usize,
    tail: NodeId,
    head: NodeId,
    terms: Terms<'a>,
    price: f64,
    base: f64,
    /// Its term of the bound, and whether it must be used in the case at hand.
    least: f64,
    must: bool,
    range: Range,
}

/// The bound of a case from potentials, and the ranges of directions that payments no worse than `known` may use; all others
/// carry nothing. The bound is at most `known` where it is infinite for all better payments. O(m) and some widest ways.
pub(crate) fn narrowed(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    potentials: &[f64],
    known: f64,
    assumed: &BTreeMap<usize, bool>,
) -> (f64, Vec<(usize, Range)>) {
    let pricing = Pricing::new(goal, potentials, largest_sent(graph, goal, known));
    let mut bound = super::case_bound(graph, goal, potentials, known, assumed);
    if !(known.is_finite() && bound < known && bound > 0.5 * known) {
        return (bound.min(known.max(0.0)), Vec::new());
    }
    let mut open = Vec::new();
    let slack = allowance(known, bound);
    let mut cases = assumed.iter().peekable();
    for index in 0..graph.channel_count() * 2 {
        let case = cases.next_if(|case| *case.0 == index).map(|case| *case.1);
        if case == Some(false) {
            continue;
        }
        match opened(graph, goal, &pricing, (index, case), slack) {
            Ok(one) => open.extend(one),
            Err(Nothing) => return (known, Vec::new()),
        }
    }
    let fees = if goal.mu > 0.0 { 1000.0 * known / goal.mu * (1.0 + 1e-9) + 1.0 } else { f64::INFINITY };
    for _ in 0..ROUNDS {
        widest(graph, goal, &mut open, fees);
        let mut sum = pricing.amount(goal);
        for one in &mut open {
            one.least = one.best();
            sum +=
                one.least - 1e-15 * (one.price.abs() + pricing.at(goal.receiver)) * float(one.terms.possible);
        }
        if sum >= known {
            return (known, Vec::new());
        }
        let gained = sum - bound;
        bound = bound.max(sum);
        if gained <= 1e-3 * (known - bound) {
            break;
        }
        // Of the terms as they are now.
        let slack = allowance(known, sum);
        let mut lost = false;
        open.retain_mut(|one| {
            let kept = one.narrow(slack);
            lost |= !kept && one.must;
            kept
        });
        if lost {
            return (known, Vec::new());
        }
    }
    (bound, open.into_iter().map(|one| (one.index, one.range)).collect())
}

/// What terms may lie above their least value by, rounding included.
fn allowance(known: f64, bound: f64) -> f64 {
    (known - bound) * (1.0 + 1e-9) + 1e-11 * known
}

/// No payment of a case is as good.
struct Nothing;

/// A direction, unless no payment that is no worse uses it.
fn opened<'a>(
    graph: &ChannelGraph,
    goal: &PartsGoal<'a>,
    pricing: &Pricing<'_>,
    (index, case): (usize, Option<bool>),
    slack: f64,
) -> Result<Option<Open<'a>>, Nothing> {
    let channel = graph.channel(id_at(index / 2));
    let (tail, head) = (channel.sender(direction_at(index)), channel.receiver(direction_at(index)));
    let must = case == Some(true);
    let none = if must { Err(Nothing) } else { Ok(None) };
    let terms = Terms::of(graph, index, goal.rules);
    if terms.room() == 0 || float(terms.htlc_min) > pricing.largest || terms.htlc_min > terms.room() {
        return none;
    }
    let (price, base) = pricing.of(goal, &terms, tail, head);
    let part = floor(terms.largest_part(pricing.largest)).max(1);
    let least =
        if must { terms.least_used(price, base, float(part)) } else { terms.least(price, base, float(part)) };
    let range = Range { idle: !must, low: terms.htlc_min.max(1), high: terms.room(), part };
    let mut one = Open { index, tail, head, terms, price, base, least, must, range };
    if one.narrow(slack) { Ok(Some(one)) } else { none }
}

impl Open<'_> {
    /// Its term if it carries a flow in one part.
    fn at(&self, flow: u64) -> f64 {
        self.terms.risk(flow) - self.price * float(flow) + self.base + self.terms.charge()
    }

    /// Narrows the range to what lies above the least value by `slack` at most; whether anything is left.
    fn narrow(&mut self, slack: f64) -> bool {
        let limit = self.least + slack;
        self.range.idle = !self.must && limit >= 0.0;
        let Range { low, high, .. } = self.range;
        if !self.terms.is_convex() {
            return low <= high;
        }
        let fixed = self.base + self.terms.charge();
        let end = float(self.terms.possible) + 1.0;
        // Where nothing pays, the line under the risk is enough.
        if self.terms.is_uniform() && self.terms.certain == 0 && self.price * end < 1.0 {
            let most = (limit - fixed) / (1.0 / end - self.price) * (1.0 + 1e-9);
            self.range.high = high.min(floor(most.max(0.0)).saturating_add(1));
            return most > 0.0 && low <= self.range.high;
        }
        let middle = self.terms.cheapest_flow(self.price, low, high);
        if self.at(middle) > limit {
            return false;
        }
        self.range.high = outermost(middle, high, |flow| self.at(flow) <= limit);
        self.range.low = high - outermost(high - middle, high - low, |rest| self.at(high - rest) <= limit);
        true
    }

    /// The least of its term within the range, with a base fee for each part.
    fn best(&self) -> f64 {
        let Range { idle, low, high, part } = self.range;
        let idle = if idle { 0.0 } else { f64::INFINITY };
        let margin = 1e-14 * (1.0 + self.price.abs() * (float(high) + 1.0));
        if self.base == 0.0 || !self.terms.is_convex() {
            let used = self.terms.best(self.price, float(low), float(high));
            return (used + self.base + self.terms.charge() - margin).min(idle);
        }
        let first = low.div_ceil(part).max(1);
        let mut used = f64::INFINITY;
        for count in first..first.saturating_add(COUNTS) {
            let (from, to) =
                ((count - 1).saturating_mul(part).max(low), count.saturating_mul(part).min(high));
            if from > high {
                break;
            }
            // Beyond what is told apart, one more part is paid at least.
            let to = if count == first + COUNTS - 1 { high } else { to };
            let fees = self.base * float(count);
            used = used.min(self.terms.best(self.price, float(from), float(to)) + fees);
        }
        (used + self.terms.charge() - margin).min(idle)
    }
}

/// The first of `from..=to` after which a property is lost, that is kept at `from`; one more if it is lost.
fn outermost(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> u64 {
    if holds(to) {
        return to;
    }
    let (mut low, mut high) = (from, to);
    while high - low > 1 + (low >> 24) {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Limits parts to the widest way through each direction: amounts fall along a way, by all fees at most.
fn widest(graph: &ChannelGraph, goal: &PartsGoal<'_>, open: &mut [Open<'_>], fees: f64) {
    let ahead = width(graph, open, goal.sender, true);
    let behind = width(graph, open, goal.receiver, false);
    for one in open {
        let rest = float(behind[one.head.index()]) + fees;
        let rest = if rest < float(u64::MAX) { floor(rest).saturating_add(1) } else { u64::MAX };
        one.range.part = one.range.part.min(ahead[one.tail.index()]).min(rest).min(one.range.high).max(1);
    }
}

/// The widest way from a node to each node, or from each node to it.
fn width(graph: &ChannelGraph, open: &[Open<'_>], start: NodeId, onwards: bool) -> Vec<u64> {
    let mut arcs: Vec<(usize, usize, u64)> = open
        .iter()
        .map(|one| {
            let (from, to) = if onwards { (one.tail, one.head) } else { (one.head, one.tail) };
            (from.index(), to.index(), one.range.high.min(one.range.part).min(one.terms.htlc_max))
        })
        .collect();
    arcs.sort_unstable();
    let mut width = alloc::vec![0_u64; graph.node_count()];
    let mut heap = BinaryHeap::from([(u64::MAX, start.index())]);
    width[start.index()] = u64::MAX;
    while let Some((wide, node)) = heap.pop() {
        if wide < width[node] {
            continue;
        }
        let first = arcs.partition_point(|arc| arc.0 < node);
        for &(_, to, most) in arcs[first..].iter().take_while(|arc| arc.0 == node) {
            let next = wide.min(most);
            if next > width[to] {
                width[to] = next;
                heap.push((next, to));
            }
        }
    }
    width
}
