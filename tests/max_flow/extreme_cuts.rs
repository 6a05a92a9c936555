//! The first and the last minimum cut against an enumeration of all node sets.

use crate::common::naive_max_flow::room;
use crate::common::networks::{Draw, Shape, random_network};
use feasible::check::{self, Cut, Violation};
use feasible::max_flow::{Algorithm, Workspace};
use feasible::{ArcMap, MaxFlow, MinCut, Network, NetworkBuilder, NodeId, NodeMap};

fn shape(seed: u64) -> Shape {
    let mut draw = Draw::new(seed ^ 0x3c);
    Shape {
        nodes: 2 + draw.index(6),
        arcs: draw.index(16),
        bound: [1, 2, 10][draw.index(3)],
        supply: [0, 2][draw.index(2)],
        lower: draw.below(2) == 0,
        unbounded_every: [0, 6][draw.index(2)],
        ..Shape::default()
    }
}

/// All sets with the source and without the sink whose capacity is the least, as bits.
fn minimum_sets(network: &Network<i64>, value: i128) -> Vec<usize> {
    let separating = (0..1_usize << network.node_count()).filter(|set| set & 3 == 1);
    separating.filter(|&set| room(network, set) == Some(value)).collect()
}

fn bits(cut: &Cut) -> usize {
    cut.source_nodes().map(|node| 1 << node.index()).sum()
}

#[test]
fn both_extreme_cuts_and_uniqueness_are_those_of_the_enumeration() {
    let (s, t) = (NodeId::new(0).unwrap(), NodeId::new(1).unwrap());
    let (mut solved, mut unique) = (0, 0);
    for seed in 0..6_000 {
        let network = random_network(seed, shape(seed));
        let engines = [Algorithm::Auto, Algorithm::PushRelabel, Algorithm::Dinic, Algorithm::SearchTrees];
        let engine = engines[usize::try_from(seed % 4).unwrap()];
        let Ok(cut) = MinCut::new().algorithm(engine).solve(&network, s, t).unwrap() else { continue };
        let sets = minimum_sets(&network, cut.value());
        let (first, last) = (bits(cut.nearest_source()), bits(cut.nearest_sink()));
        assert_eq!(first, sets.iter().fold(usize::MAX, |all, set| all & set), "{seed}");
        assert_eq!(last, sets.iter().fold(0, |any, set| any | set), "{seed}");
        assert_eq!(cut.unique(), sets.len() == 1, "{seed}");
        let flow = MaxFlow::new().solve(&network, s, t).unwrap().optimal().unwrap();
        assert_eq!(flow.cut(), cut.nearest_source());
        // The checker accepts these two and no other pair of minimum cuts.
        for &a in &sets {
            for &b in &sets {
                let [a, b] = [a, b].map(|set| Cut {
                    source_side: network.nodes().map(|node| set >> node.index() & 1 == 1).collect(),
                    capacity: cut.value(),
                });
                let verdict = check::extreme_cuts(&network, s, t, cut.flows(), &a, &b);
                assert_eq!(verdict.is_ok(), bits(&a) == first && bits(&b) == last, "{seed}");
            }
        }
        solved += 1;
        unique += u32::from(cut.unique());
    }
    assert!(solved > 2_000 && unique > 500 && solved - unique > 500, "{solved} {unique}");
}

#[test]
fn undirected_arcs_are_cut_in_either_direction() {
    // A path of two equal lines: two minimum cuts; a third line in parallel leaves one.
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..3).map(|_| b.add_node(0).unwrap()).collect();
    b.add_arc(nodes[1], nodes[0], -4..=4, 0).unwrap();
    b.add_arc(nodes[2], nodes[1], -4..=4, 0).unwrap();
    let cut = MinCut::new().solve(&b.clone().build().unwrap(), nodes[0], nodes[2]).unwrap().unwrap();
    assert_eq!((cut.value(), cut.unique()), (4, false));
    b.add_arc(nodes[0], nodes[1], -1..=1, 0).unwrap();
    let network = b.build().unwrap();
    let cut = MinCut::new().solve(&network, nodes[0], nodes[2]).unwrap().unwrap();
    assert_eq!((cut.value(), cut.unique()), (4, true));
    let mut short = cut.nearest_source().clone();
    short.source_side = NodeMap::from_vec(vec![true, true]);
    let verdict = check::extreme_cuts(&network, nodes[0], nodes[2], cut.flows(), &short, &short);
    assert!(matches!(verdict, Err(Violation::Side { .. } | Violation::Length { .. })));
}

#[test]
fn the_first_cut_alone_is_that_of_the_flow_and_proven_by_less() {
    let (s, t) = (NodeId::new(0).unwrap(), NodeId::new(1).unwrap());
    let mut workspace = Workspace::default();
    let (mut found, mut spilled, mut refused) = (0, 0, 0);
    // Of whatever network came before.
    let mut earlier = None;
    for seed in 0..8_000 {
        let network = random_network(seed, Shape { lower: seed % 8 == 1, ..shape(seed) });
        for engine in [Algorithm::Auto, Algorithm::PushRelabel, Algorithm::Dinic, Algorithm::SearchTrees] {
            let solver = MinCut::new().algorithm(engine);
            let proven = solver.first_in(&mut workspace, &network, s, t).unwrap();
            if let Some(earlier) = earlier {
                let over = solver.first_over(&mut workspace, &network, s, t, earlier).unwrap();
                assert_eq!(over, proven, "{seed} {engine:?}");
            }
            earlier = proven.clone().ok();
            let flow = MaxFlow::new().solve(&network, s, t).unwrap().optimal();
            let (Ok(proven), Ok(flow)) = (&proven, &flow) else {
                assert_eq!(proven.unwrap_err(), flow.unwrap_err(), "{seed} {engine:?}");
                continue;
            };
            assert_eq!(proven.cut(), flow.cut(), "{seed} {engine:?}");
            found += 1;
            // A flow proves it as well.
            check::min_cut(&network, s, t, flow.flows(), flow.cut()).unwrap();
            let amounts = proven.pseudoflow();
            check::min_cut(&network, s, t, amounts, proven.cut()).unwrap();
            spilled += u32::from(check::flow_between(&network, s, t, amounts, proven.value()).is_err());
            // Any change of an arc that crosses the cut, or of the cut's capacity, is refused.
            for arc in network.arcs() {
                let side = &proven.cut().source_side;
                let crosses = side[network.tail(arc)] != side[network.head(arc)];
                for change in [-1, 1] {
                    let mut amounts = amounts.clone();
                    amounts[arc] += change;
                    let verdict = check::min_cut(&network, s, t, &amounts, proven.cut());
                    assert!(!crosses || verdict.is_err(), "{seed}");
                    refused += u32::from(verdict.is_err());
                }
            }
            let capacity = proven.value() + 1;
            let larger = Cut { capacity, ..proven.cut().clone() };
            assert!(check::min_cut(&network, s, t, amounts, &larger).is_err());
        }
    }
    assert!(found > 10_000 && spilled > 500 && refused > 20_000, "{found} {spilled} {refused}");
}

/// Whatever the checker accepts is a minimum cut: all amounts on all arcs of small networks, all node sets.
#[test]
fn no_pseudoflow_proves_a_cut_that_is_not_minimum() {
    let (s, t) = (NodeId::new(0).unwrap(), NodeId::new(1).unwrap());
    let (mut accepted, mut asked) = (0, 0);
    for seed in 0..400 {
        let small = Shape { nodes: 4, arcs: 5, bound: 1, unbounded_every: 0, ..shape(seed) };
        let network = random_network(seed, small);
        let Ok(flow) = MaxFlow::new().solve(&network, s, t).unwrap().optimal() else { continue };
        let sets = minimum_sets(&network, flow.value());
        let arcs = u32::try_from(network.arc_count()).unwrap();
        for code in 0..3_usize.pow(arcs) {
            let digit = |arc: u32| i64::try_from(code / 3_usize.pow(arc) % 3).unwrap() - 1;
            let amounts: ArcMap<i64> = (0..arcs).map(digit).collect();
            for set in (0..16_usize).filter(|set| set & 3 == 1) {
                let source_side = network.nodes().map(|node| set >> node.index() & 1 == 1).collect();
                let cut = Cut { source_side, capacity: room(&network, set).unwrap() };
                asked += 1;
                if check::min_cut(&network, s, t, &amounts, &cut).is_ok() {
                    assert!(sets.contains(&set), "{seed}");
                    accepted += 1;
                }
            }
        }
    }
    assert!(asked > 100_000 && accepted > 500, "{asked} {accepted}");
}
