//! Maximum flow beside other Rust solvers, interleaved, values compared first.
//!
//! Time is the processor time of the solve call, median of the rounds, on a graph that is already in the
//! solver's own structure. For this crate that includes reading the network, the check and the answer.
//!
//! `--outside COMMAND` adds solvers in other languages (`benches/outside/max_flow.sh`): COMMAND prints their names, and
//! with the path of a DIMACS file and a name the milliseconds and the value of one solve.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../../common/counting.rs"]
mod counting;
#[path = "../../instances/mod.rs"]
mod instances;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ac_library::MfGraph;
use counting::counted;
use cpu_time::ThreadTime;
use feasible::max_flow::{Algorithm, MaxFlow, Workspace};
use feasible::{MinCut, Network, NodeId};
use instances::{FAMILIES, Instance, family};
use petgraph::graph::{DiGraph, NodeIndex};
use rs_graph::maxflow::{dinic::Dinic, pushrelabel::PushRelabel};
use rs_graph::traits::Indexable;
use rs_graph::{Buildable, Builder, VecGraph};

/// Memory of a cold solve and of a first and a second one in one workspace, and the share of the check.
fn measure(network: &Network, s: NodeId, t: NodeId, name: &str) {
    let arcs = network.arc_count() as f64;
    let report = |solve: &str, network: &Network, workspace: &mut Workspace| {
        let clock = ThreadTime::now();
        let solve_it = || MaxFlow::new().solve_in(workspace, network, s, t).unwrap().optimal().unwrap();
        let (found, calls, peak) = counted(solve_it);
        let solved = clock.elapsed().as_secs_f64();
        // The least of five: a solve is longer than what disturbs it.
        let checked = (0..5).map(|_| {
            let clock = ThreadTime::now();
            feasible::check::max_flow(network, s, t, found.flows(), found.value(), found.cut()).unwrap();
            clock.elapsed().as_secs_f64()
        });
        let checked = checked.fold(f64::INFINITY, f64::min);
        println!(
            "{name}, {solve}: {calls} allocations, {:.1} bytes per arc at the peak, check {:.1} % of {:.1} ms",
            peak as f64 / arcs,
            100.0 * checked / solved,
            1e3 * solved
        );
    };
    // A copy has no index yet.
    report("cold, index included", &network.clone(), &mut Workspace::default());
    let mut workspace = Workspace::default();
    report("first", network, &mut workspace);
    report("second", network, &mut workspace);
}

/// Slower than this, a solver is not asked again on this family.
const PATIENCE: Duration = Duration::from_secs(5);

struct Options {
    size: usize,
    rounds: usize,
    families: Vec<String>,
    slow: bool,
    peers: bool,
    measure: bool,
    dump: bool,
    only: Option<String>,
    outside: Option<String>,
}

fn options() -> Options {
    use lexopt::prelude::*;
    let mut options = Options {
        size: 100_000,
        rounds: 5,
        families: Vec::new(),
        slow: false,
        peers: true,
        measure: false,
        dump: false,
        only: None,
        outside: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next().unwrap() {
        match arg {
            Long("size") => options.size = parser.value().unwrap().parse().unwrap(),
            Long("rounds") => options.rounds = parser.value().unwrap().parse().unwrap(),
            Long("family") => options.families.push(parser.value().unwrap().string().unwrap()),
            Long("slow") => options.slow = true,
            Long("dump") => options.dump = true,
            Long("measure") => options.measure = true,
            Long("own") => options.peers = false,
            Long("outside") => options.outside = Some(parser.value().unwrap().string().unwrap()),
            Long("only") => options.only = Some(parser.value().unwrap().string().unwrap()),
            other => panic!("{}", other.unexpected()),
        }
    }
    if options.families.is_empty() {
        options.families = FAMILIES.map(String::from).into();
    }
    options
}

/// A solver on one instance: returns the value and the time of the solve call alone.
type Run<'a> = Box<dyn FnMut() -> (i128, Duration) + 'a>;

fn own<'a>(network: &'a Network, s: NodeId, t: NodeId, algorithm: Algorithm, reuse: bool) -> Run<'a> {
    let (mut workspace, mut earlier) = (Workspace::default(), None);
    let solver = MaxFlow::new().algorithm(algorithm);
    Box::new(move || {
        if !reuse {
            (workspace, earlier) = (Workspace::default(), None);
        }
        let memory = earlier.take();
        let clock = ThreadTime::now();
        let found = match memory {
            Some(memory) => solver.solve_over(&mut workspace, network, s, t, memory),
            None => solver.solve_in(&mut workspace, network, s, t),
        };
        let time = clock.elapsed();
        let found = found.unwrap().optimal().unwrap();
        let value = found.value();
        earlier = Some(found);
        (value, time)
    })
}

fn peers<'a>(g: &'a Instance, slow: bool) -> Vec<(&'static str, Run<'a>)> {
    let (s, t) = (g.source, g.sink);
    let mut list: Vec<(&'static str, Run<'a>)> = Vec::new();

    let graph: VecGraph = VecGraph::new_with(|b| {
        let nodes = b.add_nodes(g.nodes);
        for &(u, v, _) in &g.arcs {
            b.add_edge(nodes[u], nodes[v]);
        }
    });
    let graph: &'static VecGraph = Box::leak(Box::new(graph));
    let end = |index: usize| rs_graph::traits::IndexGraph::id2node(graph, index);
    list.push((
        "rs-graph pr",
        Box::new(move || {
            let mut solver = PushRelabel::<_, i64>::new(graph);
            let clock = ThreadTime::now();
            solver.solve(end(s), end(t), |e| g.arcs[e.index()].2);
            (i128::from(solver.value()), clock.elapsed())
        }),
    ));
    list.push((
        "rs-graph dinic",
        Box::new(move || {
            let mut solver = Dinic::<_, i64>::new(graph);
            let clock = ThreadTime::now();
            solver.solve(end(s), end(t), |e| g.arcs[e.index()].2);
            (i128::from(solver.value()), clock.elapsed())
        }),
    ));
    let mut ac = MfGraph::<i64>::new(g.nodes);
    for &(u, v, capacity) in &g.arcs {
        ac.add_edge(u, v, capacity);
    }
    list.push((
        "ac-library",
        Box::new(move || {
            for (i, &(_, _, capacity)) in g.arcs.iter().enumerate() {
                ac.change_edge(i, capacity, 0);
            }
            let clock = ThreadTime::now();
            (i128::from(ac.flow(s, t)), clock.elapsed())
        }),
    ));
    if slow {
        let mut graph = DiGraph::<(), u64>::new();
        for _ in 0..g.nodes {
            graph.add_node(());
        }
        for &(u, v, capacity) in &g.arcs {
            graph.add_edge(NodeIndex::new(u), NodeIndex::new(v), capacity.unsigned_abs());
        }
        list.push((
            "petgraph dinics",
            Box::new(move || {
                let clock = ThreadTime::now();
                let value = petgraph::algo::dinics(&graph, NodeIndex::new(s), NodeIndex::new(t)).0;
                (i128::from(value), clock.elapsed())
            }),
        ));
        let nodes: Vec<usize> = (0..g.nodes).collect();
        list.push((
            "pathfinding",
            Box::new(move || {
                use pathfinding::directed::edmonds_karp::edmonds_karp_sparse;
                let arcs = g.arcs.iter().map(|&(u, v, capacity)| ((u, v), capacity));
                let clock = ThreadTime::now();
                let value = edmonds_karp_sparse(&nodes, &s, &t, arcs).1;
                (i128::from(value), clock.elapsed())
            }),
        ));
    }
    list
}

/// The names that a command prints.
fn outside_names(command: &str) -> Vec<&'static str> {
    let output = Command::new(command).output().unwrap();
    let names: &'static str = Box::leak(String::from_utf8(output.stdout).unwrap().into_boxed_str());
    names.split_whitespace().collect()
}

/// A solver behind a command, on a file.
fn outside<'a>(command: &'a str, file: &'a Path, name: &'static str) -> Run<'a> {
    Box::new(move || {
        let output = Command::new(command).arg(file).arg(name).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut words = text.split_whitespace();
        let mut word = || words.next().unwrap_or_else(|| panic!("{name} said nothing"));
        let time: f64 = word().parse().unwrap();
        (word().parse().unwrap(), Duration::from_secs_f64(time / 1e3))
    })
}

fn dimacs(network: &Network, s: NodeId, t: NodeId, name: &str) -> PathBuf {
    let file = std::env::temp_dir().join(format!("max-flow-{}-{name}.max", std::process::id()));
    let mut text = String::new();
    feasible::io::dimacs::write_max(network, s, t, &mut text).unwrap();
    std::fs::write(&file, text).unwrap();
    file
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

fn main() {
    let options = options();
    if !options.dump {
        println!("| family | arcs | solver | median ms | best ms | / best peer |");
        println!("|---|---:|---|---:|---:|---:|");
    }
    let mut logs = Vec::new();
    for name in &options.families {
        let g = family(name, options.size).unwrap_or_else(|| panic!("no family {name}"));
        let (network, s, t) = g.network();
        network.prepare();
        if options.dump {
            // For peers in other languages: one line of sizes, one per arc.
            println!("{} {} {} {}", g.nodes, g.arcs.len(), g.source, g.sink);
            g.arcs.iter().for_each(|(tail, head, capacity)| println!("{tail} {head} {capacity}"));
            continue;
        }
        if options.measure {
            measure(&network, s, t, name);
            continue;
        }
        let file = options.outside.as_ref().map(|_| dimacs(&network, s, t, name));
        let mut list: Vec<(&'static str, Run<'_>)> = vec![
            ("auto", own(&network, s, t, Algorithm::Auto, false)),
            ("auto, kept memory", own(&network, s, t, Algorithm::Auto, true)),
            ("push-relabel", own(&network, s, t, Algorithm::PushRelabel, false)),
            ("dinic", own(&network, s, t, Algorithm::Dinic, false)),
            ("search trees", own(&network, s, t, Algorithm::SearchTrees, false)),
        ];
        let cut_only: Run<'_> = {
            let (network, mut workspace, mut kept) = (&network, Workspace::default(), None);
            Box::new(move || {
                let clock = ThreadTime::now();
                let cut = match kept.take() {
                    Some(earlier) => MinCut::new().first_over(&mut workspace, network, s, t, earlier),
                    None => MinCut::new().first_in(&mut workspace, network, s, t),
                };
                let took = clock.elapsed();
                let cut = cut.unwrap().unwrap();
                let value = cut.value();
                kept = Some(cut);
                (value, took)
            })
        };
        list.push(("cut alone, kept memory", cut_only));
        let ours = list.len();
        if options.peers {
            list.extend(peers(&g, options.slow));
        }
        if let (Some(command), Some(file)) = (&options.outside, &file) {
            let names = outside_names(command);
            list.extend(names.into_iter().map(|name| (name, outside(command, file, name))));
        }
        let names: Vec<&str> = list.iter().take(ours).map(|(solver, _)| *solver).collect();
        if let Some(only) = &options.only {
            list.retain(|(solver, _)| solver == only);
        }
        // Augmenting paths take minutes on large deep instances.
        let deep = ["rmf", "rlg", "ak"].iter().any(|family| name.starts_with(family));
        if deep && !options.slow {
            list.retain(|(solver, _)| {
                let slow = ["dinic", "search trees", "rs-graph dinic", "ac-library", "boost-bk", "pymaxflow"];
                !slow.contains(solver)
            });
        }
        let ours = list.iter().take_while(|(solver, _)| names.contains(solver)).count();
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); list.len()];
        let mut expected = None;
        for round in 0..=options.rounds {
            for (i, (solver, run)) in list.iter_mut().enumerate() {
                if round > 0 && times[i].last().is_some_and(|&last| last > PATIENCE) {
                    continue;
                }
                let (value, time) = run();
                assert_eq!(*expected.get_or_insert(value), value, "{solver} on {name}");
                // The first round warms up; only the patience counts there.
                if round <= 1 {
                    times[i].clear();
                }
                times[i].push(time);
            }
        }
        if let Some(file) = &file {
            let _ = std::fs::remove_file(file);
        }
        let medians: Vec<(f64, f64)> =
            times.iter_mut().map(|t| (median(t), t[0].as_secs_f64() * 1e3)).collect();
        let best = medians.iter().skip(ours).map(|m| m.0).fold(f64::INFINITY, f64::min);
        for ((solver, _), (median, least)) in list.iter().zip(&medians) {
            println!(
                "| {name} | {} | {solver} | {median:.3} | {least:.3} | {:.2} |",
                g.arcs.len(),
                median / best
            );
        }
        if options.only.is_none() && best.is_finite() {
            logs.push([0, 1].map(|own| (medians[own].0 / best).ln()));
        }
    }
    for (own, what) in ["auto", "auto, kept memory"].into_iter().enumerate().filter(|_| !logs.is_empty()) {
        let mean = logs.iter().map(|pair| pair[own]).sum::<f64>() / logs.len() as f64;
        println!("\ngeometric mean of {what} / best peer: {:.3}", mean.exp());
    }
}
