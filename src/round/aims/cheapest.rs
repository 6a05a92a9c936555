//! The cheapest round that is good enough: the least of one budget with which a weight is reached.

use crate::amount::Sat;
use crate::round::instance::{Round, Rules};
use crate::round::plan::Changes;
use crate::round::planner::{Plan, RoundPlanner};
use crate::solve::Watcher;

use super::AimError;
use super::climb::{Attempt, Climb, Refutation};

/// What is to be spent sparingly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Budget {
    /// Touched channels.
    Touches,
    /// Money that the server fronts, in satoshi.
    Fronted,
    /// The price of all touches, in satoshi; nothing where a round has no prices.
    Price,
}

/// The cheapest plan found that is good enough, and what is proven of cheaper ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cheapest {
    /// The plan, `None` if none was found within the budget that the rules allow.
    pub plan: Option<Plan>,
    /// What the plan spends.
    pub spent: u64,
    /// No plan that is good enough spends less.
    pub least: u64,
    /// The proof: the round that may spend one unit less than `least`. `None` if `least` is nothing.
    pub refutation: Option<Refutation>,
}

impl RoundPlanner {
    /// The plan that spends the least of one budget and makes demands of at least some weight feasible: least cost
    /// for a target. The other budgets hold as the rules say. At most 129 rounds.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use feasible::RoundPlanner;
    /// use feasible::round::{Effort, aims::Budget, generate::{Size, lightning}};
    /// let size = Size { nodes: 30, channels: 60, participants: 12, demands: 10, max_touches: 6 };
    /// let round = lightning(size, 1)?;
    /// let planner = RoundPlanner::new().effort(Effort::Quick);
    /// let most = planner.plan(&round)?.objective();
    /// let cheap = planner.cheapest(&round, most, Budget::Touches, &mut |_| ControlFlow::Continue(()))?;
    /// assert!(cheap.least <= cheap.spent && cheap.spent <= 6);
    /// assert!(cheap.plan.is_some_and(|plan| plan.objective() >= most));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AimError::Solve`].
    pub fn cheapest(
        &self,
        round: &Round,
        target: u64,
        budget: Budget,
        watcher: Watcher<'_>,
    ) -> Result<Cheapest, AimError> {
        let limit = limit(round, budget);
        let plan = self.run(round, &Changes::default(), Some(target), &mut *watcher)?;
        if plan.objective() < target {
            let refuted = plan.bound().value < target;
            let bound = plan.bound().clone();
            let refutation = refuted.then(|| Refutation { round: round.clone(), bound });
            let least = if refuted { limit.saturating_add(1) } else { 0 };
            return Ok(Cheapest { plan: None, spent: 0, least, refutation });
        }
        let before = limit - spent(&plan, budget).min(limit);
        // The less may be spent the harder it is: level = limit - budget; below nothing there is nothing.
        let climb = Climb::new(before, limit.saturating_add(1)).run(|level, known| {
            let allowed = limit - level;
            let asked = round.with_rules(within(round.rules(), budget, allowed))?;
            let from = known.map_or_else(|| plan.changes(), Plan::changes);
            let found = self.run(&asked, from, Some(target), &mut *watcher)?;
            Ok(if found.objective() >= target {
                Attempt::Reached(limit - spent(&found, budget).min(allowed), found)
            } else if found.bound().value < target {
                Attempt::Refuted(Refutation { round: asked, bound: found.bound().clone() })
            } else {
                Attempt::Open
            })
        })?;
        let least = (limit + 1) - climb.high;
        let plan = climb.plan.unwrap_or(plan);
        Ok(Cheapest { spent: limit - climb.low, plan: Some(plan), least, refutation: climb.refutation })
    }
}

/// The most that can be spent within the rules.
fn limit(round: &Round, budget: Budget) -> u64 {
    let touches = || round.touches().filter(|&touch| round.touchable(touch));
    let rules = round.rules();
    let most = u64::MAX / 2;
    let (all, allowed) = match budget {
        Budget::Touches => (touches().count() as u64, u64::from(rules.max_touches)),
        Budget::Fronted => {
            let free = round.nodes().map(|node| round.free(node).0);
            let channels = touches().map(|touch| round.fronted(touch).0);
            (free.chain(channels).fold(0, u64::saturating_add), rules.front_budget.0)
        }
        Budget::Price => {
            let price = touches().map(|touch| round.price(touch).0).fold(0, u64::saturating_add);
            (price, rules.prices.as_ref().map_or(0, |prices| prices.budget.0))
        }
    };
    all.min(allowed).min(most)
}

fn spent(plan: &Plan, budget: Budget) -> u64 {
    match budget {
        Budget::Touches => plan.changes().touched.len() as u64,
        Budget::Fronted => plan.fronted().0,
        Budget::Price => plan.price().0,
    }
}

/// The rules with less of one budget.
fn within(rules: &Rules, budget: Budget, allowed: u64) -> Rules {
    let mut rules = rules.clone();
    match budget {
        Budget::Touches => rules.max_touches = u32::try_from(allowed).unwrap_or(u32::MAX),
        Budget::Fronted => rules.front_budget = Sat(allowed),
        Budget::Price => {
            if let Some(prices) = &mut rules.prices {
                prices.budget = Sat(allowed);
            }
        }
    }
    rules
}
