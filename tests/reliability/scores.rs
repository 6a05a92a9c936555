//! Scores of attempts, parts, amounts and probes against sums over all states.

use crate::common::channels::graph;
use crate::common::worlds::{Grid, World, channel};
use feasible::Msat;
use feasible::knowledge::{Hop, Knowledge, Observation};
use feasible::law::{Interval, Uniform};
use feasible::liquidity::Direction;
use feasible::random::Random;
use feasible::reliability::{
    Estimator, UncertainNetwork, best_probe, best_probe_for, delivery, delivery_simulated, information,
    outcomes, tries, tries_simulated, variance_drop,
};

fn near(actual: f64, expected: f64, what: &str) {
    assert!(
        !actual.is_nan() && (actual - expected).abs() <= 1e-11 * expected.abs().max(1e-3),
        "{what}: {actual} {expected}"
    );
}

/// Worlds in which a few things were seen already.
fn worlds(count: u64, mut each: impl FnMut(&mut World, &mut Knowledge, Random, &str)) {
    for case in 0..count {
        let random = Random::new(23).stream(case);
        let mut world = World::new(random.stream(0));
        let (mut known, mut locked) = (world.knowledge(), Vec::new());
        for step in 0..random.below(1, 6) {
            let seen = world.observe(random.stream(100 + step), &mut locked);
            known.learn(seen).unwrap();
        }
        each(&mut world, &mut known, random.stream(1), &format!("case {case}"));
    }
}

#[test]
fn tries_are_sums_over_states() {
    let mut shared = 0;
    worlds(400, |world, known, random, case| {
        let attempts: Vec<Vec<Hop>> = (0..4).map(|j| world.hops(random.stream(j))).collect();
        let found = tries(known, &attempts).unwrap();
        let (mut expected, mut success) = (0.0, 0.0);
        for j in 0..4 {
            let fails =
                |world: &World, state: &[u64], j: usize| world.first_failure(state, &attempts[j]).is_some();
            let made = world.probability(|world, state| (0..j).all(|i| fails(world, state, i)));
            let succeeds =
                world.probability(|w, state| (0..j).all(|i| fails(w, state, i)) && !fails(w, state, j));
            near(found.made[j], made, case);
            near(found.succeeds[j], succeeds, case);
            (expected, success) = (expected + made, success + succeeds);
            shared += usize::from(made > 0.0 && made < 1.0);
        }
        near(found.expected, expected, case);
        near(found.success, success, case);
    });
    assert!(shared > 400, "{shared}");
}

#[test]
fn simulations_agree_with_what_is_exact() {
    let (mut tried, mut delivered) = ([0.0_f64; 2], [0.0_f64; 2]);
    let states = 400;
    let mut number = 0;
    worlds(60, |world, known, random, case| {
        number += 1;
        let attempts: Vec<Vec<Hop>> = (0..4).map(|j| world.hops(random.stream(j))).collect();
        let stream = Random::new(77).stream(number);
        let (exact, found) =
            (tries(known, &attempts).unwrap(), tries_simulated(known, &attempts, states, stream));
        let (sure, drawn) =
            (delivery(known, &attempts).unwrap(), delivery_simulated(known, &attempts, states, stream));
        for (found, exact, sum) in
            [(found.success, exact.success, &mut tried), (drawn.all, sure.all, &mut delivered)]
        {
            // Six standard errors, and the sum of all against its own.
            let variance = exact * (1.0 - exact) / states as f64;
            assert!((found - exact).abs() <= 6.0 * variance.sqrt() + 1e-9, "{case}: {found} {exact}");
            sum[0] += found - exact;
            sum[1] += variance;
        }
        assert!(found.made.windows(2).all(|made| made[1] <= made[0]) && found.made[0] == 1.0);
        assert!(
            drawn.expected <= attempts.iter().filter_map(|a| a.last()).map(|hop| hop.amount.0 as f64).sum()
        );
    });
    for [error, variance] in [tried, delivered] {
        assert!(error.abs() <= 4.5 * variance.sqrt() && variance > 0.0, "{error} {variance}");
    }
}

/// What arrives in one state.
fn arrives(world: &World, state: &[u64], parts: &[Vec<Hop>]) -> (u64, bool) {
    let mut locked: Vec<Hop> = Vec::new();
    let (mut sum, mut all) = (0, true);
    for part in parts {
        // What the parts before it hold comes first.
        let held: Vec<Hop> = [locked.clone(), part.clone()].concat();
        let zero = |hop: &Hop| hop.amount == Msat(0);
        let asked: Vec<Hop> = held.iter().copied().filter(|hop| !zero(hop)).collect();
        if world.first_failure(state, &asked).is_none() {
            sum += part.last().map_or(0, |hop| hop.amount.0);
            locked = held;
        } else {
            all = false;
        }
    }
    (sum, all)
}

#[test]
fn deliveries_are_sums_over_states() {
    worlds(200, |world, known, random, case| {
        let parts: Vec<Vec<Hop>> = (0..3).map(|j| world.hops(random.stream(j))).collect();
        let found = delivery(known, &parts).unwrap();
        let all: f64 = world.states.iter().map(|(weight, _)| weight).sum();
        let sum = |of: &dyn Fn((u64, bool)) -> f64| {
            let each = world.states.iter().map(|(weight, state)| weight * of(arrives(world, state, &parts)));
            each.sum::<f64>() / all
        };
        near(found.expected, sum(&|(amount, _)| amount as f64), case);
        near(found.all, sum(&|(_, all)| f64::from(u8::from(all))), case);
    });
}

#[test]
fn probes_are_worth_what_enumeration_says() {
    worlds(300, |world, known, random, case| {
        let hops = world.hops(random.stream(1));
        let found = outcomes(known, &hops);
        let mut bits = 0.0;
        for (at, &p) in found.iter().enumerate() {
            let at = (at < hops.len()).then_some(at);
            let expected = world.probability(|world, state| world.first_failure(state, &hops) == at);
            near(p, expected, case);
            bits -= if expected > 0.0 { expected * expected.log2() } else { 0.0 };
        }
        near(information(known, &hops), bits, case);

        // A payment over all channels together, from a to b.
        let amount = 250 * (1 + random.below(3, 12)) as i64;
        let feasible = |world: &World, state: &[u64]| {
            (0..world.laws.len()).map(|i| world.liquidity(state, i, 0).max(0)).sum::<i64>() >= amount
        };
        let r = world.probability(feasible);
        let mut rest = 0.0;
        for (at, &p) in found.iter().enumerate().filter(|&(_, &p)| p > 0.0) {
            let at = (at < hops.len()).then_some(at);
            let both =
                world.probability(|w, state| w.first_failure(state, &hops) == at && feasible(w, state));
            rest += p * (both / p) * (1.0 - both / p);
        }
        let reliability = |known: &Knowledge| -> f64 {
            let point = |i: usize, x: u64| {
                let now = u64::try_from(x as i64 - world.moved[i]).ok()?;
                Some((channel(i), Interval::new(now, now)?))
            };
            let weight = |state: &[u64]| {
                let points = state.iter().enumerate().map(|(i, &x)| point(i, x)).collect::<Option<Vec<_>>>();
                points.map_or(0.0, |points| known.ln_joint(&points).exp())
            };
            world.states.iter().filter(|(_, s)| feasible(world, s)).map(|(_, s)| weight(s)).sum()
        };
        let drop = variance_drop(known, &hops, reliability).unwrap();
        assert!((drop - (r * (1.0 - r) - rest)).abs() < 1e-12, "{case}: {drop} {r} {rest}");
        // Of several probes the one that removes most, whatever stands where.
        let probes: Vec<Vec<Hop>> =
            [2, 3].map(|j| world.hops(random.stream(j))).into_iter().chain([hops]).collect();
        let drops: Vec<f64> =
            probes.iter().map(|probe| variance_drop(known, probe, reliability).unwrap()).collect();
        let (best, most) = best_probe_for(known, &probes, reliability).unwrap().unwrap();
        assert!(drops.iter().all(|&drop| drop <= most) && drops[best] == most, "{case}: {drops:?} {best}");
    });
    let known = Knowledge::new(&graph(2, &[(0, 1, 1), (0, 1, 2)]), Uniform);
    let probe = |i, amount| vec![Hop::new(channel(i), Direction::AToB, Msat(amount))];
    let (best, bits) = best_probe(&known, &[probe(0, 100), probe(1, 1000), probe(0, 500)]).unwrap();
    assert!(best == 1 && (bits - information(&known, &probe(1, 1000))).abs() < 1e-15);
    assert_eq!(best_probe(&known, &[]), None);
    assert!(variance_drop(&known, &probe(2, 1), |_| 0.5).is_err());
}

#[test]
fn reliability_follows_what_is_known() {
    let mut moved = 0;
    worlds(120, |world, known, random, case| {
        if known.unknown_failures() > 0 {
            return;
        }
        let posteriors = known.posteriors();
        let network = UncertainNetwork::knowing(&world.graph, known, &posteriors).unwrap();
        let amount = 125 * (1 + random.below(3, 16));
        let (from, to) = (world.graph.channel(channel(0)).a(), world.graph.channel(channel(0)).b());
        let answer = Estimator::new().solve(&network, from, to, amount).unwrap();
        let expected = world.probability(|world, state| {
            let all = (0..world.laws.len()).map(|i| world.liquidity(state, i, 0).max(0));
            all.sum::<i64>() >= amount as i64
        });
        let slack = 1e-9 + if answer.exact { 0.0 } else { 0.02 };
        assert!(
            answer.proven[0] <= expected + 1e-9 && expected <= answer.proven[1] + 1e-9,
            "{case}: {answer:?} {expected}"
        );
        assert!((answer.estimate - expected).abs() <= slack, "{case}: {answer:?} {expected}");
        moved += usize::from(world.moved.iter().any(|&moved| moved != 0));
    });
    assert!(moved > 5, "{moved}");
}

#[test]
fn draws_are_from_the_joint_law() {
    worlds(12, |world, known, random, case| {
        let draws = 4_000;
        let mut counts = std::collections::BTreeMap::new();
        for i in 0..draws {
            let state = known.draw(random.stream(i));
            *counts.entry(state.into_vec()).or_insert(0_u32) += 1;
        }
        let all: f64 = world.states.iter().map(|(weight, _)| weight).sum();
        let mut seen = 0;
        for (weight, state) in &world.states {
            let now = |(i, &x): (usize, &u64)| Msat((x as i64 - world.moved[i]) as u64);
            let found =
                counts.get(&state.iter().enumerate().map(now).collect::<Vec<_>>()).copied().unwrap_or(0);
            let (p, n) = (weight / all, draws as f64);
            let deviation = (n * p * (1.0 - p)).sqrt().max(1.0);
            assert!((f64::from(found) - n * p).abs() < 5.5 * deviation, "{case}: {found} {}", n * p);
            seen += found;
        }
        // No state that was excluded is drawn.
        assert_eq!(u64::from(seen), draws, "{case}");
    });
}

#[test]
fn the_published_example_of_pickhardt_and_richter() {
    // Balances in whole units, uniform; s = 0, A = 1, B = 2, X = 3, Y = 4, d = 5.
    let channels = [(0, 1, 2), (1, 2, 2), (2, 5, 4), (0, 3, 1), (3, 4, 7), (4, 5, 4), (3, 2, 9)];
    let graph = graph(6, &channels);
    let start = Knowledge::new(&graph, Uniform);
    let whole = |known: Knowledge, (i, &(_, _, c)): (usize, &(_, _, u64))| {
        known.with_law([channel(i)], Grid { step: 1000, masses: vec![1.0; c as usize + 1] })
    };
    let mut known = channels.iter().enumerate().fold(start, whole);
    let way = |ids: &[usize], amount: u64| -> Vec<Hop> {
        ids.iter().map(|&i| Hop::new(channel(i), Direction::AToB, Msat(amount * 1000))).collect()
    };
    let p = |known: &Knowledge, hops: &[Vec<Hop>]| known.ln_carries(&hops.concat()).exp();
    let (long, upper, cross) = ([0, 1, 2], [3, 4, 5], [3, 6, 2]);
    for (hops, expected) in [
        (vec![way(&long, 1)], 16.0 / 45.0),
        (vec![way(&upper, 1)], 7.0 / 20.0),
        (vec![way(&cross, 1)], 9.0 / 25.0),
        (vec![way(&cross, 1), way(&long, 1)], 3.0 / 25.0),
        (vec![way(&long, 1), way(&upper, 1)], 28.0 / 225.0),
    ] {
        assert!((p(&known, &hops) - expected).abs() < 1e-12);
    }
    // Second round: one is locked on s-X-Y-d, and two failed at B-d.
    known.learn(Observation::Locked { hops: way(&upper, 1) }).unwrap();
    known.learn(Observation::Failed { hops: way(&long, 2), at: 2 }).unwrap();
    let detour = |amount: u64| -> Vec<Hop> {
        let back = Hop::new(channel(6), Direction::BToA, Msat(amount * 1000));
        [way(&[0, 1], amount), vec![back], way(&[4, 5], amount)].concat()
    };
    assert!((p(&known, &[detour(2)]) - 2.0 / 7.0).abs() < 1e-12);
    assert!((p(&known, &[detour(1), way(&long, 1)]) - 81.0 / 280.0).abs() < 1e-12);
    // Third round: one is locked on the detour as well, and one more is to follow.
    known.learn(Observation::Locked { hops: detour(1) }).unwrap();
    known.learn(Observation::Failed { hops: way(&long, 1), at: 2 }).unwrap();
    assert!((p(&known, &[detour(1)]) - 40.0 / 81.0).abs() < 1e-12);
}
