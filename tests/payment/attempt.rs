//! The payment loop on networks with hidden balances: every payment is delivered, or proven impossible.

use crate::common::hidden::Hidden;
use feasible::check::{self, PartsGoal, PartsRules};
use feasible::feasibility::{Decision, Payment};
use feasible::liquidity::generate;
use feasible::payment::{Attempt, Outcome, PayAnswer, PaymentPlanner, Step};
use feasible::random::Random;
use feasible::{ChannelGraph, Msat, NodeId};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

/// One attempt to its end: what it says instead of having delivered.
fn ended<'a>(
    graph: &ChannelGraph,
    hidden: &mut Hidden,
    goal: &PartsGoal<'a>,
    attempt: &mut Attempt<'a>,
) -> Option<PayAnswer> {
    for _ in 0..400 {
        match attempt.next().unwrap() {
            Step::Send(plan) => {
                assert!(plan.lower_bound <= plan.value.objective && plan.value.ln_probability.is_finite());
                for (number, part) in plan.parts.iter().enumerate() {
                    let amounts = check::part_amounts(graph, goal, number, part).unwrap();
                    attempt.report(number, hidden.send(graph, &part.path, &amounts)).unwrap();
                }
            }
            Step::Delivered => return None,
            Step::Over(answer) => return Some(answer),
            other => panic!("{other:?}"),
        }
    }
    panic!("it does not end");
}

/// Without fees the loop delivers exactly what the hidden balances allow, if what is locked is released when it keeps the rest from
/// being paid, and the next attempt begins with what was learned.
#[test]
fn delivers_or_proves_that_it_cannot() {
    let random = Random::new(7);
    let (mut delivered, mut refused, mut sent, mut again) = (0, 0, 0, 0);
    for case in 0..120_u64 {
        let graph = crate::common::hidden::without_policies(&generate::lightning(24, 70, case).unwrap());
        let mut hidden = Hidden::draw(&graph, case);
        let [s, t] = [0, 1].map(|i| usize::try_from(random.below(case * 4 + i, 24)).unwrap());
        if s == t {
            continue;
        }
        let most = graph.channels_of(node(s)).iter().map(|&c| graph.channel(c).capacity().0).sum::<u64>();
        let amount = Msat(1 + random.below(case * 4 + 2, most * 400));
        let goal = PartsGoal::new(node(s), node(t), amount, 1e-4);
        let mut attempt = Attempt::new(PaymentPlanner::new(&graph), goal);
        let proven = loop {
            let end = ended(&graph, &mut hidden, &goal, &mut attempt);
            sent += attempt.parts_sent();
            match end {
                None => {
                    assert_eq!(attempt.arrived().iter().map(|part| part.amount.0).sum::<u64>(), amount.0);
                    break false;
                }
                Some(PayAnswer::Infeasible(_)) if attempt.arrived().is_empty() => break true,
                Some(PayAnswer::Infeasible(_)) => {
                    again += 1;
                    hidden.release();
                    let known = attempt.finish(false).unwrap();
                    attempt = Attempt::with_knowledge(PaymentPlanner::new(&graph), goal, known);
                }
                Some(other) => panic!("case {case}: {other:?}"),
            }
        };
        if proven {
            refused += 1;
        } else {
            delivered += 1;
        }
        let mut open = graph.clone();
        hidden.reveal(&mut open);
        let decision = Payment::new(node(s), node(t), amount).decide(&open).unwrap();
        assert_eq!(matches!(decision, Decision::Feasible(_)), !proven, "case {case}");
        attempt.finish(!proven).unwrap();
    }
    println!("{delivered} delivered, {refused} refused, {sent} parts, {again} begun again");
    assert!(delivered > 30 && refused > 10, "{delivered} {refused}");
}

/// With fees and limits it ends too: with parts that keep all of them together, or with a proof, or the limit that binds.
#[test]
fn fees_and_limits_are_kept_over_all_steps() {
    let (mut delivered, mut refused, mut blocked, mut steps) = (0, 0, 0, 0);
    for case in 0..100_u64 {
        let random = Random::new(case + 300);
        let graph = generate::lightning(24, 70, case).unwrap();
        let mut hidden = Hidden::draw(&graph, case);
        let draw = |place: u64, below: u64| usize::try_from(random.below(place, below)).unwrap();
        let (s, t) = (draw(0, 24), draw(1, 24));
        if s == t {
            continue;
        }
        let most = graph.channels_of(node(s)).iter().map(|&c| graph.channel(c).capacity().0).sum::<u64>();
        let mut rules = PartsRules::new();
        rules = if draw(2, 2) == 0 { rules.max_parts(2 + draw(3, 6)) } else { rules };
        rules = if draw(4, 2) == 0 { rules.max_hops(3 + draw(5, 3)) } else { rules };
        rules = if draw(6, 3) == 0 { rules.max_cltv(40 + random.below(7, 400)) } else { rules };
        let goal = PartsGoal::new(node(s), node(t), Msat(1 + random.below(8, most * 300)), 1e-3);
        let goal = goal.rules(&rules);
        let mut attempt = Attempt::new(PaymentPlanner::new(&graph), goal);
        let end = ended(&graph, &mut hidden, &goal, &mut attempt);
        steps += attempt.parts_sent();
        match end {
            None => {
                delivered += 1;
                let value = check::parts(&graph, &goal, attempt.arrived()).unwrap();
                assert_eq!(value.amount, goal.amount, "{case}");
            }
            Some(PayAnswer::Infeasible(why)) => {
                refused += 1;
                if attempt.arrived().is_empty() {
                    let known = rules.clone().knowledge(attempt.knowledge());
                    assert!(check::obstacle(&graph, &goal.rules(&known), &why), "{case}");
                }
            }
            Some(PayAnswer::Blocked(_)) => blocked += 1,
            Some(other) => panic!("case {case}: {other:?}"),
        }
    }
    println!("{delivered} delivered, {refused} refused, {blocked} blocked, {steps} parts");
    assert!(delivered >= 25 && refused >= 10 && blocked * 4 <= refused, "{delivered} {refused} {blocked}");
}

#[test]
fn failures_nobody_can_place_end_too() {
    let graph = crate::common::hidden::without_policies(&generate::lightning(24, 70, 3).unwrap());
    let mut attempt =
        Attempt::new(PaymentPlanner::new(&graph), PartsGoal::new(node(1), node(9), Msat(1_000_000), 0.0));
    for _ in 0..500 {
        match attempt.next().unwrap() {
            Step::Send(plan) => {
                for number in 0..plan.parts.len() {
                    attempt.report(number, Outcome::Failed).unwrap();
                }
            }
            Step::Over(_) => return,
            other => panic!("{other:?}"),
        }
    }
    panic!("it does not end");
}
