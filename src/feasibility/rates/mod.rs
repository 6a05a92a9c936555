//! How often can it be paid? The share of payments that are infeasible, over random payments and balances.
//!
//! # Problem
//!
//! rho(a) is the probability that a payment of amount a is infeasible, where sender s and receiver t are drawn with
//! probability proportional to d(s) d(t), s != t, and balances are drawn from a law, every channel for itself (the
//! model of *states*). If every infeasible payment costs an on-chain transaction and there are z of them per second,
//! the network as a whole sustains z / rho payments per second.
//!
//! # Method
//!
//! Most payments that fail do so at a terminal: the sender cannot send so much, or the receiver cannot receive it. The
//! probability P(v) that the channels of v let a pass is known exactly (a sum of uniform balances, inclusion
//! and exclusion), and for two nodes without a common channel both events are independent. So, over pairs that are *apart*,
//!
//! ```text
//!   rho = 1 - mean(P(s) P(t)) (1 - f),    f = P(infeasible | both terminals let a pass).
//! ```
//!
//! The mean over all pairs is one product of sums, less the pairs that do not count; only f is sampled: pairs
//! with probability proportional to d(s) P(s) d(t) P(t), the channels of both terminals drawn on condition that a passes,
//! all others drawn where the [decision](crate::feasibility) looks at them. Pairs *joined* by a channel, a few in ten
//! thousand, are a stratum of their own and sampled plainly. A terminal whose sum is not at hand (too many channels, or a
//! law that is not uniform and more than one channel, or a channel of several parties) counts as P = 1: that is exact as well, and f has more to do.
//!
//! Terminals whose conditional draw is accepted too seldom are left unconditioned.
//!
//! # Intervals, shards, threads
//!
//! A sample is a function of (seed, amount, stratum, number). [`RateCounts`] of disjoint ranges of numbers add up to the
//! counts of all of them, whoever computed them in which order; [`RateStudy::estimate`] turns counts into exact binomial
//! intervals (Clopper and Pearson). Source of the method: inclusion and exclusion, Pickhardt's model of states
//! (arXiv 2601.04835) and stratified sampling; nothing is approximated but f.

mod drawn;
mod estimate;
mod layout;
mod stars;
mod wealth;

use alloc::vec::Vec;
use core::ops::Range;

use thiserror::Error;

pub use estimate::{Rate, RateCounts, sustained};
pub use wealth::{WealthCounts, WealthRate, WealthStudy};

use crate::amount::Sat;
use crate::id::{NodeId, NodeMap};
#[cfg(feature = "rayon")]
use crate::kernel::shards;
use crate::law::Law;
use crate::liquidity::ChannelGraph;
use crate::solve::SolveError;
use drawn::Sampler;
use layout::Layout;
use stars::{Demand, Stars};

/// Why rates cannot be asked for.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RateError {
    /// A demand must be finite and not negative, and 0 for the hub of a pool.
    #[error("demand {demand} of {node} is not a finite number of at least 0, or {node} is the hub of a pool")]
    Demand {
        /// The node.
        node: NodeId,
        /// What was given.
        demand: f64,
    },
    /// A demand for every node.
    #[error("{demands} demands for {nodes} nodes")]
    Shape {
        /// How many were given.
        demands: usize,
        /// How many there are.
        nodes: usize,
    },
    /// Nobody pays anybody.
    #[error("no two nodes have a demand")]
    NoPairs,
    /// No wealth can be drawn.
    #[error(transparent)]
    Sample(#[from] super::SampleError),
    /// The engine failed; none is expected.
    #[error(transparent)]
    Solve(#[from] SolveError),
    /// An amount above all the money there is.
    #[error("amount {amount} is above {limit}")]
    Amount {
        /// The amount.
        amount: Sat,
        /// The limit.
        limit: Sat,
    },
}

/// Which pairs a sample is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Stratum {
    /// Sender and receiver share no channel.
    Apart,
    /// They share one.
    Joined,
}

/// What rates are asked about: a graph, who pays whom, how balances are drawn.
///
/// ```
/// use feasible::feasibility::{Rates, Stratum};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::Sat;
/// let mut b = ChannelGraphBuilder::new();
/// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
/// b.add_channel(Channel::new(n[0], n[1], Sat(10)))?;
/// b.add_channel(Channel::new(n[1], n[2], Sat(11)))?;
/// let graph = b.build();
/// let study = Rates::new(&graph).seed(1).study(&[Sat(1)])?;
/// let rate = study.to_precision(0, 0.01)?;
/// // 5/44 over all six ordered pairs and 132 states.
/// assert!(rate.low <= 5.0 / 44.0 && 5.0 / 44.0 <= rate.high && rate.high - rate.low < 0.025);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rates<'g> {
    graph: &'g ChannelGraph,
    demand: NodeMap<f64>,
    law: Option<&'g dyn Law>,
    seed: u64,
}

impl<'g> Rates<'g> {
    /// Uniform ordered pairs of the largest component, balances uniform on the whole satoshi. Policies, reserves and what
    /// is in flight play no part.
    #[must_use]
    pub fn new(graph: &'g ChannelGraph) -> Self {
        let mut demand = NodeMap::filled(graph.node_count(), 0.0);
        for node in graph.components().largest().filter(|&node| graph.hub_of(node).is_none()) {
            demand[node] = 1.0;
        }
        Self { graph, demand, law: None, seed: 0 }
    }

    /// With another seed. Default: 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// With demands d of the nodes: a pair is drawn with probability proportional to d(s) d(t).
    ///
    /// # Errors
    ///
    /// [`RateError::Shape`], [`RateError::Demand`].
    pub fn demand(mut self, demand: NodeMap<f64>) -> Result<Self, RateError> {
        let (demands, nodes) = (demand.len(), self.graph.node_count());
        if demands != nodes {
            return Err(RateError::Shape { demands, nodes });
        }
        let wrong =
            |node, d: f64| !(d.is_finite() && d >= 0.0) || (d > 0.0 && self.graph.hub_of(node).is_some());
        if let Some((node, &demand)) = demand.iter().find(|&(node, &d)| wrong(node, d)) {
            return Err(RateError::Demand { node, demand });
        }
        self.demand = demand;
        Ok(self)
    }

    /// With another law of party a's balance, in satoshi. Default: uniform. Pools are always split uniformly.
    #[must_use]
    pub fn law(mut self, law: &'g dyn Law) -> Self {
        self.law = Some(law);
        self
    }

    /// Prepares some amounts: the exact part of every rate. O(n 2^k) for k channels at a node, k at most 13.
    ///
    /// # Errors
    ///
    /// [`RateError::NoPairs`], [`RateError::Amount`].
    pub fn study(self, amounts: &[Sat]) -> Result<RateStudy<'g>, RateError> {
        admit(amounts)?;
        let demand = Demand::new(self.graph, self.demand).ok_or(RateError::NoPairs)?;
        let of = |&amount| Stars::new(self.graph, self.law, &demand, amount);
        let amounts = amounts.iter().map(of).collect();
        Ok(RateStudy {
            graph: self.graph,
            law: self.law,
            seed: self.seed,
            layout: Layout::new(self.graph),
            demand,
            amounts,
        })
    }
}

/// Whether all amounts can be asked about.
fn admit(amounts: &[Sat]) -> Result<(), RateError> {
    match amounts.iter().find(|&&amount| amount > Sat::SUPPLY) {
        Some(&amount) => Err(RateError::Amount { amount, limit: Sat::SUPPLY }),
        None => Ok(()),
    }
}

/// Rates of some amounts, ready to be sampled. Amounts are named by their position in the list.
#[derive(Clone, Debug)]
pub struct RateStudy<'g> {
    graph: &'g ChannelGraph,
    law: Option<&'g dyn Law>,
    seed: u64,
    layout: Layout,
    demand: Demand,
    amounts: Vec<Stars>,
}

impl RateStudy<'_> {
    /// The number of amounts.
    #[must_use]
    pub fn amount_count(&self) -> usize {
        self.amounts.len()
    }

    /// A lower bound of the rate that is exact and needs no sample: the share of payments that a terminal alone makes
    /// infeasible, among pairs that share no channel. 0 for an amount that does not exist.
    #[must_use]
    pub fn terminals_alone(&self, amount: usize) -> f64 {
        self.amounts.get(amount).map_or(0.0, |stars| self.demand.apart * (1.0 - stars.mean))
    }

    /// Decides the samples of a range of numbers. Any ranges that together cover `0..n` once give, merged, the counts of
    /// `0..n`. Nothing for an amount that does not exist.
    ///
    /// # Errors
    ///
    /// None is expected; [`SolveError`] if the engine fails.
    pub fn sample(
        &self,
        amount: usize,
        stratum: Stratum,
        numbers: Range<u64>,
    ) -> Result<RateCounts, SolveError> {
        let Some(stars) = self.amounts.get(amount) else {
            return Ok(RateCounts::default());
        };
        let mut sampler = Sampler::new(self, stars, amount as u64, stratum);
        let mut counts = RateCounts::default();
        for number in numbers {
            if let Some(feasible) = sampler.decide(number)? {
                counts.add(stratum, feasible);
            }
        }
        Ok(counts)
    }

    /// As [`RateStudy::sample`], on the threads of the current `rayon` pool; the same counts.
    ///
    /// # Errors
    ///
    /// As [`RateStudy::sample`].
    #[cfg(feature = "rayon")]
    pub fn sample_on_threads(
        &self,
        amount: usize,
        stratum: Stratum,
        numbers: Range<u64>,
    ) -> Result<RateCounts, SolveError> {
        let sample = |shard| self.sample(amount, stratum, shard);
        shards::on_threads(numbers, 2048, sample, RateCounts::default, RateCounts::merged)
    }
}
