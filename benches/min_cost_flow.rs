//! Minimum-cost flow on generated instances: cold, in a kept workspace, and warm after small changes.
//!
//! Every answer is compared with the recorded cost of the same instance, solved afresh and checked,
//! before it is timed. Sizes are moderate so that a run takes about a minute.
#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, missing_docs)]

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use feasible::min_cost_flow::Workspace;
use feasible::random::Random;
use feasible::{MinCostFlow, Network, NetworkBuilder, NodeId, PiecewiseCost, check};

struct Draw(Random, u64);

impl Draw {
    fn below(&mut self, bound: u64) -> i64 {
        self.1 += 1;
        i64::try_from(self.0.below(self.1, bound)).unwrap()
    }

    fn node(&mut self, nodes: &[NodeId]) -> NodeId {
        nodes[usize::try_from(self.below(nodes.len() as u64)).unwrap()]
    }
}

/// Eight arcs per node, a cycle of dear arcs that makes every supply feasible, √n sources and sinks.
fn sparse(seed: u64, count: usize) -> Network<i64> {
    let mut draw = Draw(Random::new(seed), 0);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..count).map(|_| b.add_node(0).unwrap()).collect();
    let terminals = count.isqrt();
    for i in 0..terminals {
        b.set_supply(nodes[i], 1000).unwrap();
        b.set_supply(nodes[count - 1 - i], -1000).unwrap();
    }
    let plenty = 1000 * i64::try_from(terminals).unwrap();
    for i in 0..count {
        b.add_arc(nodes[i], nodes[(i + 1) % count], 0..=plenty, 10_000).unwrap();
    }
    for _ in 0..7 * count {
        let (tail, head) = (draw.node(&nodes), draw.node(&nodes));
        b.add_arc(tail, head, 0..=1 + draw.below(1000), 1 + draw.below(10_000)).unwrap();
    }
    b.build().unwrap()
}

/// A square grid with arcs both ways, from the left side to the right side.
fn grid(seed: u64, side: usize) -> Network<i64> {
    let mut draw = Draw(Random::new(seed), 0);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..side * side).map(|_| b.add_node(0).unwrap()).collect();
    for row in 0..side {
        b.set_supply(nodes[row * side], 100).unwrap();
        b.set_supply(nodes[row * side + side - 1], -100).unwrap();
    }
    for row in 0..side {
        for column in 0..side {
            let here = nodes[row * side + column];
            let right = (column + 1 < side).then(|| nodes[row * side + column + 1]);
            let below = (row + 1 < side).then(|| nodes[(row + 1) * side + column]);
            for next in [right, below].into_iter().flatten() {
                b.add_arc(here, next, 0..=100 + draw.below(200), 1 + draw.below(1000)).unwrap();
                b.add_arc(next, here, 0..=100 + draw.below(200), 1 + draw.below(1000)).unwrap();
            }
        }
    }
    b.build().unwrap()
}

/// Payment channels with heavy-tailed degrees and sizes: five cost pieces per direction, as of
/// -log(success) with an unknown balance, plus a fee. One payment, or many at once.
fn channels(seed: u64, count: usize, pairs: usize) -> Network<i64> {
    let mut draw = Draw(Random::new(seed), 0);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..count).map(|_| b.add_node(0).unwrap()).collect();
    let mut ends: Vec<NodeId> = nodes.clone();
    for i in 1..count * 5 / 2 {
        let first = if i < count { nodes[i] } else { draw.node(&ends) };
        let second =
            if i < count { nodes[usize::try_from(draw.below(i as u64)).unwrap()] } else { draw.node(&ends) };
        ends.extend([first, second]);
        let capacity = 20_000 << draw.below(10);
        for (tail, head) in [(first, second), (second, first)] {
            let fee = draw.below(500);
            let slopes = [1_i64, 3, 8, 20].iter().zip(1..);
            let unit = 50_000_000 / capacity;
            let bends = slopes.map(|(slope, k)| (capacity / 5 * k, fee + unit * slope * 2));
            b.add_arc(tail, head, 0..=capacity, PiecewiseCost::new(fee + unit, bends).unwrap()).unwrap();
        }
    }
    for pair in 0..pairs {
        b.set_supply(nodes[2 * pair], 200_000).unwrap();
        b.set_supply(nodes[2 * pair + 1], -200_000).unwrap();
    }
    // The payer may always fall back on one dear way out.
    for node in &nodes[..2 * pairs] {
        b.add_arc(*node, nodes[2 * pairs], 0..=i64::from(u32::MAX), 1 << 20).unwrap();
        b.add_arc(nodes[2 * pairs], *node, 0..=i64::from(u32::MAX), 1 << 20).unwrap();
    }
    b.build().unwrap()
}

fn verified(network: &Network<i64>) -> i128 {
    let flow = MinCostFlow::new().solve(network).unwrap().optimal().unwrap();
    check::optimal(network, flow.flows(), flow.potentials(), flow.cost()).unwrap();
    flow.cost()
}

fn bench(c: &mut Criterion) {
    let instances = [
        ("sparse-4k-32k", sparse(1, 4096)),
        ("sparse-13k-105k", sparse(2, 13_107)),
        ("grid-64x64", grid(3, 64)),
        ("channels-4k-1-pair", channels(4, 4000, 1)),
        ("channels-17k-1-pair", channels(4, 17_000, 1)),
        ("channels-4k-40-pairs", channels(5, 4000, 40)),
    ];
    let solver = MinCostFlow::new();
    let mut group = c.benchmark_group("min_cost_flow");
    group.sample_size(10);
    for (name, network) in &instances {
        let cost = verified(network);
        let mut workspace = Workspace::new();
        let first = solver.solve_in(&mut workspace, network).unwrap().optimal().unwrap();
        assert_eq!(first.cost(), cost);
        group.bench_function(*name, |b| b.iter(|| solver.solve_in(&mut workspace, black_box(network))));

        let mut changed = network.clone();
        let mut amend = changed.amend();
        let random = Random::new(9);
        for arc in network.arcs().filter(|arc| random.below(arc.index() as u64, 100) == 0) {
            let cost = network.cost(arc);
            let (first, by) = (cost.first(), 1 + random.stream(1).below(arc.index() as u64, 100) as i64);
            let bends = cost.breakpoints().iter().map(|bend| (bend.at, bend.slope + by));
            amend = amend.cost(arc, PiecewiseCost::new(first + by, bends).unwrap()).unwrap();
        }
        amend.apply().unwrap();
        let warm = solver.solve_from(&changed, &first).unwrap().optimal().unwrap();
        assert_eq!(warm.cost(), verified(&changed));
        eprintln!(
            "{name}: {} arcs, {} pivots, {} after 1 % of changes",
            network.arc_count(),
            first.pivots(),
            warm.pivots()
        );
        group.bench_function(format!("{name}-warm"), |b| {
            b.iter(|| solver.solve_from_in(&mut workspace, black_box(&changed), &first))
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
