//! Payments on a generated graph of the size of the public Lightning graph, and on the public one if
//! `FEASIBLE_DATA` names a directory with `ln-graph-2024-09-22.csv.gz`.
//!
//! Before anything is timed, every answer is checked again from outside and compared with the largest
//! amount. The percentiles printed first are over single decisions between random nodes.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod common;

use core::hint::black_box;
use std::time::Instant;

use common::public;
use criterion::{Criterion, criterion_group, criterion_main};
use feasible::check::{self, PaymentClaim};
use feasible::feasibility::{Growth, Rates, Target, Volume, WealthSampler};
use feasible::liquidity::{View, generate};
use feasible::random::Random;
use feasible::{ChannelGraph, Decision, Feasibility, Msat, NodeId, NodeMap, Payment, Sat};

const AMOUNTS: [u64; 6] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Random pairs of the largest component.
fn pairs(graph: &ChannelGraph, count: u64) -> Vec<(NodeId, NodeId)> {
    let (random, nodes) = (Random::new(3), graph.components().largest().collect::<Vec<_>>());
    let pick =
        |stream, i| nodes[usize::try_from(random.stream(stream).below(i, nodes.len() as u64)).unwrap()];
    (0..count).map(|i| (pick(0, i), pick(1, i))).filter(|(from, to)| from != to).collect()
}

fn verify(graph: &ChannelGraph, view: &mut Feasibility<'_>, payment: Payment) {
    let Payment { from, to, amount } = payment;
    let claim = |claim| check::payment(graph, View::default(), from, to, claim).unwrap();
    let enough = view.max_amount(from, to).unwrap().amount() >= amount;
    match view.decide(payment).unwrap() {
        Decision::Feasible(flow) if enough => claim(PaymentClaim::Feasible { amount, flows: flow.flows() }),
        Decision::Infeasible(cut) if !enough => claim(PaymentClaim::Infeasible { amount, cut: &cut }),
        _ => unreachable!("balances are known"),
    }
}

/// Median, 99th percentile and maximum of single calls, in microseconds.
fn percentiles<T>(name: &str, questions: impl Iterator<Item = T>, mut answer: impl FnMut(T)) {
    let seconds = |question: T| {
        let begin = Instant::now();
        answer(question);
        begin.elapsed().as_secs_f64()
    };
    let mut times: Vec<f64> = questions.map(seconds).collect();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times[(times.len() - 1) * percent / 100] * 1e6;
    println!("{name}: median {:.2}, 99 % {:.2}, most {:.2} microseconds", at(50), at(99), at(100));
}

fn feasibility(c: &mut Criterion) {
    let generated = generate::lightning(17_000, 58_000, 1).unwrap();
    for (name, graph) in [("generated", Some(generated)), ("public", public())] {
        let Some(mut graph) = graph else { continue };
        rates(c, name, &graph);
        graph.draw_balances(1);
        wealth(c, name, &graph);
        measure(c, name, &graph);
    }
}

/// Four rates to +-0.002 with 99 %, and ln of the share of feasible wealth. The rates have to fall with the amount and
/// to lie above what terminals alone forbid.
fn rates(c: &mut Criterion, name: &str, graph: &ChannelGraph) {
    let amounts = [1_000, 10_000, 100_000, 1_000_000].map(Sat);
    let all = || {
        let study = Rates::new(graph).study(&amounts).unwrap();
        let rate = |i| {
            let rate = study.to_precision(i, 0.0019).unwrap();
            assert!(rate.high - rate.low < 0.005 && rate.high >= study.terminals_alone(i));
            rate
        };
        [0, 1, 2, 3].map(rate)
    };
    for pair in all().windows(2) {
        assert!(pair[0].low <= pair[1].high);
    }
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("four rates", |b| b.iter(|| black_box(all())));
    let shares = Volume::of_largest_component(graph).unwrap();
    assert!(shares.ln_share < 0.0 && shares.ln_trees.is_finite());
    group.bench_function("volume", |b| b.iter(|| black_box(Volume::of_largest_component(graph))));
    group.finish();
}

/// Draws of wealth, slopes of the volume, and the circulation closest to half and half. A draw has all the money, the
/// probabilities of channels add up to the edges of a tree, and wealth does not change.
fn wealth(c: &mut Criterion, name: &str, graph: &ChannelGraph) {
    let sampler = WealthSampler::new(graph).unwrap().seed(1);
    let drawn = sampler.draw(0).unwrap();
    let all = drawn.wealth().iter().fold(Sat::ZERO, |sum, (_, &sat)| sum.saturating_add(sat));
    assert_eq!(all, graph.total_capacity());
    let growth = Growth::of_largest_component(graph).unwrap();
    let edges: f64 = growth.in_tree.iter().map(|(_, p)| p).sum();
    assert!((edges + 1.0).round() as usize == growth.volume.nodes);
    let target = Target::Shares(NodeMap::filled(graph.node_count(), 500_000));
    let rebalance = || Feasibility::new(graph).rebalance(&target, 1).unwrap();
    let mut after = graph.clone();
    rebalance().circulation.apply(&mut after).unwrap();
    assert!(graph.nodes().all(|node| graph.wealth(node) == after.wealth(node)));
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    let mut numbers = 0..;
    group.bench_function("draw of wealth", |b| b.iter(|| black_box(sampler.draw(numbers.next().unwrap()))));
    group.bench_function("growth", |b| b.iter(|| black_box(Growth::of_largest_component(graph))));
    group.bench_function("rebalance", |b| b.iter(|| black_box(rebalance())));
    group.finish();
}

fn measure(c: &mut Criterion, name: &str, graph: &ChannelGraph) {
    let many = pairs(graph, 2_000);
    let mut view = Feasibility::new(graph);
    for amount in AMOUNTS.map(|sat| Msat::from(Sat(sat))) {
        many.iter()
            .take(200)
            .for_each(|&(from, to)| verify(graph, &mut view, Payment::new(from, to, amount)));
    }
    let payments = AMOUNTS
        .iter()
        .flat_map(|&sat| many.iter().map(move |&(from, to)| Payment::new(from, to, Msat::from(Sat(sat)))));
    percentiles(&format!("{name}, decide 1000 to 100000000 sat"), payments, |payment| {
        drop(black_box(view.decide(payment).unwrap()));
    });
    percentiles(&format!("{name}, largest amount"), many.iter(), |&(from, to)| {
        drop(black_box(view.max_amount(from, to).unwrap()));
    });

    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("layout", |b| b.iter(|| black_box(Feasibility::new(graph))));
    for sat in AMOUNTS {
        let amount = Msat::from(Sat(sat));
        let mut next = many.iter().cycle();
        group.bench_function(format!("decide {sat} sat"), |b| {
            b.iter(|| {
                let &(from, to) = next.next().unwrap();
                black_box(view.decide(Payment::new(from, to, amount)).unwrap())
            });
        });
    }
    let mut next = many.iter().cycle();
    group.bench_function("largest amount", |b| {
        b.iter(|| {
            let &(from, to) = next.next().unwrap();
            black_box(view.max_amount(from, to).unwrap())
        });
    });
    group.finish();
}

criterion_group!(benches, feasibility);
criterion_main!(benches);
