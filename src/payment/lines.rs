//! Lines: parts that take the same way, and the exchanges between them.
//!
//! For given lines and counts of parts the objective is convex in the amounts, if the risks are. The pair of lines whose
//! exchange gains most, to second order, is solved by a search for the zero of its slope, until no exchange gains.
//! (Sequential minimal optimisation, Platt 1998, with the selection of Fan, Chen and Lin, JMLR 2005.) Where the risk is not
//! convex, moving all of a line is tried too. Amounts are numbers here.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::check::{Terms, floor};
use crate::num::float;

/// A gain of this share of the objective ends a descent.
const GAIN: f64 = 1e-10;
/// Exchanges of a descent, and more for each line.
const EXCHANGES: usize = 200;
/// Steps of one Newton search.
const STEPS: usize = 40;

/// What a line sends through a channel: a multiple of what arrives, and the fees that each part pays later, half a millisatoshi
/// for each that is rounded up among them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) channel: usize,
    pub(super) gain: f64,
    pub(super) base: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Line<'p> {
    pub(super) path: &'p [usize],
    pub(super) uses: Vec<Use>,
    pub(super) amount: f64,
    pub(super) count: f64,
    /// Least and largest amount of one part.
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Line<'_> {
    pub(super) fn room_down(&self) -> f64 {
        (self.amount - self.least * self.count).max(0.0)
    }

    pub(super) fn room_up(&self) -> f64 {
        (self.most * self.count - self.amount).max(0.0)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Model<'a, 'b, 'p> {
    pub(super) terms: &'b [Terms<'a>],
    pub(super) mu: f64,
    /// Directions that lines use, ascending.
    pub(super) channels: Vec<usize>,
    /// What they carry in any case, and with the lines.
    pub(super) beside: Vec<f64>,
    pub(super) flow: Vec<f64>,
    pub(super) slope: Vec<f64>,
    pub(super) lines: Vec<Line<'p>>,
    /// What an exchange changes per unit; zero between uses.
    change: Vec<f64>,
    changed: Vec<usize>,
}

impl<'a, 'b, 'p> Model<'a, 'b, 'p> {
    /// Lines as (amount, number of parts, way), and what else directions carry.
    pub(super) fn new(
        terms: &'b [Terms<'a>],
        mu: f64,
        groups: &[(u64, u64, &'p [usize])],
        beside: &BTreeMap<usize, (u64, u32)>,
    ) -> Self {
        let mut channels: Vec<usize> = groups.iter().flat_map(|group| group.2.iter().copied()).collect();
        channels.sort_unstable();
        channels.dedup();
        let zero = alloc::vec![0.0; channels.len()];
        let lines = groups.iter().map(|&(amount, count, path)| line(terms, &channels, amount, count, path));
        let lines = lines.collect();
        let carried = |index| beside.get(index).map_or(0.0, |&(sum, _)| float(sum));
        let beside = channels.iter().map(carried).collect();
        let (flow, slope, change) = (zero.clone(), zero.clone(), zero);
        let mut model = Self { terms, mu, channels, beside, flow, slope, lines, change, changed: Vec::new() };
        model.tally();
        model
    }

    /// Adds up the flows.
    pub(super) fn tally(&mut self) {
        self.flow.copy_from_slice(&self.beside);
        for line in &self.lines {
            for &Use { channel, gain, base } in &line.uses {
                self.flow[channel] += gain * line.amount + base * line.count;
            }
        }
        for channel in 0..self.channels.len() {
            self.slope[channel] = self.slope_at(channel, self.flow[channel]);
        }
    }

    pub(super) fn slope_at(&self, channel: usize, flow: f64) -> f64 {
        let terms = &self.terms[self.channels[channel]];
        terms.slope(floor(flow).min(terms.possible))
    }

    pub(super) fn risk_at(&self, channel: usize, flow: f64) -> f64 {
        let terms = &self.terms[self.channels[channel]];
        // Half a millisatoshi above is rounding.
        if flow > float(terms.possible) + 0.5 {
            return f64::INFINITY;
        }
        terms.risk(floor(flow).min(terms.possible))
    }

    /// What the change of the slope over a small step says of the curvature.
    fn curvature_at(&self, channel: usize) -> f64 {
        let terms = &self.terms[self.channels[channel]];
        let slope = self.slope[channel];
        if terms.is_uniform() {
            return if floor(self.flow[channel]) < terms.certain { 0.0 } else { slope * slope };
        }
        let step = (float(terms.possible) * 1e-4).max(1.0);
        ((self.slope_at(channel, self.flow[channel] + step) - slope) / step).max(0.0)
    }

    pub(super) fn value(&self) -> f64 {
        let mut value = 0.0;
        for line in self.lines.iter().filter(|line| line.count > 0.0) {
            if let Some(first) = line.uses.first() {
                let fee = (first.gain - 1.0) * line.amount + first.base * line.count;
                value += self.mu * fee;
            }
        }
        for channel in (0..self.channels.len()).filter(|&channel| self.flow[channel] > 0.0) {
            let charge = self.terms[self.channels[channel]].charge();
            value += self.risk_at(channel, self.flow[channel]) + charge;
        }
        value
    }

    pub(super) fn marginal(&self, line: usize) -> f64 {
        let uses = &self.lines[line].uses;
        let fee = uses.first().map_or(0.0, |first| self.mu * (first.gain - 1.0));
        uses.iter().fold(fee, |sum, one| sum + one.gain * self.slope[one.channel])
    }

    /// Notes what an exchange changes; `forget` follows.
    fn note(&mut self, from: usize, to: usize) {
        for (line, sign) in [(from, -1.0), (to, 1.0)] {
            for &Use { channel, gain, .. } in &self.lines[line].uses {
                if self.change[channel] == 0.0 {
                    self.changed.push(channel);
                }
                self.change[channel] += sign * gain;
            }
        }
    }

    fn forget(&mut self) {
        for channel in self.changed.drain(..) {
            self.change[channel] = 0.0;
        }
    }

    /// The curvature along an exchange.
    fn curvature(&mut self, from: usize, to: usize) -> f64 {
        self.note(from, to);
        let sum = self.changed.iter().map(|&c| self.change[c] * self.change[c] * self.curvature_at(c)).sum();
        self.forget();
        sum
    }

    /// Moves what is best from one line to another; what the objective gains (charges of counts left out).
    fn exchange(&mut self, from: usize, to: usize) -> f64 {
        let mut most = self.lines[from].room_down().min(self.lines[to].room_up());
        self.note(from, to);
        for &c in &self.changed {
            if self.change[c] > 0.0 {
                let room = float(self.terms[self.channels[c]].possible) - self.flow[c];
                most = most.min((room / self.change[c]).max(0.0));
            }
        }
        let fee = |line: &Line<'_>| line.uses.first().map_or(0.0, |first| self.mu * (first.gain - 1.0));
        let fees = fee(&self.lines[to]) - fee(&self.lines[from]);
        let step = self.best_step(fees, most);
        let gain = |step: f64| -> f64 {
            let risk = |&c: &usize| {
                self.risk_at(c, self.flow[c]) - self.risk_at(c, self.flow[c] + step * self.change[c])
            };
            self.changed.iter().map(risk).sum::<f64>() - fees * step
        };
        // All of it too, where the risk is not convex.
        let (some, all) = (gain(step), if step < most { gain(most) } else { f64::NEG_INFINITY });
        let (step, gain) = if all > some { (most, all) } else { (step, some) };
        if gain > 0.0 {
            for place in 0..self.changed.len() {
                let c = self.changed[place];
                self.flow[c] = (self.flow[c] + step * self.change[c]).max(0.0);
                self.slope[c] = self.slope_at(c, self.flow[c]);
            }
            self.lines[from].amount -= step;
            self.lines[to].amount += step;
        }
        self.forget();
        gain.max(0.0)
    }

    /// Where the slope along the noted exchange is zero, at most `most`.
    fn best_step(&self, fees: f64, most: f64) -> f64 {
        let slope = |step: f64| -> f64 {
            let of = |&c: &usize| self.change[c] * self.slope_at(c, self.flow[c] + step * self.change[c]);
            self.changed.iter().map(of).sum::<f64>() + fees
        };
        let (mut lo, mut hi) = (0.0, most);
        let (mut low, mut high) = (slope(lo), slope(hi));
        if low >= 0.0 || high <= 0.0 {
            return if low >= 0.0 { lo } else { hi };
        }
        // Illinois: a secant, and a halving where it keeps to one side.
        for _ in 0..STEPS {
            let step = lo + (hi - lo) * low / (low - high);
            let found = slope(step);
            if found < 0.0 {
                (lo, low, high) = (step, found, high / 2.0);
            } else {
                (hi, high, low) = (step, found, low / 2.0);
            }
            if hi - lo <= 0.5 || found.abs() <= 1e-7 * (slope(0.0).abs()) {
                break;
            }
        }
        if low.abs() < high.abs() { lo } else { hi }
    }

    /// Exchanges between lines until nothing gains.
    pub(super) fn descend(&mut self) {
        let value = self.value();
        for _ in 0..EXCHANGES + 20 * self.lines.len() {
            let open = |&line: &usize| self.lines[line].count > 0.0;
            let marginals: Vec<f64> = (0..self.lines.len()).map(|line| self.marginal(line)).collect();
            let falls = |line: &usize| self.lines[*line].room_down() >= 1.0;
            let by_marginal = |one: &usize, other: &usize| marginals[*one].total_cmp(&marginals[*other]);
            let Some(from) = (0..self.lines.len()).filter(open).filter(falls).max_by(by_marginal) else {
                return;
            };
            let mut best = (GAIN * value, usize::MAX);
            for to in 0..self.lines.len() {
                let gap = marginals[from] - marginals[to];
                let Line { count, .. } = self.lines[to];
                let room = self.lines[to].room_up().min(self.lines[from].room_down());
                if to == from || gap <= 0.0 || count == 0.0 || room < 1.0 {
                    continue;
                }
                let curvature = self.curvature(from, to).max(1e-300);
                let gain =
                    if gap / curvature < room { gap * gap / curvature / 2.0 } else { gap * room / 2.0 };
                if gain > best.0 {
                    best = (gain, to);
                }
            }
            if best.1 == usize::MAX || self.exchange(from, best.1) <= GAIN * value {
                return;
            }
        }
    }
}

fn line<'p>(terms: &[Terms<'_>], channels: &[usize], amount: u64, count: u64, path: &'p [usize]) -> Line<'p> {
    let (mut uses, mut gain, mut base) = (Vec::with_capacity(path.len()), 1.0, 0.0);
    let (mut least, mut most) = (1.0_f64, f64::INFINITY);
    let mut rounding = 0.0;
    for (hop, &index) in path.iter().enumerate().rev() {
        let Terms { htlc_min, htlc_max, possible, ppm, base: fixed, .. } = terms[index];
        let channel = channels.binary_search(&index).unwrap_or(0);
        uses.push(Use { channel, gain, base });
        least = least.max((float(htlc_min) - base) / gain);
        most = most.min((float(htlc_max.min(possible)) - base - rounding / 2.0) / gain);
        if hop > 0 {
            let rounded = if ppm > 0 { 1.0 } else { 0.0 };
            rounding += rounded;
            base += base * f64::from(ppm) * 1e-6 + float(fixed) + rounded / 2.0;
            gain += gain * f64::from(ppm) * 1e-6;
        }
    }
    uses.reverse();
    Line { path, uses, amount: float(amount), count: float(count), least, most: most.max(least) }
}
