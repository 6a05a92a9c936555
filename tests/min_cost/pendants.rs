//! Trees hung on a ring of channels: what their nodes have can go one way only, and the simplex settles them before it
//! begins. Supplies lie anywhere, some bundles go one way, can carry one amount only, or have no upper bound.

use crate::common::naive_min_cost::solve as naive;
use crate::common::networks::Draw;
use crate::oracle::verdict;
use feasible::min_cost_flow::{Algorithm, Outcome, Workspace};
use feasible::{MinCostFlow, Network, NetworkBuilder, NodeId, PiecewiseCost};

/// So many nodes in the ring, and hung on it or on each other.
fn network(draw: &mut Draw, ring: usize, hung: usize) -> Network<i64> {
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..ring + hung).map(|_| b.add_node(0).unwrap()).collect();
    let mut supplies = vec![0; nodes.len()];
    for _ in 0..draw.range(2, 4) {
        let (from, to, amount) = (draw.index(nodes.len()), draw.index(nodes.len()), draw.range(1, 3));
        supplies[from] += amount;
        supplies[to] -= amount;
    }
    for (&node, supply) in nodes.iter().zip(supplies) {
        b.set_supply(node, supply).unwrap();
    }
    // Numbers of the hung ones before and after those of their parents.
    let shift = draw.index(nodes.len());
    let node = |i: usize| nodes[(i + shift) % nodes.len()];
    let mut bundles: Vec<_> = (0..ring).map(|i| (node(i), node((i + 1) % ring))).collect();
    bundles.extend((ring..ring + hung).map(|i| (node(i), node(draw.index(i)))));
    for (v, w) in bundles {
        let (v, w) = if draw.below(2) == 0 { (v, w) } else { (w, v) };
        let ways: &[_] = if draw.below(4) == 0 { &[(v, w)] } else { &[(v, w), (w, v)] };
        for &(tail, head) in ways {
            let first = draw.range(-2, 4);
            let bends = vec![(draw.range(1, 2), first + draw.range(0, 3)), (4, first + 5)];
            let cost = PiecewiseCost::new(first, bends).unwrap();
            let lower = draw.range(-1, 1);
            match draw.below(8) {
                0 => b.add_arc(tail, head, lower.., draw.range(0, 5)).unwrap(),
                1 => b.add_arc(tail, head, lower..=lower, 1).unwrap(),
                _ => b.add_arc(tail, head, lower..=draw.range(1, 6), cost).unwrap(),
            };
        }
    }
    let loop_at = node(draw.index(nodes.len()));
    b.add_arc(loop_at, loop_at, 0..=3, draw.range(-2, 2)).unwrap();
    b.build().unwrap()
}

#[test]
fn trees_hung_on_channels_agree_with_the_oracle() {
    let solver = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex);
    let mut workspace = Workspace::default();
    let mut seen = [0, 0];
    for seed in 0..3000 {
        let mut draw = Draw::new(seed);
        let (ring, hung) = [(3, 4), (1, 5), (4, 2), (2, 6)][draw.index(4)];
        let mut network = network(&mut draw, ring, hung);
        let cold = solver.solve_in(&mut workspace, &network).unwrap();
        assert_eq!(verdict(&network, &cold), naive(&network), "{seed}");
        seen[usize::from(matches!(cold, Outcome::Optimal(_)))] += 1;
        // Warm, where pendants are part of the tree, after what one node has moved elsewhere.
        let Outcome::Optimal(found) = cold else { continue };
        let [v, w] = [0, 1].map(|_| NodeId::new(draw.index(ring + hung)).unwrap());
        let (at_v, at_w) = (network.supply(v), network.supply(w));
        if v != w {
            network.amend().supply(v, at_v + 1).unwrap().supply(w, at_w - 1).unwrap().apply().unwrap();
        }
        let warm = solver.solve_from(&network, &found).unwrap();
        assert_eq!(verdict(&network, &warm), naive(&network), "{seed}, warm");
    }
    assert!(seen.iter().all(|&count| count > 500), "{seen:?}");
}
