//! The law of a sum of many uniform amounts on a fine grid, and draws on condition that the sum is enough.
//!
//! # Problem
//!
//! As in [`star`](super::star), but for dozens of amounts, where the closed form has too many terms: P(x_1 + ... + x_k >= a)
//! for x_i uniform on `0..=w_i`, up to a rounding that only weakens the event; and x drawn on that event, however rare.
//!
//! # Method
//!
//! With y_i = w_i - x_i what is lacking and b = sum of w - a, the sum is enough iff the sum of y is at most b. Of a and b the
//! smaller is divided into n steps of h: "sum of floor(y_i / h) <= n" and "sum of ceil(x_i / h) >= n" both follow from "enough". A
//! uniform law is flat on the grid but for its ends, so that a convolution is a difference of prefix sums: O(k n), where
//! [`grid`](super::grid) takes O(k n^2) for any laws. n can be large enough that what k roundings lose does not show.
//!
//! Draws are by rejection, from uniform laws where the event is likely, else from y_i with probability proportional to
//! e^(-t y_i), accepted with probability e^(-t (Y - sum of y)), Y the most of an event: exact for any t, and with the mean of the
//! sum at b one of a few is accepted. What share is accepted is known before anything is drawn.
//! The tilt is the one of large deviations (Cramér).

use alloc::vec;
use alloc::vec::Vec;

use super::conditional::TRIES;
use super::star::Tails;
use crate::num::float;
use crate::random::Random;

/// How seldom a draw may be accepted, and from where on a tilt is not worth its logarithms.
const SELDOM: f64 = 0.02;
const OFTEN: f64 = 0.3;
/// Halvings in search of a tilt.
const HALVINGS: u32 = 16;

/// An event that "enough" implies, and how to draw on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Many {
    step: u64,
    steps: u64,
    /// Whether what is lacking is counted, rounded down, and not what there is, rounded up.
    lacks: bool,
    tilt: f64,
    /// The most that may lack in the event.
    most: f64,
}

impl Many {
    /// For amounts uniform on `0..=width` and a sum of at least `need`, above 0, on at most so many steps; `None` if the
    /// sum is never enough, or draws would be accepted too seldom.
    pub(crate) fn new(widths: &[u64], need: u64, cells: u64) -> Option<(Tails, Self)> {
        let total: u64 = widths.iter().sum();
        let slack = total.checked_sub(need)?;
        let lacks = slack < need;
        let (step, steps) = if lacks {
            let step = slack / cells + 1;
            (step, slack / step)
        } else {
            let step = need.div_ceil(cells);
            (step, need.div_ceil(step))
        };
        let count = float(widths.len() as u64);
        let tails = if lacks { Self::little(widths, step, steps) } else { Self::enough(widths, step, steps) };
        let most = if lacks {
            float(steps) * float(step) + count * float(step - 1)
        } else {
            float(total) - (float(steps) - count).max(0.0) * float(step)
        };
        let mut many = Self { step, steps, lacks, tilt: 0.0, most };
        let mut accepted = tails.at_least;
        if accepted < OFTEN && slack > 0 {
            many.tilt = tilt(widths, float(slack));
            let ln_z: f64 = widths.iter().map(|&width| ln_mean(many.tilt, width)).sum();
            accepted = libm::exp(libm::log(tails.at_least) - many.tilt * many.most - ln_z);
        }
        (accepted >= SELDOM && tails.below > 0.0).then_some((tails, many))
    }

    /// P(sum of floor(y / step) <= steps).
    fn little(widths: &[u64], step: u64, steps: u64) -> Tails {
        let law = convolved(widths, steps, |width| (0, (width + 1) / step, (width + 1) % step), step);
        let at_least = law.iter().sum::<f64>().min(1.0);
        Tails { at_least, below: 1.0 - at_least }
    }

    /// P(sum of ceil(x / step) >= steps).
    fn enough(widths: &[u64], step: u64, steps: u64) -> Tails {
        let law = convolved(widths, steps.saturating_sub(1), |width| (1, width / step, width % step), step);
        let below = law.iter().sum::<f64>().min(1.0);
        Tails { at_least: 1.0 - below, below }
    }

    /// Whether the event holds for amounts that lack so much of their widths.
    pub(crate) fn holds(self, amounts: impl Iterator<Item = (u64, u64)>) -> bool {
        if self.lacks {
            amounts.map(|(_, lack)| lack / self.step).sum::<u64>() <= self.steps
        } else {
            amounts.map(|(width, lack)| (width - lack).div_ceil(self.step)).sum::<u64>() >= self.steps
        }
    }

    /// Draws what every amount lacks; false if no try was accepted (never, in practice).
    pub(crate) fn draw(self, random: Random, widths: &[u64], lacks: &mut Vec<u64>) -> bool {
        (0..TRIES).any(|i| {
            let random = random.stream(i);
            lacks.clear();
            if self.tilt > 0.0 {
                lacks.extend((0..).zip(widths).map(|(i, &width)| tilted(self.tilt, width, random.unit(i))));
            } else {
                lacks.extend((0..).zip(widths).map(|(i, &width)| random.below(i, width + 1)));
            }
            if !self.holds(widths.iter().copied().zip(lacks.iter().copied())) {
                return false;
            }
            let spare = self.most - float(lacks.iter().sum());
            self.tilt <= 0.0 || random.unit(u64::MAX) < libm::exp(-self.tilt * spare)
        })
    }
}

/// The law of a sum of steps on `0..=last`. Of every amount so many balances count for no step (`alone`), then so many
/// whole steps follow, then what is left.
fn convolved(widths: &[u64], last: u64, shape: impl Fn(u64) -> (u64, u64, u64), step: u64) -> Vec<f64> {
    let len = usize::try_from(last).unwrap_or(0) + 1;
    let (mut law, mut next, mut sums) = (vec![0.0; len], vec![0.0; len], vec![0.0; len + 1]);
    law[0] = 1.0;
    for &width in widths {
        let (alone, whole, rest) = shape(width);
        // The steps that a balance beyond those alone counts for begin here.
        let begin = usize::from(alone > 0);
        let whole = usize::try_from(whole).unwrap_or(len).min(len);
        let mut sum = 0.0;
        for (to, mass) in sums[1..].iter_mut().zip(&law) {
            sum += mass;
            *to = sum;
        }
        let all = float(width) + 1.0;
        let [one, each, rest] = [float(alone) / all, float(step) / all, float(rest) / all];
        for (at, next) in next.iter_mut().enumerate() {
            let mut mass = one * law[at];
            if let Some(end) = (at + 1).checked_sub(begin) {
                mass += each * (sums[end] - sums[end.saturating_sub(whole)]);
                if let Some(before) = end.checked_sub(whole + 1) {
                    mass += rest * law[before];
                }
            }
            *next = mass;
        }
        core::mem::swap(&mut law, &mut next);
    }
    law
}

/// ln of the mean of e^(-t y) for y uniform on `0..=width`.
fn ln_mean(t: f64, width: u64) -> f64 {
    let size = float(width) + 1.0;
    libm::log(libm::expm1(-t * size) / (size * libm::expm1(-t)))
}

/// The mean of y on `0..=width` with probability proportional to e^(-t y), nearly.
fn mean(t: f64, width: u64) -> f64 {
    let w = float(width);
    if t * w < 1e-3 { 0.5 * w } else { 1.0 / t - w / libm::expm1(t * w) }
}

/// A tilt that brings the mean of the sum near the slack.
fn tilt(widths: &[u64], slack: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * float(widths.len() as u64) / slack);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        let sum: f64 = widths.iter().map(|&width| mean(middle, width)).sum();
        if sum > slack { low = middle } else { high = middle }
    }
    high
}

/// A number on `0..=width` with probability proportional to e^(-t y), by inversion.
fn tilted(t: f64, width: u64, u: f64) -> u64 {
    let share = -libm::expm1(-t * (float(width) + 1.0));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
    let y = (-libm::log1p(-u * share) / t) as u64;
    y.min(width)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;

    use super::Many;
    use crate::law::star;
    use crate::num::float;
    use crate::random::Random;

    #[test]
    fn is_exact_in_single_steps_and_weaker_in_larger_ones() {
        let random = Random::new(9);
        for case in 0..400 {
            let random = random.stream(case);
            let widths: Vec<u64> = (0..1 + random.below(0, 8)).map(|i| random.below(i + 1, 40)).collect();
            let total: u64 = widths.iter().sum();
            let need = 1 + random.below(99, total.max(1));
            let exact = star::tails(&widths, need).unwrap();
            for cells in [1_000, 7, 3] {
                let Some((tails, many)) = Many::new(&widths, need, cells) else { continue };
                if many.step == 1 {
                    assert!(
                        (tails.at_least - exact.at_least).abs() <= 1e-12 * exact.at_least,
                        "{widths:?} {need}"
                    );
                }
                assert!(tails.at_least >= exact.at_least * (1.0 - 1e-12), "{widths:?} {need} {cells}");
                assert!((tails.at_least + tails.below - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn many_amounts_lose_little() {
        // The sum of 60 alike is nearly normal; a rounding of 60 halves of a step moves it by 30 / 2048.
        let widths = [1_000_000_u64; 60];
        for (need, share) in [(30_000_000, 0.5), (36_708_203, 1.35e-3), (40_000_000, 4.0e-6)] {
            let (tails, many) = Many::new(&widths, need, 2048).unwrap();
            assert!(tails.at_least > share * 0.9 && tails.at_least < share * 2.0, "{need} {tails:?}");
            let mut lacks = Vec::new();
            for i in 0..200 {
                assert!(many.draw(Random::new(i), &widths, &mut lacks));
                assert!(many.holds(widths.iter().copied().zip(lacks.iter().copied())));
            }
        }
    }

    /// Draws on a rare event against the event listed state by state.
    #[test]
    fn draws_are_uniform_on_the_event() {
        for (widths, need, cells) in
            [(&[5_u64, 3, 7, 2][..], 14, 1_000), (&[9, 9, 4][..], 19, 2), (&[6, 5, 3][..], 3, 1)]
        {
            let (tails, many) = Many::new(widths, need, cells).unwrap();
            let (mut counts, mut lacks, draws) = (BTreeMap::new(), Vec::new(), 20_000_u64);
            for i in 0..draws {
                assert!(many.draw(Random::new(3).stream(i), widths, &mut lacks));
                *counts.entry(lacks.clone()).or_insert(0_u64) += 1;
            }
            let all: f64 = widths.iter().map(|&width| float(width) + 1.0).product();
            let states = tails.at_least * all;
            let expected = float(draws) / states;
            assert!((states - float(counts.len() as u64)).abs() < 1e-9);
            let square = |&n: &u64| (float(n) - expected) * (float(n) - expected) / expected;
            let chi_square: f64 = counts.values().map(square).sum();
            let limit = states + 5.0 * libm::sqrt(2.0 * states) + 10.0;
            assert!(chi_square < limit, "{widths:?}: {chi_square} for {states} states, tilt {}", many.tilt);
        }
    }
}
