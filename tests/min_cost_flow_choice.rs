//! Which engine `Auto` takes, on chains of stages with many parallel arcs.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::cast_possible_wrap, missing_docs)]

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
