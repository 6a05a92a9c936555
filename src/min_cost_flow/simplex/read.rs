//! The answer of a finished run.

use alloc::vec;
use alloc::vec::Vec;

use super::Simplex;
use crate::check::Shortage;
use crate::id::NodeMap;
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// The proof that there is no flow, if artificial flow is left.
    ///
    /// The set S consists of the nodes below artificial arcs towards the root: those of negative
    /// potential. An arc leaving S has reduced cost at most slope + (a path) - 2 M < 0, so it is full; an
    /// arc entering S is at its lower bound for the same reason. What the artificial arcs of S carry is
    /// thus exactly what the set cannot get rid of.
    pub(super) fn shortage(&self) -> Option<Shortage> {
        let zero = T::zero();
        let mut inside = NodeMap::filled(self.nodes.len() - 1, false);
        let mut amount = 0_i128;
        for (v, node) in self.nodes.iter().enumerate() {
            if self.potential[v] < zero {
                inside.as_mut_slice()[self.name[v] as usize] = true;
                if node.arc as usize >= self.records.len() {
                    amount += node.down.wide();
                }
            }
        }
        (amount > 0).then_some(Shortage { inside, amount })
    }

    /// The flow of every arc; `None` if one leaves the number type.
    pub(super) fn flows<N: FlowNum>(&self, view: View<'_, N>) -> Option<Vec<N>> {
        let arcs = 0..view.network.arc_count();
        let mut flows: Vec<i128> = arcs
            .map(|arc| {
                let (tail, head) = view.ends(arc);
                if tail == head {
                    return view.settled(arc);
                }
                let slots = self.slot[self.pieces(arc)].iter().map(|&slot| slot as usize);
                let full = slots.filter(|&slot| self.name[self.records[slot].from as usize] as usize != tail);
                view.lower(arc) + full.map(|slot| self.capacity[slot].wide()).sum::<i128>()
            })
            .collect();
        for (v, node) in self.nodes.iter().enumerate() {
            let Some(record) = self.records.get(node.arc as usize) else { continue };
            let arc = self.owner[node.arc as usize] as usize;
            let tail = view.ends(arc).0;
            if self.name[record.from as usize] as usize != tail {
                flows[arc] -= self.capacity[node.arc as usize].wide();
            }
            let carried = if self.name[v] as usize == tail { node.down } else { node.up };
            flows[arc] += carried.wide();
        }
        flows.into_iter().map(N::narrow).collect()
    }

    /// Potentials, shifted so that the first node has 0.
    pub(super) fn potentials(&self) -> Vec<i128> {
        let mut potentials = vec![0; self.nodes.len()];
        for (v, &name) in self.name.iter().enumerate() {
            potentials[name as usize] = self.potential[v].wide();
        }
        potentials.pop();
        let base = potentials.first().copied().unwrap_or(0);
        potentials.iter_mut().for_each(|potential| *potential -= base);
        potentials
    }

    /// The arc from every node to its parent, [`NONE`] to the root.
    pub(super) fn basis(&self) -> Vec<u32> {
        let mut arcs = vec![NONE; self.nodes.len()];
        for (v, node) in self.nodes.iter().enumerate() {
            if let Some(&arc) = self.owner.get(node.arc as usize) {
                arcs[self.name[v] as usize] = arc;
            }
        }
        arcs.pop();
        arcs
    }
}
