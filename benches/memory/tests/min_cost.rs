//! Minimum-cost flow in a kept workspace: later solves allocate the answer and nothing else; a first solve stays within so many bytes per arc beside the problem.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../../common/counting.rs"]
mod counting;
#[path = "../../instances/min_cost.rs"]
mod instances;

use counting::counted;
use feasible::min_cost_flow::{Algorithm, Workspace};
use feasible::{MinCostFlow, Network};
use instances::family;

const ENGINES: [Algorithm; 3] =
    [Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];

/// The vectors of an answer: flows, potentials and a tree.
const ANSWER: usize = 3;

fn solve(workspace: &mut Workspace, network: &Network, engine: Algorithm) -> i128 {
    let solver = MinCostFlow::new().algorithm(engine);
    solver.solve_in(workspace, network).unwrap().optimal().unwrap().cost()
}

// One test: the counters are those of the whole process.
#[test]
fn a_solve_holds_and_allocates_little() {
    for (name, engine, bytes) in ["netgen-8", "gridgen-sr", "ln-multi"]
        .into_iter()
        .flat_map(|name| ENGINES.map(|engine| (name, engine)))
        .map(|(name, engine)| {
            let most = match engine {
                Algorithm::NetworkSimplex => 74,
                Algorithm::SuccessivePaths => 86,
                _ => 115,
            };
            (name, engine, most)
        })
    {
        let network = family(name, 5000).unwrap().network();
        let mut workspace = Workspace::new();
        let (first, _, peak) = counted(|| solve(&mut workspace, &network, engine));
        let per_arc = peak / network.arc_count();
        assert!(per_arc <= bytes, "{name}, {engine:?}: {per_arc} bytes per arc");
        for round in 0..3 {
            let (again, calls, _) = counted(|| solve(&mut workspace, &network, engine));
            assert_eq!(again, first);
            assert!(calls <= ANSWER, "{name}, {engine:?}, round {round}: {calls} allocations");
        }
    }
}
