//! The general solvers on DIMACS files.
//!
//! `cargo run --release --example solve -- FILE [--problem min|max|tree|cut]`

mod common;

use core::fmt::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use common::embedded::embedded;
use common::json::Object;
use common::progress::Progress;
use common::timing::{Timing, bench_runs, measure, peak_rss_mb};
use common::{Arg, Args, Bad, Input, exit};
use feasible::check::{self, Shortage, Violation};
use feasible::io::dimacs::{
    self, ArcLines, Kind, MaxProblem, MinProblem, parse_max, parse_min, parse_undirected, write_solution,
};
use feasible::min_cut::GlobalCut;
use feasible::{
    ArcId, CutTree, GlobalMinCut, MaxFlow, MinCostFlow, UndirectedGraph, max_flow, min_cost_flow,
};

const HELP: &str = "\
Minimum-cost flow, maximum flow, cut tree and global minimum cut of DIMACS files.

    solve [FILE] [--problem min|max|tree|cut] [--algorithm NAME] [--runs K] [--flows OUT] [--json]

FILE states a problem `p min` (with lower bounds) or `p max`; .gz is read too, - is standard input.
Without FILE a generated minimum-cost flow problem is solved.

    --problem         default: the kind of the file. tree and cut read a `p max` file as an undirected
                      graph, each line `a u v capacity` one edge; `n` lines are ignored
    --algorithm       min: auto, network-simplex, successive-paths, cost-scaling; max: auto, push-relabel,
                      search-trees, dinic; tree, cut: auto
    --runs            solve so many times from cold (default: BENCH_RUNS from the environment, else
                      until 7 runs or 1 second are used up)
    --flows           write the flow to OUT in the DIMACS solution format, every arc in file order
    --json            one JSON object instead of the report

load_seconds is reading (and unpacking) the file, build_seconds parsing and building the problem (for max
with its adjacency index),
solve_seconds the best run of solve() with its certificate and the solver's own check of it, solve_cpu
the CPU time per run, check_seconds a second check of the last answer from outside.
Exit code 0: answered (optimal, infeasible or unbounded, each with its proof); 2: bad input.
";

const MIN: [(&str, min_cost_flow::Algorithm); 4] = [
    ("auto", min_cost_flow::Algorithm::Auto),
    ("network-simplex", min_cost_flow::Algorithm::NetworkSimplex),
    ("successive-paths", min_cost_flow::Algorithm::SuccessivePaths),
    ("cost-scaling", min_cost_flow::Algorithm::CostScaling),
];
const MAX: [(&str, max_flow::Algorithm); 4] = [
    ("auto", max_flow::Algorithm::Auto),
    ("push-relabel", max_flow::Algorithm::PushRelabel),
    ("search-trees", max_flow::Algorithm::SearchTrees),
    ("dinic", max_flow::Algorithm::Dinic),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Min,
    Max,
    Tree,
    Cut,
}

#[derive(Default)]
struct Options {
    file: Option<String>,
    ask: Option<Ask>,
    algorithm: Option<String>,
    runs: Option<u64>,
    flows: Option<String>,
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
                "problem" => {
                    let asks = [("min", Ask::Min), ("max", Ask::Max), ("tree", Ask::Tree), ("cut", Ask::Cut)];
                    options.ask = Some(args.choice(&asks)?);
                }
                "algorithm" => options.algorithm = Some(args.text("a name")?),
                "runs" => options.runs = Some(args.integer(1, 1_000_000)?),
                "flows" => options.flows = Some(args.text("a file")?),
                _ => return Err(args.unknown()),
            },
        }
    }
    options.json = args.json;
    Ok(options)
}

/// A built problem with the algorithm to use.
enum Problem {
    Min(MinProblem, min_cost_flow::Algorithm),
    Max(MaxProblem, max_flow::Algorithm),
    Tree(UndirectedGraph),
    Cut(UndirectedGraph),
}

enum Answer {
    Min(min_cost_flow::Outcome),
    Max(max_flow::Outcome),
    Tree(CutTree),
    Cut(GlobalCut),
}

fn algorithm<T: Copy>(name: &str, list: &[(&str, T)]) -> Result<T, Bad> {
    let names: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
    let found = list.iter().find(|(known, _)| *known == name);
    found.map(|(_, algorithm)| *algorithm).ok_or_else(|| {
        Bad::read("--algorithm", format!("\"{name}\""), format!("one of {}", names.join(", ")))
    })
}

fn build(input: &Input, ask: Option<Ask>, name: &str) -> Result<Problem, Bad> {
    let text = &input.text;
    let bad = |error: dimacs::ParseError| Bad::new(format!("{}: {error}", input.name));
    let ask = match (ask, dimacs::kind(text).map_err(bad)?) {
        (Some(ask), _) => ask,
        (None, Kind::Min) => Ask::Min,
        (None, Kind::Max) => Ask::Max,
    };
    Ok(match ask {
        Ask::Min => {
            let chosen = algorithm(name, &MIN)?;
            Problem::Min(parse_min(text).map_err(bad)?, chosen)
        }
        Ask::Max => {
            let chosen = algorithm(name, &MAX)?;
            let problem = parse_max(text).map_err(bad)?;
            problem.network.prepare();
            Problem::Max(problem, chosen)
        }
        Ask::Tree | Ask::Cut => {
            algorithm(name, &[("auto", ())])?;
            let graph = parse_undirected(text).map_err(bad)?;
            if graph.node_count() < 2 {
                let read = format!("{} nodes", graph.node_count());
                return Err(Bad::read(&input.name, read, "at least two nodes"));
            }
            if ask == Ask::Tree { Problem::Tree(graph) } else { Problem::Cut(graph) }
        }
    })
}

impl Problem {
    fn size(&self) -> (usize, usize) {
        match self {
            Self::Min(problem, _) => (problem.network.node_count(), problem.network.arc_count()),
            Self::Max(problem, _) => (problem.network.node_count(), problem.network.arc_count()),
            Self::Tree(graph) | Self::Cut(graph) => (graph.node_count(), graph.edge_count()),
        }
    }

    fn solve(&self) -> Result<Answer, Bad> {
        Ok(match self {
            Self::Min(problem, algorithm) => {
                let solver = MinCostFlow::new().algorithm(*algorithm);
                Answer::Min(solver.solve(&problem.network).map_err(Bad::new)?)
            }
            Self::Max(MaxProblem { network, source, sink, .. }, algorithm) => {
                let solver = MaxFlow::new().algorithm(*algorithm);
                Answer::Max(solver.solve(network, *source, *sink).map_err(Bad::new)?)
            }
            Self::Tree(graph) => Answer::Tree(CutTree::new(graph, None).map_err(Bad::new)?),
            Self::Cut(graph) => {
                let cut = GlobalMinCut::new().solve(graph).map_err(Bad::new)?;
                Answer::Cut(cut.ok_or_else(|| Bad::new("a graph of two nodes has a cut"))?)
            }
        })
    }

    /// Checks an answer from outside the solver.
    fn check(&self, answer: &Answer) -> Result<(), Violation> {
        match (self, answer) {
            (Self::Min(problem, _), Answer::Min(outcome)) => match outcome {
                min_cost_flow::Outcome::Optimal(flow) => {
                    check::optimal(&problem.network, flow.flows(), flow.potentials(), flow.cost())
                }
                min_cost_flow::Outcome::Infeasible(shortage) => check::infeasible(&problem.network, shortage),
                min_cost_flow::Outcome::Unbounded(ray) => check::unbounded(&problem.network, ray),
            },
            (Self::Max(MaxProblem { network, source, sink, .. }, _), Answer::Max(outcome)) => match outcome {
                max_flow::Outcome::Optimal(flow) => {
                    check::max_flow(network, *source, *sink, flow.flows(), flow.value(), flow.cut())
                }
                max_flow::Outcome::Infeasible(shortage) => {
                    check::infeasible_between(network, *source, *sink, shortage)
                }
                // Needs a flow besides the path, which the solver has checked.
                _ => Ok(()),
            },
            (Self::Tree(graph), Answer::Tree(tree)) => {
                let (parent, value) = tree.parts();
                check::cut_tree(graph, parent, value)
            }
            (Self::Cut(graph), Answer::Cut(cut)) => check::global_cut(graph, cut.side(), cut.value()),
            _ => Ok(()),
        }
    }
}

/// An answer as it is printed.
enum Verdict<'a> {
    Optimal(i128),
    Infeasible(&'a Shortage),
    Unbounded(&'a [ArcId], &'a ArcLines),
}

fn verdict<'a>(problem: &'a Problem, answer: &'a Answer) -> Verdict<'a> {
    match (problem, answer) {
        (_, Answer::Min(min_cost_flow::Outcome::Optimal(flow))) => Verdict::Optimal(flow.cost()),
        (_, Answer::Max(max_flow::Outcome::Optimal(flow))) => Verdict::Optimal(flow.value()),
        (_, Answer::Tree(tree)) => Verdict::Optimal(tree.total()),
        (_, Answer::Cut(cut)) => Verdict::Optimal(cut.value()),
        (_, Answer::Min(min_cost_flow::Outcome::Infeasible(shortage)))
        | (_, Answer::Max(max_flow::Outcome::Infeasible(shortage))) => Verdict::Infeasible(shortage),
        (Problem::Min(problem, _), Answer::Min(min_cost_flow::Outcome::Unbounded(ray))) => {
            Verdict::Unbounded(&ray.cycle, &problem.lines)
        }
        (Problem::Max(problem, _), Answer::Max(max_flow::Outcome::Unbounded(path))) => {
            Verdict::Unbounded(path, &problem.lines)
        }
        _ => unreachable!("a problem is answered by its own solver"),
    }
}

fn write_flows(problem: &Problem, answer: &Answer, out: &str) -> Result<(), Bad> {
    let mut text = String::new();
    match (problem, answer) {
        (Problem::Min(problem, _), Answer::Min(min_cost_flow::Outcome::Optimal(flow))) => {
            write_solution(&problem.network, flow.flows(), flow.cost(), &mut text)
        }
        (Problem::Max(problem, _), Answer::Max(max_flow::Outcome::Optimal(flow))) => {
            write_solution(&problem.network, flow.flows(), flow.value(), &mut text)
        }
        // Without an optimal flow there is nothing to write.
        _ => return Ok(()),
    }
    .map_err(Bad::new)?;
    std::fs::write(out, text).map_err(|e| Bad::read(format!("--flows {out}"), e, "a file to write"))
}

fn run(out: &mut String) -> Result<(), Bad> {
    let options = options()?;
    let runs = options.runs.map_or_else(bench_runs, |runs| Ok(Some(runs)))?;
    if options.flows.is_some() && matches!(options.ask, Some(Ask::Tree | Ask::Cut)) {
        return Err(Bad::read("command line", "--flows with a cut problem", "--flows with min or max"));
    }
    let progress = Progress::start("solving");
    let begin = Instant::now();
    let input = options.file.as_ref().map_or_else(embedded, |file| Input::read(file))?;
    let load = begin.elapsed().as_secs_f64();
    let name = options.algorithm.as_deref().unwrap_or("auto");
    let begin = Instant::now();
    let problem = build(&input, options.ask, name)?;
    let build = begin.elapsed().as_secs_f64();
    let file = input.name.clone();
    drop(input);
    let (answer, timing) = measure(runs, || problem.solve())?;
    let begin = Instant::now();
    problem.check(&answer).map_err(Bad::new)?;
    let check = begin.elapsed().as_secs_f64();
    drop(progress);
    if let Some(path) = &options.flows {
        write_flows(&problem, &answer, path)?;
    }
    let name = match &answer {
        Answer::Min(min_cost_flow::Outcome::Optimal(flow)) => flow.algorithm().name(),
        _ => name,
    };
    let report = Report { file: &file, name, problem: &problem, answer: &answer, timing, load, build, check };
    if options.json {
        report.json(out)
    } else {
        report.print(out)
    }
    Ok(())
}

struct Report<'a> {
    file: &'a str,
    name: &'a str,
    problem: &'a Problem,
    answer: &'a Answer,
    timing: Timing,
    load: f64,
    build: f64,
    check: f64,
}

impl Report<'_> {
    fn json(&self, out: &mut String) {
        let (nodes, arcs) = self.problem.size();
        let object = Object::new()
            .text("solver", "feasible")
            .text("algo", self.name)
            .text("file", self.file)
            .put("nodes", nodes)
            .put("arcs", arcs);
        let object = match verdict(self.problem, self.answer) {
            Verdict::Optimal(value) => object.text("status", "optimal").put("value", value),
            Verdict::Infeasible(shortage) => object
                .text("status", "infeasible")
                .put("value", "null")
                .list("witness", shortage.nodes().map(|node| node.index() + 1))
                .put("shortage", shortage.amount),
            Verdict::Unbounded(cycle, lines) => object
                .text("status", "unbounded")
                .put("value", "null")
                .list("cycle", cycle.iter().filter_map(|&arc| lines.line(arc))),
        };
        let object = object
            .real("solve_seconds", self.timing.best())
            .real("solve_median", self.timing.median())
            .real("solve_cpu", self.timing.cpu)
            .put("runs", self.timing.seconds.len())
            .real("load_seconds", self.load)
            .real("build_seconds", self.build)
            .real("check_seconds", self.check)
            .real("peak_rss_mb", peak_rss_mb().unwrap_or(f64::NAN));
        let _ = writeln!(out, "{object}");
    }

    fn print(&self, out: &mut String) {
        let (nodes, arcs) = self.problem.size();
        let what = match self.problem {
            Problem::Min(..) => "Minimum-cost flow",
            Problem::Max(..) => "Maximum flow",
            Problem::Tree(_) => "Cut tree",
            Problem::Cut(_) => "Global minimum cut",
        };
        let _ = writeln!(out, "{what}: {}, {nodes} nodes, {arcs} arcs, algorithm {}\n", self.file, self.name);
        match verdict(self.problem, self.answer) {
            Verdict::Optimal(value) => {
                let _ = writeln!(out, "optimal, value {value}");
            }
            Verdict::Infeasible(shortage) => {
                let count = shortage.nodes().count();
                let few: Vec<String> =
                    shortage.nodes().take(10).map(|node| (node.index() + 1).to_string()).collect();
                let _ = writeln!(
                    out,
                    "infeasible: {count} node(s) have {} more than may leave them: {}{}",
                    shortage.amount,
                    few.join(" "),
                    if count > few.len() { " ..." } else { "" },
                );
            }
            Verdict::Unbounded(cycle, _) => {
                let _ = writeln!(out, "unbounded: proven by {} arcs", cycle.len());
            }
        }
        let _ = writeln!(out, "The proof of this answer is checked.\n");
        let milliseconds = |seconds: f64| seconds * 1e3;
        let rows = [
            ("load", self.load),
            ("build", self.build),
            ("solve, best", self.timing.best()),
            ("solve, median", self.timing.median()),
            ("check again", self.check),
        ];
        for (name, seconds) in rows {
            let _ = writeln!(out, "{name:>16} {:>12.3} ms", milliseconds(seconds));
        }
        let _ = writeln!(out, "{:>16} {:>12}", "runs", self.timing.seconds.len());
    }
}
