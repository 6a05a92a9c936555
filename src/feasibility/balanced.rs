//! All pairs at once, where every node can send as much as it can receive.
//!
//! Let C(S) be the sum of both liquidities of all channels that leave a node set S. What can leave S and
//! what can enter it add up to C(S) and differ by the sum over S of what its nodes can send less what
//! they can receive. If that is 0 for every node, C(S) / 2 can leave S, whatever S is: the largest amount
//! between two nodes is half of an undirected minimum cut, the same in both directions, and one cut tree
//! knows all of them. A network whose channels are all split evenly is of this kind, and stays so under
//! circular payments.

use super::Feasibility;
use crate::amount::Msat;
use crate::id::{NodeId, NodeMap};
use crate::liquidity::{Direction, View};
use crate::min_cut::CutTree;
use crate::network::UndirectedGraph;
use crate::solve::SolveError;

/// The largest amounts between all pairs of nodes of a balanced graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalancedTree {
    tree: CutTree,
}

impl BalancedTree {
    /// The largest amount between two nodes, in either direction, or `None` if they coincide or do not
    /// exist. O(log n).
    #[must_use]
    pub fn max_amount(&self, one: NodeId, other: NodeId) -> Option<Msat> {
        let both_ways = self.tree.value(one, other)?.unsigned_abs();
        Some(Msat(u64::try_from(both_ways / 2).unwrap_or(u64::MAX)))
    }

    /// The side of a cut that no more can leave or enter, as [`CutTree::side`]. O(n).
    #[must_use]
    pub fn side(&self, one: NodeId, other: NodeId) -> Option<NodeMap<bool>> {
        self.tree.side(one, other)
    }
}

impl Feasibility<'_> {
    /// The largest amounts between all pairs that work in every state within the bounds, if every node
    /// can send as much as it can receive; `None` if some node cannot. As expensive as a [`CutTree`].
    ///
    /// # Errors
    ///
    /// [`SolveError::WorkLimit`].
    ///
    /// ```
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder};
    /// use feasible::{Feasibility, Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let (alice, hub, bob) = (b.add_node()?, b.add_node()?, b.add_node()?);
    /// b.add_channel(Channel::new(alice, hub, Sat(8)).balance(Balance::Known(Msat(4_000))))?;
    /// b.add_channel(Channel::new(hub, bob, Sat(6)).balance(Balance::Known(Msat(3_000))))?;
    /// let graph = b.build();
    /// let tree = Feasibility::new(&graph).balanced_tree()?.ok_or("not balanced")?;
    /// assert_eq!(tree.max_amount(alice, bob), Some(Msat(3_000)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn balanced_tree(&self) -> Result<Option<BalancedTree>, SolveError> {
        let view: View = self.view(false);
        let mut surplus: NodeMap<i128> = NodeMap::filled(self.graph.node_count(), 0);
        let mut both = UndirectedGraph::with_nodes(self.graph.node_count()).unwrap_or_default();
        for id in self.graph.channels() {
            let channel = self.graph.channel(id);
            let [out, back] = Direction::BOTH.map(|way| self.graph.liquidity_in(view, id, way).0);
            let difference = i128::from(out) - i128::from(back);
            surplus[channel.a()] += difference;
            surplus[channel.b()] -= difference;
            // Together at most the capacity, which an i64 holds.
            let capacity = i64::try_from(out.saturating_add(back)).unwrap_or(i64::MAX);
            if both.add_edge(channel.a(), channel.b(), capacity).is_err() {
                break;
            }
        }
        // The limits of both kinds of graph are the same, so that nothing can be missing.
        let (expected, actual) = (self.graph.channel_count(), both.edge_count());
        if expected != actual || both.node_count() != self.graph.node_count() {
            return Err(SolveError::Shape { what: "channels", expected, actual });
        }
        if surplus.as_slice().iter().any(|&surplus| surplus != 0) {
            return Ok(None);
        }
        Ok(Some(BalancedTree { tree: CutTree::new(&both, self.work_limit)? }))
    }
}
