//! The models of deployed routers, for comparison: the same questions and observations as [`Knowledge`].
//!
//! | model | of | bounds | probability | time |
//! |---|---|---|---|---|
//! | [`Ldk`] | LDK, `routing/scoring.rs` | per channel | linear, or 1/256 + 9 (x - 1/2)^8; history in 32 x 32 buckets | half-life |
//! | [`Lnd`] | LND, `probability_bimodal.go` | per ordered pair of nodes | two exponentials and 1/c, mean with the node's other results | e^(-t/T) |
//! | [`Eclair`] | eclair, `BalanceEstimate.scala` | per ordered pair of nodes | linear pieces | bounds fade into 1 - a/c |
//! | [`Renepay`] | Core Lightning, `plugins/renepay` | per channel | uniform, times 0.98 | linear |
//! | [`Askrene`] | Core Lightning, `plugins/askrene` | per channel | (high - a) / (high - low) | cut-off |
//!
//! They are facts about those programs, each evaluated in its own way here and without their fixed-point roundings. What
//! a model does not listen to (a failure at an unknown hop, mostly) it passes over.

mod cln;
mod eclair;
mod ldk;
mod lnd;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt::Debug;

pub use cln::{Askrene, Renepay};
pub use eclair::Eclair;
pub use ldk::Ldk;
pub use lnd::Lnd;

use super::{Hop, Knowledge, LearnError, Observation};
use crate::amount::Msat;
use crate::id::{ChannelId, NodeId};
use crate::law::Uniform;
use crate::liquidity::{ChannelGraph, Direction};

/// What every model of balances answers: how likely a channel carries an amount, after what was seen.
///
/// ```
/// use feasible::knowledge::compat::{Eclair, Estimate, Ldk, Renepay};
/// use feasible::knowledge::{Hop, Knowledge, Observation};
/// use feasible::law::Uniform;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (alice, bob) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(alice, bob, Sat(1)))?;
/// let graph = b.build();
/// let models: [Box<dyn Estimate>; 4] = [
///     Box::new(Knowledge::new(&graph, Uniform)),
///     Box::new(Ldk::new(&graph)),
///     Box::new(Eclair::new(&graph)),
///     Box::new(Renepay::new(&graph)),
/// ];
/// for mut model in models {
///     let hops = vec![Hop::new(channel, Direction::AToB, Msat(500))];
///     model.learn(&Observation::Failed { hops, at: 0 })?;
///     assert!(model.ln_probability(channel, Direction::AToB, Msat(500)) == f64::NEG_INFINITY);
///     assert!(model.ln_probability(channel, Direction::AToB, Msat(1)) > -0.1);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Estimate: Debug {
    /// ln P(a direction carries one more amount), as the model sees it.
    fn ln_probability(&self, channel: ChannelId, direction: Direction, amount: Msat) -> f64;

    /// Learns what was seen.
    ///
    /// # Errors
    ///
    /// As [`Knowledge::learn`], with nothing changed.
    fn learn(&mut self, observation: &Observation) -> Result<(), LearnError>;
}

impl Estimate for Knowledge {
    fn ln_probability(&self, channel: ChannelId, direction: Direction, amount: Msat) -> f64 {
        Self::ln_probability(self, channel, direction, amount)
    }

    fn learn(&mut self, observation: &Observation) -> Result<(), LearnError> {
        Self::learn(self, observation.clone()).map(drop)
    }
}

/// Ends, capacities, amounts in flight and time, for models that keep bounds of their own.
#[derive(Clone, Debug)]
struct Base {
    ends: Vec<[NodeId; 2]>,
    flights: Knowledge,
}

impl Base {
    fn new(graph: &ChannelGraph) -> Self {
        let ends = graph.channels().map(|id| [graph.channel(id).a(), graph.channel(id).b()]).collect();
        Self { ends, flights: Knowledge::new(graph, Uniform) }
    }

    /// Admits an observation and counts what it puts in flight.
    fn learn(&mut self, observation: &Observation) -> Result<(), LearnError> {
        self.flights.learn(observation.clone())?;
        self.flights.forget_log();
        Ok(())
    }

    /// The ordered pair of nodes of a direction.
    fn pair(&self, channel: ChannelId, direction: Direction) -> (NodeId, NodeId) {
        let [a, b] = self.ends[channel.index()];
        match direction {
            Direction::AToB => (a, b),
            Direction::BToA => (b, a),
        }
    }

    /// The largest capacity of the channels of a pair, by pair, in both orders.
    fn capacities(&self) -> BTreeMap<(NodeId, NodeId), u64> {
        let mut largest = BTreeMap::new();
        for (index, _) in self.ends.iter().enumerate() {
            let channel = crate::id::id_at(index);
            let capacity = self.flights.capacity(channel).0;
            for direction in Direction::BOTH {
                let most: &mut u64 = largest.entry(self.pair(channel, direction)).or_default();
                *most = capacity.max(*most);
            }
        }
        largest
    }
}

/// What a model hears of one hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// It forwarded, or would have.
    Able,
    Lacked,
    /// The amount has changed hands.
    Settled,
}

/// Hop by hop what an observation says; unknown failures, locks and releases say nothing here.
fn heard(observation: &Observation) -> impl Iterator<Item = (Hop, Heard)> + '_ {
    let (hops, last) = match observation {
        Observation::Forwarded { hops } => (&**hops, Heard::Able),
        Observation::Failed { hops, at } => (&hops[..=*at], Heard::Lacked),
        Observation::Settled { hops } => (&**hops, Heard::Settled),
        _ => (&[][..], Heard::Able),
    };
    let end = hops.len();
    (1..).zip(hops).map(move |(place, &hop)| {
        let before = last == Heard::Lacked && place < end;
        (hop, if before { Heard::Able } else { last })
    })
}
