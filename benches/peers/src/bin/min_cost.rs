//! Minimum-cost flow beside other solvers, interleaved, costs compared first.
//!
//! Time is the processor time of the solve call, median of the rounds, on a graph that is already in the
//! solver's own structure. For this crate that includes reading the network, the check and the answer. A solve of less than
//! five milliseconds is repeated.
//!
//! `--outside COMMAND` adds solvers in other languages: COMMAND is called with the path of a DIMACS file in
//! each round and prints a line "name milliseconds cost" for every solver; negative times are ignored.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../../../instances/min_cost.rs"]
mod instances;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use ac_library::MinCostFlowGraph;
use cpu_time::ThreadTime;
use feasible::min_cost_flow::{Algorithm, Workspace};
use feasible::{MinCostFlow, Network};
use instances::{FAMILIES, Instance, family};
use rs_graph::mcf::{NetworkSimplex, SolutionState};
use rs_graph::traits::Indexable;
use rs_graph::{Buildable, Builder, VecGraph};

struct Options {
    size: usize,
    rounds: usize,
    patience: f64,
    families: Vec<String>,
    peers: bool,
    all: bool,
    only: Vec<String>,
    outside: Option<String>,
    dump: Option<String>,
}

fn options() -> Options {
    use lexopt::prelude::*;
    let mut options = Options {
        size: 100_000,
        rounds: 3,
        patience: 3.0,
        families: Vec::new(),
        peers: true,
        all: true,
        only: Vec::new(),
        outside: None,
        dump: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next().unwrap() {
        let flag = match &arg {
            Long(flag) => (*flag).to_owned(),
            _ => panic!("{}", arg.unexpected()),
        };
        let mut text = || parser.value().unwrap().string().unwrap();
        match flag.as_str() {
            "size" => options.size = text().parse().unwrap(),
            "rounds" => options.rounds = text().parse().unwrap(),
            "patience" => options.patience = text().parse().unwrap(),
            "family" => options.families.push(text()),
            "own" => options.peers = false,
            "auto" => options.all = false,
            "only" => options.only.push(text()),
            "outside" => options.outside = Some(text()),
            "dump" => options.dump = Some(text()),
            other => panic!("unknown option --{other}"),
        }
    }
    if options.families.is_empty() {
        options.families = FAMILIES.map(String::from).into();
    }
    options
}

/// Time and cost of one solve; `None` if the solver cannot.
type Run<'a> = Box<dyn FnMut() -> Option<(Duration, i128)> + 'a>;

/// A solve, or the mean of as many as take five milliseconds after a first one: what ran in between has emptied the caches.
fn steady(run: &mut Run<'_>) -> Option<(Duration, i128)> {
    const LEAST: Duration = Duration::from_millis(5);
    let first = run()?;
    if first.0 >= LEAST {
        return Some(first);
    }
    let (mut sum, mut count) = (Duration::ZERO, 0);
    while sum < LEAST && count < 10_000 {
        sum += run()?.0;
        count += 1;
    }
    Some((sum / count, first.1))
}

fn own<'a>(network: &'a Network, algorithm: Algorithm) -> Run<'a> {
    let mut workspace = Workspace::new();
    Box::new(move || {
        let solver = MinCostFlow::new().algorithm(algorithm).work_limit(20_000_000_000);
        let clock = ThreadTime::now();
        let answer = solver.solve_in(&mut workspace, network).ok()?;
        Some((clock.elapsed(), answer.optimal().unwrap().cost()))
    })
}

fn rust_peers(g: &Instance) -> Vec<(&'static str, Run<'_>)> {
    let mut list: Vec<(&'static str, Run<'_>)> = Vec::new();
    let graph: VecGraph = VecGraph::new_with(|b| {
        let nodes = b.add_nodes(g.supplies().len());
        for (tail, head, _, _) in g.linear() {
            b.add_edge(nodes[tail], nodes[head]);
        }
    });
    let graph: &'static VecGraph = Box::leak(Box::new(graph));
    let rooms: Vec<i64> = g.linear().map(|arc| arc.2).collect();
    let costs: Vec<i64> = g.linear().map(|arc| arc.3).collect();
    list.push((
        "rs-graph",
        Box::new(move || {
            let mut solver = NetworkSimplex::<_, i64>::new(graph);
            solver.set_balances(|v: <VecGraph as rs_graph::traits::GraphType>::Node<'_>| {
                g.supplies()[v.index()]
            });
            solver.set_uppers(|e: <VecGraph as rs_graph::traits::GraphType>::Edge<'_>| rooms[e.index()]);
            solver.set_costs(|e: <VecGraph as rs_graph::traits::GraphType>::Edge<'_>| costs[e.index()]);
            let clock = ThreadTime::now();
            let state = solver.solve();
            (state == SolutionState::Optimal).then(|| (clock.elapsed(), i128::from(solver.value())))
        }),
    ));
    list.push((
        "eo-mcf",
        Box::new(move || {
            let mut problem = eo_mcf::Problem::builder(g.supplies().len());
            for (v, &supply) in g.supplies().iter().enumerate().filter(|(_, supply)| **supply != 0) {
                problem = problem.supply(v, supply);
            }
            for (tail, head, room, cost) in g.linear() {
                problem = problem.edge(tail, head, room, cost);
            }
            let problem = problem.build().ok()?;
            let clock = ThreadTime::now();
            let solution = eo_mcf::solve(&problem).ok()?;
            Some((clock.elapsed(), i128::from(solution.objective())))
        }),
    ));
    list.push((
        "ac-library",
        Box::new(move || {
            if g.linear().any(|(_, _, _, cost)| cost < 0) {
                return None;
            }
            let nodes = g.supplies().len();
            let mut graph = MinCostFlowGraph::<i64>::new(nodes + 2);
            let mut total = 0;
            for (v, &supply) in g.supplies().iter().enumerate() {
                if supply > 0 {
                    graph.add_edge(nodes, v, supply, 0);
                    total += supply;
                } else if supply < 0 {
                    graph.add_edge(v, nodes + 1, -supply, 0);
                }
            }
            for (tail, head, room, cost) in g.linear().filter(|arc| arc.0 != arc.1) {
                graph.add_edge(tail, head, room, cost);
            }
            let clock = ThreadTime::now();
            let (flow, cost) = graph.flow(nodes, nodes + 1, total);
            (flow == total).then(|| (clock.elapsed(), i128::from(cost)))
        }),
    ));
    #[cfg(feature = "mcmf")]
    list.push(("mcmf", mcmf_crate(g)));
    list
}

/// The crate around LEMON's network simplex: a maximum flow of least cost, costs and capacities of 32 bits. Its time
/// includes the graph and the paths that it returns, which cannot be asked for apart.
#[cfg(feature = "mcmf")]
fn mcmf_crate(g: &Instance) -> Run<'_> {
    use mcmf::{Capacity, Cost, GraphBuilder, Vertex};
    Box::new(move || {
        let narrow = |value: i64| i32::try_from(value).ok();
        let total: i64 = g.supplies().iter().filter(|supply| **supply > 0).sum();
        narrow(2 * total)?;
        let mut graph = GraphBuilder::<usize>::new();
        for (v, &supply) in g.supplies().iter().enumerate() {
            let room = Capacity(narrow(supply.abs())?);
            if supply > 0 {
                graph.add_edge(Vertex::Source, Vertex::Node(v), room, Cost(0));
            } else if supply < 0 {
                graph.add_edge(Vertex::Node(v), Vertex::Sink, room, Cost(0));
            }
        }
        for (tail, head, room, cost) in g.linear().filter(|arc| arc.0 != arc.1) {
            if cost < 0 {
                return None;
            }
            graph.add_edge(
                Vertex::Node(tail),
                Vertex::Node(head),
                Capacity(narrow(room)?),
                Cost(narrow(cost)?),
            );
        }
        let clock = ThreadTime::now();
        let (_, paths) = graph.mcmf();
        let time = clock.elapsed();
        // Its own sum wraps at 32 bits.
        let edges = || paths.iter().flat_map(|path| &path.flows);
        let cost = edges().map(|flow| i128::from(flow.amount) * i128::from(flow.cost)).sum();
        let sent: i64 = paths.iter().map(|path| i64::from(path.flows[0].amount)).sum();
        (sent == total).then_some((time, cost))
    })
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

#[derive(Default)]
struct Row {
    own: bool,
    times: Vec<f64>,
}

/// Runs every solver on one instance; the solvers in the order of their names, ours first.
fn race(name: &str, g: &Instance, options: &Options) -> Vec<(String, Row)> {
    let network = g.network();
    let mut runs: Vec<(&'static str, Run<'_>)> = vec![("auto", own(&network, Algorithm::Auto))];
    if options.all {
        for algorithm in [Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling] {
            runs.push((algorithm.name(), own(&network, algorithm)));
        }
    }
    let ours = runs.len();
    if options.peers {
        runs.extend(rust_peers(g));
    }
    let file = std::env::temp_dir().join(format!("min-cost-{}-{name}.min", std::process::id()));
    if options.outside.is_some() {
        std::fs::write(&file, g.dimacs()).unwrap();
    }
    let mut rows: BTreeMap<(bool, String), Row> = BTreeMap::new();
    let mut expected = None;
    let mut record = |own: bool, solver: &str, time: f64, cost: i128| {
        assert_eq!(*expected.get_or_insert(cost), cost, "{solver} on {name}");
        let row = rows.entry((!own, solver.to_owned())).or_default();
        row.own = own;
        row.times.push(time);
        time
    };
    let mut tired = vec![false; runs.len() + 1];
    for _ in 0..options.rounds {
        for (i, (solver, run)) in runs.iter_mut().enumerate() {
            let wanted = options.only.is_empty() || options.only.iter().any(|only| only == solver);
            if tired[i] || !wanted {
                continue;
            }
            match steady(run) {
                Some((time, cost)) => {
                    tired[i] =
                        record(i < ours, solver, time.as_secs_f64() * 1e3, cost) > options.patience * 1e3;
                }
                None => tired[i] = true,
            }
        }
        if let Some(outside) = options.outside.as_ref().filter(|_| !tired[runs.len()]) {
            let mut words = outside.split(' ');
            let output = Command::new(words.next().unwrap()).arg(&file).args(words).output().unwrap();
            let mut sum = 0.0;
            for line in String::from_utf8(output.stdout).unwrap().lines() {
                let words: Vec<&str> = line.split(' ').collect();
                let time: f64 = words[1].parse().unwrap();
                if time >= 0.0 {
                    sum += record(false, words[0], time, words[2].parse().unwrap());
                }
            }
            tired[runs.len()] = sum > 4.0 * options.patience * 1e3;
        }
    }
    let _ = std::fs::remove_file(&file);
    rows.into_iter().map(|((_, solver), row)| (solver, row)).collect()
}

fn main() {
    let options = options();
    if options.dump.is_none() {
        println!("| family | arcs | solver | median ms | best ms | / best peer |");
        println!("|---|---:|---|---:|---:|---:|");
    }
    let mut logs = Vec::new();
    for name in &options.families {
        let g = family(name, options.size).unwrap_or_else(|| panic!("no family {name}"));
        if let Some(folder) = &options.dump {
            std::fs::write(std::path::Path::new(folder).join(format!("{name}.min")), g.dimacs()).unwrap();
            continue;
        }
        let mut rows = race(name, &g, &options);
        let arcs = g.linear().count();
        let medians: Vec<f64> = rows.iter_mut().map(|(_, row)| median(&mut row.times)).collect();
        let peers = rows.iter().zip(&medians).filter(|((_, row), _)| !row.own);
        let best = peers.map(|(_, &median)| median).fold(f64::INFINITY, f64::min);
        for ((solver, row), median) in rows.iter().zip(&medians) {
            println!(
                "| {name} | {arcs} | {solver} | {median:.2} | {:.2} | {:.2} |",
                row.times[0],
                median / best
            );
        }
        if best.is_finite() && rows[0].0 == "auto" {
            logs.push((medians[0] / best).ln());
        }
    }
    if !logs.is_empty() {
        let mean = (logs.iter().sum::<f64>() / logs.len() as f64).exp();
        println!("\ngeometric mean of auto / best peer: {mean:.3}");
    }
}
