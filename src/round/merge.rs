//! Good plans merged: a small tree over the touches in which they differ.
//!
//! The search keeps a few good plans that differ by more than one exchange ([`super::elite`]). What all of them touch is
//! made here; what none of them touches, and the relaxation by less than half, leaves the program; and a branch and
//! bound of a few nodes looks for a better plan among the rest (solution merging, Rothberg, INFORMS Journal on Computing
//! 19, 2007). Some 40 of 700 touches are left, so that a pivot takes next to nothing: most of the time went to flows and
//! roundings at the nodes, which bring no better plans, and the tree looks for known sets only. The best plan is all that
//! is kept: what the tree proves holds for what it was given.

use alloc::vec;
use alloc::vec::Vec;

use super::branch::{Limits, THOROUGH, prove};
use super::cuts::VIOLATED;
use super::linear::{Program, Rounds};
use super::search::Search;
use super::tableau::Linear;

/// Separation at a node.
const ROUNDS: Rounds =
    Rounds { most: 8, idle: 2, flows: false, roundings: false, slow: 0.0, tolerance: VIOLATED };
/// Entries of tableaux that pivots go through at most.
const ENTRIES: u64 = 30_000_000;
/// What the relaxation touches this far may be touched, whatever the plans say.
const LIKELY: f64 = 0.5;

/// Looks for a better plan between those kept with a tree of so many nodes, unless `most` is reached.
pub(super) fn merge(
    program: &mut Program<'_>,
    root: &Linear,
    search: &mut Search<'_>,
    nodes: u64,
    most: u64,
    go: &mut dyn FnMut() -> bool,
) {
    if nodes == 0 || search.best.objective >= most {
        return;
    }
    let mut plans = vec![0; search.model.slots.len()];
    for plan in search.elite.plans().iter().chain([&search.best]) {
        for (plans, &touched) in plans.iter_mut().zip(&plan.state.touched) {
            *plans += usize::from(touched);
        }
    }
    let all = search.elite.plans().len() + 1;
    let (mut void, mut made) = (vec![false; program.columns.count], Vec::new());
    for (y, plans) in program.columns.touch.iter().zip(plans) {
        if let &Some(y) = y {
            void[y] = plans == 0 && root.simplex.value(y) < LIKELY;
            made.extend((plans == all).then_some(y));
        }
    }
    let mut linear = root.without(|y| void[y]);
    for y in made {
        linear.make(y);
    }
    let limits = Limits { nodes, entries: ENTRIES, rounds: ROUNDS, trials: THOROUGH, near: 0.0 };
    prove(program, linear, search, limits, None, go);
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::round::bound::Relaxation;
    use crate::round::effort::Effort;
    use crate::round::generate::{Size, lightning};
    use crate::round::linear::Program;
    use crate::round::model::Model;
    use crate::round::planner::RoundPlanner;
    use crate::round::search::Search;
    use crate::round::state::State;

    const SIZE: Size = Size { nodes: 24, channels: 70, participants: 12, demands: 24, max_touches: 4 };

    /// Two plans make half each of the touches of the optimum. Where it lies between them it is found, elsewhere nothing gets worse.
    #[test]
    fn the_best_plan_between_those_kept_is_found() {
        let (mut between, mut better) = (0, 0);
        for seed in 0..60 {
            let round = lightning(SIZE, seed).unwrap();
            let model = Model::new(&round);
            let optimum = RoundPlanner::new().effort(Effort::Prove).plan(&round).unwrap();
            assert!(optimum.is_optimal());
            let mut search = Search::new(&model, seed);
            let relaxation = Relaxation::new(&model, &search.best.met);
            search.give_up(&relaxation.worth);
            let touched = |slot: &usize| {
                optimum.changes().touched.iter().any(|touch| touch.channel == model.slots[*slot].touch)
            };
            for half in 0..2 {
                let mut state = State::new(&model);
                for slot in (0..model.slots.len()).filter(touched).skip(half).step_by(2) {
                    search.touch(&mut state, slot, false);
                }
                for &demand in &search.hopeful.clone() {
                    search.serve(&mut state, demand, false, search.seed);
                }
                let plan = search.finish(state);
                search.offer(plan);
            }
            let (mut program, mut root) = Program::new(&round, &model, &relaxation.worth);
            program.solve(&mut root, &[], 0.0, super::ROUNDS, &mut || true);
            let before = search.best.objective;
            let plans = || search.elite.plans().iter().chain([&search.best]);
            let lies_between = (0..model.slots.len())
                .all(|slot| plans().any(|plan| plan.state.touched[slot] == touched(&slot)));
            merge(&mut program, &root, &mut search, 1000, u64::MAX, &mut || true);
            assert!(search.best.objective >= before && search.best.objective <= optimum.objective());
            if lies_between {
                assert_eq!(search.best.objective, optimum.objective(), "seed {seed}");
                between += 1;
                better += usize::from(before < search.best.objective);
            }
        }
        assert!(between > 20 && better > 5, "{between} {better}");
    }
}
