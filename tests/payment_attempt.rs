//! The payment loop on networks with hidden balances: every payment is delivered, or proven impossible.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use common::hidden::Hidden;
use feasible::check::{self, PartsGoal};
use feasible::feasibility::{Decision, Payment};
use feasible::liquidity::generate;
use feasible::payment::{Attempt, Outcome, PayAnswer, PaymentPlanner, Step};
use feasible::random::Random;
use feasible::{Msat, NodeId};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

/// Without fees the loop delivers exactly what the hidden balances allow.
#[test]
fn delivers_or_proves_that_it_cannot() {
    let random = Random::new(7);
    let (mut delivered, mut refused, mut sent, mut warm) = (0, 0, 0, 0);
    for case in 0..120_u64 {
        let graph = common::hidden::without_policies(&generate::lightning(24, 70, case).unwrap());
        let hidden = Hidden::draw(&graph, case);
        let [s, t] = [0, 1].map(|i| usize::try_from(random.below(case * 4 + i, 24)).unwrap());
        if s == t {
            continue;
        }
        let most = graph.channels_of(node(s)).iter().map(|&c| graph.channel(c).capacity().0).sum::<u64>();
        let amount = Msat(1 + random.below(case * 4 + 2, most * 400));
        let mut hidden = hidden;
        let mut attempt =
            Attempt::new(PaymentPlanner::new(&graph), PartsGoal::new(node(s), node(t), amount, 1e-4));
        let mut steps = 0;
        let proven = loop {
            steps += 1;
            assert!(steps < 400, "case {case}");
            match attempt.next().unwrap() {
                Step::Send(plan) => {
                    assert!(
                        plan.lower_bound <= plan.value.objective && plan.value.ln_probability.is_finite()
                    );
                    for (number, part) in plan.parts.iter().enumerate() {
                        let goal = PartsGoal::new(node(s), node(t), amount, 0.0);
                        let amounts = check::part_amounts(&graph, &goal, number, part).unwrap();
                        attempt.report(number, hidden.send(&graph, &part.path, &amounts)).unwrap();
                    }
                }
                Step::Delivered => break false,
                Step::Over(PayAnswer::Infeasible(_)) => break true,
                other => panic!("case {case}: {other:?}"),
            }
        };
        warm += steps - 1;
        sent += attempt.parts_sent();
        if proven {
            refused += 1;
        } else {
            delivered += 1;
            assert_eq!(attempt.arrived().iter().map(|part| part.amount.0).sum::<u64>(), amount.0);
        }
        // Locked parts cannot be taken back, so a "no" may come although another choice of parts would have done.
        let mut open = graph.clone();
        hidden.reveal(&mut open);
        let decision = Payment::new(node(s), node(t), amount).decide(&open).unwrap();
        if !proven {
            assert!(matches!(decision, Decision::Feasible(_)), "case {case}");
        }
        attempt.finish(!proven).unwrap();
    }
    assert!(delivered > 30 && refused > 10, "{delivered} {refused}");
    println!("{delivered} delivered, {refused} refused, {sent} parts, {warm} further steps");
}

#[test]
fn failures_nobody_can_place_end_too() {
    let graph = common::hidden::without_policies(&generate::lightning(24, 70, 3).unwrap());
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
