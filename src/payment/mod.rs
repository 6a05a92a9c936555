//! The most reliable and cheapest way to pay, with a proven lower bound.
//!
//! # Problem
//!
//! Choose parts (an amount and a way each) that add up to the payment and minimise
//! `sum over channels of -ln P(X >= f) + mu * fee`, where `f` is what a channel and direction carries with
//! the fees of the hops after it, and X is uniform between the bounds of the channel's liquidity.
//!
//! # Method
//!
//! The relaxation is a separable convex generalised flow: risk, ppm and one base fee per direction, of which the
//! lower convex envelope is taken. It is solved on a small network that grows by the ways which searches over the
//! whole graph find at its prices. The flow is cut into parts, and a search among sets of parts, each valued
//! exactly, accounts for what the relaxation leaves out: base fees of every part, HTLC limits, the number of parts.
//! The prices bound the objective of all payments from below ([`check::parts_bound`]), so the gap that is reported
//! covers all that was relaxed.
//!
//! # References
//!
//! Pickhardt and Richter, "Optimally Reliable & Cheap Payment Flows on the Lightning Network" (arXiv
//! 2107.05322): the cost, its convexity, and why base fees make the problem strongly NP-hard.

mod answer;
mod attempt;
mod batch;
mod best;
mod binding;
mod branch;
mod columns;
mod cost;
mod edge;
mod flow;
mod front;
mod improve;
mod limits;
mod lines;
mod local;
mod obstacles;
mod parts;
mod reroute;
mod resume;
mod roads;
mod spend;
mod starts;
mod tradeoff;

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::amount::Msat;
use crate::check::{self, PartsGoal, PartsRules, Terms, direction_at};
use crate::id::id_at;
use crate::liquidity::ChannelGraph;
use crate::solve::{Meter, SolveError, admit_terminals};
pub use answer::{PayAnswer, PayError, PaymentPlan};
pub use attempt::{Attempt, Outcome, Step};
pub use batch::{BatchAnswer, BatchPlan};
use best::Best;
pub use binding::Limit;
use cost::Costs;
pub use cost::Curve;
pub use edge::{Edge, EdgeError, within};
use flow::Flow;
pub use front::{Front, FrontPoint};
use parts::Search;
use roads::Roads;
pub use tradeoff::Tradeoff;

/// Phases of the scaling: the steps of the last one are the amount divided by 2^16.
const PHASES: u32 = 16;
/// A relative gap that is small enough.
const TIGHT: f64 = 5e-7;
/// Cases of fixed charges.
const CASES: usize = 3;
/// A relative error of what directions carry with fees that asks for another round.
const GROWN: f64 = 1e-5;
/// The same in the steps of an attempt.
const HASTY: f64 = 1e-3;
/// Amounts of more parts are not moved for what is lost to rounding.
const MANY: usize = 512;
/// Rounds that correct the flow for the fees that it carries.
const ROOM: usize = 8;
/// The same under a law that is not uniform, whose bounds take long.
const LAWFUL: usize = 2;
/// Rounds for the bound of a plan in pieces.
const PROOFS: usize = 2;
/// A relative gap from which on potentials that do without the flow may prove more: directions that are nearly full, or a risk
/// that is not convex, let prices be any.
const LOOSE: f64 = 0.05;
/// Objectives are below that when the envelopes are fitted; the bound is proven with the one found.
const GUESS: f64 = 30.0;

/// Plans payments on a channel graph.
///
/// ```
/// use feasible::check::PartsGoal;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::payment::{PayAnswer, PaymentPlanner};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, t) = (b.add_node()?, b.add_node()?);
/// for capacity in [100, 100] {
///     b.add_channel(Channel::new(s, t, Sat(capacity)))?;
/// }
/// let graph = b.build();
/// let goal = PartsGoal::new(s, t, Msat(80_000), 0.0);
/// let PayAnswer::Plan(plan) = PaymentPlanner::new(&graph).plan(&goal)? else { panic!("feasible") };
/// assert_eq!(plan.parts.len(), 2); // 0.6 * 0.6 beats 0.2
/// assert!((plan.value.ln_probability - 2.0 * f64::ln(0.6)).abs() < 1e-4);
/// assert!(plan.lower_bound <= plan.value.objective && plan.lower_bound > 0.999 * plan.value.objective);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PaymentPlanner<'a> {
    graph: &'a ChannelGraph,
    roads: Roads,
    terms: Arc<Vec<Terms<'a>>>,
    locks: Vec<u32>,
    curve: Curve,
    cases: usize,
    work_limit: Option<u64>,
}

impl<'a> PaymentPlanner<'a> {
    /// A planner without a limit on work. O(n + m).
    #[must_use]
    pub fn new(graph: &'a ChannelGraph) -> Self {
        let indices = 0..graph.channel_count() * 2;
        let lock =
            |index| graph.channel(id_at(index / 2)).terms(direction_at(index)).map_or(0, |p| p.cltv_delta);
        Self {
            graph,
            roads: Roads::new(graph),
            terms: Arc::new(Terms::all(graph, None)),
            locks: indices.map(lock).collect(),
            curve: Curve::default(),
            cases: CASES,
            work_limit: None,
        }
    }

    /// At most so many cases of fixed charges are told apart (default 3): each takes a fraction of the time of a plan
    /// without any, and makes the gap smaller. With 0, as in the steps of an [`Attempt`], there are no other beginnings of the search among
    /// sets of parts either.
    #[must_use]
    pub fn cases(mut self, cases: usize) -> Self {
        self.cases = cases;
        self
    }

    /// How the risk enters the flow; values and bounds are those of the true risk in any case. With pieces the bound comes
    /// from the relaxation with the true risk, solved beside the flow (not in the steps of an [`Attempt`]), so the gap says what the pieces lose.
    #[must_use]
    pub fn curve(mut self, curve: Curve) -> Self {
        self.curve = curve;
        self
    }

    /// At most so many residual steps looked at.
    #[must_use]
    pub fn work_limit(mut self, limit: u64) -> Self {
        self.work_limit = Some(limit);
        self
    }

    /// The best way found, with a lower bound; or a cut, or the limit that binds.
    ///
    /// # Errors
    /// [`SolveError`] for unknown or equal nodes, an amount of zero or above [`Msat::SUPPLY`], or the work limit;
    /// [`PayError::Mu`].
    pub fn plan(&self, goal: &PartsGoal<'a>) -> Result<PayAnswer, PayError> {
        self.named(goal, self.unnamed(goal)?)
    }

    /// The same without a search for the limit that binds.
    fn unnamed(&self, goal: &PartsGoal<'a>) -> Result<PayAnswer, PayError> {
        self.admit(goal)?;
        self.answer(goal, self.cases, &mut Meter::new(self.work_limit, None))
    }

    fn answer(
        &self,
        goal: &PartsGoal<'a>,
        cases: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<PayAnswer, PayError> {
        match self.laid_out(goal, self.terms_of(goal), meter)? {
            Ok(mut flow) => self.planned(goal, &mut flow, cases, meter),
            Err(refused) => Ok(refused),
        }
    }

    fn terms_of(&self, goal: &PartsGoal<'a>) -> Arc<Vec<Terms<'a>>> {
        match goal.rules {
            rules if rules.is_none_or(PartsRules::is_plain) => Arc::clone(&self.terms),
            rules => Arc::new(Terms::all(self.graph, rules)),
        }
    }

    /// The flow of a goal, or what to say if no way leads to the receiver.
    fn laid_out(
        &self,
        goal: &PartsGoal<'a>,
        terms: Arc<Vec<Terms<'a>>>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Result<Flow<'a>, PayAnswer>, PayError> {
        if let Some(flow) = self.blank(goal, Arc::clone(&terms), (self.curve, self.most(goal)), meter)? {
            return Ok(Ok(flow));
        }
        let inside = Flow::reach(self.graph, goal, &terms, |_| Some(0));
        Ok(Err(self.refused(goal, Some(inside), Limit::Parts, meter)?))
    }

    /// A flow of nothing with costs of that shape that are fitted to that largest amount; `None` if nothing leads to the receiver.
    fn blank(
        &self,
        goal: &PartsGoal<'a>,
        terms: Arc<Vec<Terms<'a>>>,
        (curve, most): (Curve, f64),
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Flow<'a>>, SolveError> {
        let mut costs = Costs::new(terms, curve);
        costs.fit(self.graph, goal, most);
        Flow::new(self.graph, goal, costs, self.roads.clone(), meter)
    }

    fn most(&self, goal: &PartsGoal<'_>) -> f64 {
        check::largest_sent(self.graph, goal, GUESS)
    }

    /// Plans on a flow that is laid out.
    fn planned(
        &self,
        goal: &PartsGoal<'_>,
        flow: &mut Flow<'a>,
        cases: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<PayAnswer, PayError> {
        let mut best = self.best(goal, flow, cases == 0, meter)?;
        let short = best.ways.is_empty() && !flow.complete();
        let cut = if short { flow.cut() } else { None };
        if let Some(obstacle) = cut.and_then(|cut| obstacles::find(self.graph, goal, Some(cut))) {
            return Ok(PayAnswer::Infeasible(obstacle));
        }
        if best.ways.is_empty() && self.curve != Curve::Exact {
            // Planners in pieces end where their flow does.
            return Ok(PayAnswer::Blocked(Limit::Parts));
        }
        let limited = best.ways.is_empty() || goal.rules.is_some_and(PartsRules::is_limited);
        let unfit = goal.rules.is_some_and(|rules| best.ways.len() > rules.max_parts);
        if unfit {
            best.drop_parts();
        }
        if limited && (unfit || best.gap() > TIGHT) {
            if let Some(obstacle) = self.within_limits(goal, flow, &mut best, meter)? {
                return Ok(PayAnswer::Infeasible(obstacle));
            }
        }
        if !limited && cases > 0 && self.curve == Curve::Exact {
            self.start_elsewhere(goal, flow, &mut best, meter)?;
        }
        let divided = !limited && best.gap() > TIGHT && flow.complete() && self.curve == Curve::Exact;
        if divided {
            self.branch(goal, flow, &mut best, cases, meter)?;
        }
        if self.curve != Curve::Exact && cases > 0 && best.gap() > TIGHT {
            self.prove(goal, flow, &mut best, meter)?;
        }
        if best.ways.is_empty() {
            let limit = if unfit { Limit::PartCount } else { Limit::Parts };
            return self.refused(goal, None, limit, meter);
        }
        if best.gap() > TIGHT && best.ways.len() < MANY {
            let terms = Arc::clone(&flow.costs.terms);
            best.value = Search::new(&terms, &self.locks, goal).round(&mut best.ways);
        }
        self.finished(goal, best)
    }

    fn best(
        &self,
        goal: &PartsGoal<'_>,
        flow: &mut Flow<'a>,
        hasty: bool,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Best, PayError> {
        let mut best = Best::default();
        let grown = if hasty { HASTY } else { GROWN };
        let lawful = goal.rules.is_some_and(|rules| rules.law.is_some());
        for _ in 0..if lawful { LAWFUL } else { ROOM } {
            if !flow.solve(PHASES, meter)? {
                break;
            }
            let terms = Arc::clone(&flow.costs.terms);
            let mut search = Search::new(&terms, &self.locks, goal);
            let ways = flow.ways();
            let (cut, unfit, whole) = search.cut(&ways);
            if whole {
                let mut ways = cut.clone();
                let value = search.improve(&mut ways, goal.rules.map_or(usize::MAX, |rules| rules.max_parts));
                best.parts(value, ways);
            }
            best.bound(self.graph, goal, &terms, flow.potentials());
            if best.gap() > LOOSE {
                best.bound(self.graph, goal, &terms, flow.roads.idle_potentials());
            }
            while best.gap() > TIGHT && !lawful && flow.dearer() {
                flow.solve(PHASES, meter)?;
                best.bound(self.graph, goal, &terms, flow.potentials());
            }
            let over = search.overfull(&cut);
            if best.gap() <= TIGHT || (flow.grow() < grown && unfit.is_empty() && over.is_empty()) {
                break;
            }
            flow.take_out(&unfit);
            flow.make_room(&over);
            flow.coarser();
        }
        Ok(best)
    }

    /// Solves the relaxation with the true risk for its prices alone: those of secants, which lie above the risk, prove next to
    /// nothing of it.
    fn prove(
        &self,
        goal: &PartsGoal<'_>,
        flow: &Flow<'a>,
        best: &mut Best,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), PayError> {
        let terms = Arc::clone(&flow.costs.terms);
        let shape = (Curve::Exact, self.most(goal));
        let exact = self.blank(&flow.goal, Arc::clone(&terms), shape, meter)?;
        let Some(mut exact) = exact else { return Ok(()) };
        for _ in 0..PROOFS {
            exact.solve(PHASES, meter)?;
            best.bound(self.graph, goal, &terms, exact.potentials());
            exact.grow();
            exact.coarser();
        }
        Ok(())
    }

    fn admit(&self, goal: &PartsGoal<'_>) -> Result<(), PayError> {
        admit_terminals(self.graph.node_count(), goal.sender, goal.receiver)?;
        if goal.amount == Msat::ZERO || goal.amount > Msat::SUPPLY {
            let (amount, limit) = (goal.amount.0.into(), Msat::SUPPLY.0.into());
            return Err(SolveError::Amount { amount, limit }.into());
        }
        if goal.mu.is_finite() && goal.mu >= 0.0 { Ok(()) } else { Err(PayError::Mu) }
    }
}
