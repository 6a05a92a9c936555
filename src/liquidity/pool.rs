//! Channels of more than two parties: coin pools, multi-party channels, factories.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::GraphError;
use crate::amount::{Msat, Sat};
use crate::id::{ChannelId, NodeId, PoolId, id_at};
use crate::random::Random;

/// A channel of several parties, as its [hub and spokes](crate::liquidity#several-parties); added by
/// [`ChannelGraphBuilder::add_pool`](super::ChannelGraphBuilder::add_pool).
///
/// ```
/// use feasible::liquidity::{ChannelGraphBuilder, Direction, GraphError};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let [x, y] = [b.add_node()?, b.add_node()?];
/// let id = b.add_pool(Sat(9), &[(x, Msat(5_000)), (y, Msat(4_000))])?;
/// let mut graph = b.build();
/// graph.set_pool(id, &[Msat(1_000), Msat(8_000)])?;
/// let pool = graph.pool(id);
/// let balances = pool.spokes().map(|spoke| graph.channel(spoke).owned(Direction::AToB).certain);
/// assert!(balances.eq([Msat(1_000), Msat(8_000)]));
/// assert!(pool.spokes().all(|spoke| graph.channel(spoke).b() == pool.hub()));
/// # Ok::<(), GraphError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pool {
    pub(super) hub: NodeId,
    pub(super) first: ChannelId,
    pub(super) parties: usize,
    pub(super) capacity: Sat,
}

impl Pool {
    /// The node that stands for the pool and owns nothing.
    #[must_use]
    pub const fn hub(&self) -> NodeId {
        self.hub
    }

    /// One channel per party, in the order in which they were given; the party is party a of its spoke.
    pub fn spokes(&self) -> impl ExactSizeIterator<Item = ChannelId> + DoubleEndedIterator + use<> {
        let first = self.first.index();
        (first..first + self.parties).map(id_at)
    }

    /// What all parties own together.
    #[must_use]
    pub const fn capacity(&self) -> Sat {
        self.capacity
    }

    /// What its spokes count more than once: (k - 1) c, which is also what the hub holds in them.
    pub(crate) const fn surplus(&self) -> Sat {
        Sat(self.capacity.0 * (self.parties as u64 - 1))
    }

    /// Where a channel lies: before its spokes, among them, after them.
    pub(super) fn holds(&self, channel: ChannelId) -> Ordering {
        let first = self.first.index();
        if channel.index() < first {
            Ordering::Greater
        } else if channel.index() < first + self.parties {
            Ordering::Equal
        } else {
            Ordering::Less
        }
    }

    /// Draws the balances of its parties, in satoshi: uniform on all ways to split the capacity.
    ///
    /// k - 1 different numbers of `0..c + k - 1`, drawn by Floyd's method (Bentley and Floyd, "A sample of brilliance",
    /// 1987), mark where the next party begins. The split depends on the stream and the ids of the spokes only.
    pub(super) fn draw(&self, random: Random, split: &mut Vec<u64>) {
        gaps(random, self.first.index() as u64, self.parties as u64 - 1, self.capacity.0, split);
        split.push(self.capacity.0 - split.iter().sum::<u64>());
    }

    /// The balance that [`Pool::draw`] gives the party of a spoke. As expensive.
    pub(crate) fn draw_one(&self, random: Random, spoke: ChannelId) -> u64 {
        let mut split = Vec::new();
        self.draw(random, &mut split);
        let place = spoke.index().checked_sub(self.first.index());
        place.and_then(|place| split.get(place)).copied().unwrap_or(0)
    }
}

/// Uniform on the points of `count` dimensions with sum at most `total`: the gaps before `count` different numbers of
/// `0..total + count`. Uses the indices `begin..begin + count` of the stream.
fn gaps(random: Random, begin: u64, count: u64, total: u64, gaps: &mut Vec<u64>) {
    gaps.clear();
    for i in 0..count {
        let last = total + i;
        let number = random.below(begin.wrapping_add(i), last + 1);
        match gaps.binary_search(&number) {
            Ok(_) => gaps.push(last),
            Err(place) => gaps.insert(place, number),
        }
    }
    let mut before = 0;
    for gap in gaps.iter_mut() {
        let at = *gap;
        *gap = at - before;
        before = at + 1;
    }
}

/// The pool to which something belongs; ids of hubs and spokes rise with those of pools.
pub(super) fn of(pools: &[Pool], place: impl FnMut(&Pool) -> Ordering) -> Option<PoolId> {
    if pools.is_empty() {
        return None;
    }
    pools.binary_search_by(place).ok().map(id_at)
}

/// Whether balances add up to the capacity of a pool.
pub(super) fn admit(
    pool: PoolId,
    capacity: Sat,
    balances: impl Iterator<Item = Msat>,
) -> Result<(), GraphError> {
    let sum: u128 = balances.map(|balance| u128::from(balance.0)).sum();
    if sum == u128::from(Msat::from(capacity).0) {
        return Ok(());
    }
    Err(GraphError::Balances { pool, sum, capacity })
}
