//! Minimum-cost flow by itself: every engine's time, memory and share of the check, warm starts against cold
//! ones, and convex arcs against their pieces as parallel arcs.
//!
//! Times are processor times in a kept workspace, least of the rounds. Memory is what a first solve holds at the
//! most beyond the problem, answer included, by a counting allocator.
//!
//!   min_cost_measure [--size ARCS] [--rounds N] [engines|warm|convex] [FAMILY...]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../../../common/counting.rs"]
mod counting;
#[path = "../../../instances/min_cost.rs"]
mod instances;

use counting::counted;
use cpu_time::ThreadTime;
use feasible::min_cost_flow::{Algorithm, OptimalFlow, Outcome, Workspace};
use feasible::network::Amend;
use feasible::random::Random;
use feasible::{ArcId, BuildError, MinCostFlow, Network, PiecewiseCost, check};
use instances::{FAMILIES, family};

/// The least processor time of the rounds, in milliseconds.
fn least(rounds: usize, mut run: impl FnMut()) -> f64 {
    let times = (0..rounds).map(|_| {
        let clock = ThreadTime::now();
        run();
        clock.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Changes the costs of so many arcs by up to ten per cent of the steepest, or widens their bounds by a tenth.
fn change<'a>(
    mut amend: Amend<'a>,
    before: &Network,
    (count, bounds): (usize, bool),
    seed: u64,
) -> Result<Amend<'a>, BuildError> {
    let random = Random::new(seed);
    let arcs = before.arc_count() as u64;
    for i in 0..count as u64 {
        let arc = ArcId::new(usize::try_from(random.below(i, arcs)).unwrap()).unwrap();
        if bounds {
            let (lower, upper) = (before.lower(arc), before.upper(arc).unwrap());
            let tenth = (upper - lower) / 10 + 1;
            amend = amend.bounds(arc, lower..=upper + tenth)?;
            continue;
        }
        let cost = before.cost(arc);
        let by = i64::try_from(random.stream(1).below(i, 2000)).unwrap() - 1000;
        let bends = cost.breakpoints().iter().map(|bend| (bend.at, bend.slope + by));
        amend = amend.cost(arc, PiecewiseCost::new(cost.first() + by, bends).unwrap())?;
    }
    Ok(amend)
}

fn solver(algorithm: Algorithm) -> MinCostFlow {
    MinCostFlow::new().algorithm(algorithm).work_limit(4_000_000_000)
}

fn solve(workspace: &mut Workspace, network: &Network, algorithm: Algorithm) -> Option<OptimalFlow> {
    Some(solver(algorithm).solve_in(workspace, network).ok()?.optimal().unwrap())
}

/// A solve by itself, a cold one in a fresh workspace, then others in the same one.
fn engine(network: &Network, algorithm: Algorithm, rounds: usize) -> Option<String> {
    let mut workspace = Workspace::new();
    let (_, _, once) = counted(|| solver(algorithm).solve(network));
    let (first, _, peak) = counted(|| solve(&mut workspace, network, algorithm));
    let first = first?;
    let (_, again, _) = counted(|| solve(&mut workspace, network, algorithm));
    let time = least(rounds, || drop(solve(&mut workspace, network, algorithm)));
    let proof = least(rounds.max(5), || {
        check::optimal(network, first.flows(), first.potentials(), first.cost()).unwrap();
    });
    let [once, bytes] = [once, peak].map(|peak| peak as f64 / network.arc_count() as f64);
    let by =
        if algorithm == Algorithm::Auto { format!(" ({})", first.algorithm().name()) } else { String::new() };
    Some(format!(
        "{}{by} | {time:.2} | {:.1} | {once:.0} | {bytes:.0} | {again}",
        algorithm.name(),
        100.0 * proof / time
    ))
}

fn engines(name: &str, network: &Network, rounds: usize) {
    for algorithm in
        [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling]
    {
        if let Some(line) = engine(network, algorithm, rounds) {
            println!("| {name} | {line} |");
        }
    }
}

/// A chain of changes, each made and solved in a problem that is kept, and solved afresh: medians of both.
fn warm(name: &str, network: &Network, rounds: usize) {
    let mut other = Workspace::new();
    let median = |times: &mut Vec<f64>| {
        // The first warm solve may still have to lay out the problem.
        times.remove(0);
        times.sort_unstable_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let mut line = format!("| {name} |");
    let part = network.arc_count() / 100;
    for what in [(part, false), (1, false), (part, true), (1, true)] {
        let mut problem = MinCostFlow::new().reoptimize(network.clone());
        let mut times = [Vec::new(), Vec::new()];
        problem.solve().unwrap();
        for round in 0..rounds.max(5) as u64 + 1 {
            let before = problem.network().clone();
            let clock = ThreadTime::now();
            problem.amend(|amend| change(amend, &before, what, round)).unwrap();
            let Outcome::Optimal(next) = problem.solve().unwrap() else { panic!("{name}") };
            times[0].push(clock.elapsed().as_secs_f64() * 1e3);
            let cost = next.cost();
            let clock = ThreadTime::now();
            let fresh = solve(&mut other, problem.network(), Algorithm::Auto).unwrap();
            times[1].push(clock.elapsed().as_secs_f64() * 1e3);
            assert_eq!(cost, fresh.cost(), "{name}");
        }
        let [warm, cold] = times.each_mut().map(median);
        line += &format!(" {cold:.2} | {:.4} |", warm / cold);
    }
    println!("{line}");
}

/// Every arc with its pieces against parallel arcs side by side and in random order (in this order in `networks`), engine by
/// engine, interleaved.
fn convex(name: &str, networks: [&Network; 3], rounds: usize) {
    for algorithm in
        [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling]
    {
        let mut runs = networks.map(|network| {
            let mut workspace = Workspace::new();
            let (found, _, peak) = counted(|| solve(&mut workspace, network, algorithm));
            (workspace, found.map(|found| found.cost()), peak)
        });
        if runs[0].1.is_none() {
            continue;
        }
        assert!(runs.iter().all(|run| run.1 == runs[0].1), "{name}");
        let mut times = [f64::INFINITY; 3];
        for _ in 0..rounds {
            for ((time, network), (workspace, ..)) in times.iter_mut().zip(networks).zip(&mut runs) {
                *time = time.min(least(1, || drop(solve(workspace, network, algorithm))));
            }
        }
        let [own, pieces, scattered] = runs.map(|run| run.2 as f64);
        println!(
            "| {name} | {} | {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            networks[0].arc_count(),
            networks[1].arc_count(),
            algorithm.name(),
            times[0],
            times[1],
            times[2],
            times[0] / times[1],
            times[0] / times[2],
            own / pieces,
            own / scattered
        );
    }
}

fn main() {
    let (mut size, mut rounds, mut what, mut names) = (100_000, 3, "engines".to_owned(), Vec::new());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--size" => size = args.next().unwrap().parse().unwrap(),
            "--rounds" => rounds = args.next().unwrap().parse().unwrap(),
            "engines" | "warm" | "convex" => what = arg,
            _ => names.push(arg),
        }
    }
    if names.is_empty() {
        names = FAMILIES.iter().map(|name| (*name).to_owned()).collect();
        if what == "convex" {
            names = ["ln-pay", "ln-multi", "ln-circ", "netgen-8/3", "netgen-8/10", "netgen-8/20", "goto-8/5"]
                .map(str::to_owned)
                .to_vec();
        }
    }
    let head = match what.as_str() {
        "warm" => {
            "family | cold ms | 1 % of costs changed | cold ms | one cost changed | cold ms | 1 % of bounds changed | cold ms | one bound changed"
        }
        "convex" => {
            "family | arcs | pieces | by | ms | as arcs side by side, ms | in random order, ms | time / side by side | / random | memory / side by side | / random"
        }
        _ => {
            "family | by | ms | check % | bytes per arc, one solve | in a kept workspace | allocations of a later solve"
        }
    };
    println!("| {head} |\n|{}", "--|".repeat(head.split('|').count()));
    for name in &names {
        let (base, pieces) =
            name.split_once('/').map_or((name.as_str(), 1), |(base, k)| (base, k.parse().unwrap()));
        let instance = || family(base, size / pieces).unwrap().bent(pieces);
        let network = instance().network();
        match what.as_str() {
            "warm" => warm(name, &network, rounds),
            "convex" => {
                let expanded =
                    [instance().expanded(), instance().expanded().scattered()].map(|i| i.network());
                convex(name, [&network, &expanded[0], &expanded[1]], rounds);
            }
            _ => engines(name, &network, rounds),
        }
    }
}
