//! Rebalancing: moving balances in circles.
//!
//! # Problem
//!
//! A *circulation* sends amounts through channels so that every node gets what it gives. It moves balances and keeps wealth, so it
//! changes no cut and no largest amount between two nodes, whatever is rebalanced; what it can change is how easily a payment
//! is found, and with how few parts. Wanted: the state of the same wealth that is closest to a target.
//!
//! # Method
//!
//! One arc per channel with flow from -(liquidity of b) to the liquidity of a, and a convex cost: the distance of the new balance x
//! from its target t. All circulations of least cost are those of a minimum-cost flow; the answer passes its checker
//! with potentials. The distance is (x - t)^2 / c, taken between breakpoints t + j c / pieces as a straight line: slopes
//! are the odd numbers, the same in every channel. With one piece it is |x - t| up to a factor. A target of nodes counts for both ends of
//! a channel.
//!
//! Sources: Pickhardt and Richter (arXiv 2107.05322, "Optimal Channel Rebalancing"); the closest state of a fibre as a quadratic program
//! is Pickhardt's (delvingbitcoin.org/t/1768). No quadratic program is needed.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use thiserror::Error;

use super::Feasibility;
use super::several::channel_flow;
use crate::amount::Msat;
use crate::check::{self, ChannelFlow, SettlementClaim, Violation};
use crate::cost::{CostError, PiecewiseCost};
use crate::id::{ArcId, ChannelId, ChannelMap, NodeMap, id_at};
use crate::liquidity::{Balance, ChannelGraph, Direction, GraphError, View};
use crate::network::{BuildError, NetworkBuilder};
use crate::solve::SolveError;

/// Amounts that go round in circles: what channels carry, such that every node gets what it gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circulation {
    flows: Vec<ChannelFlow>,
}

impl Circulation {
    /// Takes what channels carry, by channel, each at most once.
    ///
    /// # Errors
    ///
    /// [`Violation`] if a node gets more or less than it gives, or a channel carries more than its certain liquidity.
    ///
    /// ```
    /// use feasible::check::ChannelFlow;
    /// use feasible::feasibility::Circulation;
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction};
    /// use feasible::{Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let n = [b.add_node()?, b.add_node()?];
    /// let full = Channel::new(n[0], n[1], Sat(5)).balance(Balance::Known(Msat(5_000)));
    /// let empty = Channel::new(n[0], n[1], Sat(5)).balance(Balance::Known(Msat(0)));
    /// let [one, other] = [b.add_channel(full)?, b.add_channel(empty)?];
    /// let mut graph = b.build();
    /// let carries = |channel, direction| ChannelFlow { channel, direction, amount: Msat(2_000) };
    /// let flows = vec![carries(one, Direction::AToB), carries(other, Direction::BToA)];
    /// let circle = Circulation::new(&graph, flows)?;
    /// circle.apply(&mut graph)?;
    /// assert_eq!(graph.channel(other).balance_of_a(), Balance::Known(Msat(2_000)));
    /// assert!(Circulation::new(&graph, vec![carries(one, Direction::AToB)]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(graph: &ChannelGraph, flows: Vec<ChannelFlow>) -> Result<Self, Violation> {
        let circulation = Self { flows };
        circulation.verify(graph)?;
        Ok(circulation)
    }

    /// Whether it is a circulation of a graph that the certain liquidities permit. O(n + m).
    ///
    /// # Errors
    ///
    /// As [`Circulation::new`].
    pub fn verify(&self, graph: &ChannelGraph) -> Result<(), Violation> {
        let nothing = NodeMap::filled(graph.node_count(), 0);
        check::settlement(graph, View::default(), &nothing, SettlementClaim::Feasible { flows: &self.flows })
    }

    /// What channels carry, by channel.
    #[must_use]
    pub fn flows(&self) -> &[ChannelFlow] {
        &self.flows
    }

    /// The sum of all amounts that channels carry.
    #[must_use]
    pub fn moved(&self) -> Msat {
        self.flows.iter().fold(Msat::ZERO, |sum, flow| sum.saturating_add(flow.amount))
    }

    /// The same circles the other way round: undoes it.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let back = |flow: &ChannelFlow| ChannelFlow { direction: flow.direction.reversed(), ..*flow };
        Self { flows: self.flows.iter().map(back).collect() }
    }

    /// Moves the balances of a graph, or after an error none.
    ///
    /// # Errors
    ///
    /// [`RebalanceError::Circulation`] if it is none of this graph, [`RebalanceError::Graph`] if amounts in flight forbid it.
    pub fn apply(&self, graph: &mut ChannelGraph) -> Result<(), RebalanceError> {
        self.verify(graph)?;
        graph.shift(self.flows.iter().map(|flow| (flow.channel, flow.direction, flow.amount)))?;
        Ok(())
    }
}

/// Which balances are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Party a's balance of every channel.
    Balances(ChannelMap<Msat>),
    /// What each node wants to own of each of its channels, in millionths of its capacity.
    Shares(NodeMap<u32>),
}

/// Why there is no rebalancing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RebalanceError {
    /// A target for every channel or node.
    #[error("{targets} targets instead of {expected}")]
    Shape {
        /// How many were given.
        targets: usize,
        /// How many there are.
        expected: usize,
    },
    /// A balance that is only known within bounds cannot be brought to a target.
    #[error("the balance of channel {channel} is not known")]
    Unknown {
        /// The channel.
        channel: ChannelId,
    },
    /// A target above the capacity, or above 1,000,000 millionths.
    #[error("the target of channel {channel} is above its capacity")]
    Above {
        /// The channel, or the first of the node.
        channel: ChannelId,
    },
    /// It is no circulation of the graph.
    #[error(transparent)]
    Circulation(#[from] Violation),
    /// It cannot be applied.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The solver gave up.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// A problem of the network that answers; none is expected.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A problem of a cost; none is expected.
    #[error(transparent)]
    Cost(#[from] CostError),
}

/// The circulation that brings a state closest to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebalanced {
    /// The circulation; the smallest distance is proven by potentials that were checked.
    pub circulation: Circulation,
    /// How much less the distance is afterwards, in units of the pieces: 0 if nothing is gained.
    pub gain: i128,
}

/// The largest number of pieces.
const MOST_PIECES: u32 = 1_000;
/// A whole in millionths.
const WHOLE: u64 = 1_000_000;

impl Feasibility<'_> {
    /// Finds the circulation that brings the state closest to a target by the sum of (x - t)^2 / c over channels, in so
    /// many pieces per capacity (1 to 1,000; one piece measures |x - t|, twenty are near the square). One minimum-cost flow.
    ///
    /// # Errors
    ///
    /// [`RebalanceError`].
    ///
    /// ```
    /// use feasible::feasibility::Target;
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder};
    /// use feasible::{Feasibility, Msat, NodeMap, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
    /// // Three channels around a triangle, all depleted the same way round.
    /// for (from, to) in [(0, 1), (1, 2), (2, 0)] {
    ///     b.add_channel(Channel::new(n[from], n[to], Sat(10)).balance(Balance::Known(Msat(10_000))))?;
    /// }
    /// let mut graph = b.build();
    /// let half = Target::Shares(NodeMap::filled(3, 500_000));
    /// let best = Feasibility::new(&graph).rebalance(&half, 20)?;
    /// best.circulation.apply(&mut graph)?;
    /// assert!(graph.channels().all(|c| graph.channel(c).balance_of_a() == Balance::Known(Msat(5_000))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rebalance(&self, target: &Target, pieces: u32) -> Result<Rebalanced, RebalanceError> {
        let graph = self.graph;
        let (targets, expected) = match target {
            Target::Balances(balances) => (balances.len(), graph.channel_count()),
            Target::Shares(shares) => (shares.len(), graph.node_count()),
        };
        if targets != expected {
            return Err(RebalanceError::Shape { targets, expected });
        }
        let pieces = i64::from(pieces.clamp(1, MOST_PIECES));
        let mut b = NetworkBuilder::new();
        for _ in graph.nodes() {
            b.add_node(0)?;
        }
        for id in graph.channels() {
            let channel = graph.channel(id);
            let Balance::Known(balance) = channel.balance_of_a() else {
                return Err(RebalanceError::Unknown { channel: id });
            };
            let mut rises = Rises::default();
            for wanted in wanted(graph, target, id)? {
                rises.add(signed(balance) - signed(wanted), signed(channel.capacity().into()), pieces);
            }
            let [out, back] = Direction::BOTH.map(|way| self.liquidity(id, way));
            b.add_arc(channel.a(), channel.b(), -back..=out, rises.cost(-back, out)?)?;
        }
        let network = b.build()?;
        let shape = SolveError::Shape { what: "channels", expected: graph.channel_count(), actual: 0 };
        let best = self.min_cost_flow().solve(&network)?.optimal().map_err(|_| shape)?;
        let flow = |id: ChannelId| best.flows()[id_at::<ArcId>(id.index())];
        let flows = graph.channels().filter_map(|id| channel_flow(id, flow(id))).collect();
        Ok(Rebalanced { circulation: Circulation::new(graph, flows)?, gain: -best.cost() })
    }
}

/// The balances of party a that are wanted of a channel: one, or one by each party.
fn wanted(graph: &ChannelGraph, target: &Target, id: ChannelId) -> Result<Vec<Msat>, RebalanceError> {
    let channel = graph.channel(id);
    let capacity = Msat::from(channel.capacity());
    let wanted: Vec<Msat> = match target {
        Target::Balances(balances) => [balances[id]].to_vec(),
        Target::Shares(shares) => {
            let part = |share: u32| {
                let part = u128::from(capacity.0) * u128::from(share) / u128::from(WHOLE);
                u64::try_from(part).unwrap_or(u64::MAX)
            };
            let of_a = Msat(part(shares[channel.a()]));
            let of_b = part(shares[channel.b()]);
            let above = |node| u64::from(shares[node]) > WHOLE;
            if above(channel.a()) || above(channel.b()) {
                return Err(RebalanceError::Above { channel: id });
            }
            // The hub of a pool wants nothing.
            let of_b = (graph.pool_of(id).is_none()).then_some(capacity.saturating_sub(Msat(of_b)));
            [Some(of_a), of_b].into_iter().flatten().collect()
        }
    };
    if wanted.iter().any(|&wanted| wanted > capacity) {
        return Err(RebalanceError::Above { channel: id });
    }
    Ok(wanted)
}

/// A convex cost as its first slope and how much the slope rises where.
#[derive(Default)]
struct Rises {
    first: i64,
    at: BTreeMap<i64, i64>,
}

impl Rises {
    /// Adds the distance from a target that a flow from party a of `excess` reaches.
    fn add(&mut self, excess: i64, capacity: i64, pieces: i64) {
        let width = (capacity / pieces).max(1);
        // With one piece only the target itself is a breakpoint.
        let reach = if pieces == 1 { 0 } else { pieces };
        self.first -= 2 * reach + 1;
        for j in -reach..=reach {
            *self.at.entry(excess + j * width).or_default() += 2;
        }
    }

    /// The cost between two bounds; what lies beyond them does not count.
    fn cost(mut self, lower: i64, upper: i64) -> Result<PiecewiseCost, CostError> {
        let within = self.at.split_off(&lower.saturating_add(1));
        self.first += self.at.values().sum::<i64>();
        self.at = within;
        self.at.split_off(&upper);
        let slopes = self.at.into_iter().scan(self.first, |slope, (at, rise)| {
            *slope += rise;
            Some((at, *slope))
        });
        PiecewiseCost::new(self.first, slopes)
    }
}

/// Millisatoshi in the number type of networks; capacities stay below [`Msat::SUPPLY`].
fn signed(amount: Msat) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}
