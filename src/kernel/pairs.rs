//! Residual graphs in which every edge is a pair of opposite arcs.
//!
//! A directed arc with capacity c is the pair (c, 0), an undirected edge (c, c), a channel the pair of
//! what either party can send: pushing y over an arc takes y from it and adds y to its mate, so the
//! residual graph of a graph of this kind is again one. Arcs are stored by tail (compressed rows); the
//! capacities live outside, so that one layout serves many states.

use alloc::vec::Vec;

use num_traits::Zero;

/// The layout: which arcs leave a node, where they lead, and which arc is the mate.
///
/// Forward arcs of a node come before backward ones: an engine that goes by position prefers new ways
/// to taking flow back, which on long chains is the difference between linear and quadratic time. Head
/// and mate share a record, since whoever pushes needs both.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    first: Vec<u32>,
    /// Head and mate.
    arc: Vec<[u32; 2]>,
    slot: Vec<u32>,
}

/// Gives a vector its length; the contents are unspecified. Fresh memory comes zeroed from the
/// allocator, which is cheaper than writing zeros.
pub(crate) fn sized<T: Copy + Zero>(values: &mut Vec<T>, len: usize) {
    if values.capacity() < len {
        *values = alloc::vec![T::zero(); len];
    } else {
        values.resize(len, T::zero());
    }
}

fn sized_pairs(values: &mut Vec<[u32; 2]>, len: usize) {
    if values.capacity() < len {
        *values = alloc::vec![[0; 2]; len];
    } else {
        values.resize(len, [0; 2]);
    }
}

#[allow(clippy::cast_possible_truncation)] // builders keep every count below u32::MAX / 2
impl Pairs {
    /// Lays out `nodes` nodes and the edges `ends`. Loops are allowed; their two arcs leave one node.
    pub(crate) fn new(nodes: usize, ends: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut pairs = Self::default();
        pairs.lay_out(nodes, ends, |_| false);
        pairs
    }

    /// As [`Pairs::new`], in the memory of an older layout. An edge of which `shares` is true gets the arcs
    /// of the edge before it, the other way round.
    pub(crate) fn lay_out(
        &mut self,
        nodes: usize,
        ends: impl Iterator<Item = (usize, usize)> + Clone,
        shares: impl Fn(usize) -> bool,
    ) {
        let Self { first, arc, slot } = self;
        // The next free position of forward and backward arcs.
        let mut fill = alloc::vec![[0_u32; 2]; nodes];
        let (mut edges, mut own) = (0, 0);
        for (u, v) in ends.clone() {
            if !shares(edges) {
                fill[u][0] += 1;
                fill[v][1] += 1;
                own += 1;
            }
            edges += 1;
        }
        sized(first, nodes + 1);
        let mut next = 0;
        for (first, fill) in first.iter_mut().zip(fill.iter_mut()) {
            *first = next;
            let [out, back] = *fill;
            *fill = [next, next + out];
            next += out + back;
        }
        first[nodes] = next;
        sized_pairs(arc, 2 * own);
        sized(slot, edges);
        let mut backward = 0;
        for ((edge, slot), (u, v)) in slot.iter_mut().enumerate().zip(ends) {
            if shares(edge) {
                *slot = backward;
                continue;
            }
            let forward = fill[u][0];
            fill[u][0] += 1;
            backward = fill[v][1];
            fill[v][1] += 1;
            arc[forward as usize] = [v as u32, backward];
            arc[backward as usize] = [u as u32, forward];
            *slot = forward;
        }
    }

    #[inline]
    pub(crate) fn node_count(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// The number of residual arcs, two per edge.
    #[inline]
    pub(crate) fn arc_count(&self) -> usize {
        self.arc.len()
    }

    /// The positions of the arcs that leave a node.
    #[inline]
    pub(crate) fn out(&self, node: usize) -> core::ops::Range<usize> {
        self.first[node] as usize..self.first[node + 1] as usize
    }

    /// Head and mate of every arc.
    #[inline]
    pub(crate) fn records(&self) -> &[[u32; 2]] {
        &self.arc
    }

    #[inline]
    pub(crate) fn head(&self, arc: usize) -> usize {
        self.arc[arc][0] as usize
    }

    #[inline]
    pub(crate) fn mate(&self, arc: usize) -> usize {
        self.arc[arc][1] as usize
    }

    /// The arc of every edge from its first to its second end.
    #[inline]
    pub(crate) fn slots(&self) -> &[u32] {
        &self.slot
    }

    /// The arc of an edge from its first to its second end.
    #[inline]
    pub(crate) fn forward(&self, edge: usize) -> usize {
        self.slot[edge] as usize
    }

    /// The edge of every arc.
    pub(crate) fn edges(&self) -> Vec<u32> {
        let mut edges = alloc::vec![0; self.arc.len()];
        for (&slot, edge) in self.slot.iter().zip(0..) {
            edges[slot as usize] = edge;
            edges[self.mate(slot as usize)] = edge;
        }
        edges
    }
}
