//! Going on from the basis that the last run left, if nothing but slopes has changed since.
//!
//! A warm start lays the network out again, which takes several passes over the arcs in an order that is not
//! theirs. A run that started warm keeps the problem and its answer beside its basis; the next one compares, arc
//! by arc in the caller's order, and if it was asked to start from just that answer and only slopes of linear arcs
//! differ, it sets their records, recomputes the potentials along the thread, and prices. Of the flows only those of
//! arcs that pivots touched are read anew. What is kept is a hint as any earlier answer is: the answer is optimal, and
//! checked against the caller's problem, whatever it was.

use alloc::vec::Vec;

use super::Simplex;
use crate::id::NodeId;
use crate::kernel::Int;
use crate::min_cost_flow::view::{Earlier, Solved, View};
use crate::network::Network;
use crate::num::FlowNum;

/// Subtrees moved one by one when slopes in the tree have changed; if there are more, all nodes are read anew.
const MOVES: usize = 16;

/// The problem of the last warm run and its answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept<T> {
    /// Whether the basis is that of the answer.
    valid: bool,
    tail: Vec<NodeId>,
    head: Vec<NodeId>,
    supply: Vec<T>,
    lower: Vec<T>,
    upper: Vec<T>,
    slope: Vec<T>,
    flows: Vec<T>,
    basis: Vec<u32>,
}

fn same<N: FlowNum, T: Int>(numbers: &[N], kept: &[T]) -> bool {
    numbers.len() == kept.len()
        && numbers.iter().zip(kept).all(|(number, kept)| number.widen() == kept.wide())
}

fn keep<N: FlowNum, T: Int>(numbers: &[N], kept: &mut Vec<T>) {
    kept.clear();
    kept.extend(numbers.iter().map(|number| T::from_wide(number.widen())));
}

impl<T: Int> Kept<T> {
    pub(super) fn forget(&mut self) {
        self.valid = false;
    }

    /// Whether a problem differs in slopes only, and the answer to start from is the one kept.
    fn fits<N: FlowNum>(&self, network: &Network<N>, earlier: Earlier<'_, N>) -> bool {
        self.valid
            && network.unbounded.is_empty()
            && network.costs.begin.is_empty()
            && self.basis == earlier.basis
            && self.tail == network.tail
            && self.head == network.head
            && same(&network.supply, &self.supply)
            && same(&network.lower, &self.lower)
            && same(&network.upper, &self.upper)
            && same(earlier.flows, &self.flows)
    }
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// Keeps a problem and its answer for [`Simplex::resume`].
    pub(super) fn keep<N: FlowNum>(&mut self, view: View<'_, N>, solved: &Solved<N>) {
        let network = view.network;
        if self.arcs.bundled || !view.priced || !network.unbounded.is_empty() {
            return;
        }
        let kept = &mut self.kept;
        if !self.resumed {
            kept.tail.clone_from(&network.tail);
            kept.head.clone_from(&network.head);
            keep(&network.supply, &mut kept.supply);
            keep(&network.lower, &mut kept.lower);
            keep(&network.upper, &mut kept.upper);
            keep(&network.costs.first, &mut kept.slope);
        }
        keep(&solved.flows, &mut kept.flows);
        kept.basis.clone_from(&solved.basis);
        kept.valid = true;
    }

    /// Takes over the basis of the last run if it belongs to the answer to start from; false if it does not. O(n + m).
    pub(super) fn resume<N: FlowNum>(&mut self, view: View<'_, N>, earlier: Earlier<'_, N>) -> bool {
        let network = view.network;
        let slope = network.ranges().slope.max(1) * (network.node_count() as i128 + 1);
        if !view.priced || slope > self.penalty.wide() || !self.kept.fits(network, earlier) {
            return false;
        }
        self.kept.valid = false;
        let mut moved = Vec::new();
        for (arc, (slope, kept)) in network.costs.first.iter().zip(&mut self.kept.slope).enumerate() {
            let slope = T::from_wide(slope.widen());
            let change = slope - *kept;
            if change != T::zero() {
                *kept = slope;
                let at = self.arcs.at[arc];
                let record = &mut self.arcs.records[at as usize];
                let (from, to) = (record.from as usize, record.to as usize);
                // A record that cannot move stays as it is.
                if from != to {
                    let forward = self.name[from] == network.tail[arc].index() as u32;
                    let change = if forward { change } else { -change };
                    record.cost += change;
                    if self.nodes[from].arc == at {
                        moved.push((from, -change));
                    } else if self.nodes[to].arc == at {
                        moved.push((to, change));
                    }
                }
            }
        }
        if moved.len() <= MOVES {
            for (top, by) in moved {
                self.shift(top, by);
            }
        } else {
            self.reprice_tree();
        }
        self.pricing.rewind(self.arcs.near, self.nodes.len());
        (self.pivots, self.stale) = (0, 0);
        self.arcs.log.clear();
        true
    }

    /// Potentials of all nodes from those below the root, along the thread.
    fn reprice_tree(&mut self) {
        let mut v = self.thread[self.root as usize] as usize;
        while v != self.root as usize {
            let node = self.nodes[v];
            if node.arc < self.arcs.count {
                self.potential[v] = self.potential[node.parent as usize] - self.arcs.cost_from(node.arc, v);
            }
            v = self.thread[v] as usize;
        }
    }

    /// The flow of every arc after a resumed run, loops as kept: read anew in the tree and where pivots left an arc.
    pub(super) fn changed_flows<N: FlowNum>(&self, view: View<'_, N>) -> Vec<T> {
        let network = view.network;
        let mut flows = self.kept.flows.clone();
        let is_tail = |v: usize, arc: usize| self.name[v] == network.tail[arc].index() as u32;
        let lower = |arc: usize| T::from_wide(network.lower[arc].widen());
        for &at in &self.arcs.log {
            let (record, arc) = (self.arcs.records[at as usize], self.arcs.owner[at as usize] as usize);
            let full = !is_tail(record.from as usize, arc);
            flows[arc] = lower(arc) + if full { self.arcs.width[at as usize] } else { T::zero() };
        }
        for (v, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.arc < self.arcs.count) {
            let arc = self.arcs.owner[node.arc as usize] as usize;
            flows[arc] = lower(arc) + if is_tail(v, arc) { node.down } else { node.up };
        }
        flows
    }
}
