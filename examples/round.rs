//! Which channels should the next round reshape? Plans a round, proves the plan and bounds the best one.
//!
//! `cargo run --release --example round -- INSTANCE.json`
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::io::{IsTerminal, Write as _};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Instant;

use common::round::{Instance, reference, solution};
use common::{Arg, Args, Bad, exit};
use feasible::round::generate::{Size, lightning};
use feasible::round::{Effort, Marginal, Plan, Reshape, Touch};
use feasible::{DemandId, NodeId, RoundPlanner, Sat};

const HELP: &str = "\
Which channels should the next round reshape?

    round [INSTANCE.json] [--effort quick|normal|prove] [--time SECONDS] [--seed S] [--json]
          [--out SOLUTION.json] [--dot OUT.dot]

INSTANCE.json is in the format round-reconf/1; .gz is read too, - is standard input. Without it a
generated round is planned.

    --effort    how much to search, counted in work (default normal): same effort and seed, same plan
    --time      stop searching after so many seconds and say so
    --seed      another course of the search (default 0)
    --json      print the solution (round-reconf-sol/1, with objective, bound and more) and nothing else
    --out       write the solution to a file
    --dot       write the channels after the round as a graph for Graphviz, touched ones in bold

Exit code 0: answered; 2: bad input.
";

#[derive(Default)]
struct Options {
    file: Option<String>,
    effort: Effort,
    time: Option<f64>,
    seed: u64,
    json: bool,
    out: Option<String>,
    dot: Option<String>,
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
                "effort" => {
                    let efforts =
                        [("quick", Effort::Quick), ("normal", Effort::Normal), ("prove", Effort::Prove)];
                    options.effort = args.choice(&efforts)?;
                }
                "time" => {
                    let expected = "a number of seconds, 0 or more";
                    let seconds: f64 = args.value(expected)?;
                    if !(seconds.is_finite() && seconds >= 0.0) {
                        return Err(args.wrong(&seconds.to_string(), expected));
                    }
                    options.time = Some(seconds);
                }
                "seed" => options.seed = args.integer(0, u64::MAX)?,
                "out" => options.out = Some(args.text("a file")?),
                "dot" => options.dot = Some(args.text("a file")?),
                _ => return Err(args.unknown()),
            },
        }
    }
    options.json = args.json;
    Ok(options)
}

fn run(out: &mut String) -> Result<(), Bad> {
    let options = options()?;
    let instance = match &options.file {
        Some(file) => Instance::read(file)?,
        None => {
            let size = Size { nodes: 120, channels: 360, participants: 30, demands: 60, max_touches: 8 };
            let round = lightning(size, 1).map_err(Bad::new)?;
            Instance { name: "generated".to_owned(), round }
        }
    };
    let begin = Instant::now();
    let plan = search(&instance, &options, begin)?;
    let answer = Answer { instance: &instance, plan: &plan, seconds: begin.elapsed().as_secs_f64() };
    if let Some(file) = &options.out {
        write(file, &answer.json())?;
    }
    if let Some(file) = &options.dot {
        write(file, &answer.dot())?;
    }
    if options.json {
        out.push_str(&answer.json());
    } else {
        answer.report(out);
    }
    Ok(())
}

fn write(file: &str, text: &str) -> Result<(), Bad> {
    fs::write(file, text).map_err(|error| Bad::new(format!("{file}: cannot be written: {error}")))
}

/// Plans, with progress on a terminal after two seconds and a stop at the time limit.
fn search(instance: &Instance, options: &Options, begin: Instant) -> Result<Plan, Bad> {
    let terminal = std::io::stderr().is_terminal();
    let mut next = 2.0;
    let mut shown = false;
    let mut watch = |progress: feasible::Progress| {
        let seconds = begin.elapsed().as_secs_f64();
        if terminal && seconds >= next {
            (next, shown) = (seconds + 0.5, true);
            let _ = write!(std::io::stderr(), "\r{} plans tried, {seconds:.0} s ", progress.work);
        }
        match options.time {
            Some(limit) if seconds >= limit => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let planner = RoundPlanner::new().effort(options.effort).seed(options.seed);
    let plan = planner.plan_watched(&instance.round, &mut watch).map_err(Bad::new);
    if shown {
        let _ = writeln!(std::io::stderr());
    }
    plan
}

struct Answer<'a> {
    instance: &'a Instance,
    plan: &'a Plan,
    seconds: f64,
}

impl Answer<'_> {
    /// How far the bound lies above the objective, as a share of the objective.
    fn gap(&self) -> f64 {
        let (objective, bound) = (self.plan.objective(), self.plan.bound().value);
        #[allow(clippy::cast_precision_loss)] // a figure to read
        {
            (bound - objective) as f64 / objective.max(1) as f64
        }
    }

    fn feasible(&self) -> impl Iterator<Item = DemandId> + '_ {
        self.instance.round.demand_ids().filter(|&demand| self.plan.feasible(demand))
    }

    fn json(&self) -> String {
        let (plan, round) = (self.plan, &self.instance.round);
        let mut object = solution(plan.changes(), self.feasible())
            .text("name", &self.instance.name)
            .put("objective", plan.objective())
            .put("bound", plan.bound().value)
            .real("gap", self.gap())
            .put("proven", plan.is_optimal())
            .list("collateral", plan.collateral())
            .put("footprint_vb", round.footprint(plan.changes()))
            .put("fronted_sat", plan.fronted().0)
            .put("lockup_sat_blocks", round.lockup(plan.changes()))
            .put("price_sat", plan.price().0)
            .put("iterations", plan.iterations())
            .real("seconds", self.seconds);
        if plan.cut_off() {
            object = object.put("cut_off", true);
        }
        format!("{object}\n")
    }

    fn report(&self, out: &mut String) {
        let (plan, round) = (self.plan, &self.instance.round);
        let participants = round.nodes().filter(|&node| round.participates(node)).count();
        let before: u64 = self.weight(|demand| plan.feasible_before(demand));
        let all: u64 = self.weight(|_| true);
        let changes = plan.changes();
        let _ = writeln!(
            out,
            "Round {}: {} nodes, {} channels, {participants} participants, {} demands, at most {} touches\n",
            self.instance.name,
            round.node_count(),
            round.channels().len(),
            round.demands().len(),
            round.rules().max_touches,
        );
        for (name, weight) in [
            ("feasible before", before),
            ("feasible after", plan.objective()),
            ("proven bound", plan.bound().value),
            ("demanded", all),
        ] {
            let share = usize::try_from(u128::from(weight) * 50 / u128::from(all.max(1))).unwrap_or(0);
            let _ = writeln!(out, "{name:>16} {weight:>8} |{:<50}|", "#".repeat(share));
        }
        let _ = writeln!(
            out,
            "\n{} touches, {} vB, {} fronted of {}, {} sat x blocks locked up{}",
            changes.touched.len(),
            round.footprint(changes),
            plan.fronted(),
            round.rules().front_budget,
            round.lockup(changes),
            if round.rules().prices.is_some() { format!(", price {}", plan.price()) } else { String::new() },
        );
        self.touched(out);
        self.money(out);
        self.left(out);
        let lost: Vec<String> = plan.collateral().map(|demand| demand.to_string()).collect();
        if !lost.is_empty() {
            let _ = writeln!(out, "\nFeasible before and not after: demands {}", lost.join(" "));
        }
        let _ = writeln!(
            out,
            "\nPlan and bound are checked; {}. {} plans tried in {:.2} s{}",
            if plan.is_optimal() { "no plan is better" } else { "a better plan may exist" },
            plan.iterations(),
            self.seconds,
            if plan.cut_off() { ", cut off by --time" } else { "" },
        );
    }

    fn weight(&self, counts: impl Fn(DemandId) -> bool) -> u64 {
        let round = &self.instance.round;
        let demands = round.demand_ids().zip(round.demands());
        demands.filter(|(id, _)| counts(*id)).map(|(_, demand)| demand.weight).sum()
    }

    fn touched(&self, out: &mut String) {
        let round = &self.instance.round;
        let _ = writeln!(
            out,
            "\n{:<14}{:>6}{:>6}  {:>23}  {:>23}  {:>6}  serves",
            "touched", "u", "v", "old balances", "new balances", "worth"
        );
        let values = self.values();
        for &Reshape { channel, balance_u, balance_v } in &self.plan.changes().touched {
            let Some((u, v, old_u, old_v)) = round.ends(channel) else { continue };
            let what = match channel {
                Touch::New(_) => "open",
                Touch::Existing(_) if balance_u == Sat::ZERO && balance_v == Sat::ZERO => "close",
                Touch::Existing(_) => "resize",
            };
            let id = reference(channel).replace(['[', ']', '"'], "").replace(',', " ");
            let serves: Vec<String> = self.plan.served_by(channel).map(|d| d.to_string()).collect();
            let _ = writeln!(
                out,
                "{:<14}{u:>6}{v:>6}  {:>11} {:>11}  {:>11} {:>11}  {:>6}  {}",
                format!("{what} {id}"),
                old_u.0,
                old_v.0,
                balance_u.0,
                balance_v.0,
                value(&values, channel),
                shortened(&serves),
            );
        }
        if let Ok(shadow) = self.plan.shadow(round) {
            let priced = round.rules().prices.is_some();
            let price = if priced {
                format!(", 1,000 sat more to spend {:.3}", shadow.price_sat * 1e3)
            } else {
                String::new()
            };
            let _ = writeln!(
                out,
                "\nWorth at the most: one more touch {:.2}, 100,000 sat more to front {:.3}{price}",
                shadow.touch,
                shadow.fronted_sat * 1e5,
            );
        }
    }

    /// What every touch is worth, unless that takes longer than planning.
    fn values(&self) -> Vec<Marginal> {
        let round = &self.instance.round;
        let touches = self.plan.changes().touched.len();
        if touches * round.demands().len() * round.channels().len() > MOST_VALUED {
            return Vec::new();
        }
        RoundPlanner::new().marginals(round, self.plan.changes()).unwrap_or_default()
    }

    fn money(&self, out: &mut String) {
        let changes = self.plan.changes();
        for (name, list) in [("free funds used", &changes.used_free), ("change", &changes.change)] {
            let parts: Vec<String> = list.iter().map(|m| format!("{}: {}", m.node, m.amount.0)).collect();
            if !parts.is_empty() {
                let _ = writeln!(out, "\n{name} (node: sat)  {}", shortened(&parts));
            }
        }
    }

    fn left(&self, out: &mut String) {
        let (plan, round) = (self.plan, &self.instance.round);
        let unmet = round.demand_ids().filter(|&demand| !plan.feasible(demand));
        for (i, id) in unmet.enumerate() {
            if i == 0 {
                let _ = writeln!(
                    out,
                    "\n{:<10}{:>7}{:>7}{:>12}{:>12}{:>7}  could repair it",
                    "infeasible", "from", "to", "amount", "deficit", "cut of"
                );
            }
            let demand = round.demands()[id.index()];
            let Some(cut) = round.explain(plan.changes(), id) else { continue };
            let inside = cut.sender_side.iter().filter(|(_, inside)| **inside).count();
            let repairers: Vec<String> = cut.repairers.iter().map(NodeId::to_string).collect();
            let _ = writeln!(
                out,
                "{id:<10}{:>7}{:>7}{:>12}{:>12}{inside:>7}  {}",
                demand.sender,
                demand.receiver,
                demand.amount.0,
                cut.deficit.0,
                if repairers.is_empty() { "nobody".to_owned() } else { shortened(&repairers) },
            );
        }
    }

    fn dot(&self) -> String {
        let (plan, round) = (self.plan, &self.instance.round);
        let mut text = String::from("graph round {\n  node [shape=circle fontsize=10];\n");
        for node in round.nodes().filter(|&node| round.participates(node)) {
            let shape = if node == round.rules().server { "doublecircle" } else { "circle" };
            let _ = writeln!(text, "  {node} [shape={shape} style=filled fillcolor=lightblue];");
        }
        for channel in round.touches() {
            let touched = plan.changes().touched.iter().find(|reshape| reshape.channel == channel);
            let Some((u, v, old_u, old_v)) = round.ends(channel) else { continue };
            let _ = match (touched, channel) {
                (Some(new), _) => writeln!(
                    text,
                    "  {u} -- {v} [penwidth=3 color={} label=\"{} | {}\"];",
                    if new.balance_u.0 + new.balance_v.0 == 0 { "red" } else { "blue" },
                    new.balance_u.0,
                    new.balance_v.0
                ),
                (None, Touch::Existing(_)) => {
                    writeln!(text, "  {u} -- {v} [color=gray tooltip=\"{} | {}\"];", old_u.0, old_v.0)
                }
                (None, Touch::New(_)) => Ok(()),
            };
        }
        text.push_str("}\n");
        text
    }
}

/// Touches times demands times channels up to which the worth of touches is reported.
const MOST_VALUED: usize = 10_000_000;

fn value(values: &[Marginal], channel: Touch) -> String {
    let found = values.iter().find(|value| value.channel == channel);
    found.map_or_else(|| "-".to_owned(), |found| found.value.to_string())
}

/// A list, cut after a dozen entries.
fn shortened(list: &[String]) -> String {
    let most = 12;
    let mut text = list[..list.len().min(most)].join(" ");
    if list.len() > most {
        let _ = write!(text, " and {} more", list.len() - most);
    }
    text
}
