//! One phase: from any flow to an ε-optimal one.

use super::update::Update;
use super::{Phase, Scaling};
use crate::kernel::{Int, Room};
use crate::min_cost_flow::view::View;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// Arcs that excess moves along at once.
const LENGTH: usize = 6;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int, R: Room<Sum = T>> Scaling<T, R> {
    pub(super) fn refine<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        first: bool,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Phase, SolveError> {
        let zero = T::zero();
        self.saturate(view, meter)?;
        let nodes = self.places.len();
        // A node waits once at most.
        self.active.clear();
        self.active.reserve_exact(nodes);
        self.active.extend((0..nodes as u32).filter(|&v| self.places[v as usize].excess > zero));
        // The first update decides whether there is a flow.
        let mut since = if first { nodes as u64 } else { 0 };
        while let Some(v) = self.active.pop_front() {
            while self.places[v as usize].excess > zero {
                if since >= nodes as u64 {
                    match self.update(meter)? {
                        Update::Done => {}
                        Update::Cut => return Ok(Phase::Infeasible(self.shortage())),
                        Update::Lost => return Ok(Phase::Lost),
                    }
                    since = 0;
                }
                let Some(relabels) = self.find_path(v as usize, meter)? else { return Ok(Phase::Lost) };
                since += relabels;
                self.relabels += relabels;
                self.send(view, v as usize);
            }
        }
        Ok(Phase::Done)
    }

    /// Fills all residual arcs of negative reduced cost.
    fn saturate<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let price = self.price;
        for v in 0..self.places.len() {
            let range = self.graph.range(v);
            meter.tick(1 + range.len() as u64)?;
            self.places[v].current = range.start as u32;
            for at in range {
                // One piece of the arc after the other.
                loop {
                    let half = self.graph.halves[at];
                    let drop = self.places[v].potential - self.places[half.to as usize].potential;
                    if price.of(&half) + drop >= T::zero() {
                        break;
                    }
                    let room = self.graph.room(view, at);
                    self.graph.push(view, at, room);
                    self.places[v].excess -= room;
                    self.places[half.to as usize].excess += room;
                }
            }
        }
        Ok(())
    }

    /// A path of arcs of negative reduced cost from a node, up to a sink or [`LENGTH`] arcs. Returns the
    /// number of relabels, or `None` if potentials leave their range.
    fn find_path(&mut self, from: usize, meter: &mut Meter<'_, '_>) -> Result<Option<u64>, SolveError> {
        let (price, mut tip, mut relabels) = (self.price, from, 0);
        self.path.clear();
        while self.path.len() < LENGTH && self.places[tip].excess >= T::zero() {
            let place = self.places[tip];
            let range = self.graph.range(tip);
            let rest = place.current as usize..range.end;
            meter.tick(1)?;
            let found = self.graph.halves[rest.clone()]
                .iter()
                .position(|half| price.of(half) + place.potential < self.places[half.to as usize].potential);
            if let Some(offset) = found {
                let half = rest.start + offset;
                self.places[tip].current = half as u32;
                self.path.push(half as u32);
                tip = self.graph.halves[half].to as usize;
                continue;
            }
            meter.tick(range.len() as u64)?;
            let none = price.full / (T::one() + T::one());
            let mut least = none;
            for half in &self.graph.halves[range.clone()] {
                least = least.min(price.of(half) + place.potential - self.places[half.to as usize].potential);
            }
            let lowered = match self.path.last() {
                // A dead end: low enough that the arc just taken leads down no more.
                Some(&half) if least == none => {
                    let half = half as usize;
                    self.places[self.graph.tail(half)].potential + price.of(&self.graph.halves[half])
                }
                _ => place.potential - least - self.epsilon,
            };
            if lowered < self.floor {
                return Ok(None);
            }
            (self.places[tip].potential, self.places[tip].current) = (lowered, range.start as u32);
            relabels += 1;
            if let Some(half) = self.path.pop() {
                tip = self.graph.tail(half as usize);
            }
        }
        Ok(Some(relabels))
    }

    /// Sends excess along the path: from each node what it has and what fits.
    fn send<N: FlowNum>(&mut self, view: View<'_, N>, from: usize) {
        let (zero, mut v) = (T::zero(), from);
        for i in 0..self.path.len() {
            let half = self.path[i] as usize;
            let to = self.graph.halves[half].to as usize;
            let amount = self.graph.room(view, half).min(self.places[v].excess);
            let before = self.places[to].excess;
            self.graph.push(view, half, amount);
            self.places[v].excess -= amount;
            self.places[to].excess += amount;
            if before <= zero && self.places[to].excess > zero {
                self.active.push_back(to as u32);
            }
            v = to;
        }
    }
}
