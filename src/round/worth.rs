//! What single touches of a plan, one more touch and more money are worth.
//!
//! The value of a touch is what the objective loses if that channel stays as it is and all the money of the round is allotted
//! again over the other touches. What a budget is worth at the most is read off the proof: multipliers prove a bound
//! whatever the right-hand sides are (see [`UpperBound`]), so the same proof in a round with a larger budget bounds
//! what that budget can bring.

use alloc::vec::Vec;

use super::certificate::UpperBound;
use super::error::RoundError;
use super::instance::{Round, Rules};
use super::model::Model;
use super::plan::{Changes, Touch};
use super::planner::{Plan, RoundPlanner};
use super::search::Search;
use super::state::Oracle;
use crate::check::bound_units;

/// What a touch of a plan is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marginal {
    /// The touched channel.
    pub channel: Touch,
    /// The objective of the plan less the best that was found with the plan's other touches alone: no more is lost without the
    /// touch.
    pub value: u64,
}

/// What larger budgets can bring at the most, in objective points: dual prices.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shadow {
    /// One more touch.
    pub touch: f64,
    /// One more satoshi of fronting budget.
    pub fronted_sat: f64,
    /// One more satoshi of price budget; nothing where there are no prices.
    pub price_sat: f64,
}

impl RoundPlanner {
    /// What each touch of a plan is worth, in the order of the plan. One short search per touch, O(demands) max flows each.
    ///
    /// ```
    /// use feasible::RoundPlanner;
    /// use feasible::round::{Effort, generate::{Size, lightning}};
    /// let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 6 };
    /// let round = lightning(size, 1)?;
    /// let planner = RoundPlanner::new().effort(Effort::Quick);
    /// let plan = planner.plan(&round)?;
    /// let values = planner.marginals(&round, plan.changes())?;
    /// assert_eq!(values.len(), plan.changes().touched.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RoundError::UnknownChannel`] if the changes touch a channel that does not exist.
    pub fn marginals(&self, round: &Round, changes: &Changes) -> Result<Vec<Marginal>, RoundError> {
        let all = worth(round, changes);
        let count = u32::try_from(changes.touched.len()).unwrap_or(u32::MAX);
        let most = count.saturating_sub(1).min(round.rules().max_touches);
        let own = |touch: &Touch| changes.touched.iter().any(|reshape| reshape.channel == *touch);
        let fewer = round.veto(round.touches().filter(|touch| round.touchable(*touch) && !own(touch)))?;
        let fewer = fewer.with_rules(Rules { max_touches: most, ..round.rules().clone() })?;
        let touches = changes.touched.iter().map(|reshape| reshape.channel);
        touches
            .map(|channel| {
                let value = all.saturating_sub(self.reached(&fewer.veto([channel])?, changes));
                Ok(Marginal { channel, value })
            })
            .collect()
    }

    /// What is reached near some changes.
    fn reached(&self, round: &Round, changes: &Changes) -> u64 {
        let model = Model::new(round);
        let mut search = Search::new(&model, self.seed);
        search.start_from(changes);
        search.best.objective
    }
}

/// The weights of all demands that are feasible after some changes.
fn worth(round: &Round, changes: &Changes) -> u64 {
    let model = Model::new(round);
    let liquidity = model.after(changes);
    let mut oracle = Oracle::new(&model);
    let met = (0..model.wants.len()).filter(|&demand| oracle.met(&model, &liquidity, demand));
    met.map(|demand| model.wants[demand].weight).sum()
}

impl Plan {
    /// What larger budgets can bring at the most by the plan's proof, before the bound is rounded down to whole points. Three
    /// checks of the bound.
    ///
    /// ```
    /// use feasible::RoundPlanner;
    /// use feasible::round::{Effort, generate::{Size, lightning}};
    /// let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 2 };
    /// let round = lightning(size, 1)?;
    /// let plan = RoundPlanner::new().effort(Effort::Quick).plan(&round)?;
    /// let shadow = plan.shadow(&round)?;
    /// assert!(shadow.touch >= 0.0 && shadow.fronted_sat >= 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RoundError::Foreign`] if the plan is not one of this round.
    pub fn shadow(&self, round: &Round) -> Result<Shadow, RoundError> {
        let bound = |round: &Round| bound_units(round, self.bound()).map_err(|_| RoundError::Foreign);
        let base = bound(round)?;
        let rise = |change: &dyn Fn(&mut Rules, u64), step: u64| -> Result<f64, RoundError> {
            let mut rules = round.rules().clone();
            change(&mut rules, step);
            let rise = bound(&round.with_rules(rules)?)? - base;
            #[allow(clippy::cast_precision_loss)] // figures to read
            {
                Ok(rise as f64 / UpperBound::SCALE as f64 / step as f64)
            }
        };
        // A step of a hundredth, so that what the proof rounds does not show.
        let front = (round.rules().front_budget.0 / 100).max(1);
        let price = round.rules().prices.as_ref().map_or(1, |prices| (prices.budget.0 / 100).max(1));
        Ok(Shadow {
            touch: rise(
                &|rules, step| {
                    rules.max_touches = rules.max_touches.saturating_add(u32::try_from(step).unwrap_or(0))
                },
                1,
            )?,
            fronted_sat: rise(
                &|rules, step| rules.front_budget.0 = rules.front_budget.0.saturating_add(step),
                front,
            )?,
            price_sat: rise(
                &|rules, step| {
                    if let Some(prices) = &mut rules.prices {
                        prices.budget.0 = prices.budget.0.saturating_add(step);
                    }
                },
                price,
            )?,
        })
    }
}
