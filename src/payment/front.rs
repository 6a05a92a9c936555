//! The front of payments of which none is both cheaper and likelier, up to the gaps of plans.
//!
//! The line between two neighbours has a price at which both are worth the same; what is better there lies between them.

use alloc::vec::Vec;

use super::tradeoff::HIGH;
use super::{PayAnswer, PayError, PaymentPlan, PaymentPlanner};
use crate::check::{PartsGoal, PartsValue};
use crate::num::float;

/// A payment and the price at which it is the best.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontPoint {
    /// Nats per satoshi of fee.
    pub mu: f64,
    /// The payment, valued at that price.
    pub plan: PaymentPlan,
}

impl<'a> PaymentPlanner<'a> {
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
