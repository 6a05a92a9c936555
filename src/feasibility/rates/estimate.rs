//! From counts to rates with intervals.

use super::{RateStudy, Stratum};
use crate::amount::Sat;
use crate::kernel::statistics;
use crate::num::float;
use crate::solve::SolveError;

/// What samples of one amount have shown. Counts of disjoint ranges of numbers are merged by adding them up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RateCounts {
    /// Samples of pairs that share no channel, and how many of them were infeasible.
    pub apart: [u64; 2],
    /// Samples of pairs that share a channel, and how many of them were infeasible.
    pub joined: [u64; 2],
}

impl RateCounts {
    pub(super) fn add(&mut self, stratum: Stratum, feasible: bool) {
        let counts = if stratum == Stratum::Apart { &mut self.apart } else { &mut self.joined };
        counts[0] += 1;
        counts[1] += u64::from(!feasible);
    }

    /// The counts of both.
    #[must_use]
    pub const fn merged(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.apart, self.joined);
        Self {
            apart: [a.saturating_add(other.apart[0]), b.saturating_add(other.apart[1])],
            joined: [c.saturating_add(other.joined[0]), d.saturating_add(other.joined[1])],
        }
    }
}

/// A share of infeasible payments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    /// The amount.
    pub amount: Sat,
    /// The estimate.
    pub rho: f64,
    /// Lower end of the 99 % interval.
    pub low: f64,
    /// Upper end of the 99 % interval.
    pub high: f64,
    /// Samples that were decided.
    pub samples: u64,
}

/// Payments per second that a network sustains if every infeasible one needs an on-chain transaction, of which there are
/// `on_chain` per second: on_chain / rho.
///
/// ```
/// // 47,000 payments per second at 7 transactions need rho = 0.0149 %.
/// assert!((feasible::feasibility::sustained(7.0, 1.489e-4) - 47_000.0).abs() < 50.0);
/// ```
#[must_use]
pub fn sustained(on_chain: f64, rho: f64) -> f64 {
    on_chain / rho
}

/// How the permitted error of 1 % is split between the two strata.
const ERRORS: [f64; 2] = [0.009, 0.001];
/// Samples that tell how many are needed; they are not part of the estimate.
const PILOT: u64 = 1024;
/// The most samples of one amount and stratum.
const MOST: u64 = 20_000_000;

impl RateStudy<'_> {
    /// The rate that counts say, with an interval that covers the true rate with a probability of at least 99 %.
    /// `None` for an amount that does not exist.
    #[must_use]
    pub fn estimate(&self, amount: usize, counts: RateCounts) -> Option<Rate> {
        let stars = self.amounts.get(amount)?;
        let apart = self.demand.apart;
        let whole = |[trials, infeasible]: [u64; 2], error| {
            let [low, high] = statistics::share(infeasible, trials, error);
            let middle = if trials == 0 { 0.5 } else { float(infeasible) / float(trials) };
            [low, middle, high]
        };
        let conditional = if stars.mean > 0.0 { whole(counts.apart, ERRORS[0]) } else { [0.0; 3] };
        let joined = if apart < 1.0 { whole(counts.joined, ERRORS[1]) } else { [0.0; 3] };
        let rate = |i: usize| {
            let failing = (1.0 - stars.mean) + stars.mean * conditional[i];
            (apart * failing + (1.0 - apart) * joined[i]).clamp(0.0, 1.0)
        };
        let samples = counts.apart[0].saturating_add(counts.joined[0]);
        Some(Rate { amount: Sat(stars.amount), rho: rate(1), low: rate(0), high: rate(2), samples })
    }

    /// Samples until the interval is about as narrow as `half_width` on either side: a pilot of 1,024 samples says how
    /// many are needed, and as many others are counted. An amount that does not exist has rate 0.
    ///
    /// # Errors
    ///
    /// As [`RateStudy::sample`].
    pub fn to_precision(&self, amount: usize, half_width: f64) -> Result<Rate, SolveError> {
        self.to_precision_by(amount, half_width, |stratum, numbers| self.sample(amount, stratum, numbers))
    }

    /// As [`RateStudy::to_precision`], with samples from elsewhere (threads, machines).
    ///
    /// # Errors
    ///
    /// Those of `sample`.
    pub fn to_precision_by<E>(
        &self,
        amount: usize,
        half_width: f64,
        mut sample: impl FnMut(Stratum, core::ops::Range<u64>) -> Result<RateCounts, E>,
    ) -> Result<Rate, E> {
        let pilot = sample(Stratum::Apart, 0..PILOT)?;
        let mean = self.amounts.get(amount).map_or(0.0, |stars| stars.mean);
        let [low, high] = statistics::share(pilot.apart[1], pilot.apart[0], 0.3);
        let spread =
            if low <= 0.5 && 0.5 <= high { 0.25 } else { (low * (1.0 - low)).max(high * (1.0 - high)) };
        let needed = |reach: f64, quantile: f64, spread: f64, width: f64| {
            let n = spread * (quantile * reach / width) * (quantile * reach / width);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
            (n as u64).clamp(PILOT / 4, MOST)
        };
        // Joined pairs are few as a rule: their part of the width is their share, at least a twentieth. The quantiles are
        // those of the normal law for the split errors, and a little more.
        let reach = [self.demand.apart * mean, 1.0 - self.demand.apart];
        let part = (reach[1] / (reach[0] + reach[1])).clamp(0.05, 0.95);
        let apart = needed(reach[0], 2.62 * 1.06, spread, half_width * (1.0 - part) / 0.95);
        let joined = needed(reach[1], 3.3, 0.25, half_width * part);
        let counts =
            sample(Stratum::Apart, PILOT..PILOT + apart)?.merged(sample(Stratum::Joined, 0..joined)?);
        Ok(self.estimate(amount, counts).unwrap_or_default())
    }
}
