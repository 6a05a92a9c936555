//! Lazy decisions against a maximum flow on a network: a view that is used again and again, long
//! detours, and answers that were given up.

use crate::common::networks::Draw;
use feasible::check::{self, PaymentClaim};
use feasible::liquidity::{View, generate};
use feasible::{
    Balance, Channel, ChannelGraph, ChannelGraphBuilder, Decision, Direction, Feasibility, MaxFlow, Msat,
    Network, NetworkBuilder, NodeId, Payment, Sat, SolveError,
};

fn node(i: usize) -> NodeId {
    NodeId::new(i).unwrap()
}

/// One arc per channel: from what b can send to what a can send.
fn network(graph: &ChannelGraph) -> Network {
    let mut b = NetworkBuilder::new();
    for _ in graph.nodes() {
        b.add_node(0).unwrap();
    }
    for id in graph.channels() {
        let amount = |direction| i64::try_from(graph.liquidity_in(View::default(), id, direction).0).unwrap();
        let channel = graph.channel(id);
        let bounds = -amount(Direction::BToA)..=amount(Direction::AToB);
        b.add_arc(channel.a(), channel.b(), bounds, 0).unwrap();
    }
    b.build().unwrap()
}

fn largest(network: &Network, from: NodeId, to: NodeId) -> Msat {
    let flow = MaxFlow::new().solve(network, from, to).unwrap().optimal().unwrap();
    Msat(u64::try_from(flow.value()).unwrap())
}

/// Largest amounts and decisions around them; answers must pass the checker again.
fn compare(graph: &ChannelGraph, view: &mut Feasibility<'_>, from: NodeId, to: NodeId, expected: Msat) {
    let most = view.max_amount(from, to).unwrap();
    assert_eq!((most.amount(), most.cut().capacity), (expected, expected));
    for amount in [Msat(expected.0 / 2), expected, Msat(expected.0 + 1), Msat(3 * expected.0 + 5)] {
        match view.decide(Payment::new(from, to, amount)).unwrap() {
            Decision::Feasible(flow) => {
                assert!(amount <= expected && flow.amount() == amount);
                let claim = PaymentClaim::Feasible { amount, flows: flow.flows() };
                check::payment(graph, View::default(), from, to, claim).unwrap();
            }
            Decision::Infeasible(cut) => {
                assert!(amount > expected && cut.capacity < amount);
                assert!(cut.on_source_side(from) && !cut.on_source_side(to));
                let claim = PaymentClaim::Infeasible { amount, cut: &cut };
                check::payment(graph, View::default(), from, to, claim).unwrap();
            }
            Decision::Open { .. } => panic!("balances are known"),
        }
    }
}

#[test]
fn a_view_forgets_what_it_sent() {
    for seed in 0..6 {
        let mut graph = generate::lightning(300, 800, seed).unwrap();
        graph.draw_balances(seed);
        let (network, mut view) = (network(&graph), Feasibility::new(&graph));
        let mut draw = Draw::new(seed);
        for _ in 0..60 {
            let (from, to) = (node(draw.index(300)), node(draw.index(300)));
            if from != to {
                let expected = largest(&network, from, to);
                compare(&graph, &mut view, from, to, expected);
                assert_eq!(
                    view.max_amount(from, to).unwrap(),
                    Feasibility::new(&graph).max_amount(from, to).unwrap()
                );
            }
        }
    }
}

#[test]
fn bundles_of_long_paths() {
    let (paths, length) = (40, 30);
    let mut b = ChannelGraphBuilder::new();
    let ends = [b.add_node().unwrap(), b.add_node().unwrap()];
    let mut draw = Draw::new(1);
    let mut expected = 0;
    for _ in 0..paths {
        let mut before = ends[0];
        let mut least = u64::MAX;
        for hop in 0..length {
            let next = if hop + 1 == length { ends[1] } else { b.add_node().unwrap() };
            let balance = 1000 * (50 + draw.below(40));
            least = least.min(balance);
            let channel = Channel::new(before, next, Sat(100)).balance(Balance::Known(Msat(balance)));
            b.add_channel(channel).unwrap();
            before = next;
        }
        expected += least;
    }
    let graph = b.build();
    let mut view = Feasibility::new(&graph);
    for _ in 0..3 {
        compare(&graph, &mut view, ends[0], ends[1], Msat(expected));
        let back = largest(&network(&graph), ends[1], ends[0]);
        compare(&graph, &mut view, ends[1], ends[0], back);
    }
}

#[test]
fn what_was_given_up_leaves_no_trace() {
    let mut graph = generate::lightning(400, 1200, 3).unwrap();
    graph.draw_balances(3);
    let network = network(&graph);
    let mut view = Feasibility::new(&graph);
    let mut draw = Draw::new(7);
    let mut given_up = 0;
    for _ in 0..80 {
        let (from, to) = (node(draw.index(400)), node(draw.index(400)));
        if from == to {
            continue;
        }
        view = view.work_limit(20 + draw.below(400));
        if let Err(error) = view.max_amount(from, to) {
            assert!(matches!(error, SolveError::WorkLimit { .. }));
            given_up += 1;
        }
        view = view.work_limit(u64::MAX);
        let expected = largest(&network, from, to);
        compare(&graph, &mut view, from, to, expected);
    }
    assert!(given_up > 10, "{given_up}");
}

#[test]
fn views_of_both_kinds_stay_apart() {
    let mut b = ChannelGraphBuilder::new();
    let (s, t) = (b.add_node().unwrap(), b.add_node().unwrap());
    let balance = Balance::Between { lo: Msat(2_000), hi: Msat(5_000) };
    b.add_channel(Channel::new(s, t, Sat(8)).balance(balance)).unwrap();
    let graph = b.build();
    let mut view = Feasibility::new(&graph);
    for _ in 0..2 {
        assert_eq!(view.max_amount(s, t).unwrap().amount(), Msat(2_000));
        assert_eq!(view.max_possible_amount(s, t).unwrap().amount(), Msat(5_000));
        assert_eq!(view.max_amount(t, s).unwrap().amount(), Msat(3_000));
        let Decision::Open { certain, possible } = view.decide(Payment::new(s, t, Msat(3_000))).unwrap()
        else {
            panic!("it depends");
        };
        assert_eq!((certain.amount(), possible.amount()), (Msat(2_000), Msat(5_000)));
    }
}

/// Evenly split channels, and circular payments on top.
fn balanced(seed: u64, nodes: usize, channels: usize) -> ChannelGraph {
    let mut draw = Draw::new(seed);
    let mut b = ChannelGraphBuilder::new();
    for _ in 0..nodes {
        b.add_node().unwrap();
    }
    let mut add = |a: usize, z: usize, half: u64, moved: i64| {
        let balance = Msat(half.checked_add_signed(moved).unwrap());
        let channel = Channel::new(node(a), node(z), Sat(half / 500)).balance(Balance::Known(balance));
        b.add_channel(channel).unwrap();
    };
    for _ in 0..channels {
        let a = draw.index(nodes);
        let z = (a + 1 + draw.index(nodes - 1)) % nodes;
        add(a, z, 1000 * (1 + draw.below(9)), 0);
    }
    let moved = draw.range(-900, 900);
    for i in 0..nodes {
        add(i, (i + 1) % nodes, 1000 * (1 + draw.below(9)), moved);
    }
    b.build()
}

#[test]
fn balanced_graphs_are_one_cut_tree() {
    for seed in 0..40 {
        let graph = balanced(seed, 3 + usize::try_from(seed).unwrap() / 3, 20);
        let mut view = Feasibility::new(&graph);
        let tree = view.balanced_tree().unwrap().unwrap();
        for (from, to) in graph.nodes().flat_map(|s| graph.nodes().map(move |t| (s, t))) {
            if from == to {
                assert_eq!(tree.max_amount(from, to), None);
                continue;
            }
            let most = view.max_amount(from, to).unwrap().amount();
            assert_eq!(tree.max_amount(from, to), Some(most), "seed {seed}");
            let side = tree.side(from, to).unwrap();
            assert_ne!(side[from], side[to]);
        }
        // One millisatoshi more on one side, and it is over.
        let mut graph = graph.clone();
        let channel = graph.channels().next().unwrap();
        let Balance::Known(balance) = graph.channel(channel).balance_of_a() else { panic!("known") };
        graph.set_balance(channel, Balance::Known(Msat(balance.0 + 1))).unwrap();
        assert_eq!(Feasibility::new(&graph).balanced_tree().unwrap(), None);
    }
}
