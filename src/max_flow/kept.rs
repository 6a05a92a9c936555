//! Solves in memory of the caller.

use super::model::Spare;
use super::{AtLeast, MaxFlow, MaximumFlow, Outcome, Workspace, admit_amount, stages};
use crate::id::{ArcMap, NodeId};
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::SolveError;

impl MaxFlow {
    /// As [`solve`](Self::solve), in memory of the caller.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve).
    pub fn solve_in<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
    ) -> Result<Outcome<N>, SolveError> {
        let question = self.question(network, source, sink, None);
        Ok(stages::most(&question, Spare::default(), workspace, &mut self.meter(None))?.0)
    }

    /// As [`solve_in`](Self::solve_in), with the answer in the memory of an earlier one: a second solve of the same
    /// size allocates nothing.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve).
    ///
    /// ```
    /// use feasible::max_flow::Workspace;
    /// use feasible::{MaxFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(0)?, b.add_node(0)?);
    /// b.add_arc(s, t, 0..=5, 0)?;
    /// let (network, mut workspace) = (b.build()?, Workspace::default());
    /// let first = MaxFlow::new().solve_in(&mut workspace, &network, s, t)?.optimal()?;
    /// let second = MaxFlow::new().solve_over(&mut workspace, &network, s, t, first)?.optimal()?;
    /// assert_eq!(second.value(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn solve_over<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        earlier: MaximumFlow<N>,
    ) -> Result<Outcome<N>, SolveError> {
        let (flows, cut) = earlier.into_parts();
        let spare = Spare::of((cut, flows));
        let question = self.question(network, source, sink, None);
        Ok(stages::most(&question, spare, workspace, &mut self.meter(None))?.0)
    }

    /// As [`at_least`](Self::at_least), in memory of the caller; amounts that can be sent come in the memory of
    /// `earlier` ones, whatever those are: a second question of the same size allocates nothing.
    ///
    /// # Errors
    ///
    /// As [`at_least`](Self::at_least).
    ///
    /// ```
    /// use feasible::max_flow::{AtLeast, Workspace};
    /// use feasible::{ArcMap, MaxFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(0)?, b.add_node(0)?);
    /// b.add_arc(s, t, 0..=5, 0)?;
    /// let (network, mut workspace) = (b.build()?, Workspace::default());
    /// let mut flows = ArcMap::from_vec(Vec::new());
    /// for amount in 1..=5 {
    ///     let found = MaxFlow::new().at_least_in(&mut workspace, &network, s, t, amount, flows)?;
    ///     let AtLeast::Enough(enough) = found else { panic!() };
    ///     flows = enough;
    /// }
    /// assert_eq!(flows.as_slice(), [5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn at_least_in<N: FlowNum>(
        &self,
        workspace: &mut Workspace,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
        amount: i128,
        earlier: ArcMap<N>,
    ) -> Result<AtLeast<N>, SolveError> {
        admit_amount(network, amount)?;
        let spare = Spare { flows: earlier.into_vec(), ..Spare::default() };
        let question = self.question(network, source, sink, None);
        stages::at_least(&question, amount, spare, workspace, &mut self.meter(None))
    }
}
