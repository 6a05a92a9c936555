//! Fee against probability: budgets, and the front of payments of which none is both cheaper and likelier.
//!
//! A fixed budget or probability makes the problem weakly NP-hard (constrained shortest path). The search goes over
//! the price mu instead: what it finds is, up to the gap, the best there is for the fee or probability that it has
//! (Lagrangian bounding; Pickhardt and Richter, arXiv 2107.05322), and nothing between two neighbours of the lower
//! convex hull is looked for.

use alloc::vec::Vec;

use super::{Limit, PayAnswer, PayError, PaymentPlan, PaymentPlanner};
use crate::amount::Msat;
use crate::check::{PartsGoal, PartsValue};
use crate::num::float;

/// Bounds of the search for a price, in nats per satoshi.
const LOW: f64 = 1e-9;
const HIGH: f64 = 1e3;
/// Prices tried once two neighbours are known.
const HALVINGS: usize = 16;
/// A ratio of prices that is not worth halving.
const CLOSE: f64 = 1.001;

/// A payment and the price at which it is the best.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontPoint {
    /// Nats per satoshi of fee.
    pub mu: f64,
    /// The payment, valued at that price.
    pub plan: PaymentPlan,
}

impl<'a> PaymentPlanner<'a> {
    /// The likeliest way found whose fee is at most a budget, with the price that leads to it; `goal.mu` is not used.
    ///
    /// The bound of the plan is that of its price. About twenty times [`plan`](Self::plan).
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn within_fee(&self, goal: &PartsGoal<'a>, budget: Msat) -> Result<(PayAnswer, f64), PayError> {
        self.cheapest_price(goal, |plan| plan.value.fee <= budget, Limit::Budget)
    }

    /// The cheapest way found with at least a probability, given by its logarithm, with the price that leads to it;
    /// `goal.mu` is not used.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn with_probability(&self, goal: &PartsGoal<'a>, ln: f64) -> Result<(PayAnswer, f64), PayError> {
        let first = self.plan(&PartsGoal { mu: 0.0, ..*goal })?;
        let PayAnswer::Plan(plan) = &first else { return Ok((first, 0.0)) };
        if plan.value.ln_probability < ln {
            return Ok((PayAnswer::Blocked(Limit::Probability), 0.0));
        }
        // The first price at which it is too unlikely, and the last before.
        let fails = |plan: &PaymentPlan| plan.value.ln_probability < ln;
        let (mut best, mut low, mut high) = ((first, 0.0), LOW, HIGH);
        for _ in 0..2 * HALVINGS {
            if high / low <= CLOSE {
                break;
            }
            let mu = libm::sqrt(low * high);
            match self.unnamed(&PartsGoal { mu, ..*goal })? {
                PayAnswer::Plan(plan) if !fails(&plan) => {
                    low = mu;
                    if cheaper(&plan, &best.0) {
                        best = (PayAnswer::Plan(plan), mu);
                    }
                }
                _ => high = mu,
            }
        }
        Ok(best)
    }

    /// The likeliest plan that is admitted; a higher price admits more.
    fn cheapest_price(
        &self,
        goal: &PartsGoal<'a>,
        admits: impl Fn(&PaymentPlan) -> bool,
        limit: Limit,
    ) -> Result<(PayAnswer, f64), PayError> {
        let first = self.plan(&PartsGoal { mu: 0.0, ..*goal })?;
        let PayAnswer::Plan(plan) = &first else { return Ok((first, 0.0)) };
        if admits(plan) {
            return Ok((first, 0.0));
        }
        let (mut best, mut low, mut high): (Option<FrontPoint>, _, _) = (None, LOW, HIGH);
        for _ in 0..2 * HALVINGS {
            if high / low <= CLOSE {
                break;
            }
            let mu = libm::sqrt(low * high);
            match self.unnamed(&PartsGoal { mu, ..*goal })? {
                PayAnswer::Plan(plan) if admits(&plan) => {
                    high = mu;
                    let likelier =
                        |best: &FrontPoint| plan.value.ln_probability > best.plan.value.ln_probability;
                    if best.as_ref().is_none_or(likelier) {
                        best = Some(FrontPoint { mu, plan });
                    }
                }
                _ => low = mu,
            }
        }
        Ok(best.map_or((PayAnswer::Blocked(limit), HIGH), |best| (PayAnswer::Plan(best.plan), best.mu)))
    }

    /// The front from the likeliest payment to the cheapest one, up to a relative gain of objective that is not worth a
    /// further point: an iterator, each step of which plans once or a few times.
    ///
    /// ```
    /// use feasible::check::PartsGoal;
    /// use feasible::liquidity::generate;
    /// use feasible::payment::PaymentPlanner;
    /// use feasible::Msat;
    /// let graph = generate::lightning(200, 700, 3)?;
    /// let (from, to) = (graph.nodes().nth(5).unwrap(), graph.nodes().nth(120).unwrap());
    /// let goal = PartsGoal::new(from, to, Msat(50_000_000), 0.0);
    /// let planner = PaymentPlanner::new(&graph);
    /// let front: Vec<_> = planner.front(&goal, 0.01).collect::<Result<_, _>>()?;
    /// for pair in front.windows(2) {
    ///     let (likelier, cheaper) = (&pair[0].plan.value, &pair[1].plan.value);
    ///     assert!(likelier.ln_probability >= cheaper.ln_probability && likelier.fee >= cheaper.fee);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn front(&self, goal: &PartsGoal<'a>, tolerance: f64) -> Front<'_, 'a> {
        Front { planner: self, goal: *goal, tolerance, last: None, open: Vec::new(), begun: false }
    }
}

fn cheaper(plan: &PaymentPlan, than: &PayAnswer) -> bool {
    matches!(than, PayAnswer::Plan(than) if plan.value.fee < than.value.fee)
}

/// The front of a payment; see [`PaymentPlanner::front`].
#[derive(Clone, Debug)]
pub struct Front<'p, 'a> {
    planner: &'p PaymentPlanner<'a>,
    goal: PartsGoal<'a>,
    tolerance: f64,
    last: Option<FrontPoint>,
    /// Points not yet handed out, the next one last.
    open: Vec<FrontPoint>,
    begun: bool,
}

impl Front<'_, '_> {
    fn at(&self, mu: f64) -> Result<Option<FrontPoint>, PayError> {
        match self.planner.unnamed(&PartsGoal { mu, ..self.goal })? {
            PayAnswer::Plan(plan) => Ok(Some(FrontPoint { mu, plan })),
            _ => Ok(None),
        }
    }

    fn advance(&mut self) -> Result<Option<FrontPoint>, PayError> {
        if !self.begun {
            self.begun = true;
            self.open.extend(self.at(HIGH)?);
            return self.at(0.0);
        }
        while let (Some(last), Some(next)) = (&self.last, self.open.last()) {
            let (one, other) = (&last.plan.value, &next.plan.value);
            let saved = float(one.fee.0.saturating_sub(other.fee.0)) / 1000.0;
            let lost = one.ln_probability - other.ln_probability;
            if saved <= 0.0 || lost <= 0.0 {
                self.open.pop();
                continue;
            }
            // The price at which both are worth the same.
            let mu = lost / saved;
            let worth = mu * float(one.fee.0) / 1000.0 - one.ln_probability;
            // Strictly behind the last and not behind the next, else the same two would be asked about for ever.
            let (dear, cheap) = (*one, *other);
            let behind = |value: &PartsValue| {
                value.fee < dear.fee
                    && value.ln_probability < dear.ln_probability
                    && value.ln_probability > cheap.ln_probability
            };
            match self.at(mu)?.filter(|point| point.plan.value.objective < worth * (1.0 - self.tolerance)) {
                Some(point) if behind(&point.plan.value) => {
                    if point.plan.value.fee <= cheap.fee {
                        self.open.pop();
                    }
                    self.open.push(point);
                }
                _ => return Ok(self.open.pop()),
            }
        }
        Ok(None)
    }
}

impl Iterator for Front<'_, '_> {
    type Item = Result<FrontPoint, PayError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        match next {
            Ok(point) => {
                self.last.clone_from(&point);
                point.map(Ok)
            }
            Err(error) => {
                self.open.clear();
                self.last = None;
                Some(Err(error))
            }
        }
    }
}
