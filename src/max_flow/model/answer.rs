//! Flows and cuts read from a residual model.

use alloc::vec::Vec;

use super::{Model, bounds, clamp};
use crate::check::{Cut, Violation};
use crate::id::{ArcMap, NodeId, NodeMap, id_at};
use crate::kernel::{Int, Room};
use crate::network::{Index, Network};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

impl<N: FlowNum, R: Room> Model<'_, N, R> {
    /// The flow on every arc.
    pub(in crate::max_flow) fn flows(&self) -> Result<ArcMap<N>, SolveError> {
        Ok(self.flows_with_value()?.0)
    }

    /// The flow on every arc, and what leaves the source beyond its supply.
    pub(in crate::max_flow) fn flows_with_value(&self) -> Result<(ArcMap<N>, i128), SolveError> {
        let flows = if self.network.ranges().plain && self.sent.is_some() {
            self.plain_flows()
        } else {
            self.any_flows()
        };
        let flows = ArcMap::from_vec(flows?);
        let value = self.sent.unwrap_or_else(|| surplus(self.network, id_at(self.source), &flows));
        Ok((flows, value))
    }

    /// Where all lower bounds are 0 and all upper bounds exist.
    fn plain_flows(&self) -> Result<Vec<N>, SolveError> {
        let (network, residual) = (self.network, &self.buffers.residual);
        let Index { pairs, twin, loops } = self.index();
        let arcs = network.upper.iter().zip(pairs.slots());
        let used = arcs.map(|(upper, &slot)| upper.widen() - residual[slot as usize].get().wide());
        let flow = |arc: usize, flow: i128| N::narrow(flow).ok_or_else(|| outside(arc, flow));
        let mut flows = Vec::with_capacity(network.arc_count());
        if twin.is_empty() {
            for (arc, used) in used.enumerate() {
                flows.push(flow(arc, used)?);
            }
        } else {
            // Of two twins the arcs hold the difference only: what is used of the first is its net flow.
            let mut net = 0;
            for (arc, (used, twins)) in used.zip(twin.windows(2)).enumerate() {
                let share = match twins {
                    [true, _] => (-net).max(0),
                    [_, true] => {
                        net = used;
                        net.max(0)
                    }
                    _ => used,
                };
                flows.push(flow(arc, share)?);
            }
        }
        for &arc in loops {
            flows[arc as usize] = N::ZERO;
        }
        Ok(flows)
    }

    fn any_flows(&self) -> Result<Vec<N>, SolveError> {
        let network = self.network;
        let Index { pairs, twin, .. } = self.index();
        let shared = |arc: usize| twin.get(arc) == Some(&true);
        let mut flows = Vec::with_capacity(network.arc_count());
        // What the last arc leaves for its twin to carry.
        let mut rest = 0;
        for (arc, (&tail, &head)) in network.tail.iter().zip(&network.head).enumerate() {
            let flow = if tail == head {
                clamp(network, arc, 0)
            } else if shared(arc) {
                rest
            } else {
                let (lower, upper) = bounds(network, arc);
                let room = self.buffers.residual[pairs.forward(arc)].get().wide();
                if shared(arc + 1) {
                    let back = bounds(network, arc + 1);
                    let net = upper - back.0 - room;
                    let flow = net.max(0).max(lower).max(net + back.0).min(upper).min(net + back.1);
                    rest = flow - net;
                    flow
                } else {
                    upper - room
                }
            };
            flows.push(N::narrow(flow).ok_or_else(|| outside(arc, flow))?);
        }
        Ok(flows)
    }

    /// The nearest minimum cut to the source, or to the sink, of a maximum flow of this value: every
    /// arc across the cut is at its bound, so the capacity of the cut is the value.
    pub(in crate::max_flow) fn cut(
        &mut self,
        at_sink: bool,
        value: i128,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Cut, SolveError> {
        if self.grown && !at_sink {
            let trees = &self.workspace.search_trees;
            let side = (0..self.network.node_count()).map(|node| trees.reached(node)).collect();
            return Ok(Cut { source_side: NodeMap::from_vec(side), capacity: value });
        }
        let root = if at_sink { self.sink } else { self.source };
        let mut source_side = self.reached(&[root], !at_sink, meter)?;
        if at_sink {
            for side in source_side.as_mut_slice() {
                *side = !*side;
            }
        }
        Ok(Cut { source_side, capacity: value })
    }

    /// The nodes that can be reached from the roots, or that reach them. An arc without upper bound is
    /// always open, even where its flow has reached the stand-in for the bound.
    pub(super) fn reached(
        &mut self,
        roots: &[usize],
        forwards: bool,
        meter: &mut Meter<'_, '_>,
    ) -> Result<NodeMap<bool>, SolveError> {
        let network = self.network;
        let pairs = &self.kept.unwrap_or(&self.workspace.index).pairs;
        let residual = &self.buffers.residual;
        let mut free = alloc::vec![false; if network.unbounded.is_empty() { 0 } else { residual.len() }];
        for arc in (0..network.arc_count()).filter(|&arc| network.unbounded.contains(arc)) {
            free[pairs.forward(arc)] = true;
        }
        let open = |arc: usize| residual[arc].is_open() || free.get(arc) == Some(&true);
        let mut seen = alloc::vec![false; network.node_count()];
        let queue = &mut self.buffers.queue;
        queue.clear();
        for &root in roots {
            seen[root] = true;
            queue.extend(u32::try_from(root));
        }
        while let Some(node) = queue.pop() {
            let arcs = pairs.out(node as usize);
            meter.tick(arcs.len() as u64 + 1)?;
            for (arc, &[next, mate]) in arcs.clone().zip(&pairs.records()[arcs]) {
                if !seen[next as usize] && open(if forwards { arc } else { mate as usize }) {
                    seen[next as usize] = true;
                    queue.push(next);
                }
            }
        }
        Ok(NodeMap::from_vec(seen))
    }

    /// out(S) - b(S), where a missing upper bound counts as the range.
    pub(super) fn capacity(&self, inside: &NodeMap<bool>) -> i128 {
        let network = self.network;
        let supply: i128 = inside.iter().filter(|(_, s)| **s).map(|(v, _)| network.supply(v).widen()).sum();
        let crossing = (0..network.arc_count()).map(|arc| {
            match (inside[network.tail[arc]], inside[network.head[arc]]) {
                (true, false) => bounds(network, arc).1,
                (false, true) => -bounds(network, arc).0,
                _ => 0,
            }
        });
        crossing.sum::<i128>() - supply
    }
}

fn outside(arc: usize, flow: i128) -> SolveError {
    Violation::Bounds { arc: id_at(arc), flow }.into()
}

/// Outflow - inflow - supply of a node.
pub(in crate::max_flow) fn surplus<N: FlowNum>(
    network: &Network<N>,
    node: NodeId,
    flows: &ArcMap<N>,
) -> i128 {
    let mut sum = -network.supply(node).widen();
    for ((&tail, &head), &flow) in network.tail.iter().zip(&network.head).zip(flows.as_slice()) {
        if tail == node {
            sum += flow.widen();
        }
        if head == node {
            sum -= flow.widen();
        }
    }
    sum
}
