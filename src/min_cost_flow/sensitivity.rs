//! How far may a number move before the answer changes?
//!
//! A flow stays optimal while no residual cycle costs less than nothing, so the cost of an arc may rise
//! until the cheapest other way from its tail to its head is worth a unit taken off it, and fall until
//! the cheapest way from head to tail is worth a unit more: one shortest path each, whatever basis a solver
//! ended with. Potentials stay optimal while the face they define has a flow, so supply may move from
//! one node to another as far as a maximum flow inside the face carries it.

use super::face::{Ways, face};
use super::{MinCostFlow, OptimalFlow};
use crate::check::{self, CostLimit, CostRange, Violation};
use crate::id::{ArcId, NodeId};
use crate::max_flow::{MaxFlow, Outcome};
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::{SolveError, admit_terminals};

/// What a unit costs that is sent from one node to another beyond the supplies, and for how many units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupplyRange {
    /// The change of cost per unit: potential of the sink - potential of the source.
    pub price: i128,
    /// The largest amount up to which the potentials stay optimal; `None` if any.
    pub most: Option<i128>,
    /// The least amount (0 or negative) down to which they stay optimal; `None` if any.
    pub least: Option<i128>,
}

impl<N: FlowNum> OptimalFlow<N> {
    /// How far the cost of an arc (all its slopes together) may rise and fall while this flow stays optimal,
    /// exactly. Two shortest paths, O(m log n).
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownArc`]; [`SolveError::Uncertified`] if this is not an optimal flow of the network.
    ///
    /// ```
    /// use feasible::{MinCostFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
    /// let cheap = b.add_arc(s, t, 0..=9, 3)?;
    /// b.add_arc(s, t, 0..=9, 7)?;
    /// let network = b.build()?;
    /// let flow = MinCostFlow::new().solve(&network)?.optimal()?;
    /// let range = flow.cost_range(&network, cheap)?;
    /// assert_eq!(range.rise.map(|limit| limit.change), Some(4)); // then the other arc is as cheap
    /// assert_eq!(range.fall.map(|limit| limit.change), None); // there is no way back from t to s
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cost_range(&self, network: &Network<N>, arc: ArcId) -> Result<CostRange, SolveError> {
        let (flows, potentials) = (self.flows(), self.potentials());
        check::optimal(network, flows, potentials, self.cost())?;
        let arcs = network.arc_count();
        if arc.index() >= arcs {
            return Err(SolveError::UnknownArc { arc, arcs });
        }
        let (tail, head, flow) = (network.tail(arc), network.head(arc), flows[arc]);
        let meter = &mut MinCostFlow::new().meter();
        let mut limit = |from: NodeId, to: NodeId, slope: i128| -> Result<Option<CostLimit>, SolveError> {
            let ways = Ways::between(network, (flows, potentials), (from, to), Some(arc), meter)?;
            let Some(distance) = ways.distance[to] else { return Ok(None) };
            // Reduced costs along the way and of the unit on the arc: the potentials cancel out.
            let change = distance + slope + potentials[to] - potentials[from];
            let potentials = ways.raised(potentials, distance);
            Ok(Some(CostLimit { change, potentials, way: ways.way(network, to) }))
        };
        let slopes = network.cost(arc);
        let rise = if flow > network.lower(arc) {
            limit(tail, head, -slopes.slope_before(flow).widen())?
        } else {
            None
        };
        let fall = if network.upper(arc).is_none_or(|upper| flow < upper) {
            limit(head, tail, slopes.slope_after(flow).widen())?
        } else {
            None
        };
        let range = CostRange { rise, fall };
        check::cost_range(network, flows, arc, &range)?;
        Ok(range)
    }

    /// What it costs to send more (or less) from `source` to `sink` beyond the supplies, and for which
    /// amounts the potentials, and so the price, stay as they are. Two maximum flows.
    ///
    /// The cost of the optimal flow of amount F between the two is the present one + F x price for all F
    /// from `least` to `most`, and at least that for all other F.
    ///
    /// # Errors
    ///
    /// As [`MaxFlow::solve`]; [`SolveError::NotAdmitted`] at the very limit of the range.
    ///
    /// ```
    /// use feasible::{MinCostFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
    /// b.add_arc(s, t, 0..=9, 3)?;
    /// let network = b.build()?;
    /// let flow = MinCostFlow::new().solve(&network)?.optimal()?;
    /// let range = flow.supply_range(&network, s, t)?;
    /// assert_eq!((range.price, range.least, range.most), (3, Some(-4), Some(5)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn supply_range(
        &self,
        network: &Network<N>,
        source: NodeId,
        sink: NodeId,
    ) -> Result<SupplyRange, SolveError> {
        let (flows, potentials) = (self.flows(), self.potentials());
        check::optimal(network, flows, potentials, self.cost())?;
        admit_terminals(network.node_count(), source, sink)?;
        let face = face(network, potentials)?;
        let price = potentials[sink] - potentials[source];
        let most = |from, to, sign: i128| -> Result<Option<i128>, SolveError> {
            match MaxFlow::new().solve(&face, from, to)? {
                Outcome::Optimal(flow) => {
                    let amount = sign * flow.value();
                    let change = price.checked_mul(amount);
                    let cost = change.and_then(|change| change.checked_add(self.cost()));
                    let cost = cost.ok_or(Violation::Overflow { what: "the cost" })?;
                    let ends = (source, sink);
                    check::optimal_between(network, ends, amount, flow.flows(), potentials, cost)?;
                    Ok(Some(amount))
                }
                Outcome::Unbounded(_) => Ok(None),
                Outcome::Infeasible(shortage) => {
                    Err(Violation::NoShortage { amount: shortage.amount }.into())
                }
            }
        };
        Ok(SupplyRange { price, most: most(source, sink, 1)?, least: most(sink, source, -1)? })
    }
}
