//! What a minimum-cost flow solver can answer.

use alloc::vec::Vec;

use thiserror::Error;

use super::Algorithm;
use crate::check::{Ray, Shortage};
use crate::id::{ArcId, ArcMap, NodeMap};

/// The answer to a minimum-cost flow problem, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome<N = i64> {
    /// A flow of minimum cost and potentials that prove it.
    Optimal(OptimalFlow<N>),
    /// There is no flow: a node set whose supply exceeds what may leave it. No set exceeds it by more, and
    /// of those that exceed it by as much this is the smallest (their intersection), whatever the algorithm.
    Infeasible(Shortage),
    /// There are flows, and their costs have no lower bound: a flow and a cycle.
    Unbounded(Ray<N>),
}

impl<N> Outcome<N> {
    /// The optimal flow, or an error that says why there is none.
    ///
    /// # Errors
    ///
    /// [`NotOptimal`] with the witness.
    ///
    /// ```
    /// use feasible::min_cost_flow::NotOptimal;
    /// use feasible::{MinCostFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
    /// b.add_arc(s, t, 0..=3, 7)?;
    /// let answer = MinCostFlow::new().solve(&b.build()?)?.optimal();
    /// assert!(matches!(answer, Err(NotOptimal::Infeasible(shortage)) if shortage.amount == 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn optimal(self) -> Result<OptimalFlow<N>, NotOptimal> {
        match self {
            Self::Optimal(flow) => Ok(flow),
            Self::Infeasible(shortage) => Err(NotOptimal::Infeasible(shortage)),
            Self::Unbounded(Ray { cycle, slope, .. }) => Err(NotOptimal::Unbounded { cycle, slope }),
        }
    }
}

/// Why a problem has no optimal flow.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotOptimal {
    /// There is no flow.
    #[error("there is no flow: a set of {} nodes has {} units more than may leave it", .0.nodes().count(), .0.amount)]
    Infeasible(Shortage),
    /// Costs have no lower bound.
    #[error("costs fall for ever: a cycle of {} unbounded arcs costs {slope} per unit", .cycle.len())]
    Unbounded {
        /// Arcs without upper bound, each entering the node that the next one leaves.
        cycle: Vec<ArcId>,
        /// The sum of their last slopes; negative.
        slope: i128,
    },
}

/// A flow of minimum cost that has passed [`check::optimal`](crate::check::optimal).
///
/// It can serve as the start of another solve: [`MinCostFlow::solve_from`](super::MinCostFlow::solve_from).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptimalFlow<N = i64> {
    pub(super) flows: ArcMap<N>,
    pub(super) potentials: NodeMap<i128>,
    pub(super) cost: i128,
    /// The arc from each node to its parent in the tree of the last basis; empty if there was none.
    pub(super) basis: Vec<u32>,
    pub(super) pivots: u64,
    pub(super) algorithm: Algorithm,
}

impl<N> OptimalFlow<N> {
    /// The flow of every arc.
    #[must_use]
    pub const fn flows(&self) -> &ArcMap<N> {
        &self.flows
    }

    /// The flow of every arc, to be kept.
    #[must_use]
    pub fn into_flows(self) -> ArcMap<N> {
        self.flows
    }

    /// Potentials that prove the flow optimal, 0 at the first node: see the
    /// [problem page](crate::network).
    #[must_use]
    pub const fn potentials(&self) -> &NodeMap<i128> {
        &self.potentials
    }

    /// The sum of the costs of all arcs.
    #[must_use]
    pub const fn cost(&self) -> i128 {
        self.cost
    }

    /// The algorithm that found it; never [`Algorithm::Auto`].
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The number of pivots, augmentations or relabels that it took, depending on the algorithm.
    #[must_use]
    pub const fn pivots(&self) -> u64 {
        self.pivots
    }
}
