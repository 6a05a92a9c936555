//! Whole curves: P(feasible) over all amounts, in one run.
//!
//! A sample is a state; its largest amount S says for every a at once whether a is feasible. With m >= a the event
//! that both stars of the terminals let a pass, whose probability is known,
//!
//! ```text
//!   R(a) = P(m >= a) P(S >= a | m >= a),
//! ```
//!
//! and only the second factor, near 1 for most pairs, is estimated, from the samples in which m >= a. Blocks that
//! are bundles of channels are exact; small questions are answered exactly, amount by amount.

use alloc::vec::Vec;

use super::blocks::Stage;
use super::boxes::{Piece, most};
use super::cut::{COARSE, CutLaw, all_pass};
use super::estimator::{Estimator, unless_stopped};
use super::network::UncertainNetwork;
use super::outcome::{Known, Odds};
use super::part::{Part, SMALL};
use super::sampler::{ROUND, searcher, states};
use crate::id::NodeId;
use crate::max_flow::lazy::Goal;
use crate::num::float;
use crate::random::Random;
use crate::solve::{Meter, SolveError, Watcher, admit_terminals};

/// Curves have at most about so many points.
const POINTS: u64 = 256;
/// The stream of the states of curves.
const CURVES: u64 = 0x63_75_72_76;

/// What the samples of one piece say about every amount.
struct Stretch<'n, 'l> {
    piece: Piece<'n, 'l>,
    known: Vec<Known>,
    /// The stars, if something is open.
    laws: Vec<[CutLaw; 2]>,
}

impl Estimator {
    /// The survival curve: R(a) from a = 0 to the first amount that is impossible, all amounts if they are few, else
    /// about 256 of them at equal ratios.
    ///
    /// Large questions are sampled once for all amounts, until every interval is narrower than twice
    /// [`Estimator::relative`] (here of 1), or the most samples are used up.
    ///
    /// # Errors
    ///
    /// As [`Estimator::solve`].
    ///
    /// ```
    /// use feasible::NodeId;
    /// use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};
    /// let n = |i| NodeId::new(i).unwrap();
    /// let network = UncertainNetwork::new(2, [UncertainChannel::new(n(0), n(1), 3)])?;
    /// let curve = Estimator::new().survival(&network, n(0), n(1))?;
    /// let p: Vec<f64> = curve.iter().map(|point| point.estimate).collect();
    /// assert_eq!(p, [1.0, 0.75, 0.5, 0.25, 0.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn survival(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
    ) -> Result<Vec<Odds>, SolveError> {
        self.curve(network, (from, to), &mut Meter::new(self.work_limit, None), false)
    }

    /// As [`Estimator::survival`]; the watcher is called every so often and may end it.
    ///
    /// # Errors
    ///
    /// As [`Estimator::survival`], and [`SolveError::Cancelled`].
    pub fn survival_watched(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
        mut watcher: Watcher<'_>,
    ) -> Result<Vec<Odds>, SolveError> {
        self.curve(network, (from, to), &mut Meter::new(self.work_limit, Some(&mut watcher)), false)
    }

    /// As [`Estimator::survival_watched`], but where the watcher or the work limit ends it, the curve is what is known by
    /// then: intervals hold, and amounts that nothing is known of have 0 to 1.
    ///
    /// # Errors
    ///
    /// [`SolveError::UnknownNode`], [`SolveError::SameTerminals`], and if not even the largest amount was found.
    pub fn survival_anytime(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
        mut watcher: Watcher<'_>,
    ) -> Result<Vec<Odds>, SolveError> {
        self.curve(network, (from, to), &mut Meter::new(self.work_limit, Some(&mut watcher)), true)
    }

    fn curve(
        &self,
        network: &UncertainNetwork<'_>,
        (from, to): (NodeId, NodeId),
        meter: &mut Meter<'_, '_>,
        anytime: bool,
    ) -> Result<Vec<Odds>, SolveError> {
        admit_terminals(network.node_count(), from, to)?;
        let amounts = amounts(most(network, from, to, meter)?);
        let chain = network.blocks.chain(from.index(), to.index()).unwrap_or_default();
        let blocks = &network.blocks.blocks;
        if chain.iter().all(|stage| blocks[stage.block].wires.len() <= SMALL) {
            let solve = |&amount| {
                let solve = if anytime { Self::so_far } else { Self::run };
                Ok(Odds::from(&solve(self, network, (from, to), amount, meter)?))
            };
            return amounts.iter().map(solve).collect();
        }
        let mut stretches: Vec<Stretch<'_, '_>> = chain
            .into_iter()
            .map(|Stage { block, terminals }| {
                Stretch::new(Piece { block: &blocks[block], terminals, amount: 0 }, &amounts)
            })
            .collect();
        let wanted = self.wanted(stretches.iter().filter(|stretch| !stretch.laws.is_empty()).count());
        let random = Random::new(self.seed).stream(CURVES);
        for (stretch, stream) in stretches.iter_mut().zip(0..) {
            let done = stretch.run(&amounts, (self, wanted.error), random.stream(stream), meter);
            if anytime { unless_stopped(done)? } else { done? }
        }
        let odds = |(j, &amount): (usize, &u64)| {
            let known: Vec<Known> = stretches.iter().map(|stretch| stretch.known[j]).collect();
            Odds::of(amount, &known, wanted.error)
        };
        Ok(amounts.iter().enumerate().map(odds).collect())
    }
}

impl<'n, 'l> Stretch<'n, 'l> {
    fn new(piece: Piece<'n, 'l>, amounts: &[u64]) -> Self {
        let now = piece.intervals();
        let (mut known, mut laws) = (Vec::new(), Vec::new());
        for &amount in amounts {
            let piece = Piece { amount, ..piece };
            let exact = Part::new(piece).known;
            let stars = piece.star_laws(&now, COARSE);
            let [open, fail] = all_pass(stars.iter());
            known.push(if exact.is_exact() {
                exact
            } else {
                Known { infeasible: fail, open, ..Known::default() }
            });
            laws.push(stars);
        }
        if let Some(first) = known.first_mut().filter(|_| amounts.first() == Some(&0)) {
            *first = Known { feasible: 1.0, ..Known::default() };
        }
        if known.iter().all(Known::is_exact) {
            laws.clear();
        }
        Self { piece, known, laws }
    }

    fn run(
        &mut self,
        amounts: &[u64],
        (options, error): (&Estimator, f64),
        random: Random,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let (Some(&last), false) = (amounts.last(), self.laws.is_empty()) else { return Ok(()) };
        let Piece { block, terminals, .. } = self.piece;
        let (mut state, mut lazy) = (states(block), searcher(block));
        let target = Piece { amount: last, ..self.piece }.target();
        let mut number = 0;
        while number < options.samples {
            for _ in 0..ROUND {
                state.next(random.stream(number));
                number += 1;
                meter.tick(1)?;
                let found =
                    lazy.run_from(&mut state, &block.pairs, terminals, (target, Goal::Most), meter)?;
                let reached = found.flow.unsigned_abs();
                for ((known, laws), &amount) in self.known.iter_mut().zip(&self.laws).zip(amounts) {
                    let holds = |law: &CutLaw| law.holds(&block.wires, |channel| state.balance(channel));
                    if known.open > 0.0 && (reached >= amount || laws.iter().all(holds)) {
                        known.tally.samples += 1;
                        known.tally.feasible += u64::from(reached >= amount);
                    }
                }
            }
            let wide = |known: &Known| {
                let [low, high] = known.interval(error);
                high.feasible - low.feasible > 2.0 * options.relative
            };
            if !self.known.iter().any(wide) {
                break;
            }
        }
        Ok(())
    }
}

/// 0 to `most` + 1.
fn amounts(most: u64) -> Vec<u64> {
    let end = most.saturating_add(1);
    if end <= POINTS {
        return (0..=end).collect();
    }
    let mut list = alloc::vec![0, 1];
    let ratio = libm::exp(libm::log(float(end)) / float(POINTS));
    while let Some(&last) = list.last().filter(|&&last| last < end) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        let next = (float(last) * ratio) as u64;
        list.push(next.max(last + 1).min(end));
    }
    list
}
