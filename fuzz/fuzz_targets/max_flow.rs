//! Any network: all engines agree, every answer passes its checker, and a restart gives the same.
#![no_main]

use feasible::decomposition::decompose;
use feasible::max_flow::{
    Algorithm, AtLeast, MaxFlow, Outcome, TerminalsAtLeast, TerminalsOutcome, Workspace,
};
use feasible::{Bounds, MinCut, Network, NetworkBuilder, NodeId, SolveError, Terminals, check};
use libfuzzer_sys::fuzz_target;

/// Nodes, then five bytes an arc: ends, lower bound, width, kind.
fn decode(bytes: &[u8]) -> Option<(Network, NodeId, NodeId)> {
    let (&[nodes, supply, shift], arcs) = bytes.split_first_chunk()?;
    let nodes = usize::from(nodes % 12) + 2;
    let scale = 1_i64 << (shift % 50);
    let mut b = NetworkBuilder::new();
    let ids: Vec<NodeId> = (0..nodes).map(|_| b.add_node(0).unwrap()).collect();
    let supply = i64::from(supply % 8) * scale;
    b.set_supply(ids[nodes / 2], supply).unwrap();
    b.set_supply(ids[nodes - 1], -supply).unwrap();
    for arc in arcs.chunks_exact(5) {
        let (tail, head) = (ids[usize::from(arc[0]) % nodes], ids[usize::from(arc[1]) % nodes]);
        let lower = i64::from(arc[2] as i8) / 16 * scale;
        let upper = (arc[4] % 8 > 0).then(|| lower + i64::from(arc[3]) * scale);
        b.add_arc(tail, head, Bounds { lower, upper }, 0).unwrap();
    }
    Some((b.build().ok()?, ids[0], ids[nodes - 1]))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((network, s, t)) = decode(bytes) else { return };
    let found: Vec<Outcome> = [Algorithm::PushRelabel, Algorithm::Dinic, Algorithm::SearchTrees]
        .map(|engine| MaxFlow::new().algorithm(engine).solve(&network, s, t).unwrap())
        .into();
    for found in found.windows(2) {
        compare(&network, (s, t), (&found[0], &found[1]));
    }
});

/// Limits on nodes can only lower the maximum; none leave it as it is.
fn between(network: &Network, (s, t): (NodeId, NodeId), most: i128) {
    let cut = MinCut::new().solve(network, s, t).unwrap().unwrap();
    assert_eq!(cut.value(), most);
    let mut workspace = Workspace::default();
    for engine in [Algorithm::PushRelabel, Algorithm::SearchTrees] {
        let solver = MinCut::new().algorithm(engine);
        let first = solver.first_in(&mut workspace, network, s, t).unwrap().unwrap();
        assert_eq!(first.cut(), cut.nearest_source());
        let over = solver.first_over(&mut workspace, network, s, t, first.clone()).unwrap().unwrap();
        assert_eq!(over.cut(), first.cut());
        for found in [first, over] {
            check::min_cut(network, s, t, found.pseudoflow(), found.cut()).unwrap();
        }
    }
    let terminals = Terminals::new([s], [t]);
    let mut last = None;
    for amount in [most / 2, most, most + 1, most / 3].into_iter().filter(|&amount| amount >= 0) {
        match MaxFlow::new().at_least_between(network, &terminals, amount, last.as_ref()) {
            Ok(TerminalsAtLeast::Enough(flows)) => {
                assert!(amount <= most);
                last = Some(flows);
            }
            Ok(TerminalsAtLeast::TooLittle(flow)) => assert!(amount > most && flow.value() == most),
            other => assert!(other.is_err(), "{other:?}"),
        }
    }
    let flow = MaxFlow::new().solve_between(network, &terminals).unwrap().optimal().unwrap();
    assert_eq!(flow.value(), most);
    let capacity = i64::try_from(most.unsigned_abs() / 2).unwrap_or(i64::MAX / 2);
    let limited = network.nodes().fold(terminals, |terminals, node| terminals.node_capacity(node, capacity));
    match MaxFlow::new().solve_between(network, &limited) {
        Ok(TerminalsOutcome::Optimal(flow)) => assert!(flow.value() <= most),
        Ok(TerminalsOutcome::Infeasible(_)) | Err(SolveError::NotAdmitted(_)) => {}
        other => panic!("{other:?}"),
    }
}

fn compare(network: &Network, (s, t): (NodeId, NodeId), found: (&Outcome, &Outcome)) {
    match found {
        (Outcome::Optimal(a), Outcome::Optimal(b)) => {
            assert_eq!(a.cut(), b.cut());
            check::max_flow(network, s, t, a.flows(), a.value(), a.cut()).unwrap();
            decompose(network, a.flows()).unwrap();
            between(network, (s, t), a.value());
            let again = MaxFlow::new().solve_from(network, s, t, b).unwrap().optimal().unwrap();
            assert_eq!(again.cut(), a.cut());
            for amount in [a.value(), a.value() + 1].into_iter().filter(|&amount| amount >= 0) {
                for found in [
                    MaxFlow::new().at_least(network, s, t, amount),
                    MaxFlow::new().at_least_from(network, s, t, amount, b.flows()),
                ] {
                    match found {
                        Ok(AtLeast::Enough(_)) => assert_eq!(amount, a.value()),
                        Ok(AtLeast::TooLittle(_)) => assert!(amount > a.value()),
                        other => assert!(other.is_err(), "{other:?}"),
                    }
                }
            }
        }
        (Outcome::Infeasible(a), Outcome::Infeasible(b)) => {
            check::infeasible_between(network, s, t, a).unwrap();
            check::infeasible_between(network, s, t, b).unwrap();
        }
        (Outcome::Unbounded(a), Outcome::Unbounded(b)) => {
            assert_eq!(a, b);
            check::unbounded_path(network, s, t, a).unwrap();
        }
        _ => panic!("{found:?}"),
    }
}
