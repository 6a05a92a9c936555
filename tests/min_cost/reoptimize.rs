//! A problem that is amended and solved again and again: the cost of a fresh solve at every step.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::min_cost_flow::{Algorithm, Outcome};
use feasible::network::Amend;
use feasible::solve::SolveError;
use feasible::{
    ArcId, Bounds, BuildError, MinCostFlow, Network, NetworkBuilder, NodeId, PiecewiseCost, check,
};

const ALL: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];

/// What to change next.
enum Change {
    Slope(ArcId, i64),
    /// All slopes by so much, each of them by so much more than the one before it if the cost stays convex.
    Lift(ArcId, i64, i64),
    Bend(ArcId, i64),
    Bounds(ArcId, i64, Option<i64>),
    /// From one node to another.
    Supply(NodeId, NodeId, i64),
}

fn draw_change(draw: &mut Draw, nodes: usize, arcs: usize, slopes_alone: bool) -> Change {
    let arc = ArcId::new(draw.index(arcs)).unwrap();
    match draw.below(if slopes_alone { 1 } else { 15 }) {
        12.. => Change::Lift(arc, draw.range(-4, 4), draw.range(-1, 1)),
        0..=8 => Change::Slope(arc, if draw.below(30) == 0 { 900 } else { draw.range(-4, 12) }),
        9 => Change::Bend(arc, draw.range(-2, 6)),
        10 => Change::Bounds(arc, draw.range(-2, 0), (draw.below(5) > 0).then(|| draw.range(2, 9))),
        _ => {
            let [u, v] = [0, 1].map(|_| NodeId::new(draw.index(nodes)).unwrap());
            Change::Supply(u, v, draw.range(1, 2))
        }
    }
}

fn apply<'a>(amend: Amend<'a>, change: &Change, before: &Network) -> Result<Amend<'a>, BuildError> {
    match *change {
        Change::Slope(arc, slope) => amend.cost(arc, slope),
        Change::Lift(arc, by, more) => {
            let old = before.cost(arc);
            let lifted = |more: i64| {
                let bends =
                    (1..).zip(old.breakpoints()).map(|(i, bend)| (bend.at, bend.slope + by + i * more));
                PiecewiseCost::new(old.first() + by, bends)
            };
            amend.cost(arc, lifted(more).or(lifted(0)).unwrap())
        }
        Change::Bend(arc, slope) => amend.cost(arc, PiecewiseCost::new(slope, [(1, slope + 3)]).unwrap()),
        Change::Bounds(arc, lower, upper) => match upper {
            Some(upper) => amend.bounds(arc, lower..=upper),
            None => amend.bounds(arc, lower..),
        },
        Change::Supply(u, v, _) if u == v => Ok(amend),
        Change::Supply(u, v, by) => amend.supply(u, before.supply(u) + by)?.supply(v, before.supply(v) - by),
    }
}

/// Chains of changes, of slopes alone or of anything, all engines, limits of work now and then.
#[test]
fn every_step_costs_what_a_fresh_solve_costs() {
    let (mut steps, mut optimal, mut still) = (0, 0, 0);
    for seed in 0..240 {
        let mut draw = Draw::new(seed ^ 0x5e0f);
        let slopes_alone = seed % 3 != 0;
        let shape = Shape { nodes: 4 + draw.index(12), arcs: 20 + draw.index(60), ..Shape::default() };
        let plain = Shape { breakpoints: 0, unbounded_every: 0, supply: 2, ..shape };
        let network = random_network(seed, if slopes_alone { plain } else { Shape { supply: 1, ..shape } });
        let (nodes, arcs) = (network.node_count(), network.arc_count());
        let solver = MinCostFlow::new().algorithm(ALL[draw.index(2) * draw.index(4)]);
        let mut problem = solver.reoptimize(network);
        for _ in 0..25 {
            let changes: Vec<Change> =
                (0..draw.below(4)).map(|_| draw_change(&mut draw, nodes, arcs, slopes_alone)).collect();
            let before = problem.network().clone();
            let amended = problem
                .amend(|amend| changes.iter().try_fold(amend, |amend, change| apply(amend, change, &before)));
            if amended.is_err() {
                assert_eq!(problem.network(), &before);
            }
            let network = problem.network().clone();
            let fresh = MinCostFlow::new().solve(&network).unwrap();
            match (problem.solve().unwrap(), fresh) {
                (Outcome::Optimal(flow), Outcome::Optimal(fresh)) => {
                    assert_eq!(flow.cost(), fresh.cost(), "seed {seed}");
                    check::optimal(&network, flow.flows(), flow.potentials(), flow.cost()).unwrap();
                    optimal += 1;
                    still += u64::from(flow.pivots() == 0);
                }
                (Outcome::Infeasible(_), Outcome::Infeasible(_))
                | (Outcome::Unbounded(_), Outcome::Unbounded(_)) => {}
                (a, b) => panic!("seed {seed}: {a:?} {b:?}"),
            }
            steps += 1;
        }
    }
    assert!(optimal > steps / 2 && still > steps / 10, "{steps} {optimal} {still}");
}

/// A network of channels: one to three arcs side by side in either direction, of one to four pieces.
fn channels(draw: &mut Draw, nodes: usize, channels: usize) -> Network {
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..nodes).map(|_| b.add_node(0).unwrap()).collect();
    for i in 0..channels {
        let (u, v) = (nodes[i % nodes.len()], nodes[draw.index(nodes.len())]);
        for _ in 0..1 + draw.index(3) {
            let (tail, head) = if draw.below(2) == 0 { (u, v) } else { (v, u) };
            let (mut at, mut slope) = (draw.range(-1, 1), draw.range(-4, 9));
            let mut bends = Vec::new();
            for _ in 0..draw.below(4) {
                at += draw.range(1, 3);
                slope += draw.range(1, 4);
                bends.push((at, slope));
            }
            let cost = PiecewiseCost::new(bends.first().map_or(slope, |bend| bend.1 - 2), bends).unwrap();
            b.add_arc(tail, head, draw.range(-1, 0)..=draw.range(0, 9), cost).unwrap();
        }
    }
    let hub = nodes[0];
    for &node in &nodes[1..] {
        b.add_arc(hub, node, 0..=20, 60).unwrap();
        b.add_arc(node, hub, 0..=20, 60).unwrap();
    }
    let mut supplies = vec![0; nodes.len()];
    for _ in 0..nodes.len() / 2 {
        let amount = draw.range(1, 4);
        supplies[draw.index(nodes.len())] += amount;
        supplies[draw.index(nodes.len())] -= amount;
    }
    for (&node, supply) in nodes.iter().zip(supplies) {
        b.set_supply(node, supply).unwrap();
    }
    b.build().unwrap()
}

/// Slopes, bounds and supplies of a network all of whose arcs are bounded: nothing of it needs a fresh start.
fn small_change(draw: &mut Draw, before: &Network, slopes_alone: bool) -> Change {
    let arc = ArcId::new(draw.index(before.arc_count())).unwrap();
    let (lower, upper) = (before.lower(arc), before.upper(arc).unwrap());
    match draw.below(if slopes_alone { 1 } else { 5 }) {
        0 => Change::Lift(arc, draw.range(-5, 5), draw.range(-1, 1)),
        1 => Change::Bounds(arc, lower, Some(lower.max(upper + draw.range(-3, 3)))),
        2 => Change::Bounds(arc, upper.min(lower + draw.range(-2, 2)), Some(upper)),
        3 => Change::Bounds(arc, upper, Some(upper)),
        _ => {
            let [u, v] = [0, 1].map(|_| NodeId::new(draw.index(before.node_count())).unwrap());
            Change::Supply(u, v, draw.range(1, 3))
        }
    }
}

/// Changes one after the other; the answer costs what a fresh one costs, or there is none. Returns steps, answers that needed no
/// pivot, and pivots here and afresh.
fn follow(draw: &mut Draw, network: Network, slopes_alone: bool) -> [u64; 4] {
    let mut counts = [0; 4];
    let solver = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex);
    let mut problem = solver.reoptimize(network);
    for _ in 0..20 {
        let before = problem.network().clone();
        let changes: Vec<Change> =
            (0..1 + draw.below(3)).map(|_| small_change(draw, &before, slopes_alone)).collect();
        let amended = problem
            .amend(|amend| changes.iter().try_fold(amend, |amend, change| apply(amend, change, &before)));
        let network = problem.network().clone();
        // Two changes of one supply may not cancel out.
        assert!(amended.is_ok() || network == before);
        assert_eq!(network, rebuilt(&network));
        match (problem.solve().unwrap(), solver.solve(&network).unwrap()) {
            (Outcome::Optimal(flow), Outcome::Optimal(fresh)) => {
                assert_eq!(flow.cost(), fresh.cost());
                check::optimal(&network, flow.flows(), flow.potentials(), flow.cost()).unwrap();
                let still = u64::from(flow.pivots() == 0);
                let found = [1, still, flow.pivots(), fresh.pivots()];
                counts.iter_mut().zip(found).for_each(|(count, found)| *count += found);
            }
            (Outcome::Infeasible(_), Outcome::Infeasible(_)) => {}
            (found, fresh) => panic!("{found:?} {fresh:?}"),
        }
    }
    counts
}

/// The same network made anew: amended ones have admitted the same ranges.
fn rebuilt(network: &Network) -> Network {
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = network.nodes().map(|node| b.add_node(network.supply(node)).unwrap()).collect();
    for arc in network.arcs() {
        let (tail, head) = (nodes[network.tail(arc).index()], nodes[network.head(arc).index()]);
        let bounds = Bounds { lower: network.lower(arc), upper: network.upper(arc) };
        b.add_arc(tail, head, bounds, network.cost(arc).to_cost()).unwrap();
    }
    b.build().unwrap()
}

/// Where costs have pieces and arcs lie side by side, and where arcs are linear.
#[test]
fn small_changes_need_no_fresh_start() {
    for slopes_alone in [true, false] {
        let mut sums = [0; 4];
        for seed in 0..400 {
            let mut draw = Draw::new(seed ^ 0x71ec);
            let nodes = 4 + draw.index(20);
            let network = if seed % 2 == 0 {
                channels(&mut draw, nodes, 3 * nodes)
            } else {
                let shape = Shape {
                    nodes,
                    arcs: 6 * nodes,
                    breakpoints: 0,
                    unbounded_every: 0,
                    supply: 1,
                    ..Shape::default()
                };
                random_network(seed, shape)
            };
            let counts = follow(&mut draw, network, slopes_alone);
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let [steps, still, pivots, fresh] = sums;
        assert!(5 * still > steps && 4 * pivots < fresh, "{sums:?}");
    }
}

#[test]
fn a_limit_of_work_leaves_the_problem_solvable() {
    let network = random_network(
        3,
        Shape { nodes: 14, arcs: 90, breakpoints: 0, unbounded_every: 0, supply: 2, ..Shape::default() },
    );
    let fresh = MinCostFlow::new().solve(&network).unwrap().optimal().unwrap();
    let mut problem = MinCostFlow::new().work_limit(3).reoptimize(network.clone());
    for _ in 0..2 {
        assert_eq!(problem.solve(), Err(SolveError::WorkLimit { limit: 3 }));
    }
    assert_eq!(problem.network(), &network);
    let again = MinCostFlow::new().solve(&problem.into_network()).unwrap().optimal().unwrap();
    assert_eq!(again.cost(), fresh.cost());
}

/// Changes that the closure makes to another problem are made there, and the answer stays.
#[test]
fn changes_to_another_problem_change_nothing_here() {
    let build = |arcs: usize| {
        let mut b = NetworkBuilder::new();
        let (s, t) = (b.add_node(1_i64).unwrap(), b.add_node(-1).unwrap());
        for _ in 0..arcs {
            b.add_arc(s, t, 0..=1, 4).unwrap();
        }
        b.build().unwrap()
    };
    let other = Box::leak(Box::new(build(9)));
    let mut problem = MinCostFlow::new().reoptimize(build(2));
    problem.solve().unwrap();
    problem.amend(|_| other.amend().cost(ArcId::new(8).unwrap(), 1)).unwrap();
    let Outcome::Optimal(flow) = problem.solve().unwrap() else { panic!() };
    assert_eq!(flow.cost(), 4);
}

#[test]
fn small_changes_of_costs_take_few_pivots() {
    let mut draw = Draw::new(8);
    let shape =
        Shape { nodes: 300, arcs: 3000, breakpoints: 0, unbounded_every: 0, supply: 1, ..Shape::default() };
    let network = random_network(4, shape);
    let mut problem = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex).reoptimize(network);
    let Outcome::Optimal(first) = problem.solve().unwrap().clone() else { panic!() };
    let mut pivots = 0;
    for _ in 0..50 {
        let (arc, slope) = (ArcId::new(draw.index(3000)).unwrap(), draw.range(-4, 12));
        problem.amend(|amend| amend.cost(arc, slope)).unwrap();
        let Outcome::Optimal(flow) = problem.solve().unwrap() else { panic!() };
        pivots += flow.pivots();
    }
    assert!(pivots < first.pivots(), "{pivots} {}", first.pivots());
}
