//! Solving again after amendments: the cost of a fresh solve, in few pivots.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::min_cost_flow::{Algorithm, OptimalFlow, Outcome, Workspace};
use feasible::{Bounds, MinCostFlow, Network, NetworkBuilder, NodeId, PiecewiseCost, solve::SolveError};

const ALL: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];

/// A solver with the algorithm of the day.
fn solver(number: usize) -> MinCostFlow {
    MinCostFlow::new().algorithm(ALL[number % ALL.len()])
}

/// Changes a few bounds, costs and supplies; false if the builder refuses the result.
fn amend(network: &mut Network<i64>, draw: &mut Draw) -> bool {
    let arcs: Vec<_> = network.arcs().collect();
    let nodes: Vec<_> = network.nodes().collect();
    let mut changes = Vec::new();
    for _ in 0..=draw.below(3) {
        changes.push((
            draw.below(3),
            draw.index(arcs.len()),
            draw.index(nodes.len()),
            draw.index(nodes.len()),
        ));
    }
    let supplies: Vec<i64> = nodes.iter().map(|&v| network.supply(v)).collect();
    let mut moved = supplies.clone();
    let mut amend = network.amend();
    for (what, arc, u, v) in changes {
        amend = match what {
            0 => {
                let lower = draw.range(-8, 4);
                let upper = (draw.below(6) > 0).then(|| draw.range(lower.max(0), 9));
                amend.bounds(arcs[arc], Bounds { lower, upper }).unwrap()
            }
            1 => {
                let (slope, at) = (draw.range(-4, 9), draw.range(-5, 5));
                let bend = (at, slope + draw.range(0, 4));
                amend.cost(arcs[arc], PiecewiseCost::new(slope, [bend]).unwrap()).unwrap()
            }
            _ => {
                let amount = draw.range(1, 3);
                moved[u] += amount;
                moved[v] -= amount;
                amend.supply(nodes[u], moved[u]).unwrap().supply(nodes[v], moved[v]).unwrap()
            }
        };
    }
    amend.apply().is_ok()
}

fn same_kind(a: &Outcome<i64>, b: &Outcome<i64>) -> bool {
    match (a, b) {
        (Outcome::Optimal(a), Outcome::Optimal(b)) => a.cost() == b.cost(),
        (Outcome::Infeasible(_), Outcome::Infeasible(_)) => true,
        (Outcome::Unbounded(_), Outcome::Unbounded(_)) => true,
        _ => false,
    }
}

#[test]
fn warm_costs_what_cold_costs() {
    let (mut optimal, mut total) = (0, 0);
    for seed in 0..400 {
        let mut draw = Draw::new(seed + 77);
        let shape = Shape { nodes: 1 + draw.index(9), arcs: 1 + draw.index(30), ..Shape::default() };
        let mut network = random_network(seed, Shape { supply: 2, ..shape });
        let mut last: Option<OptimalFlow> = None;
        for _ in 0..15 {
            if !amend(&mut network, &mut draw) {
                continue;
            }
            let cold = solver(optimal).solve(&network).unwrap();
            if let Some(last) = &last {
                for i in 0..ALL.len() {
                    let warm = solver(i).solve_from(&network, last).unwrap();
                    assert!(same_kind(&cold, &warm), "seed {seed}: {cold:?} {warm:?}");
                }
                total += 1;
            }
            if let Outcome::Optimal(flow) = cold {
                optimal += 1;
                // Every other time from a warm answer, so that chains of warm starts occur.
                last = match &last {
                    Some(last) if optimal % 2 == 0 => {
                        solver(total).solve_from(&network, last).unwrap().optimal().ok()
                    }
                    _ => Some(flow),
                };
            }
        }
    }
    assert!(optimal > 1000 && total > 2000, "{optimal} {total}");
}

#[test]
fn any_answer_of_the_same_shape_will_do() {
    let shape = Shape { supply: 1, unbounded_every: 5, ..Shape::default() };
    let mut answers: Vec<OptimalFlow> = Vec::new();
    let mut tried = 0;
    for seed in 0..1500 {
        let network = random_network(seed, shape);
        let cold = solver(tried).solve(&network).unwrap();
        for other in answers.iter().rev().take(3) {
            for i in 0..ALL.len() {
                assert!(same_kind(&cold, &solver(i).solve_from(&network, other).unwrap()), "seed {seed}");
            }
            tried += 1;
        }
        answers.extend(cold.optimal().ok());
    }
    assert!(tried > 3000 && answers.len() > 300, "{tried} {}", answers.len());
}

fn large() -> Network<i64> {
    let mut draw = Draw::new(11);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..600).map(|_| b.add_node(0).unwrap()).collect();
    for i in 0..25 {
        b.set_supply(nodes[i], 60).unwrap();
        b.set_supply(nodes[599 - i], -60).unwrap();
    }
    for i in 0..600 {
        b.add_arc(nodes[i], nodes[(i + 1) % 600], 0..=2000, 1000).unwrap();
    }
    for _ in 0..5000 {
        let (u, v) = (nodes[draw.index(600)], nodes[draw.index(600)]);
        b.add_arc(u, v, 0..=draw.range(1, 90), draw.range(1, 1000)).unwrap();
    }
    b.build().unwrap()
}

#[test]
fn nothing_changed_takes_no_pivot() {
    let network = large();
    for i in 0..3 {
        let flow = solver(i).solve(&network).unwrap().optimal().unwrap();
        let again = solver(i).solve_from(&network, &flow).unwrap().optimal().unwrap();
        assert_eq!((again.pivots(), again.cost()), (0, flow.cost()));
        assert_eq!(again.flows(), flow.flows());
    }
}

#[test]
fn small_changes_take_few_pivots() {
    (0..3).for_each(|i| small_changes(solver(i)));
}

/// The simplex started from a flow without a tree keeps the potentials it is given.
#[test]
fn a_tree_is_found_for_a_flow_without_one() {
    let network = large();
    let paths = solver(2).solve(&network).unwrap().optimal().unwrap();
    let fresh = solver(1).solve(&network).unwrap().optimal().unwrap();
    let again = solver(1).solve_from(&network, &paths).unwrap().optimal().unwrap();
    assert_eq!(again.cost(), fresh.cost());
    assert!(again.pivots() * 4 < fresh.pivots(), "{} {}", again.pivots(), fresh.pivots());
}

fn small_changes(solver: MinCostFlow) {
    let mut network = large();
    let mut flow = solver.solve(&network).unwrap().optimal().unwrap();
    let mut draw = Draw::new(3);
    let mut workspace = Workspace::new();
    let (mut warm, mut cold) = (0, 0);
    for _ in 0..40 {
        let arc = network.arcs().nth(600 + draw.index(5000)).unwrap();
        let (u, v) = (NodeId::new(draw.index(25)).unwrap(), NodeId::new(575 + draw.index(25)).unwrap());
        let (more, less) = (network.supply(u) + 1, network.supply(v) - 1);
        let change = network.amend().cost(arc, draw.range(1, 1000)).unwrap();
        let change = change.bounds(arc, 0..=draw.range(0, 90)).unwrap();
        change.supply(u, more).unwrap().supply(v, less).unwrap().apply().unwrap();
        let fresh = solver.solve(&network).unwrap().optimal().unwrap();
        let next = solver.solve_from(&network, &flow).unwrap().optimal().unwrap();
        let kept = solver.solve_from_in(&mut workspace, &network, &flow).unwrap();
        assert_eq!(kept, Outcome::Optimal(next.clone()));
        flow = next;
        assert_eq!(flow.cost(), fresh.cost());
        warm += flow.pivots();
        cold += fresh.pivots();
    }
    assert!(warm * 20 < cold, "{warm} pivots warm, {cold} cold");
}

#[test]
fn there_and_back_costs_the_same() {
    for seed in 0..300 {
        let mut network = random_network(seed, Shape { supply: 1, ..Shape::default() });
        let before = network.clone();
        let Ok(first) = MinCostFlow::new().solve(&network).unwrap().optimal() else { continue };
        let mut draw = Draw::new(seed);
        if !amend(&mut network, &mut draw) {
            continue;
        }
        let between = MinCostFlow::new().solve_from(&network, &first).unwrap().optimal();
        let mut back = network.amend();
        for arc in before.arcs() {
            let bounds = Bounds { lower: before.lower(arc), upper: before.upper(arc) };
            back = back.bounds(arc, bounds).unwrap().cost(arc, before.cost(arc).to_cost()).unwrap();
        }
        for node in before.nodes() {
            back = back.supply(node, before.supply(node)).unwrap();
        }
        back.apply().unwrap();
        assert_eq!(MinCostFlow::new().solve(&network).unwrap(), Outcome::Optimal(first.clone()));
        if let Ok(between) = between {
            let last = MinCostFlow::new().solve_from(&network, &between).unwrap().optimal().unwrap();
            assert_eq!(last.cost(), first.cost());
        }
    }
}

/// Slopes that need the `i128` engine, started from an answer of the `i64` engine and the other way round.
#[test]
fn from_one_engine_to_the_other() {
    let steeper = |network: &Network<i64>, factor: i64| {
        let mut other = network.clone();
        let mut amend = other.amend();
        for arc in network.arcs() {
            let cost = network.cost(arc);
            let bends = cost.breakpoints().iter().map(|bend| (bend.at, bend.slope * factor));
            let cost = PiecewiseCost::new(cost.first() * factor, bends).unwrap();
            amend = amend.cost(arc, cost).unwrap();
        }
        amend.apply().unwrap();
        other
    };
    let solver = MinCostFlow::new();
    let mut tried = 0;
    for seed in 0..500 {
        let mut network = random_network(seed, Shape { supply: 1, ..Shape::default() });
        let Ok(flow) = solver.solve(&network).unwrap().optimal() else { continue };
        if !amend(&mut network, &mut Draw::new(seed)) {
            continue;
        }
        let steep = steeper(&network, 1 << 57);
        let wide = solver.solve_from(&steep, &flow).unwrap();
        let narrow = solver.solve(&network).unwrap();
        if let (Outcome::Optimal(wide), Outcome::Optimal(narrow)) = (&wide, &narrow) {
            assert_eq!(wide.cost(), narrow.cost() << 57, "seed {seed}");
            assert_eq!(solver.solve_from(&network, wide).unwrap().optimal().unwrap().cost(), narrow.cost());
            tried += 1;
        } else {
            assert!(!same_kind(&wide, &Outcome::Optimal(flow)), "seed {seed}: {wide:?}");
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn another_shape_is_refused() {
    let a = random_network(1, Shape { nodes: 3, arcs: 0, supply: 0, ..Shape::default() });
    let b = random_network(1, Shape { nodes: 4, arcs: 0, supply: 0, ..Shape::default() });
    let flow = MinCostFlow::new().solve(&a).unwrap().optimal().unwrap();
    let answer = MinCostFlow::new().solve_from(&b, &flow);
    assert_eq!(answer, Err(SolveError::Shape { what: "potentials", expected: 4, actual: 3 }));
}

/// One workspace, from answer to answer, with what makes it go on from its own basis and with what must not.
#[test]
fn a_chain_of_changed_costs_stays_optimal() {
    let (mut pivots, mut steps) = (0, 0);
    for seed in 0..150 {
        let mut draw = Draw::new(seed ^ 0xc4a1);
        let shape = Shape { nodes: 4 + draw.index(12), arcs: 20 + draw.index(60), ..Shape::default() };
        let shape = Shape { breakpoints: 0, unbounded_every: 0, supply: 2, ..shape };
        let mut network = random_network(seed, shape);
        let (mut workspace, warm) = (Workspace::new(), MinCostFlow::new().algorithm(ALL[1]));
        let Outcome::Optimal(first) = warm.solve(&network).unwrap() else { continue };
        let mut last = first.clone();
        for step in 0..30 {
            let arcs: Vec<_> = network.arcs().collect();
            let mut amend = network.amend();
            for _ in 0..=draw.below(3) {
                let slope = if draw.below(20) == 0 { 500 } else { draw.range(-4, 12) };
                amend = amend.cost(arcs[draw.index(arcs.len())], slope).unwrap();
            }
            if draw.below(10) == 0 {
                amend = amend.bounds(arcs[draw.index(arcs.len())], 0..=draw.range(3, 9)).unwrap();
            }
            amend.apply().unwrap();
            match draw.below(12) {
                0 => drop(warm.work_limit(draw.below(60)).solve_from_in(&mut workspace, &network, &last)),
                1 => drop(warm.solve_in(&mut workspace, &network)),
                2 => last = first.clone(),
                _ => {}
            }
            let cold = warm.solve(&network).unwrap();
            let next = warm.solve_from_in(&mut workspace, &network, &last).unwrap();
            assert!(same_kind(&cold, &next), "seed {seed}, step {step}");
            let Outcome::Optimal(next) = next else { continue };
            (pivots, steps) = (pivots + next.pivots(), steps + 1);
            last = next;
        }
    }
    assert!(steps > 2000, "{steps}");
    assert!(pivots < 8 * steps, "{pivots} pivots in {steps} solves");
}
