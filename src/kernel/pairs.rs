//! Residual graphs in which every edge is a pair of opposite arcs.
//!
//! A directed arc with capacity c is the pair (c, 0), an undirected edge (c, c), a channel the pair of
//! what either party can send: pushing y over an arc takes y from it and adds y to its mate, so the
//! residual graph of a graph of this kind is again one. Arcs are stored by tail (compressed rows); the
//! capacities live outside, so that one layout serves many states.

use alloc::vec::Vec;

/// The layout: which arcs leave a node, where they lead, and which arc is the mate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    first: Vec<u32>,
    head: Vec<u32>,
    mate: Vec<u32>,
    slot: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation)] // builders keep every count below u32::MAX / 2
impl Pairs {
    /// Lays out `nodes` nodes and the edges `ends`. Loops are allowed; their two arcs leave one node.
    pub(crate) fn new(nodes: usize, ends: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut pairs = Self::default();
        pairs.lay_out(nodes, ends);
        pairs
    }

    /// As [`Pairs::new`], in the memory of an older layout.
    pub(crate) fn lay_out(&mut self, nodes: usize, ends: impl Iterator<Item = (usize, usize)> + Clone) {
        let Self { first, head, mate, slot } = self;
        first.clear();
        first.resize(nodes + 2, 0);
        let mut edges = 0;
        for (u, v) in ends.clone() {
            first[u + 2] += 1;
            first[v + 2] += 1;
            edges += 1;
        }
        for node in 2..nodes + 2 {
            first[node] += first[node - 1];
        }
        head.resize(2 * edges, 0);
        mate.resize(2 * edges, 0);
        slot.clear();
        slot.reserve(edges);
        for (u, v) in ends {
            let forward = first[u + 1];
            first[u + 1] += 1;
            let backward = first[v + 1];
            first[v + 1] += 1;
            head[forward as usize] = v as u32;
            head[backward as usize] = u as u32;
            mate[forward as usize] = backward;
            mate[backward as usize] = forward;
            slot.push(forward);
        }
        first.pop();
    }

    #[inline]
    pub(crate) fn node_count(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// The number of residual arcs, two per edge.
    #[inline]
    pub(crate) fn arc_count(&self) -> usize {
        self.head.len()
    }

    /// The positions of the arcs that leave a node.
    #[inline]
    pub(crate) fn out(&self, node: usize) -> core::ops::Range<usize> {
        self.first[node] as usize..self.first[node + 1] as usize
    }

    #[inline]
    pub(crate) fn head(&self, arc: usize) -> usize {
        self.head[arc] as usize
    }

    #[inline]
    pub(crate) fn mate(&self, arc: usize) -> usize {
        self.mate[arc] as usize
    }

    /// The arc of an edge from its first to its second end.
    #[inline]
    pub(crate) fn forward(&self, edge: usize) -> usize {
        self.slot[edge] as usize
    }

    /// The edge of every arc.
    pub(crate) fn edges(&self) -> Vec<u32> {
        let mut edges = alloc::vec![0; self.head.len()];
        for (&slot, edge) in self.slot.iter().zip(0..) {
            edges[slot as usize] = edge;
            edges[self.mate(slot as usize)] = edge;
        }
        edges
    }
}
