//! What is proven about the least cost before it is found.
//!
//! From below: the [dual value](crate::check::dual_value) of the potentials that an engine holds at the moment,
//! of all so far the largest. From above: a flow. A run of the simplex has one as soon as no artificial flow is
//! left, cost scaling at the end of each phase, successive paths at the very end only; so the first look takes a
//! maximum flow, without costs. Looks take O(n + m) and are as far apart as makes them a small part of the whole.

use alloc::vec::Vec;

use super::view::View;
use super::{MinCostFlow, Outcome};
use crate::check::{self, Violation};
use crate::id::{ArcMap, NodeMap};
use crate::max_flow::{MaxFlow, TerminalsOutcome};
use crate::network::{Network, Terminals};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError, Watcher};

/// How a run ends that may be stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Anytime<N = i64> {
    /// With an answer.
    Finished(Outcome<N>),
    /// Before there was one.
    Stopped(Enclosure<N>),
}

/// Bounds of the least cost, with their proofs. If there is no flow at all the lower one says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure<N = i64> {
    lower: Option<(i128, NodeMap<i128>)>,
    upper: Option<(i128, ArcMap<N>)>,
    reason: SolveError,
}

impl<N> Enclosure<N> {
    /// No flow costs less; `None` if costs may fall for ever.
    #[must_use]
    pub fn lower(&self) -> Option<i128> {
        self.lower.as_ref().map(|(lower, _)| *lower)
    }

    /// Potentials that prove it: it is their [dual value](crate::check::dual_value).
    #[must_use]
    pub fn potentials(&self) -> Option<&NodeMap<i128>> {
        self.lower.as_ref().map(|(_, potentials)| potentials)
    }

    /// The cost of the cheapest flow that was met.
    #[must_use]
    pub fn upper(&self) -> Option<i128> {
        self.upper.as_ref().map(|(upper, _)| *upper)
    }

    /// That flow.
    #[must_use]
    pub fn flows(&self) -> Option<&ArcMap<N>> {
        self.upper.as_ref().map(|(_, flows)| flows)
    }

    /// Why the run was stopped: [`SolveError::WorkLimit`] or [`SolveError::Cancelled`].
    #[must_use]
    pub const fn reason(&self) -> SolveError {
        self.reason
    }
}

impl MinCostFlow {
    /// As [`MinCostFlow::solve_watched`], but a run that is stopped, by the watcher or by the work limit, returns
    /// the best bounds of the least cost that are proven by then, as a rule with a flow.
    ///
    /// # Errors
    ///
    /// As [`MinCostFlow::solve`], except those of a stop.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use feasible::min_cost_flow::Anytime;
    /// use feasible::{MinCostFlow, NetworkBuilder, check};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
    /// b.add_arc(s, t, 0..=3, 5)?;
    /// b.add_arc(s, t, 0..=3, 7)?;
    /// let network = b.build()?;
    /// // Two units of work are too few.
    /// let answer = MinCostFlow::new().work_limit(2).solve_anytime(&network, &mut |_| ControlFlow::Continue(()))?;
    /// let Anytime::Stopped(bounds) = answer else { panic!() };
    /// let lower = bounds.lower().expect("all arcs are bounded");
    /// assert!(lower <= 3 * 5 + 7);
    /// assert_eq!(check::dual_value(&network, bounds.potentials().expect("with the bound")), Ok(lower));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn solve_anytime<N: FlowNum>(
        &self,
        network: &Network<N>,
        mut watcher: Watcher<'_>,
    ) -> Result<Anytime<N>, SolveError> {
        let mut meter = Meter::new(self.work_limit, Some(&mut watcher));
        let mut record = Record::listening(network);
        match self.run(&mut super::Workspace::once(), network, None, &mut meter, &mut record) {
            Ok(outcome) => Ok(Anytime::Finished(outcome)),
            Err(reason @ (SolveError::WorkLimit { .. } | SolveError::Cancelled { .. })) => {
                record.keep_zero(network);
                Ok(Anytime::Stopped(Enclosure { lower: record.lower, upper: record.upper, reason }))
            }
            Err(error) => Err(error),
        }
    }
}

/// The best bounds so far, if somebody wants to know.
#[derive(Debug)]
pub(super) struct Record<N> {
    lower: Option<(i128, NodeMap<i128>)>,
    upper: Option<(i128, ArcMap<N>)>,
    /// The work at which to look next.
    next: u64,
    asked: bool,
    /// Whether costs fall for ever.
    pub(super) endless: bool,
}

impl<N: FlowNum> Record<N> {
    /// For runs that nobody watches.
    pub(super) const fn deaf() -> Self {
        Self { lower: None, upper: None, next: u64::MAX, asked: false, endless: false }
    }

    pub(super) fn listening(network: &Network<N>) -> Self {
        Self { next: LOOK_EVERY * size(network), ..Self::deaf() }
    }

    /// Whether it is time to look.
    #[inline]
    pub(super) fn due(&self, meter: &Meter<'_, '_>) -> bool {
        meter.work() >= self.next && !self.endless
    }

    /// Takes note of potentials, and of a flow if the engine has one.
    pub(super) fn note(
        &mut self,
        view: View<'_, N>,
        meter: &mut Meter<'_, '_>,
        potentials: Vec<i128>,
        flows: Option<Vec<N>>,
    ) -> Result<(), SolveError> {
        let network = view.network;
        meter.tick(2 * size(network))?;
        self.next = meter.work().saturating_add(LOOK_EVERY * size(network) + meter.work() / 4);
        self.raise(network, NodeMap::from_vec(potentials));
        if let Some(flows) = flows {
            self.sink(network, ArcMap::from_vec(flows))?;
        } else if self.upper.is_none() && !core::mem::replace(&mut self.asked, true) {
            let solver = MaxFlow::new().work_limit(LOOK_EVERY * size(network));
            if let Ok(TerminalsOutcome::Optimal(flow)) =
                solver.solve_between(network, &Terminals::new([], []))
            {
                self.sink(network, flow.flows().clone())?;
            }
        }
        meter.enclose(self.lower.as_ref().map(|lower| lower.0), self.upper.as_ref().map(|upper| upper.0));
        Ok(())
    }

    fn raise(&mut self, network: &Network<N>, potentials: NodeMap<i128>) {
        // Potentials that are far off can leave the range: they prove nothing.
        if let Ok(value) = check::dual_value(network, &potentials) {
            if self.lower.as_ref().is_none_or(|(lower, _)| value > *lower) {
                self.lower = Some((value, potentials));
            }
        }
    }

    fn sink(&mut self, network: &Network<N>, flows: ArcMap<N>) -> Result<(), Violation> {
        check::flow(network, &flows)?;
        let used = flows.iter().filter(|(_, flow)| **flow != N::ZERO);
        let cost = used
            .map(|(arc, &flow)| network.cost(arc).value(flow))
            .try_fold(0_i128, |sum, cost| sum.checked_add(cost?))
            .ok_or(Violation::Overflow { what: "the cost" })?;
        if self.upper.as_ref().is_none_or(|(upper, _)| cost < *upper) {
            self.upper = Some((cost, flows));
        }
        Ok(())
    }

    /// What is known without any work.
    fn keep_zero(&mut self, network: &Network<N>) {
        if self.endless {
            self.lower = None;
        } else {
            self.raise(network, NodeMap::filled(network.node_count(), 0));
        }
    }
}

/// Work between two looks, per node and arc.
const LOOK_EVERY: u64 = 64;

fn size<N: FlowNum>(network: &Network<N>) -> u64 {
    (network.node_count() + network.arc_count()) as u64
}
