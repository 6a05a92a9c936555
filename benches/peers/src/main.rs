//! Maximum flow beside other Rust solvers, interleaved, values compared first.
//!
//! Time is the processor time of the solve call, median of the rounds, on a graph that is already in the
//! solver's own structure. For this crate that includes reading the network, the check and the answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../../common/counting.rs"]
mod counting;
#[path = "../../instances/mod.rs"]
mod instances;

use std::time::Duration;

use ac_library::MfGraph;
use counting::counted;
use cpu_time::ThreadTime;
use feasible::max_flow::{Algorithm, MaxFlow, Workspace};
use feasible::{Network, NodeId};
use instances::{FAMILIES, Instance, family};
use petgraph::graph::{DiGraph, NodeIndex};
use rs_graph::maxflow::{dinic::Dinic, pushrelabel::PushRelabel};
use rs_graph::traits::Indexable;
use rs_graph::{Buildable, Builder, VecGraph};

/// Memory of a first and a second solve in one workspace, and the share of the check.
fn measure(network: &Network, s: NodeId, t: NodeId, name: &str) {
    let arcs = network.arc_count() as f64;
    let mut workspace = Workspace::default();
    for solve in ["first", "second"] {
        let clock = ThreadTime::now();
        let solve_it = || MaxFlow::new().solve_in(&mut workspace, network, s, t).unwrap().optimal().unwrap();
        let (found, calls, peak) = counted(solve_it);
        let solved = clock.elapsed().as_secs_f64();
        let clock = ThreadTime::now();
        feasible::check::max_flow(network, s, t, found.flows(), found.value(), found.cut()).unwrap();
        let checked = clock.elapsed().as_secs_f64();
        println!(
            "{name}, {solve}: {calls} allocations, {:.1} bytes per arc at the peak, check {:.1} % of {:.1} ms",
            peak as f64 / arcs,
            100.0 * checked / solved,
            1e3 * solved
        );
    }
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
    let mut workspace = Workspace::default();
    Box::new(move || {
        if !reuse {
            workspace = Workspace::default();
        }
        let clock = ThreadTime::now();
        let found = MaxFlow::new().algorithm(algorithm).solve_in(&mut workspace, network, s, t).unwrap();
        let time = clock.elapsed();
        (found.optimal().unwrap().value(), time)
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
        let mut list: Vec<(&'static str, Run<'_>)> = vec![
            ("auto", own(&network, s, t, Algorithm::Auto, false)),
            ("auto, same workspace", own(&network, s, t, Algorithm::Auto, true)),
            ("push-relabel", own(&network, s, t, Algorithm::PushRelabel, false)),
            ("dinic", own(&network, s, t, Algorithm::Dinic, false)),
            ("search trees", own(&network, s, t, Algorithm::SearchTrees, false)),
        ];
        if options.peers {
            list.extend(peers(&g, options.slow));
        }
        if let Some(only) = &options.only {
            list.retain(|(solver, _)| solver == only);
        }
        // Augmenting paths take minutes on large deep instances.
        let deep = ["rmf", "rlg", "ak"].iter().any(|family| name.starts_with(family));
        if deep && !options.slow {
            list.retain(|(solver, _)| {
                !["dinic", "search trees", "rs-graph dinic", "ac-library"].contains(solver)
            });
        }
        let ours = list.iter().take_while(|(solver, _)| *solver != "rs-graph pr").count();
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
        if options.peers {
            logs.push((medians[0].0 / best).ln());
        }
    }
    if logs.is_empty() {
        return;
    }
    let mean = (logs.iter().sum::<f64>() / logs.len() as f64).exp();
    println!("\ngeometric mean of auto / best peer: {mean:.3}");
}
