//! Engine arcs: what pricing reads, and what a pivot does to it.
//!
//! A *bundle* is a piecewise-linear convex function of the flow from one node to another; its linear pieces
//! fill in the order of their slopes. There are two layouts.
//!
//! * One record per piece: (from, to, cost) in the direction in which the piece can move. A full piece is
//!   turned round and negated, so there is no state to look up. The bundle is an arc of the network. Without
//!   breakpoints the piece of an arc has the arc's number.
//! * Two records per bundle: its next unit up and its next unit down. The bundle is a pair of nodes with all
//!   arcs between them, those of the other direction counting backwards: a sum of convex functions whose
//!   pieces are sorted. Channels with five pieces each way become two records instead of ten. Chosen where
//!   it leaves at most two thirds of the records.
//!
//! In both layouts pieces in the tree have reduced cost 0 and never qualify; nor do their neighbours.

use alloc::vec;
use alloc::vec::Vec;

use super::Node;
use crate::kernel::Int;
use crate::min_cost_flow::view::View;
use crate::num::FlowNum;

/// An arc in the direction in which it can move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<T> {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) cost: T,
}

impl<T: Int> Record<T> {
    fn turned(self) -> Self {
        Self { from: self.to, to: self.from, cost: -self.cost }
    }
}

/// A record, the piece it moves, and by how much it can.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entering<T> {
    pub(super) record: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) piece: u32,
    pub(super) room: T,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Arcs<T> {
    pub(super) records: Vec<Record<T>>,
    /// The width of every piece, those of a bundle together and by rising slope.
    pub(super) width: Vec<T>,
    /// Begin of each bundle's pieces, and one end; empty if bundle, piece and arc have one number.
    pub(super) first: Vec<u32>,
    pub(super) pairs: Pairs<T>,
    pub(super) paired: bool,
}

/// What the layout by pairs has besides.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs<T> {
    pub(super) slope: Vec<T>,
    pub(super) bundle: Vec<u32>,
    /// Twice the arc that a piece belongs to, plus one if it counts backwards.
    pub(super) owner: Vec<u32>,
    /// The number of full pieces of every bundle, not counting one in the tree.
    pub(super) level: Vec<u32>,
    /// The flow of every bundle when no piece carries anything.
    pub(super) base: Vec<T>,
    pub(super) bundle_of: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Arcs<T> {
    pub(super) fn bundle_count(&self) -> usize {
        if self.paired {
            self.pairs.base.len()
        } else {
            self.first.len().checked_sub(1).unwrap_or(self.width.len())
        }
    }

    pub(super) fn bundle_of(&self, arc: usize) -> usize {
        if self.paired { self.pairs.bundle_of[arc] as usize } else { arc }
    }

    /// The pieces of a bundle, by rising slope.
    pub(super) fn pieces(&self, bundle: usize) -> core::ops::Range<usize> {
        match self.first.get(bundle..bundle + 2) {
            Some(&[begin, end]) => begin as usize..end as usize,
            _ => bundle..bundle + 1,
        }
    }

    /// The flow of a bundle when no piece carries anything.
    pub(super) fn base<N: FlowNum>(&self, view: View<'_, N>, bundle: usize) -> T {
        if self.paired { self.pairs.base[bundle] } else { T::from_wide(view.lower(bundle)) }
    }

    /// The first and the last node of a bundle, before any renumbering; equal if nothing can move.
    pub(super) fn ends<N: FlowNum>(&self, view: View<'_, N>, bundle: usize) -> (usize, usize) {
        if self.paired {
            let record = self.records[2 * bundle];
            (record.from as usize, record.to as usize)
        } else {
            view.ends(bundle)
        }
    }

    /// The earlier flow of every bundle.
    pub(super) fn old_flows<N: FlowNum>(&self, view: View<'_, N>, flows: &[N]) -> Vec<i128> {
        if !self.paired {
            return flows.iter().map(|flow| flow.widen()).collect();
        }
        let mut old = vec![0_i128; self.bundle_count()];
        for (arc, flow) in flows.iter().enumerate() {
            let (tail, head) = view.ends(arc);
            let flow = flow.widen();
            let sum = &mut old[self.bundle_of(arc)];
            *sum = sum.saturating_add(if tail < head { flow } else { flow.saturating_neg() });
        }
        old
    }

    /// Whether the last piece of a bundle only stands in for a missing bound.
    pub(super) fn open<N: FlowNum>(&self, view: View<'_, N>, bundle: usize) -> bool {
        !self.paired && view.open(bundle)
    }

    /// The slope of a piece of a fresh layout, from the first to the last node of the bundle.
    pub(super) fn slope(&self, piece: usize) -> T {
        if self.paired { self.pairs.slope[piece] } else { self.records[piece].cost }
    }

    /// The arc of a piece, [`Arcs::first`] being by arc or missing.
    pub(super) fn arc_of(&self, piece: usize) -> usize {
        if self.paired {
            (self.pairs.owner[piece] / 2) as usize
        } else if self.first.is_empty() {
            piece
        } else {
            self.first.partition_point(|&begin| begin as usize <= piece) - 1
        }
    }

    /// Fills the first pieces of a bundle of a fresh layout.
    pub(super) fn fill(&mut self, bundle: usize, count: usize) {
        if self.paired {
            self.pairs.level[bundle] = count as u32;
            self.refresh(bundle);
        } else {
            for piece in self.pieces(bundle).take(count) {
                self.records[piece] = self.records[piece].turned();
            }
        }
    }

    pub(super) fn entering(&self, record: usize) -> Entering<T> {
        let Record { from, to, .. } = self.records[record];
        let piece = if self.paired {
            let bundle = record / 2;
            (self.first[bundle] + self.pairs.level[bundle]) as usize - record % 2
        } else {
            record
        };
        Entering {
            record,
            from: from as usize,
            to: to as usize,
            piece: piece as u32,
            room: self.width[piece],
        }
    }

    /// The piece runs to its other bound.
    pub(super) fn flip(&mut self, entering: Entering<T>) {
        if self.paired {
            let bundle = entering.record / 2;
            let level = &mut self.pairs.level[bundle];
            *level = if entering.record % 2 == 0 { *level + 1 } else { *level - 1 };
            self.refresh(bundle);
        } else {
            let record = &mut self.records[entering.record];
            *record = record.turned();
        }
    }

    /// The piece is in the tree.
    pub(super) fn enter(&mut self, piece: u32) {
        if self.paired {
            let bundle = self.pairs.bundle[piece as usize] as usize;
            self.pairs.level[bundle] = piece - self.first[bundle];
            let slope = self.pairs.slope[piece as usize];
            (self.records[2 * bundle].cost, self.records[2 * bundle + 1].cost) = (slope, -slope);
        }
    }

    /// The piece leaves the tree, not being able to carry more from the node at the position `full`.
    pub(super) fn leave(&mut self, piece: u32, full: usize) {
        if self.paired {
            let bundle = self.pairs.bundle[piece as usize] as usize;
            let up = self.records[2 * bundle].from as usize == full;
            self.pairs.level[bundle] = piece - self.first[bundle] + u32::from(up);
            self.refresh(bundle);
        } else if let Some(record) = self.records.get_mut(piece as usize) {
            if record.from as usize == full {
                *record = record.turned();
            }
        }
    }

    /// The slope of a tree piece from the node at a position.
    pub(super) fn cost_from(&self, piece: u32, node: usize) -> T {
        let record =
            if self.paired { 2 * self.pairs.bundle[piece as usize] as usize } else { piece as usize };
        let Record { from, cost, .. } = self.records[record];
        if from as usize == node { cost } else { -cost }
    }

    /// Sets the records of a bundle without tree piece to its level.
    pub(super) fn refresh(&mut self, bundle: usize) {
        let pieces = self.pieces(bundle);
        let next = pieces.start + self.pairs.level[bundle] as usize;
        let never = T::max_value() / T::from_wide(4);
        let slope = &self.pairs.slope;
        self.records[2 * bundle].cost = if next < pieces.end { slope[next] } else { never };
        self.records[2 * bundle + 1].cost = if next > pieces.start { -slope[next - 1] } else { never };
    }

    /// The flow of every arc except loops, from the nodes' names and the tree.
    pub(super) fn flows<N: FlowNum>(&self, view: View<'_, N>, name: &[u32], nodes: &[Node<T>]) -> Vec<T> {
        let network = view.network;
        let mut flows: Vec<T> = network.lower.iter().map(|lower| T::from_wide(lower.widen())).collect();
        if self.paired {
            for bundle in 0..self.pairs.base.len() {
                let full = self.pairs.level[bundle] as usize;
                for (k, piece) in self.pieces(bundle).enumerate() {
                    let owner = self.pairs.owner[piece];
                    if (k < full) == (owner % 2 == 0) {
                        flows[(owner / 2) as usize] += self.width[piece];
                    }
                }
            }
        } else {
            for (arc, flow) in flows.iter_mut().enumerate() {
                let tail = network.tail[arc].index() as u32;
                for piece in self.pieces(arc) {
                    if name[self.records[piece].from as usize] != tail {
                        *flow += self.width[piece];
                    }
                }
            }
        }
        for (v, node) in nodes.iter().enumerate().filter(|(_, node)| (node.arc as usize) < self.width.len()) {
            let piece = node.arc as usize;
            let arc = self.arc_of(piece);
            let tail = network.tail[arc].index() as u32;
            let counted_full = if self.paired {
                // Pieces in the tree were counted as empty.
                self.pairs.owner[piece] % 2 == 1
            } else {
                name[self.records[piece].from as usize] != tail
            };
            flows[arc] += if name[v] == tail { node.down } else { node.up };
            flows[arc] -= if counted_full { self.width[piece] } else { T::zero() };
        }
        flows
    }
}
