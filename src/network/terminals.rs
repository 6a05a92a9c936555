//! The ends of a maximum flow: sets of nodes, and what a node can pass on.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::id::NodeId;
use crate::num::FlowNum;

/// Between which nodes a flow is to be sent, and how much a node may pass on.
///
/// The *throughput* of a node is the flow that enters it over arcs, in whichever direction they are
/// passed, plus its positive supply; for a source it is the flow that leaves it plus its demand. (At all
/// nodes but the terminals the two are the same.) A loop passes its node.
///
/// ```
/// use feasible::{MaxFlow, NetworkBuilder, Terminals};
/// let mut b = NetworkBuilder::new();
/// let v: Vec<_> = (0..4).map(|_| b.add_node(0)).collect::<Result<_, _>>()?;
/// for (tail, head) in [(0, 2), (1, 2), (2, 3)] {
///     b.add_arc(v[tail], v[head], 0..=5, 0)?;
/// }
/// let network = b.build()?;
/// // From 0 and 1 to 3, at most 4 through 2.
/// let terminals = Terminals::new([v[0], v[1]], [v[3]]).node_capacity(v[2], 4);
/// let flow = MaxFlow::new().solve_between(&network, &terminals)?.optimal()?;
/// assert_eq!(flow.value(), 4);
/// assert!(flow.cut().cut_nodes().eq([v[2]]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminals<N = i64> {
    sources: BTreeSet<NodeId>,
    sinks: BTreeSet<NodeId>,
    capacities: BTreeMap<NodeId, N>,
}

impl<N: FlowNum> Terminals<N> {
    /// From any of the sources to any of the sinks, without limits at nodes.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = NodeId>, sinks: impl IntoIterator<Item = NodeId>) -> Self {
        let (sources, sinks) = (sources.into_iter().collect(), sinks.into_iter().collect());
        Self { sources, sinks, capacities: BTreeMap::new() }
    }

    /// Limits the throughput of a node; the last word counts.
    #[must_use]
    pub fn node_capacity(mut self, node: NodeId, capacity: N) -> Self {
        self.capacities.insert(node, capacity);
        self
    }

    /// The sources.
    #[must_use]
    pub const fn sources(&self) -> &BTreeSet<NodeId> {
        &self.sources
    }

    /// The sinks.
    #[must_use]
    pub const fn sinks(&self) -> &BTreeSet<NodeId> {
        &self.sinks
    }

    /// The nodes of limited throughput.
    #[must_use]
    pub const fn capacities(&self) -> &BTreeMap<NodeId, N> {
        &self.capacities
    }
}
