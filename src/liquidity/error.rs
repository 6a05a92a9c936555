//! Why a channel graph is not admitted.

use thiserror::Error;

use super::Direction;
use crate::amount::{Msat, Sat};
use crate::id::{ChannelId, MAX_IDS, NodeId, PoolId};

/// Why a channel graph cannot be built or changed. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// More nodes than ids.
    #[error("more than {MAX_IDS} nodes")]
    TooManyNodes,
    /// More channels than ids.
    #[error("more than {MAX_IDS} channels")]
    TooManyChannels,
    /// A party that the builder did not hand out.
    #[error("channel {channel}: node {node} does not exist, there are {nodes} nodes")]
    UnknownNode {
        /// The channel.
        channel: ChannelId,
        /// The party.
        node: NodeId,
        /// The number of nodes.
        nodes: usize,
    },
    /// A channel that the builder did not hand out.
    #[error("channel {channel} does not exist, there are {channels} channels")]
    UnknownChannel {
        /// The channel.
        channel: ChannelId,
        /// The number of channels.
        channels: usize,
    },
    /// Both parties are the same node.
    #[error("channel {channel}: both parties are node {node}")]
    SameParty {
        /// The channel.
        channel: ChannelId,
        /// The node.
        node: NodeId,
    },
    /// No capacity, or more than there is left of all the money.
    #[error("channel {channel}: capacity {capacity} is not between 1 sat and {limit}")]
    Capacity {
        /// The channel.
        channel: ChannelId,
        /// Its capacity.
        capacity: Sat,
        /// The supply less the capacities of all channels before it.
        limit: Sat,
    },
    /// A balance, reserve or limit above the capacity.
    #[error("channel {channel}: {what} {amount} exceeds the capacity {capacity}")]
    AboveCapacity {
        /// The channel.
        channel: ChannelId,
        /// Which amount.
        what: &'static str,
        /// The amount.
        amount: Msat,
        /// The capacity of the channel.
        capacity: Sat,
    },
    /// No balance is within the bounds.
    #[error("channel {channel}: the balance is at least {lo} and at most {hi}")]
    EmptyBalance {
        /// The channel.
        channel: ChannelId,
        /// The lower bound.
        lo: Msat,
        /// The upper bound.
        hi: Msat,
    },
    /// More in flight than the sending side can own.
    #[error("channel {channel}, {direction}: {in_flight} in flight, but the sender owns at most {limit}")]
    InFlight {
        /// The channel.
        channel: ChannelId,
        /// The direction.
        direction: Direction,
        /// What is in flight.
        in_flight: Msat,
        /// The largest balance of the sending side within the bounds.
        limit: Msat,
    },
    /// No part of a payment meets both limits of an enabled direction.
    #[error("channel {channel}, {direction}: parts of at least {htlc_min} and at most {htlc_max}")]
    HtlcLimits {
        /// The channel.
        channel: ChannelId,
        /// The direction.
        direction: Direction,
        /// The least amount of a part.
        htlc_min: Msat,
        /// The largest amount of a part.
        htlc_max: Msat,
    },
    /// A pool of fewer than two parties.
    #[error("pool {pool}: {parties} parties, a pool has at least 2")]
    Parties {
        /// The pool.
        pool: PoolId,
        /// How many there are.
        parties: usize,
    },
    /// A party that cannot be one: unknown, named twice, or the hub of a pool.
    #[error("pool {pool}: node {node} is unknown, named twice or a hub")]
    Party {
        /// The pool.
        pool: PoolId,
        /// The node.
        node: NodeId,
    },
    /// The parties of a pool own its capacity together, no more and no less.
    #[error("pool {pool}: balances add up to {sum} msat instead of {capacity}")]
    Balances {
        /// The pool.
        pool: PoolId,
        /// What the balances add up to.
        sum: u128,
        /// The capacity.
        capacity: Sat,
    },
    /// A pool that the builder did not hand out.
    #[error("pool {pool} does not exist, there are {pools} pools")]
    UnknownPool {
        /// The pool.
        pool: PoolId,
        /// The number of pools.
        pools: usize,
    },
    /// The balances of a pool change together.
    #[error("channel {channel} is a spoke of pool {pool}: set the balances of the pool")]
    Spoke {
        /// The channel.
        channel: ChannelId,
        /// The pool.
        pool: PoolId,
    },
}
