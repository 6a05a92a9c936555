//! Several payments: netted, in sequence, pending at once.

use crate::common::channels::{graph, hypergraph, in_state, least_room, msat, wealth_of};
use feasible::check::{self, SettlementClaim, Violation};
use feasible::feasibility::{Holding, Netted, Sequence, Wealth};
use feasible::liquidity::{ChannelGraph, Direction, View, generate};
use feasible::random::Random;
use feasible::{ChannelMap, Feasibility, Msat, NodeId, NodeMap, Payment, SolveError};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

fn pay(from: usize, to: usize, sat: u64) -> Payment {
    Payment::new(node(from), node(to), Msat(sat * 1000))
}

/// A small graph, at times with a pool, in a random state; its balances; some payments.
fn case(random: Random) -> (ChannelGraph, Vec<u64>, Vec<Payment>) {
    let mut channels: Vec<(Vec<usize>, u64)> = Vec::new();
    for i in 1..4_usize {
        let to = random.below(i as u64, i as u64) as usize;
        channels.push((vec![to, i], 1 + random.below(10 + i as u64, 6)));
    }
    channels.push((vec![0, 3], 1 + random.below(20, 4)));
    if random.below(21, 2) == 0 {
        channels.push((vec![0, 1, 2], 1 + random.below(22, 5)));
    }
    let mut graph = hypergraph(4, &channels);
    graph.draw_balances(random.bits(23));
    let balances: Vec<u64> =
        graph.channels().map(|c| graph.channel(c).owned(Direction::AToB).certain.0 / 1000).collect();
    let count = 2 + random.below(24, 3);
    let payment = |i: u64| {
        let from = random.below(30 + i, 4) as usize;
        let to = (from + 1 + random.below(40 + i, 3) as usize) % 4;
        pay(from, to, 1 + random.below(50 + i, 4))
    };
    let payments = (0..count).map(payment).collect();
    (graph, balances, payments)
}

/// Whether some order of the payments works, by the condition on node sets and all orders.
fn some_order(graph: &ChannelGraph, wealth: &[u64], payments: &[Payment]) -> bool {
    payments.is_empty()
        || (0..payments.len()).any(|i| {
            let Payment { from, to, amount } = payments[i];
            let sat = amount.0 / 1000;
            if least_room(graph, wealth, from.index(), to.index()) < sat {
                return false;
            }
            let mut after = wealth.to_vec();
            after[from.index()] -= sat;
            after[to.index()] += sat;
            let rest: Vec<Payment> = (0..payments.len()).filter(|&j| j != i).map(|j| payments[j]).collect();
            some_order(graph, &after, &rest)
        })
}

/// Whether the wealth after all payments is feasible.
fn holds_all(graph: &ChannelGraph, wealth: &[u64], payments: &[Payment]) -> bool {
    let mut after: Vec<i64> = wealth.iter().map(|&w| w as i64).collect();
    for payment in payments {
        let sat = (payment.amount.0 / 1000) as i64;
        after[payment.from.index()] -= sat;
        after[payment.to.index()] += sat;
    }
    if after.iter().any(|&w| w < 0) {
        return false;
    }
    let after: Vec<u64> = after.iter().map(|&w| w as u64).collect();
    matches!(Wealth::new(graph, msat(&after)).unwrap().holding().unwrap(), Holding::Held(_))
}

#[test]
fn pending_implies_a_sequence_implies_netted() {
    let mut counts = [0; 4];
    for seed in 0..400 {
        let (graph, balances, payments) = case(Random::new(seed));
        let wealth = wealth_of(&graph, &balances);
        let feasibility = Feasibility::new(&graph);
        let netted = feasibility.netted(&payments).unwrap();
        assert_eq!(matches!(netted, Netted::Feasible(_)), holds_all(&graph, &wealth, &payments), "{seed}");
        let sequence = feasibility.sequence(&payments, 1_000).unwrap();
        let ordered = match &sequence {
            Sequence::Order(steps) => {
                let mut positions: Vec<usize> = steps.iter().map(|step| step.payment).collect();
                positions.sort_unstable();
                assert!(positions.into_iter().eq(0..payments.len()));
                assert!(steps.iter().all(|step| step.flow.amount() == payments[step.payment].amount));
                true
            }
            Sequence::NotEvenNetted(_) => {
                assert!(matches!(netted, Netted::Infeasible(_)));
                false
            }
            Sequence::Never(ends) => {
                assert!(ends[0].made.is_empty());
                // Every payment that is left is either infeasible there or leads to another set.
                for end in ends {
                    let leads = |payment: usize| {
                        let mut made = end.made.clone();
                        made.push(payment);
                        made.sort_unstable();
                        ends.iter().any(|other| other.made == made)
                    };
                    for payment in (0..payments.len()).filter(|payment| !end.made.contains(payment)) {
                        let cut = end.cuts.iter().find(|(position, _)| *position == payment);
                        assert!(cut.is_some() != leads(payment));
                        assert!(cut.is_none_or(|(_, cut)| cut.capacity < payments[payment].amount));
                    }
                }
                false
            }
            Sequence::Open(_) => panic!("few payments"),
        };
        assert_eq!(ordered, some_order(&graph, &wealth, &payments), "{seed}");
        let pending = feasibility.pending(&payments, 24).unwrap();
        assert!(pending.share() <= pending.bound());
        if pending.is_feasible() == Some(true) {
            assert!(ordered, "{seed}");
            assert!(pending.delivered().iter().zip(&payments).all(|(got, asked)| got.amount == asked.amount));
        }
        assert!(!ordered || matches!(netted, Netted::Feasible(_)));
        let kinds =
            [pending.is_feasible() == Some(true), ordered, matches!(netted, Netted::Feasible(_)), true];
        for (count, holds) in counts.iter_mut().zip(kinds) {
            *count += u32::from(holds);
        }
    }
    // Each implication is strict, and each case happens.
    let [pending, ordered, netted, all] = counts;
    assert!(20 < pending && pending < ordered && ordered < netted && netted < all, "{counts:?}");
}

#[test]
fn pending_bounds_enclose_all_ways_to_split() {
    // Triangle, two payments, each directly or over the third node, in half satoshi.
    let mut open = 0;
    for seed in 0..200 {
        let random = Random::new(seed).stream(1);
        let mut state = graph(3, &[(0, 1, 4), (1, 2, 4), (2, 0, 4)]);
        let balances: Vec<u64> = (0..3).map(|i| random.below(i, 5)).collect();
        state = in_state(&state, &balances);
        let payments = [0, 1].map(|i: u64| {
            let from = random.below(10 + i, 3) as usize;
            pay(from, (from + 1 + random.below(20 + i, 2) as usize) % 3, 1 + random.below(30 + i, 4))
        });
        // Channel i joins i and i + 1: what can be sent from one node to another, in half satoshi.
        let liquidity = |from: usize, to: usize| {
            if to == (from + 1) % 3 { 2 * balances[from] } else { 2 * (4 - balances[to]) }
        };
        let split = |payment: &Payment, detour: u64, used: &mut [[u64; 3]; 3]| {
            let (from, to) = (payment.from.index(), payment.to.index());
            let via = 3 - from - to;
            used[from][to] += payment.amount.0 / 500 - detour;
            used[from][via] += detour;
            used[via][to] += detour;
        };
        let halves = |payment: &Payment| 0..=payment.amount.0 / 500;
        let fits = halves(&payments[0]).any(|one| {
            halves(&payments[1]).any(|other| {
                let mut used = [[0; 3]; 3];
                split(&payments[0], one, &mut used);
                split(&payments[1], other, &mut used);
                (0..9).all(|i| i / 3 == i % 3 || used[i / 3][i % 3] <= liquidity(i / 3, i % 3))
            })
        });
        let found = Feasibility::new(&state).pending(&payments, 60).unwrap();
        assert!(found.is_feasible().is_none_or(|is| is == fits), "{seed}: {fits} {found:?}");
        assert!(found.bound() - found.share() < 0.2 || fits, "{seed}: {found:?}");
        open += u32::from(found.is_feasible().is_none());
    }
    assert!(open < 30, "{open}");
}

#[test]
fn corrupted_claims_are_refused() {
    let state = in_state(&graph(3, &[(0, 1, 5), (1, 2, 5)]), &[3, 2]);
    let view = View::default();
    let payments = [pay(0, 2, 1), pay(1, 2, 1)];
    let Netted::Feasible(flows) = Feasibility::new(&state).netted(&payments).unwrap() else { panic!("fits") };
    let net = NodeMap::from_vec(vec![1_000, 1_000, -2_000]);
    fn check_on(
        state: &ChannelGraph,
        net: &NodeMap<i128>,
        claim: SettlementClaim<'_>,
    ) -> Result<(), Violation> {
        check::settlement(state, View::default(), net, claim)
    }
    check_on(&state, &net, SettlementClaim::Feasible { flows: &flows }).unwrap();
    for i in 0..flows.len() {
        for amount in [0, 900, 1_100, 2_100, 6_000] {
            let mut flows = flows.clone();
            if flows[i].amount == Msat(amount) {
                continue;
            }
            flows[i].amount = Msat(amount);
            assert!(check_on(&state, &net, SettlementClaim::Feasible { flows: &flows }).is_err());
        }
        let mut flows = flows.clone();
        flows[i].direction = flows[i].direction.reversed();
        assert!(check_on(&state, &net, SettlementClaim::Feasible { flows: &flows }).is_err());
    }
    let stuck = SettlementClaim::Infeasible { nodes: &[node(0)] };
    assert!(matches!(check_on(&state, &net, stuck), Err(Violation::NoShortage { amount: -2_000 })));
    assert!(check_on(&state, &NodeMap::from_vec(vec![3_001, 0, -3_001]), stuck).is_ok());
    let short = NodeMap::filled(2, 0);
    assert!(matches!(check_on(&state, &short, stuck), Err(Violation::Length { .. })));

    let pending = Feasibility::new(&state).pending(&payments, 8).unwrap();
    assert_eq!(pending.is_feasible(), Some(true));
    let mut twice = pending.flows().to_vec();
    check::pending(&state, view, pending.delivered(), &twice).unwrap();
    twice[0].clone_from(&pending.flows()[1]);
    assert!(check::pending(&state, view, pending.delivered(), &twice).is_err());
    // Labels that overstate a distance.
    let lengths = ChannelMap::filled(2, [1, 1]);
    let labels = vec![NodeMap::from_vec(vec![0, 1, 2]), NodeMap::from_vec(vec![0, 0, 1])];
    let bound =
        |labels: &[NodeMap<u64>]| check::pending_bound(&state, view, pending.delivered(), &lengths, labels);
    assert_eq!(bound(&labels), Ok([10_000, 3_000]));
    let wrong = vec![NodeMap::from_vec(vec![0, 1, 3]), labels[1].clone()];
    assert!(matches!(bound(&wrong), Err(Violation::Channel { .. })));
}

#[test]
fn bad_questions_are_refused() {
    let state = in_state(&graph(2, &[(0, 1, 5)]), &[3]);
    let feasibility = Feasibility::new(&state);
    assert!(matches!(feasibility.netted(&[pay(0, 7, 1)]), Err(SolveError::UnknownNode { .. })));
    assert!(matches!(feasibility.netted(&[pay(0, 0, 1)]), Err(SolveError::SameTerminals { .. })));
    let most = Payment::new(node(0), node(1), Msat::SUPPLY);
    assert!(matches!(feasibility.netted(&[most]), Ok(Netted::Infeasible(_))));
    assert!(matches!(feasibility.netted(&[most, most]), Err(SolveError::Amount { .. })));
    assert!(matches!(feasibility.sequence(&[], 10), Ok(Sequence::Order(steps)) if steps.is_empty()));
    assert_eq!(feasibility.pending(&[], 10).unwrap().is_feasible(), Some(true));
    let apart = in_state(&graph(4, &[(0, 1, 5), (2, 3, 5)]), &[3, 3]);
    let pending = Feasibility::new(&apart).pending(&[pay(0, 2, 1)], 10).unwrap();
    assert_eq!(pending.is_feasible(), Some(false));
}

#[test]
fn several_payments_on_a_large_graph() {
    let mut graph = generate::lightning(600, 2_000, 4).unwrap();
    graph.draw_balances(2);
    let (random, feasibility) = (Random::new(3), Feasibility::new(&graph));
    let mut payments: Vec<Payment> = Vec::new();
    for i in 0..20 {
        let from = random.below(i, 600) as usize;
        payments.push(pay(from, (from + 1 + random.below(i + 20, 599) as usize) % 600, 20_000));
        if matches!(feasibility.netted(&payments), Ok(Netted::Infeasible(_))) {
            payments.pop();
        }
    }
    assert!(payments.len() > 8);
    assert!(matches!(feasibility.sequence(&payments, 1_000), Ok(Sequence::Order(_))));
    let pending = feasibility.pending(&payments, 8).unwrap();
    assert!(pending.share() > 0.2 && pending.bound() >= pending.share());
}
