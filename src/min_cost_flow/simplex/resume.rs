//! Going on from the basis of the last run when nothing but slopes of linear, bounded arcs has changed.
//!
//! A warm start lays the network out again, which takes several passes over the arcs in an order that is not
//! theirs. [`Reoptimizer`](crate::min_cost_flow::Reoptimizer) knows which arcs have changed: their records get the new
//! slopes, potentials below changed tree arcs move, and if no record can be wrong but those, no others are priced.
//! Of the flows only those of tree arcs and of arcs that pivots touched are read.

use alloc::vec::Vec;

use super::Simplex;
use super::arcs::Record;
use crate::id::{ArcId, id_at};
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

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

    /// Finds an optimal basis again after the slopes of some linear, bounded arcs of the last run's network
    /// have changed, and nothing else; call it if [`Simplex::holds`]. O(changes), and a pricing of all arcs and
    /// pivots if one of them matters. Returns whether potentials or flows may have changed.
    pub(in crate::min_cost_flow) fn resume<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        changes: &[ArcId],
        meter: &mut Meter<'_, '_>,
    ) -> Result<bool, SolveError> {
        meter.tick(changes.len() as u64)?;
        self.held = false;
        (self.pivots, self.stale) = (0, 0);
        self.arcs.log.clear();
        self.arcs.logs = true;
        let (moved, tempting) = self.reslope(view, changes);
        if moved.is_empty() && !tempting {
            self.held = true;
            return Ok(false);
        }
        if moved.len() <= MOVES {
            for (top, by) in moved {
                let work = self.shift(top, by);
                meter.tick(work)?;
            }
        } else {
            meter.tick(self.nodes.len() as u64)?;
            self.reprice_tree();
        }
        self.settle_changes(view, changes, meter)?;
        self.pricing.rewind(self.arcs.near, self.nodes.len());
        self.held = self.run(view, u64::MAX, meter, &mut crate::min_cost_flow::anytime::Record::deaf())?;
        Ok(true)
    }

    /// Sets the slopes of some arcs. Returns the subtrees below those in the tree, with what their potentials
    /// change by, and whether a record outside the tree now qualifies at the present potentials.
    fn reslope<N: FlowNum>(&mut self, view: View<'_, N>, changes: &[ArcId]) -> (Vec<(usize, T)>, bool) {
        let (mut moved, mut tempting) = (Vec::new(), false);
        for &arc in changes {
            let at = self.arcs.at[arc.index()];
            let record = &mut self.arcs.records[at as usize];
            let (from, to) = (record.from as usize, record.to as usize);
            // A record that cannot move stays as it is.
            if from == to {
                continue;
            }
            let slope = T::from_wide(view.network.costs.first[arc.index()].widen());
            let forward = self.name[from] == view.network.tail[arc.index()].index() as u32;
            let cost = if forward { slope } else { -slope };
            let change = cost - core::mem::replace(&mut record.cost, cost);
            if self.nodes[from].arc == at {
                moved.push((from, -change));
            } else if self.nodes[to].arc == at {
                moved.push((to, change));
            } else {
                tempting |= cost + self.potential[from] < self.potential[to];
            }
        }
        moved.retain(|(_, by)| *by != T::zero());
        (moved, tempting)
    }

    /// Pivots on arcs that have changed, a few at a time, until none of those qualifies.
    fn settle_changes<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        changes: &[ArcId],
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        const AT_A_TIME: usize = 64;
        for some in changes.chunks(AT_A_TIME) {
            loop {
                let reduced = |arc: &ArcId| {
                    let at = self.arcs.at[arc.index()] as usize;
                    let Record { from, to, cost } = self.arcs.records[at];
                    (cost + self.potential[from as usize] - self.potential[to as usize], at)
                };
                meter.tick(some.len() as u64)?;
                match some.iter().map(reduced).min() {
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

    /// Hands over the flows, as differences from the lower bounds, of all arcs in the tree and of all that pivots
    /// of the last [`Simplex::resume`] touched, others too if there were many.
    pub(in crate::min_cost_flow) fn touched_flows<N: FlowNum>(
        &self,
        view: View<'_, N>,
        mut each: impl FnMut(ArcId, Option<N>) -> Result<(), SolveError>,
    ) -> Result<(), SolveError> {
        if self.pivots == 0 {
            return Ok(());
        }
        let network = view.network;
        let is_tail = |v: usize, arc: usize| self.name[v] == network.tail[arc].index() as u32;
        let mut tell =
            |arc: usize, above: T| each(id_at(arc), N::narrow(network.lower[arc].widen() + above.wide()));
        let in_tree = |record: Record<T>, at: u32| {
            self.nodes[record.from as usize].arc == at || self.nodes[record.to as usize].arc == at
        };
        let mut rests = |at: u32| {
            let (record, arc) = (self.arcs.records[at as usize], self.arcs.owner[at as usize] as usize);
            if record.from == record.to || in_tree(record, at) {
                return Ok(());
            }
            let full = !is_tail(record.from as usize, arc);
            tell(arc, if full { self.arcs.width[at as usize] } else { T::zero() })
        };
        if self.arcs.log.len() < self.arcs.records.len() {
            self.arcs.log.iter().try_for_each(|&at| rests(at))?;
        } else {
            (0..self.arcs.records.len() as u32).try_for_each(rests)?;
        }
        for (v, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.arc != NONE) {
            let arc = self.arcs.owner[node.arc as usize] as usize;
            tell(arc, if is_tail(v, arc) { node.down } else { node.up })?;
        }
        Ok(())
    }

    /// The pivots of the last run.
    pub(in crate::min_cost_flow) fn pivots(&self) -> u64 {
        self.pivots
    }
}
