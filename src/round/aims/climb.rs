//! Bisection on a level that grows harder: the best one reached, the least one refuted.

use crate::round::certificate::UpperBound;
use crate::round::instance::Round;
use crate::round::planner::Plan;

use super::AimError;

/// A round with the proof that its demands cannot all be feasible: a bound below their weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refutation {
    /// The round.
    pub round: Round,
    /// Its bound; [`check::bound`](crate::check::bound) verifies it.
    pub bound: UpperBound,
}

/// What an attempt at a level came to.
pub(super) enum Attempt {
    /// The level was reached, maybe a higher one too.
    Reached(u64, Plan),
    /// No plan reaches it.
    Refuted(Refutation),
    /// Neither.
    Open,
}

/// Where a bisection ended.
pub(super) struct Climb {
    /// The best level reached.
    pub(super) low: u64,
    pub(super) plan: Option<Plan>,
    /// The least level refuted, or the limit given.
    pub(super) high: u64,
    pub(super) refutation: Option<Refutation>,
}

/// Attempts at most: two bisections of 64 steps.
const ATTEMPTS: usize = 128;

impl Climb {
    /// Nothing reached above `low`, nothing known to be out of reach below `high`.
    pub(super) fn new(low: u64, high: u64) -> Self {
        Self { low, plan: None, high, refutation: None }
    }

    /// Bisects for the best level that is reached, then for the least that is refuted: where the planner decides
    /// everything the two meet.
    pub(super) fn run(
        mut self,
        mut attempt: impl FnMut(u64, Option<&Plan>) -> Result<Attempt, AimError>,
    ) -> Result<Self, AimError> {
        // Levels from `unreached` to `open` were tried in vain, both ways.
        let (mut unreached, mut open) = (self.high, self.low);
        for _ in 0..ATTEMPTS {
            open = open.max(self.low);
            unreached = unreached.min(self.high);
            let climbing = self.low + 1 < unreached;
            if !climbing && open + 1 >= self.high {
                break;
            }
            let (from, to) = if climbing { (self.low, unreached) } else { (open, self.high) };
            let level = from + (to - from) / 2;
            match attempt(level, self.plan.as_ref())? {
                Attempt::Reached(reached, plan) => {
                    self.low = reached.max(level).min(self.high - 1);
                    self.plan = Some(plan);
                    if self.low >= unreached {
                        unreached = self.high;
                    }
                }
                Attempt::Refuted(refutation) => {
                    self.high = level;
                    self.refutation = Some(refutation);
                }
                Attempt::Open => {
                    unreached = unreached.min(level);
                    open = open.max(level);
                }
            }
        }
        Ok(self)
    }
}
