//! Pricing: block search in stripes, near records first.
//!
//! The records are cut into parts of one length. A block is a stripe through all parts, so that it sees arcs
//! from all over the network (Kovács' arc mixing).
//!
//! In dense networks most arcs are too dear ever to be used. There the cheapest sixteen per node or so, the
//! *near* ones, come first in the layout, and until none of them qualifies pricing sees no others: shorter blocks,
//! and fewer pivots. Between one source and one sink they are the cheapest three per node, if those cost a quarter
//! of the median at most.
//!
//! In the layout of a dense network with many terminals tails lie *scattered*, and a block is a little longer and not a
//! stripe: all arcs of some nodes from all over the network.
//!
//! *Hasty* pricing takes the best of a few consecutive records, which as a rule share their tail. Between one
//! source and one sink it takes hardly more pivots, unless ways are long and arcs few.

use super::Simplex;
use super::arcs::Record;
use crate::kernel::Int;
use crate::min_cost_flow::view::NONE;
use crate::solve::{Meter, SolveError};

/// How blocks are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Manner {
    /// Stripes.
    #[default]
    Striped,
    /// Consecutive records, of scattered tails.
    Scattered,
    /// Few consecutive records.
    Hasty,
}

/// The shape of the stripes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pricing {
    /// Records of a part.
    length: usize,
    /// Records of a part in one block.
    run: usize,
    /// Where the next block begins in every part.
    cursor: usize,
    /// Records that are priced: the first so many.
    records: usize,
    manner: Manner,
    /// Whether records come in pairs, one each way.
    paired: bool,
}

/// The parts that a stripe goes through at least, and the records of each that it has at least if there are more.
const LEAST_PARTS: usize = 3;
const LEAST_RUN: usize = 12;

impl Pricing {
    /// Stripes through the first so many records.
    pub(super) fn new(records: usize, nodes: usize, manner: Manner, paired: bool) -> Self {
        let root = records.isqrt();
        // Pairs take little more to price than a record.
        let block = if paired { root * 8 / 5 } else { root * 6 / 5 };
        // Runs of a few records are more loop than pricing.
        let striped = (records / nodes.max(1)).min(block / LEAST_RUN).clamp(LEAST_PARTS, 8);
        let (block, parts) = match manner {
            Manner::Striped => (block, striped),
            Manner::Scattered => (root * 3 / 2, 1),
            Manner::Hasty => (root / 16, 1),
        };
        // Pairs stay together.
        let grain = if paired { 2 } else { 1 };
        let length = records.div_ceil(parts).next_multiple_of(grain).max(1);
        let run = block.max(10).div_ceil(parts).next_multiple_of(grain);
        Self { length, run, cursor: 0, records, manner, paired }
    }

    /// Begins anew with the first so many records.
    pub(super) fn rewind(&mut self, records: usize, nodes: usize) {
        *self = Self::new(records, nodes, self.manner, self.paired);
    }
}

impl<T: Int> Simplex<T> {
    /// The position and reduced cost of the most violating record of the first block that has any; near
    /// records first.
    pub(super) fn price(&mut self, meter: &mut Meter<'_, '_>) -> Result<Option<(usize, T)>, SolveError> {
        if let Some(found) = self.price_first(meter)? {
            return Ok(Some(found));
        }
        if self.pricing.records < self.arcs.records.len() {
            self.pricing.rewind(self.arcs.records.len(), self.nodes.len());
            return self.price_first(meter);
        }
        Ok(None)
    }

    /// The same among the records that are priced now.
    fn price_first(&mut self, meter: &mut Meter<'_, '_>) -> Result<Option<(usize, T)>, SolveError> {
        let Pricing { length, run, records, paired, .. } = self.pricing;
        let records = &self.arcs.records[..records];
        let mut scanned = 0;
        while scanned < records.len() {
            let offset = self.pricing.cursor;
            let mut best = (T::zero(), NONE as usize);
            let before = scanned;
            for part in (0..records.len()).step_by(length) {
                let end = (part + length).min(records.len()).min(part + offset + run);
                let begin = (part + offset).min(end);
                best = if paired {
                    least_of_pairs(&records[..end], begin, &self.potential, best)
                } else {
                    least(&records[..end], begin, &self.potential, best)
                };
                scanned += end - begin;
            }
            meter.tick((scanned - before) as u64)?;
            self.pricing.cursor = if offset + run < length { offset + run } else { 0 };
            if best.0 < T::zero() {
                return Ok(Some((best.1, best.0)));
            }
        }
        Ok(None)
    }
}

/// The most violating record from a position on and its reduced cost, or the best one so far.
fn least<T: Int>(records: &[Record<T>], begin: usize, potential: &[T], mut best: (T, usize)) -> (T, usize) {
    for (i, record) in records[begin..].iter().enumerate() {
        let reduced = record.cost + potential[record.from as usize] - potential[record.to as usize];
        if reduced < best.0 {
            best = (reduced, begin + i);
        }
    }
    best
}

/// The same where records come in pairs, one each way.
fn least_of_pairs<T: Int>(
    records: &[Record<T>],
    begin: usize,
    potential: &[T],
    mut best: (T, usize),
) -> (T, usize) {
    for (i, pair) in records[begin..].chunks_exact(2).enumerate() {
        let gap = potential[pair[0].from as usize] - potential[pair[0].to as usize];
        let (up, down) = (pair[0].cost + gap, pair[1].cost - gap);
        let reduced = up.min(down);
        if reduced < best.0 {
            best = (reduced, begin + 2 * i + usize::from(down < up));
        }
    }
    best
}
