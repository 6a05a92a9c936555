//! Supplies within ranges: surplus and unmet demand where they are allowed.
//!
//! One more node sends to every node with a range what that node sends beyond its supply, at no cost. The
//! caller does not see it: its potential is 0, and the potential of a node then is the dual value of its
//! range.

use super::{MinCostFlow, Outcome};
use crate::check::{self, Ray, Shortage};
use crate::id::{ArcMap, NodeId, NodeMap};
use crate::network::{Bounds, Network, NetworkBuilder};
use crate::num::FlowNum;
use crate::solve::SolveError;

/// A flow of minimum cost within supply ranges; it has passed
/// [`check::optimal_within`](crate::check::optimal_within).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowWithin<N = i64> {
    flows: ArcMap<N>,
    potentials: NodeMap<i128>,
    cost: i128,
}

impl<N> FlowWithin<N> {
    /// The flow of every arc.
    #[must_use]
    pub const fn flows(&self) -> &ArcMap<N> {
        &self.flows
    }

    /// What one more unit sent at each node would save: positive only where a node sends the most it may,
    /// negative only where it sends the least, 0 in between.
    #[must_use]
    pub const fn potentials(&self) -> &NodeMap<i128> {
        &self.potentials
    }

    /// The sum of the costs of all arcs.
    #[must_use]
    pub const fn cost(&self) -> i128 {
        self.cost
    }
}

/// The answer to a minimum-cost flow problem with supply ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WithinOutcome<N = i64> {
    /// A flow of minimum cost.
    Optimal(FlowWithin<N>),
    /// No flow keeps to all ranges: [`check::infeasible_within`](crate::check::infeasible_within).
    Infeasible {
        /// A node set and what it lacks.
        shortage: Shortage,
        /// Whether it lacks even what all others could send at most.
        with_rest: bool,
    },
    /// Costs fall for ever; `ray.flows` is within the ranges.
    Unbounded(Ray<N>),
}

impl MinCostFlow {
    /// Solves a problem in which nodes may send more or less than their supply: beyond it, an amount
    /// within a range (entries of one node add up). "At most 7" is the range `0..=7`, and "at least 3 arrive" the range `..=-3` from a
    /// lower bound on, at nodes of supply 0.
    ///
    /// # Errors
    ///
    /// As [`MinCostFlow::solve`]; [`SolveError::UnknownNode`]; [`SolveError::NotAdmitted`] if the ranges take flows out of the
    /// admitted range or are empty.
    ///
    /// ```
    /// use feasible::min_cost_flow::WithinOutcome;
    /// use feasible::{MinCostFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (near, far, t) = (b.add_node(0)?, b.add_node(0)?, b.add_node(0)?);
    /// b.add_arc(near, t, 0.., 2)?;
    /// b.add_arc(far, t, 0.., 5)?;
    /// let network = b.build()?;
    /// // Both may send up to 7; 10 must arrive.
    /// let ranges = [(near, (0..=7).into()), (far, (0..=7).into()), (t, (-10..=-10).into())];
    /// let WithinOutcome::Optimal(flow) = MinCostFlow::new().solve_within(&network, &ranges)? else { panic!() };
    /// assert_eq!(flow.cost(), 7 * 2 + 3 * 5);
    /// assert_eq!(flow.potentials()[near], 3); // one more there saves 5 - 2
    /// assert_eq!(flow.potentials()[far], 0); // not all of it is used
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn solve_within<N: FlowNum>(
        &self,
        network: &Network<N>,
        ranges: &[(NodeId, Bounds<N>)],
    ) -> Result<WithinOutcome<N>, SolveError> {
        let (nodes, arcs) = (network.node_count(), network.arc_count());
        let mut b = NetworkBuilder::new();
        b.reserve(nodes + 1, arcs + ranges.len());
        for node in network.nodes() {
            b.add_node(network.supply(node))?;
        }
        let rest = b.add_node(N::ZERO)?;
        for arc in network.arcs() {
            let bounds = Bounds { lower: network.lower(arc), upper: network.upper(arc) };
            b.add_arc(network.tail(arc), network.head(arc), bounds, network.cost(arc).to_cost())?;
        }
        for &(node, bounds) in ranges {
            if node.index() >= nodes {
                return Err(SolveError::UnknownNode { node, nodes });
            }
            b.add_arc(rest, node, bounds, N::ZERO)?;
        }
        match self.solve(&b.build()?)? {
            Outcome::Optimal(flow) => {
                let level = flow.potentials()[rest];
                let prices = flow.potentials().as_slice()[..nodes].iter();
                let potentials: NodeMap<i128> = prices.map(|price| price - level).collect();
                let (cost, flows) = (flow.cost(), first(flow.into_flows(), arcs));
                check::optimal_within(network, ranges, &flows, &potentials, cost)?;
                Ok(WithinOutcome::Optimal(FlowWithin { flows, potentials, cost }))
            }
            Outcome::Infeasible(Shortage { inside, amount }) => {
                let with_rest = inside[rest];
                let inside = inside.as_slice()[..nodes].iter().copied().collect();
                let shortage = Shortage { inside, amount };
                check::infeasible_within(network, ranges, &shortage, with_rest)?;
                Ok(WithinOutcome::Infeasible { shortage, with_rest })
            }
            Outcome::Unbounded(ray) => {
                let ray = Ray { flows: first(ray.flows, arcs), ..ray };
                check::unbounded_within(network, ranges, &ray)?;
                Ok(WithinOutcome::Unbounded(ray))
            }
        }
    }
}

/// The first so many entries.
fn first<N>(flows: ArcMap<N>, arcs: usize) -> ArcMap<N> {
    let mut flows = flows.into_vec();
    flows.truncate(arcs);
    ArcMap::from_vec(flows)
}
