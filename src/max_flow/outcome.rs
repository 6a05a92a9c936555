//! Answers to maximum-flow questions.

use alloc::vec::Vec;

use thiserror::Error;

use crate::check::{Cut, Shortage};
use crate::id::{ArcId, ArcMap};

/// A maximum flow and the cut that proves it. Exists only if [`check::max_flow`](crate::check::max_flow)
/// accepted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaximumFlow<N = i64> {
    pub(super) flows: ArcMap<N>,
    pub(super) cut: Cut,
}

impl<N> MaximumFlow<N> {
    /// The flow on every arc.
    #[must_use]
    pub const fn flows(&self) -> &ArcMap<N> {
        &self.flows
    }

    /// The amount from source to sink beyond the supplies; negative if bounds or supplies force flow
    /// the other way.
    #[must_use]
    pub const fn value(&self) -> i128 {
        self.cut.capacity
    }

    /// A minimum cut, the one nearest to the source; its capacity is the value of the flow.
    #[must_use]
    pub const fn cut(&self) -> &Cut {
        &self.cut
    }

    /// Flow and cut, taken apart.
    #[must_use]
    pub fn into_parts(self) -> (ArcMap<N>, Cut) {
        (self.flows, self.cut)
    }
}

/// The answer to "how much can be sent?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<N = i64> {
    /// The most that can be sent.
    Optimal(MaximumFlow<N>),
    /// No amount whatever makes a flow, proven by
    /// [`check::infeasible_between`](crate::check::infeasible_between).
    Infeasible(Shortage),
    /// There is a flow, and a path of arcs without upper bound leads from source to sink
    /// ([`check::unbounded_path`](crate::check::unbounded_path)).
    Unbounded(Vec<ArcId>),
}

impl<N> Outcome<N> {
    /// The maximum flow, where one is expected.
    ///
    /// # Errors
    ///
    /// [`NotOptimal`] if there is none.
    pub fn optimal(self) -> Result<MaximumFlow<N>, NotOptimal> {
        match self {
            Self::Optimal(flow) => Ok(flow),
            Self::Infeasible(shortage) => Err(NotOptimal::Infeasible { amount: shortage.amount }),
            Self::Unbounded(_) => Err(NotOptimal::Unbounded),
        }
    }
}

/// Why there is no maximum flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotOptimal {
    /// Supplies and bounds admit no flow.
    #[error("there is no flow: a node set lacks {amount}")]
    Infeasible {
        /// By how much the worst node set found falls short.
        amount: i128,
    },
    /// Any amount can be sent.
    #[error("there is no largest flow: a path without upper bounds leads from source to sink")]
    Unbounded,
}

/// The answer to "can so much be sent?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtLeast<N = i64> {
    /// A flow of exactly the amount or, if lower bounds and supplies force more, of the least possible
    /// amount above it.
    Enough(ArcMap<N>),
    /// The most that can be sent is less: the maximum flow and the cut that proves it.
    TooLittle(MaximumFlow<N>),
    /// No amount whatever makes a flow, proven by
    /// [`check::infeasible_between`](crate::check::infeasible_between).
    Infeasible(Shortage),
}
