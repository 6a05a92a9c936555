//! What is known of a network whose balances are not seen.

use alloc::vec::Vec;

use thiserror::Error;

use super::blocks::Blocks;
use super::wire::Wire;
use crate::id::{ChannelId, NodeId};
use crate::law::{Interval, Law};
use crate::liquidity::{ChannelGraph, Direction};

/// The largest sum of capacities: sums of two such still fit in an `i64`.
const MOST: u64 = 1 << 62;

/// Why a network is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UncertainError {
    /// A party that is not a node.
    #[error("channel {channel}: node {node} does not exist: there are {nodes} nodes")]
    UnknownNode {
        /// The channel.
        channel: ChannelId,
        /// The node named.
        node: NodeId,
        /// The number of nodes.
        nodes: usize,
    },
    /// Both ends at one node.
    #[error("channel {channel} has node {node} at both ends")]
    SameParty {
        /// The channel.
        channel: ChannelId,
        /// The node named twice.
        node: NodeId,
    },
    /// All capacities together are out of range.
    #[error("channel {channel}: capacity {capacity} is above the {limit} that are left of 2^62")]
    Capacity {
        /// The channel.
        channel: ChannelId,
        /// Its capacity.
        capacity: u64,
        /// What would have been admitted.
        limit: u64,
    },
    /// A balance above the capacity.
    #[error("channel {channel}: a balance of {hi} is above its capacity {capacity}")]
    Outside {
        /// The channel.
        channel: ChannelId,
        /// The largest balance that was said to be possible.
        hi: u64,
        /// The capacity.
        capacity: u64,
    },
    /// A law that gives no mass to any of the balances that are said to be possible.
    #[error("channel {channel}: its law has no mass on {lo}..={hi}")]
    NoMass {
        /// The channel.
        channel: ChannelId,
        /// The least balance.
        lo: u64,
        /// The largest balance.
        hi: u64,
    },
    /// More than [`MAX_IDS`](crate::id::MAX_IDS) nodes or channels.
    #[error("more than {} nodes or channels", crate::id::MAX_IDS)]
    TooMany,
}

/// A channel as one who does not see its balance describes it. Amounts are integers of any unit, the same everywhere.
#[derive(Clone, Copy, Debug)]
pub struct UncertainChannel<'l> {
    pub(super) ends: [NodeId; 2],
    pub(super) capacity: u64,
    pub(super) within: Interval,
    pub(super) tied: [u64; 2],
    pub(super) law: Option<&'l dyn Law>,
}

impl<'l> UncertainChannel<'l> {
    /// A channel of which only the capacity is known: party a's balance is uniform on `0..=capacity`.
    #[must_use]
    pub const fn new(a: NodeId, b: NodeId, capacity: u64) -> Self {
        Self { ends: [a, b], capacity, within: Interval::up_to(capacity), tied: [0; 2], law: None }
    }

    /// With bounds of party a's balance.
    #[must_use]
    pub const fn within(mut self, within: Interval) -> Self {
        self.within = within;
        self
    }

    /// With a part of a side's balance that it cannot send: its reserve, and what it has promised.
    #[must_use]
    pub const fn tied(mut self, direction: Direction, amount: u64) -> Self {
        self.tied[direction.index()] = amount;
        self
    }

    /// With a law of party a's balance, cut to its bounds. Default: uniform.
    #[must_use]
    pub const fn law(mut self, law: &'l dyn Law) -> Self {
        self.law = Some(law);
        self
    }
}

/// A network whose balances are not seen, frozen: channels, their laws, and the blocks that the graph falls into.
///
/// ```
/// use feasible::NodeId;
/// use feasible::reliability::{UncertainChannel, UncertainNetwork};
/// let n = |i| NodeId::new(i).unwrap();
/// let channels = [UncertainChannel::new(n(0), n(1), 2), UncertainChannel::new(n(1), n(2), 2)];
/// let network = UncertainNetwork::new(3, channels)?;
/// assert_eq!((network.node_count(), network.channel_count()), (3, 2));
/// # Ok::<(), feasible::reliability::UncertainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct UncertainNetwork<'l> {
    nodes: usize,
    channels: usize,
    total: u64,
    pub(super) blocks: Blocks<'l>,
}

impl<'l> UncertainNetwork<'l> {
    /// Checks and lays out `nodes` nodes and their channels. O(n + m).
    ///
    /// # Errors
    ///
    /// [`UncertainError`], which names the channel.
    pub fn new(
        nodes: usize,
        channels: impl IntoIterator<Item = UncertainChannel<'l>>,
    ) -> Result<Self, UncertainError> {
        let (mut ends, mut wires, mut total): (Vec<[u32; 2]>, Vec<Wire<'l>>, u64) =
            (Vec::new(), Vec::new(), 0);
        for channel in channels {
            let id = ChannelId::new(wires.len()).ok_or(UncertainError::TooMany)?;
            admit(id, nodes, &channel)?;
            let (capacity, limit) = (channel.capacity, MOST - total);
            if capacity > limit {
                return Err(UncertainError::Capacity { channel: id, capacity, limit });
            }
            total += capacity;
            #[allow(clippy::cast_possible_truncation)] // ids fit in u32
            ends.push(channel.ends.map(|node| node.index() as u32));
            wires.push(Wire::new(&channel));
        }
        if nodes > crate::id::MAX_IDS {
            return Err(UncertainError::TooMany);
        }
        let channels = wires.len();
        Ok(Self { nodes, channels, total, blocks: Blocks::new(nodes, &ends, &wires) })
    }

    /// The network of a channel graph in millisatoshi: bounds of balances, reserves and what is in flight count, policies do
    /// not (they can change at any time). Every channel has the same law, uniform if none is given.
    ///
    /// # Errors
    ///
    /// [`UncertainError::NoMass`], [`UncertainError::Capacity`].
    pub fn of(graph: &ChannelGraph, law: Option<&'l dyn Law>) -> Result<Self, UncertainError> {
        let describe = |id| {
            let channel = graph.channel(id);
            let capacity = channel.capacity().0.saturating_mul(1000);
            let [ab, ba] = Direction::BOTH.map(|direction| channel.promised(direction).0);
            let (lo, hi) = (channel.balance_of_a().lo().0, channel.balance_of_a().hi().0);
            // What is in flight is part of the balance of its sender.
            let within = Interval::new(lo.max(ab), hi.min(capacity.saturating_sub(ba)));
            let mut described = UncertainChannel::new(channel.a(), channel.b(), capacity)
                .within(within.unwrap_or(Interval::up_to(capacity)));
            described.law = law;
            described.tied = Direction::BOTH
                .map(|direction| channel.promised(direction).saturating_add(channel.kept(direction)).0);
            described
        };
        Self::new(graph.node_count(), graph.channels().map(describe))
    }

    /// The number of nodes.
    #[must_use]
    pub const fn node_count(&self) -> usize {
        self.nodes
    }

    /// The number of channels.
    #[must_use]
    pub const fn channel_count(&self) -> usize {
        self.channels
    }

    /// The sum of all capacities; no larger amount can be paid.
    #[must_use]
    pub const fn total_capacity(&self) -> u64 {
        self.total
    }
}

fn admit(id: ChannelId, nodes: usize, channel: &UncertainChannel<'_>) -> Result<(), UncertainError> {
    for node in channel.ends {
        if node.index() >= nodes {
            return Err(UncertainError::UnknownNode { channel: id, node, nodes });
        }
    }
    if channel.ends[0] == channel.ends[1] {
        return Err(UncertainError::SameParty { channel: id, node: channel.ends[0] });
    }
    let (lo, hi, capacity) = (channel.within.lo(), channel.within.hi(), channel.capacity);
    if hi > capacity {
        return Err(UncertainError::Outside { channel: id, hi, capacity });
    }
    match channel.law {
        Some(law) if law.ln_mass(capacity, channel.within) == f64::NEG_INFINITY => {
            Err(UncertainError::NoMass { channel: id, lo, hi })
        }
        _ => Ok(()),
    }
}
