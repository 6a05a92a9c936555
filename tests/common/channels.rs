//! Small channel graphs and all their states.

use feasible::liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder};
use feasible::{Msat, Sat};

/// A graph of channels (a, b, capacity in satoshi) of which nothing else is known.
pub fn graph(nodes: usize, channels: &[(usize, usize, u64)]) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    let ids: Vec<_> = (0..nodes).map(|_| b.add_node().unwrap()).collect();
    for &(u, v, c) in channels {
        b.add_channel(Channel::new(ids[u], ids[v], Sat(c))).unwrap();
    }
    b.build()
}

/// Party a's balances, in satoshi, of every state of a graph.
pub fn states(graph: &ChannelGraph) -> impl Iterator<Item = Vec<u64>> + use<> {
    let capacities: Vec<u64> = graph.channels().map(|c| graph.channel(c).capacity().0).collect();
    let first = vec![0; capacities.len()];
    let next = move |balances: &Vec<u64>| {
        let mut next = balances.clone();
        let i = (0..next.len()).find(|&i| next[i] < capacities[i])?;
        next[i] += 1;
        next[..i].fill(0);
        Some(next)
    };
    std::iter::successors(Some(first), next)
}

/// The graph in one of its states.
pub fn in_state(graph: &ChannelGraph, balances: &[u64]) -> ChannelGraph {
    let mut state = graph.clone();
    let known = |&balance: &u64| Balance::Known(Msat::from(Sat(balance)));
    state.set_balances(graph.channels().zip(balances.iter().map(known))).unwrap();
    state
}
