//! Published and enumerated numbers of the theory of payment channel networks.
//!
//! `tests/data/wealth/golden.json` holds, for nine networks, the number of states, of feasible and of all wealth vectors, the sum
//! over spanning trees, and for every amount how many of (feasible vector, ordered pair) are infeasible, in all and of those
//! whose sender owns the amount. Published among them: 52.17 % of the path, 153 of 253 and 87.58 % of the triangle 3, 7, 11.

use crate::common::channels::{fibres, graph, hypergraph, in_state, msat, shares, states};
use feasible::feasibility::{
    CountError, Holding, Rates, Volume, Wealth, crossing, feasible_count, state_count, sustained,
    wealth_count,
};
use feasible::liquidity::ChannelGraph;
use feasible::{Decision, Feasibility, Msat, NodeId, Payment, Sat};
use serde_json::Value;

fn golden() -> Vec<(ChannelGraph, usize, Value)> {
    let text = include_str!("../data/wealth/golden.json");
    let Value::Array(cases) = serde_json::from_str(text).unwrap() else { panic!("a list") };
    let read = |case: Value| {
        let parties = |channel: &Value| -> Vec<usize> {
            channel["parties"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
        };
        let channels: Vec<_> = case["channels"].as_array().unwrap().iter().collect();
        let channels: Vec<_> =
            channels.iter().map(|c| (parties(c), c["capacity"].as_u64().unwrap())).collect();
        let nodes = case["nodes"].as_u64().unwrap() as usize;
        (hypergraph(nodes, &channels), nodes, case)
    };
    cases.into_iter().map(read).collect()
}

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

fn pairs(nodes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..nodes).flat_map(move |s| (0..nodes).map(move |t| (s, t))).filter(|(s, t)| s != t)
}

/// The most that one node can pay another at a wealth, in satoshi.
fn most(graph: &ChannelGraph, wealth: &[u64], from: usize, to: usize) -> u64 {
    let found = Wealth::new(graph, msat(wealth)).unwrap().exchange_capacity(node(from), node(to)).unwrap();
    found.unwrap().amount().0 / 1000
}

#[test]
fn states_wealth_and_trees_are_as_many_as_published() {
    for (graph, nodes, case) in golden() {
        let fibres = fibres(&graph);
        let count = |key: &str| case[key].as_u64();
        assert_eq!(Some(graph.total_capacity().0), count("capacity"));
        assert_eq!(Some(states(&graph).count() as u64), count("states"), "{}", case["name"]);
        assert_eq!(Some(fibres.len() as u64), count("feasible"), "{}", case["name"]);
        assert_eq!(Some(shares(graph.total_capacity().0, nodes).len() as u64), count("all"));
        match (Volume::of_largest_component(&graph), count("trees")) {
            (Some(volume), Some(trees)) => {
                assert!((volume.ln_trees - (trees as f64).ln()).abs() < 1e-13, "{}", case["name"]);
            }
            (volume, trees) => assert!(volume.is_none() && trees.is_none()),
        }
        let counts = [
            state_count(&graph),
            feasible_count(&graph, 10_000).unwrap(),
            wealth_count(graph.total_capacity(), nodes),
        ];
        for (found, key) in counts.iter().zip(["states", "feasible", "all"]) {
            assert_eq!(found.to_u128(), count(key).map(u128::from), "{} {key}", case["name"]);
        }
    }
}

#[test]
fn shares_of_infeasible_payments_are_as_published() {
    for (graph, nodes, case) in golden() {
        let lists = |key: &str| case[key].as_array().unwrap().clone();
        let mut infeasible = vec![0_u64; lists("infeasible_pairs").len()];
        let mut owning = vec![[0_u64; 2]; infeasible.len()];
        for (i, (wealth, states)) in fibres(&graph).into_iter().enumerate() {
            let state = in_state(&graph, &states[0]);
            let mut feasibility = Feasibility::new(&state);
            for (from, to) in pairs(nodes) {
                let largest = feasibility.max_amount(node(from), node(to)).unwrap().amount().0 / 1000;
                assert!(i % 20 > 0 || largest == most(&graph, &wealth, from, to));
                for (amount, (infeasible, owning)) in (1..).zip(infeasible.iter_mut().zip(&mut owning)) {
                    let fails = u64::from(largest < amount);
                    *infeasible += fails;
                    let owns = u64::from(wealth[from] >= amount);
                    *owning = [owning[0] + fails * owns, owning[1] + owns];
                }
            }
        }
        let expected: Vec<u64> = lists("infeasible_pairs").iter().map(|v| v.as_u64().unwrap()).collect();
        assert_eq!(infeasible, expected, "{}", case["name"]);
        let expected: Vec<[u64; 2]> = lists("infeasible_of_owning")
            .iter()
            .map(|pair| [0, 1].map(|i| pair[i].as_u64().unwrap()))
            .collect();
        assert_eq!(owning, expected, "{}", case["name"]);
    }
}

#[test]
fn rates_under_uniform_wealth_agree() {
    for (graph, nodes, case) in golden() {
        let amounts: Vec<Sat> = [1, 3, 4].map(Sat).to_vec();
        let study = match Rates::new(&graph).seed(4).study_wealth(&amounts) {
            Ok(study) => study,
            Err(error) => {
                assert!(graph.pool_count() > 0, "{error}");
                continue;
            }
        };
        let rates = study.to_precision(0.02).unwrap();
        let counts = study.sample(0..40).unwrap();
        let parts = [30..40, 0..30].map(|draws| study.sample(draws).unwrap());
        #[cfg(feature = "rayon")]
        assert_eq!(counts, study.sample_on_threads(0..40).unwrap());
        for (i, (rate, amount)) in rates.iter().zip(&amounts).enumerate() {
            let at = |key: &str| case[key][amount.0 as usize - 1].clone();
            let pairs = (pairs(nodes).count() as u64 * case["feasible"].as_u64().unwrap()) as f64;
            let exact = at("infeasible_pairs").as_u64().unwrap() as f64 / pairs;
            assert!(rate.rate.low <= exact && exact <= rate.rate.high, "{}: {exact} {rate:?}", case["name"]);
            assert!(rate.rate.high - rate.rate.low < 0.06, "{}: {rate:?}", case["name"]);
            let [failing, all] = [0, 1].map(|i| at("infeasible_of_owning")[i].as_u64().unwrap() as f64);
            assert!((rate.owning - failing / all.max(1.0)).abs() < 0.05, "{}: {rate:?}", case["name"]);
            assert_eq!(counts[i], parts[0][i].merged(parts[1][i]));
        }
    }
}

#[test]
fn triangle_of_the_notebook() {
    let graph = graph(3, &[(0, 1, 3), (0, 2, 7), (1, 2, 11)]);
    let wealth: Vec<Vec<u64>> = fibres(&graph).into_keys().collect();
    for (from, to, expected) in [
        (0, 1, [134, 115, 96, 77, 60, 45, 32, 21, 12, 5, 0, 0]),
        (0, 2, [138, 123, 108, 93, 78, 63, 48, 33, 20, 9, 0, 0]),
        (1, 2, [142, 131, 120, 109, 98, 87, 76, 65, 54, 43, 32, 21]),
    ] {
        let payable = (1..=12).map(|a| wealth.iter().filter(|w| most(&graph, w, from, to) >= a).count());
        assert!(payable.eq(expected), "{from} {to}");
    }
}

#[test]
fn appendix_of_the_draft() {
    let graph = graph(3, &[(0, 1, 3), (0, 2, 7), (1, 2, 11)]);
    let before = [5, 6, 10];
    assert_eq!(fibres(&graph)[before.as_slice()].len(), 4);
    let held = |wealth: &[u64]| {
        matches!(Wealth::new(&graph, msat(wealth)).unwrap().holding().unwrap(), Holding::Held(_))
    };
    // y pays z 2, z cannot pay x 10; a payment moves wealth and is feasible iff the new wealth is.
    assert!(held(&before) && held(&[5, 4, 12]) && !held(&[15, 4, 2]));
    assert!(most(&graph, &before, 1, 2) >= 2 && most(&graph, &before, 2, 0) < 10);
}

#[test]
fn triangle_of_the_forum_with_its_slip_corrected() {
    // 10 wealth vectors, not 8; 2 satoshi over the channel of 2: 4/10 of wealth, 5/12 of states, 4/12 directly.
    let graph = graph(3, &[(0, 1, 1), (1, 2, 1), (2, 0, 2)]);
    let wealth: Vec<Vec<u64>> = fibres(&graph).into_keys().collect();
    let by_wealth = wealth.iter().filter(|w| most(&graph, w, 2, 0) >= 2).count();
    assert_eq!((by_wealth, wealth.len()), (4, 10));
    let decide = |balances: &Vec<u64>| {
        let state = in_state(&graph, balances);
        let decision = Feasibility::new(&state).decide(Payment::new(node(2), node(0), Msat(2_000)));
        matches!(decision.unwrap(), Decision::Feasible(_))
    };
    let all: Vec<Vec<u64>> = states(&graph).collect();
    assert_eq!((all.iter().filter(|b| decide(b)).count(), all.len()), (5, 12));
    assert_eq!(all.iter().filter(|b| b[2] == 2).count(), 4);
}

#[test]
fn minimum_cuts_of_the_notebook_with_its_slip_corrected() {
    // A-B, A-C, C-B of 2: P(cut >= 1..4) = 22/27, 14/27, 5/27 (18.52 %, not 14.8 %), 1/27.
    let graph = graph(3, &[(0, 1, 2), (0, 2, 2), (2, 1, 2)]);
    let mut at_least = [0; 4];
    for balances in states(&graph) {
        let state = in_state(&graph, &balances);
        let most = Feasibility::new(&state).max_amount(node(0), node(1)).unwrap().amount().0 / 1000;
        at_least[..most as usize].iter_mut().for_each(|count| *count += 1);
    }
    assert_eq!(at_least, [22, 14, 5, 1]);
}

#[test]
fn a_cut_that_equals_the_amount_suffices() {
    let graph = graph(2, &[(0, 1, 10)]);
    let state = in_state(&graph, &[7]);
    let decide = |msat| Feasibility::new(&state).decide(Payment::new(node(0), node(1), Msat(msat))).unwrap();
    assert!(matches!(decide(7_000), Decision::Feasible(_)));
    assert!(matches!(decide(7_001), Decision::Infeasible(_)));
}

#[test]
fn rates_that_the_draft_asks_for() {
    // 47,000 payments a second at 7 on-chain transactions need rho = 0.0149 %.
    assert!((7.0 / 47_000.0 - 1.49e-4_f64).abs() < 1e-6);
    assert!((sustained(7.0, 7.0 / 47_000.0) - 47_000.0).abs() < 1e-9);
}

#[test]
fn crossing_probabilities_are_as_published_and_as_counted() {
    // Nodes 10, sets of 1 to 5, by number of parties.
    for (parties, expected) in [
        (2, [0.200, 0.356, 0.467, 0.533, 0.556]),
        (3, [0.300, 0.533, 0.700, 0.800, 0.833]),
        (4, [0.400, 0.667, 0.833, 0.924, 0.952]),
        (5, [0.500, 0.778, 0.917, 0.976, 0.992]),
        (10, [1.0; 5]),
    ] {
        for (set, expected) in (1..).zip(expected) {
            let found = crossing(10, parties, set);
            assert!((found - expected).abs() < 5.1e-4, "{parties} {set}: {found}");
            let members = (0..1_u32 << 10).filter(|m| u64::from(m.count_ones()) == parties);
            let inside = (1_u32 << set) - 1;
            let (mut both, mut all) = (0_u32, 0_u32);
            members.for_each(|m| {
                both += u32::from(m & inside != 0 && m & !inside != 0);
                all += 1;
            });
            assert!((found - f64::from(both) / f64::from(all)).abs() < 1e-14);
        }
    }
    assert_eq!((crossing(3, 4, 1), crossing(3, 2, 5), crossing(5, 2, 0)), (0.0, 0.0, 0.0));
}

#[test]
fn forests_are_counted_beyond_enumeration() {
    // A path of 200 channels of c has (c + 1)^200 forests; a cycle of n channels of 1 all sets but one.
    let path: Vec<_> = (0..200).map(|i| (i, i + 1, 999_999)).collect();
    let count = feasible_count(&graph(201, &path), 4).unwrap();
    assert_eq!(count.to_string(), format!("1{}", "0".repeat(1_200)));
    assert_eq!(count, state_count(&graph(201, &path)));
    assert!((count.ln() - 1_200.0 * 10_f64.ln()).abs() < 1e-9);
    let cycle: Vec<_> = (0..100).map(|i| (i, (i + 1) % 100, 1)).collect();
    let count = feasible_count(&graph(100, &cycle), 10).unwrap();
    assert_eq!(count.to_u128(), Some((1 << 100) - 1));
    // Forests of the complete graph of 10 nodes (OEIS A001858).
    let complete: Vec<_> = (0..10).flat_map(|a| (0..a).map(move |b| (b, a, 1))).collect();
    let complete = graph(10, &complete);
    assert_eq!(feasible_count(&complete, 100_000).unwrap().to_u128(), Some(205_608_536));
    assert_eq!(feasible_count(&complete, 100), Err(CountError::Limit { limit: 100 }));
}
