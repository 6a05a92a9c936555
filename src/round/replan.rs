//! Planning again when somebody drops out in the middle of a round.
//!
//! The others have agreed to a plan and wait, so the new one is to be found in a fraction of the time, as near to the old one as
//! possible, and not to be proven from scratch:
//!
//! * the old plan's amounts are carried out as far as the rules still let them, and what got lost is served again, where touches
//!   of the old plan cost less than others;
//! * a few iterations of the search follow; a plan that is not better does not replace a nearer one;
//! * multipliers prove a bound whatever the right-hand sides are (the theorem with [`UpperBound`]), so the old cuts and cases,
//!   checked against the new round, prove one without solving anything. What they name and the new round lacks is left out.

use alloc::vec::Vec;

use super::bound::{Relaxation, keep};
use super::certificate::{Case, Choice, DemandCut, Multipliers, UpperBound};
use super::instance::Round;
use super::model::Model;
use super::plan::{Changes, Touch};
use super::planner::{Done, Plan, RoundPlanner};
use super::search::Search;
use crate::check::bound_value;
use crate::id::{DemandId, DemandMap};
use crate::solve::{Progress, SolveError, Watcher};

/// Iterations at most; measured, more of them improve one plan in ten by one demand.
const ITERATIONS: u64 = 12;

impl RoundPlanner {
    /// A new plan for a round that has lost something since an old plan was made for it, such as a participant
    /// ([`Round::without`]) or some channels ([`Round::veto`]): at least as good as what is left of the old plan, near to it, in a
    /// fraction of the time of [`plan`](Self::plan). The bound is the old proof applied to the new round, so it may be wider
    /// than a new one.
    ///
    /// ```
    /// use feasible::RoundPlanner;
    /// use feasible::round::generate::{Size, lightning};
    /// let size = Size { nodes: 60, channels: 180, participants: 20, demands: 30, max_touches: 6 };
    /// let round = lightning(size, 1)?;
    /// let planner = RoundPlanner::new();
    /// let plan = planner.plan(&round)?;
    /// let gone = round.nodes().find(|&n| round.participates(n) && n != round.rules().server).unwrap();
    /// let again = planner.replan(&round.without(gone)?, &plan, &mut |_| core::ops::ControlFlow::Continue(()))?;
    /// assert!(again.objective() <= again.bound().value);
    /// assert!(again.bound().value <= plan.bound().value);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`SolveError::Uncertified`] if the plan failed its check.
    pub fn replan(&self, round: &Round, old: &Plan, watcher: Watcher<'_>) -> Result<Plan, SolveError> {
        let model = Model::new(round);
        let mut search = Search::new(&model, self.seed);
        let before = DemandMap::from_vec(search.best.met.clone());
        let relaxation = Relaxation::new(&model, &search.best.met);
        let proof = carried_over(round, old, relaxation)?;
        let point = search.remembered(old.changes());
        search.stay_near(point);
        let nearest = search.best.clone();
        let (mut iterations, mut cut_off) = (0, false);
        while iterations < ITERATIONS && search.best.objective < proof.value {
            cut_off = watcher(Progress::new(iterations)).is_break();
            if cut_off {
                break;
            }
            iterations += 1;
            search.step();
        }
        if search.best.objective == nearest.objective {
            search.best = nearest;
        }
        Plan::checked(round, &model, search, proof, Done { before, iterations, cut_off })
    }
}

/// The old proof in the new round, or the trivial one if that is better.
fn carried_over(round: &Round, old: &Plan, relaxation: Relaxation) -> Result<UpperBound, SolveError> {
    let trivial = relaxation.certify(round, None, Multipliers::default(), Vec::new())?;
    let mut bound = UpperBound { hopeless: trivial.hopeless.clone(), ..old.bound().clone() };
    let lost: Vec<Touch> = old.touchable().iter().copied().filter(|&touch| !round.touchable(touch)).collect();
    for cut in &mut bound.cuts {
        let apart = lost.iter().copied().filter(|touch| !cut.kept.contains(touch));
        cut.apart.extend(apart);
    }
    for rounding in &mut bound.roundings {
        rounding.apart.extend(&lost);
    }
    keep_rows(round, &mut bound);
    let hopeless: Vec<DemandId> = bound.hopeless.iter().flat_map(|cut| cut.demands.iter().copied()).collect();
    follow(round, &hopeless, &mut bound.cases);
    match bound_value(round, &bound) {
        Ok(value) if value < trivial.value => Ok(UpperBound { value, ..bound }),
        _ => Ok(trivial),
    }
}

/// Goes on with "no" where a case asks about a channel that may not be touched any more, the funds of one
/// who left or a demand that has become hopeless.
fn follow(round: &Round, hopeless: &[DemandId], cases: &mut [Case]) {
    for at in 0..cases.len() {
        while let Case::Branch { on, no, .. } = cases[at] {
            let gone = match on {
                Choice::Touch(touch) | Choice::Open(touch) | Choice::Sendable { channel: touch, .. } => {
                    !round.touchable(touch)
                }
                Choice::Funds(user) => !round.participates(user),
                Choice::Demand(demand) => hopeless.contains(&demand),
            };
            let next = no as usize;
            if !gone || next <= at || next >= cases.len() {
                break;
            }
            // What is left behind is out of reach.
            cases[at] = core::mem::replace(&mut cases[next], Case::Leaf(Multipliers::default()));
        }
    }
}

/// Drops from cuts the demands that can pass them in the round, cuts without demands, and multipliers of what it lacks.
fn keep_rows(round: &Round, bound: &mut UpperBound) {
    let mut kept = Vec::with_capacity(bound.cuts.len());
    for cut in &mut bound.cuts {
        let demands = cut.demands.iter().copied().filter(|&demand| lacks(round, cut, demand)).collect();
        cut.demands = demands;
        kept.push(!cut.demands.is_empty());
    }
    let roundings = alloc::vec![true; bound.roundings.len()];
    keep(bound, &kept, roundings);
}

/// Whether a demand cannot pass a cut over channels that may not be touched or are kept.
fn lacks(round: &Round, cut: &DemandCut, id: DemandId) -> bool {
    let Some(demand) = round.demands().get(id.index()) else { return false };
    let mut room = crate::amount::Sat::ZERO;
    for touch in round.touches() {
        let Some((u, v, old_u, old_v)) = round.ends(touch) else { continue };
        let held = match round.touchable(touch) {
            true if cut.kept.contains(&touch) => [old_u, old_v],
            true => continue,
            false if cut.apart.contains(&touch) => continue,
            false => round.balances(id, touch).unwrap_or_default(),
        };
        let balance = match (cut.sender_side.get(u), cut.sender_side.get(v)) {
            (Some(true), Some(false)) => held[0],
            (Some(false), Some(true)) => held[1],
            _ => continue,
        };
        room = room.saturating_add(balance.saturating_sub(round.rules().reserve));
    }
    room < demand.amount
}

impl Plan {
    /// How far other changes are from those of the plan: channels touched by only one of them, and channels that both touch
    /// and leave with different balances.
    #[must_use]
    pub fn distance(&self, changes: &Changes) -> usize {
        let find = |list: &Changes, touch: Touch| list.touched.iter().copied().find(|r| r.channel == touch);
        let own = self.changes();
        let changed = own.touched.iter().filter(|r| find(changes, r.channel) != Some(**r)).count();
        changed + changes.touched.iter().filter(|r| find(own, r.channel).is_none()).count()
    }
}
