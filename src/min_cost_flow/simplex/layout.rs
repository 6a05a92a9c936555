//! Laying out a network as engine arcs: see [`super::arcs`] and [`super::bundles`].

use alloc::vec::Vec;

use super::arcs::{Arcs, Record};
use super::bundles::{Bundles, Part, bottom, rest, slope};
use super::pendants::Pendants;
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Arcs<T> {
    /// Lays out all arcs at their lower bounds, those of pendants as they must be: a solve from an earlier answer has none.
    pub(super) fn lay_out<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        pendants: Option<(&mut Pendants<T>, &mut [T])>,
        place: &mut Vec<u32>,
    ) {
        self.records.clear();
        self.width.clear();
        self.owner.clear();
        self.at.clear();
        self.bundled = !view.network.costs.begin.is_empty() || mostly_parallel(view);
        if self.bundled {
            self.bundles.lay_out(view, pendants, place, &mut self.records);
            self.near = self.records.len();
        } else {
            self.lay_out_linear(view, place);
        }
    }

    fn lay_out_linear<N: FlowNum>(&mut self, view: View<'_, N>, place: &mut Vec<u32>) {
        let network = view.network;
        let slopes = &network.costs.first;
        let end = if view.priced { near_end(view) } else { None };
        self.scattered = end.is_some() && !view.is_pair();
        let is_far = |slope: N| end.is_some_and(|end| slope > end);
        let far = network.node_count();
        place.clear();
        place.resize(if end.is_some() { 2 * far } else { far }, 0_u32);
        self.rows(view, is_far, place);
        let reach = T::from_wide(network.ranges().flow + 1);
        let ends = network.tail.iter().zip(&network.head);
        let bounds = network.lower.iter().zip(&network.upper);
        let all_bounded = network.unbounded.is_empty();
        for (arc, ((ends, bounds), &slope)) in ends.zip(bounds).zip(slopes).enumerate() {
            let lower = T::from_wide(bounds.0.widen());
            let open = !all_bounded && network.unbounded.contains(arc);
            let upper = if open { reach } else { T::from_wide(bounds.1.widen()) };
            let (from, to) = (ends.0.index(), ends.1.index());
            let place = &mut place[from + if is_far(slope) { far } else { 0 }];
            let at = *place as usize;
            *place += 1;
            let mut record = Record { from: from as u32, to: to as u32, cost: T::zero() };
            // Where nothing can move the record must not qualify.
            if upper == lower || from == to {
                record.to = record.from;
            } else if view.priced {
                record.cost = T::from_wide(slope.widen());
            }
            self.records[at] = record;
            self.width[at] = upper - lower;
            self.owner[at] = arc as u32;
            self.at.push(at as u32);
        }
    }

    /// Room for all records; the place where those of every tail begin, the near ones and then the far ones if there are
    /// any. Places are zeros before.
    fn rows<N: FlowNum>(&mut self, view: View<'_, N>, is_far: impl Fn(N) -> bool, place: &mut [u32]) {
        let network = view.network;
        let nodes = network.node_count();
        self.near = 0;
        for (tail, &slope) in network.tail.iter().zip(&network.costs.first) {
            let far = is_far(slope);
            self.near += usize::from(!far);
            place[tail.index() + if far { nodes } else { 0 }] += 1;
        }
        let step = if self.scattered { stride(nodes) } else { 1 };
        let (mut sum, mut v) = (0, 0);
        for half in place.chunks_mut(nodes.max(1)) {
            for _ in 0..nodes {
                sum += core::mem::replace(&mut half[v], sum);
                v = (v + step) % nodes;
            }
        }
        let arcs = network.arc_count();
        self.records.resize(arcs, Record { from: 0, to: 0, cost: T::zero() });
        self.width.resize(arcs, T::zero());
        self.owner.resize(arcs, 0);
    }
}

/// Lone arcs are few if they are at most one of so many bundles.
const FEW: usize = 4;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Bundles<T> {
    /// Lays out all arcs at their lower bounds, those of pendants as they must be.
    pub(super) fn lay_out<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        pendants: Option<(&mut Pendants<T>, &mut [T])>,
        memory: &mut Vec<u32>,
        records: &mut Vec<Record<T>>,
    ) {
        self.never = T::max_value() / T::from_wide(4);
        [&mut self.record, &mut self.next].into_iter().for_each(Vec::clear);
        self.parts.clear();
        (self.inside, self.grounded) = (true, true);
        self.find_runs(view);
        let mut taken_out = None;
        if let Some((pendants, excess)) = pendants {
            pendants.find(view, &self.runs, excess, memory);
            self.put_last(pendants, memory);
            taken_out = Some(pendants);
        }
        self.record.reserve_exact(if self.paired { 0 } else { self.count + 1 });
        records.reserve_exact(2 * self.count);
        self.next.reserve_exact(2 * self.count);
        self.parts.resize(view.network.arc_count(), Part { place: 0, level: 0 });
        for bundle in 0..self.runs.len() {
            let stuck = self.place_parts(view, bundle);
            if bundle < self.count {
                self.add(view, bundle, stuck, records);
            }
        }
        if !self.paired {
            self.record.push(records.len() as u32);
        }
        if let Some(pendants) = taken_out {
            pendants.settle(view, self);
        }
    }

    /// The bundles in the order of their arcs.
    fn find_runs<N: FlowNum>(&mut self, view: View<'_, N>) {
        // What all arcs of a run carry fits the number type: bounded ones have a quarter of it by the range of flows.
        let reach = view.network.ranges().flow + 1;
        let open = T::max_value().wide() / 2 / reach;
        let count = runs(view, open).count();
        self.runs.clear();
        self.runs.reserve_exact(count);
        let (mut lone, mut arc) = (0, 0);
        for end in runs(view, open) {
            lone += usize::from(is_lone(view, arc, end));
            self.runs.push([arc as u32, end as u32]);
            arc = end;
        }
        self.paired = FEW * lone <= count;
        self.count = count;
    }

    /// Numbers the bundles anew, those of pendants last.
    fn put_last(&mut self, pendants: &mut Pendants<T>, memory: &mut Vec<u32>) {
        // The pendant of every bundle that is one's.
        memory.clear();
        memory.resize(self.runs.len(), NONE);
        for (i, pendant) in pendants.list.iter().enumerate() {
            memory[pendant.arc as usize] = i as u32;
        }
        self.count = 0;
        for bundle in 0..self.runs.len() {
            if memory[bundle] == NONE {
                self.runs.swap(self.count, bundle);
                memory.swap(self.count, bundle);
                self.count += 1;
            }
        }
        for (&i, bundle) in memory[self.count..].iter().zip(self.count..) {
            pendants.list[i as usize].arc = bundle as u32;
        }
    }

    /// Puts the arcs of a bundle at their lower bounds; returns whether none of them can move.
    fn place_parts<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize) -> bool {
        let [first, end] = self.runs[bundle];
        let tail = view.ends(first as usize).0;
        let mut stuck = true;
        for arc in first as usize..end as usize {
            let (level, most) = (bottom(view, arc), view.most::<T>(arc));
            self.parts[arc] = Part { place: 2 * bundle as u32 + u32::from(view.ends(arc).0 != tail), level };
            stuck &= rest::<N, T>(view, arc, level) == most;
            self.note_bounds(view, arc);
        }
        stuck
    }

    /// Lays out the records of a bundle.
    fn add<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        bundle: usize,
        stuck: bool,
        records: &mut Vec<Record<T>>,
    ) {
        if !self.paired {
            self.record.push(records.len() as u32);
        }
        let [arc, end] = self.runs[bundle].map(|arc| arc as usize);
        let (tail, head) = view.ends(arc);
        let lone = is_lone(view, arc, end);
        let dead = tail == head || stuck;
        // Where nothing can move no record may qualify.
        let last = if dead { tail } else { head };
        let cost = if lone && !dead { slope(view, arc, 0) } else { T::zero() };
        let count = if self.paired || !(lone || dead) { 2 } else { 1 };
        let first = Record { from: tail as u32, to: last as u32, cost };
        let second =
            if self.paired { Record::second(cost) } else { Record { from: first.to, to: first.from, cost } };
        for record in [first, second].into_iter().take(count) {
            records.push(record);
            self.next.push(arc as u32);
        }
    }
}

/// Whether a run of arcs is one linear arc.
pub(super) fn is_lone<N: FlowNum>(view: View<'_, N>, first: usize, end: usize) -> bool {
    end == first + 1 && view.network.costs.slopes(first).is_linear()
}

/// The end of every run of consecutive arcs between the same two nodes, of which so many at most are `open`; loops stand
/// alone.
fn runs<N: FlowNum>(view: View<'_, N>, open: i128) -> impl Iterator<Item = usize> {
    let arcs = view.network.arc_count();
    let mut seen = 0;
    (1..=arcs).filter(move |&end| {
        let (tail, head) = view.ends(end - 1);
        seen += i128::from(view.open(end - 1));
        let ends = end == arcs || tail == head || {
            let next = view.ends(end);
            (next != (tail, head) && next != (head, tail)) || (seen >= open && view.open(end))
        };
        seen = if ends { 0 } else { seen };
        ends
    })
}

/// A step of about the golden section of a number of nodes, without common divisor.
fn stride(nodes: usize) -> usize {
    let coprime = |step: &usize| {
        let (mut a, mut b) = (*step, nodes);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    (nodes - nodes / 8 * 3..nodes).find(coprime).unwrap_or(1)
}

/// The slope up to which arcs are near; `None` if all are.
fn near_end<N: FlowNum>(view: View<'_, N>) -> Option<N> {
    const PER_NODE: usize = 16;
    const PER_NODE_OF_A_PAIR: usize = 3;
    const GAP: i128 = 4;
    const SAMPLE: usize = 1024;
    let (slopes, nodes) = (&view.network.costs.first, view.network.node_count());
    let dense = 3 * PER_NODE * nodes < 2 * slopes.len();
    let pair = view.is_pair() && slopes.len() > 2 * PER_NODE_OF_A_PAIR * nodes;
    if !dense && !pair {
        return None;
    }
    let mut sample = [N::ZERO; SAMPLE];
    let drawn = slopes.iter().step_by(slopes.len().div_ceil(SAMPLE));
    let count = sample.iter_mut().zip(drawn).map(|(sample, slope)| *sample = *slope).count();
    let sample = &mut sample[..count];
    sample.sort_unstable();
    let cheapest = |per_node: usize| sample[sample.len() * per_node * nodes / slopes.len()];
    if pair {
        let end = cheapest(PER_NODE_OF_A_PAIR);
        if end.widen().saturating_mul(GAP) <= sample[sample.len() / 2].widen() {
            return Some(end);
        }
    }
    dense.then(|| cheapest(PER_NODE))
}

/// Whether bundles leave two thirds as many records at most.
fn mostly_parallel<N: FlowNum>(view: View<'_, N>) -> bool {
    let network = view.network;
    let (mut before, mut run, mut records) = (None, 0, 0);
    let ends = network.tail.iter().zip(&network.head);
    for (tail, head) in ends {
        let pair = Some((tail.min(head), tail.max(head)));
        run = if pair == before { run + 1 } else { 1 };
        records += usize::from(run <= 2);
        before = pair;
    }
    3 * records <= 2 * network.arc_count() && records > 0
}
