//! Circulations, the closest state to a target, and what they do not change.

use crate::common::channels::{fibres, graph, hypergraph, in_state};
use feasible::check::ChannelFlow;
use feasible::feasibility::{Circulation, Growth, RebalanceError, Target, Volume};
use feasible::liquidity::{Balance, ChannelGraph, Direction, generate};
use feasible::random::Random;
use feasible::{ChannelId, ChannelMap, Feasibility, Msat, NodeId, NodeMap, Sat};

fn half(graph: &ChannelGraph) -> Target {
    Target::Shares(NodeMap::filled(graph.node_count(), 500_000))
}

/// Balances of party a in millisatoshi.
fn balances(graph: &ChannelGraph) -> Vec<u64> {
    graph.channels().map(|c| graph.channel(c).owned(Direction::AToB).certain.0).collect()
}

#[test]
fn the_closest_state_of_a_fibre_is_found() {
    // Every wealth of small graphs: the least distance over all its states. Pieces are whole satoshi, so that states between whole
    // satoshi are no closer.
    for graph in [
        graph(3, &[(0, 1, 4), (1, 2, 4), (2, 0, 4)]),
        graph(3, &[(0, 1, 4), (1, 2, 4), (2, 0, 4), (0, 2, 4)]),
        hypergraph(4, &[(vec![0, 1, 2], 4), (vec![2, 3], 4), (vec![3, 0], 4)]),
    ] {
        let random = Random::new(7);
        for (i, states) in fibres(&graph).into_values().enumerate() {
            let wanted: Vec<u64> = (0..graph.channel_count() as u64).map(|c| random.below(c, 5)).collect();
            let target = Target::Balances(wanted.iter().map(|&w| Msat(w * 1000)).collect());
            for pieces in [1, 4] {
                // |x - t|, or the square in units in which slopes are odd numbers.
                let distance = |state: &[u64]| -> i128 {
                    let one = |(x, t): (&u64, &u64)| {
                        let d = i128::from(x.abs_diff(*t)) * 1000;
                        if pieces == 1 { d } else { d * d / 1000 }
                    };
                    state.iter().zip(&wanted).map(one).sum()
                };
                let least = states.iter().map(|state| distance(state)).min().unwrap();
                let from = &states[i % states.len()];
                let mut state = in_state(&graph, from);
                let best = Feasibility::new(&state).rebalance(&target, pieces).unwrap();
                assert_eq!(distance(from) - best.gain, least, "{from:?} {wanted:?}");
                best.circulation.apply(&mut state).unwrap();
                best.circulation.reversed().apply(&mut state).unwrap();
                assert_eq!(balances(&state), from.iter().map(|x| x * 1000).collect::<Vec<_>>());
            }
        }
    }
}

/// The largest amount of a single path (widest path).
fn widest(graph: &ChannelGraph, from: NodeId, to: NodeId) -> u64 {
    let mut width: NodeMap<u64> = NodeMap::filled(graph.node_count(), 0);
    width[from] = u64::MAX;
    let mut done = NodeMap::filled(graph.node_count(), false);
    loop {
        let next = graph.nodes().filter(|&v| !done[v] && width[v] > 0).max_by_key(|&v| width[v]);
        let Some(node) = next.filter(|&node| node != to) else { return width[to] };
        done[node] = true;
        for &id in graph.channels_of(node) {
            let channel = graph.channel(id);
            let way = if channel.a() == node { Direction::AToB } else { Direction::BToA };
            let other = channel.receiver(way);
            width[other] = width[other].max(width[node].min(graph.liquidity(id, way).certain.0));
        }
    }
}

#[test]
fn no_minimum_cut_changes_while_single_paths_do() {
    let (mut better, mut worse) = (0, 0);
    for seed in 0..30 {
        let mut graph = generate::lightning(24, 60, seed).unwrap();
        graph.draw_balances(seed);
        let before = graph.clone();
        let best = Feasibility::new(&graph).rebalance(&half(&graph), 20).unwrap();
        assert!(best.gain > 0);
        best.circulation.apply(&mut graph).unwrap();
        assert_ne!(balances(&before), balances(&graph));
        for from in graph.nodes() {
            assert_eq!(before.wealth(from), graph.wealth(from));
            for to in graph.nodes().filter(|&to| to != from).step_by(5) {
                let [one, other] =
                    [&before, &graph].map(|g| Feasibility::new(g).max_amount(from, to).unwrap().amount());
                assert_eq!(one, other);
                let (then, now) = (widest(&before, from, to), widest(&graph, from, to));
                assert!(now <= one.0);
                better += u32::from(now > then);
                worse += u32::from(now < then);
            }
        }
        // Nothing is left to be gained.
        assert_eq!(Feasibility::new(&graph).rebalance(&half(&graph), 20).unwrap().gain, 0);
    }
    // It goes either way.
    assert!(better > 500 && worse > 500, "{better} {worse}");
}

#[test]
fn channels_move_to_the_middle_on_a_large_graph() {
    let mut graph = generate::lightning(1_000, 3_500, 6).unwrap();
    graph.draw_balances(1);
    let middle = |graph: &ChannelGraph| {
        let share = |c| graph.channel(c).owned(Direction::AToB).certain.0 as f64;
        let relative = |c| share(c) / graph.channel(c).capacity().0 as f64 / 1000.0;
        graph.channels().filter(|&c| (0.4..=0.6).contains(&relative(c))).count()
    };
    let before = middle(&graph);
    let best = Feasibility::new(&graph).rebalance(&half(&graph), 20).unwrap();
    best.circulation.apply(&mut graph).unwrap();
    assert!(middle(&graph) > 2 * before, "{before} {}", middle(&graph));
}

#[test]
fn bad_rebalancings_are_refused() {
    let mut state = in_state(&graph(3, &[(0, 1, 4), (1, 2, 4), (2, 0, 4)]), &[4, 4, 4]);
    let c = |i| ChannelId::new(i).unwrap();
    let carries =
        |i, sat: u64| ChannelFlow { channel: c(i), direction: Direction::AToB, amount: Msat(sat * 1000) };
    for flows in [
        vec![carries(0, 1), carries(1, 1), carries(2, 2)],
        vec![carries(0, 5), carries(1, 5), carries(2, 5)],
        vec![carries(1, 1), carries(0, 1), carries(2, 1)],
        vec![carries(0, 1)],
    ] {
        assert!(Circulation::new(&state, flows).is_err());
    }
    let circle = Circulation::new(&state, vec![carries(0, 3), carries(1, 3), carries(2, 3)]).unwrap();
    circle.apply(&mut state).unwrap();
    assert_eq!(circle.moved(), Msat(9_000));
    let now = balances(&state);
    // Not enough is left to do it again, and nothing moves.
    assert!(matches!(circle.apply(&mut state), Err(RebalanceError::Circulation(_))));
    assert_eq!(balances(&state), now);
    let ask = |target: Target| Feasibility::new(&state).rebalance(&target, 4).map(|_| ());
    let short = Target::Balances(ChannelMap::filled(2, Msat::ZERO));
    assert_eq!(ask(short), Err(RebalanceError::Shape { targets: 2, expected: 3 }));
    let above = Target::Balances(ChannelMap::filled(3, Msat(4_001)));
    assert_eq!(ask(above), Err(RebalanceError::Above { channel: c(0) }));
    let above = Target::Shares(NodeMap::filled(3, 1_000_001));
    assert_eq!(ask(above), Err(RebalanceError::Above { channel: c(0) }));
    state.set_balance(c(2), Balance::Between { lo: Msat(0), hi: Msat(1) }).unwrap();
    let unknown = Feasibility::new(&state).rebalance(&half(&state), 4);
    assert_eq!(unknown, Err(RebalanceError::Unknown { channel: c(2) }));
}

#[test]
fn slopes_of_the_volume_are_differences() {
    for seed in 0..12 {
        let nodes = [6, 12, 60][seed as usize % 3];
        let graph = generate::lightning(nodes, 3 * nodes, seed).unwrap();
        let growth = Growth::of_largest_component(&graph).unwrap();
        let volume = Volume::of_largest_component(&graph).unwrap();
        assert!((growth.volume.ln_share - volume.ln_share).abs() <= 1e-12 * volume.ln_share.abs());
        // Foster: the probabilities add up to the edges of a tree.
        let sum: f64 = growth.in_tree.iter().map(|(_, p)| p).sum();
        assert!((sum - (nodes as f64 - 1.0)).abs() < 1e-9, "{sum}");
        for id in graph.channels().step_by(7) {
            // A channel beside it of a thousandth of its capacity, and half of that.
            let capacity = graph.channel(id).capacity().0;
            let ln = |more: u64| {
                let mut channels: Vec<_> = graph.channels().map(|c| graph.channel(c)).collect();
                let ends = (channels[id.index()].a(), channels[id.index()].b());
                let list: Vec<(usize, usize, u64)> = channels
                    .drain(..)
                    .map(|c| (c.a().index(), c.b().index(), c.capacity().0))
                    .chain((more > 0).then_some((ends.0.index(), ends.1.index(), more)))
                    .collect();
                let grown = crate::common::channels::graph(nodes, &list);
                Volume::of_largest_component(&grown).unwrap().ln_share
            };
            let (one, two) = (capacity / 2_000, 2 * (capacity / 2_000));
            let (small, large) = ((ln(one) - ln(0)) / one as f64, (ln(two) - ln(0)) / two as f64);
            let slope = 2.0 * small - large;
            let scale = growth.in_tree[id] / capacity as f64 + nodes as f64 / graph.total_capacity().0 as f64;
            assert!((growth.slope[id] - slope).abs() < 1e-4 * scale, "{} {slope}", growth.slope[id]);
        }
    }
    let apart = graph(4, &[(0, 1, 5), (1, 2, 5), (3, 3 - 3, 9)]);
    assert_eq!(apart.total_capacity(), Sat(19));
    let bridges = Growth::of_largest_component(&apart).unwrap();
    assert!(bridges.in_tree.iter().all(|(_, p)| (p - 1.0).abs() < 1e-14));
    let pool = hypergraph(3, &[(vec![0, 1, 2], 3)]);
    assert!(Growth::of_largest_component(&pool).is_none());
}
