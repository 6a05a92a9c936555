//! What a planner answers.

use alloc::vec::Vec;

use thiserror::Error;

use super::Limit;
use crate::check::{Obstacle, Part, PartFault, PartsValue, Proof};
use crate::solve::SolveError;

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PayError {
    /// The question is not one, or the work limit was reached.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// The trade-off is negative or not a number.
    #[error("mu must be finite and not negative")]
    Mu,
    /// Payments of one batch with different rules or trade-offs.
    #[error("payments of a batch need the same rules and the same mu")]
    Batch,
    /// The answer failed its own check, so there is none. A defect of this crate: please report it.
    #[error("the answer did not pass its check: {0}")]
    Uncertified(#[from] PartFault),
}

/// A checked way to pay.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentPlan {
    /// The parts, as they are to be sent.
    pub parts: Vec<Part>,
    /// What they are worth, recomputed from the parts.
    pub value: PartsValue,
    /// No way to pay has a smaller objective.
    pub lower_bound: f64,
    /// What proves it ([`check::objective_bound`](crate::check::objective_bound)).
    pub proof: Proof,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PayAnswer {
    /// A way to pay.
    Plan(PaymentPlan),
    /// There is none, with the proof.
    Infeasible(Obstacle),
    /// None was found, because of a limit; not a proof.
    Blocked(Limit),
}
