//! From a question to an answer.

use alloc::vec::Vec;

use super::blocks::Stage;
use super::boxes::Piece;
use super::network::UncertainNetwork;
use super::outcome::Reliability;
use super::part::{Part, Wanted};
use super::study::Study;
use crate::id::NodeId;
use crate::num::float;
use crate::random::Random;
use crate::solve::{Meter, SolveError, Watcher, admit_terminals};

/// The stream of all samples; a change here changes every seeded estimate.
const RELIABILITY: u64 = 0x72_65_6c_69;

/// Computes the reliability of payments.
///
/// ```
/// use feasible::NodeId;
/// use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};
/// let n = |i| NodeId::new(i).unwrap();
/// // Pickhardt's triangle: three channels of capacity 2. The best flow of 2 has probability 1/3.
/// let channels = [(0, 2), (0, 1), (1, 2)].map(|(a, b)| UncertainChannel::new(n(a), n(b), 2));
/// let network = UncertainNetwork::new(3, channels)?;
/// let answer = Estimator::new().solve(&network, n(0), n(2), 2)?;
/// assert!(answer.exact && (answer.estimate - 14.0 / 27.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Estimator {
    pub(super) relative: f64,
    confidence: f64,
    pub(super) seed: u64,
    flows: u64,
    exact_flows: u64,
    pub(super) samples: u64,
    probable_first: bool,
    pub(super) work_limit: Option<u64>,
}

impl Default for Estimator {
    fn default() -> Self {
        Self::new()
    }
}

impl Estimator {
    /// 1 % of the smaller of P and 1 - P, with a confidence of 99 %.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            relative: 0.01,
            confidence: 0.99,
            seed: 0,
            flows: 1 << 13,
            exact_flows: 1 << 13,
            samples: 1 << 27,
            probable_first: false,
            work_limit: None,
        }
    }

    /// Half the width of the interval, as a share of the smaller of P and 1 - P, or of 1e-9 if that is
    /// larger. Default: 0.01.
    #[must_use]
    pub const fn relative(mut self, relative: f64) -> Self {
        self.relative = relative;
        self
    }

    /// The probability with which the interval holds, between 0 and 1. Default: 0.99.
    #[must_use]
    pub const fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// With another seed. Default: 0.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The most flows that divide the states of a piece. Default: 2^13.
    #[must_use]
    pub const fn most_flows(mut self, flows: u64) -> Self {
        self.flows = flows;
        self
    }

    /// Flows that are spent on an exact answer before samples are considered, in pieces of at most 64 channels.
    /// Default: 2^13.
    #[must_use]
    pub const fn exact_flows(mut self, flows: u64) -> Self {
        self.exact_flows = flows;
        if self.flows < flows {
            self.flows = flows;
        }
        self
    }

    /// The most samples. Default: 2^27.
    #[must_use]
    pub const fn most_samples(mut self, samples: u64) -> Self {
        self.samples = samples;
        self
    }

    /// Whether the states of a large piece are divided by the [most probable flow](Estimator::most_probable_flow)
    /// first, so that [`Reliability::best_flow_ln_probability`] is its probability; pieces of at most 64 channels always
    /// are. Costs that flow, and as a rule saves nothing. Default: false.
    #[must_use]
    pub const fn probable_first(mut self, probable_first: bool) -> Self {
        self.probable_first = probable_first;
        self
    }

    /// Gives up after so many units of work (an arc looked at or a sample is one).
    #[must_use]
    pub const fn work_limit(mut self, limit: u64) -> Self {
        self.work_limit = Some(limit);
        self
    }

    /// Answers: P(feasible) to the precision asked for, or with the most samples.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`], [`SolveError::WorkLimit`].
    pub fn solve(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
        amount: u64,
    ) -> Result<Reliability, SolveError> {
        self.run(network, (from, to), amount, &mut Meter::new(self.work_limit, None))
    }

    /// As [`Estimator::solve`]; the watcher is called every so often and may end it.
    ///
    /// # Errors
    ///
    /// As [`Estimator::solve`], and [`SolveError::Cancelled`].
    pub fn solve_watched(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
        amount: u64,
        mut watcher: Watcher<'_>,
    ) -> Result<Reliability, SolveError> {
        self.run(network, (from, to), amount, &mut Meter::new(self.work_limit, Some(&mut watcher)))
    }

    /// As [`Estimator::solve_watched`], but where the watcher or the work limit ends it, the answer is what is known by
    /// then: bounds that are proven, and the interval of the samples so far. For limits of time.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`].
    ///
    /// ```
    /// use feasible::NodeId;
    /// use feasible::reliability::{Estimator, UncertainNetwork};
    /// let graph = feasible::liquidity::generate::lightning(200, 600, 1)?;
    /// let network = UncertainNetwork::of(&graph, None)?;
    /// let (from, to) = (NodeId::new(11).unwrap(), NodeId::new(150).unwrap());
    /// let mut stop = |_| std::ops::ControlFlow::Break(());
    /// let some = Estimator::new().work_limit(100);
    /// let answer = some.solve_anytime(&network, from, to, 200_000_000, &mut stop)?;
    /// assert!(!answer.exact && answer.proven[0] <= answer.proven[1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn solve_anytime(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
        amount: u64,
        mut watcher: Watcher<'_>,
    ) -> Result<Reliability, SolveError> {
        self.so_far(network, (from, to), amount, &mut Meter::new(self.work_limit, Some(&mut watcher)))
    }

    pub(super) fn so_far(
        &self,
        network: &UncertainNetwork<'_>,
        terminals: (NodeId, NodeId),
        amount: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Reliability, SolveError> {
        let mut study = self.question(network, terminals, amount)?;
        let prepared = self.prepare(&mut study, meter);
        let mut tallies = study.empty();
        unless_stopped(prepared.and_then(|()| study.fill(&mut tallies, meter)))?;
        Ok(study.outcome(&tallies))
    }

    pub(super) fn run(
        &self,
        network: &UncertainNetwork<'_>,
        terminals: (NodeId, NodeId),
        amount: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Reliability, SolveError> {
        let mut study = self.divided(network, terminals, amount, meter)?;
        let mut tallies = study.empty();
        study.fill(&mut tallies, meter)?;
        Ok(study.outcome(&tallies))
    }

    /// Everything but the samples: for threads, machines and time limits of one's own.
    ///
    /// # Errors
    ///
    /// As [`Estimator::solve`].
    pub fn study<'n, 'l>(
        &self,
        network: &'n UncertainNetwork<'l>,
        from: NodeId,
        to: NodeId,
        amount: u64,
    ) -> Result<Study<'n, 'l>, SolveError> {
        self.divided(network, (from, to), amount, &mut Meter::new(self.work_limit, None))
    }

    /// As [`Estimator::study`]; the watcher is called every so often and may end it.
    ///
    /// # Errors
    ///
    /// As [`Estimator::study`], and [`SolveError::Cancelled`].
    pub fn study_watched<'n, 'l>(
        &self,
        network: &'n UncertainNetwork<'l>,
        from: NodeId,
        to: NodeId,
        amount: u64,
        mut watcher: Watcher<'_>,
    ) -> Result<Study<'n, 'l>, SolveError> {
        self.divided(network, (from, to), amount, &mut Meter::new(self.work_limit, Some(&mut watcher)))
    }

    fn divided<'n, 'l>(
        &self,
        network: &'n UncertainNetwork<'l>,
        terminals: (NodeId, NodeId),
        amount: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Study<'n, 'l>, SolveError> {
        let mut study = self.question(network, terminals, amount)?;
        self.prepare(&mut study, meter)?;
        Ok(study)
    }

    /// A question of which nothing but what is exact at once is known.
    fn question<'n, 'l>(
        &self,
        network: &'n UncertainNetwork<'l>,
        (from, to): (NodeId, NodeId),
        amount: u64,
    ) -> Result<Study<'n, 'l>, SolveError> {
        admit_terminals(network.node_count(), from, to)?;
        let mut study = Study { options: *self, amount, parts: Vec::new(), impossible: false };
        if amount == 0 {
            return Ok(study);
        }
        let chain = network.blocks.chain(from.index(), to.index());
        let Some(chain) = chain.filter(|_| amount <= network.total_capacity()) else {
            study.impossible = true;
            return Ok(study);
        };
        let part = |stage: Stage| {
            let Stage { block, terminals } = stage;
            Part::new(Piece { block: &network.blocks.blocks[block], terminals, amount })
        };
        study.parts = chain.into_iter().map(part).collect();
        study.end_if_impossible();
        Ok(study)
    }

    fn prepare(&self, study: &mut Study<'_, '_>, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        let wanted = self.wanted(study.open());
        for i in 0..study.parts.len() {
            let Some(part) = study.parts.get_mut(i) else { break };
            if part.known.is_exact() {
                part.flow_of_exact(meter)?;
                continue;
            }
            let others = study.others(&study.known(&study.empty()), i);
            let random = Random::new(self.seed).stream(RELIABILITY).stream(i as u64);
            study.parts[i].prepare(wanted, others, random, meter)?;
            study.end_if_impossible();
        }
        Ok(())
    }

    pub(super) fn wanted(&self, open: usize) -> Wanted {
        let parts = float(open.max(1) as u64);
        Wanted {
            relative: self.relative / parts,
            error: ((1.0 - self.confidence) / parts).clamp(1e-300, 1.0),
            flows: self.flows,
            exact_flows: self.exact_flows,
            probable: self.probable_first,
        }
    }
}

/// Forgives what a limit or a watcher has ended.
pub(super) fn unless_stopped(done: Result<(), SolveError>) -> Result<(), SolveError> {
    match done {
        Err(SolveError::WorkLimit { .. } | SolveError::Cancelled { .. }) => Ok(()),
        other => other,
    }
}
