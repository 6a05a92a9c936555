//! Can costs fall for ever? A search for a negative cycle of unbounded arcs.
//!
//! Costs of a feasible problem are unbounded below iff the last slopes along some cycle of arcs without
//! upper bound add up to less than zero. Bellman and Ford's relaxation over those arcs alone, from all
//! nodes at once, settles it: without such a cycle nothing changes after n passes; with one, the arcs
//! that last lowered each node close a cycle at some point, and every cycle of theirs is negative.
//! Looking for it after each pass costs O(n) and ends the search early. O(n k) for k unbounded arcs.

use alloc::vec;
use alloc::vec::Vec;

use crate::id::ArcId;
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// A cycle of unbounded arcs whose last slopes add up to less than zero, and that sum.
pub(super) fn find<N: FlowNum>(
    network: &Network<N>,
    meter: &mut Meter<'_, '_>,
) -> Result<Option<(Vec<ArcId>, i128)>, SolveError> {
    if network.unbounded.is_empty() {
        return Ok(None);
    }
    meter.tick(network.arc_count() as u64)?;
    let last = |arc: ArcId| {
        let slopes = network.cost(arc);
        slopes.breakpoints().last().map_or(slopes.first(), |b| b.slope).widen()
    };
    let arcs: Vec<(ArcId, i128)> =
        network.arcs().filter(|&arc| network.upper(arc).is_none()).map(|arc| (arc, last(arc))).collect();
    if arcs.iter().all(|&(_, slope)| slope >= 0) {
        return Ok(None);
    }
    let mut distance = vec![0_i128; network.node_count()];
    let mut into: Vec<Option<ArcId>> = vec![None; network.node_count()];
    // No path gets below this, so a cycle has closed, and distances must not run on.
    let floor = -arcs.iter().map(|(_, slope)| slope.abs()).max().unwrap_or(0) * network.node_count() as i128;
    for _ in 0..=network.node_count() {
        let mut changed = false;
        for &(arc, slope) in &arcs {
            let (tail, head) = (network.tail(arc).index(), network.head(arc).index());
            let lowered = distance[tail] + slope;
            if lowered < distance[head] {
                distance[head] = lowered;
                into[head] = Some(arc);
                changed = true;
                if lowered < floor {
                    break;
                }
            }
        }
        meter.tick((arcs.len() + network.node_count()) as u64)?;
        if !changed {
            break;
        }
        if let Some(cycle) = closed(network, &into) {
            let slope = cycle.iter().map(|&arc| last(arc)).sum();
            return Ok(Some((cycle, slope)));
        }
    }
    Ok(None)
}

/// A cycle of the arcs that lowered each node last.
fn closed<N: FlowNum>(network: &Network<N>, into: &[Option<ArcId>]) -> Option<Vec<ArcId>> {
    let mut walk = vec![usize::MAX; into.len()];
    for begin in 0..into.len() {
        let mut v = begin;
        while walk[v] == usize::MAX {
            walk[v] = begin;
            let Some(arc) = into[v] else { break };
            v = network.tail(arc).index();
        }
        if walk[v] != begin || into[v].is_none() {
            continue;
        }
        // `v` was met twice on this walk.
        let (stop, mut cycle) = (v, Vec::new());
        while let Some(arc) = into[v] {
            cycle.push(arc);
            v = network.tail(arc).index();
            if v == stop {
                cycle.reverse();
                return Some(cycle);
            }
        }
    }
    None
}
