//! Refinement of good plans by the relaxation: most touches of a plan are made, and a dive chooses the others.
//!
//! Where the search drops some touches and refills them demand by demand, the relaxation weighs what all demands would
//! get (relaxation induced neighbourhoods, Danna, Rothberg and Le Pape, Math. Programming 102, 2005, here with touches
//! freed at random). It starts from where the last one ended, since two neighbourhoods of a plan share most touches:
//! some 100 pivots instead of 200, and looks at known cuts only. A neighbourhood costs as much as some 15 iterations of
//! the search. That pays where the search has settled: 40 of them after 100 iterations give plans of 12 value rounds
//! 3.0 % below the best known, 400 iterations 4.2, but at equal time no flavour gains, so only a proof asks for them.

use alloc::vec::Vec;

use super::branch::cutoff;
use super::cuts::VIOLATED;
use super::dive::dive;
use super::linear::{Program, Rounds};
use super::search::Search;
use super::simplex::Status;
use super::tableau::Linear;
use crate::random::Random;

/// Separation before a dive.
const ROUNDS: Rounds =
    Rounds { most: 6, idle: 3, flows: false, roundings: false, slow: 0.0, tolerance: VIOLATED };
/// Pivots of a dive at most.
const PIVOTS: u64 = 150;
/// Touches freed at least, and how many counts there are from there on.
const FREED: [u64; 2] = [3, 4];

/// Looks at so many neighbourhoods of the best plans, unless `most` is reached.
pub(super) fn refine(
    program: &mut Program<'_>,
    mut linear: Linear,
    search: &mut Search<'_>,
    tries: u64,
    most: u64,
    go: &mut dyn FnMut() -> bool,
) {
    let seed = search.seed.stream(u64::MAX - 1);
    let mut made: Vec<usize> = Vec::new();
    for turn in 0..tries {
        if search.best.objective >= most || !go() {
            return;
        }
        let kept = kept(search, seed.stream(turn));
        for &slot in made.iter().chain(&kept) {
            if let Some(y) = program.columns.touch[slot] {
                match kept.contains(&slot) {
                    true if !linear.makes(y) => linear.make(y),
                    false => linear.unmake(y),
                    true => {}
                }
            }
        }
        made = kept;
        let status = program.solve(&mut linear, &[], cutoff(search, None), ROUNDS, &mut || true);
        if !matches!(status, Status::Empty | Status::Cutoff) {
            search.pass(program.point(&linear));
            dive(program, linear.clone(), search, None, PIVOTS, &mut || true);
        }
    }
}

/// The touches of the best plan or another good one, without some.
fn kept(search: &Search<'_>, noise: Random) -> Vec<usize> {
    let other = if noise.below(0, 2) == 0 { None } else { search.elite.any(noise.stream(1)) };
    let touched = &other.unwrap_or(&search.best).state.touched;
    let slots = (0..touched.len()).filter(|&slot| touched[slot]);
    let mut keyed: Vec<(u64, usize)> = slots.map(|slot| (noise.bits(4 + slot as u64), slot)).collect();
    keyed.sort_unstable();
    let freed = usize::try_from(FREED[0] + noise.below(2, FREED[1])).unwrap_or(0);
    keyed.into_iter().skip(freed).map(|(_, slot)| slot).collect()
}
