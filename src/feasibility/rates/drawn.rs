//! One sample: a pair, balances drawn where the decision looks at them, and the decision.

use alloc::vec::Vec;

use super::layout::Layout;
use super::stars::{Condition, Stars};
use super::{RateStudy, Stratum};
use crate::feasibility::drawn::{Balances, Drawn};
use crate::id::{ChannelId, NodeId, id_at};
use crate::law::conditional::TRIES;
use crate::law::{Interval, Law};
use crate::liquidity::ChannelGraph;
use crate::max_flow::lazy::{Goal, Lazy};
use crate::random::Random;
use crate::solve::{Meter, SolveError};

/// The stream of all samples; a change here changes every seeded rate.
const RATES: u64 = 0x72_61_74_65;

/// Streams of one sample.
const PAIR: u64 = 0;
const STATE: u64 = 1;
const SENDER: u64 = 2;
const RECEIVER: u64 = 3;

/// Satoshi as the engine counts them; admitted amounts are below [`Sat::SUPPLY`](crate::Sat::SUPPLY).
pub(super) fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

/// Balances in satoshi.
struct InSatoshi<'s> {
    graph: &'s ChannelGraph,
    layout: &'s Layout,
    law: Option<&'s dyn Law>,
}

impl Balances for InSatoshi<'_> {
    #[inline]
    fn draw(&self, edge: usize, random: Random) -> u64 {
        let id = self.layout.channel(edge);
        if let Some(pool) = self.graph.pool_of(id) {
            return self.graph.pool(pool).draw_one(random, id);
        }
        let (channel, capacity) = (id.index() as u64, self.layout.capacity[edge]);
        match self.law {
            None => random.below(channel, capacity + 1),
            Some(law) => law.quantile(capacity, Interval::up_to(capacity), random.unit(channel)),
        }
    }

    #[inline]
    fn sides(&self, edge: usize, balance: u64) -> [i64; 2] {
        self.layout.sides(edge, balance)
    }
}

/// Decides samples of one amount and stratum.
pub(super) struct Sampler<'s> {
    study: &'s RateStudy<'s>,
    stars: &'s Stars,
    stratum: Stratum,
    random: Random,
    state: Drawn<'s, InSatoshi<'s>>,
    lazy: Lazy<i64>,
    widths: Vec<u64>,
    lacks: Vec<u64>,
}

impl<'s> Sampler<'s> {
    pub(super) fn new(study: &'s RateStudy<'s>, stars: &'s Stars, amount: u64, stratum: Stratum) -> Self {
        let channels = study.graph.channel_count();
        let random = Random::new(study.seed).stream(RATES).stream(2 * amount + stratum as u64);
        let pairs = &study.layout.pairs;
        let mut lazy = Lazy::default();
        lazy.load(pairs, (0..pairs.arc_count()).map(|_| 0));
        let balances = InSatoshi { graph: study.graph, layout: &study.layout, law: study.law };
        let state = Drawn::new(balances, &study.layout.edge_of, channels);
        Self { study, stars, stratum, random, state, lazy, widths: Vec::new(), lacks: Vec::new() }
    }

    /// Whether the payment of a sample is feasible, or `None` if there are no pairs to draw from.
    pub(super) fn decide(&mut self, number: u64) -> Result<Option<bool>, SolveError> {
        let random = self.random.stream(number);
        self.state.next(random.stream(STATE));
        let amount = self.stars.amount;
        let terminals = match self.stratum {
            Stratum::Apart => self.pair_apart(random.stream(PAIR)),
            Stratum::Joined => self.pair_joined(random.stream(PAIR)),
        };
        let Some((from, to)) = terminals else { return Ok(None) };
        if self.stratum == Stratum::Apart {
            self.condition(random.stream(SENDER), from, true);
            self.condition(random.stream(RECEIVER), to, false);
        }
        let wanted = (signed(amount), Goal::Decide);
        let terminals = (from.index(), to.index());
        let meter = &mut Meter::new(None, None);
        let found =
            self.lazy.run_from(&mut self.state, &self.study.layout.pairs, terminals, wanted, meter)?;
        Ok(Some(found.exhausted.is_none()))
    }

    fn pair_apart(&self, random: Random) -> Option<(NodeId, NodeId)> {
        let demand = &self.study.demand;
        if self.stars.mean <= 0.0 {
            return None;
        }
        let [out, into] = &self.stars.until;
        for i in 0..TRIES {
            let from: NodeId = id_at(position(out, random.unit(2 * i))?);
            let to: NodeId = id_at(position(into, random.unit(2 * i + 1))?);
            if from != to && demand.neighbours(from).binary_search(&to).is_err() {
                return Some((from, to));
            }
        }
        None
    }

    fn pair_joined(&self, random: Random) -> Option<(NodeId, NodeId)> {
        let demand = &self.study.demand;
        Some(demand.joined(position(&demand.joined_until, random.unit(0))?))
    }

    /// Draws the channels of a terminal on condition that the amount passes.
    fn condition(&mut self, random: Random, node: NodeId, out: bool) {
        let graph = self.study.graph;
        let channels = graph.channels_of(node);
        let how = match self.stars.condition[node] {
            Condition::None => return,
            Condition::Inversion => return self.invert(random, node, out),
            Condition::Uniform(how) => how,
        };
        self.widths.clear();
        self.widths.extend(channels.iter().map(|&channel| graph.channel(channel).capacity().0));
        if how.draw(random, &self.widths, &mut self.lacks) {
            for (i, &channel) in channels.iter().enumerate() {
                self.let_pass(channel, node, out, self.widths[i] - self.lacks[i]);
            }
        }
    }

    /// Sets what a channel lets pass out of a node, or into it.
    fn let_pass(&mut self, channel: ChannelId, node: NodeId, out: bool, amount: u64) {
        let ends = self.study.graph.channel(channel);
        let own = (ends.a() == node) == out;
        let edge = self.study.layout.edge(channel);
        self.state.set(edge, if own { amount } else { ends.capacity().0 - amount });
    }

    /// The only channel of a terminal, under a law.
    fn invert(&mut self, random: Random, node: NodeId, out: bool) {
        let (Some(&channel), Some(law)) = (self.study.graph.channels_of(node).first(), self.study.law) else {
            return;
        };
        let ends = self.study.graph.channel(channel);
        let capacity = ends.capacity().0;
        let rising = (ends.a() == node) == out;
        let range = if rising {
            Interval::new(self.stars.amount, capacity)
        } else {
            capacity.checked_sub(self.stars.amount).map(Interval::up_to)
        };
        let Some(range) = range else { return };
        let balance = law.quantile(capacity, range, random.unit(0));
        self.state.set(self.study.layout.edge(channel), balance);
    }
}

/// The position whose share of a row holds a number of `[0, 1)` of it; `None` if the row is empty.
pub(super) fn position(until: &[f64], u: f64) -> Option<usize> {
    let &total = until.last().filter(|&&total| total > 0.0)?;
    let at = u * total;
    let found = until.partition_point(|&end| end <= at);
    // Rounding may reach the end of the row: then the last share that is not empty.
    Some(if found < until.len() { found } else { until.partition_point(|&end| end < total) })
}
