//! Samples of the open boxes of a piece, decided exactly.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::blocks::Block;
use super::boxes::{Cell, Piece};
use super::cut::Crossing;
use super::outcome::Tally;
use super::pool::Pool;
use super::ways::ways;
use super::wire::Wire;
use crate::feasibility::drawn::{Balances, Drawn};
use crate::law::Interval;
use crate::max_flow::lazy::{Goal, Lazy};
use crate::num::float;
use crate::random::Random;
use crate::solve::{Meter, SolveError};

/// Samples of a round: one from every stratum of the open mass. Decisions to stop are made between rounds.
pub(super) const ROUND: u64 = 1024;
/// Samples that are decided together, sorted by stratum.
pub(super) const TOGETHER: u64 = 16 * ROUND;

/// Streams of one sample: the box, the state, and from there on one per cut of the family.
const BOX: u64 = 0;
const STATE: u64 = 1;
const CUTS: u64 = 2;

/// The open boxes, in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    cells: Vec<Cell>,
    /// Ends of their masses.
    until: Vec<f64>,
    /// The box in which each stratum begins, and the last box.
    first: Vec<usize>,
    /// Channels whose interval differs from that of the question in some box.
    touched: Vec<bool>,
}

impl Open {
    /// The order is part of the seeded result.
    pub(super) fn new(cells: impl Iterator<Item = Cell>, channels: usize) -> Self {
        let mut list: Vec<Cell> = cells.collect();
        list.sort_by(|one, other| other.cmp(one));
        let mut sum = 0.0;
        let until = list.iter().map(|cell| {
            sum += cell.open;
            sum
        });
        let until: Vec<f64> = until.collect();
        let last = list.len().saturating_sub(1);
        let begin = |stratum| {
            let wanted = float(stratum) / float(ROUND) * sum_of(&until);
            until.partition_point(|&end| end <= wanted).min(last)
        };
        let first = (0..ROUND).map(begin).chain([last]).collect();
        let mut touched = alloc::vec![false; channels];
        for &(channel, _) in list.iter().flat_map(|cell| &cell.over) {
            touched[channel as usize] = true;
        }
        Self { cells: list, until, first, touched }
    }

    /// The interval of a channel in a box, if it is not that of the question.
    #[inline]
    fn over(&self, cell: usize, channel: usize) -> Option<Interval> {
        if !self.touched.get(channel).is_some_and(|&touched| touched) {
            return None;
        }
        let over = &self.cells.get(cell)?.over;
        let at = over.binary_search_by_key(&channel, |&(other, _)| other as usize).ok()?;
        Some(over[at].1)
    }

    /// The box at a place in a stratum, a number in `[0, 1)`.
    fn at(&self, stratum: u64, place: f64) -> usize {
        let wanted = (float(stratum) + place) / float(ROUND) * sum_of(&self.until);
        #[allow(clippy::cast_possible_truncation)] // below 1024
        let at = stratum as usize;
        let (low, high) = (self.first[at], self.first[at + 1]);
        low + self.until[low..high].partition_point(|&end| end <= wanted)
    }
}

fn sum_of(until: &[f64]) -> f64 {
    until.last().copied().unwrap_or(0.0)
}

/// Balances of a box.
#[derive(Clone, Debug)]
pub(super) struct InBox<'n, 'l> {
    wires: &'n [Wire<'l>],
    open: Arc<Open>,
    cell: usize,
}

impl Balances for InBox<'_, '_> {
    #[inline]
    fn draw(&self, channel: usize, random: Random) -> u64 {
        let wire = &self.wires[channel];
        wire.draw(self.open.over(self.cell, channel).unwrap_or(wire.within), channel as u64, random)
    }

    #[inline]
    #[allow(clippy::cast_possible_wrap)] // amounts are below 2^62
    fn sides(&self, channel: usize, balance: u64) -> [i64; 2] {
        [true, false].map(|forward| self.wires[channel].passes(forward, balance) as i64)
    }
}

/// States of a block of which nothing is fixed.
pub(super) fn states<'n, 'l>(block: &'n Block<'l>) -> Drawn<'n, InBox<'n, 'l>> {
    let balances = InBox { wires: &block.wires, open: Arc::new(Open::default()), cell: 0 };
    Drawn::new(balances, &block.channel_of, block.wires.len())
}

/// A lazy search whose capacities are drawn.
pub(super) fn searcher(block: &Block<'_>) -> Lazy<i64> {
    let mut lazy = Lazy::default();
    lazy.load(&block.pairs, (0..block.pairs.arc_count()).map(|_| 0));
    lazy
}

/// Decides samples.
#[derive(Clone, Debug)]
pub(super) struct Sampler<'n, 'l> {
    piece: Piece<'n, 'l>,
    random: Random,
    state: Drawn<'n, InBox<'n, 'l>>,
    lazy: Lazy<i64>,
    pub(super) pool: Pool,
    learning: bool,
    lacks: Vec<u64>,
}

impl<'n, 'l> Sampler<'n, 'l> {
    pub(super) fn new(piece: Piece<'n, 'l>, open: Arc<Open>, pool: Pool, random: Random) -> Self {
        let (mut state, lazy) = (states(piece.block), searcher(piece.block));
        state.balances.open = open;
        Self { piece, random, state, lazy, pool, learning: true, lacks: Vec::new() }
    }

    /// Goes on with other boxes and other numbers.
    pub(super) fn restart(&mut self, open: Arc<Open>, random: Random) {
        (self.state.balances.open, self.random, self.learning) = (open, random, true);
    }

    /// Stops learning: from now on the pool is the same for all samples.
    pub(super) fn settle(&mut self, random: Random, tally: Tally) {
        self.random = random;
        self.learning = false;
        self.pool.settle(2 * tally.feasible < tally.samples);
    }

    /// Draws a sample: the box and the channels of its cuts now, the others where they are looked at.
    fn draw(&mut self, number: u64) {
        let random = self.random.stream(number);
        let Self { state, lacks, .. } = self;
        state.balances.cell = state.balances.open.at(number % ROUND, random.unit(BOX));
        state.next(random.stream(STATE));
        let laws = state.balances.open.cells[state.balances.cell].laws.len();
        for (at, stream) in (0..laws).zip(CUTS..) {
            // Cuts of a family share no channel: what one sets, the next does not change.
            let (InBox { wires, open, cell }, set) = state.setting();
            open.cells[*cell].laws[at].draw(wires, random.stream(stream), lacks, set);
        }
    }

    /// Decides the samples of a range of numbers. Each is a function of its number; those of one stratum follow each
    /// other, because they are likely to lie in one box.
    pub(super) fn run(
        &mut self,
        numbers: Range<u64>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Tally, SolveError> {
        let mut tally = Tally::default();
        let mut from = numbers.start;
        while from < numbers.end {
            let end = (from - from % ROUND).saturating_add(TOGETHER).min(numbers.end);
            for stratum in 0..ROUND {
                let mut number = from.saturating_add((stratum + ROUND - from % ROUND) % ROUND);
                while number < end {
                    self.decide(number, &mut tally, meter)?;
                    number = number.saturating_add(ROUND);
                }
            }
            from = end;
        }
        Ok(tally)
    }

    /// Decides one sample and counts it.
    fn decide(
        &mut self,
        number: u64,
        tally: &mut Tally,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        self.draw(number);
        self.pool.next();
        let state = &self.state;
        meter.tick(1)?;
        let decided =
            self.pool.decide(self.piece.amount, &self.piece.block.wires, |channel| state.balance(channel));
        tally.samples += 1;
        let feasible = match decided {
            Some(true) => {
                tally.by_paths += 1;
                true
            }
            Some(false) => {
                tally.by_cuts += 1;
                false
            }
            None => self.search(meter)?,
        };
        tally.feasible += u64::from(feasible);
        Ok(())
    }

    /// Decides the drawn state by a lazy flow.
    fn search(&mut self, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let Piece { block, terminals, .. } = self.piece;
        let wanted = (self.piece.target(), Goal::Decide);
        let found = self.lazy.run_from(&mut self.state, &block.pairs, terminals, wanted, meter)?;
        if self.learning {
            match found.exhausted {
                Some(end) => {
                    let lazy = &self.lazy;
                    let cut = self.piece.crossing(end, lazy.nodes(end), |node| lazy.visited(node, end));
                    self.pool.learn_cut(&cut);
                }
                None => self.learn_paths(),
            }
        }
        Ok(found.exhausted.is_none())
    }

    fn learn_paths(&mut self) {
        let Piece { block, terminals, .. } = self.piece;
        for path in ways(block, terminals, self.lazy.flows()) {
            let step =
                |&arc: &usize| Crossing { channel: block.channel_of[arc], forward: block.is_forward(arc) };
            self.pool.learn_path(&path.iter().map(step).collect::<Vec<_>>());
        }
    }
}
