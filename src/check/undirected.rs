//! Checkers of cuts of an [`UndirectedGraph`].

use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use crate::id::{NodeId, NodeMap};
use crate::network::UndirectedGraph;

const CUT: &str = "the capacity of a cut";

/// Whether `side` is a proper cut of the graph (some node inside, some outside) with capacity `value`.
///
/// This proves that no global minimum cut is larger than `value`; that none is smaller is not checked.
///
/// # Errors
///
/// The first [`Violation`].
pub fn global_cut(graph: &UndirectedGraph, side: &NodeMap<bool>, value: i128) -> Result<(), Violation> {
    let (expected, actual) = (graph.node_count(), side.len());
    if expected != actual {
        return Err(Violation::Length { what: "node set", expected, actual });
    }
    for proper in [true, false] {
        if side.iter().all(|(_, &inside)| inside != proper) {
            let node = graph.node(0).ok_or(Violation::Length { what: "nodes", expected: 2, actual: 0 })?;
            return Err(Violation::Side { node });
        }
    }
    let mut actual = 0_i128;
    for edge in graph.edges().filter(|edge| side[edge.u] != side[edge.v]) {
        actual = actual.checked_add(edge.capacity.into()).ok_or(Violation::Overflow { what: CUT })?;
    }
    let (what, claimed) = ("capacity of the cut", value);
    if actual == claimed { Ok(()) } else { Err(Violation::Value { what, claimed, actual }) }
}

/// Whether `parent` is a tree on all nodes (the root has none) and removing the edge above a node
/// leaves a cut of capacity `value[node]`, for every node but the root.
///
/// This proves that no minimum cut between two nodes is larger than the least value on their tree path;
/// that none is smaller is not checked. O(n + m d) for a tree of depth d.
///
/// # Errors
///
/// The first [`Violation`].
pub fn cut_tree(
    graph: &UndirectedGraph,
    parent: &NodeMap<Option<NodeId>>,
    value: &NodeMap<i128>,
) -> Result<(), Violation> {
    let nodes = graph.node_count();
    for (what, actual) in [("parents", parent.len()), ("values", value.len())] {
        if actual != nodes {
            return Err(Violation::Length { what, expected: nodes, actual });
        }
    }
    let depth = depths(parent)?;
    let overflow = Violation::Overflow { what: CUT };
    let mut actual = vec![0_i128; nodes];
    // An edge belongs to the cuts of all tree edges between its ends.
    for edge in graph.edges() {
        let (mut u, mut v) = (edge.u, edge.v);
        while u != v {
            if depth[u.index()] < depth[v.index()] {
                core::mem::swap(&mut u, &mut v);
            }
            let sum = &mut actual[u.index()];
            *sum = sum.checked_add(edge.capacity.into()).ok_or(overflow)?;
            u = parent[u].ok_or(Violation::Side { node: u })?;
        }
    }
    for (node, &claimed) in value.iter().filter(|(node, _)| parent[*node].is_some()) {
        let actual = actual[node.index()];
        if actual != claimed {
            return Err(Violation::Value { what: "value of a tree edge", claimed, actual });
        }
    }
    Ok(())
}

/// The distance of every node from the root; an error if there is a cycle or a second root.
fn depths(parent: &NodeMap<Option<NodeId>>) -> Result<Vec<usize>, Violation> {
    let unknown = usize::MAX;
    let mut depth = vec![unknown; parent.len()];
    let mut root = None;
    let mut path = Vec::new();
    for start in parent.ids() {
        let mut node = start;
        // A walk longer than the number of nodes runs in a cycle.
        while depth[node.index()] == unknown && path.len() <= parent.len() {
            path.push(node);
            match parent[node] {
                Some(up) if up.index() < parent.len() => node = up,
                Some(_) => return Err(Violation::Side { node }),
                None if root.is_none_or(|root| root == node) => {
                    root = Some(node);
                    depth[node.index()] = 0;
                    path.pop();
                }
                None => return Err(Violation::Side { node }),
            }
        }
        if path.len() > parent.len() {
            return Err(Violation::Side { node });
        }
        let mut below = depth[node.index()];
        while let Some(node) = path.pop() {
            below += 1;
            depth[node.index()] = below;
        }
    }
    Ok(depth)
}
