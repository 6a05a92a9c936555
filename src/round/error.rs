//! Why a round is not admitted.

use thiserror::Error;

use super::plan::Touch;
use crate::amount::Sat;
use crate::id::{ChannelId, DemandId, MAX_IDS, NodeId, ScenarioId};

/// Why a round is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RoundError {
    /// More nodes, channels, candidates or demands than ids.
    #[error("more than {MAX_IDS} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
    },
    /// A node that does not exist.
    #[error("{what}: node {node} does not exist: there are {nodes} nodes")]
    UnknownNode {
        /// Where it is named.
        what: &'static str,
        /// The node named.
        node: NodeId,
        /// The number of nodes.
        nodes: usize,
    },
    /// A channel or candidate that does not exist.
    #[error("{touch} does not exist")]
    UnknownChannel {
        /// The channel or candidate named.
        touch: Touch,
    },
    /// A demand that does not exist.
    #[error("demand {demand} does not exist: there are {demands} demands")]
    UnknownDemand {
        /// The demand named.
        demand: DemandId,
        /// The number of demands.
        demands: usize,
    },
    /// A node is to keep more outbound than it has.
    #[error("node {node} can send {outbound} in all and cannot keep {wanted}")]
    Outbound {
        /// The node.
        node: NodeId,
        /// What it can send over all its channels.
        outbound: Sat,
        /// What it is to keep.
        wanted: Sat,
    },
    /// A plan that belongs to another round.
    #[error("the plan belongs to another round")]
    Foreign,
    /// A scenario that does not exist.
    #[error("scenario {scenario} does not exist: there are {scenarios} scenarios")]
    UnknownScenario {
        /// The scenario named.
        scenario: ScenarioId,
        /// The number of scenarios.
        scenarios: usize,
    },
    /// A scenario changes a channel twice, or one that the round may touch: its balances are known.
    #[error("scenario {scenario}: the balances of channel {channel} are known or named twice")]
    Certain {
        /// The scenario.
        scenario: ScenarioId,
        /// The channel.
        channel: ChannelId,
    },
    /// The node does not take part, or is the server, without which there is no round.
    #[error("node {node} does not take part, or is the server")]
    Absent {
        /// The node.
        node: NodeId,
    },
    /// Both ends are the same node.
    #[error("{what}: both ends are node {node}")]
    SameEnds {
        /// What has these ends.
        what: &'static str,
        /// The node.
        node: NodeId,
    },
    /// More money than there is.
    #[error("{what}: {amount} is more than all the money there is ({limit})")]
    TooMuch {
        /// Whose or what amount.
        what: &'static str,
        /// The amount.
        amount: Sat,
        /// The limit.
        limit: Sat,
    },
    /// A demand for nothing, or one that is worth nothing.
    #[error("demand {demand}: amount and weight must be positive")]
    EmptyDemand {
        /// The demand.
        demand: DemandId,
    },
    /// All weights together leave the range.
    #[error("the weights of all demands add up to more than {limit}")]
    Weights {
        /// The limit.
        limit: u64,
    },
    /// The capacity range is empty.
    #[error("no capacity is both at least {min} and at most {max}")]
    CapacityRange {
        /// The least capacity.
        min: Sat,
        /// The largest capacity.
        max: Sat,
    },
    /// The rows of the price table do not rise.
    #[error("row {row} of the price table does not rise by blocks")]
    PriceTable {
        /// Position of the row, from 0.
        row: usize,
    },
}
