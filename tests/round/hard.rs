//! Rounds that encode hard problems, with answers known from elsewhere; planning again; merged rounds.

use feasible::round::generate::{Size, lightning};
use feasible::round::{Anchor, Channel, Demand, Effort, Plan, Round, RoundBuilder, RoundError, Rules};
use feasible::{NodeId, RoundPlanner, Sat};

fn rules(server: NodeId, max_touches: u32) -> Rules {
    Rules {
        max_touches,
        capacity_min: Sat(0),
        capacity_max: Sat(1_000),
        reserve: Sat(0),
        touch_fee: Sat(0),
        front_budget: Sat(1_000_000),
        server,
        prices: None,
    }
}

fn proven(round: &Round) -> Plan {
    let plan = RoundPlanner::new().effort(Effort::Prove).plan(round).unwrap();
    assert!(plan.is_optimal(), "{} of {}", plan.objective(), plan.bound().value);
    plan
}

fn demand(sender: NodeId, receiver: NodeId, amount: u64, weight: u64) -> Demand {
    Demand { sender, receiver, amount: Sat(amount), weight }
}

fn fixed(u: NodeId, v: NodeId, balance_u: u64) -> Channel {
    let (balance_u, balance_v) = (Sat(balance_u), Sat(0));
    Channel { u, v, balance_u, balance_v, anchor: Anchor::OnChain, reshapable: false }
}

/// All pairs with amount 1, wealth 1 each and n touches: all are feasible iff the candidates have a Hamiltonian cycle.
fn all_pairs(nodes: usize, edges: &[(usize, usize)]) -> u64 {
    let mut b = RoundBuilder::new();
    let ids: Vec<NodeId> = (0..nodes).map(|_| b.add_participant(Sat(1)).unwrap()).collect();
    for &(u, v) in edges {
        b.add_candidate(ids[u], ids[v]).unwrap();
    }
    for &u in &ids {
        for &v in ids.iter().filter(|&&v| v != u) {
            b.add_demand(demand(u, v, 1, 1)).unwrap();
        }
    }
    proven(&b.build(rules(ids[0], u32::try_from(nodes).unwrap())).unwrap()).objective()
}

#[test]
fn hamiltonian_cycles() {
    let ring = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)];
    assert_eq!(all_pairs(5, &ring), 20);
    assert_eq!(all_pairs(5, &[(0, 2), (2, 4), (4, 1), (1, 3), (3, 0), (0, 1)]), 20);
    // K(2, 3) has no Hamiltonian cycle: 2 and 3 nodes would have to alternate.
    assert!(all_pairs(5, &[(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)]) < 20);
}

/// Maximum coverage: k opened channels to sets, each element holding 1 to the receiver.
#[test]
fn coverage() {
    let sets: [&[usize]; 4] = [&[0, 1, 2], &[2, 3, 4], &[0, 1, 3], &[4, 5]];
    for (touches, covered) in [(1, 3), (2, 5), (3, 6)] {
        for amount in [covered, covered + 1] {
            let mut b = RoundBuilder::new();
            let s = b.add_participant(Sat(1_000)).unwrap();
            let t = b.add_bystander().unwrap();
            let elements: Vec<NodeId> = (0..6).map(|_| b.add_bystander().unwrap()).collect();
            for &element in &elements {
                b.add_channel(fixed(element, t, 1)).unwrap();
            }
            for set in sets {
                let node = b.add_participant(Sat(0)).unwrap();
                b.add_candidate(s, node).unwrap();
                for &element in set {
                    b.add_channel(fixed(node, elements[element], 1)).unwrap();
                }
            }
            b.add_demand(demand(s, t, amount, 1)).unwrap();
            let plan = proven(&b.build(rules(s, touches)).unwrap());
            assert_eq!(plan.objective(), u64::from(amount == covered), "{touches} touches, {amount}");
        }
    }
}

/// Set packing: every demand needs the whole unit of each of its elements.
#[test]
fn set_packing() {
    let sets: [&[usize]; 5] = [&[0, 1, 2], &[2, 3, 4], &[4, 5, 0], &[1, 3, 5], &[0, 3]];
    let mut b = RoundBuilder::new();
    let server = b.add_participant(Sat(0)).unwrap();
    let elements: Vec<NodeId> = (0..6).map(|_| b.add_participant(Sat(1)).unwrap()).collect();
    for set in sets {
        let s = b.add_bystander().unwrap();
        let t = b.add_participant(Sat(0)).unwrap();
        for &element in set {
            b.add_channel(fixed(s, elements[element], 1)).unwrap();
            b.add_candidate(elements[element], t).unwrap();
        }
        b.add_demand(demand(s, t, set.len() as u64, 1)).unwrap();
    }
    // No two of the triples are disjoint, and the pair meets each of them.
    assert_eq!(proven(&b.build(rules(server, 100)).unwrap()).objective(), 1);
}

/// Knapsack: one sender of wealth W with direct candidates.
#[test]
fn knapsack() {
    let items = [(31, 70), (10, 20), (20, 39), (19, 37), (4, 7), (3, 5), (6, 10)];
    let capacity = 50_u64;
    let best = (0_u32..1 << items.len()).filter_map(|set| {
        let chosen = items.iter().enumerate().filter(|(i, _)| set >> i & 1 == 1);
        let (size, value) = chosen.fold((0, 0), |(size, value), (_, item)| (size + item.0, value + item.1));
        (size <= capacity).then_some(value)
    });
    let mut b = RoundBuilder::new();
    let s = b.add_participant(Sat(capacity)).unwrap();
    for (amount, weight) in items {
        let t = b.add_participant(Sat(0)).unwrap();
        b.add_candidate(s, t).unwrap();
        b.add_demand(demand(s, t, amount, weight)).unwrap();
    }
    assert_eq!(proven(&b.build(rules(s, 100)).unwrap()).objective(), best.max().unwrap());
}

/// Two channels in series are worth nothing alone; of two in parallel one is enough.
#[test]
fn series_and_parallel() {
    for (touches, series) in [(0, 0), (1, 0), (2, 1)] {
        let mut b = RoundBuilder::new();
        let nodes = [10, 10, 10].map(|free| b.add_participant(Sat(free)).unwrap());
        b.add_candidate(nodes[0], nodes[1]).unwrap();
        b.add_candidate(nodes[1], nodes[2]).unwrap();
        b.add_demand(demand(nodes[0], nodes[2], 10, 1)).unwrap();
        assert_eq!(proven(&b.build(rules(nodes[0], touches)).unwrap()).objective(), series);
        let mut b = RoundBuilder::new();
        let nodes = [10, 10].map(|free| b.add_participant(Sat(free)).unwrap());
        b.add_candidate(nodes[0], nodes[1]).unwrap();
        b.add_candidate(nodes[1], nodes[0]).unwrap();
        b.add_demand(demand(nodes[0], nodes[1], 10, 1)).unwrap();
        let plan = proven(&b.build(rules(nodes[0], touches)).unwrap());
        assert_eq!(plan.objective(), u64::from(touches > 0));
    }
}

#[test]
fn planning_again_after_a_dropout_keeps_the_rest() {
    let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 6 };
    for seed in 0..4 {
        let round = lightning(size, seed).unwrap();
        let planner = RoundPlanner::new().effort(Effort::Quick);
        let plan = planner.plan(&round).unwrap();
        assert_eq!(planner.plan_from(&round, plan.changes()).unwrap().objective(), plan.objective());
        let server = round.rules().server;
        assert!(matches!(round.without(server), Err(RoundError::Absent { .. })));
        let gone = round.nodes().find(|&node| round.participates(node) && node != server).unwrap();
        let fewer = round.without(gone).unwrap();
        let again = planner.plan_from(&fewer, plan.changes()).unwrap();
        let touched = |reshape: &feasible::round::Reshape| {
            let (u, v, ..) = round.ends(reshape.channel).unwrap();
            [u, v].contains(&gone)
        };
        assert!(!again.changes().touched.iter().any(touched));
        assert!(again.objective() <= plan.bound().value);
    }
}
