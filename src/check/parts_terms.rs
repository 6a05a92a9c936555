//! What one direction of a channel costs in a payment in parts.

use alloc::vec::Vec;

use super::PartsRules;
use crate::id::id_at;
use crate::law::{Interval, Law, ln_ratio};
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;

/// A commitment transaction has at most so many HTLCs of each direction (BOLT 2, `max_accepted_htlcs`).
const SLOTS: u32 = 483;

/// Tangent points are exact to this many bits; slopes of lines there to twice as many.
const PRECISE: u32 = 20;

/// The direction of an index; directions are counted channel by channel.
pub(crate) const fn direction_at(index: usize) -> Direction {
    Direction::BOTH[index % 2]
}

/// The index of a direction.
pub(crate) const fn direction_index(channel: usize, direction: Direction) -> usize {
    channel * 2 + direction.index()
}

/// The law of a direction that is not uniform.
#[derive(Clone, Copy, Debug)]
struct Lawful<'a> {
    law: &'a dyn Law,
    capacity: u64,
    /// Balances of party a that are possible.
    within: Interval,
    /// What the sender of the direction owns and cannot send.
    tied: u64,
    reverse: bool,
}

/// Liquidity, fees and limits of one direction, in millisatoshi.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) certain: u64,
    /// Zero if the direction is of no use.
    pub(crate) possible: u64,
    pub(crate) ppm: u32,
    pub(crate) base: u64,
    pub(crate) htlc_min: u64,
    pub(crate) htlc_max: u64,
    /// Nats of risk once it is used.
    pub(crate) activation: f64,
    /// Nats that are no risk once it is used.
    pub(crate) bias: f64,
    /// The largest number of parts.
    pub(crate) slots: u32,
    /// The most that flows, whatever is possible.
    pub(crate) most: u64,
    lawful: Option<Lawful<'a>>,
}

impl<'a> Terms<'a> {
    pub(crate) fn of(graph: &ChannelGraph, index: usize, rules: Option<&'a PartsRules<'a>>) -> Self {
        let direction = direction_at(index);
        let channel = graph.channel(id_at(index / 2));
        let known = rules.and_then(|rules| rules.knowledge).filter(|known| index / 2 < known.channel_count());
        let id = id_at(index / 2);
        let liquidity =
            known.map_or_else(|| channel.liquidity(direction), |known| known.liquidity(id, direction));
        let (certain, possible) = (liquidity.certain.0, liquidity.possible.0);
        let own = rules.map(|rules| rules.of(index));
        let available = own.and_then(|own| own.activation).or(rules.map(|rules| rules.activation));
        let mut terms = Self {
            certain,
            possible,
            ppm: 0,
            base: 0,
            htlc_min: 0,
            htlc_max: u64::MAX,
            activation: available.unwrap_or(0.0),
            bias: own.map_or(0.0, |own| own.bias),
            slots: own.map_or(u32::MAX, |own| own.max_htlcs),
            most: u64::MAX,
            lawful: None,
        };
        let mut usable = own.is_none_or(|own| !own.excluded);
        if let Some(policy) = channel.terms(direction) {
            usable &= policy.enabled;
            (terms.ppm, terms.base) = (policy.ppm, policy.base_fee.0);
            if rules.is_none_or(|rules| rules.htlc_limits) {
                (terms.htlc_min, terms.htlc_max) = (policy.htlc_min.0, policy.htlc_max.0);
                terms.slots = terms.slots.min(SLOTS);
                usable &= terms.htlc_min <= terms.htlc_max && terms.htlc_min <= possible;
            }
        }
        if terms.slots < u32::MAX {
            terms.slots = terms.slots.saturating_sub(own.map_or(0, |own| own.taken));
        }
        usable &= terms.slots > 0;
        if !usable {
            (terms.certain, terms.possible) = (0, 0);
        }
        if rules.is_some_and(|rules| rules.riskless) {
            (terms.certain, terms.activation, terms.bias) = (terms.possible, 0.0, 0.0);
        }
        if let Some(law) = rules.and_then(|rules| rules.law).filter(|_| terms.possible > terms.certain) {
            let promised = known.map_or(channel.promised(direction), |known| known.in_flight(id, direction));
            let tied = promised.0.saturating_add(channel.kept(direction).0);
            let balance = known.map_or(channel.balance_of_a(), |known| known.balance(id));
            let capacity = channel.capacity().0.saturating_mul(1000);
            let reverse = direction == Direction::BToA;
            let (lo, hi) = match reverse {
                false => (balance.lo().0.max(tied), balance.hi().0),
                true => (balance.lo().0, balance.hi().0.min(capacity.saturating_sub(tied))),
            };
            let whole = Interval::new(lo, hi);
            terms.lawful = whole.map(|within| Lawful { law, capacity, within, tied, reverse });
        }
        terms
    }

    /// The same with a law that lives elsewhere.
    pub(crate) fn under<'b>(self, law: Option<&'b dyn Law>) -> Terms<'b> {
        let Terms { certain, possible, ppm, base, htlc_min, htlc_max, activation, bias, slots, most, lawful } =
            self;
        let lawful = lawful.zip(law).map(|(lawful, law)| {
            let Lawful { capacity, within, tied, reverse, .. } = lawful;
            Lawful { law, capacity, within, tied, reverse }
        });
        Terms { certain, possible, ppm, base, htlc_min, htlc_max, activation, bias, slots, most, lawful }
    }

    /// Those of all directions.
    pub(crate) fn all(graph: &ChannelGraph, rules: Option<&'a PartsRules<'a>>) -> Vec<Self> {
        (0..graph.channel_count() * 2).map(|index| Self::of(graph, index, rules)).collect()
    }

    /// Nats once it is used.
    pub(crate) fn charge(&self) -> f64 {
        self.activation + self.bias
    }

    /// The most that its HTLCs can carry together.
    pub(crate) fn room(&self) -> u64 {
        self.possible.min(self.htlc_max.saturating_mul(self.slots.into())).min(self.most)
    }

    /// What it charges for passing on an amount, rounded up.
    pub(crate) fn fee(&self, amount: u64) -> u128 {
        (u128::from(amount) * u128::from(self.ppm)).div_ceil(1_000_000) + u128::from(self.base)
    }

    /// If no more flows than that.
    pub(crate) const fn at_most(self, most: f64) -> Self {
        Self { most: floor(most), ..self }
    }

    /// -ln P(liquidity >= flow) for a flow in 0..=possible, without the activation.
    pub(crate) fn risk(&self, flow: u64) -> f64 {
        if flow <= self.certain {
            return 0.0;
        }
        if let Some(Lawful { law, capacity, within, tied, reverse }) = self.lawful {
            let owned = flow.saturating_add(tied);
            let ln = match reverse {
                false => law.ln_survival(capacity, within, owned),
                true if owned > capacity => f64::NEG_INFINITY,
                true => law.ln_at_most(capacity, within, capacity - owned),
            };
            return (-ln).max(0.0);
        }
        let cells = float((self.possible + 1).saturating_sub(self.certain));
        let step = float(flow - self.certain);
        -ln_ratio(float((self.possible + 1).saturating_sub(flow)), step, cells)
    }

    /// Whether the law may not be convex.
    pub(crate) fn is_convex(&self) -> bool {
        self.lawful.is_none_or(|lawful| lawful.law.is_log_concave())
    }

    /// Directions with the same key have the same risk, if they have one.
    pub(crate) fn law_key(&self) -> Option<[u64; 6]> {
        let Lawful { capacity, within, tied, reverse, .. } = self.lawful?;
        Some([capacity, within.lo(), within.hi(), tied, reverse.into(), self.possible])
    }

    pub(crate) const fn is_uniform(&self) -> bool {
        self.lawful.is_none()
    }

    /// The slope of the risk from a flow on, in nats per millisatoshi: a secant over a small step for a law.
    pub(crate) fn slope(&self, flow: u64) -> f64 {
        if self.lawful.is_none() {
            let rest = float((self.possible + 1).saturating_sub(flow)).max(1.0);
            return if flow < self.certain { 0.0 } else { 1.0 / rest };
        }
        let flow = flow.min(self.possible.saturating_sub(1));
        let step = ((self.possible - self.certain) >> 20).clamp(1, self.possible - flow);
        ((self.risk(flow + step) - self.risk(flow)) / float(step)).max(0.0)
    }

    /// The flow with the least slope, beyond which the slope rises: zero or the certain amount for a convex law. Laws
    /// whose slope falls and then rises are foreseen.
    pub(crate) fn inflection(&self) -> u64 {
        if self.is_convex() {
            return self.certain;
        }
        let (mut lo, mut hi) = (self.certain, self.possible);
        while hi - lo > 2 {
            let third = (hi - lo) / 3;
            if self.slope(lo + third) > self.slope(hi - third) {
                lo += third;
            } else {
                hi -= third;
            }
        }
        lo
    }

    /// The flow above `from` at which the slope exceeds a price; the slope rises from there on.
    fn reaching(&self, price: f64, from: u64) -> u64 {
        let (mut lo, mut hi) = (from, self.possible);
        while lo < hi {
            let middle = lo + (hi - lo) / 2;
            if self.slope(middle) < price {
                lo = middle + 1;
            } else {
                hi = middle;
            }
        }
        lo
    }

    /// The largest amount of one part, if none is above `largest`.
    pub(crate) fn largest_part(&self, largest: f64) -> f64 {
        largest.min(float(self.htlc_max.min(self.possible))).max(1.0)
    }

    /// The least slope of a line from the origin that meets risk plus a fixed charge, and where it meets it, not above
    /// `most`: up to there the line is their lower convex envelope.
    pub(crate) fn tangent(&self, fixed: f64, most: u64) -> (u64, f64) {
        let most = most.min(self.possible);
        // Past the tangent point the line to a point falls below the slope, and stays there.
        let whole = self.risk(most) + fixed;
        if most > 0 && self.slope(most) * float(most) < whole {
            return (most, whole / float(most));
        }
        let (mut lo, mut hi) = (0, most);
        while hi - lo > hi >> PRECISE {
            let middle = lo + (hi - lo) / 2;
            if self.slope(middle) * float(middle) < self.risk(middle) + fixed {
                lo = middle + 1;
            } else {
                hi = middle;
            }
        }
        let end = if lo == 0 { 0 } else { hi };
        (end, if end == 0 { self.slope(0) } else { (self.risk(end) + fixed) / float(end) })
    }

    /// A lower bound, over all flows in 0..=room, of risk minus price times flow, plus the charge if anything flows, plus
    /// a base fee for every part of at most `part`.
    pub(crate) fn least(&self, price: f64, base: f64, part: f64) -> f64 {
        if price <= 0.0 || self.possible == 0 {
            return 0.0;
        }
        if self.is_flat(price) {
            return 0.0;
        }
        self.least_used(price, base, part).min(0.0)
    }

    /// Whether no flow pays at a price: the common case, decided without a logarithm.
    pub(crate) fn is_flat(&self, price: f64) -> bool {
        self.lawful.is_none() && self.certain == 0 && price * (float(self.possible) + 1.0) <= 1.0
    }

    /// The same if something flows: the least HTLC at least.
    pub(crate) fn least_used(&self, price: f64, base: f64, part: f64) -> f64 {
        let most = float(self.room());
        let low = float(self.htlc_min).min(most);
        let first = if base > 0.0 { part.clamp(low, most) } else { most };
        let mut least = self.best(price, low, first) + base;
        if first < most {
            least = least.min(self.best(price - base / part, first, most));
        }
        least + self.charge() - 1e-14 * (1.0 + price.abs() * (most + 1.0))
    }

    /// The flow from `low` to `high` with the least of risk minus price times flow, if the risk is convex; nearly so.
    pub(crate) fn cheapest_flow(&self, price: f64, low: u64, high: u64) -> u64 {
        if price <= 0.0 {
            return low;
        }
        let flow = if self.lawful.is_some() {
            self.reaching(price, self.certain)
        } else {
            floor((float(self.possible) + 1.0 - 1.0 / price).max(float(self.certain)))
        };
        flow.clamp(low, high)
    }

    /// A lower bound of risk minus price times flow over flows from `low` to `high`; exact for the uniform law.
    pub(crate) fn best(&self, price: f64, low: f64, high: f64) -> f64 {
        if self.lawful.is_some() {
            let flow = if price > 0.0 { self.reaching(price, self.inflection()) } else { 0 };
            return self.least_under_law(price, low, high, flow);
        }
        let end = float(self.possible) + 1.0;
        let whole = end - float(self.certain);
        let rest = if price > 0.0 { (1.0 / price).min(whole) } else { end };
        let rest = rest.clamp(end - high, end - low).max(1.0);
        let risk = if rest < whole { -libm::log(rest / whole) } else { 0.0 };
        risk - price * (end - rest)
    }
}

/// A number that is not negative as an integer.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
pub(crate) const fn floor(x: f64) -> u64 {
    x as u64
}
