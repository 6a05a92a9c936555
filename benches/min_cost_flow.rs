//! Minimum-cost flow on generated instances: every engine cold in a kept workspace, and warm after small
//! changes.
//!
//! Every engine's cost is compared with that of the others, and its answer checked, before it is timed.
//! BENCH_SCALE (default 1) multiplies the sizes, some 10⁴ arcs; engines that need more than 2 x 10⁸ units
//! of work on an instance are skipped there.
#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, missing_docs, unreachable_pub)]

#[path = "instances/min_cost.rs"]
mod instances;

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use feasible::min_cost_flow::{Algorithm, OptimalFlow, Workspace};
use feasible::random::Random;
use feasible::{MinCostFlow, Network, PiecewiseCost, check};

const ALL: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];

fn verified(network: &Network<i64>, algorithm: Algorithm) -> Option<OptimalFlow> {
    let solver = MinCostFlow::new().algorithm(algorithm).work_limit(200_000_000);
    let flow = solver.solve(network).ok()?.optimal().unwrap();
    check::optimal(network, flow.flows(), flow.potentials(), flow.cost()).unwrap();
    Some(flow)
}

/// One arc in a hundred dearer.
fn changed(network: &Network<i64>) -> Network<i64> {
    let mut changed = network.clone();
    let mut amend = changed.amend();
    let random = Random::new(9);
    for arc in network.arcs().filter(|arc| random.below(arc.index() as u64, 100) == 0) {
        let cost = network.cost(arc);
        let by = 1 + random.stream(1).below(arc.index() as u64, 100) as i64;
        let bends = cost.breakpoints().iter().map(|bend| (bend.at, bend.slope + by));
        amend = amend.cost(arc, PiecewiseCost::new(cost.first() + by, bends).unwrap()).unwrap();
    }
    amend.apply().unwrap();
    changed
}

fn bench(c: &mut Criterion) {
    let scale = std::env::var("BENCH_SCALE").ok().and_then(|scale| scale.parse().ok()).unwrap_or(1);
    let mut group = c.benchmark_group("min_cost_flow");
    group.sample_size(10);
    for (name, network) in &instances::all(scale) {
        let answers = ALL.map(|algorithm| verified(network, algorithm));
        let first = answers[0].as_ref().unwrap();
        assert!(answers.iter().flatten().all(|flow| flow.cost() == first.cost()), "{name}");
        let by = first.algorithm().name();
        eprintln!("{name}: {} nodes, {} arcs, auto: {by}", network.node_count(), network.arc_count());
        let mut workspace = Workspace::new();
        for (algorithm, _) in ALL.iter().zip(&answers).filter(|(_, answer)| answer.is_some()) {
            let solver = MinCostFlow::new().algorithm(*algorithm);
            group.bench_function(format!("{name}/{}", algorithm.name()), |b| {
                b.iter(|| solver.solve_in(&mut workspace, black_box(network)))
            });
        }
        let (solver, changed) = (MinCostFlow::new(), changed(network));
        let warm = solver.solve_from(&changed, first).unwrap().optimal().unwrap();
        assert_eq!(Some(warm.cost()), verified(&changed, Algorithm::NetworkSimplex).map(|flow| flow.cost()));
        group.bench_function(format!("{name}/warm"), |b| {
            b.iter(|| solver.solve_from_in(&mut workspace, black_box(&changed), first))
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
