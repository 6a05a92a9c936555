//! The most probable flow against all flows.

use crate::common::odds::{Laws, Unseen, node, random};
use feasible::liquidity::generate;
use feasible::random::Random;
use feasible::reliability::{Estimator, ProbableFlow, UncertainChannel, UncertainNetwork};
use feasible::{Balance, Direction, Msat, Sat};

/// P(a channel passes a net amount), forward if positive.
fn passes(laws: &Laws, c: &Unseen, net: i64) -> f64 {
    let able = |x: &u64| if net >= 0 { *x >= net as u64 } else { c.capacity - *x >= net.unsigned_abs() };
    if net == 0 { 1.0 } else { (c.lo..=c.hi).filter(able).map(|x| laws.mass(c, x)).sum() }
}

/// The largest probability of a flow of every amount, by going through all flows.
fn all_flows(laws: &Laws, nodes: usize, channels: &[Unseen]) -> Vec<f64> {
    let most: u64 = channels.iter().map(|c| c.capacity).sum();
    let mut best = vec![0.0_f64; most as usize + 2];
    let tables: Vec<Vec<f64>> = channels
        .iter()
        .map(|c| (-(c.capacity as i64)..=c.capacity as i64).map(|net| passes(laws, c, net)).collect())
        .collect();
    let mut at = vec![0_usize; channels.len()];
    loop {
        let p: f64 = at.iter().zip(&tables).map(|(&i, table)| table[i]).product();
        if p > 0.0 {
            let mut leaves = vec![0_i64; nodes];
            for (&i, c) in at.iter().zip(channels) {
                let net = i as i64 - c.capacity as i64;
                leaves[c.ends[0]] += net;
                leaves[c.ends[1]] -= net;
            }
            if leaves[1..nodes - 1].iter().all(|&net| net == 0) && leaves[0] >= 0 {
                let best = &mut best[leaves[0] as usize];
                *best = best.max(p);
            }
        }
        let Some(i) = (0..at.len()).find(|&i| at[i] + 1 < tables[i].len()) else { break };
        at[i] += 1;
        at[..i].fill(0);
    }
    best
}

/// The probability of a flow, and whether it is one of the amount.
fn check(laws: &Laws, nodes: usize, channels: &[Unseen], amount: u64, flow: &ProbableFlow) -> f64 {
    let (mut leaves, mut p) = (vec![0_i64; nodes], 1.0);
    for &(channel, direction, sent) in &flow.channels {
        let c = &channels[channel.index()];
        let net = if direction == Direction::AToB { sent as i64 } else { -(sent as i64) };
        leaves[c.ends[0]] += net;
        leaves[c.ends[1]] -= net;
        p *= passes(laws, c, net);
    }
    let mut expected = vec![0; nodes];
    (expected[0], expected[nodes - 1]) = (amount as i64, -(amount as i64));
    assert_eq!(leaves, expected);
    p
}

#[test]
fn is_the_best_of_all_flows() {
    let laws = Laws::new();
    let (mut asked, mut loose) = (0, 0);
    for case in 0..1200 {
        let (nodes, mut channels) = random(Random::new(21).stream(case), laws.count(), 400);
        channels.truncate(4);
        let network = laws.network(nodes, &channels);
        // LDK's density and two exponentials are not log-concave.
        let convex = channels.iter().all(|c| c.law == 0);
        for (amount, &best) in (0..).zip(&all_flows(&laws, nodes, &channels)) {
            let case = format!("case {case}, amount {amount}: {channels:?}");
            let found = Estimator::new().most_probable_flow(&network, node(0), node(nodes - 1), amount);
            let Some(found) = found.unwrap() else {
                assert_eq!(best, 0.0, "{case}");
                continue;
            };
            asked += 1;
            let p = check(&laws, nodes, &channels, amount, &found);
            assert!((found.ln_probability.exp() - p).abs() <= 1e-12 * p, "{case}: {found:?}");
            assert!(
                p <= best * (1.0 + 1e-12) && best <= found.ln_bound.exp() * (1.0 + 1e-9),
                "{case}: {best} {found:?}"
            );
            assert!(!convex || p >= best * (1.0 - 1e-12), "{case}: {best} {found:?}");
            loose += u32::from(p < best * (1.0 - 1e-9));
            let answer = Estimator::new().solve(&network, node(0), node(nodes - 1), amount).unwrap();
            assert!(answer.best_flow_ln_probability >= found.ln_probability - 1e-12, "{case}: {answer:?}");
            assert!(answer.best_flow_ln_bound >= best.ln() - 1e-9, "{case}: {answer:?}");
            if convex {
                assert!((answer.best_flow_ln_probability - best.ln()).abs() < 1e-9, "{case}: {answer:?}");
                assert!((answer.best_flow_ln_bound - best.ln()).abs() < 1e-7, "{case}: {answer:?}");
            }
        }
    }
    assert!(asked > 1500 && loose * 10 < asked, "{asked} {loose}");
}

#[test]
fn amounts_of_any_size() {
    // Two equal ways of capacity c: half on each; the flow of 2 c has one chance in (c + 1)^2.
    for c in [1_u64, 7, 1_000_003, 1 << 40, 1 << 60] {
        let channels = [(0, 1), (0, 1)].map(|(a, b)| UncertainChannel::new(node(a), node(b), c));
        let network = UncertainNetwork::new(2, channels).unwrap();
        for amount in [1, c / 3 * 2, c, 2 * c - 1, 2 * c].into_iter().filter(|&amount| amount > 0) {
            let found =
                Estimator::new().most_probable_flow(&network, node(0), node(1), amount).unwrap().unwrap();
            let half = |part: u64| ((c + 1 - part) as f64 / (c as f64 + 1.0)).ln();
            let best = half(amount / 2) + half(amount.div_ceil(2));
            let close = 1e-9 * best.abs().max(1.0);
            assert!((found.ln_probability - best).abs() < close, "{c} {amount}: {best} {found:?}");
            assert!((found.ln_bound - best).abs() < close, "{c} {amount}: {best} {found:?}");
        }
        assert_eq!(Estimator::new().most_probable_flow(&network, node(0), node(1), 2 * c + 1).unwrap(), None);
    }
}

#[test]
fn large_graphs_begin_with_it_where_asked() {
    let mut graph = generate::lightning(150, 420, 4).unwrap();
    let any = |id| (id, Balance::Between { lo: Msat::ZERO, hi: Msat::from(graph.channel(id).capacity()) });
    let all: Vec<_> = graph.channels().map(any).collect();
    graph.set_balances(all).unwrap();
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let mut possible = 0;
    for (to, sat) in [(77, 1_000), (77, 300_000), (120, 2_000_000), (9, 40_000)] {
        let amount = Msat::from(Sat(sat)).0;
        let estimator = Estimator::new().relative(0.1).most_samples(1 << 14);
        let found = estimator.most_probable_flow(&network, node(3), node(to), amount).unwrap();
        let Some(found) = found else { continue };
        possible += 1;
        assert!((found.ln_bound - found.ln_probability).abs() < 1e-8, "{found:?}");
        let usual = estimator.solve(&network, node(3), node(to), amount).unwrap();
        let first = estimator.probable_first(true).solve(&network, node(3), node(to), amount).unwrap();
        assert!((first.best_flow_ln_probability - found.ln_probability).abs() < 1e-9, "{first:?} {found:?}");
        assert!(usual.best_flow_ln_probability <= found.ln_probability + 1e-9);
        assert!(found.ln_probability.exp() <= first.proven[1] && usual.interval[0] <= first.interval[1]);
        assert!(first.interval[0] <= usual.interval[1], "{usual:?} {first:?}");
    }
    assert!(possible >= 3, "{possible}");
    let limited =
        Estimator::new().work_limit(1000).most_probable_flow(&network, node(3), node(77), 300_000_000);
    assert!(matches!(limited, Err(feasible::SolveError::WorkLimit { limit: 1000 })));
}
