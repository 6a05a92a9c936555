//! Price refinement (Goldberg, "An efficient implementation of a scaling minimum-cost flow algorithm", Journal
//! of Algorithms 22, 1997): potentials for which the flow as it is may be ε-optimal already.
//!
//! While the arcs of negative reduced cost form no cycle, the longest ways over them, in steps of ε beyond the
//! first, are ranks; lowering every potential by ε times its rank, where arcs of reduced cost r >= 0 pass a
//! rank on less ⌊r / ε⌋ + 1, leaves fewer of them below -ε. If all ranks are 0 there is none.

use super::update::highest_rank;
use super::{Place, Scaling};
use crate::kernel::{Int, Room};
use crate::min_cost_flow::view::NONE;
use crate::solve::{Meter, SolveError};

/// Rounds after which the phase is run.
const ROUNDS: usize = 100;

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // ranks are bounded, counts below 2^32
impl<T: Int, R: Room<Sum = T>> Scaling<T, R> {
    /// Whether the flow is ε-optimal after a change of the potentials; false if they leave their range.
    pub(super) fn refine_prices(&mut self, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let high = self.places.iter().fold(T::min_value(), |high, place| high.max(place.potential));
        self.places.iter_mut().for_each(|place| place.potential -= high);
        for _ in 0..ROUNDS {
            if !self.sort(meter)? {
                return Ok(false);
            }
            let Some(top) = self.longest_ways(meter)? else { return Ok(false) };
            if top == 0 {
                return Ok(true);
            }
            if !self.lower_by_rank(top, meter)? {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Puts the nodes into `order`, heads of arcs of negative reduced cost before their tails; false if those
    /// arcs form a cycle. Depth first.
    fn sort(&mut self, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let (nodes, price) = (self.places.len(), self.price);
        self.order.clear();
        self.order.reserve_exact(nodes);
        // NONE: not seen, 1: on the path, 0: done.
        self.places.iter_mut().for_each(|place| place.rank = NONE);
        for root in 0..nodes as u32 {
            if self.places[root as usize].rank != NONE {
                continue;
            }
            let mut v = root;
            self.places[v as usize].before = NONE;
            self.enter(v);
            loop {
                let place = self.places[v as usize];
                let rest = place.current as usize..self.graph.range(v as usize).end;
                let next = self.graph.halves[rest.clone()].iter().position(|half| {
                    let to = &self.places[half.to as usize];
                    to.rank != 0 && price.of(half) + place.potential - to.potential < T::zero()
                });
                meter.tick(1 + next.unwrap_or(rest.len()) as u64)?;
                if let Some(offset) = next {
                    self.places[v as usize].current = (rest.start + offset + 1) as u32;
                    let to = self.graph.halves[rest.start + offset].to;
                    if self.places[to as usize].rank == 1 {
                        return Ok(false);
                    }
                    self.places[to as usize].before = v;
                    v = to;
                    self.enter(v);
                    continue;
                }
                self.places[v as usize].rank = 0;
                self.order.push(v);
                v = self.places[v as usize].before;
                if v == NONE {
                    break;
                }
            }
        }
        Ok(true)
    }

    fn enter(&mut self, v: u32) {
        let place = &mut self.places[v as usize];
        (place.rank, place.current) = (1, self.graph.range(v as usize).start as u32);
    }

    /// Sets all ranks along the order; returns the highest, or `None` if one is too high.
    fn longest_ways(&mut self, meter: &mut Meter<'_, '_>) -> Result<Option<u32>, SolveError> {
        let (most, price) = (highest_rank(self.places.len()), self.price);
        let mut top = 0;
        for &v in self.order.iter().rev() {
            let Place { rank, potential, .. } = self.places[v as usize];
            let range = self.graph.range(v as usize);
            meter.tick(1 + range.len() as u64)?;
            for half in &self.graph.halves[range] {
                let next = &mut self.places[half.to as usize];
                let reduced = price.of(half) + potential - next.potential;
                if reduced >= -self.epsilon {
                    if reduced < T::zero() {
                        next.rank = next.rank.max(rank);
                    }
                    continue;
                }
                let steps = (-reduced - T::one()) >> self.shift as usize;
                let sum = steps.wide() + i128::from(rank);
                if sum > i128::from(most) {
                    return Ok(None);
                }
                next.rank = next.rank.max(sum as u32);
            }
            top = top.max(rank);
        }
        Ok(Some(top))
    }

    /// Lowers the potentials by ε times the ranks, which spread on the way; false if they leave their range.
    fn lower_by_rank(&mut self, top: u32, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let zero = T::zero();
        let depth = T::from_wide(i128::from(top));
        let low = self.places.iter().fold(zero, |low, place| low.min(place.potential));
        if self.epsilon.checked_mul(&depth).is_none_or(|fall| fall > low - self.floor) {
            return Ok(false);
        }
        // Buckets from the top: the key of a rank is what it lacks to the top.
        self.ranks.clear(top);
        for v in 0..self.places.len() {
            let rank = core::mem::replace(&mut self.places[v].rank, NONE);
            if rank > 0 {
                self.ranks.lower(&mut self.places, v as u32, top - rank);
            }
        }
        let (shift, price) = (self.shift as usize, self.price);
        while let Some((key, v)) = self.ranks.pop(&mut self.places) {
            if key >= top {
                break;
            }
            let potential = self.places[v as usize].potential;
            let range = self.graph.range(v as usize);
            meter.tick(1 + range.len() as u64)?;
            for half in &self.graph.halves[range] {
                let next = &self.places[half.to as usize];
                if next.rank <= key {
                    continue;
                }
                let reduced = price.of(half) + potential - next.potential;
                let lost = if reduced < zero {
                    0
                } else {
                    // Full arcs and far nodes get nothing.
                    (reduced >> shift).min(depth).wide() as u32 + 1
                };
                if key + lost < top && key + lost < next.rank {
                    self.ranks.lower(&mut self.places, half.to, key + lost);
                }
            }
            self.places[v as usize].potential -= T::from_wide(i128::from(top - key)) << shift;
        }
        Ok(true)
    }
}
