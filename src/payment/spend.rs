//! Payments that may cost so much: the sender's side is given, what arrives is found.

use alloc::vec::Vec;

use super::parts::{Search, Way};
use super::{Limit, PayAnswer, PayError, PaymentPlan, PaymentPlanner};
use crate::amount::Msat;
use crate::check::{self, PartsGoal, Proof, Terms};

/// Amounts tried.
const TRIALS: usize = 24;
/// Hops looked at while the rest of a budget is spread, at most: with thousands of parts not every one is tried.
const TOP_UP: u64 = 1 << 25;

impl<'a> PaymentPlanner<'a> {
    /// The largest payment found that costs the sender at most a budget, fees and all; `goal.amount` is not used, and the plan
    /// is the best way found for the amount that arrives, with the bound of that amount. What is left of the budget would
    /// not send one more millisatoshi on any of the plan's ways (thousands of parts are not all tried). About ten times [`plan`](Self::plan).
    ///
    /// Where not all of the budget can be sent, as much is as can be. A refusal is that of the smallest amount tried, or [`Limit::Budget`] if fees
    /// alone are more than the budget.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), for the budget in place of the amount.
    ///
    /// ```
    /// use feasible::check::PartsGoal;
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction, Policy};
    /// use feasible::payment::{PayAnswer, PaymentPlanner};
    /// use feasible::{Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let nodes = [b.add_node()?, b.add_node()?, b.add_node()?];
    /// let policy = Policy { enabled: true, base_fee: Msat(1_000), ppm: 10_000, htlc_min: Msat(1),
    ///     htlc_max: Msat(u64::MAX), cltv_delta: 40 };
    /// for pair in nodes.windows(2) {
    ///     let channel = Channel::new(pair[0], pair[1], Sat(1_000)).balance(Balance::Known(Msat(500_000)));
    ///     b.add_channel(channel.policy(Direction::AToB, policy))?;
    /// }
    /// let graph = b.build();
    /// let goal = PartsGoal::new(nodes[0], nodes[2], Msat(0), 1e-3);
    /// let PayAnswer::Plan(plan) = PaymentPlanner::new(&graph).spend(&goal, Msat(203_000))? else { panic!() };
    /// assert_eq!((plan.value.amount, plan.value.fee), (Msat(200_000), Msat(3_000))); // 1 % and the base fee
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spend(&self, goal: &PartsGoal<'a>, budget: Msat) -> Result<PayAnswer, PayError> {
        let (mut low, mut high) = (0, budget.0);
        let mut best: Option<PaymentPlan> = None;
        let mut refusal = None;
        let mut amount = budget.0;
        for _ in 0..TRIALS {
            let asked = PartsGoal { amount: Msat(amount), ..*goal };
            let answer = self.unnamed(&asked)?;
            let guess = match answer {
                PayAnswer::Plan(plan) => {
                    let sent = u128::from(amount) + u128::from(plan.value.fee.0);
                    let (over, under) =
                        (sent.saturating_sub(budget.0.into()), u128::from(budget.0).saturating_sub(sent));
                    if over == 0 {
                        low = amount;
                        best = Some(plan);
                        // All but the fee of what is added; what is less than that is topped up.
                        let more = under * u128::from(amount) / sent.max(1);
                        high = if more == 0 { amount } else { high };
                        amount.saturating_add(u64::try_from(more).unwrap_or(0))
                    } else {
                        high = amount;
                        amount.saturating_sub(u64::try_from(over).unwrap_or(u64::MAX))
                    }
                }
                refused => {
                    high = amount;
                    refusal = Some((asked, refused));
                    low
                }
            };
            if high - low <= 1 {
                break;
            }
            amount = if low < guess && guess < high { guess } else { low + (high - low) / 2 };
        }
        match (best, refusal) {
            (Some(plan), _) => Ok(PayAnswer::Plan(self.topped_up(goal, plan, budget)?)),
            (None, Some((asked, refused))) => self.named(&asked, refused),
            (None, None) => Ok(PayAnswer::Blocked(Limit::Budget)),
        }
    }

    /// Adds what is left of a budget to the parts, one after the other.
    fn topped_up(
        &self,
        goal: &PartsGoal<'a>,
        plan: PaymentPlan,
        budget: Msat,
    ) -> Result<PaymentPlan, PayError> {
        let terms = Terms::all(self.graph, goal.rules);
        let mut search = Search::new(&terms, &self.locks, goal);
        let mut ways: Vec<Way> = plan.parts.iter().map(Way::of).collect();
        let fits = |search: &mut Search<'_, '_>, ways: &[Way]| {
            search.value(ways).is_finite() && search.leaves(ways).is_some_and(|sent| sent <= budget.0)
        };
        // Valuing all parts takes all their hops.
        let hops = ways.iter().map(|way| way.path.len() as u64).sum::<u64>().max(1);
        let mut trials = TOP_UP / hops;
        for place in 0..ways.len() {
            let first = ways[place].amount;
            if trials == 0 || search.leaves(&ways).is_none_or(|sent| sent >= budget.0) {
                break;
            }
            let (mut low, mut high) = (0, budget.0.saturating_sub(first).saturating_add(1));
            while high - low > 1 && trials > 0 {
                trials -= 1;
                let middle = low + (high - low) / 2;
                ways[place].amount = first + middle;
                if fits(&mut search, &ways) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            ways[place].amount = first + low;
        }
        let parts = super::parts::sent(&ways);
        let value = check::parts(self.graph, goal, &parts)?;
        if value.amount <= plan.value.amount {
            return Ok(plan);
        }
        let goal = PartsGoal { amount: value.amount, ..*goal };
        let proof = Proof { known: value.objective, ..plan.proof };
        let lower_bound = check::objective_bound(self.graph, &goal, &proof);
        Ok(PaymentPlan { parts, value, lower_bound, proof })
    }
}
