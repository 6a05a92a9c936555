//! A layout for searches that stop early: every node's arcs lead to the nodes with the most channels first.
//!
//! Two ends of a search mostly meet among hubs, so a hub finds the other end after a few of its thousands of channels, and the
//! balances of the rest are never drawn. Edges run from the end with fewer channels to the one with more (the forward arcs of
//! a node come first, see [`Pairs`]) and are sorted by the smaller of both numbers, the largest first.

use alloc::vec;
use alloc::vec::Vec;

use crate::id::{ChannelId, id_at};
use crate::kernel::pairs::Pairs;
use crate::liquidity::ChannelGraph;

/// Channels as edges of another order and direction.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) pairs: Pairs,
    /// The edge of every arc.
    pub(super) edge_of: Vec<u32>,
    /// The channel of every edge.
    channel: Vec<u32>,
    /// The edge of every channel.
    edge: Vec<u32>,
    /// What an edge holds; a channel itself would be a cache miss.
    pub(super) capacity: Vec<u64>,
    /// Whether an edge leads from party b to party a.
    flipped: Vec<bool>,
}

#[allow(clippy::cast_possible_truncation)] // ids fit in u32
impl Layout {
    pub(super) fn new(graph: &ChannelGraph) -> Self {
        let ends = |channel: u32| {
            let channel = graph.channel(id_at(channel as usize));
            [channel.a(), channel.b()]
        };
        let degrees = |channel: u32| ends(channel).map(|node| graph.channels_of(node).len());
        let mut channel: Vec<u32> = (0..graph.channel_count() as u32).collect();
        channel.sort_by_cached_key(|&channel| {
            let [a, b] = degrees(channel);
            core::cmp::Reverse((a.min(b), a.max(b)))
        });
        let flipped: Vec<bool> = channel.iter().map(|&c| degrees(c)[0] > degrees(c)[1]).collect();
        let edges = channel.iter().zip(&flipped).map(|(&channel, &flipped)| {
            let [a, b] = ends(channel).map(|node| node.index());
            if flipped { (b, a) } else { (a, b) }
        });
        let pairs = Pairs::new(graph.node_count(), edges);
        let mut edge = vec![0; channel.len()];
        for (&channel, position) in channel.iter().zip(0..) {
            edge[channel as usize] = position;
        }
        let capacity = channel.iter().map(|&c| graph.channel(id_at(c as usize)).capacity().0).collect();
        Self { edge_of: pairs.edges(), pairs, channel, edge, capacity, flipped }
    }

    pub(super) fn channel(&self, edge: usize) -> ChannelId {
        id_at(self.channel[edge] as usize)
    }

    pub(super) fn edge(&self, channel: ChannelId) -> usize {
        self.edge[channel.index()] as usize
    }

    /// What can pass along an edge and back, from party a's balance; admitted amounts are below the supply of money.
    #[inline]
    pub(super) fn sides(&self, edge: usize, balance: u64) -> [i64; 2] {
        let signed = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        let (of_a, of_b) = (signed(balance), signed(self.capacity[edge].saturating_sub(balance)));
        if self.flipped[edge] { [of_b, of_a] } else { [of_a, of_b] }
    }
}
