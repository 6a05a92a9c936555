//! Uniform feasible wealth, against enumeration and rejection, with fixed seeds.

use std::collections::BTreeMap;

use crate::common::channels::{fibres, graph, hypergraph, msat, shares, wealth_of};
use feasible::feasibility::{Holding, SampleError, Wealth, WealthSampler};
use feasible::liquidity::{ChannelGraph, ChannelGraphBuilder, generate};
use feasible::random::Random;
use feasible::{Feasibility, Msat, NodeId, Sat};

/// The 99.9 % quantile of the chi-square law (Wilson and Hilferty 1931).
fn limit(freedom: f64) -> f64 {
    let spread = 2.0 / (9.0 * freedom);
    freedom * (1.0 - spread + 3.09 * spread.sqrt()).powi(3)
}

fn networks() -> Vec<ChannelGraph> {
    let k4 = [(0, 1, 2), (0, 2, 2), (0, 3, 2), (1, 2, 2), (1, 3, 2), (2, 3, 2)];
    vec![
        graph(3, &[(0, 1, 3), (0, 2, 7), (1, 2, 11)]),
        graph(4, &k4),
        graph(4, &[(0, 1, 3), (1, 2, 3), (2, 3, 3), (3, 0, 3)]),
        // Parts of the forest of any size: everything hangs on channels of one satoshi, some parallel.
        graph(4, &[(0, 1, 1), (1, 2, 1), (2, 0, 1), (2, 0, 1), (3, 2, 1), (1, 3, 2)]),
        graph(5, &[(0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 4, 1), (4, 0, 1)]),
        // Two components and a node without channels.
        graph(6, &[(0, 1, 4), (1, 2, 2), (0, 2, 1), (4, 5, 3)]),
    ]
}

#[test]
fn every_wealth_is_as_likely_as_any_other() {
    for (i, graph) in networks().into_iter().enumerate() {
        for seed in [3, 4] {
            let mut counts: BTreeMap<Vec<u64>, u64> = fibres(&graph).into_keys().map(|w| (w, 0)).collect();
            let sampler = WealthSampler::new(&graph).unwrap().seed(seed);
            let draws = 200 * counts.len() as u64;
            for number in 0..draws {
                let draw = sampler.draw(number).unwrap();
                let wealth: Vec<u64> = draw.wealth().iter().map(|(_, sat)| sat.0).collect();
                let balances: Vec<u64> = draw.balances().iter().map(|(_, sat)| sat.0).collect();
                assert_eq!(wealth, wealth_of(&graph, &balances));
                *counts.get_mut(&wealth).expect("feasible") += 1;
            }
            let chi: f64 = counts.values().map(|&count| (count as f64 - 200.0).powi(2) / 200.0).sum();
            let most = limit(counts.len() as f64 - 1.0);
            assert!(chi < most, "network {i}, seed {seed}: {chi} of {most}, {} vectors", counts.len());
        }
    }
}

#[test]
fn every_wealth_has_one_cheapest_state() {
    // As many different states as wealth vectors are ever drawn.
    for graph in networks() {
        let sampler = WealthSampler::new(&graph).unwrap().seed(1);
        let mut states = BTreeMap::new();
        for number in 0..40 * fibres(&graph).len() as u64 {
            let draw = sampler.draw(number).unwrap();
            let before = states.insert(draw.wealth().as_slice().to_vec(), draw.balances().clone());
            assert!(before.is_none_or(|before| before == *draw.balances()));
        }
    }
}

/// The most that node 0 can pay node 1.
fn payable(graph: &ChannelGraph, wealth: &[u64]) -> Option<u64> {
    let [from, to] = [0, 1].map(|i| NodeId::new(i).unwrap());
    let most = Wealth::new(graph, msat(wealth)).unwrap().exchange_capacity(from, to).unwrap();
    most.map(|most| most.amount().0 / 1000)
}

#[test]
fn agrees_with_rejection() {
    let graph = graph(3, &[(0, 1, 3), (0, 2, 7), (1, 2, 11)]);
    let all = shares(21, 3);
    let random = Random::new(6);
    let mut counts = [[0_u64; 12]; 2];
    let (mut index, mut accepted) = (0, 0);
    while accepted < 6_000 {
        let wealth = &all[random.below(index, all.len() as u64) as usize];
        index += 1;
        if let Some(most) = payable(&graph, wealth) {
            counts[0][most as usize] += 1;
            accepted += 1;
        }
    }
    let sampler = WealthSampler::new(&graph).unwrap().seed(2);
    for number in 0..6_000 {
        let wealth: Vec<u64> = sampler.draw(number).unwrap().wealth().iter().map(|(_, sat)| sat.0).collect();
        counts[1][payable(&graph, &wealth).unwrap() as usize] += 1;
    }
    let pairs = counts[0].iter().zip(&counts[1]).filter(|(one, other)| **one + **other > 0);
    let chi: f64 =
        pairs.map(|(&one, &other)| (one as f64 - other as f64).powi(2) / (one + other) as f64).sum();
    assert!(chi < limit(11.0), "{chi} {counts:?}");
    // Of 153 vectors 134 let node 0 pay a satoshi, 96 three (87.58 % and 62.75 %).
    for (amount, expected) in [(1, 134.0 / 153.0), (3, 96.0 / 153.0)] {
        let share = counts[1][amount..].iter().sum::<u64>() as f64 / 6_000.0;
        assert!((share - expected).abs() < 0.02, "{amount}: {share}");
    }
}

#[test]
fn draws_do_not_depend_on_each_other() {
    let graph = generate::lightning(400, 1_200, 5).unwrap();
    let sampler = WealthSampler::new(&graph).unwrap().seed(9);
    let draws: Vec<_> = (0..6).map(|number| sampler.draw(number).unwrap()).collect();
    let again = WealthSampler::new(&graph).unwrap().seed(9);
    for number in [5, 0, 3] {
        assert_eq!(again.draw(number).unwrap(), draws[number as usize]);
    }
    assert_ne!(sampler.seed(10).draw(0).unwrap(), draws[0]);
    for draw in &draws {
        let state = draw.state(&graph).unwrap();
        let total = draw.wealth().iter().fold(Sat::ZERO, |sum, (_, &sat)| sum.saturating_add(sat));
        assert_eq!(total, graph.total_capacity());
        for node in graph.nodes().step_by(37) {
            assert_eq!(state.wealth(node).certain, Msat::from(draw.wealth()[node]));
        }
        assert!(draw.state(&crate::common::channels::graph(2, &[(0, 1, 3)])).is_none());
    }
    // The drawn wealth is held, and what can be paid at it is what the drawn state says.
    let of = draws[0].wealth().iter().map(|(_, &sat)| Msat::from(sat)).collect();
    let wealth = Wealth::new(&graph, of).unwrap();
    assert!(matches!(wealth.holding().unwrap(), Holding::Held(_)));
    let [from, to] = [11, 390].map(|i| NodeId::new(i).unwrap());
    let most = Feasibility::new(&draws[0].state(&graph).unwrap()).max_amount(from, to).unwrap();
    assert_eq!(wealth.exchange_capacity(from, to).unwrap().unwrap().amount(), most.amount());
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let pool = hypergraph(3, &[(vec![0, 1, 2], 5)]);
    assert_eq!(WealthSampler::new(&pool).err(), Some(SampleError::Pools { pools: 1 }));
    // The rich end of a poor channel takes as long as the capacities are apart.
    let trap = graph(4, &[(0, 1, 1 << 40), (1, 2, 1), (2, 3, 1 << 41)]);
    let sampler = WealthSampler::new(&trap).unwrap().work_limit(1 << 16);
    assert_eq!(sampler.draw(0), Err(SampleError::WorkLimit { limit: 1 << 16 }));
    let empty = ChannelGraphBuilder::new().build();
    assert!(WealthSampler::new(&empty).unwrap().draw(1).unwrap().wealth().is_empty());
}
