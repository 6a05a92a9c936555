//! The global minimum cut by merging nodes that no better cut separates.
//!
//! # Invariant
//!
//! A cut smaller than the best one known, if there is any, is a cut of the merged graph. The best one
//! known is at most the least degree in the merged graph, since every node on its own is tried.
//!
//! # Merges
//!
//! * An edge of at least the capacity of the best cut: cuts through it are no better. On a graph whose
//!   capacities spread over orders of magnitude this alone, done on the list of edges before anything
//!   else, leaves next to nothing.
//! * An edge u v of at least half of the degree of u: a cut through it other than {u} gets no worse if u
//!   moves to the side of v. Any number of such nodes u can go at once, as long as nothing has been
//!   merged into u.
//! * Orders: scan the nodes so that each next one has the most capacity r to those scanned before, where
//!   everything from the best cut's capacity on counts as equal. When scanning v raises r(w) that high,
//!   no better cut separates v and w. (The edges that raise r(w) from below k are a maximal spanning
//!   forest of what the forests before it leave, for every k up to the best cut's capacity; an edge in
//!   the k-th forest joins nodes of connectivity at least k.) Every prefix of the order is a cut to be
//!   tried. The last node of an order is always merged.
//!
//! # Complexity and references
//!
//! O(m log n) per order, at most n - 1 orders, few in practice. Nagamochi, Ono and Ibaraki,
//! "Implementing an efficient minimum capacity cut algorithm", Math. Programming 67 (1994); Padberg and
//! Rinaldi, "An efficient algorithm for the minimum capacity cut problem", Math. Programming 47 (1990);
//! equal keys from the best cut on: Henzinger, Noe, Schulz and Strash, "Practical minimum cut
//! algorithms", ACM J. Exp. Algorithmics 23 (2018).

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::kernel::Int;
use crate::network::{Edge, UndirectedGraph};
use crate::solve::{Meter, SolveError};

/// The merged graph and the best cut known.
pub(super) struct Merging<'a, T> {
    graph: &'a UndirectedGraph,
    /// The arcs of each merged node, both ways, begin at `first`.
    first: Vec<usize>,
    arcs: Vec<(u32, T)>,
    degree: Vec<T>,
    /// The merged node of every node of the graph.
    member: Vec<u32>,
    best: T,
    side: Vec<bool>,
}

#[allow(clippy::cast_possible_truncation)] // nodes are ids
impl<'a, T: Int> Merging<'a, T> {
    pub(super) fn new(graph: &'a UndirectedGraph) -> Self {
        let nodes = graph.node_count();
        Self {
            graph,
            first: Vec::new(),
            arcs: Vec::new(),
            degree: vec![T::zero(); nodes],
            member: (0..nodes as u32).collect(),
            best: T::max_value(),
            side: Vec::new(),
        }
    }

    /// A minimum cut and its capacity; there are at least two nodes.
    pub(super) fn run(mut self, meter: &mut Meter<'_, '_>) -> Result<(Vec<bool>, i128), SolveError> {
        meter.tick(self.graph.edge_count() as u64)?;
        for Edge { u, v, capacity } in self.graph.edges().filter(|edge| edge.u != edge.v) {
            self.degree[u.index()] += T::from_wide(capacity.into());
            self.degree[v.index()] += T::from_wide(capacity.into());
        }
        self.try_single_nodes();
        let mut merged = Sets::new(self.degree.len());
        for Edge { u, v, capacity } in self.graph.edges() {
            if T::from_wide(capacity.into()) >= self.best {
                merged.join(u.index() as u32, v.index() as u32);
            }
        }
        self.rename(&mut merged);
        self.lay_out_edges();
        // A cut of value 0 cannot be beaten.
        while self.degree.len() > 1 && self.best > T::zero() {
            self.try_single_nodes();
            let nodes = self.degree.len();
            let mut merged = Sets::new(nodes);
            meter.tick(self.arcs.len() as u64 + nodes as u64)?;
            self.heavy_edges(&mut merged);
            if merged.count > nodes - nodes.div_ceil(4) {
                self.order(&mut merged, meter)?;
            }
            self.contract(&mut merged);
        }
        Ok((self.side, self.best.wide()))
    }

    /// Takes the cheapest single node as a cut if it is better than the best one known.
    fn try_single_nodes(&mut self) {
        let cheapest = self.degree.iter().zip(0_u32..).min();
        if let Some((&degree, node)) = cheapest.filter(|&(&degree, _)| degree < self.best) {
            self.best = degree;
            self.side = self.member.iter().map(|&member| member == node).collect();
        }
    }

    fn heavy_edges(&self, merged: &mut Sets) {
        for u in 0..self.degree.len() {
            // Whether nothing has been merged into u.
            let mut alone = merged.alone[u];
            for &(v, capacity) in &self.arcs[self.first[u]..self.first[u + 1]] {
                if capacity >= self.best || (alone && capacity + capacity >= self.degree[u]) {
                    merged.join(u as u32, v);
                    alone = false;
                }
            }
        }
    }

    /// Scans the nodes in one order and merges what it allows.
    fn order(&mut self, merged: &mut Sets, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        let nodes = self.degree.len();
        let mut reach = vec![T::zero(); nodes];
        let mut scanned = vec![false; nodes];
        let mut order = Vec::with_capacity(nodes);
        // Nodes with the best cut's capacity to those scanned, and the others.
        let mut ready: Vec<u32> = Vec::new();
        let mut heap: BinaryHeap<(T, Reverse<u32>)> = BinaryHeap::new();
        let (mut prefix, mut best_prefix) = (T::zero(), None);
        for start in 0..nodes as u32 {
            ready.push(start);
            while let Some(node) = ready.pop().or_else(|| heap.pop().map(|(_, Reverse(node))| node)) {
                let v = node as usize;
                if core::mem::replace(&mut scanned[v], true) {
                    continue;
                }
                prefix += self.degree[v] - reach[v] - reach[v];
                order.push(node);
                if order.len() < nodes && prefix < self.best {
                    self.best = prefix;
                    best_prefix = Some(order.len());
                }
                let arcs = &self.arcs[self.first[v]..self.first[v + 1]];
                meter.tick(arcs.len() as u64 + 1)?;
                for &(w, capacity) in arcs.iter().filter(|(w, _)| !scanned[*w as usize]) {
                    let before = reach[w as usize];
                    let sum = before + capacity;
                    reach[w as usize] = sum;
                    if sum >= self.best {
                        merged.join(node, w);
                        if before < self.best {
                            ready.push(w);
                        }
                    } else {
                        heap.push((sum, Reverse(w)));
                    }
                }
            }
        }
        if let Some(len) = best_prefix {
            let mut inside = vec![false; nodes];
            for &node in &order[..len] {
                inside[node as usize] = true;
            }
            self.side = self.member.iter().map(|&member| inside[member as usize]).collect();
        }
        Ok(())
    }

    /// Numbers the sets and moves members there; returns the names.
    fn rename(&mut self, merged: &mut Sets) -> Vec<u32> {
        let names = merged.names();
        for member in &mut self.member {
            *member = names[*member as usize];
        }
        names
    }

    /// The arcs between the members' sets, from the graph's edges.
    fn lay_out_edges(&mut self) {
        let nodes = self.member.iter().max().map_or(0, |&most| most as usize + 1);
        let member = &self.member;
        let between = self.graph.edges().filter_map(|edge| {
            let (u, v) = (member[edge.u.index()], member[edge.v.index()]);
            (u != v && edge.capacity > 0).then(|| (u, v, T::from_wide(edge.capacity.into())))
        });
        self.first = vec![0; nodes + 2];
        self.degree = vec![T::zero(); nodes];
        for (u, v, capacity) in between.clone() {
            for node in [u as usize, v as usize] {
                self.first[node + 2] += 1;
                self.degree[node] += capacity;
            }
        }
        for node in 2..nodes + 2 {
            self.first[node] += self.first[node - 1];
        }
        self.arcs = vec![(0, T::zero()); self.first[nodes + 1]];
        for (u, v, capacity) in between {
            for (node, other) in [(u as usize, v), (v as usize, u)] {
                self.arcs[self.first[node + 1]] = (other, capacity);
                self.first[node + 1] += 1;
            }
        }
        self.first.pop();
    }

    /// Replaces the graph by the graph of the sets, with parallel edges added up.
    fn contract(&mut self, merged: &mut Sets) {
        let names = self.rename(merged);
        let nodes = names.iter().max().map_or(0, |&most| most as usize + 1);
        let mut by_set: Vec<u32> = (0..names.len() as u32).collect();
        by_set.sort_by_key(|&node| names[node as usize]);
        let (mut first, mut arcs): (_, Vec<(u32, T)>) = (vec![0], Vec::new());
        let mut degree = Vec::with_capacity(nodes);
        // Where the arc to a set lies, if it was written for the current set.
        let mut slot = vec![0_usize; nodes];
        for set in by_set.chunk_by(|&one, &next| names[one as usize] == names[next as usize]) {
            let begin = arcs.len();
            let mut sum = T::zero();
            for &old in set {
                let (old, name) = (old as usize, names[old as usize]);
                for &(head, capacity) in &self.arcs[self.first[old]..self.first[old + 1]] {
                    let head = names[head as usize];
                    if head == name {
                        continue;
                    }
                    sum += capacity;
                    match arcs.get_mut(slot[head as usize]) {
                        Some((other, both)) if slot[head as usize] >= begin && *other == head => {
                            *both += capacity;
                        }
                        _ => {
                            slot[head as usize] = arcs.len();
                            arcs.push((head, capacity));
                        }
                    }
                }
            }
            first.push(arcs.len());
            degree.push(sum);
        }
        (self.first, self.arcs, self.degree) = (first, arcs, degree);
    }
}

/// Disjoint sets of nodes, each represented by its smallest one.
struct Sets {
    up: Vec<u32>,
    /// Which nodes have not been joined with another one.
    alone: Vec<bool>,
    count: usize,
}

#[allow(clippy::cast_possible_truncation)] // nodes are ids
impl Sets {
    fn new(nodes: usize) -> Self {
        Self { up: (0..nodes as u32).collect(), alone: vec![true; nodes], count: nodes }
    }

    fn find(&mut self, node: u32) -> u32 {
        let mut node = node;
        while self.up[node as usize] != node {
            let over = self.up[self.up[node as usize] as usize];
            self.up[node as usize] = over;
            node = over;
        }
        node
    }

    fn join(&mut self, u: u32, v: u32) {
        let (u, v) = (self.find(u), self.find(v));
        if u != v {
            self.up[u.max(v) as usize] = u.min(v);
            (self.alone[u as usize], self.alone[v as usize]) = (false, false);
            self.count -= 1;
        }
    }

    /// A number from 0 for every set.
    fn names(&mut self) -> Vec<u32> {
        let mut names: Vec<u32> = Vec::with_capacity(self.up.len());
        let mut next = 0;
        for node in 0..self.up.len() as u32 {
            let root = self.find(node);
            if root == node {
                names.push(next);
                next += 1;
            } else {
                names.push(names[root as usize]);
            }
        }
        names
    }
}
