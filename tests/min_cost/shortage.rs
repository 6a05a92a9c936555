//! Why there is no flow: the smallest of the node sets with the largest shortage, by every engine; and
//! arcs of very many pieces in every engine.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::min_cost_flow::{Algorithm, Outcome};
use feasible::{MinCostFlow, Network, NetworkBuilder, NodeId, PiecewiseCost, check};

const ENGINES: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];

/// Supply inside a set less what may leave it; `None` if that is unlimited.
fn shortage(network: &Network<i64>, set: usize) -> Option<i128> {
    let inside = |node: NodeId| set >> node.index() & 1 == 1;
    let nodes = network.nodes().filter(|&node| inside(node));
    let mut sum: i128 = nodes.map(|node| i128::from(network.supply(node))).sum();
    for arc in network.arcs() {
        match (inside(network.tail(arc)), inside(network.head(arc))) {
            (true, false) => sum -= i128::from(network.upper(arc)?),
            (false, true) => sum += i128::from(network.lower(arc)),
            _ => {}
        }
    }
    Some(sum)
}

#[test]
fn the_smallest_set_of_the_largest_shortage() {
    let (mut infeasible, mut proper) = (0, 0);
    for seed in 0..6_000 {
        let mut draw = Draw::new(seed ^ 0x99);
        let shape = Shape { nodes: 2 + draw.index(6), arcs: draw.index(14), ..Shape::default() };
        let network = random_network(seed, Shape { unbounded_every: draw.below(8), ..shape });
        let engine = ENGINES[usize::try_from(seed % 4).unwrap()];
        let solver = MinCostFlow::new().algorithm(engine);
        let Outcome::Infeasible(found) = solver.solve(&network).unwrap() else { continue };
        check::infeasible(&network, &found).unwrap();
        let sets =
            || (0..1_usize << network.node_count()).filter_map(|set| Some((shortage(&network, set)?, set)));
        let most = sets().map(|(amount, _)| amount).max().unwrap();
        let least = sets().filter(|(amount, _)| *amount == most).fold(usize::MAX, |all, (_, set)| all & set);
        assert_eq!(found.amount, most, "{seed}");
        assert_eq!(found.nodes().map(|node| 1 << node.index()).sum::<usize>(), least, "{seed}");
        infeasible += 1;
        proper += u32::from(found.nodes().count() > 1);
    }
    assert!(infeasible > 1_500 && proper > 500, "{infeasible} {proper}");
}

#[test]
fn arcs_of_a_thousand_pieces_cost_what_parallel_arcs_cost() {
    for seed in 0..6 {
        let mut draw = Draw::new(seed);
        let (mut whole, mut expanded) = (NetworkBuilder::new(), NetworkBuilder::new());
        let nodes: Vec<NodeId> = (0..8).map(|_| whole.add_node(0).unwrap()).collect();
        for _ in &nodes {
            expanded.add_node(0).unwrap();
        }
        for (node, supply) in [(0, 5_000), (1, 3_000), (6, -4_000), (7, -4_000)] {
            whole.set_supply(nodes[node], supply).unwrap();
            expanded.set_supply(nodes[node], supply).unwrap();
        }
        for (u, v) in [(0, 2), (0, 3), (1, 3), (1, 4), (2, 5), (3, 5), (3, 6), (4, 5), (5, 6), (5, 7), (2, 7)]
        {
            let (tail, head) = (nodes[u], nodes[v]);
            let first = draw.range(-500, 0);
            let (mut at, mut slope, mut bends) = (0, first, vec![]);
            for _ in 0..1_000 {
                let width = draw.range(1, 8);
                expanded.add_arc(tail, head, 0..=width, slope).unwrap();
                at += width;
                slope += draw.range(1, 4);
                bends.push((at, slope));
            }
            expanded.add_arc(tail, head, 0..=500, slope).unwrap();
            whole.add_arc(tail, head, 0..=at + 500, PiecewiseCost::new(first, bends).unwrap()).unwrap();
        }
        let (whole, expanded) = (whole.build().unwrap(), expanded.build().unwrap());
        let cost = MinCostFlow::new().solve(&expanded).unwrap().optimal().unwrap().cost();
        for engine in ENGINES {
            let flow = MinCostFlow::new().algorithm(engine).solve(&whole).unwrap().optimal().unwrap();
            assert_eq!(flow.cost(), cost, "{engine:?}");
            assert!(engine == Algorithm::Auto || flow.algorithm() == engine);
            check::optimal(&whole, flow.flows(), flow.potentials(), cost).unwrap();
        }
    }
}
