//! P(feasible) on the public graph, or a generated one of its size where `FEASIBLE_DATA` does not name it.
//!
//! `cargo bench --bench reliability -- table [PAIRS]` prints what random pairs and amounts cost: seconds to 1 % of the
//! smaller of P and 1 - P at 99 %, flows, samples, and single decisions. `-- gain [PAIRS]` compares with drawing every balance and
//! Dinic's algorithm, `-- hard [PAIRS]` asks neighbours, and pairs of a sparse graph, whose bottleneck is no star. Without any:
//! criterion on pooled samples and drawn states.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod common;
#[path = "tables/dinic.rs"]
mod dinic;
#[path = "tables/hard.rs"]
mod hard;
#[path = "tables/reliability.rs"]
mod table;

use core::hint::black_box;

use common::public;
use criterion::Criterion;
use feasible::liquidity::generate;
use feasible::random::Random;
use feasible::reliability::{Estimator, Study, UncertainNetwork};
use feasible::{Balance, ChannelGraph, Msat, NodeId};

/// From, to, amount.
type Question = (NodeId, NodeId, u64);

fn graph() -> ChannelGraph {
    unknown(public().unwrap_or_else(|| generate::lightning(17_000, 58_000, 1).unwrap()))
}

/// Nobody knows a balance.
fn unknown(mut graph: ChannelGraph) -> ChannelGraph {
    let any = |channel| {
        let hi = Msat::from(graph.channel(channel).capacity());
        (channel, Balance::Between { lo: Msat::ZERO, hi })
    };
    let all: Vec<_> = graph.channels().map(any).collect();
    graph.set_balances(all).unwrap();
    graph
}

/// Random pairs of the largest component, and amounts from 1e3 to 1e8 sat at a uniform logarithm.
fn questions(graph: &ChannelGraph, count: u64) -> Vec<Question> {
    let (random, nodes) = (Random::new(5), graph.components().largest().collect::<Vec<_>>());
    let pick =
        |stream, i| nodes[usize::try_from(random.stream(stream).below(i, nodes.len() as u64)).unwrap()];
    let amount = |i| 10_f64.powf(3.0 + 5.0 * random.stream(2).unit(i)) as u64 * 1000;
    let all = (0..count).map(|i| (pick(0, i), pick(1, i), amount(i)));
    all.filter(|(from, to, _)| from != to).collect()
}

fn decisions(c: &mut Criterion) {
    let graph = graph();
    let network = UncertainNetwork::of(&graph, None).unwrap();
    let mut group = c.benchmark_group("reliability");
    group.sample_size(10);
    group.bench_function("layout", |b| b.iter(|| black_box(UncertainNetwork::of(&graph, None).unwrap())));
    let questions = questions(&graph, 60);
    let open = |study: &Study<'_, '_>| study.sample(0..4096).unwrap().samples() > 0;
    let studies: Vec<_> = questions
        .iter()
        .filter_map(|&(from, to, amount)| {
            Estimator::new().study(&network, from, to, amount).ok().filter(open)
        })
        .collect();
    let mut next = studies.iter().cycle();
    group.bench_function("64 Ki pooled samples", |b| {
        b.iter(|| black_box(next.next().unwrap().sample(0..65_536).unwrap()));
    });
    let (mut next, mut states) = ((0..).zip(questions.iter().cycle()), network.states(1));
    group.bench_function("one drawn state", |b| {
        b.iter(|| {
            let (number, &(from, to, amount)) = next.next().unwrap();
            black_box(states.decide(number, from, to, amount).unwrap())
        });
    });
    group.finish();
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let programs = [("table", table::pairs as fn(u64)), ("gain", table::gains), ("hard", hard::pairs)];
    for (name, program) in programs {
        if let Some(at) = arguments.iter().position(|argument| argument == name) {
            return program(arguments.get(at + 1).and_then(|pairs| pairs.parse().ok()).unwrap_or(200));
        }
    }
    let mut criterion = Criterion::default().configure_from_args();
    decisions(&mut criterion);
    criterion.final_summary();
}
