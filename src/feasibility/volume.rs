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

use alloc::vec;
use alloc::vec::Vec;

use super::elimination::Elimination;
use crate::amount::Sat;
use crate::id::{ChannelId, ChannelMap};
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
        let Largest { nodes, edges, capacity, .. } = Largest::of(graph);
        Some(Self::new(nodes, capacity, Elimination::new(nodes, &edges).ln_determinant()))
    }

    fn new(nodes: usize, capacity: Sat, ln_trees: f64) -> Self {
        let n = float(nodes as u64);
        let ln_share = if nodes < 2 {
            0.0
        } else {
            libm::lgamma(n) + ln_trees - (n - 1.0) * libm::log(float(capacity.0))
        };
        Self { nodes, capacity, ln_trees, ln_share }
    }
}

/// The largest component with nodes numbered from 0.
struct Largest {
    nodes: usize,
    capacity: Sat,
    edges: Vec<(usize, usize, f64)>,
    /// The channel of every edge.
    channels: Vec<ChannelId>,
}

impl Largest {
    fn of(graph: &ChannelGraph) -> Self {
        let mut local = vec![usize::MAX; graph.node_count()];
        let mut nodes = 0;
        for node in graph.components().largest() {
            local[node.index()] = nodes;
            nodes += 1;
        }
        let mut largest = Self { nodes, capacity: Sat::ZERO, edges: Vec::new(), channels: Vec::new() };
        for id in graph.channels() {
            let channel = graph.channel(id);
            let (a, b) = (local[channel.a().index()], local[channel.b().index()]);
            if a != usize::MAX {
                largest.capacity = largest.capacity.saturating_add(channel.capacity());
                largest.edges.push((a, b, float(channel.capacity().0)));
                largest.channels.push(id);
            }
        }
        largest
    }
}

/// Which channel to grow: how ln r changes with the capacities of the largest component.
///
/// In a random spanning tree, each as likely as the product of its capacities, channel e is with probability P(e) = c_e R_e, where R_e
/// is the effective resistance between its ends, and
///
/// ```text
///   d ln r / d c_e = P(e) / c_e - (n - 1) / C.
/// ```
///
/// So capacity is worth most where no other way around exists (a bridge has P = 1) and little money is. Resistances are
/// found from the elimination backwards: a node of weights p_i = w_i / D to the ends of its star has
///
/// ```text
///   R(k, j) = 1 / D + sum_i p_i R(i, j) - 1/2 sum_i,l p_i p_l R(i, l),
/// ```
///
/// and every pair that is needed belongs to a star (the equations of Takahashi, Fagan and Chin, 1973, for resistances).
///
/// ```
/// use feasible::feasibility::Growth;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::Sat;
/// let mut b = ChannelGraphBuilder::new();
/// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
/// let e = b.add_channel(Channel::new(n[0], n[1], Sat(3)))?;
/// b.add_channel(Channel::new(n[0], n[2], Sat(7)))?;
/// b.add_channel(Channel::new(n[1], n[2], Sat(11)))?;
/// let growth = Growth::of_largest_component(&b.build()).unwrap();
/// // Of the trees' 131, 3 x 7 + 3 x 11 contain it.
/// assert!((growth.in_tree[e] - 54.0 / 131.0).abs() < 1e-14);
/// assert!((growth.slope[e] - (18.0 / 131.0 - 2.0 / 21.0)).abs() < 1e-14);
/// # Ok::<(), feasible::liquidity::GraphError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// The volume itself.
    pub volume: Volume,
    /// P(e); they add up to n - 1 (Foster 1949). 0 for channels of other components.
    pub in_tree: ChannelMap<f64>,
    /// d ln r / d c_e, per satoshi. 0 for channels of other components.
    pub slope: ChannelMap<f64>,
}

impl Growth {
    /// Finds it, or `None` if a channel has more than two parties. As expensive as three times [`Volume`].
    #[must_use]
    pub fn of_largest_component(graph: &ChannelGraph) -> Option<Self> {
        if graph.pool_count() > 0 {
            return None;
        }
        let Largest { nodes, capacity, edges, channels } = Largest::of(graph);
        let (ln_trees, resistance) = Elimination::new(nodes, &edges).resistances(&edges);
        let volume = Volume::new(nodes, capacity, ln_trees);
        let mut in_tree = ChannelMap::filled(graph.channel_count(), 0.0);
        let mut slope = in_tree.clone();
        let all = float(nodes as u64 - u64::from(nodes > 0)) / float(capacity.0.max(1));
        for ((&id, &(_, _, c)), resistance) in channels.iter().zip(&edges).zip(resistance) {
            in_tree[id] = (c * resistance).clamp(0.0, 1.0);
            slope[id] = resistance - all;
        }
        Some(Self { volume, in_tree, slope })
    }
}
