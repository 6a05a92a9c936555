//! Flows as paths and cycles: random flows of every kind, and those of the solvers.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::check::{self, Decomposition, Violation};
use feasible::decomposition::decompose;
use feasible::{ArcMap, MaxFlow, MinCostFlow, Network, NetworkBuilder, NodeId};

fn shape(seed: u64) -> Shape {
    let mut draw = Draw::new(seed ^ 0x51);
    Shape { nodes: 2 + draw.index(9), arcs: draw.index(30), ..Shape::default() }
}

/// The definition, without the checker: sums per arc, simple paths, ends of the right sign.
fn assert_right(network: &Network<i64>, flows: &ArcMap<i64>, ways: &Decomposition) {
    let mut sum = ArcMap::filled(network.arc_count(), 0_i128);
    let mut net = vec![0_i128; network.node_count()];
    for (arc, &flow) in flows.iter() {
        net[network.tail(arc).index()] += i128::from(flow);
        net[network.head(arc).index()] -= i128::from(flow);
    }
    for (i, way) in ways.paths.iter().chain(&ways.cycles).enumerate() {
        let mut at = way.start;
        let mut seen = vec![];
        assert!(way.amount > 0 && !way.steps.is_empty());
        for step in &way.steps {
            let (tail, head) = (network.tail(step.arc), network.head(step.arc));
            assert_eq!(at, if step.forward { tail } else { head });
            assert_eq!(step.forward, flows[step.arc] > 0);
            sum[step.arc] += if step.forward { way.amount } else { -way.amount };
            assert!(!seen.contains(&at));
            seen.push(at);
            at = if step.forward { head } else { tail };
        }
        if i < ways.paths.len() {
            assert!(!seen.contains(&at) && net[way.start.index()] > 0 && net[at.index()] < 0);
        } else {
            assert_eq!(at, way.start);
        }
    }
    assert!(sum.iter().all(|(arc, &sum)| sum == i128::from(flows[arc])));
    let carrying = flows.iter().filter(|(_, flow)| **flow != 0).count();
    assert!(ways.paths.len() + ways.cycles.len() <= carrying);
}

#[test]
fn any_amounts_on_arcs_are_paths_and_cycles() {
    for seed in 0..20_000 {
        let network = random_network(seed, shape(seed));
        let mut draw = Draw::new(seed);
        let most = [1, 3, 1_000_000][draw.index(3)];
        let flows: ArcMap<i64> = network.arcs().map(|_| draw.range(-most, most)).collect();
        assert_right(&network, &flows, &decompose(&network, &flows).unwrap());
    }
}

#[test]
fn flows_of_the_solvers_are_paths_and_cycles() {
    let (mut cheapest, mut most) = (0, 0);
    for seed in 0..3_000 {
        let network = random_network(seed, shape(seed));
        if let Ok(flow) = MinCostFlow::new().solve(&network).unwrap().optimal() {
            assert_right(&network, flow.flows(), &decompose(&network, flow.flows()).unwrap());
            cheapest += 1;
        }
        let (s, t) = (NodeId::new(0).unwrap(), NodeId::new(1).unwrap());
        if let Ok(flow) = MaxFlow::new().solve(&network, s, t).unwrap().optimal() {
            assert_right(&network, flow.flows(), &decompose(&network, flow.flows()).unwrap());
            most += 1;
        }
    }
    assert!(cheapest > 500 && most > 500, "{cheapest} {most}");
}

#[test]
fn largest_numbers_pass_or_are_named() {
    let mut b = NetworkBuilder::<i128>::new();
    let (u, v) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
    b.add_arc(u, v, 0..=1, 0).unwrap();
    b.add_arc(v, u, 0..=1, 0).unwrap();
    let network = b.build().unwrap();
    let ways = decompose(&network, &ArcMap::from_vec(vec![i128::MAX, i128::MAX])).unwrap();
    assert_eq!((ways.paths.len(), ways.cycles[0].amount), (0, i128::MAX));
    for flows in [vec![i128::MAX, i128::MIN], vec![i128::MIN, 0], vec![0; 3]] {
        assert!(decompose(&network, &ArcMap::from_vec(flows)).is_err());
    }
}

#[test]
fn the_checker_refuses_what_is_wrong() {
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..4).map(|_| b.add_node(0).unwrap()).collect();
    for (u, v) in [(0, 1), (1, 2), (2, 1), (2, 3)] {
        b.add_arc(nodes[u], nodes[v], -9..=9, 0).unwrap();
    }
    let network = b.build().unwrap();
    let flows = ArcMap::from_vec(vec![2, 5, 3, 2]);
    let right = decompose(&network, &flows).unwrap();
    assert_eq!((right.paths.len(), right.cycles.len()), (1, 1));
    let refused = |change: &dyn Fn(&mut Decomposition)| {
        let mut ways = right.clone();
        change(&mut ways);
        check::decomposition(&network, &flows, &ways).unwrap_err()
    };
    let is_path = |violation| matches!(violation, Violation::Path { .. });
    assert!(matches!(refused(&|w| w.cycles.clear()), Violation::Value { .. }));
    assert!(is_path(refused(&|w| w.paths[0].amount = 0)));
    assert!(is_path(refused(&|w| w.paths[0].amount = i128::MAX)));
    assert!(is_path(refused(&|w| w.paths[0].start = nodes[3])));
    assert!(is_path(refused(&|w| w.paths[0].start = NodeId::new(9).unwrap())));
    assert!(is_path(refused(&|w| w.paths[0].steps[1].forward = false)));
    assert!(is_path(refused(&|w| w.paths[0].steps.clear())));
    assert!(is_path(refused(&|w| w.paths[0].steps.truncate(1))));
    assert!(is_path(refused(&|w| w.cycles.append(&mut w.paths))));
    assert!(is_path(refused(&|w| w.paths.append(&mut w.cycles))));
    // The cycle as a detour of the path: a node twice.
    assert!(is_path(refused(&|w| {
        let cycle = w.cycles[0].steps.clone();
        let at = w.paths[0].steps.iter().position(|step| network.tail(step.arc) == w.cycles[0].start);
        w.paths[0].steps.splice(at.unwrap()..at.unwrap(), cycle);
    })));
    // One unit at a time: more pieces than arcs.
    assert!(is_path(refused(&|w| {
        w.cycles[0].amount = 1;
        w.cycles = vec![w.cycles[0].clone(); 3];
        w.paths[0].amount = 1;
        w.paths = vec![w.paths[0].clone(); 2];
    })));
}
