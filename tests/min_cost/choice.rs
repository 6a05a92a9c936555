//! Which engine `Auto` takes, on chains of stages with many parallel arcs.

use feasible::min_cost_flow::Algorithm;
use feasible::random::Random;
use feasible::{MinCostFlow, Network, NetworkBuilder, PiecewiseCost};

/// More paths than a trial of successive paths admits.
const WIDTH: i64 = 300;

/// `amount` from end to end over so many stages of [`WIDTH`] arcs, one unit each, arc i of slope i; beside
/// every stage an arc of slope 1000 and room `wide`.
fn chain(stages: usize, amount: i64, wide: i64) -> Network {
    let mut b = NetworkBuilder::new();
    let mut tail = b.add_node(amount).unwrap();
    for stage in 1..=stages {
        let head = b.add_node(if stage == stages { -amount } else { 0 }).unwrap();
        for slope in 0..WIDTH {
            b.add_arc(tail, head, 0..=1, slope).unwrap();
        }
        if wide > 0 {
            b.add_arc(tail, head, 0..=wide, 1000).unwrap();
        }
        tail = head;
    }
    b.build().unwrap()
}

/// The engine that answered, after its cost has been compared with that of the `amount` cheapest arcs.
fn engine(stages: usize, amount: i64, wide: i64) -> Algorithm {
    let network = chain(stages, amount, wide);
    let answer = MinCostFlow::new().solve(&network).unwrap().optimal().unwrap();
    let cheap = amount.min(WIDTH);
    let stage = cheap * (cheap - 1) / 2 + (amount - cheap) * 1000;
    assert_eq!(answer.cost(), i128::from(stage) * stages as i128);
    answer.algorithm()
}

#[test]
fn few_paths_are_sent_one_by_one() {
    assert_eq!(engine(100, 5, 0), Algorithm::SuccessivePaths);
    assert_eq!(engine(130, 4, 30), Algorithm::SuccessivePaths);
}

#[test]
fn many_paths_through_shallow_trees_go_to_the_simplex() {
    assert_eq!(engine(20, WIDTH, 0), Algorithm::NetworkSimplex);
    assert_eq!(engine(20, WIDTH + 7, 7), Algorithm::NetworkSimplex);
}

#[test]
fn many_paths_through_deep_trees_go_to_cost_scaling_unless_one_holds_everything() {
    assert_eq!(engine(130, WIDTH, 0), Algorithm::CostScaling);
    assert_eq!(engine(130, WIDTH, WIDTH), Algorithm::NetworkSimplex);
    assert_eq!(engine(127, WIDTH, 0), Algorithm::NetworkSimplex);
}

/// From every even node `amount` to the next odd one, among 4,000 random arcs of six pieces, the first `width` wide.
fn bent(amount: i64, width: i64) -> Algorithm {
    const NODES: usize = 400;
    let random = Random::new(5);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<_> =
        (0..NODES).map(|v| b.add_node(if v % 2 == 0 { amount } else { -amount }).unwrap()).collect();
    let convex = |from| {
        let bends = (1..6).map(|piece| (piece * width, from + piece * from / 5));
        PiecewiseCost::new(from, bends).unwrap()
    };
    for (arc, (&tail, &head)) in (0..).zip(nodes.iter().zip(nodes.iter().cycle().skip(1))) {
        b.add_arc(tail, head, 0..=100 * amount, convex(1000 + random.below(arc, 50) as i64)).unwrap();
    }
    for arc in 0..4000 {
        let [tail, head] =
            [1, 2].map(|stream| nodes[random.stream(stream).below(arc, NODES as u64) as usize]);
        b.add_arc(tail, head, 0..=6 * width, convex(10 + random.stream(3).below(arc, 990) as i64)).unwrap();
    }
    let network = b.build().unwrap();
    let auto = MinCostFlow::new().solve(&network).unwrap().optimal().unwrap();
    for algorithm in [Algorithm::NetworkSimplex, Algorithm::CostScaling] {
        let other = MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap().optimal().unwrap();
        assert_eq!(auto.cost(), other.cost());
    }
    auto.algorithm()
}

#[test]
fn arcs_of_many_pieces_go_to_cost_scaling_unless_amounts_stay_within_the_first() {
    assert_eq!(bent(100, 20), Algorithm::CostScaling);
    assert_eq!(bent(100, 2000), Algorithm::NetworkSimplex);
}

/// Across a square grid of so many rows, as much as can flow from the left to the right side, over arcs of so many
/// pieces.
fn square(side: usize, pieces: i64) -> Network {
    let random = Random::new(8);
    let at = |row: usize, column: usize| row * side + column;
    let (source, sink) = (side * side, side * side + 1);
    let mut ends = Vec::new();
    for row in 0..side {
        for column in 0..side {
            let (here, below) = (at(row, column), at(row + 1, column));
            ends.extend((column + 1 < side).then_some((here, here + 1)));
            ends.extend([(here, below), (below, here)].into_iter().filter(|_| row + 1 < side));
        }
        ends.extend([(source, at(row, 0)), (at(row, side - 1), sink)]);
    }
    let build = |amount: i64| {
        let mut b = NetworkBuilder::new();
        let supply = |v| {
            if v == source {
                amount
            } else if v == sink {
                -amount
            } else {
                0
            }
        };
        let nodes: Vec<_> = (0..side * side + 2).map(|v| b.add_node(supply(v)).unwrap()).collect();
        for (arc, &(tail, head)) in (0..).zip(&ends) {
            let [room, cost] = [1, 2].map(|stream| random.stream(stream).below(arc, 10_000) as i64 + 10);
            let bends = (1..pieces).map(|piece| (piece * room / pieces, cost + piece * cost / pieces));
            let cost = PiecewiseCost::new(cost, bends).unwrap();
            b.add_arc(nodes[tail], nodes[head], 0..=room, cost).unwrap();
        }
        b.build().unwrap()
    };
    let network = build(0);
    let [source, sink] = [source, sink].map(|v| feasible::NodeId::new(v).unwrap());
    let most = feasible::MaxFlow::new().solve(&network, source, sink).unwrap().optimal().unwrap().value();
    build(most.try_into().unwrap())
}

#[test]
fn a_simplex_that_takes_long_gives_way_to_cost_scaling() {
    for (side, expected) in [(12, Algorithm::NetworkSimplex), (64, Algorithm::CostScaling)] {
        let network = square(side, 4);
        let auto = MinCostFlow::new().solve(&network).unwrap().optimal().unwrap();
        let simplex = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex).solve(&network).unwrap();
        assert_eq!(auto.cost(), simplex.optimal().unwrap().cost());
        assert_eq!(auto.algorithm(), expected, "{side}");
    }
}

#[test]
fn streets_of_many_pieces_go_to_cost_scaling_at_once() {
    let network = square(12, 10);
    let auto = MinCostFlow::new().solve(&network).unwrap().optimal().unwrap();
    assert_eq!(auto.algorithm(), Algorithm::CostScaling);
    let simplex = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex).solve(&network).unwrap();
    assert_eq!(auto.cost(), simplex.optimal().unwrap().cost());
}

/// 128 sources, each ten arcs before a sink, beside as many random arcs as make a large network.
fn large(amount: i64) -> Network {
    const NODES: usize = 60_000;
    const ARCS: u64 = 400_000;
    let random = Random::new(3);
    let mut b = NetworkBuilder::new();
    let supply = |v: usize| match (v < 1280, v % 10) {
        (true, 0) => amount,
        (true, 9) => -amount,
        _ => 0,
    };
    let nodes: Vec<_> = (0..NODES).map(|v| b.add_node(supply(v)).unwrap()).collect();
    for pair in nodes[..1280].windows(2) {
        b.add_arc(pair[0], pair[1], 0..=2 * amount, 5_000).unwrap();
    }
    for arc in 0..ARCS {
        let [tail, head] =
            [1, 2].map(|stream| nodes[random.stream(stream).below(arc, NODES as u64) as usize]);
        let [room, cost] = [3, 4].map(|stream| random.stream(stream).below(arc, 1000) as i64);
        b.add_arc(tail, head, 0..=room, 10 * cost).unwrap();
    }
    b.build().unwrap()
}

#[test]
fn large_networks_with_small_amounts_get_paths() {
    for (amount, expected) in [(10, Algorithm::SuccessivePaths), (3000, Algorithm::NetworkSimplex)] {
        let network = large(amount);
        let auto = MinCostFlow::new().solve(&network).unwrap().optimal().unwrap();
        let simplex = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex).solve(&network).unwrap();
        assert_eq!(auto.cost(), simplex.optimal().unwrap().cost());
        assert_eq!(auto.algorithm(), expected, "{amount}");
    }
}

/// Half of what can be paid over so many random arcs of five pieces, from the first of some nodes to the last.
fn paid(arcs: u64) -> Algorithm {
    let random = Random::new(9);
    let count = arcs / 8;
    let mut b = NetworkBuilder::new();
    let nodes: Vec<_> = (0..count)
        .map(|v| b.add_node(if v == 0 { 1000 } else { -1000 * i64::from(v == count - 1) }).unwrap())
        .collect();
    for arc in 0..arcs {
        let [tail, head] = [1, 2].map(|stream| nodes[random.stream(stream).below(arc, count) as usize]);
        let slope = 1 + random.stream(3).below(arc, 99) as i64;
        let bends = (1..5).map(|piece| (60 * piece, slope * (piece + 1)));
        b.add_arc(tail, head, 0..=300, PiecewiseCost::new(slope, bends).unwrap()).unwrap();
    }
    for pair in nodes.windows(2) {
        b.add_arc(pair[0], pair[1], 0..=1000, 600).unwrap();
    }
    let network = b.build().unwrap();
    let auto = MinCostFlow::new().solve(&network).unwrap().optimal().unwrap();
    let other = MinCostFlow::new().algorithm(Algorithm::CostScaling).solve(&network).unwrap();
    assert_eq!(auto.cost(), other.optimal().unwrap().cost());
    auto.algorithm()
}

#[test]
fn one_payment_over_pieces_gets_paths_where_pieces_are_many() {
    assert_eq!(paid(400), Algorithm::NetworkSimplex);
    assert_eq!(paid(2_000), Algorithm::SuccessivePaths);
}
