//! Bounds while a solve goes on: valid, monotone, proven; and what a stopped run leaves.

use core::ops::ControlFlow;

use crate::common::networks::{Draw, Shape, random_network};
use feasible::min_cost_flow::{Algorithm, Anytime, Enclosure, Outcome};
use feasible::{MinCostFlow, Network, NetworkBuilder, NodeId, Progress, SolveError, check};

const ALL: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];

/// Supplies in one corner of a grid, demands in the other; some costs negative, some arcs convex by parallels.
fn grid(side: usize, seed: u64) -> Network<i64> {
    let mut draw = Draw::new(seed);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..side * side).map(|_| b.add_node(0).unwrap()).collect();
    for k in 0..side / 2 {
        let amount = draw.range(1, 30);
        b.set_supply(nodes[k * side], amount).unwrap();
        b.set_supply(nodes[side * side - 1 - k * side], -amount).unwrap();
    }
    for y in 0..side {
        for x in 0..side {
            for (u, v) in [(x + 1, y), (x, y + 1)].into_iter().filter(|&(u, v)| u < side && v < side) {
                let (from, to) = (nodes[y * side + x], nodes[v * side + u]);
                for (tail, head) in [(from, to), (to, from)] {
                    for _ in 0..2 {
                        b.add_arc(tail, head, 0..=draw.range(5, 40), draw.range(-10, 1000)).unwrap();
                    }
                }
            }
        }
    }
    b.build().unwrap()
}

/// The bounds hold, with their proofs.
fn encloses(network: &Network<i64>, bounds: &Enclosure, least: Option<i128>) {
    if let Some(lower) = bounds.lower() {
        assert!(least.is_none_or(|least| lower <= least), "{lower} above {least:?}");
        assert_eq!(check::dual_value(network, bounds.potentials().unwrap()), Ok(lower));
    }
    if let Some(upper) = bounds.upper() {
        let flows = bounds.flows().unwrap();
        assert!(least.is_some_and(|least| least <= upper), "{upper} below {least:?}");
        check::flow(network, flows).unwrap();
        let cost: i128 = flows.iter().map(|(arc, &flow)| network.cost(arc).value(flow).unwrap()).sum();
        assert_eq!(cost, upper);
    }
}

#[test]
fn bounds_close_in_on_the_least_cost() {
    for algorithm in ALL {
        let (mut seen, mut met) = (0, 0);
        for seed in 0..3 {
            let network = grid(40, seed);
            let solver = MinCostFlow::new().algorithm(algorithm);
            let plain = solver.solve(&network).unwrap();
            let least = plain.clone().optimal().unwrap().cost();
            let mut before: Option<Progress> = None;
            let watched = solver.solve_watched(&network, &mut |progress: Progress| {
                assert!(progress.lower.is_none_or(|lower| lower <= least), "{algorithm:?}: {progress:?}");
                assert!(progress.upper.is_none_or(|upper| upper >= least), "{algorithm:?}: {progress:?}");
                if let Some(before) = before {
                    assert!(before.lower <= progress.lower && before.work < progress.work);
                    assert!(before.upper.is_none_or(|upper| progress.upper.is_some_and(|now| now <= upper)));
                }
                seen += usize::from(progress.lower.is_some() && progress.upper.is_some());
                before = Some(progress);
                ControlFlow::Continue(())
            });
            assert_eq!(watched.unwrap(), plain, "watching changes nothing");
            met += usize::from(before.is_some());
        }
        assert!(met == 3 && seen > 0, "{algorithm:?}: {met} runs watched, {seen} calls with bounds");
    }
}

#[test]
fn a_stopped_run_leaves_its_best_bounds() {
    let network = grid(40, 7);
    let least = MinCostFlow::new().solve(&network).unwrap().optimal().unwrap().cost();
    for algorithm in ALL {
        let (mut with_flow, mut stopped, mut gap) = (0, 0, None);
        for limit in [0, 1, 20_000, 400_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 16_000_000] {
            let solver = MinCostFlow::new().algorithm(algorithm).work_limit(limit);
            match solver.solve_anytime(&network, &mut |_| ControlFlow::Continue(())).unwrap() {
                Anytime::Finished(outcome) => assert_eq!(outcome.optimal().unwrap().cost(), least),
                Anytime::Stopped(bounds) => {
                    assert_eq!(bounds.reason(), SolveError::WorkLimit { limit });
                    encloses(&network, &bounds, Some(least));
                    let lower = bounds.lower().expect("all arcs are bounded");
                    assert!(gap.is_none_or(|gap| least - lower <= gap), "more work, no worse bound");
                    gap = Some(least - lower);
                    (stopped, with_flow) = (stopped + 1, with_flow + usize::from(bounds.upper().is_some()));
                }
            }
        }
        assert!(stopped >= 3 && with_flow > 0, "{algorithm:?}: {stopped} stopped, {with_flow} with a flow");
    }
    let mut calls = 0;
    let told = MinCostFlow::new().solve_anytime(&network, &mut |_| {
        calls += 1;
        if calls == 9 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let Anytime::Stopped(bounds) = told.unwrap() else { panic!("it ends before the ninth call") };
    assert!(matches!(bounds.reason(), SolveError::Cancelled { .. }));
    encloses(&network, &bounds, Some(least));
}

#[test]
fn any_potentials_prove_a_bound() {
    let mut tight = 0;
    for seed in 0..2000 {
        let mut draw = Draw::new(seed);
        let network = random_network(seed, Shape { nodes: 1 + draw.index(7), ..Shape::default() });
        let outcome = MinCostFlow::new().solve(&network).unwrap();
        let Outcome::Optimal(flow) = outcome else { continue };
        assert_eq!(check::dual_value(&network, flow.potentials()), Ok(flow.cost()), "{seed}");
        let potentials = network.nodes().map(|_| draw.range(-12, 12).into()).collect();
        let value = check::dual_value(&network, &potentials).unwrap();
        assert!(value <= flow.cost(), "{seed}: {value}");
        tight += usize::from(value == flow.cost());
    }
    assert!(tight > 10, "{tight} tight ones");
}

#[test]
fn costs_without_bound_have_no_lower_one() {
    let mut b = NetworkBuilder::new();
    let (s, t) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
    b.add_arc(s, t, 0.., -3).unwrap();
    b.add_arc(t, s, 0.., 2).unwrap();
    let network: Network<i64> = b.build().unwrap();
    for limit in 0..20 {
        let solver = MinCostFlow::new().work_limit(limit);
        match solver.solve_anytime(&network, &mut |_| ControlFlow::Continue(())).unwrap() {
            Anytime::Finished(outcome) => assert!(matches!(outcome, Outcome::Unbounded(_))),
            Anytime::Stopped(bounds) => assert_eq!((bounds.lower(), bounds.upper()), (None, None)),
        }
    }
}
