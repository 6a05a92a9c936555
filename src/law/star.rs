//! The law of a sum of uniform balances: what all channels of a node can send together.
//!
//! # Problem
//!
//! Independent x_i, uniform on the integers `0..=g_i`; P(x_1 + ... + x_k >= a). The star of a sender is the cut that
//! decides most payments, so its law is wanted exactly.
//!
//! # Method
//!
//! With y_i = g_i - x_i and b = sum of g - a it is P(sum of y <= b), and by inclusion and exclusion
//!
//! ```text
//!   sum over sets T with s_T = sum over T of (g_i + 1) <= b of (-1)^|T| prod over j = 1..k of (b - s_T + j) / (j (g_j + 1)).
//! ```
//!
//! The smaller of b and its mirror image is summed, which prunes most sets. The sum cancels: in `f64` nothing is left of
//! ten unequal capacities; in double-double numbers the loss is watched, and the answer declined where it would
//! show. Cost: up to 2^k terms of k factors, so k is limited to [`MOST`].

use alloc::vec::Vec;

use super::double::Double;

/// The largest number of balances whose sum is asked for.
pub(crate) const MOST: usize = 13;

/// The two tails of a law at an amount, each to a relative accuracy of 1e-11 or better, neither by subtraction
/// from the other where that would lose it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tails {
    /// P(sum >= amount).
    pub(crate) at_least: f64,
    /// P(sum < amount).
    pub(crate) below: f64,
}

impl Tails {
    pub(crate) const SURE: Self = Self { at_least: 1.0, below: 0.0 };
    pub(crate) const NEVER: Self = Self { at_least: 0.0, below: 1.0 };
}

/// The tails of the sum at an amount, or `None` if there are too many balances or the sum cancels too far.
pub(crate) fn tails(widths: &[u64], amount: u64) -> Option<Tails> {
    if amount == 0 {
        return Some(Tails::SURE);
    }
    let total: u128 = widths.iter().map(|&width| u128::from(width)).sum();
    let Some(spare) = total.checked_sub(amount.into()) else {
        return Some(Tails::NEVER);
    };
    if widths.len() > MOST {
        return None;
    }
    let mirrored = u128::from(amount) - 1;
    let small = at_most(widths, spare.min(mirrored))?;
    let (small, large) = (small.value(), small.complement().value());
    Some(if spare <= mirrored {
        Tails { at_least: small, below: large }
    } else {
        Tails { at_least: large, below: small }
    })
}

/// P(sum of y <= b) for y_i uniform on `0..=g_i`.
fn at_most(widths: &[u64], b: u128) -> Option<Double> {
    let mut sizes: Vec<u128> = widths.iter().map(|&width| u128::from(width) + 1).collect();
    // The largest first: most sets end at once.
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    let term = |rest: u128| {
        (1..).zip(&sizes).fold(Double::ONE, |product, (j, &size)| {
            product
                * Double::from_integer(rest + j).over(Double::from_integer(j) * Double::from_integer(size))
        })
    };
    let (mut sum, mut magnitude) = (Double::ZERO, 0.0);
    // Sets still to be looked at: the next size that may join, what is left of b, the sign.
    let mut stack = alloc::vec![(0, b, false)];
    while let Some((next, rest, negative)) = stack.pop() {
        let size = term(rest);
        magnitude += size.value();
        sum = sum + if negative { -size } else { size };
        for (i, &size) in sizes.iter().enumerate().skip(next) {
            if let Some(rest) = rest.checked_sub(size) {
                stack.push((i + 1, rest, !negative));
            }
        }
    }
    let lost = magnitude * 1e-30;
    (sum.value() > 0.0 && lost <= 1e-11 * sum.value()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::tails;

    /// By adding up one balance after another.
    fn convolved(widths: &[u64], amount: u64) -> f64 {
        let mut law = vec![1.0_f64];
        for &width in widths {
            let width = usize::try_from(width).unwrap();
            let mut next = vec![0.0; law.len() + width];
            for (sum, p) in law.iter().enumerate() {
                for x in 0..=width {
                    next[sum + x] += p / (width as f64 + 1.0);
                }
            }
            law = next;
        }
        law.iter().skip(usize::try_from(amount).unwrap()).sum()
    }

    #[test]
    fn equals_the_convolution() {
        let random = crate::random::Random::new(3);
        for case in 0..300 {
            let random = random.stream(case);
            let widths: Vec<u64> = (0..random.below(0, 7) + 1).map(|i| random.below(i + 1, 40)).collect();
            let amount = random.below(99, widths.iter().sum::<u64>() + 2);
            let (found, expected) = (tails(&widths, amount).unwrap(), convolved(&widths, amount));
            assert!((found.at_least - expected).abs() <= 1e-12 * expected.max(1e-3), "{widths:?} {amount}");
            assert!((found.at_least + found.below - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn keeps_its_accuracy_with_unequal_capacities() {
        // The two tails of one law come from different sums; by symmetry P(sum >= a) = P(sum <= total - a).
        let widths =
            [100_000_000, 31_000_000, 9_000_000, 1_000_000, 310_000, 77_000, 20_000, 15_000, 11_000, 10_000];
        let total: u64 = widths.iter().sum();
        for amount in [1, 10_000, 1_000_000, 60_000_000, 140_000_000, total] {
            let (one, other) = (tails(&widths, amount).unwrap(), tails(&widths, total - amount + 1).unwrap());
            assert!((one.at_least - other.below).abs() <= 1e-15 * one.at_least);
            assert!((one.below - other.at_least).abs() <= 1e-15 * one.below);
        }
        // One corner of the box: the largest amount has one state.
        let states: f64 = widths.iter().map(|&w| w as f64 + 1.0).product();
        let corner = tails(&widths, total).unwrap().at_least;
        assert!((corner * states - 1.0).abs() < 1e-13);
        assert_eq!(tails(&widths, total + 1).unwrap().at_least, 0.0);
        assert_eq!(tails(&[5; 14], 3), None);
    }
}
