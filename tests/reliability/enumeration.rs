//! P(feasible) against enumeration, published values and its own identities.

use crate::common::odds::{Laws, node, questions, random};
use feasible::law::Interval;
use feasible::liquidity::generate;
use feasible::random::Random;
use feasible::reliability::{Estimator, Reliability, Tallies, UncertainChannel, UncertainNetwork};
use feasible::{Balance, ChannelGraph, Decision, Direction, Feasibility, Msat, Payment, Sat};

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
    for case in 0..3000 {
        let (nodes, channels) = random(Random::new(1).stream(case), laws.count(), 500);
        let network = laws.network(nodes, &channels);
        let survival = laws.survival(nodes, &channels, 0, nodes - 1);
        for (a, &p) in survival.iter().enumerate().filter(|(_, p)| **p > 0.0 || case % 8 == 0) {
            let answer = Estimator::new().solve(&network, node(0), node(nodes - 1), a as u64).unwrap();
            let below: f64 = if a == 0 { 0.0 } else { 1.0 - p };
            exact(&answer, p, below, &format!("case {case}, amount {a}: {channels:?}"));
            positive += u32::from(p > 0.0 && p < 1.0);
        }
    }
    assert!(positive > 4000, "{positive}");
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

/// Runs that sample, how many miss the truth, and the sum of the errors of estimates in half widths.
fn coverage(laws: &Laws, kinds: usize, wanted: u32) -> (u32, u32, f64) {
    let sampled = Estimator::new().exact_flows(0).most_flows(1).confidence(0.9).relative(1e-9);
    let (mut runs, mut missed, mut biased) = (0, 0, 0.0_f64);
    for (nodes, channels, amount, p) in questions(3, laws, kinds) {
        let network = laws.network(nodes, &channels);
        for seed in 0..50 {
            let study = sampled.seed(seed).study(&network, node(0), node(nodes - 1), amount).unwrap();
            let answer = study.outcome(&study.sample(0..1024).unwrap());
            if answer.exact {
                break;
            }
            runs += 1;
            let [low, high] = answer.interval;
            // Where all or none of the open states are feasible, an end is the truth up to rounding.
            let outside = p < low - 1e-12 || high + 1e-12 < p;
            let [unlow, unhigh] = answer.infeasible_interval;
            assert!(outside || (unlow <= 1.0 - p + 1e-12 && 1.0 - p <= unhigh + 1e-12), "{answer:?}");
            missed += u32::from(outside);
            biased += (answer.estimate - p) / (0.25 * (high - low));
        }
        if runs >= wanted {
            break;
        }
    }
    (runs, missed, biased)
}

#[test]
fn intervals_cover_over_many_seeds() {
    let laws = Laws::new();
    // Uniform channels, and channels of all laws.
    for (kinds, wanted) in [(1, 10_000), (4, 600)] {
        let (runs, missed, biased) = coverage(&laws, kinds, wanted);
        // At one time the interval for any time is left much less often than in a tenth of all runs.
        assert!(runs >= wanted && missed * 20 < runs, "{missed} of {runs}");
        assert!(biased.abs() / f64::from(runs) < 0.05, "{}", biased / f64::from(runs));
    }
}

#[test]
fn what_is_tied_does_not_pay() {
    // Of 0..=10 the first side keeps 2 and the second 3: forward a needs x >= a + 2, backward x <= 7 - a.
    let channel = UncertainChannel::new(node(0), node(1), 10);
    let channel = channel.tied(Direction::AToB, 2).tied(Direction::BToA, 3);
    let network = UncertainNetwork::new(2, [channel]).unwrap();
    for a in 1..=9 {
        let there = Estimator::new().solve(&network, node(0), node(1), a).unwrap().estimate;
        let back = Estimator::new().solve(&network, node(1), node(0), a).unwrap().estimate;
        assert!((there - 9_u64.saturating_sub(a) as f64 / 11.0).abs() < 1e-15);
        assert!((back - 8_u64.saturating_sub(a) as f64 / 11.0).abs() < 1e-15);
    }
    let bounded = UncertainChannel::new(node(0), node(1), 10).within(Interval::new(4, 6).unwrap());
    let network = UncertainNetwork::new(2, [bounded]).unwrap();
    assert_eq!(Estimator::new().solve(&network, node(0), node(1), 4).unwrap().estimate, 1.0);
    let most = Estimator::new().solve(&network, node(0), node(1), u64::MAX).unwrap();
    assert!(most.exact && most.estimate == 0.0 && most.infeasible_estimate == 1.0);
}

fn unknown(graph: &ChannelGraph) -> ChannelGraph {
    let mut graph = graph.clone();
    let any = |channel| {
        let hi = Msat::from(graph.channel(channel).capacity());
        (channel, Balance::Between { lo: Msat::ZERO, hi })
    };
    let all: Vec<_> = graph.channels().map(any).collect();
    graph.set_balances(all).unwrap();
    graph
}

#[test]
fn agrees_with_drawing_everything_on_a_larger_graph() {
    let graph = unknown(&generate::lightning(120, 330, 3).unwrap());
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let (mut asked, states) = (Vec::new(), 700_u64);
    for i in 0..300_u64 {
        let pick = |stream| usize::try_from(Random::new(9).stream(stream).below(i, 120)).unwrap();
        let (from, to, sat) = (node(pick(0)), node(pick(1)), 1000 * 4_u64.pow((i % 8) as u32));
        if from == to {
            continue;
        }
        let answer =
            Estimator::new().relative(0.02).most_samples(1 << 15).solve(&network, from, to, sat * 1000);
        let answer = answer.unwrap();
        assert!(answer.weak_cuts.iter().all(|cut| cut.fails <= answer.infeasible_proven[1] * (1.0 + 1e-9)));
        if answer.estimate > 0.02 && answer.estimate < 0.98 {
            asked.push((Payment::new(from, to, Msat::from(Sat(sat))), answer.interval, 0_u64));
        }
    }
    assert!(asked.len() > 25, "{}", asked.len());
    for seed in 0..states {
        let mut state = graph.clone();
        state.draw_balances(seed);
        let mut feasibility = Feasibility::new(&state);
        for (payment, _, yes) in &mut asked {
            *yes += u64::from(matches!(feasibility.decide(*payment).unwrap(), Decision::Feasible(_)));
        }
    }
    for (payment, [low, high], yes) in asked {
        let share = yes as f64 / states as f64;
        let slack = 4.5 * (share * (1.0 - share) / states as f64).sqrt() + 0.003;
        assert!(low - slack <= share && share <= high + slack, "{payment:?}: {share} not in {low}..{high}");
    }
}

#[test]
fn one_run_answers_for_all_amounts_and_all_receivers() {
    let graph = unknown(&generate::lightning(150, 420, 4).unwrap());
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let estimator = Estimator::new().relative(0.02).most_samples(1 << 13);
    let curve = estimator.survival(&network, node(3), node(77)).unwrap();
    assert!(curve.len() > 100 && curve[0].estimate == 1.0 && curve.last().unwrap().estimate == 0.0);
    for pair in curve.windows(2) {
        assert!(pair[0].amount < pair[1].amount && pair[1].interval[0] <= pair[0].interval[1]);
    }
    for point in curve.iter().step_by(16) {
        let single = estimator.solve(&network, node(3), node(77), point.amount).unwrap();
        let ([a, b], [c, d]) = (point.interval, single.interval);
        assert!(a <= d && c <= b, "{point:?} {single:?}");
    }
    let amount = 300_000_000;
    let odds = estimator.receivers(&network, node(3), amount, 1024).unwrap();
    assert_eq!(odds[node(3)].estimate, 1.0);
    for to in (0..150).filter(|&to| to != 3).step_by(7) {
        let single = estimator.solve(&network, node(3), node(to), amount).unwrap();
        let ([a, b], [c, d]) = (odds[node(to)].interval, single.interval);
        assert!(a <= d && c <= b, "{to}: {:?} {single:?}", odds[node(to)]);
    }
}

#[test]
fn samples_are_merged_exactly() {
    let graph = unknown(&generate::lightning(150, 420, 4).unwrap());
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let estimator = Estimator::new().most_flows(20);
    let study = estimator.study(&network, node(3), node(77), 2_000_000_000).unwrap();
    let all = study.sample(0..8192).unwrap();
    let parts: Vec<Tallies> =
        [4096..8192, 0..1000, 1000..4096].map(|range| study.sample(range).unwrap()).to_vec();
    let merged = parts.iter().fold(study.empty(), |sum, part| sum.merged(part));
    assert_eq!(merged, all);
    assert_eq!(study.outcome(&merged), study.outcome(&all));
    assert!(all.samples() == 8192 && !study.outcome(&all).exact);
    #[cfg(feature = "rayon")]
    assert_eq!(study.sample_on_threads(0..8192).unwrap(), all);
    #[cfg(feature = "serde")]
    {
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Tallies>(&text).unwrap(), all);
    }
    let other = estimator.seed(1).study(&network, node(3), node(77), 2_000_000_000).unwrap();
    assert_ne!(other.sample(0..8192).unwrap(), all);
}

#[test]
fn limits_stop_and_leave_no_trace() {
    let graph = unknown(&generate::lightning(150, 420, 4).unwrap());
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let limited = Estimator::new().work_limit(50).solve(&network, node(3), node(77), 2_000_000_000);
    assert_eq!(limited, Err(feasible::SolveError::WorkLimit { limit: 50 }));
    let stop = &mut |_| core::ops::ControlFlow::Break(());
    let cancelled =
        Estimator::new().relative(1e-6).solve_watched(&network, node(3), node(77), 2_000_000_000, stop);
    assert!(matches!(cancelled, Err(feasible::SolveError::Cancelled { .. })), "{cancelled:?}");
    assert!(Estimator::new().solve(&network, node(3), node(3), 1).is_err());
    assert!(Estimator::new().solve(&network, node(3), node(150), 1).is_err());
}

/// Channels or channels with bounds as in the file of known values, with their survival curves.
#[test]
fn known_values() {
    let own = include_str!("../data/reliability.json");
    let shared = std::env::var_os("FEASIBLE_DATA")
        .and_then(|data| std::fs::read_to_string(std::path::Path::new(&data).join("reliability.json")).ok());
    for text in [Some(own.to_owned()), shared].into_iter().flatten() {
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut cases = 0;
        for case in file["cases"].as_array().unwrap() {
            if !matches!(case["kind"].as_str(), Some("channels" | "channels-bounds")) {
                continue;
            }
            cases += 1;
            let int = |value: &serde_json::Value| value.as_u64().unwrap();
            let channels = case["channels"].as_array().unwrap().iter().map(|row| {
                let (a, b) = (int(&row[0]) as usize, int(&row[1]) as usize);
                let channel = UncertainChannel::new(node(a), node(b), int(&row[2]));
                match Interval::new(row[3].as_u64().unwrap_or(0), row[4].as_u64().unwrap_or(int(&row[2]))) {
                    Some(within) => channel.within(within),
                    None => channel,
                }
            });
            let network = UncertainNetwork::new(int(&case["nodes"]) as usize, channels).unwrap();
            let (from, to) = (node(int(&case["s"]) as usize), node(int(&case["t"]) as usize));
            let curve = Estimator::new().survival(&network, from, to).unwrap();
            let known = case["survival"].as_array().unwrap();
            assert_eq!(curve.len(), known.len(), "{}", case["name"]);
            for (point, known) in curve.iter().zip(known) {
                let p = known["p"].as_f64().unwrap();
                assert!(point.exact && point.amount == int(&known["amount"]), "{point:?} {known}");
                assert!((point.estimate - p).abs() <= 1e-12 * p, "{}: {point:?} {known}", case["name"]);
            }
        }
        assert!(cases >= 3, "{cases}");
    }
}

/// Two blocks with something open each, of which one seems settled before the other is looked at.
#[test]
fn every_open_piece_is_sampled() {
    let graph = unknown(&generate::lightning(150, 420, 4).unwrap());
    let mut channels: Vec<_> = graph
        .channels()
        .map(|id| {
            let c = graph.channel(id);
            UncertainChannel::new(c.a(), c.b(), c.capacity().0)
        })
        .collect();
    let copy = channels.len();
    for i in 0..copy {
        let c = graph.channel(graph.channels().nth(i).unwrap());
        let shift = |n: feasible::NodeId| node(if n.index() == 0 { 77 } else { n.index() + 149 });
        channels.push(UncertainChannel::new(shift(c.a()), shift(c.b()), c.capacity().0));
    }
    let network = UncertainNetwork::new(299, channels).unwrap();
    for amount in [1_000, 100_000, 1_000_000] {
        let estimator = Estimator::new().relative(0.05).most_flows(64).most_samples(1 << 14);
        let study = estimator.study(&network, node(3), node(220), amount).unwrap();
        let once = study.outcome(&study.sample(0..4096).unwrap());
        let solved = estimator.solve(&network, node(3), node(220), amount).unwrap();
        let closed = once.infeasible_proven[1] - once.infeasible_proven[0] < 1e-9;
        assert!(closed || once.tally.samples >= 4096);
        let ([a, b], [c, d]) = (once.infeasible_interval, solved.infeasible_interval);
        assert!(a <= d && c <= b, "{amount}: {once:?} {solved:?}");
    }
}
