//! Checker of what makes a payment in parts impossible: node sets, tolls, and bounds beyond what was asked for.
//!
//! What crosses a node set still pays the fees of the hops ahead. Of x that come to a node no more than r (x - b) arrive, where r is
//! the largest product of 1 / (1 + ppm) and b the least sum of base fees over ways to the receiver: along any way, what
//! arrives is the product times x less base fees, each of them times at least that product.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

use super::parts_ways::{Cheapest, cheapest_way};
use super::{
    PartsGoal, Proof, Terms, direction_at, direction_index, fee_bound, floor, largest_part_bound, risk_bound,
};
use crate::amount::Msat;
use crate::id::{NodeId, id_at};
use crate::liquidity::{ChannelGraph, Policy};
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
    /// Every way costs a larger fee than this budget ([`fee_bound`]).
    Fee {
        /// What the fee was not to exceed.
        budget: Msat,
        /// Of a lower bound of the fee.
        proof: Proof,
    },
    /// No way is as likely as asked for, or none that is within a fee budget ([`risk_bound`]).
    Probability {
        /// The logarithm of what was asked for.
        ln: f64,
        /// The fee budget, if there is one, and the price at which the proof holds.
        within: (Option<Msat>, f64),
        /// Of a lower bound of the objective at that price.
        proof: Proof,
    },
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

/// What parts can become from every node on.
pub(crate) struct Ahead {
    pub(crate) usable: Vec<bool>,
    /// By node, the largest share that arrives, and the least base fees.
    share: Vec<f64>,
    base: Vec<u64>,
}

/// By node, the largest key that a way to the receiver leaves of the first one: `step` is that of a hop more, and is not larger.
/// 0 if there is no way. O(m log n).
fn largest(
    graph: &ChannelGraph,
    goal: &PartsGoal<'_>,
    usable: &[bool],
    first: u64,
    step: impl Fn(u64, Policy) -> u64,
) -> Vec<u64> {
    let mut keys = alloc::vec![0; graph.node_count()];
    keys[goal.receiver.index()] = first;
    let mut heap = BinaryHeap::from([(first, goal.receiver)]);
    while let Some((key, head)) = heap.pop() {
        if key < keys[head.index()] || head == goal.sender {
            continue;
        }
        for &id in graph.channels_of(head) {
            let (channel, direction) = (graph.channel(id), graph.channel(id).leaving(head).reversed());
            let tail = channel.sender(direction).index();
            let next = channel.terms(direction).map_or(key, |policy| step(key, policy));
            if usable[direction_index(id.index(), direction)] && next > keys[tail] {
                keys[tail] = next;
                heap.push((next, channel.sender(direction)));
            }
        }
    }
    keys
}

impl Ahead {
    /// Two searches from the receiver: O(m log n).
    pub(crate) fn new(graph: &ChannelGraph, goal: &PartsGoal<'_>) -> Self {
        let usable = usable(graph, goal);
        let paid = |left: u64, policy: Policy| left.saturating_sub(policy.base_fee.0);
        let base = largest(graph, goal, &usable, u64::MAX, paid).into_iter().map(|left| u64::MAX - left);
        // Positive floats are ordered as their bits are.
        let kept =
            |bits, policy: Policy| (f64::from_bits(bits) / (1.0 + f64::from(policy.ppm) * 1e-6)).to_bits();
        let share = largest(graph, goal, &usable, 1.0_f64.to_bits(), kept).into_iter().map(f64::from_bits);
        Self { base: base.collect(), share: share.collect(), usable }
    }

    /// No more arrives of an amount that comes to a node in one part; an integer above the true bound.
    fn arrives(&self, node: NodeId, amount: u64) -> u64 {
        let (share, amount) = (self.share[node.index()], amount.saturating_sub(self.base[node.index()]));
        if share == 1.0 { amount } else { (floor(float(amount) * share * (1.0 + 1e-11)) + 1).min(amount) }
    }

    /// The most that arrives of what fills a direction, in pieces.
    pub(crate) fn pieces(&self, terms: &Terms<'_>, head: NodeId) -> [(u64, u64); 2] {
        pieces(terms).map(|(piece, count)| (self.arrives(head, piece), count))
    }
}

/// Whether an obstacle keeps a payment from being made, within the budget and as likely as it says if it is one of those. O(m log m), or one search of
/// the cheapest way.
///
/// A cut: parts are simple ways, so each leaves the set once more than it comes back. What a direction out of the set
/// can carry falls into pieces not above its HTLC maximum; the largest so many pieces as parts are allowed (and pass), less the
/// fees that they have ahead, do not add up to the amount. Tolls: linear duality.
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
        Obstacle::Cut(inside) => closes(graph, goal, inside, &Ahead::new(graph, goal)),
        Obstacle::LargestPart => largest_part_bound(graph, goal) == f64::INFINITY,
        Obstacle::Tolls(given) => tolls(graph, core::slice::from_ref(goal), given),
        Obstacle::Fee { budget, proof } => fee_bound(graph, goal, proof) * 1000.0 > float(budget.0),
        Obstacle::Probability { ln, within, proof } => risk_bound(graph, goal, *within, proof) > -ln,
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

/// Whether a cut is an obstacle, with what is ahead.
pub(crate) fn closes(graph: &ChannelGraph, goal: &PartsGoal<'_>, inside: &[NodeId], ahead: &Ahead) -> bool {
    let mut member = alloc::vec![false; graph.node_count()];
    for node in inside {
        if let Some(member) = member.get_mut(node.index()) {
            *member = true;
        }
    }
    let mut all = Vec::new();
    for index in (0..graph.channel_count() * 2).filter(|&index| ahead.usable[index]) {
        let (channel, direction) = (graph.channel(id_at(index / 2)), direction_at(index));
        let head = channel.receiver(direction);
        if member[channel.sender(direction).index()] && !member[head.index()] {
            all.extend(ahead.pieces(&Terms::of(graph, index, goal.rules), head));
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
