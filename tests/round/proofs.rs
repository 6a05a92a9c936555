//! Proofs of rounds that take hundreds of cases and thousands of pivots.

use std::ops::ControlFlow;

use crate::instances::{class, round};
use feasible::round::{Effort, Plan, Round};
use feasible::{Progress, RoundPlanner, check};

/// A proof that is stopped after so much work.
fn stopped(round: &Round, most: u64) -> Plan {
    let mut watch = |progress: Progress| {
        if progress.work < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let plan = RoundPlanner::new().effort(Effort::Prove).plan_watched(round, &mut watch).unwrap();
    check::plan(round, plan.changes(), plan.flows()).unwrap();
    check::bound(round, plan.bound()).unwrap();
    plan
}

/// Small pivots spoil the simplex in the first of these, which is proven once what they spoil is made again. What is open
/// when the work ends is proven by what was known above it, so that longer proofs bound no worse.
#[test]
fn a_longer_proof_bounds_no_worse() {
    for seed in [6, 15] {
        let round = round(&class("medium-value"), seed);
        let whole = stopped(&round, u64::MAX);
        assert!(whole.is_optimal(), "seed {seed}");
        assert!(whole.bound().cases.len() > 20, "seed {seed}");
        let (mut most, mut bound) = (whole.iterations(), whole.bound().value);
        while most > 0 {
            most = most * 2 / 3;
            let plan = stopped(&round, most);
            assert!(plan.cut_off());
            assert!(plan.bound().value >= bound, "seed {seed}, {most}");
            bound = plan.bound().value;
        }
        assert!(bound > whole.bound().value, "seed {seed}");
    }
}
