//! Cuts: what may cross them, how likely it is enough, and balances drawn on condition that it is.
//!
//! A cut passes a iff the sum of what its channels let pass is at least a. If they are few and uniform the law of
//! the sum is known exactly. Otherwise either the channels that are too many, or not uniform, count as if they let pass the
//! most that they can, or all amounts are rounded up to a grid, whichever says more: the event "enough even so" is still
//! implied by feasibility, and its probability and a draw on it are still exact. So bounds stay proven and estimates unbiased, only
//! the condition is weaker.

use alloc::vec::Vec;

use super::wire::{Need, Wire};
use crate::law::Interval;
use crate::law::conditional::{Conditional, TRIES};
use crate::law::grid::Grid;
use crate::law::many::Many;
use crate::law::star::{Tails, tails};
use crate::num::float;
use crate::random::Random;

/// Channels whose sum is treated exactly; the cost of a law is up to 2 to this power.
const EXACT: usize = 11;
/// Channels that count on a grid.
const MANY: usize = 40;
/// Cells of a grid for one law, and for each of many.
pub(super) const FINE: u64 = 256;
pub(super) const COARSE: u64 = 64;
/// Uniform channels that count on a finer grid, and how much finer.
const CROWD: usize = 160;
const FINER: u64 = 8;
/// How seldom a draw on a grid may be accepted: a draw from a law is slow.
const SELDOM: f64 = 0.25;

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

/// A channel that counts, and the least and the most that it lets pass.
#[derive(Clone, Copy, Debug)]
struct Free {
    crossing: Crossing,
    within: Interval,
    least: u64,
    most: u64,
}

impl Free {
    const fn width(&self) -> u64 {
        self.most - self.least
    }
}

#[derive(Clone, Debug)]
enum How {
    /// Nothing is to be drawn: the cut passes the amount, or never.
    Nothing,
    Uniform(Conditional),
    /// Many uniform ones, on a fine grid.
    Many(Many),
    /// By rejection: the channels count for enough steps of a grid.
    Steps(Grid),
    /// One channel, by inversion, with its interval.
    Single(Need, Interval),
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
    /// In closed form O(2^k) for k channels, at most [`EXACT`] of them counted. On a grid of so many cells, if not 0 and if the
    /// closed form leaves channels out, O(k cells^2).
    pub(super) fn new(cut: &Cut, wires: &[Wire<'_>], now: &[Interval], amount: u64, cells: u64) -> Self {
        let most = |crossing: &Crossing| {
            let channel = crossing.channel as usize;
            wires[channel].range(crossing.forward, now[channel])[1]
        };
        // Sums are below 2^63.
        let loose: u64 = cut.loose.iter().map(most).sum();
        let mut need = amount.saturating_sub(loose);
        let (mut uniform, mut other): (Vec<Free>, Vec<Free>) = (Vec::new(), Vec::new());
        for &crossing in &cut.sum {
            let (wire, within) = (&wires[crossing.channel as usize], now[crossing.channel as usize]);
            let [least, most] = wire.range(crossing.forward, within);
            need = need.saturating_sub(least);
            let free = Free { crossing, within, least, most };
            match free.width() {
                0 => {}
                _ if wire.is_uniform(crossing.forward, within) => uniform.push(free),
                _ => other.push(free),
            }
        }
        let all = widths(&uniform) + widths(&other);
        if need == 0 || need > all {
            let tails = if need == 0 { Tails::SURE } else { Tails::NEVER };
            return Self { exact: cut.loose.is_empty() || need > 0, ..Self::settled(tails) };
        }
        for list in [&mut uniform, &mut other] {
            list.sort_by_key(|free| (core::cmp::Reverse(free.width()), free.crossing));
        }
        if let (true, &[free]) = (uniform.is_empty(), &other[..]) {
            return Self { exact: cut.loose.is_empty(), ..Self::single(wires, now, free, need) };
        }
        let closed = Self::closed(cut, &uniform, &other, need);
        if cells == 0 || other.is_empty() && (uniform.len() <= EXACT || hardly_fails(&uniform, need)) {
            return closed;
        }
        let steps = if other.is_empty() {
            Self::many(&uniform, (need, cells))
        } else {
            Self::steps(wires, &uniform, &other, (need, cells))
        };
        steps.filter(|steps| steps.tails.at_least < closed.tails.at_least).unwrap_or(closed)
    }

    /// By the closed form: a dozen uniform channels count, the others as their most.
    fn closed(cut: &Cut, uniform: &[Free], other: &[Free], need: u64) -> Self {
        let counted = uniform.len().min(EXACT);
        let mut need = need.saturating_sub(widths(other)).saturating_sub(widths(&uniform[counted..]));
        let exact = other.is_empty() && cut.loose.is_empty() && counted == uniform.len();
        for count in (0..=counted).rev() {
            let kept = &uniform[..count];
            if count < counted {
                need = need.saturating_sub(uniform[count].width());
            }
            let widths: Vec<u64> = kept.iter().map(Free::width).collect();
            let Some(tails) = tails(&widths, need) else { continue };
            let exact = exact && count == counted;
            if tails.at_least <= 0.0 || tails.below <= 0.0 {
                return Self { exact, ..Self::settled(tails) };
            }
            let Some(how) = Conditional::new(&widths, need, tails.at_least) else { continue };
            return Self { tails, exact, free: kept.to_vec(), widths, how: How::Uniform(how) };
        }
        Self::settled(Tails::SURE)
    }

    /// On a fine grid, uniform channels: the widest count, the others as their most.
    fn many(uniform: &[Free], (need, cells): (u64, u64)) -> Option<Self> {
        let (free, rest) = uniform.split_at(uniform.len().min(CROWD));
        let need = need.checked_sub(widths(rest)).filter(|&need| need > 0)?;
        let widths: Vec<u64> = free.iter().map(Free::width).collect();
        let (tails, how) = Many::new(&widths, need, FINER * cells)?;
        Some(Self { tails, exact: false, free: free.to_vec(), widths, how: How::Many(how) })
    }

    /// On a grid: the widest channels of any law count, rounded up, the others as their most.
    fn steps(
        wires: &[Wire<'_>],
        uniform: &[Free],
        other: &[Free],
        (need, cells): (u64, u64),
    ) -> Option<Self> {
        let mut free: Vec<Free> = uniform.iter().chain(other).copied().collect();
        free.sort_by_key(|free| (core::cmp::Reverse(free.width()), free.crossing));
        let counted = free.len().min(MANY);
        let need = need.saturating_sub(widths(&free[counted..]));
        if need == 0 {
            return None;
        }
        free.truncate(counted);
        let grid = Grid::new(need, cells);
        let law = |free: &Free| -> Vec<f64> {
            let Free { crossing: Crossing { channel, forward }, within, least, .. } = *free;
            let wire = &wires[channel as usize];
            let mass = |steps| {
                let (from, to) = grid.amounts(steps);
                let from = if from == 0 { 0 } else { least.saturating_add(from) };
                wire.share(wire.between(forward, (from, least.saturating_add(to)), within), within)
            };
            (0..=grid.cells).map(mass).collect()
        };
        let tails = grid.tails(&free.iter().map(law).collect::<Vec<_>>());
        let usable = tails.at_least >= SELDOM && tails.below > 0.0;
        usable.then(|| Self { tails, exact: false, free, widths: Vec::new(), how: How::Steps(grid) })
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
        let how = if met > 0.0 { How::Single(need, within) } else { How::Nothing };
        Self { tails, exact: false, free: Vec::new(), widths: Vec::new(), how }
    }

    /// Whether the event whose probability is `at_least` holds in a state.
    pub(super) fn holds(&self, wires: &[Wire<'_>], balance: impl Fn(usize) -> u64) -> bool {
        match self.how {
            How::Nothing => self.tails.at_least > 0.0,
            How::Uniform(how) => {
                let lack = |&Free { crossing, most, .. }: &Free| {
                    let channel = crossing.channel as usize;
                    most - wires[channel].passes(crossing.forward, balance(channel))
                };
                self.free.iter().map(lack).sum::<u64>() <= how.slack()
            }
            How::Many(how) => how.holds(self.free.iter().map(|free| {
                let channel = free.crossing.channel as usize;
                let passes = wires[channel].passes(free.crossing.forward, balance(channel));
                (free.width(), free.most - passes)
            })),
            How::Steps(grid) => {
                let passes = |free: &Free| {
                    let channel = free.crossing.channel as usize;
                    let passes = wires[channel].passes(free.crossing.forward, balance(channel));
                    grid.steps(passes.saturating_sub(free.least))
                };
                self.free.iter().map(passes).sum::<u64>() >= grid.cells
            }
            How::Single(need, _) => need.is_met(balance(need.channel as usize)),
        }
    }

    /// Draws the channels that count, on condition that the cut passes the amount, and hands them on with the balance
    /// of party a.
    pub(super) fn draw(
        &self,
        wires: &[Wire<'_>],
        random: Random,
        lacks: &mut Vec<u64>,
        mut set: impl FnMut(usize, u64),
    ) {
        match self.how {
            How::Nothing => {}
            How::Uniform(_) | How::Many(_) => {
                let drawn = match self.how {
                    How::Many(how) => how.draw(random, &self.widths, lacks),
                    How::Uniform(how) => how.draw(random, &self.widths, lacks),
                    _ => false,
                };
                for (&Free { crossing, most, .. }, &lack) in
                    self.free.iter().zip(lacks.iter()).filter(|_| drawn)
                {
                    let channel = crossing.channel as usize;
                    set(channel, wires[channel].balance_of(crossing.forward, most - lack));
                }
            }
            How::Steps(grid) => {
                let accepted = (0..TRIES).any(|i| {
                    let random = random.stream(i);
                    lacks.clear();
                    let mut steps = 0;
                    for &Free { crossing: Crossing { channel, forward }, within, least, .. } in &self.free {
                        let wire = &wires[channel as usize];
                        let balance = wire.draw(within, channel.into(), random);
                        steps += grid.steps(wire.passes(forward, balance).saturating_sub(least));
                        lacks.push(balance);
                    }
                    steps >= grid.cells
                });
                for (free, &balance) in self.free.iter().zip(lacks.iter()).filter(|_| accepted) {
                    set(free.crossing.channel as usize, balance);
                }
            }
            How::Single(need, within) => {
                let channel = need.channel as usize;
                if let Some(within) = need.split(within)[0] {
                    set(channel, wires[channel].draw(within, need.channel.into(), random));
                }
            }
        }
    }
}

/// Whether the sum of many uniform channels lies eight standard deviations above the need, so that nothing is gained.
fn hardly_fails(uniform: &[Free], need: u64) -> bool {
    let (mean, variance) = uniform
        .iter()
        .map(|free| float(free.width()))
        .fold((0.0, 0.0), |(mean, variance), w| (mean + 0.5 * w, variance + w * w / 12.0));
    mean - float(need) > 8.0 * libm::sqrt(variance)
}

/// The sum of what channels may let pass beyond their least.
fn widths(list: &[Free]) -> u64 {
    list.iter().map(Free::width).sum()
}

/// The probability that channel-disjoint cuts all pass the amount, and that one of them does not; no subtraction.
pub(super) fn all_pass<'c>(laws: impl Iterator<Item = &'c CutLaw>) -> [f64; 2] {
    laws.fold([1.0, 0.0], |[pass, fail], law| [pass * law.tails.at_least, fail + pass * law.tails.below])
}
