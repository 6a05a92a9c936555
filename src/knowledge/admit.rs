//! Which observations make sense.

use alloc::collections::BTreeMap;

use super::{Hop, Knowledge, LearnError, Observation};
use crate::amount::Msat;
use crate::id::ChannelId;
use crate::liquidity::Direction;

/// What hops load each direction with, all together.
pub(super) fn loads(hops: &[Hop]) -> BTreeMap<(ChannelId, usize), u64> {
    let mut loads = BTreeMap::new();
    for hop in hops {
        let load: &mut u64 = loads.entry((hop.channel, hop.direction.index())).or_default();
        *load = load.saturating_add(hop.amount.0);
    }
    loads
}

impl Knowledge {
    pub(super) fn admit(&self, observation: &Observation) -> Result<(), LearnError> {
        let channels = self.channel_count();
        let exists = |channel: ChannelId| {
            if channel.index() < channels {
                Ok(())
            } else {
                Err(LearnError::UnknownChannel { channel, channels })
            }
        };
        observation.hops().iter().try_for_each(|hop| exists(hop.channel))?;
        match observation {
            Observation::Failed { hops, at } if *at >= hops.len() => {
                Err(LearnError::Position { at: *at, hops: hops.len() })
            }
            Observation::Locked { hops } => loads(hops).keys().try_for_each(|&(channel, _)| {
                let both = Direction::BOTH.map(|d| {
                    let more = loads(hops).get(&(channel, d.index())).copied().unwrap_or(0);
                    self.in_flight(channel, d).saturating_add(Msat(more))
                });
                let (in_flight, capacity) = (both[0].saturating_add(both[1]), self.capacity(channel));
                if in_flight <= capacity {
                    Ok(())
                } else {
                    Err(LearnError::Overfull { channel, in_flight, capacity })
                }
            }),
            Observation::Settled { hops } | Observation::Released { hops } => {
                loads(hops).iter().try_for_each(|(&(channel, direction), &amount)| {
                    let direction = Direction::BOTH[direction];
                    let (amount, in_flight) = (Msat(amount), self.in_flight(channel, direction));
                    if amount <= in_flight {
                        return Ok(());
                    }
                    Err(LearnError::NotInFlight { channel, direction, amount, in_flight })
                })
            }
            &Observation::Told { channel, balance } => {
                exists(channel)?;
                let hard = self.states[channel.index()].hard(self.capacity(channel).0);
                let (lo, hi) = (balance.lo(), balance.hi());
                hard.intersection(balance).map(|_| ()).ok_or(LearnError::Balance { channel, lo, hi })
            }
            _ => Ok(()),
        }
    }
}
