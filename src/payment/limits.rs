//! Payments whose flow does not keep the limits of parts, lengths and slots: ways within them from the beginning.

use alloc::vec::Vec;

use super::columns::Columns;
use super::flow::Flow;
use super::parts::{Search, Way};
use super::reroute::Rerouting;
use super::{Best, PayError, PaymentPlanner, TIGHT, obstacles};
use crate::check::{self, Obstacle, PartsGoal};
use crate::id::NodeId;
use crate::solve::Meter;

/// Sets of equal parts that are tried: up to so many.
const EQUAL: u64 = 8;

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
        let mut count = 1;
        while count <= EQUAL.min(u64::try_from(most).unwrap_or(u64::MAX)) {
            starts.extend(routing.begin(&mut search, count, meter)?);
            count += 1 + count / 3;
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

    /// A proof that a goal is impossible, if one is found.
    pub(super) fn obstacle(&self, goal: &PartsGoal<'_>, inside: Option<Vec<NodeId>>) -> Option<Obstacle> {
        obstacles::find(self.graph, goal, inside)
    }
}
