//! The least cost as a function of the amount sent from one node to another.
//!
//! It is convex and piecewise linear, from the optimal flow without anything sent up to the
//! maximum flow. Its slope is the length of a shortest residual path; with potentials raised by the
//! distances every flow of the same face is optimal, so one maximum flow inside the face leads to the next
//! breakpoint, and every step rises (Ford and Fulkerson's primal-dual method; Busacker and Gowen 1960). There
//! can be exponentially many breakpoints (Zadeh 1973); the curve is an iterator.

use super::face::{Ways, face};
use super::{MinCostFlow, Outcome};
use crate::check::{self, Cut, Violation};
use crate::id::{ArcMap, NodeId, NodeMap};
use crate::max_flow;
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::{SolveError, admit_terminals};

/// A stretch of the curve. For every amount in it the least cost is
/// `cost + (amount - from) * slope`; the potentials prove it for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurvePiece<N = i64> {
    /// The amount at which it begins.
    pub from: i128,
    /// The amount at which it ends; `None` if it goes on for ever.
    pub to: Option<i128>,
    /// The cost at its begin.
    pub cost: i128,
    /// The cost of each further unit; larger than on the piece before.
    pub slope: i128,
    /// An optimal flow of amount `to`, or of amount `from` if there is no end.
    pub flows: ArcMap<N>,
    /// Potentials that are optimal on the whole piece.
    pub potentials: NodeMap<i128>,
}

/// The pieces of the curve, by rising amount.
#[derive(Clone, Debug)]
pub struct CostCurve<'a, N = i64> {
    network: &'a Network<N>,
    ends: (NodeId, NodeId),
    options: MinCostFlow,
    amount: i128,
    cost: i128,
    flows: ArcMap<N>,
    potentials: NodeMap<i128>,
    ended: bool,
}

impl MinCostFlow {
    /// The least cost as a function of the amount sent from `source` to `sink` beyond the supplies, from
    /// 0 to the maximum flow. The outer outcome is that of the amount 0, if that has no optimal flow.
    ///
    /// One solve, then per piece one shortest-path search and one maximum flow, O(n + m) memory. The
    /// work limit holds for each search.
    ///
    /// # Errors
    ///
    /// As [`MinCostFlow::solve`]; [`SolveError::UnknownNode`], [`SolveError::SameTerminals`].
    ///
    /// ```
    /// use feasible::{MinCostFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, v, t) = (b.add_node(0)?, b.add_node(0)?, b.add_node(0)?);
    /// b.add_arc(s, t, 0..=2, 3)?;
    /// b.add_arc(s, v, 0..=4, 5)?;
    /// b.add_arc(v, t, 0..=9, 0)?;
    /// let network = b.build()?;
    /// let curve = MinCostFlow::new().cost_curve(&network, s, t)?.expect("no supplies, no negative costs");
    /// let pieces: Vec<_> = curve.map(|p| p.map(|p| (p.from, p.to, p.slope))).collect::<Result<_, _>>()?;
    /// assert_eq!(pieces, [(0, Some(2), 3), (2, Some(6), 5)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cost_curve<'a, N: FlowNum>(
        &self,
        network: &'a Network<N>,
        source: NodeId,
        sink: NodeId,
    ) -> Result<Result<CostCurve<'a, N>, Outcome<N>>, SolveError> {
        admit_terminals(network.node_count(), source, sink)?;
        let flow = match self.solve(network)? {
            Outcome::Optimal(flow) => flow,
            other => return Ok(Err(other)),
        };
        Ok(Ok(CostCurve {
            network,
            ends: (source, sink),
            options: *self,
            amount: 0,
            cost: flow.cost(),
            potentials: flow.potentials().clone(),
            flows: flow.into_flows(),
            ended: false,
        }))
    }
}

impl<N: FlowNum> CostCurve<'_, N> {
    /// The amount up to which pieces have been given.
    #[must_use]
    pub const fn amount(&self) -> i128 {
        self.amount
    }

    fn piece(&mut self) -> Result<Option<CurvePiece<N>>, SolveError> {
        let (network, (source, sink)) = (self.network, self.ends);
        let meter = &mut self.options.meter();
        let ways = Ways::between(network, (&self.flows, &self.potentials), self.ends, None, meter)?;
        let Some(distance) = ways.distance[sink] else {
            // The maximum flow: what the source still reaches is a cut of this value.
            let source_side = ways.distance.as_slice().iter().map(Option::is_some).collect();
            let cut = Cut { source_side, capacity: self.amount };
            check::max_flow(network, source, sink, &self.flows, self.amount, &cut)?;
            return Ok(None);
        };
        let potentials = ways.raised(&self.potentials, distance);
        let slope = potentials[sink] - potentials[source];
        let (from, cost) = (self.amount, self.cost);
        let optimal = |amount, flows: &ArcMap<N>, cost| {
            check::optimal_between(network, self.ends, amount, flows, &potentials, cost)
        };
        optimal(from, &self.flows, cost)?;
        let face = face(network, &potentials)?;
        let to = match self.options.max_flow().solve_from_flows(&face, source, sink, &self.flows)? {
            max_flow::Outcome::Optimal(flow) => {
                self.amount = flow.value();
                self.flows = flow.into_parts().0;
                let steps = self.amount.checked_sub(from).and_then(|amount| amount.checked_mul(slope));
                let cost = steps.and_then(|steps| cost.checked_add(steps));
                self.cost = cost.ok_or(Violation::Overflow { what: "the cost" })?;
                check::optimal_between(network, self.ends, self.amount, &self.flows, &potentials, self.cost)?;
                Some(self.amount)
            }
            max_flow::Outcome::Unbounded(path) => {
                check::unbounded_path(&face, source, sink, &path)?;
                self.ended = true;
                None
            }
            max_flow::Outcome::Infeasible(shortage) => {
                return Err(Violation::NoShortage { amount: shortage.amount }.into());
            }
        };
        self.potentials = potentials.clone();
        Ok(Some(CurvePiece { from, to, cost, slope, flows: self.flows.clone(), potentials }))
    }
}

impl<N: FlowNum> Iterator for CostCurve<'_, N> {
    type Item = Result<CurvePiece<N>, SolveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let piece = self.piece().transpose();
        self.ended |= !matches!(piece, Some(Ok(_)));
        piece
    }
}
