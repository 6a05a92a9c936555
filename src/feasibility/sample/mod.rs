//! Drawing feasible wealth uniformly, without drawing infeasible wealth.
//!
//! # Problem
//!
//! A wealth vector is uniform if every vector of whole satoshi that the channels can hold is equally likely. That is not
//! what uniform balances give (many states may have one wealth), and drawing any vector until one is feasible is hopeless: on
//! the public Lightning graph one in e^76,849 is.
//!
//! # Method
//!
//! Give party b's balance of every channel a generic price and take, of all states of a wealth, the cheapest. Its balances
//! strictly between 0 and the capacity lie on a forest, the others follow from the prices: the sets of wealth with
//! one forest are boxes that tile the feasible wealth (a zonotope). With boxes half open in one direction,
//! every vector lies in exactly one, and a forest's box holds the product of its capacities (Stanley, "A zonotope associated with
//! graphical degree sequences", 1991). So
//!
//! 1. draw a forest with probability proportional to the product of its capacities,
//! 2. in each of its channels the end further from the root gets a uniform balance from 0 to the capacity less 1, the other the
//!    rest; every other channel belongs to one end, by the sign of its reduced price.
//!
//! The forest: join every node to the root by one more edge of weight 1 and draw a spanning tree of that graph by
//! Wilson's loop-erased random walk (STOC 1996). Without the new edges the tree is a forest, and of a tree's part that
//! hangs on a new edge, any of its nodes could have been the one that does. Accepting it only if that is the node
//! of the highest potential makes all forests equally likely per capacity. Parts are rare where capacities are large. Why that node: move the vector by an infinitesimal step that takes from
//! the root and gives to everyone. If the moved vector can only be reached over new edges, which are dear, the
//! cheapest way enters a part where its potential is highest. So the accepted trees are exactly the tiles that the moved
//! vectors lie in, inside the zonotope or just outside.
//!
//! Tiling as such is known for the volume; that it gives whole points, boundary included, is shown by the tests, which compare with
//! enumeration. Cost: the walk, whose length depends on the graph, and O(n + m).
//!
//! References: Wilson, "Generating random spanning trees more quickly than the cover time" (1996); Stanley (1991); the model of
//! wealth is Pickhardt's (arXiv 2601.04835).

mod forest;

use alloc::vec::Vec;

use thiserror::Error;

use crate::amount::{Msat, Sat};
use crate::id::{ChannelMap, NodeMap};
use crate::liquidity::ChannelGraph;
use crate::random::Random;
pub(super) use forest::Forest;
use forest::Walk;

/// The streams of drawn wealth; a change here changes every seeded draw.
const WEALTH: u64 = 0x77_6c_74_68;
const PRICES: u64 = 0;
const DRAWS: u64 = 1;

/// Why no wealth can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// A channel has more than two parties; then the feasible wealth is no zonotope.
    #[error("the graph has {pools} channels of several parties; wealth is drawn for channels of two")]
    Pools {
        /// How many there are.
        pools: usize,
    },
    /// The random walks were longer than permitted: rich nodes hang on the rest by poor channels.
    #[error("no draw within {limit} steps of a random walk")]
    WorkLimit {
        /// The limit.
        limit: u64,
    },
}

/// Draws feasible wealth of a graph of two-party channels; a draw is a function of seed and number.
///
/// ```
/// use feasible::feasibility::WealthSampler;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::Sat;
/// let mut b = ChannelGraphBuilder::new();
/// let [x, y, z] = [b.add_node()?, b.add_node()?, b.add_node()?];
/// for (from, to, capacity) in [(x, y, 3), (x, z, 7), (y, z, 11)] {
///     b.add_channel(Channel::new(from, to, Sat(capacity)))?;
/// }
/// let graph = b.build();
/// let sampler = WealthSampler::new(&graph)?.seed(7);
/// let draws: Vec<_> = (0..2_000).map(|number| sampler.draw(number)).collect::<Result<_, _>>()?;
/// // z pays x one satoshi in 142 of 153 vectors, as y pays z in the published table: here of 2,000 draws.
/// let mean = draws.iter().map(|draw| draw.wealth()[x].0).sum::<u64>() / 2_000;
/// assert!(draws.iter().all(|draw| draw.wealth()[x] <= Sat(10)) && (4..=6).contains(&mean));
/// assert_eq!(sampler.draw(1_234)?, draws[1_234]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WealthSampler<'g> {
    graph: &'g ChannelGraph,
    walk: Walk,
    /// The price of a satoshi of party b in each channel.
    price: Vec<i64>,
    random: Random,
    work_limit: u64,
}

/// A wealth vector, with a state that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WealthDraw {
    wealth: NodeMap<Sat>,
    balances: ChannelMap<Sat>,
}

impl WealthDraw {
    /// What every node owns.
    #[must_use]
    pub const fn wealth(&self) -> &NodeMap<Sat> {
        &self.wealth
    }

    /// Party a's balances of a state with that wealth: the cheapest for generic prices, all channels of which belong to one
    /// side but those of a forest. For what depends on wealth any state serves; for anything else this is not a typical one.
    #[must_use]
    pub const fn balances(&self) -> &ChannelMap<Sat> {
        &self.balances
    }

    /// The graph in that state, without reserves, amounts in flight and policies.
    #[must_use]
    pub fn state(&self, graph: &ChannelGraph) -> Option<ChannelGraph> {
        let fits = |(id, &balance): (_, &Sat)| balance <= graph.channel(id).capacity();
        let same = self.balances.len() == graph.channel_count() && graph.pool_count() == 0;
        if !same || !self.balances.iter().all(fits) {
            return None;
        }
        let balances = self.balances.iter().map(|(_, &balance)| Msat::from(balance)).collect();
        Some(graph.bare(&balances))
    }
}

impl<'g> WealthSampler<'g> {
    /// Lays out the graph. Capacities count; balances, reserves and policies do not. O(n + m).
    ///
    /// # Errors
    ///
    /// [`SampleError::Pools`].
    pub fn new(graph: &'g ChannelGraph) -> Result<Self, SampleError> {
        let pools = graph.pool_count();
        if pools > 0 {
            return Err(SampleError::Pools { pools });
        }
        let sampler = Self {
            graph,
            walk: Walk::new(graph),
            price: Vec::new(),
            random: Random::new(0),
            work_limit: 1 << 32,
        };
        Ok(sampler.seed(0))
    }

    /// With another seed. Default: 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.random = Random::new(seed).stream(WEALTH);
        let prices = self.random.stream(PRICES);
        #[allow(clippy::cast_possible_wrap)] // 61 bits
        let price = |channel: usize| (prices.bits(channel as u64) >> 3) as i64;
        self.price = (0..self.graph.channel_count()).map(price).collect();
        self
    }

    /// Gives up a draw after so many steps of random walks. Default: 2^32.
    #[must_use]
    pub const fn work_limit(mut self, limit: u64) -> Self {
        self.work_limit = limit;
        self
    }

    /// Draws a wealth vector. It does not depend on other draws.
    ///
    /// # Errors
    ///
    /// [`SampleError::WorkLimit`].
    pub fn draw(&self, number: u64) -> Result<WealthDraw, SampleError> {
        let mut forest = Forest::default();
        let mut balances = Vec::new();
        self.draw_into(number, &mut forest, &mut balances)?;
        let balances: ChannelMap<Sat> = balances.into_iter().map(Sat).collect();
        let mut wealth = NodeMap::filled(self.graph.node_count(), Sat::ZERO);
        for (id, &balance) in balances.iter() {
            let channel = self.graph.channel(id);
            wealth[channel.a()] = wealth[channel.a()].saturating_add(balance);
            let rest = channel.capacity().saturating_sub(balance);
            wealth[channel.b()] = wealth[channel.b()].saturating_add(rest);
        }
        Ok(WealthDraw { wealth, balances })
    }

    /// Draws party a's balances, in satoshi, of the cheapest state of a wealth vector.
    pub(super) fn draw_into(
        &self,
        number: u64,
        forest: &mut Forest,
        balances: &mut Vec<u64>,
    ) -> Result<(), SampleError> {
        let random = self.random.stream(DRAWS).stream(number);
        let mut steps = 0;
        let limit = self.work_limit;
        let mut accepted = false;
        while !accepted {
            let tree = forest.draw(&self.walk, random, &self.price, &mut steps, limit);
            accepted = tree.ok_or(SampleError::WorkLimit { limit })?;
        }
        forest.balances(self.graph, &self.price, random.stream(0), balances);
        Ok(())
    }
}
