//! Dinic's algorithm: blocking flows on level graphs, stopping at an amount.
//!
//! Each phase labels nodes with their distance from the source (breadth first, stopping at the sink's
//! level) and then saturates all shortest paths by depth-first search with current arcs. Invariant: a
//! phase raises the residual distance from source to sink. O(n² m) in general, O(m √m) with unit
//! capacities; in practice a few phases on shallow graphs. No recursion: the path is an explicit stack.
//! Reference: Dinic, "Algorithm for solution of a problem of maximum flow in networks with power
//! estimation", Soviet Math. Doklady 11 (1970).

use alloc::vec::Vec;

use num_traits::Zero;

use crate::kernel::Room;
use crate::kernel::pairs::Pairs;
use crate::solve::{Meter, SolveError};

/// Scratch memory, reused from call to call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    level: Vec<u32>,
    current: Vec<u32>,
    queue: Vec<u32>,
    path: Vec<u32>,
}

const UNREACHED: u32 = u32::MAX;

/// Pushes up to `target` from `source` to `sink`; `residual` becomes the residual capacities.
///
/// Returns what was pushed. If that is less than `target`, [`Scratch::reached`] is the source side of a
/// minimum cut, the smallest one. A unit of work is one arc looked at.
#[allow(clippy::cast_possible_truncation)] // positions fit in u32 by the layout
pub(crate) fn run<R: Room>(
    pairs: &Pairs,
    residual: &mut [R],
    source: usize,
    sink: usize,
    target: R::Sum,
    scratch: &mut Scratch,
    meter: &mut Meter<'_, '_>,
) -> Result<R::Sum, SolveError> {
    let mut pushed = R::Sum::zero();
    while pushed < target && scratch.label(pairs, residual, source, sink, meter)? {
        scratch.current.clear();
        scratch.current.extend((0..pairs.node_count()).map(|node| pairs.out(node).start as u32));
        pushed += scratch.block(pairs, residual, source, sink, target - pushed, meter)?;
    }
    Ok(pushed)
}

#[allow(clippy::cast_possible_truncation)] // positions fit in u32 by the layout
impl Scratch {
    /// Whether the last labelling, which did not reach the sink, reached this node.
    pub(crate) fn reached(&self, node: usize) -> bool {
        self.level[node] != UNREACHED
    }

    fn label<R: Room>(
        &mut self,
        pairs: &Pairs,
        residual: &[R],
        source: usize,
        sink: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<bool, SolveError> {
        self.level.clear();
        self.level.resize(pairs.node_count(), UNREACHED);
        self.queue.clear();
        self.level[source] = 0;
        self.queue.push(source as u32);
        let mut next = 0;
        while let Some(&node) = self.queue.get(next) {
            next += 1;
            let node = node as usize;
            let arcs = pairs.out(node);
            meter.tick(arcs.len() as u64 + 1)?;
            for arc in arcs {
                let head = pairs.head(arc);
                if residual[arc].is_open() && self.level[head] == UNREACHED {
                    self.level[head] = self.level[node] + 1;
                    if head == sink {
                        return Ok(true);
                    }
                    self.queue.push(head as u32);
                }
            }
        }
        Ok(false)
    }

    /// Saturates every shortest path, or stops at `limit`.
    fn block<R: Room>(
        &mut self,
        pairs: &Pairs,
        residual: &mut [R],
        source: usize,
        sink: usize,
        limit: R::Sum,
        meter: &mut Meter<'_, '_>,
    ) -> Result<R::Sum, SolveError> {
        let mut pushed = R::Sum::zero();
        self.path.clear();
        let mut node = source;
        while pushed < limit {
            if node == sink {
                let amount = self.bottleneck(residual).min(limit - pushed);
                let cut = self.push(pairs, residual, amount);
                meter.tick(self.path.len() as u64)?;
                pushed += amount;
                // Go on from the tail of the first saturated arc.
                node = pairs.head(pairs.mate(self.path[cut] as usize));
                self.path.truncate(cut);
                continue;
            }
            if let Some(arc) = self.admissible(pairs, residual, node, meter)? {
                self.path.push(arc as u32);
                node = pairs.head(arc);
            } else if let Some(arc) = self.path.pop() {
                node = pairs.head(pairs.mate(arc as usize));
                self.current[node] += 1;
            } else {
                break;
            }
        }
        Ok(pushed)
    }

    /// The next arc from a node to the level below with residual capacity.
    fn admissible<R: Room>(
        &mut self,
        pairs: &Pairs,
        residual: &[R],
        node: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<usize>, SolveError> {
        let begin = self.current[node] as usize;
        let end = pairs.out(node).end;
        let next = self.level[node] + 1;
        let found = (begin..end).find(|&arc| residual[arc].is_open() && self.level[pairs.head(arc)] == next);
        let stop = found.unwrap_or(end);
        self.current[node] = stop as u32;
        meter.tick((stop - begin) as u64 + 1)?;
        Ok(found)
    }

    fn bottleneck<R: Room>(&self, residual: &[R]) -> R::Sum {
        self.path.iter().map(|&arc| residual[arc as usize].get()).min().unwrap_or_else(R::Sum::zero)
    }

    /// Pushes along the path and returns the position of its first saturated arc, 0 if there is none.
    fn push<R: Room>(&mut self, pairs: &Pairs, residual: &mut [R], amount: R::Sum) -> usize {
        let mut first = None;
        for (i, &arc) in self.path.iter().enumerate() {
            let arc = arc as usize;
            residual[arc].take(amount);
            residual[pairs.mate(arc)].give(amount);
            if !residual[arc].is_open() && first.is_none() {
                first = Some(i);
            }
        }
        first.unwrap_or(0)
    }
}
