//! Knowledge: what attempts and time say of balances, as one value over a channel graph.
//!
//! # Problem
//!
//! Party a of a channel of capacity c owns a balance x, party b has c - x. At first a [law](crate::law) is all there is. Then
//! payments are forwarded, fail, are locked, settled, released, and time passes. Wanted at any time: the probability
//! that a channel, a path or a whole flow carries its amounts.
//!
//! # State
//!
//! One variable per channel, never one per direction: what is learned of x is learned of c - x. Per channel the range
//! lo..=hi of x, the amounts f (a to b) and g (b to a) in flight, which belong to their senders until they are settled,
//! the reserves r and s, and the amount m that has been settled from a to b since the law was valid:
//!
//! ```text
//!   x + m has the channel's law, truncated to lo + m ..= hi + m,        f <= x <= c - g
//!   a to b carries h more   <=>   x >= f + h + r,       b to a carries h more   <=>   x <= c - g - h - s.
//! ```
//!
//! Given these ranges channels are independent. A failure at an unknown hop says that not all hops of an attempt were able,
//! which is no range; it is kept as a box of excluded states (`entangled.rs`), and questions about its channels are answered
//! jointly, exactly.
//!
//! # Updates
//!
//! | observation | range of the sending side's balance X | in flight |
//! |---|---|---|
//! | forwarded h, failed further on | X >= f + h + r | f |
//! | failed here | X <= f + h + r - 1 | f |
//! | locked h | X >= f + h + r | f + h |
//! | settled h | both ends less h | f - h |
//! | released h | the same | f - h |
//! | failed at an unknown hop | a box of the hops is excluded | f |
//! | time passes | ends move towards 0 and c ([`Decay`]), never past what is in flight | f |
//!
//! An observation that leaves no balance contradicts the model: the channel is reset to what the observation says alone, and
//! the contradiction is reported ([`Learned`]). If the law gives the whole range no mass (a law that is plainly wrong),
//! all balances of the range count alike.
//!
//! # Log
//!
//! Observations are plain values. The ones that were learned are the [`Knowledge::log`]; replayed on the same beginning
//! they give the same state, bit for bit, and [`Knowledge::undo`] takes back the last one.
//!
//! # References
//!
//! Pickhardt and Richter, "Optimally Reliable & Cheap Payment Flows on the Lightning Network" (arXiv 2107.05322),
//! for known ranges and locked amounts; the deployed models in [`compat`].

mod admit;
pub mod compat;
mod decay;
mod draw;
mod entangled;
mod learn;
mod observation;
mod posterior;
mod probability;
mod state;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

pub use decay::{CutOff, Decay, HalfLife, Linear};
pub use observation::{Contradiction, Hop, LearnError, Learned, Observation};
pub use posterior::Posterior;

use entangled::NotAll;
use state::{Fixed, State};

use crate::amount::Msat;
use crate::id::ChannelId;
use crate::law::{Interval, Law};
use crate::liquidity::{Balance, ChannelGraph, Direction};

/// What is known of all balances of a graph. Amounts are in millisatoshi.
///
/// ```
/// use feasible::knowledge::{Hop, Knowledge, Observation};
/// use feasible::law::Uniform;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(alice, bob, Sat(1)))?; // 1000 msat
/// let mut known = Knowledge::new(&b.build(), Uniform);
/// let carries = |known: &Knowledge, direction, amount| {
///     known.ln_probability(channel, direction, Msat(amount)).exp()
/// };
/// assert!((carries(&known, Direction::AToB, 501) - 500.0 / 1001.0).abs() < 1e-12);
///
/// // 601 failed: x is in 0..=600, and the other side has at least 400.
/// let hops = vec![Hop::new(channel, Direction::AToB, Msat(601))];
/// known.learn(Observation::Failed { hops, at: 0 })?;
/// assert!((carries(&known, Direction::AToB, 501) - 100.0 / 601.0).abs() < 1e-12);
/// assert_eq!(carries(&known, Direction::BToA, 400), 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Knowledge {
    fixed: Vec<Fixed>,
    states: Vec<State>,
    laws: Vec<Arc<dyn Law>>,
    failures: Vec<NotAll>,
    decay: Option<Arc<dyn Decay>>,
    now: Duration,
    steps: Vec<learn::Step>,
}

impl Knowledge {
    /// What a graph says of its balances, under one law for all channels. Nothing ages until [`Knowledge::with_decay`].
    ///
    /// Channels whose balance is known are one's own: time does not change what is known of them.
    #[must_use]
    pub fn new(graph: &ChannelGraph, law: impl Law + 'static) -> Self {
        let channels = || graph.channels().map(|id| graph.channel(id));
        Self {
            fixed: channels().map(Fixed::of).collect(),
            states: channels().map(State::of).collect(),
            laws: alloc::vec![Arc::new(law)],
            failures: Vec::new(),
            decay: None,
            now: Duration::ZERO,
            steps: Vec::new(),
        }
    }

    /// With another law for some channels; ids of a larger graph are passed over.
    #[must_use]
    pub fn with_law(
        mut self,
        channels: impl IntoIterator<Item = ChannelId>,
        law: impl Law + 'static,
    ) -> Self {
        let index = self.laws.len();
        self.laws.push(Arc::new(law));
        for channel in channels {
            if let Some(fixed) = self.fixed.get_mut(channel.index()) {
                fixed.law = index;
            }
        }
        self
    }

    /// With a law of decay, used by [`Observation::Passed`].
    #[must_use]
    pub fn with_decay(mut self, decay: impl Decay + 'static) -> Self {
        self.decay = Some(Arc::new(decay));
        self
    }

    /// The number of channels.
    #[must_use]
    pub fn channel_count(&self) -> usize {
        self.states.len()
    }

    /// The capacity of a channel. Like all questions about a channel it panics for an id of a larger graph,
    /// as indexing does.
    #[must_use]
    pub fn capacity(&self, channel: ChannelId) -> Msat {
        Msat(self.fixed[channel.index()].capacity)
    }

    /// The range of party a's balance, what is in flight from a included.
    #[must_use]
    pub fn range(&self, channel: ChannelId) -> Interval {
        self.states[channel.index()].range
    }

    /// The same as a [`Balance`], to be set in a graph.
    #[must_use]
    pub fn balance(&self, channel: ChannelId) -> Balance {
        let range = self.range(channel);
        if range.lo() == range.hi() {
            Balance::Known(Msat(range.lo()))
        } else {
            Balance::Between { lo: Msat(range.lo()), hi: Msat(range.hi()) }
        }
    }

    /// The law of party a's balance plus [`Knowledge::moved`].
    #[must_use]
    pub fn law(&self, channel: ChannelId) -> &dyn Law {
        &*self.laws[self.fixed[channel.index()].law]
    }

    /// What has been settled from a to b, less what has been settled from b to a, as far as time has not blurred it.
    #[must_use]
    pub fn moved(&self, channel: ChannelId) -> i64 {
        self.states[channel.index()].moved
    }

    /// What is in flight in a direction.
    #[must_use]
    pub fn in_flight(&self, channel: ChannelId, direction: Direction) -> Msat {
        Msat(self.states[channel.index()].in_flight[direction.index()])
    }

    /// How many failures at an unknown hop are remembered.
    #[must_use]
    pub fn unknown_failures(&self) -> usize {
        self.failures.len()
    }

    /// Party a's balances with which a channel carries two more amounts at once, a to b and b to a; opposite amounts
    /// do not net while they are locked. `None` if there is none within the capacity.
    #[must_use]
    pub fn carrying(&self, channel: ChannelId, amounts: [Msat; 2]) -> Option<Interval> {
        let needed = |direction: Direction| {
            let side = self.side(channel, direction, amounts[direction.index()].0);
            side.able(self.capacity(channel).0)
        };
        needed(Direction::AToB)?.intersection(needed(Direction::BToA)?)
    }
}
