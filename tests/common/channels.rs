//! Small channel graphs and all their states.

use std::collections::BTreeMap;

use feasible::feasibility::wealth_range;
use feasible::liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder};
use feasible::{Msat, NodeMap, Sat};

/// A graph of channels (a, b, capacity in satoshi) of which nothing else is known.
pub fn graph(nodes: usize, channels: &[(usize, usize, u64)]) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    let ids: Vec<_> = (0..nodes).map(|_| b.add_node().unwrap()).collect();
    for &(u, v, c) in channels {
        b.add_channel(Channel::new(ids[u], ids[v], Sat(c))).unwrap();
    }
    b.build()
}

/// A graph of channels with any number of parties; two make a channel, more a pool. Hubs come after the parties.
pub fn hypergraph(nodes: usize, channels: &[(Vec<usize>, u64)]) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    let ids: Vec<_> = (0..nodes).map(|_| b.add_node().unwrap()).collect();
    for (parties, c) in channels {
        if let [u, v] = parties[..] {
            b.add_channel(Channel::new(ids[u], ids[v], Sat(*c))).unwrap();
            continue;
        }
        let balance = |i: usize| Msat::from(Sat(if i == 0 { *c } else { 0 }));
        let balances: Vec<_> = parties.iter().enumerate().map(|(i, &v)| (ids[v], balance(i))).collect();
        b.add_pool(Sat(*c), &balances).unwrap();
    }
    b.build()
}

/// All ways to share a number of coins.
pub fn shares(coins: u64, parties: usize) -> Vec<Vec<u64>> {
    if parties == 1 {
        return vec![vec![coins]];
    }
    let with = |first: u64| {
        shares(coins - first, parties - 1).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..=coins).flat_map(with).collect()
}

/// Party a's balances, in satoshi, of every state of a graph.
pub fn states(graph: &ChannelGraph) -> impl Iterator<Item = Vec<u64>> + use<> {
    let mut units: Vec<Vec<Vec<u64>>> = Vec::new();
    let mut channels = graph.channels();
    while let Some(channel) = channels.next() {
        let Some(pool) = graph.pool_of(channel) else {
            units.push((0..=graph.channel(channel).capacity().0).map(|balance| vec![balance]).collect());
            continue;
        };
        let spokes = graph.pool(pool).spokes().len();
        units.push(shares(graph.pool(pool).capacity().0, spokes));
        channels.nth(spokes - 2);
    }
    let first = vec![0; units.len()];
    let ends: Vec<usize> = units.iter().map(Vec::len).collect();
    let next = move |at: &Vec<usize>| {
        let mut next = at.clone();
        let i = (0..next.len()).find(|&i| next[i] + 1 < ends[i])?;
        next[i] += 1;
        next[..i].fill(0);
        Some(next)
    };
    std::iter::successors(Some(first), next)
        .map(move |at| at.iter().zip(&units).flat_map(|(&i, unit)| unit[i].clone()).collect())
}

/// The wealth that balances of party a give, in satoshi; hubs own nothing.
pub fn wealth_of(graph: &ChannelGraph, balances: &[u64]) -> Vec<u64> {
    let mut wealth = vec![0; graph.node_count()];
    for (id, &balance) in graph.channels().zip(balances) {
        let channel = graph.channel(id);
        wealth[channel.a().index()] += balance;
        if graph.pool_of(id).is_none() {
            wealth[channel.b().index()] += channel.capacity().0 - balance;
        }
    }
    wealth
}

/// All states in satoshi by the wealth they have.
pub fn fibres(graph: &ChannelGraph) -> BTreeMap<Vec<u64>, Vec<Vec<u64>>> {
    let mut fibres: BTreeMap<Vec<u64>, Vec<Vec<u64>>> = BTreeMap::new();
    for balances in states(graph) {
        fibres.entry(wealth_of(graph, &balances)).or_default().push(balances);
    }
    fibres
}

/// Amounts in satoshi as a map.
pub fn msat(amounts: &[u64]) -> NodeMap<Msat> {
    amounts.iter().map(|&amount| Msat::from(Sat(amount))).collect()
}

/// The condition of the theory over all node sets: the least f(S) - w(S) with `to` in S and `from` not in it, in satoshi.
pub fn least_room(graph: &ChannelGraph, wealth: &[u64], from: usize, to: usize) -> u64 {
    let parties = graph.parties().count();
    let sets = (0..1_u32 << parties).filter(|set| set & (1 << from) == 0 && set & (1 << to) != 0);
    let room = |set: u32| {
        let members: NodeMap<bool> = (0..parties).map(|v| set & (1 << v) != 0).collect();
        let owned: u64 = (0..parties).filter(|v| set & (1 << v) != 0).map(|v| wealth[v]).sum();
        wealth_range(graph, &members)[1].0 - owned
    };
    sets.map(room).min().unwrap()
}

/// The graph in one of its states.
pub fn in_state(graph: &ChannelGraph, balances: &[u64]) -> ChannelGraph {
    let mut state = graph.clone();
    let known = |&balance: &u64| Balance::Known(Msat::from(Sat(balance)));
    let whole = graph.channels().zip(balances.iter().map(known));
    state.set_balances(whole.filter(|&(id, _)| graph.pool_of(id).is_none())).unwrap();
    for pool in graph.pools() {
        let of = graph.pool(pool).spokes().map(|spoke| Msat::from(Sat(balances[spoke.index()])));
        state.set_pool(pool, &of.collect::<Vec<_>>()).unwrap();
    }
    state
}
