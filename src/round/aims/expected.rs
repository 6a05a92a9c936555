//! The largest expected weight when what fixed channels hold is uncertain.
//!
//! **Sample average.** Of each uncertain channel the balance has a law. n drawn scenarios with one copy of each demand
//! make a round R1 whose objective is n times the average over the scenarios; its optimum, averaged, is on average no
//! less than the largest expectation (each draw chooses with hindsight). So
//!
//! * from *below*: a plan is judged by scenarios that it has not seen, with an interval for the mean of values in
//!   \[0, W\] that holds for any law (empirical Bernstein: Maurer and Pontil, COLT 2009);
//! * from *above*: bounds of independent rounds are averaged, with Student's interval over the rounds (Mak, Morton and
//!   Wood, Operations Research Letters 24, 1999), which is as good as their bounds are near normal.
//!
//! Everything is a function of seed and counts: scenario i of a stream is drawn from (seed, stream, i) alone.

use alloc::vec::Vec;

use crate::amount::Sat;
use crate::id::ChannelId;
use crate::kernel::statistics::student;
use crate::law::{Interval, Law};
use crate::random::Random;
use crate::round::builder::RoundBuilder;
use crate::round::error::RoundError;
use crate::round::instance::Round;
use crate::round::model::Model;
use crate::round::plan::{Changes, Touch};
use crate::round::planner::{Plan, RoundPlanner};
use crate::round::state::Oracle;
use crate::solve::Watcher;

use super::AimError;

/// A round in which the balances of some channels are not known, but their laws.
#[derive(Clone, Copy, Debug)]
pub struct Uncertain<'a> {
    /// The round; its demands are asked in drawn scenarios, whatever scenarios it has itself.
    pub round: &'a Round,
    /// Of each uncertain channel the law of u's balance in satoshi, and where it is known to lie. Channels that the
    /// round may touch are known to it.
    pub laws: &'a [(ChannelId, Interval, &'a dyn Law)],
}

/// How much to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draws {
    /// Scenarios of a planned round, at least 1.
    pub scenarios: u32,
    /// Rounds that are planned, at least 2: the best plan is kept, all their bounds count.
    pub rounds: u32,
    /// Fresh scenarios that choose among the plans, and as many again that judge the chosen one; at least 2.
    pub samples: u32,
    /// The seed.
    pub seed: u64,
}

impl Default for Draws {
    /// 4 rounds of 8 scenarios, 2,000 samples, seed 0.
    fn default() -> Self {
        Self { scenarios: 8, rounds: 4, samples: 2_000, seed: 0 }
    }
}

/// The mean weight of the demands that are feasible, estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// The average over the samples.
    pub mean: f64,
    /// The mean is at least this with a confidence of 99 %, whatever the laws.
    pub low: f64,
    /// The mean is at most this with a confidence of 99 %, whatever the laws.
    pub high: f64,
}

/// A plan for uncertain balances.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// What the round does.
    pub changes: Changes,
    /// What the plan is worth.
    pub expectation: Expectation,
    /// What doing nothing is worth, on the same samples.
    pub nothing: Expectation,
    /// The average of the bounds of all rounds planned.
    pub bound: f64,
    /// No plan is worth more in expectation, with a confidence of 99 % (Student's interval over the rounds).
    pub at_most: f64,
}

// Streams of random numbers.
const PLANNED: u64 = 1;
const CHOOSING: u64 = 2;
const JUDGING: u64 = 3;

impl Uncertain<'_> {
    /// The balances of a scenario.
    fn scenario(&self, noise: Random) -> Vec<(ChannelId, Sat)> {
        let draw = |&(channel, within, law): &(ChannelId, Interval, &dyn Law)| {
            let capacity = self.round.channels().get(channel.index()).map_or(0, |c| c.capacity().0);
            let balance = law.quantile(capacity, within, noise.unit(channel.index() as u64));
            (channel, Sat(balance.min(capacity)))
        };
        self.laws.iter().map(draw).collect()
    }

    /// The round with one copy of every demand in each of some drawn scenarios: demand d of scenario i has the id
    /// i x demands + d.
    ///
    /// # Errors
    ///
    /// [`RoundError`], such as [`RoundError::Certain`] for a channel with a law that may be touched.
    pub fn sampled(&self, scenarios: u32, seed: u64) -> Result<Round, RoundError> {
        self.drawn(scenarios, Random::new(seed).stream(PLANNED))
    }

    fn drawn(&self, scenarios: u32, noise: Random) -> Result<Round, RoundError> {
        let mut b = RoundBuilder::from(self.round);
        b.clear_demands();
        for i in 0..u64::from(scenarios.max(1)) {
            let scenario = b.add_scenario(&self.scenario(noise.stream(i)))?;
            for &demand in self.round.demands() {
                b.add_demand_in(scenario, demand)?;
            }
        }
        b.build(self.round.rules().clone())
    }

    /// What some changes are worth in fresh scenarios.
    ///
    /// # Errors
    ///
    /// As [`sampled`](Self::sampled).
    pub fn judge(&self, changes: &Changes, samples: u32, seed: u64) -> Result<Expectation, RoundError> {
        self.estimate(changes, samples, Random::new(seed).stream(JUDGING))
    }

    fn estimate(&self, changes: &Changes, samples: u32, noise: Random) -> Result<Expectation, RoundError> {
        let round = self.drawn(1, noise)?;
        let mut model = Model::new(&round);
        let mut oracle = Oracle::new(&model);
        let liquidity = model.after(changes);
        let world = model.wants.first().map_or(0, |want| want.world);
        let samples = u64::from(samples.max(2));
        let (mut sum, mut squares) = (0.0, 0.0);
        for i in 0..samples {
            let scenario = self.scenario(noise.stream(i));
            let sides = scenario.iter().filter_map(|&(channel, balance)| {
                let (.., x, y) = round.ends(Touch::Existing(channel))?;
                Some((channel, [balance, x.saturating_add(y).saturating_sub(balance)]))
            });
            model.redraw(world, sides);
            let met = |&demand: &usize| oracle.met(&model, &liquidity, demand);
            let worth: u64 =
                (0..model.wants.len()).filter(met).map(|demand| model.wants[demand].weight).sum();
            sum += float(worth);
            squares += float(worth) * float(worth);
        }
        let all: u64 = model.wants.iter().map(|want| want.weight).sum();
        Ok(interval(sum, squares, float(samples), float(all)))
    }
}

/// The interval of Maurer and Pontil for a mean of values between 0 and `most`: both sides together are wrong with a
/// probability of at most 1 %.
fn interval(sum: f64, squares: f64, samples: f64, most: f64) -> Expectation {
    let mean = sum / samples;
    let variance = ((squares - sum * mean) / (samples - 1.0)).max(0.0);
    let doubt = libm::log(2.0 / 0.005);
    let margin = libm::sqrt(2.0 * variance * doubt / samples) + 7.0 * most * doubt / (3.0 * (samples - 1.0));
    Expectation { mean, low: (mean - margin).max(0.0), high: (mean + margin).min(most) }
}

#[allow(clippy::cast_precision_loss)] // weights are below 2^48, counts below 2^33
fn float(value: u64) -> f64 {
    value as f64
}

impl RoundPlanner {
    /// The plan with the largest expected weight of feasible demands that was found, judged by scenarios it has not
    /// seen, with a bound on every plan's expectation. `draws.rounds` rounds with `draws.scenarios` times the demands.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// use feasible::law::{Interval, Law, Uniform};
    /// use feasible::round::{Effort, aims::{Draws, Uncertain}, generate::{Size, lightning}};
    /// use feasible::{Id, RoundPlanner};
    /// let size = Size { nodes: 30, channels: 60, participants: 12, demands: 10, max_touches: 4 };
    /// let round = lightning(size, 1)?;
    /// let law: &dyn Law = &Uniform;
    /// // What only bystanders know.
    /// let laws: Vec<_> = round
    ///     .channels()
    ///     .iter()
    ///     .zip(0..)
    ///     .filter(|(channel, _)| !channel.reshapable)
    ///     .map(|(channel, i)| {
    ///         let id = feasible::ChannelId::from_index(i).unwrap();
    ///         (id, Interval::new(0, channel.capacity().0).unwrap(), law)
    ///     })
    ///     .collect();
    /// let uncertain = Uncertain { round: &round, laws: &laws };
    /// let draws = Draws { scenarios: 4, rounds: 2, samples: 200, seed: 1 };
    /// let planner = RoundPlanner::new().effort(Effort::Quick);
    /// let plan = planner.expected(&uncertain, draws, &mut |_| ControlFlow::Continue(()))?;
    /// assert!(plan.expectation.low <= plan.expectation.mean && plan.expectation.low <= plan.at_most);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AimError::Round`] as [`Uncertain::sampled`], [`AimError::Solve`].
    pub fn expected(
        &self,
        uncertain: &Uncertain<'_>,
        draws: Draws,
        watcher: Watcher<'_>,
    ) -> Result<Expected, AimError> {
        let seed = Random::new(draws.seed);
        let count = draws.rounds.max(2);
        let (mut best, mut known) = (Changes::default(), f64::NEG_INFINITY);
        let mut bounds = Vec::new();
        for i in 0..u64::from(count) {
            let noise = if i == 0 { seed.stream(PLANNED) } else { seed.stream(PLANNED).stream(u64::MAX - i) };
            let round = uncertain.drawn(draws.scenarios, noise)?;
            let plan: Plan = self.run(&round, &best, None, &mut *watcher)?;
            bounds.push(float(plan.bound().value) / f64::from(draws.scenarios.max(1)));
            let worth = uncertain.estimate(plan.changes(), draws.samples, seed.stream(CHOOSING))?.mean;
            if worth > known {
                (best, known) = (plan.changes().clone(), worth);
            }
        }
        let rounds = f64::from(count);
        let bound = bounds.iter().sum::<f64>() / rounds;
        let variance = bounds.iter().map(|b| (b - bound) * (b - bound)).sum::<f64>() / (rounds - 1.0);
        let all = uncertain.round.demands().iter().map(|demand| demand.weight).sum();
        let margin = student(rounds - 1.0) * libm::sqrt(variance / rounds);
        Ok(Expected {
            expectation: uncertain.judge(&best, draws.samples, draws.seed)?,
            nothing: uncertain.judge(&Changes::default(), draws.samples, draws.seed)?,
            changes: best,
            bound,
            at_most: (bound + margin).min(float(all)),
        })
    }
}
