//! The optimal flows of given potentials, and shortest ways between them.
//!
//! A flow is optimal for potentials iff every arc carries an amount for which its reduced cost vanishes or
//! has the right sign at a bound: an interval of amounts per arc. These intervals are the bounds of a
//! network without costs, the *face*; its flows are exactly the optimal flows (complementary slackness).

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::check::Step;
use crate::id::{ArcId, ArcMap, NodeId, NodeMap, id_at};
use crate::network::{Bounds, BuildError, Network, NetworkBuilder};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// The amounts that an arc carries in optimal flows.
pub(super) fn interval<N: FlowNum>(
    network: &Network<N>,
    potentials: &NodeMap<i128>,
    arc: ArcId,
) -> Bounds<N> {
    let drop = potentials[network.tail(arc)] - potentials[network.head(arc)];
    let lower = network.lower(arc);
    let mut bounds = Bounds { lower, upper: Some(lower) };
    for piece in network.cost(arc).pieces(lower, network.upper(arc)) {
        let reduced = piece.slope.widen() + drop;
        if reduced > 0 {
            break;
        }
        if reduced < 0 {
            bounds.lower = piece.to.unwrap_or(piece.from);
        }
        bounds.upper = piece.to;
    }
    bounds
}

/// The network of all optimal flows.
pub(super) fn face<N: FlowNum>(
    network: &Network<N>,
    potentials: &NodeMap<i128>,
) -> Result<Network<N>, BuildError> {
    let mut b = NetworkBuilder::new();
    b.reserve(network.node_count(), network.arc_count());
    for node in network.nodes() {
        b.add_node(network.supply(node))?;
    }
    for arc in network.arcs() {
        let bounds = interval(network, potentials, arc);
        b.add_arc(network.tail(arc), network.head(arc), bounds, N::ZERO)?;
    }
    b.build()
}

/// Shortest ways from one node to another, and to all that are nearer, through what a flow leaves open, at reduced cost.
pub(super) struct Ways {
    /// None where nothing leads, or where only longer ways may lead than to the end.
    pub(super) distance: NodeMap<Option<i128>>,
    last: NodeMap<Option<Step>>,
}

impl Ways {
    /// Dijkstra's method on the residual arcs of an optimal flow, one arc left out. O(m log n).
    pub(super) fn between<N: FlowNum>(
        network: &Network<N>,
        (flows, potentials): (&ArcMap<N>, &NodeMap<i128>),
        (start, end): (NodeId, NodeId),
        without: Option<ArcId>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Self, SolveError> {
        let nodes = network.node_count();
        meter.tick((nodes + network.arc_count()) as u64)?;
        let (begin, list) = touching(network, without);
        let mut ways = Self { distance: NodeMap::filled(nodes, None), last: NodeMap::filled(nodes, None) };
        ways.distance[start] = Some(0);
        let mut queue = BinaryHeap::from([Reverse((0_i128, start))]);
        while let Some(Reverse((distance, node))) = queue.pop() {
            if ways.distance[node] != Some(distance) {
                continue;
            }
            if node == end {
                break;
            }
            let arcs = &list[begin[node.index()]..begin[node.index() + 1]];
            meter.tick(arcs.len() as u64 + 1)?;
            for &arc in arcs {
                let Some((to, length, step)) = hop(network, (flows, potentials), node, arc) else { continue };
                let next = distance + length;
                if ways.distance[to].is_none_or(|old| next < old) {
                    ways.distance[to] = Some(next);
                    ways.last[to] = Some(step);
                    queue.push(Reverse((next, to)));
                }
            }
        }
        Ok(ways)
    }

    /// The way to a node.
    pub(super) fn way<N: FlowNum>(&self, network: &Network<N>, to: NodeId) -> Vec<Step> {
        let (mut way, mut at) = (Vec::new(), to);
        while let Some(step) = self.last[at] {
            way.push(step);
            at = if step.forward { network.tail(step.arc) } else { network.head(step.arc) };
        }
        way.reverse();
        way
    }

    /// Potentials raised by distances up to a limit: still proof of the same flow.
    pub(super) fn raised(&self, potentials: &NodeMap<i128>, limit: i128) -> NodeMap<i128> {
        let distances = self.distance.as_slice();
        let raise = |(&old, distance): (&i128, &Option<i128>)| old + distance.map_or(limit, |d| d.min(limit));
        potentials.as_slice().iter().zip(distances).map(raise).collect()
    }
}

/// The arcs at every node but loops and one that is left out: where those of each begin, and one end. O(n + m).
fn touching<N: FlowNum>(network: &Network<N>, without: Option<ArcId>) -> (Vec<usize>, Vec<ArcId>) {
    let ends = |arc: ArcId| {
        let (tail, head) = (network.tail(arc).index(), network.head(arc).index());
        if tail == head || Some(arc) == without { None } else { Some([tail, head]) }
    };
    let mut begin = vec![0_usize; network.node_count() + 1];
    for node in network.arcs().filter_map(ends).flatten() {
        begin[node] += 1;
    }
    let mut sum = 0;
    for begin in &mut begin {
        sum += *begin;
        *begin = sum;
    }
    let mut list = vec![id_at(0); sum];
    for arc in network.arcs() {
        for node in ends(arc).into_iter().flatten() {
            begin[node] -= 1;
            list[begin[node]] = arc;
        }
    }
    (begin, list)
}

/// What an arc at a node leads to, at which reduced cost, if it can move that way.
fn hop<N: FlowNum>(
    network: &Network<N>,
    (flows, potentials): (&ArcMap<N>, &NodeMap<i128>),
    node: NodeId,
    arc: ArcId,
) -> Option<(NodeId, i128, Step)> {
    let (tail, head, flow) = (network.tail(arc), network.head(arc), flows[arc]);
    let drop = potentials[tail] - potentials[head];
    if tail == node {
        let rises = network.upper(arc).is_none_or(|upper| flow < upper);
        let length = || network.cost(arc).slope_after(flow).widen() + drop;
        return rises.then(|| (head, length(), Step { arc, forward: true }));
    }
    let length = || -(network.cost(arc).slope_before(flow).widen() + drop);
    (flow > network.lower(arc)).then(|| (tail, length(), Step { arc, forward: false }))
}
