//! Rates under uniform feasible wealth.
//!
//! A draw is a wealth vector ([`WealthSampler`]) in one of its states; what depends on wealth alone is then known. Of the
//! pairs of a draw, those of which the sender owns the amount and the receiver has room for it are counted exactly, and some of
//! them are decided:
//!
//! ```text
//!   rho of a draw = 1 - q (1 - f),    q = share of pairs that pass at both terminals, f = share of them that is infeasible.
//! ```
//!
//! The estimate is the mean over draws. Pairs of one draw depend on each other, so the interval is Student's over
//! draws, wider by what so many decided pairs could have missed altogether.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::super::sample::{Forest, WealthSampler};
use super::drawn::{position, signed};
use super::layout::Layout;
use super::{Rate, RateError, Rates};
use crate::amount::Sat;
use crate::id::{NodeMap, id_at};
#[cfg(feature = "rayon")]
use crate::kernel::shards;
use crate::kernel::statistics;
use crate::liquidity::ChannelGraph;
use crate::max_flow::lazy::{Goal, Lazy};
use crate::num::float;
use crate::random::Random;
use crate::solve::Meter;

/// The stream of decided pairs; a change here changes every seeded rate.
const PAIRS: u64 = 0x77_70_61_69;
/// Decided pairs of a draw and amount.
const DECIDED: u64 = 1024;
/// Draws that tell how many are needed; they are not part of the estimate.
const PILOT: u64 = 32;
/// The most draws of an estimate.
const MOST: u64 = 1 << 20;
/// Shares are added up in units of 2^-40, so that sums do not depend on their order.
const UNIT: f64 = (1_u64 << 40) as f64;

/// What draws of wealth have shown about one amount. Counts of disjoint ranges of draws are merged by adding them up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WealthCounts {
    /// Draws.
    pub draws: u64,
    /// The sum of their shares of infeasible payments, in units of 2^-40, and of the squares.
    pub infeasible: [u128; 2],
    /// The sum of their shares of payments of which the sender does not own the amount, in units of 2^-40.
    pub poor: u128,
}

impl WealthCounts {
    /// The counts of both.
    #[must_use]
    pub const fn merged(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.infeasible, other.infeasible);
        Self {
            draws: self.draws.saturating_add(other.draws),
            infeasible: [a.saturating_add(c), b.saturating_add(d)],
            poor: self.poor.saturating_add(other.poor),
        }
    }

    /// The rate that counts say, with a 99 % interval; everything between 0 and 1 if there are fewer than two draws.
    #[must_use]
    pub fn estimate(self, amount: Sat) -> WealthRate {
        let samples = self.draws.saturating_mul(DECIDED);
        if self.draws < 2 {
            let rate = Rate { amount, rho: 0.5, low: 0.0, high: 1.0, samples };
            return WealthRate { rate, owning: 0.5 };
        }
        let draws = float(self.draws);
        let mean = |sum: u128| wide(sum) / UNIT / draws;
        let (rho, poor) = (mean(self.infeasible[0]), mean(self.poor));
        // n sum of squares - square of the sum, exact: below 2^20 (2^80) + 2^120.
        let spread = u128::from(self.draws)
            .saturating_mul(self.infeasible[1])
            .saturating_sub(self.infeasible[0].saturating_mul(self.infeasible[0]));
        let error = libm::sqrt(wide(spread) / (draws - 1.0)) / UNIT / draws;
        let reach = statistics::student(draws - 1.0) * error + 5.3 / float(samples);
        let (low, high) = ((rho - reach).max(0.0), (rho + reach).min(1.0));
        let owning = if poor < 1.0 { ((rho - poor) / (1.0 - poor)).clamp(0.0, 1.0) } else { 0.0 };
        WealthRate { rate: Rate { amount, rho, low, high, samples }, owning }
    }
}

/// A share of infeasible payments under uniform feasible wealth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WealthRate {
    /// Over all senders.
    pub rate: Rate,
    /// Estimate over the payments of which the sender owns the amount. Networks that can hold more ways to share money
    /// also hold more poor senders, so compare this one.
    pub owning: f64,
}

#[allow(clippy::cast_precision_loss)] // rounds to nearest
const fn wide(n: u128) -> f64 {
    n as f64
}

/// Rates of some amounts under uniform feasible wealth, ready to be sampled.
///
/// ```
/// use feasible::feasibility::Rates;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::Sat;
/// let mut b = ChannelGraphBuilder::new();
/// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
/// for (from, to, capacity) in [(0, 1, 3), (0, 2, 7), (1, 2, 11)] {
///     b.add_channel(Channel::new(n[from], n[to], Sat(capacity)))?;
/// }
/// let graph = b.build();
/// let study = Rates::new(&graph).seed(1).study_wealth(&[Sat(1), Sat(7)])?;
/// let counts = study.sample(0..300)?;
/// // 90 of 918 and 606 of 918 ordered pairs in 153 vectors.
/// for ((counts, amount), expected) in counts.iter().zip([1, 7]).zip([90.0 / 918.0, 606.0 / 918.0]) {
///     let rate = counts.estimate(Sat(amount)).rate;
///     assert!(rate.low <= expected && expected <= rate.high);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WealthStudy<'g> {
    graph: &'g ChannelGraph,
    sampler: WealthSampler<'g>,
    demand: NodeMap<f64>,
    random: Random,
    layout: Layout,
    amounts: Vec<Sat>,
}

impl<'g> Rates<'g> {
    /// Prepares some amounts under uniform feasible wealth: every vector of whole satoshi that the channels can hold is
    /// equally likely. A law plays no part. O(n + m).
    ///
    /// # Errors
    ///
    /// [`RateError::NoPairs`], [`RateError::Amount`], [`RateError::Sample`].
    pub fn study_wealth(self, amounts: &[Sat]) -> Result<WealthStudy<'g>, RateError> {
        super::admit(amounts)?;
        if self.demand.iter().filter(|(_, d)| **d > 0.0).count() < 2 {
            return Err(RateError::NoPairs);
        }
        Ok(WealthStudy {
            graph: self.graph,
            sampler: WealthSampler::new(self.graph)?.seed(self.seed),
            demand: self.demand,
            random: Random::new(self.seed).stream(PAIRS),
            layout: Layout::new(self.graph),
            amounts: amounts.to_vec(),
        })
    }
}

/// What a sample works with.
struct Draw {
    forest: Forest,
    balances: Vec<u64>,
    /// What a node owns and what it could own more.
    owned: Vec<[u64; 2]>,
    lazy: Lazy<i64>,
    /// Ends of the demands of nodes that pass as sender and as receiver, laid out in a row.
    until: [Vec<f64>; 2],
}

impl WealthStudy<'_> {
    /// Pairs that a draw decides for every amount.
    pub const SAMPLES: u64 = DECIDED;

    /// Samples a range of draws: the counts of every amount. Any ranges that together cover `0..n` once give, merged,
    /// the counts of `0..n`.
    ///
    /// # Errors
    ///
    /// [`RateError::Sample`] if a draw takes too long; [`RateError::Solve`] is not expected.
    pub fn sample(&self, draws: Range<u64>) -> Result<Vec<WealthCounts>, RateError> {
        let mut counts = vec![WealthCounts::default(); self.amounts.len()];
        let mut draw = Draw {
            forest: Forest::default(),
            balances: Vec::new(),
            owned: Vec::new(),
            lazy: Lazy::default(),
            until: [Vec::new(), Vec::new()],
        };
        for number in draws {
            self.load(number, &mut draw)?;
            for (i, counts) in counts.iter_mut().enumerate() {
                let [infeasible, poor] = self.shares(i, self.random.stream(number), &mut draw)?;
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // shares are in 0..=1
                let [infeasible, poor] = [infeasible, poor].map(|share| libm::round(share * UNIT) as u128);
                let one = WealthCounts { draws: 1, infeasible: [infeasible, infeasible * infeasible], poor };
                *counts = counts.merged(one);
            }
        }
        Ok(counts)
    }

    /// As [`WealthStudy::sample`], on the threads of the current `rayon` pool; the same counts.
    ///
    /// # Errors
    ///
    /// As [`WealthStudy::sample`].
    #[cfg(feature = "rayon")]
    pub fn sample_on_threads(&self, draws: Range<u64>) -> Result<Vec<WealthCounts>, RateError> {
        let none = || vec![WealthCounts::default(); self.amounts.len()];
        let merged = |one: Vec<WealthCounts>, other: Vec<WealthCounts>| {
            one.into_iter().zip(other).map(|(one, other)| one.merged(other)).collect()
        };
        shards::on_threads(draws, 1, |shard| self.sample(shard), none, merged)
    }

    /// Samples until the intervals of all amounts are about as narrow as `half_width` on either side: a pilot of 32 draws
    /// says how many are needed, and as many others are counted.
    ///
    /// # Errors
    ///
    /// As [`WealthStudy::sample`].
    pub fn to_precision(&self, half_width: f64) -> Result<Vec<WealthRate>, RateError> {
        self.to_precision_by(half_width, |draws| self.sample(draws))
    }

    /// As [`WealthStudy::to_precision`], with samples from elsewhere (threads, machines).
    ///
    /// # Errors
    ///
    /// Those of `sample`.
    pub fn to_precision_by<E>(
        &self,
        half_width: f64,
        mut sample: impl FnMut(Range<u64>) -> Result<Vec<WealthCounts>, E>,
    ) -> Result<Vec<WealthRate>, E> {
        let of = |counts: Vec<WealthCounts>| -> Vec<WealthRate> {
            counts.iter().zip(&self.amounts).map(|(counts, &amount)| counts.estimate(amount)).collect()
        };
        let pilot = of(sample(0..PILOT)?);
        let width = |rate: &WealthRate| (rate.rate.high - rate.rate.low) / 2.0;
        let ratio = pilot.iter().map(width).fold(0.0, f64::max) / half_width;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        let needed = ((float(PILOT) * ratio * ratio) as u64).clamp(PILOT, MOST);
        Ok(of(sample(PILOT..PILOT + needed)?))
    }

    /// Draws a wealth vector and loads a state of it.
    fn load(&self, number: u64, draw: &mut Draw) -> Result<(), RateError> {
        let Draw { forest, balances, owned, lazy, .. } = draw;
        self.sampler.draw_into(number, forest, balances)?;
        owned.clear();
        owned.resize(self.graph.node_count(), [0; 2]);
        for (i, &balance) in balances.iter().enumerate() {
            let channel = self.graph.channel(id_at(i));
            let rest = channel.capacity().0 - balance;
            for (party, own, other) in [(channel.a(), balance, rest), (channel.b(), rest, balance)] {
                let [owned, room] = &mut owned[party.index()];
                *owned += own;
                *room += other;
            }
        }
        let Layout { pairs, edge_of, .. } = &self.layout;
        let liquidity = |arc: usize| {
            let edge = edge_of[arc] as usize;
            let [along, back] = self.layout.sides(edge, balances[self.layout.channel(edge).index()]);
            if pairs.forward(edge) == arc { along } else { back }
        };
        lazy.load(pairs, (0..pairs.arc_count()).map(liquidity));
        Ok(())
    }

    /// The share of infeasible payments of a draw, estimated, and of those whose sender does not own the amount.
    fn shares(&self, amount: usize, random: Random, draw: &mut Draw) -> Result<[f64; 2], RateError> {
        let wanted = self.amounts[amount].0;
        let Draw { owned, lazy, until, .. } = draw;
        let (mut sums, mut squares) = ([0.0; 3], [0.0; 3]);
        until.iter_mut().for_each(Vec::clear);
        for ((_, &d), own) in self.demand.iter().zip(owned.iter()) {
            let passes = own.map(|own| own >= wanted);
            for (i, counts) in [passes[0], passes[1], true].into_iter().enumerate() {
                sums[i] += if counts { d } else { 0.0 };
            }
            let square = d * d;
            for (i, counts) in [passes[0], passes[0] && passes[1], true].into_iter().enumerate() {
                squares[i] += if counts { square } else { 0.0 };
            }
            until[0].push(sums[0]);
            until[1].push(sums[1]);
        }
        let all = sums[2] * sums[2] - squares[2];
        let poor = (1.0 - (sums[0] * sums[2] - squares[0]) / all).clamp(0.0, 1.0);
        let pass = ((sums[0] * sums[1] - squares[1]) / all).clamp(0.0, 1.0);
        if pass < 1e-15 {
            return Ok([1.0, poor]);
        }
        let random = random.stream(amount as u64);
        let (mut decided, mut failed) = (0, 0);
        // Sender and receiver rarely coincide; if they mostly do, fewer pairs are decided.
        for i in 0..4 * DECIDED {
            let pair = (position(&until[0], random.unit(2 * i)), position(&until[1], random.unit(2 * i + 1)));
            let (Some(from), Some(to)) = pair else { break };
            if from == to {
                continue;
            }
            let wanted = (signed(wanted), Goal::Decide);
            let meter = &mut Meter::new(None, None);
            let found = lazy.run(&self.layout.pairs, (from, to), wanted.0, wanted.1, meter)?;
            failed += u64::from(found.exhausted.is_some());
            decided += 1;
            if decided == DECIDED {
                break;
            }
        }
        let fails = if decided == 0 { 1.0 } else { float(failed) / float(decided) };
        Ok([1.0 - pass * (1.0 - fails), poor])
    }
}
