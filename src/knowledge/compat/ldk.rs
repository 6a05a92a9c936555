//! LDK's probabilistic scorer: bounds per channel, and their history in buckets.

use alloc::vec::Vec;
use core::time::Duration;

use super::{Base, Estimate, Heard, LearnError, Observation, heard};
use crate::amount::Msat;
use crate::id::ChannelId;
use crate::knowledge::{Decay, HalfLife};
use crate::law::{Interval, Law, LdkNonlinear};
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;

/// Where the buckets begin, in 16384ths of a capacity: narrow at both ends.
const EDGES: [u16; 33] = [
    0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3072, 4096, 6144, 8192, 10240, 12288, 13312, 14336,
    15360, 15872, 16128, 16256, 16320, 16352, 16368, 16376, 16380, 16382, 16383, 16384,
];
const TICKS: u64 = 16_384;
/// One data point in a bucket.
const POINT: u16 = 32;

/// Per channel, seen from party a: the least balance, and how far the largest one lies below the capacity.
#[derive(Clone, Debug)]
struct Offsets {
    ends: [u64; 2],
    history: [[u16; 32]; 2],
    updated: Duration,
}

/// LDK's scorer, without its penalties.
///
/// Failed at h: the largest balance is h, which is excluded. Forwarded h: the least is h. Settled h: the largest falls by h.
/// A bound that crosses the other one drops it. Offsets of bounds halve in 30 minutes.
///
/// The probability between the bounds is that of [`LdkNonlinear`], or (max - a) / (max - min + 1) with [`Ldk::linear`].
/// With [`Ldk::historical`] it is the mean of that formula over the pairs of buckets that bounds were seen in, with the
/// square of the product of their counts as weights, where 32^4 of weight were collected.
#[derive(Clone, Debug)]
pub struct Ldk {
    base: Base,
    offsets: Vec<Offsets>,
    linear: bool,
    historical: bool,
    now: Duration,
}

/// Bounds of the sending side's balance, `max` excluded.
#[derive(Clone, Copy)]
struct Bounds {
    min: u64,
    max: u64,
    capacity: u64,
}

impl Ldk {
    /// The model of a graph before anything was seen, with LDK's defaults.
    #[must_use]
    pub fn new(graph: &ChannelGraph) -> Self {
        let start = Offsets { ends: [0; 2], history: [[0; 32]; 2], updated: Duration::ZERO };
        let offsets = alloc::vec![start; graph.channel_count()];
        Self { base: Base::new(graph), offsets, linear: false, historical: false, now: Duration::ZERO }
    }

    /// With the linear formula.
    #[must_use]
    pub const fn linear(mut self) -> Self {
        self.linear = true;
        self
    }

    /// With the history of bounds where there is enough of it.
    #[must_use]
    pub const fn historical(mut self) -> Self {
        self.historical = true;
        self
    }

    /// P(the sending side has the amount) between two bounds.
    fn between(&self, bounds: Bounds, amount: u64, unseen: bool) -> f64 {
        let Bounds { min, max, capacity } = bounds;
        if amount >= max {
            return 0.0;
        }
        // Without a success ever LDK raises the denominator.
        let factor = if unseen && min == 0 { 64.0 / 78.0 } else { 1.0 };
        if self.linear {
            return factor * float(max - amount) / (float(max - min) + 1.0);
        }
        let within = Interval::new(min, max - 1);
        factor * within.map_or(0.0, |within| libm::exp(LdkNonlinear.ln_survival(capacity, within, amount)))
    }

    fn by_history(&self, history: [&[u16; 32]; 2], amount: u64, capacity: u64) -> Option<f64> {
        let at = position(amount, capacity)?;
        let square = |points: u16| f64::from(points) * f64::from(points);
        let weights = |low: usize| history[1][..32 - low].iter().map(|&points| square(points)).sum::<f64>();
        let total: f64 = (0..32).map(|low| square(history[0][low]) * weights(low)).sum();
        if total < libm::pow(32.0, 4.0) {
            return None;
        }
        let bucket = |low: usize, high: usize| {
            let (min, max) = (u64::from(EDGES[low]), u64::from(EDGES[32 - high]) - 1);
            let between = || self.between(Bounds { min, max, capacity: TICKS - 1 }, at, true);
            if at >= max {
                0.0
            } else if at < min {
                1.0
            } else {
                between()
            }
        };
        let mut sum = 0.0;
        if history[0][0] > 0 {
            // A least balance of 0 mostly means failures: only the best of the largest balances counts.
            let last = |least: u16| (0..32).rev().find(|&high| history[1][high] >= least);
            if let Some(high) = last(POINT).or_else(|| last(1)) {
                sum += square(history[0][0]) * weights(0) * bucket(0, high);
            }
        }
        for low in 1..32 {
            for high in (0..32 - low).filter(|&high| history[0][low] > 0 && history[1][high] > 0) {
                sum += square(history[0][low]) * square(history[1][high]) * bucket(low, high);
            }
        }
        Some(sum / total)
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.saturating_add(time);
        let (half, month) = (HalfLife::new(Duration::from_secs(1800)), Duration::from_secs(14 * 86_400));
        for offsets in &mut self.offsets {
            offsets.ends = offsets.ends.map(|end| half.kept(end, end, Duration::ZERO, time));
            let quiet = self.now.saturating_sub(offsets.updated);
            if quiet > month {
                // As LDK has it: the first half-life halves, each further one leaves a 2048th.
                let lives = quiet.as_secs_f64() / month.as_secs_f64();
                let left = libm::fmin(1024.0 / libm::pow(2048.0, lives), 1.0);
                for points in offsets.history.iter_mut().flatten() {
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most the points
                    {
                        *points = (f64::from(*points) * left) as u16;
                    }
                }
                offsets.updated = self.now;
            }
        }
    }
}

/// In which 16384th of a capacity an amount lies, if in any.
fn position(amount: u64, capacity: u64) -> Option<u64> {
    let at = u128::from(amount) * u128::from(TICKS) / (u128::from(capacity) + 1);
    u64::try_from(at).ok().filter(|&at| at < TICKS)
}

/// Adds a data point, after all older ones have lost a 2048th.
fn track(history: &mut [u16; 32], offset: u64, capacity: u64) {
    let Some(at) = position(offset, capacity) else { return };
    for points in history.iter_mut() {
        *points -= points.div_ceil(2048);
    }
    let bucket = EDGES.partition_point(|&edge| u64::from(edge) <= at) - 1;
    history[bucket] = history[bucket].saturating_add(POINT);
}

impl Estimate for Ldk {
    fn ln_probability(&self, channel: ChannelId, direction: Direction, amount: Msat) -> f64 {
        let (offsets, d) = (&self.offsets[channel.index()], direction.index());
        let capacity = self.base.flights.capacity(channel).0;
        let asked = amount.saturating_add(self.base.flights.in_flight(channel, direction)).0;
        if self.historical {
            let history = [&offsets.history[d], &offsets.history[1 - d]];
            if let Some(p) = self.by_history(history, asked, capacity) {
                return libm::log(p);
            }
        }
        let max = capacity.saturating_sub(offsets.ends[1 - d]);
        let min = offsets.ends[d].min(max);
        let unseen = self.historical;
        let sure = asked <= min;
        if sure { 0.0 } else { libm::log(self.between(Bounds { min, max, capacity }, asked, unseen)) }
    }

    fn learn(&mut self, observation: &Observation) -> Result<(), LearnError> {
        self.base.learn(observation)?;
        if let Observation::Passed { time } = observation {
            self.pass(*time);
        }
        for (hop, what) in heard(observation) {
            let (amount, d, now) = (hop.amount.0, hop.direction.index(), self.now);
            let capacity = self.base.flights.capacity(hop.channel).0;
            let offsets = &mut self.offsets[hop.channel.index()];
            let max = capacity.saturating_sub(offsets.ends[1 - d]);
            if what == Heard::Able {
                if amount > offsets.ends[d] {
                    offsets.ends[d] = amount;
                    offsets.ends[1 - d] = if amount > max { 0 } else { offsets.ends[1 - d] };
                }
            } else {
                let settled = what == Heard::Settled;
                let least = if settled { max.saturating_sub(amount) } else { amount };
                if settled || amount < max {
                    offsets.ends[1 - d] = capacity.saturating_sub(least);
                    offsets.ends[d] = if least < offsets.ends[d] { 0 } else { offsets.ends[d] };
                }
            }
            let before = if what == Heard::Settled { amount } else { 0 };
            track(&mut offsets.history[d], offsets.ends[d].saturating_add(before), capacity);
            track(&mut offsets.history[1 - d], offsets.ends[1 - d].saturating_sub(before), capacity);
            offsets.updated = now;
        }
        Ok(())
    }
}
