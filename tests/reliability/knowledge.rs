//! What is learned of balances against direct conditioning over all states.

use std::time::Duration;

use crate::common::channels::graph;
use crate::common::worlds::{World, channel};
use feasible::knowledge::{Contradiction, CutOff, HalfLife, Hop, Knowledge, LearnError, Linear, Observation};
use feasible::law::{Interval, Point, Uniform};
use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction};
use feasible::random::Random;
use feasible::{Msat, Sat};

fn near(actual: f64, expected: f64, what: &str) {
    assert!(
        !actual.is_nan() && (actual.exp() - expected).abs() <= 1e-12 * expected.max(1e-3),
        "{what}: {} {expected}",
        actual.exp()
    );
}

#[test]
fn learning_is_conditioning() {
    let (mut unknown, mut dropped) = (0, 0);
    for case in 0..1_000 {
        let random = Random::new(17).stream(case);
        let mut world = World::new(random.stream(0));
        let mut known = world.knowledge();
        let mut locked = Vec::new();
        for step in 0..8 {
            let random = random.stream(100 + step);
            let observation = world.observe(random, &mut locked);
            let learned = known.learn(observation).unwrap();
            assert_eq!(learned.contradictions, [], "case {case}");
            dropped += learned.dropped;
            unknown += usize::from(known.unknown_failures() > 1);
            for i in 0..world.laws.len() {
                for direction in Direction::BOTH {
                    for amount in [0, 1, 125, 250, 375, 500, 1000] {
                        let actual = known.ln_probability(channel(i), direction, Msat(amount));
                        let d = direction as usize;
                        let expected = world.probability(|world, state| {
                            amount == 0 || world.liquidity(state, i, d) >= amount as i64
                        });
                        near(
                            actual,
                            expected,
                            &format!("case {case} step {step} channel {i} {direction} {amount}"),
                        );
                    }
                }
            }
            let hops = world.hops(random.stream(50));
            let mut boxes = Vec::new();
            for i in 0..world.laws.len() {
                let load = |d: Direction| {
                    let same = |hop: &&Hop| hop.channel.index() == i && hop.direction == d;
                    Msat(hops.iter().filter(same).map(|hop| hop.amount.0).sum())
                };
                boxes.push(
                    known
                        .carrying(channel(i), [load(Direction::AToB), load(Direction::BToA)])
                        .map(|b| (channel(i), b)),
                );
            }
            let expected = world.probability(|world, state| world.first_failure(state, &hops).is_none());
            match boxes.into_iter().collect::<Option<Vec<_>>>() {
                Some(boxes) => {
                    near(known.ln_joint(&boxes), expected, &format!("case {case} step {step} joint"))
                }
                None => assert_eq!(expected, 0.0),
            }
        }
    }
    assert!(unknown > 300 && dropped == 0, "{unknown} {dropped}");
}

/// Anything at all, sensible or not.
fn anything(random: Random, channels: u64) -> Observation {
    let hop = |j: u64| {
        let random = random.stream(j);
        let direction = Direction::BOTH[random.below(1, 2) as usize];
        let amount = [0, 1, 300, 700, 1000, 1001, u64::MAX][random.below(2, 7) as usize];
        Hop::new(channel(random.below(0, channels) as usize), direction, Msat(amount))
    };
    let hops: Vec<Hop> = (0..random.below(0, 5)).map(hop).collect();
    match random.below(1, 10) {
        0 => Observation::Forwarded { hops },
        1 | 2 => Observation::Failed { hops, at: random.below(2, 3) as usize },
        3 | 4 => Observation::FailedSomewhere { hops },
        5 => Observation::Locked { hops },
        6 => Observation::Settled { hops },
        7 => Observation::Released { hops },
        8 => Observation::Passed { time: Duration::from_secs(random.below(3, 4_000)) },
        _ => {
            let (a, b) = (random.below(4, 1_100), random.below(5, 1_100));
            let balance = Interval::new(a.min(b), a.max(b)).unwrap();
            Observation::Told { channel: hop(9).channel, balance }
        }
    }
}

#[test]
fn anything_can_be_learned_taken_back_and_replayed() {
    let hour = Duration::from_secs(3600);
    let (mut refused, mut contradicted, mut dropped) = (0, 0, 0);
    for case in 0..400 {
        let random = Random::new(5).stream(case);
        let graph = graph(2, &[(0, 1, 1), (0, 1, 1), (1, 0, 1), (0, 1, 2)]);
        let start = match case % 4 {
            0 => Knowledge::new(&graph, Uniform).with_decay(HalfLife::new(hour)),
            1 => Knowledge::new(&graph, Uniform).with_decay(Linear::new(2 * hour)),
            2 => Knowledge::new(&graph, Uniform).with_decay(CutOff::new(hour)),
            _ => Knowledge::new(&graph, Point::new(600)),
        };
        let (mut known, mut before) = (start.clone(), Vec::new());
        for step in 0..60 {
            let last = known.clone();
            match known.learn(anything(random.stream(step), 5 - u64::from(case % 3 > 0))) {
                Ok(learned) => {
                    contradicted += learned.contradictions.len();
                    dropped += learned.dropped;
                    before.push(last);
                }
                Err(_) => {
                    refused += 1;
                    assert!(known.same_state(&last));
                    assert_eq!(known.log().len(), last.log().len());
                }
            }
            for (i, id) in graph.channels().enumerate() {
                let (range, capacity) = (known.range(id), known.capacity(id).0);
                let [f, g] = Direction::BOTH.map(|d| known.in_flight(id, d).0);
                assert!(f <= range.lo() && range.hi() <= capacity - g, "case {case} step {step} channel {i}");
                let mut last = 0.0;
                for amount in [0, 1, 300, 700, 1000, 1001, u64::MAX] {
                    let ln = known.ln_probability(id, Direction::AToB, Msat(amount));
                    assert!(ln <= last + 1e-12, "case {case} step {step} channel {i}: {ln} {last}");
                    last = ln;
                }
            }
        }
        let mut replayed = start.clone();
        known.log().for_each(|observation| drop(replayed.learn(observation.clone()).unwrap()));
        assert!(replayed.same_state(&known), "case {case}");
        for earlier in before.into_iter().rev() {
            assert!(known.undo().is_some());
            assert!(known.same_state(&earlier), "case {case}");
        }
        assert_eq!(known.undo(), None);
        assert!(known.same_state(&start));
    }
    assert!(refused > 1_000 && contradicted > 1_000 && dropped < 10, "{refused} {contradicted} {dropped}");
}

fn hop(direction: Direction, amount: u64) -> Vec<Hop> {
    vec![Hop::new(channel(0), direction, Msat(amount))]
}

#[test]
fn contradictions_are_reported_and_start_anew() {
    let graph = graph(2, &[(0, 1, 1)]);
    let mut known = Knowledge::new(&graph, Uniform);
    known.learn(Observation::Forwarded { hops: hop(Direction::AToB, 700) }).unwrap();
    // b has at most 300, and now is said to have had 400.
    let learned = known.learn(Observation::Forwarded { hops: hop(Direction::BToA, 400) }).unwrap();
    let (was, claimed) = (Interval::new(700, 1000).unwrap(), Interval::new(0, 600));
    assert_eq!(learned.contradictions, [Contradiction::Channel { channel: channel(0), known: was, claimed }]);
    assert_eq!(known.range(channel(0)), Interval::up_to(600));
    // Nothing fails for lack of nothing, and nothing carries more than there is.
    for (observation, claimed) in [
        (Observation::Failed { hops: hop(Direction::AToB, 0), at: 0 }, None),
        (Observation::Forwarded { hops: hop(Direction::AToB, 1001) }, None),
    ] {
        let learned = known.learn(observation).unwrap();
        assert!(
            matches!(&*learned.contradictions, [Contradiction::Channel { claimed: c, .. }] if *c == claimed),
            "{learned:?}"
        );
        assert_eq!(known.range(channel(0)), Interval::up_to(1000));
    }
    // A law that is wrong: all its mass is at 600.
    let mut known = Knowledge::new(&graph, Point::new(600));
    let learned = known.learn(Observation::Failed { hops: hop(Direction::AToB, 501), at: 0 }).unwrap();
    assert_eq!(learned.contradictions.len(), 1);
    assert!(
        (known.ln_probability(channel(0), Direction::AToB, Msat(401)).exp() - 100.0 / 501.0).abs() < 1e-15
    );
}

#[test]
fn observations_that_make_no_sense_are_refused() {
    let mut known = Knowledge::new(&graph(2, &[(0, 1, 1)]), Uniform);
    let far = vec![Hop::new(channel(1), Direction::AToB, Msat(1))];
    let over = Observation::Locked { hops: [hop(Direction::AToB, 600), hop(Direction::BToA, 401)].concat() };
    let told = Observation::Told { channel: channel(0), balance: Interval::new(1001, 2000).unwrap() };
    for (observation, error) in [
        (
            Observation::Forwarded { hops: far },
            LearnError::UnknownChannel { channel: channel(1), channels: 1 },
        ),
        (
            Observation::Failed { hops: hop(Direction::AToB, 1), at: 1 },
            LearnError::Position { at: 1, hops: 1 },
        ),
        (over, LearnError::Overfull { channel: channel(0), in_flight: Msat(1001), capacity: Msat(1000) }),
        (
            Observation::Settled { hops: hop(Direction::BToA, 1) },
            LearnError::NotInFlight {
                channel: channel(0),
                direction: Direction::BToA,
                amount: Msat(1),
                in_flight: Msat(0),
            },
        ),
        (told, LearnError::Balance { channel: channel(0), lo: 1001, hi: 2000 }),
    ] {
        assert_eq!(known.learn(observation), Err(error));
    }
    assert_eq!(known.log().len(), 0);
}

#[test]
fn time_widens_what_is_known_of_others() {
    let mut b = ChannelGraphBuilder::new();
    let (a, z) = (b.add_node().unwrap(), b.add_node().unwrap());
    let own = b.add_channel(Channel::new(a, z, Sat(1)).balance(Balance::Known(Msat(300)))).unwrap();
    let other = b.add_channel(Channel::new(a, z, Sat(1))).unwrap();
    let graph = b.build();
    let hour = Duration::from_secs(3600);
    let on_other = |amount| vec![Hop::new(other, Direction::AToB, Msat(amount))];
    let aged = |start: Knowledge, time| {
        let mut known = start;
        known.learn(Observation::Locked { hops: on_other(400) }).unwrap();
        known.learn(Observation::Failed { hops: on_other(200), at: 0 }).unwrap();
        known.learn(Observation::Passed { time }).unwrap();
        assert_eq!(known.balance(own), Balance::Known(Msat(300)));
        let locked = known.range(other);
        known.learn(Observation::Settled { hops: on_other(400) }).unwrap();
        assert_eq!(known.range(other), Interval::new(locked.lo() - 400, locked.hi() - 400).unwrap());
        known.learn(Observation::Passed { time }).unwrap();
        (locked, known.range(other), known.moved(other))
    };
    let range = |lo, hi| Interval::new(lo, hi).unwrap();
    let start = || Knowledge::new(&graph, Uniform);
    // Locked 400 and failed at 200 more: 400..=599. The least balance never falls below what is locked.
    assert_eq!(aged(start(), hour), (range(400, 599), range(0, 199), 400));
    assert_eq!(aged(start().with_decay(HalfLife::new(hour)), hour), (range(400, 800), range(0, 700), 200));
    assert_eq!(aged(start().with_decay(Linear::new(10 * hour)), hour), (range(400, 699), range(0, 399), 300));
    let cut = start().with_decay(CutOff::new(2 * hour));
    // The end is forgotten, the settled amount is younger: b has at least that.
    assert_eq!(aged(cut, hour), (range(400, 599), range(0, 600), 400));
    // Half-lives add up.
    let mut known = start().with_decay(HalfLife::new(hour));
    known.learn(Observation::Failed { hops: on_other(201), at: 0 }).unwrap();
    let mut twice = known.clone();
    known.learn(Observation::Passed { time: 2 * hour }).unwrap();
    (0..2).for_each(|_| drop(twice.learn(Observation::Passed { time: hour }).unwrap()));
    assert!(twice.same_state(&known));
    // A failure at an unknown hop fades as well.
    let both = vec![Hop::new(own, Direction::AToB, Msat(300)), on_other(500)[0]];
    let mut known = start().with_decay(HalfLife::new(hour));
    known.learn(Observation::FailedSomewhere { hops: both }).unwrap();
    // The own channel was able, so it was the other one.
    assert_eq!((known.unknown_failures(), known.range(other)), (0, range(0, 499)));
}

#[test]
fn an_unknown_hop_is_a_posterior_of_all() {
    // P(hop i lacked | failed) = (1 - p_i) / (1 - p_1 p_2 p_3).
    let graph = graph(2, &[(0, 1, 1), (0, 1, 2), (0, 1, 5)]);
    let mut known = Knowledge::new(&graph, Uniform);
    let hops: Vec<Hop> = (0..3).map(|i| Hop::new(channel(i), Direction::AToB, Msat(400))).collect();
    let p: Vec<f64> =
        hops.iter().map(|h| known.ln_probability(h.channel, h.direction, h.amount).exp()).collect();
    known.learn(Observation::FailedSomewhere { hops: hops.clone() }).unwrap();
    let all: f64 = p.iter().product();
    for (hop, p) in hops.iter().zip(&p) {
        let lacks = -known.ln_probability(hop.channel, hop.direction, hop.amount).exp_m1();
        assert!((lacks - (1.0 - p) / (1.0 - all)).abs() < 1e-14);
    }
    // Two of them turn out to be able: it was the third.
    known.learn(Observation::Forwarded { hops: hops[..2].to_vec() }).unwrap();
    assert_eq!((known.unknown_failures(), known.range(channel(2))), (0, Interval::up_to(399)));
}

#[cfg(feature = "serde")]
#[test]
fn a_log_survives_a_file() {
    let graph = graph(2, &[(0, 1, 1), (0, 1, 1)]);
    let start = || Knowledge::new(&graph, Uniform).with_decay(HalfLife::new(Duration::from_secs(3600)));
    let mut known = start();
    for step in 0..300 {
        drop(known.learn(anything(Random::new(8).stream(step), 2)));
    }
    let log: Vec<&Observation> = known.log().collect();
    let text = serde_json::to_string(&log).unwrap();
    let read: Vec<Observation> = serde_json::from_str(&text).unwrap();
    let mut replayed = start();
    read.into_iter().for_each(|observation| drop(replayed.learn(observation).unwrap()));
    assert!(replayed.same_state(&known) && known.log().len() > 50);
    assert!(
        serde_json::from_str::<Observation>(r#"{"Told":{"channel":4294967295,"balance":[0,1]}}"#).is_err()
    );
}
