//! The pivots of the dual simplex method; what they keep up to date stands in its parent.
//!
//! The leaving row is the one violated most per norm of its combination (dual steepest edge, Forrest and Goldfarb,
//! Math. Programming 57, 1992, with norms worked out anew). The ratio test flips boxed variables across their box as
//! long as the dual slope stays positive (the long-step rule, Maros, EJOR 149, 2003).

use super::{FEASIBLE, NONBASIC, Simplex, Status};

/// Smaller entries are no pivots.
pub(super) const PIVOT: f64 = 1e-7;
/// Smaller entries are zero.
const TINY: f64 = 1e-12;
/// From so many ratios on they are sorted.
const MANY: usize = 8;
/// Pivots until values and prices are worked out anew.
const DRIFT: u64 = 100;
/// So much of a reduced cost may get the wrong sign for a larger pivot.
const SLIGHT: f64 = 1e-8;

impl Simplex {
    /// Runs until optimal, empty, at most `cutoff`, or out of pivots.
    pub(in crate::round) fn run(&mut self, cutoff: f64, limit: u64) -> Status {
        self.empty = None;
        for _ in 0..limit {
            let done = self.objective <= cutoff;
            let leaving = if done { None } else { self.leaving() };
            if (leaving.is_none() && self.fresh < self.pivots) || self.pivots - self.fresh > DRIFT {
                self.refresh();
                continue;
            }
            let Some((row, small)) = leaving else {
                return if done { Status::Cutoff } else { Status::Optimal };
            };
            self.work_out_row(row);
            let Some(entering) = self.entering(row, small) else {
                if self.fresh < self.pivots {
                    self.refresh();
                    continue;
                }
                self.empty = Some((row, small));
                return Status::Empty;
            };
            self.work_out_column(entering);
            self.pivot(row, entering, small);
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
                    let entries = &self.combination[row * self.stride..][..self.binding.len()];
                    self.norms[row] = 1.0 + squares(entries);
                }
                let score = out * out / self.norms[row];
                if score > most {
                    (most, best) = (score, Some((row, small)));
                }
            }
        }
        best
    }

    /// The long-step ratio test on the row at hand; flips what it passes.
    fn entering(&mut self, row: usize, small: bool) -> Option<usize> {
        let variable = self.basis[row];
        let mut slope = if small {
            self.lower[variable] - self.values[row]
        } else {
            self.values[row] - self.upper[variable]
        };
        self.candidates(row, small);
        let mut flips = 0;
        while flips < self.ratios.len() {
            self.bring_forward(flips);
            let (_, entry, j) = self.ratios[flips];
            slope -= entry * (self.upper[j] - self.lower[j]);
            if slope < 0.0 {
                break;
            }
            flips += 1;
        }
        if slope > FEASIBLE {
            // All of them flipped do not make up for it.
            self.missing = slope;
            return None;
        }
        let flips = flips.min(self.ratios.len().checked_sub(1)?);
        // Among nearly equal ratios the largest pivot (Harris, Math. Programming 5, 1973).
        let mut bound = f64::INFINITY;
        for &(ratio, entry, _) in &self.ratios[flips..] {
            // A division is saved where it cannot count.
            if ratio < bound {
                bound = bound.min(ratio + SLIGHT / entry);
            }
        }
        let (_, mut pivot, mut entering) = self.ratios[flips];
        for &(ratio, entry, j) in &self.ratios[flips + 1..] {
            if ratio <= bound && entry > pivot {
                (pivot, entering) = (entry, j);
            }
        }
        self.flip(flips);
        Some(entering)
    }

    /// Puts the smallest of the ratios from a position on there: few are passed as a rule, and all are sorted only once many
    /// have been.
    fn bring_forward(&mut self, at: usize) {
        if at == MANY {
            self.ratios[at..].sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        } else if at < MANY {
            let (mut least, mut ratio) = (at, self.ratios[at].0);
            for (i, other) in self.ratios.iter().enumerate().skip(at + 1) {
                if other.0 < ratio || (other.0 <= ratio && other.2 < self.ratios[least].2) {
                    (least, ratio) = (i, other.0);
                }
            }
            self.ratios.swap(at, least);
        }
    }

    /// The nonbasic variables that move the basic one of a row the right way if they leave their bounds, with
    /// what they cost.
    fn candidates(&mut self, row: usize, small: bool) {
        self.ratios.clear();
        // Which way a variable may go is next to random: names are written without a branch and kept where they count.
        self.named.resize(self.structural, 0);
        let mut count = 0;
        for (j, (&entry, &at_upper)) in self.row.iter().zip(&self.at_upper).enumerate() {
            self.named[count] = j;
            count += usize::from(if at_upper == small { entry > PIVOT } else { entry < -PIVOT });
        }
        for &j in &self.named[..count] {
            if self.place[j] >= NONBASIC && self.upper[j] > self.lower[j] {
                let entry = self.row[j].abs();
                self.ratios.push((self.reduced[j].abs() / entry, entry, j));
            }
        }
        let entries = &self.combination[row * self.stride..][..self.binding.len()];
        for (at, &entry) in entries.iter().enumerate() {
            // Slacks that do not bind lie at their lower bounds.
            if if small { entry < -PIVOT } else { entry > PIVOT } {
                self.ratios.push((self.prices[at].abs() / entry.abs(), entry.abs(), self.binding[at]));
            }
        }
    }

    /// Moves the first candidates to their other bounds.
    fn flip(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.clear_column();
        for i in 0..count {
            let j = self.ratios[i].2;
            let before = self.bound(j);
            self.at_upper[j] = !self.at_upper[j];
            let moved = self.bound(j) - before;
            self.objective += self.reduced[j] * moved;
            self.gather(j, moved);
        }
        self.spread();
        for (value, moved) in self.values.iter_mut().zip(&self.column) {
            *value -= moved;
        }
    }

    /// Exchanges the basic variable of the row at hand for the nonbasic one of the column at hand.
    fn pivot(&mut self, row: usize, entering: usize, small: bool) {
        self.pivots += 1;
        self.entries += (self.basis.len() * self.binding.len().max(1)) as u64;
        let leaving = self.basis[row];
        let target = if small { self.lower[leaving] } else { self.upper[leaving] };
        let inverse = 1.0 / self.column[row];
        let step = (self.values[row] - target) * inverse;
        let entered = self.bound(entering) + step;
        self.reprice(row, entering, inverse, step);
        self.exchange(row, entering, inverse, step);
        self.values[row] = entered;
        self.at_upper[leaving] = !small;
    }

    /// Exchanges the basic variable of a row for the nonbasic one of the column at hand in the combinations.
    pub(super) fn exchange(&mut self, row: usize, entering: usize, inverse: f64, step: f64) {
        let leaving = self.basis[row];
        self.eliminate(row, inverse, step);
        if entering >= self.structural {
            self.release(self.place[entering] - NONBASIC);
        }
        self.place[leaving] = NONBASIC;
        if leaving >= self.structural {
            self.bind(leaving, row, inverse);
        }
        self.basis[row] = entering;
        self.place[entering] = row;
    }

    /// The reduced costs after a pivot; that of the leaving variable is kept for [`bind`](Self::bind).
    fn reprice(&mut self, row: usize, entering: usize, inverse: f64, step: f64) {
        let price = match self.place[entering] - NONBASIC {
            at if entering >= self.structural => self.prices[at],
            _ => self.reduced[entering],
        };
        self.objective += price * step;
        let factor = price * inverse;
        if factor != 0.0 {
            for (reduced, entry) in self.reduced.iter_mut().zip(&self.row) {
                *reduced -= factor * entry;
            }
            let entries = &self.combination[row * self.stride..][..self.binding.len()];
            for (price, entry) in self.prices.iter_mut().zip(entries) {
                *price -= factor * entry;
            }
        }
        let leaving = self.basis[row];
        if leaving < self.structural {
            self.reduced[leaving] = -factor;
        }
        if entering < self.structural {
            self.reduced[entering] = 0.0;
        }
        self.left = -factor;
    }

    /// Takes the column at hand out of all rows but its own, whose entries are divided.
    fn eliminate(&mut self, row: usize, inverse: f64, step: f64) {
        let (stride, used) = (self.stride, self.binding.len());
        self.pattern.clear();
        self.mixed.clear();
        for (at, entry) in self.combination[row * stride..][..used].iter_mut().enumerate() {
            *entry *= inverse;
            if entry.abs() < TINY {
                *entry = 0.0;
            } else {
                self.pattern.push((at, *entry));
            }
            self.mixed.push(*entry);
        }
        self.norms[row] = -1.0;
        // Where the row is not sparse, whole rows are quicker than what the pattern names.
        let dense = self.pattern.len() * 3 > used;
        for (i, &factor) in self.column.iter().enumerate() {
            if i == row || factor == 0.0 {
                continue;
            }
            self.norms[i] = -1.0;
            self.values[i] -= factor * step;
            let entries = &mut self.combination[i * stride..][..used];
            if dense {
                for (entry, &pivot) in entries.iter_mut().zip(&self.mixed) {
                    *entry -= factor * pivot;
                }
            } else {
                for &(at, pivot) in &self.pattern {
                    entries[at] -= factor * pivot;
                }
            }
        }
    }
}

/// The sum of squares, in four parts that are added up in the end: four times as fast as one after the other.
fn squares(entries: &[f64]) -> f64 {
    let mut parts = [0.0; 4];
    let chunks = entries.chunks_exact(4);
    let rest: f64 = chunks.remainder().iter().map(|entry| entry * entry).sum();
    for chunk in chunks {
        for (part, entry) in parts.iter_mut().zip(chunk) {
            *part += entry * entry;
        }
    }
    parts.iter().sum::<f64>() + rest
}
