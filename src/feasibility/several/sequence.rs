//! One payment after another.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use super::super::{Decision, PaymentFlow};
use super::{Feasibility, Netted, Payment};
use crate::check::ChannelCut;
use crate::id::NodeId;
use crate::liquidity::ChannelGraph;
use crate::solve::SolveError;

/// A payment of a sequence, made in the state that the payments before it leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its position in the list of payments.
    pub payment: usize,
    /// A flow that makes it.
    pub flow: PaymentFlow,
}

/// A set of payments that can be made in some order, and why the others stop there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEnd {
    /// The positions of the payments made, ascending.
    pub made: Vec<usize>,
    /// Positions of the others that are infeasible then, each with a cut.
    pub cuts: Vec<(usize, ChannelCut)>,
}

/// Whether payments can be made one after another; every step and every cut is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// In this order. Every beginning of it is feasible as well.
    Order(Vec<Step>),
    /// In no order, since the nodes have to pay more to all others than they can, netted.
    NotEvenNetted(Vec<NodeId>),
    /// In no order: all sets of payments that can be made, and the cuts that end them.
    Never(Vec<DeadEnd>),
    /// Not known: the limit of sets was reached. The longest order that was found.
    Open(Vec<Step>),
}

/// The search over sets of payments.
struct Search<'a> {
    payments: &'a [Payment],
    state: ChannelGraph,
    enabled_only: bool,
    work_limit: Option<u64>,
    steps: Vec<Step>,
    /// Sets that have been reached.
    seen: BTreeSet<Vec<bool>>,
    ends: Vec<DeadEnd>,
}

impl Feasibility<'_> {
    /// Looks for an order in which payments can be made one after another, greedily in the order given and then by going back; at
    /// most `sets` different sets of made payments are looked at, each with one decision per payment left.
    ///
    /// With bounds on balances an order works in every state within them, and "in no order" means in none that works in all
    /// of them.
    ///
    /// # Errors
    ///
    /// As [`Feasibility::netted`].
    ///
    /// ```
    /// use feasible::feasibility::{Payment, Sequence};
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder};
    /// use feasible::{Feasibility, Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let (alice, bob) = (b.add_node()?, b.add_node()?);
    /// b.add_channel(Channel::new(alice, bob, Sat(9)).balance(Balance::Known(Msat(2_000))))?;
    /// let graph = b.build();
    /// let payments = [Payment::new(alice, bob, Msat(5_000)), Payment::new(bob, alice, Msat(4_000))];
    /// let Sequence::Order(steps) = Feasibility::new(&graph).sequence(&payments, 100)? else { panic!("bob first") };
    /// assert!(steps.iter().map(|step| step.payment).eq([1, 0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sequence(&self, payments: &[Payment], sets: usize) -> Result<Sequence, SolveError> {
        if let Netted::Infeasible(nodes) = self.netted(payments)? {
            return Ok(Sequence::NotEvenNetted(nodes));
        }
        let search = Search {
            payments,
            state: self.graph.clone(),
            enabled_only: self.enabled_only,
            work_limit: self.work_limit,
            steps: Vec::new(),
            seen: BTreeSet::new(),
            ends: Vec::new(),
        };
        search.run(sets)
    }
}

impl Search<'_> {
    fn run(mut self, sets: usize) -> Result<Sequence, SolveError> {
        let count = self.payments.len();
        let mut made = vec![false; count];
        let mut longest: Vec<Step> = Vec::new();
        // The next payment to try at every depth.
        let mut next = vec![0];
        self.seen.insert(made.clone());
        self.ends.push(DeadEnd { made: Vec::new(), cuts: Vec::new() });
        // The dead end of every depth.
        let mut end_of = vec![0];
        while let Some(candidate) = next.last_mut() {
            if self.steps.len() == count {
                return Ok(Sequence::Order(self.steps));
            }
            let payment = *candidate;
            *candidate += 1;
            if payment == count {
                next.pop();
                end_of.pop();
                if let Some(step) = self.steps.pop() {
                    made[step.payment] = false;
                    self.apply(&step.flow, true)?;
                }
                continue;
            }
            if made[payment] {
                continue;
            }
            made[payment] = true;
            let known = self.seen.contains(&made);
            made[payment] = false;
            if known {
                continue;
            }
            let mut feasibility = Feasibility::new(&self.state).enabled_only(self.enabled_only);
            feasibility.work_limit = self.work_limit;
            let cut = match feasibility.decide(self.payments[payment])? {
                Decision::Feasible(flow) => {
                    if self.seen.len() >= sets {
                        return Ok(Sequence::Open(longest));
                    }
                    self.apply(&flow, false)?;
                    self.steps.push(Step { payment, flow });
                    if self.steps.len() > longest.len() {
                        longest.clone_from(&self.steps);
                    }
                    made[payment] = true;
                    self.seen.insert(made.clone());
                    next.push(0);
                    end_of.push(self.ends.len());
                    let made = (0..count).filter(|&i| made[i]).collect();
                    self.ends.push(DeadEnd { made, cuts: Vec::new() });
                    continue;
                }
                Decision::Infeasible(cut) => cut,
                Decision::Open { certain, .. } => certain.cut().clone(),
            };
            if let Some(&end) = end_of.last() {
                self.ends[end].cuts.push((payment, cut));
            }
        }
        Ok(Sequence::Never(self.ends))
    }

    /// Moves balances by a flow, or back.
    fn apply(&mut self, flow: &PaymentFlow, back: bool) -> Result<(), SolveError> {
        let moves = flow.flows().iter().map(|flow| {
            let way = if back { flow.direction.reversed() } else { flow.direction };
            (flow.channel, way, flow.amount)
        });
        let (expected, actual) = (self.payments.len(), self.steps.len());
        self.state.shift(moves).map_err(|_| SolveError::Shape { what: "steps", expected, actual })
    }
}
