//! Nodes with one neighbour, and trees of them: left out of the spanning tree.
//!
//! What such a node has must go over its one bundle, so the flow there is known before the first pivot, and so is its
//! potential when that of its neighbour is: the slope of the piece in which the flow lies. What the neighbour then
//! has in excess includes it, and may make the neighbour a pendant in turn. In the graph of the Lightning network
//! that is every other node. Their records would never qualify, but be priced, and they would move with every subtree.
//!
//! A node whose bundle cannot carry what it must stays where it is: the proof that there is no flow comes from the tree.
//! So does one whose bundle can carry only one amount. A solve from an earlier answer keeps all nodes.
//!
//! Degrees and, for every node, the exclusive or of the numbers of its bundles: at degree 1 that is the one that is
//! left. O(n + bundles).

use alloc::vec::Vec;

use super::bundles::{Bundles, span};
use super::seed::Link;
use crate::id::NodeMap;
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

/// A node whose only neighbour, of those that were left when it was taken out, is its parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pendant<T> {
    pub(super) node: u32,
    pub(super) parent: u32,
    /// The bundle between them, and when that is settled the arc to the parent.
    pub(super) arc: u32,
    /// What the node must send over it for itself and its own pendants; when the bundle is settled, by how much the arc's
    /// flow differs from the end of the last full piece.
    pub(super) flow: T,
    /// Cost of the arc per unit towards the parent.
    pub(super) cost: T,
}

/// All of them, in the order in which they were taken out: parents after their children.
#[derive(Clone, Debug, Default)]
pub(super) struct Pendants<T> {
    pub(super) list: Vec<Pendant<T>>,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Pendants<T> {
    /// Takes out all pendants of a network whose bundles are these runs of arcs; what they have goes to the excess of their parents.
    pub(super) fn find<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        runs: &[[u32; 2]],
        excess: &mut [T],
        memory: &mut Vec<u32>,
    ) {
        memory.clear();
        memory.resize(2 * excess.len(), 0);
        let (degree, bundle) = memory.split_at_mut(excess.len());
        let ends = |run: usize| view.ends(runs[run][0] as usize);
        for run in 0..runs.len() {
            let (tail, head) = ends(run);
            if tail != head {
                for v in [tail, head] {
                    degree[v] += 1;
                    bundle[v] ^= run as u32;
                }
            }
        }
        for first in 0..excess.len() {
            let mut v = first;
            while degree[v] == 1 {
                let run = bundle[v];
                let (tail, head) = ends(run as usize);
                let parent = if tail == v { head } else { tail };
                let flow = excess[v];
                let net = if tail == v { flow } else { -flow };
                let (least, most) = span(view, runs[run as usize]);
                if least == most || net < least || net > most {
                    break;
                }
                let (node, zero) = (v as u32, T::zero());
                self.list.push(Pendant { node, parent: parent as u32, arc: run, flow, cost: zero });
                excess[v] = zero;
                excess[parent] += flow;
                degree[v] = 0;
                degree[parent] -= 1;
                bundle[parent] ^= run;
                v = parent;
            }
        }
    }

    /// Gives the bundles of all pendants, by now known by their final numbers, what they must carry.
    pub(super) fn settle<N: FlowNum>(&mut self, view: View<'_, N>, bundles: &mut Bundles<T>) {
        for pendant in &mut self.list {
            let bundle = pendant.arc as usize;
            let outward = view.ends(bundles.runs[bundle][0] as usize).0 == pendant.node as usize;
            let net = if outward { pendant.flow } else { -pendant.flow };
            let (least, most) = bundles.sink(view, bundle);
            // With room towards the parent, as arcs of the tree have it, where there is any.
            let upwards = if outward { net < most } else { net == least };
            let Some((step, taken)) = bundles.raise(view, bundle, net - least, upwards) else { continue };
            pendant.arc = step.arc as u32;
            pendant.flow = if bundles.forward(step.arc) { taken } else { -taken };
            pendant.cost = if outward { step.slope } else { -step.slope };
        }
    }

    /// Takes the pendants out of the links of a tree to come.
    pub(super) fn unlink(&self, links: &mut [Link]) {
        if self.list.is_empty() {
            return;
        }
        let root = links.len() as u32;
        for pendant in &self.list {
            links[pendant.node as usize] = Link { parent: NONE, arc: NONE };
        }
        for v in 0..links.len() {
            let Link { parent, arc } = links[v];
            if arc != NONE && links[parent as usize].parent == NONE {
                links[v] = Link { parent: root, arc: NONE };
            }
        }
    }

    /// Completes the flows of all other arcs.
    pub(super) fn complete_flows(&self, flows: &mut [T]) {
        for pendant in &self.list {
            flows[pendant.arc as usize] += pendant.flow;
        }
    }

    /// Completes the potentials of all other nodes.
    pub(super) fn complete_potentials(&self, potentials: &mut [i128]) {
        for pendant in self.list.iter().rev() {
            potentials[pendant.node as usize] = potentials[pendant.parent as usize] - pendant.cost.wide();
        }
    }

    /// Completes a set of nodes across whose boundary no pendant's bundle runs.
    pub(super) fn complete_set(&self, inside: &mut NodeMap<bool>) {
        let inside = inside.as_mut_slice();
        for pendant in self.list.iter().rev() {
            inside[pendant.node as usize] = inside[pendant.parent as usize];
        }
    }
}
