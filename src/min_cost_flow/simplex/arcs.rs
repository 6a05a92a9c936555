//! Engine arcs: what pricing reads, and what a pivot does to it.
//!
//! There are two layouts.
//!
//! * One record per arc: (from, to, cost) in the direction in which the arc can move. A full arc is turned round
//!   and negated, so there is no state to look up. Records lie in the order of their tails, *near* ones first: see
//!   [`super::pricing`].
//! * Two records for all parallel arcs that stand side by side, whatever their pieces: see [`super::bundles`].
//!   Chosen where costs have breakpoints, or at most two thirds as many records are left.
//!
//! A tree arc is named by its record. In the second layout that is the record that moved it when it came, and everything
//! else stays as it was then: a piece that leaves at the end at which it came, as nine in ten do, needs nothing written.
//! In both layouts arcs in the
//! tree have reduced cost 0 and never qualify; nor do the other pieces of their bundles, which are dearer if they are
//! empty and cheaper if they are full.

use alloc::vec::Vec;
use core::ops::Range;

use super::Node;
use super::bundles::{Bundles, rest, slope};
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

/// An arc in the direction in which it can move. The second one of a pair holds no ends, which are those of the first,
/// but the widths of what either moves next, [`NONE`] where that is not known or too wide: a pivot then reads no piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<T> {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) cost: T,
}

impl<T: Int> Record<T> {
    /// The second one of a pair of unknown widths.
    pub(super) const fn second(cost: T) -> Self {
        Self { from: NONE, to: NONE, cost }
    }

    pub(super) fn turned(self) -> Self {
        Self { from: self.to, to: self.from, cost: -self.cost }
    }
}

/// A record and by how much its arc can move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entering<T> {
    pub(super) record: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) room: T,
}

/// A tree arc, and how much of a flow from its first to its last node it can still take off and carry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Basic<T> {
    pub(super) arc: u32,
    pub(super) below: T,
    pub(super) above: T,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Arcs<T> {
    pub(super) records: Vec<Record<T>>,
    /// The width of the arc of every record; empty if there are bundles, as are the next two.
    pub(super) width: Vec<T>,
    /// The arc of every record.
    pub(super) owner: Vec<u32>,
    /// The record of every arc.
    pub(super) at: Vec<u32>,
    /// Arcs that ran to a bound, for [`super::resume`]; before that memory for [`super::seed`].
    pub(super) log: Vec<u32>,
    pub(super) logs: bool,
    /// Whether tails lie in an order that is not the caller's.
    pub(super) scattered: bool,
    /// How many records come first because they are cheap.
    pub(super) near: usize,
    pub(super) bundles: Bundles<T>,
    pub(super) bundled: bool,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Arcs<T> {
    pub(super) fn entering<N: FlowNum>(&self, view: View<'_, N>, record: usize) -> Entering<T> {
        let (mut from, mut to, mut width) = (self.records[record].from, self.records[record].to, NONE);
        if self.paired() {
            let (pair, back) = (record & !1, record % 2 == 1);
            let [ends, widths] = [self.records[pair], self.records[pair + 1]];
            (from, to, width) =
                if back { (ends.to, ends.from, widths.to) } else { (ends.from, ends.to, widths.from) };
        }
        let room = if self.bundled { self.bundles.ready(view, record, width) } else { self.width[record] };
        Entering { record, from: from as usize, to: to as usize, room }
    }

    /// Whether records come in pairs, one each way.
    pub(super) fn paired(&self) -> bool {
        self.bundled && self.bundles.paired
    }

    /// The piece runs to its other bound.
    pub(super) fn flip<N: FlowNum>(&mut self, view: View<'_, N>, record: usize) {
        self.note(record);
        if self.bundled {
            let (bundle, up) = self.bundles.of_record(record);
            self.bundles.pass(self.bundles.next[record] as usize, up);
            if self.bundles.doubled(bundle) {
                return self.bundles.refresh(view, bundle, &mut self.records);
            }
        }
        let record = &mut self.records[record];
        *record = record.turned();
    }

    /// Logs the arc that a record moves and that ran to a bound.
    fn note(&mut self, record: usize) {
        if self.logs {
            self.note_arc(self.arc_of(record as u32));
        }
    }

    /// Logs an arc, as long as fewer are than there are records.
    pub(super) fn note_arc(&mut self, arc: u32) {
        if self.log.len() < self.records.len() {
            self.log.push(arc);
        }
    }

    /// The arc leaves the tree, not being able to carry more from the node at the position `full`.
    pub(super) fn leave<N: FlowNum>(&mut self, view: View<'_, N>, arc: u32, full: usize) {
        // As it came, it leaves as if it had never moved.
        if self.toward(arc as usize).0 as usize == full {
            self.flip(view, arc as usize);
        } else {
            self.note(arc as usize);
        }
    }

    /// Where a record begins, and what a unit costs from there.
    fn toward(&self, record: usize) -> (u32, T) {
        let Record { from, cost, .. } = self.records[record];
        if self.paired() && record % 2 == 1 { (self.records[record - 1].to, cost) } else { (from, cost) }
    }

    /// The arc of the network that a tree arc is or belongs to.
    pub(super) fn arc_of(&self, arc: u32) -> u32 {
        if self.bundled { self.bundles.next[arc as usize] } else { self.owner[arc as usize] }
    }

    /// The slope of a tree arc from the node at a position.
    pub(super) fn cost_from(&self, arc: u32, node: usize) -> T {
        let (from, cost) = self.toward(arc as usize);
        if from as usize == node { cost } else { -cost }
    }

    /// Releases what [`Arcs::flows`] does not read.
    pub(super) fn shed(&mut self) {
        if self.bundled {
            self.records = Vec::new();
        }
    }

    /// The flow of every arc except loops, from the nodes' names and the tree.
    pub(super) fn flows<N: FlowNum>(&self, view: View<'_, N>, name: &[u32], nodes: &[Node<T>]) -> Vec<T> {
        let network = view.network;
        let mut flows: Vec<T> = if self.bundled {
            let parts = self.bundles.parts.iter().enumerate();
            parts.map(|(arc, part)| rest(view, arc, part.level)).collect()
        } else {
            network.lower.iter().map(|lower| T::from_wide(lower.widen())).collect()
        };
        for ((record, &width), &arc) in self.records.iter().zip(&self.width).zip(&self.owner) {
            if !is_tail(view, name, record.from, arc) {
                flows[arc as usize] += width;
            }
        }
        for (v, node) in (0..).zip(nodes).filter(|(_, node)| node.arc != NONE) {
            let (arc, more) = self.moved(view, name, v, node);
            flows[arc as usize] += more;
        }
        flows
    }

    /// The arc from a node to its parent, and what it carries beyond what it did when it came: nothing or all.
    pub(super) fn moved<N: FlowNum>(
        &self,
        view: View<'_, N>,
        name: &[u32],
        v: u32,
        node: &Node<T>,
    ) -> (u32, T) {
        let arc = self.arc_of(node.arc);
        let (down, up) =
            if is_tail(view, name, v, arc) { (node.down, node.up) } else { (node.up, node.down) };
        let came_full = match self.bundled {
            true => self.bundles.of_record(node.arc as usize).1 != self.bundles.forward(arc as usize),
            false => !is_tail(view, name, self.records[node.arc as usize].from, arc),
        };
        (arc, if came_full { -up } else { down })
    }

    /// The flow of an arc, no loop, outside the tree, or in it when it came.
    pub(super) fn resting<N: FlowNum>(&self, view: View<'_, N>, name: &[u32], arc: u32) -> T {
        if self.bundled {
            return rest(view, arc as usize, self.bundles.parts[arc as usize].level);
        }
        let at = self.at[arc as usize] as usize;
        let full = !is_tail(view, name, self.records[at].from, arc);
        T::from_wide(view.lower(arc as usize)) + if full { self.width[at] } else { T::zero() }
    }
}

/// Whether the node at a position is the tail of an arc.
fn is_tail<N: FlowNum>(view: View<'_, N>, name: &[u32], v: u32, arc: u32) -> bool {
    name[v as usize] as usize == view.network.tail[arc as usize].index()
}

/// What a start does to bundles that do not move yet; an arc without a bundle is one by itself.
#[allow(clippy::cast_possible_truncation)]
impl<T: Int> Arcs<T> {
    /// Without those of pendants.
    pub(super) fn bundle_count(&self) -> usize {
        if self.bundled { self.bundles.count } else { self.width.len() }
    }

    pub(super) fn bundle_of(&self, arc: usize) -> usize {
        if self.bundled { self.bundles.of(arc) } else { arc }
    }

    /// The arcs of a bundle.
    pub(super) fn arcs(&self, bundle: usize) -> Range<usize> {
        if self.bundled { self.bundles.arcs(bundle) } else { bundle..bundle + 1 }
    }

    /// The records of a bundle.
    pub(super) fn records_of(&self, bundle: usize) -> Range<usize> {
        if !self.bundled {
            let at = self.at[bundle] as usize;
            return at..at + 1;
        }
        let first = self.bundles.record(bundle);
        first..first + if self.bundles.doubled(bundle) { 2 } else { 1 }
    }

    /// The records of a bundle between two positions as in a fresh layout, whatever its bounds and slopes were before.
    pub(super) fn renew<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize, [from, to]: [u32; 2]) {
        let records = self.records_of(bundle);
        let at = records.start;
        (self.records[at].from, self.records[at].to) = (from, to);
        if records.len() == 1 {
            self.records[at].cost = slope(view, self.arcs(bundle).start, 0);
        } else if !self.paired() {
            (self.records[at + 1].from, self.records[at + 1].to) = (to, from);
        }
        if self.bundled {
            self.bundles.arcs(bundle).for_each(|arc| self.bundles.note_bounds(view, arc));
        } else {
            self.width[at] = view.most::<T>(bundle) - T::from_wide(view.lower(bundle));
        }
    }

    /// Keeps the records of a bundle that cannot move from qualifying.
    pub(super) fn bury(&mut self, bundle: usize) {
        let at = self.records_of(bundle).start;
        let record = &mut self.records[at];
        (record.to, record.cost) = (record.from, T::zero());
    }

    /// The first and the last node of a bundle.
    pub(super) fn ends<N: FlowNum>(&self, view: View<'_, N>, bundle: usize) -> (usize, usize) {
        view.ends(if self.bundled { self.bundles.runs[bundle][0] as usize } else { bundle })
    }

    /// Rests a bundle of a fresh layout at the breakpoint nearest to earlier flows, or else where it costs
    /// least; returns its flow.
    pub(super) fn rest<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize, earlier: Option<&[N]>) -> T {
        if self.bundled {
            match earlier {
                Some(flows) => self.bundles.fill_near(view, bundle, flows),
                None => self.bundles.fill_falling(view, bundle),
            }
            self.show(view, bundle);
            return self.bundles.flow(view, bundle);
        }
        let at = self.at[bundle] as usize;
        let (lower, width) = (T::from_wide(view.lower(bundle)), self.width[at]);
        let fills = !view.open(bundle)
            && match earlier {
                Some(flows) => 2 * (flows[bundle].widen() - lower.wide()) > width.wide(),
                None => self.records[at].cost < T::zero(),
            };
        if fills {
            self.records[at] = self.records[at].turned();
            lower + width
        } else {
            lower
        }
    }

    /// The records of a bundle of a fresh layout at its level.
    fn show<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize) {
        if self.bundles.doubled(bundle) {
            self.bundles.refresh(view, bundle, &mut self.records);
        } else if self.bundles.parts[self.bundles.runs[bundle][0] as usize].level > 0 {
            let record = &mut self.records[self.bundles.record(bundle)];
            *record = record.turned();
        }
    }

    /// The least and the largest flow of a bundle of a fresh layout.
    pub(super) fn range<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize) -> (T, T) {
        if self.bundled {
            return self.bundles.sink(view, bundle);
        }
        let lower = T::from_wide(view.lower(bundle));
        (lower, lower + self.width[self.at[bundle] as usize])
    }

    /// Gives a bundle, whose [`Arcs::range`] was asked for last, a flow; if it `stays` in the tree the piece that
    /// has room from the first node (`outward`) or from the last one becomes a tree arc.
    pub(super) fn settle<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        bundle: usize,
        flow: T,
        outward: bool,
        stays: bool,
    ) -> Option<Basic<T>> {
        let zero = T::zero();
        if !self.bundled {
            let below = flow - T::from_wide(view.lower(bundle));
            let at = self.at[bundle] as usize;
            let above = self.width[at] - below;
            if !stays && above == zero {
                self.records[at] = self.records[at].turned();
            }
            return stays.then_some(Basic { arc: at as u32, below, above });
        }
        let more = flow - self.bundles.flow(view, bundle);
        let last = self.bundles.raise(view, bundle, more, outward || !stays);
        self.show(view, bundle);
        // As if it came by the record that moves it up.
        let arc = self.bundles.record(bundle) as u32;
        let (step, below) = last.filter(|_| stays)?;
        Some(Basic { arc, below, above: step.width - below })
    }
}
