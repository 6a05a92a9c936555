//! LND's bimodal estimator, per ordered pair of nodes.

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::{Base, Estimate, Heard, LearnError, Observation, heard};
use crate::amount::Msat;
use crate::id::{ChannelId, NodeId};
use crate::law::{Interval, Law, LawError, LndBimodal};
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;

/// The last results of a pair: amounts, and when.
#[derive(Clone, Copy, Debug, Default)]
struct Results {
    success: Option<(u64, Duration)>,
    failure: Option<(u64, Duration)>,
}

/// LND's "bimodal" estimator with its weight of the node's other pairs.
///
/// ```text
///   p = (direct + sum of w e^(-t/T) [succeeded]) / (1 + sum of w e^(-t/T)),        over the sender's other pairs
/// ```
///
/// and p is the direct probability alone if the pair has a result younger than T. The direct probability is that of
/// [`LndBimodal`] between the largest success, faded to 0 by e^(-t/T), and the least failure, faded to the capacity.
#[derive(Clone, Debug)]
pub struct Lnd {
    base: Base,
    results: BTreeMap<(NodeId, NodeId), Results>,
    law: LndBimodal,
    node_weight: f64,
    decay: Duration,
    now: Duration,
}

impl Lnd {
    /// LND's defaults: a scale of 300 000 satoshi, a node weight of 0.2, a decay time of 7 days.
    ///
    /// # Errors
    ///
    /// None with these numbers.
    pub fn new(graph: &ChannelGraph) -> Result<Self, LawError> {
        Self::with(graph, Msat(300_000_000), 0.2, Duration::from_secs(7 * 86_400))
    }

    /// Other numbers. A node weight outside `[0, 1]` counts as the nearer end.
    ///
    /// # Errors
    ///
    /// [`LawError::Scale`].
    pub fn with(
        graph: &ChannelGraph,
        scale: Msat,
        node_weight: f64,
        decay: Duration,
    ) -> Result<Self, LawError> {
        let law = LndBimodal::new(float(scale.0))?;
        let node_weight = if node_weight > 0.0 { node_weight.min(1.0) } else { 0.0 };
        Ok(Self {
            base: Base::new(graph),
            results: BTreeMap::new(),
            law,
            node_weight,
            decay,
            now: Duration::ZERO,
        })
    }

    fn faded(&self, amount: u64, since: Duration) -> u64 {
        let age = self.now.saturating_sub(since).as_secs_f64();
        let left = if self.decay.is_zero() { 0.0 } else { libm::exp(-age / self.decay.as_secs_f64()) };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most the amount
        ((float(amount) * left) as u64).min(amount)
    }

    fn direct(&self, results: Results, capacity: u64, amount: u64) -> f64 {
        let able = results.success.map_or(0, |(amount, since)| self.faded(amount, since)).min(capacity);
        let lacking = results.failure.map_or(capacity, |(amount, since)| {
            capacity - self.faded(capacity.saturating_sub(amount), since)
        });
        // States that exclude each other count as no knowledge.
        let (able, lacking) = if able < lacking { (able, lacking) } else { (0, capacity) };
        if amount <= able {
            return 0.0;
        }
        match lacking.checked_sub(1).and_then(|last| Interval::new(able, last)) {
            Some(within) => self.law.ln_survival(capacity, within, amount),
            None => f64::NEG_INFINITY,
        }
    }
}

impl Estimate for Lnd {
    fn ln_probability(&self, channel: ChannelId, direction: Direction, amount: Msat) -> f64 {
        let pair = self.base.pair(channel, direction);
        let results = self.results.get(&pair).copied().unwrap_or_default();
        let capacity = self.base.flights.capacity(channel).0;
        let direct = self.direct(results, capacity, amount.0);
        let young =
            |at: Option<(u64, Duration)>| at.is_some_and(|(_, t)| self.now.saturating_sub(t) < self.decay);
        if young(results.success) || young(results.failure) || amount.0 > capacity {
            return direct;
        }
        let (mut up, mut down) = (libm::exp(direct), 1.0);
        let others = self.results.range((pair.0, crate::id::id_at(0))..);
        for (_, other) in others.take_while(|((from, _), _)| *from == pair.0).filter(|(key, _)| **key != pair)
        {
            let at = |result: Option<(u64, Duration)>| result.map(|(_, at)| at);
            let succeeded = at(other.success) > at(other.failure);
            let Some(last) = at(other.success).max(at(other.failure)) else { continue };
            let age = self.now.saturating_sub(last).as_secs_f64() / self.decay.as_secs_f64();
            let weight = self.node_weight * libm::exp(-age);
            up += if succeeded { weight } else { 0.0 };
            down += weight;
        }
        libm::log(up / down).min(0.0)
    }

    fn learn(&mut self, observation: &Observation) -> Result<(), LearnError> {
        self.base.learn(observation)?;
        if let Observation::Passed { time } = observation {
            self.now = self.now.saturating_add(*time);
        }
        for (hop, what) in heard(observation) {
            let (now, amount) = (self.now, hop.amount.0);
            let results = self.results.entry(self.base.pair(hop.channel, hop.direction)).or_default();
            if what == Heard::Lacked {
                results.failure = Some((amount, now));
                results.success = results.success.map(|(most, at)| (most.min(amount.saturating_sub(1)), at));
            } else {
                let most = results.success.map_or(0, |(most, _)| most);
                results.success = Some((amount.max(most), now));
                results.failure = results
                    .failure
                    .map(|(least, at)| (if amount >= least { amount.saturating_add(1) } else { least }, at));
            }
        }
        Ok(())
    }
}
