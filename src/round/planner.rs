//! The planner: options in, a checked plan with a proven bound out.

use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::bound::Relaxation;
use super::branch::{Limits, prove};
use super::certificate::{Case, Multipliers, UpperBound};
use super::dive::dive;
use super::effort::{Effort, Work};
use super::instance::Round;
use super::linear::Program;
use super::merge::merge;
use super::model::Model;
use super::plan::{Changes, DemandFlows, Money, Reshape, Touch};
use super::refine::refine;
use super::search::Search;
use super::simplex::Status;
use super::solution::Solution;
use super::tableau::Linear;
use crate::amount::Sat;
use crate::check;
use crate::id::{DemandId, DemandMap, id_at};
use crate::solve::{Progress, SolveError, Watcher};

/// Plans rounds. See the [module page](super).
///
/// ```
/// use feasible::{RoundPlanner, Sat};
/// use feasible::round::{Demand, RoundBuilder, Rules};
/// let mut b = RoundBuilder::new();
/// let server = b.add_participant(Sat(50_000))?;
/// let user = b.add_participant(Sat(0))?;
/// b.add_candidate(server, user)?;
/// b.add_demand(Demand { sender: server, receiver: user, amount: Sat(30_000), weight: 1 })?;
/// let round = b.build(Rules {
///     max_touches: 1,
///     capacity_min: Sat(20_000),
///     capacity_max: Sat(16_777_215),
///     reserve: Sat(0),
///     touch_fee: Sat(0),
///     front_budget: Sat(50_000),
///     server,
///     prices: None,
/// })?;
/// let plan = RoundPlanner::new().plan(&round)?;
/// assert_eq!(plan.objective(), 1);
/// assert_eq!(plan.bound().value, 1); // nothing better exists
/// assert_eq!(plan.fronted(), Sat(30_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundPlanner {
    effort: Effort,
    pub(super) seed: u64,
}

/// A plan that passed its check, with a bound that passed its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    changes: Changes,
    flows: DemandFlows,
    objective: u64,
    fronted: Sat,
    price: Sat,
    bound: UpperBound,
    before: DemandMap<bool>,
    iterations: u64,
    cut_off: bool,
    /// What could be touched in its round.
    touchable: Vec<Touch>,
}

impl RoundPlanner {
    /// Normal effort, seed 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { effort: Effort::Normal, seed: 0 }
    }

    /// Sets the effort.
    #[must_use]
    pub const fn effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// Sets the seed; the plan is a function of round, effort and seed.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Plans the round: never worse than doing nothing.
    ///
    /// # Errors
    ///
    /// [`SolveError::Uncertified`] if the plan failed its check.
    pub fn plan(&self, round: &Round) -> Result<Plan, SolveError> {
        self.plan_watched(round, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`plan`](Self::plan), calling `watcher` after every iteration (the unit of work); if it breaks,
    /// the best plan so far is the answer and [`Plan::cut_off`] says so.
    ///
    /// # Errors
    ///
    /// [`SolveError::Uncertified`] if the plan failed its check.
    pub fn plan_watched(&self, round: &Round, watcher: Watcher<'_>) -> Result<Plan, SolveError> {
        self.run(round, &Changes::default(), None, watcher)
    }

    /// As [`plan`](Self::plan), starting from the changes of an earlier plan: for a round that has changed
    /// a little since, such as by [`Round::without`] a participant. What the rules do not allow any more is left
    /// out, so the new plan is at least as good as the rest of the old one.
    ///
    /// ```
    /// use feasible::RoundPlanner;
    /// use feasible::round::Effort;
    /// use feasible::round::generate::{Size, lightning};
    /// let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 6 };
    /// let round = lightning(size, 1)?;
    /// let planner = RoundPlanner::new().effort(Effort::Quick);
    /// let plan = planner.plan(&round)?;
    /// let gone = round.nodes().find(|&n| round.participates(n) && n != round.rules().server).unwrap();
    /// let fewer = round.without(gone)?;
    /// let again = planner.plan_from(&fewer, plan.changes())?;
    /// assert!(again.objective() <= again.bound().value);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SolveError::Uncertified`] if the plan failed its check.
    pub fn plan_from(&self, round: &Round, changes: &Changes) -> Result<Plan, SolveError> {
        self.run(round, changes, None, &mut |_| ControlFlow::Continue(()))
    }

    /// Plans from some changes on; with a goal only whether a plan can be worth that much is of interest.
    pub(super) fn run(
        &self,
        round: &Round,
        from: &Changes,
        goal: Option<u64>,
        watcher: Watcher<'_>,
    ) -> Result<Plan, SolveError> {
        let model = Model::new(round);
        let mut search = Search::new(&model, self.seed);
        let before = DemandMap::from_vec(search.best.met.clone());
        let relaxation = Relaxation::new(&model, &search.best.met);
        search.give_up(&relaxation.worth);
        if !from.touched.is_empty() {
            search.start_from(from);
        }
        let mut run = Run { limits: self.effort.work(&model), work: 0, cut_off: false, goal, watcher };
        let proof = if relaxation.trivial() <= search.best.objective {
            relaxation.certify(round, None, Multipliers::default(), Vec::new())?
        } else {
            let (mut program, root) = Program::new(round, &model, &relaxation.worth);
            let (root, cases) = run.plan(&mut search, &mut program, root);
            relaxation.certify(round, Some(program), root, cases)?
        };
        Plan::checked(
            round,
            &model,
            search,
            proof,
            Done { before, iterations: run.work, cut_off: run.cut_off },
        )
    }
}

/// What a run notes of itself.
pub(super) struct Done {
    pub(super) before: DemandMap<bool>,
    pub(super) iterations: u64,
    pub(super) cut_off: bool,
}

/// A run of the planner: search, relaxation and proof under one meter.
struct Run<'a> {
    limits: Work,
    work: u64,
    cut_off: bool,
    goal: Option<u64>,
    watcher: Watcher<'a>,
}

impl Run<'_> {
    /// Counts a unit of work; false once the watcher has ended the run.
    fn go(&mut self) -> bool {
        self.cut_off = self.cut_off || (self.watcher)(Progress::new(self.work)).is_break();
        if !self.cut_off {
            self.work += 1;
        }
        !self.cut_off
    }

    /// Searches from the relaxation and returns its multipliers and the cases of the proof.
    fn plan(
        &mut self,
        search: &mut Search<'_>,
        program: &mut Program<'_>,
        mut root: Linear,
    ) -> (Multipliers, Vec<Case>) {
        let rounds = self.limits.rounds;
        program.solve(&mut root, &[], 0.0, rounds, &mut || self.go());
        let bound = program.bound(&root);
        let most = self.goal.map_or(bound, |goal| if bound < goal { 0 } else { goal.min(bound) });
        let point = program.point(&root);
        let multipliers = program.multipliers(&root, Status::Optimal, 0.0);
        search.carry_out(&point);
        let goal = self.goal;
        dive(program, root.clone(), search, goal, self.limits.pivots, &mut || self.go());
        search.guide(point);
        for _ in 0..self.limits.iterations {
            if search.best.objective >= most || !self.go() {
                break;
            }
            search.step();
        }
        search.exchange(self.limits.moves, most, &mut || self.go());
        merge(program, &root, search, self.limits.merging, most, &mut || self.go());
        refine(program, root.clone(), search, self.limits.refinements, most, &mut || self.go());
        let decided = self.goal.is_some_and(|goal| search.best.objective >= goal);
        let nodes = if self.cut_off || decided { 0 } else { self.limits.proof.nodes };
        let limits = Limits { nodes, ..self.limits.proof };
        (multipliers, prove(program, root, search, limits, self.goal, &mut || self.go()))
    }
}

fn flows(model: &Model, search: &mut Search<'_>, solution: &Solution) -> DemandFlows {
    let flow = |demand: usize| {
        if !search.oracle.met(model, &solution.state.liquidity, demand) {
            return None;
        }
        Some(model.sent(search.oracle.flow(demand)))
    };
    (0..model.wants.len()).map(flow).collect()
}

fn changes(model: &Model, solution: Solution) -> Changes {
    let mut state = solution.state;
    let mut touched = Vec::new();
    for (i, slot) in model.slots.iter().enumerate().filter(|(i, _)| state.touched[*i]) {
        let closed = matches!(slot.touch, Touch::Existing(_)) && state.sendable(model, i) == 0;
        let balance = |side: usize| state.liquidity[model.arc(i, side)] + model.reserve;
        let balances = if closed { [0, 0] } else { [balance(0), balance(1)] };
        if closed && !state.closed[i] {
            for end in slot.ends {
                state.hand[end] += model.reserve;
            }
        }
        let [balance_u, balance_v] = balances.map(positive);
        touched.push(Reshape { channel: slot.touch, balance_u, balance_v });
    }
    let money = |amounts: &[i64]| -> Vec<Money> {
        let owners = amounts.iter().enumerate().filter(|(_, amount)| **amount > 0);
        owners.map(|(node, &amount)| Money { node: id_at(node), amount: positive(amount) }).collect()
    };
    Changes { used_free: money(&state.brought), change: money(&state.hand), touched }
}

fn positive(amount: i64) -> Sat {
    Sat(u64::try_from(amount).unwrap_or(0))
}

impl Plan {
    /// The best plan of a search with its bound, both checked.
    pub(super) fn checked(
        round: &Round,
        model: &Model,
        mut search: Search<'_>,
        bound: UpperBound,
        done: Done,
    ) -> Result<Self, SolveError> {
        let best = search.best.clone();
        let flows = flows(model, &mut search, &best);
        let changes = changes(model, best);
        let verdict = check::plan(round, &changes, &flows)?;
        check::bound(round, &bound)?;
        let check::Verdict { objective, fronted, price } = verdict;
        let Done { before, iterations, cut_off } = done;
        let touchable = round.touches().filter(|&touch| round.touchable(touch)).collect();
        Ok(Self { changes, flows, objective, fronted, price, bound, before, iterations, cut_off, touchable })
    }

    /// What the round does.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// For each demand that is feasible afterwards a flow that pays it alone.
    #[must_use]
    pub fn flows(&self) -> &DemandFlows {
        &self.flows
    }

    /// Whether a demand is feasible after the round.
    #[must_use]
    pub fn feasible(&self, demand: DemandId) -> bool {
        self.flows.get(demand).is_some_and(Option::is_some)
    }

    /// The demands that were feasible before the round and are not afterwards, by id.
    pub fn collateral(&self) -> impl Iterator<Item = DemandId> + '_ {
        let lost = |&(id, before): &(DemandId, &bool)| *before && !self.feasible(id);
        self.before.iter().filter(lost).map(|(id, _)| id)
    }

    /// Whether a demand was feasible before the round.
    #[must_use]
    pub fn feasible_before(&self, demand: DemandId) -> bool {
        self.before.get(demand) == Some(&true)
    }

    /// The weights of all demands that are feasible afterwards.
    #[must_use]
    pub fn objective(&self) -> u64 {
        self.objective
    }

    /// What the server fronts.
    #[must_use]
    pub fn fronted(&self) -> Sat {
        self.fronted
    }

    /// The price of all touches; nothing if the round has no prices.
    #[must_use]
    pub fn price(&self) -> Sat {
        self.price
    }

    /// The proof that no plan is worth more than its value.
    #[must_use]
    pub fn bound(&self) -> &UpperBound {
        &self.bound
    }

    /// Whether the objective meets the bound.
    #[must_use]
    pub fn is_optimal(&self) -> bool {
        self.objective == self.bound.value
    }

    pub(super) fn touchable(&self) -> &[Touch] {
        &self.touchable
    }

    /// The iterations done.
    #[must_use]
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    /// Whether the watcher ended the search.
    #[must_use]
    pub fn cut_off(&self) -> bool {
        self.cut_off
    }
}
