//! Maximum flow on generated families of about 10^4 and 10^5 arcs, each value verified first.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use feasible::max_flow::{Algorithm, MaxFlow, Workspace};
use feasible::random::Random;
use feasible::{CutTree, GlobalMinCut, Network, NetworkBuilder, NodeId, UndirectedGraph};

/// Arcs collected with numbered nodes.
struct Instance {
    nodes: usize,
    arcs: Vec<(usize, usize, i64)>,
    random: Random,
    drawn: u64,
}

impl Instance {
    fn new(nodes: usize) -> Self {
        Self { nodes, arcs: Vec::new(), random: Random::new(7), drawn: 0 }
    }

    fn draw(&mut self, bound: usize) -> usize {
        self.drawn += 1;
        usize::try_from(self.random.below(self.drawn, bound as u64)).unwrap()
    }

    fn add(&mut self, tail: usize, head: usize, below: usize) {
        let capacity = 1 + self.draw(below);
        self.arcs.push((tail, head, i64::try_from(capacity).unwrap()));
    }

    /// Source 0, sink the last node.
    fn build(self) -> (Network, NodeId, NodeId) {
        let mut b = NetworkBuilder::new();
        let nodes: Vec<NodeId> = (0..self.nodes).map(|_| b.add_node(0).unwrap()).collect();
        for (tail, head, capacity) in self.arcs {
            b.add_arc(nodes[tail], nodes[head], 0..=capacity, 0).unwrap();
        }
        (b.build().unwrap(), nodes[0], *nodes.last().unwrap())
    }
}

/// Square frames one behind the other: wide pipes inside a frame, a random matching to the next one.
fn rmf(side: usize, frames: usize) -> Instance {
    let area = side * side;
    let mut g = Instance::new(area * frames);
    for frame in 0..frames {
        let at = |x: usize, y: usize| frame * area + y * side + x;
        for y in 0..side {
            for x in 0..side {
                for (u, v) in [(x + 1, y), (x, y + 1)] {
                    if u < side && v < side {
                        let wide = i64::try_from(1000 * area).unwrap();
                        g.arcs.push((at(x, y), at(u, v), wide));
                        g.arcs.push((at(u, v), at(x, y), wide));
                    }
                }
            }
        }
        if frame + 1 < frames {
            let mut next: Vec<usize> = (0..area).collect();
            for i in (1..area).rev() {
                let j = g.draw(i + 1);
                next.swap(i, j);
            }
            for (i, j) in next.into_iter().enumerate() {
                g.add(frame * area + i, (frame + 1) * area + j, 1000);
            }
        }
    }
    g
}

/// Random levels: three arcs from every node to random nodes of the next level.
fn rlg(levels: usize, width: usize) -> Instance {
    let last = levels * width + 1;
    let mut g = Instance::new(last + 1);
    for i in 0..width {
        g.add(0, 1 + i, 10_000_000);
        g.add(1 + (levels - 1) * width + i, last, 10_000_000);
    }
    for level in 0..levels - 1 {
        for i in 0..width {
            for _ in 0..3 {
                let head = 1 + (level + 1) * width + g.draw(width);
                g.add(1 + level * width + i, head, 10_000);
            }
        }
    }
    g
}

/// A picture: grid neighbours both ways, every pixel tied to the source or the sink.
fn vision(side: usize) -> Instance {
    let last = side * side + 1;
    let mut g = Instance::new(last + 1);
    for y in 0..side {
        for x in 0..side {
            let at = 1 + y * side + x;
            let blob = (x * 4 / side + y * 4 / side) % 2 == 0;
            if (g.draw(4) > 0) == blob {
                g.add(0, at, 100);
            } else {
                g.add(at, last, 100);
            }
            for (u, v) in [(x + 1, y), (x, y + 1)] {
                if u < side && v < side {
                    g.add(at, 1 + v * side + u, 40);
                    g.add(1 + v * side + u, at, 40);
                }
            }
        }
    }
    g
}

/// Channels between nodes drawn with a heavy tail; each direction holds a part of the capacity.
fn lightning(nodes: usize, channels: usize) -> Instance {
    let mut g = Instance::new(nodes);
    let mut ends = Vec::new();
    for i in 0..channels {
        // Preferential attachment: a random end of an earlier channel.
        let u = if i < nodes { i } else { g.draw(nodes) };
        let v = if ends.is_empty() || g.draw(5) == 0 { g.draw(nodes) } else { ends[g.draw(ends.len())] };
        ends.extend([u, v]);
        let shift = g.draw(16);
        g.add(u, v, 1000 << shift);
        g.add(v, u, 1000 << shift);
    }
    // The terminals are the two largest nodes.
    let mut degree = vec![0_usize; nodes];
    for &end in &ends {
        degree[end] += 1;
    }
    let mut by_degree: Vec<usize> = (0..nodes).collect();
    by_degree.sort_by_key(|&v| (usize::MAX - degree[v], v));
    let (s, t) = (by_degree[0], by_degree[1]);
    let swap = |v: usize| match v {
        _ if v == s => 0,
        0 => s,
        _ => v,
    };
    let t = swap(t);
    let last = nodes - 1;
    let name = |v: usize| match swap(v) {
        v if v == t => last,
        v if v == last => t,
        v => v,
    };
    for (tail, head, _) in &mut g.arcs {
        (*tail, *head) = (name(*tail), name(*head));
    }
    g
}

/// Every pair i < j.
fn acyclic(nodes: usize) -> Instance {
    let mut g = Instance::new(nodes);
    for u in 0..nodes {
        for v in u + 1..nodes {
            g.add(u, v, 1_000_000);
        }
    }
    g
}

fn instances() -> Vec<(&'static str, Instance)> {
    vec![
        ("rmf-long/1e4", rmf(6, 60)),
        ("rmf-wide/1e4", rmf(22, 5)),
        ("rlg-long/1e4", rlg(100, 33)),
        ("rlg-wide/1e4", rlg(16, 200)),
        ("vision/1e4", vision(45)),
        ("lightning/1e4", lightning(1000, 5000)),
        ("acyclic/1e4", acyclic(142)),
        ("rmf-long/1e5", rmf(12, 150)),
        ("rmf-wide/1e5", rmf(48, 9)),
        ("rlg-long/1e5", rlg(500, 66)),
        ("rlg-wide/1e5", rlg(32, 1024)),
        ("vision/1e5", vision(142)),
        ("lightning/1e5", lightning(17_000, 50_000)),
        ("acyclic/1e5", acyclic(448)),
    ]
}

fn max_flow(c: &mut Criterion) {
    let mut group = c.benchmark_group("max_flow");
    group.sample_size(10);
    for (name, instance) in instances() {
        let (network, s, t) = instance.build();
        let engines = [Algorithm::PushRelabel, Algorithm::Dinic, Algorithm::Auto];
        let value = |engine: Algorithm, workspace: &mut Workspace| {
            let solver = MaxFlow::new().algorithm(engine);
            solver.solve_in(workspace, &network, s, t).unwrap().optimal().unwrap().value()
        };
        let mut workspace = Workspace::default();
        let expected = value(Algorithm::PushRelabel, &mut workspace);
        for engine in engines {
            assert_eq!(value(engine, &mut workspace), expected, "{name}");
            group.bench_function(BenchmarkId::new(format!("{engine:?}"), name), |b| {
                b.iter(|| value(engine, &mut workspace));
            });
        }
    }
}

fn cuts(c: &mut Criterion) {
    let mut group = c.benchmark_group("min_cut");
    group.sample_size(10);
    for (name, instance) in [("lightning/1e4", lightning(1000, 5000)), ("vision/1e4", vision(45))] {
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
