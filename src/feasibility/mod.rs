//! Can it be paid? A payment is feasible iff the minimum cut of the liquidity graph is at least the
//! amount; the answer is a flow or that cut.
//!
//! # Problem
//!
//! The liquidity graph of a [`ChannelGraph`] has two arcs per channel, from each party to the other, with
//! the [liquidity](ChannelGraph::liquidity) of the direction as capacity. A payment of amount `x` from s
//! to t can be made, in as many parts as it takes, iff x can flow from s to t. By the theorem of Ford and
//! Fulkerson (1956) the alternative is a node set with s and without t that less than x can leave. Fees
//! and limits of parts are not considered here: this is the question whether *any* way of routing exists,
//! so a "no" is final, whatever the router.
//!
//! # Balances within bounds
//!
//! If balances are only bounded, liquidities are too, and a cut crosses each channel in one direction
//! only. Since channels do not depend on each other, the worst state for a cut has the certain liquidity
//! on all its channels at once: the least of the maximum flows of all states is the maximum flow of the
//! *certain* liquidities. A flow uses each channel in one direction net, so the best state is that of
//! the *possible* liquidities. Hence three answers: [`Decision::Feasible`] in every state (one flow works
//! in all of them), [`Decision::Infeasible`] in every state, [`Decision::Open`] otherwise.
//!
//! # Cost
//!
//! [`Feasibility`] lays out the graph once, O(n + m), and answers any number of payments by flows that
//! grow from both ends and look at little else: augmenting paths of falling residual capacity, the end
//! with less around it first. A "no" that only decides a payment stops at the first cut below the amount
//! and need not know the largest one. The [check](crate::check::payment) follows the channels that carry
//! flow, or the listed side of the cut, and nothing else. So an answer costs as much as the part of the
//! graph that decides it; one that would take more than a few sweeps over the graph falls back to
//! Dinic's algorithm.
//!
//! Reference: Pickhardt, "A Mathematical Theory of Payment Channel Networks" (arXiv 2601.04835).

mod balanced;
mod count;
pub(crate) mod drawn;
mod elimination;
mod engine;
mod rates;
mod rebalance;
mod sample;
mod several;
mod volume;
mod wealth;

use alloc::vec::Vec;

pub use balanced::BalancedTree;
pub use count::{CountError, Natural, crossing, feasible_count, state_count, wealth_count};
use engine::{Answer, Engine};
pub use rates::{
    Rate, RateCounts, RateError, RateStudy, Rates, Stratum, WealthCounts, WealthRate, WealthStudy, sustained,
};
pub use rebalance::{Circulation, RebalanceError, Rebalanced, Target};
pub use sample::{SampleError, WealthDraw, WealthSampler};
pub use several::{DeadEnd, Netted, Pending, Sequence, Step};
pub use volume::{Growth, Volume};
pub use wealth::{Holding, OwedTooMuch, Wealth, WealthError, wealth_range};

use crate::amount::Msat;
use crate::check::{self, ChannelCut, ChannelFlow, PaymentClaim, Violation};
use crate::id::NodeId;
use crate::liquidity::{ChannelGraph, View};
use crate::solve::{Meter, SolveError, admit_terminals};

/// A payment to be decided.
///
/// ```
/// use feasible::feasibility::{Decision, Payment};
/// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, hub, bob) = (b.add_node()?, b.add_node()?, b.add_node()?);
/// b.add_channel(Channel::new(alice, hub, Sat(9)).balance(Balance::Known(Msat(7_000))))?;
/// b.add_channel(Channel::new(hub, bob, Sat(9)).balance(Balance::Known(Msat(4_000))))?;
/// let graph = b.build();
/// let Decision::Feasible(flow) = Payment::new(alice, bob, Msat(4_000)).decide(&graph)? else {
///     panic!("4 sat fit");
/// };
/// assert!(flow.flows().iter().map(|flow| flow.amount).eq([Msat(4_000), Msat(4_000)]));
/// let Decision::Infeasible(cut) = Payment::new(alice, bob, Msat(4_001)).decide(&graph)? else {
///     panic!("nothing more gets to bob");
/// };
/// assert_eq!(cut.capacity, Msat(4_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// What must arrive.
    pub amount: Msat,
}

impl Payment {
    /// A payment of `amount` from one node to another.
    #[must_use]
    pub const fn new(from: NodeId, to: NodeId, amount: Msat) -> Self {
        Self { from, to, amount }
    }

    /// Decides this payment alone; for several on one graph build a [`Feasibility`].
    ///
    /// # Errors
    ///
    /// As [`Feasibility::decide`].
    pub fn decide(self, graph: &ChannelGraph) -> Result<Decision, SolveError> {
        Feasibility::new(graph).decide(self)
    }
}

/// The answer to a payment, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The flow works in every state within the bounds.
    Feasible(PaymentFlow),
    /// In no state within the bounds can it be paid: less than the amount passes the cut even with the
    /// possible liquidities. Another cut may let pass still less, see [`Feasibility::max_possible_amount`].
    Infeasible(ChannelCut),
    /// It depends on balances that are not known.
    Open {
        /// The most that works in every state; less than the amount.
        certain: Maximum,
        /// The most that works in some state; at least the amount.
        possible: Maximum,
    },
}

/// A flow that makes a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentFlow {
    amount: Msat,
    flows: Vec<ChannelFlow>,
}

impl PaymentFlow {
    /// What arrives.
    #[must_use]
    pub fn amount(&self) -> Msat {
        self.amount
    }

    /// What channels carry, net, by channel; those that carry nothing are left out.
    #[must_use]
    pub fn flows(&self) -> &[ChannelFlow] {
        &self.flows
    }
}

/// The largest amount between two nodes: a flow and a cut that says that there is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maximum {
    flow: PaymentFlow,
    cut: ChannelCut,
}

impl Maximum {
    /// The largest amount.
    #[must_use]
    pub fn amount(&self) -> Msat {
        self.flow.amount
    }

    /// A flow of that amount.
    #[must_use]
    pub fn flow(&self) -> &PaymentFlow {
        &self.flow
    }

    /// A cut of that capacity.
    #[must_use]
    pub fn cut(&self) -> &ChannelCut {
        &self.cut
    }
}

/// Answers payments on one graph; laid out once, reused for all of them.
///
/// Directions that are disabled by policy count by default, since a policy can change at any time and
/// liquidity cannot; see [`Feasibility::enabled_only`].
#[derive(Clone, Debug)]
pub struct Feasibility<'g> {
    graph: &'g ChannelGraph,
    enabled_only: bool,
    work_limit: Option<u64>,
    engine: Engine,
}

impl<'g> Feasibility<'g> {
    /// Lays out the graph. O(n + m).
    #[must_use]
    pub fn new(graph: &'g ChannelGraph) -> Self {
        Self { graph, enabled_only: false, work_limit: None, engine: Engine::new(graph) }
    }

    /// Whether to leave out directions whose policy is disabled. Default: false.
    #[must_use]
    pub fn enabled_only(mut self, enabled_only: bool) -> Self {
        self.enabled_only = enabled_only;
        self.engine.unload();
        self
    }

    /// Gives up an answer after so many units of work (an arc looked at is one).
    #[must_use]
    pub fn work_limit(mut self, limit: u64) -> Self {
        self.work_limit = Some(limit);
        self
    }

    /// Decides a payment. Amount 0 is feasible.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`], [`SolveError::Hub`], [`SolveError::Amount`] above
    /// [`Msat::SUPPLY`], [`SolveError::WorkLimit`].
    pub fn decide(&mut self, payment: Payment) -> Result<Decision, SolveError> {
        let Payment { from, to, amount } = payment;
        admit(self.graph, from, to)?;
        if amount > Msat::SUPPLY {
            let (amount, limit) = (amount.0.into(), Msat::SUPPLY.0.into());
            return Err(SolveError::Amount { amount, limit });
        }
        let view = self.view(false);
        let cut = match self.settle(payment, view)? {
            Ok(flow) => return Ok(Decision::Feasible(flow)),
            Err(cut) => cut,
        };
        if self.engine.is_known() {
            return Ok(Decision::Infeasible(cut));
        }
        if let Err(cut) = self.settle(payment, self.view(true))? {
            return Ok(Decision::Infeasible(cut));
        }
        let (certain, possible) = (self.maximum(from, to, false)?, self.maximum(from, to, true)?);
        Ok(Decision::Open { certain, possible })
    }

    /// The largest amount that can be paid in every state within the bounds.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`], [`SolveError::Hub`], [`SolveError::WorkLimit`].
    pub fn max_amount(&mut self, from: NodeId, to: NodeId) -> Result<Maximum, SolveError> {
        admit(self.graph, from, to)?;
        self.maximum(from, to, false)
    }

    /// The largest amount that can be paid in some state within the bounds.
    ///
    /// # Errors
    ///
    /// As [`Feasibility::max_amount`].
    pub fn max_possible_amount(&mut self, from: NodeId, to: NodeId) -> Result<Maximum, SolveError> {
        admit(self.graph, from, to)?;
        self.maximum(from, to, true)
    }

    /// A checked flow of the amount, or a checked cut below it.
    fn settle(
        &mut self,
        payment: Payment,
        view: View,
    ) -> Result<Result<PaymentFlow, ChannelCut>, SolveError> {
        let Payment { from, to, amount } = payment;
        let meter = &mut Meter::new(self.work_limit, None);
        let Answer { flows, cut, .. } = self.engine.decide(self.graph, view, (from, to), amount, meter)?;
        let check = |claim| check::payment(self.graph, view, from, to, claim);
        if let Some(cut) = cut {
            check(PaymentClaim::Infeasible { amount, cut: &cut })?;
            return Ok(Err(cut));
        }
        check(PaymentClaim::Feasible { amount, flows: &flows })?;
        Ok(Ok(PaymentFlow { amount, flows }))
    }

    /// A checked flow and a checked cut of the same amount.
    fn maximum(&mut self, from: NodeId, to: NodeId, possible: bool) -> Result<Maximum, SolveError> {
        let view = self.view(possible);
        let meter = &mut Meter::new(self.work_limit, None);
        let Answer { amount, flows, cut } = self.engine.most(self.graph, view, (from, to), meter)?;
        let cut = cut.ok_or(Violation::Length { what: "cuts", expected: 1, actual: 0 })?;
        let check = |claim| check::payment(self.graph, view, from, to, claim);
        check(PaymentClaim::Feasible { amount, flows: &flows })?;
        let beyond = amount.saturating_add(Msat(1));
        check(PaymentClaim::Infeasible { amount: beyond, cut: &cut })?;
        Ok(Maximum { flow: PaymentFlow { amount, flows }, cut })
    }

    fn view(&self, possible: bool) -> View {
        View { possible, enabled_only: self.enabled_only }
    }
}

/// Whether two nodes are different parties of a graph.
fn admit(graph: &ChannelGraph, from: NodeId, to: NodeId) -> Result<(), SolveError> {
    admit_terminals(graph.node_count(), from, to)?;
    match [from, to].into_iter().find(|&node| graph.hub_of(node).is_some()) {
        Some(node) => Err(SolveError::Hub { node }),
        None => Ok(()),
    }
}
