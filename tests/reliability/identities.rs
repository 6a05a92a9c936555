//! What P(feasible) satisfies whatever the network: reversal, monotonicity, series, parallel, factoring, conditioning.

use crate::common::odds::{Laws, Unseen, node, questions};
use crate::common::worlds::{World, channel};
use feasible::random::Random;
use feasible::reliability::{Estimator, UncertainNetwork};

fn solve(laws: &Laws, nodes: usize, channels: &[Unseen], (from, to): (usize, usize), amount: u64) -> f64 {
    let network = laws.network(nodes, channels);
    let answer = Estimator::new().solve(&network, node(from), node(to), amount).unwrap();
    assert!(answer.exact, "{channels:?} {amount}: {answer:?}");
    answer.estimate
}

fn close(found: f64, expected: f64, what: &impl std::fmt::Debug) {
    assert!((found - expected).abs() <= 1e-12 * expected.max(1e-300), "{what:?}: {found} {expected}");
}

#[test]
fn turning_everything_round_changes_nothing() {
    let laws = Laws::new();
    let mut turned_laws = 0;
    for (nodes, channels, amount, p) in questions(4, &laws, 4).take(400) {
        // The balance of the other side: of these laws only LDK's is not its own mirror image at the last balance.
        if channels.iter().any(|c| c.law == 2) {
            continue;
        }
        let turn = |c: &Unseen| Unseen { lo: c.capacity - c.hi, hi: c.capacity - c.lo, ..*c };
        let turned: Vec<_> = channels.iter().map(turn).collect();
        close(solve(&laws, nodes, &turned, (nodes - 1, 0), amount), p, &channels);
        // Naming the parties of every channel the other way round as well gives back the question.
        let renamed: Vec<_> = turned.iter().map(|c| Unseen { ends: [c.ends[1], c.ends[0]], ..*c }).collect();
        close(solve(&laws, nodes, &renamed, (0, nodes - 1), amount), p, &channels);
        turned_laws += usize::from(channels.iter().any(|c| c.law > 0));
    }
    assert!(turned_laws > 40, "{turned_laws}");
}

#[test]
fn more_is_never_worse() {
    let laws = Laws::new();
    let mut raised = 0;
    for (nodes, channels, amount, p) in questions(5, &laws, 4).take(400) {
        let ask = |nodes, channels: &[Unseen], amount| solve(&laws, nodes, channels, (0, nodes - 1), amount);
        // A larger amount, a channel less.
        let mut last = 1.0_f64;
        for amount in 0..=amount + 2 {
            let now = ask(nodes, &channels, amount);
            assert!(now <= last + 1e-13, "{channels:?} {amount}: {now} {last}");
            last = now;
        }
        for i in 0..channels.len() {
            let mut fewer = channels.clone();
            fewer.remove(i);
            assert!(ask(nodes, &fewer, amount) <= p + 1e-13, "{channels:?} without {i}");
            // More in a channel of the sender, on its side; nothing comes back to the sender in a flow.
            let mut richer = channels.clone();
            let c = &mut richer[i];
            if c.lo < c.hi && c.ends[0] == 0 && c.law == 0 {
                c.lo += 1;
                assert!(ask(nodes, &richer, amount) >= p - 1e-13, "{channels:?}, {i} richer");
                raised += 1;
            }
        }
    }
    assert!(raised > 100, "{raised}");
}

#[test]
fn series_are_products_and_parallels_are_convolutions() {
    let laws = Laws::new();
    let mut list = questions(6, &laws, 4);
    for _ in 0..200 {
        let (one, other) = (list.next().unwrap(), list.next().unwrap());
        let (nodes, amount) = (one.0, one.2.min(other.2));
        let curve = |q: &(usize, Vec<Unseen>, u64, f64)| laws.survival(q.0, &q.1, 0, q.0 - 1);
        let (first, second) = (curve(&one), curve(&other));
        // The last node of the first is the first of the second.
        let behind = |c: &Unseen| Unseen { ends: c.ends.map(|end| end + nodes - 1), ..*c };
        let series: Vec<_> = one.1.iter().copied().chain(other.1.iter().map(behind)).collect();
        let all = nodes + other.0 - 1;
        let p = first[amount as usize] * second[amount as usize];
        close(solve(&laws, all, &series, (0, all - 1), amount), p, &series);
        // Both have the same ends: what passes is a sum.
        let beside = |c: &Unseen| {
            let place = |end| match end {
                0 => 0,
                end if end == other.0 - 1 => nodes - 1,
                end => end + nodes - 1,
            };
            Unseen { ends: c.ends.map(place), ..*c }
        };
        let parallel: Vec<_> = one.1.iter().copied().chain(other.1.iter().map(beside)).collect();
        let all = nodes + other.0.saturating_sub(2);
        let at = |curve: &[f64], i: usize| curve.get(i).copied().unwrap_or(0.0);
        let sum = one.2 + other.2;
        let p: f64 = (0..first.len())
            .map(|i| {
                let rest = (sum as usize).saturating_sub(i);
                (first[i] - at(&first, i + 1)) * at(&second, rest)
            })
            .sum();
        let network = laws.network(all.max(nodes), &parallel);
        let answer = Estimator::new().solve(&network, node(0), node(nodes - 1), sum).unwrap();
        let slack = 1e-12 * p;
        assert!(
            answer.proven[0] <= p + slack && p <= answer.proven[1] + slack,
            "{parallel:?}: {p} {answer:?}"
        );
        assert!(!answer.exact || (answer.estimate - p).abs() <= 1e-11 * p, "{parallel:?}: {p} {answer:?}");
    }
    // Capacities 3 and 5: P(sum >= 1) = 1 - 1/24; a channel of capacity 8 would say 8/9.
    let pair = [Unseen::new(0, 1, 3), Unseen::new(0, 1, 5)];
    close(solve(&laws, 2, &pair, (0, 1), 1), 23.0 / 24.0, &pair);
    close(solve(&laws, 2, &pair, (0, 1), 8), 1.0 / 24.0, &pair);
}

#[test]
fn factoring_on_any_channel_is_a_mean_over_its_balances() {
    let laws = Laws::new();
    for (nodes, channels, amount, p) in questions(7, &laws, 4).take(120) {
        for (i, split) in channels.iter().enumerate() {
            let mean: f64 = (split.lo..=split.hi)
                .map(|x| {
                    let mut fixed = channels.clone();
                    fixed[i] = Unseen { lo: x, hi: x, law: 0, ..*split };
                    laws.mass(split, x) * solve(&laws, nodes, &fixed, (0, nodes - 1), amount)
                })
                .sum();
            close(mean, p, &channels);
        }
    }
}

/// The largest flow from 0 to the last node in a state of a world, by the smallest cut.
fn passes(world: &World, ends: &[[usize; 2]], state: &[u64], nodes: usize) -> i64 {
    let cut = |set: usize| {
        let inside = |end: usize| set >> end & 1 == 1;
        let crossing = |(i, ends): (usize, &[usize; 2])| match ends.map(inside) {
            [true, false] => world.liquidity(state, i, 0).max(0),
            [false, true] => world.liquidity(state, i, 1).max(0),
            _ => 0,
        };
        ends.iter().enumerate().map(crossing).sum::<i64>()
    };
    (0..1_usize << nodes).filter(|set| set & 1 == 1 && set >> (nodes - 1) & 1 == 0).map(cut).min().unwrap()
}

/// Learning, then P(feasible), is P(feasible) over the states that agree with what was seen.
#[test]
fn learning_is_conditioning() {
    let shapes: [&[[usize; 2]]; 3] =
        [&[[0, 1], [1, 2], [0, 2]], &[[0, 1], [2, 1], [0, 2], [2, 3]], &[[1, 0], [0, 2], [1, 3], [3, 2]]];
    let (mut asked, mut moved) = (0, 0);
    for case in 0..240 {
        let (random, ends) = (Random::new(61).stream(case), shapes[case as usize % 3]);
        let mut world = World::over(random.stream(0), ends);
        let (mut known, mut locked) = (world.knowledge(), Vec::new());
        for step in 0..1 + random.below(1, 5) {
            let seen = world.observe(random.stream(100 + step), &mut locked);
            known.learn(seen).unwrap();
        }
        // Failures at unknown hops make channels dependent.
        if known.unknown_failures() > 0 {
            continue;
        }
        let nodes = 1 + ends.iter().flatten().max().unwrap();
        let posteriors = known.posteriors();
        let network = UncertainNetwork::knowing(&world.graph, &known, &posteriors).unwrap();
        for amount in [125, 250, 600, 1000, 1500] {
            let answer = Estimator::new().solve(&network, node(0), node(nodes - 1), amount).unwrap();
            let p = world.probability(|world, state| passes(world, ends, state, nodes) >= amount as i64);
            let what = format!("case {case}, {amount}: {p} {answer:?}");
            assert!(answer.proven[0] <= p + 1e-12 && p <= answer.proven[1] + 1e-12, "{what}");
            assert!(!answer.exact || (answer.estimate - p).abs() <= 1e-12, "{what}");
            asked += u32::from(answer.exact && p > 0.0 && p < 1.0);
        }
        moved += u32::from((0..ends.len()).any(|i| known.moved(channel(i)) != 0));
    }
    assert!(asked > 100 && moved > 10, "{asked} {moved}");
}
