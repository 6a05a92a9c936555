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

/// Nodes that are served at a time: what they read for one step is still at hand for the next.
const BLOCK: usize = 4096;

impl<R: Room> Run<'_, '_, '_, '_, R> {
    /// Both steps, the second one block behind the first.
    pub(super) fn near(&mut self, ends: (usize, usize)) -> Result<(), SolveError> {
        let nodes = self.pairs.node_count();
        let (mut looks, mut finds) = (0, TRIAL);
        let mut before = 0..0;
        for begin in (0..nodes).step_by(BLOCK) {
            let block = begin..nodes.min(begin + BLOCK);
            self.meet(block.clone())?;
            self.relay(core::mem::replace(&mut before, block), ends, (&mut looks, &mut finds))?;
        }
        self.relay(before, ends, (&mut looks, &mut finds))
    }

    /// Sends excess over single arcs to deficits, in the order of the nodes: in pictures and dense graphs
    /// that is most of the flow, and it needs no tree.
    fn meet(&mut self, nodes: Range<usize>) -> Result<(), SolveError> {
        let zero = R::Sum::zero();
        let Self { pairs, residual, excess, meter, .. } = self;
        for node in nodes {
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
    fn relay(
        &mut self,
        nodes: Range<usize>,
        (source, sink): (usize, usize),
        (looks, finds): (&mut usize, &mut usize),
    ) -> Result<(), SolveError> {
        let zero = R::Sum::zero();
        let Self { pairs, residual, excess, meter, .. } = self;
        'nodes: for node in nodes {
            if excess[node] != zero || node == source || node == sink {
                continue;
            }
            let arcs = pairs.out(node);
            *looks += arcs.len();
            if *looks > RARE * *finds {
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
                    *finds += 1;
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
