//! Flows between sets of nodes, through nodes of limited throughput, against all flows of tiny networks.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::check::{self, NodeCut, Violation};
use feasible::max_flow::{NotOptimal, TerminalsAtLeast, TerminalsOutcome};
use feasible::{ArcMap, MaxFlow, Network, NetworkBuilder, NodeId, SolveError, Terminals};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

fn tiny(seed: u64, unbounded_every: u64) -> (Network<i64>, Terminals) {
    let mut draw = Draw::new(seed ^ 0x7e);
    let shape = Shape {
        nodes: 2 + draw.index(4),
        arcs: draw.index(6),
        bound: 2,
        cost: 0,
        supply: [0, 0, 1][draw.index(3)],
        lower: draw.below(3) > 0,
        unbounded_every,
        breakpoints: 0,
    };
    let network = random_network(seed, shape);
    let (mut sources, mut sinks) = (vec![], vec![]);
    for v in network.nodes() {
        match draw.below(4) {
            0 => sources.push(v),
            1 => sinks.push(v),
            _ => {}
        }
    }
    let mut terminals = Terminals::new(sources, sinks);
    for v in network.nodes() {
        if draw.below(2) == 0 {
            terminals = terminals.node_capacity(v, draw.range(0, 3));
        }
    }
    (network, terminals)
}

/// What the sources send, if these amounts are a flow: the definition.
fn sent(network: &Network<i64>, terminals: &Terminals, flows: &[i64]) -> Option<i64> {
    let mut into: Vec<i64> = network.nodes().map(|v| network.supply(v).max(0)).collect();
    let mut out: Vec<i64> = network.nodes().map(|v| (-network.supply(v)).max(0)).collect();
    for (arc, &flow) in network.arcs().zip(flows) {
        let (u, v) = (network.tail(arc).index(), network.head(arc).index());
        let (from, to) = if flow < 0 { (v, u) } else { (u, v) };
        out[from] += flow.abs();
        into[to] += flow.abs();
    }
    let mut sum = 0;
    for v in network.nodes() {
        let (into, out) = (into[v.index()], out[v.index()]);
        let source = terminals.sources().contains(&v);
        if source {
            sum += out - into;
        } else if !terminals.sinks().contains(&v) && into != out {
            return None;
        }
        let through = if source { out } else { into };
        if terminals.capacities().get(&v).is_some_and(|&most| through > most) {
            return None;
        }
    }
    Some(sum)
}

/// The largest value over all assignments of amounts to arcs.
fn by_enumeration(network: &Network<i64>, terminals: &Terminals) -> Option<i64> {
    let mut flows: Vec<i64> = network.arcs().map(|arc| network.lower(arc)).collect();
    let mut best = None;
    loop {
        best = best.max(sent(network, terminals, &flows));
        let room = |&arc: &feasible::ArcId| flows[arc.index()] < network.upper(arc).unwrap();
        let Some(next) = network.arcs().find(room) else { return best };
        flows[next.index()] += 1;
        for arc in network.arcs().take(next.index()) {
            flows[arc.index()] = network.lower(arc);
        }
    }
}

#[test]
fn the_most_between_sets_is_that_of_all_flows() {
    let (mut solved, mut infeasible, mut nodes_cut) = (0, 0, 0);
    for seed in 0..8_000 {
        let (network, terminals) = tiny(seed, 0);
        let expected = by_enumeration(&network, &terminals);
        match MaxFlow::new().solve_between(&network, &terminals).unwrap() {
            TerminalsOutcome::Optimal(flow) => {
                assert_eq!(Some(flow.value()), expected.map(i128::from), "{seed}");
                assert_eq!(sent(&network, &terminals, flow.flows().as_slice()), expected, "{seed}");
                nodes_cut += u32::from(flow.cut().cut_nodes().next().is_some());
                refuses_changes(&network, &terminals, flow.flows(), flow.cut(), seed);
                solved += 1;
            }
            TerminalsOutcome::Infeasible(cut) => {
                assert_eq!(expected, None, "{seed}");
                check::infeasible_terminals(&network, &terminals, &cut).unwrap();
                let mut more = cut.clone();
                more.capacity -= 1;
                assert!(check::infeasible_terminals(&network, &terminals, &more).is_err());
                infeasible += 1;
            }
            TerminalsOutcome::Unbounded(path) => panic!("{path:?}"),
        }
    }
    assert!(solved > 3_000 && infeasible > 500 && nodes_cut > 500, "{solved} {infeasible} {nodes_cut}");
}

#[test]
fn amounts_between_sets_are_met_or_refused_from_any_start() {
    let (mut enough, mut too_little, mut infeasible) = (0, 0, 0);
    for seed in 0..4_000 {
        let (network, terminals) = tiny(seed, 0);
        let most = by_enumeration(&network, &terminals);
        let swapped = Terminals::new(terminals.sinks().clone(), terminals.sources().clone());
        let limited = terminals.capacities().is_empty();
        let mut last: Option<ArcMap<i64>> = None;
        for amount in [1, 3, 0, 2, 1] {
            let found = MaxFlow::new().at_least_between(&network, &terminals, amount, last.as_ref()).unwrap();
            match found {
                TerminalsAtLeast::Enough(flows) => {
                    let value = sent(&network, &terminals, flows.as_slice()).unwrap();
                    assert!(most.unwrap() >= value && i128::from(value) >= amount, "{seed}");
                    if limited && i128::from(value) > amount {
                        // No less can be sent: the most the other way.
                        assert_eq!(by_enumeration(&network, &swapped), Some(-value), "{seed}");
                    }
                    let verdict = |value| check::flow_between_terminals(&network, &terminals, &flows, value);
                    verdict(value.into()).unwrap();
                    assert!(verdict(i128::from(value) + 1).is_err());
                    last = Some(flows);
                    enough += 1;
                }
                TerminalsAtLeast::TooLittle(flow) => {
                    assert!(flow.value() < amount);
                    assert_eq!(Some(flow.value()), most.map(i128::from), "{seed}");
                    last = Some(flow.into_parts().0);
                    too_little += 1;
                }
                TerminalsAtLeast::Infeasible(cut) => {
                    assert_eq!(most, None);
                    check::infeasible_terminals(&network, &terminals, &cut).unwrap();
                    infeasible += 1;
                }
            }
        }
    }
    assert!(enough > 3_000 && too_little > 1_000 && infeasible > 500, "{enough} {too_little} {infeasible}");
}

/// A flow with one more unit somewhere, or a cut with one side changed, is refused or still right.
fn refuses_changes(
    network: &Network<i64>,
    terminals: &Terminals,
    flows: &ArcMap<i64>,
    cut: &NodeCut,
    seed: u64,
) {
    let mut draw = Draw::new(seed);
    let verdict = |flows: &ArcMap<i64>, value: i128, cut: &NodeCut| {
        check::max_flow_between(network, terminals, flows, value, cut)
    };
    assert!(verdict(flows, cut.capacity, cut).is_ok());
    assert!(verdict(flows, cut.capacity + 1, cut).is_err());
    if network.arc_count() > 0 {
        let mut other = flows.clone();
        other.as_mut_slice()[draw.index(network.arc_count())] += 1;
        let right = sent(network, terminals, other.as_slice()) == sent(network, terminals, flows.as_slice());
        let inside = network.arcs().all(|arc| other[arc] <= network.upper(arc).unwrap());
        assert_eq!(verdict(&other, cut.capacity, cut).is_ok(), right && inside, "{seed}");
    }
    let mut other = cut.clone();
    let v = draw.index(network.node_count());
    other.exits.as_mut_slice()[v] ^= true;
    if !terminals.capacities().contains_key(&node(v)) {
        assert!(matches!(verdict(flows, cut.capacity, &other), Err(Violation::Side { .. })));
    }
}

#[test]
fn unlimited_ways_are_found_and_other_answers_agree_with_a_large_bound() {
    let (mut unlimited, mut limited) = (0, 0);
    for seed in 0..4_000 {
        let (mut network, terminals) = tiny(seed, 2);
        let found = MaxFlow::new().solve_between(&network, &terminals).unwrap();
        for arc in network.arcs().filter(|&arc| network.upper(arc).is_none()).collect::<Vec<_>>() {
            let bounds = network.lower(arc)..=1_000_000;
            network.amend().bounds(arc, bounds).unwrap().apply().unwrap();
        }
        let bounded = MaxFlow::new().solve_between(&network, &terminals).unwrap();
        match (found, bounded) {
            (TerminalsOutcome::Optimal(a), TerminalsOutcome::Optimal(b)) => {
                assert_eq!(a.value(), b.value(), "{seed}");
                limited += 1;
            }
            (TerminalsOutcome::Unbounded(_), TerminalsOutcome::Optimal(b)) => {
                assert!(b.value() > 500_000, "{seed}");
                unlimited += 1;
            }
            (TerminalsOutcome::Infeasible(_), TerminalsOutcome::Infeasible(_)) => {}
            (a, b) => panic!("{seed}: {a:?} {b:?}"),
        }
    }
    assert!(unlimited > 30 && limited > 500, "{unlimited} {limited}");
}

#[test]
fn one_source_and_one_sink_are_the_plain_question() {
    for seed in 0..2_000 {
        let network = random_network(seed, Shape::default());
        let (s, t) = (node(0), node(1));
        let plain = MaxFlow::new().solve(&network, s, t).unwrap().optimal();
        let sets = MaxFlow::new().solve_between(&network, &Terminals::new([s], [t])).unwrap();
        match (plain, sets) {
            (Ok(plain), TerminalsOutcome::Optimal(sets)) => {
                assert_eq!(plain.value(), sets.value());
                assert_eq!(&plain.cut().source_side, &sets.cut().entries);
            }
            (Err(NotOptimal::Infeasible { .. }), TerminalsOutcome::Infeasible(_))
            | (Err(NotOptimal::Unbounded), TerminalsOutcome::Unbounded(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn disjoint_paths_are_counted() {
    // Menger: on a 4 x 4 grid of undirected lines, paths that share no inner node.
    let mut b = NetworkBuilder::new();
    let v: Vec<NodeId> = (0..16).map(|_| b.add_node(0).unwrap()).collect();
    for i in 0..16 {
        for j in [(i % 4 < 3).then_some(i + 1), (i < 12).then_some(i + 4)].into_iter().flatten() {
            b.add_arc(v[i], v[j], -1..=1, 0).unwrap();
        }
    }
    let network = b.build().unwrap();
    let inner = |terminals: Terminals| v[4..12].iter().fold(terminals, |t, &v| t.node_capacity(v, 1));
    let all = inner(Terminals::new(v[..4].iter().copied(), v[12..].iter().copied()));
    let flow = MaxFlow::new().solve_between(&network, &all).unwrap().optimal().unwrap();
    assert_eq!(flow.value(), 4);
    let closed = all.node_capacity(v[5], 0);
    let flow = MaxFlow::new().solve_between(&network, &closed).unwrap().optimal().unwrap();
    assert_eq!((flow.value(), flow.cut().cut_nodes().collect::<Vec<_>>()), (3, vec![v[5]]));
}

#[test]
fn what_is_not_admitted_is_named() {
    let mut b = NetworkBuilder::<i32>::new();
    let (u, v) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
    b.add_arc(u, v, 0.., 0).unwrap();
    let network = b.build().unwrap();
    let ask = |terminals: Terminals<i32>| MaxFlow::new().solve_between(&network, &terminals);
    let unknown = NodeId::new(7).unwrap();
    assert!(matches!(ask(Terminals::new([u], [u, v])), Err(SolveError::SameTerminals { node }) if node == u));
    assert!(matches!(ask(Terminals::new([u], [unknown])), Err(SolveError::UnknownNode { .. })));
    let limited = Terminals::new([u], [v]);
    let negative = ask(limited.clone().node_capacity(v, -1));
    assert!(matches!(negative, Err(SolveError::NodeCapacity { capacity: -1, .. })));
    let wide = ask(limited.clone().node_capacity(u, i32::MAX));
    assert!(matches!(wide, Err(SolveError::NotAdmitted(_))));
    let most = ask(limited.node_capacity(u, i32::MAX - 1)).unwrap().optimal().unwrap();
    assert_eq!(most.value(), i128::from(i32::MAX - 1));
}
