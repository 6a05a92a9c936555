//! Budgets, several senders and receivers, hints, rebalancing, batches: against brute force and against what must hold.

use crate::common::parts::{Path, node, simple_paths, tiny};
use feasible::check::{self, Part, PartsGoal, PartsRules};
use feasible::liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder, Direction, Policy, generate};
use feasible::payment::{BatchAnswer, Edge, EdgeError, PayAnswer, PayError, PaymentPlanner, within};
use feasible::random::Random;
use feasible::{Msat, NodeId, Sat};

/// Nothing that fits a budget delivers more along a way that the plan uses, and what is planned fits.
#[test]
fn budgets_are_spent() {
    let (mut plans, mut exact, mut refused) = (0, 0, 0);
    for case in 0..60_u64 {
        let random = Random::new(case + 90);
        let graph = generate::lightning(30, 90, case).unwrap();
        let ends = [0, 1].map(|i| node(usize::try_from(random.below(i, 30)).unwrap()));
        if ends[0] == ends[1] {
            continue;
        }
        let budget = Msat(1 + random.below(2, 40_000_000));
        let goal = PartsGoal::new(ends[0], ends[1], Msat(0), 1e-4);
        match PaymentPlanner::new(&graph).spend(&goal, budget).unwrap() {
            PayAnswer::Plan(plan) => {
                plans += 1;
                let sent = plan.value.amount.0 + plan.value.fee.0;
                assert!(sent <= budget.0, "{case}");
                let goal = PartsGoal { amount: plan.value.amount, ..goal };
                assert_eq!(check::parts(&graph, &goal, &plan.parts).unwrap(), plan.value);
                assert!(plan.lower_bound <= plan.value.objective);
                exact += u32::from(sent + 2 >= budget.0);
                // The plan for one unit more than fits is dearer or there is none.
                let more =
                    PartsGoal { amount: Msat(plan.value.amount.0 + plan.value.amount.0 / 50 + 1), ..goal };
                if let PayAnswer::Plan(other) = PaymentPlanner::new(&graph).plan(&more).unwrap() {
                    let other = other.value.amount.0 + other.value.fee.0;
                    assert!(other > budget.0, "{case}: {other} {budget}");
                }
            }
            _ => refused += 1,
        }
    }
    println!("{plans} plans, {exact} use all but 2 msat, {refused} refused");
    assert!(plans > 25 && exact * 10 >= plans * 6, "{plans} {exact}");
}

fn line(capacities: &[u64]) -> ChannelGraphBuilder {
    let mut b = ChannelGraphBuilder::new();
    let mut at = b.add_node().unwrap();
    for &capacity in capacities {
        let next = b.add_node().unwrap();
        b.add_channel(Channel::new(at, next, Sat(capacity))).unwrap();
        at = next;
    }
    b
}

const TERMS: Policy = Policy {
    enabled: true,
    base_fee: Msat(10),
    ppm: 1_000,
    htlc_min: Msat(1),
    htlc_max: Msat(50_000),
    cltv_delta: 40,
};

#[test]
fn hints_lead_to_who_is_not_announced() {
    let graph = line(&[100, 100]).build();
    let mut edge = Edge::new(&graph);
    let hidden = edge.node().unwrap();
    edge.hint(node(2), hidden, Msat(80_000), TERMS).unwrap();
    let wide = edge.build();
    let goal = |amount| PartsGoal::new(node(0), hidden, Msat(amount), 0.0);
    let PayAnswer::Plan(plan) = PaymentPlanner::new(&wide).plan(&goal(60_000)).unwrap() else { panic!() };
    assert!(plan.parts.len() >= 2 && plan.value.fee >= Msat(80));
    // The hint carries what it says for certain: two channels risk something, it does not.
    let sent = 60_000.0 + plan.value.fee.0 as f64;
    let p = ((100_001.0 - sent) / 100_001.0_f64).powi(2);
    assert!((plan.value.ln_probability - p.ln()).abs() < 1e-3, "{plan:?}");
    assert!(matches!(PaymentPlanner::new(&wide).plan(&goal(80_001)).unwrap(), PayAnswer::Infeasible(_)));
}

/// Several receivers take at most their share, several senders give at most theirs, and ways are those of the graph.
#[test]
fn several_ends_act_as_one() {
    for case in 0..40 {
        let graph = generate::lightning(30, 120, case).unwrap();
        let random = Random::new(case);
        let amount = 1_000 + random.below(0, 2_000_000);
        let mut edge = Edge::new(&graph);
        let shares = [amount / 2, amount / 3 + 1, amount / 3 + 1];
        let of = |first: usize| [0, 1, 2].map(|i| (node(first + i), Msat(shares[i])));
        let from = edge.senders(&of(3)).unwrap();
        let to = edge.receivers(&of(12)).unwrap();
        let joint = edge.build();
        let goal = PartsGoal::new(from, to, Msat(amount), 1e-4);
        let PayAnswer::Plan(plan) = PaymentPlanner::new(&joint).plan(&goal).unwrap() else { continue };
        assert_eq!(check::parts(&joint, &goal, &plan.parts).unwrap(), plan.value);
        let mut taken = [0; 3];
        for part in &plan.parts {
            let inner = within(&graph, part);
            let (first, way) = inner.path[0];
            assert!((3..6).contains(&graph.channel(first).sender(way).index()));
            let (last, way) = *inner.path.last().unwrap();
            taken[graph.channel(last).receiver(way).index() - 12] += part.amount.0;
        }
        assert!(taken.iter().zip(shares).all(|(taken, share)| *taken <= share), "{taken:?}");
    }
}

#[test]
fn rebalancing_moves_towards_the_targets() {
    let mut moved = 0;
    for case in 0..30 {
        let base = generate::lightning(20, 80, case).unwrap();
        let me = node(2);
        let mut b = ChannelGraphBuilder::new();
        for _ in base.nodes() {
            b.add_node().unwrap();
        }
        for (place, id) in base.channels().enumerate() {
            let channel = *base.channel(id);
            let own = channel.a() == me || channel.b() == me;
            let all = channel.capacity().0 * 1000;
            let known = Balance::Known(Msat(if place % 2 == 0 { all } else { 0 }));
            b.add_channel(if own { channel.balance(known) } else { channel }).unwrap();
        }
        let graph = b.build();
        let half = |&id: &feasible::ChannelId| (id, Msat(graph.channel(id).capacity().0 * 500));
        let targets: Vec<_> = graph.channels_of(me).iter().map(half).collect();
        let mut edge = Edge::new(&graph);
        let (again, most) = match edge.rebalance(me, &targets) {
            Err(EdgeError::Balanced) => continue,
            other => other.unwrap(),
        };
        let circle = edge.build();
        let goal = PartsGoal::new(me, again, Msat(most.0 / 4 + 1), 1e-4);
        let PayAnswer::Plan(plan) = PaymentPlanner::new(&circle).plan(&goal).unwrap() else { continue };
        moved += 1;
        assert_eq!(check::parts(&circle, &goal, &plan.parts).unwrap(), plan.value);
        let mut balance: Vec<i128> = targets.iter().map(|&(id, _)| owned(&graph, id, me)).collect();
        let before = balance.clone();
        for part in &plan.parts {
            let amounts = check::part_amounts(&circle, &goal, 0, part).unwrap();
            for ((id, _), amount) in [(part.path[0], amounts[0]), (*part.path.last().unwrap(), part.amount)] {
                let place = targets.iter().position(|target| target.0 == id).unwrap();
                let sign = if id == part.path[0].0 { -1 } else { 1 };
                balance[place] += sign * i128::from(amount.0);
            }
        }
        for ((now, before), (_, target)) in balance.iter().zip(&before).zip(&targets) {
            let target = i128::from(target.0);
            assert!((now - target).abs() <= (before - target).abs());
        }
    }
    assert!(moved > 5, "{moved}");
    let graph = line(&[100]).build();
    let unknown = Edge::new(&graph).rebalance(node(0), &[(graph.channels().next().unwrap(), Msat(1))]);
    assert!(matches!(unknown, Err(EdgeError::NotOwn { .. })));
}

fn owned(graph: &ChannelGraph, id: feasible::ChannelId, node: NodeId) -> i128 {
    let channel = graph.channel(id);
    let side = if channel.a() == node { Direction::AToB } else { Direction::BToA };
    channel.owned(side).certain.0.into()
}

/// All ways to divide two payments in units among their ways.
fn best_pair(graph: &ChannelGraph, goals: &[PartsGoal<'_>; 2], ways: &[Vec<Path>; 2], units: u64) -> f64 {
    fn divide(left: u64, ways: &[Path], unit: u64, parts: &mut Vec<Part>, done: &mut dyn FnMut(&[Part])) {
        match ways.split_first() {
            _ if left == 0 => done(parts),
            None => {}
            Some((way, rest)) => {
                divide(left, rest, unit, parts, done);
                for units in 1..=left {
                    parts.push(Part { amount: Msat(unit * units), path: way.clone() });
                    divide(left - units, rest, unit, parts, done);
                    parts.pop();
                }
            }
        }
    }
    let mut least = f64::INFINITY;
    divide(units, &ways[0], goals[0].amount.0 / units, &mut Vec::new(), &mut |one| {
        divide(units, &ways[1], goals[1].amount.0 / units, &mut Vec::new(), &mut |other| {
            if let Ok(value) = check::batch(graph, &[(goals[0], one), (goals[1], other)]) {
                least = least.min(value.objective);
            }
        });
    });
    least
}

#[test]
fn no_pair_of_payments_beats_the_bound_of_a_batch() {
    let (mut plans, mut refused, mut missed, mut worse, mut unproven) = (0, 0, 0, 0, 0);
    for case in 0..150_u64 {
        let random = Random::new(case + 31_000);
        let graph = tiny(&random, case % 2 == 0);
        let mu = [0.0, 1e-3, 0.1][usize::try_from(random.below(1, 3)).unwrap()];
        let rules = if case % 4 == 0 { PartsRules::new().max_hops(2) } else { PartsRules::new() };
        let goal = |i, from, to| {
            PartsGoal::new(node(from), node(to), Msat(3 * (50 + random.below(i, 2_500))), mu).rules(&rules)
        };
        let goals = [goal(2, 0, 3), goal(3, usize::from(case % 3 != 0), 2)];
        let ways = goals.map(|goal| {
            let mut paths = Vec::new();
            simple_paths(&graph, goal.sender, goal.receiver, &mut Vec::new(), &mut Vec::new(), &mut paths);
            paths.truncate(4);
            paths
        });
        let least = best_pair(&graph, &goals, &ways, 3);
        match PaymentPlanner::new(&graph).work_limit(20_000_000).batch(&goals).unwrap() {
            BatchAnswer::Plan(plan) => {
                plans += 1;
                let sets = [(goals[0], &plan.parts[0][..]), (goals[1], &plan.parts[1][..])];
                let value = check::batch(&graph, &sets).unwrap();
                assert_eq!(value, plan.value);
                assert_eq!(value.amount.0, goals[0].amount.0 + goals[1].amount.0);
                assert!(
                    plan.lower_bound <= value.objective && plan.lower_bound <= least * (1.0 + 1e-12) + 1e-12
                );
                let bound = check::prices_bound(&graph, &goals, &plan.prices, value.objective);
                assert!(plan.lower_bound <= bound * (1.0 + 1e-12));
                worse += u32::from(value.objective > least * 1.001 + 1e-9);
            }
            BatchAnswer::Infeasible(tolls) => {
                refused += 1;
                assert!(check::tolls(&graph, &goals, &tolls) && least.is_infinite(), "case {case}");
            }
            _ => {
                missed += u32::from(least.is_finite());
                unproven += u32::from(least.is_infinite());
            }
        }
    }
    println!(
        "{plans} plans, {worse} worse, {refused} refused, {missed} missed, {unproven} not found without proof"
    );
    assert!(plans > 50 && refused > 25, "{plans} {refused}");
    assert!(missed * 30 <= plans && worse * 10 <= plans, "{missed} {worse}");
}

#[test]
fn a_batch_of_one_is_a_payment() {
    let planner_graph = generate::lightning(60, 240, 4).unwrap();
    let planner = PaymentPlanner::new(&planner_graph);
    let mut compared = 0;
    for (from, to) in [(1, 20), (3, 40), (7, 9), (12, 55)] {
        let goal = PartsGoal::new(node(from), node(to), Msat(30_000_000), 0.0);
        let (Ok(PayAnswer::Plan(plan)), Ok(BatchAnswer::Plan(batch))) =
            (planner.plan(&goal), planner.batch(&[goal]))
        else {
            continue;
        };
        compared += 1;
        assert!(batch.value.objective <= plan.value.objective * (1.0 + 1e-5) + 1e-9, "{from} {to}");
        assert!(
            batch.lower_bound >= plan.lower_bound * (1.0 - 1e-4) - 1e-9,
            "{} {}",
            batch.lower_bound,
            plan.lower_bound
        );
    }
    assert!(compared > 1);
    let [one, other] = [1e-4, 1e-3].map(|mu| PartsGoal::new(node(1), node(2), Msat(1), mu));
    assert_eq!(planner.batch(&[one, other]), Err(PayError::Batch));
}
