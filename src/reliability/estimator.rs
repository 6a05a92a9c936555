//! From a question to an answer.

use alloc::vec::Vec;
use core::ops::Range;

use super::blocks::Stage;
use super::boxes::Piece;
use super::network::UncertainNetwork;
use super::outcome::{Chance, Known, Reliability, Tally, WeakCut};
use super::part::{Part, Wanted};
use super::sampler::ROUND;
use crate::id::{NodeId, id_at};
use crate::liquidity::Direction;
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
    relative: f64,
    confidence: f64,
    seed: u64,
    flows: u64,
    exact_flows: u64,
    samples: u64,
    work_limit: Option<u64>,
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
            work_limit: None,
        }
    }

    /// Half the width of the interval, as a share of the smaller of P and 1 - P, or of 1e-10 if that is
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

    fn run(
        &self,
        network: &UncertainNetwork<'_>,
        terminals: (NodeId, NodeId),
        amount: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Reliability, SolveError> {
        let study = self.prepare(network, terminals, amount, meter)?;
        let mut tallies = study.empty();
        while let Some(numbers) = study.next(&tallies) {
            tallies = tallies.merged(&study.tally(numbers, meter)?);
        }
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
        self.prepare(network, (from, to), amount, &mut Meter::new(self.work_limit, None))
    }

    fn prepare<'n, 'l>(
        &self,
        network: &'n UncertainNetwork<'l>,
        (from, to): (NodeId, NodeId),
        amount: u64,
        meter: &mut Meter<'_, '_>,
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
        let wanted = self.wanted(study.open());
        for i in 0..study.parts.len() {
            if study.parts.get(i).is_none_or(|part| part.known.is_exact()) {
                continue;
            }
            let others = study.others(&study.known(&study.empty()), i);
            let random = Random::new(self.seed).stream(RELIABILITY).stream(i as u64);
            study.parts[i].prepare(wanted, others, random, meter)?;
            study.end_if_impossible();
        }
        Ok(study)
    }

    fn wanted(&self, open: usize) -> Wanted {
        let parts = float(open.max(1) as u64);
        Wanted {
            relative: self.relative / parts,
            error: ((1.0 - self.confidence) / parts).clamp(1e-300, 1.0),
            flows: self.flows,
            exact_flows: self.exact_flows,
        }
    }
}

/// A question that is divided and ready to be sampled.
///
/// ```
/// use feasible::NodeId;
/// use feasible::reliability::{Estimator, UncertainNetwork};
/// let graph = feasible::liquidity::generate::lightning(200, 600, 1)?;
/// let network = UncertainNetwork::of(&graph, None)?;
/// let (from, to) = (NodeId::new(11).unwrap(), NodeId::new(150).unwrap());
/// let study = Estimator::new().study(&network, from, to, 200_000_000)?;
/// // Two shards, merged in any order, are one run.
/// let (one, other) = (study.sample(0..1024)?, study.sample(1024..4096)?);
/// assert_eq!(other.merged(&one), study.sample(0..4096)?);
/// let answer = study.outcome(&one.merged(&other));
/// assert!(answer.proven[0] <= answer.estimate && answer.estimate <= answer.proven[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Study<'n, 'l> {
    options: Estimator,
    amount: u64,
    /// The pieces of the question; none if the amount is 0.
    parts: Vec<Part<'n, 'l>>,
    impossible: bool,
}

/// The tallies of a range of samples of a [`Study`], one per piece that is sampled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tallies {
    of: Vec<Tally>,
}

impl Tallies {
    /// The tallies of both. Those of another question do not fit and are cut to the shape of this one.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        for (sum, &other) in sum.of.iter_mut().zip(&other.of) {
            *sum = sum.merged(other);
        }
        sum
    }

    /// The samples so far.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.of.iter().map(|tally| tally.samples).max().unwrap_or(0)
    }
}

impl<'n, 'l> Study<'n, 'l> {
    /// The tallies of no samples.
    #[must_use]
    pub fn empty(&self) -> Tallies {
        Tallies { of: self.parts.iter().map(|_| Tally::default()).collect() }
    }

    /// A piece that never lets the amount pass is all that matters.
    fn end_if_impossible(&mut self) {
        let never = |part: &Part<'_, '_>| part.known.is_exact() && part.known.feasible <= 0.0;
        if let Some(at) = self.parts.iter().position(never) {
            self.parts = alloc::vec![self.parts.swap_remove(at)];
        }
    }

    fn open(&self) -> usize {
        self.parts.iter().filter(|part| !part.known.is_exact()).count()
    }

    /// What is known of every piece with these samples.
    fn known(&self, tallies: &Tallies) -> Vec<Known> {
        let with = |(part, &tally): (&Part<'_, '_>, &Tally)| Known { tally, ..part.known };
        self.parts.iter().zip(&tallies.of).map(with).collect()
    }

    /// The chance of the whole, from that of every piece.
    fn whole(&self, pieces: impl Iterator<Item = Chance>) -> Chance {
        if self.impossible { Chance::NEVER } else { pieces.fold(Chance::SURE, Chance::and) }
    }

    /// The chance of all pieces but one.
    fn others(&self, known: &[Known], but: usize) -> Chance {
        let others = known.iter().enumerate().filter(|&(i, _)| i != but);
        self.whole(others.map(|(_, known)| known.estimate()))
    }

    /// Decides the samples of a range of numbers. Ranges that together cover `0..n` once give, merged, the tallies of
    /// `0..n`. Intervals are valid at multiples of 1024.
    ///
    /// # Errors
    ///
    /// [`SolveError::WorkLimit`].
    pub fn sample(&self, numbers: Range<u64>) -> Result<Tallies, SolveError> {
        self.tally(numbers, &mut Meter::new(self.options.work_limit, None))
    }

    fn tally(&self, numbers: Range<u64>, meter: &mut Meter<'_, '_>) -> Result<Tallies, SolveError> {
        let of: Result<_, _> = self.parts.iter().map(|part| part.sample(numbers.clone(), meter)).collect();
        Ok(Tallies { of: of? })
    }

    /// The range of numbers that should be sampled next, or `None` if the answer is precise enough.
    #[must_use]
    pub fn next(&self, tallies: &Tallies) -> Option<Range<u64>> {
        let (wanted, done) = (self.options.wanted(self.open()), tallies.samples());
        let all = self.known(tallies);
        let mut needed = 0.0_f64;
        for (i, known) in all.iter().enumerate().filter(|(_, known)| !known.is_exact()) {
            let others = self.others(&all, i);
            if others.feasible <= 0.0 {
                return None;
            }
            let [low, high] = known.interval(wanted.error);
            let width = (high.feasible - low.feasible).min(low.infeasible - high.infeasible);
            if 0.5 * width > wanted.tolerance(known, others) {
                needed = needed.max(wanted.needed(known, others)).max(float(done + 1));
            }
        }
        if needed <= 0.0 || done >= self.options.samples {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        let more = ((needed * 1.05 - float(done)) as u64).clamp(ROUND, (8 * ROUND).max(done));
        let until = (done + more).min(self.options.samples).div_ceil(ROUND) * ROUND;
        Some(done..until)
    }

    /// The answer that samples give.
    #[must_use]
    pub fn outcome(&self, tallies: &Tallies) -> Reliability {
        let known = self.known(tallies);
        let error = self.options.wanted(self.open()).error;
        let estimate = self.whole(known.iter().map(Known::estimate));
        let ends = |of: &dyn Fn(&Known) -> [Chance; 2]| {
            let [low, high] = [0, 1].map(|i| self.whole(known.iter().map(|known| of(known)[i])));
            ([low.feasible, high.feasible], [high.infeasible, low.infeasible])
        };
        let (proven, infeasible_proven) = ends(&Known::proven);
        let (interval, infeasible_interval) = ends(&|known| known.interval(error));
        let flow: f64 = self.parts.iter().map(|part| part.best_flow).sum();
        Reliability {
            amount: self.amount,
            estimate: estimate.feasible,
            infeasible_estimate: estimate.infeasible,
            interval,
            infeasible_interval,
            proven,
            infeasible_proven,
            exact: self.impossible || self.open() == 0,
            best_flow_ln_probability: if self.impossible { f64::NEG_INFINITY } else { flow },
            tally: tallies.of.iter().fold(Tally::default(), |sum, &tally| sum.merged(tally)),
            flows_solved: self.parts.iter().map(|part| part.flows).sum(),
            weak_cuts: self.weak_cuts(),
        }
    }

    fn weak_cuts(&self) -> Vec<WeakCut> {
        let mut cuts = Vec::new();
        for part in &self.parts {
            for (cut, fails) in part.cuts().into_iter().filter(|(_, fails)| *fails > 0.0) {
                let channels = cut.iter().map(|crossing| {
                    let way = if crossing.forward { Direction::AToB } else { Direction::BToA };
                    (id_at(part.block().channels[crossing.channel as usize] as usize), way)
                });
                cuts.push(WeakCut { channels: channels.collect(), fails });
            }
        }
        cuts.sort_by(|one, other| {
            other.fails.total_cmp(&one.fails).then_with(|| one.channels.cmp(&other.channels))
        });
        cuts.truncate(8);
        cuts
    }
}
