//! LND's bimodal law, for compatibility.

use super::error::admit_scale;
use super::exponentials::{Part, ln_share};
use super::{Interval, Law, LawError};

/// LND's estimator: density e^(-x/s) + e^(-(c-x)/s) + 1/c on the real interval from 0 to c.
///
/// Balance x stands for the real numbers from x to x + 1, so "failed at h" is the range up to h - 1, and the full
/// capacity has probability 0, as in LND. The term 1/c makes the law depend on the unit of the
/// amounts: give the scale and the amounts in millisatoshi. [`Exponentials`](super::Exponentials) has neither property.
/// Source: LND, `routing/probability_bimodal.go` (facts; the formula is evaluated in another way here).
///
/// ```
/// use feasible::law::{Interval, Law, LndBimodal};
/// let (c, law) = (10_000_000_000, LndBimodal::new(4e8)?);
/// assert!((law.ln_survival(c, Interval::up_to(c), c / 2).exp() - 0.5).abs() < 1e-12);
/// assert_eq!(law.ln_survival(c, Interval::up_to(c), c), f64::NEG_INFINITY);
/// # Ok::<(), feasible::law::LawError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LndBimodal {
    scale: f64,
}

impl LndBimodal {
    /// The law of a scale in the unit of the amounts.
    ///
    /// # Errors
    ///
    /// [`LawError::Scale`].
    pub fn new(scale: f64) -> Result<Self, LawError> {
        admit_scale(scale)?;
        Ok(Self { scale })
    }
}

impl Law for LndBimodal {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        self.ln_share(capacity, range, Interval::up_to(capacity))
    }

    fn ln_share(&self, capacity: u64, inner: Interval, outer: Interval) -> f64 {
        let cells = u128::from(capacity);
        // An exponential of height 1 has the mass s (1 - e^(-c/s)), the uniform part has the mass 1.
        let bulk = -self.scale * libm::expm1(-super::simple::float(cells) / self.scale);
        let end = Part { ln_weight: libm::log(bulk), scale: self.scale, high: false };
        let parts =
            [end, Part { high: true, ..end }, Part { ln_weight: 0.0, scale: f64::INFINITY, high: false }];
        ln_share(&parts, cells, inner, outer)
    }
}
