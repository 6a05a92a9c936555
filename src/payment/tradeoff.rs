//! Fee against probability: the likeliest payment within a fee budget, the cheapest one of a least probability.
//!
//! A fixed budget or probability makes the problem weakly NP-hard (constrained shortest path). The search goes over the price
//! mu instead, and everything that is proven at a price bounds the question itself (Lagrangian bounding; Pickhardt and Richter,
//! arXiv 2107.05322): -ln P + mu * fee >= L for all payments, so those within a budget B have -ln P >= L - mu * B, and those with
//! -ln P <= r cost (L - r) / mu at least.
//!
//! Each price is a plan without cases, warm from the one before. Its ways, with the amounts that are best at the price at which they
//! keep just to the question, are an answer; that price is the next one tried, which is Newton's method on the dual but for ways
//! that come and go. Plans with a jump of the fee between two prices are left to halving. The last price is planned in full.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::flow::Flow;
use super::parts::{self, Search, Way};
use super::{Limit, PayAnswer, PayError, PaymentPlan, PaymentPlanner};
use crate::amount::Msat;
use crate::check::{self, Obstacle, Part, PartsGoal, PartsRules, PartsValue, Proof, Terms};
use crate::num::float;
use crate::solve::Meter;

/// Bounds of the search for a price, in nats per satoshi.
const LOW: f64 = 1e-9;
pub(super) const HIGH: f64 = 1e3;
/// Plans without cases.
const PLANS: usize = 12;
/// Prices tried for one set of ways.
const PRICES: usize = 24;
/// How far beyond a price that is too low or too high the next one lies, if nothing is known there.
const FAR: f64 = 16.0;
/// Prices are as good as the same within this ratio.
const CLOSE: f64 = 1.005;
/// What is left of a budget, or of the nats that may be lost, is spent up to this share.
const SPENT: f64 = 3e-5;
/// A gap that a question need not get below, and how many times that of the plan at its price.
const NARROW: f64 = 1e-4;
const OWN: f64 = 1.25;

/// What is asked for, and of it the logarithm of a probability or a fee.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Within(Msat),
    Likely(f64),
}

/// An answer to a question about fee and probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Tradeoff {
    /// A plan that keeps to what was asked for, valued at `mu`; or that there is none, with a proof; or the limit if none was found.
    pub answer: PayAnswer,
    /// Nats per satoshi at which the plan's proof holds.
    pub mu: f64,
    /// Proven: within a fee budget no payment has a smaller -ln P (dislikes included); of payments as likely as asked for none has a smaller fee, in
    /// satoshi (not said where a direction is disliked).
    pub bound: f64,
    /// How far the plan is above that, relative to itself; infinite without a plan.
    pub gap: f64,
}

impl Asked {
    fn keeps(self, value: &PartsValue) -> bool {
        match self {
            Self::Within(budget) => value.fee <= budget,
            Self::Likely(ln) => value.ln_probability >= ln,
        }
    }

    /// What is to be small: nats, or satoshi.
    fn cost(self, value: &PartsValue) -> f64 {
        match self {
            Self::Within(_) => value.objective,
            Self::Likely(_) => float(value.fee.0) / 1000.0,
        }
    }

    /// The gap of a plan as a share of that.
    fn share(self, plan: &PaymentPlan, mu: f64) -> f64 {
        let (fee, gap) = (mu * float(plan.value.fee.0) / 1000.0, plan.value.objective - plan.lower_bound);
        gap / match self {
            Self::Within(_) => plan.value.objective - fee,
            Self::Likely(_) => fee,
        }
    }

    /// What a bound of the objective says of that.
    fn bound(self, goal: &PartsGoal<'_>, lower: f64) -> f64 {
        let bound = match self {
            Self::Within(budget) => lower - goal.mu * float(budget.0) / 1000.0,
            Self::Likely(_) if goal.mu == 0.0 || goal.rules.is_some_and(PartsRules::is_biased) => 0.0,
            Self::Likely(ln) => (lower + ln) / goal.mu,
        };
        bound.max(0.0)
    }

    /// By what share there is too much of what a higher price makes less of, less than zero if too little.
    fn excess(self, value: &PartsValue) -> f64 {
        match self {
            Self::Within(budget) => libm::log((float(value.fee.0) + 1.0) / (float(budget.0) + 1.0)),
            Self::Likely(ln) => (value.ln_probability - ln) / -ln.min(-1e-12),
        }
    }
}

impl<'a> PaymentPlanner<'a> {
    /// The likeliest way found whose fee is at most a budget; `goal.mu` is not used. A budget below the least fee is refused with the
    /// proof ([`Obstacle::Fee`]). Some two to five times [`plan`](Self::plan).
    ///
    /// ```
    /// use feasible::check::{self, Obstacle, PartsGoal};
    /// use feasible::liquidity::generate;
    /// use feasible::payment::{PayAnswer, PaymentPlanner};
    /// use feasible::Msat;
    /// let graph = generate::lightning(200, 700, 3)?;
    /// let (from, to) = (graph.nodes().nth(5).unwrap(), graph.nodes().nth(120).unwrap());
    /// let goal = PartsGoal::new(from, to, Msat(50_000_000), 0.0);
    /// let planner = PaymentPlanner::new(&graph);
    /// let within = planner.within_fee(&goal, Msat(20_000))?;
    /// let PayAnswer::Plan(plan) = &within.answer else { panic!() };
    /// assert!(plan.value.fee <= Msat(20_000) && -plan.value.ln_probability >= within.bound);
    /// // Nothing is that cheap.
    /// let none = planner.within_fee(&goal, Msat(1))?.answer;
    /// let PayAnswer::Infeasible(why @ Obstacle::Fee { .. }) = none else { panic!() };
    /// assert!(check::obstacle(&graph, &goal, &why));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn within_fee(&self, goal: &PartsGoal<'a>, budget: Msat) -> Result<Tradeoff, PayError> {
        // One nat for all of the budget.
        let mu = (1000.0 / float(budget.0.max(1))).clamp(LOW, HIGH);
        let mut trade = Trade::new(self, goal, Asked::Within(budget));
        trade.search(mu)?;
        trade.answer()
    }

    /// The cheapest way found with at least a probability, given by its logarithm; `goal.mu` is not used. What is out of reach is
    /// refused with the proof ([`Obstacle::Probability`]). Some two to five times [`plan`](Self::plan).
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn with_probability(&self, goal: &PartsGoal<'a>, ln: f64) -> Result<Tradeoff, PayError> {
        let mut trade = Trade::new(self, goal, Asked::Likely(ln));
        // The likeliest of all first: there is nothing to search if that is not enough.
        let likeliest = trade.at(0.0, self.cases)?;
        if let Some(plan) =
            likeliest.filter(|plan| plan.value.ln_probability >= ln && plan.value.fee > Msat::ZERO)
        {
            let (spare, fee) = (plan.value.ln_probability - ln, float(plan.value.fee.0) / 1000.0);
            trade.search((spare / fee).clamp(LOW, HIGH))?;
        }
        trade.answer()
    }

    /// The likeliest way found within a fee budget if it has at least a probability, given by its logarithm. That none has both is
    /// proven where it can be ([`Obstacle::Probability`]).
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn within_both(&self, goal: &PartsGoal<'a>, budget: Msat, ln: f64) -> Result<Tradeoff, PayError> {
        let mut found = self.within_fee(goal, budget)?;
        if let PayAnswer::Plan(plan) = &found.answer {
            if plan.value.ln_probability < ln {
                let proof = plan.proof.clone();
                let why = Obstacle::Probability { ln, within: (Some(budget), found.mu), proof };
                found.answer = if check::obstacle(self.graph, goal, &why) {
                    PayAnswer::Infeasible(why)
                } else {
                    PayAnswer::Blocked(Limit::Probability)
                };
                found.gap = f64::INFINITY;
            }
        }
        Ok(found)
    }

    /// The cheapest way of all, whatever its risk; its bound is one of the fee.
    fn cheapest(&self, goal: &PartsGoal<'_>) -> Result<PayAnswer, PayError> {
        let planner: &PaymentPlanner<'_> = self;
        let rules = goal.rules.map_or_else(PartsRules::new, PartsRules::clone).riskless();
        planner.unnamed(&PartsGoal { mu: 1.0, rules: Some(&rules), ..*goal })
    }
}

/// A bound of what is asked for: itself, the price, the bound of the objective there, and its proof.
#[derive(Debug)]
struct Proven {
    bound: f64,
    mu: f64,
    lower: f64,
    proof: Proof,
}

/// The logarithm of a price, and what is too much there.
type Side = Option<(f64, f64)>;

/// The search for a price.
#[derive(Debug)]
struct Trade<'p, 'a> {
    planner: &'p PaymentPlanner<'a>,
    /// Without a price: objectives are nats alone.
    goal: PartsGoal<'a>,
    asked: Asked,
    terms: Arc<Vec<Terms<'a>>>,
    flow: Option<Flow<'a>>,
    /// The best parts that keep to the question, and their cost.
    best: Option<(f64, Vec<Part>)>,
    proven: Option<Proven>,
    /// Why there is no plan.
    refusal: Option<PayAnswer>,
}

impl<'p, 'a> Trade<'p, 'a> {
    fn new(planner: &'p PaymentPlanner<'a>, goal: &PartsGoal<'a>, asked: Asked) -> Self {
        let (terms, goal) = (planner.terms_of(goal), PartsGoal { mu: 0.0, ..*goal });
        Self { planner, goal, asked, terms, flow: None, best: None, proven: None, refusal: None }
    }

    /// The plan at a price, if there is one; notes what it says of the question.
    fn at(&mut self, mu: f64, cases: usize) -> Result<Option<PaymentPlan>, PayError> {
        let planner = self.planner;
        let goal = PartsGoal { mu, ..self.goal };
        planner.admit(&goal)?;
        let mut meter = Meter::new(planner.work_limit, None);
        if self.flow.is_none() {
            match planner.laid_out(&goal, Arc::clone(&self.terms), &mut meter)? {
                Ok(flow) => self.flow = Some(flow),
                Err(refused) => self.refusal = Some(planner.named(&goal, refused)?),
            }
        } else if let Some(flow) = &mut self.flow {
            flow.reprice(mu, &mut meter)?;
        }
        let Some(flow) = &mut self.flow else { return Ok(None) };
        let plan = match planner.planned(&goal, flow, cases, &mut meter)? {
            PayAnswer::Plan(plan) => plan,
            refused if self.proven.is_none() => {
                self.refusal = Some(planner.named(&goal, refused)?);
                return Ok(None);
            }
            _ => return Ok(None),
        };
        let bound = self.asked.bound(&goal, plan.lower_bound);
        if self.proven.as_ref().is_none_or(|proven| bound > proven.bound) {
            let (lower, proof) = (plan.lower_bound, plan.proof.clone());
            self.proven = Some(Proven { bound, mu, lower, proof });
        }
        self.note(&plan.parts);
        Ok(Some(plan))
    }

    /// What parts are worth, kept if they are the best that keep to the question.
    fn note(&mut self, parts: &[Part]) -> Option<PartsValue> {
        let value = check::parts(self.planner.graph, &self.goal, parts).ok()?;
        let cost = self.asked.cost(&value);
        if self.asked.keeps(&value) && self.best.as_ref().is_none_or(|best| cost < best.0) {
            self.best = Some((cost, parts.to_vec()));
        }
        Some(value)
    }

    fn gap(&self) -> f64 {
        match (&self.best, &self.proven) {
            (Some((cost, _)), Some(proven)) if *cost > 0.0 => ((cost - proven.bound) / cost).max(0.0),
            (Some(_), _) => 0.0,
            _ => f64::INFINITY,
        }
    }

    fn search(&mut self, mut mu: f64) -> Result<(), PayError> {
        // The highest price that was too low, and the lowest that was not, and what was too much or too little there.
        let (mut low, mut high) = ((0.0_f64, 1.0), (f64::INFINITY, -1.0));
        for _ in 0..PLANS {
            let Some(plan) = self.at(mu, 0)? else { break };
            let excess = self.note(&plan.parts).map_or(0.0, |value| self.asked.excess(&value));
            (low, high) = if excess > 0.0 { ((mu, excess), high) } else { (low, (mu, excess)) };
            let spent = self.spent(&plan.parts, mu);
            if excess > 0.0 && !self.within_reach()? {
                return Ok(());
            }
            let next = spent.unwrap_or(if excess > 0.0 { mu * FAR } else { mu / FAR });
            let own = self.asked.share(&plan, mu);
            let done = self.gap() <= NARROW.max(OWN * own) || (mu == 0.0 && excess <= 0.0);
            let same = next / mu < CLOSE && mu / next < CLOSE;
            mu = between(next, low, high);
            if done || same || high.0 / low.0 < CLOSE || low.0 >= HIGH {
                break;
            }
        }
        if self.refusal.is_none() && self.gap() > NARROW {
            if let Some(plan) = self.at(mu, self.planner.cases)? {
                self.spent(&plan.parts, mu);
            }
        }
        Ok(())
    }

    /// Whether the budget is one that the cheapest payment may keep to, if nothing found does.
    fn within_reach(&mut self) -> Result<bool, PayError> {
        let Asked::Within(budget) = self.asked else { return Ok(true) };
        if self.best.is_some() {
            return Ok(true);
        }
        if let PayAnswer::Plan(plan) = self.planner.cheapest(&self.goal)? {
            self.note(&plan.parts);
            let why = Obstacle::Fee { budget, proof: plan.proof };
            if self.best.is_none() && check::obstacle(self.planner.graph, &self.goal, &why) {
                self.refusal = Some(PayAnswer::Infeasible(why));
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the ways of some parts with the amounts that are best at the price at which they keep just to the question: that price,
    /// zero if none is too low; nothing if all are.
    fn spent(&mut self, parts: &[Part], mu: f64) -> Option<f64> {
        let terms = Arc::clone(&self.terms);
        let ways: Vec<Way> = parts.iter().map(Way::of).collect();
        let search = Search::new(&terms, &self.planner.locks, &self.goal);
        let (mut low, mut high): (Side, Side) = (None, None);
        let mut at = libm::log(mu.clamp(LOW, HIGH));
        for _ in 0..PRICES {
            let mu = libm::exp(at);
            let value =
                search.at_price(&ways, mu / 1000.0).and_then(|ways| self.note(&parts::sent(&ways)))?;
            let excess = self.asked.excess(&value);
            if self.asked.keeps(&value) && excess.abs() <= SPENT {
                return Some(mu);
            }
            // The side that stays counts for half (Illinois).
            if excess > 0.0 {
                low = Some((at, excess));
                high = high.map(|(at, excess)| (at, excess / 2.0));
            } else {
                high = Some((at, excess));
                low = low.map(|(at, excess)| (at, excess / 2.0));
            }
            at = match (low, high) {
                (Some((one, over)), Some((other, under))) => {
                    let share = (over / (over - under)).clamp(0.01, 0.99);
                    if other - one < 1e-7 {
                        return Some(mu);
                    }
                    one + share * (other - one)
                }
                (Some(_), None) if mu >= HIGH => return None,
                (None, _) if mu <= LOW => return Some(0.0),
                (Some(_), None) => (at + libm::log(FAR) / 2.0).min(libm::log(HIGH)),
                _ => (at - libm::log(FAR) / 2.0).max(libm::log(LOW)),
            };
        }
        low.and(high).map(|_| libm::exp(at))
    }

    fn answer(self) -> Result<Tradeoff, PayError> {
        let gap = self.gap();
        let Self { planner, goal, asked, best, proven, refusal, .. } = self;
        let none = |answer, bound| Ok(Tradeoff { answer, mu: 0.0, bound, gap: f64::INFINITY });
        if let Some(refusal) = refusal {
            let bound = if matches!(refusal, PayAnswer::Infeasible(_)) { f64::INFINITY } else { 0.0 };
            return none(refusal, bound);
        }
        let Some(Proven { bound, mu, lower, proof }) = proven else {
            return none(PayAnswer::Blocked(Limit::Parts), 0.0);
        };
        let Some((_, parts)) = best else {
            let Asked::Likely(ln) = asked else { return none(PayAnswer::Blocked(Limit::Budget), bound) };
            let why = Obstacle::Probability { ln, within: (None, 0.0), proof };
            if check::obstacle(planner.graph, &goal, &why) {
                return none(PayAnswer::Infeasible(why), f64::INFINITY);
            }
            return none(PayAnswer::Blocked(Limit::Probability), bound);
        };
        let value = check::parts(planner.graph, &PartsGoal { mu, ..goal }, &parts)?;
        let lower_bound = lower.min(value.objective);
        Ok(Tradeoff {
            answer: PayAnswer::Plan(PaymentPlan { parts, value, lower_bound, proof }),
            mu,
            bound,
            gap,
        })
    }
}

/// A price strictly between one that is too low and one that is not: the one proposed if it is, else where the excess, along the
/// logarithm of the price, should be nought.
fn between(next: f64, (low, over): (f64, f64), (high, under): (f64, f64)) -> f64 {
    let mu = match next {
        next if low < next && next < high => next,
        next if next <= 0.0 && low <= 0.0 => 0.0,
        _ if low <= 0.0 => high / FAR,
        _ if high == f64::INFINITY => low * FAR,
        _ => low * libm::pow(high / low, (over / (over - under)).clamp(0.1, 0.9)),
    };
    if mu < LOW { 0.0 } else { mu.min(HIGH) }
}
