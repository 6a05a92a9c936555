//! The convex flow: a small network that grows by the ways that the whole graph offers at its prices.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::cost::{Assumed, Costs};
use super::local::{DETOUR, Local};
use super::roads::{NONE, Roads};
use crate::check::{PartsGoal, Range, Terms, direction_index};
use crate::id::NodeId;
use crate::liquidity::ChannelGraph;
use crate::num::float;
use crate::solve::{Meter, SolveError};

/// The detour's price at first, in prices of the cheapest way.
pub(super) const DETOUR_PRICE: f64 = 8.0;
/// No marginal cost of a way is above that: each hop's is at most one nat per msat, plus fees.
const MOST: f64 = 1e4;
/// By how much the detour becomes dearer while some of the amount takes it.
const DEARER: f64 = 64.0;
/// Phases between two searches of the whole graph at first.
pub(super) const LEVELS: u32 = 3;

#[derive(Clone, Debug)]
pub(super) struct Flow<'a> {
    pub(super) graph: &'a ChannelGraph,
    pub(super) goal: PartsGoal<'a>,
    pub(super) costs: Costs<'a>,
    pub(super) roads: Roads,
    pub(super) local: Local,
    /// Nodes of the small network, and the place in it of every node.
    nodes: Vec<u32>,
    member: Vec<u32>,
    /// The next phase's step is the amount over two to the power of this.
    pub(super) level: u32,
    /// Whether the small network has most of what it needs, so that the whole graph is searched after the last phase alone.
    pub(super) warm: bool,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<'a> Flow<'a> {
    /// Lays out a goal; `None` if no way leads to the receiver.
    pub(super) fn new(
        graph: &'a ChannelGraph,
        goal: &PartsGoal<'a>,
        costs: Costs<'a>,
        mut roads: Roads,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Self>, SolveError> {
        roads.price(goal, &costs);
        if !roads.aim(goal, meter)? {
            return Ok(None);
        }
        let least = roads.ahead[goal.sender.index()];
        let detour = DETOUR_PRICE * least.max(1.0 / float(goal.amount.0) / 64.0);
        let mut member = alloc::vec![NONE; graph.node_count()];
        let nodes = alloc::vec![goal.sender.index() as u32, goal.receiver.index() as u32];
        for (place, &node) in nodes.iter().enumerate() {
            member[node as usize] = place as u32;
        }
        let local = Local::new(goal.amount.0, detour);
        Ok(Some(Self { graph, goal: *goal, costs, roads, local, nodes, member, level: 0, warm: false }))
    }

    const fn delta(&self, level: u32) -> u64 {
        let delta = if level < 64 { self.goal.amount.0 >> level } else { 0 };
        if delta == 0 { 1 } else { delta }
    }

    /// Solves up to steps of the amount over two to the power of `last`, and of one millisatoshi if some is left and nothing is
    /// assumed; whether all of the amount flows.
    pub(super) fn solve(&mut self, last: u32, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let mut to = if self.warm { last } else { (self.level + LEVELS).min(last) };
        loop {
            self.phases(to, meter)?;
            let columns = self.columns(to, meter)?;
            if !columns.is_empty() {
                let before = self.local.arcs.len();
                self.add(&columns);
                if self.local.arcs.len() > before {
                    self.level = to.saturating_sub(3);
                    continue;
                }
            }
            if !self.complete() && self.cut().is_some() {
                return Ok(false);
            }
            let detour = &mut self.local.arcs[DETOUR];
            let left = detour.flow > 0;
            if left && to >= 2 * LEVELS && detour.rate <= MOST {
                detour.rate *= DEARER;
                (self.level, to) = (0, LEVELS);
            } else if self.delta(to) > 1 && (to < last || (left && self.costs.is_free())) {
                if to + LEVELS >= last {
                    self.grow();
                }
                to += LEVELS;
            } else {
                return Ok(self.local.arcs[DETOUR].flow == 0);
            }
        }
    }

    fn phases(&mut self, to: u32, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        let excess = self.local.repair(&self.costs, self.delta(self.level), meter)?;
        // More to send than a phase leaves to the next one: in larger steps first.
        let many = 2 * self.local.arcs.len() as u128;
        while self.level > 0 && excess > many * u128::from(self.delta(self.level)) {
            self.level -= 1;
        }
        loop {
            self.local.repair(&self.costs, self.delta(self.level), meter)?;
            self.local.send(&self.costs, self.delta(self.level), meter)?;
            if self.level >= to || self.delta(self.level) == 1 {
                break;
            }
            self.level += 1;
        }
        self.local.tighten(&self.costs, self.delta(self.level), meter)?;
        self.raise();
        Ok(())
    }

    /// Fees depend on the price of what is forwarded.
    pub(super) fn raise(&mut self) {
        let mu = self.goal.mu / 1000.0;
        for arc in 1..self.local.arcs.len() {
            let (index, tail) = (self.local.arcs[arc].index, self.local.arcs[arc].tail);
            let gain = self.roads.hops[self.roads.hop_of(index)].gain;
            self.local.arcs[arc].rate = gain * (mu + self.local.potential[tail]);
        }
    }

    /// The prices of the nodes of the small network.
    pub(super) fn known(&self) -> Vec<(u32, f64)> {
        let mu = self.goal.mu / 1000.0;
        let price = |(place, &node): (usize, &u32)| (node, mu + self.local.potential[place]);
        self.nodes.iter().enumerate().map(price).collect()
    }

    fn columns(&mut self, level: u32, meter: &mut Meter<'_, '_>) -> Result<Vec<Vec<u32>>, SolveError> {
        for arc in 1..self.local.arcs.len() {
            let (index, flow, limit) =
                (self.local.arcs[arc].index, self.local.arcs[arc].flow, self.local.arcs[arc].limit);
            let hop = self.roads.hop_of(index);
            let slope = self.local.slope(&self.costs, arc, flow) - self.local.arcs[arc].rate;
            self.roads.hops[hop].slope = if flow < limit { slope } else { f64::INFINITY };
        }
        let known = self.known();
        let last = self.local.potential[1];
        let tolerance = last * libm::exp2(-f64::from(level + 2)).max(1e-10);
        let most = last + self.goal.mu / 1000.0;
        self.roads.explore(&known, &self.member, (most, tolerance), meter)
    }

    fn add(&mut self, columns: &[Vec<u32>]) {
        for column in columns {
            for &hop in column {
                let tail = self.member[self.roads.tail(self.graph, hop as usize)] as usize;
                let super::roads::Hop { head, index, .. } = self.roads.hops[hop as usize];
                if self.member[head as usize] == NONE {
                    self.member[head as usize] = self.nodes.len() as u32;
                    self.nodes.push(head);
                    let mu = self.goal.mu / 1000.0;
                    self.local.add_node(self.roads.label[head as usize] - mu);
                }
                let head = self.member[head as usize] as usize;
                let new = !self.local.arcs.iter().any(|arc| arc.index == index as usize);
                if new {
                    self.local.add_arc(tail, head, index as usize, self.costs.limit(index as usize));
                }
            }
        }
        self.raise();
    }

    /// Lowers the limits of directions that fees have overfilled, by twice as much; whether there was one.
    pub(super) fn make_room(&mut self, over: &[(usize, u64)]) -> bool {
        for &(index, over) in over {
            if let Some(arc) = self.local.arcs.iter().position(|arc| arc.index == index) {
                let flow = self.local.arcs[arc].flow;
                self.local.set_limit(arc, flow.saturating_sub(over.saturating_mul(2)));
            }
        }
        !over.is_empty()
    }

    /// Takes directions out of the small network, for parts that do not fit through them.
    pub(super) fn take_out(&mut self, directions: &[usize]) {
        for &index in directions {
            if let Some(arc) = self.local.arcs.iter().position(|arc| arc.index == index) {
                self.local.set_limit(arc, 0);
            }
        }
    }

    /// Tells directions what they send for what arrives through them, fees of the hops after them included, if each way
    /// of the flow is one part. Returns the largest relative change.
    pub(super) fn grow(&mut self) -> f64 {
        let mut sent = alloc::vec![0.0; self.local.arcs.len()];
        for (amount, arcs) in self.ways_of_arcs() {
            let mut amount = float(amount);
            for (hop, &arc) in arcs.iter().enumerate().rev() {
                sent[arc] += amount;
                let terms = &self.costs.terms[self.local.arcs[arc].index];
                amount +=
                    if hop > 0 { amount * f64::from(terms.ppm) * 1e-6 + float(terms.base) } else { 0.0 };
            }
        }
        let mut most = 0.0_f64;
        for (arc, sent) in
            self.local.arcs.iter_mut().zip(sent).skip(DETOUR + 1).filter(|(_, sent)| *sent > 0.0)
        {
            let growth = (sent / float(arc.flow)).clamp(1.0, 2.0);
            most = most.max((growth / arc.growth - 1.0).abs());
            arc.growth = growth;
        }
        most
    }

    /// The nodes that the sender reaches along directions that can carry more, if the receiver is not one of them.
    pub(super) fn cut(&self) -> Option<Vec<NodeId>> {
        let mut flows = alloc::vec![0; self.costs.terms.len()];
        self.local.arcs.iter().skip(DETOUR + 1).for_each(|arc| flows[arc.index] = arc.flow);
        let flow = |index: usize| self.costs.is_open(index).then_some(flows[index]);
        let inside = Self::reach(self.graph, &self.goal, &self.costs.terms, flow);
        if inside.binary_search(&self.goal.receiver).is_ok() { None } else { Some(inside) }
    }

    /// Raises the price of the detour if that price is the receiver's: full directions let it be any. Whether it did.
    pub(super) fn dearer(&mut self) -> bool {
        let detour = &mut self.local.arcs[DETOUR];
        let raised = detour.rate <= MOST && self.local.potential[1] >= detour.rate * (1.0 - 1e-9);
        detour.rate *= if raised { DEARER } else { 1.0 };
        raised
    }

    /// The nodes that the sender reaches along directions that can carry more than a flow, by direction; those without one
    /// are assumed to carry nothing.
    pub(super) fn reach(
        graph: &ChannelGraph,
        goal: &PartsGoal<'_>,
        terms: &[Terms<'_>],
        flow: impl Fn(usize) -> Option<u64>,
    ) -> Vec<NodeId> {
        let mut inside = alloc::vec![false; graph.node_count()];
        let mut stack = alloc::vec![goal.sender];
        inside[goal.sender.index()] = true;
        while let Some(node) = stack.pop() {
            for &id in graph.channels_of(node) {
                let channel = graph.channel(id);
                let direction = channel.leaving(node);
                let index = direction_index(id.index(), direction);
                let next = channel.receiver(direction);
                let usable = terms[index].htlc_min <= goal.amount.0
                    && flow(index).is_some_and(|flow| flow < terms[index].room());
                if !inside[next.index()] && (usable || flow(index ^ 1).is_some_and(|flow| flow > 0)) {
                    inside[next.index()] = true;
                    stack.push(next);
                }
            }
        }
        graph.nodes().filter(|node| inside[node.index()]).collect()
    }

    /// The direction with the most unpaid charge, if that is above `least`.
    pub(super) fn unpaid(&self, least: f64) -> Option<usize> {
        let arcs = &self.local.arcs[DETOUR + 1..];
        let unpaid = arcs.iter().map(|arc| {
            let flow = super::local::grown(arc.flow, arc.growth);
            (self.costs.unpaid(self.graph, &self.goal, arc.index, flow), arc.index)
        });
        let most = unpaid.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)));
        most.filter(|&(unpaid, _)| unpaid > least).map(|(_, index)| index)
    }

    /// What ranges say of the directions of the small network: those without one carry nothing.
    pub(super) fn narrowed(&self, ranges: &[(usize, Range)]) -> BTreeMap<usize, Assumed> {
        let of = |arc: &super::local::Arc| {
            let place = ranges.binary_search_by_key(&arc.index, |range| range.0);
            let assumed = place.map_or(Assumed::used(false), |place| {
                let Range { idle, low, part, .. } = ranges[place].1;
                let used = if idle { None } else { Some(true) };
                Assumed { used, part, sure: low.div_ceil(part).saturating_mul(part) }
            });
            (arc.index, assumed)
        };
        self.local.arcs[DETOUR + 1..].iter().map(of).collect()
    }

    /// By direction, whether it is in the small network and can carry something.
    pub(super) fn usable(&self) -> Vec<bool> {
        let mut usable = alloc::vec![false; self.costs.terms.len()];
        self.local.arcs.iter().skip(DETOUR + 1).for_each(|arc| usable[arc.index] = arc.limit > 0);
        usable
    }

    /// Whether all of the amount flows.
    pub(super) fn complete(&self) -> bool {
        self.local.arcs[DETOUR].flow == 0
    }

    /// Potentials of all nodes, after a solve.
    pub(super) fn potentials(&self) -> Vec<f64> {
        self.roads.potentials(self.goal.receiver, &self.known())
    }

    /// The flow as ways from the sender to the receiver, the widest direction first; cycles are dropped.
    pub(super) fn ways(&self) -> Vec<(u64, Vec<usize>)> {
        let named = |arcs: Vec<usize>| arcs.into_iter().map(|arc| self.local.arcs[arc].index).collect();
        self.ways_of_arcs().into_iter().map(|(amount, arcs)| (amount, named(arcs))).collect()
    }

    fn ways_of_arcs(&self) -> Vec<(u64, Vec<usize>)> {
        let mut flow: Vec<u64> = self.local.arcs.iter().map(|arc| arc.flow).collect();
        flow[DETOUR] = 0;
        let mut ways = Vec::new();
        let mut leaving = alloc::vec![Vec::new(); self.nodes.len()];
        for (place, arc) in self.local.arcs.iter().enumerate() {
            leaving[arc.tail].push(place);
        }
        let mut place = alloc::vec![usize::MAX; self.nodes.len()];
        loop {
            let (mut node, mut way): (usize, Vec<usize>) = (0, Vec::new());
            place.fill(usize::MAX);
            while node != 1 {
                place[node] = way.len();
                let next = leaving[node].iter().copied().filter(|&arc| flow[arc] > 0);
                let widest = next.max_by_key(|&arc| (flow[arc], arc));
                let Some(arc) = widest else { return ways };
                way.push(arc);
                node = self.local.arcs[arc].head;
                if place[node] != usize::MAX {
                    let cycle = way.split_off(place[node]);
                    let least = cycle.iter().map(|&i| flow[i]).min().unwrap_or(0);
                    cycle.iter().for_each(|&i| flow[i] -= least);
                    break;
                }
            }
            if node == 1 && !way.is_empty() {
                let least = way.iter().map(|&i| flow[i]).min().unwrap_or(0);
                way.iter().for_each(|&i| flow[i] -= least);
                ways.push((least, way));
            }
        }
    }
}
