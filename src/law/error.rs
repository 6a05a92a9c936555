//! What is wrong with the parameters of a law.

use thiserror::Error;

/// Why numbers are not the parameters of a law.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum LawError {
    /// A scale must lie in `1e-12..=1e290`.
    #[error("scale {scale} is not in 1e-12..=1e290")]
    Scale {
        /// What was given.
        scale: f64,
    },
    /// A weight must be 0 or lie in `1e-100..=1e100`, and one of them must be positive.
    #[error("weight {weight} of part {index} does not do: weights are 0 or in 1e-100..=1e100, and not all 0")]
    Weight {
        /// The part, from 0.
        index: usize,
        /// What was given.
        weight: f64,
    },
    /// Breakpoints must rise strictly.
    #[error("breakpoint {index} at {at} does not lie above the one before it")]
    Order {
        /// The breakpoint, from 0.
        index: usize,
        /// Where it lies.
        at: u64,
    },
    /// A range without a balance.
    #[error("no balance lies in {lo}..={hi}")]
    Empty {
        /// The least.
        lo: u64,
        /// The largest.
        hi: u64,
    },
}

/// A scale, if distances and lengths over it stay in the range of an `f64`.
pub(super) fn admit_scale(scale: f64) -> Result<(), LawError> {
    if (1e-12..=1e290).contains(&scale) { Ok(()) } else { Err(LawError::Scale { scale }) }
}

/// A weight, if densities and their sums stay in the range of an `f64`.
pub(super) fn admit_weight(index: usize, weight: f64) -> Result<(), LawError> {
    let admitted = weight == 0.0 || (1e-100..=1e100).contains(&weight);
    if admitted { Ok(()) } else { Err(LawError::Weight { index, weight }) }
}
