//! Separation of roundings: rows that follow from sums of others because choices are whole.
//!
//! A row of the relaxation, be it a rounding, and, in up to [`SUMS`] steps, another one that cancels an amount are added up: a purse to the cuts
//! that its money is for, a cut to the purse that fills it. Every sum is rounded with the divisors and complements
//! that cut deepest at the point (Marchand and Wolsey, Operations Research 49, 2001); what the checker makes of that
//! ([`Rounding`]) joins the program.

mod sum;

use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::vec;
use alloc::vec::Vec;

use self::sum::{Base, Choice, DEPTH, Shifted, Sum};
use crate::amount::Sat;
use crate::check::Row;
use crate::id::id_at;
use crate::round::certificate::{End, Multiplier, Multipliers, Rounding};
use crate::round::linear::{Program, float};
use crate::round::tableau::{Kind, Linear};

/// Rows that cancel amounts at most.
const SUMS: usize = 2;
/// Rows added in a round at most.
const MOST: usize = 40;
/// Rows more parallel than this say the same.
const PARALLEL: f64 = 0.9;
/// A row with more slack, by its largest demand, cancels nothing.
const SLACK: f64 = 0.1;
/// Rows with larger numbers have multipliers of few digits.
const LARGE: f64 = 68_719_476_736.0;

/// A rounding as a row of the program.
#[derive(Debug)]
pub(super) struct RoundedRow {
    pub(super) rounding: Rounding,
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) limit: f64,
    /// What the row of the proof was divided by.
    pub(super) scale: f64,
    /// The sum of the squares of its factors.
    squares: f64,
    /// The row of the proof.
    row: Row,
}

/// A rounding that cuts a point off.
struct Found {
    depth: f64,
    divisor: f64,
    shifted: Shifted,
    of: Vec<(usize, f64)>,
}

/// What a column stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Demand(usize),
    Touch(usize),
    Side(usize, usize),
    Funds(usize),
}

impl Program<'_> {
    /// What every column stands for.
    pub(super) fn layout(&self) -> Vec<What> {
        let columns = &self.columns;
        let mut what = vec![What::Demand(0); columns.count];
        for (demand, &column) in columns.demand.iter().enumerate() {
            what[column] = What::Demand(demand);
        }
        for (slot, (touch, sides)) in columns.touch.iter().zip(&columns.sides).enumerate() {
            if let (Some(y), Some(p)) = (*touch, *sides) {
                what[y] = What::Touch(slot);
                what[p] = What::Side(slot, 0);
                what[p + 1] = What::Side(slot, 1);
            }
        }
        for (node, funds) in columns.funds.iter().enumerate() {
            if let Some(g) = *funds {
                what[g] = What::Funds(node);
            }
        }
        what
    }

    /// Adds roundings that a point violates; returns how many.
    pub(super) fn add_roundings(&mut self, linear: &mut Linear, point: &[f64]) -> usize {
        let bases = self.bases(linear, point);
        let what = self.layout();
        let mut filled: Vec<Vec<usize>> = vec![Vec::new(); self.columns.count];
        for (at, base) in bases.iter().enumerate() {
            for &(column, factor) in &base.terms {
                if matches!(what[column], What::Side(..)) && factor == -1.0 {
                    filled[column].push(at);
                }
            }
        }
        let mut sum = Sum::new(self.columns.count);
        let mut found: Vec<Found> = Vec::new();
        for start in 0..bases.len() {
            sum.clear();
            sum.add(start, &bases[start], 1.0);
            for step in 0..=SUMS {
                let mut shifted = self.shifted(&sum, &what, point);
                if let Some((depth, divisor)) = shifted.best() {
                    found.push(Found { depth, divisor, shifted, of: sum.of.clone() });
                    break;
                }
                if step == SUMS || !self.cancel(&mut sum, &bases, &filled, &what, point) {
                    break;
                }
            }
        }
        found.sort_by(|a, b| b.depth.total_cmp(&a.depth));
        self.take(linear, &found, &bases, &what, point)
    }

    /// Adds the known roundings that a point violates; returns how many.
    pub(super) fn recall(&self, linear: &mut Linear, point: &[f64]) -> usize {
        let before = linear.kinds.len();
        for (at, row) in self.roundings.iter().enumerate() {
            if row.excess(point) > self.tolerance {
                linear.add(Kind::Rounding(at), &row.terms, row.limit);
            }
        }
        linear.kinds.len() - before
    }

    /// Adds the deepest rows that are not too parallel to deeper ones.
    fn take(
        &mut self,
        linear: &mut Linear,
        found: &[Found],
        bases: &[Base],
        what: &[What],
        point: &[f64],
    ) -> usize {
        let before = linear.kinds.len();
        let first = self.roundings.len();
        let mut dense = vec![0.0; self.columns.count];
        let mut cuts = core::mem::take(&mut self.exact);
        for found in found {
            if linear.kinds.len() - before >= MOST {
                break;
            }
            let Some(row) = self.exact(found, bases, what, point, &mut cuts) else { continue };
            for &(column, factor) in &row.terms {
                dense[column] = factor;
            }
            let near = |other: &RoundedRow| {
                let product: f64 = other.terms.iter().map(|&(column, factor)| factor * dense[column]).sum();
                product > PARALLEL * libm::sqrt(row.squares * other.squares)
            };
            let new = !self.roundings[first..].iter().any(near);
            for &(column, _) in &row.terms {
                dense[column] = 0.0;
            }
            if new {
                linear.add(Kind::Rounding(self.roundings.len()), &row.terms, row.limit);
                self.roundings.push(row);
            }
        }
        self.exact = cuts;
        linear.kinds.len() - before
    }

    /// The rows that sums begin with: cuts and roundings at hand that are tight, purses that are used, and budgets.
    fn bases(&self, linear: &Linear, point: &[f64]) -> Vec<Base> {
        let mut bases: Vec<Base> = Vec::new();
        for (i, &kind) in linear.kinds.iter().enumerate() {
            let gone = linear.simplex.gone(i);
            let mut join = |terms: &[(usize, f64)], limit: f64, scale: f64| {
                let used: f64 = terms.iter().map(|&(column, factor)| factor * point[column]).sum();
                if limit - used < SLACK {
                    bases.push(self.base(kind, terms, limit, scale));
                }
            };
            match kind {
                Kind::Cut(_) | Kind::Rounding(_) if gone => {}
                Kind::Cut(at) => {
                    let row = &self.cuts[at];
                    join(&row.terms, row.limit, float(row.deficit));
                }
                Kind::Rounding(at) => {
                    let row = &self.roundings[at];
                    join(&row.terms, row.limit, row.scale);
                }
                Kind::Front => bases.push(self.known_base(linear, i, self.unit)),
                Kind::Price => bases.push(self.known_base(linear, i, self.price_unit)),
                _ => {}
            }
        }
        let purses = self.purses.iter().enumerate().filter(|(_, terms)| !terms.is_empty());
        bases.extend(purses.map(|(node, terms)| self.base(Kind::Wealth(node), terms, 0.0, self.unit)));
        bases
    }

    /// A row that is in the program from the beginning.
    fn known_base(&self, linear: &Linear, row: usize, scale: f64) -> Base {
        let (terms, limit) = linear.simplex.row(row);
        self.base(linear.kinds[row], &terms, limit, scale)
    }

    /// A row of the program times what it was divided by.
    fn base(&self, kind: Kind, terms: &[(usize, f64)], limit: f64, scale: f64) -> Base {
        let satoshi = |&(column, factor): &(usize, f64)| {
            let unit = if self.amounts[column] { self.unit } else { 1.0 };
            (column, libm::round(factor * scale / unit))
        };
        Base { kind, terms: terms.iter().map(satoshi).collect(), limit: libm::round(limit * scale) }
    }

    /// Adds to a sum the row that cancels the amount furthest from its bounds; whether there is one.
    fn cancel(
        &self,
        sum: &mut Sum,
        bases: &[Base],
        filled: &[Vec<usize>],
        what: &[What],
        point: &[f64],
    ) -> bool {
        let mut best: Option<(f64, usize, f64)> = None;
        for &column in &sum.columns {
            let (What::Side(slot, side), factor) = (what[column], sum.factors[column]) else { continue };
            let (amount, lacks) = self.within(slot, side, column, point);
            let far = amount.min(lacks);
            if factor == 0.0 || far < 1.0 || best.is_some_and(|(known, ..)| far <= known) {
                continue;
            }
            let node = self.model.slots[slot].ends[side];
            let other = if factor < 0.0 {
                bases.iter().rposition(|base| base.kind == Kind::Wealth(node))
            } else {
                filled[column].iter().copied().find(|at| sum.of.iter().all(|(used, _)| used != at))
            };
            if let Some(other) = other.filter(|at| sum.of.iter().all(|(used, _)| used != at)) {
                best = Some((far, other, factor.abs()));
            }
        }
        if let Some((_, other, times)) = best {
            sum.add(other, &bases[other], times);
        }
        best.is_some()
    }

    /// What a side can send at a point, and what it lacks of the most that it could.
    fn within(&self, slot: usize, side: usize, column: usize, point: &[f64]) -> (f64, f64) {
        let amount = point[column] * self.unit;
        let touched = self.columns.touch[slot].map_or(0.0, |y| point[y]);
        (amount, float(self.most(slot, side)) * touched - amount)
    }

    /// A sum seen from the nearer bounds of its terms.
    fn shifted(&self, sum: &Sum, what: &[What], point: &[f64]) -> Shifted {
        let (choices, full) = (Vec::with_capacity(sum.columns.len()), Vec::new());
        let mut shifted = Shifted { choices, limit: sum.limit, amounts: 0.0, squares: 0.0, full };
        // What full sides bring to touches.
        let mut brought: Vec<(usize, f64)> = Vec::with_capacity(sum.columns.len());
        for &column in sum.columns.iter().filter(|&&column| sum.factors[column] != 0.0) {
            let factor = sum.factors[column];
            let (value, unit, flipped) = match what[column] {
                What::Side(slot, side) => {
                    let (amount, lacks) = self.within(slot, side, column, point);
                    if lacks < amount {
                        let y = self.columns.touch[slot].unwrap_or(0);
                        brought.push((y, factor * float(self.most(slot, side))));
                    }
                    (amount.min(lacks).max(0.0), self.unit, lacks < amount)
                }
                What::Funds(node) if node == self.model.server => {
                    let value = point[column];
                    if value > 0.5 {
                        shifted.limit -= factor;
                    }
                    (value.min(1.0 - value), 1.0, value > 0.5)
                }
                _ => continue,
            };
            if flipped {
                shifted.full.push(column);
            }
            let counts = if flipped { -factor } else { factor }.min(0.0);
            shifted.amounts += counts * value;
            shifted.squares += counts * unit * counts * unit;
        }
        let whole = |column: usize| match what[column] {
            What::Side(..) => false,
            What::Funds(node) => node != self.model.server,
            _ => true,
        };
        let own = sum.columns.iter().filter(|&&column| whole(column)).map(|&c| (c, sum.factors[c]));
        brought.extend(own);
        brought.sort_by_key(|&(column, _)| column);
        for part in brought.chunk_by(|a, b| a.0 == b.0) {
            let (column, factor) = (part[0].0, part.iter().map(|(_, factor)| factor).sum::<f64>());
            if factor != 0.0 {
                shifted.choices.push(Choice { column, factor, value: point[column], flipped: false });
                if point[column] > 0.5 {
                    shifted.flip(shifted.choices.len() - 1);
                }
            }
        }
        shifted
    }

    /// The row that the checker makes of a rounding, unless it cuts nothing.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole and not negative
    fn exact(
        &self,
        found: &Found,
        bases: &[Base],
        what: &[What],
        point: &[f64],
        cuts: &mut BTreeMap<usize, Row>,
    ) -> Option<RoundedRow> {
        let mut sources = Multipliers::default();
        for &(at, times) in &found.of {
            let value = times as u64;
            match bases[at].kind {
                Kind::Cut(cut) => {
                    if let Entry::Vacant(place) = cuts.entry(cut) {
                        let certificate = self.cuts[cut].certificate(self.model, &self.sets);
                        place.insert(self.limits.row(&certificate).ok()?);
                    }
                    sources.cuts.push(Multiplier { row: u32::try_from(cut).ok()?, value });
                }
                Kind::Rounding(at) => {
                    sources.roundings.push(Multiplier { row: u32::try_from(at).ok()?, value });
                }
                Kind::Wealth(node) => sources.wealth.push(Multiplier { row: id_at(node), value }),
                Kind::Front => sources.front = value,
                Kind::Price => sources.price = value,
                _ => {}
            }
        }
        let mut rounding = Rounding { of: sources, divisor: found.divisor as u64, ..Rounding::default() };
        let touch = |slot: usize| self.model.slots[slot].touch;
        let flipped =
            found.shifted.choices.iter().filter(|choice| choice.flipped).map(|choice| choice.column);
        for column in flipped.chain(found.shifted.full.iter().copied()) {
            match what[column] {
                What::Demand(demand) => rounding.met.push(id_at(demand)),
                What::Touch(slot) => rounding.touched.push(touch(slot)),
                What::Funds(node) => rounding.brought.push(id_at(node)),
                What::Side(slot, side) => {
                    let most = Sat(u64::try_from(self.most(slot, side)).unwrap_or(0));
                    rounding.full.push((touch(slot), [End::U, End::V][side], most));
                }
            }
        }
        let earlier = |at: usize| self.roundings.get(at).map(|known| &known.row);
        let row = self.limits.rounded(|at| cuts.get(&at), earlier, &rounding).ok()?;
        let row = self.rounded_row(rounding, row)?;
        let depth = row.excess(point) / libm::sqrt(row.squares);
        (depth > DEPTH * 0.5).then_some(row)
    }

    /// A row of the checker as one of the program.
    #[allow(clippy::cast_precision_loss)] // sums of amounts
    fn rounded_row(&self, rounding: Rounding, row: Row) -> Option<RoundedRow> {
        let columns = &self.columns;
        let mut terms: Vec<(usize, f64)> = Vec::new();
        terms.extend(row.shares.iter().map(|&(demand, share)| (columns.demand[demand], share as f64)));
        for &(slot, factor) in &row.touches {
            terms.push((columns.touch[slot]?, -(factor as f64)));
        }
        for &(node, factor) in &row.funds {
            terms.push((columns.funds[node]?, -(factor as f64)));
        }
        let scale = terms.iter().map(|&(_, factor)| factor.abs()).fold(0.0, f64::max);
        for &(slot, side, factor) in &row.sides {
            terms.push((columns.sides[slot]? + side, -(factor as f64) * self.unit));
        }
        for (_, factor) in &mut terms {
            *factor /= scale;
        }
        let limit = row.constant as f64 / scale;
        let squares = terms.iter().map(|(_, factor)| factor * factor).sum();
        (scale > 0.0 && scale < LARGE).then_some(RoundedRow { rounding, terms, limit, scale, squares, row })
    }
}

impl RoundedRow {
    fn excess(&self, point: &[f64]) -> f64 {
        self.terms.iter().map(|&(column, factor)| factor * point[column]).sum::<f64>() - self.limit
    }
}
