//! Looks for a proof that a payment is impossible.
//!
//! A cut that the limit of parts closes: for a size x, directions count with the excess of their pieces over x, and
//! `parts * x + minimum cut` bounds what so many parts carry. The cut found at x has a best size of its own, the last of its
//! largest pieces; sizes and cuts take turns.

use alloc::vec::Vec;

use crate::check::{self, Ahead, Obstacle, PartsGoal, Terms, direction_at, pieces};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::max_flow::{MaxFlow, Outcome};
use crate::network::NetworkBuilder;

/// Turns from each first size.
const TURNS: usize = 8;

/// A proof that a goal is impossible, if one is found. Some max flows.
pub(super) fn find(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    inside: Option<Vec<NodeId>>,
) -> Option<Obstacle> {
    let holds = |one: &Obstacle| check::obstacle(graph, goal, one);
    let given = inside.map(Obstacle::Cut).filter(holds);
    let unreachable = || Some(Obstacle::Tolls(Vec::new())).filter(holds);
    let single = || Some(Obstacle::LargestPart).filter(holds);
    given.or_else(unreachable).or_else(single).or_else(|| pieces_cut(graph, goal))
}

fn pieces_cut(graph: &ChannelGraph, goal: &PartsGoal<'_>) -> Option<Obstacle> {
    let ahead = Ahead::new(graph, goal);
    let terms = Terms::all(graph, goal.rules);
    let parts = goal.rules.map_or(u64::MAX, |rules| u64::try_from(rules.max_parts).unwrap_or(u64::MAX));
    let widest = widest(graph, goal, &terms, &ahead.usable);
    let share = goal.amount.0.div_ceil(parts.clamp(1, goal.amount.0));
    let mut sizes = alloc::vec![0];
    if parts < u64::MAX {
        sizes.extend([widest, share, share / 2, share / 4]);
    }
    for mut size in sizes {
        for _ in 0..TURNS {
            let inside = minimum(graph, goal, &terms, &ahead, size)?;
            if check::closes(graph, goal, &inside, &ahead) {
                return Some(Obstacle::Cut(inside));
            }
            let next = last_piece(graph, &terms, &ahead, &inside, parts);
            if next == size {
                break;
            }
            size = next;
        }
    }
    None
}

fn excess(terms: &Terms<'_>, pieces: [(u64, u64); 2], size: u64) -> u64 {
    let each = pieces.into_iter().map(|(piece, count)| piece.saturating_sub(size).saturating_mul(count));
    each.fold(0, u64::saturating_add).min(terms.possible)
}

/// The sender's side of a minimum cut of what pieces exceed a size.
fn minimum(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    terms: &[Terms<'_>],
    ahead: &Ahead,
    size: u64,
) -> Option<Vec<NodeId>> {
    let mut builder = NetworkBuilder::<i64>::new();
    let nodes: Vec<NodeId> = graph.nodes().map_while(|_| builder.add_node(0).ok()).collect();
    for (index, terms) in terms.iter().enumerate().filter(|&(index, _)| ahead.usable[index]) {
        let channel = graph.channel(id_at(index / 2));
        let direction = direction_at(index);
        let head = channel.receiver(direction);
        let capacity = i64::try_from(excess(terms, ahead.pieces(terms, head), size)).ok()?;
        if capacity > 0 {
            builder.add_arc(channel.sender(direction), head, 0..=capacity, 0).ok()?;
        }
    }
    let network = builder.build().ok()?;
    let Ok(Outcome::Optimal(flow)) = MaxFlow::new().solve(&network, goal.sender, goal.receiver) else {
        return None;
    };
    Some(nodes.into_iter().filter(|&node| flow.cut().source_side[node]).collect())
}

/// The last of the largest so many pieces that leave a set.
fn last_piece(
    graph: &ChannelGraph,
    terms: &[Terms<'_>],
    ahead: &Ahead,
    inside: &[NodeId],
    parts: u64,
) -> u64 {
    let holds = |node: NodeId| inside.binary_search(&node).is_ok();
    let mut all = Vec::new();
    for (index, terms) in terms.iter().enumerate().filter(|&(index, _)| ahead.usable[index]) {
        let (channel, direction) = (graph.channel(id_at(index / 2)), direction_at(index));
        let head = channel.receiver(direction);
        if holds(channel.sender(direction)) && !holds(head) {
            all.extend(ahead.pieces(terms, head));
        }
    }
    all.sort_unstable_by(|one, other| other.cmp(one));
    let mut left = parts;
    for (size, count) in all {
        if count >= left {
            return size;
        }
        left -= count;
    }
    0
}

/// The largest part that a way can carry.
fn widest(graph: &ChannelGraph, goal: &PartsGoal<'_>, terms: &[Terms<'_>], usable: &[bool]) -> u64 {
    let mut width = alloc::vec![0_u64; graph.node_count()];
    let mut heap = alloc::collections::BinaryHeap::from([(u64::MAX, goal.sender)]);
    width[goal.sender.index()] = u64::MAX;
    while let Some((wide, node)) = heap.pop() {
        if wide < width[node.index()] {
            continue;
        }
        for &id in graph.channels_of(node) {
            let direction = graph.channel(id).leaving(node);
            let index = check::direction_index(id.index(), direction);
            let head = graph.channel(id).receiver(direction);
            let next = if usable[index] { wide.min(pieces(&terms[index])[0].0) } else { 0 };
            if next > width[head.index()] {
                width[head.index()] = next;
                heap.push((next, head));
            }
        }
    }
    width[goal.receiver.index()]
}
