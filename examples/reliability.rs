//! How likely is it that a payment is feasible at all?
//!
//! `cargo run --release --example reliability -- GRAPH --from A --to B --amount SAT`
//! `cargo run --release --example reliability -- NETWORK.json`
#![allow(clippy::std_instead_of_alloc)]

mod common;

use core::fmt::Write as _;
use core::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Instant;

use common::graph::{Loaded, Naming};
use common::input::Input;
use common::json::{Document, Object};
use common::odds::{Case, is_case};
use common::progress::Progress;
use common::{Arg, Args, Bad, exit};
use feasible::reliability::{Estimator, Reliability, UncertainNetwork};
use feasible::{Balance, ChannelGraph, Msat, NodeId, Sat};

const HELP: &str = "\
How likely is it that a payment is feasible at all?

    reliability NETWORK.json [--amount A] [--relative EPS] [--confidence C] [--time SECONDS] [--seed S] [--json]
    reliability [GRAPH] --from A --to B --amount SAT [--lenient] [the same options]

NETWORK.json is a case: {\"kind\": \"channels\", \"nodes\": n, \"channels\": [[u, v, capacity], ...], \"s\": s, \"t\": t},
u's balance uniform on 0..capacity, or kind \"channels-bounds\" with [u, v, capacity, lo, hi]. GRAPH is a CSV of
channels, or a JSON dump of lncli describegraph or of Core Lightning's listchannels, every balance uniform.
.gz is read too, - is standard input. Without a file a graph is generated (2,000 nodes).

    --from, --to      nodes, by index or public key
    --amount          satoshi that are to arrive, or units of the case; a case without it gets the whole curve
    --relative        half the width of the interval, as a share of the smaller of P and 1 - P (default 0.01)
    --confidence      the probability with which the interval holds (default 0.99)
    --time            stop after so many seconds, with what is known by then
    --seed            seed of the samples (default 0)
    --lenient         leave out and count records of a graph that cannot be right
    --json            one JSON object instead of the report

The bounds called proven hold for certain, and the interval with the confidence however long was sampled.
Fees and policies are not considered. Exit code 0: answered; 2: bad input.
";

struct Options {
    file: Option<String>,
    from: Option<String>,
    to: Option<String>,
    amount: Option<u64>,
    estimator: Estimator,
    seconds: f64,
    lenient: bool,
    json: bool,
}

fn main() -> ExitCode {
    exit::main(run)
}

/// A number between two others, both excluded.
fn between(args: &mut Args, name: &str, low: f64, high: f64) -> Result<f64, Bad> {
    let expected = format!("a number above {low} and below {high}");
    let value: f64 = args.value(&expected)?;
    if low < value && value < high { Ok(value) } else { Err(Bad::read(format!("--{name}"), value, expected)) }
}

fn options() -> Result<Options, Bad> {
    let mut args = Args::new(HELP);
    let (mut file, mut from, mut to, mut amount, mut lenient) = (None, None, None, None, false);
    let (mut estimator, mut seconds) = (Estimator::new(), f64::INFINITY);
    while let Some(arg) = args.next()? {
        match arg {
            Arg::File(name) => args.file(&mut file, name)?,
            Arg::Option(name) => match name.as_str() {
                "from" => from = Some(args.text("a node")?),
                "to" => to = Some(args.text("a node")?),
                "amount" => amount = Some(args.integer(0, u64::MAX)?),
                "relative" => estimator = estimator.relative(between(&mut args, &name, 0.0, 1.0)?),
                "confidence" => estimator = estimator.confidence(between(&mut args, &name, 0.0, 1.0)?),
                "time" => seconds = between(&mut args, &name, 0.0, 1e9)?,
                "seed" => estimator = estimator.seed(args.integer(0, u64::MAX)?),
                "lenient" => lenient = true,
                _ => return Err(args.unknown()),
            },
        }
    }
    Ok(Options { file, from, to, amount, estimator, seconds, lenient, json: args.json })
}

fn run(out: &mut String) -> Result<(), Bad> {
    let options = options()?;
    let progress = Progress::start("reading and estimating");
    let input = options.file.as_ref().map(|file| Input::read(file)).transpose()?;
    let text = match &input {
        Some(input) if is_case(&input.text) => case(&options, input)?,
        input => graph(&options, input.as_ref())?,
    };
    drop(progress);
    out.push_str(&text);
    Ok(())
}

fn graph(options: &Options, input: Option<&Input>) -> Result<String, Bad> {
    let mut loaded = match input {
        Some(input) => Loaded::from_input(input, options.lenient)?,
        None => Loaded::read_or_generate(None, false)?,
    };
    forget(&mut loaded.graph)?;
    let needed = |option: &Option<String>, name: &str, default: &str| match (option, input) {
        (Some(value), _) => Ok(value.clone()),
        (None, None) => Ok(default.to_owned()),
        (None, Some(_)) => Err(Bad::read("command line", "a graph", format!("--{name} too"))),
    };
    let (from, to) = (needed(&options.from, "from", "17")?, needed(&options.to, "to", "1234")?);
    let amount = match (options.amount, input) {
        (Some(amount), _) if amount <= Sat::SUPPLY.0 => amount,
        (Some(amount), _) => {
            return Err(Bad::read("--amount", amount, format!("an integer from 0 to {}", Sat::SUPPLY.0)));
        }
        (None, None) => 100_000,
        (None, Some(_)) => return Err(Bad::read("command line", "a graph", "--amount too")),
    };
    let mut naming = Naming::default();
    let (from, to) = (loaded.node("--from", &from, &mut naming)?, loaded.node("--to", &to, &mut naming)?);
    if from == to {
        return Err(Bad::read("--to", to, "another node than --from"));
    }
    let network = UncertainNetwork::of(&loaded.graph, None).map_err(Bad::new)?;
    let begin = Instant::now();
    let answer = answer(options, &network, from, to, Msat::from(Sat(amount)).0)?;
    let seconds = begin.elapsed().as_secs_f64();
    let name = |channel: feasible::ChannelId| loaded.channels[channel.index()].plain();
    Ok(if options.json {
        format!("{}\n", fields(&answer, amount, seconds))
    } else {
        report(&answer, &format!("{amount} sat"), seconds, name)
    })
}

/// Lets every balance be any.
fn forget(graph: &mut ChannelGraph) -> Result<(), Bad> {
    let any = |channel| {
        let hi = Msat::from(graph.channel(channel).capacity());
        (channel, Balance::Between { lo: Msat::ZERO, hi })
    };
    let unknown: Vec<_> = graph.channels().map(any).collect();
    graph.set_balances(unknown).map_err(Bad::new)
}

fn case(options: &Options, input: &Input) -> Result<String, Bad> {
    if options.from.is_some() || options.to.is_some() {
        return Err(Bad::read(
            "command line",
            "a case and --from or --to",
            "one of them: a case has s and t",
        ));
    }
    let case = Case::read(&Document::parse(input)?)?;
    let network = case.network()?;
    let begin = Instant::now();
    if let Some(amount) = options.amount {
        let answer = answer(options, &network, case.from, case.to, amount)?;
        let seconds = begin.elapsed().as_secs_f64();
        return Ok(if options.json {
            format!("{}\n", fields(&answer, amount, seconds))
        } else {
            report(&answer, &amount.to_string(), seconds, |channel| channel.to_string())
        });
    }
    let watcher = &mut until(options.seconds);
    let curve =
        options.estimator.survival_anytime(&network, case.from, case.to, watcher).map_err(Bad::new)?;
    let seconds = begin.elapsed().as_secs_f64();
    let mut text = String::new();
    if options.json {
        let points = curve.iter().map(|point| {
            let entry = Object::new().put("amount", point.amount).real("p", point.estimate);
            entry.real("low", point.interval[0]).real("high", point.interval[1]).put("exact", point.exact)
        });
        let exact = curve.iter().all(|point| point.exact);
        let object = Object::new().list("survival", points).put("exact", exact).real("seconds", seconds);
        let _ = writeln!(text, "{object}");
        return Ok(text);
    }
    let _ = writeln!(text, "    amount   P(feasible)");
    for point in &curve {
        let bar = "#".repeat(bar_length(point.estimate));
        let mark = if point.exact { ' ' } else { '~' };
        let _ = writeln!(text, "{:10} {mark}{:.12} {bar}", point.amount, point.estimate);
    }
    let _ = writeln!(text, "{seconds:.3} seconds; ~ marks estimates");
    Ok(text)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 40
fn bar_length(p: f64) -> usize {
    (p * 40.0) as usize
}

/// Ends a computation when time is up.
fn until(seconds: f64) -> impl FnMut(feasible::Progress) -> ControlFlow<()> {
    let begin = Instant::now();
    move |_| {
        if begin.elapsed().as_secs_f64() > seconds {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

fn answer(
    options: &Options,
    network: &UncertainNetwork<'_>,
    from: NodeId,
    to: NodeId,
    amount: u64,
) -> Result<Reliability, Bad> {
    let watcher = &mut until(options.seconds);
    options.estimator.solve_anytime(network, from, to, amount, watcher).map_err(Bad::new)
}

fn fields(answer: &Reliability, amount: u64, seconds: f64) -> Object {
    let [low, high] = answer.interval;
    let [proven_low, proven_high] = answer.proven;
    let cuts = answer.weak_cuts.iter().map(|cut| {
        let channels = cut.channels.iter().map(|(channel, _)| channel.index());
        Object::new().list("channels", channels).real("fails", cut.fails)
    });
    Object::new()
        .put("amount", amount)
        .real("estimate", answer.estimate)
        .real("low", low)
        .real("high", high)
        .real("proven_low", proven_low)
        .real("proven_high", proven_high)
        .real("infeasible_estimate", answer.infeasible_estimate)
        .real("infeasible_low", answer.infeasible_interval[0])
        .real("infeasible_high", answer.infeasible_interval[1])
        .put("exact", answer.exact)
        .real("best_flow_ln_probability", answer.best_flow_ln_probability)
        .real("best_flow_ln_bound", answer.best_flow_ln_bound)
        .put("samples", answer.tally.samples)
        .put("flows_solved", answer.flows_solved)
        .real("pool_share", answer.pool_share())
        .list("cuts", cuts)
        .real("seconds", seconds)
}

fn report(
    answer: &Reliability,
    amount: &str,
    seconds: f64,
    name: impl Fn(feasible::ChannelId) -> String,
) -> String {
    let mut text = String::new();
    let how = if answer.exact { "exact" } else { "estimated" };
    let _ = writeln!(text, "payment of {amount}, {how} in {seconds:.3} seconds");
    let row = |text: &mut String, what: &str, one: f64, other: f64| {
        let _ = writeln!(text, "    {what:<14} {one:<22.12} {other:.6e}");
    };
    let _ = writeln!(text, "    {:<14} {:<22} P(infeasible)", "", "P(feasible)");
    row(&mut text, "estimate", answer.estimate, answer.infeasible_estimate);
    row(&mut text, "at least", answer.interval[0], answer.infeasible_interval[0]);
    row(&mut text, "at most", answer.interval[1], answer.infeasible_interval[1]);
    row(&mut text, "proven least", answer.proven[0], answer.infeasible_proven[0]);
    row(&mut text, "proven most", answer.proven[1], answer.infeasible_proven[1]);
    let _ = writeln!(
        text,
        "    best flow met: P = {:.9}; {} flows, {} samples, {:.2} % of them decided by cuts and paths of others",
        answer.best_flow_ln_probability.exp(),
        answer.flows_solved,
        answer.tally.samples,
        100.0 * answer.pool_share(),
    );
    for cut in answer.weak_cuts.iter().take(5) {
        let mut list: Vec<String> =
            cut.channels.iter().take(8).map(|(channel, way)| format!("{} {way}", name(*channel))).collect();
        if cut.channels.len() > list.len() {
            list.push(format!("{} more", cut.channels.len() - list.len()));
        }
        let _ = writeln!(text, "    fails with P = {:.6e}: channels {}", cut.fails, list.join(", "));
    }
    text
}
