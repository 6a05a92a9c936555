//! Maximum flow on generated families of about 10^4 and 10^5 arcs, each value verified first.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "instances/mod.rs"]
mod instances;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use feasible::max_flow::{Algorithm, MaxFlow, Workspace};
use feasible::{CutTree, GlobalMinCut, NodeId, UndirectedGraph};
use instances::{FAMILIES, Instance, family, lightning, picture};

fn instances() -> impl Iterator<Item = (String, Instance)> {
    let sizes = [("1e4", 10_000), ("1e5", 100_000)];
    sizes.into_iter().flat_map(|(size, arcs)| {
        // Dinic's algorithm takes minutes on the ak.
        let families = FAMILIES.into_iter().filter(|&name| name != "ak");
        families.map(move |name| (format!("{name}/{size}"), family(name, arcs).unwrap()))
    })
}

fn max_flow(c: &mut Criterion) {
    let mut group = c.benchmark_group("max_flow");
    group.sample_size(10);
    for (name, instance) in instances() {
        let (network, s, t) = instance.network();
        let engines = [Algorithm::PushRelabel, Algorithm::Dinic, Algorithm::SearchTrees, Algorithm::Auto];
        let value = |engine: Algorithm, workspace: &mut Workspace| {
            let solver = MaxFlow::new().algorithm(engine);
            solver.solve_in(workspace, &network, s, t).unwrap().optimal().unwrap().value()
        };
        let mut workspace = Workspace::default();
        let expected = value(Algorithm::PushRelabel, &mut workspace);
        for engine in engines {
            assert_eq!(value(engine, &mut workspace), expected, "{name}");
            group.bench_function(BenchmarkId::new(format!("{engine:?}"), &name), |b| {
                b.iter(|| value(engine, &mut workspace));
            });
        }
    }
}

fn cuts(c: &mut Criterion) {
    let mut group = c.benchmark_group("min_cut");
    group.sample_size(10);
    for (name, instance) in [("lightning/1e4", lightning(1000, 5000)), ("vision/1e4", picture(45, 4))] {
        let mut graph = UndirectedGraph::with_nodes(instance.nodes).unwrap();
        for (tail, head, capacity) in instance.arcs {
            graph.add_edge(NodeId::new(tail).unwrap(), NodeId::new(head).unwrap(), capacity).unwrap();
        }
        let tree = CutTree::new(&graph, None).unwrap();
        let cut = GlobalMinCut::new().solve(&graph).unwrap().unwrap();
        assert_eq!(tree.edges().map(|(_, _, value)| value).min(), Some(cut.value()));
        group.bench_function(BenchmarkId::new("CutTree", name), |b| {
            b.iter(|| CutTree::new(&graph, None).unwrap());
        });
        group.bench_function(BenchmarkId::new("GlobalMinCut", name), |b| {
            b.iter(|| GlobalMinCut::new().solve(&graph).unwrap());
        });
    }
}

criterion_group!(benches, max_flow, cuts);
criterion_main!(benches);
