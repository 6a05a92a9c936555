//! The channel graph: who shares which channel, who owns what in it, what may be sent.
//!
//! # Model
//!
//! A *channel* joins two different nodes, its parties a and b, and holds its *capacity* c. Party a owns
//! the *balance* x of it and party b the rest c - x. Part of a balance may be *in flight* (promised to
//! payments that are not settled; it belongs to the sending side until then), and each party keeps a
//! *reserve* that it cannot send. The *liquidity* of a direction is what may be sent now:
//!
//! ```text
//!   a to b:  max(0, x     - in flight a to b - reserve of a)
//!   b to a:  max(0, c - x - in flight b to a - reserve of b)
//! ```
//!
//! A balance may be known or only bounded, lo <= x <= hi. Then a direction has a *certain* liquidity
//! (what works for every x) and a *possible* one (what works for some x); liquidity rises or falls with
//! x alone, so both are found at an end of the interval. Several channels between the same two nodes
//! stay separate: their balances, fees and limits do not merge. *Wealth* of a node is the sum of its
//! balances; payments move wealth and keep capacities.
//!
//! # Several parties
//!
//! A [`Pool`] is a channel of k parties with balances x_1 + ... + x_k = c. It is stored as its *hub*, a node that owns
//! nothing, and k *spokes*: two-party channels of capacity c between a party and the hub, in which the party
//! has its balance and the hub the rest. That is no approximation. What can enter the hub from all but one party is
//! c - x_i, which is what the hub can send to party i; what the hub holds is (k - 1) c in every state and
//! only there; so flows, cuts and wealth of a graph with pools are those of a graph of channels, and a graph without
//! pools pays nothing. (The usual picture, unbounded arcs out of the hub, has the same flows.)
//!
//! # Range
//!
//! Capacities are positive and together at most [`Sat::SUPPLY`]: there is no more money (a pool counts once for every
//! party). Hence every sum of balances or liquidities of a graph fits in an `i64` of millisatoshi.
//!
//! # References
//!
//! The model of states and wealth is that of Pickhardt, "A Mathematical Theory of Payment Channel
//! Networks" (arXiv 2601.04835); bounds on balances as in Pickhardt and Richter, "Optimally Reliable &
//! Cheap Payment Flows on the Lightning Network" (arXiv 2107.05322).

mod builder;
mod channel;
mod components;
mod error;
pub mod generate;
mod pool;
mod state;

use alloc::vec::Vec;

pub use builder::ChannelGraphBuilder;
pub use channel::{Balance, Channel, Direction, Policy, Within};
pub use components::Components;
pub use error::GraphError;
pub use pool::Pool;

use crate::amount::{Msat, Sat};
use crate::id::{ChannelId, NodeId, PoolId, ids};

/// A frozen channel graph; only balances change afterwards. Built by [`ChannelGraphBuilder`].
///
/// ```
/// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction, Within};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let open = Channel::new(alice, bob, Sat(100)).balance(Balance::Known(Msat(30_000)));
/// let channel = b.add_channel(open.reserve(Direction::AToB, Msat(1_000)))?;
/// let mut graph = b.build();
/// assert_eq!(graph.liquidity(channel, Direction::AToB), Within::exactly(Msat(29_000)));
/// assert_eq!(graph.liquidity(channel, Direction::BToA), Within::exactly(Msat(70_000)));
///
/// graph.set_balance(channel, Balance::Between { lo: Msat(10_000), hi: Msat(40_000) })?;
/// let liquidity = graph.liquidity(channel, Direction::AToB);
/// assert_eq!((liquidity.certain, liquidity.possible), (Msat(9_000), Msat(39_000)));
/// # Ok::<(), feasible::liquidity::GraphError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelGraph {
    channels: Vec<Channel>,
    /// Begin of each node's channels in `incident`, and one end.
    first: Vec<u32>,
    incident: Vec<ChannelId>,
    pools: Vec<Pool>,
}

/// Which liquidity counts: in every state within the bounds or in some, of which directions.
///
/// Used by the solver and by its checker alike to say what an answer is about. The default is the
/// certain liquidity of all directions: policies are advice to routers and not part of the balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct View {
    /// Count the possible liquidity instead of the certain one.
    pub possible: bool,
    /// Leave out directions whose policy is disabled; without a policy a direction is enabled.
    pub enabled_only: bool,
}

impl ChannelGraph {
    /// The number of nodes.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// The number of channels.
    #[must_use]
    pub fn channel_count(&self) -> usize {
        self.channels.len()
    }

    /// All nodes in the order of their ids.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator + use<> {
        ids(self.node_count())
    }

    /// All channels in the order of their ids.
    pub fn channels(&self) -> impl ExactSizeIterator<Item = ChannelId> + DoubleEndedIterator + use<> {
        ids(self.channel_count())
    }

    /// A channel. Panics if the id belongs to a larger graph, as indexing does.
    #[must_use]
    pub fn channel(&self, channel: ChannelId) -> &Channel {
        &self.channels[channel.index()]
    }

    /// The channels of a node, by id; none if the id belongs to a larger graph.
    #[must_use]
    pub fn channels_of(&self, node: NodeId) -> &[ChannelId] {
        match self.first.get(node.index()..node.index().saturating_add(2)) {
            Some(&[begin, end]) => &self.incident[begin as usize..end as usize],
            _ => &[],
        }
    }

    /// The number of pools.
    #[must_use]
    pub fn pool_count(&self) -> usize {
        self.pools.len()
    }

    /// All pools in the order of their ids.
    pub fn pools(&self) -> impl ExactSizeIterator<Item = PoolId> + DoubleEndedIterator + use<> {
        ids(self.pool_count())
    }

    /// A pool. Panics if the id belongs to a larger graph, as indexing does.
    #[must_use]
    pub fn pool(&self, pool: PoolId) -> &Pool {
        &self.pools[pool.index()]
    }

    /// The pool of which a channel is a spoke. O(log p) for p pools.
    #[must_use]
    pub fn pool_of(&self, channel: ChannelId) -> Option<PoolId> {
        pool::of(&self.pools, |pool| pool.holds(channel))
    }

    /// The pool of which a node is the hub. O(log p) for p pools.
    #[must_use]
    pub fn hub_of(&self, node: NodeId) -> Option<PoolId> {
        pool::of(&self.pools, |pool| pool.hub().cmp(&node))
    }

    /// All nodes but hubs.
    pub fn parties(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes().filter(|&node| self.hub_of(node).is_none())
    }

    /// The sum of all capacities, that is of all wealth; a pool counts once.
    #[must_use]
    pub fn total_capacity(&self) -> Sat {
        let all = self.channels.iter().fold(Sat::ZERO, |sum, channel| sum.saturating_add(channel.capacity()));
        self.pools.iter().fold(all, |sum, pool| sum.saturating_sub(pool.surplus()))
    }

    /// What may be sent through a channel in a direction. Policies play no part.
    #[must_use]
    pub fn liquidity(&self, channel: ChannelId, direction: Direction) -> Within {
        self.channel(channel).liquidity(direction)
    }

    /// The liquidity of a direction that counts in a view.
    #[must_use]
    pub fn liquidity_in(&self, view: View, channel: ChannelId, direction: Direction) -> Msat {
        let disabled = |policy: Policy| !policy.enabled;
        if view.enabled_only && self.channel(channel).terms(direction).is_some_and(disabled) {
            return Msat::ZERO;
        }
        let liquidity = self.liquidity(channel, direction);
        if view.possible { liquidity.possible } else { liquidity.certain }
    }

    /// The sum of a node's balances: certain is what it owns in every state within the bounds. A hub owns nothing.
    /// O(degree).
    #[must_use]
    pub fn wealth(&self, node: NodeId) -> Within {
        let mut wealth = Within::exactly(Msat::ZERO);
        if self.hub_of(node).is_some() {
            return wealth;
        }
        for &channel in self.channels_of(node) {
            let channel = self.channel(channel);
            let owned = channel.owned(channel.leaving(node));
            wealth.certain = wealth.certain.saturating_add(owned.certain);
            wealth.possible = wealth.possible.saturating_add(owned.possible);
        }
        wealth
    }
}
