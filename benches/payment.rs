//! Payments on a generated graph, and on the public one if `FEASIBLE_DATA` names a directory with
//! `ln-graph-2024-09-22.csv.gz`: 0.1 BTC between nodes with channels of 1 to 5 BTC in all, and the next step after one
//! part has failed. The objective, the proven gap and the time of each pair are printed first.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod common;

use core::hint::black_box;
use std::time::Instant;

use common::public;
use criterion::{Criterion, criterion_group, criterion_main};
use feasible::check::PartsGoal;
use feasible::liquidity::generate;
use feasible::payment::{Attempt, Outcome, PayAnswer, PaymentPlanner, Step};
use feasible::{ChannelGraph, Msat, NodeId};

const AMOUNT: Msat = Msat(10_000_000_000);
/// Nats per satoshi.
const MU: f64 = 1e-4;
/// Of the public graph.
const PAIRS: [(usize, usize); 8] =
    [(1, 445), (191, 519), (278, 604), (357, 704), (436, 24), (515, 195), (597, 287), (700, 362)];

fn goals(pairs: &[(usize, usize)], amount: Msat) -> Vec<PartsGoal<'static>> {
    let node = |index| NodeId::new(index).unwrap();
    pairs.iter().map(|&(from, to)| PartsGoal::new(node(from), node(to), amount, MU)).collect()
}

fn table(graph: &ChannelGraph, goals: &[PartsGoal<'static>]) {
    let planner = PaymentPlanner::new(graph);
    let mut times = Vec::new();
    for goal in goals {
        let begin = Instant::now();
        let answer = planner.plan(goal).unwrap();
        times.push(begin.elapsed());
        if let PayAnswer::Plan(plan) = answer {
            let gap = (plan.value.objective - plan.lower_bound) / plan.value.objective;
            let (objective, parts) = (plan.value.objective, plan.parts.len());
            println!(
                "{} -> {}: {objective:.6}, gap {gap:.1e}, {parts} parts, {:?}",
                goal.sender,
                goal.receiver,
                times[times.len() - 1]
            );
        }
    }
    times.sort_unstable();
    println!("median {:?}", times[times.len() / 2]);
}

/// An attempt whose first part has failed in the middle.
fn failed_once<'a>(planner: &PaymentPlanner<'a>, goal: &PartsGoal<'a>) -> Option<Attempt<'a>> {
    let mut attempt = Attempt::new(planner.clone(), *goal);
    let Ok(Step::Send(plan)) = attempt.next() else { return None };
    for (number, part) in plan.parts.iter().enumerate() {
        let failed = Outcome::FailedAt(part.path.len() / 2);
        attempt.report(number, if number == 0 { failed } else { Outcome::Arrived }).unwrap();
    }
    Some(attempt)
}

fn timed(c: &mut Criterion, name: &str, graph: &ChannelGraph, goals: &[PartsGoal<'static>]) {
    table(graph, goals);
    let planner = PaymentPlanner::new(graph);
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("plan", |b| {
        b.iter(|| goals.iter().filter(|goal| planner.plan(black_box(goal)).is_ok()).count())
    });
    group.bench_function("after a failure", |b| {
        // Dropping the attempts is not part of it, nor is copying what they would share with others if they were cloned.
        b.iter_batched_ref(
            || -> Vec<_> { goals.iter().filter_map(|goal| failed_once(&planner, goal)).collect() },
            |attempts| attempts.iter_mut().filter_map(|attempt| attempt.next().ok()).count(),
            criterion::BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn payments(c: &mut Criterion) {
    let graph = generate::lightning(2_000, 6_500, 1).unwrap();
    timed(
        c,
        "payment, 8 goals, generated",
        &graph,
        &goals(
            &[(17, 1234), (5, 900), (40, 80), (3, 1999), (100, 7), (11, 12), (600, 21), (2, 1500)],
            Msat(100_000_000),
        ),
    );
    if let Some(graph) = public() {
        timed(c, "payment, 8 goals, public", &graph, &goals(&PAIRS, AMOUNT));
    }
}

criterion_group!(benches, payments);
criterion_main!(benches);
