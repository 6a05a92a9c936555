//! What is wrong with the parameters of a law.

use thiserror::Error;

/// Why numbers are not the parameters of a law.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum LawError {
    /// A scale must be a positive finite number.
    #[error("scale {scale} is not a positive finite number")]
    Scale {
        /// What was given.
        scale: f64,
    },
    /// Weights must be finite and not negative, and one of them positive.
    #[error("weight {weight} of part {index} does not do: weights are finite, not negative, and not all 0")]
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
