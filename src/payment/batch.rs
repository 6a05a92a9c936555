//! Several payments at once: all pending together, so that they can be made in any order.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::columns::Columns;
use super::cost::Costs;
use super::parts::{self, Search, Way};
use super::reroute::Rerouting;
use super::{GUESS, PayError, PaymentPlanner};
use crate::check::{self, Part, PartFault, PartsGoal, PartsRules, PartsValue};
use crate::solve::{Meter, SolveError};

/// Passes over all parts of all payments.
const PASSES: usize = 4;

/// Checked parts of several payments.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchPlan {
    /// The parts of each payment.
    pub parts: Vec<Vec<Part>>,
    /// What they are worth together ([`check::batch`]).
    pub value: PartsValue,
    /// No way to make all of them has a smaller objective.
    pub lower_bound: f64,
    /// The prices by direction that prove it ([`check::prices_bound`]).
    pub prices: Vec<f64>,
}

/// An answer about several payments.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BatchAnswer {
    /// A way to make all of them.
    Plan(BatchPlan),
    /// They cannot all be pending: tolls by direction that prove it ([`check::tolls`]).
    Infeasible(Vec<f64>),
    /// None was found; not a proof.
    NotFound,
}

impl<'a> PaymentPlanner<'a> {
    /// The best way found to have several payments pending at once, which therefore can be made in any order; with a lower
    /// bound. Goals have the rules and the mu of the first one; its limit of parts is that of each payment, slots are shared, and
    /// directions that several use count once, with the sum. Opposite directions do not net.
    ///
    /// Convex flow over ways of all payments together, then a search among sets of parts. One search of the graph per payment
    /// and round, some hundred rounds.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), for the first goal that is none; [`PayError::Batch`] if their rules or mu differ.
    ///
    /// ```
    /// use feasible::check::{self, PartsGoal};
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder};
    /// use feasible::payment::{BatchAnswer, PaymentPlanner};
    /// use feasible::{Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let [x, y, z] = [b.add_node()?, b.add_node()?, b.add_node()?];
    /// for (from, to) in [(x, y), (y, z), (x, z)] {
    ///     b.add_channel(Channel::new(from, to, Sat(10)).balance(Balance::Known(Msat(10_000))))?;
    /// }
    /// let graph = b.build();
    /// // Alone, 15 from x to z would go both ways; with 8 from y to z, only 12 can.
    /// let goals = |amount| [PartsGoal::new(x, z, Msat(amount), 0.0), PartsGoal::new(y, z, Msat(8_000), 0.0)];
    /// let planner = PaymentPlanner::new(&graph);
    /// let BatchAnswer::Plan(plan) = planner.batch(&goals(11_000))? else { panic!() };
    /// assert_eq!(plan.value.amount, Msat(19_000));
    /// let BatchAnswer::Infeasible(tolls) = planner.batch(&goals(15_000))? else { panic!() };
    /// assert!(check::tolls(&graph, &goals(15_000), &tolls));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batch(&self, goals: &[PartsGoal<'a>]) -> Result<BatchAnswer, PayError> {
        for goal in goals {
            self.admit(goal)?;
        }
        let Some(&first) = goals.first() else {
            return Ok(BatchAnswer::Plan(self.checked(goals, &[], (0.0, Vec::new()))?));
        };
        let rules = |goal: &PartsGoal<'a>| goal.rules.map(core::ptr::from_ref::<PartsRules<'a>>);
        if goals.iter().any(|goal| goal.mu.to_bits() != first.mu.to_bits() || rules(goal) != rules(&first)) {
            return Err(PayError::Batch);
        }
        let mut meter = Meter::new(self.work_limit, None);
        let terms = self.terms_of(&first);
        let mut costs = Costs::new(Arc::clone(&terms), self.curve);
        let most = goals.iter().max_by_key(|goal| goal.amount).copied().unwrap_or(first);
        costs.fit(self.graph, &most, check::largest_amount(&most, GUESS));
        let usable = goals.iter().map(|goal| check::usable(self.graph, goal));
        let usable =
            usable.reduce(|one, other| one.iter().zip(&other).map(|(one, other)| *one || *other).collect());
        let usable = usable.unwrap_or_default();
        let mut columns = Columns::new(self.graph, goals, &costs, &[], usable.clone());
        let mut search = Search::new(&terms, &self.locks, &first);
        let (mut ways, mut value): (Vec<Vec<Way>>, f64) = (Vec::new(), f64::INFINITY);
        let mut bound = (0.0, Vec::new());
        let whole = columns.solve(&mut meter, |columns| {
            let new = columns.bounds(f64::INFINITY);
            bound = if new.0 > bound.0 { new } else { core::mem::take(&mut bound) };
            let cut: Vec<(Vec<Way>, bool)> = (0..goals.len())
                .map(|goal| {
                    let (ways, _, whole) = search.cut(&columns.ways(goal));
                    (ways, whole)
                })
                .collect();
            let all: Vec<Way> = cut.iter().flat_map(|(ways, _)| ways.clone()).collect();
            let found = search.value(&all);
            if cut.iter().all(|&(_, whole)| whole) && found < value {
                (ways, value) = (cut.into_iter().map(|(ways, _)| ways).collect(), found);
            }
        })?;
        let tolls = columns.tolls();
        if !whole && check::tolls(self.graph, goals, &tolls) {
            return Ok(BatchAnswer::Infeasible(tolls));
        }
        for backwards in [false, true] {
            let (found, placed) = self.placed(goals, &usable, (&mut search, backwards), &mut meter)?;
            if found < value {
                (value, ways) = (found, placed);
            }
        }
        if value == f64::INFINITY {
            return Ok(BatchAnswer::NotFound);
        }
        let value = self.rerouted(goals, &usable, &mut search, (&mut ways, value), &mut meter)?;
        if first.rules.is_some_and(|rules| ways.iter().any(|ways| ways.len() > rules.max_parts)) {
            return Ok(BatchAnswer::NotFound);
        }
        let last = columns.bounds(value);
        let bound = if last.0 > bound.0 { last } else { bound };
        Ok(BatchAnswer::Plan(self.checked(goals, &ways, bound)?))
    }

    /// One payment after the other beside those before it.
    fn placed(
        &self,
        goals: &[PartsGoal<'_>],
        usable: &[bool],
        (search, backwards): (&mut Search<'_, '_>, bool),
        meter: &mut Meter<'_, '_>,
    ) -> Result<(f64, Vec<Vec<Way>>), SolveError> {
        let mut all = alloc::vec![Vec::new(); goals.len()];
        let mut value = 0.0;
        for i in 0..goals.len() {
            let place = if backwards { goals.len() - 1 - i } else { i };
            search.beside(all.concat());
            let (joint, ways) =
                Rerouting { graph: self.graph, goal: &goals[place], usable }.afresh(search, meter)?;
            (value, all[place]) = (joint, ways);
            if value == f64::INFINITY {
                break;
            }
        }
        search.beside(Vec::new());
        Ok((value, all))
    }

    /// Lets one part after the other take the way that is best for it, and drops parts that another of its payment can take over.
    fn rerouted(
        &self,
        goals: &[PartsGoal<'_>],
        usable: &[bool],
        search: &mut Search<'_, '_>,
        (ways, mut value): (&mut Vec<Vec<Way>>, f64),
        meter: &mut Meter<'_, '_>,
    ) -> Result<f64, SolveError> {
        for _ in 0..PASSES {
            let before = value;
            for (payment, goal) in goals.iter().enumerate() {
                let others: Vec<Way> = ways
                    .iter()
                    .enumerate()
                    .filter(|&(i, _)| i != payment)
                    .flat_map(|(_, ways)| ways.clone())
                    .collect();
                search.beside(others);
                let mut mine = ways[payment].clone();
                let routing = Rerouting { graph: self.graph, goal, usable };
                let found = routing.improve(search, &mut mine, meter)?;
                search.beside(Vec::new());
                if found < value {
                    (ways[payment], value) = (mine, found);
                }
            }
            if value >= before * (1.0 - 1e-9) {
                break;
            }
        }
        Ok(value)
    }

    fn checked(
        &self,
        goals: &[PartsGoal<'_>],
        ways: &[Vec<Way>],
        (bound, prices): (f64, Vec<f64>),
    ) -> Result<BatchPlan, PartFault> {
        let parts: Vec<Vec<Part>> = ways.iter().map(|ways| parts::sent(ways)).collect();
        let sets: Vec<_> = goals.iter().zip(&parts).map(|(goal, parts)| (*goal, parts.as_slice())).collect();
        let value = check::batch(self.graph, &sets)?;
        Ok(BatchPlan { parts, value, lower_bound: bound.min(value.objective).max(0.0), prices })
    }
}
