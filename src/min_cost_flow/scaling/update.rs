//! Distances as potentials: within a phase, and at the end.

use alloc::vec::Vec;

use super::Scaling;
use crate::kernel::Int;
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

/// Nodes by rank, in buckets.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// [`NONE`] for nodes without.
    pub(super) rank: Vec<u32>,
    /// The last entry of each bucket.
    bucket: Vec<u32>,
    /// A node, and the entry before it in its bucket; left behind when the node moves down.
    entries: Vec<(u32, u32)>,
    /// The bucket to look into.
    lowest: u32,
    most: u32,
}

impl Ranks {
    fn of(&self, v: u32) -> u32 {
        self.rank[v as usize]
    }

    #[allow(clippy::cast_possible_truncation)] // fewer than 2^31 nodes by the limit on ids
    fn clear(&mut self, nodes: usize) {
        self.rank.clear();
        self.rank.resize(nodes, NONE);
        self.clear_buckets((16 * nodes as u64).min(1 << 30) as u32);
    }

    /// Empties the buckets; there are `most` and one.
    pub(super) fn clear_buckets(&mut self, most: u32) {
        self.entries.clear();
        self.most = most;
        self.bucket.clear();
        self.bucket.resize(most as usize + 1, NONE);
        self.lowest = 0;
    }

    #[allow(clippy::cast_possible_truncation)] // at most one entry for every residual arc
    pub(super) fn lower(&mut self, v: u32, rank: u32) {
        self.rank[v as usize] = rank;
        let bucket = &mut self.bucket[rank as usize];
        let before = core::mem::replace(bucket, self.entries.len() as u32);
        self.entries.push((v, before));
    }

    /// Takes out a node of the lowest rank.
    pub(super) fn pop(&mut self) -> Option<(u32, u32)> {
        while self.lowest <= self.most {
            let bucket = &mut self.bucket[self.lowest as usize];
            if *bucket == NONE {
                self.lowest += 1;
                continue;
            }
            let (v, before) = self.entries[*bucket as usize];
            *bucket = before;
            if self.rank[v as usize] == self.lowest {
                return Some((self.lowest, v));
            }
        }
        None
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts are below 2^32 by the limit on ids
impl<T: Int> Scaling<T> {
    /// Lowers every potential by ε times the distance to the nearest sink, where an arc of reduced cost r
    /// is ⌊r / ε⌋ + 1 long. Distances beyond [`Ranks::most`] count as that, which keeps the triangle inequality.
    pub(super) fn update(&mut self, meter: &mut Meter<'_, '_>) -> Result<Update, SolveError> {
        let zero = T::zero();
        let nodes = self.places.len();
        self.ranks.clear(nodes);
        let mut waiting = 0_usize;
        for (v, place) in self.places.iter().enumerate() {
            waiting += usize::from(place.excess > zero);
            if place.excess < zero {
                self.ranks.lower(v as u32, 0);
            }
        }
        meter.tick(nodes as u64)?;
        let shift = self.shift as usize;
        let most = T::from_wide(i128::from(self.ranks.most));
        let mut reached = 0;
        while waiting > 0 {
            let Some((rank, v)) = self.ranks.pop() else { return Ok(Update::Cut) };
            reached = rank;
            let place = &self.places[v as usize];
            waiting -= usize::from(place.excess > zero);
            let potential = place.potential;
            let range = self.graph.range(v as usize);
            meter.tick(1 + range.len() as u64)?;
            for half in self.graph.halves[range].iter().filter(|half| half.returns()) {
                if self.ranks.of(half.to) <= rank {
                    continue;
                }
                let cost = self.graph.halves[half.partner() as usize].cost;
                let reduced = cost + self.places[half.to as usize].potential - potential;
                let length = if reduced < zero { 0 } else { (reduced >> shift).min(most).wide() as u32 + 1 };
                let sum = (rank + length).min(self.ranks.most);
                if sum < self.ranks.of(half.to) {
                    self.ranks.lower(half.to, sum);
                }
            }
        }
        let low = self.places.iter().fold(zero, |low, place| low.min(place.potential));
        let fall = T::from_wide(i128::from(reached));
        if self.epsilon.checked_mul(&fall).is_none_or(|fall| fall > low - self.floor) {
            return Ok(Update::Lost);
        }
        for (v, place) in self.places.iter_mut().enumerate() {
            let steps = T::from_wide(i128::from(self.ranks.of(v as u32).min(reached)));
            place.potential -= steps << shift;
            place.current = self.graph.range(v).start as u32;
        }
        Ok(Update::Done)
    }

    /// Potentials for the costs as they were, 0 at the first node.
    pub(super) fn exact_potentials(&mut self, meter: &mut Meter<'_, '_>) -> Result<Vec<i128>, SolveError> {
        let one = T::one();
        let high = self.places.iter().fold(T::min_value(), |high, place| high.max(place.potential));
        self.heap.clear();
        for (v, place) in self.places.iter_mut().enumerate() {
            place.label = high - place.potential;
            self.heap.push(place.label, v as u32);
        }
        while let Some((label, v)) = self.heap.pop() {
            let place = self.places[v as usize];
            if label > place.label {
                continue;
            }
            let range = self.graph.range(v as usize);
            meter.tick(1 + range.len() as u64)?;
            let base = label + place.potential + one;
            for half in &self.graph.halves[range] {
                let next = &mut self.places[half.to as usize];
                let label = base + half.cost - next.potential;
                if label < next.label {
                    next.label = label;
                    self.heap.push(label, half.to);
                }
            }
        }
        let factor = self.places.len() as i128 + 1;
        let distance = |place: &super::Place<T>| (place.label + place.potential - high).wide();
        let exact = self.places.iter().map(|place| distance(place).div_euclid(factor));
        let mut potentials: Vec<i128> = exact.collect();
        let base = potentials.first().copied().unwrap_or(0);
        potentials.iter_mut().for_each(|potential| *potential -= base);
        Ok(potentials)
    }
}
