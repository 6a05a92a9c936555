//! Numbers of any size, as far as counting needs them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::AddAssign;

use crate::num::float;

/// A natural number of any size.
///
/// ```
/// use feasible::feasibility::{Natural, wealth_count};
/// use feasible::Sat;
/// // Three parties share 21 coins in 253 ways.
/// assert_eq!(wealth_count(Sat(21), 3), Natural::from(253));
/// let many = wealth_count(Sat(2_100_000_000_000_000), 4);
/// assert_eq!(many.to_string(), "1543500000000004410000000000003850000000000001");
/// assert_eq!(many.to_u128(), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Natural {
    /// Digits to the base 2^64, the lowest first; the last is not 0.
    digits: Vec<u64>,
}

impl From<u64> for Natural {
    fn from(number: u64) -> Self {
        Self { digits: if number == 0 { Vec::new() } else { alloc::vec![number] } }
    }
}

#[allow(clippy::cast_possible_truncation)] // low and high words of 128-bit numbers
impl Natural {
    /// The number, or `None` if it is 2^128 or more.
    #[must_use]
    pub fn to_u128(&self) -> Option<u128> {
        match self.digits[..] {
            [] => Some(0),
            [low] => Some(low.into()),
            [low, high] => Some(u128::from(high) << 64 | u128::from(low)),
            _ => None,
        }
    }

    /// The natural logarithm, to a few roundings; negative infinity for 0.
    #[must_use]
    pub fn ln(&self) -> f64 {
        let mut leading = self.digits.iter().rev().map(|&digit| float(digit));
        let (first, second) = (leading.next().unwrap_or(0.0), leading.next().unwrap_or(0.0));
        let below = self.digits.len().saturating_sub(1) as u64;
        libm::log(first + second / 18_446_744_073_709_551_616.0)
            + float(below) * 64.0 * core::f64::consts::LN_2
    }

    /// This number times another.
    pub(super) fn multiply(&mut self, by: u64) {
        let mut carry: u128 = 0;
        for digit in &mut self.digits {
            carry += u128::from(*digit) * u128::from(by);
            *digit = carry as u64;
            carry >>= 64;
        }
        if carry > 0 {
            self.digits.push(carry as u64);
        }
        self.trim();
    }

    /// This number divided by another, rounded down, and the rest; 0 divides nothing.
    pub(super) fn divide(&mut self, by: u64) -> u64 {
        let mut rest: u128 = 0;
        for digit in self.digits.iter_mut().rev() {
            rest = rest << 64 | u128::from(*digit);
            *digit = rest.checked_div(by.into()).unwrap_or(0) as u64;
            rest = rest.checked_rem(by.into()).unwrap_or(0);
        }
        self.trim();
        rest as u64
    }

    /// This number times the number of ways to choose `few` of `many + few`.
    pub(super) fn multiply_by_choices(&mut self, many: u64, few: u64) {
        for i in 1..=few {
            // Exact: after i steps it is a multiple of the ways to choose i of many + i.
            self.multiply(many + i);
            self.divide(i);
        }
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // low words
impl AddAssign<&Self> for Natural {
    fn add_assign(&mut self, other: &Self) {
        self.digits.resize(self.digits.len().max(other.digits.len()), 0);
        let mut carry: u128 = 0;
        for (i, digit) in self.digits.iter_mut().enumerate() {
            carry += u128::from(*digit) + u128::from(other.digits.get(i).copied().unwrap_or(0));
            *digit = carry as u64;
            carry >>= 64;
        }
        if carry > 0 {
            self.digits.push(carry as u64);
        }
    }
}

impl fmt::Display for Natural {
    /// In decimal; quadratic in the number of digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PART: u64 = 10_000_000_000_000_000_000;
        let (mut rest, mut parts) = (self.clone(), Vec::new());
        while !rest.digits.is_empty() {
            parts.push(rest.divide(PART));
        }
        let mut text = String::new();
        let mut write = |part: fmt::Arguments<'_>| fmt::Write::write_fmt(&mut text, part);
        write(format_args!("{}", parts.pop().unwrap_or(0)))?;
        while let Some(part) = parts.pop() {
            write(format_args!("{part:019}"))?;
        }
        f.pad_integral(true, "", &text)
    }
}
