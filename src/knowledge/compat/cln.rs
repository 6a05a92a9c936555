//! Core Lightning's models: ranges and uniform balances.

use core::time::Duration;

use super::{Estimate, Knowledge, LearnError, Observation};
use crate::amount::Msat;
use crate::id::ChannelId;
use crate::knowledge::{CutOff, Linear};
use crate::law::{Interval, Law, Uniform};
use crate::liquidity::{ChannelGraph, Direction};

/// renepay: uniform balances in a range that widens to the whole capacity in 600 000 seconds, and a factor of 0.98 per
/// channel for all that is not liquidity.
#[derive(Clone, Debug)]
pub struct Renepay {
    known: Knowledge,
}

impl Renepay {
    /// The model of a graph before anything was seen.
    #[must_use]
    pub fn new(graph: &ChannelGraph) -> Self {
        let decay = Linear::new(Duration::from_secs(600_000));
        Self { known: Knowledge::new(graph, Uniform).with_decay(decay) }
    }
}

impl Estimate for Renepay {
    fn ln_probability(&self, channel: ChannelId, direction: Direction, amount: Msat) -> f64 {
        self.known.ln_probability(channel, direction, amount) + libm::log(0.98)
    }

    fn learn(&mut self, observation: &Observation) -> Result<(), LearnError> {
        Estimate::learn(&mut self.known, observation)
    }
}

/// Uniform on the real interval from 0 to c; balance x stands for x to x + 1.
#[derive(Clone, Copy, Debug)]
struct UnitFree;

impl Law for UnitFree {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        self.ln_share(capacity, range, Interval::up_to(capacity))
    }

    fn ln_share(&self, capacity: u64, inner: Interval, outer: Interval) -> f64 {
        match capacity.checked_sub(1) {
            Some(last) => Uniform.ln_share(last, inner, outer),
            None => f64::NEG_INFINITY,
        }
    }
}

/// askrene: (high - a) / (high - low) of a range that is forgotten at some age.
#[derive(Clone, Debug)]
pub struct Askrene {
    known: Knowledge,
}

impl Askrene {
    /// The model of a graph before anything was seen; what was learned is forgotten at an age (xpay: one hour).
    #[must_use]
    pub fn new(graph: &ChannelGraph, age: Duration) -> Self {
        Self { known: Knowledge::new(graph, UnitFree).with_decay(CutOff::new(age)) }
    }
}

impl Estimate for Askrene {
    fn ln_probability(&self, channel: ChannelId, direction: Direction, amount: Msat) -> f64 {
        self.known.ln_probability(channel, direction, amount)
    }

    fn learn(&mut self, observation: &Observation) -> Result<(), LearnError> {
        Estimate::learn(&mut self.known, observation)
    }
}
