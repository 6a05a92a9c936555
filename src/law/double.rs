//! Double-double numbers: the unevaluated sum of two `f64`, about 31 digits.
//!
//! Error-free sum (Knuth) and product (Dekker, by splitting: a fused product is a slow library call where the
//! processor feature is not assumed). Enough for alternating sums that cancel to 1e-15 of their terms.

use core::ops::{Add, Mul, Neg};

/// `hi + lo` with `abs(lo)` at most half a unit in the last place of `hi`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Double {
    hi: f64,
    lo: f64,
}

fn two_sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    let shadow = hi - a;
    Double { hi, lo: (a - (hi - shadow)) + (b - shadow) }
}

fn two_product(a: f64, b: f64) -> Double {
    let split = |x: f64| {
        let scaled = 134_217_729.0 * x;
        let high = scaled - (scaled - x);
        (high, x - high)
    };
    let hi = a * b;
    let ((a1, a2), (b1, b2)) = (split(a), split(b));
    Double { hi, lo: ((a1 * b1 - hi) + a1 * b2 + a2 * b1) + a2 * b2 }
}

impl Double {
    pub(crate) const ZERO: Self = Self { hi: 0.0, lo: 0.0 };
    pub(crate) const ONE: Self = Self { hi: 1.0, lo: 0.0 };

    /// An integer below 2^106, exactly.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(crate) fn from_integer(n: u128) -> Self {
        let hi = n as f64;
        // The rounding of n is an integer again.
        let back = hi as u128;
        let rest = n.abs_diff(back) as f64;
        two_sum(hi, if back > n { -rest } else { rest })
    }

    pub(crate) const fn value(self) -> f64 {
        self.hi
    }

    /// 1 minus the number.
    pub(crate) fn complement(self) -> Self {
        Self::ONE + -self
    }

    pub(crate) fn over(self, divisor: Self) -> Self {
        let first = self.hi / divisor.hi;
        let rest = self + -(divisor * Self { hi: first, lo: 0.0 });
        two_sum(first, rest.hi / divisor.hi)
    }
}

impl Neg for Double {
    type Output = Self;

    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
    }
}

impl Add for Double {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = (two_sum(self.hi, other.hi), two_sum(self.lo, other.lo));
        let carry = two_sum(high.hi, high.lo + low.hi);
        two_sum(carry.hi, carry.lo + low.lo)
    }
}

impl Mul for Double {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = two_product(self.hi, other.hi);
        two_sum(product.hi, product.lo + (self.hi * other.lo + self.lo * other.hi))
    }
}
