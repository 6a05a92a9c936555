//! Corrupted flows, values, cuts, shortages and paths must not pass the checkers.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::check::{self, Cut, Shortage};
use feasible::max_flow::Outcome;
use feasible::{ArcMap, FlowNum, MaxFlow, Network, NetworkBuilder, NodeId, NodeMap};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

fn shape(seed: u64) -> Shape {
    let supply = i64::try_from(seed % 4).unwrap();
    Shape { bound: 4, supply, lower: seed % 2 == 0, unbounded_every: 8, cost: 0, ..Shape::default() }
}

/// The definition, written out once more.
fn is_flow(network: &Network<i64>, (s, t): (NodeId, NodeId), flows: &ArcMap<i64>, value: i128) -> bool {
    if flows.len() != network.arc_count() {
        return false;
    }
    let within = flows
        .iter()
        .all(|(arc, &x)| x >= network.lower(arc) && network.upper(arc).is_none_or(|upper| x <= upper));
    let balanced = network.nodes().all(|v| {
        let mut net = 0;
        for (arc, &x) in flows.iter() {
            net += i128::from(x) * i128::from(network.tail(arc) == v);
            net -= i128::from(x) * i128::from(network.head(arc) == v);
        }
        let extra = value * (i128::from(v == s) - i128::from(v == t));
        net == i128::from(network.supply(v)) + extra
    });
    within && balanced
}

fn room(network: &Network<i64>, inside: &NodeMap<bool>) -> Option<i128> {
    if inside.len() != network.node_count() {
        return None;
    }
    let mut sum = 0_i128;
    for arc in network.arcs() {
        let (from, into) = (inside[network.tail(arc)], inside[network.head(arc)]);
        if from && !into {
            sum += i128::from(network.upper(arc)?);
        } else if into && !from {
            sum -= i128::from(network.lower(arc));
        }
    }
    for v in network.nodes().filter(|&v| inside[v]) {
        sum -= i128::from(network.supply(v));
    }
    Some(sum)
}

/// Thirty corrupted copies of a maximum flow against the definition: how many are valid, how many not.
fn corrupted(network: &Network<i64>, (s, t): (NodeId, NodeId), draw: &mut Draw) -> [usize; 2] {
    let mut counts = [0, 0];
    let Outcome::Optimal(flow) = MaxFlow::new().solve(network, s, t).unwrap() else { return counts };
    let nodes = network.node_count();
    for _ in 0..30 {
        let (mut flows, mut value, mut cut) = (flow.flows().clone(), flow.value(), flow.cut().clone());
        for _ in 0..=draw.below(2) {
            match draw.below(6) {
                0 | 1 => {
                    let arc = draw.index(flows.len());
                    flows.as_mut_slice()[arc] += draw.range(-2, 2);
                }
                2 => value += i128::from(draw.range(-2, 2)),
                3 => cut.capacity += i128::from(draw.range(-2, 2)),
                4 => {
                    let v = node(draw.index(nodes));
                    cut.source_side[v] = !cut.source_side[v];
                }
                _ => {
                    let mut short = flows.into_vec();
                    short.truncate(network.arc_count() - draw.index(2));
                    flows = ArcMap::from_vec(short);
                }
            }
        }
        let valid = is_flow(network, (s, t), &flows, value)
            && cut.source_side[s]
            && !cut.source_side[t]
            && room(network, &cut.source_side) == Some(value)
            && cut.capacity == value;
        assert_eq!(check::max_flow(network, s, t, &flows, value, &cut).is_ok(), valid);
        let between = is_flow(network, (s, t), &flows, value);
        assert_eq!(check::flow_between(network, s, t, &flows, value).is_ok(), between);
        assert_eq!(check::flow(network, &flows).is_ok(), is_flow(network, (s, t), &flows, 0));
        counts[usize::from(!valid)] += 1;
    }
    counts
}

#[test]
fn corrupted_maximum_flows_are_rejected() {
    let (mut accepted, mut rejected) = (0, 0);
    for seed in 0..3000 {
        let network = random_network(seed, shape(seed));
        let [valid, not] = corrupted(&network, (node(0), node(5)), &mut Draw::new(seed));
        accepted += valid;
        rejected += not;
    }
    assert!(accepted > 1000 && rejected > 20_000, "{accepted} {rejected}");
}

/// Long runs of arcs with one tail, some of them without flow, and lower bounds in some cases.
#[test]
fn corrupted_flows_in_long_blocks_are_rejected() {
    let (mut accepted, mut rejected, mut empty) = (0, 0, 0);
    for seed in 0..60 {
        let mut draw = Draw::new(seed);
        let mut b = NetworkBuilder::new();
        let nodes: Vec<NodeId> = (0..5).map(|_| b.add_node(0).unwrap()).collect();
        let lower = if seed % 3 == 0 { -1 } else { 0 };
        for from in [0, 1, 2, 3, 1] {
            for _ in 0..draw.range(100, 400) {
                let to = draw.index(5);
                b.add_arc(nodes[from], nodes[to], lower..=draw.range(0, 2), 0).unwrap();
            }
        }
        let network = b.build().unwrap();
        let (s, t) = if seed % 2 == 0 { (nodes[0], nodes[4]) } else { (nodes[3], nodes[4]) };
        let flow = MaxFlow::new().solve(&network, s, t).unwrap().optimal().unwrap();
        empty += flow.flows().as_slice().chunks(128).filter(|block| block.iter().all(|&x| x == 0)).count();
        let [valid, not] = corrupted(&network, (s, t), &mut draw);
        accepted += valid;
        rejected += not;
    }
    assert!(accepted > 50 && rejected > 500 && empty > 20, "{accepted} {rejected} {empty}");
}

#[test]
fn no_flow_proves_nothing_over_arcs_with_room() {
    for arcs in [1, 127, 128, 129, 256, 300] {
        for forward in [true, false] {
            let mut b = NetworkBuilder::new();
            let (s, t) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
            let (tail, head) = if forward { (s, t) } else { (t, s) };
            for _ in 0..arcs {
                b.add_arc(tail, head, 0..=1, 0).unwrap();
            }
            let network = b.build().unwrap();
            let none = ArcMap::from_vec(vec![0; arcs]);
            let cut = Cut { source_side: NodeMap::from_vec(vec![true, false]), capacity: 0 };
            assert_eq!(check::max_flow(&network, s, t, &none, 0, &cut).is_ok(), !forward);
        }
    }
}

#[test]
fn maps_of_the_wrong_length_are_rejected() {
    let network = random_network(1, Shape { supply: 0, lower: false, unbounded_every: 0, ..shape(1) });
    let (s, t) = (node(0), node(5));
    let flow = MaxFlow::new().solve(&network, s, t).unwrap().optimal().unwrap();
    for len in [0, 1, 5, 7] {
        let mut side = flow.cut().source_side.as_slice().to_vec();
        side.resize(len, false);
        let cut = Cut { source_side: NodeMap::from_vec(side), capacity: flow.value() };
        assert!(check::max_flow(&network, s, t, flow.flows(), flow.value(), &cut).is_err());
        let inside = cut.source_side;
        assert!(check::infeasible(&network, &Shortage { inside, amount: 1 }).is_err());
    }
    assert!(check::flow_between(&network, s, s, flow.flows(), 0).is_err());
    assert!(check::flow_between(&network, s, t, flow.flows(), i128::MIN).is_err());
}

#[test]
fn corrupted_shortages_and_paths_are_rejected() {
    let (mut accepted, mut rejected, mut paths) = (0, 0, 0);
    for seed in 0..6000 {
        let base = shape(seed);
        let unbounded_every = if seed % 3 == 0 { 2 } else { 20 };
        let network = random_network(seed, Shape { supply: base.supply * 3, unbounded_every, ..base });
        let (s, t) = (node(0), node(5));
        let mut draw = Draw::new(seed);
        match MaxFlow::new().solve(&network, s, t).unwrap() {
            Outcome::Infeasible(shortage) => {
                for _ in 0..20 {
                    let mut wrong = shortage.clone();
                    for _ in 0..draw.below(3) {
                        let v = node(draw.index(6));
                        wrong.inside[v] = !wrong.inside[v];
                    }
                    wrong.amount += i128::from(draw.range(-1, 1));
                    let lacks = room(&network, &wrong.inside).map(|room| -room);
                    let proof = wrong.amount > 0 && lacks == Some(wrong.amount);
                    assert_eq!(check::infeasible(&network, &wrong).is_ok(), proof);
                    let between = proof && wrong.inside[s] == wrong.inside[t];
                    assert_eq!(check::infeasible_between(&network, s, t, &wrong).is_ok(), between);
                    *(if between { &mut accepted } else { &mut rejected }) += 1;
                }
            }
            Outcome::Unbounded(path) => {
                paths += 1;
                assert!(check::unbounded_path(&network, t, s, &path).is_err());
                let mut wrong = path.clone();
                wrong.pop();
                assert!(check::unbounded_path(&network, s, t, &wrong).is_err());
                let bounded = network.arcs().find(|&arc| network.upper(arc).is_some());
                for arc in bounded.into_iter().chain(feasible::ArcId::new(999)) {
                    let mut wrong = path.clone();
                    wrong[draw.index(path.len())] = arc;
                    assert!(check::unbounded_path(&network, s, t, &wrong).is_err());
                }
            }
            Outcome::Optimal(_) => {}
        }
    }
    assert!(accepted > 300 && rejected > 5000 && paths > 150, "{accepted} {rejected} {paths}");
}

/// Loops keep every balance, so only their bounds can refuse what is far beyond them.
fn far_beyond<N: FlowNum + From<i32>>(bounds: &[i128], flows: &[i128]) {
    let number = |wide: i128| N::narrow(wide).unwrap();
    let side = NodeMap::from_vec(vec![true, false]);
    let (mut accepted, mut rejected) = (0, 0);
    for &lower in bounds {
        for &upper in bounds.iter().filter(|&&upper| upper >= lower) {
            let mut b = NetworkBuilder::new();
            let (s, t) = (b.add_node(N::ZERO).unwrap(), b.add_node(N::ZERO).unwrap());
            b.add_arc(s, t, N::ZERO..=N::from(3), N::ZERO).unwrap();
            b.add_arc(t, t, number(lower)..=number(upper), N::ZERO).unwrap();
            let network = b.build().unwrap();
            for &flow in flows {
                let x = ArcMap::from_vec(vec![N::from(3), number(flow)]);
                let cut = Cut { source_side: side.clone(), capacity: 3 };
                let within = lower <= flow && flow <= upper;
                let found = check::max_flow(&network, s, t, &x, 3, &cut);
                assert_eq!(found.is_ok(), within, "{lower}..={upper}: {flow}");
                *(if within { &mut accepted } else { &mut rejected }) += 1;
            }
        }
    }
    assert!(accepted > bounds.len() && rejected > 5 * bounds.len());
}

#[test]
fn flows_far_beyond_their_bounds_are_rejected_at_every_width() {
    // Just within what 64 bits can add up, and what does not fit there.
    for shift in [3, 5, 6, 61, 63, 64, 65] {
        let near = |wide: i128| [wide - 1, wide, wide + 1, -wide - 1, -wide, -wide + 1];
        let bounds: Vec<i128> = [near(1 << (shift - 3)), near(1 << (shift - 3).min(2))].concat();
        let whole = [near(1 << shift), near(1 << 64), near(1 << 126), near(1 << 30), near(1 << 62)];
        let wide: Vec<i128> = bounds.iter().copied().chain(whole.concat()).collect();
        let ends = [i128::MIN, i128::MAX, i64::MIN.into(), i64::MAX.into(), i32::MIN.into(), i32::MAX.into()];
        let wide: Vec<i128> = wide.into_iter().chain(ends).collect();
        far_beyond::<i128>(&bounds, &wide);
        if shift < 65 {
            let fit: Vec<i128> = wide.iter().copied().filter(|&x| i64::try_from(x).is_ok()).collect();
            far_beyond::<i64>(&bounds, &fit);
        }
        if shift < 32 {
            let fit: Vec<i128> = wide.iter().copied().filter(|&x| i32::try_from(x).is_ok()).collect();
            far_beyond::<i32>(&bounds, &fit);
        }
    }
}
