//! What can be asked about an optimal flow, against all flows of tiny networks: convex arcs, lower bounds,
//! negative costs, undirected arcs, loops.

use std::collections::BTreeMap;

use crate::common::networks::{Draw, Shape, random_network};
use feasible::check::{self, CostLimit};
use feasible::min_cost_flow::{Algorithm, Outcome, Uniqueness, WithinOutcome};
use feasible::{ArcId, ArcMap, Bounds, MaxFlow, MinCostFlow, Network, NetworkBuilder, NodeId};

fn tiny(seed: u64) -> Network<i64> {
    let mut draw = Draw::new(seed ^ 0x1d);
    random_network(
        seed,
        Shape {
            nodes: 2 + draw.index(3),
            arcs: 1 + draw.index(5),
            bound: 2,
            cost: [2, 6][draw.index(2)],
            supply: [0, 1, 2][draw.index(3)],
            lower: draw.below(2) == 0,
            unbounded_every: 0,
            breakpoints: draw.below(3),
        },
    )
}

/// Calls `visit` with every assignment of amounts to arcs, the cost, and what nodes send beyond supplies.
fn all_amounts(network: &Network<i64>, mut visit: impl FnMut(&[i64], i128, &[i64])) {
    let mut flows: Vec<i64> = network.arcs().map(|arc| network.lower(arc)).collect();
    loop {
        let mut excess: Vec<i64> = network.nodes().map(|v| -network.supply(v)).collect();
        let mut cost = 0;
        for (arc, &flow) in network.arcs().zip(&flows) {
            excess[network.tail(arc).index()] += flow;
            excess[network.head(arc).index()] -= flow;
            cost += crate::common::naive_min_cost::unit_cost(network.cost(arc), flow);
        }
        visit(&flows, cost, &excess);
        let room = |&arc: &ArcId| flows[arc.index()] < network.upper(arc).unwrap();
        let Some(next) = network.arcs().find(room) else { return };
        flows[next.index()] += 1;
        for arc in network.arcs().take(next.index()) {
            flows[arc.index()] = network.lower(arc);
        }
    }
}

/// All flows with their costs.
fn all_flows(network: &Network<i64>) -> Vec<(Vec<i64>, i128)> {
    let mut list = vec![];
    all_amounts(network, |flows, cost, excess| {
        if excess.iter().all(|&e| e == 0) {
            list.push((flows.to_vec(), cost));
        }
    });
    list
}

fn engine(seed: u64) -> MinCostFlow {
    let engines = [Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];
    MinCostFlow::new().algorithm(engines[usize::try_from(seed % 3).unwrap()])
}

#[test]
fn an_optimal_flow_is_the_only_one_or_another_is_shown() {
    let (mut unique, mut several) = (0, 0);
    for seed in 0..8_000 {
        let network = tiny(seed);
        let Ok(flow) = engine(seed).solve(&network).unwrap().optimal() else { continue };
        let count = all_flows(&network).iter().filter(|(_, cost)| *cost == flow.cost()).count();
        match flow.uniqueness(&network).unwrap() {
            Uniqueness::Unique(ranks) => {
                assert_eq!(count, 1, "{seed}");
                check::unique(&network, flow.flows(), flow.potentials(), flow.cost(), &ranks).unwrap();
                unique += 1;
            }
            Uniqueness::Another(other) => {
                assert!(count > 1 && &other != flow.flows(), "{seed}");
                check::optimal(&network, &other, flow.potentials(), flow.cost()).unwrap();
                // No order of the nodes passes.
                let ranks = network.nodes().map(|v| u32::try_from(v.index()).unwrap()).collect();
                let verdict = check::unique(&network, flow.flows(), flow.potentials(), flow.cost(), &ranks);
                assert!(verdict.is_err(), "{seed}");
                several += 1;
            }
        }
    }
    assert!(unique > 1_500 && several > 400, "{unique} {several}");
}

#[test]
fn costs_may_move_exactly_so_far() {
    let (mut limits, mut none) = (0, 0);
    for seed in 0..4_000 {
        let network = tiny(seed);
        let Ok(flow) = engine(seed).solve(&network).unwrap().optimal() else { continue };
        let all = all_flows(&network);
        for arc in network.arcs() {
            let range = flow.cost_range(&network, arc).unwrap();
            let change = |limit: &Option<CostLimit>| limit.as_ref().map_or(1_000, |limit| limit.change);
            let inside = |limit: &Option<CostLimit>, moved| moved <= change(limit) || limit.is_none();
            let (rise, fall) = (change(&range.rise), change(&range.fall));
            let at = i128::from(flow.flows()[arc]);
            for moved in [-900, -fall - 1, -fall, -fall + 1, 0, rise - 1, rise, rise + 1, 900] {
                let value = |cost: i128, x: i128| cost + moved * x;
                let least = all.iter().map(|(x, cost)| value(*cost, i128::from(x[arc.index()]))).min();
                let optimal = least == Some(value(flow.cost(), at));
                assert_eq!(
                    optimal,
                    inside(&range.rise, moved) && inside(&range.fall, -moved),
                    "{seed} {arc} {moved} {range:?}"
                );
            }
            for limit in [&range.rise, &range.fall] {
                *(if limit.is_some() { &mut limits } else { &mut none }) += 1;
            }
            let mut wrong = range.clone();
            if let Some(limit) = &mut wrong.rise {
                limit.change += 1;
                assert!(check::cost_range(&network, flow.flows(), arc, &wrong).is_err());
                wrong.rise = None;
                assert!(check::cost_range(&network, flow.flows(), arc, &wrong).is_err());
            }
        }
    }
    assert!(limits > 2_000 && none > 3_000, "{limits} {none}");
}

/// The least cost of every amount from node 0 to node 1.
fn least_costs(network: &Network<i64>) -> BTreeMap<i128, i128> {
    let mut least = BTreeMap::new();
    all_amounts(network, |_, cost, excess| {
        if excess[0] == -excess[1] && excess[2..].iter().all(|&e| e == 0) {
            let entry = least.entry(i128::from(excess[0])).or_insert(cost);
            *entry = cost.min(*entry);
        }
    });
    least
}

#[test]
fn the_curve_and_the_price_are_those_of_all_amounts() {
    let (s, t) = (NodeId::new(0).unwrap(), NodeId::new(1).unwrap());
    let (mut pieces, mut curves, mut bent) = (0, 0, 0);
    for seed in 0..6_000 {
        let network = tiny(seed);
        let least = least_costs(&network);
        let Ok(curve) = engine(seed).cost_curve(&network, s, t).unwrap() else {
            assert!(!least.contains_key(&0), "{seed}");
            continue;
        };
        let list: Vec<_> = curve.map(Result::unwrap).collect();
        let (mut at, mut slope) = (0, i128::MIN);
        for piece in &list {
            assert!(piece.from == at && piece.to.unwrap() > at && piece.slope > slope, "{seed}");
            assert_eq!(least[&at], piece.cost, "{seed}");
            for amount in at..=piece.to.unwrap() {
                assert_eq!(least[&amount], piece.cost + (amount - at) * piece.slope, "{seed}");
            }
            (at, slope) = (piece.to.unwrap(), piece.slope);
        }
        let most = MaxFlow::new().solve(&network, s, t).unwrap().optimal().unwrap().value();
        assert_eq!((at, Some(&most)), (most.max(0), least.keys().last()), "{seed}");
        pieces += list.len();
        curves += 1;
        bent += usize::from(list.len() > 1);

        let flow = engine(seed).solve(&network).unwrap().optimal().unwrap();
        let range = flow.supply_range(&network, s, t).unwrap();
        let line = |amount: i128| flow.cost() + amount * range.price;
        let on_line: Vec<i128> = least.iter().filter(|(a, c)| line(**a) == **c).map(|(a, _)| *a).collect();
        assert!(least.iter().all(|(amount, cost)| line(*amount) <= *cost), "{seed}");
        assert_eq!(range.least, on_line.first().copied(), "{seed}");
        assert_eq!(range.most, on_line.last().copied(), "{seed}");
    }
    assert!(curves > 2_000 && pieces > 1_000 && bent > 200, "{curves} {pieces} {bent}");
}

#[test]
fn a_curve_may_go_on_for_ever() {
    let mut b = NetworkBuilder::new();
    let (s, v, t) = (b.add_node(0).unwrap(), b.add_node(0).unwrap(), b.add_node(0).unwrap());
    b.add_arc(s, v, 0.., 1).unwrap();
    b.add_arc(v, t, 0.., 2).unwrap();
    b.add_arc(s, t, 0..=5, -2).unwrap();
    b.add_arc(t, s, 0..=3, 2).unwrap();
    let network = b.build().unwrap();
    let curve = MinCostFlow::new().cost_curve(&network, s, t).unwrap().unwrap();
    let pieces: Vec<_> = curve.map(|p| p.map(|p| (p.from, p.to, p.cost, p.slope)).unwrap()).collect();
    assert_eq!(pieces, [(0, Some(5), 0, -2), (5, None, -10, 3)]);
    let mut b = NetworkBuilder::new();
    let (u, w) = (b.add_node(1).unwrap(), b.add_node(-1).unwrap());
    b.add_arc(u, w, 0.., 3).unwrap();
    let line = b.build().unwrap();
    let flow = MinCostFlow::new().solve(&line).unwrap().optimal().unwrap();
    let range = flow.supply_range(&line, u, w).unwrap();
    assert_eq!((range.price, range.least, range.most), (3, Some(-1), None));
    // Without a flow there is no curve, and the proof is handed on.
    let mut network = network;
    network.amend().supply(v, -1).unwrap().supply(t, 1).unwrap().apply().unwrap();
    network.amend().bounds(ArcId::new(0).unwrap(), 0..=0).unwrap().apply().unwrap();
    assert!(matches!(MinCostFlow::new().cost_curve(&network, s, t).unwrap(), Err(Outcome::Infeasible(_))));
}

#[test]
fn supplies_within_ranges_are_used_at_least_cost() {
    let (mut solved, mut infeasible, mut free) = (0, 0, 0);
    for seed in 0..8_000 {
        let network = tiny(seed);
        let mut draw = Draw::new(seed ^ 0xab);
        let mut ranges: Vec<(NodeId, Bounds)> = vec![];
        for _ in 0..draw.below(5) {
            let node = NodeId::new(draw.index(network.node_count())).unwrap();
            let lower = draw.range(-2, 2);
            let upper = (draw.below(6) > 0).then(|| draw.range(lower, 3));
            ranges.push((node, Bounds { lower, upper }));
        }
        let mut least: Option<i128> = None;
        all_amounts(&network, |_, cost, excess| {
            let inside = network.nodes().all(|node| {
                let mine = || ranges.iter().filter(|(v, _)| *v == node).map(|(_, bounds)| bounds);
                let low: i64 = mine().map(|bounds| bounds.lower).sum();
                let high: Option<i64> = mine().map(|bounds| bounds.upper).sum();
                low <= excess[node.index()] && high.is_none_or(|high| excess[node.index()] <= high)
            });
            if inside {
                least = Some(least.map_or(cost, |least| least.min(cost)));
            }
        });
        match engine(seed).solve_within(&network, &ranges).unwrap() {
            WithinOutcome::Optimal(flow) => {
                assert_eq!(Some(flow.cost()), least, "{seed}");
                let verdict = |flows: &ArcMap<i64>, cost| {
                    check::optimal_within(&network, &ranges, flows, flow.potentials(), cost)
                };
                verdict(flow.flows(), flow.cost()).unwrap();
                assert!(verdict(flow.flows(), flow.cost() + 1).is_err());
                solved += 1;
                free += u32::from(flow.potentials().as_slice().contains(&0));
            }
            WithinOutcome::Infeasible { mut shortage, with_rest } => {
                assert_eq!(least, None, "{seed}");
                shortage.amount += 1;
                assert!(check::infeasible_within(&network, &ranges, &shortage, with_rest).is_err());
                infeasible += 1;
            }
            WithinOutcome::Unbounded(ray) => panic!("{ray:?}"),
        }
    }
    assert!(solved > 2_000 && infeasible > 1_000 && free > 500, "{solved} {infeasible} {free}");
}
