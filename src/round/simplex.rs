//! A small linear program: bounded dual simplex on a dense tableau that rows may join and leave.
//!
//! maximise c x subject to rows a x <= b and l <= x <= u with finite u: with every variable at the bound that its
//! cost prefers the empty basis is dual feasible, so no first phase is needed, and adding rows or changing bounds
//! keeps it so. Row i of the tableau says `x_B(i) + sum_j T_ij x_N(j) = constant`; the last row holds reduced
//! costs. The ratio test flips boxed variables across their box as long as the dual slope stays positive (the
//! long-step rule), the leaving row is the one violated most per norm of its row. Rows whose slack is basic
//! bind nothing and may be dropped. The numbers are f64: what they claim becomes a proof only by the checker of
//! bounds, in integers. Only + - * / are used, whose results are the same everywhere.
//! (Chvatal, Linear Programming, 1983; Maros, EJOR 149, 2003, for the long step.)

use alloc::vec;
use alloc::vec::Vec;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// The optimum.
    Optimal,
    /// No point satisfies all rows; the ray is at hand.
    Empty,
    /// The objective fell to the cutoff.
    Cutoff,
    /// Too many pivots.
    Limit,
}

#[derive(Clone, Debug)]
pub(super) struct Simplex {
    columns: usize,
    lower: Vec<f64>,
    upper: Vec<f64>,
    at_upper: Vec<bool>,
    tableau: Vec<f64>,
    basis: Vec<usize>,
    values: Vec<f64>,
    /// One plus the squares of the entries of every row; negative if they have changed.
    norms: Vec<f64>,
    /// Variable of every column; variables from `columns` on are slacks of rows.
    nonbasic: Vec<usize>,
    reduced: Vec<f64>,
    /// Row of a basic variable; column + BASIC of a nonbasic one.
    place: Vec<usize>,
    objective: f64,
    /// The row that proved the last run empty, and whether its variable is too small.
    empty: Option<(usize, bool)>,
    /// By how much the ray of the last run falls short.
    missing: f64,
    pub(super) pivots: u64,
    pattern: Vec<(usize, f64)>,
    dense: Vec<f64>,
    ratios: Vec<(f64, usize)>,
}

const NONBASIC: usize = 1 << 60;
/// Feasibility and pivot tolerances.
const FEASIBLE: f64 = 1e-7;
const PIVOT: f64 = 1e-7;
const TINY: f64 = 1e-12;
/// Ratios that differ by less are equal.
const TIE: f64 = 1e-9;

impl Simplex {
    /// Variables with costs and boxes `[0, upper]`.
    pub(super) fn new(costs: &[f64], upper: &[f64]) -> Self {
        let columns = costs.len();
        let at_upper: Vec<bool> = costs.iter().map(|&cost| cost > 0.0).collect();
        let objective = (0..columns).filter(|&j| at_upper[j]).map(|j| costs[j] * upper[j]).sum();
        Self {
            columns,
            lower: vec![0.0; columns],
            upper: upper.to_vec(),
            at_upper,
            tableau: Vec::new(),
            basis: Vec::new(),
            values: Vec::new(),
            norms: Vec::new(),
            nonbasic: (0..columns).collect(),
            reduced: costs.to_vec(),
            place: (0..columns).map(|j| j + NONBASIC).collect(),
            objective,
            empty: None,
            missing: 0.0,
            pivots: 0,
            pattern: Vec::new(),
            dense: Vec::new(),
            ratios: Vec::new(),
        }
    }

    pub(super) fn objective(&self) -> f64 {
        self.objective
    }

    /// The value of a variable.
    pub(super) fn value(&self, variable: usize) -> f64 {
        let place = self.place[variable];
        if place < NONBASIC { self.values[place] } else { self.bound(variable) }
    }

    fn bound(&self, variable: usize) -> f64 {
        if self.at_upper[variable] { self.upper[variable] } else { self.lower[variable] }
    }

    /// The multiplier of a row by its slack variable.
    pub(super) fn dual(&self, slack: usize) -> f64 {
        match self.place.get(slack) {
            Some(&place) if place >= NONBASIC && place != usize::MAX => {
                (-self.reduced[place - NONBASIC]).max(0.0)
            }
            _ => 0.0,
        }
    }

    /// The weight of a row in the combination of rows that proved the last run empty.
    pub(super) fn ray(&self, slack: usize) -> f64 {
        let Some((row, small)) = self.empty else { return 0.0 };
        let place = self.place[slack];
        if self.basis[row] == slack {
            return 1.0;
        }
        if place < NONBASIC || place == usize::MAX {
            return 0.0;
        }
        let entry = self.tableau[row * self.columns + place - NONBASIC];
        (if small { entry } else { -entry }).max(0.0)
    }

    /// By how much the combination that proved the last run empty is violated at best.
    pub(super) fn missing(&self) -> f64 {
        self.missing
    }

    pub(super) fn lower(&self, variable: usize) -> f64 {
        self.lower[variable]
    }

    pub(super) fn upper(&self, variable: usize) -> f64 {
        self.upper[variable]
    }

    /// Adds a row `sum a x <= b` over distinct structural variables; returns its slack variable.
    pub(super) fn add(&mut self, terms: &[(usize, f64)], limit: f64) -> usize {
        let slack = self.lower.len();
        let start = self.tableau.len();
        let mut value = limit;
        self.tableau.resize(start + self.columns, 0.0);
        for &(variable, factor) in terms {
            value -= factor * self.value(variable);
            let place = self.place[variable];
            let (rows, new) = self.tableau.split_at_mut(start);
            if place < NONBASIC {
                let row = &rows[place * self.columns..(place + 1) * self.columns];
                for (entry, &known) in new.iter_mut().zip(row) {
                    *entry -= factor * known;
                }
            } else {
                new[place - NONBASIC] += factor;
            }
        }
        self.lower.push(0.0);
        self.upper.push(f64::INFINITY);
        self.at_upper.push(false);
        self.place.push(self.basis.len());
        self.basis.push(slack);
        self.values.push(value);
        self.norms.push(-1.0);
        slack
    }

    /// Drops rows whose slack is basic and for which `drop` says so.
    pub(super) fn purge(&mut self, mut drop: impl FnMut(usize) -> bool) {
        let mut kept = 0;
        for row in 0..self.basis.len() {
            let variable = self.basis[row];
            if variable >= self.columns && self.values[row] > FEASIBLE && drop(variable) {
                self.place[variable] = usize::MAX;
                continue;
            }
            if kept < row {
                self.tableau.copy_within(row * self.columns..(row + 1) * self.columns, kept * self.columns);
                (self.basis[kept], self.values[kept]) = (variable, self.values[row]);
                self.norms[kept] = self.norms[row];
                self.place[variable] = kept;
            }
            kept += 1;
        }
        self.basis.truncate(kept);
        self.values.truncate(kept);
        self.norms.truncate(kept);
        self.tableau.truncate(kept * self.columns);
    }

    /// Changes the box of a structural variable.
    pub(super) fn set_bounds(&mut self, variable: usize, lower: f64, upper: f64) {
        let before = self.value(variable);
        (self.lower[variable], self.upper[variable]) = (lower, upper);
        let place = self.place[variable];
        if place >= NONBASIC {
            let column = place - NONBASIC;
            // A box may have become a point or grown from one: the reduced cost says which bound to take.
            self.at_upper[variable] = self.reduced[column] > 0.0;
            let moved = self.bound(variable) - before;
            self.shift(column, moved);
        }
    }

    fn shift(&mut self, column: usize, moved: f64) {
        if moved != 0.0 {
            for (row, value) in self.values.iter_mut().enumerate() {
                *value -= self.tableau[row * self.columns + column] * moved;
            }
            self.objective += self.reduced[column] * moved;
        }
    }

    /// Runs until optimal, empty, at most `cutoff`, or out of pivots.
    pub(super) fn run(&mut self, cutoff: f64, limit: u64) -> Status {
        self.empty = None;
        for _ in 0..limit {
            if self.objective <= cutoff {
                return Status::Cutoff;
            }
            let Some((row, small)) = self.leaving() else { return Status::Optimal };
            let Some(column) = self.entering(row, small) else {
                self.empty = Some((row, small));
                return Status::Empty;
            };
            self.pivot(row, column, small);
        }
        Status::Limit
    }

    /// The basic variable that is furthest out of its box for the norm of its row.
    fn leaving(&mut self) -> Option<(usize, bool)> {
        let mut best = None;
        let mut most = 0.0;
        for (row, (&variable, &value)) in self.basis.iter().zip(&self.values).enumerate() {
            let below = self.lower[variable] - value;
            let above = value - self.upper[variable];
            let (out, small) = if below > above { (below, true) } else { (above, false) };
            if out > FEASIBLE {
                if self.norms[row] < 0.0 {
                    let entries = &self.tableau[row * self.columns..(row + 1) * self.columns];
                    self.norms[row] = 1.0 + entries.iter().map(|entry| entry * entry).sum::<f64>();
                }
                let score = out * out / self.norms[row];
                if score > most {
                    (most, best) = (score, Some((row, small)));
                }
            }
        }
        best
    }

    /// The long-step ratio test; flips what it passes.
    fn entering(&mut self, row: usize, small: bool) -> Option<usize> {
        let variable = self.basis[row];
        let mut slope = if small {
            self.lower[variable] - self.values[row]
        } else {
            self.values[row] - self.upper[variable]
        };
        self.ratios.clear();
        let entries = &self.tableau[row * self.columns..(row + 1) * self.columns];
        for (column, &entry) in entries.iter().enumerate() {
            let j = self.nonbasic[column];
            // Whether the basic variable moves the right way if j leaves its bound.
            let useful = if self.at_upper[j] == small { entry > PIVOT } else { entry < -PIVOT };
            if useful && self.upper[j] > self.lower[j] {
                let reduced = self.reduced[column];
                self.ratios.push((reduced.abs() / entry.abs(), column));
            }
        }
        self.ratios.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut chosen = None;
        let mut flips = 0;
        for (i, &(_, column)) in self.ratios.iter().enumerate() {
            let j = self.nonbasic[column];
            let entry = self.tableau[row * self.columns + column].abs();
            chosen = Some(i);
            slope -= entry * (self.upper[j] - self.lower[j]);
            if slope < 0.0 {
                break;
            }
            flips = i + 1;
        }
        if slope > FEASIBLE {
            // All of them flipped do not make up for it.
            self.missing = slope;
            return None;
        }
        let mut chosen = chosen?;
        let flips = flips.min(chosen);
        // Among equal ratios the largest pivot.
        let ratio = self.ratios[chosen].0;
        let size = |i: usize| self.tableau[row * self.columns + self.ratios[i].1].abs();
        for i in chosen + 1..self.ratios.len() {
            if self.ratios[i].0 > ratio + TIE {
                break;
            }
            if size(i) > size(chosen) {
                chosen = i;
            }
        }
        for i in 0..flips {
            let column = self.ratios[i].1;
            let j = self.nonbasic[column];
            let before = self.bound(j);
            self.at_upper[j] = !self.at_upper[j];
            let moved = self.bound(j) - before;
            self.shift(column, moved);
        }
        Some(self.ratios[chosen].1)
    }

    fn pivot(&mut self, row: usize, column: usize, small: bool) {
        self.pivots += 1;
        let columns = self.columns;
        let (leaving, entering) = (self.basis[row], self.nonbasic[column]);
        let target = if small { self.lower[leaving] } else { self.upper[leaving] };
        let inverse = 1.0 / self.tableau[row * columns + column];
        let step = (self.values[row] - target) * inverse;
        let entered = self.bound(entering) + step;
        self.pattern.clear();
        let entries = &mut self.tableau[row * columns..(row + 1) * columns];
        for (j, entry) in entries.iter_mut().enumerate() {
            if j == column {
                *entry = inverse;
            } else if *entry != 0.0 {
                *entry *= inverse;
                if entry.abs() < TINY {
                    *entry = 0.0;
                } else {
                    self.pattern.push((j, *entry));
                }
            }
        }
        self.norms[row] = -1.0;
        // Where the row is not sparse, whole rows are quicker than what the pattern names.
        let dense = self.pattern.len() * 3 > columns;
        if dense {
            self.dense.clear();
            self.dense.resize(columns, 0.0);
            for &(j, entry) in &self.pattern {
                self.dense[j] = entry;
            }
        }
        for i in 0..self.basis.len() {
            let entries = &mut self.tableau[i * columns..(i + 1) * columns];
            let factor = entries[column];
            if i == row || factor == 0.0 {
                continue;
            }
            self.norms[i] = -1.0;
            self.values[i] -= factor * step;
            if dense {
                for (entry, &pivot) in entries.iter_mut().zip(&self.dense) {
                    *entry -= factor * pivot;
                }
            } else {
                for &(j, entry) in &self.pattern {
                    entries[j] -= factor * entry;
                }
            }
            entries[column] = -factor * inverse;
        }
        let factor = self.reduced[column];
        self.objective += factor * step;
        for &(j, entry) in &self.pattern {
            self.reduced[j] -= factor * entry;
        }
        self.reduced[column] = -factor * inverse;
        self.values[row] = entered;
        self.basis[row] = entering;
        self.nonbasic[column] = leaving;
        self.at_upper[leaving] = !small;
        (self.place[entering], self.place[leaving]) = (row, column + NONBASIC);
    }
}
