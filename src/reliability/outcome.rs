//! Answers, and the counts that they are made of.

use alloc::vec::Vec;

use crate::id::ChannelId;
use crate::kernel::statistics;
use crate::liquidity::Direction;
use crate::num::float;

/// What samples have shown. Tallies of disjoint ranges of numbers are merged by adding them up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    /// Samples that were decided.
    pub samples: u64,
    /// How many of them were feasible.
    pub feasible: u64,
    /// How many were decided by the pool of cuts, without a search.
    pub by_cuts: u64,
    /// How many were decided by the pool of paths, without a search.
    pub by_paths: u64,
}

impl Tally {
    /// The tally of both.
    #[must_use]
    pub const fn merged(self, other: Self) -> Self {
        Self {
            samples: self.samples.saturating_add(other.samples),
            feasible: self.feasible.saturating_add(other.feasible),
            by_cuts: self.by_cuts.saturating_add(other.by_cuts),
            by_paths: self.by_paths.saturating_add(other.by_paths),
        }
    }
}

/// P and 1 - P, each accurate in itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chance {
    pub(super) feasible: f64,
    pub(super) infeasible: f64,
}

impl Chance {
    pub(super) const SURE: Self = Self { feasible: 1.0, infeasible: 0.0 };
    pub(super) const NEVER: Self = Self { feasible: 0.0, infeasible: 1.0 };

    /// Both of two independent events.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            feasible: self.feasible * other.feasible,
            infeasible: (self.infeasible + self.feasible * other.infeasible).min(1.0),
        }
    }

    pub(super) fn smaller(self) -> f64 {
        self.feasible.min(self.infeasible)
    }
}

/// What is known of a piece: proven bounds, and samples of what is open between them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    pub(super) feasible: f64,
    pub(super) infeasible: f64,
    pub(super) open: f64,
    pub(super) tally: Tally,
    /// Samples of the same mass that do not count.
    pub(super) pilot: Tally,
}

impl Known {
    /// Nothing.
    pub(super) fn open() -> Self {
        Self { open: 1.0, ..Self::default() }
    }

    pub(super) const fn is_exact(&self) -> bool {
        self.open <= 0.0
    }

    /// With a share of the open mass feasible.
    fn with(&self, share: f64) -> Chance {
        Chance {
            feasible: (self.feasible + self.open * share).min(1.0),
            infeasible: (self.infeasible + self.open * (1.0 - share)).min(1.0),
        }
    }

    pub(super) fn proven(&self) -> [Chance; 2] {
        [self.with(0.0), self.with(1.0)]
    }

    pub(super) fn estimate(&self) -> Chance {
        let Tally { samples, feasible, .. } = self.tally;
        let rest = float(samples - feasible);
        if samples == 0 {
            return self.with(0.5);
        }
        let all = float(samples);
        Chance {
            feasible: (self.feasible + self.open * (float(feasible) / all)).min(1.0),
            infeasible: (self.infeasible + self.open * (rest / all)).min(1.0),
        }
    }

    /// Both ends of an interval that is wrong with a probability of at most `error`, however often it is looked at.
    pub(super) fn interval(&self, error: f64) -> [Chance; 2] {
        if self.is_exact() || self.tally.samples == 0 {
            return self.proven();
        }
        let Tally { samples, feasible, .. } = self.tally;
        let [yes, no] = [self.pilot.feasible, self.pilot.samples - self.pilot.feasible];
        let [low, high] = statistics::share_at_any_time(feasible, samples, error, [yes, no]);
        // The shares of the others from their own interval: 1 - low loses what is small.
        let [few, many] = statistics::share_at_any_time(samples - feasible, samples, error, [no, yes]);
        let chance = |share: f64, rest: f64| Chance {
            feasible: (self.feasible + self.open * share).min(1.0),
            infeasible: (self.infeasible + self.open * rest).min(1.0),
        };
        [chance(low, many), chance(high, few)]
    }
}

/// Channels that together pass less than the amount with a certain probability: one of the reasons why a payment fails.
#[derive(Clone, Debug, PartialEq)]
pub struct WeakCut {
    /// The channels, each in the direction from the sender's side to the receiver's.
    pub channels: Vec<(ChannelId, Direction)>,
    /// A lower bound of the probability that they pass less than the amount; exact for few channels with uniform laws.
    pub fails: f64,
}

/// P(feasible) and P(infeasible) of one amount and pair among many, from samples that all of them share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Odds {
    /// The amount.
    pub amount: u64,
    /// P(feasible).
    pub estimate: f64,
    /// P(infeasible).
    pub infeasible_estimate: f64,
    /// The interval of P(feasible) at the confidence asked for.
    pub interval: [f64; 2],
    /// The interval of P(infeasible).
    pub infeasible_interval: [f64; 2],
    /// Whether both are exact.
    pub exact: bool,
}

impl Odds {
    /// From what is known of the pieces of a question; each may be wrong with a probability of `error`.
    pub(super) fn of(amount: u64, pieces: &[Known], error: f64) -> Self {
        let all = |of: &dyn Fn(&Known) -> Chance| pieces.iter().map(of).fold(Chance::SURE, Chance::and);
        let middle = all(&Known::estimate);
        let [low, high] = [0, 1].map(|i| all(&|known| known.interval(error)[i]));
        Self {
            amount,
            estimate: middle.feasible,
            infeasible_estimate: middle.infeasible,
            interval: [low.feasible, high.feasible],
            infeasible_interval: [high.infeasible, low.infeasible],
            exact: middle.feasible <= 0.0 && high.feasible <= 0.0 || pieces.iter().all(Known::is_exact),
        }
    }
}

impl From<&Reliability> for Odds {
    fn from(answer: &Reliability) -> Self {
        Self {
            amount: answer.amount,
            estimate: answer.estimate,
            infeasible_estimate: answer.infeasible_estimate,
            interval: answer.interval,
            infeasible_interval: answer.infeasible_interval,
            exact: answer.exact,
        }
    }
}

/// How likely a payment is feasible: bounds that are proven, an estimate and its interval.
///
/// Everything is given twice, for P(feasible) and for P(infeasible): where one is next to 1 the other has the digits,
/// and neither is computed as 1 minus the other.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reliability {
    /// The amount.
    pub amount: u64,
    /// P(feasible).
    pub estimate: f64,
    /// P(infeasible).
    pub infeasible_estimate: f64,
    /// The interval of P(feasible) at the confidence asked for.
    pub interval: [f64; 2],
    /// The interval of P(infeasible).
    pub infeasible_interval: [f64; 2],
    /// Proven bounds of P(feasible).
    pub proven: [f64; 2],
    /// Proven bounds of P(infeasible).
    pub infeasible_proven: [f64; 2],
    /// Whether the bounds coincide, up to rounding.
    pub exact: bool,
    /// ln of the probability of the most probable flow that is known: a lower bound of ln P(feasible) as well. In
    /// pieces of at most 64 channels, or if [asked for](super::Estimator::probable_first), it is the most probable flow
    /// there is, as far as [`Reliability::best_flow_ln_bound`] says.
    pub best_flow_ln_probability: f64,
    /// No flow is more probable than this, ln again; 0 where nobody asked.
    pub best_flow_ln_bound: f64,
    /// Samples that were decided, and how.
    pub tally: Tally,
    /// Flows solved to divide the states.
    pub flows_solved: u64,
    /// The cuts that fail most often, the worst first; at most eight.
    pub weak_cuts: Vec<WeakCut>,
}

impl Reliability {
    /// The share of samples that were decided without a search; 1 if there were none.
    #[must_use]
    pub fn pool_share(&self) -> f64 {
        let Tally { samples, by_cuts, by_paths, .. } = self.tally;
        if samples == 0 { 1.0 } else { float(by_cuts + by_paths) / float(samples) }
    }
}
