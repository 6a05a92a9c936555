//! All payments pending at once: how large a share of them, between a flow and a bound.
//!
//! Lengths of channel directions steer both: every payment is sent along shortest paths, what is used gets longer, and after some
//! rounds the paths, scaled down to what channels can carry, are a flow, while the lengths of any round are a bound (the
//! total liquidity x length is at least the share times the sum of amounts x distances). Floats only steer: flows are whole
//! millisatoshi and the bound is recomputed from whole lengths.

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{Feasibility, Payment, channel_flow};
use crate::amount::Msat;
use crate::check::{self, ChannelFlow, PendingPayment};
use crate::id::{ChannelMap, NodeId, NodeMap, id_at};
use crate::liquidity::{ChannelGraph, Direction};
use crate::num::float;
use crate::solve::SolveError;

/// By how much a direction that is filled gets longer.
const STEP: f64 = 0.3;
/// Paths of one payment in one round.
const PATHS: usize = 64;
/// The largest whole length.
const LONGEST: f64 = (1_u32 << 30) as f64;
/// The finer whole length that searches use.
const FINE: f64 = (1_u64 << 40) as f64;
/// The label of a node that cannot be reached.
const NEVER: u64 = 1 << 60;

/// Bounds of the share of payments that can be pending at once, the same share of each; checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    payments: Vec<PendingPayment>,
    flows: Vec<Vec<ChannelFlow>>,
    share: f64,
    bound: f64,
    lengths: ChannelMap<[u32; 2]>,
}

impl Pending {
    /// The share that the flows deliver; 1 if they deliver everything.
    #[must_use]
    pub const fn share(&self) -> f64 {
        self.share
    }

    /// No larger share can be pending at once; at least [`Pending::share`], and above 1 if there is room for more.
    #[must_use]
    pub const fn bound(&self) -> f64 {
        self.bound
    }

    /// Whether all payments can be pending at once, or `None` if the bounds leave it open.
    #[must_use]
    pub fn is_feasible(&self) -> Option<bool> {
        if self.share >= 1.0 {
            Some(true)
        } else if self.bound < 1.0 {
            Some(false)
        } else {
            None
        }
    }

    /// What is delivered of every payment, at least the share of it.
    #[must_use]
    pub fn delivered(&self) -> &[PendingPayment] {
        &self.payments
    }

    /// One flow per payment, by channel; together they fit.
    #[must_use]
    pub fn flows(&self) -> &[Vec<ChannelFlow>] {
        &self.flows
    }

    /// The lengths of the directions of every channel that give the bound.
    #[must_use]
    pub const fn lengths(&self) -> &ChannelMap<[u32; 2]> {
        &self.lengths
    }
}

/// The directions of channels, two per channel, and what payments use of them.
struct Room<'a> {
    graph: &'a ChannelGraph,
    liquidity: Vec<u64>,
    length: Vec<f64>,
    used: Vec<u64>,
    /// Scratch of searches: distance and the direction by which a node was reached.
    reached: Vec<(u64, u32)>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
}

/// Paths and what each carries.
type Paths = Vec<(Vec<u32>, u64)>;

impl Feasibility<'_> {
    /// Bounds of the share of payments that can be pending at once in every state within the bounds of balances, after so many
    /// rounds of improvement (40 leave a gap of a few percent). O(rounds x payments) shortest paths.
    ///
    /// # Errors
    ///
    /// As [`Feasibility::netted`].
    ///
    /// ```
    /// use feasible::feasibility::Payment;
    /// use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder};
    /// use feasible::{Feasibility, Msat, Sat};
    /// let mut b = ChannelGraphBuilder::new();
    /// let (alice, bob) = (b.add_node()?, b.add_node()?);
    /// b.add_channel(Channel::new(alice, bob, Sat(9)).balance(Balance::Known(Msat(5_000))))?;
    /// let graph = b.build();
    /// let payments = [4_000, 2_000].map(|amount| Payment::new(alice, bob, Msat(amount)));
    /// let pending = Feasibility::new(&graph).pending(&payments, 40)?;
    /// // 5 of 6 satoshi fit.
    /// assert!(pending.share() > 0.83 && pending.bound() < 0.84);
    /// assert_eq!(pending.is_feasible(), Some(false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pending(&self, payments: &[Payment], rounds: usize) -> Result<Pending, SolveError> {
        self.net(payments)?;
        let asked: Vec<PendingPayment> = payments
            .iter()
            .map(|&Payment { from, to, amount }| PendingPayment { from, to, amount })
            .collect();
        let mut room = Room::new(self);
        // At first one payment after another, each with what those before it leave.
        let mut best: Vec<Paths> = asked.iter().map(|_| Paths::new()).collect();
        room.fill(&asked, &mut best);
        let mut share = share(&asked, &best);
        let mut bound: Option<(f64, ChannelMap<[u32; 2]>)> = None;
        let mut all: Vec<Paths> = asked.iter().map(|_| Paths::new()).collect();
        room.used.fill(0);
        for round in 0..=rounds {
            if round.is_power_of_two() || round % 8 == 0 || round == rounds {
                let lengths = room.whole_lengths();
                let value = self.bound(&asked, &lengths, &mut room)?;
                if bound.as_ref().is_none_or(|(least, _)| value < *least) {
                    bound = Some((value, lengths));
                }
            }
            if share >= 1.0 || round == rounds {
                break;
            }
            for (payment, paths) in asked.iter().zip(&mut all) {
                room.route(payment, paths);
            }
        }
        if share < 1.0 {
            room.scale(rounds as u64, &mut all);
            room.fill(&asked, &mut all);
            let later = self::share(&asked, &all);
            if later > share {
                (best, share) = (all, later);
            }
        }
        let (bound, lengths) = bound.unwrap_or((f64::INFINITY, ChannelMap::from_vec(Vec::new())));
        let flows: Vec<Vec<ChannelFlow>> = best.iter().map(net).collect();
        let sent = |paths: &Paths| paths.iter().map(|(_, amount)| amount).sum();
        let payments: Vec<PendingPayment> = asked
            .iter()
            .zip(&best)
            .map(|(&of, paths)| PendingPayment { amount: Msat(sent(paths)), ..of })
            .collect();
        check::pending(self.graph, self.view(false), &payments, &flows)?;
        Ok(Pending { payments, flows, share, bound: bound.max(share), lengths })
    }

    /// The checked bound of whole lengths.
    fn bound(
        &self,
        payments: &[PendingPayment],
        lengths: &ChannelMap<[u32; 2]>,
        room: &mut Room<'_>,
    ) -> Result<f64, SolveError> {
        let whole = |way: usize| u64::from(lengths.as_slice()[way / 2][way % 2]);
        let labels: Vec<NodeMap<u64>> = payments
            .iter()
            .map(|payment| {
                room.search(payment.from, None, |room, way| (room.liquidity[way] > 0).then(|| whole(way)));
                room.reached.iter().map(|&(distance, _)| distance.min(NEVER)).collect()
            })
            .collect();
        let [volume, work] = check::pending_bound(self.graph, self.view(false), payments, lengths, &labels)?;
        #[allow(clippy::cast_precision_loss)] // rounds to nearest
        Ok(if work == 0 { f64::INFINITY } else { volume as f64 / work as f64 * (1.0 + 1e-15) })
    }
}

/// The least share of a payment that its paths deliver.
fn share(payments: &[PendingPayment], paths: &[Paths]) -> f64 {
    let share = |(payment, paths): (&PendingPayment, &Paths)| {
        let sent: u64 = paths.iter().map(|(_, amount)| amount).sum();
        if sent >= payment.amount.0 { 1.0 } else { (float(sent) / float(payment.amount.0)).min(1.0 - 1e-16) }
    };
    payments.iter().zip(paths).map(share).fold(1.0, f64::min)
}

/// What paths carry through each channel, net.
fn net(paths: &Paths) -> Vec<ChannelFlow> {
    let mut moves: Vec<(u32, i64)> = Vec::new();
    for (path, amount) in paths {
        let amount = i64::try_from(*amount).unwrap_or(i64::MAX);
        moves.extend(path.iter().map(|&way| (way / 2, if way % 2 == 0 { amount } else { -amount })));
    }
    moves.sort_unstable();
    let groups = moves.chunk_by(|one, next| one.0 == next.0);
    groups
        .filter_map(|group| {
            let channel = id_at(group.first()?.0 as usize);
            channel_flow(channel, group.iter().map(|(_, amount)| amount).sum())
        })
        .collect()
}

#[allow(clippy::cast_possible_truncation)] // ids fit in u32
impl<'a> Room<'a> {
    fn new(feasibility: &Feasibility<'a>) -> Self {
        let graph = feasibility.graph;
        let ways = graph.channels().flat_map(|id| Direction::BOTH.map(|way| (id, way)));
        let liquidity: Vec<u64> =
            ways.map(|(id, way)| feasibility.liquidity(id, way).unsigned_abs()).collect();
        let length = liquidity.iter().map(|&most| 1.0 / float(most.max(1))).collect();
        Self {
            graph,
            length,
            used: vec![0; liquidity.len()],
            reached: Vec::new(),
            heap: BinaryHeap::new(),
            liquidity,
        }
    }

    /// Shortest distances from a node, to all nodes or until one is reached, over directions that have a length.
    fn search(&mut self, from: NodeId, to: Option<NodeId>, length: impl Fn(&Self, usize) -> Option<u64>) {
        self.reached.clear();
        self.reached.resize(self.graph.node_count(), (u64::MAX, u32::MAX));
        self.heap.clear();
        self.reached[from.index()].0 = 0;
        self.heap.push(Reverse((0, from.index() as u32)));
        while let Some(Reverse((distance, node))) = self.heap.pop() {
            let id: NodeId = id_at(node as usize);
            if to == Some(id) {
                break;
            }
            if distance > self.reached[node as usize].0 {
                continue;
            }
            for &channel in self.graph.channels_of(id) {
                let ends = self.graph.channel(channel);
                let leaving = ends.leaving(id);
                let way = 2 * channel.index() + leaving.index();
                let Some(length) = length(self, way) else { continue };
                let other = ends.receiver(leaving).index();
                let distance = distance.saturating_add(length);
                if distance < self.reached[other].0 {
                    self.reached[other] = (distance, way as u32);
                    self.heap.push(Reverse((distance, other as u32)));
                }
            }
        }
    }

    /// The path by which a search reached a node, backwards.
    fn path(&self, to: NodeId) -> Option<Vec<u32>> {
        let (mut path, mut node) = (Vec::new(), to);
        while self.reached[node.index()].1 != u32::MAX {
            let way = self.reached[node.index()].1;
            path.push(way);
            let direction = if way % 2 == 0 { Direction::AToB } else { Direction::BToA };
            node = self.graph.channel(id_at(way as usize / 2)).sender(direction);
        }
        (!path.is_empty()).then_some(path)
    }

    /// Lengths in whole numbers, the longest open direction about 2^30.
    fn whole_lengths(&self) -> ChannelMap<[u32; 2]> {
        let open = |way: &usize| self.liquidity[*way] > 0;
        let most = (0..self.length.len()).filter(open).map(|way| self.length[way]).fold(0.0, f64::max);
        let whole = |way: usize| {
            if !open(&way) {
                return 0;
            }
            #[allow(clippy::cast_sign_loss)] // not negative, below 2^31
            {
                (self.length[way] / most * LONGEST) as u32
            }
        };
        self.graph.channels().map(|id| [whole(2 * id.index()), whole(2 * id.index() + 1)]).collect()
    }

    /// Sends a payment along shortest paths, each filled, whatever is used already.
    fn route(&mut self, payment: &PendingPayment, paths: &mut Paths) {
        let mut rest = payment.amount.0;
        for _ in 0..PATHS {
            if rest == 0 {
                break;
            }
            let longest = self.length.iter().fold(0.0, |most: f64, &length| most.max(length));
            // Whole numbers again, finer ones: a search must not depend on how sums are rounded.
            let scale = FINE / longest;
            #[allow(clippy::cast_sign_loss)] // saturates, not negative
            self.search(payment.from, Some(payment.to), |room, way| {
                (room.liquidity[way] > 0).then(|| (room.length[way] * scale) as u64)
            });
            let Some(path) = self.path(payment.to) else { break };
            let least = path.iter().map(|&way| self.liquidity[way as usize]).min().unwrap_or(0);
            let amount = rest.min(least);
            for &way in &path {
                let way = way as usize;
                self.used[way] = self.used[way].saturating_add(amount);
                self.length[way] *= 1.0 + STEP * float(amount) / float(self.liquidity[way]);
            }
            rest -= amount;
            // One entry per path: each loses up to a millisatoshi when it is scaled.
            match paths.iter_mut().find(|(known, _)| *known == path) {
                Some((_, sum)) => *sum = sum.saturating_add(amount),
                None => paths.push((path, amount)),
            }
        }
    }

    /// Scales paths of so many rounds down until every direction carries at most its liquidity, and one round at most.
    fn scale(&mut self, rounds: u64, all: &mut [Paths]) {
        let mut factor = [1, rounds.max(1)];
        for (&used, &most) in self.used.iter().zip(&self.liquidity) {
            if u128::from(most) * u128::from(factor[1]) < u128::from(factor[0]) * u128::from(used) {
                factor = [most, used];
            }
        }
        self.used.fill(0);
        for (path, amount) in all.iter_mut().flatten() {
            // At most the amount.
            *amount = u64::try_from(u128::from(*amount) * u128::from(factor[0]) / u128::from(factor[1]))
                .unwrap_or(0);
            for &way in path.iter() {
                self.used[way as usize] += *amount;
            }
        }
    }

    /// Sends what is missing of every payment through what is left, and takes back what is too much.
    fn fill(&mut self, payments: &[PendingPayment], all: &mut [Paths]) {
        for (payment, paths) in payments.iter().zip(all) {
            let sent: u64 = paths.iter().map(|(_, amount)| amount).sum();
            let mut rest = payment.amount.0.saturating_sub(sent);
            let mut over = sent.saturating_sub(payment.amount.0);
            for (path, amount) in paths.iter_mut() {
                let less = over.min(*amount);
                (*amount, over) = (*amount - less, over - less);
                path.iter().for_each(|&way| self.used[way as usize] -= less);
            }
            // Every path fills a direction.
            for _ in 0..2 * PATHS {
                if rest == 0 {
                    break;
                }
                self.search(payment.from, Some(payment.to), |room, way| {
                    (room.used[way] < room.liquidity[way]).then_some(1)
                });
                let Some(path) = self.path(payment.to) else { break };
                let left = |&way: &u32| self.liquidity[way as usize] - self.used[way as usize];
                let amount = path.iter().map(left).min().unwrap_or(0).min(rest);
                path.iter().for_each(|&way| self.used[way as usize] += amount);
                rest -= amount;
                paths.push((path, amount));
            }
        }
    }
}
