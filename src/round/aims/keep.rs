//! What a round must not take away: demands that stay feasible, outbound liquidity that stays.
//!
//! **Reduction.** Let W = 1 + the sum of all weights. A demand that is feasible before and must stay so is given W
//! on top of its weight; a node u that must keep x outbound gets a bystander T_u, fixed channels with x on the side
//! of each neighbour of u towards T_u, and a demand (u, T_u, x) of weight W. T_u is a dead end, so no other demand
//! gains a path; and u can pay T_u x iff the sum over its channels is at least x. Doing nothing meets all q of
//! these, worth q W and more; a plan that loses one is worth less than q W. Hence every optimal plan keeps
//! them, and so does every plan that is not worse than doing nothing, which is all that the planner gives out.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::amount::Sat;
use crate::id::{DemandId, NodeId};
use crate::round::builder::RoundBuilder;
use crate::round::error::RoundError;
use crate::round::instance::{Anchor, Channel, Demand, Round};
use crate::round::plan::{Changes, Money};
use crate::round::planner::Plan;

/// What a round must leave to those who take part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Demands that stay feasible; those that are not before are left out.
    pub demands: Vec<DemandId>,
    /// What a node can send over all its channels together, reserves excluded, stays at least that.
    pub outbound: Vec<Money>,
}

/// A round whose plans keep what must be kept: made by [`Round::keeping`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    round: Round,
    kept: usize,
    base: u64,
}

impl Keep {
    /// No demand may become infeasible: nobody who takes part is worse off.
    #[must_use]
    pub fn everything(round: &Round) -> Self {
        Self { demands: round.demand_ids().collect(), outbound: Vec::new() }
    }
}

impl Round {
    /// The round in which something must be kept. Nodes, channels, candidates and demands keep their ids; what is
    /// added follows them.
    ///
    /// ```
    /// use feasible::RoundPlanner;
    /// use feasible::round::{Effort, aims::Keep, generate::{Size, lightning}};
    /// let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 6 };
    /// let round = lightning(size, 1)?;
    /// let kept = round.keeping(&Keep::everything(&round))?;
    /// let plan = RoundPlanner::new().effort(Effort::Quick).plan(kept.round())?;
    /// assert_eq!(plan.collateral().count(), 0);
    /// assert!(kept.objective(&plan) <= kept.bound(&plan));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RoundError::Outbound`] if a node has less than it is to keep, [`RoundError::UnknownNode`],
    /// [`RoundError::UnknownDemand`]; [`RoundError::Weights`] or [`RoundError::TooMuch`] if weights or amounts are
    /// so large that the reduction leaves the range.
    pub fn keeping(&self, keep: &Keep) -> Result<Kept, RoundError> {
        let sum = self.demands.iter().fold(0_u64, |sum, demand| sum.saturating_add(demand.weight));
        let premium = sum.saturating_add(1);
        let mut raised = BTreeSet::new();
        for &demand in &keep.demands {
            let demands = self.demands.len();
            if demand.index() >= demands {
                return Err(RoundError::UnknownDemand { demand, demands });
            }
            if self.explain(&Changes::default(), demand).is_none() {
                raised.insert(demand);
            }
        }
        let mut b = RoundBuilder::from(self);
        b.raise(&raised, premium);
        let mut kept = raised.len();
        for &Money { node, amount } in keep.outbound.iter().filter(|money| money.amount > Sat::ZERO) {
            self.lock(&mut b, node, amount, premium)?;
            kept += 1;
        }
        let round = b.build(self.rules.clone())?;
        // The builder has seen to it that all weights together stay in range.
        Ok(Kept { round, kept, base: premium.saturating_mul(kept as u64) })
    }

    /// Adds the dead end of a node and the demand to it.
    fn lock(&self, b: &mut RoundBuilder, node: NodeId, amount: Sat, weight: u64) -> Result<(), RoundError> {
        let (nodes, reserve) = (self.node_count(), self.rules.reserve);
        if node.index() >= nodes {
            return Err(RoundError::UnknownNode { what: "outbound", node, nodes });
        }
        let mut outbound = Sat::ZERO;
        let mut neighbours = BTreeSet::new();
        for (u, v, x, y) in self.touches().filter_map(|touch| self.ends(touch)) {
            for (own, other, balance) in [(u, v, x), (v, u, y)] {
                if own == node {
                    outbound = outbound.saturating_add(balance.saturating_sub(reserve));
                    neighbours.insert(other);
                }
            }
        }
        if outbound < amount {
            return Err(RoundError::Outbound { node, outbound, wanted: amount });
        }
        let end = b.add_bystander()?;
        for u in neighbours {
            let (balance_u, anchor) = (amount.saturating_add(reserve), Anchor::OnChain);
            b.add_channel(Channel { u, v: end, balance_u, balance_v: Sat::ZERO, anchor, reshapable: false })?;
        }
        b.add_demand(Demand { sender: node, receiver: end, amount, weight })?;
        Ok(())
    }
}

impl Kept {
    /// The round to plan.
    #[must_use]
    pub const fn round(&self) -> &Round {
        &self.round
    }

    /// How many demands and outbound locks are kept.
    #[must_use]
    pub const fn kept(&self) -> usize {
        self.kept
    }

    /// What a plan of the round is worth in the weights of the original one.
    #[must_use]
    pub fn objective(&self, plan: &Plan) -> u64 {
        plan.objective().saturating_sub(self.base)
    }

    /// No plan that keeps what must be kept is worth more, in the weights of the original round.
    #[must_use]
    pub fn bound(&self, plan: &Plan) -> u64 {
        plan.bound().value.saturating_sub(self.base)
    }
}
