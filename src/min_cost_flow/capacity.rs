//! What one more unit of capacity is worth, one unit less costs, and how far that goes.
//!
//! The least cost is a convex function of an arc's upper bound u. To the right its slope is what a unit on the arc
//! and the cheapest way back from head to tail cost together, if that is negative; to the left what
//! the cheapest way from tail to head costs more than the arc. With potentials raised by the distances of that
//! search, everything that a maximum flow inside their face carries costs the same per unit: see
//! [`parametric`](super::parametric).

use super::face::{Ways, face};
use super::{MinCostFlow, OptimalFlow};
use crate::check::{self, Violation};
use crate::id::{ArcId, NodeId, NodeMap};
use crate::max_flow::{MaxFlow, Outcome};
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::SolveError;

/// How the least cost moves with the upper bound of an arc, in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityStep {
    /// The change of cost per unit by which the bound moves: not positive upwards, not negative downwards.
    pub price: i128,
    /// The bound up to which every unit changes the cost by that; `None` if for ever.
    pub to: Option<i128>,
    /// Proof: the [dual value](crate::check::dual_value) of these potentials is the least cost for every bound on
    /// the step.
    pub potentials: NodeMap<i128>,
}

/// How the least cost moves with the upper bound of an arc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityRange {
    /// Upwards, from the bound; from infinity if there is none.
    pub rise: CapacityStep,
    /// Downwards; `None` if no flow keeps to a smaller bound, or the lower bound forbids one.
    pub fall: Option<CapacityStep>,
}

impl<N: FlowNum> OptimalFlow<N> {
    /// What the capacity of an arc is worth: how the least cost changes as its upper bound rises or falls, and up
    /// to where at that rate, exactly (one-sided derivatives, whatever basis a solver ended with). Two shortest
    /// paths and two maximum flows.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownArc`]; [`SolveError::Uncertified`] if this is not an optimal flow of the network;
    /// [`SolveError::NotAdmitted`] at the very limit of the range.
    ///
    /// ```
    /// use feasible::{MinCostFlow, NetworkBuilder};
    /// let mut b = NetworkBuilder::new();
    /// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
    /// let cheap = b.add_arc(s, t, 0..=3, 2)?;
    /// let dear = b.add_arc(s, t, 0..=9, 7)?;
    /// let network = b.build()?;
    /// let flow = MinCostFlow::new().solve(&network)?.optimal()?;
    /// // A fourth unit of the cheap arc saves 5, a fifth nothing; each unit less costs 5.
    /// let range = flow.capacity_range(&network, cheap)?;
    /// assert_eq!((range.rise.price, range.rise.to), (-5, Some(4)));
    /// assert_eq!(range.fall.map(|step| (step.price, step.to)), Some((5, Some(0))));
    /// // The dear one carries one unit: the other eight can go for nothing.
    /// let range = flow.capacity_range(&network, dear)?;
    /// assert_eq!((range.rise.price, range.rise.to), (0, None));
    /// assert_eq!(range.fall.map(|step| (step.price, step.to)), Some((0, Some(1))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn capacity_range(&self, network: &Network<N>, arc: ArcId) -> Result<CapacityRange, SolveError> {
        check::optimal(network, self.flows(), self.potentials(), self.cost())?;
        let arcs = network.arc_count();
        if arc.index() >= arcs {
            return Err(SolveError::UnknownArc { arc, arcs });
        }
        let question = Question { answer: self, network, arc };
        Ok(CapacityRange { rise: question.rise()?, fall: question.fall()? })
    }
}

struct Question<'a, N> {
    answer: &'a OptimalFlow<N>,
    network: &'a Network<N>,
    arc: ArcId,
}

impl<N: FlowNum> Question<'_, N> {
    fn idle(&self, to: Option<i128>) -> CapacityStep {
        CapacityStep { price: 0, to, potentials: self.answer.potentials().clone() }
    }

    fn rise(&self) -> Result<CapacityStep, SolveError> {
        let (network, arc) = (self.network, self.arc);
        let (tail, head, flow) = (network.tail(arc), network.head(arc), self.answer.flows()[arc]);
        if network.upper(arc) != Some(flow) {
            return Ok(self.idle(None));
        }
        let slopes = network.cost(arc);
        let slope = slopes.slope_after(flow).widen();
        let ways = self.ways(head, tail)?;
        let Some((price, potentials)) = self.way(&ways, (head, tail), slope).filter(|way| way.0 < 0) else {
            // Nothing is gained; potentials for which the next unit on the arc would not pay say so.
            let own = self.answer.potentials();
            let reduced = slope + own[tail] - own[head];
            return Ok(CapacityStep { price: 0, to: None, potentials: ways.raised(own, (-reduced).max(0)) });
        };
        let more = self.carried(&potentials, head, tail)?;
        let bend = slopes.breakpoints().iter().map(|bend| bend.at).find(|at| *at > flow);
        let ends = [more.map(|more| flow.widen() + more), bend.map(FlowNum::widen)];
        Ok(CapacityStep { price, to: ends.into_iter().flatten().min(), potentials })
    }

    fn fall(&self) -> Result<Option<CapacityStep>, SolveError> {
        let (network, arc) = (self.network, self.arc);
        let (tail, head, flow) = (network.tail(arc), network.head(arc), self.answer.flows()[arc]);
        let binds = network.upper(arc) == Some(flow);
        let unused = || (!binds).then(|| self.idle(Some(flow.widen())));
        if flow == network.lower(arc) {
            return Ok(unused());
        }
        let slope = network.cost(arc).slope_before(flow).widen();
        let ways = self.ways(tail, head)?;
        let way = self.way(&ways, (tail, head), -slope);
        let Some((price, potentials)) = way.filter(|way| way.0 == 0 || binds) else {
            return Ok(unused());
        };
        // As far as the piece goes; with a price of 0 further pieces, steeper downhill, end it too.
        let piece = network.cost(arc).pieces(network.lower(arc), network.upper(arc));
        let begin = piece.map(|piece| piece.from).filter(|from| *from < flow).last();
        let begin = begin.unwrap_or(network.lower(arc)).widen();
        let less = self.carried(&potentials, tail, head)?;
        let to = less.map_or(begin, |less| (flow.widen() - less).max(begin));
        Ok(Some(CapacityStep { price, to: Some(to), potentials }))
    }

    fn ways(&self, from: NodeId, to: NodeId) -> Result<Ways, SolveError> {
        let answer = (self.answer.flows(), self.answer.potentials());
        let meter = &mut MinCostFlow::new().meter();
        Ways::between(self.network, answer, (from, to), Some(self.arc), meter)
    }

    /// The cost of a unit on the cheapest way beside the arc, and of the arc's own unit, with potentials for which
    /// that way costs nothing more.
    fn way(&self, ways: &Ways, (from, to): (NodeId, NodeId), own: i128) -> Option<(i128, NodeMap<i128>)> {
        let raised = ways.raised(self.answer.potentials(), ways.distance[to]?);
        Some((own + raised[to] - raised[from], raised))
    }

    /// How much the ways of no further cost carry, the arc left as it is; `None` if there is no limit.
    fn carried(
        &self,
        potentials: &NodeMap<i128>,
        from: NodeId,
        to: NodeId,
    ) -> Result<Option<i128>, SolveError> {
        if from == to {
            return Ok(None);
        }
        let mut face = face(self.network, potentials)?;
        let flow = self.answer.flows()[self.arc];
        face.amend().bounds(self.arc, flow..=flow)?.apply()?;
        match MaxFlow::new().solve_from_flows(&face, from, to, self.answer.flows())? {
            Outcome::Optimal(found) => {
                let amount = found.value();
                let price = potentials[to] - potentials[from];
                let cost =
                    price.checked_mul(amount).and_then(|change| change.checked_add(self.answer.cost()));
                let cost = cost.ok_or(Violation::Overflow { what: "the cost" })?;
                check::optimal_between(self.network, (from, to), amount, found.flows(), potentials, cost)?;
                Ok(Some(amount))
            }
            Outcome::Unbounded(_) => Ok(None),
            Outcome::Infeasible(shortage) => Err(Violation::NoShortage { amount: shortage.amount }.into()),
        }
    }
}
