//! What a round does: reshaped channels, free funds brought in, change; and how demands are then paid.

use alloc::vec::Vec;

use crate::amount::Sat;
use crate::id::{CandidateId, ChannelId, DemandMap, NodeId};

/// A channel of a round: one that exists, or one that may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// An existing channel.
    Existing(ChannelId),
    /// A candidate.
    New(CandidateId),
}

impl core::fmt::Display for Touch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Existing(channel) => write!(f, "channel {channel}"),
            Self::New(candidate) => write!(f, "candidate {candidate}"),
        }
    }
}

/// A touched channel with its balances after the round; nothing on both sides closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reshape {
    /// The channel.
    pub channel: Touch,
    /// What its end `u` owns afterwards.
    pub balance_u: Sat,
    /// What its end `v` owns afterwards.
    pub balance_v: Sat,
}

/// An amount of money of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// The node.
    pub node: NodeId,
    /// The amount.
    pub amount: Sat,
}

/// Everything a round changes. Doing nothing is three empty lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Changes {
    /// The touched channels, each once.
    pub touched: Vec<Reshape>,
    /// Free funds that enter the round, each node once.
    pub used_free: Vec<Money>,
    /// What nodes get back of the money that entered, each node once.
    pub change: Vec<Money>,
}

/// What a payment sends through one channel: positive from `u` to `v`, negative back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChannelFlow {
    /// The channel.
    pub channel: Touch,
    /// The net amount in satoshi.
    pub amount: i64,
}

/// For each demand that is feasible after the round, a flow that pays it alone.
pub type DemandFlows = DemandMap<Option<Vec<ChannelFlow>>>;
