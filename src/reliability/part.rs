//! One piece of a question: division into boxes, and samples of what stays open.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::blocks::Block;
use super::boxes::{Boxes, Piece, Proven};
use super::cut::{COARSE, Crossing, Cut, CutLaw};
use super::family::{better, infeasible, slices};
use super::outcome::{Chance, Known, Tally};
use super::pool::Pool;
use super::probable::most_probable;
use super::sampler::{Open, ROUND, Sampler, searcher};
use super::ways::all_fail;
use crate::max_flow::lazy::End;
use crate::num::float;
use crate::random::Random;
use crate::solve::{Meter, SolveError};

/// Flows before the first look at samples.
const FIRST: u64 = 16;
/// Pieces of at most so many channels are divided to the end if [`Wanted::exact_flows`] suffice.
pub(super) const SMALL: usize = 64;
/// What is less likely than this need not be known to the relative precision.
const FLOOR: f64 = 1e-9;
/// Samples that take as long as a flow.
const SAMPLES_PER_FLOW: f64 = 60.0;
/// How often the cuts that boxes are conditioned on are chosen anew.
const CHANGES: u32 = 3;
/// Samples that are worth no further thought.
const CHEAP: f64 = 16_384.0;

/// What is wanted of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Half the width of the interval, as a share of the smaller of P and 1 - P.
    pub(super) relative: f64,
    pub(super) error: f64,
    pub(super) flows: u64,
    pub(super) exact_flows: u64,
    /// Whether large pieces are divided by their most probable flow first, too.
    pub(super) probable: bool,
}

/// A piece, ready to be sampled.
#[derive(Clone, Debug)]
pub(super) struct Part<'n, 'l> {
    piece: Piece<'n, 'l>,
    pub(super) known: Known,
    pub(super) flows: u64,
    /// ln P of the most probable flow that is known, and what no flow's ln P is above.
    pub(super) best_flow: [f64; 2],
    /// If something is open.
    sampler: Option<Sampler<'n, 'l>>,
}

impl<'n, 'l> Part<'n, 'l> {
    /// What is exact at once: a bundle of parallel channels. Otherwise everything is open.
    pub(super) fn new(piece: Piece<'n, 'l>) -> Self {
        let star = piece.star(End::Source);
        let mut known = Known::open();
        let mut best_flow = [f64::NEG_INFINITY, 0.0];
        let (now, star) = (piece.intervals(), Cut::whole(star));
        let law = CutLaw::new(&star, &piece.block.wires, &now, piece.amount, 0);
        if law.exact && star.sum.len() == piece.block.wires.len() {
            known = Known {
                feasible: law.tails.at_least,
                infeasible: law.tails.below,
                open: 0.0,
                ..Known::default()
            };
            if star.sum.len() == 1 {
                best_flow = [libm::log(law.tails.at_least); 2];
            }
        }
        Self { piece, known, flows: 0, best_flow, sampler: None }
    }

    /// Divides and looks at samples until sampling promises to be cheap. `others` is the chance of the other pieces. On an
    /// error the bounds are those that were reached.
    pub(super) fn prepare(
        &mut self,
        wanted: Wanted,
        others: Chance,
        random: Random,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let mut boxes = Boxes::new(self.piece, self.piece.stars().to_vec());
        let begun = self.begin(&mut boxes, wanted, meter);
        let done = begun.and_then(|()| self.divide(&mut boxes, (wanted, others), random, meter));
        if done.is_err() {
            self.read(&boxes);
        }
        if boxes.cells.is_empty() {
            self.sampler = None;
        }
        self.known.pilot = core::mem::take(&mut self.known.tally);
        if let Some(sampler) = &mut self.sampler {
            sampler.settle(random.stream(u64::MAX), self.known.pilot);
        }
        done
    }

    /// Divides by the most probable flow first, if the piece is small or if that is asked for; else into slices where the
    /// terminals share channels.
    fn begin(
        &mut self,
        boxes: &mut Boxes<'n, 'l>,
        wanted: Wanted,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let small = self.piece.block.wires.len() <= SMALL;
        if wanted.probable || small {
            let found = most_probable(&self.piece, meter)?;
            self.best_flow[1] = found.as_ref().map_or(f64::NEG_INFINITY, |found| found.bound);
            if let Some(found) = found.filter(|found| !found.flows.is_empty() && wanted.flows > 0) {
                boxes.divide_by(&found.flows);
                return Ok(());
            }
        }
        let slices = if small { Vec::new() } else { slices(&self.piece) };
        if slices.len() > 1 {
            boxes.slice(slices);
        }
        Ok(())
    }

    /// The most probable flow of what is exact without one.
    pub(super) fn flow_of_exact(&mut self, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        if self.known.feasible > 0.0 && self.best_flow[0] == f64::NEG_INFINITY {
            if let Some(found) = most_probable(&self.piece, meter)? {
                self.best_flow = [found.ln, found.bound];
            }
        }
        Ok(())
    }

    fn divide(
        &mut self,
        boxes: &mut Boxes<'n, 'l>,
        (wanted, others): (Wanted, Chance),
        random: Random,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let exact = if self.piece.block.wires.len() <= SMALL { wanted.exact_flows } else { 0 };
        let (mut until, mut before, mut stage, mut changes) = (FIRST, f64::INFINITY, 0, 0);
        loop {
            while boxes.flows < until.max(exact).min(wanted.flows) && boxes.divide(meter)? {}
            self.read(boxes);
            if boxes.cells.is_empty() || (stage == 0 && self.surely(wanted, meter)?) {
                return Ok(());
            }
            // What is sampled is what is open now, also if it seems that no sample will be needed.
            self.aim(
                Arc::new(Open::new(boxes.cells.iter().cloned(), self.piece.block.wires.len())),
                random.stream(stage),
            );
            if wanted.tolerance(&self.known, others) >= 0.5 * self.known.open {
                return Ok(());
            }
            self.look(meter)?;
            stage += 1;
            let needed = wanted.needed(&self.known, others);
            let flows = float(boxes.flows);
            if needed <= CHEAP.max(SAMPLES_PER_FLOW * flows) {
                return Ok(());
            }
            if changes < CHANGES && self.change(boxes) {
                changes += 1;
                continue;
            }
            if boxes.flows >= wanted.flows || needed > 0.8 * before && boxes.flows >= 4 * FIRST {
                return Ok(());
            }
            before = needed;
            until = boxes.flows * 2;
        }
    }

    /// Conditions the open boxes on cuts that samples have shown, if those say much more; whether they do.
    fn change(&self, boxes: &mut Boxes<'n, 'l>) -> bool {
        let Known { open, tally: Tally { samples, feasible, .. }, .. } = self.known;
        let pooled = self.sampler.iter().flat_map(|sampler| sampler.pool.cuts()).map(|(cut, _)| cut);
        let fails = infeasible(open, samples, feasible);
        let family = better(&self.piece, boxes.family(), pooled, fails);
        let changes = family.is_some();
        family.into_iter().for_each(|family| boxes.regard(family));
        changes
    }

    /// Whether paths without a common channel prove that failure is less likely than anything asked for.
    fn surely(&mut self, wanted: Wanted, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let Known { infeasible, .. } = self.known;
        if infeasible >= FLOOR {
            return Ok(false);
        }
        let most = all_fail(&self.piece, &mut searcher(self.piece.block), meter)?;
        let sure = 0.5 * most <= wanted.relative * FLOOR;
        if sure {
            let open = (most - infeasible).max(0.0);
            self.known = Known { feasible: 1.0 - most, infeasible, open, ..Known::default() };
        }
        Ok(sure)
    }

    /// Takes over what the boxes prove, without samples.
    fn read(&mut self, boxes: &Boxes<'_, '_>) {
        let Proven { feasible, infeasible, open } = boxes.proven();
        self.known = Known { feasible, infeasible, open, ..Known::default() };
        (self.flows, self.best_flow[0]) = (boxes.flows, boxes.best_flow);
    }

    /// Samples these boxes from now on.
    fn aim(&mut self, open: Arc<Open>, random: Random) {
        let piece = self.piece;
        match &mut self.sampler {
            Some(sampler) => sampler.restart(open, random),
            none => *none = Some(Sampler::new(piece, open, Pool::new(piece.block.wires.len()), random)),
        }
    }

    /// One round of samples, from which the pool learns.
    fn look(&mut self, meter: &mut Meter<'_, '_>) -> Result<(), SolveError> {
        if let Some(sampler) = &mut self.sampler {
            self.known.tally = self.known.tally.merged(sampler.run(0..ROUND, meter)?);
        }
        Ok(())
    }

    /// Decides the samples of a range of numbers, with the memory at hand.
    pub(super) fn advance(
        &mut self,
        numbers: Range<u64>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Tally, SolveError> {
        self.sampler.as_mut().map_or(Ok(Tally::default()), |sampler| sampler.run(numbers, meter))
    }

    /// Decides the samples of a range of numbers.
    pub(super) fn sample(&self, numbers: Range<u64>, meter: &mut Meter<'_, '_>) -> Result<Tally, SolveError> {
        self.sampler.clone().map_or(Ok(Tally::default()), |mut sampler| sampler.run(numbers, meter))
    }

    /// The cuts that are known, with the probability that they fail.
    pub(super) fn cuts(&self) -> Vec<(Vec<Crossing>, f64)> {
        let Block { wires, .. } = self.piece.block;
        let now = self.piece.intervals();
        let pooled = self.sampler.iter().flat_map(|sampler| sampler.pool.cuts()).map(|(cut, _)| cut);
        let mut cuts = alloc::vec![self.piece.star(End::Source), self.piece.star(End::Sink)];
        cuts.extend(pooled);
        cuts.sort_unstable();
        cuts.dedup();
        let cuts = cuts.into_iter().map(Cut::whole);
        cuts.map(|cut| {
            let fails = CutLaw::new(&cut, wires, &now, self.piece.amount, COARSE).tails.below;
            (cut.sum, fails)
        })
        .collect()
    }

    pub(super) fn block(&self) -> &'n Block<'l> {
        self.piece.block
    }
}

impl Wanted {
    /// Half the width that the interval of a piece may have.
    pub(super) fn tolerance(&self, known: &Known, others: Chance) -> f64 {
        let smaller = known.estimate().and(others).smaller().max(FLOOR);
        self.relative * smaller / others.feasible.max(f64::MIN_POSITIVE)
    }

    /// About how many samples make the interval narrow enough.
    pub(super) fn needed(&self, known: &Known, others: Chance) -> f64 {
        let Tally { samples, feasible, .. } = known.tally;
        let share = (float(feasible) + 0.5) / (float(samples) + 1.0);
        let reach = known.open / self.tolerance(known, others).max(f64::MIN_POSITIVE);
        // ln of the mixture grows by half the ln of the number over that of the pilot.
        let mut needed = float(ROUND);
        for _ in 0..3 {
            needed = 2.0
                * (0.5 * libm::log1p(needed.min(1e18) / float(ROUND)) - libm::log(self.error))
                * share
                * (1.0 - share)
                * reach
                * reach;
            needed = needed.max(1.0);
        }
        needed
    }
}
