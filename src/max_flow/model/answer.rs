//! Flows and cuts read from a residual model.

use alloc::vec::Vec;

use super::{Buffers, Model, bounds, clamp};
use num_traits::Zero;

use crate::check::Violation;
use crate::id::{ArcMap, NodeId, NodeMap, id_at};
use crate::kernel::{Int, Room};
use crate::network::{Index, Network};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// Flows are written so many at a time, and read again while they are at hand.
const BLOCK: usize = 1024;

impl<N: FlowNum, R: Room> Model<'_, N, R> {
    /// The flow on every arc.
    pub(in crate::max_flow) fn flows(&mut self) -> Result<ArcMap<N>, SolveError> {
        self.flows_seen(|_| Ok(()))
    }

    /// The flow on every arc, shown to `see` arc by arc, a block at a time.
    pub(in crate::max_flow) fn flows_seen(
        &mut self,
        see: impl FnMut(&[N]) -> Result<(), Violation>,
    ) -> Result<ArcMap<N>, SolveError> {
        let mut flows = core::mem::take(&mut self.spare.flows);
        flows.clear();
        flows.reserve_exact(self.network.arc_count());
        let plain = self.network.ranges().plain && self.sent.is_some();
        if plain {
            self.plain_flows(&mut flows, see)?
        } else {
            self.any_flows(&mut flows, see)?
        }
        Ok(ArcMap::from_vec(flows))
    }

    /// What a flow sends from the source beyond its supply.
    pub(in crate::max_flow) fn value(&self, flows: &ArcMap<N>) -> i128 {
        self.sent.unwrap_or_else(|| surplus(self.network, id_at(self.source), flows))
    }

    /// What leaves the source beyond its supply now.
    pub(in crate::max_flow) fn sent_so_far(&mut self) -> Result<i128, SolveError> {
        match self.sent {
            Some(sent) => Ok(sent),
            None => {
                let flows = self.flows()?;
                let sent = surplus(self.network, id_at(self.source), &flows);
                self.spare.flows = flows.into_vec();
                Ok(sent)
            }
        }
    }

    /// Where all lower bounds are 0 and all upper bounds exist.
    fn plain_flows(
        &self,
        flows: &mut Vec<N>,
        mut see: impl FnMut(&[N]) -> Result<(), Violation>,
    ) -> Result<(), SolveError> {
        let (network, residual) = (self.network, &self.buffers.residual);
        let Index { pairs, twin, loops } = self.index();
        let zero = R::Sum::zero();
        let mut loops = loops.iter().map(|&arc| arc as usize).peekable();
        let mut net = zero;
        let (uppers, slots) = (network.upper.chunks(BLOCK), pairs.slots().chunks(BLOCK));
        for (begin, (uppers, slots)) in (0..).step_by(BLOCK).zip(uppers.zip(slots)) {
            let used =
                |(upper, &slot): (&N, &u32)| R::Sum::from_wide(upper.widen()) - residual[slot as usize].get();
            let mut fits = true;
            let mut flow = |flow: R::Sum| {
                let flow = N::narrow(flow.wide());
                fits &= flow.is_some();
                flow.unwrap_or(N::ZERO)
            };
            if twin.is_empty() {
                flows.extend(uppers.iter().zip(slots).map(used).map(flow));
            } else {
                // Of two twins the arcs hold the difference only: what is used of the first is its net flow. Others
                // carry 0 or more.
                flows.extend(uppers.iter().zip(slots).zip(&twin[begin..]).map(|(arc, &second)| {
                    net = if second { -net } else { used(arc) };
                    flow(net.max(zero))
                }));
            }
            while let Some(arc) = loops.next_if(|&arc| arc < flows.len()) {
                flows[arc] = N::ZERO;
            }
            if !fits {
                return Err(Violation::Overflow { what: "the flow of an arc" }.into());
            }
            see(&flows[begin..])?;
        }
        Ok(())
    }

    fn any_flows(
        &self,
        flows: &mut Vec<N>,
        mut see: impl FnMut(&[N]) -> Result<(), Violation>,
    ) -> Result<(), SolveError> {
        let network = self.network;
        let Index { pairs, twin, .. } = self.index();
        let shared = |arc: usize| twin.get(arc) == Some(&true);
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
        see(flows)?;
        Ok(())
    }

    /// The source side of the nearest minimum cut to the source, or to the sink, of a maximum flow: every arc
    /// across the cut is at its bound, so the capacity of the cut is the value.
    pub(in crate::max_flow) fn cut(
        &mut self,
        at_sink: bool,
        meter: &mut Meter<'_, '_>,
    ) -> Result<NodeMap<bool>, SolveError> {
        if self.grown && !at_sink {
            let trees = &self.workspace.search_trees;
            let mut side = core::mem::take(&mut self.spare.side);
            side.clear();
            side.extend((0..self.network.node_count()).map(|node| trees.reached(node)));
            return Ok(NodeMap::from_vec(side));
        }
        let Buffers { queue, excess, .. } = &mut self.buffers;
        queue.clear();
        queue.extend(u32::try_from(if at_sink { self.sink } else { self.source }));
        if self.cut_only {
            // What is stuck goes back to the source in the end, and opens the way from there.
            let stuck = (0..).zip(&*excess).filter(|&(_, &excess)| excess > R::Sum::zero());
            queue.extend(stuck.map(|(node, _)| node));
        }
        let mut source_side = self.reached(!at_sink, meter)?;
        if at_sink {
            for side in source_side.as_mut_slice() {
                *side = !*side;
            }
        }
        Ok(source_side)
    }

    /// The nodes that can be reached from those in the queue, or that reach them. An arc without upper bound is
    /// always open, even where its flow has reached the stand-in for the bound.
    pub(super) fn reached(
        &mut self,
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
        let mut seen = core::mem::take(&mut self.spare.side);
        seen.clear();
        seen.resize(network.node_count(), false);
        let queue = &mut self.buffers.queue;
        for &root in &*queue {
            seen[root as usize] = true;
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
