//! P(feasible) against enumeration, published values and its own identities.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod common;

use common::odds::{Laws, node, random};
use feasible::random::Random;
use feasible::reliability::{Estimator, Reliability};

fn close(one: f64, other: f64, relative: f64) -> bool {
    (one - other).abs() <= relative * other.abs().max(1e-300)
}

fn exact(answer: &Reliability, expected: f64, below: f64, case: &str) {
    assert!(answer.exact, "{case}: {answer:?}");
    assert!(close(answer.estimate, expected, 1e-12), "{case}: {answer:?}, expected {expected}");
    assert!(close(answer.infeasible_estimate, below, 1e-11) || below < 1e-14, "{case}: {answer:?} {below}");
    assert!(answer.best_flow_ln_probability.exp() <= answer.estimate * (1.0 + 1e-12), "{case}: {answer:?}");
}

#[test]
fn exact_mode_equals_enumeration() {
    let laws = Laws::new();
    let mut positive = 0;
    for case in 0..1200 {
        let (nodes, channels) = random(Random::new(1).stream(case), laws.count(), 800);
        let network = laws.network(nodes, &channels);
        let survival = laws.survival(nodes, &channels, 0, nodes - 1);
        for (a, &p) in survival.iter().enumerate().filter(|(_, p)| **p > 0.0 || case % 8 == 0) {
            let answer = Estimator::new().solve(&network, node(0), node(nodes - 1), a as u64).unwrap();
            let below: f64 = if a == 0 { 0.0 } else { 1.0 - p };
            exact(&answer, p, below, &format!("case {case}, amount {a}: {channels:?}"));
            positive += u32::from(p > 0.0 && p < 1.0);
        }
    }
    assert!(positive > 1500, "{positive}");
}

#[test]
fn bounds_hold_the_truth_however_few_flows() {
    let laws = Laws::new();
    let mut open = 0;
    for case in 0..300 {
        let (nodes, channels) = random(Random::new(2).stream(case), laws.count(), 600);
        let network = laws.network(nodes, &channels);
        let survival = laws.survival(nodes, &channels, 0, nodes - 1);
        for (a, &p) in survival.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            for flows in [0, 1, 3, 9] {
                let few = Estimator::new().exact_flows(flows).most_flows(flows).most_samples(0);
                let answer = few.solve(&network, node(0), node(nodes - 1), a as u64).unwrap();
                let ([low, high], [unlow, unhigh]) = (answer.proven, answer.infeasible_proven);
                let slack = 1e-13;
                assert!(low <= p + slack && p <= high + slack, "case {case}, {a}: {p} {answer:?}");
                assert!(
                    unlow <= 1.0 - p + slack && 1.0 - p <= unhigh + slack,
                    "case {case}, {a}: {p} {answer:?}"
                );
                assert!((low + unhigh - 1.0).abs() < 1e-12 && (high + unlow - 1.0).abs() < 1e-12);
                open += u32::from(!answer.exact);
            }
        }
    }
    assert!(open > 300, "{open}");
}
