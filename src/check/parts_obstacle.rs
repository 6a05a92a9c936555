//! Checker of what makes a payment in parts impossible: node sets and tolls.

use alloc::vec::Vec;

use super::parts_ways::{Cheapest, cheapest_way};
use super::{PartsGoal, Terms, direction_at, direction_index, largest_part_bound};
use crate::id::{NodeId, id_at};
use crate::liquidity::ChannelGraph;
use crate::num::float;

/// Why there is no way to pay.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Obstacle {
    /// These nodes, with the sender and without the receiver, cannot send the amount out: not in any number of parts, or not
    /// in the number that is allowed.
    Cut(Vec<NodeId>),
    /// Every way within the limits of hops and time locks pays tolls, by direction, per unit; and the liquidity that there is,
    /// times its toll, is less than the amount times the toll of the cheapest way. Without tolls: there is no such way.
    Tolls(Vec<f64>),
    /// One of the parts has at least the amount divided by their largest number, and no way within the limits carries that.
    LargestPart,
}

/// Rounds of growing amounts by fees: longer ways grow without end.
const ROUNDS: usize = 20;

/// By direction, whether a part may pass it at all: it is enabled, not excluded, and its least HTLC is not above all that a part
/// can have become by fees when it passes there. O(m) per hop that amounts still grow, at most 20; without end beyond.
pub(crate) fn usable(graph: &ChannelGraph, goal: &PartsGoal<'_>) -> Vec<bool> {
    let all = Terms::all(graph, goal.rules);
    let hops = goal.rules.map_or(usize::MAX, |rules| rules.max_hops).min(graph.node_count());
    // If no least HTLC is above the amount, it does not matter how much amounts grow.
    let matters = all.iter().any(|terms| terms.possible > 0 && terms.htlc_min > goal.amount.0);
    // The most that a part may have to bring to a node.
    let mut most: Vec<Option<u64>> = alloc::vec![None; graph.node_count()];
    most[goal.receiver.index()] = Some(goal.amount.0);
    let sent = |terms: &Terms<'_>, most: Option<u64>| {
        most.map(|most| most.min(terms.htlc_max).min(terms.possible))
            .filter(|&sent| sent > 0 && sent >= terms.htlc_min)
    };
    // What has grown in the last round, as it was then.
    let mut grown = alloc::vec![(goal.receiver, goal.amount.0)];
    let mut round = 0;
    while !grown.is_empty() && round <= hops && (round <= ROUNDS || !matters) {
        let mut next: Vec<NodeId> = Vec::new();
        for &(head, amount) in grown.iter().filter(|(head, _)| *head != goal.sender) {
            for &id in graph.channels_of(head) {
                let direction = graph.channel(id).leaving(head).reversed();
                let (terms, tail) =
                    (&all[direction_index(id.index(), direction)], graph.channel(id).sender(direction));
                let Some(sent) = sent(terms, Some(amount)) else { continue };
                let brought = u64::try_from(u128::from(sent) + terms.fee(sent)).unwrap_or(u64::MAX);
                let more = most[tail.index()].is_none_or(|most| matters && most < brought);
                if tail != goal.receiver && more {
                    most[tail.index()] = Some(brought);
                    next.push(tail);
                }
            }
        }
        next.sort_unstable();
        next.dedup();
        grown = next.into_iter().filter_map(|node| most[node.index()].map(|most| (node, most))).collect();
        round += 1;
    }
    let ended = grown.is_empty() || hops <= ROUNDS || !matters;
    let usable = |(index, terms): (usize, &Terms<'_>)| {
        let head = graph.channel(id_at(index / 2)).receiver(direction_at(index));
        let most = if matters { most[head.index()] } else { most[head.index()].map(|_| goal.amount.0) };
        sent(terms, if ended { most } else { Some(u64::MAX) }).is_some()
    };
    all.iter().enumerate().map(usable).collect()
}

/// The largest amounts of parts that fill a direction: so many of one size, and the rest.
pub(crate) fn pieces(terms: &Terms<'_>) -> [(u64, u64); 2] {
    let size = terms.htlc_max.min(terms.possible);
    let room = terms.room();
    if size == 0 { [(0, 0); 2] } else { [(size, room / size), (room % size, u64::from(room % size > 0))] }
}

/// Whether an obstacle keeps a payment from being made. O(m log m), or one search of the cheapest way.
///
/// A cut: parts are simple ways, so each leaves the set once more than it comes back. What a direction out of the set
/// can carry falls into pieces not above its HTLC maximum; the largest so many pieces as parts are allowed (and pass) do not add
/// up to the amount. Tolls: linear duality.
///
/// ```
/// use feasible::check::{Obstacle, PartsGoal, PartsRules, obstacle};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, t) = (b.add_node()?, b.add_node()?);
/// for capacity in [5, 4, 3] {
///     b.add_channel(Channel::new(s, t, Sat(capacity)))?;
/// }
/// let graph = b.build();
/// let rules = PartsRules::new().max_parts(2);
/// let goal = |amount| PartsGoal::new(s, t, Msat(amount), 0.0).rules(&rules);
/// let around = Obstacle::Cut(vec![s]);
/// assert!(obstacle(&graph, &goal(9_001), &around)); // two parts are 5 and 4 satoshi at most
/// assert!(!obstacle(&graph, &goal(9_000), &around));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn obstacle(graph: &ChannelGraph, goal: &PartsGoal<'_>, obstacle: &Obstacle) -> bool {
    match obstacle {
        Obstacle::Cut(inside) => closes(graph, goal, inside, &usable(graph, goal)),
        Obstacle::LargestPart => largest_part_bound(graph, goal) == f64::INFINITY,
        Obstacle::Tolls(given) => tolls(graph, core::slice::from_ref(goal), given),
    }
}

/// Whether tolls, by direction and per unit, prove that payments cannot all be pending: what directions have room for, times
/// their toll, is less than the sum of amounts times the toll of the cheapest way within the limits. Rules are those of the first
/// goal. O(m) and one search per goal.
///
/// ```
/// use feasible::check::{PartsGoal, tolls};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, t) = (b.add_node()?, b.add_node()?);
/// b.add_channel(Channel::new(s, t, Sat(5)))?;
/// let goal = PartsGoal::new(s, t, Msat(3_000), 0.0);
/// assert!(tolls(&b.clone().build(), &[goal, goal], &[1.0, 0.0]));
/// assert!(!tolls(&b.build(), &[goal], &[1.0, 0.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn tolls(graph: &ChannelGraph, goals: &[PartsGoal<'_>], tolls: &[f64]) -> bool {
    let toll =
        |index: usize| tolls.get(index).copied().filter(|toll| toll.is_finite()).unwrap_or(0.0).max(0.0);
    let rules = goals.first().and_then(|goal| goal.rules);
    let mut used = alloc::vec![false; graph.channel_count() * 2];
    let mut owed = 0.0;
    for goal in goals {
        let goal = &PartsGoal { rules, ..*goal };
        let usable = usable(graph, goal);
        used.iter_mut().zip(&usable).for_each(|(used, usable)| *used |= usable);
        let step =
            |index: usize, before: f64| if usable[index] { before + toll(index) } else { f64::INFINITY };
        let least = match cheapest_way(graph, goal, 0.0, step, &[]) {
            Cheapest::Nothing => return true,
            Cheapest::Way(least, _) | Cheapest::AtLeast(least) => least,
        };
        owed += float(goal.amount.0) * least;
    }
    let room = |index| float(Terms::of(graph, index, rules).room());
    let all = (0..graph.channel_count() * 2).filter(|&index| used[index] && toll(index) > 0.0);
    let worth: f64 = all.map(|index| room(index) * toll(index)).sum();
    worth * (1.0 + 1e-9) < owed
}

/// Whether a cut is an obstacle, with the directions that are usable.
pub(crate) fn closes(graph: &ChannelGraph, goal: &PartsGoal<'_>, inside: &[NodeId], usable: &[bool]) -> bool {
    let mut member = alloc::vec![false; graph.node_count()];
    for node in inside {
        if let Some(member) = member.get_mut(node.index()) {
            *member = true;
        }
    }
    let mut all = Vec::new();
    for index in (0..graph.channel_count() * 2).filter(|&index| usable[index]) {
        let (channel, direction) = (graph.channel(id_at(index / 2)), direction_at(index));
        if member[channel.sender(direction).index()] && !member[channel.receiver(direction).index()] {
            all.extend(pieces(&Terms::of(graph, index, goal.rules)));
        }
    }
    all.sort_unstable_by(|one, other| other.cmp(one));
    let mut left = goal.rules.map_or(u64::MAX, |rules| u64::try_from(rules.max_parts).unwrap_or(u64::MAX));
    let mut carried = 0_u128;
    for (size, count) in all {
        let count = count.min(left);
        carried += u128::from(size) * u128::from(count);
        left -= count;
    }
    let holds = |node: NodeId| member.get(node.index()) == Some(&true);
    holds(goal.sender) && !holds(goal.receiver) && carried < u128::from(goal.amount.0)
}
