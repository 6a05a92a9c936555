//! Planning generated rounds; what was found, what is proven and the time of one plan are printed first.
//!
//! Every plan and every bound is checked from outside before anything is timed.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "instances/rounds.rs"]
mod instances;

use core::ops::ControlFlow;
use core::time::Duration;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use feasible::round::{Effort, Plan, Round};
use feasible::{RoundPlanner, check};
use instances::{CLASSES, NETWORKS, class, round};

/// What is payable before the round, by weight.
fn before(round: &Round, plan: &Plan) -> u64 {
    let payable: Vec<_> = round.demand_ids().filter(|&demand| plan.feasible_before(demand)).collect();
    assert_eq!(payable.len(), round.demands().len() * 3 / 10);
    payable.into_iter().map(|demand| round.demands()[demand.index()].weight).sum()
}

fn verified(round: &Round, plan: &Plan) {
    let verdict = check::plan(round, plan.changes(), plan.flows()).unwrap();
    check::bound(round, plan.bound()).unwrap();
    assert_eq!(verdict.objective, plan.objective());
    assert!(plan.objective() >= before(round, plan) && plan.objective() <= plan.bound().value);
}

fn table() {
    println!("round: objective (before) of bound, of what is demanded, time");
    for class in CLASSES.iter().chain(&NETWORKS) {
        for seed in 1..=2 {
            let round = round(class, seed);
            let begin = Instant::now();
            let plan = RoundPlanner::new().plan(&round).unwrap();
            let time = begin.elapsed();
            verified(&round, &plan);
            let (objective, before, bound) = (plan.objective(), before(&round, &plan), plan.bound().value);
            let all: u64 = round.demands().iter().map(|demand| demand.weight).sum();
            println!("{}-{seed}: {objective} ({before}) of {bound}, of {all}, {time:.1?}", class.name);
        }
    }
}

fn plan(c: &mut Criterion) {
    table();
    let mut group = c.benchmark_group("round");
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    for (name, effort) in [("quick", Effort::Quick), ("normal", Effort::Normal)] {
        let planner = RoundPlanner::new().effort(effort);
        for class in &CLASSES {
            let round = round(class, 1);
            verified(&round, &planner.plan(&round).unwrap());
            group.bench_with_input(BenchmarkId::new(name, class.name), &round, |bencher, round| {
                bencher.iter(|| planner.plan(round).unwrap());
            });
        }
    }
    let (planner, mut on) = (RoundPlanner::new(), |_| ControlFlow::Continue(()));
    let medium = round(&class("medium"), 1);
    let plan = planner.plan(&medium).unwrap();
    let gone = plan.changes().touched.iter().filter_map(|reshape| medium.ends(reshape.channel));
    let gone = gone.flat_map(|(u, v, ..)| [u, v]).find(|&node| node != medium.rules().server).unwrap();
    let fewer = medium.without(gone).unwrap();
    let again = planner.replan(&fewer, &plan, &mut on).unwrap();
    assert!(again.objective() <= again.bound().value && again.bound().value <= plan.bound().value);
    group.bench_function("replan/medium", |bencher| {
        bencher.iter(|| planner.replan(&fewer, &plan, &mut on).unwrap());
    });
    let small = round(&class("small"), 1);
    let netted = planner.netted(&small, &mut on).unwrap();
    assert!(netted.weight > 0 && netted.weight <= netted.bound.value);
    group.bench_function("netted/small", |bencher| {
        bencher.iter(|| planner.netted(&small, &mut on).unwrap());
    });
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);
