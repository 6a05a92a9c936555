//! Samples of the open boxes of a piece, decided exactly.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::blocks::Block;
use super::boxes::{Cell, Piece};
use super::cut::Crossing;
use super::outcome::Tally;
use super::pool::Pool;
use super::wire::Wire;
use crate::feasibility::drawn::{Balances, Drawn};
use crate::law::Interval;
use crate::max_flow::lazy::{Goal, Lazy};
use crate::num::float;
use crate::random::Random;
use crate::solve::{Meter, SolveError};

/// Samples of a round: one from every stratum of the open mass. Decisions to stop are made between rounds.
pub(super) const ROUND: u64 = 1024;

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
}

impl Open {
    /// The order is part of the seeded result.
    pub(super) fn new(cells: impl Iterator<Item = Cell>) -> Self {
        let mut list: Vec<Cell> = cells.collect();
        list.sort_by(|one, other| other.cmp(one));
        let mut sum = 0.0;
        let until = list.iter().map(|cell| {
            sum += cell.open;
            sum
        });
        let until = until.collect();
        Self { cells: list, until }
    }

    pub(super) fn mass(&self) -> f64 {
        self.until.last().copied().unwrap_or(0.0)
    }

    /// The box at a share of the mass.
    fn at(&self, share: f64) -> usize {
        let wanted = share * self.mass();
        self.until.partition_point(|&end| end <= wanted).min(self.until.len().saturating_sub(1))
    }
}

/// Balances of a box.
#[derive(Clone, Debug)]
pub(super) struct InBox<'n, 'l> {
    wires: &'n [Wire<'l>],
    now: Vec<Interval>,
}

impl Balances for InBox<'_, '_> {
    #[inline]
    fn draw(&self, channel: usize, random: Random) -> u64 {
        self.wires[channel].draw(self.now[channel], channel as u64, random)
    }

    #[inline]
    #[allow(clippy::cast_possible_wrap)] // amounts are below 2^62
    fn sides(&self, channel: usize, balance: u64) -> [i64; 2] {
        [true, false].map(|forward| self.wires[channel].passes(forward, balance) as i64)
    }
}

/// States of a block of which nothing is fixed.
pub(super) fn states<'n, 'l>(block: &'n Block<'l>) -> Drawn<'n, InBox<'n, 'l>> {
    let now = block.wires.iter().map(|wire| wire.within).collect();
    Drawn::new(InBox { wires: &block.wires, now }, &block.channel_of, block.wires.len())
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
    open: Arc<Open>,
    random: Random,
    state: Drawn<'n, InBox<'n, 'l>>,
    /// The box whose intervals are in `state`.
    current: Option<usize>,
    lazy: Lazy<i64>,
    pub(super) pool: Pool,
    learning: bool,
    lacks: Vec<u64>,
}

impl<'n, 'l> Sampler<'n, 'l> {
    pub(super) fn new(piece: Piece<'n, 'l>, open: Arc<Open>, pool: Pool, random: Random) -> Self {
        let (state, lazy) = (states(piece.block), searcher(piece.block));
        let (current, lacks) = (None, Vec::new());
        Self { piece, open, random, state, current, lazy, pool, learning: true, lacks }
    }

    /// Goes on with other boxes and other numbers.
    pub(super) fn restart(&mut self, open: Arc<Open>, random: Random) {
        self.leave();
        (self.open, self.random, self.learning) = (open, random, true);
    }

    /// Stops learning: from now on the pool is the same for all samples.
    pub(super) fn settle(&mut self, random: Random, tally: Tally) {
        self.random = random;
        self.learning = false;
        self.pool.settle(2 * tally.feasible < tally.samples);
    }

    fn leave(&mut self) {
        let InBox { wires, now } = &mut self.state.balances;
        if let Some(old) = self.current.take() {
            for &(channel, _) in &self.open.cells[old].over {
                now[channel as usize] = wires[channel as usize].within;
            }
        }
    }

    fn enter(&mut self, cell: usize) {
        if self.current == Some(cell) {
            return;
        }
        self.leave();
        self.current = Some(cell);
        let now = &mut self.state.balances.now;
        for &(channel, within) in &self.open.cells[cell].over {
            now[channel as usize] = within;
        }
    }

    /// Draws a sample: the box and the channels of its cuts now, the others where they are looked at.
    fn draw(&mut self, number: u64) {
        let random = self.random.stream(number);
        let share = (float(number % ROUND) + random.unit(BOX)) / float(ROUND);
        let cell = self.open.at(share);
        self.enter(cell);
        let Self { state, lacks, open, .. } = self;
        state.next(random.stream(STATE));
        for (law, stream) in open.cells[cell].laws.iter().zip(CUTS..) {
            // Cuts of a family share no channel: what one sets, the next does not change.
            let mut drawn: [(usize, u64); 16] = [(0, 0); 16];
            let mut count = 0;
            let InBox { wires, now } = &state.balances;
            law.draw(wires, now, random.stream(stream), lacks, |channel, balance| {
                if let Some(slot) = drawn.get_mut(count) {
                    *slot = (channel, balance);
                    count += 1;
                }
            });
            for &(channel, balance) in &drawn[..count] {
                state.set(channel, balance);
            }
        }
    }

    /// Decides one sample and counts it.
    pub(super) fn decide(
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

    /// Takes the flow apart into paths.
    fn learn_paths(&mut self) {
        let Piece { block, terminals: (source, sink), .. } = self.piece;
        let mut left: alloc::collections::BTreeMap<usize, i64> = alloc::collections::BTreeMap::new();
        for &(arc, flow) in self.lazy.flows() {
            let arc = if flow > 0 { arc as usize } else { block.pairs.mate(arc as usize) };
            left.insert(arc, flow.abs());
        }
        for _ in 0..left.len() {
            let (mut node, mut path) = (source, Vec::new());
            // A flow may hold cycles; a walk longer than its arcs is one.
            while node != sink && path.len() <= left.len() {
                let Some(arc) = block.pairs.out(node).find(|arc| left.contains_key(arc)) else { return };
                path.push(arc);
                node = block.pairs.head(arc);
            }
            if node != sink {
                return;
            }
            let least = path.iter().filter_map(|arc| left.get(arc)).min().copied().unwrap_or(0);
            for arc in &path {
                if let Some(amount) = left.get_mut(arc) {
                    *amount -= least;
                    if *amount <= 0 {
                        left.remove(arc);
                    }
                }
            }
            let steps = path
                .iter()
                .map(|&arc| Crossing { channel: block.channel_of[arc], forward: block.is_forward(arc) });
            self.pool.learn_path(&steps.collect::<Vec<_>>());
        }
    }
}
