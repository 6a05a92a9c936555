//! Any undirected graph: the tree knows the maximum flow from the first node to every other, its least edge
//! is the global cut, and both pass their checkers.
#![no_main]

use feasible::{CutTree, GlobalMinCut, MaxFlow, NetworkBuilder, UndirectedGraph, check};
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

/// The tree against a flow per pair.
fn compare(graph: &UndirectedGraph, tree: &CutTree) {
    let mut b = NetworkBuilder::new();
    for _ in graph.nodes() {
        b.add_node(0_i64).unwrap();
    }
    for edge in graph.edges() {
        b.add_arc(edge.u, edge.v, -edge.capacity..=edge.capacity, 0).unwrap();
    }
    let network = b.build().unwrap();
    let mut nodes = graph.nodes();
    let Some(first) = nodes.next() else { return };
    for other in nodes {
        let flow = MaxFlow::new().solve(&network, first, other).unwrap().optimal().unwrap();
        assert_eq!(tree.value(first, other), Some(flow.value()));
        let side = tree.side(other, first).unwrap();
        assert_ne!(side[first], side[other]);
        check::global_cut(graph, &side, flow.value()).unwrap();
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(graph) = decode(bytes) else { return };
    let tree = CutTree::new(&graph, None).unwrap();
    let (parent, value) = tree.parts();
    check::cut_tree(&graph, parent, value).unwrap();
    compare(&graph, &tree);
    let cut = GlobalMinCut::new().solve(&graph).unwrap();
    if let Some(cut) = &cut {
        check::global_cut(&graph, cut.side(), cut.value()).unwrap();
    }
    assert_eq!(cut.map(|cut| cut.value()), tree.edges().map(|(_, _, value)| value).min());
});
