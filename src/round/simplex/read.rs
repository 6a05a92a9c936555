//! What a tableau says: multipliers, the ray of an empty run, and which rows are there.

use alloc::vec::Vec;

use super::{GONE, NONBASIC, Simplex};

impl Simplex {
    /// The multiplier of a row by its number.
    pub(in crate::round) fn dual(&self, row: usize) -> f64 {
        match self.place[self.structural + row] {
            GONE => 0.0,
            place if place >= NONBASIC => (-self.prices[place - NONBASIC]).max(0.0),
            _ => 0.0,
        }
    }

    /// The weight of a row in the combination of rows that proved the last run empty.
    pub(in crate::round) fn ray(&self, row: usize) -> f64 {
        let Some((from, small)) = self.empty else { return 0.0 };
        let slack = self.structural + row;
        let place = self.place[slack];
        if self.basis[from] == slack {
            return 1.0;
        }
        if place < NONBASIC || place == GONE {
            return 0.0;
        }
        let entry = self.combination[from * self.stride + place - NONBASIC];
        (if small { entry } else { -entry }).max(0.0)
    }

    /// The multiplier of a row with so many times its weight in the ray.
    pub(in crate::round) fn price(&self, row: usize, ray: f64) -> f64 {
        self.dual(row) + if ray > 0.0 { ray * self.ray(row) } else { 0.0 }
    }

    /// By how much the combination that proved the last run empty is violated at best.
    pub(in crate::round) fn missing(&self) -> f64 {
        self.missing
    }

    /// What the multipliers of the rows prove, with so many times the ray: no drift of the tableau spoils it.
    pub(in crate::round) fn proven(&self, ray: f64) -> f64 {
        let mut over = alloc::vec![0.0; self.variables.columns()];
        let mut value = 0.0;
        for row in (0..self.limits.len()).filter(|&row| !self.gone(row)) {
            let price = self.price(row, ray);
            if price > 0.0 {
                value += price * self.limits[row];
                for (column, factor) in self.rows.row(row) {
                    over[column] += price * factor;
                }
            }
        }
        let mut priced = Vec::new();
        self.variables.expand(&over, &mut priced);
        for (variable, &priced) in priced.iter().enumerate() {
            let reduced = self.costs[variable] - priced;
            value += (reduced * self.lower[variable]).max(reduced * self.upper[variable]);
        }
        value
    }

    /// Whether a row has been dropped.
    pub(in crate::round) fn gone(&self, row: usize) -> bool {
        self.place[self.structural + row] == GONE
    }

    /// Whether a row binds.
    pub(in crate::round) fn binds(&self, row: usize) -> bool {
        let place = self.place[self.structural + row];
        place >= NONBASIC && place != GONE
    }

    /// A row by number: its terms and its limit.
    pub(in crate::round) fn row(&self, row: usize) -> (Vec<(usize, f64)>, f64) {
        (self.rows.row(row).collect(), self.limits[row])
    }
}
