//! A stream of payments on a simulated network whose balances nobody sees: on the public graph if `FEASIBLE_DATA` names a
//! directory with it, else on a generated one. Every strategy meets the same balances and payments; each payer knows its own
//! channels and learns from its own attempts. Settled payments move balances.
//!
//! A try is a set of parts that are sent together: it ends when parts fail. Payers value one more try at so many satoshi
//! and ppm of the payment in fees (as LND does), and dislike a further channel of their own, hence a further part, by so many
//! nats.
//!
//! `cargo bench --bench payment_stream -- [PAYMENTS] [SEED] [SATOSHI] [PPM] [NATS] [--each] [--only=WORD] [--still]
//! [--worn=N] [--avail=P]`: one line per payment; only strategies with that word in their names; payments are released, so that every
//! strategy meets the same balances every time; the same after the exact flow has settled the first N payments; planners think that
//! a channel works with that probability.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::std_instead_of_alloc
)]

mod common;
mod strategies;

use std::time::Instant;

use common::{node, public_with_policies};
use feasible::check::{self, Part, PartsGoal, PartsRules};
use feasible::knowledge::{Hop, Knowledge, Observation};
use feasible::law::Uniform;
use feasible::liquidity::{Direction, generate};
use feasible::payment::{Attempt, Curve, Outcome, PayError, PaymentPlanner, Step};
use feasible::random::Random;
use feasible::{ChannelGraph, ChannelId, Msat, NodeId, SolveError};
use strategies::Choice;

/// What one more try is worth: satoshi, and ppm of the payment.
const WORTH: (f64, f64) = (250.0, 2_000.0);
/// Nats for each channel of the sender that is used.
const FURTHER: f64 = 0.1;
/// A plan that looks at more steps is given up; only the flow in pieces needs as many, some seconds.
const WORK: u64 = 100_000_000;
/// A payer gives up after so many parts.
const PATIENCE: usize = 100;

#[derive(Clone, Copy)]
enum Strategy {
    Planner(Curve),
    Ways(Choice),
}

/// Balances of party a.
#[derive(Clone)]
struct World {
    balance: Vec<u64>,
}

impl World {
    fn owned(&self, graph: &ChannelGraph, id: ChannelId, direction: Direction) -> u64 {
        let (all, a) = (graph.channel(id).capacity().0 * 1000, self.balance[id.index()]);
        if direction == Direction::AToB { a } else { all - a }
    }

    fn settle(&mut self, parts: &[Vec<Hop>]) {
        for hop in parts.iter().flatten() {
            let a = &mut self.balance[hop.channel.index()];
            *a = if hop.direction == Direction::AToB { *a - hop.amount.0 } else { *a + hop.amount.0 };
        }
    }
}

/// One payment on its way: what is locked.
struct Pending<'w> {
    graph: &'w ChannelGraph,
    world: &'w World,
    locked: Vec<Vec<Hop>>,
    sent: usize,
    tries: usize,
}

impl Pending<'_> {
    fn hops(&self, goal: &PartsGoal<'_>, part: &Part) -> Vec<Hop> {
        let amounts = check::part_amounts(self.graph, goal, 0, part).unwrap();
        part.path.iter().zip(amounts).map(|(&(id, way), amount)| Hop::new(id, way, amount)).collect()
    }

    /// Where a part fails, if it does.
    fn send(&mut self, hops: &[Hop]) -> Option<usize> {
        self.sent += 1;
        let free = |hop: &Hop| {
            let same = |other: &&Hop| other.channel == hop.channel && other.direction == hop.direction;
            let locked: u64 = self.locked.iter().flatten().filter(same).map(|hop| hop.amount.0).sum();
            self.world.owned(self.graph, hop.channel, hop.direction) - locked
        };
        let at = hops.iter().position(|hop| free(hop) < hop.amount.0);
        if at.is_none() {
            self.locked.push(hops.to_vec());
        }
        at
    }
}

fn leaving(graph: &ChannelGraph, id: ChannelId, from: NodeId) -> Direction {
    if graph.channel(id).a() == from { Direction::AToB } else { Direction::BToA }
}

/// What a payer knows: its own balances.
fn own(graph: &ChannelGraph, fresh: &Knowledge, world: &World, payer: NodeId) -> Knowledge {
    let mut known = fresh.clone();
    for &id in graph.channels_of(payer) {
        let direction = leaving(graph, id, payer);
        let owned = world.owned(graph, id, direction);
        let hop = |amount| vec![Hop::new(id, direction, Msat(amount))];
        if owned < graph.channel(id).capacity().0 * 1000 {
            known.learn(Observation::Failed { hops: hop(owned + 1), at: 0 }).unwrap();
        }
        if owned > 0 {
            known.learn(Observation::Locked { hops: hop(owned) }).unwrap();
            known.learn(Observation::Released { hops: hop(owned) }).unwrap();
        }
    }
    known
}

#[derive(Clone, Copy, Default)]
struct Paid {
    delivered: bool,
    tries: usize,
    parts: usize,
    fee: u64,
    /// Parts locked at the end.
    locked: usize,
}

fn planned<'a>(
    pending: &mut Pending<'_>,
    planner: &PaymentPlanner<'a>,
    goal: PartsGoal<'a>,
    known: Knowledge,
) -> bool {
    let mut attempt = Attempt::with_knowledge(planner.clone(), goal, known);
    while pending.sent < PATIENCE {
        let step = match attempt.next() {
            Err(PayError::Solve(SolveError::WorkLimit { .. })) => return false,
            step => step.unwrap(),
        };
        match step {
            Step::Send(plan) => {
                pending.tries += 1;
                for (number, part) in plan.parts.iter().enumerate() {
                    let hops = pending.hops(&goal, part);
                    let outcome = pending.send(&hops).map_or(Outcome::Arrived, Outcome::FailedAt);
                    attempt.report(number, outcome).unwrap();
                }
            }
            Step::Delivered => return true,
            _ => return false,
        }
    }
    false
}

fn one_by_one(pending: &mut Pending<'_>, goal: &PartsGoal<'_>, mut known: Knowledge, choice: Choice) -> bool {
    let (mut missing, mut size) = (goal.amount.0, goal.amount.0);
    pending.tries = 1;
    while missing > 0 && pending.sent < PATIENCE {
        let ends = (goal.sender, goal.receiver);
        let Some(part) = strategies::next(pending.graph, &known, ends, (missing, &mut size), choice) else {
            return false;
        };
        let hops = pending.hops(goal, &part);
        match pending.send(&hops) {
            None => {
                known.learn(Observation::Locked { hops }).unwrap();
                missing -= part.amount.0;
            }
            Some(at) => {
                pending.tries += 1;
                known.learn(Observation::Failed { hops, at }).unwrap();
            }
        }
    }
    missing == 0
}

fn option(word: &str) -> Option<f64> {
    std::env::args().find_map(|arg| arg.strip_prefix(word)?.parse().ok())
}

fn run(
    graph: &ChannelGraph,
    goals: &[PartsGoal<'static>],
    world: &mut World,
    strategy: Strategy,
    (further, still): (f64, bool),
) -> Vec<Paid> {
    let fresh = Knowledge::new(graph, Uniform);
    let planner = PaymentPlanner::new(graph).work_limit(WORK);
    let mut all = Vec::new();
    for &goal in goals {
        let known = own(graph, &fresh, world, goal.sender);
        let mut pending = Pending { graph, world, locked: Vec::new(), sent: 0, tries: 0 };
        let mut rules = PartsRules::new();
        if let Some(p) = option("--avail=") {
            rules = rules.availability(p);
        }
        for &id in graph.channels_of(goal.sender) {
            rules = rules.bias(id, leaving(graph, id, goal.sender), further);
        }
        let delivered = match strategy {
            Strategy::Planner(curve) => {
                planned(&mut pending, &planner.clone().curve(curve), goal.rules(&rules), known)
            }
            Strategy::Ways(choice) => one_by_one(&mut pending, &goal, known, choice),
        };
        let Pending { locked, sent, tries, .. } = pending;
        let leaves: u64 = locked.iter().map(|hops| hops[0].amount.0).sum();
        let fee = if delivered { leaves - goal.amount.0 } else { 0 };
        all.push(Paid { delivered, tries, parts: sent, fee, locked: locked.len() });
        if delivered && !still {
            world.settle(&locked);
        }
    }
    all
}

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse::<f64>().ok());
    let mut number = |otherwise: f64| numbers.next().unwrap_or(otherwise);
    let (count, seed) = (number(1000.0) as u64, number(1.0) as u64);
    let worth = (number(WORTH.0), number(WORTH.1));
    let further = number(FURTHER);
    let still = std::env::args().any(|word| word == "--still");
    let each = std::env::args().any(|word| word == "--each");
    let graph = public_with_policies().unwrap_or_else(|| generate::lightning(2_000, 6_500, 1).unwrap());
    let random = Random::new(seed);
    let mut world = World {
        balance: graph
            .channels()
            .map(|id| random.below(id.index() as u64, graph.channel(id).capacity().0 * 1000 + 1))
            .collect(),
    };
    // Ends with some channels; amounts of 10,000 to 10,000,000 satoshi, each order of magnitude as often.
    let draw = Random::new(seed + 1);
    let mut goals = Vec::new();
    for i in 0.. {
        let [from, to] = [0, 1].map(|side| node(draw.below(4 * i + side, graph.node_count() as u64)));
        let exponent = draw.below(4 * i + 2, 3_000_001) as f64 / 1e6;
        let amount = Msat((10_000_000.0 * 10_f64.powf(exponent)) as u64);
        if from != to && [from, to].iter().all(|&end| graph.channels_of(end).len() >= 5) {
            let goal = PartsGoal::new(from, to, amount, 0.0);
            goals.push(goal.try_worth(Msat((worth.0 * 1e3) as u64), worth.1 as u32));
        }
        if goals.len() as u64 == count {
            break;
        }
    }
    let worn = option("--worn=").map_or(0, |worn| (worn as usize).min(goals.len()));
    run(&graph, &goals[..worn], &mut world, Strategy::Planner(Curve::Exact), (further, false));
    goals.drain(..worn);
    let still = still || worn > 0;
    let strategies = [
        ("exact flow", Strategy::Planner(Curve::Exact)),
        ("5-piece flow", Strategy::Planner(Curve::Pieces(5))),
        ("single path", Strategy::Ways(Choice::Penalty)),
        ("halving", Strategy::Ways(Choice::Attempts)),
    ];
    let only = std::env::args().find_map(|word| word.strip_prefix("--only=").map(str::to_owned));
    let chosen =
        |(name, _): &&(&str, Strategy)| only.as_ref().is_none_or(|word| name.contains(word.as_str()));
    let results: Vec<(&str, Vec<Paid>, f64)> = strategies
        .iter()
        .filter(chosen)
        .map(|&(name, strategy)| {
            let begin = Instant::now();
            let paid = run(&graph, &goals, &mut world.clone(), strategy, (further, still));
            (name, paid, begin.elapsed().as_secs_f64())
        })
        .collect();
    let by_all: Vec<usize> =
        (0..goals.len()).filter(|&i| results.iter().all(|(_, paid, _)| paid[i].delivered)).collect();
    for (i, goal) in goals.iter().enumerate().filter(|_| each) {
        let of = |p: &Paid| {
            format!(
                "{}{} {} {} {}",
                if p.delivered { "+" } else { "-" },
                p.tries,
                p.parts,
                p.locked,
                p.fee / 1000
            )
        };
        let line: Vec<String> = results.iter().map(|(_, paid, _)| of(&paid[i])).collect();
        println!("{i} {} {} {} {}", goal.sender, goal.receiver, goal.amount, line.join(" | "));
    }
    println!("{} payments, {} delivered by all", goals.len(), by_all.len());
    println!(
        "strategy | delivered | tries, parts | seconds | of those all deliver: tries, parts, in vain, ppm, fee sat"
    );
    let volume: u64 = by_all.iter().map(|&i| goals[i].amount.0).sum();
    for (name, paid, seconds) in &results {
        let delivered = paid.iter().filter(|paid| paid.delivered).count();
        let all = |f: &dyn Fn(&Paid) -> usize| paid.iter().map(f).sum::<usize>();
        let (tries, parts) = (all(&|p| p.tries), all(&|p| p.parts));
        println!(
            "{name} | {delivered} | {tries}, {parts} | {seconds:.1} | {}",
            shared(paid, &by_all, volume)
        );
    }
    for (name, paid, _) in results.iter().skip(1) {
        let both = |&i: &usize| paid[i].delivered && results[0].1[i].delivered;
        let both: Vec<usize> = (0..goals.len()).filter(both).collect();
        let volume: u64 = both.iter().map(|&i| goals[i].amount.0).sum();
        println!("{} delivered by the exact flow and {name}:", both.len());
        println!("  exact flow {}", shared(&results[0].1, &both, volume));
        println!("  {name} {}", shared(paid, &both, volume));
    }
}

/// Tries, parts, parts in vain, ppm and fee of some payments.
fn shared(paid: &[Paid], which: &[usize], volume: u64) -> String {
    let of = |f: &dyn Fn(&Paid) -> u64| which.iter().map(|&i| f(&paid[i])).sum::<u64>();
    let (tries, parts) = (of(&|p| p.tries as u64), of(&|p| p.parts as u64));
    let vain = parts - of(&|p| p.locked as u64);
    let fee = of(&|p| p.fee);
    format!("{tries}, {parts}, {vain}, {:.0}, {}", fee as f64 * 1e6 / volume.max(1) as f64, fee / 1000)
}
