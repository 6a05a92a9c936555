//! What can still be pushed: reachability in residual graphs, for proofs that a cut is an extreme one.

use alloc::vec;
use alloc::vec::Vec;

use super::max_flow::max_flow;
use super::{Cut, Violation};
use crate::id::{ArcId, ArcMap, NodeId, NodeMap, id_at};
use crate::network::Network;
use crate::num::FlowNum;

/// Whether the flow of an arc can rise, and whether it can fall.
pub(super) fn freedom<N: FlowNum>(network: &Network<N>, arc: ArcId, flow: N) -> (bool, bool) {
    (network.upper(arc).is_none_or(|upper| flow < upper), flow > network.lower(arc))
}

/// The nodes to which the roots could send something, or those that could send something to them
/// (`backwards`); `free` says whether an arc can be passed from tail to head, and from head to tail.
/// O(n + m).
pub(super) fn reached<N: FlowNum>(
    network: &Network<N>,
    roots: impl IntoIterator<Item = NodeId>,
    backwards: bool,
    free: impl Fn(ArcId) -> (bool, bool),
) -> NodeMap<bool> {
    let nodes = network.node_count();
    let mut begin = vec![0_usize; nodes + 1];
    let hops = |arc: ArcId| {
        let (tail, head) = (network.tail(arc), network.head(arc));
        let (along, against) = free(arc);
        let hops = [along.then_some((tail, head)), against.then_some((head, tail))];
        hops.into_iter().flatten().map(move |(from, to)| if backwards { (to, from) } else { (from, to) })
    };
    for (from, _) in network.arcs().flat_map(hops) {
        begin[from.index() + 1] += 1;
    }
    for node in 0..nodes {
        begin[node + 1] += begin[node];
    }
    let mut fill = begin.clone();
    let mut heads: Vec<NodeId> = vec![id_at(0); begin[nodes]];
    for (from, to) in network.arcs().flat_map(hops) {
        heads[fill[from.index()]] = to;
        fill[from.index()] += 1;
    }
    let mut seen = NodeMap::filled(nodes, false);
    let mut queue: Vec<NodeId> = roots.into_iter().collect();
    for &root in &queue {
        seen[root] = true;
    }
    while let Some(node) = queue.pop() {
        for &next in &heads[begin[node.index()]..begin[node.index() + 1]] {
            if !core::mem::replace(&mut seen[next], true) {
                queue.push(next);
            }
        }
    }
    seen
}

/// Whether two cuts are the minimum cuts nearest to `source` and nearest to `sink`: all minimum cuts lie
/// between them, and there is only one if and only if they are the same.
///
/// Both must pass [`check::max_flow`](crate::check::max_flow) with the same flow. The source side of a
/// minimum cut is closed under what a maximum flow leaves open (Picard and Queyranne 1980), so the first
/// must be what the source still reaches, and the second the complement of what still reaches the sink.
/// O(n + m).
///
/// # Errors
///
/// The first [`Violation`]; [`Violation::Side`] with the first node on the wrong side.
///
/// ```
/// use feasible::{MinCut, NetworkBuilder, check};
/// let mut b = NetworkBuilder::new();
/// let (s, v, t) = (b.add_node(0)?, b.add_node(0)?, b.add_node(0)?);
/// b.add_arc(s, v, 0..=3, 0)?;
/// b.add_arc(v, t, 0..=3, 0)?;
/// let network = b.build()?;
/// let cut = MinCut::new().solve(&network, s, t)??;
/// let (near, far) = (cut.nearest_source(), cut.nearest_sink());
/// check::extreme_cuts(&network, s, t, cut.flows(), near, far)?;
/// assert!(check::extreme_cuts(&network, s, t, cut.flows(), near, near).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn extreme_cuts<N: FlowNum>(
    network: &Network<N>,
    source: NodeId,
    sink: NodeId,
    flows: &ArcMap<N>,
    nearest_source: &Cut,
    nearest_sink: &Cut,
) -> Result<(), Violation> {
    for cut in [nearest_source, nearest_sink] {
        max_flow(network, source, sink, flows, nearest_source.capacity, cut)?;
    }
    let free = |arc| freedom(network, arc, flows[arc]);
    let first = reached(network, [source], false, free);
    let last = reached(network, [sink], true, free);
    for node in network.nodes() {
        if nearest_source.source_side[node] != first[node] || nearest_sink.source_side[node] == last[node] {
            return Err(Violation::Side { node });
        }
    }
    Ok(())
}
