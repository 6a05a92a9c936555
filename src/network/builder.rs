//! Collecting a problem.

use alloc::vec::Vec;
use core::ops::{RangeFrom, RangeInclusive};

use super::{BuildError, Costs, Kept, Network, Ranges, Unbounded};
use crate::cost::ArcCost;
use crate::id::{ArcId, MAX_IDS, NodeId, id_at};
use crate::num::FlowNum;

/// The flows that an arc may carry: `lower..=upper`, or `lower..` without an upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds<N = i64> {
    /// The least flow.
    pub lower: N,
    /// The most flow, or `None` for no limit.
    pub upper: Option<N>,
}

impl<N: Copy> From<RangeInclusive<N>> for Bounds<N> {
    fn from(range: RangeInclusive<N>) -> Self {
        Self { lower: *range.start(), upper: Some(*range.end()) }
    }
}

impl<N> From<RangeFrom<N>> for Bounds<N> {
    fn from(range: RangeFrom<N>) -> Self {
        Self { lower: range.start, upper: None }
    }
}

/// Collects nodes and arcs and freezes them into a [`Network`].
///
/// ```
/// use feasible::{BuildError, NetworkBuilder};
/// let mut b = NetworkBuilder::new();
/// let s = b.add_node(4)?;
/// let t = b.add_node(-4)?;
/// b.add_arc(s, t, 0..=5, 7)?;
/// let network = b.build()?;
/// assert_eq!(network.arc_count(), 1);
///
/// // Whatever cannot be right is refused with the numbers.
/// let mut b = NetworkBuilder::new();
/// b.add_node(4)?;
/// assert_eq!(b.build(), Err(BuildError::Unbalanced { total: 4 }));
/// # Ok::<(), BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NetworkBuilder<N = i64> {
    supply: Vec<N>,
    tail: Vec<NodeId>,
    head: Vec<NodeId>,
    lower: Vec<N>,
    upper: Vec<N>,
    unbounded: Unbounded,
    costs: Costs<N>,
}

impl<N: FlowNum> Default for NetworkBuilder<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<N: FlowNum> NetworkBuilder<N> {
    /// A problem without nodes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            supply: Vec::new(),
            tail: Vec::new(),
            head: Vec::new(),
            lower: Vec::new(),
            upper: Vec::new(),
            unbounded: Unbounded { words: Vec::new() },
            costs: Costs { first: Vec::new(), begin: Vec::new(), breakpoints: Vec::new() },
        }
    }

    /// Sets room aside for so many nodes and arcs, as far as there is memory: a hint, nothing more.
    pub fn reserve(&mut self, nodes: usize, arcs: usize) {
        let (nodes, arcs) = (nodes.min(MAX_IDS), arcs.min(MAX_IDS));
        // A failure to set room aside is no failure to build: pushing tries again.
        let _ = self.supply.try_reserve(nodes);
        let _ = self.tail.try_reserve(arcs);
        let _ = self.head.try_reserve(arcs);
        let _ = self.lower.try_reserve(arcs);
        let _ = self.upper.try_reserve(arcs);
        let _ = self.costs.first.try_reserve(arcs);
    }

    /// Adds a node with its supply: positive if it sends, negative if it receives.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManyNodes`].
    pub fn add_node(&mut self, supply: N) -> Result<NodeId, BuildError> {
        let node = NodeId::new(self.supply.len()).ok_or(BuildError::TooManyNodes)?;
        self.supply.push(supply);
        Ok(node)
    }

    /// Changes the supply of a node.
    ///
    /// # Errors
    ///
    /// [`BuildError::UnknownNode`].
    pub fn set_supply(&mut self, node: NodeId, supply: N) -> Result<(), BuildError> {
        self.known(node)?;
        self.supply[node.index()] = supply;
        Ok(())
    }

    /// Adds an arc: ends, bounds and cost (a number for a linear cost, or a
    /// [`PiecewiseCost`](crate::PiecewiseCost)).
    ///
    /// # Errors
    ///
    /// [`BuildError::UnknownNode`], [`BuildError::EmptyBounds`], [`BuildError::TooManyArcs`].
    pub fn add_arc(
        &mut self,
        tail: NodeId,
        head: NodeId,
        bounds: impl Into<Bounds<N>>,
        cost: impl Into<ArcCost<N>>,
    ) -> Result<ArcId, BuildError> {
        self.known(tail)?;
        self.known(head)?;
        let arc = ArcId::new(self.tail.len()).ok_or(BuildError::TooManyArcs)?;
        let bounds = bounds.into();
        check_bounds(arc, bounds)?;
        let cost = cost.into();
        self.costs.push(&cost)?;
        self.tail.push(tail);
        self.head.push(head);
        self.lower.push(bounds.lower);
        self.upper.push(bounds.upper.unwrap_or(N::ZERO));
        if bounds.upper.is_none() {
            self.unbounded.set(arc.index(), true);
        }
        Ok(arc)
    }

    fn known(&self, node: NodeId) -> Result<(), BuildError> {
        let nodes = self.supply.len();
        if node.index() < nodes { Ok(()) } else { Err(BuildError::UnknownNode { node, nodes }) }
    }

    /// Freezes the problem. O(n + m + pieces).
    ///
    /// # Errors
    ///
    /// [`BuildError::Unbalanced`], [`BuildError::FlowRange`], [`BuildError::CostRange`],
    /// [`BuildError::PotentialRange`].
    pub fn build(self) -> Result<Network<N>, BuildError> {
        let mut network = Network {
            supply: self.supply,
            tail: self.tail,
            head: self.head,
            lower: self.lower,
            upper: self.upper,
            unbounded: self.unbounded,
            costs: self.costs,
            ranges: Ranges::default(),
            kept: Kept::default(),
        };
        check_balance(&network.supply)?;
        network.ranges = Ranges::admit(&network)?;
        Ok(network)
    }
}

pub(super) fn check_bounds<N: FlowNum>(arc: ArcId, bounds: Bounds<N>) -> Result<(), BuildError> {
    match bounds.upper {
        Some(upper) if upper < bounds.lower => {
            let (lower, upper) = (bounds.lower.widen(), upper.widen());
            Err(BuildError::EmptyBounds { arc, lower, upper })
        }
        _ => Ok(()),
    }
}

pub(super) fn check_balance<N: FlowNum>(supply: &[N]) -> Result<(), BuildError> {
    let mut total = 0_i128;
    for supply in supply {
        total = total
            .checked_add(supply.widen())
            .ok_or(BuildError::FlowRange { reach: i128::MAX, limit: i128::MAX / 16 })?;
    }
    if total == 0 { Ok(()) } else { Err(BuildError::Unbalanced { total }) }
}

impl<N: FlowNum> Costs<N> {
    fn push(&mut self, cost: &ArcCost<N>) -> Result<(), BuildError> {
        let slopes = cost.as_slopes();
        let pieces = self.breakpoints.len() + slopes.breakpoints().len();
        if pieces + self.first.len() >= MAX_IDS {
            return Err(BuildError::TooManyArcs);
        }
        if !slopes.is_linear() && self.begin.is_empty() {
            self.begin.resize(self.first.len() + 1, 0);
        }
        self.first.push(slopes.first());
        if !self.begin.is_empty() {
            self.breakpoints.extend_from_slice(slopes.breakpoints());
            self.begin.push(u32::try_from(pieces).map_err(|_| BuildError::TooManyArcs)?);
        }
        Ok(())
    }

    /// The same costs with those of some arcs (rising ids) replaced.
    pub(super) fn replaced(&self, changes: &[(ArcId, ArcCost<N>)]) -> Result<Self, BuildError> {
        let mut next = Self { first: Vec::new(), begin: Vec::new(), breakpoints: Vec::new() };
        next.first.reserve(self.first.len());
        let mut changes = changes.iter().peekable();
        for arc in 0..self.first.len() {
            match changes.next_if(|(changed, _)| *changed == id_at(arc)) {
                Some((_, cost)) => next.push(cost)?,
                None => next.push(&self.slopes(arc).to_cost())?,
            }
        }
        Ok(next)
    }
}
