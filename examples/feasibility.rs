//! Can it be paid? Draws or reads balances and answers with a flow or a minimum cut.
//!
//! `cargo run --release --example feasibility -- GRAPH --from A --to B --amount SAT`
//! `cargo run --release --example feasibility -- GRAPH --rate 1000,10000,100000`

mod common;

use core::fmt::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use common::graph::{Loaded, Naming};
use common::json::{Object, array};
use common::progress::Progress;
use common::{Arg, Args, Bad, exit, rates};
use feasible::feasibility::{Feasibility, Maximum};
use feasible::{Msat, NodeId, Sat};

const HELP: &str = "\
Can it be paid?

    feasibility [GRAPH] --from A --to B --amount SAT [--seed S | --balances FILE] [--lenient] [--json]
    feasibility [GRAPH] --rate SAT,SAT,... [--samples N] [--seed S] [--model states|wealth] [--threads T] [--lenient] [--json]

GRAPH is a CSV of channels, or a JSON dump of lncli describegraph or of Core Lightning's listchannels;
.gz is read too, - is standard input. Without GRAPH a generated one is used (2,000 nodes).

    --from, --to      nodes, by index or public key
    --amount          satoshi that are to arrive
    --seed            draw every balance uniformly, from this seed (default 0)
    --balances        read balances from a CSV chan,balance_a_sat instead
    --rate            the share of infeasible payments of these amounts, over random pairs of the largest
                      component and balances by the model
    --samples         samples of an amount (default: as many as an interval of +-0.002 takes)
    --model           what is uniform: states, every balance for itself (the default), or feasible wealth
    --threads         threads; the result is the same for any number (default 1)
    --lenient         leave out and count records that cannot be right
    --json            one JSON object instead of the report

Fees, policies and limits are not considered: the question is whether any way of routing exists.
The answer is checked before it is printed. Exit code 0: answered (yes or no); 2: bad input.
";

#[derive(Default)]
struct Options {
    file: Option<String>,
    from: Option<String>,
    to: Option<String>,
    amount: Option<u64>,
    seed: Option<u64>,
    balances: Option<String>,
    rates: Option<rates::Question>,
    lenient: bool,
    json: bool,
}

fn main() -> ExitCode {
    exit::main(run)
}

fn options() -> Result<Options, Bad> {
    let mut args = Args::new(HELP);
    let mut options = Options::default();
    while let Some(arg) = args.next()? {
        match arg {
            Arg::File(file) => args.file(&mut options.file, file)?,
            Arg::Option(name) => match name.as_str() {
                "from" => options.from = Some(args.text("a node")?),
                "to" => options.to = Some(args.text("a node")?),
                "amount" => options.amount = Some(args.integer(0, Sat::SUPPLY.0)?),
                "seed" => options.seed = Some(args.integer(0, u64::MAX)?),
                "balances" => options.balances = Some(args.text("a file")?),
                "lenient" => options.lenient = true,
                "rate" | "samples" | "model" | "threads" => {
                    options.rates.get_or_insert_default().read(&name, &mut args)?;
                }
                _ => return Err(args.unknown()),
            },
        }
    }
    options.json = args.json;
    if options.rates.as_ref().is_some_and(rates::Question::is_incomplete) {
        return Err(Bad::read("command line", "--samples, --model or --threads", "--rate too"));
    }
    if options.rates.is_some() && (options.from.is_some() || options.to.is_some() || options.amount.is_some())
    {
        return Err(Bad::read(
            "command line",
            "--rate and --from, --to or --amount",
            "one of the two questions",
        ));
    }
    if options.rates.is_some() && options.balances.is_some() {
        return Err(Bad::read("command line", "--rate and --balances", "one of them"));
    }
    if options.seed.is_some() && options.balances.is_some() {
        return Err(Bad::read("command line", "--seed and --balances", "one of them"));
    }
    Ok(options)
}

/// The option, or its default if there is no graph file either.
fn needed<T>(option: Option<T>, name: &str, file: Option<&String>, default: T) -> Result<T, Bad> {
    match (option, file) {
        (Some(value), _) => Ok(value),
        (None, None) => Ok(default),
        (None, Some(_)) => Err(Bad::read("command line", "a graph", format!("--{name} too"))),
    }
}

fn run(out: &mut String) -> Result<(), Bad> {
    let options = options()?;
    let file = options.file.as_ref();
    if let Some(question) = &options.rates {
        let progress = Progress::start("reading and sampling");
        let loaded = Loaded::read_or_generate(file, options.lenient)?;
        let answer = question.answer(&loaded, options.seed.unwrap_or(0))?;
        drop(progress);
        if options.json {
            answer.json(out)
        } else {
            answer.report(out)
        }
        return Ok(());
    }
    let from = needed(options.from, "from", file, "17".to_owned())?;
    let to = needed(options.to, "to", file, "1234".to_owned())?;
    let amount = Sat(needed(options.amount, "amount", file, 100_000)?);
    let progress = Progress::start("reading and solving");
    let mut loaded = Loaded::read_or_generate(file, options.lenient)?;
    match options.balances {
        Some(balances) => loaded.read_balances(&balances)?,
        None => loaded.graph.draw_balances(options.seed.unwrap_or(0)),
    }
    let mut naming = Naming::default();
    let (from, to) = (loaded.node("--from", &from, &mut naming)?, loaded.node("--to", &to, &mut naming)?);
    if from == to {
        return Err(Bad::read("--to", format!("node {to}, as --from"), "another node"));
    }
    let begin = Instant::now();
    let largest = Feasibility::new(&loaded.graph).max_amount(from, to).map_err(Bad::new)?;
    let answer = Answer { loaded: &loaded, naming, from, to, amount, largest };
    let seconds = begin.elapsed().as_secs_f64();
    drop(progress);
    if options.json {
        answer.json(out, seconds)
    } else {
        answer.report(out, seconds)
    }
    Ok(())
}

struct Answer<'a> {
    loaded: &'a Loaded,
    naming: Naming,
    from: NodeId,
    to: NodeId,
    amount: Sat,
    largest: Maximum,
}

impl Answer<'_> {
    fn feasible(&self) -> bool {
        self.largest.amount() >= Msat::from(self.amount)
    }

    /// The smaller side of the cut, and which side it is.
    fn side(&self) -> (Vec<NodeId>, &'static str) {
        let cut = self.largest.cut();
        let of = |side| {
            let nodes = self.loaded.graph.nodes();
            nodes.filter(|&node| cut.on_source_side(node) == side).collect::<Vec<_>>()
        };
        let (source, sink) = (of(true), of(false));
        if source.len() <= sink.len() { (source, "source") } else { (sink, "sink") }
    }

    fn json(&self, out: &mut String, seconds: f64) {
        let node = |node| self.loaded.node_json(node, self.naming);
        let (nodes, side) = self.side();
        let cut = self.largest.cut();
        let channels = cut.crossing.iter().map(|c| self.loaded.channels[c.channel.index()].json());
        let object = Object::new()
            .put("feasible", self.feasible())
            .put("max_sat", self.largest.amount().floor().0)
            .put("from", node(self.from))
            .put("to", node(self.to))
            .put("amount_sat", self.amount.0)
            .put(
                "cut",
                Object::new()
                    .put("nodes", array(nodes.into_iter().map(node)))
                    .text("side", side)
                    .put("channels", array(channels))
                    .put("capacity_sat", cut.capacity.floor().0),
            )
            .put("skipped", self.loaded.skipped)
            .real("seconds", seconds);
        let _ = writeln!(out, "{object}");
    }

    fn report(&self, out: &mut String, seconds: f64) {
        let node = |node| self.loaded.node_json(node, self.naming);
        let graph = &self.loaded.graph;
        let (most, amount) = (self.largest.amount().floor(), self.amount);
        let _ = writeln!(
            out,
            "Graph: {} nodes, {} channels, {} ({} records left out)\n\nCan node {} pay {amount} to node {}?",
            graph.node_count(),
            graph.channel_count(),
            graph.total_capacity(),
            self.loaded.skipped,
            node(self.from),
            node(self.to),
        );
        let verdict = if self.feasible() { "Yes" } else { "No" };
        let _ = writeln!(out, "{verdict}: the most that can be paid is {most}.\n");
        for &trial in &[1_000, 10_000, 100_000, 1_000_000, 10_000_000_u64] {
            let share = usize::try_from(most.0.min(trial) * 40 / trial).unwrap_or(40);
            let mark = if most.0 >= trial { "feasible" } else { "" };
            let _ = writeln!(out, "{trial:>12} sat |{:<40}| {mark}", "#".repeat(share));
        }
        let (nodes, side) = self.side();
        let _ = writeln!(
            out,
            "\nThe minimum cut: {} node(s) on the {side}'s side ({}{}), capacity {}",
            nodes.len(),
            nodes.iter().take(8).map(|&n| node(n)).collect::<Vec<_>>().join(" "),
            if nodes.len() > 8 { " ..." } else { "" },
            self.largest.cut().capacity.floor(),
        );
        let crossing = &self.largest.cut().crossing;
        let _ = writeln!(out, "\n     channel  way    capacity sat   liquidity sat");
        for crossing in crossing.iter().take(20) {
            let _ = writeln!(
                out,
                "{:>12}  {:>3}  {:>14}  {:>14}",
                self.loaded.channels[crossing.channel.index()].plain(),
                crossing.direction.to_string(),
                graph.channel(crossing.channel).capacity().0,
                crossing.liquidity.floor().0,
            );
        }
        if crossing.len() > 20 {
            let _ = writeln!(out, "{:>12} more", crossing.len() - 20);
        }
        let _ = writeln!(out, "\nFlow and cut are checked and equal. {:.1} ms", seconds * 1e3);
    }
}
