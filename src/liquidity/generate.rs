//! Seeded graphs that look like the public Lightning graph, for examples, tests and benchmarks.
//!
//! Degrees come from preferential attachment (Barabási and Albert, "Emergence of scaling in random
//! networks", Science 286, 1999): drawing the end of a channel uniformly meets nodes in proportion to
//! their degree. A new node opens its first channel to the older of two such ends, which makes the
//! largest hubs larger; the channels left over join the older of two such ends with another one or, by
//! the toss of a coin, with any node. Capacities are log-normal with the median (1.5 million sat) and
//! the spread of the public graph of 2024, half of the balances are uniform and half lie near one end.
//! Fees and limits follow the shares of that graph.
//!
//! Real graphs have more hubs that know each other, several components, and balances that nobody has
//! published: draw conclusions about real networks from real graphs.

use alloc::vec::Vec;

use super::{Balance, Channel, ChannelGraph, ChannelGraphBuilder, Direction, GraphError, Policy};
use crate::amount::{Msat, Sat};
use crate::id::NodeId;
use crate::random::Random;

// Streams of random numbers.
const FIRST: u64 = 0;
const ENDS: u64 = 1;
const CAPACITIES: u64 = 2;
const BALANCES: u64 = 3;
const POLICIES: u64 = 4;
const OTHERS: u64 = 5;
const COINS: u64 = 6;

/// A connected graph of `nodes` nodes and at least `nodes - 1`, otherwise `channels` channels.
///
/// The same arguments give the same graph everywhere. O(nodes + channels).
///
/// # Errors
///
/// [`GraphError::TooManyNodes`], [`GraphError::TooManyChannels`]; [`GraphError::Capacity`] if the drawn
/// capacities exceed the supply of money, which takes more than about 100 million channels.
///
/// ```
/// let graph = feasible::liquidity::generate::lightning(100, 300, 7)?;
/// assert_eq!((graph.node_count(), graph.channel_count()), (100, 300));
/// assert_eq!(graph.components().sizes, [100]);
/// # Ok::<(), feasible::liquidity::GraphError>(())
/// ```
pub fn lightning(nodes: usize, channels: usize, seed: u64) -> Result<ChannelGraph, GraphError> {
    let random = Random::new(seed);
    let mut b = ChannelGraphBuilder::new();
    let mut ends: Vec<NodeId> = Vec::new();
    let mut known: Vec<NodeId> = Vec::new();
    for i in 0..nodes as u64 {
        let node = b.add_node()?;
        if let Some(&first) = known.first() {
            let peer = if ends.is_empty() { first } else { hub(random.stream(FIRST), i, &ends) };
            connect(&mut b, &mut ends, random, (node, peer))?;
        }
        known.push(node);
    }
    // A graph of one node has nowhere to put a channel.
    let more = if nodes < 2 { 0 } else { channels.saturating_sub(nodes - 1) };
    for i in 0..more as u64 {
        let one = hub(random.stream(ENDS), i, &ends);
        let list = if random.stream(COINS).below(i, 2) == 0 { &known } else { &ends };
        let other = pick(random.stream(OTHERS), i, list);
        let other = if other == one { known[(one.index() + 1) % known.len()] } else { other };
        connect(&mut b, &mut ends, random, (one, other))?;
    }
    Ok(b.build())
}

fn pick(random: Random, index: u64, list: &[NodeId]) -> NodeId {
    #[allow(clippy::cast_possible_truncation)] // below the length of a list
    list[random.below(index, list.len() as u64) as usize]
}

/// The older of two ends drawn uniformly: age and degree go together.
fn hub(random: Random, index: u64, ends: &[NodeId]) -> NodeId {
    pick(random, index.wrapping_mul(2), ends).min(pick(random, index.wrapping_mul(2).wrapping_add(1), ends))
}

fn connect(
    b: &mut ChannelGraphBuilder,
    ends: &mut Vec<NodeId>,
    random: Random,
    (one, other): (NodeId, NodeId),
) -> Result<(), GraphError> {
    let index = b.channel_count() as u64;
    let (low, high) = if one < other { (one, other) } else { (other, one) };
    let capacity = capacity(random.stream(CAPACITIES), index);
    let mut channel = Channel::new(low, high, capacity).balance(Balance::Known(Msat::from(balance(
        random.stream(BALANCES),
        index,
        capacity,
    ))));
    for (i, direction) in Direction::BOTH.into_iter().enumerate() {
        let key = index.wrapping_mul(2).wrapping_add(i as u64);
        channel = channel.policy(direction, policy(random.stream(POLICIES), key, capacity));
    }
    b.add_channel(channel)?;
    ends.extend([low, high]);
    Ok(())
}

/// A standard normal number by the method of Box and Muller (1958).
fn normal(random: Random, index: u64) -> f64 {
    let (u, v) = (random.unit(index.wrapping_mul(2)), random.unit(index.wrapping_mul(2).wrapping_add(1)));
    libm::sqrt(-2.0 * libm::log(1.0 - u)) * libm::cos(core::f64::consts::TAU * v)
}

/// A log-normal number, rounded down and kept within bounds.
fn log_normal(random: Random, index: u64, median: f64, spread: f64, (low, high): (u64, u64)) -> u64 {
    let value = median * libm::exp(spread * normal(random, index));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, and value >= 0
    let whole = value as u64;
    whole.clamp(low, high)
}

fn capacity(random: Random, index: u64) -> Sat {
    Sat(log_normal(random, index, 1_500_000.0, 1.9, (20_000, 1_000_000_000)))
}

/// Half of the balances uniform, a quarter near either end.
fn balance(random: Random, index: u64, capacity: Sat) -> Sat {
    let share = random.unit(index.wrapping_mul(2));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let near = ((capacity.0 as f64 * share * share * share * share) as u64).min(capacity.0);
    match random.below(index.wrapping_mul(2).wrapping_add(1), 4) {
        0 => Sat(near),
        1 => Sat(capacity.0 - near),
        _ => Sat(random.stream(1).below(index, capacity.0 + 1)),
    }
}

fn policy(random: Random, key: u64, capacity: Sat) -> Policy {
    let base_fee = match random.stream(1).below(key, 10) {
        0..6 => 0,
        6..9 => 1000,
        _ => random.stream(2).below(key, 10_000),
    };
    let ppm = match random.stream(3).below(key, 10) {
        0..3 => 0,
        3..5 => 1,
        _ => log_normal(random.stream(4), key, 400.0, 1.0, (1, 10_000)),
    };
    let whole = Msat::from(capacity);
    let htlc_max = if random.stream(5).below(key, 3) == 0 { whole } else { Msat(whole.0 / 100 * 99) };
    Policy {
        enabled: random.stream(6).below(key, 10) != 0,
        base_fee: Msat(base_fee),
        ppm: u32::try_from(ppm).unwrap_or(u32::MAX),
        htlc_min: Msat(if random.stream(7).below(key, 2) == 0 { 1 } else { 1000 }),
        htlc_max,
        cltv_delta: [40, 80, 144][usize::try_from(random.stream(8).below(key, 3)).unwrap_or(0)],
    }
}
