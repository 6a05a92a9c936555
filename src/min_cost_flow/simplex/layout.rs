//! Laying out a network as engine arcs: see [`super::arcs`].

use super::arcs::{Arcs, Record};
use crate::kernel::Int;
use crate::min_cost_flow::view::View;
use crate::num::FlowNum;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Arcs<T> {
    /// Lays out all arcs at their lower bounds.
    pub(super) fn lay_out<N: FlowNum>(&mut self, view: View<'_, N>) {
        self.records.clear();
        self.width.clear();
        self.count = view.network.arc_count() as u32;
        self.bundled = !view.network.costs.begin.is_empty() || mostly_parallel(view);
        if self.bundled {
            self.bundles.lay_out(view, &mut self.records);
        } else {
            self.lay_out_linear(view);
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
