//! One sample: a pair, balances drawn where the decision looks at them, and the decision.

use alloc::vec;
use alloc::vec::Vec;

use super::stars::{Condition, Stars};
use super::{LEAST_ACCEPTED, RateStudy, Stratum};
use crate::id::{ChannelId, NodeId, id_at};
use crate::kernel::pairs::Pairs;
use crate::law::{Interval, Law};
use crate::liquidity::ChannelGraph;
use crate::max_flow::lazy::{Goal, Lazy, Source};
use crate::random::Random;
use crate::solve::{Meter, SolveError};

/// The stream of all samples; a change here changes every seeded rate.
const RATES: u64 = 0x72_61_74_65;

/// Streams of one sample.
const PAIR: u64 = 0;
const STATE: u64 = 1;
const SENDER: u64 = 2;
const RECEIVER: u64 = 3;

/// Tries of a rejection: at the least admitted share none is accepted with a probability of e^-64.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
const TRIES: u64 = 64 * LEAST_ACCEPTED as u64;

/// Satoshi as the engine counts them; admitted amounts are below [`Sat::SUPPLY`](crate::Sat::SUPPLY).
fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

/// The balances of one sample, in satoshi, drawn once each.
struct State<'s> {
    channel_of: &'s [u32],
    graph: &'s ChannelGraph,
    law: Option<&'s dyn Law>,
    random: Random,
    /// The sample in which a channel was last shown to the decision, and in which its balance was last set.
    shown: Vec<u32>,
    set: Vec<u32>,
    balance: Vec<u64>,
    sample: u32,
}

impl Source<i64> for State<'_> {
    #[inline]
    fn reveal(&mut self, pairs: &Pairs, node: usize, capacity: &mut [i64], residual: &mut [i64]) {
        for arc in pairs.out(node) {
            let channel = self.channel_of[arc] as usize;
            if self.shown[channel] == self.sample {
                continue;
            }
            self.shown[channel] = self.sample;
            let whole = self.graph.channel(id_at(channel)).capacity().0;
            let balance = self.balance(channel, whole);
            let other = whole - balance;
            let forward = pairs.forward(channel);
            let mate = pairs.mate(forward);
            for (arc, amount) in [(forward, balance), (mate, other)] {
                capacity[arc] = signed(amount);
                residual[arc] = signed(amount);
            }
        }
    }
}

impl State<'_> {
    fn next(&mut self, random: Random) {
        self.random = random;
        if self.sample == u32::MAX {
            self.shown.fill(0);
            self.set.fill(0);
            self.sample = 0;
        }
        self.sample += 1;
    }

    /// Party a's balance.
    fn balance(&self, channel: usize, capacity: u64) -> u64 {
        if self.set[channel] == self.sample {
            return self.balance[channel];
        }
        match self.law {
            None => self.random.below(channel as u64, capacity + 1),
            Some(law) => law.quantile(capacity, Interval::up_to(capacity), self.random.unit(channel as u64)),
        }
    }

    /// Sets what a channel lets pass out of a node, or into it.
    fn let_pass(&mut self, channel: ChannelId, node: NodeId, out: bool, amount: u64) {
        let ends = self.graph.channel(channel);
        let own = (ends.a() == node) == out;
        let i = channel.index();
        self.balance[i] = if own { amount } else { ends.capacity().0 - amount };
        self.set[i] = self.sample;
    }
}

/// Decides samples of one amount and stratum.
pub(super) struct Sampler<'s> {
    study: &'s RateStudy<'s>,
    stars: &'s Stars,
    stratum: Stratum,
    random: Random,
    state: State<'s>,
    lazy: Lazy<i64>,
    lacks: Vec<u64>,
}

impl<'s> Sampler<'s> {
    pub(super) fn new(study: &'s RateStudy<'s>, stars: &'s Stars, amount: u64, stratum: Stratum) -> Self {
        let channels = study.graph.channel_count();
        let random = Random::new(study.seed).stream(RATES).stream(2 * amount + stratum as u64);
        let pairs = &study.pairs;
        let mut lazy = Lazy::default();
        lazy.load(pairs, (0..pairs.arc_count()).map(|_| 0));
        let state = State {
            channel_of: &study.channel_of,
            graph: study.graph,
            law: study.law,
            random,
            shown: vec![0; channels],
            set: vec![0; channels],
            balance: vec![0; channels],
            sample: 0,
        };
        Self { study, stars, stratum, random, state, lazy, lacks: Vec::new() }
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
        let found = self.lazy.run_from(&mut self.state, &self.study.pairs, terminals, wanted, meter)?;
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
        let how = self.stars.condition[node];
        let width = |channel: &ChannelId| graph.channel(*channel).capacity().0;
        match how {
            Condition::None => return,
            Condition::Inversion => return self.invert(random, node, out),
            Condition::Box | Condition::Simplex => {}
        }
        let slack = channels.iter().map(width).sum::<u64>().saturating_sub(self.stars.amount);
        for i in 0..TRIES {
            let random = random.stream(i);
            let accepted = if how == Condition::Box {
                draw_box(&mut self.lacks, random, channels.iter().map(width), slack)
            } else {
                draw_simplex(&mut self.lacks, random, channels.len() as u64, slack)
                    && self.lacks.iter().zip(channels).all(|(&lack, channel)| lack <= width(channel))
            };
            if accepted {
                for (&channel, &lack) in channels.iter().zip(&self.lacks) {
                    self.state.let_pass(channel, node, out, width(&channel) - lack);
                }
                return;
            }
        }
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
        self.state.let_pass(channel, ends.a(), true, balance);
    }
}

/// The position whose share of a row holds a number of `[0, 1)` of it; `None` if the row is empty.
fn position(until: &[f64], u: f64) -> Option<usize> {
    let &total = until.last().filter(|&&total| total > 0.0)?;
    let at = u * total;
    let found = until.partition_point(|&end| end <= at);
    // Rounding may reach the end of the row: then the last share that is not empty.
    Some(if found < until.len() { found } else { until.partition_point(|&end| end < total) })
}

/// Uniform on a box cut to the slack; whether the sum is within it.
fn draw_box(lacks: &mut Vec<u64>, random: Random, widths: impl Iterator<Item = u64>, slack: u64) -> bool {
    lacks.clear();
    lacks.extend((0..).zip(widths).map(|(i, width)| random.below(i, width.min(slack) + 1)));
    lacks.iter().sum::<u64>() <= slack
}

/// Uniform on the points with sum at most the slack: gaps between `count` different numbers of `0..slack + count`.
/// False if two numbers came out alike.
fn draw_simplex(lacks: &mut Vec<u64>, random: Random, count: u64, slack: u64) -> bool {
    lacks.clear();
    lacks.extend((0..count).map(|i| random.below(i, slack + count)));
    lacks.sort_unstable();
    if lacks.windows(2).any(|pair| pair[0] == pair[1]) {
        return false;
    }
    let mut before = 0;
    for lack in lacks.iter_mut() {
        let at = *lack;
        *lack = at - before;
        before = at + 1;
    }
    true
}
