//! Minimum-cost flow by itself: warm starts against cold ones, convex arcs against their pieces as parallel
//! arcs, and memory.
//!
//! Times are processor times in a kept workspace, medians of the rounds. Memory is what the process holds at
//! the most during a first solve beyond what it held before, by the kernel's count (Linux).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../../../instances/min_cost.rs"]
mod instances;

use cpu_time::ThreadTime;
use feasible::min_cost_flow::{OptimalFlow, Workspace};
use feasible::random::Random;
use feasible::{MinCostFlow, Network, PiecewiseCost};
use instances::{FAMILIES, family};

fn median(rounds: usize, mut run: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let clock = ThreadTime::now();
            run();
            clock.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    times[rounds / 2]
}

/// Kilobytes of one line of the process status.
fn status(line: &str) -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|found| found.starts_with(line))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Bytes that a first solve adds at the most.
fn memory(network: &Network) -> Option<f64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    let before = status("VmRSS:")?;
    let _ = MinCostFlow::new().solve(network);
    Some((status("VmHWM:")? - before) * 1024.0)
}

/// Costs of so many arcs changed by up to ten per cent of the steepest.
fn changed(network: &Network, count: usize) -> Network {
    let random = Random::new(9);
    let arcs = network.arc_count() as u64;
    let mut changed = network.clone();
    let mut amend = changed.amend();
    let all: Vec<_> = network.arcs().collect();
    for i in 0..count as u64 {
        let arc = all[usize::try_from(random.below(i, arcs)).unwrap()];
        let cost = network.cost(arc);
        let by = i64::try_from(random.stream(1).below(i, 2000)).unwrap() - 1000;
        let bends = cost.breakpoints().iter().map(|bend| (bend.at, bend.slope + by));
        amend = amend.cost(arc, PiecewiseCost::new(cost.first() + by, bends).unwrap()).unwrap();
    }
    amend.apply().unwrap();
    changed
}

fn solve(workspace: &mut Workspace, network: &Network) -> OptimalFlow {
    MinCostFlow::new().solve_in(workspace, network).unwrap().optimal().unwrap()
}

fn main() {
    let size = std::env::args().nth(1).map_or(100_000, |size| size.parse().unwrap());
    println!(
        "| family | by | cold ms | 1 % of costs changed | one arc changed | pieces as arcs, ms | bytes per arc |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|");
    for name in FAMILIES {
        let g = family(name, size).unwrap();
        let network = g.network();
        let held = memory(&network);
        let mut workspace = Workspace::new();
        let first = solve(&mut workspace, &network);
        let cold = median(3, || drop(solve(&mut workspace, &network)));
        let mut warm = [1, network.arc_count() / 100].map(|count| {
            let changed = changed(&network, count);
            let solver = MinCostFlow::new();
            let warm = solver.solve_from_in(&mut workspace, &changed, &first).unwrap().optimal().unwrap();
            assert_eq!(warm.cost(), solve(&mut workspace, &changed).cost(), "{name}");
            median(3, || drop(solver.solve_from_in(&mut workspace, &changed, &first)))
        });
        warm.iter_mut().for_each(|time| *time /= cold);
        let expanded = if network.arc_count() < g.linear().count() {
            let expanded = g.expanded().network();
            assert_eq!(solve(&mut workspace, &expanded).cost(), first.cost(), "{name}");
            format!("{:.2}", median(3, || drop(solve(&mut workspace, &expanded))))
        } else {
            "-".to_owned()
        };
        println!(
            "| {name} | {} | {cold:.2} | {:.3} | {:.3} | {expanded} | {:.0} |",
            first.algorithm().name(),
            warm[1],
            warm[0],
            held.map_or(f64::NAN, |bytes| bytes / network.arc_count() as f64),
        );
    }
}
