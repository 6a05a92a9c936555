//! Strategies of deployed payers, written anew on what this crate knows of balances: one way at a time.
//!
//! *Single path*: the way of least fee plus penalty, with the penalty of LDK's scorer on the uniform law: 5,120 msat a hop,
//! 50,000 and 6,250 per 2^20 msat times -log10 P. *Halving*: the way of least fee plus 100 sat and 1,000 ppm divided by P, as LND
//! has it, no way below 1 %; the amount is halved until there is one.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

use feasible::check::Part;
use feasible::knowledge::Knowledge;
use feasible::liquidity::Direction;
use feasible::{ChannelGraph, ChannelId, Msat, NodeId};

/// How ways are chosen.
#[derive(Clone, Copy, PartialEq)]
pub enum Choice {
    Penalty,
    Attempts,
}

/// Less is not split.
const SMALLEST: u64 = 10_000_000;
const LEAST: f64 = 0.01;

#[derive(Clone, Copy)]
struct Label {
    /// What is minimised.
    order: f64,
    /// Fees and penalties of all hops.
    weight: f64,
    ln: f64,
    amount: u64,
    next: Option<(ChannelId, Direction)>,
}

/// The best way for an amount that is to arrive, searched from the receiver with exact amounts.
pub fn way(
    graph: &ChannelGraph,
    known: &Knowledge,
    (from, to): (NodeId, NodeId),
    amount: u64,
    choice: Choice,
) -> Option<Part> {
    let mut labels: Vec<Option<Label>> = vec![None; graph.node_count()];
    let mut heap = BinaryHeap::new();
    labels[to.index()] = Some(Label { order: 0.0, weight: 0.0, ln: 0.0, amount, next: None });
    heap.push((Reverse(0), to));
    while let Some((Reverse(key), node)) = heap.pop() {
        let label = labels[node.index()]?;
        if key > label.order.to_bits() {
            continue;
        }
        if node == from {
            break;
        }
        for &id in graph.channels_of(node) {
            let channel = graph.channel(id);
            let direction = if channel.a() == node { Direction::BToA } else { Direction::AToB };
            let tail = channel.sender(direction);
            let Some(next) =
                step(known, (id, direction), label, channel.terms(direction), tail == from, choice)
            else {
                continue;
            };
            if labels[tail.index()].is_none_or(|old| next.order < old.order) {
                labels[tail.index()] = Some(next);
                heap.push((Reverse(next.order.to_bits()), tail));
            }
        }
    }
    let (mut path, mut node) = (Vec::new(), from);
    while let Some((id, direction)) = labels[node.index()]?.next {
        path.push((id, direction));
        node = graph.channel(id).receiver(direction);
    }
    Some(Part { amount: Msat(amount), path })
}

fn step(
    known: &Knowledge,
    (id, direction): (ChannelId, Direction),
    label: Label,
    policy: Option<feasible::liquidity::Policy>,
    own: bool,
    choice: Choice,
) -> Option<Label> {
    let policy =
        policy.filter(|p| p.enabled && label.amount >= p.htlc_min.0 && label.amount <= p.htlc_max.0)?;
    if Msat(label.amount) > known.liquidity(id, direction).possible {
        return None;
    }
    let ln = known.ln_probability(id, direction, Msat(label.amount));
    let fee = policy.base_fee.0 + (label.amount * u64::from(policy.ppm)).div_ceil(1_000_000);
    let fee = if own { 0 } else { fee };
    let chance = label.ln + ln;
    let (weight, order) = match choice {
        Choice::Penalty => {
            let doubt = (-ln / core::f64::consts::LN_10).min(2.0);
            let penalty = 5_120.0 + doubt * (50_000.0 + 6_250.0 * label.amount as f64 / 1_048_576.0);
            let weight = label.weight + fee as f64 + penalty;
            (weight, weight)
        }
        Choice::Attempts => {
            if chance < LEAST.ln() {
                return None;
            }
            let lock = 15e-9 * label.amount as f64 * f64::from(policy.cltv_delta);
            let weight = label.weight + fee as f64 + lock;
            let attempt = 100_000.0 + label.amount as f64 * 1e-3;
            (weight, weight + attempt / chance.exp() - attempt)
        }
    };
    Some(Label { order, weight, ln: chance, amount: label.amount + fee, next: Some((id, direction)) })
}

/// What to send next of what is missing: a way and its amount; `size` is what was last sent.
pub fn next(
    graph: &ChannelGraph,
    known: &Knowledge,
    ends: (NodeId, NodeId),
    (missing, size): (u64, &mut u64),
    choice: Choice,
) -> Option<Part> {
    if choice == Choice::Penalty {
        return way(graph, known, ends, missing, choice);
    }
    *size = missing.min(*size);
    loop {
        if let Some(part) = way(graph, known, ends, *size, choice) {
            return Some(part);
        }
        if *size / 2 < SMALLEST {
            return None;
        }
        *size /= 2;
    }
}
