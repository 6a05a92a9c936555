//! The exact part: who can send or receive an amount at all, and how often a random pair can.

use alloc::vec::Vec;

use crate::amount::Sat;
use crate::id::{NodeId, NodeMap, id_at};
use crate::law::conditional::Conditional;
use crate::law::star::{Tails, tails};
use crate::law::{Interval, Law};
use crate::liquidity::ChannelGraph;

/// Who pays whom, apart from amounts.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub(super) of: NodeMap<f64>,
    /// Begin of each node's entries in `neighbours`, and one end.
    first: Vec<usize>,
    /// The different nodes that share a channel with a node, by id.
    neighbours: Vec<NodeId>,
    /// Ends of the joined pairs' shares when they are laid out in a row; position as in `neighbours`.
    pub(super) joined_until: Vec<f64>,
    /// The share of pairs that share no channel.
    pub(super) apart: f64,
    /// The sum over ordered pairs that are apart of d(s) d(t).
    weight_apart: f64,
}

impl Demand {
    /// `None` if no two nodes have a demand.
    pub(super) fn new(graph: &ChannelGraph, of: NodeMap<f64>) -> Option<Self> {
        let (mut first, mut neighbours) = (alloc::vec![0], Vec::new());
        let (mut joined_until, mut joined) = (Vec::new(), 0.0);
        let mut list: Vec<NodeId> = Vec::new();
        for node in graph.nodes() {
            list.clear();
            list.extend(graph.channels_of(node).iter().map(|&channel| {
                let channel = graph.channel(channel);
                channel.receiver(channel.leaving(node))
            }));
            list.sort_unstable();
            list.dedup();
            for &other in &list {
                joined += of[node] * of[other];
                joined_until.push(joined);
            }
            neighbours.extend_from_slice(&list);
            first.push(neighbours.len());
        }
        let all = ordered_pairs(&of);
        let weight_apart = if all - joined > all * 1e-12 { all - joined } else { 0.0 };
        let apart = weight_apart / all;
        let demand = Self { of, first, neighbours, joined_until, apart, weight_apart };
        (all > 0.0 && all.is_finite()).then_some(demand)
    }

    /// The nodes that share a channel with a node.
    pub(super) fn neighbours(&self, node: NodeId) -> &[NodeId] {
        &self.neighbours[self.first[node.index()]..self.first[node.index() + 1]]
    }

    /// The joined pair at a position.
    pub(super) fn joined(&self, position: usize) -> (NodeId, NodeId) {
        let from = self.first.partition_point(|&first| first <= position) - 1;
        (id_at(from), self.neighbours[position])
    }
}

/// The sum over ordered pairs of different nodes of the product of their numbers.
fn ordered_pairs(of: &NodeMap<f64>) -> f64 {
    let (sum, squares) = of.iter().fold((0.0, 0.0), |(sum, squares), (_, &x)| (sum + x, squares + x * x));
    let positive = of.iter().filter(|(_, x)| **x > 0.0).count();
    if positive < 2 { 0.0 } else { sum * sum - squares }
}

/// How the channels of a terminal are drawn on condition that the amount passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Condition {
    /// They are not; the terminal counts as P = 1.
    None,
    /// Uniform balances, by rejection.
    Uniform(Conditional),
    /// One channel, by inversion.
    Inversion,
}

/// The terminals for one amount.
#[derive(Clone, Debug)]
pub(super) struct Stars {
    pub(super) amount: u64,
    pub(super) condition: NodeMap<Condition>,
    /// Ends of the shares d(v) P(v) when they are laid out in a row, for senders and for receivers.
    pub(super) until: [Vec<f64>; 2],
    /// The mean of P(s) P(t) over pairs that are apart.
    pub(super) mean: f64,
}

impl Stars {
    pub(super) fn new(graph: &ChannelGraph, law: Option<&dyn Law>, demand: &Demand, amount: Sat) -> Self {
        let mut condition = NodeMap::filled(graph.node_count(), Condition::None);
        let mut share = [0, 1].map(|_| NodeMap::filled(graph.node_count(), 0.0));
        for (node, &d) in demand.of.iter().filter(|(_, d)| **d > 0.0) {
            let (how, passes) = star(graph, law, node, amount.0);
            condition[node] = how;
            for (share, p) in share.iter_mut().zip(passes) {
                share[node] = d * p;
            }
        }
        let [out, into] = &share;
        let sum = |of: &NodeMap<f64>| of.iter().map(|(_, x)| x).sum::<f64>();
        let mut both = sum(out) * sum(into);
        for (node, &x) in out.iter() {
            let near: f64 = demand.neighbours(node).iter().map(|&other| into[other]).sum();
            both -= x * (into[node] + near);
        }
        let mean = if demand.weight_apart > 0.0 { (both / demand.weight_apart).clamp(0.0, 1.0) } else { 0.0 };
        let until = share.map(|share| {
            let ends = share.iter().scan(0.0, |sum, (_, x)| {
                *sum += x;
                Some(*sum)
            });
            ends.collect()
        });
        Self { amount: amount.0, condition, until, mean }
    }
}

/// The probability that the amount can leave a node and that it can enter it, if they are at hand, and the way to
/// draw on that condition.
fn star(graph: &ChannelGraph, law: Option<&dyn Law>, node: NodeId, amount: u64) -> (Condition, [f64; 2]) {
    let unknown = (Condition::None, [1.0; 2]);
    let channels = graph.channels_of(node);
    let widths: Vec<u64> = channels.iter().map(|&channel| graph.channel(channel).capacity().0).collect();
    if amount == 0 || channels.iter().any(|&channel| graph.pool_of(channel).is_some()) {
        return unknown;
    }
    if let Some(law) = law {
        let [capacity] = widths[..] else { return unknown };
        let all = Interval::up_to(capacity);
        let rising = libm::exp(law.ln_survival(capacity, all, amount));
        let falling = capacity.checked_sub(amount);
        let falling = falling.map_or(0.0, |most| libm::exp(law.ln_at_most(capacity, all, most)));
        let first = channels.first().is_some_and(|&channel| graph.channel(channel).a() == node);
        return (Condition::Inversion, if first { [rising, falling] } else { [falling, rising] });
    }
    let Some(Tails { at_least, .. }) = tails(&widths, amount) else {
        return unknown;
    };
    if at_least <= 0.0 {
        return (Condition::None, [0.0; 2]);
    }
    match Conditional::new(&widths, amount, at_least) {
        Some(how) => (Condition::Uniform(how), [at_least; 2]),
        None => unknown,
    }
}
