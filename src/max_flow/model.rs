//! The residual model of a network with two terminals, and the steps that both engines share.

use alloc::vec::Vec;

use super::push_relabel;
use super::{Algorithm, Workspace, dinic};
use crate::check::{Cut, Shortage};
use crate::id::{ArcMap, IdMap, NodeId, NodeMap, id_at};
use crate::kernel::Int;
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// Residual capacities and excesses, kept from solve to solve.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers<T> {
    residual: Vec<T>,
    excess: Vec<T>,
}

/// A network, its terminals, and where its flow is.
///
/// Edge i of the layout is arc i of the network. If the starting point is unbalanced, one edge that
/// joins source and sink without limit follows (the amount between them is free), and for Dinic an
/// edge from a super source or to a super sink for every node with excess or deficit. They are closed
/// once the flow is balanced.
pub(super) struct Model<'a, N, T> {
    network: &'a Network<N>,
    source: usize,
    sink: usize,
    engine: Algorithm,
    /// Stands in for missing upper bounds: `network.ranges().flow`.
    limit: T,
    workspace: &'a mut Workspace,
    buffers: Buffers<T>,
}

/// The flow in the bounds of an arc that is closest to `wish`.
fn clamp<N: FlowNum>(network: &Network<N>, arc: usize, wish: i128) -> i128 {
    let (lower, upper) = bounds(network, arc);
    wish.min(upper).max(lower)
}

fn bounds<N: FlowNum>(network: &Network<N>, arc: usize) -> (i128, i128) {
    let arc = id_at(arc);
    (network.lower(arc).widen(), network.upper(arc).map_or(network.ranges().flow, FlowNum::widen))
}

impl<'a, N: FlowNum, T: Int> Model<'a, N, T> {
    /// Starts from the flow closest to `start` (0 if there is none) and balances it. `Err` of the inner
    /// result is the proof that this is impossible.
    #[allow(clippy::too_many_arguments)] // called once
    pub(super) fn balanced(
        network: &'a Network<N>,
        (source, sink): (NodeId, NodeId),
        engine: Algorithm,
        start: Option<&ArcMap<N>>,
        workspace: &'a mut Workspace,
        buffers: Buffers<T>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Result<Self, Shortage>, SolveError> {
        let (source, sink) = (source.index(), sink.index());
        meter.tick((network.node_count() + network.arc_count()) as u64)?;
        let limit = T::from_wide(network.ranges().flow);
        let mut model = Self { network, source, sink, engine, limit, workspace, buffers };
        // Old flows on many unbounded arcs may add up to more than the range admits: then start anew.
        let start = start.filter(|flows| model.adds_up(flows));
        let supers = model.place(start);
        let shortage = if model.buffers.excess.iter().any(|&e| e > T::zero()) {
            model.balance(&supers, meter)?
        } else {
            None
        };
        Ok(shortage.map_or_else(|| Ok(model), Err))
    }

    fn adds_up(&self, flows: &ArcMap<N>) -> bool {
        let limit = self.network.ranges().flow;
        flows
            .as_slice()
            .iter()
            .enumerate()
            .try_fold(0_i128, |sum, (arc, flow)| {
                sum.checked_add(clamp(self.network, arc, flow.widen()).checked_abs()?)
            })
            .is_some_and(|sum| sum / 2 <= limit)
    }

    /// Sets flows, residual capacities and excesses; returns the unbalanced nodes.
    fn place(&mut self, start: Option<&ArcMap<N>>) -> Vec<usize> {
        let network = self.network;
        let wish = |arc: usize| start.map_or(0, |flows| flows[id_at(arc)].widen());
        let excess = &mut self.buffers.excess;
        excess.clear();
        excess.extend(network.supply.iter().map(|supply| T::from_wide(supply.widen())));
        for arc in 0..network.arc_count() {
            let flow = T::from_wide(clamp(network, arc, wish(arc)));
            excess[network.tail[arc].index()] -= flow;
            excess[network.head[arc].index()] += flow;
        }
        // The amount between the terminals is free: choose it so that the sink is balanced.
        let amount = core::mem::replace(&mut excess[self.sink], T::zero());
        excess[self.source] += amount;
        let unbalanced: Vec<usize> = (0..excess.len()).filter(|&node| excess[node] != T::zero()).collect();
        let supers = if self.engine == Algorithm::Dinic { unbalanced } else { Vec::new() };
        self.lay_out(&supers);
        self.open(wish, &supers);
        supers
    }

    fn lay_out(&mut self, supers: &[usize]) {
        let (network, excess) = (self.network, &self.buffers.excess);
        let nodes = network.node_count();
        let balanced = excess.iter().all(|&e| e == T::zero());
        let arcs = network.tail.iter().zip(&network.head).map(|(u, v)| (u.index(), v.index()));
        let link = (!balanced).then_some((self.source, self.sink));
        let ends = supers
            .iter()
            .map(|&node| if excess[node] > T::zero() { (nodes, node) } else { (node, nodes + 1) });
        let extra = if supers.is_empty() { 0 } else { 2 };
        self.workspace.pairs.lay_out(nodes + extra, arcs.chain(link).chain(ends));
    }

    fn open(&mut self, wish: impl Fn(usize) -> i128, supers: &[usize]) {
        let (network, pairs) = (self.network, &self.workspace.pairs);
        let Buffers { residual, excess } = &mut self.buffers;
        residual.clear();
        residual.resize(pairs.arc_count(), T::zero());
        for arc in 0..network.arc_count() {
            if network.tail[arc] != network.head[arc] {
                let (lower, upper) = bounds(network, arc);
                let flow = clamp(network, arc, wish(arc));
                let forward = pairs.forward(arc);
                residual[forward] = T::from_wide(upper - flow);
                residual[pairs.mate(forward)] = T::from_wide(flow - lower);
            }
        }
        let total = excess.iter().fold(T::zero(), |sum, &e| sum + e.max(T::zero()));
        if total > T::zero() {
            let link = pairs.forward(network.arc_count());
            residual[link] = total;
            residual[pairs.mate(link)] = total;
        }
        for (i, &node) in supers.iter().enumerate() {
            residual[pairs.forward(network.arc_count() + 1 + i)] = excess[node].abs();
        }
    }

    /// Moves all excess to deficits and closes the extra edges, or returns the set that is stuck.
    fn balance(
        &mut self,
        supers: &[usize],
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Shortage>, SolveError> {
        let Workspace { pairs, dinic: scratch, push_relabel: labels, .. } = &mut *self.workspace;
        let Buffers { residual, excess } = &mut self.buffers;
        let (nodes, arcs) = (self.network.node_count(), self.network.arc_count());
        if self.engine == Algorithm::Dinic {
            let total = excess.iter().fold(T::zero(), |sum, &e| sum + e.max(T::zero()));
            dinic::run(pairs, residual, nodes, nodes + 1, total, scratch, meter)?;
            for (i, &node) in supers.iter().enumerate() {
                let edge = pairs.forward(arcs + 1 + i);
                let left = core::mem::replace(&mut residual[edge], T::zero());
                excess[node] = if excess[node] > T::zero() { left } else { -left };
                residual[pairs.mate(edge)] = T::zero();
            }
        } else {
            push_relabel::route(pairs, residual, excess, labels, meter)?;
        }
        let link = pairs.forward(arcs);
        let mate = pairs.mate(link);
        let stuck: Vec<usize> = (0..nodes).filter(|&node| excess[node] > T::zero()).collect();
        let closed = if stuck.is_empty() { T::zero() } else { T::one() };
        (residual[link], residual[mate]) = (closed, closed);
        excess.fill(T::zero());
        if stuck.is_empty() {
            return Ok(None);
        }
        let inside = self.reached(&stuck, true, meter)?;
        let amount = -self.capacity(&inside);
        Ok(Some(Shortage { inside, amount }))
    }

    /// Sends up to `target` more from source to sink, or the other way; returns how much.
    pub(super) fn send(
        &mut self,
        back: bool,
        target: i128,
        meter: &mut Meter<'_, '_>,
    ) -> Result<i128, SolveError> {
        let (from, to) = if back { (self.sink, self.source) } else { (self.source, self.sink) };
        let target = T::from_wide(target).min(self.room(from)).min(self.room_into(to));
        let Workspace { pairs, dinic: scratch, push_relabel: labels, .. } = &mut *self.workspace;
        let Buffers { residual, excess } = &mut self.buffers;
        if target <= T::zero() {
            return Ok(0);
        }
        let sent = if self.engine == Algorithm::Dinic {
            dinic::run(pairs, residual, from, to, target, scratch, meter)?
        } else {
            excess.resize(pairs.node_count(), T::zero());
            push_relabel::send(pairs, residual, excess, (from, to), target, labels, meter)?
        };
        Ok(sent.wide())
    }

    /// What the arcs leaving a node can carry, at most twice the range.
    fn room(&self, node: usize) -> T {
        let (pairs, residual) = (&self.workspace.pairs, &self.buffers.residual);
        let limit = self.limit + self.limit;
        pairs.out(node).fold(T::zero(), |sum, arc| (sum + residual[arc]).min(limit))
    }

    /// What the arcs entering a node can carry, at most twice the range.
    fn room_into(&self, node: usize) -> T {
        let (pairs, residual) = (&self.workspace.pairs, &self.buffers.residual);
        let limit = self.limit + self.limit;
        pairs.out(node).fold(T::zero(), |sum, arc| (sum + residual[pairs.mate(arc)]).min(limit))
    }

    /// No more than this can be sent between the terminals, whatever the flow is now.
    pub(super) fn reach(&self) -> i128 {
        (self.limit + self.limit).wide()
    }

    /// The flow on every arc.
    pub(super) fn flows(&self) -> Result<ArcMap<N>, SolveError> {
        let (network, pairs) = (self.network, &self.workspace.pairs);
        let flow = |arc: usize| {
            if network.tail[arc] == network.head[arc] {
                return clamp(network, arc, 0);
            }
            bounds(network, arc).1 - self.buffers.residual[pairs.forward(arc)].wide()
        };
        (0..network.arc_count())
            .map(|arc| {
                N::narrow(flow(arc)).ok_or(SolveError::Uncertified(crate::check::Violation::Bounds {
                    arc: id_at(arc),
                    flow: flow(arc),
                }))
            })
            .collect()
    }

    /// The nearest minimum cut to the source, or to the sink.
    pub(super) fn cut(&mut self, at_sink: bool, meter: &mut Meter<'_, '_>) -> Result<Cut, SolveError> {
        let root = if at_sink { self.sink } else { self.source };
        let mut source_side = self.reached(&[root], !at_sink, meter)?;
        if at_sink {
            for side in source_side.as_mut_slice() {
                *side = !*side;
            }
        }
        let capacity = self.capacity(&source_side);
        Ok(Cut { source_side, capacity })
    }

    /// The nodes that can be reached from the roots, or that reach them. An arc without upper bound is
    /// always open, even where its flow has reached the stand-in for the bound.
    fn reached(
        &mut self,
        roots: &[usize],
        forwards: bool,
        meter: &mut Meter<'_, '_>,
    ) -> Result<NodeMap<bool>, SolveError> {
        let (pairs, network) = (&self.workspace.pairs, self.network);
        let residual = &self.buffers.residual;
        let mut free = alloc::vec![false; if network.unbounded.is_empty() { 0 } else { residual.len() }];
        for arc in (0..network.arc_count()).filter(|&arc| network.unbounded.contains(arc)) {
            free[pairs.forward(arc)] = true;
        }
        let open = |arc: usize| residual[arc] > T::zero() || free.get(arc) == Some(&true);
        let mut seen = alloc::vec![false; network.node_count()];
        let mut queue: Vec<usize> = roots.to_vec();
        for &root in roots {
            seen[root] = true;
        }
        while let Some(node) = queue.pop() {
            let arcs = pairs.out(node);
            meter.tick(arcs.len() as u64 + 1)?;
            for arc in arcs {
                let next = pairs.head(arc);
                if next < seen.len() && !seen[next] && open(if forwards { arc } else { pairs.mate(arc) }) {
                    seen[next] = true;
                    queue.push(next);
                }
            }
        }
        Ok(NodeMap::from_vec(seen))
    }

    /// out(S) - b(S), where a missing upper bound counts as the range.
    fn capacity(&self, inside: &NodeMap<bool>) -> i128 {
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

    /// The memory for the next solve.
    pub(super) fn release(self) -> Buffers<T> {
        self.buffers
    }
}

/// Outflow - inflow - supply of a node.
pub(super) fn surplus<N: FlowNum>(network: &Network<N>, node: NodeId, flows: &ArcMap<N>) -> i128 {
    let mut sum = -network.supply(node).widen();
    for (arc, flow) in IdMap::iter(flows) {
        if network.tail(arc) == node {
            sum += flow.widen();
        }
        if network.head(arc) == node {
            sum -= flow.widen();
        }
    }
    sum
}
