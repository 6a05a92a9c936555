//! Payments of 0.1 BTC between random nodes with channels of 1 to 5 BTC on the public graph, if `FEASIBLE_DATA` names a directory
//! with it (else 0.01 BTC on a generated one): every answer is checked before anything is said of it. Time, proven gap, and
//! the objective beside that of a linearisation in 40 equal secants over the amount, solved to optimality as a minimum-cost
//! flow, its parts valued as they are to be sent.
//!
//! `cargo bench --bench payment_pairs -- [PAIRS] [SEED] [MU] [CASES] [SCALE] [--secants] [--no-base] [--each]
//! [--within=SHARE]`; SCALE, in satoshi, is that of a bimodal law in place of the uniform one; with a share, each plan is followed by
//! the likeliest one for that share of its fee, and the cheapest one that is as likely to that power.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::std_instead_of_alloc
)]

mod common;

use std::time::Instant;

use common::public_with_policies;
use feasible::check::{self, Part, PartsGoal, PartsRules};
use feasible::decomposition::decompose;
use feasible::law::Exponentials;
use feasible::liquidity::{ChannelGraphBuilder, Direction, Policy, generate};
use feasible::payment::{PayAnswer, PayError, PaymentPlan, PaymentPlanner, Tradeoff};
use feasible::random::Random;
use feasible::{ChannelGraph, ChannelId, MinCostFlow, Msat, NetworkBuilder, NodeId, PiecewiseCost};

const SECANTS: i64 = 40;
/// Nats per satoshi become integers by this factor.
const SCALE: f64 = 1e13;

/// What the answer claims, proven again; the gap.
fn checked(graph: &ChannelGraph, goal: &PartsGoal<'_>, plan: &PaymentPlan) -> f64 {
    let value = check::parts(graph, goal, &plan.parts).unwrap();
    assert_eq!((value, value.amount), (plan.value, goal.amount));
    let (known, bound) = (value.objective, check::objective_bound(graph, goal, &plan.proof));
    assert!(plan.lower_bound <= bound * (1.0 + 1e-12), "{} {bound}", plan.lower_bound);
    (known - plan.lower_bound) / known
}

/// The optimum of the linearisation as parts, and what they are worth; infinite if they cannot be sent.
fn secants(graph: &ChannelGraph, goal: &PartsGoal<'_>) -> f64 {
    let amount = (goal.amount.0 / 1000) as i64;
    let mut b = NetworkBuilder::<i64>::new();
    for at in graph.nodes() {
        let supply = i64::from(at == goal.sender) - i64::from(at == goal.receiver);
        b.add_node(supply * amount).unwrap();
    }
    let mut directions: Vec<(ChannelId, Direction)> = Vec::new();
    for id in graph.channels() {
        let channel = graph.channel(id);
        for direction in Direction::BOTH {
            let policy = channel.terms(direction).filter(|p| p.enabled && p.htlc_min <= goal.amount);
            let possible = channel.liquidity(direction).possible.0 / 1000;
            let Some(policy) = policy.filter(|_| possible > 1) else { continue };
            let room = (possible as i64 - 1).min(amount);
            let own = channel.sender(direction) == goal.sender;
            let fee = if own { 0.0 } else { goal.mu * f64::from(policy.ppm) * 1e-6 };
            let ln = |flow: i64| ((possible + 1) as f64 / (possible as f64 + 1.0 - flow as f64)).ln();
            let pieces = SECANTS.min(room);
            let at = |piece: i64| (i128::from(room) * i128::from(piece) / i128::from(pieces)) as i64;
            let slope = |piece: i64| {
                let (from, to) = (at(piece), at(piece + 1));
                ((fee + (ln(to) - ln(from)) / (to - from) as f64) * SCALE) as i64
            };
            let bends = (1..pieces).map(|piece| (at(piece), slope(piece)));
            let cost = PiecewiseCost::new(slope(0), bends).unwrap();
            b.add_arc(channel.sender(direction), channel.receiver(direction), 0..=room, cost).unwrap();
            directions.push((id, direction));
        }
    }
    let network = b.build().unwrap();
    let Ok(flow) = MinCostFlow::new().solve(&network).unwrap().optimal() else { return f64::INFINITY };
    check::optimal(&network, flow.flows(), flow.potentials(), flow.cost()).unwrap();
    let mut parts = Vec::new();
    for path in decompose(&network, flow.flows()).unwrap().paths {
        let hops: Vec<_> = path.steps.iter().map(|step| directions[step.arc.index()]).collect();
        let most = hops.iter().map(|&(id, way)| graph.channel(id).terms(way).unwrap().htlc_max.0).min();
        // Room for fees upstream.
        let amount = u64::try_from(path.amount).unwrap() * 1000;
        let count = amount.div_ceil((most.unwrap() / 100 * 98).max(1));
        let of = |i| Msat(amount / count + u64::from(i < amount % count));
        parts.extend((0..count).map(|i| Part { amount: of(i), path: hops.clone() }));
    }
    check::parts(graph, goal, &parts).map_or(f64::INFINITY, |value| value.objective)
}

/// The same graph without base fees.
fn proportional(graph: &ChannelGraph) -> ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    for _ in graph.nodes() {
        b.add_node().unwrap();
    }
    for id in graph.channels() {
        let mut channel = *graph.channel(id);
        for direction in Direction::BOTH {
            if let Some(policy) = channel.terms(direction) {
                channel = channel.policy(direction, Policy { base_fee: Msat::ZERO, ..policy });
            }
        }
        b.add_channel(channel).unwrap();
    }
    b.build()
}

/// Questions about fee or probability: time, times that of a plan, and gap.
#[derive(Default)]
struct Within {
    times: Vec<f64>,
    ratios: Vec<f64>,
    gaps: Vec<f64>,
    refused: usize,
}

impl Within {
    fn ask(
        &mut self,
        graph: &ChannelGraph,
        goal: &PartsGoal<'_>,
        (plan, each): (f64, bool),
        question: impl FnOnce() -> Result<Tradeoff, PayError>,
    ) {
        let begin = Instant::now();
        let found = question().unwrap();
        let time = begin.elapsed().as_secs_f64() * 1e3;
        if each {
            println!("    gap {:.1e} at mu {:.2e}, {time:.1} ms", found.gap, found.mu);
        }
        match found.answer {
            PayAnswer::Plan(plan) => {
                checked(graph, &PartsGoal { mu: found.mu, ..*goal }, &plan);
                self.gaps.push(found.gap);
            }
            PayAnswer::Infeasible(why) => {
                assert!(check::obstacle(graph, goal, &why));
                self.refused += 1;
            }
            other => println!("    {other:?}"),
        }
        self.times.push(time);
        self.ratios.push(time / plan);
    }

    fn tell(&mut self, what: &str) {
        let three = |of: &mut Vec<f64>| [0.0, 0.5, 1.0].map(|share| middle(of, share));
        let [low, time, high] = three(&mut self.times);
        println!("{what}: {} proven impossible, ms: median {time:.1} ({low:.1} to {high:.1})", self.refused);
        let [low, ratio, high] = three(&mut self.ratios);
        println!("    times that of a plan: median {ratio:.2} ({low:.2} to {high:.2})");
        let tight = self.gaps.iter().filter(|&&gap| gap <= 1e-3).count();
        let [low, gap, high] = three(&mut self.gaps);
        println!(
            "    gap: median {gap:.1e} ({low:.1e} to {high:.1e}), {tight} of {} within 1e-3",
            self.gaps.len()
        );
    }
}

fn middle(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(((values.len() - 1) as f64 * share) as usize).copied().unwrap_or(f64::NAN)
}

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse::<f64>().ok());
    let mut number = |otherwise: f64| numbers.next().unwrap_or(otherwise);
    let (count, seed) = (number(50.0) as usize, number(1.0) as u64);
    let (mu, cases, scale) = (number(1e-4), number(f64::NAN), number(0.0));
    let has = |word: &str| std::env::args().any(|arg| arg == word);
    let (graph, amount, size) = match public_with_policies() {
        Some(graph) => (graph, Msat(10_000_000_000), 100_000_000..=500_000_000),
        None => (generate::lightning(2_000, 6_500, 1).unwrap(), Msat(1_000_000_000), 10_000_000..=1 << 40),
    };
    let graph = if has("--no-base") { proportional(&graph) } else { graph };
    let owned =
        |of: NodeId| -> u64 { graph.channels_of(of).iter().map(|&id| graph.channel(id).capacity().0).sum() };
    let medium: Vec<NodeId> = graph.nodes().filter(|&of| size.contains(&owned(of))).collect();
    let random = Random::new(seed);
    let law = Exponentials::bimodal(scale.max(1.0) * 1000.0).unwrap();
    let rules = if scale > 0.0 { PartsRules::new().law(&law) } else { PartsRules::new() };
    let mut planner = PaymentPlanner::new(&graph);
    if cases.is_finite() {
        planner = planner.cases(cases as usize);
    }
    let share = std::env::args().find_map(|word| word.strip_prefix("--within=")?.parse::<f64>().ok());
    let mut within = [Within::default(), Within::default()];
    let (mut times, mut gaps, mut refused, mut ratios) = (Vec::new(), Vec::new(), 0, Vec::new());
    let mut blocked = 0;
    for pair in 0.. {
        if times.len() + refused + blocked >= count {
            break;
        }
        let [from, to] =
            [0, 1].map(|side| medium[random.below(2 * pair + side, medium.len() as u64) as usize]);
        if from == to {
            continue;
        }
        let goal = PartsGoal::new(from, to, amount, mu).rules(&rules);
        let begin = Instant::now();
        let answer = planner.plan(&goal).unwrap();
        let time = begin.elapsed().as_secs_f64() * 1e3;
        let plan = match answer {
            PayAnswer::Plan(plan) => plan,
            PayAnswer::Infeasible(why) => {
                assert!(check::obstacle(&graph, &goal, &why));
                refused += 1;
                continue;
            }
            other => {
                println!("{from} {to}: {other:?}");
                blocked += 1;
                continue;
            }
        };
        let gap = checked(&graph, &goal, &plan);
        times.push(time);
        gaps.push(gap);
        let value = plan.value.objective;
        if has("--secants") {
            let other = secants(&graph, &goal);
            assert!(
                plan.lower_bound <= other && value <= other * (1.0 + 1e-9),
                "{from} {to}: {value} {other}"
            );
            ratios.push(other / value - 1.0);
        }
        if let Some(share) = share {
            let budget = Msat((plan.value.fee.0 as f64 * share) as u64);
            let ln = plan.value.ln_probability / share;
            within[0].ask(&graph, &goal, (time, has("--each")), || planner.within_fee(&goal, budget));
            within[1].ask(&graph, &goal, (time, has("--each")), || planner.with_probability(&goal, ln));
        }
        if has("--each") {
            println!("{from} {to}: {value:.9} gap {gap:.1e} {} parts {time:.1} ms", plan.parts.len());
        }
    }
    let tight = gaps.iter().filter(|&&gap| gap <= 1e-6).count();
    println!("{} plans, {refused} proven infeasible, {blocked} neither, mu {mu:e}", times.len());
    let [low, time, high] = [0.0, 0.5, 1.0].map(|share| middle(&mut times, share));
    println!("ms: median {time:.1} ({low:.1} to {high:.1})");
    let [low, gap, high] = [0.0, 0.5, 1.0].map(|share| middle(&mut gaps, share));
    println!("gap: median {gap:.1e} ({low:.1e} to {high:.1e}), {tight} within 1e-6");
    for (what, within) in ["within a fee", "as likely"].iter().zip(&mut within).filter(|_| share.is_some()) {
        within.tell(what);
    }
    if !ratios.is_empty() {
        let sendable: Vec<f64> = ratios.iter().copied().filter(|ratio| ratio.is_finite()).collect();
        let none = ratios.len() - sendable.len();
        let [low, middle, high] = [0.0, 0.5, 1.0].map(|share| middle(&mut sendable.clone(), share));
        println!(
            "40 secants lose {middle:.1e} in the median ({low:.1e} to {high:.1e}); {none} cannot be sent"
        );
    }
}
