//! The residual model of a network with two terminals, and the steps that the engines share.

mod answer;

use alloc::vec::Vec;

use num_traits::Zero;

use super::{Algorithm, Workspace, dinic, push_relabel, search_trees};
use crate::check::{Cut, NodeSums, Shortage};
use crate::id::{ArcMap, NodeId, id_at};
use crate::kernel::pairs::{Pairs, sized};
use crate::kernel::{Int, Room};
use crate::network::{Index, Network};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

pub(super) use answer::surplus;

/// Residual capacities and excesses, kept from solve to solve.
#[derive(Clone, Debug)]
pub(super) struct Buffers<R: Room> {
    residual: Vec<R>,
    excess: Vec<R::Sum>,
    queue: Vec<u32>,
}

impl<R: Room> Default for Buffers<R> {
    fn default() -> Self {
        Self { residual: Vec::new(), excess: Vec::new(), queue: Vec::new() }
    }
}

/// The memory of an earlier answer.
#[derive(Debug)]
pub(super) struct Spare<N> {
    pub(super) flows: Vec<N>,
    pub(super) side: Vec<bool>,
}

impl<N> Spare<N> {
    pub(super) fn of((cut, flows): (Cut, ArcMap<N>)) -> Self {
        Self { flows: flows.into_vec(), side: cut.source_side.into_vec() }
    }
}

impl<N> Default for Spare<N> {
    fn default() -> Self {
        Self { flows: Vec::new(), side: Vec::new() }
    }
}

/// A network, its terminals, and where its flow is.
///
/// Residual arcs are those of the network's [`Index`]. If the starting point is unbalanced, the model has
/// an index of its own with one more edge, which joins source and sink without limit (the amount between
/// them is free); it is closed once the flow is balanced.
pub(super) struct Model<'a, N, R: Room> {
    network: &'a Network<N>,
    source: usize,
    sink: usize,
    engine: Algorithm,
    /// Stands in for missing upper bounds: `network.ranges().flow`.
    limit: R::Sum,
    workspace: &'a mut Workspace,
    buffers: Buffers<R>,
    /// Where the answer goes.
    pub(super) spare: Spare<N>,
    /// The index of the network, unless it is that of the workspace.
    kept: Option<&'a Index>,
    /// What has left the source since all flows were 0; `None` if they never were.
    sent: Option<i128>,
    /// Whether the search trees still know what the source reaches.
    grown: bool,
    /// Whether only a cut is wanted: what is too much on its side of the source may stay there, and what is
    /// missing on the other side too.
    cut_only: bool,
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

impl<'a, N: FlowNum, R: Room> Model<'a, N, R> {
    /// Starts from the flow closest to `start` (0 if there is none) and balances it. `Err` of the inner
    /// result is the proof that this is impossible.
    #[allow(clippy::too_many_arguments)] // called once
    pub(super) fn balanced(
        network: &'a Network<N>,
        (source, sink): (NodeId, NodeId),
        engine: Algorithm,
        start: Option<&ArcMap<N>>,
        workspace: &'a mut Workspace,
        buffers: Buffers<R>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Result<Self, Shortage>, SolveError> {
        let (source, sink) = (source.index(), sink.index());
        meter.tick((network.node_count() + network.arc_count()) as u64)?;
        let limit = R::Sum::from_wide(network.ranges().flow);
        let mut model = Self {
            network,
            source,
            sink,
            engine,
            limit,
            workspace,
            buffers,
            spare: Spare::default(),
            kept: None,
            sent: None,
            grown: false,
            cut_only: false,
        };
        if start.is_none() && network.ranges().idle && network.unbounded.is_empty() {
            model.rest();
            return Ok(Ok(model));
        }
        // Old flows on many unbounded arcs may add up to more than the range admits: then start anew.
        let start = start.filter(|flows| model.adds_up(flows));
        let balanced = model.place(start);
        let shortage = if balanced { None } else { model.balance(meter)? };
        Ok(shortage.map_or_else(|| Ok(model), Err))
    }

    /// Takes the index of the network, or reads one into the workspace.
    fn open_index(&mut self, link: Option<(usize, usize)>) {
        self.kept = if link.is_none() { self.network.kept.index(self.network) } else { None };
        if self.kept.is_none() {
            self.workspace.index.read(self.network, link);
        }
    }

    fn index(&self) -> &Index {
        self.kept.unwrap_or(&self.workspace.index)
    }

    fn pairs(&self) -> &Pairs {
        &self.index().pairs
    }

    /// No flow anywhere, which is a flow; all arcs have upper bounds.
    fn rest(&mut self) {
        self.open_index(None);
        self.sent = Some(0);
        let network = self.network;
        let Index { pairs, loops, .. } = self.kept.unwrap_or(&self.workspace.index);
        let Buffers { residual, excess, .. } = &mut self.buffers;
        excess.clear();
        excess.resize(network.node_count(), R::Sum::zero());
        residual.clear();
        sized(residual, pairs.arc_count());
        // The arc of a twin is the mate of the arc before it, so both simply add up.
        for (&slot, upper) in pairs.slots().iter().zip(&network.upper) {
            residual[slot as usize].give(R::Sum::from_wide(upper.widen()));
        }
        if !network.ranges().plain {
            for (&slot, lower) in pairs.slots().iter().zip(&network.lower) {
                residual[pairs.mate(slot as usize)].take(R::Sum::from_wide(lower.widen()));
            }
        }
        for &edge in loops {
            let forward = pairs.forward(edge as usize);
            residual[forward] = R::zero();
            residual[pairs.mate(forward)] = R::zero();
        }
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
        let flow = |arc: usize| clamp(network, arc, start.map_or(0, |flows| flows[id_at(arc)].widen()));
        let excess = &mut self.buffers.excess;
        excess.clear();
        excess.extend(network.supply.iter().map(|supply| R::Sum::from_wide(supply.widen())));
        for arc in 0..network.arc_count() {
            let flow = R::Sum::from_wide(flow(arc));
            excess[network.tail[arc].index()] -= flow;
            excess[network.head[arc].index()] += flow;
        }
        // The amount between the terminals is free: choose it so that the sink is balanced.
        let amount = core::mem::replace(&mut excess[self.sink], R::Sum::zero());
        excess[self.source] += amount;
        let total = excess.iter().fold(R::Sum::zero(), |sum, &e| sum + e.max(R::Sum::zero()));
        let balanced = total == R::Sum::zero();

        self.open_index((!balanced).then_some((self.source, self.sink)));
        let Index { pairs, .. } = self.kept.unwrap_or(&self.workspace.index);
        let residual = &mut self.buffers.residual;
        residual.clear();
        sized(residual, pairs.arc_count());
        for (arc, &slot) in pairs.slots().iter().enumerate() {
            let (forward, backward) = (slot as usize, pairs.mate(slot as usize));
            if arc == network.arc_count() {
                residual[forward].give(total);
                residual[backward].give(total);
            } else if network.tail[arc] != network.head[arc] {
                let (lower, upper) = bounds(network, arc);
                let flow = flow(arc);
                residual[forward].give(R::Sum::from_wide(upper - flow));
                residual[backward].give(R::Sum::from_wide(flow - lower));
            }
        }
        balanced
    }

    /// Moves all excess to deficits and closes the extra edges, or returns the set that is stuck.
    fn balance(&mut self, meter: &mut Meter<'_, '_>) -> Result<Option<Shortage>, SolveError> {
        let Workspace { index: Index { pairs, .. }, push_relabel: labels, .. } = &mut *self.workspace;
        let Buffers { residual, excess, queue } = &mut self.buffers;
        push_relabel::route(pairs, residual, excess, labels, meter)?;
        let link = pairs.forward(self.network.arc_count());
        let mate = pairs.mate(link);
        queue.clear();
        let stuck = (0..).zip(&*excess).filter(|&(_, &excess)| excess > R::Sum::zero());
        queue.extend(stuck.map(|(node, _)| node));
        let stuck = !queue.is_empty();
        let closed = R::of(if stuck { num_traits::One::one() } else { R::Sum::zero() });
        (residual[link], residual[mate]) = (closed, closed);
        excess.fill(R::Sum::zero());
        if !stuck {
            return Ok(None);
        }
        let inside = self.reached(true, meter)?;
        let amount = -self.capacity(&inside);
        Ok(Some(Shortage { inside, amount }))
    }

    /// Only a cut is wanted of what is sent next, where 0 is a flow.
    pub(super) fn want_cut_only(&mut self) {
        self.cut_only = self.network.ranges().idle && self.network.unbounded.is_empty();
    }

    /// Sends up to `target` more from source to sink, or the other way; returns how much.
    pub(super) fn send(
        &mut self,
        back: bool,
        target: i128,
        meter: &mut Meter<'_, '_>,
    ) -> Result<i128, SolveError> {
        self.grown = false;
        let amount = self.send_some(back, target, meter)?;
        self.sent = self.sent.map(|sent| if back { sent - amount } else { sent + amount });
        Ok(amount)
    }

    fn send_some(&mut self, back: bool, target: i128, meter: &mut Meter<'_, '_>) -> Result<i128, SolveError> {
        let (from, to) = if back { (self.sink, self.source) } else { (self.source, self.sink) };
        // Without arcs that lack an upper bound no sum of capacities exceeds the range.
        let everything = target >= self.reach() && self.network.unbounded.is_empty();
        if everything && self.grows_trees((from, to), meter)? {
            return self.send_all((from, to), meter);
        }
        let rooms = (self.room(from), self.room_into(to));
        let target = R::Sum::from_wide(target).min(rooms.0).min(rooms.1);
        if target <= R::Sum::zero() {
            return Ok(0);
        }
        // Search trees saturate all arcs at the terminals: for less than everything, or where the sums
        // might not fit, they are no use.
        let all = target == rooms.0.min(rooms.1) && rooms.0.max(rooms.1) < self.limit + self.limit;
        if all && !everything && self.grows_trees((from, to), meter)? {
            return self.send_all((from, to), meter);
        }
        let Workspace { index, dinic: levels, push_relabel: labels, .. } = &mut *self.workspace;
        let pairs = &self.kept.unwrap_or(index).pairs;
        let Buffers { residual, excess, .. } = &mut self.buffers;
        let sent = if self.engine == Algorithm::Dinic {
            dinic::run(pairs, residual, from, to, target, levels, meter)?
        } else {
            let preflow = self.cut_only;
            push_relabel::send(pairs, residual, excess, (from, to), target, preflow, labels, meter)?
        };
        Ok(sent.wide())
    }

    /// Whether search trees are chosen, or the best choice as far as it can be seen.
    fn grows_trees(&mut self, ends: (usize, usize), meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let Workspace { index, search_trees: trees, .. } = &mut *self.workspace;
        let pairs = &self.kept.unwrap_or(index).pairs;
        match self.engine {
            Algorithm::SearchTrees => Ok(true),
            Algorithm::Auto => trees.promising(pairs, &self.buffers.residual, ends, meter),
            _ => Ok(false),
        }
    }

    /// Sends as much as possible by search trees. If they turn out overgrown, and the choice of the
    /// algorithm is ours, push-relabel finishes from where they stopped.
    fn send_all(&mut self, ends: (usize, usize), meter: &mut Meter<'_, '_>) -> Result<i128, SolveError> {
        let before = self.room(ends.0);
        let Workspace { index, search_trees: trees, push_relabel: labels, .. } = &mut *self.workspace;
        let pairs = &self.kept.unwrap_or(index).pairs;
        let Buffers { residual, excess, .. } = &mut self.buffers;
        let patient = self.engine == Algorithm::SearchTrees;
        let done = search_trees::send(pairs, residual, excess, ends, patient, trees, meter)?;
        self.grown = done && ends.0 == self.source && self.network.unbounded.is_empty();
        search_trees::settle(pairs, residual, excess, ends, self.cut_only || !done);
        if !done {
            push_relabel::route(pairs, residual, excess, labels, meter)?;
        }
        if !done && !self.cut_only {
            search_trees::retract(pairs, residual, excess, ends);
            push_relabel::route(pairs, residual, excess, labels, meter)?;
        }
        Ok((before - self.room(ends.0)).wide())
    }

    /// What the arcs leaving a node can carry, at most twice the range.
    fn room(&self, node: usize) -> R::Sum {
        let (pairs, residual) = (self.pairs(), &self.buffers.residual);
        let limit = self.limit + self.limit;
        pairs.out(node).fold(R::Sum::zero(), |sum, arc| (sum + residual[arc].get()).min(limit))
    }

    /// What the arcs entering a node can carry, at most twice the range.
    fn room_into(&self, node: usize) -> R::Sum {
        let (pairs, residual) = (self.pairs(), &self.buffers.residual);
        let limit = self.limit + self.limit;
        pairs.out(node).fold(R::Sum::zero(), |sum, arc| (sum + residual[pairs.mate(arc)].get()).min(limit))
    }

    /// No more than this can be sent between the terminals, whatever the flow is now.
    pub(super) fn reach(&self) -> i128 {
        (self.limit + self.limit).wide()
    }

    /// Memory for the sums of the check.
    pub(super) fn sums(&mut self) -> NodeSums {
        core::mem::take(&mut self.workspace.sums)
    }

    /// Keeps the memory for the next check.
    pub(super) fn give_sums(&mut self, sums: NodeSums) {
        self.workspace.sums = sums;
    }

    /// The memory for the next solve.
    pub(super) fn release(self) -> Buffers<R> {
        self.buffers
    }
}
