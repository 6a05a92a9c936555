//! The cheapest way within the limits of hops and time locks.
//!
//! Labels (price, hops, time lock) are settled by price; one that another label of its node undercuts in all three is
//! dropped, and so is one that cannot reach the receiver within the limits. The first label settled at the receiver is the
//! cheapest way (resource-constrained shortest path; Desrochers and Soumis, 1988). Without limits this is Dijkstra's method.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{PartsGoal, direction_index};
use crate::id::{ChannelId, NodeId, id_at};
use crate::liquidity::{ChannelGraph, Direction};

/// Labels looked at before a bound must do.
const LABELS: usize = 2_000_000;

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cheapest {
    /// The price at the receiver, and directions.
    Way(f64, Vec<usize>),
    /// No way is within the limits.
    Nothing,
    /// No way is cheaper; too much to look at all of them.
    AtLeast(f64),
}

#[derive(Clone, Copy)]
struct Label {
    price: f64,
    hops: u32,
    lock: u64,
    node: u32,
    /// The direction that leads here, and the label before.
    index: u32,
    before: u32,
}

const NONE: u32 = u32::MAX;

/// The hops and the time lock from each node to the receiver at least.
fn to_go(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    step: &impl Fn(usize, f64) -> f64,
    locks: bool,
) -> Vec<u64> {
    let mut rest = alloc::vec![u64::MAX; graph.node_count()];
    let mut heap = BinaryHeap::from([Reverse((0, goal.receiver))]);
    rest[goal.receiver.index()] = 0;
    while let Some(Reverse((far, node))) = heap.pop() {
        if far > rest[node.index()] {
            continue;
        }
        for &id in graph.channels_of(node) {
            let direction = graph.channel(id).leaving(node).reversed();
            let tail = graph.channel(id).sender(direction);
            let length = if locks { lock_of(graph, goal, id, direction) } else { 1 };
            let next = far.saturating_add(length);
            let usable = step(direction_index(id.index(), direction), 0.0) < f64::INFINITY;
            if next < rest[tail.index()] && usable {
                rest[tail.index()] = next;
                heap.push(Reverse((next, tail)));
            }
        }
    }
    rest
}

fn lock_of(graph: &ChannelGraph, goal: &PartsGoal<'_>, id: ChannelId, direction: Direction) -> u64 {
    let channel = graph.channel(id);
    let own = channel.sender(direction) == goal.sender;
    channel.terms(direction).filter(|_| !own).map_or(0, |policy| policy.cltv_delta.into())
}

/// The cheapest way for a goal within its limits: what has the price p before a direction has the price `step(direction, p)`
/// behind it, which is not below p, rises with it, and is infinite where nothing may pass. `start` is the price at the
/// sender. `ahead` is empty, or for each node what the rest of the way adds at least (consistent).
#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limits on ids and labels
pub(crate) fn cheapest_way(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    start: f64,
    step: impl Fn(usize, f64) -> f64,
    ahead: &[f64],
) -> Cheapest {
    let unlimited = (usize::MAX, u64::MAX);
    let (max_hops, max_lock) = goal.rules.map_or(unlimited, |rules| (rules.max_hops, rules.max_cltv));
    let (count_hops, count_locks) = (max_hops < graph.node_count(), max_lock < u64::MAX);
    let hops_to_go = if count_hops { to_go(graph, goal, &step, false) } else { Vec::new() };
    let lock_to_go = if count_locks { to_go(graph, goal, &step, true) } else { Vec::new() };
    let at = |list: &[u64], node: NodeId| list.get(node.index()).copied().unwrap_or(0);
    let rest = |node: NodeId| ahead.get(node.index()).copied().unwrap_or(0.0);
    let mut labels: Vec<Label> = Vec::new();
    let mut of: Vec<Vec<u32>> = alloc::vec![Vec::new(); graph.node_count()];
    let mut heap = BinaryHeap::new();
    let first =
        Label { price: start, hops: 0, lock: 0, node: goal.sender.index() as u32, index: NONE, before: NONE };
    labels.push(first);
    of[goal.sender.index()].push(0);
    heap.push(Reverse((start.to_bits(), 0_u32)));
    while let Some(Reverse((key, id))) = heap.pop() {
        let label = labels[id as usize];
        let node = id_at::<NodeId>(label.node as usize);
        if node == goal.receiver {
            return Cheapest::Way(label.price, path_of(&labels, id));
        }
        if !of[node.index()].contains(&id) {
            continue;
        }
        if labels.len() > LABELS {
            return Cheapest::AtLeast(f64::from_bits(key));
        }
        for &channel in graph.channels_of(node) {
            let direction = graph.channel(channel).leaving(node);
            let index = direction_index(channel.index(), direction);
            let head = graph.channel(channel).receiver(direction);
            let next = Label {
                price: step(index, label.price),
                hops: if count_hops { label.hops + 1 } else { 0 },
                lock: if count_locks {
                    label.lock.saturating_add(lock_of(graph, goal, channel, direction))
                } else {
                    0
                },
                node: head.index() as u32,
                index: index as u32,
                before: id,
            };
            let late = count_hops
                && u64::from(next.hops).saturating_add(at(&hops_to_go, head)) > max_hops as u64
                || count_locks && next.lock.saturating_add(at(&lock_to_go, head)) > max_lock;
            if late || next.price + rest(head) == f64::INFINITY {
                continue;
            }
            let here = &mut of[head.index()];
            let beats = |one: &Label, other: &Label| {
                one.price <= other.price && one.hops <= other.hops && one.lock <= other.lock
            };
            if here.iter().any(|&other| beats(&labels[other as usize], &next)) {
                continue;
            }
            here.retain(|&other| !beats(&next, &labels[other as usize]));
            here.push(labels.len() as u32);
            heap.push(Reverse(((next.price + rest(head)).to_bits(), labels.len() as u32)));
            labels.push(next);
        }
    }
    Cheapest::Nothing
}

fn path_of(labels: &[Label], mut id: u32) -> Vec<usize> {
    let mut path = Vec::new();
    while labels[id as usize].index != NONE {
        path.push(labels[id as usize].index as usize);
        id = labels[id as usize].before;
    }
    path.reverse();
    path
}
