//! Failures at an unknown hop: "not all of these hops were able to forward".
//!
//! # Problem
//!
//! An attempt over hops 1..k failed and nobody says where. The states in which every hop is able form a box; they are
//! excluded. Nothing is excluded for one hop alone, so the balances become dependent. Wanted is the probability that a
//! box of states avoids a list of such boxes.
//!
//! # Method
//!
//! One excluded box after another is split by its first hop that lacks liquidity:
//!
//! ```text
//!   hop 1 lacks | hop 1 is able, hop 2 lacks | ... | all are able (excluded)
//! ```
//!
//! These parts are boxes and disjoint, so their probabilities add up and nothing cancels. The probability of the
//! excluded part is summed alongside, since "excluded with 1e-12" is lost in 1 minus something. Hops that no later box
//! mentions come first: whatever they do, the rest is the same and is computed once. The work is at most the
//! product of the numbers of shared hops; [`BUDGET`] bounds it when a failure is learned, and a question
//! about a smaller box takes no more steps than that, but for underflow.
//!
//! Dropped: inclusion and exclusion over the boxes. It needs 2^k terms at most, but they cancel.

use alloc::vec::Vec;
use core::time::Duration;

use super::Knowledge;
use crate::id::ChannelId;
use crate::law::Interval;
use crate::liquidity::Direction;

/// The largest number of steps for the probability of all failures that hang together.
pub(super) const BUDGET: u32 = 20_000;

/// The largest number of failures that are kept.
pub(super) const MOST: usize = 64;

/// A hop and the balance of its sending side that it needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) channel: ChannelId,
    pub(super) direction: Direction,
    pub(super) needed: u64,
}

impl Side {
    /// Party a's balances with which the hop is able.
    pub(super) fn able(self, capacity: u64) -> Option<Interval> {
        let rest = capacity.checked_sub(self.needed)?;
        match self.direction {
            Direction::AToB => Interval::new(self.needed, capacity),
            Direction::BToA => Interval::new(0, rest),
        }
    }

    /// Party a's balances with which it lacks liquidity.
    pub(super) fn lacking(self, capacity: u64) -> Option<Interval> {
        let most = self.needed.checked_sub(1)?;
        match self.direction {
            Direction::AToB => Interval::new(0, most.min(capacity)),
            Direction::BToA => Interval::new(capacity.saturating_sub(most), capacity),
        }
    }
}

/// A failure at one of several hops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotAll {
    pub(super) sides: Vec<Side>,
    pub(super) since: Duration,
}

/// Probabilities of a box to avoid what is excluded, and not to; both to full relative accuracy.
#[derive(Clone, Copy, Debug)]
struct Odds {
    avoids: f64,
    hits: f64,
}

impl Odds {
    fn ln_avoids(self) -> f64 {
        if self.hits <= 0.5 { libm::log1p(-self.hits) } else { libm::log(self.avoids) }
    }
}

/// Ranges of the channels in question, by id.
type Ranges = Vec<(ChannelId, Interval)>;

struct Count<'a> {
    knowledge: &'a Knowledge,
    /// With the sides in the order in which they are split.
    failures: Vec<Vec<Side>>,
    ranges: Ranges,
    budget: u32,
}

impl Count<'_> {
    fn place(&self, channel: ChannelId) -> Option<usize> {
        self.ranges.binary_search_by_key(&channel, |&(id, _)| id).ok()
    }

    /// The odds of the present ranges with respect to the failures from a position on.
    fn odds(&mut self, position: usize) -> Option<Odds> {
        let Some(sides) = self.failures.get(position).cloned() else {
            return Some(Odds { avoids: 1.0, hits: 0.0 });
        };
        let (mut sum, mut weight) = (Odds { avoids: 0.0, hits: 0.0 }, 1.0);
        let (mut changed, mut rest) = (Vec::new(), None);
        for side in sides {
            self.budget = self.budget.checked_sub(1)?;
            let Some(place) = self.place(side.channel) else { continue };
            let range = self.ranges[place].1;
            let capacity = self.knowledge.capacity(side.channel).0;
            let inside = |part: Option<Interval>| part.and_then(|part| part.intersection(range));
            let (able, lacking) = (inside(side.able(capacity)), inside(side.lacking(capacity)));
            let share = |part: Option<Interval>| {
                part.map_or(0.0, |part| libm::exp(self.knowledge.ln_share(side.channel, part, range)))
            };
            let (p_able, p_lacking) = (share(able), share(lacking));
            let shared = self.failures[position + 1..].iter().flatten().any(|s| s.channel == side.channel);
            if let Some(lacking) = lacking.filter(|_| p_lacking > 0.0) {
                let odds = match rest.filter(|_| !shared) {
                    Some(odds) => odds,
                    None => {
                        self.ranges[place].1 = lacking;
                        self.odds(position + 1)?
                    }
                };
                sum.avoids += weight * p_lacking * odds.avoids;
                sum.hits += weight * p_lacking * odds.hits;
                rest = (!shared).then_some(odds);
            }
            weight *= p_able;
            self.ranges[place].1 = range;
            let Some(able) = able.filter(|_| weight > 0.0) else {
                weight = 0.0;
                break;
            };
            changed.push((place, range));
            self.ranges[place].1 = able;
            if shared {
                rest = None;
            }
        }
        for (place, range) in changed.into_iter().rev() {
            self.ranges[place].1 = range;
        }
        sum.hits += weight;
        Some(sum)
    }
}

impl Knowledge {
    /// The failures that hang together with some channels, directly or through others.
    pub(super) fn entangled(&self, channels: impl IntoIterator<Item = ChannelId>) -> Vec<&NotAll> {
        let mut reached: Vec<ChannelId> = channels.into_iter().collect();
        reached.sort_unstable();
        let mut taken = alloc::vec![false; self.failures.len()];
        loop {
            let mut more = false;
            for (failure, taken) in self.failures.iter().zip(&mut taken) {
                let touches = |side: &Side| reached.binary_search(&side.channel).is_ok();
                if !*taken && failure.sides.iter().any(touches) {
                    (*taken, more) = (true, true);
                    reached.extend(failure.sides.iter().map(|side| side.channel));
                    reached.sort_unstable();
                    reached.dedup();
                }
            }
            if !more {
                let kept = self.failures.iter().zip(taken);
                return kept.filter_map(|(failure, taken)| taken.then_some(failure)).collect();
            }
        }
    }

    /// ln of the probability that balances in some boxes (of the ranges known) avoid failures; `None` if
    /// the budget is used up.
    pub(super) fn ln_avoids(
        &self,
        failures: &[&NotAll],
        boxes: &[(ChannelId, Interval)],
        budget: u32,
    ) -> Option<f64> {
        let mut ranges: Ranges = failures
            .iter()
            .flat_map(|failure| &failure.sides)
            .map(|side| (side.channel, self.range(side.channel)))
            .collect();
        ranges.sort_unstable_by_key(|&(channel, _)| channel);
        ranges.dedup_by_key(|&mut (channel, _)| channel);
        for (channel, range) in &mut ranges {
            for &(_, part) in boxes.iter().filter(|(id, _)| id == channel) {
                *range = range.intersection(part).unwrap_or(*range);
            }
        }
        let mut ordered: Vec<Vec<Side>> = Vec::with_capacity(failures.len());
        for (i, failure) in failures.iter().enumerate() {
            let later = |side: &Side| {
                failures[i + 1..].iter().any(|f| f.sides.iter().any(|s| s.channel == side.channel))
            };
            let (shared, own): (Vec<Side>, Vec<Side>) = failure.sides.iter().partition(|side| later(side));
            ordered.push(own.into_iter().chain(shared).collect());
        }
        let mut count = Count { knowledge: self, failures: ordered, ranges, budget };
        count.odds(0).map(Odds::ln_avoids)
    }
}
