//! A question that is ready to be sampled, and its samples.

use alloc::vec::Vec;
use core::ops::Range;

use super::estimator::Estimator;
use super::outcome::{Chance, Known, Reliability, Tally, WeakCut};
use super::part::Part;
use super::sampler::{ROUND, TOGETHER};
use crate::id::id_at;
#[cfg(feature = "rayon")]
use crate::kernel::shards;
use crate::liquidity::Direction;
use crate::num::float;
use crate::solve::{Meter, SolveError, Watcher};

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
    pub(super) options: Estimator,
    pub(super) amount: u64,
    /// The pieces of the question; none if the amount is 0.
    pub(super) parts: Vec<Part<'n, 'l>>,
    pub(super) impossible: bool,
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
    pub(super) fn end_if_impossible(&mut self) {
        let never = |part: &Part<'_, '_>| part.known.is_exact() && part.known.feasible <= 0.0;
        if let Some(at) = self.parts.iter().position(never) {
            self.parts = alloc::vec![self.parts.swap_remove(at)];
        }
    }

    pub(super) fn open(&self) -> usize {
        self.parts.iter().filter(|part| !part.known.is_exact()).count()
    }

    /// What is known of every piece with these samples.
    pub(super) fn known(&self, tallies: &Tallies) -> Vec<Known> {
        let with = |(part, &tally): (&Part<'_, '_>, &Tally)| Known { tally, ..part.known };
        self.parts.iter().zip(&tallies.of).map(with).collect()
    }

    /// The chance of the whole, from that of every piece.
    fn whole(&self, pieces: impl Iterator<Item = Chance>) -> Chance {
        if self.impossible { Chance::NEVER } else { pieces.fold(Chance::SURE, Chance::and) }
    }

    /// The chance of all pieces but one.
    pub(super) fn others(&self, known: &[Known], but: usize) -> Chance {
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

    /// As [`Study::sample`]; the watcher is called every so often and may end it.
    ///
    /// # Errors
    ///
    /// As [`Study::sample`], and [`SolveError::Cancelled`].
    pub fn sample_watched(
        &self,
        numbers: Range<u64>,
        mut watcher: Watcher<'_>,
    ) -> Result<Tallies, SolveError> {
        self.tally(numbers, &mut Meter::new(self.options.work_limit, Some(&mut watcher)))
    }

    /// As [`Study::sample`], on the threads of the current `rayon` pool; the same tallies.
    ///
    /// # Errors
    ///
    /// As [`Study::sample`].
    #[cfg(feature = "rayon")]
    pub fn sample_on_threads(&self, numbers: Range<u64>) -> Result<Tallies, SolveError> {
        let merged = |one: Tallies, other: Tallies| one.merged(&other);
        shards::on_threads(numbers, 16 * ROUND, |shard| self.sample(shard), || self.empty(), merged)
    }

    pub(super) fn tally(
        &self,
        numbers: Range<u64>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Tallies, SolveError> {
        let of: Result<_, _> = self.parts.iter().map(|part| part.sample(numbers.clone(), meter)).collect();
        Ok(Tallies { of: of? })
    }

    /// Samples until the answer is precise enough. On an error the tallies are those of whole rounds.
    pub(super) fn fill(
        &mut self,
        tallies: &mut Tallies,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        while let Some(Range { start, end }) = self.next(tallies) {
            let mut from = start;
            while from < end {
                // Rounds that fit together; what a watcher ends is lost.
                let until = from.saturating_add(TOGETHER).min(end);
                let of: Result<_, _> =
                    self.parts.iter_mut().map(|part| part.advance(from..until, meter)).collect();
                *tallies = tallies.merged(&Tallies { of: of? });
                from = until;
            }
        }
        Ok(())
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
        let flow = [0, 1].map(|i| self.parts.iter().map(|part| part.best_flow[i]).sum::<f64>());
        let [best_flow_ln_probability, best_flow_ln_bound] =
            if self.impossible { [f64::NEG_INFINITY; 2] } else { flow };
        Reliability {
            amount: self.amount,
            estimate: estimate.feasible,
            infeasible_estimate: estimate.infeasible,
            interval,
            infeasible_interval,
            proven,
            infeasible_proven,
            exact: self.impossible || self.open() == 0,
            best_flow_ln_probability,
            best_flow_ln_bound,
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
