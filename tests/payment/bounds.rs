//! Dual bounds of payments on random graphs (thousands with `FEASIBLE_CASES=3000`) with policies of every kind, without brute force: what a plan proves
//! holds against the parts of linearisations in 5 and 40 pieces too, whatever is known of the objective, and none of these
//! finds anything better.

use crate::common::parts::{node, proven, tiny};
use feasible::check::{self, PartsGoal, PartsRules};
use feasible::law::Exponentials;
use feasible::liquidity::{Channel, ChannelGraph, ChannelGraphBuilder, Direction, Policy};
use feasible::payment::{Curve, PayAnswer, PaymentPlan, PaymentPlanner};
use feasible::random::Random;
use feasible::{Msat, Sat};

/// Graphs on which several parts share directions with base fees.
fn shared(random: &Random) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    for _ in 0..8 {
        b.add_node().unwrap();
    }
    for channel in 0..20_u64 {
        let below = |i, n| random.below(1_000 + channel * 30 + i, n);
        let u = usize::try_from(below(0, 8)).unwrap();
        let v = (u + 1 + usize::try_from(below(1, 7)).unwrap()) % 8;
        let capacity = 1_000 << below(2, 8);
        let mut new = Channel::new(node(u), node(v), Sat(capacity));
        for (side, direction) in Direction::BOTH.into_iter().enumerate() {
            let below = |i, n| below(3 + side as u64 * 6 + i, n);
            let base_fee = Msat([0, 1, 100, 1_000][usize::try_from(below(0, 4)).unwrap()]);
            let ppm = u32::try_from(below(1, 3) * 300).unwrap();
            let htlc_max = Msat(capacity * [1_000, 990, 300, 40][usize::try_from(below(2, 4)).unwrap()]);
            let policy = Policy { enabled: true, base_fee, ppm, htlc_min: Msat(1), htlc_max, cltv_delta: 40 };
            new = new.policy(direction, policy);
        }
        b.add_channel(new).unwrap();
    }
    b.build()
}

fn planned<'a>(planner: &PaymentPlanner<'a>, goal: &PartsGoal<'a>) -> Option<PaymentPlan> {
    match planner.plan(goal).unwrap() {
        PayAnswer::Plan(plan) => Some(plan),
        PayAnswer::Infeasible(_) | PayAnswer::Blocked(_) => None,
        other => panic!("{other:?}"),
    }
}

/// Of plans: how many, how many within 1e-6, how often compared with one in pieces, and the sum of gaps.
fn compared(graph: &ChannelGraph, goal: &PartsGoal<'_>, compare: bool, tally: &mut (u32, u32, u32, f64)) {
    let planner = PaymentPlanner::new(graph).work_limit(20_000_000);
    let Some(plan) = planned(&planner, goal) else { return };
    proven(graph, goal, &plan);
    let value = plan.value.objective;
    tally.0 += 1;
    tally.1 += u32::from(value - plan.lower_bound <= 1e-6 * value);
    tally.3 += (value - plan.lower_bound) / value.max(1e-9);
    if !compare {
        return;
    }
    for curve in [Curve::Pieces(5), Curve::Pieces(40)] {
        let Some(other) = planned(&planner.clone().curve(curve), goal) else { continue };
        let found = check::parts(graph, goal, &other.parts).unwrap().objective;
        assert!(plan.lower_bound <= found * (1.0 + 1e-12) && other.lower_bound <= value * (1.0 + 1e-12));
        // Base fees of the order of the amount: even then no linearisation has a better plan.
        assert!(value <= found * (1.0 + 1e-6), "{curve:?}: {value} {found}");
        tally.2 += 1;
    }
}

#[test]
fn bounds_hold_against_every_planner() {
    let law = Exponentials::bimodal(40_000.0).unwrap();
    let mut tally = (0, 0, 0, 0.0);
    // FEASIBLE_CASES for more, some tens of milliseconds each.
    let cases = std::env::var("FEASIBLE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    for case in 0..cases {
        let random = Random::new(case + 90_000_u64);
        let tiny_one = case % 4 == 0;
        let graph = if tiny_one { tiny(&random, true) } else { shared(&random) };
        let most = if tiny_one { 15_000 } else { 100_000 };
        let amount = Msat(1 + random.below(0, 1 << random.below(1, 18)) * most / 20_000);
        let mu = [0.0, 1e-5, 1e-4, 0.01][usize::try_from(random.below(2, 4)).unwrap()];
        let mut rules = PartsRules::new();
        rules = if case % 7 == 0 { rules.law(&law) } else { rules };
        rules = if case % 9 == 0 { rules.availability(0.98) } else { rules };
        compared(
            &graph,
            &PartsGoal::new(node(0), node(3), amount, mu).rules(&rules),
            case % 8 == 0,
            &mut tally,
        );
    }
    let (plans, tight, compared, gaps) = tally;
    println!(
        "{plans} plans, {tight} within 1e-6, mean gap {}, none of {compared} worse than one in pieces",
        gaps / f64::from(plans)
    );
    assert!(u64::from(plans) * 4 > cases * 3 && tight * 5 > plans, "{plans} {tight}");
}
