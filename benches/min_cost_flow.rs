//! Minimum-cost flow on generated instances: every engine cold in a kept workspace, warm after small
//! changes, and in a problem that is kept, one arc changing at a time.
//!
//! Every engine's cost is compared with that of the others, and its answer checked, before it is timed.
//! BENCH_SCALE (default 1) multiplies the sizes, some 10⁴ arcs; engines that need more than 2 x 10⁸ units
//! of work on an instance are skipped there.
#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, missing_docs, unreachable_pub)]

#[path = "instances/min_cost.rs"]
mod instances;

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use feasible::min_cost_flow::{Algorithm, OptimalFlow, Outcome, Reoptimizer, Workspace};
use feasible::random::Random;
use feasible::{ArcId, MinCostFlow, Network, PiecewiseCost, check};

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

/// Makes one arc dearer and wider in every even round, and takes that back in the next; solves again and returns the cost.
fn step(problem: &mut Reoptimizer, original: &Network<i64>, round: u64) -> i128 {
    let arcs = original.arc_count() as u64;
    let arc = ArcId::new(usize::try_from(Random::new(4).below(round / 2, arcs)).unwrap()).unwrap();
    let more = i64::from(round % 2 == 0);
    let (lower, upper, cost) = (original.lower(arc), original.upper(arc).unwrap(), original.cost(arc));
    let bends = cost.breakpoints().iter().map(|bend| (bend.at, bend.slope + 100 * more));
    let cost = PiecewiseCost::new(cost.first() + 100 * more, bends).unwrap();
    problem.amend(|amend| amend.cost(arc, cost)?.bounds(arc, lower..=upper + more)).unwrap();
    match problem.solve().unwrap() {
        Outcome::Optimal(flow) => flow.cost(),
        other => unreachable!("{other:?}"),
    }
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
        assert_eq!(Some(warm.cost()), verified(&changed, Algorithm::Auto).map(|flow| flow.cost()));
        group.bench_function(format!("{name}/warm"), |b| {
            b.iter(|| solver.solve_from_in(&mut workspace, black_box(&changed), first))
        });
        let mut problem = solver.reoptimize(network.clone());
        for round in 0..6 {
            let found = step(&mut problem, network, round);
            let fresh = verified(problem.network(), Algorithm::Auto);
            assert_eq!(fresh.map(|flow| flow.cost()), Some(found), "{name}");
        }
        let mut round = 6;
        group.bench_function(format!("{name}/kept"), |b| {
            b.iter(|| {
                round += 1;
                step(&mut problem, network, round - 1)
            })
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
