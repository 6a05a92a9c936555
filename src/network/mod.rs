//! The flow problem: a directed multigraph with supplies, bounds and convex costs.
//!
//! # Problem
//!
//! Nodes v have a supply b(v) (positive: sends, negative: receives), arcs a have bounds
//! l(a) <= x(a) <= u(a) and a convex cost c_a with c_a(0) = 0. A *flow* x respects the bounds and
//!
//! ```text
//!   sum of x over arcs leaving v  -  sum of x over arcs entering v  =  b(v)      for every node v.
//! ```
//!
//! Minimum-cost flow minimises the sum of c_a(x(a)); maximum flow from s to t maximises the extra
//! amount F such that b + F at s, b - F at t is a flow. Self-loops, parallel arcs, negative bounds and
//! negative costs are allowed. An *undirected* arc of capacity c is an arc with bounds `-c..=c`. An
//! arc may be unbounded above; there is no magic infinity.
//!
//! # Dual and optimality
//!
//! With potentials pi the *reduced cost* of a unit on arc a is `slope + pi(tail) - pi(head)`. A flow is
//! of minimum cost iff there are potentials such that on every arc
//!
//! ```text
//!   slope after x  + pi(tail) - pi(head) >= 0    unless x = u
//!   slope before x + pi(tail) - pi(head) <= 0    unless x = l.
//! ```
//!
//! For a node set S let out(S) be the upper bounds of arcs leaving S less the lower bounds of arcs
//! entering S. There is a flow iff b(S) <= out(S) for every S, and the maximum F from s to t is the
//! minimum of out(S) - b(S) over sets with s inside and t outside.
//!
//! # Range
//!
//! [`NetworkBuilder::build`] admits a problem only if every sum a solver forms fits: see [`Ranges`].
//! The problem is frozen afterwards; [`Network::amend`] changes bounds, costs and supplies, not the
//! shape.

mod amend;
mod builder;
mod error;
mod index;
mod ranges;
mod terminals;
mod undirected;

use alloc::vec::Vec;

pub use amend::Amend;
pub use builder::{Bounds, NetworkBuilder};
pub use error::BuildError;
pub(crate) use index::{Index, Kept};
pub use ranges::Ranges;
pub use terminals::Terminals;
pub use undirected::{Edge, GraphError, UndirectedGraph};

use crate::cost::{ArcCost, Breakpoint, Slopes};
use crate::id::{ArcId, NodeId, ids};
use crate::num::FlowNum;

/// A frozen flow problem. Built by [`NetworkBuilder`]; see the [module page](self).
///
/// Asking for the properties of a node or arc of another, larger network panics, as indexing does.
///
/// Memory: 4 + 4 bytes per arc for its ends and three `N` for bounds and slope, one `N` per node; once
/// [prepared](Network::prepare) 20 more per arc and 4 per node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network<N = i64> {
    pub(crate) supply: Vec<N>,
    pub(crate) tail: Vec<NodeId>,
    pub(crate) head: Vec<NodeId>,
    pub(crate) lower: Vec<N>,
    /// Meaningless where `unbounded` says so.
    pub(crate) upper: Vec<N>,
    pub(crate) unbounded: Unbounded,
    pub(crate) costs: Costs<N>,
    pub(crate) ranges: Ranges,
    pub(crate) kept: Kept,
}

/// The set of arcs without an upper bound; empty (and free) if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unbounded {
    words: Vec<u64>,
}

impl Unbounded {
    pub(crate) fn set(&mut self, arc: usize, value: bool) {
        let (word, bit) = (arc / 64, 1_u64 << (arc % 64));
        if value {
            if self.words.len() <= word {
                self.words.resize(word + 1, 0);
            }
            self.words[word] |= bit;
        } else if let Some(word) = self.words.get_mut(word) {
            *word &= !bit;
            while self.words.last() == Some(&0) {
                self.words.pop();
            }
        }
    }

    pub(crate) fn contains(&self, arc: usize) -> bool {
        self.words.get(arc / 64).is_some_and(|word| word >> (arc % 64) & 1 == 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// First slopes of all arcs, and breakpoints of those that have any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Costs<N> {
    pub(crate) first: Vec<N>,
    /// Begin of each arc's breakpoints and one end; empty if every arc is linear.
    pub(crate) begin: Vec<u32>,
    pub(crate) breakpoints: Vec<Breakpoint<N>>,
}

impl<N: FlowNum> Costs<N> {
    #[inline]
    pub(crate) fn slopes(&self, arc: usize) -> Slopes<'_, N> {
        let breakpoints = match self.begin.get(arc..arc + 2) {
            Some(&[begin, end]) => &self.breakpoints[begin as usize..end as usize],
            _ => &[],
        };
        Slopes { first: self.first[arc], breakpoints }
    }

    /// Exchanges the slopes of an arc with those of a cost that bends where its own does.
    fn swap_slopes(&mut self, arc: usize, cost: &mut ArcCost<N>) {
        let breakpoints = match self.begin.get(arc..arc + 2) {
            Some(&[begin, end]) => &mut self.breakpoints[begin as usize..end as usize],
            _ => &mut [],
        };
        let (first, others) = cost.parts_mut();
        core::mem::swap(&mut self.first[arc], first);
        for (own, other) in breakpoints.iter_mut().zip(others) {
            core::mem::swap(&mut own.slope, &mut other.slope);
        }
    }
}

impl<N: FlowNum> Network<N> {
    /// The number of nodes.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.supply.len()
    }

    /// The number of arcs.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.tail.len()
    }

    /// All nodes in the order of their ids.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + use<N> {
        ids(self.node_count())
    }

    /// All arcs in the order of their ids.
    pub fn arcs(&self) -> impl ExactSizeIterator<Item = ArcId> + use<N> {
        ids(self.arc_count())
    }

    /// The supply of a node: positive if it sends, negative if it receives.
    #[must_use]
    pub fn supply(&self, node: NodeId) -> N {
        self.supply[node.index()]
    }

    /// The node that an arc leaves.
    #[must_use]
    pub fn tail(&self, arc: ArcId) -> NodeId {
        self.tail[arc.index()]
    }

    /// The node that an arc enters.
    #[must_use]
    pub fn head(&self, arc: ArcId) -> NodeId {
        self.head[arc.index()]
    }

    /// The least flow an arc must carry.
    #[must_use]
    pub fn lower(&self, arc: ArcId) -> N {
        self.lower[arc.index()]
    }

    /// The most flow an arc can carry; `None` if there is no limit.
    #[must_use]
    pub fn upper(&self, arc: ArcId) -> Option<N> {
        (!self.unbounded.contains(arc.index())).then(|| self.upper[arc.index()])
    }

    /// The cost function of an arc.
    #[must_use]
    pub fn cost(&self, arc: ArcId) -> Slopes<'_, N> {
        self.costs.slopes(arc.index())
    }

    /// The admitted ranges of sums.
    #[must_use]
    pub fn ranges(&self) -> Ranges {
        self.ranges
    }

    /// Makes the adjacency index that maximum-flow solvers read. The first of them would make it otherwise; it
    /// stays until the network is dropped. O(n + m). Without the feature `std` nothing is kept, and every
    /// solve makes its own.
    ///
    /// ```
    /// use feasible::{MaxFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(0)?, b.add_node(0)?);
    /// b.add_arc(s, t, 0..=5, 0)?;
    /// let network = b.build()?;
    /// network.prepare(); // part of loading, so that no answer has to wait for it
    /// assert_eq!(MaxFlow::new().solve(&network, s, t)?.optimal()?.value(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepare(&self) {
        let _ = self.kept.index(self);
    }

    /// Begins a change of bounds, costs or supplies; nothing happens before [`Amend::apply`].
    pub fn amend(&mut self) -> Amend<'_, N> {
        Amend::new(self)
    }
}
