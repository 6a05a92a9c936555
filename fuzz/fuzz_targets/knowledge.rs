//! Observations of any kind: what was learned is replayed to the same state and taken back to the first one; what comes
//! from a true state contradicts nothing and never excludes it.
#![no_main]

use std::time::Duration;

use feasible::knowledge::{CutOff, HalfLife, Hop, Knowledge, Linear, Observation};
use feasible::law::{Exponentials, Interval, Uniform};
use feasible::liquidity::{Channel, ChannelGraph, ChannelGraphBuilder, Direction};
use feasible::{ChannelId, Msat, Sat};
use libfuzzer_sys::fuzz_target;

fn network() -> Option<ChannelGraph> {
    let mut b = ChannelGraphBuilder::new();
    let nodes = [b.add_node().ok()?, b.add_node().ok()?, b.add_node().ok()?];
    for (i, capacity) in [1, 1, 2, 5, 2_000_000_000_000_000].into_iter().enumerate() {
        b.add_channel(Channel::new(nodes[i % 3], nodes[(i + 1) % 3], Sat(capacity))).ok()?;
    }
    Some(b.build())
}

fn start(graph: &ChannelGraph, kind: u8) -> Option<Knowledge> {
    let hour = Duration::from_secs(3600);
    Some(match kind % 4 {
        0 => Knowledge::new(graph, Uniform).with_decay(HalfLife::new(hour)),
        1 => Knowledge::new(graph, Uniform).with_decay(Linear::new(hour)),
        2 => Knowledge::new(graph, Uniform).with_decay(CutOff::new(hour)),
        _ => Knowledge::new(graph, Exponentials::bimodal(100.0).ok()?),
    })
}

type Step = (u8, Vec<(u8, u64)>, u16);

fn hops(list: &[(u8, u64)], channels: u8) -> Option<Vec<Hop>> {
    let hop = |&(place, amount): &(u8, u64)| {
        let direction = Direction::BOTH[usize::from(place >> 7)];
        Some(Hop::new(ChannelId::new(usize::from(place % channels))?, direction, Msat(amount)))
    };
    list.iter().take(8).map(hop).collect()
}

/// Any observation, sensible or not.
fn any(step: &Step) -> Option<Observation> {
    let (kind, list, number) = step;
    let hops = hops(list, 6)?;
    Some(match kind % 8 {
        0 => Observation::Forwarded { hops },
        1 => Observation::Failed { hops, at: usize::from(number % 8) },
        2 => Observation::FailedSomewhere { hops },
        3 => Observation::Locked { hops },
        4 => Observation::Settled { hops },
        5 => Observation::Released { hops },
        6 => Observation::Passed { time: Duration::from_secs(u64::from(*number)) },
        _ => {
            let &(channel, lo) = list.first()?;
            let balance = Interval::new(lo, lo.saturating_add(u64::from(*number)))?;
            Observation::Told { channel: ChannelId::new(usize::from(channel % 6))?, balance }
        }
    })
}

/// Nothing may contradict a true state that never changes: x of each channel, nothing in flight.
fn honest(graph: &ChannelGraph, steps: &[Step], truth: [u64; 5]) -> Option<()> {
    let mut known = start(graph, 3)?;
    let capacity = |i: usize| known.capacity(ChannelId::new(i).unwrap()).0;
    let truth: Vec<u64> = (0..5).map(|i| truth[i] % (capacity(i) + 1)).collect();
    for (kind, list, _) in steps.iter().take(40) {
        let hops = hops(list, 5)?;
        let fails = (0..hops.len()).find(|&at| {
            let hop = hops[at];
            let same =
                hops[..=at].iter().filter(|h| (h.channel, h.direction) == (hop.channel, hop.direction));
            let load = same.fold(0_u64, |sum, h| sum.saturating_add(h.amount.0));
            let x = truth[hop.channel.index()];
            let owned = if hop.direction == Direction::AToB { x } else { known.capacity(hop.channel).0 - x };
            hop.amount.0 > 0 && owned < load
        });
        let seen = match fails {
            None => Observation::Forwarded { hops },
            Some(at) if kind % 2 == 0 => Observation::Failed { hops, at },
            Some(_) => Observation::FailedSomewhere { hops },
        };
        let learned = known.learn(seen).unwrap();
        // A law may give a true balance no mass that a number can hold; then it is the law that is contradicted.
        if !learned.contradictions.is_empty() {
            return None;
        }
        for (i, &x) in truth.iter().enumerate() {
            assert!(known.range(ChannelId::new(i)?).contains(x), "channel {i}: {x}");
        }
    }
    Some(())
}

fuzz_target!(|input: (u8, Vec<Step>, [u64; 5])| {
    let (kind, steps, truth) = input;
    let Some(graph) = network() else { return };
    let Some(first) = start(&graph, kind) else { return };
    let mut known = first.clone();
    for seen in steps.iter().take(60).filter_map(any) {
        let before = known.clone();
        if known.learn(seen).is_err() {
            assert!(known.same_state(&before));
            continue;
        }
        for channel in graph.channels() {
            for direction in Direction::BOTH {
                let within = known.liquidity(channel, direction);
                assert!(known.ln_probability(channel, direction, within.certain) >= -1e-9);
                let ln = known.ln_probability(channel, direction, Msat(within.possible.0 / 2 + 1));
                assert!(ln <= 0.0, "{ln}");
                let most =
                    known.ln_probability(channel, direction, Msat(within.possible.0.saturating_add(1)));
                assert_eq!(most, f64::NEG_INFINITY);
            }
        }
    }
    let mut replayed = first.clone();
    for seen in known.log() {
        replayed.learn(seen.clone()).unwrap();
    }
    assert!(replayed.same_state(&known));
    while known.undo().is_some() {}
    assert!(known.same_state(&first));
    let _ = honest(&graph, &steps, truth);
});
