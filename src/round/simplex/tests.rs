//! Optimality of random programs through duality, as rows join and leave and boxes change.

use alloc::vec::Vec;

use super::{Simplex, Status};
use crate::random::Random;

/// A row with its limit.
type Row = (Vec<(usize, f64)>, f64);

struct Case {
    costs: Vec<f64>,
    boxes: Vec<[f64; 2]>,
    rows: Vec<Row>,
    slacks: Vec<usize>,
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
            rows: Vec::new(),
            slacks: Vec::new(),
            simplex: Simplex::new(&[], &[]),
            noise,
            drawn: 0,
        };
        case.costs = (0..count).map(|_| case.number(-5, 9)).collect();
        case.boxes = (0..count).map(|_| [0.0, case.number(1, 6)]).collect();
        let upper: Vec<f64> = case.boxes.iter().map(|range| range[1]).collect();
        case.simplex = Simplex::new(&case.costs, &upper);
        case
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
        self.slacks.push(self.simplex.add(&terms, limit));
        self.rows.push((terms, limit));
    }

    fn change_box(&mut self) {
        let variable = index(self.draw(self.costs.len() as u64));
        let low = self.number(0, 2);
        let high = low + self.number(0, 4);
        self.boxes[variable] = [low, high];
        self.simplex.set_bounds(variable, low, high);
    }

    /// Lets go of all rows that do not bind.
    fn purge(&mut self) {
        let mut gone = Vec::new();
        self.simplex.purge(|slack| {
            gone.push(slack);
            true
        });
        let kept = |i: &usize| !gone.contains(&self.slacks[*i]);
        let kept: Vec<usize> = (0..self.rows.len()).filter(kept).collect();
        self.rows = kept.iter().map(|&i| self.rows[i].clone()).collect();
        self.slacks = kept.iter().map(|&i| self.slacks[i]).collect();
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
        bound
            + costs
                .iter()
                .zip(&self.boxes)
                .map(|(cost, range)| (cost * range[0]).max(cost * range[1]))
                .sum::<f64>()
    }

    /// Solves and proves what came out; rows that bind nothing may leave.
    fn check(&mut self) -> Status {
        let status = self.simplex.run(f64::NEG_INFINITY, 10_000);
        if status == Status::Empty {
            // A combination of rows that no point of the boxes satisfies.
            let ray: Vec<f64> = self.slacks.iter().map(|&slack| self.simplex.ray(slack)).collect();
            let bound = self.bound(&alloc::vec![0.0; self.costs.len()], &ray);
            assert!(bound < -1e-7, "an empty program has a ray: {bound}");
            assert!((bound + self.simplex.missing()).abs() < 1e-6);
            return status;
        }
        assert_eq!(status, Status::Optimal);
        let values: Vec<f64> = (0..self.costs.len()).map(|j| self.simplex.value(j)).collect();
        for (value, range) in values.iter().zip(&self.boxes) {
            assert!(range[0] - 1e-6 <= *value && *value <= range[1] + 1e-6);
        }
        for (terms, limit) in &self.rows {
            assert!(terms.iter().map(|&(j, factor)| factor * values[j]).sum::<f64>() <= limit + 1e-6);
        }
        let objective: f64 = values.iter().zip(&self.costs).map(|(value, cost)| value * cost).sum();
        assert!((objective - self.simplex.objective()).abs() < 1e-6);
        let duals: Vec<f64> = self.slacks.iter().map(|&slack| self.simplex.dual(slack)).collect();
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
            match case.draw(4) {
                0 => case.change_box(),
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
