//! Laying out a network as engine arcs: see [`super::arcs`].

use alloc::vec;
use alloc::vec::Vec;
use core::mem::take;

use super::arcs::{Arcs, Pairs, Record};
use crate::kernel::Int;
use crate::min_cost_flow::view::View;
use crate::num::FlowNum;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Arcs<T> {
    /// Lays out all arcs at their lower bounds.
    pub(super) fn lay_out<N: FlowNum>(&mut self, view: View<'_, N>) {
        self.records.clear();
        self.width.clear();
        self.first.clear();
        self.paired = false;
        if view.network.costs.begin.is_empty() {
            return self.lay_out_linear(view);
        }
        self.first.push(0);
        for arc in 0..view.network.arc_count() {
            let (tail, head) = view.ends(arc);
            if tail != head {
                for stretch in view.stretches::<T>(arc) {
                    self.width.push(stretch.to - stretch.from);
                    self.records.push(Record { from: tail as u32, to: head as u32, cost: stretch.slope });
                }
            }
            self.first.push(self.width.len() as u32);
        }
        if view.network.unbounded.is_empty() {
            self.pair_up(view);
        }
    }

    fn lay_out_linear<N: FlowNum>(&mut self, view: View<'_, N>) {
        let network = view.network;
        let reach = T::from_wide(network.ranges().flow + 1);
        let ends = network.tail.iter().zip(&network.head);
        let bounds = network.lower.iter().zip(&network.upper);
        let all_bounded = network.unbounded.is_empty();
        for (arc, ((ends, bounds), slope)) in ends.zip(bounds).zip(&network.costs.first).enumerate() {
            let lower = T::from_wide(bounds.0.widen());
            let open = !all_bounded && network.unbounded.contains(arc);
            let upper = if open { reach } else { T::from_wide(bounds.1.widen()) };
            let mut record =
                Record { from: ends.0.index() as u32, to: ends.1.index() as u32, cost: T::zero() };
            // Where nothing can move the record must not qualify.
            if upper == lower || record.from == record.to {
                record.to = record.from;
            } else if view.priced {
                record.cost = T::from_wide(slope.widen());
            }
            self.records.push(record);
            self.width.push(upper - lower);
        }
    }

    /// Changes to the layout by pairs if it has few enough records.
    fn pair_up<N: FlowNum>(&mut self, view: View<'_, N>) {
        // Arcs by their smaller end, then by their larger one.
        let key = |arc: u32| {
            let (tail, head) = view.ends(arc as usize);
            (tail.min(head), tail.max(head))
        };
        let order = sorted(view.network.arc_count(), view.network.node_count(), key);
        let starts = |i: usize| i == 0 || key(order[i - 1]) != key(order[i]);
        let bundles = (0..order.len()).filter(|&i| starts(i)).count();
        if 3 * bundles > self.records.len() {
            return;
        }
        self.paired = true;
        self.pairs.clear(order.len());
        let by_arc = (take(&mut self.first), take(&mut self.width), take(&mut self.records));
        let mut begin = 0;
        while begin < order.len() {
            let more = (begin + 1..order.len()).take_while(|&i| !starts(i)).count();
            let end = begin + 1 + more;
            self.add_pair(view, key(order[begin]), &order[begin..end], (&by_arc.0, &by_arc.1, &by_arc.2));
            begin = end;
        }
        self.first.push(self.width.len() as u32);
        for bundle in 0..self.pairs.base.len() {
            self.refresh(bundle);
        }
    }

    /// Adds the pair of all arcs between two nodes.
    fn add_pair<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        (low, high): (usize, usize),
        arcs: &[u32],
        (first, width, records): (&[u32], &[T], &[Record<T>]),
    ) {
        let Self { pairs, .. } = self;
        let bundle = pairs.base.len() as u32;
        let mut held: Vec<(T, T, u32)> = Vec::new();
        let mut base = T::zero();
        for &arc in arcs {
            let at = arc as usize;
            let backward = view.ends(at).0 != low;
            let turned = |value: T| if backward { -value } else { value };
            pairs.bundle_of[at] = bundle;
            let pieces = first[at] as usize..first[at + 1] as usize;
            let room = width[pieces.clone()].iter().fold(T::zero(), |sum, width| sum + *width);
            base += turned(T::from_wide(view.lower(at)) + if backward { room } else { T::zero() });
            let owner = 2 * arc + u32::from(backward);
            held.extend(pieces.map(|piece| (turned(records[piece].cost), width[piece], owner)));
        }
        held.sort_by_key(|piece| piece.0);
        self.first.push(self.width.len() as u32);
        for (slope, width, owner) in held {
            self.width.push(width);
            pairs.slope.push(slope);
            pairs.owner.push(owner);
            pairs.bundle.push(bundle);
        }
        pairs.base.push(base);
        pairs.level.push(0);
        for (from, to) in [(low, high), (high, low)] {
            self.records.push(Record { from: from as u32, to: to as u32, cost: T::zero() });
        }
    }
}

impl<T> Pairs<T> {
    fn clear(&mut self, arcs: usize) {
        self.slope.clear();
        self.bundle.clear();
        self.owner.clear();
        self.level.clear();
        self.base.clear();
        self.bundle_of.clear();
        self.bundle_of.resize(arcs, 0);
    }
}

/// The numbers below `count` in the order of their keys, which are pairs of numbers below `bound`; by two
/// counting sorts.
#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
fn sorted(count: usize, bound: usize, key: impl Fn(u32) -> (usize, usize)) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut target = vec![0; count];
    for second in [true, false] {
        let digit = |i: u32| if second { key(i).1 } else { key(i).0 };
        let mut begin = vec![0_u32; bound + 1];
        order.iter().for_each(|&i| begin[digit(i) + 1] += 1);
        for v in 0..bound {
            begin[v + 1] += begin[v];
        }
        for &i in &order {
            let place = &mut begin[digit(i)];
            target[*place as usize] = i;
            *place += 1;
        }
        core::mem::swap(&mut order, &mut target);
    }
    order
}
