//! Channels of several parties, against all states of all small networks.

use std::collections::BTreeSet;

use crate::common::channels::{fibres, hypergraph, in_state, least_room, msat, shares, wealth_of};
use feasible::check::{self, PaymentClaim, Violation, WealthClaim};
use feasible::feasibility::{Holding, RateError, Rates, Stratum, Volume, Wealth, WealthError, wealth_range};
use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction, GraphError, View, generate};
use feasible::random::Random;
use feasible::{ChannelId, Feasibility, Msat, NodeId, NodeMap, PoolId, Sat, SolveError};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

/// Every set of at most four of the eleven channels that 4 nodes can have, with 2, 3 and 4 parties.
fn small_networks() -> Vec<Vec<(Vec<usize>, u64)>> {
    let sets: Vec<Vec<usize>> = (0..16_u32)
        .filter(|set| set.count_ones() >= 2)
        .map(|set| (0..4).filter(|v| set & (1 << v) != 0).collect())
        .collect();
    (1..1_u32 << sets.len())
        .filter(|chosen| chosen.count_ones() <= 4)
        .map(|chosen| {
            let of = |i: usize| (sets[i].clone(), 1 + (u64::from(chosen) + i as u64) % 3);
            (0..sets.len()).filter(|i| chosen & (1 << i) != 0).map(of).collect()
        })
        .collect()
}

#[test]
fn all_small_networks_hold_what_enumeration_and_sets_say() {
    let mut cases = 0;
    for channels in small_networks() {
        let graph = hypergraph(4, &channels);
        let held: BTreeSet<Vec<u64>> = fibres(&graph).into_keys().collect();
        for mut wealth in shares(graph.total_capacity().0, 4) {
            let within = (0..16_u32).all(|set| {
                let members: NodeMap<bool> = (0..4).map(|v| set & (1 << v) != 0).collect();
                let [least, most] = wealth_range(&graph, &members);
                let owned: u64 = (0..4).filter(|v| set & (1 << v) != 0).map(|v| wealth[v]).sum();
                (least.0..=most.0).contains(&owned)
            });
            wealth.resize(graph.node_count(), 0);
            assert_eq!(held.contains(&wealth), within, "{channels:?} {wealth:?}");
            cases += 1;
            // The flow is asked about a part of them.
            if cases % 7 == 0 {
                let found = Wealth::new(&graph, msat(&wealth)).unwrap().holding().unwrap();
                assert_eq!(matches!(found, Holding::Held(_)), within, "{channels:?} {wealth:?}");
            }
        }
    }
    assert!(cases > 30_000);
}

#[test]
fn all_small_networks_pay_what_sets_say_in_every_state_of_a_wealth() {
    let mut cases = 0;
    for (i, channels) in small_networks().into_iter().enumerate() {
        let graph = hypergraph(4, &channels);
        for (wealth, states) in fibres(&graph).into_iter().skip(i % 11).step_by(11) {
            for (from, to) in (0..4).flat_map(|from| (0..4).map(move |to| (from, to))) {
                if from == to {
                    continue;
                }
                let expected = Msat::from(Sat(least_room(&graph, &wealth, from, to)));
                for balances in states.iter().step_by(1 + states.len() / 3) {
                    let state = in_state(&graph, balances);
                    let most = Feasibility::new(&state).max_amount(node(from), node(to)).unwrap();
                    assert_eq!(most.amount(), expected, "{channels:?} {balances:?} {from} {to}");
                    cases += 1;
                }
            }
        }
    }
    assert!(cases > 10_000, "{cases}");
}

#[test]
fn flows_and_cuts_through_pools_pass_the_checker() {
    let graph = hypergraph(4, &[(vec![0, 1, 2], 6), (vec![2, 3], 4), (vec![1, 3, 0], 5)]);
    for balances in fibres(&graph).values().map(|states| &states[0]).step_by(5) {
        let state = in_state(&graph, balances);
        let most = Feasibility::new(&state).max_amount(node(0), node(3)).unwrap();
        let (amount, flows) = (most.amount(), most.flow().flows());
        let claim = |claim| check::payment(&state, View::default(), node(0), node(3), claim);
        claim(PaymentClaim::Feasible { amount, flows }).unwrap();
        claim(PaymentClaim::Infeasible { amount: Msat(amount.0 + 1), cut: most.cut() }).unwrap();
        // Paid, the wealth moves and nothing else does.
        let mut paid: Vec<u64> = balances.clone();
        for flow in flows {
            let sat = flow.amount.0 / 1000;
            let balance = &mut paid[flow.channel.index()];
            *balance = if flow.direction == Direction::AToB { *balance - sat } else { *balance + sat };
        }
        let (before, mut after) = (wealth_of(&graph, balances), wealth_of(&graph, &paid));
        after[0] += amount.0 / 1000;
        after[3] -= amount.0 / 1000;
        assert_eq!(before, after);
        assert_eq!(in_state(&graph, &paid).total_capacity(), Sat(15));
    }
}

#[test]
fn a_pool_of_two_is_a_channel() {
    let random = Random::new(4);
    for case in 0..40 {
        let random = random.stream(case);
        let ends = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)];
        let mut twins = [ChannelGraphBuilder::new(), ChannelGraphBuilder::new()];
        let nodes: Vec<NodeId> = (0..4).map(|_| twins[0].add_node().unwrap()).collect();
        for _ in &nodes {
            twins[1].add_node().unwrap();
        }
        for (i, &(a, b)) in (0..).zip(&ends) {
            let capacity = 1 + random.below(i, 30);
            let balance = Msat(random.below(i + 10, capacity * 1000 + 1));
            let channel = Channel::new(nodes[a], nodes[b], Sat(capacity)).balance(Balance::Known(balance));
            twins[0].add_channel(channel).unwrap();
            let rest = Msat(capacity * 1000 - balance.0);
            twins[1].add_pool(Sat(capacity), &[(nodes[a], balance), (nodes[b], rest)]).unwrap();
        }
        let [channels, pools] = twins.map(ChannelGraphBuilder::build);
        assert_eq!(channels.total_capacity(), pools.total_capacity());
        for &from in &nodes {
            assert_eq!(channels.wealth(from), pools.wealth(from));
            for &to in nodes.iter().filter(|&&to| to != from) {
                let [one, other] = [&channels, &pools].map(|g| Feasibility::new(g).max_amount(from, to));
                assert_eq!(one.unwrap().amount(), other.unwrap().amount());
            }
        }
    }
}

#[test]
fn what_cannot_be_a_pool_is_refused_and_nothing_changes() {
    let mut b = ChannelGraphBuilder::new();
    let [x, y, z] = [0; 3].map(|_| b.add_node().unwrap());
    let half = Msat(500);
    let pool = PoolId::new(0).unwrap();
    let empty = b.clone().build();
    for (capacity, balances, error) in [
        (1, vec![(x, Msat(1_000))], GraphError::Parties { pool, parties: 1 }),
        (1, vec![(x, half), (x, half)], GraphError::Party { pool, node: x }),
        (1, vec![(x, half), (node(3), half)], GraphError::Party { pool, node: node(3) }),
        (1, vec![(x, half), (y, Msat(499))], GraphError::Balances { pool, sum: 999, capacity: Sat(1) }),
    ] {
        assert_eq!(b.add_pool(Sat(capacity), &balances), Err(error));
    }
    let balances = |sat: u64| [(x, Msat(sat * 1000)), (y, Msat::ZERO)];
    assert!(matches!(b.add_pool(Sat(0), &balances(0)), Err(GraphError::Capacity { .. })));
    assert!(matches!(b.add_pool(Sat::SUPPLY, &balances(Sat::SUPPLY.0)), Err(GraphError::Capacity { .. })));
    assert_eq!(b.clone().build(), empty);
    b.add_pool(Sat(Sat::SUPPLY.0 / 2), &balances(Sat::SUPPLY.0 / 2)).unwrap();
    let hub = node(3);
    assert!(matches!(b.add_channel(Channel::new(z, hub, Sat(1))), Err(GraphError::UnknownNode { .. })));
    let second = b.add_pool(Sat(1), &[(x, half), (hub, half)]);
    assert_eq!(second, Err(GraphError::Party { pool: PoolId::new(1).unwrap(), node: hub }));

    let mut graph = b.build();
    let spoke = ChannelId::new(1).unwrap();
    let known = Balance::Known(Msat::ZERO);
    assert_eq!(graph.set_balance(spoke, known), Err(GraphError::Spoke { channel: spoke, pool }));
    assert_eq!(graph.set_pool(pool, &[half]), Err(GraphError::Parties { pool, parties: 1 }));
    assert!(matches!(graph.set_pool(pool, &[half, half]), Err(GraphError::Balances { .. })));
    let missing = PoolId::new(1).unwrap();
    assert_eq!(graph.set_pool(missing, &[]), Err(GraphError::UnknownPool { pool: missing, pools: 1 }));
    assert_eq!(Feasibility::new(&graph).max_amount(x, hub), Err(SolveError::Hub { node: hub }));
    let nothing = PaymentClaim::Feasible { amount: Msat::ZERO, flows: &[] };
    let checked = check::payment(&graph, View::default(), x, hub, nothing);
    assert_eq!(checked, Err(Violation::Side { node: hub }));
    let mut of = NodeMap::filled(4, Msat::ZERO);
    of[hub] = graph.total_capacity().into();
    assert!(matches!(Wealth::new(&graph, of.clone()), Err(WealthError::Hub { node }) if node == hub));
    let claim = WealthClaim::Beyond { nodes: &[x] };
    assert!(check::wealth(&graph, &of, claim).is_err());
    assert!(Volume::of_largest_component(&graph).is_none());
    let demand = NodeMap::filled(4, 1.0);
    assert!(matches!(Rates::new(&graph).demand(demand), Err(RateError::Demand { node, .. }) if node == hub));
}

#[test]
fn drawn_pools_are_uniform_on_all_splits() {
    let mut graph = hypergraph(3, &[(vec![0, 1], 5), (vec![0, 1, 2], 4)]);
    let splits = shares(4, 3);
    let mut counts = vec![0_u32; splits.len()];
    let draws = 15_000;
    for seed in 0..draws {
        graph.draw_balances(seed);
        let balance = |spoke| graph.channel(spoke).owned(Direction::AToB).certain.0 / 1000;
        let split: Vec<u64> = graph.pool(PoolId::new(0).unwrap()).spokes().map(balance).collect();
        counts[splits.iter().position(|s| *s == split).unwrap()] += 1;
    }
    let expected = draws as f64 / splits.len() as f64;
    let chi: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    // 14 degrees of freedom: 36.1 at 0.1 %.
    assert!(chi < 36.1, "{chi} {counts:?}");
}

#[test]
fn rates_with_pools_agree_with_enumeration() {
    let graph = hypergraph(4, &[(vec![0, 1, 2], 4), (vec![2, 3], 3), (vec![0, 3], 2)]);
    let (mut failing, mut all) = (0_u32, 0_u32);
    for balances in fibres(&graph).values().flatten() {
        let wealth = wealth_of(&graph, balances);
        for (from, to) in (0..4).flat_map(|from| (0..4).map(move |to| (from, to))).filter(|(s, t)| s != t) {
            failing += u32::from(least_room(&graph, &wealth, from, to) < 2);
            all += 1;
        }
    }
    let exact = f64::from(failing) / f64::from(all);
    let study = Rates::new(&graph).seed(2).study(&[Sat(2)]).unwrap();
    let counts = study.sample(0, Stratum::Apart, 0..20_000).unwrap();
    let counts = counts.merged(study.sample(0, Stratum::Joined, 0..20_000).unwrap());
    let rate = study.estimate(0, counts).unwrap();
    assert!(rate.low <= exact && exact <= rate.high && rate.high - rate.low < 0.03, "{exact} {rate:?}");
}

#[test]
fn two_party_graphs_have_no_hubs() {
    let graph = generate::lightning(50, 120, 1).unwrap();
    assert_eq!((graph.pool_count(), graph.parties().count()), (0, 50));
    let small = crate::common::channels::graph(2, &[(0, 1, 5)]);
    assert_eq!(small, hypergraph(2, &[(vec![0, 1], 5)]));
    assert_eq!(graph.channels().filter(|&c| graph.pool_of(c).is_some()).count(), 0);
}
