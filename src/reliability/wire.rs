//! One channel as the engine sees it: an interval of balances, and what passes at each of them.

use super::network::UncertainChannel;
use crate::law::{Interval, Law, ln_ratio};
use crate::num::float;
use crate::random::Random;

/// What a balance must be for a direction to carry an amount: at least, or at most so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) channel: u32,
    /// From party a to party b: a balance of at least `edge`; else of at most `edge`.
    pub(super) forward: bool,
    pub(super) edge: u64,
}

impl Need {
    /// Whether a balance meets the need.
    pub(super) const fn is_met(self, balance: u64) -> bool {
        if self.forward { balance >= self.edge } else { balance <= self.edge }
    }

    /// The parts of an interval in which the need is met, and in which it is not.
    pub(super) fn split(self, of: Interval) -> [Option<Interval>; 2] {
        let (lo, hi) = (of.lo(), of.hi());
        let below = |edge: u64| edge.checked_sub(1).and_then(|most| Interval::new(lo, hi.min(most)));
        let from = |edge: u64| Interval::new(lo.max(edge), hi);
        if self.forward {
            [from(self.edge), below(self.edge)]
        } else {
            [Interval::new(lo, hi.min(self.edge)), self.edge.checked_add(1).and_then(from)]
        }
    }
}

/// A channel. At balance x of party a, `max(0, x - floor)` passes forward and `max(0, ceiling - x)` backward.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'l> {
    pub(super) within: Interval,
    floor: u64,
    ceiling: u64,
    capacity: u64,
    law: Option<&'l dyn Law>,
}

impl<'l> Wire<'l> {
    pub(super) fn new(channel: &UncertainChannel<'l>) -> Self {
        let [floor, kept] = channel.tied;
        let ceiling = channel.capacity.saturating_sub(kept);
        Self { within: channel.within, floor, ceiling, capacity: channel.capacity, law: channel.law }
    }

    /// What passes in a direction at a balance.
    #[inline]
    pub(super) fn passes(&self, forward: bool, balance: u64) -> u64 {
        if forward { balance.saturating_sub(self.floor) } else { self.ceiling.saturating_sub(balance) }
    }

    /// The least and the most that passes in a direction.
    pub(super) fn range(&self, forward: bool, within: Interval) -> [u64; 2] {
        let ends = if forward { [within.lo(), within.hi()] } else { [within.hi(), within.lo()] };
        ends.map(|balance| self.passes(forward, balance))
    }

    /// The need of an amount above 0 that passes in a direction.
    pub(super) fn need(&self, channel: u32, forward: bool, amount: u64) -> Need {
        let edge =
            if forward { self.floor.saturating_add(amount) } else { self.ceiling.saturating_sub(amount) };
        Need { channel, forward, edge }
    }

    /// The balances of an interval at which an amount in `from..=to` passes in a direction.
    pub(super) fn between(
        &self,
        forward: bool,
        (from, to): (u64, u64),
        within: Interval,
    ) -> Option<Interval> {
        let most = self.range(forward, within)[1];
        if from > most {
            return None;
        }
        // Channels do not matter to needs.
        let reached = |amount: u64| self.need(0, forward, amount);
        let enough = if from == 0 { Some(within) } else { reached(from).split(within)[0] };
        if to >= most { enough } else { reached(to + 1).split(enough?)[1] }
    }

    /// Whether every balance of an interval passes an amount of its own.
    const fn is_lossless(&self, forward: bool, within: Interval) -> bool {
        if forward { within.lo() >= self.floor } else { within.hi() <= self.ceiling }
    }

    /// Whether what passes in a direction is uniform, one amount for each balance.
    pub(super) fn is_uniform(&self, forward: bool, within: Interval) -> bool {
        self.is_lossless(forward, within) && (self.law.is_none() || within.lo() == within.hi())
    }

    /// Whether -ln P(an amount passes in a direction) is convex in the amount.
    pub(super) fn is_convex(&self, forward: bool) -> bool {
        self.is_lossless(forward, self.within) && self.law.is_none_or(Law::is_log_concave)
    }

    /// -ln P(`to` passes in a direction, if `from` does).
    pub(super) fn nats(&self, forward: bool, from: u64, to: u64) -> f64 {
        let [outer, inner] = [from, to].map(|amount| self.between(forward, (amount, u64::MAX), self.within));
        let (Some(outer), Some(inner)) = (outer, inner) else { return f64::INFINITY };
        match self.law {
            None => {
                let rest = (outer.hi() - outer.lo()) - (inner.hi() - inner.lo());
                -ln_ratio(count(inner), float(rest), count(outer))
            }
            Some(law) => -law.ln_share(self.capacity, inner, outer),
        }
    }

    /// The balance at which an amount passes, if so much passes at all and [`Wire::is_uniform`] holds.
    pub(super) fn balance_of(&self, forward: bool, amount: u64) -> u64 {
        if forward { self.floor.saturating_add(amount) } else { self.ceiling.saturating_sub(amount) }
    }

    /// The share of the mass of `outer` that lies in `inner`.
    pub(super) fn share(&self, inner: Option<Interval>, outer: Interval) -> f64 {
        match (inner.and_then(|inner| inner.intersection(outer)), self.law) {
            (None, _) => 0.0,
            (Some(inner), None) => count(inner) / count(outer),
            (Some(inner), Some(law)) => libm::exp(law.ln_share(self.capacity, inner, outer)),
        }
    }

    /// Draws a balance.
    #[inline]
    pub(super) fn draw(&self, within: Interval, channel: u64, random: Random) -> u64 {
        match self.law {
            // Capacities are below 2^62.
            None => within.lo() + random.below(channel, within.hi() - within.lo() + 1),
            Some(law) => law.draw(self.capacity, within, [channel, !channel].map(|i| random.unit(i))),
        }
    }
}

/// The number of balances; capacities are below 2^62.
fn count(interval: Interval) -> f64 {
    float(interval.hi() - interval.lo() + 1)
}
