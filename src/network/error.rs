//! Why a problem is not admitted.

use thiserror::Error;

use crate::id::{ArcId, MAX_IDS, NodeId};

/// Why a network cannot be built or amended. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// More nodes than ids.
    #[error("more than {MAX_IDS} nodes")]
    TooManyNodes,
    /// More arcs, or more linear pieces of all arcs together, than ids.
    #[error("more than {MAX_IDS} arcs or cost pieces")]
    TooManyArcs,
    /// A node that the builder did not hand out.
    #[error("node {node} does not exist: there are {nodes} nodes")]
    UnknownNode {
        /// The node named.
        node: NodeId,
        /// The number of nodes.
        nodes: usize,
    },
    /// An arc that the builder did not hand out.
    #[error("arc {arc} does not exist: there are {arcs} arcs")]
    UnknownArc {
        /// The arc named.
        arc: ArcId,
        /// The number of arcs.
        arcs: usize,
    },
    /// No flow fits the bounds of an arc.
    #[error("arc {arc}: lower bound {lower} exceeds upper bound {upper}")]
    EmptyBounds {
        /// The arc.
        arc: ArcId,
        /// Its lower bound.
        lower: i128,
        /// Its upper bound.
        upper: i128,
    },
    /// Supplies do not cancel out.
    #[error("the supplies of all nodes add up to {total} instead of 0")]
    Unbalanced {
        /// The sum of all supplies.
        total: i128,
    },
    /// The flow on an arc could leave the number type, or a sum of flows `i128`.
    #[error("flows may reach {reach}, the limit is {limit}")]
    FlowRange {
        /// What bounds and supplies allow (the largest `i128` if it is even more).
        reach: i128,
        /// What the number type allows.
        limit: i128,
    },
    /// The objective could leave `i128`.
    #[error("the cost of a flow may exceed {limit}, first at arc {arc}")]
    CostRange {
        /// The arc at which the sum of |bound| x |slope| passes the limit.
        arc: ArcId,
        /// The limit.
        limit: i128,
    },
    /// Potentials (up to the number of nodes times the steepest slope) could leave `i128`.
    #[error("slope {slope} over {nodes} nodes takes potentials beyond {limit}")]
    PotentialRange {
        /// The largest absolute slope.
        slope: i128,
        /// The number of nodes.
        nodes: usize,
        /// The limit of their product.
        limit: i128,
    },
}
