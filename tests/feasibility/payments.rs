//! Payments against brute force: every cut, every state within the bounds, published counts, and
//! corrupted certificates.

use std::collections::BTreeMap;

use crate::common::networks::Draw;
use feasible::check::{self, ChannelFlow, CutSide, PaymentClaim};
use feasible::feasibility::Maximum;
use feasible::liquidity::{Policy, View};
use feasible::{
    Balance, Channel, ChannelGraph, ChannelGraphBuilder, ChannelId, Decision, Direction, Feasibility, Msat,
    NodeId, Payment, Sat, SolveError,
};

fn node(i: usize) -> NodeId {
    NodeId::new(i).unwrap()
}

fn graph(nodes: usize, channels: impl IntoIterator<Item = Channel>) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    for _ in 0..nodes {
        b.add_node().unwrap();
    }
    for channel in channels {
        b.add_channel(channel).unwrap();
    }
    b.build()
}

/// The least capacity of all cuts, by trying each node set.
fn naive_max(graph: &ChannelGraph, view: View, from: NodeId, to: NodeId) -> u64 {
    let inside = |set: usize, node: NodeId| set >> node.index() & 1 == 1;
    (0..1_usize << graph.node_count())
        .filter(|&set| inside(set, from) && !inside(set, to))
        .map(|set| {
            let leaving = |c: ChannelId, d: Direction| {
                let channel = graph.channel(c);
                let leaves = inside(set, channel.sender(d)) && !inside(set, channel.receiver(d));
                if leaves { graph.liquidity_in(view, c, d).0 } else { 0 }
            };
            graph.channels().flat_map(|c| Direction::BOTH.map(|d| leaving(c, d))).sum()
        })
        .min()
        .unwrap()
}

/// A random graph with parallel channels, reserves, amounts in flight and, if asked, bounds.
fn random_graph(seed: u64, bounds: bool) -> ChannelGraph {
    let mut draw = Draw::new(seed);
    let nodes = 2 + draw.index(5);
    let channels: Vec<Channel> = (0..draw.index(12))
        .map(|_| {
            let a = draw.index(nodes);
            let b = (a + 1 + draw.index(nodes - 1)) % nodes;
            let capacity = 1 + draw.below(6);
            let x = 1000 * draw.below(capacity + 1);
            let y = if bounds { 1000 * draw.below(capacity + 1) } else { x };
            let (lo, hi) = (Msat(x.min(y)), Msat(x.max(y)));
            let policy = Policy {
                enabled: draw.below(4) > 0,
                base_fee: Msat(0),
                ppm: 0,
                htlc_min: Msat(0),
                htlc_max: Msat(0),
                cltv_delta: 0,
            };
            Channel::new(node(a), node(b), Sat(capacity))
                .balance(if bounds { Balance::Between { lo, hi } } else { Balance::Known(lo) })
                .reserve(Direction::AToB, Msat(draw.below(2) * 500))
                .in_flight(Direction::AToB, Msat(draw.below(2) * (hi.0 / 3)))
                .policy(Direction::BToA, policy)
        })
        .collect();
    graph(nodes, channels)
}

fn recheck(graph: &ChannelGraph, view: View, from: NodeId, to: NodeId, found: &Maximum) {
    let (amount, flows) = (found.amount(), found.flow().flows());
    check::payment(graph, view, from, to, PaymentClaim::Feasible { amount, flows }).unwrap();
    let claim = PaymentClaim::Infeasible { amount: Msat(amount.0 + 1), cut: found.cut() };
    check::payment(graph, view, from, to, claim).unwrap();
}

#[test]
fn the_largest_amount_is_the_least_cut() {
    for seed in 0..400 {
        let graph = random_graph(seed, seed % 2 == 0);
        for enabled_only in [false, true] {
            let mut feasibility = Feasibility::new(&graph).enabled_only(enabled_only);
            for (from, to) in graph.nodes().flat_map(|s| graph.nodes().map(move |t| (s, t))) {
                if from == to {
                    continue;
                }
                let certain = View { possible: false, enabled_only };
                let least = feasibility.max_amount(from, to).unwrap();
                assert_eq!(least.amount().0, naive_max(&graph, certain, from, to), "seed {seed}");
                recheck(&graph, certain, from, to, &least);
                let possible = View { possible: true, enabled_only };
                let most = feasibility.max_possible_amount(from, to).unwrap();
                assert_eq!(most.amount().0, naive_max(&graph, possible, from, to), "seed {seed}");
                recheck(&graph, possible, from, to, &most);
            }
        }
    }
}

#[test]
fn decisions_agree_with_the_largest_amounts() {
    let mut kinds = [0; 3];
    for seed in 0..300 {
        let graph = random_graph(1000 + seed, true);
        let (from, to) = (node(0), node(graph.node_count() - 1));
        let mut feasibility = Feasibility::new(&graph);
        let least = feasibility.max_amount(from, to).unwrap().amount();
        let most = feasibility.max_possible_amount(from, to).unwrap().amount();
        for amount in [0, least.0, least.0 + 1, most.0, most.0 + 1].map(Msat) {
            match feasibility.decide(Payment::new(from, to, amount)).unwrap() {
                Decision::Feasible(flow) => {
                    assert!(amount <= least && flow.amount() == amount);
                    let flows = flow.flows();
                    let claim = PaymentClaim::Feasible { amount, flows };
                    check::payment(&graph, View::default(), from, to, claim).unwrap();
                    kinds[0] += 1;
                }
                Decision::Infeasible(cut) => {
                    assert!(amount > most && amount > cut.capacity && cut.capacity >= most);
                    kinds[1] += 1;
                }
                Decision::Open { certain, possible } => {
                    assert!(certain.amount() == least && possible.amount() == most);
                    assert!(least < amount && amount <= most);
                    kinds[2] += 1;
                }
            }
        }
    }
    assert!(kinds.iter().all(|&count| count > 50), "{kinds:?}");
}

/// All states on whole satoshi within the bounds.
fn states(graph: &ChannelGraph) -> Vec<ChannelGraph> {
    let mut states = vec![graph.clone()];
    for channel in graph.channels() {
        let balance = graph.channel(channel).balance_of_a();
        let values = (balance.lo().0..=balance.hi().0).step_by(1000);
        states = values
            .flat_map(|x| {
                states.iter().map(move |state| {
                    let mut state = state.clone();
                    state.set_balance(channel, Balance::Known(Msat(x))).unwrap();
                    state
                })
            })
            .collect();
    }
    states
}

#[test]
fn bounds_mean_all_states_and_some_state() {
    for seed in 0..60 {
        let mut draw = Draw::new(seed);
        let channels: Vec<Channel> = (0..4)
            .map(|_| {
                let a = draw.index(4);
                let b = (a + 1 + draw.index(3)) % 4;
                let (x, y) = (draw.below(4) * 1000, draw.below(4) * 1000);
                Channel::new(node(a), node(b), Sat(3))
                    .balance(Balance::Between { lo: Msat(x.min(y)), hi: Msat(x.max(y)) })
            })
            .collect();
        let graph = graph(4, channels);
        let mut feasibility = Feasibility::new(&graph);
        let (from, to) = (node(0), node(1));
        let all: Vec<u64> =
            states(&graph).iter().map(|state| naive_max(state, View::default(), from, to)).collect();
        let least = feasibility.max_amount(from, to).unwrap();
        assert_eq!(Some(least.amount().0), all.iter().copied().min(), "seed {seed}");
        let most = feasibility.max_possible_amount(from, to).unwrap();
        assert_eq!(Some(most.amount().0), all.iter().copied().max(), "seed {seed}");
    }
}

fn unknown(nodes: usize, channels: &[(usize, usize, u64)]) -> ChannelGraph {
    graph(nodes, channels.iter().map(|&(a, b, c)| Channel::new(node(a), node(b), Sat(c))))
}

/// Number of states and of feasible wealth vectors, and the share of (ordered pair, wealth vector) that
/// cannot pay 1, 2, ... sat. The largest amount must not depend on the state behind a wealth vector.
fn wealth_statistics(graph: &ChannelGraph, amounts: u64) -> (usize, usize, Vec<f64>) {
    let states = states(graph);
    let mut fibres: BTreeMap<Vec<Msat>, Vec<u64>> = BTreeMap::new();
    for state in &states {
        let wealth: Vec<Msat> = state.nodes().map(|node| state.wealth(node).certain).collect();
        let mut feasibility = Feasibility::new(state);
        let largest: Vec<u64> = graph
            .nodes()
            .flat_map(|s| graph.nodes().map(move |t| (s, t)))
            .filter(|(s, t)| s != t)
            .map(|(s, t)| feasibility.max_amount(s, t).unwrap().amount().0)
            .collect();
        assert_eq!(*fibres.entry(wealth).or_insert_with(|| largest.clone()), largest);
    }
    let all: Vec<u64> = fibres.values().flatten().copied().collect();
    let rates = (1..=amounts)
        .map(|a| all.iter().filter(|&&largest| largest < a * 1000).count() as f64 / all.len() as f64)
        .collect();
    (states.len(), fibres.len(), rates)
}

#[test]
fn published_and_enumerated_counts_of_wealth_vectors() {
    assert_eq!(wealth_statistics(&unknown(3, &[(0, 1, 10), (1, 2, 11)]), 0).1, 132);
    assert_eq!(wealth_statistics(&unknown(3, &[(0, 1, 1), (0, 2, 1), (1, 2, 2)]), 0).1, 10);
    let (states, vectors, rates) = wealth_statistics(&unknown(3, &[(0, 1, 3), (0, 2, 7), (1, 2, 11)]), 8);
    assert_eq!((states, vectors), (384, 153));
    let expected = [0.0980, 0.1961, 0.2941, 0.3922, 0.4858, 0.5752, 0.6601, 0.7407];
    for (rate, expected) in rates.iter().zip(expected) {
        assert!((rate - expected).abs() < 0.000_051, "{rates:?}");
    }
    let k4 = [(0, 1, 2), (0, 2, 2), (0, 3, 2), (1, 2, 2), (1, 3, 2), (2, 3, 2)];
    let (states, vectors, rates) = wealth_statistics(&unknown(4, &k4), 8);
    assert_eq!((states, vectors), (729, 201));
    let expected = [0.2139, 0.4279, 0.6418, 0.8159, 0.9303, 0.9851, 1.0, 1.0];
    for (rate, expected) in rates.iter().zip(expected) {
        assert!((rate - expected).abs() < 0.000_051, "{rates:?}");
    }
}

#[test]
fn corrupted_certificates_are_refused() {
    let mut refused = 0;
    for seed in 0..200 {
        let graph = random_graph(5000 + seed, false);
        let (from, to, view) = (node(0), node(1), View::default());
        let found = Feasibility::new(&graph).max_amount(from, to).unwrap();
        let (amount, flows) = (found.amount(), found.flow().flows());
        let ok = |claim: PaymentClaim<'_>| check::payment(&graph, view, from, to, claim).is_ok();
        for other in [amount.0 + 1, amount.0.wrapping_sub(1), u64::MAX] {
            assert!(!ok(PaymentClaim::Feasible { amount: Msat(other), flows }));
        }
        assert!(!ok(PaymentClaim::Infeasible { amount, cut: found.cut() }));
        for channel in graph.channels() {
            for direction in Direction::BOTH {
                for delta in [1, 2, 1000, u64::MAX] {
                    let mut flows = flows.to_vec();
                    match flows.iter().position(|flow| flow.channel >= channel) {
                        Some(i) if flows[i].channel == channel => {
                            if flows[i].direction == direction {
                                flows[i].amount.0 = flows[i].amount.0.wrapping_add(delta);
                            } else {
                                flows[i].direction = direction;
                            }
                        }
                        place => flows.insert(
                            place.unwrap_or(flows.len()),
                            ChannelFlow { channel, direction, amount: Msat(delta) },
                        ),
                    }
                    assert!(!ok(PaymentClaim::Feasible { amount, flows: &flows }), "seed {seed}");
                    refused += 1;
                }
            }
        }
        for i in 0..flows.len() {
            let mut fewer = flows.to_vec();
            let flow = fewer.remove(i);
            assert!(!ok(PaymentClaim::Feasible { amount, flows: &fewer }));
            // The same channel twice, or channels out of order.
            fewer.insert(0, ChannelFlow { amount: Msat(flow.amount.0 / 2), ..flow });
            fewer.insert(0, ChannelFlow { amount: Msat(flow.amount.0 - flow.amount.0 / 2), ..flow });
            assert!(!ok(PaymentClaim::Feasible { amount, flows: &fewer }));
        }
        let stranger = ChannelId::new(graph.channel_count()).unwrap();
        let unknown = ChannelFlow { channel: stranger, direction: Direction::AToB, amount: Msat(0) };
        let more: Vec<ChannelFlow> = flows.iter().copied().chain([unknown]).collect();
        assert!(!ok(PaymentClaim::Feasible { amount, flows: &more }));
        let beyond = Msat(amount.0 + 1);
        let refuse = |cut: &check::ChannelCut| {
            assert!(!ok(PaymentClaim::Infeasible { amount: beyond, cut }), "seed {seed}");
        };
        for i in 0..graph.node_count() {
            let mut cut = found.cut().clone();
            match cut.nodes.binary_search(&node(i)) {
                Ok(at) => drop(cut.nodes.remove(at)),
                Err(at) => cut.nodes.insert(at, node(i)),
            }
            // Moving an isolated node changes nothing.
            if i < 2 || !graph.channels_of(node(i)).is_empty() {
                refuse(&cut);
            }
        }
        let mut cut = found.cut().clone();
        cut.side = if cut.side == CutSide::Source { CutSide::Sink } else { CutSide::Source };
        refuse(&cut);
        let mut cut = found.cut().clone();
        cut.capacity = Msat(cut.capacity.0.wrapping_sub(1));
        refuse(&cut);
        let mut cut = found.cut().clone();
        if cut.crossing.pop().is_some() {
            refuse(&cut);
        }
        let mut cut = found.cut().clone();
        if let Some(&last) = cut.crossing.last() {
            cut.crossing.push(last);
            refuse(&cut);
        }
        let mut cut = found.cut().clone();
        cut.nodes.push(cut.nodes[cut.nodes.len() - 1]);
        refuse(&cut);
        let mut cut = found.cut().clone();
        cut.nodes.push(node(graph.node_count()));
        refuse(&cut);
    }
    assert!(refused > 3000);
}

#[test]
fn names_and_splits_do_not_matter() {
    for seed in 0..100 {
        let original = random_graph(9000 + seed, false);
        let n = original.node_count();
        let largest = Feasibility::new(&original).max_amount(node(0), node(1)).unwrap().amount();
        // Reversed node numbers, reversed channel order, parties swapped.
        let swapped: Vec<Channel> = original
            .channels()
            .rev()
            .map(|id| {
                let c = original.channel(id);
                let (a, b) = (node(n - 1 - c.b().index()), node(n - 1 - c.a().index()));
                let rest = Msat(c.capacity().0 * 1000 - c.balance_of_a().lo().0);
                Channel::new(a, b, c.capacity())
                    .balance(Balance::Known(rest))
                    .reserve(Direction::BToA, c.kept(Direction::AToB))
                    .in_flight(Direction::BToA, c.promised(Direction::AToB))
            })
            .collect();
        let swapped = graph(n, swapped);
        let again = Feasibility::new(&swapped).max_amount(node(n - 1), node(n - 2)).unwrap().amount();
        assert_eq!(largest, again, "seed {seed}");
        // A channel without reserve is as good as two channels that share its balances.
        let split = original.channels().flat_map(|id| {
            let c = original.channel(id);
            let halves = [c.capacity().0 / 2, c.capacity().0 - c.capacity().0 / 2];
            let x = c.liquidity(Direction::AToB).certain;
            let first = x.0.min(halves[0] * 1000);
            let y = c.liquidity(Direction::BToA).certain.0;
            let own = |half: usize, x: u64| {
                let capacity = Sat(halves[half].max(1));
                let reserve = capacity.0 * 1000 - x;
                Channel::new(c.a(), c.b(), capacity)
                    .balance(Balance::Known(Msat(x)))
                    .reserve(Direction::BToA, Msat(reserve))
            };
            // The other way in a channel of its own.
            let back = Channel::new(c.b(), c.a(), c.capacity())
                .balance(Balance::Known(Msat(y)))
                .reserve(Direction::BToA, Msat(c.capacity().0 * 1000 - y));
            [own(0, first), own(1, x.0 - first), back]
        });
        let split = graph(n, split);
        let again = Feasibility::new(&split).max_amount(node(0), node(1)).unwrap().amount();
        assert_eq!(largest, again, "seed {seed}");
    }
}

#[test]
fn the_largest_numbers_fit() {
    let half = Sat(Sat::SUPPLY.0 / 2);
    let all = |a, b| Channel::new(node(a), node(b), half).balance(Balance::Known(Msat::from(half)));
    let graph = graph(2, [all(0, 1), all(0, 1)]);
    let found = Feasibility::new(&graph).max_amount(node(0), node(1)).unwrap();
    assert_eq!(found.amount(), Msat::SUPPLY);
    assert!(matches!(
        Payment::new(node(0), node(1), Msat::SUPPLY).decide(&graph).unwrap(),
        Decision::Feasible(_)
    ));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let graph = unknown(2, &[(0, 1, 5)]);
    let mut feasibility = Feasibility::new(&graph);
    let ask =
        |f: &mut Feasibility<'_>, s, t, a| f.decide(Payment::new(node(s), node(t), Msat(a))).unwrap_err();
    assert_eq!(ask(&mut feasibility, 0, 7, 1), SolveError::UnknownNode { node: node(7), nodes: 2 });
    assert_eq!(ask(&mut feasibility, 1, 1, 1), SolveError::SameTerminals { node: node(1) });
    let limit = Msat::SUPPLY.0;
    let amount = i128::from(u64::MAX);
    assert_eq!(ask(&mut feasibility, 0, 1, u64::MAX), SolveError::Amount { amount, limit: limit.into() });
    let mut tired = Feasibility::new(&graph).work_limit(0);
    assert_eq!(ask(&mut tired, 0, 1, 1), SolveError::WorkLimit { limit: 0 });
}
