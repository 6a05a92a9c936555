//! What a tableau says: multipliers, the ray of an empty run, and which rows are there.

use alloc::vec::Vec;

use super::{GONE, NONBASIC, Simplex};

impl Simplex {
    /// The multiplier of a row by its slack variable.
    pub(in crate::round) fn dual(&self, slack: usize) -> f64 {
        match self.place[slack] {
            GONE => 0.0,
            place if place >= NONBASIC => (-self.prices[place - NONBASIC]).max(0.0),
            _ => 0.0,
        }
    }

    /// The weight of a row in the combination of rows that proved the last run empty.
    pub(in crate::round) fn ray(&self, slack: usize) -> f64 {
        let Some((row, small)) = self.empty else { return 0.0 };
        let place = self.place[slack];
        if self.basis[row] == slack {
            return 1.0;
        }
        if place < NONBASIC || place == GONE {
            return 0.0;
        }
        let entry = self.combination[row * self.stride + place - NONBASIC];
        (if small { entry } else { -entry }).max(0.0)
    }

    /// The multiplier of a row with so many times its weight in the ray.
    pub(in crate::round) fn price(&self, slack: usize, ray: f64) -> f64 {
        self.dual(slack) + if ray > 0.0 { ray * self.ray(slack) } else { 0.0 }
    }

    /// By how much the combination that proved the last run empty is violated at best.
    pub(in crate::round) fn missing(&self) -> f64 {
        self.missing
    }

    /// What the multipliers of the rows prove, with so many times the ray: no drift of the tableau spoils it.
    pub(in crate::round) fn proven(&self, ray: f64) -> f64 {
        let mut reduced = self.costs.clone();
        let mut value = 0.0;
        for slack in (self.columns..self.lower.len()).filter(|&slack| !self.gone(slack)) {
            let price = self.price(slack, ray);
            if price > 0.0 {
                value += price * self.limits[slack - self.columns];
                for (variable, factor) in self.rows.row(slack - self.columns) {
                    reduced[variable] -= price * factor;
                }
            }
        }
        for (variable, &reduced) in reduced.iter().enumerate() {
            value += (reduced * self.lower[variable]).max(reduced * self.upper[variable]);
        }
        value
    }

    /// Whether the row of a slack has been dropped.
    pub(in crate::round) fn gone(&self, slack: usize) -> bool {
        self.place[slack] == GONE
    }

    /// Whether the row of a slack binds.
    pub(in crate::round) fn binds(&self, slack: usize) -> bool {
        self.place[slack] >= NONBASIC && self.place[slack] != GONE
    }

    /// A row by number: its terms and its limit.
    pub(in crate::round) fn row(&self, row: usize) -> (Vec<(usize, f64)>, f64) {
        (self.rows.row(row).collect(), self.limits[row])
    }
}
