//! Learning and asking on a generated graph of the size of the public Lightning graph.
//!
//! Before anything is timed, an undone sequence is compared with the state it began from.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

use core::hint::black_box;
use core::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use feasible::knowledge::compat::{Estimate, Ldk};
use feasible::knowledge::{HalfLife, Hop, Knowledge, Observation};
use feasible::law::{Exponentials, Uniform};
use feasible::liquidity::{Balance, Direction, generate};
use feasible::random::Random;
use feasible::reliability::{information, tries};
use feasible::{ChannelGraph, ChannelId, Msat};

fn attempt(graph: &ChannelGraph, random: Random, hops: u64) -> Vec<Hop> {
    let hop = |i: u64| {
        let channels = graph.channel_count() as u64;
        let channel = ChannelId::new(usize::try_from(random.below(2 * i, channels)).unwrap()).unwrap();
        let capacity = Msat::from(graph.channel(channel).capacity()).0;
        Hop::new(channel, Direction::AToB, Msat(1 + random.below(2 * i + 1, capacity)))
    };
    (0..hops).map(hop).collect()
}

fn knowledge(c: &mut Criterion) {
    let mut graph = generate::lightning(17_000, 58_000, 1).unwrap();
    // The generator says all balances; here nobody sees them.
    for channel in graph.channels() {
        let hi = Msat::from(graph.channel(channel).capacity());
        graph.set_balance(channel, Balance::Between { lo: Msat(0), hi }).unwrap();
    }
    let attempts: Vec<Vec<Hop>> = (0..64).map(|i| attempt(&graph, Random::new(1).stream(i), 5)).collect();
    let decay = HalfLife::new(Duration::from_secs(1800));
    let uniform = Knowledge::new(&graph, Uniform).with_decay(decay);
    let bimodal = Knowledge::new(&graph, Exponentials::bimodal(3e8).unwrap()).with_decay(decay);
    for (name, start) in [("uniform", &uniform), ("bimodal", &bimodal)] {
        let mut known = start.clone();
        for hops in &attempts {
            known.learn(Observation::Failed { hops: hops.clone(), at: 4 }).unwrap();
        }
        let mut undone = known.clone();
        while undone.undo().is_some() {}
        assert!(undone.same_state(start));

        let mut i = 0;
        c.bench_function(&format!("knowledge/{name}/ln_probability"), |b| {
            b.iter(|| {
                i = (i + 1) % attempts.len();
                let hop = attempts[i][i % 5];
                black_box(&known).ln_probability(hop.channel, hop.direction, Msat(hop.amount.0 / 3 + 1))
            });
        });
        c.bench_function(&format!("knowledge/{name}/path of 4"), |b| {
            b.iter(|| {
                i = (i + 1) % attempts.len();
                black_box(&known).ln_carries(&attempts[i][..4])
            });
        });
        c.bench_function(&format!("knowledge/{name}/learn and undo 5 hops"), |b| {
            b.iter(|| {
                i = (i + 1) % attempts.len();
                known.learn(Observation::Failed { hops: attempts[i].clone(), at: 3 }).unwrap();
                known.undo()
            });
        });
        c.bench_function(&format!("knowledge/{name}/an hour passes"), |b| {
            b.iter(|| {
                known.learn(Observation::Passed { time: Duration::from_secs(3600) }).unwrap();
                known.undo()
            });
        });
        c.bench_function(&format!("knowledge/{name}/bits of a probe"), |b| {
            b.iter(|| information(black_box(&known), &attempts[3]));
        });
    }
    unknown_hops(c, &graph);

    let mut ldk = Ldk::new(&graph).historical();
    let mut i = 0;
    c.bench_function("knowledge/ldk/learn 5 hops", |b| {
        b.iter(|| {
            i = (i + 1) % attempts.len();
            ldk.learn(&Observation::Failed { hops: attempts[i].clone(), at: 3 }).unwrap();
        });
    });
}

/// Failures of attempts that share half of their hops.
fn unknown_hops(c: &mut Criterion, graph: &ChannelGraph) {
    let mut known = Knowledge::new(graph, Uniform);
    let shared = attempt(graph, Random::new(9), 3);
    let of = |i: u64| [shared.clone(), attempt(graph, Random::new(9).stream(i), 3)].concat();
    for i in 0..6 {
        known.learn(Observation::FailedSomewhere { hops: of(i) }).unwrap();
    }
    assert!(known.unknown_failures() > 1);
    c.bench_function("knowledge/uniform/path among 6 unknown failures", |b| {
        b.iter(|| black_box(&known).ln_carries(&shared[..2]));
    });
    let attempts: Vec<Vec<Hop>> = (20..28).map(of).collect();
    let fresh = Knowledge::new(graph, Uniform);
    c.bench_function("knowledge/uniform/8 tries that share 3 of 6 hops", |b| {
        b.iter(|| tries(black_box(&fresh), &attempts).unwrap());
    });
}

criterion_group!(benches, knowledge);
criterion_main!(benches);
