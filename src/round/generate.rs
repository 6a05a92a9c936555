//! Seeded rounds on Lightning-like graphs, for examples, tests and benchmarks.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::builder::RoundBuilder;
use super::error::RoundError;
use super::instance::{Anchor, Channel, Demand, Round, Rules};
use crate::amount::Sat;
use crate::id::NodeId;
use crate::liquidity::{ChannelGraph, Direction, generate};
use crate::random::Random;

/// How large a generated round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// Nodes of the graph, at least 2.
    pub nodes: usize,
    /// Channels, at least one less than nodes.
    pub channels: usize,
    /// Nodes that take part, the server included; at least 2, at most all.
    pub participants: usize,
    /// Demands between participants.
    pub demands: usize,
    /// The touch limit.
    pub max_touches: u32,
}

// Streams of random numbers.
const PARTICIPANTS: u64 = 1;
const ANCHORS: u64 = 2;
const LIVES: u64 = 3;
const FREE: u64 = 4;
const PEERS: u64 = 5;
const DEMANDS: u64 = 6;
const AMOUNTS: u64 = 7;

/// A round on [`liquidity::generate::lightning`](crate::liquidity::generate::lightning): the node with the
/// most channels is the server, the other participants are drawn uniformly. Channels between participants
/// are reshapable, six in ten of them vTXOs; candidates join the server with every participant that it has
/// no channel with, and pairs of participants. Half of the users have free funds; the server's treasury is a
/// twentieth and the fronting budget half of what the participants own. Demands are log-uniform between
/// 20,000 sat and nine tenths of what the sender owns (6 million sat at most), of weight 1. Sizes out of
/// range are brought into it.
///
/// # Errors
///
/// [`RoundError`] if the size exceeds the number of ids or the drawn money all there is.
///
/// ```
/// use feasible::round::generate::{Size, lightning};
/// let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 6 };
/// let round = lightning(size, 1)?;
/// assert_eq!((round.channels().len(), round.demands().len()), (180, 30));
/// # Ok::<(), feasible::round::RoundError>(())
/// ```
pub fn lightning(size: Size, seed: u64) -> Result<Round, RoundError> {
    let random = Random::new(seed).stream(0x72_6f75_6e64);
    let nodes = size.nodes.max(2);
    let graph = generate::lightning(nodes, size.channels, seed)
        .map_err(|_| RoundError::TooMany { what: "nodes or channels" })?;
    let server = graph.nodes().max_by_key(|&node| (graph.channels_of(node).len(), core::cmp::Reverse(node)));
    let mut parties: Vec<NodeId> = graph.nodes().collect();
    // The server first, then everybody in random order.
    parties.sort_by_key(|&n| (Some(n) != server, random.stream(PARTICIPANTS).bits(n.index() as u64)));
    parties.truncate(size.participants.max(2));
    let members: BTreeSet<NodeId> = parties.iter().copied().collect();
    let owned = |node| graph.wealth(node).certain.floor();
    let wealth = parties.iter().map(|&node| owned(node)).fold(Sat::ZERO, Sat::saturating_add);

    let mut b = RoundBuilder::new();
    for node in graph.nodes() {
        if Some(node) == server {
            b.add_participant(Sat(wealth.0 / 20))?;
        } else if members.contains(&node) {
            let index = node.index() as u64;
            let funded = random.stream(FREE).below(2 * index, 2) == 0;
            let free = 50_000 + random.stream(FREE).below(2 * index + 1, 950_000);
            b.add_participant(Sat(if funded { free } else { 0 }))?;
        } else {
            b.add_bystander()?;
        }
    }
    let joined = add_channels(&mut b, &graph, &members, random)?;
    let server = parties[0];
    for &user in parties[1..].iter().filter(|&&user| !joined.contains(&(server, user))) {
        b.add_candidate(server, user)?;
    }
    for i in 0..parties.len() as u64 {
        let (one, other) = two(random.stream(PEERS), i, &parties);
        b.add_candidate(one, other)?;
    }
    for i in 0..size.demands as u64 {
        let (sender, receiver) = two(random.stream(DEMANDS), i, &parties);
        let most = (owned(sender).0 / 10 * 9).clamp(20_000, 6_000_000);
        let amount = Sat(log_uniform(random.stream(AMOUNTS).unit(i), 20_000, most));
        b.add_demand(Demand { sender, receiver, amount, weight: 1 })?;
    }
    b.build(Rules {
        max_touches: size.max_touches,
        capacity_min: Sat(20_000),
        capacity_max: Sat(16_777_215),
        reserve: Sat::ZERO,
        touch_fee: Sat::ZERO,
        front_budget: Sat(wealth.0 / 2),
        server,
        prices: None,
    })
}

/// Copies the channels; returns the pairs of participants that share one, in both orders.
fn add_channels(
    b: &mut RoundBuilder,
    graph: &ChannelGraph,
    members: &BTreeSet<NodeId>,
    random: Random,
) -> Result<BTreeSet<(NodeId, NodeId)>, RoundError> {
    let mut joined = BTreeSet::new();
    for id in graph.channels() {
        let channel = graph.channel(id);
        let (u, v) = (channel.a(), channel.b());
        let [balance_u, balance_v] =
            Direction::BOTH.map(|direction| channel.owned(direction).certain.floor());
        let index = id.index() as u64;
        let reshapable = members.contains(&u) && members.contains(&v);
        if reshapable {
            joined.extend([(u, v), (v, u)]);
        }
        let anchor = if reshapable && random.stream(ANCHORS).below(index, 10) < 6 {
            let blocks = random.stream(LIVES).below(index, 4321);
            Anchor::Vtxo { remaining_blocks: u32::try_from(blocks).unwrap_or(0) }
        } else {
            Anchor::OnChain
        };
        b.add_channel(Channel { u, v, balance_u, balance_v, anchor, reshapable })?;
    }
    Ok(joined)
}

/// Two different entries of a list of at least two.
fn two(random: Random, index: u64, list: &[NodeId]) -> (NodeId, NodeId) {
    let len = list.len() as u64;
    let first = random.below(2 * index, len);
    let second = (first + 1 + random.below(2 * index + 1, len - 1)) % len;
    let at = |i: u64| list[usize::try_from(i).unwrap_or(0)];
    (at(first), at(second))
}

fn log_uniform(unit: f64, low: u64, high: u64) -> u64 {
    #[allow(clippy::cast_precision_loss)] // below 2^53
    let (from, ratio) = (low as f64, high as f64 / low as f64);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, value > 0
    let value = (from * libm::pow(ratio, unit)) as u64;
    value.clamp(low, high)
}
