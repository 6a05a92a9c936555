//! What pivots add up drifts: it is worked out anew, from the combinations and, where those are off, from the rows.
//!
//! Prices and values come from the combinations. If these were exact, a basic variable would have no reduced cost left and
//! a row that binds would be met with equality: what is missing there tells how far off they are. A pivot of 1e-7 costs
//! seven digits of all that comes after it, and nothing brings them back but a new elimination (an explicit inverse has no
//! factors to be made again). It takes as many pivots as there are basic variables.

use alloc::vec;
use alloc::vec::Vec;

use super::pivot::PIVOT;
use super::{FEASIBLE, GONE, NONBASIC, Simplex, add_combinations};

/// Combinations may be off by so much, of the highest cost and of the unit of rows.
const OFF: f64 = 1e-7;

impl Simplex {
    /// Works out prices, reduced costs, values and objective anew, and combinations that are off.
    pub(super) fn refresh(&mut self) {
        self.fresh = self.pivots;
        let highest = self.costs.iter().fold(1.0, |most: f64, cost| most.max(cost.abs()));
        self.work_out_prices();
        self.work_out_values();
        if self.is_off(highest) {
            self.rebuild();
            self.work_out_prices();
            if self.prices.iter().any(|&price| price > OFF * highest) {
                // Part of the basis could not be brought back. The empty one is dual feasible in any case.
                self.empty_basis();
                self.work_out_prices();
            }
            self.work_out_values();
        }
    }

    /// Works out prices and reduced costs from the combinations.
    fn work_out_prices(&mut self) {
        self.prices.fill(0.0);
        for (row, &variable) in self.basis.iter().enumerate() {
            let cost = self.costs.get(variable).copied().unwrap_or(0.0);
            if cost != 0.0 {
                let entries = &self.combination[row * self.stride..][..self.prices.len()];
                for (price, entry) in self.prices.iter_mut().zip(entries) {
                    *price -= cost * entry;
                }
            }
        }
        self.over.clear();
        self.over.resize(self.variables.columns(), 0.0);
        for (&slack, &price) in self.binding.iter().zip(&self.prices) {
            for (column, factor) in self.rows.row(slack - self.structural) {
                self.over[column] += price * factor;
            }
        }
        self.variables.expand(&self.over, &mut self.reduced);
        for (reduced, cost) in self.reduced.iter_mut().zip(&*self.costs) {
            *reduced += cost;
        }
        for variable in 0..self.structural {
            let reduced = self.reduced[variable];
            let basic = self.place[variable] < NONBASIC;
            if !basic && reduced.abs() > FEASIBLE {
                self.at_upper[variable] = reduced > 0.0;
            }
        }
    }

    /// Works out values and objective from the combinations.
    fn work_out_values(&mut self) {
        self.over.clear();
        self.over.resize(self.variables.columns(), 0.0);
        for variable in (0..self.structural).filter(|&variable| self.place[variable] >= NONBASIC) {
            let bound = self.bound(variable);
            if bound != 0.0 {
                for (column, part) in self.variables.parts(variable) {
                    self.over[column] += part * bound;
                }
            }
        }
        self.mixed.clear();
        for at in 0..self.binding.len() {
            self.mixed.push(self.left_over(self.binding[at]));
        }
        self.note_pattern();
        self.values.fill(0.0);
        add_combinations(&mut self.values, &self.combination, self.stride, &self.pattern);
        for row in 0..self.basis.len() {
            let variable = self.basis[row];
            self.values[row] += if variable < self.structural { 0.0 } else { self.left_over(variable) };
        }
        self.objective = (0..self.structural).map(|j| self.costs[j] * self.level(j)).sum();
    }

    /// What the columns at hand leave of the limit of a row.
    fn left_over(&self, slack: usize) -> f64 {
        let row = slack - self.structural;
        self.limits[row] - self.rows.row(row).map(|(column, factor)| factor * self.over[column]).sum::<f64>()
    }

    /// Whether basic variables have reduced costs, or rows that bind are not met with equality.
    fn is_off(&mut self, highest: f64) -> bool {
        let mut basic = self.basis.iter().filter(|&&variable| variable < self.structural);
        if basic.any(|&variable| self.reduced[variable].abs() > OFF * highest) {
            return true;
        }
        for (row, &variable) in
            self.basis.iter().enumerate().filter(|(_, variable)| **variable < self.structural)
        {
            for (column, part) in self.variables.parts(variable) {
                self.over[column] += part * self.values[row];
            }
        }
        self.binding.iter().any(|&slack| self.left_over(slack).abs() > OFF)
    }

    /// Makes the combinations again: the basic variables join the empty basis one after the other, each in place of the slack of a
    /// row that binds. One that depends on those before it stays out, and the slack of a row that binds in.
    fn rebuild(&mut self) {
        let basic: Vec<usize> =
            self.basis.iter().copied().filter(|&variable| variable < self.structural).collect();
        let mut binds = vec![false; self.limits.len()];
        self.binding.iter().for_each(|slack| binds[slack - self.structural] = true);
        self.empty_basis();
        self.left = 0.0;
        for variable in basic {
            self.work_out_column(variable);
            let (mut row, mut most) = (0, PIVOT);
            for (at, (&other, entry)) in self.basis.iter().zip(&self.column).enumerate() {
                if entry.abs() > most && other >= self.structural && binds[other - self.structural] {
                    (row, most) = (at, entry.abs());
                }
            }
            if most > PIVOT {
                self.entries += (self.basis.len() * self.binding.len().max(1)) as u64;
                self.exchange(row, variable, 1.0 / self.column[row], 0.0);
            }
        }
    }

    /// Makes every slack basic.
    fn empty_basis(&mut self) {
        self.place[..self.structural].fill(NONBASIC);
        let slacks = (self.structural..self.place.len()).filter(|&slack| self.place[slack] != GONE);
        self.basis = slacks.collect();
        for (row, &slack) in self.basis.iter().enumerate() {
            self.place[slack] = row;
        }
        self.binding.clear();
        self.prices.clear();
        self.combination.fill(0.0);
        self.norms.fill(-1.0);
    }
}
