//! Cut trees and global minimum cuts: Lightning-like graphs, random graphs and grids.
//!
//! Every answer is compared with another method before it is timed: the least edge of the tree is the
//! global cut, and sampled pairs agree with a maximum flow. `FEASIBLE_DATA`, a directory with the public
//! graph `ln-graph-2024-09-22.csv.gz`, adds its largest component.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod common;

use common::{node, public};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use feasible::liquidity::{ChannelGraph, generate};
use feasible::random::Random;
use feasible::{CutTree, GlobalMinCut, MaxFlow, NetworkBuilder, NodeId, NodeMap, UndirectedGraph};

/// The capacities of the largest component.
fn capacities(channels: &ChannelGraph) -> UndirectedGraph {
    let components = channels.components();
    let mut name: NodeMap<Option<NodeId>> = NodeMap::filled(channels.node_count(), None);
    let mut graph = UndirectedGraph::new();
    for node in components.largest() {
        name[node] = Some(graph.add_node().unwrap());
    }
    for id in channels.channels() {
        let channel = channels.channel(id);
        if let (Some(u), Some(v)) = (name[channel.a()], name[channel.b()]) {
            graph.add_edge(u, v, i64::try_from(channel.capacity().0).unwrap()).unwrap();
        }
    }
    graph
}

fn ones(graph: &UndirectedGraph) -> UndirectedGraph {
    let mut ones = UndirectedGraph::with_nodes(graph.node_count()).unwrap();
    graph.edges().for_each(|edge| ones.add_edge(edge.u, edge.v, 1).unwrap());
    ones
}

/// A connected random graph.
fn random(nodes: u64, edges: u64) -> UndirectedGraph {
    let random = Random::new(6);
    let capacity = |i| i64::try_from(1 + random.stream(0).below(i, 100)).unwrap();
    let mut graph = UndirectedGraph::with_nodes(usize::try_from(nodes).unwrap()).unwrap();
    for i in 1..nodes {
        graph.add_edge(node(i), node(random.stream(1).below(i, i)), capacity(i)).unwrap();
    }
    for i in nodes..=edges {
        let (u, v) = (random.stream(2).below(i, nodes), random.stream(3).below(i, nodes));
        graph.add_edge(node(u), node(v), capacity(i)).unwrap();
    }
    graph
}

fn grid(side: u64) -> UndirectedGraph {
    let random = Random::new(5);
    let capacity = |way, i| i64::try_from(1 + random.stream(way).below(i, 100)).unwrap();
    let mut graph = UndirectedGraph::with_nodes(usize::try_from(side * side).unwrap()).unwrap();
    for i in 0..side * side {
        if (i + 1) % side > 0 {
            graph.add_edge(node(i), node(i + 1), capacity(0, i)).unwrap();
        }
        if i + side < side * side {
            graph.add_edge(node(i), node(i + side), capacity(1, i)).unwrap();
        }
    }
    graph
}

/// Two rings with chords and few edges between them: all degrees are far above the cut.
fn planted(half: u64) -> UndirectedGraph {
    let random = Random::new(4);
    let mut graph = UndirectedGraph::with_nodes(usize::try_from(2 * half).unwrap()).unwrap();
    for i in 0..half {
        for (k, step) in [1, 2, 5, 11, 1 + random.below(i, half - 1)].into_iter().enumerate() {
            let capacity = i64::try_from(2 + random.stream(k as u64).below(i, 20)).unwrap();
            for side in [0, half] {
                graph.add_edge(node(side + i), node(side + (i + step) % half), capacity).unwrap();
            }
        }
    }
    for i in 0..5 {
        graph.add_edge(node(i * half / 5), node(half + i * half / 7), 2).unwrap();
    }
    graph
}

fn verify(graph: &UndirectedGraph, tree: &CutTree) {
    let least = tree.edges().map(|(_, _, value)| value).min();
    assert_eq!(GlobalMinCut::new().solve(graph).unwrap().map(|cut| cut.value()), least);
    let mut b = NetworkBuilder::new();
    for _ in graph.nodes() {
        b.add_node(0_i64).unwrap();
    }
    for edge in graph.edges() {
        b.add_arc(edge.u, edge.v, -edge.capacity..=edge.capacity, 0).unwrap();
    }
    let (network, random) = (b.build().unwrap(), Random::new(2));
    for i in 0..5 {
        let [u, v] = [0, 1].map(|s| node(random.stream(s).below(i, graph.node_count() as u64)));
        if u != v {
            let flow = MaxFlow::new().solve(&network, u, v).unwrap().optimal().unwrap();
            assert_eq!(tree.value(u, v), Some(flow.value()));
        }
    }
}

fn cuts(c: &mut Criterion) {
    let generated = |nodes, channels| capacities(&generate::lightning(nodes, channels, 1).unwrap());
    let large = generated(17_000, 44_000);
    let mut cases = vec![
        ("lightning 4000 nodes 10400 edges", generated(4_000, 10_400)),
        ("lightning 17000 nodes 44000 edges", large.clone()),
        ("the same with ones", ones(&large)),
        ("random 3000 nodes 12000 edges", random(3_000, 12_000)),
        ("grid 64x64", grid(64)),
    ];
    if let Some(graph) = public().as_ref().map(capacities) {
        cases.extend([("public graph", graph.clone()), ("the same with ones", ones(&graph))]);
    }
    let mut group = c.benchmark_group("CutTree");
    group.sample_size(10);
    for (i, (name, graph)) in cases.iter().enumerate() {
        verify(graph, &CutTree::new(graph, None).unwrap());
        group.bench_function(BenchmarkId::new(i.to_string(), name), |b| {
            b.iter(|| CutTree::new(graph, None).unwrap());
        });
    }
    group.finish();
    cases.push(("planted 2 x 8500 nodes 85005 edges", planted(8_500)));
    let mut group = c.benchmark_group("GlobalMinCut");
    group.sample_size(20);
    for (i, (name, graph)) in cases.iter().enumerate() {
        group.bench_function(BenchmarkId::new(i.to_string(), name), |b| {
            b.iter(|| GlobalMinCut::new().solve(graph).unwrap());
        });
    }
}

criterion_group!(benches, cuts);
criterion_main!(benches);
