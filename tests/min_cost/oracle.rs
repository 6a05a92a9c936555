//! Minimum-cost flow against the oracle, across number types, at the edges, and under limits.

use core::ops::ControlFlow;

use crate::common::naive_min_cost::{Naive, solve as naive};
use crate::common::networks::{Draw, Shape, random_network};
use feasible::min_cost_flow::{Algorithm, NotOptimal, Outcome, Workspace};
use feasible::{
    ArcCost, Bounds, FlowNum, MinCostFlow, Network, NetworkBuilder, NodeId, PiecewiseCost, check,
    solve::{Progress, SolveError},
};

const ALL: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];

fn shape(seed: u64) -> Shape {
    let mut draw = Draw::new(seed ^ 0x5eed);
    Shape {
        nodes: 1 + draw.index(7),
        arcs: draw.index(16),
        bound: draw.range(1, 8),
        cost: draw.range(0, 9),
        supply: draw.range(0, 5),
        lower: draw.below(2) == 0,
        unbounded_every: draw.below(4) * 2,
        breakpoints: draw.below(4),
    }
}

pub(crate) fn verdict<N: FlowNum>(network: &Network<N>, outcome: &Outcome<N>) -> Naive {
    match outcome {
        Outcome::Optimal(flow) => {
            check::optimal(network, flow.flows(), flow.potentials(), flow.cost()).unwrap();
            Naive::Optimal(flow.cost())
        }
        Outcome::Infeasible(shortage) => {
            check::infeasible(network, shortage).unwrap();
            Naive::Infeasible
        }
        Outcome::Unbounded(ray) => {
            check::unbounded(network, ray).unwrap();
            Naive::Unbounded
        }
    }
}

#[test]
fn agrees_with_the_oracle() {
    let mut seen = [0_u32; 3];
    for seed in 0..8000 {
        let network = random_network(seed, shape(seed));
        let expected = naive(&network);
        for algorithm in ALL {
            let outcome = MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap();
            assert_eq!(verdict(&network, &outcome), expected, "seed {seed}, {algorithm:?}: {network:?}");
        }
        let kind = match expected {
            Naive::Optimal(_) => 0,
            Naive::Infeasible => 1,
            Naive::Unbounded => 2,
        };
        seen[kind] += 1;
    }
    assert!(seen.iter().all(|&count| count > 300), "{seen:?}");
}

/// Between one source and one sink engines search from the side with fewer arcs.
#[test]
fn single_pairs_agree_with_the_oracle() {
    let mut narrower = [0_u32; 2];
    for seed in 0..3000 {
        let mut draw = Draw::new(seed ^ 0xa1f);
        let shape = Shape { nodes: 2 + draw.index(6), arcs: 4 + draw.index(14), supply: 0, ..shape(seed) };
        let mut network = random_network(seed, shape);
        let nodes: Vec<NodeId> = network.nodes().collect();
        let (source, sink, amount) = (nodes[0], nodes[nodes.len() - 1], draw.range(1, 6));
        network.amend().supply(source, amount).unwrap().supply(sink, -amount).unwrap().apply().unwrap();
        let touch =
            |v| network.arcs().filter(|&arc| network.tail(arc) == v || network.head(arc) == v).count();
        narrower[usize::from(touch(sink) < touch(source))] += 1;
        let expected = naive(&network);
        for algorithm in ALL {
            let outcome = MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap();
            assert_eq!(verdict(&network, &outcome), expected, "seed {seed}, {algorithm:?}: {network:?}");
        }
    }
    assert!(narrower.iter().all(|&count| count > 500), "{narrower:?}");
}

/// Few nodes and many arcs with several pieces: the simplex then prices pairs of nodes.
#[test]
fn pairs_of_nodes_agree_with_the_oracle() {
    let mut optimal = 0;
    for seed in 0..2500 {
        let mut draw = Draw::new(seed ^ 0xba1);
        let shape = Shape {
            nodes: 2 + draw.index(3),
            arcs: 8 + draw.index(8),
            bound: draw.range(2, 8),
            unbounded_every: 0,
            breakpoints: 3,
            ..shape(seed)
        };
        let network = random_network(seed, shape);
        let solver = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex);
        let outcome = solver.solve(&network).unwrap();
        assert_eq!(verdict(&network, &outcome), naive(&network), "seed {seed}: {network:?}");
        let Outcome::Optimal(first) = outcome else { continue };
        optimal += 1;
        let mut changed = network.clone();
        let arc = changed.arcs().nth(draw.index(8)).unwrap();
        let cost = PiecewiseCost::new(draw.range(-9, 0), [(0, 1), (1, 2), (3, draw.range(3, 9))]).unwrap();
        changed.amend().cost(arc, cost).unwrap().apply().unwrap();
        let warm = solver.solve_from(&changed, &first).unwrap();
        assert_eq!(verdict(&changed, &warm), naive(&changed), "seed {seed}, warm: {changed:?}");
    }
    assert!(optimal > 400, "{optimal}");
}

/// The same network in another number type.
fn convert<N: FlowNum>(network: &Network<i64>) -> Network<N> {
    let n = |x: i64| N::narrow(x.into()).unwrap();
    let mut b = NetworkBuilder::new();
    for node in network.nodes() {
        b.add_node(n(network.supply(node))).unwrap();
    }
    for arc in network.arcs() {
        let bounds = Bounds { lower: n(network.lower(arc)), upper: network.upper(arc).map(n) };
        let slopes = network.cost(arc);
        let bends = slopes.breakpoints().iter().map(|bend| (n(bend.at), n(bend.slope)));
        let cost = PiecewiseCost::new(n(slopes.first()), bends).unwrap();
        b.add_arc(network.tail(arc), network.head(arc), bounds, cost).unwrap();
    }
    b.build().unwrap()
}

#[test]
fn number_types_agree() {
    for seed in 0..1500 {
        let network = random_network(seed, shape(seed));
        let solver = MinCostFlow::new().algorithm(ALL[usize::try_from(seed).unwrap() % ALL.len()]);
        let wide = solver.solve(&network).unwrap();
        let (small, large) = (convert::<i32>(&network), convert::<i128>(&network));
        let a = solver.solve(&small).unwrap();
        let b = solver.solve(&large).unwrap();
        let expected = verdict(&network, &wide);
        assert_eq!(verdict(&small, &a), expected);
        assert_eq!(verdict(&large, &b), expected);
        if let (Outcome::Optimal(x), Outcome::Optimal(y), Outcome::Optimal(z)) = (wide, a, b) {
            assert_eq!(x.potentials(), y.potentials());
            assert_eq!(x.potentials(), z.potentials());
            assert_eq!((x.pivots(), y.pivots()), (y.pivots(), z.pivots()));
        }
    }
}

/// Large slopes force the `i128` engine; the answer is that of the small slopes times the factor.
#[test]
fn both_engines_agree() {
    for seed in 0..1000 {
        let network = random_network(seed, shape(seed));
        let factor = 1_i64 << 57;
        let mut steep = network.clone();
        let mut amend = steep.amend();
        for arc in network.arcs() {
            let slopes = network.cost(arc);
            let bends = slopes.breakpoints().iter().map(|bend| (bend.at, bend.slope * factor));
            amend = amend.cost(arc, PiecewiseCost::new(slopes.first() * factor, bends).unwrap()).unwrap();
        }
        amend.apply().unwrap();
        for algorithm in ALL {
            let solver = MinCostFlow::new().algorithm(algorithm);
            let expected = match solver.solve(&network).unwrap() {
                Outcome::Optimal(flow) => Naive::Optimal(flow.cost() * i128::from(factor)),
                other => verdict(&network, &other),
            };
            assert_eq!(verdict(&steep, &solver.solve(&steep).unwrap()), expected, "{seed} {algorithm:?}");
        }
    }
}

#[test]
fn same_bytes_every_time() {
    let mut workspace = Workspace::new();
    for seed in 0..500 {
        let network = random_network(seed, shape(seed));
        for algorithm in ALL {
            let solver = MinCostFlow::new().algorithm(algorithm);
            let once = solver.solve(&network).unwrap();
            assert_eq!(once, solver.solve_in(&mut workspace, &network).unwrap());
            if let Outcome::Optimal(flow) = &once {
                assert_ne!(flow.algorithm(), Algorithm::Auto);
                assert!(algorithm == Algorithm::Auto || flow.algorithm() == algorithm, "{algorithm:?}");
                let named = MinCostFlow::new().algorithm(flow.algorithm());
                assert_eq!(once, named.solve(&network).unwrap());
            }
            let watched = solver.solve_watched(&network, &mut |_| ControlFlow::Continue(()));
            assert_eq!(once, watched.unwrap());
        }
    }
}

fn large(seed: u64) -> Network<i64> {
    let mut draw = Draw::new(seed);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..400).map(|_| b.add_node(0).unwrap()).collect();
    for i in 0..20 {
        b.set_supply(nodes[i], 50).unwrap();
        b.set_supply(nodes[399 - i], -50).unwrap();
    }
    for i in 0..4000 {
        let (u, v) = if i < 400 { (i, (i + 1) % 400) } else { (draw.index(400), draw.index(400)) };
        let capacity = if i < 400 { 1000 } else { draw.range(1, 100) };
        b.add_arc(nodes[u], nodes[v], 0..=capacity, draw.range(1, 10_000)).unwrap();
    }
    b.build().unwrap()
}

#[test]
fn stops_at_the_work_limit() {
    let network = large(1);
    for algorithm in ALL {
        let solver = MinCostFlow::new().algorithm(algorithm);
        for limit in [0, 1, 5000, 20_000] {
            let answer = solver.work_limit(limit).solve(&network);
            assert_eq!(answer, Err(SolveError::WorkLimit { limit }));
        }
        let generous = solver.work_limit(1 << 40).solve(&network).unwrap();
        assert_eq!(generous, solver.solve(&network).unwrap());
    }
}

#[test]
fn stops_when_told_to() {
    let network = large(2);
    for algorithm in ALL {
        let mut calls = Vec::new();
        let solver = MinCostFlow::new().algorithm(algorithm);
        let answer = solver.solve_watched(&network, &mut |progress: Progress| {
            calls.push(progress.work);
            if calls.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(calls.len(), 2, "{algorithm:?}");
        assert!(calls.windows(2).all(|pair| pair[0] < pair[1]), "{calls:?}");
        assert_eq!(answer, Err(SolveError::Cancelled { work: calls[1] }));
    }
}

#[test]
fn a_workspace_survives_an_abandoned_solve() {
    let network = large(3);
    let mut workspace = Workspace::new();
    for algorithm in ALL {
        let solver = MinCostFlow::new().algorithm(algorithm);
        let fresh = solver.solve(&network).unwrap();
        assert!(solver.work_limit(30_000).solve_in(&mut workspace, &network).is_err());
        assert_eq!(solver.solve_in(&mut workspace, &network).unwrap(), fresh);
    }
}

fn cost_of<N: FlowNum>(b: NetworkBuilder<N>) -> i128 {
    let network = b.build().unwrap();
    let costs = ALL.map(|algorithm| {
        let flow = MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap().optimal().unwrap();
        flow.cost()
    });
    assert!(costs.iter().all(|&cost| cost == costs[0]), "{costs:?}");
    costs[0]
}

#[test]
fn nothing_at_all() {
    assert_eq!(cost_of(NetworkBuilder::<i64>::new()), 0);
    let mut b = NetworkBuilder::<i64>::new();
    b.add_node(0).unwrap();
    assert_eq!(cost_of(b), 0);
    let mut b = NetworkBuilder::<i64>::new();
    let v = b.add_node(0).unwrap();
    b.add_arc(v, v, -3..=5, -2).unwrap();
    b.add_arc(v, v, -3..=5, 2).unwrap();
    assert_eq!(cost_of(b), -16);
    let mut b = NetworkBuilder::<i64>::new();
    b.add_node(1).unwrap();
    b.add_node(-1).unwrap();
    let answer = MinCostFlow::new().solve(&b.build().unwrap()).unwrap().optimal();
    assert!(matches!(answer, Err(NotOptimal::Infeasible(s)) if s.amount == 1));
}

#[test]
fn an_unbounded_loop_of_negative_cost_is_a_ray() {
    let mut b = NetworkBuilder::<i64>::new();
    let v = b.add_node(0).unwrap();
    let arc = b.add_arc(v, v, 2.., PiecewiseCost::new(-7, [(5, -1)]).unwrap()).unwrap();
    let network = b.build().unwrap();
    for algorithm in ALL {
        let answer = MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap();
        let Outcome::Unbounded(ray) = answer else { panic!("{answer:?}") };
        assert_eq!((ray.cycle, ray.slope), (vec![arc], -1));
    }
}

#[test]
fn no_flow_comes_before_no_bound() {
    let mut b = NetworkBuilder::<i64>::new();
    let v = b.add_node(1).unwrap();
    b.add_node(-1).unwrap();
    b.add_arc(v, v, 0.., -1).unwrap();
    let network = b.build().unwrap();
    for algorithm in ALL {
        let answer = MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap();
        assert!(matches!(answer, Outcome::Infeasible(_)), "{answer:?}");
    }
}

/// Bounds and slopes at the ends of the number type: refused by the builder, or solved right.
fn ends<N: FlowNum>() -> (u32, u32) {
    let one = N::narrow(1).unwrap();
    let values = [N::MIN, N::narrow(-1).unwrap(), N::ZERO, one, N::MAX];
    let (mut refused, mut solved) = (0, 0);
    for seed in 0..3000 {
        let mut draw = Draw::new(seed);
        let mut pick = |many: u64| {
            let wild = draw.below(many) == 0;
            if wild { values[draw.index(5)] } else { N::narrow(draw.range(-2, 2).into()).unwrap() }
        };
        let mut b = NetworkBuilder::<N>::new();
        let supply = pick(3);
        let negative = N::narrow(supply.widen().saturating_neg()).unwrap_or(N::ZERO);
        let ends = [b.add_node(supply).unwrap(), b.add_node(negative).unwrap()];
        for i in 0..4 {
            let (x, y, slope) = (pick(3), pick(3), pick(6));
            let upper = (pick(9) != one).then_some(x.max(y));
            let bend = PiecewiseCost::new(slope, [(pick(6), slope.max(pick(6)))]);
            let cost = bend.map_or(ArcCost::Linear(slope), ArcCost::from);
            b.add_arc(ends[i % 2], ends[i / 2 % 2], Bounds { lower: x.min(y), upper }, cost).unwrap();
        }
        match b.build() {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
            Ok(network) => {
                let verdicts = ALL.map(|algorithm| {
                    verdict(&network, &MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap())
                });
                assert!(verdicts.iter().all(|found| *found == verdicts[0]), "seed {seed}: {verdicts:?}");
                solved += 1;
            }
        }
    }
    (refused, solved)
}

#[test]
fn ends_of_the_number_types() {
    let (_, solved) = ends::<i32>();
    assert!(solved > 1000, "{solved}");
    let (_, solved) = ends::<i64>();
    assert!(solved > 1000, "{solved}");
    let (refused, solved) = ends::<i128>();
    assert!(refused > 1000 && solved > 100, "{refused} {solved}");
}

#[test]
fn the_whole_range_at_once() {
    let mut b = NetworkBuilder::new();
    let (s, t) = (b.add_node(i64::MAX).unwrap(), b.add_node(-i64::MAX).unwrap());
    let slope = i64::MAX >> 6; // the steepest slope for which the builder admits these bounds
    b.add_arc(s, t, i64::MIN..=i64::MAX, slope).unwrap();
    b.add_arc(t, s, i64::MIN..=i64::MAX, -slope - 1).unwrap();
    // x - y = MAX; slope x - (slope + 1) y = slope MAX - y: y as large as it gets, which is 0.
    assert_eq!(cost_of(b), i128::from(slope) * i128::from(i64::MAX));
    let mut b = NetworkBuilder::new();
    let most = i32::MAX - 1; // what the builder admits beside an unbounded arc
    let (s, t) = (b.add_node(most).unwrap(), b.add_node(-most).unwrap());
    b.add_arc(s, t, 0.., i32::MIN).unwrap();
    assert_eq!(cost_of(b), i128::from(most) * i128::from(i32::MIN));
    let mut b = NetworkBuilder::new();
    let big = i128::MAX / 64;
    let (s, t) = (b.add_node(big).unwrap(), b.add_node(-big).unwrap());
    b.add_arc(s, t, 0..=big, 1).unwrap();
    assert_eq!(cost_of(b), big);
}
