//! What channels can hold, and what can be paid at a given wealth.
//!
//! # Problem
//!
//! Payments move wealth (the sum of a node's balances) and keep capacities. A wealth vector w is *feasible* if some
//! balances have these sums. Let f(S) be the capacity of all channels that touch a node set S and g(S) that of the channels
//! inside it. Then
//!
//! ```text
//!   w feasible  iff  w(V) = C and g(S) <= w(S) <= f(S) for all S,
//!   most that i can pay j  =  min over S with j in S, i not in S of f(S) - w(S),
//! ```
//!
//! so feasibility depends on wealth alone: circular payments change balances and nothing else.
//!
//! A channel of several parties touches S with any of them and lies inside with all of them.
//!
//! # Method
//!
//! From any balances, here all with party a (in a [pool](crate::liquidity::Pool) that leaves its hub (k - 1) c to get), move what is too much at some nodes to where it is missing: one flow with
//! every channel as one arc. If there is none, a node set has more than may leave it; all other nodes
//! together are owed more than their channels hold. Source: Pickhardt, "A Mathematical Theory of Payment Channel
//! Networks" (arXiv 2601.04835); the set conditions are those of a base polytope.

use alloc::vec::Vec;

use thiserror::Error;

use super::{Feasibility, Maximum};
use crate::amount::{Msat, Sat};
use crate::check::{self, WealthClaim};
use crate::id::{ArcId, ChannelId, ChannelMap, NodeId, NodeMap, PoolId, id_at};
use crate::liquidity::ChannelGraph;
use crate::min_cost_flow::{MinCostFlow, Outcome};
use crate::network::{BuildError, NetworkBuilder};
use crate::solve::SolveError;

/// A wealth vector on a channel graph.
///
/// ```
/// use feasible::feasibility::{Holding, Wealth};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::{Msat, NodeMap, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let [x, y, z] = [b.add_node()?, b.add_node()?, b.add_node()?];
/// for (from, to, capacity) in [(x, y, 3), (x, z, 7), (y, z, 11)] {
///     b.add_channel(Channel::new(from, to, Sat(capacity)))?;
/// }
/// let graph = b.build();
/// let wealth = |w: [u64; 3]| Wealth::new(&graph, NodeMap::from_vec(w.map(|w| Msat(w * 1000)).to_vec()));
/// // x and z share 10 at most with their channels to others; x alone holds no more than 10.
/// assert!(matches!(wealth([5, 6, 10])?.holding()?, Holding::Held(_)));
/// assert!(matches!(wealth([15, 4, 2])?.holding()?, Holding::Beyond(set) if set.nodes == [x]));
/// // At (5, 6, 10) z can pay x the 5 that x's channels have room for.
/// let most = wealth([5, 6, 10])?.exchange_capacity(z, x)?.ok_or("held")?;
/// assert_eq!(most.amount(), Msat(5_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Wealth<'g> {
    graph: &'g ChannelGraph,
    of: NodeMap<Msat>,
}

/// Why something is no wealth vector of a graph, or cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WealthError {
    /// One amount for every node.
    #[error("{amounts} amounts for {nodes} nodes")]
    Shape {
        /// How many were given.
        amounts: usize,
        /// How many there are.
        nodes: usize,
    },
    /// The hub of a pool owns nothing.
    #[error("node {node} is the hub of a pool and owns nothing")]
    Hub {
        /// The node.
        node: NodeId,
    },
    /// The nodes own all channels together, no more and no less.
    #[error("wealth adds up to {sum} msat instead of the capacity of all channels, {capacity} msat")]
    Total {
        /// What was given.
        sum: u128,
        /// The capacity.
        capacity: u128,
    },
    /// A problem of the network that answers; none is expected.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The solver gave up or was asked for terminals that do not exist.
    #[error(transparent)]
    Solve(#[from] SolveError),
}

/// Whether a wealth vector is feasible, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    /// Party a's balances that realise it.
    Held(ChannelMap<Msat>),
    /// A set that is owed more than its channels hold.
    Beyond(OwedTooMuch),
}

/// A node set whose wealth is above the capacity of all channels that touch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedTooMuch {
    /// The nodes, by id.
    pub nodes: Vec<NodeId>,
    /// What they are owed.
    pub wealth: Msat,
    /// What their channels hold.
    pub limit: Msat,
}

/// What a set of nodes can own: from the channels inside it to all that touch it. O(n + m).
///
/// The width of the range is the capacity across the set's cut.
///
/// ```
/// use feasible::feasibility::wealth_range;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::{NodeMap, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
/// b.add_channel(Channel::new(n[0], n[1], Sat(3)))?;
/// b.add_channel(Channel::new(n[1], n[2], Sat(11)))?;
/// let mut set = NodeMap::filled(3, true);
/// set[n[2]] = false;
/// assert_eq!(wealth_range(&b.build(), &set), [Sat(3), Sat(14)]);
/// # Ok::<(), feasible::liquidity::GraphError>(())
/// ```
#[must_use]
pub fn wealth_range(graph: &ChannelGraph, set: &NodeMap<bool>) -> [Sat; 2] {
    let has = |node: NodeId| set.get(node).copied().unwrap_or(false);
    let add = |[inside, touching]: [Sat; 2], capacity, all, any| {
        let add = |sum: Sat, counts| if counts { sum.saturating_add(capacity) } else { sum };
        [add(inside, all), add(touching, any)]
    };
    let whole = graph.channels().filter(|&id| graph.pool_of(id).is_none()).map(|id| graph.channel(id));
    let range = whole.fold([Sat::ZERO; 2], |range, channel| {
        let (a, b) = (has(channel.a()), has(channel.b()));
        add(range, channel.capacity(), a && b, a || b)
    });
    graph.pools().map(|id| graph.pool(id)).fold(range, |range, pool| {
        let parties = || pool.spokes().map(|spoke| has(graph.channel(spoke).a()));
        let (all, any) = (parties().all(|has| has), parties().any(|has| has));
        add(range, pool.capacity(), all, any)
    })
}

impl<'g> Wealth<'g> {
    /// A wealth vector, 0 for hubs; the capacities of the graph count, its balances, reserves and policies do not.
    ///
    /// # Errors
    ///
    /// [`WealthError::Shape`], [`WealthError::Hub`], [`WealthError::Total`].
    pub fn new(graph: &'g ChannelGraph, of: NodeMap<Msat>) -> Result<Self, WealthError> {
        let (amounts, nodes) = (of.len(), graph.node_count());
        if amounts != nodes {
            return Err(WealthError::Shape { amounts, nodes });
        }
        let rich = |id: &PoolId| of[graph.pool(*id).hub()] > Msat::ZERO;
        if let Some(id) = graph.pools().find(rich) {
            return Err(WealthError::Hub { node: graph.pool(id).hub() });
        }
        let sum: u128 = of.iter().map(|(_, amount)| u128::from(amount.0)).sum();
        let capacity = u128::from(Msat::from(graph.total_capacity()).0);
        if sum == capacity { Ok(Self { graph, of }) } else { Err(WealthError::Total { sum, capacity }) }
    }

    /// The wealth of known balances of party a; `None` if they do not fit the channels or pools.
    #[must_use]
    pub fn of_balances(graph: &'g ChannelGraph, balances: &ChannelMap<Msat>) -> Option<Self> {
        let mut of = NodeMap::filled(graph.node_count(), Msat::ZERO);
        for id in graph.channels() {
            let channel = graph.channel(id);
            let balance = *balances.get(id)?;
            let rest = Msat::from(channel.capacity()).checked_sub(balance)?;
            of[channel.a()] = of[channel.a()].saturating_add(balance);
            of[channel.b()] = of[channel.b()].saturating_add(rest);
        }
        for id in graph.pools() {
            let pool = graph.pool(id);
            let held = core::mem::take(&mut of[pool.hub()]);
            if held != Msat::from(pool.surplus()) {
                return None;
            }
        }
        Some(Self { graph, of })
    }

    /// Every node's wealth.
    #[must_use]
    pub const fn amounts(&self) -> &NodeMap<Msat> {
        &self.of
    }

    /// Whether the channels can hold it: balances, or a set that is owed too much. One flow.
    ///
    /// # Errors
    ///
    /// [`WealthError::Solve`] if the solver gives up.
    pub fn holding(&self) -> Result<Holding, WealthError> {
        let graph = self.graph;
        // At first everything belongs to party a; the flow of an arc is what goes to party b.
        let mut supply: NodeMap<i64> = self.of.iter().map(|(_, amount)| -signed(*amount)).collect();
        for id in graph.channels() {
            let channel = graph.channel(id);
            supply[channel.a()] += signed(Msat::from(channel.capacity()));
        }
        for id in graph.pools() {
            let pool = graph.pool(id);
            supply[pool.hub()] -= signed(Msat::from(pool.surplus()));
        }
        let mut b = NetworkBuilder::new();
        for (_, &supply) in supply.iter() {
            b.add_node(supply)?;
        }
        for id in graph.channels() {
            let channel = graph.channel(id);
            b.add_arc(channel.a(), channel.b(), 0..=signed(Msat::from(channel.capacity())), 0)?;
        }
        let claim = |claim| check::wealth(graph, &self.of, claim).map_err(SolveError::from);
        match MinCostFlow::new().solve(&b.build()?)? {
            Outcome::Infeasible(shortage) => {
                let mut rest = NodeMap::filled(graph.node_count(), true);
                shortage.nodes().for_each(|node| rest[node] = false);
                let nodes: Vec<NodeId> = graph.parties().filter(|&node| rest[node]).collect();
                claim(WealthClaim::Beyond { nodes: &nodes })?;
                let wealth = nodes.iter().fold(Msat::ZERO, |sum, &node| sum.saturating_add(self.of[node]));
                let limit = Msat::from(wealth_range(graph, &rest)[1]);
                Ok(Holding::Beyond(OwedTooMuch { nodes, wealth, limit }))
            }
            answer => {
                let flow = answer.optimal().map_err(|_| SolveError::Shape {
                    what: "bounded channels",
                    expected: graph.channel_count(),
                    actual: 0,
                })?;
                let balance = |id: ChannelId| {
                    let moved: i64 = flow.flows()[id_at::<ArcId>(id.index())];
                    Msat::from(graph.channel(id).capacity()).saturating_sub(Msat(moved.unsigned_abs()))
                };
                let balances: ChannelMap<Msat> = graph.channels().map(balance).collect();
                claim(WealthClaim::Held { balances: &balances })?;
                Ok(Holding::Held(balances))
            }
        }
    }

    /// The most that one node can pay another at this wealth, with a flow and the set that allows no more; `None` if the
    /// channels cannot hold the wealth. Whatever balances realise it, the amount is the same.
    ///
    /// # Errors
    ///
    /// [`WealthError::Solve`] for unknown or equal nodes, or if a solver gives up.
    pub fn exchange_capacity(&self, from: NodeId, to: NodeId) -> Result<Option<Maximum>, WealthError> {
        let Holding::Held(balances) = self.holding()? else { return Ok(None) };
        let state = self.graph.bare(&balances);
        Ok(Some(Feasibility::new(&state).max_amount(from, to)?))
    }
}

/// Millisatoshi in the number type of networks; sums of a graph stay below [`Msat::SUPPLY`].
fn signed(amount: Msat) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}
