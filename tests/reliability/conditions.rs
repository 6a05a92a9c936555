//! What boxes are conditioned on besides the stars: cuts behind the first ring, and slices of channels that both
//! terminals have.

use crate::common::odds::{Laws, Unseen, node, questions};
use feasible::reliability::{Estimator, Reliability, UncertainChannel, UncertainNetwork};

/// Channels without capacity, which make a piece too large to be divided to the end: over one more node.
fn padding(from: usize, to: usize, over: usize) -> impl Iterator<Item = Unseen> {
    (0..66).map(move |i| Unseen::new(if i % 2 == 0 { from } else { to }, over, 0))
}

fn holds(answer: &Reliability, p: f64) -> bool {
    let ([low, high], [unlow, unhigh]) = (answer.proven, answer.infeasible_proven);
    low <= p + 1e-12 && p <= high + 1e-12 && unlow <= 1.0 - p + 1e-12 && 1.0 - p <= unhigh + 1e-12
}

#[test]
fn neighbours_and_all_other_pairs_are_covered() {
    let laws = Laws::new();
    let sampled = Estimator::new().exact_flows(0).most_flows(1).confidence(0.9).relative(1e-9);
    let (mut runs, mut missed, mut biased, mut neighbours) = (0, 0, 0.0_f64, 0);
    for (nodes, mut channels, amount, p) in questions(31, &laws, 4).take(400) {
        let (from, to) = (node(0), node(nodes - 1));
        neighbours +=
            usize::from(channels.iter().any(|c| c.ends.iter().all(|&end| end == 0 || end == nodes - 1)));
        channels.extend(padding(0, nodes - 1, nodes));
        let network = laws.network(nodes + 1, &channels);
        for seed in 0..8 {
            let study = sampled.seed(seed).study(&network, from, to, amount).unwrap();
            let answer = study.outcome(&study.sample(0..1024).unwrap());
            assert!(holds(&answer, p), "{channels:?} {amount}: {p} {answer:?}");
            if answer.exact {
                break;
            }
            runs += 1;
            let [low, high] = answer.interval;
            missed += u32::from(p < low - 1e-12 || high + 1e-12 < p);
            biased += (answer.estimate - p) / (0.25 * (high - low)).max(1e-12);
        }
    }
    assert!(runs > 800 && neighbours > 100 && missed * 20 < runs, "{missed} of {runs}, {neighbours}");
    assert!(biased.abs() / f64::from(runs) < 0.1, "{}", biased / f64::from(runs));
}

/// The law of a sum of uniform numbers on 0..=c, one after the other.
fn sum_of(capacities: &[u64]) -> Vec<f64> {
    capacities.iter().fold(vec![1.0], |law, &c| {
        let mut next = vec![0.0; law.len() + c as usize];
        for (i, mass) in law.iter().enumerate() {
            (0..=c as usize).for_each(|x| next[i + x] += mass / (c as f64 + 1.0));
        }
        next
    })
}

fn at_least(law: &[f64], amount: u64) -> f64 {
    law.iter().skip(amount as usize).sum()
}

/// From 0 over wide channels to a ring, over narrow ones to the next, and on to the receiver.
#[test]
fn a_bottleneck_behind_the_first_ring_is_conditioned_on() {
    let (wide, narrow, k) = (20_000, 20, 5_usize);
    let channel = |a: usize, b: usize, c| UncertainChannel::new(node(a), node(b), c);
    let receiver = 2 * k + 2;
    let mut channels = Vec::new();
    for i in 1..=k {
        channels.extend((0..4).map(|_| channel(0, i, wide)));
        channels.push(channel(i, k + i, narrow));
        channels.extend((0..4).map(|_| channel(k + i, 2 * k + 1, wide)));
        channels.extend((0..4).map(|_| channel(2 * k + 1, receiver, wide)));
    }
    channels.extend((0..4).map(|_| channel(receiver, 1, 1)));
    channels.extend((1..k).map(|i| channel(i, i + 1, wide)));
    let network = UncertainNetwork::new(receiver + 1, channels).unwrap();
    for amount in [70, 90, 97] {
        // Nothing matters but the narrow channels and the four of 1, up to what the wide ones lack by chance.
        let cut = at_least(&sum_of(&[20, 20, 20, 20, 20, 1, 1, 1, 1]), amount);
        let answer = Estimator::new().solve(&network, node(0), node(receiver), amount).unwrap();
        assert!(
            answer.interval[0] <= cut * 1.01 && cut * 0.99 <= answer.interval[1],
            "{amount}: {cut} {answer:?}"
        );
        assert!(answer.proven[1] <= 1.01 * cut, "{amount}: {cut} {answer:?}");
        assert!(answer.tally.samples < 100_000, "{answer:?}");
    }
}

/// Sender and receiver share a channel without which the receiver gets too little.
#[test]
fn a_channel_between_the_terminals_counts_for_both() {
    let laws = Laws::new();
    let (direct, side) = (400, 30);
    let mut channels = vec![Unseen::new(0, 1, direct), Unseen::new(2, 1, side), Unseen::new(2, 1, side)];
    channels.extend((0..9).map(|_| Unseen::new(0, 2, 400)));
    channels.extend(padding(0, 1, 3));
    let network = laws.network(4, &channels);
    for amount in [300_u64, 440, 455] {
        // The direct channel gives y, the rest has to come over the node between.
        let [before, behind] = [sum_of(&[400; 9]), sum_of(&[side; 2])];
        let p: f64 = (0..=direct)
            .map(|y| {
                let rest = amount.saturating_sub(y);
                at_least(&before, rest) * at_least(&behind, rest) / (direct as f64 + 1.0)
            })
            .sum();
        let answer = Estimator::new().solve(&network, node(0), node(1), amount).unwrap();
        assert!(holds(&answer, p), "{amount}: {p} {answer:?}");
        assert!(answer.interval[0] <= p && p <= answer.interval[1], "{amount}: {p} {answer:?}");
        assert!(answer.proven[1] <= 2.0 * p, "{amount}: {p} {answer:?}");
    }
}
