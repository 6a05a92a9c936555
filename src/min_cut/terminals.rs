//! The minimum cut between two nodes.

use crate::check::{self, Cut};
use crate::id::{ArcMap, NodeId};
use crate::max_flow::{Algorithm, MaxFlow, NotOptimal, Outcome, Workspace};
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::SolveError;

/// Finds the minimum cut between two nodes of a network.
///
/// ```
/// use feasible::{MinCut, NetworkBuilder};
/// let mut b = NetworkBuilder::new();
/// let (s, v, t) = (b.add_node(0)?, b.add_node(0)?, b.add_node(0)?);
/// b.add_arc(s, v, 0..=3, 0)?;
/// b.add_arc(v, t, 0..=3, 0)?;
/// let network = b.build()?;
/// let cut = MinCut::new().solve(&network, s, t)??;
/// assert_eq!(cut.value(), 3);
/// assert!(!cut.unique()); // either arc will do
/// assert!(cut.nearest_source().source_nodes().eq([s]));
/// assert!(cut.nearest_sink().source_nodes().eq([s, v]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "options do nothing before a `solve`"]
pub struct MinCut {
    max_flow: MaxFlow,
}

/// The minimum cuts between two nodes: every one lies between the two given here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinimumCut<N = i64> {
    flows: ArcMap<N>,
    nearest_source: Cut,
    nearest_sink: Cut,
}

impl<N> MinimumCut<N> {
    /// A maximum flow: it proves that the cuts are minimum and which of them are extreme
    /// ([`check::extreme_cuts`](crate::check::extreme_cuts)).
    #[must_use]
    pub const fn flows(&self) -> &ArcMap<N> {
        &self.flows
    }

    /// The capacity of the minimum cuts.
    #[must_use]
    pub const fn value(&self) -> i128 {
        self.nearest_source.capacity
    }

    /// The minimum cut with the smallest source side.
    #[must_use]
    pub const fn nearest_source(&self) -> &Cut {
        &self.nearest_source
    }

    /// The minimum cut with the smallest sink side.
    #[must_use]
    pub const fn nearest_sink(&self) -> &Cut {
        &self.nearest_sink
    }

    /// Whether there is only one minimum cut.
    #[must_use]
    pub fn unique(&self) -> bool {
        self.nearest_source.source_side == self.nearest_sink.source_side
    }
}

/// A minimum cut and the amounts on arcs that prove it ([`check::min_cut`](crate::check::min_cut)): a
/// *pseudoflow* that fills the cut, with too much only on the side of the source and too little only on the
/// other. Exists only if the checker accepted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenCut<N = i64> {
    cut: Cut,
    pseudoflow: ArcMap<N>,
}

impl<N> ProvenCut<N> {
    /// The cut.
    #[must_use]
    pub const fn cut(&self) -> &Cut {
        &self.cut
    }

    /// Its capacity.
    #[must_use]
    pub const fn value(&self) -> i128 {
        self.cut.capacity
    }

    /// What proves that no cut is smaller; not a flow in general.
    #[must_use]
    pub const fn pseudoflow(&self) -> &ArcMap<N> {
        &self.pseudoflow
    }
}

impl MinCut {
    /// The default options: [`Algorithm::Auto`], no work limit.
    pub const fn new() -> Self {
        Self { max_flow: MaxFlow::new() }
    }

    /// Chooses the maximum-flow algorithm.
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.max_flow = self.max_flow.algorithm(algorithm);
        self
    }

    /// Ends a solve with [`SolveError::WorkLimit`] after so many units; a unit is one arc looked at.
    pub const fn work_limit(mut self, limit: u64) -> Self {
        self.max_flow = self.max_flow.work_limit(limit);
        self
    }

    /// Finds the minimum cuts between `source` and `sink`; both have passed
    /// [`check::extreme_cuts`](crate::check::extreme_cuts). The inner error says that there
    /// is no flow, or that no cut is finite; [`MaxFlow::solve`] has the witness.
    ///
    /// # Errors
    ///
    /// As [`MaxFlow::solve`].
    pub fn solve<N: FlowNum>(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
    ) -> Result<Result<MinimumCut<N>, NotOptimal>, SolveError> {
        let (outcome, nearest_sink) = self.max_flow.solve_both_cuts(network, source, sink)?;
        let flow = match Outcome::optimal(outcome) {
            Ok(flow) => flow,
            Err(error) => return Ok(Err(error)),
        };
        let (flows, nearest_source) = flow.into_parts();
        let nearest_sink = nearest_sink.unwrap_or_else(|| nearest_source.clone());
        check::extreme_cuts(network, source, sink, &flows, &nearest_source, &nearest_sink)?;
        Ok(Ok(MinimumCut { flows, nearest_source, nearest_sink }))
    }

    /// Finds the minimum cut nearest to the source and no flow, in memory of the caller: where 0 is a flow, the
    /// engines stop as soon as the cut is known, and do not send back what did not get through.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve).
    ///
    /// ```
    /// use feasible::max_flow::Workspace;
    /// use feasible::{MinCut, NetworkBuilder, check};
    /// let mut b = NetworkBuilder::new();
    /// let (s, v, t) = (b.add_node(0)?, b.add_node(0)?, b.add_node(0)?);
    /// b.add_arc(s, v, 0..=5, 0)?;
    /// b.add_arc(v, t, 0..=3, 0)?;
    /// let network = b.build()?;
    /// let proven = MinCut::new().first_in(&mut Workspace::default(), &network, s, t)??;
    /// assert!(proven.cut().source_nodes().eq([s, v]));
    /// check::min_cut(&network, s, t, proven.pseudoflow(), proven.cut())?; // anyone can re-check
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn first_in<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
    ) -> Result<Result<ProvenCut<N>, NotOptimal>, SolveError> {
        let found = self.max_flow.solve_cut(workspace, network, source, sink, None)?;
        Ok(found.map(|(cut, pseudoflow)| ProvenCut { cut, pseudoflow }))
    }

    /// As [`first_in`](Self::first_in), with the answer in the memory of an earlier one: a second cut of the same
    /// size allocates nothing.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve).
    ///
    /// ```
    /// use feasible::max_flow::Workspace;
    /// use feasible::{MinCut, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(0)?, b.add_node(0)?);
    /// b.add_arc(s, t, 0..=5, 0)?;
    /// let (network, mut workspace) = (b.build()?, Workspace::default());
    /// let first = MinCut::new().first_in(&mut workspace, &network, s, t)??;
    /// let second = MinCut::new().first_over(&mut workspace, &network, s, t, first)??;
    /// assert_eq!(second.value(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn first_over<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        earlier: ProvenCut<N>,
    ) -> Result<Result<ProvenCut<N>, NotOptimal>, SolveError> {
        let earlier = Some((earlier.cut, earlier.pseudoflow));
        let found = self.max_flow.solve_cut(workspace, network, source, sink, earlier)?;
        Ok(found.map(|(cut, pseudoflow)| ProvenCut { cut, pseudoflow }))
    }
}
