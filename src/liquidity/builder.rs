//! Collecting a channel graph.

use alloc::vec;
use alloc::vec::Vec;

use super::pool;
use super::{Balance, Channel, ChannelGraph, Direction, GraphError, Pool};
use crate::amount::{Msat, Sat};
use crate::id::{ChannelId, NodeId, PoolId, id_at};

/// Collects nodes and channels and freezes them into a [`ChannelGraph`].
///
/// ```
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, GraphError};
/// use feasible::Sat;
/// let mut b = ChannelGraphBuilder::new();
/// let (a, c) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(a, c, Sat(100)))?;
/// // What cannot be right is refused with the numbers, and the builder stays as it was.
/// let refused = b.add_channel(Channel::new(a, a, Sat(100)));
/// assert!(matches!(refused, Err(GraphError::SameParty { .. })));
/// assert_eq!(b.build().channels_of(a), [channel]);
/// # Ok::<(), GraphError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ChannelGraphBuilder {
    nodes: usize,
    channels: Vec<Channel>,
    total: Sat,
    pools: Vec<Pool>,
}

impl ChannelGraphBuilder {
    /// A graph without nodes.
    #[must_use]
    pub const fn new() -> Self {
        Self { nodes: 0, channels: Vec::new(), total: Sat::ZERO, pools: Vec::new() }
    }

    /// A graph to be added to: its nodes, channels and pools keep their ids. O(m).
    #[must_use]
    pub fn from_graph(graph: &ChannelGraph) -> Self {
        let (channels, pools) = (graph.channels.clone(), graph.pools.clone());
        let total =
            channels.iter().fold(Sat::ZERO, |total, channel| total.saturating_add(channel.capacity()));
        Self { nodes: graph.node_count(), channels, total, pools }
    }

    pub(crate) fn channel(&self, id: ChannelId) -> Option<Channel> {
        self.channels.get(id.index()).copied()
    }

    /// Changes channels in a way that keeps them right.
    pub(crate) fn each_channel(&mut self, change: impl FnMut(&mut Channel)) {
        self.channels.iter_mut().for_each(change);
    }

    pub(crate) fn replace(&mut self, id: ChannelId, channel: Channel) {
        if let Some(old) = self.channels.get_mut(id.index()) {
            *old = channel;
        }
    }

    /// Adds a node.
    ///
    /// # Errors
    ///
    /// [`GraphError::TooManyNodes`].
    pub fn add_node(&mut self) -> Result<NodeId, GraphError> {
        let node = NodeId::new(self.nodes).ok_or(GraphError::TooManyNodes)?;
        self.nodes += 1;
        Ok(node)
    }

    /// Adds a channel.
    ///
    /// # Errors
    ///
    /// [`GraphError`] with the id that the channel would have had.
    pub fn add_channel(&mut self, channel: Channel) -> Result<ChannelId, GraphError> {
        let id = ChannelId::new(self.channels.len()).ok_or(GraphError::TooManyChannels)?;
        for node in channel.ends {
            if node.index() >= self.nodes || self.is_hub(node) {
                return Err(GraphError::UnknownNode { channel: id, node, nodes: self.nodes });
            }
        }
        if channel.a() == channel.b() {
            return Err(GraphError::SameParty { channel: id, node: channel.a() });
        }
        let (capacity, limit) = (channel.capacity, Sat::SUPPLY.saturating_sub(self.total));
        if capacity == Sat::ZERO || capacity > limit {
            return Err(GraphError::Capacity { channel: id, capacity, limit });
        }
        check_balance(id, &channel)?;
        check_sides(id, &channel)?;
        self.total = self.total.saturating_add(capacity);
        self.channels.push(channel);
        Ok(id)
    }

    /// Adds a pool: a channel of several parties with their balances, which add up to the capacity. It takes one more
    /// node, the hub, and one channel per party, the spokes, numbered on from here. O(k log k) for k parties.
    ///
    /// # Errors
    ///
    /// [`GraphError`]; the builder stays as it was.
    ///
    /// ```
    /// use feasible::liquidity::{ChannelGraphBuilder, Direction, GraphError};
    /// use feasible::{Feasibility, Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let [x, y, z] = [b.add_node()?, b.add_node()?, b.add_node()?];
    /// let pool = b.add_pool(Sat(9), &[(x, Msat(5_000)), (y, Msat(4_000)), (z, Msat::ZERO)])?;
    /// let graph = b.build();
    /// assert!(graph.parties().eq([x, y, z]));
    /// assert_eq!((graph.total_capacity(), graph.wealth(x).certain), (Sat(9), Msat(5_000)));
    /// // Anyone in a pool can pay all of its balance to anyone.
    /// let most = Feasibility::new(&graph).max_amount(x, z).map(|most| most.amount());
    /// assert_eq!(most, Ok(Msat(5_000)));
    /// # Ok::<(), GraphError>(())
    /// ```
    pub fn add_pool(&mut self, capacity: Sat, balances: &[(NodeId, Msat)]) -> Result<PoolId, GraphError> {
        let pool = PoolId::new(self.pools.len()).ok_or(GraphError::TooManyChannels)?;
        let first = ChannelId::new(self.channels.len()).ok_or(GraphError::TooManyChannels)?;
        let hub = NodeId::new(self.nodes).ok_or(GraphError::TooManyNodes)?;
        let parties = balances.len();
        if parties < 2 {
            return Err(GraphError::Parties { pool, parties });
        }
        if ChannelId::new(self.channels.len().saturating_add(parties)).is_none() {
            return Err(GraphError::TooManyChannels);
        }
        let mut nodes: Vec<NodeId> = balances.iter().map(|&(node, _)| node).collect();
        nodes.sort_unstable();
        let twice = nodes.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let unknown = nodes.iter().copied().find(|&node| node.index() >= self.nodes || self.is_hub(node));
        if let Some(node) = twice.or(unknown) {
            return Err(GraphError::Party { pool, node });
        }
        let limit = Sat(Sat::SUPPLY.saturating_sub(self.total).0 / parties as u64);
        if capacity == Sat::ZERO || capacity > limit {
            return Err(GraphError::Capacity { channel: first, capacity, limit });
        }
        pool::admit(pool, capacity, balances.iter().map(|&(_, balance)| balance))?;
        self.nodes += 1;
        self.total = Sat(self.total.0 + capacity.0 * parties as u64);
        let spoke = |&(node, balance)| Channel::new(node, hub, capacity).balance(Balance::Known(balance));
        self.channels.extend(balances.iter().map(spoke));
        self.pools.push(Pool { hub, first, parties, capacity });
        Ok(pool)
    }

    fn is_hub(&self, node: NodeId) -> bool {
        pool::of(&self.pools, |pool| pool.hub().cmp(&node)).is_some()
    }

    /// The number of channels so far.
    #[must_use]
    pub fn channel_count(&self) -> usize {
        self.channels.len()
    }

    /// Freezes the graph. O(n + m).
    #[must_use]
    pub fn build(self) -> ChannelGraph {
        let mut first = vec![0_u32; self.nodes + 2];
        for channel in &self.channels {
            for node in channel.ends {
                first[node.index() + 2] += 1;
            }
        }
        for node in 2..first.len() {
            first[node] += first[node - 1];
        }
        let mut incident = vec![id_at::<ChannelId>(0); 2 * self.channels.len()];
        for (i, channel) in self.channels.iter().enumerate() {
            for node in channel.ends {
                let slot = &mut first[node.index() + 1];
                incident[*slot as usize] = id_at(i);
                *slot += 1;
            }
        }
        first.pop();
        ChannelGraph { channels: self.channels, first, incident, pools: self.pools }
    }
}

/// Whether the bounds of a balance fit the channel, amounts in flight included.
pub(super) fn check_balance(id: ChannelId, channel: &Channel) -> Result<(), GraphError> {
    let Channel { capacity, balance, .. } = *channel;
    if let Balance::Between { lo, hi } = balance {
        if lo > hi {
            return Err(GraphError::EmptyBalance { channel: id, lo, hi });
        }
    }
    above(id, "balance", balance.hi(), capacity)?;
    for direction in Direction::BOTH {
        let (in_flight, limit) = (channel.promised(direction), channel.owned(direction).possible);
        if in_flight > limit {
            return Err(GraphError::InFlight { channel: id, direction, in_flight, limit });
        }
    }
    Ok(())
}

fn check_sides(id: ChannelId, channel: &Channel) -> Result<(), GraphError> {
    let capacity = channel.capacity;
    let both = channel.in_flight[0].saturating_add(channel.in_flight[1]);
    above(id, "the amount in flight both ways", both, capacity)?;
    for direction in Direction::BOTH {
        above(id, "reserve", channel.kept(direction), capacity)?;
        let Some(policy) = channel.terms(direction).filter(|policy| policy.enabled) else { continue };
        let (htlc_min, htlc_max) = (policy.htlc_min, policy.htlc_max);
        above(id, "the least amount of a part", htlc_min, capacity)?;
        if htlc_min > htlc_max {
            return Err(GraphError::HtlcLimits { channel: id, direction, htlc_min, htlc_max });
        }
    }
    Ok(())
}

fn above(channel: ChannelId, what: &'static str, amount: Msat, capacity: Sat) -> Result<(), GraphError> {
    if amount <= Msat::from(capacity) {
        return Ok(());
    }
    Err(GraphError::AboveCapacity { channel, what, amount, capacity })
}
