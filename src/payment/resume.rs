//! Going on with a flow that was solved: another amount, another price of fees, other assumptions.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::cost::Assumed;
use super::flow::{DETOUR_PRICE, Flow, LEVELS};
use super::local::DETOUR;
use crate::amount::Msat;
use crate::check::{self, Terms};
use crate::num::float;
use crate::solve::{Meter, SolveError};

impl<'a> Flow<'a> {
    /// Begins again with another amount and some other terms, on the small network found so far. Nothing flows.
    pub(super) fn renew(
        &mut self,
        amount: u64,
        changed: &[(usize, Terms<'a>)],
        meter: &mut Meter<'_, '_>,
    ) -> Result<bool, SolveError> {
        self.goal.amount = Msat(amount);
        let mut changed = self.costs.renew(self.graph, &self.goal, changed);
        changed.extend(self.local.arcs[DETOUR + 1..].iter().map(|arc| arc.index));
        for index in changed {
            self.roads.price_one(&self.goal, &self.costs, index);
        }
        self.restart(meter)
    }

    /// Begins again at another price of fees, on the small network found so far. Nothing flows.
    pub(super) fn reprice(&mut self, mu: f64, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        self.goal.mu = mu;
        self.costs.fit(self.graph, &self.goal, check::largest_sent(self.graph, &self.goal, super::GUESS));
        self.roads.price(&self.goal, &self.costs);
        let reached = self.restart(meter)?;
        self.raise();
        Ok(reached)
    }

    fn restart(&mut self, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        if !self.roads.aim(&self.goal, meter)? {
            return Ok(false);
        }
        let (amount, least) = (self.goal.amount.0, self.roads.ahead[self.goal.sender.index()]);
        let detour = DETOUR_PRICE * least.max(1.0 / float(amount) / 64.0);
        let limits: Vec<u64> =
            self.local.arcs.iter().map(|arc| self.costs.limit_or(arc.index, amount)).collect();
        self.local.renew(detour, &limits);
        (self.level, self.warm) = (0, true);
        Ok(true)
    }

    /// Begins again with larger steps: marginal costs have changed a little everywhere.
    pub(super) fn coarser(&mut self) {
        self.level = self.level.saturating_sub(LEVELS);
    }

    /// Goes on under other assumptions ([`Costs::assume`]). `ahead` is what lies ahead without assumptions.
    pub(super) fn assume(
        &mut self,
        assumed: &BTreeMap<usize, Assumed>,
        ahead: &[f64],
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        for index in self.costs.assume(self.graph, &self.goal, assumed) {
            self.roads.price_one(&self.goal, &self.costs, index);
            if let Some(arc) = self.local.arcs.iter().position(|arc| arc.index == index) {
                self.local.set_limit(arc, self.costs.limit(index));
            }
        }
        self.roads.ahead.copy_from_slice(ahead);
        for (&index, _) in assumed.iter().filter(|(_, assumed)| assumed.used == Some(true)) {
            self.roads.follow(self.graph, index, meter)?;
        }
        self.level = self.level.saturating_sub(2 * LEVELS);
        Ok(())
    }
}
