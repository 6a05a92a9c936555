//! Checker of payments in parts: amounts and fees, hop by hop, from the parts alone.

use alloc::vec::Vec;

use thiserror::Error;

use crate::amount::Msat;
use crate::id::{ChannelId, NodeId};
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
    /// A channel that the graph does not have, or one that does not continue the way.
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
    /// A disabled direction, or an amount outside of its limits.
    #[error("part {part}: channel {channel} does not forward {amount}")]
    Limit {
        /// The part.
        part: usize,
        /// The channel.
        channel: ChannelId,
        /// What the part would send through it.
        amount: Msat,
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
/// and free. O(length).
///
/// ```
/// use feasible::check::{Part, part_amounts};
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
/// let amounts = part_amounts(&graph, s, t, 0, &Part { amount: Msat(1_000), path: path.clone() })?;
/// assert_eq!(amounts, [Msat(1_009), Msat(1_000)]); // 7 and 1.001, rounded up
/// let large = Part { amount: Msat(50_001), path };
/// assert!(part_amounts(&graph, s, t, 0, &large).is_err()); // above the HTLC limit
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first fault from the receiver's end; `number` names the part in it.
pub fn part_amounts(
    graph: &ChannelGraph,
    sender: NodeId,
    receiver: NodeId,
    number: usize,
    part: &Part,
) -> Result<Vec<Msat>, PartFault> {
    if part.amount == Msat::ZERO || part.path.is_empty() {
        return Err(PartFault::Empty { part: number });
    }
    let mut at = sender;
    for &(channel, direction) in &part.path {
        if channel.index() >= graph.channel_count() || graph.channel(channel).sender(direction) != at {
            return Err(PartFault::Way { part: number, channel });
        }
        at = graph.channel(channel).receiver(direction);
    }
    if at != receiver {
        return Err(PartFault::End { part: number });
    }
    let mut amount = part.amount;
    let mut amounts = Vec::with_capacity(part.path.len());
    for (hop, &(channel, direction)) in part.path.iter().enumerate().rev() {
        let mut fee = 0;
        if let Some(policy) = graph.channel(channel).terms(direction) {
            if !policy.enabled || amount < policy.htlc_min || amount > policy.htlc_max {
                return Err(PartFault::Limit { part: number, channel, amount });
            }
            fee = u128::from(policy.base_fee.0)
                + (u128::from(amount.0) * u128::from(policy.ppm)).div_ceil(1_000_000);
        }
        amounts.push(amount);
        if hop > 0 {
            let raised =
                u64::try_from(u128::from(amount.0) + fee).map_err(|_| PartFault::Range { part: number })?;
            amount = Msat(raised);
        }
    }
    amounts.reverse();
    Ok(amounts)
}
