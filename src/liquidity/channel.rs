//! One channel: parties, capacity, balance, reserves, amounts in flight, policies.

use core::fmt;

use crate::amount::{Msat, Sat};
use crate::id::NodeId;

/// A way through a channel, and the side that sends that way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Direction {
    /// From party a to party b.
    AToB,
    /// From party b to party a.
    BToA,
}

impl Direction {
    /// Both directions.
    pub const BOTH: [Self; 2] = [Self::AToB, Self::BToA];

    /// The other way.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::AToB => Self::BToA,
            Self::BToA => Self::AToB,
        }
    }

    pub(crate) const fn index(self) -> usize {
        match self {
            Self::AToB => 0,
            Self::BToA => 1,
        }
    }
}

impl fmt::Display for Direction {
    /// `ab` or `ba`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AToB => "ab",
            Self::BToA => "ba",
        })
    }
}

/// What is known of party a's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Balance {
    /// The balance.
    Known(Msat),
    /// The balance is some amount in `lo..=hi`.
    Between {
        /// The least it can be.
        lo: Msat,
        /// The most it can be.
        hi: Msat,
    },
}

impl Balance {
    /// The least that the balance can be.
    #[must_use]
    pub const fn lo(self) -> Msat {
        match self {
            Self::Known(balance) | Self::Between { lo: balance, .. } => balance,
        }
    }

    /// The most that the balance can be.
    #[must_use]
    pub const fn hi(self) -> Msat {
        match self {
            Self::Known(balance) | Self::Between { hi: balance, .. } => balance,
        }
    }
}

/// An amount that depends on balances within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Within {
    /// What it is at least, in every state within the bounds.
    pub certain: Msat,
    /// What it is at most, in some state within the bounds.
    pub possible: Msat,
}

impl Within {
    /// An amount that is known.
    #[must_use]
    pub const fn exactly(amount: Msat) -> Self {
        Self { certain: amount, possible: amount }
    }
}

/// The announced terms of one direction of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Whether the direction forwards payments.
    pub enabled: bool,
    /// Fee per payment part.
    pub base_fee: Msat,
    /// Fee in millionths of the amount.
    pub ppm: u32,
    /// The least amount of a part.
    pub htlc_min: Msat,
    /// The largest amount of a part. It may exceed the capacity (announcements do); the smaller counts.
    pub htlc_max: Msat,
    /// Blocks that a hop adds to the time lock.
    pub cltv_delta: u32,
}

/// A channel as described to [`ChannelGraphBuilder::add_channel`](super::ChannelGraphBuilder::add_channel),
/// or as stored in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Channel {
    pub(super) ends: [NodeId; 2],
    pub(super) capacity: Sat,
    pub(super) balance: Balance,
    pub(super) reserve: [Msat; 2],
    pub(super) in_flight: [Msat; 2],
    pub(super) policy: [Option<Policy>; 2],
}

impl Channel {
    /// A channel of which nothing else is known: any balance, no reserve, nothing in flight, no policy.
    #[must_use]
    pub const fn new(a: NodeId, b: NodeId, capacity: Sat) -> Self {
        Self {
            ends: [a, b],
            capacity,
            balance: Balance::Between { lo: Msat::ZERO, hi: Msat(capacity.0.saturating_mul(1000)) },
            reserve: [Msat::ZERO; 2],
            in_flight: [Msat::ZERO; 2],
            policy: [None; 2],
        }
    }

    /// With what is known of party a's balance.
    #[must_use]
    pub const fn balance(mut self, balance: Balance) -> Self {
        self.balance = balance;
        self
    }

    /// With an amount that the sending side of a direction must keep.
    #[must_use]
    pub const fn reserve(mut self, direction: Direction, amount: Msat) -> Self {
        self.reserve[direction.index()] = amount;
        self
    }

    /// With an amount promised in a direction and not settled; part of the sending side's balance.
    #[must_use]
    pub const fn in_flight(mut self, direction: Direction, amount: Msat) -> Self {
        self.in_flight[direction.index()] = amount;
        self
    }

    /// With the terms of a direction.
    #[must_use]
    pub const fn policy(mut self, direction: Direction, policy: Policy) -> Self {
        self.policy[direction.index()] = Some(policy);
        self
    }

    /// Party a.
    #[must_use]
    pub const fn a(&self) -> NodeId {
        self.ends[0]
    }

    /// Party b.
    #[must_use]
    pub const fn b(&self) -> NodeId {
        self.ends[1]
    }

    /// The side that sends in a direction.
    #[must_use]
    pub const fn sender(&self, direction: Direction) -> NodeId {
        self.ends[direction.index()]
    }

    /// The side that receives in a direction.
    #[must_use]
    pub const fn receiver(&self, direction: Direction) -> NodeId {
        self.ends[direction.reversed().index()]
    }

    /// The direction in which a party sends; a node that is no party counts as party b.
    pub(crate) fn leaving(&self, party: NodeId) -> Direction {
        if self.a() == party { Direction::AToB } else { Direction::BToA }
    }

    /// What both parties own together.
    #[must_use]
    pub const fn capacity(&self) -> Sat {
        self.capacity
    }

    /// What is known of party a's balance.
    #[must_use]
    pub const fn balance_of_a(&self) -> Balance {
        self.balance
    }

    /// What the sending side of a direction must keep.
    #[must_use]
    pub const fn kept(&self, direction: Direction) -> Msat {
        self.reserve[direction.index()]
    }

    /// What is in flight in a direction.
    #[must_use]
    pub const fn promised(&self, direction: Direction) -> Msat {
        self.in_flight[direction.index()]
    }

    /// The terms of a direction, if any are known.
    #[must_use]
    pub const fn terms(&self, direction: Direction) -> Option<Policy> {
        self.policy[direction.index()]
    }

    /// The balance of the sending side of a direction.
    #[must_use]
    pub fn owned(&self, direction: Direction) -> Within {
        let (lo, hi) = (self.balance.lo(), self.balance.hi());
        match direction {
            Direction::AToB => Within { certain: lo, possible: hi },
            Direction::BToA => {
                let capacity = Msat::from(self.capacity);
                Within { certain: capacity.saturating_sub(hi), possible: capacity.saturating_sub(lo) }
            }
        }
    }

    /// What may be sent in a direction: max(0, balance - in flight - reserve).
    #[must_use]
    pub fn liquidity(&self, direction: Direction) -> Within {
        let owned = self.owned(direction);
        let tied = self.promised(direction).saturating_add(self.kept(direction));
        Within { certain: owned.certain.saturating_sub(tied), possible: owned.possible.saturating_sub(tied) }
    }
}
