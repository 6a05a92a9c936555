//! P(feasible) on the public graph, or a generated one of its size where `FEASIBLE_DATA` does not name it.
//!
//! `cargo bench --bench reliability -- table [PAIRS]` prints what random pairs and amounts cost: seconds to 1 % of the
//! smaller of P and 1 - P at 99 %, flows, samples. Without `table`: criterion on decisions of drawn states.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod common;

use core::hint::black_box;
use std::time::Instant;

use common::public;
use criterion::Criterion;
use feasible::liquidity::generate;
use feasible::random::Random;
use feasible::reliability::{Estimator, Study, UncertainNetwork};
use feasible::{Balance, ChannelGraph, Msat, NodeId};

const CAP: f64 = 4.0;

fn graph() -> ChannelGraph {
    let mut graph = public().unwrap_or_else(|| generate::lightning(17_000, 58_000, 1).unwrap());
    let any = |channel| {
        let hi = Msat::from(graph.channel(channel).capacity());
        (channel, Balance::Between { lo: Msat::ZERO, hi })
    };
    let unknown: Vec<_> = graph.channels().map(any).collect();
    graph.set_balances(unknown).unwrap();
    graph
}

/// Random pairs of the largest component, and amounts from 1e3 to 1e8 sat at a uniform logarithm.
fn questions(graph: &ChannelGraph, count: u64) -> Vec<(NodeId, NodeId, u64)> {
    let (random, nodes) = (Random::new(5), graph.components().largest().collect::<Vec<_>>());
    let pick =
        |stream, i| nodes[usize::try_from(random.stream(stream).below(i, nodes.len() as u64)).unwrap()];
    let amount = |i| 10_f64.powf(3.0 + 5.0 * random.stream(2).unit(i)) as u64 * 1000;
    let all = (0..count).map(|i| (pick(0, i), pick(1, i), amount(i)));
    all.filter(|(from, to, _)| from != to).collect()
}

struct Row {
    seconds: f64,
    prepared: f64,
    flows: u64,
    samples: u64,
    estimate: [f64; 2],
    /// Half the width of the interval, as a share of the smaller of P and 1 - P (at least 1e-9).
    reached: f64,
    pooled: f64,
}

fn answer(network: &UncertainNetwork<'_>, from: NodeId, to: NodeId, amount: u64) -> Row {
    let begin = Instant::now();
    let study = Estimator::new().study(network, from, to, amount).unwrap();
    let prepared = begin.elapsed().as_secs_f64();
    let mut tallies = study.empty();
    while let Some(numbers) = study.next(&tallies).filter(|_| begin.elapsed().as_secs_f64() < CAP) {
        tallies = tallies.merged(&study.sample(numbers).unwrap());
    }
    let answer = study.outcome(&tallies);
    let seconds = begin.elapsed().as_secs_f64();
    let estimate = [answer.estimate, answer.infeasible_estimate];
    let width = (answer.interval[1] - answer.interval[0])
        .min(answer.infeasible_interval[1] - answer.infeasible_interval[0]);
    Row {
        seconds,
        prepared,
        flows: answer.flows_solved,
        samples: answer.tally.samples,
        estimate,
        reached: 0.5 * width / estimate[0].min(estimate[1]).max(1e-9),
        pooled: answer.pool_share(),
    }
}

fn table(pairs: u64) {
    let graph = graph();
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let mut rows = Vec::new();
    println!("  amount sat       P      1 - P  prepare s  total s   flows   samples  pooled  reached");
    for (from, to, amount) in questions(&graph, pairs) {
        let row = answer(&network, from, to, amount);
        println!(
            "{:12} {:7.4} {:10.3e} {:10.4} {:8.4} {:7} {:9} {:7.4} {:8.4}  {from} {to}",
            amount / 1000,
            row.estimate[0],
            row.estimate[1],
            row.prepared,
            row.seconds,
            row.flows,
            row.samples,
            row.pooled,
            row.reached
        );
        rows.push(row);
    }
    let missed = rows.iter().filter(|row| row.reached > 0.0101).count();
    rows.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let at = |percent: usize| rows[(rows.len() - 1) * percent / 100].seconds;
    println!(
        "{} pairs: median {:.4} s, 90 % {:.4} s, 99 % {:.4} s; {missed} not to 1 % within {CAP} s",
        rows.len(),
        at(50),
        at(90),
        at(99)
    );
}

fn decisions(c: &mut Criterion) {
    let graph = graph();
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let mut group = c.benchmark_group("reliability");
    group.sample_size(10);
    group.bench_function("layout", |b| b.iter(|| black_box(UncertainNetwork::of(&graph, None).unwrap())));
    let open = |study: &Study<'_, '_>| study.sample(0..4096).unwrap().samples() > 0;
    let studies: Vec<_> = questions(&graph, 60)
        .into_iter()
        .filter_map(|(from, to, amount)| Estimator::new().study(&network, from, to, amount).ok().filter(open))
        .collect();
    let mut next = studies.iter().cycle();
    group.bench_function("64 Ki pooled samples", |b| {
        b.iter(|| black_box(next.next().unwrap().sample(0..65_536).unwrap()));
    });
    group.finish();
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "table") {
        return table(arguments.get(at + 1).and_then(|pairs| pairs.parse().ok()).unwrap_or(200));
    }
    let mut criterion = Criterion::default().configure_from_args();
    decisions(&mut criterion);
    criterion.final_summary();
}
