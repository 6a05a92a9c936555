//! Planning generated rounds; a plan counts only if it passed its check and repairs something.
#![allow(missing_docs, clippy::unwrap_used)]

use core::ops::ControlFlow;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use feasible::RoundPlanner;
use feasible::round::Effort;
use feasible::round::generate::{Size, lightning};

fn plan(c: &mut Criterion) {
    let mut group = c.benchmark_group("round");
    group.sample_size(10);
    let small = Size { nodes: 30, channels: 60, participants: 12, demands: 20, max_touches: 4 };
    let medium = Size { nodes: 200, channels: 600, participants: 50, demands: 100, max_touches: 20 };
    for (name, size) in [("small", small), ("medium", medium)] {
        let round = lightning(size, 1).unwrap();
        let planner = RoundPlanner::new().effort(Effort::Quick);
        let plan = planner.plan(&round).unwrap();
        let before = round.demand_ids().filter(|&demand| plan.feasible_before(demand)).count() as u64;
        assert!(plan.objective() > before && plan.objective() <= plan.bound().value);
        group.bench_with_input(BenchmarkId::new("quick", name), &round, |bencher, round| {
            bencher.iter(|| planner.plan(round).unwrap());
        });
    }
    let round = lightning(medium, 1).unwrap();
    let planner = RoundPlanner::new();
    let plan = planner.plan(&round).unwrap();
    let gone = plan.changes().touched.iter().filter_map(|reshape| round.ends(reshape.channel));
    let gone = gone.flat_map(|(u, v, ..)| [u, v]).find(|&node| node != round.rules().server).unwrap();
    let fewer = round.without(gone).unwrap();
    let mut on = |_| ControlFlow::Continue(());
    let again = planner.replan(&fewer, &plan, &mut on).unwrap();
    assert!(again.objective() <= again.bound().value && again.bound().value <= plan.bound().value);
    group.bench_function("normal/medium", |bencher| bencher.iter(|| planner.plan(&fewer).unwrap()));
    group.bench_function("replan/medium", |bencher| {
        bencher.iter(|| planner.replan(&fewer, &plan, &mut on).unwrap());
    });
    group.bench_function("netted/small", |bencher| {
        let round = lightning(small, 1).unwrap();
        let netted = planner.netted(&round, &mut on).unwrap();
        assert!(netted.weight > 0 && netted.weight <= netted.bound.value);
        bencher.iter(|| planner.netted(&round, &mut on).unwrap());
    });
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);
