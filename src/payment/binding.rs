//! Which limit keeps a payment from being made.
//!
//! A proof that there is no way to pay is a cut, tolls, or a part that is too large; none of them says which of the limits
//! of the rules is to blame. That is asked directly: each limit that is set is lifted alone, and the payment is planned
//! again. At most five plans without cases, so the answer costs no more than five times the refusal.

use alloc::vec::Vec;

use thiserror::Error;

use super::{Curve, PayAnswer, PayError, PaymentPlanner};
use crate::check::{PartsGoal, PartsRules};
use crate::solve::{Meter, SolveError};

/// A limit that keeps a payment from being made ([`PaymentPlanner::binding`](super::PaymentPlanner::binding)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Limit {
    /// The flow does not fit into parts, and no limit alone is the reason: fees leave no room, or several limits bind together.
    #[error("it does not fit into parts with their fees within all limits together")]
    Parts,
    /// Only ways of more hops than allowed carry it.
    #[error("it needs more hops than allowed")]
    Hops,
    /// The time locks of its hops are too long together.
    #[error("it needs longer time locks than allowed")]
    TimeLock,
    /// More parts would have to pass a direction than it was given slots.
    #[error("it needs more HTLC slots than there are")]
    Slots,
    /// Parts would be below a least HTLC or above a largest one, or more than 483.
    #[error("it needs smaller or larger HTLCs than channels allow")]
    Htlcs,
    /// There may be a way through hops that an [`Attempt`](super::Attempt) avoids since parts failed there nobody knows where.
    #[error("it needs hops where a part has failed nobody knows where")]
    Avoided,
    /// More parts than allowed are needed.
    #[error("it needs more parts than allowed")]
    PartCount,
    /// No way found is within the fee budget.
    #[error("its fee is above the budget")]
    Budget,
    /// No way found is as likely as asked for.
    #[error("it is less likely than asked for")]
    Probability,
}

/// Limits that can be lifted, the caller's own ones first.
const LIFTED: [Limit; 5] = [Limit::PartCount, Limit::Hops, Limit::TimeLock, Limit::Slots, Limit::Htlcs];

/// The rules without one limit, if it is one of them.
fn without<'a>(rules: &PartsRules<'a>, limit: Limit) -> Option<PartsRules<'a>> {
    let mut lifted = rules.clone();
    let set = match limit {
        Limit::PartCount => core::mem::replace(&mut lifted.max_parts, usize::MAX) < usize::MAX,
        Limit::Hops => core::mem::replace(&mut lifted.max_hops, usize::MAX) < usize::MAX,
        Limit::TimeLock => core::mem::replace(&mut lifted.max_cltv, u64::MAX) < u64::MAX,
        Limit::Slots => lifted.free_slots(),
        Limit::Htlcs => core::mem::replace(&mut lifted.htlc_limits, false),
        _ => false,
    };
    set.then_some(lifted)
}

impl PaymentPlanner<'_> {
    /// The limits each of which alone keeps a payment from being planned: there is a plan without it. Empty if fees, balances or
    /// several limits together are the reason, or if there is a plan. The work limit holds for all plans together; at most six times
    /// [`plan`](Self::plan).
    ///
    /// ```
    /// use feasible::check::{PartsGoal, PartsRules};
    /// use feasible::liquidity::{Channel, ChannelGraphBuilder};
    /// use feasible::payment::{Limit, PaymentPlanner};
    /// use feasible::{Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let (s, t) = (b.add_node()?, b.add_node()?);
    /// for capacity in [5, 4, 3] {
    ///     b.add_channel(Channel::new(s, t, Sat(capacity)))?;
    /// }
    /// let graph = b.build();
    /// let rules = PartsRules::new().max_parts(2).max_hops(1);
    /// let goal = PartsGoal::new(s, t, Msat(9_500), 0.0).rules(&rules);
    /// assert_eq!(PaymentPlanner::new(&graph).binding(&goal)?, [Limit::PartCount]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`plan`](Self::plan); a work limit that is reached while limits are lifted ends the search, and what was found by then is the
    /// answer.
    pub fn binding(&self, goal: &PartsGoal<'_>) -> Result<Vec<Limit>, PayError> {
        self.admit(goal)?;
        let planner: &PaymentPlanner<'_> = self;
        let mut meter = Meter::new(self.work_limit, None);
        match planner.answer(goal, self.cases, &mut meter)? {
            PayAnswer::Plan(_) => Ok(Vec::new()),
            _ => planner.lifted(goal, LIFTED.len(), &mut meter),
        }
    }

    /// The same of a goal without a plan: the first ones, so many at most.
    fn lifted(
        &self,
        goal: &PartsGoal<'_>,
        most: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Vec<Limit>, PayError> {
        let planner: &PaymentPlanner<'_> = self;
        let mut found = Vec::new();
        let default = PartsRules::new();
        let rules = goal.rules.unwrap_or(&default);
        for (limit, lifted) in LIFTED.into_iter().filter_map(|limit| Some((limit, without(rules, limit)?))) {
            if found.len() == most {
                break;
            }
            match planner.answer(&PartsGoal { rules: Some(&lifted), ..*goal }, 0, meter) {
                Ok(PayAnswer::Plan(_)) => found.push(limit),
                Ok(_) => {}
                Err(PayError::Solve(SolveError::WorkLimit { .. })) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The answer with the first limit that binds, if it is blocked by nothing in particular.
    pub(super) fn named(&self, goal: &PartsGoal<'_>, answer: PayAnswer) -> Result<PayAnswer, PayError> {
        match answer {
            PayAnswer::Blocked(limit @ (Limit::Parts | Limit::PartCount)) if self.curve == Curve::Exact => {
                let binds = self.lifted(goal, 1, &mut Meter::new(self.work_limit, None))?;
                Ok(PayAnswer::Blocked(binds.first().copied().unwrap_or(limit)))
            }
            answer => Ok(answer),
        }
    }
}
