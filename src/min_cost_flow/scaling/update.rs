//! Distances as potentials: within a phase, and at the end.

use alloc::vec::Vec;

use super::{Place, Scaling};
use crate::kernel::{Int, Room};
use crate::min_cost_flow::heap::Heap;
use crate::min_cost_flow::view::NONE;
use crate::solve::{Meter, SolveError};

/// How an update ends.
pub(super) enum Update {
    Done,
    /// Some excess cannot reach a sink.
    Cut,
    /// Potentials would leave their range.
    Lost,
}

/// Ranks that have lists of their own, a power of two: those of the group that is due.
const GROUP: u32 = 64;

/// Nodes by rank, in lists: one for each rank of the group of ranks that is due, and one for each later group.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// The first node of each list.
    near: Vec<u32>,
    far: Vec<u32>,
    /// The list to look into.
    lowest: u32,
    most: u32,
}

#[allow(clippy::cast_possible_truncation)] // fewer than 2^31 nodes by the limit on ids
impl Ranks {
    /// Empties the lists, of ranks up to `most`; nodes have none.
    pub(super) fn clear(&mut self, most: u32) {
        for (list, len) in [(&mut self.near, GROUP), (&mut self.far, most / GROUP + 1)] {
            list.clear();
            list.resize(len as usize, NONE);
        }
        (self.lowest, self.most) = (0, most);
    }

    fn list(&mut self, rank: u32) -> &mut u32 {
        if rank / GROUP == self.lowest / GROUP {
            &mut self.near[(rank % GROUP) as usize]
        } else {
            &mut self.far[(rank / GROUP) as usize]
        }
    }

    /// Gives a node its first rank or a lower one, not below that of the node taken out last.
    pub(super) fn lower<T>(&mut self, places: &mut [Place<T>], v: u32, rank: u32) {
        let Place { rank: old, next, before, .. } = places[v as usize];
        if old != NONE {
            if before == NONE {
                *self.list(old) = next;
            } else {
                places[before as usize].next = next;
            }
            if next != NONE {
                places[next as usize].before = before;
            }
        }
        places[v as usize].rank = rank;
        self.link(places, v, rank);
    }

    fn link<T>(&mut self, places: &mut [Place<T>], v: u32, rank: u32) {
        let next = core::mem::replace(self.list(rank), v);
        (places[v as usize].next, places[v as usize].before) = (next, NONE);
        if next != NONE {
            places[next as usize].before = v;
        }
    }

    /// Takes out a node of the lowest rank.
    pub(super) fn pop<T>(&mut self, places: &mut [Place<T>]) -> Option<(u32, u32)> {
        while self.lowest <= self.most {
            let first = &mut self.near[(self.lowest % GROUP) as usize];
            let v = *first;
            if v != NONE {
                *first = places[v as usize].next;
                if *first != NONE {
                    places[*first as usize].before = NONE;
                }
                return Some((self.lowest, v));
            }
            self.lowest += 1;
            if self.lowest % GROUP == 0 && self.lowest <= self.most {
                let group = (self.lowest / GROUP) as usize;
                let mut v = core::mem::replace(&mut self.far[group], NONE);
                while v != NONE {
                    let Place { rank, next, .. } = places[v as usize];
                    self.link(places, v, rank);
                    v = next;
                }
            }
        }
        None
    }
}

/// Ranks of so many nodes are at most this: a list for every group of more would cost more than it tells apart.
#[allow(clippy::cast_possible_truncation)] // at most 2^30
pub(super) fn highest_rank(nodes: usize) -> u32 {
    (16 * nodes as u64).min(1 << 30) as u32
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts are below 2^32 by the limit on ids
impl<T: Int, R: Room<Sum = T>> Scaling<T, R> {
    /// Lowers every potential by ε times the distance to the nearest sink, where an arc of reduced cost r
    /// is ⌊r / ε⌋ + 1 long. Distances beyond [`Ranks::most`] count as that, which keeps the triangle inequality.
    pub(super) fn update(&mut self, meter: &mut Meter<'_, '_>) -> Result<Update, SolveError> {
        let (zero, price) = (T::zero(), self.price);
        let nodes = self.places.len();
        self.ranks.clear(highest_rank(nodes));
        let mut waiting = 0_usize;
        for v in 0..nodes {
            let place = &mut self.places[v];
            place.rank = NONE;
            waiting += usize::from(place.excess > zero);
            if place.excess < zero {
                self.ranks.lower(&mut self.places, v as u32, 0);
            }
        }
        meter.tick(nodes as u64)?;
        let shift = self.shift as usize;
        let most = T::from_wide(i128::from(self.ranks.most));
        let mut reached = 0;
        while waiting > 0 {
            let Some((rank, v)) = self.ranks.pop(&mut self.places) else { return Ok(Update::Cut) };
            reached = rank;
            let place = &self.places[v as usize];
            waiting -= usize::from(place.excess > zero);
            let potential = place.potential;
            let range = self.graph.range(v as usize);
            meter.tick(1 + range.len() as u64)?;
            for half in self.graph.halves[range].iter().filter(|half| half.returns()) {
                let next = &self.places[half.to as usize];
                if next.rank <= rank {
                    continue;
                }
                let cost = price.of(&self.graph.halves[half.partner() as usize]);
                let reduced = cost + next.potential - potential;
                let length = if reduced < zero { 0 } else { (reduced >> shift).min(most).wide() as u32 + 1 };
                let sum = (rank + length).min(self.ranks.most);
                if sum < next.rank {
                    self.ranks.lower(&mut self.places, half.to, sum);
                }
            }
        }
        let low = self.places.iter().fold(zero, |low, place| low.min(place.potential));
        let fall = T::from_wide(i128::from(reached));
        if self.epsilon.checked_mul(&fall).is_none_or(|fall| fall > low - self.floor) {
            return Ok(Update::Lost);
        }
        for (v, place) in self.places.iter_mut().enumerate() {
            let steps = T::from_wide(i128::from(place.rank.min(reached)));
            place.potential -= steps << shift;
            place.current = self.graph.range(v).start as u32;
        }
        Ok(Update::Done)
    }

    /// Potentials for the costs as they were, 0 at the first node.
    pub(super) fn exact_potentials(
        &mut self,
        once: bool,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Vec<i128>, SolveError> {
        let (one, price) = (T::one(), self.price);
        let high = self.places.iter().fold(T::min_value(), |high, place| high.max(place.potential));
        self.heap.clear();
        for (v, place) in self.places.iter_mut().enumerate() {
            place.excess = high - place.potential;
            self.heap.push(place.excess, v as u32);
        }
        while let Some((label, v)) = self.heap.pop() {
            let place = self.places[v as usize];
            if label > place.excess {
                continue;
            }
            let range = self.graph.range(v as usize);
            meter.tick(1 + range.len() as u64)?;
            let base = label + place.potential + one;
            for half in &self.graph.halves[range] {
                let next = &mut self.places[half.to as usize];
                let label = base + price.of(half) - next.potential;
                if label < next.excess {
                    next.excess = label;
                    self.heap.push(label, half.to);
                }
            }
        }
        if once {
            (self.heap, self.graph.halves) = (Heap::default(), Vec::new());
        }
        let factor = self.places.len() as i128 + 1;
        let distance = |place: &super::Place<T>| (place.excess + place.potential - high).wide();
        let exact = self.places.iter().map(|place| distance(place).div_euclid(factor));
        let mut potentials: Vec<i128> = exact.collect();
        let base = potentials.first().copied().unwrap_or(0);
        potentials.iter_mut().for_each(|potential| *potential -= base);
        Ok(potentials)
    }
}
