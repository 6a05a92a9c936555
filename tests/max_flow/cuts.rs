//! Maximum flow against enumeration of all cuts, on every engine.

use crate::common::naive_max_flow::{Naive, by_enumeration, by_matrix};
use crate::common::networks::{Draw, Shape, random_network};
use feasible::max_flow::{Algorithm, AtLeast, Outcome, Workspace};
use feasible::{ArcMap, MaxFlow, Network, NetworkBuilder, NodeId, SolveError, check};

const ENGINES: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::PushRelabel, Algorithm::Dinic, Algorithm::SearchTrees];

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

/// Shapes from empty to dense, with and without supplies, lower bounds and unbounded arcs.
fn shape(seed: u64) -> Shape {
    let mut draw = Draw::new(seed ^ 0xabc);
    Shape {
        nodes: 2 + draw.index(7),
        arcs: draw.index(22),
        bound: [1, 3, 10, 1000][draw.index(4)],
        cost: 0,
        supply: [0, 0, 2, 5][draw.index(4)],
        lower: draw.below(2) == 0,
        unbounded_every: [0, 0, 3, 7][draw.index(4)],
        breakpoints: 0,
    }
}

fn terminals(seed: u64, nodes: usize) -> (NodeId, NodeId) {
    let mut draw = Draw::new(seed ^ 0xdef);
    let source = draw.index(nodes);
    (node(source), node((source + 1 + draw.index(nodes - 1)) % nodes))
}

fn assert_agrees(network: &Network<i64>, (s, t): (NodeId, NodeId), found: &Outcome, expected: Naive) {
    match (found, expected) {
        (Outcome::Optimal(flow), Naive::Most(value)) => {
            assert_eq!(flow.value(), value);
            check::max_flow(network, s, t, flow.flows(), value, flow.cut()).unwrap();
        }
        (Outcome::Infeasible(shortage), Naive::Infeasible) => {
            check::infeasible_between(network, s, t, shortage).unwrap();
        }
        (Outcome::Unbounded(path), Naive::Unbounded) => {
            check::unbounded_path(network, s, t, path).unwrap();
        }
        _ => panic!("{found:?} instead of {expected:?}"),
    }
}

#[test]
fn every_engine_agrees_with_the_enumeration_of_cuts() {
    let mut workspace = Workspace::default();
    let mut seen = [0_u32; 4];
    for seed in 0..8000 {
        let network = random_network(seed, shape(seed));
        let (s, t) = terminals(seed, network.node_count());
        let expected = by_enumeration(&network, s, t);
        seen[match expected {
            Naive::Most(value) if value < 0 => 0,
            Naive::Most(_) => 1,
            Naive::Infeasible => 2,
            Naive::Unbounded => 3,
        }] += 1;
        let mut sides = Vec::new();
        for engine in ENGINES {
            let found = MaxFlow::new().algorithm(engine).solve_in(&mut workspace, &network, s, t).unwrap();
            assert_agrees(&network, (s, t), &found, expected);
            let fresh = MaxFlow::new().algorithm(engine).solve(&network, s, t).unwrap();
            assert_eq!(found, fresh, "the workspace must not matter");
            if let Outcome::Optimal(flow) = found {
                sides.push(flow.cut().clone());
            }
        }
        assert!(sides.iter().all(|side| *side == sides[0]), "the nearest cut is unique");
    }
    assert!(seen.iter().all(|&count| count > 150), "every case must occur: {seen:?}");
}

#[test]
fn amounts_around_the_maximum() {
    for seed in 0..1500 {
        let network = random_network(seed, shape(seed));
        let (s, t) = terminals(seed, network.node_count());
        let expected = by_enumeration(&network, s, t);
        let least = match by_enumeration(&network, t, s) {
            Naive::Most(back) => -back,
            _ => i128::MIN,
        };
        let around = if let Naive::Most(value) = expected { value } else { 7 };
        for amount in (around - 3..=around + 3).chain([0, 1, 1 << 40]).filter(|&a| a >= 0) {
            for engine in ENGINES {
                let found = MaxFlow::new().algorithm(engine).at_least(&network, s, t, amount).unwrap();
                match (found, expected) {
                    (AtLeast::Infeasible(shortage), Naive::Infeasible) => {
                        check::infeasible_between(&network, s, t, &shortage).unwrap();
                    }
                    (AtLeast::TooLittle(most), Naive::Most(value)) => {
                        assert!(value < amount);
                        assert_eq!(most.value(), value);
                        check::max_flow(&network, s, t, most.flows(), value, most.cut()).unwrap();
                    }
                    (AtLeast::Enough(flows), Naive::Most(_) | Naive::Unbounded) => {
                        let sent = amount.max(least);
                        check::flow_between(&network, s, t, &flows, sent).unwrap();
                    }
                    (found, _) => panic!("{found:?} for {amount}, {expected:?}"),
                }
            }
        }
    }
}

#[test]
fn amounts_are_raised_and_lowered_from_one_flow_to_the_next() {
    let (mut enough, mut too_little) = (0, 0);
    for seed in 0..1500 {
        let mut network = random_network(seed, shape(seed));
        let (s, t) = terminals(seed, network.node_count());
        let mut draw = Draw::new(seed ^ 0x5a);
        let mut last = ArcMap::filled(network.arc_count(), 0);
        for step in 0..12 {
            if step % 4 == 3 && network.arc_count() > 0 {
                let arc = feasible::ArcId::new(draw.index(network.arc_count())).unwrap();
                let lower = draw.range(-3, 1);
                let _ = network.amend().bounds(arc, lower..=lower + draw.range(0, 9)).unwrap().apply();
            }
            let amount = i128::from(draw.range(0, 12));
            let solver = MaxFlow::new().algorithm(ENGINES[step % ENGINES.len()]);
            let cold = solver.at_least(&network, s, t, amount).unwrap();
            match (solver.at_least_from(&network, s, t, amount, &last).unwrap(), cold) {
                (AtLeast::Enough(warm), AtLeast::Enough(cold)) => {
                    let sent = |flows: &ArcMap<i64>| {
                        let out = network.arcs().filter(|&arc| network.tail(arc) == s).map(|arc| flows[arc]);
                        let back = network.arcs().filter(|&arc| network.head(arc) == s).map(|arc| flows[arc]);
                        i128::from(out.sum::<i64>() - back.sum::<i64>() - network.supply(s))
                    };
                    assert_eq!(sent(&warm), sent(&cold), "{seed}");
                    check::flow_between(&network, s, t, &warm, sent(&cold)).unwrap();
                    last = warm;
                    enough += 1;
                }
                (AtLeast::TooLittle(warm), AtLeast::TooLittle(cold)) => {
                    assert_eq!((warm.value(), warm.cut()), (cold.value(), cold.cut()), "{seed}");
                    last = warm.flows().clone();
                    too_little += 1;
                }
                (AtLeast::Infeasible(shortage), AtLeast::Infeasible(_)) => {
                    check::infeasible_between(&network, s, t, &shortage).unwrap();
                }
                (warm, cold) => panic!("{seed}: {warm:?} {cold:?}"),
            }
        }
    }
    assert!(enough > 3_000 && too_little > 3_000, "{enough} {too_little}");
}

#[test]
fn warm_is_cold_after_random_amendments() {
    let mut warm_solves = 0;
    for seed in 0..300 {
        let mut network = random_network(seed, shape(seed));
        let (s, t) = terminals(seed, network.node_count());
        let mut draw = Draw::new(seed);
        let mut last = None;
        for _ in 0..20 {
            if network.arc_count() > 0 {
                let mut amend = network.amend();
                for _ in 0..=draw.below(2) {
                    let arc = feasible::ArcId::new(draw.index(shape_arcs(seed))).unwrap();
                    let lower = draw.range(-4, 2);
                    let upper = draw.range(lower, 9);
                    amend = if draw.below(6) == 0 {
                        amend.bounds(arc, lower..).unwrap()
                    } else {
                        amend.bounds(arc, lower..=upper).unwrap()
                    };
                }
                let by = draw.range(-2, 2);
                amend = amend.supply(s, by).unwrap().supply(t, -by).unwrap();
                // Other supplies may make the sum differ; then only the bounds stay untouched.
                let _ = amend.apply();
            }
            let expected = by_enumeration(&network, s, t);
            for engine in ENGINES {
                let solver = MaxFlow::new().algorithm(engine);
                let cold = solver.solve(&network, s, t).unwrap();
                assert_agrees(&network, (s, t), &cold, expected);
                if let Some(previous) = &last {
                    let warm = solver.solve_from(&network, s, t, previous).unwrap();
                    assert_agrees(&network, (s, t), &warm, expected);
                    warm_solves += 1;
                    if let (Outcome::Optimal(warm), Outcome::Optimal(cold)) = (&warm, &cold) {
                        assert_eq!(warm.cut(), cold.cut());
                    }
                }
                if let Outcome::Optimal(flow) = cold {
                    last = Some(flow);
                }
            }
        }
    }
    assert!(warm_solves > 9000, "{warm_solves}");
}

fn shape_arcs(seed: u64) -> usize {
    random_network(seed, shape(seed)).arc_count()
}

#[test]
fn larger_graphs_agree_with_a_matrix() {
    for seed in 0..300 {
        let mut draw = Draw::new(seed);
        let nodes = 2 + draw.index(40);
        let mut matrix = vec![vec![0_i128; nodes]; nodes];
        let mut b = NetworkBuilder::new();
        for _ in 0..nodes {
            b.add_node(0).unwrap();
        }
        for _ in 0..draw.index(nodes * 8) {
            let (u, v) = (draw.index(nodes), draw.index(nodes));
            let capacity = draw.range(0, 50);
            let undirected = draw.below(3) == 0;
            let lower = if undirected { -capacity } else { 0 };
            b.add_arc(node(u), node(v), lower..=capacity, 0).unwrap();
            matrix[u][v] += i128::from(capacity);
            matrix[v][u] += if undirected { i128::from(capacity) } else { 0 };
        }
        let network = b.build().unwrap();
        let expected = by_matrix(matrix, 0, nodes - 1);
        for engine in ENGINES {
            let found = MaxFlow::new().algorithm(engine).solve(&network, node(0), node(nodes - 1)).unwrap();
            assert_agrees(&network, (node(0), node(nodes - 1)), &found, Naive::Most(expected));
        }
    }
}

#[test]
fn terminals_are_checked() {
    let mut b = NetworkBuilder::<i64>::new();
    let only = b.add_node(0).unwrap();
    let network = b.build().unwrap();
    let solver = MaxFlow::new();
    assert_eq!(solver.solve(&network, only, only), Err(SolveError::SameTerminals { node: only }));
    let unknown = SolveError::UnknownNode { node: node(1), nodes: 1 };
    assert_eq!(solver.solve(&network, only, node(1)), Err(unknown));
    assert_eq!(solver.solve(&network, node(1), only), Err(unknown));
    let empty = NetworkBuilder::<i64>::new().build().unwrap();
    assert_eq!(solver.solve(&empty, only, only), Err(SolveError::UnknownNode { node: only, nodes: 0 }));
}

#[test]
fn limits_and_cancellation_end_a_solve() {
    let shape = Shape { nodes: 400, arcs: 40_000, supply: 0, lower: false, ..Shape::default() };
    let network = random_network(1, Shape { unbounded_every: 0, ..shape });
    let (s, t) = (node(0), node(399));
    for engine in ENGINES {
        let solver = MaxFlow::new().algorithm(engine);
        let full = solver.solve(&network, s, t).unwrap();
        assert_eq!(full, solver.solve(&network, s, t).unwrap(), "deterministic");
        for limit in [0, 1, 1000, 50_000] {
            let stopped = solver.work_limit(limit).solve(&network, s, t);
            assert_eq!(stopped, Err(SolveError::WorkLimit { limit }));
        }
        assert_eq!(solver.work_limit(u64::MAX).solve(&network, s, t).unwrap(), full);
        let mut calls = 0;
        let mut last = 0;
        let mut watch = |progress: feasible::Progress| {
            calls += 1;
            assert!(progress.work >= last);
            last = progress.work;
            core::ops::ControlFlow::Continue(())
        };
        assert_eq!(solver.solve_watched(&network, s, t, &mut watch).unwrap(), full);
        assert!(calls > 0);
        let cancelled = solver.solve_watched(&network, s, t, &mut |_| core::ops::ControlFlow::Break(()));
        assert!(matches!(cancelled, Err(SolveError::Cancelled { .. })));
    }
}

#[test]
fn amounts_out_of_range_are_refused() {
    let network = random_network(3, Shape::default());
    for amount in [-1, i128::MIN, i128::MAX] {
        let found = MaxFlow::new().at_least(&network, node(0), node(1), amount);
        assert!(matches!(found, Err(SolveError::Amount { .. })));
    }
}

#[test]
fn a_previous_flow_of_another_network_is_refused() {
    let one = random_network(3, Shape { unbounded_every: 0, supply: 0, lower: false, ..Shape::default() });
    let two = random_network(3, Shape { arcs: 13, ..Shape::default() });
    let flow = MaxFlow::new().solve(&one, node(0), node(1)).unwrap().optimal().unwrap();
    let found = MaxFlow::new().solve_from(&two, node(0), node(1), &flow);
    assert_eq!(found, Err(SolveError::Shape { what: "flows", expected: 13, actual: 12 }));
}

#[test]
fn long_paths_need_no_deep_stack() {
    let nodes = 100_000;
    let mut b = NetworkBuilder::new();
    let v: Vec<NodeId> = (0..nodes).map(|_| b.add_node(0).unwrap()).collect();
    for pair in v.windows(2) {
        b.add_arc(pair[0], pair[1], 0..=9, 0).unwrap();
    }
    b.add_arc(v[nodes / 2], v[nodes / 2 + 1], 0..=9, 0).unwrap();
    let network = b.build().unwrap();
    for engine in ENGINES {
        let flow = MaxFlow::new().algorithm(engine).solve(&network, v[0], v[nodes - 1]).unwrap();
        assert_agrees(&network, (v[0], v[nodes - 1]), &flow, Naive::Most(9));
    }
}

/// Arcs listed right after their opposites share residual arcs inside; nobody may notice.
#[test]
fn opposite_arcs_in_a_row() {
    let mut seen = [0_u32; 2];
    for seed in 0..3000 {
        let mut draw = Draw::new(seed);
        let nodes = 2 + draw.index(4);
        let mut b = NetworkBuilder::new();
        let v: Vec<NodeId> = (0..nodes).map(|_| b.add_node(0).unwrap()).collect();
        for _ in 0..draw.index(7) {
            let (mut tail, mut head) = (v[draw.index(nodes)], v[draw.index(nodes)]);
            for _ in 0..=draw.index(4) {
                let lower = if draw.below(3) == 0 { draw.range(-3, 2) } else { 0 };
                let upper = draw.range(lower, 9);
                if draw.below(12) == 0 {
                    b.add_arc(tail, head, lower.., 0).unwrap();
                } else {
                    b.add_arc(tail, head, lower..=upper, 0).unwrap();
                }
                core::mem::swap(&mut tail, &mut head);
            }
        }
        let network = b.build().unwrap();
        let ends = (v[0], v[nodes - 1]);
        let expected = by_enumeration(&network, ends.0, ends.1);
        for engine in ENGINES {
            let solver = MaxFlow::new().algorithm(engine);
            let found = solver.solve(&network, ends.0, ends.1).unwrap();
            assert_agrees(&network, ends, &found, expected);
            if let Outcome::Optimal(flow) = found {
                let again = solver.solve_from(&network, ends.0, ends.1, &flow).unwrap();
                assert_agrees(&network, ends, &again, expected);
                seen[usize::from(flow.value() > 0)] += 1;
            }
        }
    }
    assert!(seen.iter().all(|&count| count > 1000), "{seen:?}");
}

/// Many random levels and one arc from source to sink: that looks shallow, so the search trees are tried,
/// do not pay, and push-relabel goes on from a flow in the middle.
#[test]
fn search_trees_that_do_not_pay_are_given_up() {
    for seed in 0..20 {
        let mut draw = Draw::new(seed);
        let (levels, width) = (60, 12);
        let mut b = NetworkBuilder::new();
        let v: Vec<NodeId> = (0..levels * width + 2).map(|_| b.add_node(0).unwrap()).collect();
        let (s, t) = (v[levels * width], v[levels * width + 1]);
        b.add_arc(s, t, 0..=1, 0).unwrap();
        for i in 0..width {
            b.add_arc(s, v[i], 0..=draw.range(0, 300), 0).unwrap();
            b.add_arc(v[(levels - 1) * width + i], t, 0..=draw.range(0, 300), 0).unwrap();
        }
        for level in 1..levels {
            for i in 0..width {
                for _ in 0..3 {
                    let head = v[level * width + draw.index(width)];
                    b.add_arc(v[(level - 1) * width + i], head, 0..=draw.range(1, 100), 0).unwrap();
                }
            }
        }
        let network = b.build().unwrap();
        let solve =
            |engine| MaxFlow::new().algorithm(engine).solve(&network, s, t).unwrap().optimal().unwrap();
        let expected = solve(Algorithm::Dinic);
        for engine in ENGINES {
            let found = solve(engine);
            assert_eq!(found.value(), expected.value());
            assert_eq!(found.cut(), expected.cut());
        }
    }
}
