//! The answer of a finished run.

use alloc::vec;
use alloc::vec::Vec;

use super::{Node, Simplex};
use crate::check::Shortage;
use crate::id::NodeMap;
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// The proof that there is no flow, if artificial flow is left.
    ///
    /// The set S consists of the nodes below artificial arcs towards the root: those of negative
    /// potential. An arc leaving S has reduced cost at most slope + (a path) - 2 M < 0, so it is full; an
    /// arc entering S is at its lower bound for the same reason. What the artificial arcs of S carry is
    /// thus exactly what the set cannot get rid of.
    pub(super) fn shortage(&self) -> Option<Shortage> {
        let level = self.potential[self.root as usize];
        let sends = |v: usize| self.potential[v] < level;
        let hung = self.nodes.iter().enumerate().filter(|&(v, node)| node.arc == NONE && sends(v));
        let amount: i128 = hung.map(|(_, node)| node.down.wide()).sum();
        if amount == 0 {
            return None;
        }
        let mut inside = NodeMap::filled(self.node_count(), false);
        for v in (0..self.nodes.len()).filter(|&v| sends(v)) {
            inside.as_mut_slice()[self.name[v] as usize] = true;
        }
        self.pendants.complete_set(&mut inside);
        Some(Shortage { inside, amount })
    }

    /// Whether any artificial arc carries something.
    pub(super) fn short(&self) -> bool {
        let hung = |(_, node): &(usize, &Node<T>)| node.arc == NONE && node.parent == self.root;
        self.nodes.iter().enumerate().filter(hung).any(|(v, _)| self.held(v) != T::zero())
    }

    /// What a node that hangs on the root sends there, or gets from there if negative: what can come back.
    pub(super) fn held(&self, v: usize) -> T {
        let node = &self.nodes[v];
        if self.potential[v] < self.potential[self.root as usize] { node.down } else { -node.up }
    }

    /// Releases what the answer is not read from.
    pub(super) fn shed(&mut self) {
        for numbers in [&mut self.thread, &mut self.back, &mut self.scratch] {
            *numbers = Vec::new();
        }
        self.arcs.shed();
    }

    /// The flow of every arc; `None` if one leaves the number type.
    pub(super) fn flows<N: FlowNum>(&self, view: View<'_, N>) -> Option<Vec<N>> {
        let mut flows = self.arcs.flows(view, &self.name, &self.nodes);
        self.pendants.complete_flows(&mut flows);
        view.answer(flows)
    }

    /// The nodes of the network.
    fn node_count(&self) -> usize {
        self.nodes.len() - 1 + self.pendants.list.len()
    }

    /// Potentials, shifted so that the first node has 0.
    pub(in crate::min_cost_flow) fn potentials(&self) -> Vec<i128> {
        let mut potentials = vec![0; self.node_count() + 1];
        for (v, &name) in self.name.iter().enumerate() {
            potentials[name as usize] = self.potential[v].wide();
        }
        potentials.pop();
        self.pendants.complete_potentials(&mut potentials);
        let base = potentials.first().copied().unwrap_or(0);
        potentials.iter_mut().for_each(|potential| *potential -= base);
        potentials
    }

    /// The arc from every node to its parent, [`NONE`] to the root.
    pub(in crate::min_cost_flow) fn basis(&self) -> Vec<u32> {
        let mut arcs = vec![NONE; self.node_count() + 1];
        for (v, node) in self.nodes.iter().enumerate() {
            if node.arc != NONE {
                arcs[self.name[v] as usize] = self.arcs.arc_of(node.arc);
            }
        }
        arcs.pop();
        for pendant in &self.pendants.list {
            arcs[pendant.node as usize] = pendant.arc;
        }
        arcs
    }
}
