//! Can a demand be carried? Decided from both of its ends, with capacities worked out only where the search looks.
//!
//! A state or a point of the relaxation gives every arc its capacity, which costs more than most decisions need:
//! what keeps a demand from being carried lies within a few hops of one of its ends as a rule. So nothing is laid out
//! in advance; [`lazy`](crate::max_flow::lazy) asks for the capacities of an edge when it first looks at it. None
//! counts for more than what is asked, so that sums stay in range whatever the rules allow.

use alloc::vec;
use alloc::vec::Vec;

use crate::kernel::pairs::Pairs;
use crate::max_flow::lazy::{End, Goal, Lazy, Source};
use crate::solve::Meter;

/// A layout's decisions, in the same memory from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookout {
    lazy: Lazy<i64>,
    /// The run that looked at an edge last.
    seen: Vec<u32>,
    run: u32,
}

/// What is asked: how much from where to where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) amount: i64,
    /// As much as can be sent, if that is less; else any cut below the amount ends a run.
    pub(super) most: bool,
}

/// The capacities of one run.
struct Capacities<'a, F> {
    edge_of: &'a [u32],
    seen: &'a mut [u32],
    run: u32,
    most: i64,
    of: F,
}

impl<F: FnMut(usize, usize) -> i64> Source<i64> for Capacities<'_, F> {
    #[inline]
    fn reveal(&mut self, pairs: &Pairs, arc: usize, capacity: &mut [i64], residual: &mut [i64]) {
        let edge = self.edge_of[arc] as usize;
        if self.seen[edge] != self.run {
            self.look(pairs, edge, capacity, residual);
        }
    }
}

impl<F: FnMut(usize, usize) -> i64> Capacities<'_, F> {
    /// Apart, so that what has been seen is passed over without a call.
    #[inline(never)]
    fn look(&mut self, pairs: &Pairs, edge: usize, capacity: &mut [i64], residual: &mut [i64]) {
        self.seen[edge] = self.run;
        let forward = pairs.forward(edge);
        for (side, arc) in [forward, pairs.mate(forward)].into_iter().enumerate() {
            let amount = (self.of)(edge, side).clamp(0, self.most);
            (capacity[arc], residual[arc]) = (amount, amount);
        }
    }
}

impl Lookout {
    /// What can be sent of what is asked, where `capacity` gives what an edge can carry forwards (side 0) and backwards
    /// (1). If a cut below the amount is found, the end whose nodes are one side of it.
    pub(super) fn run(
        &mut self,
        pairs: &Pairs,
        edge_of: &[u32],
        asked: Asked,
        capacity: impl FnMut(usize, usize) -> i64,
    ) -> (i64, Option<End>) {
        if self.run == u32::MAX || self.seen.is_empty() {
            self.lazy.load(pairs, (0..pairs.arc_count()).map(|_| 0));
            self.seen = vec![0; pairs.arc_count() / 2];
            self.run = 0;
        }
        self.run += 1;
        let (seen, run) = (&mut self.seen[..], self.run);
        let mut from = Capacities { edge_of, seen, run, most: asked.amount, of: capacity };
        // Without a limit and a watcher the run ends by itself and cannot fail.
        let meter = &mut Meter::new(None, None);
        let wanted = (asked.amount, if asked.most { Goal::Most } else { Goal::Decide });
        let found = self.lazy.run_from(&mut from, pairs, (asked.from, asked.to), wanted, meter);
        found.map_or((0, Some(End::Source)), |found| (found.flow, found.exhausted))
    }

    /// The arcs over which the last run sent something, with what it sent.
    #[allow(clippy::cast_possible_truncation)] // arc positions fit in u32 by the layout
    pub(super) fn flow(&self, pairs: &Pairs) -> Vec<(u32, i64)> {
        let forwards = |&(arc, flow): &(u32, i64)| {
            if flow < 0 { (pairs.mate(arc as usize) as u32, -flow) } else { (arc, flow) }
        };
        self.lazy.flows().iter().map(forwards).collect()
    }

    /// The arcs that cross the cut of the last run from the source to the sink.
    #[allow(clippy::cast_possible_truncation)] // arc positions fit in u32 by the layout
    pub(super) fn cut(&self, pairs: &Pairs, end: End) -> Vec<u32> {
        let arcs = self.lazy.nodes(end).iter().flat_map(|&node| pairs.out(node as usize));
        let crossing = arcs.filter(|&arc| !self.lazy.visited(pairs.head(arc), end));
        crossing.map(|arc| if end == End::Source { arc } else { pairs.mate(arc) } as u32).collect()
    }

    /// The source side of the cut of the last run, of the first `nodes` nodes.
    pub(super) fn side(&self, nodes: usize, end: End) -> Vec<bool> {
        let mut side = vec![end == End::Sink; nodes];
        for &node in self.lazy.nodes(end) {
            if let Some(side) = side.get_mut(node as usize) {
                *side = end == End::Source;
            }
        }
        side
    }
}
