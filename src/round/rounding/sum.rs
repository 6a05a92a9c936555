//! Sums of rows, and the divisor and complements whose rounding cuts deepest at a point.

use alloc::vec;
use alloc::vec::Vec;

use crate::round::tableau::Kind;

/// How deep a row must cut, by the norm of its terms.
pub(super) const DEPTH: f64 = 1e-3;
/// How far from whole a choice must be to count as open.
const OPEN: f64 = 1e-5;
/// Remainders of limits must be as far from nothing and from the divisor.
const FRACTION: f64 = 0.01;

/// A row that may enter a sum, in satoshi.
pub(super) struct Base {
    pub(super) kind: Kind,
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) limit: f64,
}

/// A choice of a sum, from the bound that is nearer.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) column: usize,
    pub(super) factor: f64,
    pub(super) value: f64,
    pub(super) flipped: bool,
}

/// A sum of rows: factors by column, and which rows, so many times.
pub(super) struct Sum {
    pub(super) factors: Vec<f64>,
    pub(super) columns: Vec<usize>,
    /// Which columns have been named.
    here: Vec<bool>,
    pub(super) limit: f64,
    pub(super) of: Vec<(usize, f64)>,
}

impl Sum {
    pub(super) fn new(columns: usize) -> Self {
        let (factors, here) = (vec![0.0; columns], vec![false; columns]);
        Self { factors, columns: Vec::new(), here, limit: 0.0, of: Vec::new() }
    }

    pub(super) fn add(&mut self, at: usize, base: &Base, times: f64) {
        for &(column, factor) in &base.terms {
            if !core::mem::replace(&mut self.here[column], true) {
                self.columns.push(column);
            }
            self.factors[column] += times * factor;
        }
        self.limit += times * base.limit;
        self.of.push((at, times));
    }

    pub(super) fn clear(&mut self) {
        for &column in &self.columns {
            self.factors[column] = 0.0;
            self.here[column] = false;
        }
        self.columns.clear();
        self.of.clear();
        self.limit = 0.0;
    }
}

/// A sum seen from the nearer bounds: whole choices, and what amounts take off at the point.
pub(super) struct Shifted {
    pub(super) choices: Vec<Choice>,
    pub(super) limit: f64,
    /// What amounts that count bring at the point, and the squares of their factors.
    pub(super) amounts: f64,
    pub(super) squares: f64,
    pub(super) full: Vec<usize>,
}

impl Shifted {
    /// How deep the rounding with a divisor cuts.
    fn depth(&self, divisor: f64) -> f64 {
        let steps = floor(self.limit / divisor);
        let left = self.limit - steps * divisor;
        if left < FRACTION * divisor || left > (1.0 - FRACTION) * divisor {
            return 0.0;
        }
        let factor = |choice: &Choice| {
            let steps = floor(choice.factor / divisor);
            let rest = choice.factor - steps * divisor;
            steps * (divisor - left) + (rest - left).max(0.0)
        };
        let start = self.amounts - steps * (divisor - left);
        let value = self.choices.iter().fold(start, |sum, choice| sum + factor(choice) * choice.value);
        // Most cut nothing, and need no norm.
        if value <= 0.0 {
            return 0.0;
        }
        let square = |sum: f64, factor: f64| sum + factor * factor;
        value / libm::sqrt(self.choices.iter().map(factor).fold(self.squares, square))
    }

    fn offer(&self, divisor: f64, best: &mut (f64, f64)) {
        let depth = if divisor >= 1.0 { self.depth(divisor) } else { 0.0 };
        if depth > best.0 {
            *best = (depth, divisor);
        }
    }

    pub(super) fn flip(&mut self, at: usize) {
        let choice = &mut self.choices[at];
        self.limit -= choice.factor;
        choice.factor = -choice.factor;
        choice.value = 1.0 - choice.value;
        choice.flipped = !choice.flipped;
    }

    /// The divisor and complements that cut deepest, with how deep.
    pub(super) fn best(&mut self) -> Option<(f64, f64)> {
        let open = |choice: &&Choice| choice.value > OPEN;
        let mut divisors: Vec<f64> = Vec::with_capacity(self.choices.len());
        divisors.extend(self.choices.iter().filter(open).map(|c| c.factor.abs()));
        divisors.sort_by(f64::total_cmp);
        divisors.dedup();
        let mut best = (0.0, 0.0);
        for &divisor in &divisors {
            self.offer(divisor, &mut best);
        }
        let first = best.1;
        for part in [2.0, 4.0, 8.0] {
            self.offer(floor(first / part), &mut best);
        }
        if best.1 < 1.0 {
            return None;
        }
        let mut order: Vec<usize> =
            (0..self.choices.len()).filter(|&i| self.choices[i].value > OPEN).collect();
        order.sort_by(|&a, &b| self.choices[b].value.total_cmp(&self.choices[a].value).then(a.cmp(&b)));
        for at in order {
            self.flip(at);
            let depth = self.depth(best.1);
            if depth > best.0 {
                best.0 = depth;
            } else {
                self.flip(at);
            }
        }
        (best.0 > DEPTH).then_some(best)
    }
}

/// The largest whole number that is not larger, of numbers that are not: `libm` takes their bits apart.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // saturates
fn floor(value: f64) -> f64 {
    let whole = value as i64 as f64;
    if whole > value { whole - 1.0 } else { whole }
}
