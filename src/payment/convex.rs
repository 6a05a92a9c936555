//! Capacity scaling for convex costs that are evaluated where they are needed.
//!
//! A flow is kept together with potentials such that no residual step of the current size `delta` has a
//! negative reduced cost (its slope is the secant of the true cost over the step). Halving `delta` breaks
//! this on few directions; they are stepped until it holds, and the excesses that this leaves are sent
//! along shortest paths (Dijkstra, ended at the first deficit). After Ahuja, Magnanti and Orlin, "Network
//! Flows", section 14.5.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::check::{PartsGoal, Terms, direction_at, direction_index};
use crate::id::{NodeId, id_at};
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;
use crate::solve::{Meter, SolveError};

/// Reduced costs above this (relative to the slopes) count as not negative.
const SLACK: f64 = 1e-12;

struct Entry(f64, usize);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0).then(other.1.cmp(&self.1))
    }
}

/// How an augmentation ended.
pub(super) enum Reached {
    Deficit,
    /// Nodes that hold excess and cannot get rid of it.
    Stuck(Vec<NodeId>),
}

pub(super) struct Convex<'a> {
    graph: &'a ChannelGraph,
    pub(super) terms: Vec<Terms>,
    /// What a direction may carry; less than is possible where fees need room.
    limit: Vec<u64>,
    flow: Vec<u64>,
    pub(super) potential: Vec<f64>,
    excess: Vec<i128>,
    distance: Vec<f64>,
    entered: Vec<usize>,
    settled: Vec<bool>,
    touched: Vec<usize>,
}

const NONE: usize = usize::MAX;

impl<'a> Convex<'a> {
    pub(super) fn new(graph: &'a ChannelGraph, goal: &PartsGoal, limits: &[u64]) -> Self {
        let n = graph.node_count();
        let mut terms: Vec<Terms> =
            (0..graph.channel_count() * 2).map(|index| Terms::of(graph, index, goal)).collect();
        for terms in &mut terms {
            terms.possible = if terms.htlc_min > goal.amount.0 { 0 } else { terms.possible };
        }
        let limit = terms.iter().zip(limits).map(|(terms, &limit)| limit.min(terms.possible)).collect();
        let mut excess = alloc::vec![0; n];
        excess[goal.sender.index()] = i128::from(goal.amount.0);
        excess[goal.receiver.index()] = -i128::from(goal.amount.0);
        Self {
            graph,
            flow: alloc::vec![0; terms.len()],
            terms,
            limit,
            potential: alloc::vec![0.0; n],
            excess,
            distance: alloc::vec![f64::INFINITY; n],
            entered: alloc::vec![NONE; n],
            settled: alloc::vec![false; n],
            touched: Vec::new(),
        }
    }

    /// The ends of a residual step: `2 * direction`, plus one if it takes flow back.
    fn ends(&self, step: usize) -> (usize, usize) {
        let channel = self.graph.channel(id_at(step / 4));
        let direction = direction_at(step / 2);
        let (tail, head) = (channel.sender(direction).index(), channel.receiver(direction).index());
        if step % 2 == 0 { (tail, head) } else { (head, tail) }
    }

    /// The size and the slope of a residual step.
    fn step(&self, step: usize, delta: u64) -> (u64, f64) {
        let (terms, flow) = (&self.terms[step / 2], self.flow[step / 2]);
        if step % 2 == 0 {
            let size = delta.min(self.limit[step / 2].saturating_sub(flow));
            (size, if size == 0 { 0.0 } else { terms.between(flow, flow + size) / float(size) })
        } else {
            let size = delta.min(flow);
            (size, if size == 0 { 0.0 } else { -terms.between(flow - size, flow) / float(size) })
        }
    }

    fn push(&mut self, step: usize, amount: u64) {
        let (tail, head) = self.ends(step);
        let flow = &mut self.flow[step / 2];
        *flow = if step % 2 == 0 { *flow + amount } else { *flow - amount };
        self.excess[tail] -= i128::from(amount);
        self.excess[head] += i128::from(amount);
    }

    /// Steps every direction until none of its steps has a negative reduced cost.
    fn repair(&mut self, delta: u64, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        for step in 0..self.terms.len() * 2 {
            meter.tick(1)?;
            let (tail, head) = self.ends(step);
            let price = self.potential[head] - self.potential[tail];
            for _ in 0..4 {
                let (size, slope) = self.step(step, delta);
                if size == 0 || slope - price >= -SLACK * (slope.abs() + price.abs()) {
                    break;
                }
                self.push(step, size);
            }
        }
        Ok(())
    }

    /// One phase: optimal for steps of `delta`, all of the amount sent.
    pub(super) fn phase(&mut self, delta: u64, meter: &mut Meter<'_, '_>) -> Result<Reached, SolveError> {
        self.repair(delta, meter)?;
        // Augmenting adds no excess to any node.
        let mut sources: Vec<usize> = (0..self.excess.len()).filter(|&node| self.excess[node] > 0).collect();
        while !sources.is_empty() {
            match self.search(&sources, delta, meter)? {
                Some(end) => self.augment(end, delta),
                None => {
                    let reached = (0..self.settled.len()).filter(|&v| self.settled[v]).map(id_at).collect();
                    return Ok(Reached::Stuck(reached));
                }
            }
            sources.retain(|&node| self.excess[node] > 0);
        }
        Ok(Reached::Deficit)
    }

    fn clear(&mut self) {
        for node in self.touched.drain(..) {
            self.distance[node] = f64::INFINITY;
            self.entered[node] = NONE;
            self.settled[node] = false;
        }
    }

    fn search(
        &mut self,
        sources: &[usize],
        delta: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<usize>, SolveError> {
        self.clear();
        let mut heap = BinaryHeap::new();
        for &node in sources {
            self.distance[node] = 0.0;
            self.touched.push(node);
            heap.push(Entry(0.0, node));
        }
        while let Some(Entry(distance, node)) = heap.pop() {
            if self.settled[node] {
                continue;
            }
            self.settled[node] = true;
            if self.excess[node] < 0 {
                for &v in &self.touched {
                    self.potential[v] += self.distance[v].min(distance) - distance;
                }
                return Ok(Some(node));
            }
            let graph = self.graph;
            for &channel in graph.channels_of(id_at(node)) {
                meter.tick(2)?;
                let ab = channel.index() * 4;
                let steps = match graph.channel(channel).leaving(id_at(node)) {
                    Direction::AToB => [ab, ab + 3],
                    Direction::BToA => [ab + 1, ab + 2],
                };
                for step in steps {
                    self.relax(step, node, distance, delta, &mut heap);
                }
            }
        }
        Ok(None)
    }

    fn relax(&mut self, step: usize, node: usize, distance: f64, delta: u64, heap: &mut BinaryHeap<Entry>) {
        let (_, head) = self.ends(step);
        if self.settled[head] {
            return;
        }
        let (size, slope) = self.step(step, delta);
        if size == 0 {
            return;
        }
        let reduced = (slope + self.potential[node] - self.potential[head]).max(0.0);
        if distance + reduced < self.distance[head] {
            if self.distance[head].is_infinite() {
                self.touched.push(head);
            }
            self.distance[head] = distance + reduced;
            self.entered[head] = step;
            heap.push(Entry(distance + reduced, head));
        }
    }

    fn augment(&mut self, end: usize, delta: u64) {
        let mut path = Vec::new();
        let (mut node, mut amount) = (end, delta);
        while self.entered[node] != NONE {
            let step = self.entered[node];
            amount = amount.min(self.step(step, delta).0);
            path.push(step);
            node = self.ends(step).0;
        }
        let available = self.excess[node].min(-self.excess[end]);
        let amount = amount.min(u64::try_from(available).unwrap_or(u64::MAX));
        for step in path {
            self.push(step, amount);
        }
    }

    /// The flow as ways from the sender to the receiver, the widest direction first; cycles are dropped.
    pub(super) fn ways(&self, goal: &PartsGoal) -> Vec<(u64, Vec<usize>)> {
        let mut flow = self.flow.clone();
        let mut ways = Vec::new();
        let mut place = alloc::vec![NONE; self.excess.len()];
        loop {
            let (mut node, mut way): (usize, Vec<usize>) = (goal.sender.index(), Vec::new());
            place.fill(NONE);
            while node != goal.receiver.index() {
                place[node] = way.len();
                let next = self.graph.channels_of(id_at(node)).iter().map(|&channel| {
                    direction_index(channel.index(), self.graph.channel(channel).leaving(id_at(node)))
                });
                let widest = next.filter(|&index| flow[index] > 0).max_by_key(|&index| (flow[index], index));
                let Some(index) = widest else { return ways };
                way.push(index);
                node = self.ends(index * 2).1;
                if place[node] != NONE {
                    let cycle = way.split_off(place[node]);
                    let least = cycle.iter().map(|&i| flow[i]).min().unwrap_or(0);
                    cycle.iter().for_each(|&i| flow[i] -= least);
                    break;
                }
            }
            if node == goal.receiver.index() && !way.is_empty() {
                let least = way.iter().map(|&i| flow[i]).min().unwrap_or(0);
                way.iter().for_each(|&i| flow[i] -= least);
                ways.push((least, way));
            }
        }
    }
}
