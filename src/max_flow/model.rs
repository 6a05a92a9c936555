//! The residual model of a network with two terminals, and the steps that both engines share.

use alloc::vec::Vec;

use super::{Algorithm, Workspace, dinic, push_relabel, search_trees};
use crate::check::{Cut, Shortage};
use crate::id::{ArcMap, NodeId, NodeMap, id_at};
use crate::kernel::Int;
use crate::kernel::pairs::sized;
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// Residual capacities and excesses, kept from solve to solve.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers<T> {
    residual: Vec<T>,
    excess: Vec<T>,
    queue: Vec<usize>,
    /// Which arcs share the residual arcs of the arc before them.
    twin: Vec<bool>,
}

/// A network, its terminals, and where its flow is.
///
/// Edge i of the layout is arc i of the network; an arc that runs opposite to the one before it shares
/// its two residual arcs (see [`mark_twins`]). If the starting point is unbalanced, one edge that
/// joins source and sink without limit follows (the amount between them is free); it is closed once the
/// flow is balanced.
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

/// Marks the second of every two consecutive arcs that have upper bounds and run between the same nodes in
/// opposite directions.
///
/// Pictures, pipes and channels list their arcs like this. Two residual arcs instead of four save half of
/// the memory and of the work; only the difference of the two flows matters until the answer is written.
fn mark_twins<N: FlowNum>(network: &Network<N>, twin: &mut Vec<bool>) {
    twin.clear();
    let mut ends = network.tail.iter().zip(&network.head);
    let mut before = ends.next().filter(|_| !network.unbounded.contains(0));
    twin.extend(network.tail.first().map(|_| false));
    for (arc, (tail, head)) in (1..).zip(ends) {
        let bounded = !network.unbounded.contains(arc);
        let found = bounded && tail != head && before == Some((head, tail));
        twin.push(found);
        before = (bounded && !found).then_some((tail, head));
    }
    twin.push(false);
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
        let balanced = model.place(start);
        let shortage = if balanced { None } else { model.balance(meter)? };
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

    /// Sets flows, residual capacities and excesses; returns whether every node is balanced.
    fn place(&mut self, start: Option<&ArcMap<N>>) -> bool {
        let network = self.network;
        let wish = |arc: usize| start.map_or(0, |flows| flows[id_at(arc)].widen());
        let Buffers { residual, excess, twin, .. } = &mut self.buffers;
        excess.clear();
        excess.extend(network.supply.iter().map(|supply| T::from_wide(supply.widen())));
        // Almost always 0 lies in all bounds, and this pass over the ends is saved.
        let zero = N::ZERO;
        let idle = start.is_none()
            && network.lower.iter().all(|&lower| lower <= zero)
            && network.upper.iter().all(|&upper| upper >= zero);
        if !idle {
            for arc in 0..network.arc_count() {
                let flow = T::from_wide(clamp(network, arc, wish(arc)));
                excess[network.tail[arc].index()] -= flow;
                excess[network.head[arc].index()] += flow;
            }
        }
        // The amount between the terminals is free: choose it so that the sink is balanced.
        let amount = core::mem::replace(&mut excess[self.sink], T::zero());
        excess[self.source] += amount;
        let total = excess.iter().fold(T::zero(), |sum, &e| sum + e.max(T::zero()));
        let balanced = total == T::zero();

        let arcs = network.tail.iter().zip(&network.head).map(|(u, v)| (u.index(), v.index()));
        let link = (!balanced).then_some((self.source, self.sink));
        mark_twins(network, twin);
        let twin = &*twin;
        let twins = twin.iter().filter(|&&twin| twin).count();
        sized(residual, 2 * (network.arc_count() + usize::from(!balanced) - twins));
        let place = |arc: usize, forward: usize, backward: usize| {
            let (front, rear) = if arc == network.arc_count() {
                (total, total)
            } else if network.tail[arc] == network.head[arc] {
                (T::zero(), T::zero())
            } else {
                let (lower, upper) = bounds(network, arc);
                let flow = if idle { 0 } else { clamp(network, arc, wish(arc)) };
                (T::from_wide(upper - flow), T::from_wide(flow - lower))
            };
            if twin[arc] {
                residual[forward] += front;
                residual[backward] += rear;
            } else {
                (residual[forward], residual[backward]) = (front, rear);
            }
        };
        self.workspace.pairs.lay_out(network.node_count(), arcs.chain(link), |arc| twin[arc], place);
        balanced
    }

    /// Moves all excess to deficits and closes the extra edges, or returns the set that is stuck.
    fn balance(&mut self, meter: &mut Meter<'_, '_>) -> Result<Option<Shortage>, SolveError> {
        let Workspace { pairs, push_relabel: labels, .. } = &mut *self.workspace;
        let Buffers { residual, excess, .. } = &mut self.buffers;
        let (nodes, arcs) = (self.network.node_count(), self.network.arc_count());
        push_relabel::route(pairs, residual, excess, labels, meter)?;
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
        let rooms = (self.room(from), self.room_into(to));
        let target = T::from_wide(target).min(rooms.0).min(rooms.1);
        if target <= T::zero() {
            return Ok(0);
        }
        // Search trees saturate all arcs at the terminals: for less than everything, or where the sums
        // might not fit, they are no use.
        let all = target == rooms.0.min(rooms.1) && rooms.0.max(rooms.1) < self.limit + self.limit;
        let trees = match self.engine {
            Algorithm::SearchTrees => all,
            Algorithm::Auto => {
                let Workspace { pairs, search_trees: trees, .. } = &mut *self.workspace;
                all && trees.promising(pairs, &self.buffers.residual, (from, to), meter)?
            }
            _ => false,
        };
        if trees {
            return self.send_all((from, to), meter);
        }
        let Workspace { pairs, dinic: levels, push_relabel: labels, .. } = &mut *self.workspace;
        let Buffers { residual, excess, .. } = &mut self.buffers;
        let sent = if self.engine == Algorithm::Dinic {
            dinic::run(pairs, residual, from, to, target, levels, meter)?
        } else {
            push_relabel::send(pairs, residual, excess, (from, to), target, labels, meter)?
        };
        Ok(sent.wide())
    }

    /// Sends as much as possible by search trees. If they turn out overgrown, and the choice of the
    /// algorithm is ours, push-relabel finishes from where they stopped.
    fn send_all(&mut self, ends: (usize, usize), meter: &mut Meter<'_, '_>) -> Result<i128, SolveError> {
        let before = self.room(ends.0);
        let Workspace { pairs, search_trees: trees, push_relabel: labels, .. } = &mut *self.workspace;
        let Buffers { residual, excess, .. } = &mut self.buffers;
        let patient = self.engine == Algorithm::SearchTrees;
        let done = search_trees::send(pairs, residual, excess, ends, patient, trees, meter)?;
        if !done {
            push_relabel::route(pairs, residual, excess, labels, meter)?;
        }
        search_trees::retract(pairs, residual, excess, ends);
        if !done {
            push_relabel::route(pairs, residual, excess, labels, meter)?;
        }
        Ok((before - self.room(ends.0)).wide())
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
        Ok(self.flows_with_value()?.0)
    }

    /// The flow on every arc, and what leaves the source beyond its supply.
    pub(super) fn flows_with_value(&self) -> Result<(ArcMap<N>, i128), SolveError> {
        let (network, pairs) = (self.network, &self.workspace.pairs);
        let source = id_at(self.source);
        let mut value = -network.supply(source).widen();
        let mut flows = Vec::with_capacity(network.arc_count());
        // What the last arc leaves for its twin to carry.
        let mut rest = 0;
        for (arc, (&tail, &head)) in network.tail.iter().zip(&network.head).enumerate() {
            let flow = if tail == head {
                clamp(network, arc, 0)
            } else if self.buffers.twin[arc] {
                rest
            } else {
                let (lower, upper) = bounds(network, arc);
                let room = self.buffers.residual[pairs.forward(arc)].wide();
                if self.buffers.twin[arc + 1] {
                    let back = bounds(network, arc + 1);
                    let net = upper - back.0 - room;
                    let flow = net.max(0).max(lower).max(net + back.0).min(upper).min(net + back.1);
                    rest = flow - net;
                    flow
                } else {
                    upper - room
                }
            };
            if tail == source {
                value += flow;
            }
            if head == source {
                value -= flow;
            }
            let violation = crate::check::Violation::Bounds { arc: id_at(arc), flow };
            flows.push(N::narrow(flow).ok_or(SolveError::Uncertified(violation))?);
        }
        Ok((ArcMap::from_vec(flows), value))
    }

    /// The nearest minimum cut to the source, or to the sink, of a maximum flow of this value: every
    /// arc across the cut is at its bound, so the capacity of the cut is the value.
    pub(super) fn cut(
        &mut self,
        at_sink: bool,
        value: i128,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Cut, SolveError> {
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
        let queue = &mut self.buffers.queue;
        queue.clear();
        queue.extend_from_slice(roots);
        for &root in roots {
            seen[root] = true;
        }
        while let Some(node) = queue.pop() {
            let arcs = pairs.out(node);
            meter.tick(arcs.len() as u64 + 1)?;
            for (arc, &[next, mate]) in arcs.clone().zip(&pairs.records()[arcs]) {
                let (next, mate) = (next as usize, mate as usize);
                if !seen[next] && open(if forwards { arc } else { mate }) {
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
