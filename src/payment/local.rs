//! Capacity scaling for convex costs on the few directions that matter.
//!
//! A flow is kept with potentials such that no residual step of the current size `delta` has a negative reduced cost;
//! its slope is the marginal cost in the middle of the step, so that a step and its reversal cost the same. Halving
//! `delta` breaks this on few directions; they are stepped until it holds, and the excesses that this leaves are sent
//! along shortest paths (Dijkstra, ended at the first deficit). After Ahuja, Magnanti and Orlin, "Network Flows",
//! section 14.5.
//!
//! One arc from the sender to the receiver of a price of its own, the *detour*, takes what nothing else takes.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::cost::Costs;
use crate::num::float;
use crate::solve::{Meter, SolveError};

/// Reduced costs above this (relative to the slopes) count as not negative.
const SLACK: f64 = 1e-12;
/// Potentials are as exact as this, relative to the largest.
const ERROR: f64 = 1e-15;
/// Steps for each arc that a phase may take before they become larger.
const MANY: usize = 4;
const NONE: usize = usize::MAX;
/// The place of the detour.
pub(super) const DETOUR: usize = 0;

#[derive(Clone, Debug)]
pub(super) struct Arc {
    pub(super) tail: usize,
    pub(super) head: usize,
    /// The direction.
    pub(super) index: usize,
    pub(super) flow: u64,
    pub(super) limit: u64,
    /// Nats per msat beyond the risk: fees.
    pub(super) rate: f64,
    /// What really flows per unit of flow: fees of the hops after it.
    pub(super) growth: f64,
}

/// The sender is node 0, the receiver node 1.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) arcs: Vec<Arc>,
    /// Residual steps by the node that they leave: twice the arc, plus one if they take flow back.
    steps: Vec<Vec<usize>>,
    pub(super) potential: Vec<f64>,
    excess: Vec<i128>,
    distance: Vec<f64>,
    entered: Vec<usize>,
    heap: BinaryHeap<Reverse<(u64, usize)>>,
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the product saturates
pub(super) fn grown(flow: u64, growth: f64) -> u64 {
    if growth == 1.0 { flow } else { (float(flow) * growth) as u64 }
}

impl Local {
    pub(super) fn new(amount: u64, price: f64) -> Self {
        let mut local = Self {
            arcs: Vec::new(),
            steps: Vec::new(),
            potential: Vec::new(),
            excess: Vec::new(),
            distance: Vec::new(),
            entered: Vec::new(),
            heap: BinaryHeap::new(),
        };
        local.add_node(0.0);
        local.add_node(price);
        local.add_arc(0, 1, NONE, amount);
        local.arcs[DETOUR].flow = amount;
        local.arcs[DETOUR].rate = price;
        local
    }

    pub(super) fn add_node(&mut self, potential: f64) -> usize {
        self.steps.push(Vec::new());
        self.potential.push(potential);
        self.excess.push(0);
        self.distance.push(f64::INFINITY);
        self.entered.push(NONE);
        self.potential.len() - 1
    }

    pub(super) fn add_arc(&mut self, tail: usize, head: usize, index: usize, limit: u64) {
        let step = self.arcs.len() * 2;
        self.steps[tail].push(step);
        self.steps[head].push(step + 1);
        self.arcs.push(Arc { tail, head, index, flow: 0, limit, rate: 0.0, growth: 1.0 });
    }

    /// Everything through the detour again, under other limits.
    pub(super) fn renew(&mut self, price: f64, limits: &[u64]) {
        for (place, (arc, &limit)) in self.arcs.iter_mut().zip(limits).enumerate() {
            (arc.flow, arc.limit, arc.growth) = (if place == DETOUR { limit } else { 0 }, limit, 1.0);
        }
        self.arcs[DETOUR].rate = price;
        self.excess.fill(0);
        let highest = price.max(self.potential[1]);
        self.potential[1] = highest.min(price);
    }

    /// Another limit; what is above it becomes excess.
    pub(super) fn set_limit(&mut self, arc: usize, limit: u64) {
        let Arc { tail, head, flow, .. } = self.arcs[arc];
        self.arcs[arc].limit = limit;
        if flow > limit {
            self.arcs[arc].flow = limit;
            self.excess[tail] += i128::from(flow - limit);
            self.excess[head] -= i128::from(flow - limit);
        }
    }

    fn ends(&self, step: usize) -> (usize, usize) {
        let arc = &self.arcs[step / 2];
        if step % 2 == 0 { (arc.tail, arc.head) } else { (arc.head, arc.tail) }
    }

    pub(super) fn slope(&self, costs: &Costs<'_>, arc: usize, flow: u64) -> f64 {
        let Arc { index, rate, growth, .. } = self.arcs[arc];
        if arc == DETOUR { rate } else { rate + costs.slope(index, grown(flow, growth)) }
    }

    /// The size and the slope of a residual step.
    fn step(&self, costs: &Costs<'_>, step: usize, delta: u64) -> (u64, f64) {
        let Arc { flow, limit, .. } = self.arcs[step / 2];
        if step % 2 == 0 {
            let size = delta.min(limit.saturating_sub(flow));
            (size, if size == 0 { 0.0 } else { self.slope(costs, step / 2, flow + (size - 1) / 2) })
        } else {
            let size = delta.min(flow);
            (size, if size == 0 { 0.0 } else { -self.slope(costs, step / 2, flow - size / 2 - size % 2) })
        }
    }

    fn push(&mut self, step: usize, amount: u64) {
        let (tail, head) = self.ends(step);
        let flow = &mut self.arcs[step / 2].flow;
        *flow = if step % 2 == 0 { *flow + amount } else { *flow - amount };
        self.excess[tail] -= i128::from(amount);
        self.excess[head] += i128::from(amount);
    }

    /// Steps every arc until none of its steps has a negative reduced cost. Returns the excess there is then.
    pub(super) fn repair(
        &mut self,
        costs: &Costs<'_>,
        delta: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<u128, SolveError> {
        for step in 0..self.arcs.len() * 2 {
            let (tail, head) = self.ends(step);
            let price = self.potential[head] - self.potential[tail];
            // Next to the price of a detour that stays in use, slopes are as small as the rounding of potentials.
            let error = ERROR * (self.potential[head].abs() + self.potential[tail].abs());
            meter.tick(1)?;
            let pays = |local: &Self| {
                let (size, slope) = local.step(costs, step, delta);
                size > 0 && slope - price < -SLACK * (slope.abs() + price.abs()) - error
            };
            if !pays(self) {
                continue;
            }
            // Slopes rise from step to step: as many as pay, found by doubling and halving.
            let mut many = 1_u64;
            while many > 0 {
                meter.tick(1)?;
                let Arc { flow, limit, .. } = self.arcs[step / 2];
                let room = if step % 2 == 0 { limit.saturating_sub(flow) } else { flow };
                let jump = delta.saturating_mul(many - 1);
                if jump < room {
                    self.push(step, jump);
                    if pays(self) {
                        self.push(step, self.step(costs, step, delta).0);
                        many = many.saturating_mul(2);
                        continue;
                    }
                    self.push(step ^ 1, jump);
                }
                many /= 2;
            }
        }
        Ok(self.excess.iter().filter(|&&excess| excess > 0).map(|excess| excess.unsigned_abs()).sum())
    }

    /// Sends all excess in steps of `delta`; after a repair the flow is optimal for such steps. Steps that are more than a phase
    /// should leave become larger, so that there are at most some hundred for each arc; the next repair mends what that loses.
    pub(super) fn send(
        &mut self,
        costs: &Costs<'_>,
        mut delta: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let many = MANY * self.arcs.len();
        let mut steps = 0;
        // Augmenting adds no excess to any node.
        let mut sources: Vec<usize> = (0..self.excess.len()).filter(|&node| self.excess[node] > 0).collect();
        while !sources.is_empty() {
            let Some(end) = self.search(costs, &sources, delta, meter)? else {
                return Ok(()); // cannot be: excess may return the way it came
            };
            self.augment(costs, end, delta);
            steps += 1;
            if steps % many == 0 {
                delta = delta.saturating_mul(2);
            }
            sources.retain(|&node| self.excess[node] > 0);
        }
        Ok(())
    }

    fn search(
        &mut self,
        costs: &Costs<'_>,
        sources: &[usize],
        delta: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<usize>, SolveError> {
        self.distance.fill(f64::INFINITY);
        self.entered.fill(NONE);
        self.heap.clear();
        for &node in sources {
            self.distance[node] = 0.0;
            self.heap.push(Reverse((0, node)));
        }
        while let Some(Reverse((order, node))) = self.heap.pop() {
            let distance = self.distance[node];
            if order > distance.to_bits() {
                continue;
            }
            if self.excess[node] < 0 {
                for (potential, &label) in self.potential.iter_mut().zip(&self.distance) {
                    *potential += label.min(distance) - distance;
                }
                return Ok(Some(node));
            }
            meter.tick(1 + self.steps[node].len() as u64)?;
            for at in 0..self.steps[node].len() {
                let step = self.steps[node][at];
                let (size, slope) = self.step(costs, step, delta);
                let head = self.ends(step).1;
                let label = distance + (slope + self.potential[node] - self.potential[head]).max(0.0);
                if size > 0 && label < self.distance[head] {
                    self.distance[head] = label;
                    self.entered[head] = step;
                    self.heap.push(Reverse((label.to_bits(), head)));
                }
            }
        }
        Ok(None)
    }

    fn augment(&mut self, costs: &Costs<'_>, end: usize, delta: u64) {
        let mut path = Vec::new();
        let (mut node, mut amount) = (end, delta);
        while self.entered[node] != NONE {
            let step = self.entered[node];
            amount = amount.min(self.step(costs, step, delta).0);
            path.push(step);
            node = self.ends(step).0;
        }
        let available = self.excess[node].min(-self.excess[end]);
        let amount = amount.min(u64::try_from(available).unwrap_or(u64::MAX));
        for step in path {
            self.push(step, amount);
        }
    }

    /// Moves the potentials of nodes that no tight way reaches up to their price; `delta` as in the last phase.
    pub(super) fn tighten(
        &mut self,
        costs: &Costs<'_>,
        delta: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        // No node has a deficit, so the search visits everything.
        self.search(costs, &[0], delta, meter)?;
        let far = self.distance.iter().copied().filter(|d| d.is_finite()).fold(0.0, f64::max);
        let start = self.potential[0];
        for (potential, &label) in self.potential.iter_mut().zip(&self.distance) {
            *potential += label.min(far) - start;
        }
        Ok(())
    }
}
