//! Cut trees against all pairs of flows, global cuts against enumeration.

use crate::common::naive_max_flow::by_matrix;
use crate::common::networks::Draw;
use feasible::{CutTree, GlobalMinCut, NodeId, NodeMap, SolveError, UndirectedGraph, check};

fn random_graph(seed: u64, most_nodes: usize) -> UndirectedGraph {
    let mut draw = Draw::new(seed);
    let nodes = draw.index(most_nodes + 1);
    let mut graph = UndirectedGraph::with_nodes(nodes).unwrap();
    if nodes > 0 {
        let top = [1, 5, 100][draw.index(3)];
        let edges = nodes * (1 + draw.index(5));
        for _ in 0..draw.index(1 + edges) {
            let (u, v) = (draw.index(nodes), draw.index(nodes));
            let capacity = draw.range(0, top);
            graph.add_edge(graph.node(u).unwrap(), graph.node(v).unwrap(), capacity).unwrap();
        }
    }
    graph
}

fn matrix(graph: &UndirectedGraph) -> Vec<Vec<i128>> {
    let mut matrix = vec![vec![0; graph.node_count()]; graph.node_count()];
    for edge in graph.edges().filter(|edge| edge.u != edge.v) {
        matrix[edge.u.index()][edge.v.index()] += i128::from(edge.capacity);
        matrix[edge.v.index()][edge.u.index()] += i128::from(edge.capacity);
    }
    matrix
}

fn capacity(graph: &UndirectedGraph, side: &NodeMap<bool>) -> i128 {
    graph.edges().filter(|e| side[e.u] != side[e.v]).map(|e| i128::from(e.capacity)).sum()
}

#[test]
fn trees_know_the_minimum_cut_of_every_pair() {
    let mut deep = 0;
    for seed in 0..1200 {
        let graph = random_graph(seed, if seed % 10 == 0 { 25 } else { 9 });
        let tree = CutTree::new(&graph, None).unwrap();
        assert_eq!(tree, CutTree::new(&graph, None).unwrap());
        assert_eq!(tree.edges().count(), graph.node_count().saturating_sub(1));
        for u in graph.nodes() {
            assert_eq!(tree.value(u, u), None);
            for v in graph.nodes().filter(|&v| v != u) {
                let expected = by_matrix(matrix(&graph), u.index(), v.index());
                assert_eq!(tree.value(u, v), Some(expected), "seed {seed}, {u} {v}");
                let side = tree.side(u, v).unwrap();
                assert_ne!(side[u], side[v]);
                assert_eq!(capacity(&graph, &side), expected);
            }
        }
        deep += usize::from(tree.edges().any(|(_, up, _)| tree.parts().0[up].is_some()));
    }
    assert!(deep > 300, "not only stars: {deep}");
}

#[test]
fn global_cuts_are_the_least_of_all() {
    for seed in 0..4000 {
        let graph = random_graph(seed, 9);
        let found = GlobalMinCut::new().solve(&graph).unwrap();
        let nodes = graph.node_count();
        let all = (1..(1_usize << nodes).saturating_sub(1))
            .map(|set| capacity(&graph, &(0..nodes).map(|v| set >> v & 1 == 1).collect::<NodeMap<bool>>()));
        assert_eq!(found.as_ref().map(|cut| cut.value()), all.min(), "seed {seed}");
        if let Some(cut) = found {
            check::global_cut(&graph, cut.side(), cut.value()).unwrap();
        }
    }
}

#[test]
fn global_cut_is_the_least_tree_edge_on_larger_graphs() {
    for seed in 0..200 {
        let graph = random_graph(seed, 80);
        let least = CutTree::new(&graph, None).unwrap().edges().map(|(_, _, value)| value).min();
        let found = GlobalMinCut::new().solve(&graph).unwrap().map(|cut| cut.value());
        assert_eq!(found, least);
    }
}

#[test]
fn extreme_capacities_add_up() {
    let mut graph = UndirectedGraph::with_nodes(4).unwrap();
    let v: Vec<NodeId> = graph.nodes().collect();
    for (a, b) in [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3)] {
        for _ in 0..3 {
            graph.add_edge(v[a], v[b], i64::MAX).unwrap();
        }
    }
    let expected = 9 * i128::from(i64::MAX);
    let tree = CutTree::new(&graph, None).unwrap();
    assert_eq!(tree.value(v[0], v[3]), Some(expected));
    assert_eq!(tree.total(), 3 * expected);
    assert_eq!(GlobalMinCut::new().solve(&graph).unwrap().unwrap().value(), expected);
}

#[test]
fn work_limits_end_a_solve() {
    let graph = random_graph(80, 80);
    assert!(graph.edge_count() > 20);
    let stopped = Err(SolveError::WorkLimit { limit: 5 });
    assert_eq!(CutTree::new(&graph, Some(5)).map(|_| ()), stopped);
    assert_eq!(GlobalMinCut::new().work_limit(5).solve(&graph).map(|_| ()), stopped);
}

#[test]
fn corrupted_trees_and_cuts_are_rejected() {
    let mut rejected = 0;
    for seed in 0..1500 {
        let graph = random_graph(seed, 9);
        if graph.node_count() < 3 {
            continue;
        }
        let mut draw = Draw::new(seed);
        let tree = CutTree::new(&graph, None).unwrap();
        let (parent, value) = tree.parts();
        let node = graph.node(draw.index(graph.node_count())).unwrap();
        let mut wrong = value.clone();
        wrong[node] += i128::from(draw.range(1, 3));
        // The root's value means nothing.
        assert_eq!(check::cut_tree(&graph, parent, &wrong).is_ok(), parent[node].is_none());
        let mut other = parent.clone();
        other[node] = graph.node(draw.index(graph.node_count()));
        if check::cut_tree(&graph, &other, value).is_ok() {
            assert!(other[node].is_some() && other[node] != Some(node) && parent[node].is_some());
            for (v, _, claimed) in tree.edges() {
                let below = |mut at: NodeId| loop {
                    if at == v {
                        return true;
                    }
                    let Some(up) = other[at] else { return false };
                    at = up;
                };
                let side: NodeMap<bool> = graph.nodes().map(below).collect();
                assert_eq!(capacity(&graph, &side), claimed);
            }
        } else {
            rejected += 1;
        }
        let cut = GlobalMinCut::new().solve(&graph).unwrap().unwrap();
        let mut side = cut.side().clone();
        side[node] = !side[node];
        let proper = side.as_slice().contains(&true) && side.as_slice().contains(&false);
        let valid = proper && capacity(&graph, &side) == cut.value();
        assert_eq!(check::global_cut(&graph, &side, cut.value()).is_ok(), valid);
        assert!(check::global_cut(&graph, cut.side(), cut.value() + 1).is_err());
    }
    assert!(rejected > 500, "{rejected}");
}

#[test]
fn long_paths_and_many_components() {
    let nodes = 60_000;
    let mut graph = UndirectedGraph::with_nodes(nodes).unwrap();
    let v: Vec<NodeId> = graph.nodes().collect();
    for pair in v[..nodes / 2].windows(2) {
        graph.add_edge(pair[0], pair[1], 7).unwrap();
    }
    let tree = CutTree::new(&graph, None).unwrap();
    assert_eq!(tree.value(v[0], v[nodes / 2 - 1]), Some(7));
    assert_eq!(tree.value(v[0], v[nodes - 1]), Some(0));
    assert_eq!(tree.total(), 7 * (nodes as i128 / 2 - 1));
    assert_eq!(GlobalMinCut::new().solve(&graph).unwrap().unwrap().value(), 0);
}
