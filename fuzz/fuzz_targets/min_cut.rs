//! Any undirected graph: the least edge of the cut tree is the global cut, and both pass their checkers.
#![no_main]

use feasible::{CutTree, GlobalMinCut, UndirectedGraph, check};
use libfuzzer_sys::fuzz_target;

/// Nodes, then four bytes an edge: ends, capacity, shift.
fn decode(bytes: &[u8]) -> Option<UndirectedGraph> {
    let (&nodes, edges) = bytes.split_first()?;
    let nodes = usize::from(nodes % 24);
    let mut graph = UndirectedGraph::with_nodes(nodes).ok()?;
    for edge in edges.chunks_exact(4).filter(|_| nodes > 0) {
        let u = graph.node(usize::from(edge[0]) % nodes)?;
        let v = graph.node(usize::from(edge[1]) % nodes)?;
        graph.add_edge(u, v, i64::from(edge[2]) << (edge[3] % 55)).ok()?;
    }
    Some(graph)
}

fuzz_target!(|bytes: &[u8]| {
    let Some(graph) = decode(bytes) else { return };
    let tree = CutTree::new(&graph, None).unwrap();
    let (parent, value) = tree.parts();
    check::cut_tree(&graph, parent, value).unwrap();
    let cut = GlobalMinCut::new().solve(&graph).unwrap();
    if let Some(cut) = &cut {
        check::global_cut(&graph, cut.side(), cut.value()).unwrap();
    }
    assert_eq!(cut.map(|cut| cut.value()), tree.edges().map(|(_, _, value)| value).min());
});
