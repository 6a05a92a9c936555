//! Other questions about a round, each reduced to R1 or to a few rounds of it.
//!
//! R1 counts demands that are feasible, each alone. What else people ask is a round of its own with the same channels
//! and the same planner, so that every plan and every bound goes through the same two checkers:
//!
//! | question | reduction |
//! |---|---|
//! | nothing may be taken away ([`Keep`]) | what must stay weighs more than all the rest together; a locked outbound is a demand to a node behind all neighbours |
//! | the most one pair can pay ([`RoundPlanner::largest`](super::RoundPlanner::largest)) | bisection on the amount of one demand |
//! | the largest common share of all demands ([`RoundPlanner::scale`](super::RoundPlanner::scale)) | bisection on a factor of all amounts |
//! | the cheapest round that is good enough ([`RoundPlanner::cheapest`](super::RoundPlanner::cheapest)) | bisection on one of the budgets |
//! | the most money delivered, partial payments included ([`RoundPlanner::volume`](super::RoundPlanner::volume)) | demands in slices |
//! | the heaviest set that can be netted together ([`RoundPlanner::netted`](super::RoundPlanner::netted)) | one demand between two nodes that stand for all senders and receivers |
//! | the largest expectation under uncertain balances ([`Uncertain`]) | one copy of each demand per drawn scenario |
//!
//! Bisections keep two ends: the best level that a checked plan reaches, and the least level that a checked bound
//! refutes. Where the planner can do neither, the ends stay apart and the answer says so.

mod cheapest;
mod climb;
mod expected;
mod keep;
mod largest;
mod netted;
mod volume;

use thiserror::Error;

use super::error::RoundError;
use crate::solve::SolveError;

pub use cheapest::{Budget, Cheapest};
pub use climb::Refutation;
pub use expected::{Draws, Expectation, Expected, Uncertain};
pub use keep::{Keep, Kept};
pub use largest::{Largest, Scale};
pub use netted::Netted;
pub use volume::Volume;

/// Why a question about a round has no answer.
#[derive(Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum AimError {
    /// The round that it leads to is not admitted.
    #[error(transparent)]
    Round(#[from] RoundError),
    /// A plan or a bound failed its check.
    #[error(transparent)]
    Solve(#[from] SolveError),
}
