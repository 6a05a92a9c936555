//! Maximum flow in a kept workspace: later solves allocate the answer and nothing else, whatever the engine, and
//! nothing at all over an earlier answer; a first solve and the index of the network stay within so many bytes per arc beside the problem.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../../common/counting.rs"]
mod counting;
#[path = "../../instances/mod.rs"]
mod instances;

use counting::counted;
use feasible::max_flow::{Algorithm, AtLeast, Workspace};
use feasible::{MaxFlow, MinCut, Network, NodeId};
use instances::{FAMILIES, family};

/// The vectors of an answer: flows and the sides of the cut.
const ANSWER: usize = 2;

/// Bytes per arc of index, answer and workspace together, where there are not more nodes than a third of the arcs.
const BYTES: usize = 64;

const ENGINES: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::PushRelabel, Algorithm::Dinic, Algorithm::SearchTrees];

fn solve(workspace: &mut Workspace, network: &Network, (s, t): (NodeId, NodeId), engine: Algorithm) -> i128 {
    let solver = MaxFlow::new().algorithm(engine);
    solver.solve_in(workspace, network, s, t).unwrap().optimal().unwrap().value()
}

// One test: the counters are those of the whole process.
#[test]
fn a_solve_holds_and_allocates_little() {
    for name in FAMILIES {
        let g = family(name, 5000).unwrap();
        for engine in ENGINES {
            let (network, s, t) = g.network();
            let mut workspace = Workspace::default();
            let (first, _, peak) = counted(|| {
                network.prepare();
                solve(&mut workspace, &network, (s, t), engine)
            });
            let per_arc = peak / network.arc_count();
            assert!(
                per_arc <= BYTES || 3 * g.nodes > network.arc_count(),
                "{name}, {engine:?}: {per_arc} bytes per arc"
            );
            for _ in 0..3 {
                let (again, calls, _) = counted(|| solve(&mut workspace, &network, (s, t), engine));
                assert_eq!(again, first);
                assert!(calls <= ANSWER, "{name}, {engine:?}: {calls} allocations");
            }
            let solver = MaxFlow::new().algorithm(engine);
            let earlier = solver.solve_in(&mut workspace, &network, s, t).unwrap().optimal().unwrap();
            let over =
                || solver.solve_over(&mut workspace, &network, s, t, earlier).unwrap().optimal().unwrap();
            let (again, calls, _) = counted(over);
            assert_eq!((again.value(), calls), (first, 0), "{name}, {engine:?}");
            let mut flows = again.into_parts().0;
            for (turn, amount) in [first / 2, first, first / 2, first].into_iter().enumerate() {
                let ask = || solver.at_least_in(&mut workspace, &network, s, t, amount, flows).unwrap();
                let (found, calls, _) = counted(ask);
                let AtLeast::Enough(enough) = found else { panic!("{name}: {amount} of {first}") };
                assert!(turn < 2 || calls == 0, "{name}, {engine:?}: {calls} allocations for an amount");
                flows = enough;
            }
            let solver = MinCut::new().algorithm(engine);
            let cut = solver.first_in(&mut workspace, &network, s, t).unwrap().unwrap();
            assert_eq!(cut.value(), first);
            let (cut, calls, _) =
                counted(|| solver.first_in(&mut workspace, &network, s, t).unwrap().unwrap());
            assert_eq!(cut.value(), first);
            assert!(calls <= ANSWER, "{name}, {engine:?}: {calls} allocations for a cut");
            let (cut, calls, _) =
                counted(|| solver.first_over(&mut workspace, &network, s, t, cut).unwrap().unwrap());
            assert_eq!((cut.value(), calls), (first, 0), "{name}, {engine:?}");
        }
    }
}
