//! Paths without any limit.

use alloc::vec;
use alloc::vec::Vec;

use crate::id::{ArcId, NodeId};
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// A path from source to sink over arcs without upper bound, if there is one: breadth first over those
/// arcs alone, O(n + m log m).
pub(super) fn path<N: FlowNum>(
    network: &Network<N>,
    source: NodeId,
    sink: NodeId,
    meter: &mut Meter<'_, '_>,
) -> Result<Option<Vec<ArcId>>, SolveError> {
    if network.unbounded.is_empty() {
        return Ok(None);
    }
    meter.tick(network.arc_count() as u64)?;
    let mut arcs: Vec<ArcId> = network.arcs().filter(|&arc| network.upper(arc).is_none()).collect();
    arcs.sort_by_key(|&arc| (network.tail(arc), arc));
    let mut entered: Vec<Option<ArcId>> = vec![None; network.node_count()];
    let mut queue = vec![source];
    let mut next = 0;
    while let Some(&node) = queue.get(next) {
        next += 1;
        let begin = arcs.partition_point(|&arc| network.tail(arc) < node);
        for &arc in arcs[begin..].iter().take_while(|&&arc| network.tail(arc) == node) {
            meter.tick(1)?;
            let head = network.head(arc);
            if head != source && entered[head.index()].is_none() {
                entered[head.index()] = Some(arc);
                queue.push(head);
            }
        }
    }
    let mut path = Vec::new();
    let mut node = sink;
    while let Some(arc) = entered[node.index()] {
        path.push(arc);
        node = network.tail(arc);
    }
    path.reverse();
    Ok((node == source).then_some(path))
}
