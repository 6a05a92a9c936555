//! A small linear program: bounded dual simplex that rows may join and leave.
//!
//! maximise c x subject to rows a x <= b and l <= x <= u with finite u: with every variable at the bound that its
//! cost prefers the empty basis is dual feasible, so no first phase is needed, and adding rows or changing bounds or limits
//! keeps it so. Rows are over columns; a column is a variable or one of a bundle that variables are the corners of. Row i of the tableau says `x_B(i) + sum_j T_ij x_N(j) = constant`. Only its columns of slacks are kept,
//! densely, and only those of rows that bind: they say of which rows it is a combination, so that the rest of a row
//! or a column is worked out from the sparse rows where a pivot needs it. That is a revised simplex method with as
//! explicit an inverse as rows bind: on medium rounds 0.38 of the instructions of a dense tableau. Rows whose slack is
//! basic bind nothing and may be dropped. The numbers are f64: what they claim becomes a proof only by the checker of
//! bounds, in integers. Only + - * / are used, whose results are the same everywhere.
//! (Chvatal, Linear Programming, 1983.)

mod change;
mod pivot;
mod read;
mod refresh;
mod rows;
#[cfg(test)]
mod tests;
mod variables;

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use self::rows::Rows;
pub(super) use self::variables::Bundle;
use self::variables::Variables;

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
    /// How many are structural; those from here on are slacks of rows, by number of the row.
    structural: usize,
    /// What does not change is shared by the copies that a tree makes, and rows until some join or leave.
    variables: Rc<Variables>,
    rows: Rc<Rows>,
    costs: Rc<[f64]>,
    /// Costs of columns, of which those of variables are made.
    column_costs: Rc<[f64]>,
    /// Right sides of rows.
    limits: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    at_upper: Vec<bool>,
    /// The tableau's columns of nonbasic slacks, row by row, in rows of `stride` of which `binding` are used.
    combination: Vec<f64>,
    stride: usize,
    /// The nonbasic slacks, and their reduced costs.
    binding: Vec<usize>,
    prices: Vec<f64>,
    basis: Vec<usize>,
    values: Vec<f64>,
    /// One plus the squares of the combination of every row; negative if it has changed.
    norms: Vec<f64>,
    /// Reduced costs of structural variables.
    reduced: Vec<f64>,
    /// Row of a basic variable; NONBASIC of a nonbasic one, with the column of a slack; GONE of a dropped slack.
    place: Vec<usize>,
    objective: f64,
    /// The row that proved the last run empty, and whether its variable is too small.
    empty: Option<(usize, bool)>,
    /// By how much the ray of the last run falls short.
    missing: f64,
    pub(super) pivots: u64,
    /// Entries of combinations that pivots went through.
    pub(super) entries: u64,
    /// Of the pivots, when values and prices were worked out anew last.
    fresh: u64,
    /// The row at hand over columns, and over structural variables; the entries of the column at hand.
    over: Vec<f64>,
    row: Vec<f64>,
    column: Vec<f64>,
    /// The reduced cost of the variable that left.
    left: f64,
    pattern: Vec<(usize, f64)>,
    /// By column of a binding slack.
    mixed: Vec<f64>,
    ratios: Vec<(f64, f64, usize)>,
    named: Vec<usize>,
}

const NONBASIC: usize = 1 << 60;
const GONE: usize = usize::MAX;
/// A variable may be out of its box by so much.
const FEASIBLE: f64 = 1e-7;
/// Columns by which the room for combinations grows.
const GROWTH: usize = 32;

impl Simplex {
    /// Columns with costs and boxes `[0, upper]`, and bundles of some of them, whose corners have boxes `[0, 1]`.
    pub(super) fn new(column_costs: &[f64], column_upper: &[f64], bundles: &[Bundle]) -> Self {
        let variables = Variables::new(column_costs.len(), bundles);
        let upper = variables.own().iter().map(|&column| column_upper[column]).collect();
        Self::start(variables, column_costs.into(), upper)
    }

    /// The program without rows as it was made, but for some bundles, each named by its first column, which are 0.
    pub(super) fn without(&self, void: impl FnMut(usize) -> bool) -> Self {
        let variables = self.variables.without(void);
        let upper = self.upper[..variables.own().len()].to_vec();
        Self::start(variables, self.column_costs.clone(), upper)
    }

    /// A program without rows; `upper` are those of columns that are variables of their own.
    fn start(variables: Variables, column_costs: Rc<[f64]>, mut upper: Vec<f64>) -> Self {
        let structural = variables.count();
        let mut costs = Vec::new();
        variables.expand(&column_costs, &mut costs);
        upper.resize(structural, 1.0);
        let at_upper: Vec<bool> = costs.iter().map(|&cost| cost > 0.0).collect();
        let objective = (0..structural).filter(|&j| at_upper[j]).map(|j| costs[j] * upper[j]).sum();
        Self {
            structural,
            variables: Rc::new(variables),
            rows: Rc::new(Rows::new(column_costs.len())),
            reduced: costs.clone(),
            costs: costs.into(),
            column_costs,
            limits: Vec::new(),
            lower: vec![0.0; structural],
            upper,
            at_upper,
            combination: Vec::new(),
            stride: 0,
            binding: Vec::new(),
            prices: Vec::new(),
            basis: Vec::new(),
            values: Vec::new(),
            norms: Vec::new(),
            place: vec![NONBASIC; structural],
            objective,
            empty: None,
            missing: 0.0,
            pivots: 0,
            entries: 0,
            fresh: 0,
            over: Vec::new(),
            row: Vec::new(),
            column: Vec::new(),
            left: 0.0,
            pattern: Vec::new(),
            mixed: Vec::new(),
            ratios: Vec::new(),
            named: Vec::new(),
        }
    }

    pub(super) fn objective(&self) -> f64 {
        self.objective
    }

    /// The value of a column.
    pub(super) fn value(&self, column: usize) -> f64 {
        self.variables.of(column).map(|(variable, times)| times * self.level(variable)).sum()
    }

    /// The value of a variable.
    fn level(&self, variable: usize) -> f64 {
        let place = self.place[variable];
        if place < NONBASIC { self.values[place] } else { self.bound(variable) }
    }

    fn bound(&self, variable: usize) -> f64 {
        if self.at_upper[variable] { self.upper[variable] } else { self.lower[variable] }
    }

    /// The structural entries of a row of the tableau, from the rows that it combines.
    fn work_out_row(&mut self, row: usize) {
        self.over.clear();
        self.over.resize(self.variables.columns(), 0.0);
        let entries = &self.combination[row * self.stride..][..self.binding.len()];
        for (&slack, &weight) in self.binding.iter().zip(entries) {
            if weight != 0.0 {
                for (column, factor) in self.rows.row(slack - self.structural) {
                    self.over[column] += weight * factor;
                }
            }
        }
        if self.basis[row] >= self.structural {
            for (column, factor) in self.rows.row(self.basis[row] - self.structural) {
                self.over[column] += factor;
            }
        }
        self.variables.expand(&self.over, &mut self.row);
    }

    /// The column of a nonbasic variable in the tableau.
    fn work_out_column(&mut self, variable: usize) {
        self.clear_column();
        self.gather(variable, 1.0);
        self.spread();
    }

    fn clear_column(&mut self) {
        self.column.clear();
        self.column.resize(self.basis.len(), 0.0);
        self.mixed.clear();
        self.mixed.resize(self.binding.len(), 0.0);
    }

    /// Adds so many times a nonbasic variable to the column at hand.
    fn gather(&mut self, variable: usize, times: f64) {
        if variable >= self.structural {
            self.mixed[self.place[variable] - NONBASIC] += times;
            return;
        }
        for (column, part) in self.variables.parts(variable) {
            for (row, factor) in self.rows.column(column) {
                match self.place[self.structural + row] {
                    GONE => {}
                    place if place < NONBASIC => self.column[place] += factor * part * times,
                    place => self.mixed[place - NONBASIC] += factor * part * times,
                }
            }
        }
    }

    /// Works out what the rows that bind bring to the column at hand.
    fn spread(&mut self) {
        self.note_pattern();
        add_combinations(&mut self.column, &self.combination, self.stride, &self.pattern);
    }

    /// Notes what is not 0 of what is mixed.
    fn note_pattern(&mut self) {
        self.pattern.clear();
        self.pattern.extend(self.mixed.iter().copied().enumerate().filter(|(_, factor)| *factor != 0.0));
    }

    /// Drops the column of a slack that has become basic.
    fn release(&mut self, at: usize) {
        let last = self.binding.len() - 1;
        let moved = self.binding[last];
        self.binding.swap_remove(at);
        self.prices.swap_remove(at);
        for combination in self.combination.chunks_exact_mut(self.stride) {
            combination[at] = combination[last];
            combination[last] = 0.0;
        }
        self.place[moved] = NONBASIC + at;
    }

    /// Adds the column of the slack that has left a row.
    fn bind(&mut self, slack: usize, row: usize, inverse: f64) {
        let at = self.binding.len();
        if at == self.stride {
            self.widen();
        }
        self.place[slack] = NONBASIC + at;
        self.binding.push(slack);
        self.prices.push(self.left);
        for (combination, factor) in self.combination.chunks_exact_mut(self.stride).zip(&self.column) {
            combination[at] = -factor * inverse;
        }
        self.combination[row * self.stride + at] = inverse;
    }

    /// Makes room for more columns.
    fn widen(&mut self) {
        let (old, rows) = (self.stride, self.basis.len());
        self.stride += GROWTH;
        self.combination.resize(rows * self.stride, 0.0);
        for row in (0..rows).rev() {
            self.combination.copy_within(row * old..(row + 1) * old, row * self.stride);
            self.combination[row * self.stride + old..(row + 1) * self.stride].fill(0.0);
        }
    }
}

/// Adds to every sum the entries of its combination that a pattern names, each times its factor; four sums at a time, as
/// in one of them every term waits for the one before it.
fn add_combinations(sums: &mut [f64], combinations: &[f64], stride: usize, pattern: &[(usize, f64)]) {
    if pattern.is_empty() {
        return;
    }
    let (four, rest) = sums.split_at_mut(sums.len() / 4 * 4);
    let (rows, last) = combinations.split_at(four.len() * stride);
    for (sums, rows) in four.chunks_exact_mut(4).zip(rows.chunks_exact(4 * stride)) {
        let rows: [&[f64]; 4] = core::array::from_fn(|at| &rows[at * stride..][..stride]);
        let mut own = [sums[0], sums[1], sums[2], sums[3]];
        for &(at, factor) in pattern {
            for (sum, row) in own.iter_mut().zip(rows) {
                *sum += row[at] * factor;
            }
        }
        sums.copy_from_slice(&own);
    }
    for (sum, row) in rest.iter_mut().zip(last.chunks_exact(stride)) {
        for &(at, factor) in pattern {
            *sum += row[at] * factor;
        }
    }
}
