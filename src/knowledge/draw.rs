//! States drawn from what is known.

use alloc::vec::Vec;

use super::entangled::{BUDGET, NotAll};
use super::{Knowledge, state};
use crate::amount::Msat;
use crate::id::{ChannelId, ChannelMap, id_at};
use crate::law::{Interval, Law, Uniform};
use crate::random::Random;

impl Knowledge {
    /// Draws party a's balance of every channel, jointly: failures at unknown hops are kept to.
    ///
    /// By inversion, one number of the stream per channel: the same stream gives the same state.
    #[must_use]
    pub fn draw(&self, random: Random) -> ChannelMap<Msat> {
        let every: Vec<ChannelId> = (0..self.channel_count()).map(id_at).collect();
        self.draw_of(&every, random).into_iter().map(Msat).collect()
    }

    /// Draws party a's balance of some channels, in millisatoshi: what [`Knowledge::draw`] gives them, for less.
    #[must_use]
    pub fn draw_of(&self, channels: &[ChannelId], random: Random) -> Vec<u64> {
        let explained = self.explained(random.stream(1));
        let draw = |&channel: &ChannelId| {
            let place = explained.binary_search_by_key(&channel, |&(id, _)| id);
            let range = place.map_or(self.range(channel), |place| explained[place].1);
            self.quantile(channel, range, random.unit(channel.index() as u64))
        };
        channels.iter().map(draw).collect()
    }

    /// The least balance of party a whose share of `within` below or at it is above `u`, a number in `[0, 1)`.
    #[must_use]
    pub fn quantile(&self, channel: ChannelId, within: Interval, u: f64) -> u64 {
        let (law, capacity, moved) = (self.law(channel), self.capacity(channel).0, self.moved(channel));
        if let Some(outer) = state::shifted(within, moved, capacity) {
            if law.ln_mass(capacity, outer) > f64::NEG_INFINITY {
                let first = law.quantile(capacity, outer, u);
                let now = i128::from(first) - i128::from(moved);
                return u64::try_from(now.max(0)).unwrap_or(u64::MAX).clamp(within.lo(), within.hi());
            }
        }
        Uniform.quantile(u64::MAX, within, u)
    }

    /// Narrower ranges that explain every failure at an unknown hop, drawn with their probability; by id.
    fn explained(&self, random: Random) -> Vec<(ChannelId, Interval)> {
        let mut ranges: Vec<(ChannelId, Interval)> = Vec::new();
        let range = |ranges: &[(ChannelId, Interval)], channel: ChannelId| {
            let place = ranges.binary_search_by_key(&channel, |&(id, _)| id);
            place.map_or(self.range(channel), |place| ranges[place].1)
        };
        for (index, failure) in self.failures.iter().enumerate() {
            let together = self.entangled(failure.sides.iter().map(|side| side.channel));
            let later =
                |other: &&&NotAll| self.failures[index + 1..].iter().any(|f| core::ptr::eq(f, **other));
            let rest: Vec<&NotAll> = together.iter().filter(later).copied().collect();
            // One choice per hop that may be the first to lack; all before it are able.
            let (mut choices, mut weight, mut now) = (Vec::new(), 1.0, ranges.clone());
            for side in &failure.sides {
                let (capacity, before) = (self.capacity(side.channel).0, range(&now, side.channel));
                for (part, ends) in [(side.lacking(capacity), true), (side.able(capacity), false)] {
                    let part = part.and_then(|part| part.intersection(before));
                    let share = part.map_or(0.0, |part| libm::exp(self.ln_share(side.channel, part, before)));
                    let mut with = now.clone();
                    if let Some(part) = part {
                        match with.binary_search_by_key(&side.channel, |&(id, _)| id) {
                            Ok(place) => with[place].1 = part,
                            Err(place) => with.insert(place, (side.channel, part)),
                        }
                    }
                    if ends && share > 0.0 {
                        let avoids = self.ln_avoids(&rest, &with, BUDGET * 16).map_or(1.0, libm::exp);
                        choices.push((weight * share * avoids, with));
                    } else if !ends {
                        weight *= share;
                        now = with;
                    }
                }
            }
            let total: f64 = choices.iter().map(|(weight, _)| weight).sum();
            let mut left = random.unit(index as u64) * total;
            let last = choices.len().saturating_sub(1);
            let chosen = choices.into_iter().enumerate().find(|(i, (weight, _))| {
                left -= weight;
                left < 0.0 || *i == last
            });
            if let Some((_, (_, with))) = chosen {
                ranges = with;
            }
        }
        ranges
    }
}
