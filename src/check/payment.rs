//! Checker of payments on a [`ChannelGraph`].

use alloc::vec::Vec;

use super::Violation;
use crate::amount::Msat;
use crate::id::{ChannelId, NodeId};
use crate::liquidity::{ChannelGraph, Direction, View};

/// What a payment sends through a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChannelFlow {
    /// The channel.
    pub channel: ChannelId,
    /// The direction in which it sends.
    pub direction: Direction,
    /// How much.
    pub amount: Msat,
}

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

/// Which terminal the listed nodes of a cut hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CutSide {
    /// They hold the sender.
    Source,
    /// They hold the receiver.
    Sink,
}

/// A node set with one terminal and without the other, and all that can pass from the sender's side to
/// the receiver's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelCut {
    /// The nodes on one side, by id; as a rule the side with less around it.
    pub nodes: Vec<NodeId>,
    /// Which side that is.
    pub side: CutSide,
    /// Every channel between the two sides, by id, those without liquidity too.
    pub crossing: Vec<Crossing>,
    /// The sum of the crossing liquidities.
    pub capacity: Msat,
}

impl ChannelCut {
    /// Whether a node is on the sender's side. O(log n).
    #[must_use]
    pub fn on_source_side(&self, node: NodeId) -> bool {
        self.nodes.binary_search(&node).is_ok() == (self.side == CutSide::Source)
    }
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
        /// What channels carry, by channel; each at most once.
        flows: &'a [ChannelFlow],
    },
    /// It cannot be paid.
    Infeasible {
        /// The amount that cannot leave the cut.
        amount: Msat,
        /// Less than the amount can leave it.
        cut: &'a ChannelCut,
    },
}

/// Whether a claim about a payment holds for the liquidities of a view.
///
/// O(k log k) for k channels that carry flow, or that touch the listed nodes of the cut: the rest of the
/// graph is not looked at.
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::check::{self, ChannelFlow, PaymentClaim};
/// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction, View};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(alice, bob, Sat(5)).balance(Balance::Known(Msat(3_000))))?;
/// let graph = b.build();
/// let flows = [ChannelFlow { channel, direction: Direction::AToB, amount: Msat(3_000) }];
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
        if from == to || node.index() >= graph.node_count() || graph.hub_of(node).is_some() {
            return Err(Violation::Side { node });
        }
    }
    match claim {
        PaymentClaim::Feasible { amount, flows } => feasible(graph, view, from, to, amount, flows),
        PaymentClaim::Infeasible { amount, cut } => infeasible(graph, view, from, to, amount, cut),
    }
}

/// Each item comes before the next and has a position below `len`.
pub(super) fn ascending(
    what: &'static str,
    items: impl Iterator<Item = usize>,
    len: usize,
) -> Result<(), Violation> {
    let mut least = 0;
    for position in items {
        if position < least || position >= len {
            return Err(Violation::Order { what, position });
        }
        least = position + 1;
    }
    Ok(())
}

fn feasible(
    graph: &ChannelGraph,
    view: View,
    from: NodeId,
    to: NodeId,
    amount: Msat,
    flows: &[ChannelFlow],
) -> Result<(), Violation> {
    ascending("flows", flows.iter().map(|flow| flow.channel.index()), graph.channel_count())?;
    let amount = i128::from(amount.0);
    let mut moves: Vec<(NodeId, i128)> = Vec::with_capacity(2 * flows.len() + 2);
    moves.extend([(from, -amount), (to, amount)]);
    for &ChannelFlow { channel, direction, amount } in flows {
        let (flow, liquidity) = (amount.0.into(), graph.liquidity_in(view, channel, direction).0.into());
        if flow > liquidity {
            return Err(Violation::Liquidity { channel, flow, liquidity });
        }
        let ends = graph.channel(channel);
        moves.extend([(ends.sender(direction), flow), (ends.receiver(direction), -flow)]);
    }
    moves.sort_unstable_by_key(|&(node, _)| node);
    for group in moves.chunk_by(|one, next| one.0 == next.0) {
        // Fewer than 2^32 amounts of less than 2^64.
        let excess: i128 = group.iter().map(|&(_, amount)| amount).sum();
        if let Some(&(node, _)) = group.first().filter(|_| excess != 0) {
            return Err(Violation::Balance { node, excess, expected: 0 });
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
    ascending("nodes of the cut", cut.nodes.iter().map(|node| node.index()), graph.node_count())?;
    for (node, expected) in [(from, true), (to, false)] {
        if cut.on_source_side(node) != expected {
            return Err(Violation::Side { node });
        }
    }
    let mut crossing = Vec::with_capacity(cut.crossing.len());
    let mut actual = 0_i128;
    for &node in &cut.nodes {
        for &channel in graph.channels_of(node) {
            let ends = graph.channel(channel);
            let leaving = ends.leaving(node);
            if cut.nodes.binary_search(&ends.receiver(leaving)).is_ok() {
                continue;
            }
            let direction = if cut.side == CutSide::Source { leaving } else { leaving.reversed() };
            let liquidity = graph.liquidity_in(view, channel, direction);
            actual += i128::from(liquidity.0);
            crossing.push(Crossing { channel, direction, liquidity });
        }
    }
    crossing.sort_unstable_by_key(|crossing| crossing.channel);
    listed(&crossing, &cut.crossing)?;
    let claimed = i128::from(cut.capacity.0);
    if claimed != actual {
        return Err(Violation::Value { what: "capacity of the cut", claimed, actual });
    }
    if actual < i128::from(amount.0) {
        return Ok(());
    }
    Err(Violation::Value { what: "amount beyond the cut", claimed: amount.0.into(), actual })
}

fn listed(crossing: &[Crossing], listed: &[Crossing]) -> Result<(), Violation> {
    let rule = "is not listed as it crosses the cut";
    if let Some((Crossing { channel, .. }, _)) = crossing.iter().zip(listed).find(|(one, other)| one != other)
    {
        return Err(Violation::Channel { channel: *channel, rule });
    }
    let (expected, actual) = (crossing.len(), listed.len());
    let what = "channels across the cut";
    if expected == actual { Ok(()) } else { Err(Violation::Length { what, expected, actual }) }
}
