//! Dijkstra searches, forwards from a source and backwards from all sinks.

use super::Paths;
use crate::kernel::{Int, Room};
use crate::min_cost_flow::view::NONE;
use crate::solve::{Meter, SolveError};

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int, R: Room<Sum = T>> Paths<T, R> {
    /// Sets the potentials to minus the distances to the nearest sink, as far as there are sources. Returns
    /// the work it took.
    pub(super) fn aim(&mut self, meter: &mut Meter<'_, '_>) -> Result<u64, SolveError> {
        let zero = T::zero();
        let before = self.work;
        self.forget();
        let (mut low, mut high, mut sources) = (T::max_value(), T::min_value(), 0_usize);
        for (v, place) in self.places.iter_mut().enumerate() {
            (low, high) = (low.min(place.potential), high.max(place.potential));
            sources += usize::from(place.excess > zero);
            place.ahead = NONE;
            if place.excess < zero {
                place.label = zero;
                self.touched.push(v as u32);
                self.heap.push(zero, v as u32);
            }
        }
        self.count(2 * self.places.len() as u64, meter)?;
        if sources == 0 || high - low > self.spread {
            self.forget();
            return Ok(self.work - before);
        }
        let mut reached = zero;
        while let Some((label, v)) = self.heap.pop() {
            let place = self.places[v as usize];
            if label > place.label {
                continue;
            }
            reached = label;
            sources -= usize::from(place.excess > zero);
            if sources == 0 {
                break;
            }
            let range = self.graph.range(v as usize);
            self.count(1 + range.len() as u64, meter)?;
            let base = label - place.potential;
            for half in self.graph.halves[range].iter().filter(|half| half.returns()) {
                let next = &mut self.places[half.to as usize];
                if next.label <= label {
                    continue;
                }
                let label = base + self.graph.halves[half.partner() as usize].cost() + next.potential;
                if label < next.label {
                    if next.label == self.far {
                        self.touched.push(half.to);
                    }
                    next.label = label;
                    next.ahead = half.partner();
                    self.graph.fetch(half.to as usize);
                    self.heap.push(label, half.to);
                }
            }
        }
        for &v in &self.touched {
            let place = &mut self.places[v as usize];
            place.potential += (reached - place.label).max(zero);
        }
        let high = self.places.iter().fold(T::min_value(), |high, place| high.max(place.potential));
        self.places.iter_mut().for_each(|place| place.potential -= high);
        self.forget();
        Ok(self.work - before)
    }

    /// The sink nearest to a source, and its distance.
    pub(super) fn search(
        &mut self,
        source: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<(usize, T)>, SolveError> {
        let zero = T::zero();
        self.forget();
        self.places[source].label = zero;
        self.touched.push(source as u32);
        self.heap.push(zero, source as u32);
        // No sink lies nearer than the nearest one seen, so labels from there on are of no use.
        let mut limit = self.far;
        while let Some((label, v)) = self.heap.pop() {
            let place = self.places[v as usize];
            if label > place.label {
                continue;
            }
            if let Some(sink) = self.way_ahead(v as usize, meter)? {
                return Ok(Some((sink, label)));
            }
            let range = self.graph.range(v as usize);
            self.count(1 + range.len() as u64, meter)?;
            let base = label + place.potential;
            for (half, at) in self.graph.halves[range.clone()].iter().zip(range) {
                if half.is_full() {
                    continue;
                }
                let next = &mut self.places[half.to as usize];
                let label = base + half.cost() - next.potential;
                if label < next.label && label < limit {
                    if next.label == self.far {
                        self.touched.push(half.to);
                    }
                    next.label = label;
                    next.into = at as u32;
                    if next.excess < zero {
                        limit = label;
                    }
                    self.graph.fetch(half.to as usize);
                    self.heap.push(label, half.to);
                }
            }
        }
        Ok(None)
    }

    /// The sink at the end of the way found for a node when potentials were last aimed, if all its arcs still
    /// have reduced cost zero; the way is then joined to the path. No node without such a way can be nearer
    /// to a sink than the first one with it. Ways that have been lost are forgotten.
    fn way_ahead(&mut self, from: usize, meter: &mut Meter<'_, '_>) -> Result<Option<usize>, SolveError> {
        let (mut v, mut length) = (from, 1);
        let whole = loop {
            let place = self.places[v];
            if place.excess < T::zero() {
                break true;
            }
            if place.ahead == NONE {
                break false;
            }
            let half = self.graph.halves[place.ahead as usize];
            if half.is_full() || half.cost() + place.potential != self.places[half.to as usize].potential {
                break false;
            }
            v = half.to as usize;
            length += 1;
        };
        self.count(length, meter)?;
        let end = v;
        v = from;
        while v != end {
            let ahead = self.places[v].ahead;
            let to = self.graph.halves[ahead as usize].to as usize;
            if whole {
                self.places[to].into = ahead;
            } else {
                self.places[v].ahead = NONE;
            }
            v = to;
        }
        if !whole {
            self.places[end].ahead = NONE;
        }
        Ok(whole.then_some(end))
    }

    /// Lowers the potentials of the nodes that lie nearer than the sink found.
    pub(super) fn reprice(&mut self, distance: T) {
        for &v in &self.touched {
            let place = &mut self.places[v as usize];
            place.potential += (place.label - distance).min(T::zero());
        }
    }

    /// Forgets all labels.
    pub(super) fn forget(&mut self) {
        for v in self.touched.drain(..) {
            self.places[v as usize].label = self.far;
        }
        self.heap.clear();
    }

    fn count(&mut self, work: u64, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        self.work += work;
        meter.tick(work)
    }
}
