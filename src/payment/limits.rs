//! Payments whose flow does not keep the limits of parts, lengths and slots: ways within them from the beginning.

use alloc::vec::Vec;

use super::columns::Columns;
use super::flow::Flow;
use super::parts::{self, Search, Way};
use super::reroute::Rerouting;
use super::{Best, Limit, PayAnswer, PayError, PaymentPlan, PaymentPlanner, TIGHT, obstacles};
use crate::check::{self, Obstacle, PartsGoal, Proof, Terms};
use crate::id::NodeId;
use crate::solve::Meter;

impl<'a> PaymentPlanner<'a> {
    /// Improves what was found under limits: columns within them for the bound and for ways, then a search among sets of parts.
    /// Or a proof that there is nothing.
    pub(super) fn within_limits(
        &self,
        goal: &PartsGoal<'_>,
        flow: &Flow<'a>,
        best: &mut Best,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Obstacle>, PayError> {
        let most = goal.rules.map_or(usize::MAX, |rules| rules.max_parts);
        let terms = &flow.costs.terms;
        let usable = check::usable(self.graph, goal);
        let mut search = Search::new(terms, &self.locks, goal);
        let routing = Rerouting { graph: self.graph, goal, usable: &usable };
        let ahead = [flow.roads.ahead.clone()];
        let goals = core::slice::from_ref(goal);
        let mut columns = Columns::new(self.graph, goals, &flow.costs, &ahead, usable.clone());
        let mut bounds = Vec::new();
        let whole = columns.solve(meter, |columns| bounds.push(columns.bounds(f64::INFINITY)))?;
        let tolls = Obstacle::Tolls(columns.tolls());
        if !whole && check::obstacle(self.graph, goal, &tolls) {
            return Ok(Some(tolls));
        }
        let mut starts: Vec<Vec<Way>> = Vec::new();
        if whole {
            let (ways, _, all) = search.cut(&columns.ways(0));
            starts.extend(all.then_some(ways));
        }
        if !best.ways.is_empty() {
            starts.push(best.ways.clone());
        }
        for mut ways in starts {
            let value = routing.improve(&mut search, &mut ways, meter)?;
            if ways.len() <= most {
                best.parts(value, ways);
            }
            if best.gap() <= TIGHT {
                break;
            }
        }
        if best.gap() > TIGHT {
            let (value, ways) = routing.afresh(&mut search, meter)?;
            best.parts(value, ways);
        }
        bounds.push(columns.bounds(best.value));
        let largest = check::largest_part_bound(self.graph, goal);
        bounds.push((largest, Vec::new()));
        for (bound, prices) in bounds {
            if bound.is_finite() && bound > best.bound {
                (best.bound, best.prices) = (bound, prices);
            }
        }
        Ok(None)
    }

    /// What to say where the flow found nothing: a proof that there is nothing, or parts that are routed one by one (HTLC minima
    /// that only fees make an amount reach, room that only other cuts of the amount leave).
    pub(super) fn refused(
        &self,
        goal: &PartsGoal<'_>,
        inside: Option<Vec<NodeId>>,
        limit: Limit,
        meter: &mut Meter<'_, '_>,
    ) -> Result<PayAnswer, PayError> {
        if let Some(obstacle) = obstacles::find(self.graph, goal, inside) {
            return Ok(PayAnswer::Infeasible(obstacle));
        }
        let terms = Terms::all(self.graph, goal.rules);
        let usable = check::usable(self.graph, goal);
        let mut search = Search::new(&terms, &self.locks, goal);
        let routing = Rerouting { graph: self.graph, goal, usable: &usable };
        // Two quick trials: whoever asks again and again must not wait for a search among sets of parts.
        let most = goal.rules.map_or(usize::MAX, |rules| rules.max_parts);
        let (mut ways, mut value) = (Vec::new(), f64::INFINITY);
        for count in [1, 3] {
            if value == f64::INFINITY {
                ways = routing.begin(&mut search, count, meter)?.unwrap_or_default();
                value = if ways.is_empty() { f64::INFINITY } else { search.improve(&mut ways, most) };
            }
        }
        if value == f64::INFINITY || ways.len() > most {
            return Ok(PayAnswer::Blocked(limit));
        }
        let bound = check::largest_part_bound(self.graph, goal);
        self.finished(goal, Best { ways, value, bound, ..Best::default() })
    }

    /// The plan of the best ways, checked.
    pub(super) fn finished(&self, goal: &PartsGoal<'_>, best: Best) -> Result<PayAnswer, PayError> {
        let Best { ways, potentials, bound, prices, branches, .. } = best;
        let parts = parts::sent(&ways);
        let value = check::parts(self.graph, goal, &parts)?;
        // Proven with an objective at least as large, so it holds for this one; under a law it is said as it is proven again.
        let lawful = goal.rules.is_some_and(|rules| rules.law.is_some());
        let bound = if lawful && prices.is_empty() && branches.is_empty() {
            let again = check::parts_bound(self.graph, goal, &potentials, value.objective);
            again.max(check::largest_part_bound(self.graph, goal))
        } else {
            bound
        };
        let lower_bound = bound.min(value.objective).max(0.0);
        let proof = Proof { known: value.objective, potentials, branches, prices };
        Ok(PayAnswer::Plan(PaymentPlan { parts, value, lower_bound, proof }))
    }
}
