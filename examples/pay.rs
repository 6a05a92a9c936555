//! The most reliable and cheapest way to pay, in parts, with a proven lower bound.
//!
//! `cargo run --release --example pay -- GRAPH --from A --to B --amount SAT`
#![allow(clippy::std_instead_of_alloc)]

mod common;

use core::fmt::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use common::graph::{Loaded, Naming};
use common::json::{Object, array, quoted};
use common::progress::Progress;
use common::{Arg, Args, Bad, exit};
use feasible::check::{self, PartsGoal};
use feasible::payment::{PayAnswer, PaymentPlan, PaymentPlanner};
use feasible::{Msat, Sat};

const HELP: &str = "\
The most reliable and cheapest way to pay

    pay [GRAPH] --from A --to B --amount SAT [--mu M] [--max-parts K] [--lenient] [--json]

GRAPH is a CSV of channels, or a JSON dump of lncli describegraph or of Core Lightning's listchannels;
.gz is read too, - is standard input. Without GRAPH a generated one is used (2,000 nodes).

    --from, --to      nodes, by index or public key
    --amount          satoshi that are to arrive
    --mu              nats per satoshi of fee (default 1e-4)
    --max-parts       at most so many parts
    --lenient         leave out and count records that cannot be right
    --json            one JSON object instead of the report

Minimises -ln P + mu * fee, every balance uniform. Exit code 0: answered; 2: bad input.
";

fn main() -> ExitCode {
    exit::main(run)
}

fn run(out: &mut String) -> Result<(), Bad> {
    let mut args = Args::new(HELP);
    let (mut file, mut from, mut to, mut amount) = (None, None, None, None);
    let (mut mu, mut max_parts, mut lenient) = (1e-4, u64::MAX, false);
    while let Some(arg) = args.next()? {
        match arg {
            Arg::File(name) => args.file(&mut file, name)?,
            Arg::Option(name) => match name.as_str() {
                "from" => from = Some(args.text("a node")?),
                "to" => to = Some(args.text("a node")?),
                "amount" => amount = Some(args.integer(1, Sat::SUPPLY.0)?),
                "mu" => mu = args.value("nats per satoshi")?,
                "max-parts" => max_parts = args.integer(1, u64::MAX)?,
                "lenient" => lenient = true,
                _ => return Err(args.unknown()),
            },
        }
    }
    let progress = Progress::start("reading and planning");
    let begin = Instant::now();
    let loaded = Loaded::read_or_generate(file.as_ref(), lenient)?;
    let build = begin.elapsed().as_secs_f64();
    if file.is_some() && (from.is_none() || to.is_none() || amount.is_none()) {
        return Err(Bad::read("command line", "a graph", "--from, --to and --amount too"));
    }
    let mut naming = Naming::default();
    let sender = loaded.node("--from", &from.unwrap_or_else(|| "17".to_owned()), &mut naming)?;
    let receiver = loaded.node("--to", &to.unwrap_or_else(|| "1234".to_owned()), &mut naming)?;
    let goal = PartsGoal::new(sender, receiver, Msat::from(Sat(amount.unwrap_or(100_000))), mu);
    let begin = Instant::now();
    let max_parts = usize::try_from(max_parts).unwrap_or(usize::MAX);
    let answer = PaymentPlanner::new(&loaded.graph).max_parts(max_parts).plan(&goal).map_err(Bad::new)?;
    let solve = begin.elapsed().as_secs_f64();
    drop(progress);
    if args.json {
        json(out, &loaded, &goal, (&answer, naming), [solve, build])
    } else {
        report(out, &answer)
    }
    .map_err(Bad::new)
}

fn report(out: &mut String, answer: &PayAnswer) -> core::fmt::Result {
    match answer {
        PayAnswer::Plan(PaymentPlan { parts, value, lower_bound, .. }) => {
            let probability = value.ln_probability.exp();
            writeln!(out, "{} parts, probability {probability:.6}, fee {}", parts.len(), value.fee)?;
            writeln!(out, "objective {:.9}, proven at least {lower_bound:.9}", value.objective)?;
            for part in parts {
                write!(out, "{}:", part.amount)?;
                part.path.iter().try_for_each(|(channel, direction)| write!(out, " {channel}{direction}"))?;
                writeln!(out)?;
            }
            Ok(())
        }
        PayAnswer::Infeasible(nodes) => {
            writeln!(
                out,
                "infeasible: less than the amount can leave {} nodes around the sender",
                nodes.len()
            )
        }
        _ => writeln!(out, "no way found that keeps the limits of parts; not a proof that there is none"),
    }
}

fn json(
    out: &mut String,
    loaded: &Loaded,
    goal: &PartsGoal<'_>,
    (answer, naming): (&PayAnswer, Naming),
    [solve, build]: [f64; 2],
) -> core::fmt::Result {
    let object = match answer {
        PayAnswer::Plan(plan) => planned(Object::new().text("status", "planned"), loaded, goal, plan),
        PayAnswer::Infeasible(nodes) => {
            let nodes = nodes.iter().map(|&node| loaded.node_json(node, naming));
            Object::new().text("status", "infeasible").list("cut", nodes)
        }
        _ => Object::new().text("status", "not-found"),
    };
    writeln!(out, "{}", object.real("solve_seconds", solve).real("build_seconds", build))
}

fn planned(object: Object, loaded: &Loaded, goal: &PartsGoal<'_>, plan: &PaymentPlan) -> Object {
    let PaymentPlan { parts, value, lower_bound, .. } = plan;
    let sat = |msat: Msat| format!("{}.{:03}", msat.0 / 1000, msat.0 % 1000);
    let mut flow = std::collections::BTreeMap::<(_, _), u64>::new();
    let mut listed = Vec::new();
    for part in parts {
        let amounts = check::part_amounts(&loaded.graph, goal, 0, part).unwrap_or_default();
        let leaves = amounts.first().copied().unwrap_or(part.amount);
        for (&hop, amount) in part.path.iter().zip(amounts) {
            *flow.entry(hop).or_default() += amount.0;
        }
        let hops = part.path.iter().map(|(channel, way)| {
            format!("[{},{}]", loaded.channels[channel.index()].json(), quoted(&way.to_string()))
        });
        let entry =
            Object::new().put("sat", sat(part.amount)).put("fee_msat", leaves.saturating_sub(part.amount).0);
        listed.push(entry.put("path", array(hops)).to_string());
    }
    let channels = flow.iter().map(|(&(channel, direction), &amount)| {
        let entry = Object::new()
            .put("chan", loaded.channels[channel.index()].json())
            .text("direction", &direction.to_string());
        entry.put("sat", sat(Msat(amount))).to_string()
    });
    object
        .real("ln_probability", value.ln_probability)
        .real("probability", value.ln_probability.exp())
        .put("fee_msat", value.fee.0)
        .real("objective", value.objective)
        .real("lower_bound", *lower_bound)
        .real("gap", value.objective - lower_bound)
        .list("channels", channels)
        .list("parts", listed)
}
