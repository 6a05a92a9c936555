//! How many wealth vectors are feasible: the volume of the set of feasible wealth.
//!
//! # Problem
//!
//! Which wealth vectors can the channels of a connected graph hold? With n nodes, capacities c and C their sum, the
//! feasible ones form a zonotope whose volume is the sum over all spanning trees of the product of their capacities: the
//! determinant of the Laplacian without one row and column (Kirchhoff; Stanley for zonotopes). Measured against all
//! the ways in which n parties can share C it is
//!
//! ```text
//!   ln r = ln (n - 1)! + ln det L - (n - 1) ln C.
//! ```
//!
//! # Method
//!
//! Nodes are eliminated one by one, those with fewest neighbours first. Eliminating a node with conductances w_i
//! to its neighbours, D their sum, joins every two of them by w_i w_j / D more (star-mesh transform, which is Cholesky's
//! method on a Laplacian), and the determinant is the product of the D. Nothing is ever subtracted, so every D
//! has the relative accuracy of a few roundings, whatever the capacities. What is left when the rest has become dense is
//! eliminated as a full matrix.
//!
//! Complexity: that of a sparse Cholesky factorisation with the minimum-degree order; on the public Lightning graph of
//! 17,000 nodes the dense rest has some hundred nodes.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use crate::amount::Sat;
use crate::id::NodeId;
use crate::liquidity::ChannelGraph;
use crate::num::float;

/// The volume of the feasible wealth of the largest component.
///
/// ```
/// use feasible::feasibility::Volume;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::Sat;
/// let mut b = ChannelGraphBuilder::new();
/// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
/// for (from, to, capacity) in [(0, 1, 3), (0, 2, 7), (1, 2, 11)] {
///     b.add_channel(Channel::new(n[from], n[to], Sat(capacity)))?;
/// }
/// let volume = Volume::of_largest_component(&b.build()).unwrap();
/// // Three spanning trees: 3 x 7 + 3 x 11 + 7 x 11.
/// assert!((volume.ln_trees - 131_f64.ln()).abs() < 1e-14);
/// assert!((volume.ln_share - (2.0 * 131.0 / 441.0_f64).ln()).abs() < 1e-14);
/// # Ok::<(), feasible::liquidity::GraphError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volume {
    /// The number of nodes n.
    pub nodes: usize,
    /// The sum of capacities C.
    pub capacity: Sat,
    /// ln of the sum over spanning trees of the product of capacities, in satoshi: the volume itself.
    pub ln_trees: f64,
    /// ln r: the volume as a share of all ways to share C among n.
    pub ln_share: f64,
}

impl Volume {
    /// Finds it, or `None` if a channel has more than two parties: then the feasible wealth is no zonotope. Policies and
    /// balances play no part.
    #[must_use]
    pub fn of_largest_component(graph: &ChannelGraph) -> Option<Self> {
        if graph.pool_count() > 0 {
            return None;
        }
        let mut local = vec![usize::MAX; graph.node_count()];
        let members: Vec<NodeId> = graph.components().largest().collect();
        for (i, node) in members.iter().enumerate() {
            local[node.index()] = i;
        }
        let mut edges = Vec::new();
        let mut capacity = Sat::ZERO;
        for id in graph.channels() {
            let channel = graph.channel(id);
            let (a, b) = (local[channel.a().index()], local[channel.b().index()]);
            if a != usize::MAX {
                capacity = capacity.saturating_add(channel.capacity());
                edges.push((a, b, float(channel.capacity().0)));
            }
        }
        let ln_trees = Elimination::new(members.len(), &edges).ln_determinant();
        let n = float(members.len() as u64);
        let ln_share = if members.len() < 2 {
            0.0
        } else {
            libm::lgamma(n) + ln_trees - (n - 1.0) * libm::log(float(capacity.0))
        };
        Some(Self { nodes: members.len(), capacity, ln_trees, ln_share })
    }
}

/// When the least number of neighbours is at least this share of the nodes left, the rest is dense.
const DENSE: usize = 4;

/// A weighted graph from which nodes are eliminated.
struct Elimination {
    /// Neighbours and conductances by neighbour, without eliminated nodes.
    near: Vec<Vec<(u32, f64)>>,
    /// Nodes by number of neighbours.
    order: BTreeSet<(usize, u32)>,
    /// Sums of logarithms, with the rounding errors of the sum.
    sum: [f64; 2],
}

#[allow(clippy::cast_possible_truncation)] // nodes fit in u32
impl Elimination {
    fn new(nodes: usize, edges: &[(usize, usize, f64)]) -> Self {
        let mut near: Vec<Vec<(u32, f64)>> = vec![Vec::new(); nodes];
        for &(a, b, weight) in edges {
            near[a].push((b as u32, weight));
            near[b].push((a as u32, weight));
        }
        for list in &mut near {
            list.sort_by_key(|&(node, _)| node);
            list.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
        }
        let order = near.iter().zip(0..).map(|(list, node)| (list.len(), node)).collect();
        Self { near, order, sum: [0.0; 2] }
    }

    /// Adds ln x, keeping what the sum rounds away.
    fn add_ln(&mut self, x: f64) {
        let term = libm::log(x);
        let [sum, lost] = self.sum;
        let next = sum + term;
        let rounded = if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        self.sum = [next, lost + rounded];
    }

    fn ln_determinant(mut self) -> f64 {
        while let Some(&(degree, node)) = self.order.first() {
            if self.order.len() == 1 {
                break;
            }
            if degree * DENSE >= self.order.len() && degree > 2 {
                self.finish_dense();
                break;
            }
            self.order.remove(&(degree, node));
            self.eliminate(node);
        }
        self.sum[0] + self.sum[1]
    }

    fn eliminate(&mut self, node: u32) {
        let star = core::mem::take(&mut self.near[node as usize]);
        let total: f64 = star.iter().map(|(_, weight)| weight).sum();
        self.add_ln(total);
        for &(neighbour, weight) in &star {
            let old = core::mem::take(&mut self.near[neighbour as usize]);
            self.order.remove(&(old.len(), neighbour));
            let merged = merge(&old, &star, weight / total, [node, neighbour]);
            self.order.insert((merged.len(), neighbour));
            self.near[neighbour as usize] = merged;
        }
    }

    /// Eliminates what is left as a full matrix of conductances.
    fn finish_dense(&mut self) {
        let nodes: Vec<u32> = self.order.iter().map(|&(_, node)| node).collect();
        let n = nodes.len();
        let mut row_of = vec![usize::MAX; self.near.len()];
        for (row, &node) in nodes.iter().enumerate() {
            row_of[node as usize] = row;
        }
        let mut matrix = vec![0.0; n * n];
        for (row, &node) in nodes.iter().enumerate() {
            for &(other, weight) in &self.near[node as usize] {
                matrix[row * n + row_of[other as usize]] = weight;
            }
        }
        for k in 0..n.saturating_sub(1) {
            let (done, rest) = matrix.split_at_mut((k + 1) * n);
            let pivot = &done[k * n + k + 1..];
            let total: f64 = pivot.iter().sum();
            for (i, row) in rest.chunks_exact_mut(n).enumerate() {
                let factor = pivot[i] / total;
                // The part right of the diagonal is enough; nothing of a node leads to itself.
                for (entry, &weight) in row[k + 2 + i..].iter_mut().zip(&pivot[i + 1..]) {
                    *entry += factor * weight;
                }
            }
            self.add_ln(total);
        }
    }
}

/// The neighbours of one end of a star after its centre is gone: what it had, and its share of the star.
fn merge(old: &[(u32, f64)], star: &[(u32, f64)], share: f64, without: [u32; 2]) -> Vec<(u32, f64)> {
    let mut merged = Vec::with_capacity(old.len() + star.len());
    let (mut i, mut j) = (0, 0);
    loop {
        let (one, other) = (old.get(i), star.get(j));
        let entry = match (one, other) {
            (None, None) => break,
            (Some(&(a, x)), Some(&(b, y))) if a == b => {
                (i, j) = (i + 1, j + 1);
                (a, x + share * y)
            }
            (Some(&(a, x)), other) if other.is_none_or(|&(b, _)| a < b) => {
                i += 1;
                (a, x)
            }
            (_, Some(&(b, y))) => {
                j += 1;
                (b, share * y)
            }
            (Some(_), None) => break,
        };
        if !without.contains(&entry.0) {
            merged.push(entry);
        }
    }
    merged
}
