//! What channels can hold, against all states of small networks and published counts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod common;

use std::collections::BTreeMap;

use common::channels::{graph, in_state, states};
use feasible::check::{self, Violation, WealthClaim};
use feasible::feasibility::{Holding, Wealth, WealthError, wealth_range};
use feasible::liquidity::{ChannelGraph, ChannelGraphBuilder};
use feasible::random::Random;
use feasible::{ChannelMap, Feasibility, Msat, NodeId, NodeMap, Sat};

/// All states in satoshi by the wealth they have.
fn fibres(graph: &ChannelGraph) -> BTreeMap<Vec<u64>, Vec<Vec<u64>>> {
    let mut fibres: BTreeMap<Vec<u64>, Vec<Vec<u64>>> = BTreeMap::new();
    for balances in states(graph) {
        let mut wealth = vec![0; graph.node_count()];
        for (id, &balance) in graph.channels().zip(&balances) {
            let channel = graph.channel(id);
            wealth[channel.a().index()] += balance;
            wealth[channel.b().index()] += channel.capacity().0 - balance;
        }
        fibres.entry(wealth).or_default().push(balances);
    }
    fibres
}

/// All ways to share a number of coins.
fn shares(coins: u64, nodes: usize) -> Vec<Vec<u64>> {
    if nodes == 1 {
        return vec![vec![coins]];
    }
    let with = |first: u64| {
        shares(coins - first, nodes - 1).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..=coins).flat_map(with).collect()
}

fn msat(amounts: &[u64]) -> NodeMap<Msat> {
    amounts.iter().map(|&amount| Msat::from(Sat(amount))).collect()
}

/// The condition of the theory, over all node sets; the set that is worst by f(S) - w(S) for a payment.
fn least_room(graph: &ChannelGraph, wealth: &[u64], from: usize, to: usize) -> u64 {
    let sets = (0..1_u32 << wealth.len()).filter(|set| set & (1 << from) == 0 && set & (1 << to) != 0);
    let room = |set: u32| {
        let members: NodeMap<bool> = (0..wealth.len()).map(|v| set & (1 << v) != 0).collect();
        let owned: u64 = (0..wealth.len()).filter(|v| set & (1 << v) != 0).map(|v| wealth[v]).sum();
        wealth_range(graph, &members)[1].0 - owned
    };
    sets.map(room).min().unwrap()
}

fn networks() -> Vec<(ChannelGraph, usize, usize)> {
    let k4 = [(0, 1, 2), (0, 2, 2), (0, 3, 2), (1, 2, 2), (1, 3, 2), (2, 3, 2)];
    // Feasible and all wealth vectors, as published or enumerated in the theory.
    vec![
        (graph(3, &[(0, 1, 10), (1, 2, 11)]), 132, 253),
        (graph(3, &[(0, 1, 3), (0, 2, 7), (1, 2, 11)]), 153, 253),
        (graph(3, &[(0, 1, 7), (0, 2, 7), (1, 2, 7)]), 169, 253),
        (graph(4, &k4), 201, 455),
        (graph(4, &[(0, 1, 3), (1, 2, 3), (2, 3, 3), (3, 0, 3)]), 175, 455),
        (graph(3, &[(0, 1, 1), (1, 2, 1), (2, 0, 2)]), 10, 15),
    ]
}

#[test]
fn membership_is_what_enumeration_says() {
    for (graph, feasible, all) in networks() {
        let fibres = fibres(&graph);
        let shares = shares(graph.total_capacity().0, graph.node_count());
        assert_eq!((fibres.len(), shares.len()), (feasible, all));
        for share in shares {
            let wealth = Wealth::new(&graph, msat(&share)).unwrap();
            match wealth.holding().unwrap() {
                Holding::Held(balances) => {
                    assert!(fibres.contains_key(&share), "{share:?}");
                    let again = Wealth::of_balances(&graph, &balances).unwrap();
                    assert_eq!(again.amounts(), wealth.amounts());
                }
                Holding::Beyond(set) => {
                    assert!(!fibres.contains_key(&share), "{share:?}");
                    assert!(set.wealth > set.limit, "{set:?}");
                    let owned: u64 = set.nodes.iter().map(|node| share[node.index()] * 1000).sum();
                    assert_eq!(Msat(owned), set.wealth);
                }
            }
        }
    }
}

#[test]
fn what_can_be_paid_depends_on_wealth_alone() {
    let ids = |n: usize| (0..n).map(|i| NodeId::new(i).unwrap()).collect::<Vec<_>>();
    for (graph, ..) in networks() {
        let nodes = ids(graph.node_count());
        for (i, (wealth, states)) in fibres(&graph).into_iter().enumerate() {
            if i % 9 != 0 {
                continue;
            }
            for &from in &nodes {
                for &to in nodes.iter().filter(|&&to| to != from) {
                    let most = Wealth::new(&graph, msat(&wealth)).unwrap();
                    let most = most.exchange_capacity(from, to).unwrap().unwrap().amount();
                    assert_eq!(most, Msat::from(Sat(least_room(&graph, &wealth, from.index(), to.index()))));
                    for balances in states.iter().take(4) {
                        let state = in_state(&graph, balances);
                        assert_eq!(Feasibility::new(&state).max_amount(from, to).unwrap().amount(), most);
                    }
                }
            }
        }
    }
}

#[test]
fn counts_of_feasible_wealth_fall_as_published() {
    // Triangle 3, 7, 11: of 153 vectors, how many let node 0 pay node 1 so much (87.58 %, 75.16 %, ... of the notebook).
    let graph = graph(3, &[(0, 1, 3), (0, 2, 7), (1, 2, 11)]);
    let mut payable = [0; 12];
    for wealth in fibres(&graph).keys() {
        let [from, to] = [0, 1].map(|i| NodeId::new(i).unwrap());
        let wealth = Wealth::new(&graph, msat(wealth)).unwrap();
        let most = wealth.exchange_capacity(from, to).unwrap().unwrap().amount();
        for (amount, payable) in (1..).zip(&mut payable) {
            *payable += u32::from(most >= Msat::from(Sat(amount)));
        }
    }
    assert_eq!(payable, [134, 115, 96, 77, 60, 45, 32, 21, 12, 5, 0, 0]);
}

#[test]
fn drawn_states_of_a_large_graph_are_held() {
    let mut graph = feasible::liquidity::generate::lightning(800, 2_600, 3).unwrap();
    graph.draw_balances(5);
    let balances: ChannelMap<Msat> = graph.channels().map(|c| graph.channel(c).balance_of_a().lo()).collect();
    let wealth = Wealth::of_balances(&graph, &balances).unwrap();
    let Holding::Held(found) = wealth.holding().unwrap() else { panic!("it is a state") };
    check::wealth(&graph, wealth.amounts(), WealthClaim::Held { balances: &found }).unwrap();
    // A wealth beyond one node's channels is refused, and so is a corrupted claim.
    let mut of = wealth.amounts().clone();
    let random = Random::new(2);
    for i in 0..20 {
        let node = NodeId::new(usize::try_from(random.below(i, 800)).unwrap()).unwrap();
        let mut corrupt = found.clone();
        let channel = graph.channels_of(node)[0];
        corrupt[channel] = Msat(corrupt[channel].0 ^ 1);
        let claim = WealthClaim::Held { balances: &corrupt };
        assert!(check::wealth(&graph, wealth.amounts(), claim).is_err());
    }
    let (poor, rich) = (NodeId::new(799).unwrap(), NodeId::new(0).unwrap());
    let all: Msat = graph
        .channels_of(poor)
        .iter()
        .fold(Msat(1), |sum, &channel| sum.saturating_add(graph.channel(channel).capacity().into()));
    let more = all.saturating_sub(of[poor]);
    of[poor] = all;
    of[rich] = of[rich].checked_sub(more).unwrap();
    let wealth = Wealth::new(&graph, of).unwrap();
    assert!(matches!(wealth.holding().unwrap(), Holding::Beyond(_)));
    assert!(wealth.exchange_capacity(poor, rich).unwrap().is_none());
}

#[test]
fn bad_vectors_are_refused() {
    let graph = graph(3, &[(0, 1, 10), (1, 2, 11)]);
    assert!(matches!(Wealth::new(&graph, msat(&[21, 0])), Err(WealthError::Shape { amounts: 2, nodes: 3 })));
    let total = WealthError::Total { sum: 20_000, capacity: 21_000 };
    assert_eq!(Wealth::new(&graph, msat(&[20, 0, 0])).err(), Some(total));
    let wealth = msat(&[5, 6, 10]);
    let [a, b] = [0, 1].map(|i| NodeId::new(i).unwrap());
    for nodes in [&[b, a][..], &[a, a], &[NodeId::new(9).unwrap()]] {
        let claim = check::wealth(&graph, &wealth, WealthClaim::Beyond { nodes });
        assert!(matches!(claim, Err(Violation::Order { .. })));
    }
    let nowhere = NodeId::new(7).unwrap();
    let wealth = Wealth::new(&graph, wealth).unwrap();
    assert!(matches!(wealth.exchange_capacity(a, nowhere), Err(WealthError::Solve(_))));
    assert!(matches!(wealth.exchange_capacity(a, a), Err(WealthError::Solve(_))));
    let empty = ChannelGraphBuilder::new().build();
    assert!(matches!(
        Wealth::new(&empty, NodeMap::filled(0, Msat::ZERO)).unwrap().holding(),
        Ok(Holding::Held(_))
    ));
}
