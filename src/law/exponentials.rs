//! Mixtures of truncated exponentials: money lies at one end of a channel or at the other.
//!
//! # Notation
//!
//! A *part* has a weight w, a scale s and an end. The balances are the half-open cells of `[0, T)`; a range of cells
//! `[x, y)` has the distance d = x (low end) or T - y (high end) from the part's end and the length n = y - x. Its mass is
//!
//! ```text
//!   w e^(-d/s) (1 - e^(-n/s)) / (1 - e^(-T/s)),        w n / T for s without limit.
//! ```
//!
//! # Shares without underflow
//!
//! The share of an inner range in an outer one is the mean, over the parts, of their own shares
//!
//! ```text
//!   (1 - e^(-n'/s)) / (1 - e^(-n/s)) e^(-(d' - d)/s)
//! ```
//!
//! weighted with how much of the outer range belongs to the part. Distances enter as differences of integers,
//! so nothing is lost where every mass itself underflows.

use alloc::vec::Vec;

use super::error::{admit_scale, admit_weight};
use super::simple::float;
use super::{Interval, Law, LawError, ln_share_by};

/// One exponential of a mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// ln of its mass on all cells, up to a common term.
    pub(super) ln_weight: f64,
    /// How fast it falls; infinite for a uniform part.
    pub(super) scale: f64,
    /// Whether it falls from the high end.
    pub(super) high: bool,
}

/// A half-open range of cells.
#[derive(Clone, Copy)]
struct Cells {
    begin: u128,
    end: u128,
}

impl Cells {
    fn length(self) -> f64 {
        float(self.end.saturating_sub(self.begin))
    }
}

impl Part {
    /// 1 - e^(-n/s), or n itself for a uniform part.
    fn bulk(self, length: f64) -> f64 {
        if self.scale == f64::INFINITY { length } else { -libm::expm1(-length / self.scale) }
    }

    /// ln of this part's own share of inner cells.
    fn ln_share(self, inner: Cells, outer: Cells) -> f64 {
        let apart = if self.high { outer.end - inner.end } else { inner.begin - outer.begin };
        libm::log(self.bulk(inner.length()) / self.bulk(outer.length())) - float(apart) / self.scale
    }

    fn distance(self, total: u128, cells: Cells) -> u128 {
        if self.high { total - cells.end } else { cells.begin }
    }

    /// ln of this part's mass on some cells minus e^(-d/s) of another part on them.
    fn ln_relative(self, other: Self, total: u128, cells: Cells) -> f64 {
        let (mine, its) = (self.distance(total, cells), other.distance(total, cells));
        #[allow(clippy::float_cmp)] // the same scale, not nearly the same
        let apart = if self.scale == other.scale {
            let gap = float(mine.abs_diff(its)) / self.scale;
            if mine > its { -gap } else { gap }
        } else {
            float(its) / other.scale - float(mine) / self.scale
        };
        self.ln_weight + libm::log(self.bulk(cells.length()) / self.bulk(float(total))) + apart
    }
}

/// ln of a sum from the logarithms of its terms.
fn ln_sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + libm::log(terms.map(|term| libm::exp(term - most)).sum())
}

/// The share of `inner` in `outer` under a mixture on `total` cells, one per balance.
pub(super) fn ln_share(parts: &[Part], total: u128, inner: Interval, outer: Interval) -> f64 {
    let cells = |range: Interval| {
        let end = (u128::from(range.hi()) + 1).min(total);
        Cells { begin: u128::from(range.lo()).min(end), end }
    };
    let whole = cells(outer);
    // Exponents are taken relative to the part that has fallen least: the others only lose against it.
    let fallen = |part: &Part| float(part.distance(total, whole)) / part.scale;
    let least = parts.iter().min_by(|one, other| fallen(one).total_cmp(&fallen(other)));
    let Some(&reference) = least.filter(|_| whole.begin < whole.end) else {
        return f64::NEG_INFINITY;
    };
    let weights = parts.iter().map(|part| part.ln_relative(reference, total, whole));
    let sum = ln_sum(weights.clone());
    ln_share_by(inner, outer, |range| {
        let part = cells(range);
        if part.begin >= part.end {
            return f64::NEG_INFINITY;
        }
        ln_sum(parts.iter().zip(weights.clone()).map(|(p, weight)| weight - sum + p.ln_share(part, whole)))
    })
}

/// Draws from a range of a mixture: a part by its mass, and a balance by inverting the part alone, in closed form.
fn draw(parts: &[Part], total: u128, within: Interval, u: [f64; 2]) -> u64 {
    let end = (u128::from(within.hi()) + 1).min(total);
    let cells = Cells { begin: u128::from(within.lo()).min(end), end };
    let fallen = |part: &Part| float(part.distance(total, cells)) / part.scale;
    let least = parts.iter().min_by(|one, other| fallen(one).total_cmp(&fallen(other)));
    let Some(&reference) = least.filter(|_| cells.begin < cells.end) else { return within.lo() };
    let mass = |part: &Part| libm::exp(part.ln_relative(reference, total, cells));
    let mut left = u[1] * parts.iter().map(mass).sum::<f64>();
    let chosen = parts.iter().find(|part| {
        left -= mass(part);
        left < 0.0
    });
    let part = chosen.unwrap_or(&reference);
    let length = cells.length();
    let away = if part.scale == f64::INFINITY {
        u[0] * length
    } else {
        -part.scale * libm::log1p(-u[0] * part.bulk(length))
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // saturates, and is held below the length
    let away = (away as u64).min(within.hi() - within.lo());
    let (lo, hi) = (within.lo(), within.hi().min(capacity_of(total)));
    if part.high { hi.saturating_sub(away).max(lo) } else { lo.saturating_add(away).min(hi) }
}

/// The last of so many cells.
fn capacity_of(total: u128) -> u64 {
    u64::try_from(total.saturating_sub(1)).unwrap_or(u64::MAX)
}

/// A mixture of exponentials that fall from the two ends of a channel, on integer balances.
///
/// One scale at both ends, [`Exponentials::bimodal`], is the law of a channel whose money lies at one end
/// most of the time. The -ln of its survival is concave near 0, hence [`Law::is_log_concave`] is false.
///
/// ```
/// use feasible::law::{Exponentials, Interval, Law};
/// let law = Exponentials::bimodal(1e6)?;
/// let (c, known) = (10_000_000_000, Interval::new(4_000_000_000, 5_500_000_000).unwrap());
/// // Every mass underflows, their ratio does not: 1/e.
/// assert!((law.ln_survival(c, known, 4_001_000_000) + 1.0).abs() < 1e-13);
/// # Ok::<(), feasible::law::LawError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Exponentials {
    parts: Vec<Part>,
}

impl Exponentials {
    /// The mass of x is proportional to e^(-x/scale) + e^(-(c-x)/scale).
    ///
    /// # Errors
    ///
    /// [`LawError::Scale`].
    pub fn bimodal(scale: f64) -> Result<Self, LawError> {
        Self::new([(1.0, scale)], [(1.0, scale)])
    }

    /// Parts (weight, scale) that fall from balance 0 and from the full capacity. Weights need not add up to 1;
    /// each is the mass of its part.
    ///
    /// # Errors
    ///
    /// [`LawError::Scale`], [`LawError::Weight`].
    pub fn new(
        low: impl IntoIterator<Item = (f64, f64)>,
        high: impl IntoIterator<Item = (f64, f64)>,
    ) -> Result<Self, LawError> {
        let low = low.into_iter().map(|(weight, scale)| (weight, scale, false));
        let all = low.chain(high.into_iter().map(|(weight, scale)| (weight, scale, true)));
        let mut parts = Vec::new();
        for (index, (weight, scale, high)) in all.enumerate() {
            admit_scale(scale)?;
            admit_weight(index, weight)?;
            if weight > 0.0 {
                parts.push(Part { ln_weight: libm::log(weight), scale, high });
            }
        }
        if parts.is_empty() {
            return Err(LawError::Weight { index: 0, weight: 0.0 });
        }
        Ok(Self { parts })
    }
}

impl Law for Exponentials {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        self.ln_share(capacity, range, Interval::up_to(capacity))
    }

    fn is_log_convex(&self) -> bool {
        true
    }

    fn ln_share(&self, capacity: u64, inner: Interval, outer: Interval) -> f64 {
        ln_share(&self.parts, u128::from(capacity) + 1, inner, outer)
    }

    fn draw(&self, capacity: u64, within: Interval, u: [f64; 2]) -> u64 {
        draw(&self.parts, u128::from(capacity) + 1, within, u)
    }
}
