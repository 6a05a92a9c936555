//! From observations to ranges, and back.

use alloc::vec::Vec;
use core::time::Duration;

use super::admit::loads;
use super::entangled::{BUDGET, MOST, NotAll, Side};
use super::state::{State, shifted};
use super::{Contradiction, Hop, Knowledge, LearnError, Learned, Observation};
use crate::amount::Msat;
use crate::id::ChannelId;
use crate::law::Interval;

/// An observation that was learned, and what it has replaced.
#[derive(Clone, Debug)]
pub(super) struct Step {
    observation: Observation,
    /// In the order of the changes; a channel may occur more than once.
    states: Vec<(ChannelId, State)>,
    failures: Option<Vec<NotAll>>,
    now: Duration,
}

impl Knowledge {
    /// Learns one observation.
    ///
    /// O(hops log hops) evaluations of the law; [`Observation::Passed`] visits every channel. The observation and
    /// what it replaced are kept for [`Knowledge::undo`] and [`Knowledge::log`] until [`Knowledge::forget_log`].
    ///
    /// # Errors
    ///
    /// [`LearnError`] if it makes no sense for this graph, with nothing changed. An observation that contradicts what was
    /// known is no error; see [`Learned::contradictions`].
    pub fn learn(&mut self, observation: Observation) -> Result<Learned, LearnError> {
        self.admit(&observation)?;
        let step = Step { observation, states: Vec::new(), failures: None, now: self.now };
        let mut learning = Learning { known: self, step, learned: Learned::default() };
        learning.apply();
        let Learning { step, learned, .. } = learning;
        self.steps.push(step);
        Ok(learned)
    }

    /// Takes back the last observation and returns it; `None` if there is none.
    ///
    /// The state is the one before it, bit for bit.
    pub fn undo(&mut self) -> Option<Observation> {
        let Step { observation, states, failures, now } = self.steps.pop()?;
        for (channel, state) in states.into_iter().rev() {
            self.states[channel.index()] = state;
        }
        if let Some(failures) = failures {
            self.failures = failures;
        }
        self.now = now;
        Some(observation)
    }

    /// The observations that were learned, the earliest first.
    ///
    /// Learned in this order by the same beginning they give the same state.
    pub fn log(&self) -> impl ExactSizeIterator<Item = &Observation> + DoubleEndedIterator {
        self.steps.iter().map(|step| &step.observation)
    }

    /// Frees the memory of the log; what is known stays.
    pub fn forget_log(&mut self) {
        self.steps = Vec::new();
    }

    /// Whether the same is known, whatever the logs say. Laws are not compared.
    #[must_use]
    pub fn same_state(&self, other: &Self) -> bool {
        (&self.states, &self.failures, self.now) == (&other.states, &other.failures, other.now)
    }
}

/// One observation on its way into the state.
struct Learning<'a> {
    known: &'a mut Knowledge,
    step: Step,
    learned: Learned,
}

impl Learning<'_> {
    fn apply(&mut self) {
        match self.step.observation.clone() {
            Observation::Forwarded { hops } => self.forwarded(&hops),
            Observation::Failed { hops, at } => {
                let before = self.known.sides(&hops[..at]);
                // The hop that failed needed its amount on top of what the hops before it hold.
                let failed =
                    self.known.sides(&hops[..=at]).into_iter().find(|side| {
                        (side.channel, side.direction) == (hops[at].channel, hops[at].direction)
                    });
                before.into_iter().for_each(|side| self.able(side));
                if let Some(side) = failed {
                    let none = hops[at].amount == Msat::ZERO;
                    self.claim(side.channel, side.lacking(self.capacity(side.channel)).filter(|_| !none));
                }
            }
            Observation::FailedSomewhere { hops } => self.not_all(self.known.sides(&hops)),
            Observation::Locked { hops } => {
                self.forwarded(&hops);
                self.load(&hops, false, true);
            }
            Observation::Settled { hops } => self.load(&hops, true, false),
            Observation::Released { hops } => self.load(&hops, false, false),
            Observation::Told { channel, balance } => {
                let (capacity, now) = (self.capacity(channel), self.known.now);
                let state = self.touch(channel);
                state.range = balance.intersection(state.hard(capacity)).unwrap_or(state.range);
                (state.moved, state.since) = (0, [now; 3]);
            }
            Observation::Passed { time } => self.pass(time),
        }
        if !self.known.failures.is_empty() {
            self.settle_failures();
        }
    }

    fn capacity(&self, channel: ChannelId) -> u64 {
        self.known.capacity(channel).0
    }

    /// The state of a channel, to be changed; what it was is noted.
    fn touch(&mut self, channel: ChannelId) -> &mut State {
        let state = &mut self.known.states[channel.index()];
        self.step.states.push((channel, state.clone()));
        state
    }

    fn failures(&mut self) -> &mut Vec<NotAll> {
        self.step.failures.get_or_insert_with(|| self.known.failures.clone());
        &mut self.known.failures
    }

    fn forwarded(&mut self, hops: &[Hop]) {
        self.known.sides(hops).into_iter().for_each(|side| self.able(side));
    }

    fn able(&mut self, side: Side) {
        self.claim(side.channel, side.able(self.capacity(side.channel)));
    }

    /// Narrows a range; or, if nothing is left of it, starts anew from the claim.
    fn claim(&mut self, channel: ChannelId, claimed: Option<Interval>) {
        let (capacity, now) = (self.capacity(channel), self.known.now);
        let state = &self.known.states[channel.index()];
        let (known, hard, moved) = (state.range, state.hard(capacity), state.moved);
        let law = self.known.law(channel);
        let possible = |range| {
            shifted(range, moved, capacity)
                .is_some_and(|range| law.ln_mass(capacity, range) > f64::NEG_INFINITY)
        };
        let narrow = claimed.and_then(|claimed| claimed.intersection(known));
        if narrow == Some(known) {
            self.confirm(channel, claimed);
            return;
        }
        if let Some(range) = narrow.filter(|&range| possible(range) || !possible(known)) {
            let state = self.touch(channel);
            state.range = range;
            self.confirm(channel, claimed);
            return;
        }
        self.learned.contradictions.push(Contradiction::Channel { channel, known, claimed });
        self.reset(channel);
        if let Some(range) = claimed.and_then(|claimed| claimed.intersection(hard)) {
            self.touch(channel).range = range;
        }
        self.known.states[channel.index()].since = [now; 3];
    }

    /// Ends of the range that the claim says again are as young as the claim.
    fn confirm(&mut self, channel: ChannelId, claimed: Option<Interval>) {
        let (now, range) = (self.known.now, self.known.range(channel));
        let Some(claimed) = claimed else { return };
        let (low, high) = (claimed.lo() == range.lo(), claimed.hi() == range.hi());
        if low || high {
            let since = &mut self.touch(channel).since;
            since[0] = if low { now } else { since[0] };
            since[1] = if high { now } else { since[1] };
        }
    }

    fn reset(&mut self, channel: ChannelId) {
        let capacity = self.capacity(channel);
        let state = self.touch(channel);
        (state.range, state.moved, state.lasting) = (state.hard(capacity), 0, false);
        if self.known.failures.iter().any(|failure| failure.sides.iter().any(|s| s.channel == channel)) {
            self.failures().retain(|failure| failure.sides.iter().all(|s| s.channel != channel));
        }
    }

    /// Changes what is in flight: more of it, or less because it is settled or released.
    fn load(&mut self, hops: &[Hop], settled: bool, more: bool) {
        for ((channel, direction), amount) in loads(hops) {
            let (capacity, now) = (self.capacity(channel), self.known.now);
            let state = self.touch(channel);
            let in_flight = &mut state.in_flight[direction];
            *in_flight = if more { *in_flight + amount } else { *in_flight - amount };
            if settled {
                state.settle(direction, amount, capacity);
                state.since[2] = now;
                self.settle_sides(channel, direction, amount);
            }
            let state = &mut self.known.states[channel.index()];
            let hard = state.hard(capacity);
            state.range = state.range.intersection(hard).unwrap_or(hard);
        }
    }

    /// What earlier attempts needed of a balance that has become smaller on one side.
    fn settle_sides(&mut self, channel: ChannelId, direction: usize, amount: u64) {
        if self.known.failures.iter().all(|failure| failure.sides.iter().all(|s| s.channel != channel)) {
            return;
        }
        for side in self.failures().iter_mut().flat_map(|failure| &mut failure.sides) {
            if side.channel == channel {
                side.needed = if side.direction.index() == direction {
                    side.needed.saturating_sub(amount)
                } else {
                    side.needed.saturating_add(amount)
                };
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let now = self.known.now;
        self.known.now = now.saturating_add(time);
        let Some(decay) = self.known.decay.clone().filter(|_| !time.is_zero()) else { return };
        for (index, state) in self.known.states.iter_mut().enumerate() {
            let capacity = self.known.fixed[index].capacity;
            if state.lasting || (state.range == state.hard(capacity) && state.moved == 0) {
                continue;
            }
            let aged = state.aged(capacity, &*decay, now, time);
            if aged != *state {
                self.step.states.push((crate::id::id_at(index), core::mem::replace(state, aged)));
            }
        }
        if self.known.failures.is_empty() {
            return;
        }
        let capacities: Vec<u64> = self.known.fixed.iter().map(|fixed| fixed.capacity).collect();
        for failure in self.failures() {
            let age = now.saturating_sub(failure.since);
            for side in &mut failure.sides {
                // "It had less than it needed" is a largest balance, and ages like one.
                let capacity = capacities[side.channel.index()];
                let distance = capacity.saturating_add(1).saturating_sub(side.needed);
                let kept = decay.kept(distance, capacity, age, time).min(distance);
                side.needed = side.needed.saturating_add(distance - kept);
            }
        }
    }

    fn not_all(&mut self, sides: Vec<Side>) {
        let channels = || sides.iter().map(|side| side.channel).collect::<Vec<_>>();
        let sure = |learning: &Self| sides.iter().all(|side| learning.is_able(*side));
        if sure(self) {
            self.learned.contradictions.push(Contradiction::Attempt { channels: channels() });
            channels().into_iter().for_each(|channel| self.reset(channel));
            if sure(self) {
                return;
            }
        }
        let since = self.known.now;
        self.failures().push(NotAll { sides, since });
    }

    fn is_able(&self, side: Side) -> bool {
        let able = side.able(self.capacity(side.channel));
        let range = self.known.range(side.channel);
        able.is_some_and(|able| able.intersection(range) == Some(range))
    }

    fn is_lacking(&self, side: Side) -> bool {
        let lacking = side.lacking(self.capacity(side.channel));
        let range = self.known.range(side.channel);
        lacking.is_some_and(|lacking| lacking.intersection(range) == Some(range))
    }

    /// Drops failures that say nothing any more and turns those that say something of one hop into a range.
    fn settle_failures(&mut self) {
        let mut position = 0;
        while let Some(failure) = self.known.failures.get(position) {
            let open: Vec<Side> = failure.sides.iter().copied().filter(|&side| !self.is_able(side)).collect();
            if open.len() > 1 && !open.iter().any(|&side| self.is_lacking(side)) {
                if open.len() < failure.sides.len() {
                    self.failures()[position].sides = open;
                }
                position += 1;
                continue;
            }
            let explained = open.iter().any(|&side| self.is_lacking(side));
            let failure = self.failures().remove(position);
            if let (false, &[side]) = (explained, &*open) {
                self.claim(side.channel, side.lacking(self.capacity(side.channel)));
                // A narrower range may decide failures that were looked at already.
                position = 0;
            } else if !explained {
                let channels = failure.sides.iter().map(|side| side.channel).collect();
                self.learned.contradictions.push(Contradiction::Attempt { channels });
            }
        }
        self.bound_failures();
    }

    /// Drops the earliest failures until all questions about them are possible and cheap.
    fn bound_failures(&mut self) {
        while self.known.failures.len() > MOST {
            self.failures().remove(0);
            self.learned.dropped += 1;
        }
        let mut seen: Vec<ChannelId> = Vec::new();
        while let Some(next) =
            self.known.failures.iter().find(|failure| seen.binary_search(&failure.sides[0].channel).is_err())
        {
            let together = self.known.entangled(next.sides.iter().map(|side| side.channel));
            let odds = self.known.ln_avoids(&together, &[], BUDGET);
            if odds.is_some_and(|ln| ln > f64::NEG_INFINITY) {
                seen.extend(together.iter().flat_map(|failure| &failure.sides).map(|side| side.channel));
                seen.sort_unstable();
                continue;
            }
            let earliest = together[0].clone();
            if odds.is_some() {
                let channels = earliest.sides.iter().map(|side| side.channel).collect();
                self.learned.contradictions.push(Contradiction::Attempt { channels });
            } else {
                self.learned.dropped += 1;
            }
            self.failures().retain(|failure| *failure != earliest);
        }
    }
}

impl State {
    /// Both ends follow what has changed hands.
    fn settle(&mut self, direction: usize, amount: u64, capacity: u64) {
        let signed = i64::try_from(amount).unwrap_or(0);
        let by = if direction == 0 { -signed } else { signed };
        self.range = shifted(self.range, by, capacity).unwrap_or(self.range);
        self.moved = self.moved.saturating_sub(by);
    }
}
