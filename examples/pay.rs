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
use feasible::check::{self, Obstacle, PartsGoal, PartsRules};
use feasible::law::Exponentials;
use feasible::payment::{Curve, Limit, PayAnswer, PayError, PaymentPlan, PaymentPlanner, Tradeoff};
use feasible::{Msat, Sat};

const HELP: &str = "\
The most reliable and cheapest way to pay

    pay [GRAPH] --from A --to B --amount SAT [--mu M] [--max-fee SAT] [--min-probability P] [--max-parts K]
        [--pieces exact|N] [--law uniform|bimodal:SCALE_SAT] [--no-htlc-limits] [--lenient] [--json]

GRAPH is a CSV of channels, or a JSON dump of lncli describegraph or of Core Lightning's listchannels;
.gz is read too, - is standard input. Without GRAPH a generated one is used (2,000 nodes).

    --from, --to      nodes, by index or public key
    --amount          satoshi that are to arrive
    --mu              nats per satoshi of fee (default 1e-4)
    --max-fee         the likeliest way with at most that fee, whatever mu; or a proof that every way costs more
    --min-probability the cheapest way with at least that probability, whatever mu; or a proof that none is as likely
    --max-parts       at most so many parts
    --pieces          the true risk (exact), or so many secants in its place when the flow is chosen (values and
                      bounds are those of the true risk)
    --law             of balances: uniform, or heaped at both ends with a scale in satoshi
    --no-htlc-limits  least and largest amounts of HTLCs do not count
    --lenient         leave out and count records that cannot be right
    --json            one JSON object instead of the report

Minimises -ln P + mu * fee. Exit code 0: answered; 2: bad input.
";

fn main() -> ExitCode {
    exit::main(run)
}

fn run(out: &mut String) -> Result<(), Bad> {
    let mut args = Args::new(HELP);
    let (mut file, mut from, mut to, mut amount) = (None, None, None, None);
    let (mut mu, mut max_parts, mut lenient) = (1e-4, u64::MAX, false);
    let mut choice = Choice::default();
    while let Some(arg) = args.next()? {
        match arg {
            Arg::File(name) => args.file(&mut file, name)?,
            Arg::Option(name) => match name.as_str() {
                "from" => from = Some(args.text("a node")?),
                "to" => to = Some(args.text("a node")?),
                "amount" => amount = Some(args.integer(1, Sat::SUPPLY.0)?),
                "mu" => mu = args.value("nats per satoshi")?,
                "max-parts" => max_parts = args.integer(1, u64::MAX)?,
                "max-fee" => choice.max_fee = Some(args.integer(0, Sat::SUPPLY.0)?),
                "min-probability" => choice.min_probability = Some(probability(&mut args)?),
                "pieces" => choice.curve = pieces(&mut args)?,
                "law" => choice.scale = scale(&mut args)?,
                "no-htlc-limits" => choice.no_htlc_limits = true,
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
    let law =
        choice.scale.map(|scale| Exponentials::bimodal(scale * 1000.0)).transpose().map_err(Bad::new)?;
    let mut rules = PartsRules::new().htlc_limits(!choice.no_htlc_limits);
    rules = rules.max_parts(usize::try_from(max_parts).unwrap_or(usize::MAX));
    if let Some(law) = &law {
        rules = rules.law(law);
    }
    let amount = Msat::from(Sat(amount.unwrap_or(100_000)));
    let goal = PartsGoal::new(sender, receiver, amount, mu).rules(&rules);
    let begin = Instant::now();
    let planner = PaymentPlanner::new(&loaded.graph);
    let planner = planner.curve(choice.curve);
    let build = build + begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let (answer, mu, best) = choice.ask(&planner, &goal).map_err(Bad::new)?;
    let goal = PartsGoal { mu, ..goal };
    let solve = begin.elapsed().as_secs_f64();
    let binds = match &answer {
        PayAnswer::Infeasible(Obstacle::Fee { .. }) => vec![Limit::Budget],
        PayAnswer::Infeasible(Obstacle::Probability { .. }) => vec![Limit::Probability],
        PayAnswer::Infeasible(_) => planner.binding(&goal).map_err(Bad::new)?,
        _ => Vec::new(),
    };
    drop(progress);
    if args.json {
        json(out, &loaded, &goal, (&answer, best, &binds, naming), [solve, build])
    } else {
        report(out, &loaded, &goal, (&answer, best, &binds))
    }
    .map_err(Bad::new)
}

/// What is asked for beyond the defaults.
#[derive(Default)]
struct Choice {
    max_fee: Option<u64>,
    min_probability: Option<f64>,
    curve: Curve,
    /// Of the bimodal law, in satoshi.
    scale: Option<f64>,
    no_htlc_limits: bool,
}

impl Choice {
    /// The answer, the mu that it is valued at, and what is proven of a question about fee or probability.
    fn ask<'a>(
        &self,
        planner: &PaymentPlanner<'a>,
        goal: &PartsGoal<'a>,
    ) -> Result<(PayAnswer, f64, Option<Best>), PayError> {
        let (fee, ln) = (self.max_fee.map(|fee| Msat::from(Sat(fee))), self.min_probability.map(f64::ln));
        let (found, best): (Tradeoff, fn(f64) -> Best) = match (fee, ln) {
            (None, None) => return Ok((planner.plan(goal)?, goal.mu, None)),
            (None, Some(ln)) => (planner.with_probability(goal, ln)?, Best::Fee),
            (Some(fee), None) => (planner.within_fee(goal, fee)?, Best::Risk),
            (Some(fee), Some(ln)) => (planner.within_both(goal, fee, ln)?, Best::Risk),
        };
        Ok((found.answer, found.mu, Some(best(found.bound))))
    }
}

/// What no payment that keeps to a question is better than.
#[derive(Clone, Copy)]
enum Best {
    /// -ln P.
    Risk(f64),
    /// Satoshi.
    Fee(f64),
}

fn probability(args: &mut Args) -> Result<f64, Bad> {
    let expected = "a probability above 0, at most 1";
    let text = args.text(expected)?;
    let value = text.parse().ok().filter(|&p: &f64| p > 0.0 && p <= 1.0);
    value.ok_or_else(|| args.wrong(&text, expected))
}

fn pieces(args: &mut Args) -> Result<Curve, Bad> {
    let expected = "exact, or an integer from 1 to 1000";
    let text = args.text(expected)?;
    if text == "exact" {
        return Ok(Curve::Exact);
    }
    let value = text.parse().ok().filter(|n| (1..=1000).contains(n)).map(Curve::Pieces);
    value.ok_or_else(|| args.wrong(&text, expected))
}

fn scale(args: &mut Args) -> Result<Option<f64>, Bad> {
    let expected = "uniform, or bimodal: and a scale in satoshi";
    let text = args.text(expected)?;
    if text == "uniform" {
        return Ok(None);
    }
    let value = text.strip_prefix("bimodal:").and_then(|scale| scale.parse().ok());
    let value = value.filter(|scale: &f64| *scale > 0.0 && scale.is_finite());
    value.map(Some).ok_or_else(|| args.wrong(&text, expected))
}

fn report(
    out: &mut String,
    loaded: &Loaded,
    goal: &PartsGoal<'_>,
    (answer, best, binds): (&PayAnswer, Option<Best>, &[Limit]),
) -> core::fmt::Result {
    match answer {
        PayAnswer::Plan(PaymentPlan { parts, value, lower_bound, .. }) => {
            let probability = value.ln_probability.exp();
            writeln!(out, "{} parts, probability {probability:.6}, fee {}", parts.len(), value.fee)?;
            writeln!(out, "objective {:.9}, proven at least {lower_bound:.9}", value.objective)?;
            match best {
                None => {}
                Some(Best::Risk(risk)) => {
                    writeln!(out, "proven: none within the fee is likelier than {:.6}", (-risk).exp())?
                }
                Some(Best::Fee(fee)) => writeln!(out, "proven: none as likely costs less than {fee:.3} sat")?,
            }
            for part in parts {
                write!(out, "{}:", part.amount)?;
                part.path.iter().try_for_each(|(channel, direction)| write!(out, " {channel}{direction}"))?;
                writeln!(out)?;
            }
            Ok(())
        }
        PayAnswer::Infeasible(Obstacle::Cut(nodes)) => {
            writeln!(
                out,
                "infeasible: less than the amount can leave {} nodes around the sender within the limits",
                nodes.len()
            )
        }
        PayAnswer::Infeasible(Obstacle::Fee { budget, proof }) => {
            let least = check::fee_bound(&loaded.graph, goal, proof);
            writeln!(out, "infeasible: every way costs {least:.3} sat at least, and {budget} may be paid")
        }
        PayAnswer::Infeasible(Obstacle::Probability { ln, within, proof }) => {
            let most = (-check::risk_bound(&loaded.graph, goal, *within, proof)).exp();
            let which = if within.0.is_some() { "no way within the fee" } else { "no way" };
            writeln!(out, "infeasible: {which} is likelier than {most:.6}, and {:.6} is asked for", ln.exp())
        }
        PayAnswer::Infeasible(_) => writeln!(out, "infeasible: no ways within the limits carry it"),
        PayAnswer::Blocked(limit) => writeln!(out, "no way found: {limit}; not a proof that there is none"),
        _ => writeln!(out, "no answer of a kind known here"),
    }?;
    binds.iter().try_for_each(|limit| writeln!(out, "the limit that binds: {limit}"))
}

fn json(
    out: &mut String,
    loaded: &Loaded,
    goal: &PartsGoal<'_>,
    (answer, best, binds, naming): (&PayAnswer, Option<Best>, &[Limit], Naming),
    [solve, build]: [f64; 2],
) -> core::fmt::Result {
    let object = match answer {
        PayAnswer::Plan(plan) => {
            let object = planned(Object::new().text("status", "planned"), loaded, goal, plan);
            match best {
                None => object,
                Some(Best::Risk(risk)) => object.real("ln_probability_at_most", -risk),
                Some(Best::Fee(fee)) => object.real("fee_msat_at_least", fee * 1000.0),
            }
        }
        PayAnswer::Infeasible(why) => {
            refused(Object::new().text("status", "infeasible"), loaded, goal, (why, naming))
        }
        PayAnswer::Blocked(limit) => {
            Object::new().text("status", "blocked").text("limit", &limit.to_string())
        }
        _ => Object::new().text("status", "unknown"),
    };
    let limits = binds.iter().map(|limit| quoted(&limit.to_string()));
    let object = if binds.is_empty() { object } else { object.list("limits", limits) };
    writeln!(out, "{}", object.real("solve_seconds", solve).real("build_seconds", build))
}

/// The witness that nothing does what was asked for: a cut, or what every way costs or risks at least.
fn refused(
    object: Object,
    loaded: &Loaded,
    goal: &PartsGoal<'_>,
    (why, naming): (&Obstacle, Naming),
) -> Object {
    match why {
        Obstacle::Cut(nodes) => object.list("cut", nodes.iter().map(|&node| loaded.node_json(node, naming))),
        Obstacle::Fee { budget, proof } => {
            let least = check::fee_bound(&loaded.graph, goal, proof) * 1000.0;
            object.put("budget_msat", budget.0).real("fee_msat_at_least", least)
        }
        Obstacle::Probability { ln, within, proof } => {
            let least = check::risk_bound(&loaded.graph, goal, *within, proof);
            let object = object.real("ln_probability_asked", *ln).real("ln_probability_at_most", -least);
            match within.0 {
                Some(budget) => object.put("budget_msat", budget.0),
                None => object,
            }
        }
        _ => object,
    }
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
        .real("mu", goal.mu)
        .real("objective", value.objective)
        .real("lower_bound", *lower_bound)
        .real("gap", value.objective - lower_bound)
        .list("channels", channels)
        .list("parts", listed)
}
