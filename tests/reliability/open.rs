//! P(feasible) where it stays open: answers that are cut short, single states, rare failures, hubs.

use crate::common::odds::{Laws, max_flow, node, questions};
use feasible::law::{Exponentials, Law};
use feasible::random::Random;
use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};

#[test]
fn whatever_ends_an_answer_it_holds_the_truth() {
    let laws = Laws::new();
    let (mut ended, mut last) = (0, 0);
    for (nodes, channels, amount, p) in questions(8, &laws, 4).take(150) {
        let network = laws.network(nodes, &channels);
        for limit in [0, 1, 7, 30, 100, 1000] {
            let mut calls = 0;
            let watcher = &mut |_| {
                calls += 1;
                core::ops::ControlFlow::Continue(())
            };
            let some = Estimator::new().exact_flows(0).confidence(1.0 - 1e-9).work_limit(limit);
            let answer = some.solve_anytime(&network, node(0), node(nodes - 1), amount, watcher).unwrap();
            for ([low, high], p) in [
                (answer.proven, p),
                (answer.interval, p),
                (answer.infeasible_proven, 1.0 - p),
                (answer.infeasible_interval, 1.0 - p),
            ] {
                assert!(low <= p + 1e-12 && p <= high + 1e-12, "limit {limit}: {p} {answer:?}");
            }
            ended += u32::from(!answer.exact);
            last = calls;
        }
    }
    assert!(ended > 100 && last < 1000, "{ended}");
}

#[test]
fn states_are_decided_as_the_smallest_cut_says() {
    let laws = Laws::new();
    let mut feasible = 0.0_f64;
    for (nodes, channels, amount, p) in questions(9, &laws, 4).take(100) {
        let network = laws.network(nodes, &channels);
        let mut states = network.states(5);
        for number in 0..100 {
            let balances: Vec<u64> = states.balances(number).iter().map(|(_, &x)| x).collect();
            let able = max_flow(nodes, &channels, &balances, 0, nodes - 1) >= amount;
            assert_eq!(states.decide(number, node(0), node(nodes - 1), amount).unwrap(), able);
            feasible += f64::from(u8::from(able)) - p;
        }
    }
    // A sum of 10 000 errors of mean 0 and variance at most 1/4.
    assert!(feasible.abs() < 200.0, "{feasible}");
}

/// Forty ways over two channels each: P(infeasible) is far below what samples could show.
#[test]
fn ways_without_a_common_channel_prove_what_is_rare() {
    let ways = 40;
    let channel = |a, b| UncertainChannel::new(node(a), node(b), 9);
    let channels = (0..ways).flat_map(|i| [channel(0, i + 2), channel(i + 2, 1)]);
    let network = UncertainNetwork::new(ways + 2, channels).unwrap();
    for amount in [1, 2, 5] {
        // What a way carries is the least of two numbers of 0..=9; the sum of forty by adding up one after the other.
        let mass = |y: f64| ((10.0 - y) / 10.0).powi(2) - ((9.0 - y) / 10.0).powi(2);
        let mut below = vec![0.0; amount];
        below[0] = 1.0;
        for _ in 0..ways {
            let next = |sum: usize| (0..=sum).map(|y| below[sum - y] * mass(y as f64)).sum::<f64>();
            below = (0..amount).map(next).collect();
        }
        let fails: f64 = below.iter().sum();
        let answer = Estimator::new().solve(&network, node(0), node(1), amount as u64).unwrap();
        let [low, high] = answer.infeasible_proven;
        assert!(low <= fails && fails <= high && high <= 1.01 * fails, "{answer:?} {fails:e}");
        assert!(answer.tally.samples == 0 && fails < 1e-11, "{fails:e}");
    }
}

/// Hubs with more channels than a closed form takes: what is known of the terminals alone has to hold every state, and samples
/// drawn on it have to be right.
#[test]
fn hubs_are_conditioned_on_a_grid() {
    let random = Random::new(6);
    let bimodal = Exponentials::bimodal(15.0).unwrap();
    let uneven = Exponentials::new([(0.7, 10.0)], [(0.3, 25.0)]).unwrap();
    let laws: [Option<&dyn Law>; 3] = [None, Some(&bimodal), Some(&uneven)];
    for (case, amount, law) in
        [(0, 700_u64, 0), (1, 500, 0), (0, 600, 1), (1, 500, 1), (2, 700, 1), (3, 350, 2), (4, 500, 2)]
    {
        let random = random.stream(case);
        let hub = |i: usize| {
            let channel = UncertainChannel::new(node(0), node(1 + i % 7), 20 + random.below(i as u64, 60));
            laws[law].map_or(channel, |law| channel.law(law))
        };
        let rest = |i: usize| UncertainChannel::new(node(1 + i), node(8), 5_000);
        let hubs = (0..21).map(hub);
        let network = UncertainNetwork::new(9, hubs.chain((0..7).map(rest))).unwrap();
        let mut states = network.states(1);
        let runs = 10_000;
        let able = (0..runs).filter(|&i| states.decide(i, node(0), node(8), amount).unwrap()).count() as f64;
        let (share, n) = (able / runs as f64, runs as f64);
        let quick = Estimator::new().most_flows(8).exact_flows(0).relative(0.05);
        let answer = quick.solve(&network, node(0), node(8), amount).unwrap();
        let slack = 5.0 * (share * (1.0 - share) / n).sqrt();
        let case = format!("case {case}, {amount}, law {law}");
        assert!(share > 0.001 && share < 0.999, "{case}: {share}");
        assert!(
            answer.interval[0] - slack <= share && share <= answer.interval[1] + slack,
            "{share} {answer:?}"
        );
        let [low, high] = answer.proven;
        assert!(low - slack <= share && share <= high + slack, "{case}: {share} {answer:?}");
        // The condition says something: not all states are open. Laws that are not uniform are drawn by plain rejection, so
        // rare events are no condition.
        let least = [0.9, 0.3][usize::from(law > 0)];
        let said = answer.infeasible_proven[0] > least * (1.0 - share);
        assert!(said || law > 0 && share < 0.3, "{case}: {share} {answer:?}");
    }
}

/// One set of states for all receivers and all amounts: intervals cover the truth, and nothing is biased.
#[test]
fn all_receivers_and_amounts_from_the_same_states() {
    let laws = Laws::new();
    let (mut open, mut missed, mut off, mut last) = (0, 0, 0.0_f64, 0);
    for (nodes, channels, _, _) in questions(14, &laws, 4).take(250) {
        let network = laws.network(nodes, &channels);
        let amounts = [3, 1, 7, 2, 4, 0];
        let estimator = Estimator::new().confidence(0.9).seed(last);
        last += 1;
        let curves = estimator.receivers_survival(&network, node(0), &amounts, 256).unwrap();
        for to in 1..nodes {
            let truth = laws.survival(nodes, &channels, 0, to);
            for (odds, &amount) in curves[node(to)].iter().zip(&amounts) {
                let p = truth.get(amount as usize).copied().unwrap_or(0.0);
                assert_eq!(odds.amount, amount);
                if odds.exact {
                    assert!((odds.estimate - p).abs() < 1e-12, "{channels:?} {to}: {odds:?} {p}");
                    continue;
                }
                let [low, high] = odds.interval;
                open += 1;
                missed += u32::from(p < low - 1e-12 || high + 1e-12 < p);
                off += odds.estimate - p;
            }
            let alone = estimator.receivers(&network, node(0), 2, 256).unwrap()[node(to)];
            assert!(alone.interval[0] <= curves[node(to)][3].interval[1] + 1e-12, "{alone:?}");
        }
    }
    // Each estimate has a deviation of at most 1/32; those of one network hang together.
    assert!(open > 500 && missed * 15 < open && off.abs() / f64::from(open) < 0.01, "{open} {missed} {off}");
}
