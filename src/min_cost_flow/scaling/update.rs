//! Distances as potentials: within a phase, and at the end.

use alloc::vec::Vec;

use super::Scaling;
use crate::kernel::Int;
use crate::solve::{Meter, SolveError};

/// How an update ends.
pub(super) enum Update {
    Done,
    /// Some excess cannot reach a sink.
    Cut,
    /// Potentials would leave their range.
    Lost,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Scaling<T> {
    /// Lowers every potential by ε times the distance to the nearest sink, where an arc of reduced cost r
    /// is ⌊r / ε⌋ + 1 long.
    pub(super) fn update(&mut self, meter: &mut Meter<'_, '_>) -> Result<Update, SolveError> {
        let (zero, one) = (T::zero(), T::one());
        self.heap.clear();
        let mut waiting = 0_usize;
        for (v, place) in self.places.iter_mut().enumerate() {
            place.label = self.far;
            waiting += usize::from(place.excess > zero);
            if place.excess < zero {
                place.label = zero;
                self.heap.push(zero, v as u32);
            }
        }
        meter.tick(self.places.len() as u64)?;
        let (mut reached, mut too_far) = (zero, false);
        while let Some((label, v)) = self.heap.pop() {
            let place = self.places[v as usize];
            if label > place.label {
                continue;
            }
            reached = label;
            waiting -= usize::from(place.excess > zero);
            if waiting == 0 {
                break;
            }
            let range = self.graph.range(v as usize);
            meter.tick(1 + range.len() as u64)?;
            for half in &self.graph.halves[range] {
                let next = &mut self.places[half.to as usize];
                if next.label <= label {
                    continue;
                }
                let cost = self.graph.halves[half.partner as usize].cost;
                if cost == self.full {
                    continue;
                }
                let reduced = cost + next.potential - place.potential;
                let length = if reduced < zero { zero } else { reduced / self.epsilon + one };
                too_far |= label + length >= self.far;
                if label + length < next.label {
                    next.label = label + length;
                    self.heap.push(label + length, half.to);
                }
            }
        }
        if waiting > 0 {
            return Ok(if too_far { Update::Lost } else { Update::Cut });
        }
        let low = self.places.iter().fold(zero, |low, place| low.min(place.potential));
        if self.epsilon.checked_mul(&reached).is_none_or(|fall| fall > low - self.floor) {
            return Ok(Update::Lost);
        }
        for (v, place) in self.places.iter_mut().enumerate() {
            place.potential -= self.epsilon * place.label.min(reached);
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
