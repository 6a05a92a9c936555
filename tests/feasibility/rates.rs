//! Rates of infeasible payments and the volume of feasible wealth, against enumeration and published numbers.

use crate::common::channels::{graph, in_state, states};
use feasible::feasibility::{RateCounts, RateError, Rates, Stratum, Volume, sustained};
use feasible::law::{Exponentials, Interval, Law, Uniform};
use feasible::liquidity::{ChannelGraph, ChannelGraphBuilder};
use feasible::random::Random;
use feasible::{Feasibility, Msat, NodeMap, Sat};

/// The rate by going through all states and ordered pairs; every state with its mass under the law.
fn enumerated(graph: &ChannelGraph, amount: u64, demand: &[f64], law: &dyn Law) -> f64 {
    let (mut failing, mut all) = (0.0, 0.0);
    for balances in states(graph) {
        let mut mass = 1.0;
        for (id, &balance) in graph.channels().zip(&balances) {
            let c = graph.channel(id).capacity().0;
            mass *= law.ln_share(c, Interval::new(balance, balance).unwrap(), Interval::up_to(c)).exp();
        }
        let state = in_state(graph, &balances);
        let mut feasibility = Feasibility::new(&state);
        for from in graph.nodes() {
            for to in graph.nodes().filter(|&to| to != from) {
                let weight = mass * demand[from.index()] * demand[to.index()];
                all += weight;
                let most = feasibility.max_amount(from, to).unwrap().amount();
                if most < Msat(amount * 1000) {
                    failing += weight;
                }
            }
        }
    }
    failing / all
}

const TRIANGLE: [(usize, usize, u64); 3] = [(0, 1, 3), (1, 2, 7), (0, 2, 11)];

#[test]
fn published_rates_lie_in_the_intervals() {
    let path = graph(3, &[(0, 1, 10), (1, 2, 11)]);
    let triangle = graph(3, &TRIANGLE);
    // 5/44, 2/9 on the path; 5/128, 43/384 on the triangle (uniform states).
    for (graph, amount, expected) in [
        (&path, 1, 5.0 / 44.0),
        (&path, 2, 2.0 / 9.0),
        (&triangle, 1, 5.0 / 128.0),
        (&triangle, 2, 43.0 / 384.0),
    ] {
        let study = Rates::new(graph).seed(5).study(&[Sat(amount)]).unwrap();
        let rate = study.to_precision(0, 0.004).unwrap();
        assert!(rate.low <= expected && expected <= rate.high, "{expected}: {rate:?}");
        assert!((rate.rho - expected).abs() < 0.004, "{expected}: {rate:?}");
        let exact = enumerated(graph, amount, &[1.0; 3], &Uniform);
        assert!((exact - expected).abs() < 1e-12);
        assert!(study.terminals_alone(0) <= expected + 1e-12);
    }
}

#[test]
fn agrees_with_enumeration_on_random_graphs() {
    let random = Random::new(8);
    let mut outside = 0;
    let cases = 40;
    for case in 0..cases {
        let random = random.stream(case);
        let nodes = 3 + random.below(0, 2) as usize;
        let mut channels: Vec<(usize, usize, u64)> = Vec::new();
        for i in 1..nodes {
            channels.push((random.below(i as u64, i as u64) as usize, i, 1 + random.below(20 + i as u64, 4)));
        }
        let extra = (random.below(40, nodes as u64) as usize, 1 + random.below(41, 5));
        if extra.0 != 0 {
            channels.push((0, extra.0, extra.1));
        }
        let graph = graph(nodes, &channels);
        let demand: Vec<f64> = (0..nodes as u64).map(|i| 1.0 + random.below(50 + i, 3) as f64).collect();
        let bimodal = Exponentials::bimodal(1.5).unwrap();
        let law: Option<&dyn Law> = if case % 3 == 0 { Some(&bimodal) } else { None };
        let amount = 1 + random.below(60, 4);
        let exact = enumerated(&graph, amount, &demand, law.unwrap_or(&Uniform));
        let mut rates = Rates::new(&graph).seed(case).demand(NodeMap::from_vec(demand)).unwrap();
        if let Some(law) = law {
            rates = rates.law(law);
        }
        let study = rates.study(&[Sat(amount)]).unwrap();
        let counts = study.sample(0, Stratum::Apart, 0..3000).unwrap();
        let counts = counts.merged(study.sample(0, Stratum::Joined, 0..3000).unwrap());
        let rate = study.estimate(0, counts).unwrap();
        assert!((rate.rho - exact).abs() < 0.04, "case {case}: {exact} {rate:?} {channels:?}");
        outside += u32::from(exact < rate.low - 1e-9 || rate.high + 1e-9 < exact);
    }
    // 1 % of the intervals may miss.
    assert!(outside <= 3, "{outside} of {cases}");
}

#[test]
fn shards_add_up_to_the_whole() {
    let graph = feasible::liquidity::generate::lightning(300, 900, 2).unwrap();
    let study = Rates::new(&graph).seed(3).study(&[Sat(1_000), Sat(300_000)]).unwrap();
    for amount in 0..2 {
        for stratum in [Stratum::Apart, Stratum::Joined] {
            let whole = study.sample(amount, stratum, 0..900).unwrap();
            let parts = [600..900, 0..1, 1..600]
                .map(|numbers| study.sample(amount, stratum, numbers).unwrap())
                .into_iter()
                .fold(RateCounts::default(), RateCounts::merged);
            assert_eq!(whole, parts);
            #[cfg(feature = "rayon")]
            assert_eq!(whole, study.sample_on_threads(amount, stratum, 0..900).unwrap());
        }
    }
    assert_eq!(study.sample(7, Stratum::Apart, 0..9).unwrap(), RateCounts::default());
    assert!(study.estimate(7, RateCounts::default()).is_none());
}

#[test]
fn extreme_amounts() {
    let graph = graph(3, &TRIANGLE);
    let study = Rates::new(&graph).study(&[Sat(0), Sat(22), Sat::SUPPLY]).unwrap();
    let rate = |i| study.to_precision(i, 0.01).unwrap();
    assert_eq!((rate(0).rho, rate(0).low), (0.0, 0.0));
    assert_eq!((rate(1).rho, rate(1).high), (1.0, 1.0));
    assert_eq!(rate(2).rho, 1.0);
    assert!((sustained(7.0, 0.5) - 14.0).abs() < 1e-12);
}

#[test]
fn bad_questions_are_refused() {
    let graph = graph(3, &TRIANGLE);
    let above = Sat(Sat::SUPPLY.0 + 1);
    assert!(matches!(Rates::new(&graph).study(&[above]), Err(RateError::Amount { .. })));
    assert!(matches!(Rates::new(&graph).demand(NodeMap::filled(2, 1.0)), Err(RateError::Shape { .. })));
    assert!(matches!(Rates::new(&graph).demand(NodeMap::filled(3, f64::NAN)), Err(RateError::Demand { .. })));
    let nobody = Rates::new(&graph).demand(NodeMap::from_vec(vec![0.0, 2.0, 0.0])).unwrap();
    assert!(matches!(nobody.study(&[Sat(1)]), Err(RateError::NoPairs)));
    let empty = ChannelGraphBuilder::new().build();
    assert!(matches!(Rates::new(&empty).study(&[Sat(1)]), Err(RateError::NoPairs)));
    assert_eq!(Volume::of_largest_component(&empty).unwrap().ln_share, 0.0);
}

#[test]
fn trees_are_counted() {
    // Sums over spanning trees by the theory's table, and n^(n-2) trees of complete graphs.
    let complete = |n: usize, c: u64| -> Vec<(usize, usize, u64)> {
        (0..n).flat_map(|v| (0..v).map(move |u| (u, v, c))).collect()
    };
    for (nodes, channels, trees) in [
        (3, vec![(0, 1, 10), (1, 2, 11)], 110.0),
        (3, TRIANGLE.to_vec(), 131.0),
        (3, vec![(0, 1, 7), (1, 2, 7), (2, 0, 7)], 147.0),
        (4, complete(4, 2), 128.0),
        (4, vec![(0, 1, 3), (1, 2, 3), (2, 3, 3), (3, 0, 3)], 108.0),
        (3, vec![(0, 1, 1), (1, 2, 1), (2, 0, 2)], 5.0),
        (2, vec![(0, 1, 2), (1, 0, 3)], 5.0),
        (9, complete(9, 1), 4_782_969.0),
    ] {
        let volume = Volume::of_largest_component(&graph(nodes, &channels)).unwrap();
        assert!((volume.ln_trees - f64::ln(trees)).abs() < 1e-13, "{channels:?}: {}", volume.ln_trees.exp());
    }
    // 120 nodes, no order of elimination stays sparse: n^(n-2) c^(n-1).
    let volume = Volume::of_largest_component(&graph(120, &complete(120, 1_000_000))).unwrap();
    let expected = 118.0 * 120_f64.ln() + 119.0 * 1e6_f64.ln();
    assert!((volume.ln_trees / expected - 1.0).abs() < 1e-14);
}
