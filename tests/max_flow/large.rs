//! Cut trees and global cuts of shapes and sizes beyond enumeration, against a maximum flow per pair.

use crate::common::networks::Draw;
use feasible::liquidity::generate;
use feasible::{
    CutTree, GlobalMinCut, MaxFlow, Network, NetworkBuilder, NodeId, SolveError, UndirectedGraph, check,
};

fn node(i: usize) -> NodeId {
    NodeId::new(i).unwrap()
}

fn graph(nodes: usize, edges: impl IntoIterator<Item = (usize, usize, i64)>) -> UndirectedGraph {
    let mut graph = UndirectedGraph::with_nodes(nodes).unwrap();
    for (u, v, capacity) in edges {
        graph.add_edge(node(u), node(v), capacity).unwrap();
    }
    graph
}

fn network(graph: &UndirectedGraph) -> Network {
    let mut b = NetworkBuilder::new();
    for _ in graph.nodes() {
        b.add_node(0).unwrap();
    }
    for edge in graph.edges() {
        b.add_arc(edge.u, edge.v, -edge.capacity..=edge.capacity, 0).unwrap();
    }
    b.build().unwrap()
}

/// The tree's value and cut between two nodes against a maximum flow.
fn compare(graph: &UndirectedGraph, network: &Network, tree: &CutTree, u: NodeId, v: NodeId) {
    let expected = MaxFlow::new().solve(network, u, v).unwrap().optimal().unwrap().value();
    assert_eq!(tree.value(u, v), Some(expected), "{u} {v}");
    let side = tree.side(u, v).unwrap();
    assert_ne!(side[u], side[v]);
    check::global_cut(graph, &side, expected).unwrap();
}

fn compare_all(graph: &UndirectedGraph) -> CutTree {
    let (network, tree) = (network(graph), CutTree::new(graph, None).unwrap());
    for u in graph.nodes() {
        for v in graph.nodes().filter(|&v| v > u) {
            compare(graph, &network, &tree, u, v);
        }
    }
    tree
}

fn compare_some(graph: &UndirectedGraph, pairs: usize, seed: u64) {
    let (network, tree) = (network(graph), CutTree::new(graph, None).unwrap());
    let mut draw = Draw::new(seed);
    for _ in 0..pairs {
        let (u, v) = (draw.index(graph.node_count()), draw.index(graph.node_count()));
        if u != v {
            compare(graph, &network, &tree, node(u), node(v));
        }
    }
    let least = tree.edges().map(|(_, _, value)| value).min();
    assert_eq!(GlobalMinCut::new().solve(graph).unwrap().map(|cut| cut.value()), least);
}

fn grid(side: usize, seed: u64, top: i64) -> UndirectedGraph {
    let mut draw = Draw::new(seed);
    let mut edges = Vec::new();
    for i in 0..side * side {
        if (i + 1) % side > 0 {
            edges.push((i, i + 1, draw.range(1, top)));
        }
        if i + side < side * side {
            edges.push((i, i + side, draw.range(1, top)));
        }
    }
    graph(side * side, edges)
}

/// The undirected capacities of a generated channel graph, or ones.
fn lightning(nodes: usize, channels: usize, seed: u64, ones: bool) -> UndirectedGraph {
    let channels = generate::lightning(nodes, channels, seed).unwrap();
    graph(
        nodes,
        channels.channels().map(|id| {
            let channel = channels.channel(id);
            let capacity = i64::try_from(channel.capacity().0).unwrap();
            (channel.a().index(), channel.b().index(), if ones { 1 } else { capacity })
        }),
    )
}

#[test]
fn trees_cycles_cliques_and_stars() {
    for seed in 0..20 {
        let mut draw = Draw::new(seed);
        let n = 3 + draw.index(9);
        let mut capacity = || draw.range(0, 6);
        compare_all(&graph(n, (1..n).map(|v| (v, v / 2, capacity()))));
        compare_all(&graph(n, (0..n).map(|v| (v, (v + 1) % n, capacity()))));
        compare_all(&graph(
            n,
            (0..n).flat_map(|v| (0..v).map(move |u| (u, v))).map(|(u, v)| (u, v, capacity())),
        ));
        compare_all(&graph(n, (0..3 * n).map(|i| (0, i % n, capacity()))));
        // Two cycles that share a node, and a cycle apart.
        let eight = (0..n)
            .map(|v| (v, (v + 1) % n))
            .chain((0..n).map(|v| (n - 1 + v, if v + 1 < n { n + v } else { n - 1 })));
        let apart = (0..n).map(|v| (2 * n + v, 2 * n + (v + 1) % n));
        compare_all(&graph(3 * n, eight.chain(apart).map(|(u, v)| (u, v, capacity()))));
    }
}

#[test]
fn grids_have_cuts_of_many_nodes() {
    let deep = |tree: &CutTree| tree.edges().filter(|&(_, up, _)| tree.parts().0[up].is_some()).count();
    let mut below = 0;
    for (seed, top) in [(0, 1), (1, 3), (2, 100)] {
        below += deep(&compare_all(&grid(9, seed, top)));
        compare_some(&grid(30, seed, top), 40, seed);
    }
    assert!(below > 10, "not only stars: {below}");
}

#[test]
fn graphs_with_hubs() {
    compare_all(&lightning(90, 180, 1, false));
    compare_all(&lightning(90, 250, 2, true));
    compare_some(&lightning(3000, 8000, 3, false), 60, 3);
    compare_some(&lightning(3000, 8000, 4, true), 60, 4);
}

/// Many long paths between two nodes: no search is local, so the engine behind the lazy one takes over.
#[test]
fn bundles_of_long_paths() {
    let (paths, length) = (40, 30);
    let mut draw = Draw::new(1);
    let mut expected = 0;
    let mut edges = Vec::new();
    for path in 0..paths {
        let at = |i: usize| match i {
            0 => 0,
            i if i == length => 1,
            i => 2 + path * (length - 1) + i - 1,
        };
        let capacities: Vec<i64> = (0..length).map(|_| draw.range(50, 90)).collect();
        expected += i128::from(*capacities.iter().min().unwrap());
        edges.extend(capacities.into_iter().enumerate().map(|(i, c)| (at(i), at(i + 1), c)));
    }
    let graph = graph(2 + paths * (length - 1), edges);
    assert_eq!(CutTree::new(&graph, None).unwrap().value(node(0), node(1)), Some(expected));
    compare_some(&graph, 60, 2);
}

/// Two dense parts with few edges between them: degrees are far above the cut.
#[test]
fn planted_cuts_are_found() {
    for seed in 0..20 {
        let mut draw = Draw::new(seed);
        let half = 40 + draw.index(200);
        let mut edges = Vec::new();
        for side in [0, half] {
            for i in 0..half {
                for step in [1, 2, 5, 11] {
                    edges.push((side + i, side + (i + step) % half, draw.range(2, 4)));
                }
            }
        }
        let mut planted = 0;
        for _ in 0..1 + draw.index(4) {
            let capacity = draw.range(1, 2);
            planted += i128::from(capacity);
            edges.push((draw.index(half), half + draw.index(half), capacity));
        }
        let graph = graph(2 * half, edges);
        let cut = GlobalMinCut::new().solve(&graph).unwrap().unwrap();
        assert_eq!(cut.value(), planted, "seed {seed}");
        assert!((0..half).all(|i| cut.side()[node(i)] == cut.side()[node(0)]));
        assert_eq!(CutTree::new(&graph, None).unwrap().value(node(0), node(half)), Some(planted));
    }
}

/// A node between two dense parts has half of its degree on either side: it can go with one of them only.
/// The other nodes of small degree go with a neighbour.
#[test]
fn a_node_between_two_parts_joins_one_of_them() {
    for parts in [4, 6, 9] {
        let inside = (0..parts).flat_map(|v| (0..v).map(move |u| (u, v, 2)));
        let beside = (0..parts).flat_map(|v| [(parts + v, v, 3), (parts + v, (v + 1) % parts, 2)]);
        let both = inside.chain(beside).flat_map(|(u, v, c)| [(u, v, c), (2 * parts + u, 2 * parts + v, c)]);
        let middle = [(0, 4 * parts, 2), (4 * parts, 2 * parts, 2)];
        let graph = graph(4 * parts + 1, both.chain(middle));
        let cut = GlobalMinCut::new().solve(&graph).unwrap().unwrap();
        assert_eq!(cut.value(), 2);
        assert_ne!(cut.side()[node(0)], cut.side()[node(2 * parts)]);
        compare_all(&graph);
    }
}

#[test]
fn names_do_not_matter() {
    for seed in 0..20 {
        let original = lightning(200, 500, seed, seed % 2 == 0);
        let n = original.node_count();
        let renamed = original.edges().map(|e| (n - 1 - e.v.index(), n - 1 - e.u.index(), e.capacity));
        let mut renamed: Vec<_> = renamed.collect();
        renamed.reverse();
        let renamed = graph(n, renamed);
        let (one, other) = (CutTree::new(&original, None).unwrap(), CutTree::new(&renamed, None).unwrap());
        assert_eq!(one.total(), other.total());
        for i in 0..n - 1 {
            assert_eq!(one.value(node(i), node(i + 1)), other.value(node(n - 1 - i), node(n - 2 - i)));
        }
    }
}

#[test]
fn every_work_limit_is_kept() {
    let graph = lightning(100, 250, 5, true);
    let whole = CutTree::new(&graph, None).unwrap();
    let mut finished = 0;
    for limit in (0..40_000).step_by(500) {
        match CutTree::new(&graph, Some(limit)) {
            Ok(tree) => {
                assert_eq!(tree, whole);
                finished += 1;
            }
            Err(error) => assert_eq!(error, SolveError::WorkLimit { limit }),
        }
    }
    assert!((1..80).contains(&finished), "{finished}");
}

#[test]
fn the_public_graph() {
    use std::io::Read as _;
    let Some(data) = std::env::var_os("FEASIBLE_DATA") else { return };
    let file = std::fs::File::open(std::path::Path::new(&data).join("ln-graph-2024-09-22.csv.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let rows = text.lines().skip(1).map(|line| {
        let mut fields = line.split(',').skip(1).map(|field| field.parse::<i64>().unwrap());
        let mut next = || fields.next().unwrap();
        (usize::try_from(next()).unwrap(), usize::try_from(next()).unwrap(), next())
    });
    let rows: Vec<(usize, usize, i64)> = rows.collect();
    let nodes = rows.iter().map(|&(u, v, _)| u.max(v) + 1).max().unwrap();
    compare_some(&graph(nodes, rows.iter().copied()), 20, 1);
    compare_some(&graph(nodes, rows.iter().map(|&(u, v, _)| (u, v, 1))), 20, 2);
}
