//! Cuts: what may cross them, how likely it is enough, and balances drawn on condition that it is.
//!
//! A cut passes a iff the sum of what its channels let pass is at least a. If they are few and uniform the law of
//! the sum is known exactly. Otherwise the channels that are too many, or not uniform, count as if they let pass the
//! most that they can: the event "enough even so" is still implied by feasibility, and its probability and a draw on
//! it are still exact. So bounds stay proven and estimates unbiased, only the condition is weaker.

use alloc::vec::Vec;

use super::wire::{Need, Wire};
use crate::law::Interval;
use crate::law::conditional::Conditional;
use crate::law::star::{Tails, tails};
use crate::random::Random;

/// Channels whose sum is treated exactly; the cost of a law is up to 2 to this power.
const EXACT: usize = 11;

/// A channel in the direction in which it crosses a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Crossing {
    pub(super) channel: u32,
    pub(super) forward: bool,
}

/// The balance that a drawn channel has: what it lacks to the most that it lets pass is drawn.
#[derive(Clone, Copy, Debug)]
struct Free {
    crossing: Crossing,
    most: u64,
}

#[derive(Clone, Debug)]
enum How {
    /// Nothing is to be drawn: the cut passes the amount, or never.
    Nothing,
    Uniform(Conditional),
    /// One channel, by inversion.
    Single(Need),
}

/// The law of a cut on given intervals.
#[derive(Clone, Debug)]
pub(super) struct CutLaw {
    pub(super) tails: Tails,
    /// Whether no channel had to count as its most.
    pub(super) exact: bool,
    free: Vec<Free>,
    widths: Vec<u64>,
    how: How,
}

impl CutLaw {
    /// O(2^k) for k channels, at most [`EXACT`] of them counted.
    pub(super) fn new(cut: &[Crossing], wires: &[Wire<'_>], now: &[Interval], amount: u64) -> Self {
        let mut need = amount;
        let (mut uniform, mut other) = (Vec::new(), Vec::new());
        for &crossing in cut {
            let (wire, within) = (&wires[crossing.channel as usize], now[crossing.channel as usize]);
            let [least, most] = wire.range(crossing.forward, within);
            need = need.saturating_sub(least);
            let entry = (most - least, Free { crossing, most });
            match most - least {
                0 => {}
                _ if wire.is_uniform(crossing.forward, within) => uniform.push(entry),
                _ => other.push(entry),
            }
        }
        let all: u64 = uniform.iter().chain(&other).map(|(width, _)| width).sum();
        if need == 0 || need > all {
            return Self { exact: true, ..Self::settled(if need == 0 { Tails::SURE } else { Tails::NEVER }) };
        }
        other.sort_by_key(|&(width, free)| (core::cmp::Reverse(width), free.crossing));
        if let (true, Some(&(width, free))) = (uniform.is_empty(), other.first()) {
            let exact = other.len() == 1;
            return Self { exact, ..Self::single(wires, now, free, need.saturating_sub(all - width)) };
        }
        let optimistic: u64 = other.iter().map(|(width, _)| width).sum();
        let widest = |&(width, free): &(u64, Free)| (core::cmp::Reverse(width), free.crossing);
        let mut need = need.saturating_sub(optimistic);
        let channels = uniform.len();
        if uniform.len() > EXACT {
            uniform.select_nth_unstable_by_key(EXACT, widest);
            need = need.saturating_sub(uniform.drain(EXACT..).map(|(width, _)| width).sum());
        }
        uniform.sort_by_key(widest);
        let exact = other.is_empty() && channels == uniform.len();
        for count in (0..=uniform.len()).rev() {
            let kept = &uniform[..count];
            if count < uniform.len() {
                need = need.saturating_sub(uniform[count].0);
            }
            let widths: Vec<u64> = kept.iter().map(|(width, _)| *width).collect();
            let Some(tails) = tails(&widths, need) else { continue };
            let exact = exact && count == channels;
            if tails.at_least <= 0.0 || tails.below <= 0.0 {
                return Self { exact, ..Self::settled(tails) };
            }
            let Some(how) = Conditional::new(&widths, need, tails.at_least) else { continue };
            let free = kept.iter().map(|&(_, free)| free).collect();
            return Self { tails, exact, free, widths, how: How::Uniform(how) };
        }
        Self::settled(Tails::SURE)
    }

    fn settled(tails: Tails) -> Self {
        Self { tails, exact: false, free: Vec::new(), widths: Vec::new(), how: How::Nothing }
    }

    /// One channel that passes its least amount and `more`, by its own law.
    fn single(wires: &[Wire<'_>], now: &[Interval], free: Free, more: u64) -> Self {
        let Crossing { channel, forward } = free.crossing;
        let (wire, within) = (&wires[channel as usize], now[channel as usize]);
        let least = wire.range(forward, within)[0];
        if more == 0 {
            return Self::settled(Tails::SURE);
        }
        let need = wire.need(channel, forward, least + more);
        let [met, missed] = need.split(within).map(|part| wire.share(part, within));
        let tails = Tails { at_least: met, below: missed };
        let how = if met > 0.0 { How::Single(need) } else { How::Nothing };
        Self { tails, exact: false, free: Vec::new(), widths: Vec::new(), how }
    }

    /// Draws the channels that count, on condition that the cut passes the amount, and hands them on with the balance
    /// of party a.
    pub(super) fn draw(
        &self,
        wires: &[Wire<'_>],
        now: &[Interval],
        random: Random,
        lacks: &mut Vec<u64>,
        mut set: impl FnMut(usize, u64),
    ) {
        match self.how {
            How::Nothing => {}
            How::Uniform(how) => {
                if how.draw(random, &self.widths, lacks) {
                    for (&Free { crossing, most }, &lack) in self.free.iter().zip(lacks.iter()) {
                        let channel = crossing.channel as usize;
                        set(channel, wires[channel].balance_of(crossing.forward, most - lack));
                    }
                }
            }
            How::Single(need) => {
                let channel = need.channel as usize;
                if let Some(within) = need.split(now[channel])[0] {
                    set(channel, wires[channel].draw(within, need.channel.into(), random));
                }
            }
        }
    }
}

/// The probability that channel-disjoint cuts all pass the amount, and that one of them does not; no subtraction.
pub(super) fn all_pass<'c>(laws: impl Iterator<Item = &'c CutLaw>) -> [f64; 2] {
    laws.fold([1.0, 0.0], |[pass, fail], law| [pass * law.tails.at_least, fail + pass * law.tails.below])
}
