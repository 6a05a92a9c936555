//! Going on from the basis of the last run when slopes and bounds of bounded arcs, and supplies, have changed.
//!
//! A warm start lays the network out again, which takes several passes over the arcs in an order that is not
//! theirs. [`Reoptimizer`](crate::min_cost_flow::Reoptimizer) knows which arcs have changed: their records get the new
//! slopes and widths, potentials below changed tree arcs move, and what nodes have too much goes up the tree: see
//! [`super::repair`]. If no record can be wrong but those that changed, no others are priced. Of the flows only those of tree
//! arcs and of arcs that pivots touched are read.

use alloc::vec::Vec;

use super::Simplex;
use super::arcs::Record;
use super::relay::Found;
use crate::id::{ArcId, NodeId, id_at};
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// What has changed since the last run.
#[derive(Clone, Copy, Debug)]
pub(in crate::min_cost_flow) struct Changes<'a, N> {
    /// Arcs with other slopes or bounds.
    pub(in crate::min_cost_flow) arcs: &'a [ArcId],
    /// By how much supplies have changed.
    pub(in crate::min_cost_flow) supplies: &'a [(NodeId, i128)],
    /// The flows of the last run.
    pub(in crate::min_cost_flow) flows: &'a [N],
}

/// What became of a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::min_cost_flow) enum Resumed {
    /// It serves no more.
    Not,
    /// It is optimal as it was.
    AsItWas,
    /// Potentials have changed.
    Repriced,
    /// Flows may have changed too.
    Rerouted,
}

/// Subtrees moved one by one when slopes in the tree have changed; if there are more, all nodes are read anew.
const MOVES: usize = 16;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// Whether [`Simplex::resume`] can go on from the last run's basis.
    pub(in crate::min_cost_flow) fn holds<N: FlowNum>(&self, view: View<'_, N>) -> bool {
        let steepest = view.network.ranges().slope.max(1);
        self.held && steepest * (view.network.node_count() as i128 + 1) <= self.penalty.wide()
    }

    /// Forgets the basis.
    pub(in crate::min_cost_flow) fn forget(&mut self) {
        self.held = false;
    }

    /// Finds an optimal basis again after the slopes and bounds of some bounded arcs of the last run's network, and supplies,
    /// have changed, and nothing else; call it if [`Simplex::holds`]. O(changes) if nothing moves, else O(n), a pricing of
    /// all arcs, and pivots.
    pub(in crate::min_cost_flow) fn resume<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        changes: Changes<'_, N>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Resumed, SolveError> {
        meter.tick((changes.arcs.len() + changes.supplies.len()) as u64)?;
        self.held = false;
        (self.pivots, self.stale) = (0, 0);
        self.arcs.log.clear();
        self.arcs.logs = true;
        let mut bundles: Vec<usize> =
            changes.arcs.iter().map(|arc| self.arcs.bundle_of(arc.index())).collect();
        bundles.sort_unstable();
        bundles.dedup();
        let mut found = Found::default();
        for &bundle in &bundles {
            if !self.relay(view, bundle, changes.flows, &mut found) {
                return Ok(Resumed::Not);
            }
        }
        for &(node, by) in changes.supplies {
            let position = self.position(node.index(), &mut found.places);
            found.excess.push((position as usize, T::from_wide(by)));
        }
        found.moved.retain(|(_, by)| *by != T::zero());
        found.excess.retain(|(_, more)| *more != T::zero());
        let repairs = !(found.excess.is_empty() && found.loose.is_empty());
        if found.moved.is_empty() && !found.tempting && !repairs {
            self.held = true;
            return Ok(if found.rerouted { Resumed::Rerouted } else { Resumed::AsItWas });
        }
        if found.moved.len() <= MOVES {
            for &(top, by) in &found.moved {
                let work = self.shift(top, by);
                meter.tick(work)?;
            }
        } else {
            meter.tick(self.nodes.len() as u64)?;
            self.reprice_tree();
        }
        if repairs {
            let work = self.repair(view, &found);
            meter.tick(work)?;
        }
        self.settle_changes(view, &bundles, meter)?;
        self.pricing.rewind(self.arcs.near, self.nodes.len());
        let finished = self.run(view, u64::MAX, meter, &mut crate::min_cost_flow::anytime::Record::deaf())?;
        if !finished || (repairs && self.short()) {
            return Ok(Resumed::Not);
        }
        self.held = true;
        let rerouted = found.rerouted || repairs || self.pivots > 0;
        Ok(if rerouted { Resumed::Rerouted } else { Resumed::Repriced })
    }

    /// The least reduced cost of the records of a bundle, and the record.
    pub(super) fn least_reduced(&self, bundle: usize) -> (T, usize) {
        let records = self.arcs.records_of(bundle);
        let Record { from, to, .. } = self.arcs.records[records.start];
        let (gap, first) = (self.potential[from as usize] - self.potential[to as usize], records.start);
        let reduced = |at: usize| {
            let cost = self.arcs.records[at].cost;
            (if at == first { cost + gap } else { cost - gap }, at)
        };
        records.map(reduced).min().unwrap_or((T::zero(), first))
    }

    /// Pivots on bundles that have changed, a few at a time, until none of those qualifies.
    fn settle_changes<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        bundles: &[usize],
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        const AT_A_TIME: usize = 64;
        for some in bundles.chunks(AT_A_TIME) {
            loop {
                meter.tick(some.len() as u64)?;
                match some.iter().map(|&bundle| self.least_reduced(bundle)).min() {
                    Some((reduced, at)) if reduced < T::zero() => {
                        let work = self.pivot(view, at, reduced);
                        meter.tick(work)?;
                        self.pivots += 1;
                    }
                    _ => break,
                }
            }
        }
        Ok(())
    }

    /// Potentials of all nodes from those below the root, along the thread.
    fn reprice_tree(&mut self) {
        let mut v = self.thread[self.root as usize] as usize;
        while v != self.root as usize {
            let node = self.nodes[v];
            if node.arc != NONE {
                self.potential[v] = self.potential[node.parent as usize] - self.arcs.cost_from(node.arc, v);
            }
            v = self.thread[v] as usize;
        }
    }

    /// Hands over the flows of all arcs in the tree and of all that pivots
    /// of the last [`Simplex::resume`] touched, others too if there were many.
    pub(in crate::min_cost_flow) fn touched_flows<N: FlowNum>(
        &self,
        view: View<'_, N>,
        mut each: impl FnMut(ArcId, Option<N>) -> Result<(), SolveError>,
    ) -> Result<(), SolveError> {
        let mut tell = |arc: u32, flow: T| each(id_at(arc as usize), N::narrow(flow.wide()));
        let mut rests = |arc: u32| {
            let (tail, head) = view.ends(arc as usize);
            if tail == head { Ok(()) } else { tell(arc, self.arcs.resting(view, &self.name, arc)) }
        };
        if self.arcs.log.len() < self.arcs.records.len() {
            self.arcs.log.iter().try_for_each(|&arc| rests(arc))?;
        } else {
            (0..view.network.arc_count() as u32).try_for_each(rests)?;
        }
        for (v, node) in (0..).zip(&self.nodes).filter(|(_, node)| node.arc != NONE) {
            let (arc, more) = self.arcs.moved(view, &self.name, v, node);
            tell(arc, self.arcs.resting(view, &self.name, arc) + more)?;
        }
        Ok(())
    }

    /// The pivots of the last run.
    pub(in crate::min_cost_flow) fn pivots(&self) -> u64 {
        self.pivots
    }
}
