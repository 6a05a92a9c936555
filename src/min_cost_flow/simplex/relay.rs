//! Bundles whose slopes or bounds have changed, laid out again one by one in a basis that stays.
//!
//! An arc without a bundle is one by itself. What is in the tree carries what it did as far as it can, and stays there if more
//! can go towards the root; anything else rests as near to what it carried as it can. What nodes have too much then
//! is noted, for [`super::repair`].

use alloc::vec::Vec;

use super::Simplex;
use super::arcs::Record;
use super::layout::is_lone;
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

/// What changes have done to a basis.
#[derive(Clone, Debug, Default)]
pub(super) struct Found<T> {
    /// Subtrees below arcs of other cost, with what their potentials change by.
    pub(super) moved: Vec<(usize, T)>,
    /// What nodes have too much since, one by one.
    pub(super) excess: Vec<(usize, T)>,
    /// Nodes whose arc to the parent cannot stay in the tree.
    pub(super) loose: Vec<usize>,
    /// Whether a record outside the tree now qualifies at the present potentials.
    pub(super) tempting: bool,
    /// Whether an arc carries something else than it did.
    pub(super) rerouted: bool,
    /// The position of every node of the network, once one was asked for.
    pub(super) places: Vec<u32>,
}

/// A bundle as it was.
#[derive(Clone, Copy, Debug)]
struct Old<T> {
    /// The positions of its first and its last node.
    ends: [u32; 2],
    /// Whether it could not move.
    dead: bool,
    /// From the first to the last node.
    carried: T,
    /// The node whose arc to the parent it was, and the cost of a unit from there.
    below: Option<(usize, T)>,
}

#[allow(clippy::cast_possible_truncation)] // positions are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// Lays a bundle out again with the bounds and slopes that it has now. False if it has too few records for that.
    pub(super) fn relay<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        bundle: usize,
        flows: &[N],
        found: &mut Found<T>,
    ) -> bool {
        let (tail, head) = self.arcs.ends(view, bundle);
        if tail == head {
            return true;
        }
        let arcs = self.arcs.arcs(bundle);
        let stuck = arcs.clone().all(|arc| view.lower(arc) == view.most::<T>(arc).wide());
        let single = self.arcs.records_of(bundle).len() == 1;
        let old = self.old(view, bundle, flows, &mut found.places);
        let still = old.dead && stuck;
        if old.dead && !stuck && single && !is_lone(view, arcs.start, arcs.end) {
            return false;
        }
        if !still {
            self.arcs.renew(view, bundle, old.ends);
        }
        let flow = match old.below {
            Some((v, before)) => {
                let (flow, stays) = self.settle_below(view, bundle, v, old.carried);
                if stays {
                    found.moved.push((v, before - self.arcs.cost_from(self.nodes[v].arc, v)));
                } else {
                    found.loose.push(v);
                }
                flow
            }
            None if still => self.arcs.range(view, bundle).0,
            None => self.arcs.rest(view, bundle, Some(flows)),
        };
        if stuck && single {
            self.arcs.bury(bundle);
        }
        found.tempting |= old.below.is_none() && self.least_reduced(bundle).0 < T::zero();
        found.rerouted |= self.is_rerouted(view, bundle, old, flows);
        let [tail, head] = old.ends.map(|v| v as usize);
        found.excess.extend([(tail, old.carried - flow), (head, flow - old.carried)]);
        arcs.for_each(|arc| self.arcs.note_arc(arc as u32));
        true
    }

    fn old<N: FlowNum>(
        &self,
        view: View<'_, N>,
        bundle: usize,
        flows: &[N],
        places: &mut Vec<u32>,
    ) -> Old<T> {
        let (tail, head) = self.arcs.ends(view, bundle);
        let carried = self.arcs.arcs(bundle).fold(T::zero(), |sum, arc| {
            let flow = T::from_wide(flows[arc].widen());
            if view.ends(arc).0 == tail { sum + flow } else { sum - flow }
        });
        let records = self.arcs.records_of(bundle);
        let Record { from, to, .. } = self.arcs.records[records.start];
        let dead = from == to;
        let ends = match dead {
            true => [tail, head].map(|node| self.position(node, places)),
            false if self.name[from as usize] as usize == tail => [from, to],
            false => [to, from],
        };
        let below = ends.map(|v| v as usize).into_iter();
        let below = below.map(|v| (v, self.nodes[v].arc)).find(|&(_, arc)| records.contains(&(arc as usize)));
        let below = below.map(|(v, arc)| (v, self.arcs.cost_from(arc, v)));
        Old { ends, dead, carried, below }
    }

    /// Where a node of the network is now. O(n) for the first one.
    pub(super) fn position(&self, node: usize, places: &mut Vec<u32>) -> u32 {
        if places.is_empty() {
            places.resize(self.name.len(), 0);
            for (position, &name) in (0..).zip(&self.name) {
                places[name as usize] = position;
            }
        }
        places[node]
    }

    /// Whether an arc of a bundle carries something else than it did.
    fn is_rerouted<N: FlowNum>(&self, view: View<'_, N>, bundle: usize, old: Old<T>, flows: &[N]) -> bool {
        let below = old.below.map(|(v, _)| v).filter(|&v| self.nodes[v].arc != NONE);
        let basic = below.map(|v| self.arcs.moved(view, &self.name, v as u32, &self.nodes[v]));
        self.arcs.arcs(bundle).any(|arc| {
            let more = basic.filter(|basic| basic.0 as usize == arc).map_or(T::zero(), |basic| basic.1);
            (self.arcs.resting(view, &self.name, arc as u32) + more).wide() != flows[arc].widen()
        })
    }
}
