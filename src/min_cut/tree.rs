//! The cut tree of an undirected graph: heavy edges first, Gusfield's algorithm for the rest.
//!
//! # Heavy edges
//!
//! Let the edge u v carry at least half of the capacity c(u) at u. Then moving u to the side of v makes
//! no cut larger that splits them, so a minimum cut of any two other nodes has u and v on one side. If
//! besides c(u) can flow from u to v over that edge and the paths u w v alone, {u} is a minimum cut
//! between u and v. Then a cut tree of the graph with u merged into v becomes one of the whole graph by
//! hanging u below v with value c(u). Applied as often as possible this removes trees that hang off
//! the graph, and nodes beside a much larger neighbour. A merge moves the shorter edge list. (The heavy
//! edge alone does not do: a minimum cut between u and v may need more nodes beside u.)
//!
//! # The rest
//!
//! One minimum cut per remaining node, see `gusfield.rs`.
//!
//! # Queries
//!
//! The least edge on a path of a tree is the edge by which its ends come together when edges are joined
//! from the largest to the smallest. Joining the smaller set below the larger gives a second tree of
//! depth at most log2 n in which a query climbs.
//!
//! # Complexity, references, figures
//!
//! n' - 1 maximum flows for n' remaining nodes. Gomory and Hu, "Multi-terminal network flows", J. SIAM 9
//! (1961); Gusfield, "Very simple methods for all pairs network flow analysis", SIAM J. Comput. 19
//! (1990); heavy edges: Padberg and Rinaldi, "An efficient algorithm for the minimum capacity cut
//! problem", Math. Programming 47 (1990). With push-relabel on the whole remaining graph for every cut,
//! a graph of 17,000 nodes and 44,000 edges with a few hubs took 24 s instead of less than 0.1 s.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::contracted::Contracted;
use super::gusfield::Gusfield;
use crate::check;
use crate::id::{NodeId, NodeMap, id_at};
use crate::network::UndirectedGraph;
use crate::solve::{Meter, SolveError};

/// The minimum cuts between all pairs of nodes.
///
/// ```
/// use feasible::{CutTree, UndirectedGraph};
/// let mut graph = UndirectedGraph::with_nodes(3)?;
/// let v: Vec<_> = graph.nodes().collect();
/// graph.add_edge(v[0], v[1], 5)?;
/// graph.add_edge(v[1], v[2], 2)?;
/// graph.add_edge(v[2], v[0], 1)?;
/// let tree = CutTree::new(&graph, None)?;
/// assert_eq!(tree.value(v[0], v[1]), Some(6));
/// assert_eq!(tree.value(v[0], v[2]), Some(3));
/// assert_eq!(tree.total(), 9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutTree {
    parent: NodeMap<Option<NodeId>>,
    value: NodeMap<i128>,
    joins: Joins,
}

impl CutTree {
    /// Computes the tree. A unit of the work limit is one arc looked at.
    ///
    /// # Errors
    ///
    /// [`SolveError::WorkLimit`].
    #[allow(clippy::cast_possible_truncation)] // nodes are ids
    pub fn new(graph: &UndirectedGraph, work_limit: Option<u64>) -> Result<Self, SolveError> {
        let meter = &mut Meter::new(work_limit, None);
        let nodes = graph.node_count();
        let mut parent: Vec<u32> = vec![NO_PARENT; nodes];
        let mut value = vec![0_i128; nodes];
        let mut rest = Contracted::new(graph);
        let kept = hang_heavy(&mut rest, &mut parent, &mut value, meter)?;
        let total: i128 = kept.iter().map(|&node| rest.degree(node)).sum();
        let root = if total <= i128::from(i64::MAX / 4) {
            Gusfield::<i64>::new(&rest, &kept).run(&mut parent, &mut value, meter)?
        } else {
            Gusfield::<i128>::new(&rest, &kept).run(&mut parent, &mut value, meter)?
        };
        let root = root.or_else(|| (0..nodes).find(|&node| parent[node] == NO_PARENT));
        let root_id = root.map_or(0, |root| root as u32);
        // Nodes without edges left stand for whole components: a cut of value 0 splits them off.
        for up in parent.iter_mut().filter(|up| **up == NO_PARENT) {
            *up = root_id;
        }
        let link = |(node, &up): (usize, &u32)| (Some(node) != root).then(|| id_at(up as usize));
        let parent: NodeMap<Option<NodeId>> = parent.iter().enumerate().map(link).collect();
        let value = NodeMap::from_vec(value);
        check::cut_tree(graph, &parent, &value)?;
        let joins = Joins::new(&parent, &value);
        Ok(Self { parent, value, joins })
    }

    /// The capacity of the minimum cut between two nodes, or `None` if they coincide or do not exist.
    /// O(log n).
    #[must_use]
    pub fn value(&self, u: NodeId, v: NodeId) -> Option<i128> {
        self.joins.least(u, v).map(|node| self.value[node])
    }

    /// The side of a minimum cut between two nodes that holds one of them and not the other, or `None`
    /// as in [`value`](Self::value). O(n).
    #[must_use]
    pub fn side(&self, u: NodeId, v: NodeId) -> Option<NodeMap<bool>> {
        let top = self.joins.least(u, v)?;
        let mut below: Vec<Option<bool>> = vec![None; self.parent.len()];
        below[top.index()] = Some(true);
        let mut path = Vec::new();
        for node in self.parent.ids() {
            let mut node = Some(node);
            let mut known = None;
            while let Some(at) = node.filter(|_| known.is_none()) {
                path.push(at);
                known = below[at.index()];
                node = self.parent[at];
            }
            for at in path.drain(..) {
                below[at.index()] = Some(known == Some(true));
            }
        }
        Some(below.into_iter().map(|below| below == Some(true)).collect())
    }

    /// The tree edges: every node but the root, its parent, and the capacity of the minimum cut between.
    pub fn edges(&self) -> impl Iterator<Item = (NodeId, NodeId, i128)> + '_ {
        self.parent.iter().filter_map(|(node, parent)| parent.map(|up| (node, up, self.value[node])))
    }

    /// The sum of the values of all tree edges.
    #[must_use]
    pub fn total(&self) -> i128 {
        self.edges().map(|(_, _, value)| value).sum()
    }

    /// The parents and values, for [`check::cut_tree`].
    #[must_use]
    pub const fn parts(&self) -> (&NodeMap<Option<NodeId>>, &NodeMap<i128>) {
        (&self.parent, &self.value)
    }
}

const NO_PARENT: u32 = u32::MAX;

/// The order in which the tree's edges join sets of nodes, the largest first.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Joins {
    /// The lower ends of the edges, by falling value.
    edges: Vec<NodeId>,
    /// The head of the larger set, and the edge that joined it. Edges rise on the way up.
    up: Vec<u32>,
    by: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation)] // nodes are ids
impl Joins {
    fn new(parent: &NodeMap<Option<NodeId>>, value: &NodeMap<i128>) -> Self {
        let nodes = parent.len();
        let mut edges: Vec<NodeId> = parent.ids().filter(|&node| parent[node].is_some()).collect();
        edges.sort_by_key(|&node| Reverse(value[node]));
        let mut joins = Self { edges, up: (0..nodes as u32).collect(), by: vec![u32::MAX; nodes] };
        let mut size = vec![1_u32; nodes];
        for (by, node) in joins.edges.iter().enumerate() {
            let Some(above) = parent[*node] else { continue };
            let (one, other) = (joins.head(node.index()), joins.head(above.index()));
            let (small, large) = if size[one] <= size[other] { (one, other) } else { (other, one) };
            joins.up[small] = large as u32;
            joins.by[small] = by as u32;
            size[large] += size[small];
        }
        joins
    }

    fn head(&self, node: usize) -> usize {
        let mut node = node;
        while self.by[node] != u32::MAX {
            node = self.up[node] as usize;
        }
        node
    }

    /// The lower end of the least edge on the tree path between two nodes.
    fn least(&self, u: NodeId, v: NodeId) -> Option<NodeId> {
        let (mut u, mut v) = (u.index(), v.index());
        let mut last = None;
        while u != v {
            if self.by.get(u)? > self.by.get(v)? {
                core::mem::swap(&mut u, &mut v);
            }
            last = Some(self.by[u]);
            u = self.up[u] as usize;
        }
        self.edges.get(last? as usize).copied()
    }
}

/// Hangs nodes below the far end of a heavy edge until there is none; returns the nodes left that
/// have edges, by id.
#[allow(clippy::cast_possible_truncation)] // nodes are ids
fn hang_heavy(
    rest: &mut Contracted,
    parent: &mut [u32],
    value: &mut [i128],
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<usize>, SolveError> {
    let nodes = parent.len();
    let mut hung = vec![false; nodes];
    let mut waiting = vec![true; nodes];
    let mut queue: VecDeque<u32> = (0..nodes as u32).collect();
    while let Some(node) = queue.pop_front() {
        let node = node as usize;
        waiting[node] = false;
        let neighbours: Vec<usize> = rest.neighbours(node).map(|(other, _)| other).collect();
        meter.tick(neighbours.len() as u64 + 1)?;
        let Some(up) = rest.leads_to(node).filter(|_| !hung[node]) else { continue };
        (parent[node], value[node], hung[node]) = (up as u32, rest.degree(node), true);
        rest.merge(node, up, meter)?;
        // Edges that became parallel may be heavy now, at either end.
        for other in neighbours.into_iter().filter(|&other| !hung[other]) {
            if !core::mem::replace(&mut waiting[other], true) {
                queue.push_back(other as u32);
            }
        }
    }
    Ok((0..nodes).filter(|&node| !hung[node] && rest.degree(node) > 0).collect())
}
