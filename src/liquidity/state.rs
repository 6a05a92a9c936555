//! Balances: setting and drawing them.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::builder::check_balance;
use super::pool;
use super::{Balance, Channel, ChannelGraph, Direction, GraphError};
use crate::amount::{Msat, Sat};
use crate::id::{ChannelId, ChannelMap, PoolId};
use crate::random::Random;

/// The stream of drawn balances; a change here changes every seeded state.
const BALANCES: u64 = 0x62_61_6c;

impl ChannelGraph {
    /// Sets what is known of a balance.
    ///
    /// # Errors
    ///
    /// [`GraphError::UnknownChannel`], [`GraphError::EmptyBalance`], [`GraphError::AboveCapacity`],
    /// [`GraphError::InFlight`].
    pub fn set_balance(&mut self, channel: ChannelId, balance: Balance) -> Result<(), GraphError> {
        let changed = self.with_balance(channel, balance)?;
        self.channels[channel.index()] = changed;
        Ok(())
    }

    /// Sets several balances or, after an error, none; of two balances of one channel the later counts.
    ///
    /// # Errors
    ///
    /// As [`ChannelGraph::set_balance`], for the first balance that does not fit.
    pub fn set_balances(
        &mut self,
        balances: impl IntoIterator<Item = (ChannelId, Balance)>,
    ) -> Result<(), GraphError> {
        let changed: Vec<(ChannelId, Channel)> = balances
            .into_iter()
            .map(|(channel, balance)| Ok((channel, self.with_balance(channel, balance)?)))
            .collect::<Result<_, GraphError>>()?;
        for (id, channel) in changed {
            self.channels[id.index()] = channel;
        }
        Ok(())
    }

    fn with_balance(&self, channel: ChannelId, balance: Balance) -> Result<Channel, GraphError> {
        let channels = self.channel_count();
        let Some(old) = self.channels.get(channel.index()) else {
            return Err(GraphError::UnknownChannel { channel, channels });
        };
        if let Some(pool) = self.pool_of(channel) {
            return Err(GraphError::Spoke { channel, pool });
        }
        let changed = old.balance(balance);
        check_balance(channel, &changed)?;
        Ok(changed)
    }

    /// Sets the balances of a pool, in the order of its parties.
    ///
    /// # Errors
    ///
    /// [`GraphError::UnknownPool`], [`GraphError::Parties`] if there are more or fewer than parties,
    /// [`GraphError::Balances`].
    pub fn set_pool(&mut self, pool: PoolId, balances: &[Msat]) -> Result<(), GraphError> {
        let pools = self.pool_count();
        let Some(data) = self.pools.get(pool.index()) else {
            return Err(GraphError::UnknownPool { pool, pools });
        };
        if balances.len() != data.parties {
            return Err(GraphError::Parties { pool, parties: balances.len() });
        }
        pool::admit(pool, data.capacity, balances.iter().copied())?;
        let spokes = &mut self.channels[data.first.index()..];
        for (spoke, &balance) in spokes.iter_mut().zip(balances) {
            spoke.balance = Balance::Known(balance);
        }
        Ok(())
    }

    /// Moves amounts through channels, bounds of balances included; of several amounts of one channel all count. After an
    /// error nothing has moved.
    ///
    /// # Errors
    ///
    /// [`GraphError::UnknownChannel`]; [`GraphError::AboveCapacity`] and [`GraphError::InFlight`] if a balance does not cover
    /// an amount and what is in flight; [`GraphError::Balances`] if more enters a pool than leaves it.
    pub(crate) fn shift(
        &mut self,
        moves: impl Iterator<Item = (ChannelId, Direction, Msat)>,
    ) -> Result<(), GraphError> {
        let mut changed: BTreeMap<ChannelId, Channel> = BTreeMap::new();
        let mut into: BTreeMap<PoolId, i128> = BTreeMap::new();
        for (id, direction, amount) in moves {
            let channels = self.channel_count();
            let old = self.channels.get(id.index());
            let old = old.ok_or(GraphError::UnknownChannel { channel: id, channels })?;
            let channel = changed.entry(id).or_insert(*old);
            let moved = |balance: Msat| match direction {
                Direction::AToB => balance.checked_sub(amount),
                Direction::BToA => balance.checked_add(amount),
            };
            let (lo, hi) = (moved(channel.balance.lo()), moved(channel.balance.hi()));
            let (Some(lo), Some(hi)) = (lo, hi) else {
                let capacity = channel.capacity;
                return Err(GraphError::AboveCapacity {
                    channel: id,
                    what: "what is sent",
                    amount,
                    capacity,
                });
            };
            channel.balance = if lo == hi { Balance::Known(lo) } else { Balance::Between { lo, hi } };
            check_balance(id, channel)?;
            if let Some(pool) = self.pool_of(id) {
                let signed = i128::from(amount.0);
                *into.entry(pool).or_default() += if direction == Direction::AToB { signed } else { -signed };
            }
        }
        if let Some((&pool, &surplus)) = into.iter().find(|(_, surplus)| **surplus != 0) {
            let capacity = self.pool(pool).capacity;
            let sum = u128::try_from(i128::from(Msat::from(capacity).0) - surplus).unwrap_or(0);
            return Err(GraphError::Balances { pool, sum, capacity });
        }
        for (id, channel) in changed {
            self.channels[id.index()] = channel;
        }
        Ok(())
    }

    /// The same channels with balances that fit them, and nothing else: no reserve, nothing in flight, no policy.
    pub(crate) fn bare(&self, balances: &ChannelMap<Msat>) -> Self {
        let mut bare = self.clone();
        for (channel, &balance) in bare.channels.iter_mut().zip(balances.as_slice()) {
            let [a, b] = channel.ends;
            *channel = Channel::new(a, b, channel.capacity).balance(Balance::Known(balance));
        }
        bare
    }

    /// Draws every balance anew: uniform on the whole satoshi from 0 to the capacity, independently; those of a pool
    /// uniform on all ways to split it.
    ///
    /// The balance of a channel depends on the seed, its id and its capacity only. What is in flight
    /// stays possible: then the draw is from those balances that cover it.
    pub fn draw_balances(&mut self, seed: u64) {
        let random = Random::new(seed).stream(BALANCES);
        for (i, channel) in self.channels.iter_mut().enumerate() {
            channel.balance = Balance::Known(draw(random, i as u64, channel));
        }
        let mut split = Vec::new();
        for pool in &self.pools {
            pool.draw(random, &mut split);
            let spokes = &mut self.channels[pool.first.index()..];
            for (spoke, &balance) in spokes.iter_mut().zip(&split) {
                spoke.balance = Balance::Known(Msat::from(Sat(balance)));
            }
        }
    }
}

fn draw(random: Random, index: u64, channel: &Channel) -> Msat {
    let least = channel.promised(Direction::AToB);
    let most = Msat::from(channel.capacity).saturating_sub(channel.promised(Direction::BToA));
    let (lo, hi) = (Sat(least.0.div_ceil(1000)), most.floor());
    match hi.0.checked_sub(lo.0) {
        Some(width) => Msat::from(Sat(lo.0 + random.below(index, width + 1))),
        // No whole satoshi covers what is in flight both ways.
        None => least,
    }
}
