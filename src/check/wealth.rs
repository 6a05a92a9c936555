//! Checker of what channels can hold.

use super::Violation;
use crate::amount::Msat;
use crate::id::{ChannelMap, NodeId, NodeMap};
use crate::liquidity::ChannelGraph;

/// What is claimed of a wealth vector, with the evidence.
#[derive(Clone, Copy, Debug)]
pub enum WealthClaim<'a> {
    /// The channels can hold it.
    Held {
        /// Party a's balance of every channel.
        balances: &'a ChannelMap<Msat>,
    },
    /// They cannot.
    Beyond {
        /// Nodes, by id, whose wealth is above the sum of the capacities of all channels that touch them.
        nodes: &'a [NodeId],
    },
}

/// Whether a claim about a wealth vector holds. Reserves and policies play no part. O(n + m).
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::check::{self, WealthClaim};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::{ChannelMap, Msat, NodeMap, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// b.add_channel(Channel::new(alice, bob, Sat(5)))?;
/// let graph = b.build();
/// let wealth = NodeMap::from_vec(vec![Msat(2_000), Msat(3_000)]);
/// let balances = ChannelMap::from_vec(vec![Msat(2_000)]);
/// assert!(check::wealth(&graph, &wealth, WealthClaim::Held { balances: &balances }).is_ok());
/// assert!(check::wealth(&graph, &wealth, WealthClaim::Beyond { nodes: &[alice] }).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn wealth(graph: &ChannelGraph, wealth: &NodeMap<Msat>, claim: WealthClaim<'_>) -> Result<(), Violation> {
    let (expected, actual) = (graph.node_count(), wealth.len());
    if expected != actual {
        return Err(Violation::Length { what: "wealth", expected, actual });
    }
    match claim {
        WealthClaim::Held { balances } => held(graph, wealth, balances),
        WealthClaim::Beyond { nodes } => beyond(graph, wealth, nodes),
    }
}

fn held(graph: &ChannelGraph, wealth: &NodeMap<Msat>, balances: &ChannelMap<Msat>) -> Result<(), Violation> {
    let (expected, actual) = (graph.channel_count(), balances.len());
    if expected != actual {
        return Err(Violation::Length { what: "balances", expected, actual });
    }
    let mut sum: NodeMap<i128> = NodeMap::filled(graph.node_count(), 0);
    for (id, &Msat(balance)) in balances.iter() {
        let channel = graph.channel(id);
        let capacity = Msat::from(channel.capacity()).0;
        if balance > capacity {
            let (flow, liquidity) = (balance.into(), capacity.into());
            return Err(Violation::Liquidity { channel: id, flow, liquidity });
        }
        sum[channel.a()] += i128::from(balance);
        sum[channel.b()] += i128::from(capacity) - i128::from(balance);
    }
    for id in graph.pools() {
        let pool = graph.pool(id);
        // Its parties own its capacity: the hub holds what its spokes count more than once.
        sum[pool.hub()] -= i128::from(Msat::from(pool.surplus()).0);
    }
    for (node, &Msat(claimed)) in wealth.iter() {
        if sum[node] != i128::from(claimed) {
            return Err(Violation::Balance { node, excess: sum[node], expected: claimed.into() });
        }
    }
    Ok(())
}

fn beyond(graph: &ChannelGraph, wealth: &NodeMap<Msat>, nodes: &[NodeId]) -> Result<(), Violation> {
    let mut inside = NodeMap::filled(graph.node_count(), false);
    let (mut owned, mut least) = (0_i128, 0);
    for &node in nodes {
        if node.index() < least || node.index() >= graph.node_count() {
            return Err(Violation::Order { what: "nodes of the set", position: node.index() });
        }
        least = node.index() + 1;
        inside[node] = true;
        owned += i128::from(wealth[node].0);
    }
    let whole = graph.channels().filter(|&id| graph.pool_of(id).is_none()).map(|id| graph.channel(id));
    let touching = whole.filter(|c| inside[c.a()] || inside[c.b()]).map(|channel| channel.capacity());
    let pools = graph.pools().map(|id| graph.pool(id));
    let touching_pools = pools
        .filter(|pool| pool.spokes().any(|spoke| inside[graph.channel(spoke).a()]))
        .map(|pool| pool.capacity());
    let most: i128 = touching.chain(touching_pools).map(|capacity| i128::from(Msat::from(capacity).0)).sum();
    if owned > most {
        return Ok(());
    }
    Err(Violation::Value {
        what: "wealth beyond the channels that touch a set",
        claimed: owned,
        actual: most,
    })
}
