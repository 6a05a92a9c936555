//! Optimality of random programs through duality, as rows join and leave and boxes, limits and corners change.

use alloc::vec::Vec;

use super::{Bundle, Simplex, Status};
use crate::random::Random;

/// A row with its limit.
type Row = (Vec<(usize, f64)>, f64);

struct Case {
    costs: Vec<f64>,
    /// Of columns that are variables of their own.
    boxes: Vec<Option<[f64; 2]>>,
    bundles: Vec<Bundle>,
    /// Which corners of every bundle may be used.
    allowed: Vec<Vec<bool>>,
    rows: Vec<Row>,
    numbers: Vec<usize>,
    simplex: Simplex,
    noise: Random,
    drawn: u64,
}

impl Case {
    fn new(seed: u64) -> Self {
        let noise = Random::new(seed);
        let count = 1 + index(noise.below(0, 9));
        let mut case = Self {
            costs: Vec::new(),
            boxes: Vec::new(),
            bundles: Vec::new(),
            allowed: Vec::new(),
            rows: Vec::new(),
            numbers: Vec::new(),
            simplex: Simplex::new(&[], &[], &[]),
            noise,
            drawn: 0,
        };
        case.costs = (0..count).map(|_| case.number(-5, 9)).collect();
        for _ in 0..count {
            let range = [0.0, case.number(1, 6)];
            case.boxes.push(Some(range));
        }
        for _ in 0..case.draw(4) {
            case.add_bundle();
        }
        let upper: Vec<f64> = case.boxes.iter().map(|range| range.map_or(0.0, |range| range[1])).collect();
        case.simplex = Simplex::new(&case.costs, &upper, &case.bundles);
        case
    }

    /// Three columns more, two of them next to each other, and what they are corners of.
    fn add_bundle(&mut self) {
        let at = self.costs.len();
        for _ in 0..3 {
            let cost = self.number(-5, 5);
            self.costs.push(cost);
            self.boxes.push(None);
        }
        let corners: Vec<[f64; 2]> =
            (0..self.draw(6)).map(|_| [self.number(0, 3), self.number(0, 3)]).collect();
        self.allowed.push(alloc::vec![true; corners.len()]);
        self.bundles.push(Bundle { columns: [at + 2, at, at + 1], corners });
    }

    fn draw(&mut self, count: u64) -> u64 {
        self.drawn += 1;
        self.noise.below(self.drawn, count)
    }

    #[allow(clippy::cast_precision_loss)] // small
    fn number(&mut self, low: i64, high: i64) -> f64 {
        low as f64 + self.draw(high.abs_diff(low) + 1) as f64
    }

    fn add_row(&mut self) {
        let mut terms = Vec::new();
        for variable in 0..self.costs.len() {
            if self.draw(3) > 0 {
                terms.push((variable, self.number(-4, 6)));
            }
        }
        terms.retain(|&(_, factor)| factor != 0.0);
        let limit = self.number(-2, 12);
        self.numbers.push(self.simplex.add(&terms, limit));
        self.rows.push((terms, limit));
    }

    fn change_box(&mut self) {
        let variable = index(self.draw(self.costs.len() as u64));
        if self.boxes[variable].is_none() {
            return self.forbid();
        }
        let low = self.number(0, 2);
        let high = low + self.number(0, 4);
        self.boxes[variable] = Some([low, high]);
        self.simplex.set_bounds(variable, low, high);
    }

    /// Lets a bundle use only corners whose first coordinate is small.
    fn forbid(&mut self) {
        let at = index(self.draw(self.bundles.len() as u64));
        let most = self.number(-1, 3);
        self.simplex.allow(self.bundles[at].columns[1], |[x, _]| x <= most);
        self.allowed[at] = self.bundles[at].corners.iter().map(|[x, _]| *x <= most).collect();
    }

    fn change_limit(&mut self) {
        if !self.rows.is_empty() {
            let at = index(self.draw(self.rows.len() as u64));
            self.rows[at].1 = self.number(-2, 12);
            self.simplex.set_limit(self.numbers[at], self.rows[at].1);
        }
    }

    /// Lets go of all rows that do not bind.
    fn purge(&mut self) {
        let mut gone = Vec::new();
        self.simplex.purge(|row| {
            gone.push(row);
            true
        });
        let kept = |i: &usize| !gone.contains(&self.numbers[*i]);
        let kept: Vec<usize> = (0..self.rows.len()).filter(kept).collect();
        self.rows = kept.iter().map(|&i| self.rows[i].clone()).collect();
        self.numbers = kept.iter().map(|&i| self.numbers[i]).collect();
    }

    /// The columns of bundles are sums of allowed corners.
    fn check_corners(&self, values: &[f64]) {
        let mut first = self.boxes.iter().flatten().count();
        for (bundle, allowed) in self.bundles.iter().zip(&self.allowed) {
            let mut sums = [0.0; 3];
            for (corner, &allowed) in bundle.corners.iter().zip(allowed) {
                let level = self.simplex.level(first);
                assert!((-1e-6..=if allowed { 1.0 + 1e-6 } else { 1e-6 }).contains(&level));
                for (sum, part) in sums.iter_mut().zip([1.0, corner[0], corner[1]]) {
                    *sum += part * level;
                }
                first += 1;
            }
            for (sum, column) in sums.iter().zip(bundle.columns) {
                assert!((sum - values[column]).abs() < 1e-6);
            }
        }
    }

    /// The most that the box allows if rows have these multipliers.
    fn bound(&self, costs: &[f64], multipliers: &[f64]) -> f64 {
        let mut costs = costs.to_vec();
        let mut bound = 0.0;
        for ((terms, limit), multiplier) in self.rows.iter().zip(multipliers) {
            bound += multiplier * limit;
            for &(variable, factor) in terms {
                costs[variable] -= multiplier * factor;
            }
        }
        for (cost, range) in costs.iter().zip(&self.boxes) {
            bound += range.map_or(0.0, |[low, high]| (cost * low).max(cost * high));
        }
        for (bundle, allowed) in self.bundles.iter().zip(&self.allowed) {
            let [one, x, y] = bundle.columns.map(|column| costs[column]);
            for (corner, _) in bundle.corners.iter().zip(allowed).filter(|(_, allowed)| **allowed) {
                bound += (one + corner[0] * x + corner[1] * y).max(0.0);
            }
        }
        bound
    }

    /// Solves and proves what came out; rows that bind nothing may leave.
    fn check(&mut self) -> Status {
        let status = self.simplex.run(f64::NEG_INFINITY, 10_000);
        if status == Status::Empty {
            // A combination of rows that no point of the boxes satisfies.
            let ray: Vec<f64> = self.numbers.iter().map(|&row| self.simplex.ray(row)).collect();
            let bound = self.bound(&alloc::vec![0.0; self.costs.len()], &ray);
            assert!(bound < -1e-7, "an empty program has a ray: {bound}");
            assert!((bound + self.simplex.missing()).abs() < 1e-6);
            return status;
        }
        assert_eq!(status, Status::Optimal);
        let values: Vec<f64> = (0..self.costs.len()).map(|j| self.simplex.value(j)).collect();
        for (value, range) in values.iter().zip(&self.boxes) {
            assert!(range.is_none_or(|[low, high]| low - 1e-6 <= *value && *value <= high + 1e-6));
        }
        self.check_corners(&values);
        for (terms, limit) in &self.rows {
            assert!(terms.iter().map(|&(j, factor)| factor * values[j]).sum::<f64>() <= limit + 1e-6);
        }
        let objective: f64 = values.iter().zip(&self.costs).map(|(value, cost)| value * cost).sum();
        assert!((objective - self.simplex.objective()).abs() < 1e-6);
        let duals: Vec<f64> = self.numbers.iter().map(|&row| self.simplex.dual(row)).collect();
        assert!((self.bound(&self.costs, &duals) - objective).abs() < 1e-6, "duality");
        status
    }
}

fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[test]
fn optima_and_rays_are_proven_by_their_multipliers() {
    let mut empty = 0;
    for seed in 0..3000 {
        let mut case = Case::new(seed);
        for _ in 0..12 {
            match case.draw(6) {
                0 => case.change_box(),
                1 => case.change_limit(),
                _ => case.add_row(),
            }
            if case.check() == Status::Empty {
                empty += 1;
                break;
            }
            if case.draw(3) == 0 {
                case.purge();
            }
        }
    }
    assert!((100..2900).contains(&empty), "{empty}");
}

#[test]
fn a_program_without_some_bundles_is_one_that_may_not_use_them() {
    let (mut empty, mut moved) = (0, 0);
    for seed in 0..2000 {
        let mut case = Case::new(seed);
        for _ in 0..4 {
            case.add_row();
        }
        let whole = case.check();
        let before = case.simplex.objective();
        let void: Vec<bool> = (0..case.bundles.len()).map(|_| case.draw(2) == 0).collect();
        let columns = |at: usize| case.bundles[at].columns;
        let left_out: Vec<usize> = (0..void.len()).filter(|&at| void[at]).collect();
        let mut small = case.simplex.without(|first| left_out.iter().any(|&at| columns(at)[0] == first));
        for (terms, limit) in &case.rows {
            small.add(terms, *limit);
        }
        for &at in &left_out {
            case.simplex.allow(columns(at)[0], |_| false);
        }
        let status = case.simplex.run(f64::NEG_INFINITY, 10_000);
        assert_eq!(small.run(f64::NEG_INFINITY, 10_000), status);
        if status == Status::Empty {
            empty += 1;
            continue;
        }
        assert!((small.objective() - case.simplex.objective()).abs() < 1e-6);
        assert!(left_out.iter().all(|&at| columns(at).iter().all(|&column| small.value(column) == 0.0)));
        moved += usize::from(whole == Status::Optimal && small.objective() < before - 1e-6);
    }
    assert!(empty > 50 && moved > 50, "{empty} {moved}");
}

/// Combinations that rounding has spoilt, of a basis that may not even be dual feasible, lead to the optimum all the same.
#[test]
fn what_is_spoilt_is_made_again() {
    let mut spoilt = [0; 2];
    for seed in 0..2000 {
        let mut case = Case::new(seed);
        for _ in 0..5 {
            case.add_row();
        }
        if case.check() == Status::Empty || case.simplex.binding.is_empty() {
            continue;
        }
        let objective = case.simplex.objective();
        let wrong = case.draw(2);
        let simplex = &mut case.simplex;
        if wrong == 1 {
            // Any exchange that the ratio test would not make.
            let row = simplex.basis.iter().position(|&variable| variable < simplex.structural);
            simplex.work_out_column(simplex.binding[0]);
            let Some(row) = row.filter(|&row| simplex.column[row].abs() > 1e-3) else { continue };
            simplex.exchange(row, simplex.binding[0], 1.0 / simplex.column[row], 0.0);
        }
        let entries = simplex.combination.iter_mut().filter(|entry| **entry != 0.0);
        entries.for_each(|entry| *entry *= 1.01);
        // As if it came from pivots.
        simplex.pivots += 1;
        assert_eq!(case.check(), Status::Optimal);
        assert!((case.simplex.objective() - objective).abs() < 1e-6);
        spoilt[index(wrong)] += 1;
    }
    assert!(spoilt.iter().all(|&count| count > 300), "{spoilt:?}");
}
