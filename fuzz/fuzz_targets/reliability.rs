//! P(feasible) of any small network: bounds hold the enumerated truth, and what is called exact is it.
#![no_main]

use feasible::{Direction, NodeId};
use feasible::law::Interval;
use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};
use libfuzzer_sys::fuzz_target;

type Row = (u8, u8, u8, u8, u8);

fuzz_target!(|input: (u8, Vec<Row>, u8, u8)| {
    let (nodes, rows, amount, flows) = input;
    let nodes = 2 + usize::from(nodes % 4);
    let (mut states, mut channels) = (1, Vec::new());
    for (a, b, capacity, x, y) in rows.into_iter().take(8) {
        let (a, b, capacity) = (usize::from(a) % nodes, usize::from(b) % nodes, u64::from(capacity % 7));
        let (x, y) = (u64::from(x) % (capacity + 1), u64::from(y) % (capacity + 1));
        states *= x.abs_diff(y) + 1;
        if a != b && states <= 2_000 {
            channels.push((a, b, capacity, x.min(y), x.max(y)));
        }
    }
    let node = |i: usize| NodeId::new(i).unwrap();
    let described = channels.iter().filter_map(|&(a, b, capacity, lo, hi)| {
        Some(UncertainChannel::new(node(a), node(b), capacity).within(Interval::new(lo, hi)?))
    });
    let network = UncertainNetwork::new(nodes, described).unwrap();
    let amount = u64::from(amount % 16);
    let flows = u64::from(flows);
    let estimator = Estimator::new().exact_flows(flows).most_flows(flows).most_samples(1024);
    let answer = estimator.solve(&network, node(0), node(1), amount).unwrap();
    // Whatever ends an answer, what it says is true.
    let mut calls = u64::from(u8::from(flows % 2 == 0)) * flows;
    let mut watcher = |_| {
        calls = calls.saturating_sub(1);
        if calls == 0 { core::ops::ControlFlow::Break(()) } else { core::ops::ControlFlow::Continue(()) }
    };
    let cut_short = estimator.work_limit(flows * 8).confidence(1.0 - 1e-12);
    let early = cut_short.solve_anytime(&network, node(0), node(1), amount, &mut watcher).unwrap();
    // A state drawn by number is decided as its smallest cut says.
    let mut states = network.states(flows);
    let drawn: Vec<u64> = states.balances(1).iter().map(|(_, &x)| x).collect();
    let able = states.decide(1, node(0), node(1), amount).unwrap();

    let cut = |set: usize, balances: &[u64]| -> u64 {
        let inside = |i: usize| set >> i & 1 == 1;
        let passes = |(&(a, b, capacity, ..), &x): (&(usize, usize, u64, u64, u64), &u64)| match (
            inside(a),
            inside(b),
        ) {
            (true, false) => x,
            (false, true) => capacity - x,
            _ => 0,
        };
        channels.iter().zip(balances).map(passes).sum()
    };
    let enough = |balances: &[u64]| {
        (0..1_usize << nodes).filter(|set| set & 3 == 1).all(|set| cut(set, balances) >= amount)
    };
    assert_eq!(able, enough(&drawn));
    let mut balances: Vec<u64> = channels.iter().map(|c| c.3).collect();
    let (mut feasible, mut all) = (0_u64, 0_u64);
    loop {
        all += 1;
        feasible += u64::from(enough(&balances));
        let Some(i) = (0..balances.len()).find(|&i| balances[i] < channels[i].4) else { break };
        balances[i] += 1;
        (0..i).for_each(|j| balances[j] = channels[j].3);
    }
    let p = feasible as f64 / all as f64;
    for answer in [&answer, &early] {
        let [low, high] = answer.proven;
        assert!(low <= p + 1e-12 && p <= high + 1e-12, "{p} {answer:?}");
    }
    assert!(!answer.exact || (answer.estimate - p).abs() <= 1e-12, "{p} {answer:?}");
    // The most probable flow is a flow, has the probability it says, and none is more probable than its bound.
    let flow = Estimator::new().most_probable_flow(&network, node(0), node(1), amount).unwrap();
    assert_eq!(flow.is_some(), p > 0.0);
    if let Some(flow) = flow {
        let (mut leaves, mut ln) = (vec![0_i64; nodes], 0.0);
        for (channel, direction, sent) in flow.channels {
            let (a, b, capacity, lo, hi) = channels[channel.index()];
            let (tail, head, least, most) = match direction {
                Direction::AToB => (a, b, lo, hi),
                Direction::BToA => (b, a, capacity - hi, capacity - lo),
            };
            assert!(sent <= most);
            ln += (((most - sent.max(least) + 1) as f64) / ((most - least + 1) as f64)).ln();
            leaves[tail] += sent as i64;
            leaves[head] -= sent as i64;
        }
        assert!(leaves[0] == amount as i64 && leaves[2..].iter().all(|&net| net == 0), "{leaves:?}");
        assert!((ln - flow.ln_probability).abs() < 1e-9 && flow.ln_bound - ln < 1e-8, "{ln} {}", flow.ln_bound);
        assert!(ln <= p.ln() + 1e-9 && answer.best_flow_ln_probability <= flow.ln_bound + 1e-9, "{answer:?}");
    }
    let [low, high] = answer.infeasible_proven;
    assert!(low <= 1.0 - p + 1e-12 && 1.0 - p <= high + 1e-12, "{p} {answer:?}");
});
