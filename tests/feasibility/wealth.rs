//! What channels can hold, against all states of small networks and published counts.

use crate::common::channels::{fibres, graph, hypergraph, in_state, least_room, msat, shares};
use feasible::check::{self, Violation, WealthClaim};
use feasible::feasibility::{Holding, Wealth, WealthError};
use feasible::liquidity::{ChannelGraph, ChannelGraphBuilder};
use feasible::random::Random;
use feasible::{ChannelMap, Feasibility, Msat, NodeId, NodeMap, Sat};

fn networks() -> Vec<(ChannelGraph, usize, usize)> {
    let triples = [vec![0, 1, 2], vec![0, 1, 3], vec![0, 2, 3], vec![1, 2, 3]].map(|triple| (triple, 3));
    let k4 = [(0, 1, 2), (0, 2, 2), (0, 3, 2), (1, 2, 2), (1, 3, 2), (2, 3, 2)];
    // Feasible and all wealth vectors, as published or enumerated in the theory.
    vec![
        (graph(3, &[(0, 1, 10), (1, 2, 11)]), 132, 253),
        (graph(3, &[(0, 1, 3), (0, 2, 7), (1, 2, 11)]), 153, 253),
        (graph(3, &[(0, 1, 7), (0, 2, 7), (1, 2, 7)]), 169, 253),
        (graph(4, &k4), 201, 455),
        (graph(4, &[(0, 1, 3), (1, 2, 3), (2, 3, 3), (3, 0, 3)]), 175, 455),
        (graph(3, &[(0, 1, 1), (1, 2, 1), (2, 0, 2)]), 10, 15),
        (hypergraph(3, &[(vec![0, 1, 2], 21)]), 253, 253),
        (hypergraph(4, &[(vec![3, 2, 1, 0], 12)]), 455, 455),
        (hypergraph(4, &triples), 415, 455),
    ]
}

#[test]
fn membership_is_what_enumeration_says() {
    for (graph, feasible, all) in networks() {
        let fibres = fibres(&graph);
        let shares = shares(graph.total_capacity().0, graph.parties().count());
        assert_eq!((fibres.len(), shares.len()), (feasible, all));
        for mut share in shares {
            share.resize(graph.node_count(), 0);
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
        let nodes = ids(graph.parties().count());
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
