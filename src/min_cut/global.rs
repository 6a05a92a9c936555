//! The global minimum cut of an undirected graph.
//!
//! # Method
//!
//! Scan the nodes so that each next one has the most capacity r to those scanned before (a maximum
//! adjacency order). When scanning v raises r(w) by the edge v w to at least the value of the best cut
//! known, no smaller cut separates v and w, and they can be merged. Invariant: a cut smaller than the
//! best one known, if there is any, survives in the merged graph. The best one known is updated by
//! every node on its own and by every prefix of the order. The last node of an order merges at least
//! with its last neighbour, so that each round makes the graph smaller; in practice a few rounds remain.
//!
//! # Complexity and references
//!
//! O(m log n) per round, at most n - 1 rounds. Nagamochi and Ibaraki, "Computing edge-connectivity in
//! multigraphs and capacitated graphs", SIAM J. Discrete Math. 5 (1992); Stoer and Wagner, "A simple
//! min-cut algorithm", J. ACM 44 (1997), for the last node.

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::check;
use crate::id::NodeMap;
use crate::network::UndirectedGraph;
use crate::solve::{Meter, SolveError};

/// Finds the cheapest cut of an undirected graph.
///
/// ```
/// use feasible::{GlobalMinCut, UndirectedGraph};
/// let mut graph = UndirectedGraph::with_nodes(3)?;
/// let v: Vec<_> = graph.nodes().collect();
/// graph.add_edge(v[0], v[1], 5)?;
/// graph.add_edge(v[1], v[2], 2)?;
/// graph.add_edge(v[2], v[0], 1)?;
/// let cut = GlobalMinCut::new().solve(&graph)?.ok_or("fewer than two nodes")?;
/// assert_eq!(cut.value(), 3);
/// assert!(cut.side()[v[2]] != cut.side()[v[0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "options do nothing before a `solve`"]
pub struct GlobalMinCut {
    work_limit: Option<u64>,
}

/// A cut of a whole graph. Exists only if [`check::global_cut`] accepted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalCut {
    side: NodeMap<bool>,
    value: i128,
}

impl GlobalCut {
    /// Which nodes lie on one side.
    #[must_use]
    pub const fn side(&self) -> &NodeMap<bool> {
        &self.side
    }

    /// The capacity of the edges between the sides.
    #[must_use]
    pub const fn value(&self) -> i128 {
        self.value
    }
}

impl GlobalMinCut {
    /// The default options: no work limit.
    pub const fn new() -> Self {
        Self { work_limit: None }
    }

    /// Ends a solve with [`SolveError::WorkLimit`] after so many units; a unit is one edge looked at.
    pub const fn work_limit(mut self, limit: u64) -> Self {
        self.work_limit = Some(limit);
        self
    }

    /// Finds a minimum cut, or `None` if there are fewer than two nodes to separate.
    ///
    /// # Errors
    ///
    /// [`SolveError::WorkLimit`].
    pub fn solve(&self, graph: &UndirectedGraph) -> Result<Option<GlobalCut>, SolveError> {
        if graph.node_count() < 2 {
            return Ok(None);
        }
        let meter = &mut Meter::new(self.work_limit, None);
        let mut state = Rounds::new(graph);
        state.settle_single_nodes();
        while state.nodes > 1 {
            state.round(meter)?;
        }
        let cut = GlobalCut { side: NodeMap::from_vec(state.side), value: state.best };
        check::global_cut(graph, &cut.side, cut.value)?;
        Ok(Some(cut))
    }
}

type Edge = (u32, u32, i128);

/// The merged graph and the best cut known.
struct Rounds {
    nodes: usize,
    edges: Vec<Edge>,
    /// The merged node of every node of the graph.
    member: Vec<u32>,
    best: i128,
    side: Vec<bool>,
}

#[allow(clippy::cast_possible_truncation)] // nodes are ids
impl Rounds {
    fn new(graph: &UndirectedGraph) -> Self {
        let nodes = graph.node_count();
        let ends = graph.edges().filter(|edge| edge.u != edge.v && edge.capacity > 0);
        let edges = ends.map(|e| (e.u.index() as u32, e.v.index() as u32, i128::from(e.capacity)));
        let mut rounds = Self {
            nodes,
            edges: edges.collect(),
            member: (0..nodes as u32).collect(),
            best: i128::MAX,
            side: Vec::new(),
        };
        rounds.unify();
        rounds
    }

    /// Orders the ends of edges and adds up parallel ones.
    fn unify(&mut self) {
        for (u, v, _) in &mut self.edges {
            if u > v {
                core::mem::swap(u, v);
            }
        }
        self.edges.sort_unstable_by_key(|&(u, v, _)| (u, v));
        self.edges.dedup_by(|next, kept| {
            let parallel = (next.0, next.1) == (kept.0, kept.1);
            if parallel {
                kept.2 += next.2;
            }
            parallel
        });
    }

    fn degrees(&self) -> Vec<i128> {
        let mut degree = vec![0; self.nodes];
        for &(u, v, capacity) in &self.edges {
            degree[u as usize] += capacity;
            degree[v as usize] += capacity;
        }
        degree
    }

    /// Takes the cheapest single node as a cut if it is better than the best one known.
    fn settle_single_nodes(&mut self) -> Vec<i128> {
        let degree = self.degrees();
        if let Some((value, node)) = degree.iter().zip(0_u32..).map(|(&d, node)| (d, node)).min() {
            if value < self.best {
                self.best = value;
                self.side = self.member.iter().map(|&m| m == node).collect();
            }
        }
        degree
    }

    /// One order and the merges it allows.
    fn round(&mut self, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        let degree = self.settle_single_nodes();
        let (first, adjacent) = self.adjacency();
        let mut reach = vec![0_i128; self.nodes];
        let mut scanned = vec![false; self.nodes];
        let mut order = Vec::with_capacity(self.nodes);
        let mut heap: BinaryHeap<(i128, Reverse<u32>)> = BinaryHeap::new();
        let mut merged = Merged::new(self.nodes);
        let (mut prefix, mut best_prefix) = (0_i128, None);
        for start in 0..self.nodes as u32 {
            heap.push((0, Reverse(start)));
            while let Some((_, Reverse(node))) = heap.pop() {
                let v = node as usize;
                if core::mem::replace(&mut scanned[v], true) {
                    continue;
                }
                prefix += degree[v] - 2 * reach[v];
                order.push(node);
                if order.len() < self.nodes && prefix < self.best {
                    self.best = prefix;
                    best_prefix = Some(order.len());
                }
                let arcs = &adjacent[first[v]..first[v + 1]];
                meter.tick(arcs.len() as u64 + 1)?;
                for &(w, capacity) in arcs.iter().filter(|(w, _)| !scanned[*w as usize]) {
                    let sum = &mut reach[w as usize];
                    *sum += capacity;
                    if *sum >= self.best {
                        merged.join(node, w);
                    }
                    heap.push((*sum, Reverse(w)));
                }
            }
        }
        if let Some(len) = best_prefix {
            let mut inside = vec![false; self.nodes];
            for &node in &order[..len] {
                inside[node as usize] = true;
            }
            self.side = self.member.iter().map(|&m| inside[m as usize]).collect();
        }
        self.contract(&mut merged);
        Ok(())
    }

    fn adjacency(&self) -> (Vec<usize>, Vec<(u32, i128)>) {
        let mut first = vec![0_usize; self.nodes + 2];
        for &(u, v, _) in &self.edges {
            first[u as usize + 2] += 1;
            first[v as usize + 2] += 1;
        }
        for node in 2..first.len() {
            first[node] += first[node - 1];
        }
        let mut adjacent = vec![(0, 0); 2 * self.edges.len()];
        for &(u, v, capacity) in &self.edges {
            for (node, other) in [(u, v), (v, u)] {
                let slot = &mut first[node as usize + 1];
                adjacent[*slot] = (other, capacity);
                *slot += 1;
            }
        }
        (first, adjacent)
    }

    fn contract(&mut self, merged: &mut Merged) {
        // A cut of value 0 cannot be beaten: there is nothing left to look for.
        let names = merged.names();
        let count = names.iter().max().map_or(0, |&name| name as usize + 1);
        self.nodes = if self.best == 0 { 1 } else { count };
        for member in &mut self.member {
            *member = names[*member as usize];
        }
        for (u, v, _) in &mut self.edges {
            (*u, *v) = (names[*u as usize], names[*v as usize]);
        }
        self.edges.retain(|(u, v, _)| u != v);
        self.unify();
    }
}

/// Disjoint sets of nodes, each represented by its smallest one.
struct Merged {
    up: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation)] // nodes are ids
impl Merged {
    fn new(nodes: usize) -> Self {
        Self { up: (0..nodes as u32).collect() }
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
        self.up[u.max(v) as usize] = u.min(v);
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
