//! The law of a sum of many amounts of any laws, rounded up to a grid.
//!
//! # Problem
//!
//! Independent amounts x_i >= 0; P(x_1 + ... + x_k >= a) has a closed form for a dozen uniform ones
//! ([`star`](super::star)), and none for others.
//!
//! # Method
//!
//! With steps h and n = ceil(a / h), the event "sum of ceil(x_i / h) >= n" follows from "sum of x_i >= a". Its probability is a
//! convolution of k laws on 0..=n (everything from n on is one cell): sums of positive terms, a relative error of about
//! k n x 1e-16. So the rounding weakens a condition and never a proof. O(k n^2).

use alloc::vec;
use alloc::vec::Vec;

use super::star::Tails;

/// Where P(at least) is computed from its own sum and not as what is left of 1.
const RARE: f64 = 1e-3;

/// A grid of `cells` steps up to an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) step: u64,
    pub(crate) cells: u64,
}

impl Grid {
    /// At most `cells` steps that reach an amount above 0.
    pub(crate) const fn new(amount: u64, cells: u64) -> Self {
        let step = amount.div_ceil(cells);
        Self { step, cells: amount.div_ceil(step) }
    }

    /// The steps that an amount counts for.
    pub(crate) fn steps(self, amount: u64) -> u64 {
        amount.div_ceil(self.step).min(self.cells)
    }

    /// The amounts that count for so many steps, the last one without end.
    pub(crate) const fn amounts(self, steps: u64) -> (u64, u64) {
        let from = if steps == 0 { 0 } else { (steps - 1).saturating_mul(self.step) + 1 };
        (from, if steps >= self.cells { u64::MAX } else { steps.saturating_mul(self.step) })
    }

    /// The tails of the sum of steps at `cells`, from the law of each amount's steps, `0..=cells`.
    pub(crate) fn tails(self, laws: &[Vec<f64>]) -> Tails {
        let cells = laws.first().map_or(0, |law| law.len().saturating_sub(1));
        // Sums below the amount; what has reached it is left out.
        let mut below = vec![0.0; cells];
        if let Some(first) = below.first_mut() {
            *first = 1.0;
        }
        let mut next = vec![0.0; cells];
        // P(a sum reaches the amount with this law and no sooner), all terms positive.
        let mut reached = 0.0;
        for law in laws {
            next.fill(0.0);
            let mut tail = law.get(cells).copied().unwrap_or(0.0);
            for (steps, &mass) in law.iter().enumerate().take(cells) {
                if mass > 0.0 {
                    for (to, &from) in next[steps..].iter_mut().zip(&below) {
                        *to += mass * from;
                    }
                }
            }
            // The sum is s and the law has at least cells - s steps.
            for (steps, &from) in below.iter().enumerate() {
                reached += from * tail;
                tail += law.get(cells - 1 - steps).copied().unwrap_or(0.0);
            }
            core::mem::swap(&mut below, &mut next);
        }
        let below: f64 = below.iter().sum();
        let at_least = if below < 1.0 - RARE { 1.0 - below } else { reached };
        Tails { at_least, below }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::Grid;
    use crate::law::star;

    #[test]
    fn is_exact_where_no_amount_is_rounded() {
        let random = crate::random::Random::new(8);
        for case in 0..200 {
            let random = random.stream(case);
            let widths: Vec<u64> = (0..2 + random.below(0, 6)).map(|i| 1 + random.below(i + 1, 30)).collect();
            let amount = 1 + random.below(99, widths.iter().sum());
            let grid = Grid::new(amount, amount);
            assert_eq!(grid, Grid { step: 1, cells: amount });
            let law = |&width: &u64| -> Vec<f64> {
                let mass = |steps| {
                    let (from, to) = grid.amounts(steps);
                    (to.min(width) + 1).saturating_sub(from) as f64 / (width as f64 + 1.0)
                };
                (0..=grid.cells).map(mass).collect()
            };
            let found = grid.tails(&widths.iter().map(law).collect::<Vec<_>>());
            let expected = star::tails(&widths, amount).unwrap();
            assert!((found.at_least - expected.at_least).abs() <= 1e-12 * expected.at_least, "{widths:?}");
            assert!((found.below - expected.below).abs() <= 1e-12 * expected.below, "{widths:?} {amount}");
        }
    }

    #[test]
    fn steps_and_amounts_agree() {
        for (amount, cells) in [(1, 256), (255, 256), (257, 256), (1_000_003, 64), (1 << 62, 256)] {
            let grid = Grid::new(amount, cells);
            assert!(grid.cells <= cells && grid.step * (grid.cells - 1) < amount);
            for steps in 0..=grid.cells {
                let (from, to) = grid.amounts(steps);
                assert_eq!((grid.steps(from), grid.steps(to)), (steps, steps));
            }
        }
    }
}
