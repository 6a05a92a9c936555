//! Payments on tiny graphs against all ways to divide the amount among all simple ways: no bound is above any of them, a "no"
//! has none against it, and plans are hardly ever worse.

use crate::common::parts::{best, is_worse, node, simple_paths, tiny};
use feasible::Msat;
use feasible::check::{self, PartsGoal, PartsRules};
use feasible::law::Exponentials;
use feasible::payment::{PayAnswer, PaymentPlanner};
use feasible::random::Random;

const UNITS: u64 = 6;

#[test]
fn no_division_beats_the_bound() {
    let (mut plans, mut refused, mut blocked, mut worse) = (0, 0, 0, 0);
    let law = Exponentials::bimodal(4_000.0).unwrap();
    for case in 0..300_u64 {
        let random = Random::new(case);
        let graph = tiny(&random, case % 3 != 0);
        let amount = UNITS * (50 + random.below(0, 2_400));
        let mu = [0.0, 1e-4, 0.01, 0.3][usize::try_from(random.below(1, 4)).unwrap()];
        let mut rules = PartsRules::new();
        rules = if case % 5 == 0 { rules.availability(0.9) } else { rules };
        rules = if case % 7 == 0 { rules.law(&law) } else { rules };
        rules = if case % 11 == 0 { rules.htlc_limits(false) } else { rules };
        let goal = PartsGoal::new(node(0), node(3), Msat(amount), mu).rules(&rules);
        let mut paths = Vec::new();
        simple_paths(&graph, node(0), node(3), &mut Vec::new(), &mut Vec::new(), &mut paths);
        paths.truncate(7);
        let least = best(&graph, &goal, &paths, (amount / UNITS, UNITS), &mut Vec::new());
        match PaymentPlanner::new(&graph).work_limit(10_000_000).plan(&goal).unwrap() {
            PayAnswer::Plan(plan) => {
                plans += 1;
                worse += u32::from(is_worse(&graph, &goal, &plan, least, format_args!("case {case}")));
            }
            PayAnswer::Infeasible(why) => {
                refused += 1;
                assert!(check::obstacle(&graph, &goal, &why), "case {case}");
                assert!(least.is_infinite(), "case {case}");
            }
            _ => blocked += u32::from(least.is_finite()),
        }
    }
    println!(
        "{plans} plans, {refused} refused, {blocked} blocked with a way, {worse} worse by more than a thousandth"
    );
    assert!(plans > 150 && refused > 30, "{plans} {refused}");
    assert!(blocked * 50 <= plans && worse * 10 <= plans, "{blocked} {worse} of {plans}");
}
