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

/// A cut, or the part of a cut whose law is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cut {
    /// The channels that count.
    pub(super) sum: Vec<Crossing>,
    /// Those that are taken to let pass the most they can, because another cut counts them.
    pub(super) loose: Vec<Crossing>,
}

impl Cut {
    /// All channels of a cut.
    pub(super) const fn whole(sum: Vec<Crossing>) -> Self {
        Self { sum, loose: Vec::new() }
    }

    /// A cut without the channels that another one counts.
    pub(super) fn apart_from(cut: Vec<Crossing>, other: &[Crossing]) -> Self {
        let mut channels: Vec<u32> = other.iter().map(|crossing| crossing.channel).collect();
        channels.sort_unstable();
        let (loose, sum) =
            cut.into_iter().partition(|crossing| channels.binary_search(&crossing.channel).is_ok());
        Self { sum, loose }
    }

    pub(super) fn has(&self, channel: u32) -> bool {
        self.sum.iter().chain(&self.loose).any(|crossing| crossing.channel == channel)
    }
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
    pub(super) fn new(cut: &Cut, wires: &[Wire<'_>], now: &[Interval], amount: u64) -> Self {
        let most = |crossing: &Crossing| {
            let channel = crossing.channel as usize;
            wires[channel].range(crossing.forward, now[channel])[1]
        };
        // Sums are below 2^63.
        let loose: u64 = cut.loose.iter().map(most).sum();
        let mut need = amount.saturating_sub(loose);
        let (mut uniform, mut other) = (Vec::new(), Vec::new());
        for &crossing in &cut.sum {
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
            let tails = if need == 0 { Tails::SURE } else { Tails::NEVER };
            return Self { exact: cut.loose.is_empty() || need > 0, ..Self::settled(tails) };
        }
        other.sort_by_key(|&(width, free)| (core::cmp::Reverse(width), free.crossing));
        if let (true, Some(&(width, free))) = (uniform.is_empty(), other.first()) {
            let exact = other.len() == 1 && cut.loose.is_empty();
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
        let exact = other.is_empty() && cut.loose.is_empty() && channels == uniform.len();
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

    /// Whether the event whose probability is `at_least` holds in a state.
    pub(super) fn holds(&self, wires: &[Wire<'_>], balance: impl Fn(usize) -> u64) -> bool {
        match self.how {
            How::Nothing => self.tails.at_least > 0.0,
            How::Uniform(how) => {
                let lack = |&Free { crossing, most }: &Free| {
                    let channel = crossing.channel as usize;
                    most - wires[channel].passes(crossing.forward, balance(channel))
                };
                self.free.iter().map(lack).sum::<u64>() <= how.slack()
            }
            How::Single(need) => need.is_met(balance(need.channel as usize)),
        }
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
