//! Payments on tiny graphs against all ways to divide the amount among all simple ways: no bound is above any of them, a "no"
//! has none against it, and plans are hardly ever worse.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use feasible::check::{self, Part, PartsGoal, PartsRules};
use feasible::law::Exponentials;
use feasible::liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder, Direction, Policy};
use feasible::payment::{PayAnswer, PaymentPlanner};
use feasible::random::Random;
use feasible::{ChannelId, Msat, NodeId, Sat};

const NODES: usize = 4;
const UNITS: u64 = 6;
type Path = Vec<(ChannelId, Direction)>;

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

/// Channels with policies of every kind; `i` numbers the draws.
fn tiny(random: &Random, base: bool) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    for _ in 0..NODES {
        b.add_node().unwrap();
    }
    let below = |i, n| random.below(i, n);
    for channel in 0..6_u64 {
        let at = 100 + channel * 20;
        let u = usize::try_from(below(at, 4)).unwrap();
        let v = (u + 1 + usize::try_from(below(at + 1, 3)).unwrap()) % NODES;
        let capacity = 5 + below(at + 2, 20);
        let mut new = Channel::new(node(u), node(v), Sat(capacity));
        if below(at + 3, 3) == 0 {
            let lo = below(at + 4, capacity * 500);
            new = new.balance(Balance::Between { lo: Msat(lo), hi: Msat(lo + capacity * 500) });
        }
        for (side, direction) in Direction::BOTH.into_iter().enumerate() {
            let at = at + 5 + side as u64 * 6;
            let htlc_min = Msat([1, 1, 700, 2_500][usize::try_from(below(at, 4)).unwrap()]);
            new = new.policy(
                direction,
                Policy {
                    enabled: below(at + 1, 8) > 0,
                    base_fee: Msat(if base {
                        [0, 0, 300, 2_000][usize::try_from(below(at + 2, 4)).unwrap()]
                    } else {
                        0
                    }),
                    ppm: [0, 100, 20_000][usize::try_from(below(at + 3, 3)).unwrap()],
                    htlc_min,
                    htlc_max: Msat(htlc_min.0 + 2_000 + below(at + 4, 20_000)),
                    cltv_delta: 40,
                },
            );
        }
        b.add_channel(new).unwrap();
    }
    b.build()
}

fn simple_paths(
    graph: &ChannelGraph,
    at: NodeId,
    to: NodeId,
    seen: &mut Vec<NodeId>,
    path: &mut Path,
    all: &mut Vec<Path>,
) {
    if at == to {
        all.push(path.clone());
        return;
    }
    seen.push(at);
    for &id in graph.channels_of(at) {
        let channel = graph.channel(id);
        let direction = if channel.a() == at { Direction::AToB } else { Direction::BToA };
        let next = channel.receiver(direction);
        if !seen.contains(&next) {
            path.push((id, direction));
            simple_paths(graph, next, to, seen, path, all);
            path.pop();
        }
    }
    seen.pop();
}

/// The least objective over all divisions into `UNITS` equal units.
fn best(graph: &ChannelGraph, goal: &PartsGoal<'_>, paths: &[Path], left: u64, parts: &mut Vec<Part>) -> f64 {
    let unit = goal.amount.0 / UNITS;
    if left == 0 {
        let value = check::parts(graph, goal, parts);
        return value.map_or(f64::INFINITY, |value| value.objective);
    }
    let Some((path, rest)) = paths.split_first() else { return f64::INFINITY };
    let mut least = best(graph, goal, rest, left, parts);
    for units in 1..=left {
        parts.push(Part { amount: Msat(unit * units), path: path.clone() });
        least = least.min(best(graph, goal, rest, left - units, parts));
        parts.pop();
    }
    least
}

#[test]
fn no_division_beats_the_bound() {
    let (mut plans, mut refused, mut blocked, mut worse) = (0, 0, 0, 0);
    let law = Exponentials::bimodal(4_000.0).unwrap();
    for case in 0..900_u64 {
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
        let least = best(&graph, &goal, &paths, UNITS, &mut Vec::new());
        match PaymentPlanner::new(&graph).work_limit(10_000_000).plan(&goal).unwrap() {
            PayAnswer::Plan(plan) => {
                plans += 1;
                let value = check::parts(&graph, &goal, &plan.parts).unwrap();
                assert_eq!((value, value.amount), (plan.value, goal.amount), "case {case}");
                assert!(plan.lower_bound <= value.objective, "case {case}");
                assert!(
                    plan.lower_bound <= least * (1.0 + 1e-12) + 1e-12,
                    "case {case}: {} {least}",
                    plan.lower_bound
                );
                worse += u32::from(value.objective > least * 1.001 + 1e-9);
            }
            PayAnswer::Infeasible(nodes) => {
                refused += 1;
                assert!(check::parts_cut(&graph, &goal, &nodes), "case {case}");
                assert!(least.is_infinite(), "case {case}");
            }
            _ => blocked += u32::from(least.is_finite()),
        }
    }
    println!(
        "{plans} plans, {refused} refused, {blocked} blocked with a way, {worse} worse by more than a thousandth"
    );
    assert!(plans > 200 && refused > 100, "{plans} {refused}");
    assert!(blocked * 50 <= plans && worse * 10 <= plans, "{blocked} {worse} of {plans}");
}
