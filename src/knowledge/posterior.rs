//! The law of a balance as it is now.

use alloc::vec::Vec;

use super::{Knowledge, state};
use crate::id::{ChannelId, id_at};
use crate::law::{Interval, Law};

/// A channel's law in terms of its present balance: moved by what has been settled, and even where the law gives what is known
/// no mass.
#[derive(Clone, Copy, Debug)]
pub struct Posterior<'a> {
    known: &'a Knowledge,
    channel: ChannelId,
}

impl Posterior<'_> {
    /// Whether all balances of the known range are alike.
    #[must_use]
    pub fn is_even(&self) -> bool {
        let (law, range) = (self.known.law(self.channel), self.known.range(self.channel));
        let (capacity, moved) = (self.known.capacity(self.channel).0, self.known.moved(self.channel));
        let even = |range| law.ln_mass(capacity, range) == f64::NEG_INFINITY;
        let first = state::shifted(range, moved, capacity);
        // A range that the settled amount moves out of the capacity in part is not even under a uniform law.
        law.is_uniform() && first.is_some_and(|first| first.count() == range.count())
            || first.is_none_or(even)
    }
}

impl Law for Posterior<'_> {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        self.ln_share(capacity, range, Interval::up_to(capacity))
    }

    fn is_log_concave(&self) -> bool {
        self.known.law(self.channel).is_log_concave()
    }

    fn is_log_convex(&self) -> bool {
        self.known.law(self.channel).is_log_convex()
    }

    fn ln_share(&self, _: u64, inner: Interval, outer: Interval) -> f64 {
        self.known.ln_share(self.channel, inner, outer)
    }

    fn quantile(&self, _: u64, within: Interval, u: f64) -> u64 {
        self.known.quantile(self.channel, within, u)
    }
}

impl Knowledge {
    /// The laws of all channels as they are now, by channel.
    #[must_use]
    pub fn posteriors(&self) -> Vec<Posterior<'_>> {
        (0..self.channel_count()).map(|index| Posterior { known: self, channel: id_at(index) }).collect()
    }
}
