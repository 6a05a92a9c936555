//! Every balance alike, and one balance only.

use super::{Interval, Law};

/// Every balance from 0 to the capacity is equally likely.
///
/// P(x >= a | lo..=hi) = (hi - a + 1) / (hi - lo + 1), from integers, with `ln_1p` above one half. Its -ln is convex.
/// Source: Pickhardt, Tikhomirov, Biryukov, Nowostawski, "Security and Privacy of Lightning Network Payments with
/// Uncertain Channel Balances" (arXiv 2103.08576).
///
/// ```
/// use feasible::law::{Interval, Law, Uniform};
/// assert!((Uniform.ln_survival(2, Interval::up_to(2), 1).exp() - 2.0 / 3.0).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Uniform;

/// A count as a number; 2^64 and below, so a relative error of 1e-16.
#[allow(clippy::cast_precision_loss)]
pub(super) const fn float(count: u128) -> f64 {
    count as f64
}

/// ln(part / whole) of counts with part + rest = whole; the smaller of part and rest decides, and keeps its accuracy.
pub(crate) fn ln_ratio(part: f64, rest: f64, whole: f64) -> f64 {
    if part >= rest { libm::log1p(-(rest / whole)) } else { libm::log(part / whole) }
}

impl Law for Uniform {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        range
            .intersection(Interval::up_to(capacity))
            .map_or(f64::NEG_INFINITY, |r| libm::log(float(r.count())))
    }

    fn is_uniform(&self) -> bool {
        true
    }

    fn is_log_concave(&self) -> bool {
        true
    }

    fn is_log_convex(&self) -> bool {
        true
    }

    fn ln_share(&self, capacity: u64, inner: Interval, outer: Interval) -> f64 {
        let Some(outer) = outer.intersection(Interval::up_to(capacity)) else {
            return f64::NEG_INFINITY;
        };
        let whole = outer.count();
        inner.intersection(outer).map_or(f64::NEG_INFINITY, |part| {
            ln_ratio(float(part.count()), float(whole - part.count()), float(whole))
        })
    }

    fn quantile(&self, capacity: u64, within: Interval, u: f64) -> u64 {
        let hi = within.hi().min(capacity).max(within.lo());
        let width = hi - within.lo();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // saturates, and is held below the width
        let steps = (u * (float(u128::from(width)) + 1.0)) as u64;
        within.lo() + steps.min(width)
    }
}

/// The balance is known.
///
/// ```
/// use feasible::law::{Interval, Law, Point};
/// let known = Point::new(30);
/// assert_eq!(known.ln_survival(100, Interval::up_to(100), 30), 0.0);
/// assert_eq!(known.ln_survival(100, Interval::up_to(100), 31), f64::NEG_INFINITY);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Point {
    balance: u64,
}

impl Point {
    /// The law of one balance. In a channel of a smaller capacity nothing has mass.
    #[must_use]
    pub const fn new(balance: u64) -> Self {
        Self { balance }
    }
}

impl Law for Point {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        if range.contains(self.balance) && self.balance <= capacity { 0.0 } else { f64::NEG_INFINITY }
    }

    fn is_log_concave(&self) -> bool {
        true
    }
}
