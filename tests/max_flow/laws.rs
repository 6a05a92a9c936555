//! What must stay the same, or change in a known way, when a maximum-flow problem is rewritten.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::max_flow::{Algorithm, AtLeast, Outcome, Workspace};
use feasible::{ArcMap, Bounds, FlowNum, MaxFlow, Network, NetworkBuilder, NodeId, check};

const ENGINES: [Algorithm; 3] = [Algorithm::PushRelabel, Algorithm::Dinic, Algorithm::SearchTrees];

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

fn shape(seed: u64) -> Shape {
    let mut draw = Draw::new(seed ^ 0x77);
    Shape {
        nodes: 2 + draw.index(18),
        arcs: draw.index(70),
        bound: [1, 10, 1_000_000][draw.index(3)],
        cost: 0,
        supply: [0, 3][draw.index(2)],
        lower: draw.below(2) == 0,
        unbounded_every: [0, 0, 5][draw.index(3)],
        breakpoints: 0,
    }
}

/// The same network with renamed nodes, reordered arcs and every number mapped.
fn rewritten<M: FlowNum>(
    network: &Network<i64>,
    name: impl Fn(usize) -> usize,
    order: &[usize],
    number: impl Fn(i64) -> M,
    reversed: bool,
) -> Network<M> {
    let mut b = NetworkBuilder::<M>::new();
    for _ in network.nodes() {
        b.add_node(M::ZERO).unwrap();
    }
    for v in network.nodes() {
        let supply = network.supply(v);
        b.set_supply(node(name(v.index())), number(if reversed { -supply } else { supply })).unwrap();
    }
    for &i in order {
        let arc = feasible::ArcId::new(i).unwrap();
        let (tail, head) = (node(name(network.tail(arc).index())), node(name(network.head(arc).index())));
        let bounds = Bounds { lower: number(network.lower(arc)), upper: network.upper(arc).map(&number) };
        let cost = feasible::ArcCost::Linear(M::ZERO);
        if reversed {
            b.add_arc(head, tail, bounds, cost).unwrap();
        } else {
            b.add_arc(tail, head, bounds, cost).unwrap();
        }
    }
    b.build().unwrap()
}

/// The value, or which other answer.
fn gist<N: FlowNum>(network: &Network<N>, s: usize, t: usize, engine: Algorithm) -> Result<i128, String> {
    match MaxFlow::new().algorithm(engine).solve(network, node(s), node(t)).unwrap() {
        Outcome::Optimal(flow) => {
            let value = flow.value();
            check::max_flow(network, node(s), node(t), flow.flows(), value, flow.cut()).unwrap();
            Ok(value)
        }
        Outcome::Infeasible(_) => Err("infeasible".into()),
        Outcome::Unbounded(_) => Err("unbounded".into()),
    }
}

#[test]
fn renaming_reversing_scaling_and_number_types() {
    for seed in 0..2500 {
        let network = random_network(seed, shape(seed));
        let nodes = network.node_count();
        let (s, t) = (0, nodes - 1);
        let mut draw = Draw::new(seed);
        let plain: Vec<usize> = (0..network.arc_count()).collect();
        let mut order = plain.clone();
        for i in (1..order.len()).rev() {
            order.swap(i, draw.index(i + 1));
        }
        let shift = draw.index(nodes);
        let turn = |v: usize| (v + shift) % nodes;
        let narrow = |x: i64| i32::try_from(x).unwrap();
        for engine in ENGINES {
            let expected = gist(&network, s, t, engine);
            let permuted = rewritten(&network, turn, &order, |x| x, false);
            assert_eq!(gist(&permuted, turn(s), turn(t), engine), expected);
            let reversed = rewritten(&network, |v| v, &plain, |x| x, true);
            assert_eq!(gist(&reversed, t, s, engine), expected);
            let scaled = rewritten(&network, |v| v, &plain, |x| x * 1_000_003, false);
            assert_eq!(gist(&scaled, s, t, engine), expected.clone().map(|v| v * 1_000_003));
            let small = rewritten(&network, |v| v, &plain, narrow, false);
            assert_eq!(gist(&small, s, t, engine), expected);
            let huge = rewritten(&network, |v| v, &plain, |x| i128::from(x) << 90, false);
            assert_eq!(gist(&huge, s, t, engine), expected.map(|v| v << 90));
        }
    }
}

#[test]
fn capacity_off_the_cut_changes_nothing_and_contracting_a_side_keeps_the_value() {
    let mut contracted = 0;
    for seed in 0..2500 {
        let mut network = random_network(seed, shape(seed));
        let (s, t) = (node(0), node(network.node_count() - 1));
        let Outcome::Optimal(flow) = MaxFlow::new().solve(&network, s, t).unwrap() else { continue };
        let side = &flow.cut().source_side;
        // All source nodes become s: the cut stays, and no smaller one can appear.
        let mut b = NetworkBuilder::new();
        let mut supply: i64 = 0;
        for v in network.nodes() {
            b.add_node(if side[v] { 0 } else { network.supply(v) }).unwrap();
            supply += if side[v] { network.supply(v) } else { 0 };
        }
        b.set_supply(s, supply).unwrap();
        let merge = |v: NodeId| if side[v] { s } else { v };
        for arc in network.arcs() {
            let bounds = Bounds { lower: network.lower(arc), upper: network.upper(arc) };
            b.add_arc(merge(network.tail(arc)), merge(network.head(arc)), bounds, 0).unwrap();
        }
        for engine in ENGINES {
            assert_eq!(gist(&b.clone().build().unwrap(), 0, t.index(), engine), Ok(flow.value()));
        }
        contracted += 1;
        let inside = |v: NodeId| side[v];
        let free: Vec<_> = network
            .arcs()
            .filter(|&arc| inside(network.tail(arc)) == inside(network.head(arc)))
            .filter_map(|arc| network.upper(arc).map(|upper| (arc, network.lower(arc), upper)))
            .collect();
        for (arc, lower, upper) in free {
            let amend = network.amend().bounds(arc, lower - 1..=upper + 1).unwrap();
            amend.apply().unwrap();
        }
        for engine in ENGINES {
            assert_eq!(gist(&network, s.index(), t.index(), engine), Ok(flow.value()));
        }
    }
    assert!(contracted > 800, "{contracted}");
}

/// One workspace and one chain of answers through problems of all sizes.
#[test]
fn memory_of_other_problems_changes_nothing() {
    let mut workspace = Workspace::default();
    let mut earlier = None;
    for seed in 0..3000 {
        let network = random_network(seed, shape(seed));
        let solver = MaxFlow::new().algorithm(ENGINES[Draw::new(seed).index(3)]);
        let (s, t) = (node(0), node(network.node_count() - 1));
        let fresh = solver.solve(&network, s, t).unwrap();
        let kept = match earlier.take() {
            Some(flow) => solver.solve_over(&mut workspace, &network, s, t, flow).unwrap(),
            None => solver.solve_in(&mut workspace, &network, s, t).unwrap(),
        };
        assert_eq!(kept, fresh, "{seed}");
        let Outcome::Optimal(flow) = kept else { continue };
        let (most, mut flows) = (flow.value(), ArcMap::from_vec(Vec::new()));
        for amount in [most / 2, most, most + 1].into_iter().filter(|amount| *amount >= 0) {
            let fresh = solver.at_least(&network, s, t, amount).unwrap();
            let kept = solver.at_least_in(&mut workspace, &network, s, t, amount, flows).unwrap();
            assert_eq!(kept, fresh, "{seed}: {amount} of {most}");
            assert_eq!(matches!(kept, AtLeast::Enough(_)), amount <= most, "{seed}: {amount} of {most}");
            flows = flow.flows().clone();
        }
        earlier = Some(flow);
    }
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    for engine in ENGINES {
        let mut b = NetworkBuilder::<i64>::new();
        let v: Vec<NodeId> = (0..4).map(|_| b.add_node(0).unwrap()).collect();
        for _ in 0..9 {
            for (tail, head) in [(0, 1), (1, 3), (0, 2), (2, 3), (1, 2)] {
                b.add_arc(v[tail], v[head], -i64::MAX..=i64::MAX, 0).unwrap();
            }
        }
        b.add_arc(v[0], v[3], i64::MIN..=i64::MAX, 0).unwrap();
        assert_eq!(gist(&b.build().unwrap(), 0, 3, engine), Ok(19 * i128::from(i64::MAX)));

        let most = i128::MAX / 16 / 3;
        let mut b = NetworkBuilder::<i128>::new();
        let v: Vec<NodeId> = (0..3).map(|_| b.add_node(0).unwrap()).collect();
        let cost = feasible::ArcCost::Linear(0);
        b.add_arc(v[0], v[1], 0..=most, cost.clone()).unwrap();
        b.add_arc(v[1], v[2], 0..=most - 1, cost.clone()).unwrap();
        b.add_arc(v[0], v[2], 0..=most, cost.clone()).unwrap();
        let network = b.clone().build().unwrap();
        assert_eq!(gist(&network, 0, 2, engine), Ok(2 * most - 1));
        let solver = MaxFlow::new().algorithm(engine);
        for amount in [2 * most - 1, 2 * most, i128::MAX / 16] {
            let enough = matches!(solver.at_least(&network, v[0], v[2], amount).unwrap(), AtLeast::Enough(_));
            assert_eq!(enough, amount < 2 * most);
        }
        b.add_arc(v[0], v[2], 0..=most, cost).unwrap();
        assert!(b.build().is_err(), "one more is not admitted");
    }
}

#[test]
fn unbounded_arcs_at_the_limit_of_the_number_type() {
    for engine in ENGINES {
        let mut b = NetworkBuilder::<i32>::new();
        let v: Vec<NodeId> = (0..4).map(|_| b.add_node(0).unwrap()).collect();
        let cost = feasible::ArcCost::Linear(0);
        for (tail, head) in [(0, 1), (0, 1), (1, 2), (2, 1), (2, 3)] {
            b.add_arc(v[tail], v[head], 0.., cost.clone()).unwrap();
        }
        let last = b.add_arc(v[0], v[3], 0..=i32::MAX - 1, cost.clone()).unwrap();
        let mut network = b.build().unwrap();
        let solver = MaxFlow::new().algorithm(engine);
        let found = solver.solve(&network, v[0], v[3]).unwrap();
        assert!(matches!(found, Outcome::Unbounded(path) if path.len() == 3));
        network.amend().bounds(last, 0..=1000).unwrap().apply().unwrap();
        let limit = i128::from(i32::MAX) - 1000;
        let AtLeast::Enough(flows) = solver.at_least(&network, v[0], v[3], limit).unwrap() else { panic!() };
        check::flow_between(&network, v[0], v[3], &flows, limit).unwrap();
        assert!(solver.at_least(&network, v[0], v[3], limit + 1).is_err());
    }
}

/// Arcs around the width at which residual capacities need another type, most beside their opposite; one more arc,
/// between nodes of its own, is `beside` wide.
fn at_width(widest: i64, beside: i64, seed: u64) -> Network {
    let mut draw = Draw::new(seed);
    let nodes = 3 + draw.index(8);
    let mut b = NetworkBuilder::new();
    let v: Vec<NodeId> = (0..nodes + 2).map(|_| b.add_node(0).unwrap()).collect();
    for arc in 0..4 * nodes {
        let (tail, head) = (v[draw.index(nodes)], v[draw.index(nodes)]);
        let mut width = || widest - i64::try_from(draw.index(3) * draw.index(2000)).unwrap();
        b.add_arc(tail, head, 0..=if arc == 0 { widest } else { width() }, 0).unwrap();
        b.add_arc(head, tail, 0..=width(), 0).unwrap();
    }
    b.add_arc(v[nodes], v[nodes + 1], 0..=beside, 0).unwrap();
    b.build().unwrap()
}

#[test]
fn flows_are_the_same_in_every_width_of_residual_capacities() {
    let limits = [i64::from(i16::MAX / 2), i64::from(i32::MAX / 2)];
    for (limit, seed) in limits.into_iter().flat_map(|limit| (0..60).map(move |seed| (limit, seed))) {
        for widest in [limit, limit + 1] {
            let [plain, beside] = [widest, 1 << 50].map(|beside| at_width(widest, beside, seed));
            for engine in ENGINES {
                let flows = [&plain, &beside].map(|network| {
                    let solver = MaxFlow::new().algorithm(engine);
                    let found = solver.solve(network, node(0), node(1)).unwrap().optimal().unwrap();
                    (found.value(), found.flows().as_slice().to_vec())
                });
                assert_eq!(flows[0], flows[1], "{engine:?}, {widest}, seed {seed}");
            }
        }
    }
}
