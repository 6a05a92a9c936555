//! Checker of several payments at once: netted, or all pending.

use super::Violation;
use super::payment::ascending;
use super::{ChannelFlow, PaymentClaim, payment};
use crate::amount::Msat;
use crate::id::{ChannelMap, NodeId, NodeMap};
use crate::liquidity::{ChannelGraph, Direction, View};

/// What is claimed of amounts that nodes are to get rid of or to receive, with the evidence.
#[derive(Clone, Copy, Debug)]
pub enum SettlementClaim<'a> {
    /// Channels can carry it.
    Feasible {
        /// What channels carry, net, by channel; each at most once.
        flows: &'a [ChannelFlow],
    },
    /// They cannot.
    Infeasible {
        /// Nodes, by id, that together have to get rid of more than can leave them.
        nodes: &'a [NodeId],
    },
}

/// Whether a claim about net amounts holds: `net` is what a node sends less what it receives, 0 for hubs. With all zeros,
/// a feasible claim is about a circulation. O(n + m).
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::check::{self, ChannelFlow, SettlementClaim};
/// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction, View};
/// use feasible::{Msat, NodeMap, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(alice, bob, Sat(5)).balance(Balance::Known(Msat(3_000))))?;
/// let graph = b.build();
/// let flows = [ChannelFlow { channel, direction: Direction::AToB, amount: Msat(3_000) }];
/// let net = |x: i128| NodeMap::from_vec(vec![x, -x]);
/// let view = View::default();
/// assert!(check::settlement(&graph, view, &net(3_000), SettlementClaim::Feasible { flows: &flows }).is_ok());
/// assert!(check::settlement(&graph, view, &net(3_001), SettlementClaim::Infeasible { nodes: &[alice] }).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn settlement(
    graph: &ChannelGraph,
    view: View,
    net: &NodeMap<i128>,
    claim: SettlementClaim<'_>,
) -> Result<(), Violation> {
    let (expected, actual) = (graph.node_count(), net.len());
    if expected != actual {
        return Err(Violation::Length { what: "net amounts", expected, actual });
    }
    match claim {
        SettlementClaim::Feasible { flows } => carried(graph, view, net, flows),
        SettlementClaim::Infeasible { nodes } => stuck(graph, view, net, nodes),
    }
}

fn carried(
    graph: &ChannelGraph,
    view: View,
    net: &NodeMap<i128>,
    flows: &[ChannelFlow],
) -> Result<(), Violation> {
    ascending("flows", flows.iter().map(|flow| flow.channel.index()), graph.channel_count())?;
    let mut leaves: NodeMap<i128> = NodeMap::filled(graph.node_count(), 0);
    for &ChannelFlow { channel, direction, amount } in flows {
        let (flow, liquidity) = (amount.0.into(), graph.liquidity_in(view, channel, direction).0.into());
        if flow > liquidity {
            return Err(Violation::Liquidity { channel, flow, liquidity });
        }
        let ends = graph.channel(channel);
        leaves[ends.sender(direction)] += flow;
        leaves[ends.receiver(direction)] -= flow;
    }
    for (node, &expected) in net.iter() {
        if leaves[node] != expected {
            return Err(Violation::Balance { node, excess: leaves[node], expected });
        }
    }
    Ok(())
}

fn stuck(graph: &ChannelGraph, view: View, net: &NodeMap<i128>, nodes: &[NodeId]) -> Result<(), Violation> {
    ascending("nodes of the set", nodes.iter().map(|node| node.index()), graph.node_count())?;
    let mut inside = NodeMap::filled(graph.node_count(), false);
    nodes.iter().for_each(|&node| inside[node] = true);
    let overflow = Violation::Overflow { what: "net amounts" };
    let mut amount: i128 = 0;
    for &node in nodes {
        amount = amount.checked_add(net[node]).ok_or(overflow)?;
        for &channel in graph.channels_of(node) {
            let ends = graph.channel(channel);
            let leaving = ends.leaving(node);
            if !inside[ends.receiver(leaving)] {
                let liquidity = i128::from(graph.liquidity_in(view, channel, leaving).0);
                amount = amount.checked_sub(liquidity).ok_or(overflow)?;
            }
        }
    }
    if amount > 0 { Ok(()) } else { Err(Violation::NoShortage { amount }) }
}

/// One of several payments that are to be pending at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PendingPayment {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// The amount.
    pub amount: Msat,
}

/// Whether flows can all be pending at once: each delivers its payment, and together no direction of a channel carries more than
/// its liquidity; opposite directions do not net. O(m + size of the flows).
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::check::{self, ChannelFlow, PendingPayment};
/// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction, View};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (from, to) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(from, to, Sat(5)).balance(Balance::Known(Msat(3_000))))?;
/// let graph = b.build();
/// let payment = PendingPayment { from, to, amount: Msat(2_000) };
/// let flows = vec![ChannelFlow { channel, direction: Direction::AToB, amount: Msat(2_000) }];
/// assert!(check::pending(&graph, View::default(), &[payment], &[flows.clone()]).is_ok());
/// // Each of two fits alone, not both at once.
/// assert!(check::pending(&graph, View::default(), &[payment; 2], &[flows.clone(), flows]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pending(
    graph: &ChannelGraph,
    view: View,
    payments: &[PendingPayment],
    flows: &[impl AsRef<[ChannelFlow]>],
) -> Result<(), Violation> {
    let (expected, actual) = (payments.len(), flows.len());
    if expected != actual {
        return Err(Violation::Length { what: "flows", expected, actual });
    }
    let mut used: ChannelMap<[i128; 2]> = ChannelMap::filled(graph.channel_count(), [0; 2]);
    for (of, flows) in payments.iter().zip(flows) {
        let (amount, flows) = (of.amount, flows.as_ref());
        payment(graph, view, of.from, of.to, PaymentClaim::Feasible { amount, flows })?;
        for &ChannelFlow { channel, direction, amount } in flows {
            used[channel][direction.index()] += i128::from(amount.0);
        }
    }
    for (channel, &used) in used.iter() {
        for (direction, flow) in Direction::BOTH.into_iter().zip(used) {
            let liquidity = graph.liquidity_in(view, channel, direction).0.into();
            if flow > liquidity {
                return Err(Violation::Liquidity { channel, flow, liquidity });
            }
        }
    }
    Ok(())
}

/// The bound that lengths of channel directions give: sum of liquidity x length, and the sum over payments of amount x distance.
/// No more than the first divided by the second, as a share of all amounts, can be pending at once. Distances are
/// claimed by labels, one map per payment: 0 or more, no label above another's plus the length between them.
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::check::{self, PendingPayment};
/// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, View};
/// use feasible::{ChannelMap, Msat, NodeMap, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (from, to) = (b.add_node()?, b.add_node()?);
/// b.add_channel(Channel::new(from, to, Sat(5)).balance(Balance::Known(Msat(3_000))))?;
/// let graph = b.build();
/// let payment = PendingPayment { from, to, amount: Msat(2_000) };
/// let lengths = ChannelMap::from_vec(vec![[1, 0]]); // from a to b, back
/// let labels = NodeMap::from_vec(vec![0, 1]);
/// let [volume, work] =
///     check::pending_bound(&graph, View::default(), &[payment; 2], &lengths, &[labels.clone(), labels])?;
/// assert_eq!([volume, work], [3_000, 4_000]); // no more than three quarters at once
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pending_bound(
    graph: &ChannelGraph,
    view: View,
    payments: &[PendingPayment],
    lengths: &ChannelMap<[u32; 2]>,
    labels: &[NodeMap<u64>],
) -> Result<[i128; 2], Violation> {
    let lists = [("lengths", graph.channel_count(), lengths.len()), ("labels", payments.len(), labels.len())];
    for (what, expected, actual) in lists {
        if expected != actual {
            return Err(Violation::Length { what, expected, actual });
        }
    }
    let mut volume: i128 = 0;
    for (channel, lengths) in lengths.iter() {
        for (direction, &length) in Direction::BOTH.into_iter().zip(lengths) {
            volume += i128::from(graph.liquidity_in(view, channel, direction).0) * i128::from(length);
        }
    }
    let mut work: i128 = 0;
    for (of, labels) in payments.iter().zip(labels) {
        let (expected, actual) = (graph.node_count(), labels.len());
        if expected != actual {
            return Err(Violation::Length { what: "labels", expected, actual });
        }
        for (channel, lengths) in lengths.iter() {
            let ends = graph.channel(channel);
            for (direction, &length) in Direction::BOTH.into_iter().zip(lengths) {
                let open = graph.liquidity_in(view, channel, direction) > Msat::ZERO;
                let (tail, head) = (labels[ends.sender(direction)], labels[ends.receiver(direction)]);
                if open && u128::from(head) > u128::from(tail) + u128::from(length) {
                    let rule = "is longer than its length by the labels";
                    return Err(Violation::Channel { channel, rule });
                }
            }
        }
        let (Some(&start), Some(&end)) = (labels.get(of.from), labels.get(of.to)) else {
            return Err(Violation::Side { node: of.from });
        };
        let distance = i128::from(end.saturating_sub(start));
        work = work
            .checked_add(distance.saturating_mul(of.amount.0.into()))
            .ok_or(Violation::Overflow { what: "amounts x distances" })?;
    }
    Ok([volume, work])
}
