//! Ways: flows taken apart into paths, and what paths without a common channel prove.
//!
//! If k paths share no channel, what each of them carries, Y_i = the least of its channels, is independent of the others, and all
//! of them together are a flow. So
//!
//! ```text
//!   1 - R(a) <= P(Y_1 + ... + Y_k < a),        P(Y_i >= y) = product over its channels of P(channel carries y),
//! ```
//!
//! a convolution, on a grid with amounts rounded down. Between two hubs dozens of such paths push the bound below any precision that
//! is asked for, where a division by flows would have to fail them one after the other.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::blocks::Block;
use super::boxes::Piece;
use crate::kernel::pairs::Pairs;
use crate::law::grid::Grid;
use crate::max_flow::lazy::{Goal, Lazy, Source};
use crate::solve::{Meter, SolveError};

/// Paths that are looked for, and steps of the grid.
const PATHS: i64 = 256;
const CELLS: u64 = 64;
/// What a difference of two probabilities may lose; added, so that the bound stays one.
const LOST: f64 = 1e-15;
/// What every channel of a path must carry, as a divisor of the amount, and how likely, one attempt after the other.
const ABLE: [(u64, f64); 4] = [(1, 0.5), (4, 0.8), (16, 0.8), (16, 0.5)];

/// The paths of a flow, as arcs; what a flow holds of cycles is left out.
pub(super) fn ways(
    block: &Block<'_>,
    (source, sink): (usize, usize),
    flows: &[(u32, i64)],
) -> Vec<Vec<usize>> {
    let mut left: BTreeMap<usize, i64> = BTreeMap::new();
    for &(arc, flow) in flows {
        let arc = if flow > 0 { arc as usize } else { block.pairs.mate(arc as usize) };
        left.insert(arc, flow.abs());
    }
    let mut paths = Vec::new();
    for _ in 0..left.len() {
        let (mut node, mut path) = (source, Vec::new());
        // A walk longer than the arcs that are left is in a cycle.
        while node != sink && path.len() <= left.len() {
            let Some(arc) = block.pairs.out(node).find(|arc| left.contains_key(arc)) else { return paths };
            path.push(arc);
            node = block.pairs.head(arc);
        }
        if node != sink {
            return paths;
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
        paths.push(path);
    }
    paths
}

/// A capacity of one for every direction that is able with a probability, found where the search looks.
struct Able<'p, 'n, 'l> {
    piece: &'p Piece<'n, 'l>,
    amount: u64,
    least: f64,
    seen: Vec<bool>,
}

impl Piece<'_, '_> {
    /// The probability that a direction carries an amount above 0.
    fn chance(&self, channel: usize, forward: bool, amount: u64) -> f64 {
        let wire = &self.block.wires[channel];
        wire.share(wire.between(forward, (amount, u64::MAX), wire.within), wire.within)
    }

    /// The law of what a path carries, in steps of a grid, rounded down.
    fn carries(&self, path: &[usize], grid: Grid) -> Vec<f64> {
        let survival = |steps: u64| {
            let chance = |&arc: &usize| {
                let channel = self.block.channel_of[arc] as usize;
                self.chance(channel, self.block.is_forward(arc), steps * grid.step)
            };
            path.iter().map(chance).product::<f64>()
        };
        let mut before = 1.0;
        let mut law: Vec<f64> = (1..=grid.cells)
            .map(|steps| {
                let next = survival(steps);
                (core::mem::replace(&mut before, next) - next).max(0.0) + LOST
            })
            .collect();
        law.push(before);
        law
    }
}

impl Source<i64> for Able<'_, '_, '_> {
    fn reveal(&mut self, pairs: &Pairs, arc: usize, capacity: &mut [i64], residual: &mut [i64]) {
        let channel = self.piece.block.channel_of[arc] as usize;
        if core::mem::replace(&mut self.seen[channel], true) {
            return;
        }
        let forward = pairs.forward(channel);
        for (arc, way) in [(forward, true), (pairs.mate(forward), false)] {
            let able = self.piece.chance(channel, way, self.amount) >= self.least;
            (capacity[arc], residual[arc]) = (i64::from(able), i64::from(able));
        }
    }
}

/// An upper bound of P(infeasible) from paths without a common channel.
pub(super) fn all_fail(
    piece: &Piece<'_, '_>,
    lazy: &mut Lazy<i64>,
    meter: &mut Meter<'_, '_>,
) -> Result<f64, SolveError> {
    let block = piece.block;
    let grid = Grid::new(piece.amount, CELLS);
    let mut most = 1.0_f64;
    for (parts, least) in ABLE {
        let (amount, seen) = (piece.amount.div_ceil(parts), vec![false; block.wires.len()]);
        let mut able = Able { piece, amount, least, seen };
        lazy.run_from(&mut able, &block.pairs, piece.terminals, (PATHS, Goal::Most), meter)?;
        let paths = ways(block, piece.terminals, lazy.flows());
        let laws: Vec<_> = paths.iter().map(|path| piece.carries(path, grid)).collect();
        if !laws.is_empty() {
            most = most.min(grid.tails(&laws).below * (1.0 + 1e-9));
        }
    }
    Ok(most)
}
