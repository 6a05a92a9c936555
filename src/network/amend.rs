//! Changing a frozen problem without changing its shape.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::builder::{check_balance, check_bounds};
use super::ranges::Before;
use super::{Bounds, BuildError, Costs, Kept, Network, Ranges};
use crate::cost::ArcCost;
use crate::id::{ArcId, NodeId};
use crate::num::FlowNum;

/// A set of changes to a [`Network`] that takes effect as a whole or not at all.
///
/// ```
/// use feasible::NetworkBuilder;
/// let mut b = NetworkBuilder::new();
/// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
/// let arc = b.add_arc(s, t, 0..=5, 7)?;
/// let mut network = b.build()?;
/// network.amend().supply(s, 5)?.supply(t, -5)?.cost(arc, 9)?.apply()?;
/// assert_eq!(network.supply(s), 5);
/// // Supplies that no longer cancel out are refused, and the network stays as it was.
/// assert!(network.amend().supply(s, 6)?.apply().is_err());
/// assert_eq!(network.supply(s), 5);
/// # Ok::<(), feasible::BuildError>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing changes before `apply`"]
pub struct Amend<'a, N = i64> {
    network: &'a mut Network<N>,
    supplies: BTreeMap<NodeId, N>,
    bounds: BTreeMap<ArcId, Bounds<N>>,
    costs: BTreeMap<ArcId, ArcCost<N>>,
}

impl<'a, N: FlowNum> Amend<'a, N> {
    pub(super) fn new(network: &'a mut Network<N>) -> Self {
        let (supplies, bounds, costs) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { network, supplies, bounds, costs }
    }

    /// Changes the supply of a node.
    ///
    /// # Errors
    ///
    /// [`BuildError::UnknownNode`].
    pub fn supply(mut self, node: NodeId, supply: N) -> Result<Self, BuildError> {
        let nodes = self.network.node_count();
        if node.index() >= nodes {
            return Err(BuildError::UnknownNode { node, nodes });
        }
        self.supplies.insert(node, supply);
        Ok(self)
    }

    /// Changes the bounds of an arc.
    ///
    /// # Errors
    ///
    /// [`BuildError::UnknownArc`], [`BuildError::EmptyBounds`].
    pub fn bounds(mut self, arc: ArcId, bounds: impl Into<Bounds<N>>) -> Result<Self, BuildError> {
        let bounds = bounds.into();
        self.known(arc)?;
        check_bounds(arc, bounds)?;
        self.bounds.insert(arc, bounds);
        Ok(self)
    }

    /// Changes the cost of an arc.
    ///
    /// # Errors
    ///
    /// [`BuildError::UnknownArc`].
    pub fn cost(mut self, arc: ArcId, cost: impl Into<ArcCost<N>>) -> Result<Self, BuildError> {
        self.known(arc)?;
        self.costs.insert(arc, cost.into());
        Ok(self)
    }

    fn known(&self, arc: ArcId) -> Result<(), BuildError> {
        let arcs = self.network.arc_count();
        if arc.index() < arcs { Ok(()) } else { Err(BuildError::UnknownArc { arc, arcs }) }
    }

    /// Makes the changes. O(n + m + pieces): the range is admitted anew; as a rule O(k log k) for k changes if
    /// breakpoints stay where they are and arcs bounded.
    ///
    /// # Errors
    ///
    /// As [`NetworkBuilder::build`](super::NetworkBuilder::build); the network is then unchanged.
    pub fn apply(mut self) -> Result<(), BuildError> {
        let (keeps_breakpoints, stays_bounded) = (self.keeps_breakpoints(), self.stays_bounded());
        let old_costs = if keeps_breakpoints {
            self.swap_slopes();
            None
        } else {
            Some(self.replace_costs()?)
        };
        self.swap_simple();
        let before = Before { supplies: &self.supplies, bounds: &self.bounds, costs: &self.costs };
        let amended = if keeps_breakpoints && stays_bounded {
            self.network.ranges.amended(self.network, before)
        } else {
            None
        };
        let admitted = match amended {
            Some(ranges) => Ok(ranges),
            None => check_balance(&self.network.supply).and_then(|()| Ranges::admit(self.network)),
        };
        match admitted {
            Ok(ranges) => {
                self.network.ranges = ranges;
                Ok(())
            }
            Err(error) => {
                self.swap_simple();
                match old_costs {
                    None => self.swap_slopes(),
                    Some(costs) => self.network.costs = costs,
                }
                Err(error)
            }
        }
    }

    /// Whether breakpoints stay where they are, and all arcs that change are bounded before and after.
    pub(crate) fn is_simple(&self) -> bool {
        self.stays_bounded() && self.keeps_breakpoints()
    }

    fn stays_bounded(&self) -> bool {
        let bounded = |arc: &ArcId| !self.network.unbounded.contains(arc.index());
        self.costs.keys().chain(self.bounds.keys()).all(bounded)
            && self.bounds.values().all(|bounds| bounds.upper.is_some())
    }

    /// Whether all breakpoints of costs stay where they are.
    fn keeps_breakpoints(&self) -> bool {
        self.costs.iter().all(|(&arc, cost)| cost.as_slopes().bends_like(self.network.cost(arc)))
    }

    /// The network before the changes, and the arcs whose costs and whose bounds will change.
    pub(crate) fn arcs(&self) -> (&Network<N>, Vec<ArcId>) {
        (self.network, self.costs.keys().chain(self.bounds.keys()).copied().collect())
    }

    /// By how much supplies will change.
    pub(crate) fn supplied(&self) -> Vec<(NodeId, i128)> {
        let by = |(&node, new): (&NodeId, &N)| {
            (node, new.widen().saturating_sub(self.network.supply(node).widen()))
        };
        self.supplies.iter().map(by).collect()
    }

    /// Exchanges supplies and bounds with those of the network; twice is no change.
    fn swap_simple(&mut self) {
        for (node, supply) in &mut self.supplies {
            core::mem::swap(&mut self.network.supply[node.index()], supply);
        }
        for (&arc, bounds) in &mut self.bounds {
            let i = arc.index();
            let old = Bounds { lower: self.network.lower[i], upper: self.network.upper(arc) };
            self.network.lower[i] = bounds.lower;
            self.network.upper[i] = bounds.upper.unwrap_or(N::ZERO);
            self.network.unbounded.set(i, bounds.upper.is_none());
            // Which arcs share residual arcs depends on which have upper bounds.
            if old.upper.is_none() != bounds.upper.is_none() {
                self.network.kept = Kept::default();
            }
            *bounds = old;
        }
    }

    /// Exchanges slopes with those of the network; twice is no change.
    fn swap_slopes(&mut self) {
        for (&arc, cost) in &mut self.costs {
            self.network.costs.swap_slopes(arc.index(), cost);
        }
    }

    /// Lays out all costs anew and returns those before.
    fn replace_costs(&mut self) -> Result<Costs<N>, BuildError> {
        let changes: Vec<_> = core::mem::take(&mut self.costs).into_iter().collect();
        let costs = &mut self.network.costs;
        let next = costs.replaced(&changes)?;
        Ok(core::mem::replace(costs, next))
    }
}
