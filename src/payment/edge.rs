//! Graphs with more at their edge: hinted last hops, several senders or receivers that act as one, a node that pays itself.
//!
//! All of these are one payment from one node to another on a graph with a few more nodes and channels, so the planner, its
//! bounds and the checkers serve them as they are.

use alloc::vec::Vec;

use thiserror::Error;

use crate::amount::{Msat, Sat};
use crate::check::Part;
use crate::id::{ChannelId, NodeId};
use crate::liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder, Direction, GraphError, Policy};

/// Why an edge cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EdgeError {
    /// A node or channel that cannot be added.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A channel that is not one of the node's, or whose balance is not known.
    #[error("channel {channel} is not one of node {node} with a known balance")]
    NotOwn {
        /// The channel.
        channel: ChannelId,
        /// The node.
        node: NodeId,
    },
    /// Nothing is above its target, or nothing below.
    #[error("no channel has more than its target, or none has less")]
    Balanced,
}

/// Collects what is added to a graph. Ids of the graph stay what they are.
///
/// ```
/// use feasible::check::PartsGoal;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::payment::{Edge, PayAnswer, PaymentPlanner};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let [a, c, t] = [b.add_node()?, b.add_node()?, b.add_node()?];
/// b.add_channel(Channel::new(a, t, Sat(100)))?;
/// b.add_channel(Channel::new(c, t, Sat(100)))?;
/// let graph = b.build();
/// // Two nodes of one payer, who can spend 30 and 40 satoshi there.
/// let mut edge = Edge::new(&graph);
/// let payer = edge.senders(&[(a, Msat(30_000)), (c, Msat(40_000))])?;
/// let both = edge.build();
/// let goal = PartsGoal::new(payer, t, Msat(60_000), 0.0);
/// let PayAnswer::Plan(plan) = PaymentPlanner::new(&both).plan(&goal)? else { panic!() };
/// assert_eq!(plan.parts.len(), 2);
/// // On the graph itself parts begin at the sender's own node.
/// let inner: Vec<_> = plan.parts.iter().map(|part| feasible::payment::within(&graph, part)).collect();
/// assert!(inner.iter().all(|part| part.path.len() == 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Edge {
    builder: ChannelGraphBuilder,
}

impl Edge {
    /// Nothing added yet. O(n + m).
    #[must_use]
    pub fn new(graph: &ChannelGraph) -> Self {
        Self { builder: ChannelGraphBuilder::from_graph(graph) }
    }

    /// Adds a node: a receiver that is not announced, or one behind a blinded path.
    ///
    /// # Errors
    /// [`GraphError::TooManyNodes`].
    pub fn node(&mut self) -> Result<NodeId, EdgeError> {
        Ok(self.builder.add_node()?)
    }

    /// Adds a hinted last hop `from` -> `to` that carries `most` for certain, under the terms of the hint. A blinded path is a
    /// hop whose terms are those of all of it.
    ///
    /// # Errors
    /// [`GraphError`], as of a channel.
    pub fn hint(
        &mut self,
        from: NodeId,
        to: NodeId,
        most: Msat,
        policy: Policy,
    ) -> Result<ChannelId, EdgeError> {
        Ok(self.builder.add_channel(certain(from, to, most).policy(Direction::AToB, policy))?)
    }

    /// A node in place of senders that act as one, each of which gives at most its amount. Their own channels take no fee and
    /// add no time lock, and ways are one hop longer.
    ///
    /// # Errors
    /// [`GraphError`].
    pub fn senders(&mut self, senders: &[(NodeId, Msat)]) -> Result<NodeId, EdgeError> {
        let one = self.builder.add_node()?;
        for &(sender, most) in senders {
            self.builder.add_channel(certain(one, sender, most))?;
            self.builder.each_channel(|channel| {
                let Some(direction) = Direction::BOTH.into_iter().find(|&d| channel.sender(d) == sender)
                else {
                    return;
                };
                if let Some(policy) = channel.terms(direction) {
                    let free = Policy { base_fee: Msat::ZERO, ppm: 0, cltv_delta: 0, ..policy };
                    *channel = channel.policy(direction, free);
                }
            });
        }
        Ok(one)
    }

    /// A node in place of receivers, each of which takes at most its amount; ways are one hop longer.
    ///
    /// # Errors
    /// [`GraphError`].
    pub fn receivers(&mut self, receivers: &[(NodeId, Msat)]) -> Result<NodeId, EdgeError> {
        let one = self.builder.add_node()?;
        for &(receiver, most) in receivers {
            self.builder.add_channel(certain(receiver, one, most))?;
        }
        Ok(one)
    }

    /// The node as its own receiver, for payments that bring its channels nearer to target balances: channels with more
    /// send at most what is above the target, those with less receive at most what is missing, its other channels do nothing.
    /// Returns the receiver, and the amount that brings one side to its targets. Balances of these channels must be known.
    ///
    /// # Errors
    /// [`EdgeError`].
    ///
    /// ```
    /// use feasible::check::PartsGoal;
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder};
    /// use feasible::payment::{Edge, PayAnswer, PaymentPlanner};
    /// use feasible::{Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let [me, left, right] = [b.add_node()?, b.add_node()?, b.add_node()?];
    /// let full = b.add_channel(Channel::new(me, left, Sat(100)).balance(Balance::Known(Msat(90_000))))?;
    /// let empty = b.add_channel(Channel::new(me, right, Sat(100)).balance(Balance::Known(Msat(20_000))))?;
    /// let between = b.add_channel(Channel::new(left, right, Sat(1_000)))?;
    /// let mut edge = Edge::new(&b.build());
    /// let targets = [(full, Msat(50_000)), (empty, Msat(50_000))];
    /// let (again, amount) = edge.rebalance(me, &targets)?;
    /// assert_eq!(amount, Msat(30_000)); // 40,000 too much on the left, 30,000 missing on the right
    /// let graph = edge.build();
    /// let PayAnswer::Plan(plan) = PaymentPlanner::new(&graph).plan(&PartsGoal::new(me, again, amount, 1e-3))? else {
    ///     panic!()
    /// };
    /// let ids: Vec<_> = plan.parts[0].path.iter().map(|hop| hop.0).collect();
    /// assert_eq!(ids, [full, between, empty]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rebalance(
        &mut self,
        node: NodeId,
        targets: &[(ChannelId, Msat)],
    ) -> Result<(NodeId, Msat), EdgeError> {
        let again = self.builder.add_node()?;
        let (mut above, mut below) = (0_u64, 0_u64);
        let mut changed: Vec<(ChannelId, Channel)> = Vec::new();
        for &(id, target) in targets {
            let own = self.builder.channel(id).filter(|channel| [channel.a(), channel.b()].contains(&node));
            let known = own.filter(|channel| channel.balance_of_a().lo() == channel.balance_of_a().hi());
            let channel = known.ok_or(EdgeError::NotOwn { channel: id, node })?;
            let out = channel.leaving(node);
            let owned = channel.owned(out).certain;
            let (surplus, missing) = (owned.saturating_sub(target), target.saturating_sub(owned));
            let can = |direction| channel.liquidity(direction).certain;
            let (sent, got) = (surplus.min(can(out)), missing.min(can(out.reversed())));
            above = above.saturating_add(sent.0);
            below = below.saturating_add(got.0);
            changed.push((id, moved(&channel, out, (sent, got), (node, again))));
        }
        if above == 0 || below == 0 {
            return Err(EdgeError::Balanced);
        }
        self.builder.each_channel(|channel| {
            if [channel.a(), channel.b()].contains(&node) {
                for direction in Direction::BOTH {
                    *channel = kept(*channel, direction, Msat::ZERO);
                }
            }
        });
        for (id, channel) in changed {
            self.builder.replace(id, channel);
        }
        Ok((again, Msat(above.min(below))))
    }

    /// The graph with all that was added. O(n + m).
    #[must_use]
    pub fn build(self) -> ChannelGraph {
        self.builder.build()
    }
}

fn certain(from: NodeId, to: NodeId, most: Msat) -> Channel {
    let capacity = Sat(most.0.div_ceil(1000).max(1));
    Channel::new(from, to, capacity).balance(Balance::Known(most))
}

/// The channel when a direction can send only so much of what it could.
fn kept(channel: Channel, direction: Direction, most: Msat) -> Channel {
    let more = channel.liquidity(direction).possible.saturating_sub(most);
    let reserve = channel.kept(direction).saturating_add(more);
    channel.reserve(direction, reserve)
}

/// A channel of the node that sends so much, or of its second self if it is to receive.
fn moved(
    channel: &Channel,
    out: Direction,
    (sent, got): (Msat, Msat),
    (node, again): (NodeId, NodeId),
) -> Channel {
    let end = |party: NodeId| if party == node && got > Msat::ZERO { again } else { party };
    let mut new =
        Channel::new(end(channel.a()), end(channel.b()), channel.capacity()).balance(channel.balance_of_a());
    for direction in Direction::BOTH {
        new =
            new.reserve(direction, channel.kept(direction)).in_flight(direction, channel.promised(direction));
        if let Some(policy) = channel.terms(direction) {
            new = new.policy(direction, policy);
        }
    }
    kept(kept(new, out, sent), out.reversed(), got)
}

/// A part without hops through what an edge has added between senders, receivers and the one in their place: those that begin
/// or end its way and are no channels of the graph. Hints among them stay with the caller.
#[must_use]
pub fn within(graph: &ChannelGraph, part: &Part) -> Part {
    let inner = |&&(channel, _): &&(ChannelId, Direction)| channel.index() < graph.channel_count();
    Part { amount: part.amount, path: part.path.iter().filter(inner).copied().collect() }
}
