//! Checker of payments on a [`ChannelGraph`].

use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use crate::amount::Msat;
use crate::id::{ChannelId, ChannelMap, NodeId, NodeMap};
use crate::liquidity::{ChannelGraph, Direction, View};

/// A channel that leads out of a cut, and what may leave through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Crossing {
    /// The channel.
    pub channel: ChannelId,
    /// The direction out of the source side.
    pub direction: Direction,
    /// The liquidity of that direction.
    pub liquidity: Msat,
}

/// A node set with the sender and without the receiver, and all that can leave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelCut {
    /// Which nodes lie on the sender's side.
    pub source_side: NodeMap<bool>,
    /// Every channel between the two sides, by id, those without liquidity too.
    pub crossing: Vec<Crossing>,
    /// The sum of the crossing liquidities.
    pub capacity: Msat,
}

/// What is claimed of a payment, with the evidence.
///
/// Both claims together, for amounts x and x + 1, say that x is the largest amount.
#[derive(Clone, Copy, Debug)]
pub enum PaymentClaim<'a> {
    /// It can be paid.
    Feasible {
        /// The amount that arrives.
        amount: Msat,
        /// What every channel carries, in msat: positive from party a to party b.
        flows: &'a ChannelMap<i64>,
    },
    /// It cannot be paid.
    Infeasible {
        /// The amount that cannot leave the cut.
        amount: Msat,
        /// Less than the amount can leave it.
        cut: &'a ChannelCut,
    },
}

/// Whether a claim about a payment holds for the liquidities of a view. O(n + m).
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::check::{self, PaymentClaim};
/// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, View};
/// use feasible::{ChannelMap, Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// b.add_channel(Channel::new(alice, bob, Sat(5)).balance(Balance::Known(Msat(3_000))))?;
/// let graph = b.build();
/// let flows = ChannelMap::from_vec(vec![3_000]);
/// let claim = |amount| PaymentClaim::Feasible { amount, flows: &flows };
/// assert!(check::payment(&graph, View::default(), alice, bob, claim(Msat(3_000))).is_ok());
/// assert!(check::payment(&graph, View::default(), alice, bob, claim(Msat(2_000))).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn payment(
    graph: &ChannelGraph,
    view: View,
    from: NodeId,
    to: NodeId,
    claim: PaymentClaim<'_>,
) -> Result<(), Violation> {
    for node in [from, to] {
        if from == to || node.index() >= graph.node_count() {
            return Err(Violation::Side { node });
        }
    }
    match claim {
        PaymentClaim::Feasible { amount, flows } => feasible(graph, view, from, to, amount, flows),
        PaymentClaim::Infeasible { amount, cut } => infeasible(graph, view, from, to, amount, cut),
    }
}

fn length(what: &'static str, expected: usize, actual: usize) -> Result<(), Violation> {
    if expected == actual { Ok(()) } else { Err(Violation::Length { what, expected, actual }) }
}

fn feasible(
    graph: &ChannelGraph,
    view: View,
    from: NodeId,
    to: NodeId,
    amount: Msat,
    flows: &ChannelMap<i64>,
) -> Result<(), Violation> {
    length("flows", graph.channel_count(), flows.len())?;
    let mut excess = vec![0_i128; graph.node_count()];
    let overflow = Violation::Overflow { what: "the balance of a node" };
    for (channel, &flow) in flows.iter().filter(|(_, flow)| **flow != 0) {
        let direction = if flow < 0 { Direction::BToA } else { Direction::AToB };
        let sent = i128::from(flow.unsigned_abs());
        let liquidity = i128::from(graph.liquidity_in(view, channel, direction).0);
        if sent > liquidity {
            return Err(Violation::Liquidity { channel, flow: flow.into(), liquidity });
        }
        let ends = graph.channel(channel);
        let out = &mut excess[ends.sender(direction).index()];
        *out = out.checked_add(sent).ok_or(overflow)?;
        let into = &mut excess[ends.receiver(direction).index()];
        *into = into.checked_sub(sent).ok_or(overflow)?;
    }
    let amount = i128::from(amount.0);
    for (node, excess) in graph.nodes().zip(excess) {
        let expected = match node {
            node if node == from => amount,
            node if node == to => -amount,
            _ => 0,
        };
        if excess != expected {
            return Err(Violation::Balance { node, excess, expected });
        }
    }
    Ok(())
}

fn infeasible(
    graph: &ChannelGraph,
    view: View,
    from: NodeId,
    to: NodeId,
    amount: Msat,
    cut: &ChannelCut,
) -> Result<(), Violation> {
    length("node set", graph.node_count(), cut.source_side.len())?;
    for (node, inside) in [(from, true), (to, false)] {
        if cut.source_side[node] != inside {
            return Err(Violation::Side { node });
        }
    }
    let mut listed = cut.crossing.iter();
    let mut actual = 0_i128;
    for channel in graph.channels() {
        let ends = graph.channel(channel);
        let direction = match (cut.source_side[ends.a()], cut.source_side[ends.b()]) {
            (true, false) => Direction::AToB,
            (false, true) => Direction::BToA,
            _ => continue,
        };
        let liquidity = graph.liquidity_in(view, channel, direction);
        if listed.next() != Some(&Crossing { channel, direction, liquidity }) {
            return Err(Violation::Channel { channel, rule: "crosses the cut and is not listed so" });
        }
        actual = actual
            .checked_add(liquidity.0.into())
            .ok_or(Violation::Overflow { what: "the capacity of a cut" })?;
    }
    if let Some(&Crossing { channel, .. }) = listed.next() {
        return Err(Violation::Channel { channel, rule: "is listed and does not cross the cut" });
    }
    let claimed = i128::from(cut.capacity.0);
    if claimed != actual {
        return Err(Violation::Value { what: "capacity of the cut", claimed, actual });
    }
    if actual < i128::from(amount.0) {
        return Ok(());
    }
    Err(Violation::Value { what: "amount beyond the cut", claimed: amount.0.into(), actual })
}
