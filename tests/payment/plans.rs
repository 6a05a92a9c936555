//! Payments in parts: brute force on tiny graphs, bounds on random ones, limits, amounts at both ends.

use feasible::check::{self, Obstacle, PartsGoal, PartsRules};
use feasible::liquidity::{Channel, ChannelGraph, ChannelGraphBuilder, Direction, Policy, generate};
use feasible::payment::{Curve, PayAnswer, PayError, PaymentPlan, PaymentPlanner};
use feasible::random::Random;
use feasible::{Msat, NodeId, Sat, SolveError};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

fn policy(base: u64, ppm: u32, min: u64, max: u64) -> Policy {
    let (base_fee, htlc_min, htlc_max) = (Msat(base), Msat(min), Msat(max));
    Policy { enabled: true, base_fee, ppm, htlc_min, htlc_max, cltv_delta: 40 }
}

fn graph(nodes: usize, channels: &[(usize, usize, u64, Option<Policy>)]) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    for _ in 0..nodes {
        b.add_node().unwrap();
    }
    for &(u, v, capacity, policy) in channels {
        let mut channel = Channel::new(node(u), node(v), Sat(capacity));
        if let Some(policy) = policy {
            channel = channel.policy(Direction::AToB, policy).policy(Direction::BToA, policy);
        }
        b.add_channel(channel).unwrap();
    }
    b.build()
}

fn goal(s: usize, t: usize, amount: u64, mu: f64) -> PartsGoal<'static> {
    PartsGoal::new(node(s), node(t), Msat(amount), mu)
}

fn checked(graph: &ChannelGraph, goal: &PartsGoal<'_>, plan: &PaymentPlan) {
    let value = check::parts(graph, goal, &plan.parts).unwrap();
    assert_eq!(value, plan.value);
    assert_eq!(value.amount, goal.amount);
    assert!(value.objective.is_finite() && plan.lower_bound <= value.objective);
    let bound = check::objective_bound(graph, goal, &plan.proof);
    assert!(plan.lower_bound <= bound);
}

fn planned(graph: &ChannelGraph, goal: &PartsGoal<'static>) -> PaymentPlan {
    match PaymentPlanner::new(graph).plan(goal).unwrap() {
        PayAnswer::Plan(plan) => {
            checked(graph, goal, &plan);
            plan
        }
        other => panic!("{other:?}"),
    }
}

/// Parallel channels without fees: every split in whole satoshi is tried.
#[test]
fn parallel_channels_match_brute_force() {
    let random = Random::new(1);
    for case in 0..40 {
        let cap = |i: u64| 5 + random.below(case * 9 + i, 30);
        let (a, b, c) = (cap(0), cap(1), cap(2));
        let graph = graph(2, &[(0, 1, a, None), (0, 1, b, None), (0, 1, c, None)]);
        let total = 1 + random.below(case * 9 + 3, a + b + c);
        let plan = planned(&graph, &goal(0, 1, total * 1000, 0.0));
        let cost = |capacity: u64, f: u64| {
            let whole = capacity as f64 * 1000.0 + 1.0;
            -((whole - f as f64 * 1000.0) / whole).ln()
        };
        let mut best = f64::INFINITY;
        for x in 0..=a.min(total) {
            for y in 0..=b.min(total - x) {
                if total - x - y <= c {
                    best = best.min(cost(a, x) + cost(b, y) + cost(c, total - x - y));
                }
            }
        }
        assert!(plan.value.objective <= best * (1.0 + 1e-4) + 1e-9, "{case}: {plan:?} {best}");
        assert!(plan.lower_bound <= best + 1e-9, "{case}");
    }
}

/// Every single path of generated graphs is a payment, so no bound may exceed it; and gaps are small without fees.
#[test]
fn bounds_hold_on_random_graphs() {
    let random = Random::new(2);
    let (mut plans, mut tight) = (0, 0);
    for case in 0..300_u64 {
        let graph = generate::lightning(30, 80, case).unwrap();
        let [s, t] = [0, 1].map(|i| usize::try_from(random.below(case * 4 + i, 30)).unwrap());
        if s == t {
            continue;
        }
        let largest =
            graph.channels_of(node(s)).iter().map(|&c| graph.channel(c).capacity().0).max().unwrap();
        let goal = goal(s, t, 1 + random.below(case * 4 + 2, largest * 300), 0.0);
        match PaymentPlanner::new(&graph).plan(&goal).unwrap() {
            PayAnswer::Plan(plan) => {
                checked(&graph, &goal, &plan);
                plans += 1;
                tight += u32::from(plan.value.objective - plan.lower_bound <= 1e-6 * plan.value.objective);
                let part = check::Part { amount: goal.amount, path: plan.parts[0].path.clone() };
                if let Ok(single) = check::parts(&graph, &goal, &[part]) {
                    assert!(plan.lower_bound <= single.objective);
                }
            }
            PayAnswer::Infeasible(why) => assert!(check::obstacle(&graph, &goal, &why)),
            PayAnswer::Blocked(_) => {}
            _ => unreachable!(),
        }
    }
    assert!(plans > 100, "{plans}");
    println!("{tight} of {plans} within 1e-6");
}

#[test]
fn fees_and_limits_are_kept() {
    let large = u64::MAX;
    // Fees grow upstream: 1 % of 10_000 and then of 10_100, rounded up.
    let line = [(0, 1, 100, None), (1, 2, 100, Some(policy(0, 10_000, 1, large)))];
    let end = (2, 3, 100, Some(policy(0, 10_000, 1, large)));
    let plan = planned(&graph(4, &[line[0], line[1], end]), &goal(0, 3, 10_000, 1e-4));
    assert_eq!(plan.value.fee, Msat(201));
    // The HTLC maximum is one of a part, not of a channel.
    let plan = planned(&graph(2, &[(0, 1, 100, Some(policy(0, 0, 1, 3_000)))]), &goal(0, 1, 10_000, 0.0));
    assert!(plan.parts.len() >= 4 && plan.parts.iter().all(|part| part.amount <= Msat(3_000)));
    // Below every minimum there is nothing; more than there is has a cut.
    let high = graph(2, &[(0, 1, 100, Some(policy(0, 0, 5_000, large)))]);
    let answer = |g: &ChannelGraph, goal| PaymentPlanner::new(g).plan(&goal).unwrap();
    let cut = PayAnswer::Infeasible(Obstacle::Cut(vec![node(0)]));
    assert_eq!(answer(&high, goal(0, 1, 4_999, 0.0)), cut);
    assert_eq!(answer(&high, goal(0, 1, 100_001, 0.0)), cut);
    planned(&high, &goal(0, 1, 5_000, 0.0));
    // Of two equal channels one is used if there may be one part only.
    let twins = graph(2, &[(0, 1, 100, None), (0, 1, 100, None)]);
    let rules = PartsRules::new().max_parts(1);
    let PayAnswer::Plan(one) =
        PaymentPlanner::new(&twins).plan(&goal(0, 1, 80_000, 0.0).rules(&rules)).unwrap()
    else {
        panic!("one part is enough")
    };
    assert_eq!(one.parts.len(), 1);
}

#[test]
fn amounts_from_one_to_all() {
    let all = Sat::SUPPLY.0;
    let wide = graph(3, &[(0, 1, all / 2, None), (1, 2, all / 2, None)]);
    assert_eq!(planned(&wide, &goal(0, 2, 1, 1e-4)).parts.len(), 1);
    planned(&wide, &goal(0, 2, all / 2 * 1000, 1e-4));
    let two = graph(2, &[(0, 1, all, None)]);
    assert_eq!(planned(&two, &goal(0, 1, all * 1000, 0.0)).value.amount, Msat::SUPPLY);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let two = graph(2, &[(0, 1, 5, None)]);
    let ask = |goal| PaymentPlanner::new(&two).plan(&goal).unwrap_err();
    assert_eq!(ask(goal(0, 0, 1, 0.0)), PayError::Solve(SolveError::SameTerminals { node: node(0) }));
    assert_eq!(ask(goal(0, 9, 1, 0.0)), PayError::Solve(SolveError::UnknownNode { node: node(9), nodes: 2 }));
    assert!(matches!(ask(goal(0, 1, 0, 0.0)), PayError::Solve(SolveError::Amount { .. })));
    assert_eq!(ask(goal(0, 1, 1, f64::NAN)), PayError::Mu);
    let tired = PaymentPlanner::new(&two).work_limit(0).plan(&goal(0, 1, 1, 0.0)).unwrap_err();
    assert_eq!(tired, PayError::Solve(SolveError::WorkLimit { limit: 0 }));
}

/// The bound of a plan in pieces is one of the true problem, close enough to show what the pieces lose.
#[test]
fn plans_in_pieces_have_the_true_bound() {
    let random = Random::new(11);
    let (mut plans, mut lost) = (0, 0);
    for case in 0..12 {
        let draw = |i: u64, most: u64| random.below(case * 1_000 + i, most);
        let end = |i: u64| usize::try_from(draw(i, 8)).unwrap();
        let ring = (0..8).map(|i| (i, (i + 1) % 8));
        let pairs = ring.chain((0..16).map(|i| (end(2 * i), end(2 * i + 1)))).filter(|pair| pair.0 != pair.1);
        let channels: Vec<_> = (0_u64..)
            .zip(pairs)
            .map(|(i, (u, v))| {
                let policy = policy(0, u32::try_from(draw(100 + i, 500)).unwrap(), 1, u64::MAX);
                (u, v, 100_000 + draw(200 + i, 900_000), Some(policy))
            })
            .collect();
        let graph = graph(8, &channels);
        let goal = goal(0, 4, 200_000_000, 1e-3);
        let planner = PaymentPlanner::new(&graph);
        let pieces = planner.clone().curve(Curve::Pieces(3)).plan(&goal).unwrap();
        let (PayAnswer::Plan(pieces), PayAnswer::Plan(exact)) = (pieces, planner.plan(&goal).unwrap()) else {
            continue;
        };
        checked(&graph, &goal, &pieces);
        let (bound, least) = (pieces.lower_bound, exact.lower_bound);
        assert!(bound <= exact.value.objective * (1.0 + 1e-12), "{case}");
        assert!(bound > 0.99 * least, "{case}: {bound} {least}");
        plans += 1;
        lost += u32::from(pieces.value.objective > exact.value.objective * 1.001);
    }
    println!("{plans} plans, {lost} worse by a thousandth");
    assert!(plans >= 5 && lost >= 1, "{plans} {lost}");
}
