//! The most that one pair can pay after a round, and the largest share of all demands at once.

use crate::amount::Sat;
use crate::id::NodeId;
use crate::max_flow::dinic;
use crate::round::builder::RoundBuilder;
use crate::round::instance::{Demand, Round};
use crate::round::model::{Model, Want, sat};
use crate::round::plan::Changes;
use crate::round::planner::{Plan, RoundPlanner};
use crate::round::state::push;
use crate::solve::Watcher;

use super::AimError;
use super::climb::{Attempt, Climb, Refutation};

/// The most that one node can pay another after a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Largest {
    /// What it can pay with the plan.
    pub amount: Sat,
    /// The plan, in a round whose only demand is this payment; `None` if doing nothing is as good.
    pub plan: Option<Plan>,
    /// No plan lets it pay more.
    pub most: Sat,
    /// The proof: the round that demands one satoshi more. `None` if that is more money than there is.
    pub refutation: Option<Refutation>,
}

/// The largest factor by which all amounts can be multiplied so that all demands are feasible after a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// The factor reached, in millionths.
    pub per_million: u64,
    /// The plan, in the round with amounts multiplied and rounded up; `None` if doing nothing is as good.
    pub plan: Option<Plan>,
    /// No plan reaches a larger factor.
    pub most_per_million: u64,
    /// The proof: the round at one millionth more. `None` if its amounts are more money than there is.
    pub refutation: Option<Refutation>,
}

/// A million, and the largest factor looked for, in millionths: amounts double this often at most.
const MILLION: u64 = 1_000_000;
const MOST_SCALE: u64 = 1 << 40;

impl RoundPlanner {
    /// The most that `sender` can pay `receiver` after a round, all demands of the round put aside: what one pair
    /// could gain. At most 128 rounds with one demand; exact if the two ends meet.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use feasible::{RoundPlanner, Sat};
    /// use feasible::round::{RoundBuilder, Rules};
    /// let mut b = RoundBuilder::new();
    /// let server = b.add_participant(Sat(50_000))?;
    /// let user = b.add_participant(Sat(0))?;
    /// b.add_candidate(server, user)?;
    /// let round = b.build(Rules {
    ///     max_touches: 1,
    ///     capacity_min: Sat(20_000),
    ///     capacity_max: Sat(40_000),
    ///     reserve: Sat(0),
    ///     touch_fee: Sat(0),
    ///     front_budget: Sat(50_000),
    ///     server,
    ///     prices: None,
    /// })?;
    /// let best = RoundPlanner::new().largest(&round, server, user, &mut |_| ControlFlow::Continue(()))?;
    /// assert_eq!((best.amount, best.most), (Sat(40_000), Sat(40_000)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AimError::Round`] for nodes that do not exist or are the same, [`AimError::Solve`].
    pub fn largest(
        &self,
        round: &Round,
        sender: NodeId,
        receiver: NodeId,
        watcher: Watcher<'_>,
    ) -> Result<Largest, AimError> {
        let asking = |level: u64| -> Result<Round, AimError> {
            let mut b = RoundBuilder::from(round);
            b.clear_demands();
            b.add_demand(Demand { sender, receiver, amount: Sat(level), weight: 1 })?;
            Ok(b.build(round.rules().clone())?)
        };
        let nothing = Changes::default();
        let before = payable(&asking(1)?, &nothing).unwrap_or(0);
        let climb = Climb::new(before, Sat::SUPPLY.0 + 1).run(|level, plan| {
            let asked = asking(level)?;
            let from = plan.map_or(&nothing, Plan::changes);
            let plan = self.run(&asked, from, Some(1), &mut *watcher)?;
            Ok(judged(asked, plan, 1, payable))
        })?;
        let Climb { low, plan, high, refutation } = climb;
        Ok(Largest { amount: Sat(low), plan, most: Sat(high - 1), refutation })
    }

    /// The largest factor by which all amounts of a round can be multiplied so that all its demands are feasible,
    /// each alone: 1,000,000 millionths and more if the round can do what is demanded. At most 128 rounds.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use feasible::RoundPlanner;
    /// use feasible::round::{Effort, generate::{Size, lightning}};
    /// let size = Size { nodes: 30, channels: 60, participants: 12, demands: 5, max_touches: 4 };
    /// let round = lightning(size, 1)?;
    /// let planner = RoundPlanner::new().effort(Effort::Quick);
    /// let scale = planner.scale(&round, &mut |_| ControlFlow::Continue(()))?;
    /// assert!(scale.per_million <= scale.most_per_million);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AimError::Solve`].
    pub fn scale(&self, round: &Round, watcher: Watcher<'_>) -> Result<Scale, AimError> {
        let demands = round.demands().len() as u64;
        let largest = round.demands().iter().map(|demand| demand.amount.0).max().unwrap_or(0);
        // From here on an amount is more than all the money there is.
        let supply = u128::from(Sat::SUPPLY.0) * u128::from(MILLION) / u128::from(largest.max(1)) + 1;
        let limit = u64::try_from(supply).unwrap_or(MOST_SCALE).min(MOST_SCALE);
        let nothing = Changes::default();
        let factor = |asked: &Round, changes: &Changes| common(round, asked, changes);
        let before = factor(round, &nothing).unwrap_or(0).min(limit - 1);
        let climb = Climb::new(before, limit).run(|level, plan| {
            let asked = scaled(round, level)?;
            let from = plan.map_or(&nothing, Plan::changes);
            let plan = self.run(&asked, from, Some(demands), &mut *watcher)?;
            Ok(judged(asked, plan, demands, factor))
        })?;
        let Climb { low, plan, high, refutation } = climb;
        Ok(Scale { per_million: low, plan, most_per_million: high - 1, refutation })
    }
}

/// What a plan for a round whose demands weigh `all` in all shows of the level.
pub(super) fn judged(
    asked: Round,
    plan: Plan,
    all: u64,
    reached: impl Fn(&Round, &Changes) -> Option<u64>,
) -> Attempt {
    if plan.objective() >= all {
        let level = reached(&asked, plan.changes()).unwrap_or(0);
        Attempt::Reached(level, plan)
    } else if plan.bound().value < all {
        Attempt::Refuted(Refutation { round: asked, bound: plan.bound().clone() })
    } else {
        Attempt::Open
    }
}

/// What the first demand of a round can pay after some changes, whatever its amount.
fn payable(round: &Round, changes: &Changes) -> Option<u64> {
    let model = Model::new(round);
    let want = model.wants.first()?;
    u64::try_from(flow(&model, want, &model.after(changes))).ok()
}

/// The maximum flow between the ends of a demand, at most all the money there is.
pub(super) fn flow(model: &Model, want: &Want, liquidity: &[i64]) -> i64 {
    let mut residual = liquidity.to_vec();
    model.enter(want, &mut residual);
    let unlimited = Want { amount: sat(Sat::SUPPLY), ..*want };
    push(&model.flat, &mut residual, &unlimited, &mut dinic::Scratch::default())
}

/// All demands with amounts times a factor in millionths, rounded up, of weight 1.
fn scaled(round: &Round, per_million: u64) -> Result<Round, AimError> {
    let mut b = RoundBuilder::from(round);
    b.clear_demands();
    for (id, demand) in round.demand_ids().zip(round.demands()) {
        let amount = u128::from(demand.amount.0) * u128::from(per_million);
        let amount = Sat(u64::try_from(amount.div_ceil(u128::from(MILLION))).unwrap_or(u64::MAX));
        let demand = Demand { amount, weight: 1, ..*demand };
        b.add_where(round, id, demand)?;
    }
    Ok(b.build(round.rules().clone())?)
}

/// The largest factor in millionths at which all demands of `round` are feasible after changes.
fn common(round: &Round, asked: &Round, changes: &Changes) -> Option<u64> {
    let model = Model::new(asked);
    let liquidity = model.after(changes);
    let factor = |(want, demand): (&Want, &Demand)| {
        // Rounded up, amount times factor is at most the flow iff the factor is at most this.
        let flow = u128::from(flow(&model, want, &liquidity).unsigned_abs());
        flow * u128::from(MILLION) / u128::from(demand.amount.0)
    };
    let least = model.wants.iter().zip(round.demands()).map(factor).min()?;
    u64::try_from(least).ok()
}
