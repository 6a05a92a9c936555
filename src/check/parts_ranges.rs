//! What directions carry in a payment that is no worse than a known one, and the bound that follows.
//!
//! A Lagrangian bound is a sum over directions. A direction whose own term lies above its least value by more than the bound
//! lacks to a known objective carries no such flow in any payment that is no worse (reduced cost fixing): some directions
//! carry nothing, some carry something for sure, and no part is larger than the widest way through what is left. Nor do k parts
//! carry more together than the k largest pieces into which the ranges of the sender's channels fall, or the receiver's: a flow
//! above that takes more parts, each with its base fee. The bound with these charges is larger, so the ranges are narrower:
//! rounds until little changes. (Nemhauser and Wolsey, "Integer and Combinatorial Optimization", on
//! reduced costs; the widest way: Pollack 1960.)

use alloc::collections::{BTreeMap, BinaryHeap};
use alloc::vec::Vec;

use super::parts_value::Pricing;
use super::{PartsGoal, Terms, direction_at, floor};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::num::float;

/// Rounds of ranges and bounds.
const ROUNDS: usize = 6;
/// Flows below the amount over this do not matter to the widest way.
const SMALL: u64 = 64;
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
    /// Whether it turned out to carry nothing.
    closed: bool,
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
    narrowed_with(graph, goal, potentials, known, assumed, |index| Terms::of(graph, index, goal.rules))
}

/// The same with the terms of directions at hand.
pub(crate) fn narrowed_with<'t>(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    potentials: &[f64],
    known: f64,
    assumed: &BTreeMap<usize, bool>,
    terms: impl Fn(usize) -> Terms<'t>,
) -> (f64, Vec<(usize, Range)>) {
    let pricing = Pricing::new(graph, goal, potentials, known);
    let gains = |index, price| Some(terms(index)).filter(|terms: &Terms<'t>| !terms.is_flat(price));
    let mut bound = super::bound_with(graph, goal, potentials, known, assumed, gains);
    // The least of a term and its range are exact for the uniform law alone.
    let lawful = goal.rules.is_some_and(|rules| rules.law.is_some());
    if lawful || !(known.is_finite() && bound < known && bound > 0.5 * known) {
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
        match opened(graph, goal, &pricing, (index, case, terms(index)), slack) {
            Ok(one) => open.extend(one),
            Err(Nothing) => return (known, Vec::new()),
        }
    }
    let fees = if goal.mu > 0.0 { 1000.0 * known / goal.mu * (1.0 + 1e-9) + 1.0 } else { f64::INFINITY };
    let ways = Ways::new(graph, &open);
    for _ in 0..ROUNDS {
        ways.limit(goal, &mut open, fees);
        let ends = [
            pieces(&open, |one| one.tail == goal.sender, 0.0),
            pieces(&open, |one| one.head == goal.receiver, fees),
        ];
        let mut sum = pricing.amount(goal);
        for one in open.iter_mut().filter(|one| !one.closed) {
            one.least = one.best(&ends);
            sum +=
                one.least - 1e-15 * (one.price.abs() + pricing.at(goal.receiver)) * float(one.terms.possible);
        }
        if sum >= known {
            return (known, Vec::new());
        }
        let gained = sum - bound;
        bound = bound.max(sum);
        if gained <= 0.05 * (known - bound) {
            break;
        }
        // Of the terms as they are now.
        let slack = allowance(known, sum);
        for one in open.iter_mut().filter(|one| !one.closed) {
            one.closed = !one.narrow(slack);
            if one.closed && one.must {
                return (known, Vec::new());
            }
        }
    }
    (bound, open.into_iter().filter(|one| !one.closed).map(|one| (one.index, one.range)).collect())
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
    goal: &PartsGoal<'_>,
    pricing: &Pricing<'_>,
    (index, case, terms): (usize, Option<bool>, Terms<'a>),
    slack: f64,
) -> Result<Option<Open<'a>>, Nothing> {
    let channel = graph.channel(id_at(index / 2));
    let (tail, head) = (channel.sender(direction_at(index)), channel.receiver(direction_at(index)));
    let must = case == Some(true);
    let none = if must { Err(Nothing) } else { Ok(None) };
    let terms = terms.at_most(pricing.most);
    if terms.room() == 0 || float(terms.htlc_min) > pricing.largest || terms.htlc_min > terms.room() {
        return none;
    }
    let (price, base) = pricing.of(goal, &terms, tail, head);
    let part = floor(terms.largest_part(pricing.largest)).max(1);
    let least =
        if must { terms.least_used(price, base, float(part)) } else { terms.least(price, base, float(part)) };
    let range = Range { idle: !must, low: terms.htlc_min.max(1), high: terms.room(), part };
    let mut one = Open { index, tail, head, terms, price, base, least, must, range, closed: false };
    if !one.narrow(slack) {
        return none;
    }
    // Its term is zero whatever comes, and no part that matters passes. The ends count with all their pieces.
    let at_end = tail == goal.sender || head == goal.receiver;
    let idle = !must && !at_end && one.flat() && one.range.high < goal.amount.0 / SMALL;
    Ok(if idle { None } else { Some(one) })
}

impl Open<'_> {
    /// Its term if it carries a flow in one part.
    fn at(&self, flow: u64) -> f64 {
        self.terms.risk(flow) - self.price * float(flow) + self.base + self.terms.charge()
    }

    /// Whether no flow pays at all.
    fn flat(&self) -> bool {
        self.terms.is_uniform()
            && self.terms.certain == 0
            && self.price * (float(self.terms.possible) + 1.0) < 1.0
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
        // Where nothing pays, the line under the risk is enough.
        if self.flat() {
            let slope = 1.0 / (float(self.terms.possible) + 1.0) - self.price;
            let most = (limit - fixed) / slope * (1.0 + 1e-9);
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

    /// The least of its term within the range, with a base fee for each part; `ends` as from [`pieces`].
    fn best(&self, ends: &[Vec<u64>; 2]) -> f64 {
        let Range { idle, low, high, part } = self.range;
        let idle = if idle { 0.0 } else { f64::INFINITY };
        let margin = 1e-14 * (1.0 + self.price.abs() * (float(high) + 1.0));
        if self.base == 0.0 || !self.terms.is_convex() {
            let used = self.terms.best(self.price, float(low), float(high));
            return (used + self.base + self.terms.charge() - margin).min(idle);
        }
        let mut used = f64::INFINITY;
        // Most numbers of parts are too small for the least flow.
        let skipped = if ends.iter().all(Vec::is_empty) { low.div_ceil(part).max(1) - 1 } else { 0 };
        let (mut from, mut sums) = (low, [0_u64; 2]);
        for count in skipped.. {
            let least = count.saturating_add(1).saturating_mul(part);
            for (sum, pieces) in sums.iter_mut().zip(ends) {
                let next = usize::try_from(count).ok().and_then(|at| pieces.get(at));
                *sum = next.map_or(u64::MAX, |&piece| sum.saturating_add(piece.min(part)));
            }
            let last = count >= skipped + COUNTS;
            let to = if last { high } else { least.min(sums[0]).min(sums[1]).min(high) };
            if to >= from {
                let at = |price: f64| self.terms.best(price, float(from), float(to));
                let mut least = at(self.price) + self.base * float(count + 1);
                if last {
                    // Beyond what is told apart: so many parts, and as many as the largest one needs.
                    least = least.max(at(self.price - self.base / float(part)));
                }
                used = used.min(least);
                from = to.saturating_add(1);
            }
            if last || from > high {
                break;
            }
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

/// The largest pieces, so many as are told apart, into which the ranges at one end of a payment fall; larger by fees.
fn pieces(open: &[Open<'_>], at_end: impl Fn(&Open<'_>) -> bool, fees: f64) -> Vec<u64> {
    if fees == f64::INFINITY {
        return Vec::new();
    }
    let mut pieces = Vec::new();
    for one in open.iter().filter(|one| !one.closed && at_end(one)) {
        let Range { high, part, .. } = one.range;
        let size = part.min(one.terms.htlc_max).max(1);
        let whole = (high / size).min(COUNTS + 1);
        let more = floor(fees).saturating_add(u64::from(fees > 0.0));
        pieces.extend((0..whole).map(|_| size.saturating_add(more)));
        pieces.push((high % size).saturating_add(more));
    }
    pieces.sort_unstable_by(|one, other| other.cmp(one));
    pieces.truncate(usize::try_from(COUNTS).unwrap_or(usize::MAX) + 1);
    pieces
}

/// Directions by their tail, and by their head.
struct Ways {
    first: [Vec<u32>; 2],
    order: [Vec<u32>; 2],
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl Ways {
    fn new(graph: &ChannelGraph, open: &[Open<'_>]) -> Self {
        let by = |end: fn(&Open<'_>) -> NodeId| {
            let mut first = alloc::vec![0_u32; graph.node_count() + 1];
            open.iter().for_each(|one| first[end(one).index() + 1] += 1);
            for node in 0..graph.node_count() {
                first[node + 1] += first[node];
            }
            let (mut next, mut order) = (first.clone(), alloc::vec![0_u32; open.len()]);
            for (place, one) in open.iter().enumerate() {
                let at = &mut next[end(one).index()];
                order[*at as usize] = place as u32;
                *at += 1;
            }
            (first, order)
        };
        let ((tails, from), (heads, to)) = (by(|one| one.tail), by(|one| one.head));
        Self { first: [tails, heads], order: [from, to] }
    }

    /// Limits parts to the widest way through each direction: amounts fall along a way, by all fees at most.
    fn limit(&self, goal: &PartsGoal<'_>, open: &mut [Open<'_>], fees: f64) {
        let small = goal.amount.0 / SMALL;
        let ahead = self.width(open, goal.sender, small, true);
        let behind = self.width(open, goal.receiver, small, false);
        for one in open {
            // What is left out is small.
            let rest = float(behind[one.head.index()].max(small)) + fees;
            let rest = if rest < float(u64::MAX) { floor(rest).saturating_add(1) } else { u64::MAX };
            let most = ahead[one.tail.index()].max(small).min(rest).min(one.range.high);
            one.range.part = one.range.part.min(most).max(1);
        }
    }

    /// The widest way from a node to each node, or from each node to it, through what is not `small`.
    fn width(&self, open: &[Open<'_>], start: NodeId, small: u64, onwards: bool) -> Vec<u64> {
        let (first, order) = (&self.first[usize::from(!onwards)], &self.order[usize::from(!onwards)]);
        let mut width = alloc::vec![0_u64; first.len() - 1];
        let mut heap = BinaryHeap::from([(u64::MAX, start.index())]);
        width[start.index()] = u64::MAX;
        while let Some((wide, node)) = heap.pop() {
            if wide < width[node] {
                continue;
            }
            for &place in &order[first[node] as usize..first[node + 1] as usize] {
                let one = &open[place as usize];
                let to = if onwards { one.head } else { one.tail }.index();
                let next = wide.min(one.range.high).min(one.range.part).min(one.terms.htlc_max);
                if !one.closed && next >= small && next > width[to] {
                    width[to] = next;
                    heap.push((next, to));
                }
            }
        }
        width
    }
}
