//! The whole graph laid out for one goal, and the two searches over it.
//!
//! *Ahead*: the least price of the rest of the way to the receiver when nothing flows, by one backward search that
//! ends at the sender. Marginal costs only grow with the flow, so it never overestimates, and the forward searches
//! (A*) look only at nodes that a way of the price in question may pass.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::cost::Costs;
use crate::check::{PartsGoal, direction_index};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::solve::{Meter, SolveError};

pub(super) const NONE: u32 = u32::MAX;

/// A direction as seen from the node that it leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub(super) head: u32,
    /// The direction.
    pub(super) index: u32,
    /// Nats per msat at the flow that it carries; infinite if it is of no use.
    pub(super) slope: f64,
    /// The share of what it forwards that it earns.
    pub(super) gain: f64,
    /// The price of the opposite direction without flow.
    back: f64,
}

/// A way found into a known node: hops from another known node.
pub(super) type Column = Vec<u32>;

#[derive(Clone, Debug)]
pub(super) struct Roads {
    first: Vec<u32>,
    pub(super) hops: Vec<Hop>,
    /// The ppm of each hop and of its opposite direction.
    ppm: Vec<[u32; 2]>,
    /// Where each direction stands in `hops`.
    place: Vec<u32>,
    /// The least price from a node to the receiver, up to that from the sender.
    pub(super) ahead: Vec<f64>,
    /// The price of an amount at a node, as far as the last search knows.
    pub(super) label: Vec<f64>,
    into: Vec<(u32, u32)>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
}

/// An order of numbers that are not negative.
const fn key(value: f64) -> u64 {
    value.to_bits()
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl Roads {
    /// Lays out the graph: neighbours and ppm. O(n + m).
    pub(super) fn new(graph: &ChannelGraph) -> Self {
        let n = graph.node_count();
        let mut first = Vec::with_capacity(n + 1);
        let mut hops = Vec::with_capacity(graph.channel_count() * 2);
        let mut ppm = Vec::with_capacity(graph.channel_count() * 2);
        let mut place = alloc::vec![0; graph.channel_count() * 2];
        for node in graph.nodes() {
            first.push(hops.len() as u32);
            for &id in graph.channels_of(node) {
                let channel = graph.channel(id);
                let direction = channel.leaving(node);
                let index = direction_index(id.index(), direction);
                place[index] = hops.len() as u32;
                let head = channel.receiver(direction).index() as u32;
                let ways = [direction, direction.reversed()];
                ppm.push(ways.map(|way| channel.terms(way).map_or(0, |policy| policy.ppm)));
                hops.push(Hop { head, index: index as u32, slope: 0.0, gain: 0.0, back: 0.0 });
            }
        }
        first.push(hops.len() as u32);
        Self {
            first,
            hops,
            ppm,
            place,
            ahead: alloc::vec![0.0; n],
            label: alloc::vec![f64::INFINITY; n],
            into: alloc::vec![(NONE, NONE); n],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// Sets the prices without flow. O(n + m).
    pub(super) fn price(&mut self, goal: &PartsGoal<'_>, costs: &Costs<'_>) {
        let mu = goal.mu / 1000.0;
        let sender = goal.sender.index();
        for (tail, range) in self.first.windows(2).enumerate() {
            let range = range[0] as usize..range[1] as usize;
            for (hop, ppm) in self.hops[range.clone()].iter_mut().zip(&self.ppm[range]) {
                let index = hop.index as usize;
                let [gain, back] = ppm.map(|ppm| f64::from(ppm) * 1e-6);
                hop.slope = costs.idle(index);
                hop.gain = if tail == sender { 0.0 } else { gain };
                hop.back = costs.idle(index ^ 1) + if hop.head as usize == sender { 0.0 } else { mu * back };
            }
        }
    }

    /// Sets the price without flow of one direction again.
    pub(super) fn price_one(&mut self, goal: &PartsGoal<'_>, costs: &Costs<'_>, index: usize) {
        let (hop, opposite) = (self.hop_of(index), self.hop_of(index ^ 1));
        let own = self.hops[opposite].head as usize == goal.sender.index();
        let fee = if own { 0.0 } else { goal.mu / 1000.0 * f64::from(self.ppm[hop][0]) * 1e-6 };
        self.hops[hop].slope = costs.idle(index);
        self.hops[opposite].back = costs.idle(index) + fee;
    }

    pub(super) fn hop_of(&self, index: usize) -> usize {
        self.place[index] as usize
    }

    fn range(&self, node: usize) -> core::ops::Range<usize> {
        self.first[node] as usize..self.first[node + 1] as usize
    }

    fn forget(&mut self) {
        for node in self.touched.drain(..) {
            self.label[node as usize] = f64::INFINITY;
        }
        self.heap.clear();
    }

    fn set(&mut self, node: u32, label: f64, order: f64) {
        if self.label[node as usize] == f64::INFINITY {
            self.touched.push(node);
        }
        self.label[node as usize] = label;
        self.heap.push(Reverse((key(order), node)));
    }

    /// Sets `ahead`; whether the sender can reach the receiver.
    pub(super) fn aim(
        &mut self,
        goal: &PartsGoal<'_>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<bool, SolveError> {
        self.forget();
        let sender = goal.sender.index();
        self.set(goal.receiver.index() as u32, 0.0, 0.0);
        let mut radius = f64::INFINITY;
        while let Some(Reverse((order, node))) = self.heap.pop() {
            let label = self.label[node as usize];
            if order > key(label) {
                continue;
            }
            if node as usize == sender {
                radius = label;
                break;
            }
            let range = self.range(node as usize);
            meter.tick(1 + range.len() as u64)?;
            for at in range {
                let Hop { head, back, .. } = self.hops[at];
                if label + back < self.label[head as usize] {
                    self.set(head, label + back, label + back);
                }
            }
        }
        let found = radius < f64::INFINITY;
        for (ahead, &label) in self.ahead.iter_mut().zip(&self.label) {
            *ahead = label.min(radius);
        }
        Ok(found)
    }

    /// Lets `ahead` follow a direction whose price without flow has fallen.
    pub(super) fn follow(
        &mut self,
        graph: &ChannelGraph,
        index: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        self.forget();
        let (hop, opposite) = (self.hop_of(index), self.hop_of(index ^ 1));
        let (tail, head) = (self.tail(graph, hop), self.hops[hop].head as usize);
        let ahead = self.ahead[head] + self.hops[opposite].back;
        if ahead < self.ahead[tail] {
            self.ahead[tail] = ahead;
            self.heap.push(Reverse((key(ahead), tail as u32)));
        }
        while let Some(Reverse((order, node))) = self.heap.pop() {
            let ahead = self.ahead[node as usize];
            if order > key(ahead) {
                continue;
            }
            let range = self.range(node as usize);
            meter.tick(1 + range.len() as u64)?;
            for at in range {
                let Hop { head, back, .. } = self.hops[at];
                if ahead + back < self.ahead[head as usize] {
                    self.ahead[head as usize] = ahead + back;
                    self.heap.push(Reverse((key(ahead + back), head)));
                }
            }
        }
        Ok(())
    }

    /// Searches on from known nodes (`member` gives their place in `known`, prices as listed) and lists the best way
    /// into each of them that is cheaper than its price by more than `tolerance`. Nodes that no way of price `most` to the
    /// receiver passes are not looked at.
    pub(super) fn explore(
        &mut self,
        known: &[(u32, f64)],
        member: &[u32],
        (most, tolerance): (f64, f64),
        meter: &mut Meter<'_, '_>,
    ) -> Result<Vec<Column>, SolveError> {
        self.forget();
        let mut better: Vec<(f64, u32, u32)> =
            known.iter().map(|&(_, price)| (price - tolerance, NONE, NONE)).collect();
        for &(node, price) in known {
            if price + self.ahead[node as usize] < most {
                self.set(node, price, price + self.ahead[node as usize]);
            } else if self.label[node as usize] == f64::INFINITY {
                self.touched.push(node);
                self.label[node as usize] = price;
            }
        }
        while let Some(Reverse((order, node))) = self.heap.pop() {
            let label = self.label[node as usize];
            if order > key(label + self.ahead[node as usize]) {
                continue;
            }
            let range = self.range(node as usize);
            meter.tick(1 + range.len() as u64)?;
            for at in range {
                let Hop { head, slope, gain, .. } = self.hops[at];
                let (next, to) = (label + label * gain + slope, head as usize);
                if next >= self.label[to] {
                    continue;
                }
                if member[to] != NONE {
                    let best = &mut better[member[to] as usize];
                    if next < best.0 {
                        *best = (next, at as u32, node);
                    }
                } else if next + self.ahead[to] < most {
                    self.into[to] = (at as u32, node);
                    self.set(head, next, next + self.ahead[to]);
                }
            }
        }
        let mut columns = Vec::new();
        for (_, hop, mut tail) in better.into_iter().filter(|&(_, hop, _)| hop != NONE) {
            let mut column = alloc::vec![hop];
            while member[tail as usize] == NONE {
                let (hop, before) = self.into[tail as usize];
                column.push(hop);
                tail = before;
            }
            column.reverse();
            columns.push(column);
        }
        Ok(columns)
    }

    /// Potentials for [`parts_bound`](crate::check::parts_bound) after a search: the prices found, and elsewhere the
    /// receiver's price less what lies ahead.
    pub(super) fn potentials(&self, receiver: NodeId, known: &[(u32, f64)]) -> Vec<f64> {
        let last = known.iter().find(|&&(node, _)| node as usize == receiver.index()).map_or(0.0, |k| k.1);
        let mut potentials: Vec<f64> =
            self.label.iter().zip(&self.ahead).map(|(label, ahead)| label.min(last - ahead)).collect();
        for &(node, price) in known {
            potentials[node as usize] = price.min(last - self.ahead[node as usize]);
        }
        potentials
    }

    /// Potentials that do without a flow: what ways cost at least. No direction pays at them.
    pub(super) fn idle_potentials(&self) -> Vec<f64> {
        self.ahead.iter().map(|ahead| -ahead).collect()
    }

    /// The node that a hop leaves.
    pub(super) fn tail(&self, graph: &ChannelGraph, hop: usize) -> usize {
        let index = self.hops[hop].index as usize;
        graph.channel(id_at(index / 2)).sender(crate::check::direction_at(index)).index()
    }
}
