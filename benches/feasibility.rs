//! Payments on a generated graph of the size of the public Lightning graph.
//!
//! Every answer is checked again from outside before it is timed.
#![allow(clippy::unwrap_used, missing_docs)]

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use feasible::check::{self, PaymentClaim};
use feasible::liquidity::{View, generate};
use feasible::random::Random;
use feasible::{ChannelGraph, Decision, Feasibility, Msat, NodeId, Payment, Sat};

const PAIRS: u64 = 64;

fn pairs(graph: &ChannelGraph) -> Vec<(NodeId, NodeId)> {
    let random = Random::new(3);
    let nodes = graph.node_count() as u64;
    let node =
        |stream, i| NodeId::new(usize::try_from(random.stream(stream).below(i, nodes)).unwrap()).unwrap();
    (0..PAIRS).map(|i| (node(0, i), node(1, i))).filter(|(from, to)| from != to).collect()
}

fn verify(graph: &ChannelGraph, payment: Payment) {
    let Payment { from, to, amount } = payment;
    let claim = |claim| check::payment(graph, View::default(), from, to, claim).unwrap();
    match payment.decide(graph).unwrap() {
        Decision::Feasible(flow) => claim(PaymentClaim::Feasible { amount, flows: flow.flows() }),
        Decision::Infeasible(cut) => claim(PaymentClaim::Infeasible { amount, cut: &cut }),
        Decision::Open { .. } => unreachable!("balances are known"),
    }
}

fn feasibility(c: &mut Criterion) {
    let mut graph = generate::lightning(17_000, 58_000, 1).unwrap();
    graph.draw_balances(1);
    let pairs = pairs(&graph);
    let mut group = c.benchmark_group("feasibility");
    group.sample_size(10);
    group.bench_function("layout", |b| b.iter(|| black_box(Feasibility::new(&graph))));
    let mut view = Feasibility::new(&graph);
    for sat in [1_000, 100_000, 10_000_000] {
        let amount = Msat::from(Sat(sat));
        pairs.iter().for_each(|&(from, to)| verify(&graph, Payment::new(from, to, amount)));
        let mut next = pairs.iter().cycle();
        group.bench_function(format!("decide {sat} sat"), |b| {
            b.iter(|| {
                let &(from, to) = next.next().unwrap();
                black_box(view.decide(Payment::new(from, to, amount)).unwrap())
            });
        });
    }
    let mut next = pairs.iter().cycle();
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
