//! Payments in parts on tiny graphs, and the best of all divisions among listed ways.

use std::fmt::Display;

use feasible::check::{self, Part, PartsGoal};
use feasible::liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder, Direction, Policy};
use feasible::payment::PaymentPlan;
use feasible::random::Random;
use feasible::{ChannelId, Msat, NodeId, Sat};

const NODES: usize = 4;
pub type Path = Vec<(ChannelId, Direction)>;

/// A node by index.
pub fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

/// Channels with policies of every kind; `i` numbers the draws.
pub fn tiny(random: &Random, base: bool) -> ChannelGraph {
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

/// All simple ways.
pub fn simple_paths(
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

/// The least objective over all divisions into equal units, one part for each entry of `paths`.
pub fn best(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    paths: &[Path],
    (unit, left): (u64, u64),
    parts: &mut Vec<Part>,
) -> f64 {
    if left == 0 {
        let value = check::parts(graph, goal, parts);
        return value.map_or(f64::INFINITY, |value| value.objective);
    }
    let Some((path, rest)) = paths.split_first() else { return f64::INFINITY };
    let mut least = best(graph, goal, rest, (unit, left), parts);
    for units in 1..=left {
        parts.push(Part { amount: Msat(unit * units), path: path.clone() });
        least = least.min(best(graph, goal, rest, (unit, left - units), parts));
        parts.pop();
    }
    least
}

/// Checks a plan, and that its bound is not above the best set of parts, `least`; returns whether that is better by more
/// than a thousandth.
pub fn is_worse(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    plan: &PaymentPlan,
    least: f64,
    case: impl Display,
) -> bool {
    proven(graph, goal, plan);
    assert!(plan.lower_bound <= least * (1.0 + 1e-12) + 1e-12, "{case}: {plan:?} {least}");
    plan.value.objective > least * 1.001 + 1e-9
}

/// Checks a plan: its parts are worth what it says, and its bound is what its potentials, cases or prices prove. Whatever is
/// known of the objective, no bound from them is above that of a set of parts that is no worse.
pub fn proven(graph: &ChannelGraph, goal: &PartsGoal<'_>, plan: &PaymentPlan) {
    let value = check::parts(graph, goal, &plan.parts).unwrap();
    assert_eq!((value, value.amount), (plan.value, goal.amount));
    let found = value.objective;
    let bounds = |known: f64| {
        [
            check::parts_bound(graph, goal, &plan.proof.potentials, known),
            check::branch_bound(graph, goal, &plan.proof.branches, known),
            check::prices_bound(graph, &[*goal], &plan.proof.prices, known),
            check::largest_part_bound(graph, goal),
        ]
    };
    let most = check::objective_bound(graph, goal, &plan.proof);
    assert_eq!(plan.proof.known, found);
    assert!(most <= bounds(found).into_iter().fold(0.0, f64::max));
    assert!(
        plan.lower_bound <= found && plan.lower_bound <= most * (1.0 + 1e-12),
        "{} {most}",
        plan.lower_bound
    );
    for known in [1.0001, 1.01, 1.5].map(|factor| found * factor) {
        let bounds = bounds(known);
        assert!(bounds.iter().all(|&bound| bound <= found * (1.0 + 1e-12)), "{known} {found} {bounds:?}");
    }
}
