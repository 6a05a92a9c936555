//! The models of deployed routers against their published values and against their formulas in plain words.

use std::time::Duration;

use crate::common::channels::graph;
use crate::common::worlds::channel;
use feasible::knowledge::compat::{Askrene, Eclair, Estimate, Ldk, Lnd, Renepay};
use feasible::knowledge::{Hop, Knowledge, LearnError, Observation};
use feasible::law::{Interval, Law, LdkNonlinear, Uniform};
use feasible::liquidity::Direction::{self, AToB, BToA};
use feasible::random::Random;
use feasible::{ChannelGraph, Msat};

const HOUR: Duration = Duration::from_secs(3600);

fn over(i: usize, direction: Direction, amount: u64) -> Vec<Hop> {
    vec![Hop::new(channel(i), direction, Msat(amount))]
}

fn able(model: &mut dyn Estimate, direction: Direction, amount: u64) {
    model.learn(&Observation::Forwarded { hops: over(0, direction, amount) }).unwrap();
}

fn lacked(model: &mut dyn Estimate, direction: Direction, amount: u64) {
    model.learn(&Observation::Failed { hops: over(0, direction, amount), at: 0 }).unwrap();
}

fn settled(model: &mut dyn Estimate, direction: Direction, amount: u64) {
    let hops = over(0, direction, amount);
    model.learn(&Observation::Locked { hops: hops.clone() }).unwrap();
    model.learn(&Observation::Settled { hops }).unwrap();
}

fn pass(model: &mut dyn Estimate, time: Duration) {
    model.learn(&Observation::Passed { time }).unwrap();
}

fn p(model: &dyn Estimate, direction: Direction, amount: u64) -> f64 {
    model.ln_probability(channel(0), direction, Msat(amount)).exp()
}

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-12, "{actual} {expected}");
}

#[test]
fn lnd_has_its_published_values() {
    // Capacity and scale of its own test; (works, fails, amount, probability to 0.001).
    let graph = graph(2, &[(0, 1, 10_000_000)]);
    let c = 10_000_000_000;
    for (ok, fail, amount, expected) in [
        (0, c, 5_000_000_000, 0.5),
        (0, c, 0, 1.0),
        (0, c, c, 0.0),
        (0, c, 400_000_000, 0.684),
        (5_000_000_000, c, 400_000_000, 1.0),
        (5_000_000_000, c, 5_000_000_000, 1.0),
        (200_000_000, c, 400_000_000, 0.851),
        (2_500_000_000, c, 5_000_000_000, 0.998),
        (0, 5_000_000_000, 5_000_000_000, 0.0),
        (0, 5_000_000_000, 400_000_000, 0.368),
        (400_000_000, 5_000_000_000, 900_000_000, 0.287),
        (400_000_000, 5_000_000_000, 5_000_000_000, 0.0),
    ] {
        let mut model = Lnd::with(&graph, Msat(400_000_000), 0.2, 24 * HOUR).unwrap();
        if ok > 0 {
            able(&mut model, AToB, ok);
        }
        if fail < c {
            lacked(&mut model, AToB, fail);
        }
        let actual = p(&model, AToB, amount);
        assert!((actual - expected).abs() < 1e-3, "{ok} {fail} {amount}: {actual} {expected}");
    }
}

#[test]
fn lnd_fades_and_listens_to_the_nodes_other_pairs() {
    let graph = graph(4, &[(0, 1, 10_000_000), (0, 2, 10_000_000), (0, 3, 10_000_000)]);
    let fresh = || Lnd::with(&graph, Msat(400_000_000), 0.2, 24 * HOUR).unwrap();
    let mut model = fresh();
    let direct = p(&model, AToB, 1_000_000_000);
    model.learn(&Observation::Forwarded { hops: over(1, AToB, 10) }).unwrap();
    pass(&mut model, 12 * HOUR);
    model.learn(&Observation::Failed { hops: over(2, AToB, 10), at: 0 }).unwrap();
    pass(&mut model, 12 * HOUR);
    let (old, young) = (0.2 * (-1.0_f64).exp(), 0.2 * (-0.5_f64).exp());
    close(p(&model, AToB, 1_000_000_000), (direct + old) / (1.0 + old + young));
    close(p(&model, BToA, 1_000_000_000), direct);
    // A result of its own counts alone for a day; after it the success is a 1/e of what it was.
    let mut model = fresh();
    able(&mut model, AToB, 5_000_000_000);
    assert_eq!(p(&model, AToB, 5_000_000_000), 1.0);
    pass(&mut model, 24 * HOUR);
    let least = (5e9 * (-1.0_f64).exp()) as u64;
    assert_eq!(p(&model, AToB, least), 1.0);
    assert!(p(&model, AToB, least + 4_000_000_000) < 1.0);
}

#[test]
fn ldk_keeps_bounds_that_halve() {
    let graph = graph(2, &[(0, 1, 1)]);
    let mut model = Ldk::new(&graph).linear();
    close(p(&model, AToB, 400), 600.0 / 1001.0);
    able(&mut model, AToB, 200);
    lacked(&mut model, AToB, 800);
    close(p(&model, AToB, 400), 400.0 / 601.0);
    assert_eq!((p(&model, AToB, 200), p(&model, AToB, 800)), (1.0, 0.0));
    // From the other side 200..800 as well.
    close(p(&model, BToA, 500), 300.0 / 601.0);
    pass(&mut model, HOUR / 2);
    close(p(&model, AToB, 400), 500.0 / 801.0);
    // What is in flight asks for its share.
    model.learn(&Observation::Locked { hops: over(0, AToB, 300) }).unwrap();
    close(p(&model, AToB, 100), 500.0 / 801.0);
    // Settled: the largest balance is 600 now, the least one 100 as before.
    model.learn(&Observation::Settled { hops: over(0, AToB, 300) }).unwrap();
    close(p(&model, AToB, 400), 200.0 / 501.0);
    // A bound that crosses the other one drops it.
    lacked(&mut model, AToB, 50);
    close(p(&model, AToB, 20), 30.0 / 51.0);

    let mut model = Ldk::new(&graph);
    able(&mut model, AToB, 200);
    lacked(&mut model, AToB, 800);
    let law = LdkNonlinear.ln_survival(1000, Interval::new(200, 799).unwrap(), 400);
    close(p(&model, AToB, 400), law.exp());
}

#[test]
fn ldk_remembers_bounds_in_buckets() {
    // 16383 satoshi: a 16384th of the capacity is 1000 millisatoshi, but for the last.
    let graph = graph(2, &[(0, 1, 16_383)]);
    let capacity = 16_383_000;
    let mut model = Ldk::new(&graph).linear().historical();
    // No history: the live bounds, with the denominator raised.
    close(p(&model, AToB, capacity / 2), 64.0 / 78.0 * (capacity as f64 / 2.0) / (capacity as f64 + 1.0));
    // One success: bounds of 5000 ticks and no upper one, each with one point.
    able(&mut model, AToB, 5_000_000);
    let between = |at: f64, min: f64, max: f64| (max - at) / (max - min + 1.0);
    // 5000 lies in the bucket 4096..6144; the largest balance in the last one.
    close(p(&model, AToB, 9_000_000), between(9000.0, 4096.0, 16_383.0));
    assert_eq!(p(&model, AToB, 3_000_000), 1.0);
    close(p(&model, BToA, 9_000_000), 64.0 / 78.0 * between(9000.0, 0.0, 12_287.0));
    // One failure later: every count has lost a 2048th, rounded down, and the pairs weigh with the square of their product.
    lacked(&mut model, AToB, 10_000_000);
    let (min, [far, near]) = (31.0_f64 + 32.0, [31.0_f64, 32.0]);
    let weights = [far, near].map(|max| (min * max).powi(2));
    let each = [between(9000.0, 4096.0, 16_383.0), between(9000.0, 4096.0, 10_239.0)];
    let mean = (weights[0] * each[0] + weights[1] * each[1]) / (weights[0] + weights[1]);
    close(p(&model, AToB, 9_000_000), mean);
    // After five weeks without news nothing is left of the points.
    pass(&mut model, 35 * 24 * HOUR);
    let live = p(&model, AToB, 9_000_000);
    close(live, 64.0 / 78.0 * (capacity - 9_000_000) as f64 / (capacity as f64 + 1.0));
}

#[test]
fn eclair_joins_bounds_by_lines() {
    let graph = graph(3, &[(0, 1, 1), (1, 2, 1), (2, 1, 3)]);
    let mut model = Eclair::new(&graph).half_life(HOUR);
    close(p(&model, AToB, 300), 0.7);
    able(&mut model, AToB, 200);
    lacked(&mut model, AToB, 600);
    for (amount, expected) in [(100, 1.0), (200, 1.0), (300, 0.75), (500, 0.25), (600, 0.0), (800, 0.0)] {
        close(p(&model, AToB, amount), expected);
    }
    // The other direction is an estimate of its own until something changes hands.
    close(p(&model, BToA, 300), 0.7);
    pass(&mut model, HOUR);
    // Half way back to 1 - a/c at both bounds, straight between them.
    for (amount, expected) in [(100, 0.95), (200, 0.9), (600, 0.2), (400, 0.55), (800, 0.1), (1000, 0.0)] {
        close(p(&model, AToB, amount), expected);
    }
    // A failure below the least balance drops it.
    lacked(&mut model, AToB, 100);
    close(p(&model, AToB, 50), 0.5);
    let mut model = Eclair::new(&graph);
    able(&mut model, AToB, 500);
    settled(&mut model, AToB, 300);
    close(p(&model, AToB, 200), 1.0);
    close(p(&model, AToB, 700), 0.0);
    close(p(&model, BToA, 300), 1.0);
    // Parallel channels count as the largest of them.
    let on_second = model.ln_probability(channel(1), AToB, Msat(1500)).exp();
    close(on_second, 0.5);
}

#[test]
fn core_lightning_has_ranges() {
    let graph = graph(2, &[(0, 1, 1000)]);
    let random = Random::new(3);
    for case in 0..200 {
        let random = random.stream(case);
        let at = |i, bound| random.below(i, bound);
        let (x, flow) = (at(0, 100_000), at(1, 900_000) + 1);
        let (mut renepay, mut askrene) = (Renepay::new(&graph), Askrene::new(&graph, HOUR));
        let low = x + at(2, 200_000);
        let failed = low + 1 + at(3, 1_000_000 - low);
        for model in [&mut renepay as &mut dyn Estimate, &mut askrene] {
            able(model, AToB, low);
            lacked(model, AToB, failed);
            model.learn(&Observation::Locked { hops: over(0, AToB, x) }).unwrap();
        }
        // Known range low..=b, x committed: A = max(0, low - x), B = b + 1 - x.
        let (least, most) = ((low - x) as f64, (failed - x) as f64);
        let between =
            if (flow as f64) <= least { 1.0 } else { (most - flow as f64).max(0.0) / (most - least) };
        close(p(&renepay, AToB, flow), 0.98 * between);
        close(p(&askrene, AToB, flow), between);
    }
    let mut renepay = Renepay::new(&graph);
    lacked(&mut renepay, AToB, 400_001);
    pass(&mut renepay, Duration::from_secs(60_000));
    close(p(&renepay, AToB, 500_000), 0.98 / 500_001.0);
    let mut askrene = Askrene::new(&graph, HOUR);
    close(p(&askrene, AToB, 250_000), 0.75);
    lacked(&mut askrene, AToB, 400_000);
    close(p(&askrene, AToB, 250_000), 0.375);
    pass(&mut askrene, HOUR);
    close(p(&askrene, AToB, 250_000), 0.75);
}

fn models(graph: &ChannelGraph) -> Vec<Box<dyn Estimate>> {
    vec![
        Box::new(Knowledge::new(graph, Uniform)),
        Box::new(Ldk::new(graph)),
        Box::new(Ldk::new(graph).linear().historical()),
        Box::new(Lnd::new(graph).unwrap()),
        Box::new(Eclair::new(graph)),
        Box::new(Renepay::new(graph)),
        Box::new(Askrene::new(graph, HOUR)),
    ]
}

#[test]
fn all_models_give_probabilities_that_fall() {
    let graph = graph(3, &[(0, 1, 1), (1, 2, 2), (0, 2, 2), (1, 0, 4)]);
    for case in 0..60 {
        let random = Random::new(77).stream(case);
        let mut models = models(&graph);
        for step in 0..40 {
            let random = random.stream(step);
            let hops: Vec<Hop> = (0..random.below(0, 3))
                .map(|j| {
                    let d = Direction::BOTH[random.below(10 + j, 2) as usize];
                    Hop::new(channel(random.below(20 + j, 4) as usize), d, Msat(random.below(30 + j, 1_200)))
                })
                .collect();
            let seen = match random.below(1, 6) {
                0 => Observation::Forwarded { hops },
                1 => Observation::Failed { hops, at: 0 },
                2 => Observation::Locked { hops },
                3 => Observation::Settled { hops },
                4 => Observation::FailedSomewhere { hops },
                _ => Observation::Passed { time: Duration::from_secs(random.below(2, 3_000_000)) },
            };
            let first: Result<(), LearnError> = models[0].learn(&seen);
            for (i, model) in models.iter_mut().enumerate().skip(1) {
                assert_eq!(model.learn(&seen), first, "model {i}");
            }
            for (i, model) in models.iter().enumerate() {
                for direction in Direction::BOTH {
                    let id = channel(random.below(3, 4) as usize);
                    let mut last = 0.0;
                    for amount in [0, 1, 100, 500, 999, 1000, 2000, 4000, 4001, u64::MAX] {
                        let ln = model.ln_probability(id, direction, Msat(amount));
                        assert!(
                            ln <= last + 1e-9,
                            "case {case} step {step} model {i} {id} {direction} {amount}: {ln} {last}"
                        );
                        last = ln;
                    }
                    assert!(last < 0.0);
                }
            }
        }
    }
}
