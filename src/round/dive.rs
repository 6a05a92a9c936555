//! Dives: from the relaxation to a plan by fixing touches one after the other.

use alloc::vec::Vec;

use super::branch::cutoff;
use super::cuts::VIOLATED;
use super::linear::{Program, Rounds};
use super::search::Search;
use super::simplex::Status;
use super::tableau::Linear;

/// A touch that the relaxation makes at least this far is made.
const SURE: f64 = 0.9;
/// Touches made less are not made.
const LEAST: f64 = 1e-6;
/// Separation after a step.
const ROUNDS: Rounds =
    Rounds { most: 6, idle: 6, flows: false, roundings: false, slow: 0.0, tolerance: VIOLATED };

/// Fixes touches until the relaxation is integral in them, cannot beat the best plan or has taken so many pivots,
/// carrying out the point of every step. Rows come from known sets: of 300 flows in a dive 2 found a new one.
pub(super) fn dive(
    program: &mut Program<'_>,
    mut linear: Linear,
    search: &mut Search<'_>,
    goal: Option<u64>,
    pivots: u64,
    go: &mut dyn FnMut() -> bool,
) {
    let last = linear.simplex.pivots.saturating_add(pivots);
    let columns: Vec<usize> = program.columns.touch.iter().flatten().copied().collect();
    while linear.simplex.pivots <= last && go() {
        let value = |y: &usize| linear.simplex.value(*y);
        let open = |y: &&usize| !linear.makes(**y) && value(y) > LEAST;
        let (mut chosen, rest): (Vec<usize>, Vec<usize>) =
            columns.iter().filter(open).partition(|y| value(y) >= SURE);
        chosen.extend(rest.into_iter().max_by(|a, b| value(a).total_cmp(&value(b)).then(b.cmp(a))));
        if chosen.is_empty() {
            return;
        }
        for y in chosen {
            linear.make(y);
        }
        let status = program.solve(&mut linear, &[], cutoff(search, goal), ROUNDS, &mut || true);
        if matches!(status, Status::Empty | Status::Cutoff) {
            return;
        }
        search.pass(program.point(&linear));
    }
}
