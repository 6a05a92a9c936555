//! What happens to payments, as values that can be stored and replayed.

use alloc::vec::Vec;
use core::time::Duration;

use thiserror::Error;

use crate::amount::Msat;
use crate::id::ChannelId;
use crate::law::Interval;
use crate::liquidity::Direction;

/// One step of an attempt: the channel, the way through it, and what it has to carry, later fees included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Hop {
    /// The channel.
    pub channel: ChannelId,
    /// The way through it.
    pub direction: Direction,
    /// What it has to carry.
    pub amount: Msat,
}

impl Hop {
    /// A hop.
    #[must_use]
    pub const fn new(channel: ChannelId, direction: Direction, amount: Msat) -> Self {
        Self { channel, direction, amount }
    }
}

/// Something that was seen. Hops of one observation that use the same channel load it together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Observation {
    /// All hops could carry their amounts; nothing stays locked (it failed further on, or was a probe).
    Forwarded {
        /// The hops that forwarded.
        hops: Vec<Hop>,
    },
    /// Hop `at` lacked liquidity, the hops before it forwarded. Hops after it were not reached.
    Failed {
        /// The hops of the attempt.
        hops: Vec<Hop>,
        /// The position of the hop that failed, from 0.
        at: usize,
    },
    /// One of the hops lacked liquidity, nobody says which.
    FailedSomewhere {
        /// The hops of the attempt.
        hops: Vec<Hop>,
    },
    /// All hops hold their amounts until they are settled or released.
    Locked {
        /// The hops of the attempt.
        hops: Vec<Hop>,
    },
    /// What was locked has changed hands.
    Settled {
        /// Hops that were locked before.
        hops: Vec<Hop>,
    },
    /// What was locked is free again, where it was.
    Released {
        /// Hops that were locked before.
        hops: Vec<Hop>,
    },
    /// The balance of party a lies in a range, whatever was known before (a channel of one's own).
    Told {
        /// The channel.
        channel: ChannelId,
        /// The range of party a's balance, in millisatoshi.
        balance: Interval,
    },
    /// Time has passed, and what is known has aged.
    Passed {
        /// How much time.
        time: Duration,
    },
}

impl Observation {
    /// The hops that were seen, if it is about hops.
    #[must_use]
    pub fn hops(&self) -> &[Hop] {
        match self {
            Self::Forwarded { hops }
            | Self::Failed { hops, .. }
            | Self::FailedSomewhere { hops }
            | Self::Locked { hops }
            | Self::Settled { hops }
            | Self::Released { hops } => hops,
            Self::Told { .. } | Self::Passed { .. } => &[],
        }
    }
}

/// What an observation has changed besides the ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// What did not fit to what was known; those channels were reset.
    pub contradictions: Vec<Contradiction>,
    /// How many failures at an unknown hop were dropped to bound the work of later questions.
    pub dropped: usize,
}

/// An observation that cannot be true together with what was known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contradiction {
    /// The balance cannot be in both ranges, or the law gives what they have in common no mass. The claim
    /// is kept where it is possible at all, what was known before is dropped.
    Channel {
        /// The channel.
        channel: ChannelId,
        /// What was known of party a's balance.
        known: Interval,
        /// What was claimed; `None` if no balance does it.
        claimed: Option<Interval>,
    },
    /// Every hop of an attempt is able to forward, and yet one is said to have failed. For a new attempt what was
    /// known of its hops is dropped; an earlier attempt is dropped itself.
    Attempt {
        /// The channels of the hops.
        channels: Vec<ChannelId>,
    },
}

/// Why an observation makes no sense. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LearnError {
    /// A channel that the graph does not have.
    #[error("channel {channel} does not exist, there are {channels} channels")]
    UnknownChannel {
        /// The channel.
        channel: ChannelId,
        /// The number of channels.
        channels: usize,
    },
    /// The hop that failed is none of the hops.
    #[error("hop {at} failed, but there are {hops} hops")]
    Position {
        /// The position.
        at: usize,
        /// The number of hops.
        hops: usize,
    },
    /// More would be in flight than the channel holds.
    #[error("channel {channel}: {in_flight} in flight exceed the capacity {capacity}")]
    Overfull {
        /// The channel.
        channel: ChannelId,
        /// What would be in flight both ways.
        in_flight: Msat,
        /// The capacity.
        capacity: Msat,
    },
    /// Less is in flight than is settled or released.
    #[error("channel {channel} {direction}: {amount} is not in flight, only {in_flight} is")]
    NotInFlight {
        /// The channel.
        channel: ChannelId,
        /// The way through it.
        direction: Direction,
        /// What is settled or released.
        amount: Msat,
        /// What is in flight.
        in_flight: Msat,
    },
    /// No balance of the range covers what is in flight.
    #[error("channel {channel}: no balance in {lo}..={hi} millisatoshi covers what is in flight")]
    Balance {
        /// The channel.
        channel: ChannelId,
        /// The least balance.
        lo: u64,
        /// The largest balance.
        hi: u64,
    },
}
