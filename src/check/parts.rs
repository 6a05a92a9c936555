//! Checker of payments in parts: amounts and fees, hop by hop, from the parts alone.

use alloc::vec::Vec;

use thiserror::Error;

use super::PartsGoal;
use crate::amount::Msat;
use crate::id::ChannelId;
use crate::liquidity::{ChannelGraph, Direction};

/// One part of a payment: what arrives and the way that it takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// What arrives at the receiver.
    pub amount: Msat,
    /// Channels and directions from the sender to the receiver.
    pub path: Vec<(ChannelId, Direction)>,
}

/// The first thing that is wrong with a part; parts are counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PartFault {
    /// A part without an amount or without a way.
    #[error("part {part} is empty")]
    Empty {
        /// The part.
        part: usize,
    },
    /// A channel that the graph does not have, or one that does not continue the way to a new node.
    #[error("part {part}: channel {channel} does not continue the way")]
    Way {
        /// The part.
        part: usize,
        /// The channel.
        channel: ChannelId,
    },
    /// The way does not end at the receiver.
    #[error("part {part} does not end at the receiver")]
    End {
        /// The part.
        part: usize,
    },
    /// A disabled or excluded direction, or an amount outside of its limits.
    #[error("part {part}: channel {channel} does not forward {amount}")]
    Limit {
        /// The part.
        part: usize,
        /// The channel.
        channel: ChannelId,
        /// What the part would send through it.
        amount: Msat,
    },
    /// More hops, or a longer time lock, than the rules allow.
    #[error("part {part} is longer than allowed")]
    Long {
        /// The part.
        part: usize,
    },
    /// More parts than the rules allow.
    #[error("{parts} parts, where {limit} are allowed")]
    Count {
        /// The number of parts.
        parts: usize,
        /// The limit.
        limit: usize,
    },
    /// More parts through a direction of a channel than it has HTLC slots.
    #[error("{parts} parts pass channel {channel}, which has {limit} free slots")]
    Slots {
        /// The channel.
        channel: ChannelId,
        /// The number of parts.
        parts: usize,
        /// The free slots.
        limit: u32,
    },
    /// Fees that leave the range of amounts.
    #[error("part {part}: the fees leave the range of amounts")]
    Range {
        /// The part.
        part: usize,
    },
}

/// The amounts that a part sends through its channels, first hop first.
///
/// The sender's own channel takes no fee; every other one takes its base fee and its ppm of what it
/// forwards, rounded up to the millisatoshi, so upstream amounts grow. HTLC limits are those of each
/// hop's own amount. Liquidity is not considered: parts share it. A direction without a policy is enabled
/// and free. A time lock is the sum of the `cltv_delta` of all hops but the sender's own. O(length).
///
/// ```
/// use feasible::check::{Part, PartsGoal, part_amounts};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction, Policy};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, v, t) = (b.add_node()?, b.add_node()?, b.add_node()?);
/// let first = b.add_channel(Channel::new(s, v, Sat(100)))?;
/// let policy = Policy { enabled: true, base_fee: Msat(7), ppm: 1_001, htlc_min: Msat(1),
///     htlc_max: Msat(50_000), cltv_delta: 40 };
/// let second = b.add_channel(Channel::new(v, t, Sat(100)).policy(Direction::AToB, policy))?;
/// let graph = b.build();
/// let path = vec![(first, Direction::AToB), (second, Direction::AToB)];
/// let goal = PartsGoal::new(s, t, Msat(1_000), 0.0);
/// let amounts = part_amounts(&graph, &goal, 0, &Part { amount: Msat(1_000), path: path.clone() })?;
/// assert_eq!(amounts, [Msat(1_009), Msat(1_000)]); // 7 and 1.001, rounded up
/// let large = Part { amount: Msat(50_001), path };
/// assert!(part_amounts(&graph, &goal, 0, &large).is_err()); // above the HTLC limit
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first fault from the receiver's end; `number` names the part in it.
pub fn part_amounts(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    number: usize,
    part: &Part,
) -> Result<Vec<Msat>, PartFault> {
    if part.amount == Msat::ZERO || part.path.is_empty() {
        return Err(PartFault::Empty { part: number });
    }
    connected(graph, goal, number, part)?;
    let mut amount = part.amount;
    let (mut amounts, mut lock) = (Vec::with_capacity(part.path.len()), 0_u64);
    for (hop, &(channel, direction)) in part.path.iter().enumerate().rev() {
        let limit = PartFault::Limit { part: number, channel, amount };
        if goal.rules.is_some_and(|rules| rules.excludes(channel, direction)) {
            return Err(limit);
        }
        let mut fee = 0;
        if let Some(policy) = graph.channel(channel).terms(direction) {
            let limited = goal.rules.is_none_or(|rules| rules.htlc_limits);
            let fits = !limited || (amount >= policy.htlc_min && amount <= policy.htlc_max);
            if !policy.enabled || !fits {
                return Err(limit);
            }
            fee = u128::from(policy.base_fee.0)
                + (u128::from(amount.0) * u128::from(policy.ppm)).div_ceil(1_000_000);
            lock = lock.saturating_add(if hop > 0 { policy.cltv_delta.into() } else { 0 });
        }
        amounts.push(amount);
        if hop > 0 {
            let raised =
                u64::try_from(u128::from(amount.0) + fee).map_err(|_| PartFault::Range { part: number })?;
            amount = Msat(raised);
        }
    }
    if goal.rules.is_some_and(|rules| part.path.len() > rules.max_hops || lock > rules.max_cltv) {
        return Err(PartFault::Long { part: number });
    }
    amounts.reverse();
    Ok(amounts)
}

/// Whether a way leads from the sender to the receiver and passes no node twice.
fn connected(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    number: usize,
    part: &Part,
) -> Result<(), PartFault> {
    let mut at = goal.sender;
    let mut seen = Vec::with_capacity(part.path.len() + 1);
    seen.push(at);
    for &(channel, direction) in &part.path {
        if channel.index() >= graph.channel_count() || graph.channel(channel).sender(direction) != at {
            return Err(PartFault::Way { part: number, channel });
        }
        at = graph.channel(channel).receiver(direction);
        seen.push(at);
    }
    seen.sort_unstable();
    if let Some(&(channel, _)) = part.path.last().filter(|_| seen.windows(2).any(|pair| pair[0] == pair[1])) {
        return Err(PartFault::Way { part: number, channel });
    }
    if at == goal.receiver { Ok(()) } else { Err(PartFault::End { part: number }) }
}
