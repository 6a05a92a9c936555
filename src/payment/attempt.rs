//! The payment loop as a value: what to send next, from what became of what was sent.
//!
//! No clock, no network: the caller sends the parts of a step and reports their outcomes; the attempt learns
//! ([`Knowledge`]), and plans the rest on what it has found so far. Parts that arrive stay locked until the whole amount
//! has arrived. Every failure rules out balances that the law held possible, so the loop ends: with the amount
//! delivered, or with a proof that the rest cannot be.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Flow, Limit, PayAnswer, PayError, PaymentPlan, PaymentPlanner};
use crate::amount::Msat;
use crate::check::{self, Part, PartsGoal, PartsRules, Terms, direction_at, direction_index};
use crate::id::ChannelId;
use crate::knowledge::{Hop, Knowledge, LearnError, Observation};
use crate::law::Uniform;
use crate::liquidity::Direction;
use crate::solve::Meter;

/// Less likely than e to this power, an amount is sent by halves: a failure of all that is possible through a channel
/// would teach next to nothing.
const UNLIKELY: f64 = -4.0;

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is locked at the receiver.
    Arrived,
    /// The hop at this position, from 0, lacked liquidity.
    FailedAt(usize),
    /// Some hop lacked liquidity, nobody says which: the one that most likely did is avoided from now on.
    Failed,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Send these parts and report them all.
    Send(PaymentPlan),
    /// All of the amount is locked at the receiver.
    Delivered,
    /// The rest cannot be paid beside what is locked: an answer that is no plan. If parts have arrived, another division may do:
    /// release them, and begin again with what [`Attempt::finish`] has learned. Repeated until nothing is locked at the end, this delivers or
    /// proves that the payment is impossible, since every end came from a failure.
    Over(PayAnswer),
}

/// A payment on its way.
///
/// ```
/// use feasible::check::{PartsGoal, PartsRules};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::payment::{Attempt, Outcome, PaymentPlanner, Step};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, t) = (b.add_node()?, b.add_node()?);
/// b.add_channel(Channel::new(s, t, Sat(100)))?;
/// b.add_channel(Channel::new(s, t, Sat(50)))?;
/// let graph = b.build();
/// let rules = PartsRules::new().max_parts(1);
/// let goal = PartsGoal::new(s, t, Msat(30_000), 0.0).rules(&rules);
/// let mut attempt = Attempt::new(PaymentPlanner::new(&graph), goal);
/// // The large channel first; it fails, and the small one is better now.
/// let mut sizes = Vec::new();
/// loop {
///     match attempt.next()? {
///         Step::Send(plan) => {
///             let (channel, _) = plan.parts[0].path[0];
///             sizes.push(graph.channel(channel).capacity());
///             attempt.report(0, if sizes.len() == 1 { Outcome::FailedAt(0) } else { Outcome::Arrived })?;
///         }
///         Step::Delivered => break,
///         other => panic!("{other:?}"),
///     }
/// }
/// assert_eq!(sizes, [Sat(100), Sat(50)]);
/// assert_eq!(attempt.parts_sent(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    planner: PaymentPlanner<'a>,
    goal: PartsGoal<'a>,
    knowledge: Knowledge,
    flow: Option<Flow<'a>>,
    /// Sent and not reported.
    open: Vec<Option<Part>>,
    arrived: Vec<Part>,
    /// Channels about which something was learned since the last plan.
    touched: Vec<usize>,
    parts_sent: usize,
    /// Hops taken out because a part failed nobody knows where.
    avoided: Vec<(ChannelId, Direction)>,
}

impl<'a> Attempt<'a> {
    /// An attempt that begins with what the graph says.
    #[must_use]
    pub fn new(planner: PaymentPlanner<'a>, goal: PartsGoal<'a>) -> Self {
        let knowledge = Knowledge::new(planner.graph, Uniform);
        Self::with_knowledge(planner, goal, knowledge)
    }

    /// An attempt that begins with what is known.
    #[must_use]
    pub fn with_knowledge(planner: PaymentPlanner<'a>, goal: PartsGoal<'a>, knowledge: Knowledge) -> Self {
        let (open, arrived, touched) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            planner,
            goal,
            knowledge,
            flow: None,
            open,
            arrived,
            touched,
            parts_sent: 0,
            avoided: Vec::new(),
        }
    }

    /// What has been learned so far.
    #[must_use]
    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    /// The parts that are locked at the receiver.
    #[must_use]
    pub fn arrived(&self) -> &[Part] {
        &self.arrived
    }

    /// The parts sent so far.
    #[must_use]
    pub fn parts_sent(&self) -> usize {
        self.parts_sent
    }

    fn missing(&self) -> Msat {
        self.arrived.iter().fold(self.goal.amount, |missing, part| missing.saturating_sub(part.amount))
    }

    fn rules(&self) -> PartsRules<'_> {
        let mut rules = self.goal.rules.map_or_else(PartsRules::new, PartsRules::clone);
        for &(channel, direction) in &self.avoided {
            rules = rules.exclude(channel, direction);
        }
        // What is locked takes slots, and is among the parts.
        if rules.max_parts < usize::MAX {
            rules.max_parts = rules.max_parts.saturating_sub(self.arrived.len());
        }
        for &(channel, direction) in self.arrived.iter().flat_map(|part| &part.path) {
            rules = rules.take_slot(channel, direction);
        }
        rules.knowledge(&self.knowledge)
    }

    /// What to do next: the best way to send what is missing, or half of it, a quarter, ... if all of it is very unlikely to
    /// pass. That it cannot be paid is said of all that is missing. Parts that were sent and not reported count as failed at an unknown place that taught nothing.
    ///
    /// # Errors
    /// As [`PaymentPlanner::plan`].
    #[allow(clippy::should_implement_trait)] // it needs reports in between
    pub fn next(&mut self) -> Result<Step, PayError> {
        self.open.clear();
        let missing = self.missing();
        if missing == Msat::ZERO {
            return Ok(Step::Delivered);
        }
        let mut amount = missing;
        let plan = loop {
            let plan = match self.planned(amount)? {
                PayAnswer::Plan(plan) => plan,
                PayAnswer::Infeasible(_) if !self.avoided.is_empty() => {
                    return Ok(Step::Over(PayAnswer::Blocked(Limit::Avoided)));
                }
                other if amount == missing => return Ok(Step::Over(other)),
                // The smaller amount is below a limit that the larger one keeps.
                _ => match self.planned(missing)? {
                    PayAnswer::Plan(plan) => break plan,
                    other => return Ok(Step::Over(other)),
                },
            };
            if plan.value.ln_probability >= UNLIKELY || amount.0 < 2 {
                break plan;
            }
            amount = Msat(amount.0 / 2);
        };
        self.open = plan.parts.iter().cloned().map(Some).collect();
        self.parts_sent += plan.parts.len();
        Ok(Step::Send(plan))
    }

    fn planned(&mut self, amount: Msat) -> Result<PayAnswer, PayError> {
        let goal = PartsGoal { amount, ..self.goal };
        self.planner.admit(&goal)?;
        let mut meter = Meter::new(self.planner.work_limit, None);
        let flow = self.laid_out(&goal, &mut meter)?;
        let rules = self.rules();
        let known = PartsGoal { rules: Some(&rules), ..goal };
        let (answer, flow) = match flow {
            None => {
                let terms = Terms::all(self.planner.graph, Some(&rules));
                let inside = Flow::reach(self.planner.graph, &goal, &terms, |_| Some(0));
                (self.planner.refused(&known, Some(inside), Limit::Parts, &mut meter)?, None)
            }
            Some(mut flow) => (self.planner.planned(&known, &mut flow, 0, &mut meter)?, Some(flow)),
        };
        let whole = amount == self.missing();
        let answer = if whole { self.planner.named(&known, answer)? } else { answer };
        self.flow = flow;
        Ok(answer)
    }

    /// The flow for what is missing, warm if there was one; `None` if nothing leads to the receiver.
    fn laid_out(
        &mut self,
        goal: &PartsGoal<'a>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Flow<'a>>, PayError> {
        let graph = self.planner.graph;
        let law = goal.rules.and_then(|rules| rules.law);
        let mut touched = core::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        if let Some(mut flow) = self.flow.take() {
            let rules = self.rules();
            let terms = |&index: &usize| (index, Terms::of(graph, index, Some(&rules)).under(law));
            let changed: Vec<_> = touched.iter().map(terms).collect();
            return Ok(flow.renew(goal.amount.0, &changed, meter)?.then_some(flow));
        }
        let rules = self.rules();
        let terms = Terms::all(graph, Some(&rules)).into_iter().map(|terms| terms.under(law)).collect();
        let shape = (self.planner.curve, self.planner.most(goal));
        Ok(self.planner.blank(goal, Arc::new(terms), shape, meter)?)
    }

    /// Learns what became of a part of the last step, by its position in the plan. Parts that are not open are passed
    /// over.
    ///
    /// # Errors
    /// [`LearnError`], if the hop that failed is not one of the part's.
    pub fn report(&mut self, part: usize, outcome: Outcome) -> Result<(), LearnError> {
        let Some(sent) = self.open.get_mut(part).and_then(Option::take) else { return Ok(()) };
        let amounts = check::part_amounts(self.planner.graph, &self.goal, part, &sent).unwrap_or_default();
        let hops: Vec<Hop> = sent
            .path
            .iter()
            .zip(amounts)
            .map(|(&(channel, direction), amount)| Hop::new(channel, direction, amount))
            .collect();
        for &(channel, _) in &sent.path {
            self.touched.extend([0, 1].map(|side| direction_index(channel.index(), direction_at(side))));
        }
        if outcome == Outcome::Failed {
            let chance = |hop: &&Hop| self.knowledge.ln_probability(hop.channel, hop.direction, hop.amount);
            let likeliest = hops.iter().min_by(|one, other| chance(one).total_cmp(&chance(other)));
            self.avoided.extend(likeliest.map(|hop| (hop.channel, hop.direction)));
        }
        let observation = match outcome {
            Outcome::Arrived => Observation::Locked { hops },
            Outcome::FailedAt(at) => Observation::Failed { hops, at },
            Outcome::Failed => Observation::FailedSomewhere { hops },
        };
        self.knowledge.learn(observation)?;
        if outcome == Outcome::Arrived {
            self.arrived.push(sent);
        }
        Ok(())
    }

    /// Ends the attempt: what is locked is settled or released. Returns what was learned.
    ///
    /// # Errors
    /// [`LearnError`], as in [`Attempt::report`].
    pub fn finish(mut self, settle: bool) -> Result<Knowledge, LearnError> {
        for (number, part) in self.arrived.iter().enumerate() {
            let amounts =
                check::part_amounts(self.planner.graph, &self.goal, number, part).unwrap_or_default();
            let hops = part.path.iter().zip(amounts);
            let hops =
                hops.map(|(&(channel, direction), amount)| Hop::new(channel, direction, amount)).collect();
            let observation =
                if settle { Observation::Settled { hops } } else { Observation::Released { hops } };
            self.knowledge.learn(observation)?;
        }
        Ok(self.knowledge)
    }
}
