//! How a program changes between runs: rows that join and leave, boxes, corners and limits.

use alloc::rc::Rc;

use super::{FEASIBLE, GONE, NONBASIC, Simplex};

impl Simplex {
    /// Adds a row `sum a x <= b` over distinct columns; returns its number.
    pub(in crate::round) fn add(&mut self, terms: &[(usize, f64)], limit: f64) -> usize {
        let slack = self.lower.len();
        let (rows, variables) = (Rc::make_mut(&mut self.rows), &self.variables);
        rows.add(terms.iter().copied().filter(|&(column, _)| !variables.is_void(column)));
        self.limits.push(limit);
        let (start, used) = (self.combination.len(), self.binding.len());
        let value = limit - terms.iter().map(|&(column, factor)| factor * self.value(column)).sum::<f64>();
        self.combination.resize(start + self.stride, 0.0);
        let (known, new) = self.combination.split_at_mut(start);
        for &(column, factor) in terms {
            for (variable, times) in self.variables.of(column) {
                let place = self.place[variable];
                if place < NONBASIC {
                    let row = &known[place * self.stride..][..used];
                    for (entry, &known) in new.iter_mut().zip(row) {
                        *entry -= factor * times * known;
                    }
                }
            }
        }
        self.lower.push(0.0);
        self.upper.push(f64::INFINITY);
        self.at_upper.push(false);
        self.place.push(self.basis.len());
        self.basis.push(slack);
        self.values.push(value);
        self.norms.push(-1.0);
        slack - self.structural
    }

    /// Drops rows whose slack is basic and for which `drop` says so.
    pub(in crate::round) fn purge(&mut self, mut drop: impl FnMut(usize) -> bool) {
        let mut kept = 0;
        for row in 0..self.basis.len() {
            let variable = self.basis[row];
            if variable >= self.structural && self.values[row] > FEASIBLE && drop(variable - self.structural)
            {
                self.place[variable] = GONE;
                Rc::make_mut(&mut self.rows).drop(variable - self.structural);
                continue;
            }
            if kept < row {
                let start = row * self.stride;
                self.combination.copy_within(start..start + self.stride, kept * self.stride);
                (self.basis[kept], self.values[kept]) = (variable, self.values[row]);
                self.norms[kept] = self.norms[row];
                self.place[variable] = kept;
            }
            kept += 1;
        }
        if kept == self.basis.len() {
            return;
        }
        self.basis.truncate(kept);
        self.values.truncate(kept);
        self.norms.truncate(kept);
        self.combination.truncate(kept * self.stride);
        Rc::make_mut(&mut self.rows).tidy();
    }

    /// Changes the box of a column that is a variable of its own.
    pub(in crate::round) fn set_bounds(&mut self, column: usize, lower: f64, upper: f64) {
        let variable = self.variables.of(column).next().map_or(0, |(variable, _)| variable);
        self.set_box(variable, lower, upper);
    }

    /// Says which corners of the bundle of a column may be used.
    pub(in crate::round) fn allow(&mut self, column: usize, allowed: impl Fn([f64; 2]) -> bool) {
        for (variable, corner) in self.variables.corners(column) {
            self.set_box(variable, 0.0, if allowed(corner) { 1.0 } else { 0.0 });
        }
    }

    /// Whether the boxes of a column are points: its own, or those of all corners of its bundle.
    pub(in crate::round) fn fixes(&self, column: usize) -> bool {
        self.variables.of(column).all(|(variable, _)| self.lower[variable] >= self.upper[variable])
    }

    /// Changes the limit of a row.
    pub(in crate::round) fn set_limit(&mut self, row: usize, limit: f64) {
        let slack = self.structural + row;
        let more = limit - core::mem::replace(&mut self.limits[row], limit);
        match self.place[slack] {
            GONE => {}
            place if place < NONBASIC => self.values[place] += more,
            place => {
                // As if its slack had moved the other way.
                self.objective -= self.prices[place - NONBASIC] * more;
                self.work_out_column(slack);
                for (value, entry) in self.values.iter_mut().zip(&self.column) {
                    *value += entry * more;
                }
            }
        }
    }

    fn set_box(&mut self, variable: usize, lower: f64, upper: f64) {
        let before = self.level(variable);
        (self.lower[variable], self.upper[variable]) = (lower, upper);
        if self.place[variable] >= NONBASIC {
            // A box may have become a point or grown from one: the reduced cost says which bound to take.
            self.at_upper[variable] = self.reduced[variable] > 0.0;
            let moved = self.bound(variable) - before;
            if moved != 0.0 {
                self.objective += self.reduced[variable] * moved;
                self.work_out_column(variable);
                for (value, entry) in self.values.iter_mut().zip(&self.column) {
                    *value -= entry * moved;
                }
            }
        }
    }
}
