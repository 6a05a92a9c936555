//! eclair's estimate of the balance between two nodes.

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::{Base, Estimate, Heard, LearnError, Observation, heard};
use crate::amount::Msat;
use crate::id::{ChannelId, NodeId};
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;

/// A bound and when it held; `None` if it never did.
type Bound = (u64, Option<Duration>);

#[derive(Clone, Copy, Debug)]
struct Bounds {
    capacity: u64,
    /// Channels between the two nodes.
    channels: usize,
    low: Bound,
    high: Bound,
}

/// eclair's model: for each ordered pair of nodes a least and a largest balance whose certainty halves in a time, joined by
/// straight lines. Parallel channels count as one of the largest capacity.
///
/// ```text
///   P(0) = 1,  P(low) = q + (1 - q)(1 - low/c),  P(high) = (1 - q')(1 - high/c),  P(c) = 0,        q = 2^(-age/half-life)
/// ```
#[derive(Clone, Debug)]
pub struct Eclair {
    base: Base,
    bounds: BTreeMap<(NodeId, NodeId), Bounds>,
    half_life: Duration,
    now: Duration,
}

impl Eclair {
    /// The model of a graph before anything was seen, with a half-life of one hour.
    #[must_use]
    pub fn new(graph: &ChannelGraph) -> Self {
        let base = Base::new(graph);
        let count = |pair| {
            let both = |&&[a, b]: &&[NodeId; 2]| (a, b) == pair || (b, a) == pair;
            base.ends.iter().filter(both).take(2).count()
        };
        let single = base.ends.len() < 2;
        let bounds = base
            .capacities()
            .into_iter()
            .map(|(pair, capacity)| {
                let channels = if single { 1 } else { count(pair) };
                (pair, Bounds { capacity, channels, low: (0, None), high: (capacity, None) })
            })
            .collect();
        Self { base, bounds, half_life: Duration::from_secs(3600), now: Duration::ZERO }
    }

    /// With another half-life.
    #[must_use]
    pub const fn half_life(mut self, time: Duration) -> Self {
        self.half_life = time;
        self
    }

    fn view(&self) -> View {
        View { now: self.now, half_life: self.half_life }
    }
}

/// The moment from which bounds are looked at.
#[derive(Clone, Copy)]
struct View {
    now: Duration,
    half_life: Duration,
}

impl View {
    /// The probability of a bound's amount, which was 0 or 1 when it was learned.
    fn faded(self, (amount, since): Bound, then: f64, capacity: u64) -> f64 {
        let left = since.map_or(0.0, |since| {
            let age = self.now.saturating_sub(since).as_secs_f64();
            if self.half_life.is_zero() { 0.0 } else { libm::exp2(-age / self.half_life.as_secs_f64()) }
        });
        (1.0 - float(amount) / float(capacity)) * (1.0 - left) + then * left
    }

    fn probability(self, bounds: Bounds, amount: u64) -> f64 {
        let (low, high, c, a) =
            (float(bounds.low.0), float(bounds.high.0), float(bounds.capacity), float(amount));
        let at_low = self.faded(bounds.low, 1.0, bounds.capacity);
        let at_high = self.faded(bounds.high, 0.0, bounds.capacity);
        if amount <= bounds.low.0 {
            if bounds.low.0 == 0 { 1.0 } else { (low - a * (1.0 - at_low)) / low }
        } else if amount < bounds.high.0 {
            ((high - a) * at_low + (a - low) * at_high) / (high - low)
        } else if amount < bounds.capacity {
            (c - a) * at_high / (c - high)
        } else {
            0.0
        }
    }

    fn lacked(self, bounds: Bounds, amount: u64) -> Bounds {
        let amount = amount.min(bounds.capacity);
        let high = (amount, Some(self.now));
        if amount <= bounds.low.0 {
            return Bounds { low: (0, Some(self.now)), high, ..bounds };
        }
        let updated = Bounds { high, ..bounds };
        let better = || self.probability(updated, bounds.high.0) < self.probability(bounds, bounds.high.0);
        if amount < bounds.high.0 || better() { updated } else { bounds }
    }

    fn settled(self, bounds: Bounds, amount: u64) -> Bounds {
        let low = (bounds.low.0.saturating_sub(amount), bounds.low.1);
        if bounds.channels != 1 {
            return Bounds { low, ..bounds };
        }
        let high = bounds.high.0.saturating_sub(amount);
        let moved = Bounds { low, high: (high, bounds.high.1), ..bounds };
        let anew = Bounds { high: (bounds.capacity.saturating_sub(amount), Some(self.now)), ..moved };
        if self.probability(moved, high) < self.probability(anew, high) { moved } else { anew }
    }
}

impl Bounds {
    /// The same seen from the other node.
    const fn reversed(self) -> Self {
        let low = (self.capacity - self.high.0, self.high.1);
        Self { low, high: (self.capacity - self.low.0, self.low.1), ..self }
    }
}

impl Estimate for Eclair {
    fn ln_probability(&self, channel: ChannelId, direction: Direction, amount: Msat) -> f64 {
        let bounds = self.bounds.get(&self.base.pair(channel, direction));
        let p = bounds.map_or(0.0, |&bounds| self.view().probability(bounds, amount.0));
        libm::log(p.clamp(0.0, 1.0))
    }

    fn learn(&mut self, observation: &Observation) -> Result<(), LearnError> {
        self.base.learn(observation)?;
        if let Observation::Passed { time } = observation {
            self.now = self.now.saturating_add(*time);
        }
        let view = self.view();
        for (hop, what) in heard(observation) {
            let (pair, amount) = (self.base.pair(hop.channel, hop.direction), hop.amount.0);
            let change = |bounds: Bounds, forward: bool| match (what, forward) {
                (Heard::Lacked, true) => view.lacked(bounds, amount),
                (Heard::Able, true) => {
                    let rest = bounds.capacity.saturating_sub(amount);
                    view.lacked(bounds.reversed(), rest).reversed()
                }
                (Heard::Settled, true) => view.settled(bounds, amount),
                (Heard::Settled, false) => view.settled(bounds.reversed(), amount).reversed(),
                _ => bounds,
            };
            for (pair, forward) in [(pair, true), ((pair.1, pair.0), false)] {
                if let Some(bounds) = self.bounds.get_mut(&pair) {
                    *bounds = change(*bounds, forward);
                }
            }
        }
        Ok(())
    }
}
