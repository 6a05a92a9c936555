//! Improves a set of parts, each valued with all that it costs.
//!
//! Between descents over amounts ([`Model::descend`]) a part is dropped if what it saves in fixed charges is more than what
//! the others lose: the Bregman divergences of the channels that it alone uses are a lower bound of the loss where the
//! risk is convex, and most parts need no trial. Amounts are rounded to millisatoshi at the end, and the exact value
//! decides.

use alloc::vec::Vec;

use super::lines::{Line, Model, Use};
use super::parts::{Search, Way};
use crate::check::floor;
use crate::num::float;

/// Sets of more lines are not searched for parts to drop.
const MANY: usize = 96;

impl Model<'_, '_, '_> {
    /// What one part less in a line saves, and a lower bound of what that loses elsewhere.
    fn drop_estimate(&self, line: usize, users: &[u32]) -> (f64, f64) {
        let Line { uses, count, .. } = &self.lines[line];
        let mut saved = uses.first().map_or(0.0, |first| self.mu * first.base);
        let mut lost = 0.0;
        if *count == 1.0 {
            let alone = |one: &&Use| users[one.channel] == 1 && self.beside[one.channel] == 0.0;
            for one in uses.iter().filter(alone) {
                saved += self.terms[self.channels[one.channel]].charge();
                let (flow, slope) = (self.flow[one.channel], self.slope[one.channel]);
                lost += slope * flow - self.risk_at(one.channel, flow);
            }
        }
        (saved, lost)
    }

    /// One part less in a line; whether all of its amount finds room.
    fn drop_part(&mut self, line: usize) -> bool {
        self.lines[line].count -= 1.0;
        let keep = self.lines[line].most * self.lines[line].count;
        self.lines[line].least = self.lines[line].least.min(keep);
        let last = self.lines[line].count == 0.0;
        for &Use { channel, base, .. } in &self.lines[line].uses {
            self.flow[channel] = (self.flow[channel] - base).max(0.0);
        }
        for _ in 0..2 * self.lines.len() {
            let over = self.lines[line].amount - keep;
            if over <= 0.0 {
                break;
            }
            let marginal = |&to: &usize| self.marginal(to);
            let others = (0..self.lines.len()).filter(|&to| to != line && self.lines[to].count > 0.0);
            let others = others.filter(|&to| self.room_of(to) >= 1.0);
            let best = others.min_by(|one, other| marginal(one).total_cmp(&marginal(other)));
            let Some(to) = best else { return false };
            self.shift(line, to, over.min(self.room_of(to)));
        }
        let done = self.lines[line].amount <= keep + 0.5;
        if last {
            self.lines.remove(line);
            self.tally();
        }
        done
    }

    /// How much more a line may carry.
    fn room_of(&self, line: usize) -> f64 {
        let room = |one: &Use| {
            (float(self.terms[self.channels[one.channel]].possible) - self.flow[one.channel]) / one.gain
        };
        self.lines[line].uses.iter().map(room).fold(self.lines[line].room_up(), f64::min)
    }

    fn shift(&mut self, from: usize, to: usize, amount: f64) {
        for (line, amount) in [(from, -amount), (to, amount)] {
            self.lines[line].amount += amount;
            for place in 0..self.lines[line].uses.len() {
                let Use { channel, gain, .. } = self.lines[line].uses[place];
                self.flow[channel] = (self.flow[channel] + gain * amount).max(0.0);
                self.slope[channel] = self.slope_at(channel, self.flow[channel]);
            }
        }
    }

    fn count(&self) -> f64 {
        self.lines.iter().map(|line| line.count).sum()
    }

    /// Drops the first part, the most promising one first, that makes the objective smaller; or, if one `must` be
    /// dropped, that makes it least large. `None` if there is none.
    fn drop_one(&self, value: f64, must: bool) -> Option<(Self, f64)> {
        let mut users = alloc::vec![0; self.channels.len()];
        for one in self.lines.iter().flat_map(|line| &line.uses) {
            users[one.channel] += 1_u32;
        }
        let estimate = |line| (self.drop_estimate(line, &users), line);
        let mut order: Vec<_> = (0..self.lines.len()).map(estimate).collect();
        order.retain(|&((saved, lost), _)| must || saved > lost);
        order.sort_by(|one, other| (other.0.0 - other.0.1).total_cmp(&(one.0.0 - one.0.1)));
        let mut best: Option<(Self, f64)> = None;
        for (_, line) in order {
            let mut trial = self.clone();
            if !trial.drop_part(line) {
                continue;
            }
            trial.descend();
            let found = trial.value();
            let limit = best.as_ref().map_or(if must { f64::INFINITY } else { value }, |best| best.1);
            if found < limit {
                best = Some((trial, found));
                if !must {
                    break;
                }
            }
        }
        best
    }
}

/// Whole millisatoshi, parts of a line as equal as they can be.
fn rounded(model: &Model<'_, '_, '_>, total: u64) -> Option<Vec<Way>> {
    let mut amounts: Vec<u64> = model.lines.iter().map(|line| floor(line.amount + 1e-3)).collect();
    let sum = amounts.iter().fold(0_u64, |sum, &amount| sum.saturating_add(amount));
    // What rounding left goes to the line with the most room, or comes from the one with the most to give.
    let room = |line: &usize| match sum <= total {
        true => model.room_of(*line),
        false => model.lines[*line].room_down(),
    };
    let place = (0..amounts.len()).max_by(|one, other| room(one).total_cmp(&room(other)))?;
    amounts[place] = amounts[place].checked_add(total)?.checked_sub(sum)?;
    let mut ways = Vec::new();
    for (line, amount) in model.lines.iter().zip(amounts) {
        let count = floor(line.count).max(1);
        let of = |i| amount / count + u64::from(i < amount % count);
        ways.extend((0..count).map(|i| Way { amount: of(i), path: line.path.to_vec() }));
    }
    Some(ways)
}

/// Parts of the same way together: amount, number of parts and way.
fn grouped(parts: &[Way]) -> Vec<(u64, u64, &[usize])> {
    let mut sorted: Vec<&Way> = parts.iter().collect();
    sorted.sort_by(|one, other| one.path.cmp(&other.path));
    let group = |group: &[&'_ Way]| {
        let amount = group.iter().fold(0_u64, |sum, way| sum.saturating_add(way.amount));
        (amount, group.len() as u64)
    };
    let groups = sorted.chunk_by(|one, other| one.path == other.path);
    groups.filter_map(|ways| ways.first().map(|way| (group(ways).0, group(ways).1, &way.path[..]))).collect()
}

impl Search<'_, '_> {
    /// The same number of parts on the same ways, with the best amounts at another price of fees, in nats per millisatoshi.
    pub(super) fn at_price(&self, parts: &[Way], mu: f64) -> Option<Vec<Way>> {
        let groups = grouped(parts);
        let mut model = Model::new(self.terms, mu, &groups, &self.carried(&[]));
        model.descend();
        rounded(&model, parts.iter().fold(0_u64, |sum, way| sum.saturating_add(way.amount)))
    }

    /// Improves a set of parts, and keeps to at most `most` of them if that is possible. Returns its value.
    pub(super) fn improve(&mut self, parts: &mut Vec<Way>, most: usize) -> f64 {
        let value = self.value(parts);
        let groups = grouped(parts);
        let mut model = Model::new(self.terms, self.mu, &groups, &self.carried(&[]));
        model.descend();
        let mut worth = model.value();
        for _ in 0..parts.len() {
            let must = model.count() > float(most as u64);
            if groups.len() > MANY && !must {
                break;
            }
            let Some((next, found)) = model.drop_one(worth, must) else { break };
            (model, worth) = (next, found);
        }
        let total = parts.iter().fold(0_u64, |sum, way| sum.saturating_add(way.amount));
        let found = rounded(&model, total);
        let improved = found.as_ref().map_or(f64::INFINITY, |found| self.value(found));
        let fewer = found.as_ref().is_some_and(|found| parts.len() > most && found.len() < parts.len());
        match found {
            Some(found) if improved < value || (fewer && improved.is_finite()) => {
                *parts = found;
                improved
            }
            _ => value,
        }
    }
}
