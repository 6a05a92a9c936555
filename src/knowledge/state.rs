//! What is stored of one channel.

use alloc::vec::Vec;
use core::time::Duration;

use super::admit::loads;
use super::{Decay, Hop, Knowledge};
use crate::amount::Msat;
use crate::id::ChannelId;
use crate::law::Interval;
use crate::liquidity::{Balance, Channel, Direction};

use super::entangled::Side;

/// What observations do not change.
#[derive(Clone, Debug)]
pub(super) struct Fixed {
    pub(super) capacity: u64,
    reserve: [u64; 2],
    /// Index of the law.
    pub(super) law: usize,
}

impl Fixed {
    pub(super) fn of(channel: &Channel) -> Self {
        Self {
            capacity: Msat::from(channel.capacity()).0,
            reserve: Direction::BOTH.map(|direction| channel.kept(direction).0),
            law: 0,
        }
    }
}

/// What observations change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) range: Interval,
    pub(super) in_flight: [u64; 2],
    pub(super) moved: i64,
    /// When the ends of the range and the moved amount were learned.
    pub(super) since: [Duration; 3],
    /// Time does not change what is known.
    pub(super) lasting: bool,
}

impl State {
    pub(super) fn of(channel: &Channel) -> Self {
        let balance = channel.balance_of_a();
        let capacity = Msat::from(channel.capacity()).0;
        let in_flight = Direction::BOTH.map(|direction| channel.promised(direction).0);
        let hard = hard(capacity, in_flight);
        // The builder has seen to it that some balance covers what is in flight.
        let told = Interval::new(balance.lo().0, balance.hi().0).and_then(|range| range.intersection(hard));
        let lasting = matches!(balance, Balance::Known(_));
        Self { range: told.unwrap_or(hard), in_flight, moved: 0, since: [Duration::ZERO; 3], lasting }
    }

    /// The balances that cover what is in flight.
    pub(super) fn hard(&self, capacity: u64) -> Interval {
        hard(capacity, self.in_flight)
    }

    /// The state when more time has passed.
    pub(super) fn aged(&self, capacity: u64, decay: &dyn Decay, now: Duration, time: Duration) -> Self {
        let kept = |distance: u64, since: Duration| {
            decay.kept(distance, capacity, now.saturating_sub(since), time).min(distance)
        };
        let lo = kept(self.range.lo(), self.since[0]);
        let hi = capacity - kept(capacity - self.range.hi(), self.since[1]);
        let moved = i64::try_from(kept(self.moved.unsigned_abs(), self.since[2])).unwrap_or(0);
        let (hard, moved) = (self.hard(capacity), if self.moved < 0 { -moved } else { moved });
        // The law knows no balances beyond what it can have started from.
        let started = shifted(Interval::up_to(capacity), -moved, capacity).unwrap_or(hard);
        let inside = |range: Interval| range.intersection(hard).and_then(|range| range.intersection(started));
        let range = Interval::new(lo, hi).and_then(inside).unwrap_or(self.range);
        Self { range, moved, ..self.clone() }
    }
}

fn hard(capacity: u64, in_flight: [u64; 2]) -> Interval {
    Interval::new(in_flight[0], capacity.saturating_sub(in_flight[1])).unwrap_or(Interval::up_to(capacity))
}

/// A range of balances moved by an amount, as far as it stays in the capacity.
pub(super) fn shifted(range: Interval, by: i64, capacity: u64) -> Option<Interval> {
    let moved = |balance: u64| i128::from(balance) + i128::from(by);
    let lo = u64::try_from(moved(range.lo()).max(0)).ok()?;
    let hi = u64::try_from(moved(range.hi()).min(capacity.into())).ok()?;
    Interval::new(lo, hi)
}

impl Knowledge {
    /// What a direction needs to carry one more amount; nothing is always carried.
    pub(super) fn side(&self, channel: ChannelId, direction: Direction, amount: u64) -> Side {
        let (state, fixed, i) =
            (&self.states[channel.index()], &self.fixed[channel.index()], direction.index());
        let tied = state.in_flight[i].saturating_add(fixed.reserve[i]);
        Side { channel, direction, needed: if amount == 0 { 0 } else { tied.saturating_add(amount) } }
    }

    /// What hops need, all at once.
    pub(super) fn sides(&self, hops: &[Hop]) -> Vec<Side> {
        let sides = loads(hops).into_iter();
        sides.map(|((channel, d), amount)| self.side(channel, Direction::BOTH[d], amount)).collect()
    }
}
