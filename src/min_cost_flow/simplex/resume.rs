//! Going on from the basis of the last run when nothing but slopes of bounded arcs has changed.
//!
//! A warm start lays the network out again, which takes several passes over the arcs in an order that is not
//! theirs. [`Reoptimizer`](crate::min_cost_flow::Reoptimizer) knows which arcs have changed: their records get the new
//! slopes, potentials below changed tree arcs move, and if no record can be wrong but those, no others are priced.
//! Of the flows only those of tree arcs and of arcs that pivots touched are read. Where arcs are bundled and other slopes leave a
//! full piece dearer than an empty one, or another piece than the one in the tree the next, there is no such way.

use alloc::vec::Vec;

use super::Simplex;
use super::arcs::Record;
use crate::id::{ArcId, id_at};
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// What became of a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::min_cost_flow) enum Resumed {
    /// It serves no more.
    Not,
    /// It is optimal as it was.
    AsItWas,
    /// Potentials or flows may have changed.
    Changed,
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

    /// Finds an optimal basis again after the slopes of some bounded arcs of the last run's network
    /// have changed, and nothing else; call it if [`Simplex::holds`]. O(changes), and a pricing of all arcs and
    /// pivots if one of them matters.
    pub(in crate::min_cost_flow) fn resume<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        changes: &[ArcId],
        meter: &mut Meter<'_, '_>,
    ) -> Result<Resumed, SolveError> {
        meter.tick(changes.len() as u64)?;
        self.held = false;
        (self.pivots, self.stale) = (0, 0);
        self.arcs.log.clear();
        self.arcs.logs = true;
        let Some((moved, tempting)) = self.reslope(view, changes) else { return Ok(Resumed::Not) };
        if moved.is_empty() && !tempting {
            self.held = true;
            return Ok(Resumed::AsItWas);
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
        Ok(Resumed::Changed)
    }

    /// Sets the slopes of some arcs. Returns the subtrees below those in the tree, with what their potentials
    /// change by, and whether a record outside the tree now qualifies at the present potentials; `None` if a bundle
    /// would have to carry in other arcs what it carries.
    fn reslope<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        changes: &[ArcId],
    ) -> Option<(Vec<(usize, T)>, bool)> {
        let (mut moved, mut tempting) = (Vec::new(), false);
        for &arc in changes {
            let records = self.arcs.records_of(arc.index());
            let Record { from, to, .. } = self.arcs.records[records.start];
            // A record that cannot move stays as it is.
            if from == to {
                continue;
            }
            let below = [from, to].map(|v| v as usize);
            let below = below.into_iter().find(|&v| records.contains(&(self.nodes[v].arc as usize)));
            let in_tree = below.map(|v| self.nodes[v].arc as usize);
            let before = below.zip(in_tree).map(|(v, record)| self.arcs.cost_from(record as u32, v));
            if !self.arcs.reslope(view, arc.index(), in_tree, &self.name) {
                return None;
            }
            match below.zip(before) {
                Some((v, before)) => {
                    moved.push((v, before - self.arcs.cost_from(self.nodes[v].arc, v)));
                }
                None => tempting |= self.least_reduced(arc).0 < T::zero(),
            }
        }
        moved.retain(|(_, by)| *by != T::zero());
        Some((moved, tempting))
    }

    /// The least reduced cost of the records of an arc or its bundle, and the record.
    fn least_reduced(&self, arc: ArcId) -> (T, usize) {
        let records = self.arcs.records_of(arc.index());
        let Record { from, to, .. } = self.arcs.records[records.start];
        let (gap, first) = (self.potential[from as usize] - self.potential[to as usize], records.start);
        let reduced = |at: usize| {
            let cost = self.arcs.records[at].cost;
            (if at == first { cost + gap } else { cost - gap }, at)
        };
        records.map(reduced).min().unwrap_or((T::zero(), first))
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
                meter.tick(some.len() as u64)?;
                match some.iter().map(|&arc| self.least_reduced(arc)).min() {
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
        if self.pivots == 0 {
            return Ok(());
        }
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
