//! Uniform balances on condition that they add up to an amount.
//!
//! With y = what each channel lacks to its most, and the slack b = the sum of the most less the amount, y is uniform on
//! the points of a box with sum at most b: drawn by rejection from the box cut to b, or from the simplex, whichever
//! is accepted more often.

use alloc::vec::Vec;

use crate::num::float;
use crate::random::Random;

/// How seldom a draw may be accepted: once in so many times.
const LEAST_ACCEPTED: f64 = 1000.0;

/// Tries of a rejection: at the least admitted share none is accepted with a probability of e^-64.
pub(crate) const TRIES: u64 = 64_000;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Conditional {
    from_box: bool,
    slack: u64,
}

impl Conditional {
    /// For balances uniform on `0..=width` whose sum is at least `amount` with probability `at_least`; `None` if
    /// both ways are accepted too seldom.
    pub(crate) fn new(widths: &[u64], amount: u64, at_least: f64) -> Option<Self> {
        let slack = widths.iter().sum::<u64>().checked_sub(amount)?;
        let (mut in_box, mut in_simplex) = (at_least, at_least);
        for (&width, j) in widths.iter().zip(1_u64..) {
            let (size, cut, step) =
                (float(width) + 1.0, float(width.min(slack)) + 1.0, (float(slack) + float(j)) / float(j));
            in_box *= size / cut;
            in_simplex *= size / step;
        }
        (in_box.max(in_simplex) * LEAST_ACCEPTED >= 1.0)
            .then_some(Self { from_box: in_box >= in_simplex, slack })
    }

    /// What the balances may lack together.
    pub(crate) const fn slack(self) -> u64 {
        self.slack
    }

    /// Draws what every balance lacks to its width; false if no try was accepted (never, in practice).
    pub(crate) fn draw(self, random: Random, widths: &[u64], lacks: &mut Vec<u64>) -> bool {
        (0..TRIES).any(|i| {
            let random = random.stream(i);
            if self.from_box {
                draw_box(lacks, random, widths, self.slack)
            } else {
                draw_simplex(lacks, random, widths.len() as u64, self.slack)
                    && lacks.iter().zip(widths).all(|(lack, width)| lack <= width)
            }
        })
    }
}

/// Uniform on a box cut to the slack; whether the sum is within it.
fn draw_box(lacks: &mut Vec<u64>, random: Random, widths: &[u64], slack: u64) -> bool {
    lacks.clear();
    lacks.extend((0..).zip(widths).map(|(i, &width)| random.below(i, width.min(slack) + 1)));
    lacks.iter().sum::<u64>() <= slack
}

/// Uniform on the points with sum at most the slack: gaps between `count` different numbers of `0..slack + count`.
/// False if two numbers came out alike.
fn draw_simplex(lacks: &mut Vec<u64>, random: Random, count: u64, slack: u64) -> bool {
    lacks.clear();
    lacks.extend((0..count).map(|i| random.below(i, slack + count)));
    lacks.sort_unstable();
    if lacks.windows(2).any(|pair| pair[0] == pair[1]) {
        return false;
    }
    let mut before = 0;
    for lack in lacks.iter_mut() {
        let at = *lack;
        *lack = at - before;
        before = at + 1;
    }
    true
}
