//! Flow over one arc and over two, before any tree is planted.

use core::ops::Range;

use num_traits::Zero;

use super::Run;
use crate::kernel::Room;
use crate::kernel::pairs::Pairs;
use crate::solve::SolveError;

/// Relays end after so many arcs for every path found ...
const RARE: usize = 32;
/// ... and so many paths on credit.
const TRIAL: usize = 256;

impl<R: Room> Run<'_, '_, '_, '_, R> {
    /// Sends excess over single arcs to deficits, in the order of the nodes: in pictures and dense graphs
    /// that is most of the flow, and it needs no tree.
    pub(super) fn meet(&mut self) -> Result<(), SolveError> {
        let zero = R::Sum::zero();
        let Self { pairs, residual, excess, meter, .. } = self;
        for node in 0..pairs.node_count() {
            let mut left = excess[node];
            if left <= zero {
                continue;
            }
            let arcs = pairs.out(node);
            meter.tick(arcs.len() as u64)?;
            for (arc, &[head, mate]) in arcs.clone().zip(&pairs.records()[arcs]) {
                let wanted = -excess[head as usize];
                let room = residual[arc].get();
                if wanted > zero && room > zero {
                    let amount = left.min(room).min(wanted);
                    residual[arc] = R::of(room - amount);
                    residual[mate as usize].give(amount);
                    excess[head as usize] += amount;
                    left -= amount;
                    if left == zero {
                        break;
                    }
                }
            }
            excess[node] = left;
        }
        Ok(())
    }

    /// Sends excess over two arcs to deficits, by the balanced node between them: two thirds of what is left in
    /// pictures. Ends where that is rare.
    pub(super) fn relay(&mut self, (source, sink): (usize, usize)) -> Result<(), SolveError> {
        let zero = R::Sum::zero();
        let Self { pairs, residual, excess, meter, .. } = self;
        let (mut looks, mut finds) = (0, TRIAL);
        'nodes: for node in 0..pairs.node_count() {
            if excess[node] != zero || node == source || node == sink {
                continue;
            }
            let arcs = pairs.out(node);
            looks += arcs.len();
            if looks > RARE * finds {
                break;
            }
            meter.tick(2 * arcs.len() as u64 + 1)?;
            let mut ways = arcs.clone();
            let Some(mut way) = wanting(pairs, residual, excess, &mut ways) else {
                continue;
            };
            for (arc, &[from, mate]) in arcs.clone().zip(&pairs.records()[arcs]) {
                let (from, mate) = (from as usize, mate as usize);
                let mut left = excess[from].min(residual[mate].get());
                while left > zero {
                    let (to, back) = (pairs.head(way), pairs.mate(way));
                    let wanted = residual[way].get().min(-excess[to]);
                    let amount = left.min(wanted);
                    residual[mate].take(amount);
                    residual[arc].give(amount);
                    residual[way].take(amount);
                    residual[back].give(amount);
                    excess[from] -= amount;
                    excess[to] += amount;
                    left -= amount;
                    finds += 1;
                    if amount == wanted {
                        let Some(next) = wanting(pairs, residual, excess, &mut ways) else {
                            continue 'nodes;
                        };
                        way = next;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The next open arc to a deficit.
#[inline]
fn wanting<R: Room>(
    pairs: &Pairs,
    residual: &[R],
    excess: &[R::Sum],
    ways: &mut Range<usize>,
) -> Option<usize> {
    ways.find(|&way| excess[pairs.head(way)] < R::Sum::zero() && residual[way].is_open())
}
