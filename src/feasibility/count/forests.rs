//! Sums over forests, and over what stands for forests when channels have several parties.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::Natural;
use crate::liquidity::ChannelGraph;

/// Channels between different pairs of nodes: ends and the sum of capacities.
type Edges = Vec<(usize, usize, u64)>;

/// The sum over forests of the product of capacities, or `None` if it takes more partitions than the limit.
pub(super) fn count(graph: &ChannelGraph, limit: usize) -> Option<Natural> {
    let mut merged: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for id in graph.channels() {
        let channel = graph.channel(id);
        let (a, b) = (channel.a().index(), channel.b().index());
        *merged.entry((a.min(b), a.max(b))).or_default() += channel.capacity().0;
    }
    // A partition of the open nodes, as the first open node of each one's part, and the sum of the forests that lead to it.
    let mut open: Vec<usize> = Vec::new();
    let mut sums: BTreeMap<Vec<u32>, Natural> = BTreeMap::from([(Vec::new(), Natural::from(1))]);
    for (closing, edges) in order(graph.node_count(), merged) {
        for (a, b, capacity) in edges {
            let [a, b] = [a, b].map(|node| {
                open.iter().position(|&other| other == node).unwrap_or_else(|| {
                    open.push(node);
                    open.len() - 1
                })
            });
            let mut next: BTreeMap<Vec<u32>, Natural> = BTreeMap::new();
            for (mut part, sum) in sums {
                // Nodes that have just been opened are parts of their own.
                part.extend((part.len()..open.len()).zip(0..).map(|(i, _): (usize, u32)| label(i)));
                if part[a] != part[b] {
                    let (keep, drop) = (part[a].min(part[b]), part[a].max(part[b]));
                    let joined = part.iter().map(|&p| if p == drop { keep } else { p }).collect();
                    let mut with = sum.clone();
                    with.multiply(capacity);
                    *next.entry(joined).or_default() += &with;
                }
                *next.entry(part).or_default() += &sum;
            }
            sums = next;
            if sums.len() > limit {
                return None;
            }
        }
        if let Some(place) = open.iter().position(|&node| node == closing) {
            open.remove(place);
            let mut next: BTreeMap<Vec<u32>, Natural> = BTreeMap::new();
            for (part, sum) in sums {
                *next.entry(without(part, place)).or_default() += &sum;
            }
            sums = next;
        }
    }
    sums.into_values().next()
}

#[allow(clippy::cast_possible_truncation)] // open nodes are ids
const fn label(place: usize) -> u32 {
    place as u32
}

/// A partition without the node at a place; a part is named by its first node.
fn without(mut part: Vec<u32>, place: usize) -> Vec<u32> {
    part.remove(place);
    let mut first: BTreeMap<u32, u32> = BTreeMap::new();
    for (i, part) in part.iter_mut().enumerate() {
        *part = *first.entry(*part).or_insert(label(i));
    }
    part
}

/// Nodes with their edges to nodes after them, such that few nodes are open at a time: next the node with the fewest
/// neighbours that are not open yet, of several one that is open.
fn order(nodes: usize, edges: BTreeMap<(usize, usize), u64>) -> Vec<(usize, Edges)> {
    let mut near: Vec<BTreeMap<usize, u64>> = vec![BTreeMap::new(); nodes];
    for ((a, b), capacity) in edges {
        near[a].insert(b, capacity);
        near[b].insert(a, capacity);
    }
    let (mut is_open, mut done, mut order) = (vec![false; nodes], vec![false; nodes], Vec::new());
    for _ in 0..nodes {
        let fresh = |node: &usize| near[*node].keys().filter(|&&other| !is_open[other]).count();
        let next = (0..nodes).filter(|&node| !done[node]).min_by_key(|node| (fresh(node), !is_open[*node]));
        let Some(node) = next else { break };
        done[node] = true;
        let edges: Edges = near[node].iter().map(|(&other, &capacity)| (node, other, capacity)).collect();
        for &(_, other, _) in &edges {
            near[other].remove(&node);
            is_open[other] = true;
        }
        near[node].clear();
        order.push((node, edges));
    }
    order
}

/// A choice for the channels so far: the product, and for every set of chosen channels what can still be chosen in it.
struct Choice {
    channel: usize,
    product: Natural,
    sets: Vec<(u64, u64)>,
}

/// The sum over all choices for channels of any number of parties, or `None` beyond the limit or 64 nodes.
pub(super) fn choices(graph: &ChannelGraph, limit: usize) -> Option<Natural> {
    if graph.node_count() > 64 {
        return None;
    }
    let mut channels: Vec<(u64, u64)> = Vec::new();
    let bit = |node: crate::id::NodeId| 1_u64 << node.index();
    for channel in graph.channels().filter(|&id| graph.pool_of(id).is_none()).map(|id| graph.channel(id)) {
        channels.push((bit(channel.a()) | bit(channel.b()), channel.capacity().0));
    }
    for pool in graph.pools().map(|id| graph.pool(id)) {
        let parties = pool.spokes().map(|spoke| bit(graph.channel(spoke).a()));
        channels.push((parties.fold(0, |all, party| all | party), pool.capacity().0));
    }
    let mut total = Natural::default();
    let first = Choice { channel: 0, product: Natural::from(1), sets: vec![(0, 0)] };
    let (mut stack, mut seen) = (vec![first], 0);
    while let Some(Choice { channel, product, sets }) = stack.pop() {
        seen += sets.len();
        if seen > limit {
            return None;
        }
        let Some(&(parties, capacity)) = channels.get(channel) else {
            total += &product;
            continue;
        };
        let channel = channel + 1;
        for chosen in 1..u64::from(parties.count_ones()) {
            let with = sets.iter().map(|&(union, sum)| (union | parties, sum + chosen));
            let mut next = sets.clone();
            next.extend(with);
            if next.iter().skip(sets.len()).any(|&(union, sum)| sum >= u64::from(union.count_ones())) {
                break;
            }
            let mut product = product.clone();
            product.multiply_by_choices(capacity - 1, chosen);
            stack.push(Choice { channel, product, sets: next });
        }
        stack.push(Choice { channel, product, sets });
    }
    Some(total)
}
