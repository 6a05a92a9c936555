//! A state whose balances are drawn where a decision looks at them.
//!
//! The value of a channel is a function of the sample and the channel alone, so that it does not matter what is
//! looked at, in which order.

use alloc::vec;
use alloc::vec::Vec;

use crate::kernel::pairs::Pairs;
use crate::max_flow::lazy::Source;
use crate::random::Random;

/// Where the balances of a sample come from.
pub(crate) trait Balances {
    /// Draws party a's balance of a channel.
    fn draw(&self, channel: usize, random: Random) -> u64;

    /// What passes from party a and what passes back at a balance.
    fn sides(&self, channel: usize, balance: u64) -> [i64; 2];
}

/// The balances of one sample, drawn or set once each.
#[derive(Clone, Debug)]
pub(crate) struct Drawn<'c, B> {
    pub(crate) balances: B,
    channel_of: &'c [u32],
    random: Random,
    /// The sample in which a channel was last shown to the decision, and in which its balance was last set.
    shown: Vec<u32>,
    set: Vec<u32>,
    balance: Vec<u64>,
    sample: u32,
}

impl<'c, B: Balances> Drawn<'c, B> {
    /// Draws for so many channels; `channel_of` names the channel of every arc.
    pub(crate) fn new(balances: B, channel_of: &'c [u32], channels: usize) -> Self {
        let random = Random::new(0);
        let (shown, set, balance) = (vec![0; channels], vec![0; channels], vec![0; channels]);
        Self { balances, channel_of, random, shown, set, balance, sample: 0 }
    }

    /// Begins another sample.
    pub(crate) fn next(&mut self, random: Random) {
        self.random = random;
        if self.sample == u32::MAX {
            self.shown.fill(0);
            self.set.fill(0);
            self.sample = 0;
        }
        self.sample += 1;
    }

    /// Party a's balance.
    #[inline]
    pub(crate) fn balance(&self, channel: usize) -> u64 {
        if self.set[channel] == self.sample {
            self.balance[channel]
        } else {
            self.balances.draw(channel, self.random)
        }
    }

    /// Sets party a's balance.
    pub(crate) fn set(&mut self, channel: usize, balance: u64) {
        self.setting().1(channel, balance);
    }

    /// Where balances come from, and what sets party a's balance of a channel.
    #[inline]
    pub(crate) fn setting(&mut self) -> (&B, impl FnMut(usize, u64)) {
        let Self { balances, set, balance, sample, .. } = self;
        let put = |channel, value| {
            balance[channel] = value;
            set[channel] = *sample;
        };
        (balances, put)
    }
}

impl<B: Balances> Source<i64> for Drawn<'_, B> {
    #[inline]
    fn reveal(&mut self, pairs: &Pairs, arc: usize, capacity: &mut [i64], residual: &mut [i64]) {
        let channel = self.channel_of[arc] as usize;
        if self.shown[channel] == self.sample {
            return;
        }
        self.shown[channel] = self.sample;
        let sides = self.balances.sides(channel, self.balance(channel));
        let forward = pairs.forward(channel);
        for (arc, amount) in [forward, pairs.mate(forward)].into_iter().zip(sides) {
            capacity[arc] = amount;
            residual[arc] = amount;
        }
    }
}
