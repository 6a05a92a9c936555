//! LDK's non-linear law, for compatibility.

use super::{Interval, Law};

/// LDK's density, proportional to 1/256 + 9 (z - 1/2)^8 with z = x/c, on the real interval from 0 to c.
///
/// Balance x stands for the real numbers from x to x + 1, as in [`LndBimodal`](super::LndBimodal): LDK's upper bound
/// is the first balance that is excluded. Masses come from a difference of ninth powers that is factored, since
/// near an end the powers are alike. Source: rust-lightning, `routing/scoring.rs` (the density only).
///
/// ```
/// use feasible::law::{Interval, LdkNonlinear, Law};
/// let p = LdkNonlinear.ln_survival(1_000_000, Interval::up_to(1_000_000), 100_000).exp();
/// assert!((p - 0.733554432).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LdkNonlinear;

/// The mass of x..y in the unit of the density, divided by 1/c; `u` and `v` are the ends minus c/2, in units of c.
fn mass(capacity: u64, x: u128, y: u128) -> f64 {
    #[allow(clippy::cast_precision_loss)] // the differences are exact integers
    let centred = |x: u128| {
        let (twice, c) = (x * 2, u128::from(capacity));
        let size = twice.abs_diff(c) as f64 / (2.0 * c as f64);
        if twice < c { -size } else { size }
    };
    #[allow(clippy::cast_precision_loss)]
    let length = (y - x) as f64 / capacity as f64;
    let (u, v) = (centred(x), centred(y));
    let power = |z: f64| {
        let square = z * z;
        let fourth = square * square;
        fourth * fourth * z
    };
    let ninth = if (u < 0.0) == (v < 0.0) {
        // v^9 - u^9 = (v - u) (sum of v^k u^(8-k)), all terms positive.
        let mut sum = 0.0;
        let mut low = 1.0;
        for _ in 0..9 {
            sum = sum * v + low;
            low *= u;
        }
        length * sum
    } else {
        power(v) - power(u)
    };
    ninth + length / 256.0
}

impl Law for LdkNonlinear {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        let end = (u128::from(range.hi()) + 1).min(capacity.into());
        let begin = u128::from(range.lo());
        if begin < end { libm::log(mass(capacity, begin, end)) } else { f64::NEG_INFINITY }
    }
}
