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
//! [`Feasibility`] lays out the graph once, O(n + m), and answers any number of payments: Dinic's
//! algorithm, stopped at the amount, then one check, O(n + m). Of the two minimum cuts that are found
//! (nearest the sender, nearest the receiver) the one with fewer nodes on its own side is returned.
//!
//! Reference: Pickhardt, "A Mathematical Theory of Payment Channel Networks" (arXiv 2601.04835).

mod engine;

use engine::Engine;

use crate::amount::Msat;
use crate::check::{self, ChannelCut, PaymentClaim};
use crate::id::{ChannelMap, NodeId};
use crate::liquidity::{ChannelGraph, View};
use crate::solve::{Meter, SolveError};

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
/// assert_eq!(flow.flows().as_slice(), [4_000, 4_000]);
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
    /// In no state within the bounds can it be paid: the cut stands even with the possible liquidities.
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
    flows: ChannelMap<i64>,
}

impl PaymentFlow {
    /// What arrives.
    #[must_use]
    pub fn amount(&self) -> Msat {
        self.amount
    }

    /// What every channel carries, net, in msat: positive from party a to party b.
    #[must_use]
    pub fn flows(&self) -> &ChannelMap<i64> {
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
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`], [`SolveError::Amount`] above
    /// [`Msat::SUPPLY`], [`SolveError::WorkLimit`].
    pub fn decide(&mut self, payment: Payment) -> Result<Decision, SolveError> {
        let Payment { from, to, amount } = payment;
        self.admit(from, to)?;
        if amount > Msat::SUPPLY {
            let (amount, limit) = (amount.0.into(), Msat::SUPPLY.0.into());
            return Err(SolveError::Amount { amount, limit });
        }
        let flow = self.flow(payment, false)?;
        if flow.amount == amount {
            return Ok(Decision::Feasible(flow));
        }
        let cut = self.cut(&flow, payment, false)?;
        if self.engine.is_known() {
            return Ok(Decision::Infeasible(cut));
        }
        let best = self.flow(payment, true)?;
        if best.amount < amount {
            return Ok(Decision::Infeasible(self.cut(&best, payment, true)?));
        }
        let certain = Maximum { flow, cut };
        Ok(Decision::Open { certain, possible: self.maximum(from, to, true)? })
    }

    /// The largest amount that can be paid in every state within the bounds.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`], [`SolveError::WorkLimit`].
    pub fn max_amount(&mut self, from: NodeId, to: NodeId) -> Result<Maximum, SolveError> {
        self.admit(from, to)?;
        self.maximum(from, to, false)
    }

    /// The largest amount that can be paid in some state within the bounds.
    ///
    /// # Errors
    ///
    /// As [`Feasibility::max_amount`].
    pub fn max_possible_amount(&mut self, from: NodeId, to: NodeId) -> Result<Maximum, SolveError> {
        self.admit(from, to)?;
        self.maximum(from, to, true)
    }

    fn admit(&self, from: NodeId, to: NodeId) -> Result<(), SolveError> {
        let nodes = self.graph.node_count();
        for node in [from, to] {
            if node.index() >= nodes {
                return Err(SolveError::UnknownNode { node, nodes });
            }
        }
        if from == to { Err(SolveError::SameTerminals { node: from }) } else { Ok(()) }
    }

    fn maximum(&mut self, from: NodeId, to: NodeId, possible: bool) -> Result<Maximum, SolveError> {
        // More than there can be: liquidities of one direction add up to at most the supply.
        let payment = Payment::new(from, to, Msat(u64::MAX));
        let flow = self.flow(payment, possible)?;
        let cut = self.cut(&flow, payment, possible)?;
        Ok(Maximum { flow, cut })
    }

    fn view(&self, possible: bool) -> View {
        View { possible, enabled_only: self.enabled_only }
    }

    /// A checked flow of the payment's amount, or the largest one.
    fn flow(&mut self, payment: Payment, possible: bool) -> Result<PaymentFlow, SolveError> {
        let (view, Payment { from, to, amount }) = (self.view(possible), payment);
        let mut meter = Meter::new(self.work_limit, None);
        let (amount, flows) = self.engine.run(self.graph, view, from, to, amount, &mut meter)?;
        check::payment(self.graph, view, from, to, PaymentClaim::Feasible { amount, flows: &flows })?;
        Ok(PaymentFlow { amount, flows })
    }

    /// A checked cut of the capacity of `flow`, which the engine has just found to be the largest one.
    fn cut(&self, flow: &PaymentFlow, payment: Payment, possible: bool) -> Result<ChannelCut, SolveError> {
        let (view, Payment { from, to, .. }) = (self.view(possible), payment);
        let mut meter = Meter::new(self.work_limit, None);
        let cut = self.engine.cut(self.graph, view, from, to, &mut meter)?;
        let amount = flow.amount.saturating_add(Msat(1));
        check::payment(self.graph, view, from, to, PaymentClaim::Infeasible { amount, cut: &cut })?;
        Ok(cut)
    }
}
