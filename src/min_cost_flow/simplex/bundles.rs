//! Engine arcs where costs have pieces or arcs have parallels: two records for a bundle.
//!
//! A *bundle* is a run of consecutive arcs between the same two nodes, those of the other direction counting
//! backwards: a sum of convex functions of the net flow, hence convex. Its *level* says of every arc how many
//! of its linear pieces are full; the pieces themselves are read from the network when a level changes, so
//! they cost no memory and no time to lay out. Two records stand for the bundle's next unit up and its next unit
//! down: the cheapest over its arcs. A channel with five pieces each way is two records instead of ten. A lone
//! linear arc needs one record, which is turned round when it is full. Where few arcs are lone every bundle has a *pair*, so
//! that pricing reads the potentials of two nodes once for both records, and a record's bundle is half its position.
//!
//! Invariant: no full piece of a bundle is dearer than one that is not. The piece in the tree, of which there
//! is at most one in a bundle, counts as it did when it came: as full or not.

use alloc::vec::Vec;

use super::arcs::Record;
use crate::kernel::Int;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

/// The least and the most that a run of arcs between two nodes can carry from the tail of the first one to its head.
pub(super) fn span<N: FlowNum, T: Int>(view: View<'_, N>, [first, end]: [u32; 2]) -> (T, T) {
    let tail = view.ends(first as usize).0;
    (first as usize..end as usize).fold((T::zero(), T::zero()), |(least, most), arc| {
        let (lower, upper) = (T::from_wide(view.lower(arc)), view.most::<T>(arc));
        if view.ends(arc).0 == tail { (least + lower, most + upper) } else { (least - upper, most - lower) }
    })
}

/// The flow of an arc whose first `level` pieces are full.
pub(super) fn rest<N: FlowNum, T: Int>(view: View<'_, N>, arc: usize, level: u32) -> T {
    let network = view.network;
    let (lower, reach) = (T::from_wide(network.lower[arc].widen()), view.most::<T>(arc));
    match (level as usize).checked_sub(1) {
        None => lower,
        Some(passed) => match network.costs.slopes(arc).breakpoints.get(passed) {
            // Breakpoints beyond the bounds may be of any size.
            Some(bend) => T::from_wide(bend.at.widen().max(lower.wide()).min(reach.wide())),
            None => reach,
        },
    }
}

/// The slope of a piece of an arc.
pub(super) fn slope<N: FlowNum, T: Int>(view: View<'_, N>, arc: usize, piece: u32) -> T {
    if !view.priced {
        return T::zero();
    }
    let slopes = view.network.costs.slopes(arc);
    let slope =
        (piece as usize).checked_sub(1).map_or(slopes.first, |before| slopes.breakpoints[before].slope);
    T::from_wide(slope.widen())
}

/// The number of pieces below the lower bound.
#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
pub(super) fn bottom<N: FlowNum>(view: View<'_, N>, arc: usize) -> u32 {
    let lower = view.network.lower[arc];
    view.network.costs.slopes(arc).breakpoints.partition_point(|bend| bend.at <= lower) as u32
}

/// The next piece of an arc or a bundle, up or down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<T> {
    pub(super) arc: usize,
    /// Cost per unit of flow from the first to the last node of the bundle.
    pub(super) slope: T,
    pub(super) width: T,
}

/// An arc as part of its bundle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Twice the bundle, and one more if the arc runs from its last node to the first.
    pub(super) place: u32,
    /// The number of full pieces, those below the lower bound included.
    pub(super) level: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Bundles<T> {
    /// The first arc of every bundle, and the one after its last; those in [`super::pendants`] come last, and have no
    /// records.
    pub(super) runs: Vec<[u32; 2]>,
    /// The first record of every bundle, and one end; empty if all have two.
    pub(super) record: Vec<u32>,
    /// How many bundles have records.
    pub(super) count: usize,
    /// Whether all of those have two.
    pub(super) paired: bool,
    /// What every record moves next.
    pub(super) next: Vec<u32>,
    pub(super) parts: Vec<Part>,
    /// Whether all breakpoints lie between the bounds.
    pub(super) inside: bool,
    /// Whether all lower bounds are 0.
    pub(super) grounded: bool,
    /// The cost of a record in whose direction nothing can move.
    pub(super) never: T,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Bundles<T> {
    /// The first record of a bundle.
    pub(super) fn record(&self, bundle: usize) -> usize {
        if self.paired { 2 * bundle } else { self.record[bundle] as usize }
    }

    pub(super) fn arcs(&self, bundle: usize) -> core::ops::Range<usize> {
        let [first, end] = self.runs[bundle];
        first as usize..end as usize
    }

    pub(super) fn of(&self, arc: usize) -> usize {
        self.parts[arc].place as usize / 2
    }

    /// Whether an arc runs from the first to the last node of its bundle.
    pub(super) fn forward(&self, arc: usize) -> bool {
        self.parts[arc].place % 2 == 0
    }

    /// Whether it has two records.
    pub(super) fn doubled(&self, bundle: usize) -> bool {
        self.paired || self.record[bundle + 1] - self.record[bundle] == 2
    }

    /// The next piece of an arc up, and the one down, slopes in the direction of the arc.
    #[inline]
    fn steps<N: FlowNum>(&self, view: View<'_, N>, arc: usize) -> [Option<Step<T>>; 2] {
        let level = self.parts[arc].level as usize;
        let network = view.network;
        let slopes = network.costs.slopes(arc);
        let (lower, most) = (T::from_wide(network.lower[arc].widen()), view.most::<T>(arc));
        // Breakpoints beyond the bounds may be of any size.
        let bend = |passed: usize| match slopes.breakpoints.get(passed) {
            Some(bend) => T::from_wide(bend.at.widen().max(lower.wide()).min(most.wide())),
            None => most,
        };
        let slope = |piece: usize| {
            let slope = if piece == 0 { slopes.first } else { slopes.breakpoints[piece - 1].slope };
            if view.priced { T::from_wide(slope.widen()) } else { T::zero() }
        };
        let flow = if level == 0 { lower } else { bend(level - 1) };
        let up = (flow < most).then(|| Step { arc, slope: slope(level), width: bend(level) - flow });
        let down = (flow > lower).then(|| {
            let under = if level == 1 { lower } else { bend(level - 2) };
            Step { arc, slope: slope(level - 1), width: flow - under }
        });
        [up, down]
    }

    /// The cheapest next piece up, and the dearest one down, of the net flow.
    #[inline]
    pub(super) fn next<N: FlowNum>(&self, view: View<'_, N>, bundle: usize) -> [Option<Step<T>>; 2] {
        let mut best: [Option<Step<T>>; 2] = [None, None];
        for arc in self.arcs(bundle) {
            let [mut up, mut down] = self.steps(view, arc);
            if !self.forward(arc) {
                core::mem::swap(&mut up, &mut down);
                for step in [&mut up, &mut down].into_iter().flatten() {
                    step.slope = -step.slope;
                }
            }
            if up.is_some_and(|up| best[0].is_none_or(|best| up.slope < best.slope)) {
                best[0] = up;
            }
            if down.is_some_and(|down| best[1].is_none_or(|best| down.slope > best.slope)) {
                best[1] = down;
            }
        }
        best
    }

    /// Notes whether the breakpoints of an arc lie between its bounds, and the lower one at 0.
    pub(super) fn note_bounds<N: FlowNum>(&mut self, view: View<'_, N>, arc: usize) {
        let last = view.network.costs.slopes(arc).breakpoints.last();
        self.inside &=
            bottom(view, arc) == 0 && last.is_none_or(|bend| bend.at.widen() < view.most::<T>(arc).wide());
        self.grounded &= view.network.lower[arc] == N::ZERO;
    }

    /// A piece changes between empty and full.
    pub(super) fn pass(&mut self, arc: usize, up: bool) {
        let forward = self.forward(arc);
        let level = &mut self.parts[arc].level;
        *level = if forward == up { *level + 1 } else { *level - 1 };
    }

    /// Puts all arcs where the net flow is least; returns the range of the net flow.
    pub(super) fn sink<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize) -> (T, T) {
        for arc in self.arcs(bundle) {
            self.parts[arc].level = if self.forward(arc) {
                bottom(view, arc)
            } else {
                let (lower, upper) = (view.lower(arc), view.most::<T>(arc).wide());
                let bends = view.network.costs.slopes(arc).breakpoints;
                let top = bends.partition_point(|bend| bend.at.widen() < upper) as u32;
                top.max(bottom(view, arc)) + u32::from(upper > lower)
            };
        }
        span(view, self.runs[bundle])
    }

    /// Fills pieces of a bundle, whose net flow is least, as far as they fit in what it is to carry more. Returns the one
    /// that is left with some room, `upwards` or else back, and how much of it is taken.
    pub(super) fn raise<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        bundle: usize,
        mut more: T,
        upwards: bool,
    ) -> Option<(Step<T>, T)> {
        while let [Some(step), _] = self.next(view, bundle) {
            if step.width > more || (step.width == more && !upwards) {
                return Some((step, more));
            }
            self.pass(step.arc, true);
            more -= step.width;
        }
        None
    }

    /// The net flow.
    pub(super) fn flow<N: FlowNum>(&self, view: View<'_, N>, bundle: usize) -> T {
        self.arcs(bundle).fold(T::zero(), |sum, arc| {
            let flow = rest::<N, T>(view, arc, self.parts[arc].level);
            if self.forward(arc) { sum + flow } else { sum - flow }
        })
    }

    /// Fills the pieces of negative slope of a bundle of a fresh layout.
    pub(super) fn fill_falling<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize) {
        // Slopes rise, so that the first one is often all that has to be looked at.
        let flat = |arc: usize| self.parts[arc].level == 0 && view.network.costs.first[arc] >= N::ZERO;
        if !view.priced || self.arcs(bundle).all(flat) {
            return;
        }
        for arc in self.arcs(bundle) {
            while let [Some(step), _] = self.steps(view, arc) {
                let last = rest::<N, T>(view, arc, self.parts[arc].level) + step.width == view.most(arc);
                if step.slope >= T::zero() || (last && view.open(arc)) {
                    break;
                }
                self.parts[arc].level += 1;
            }
        }
        // What an unbounded arc cannot take dearer ones may have taken.
        self.order(view, bundle);
    }

    /// The breakpoint nearest to earlier flows of all arcs; never the end of an unbounded arc.
    pub(super) fn fill_near<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize, flows: &[N]) {
        for arc in self.arcs(bundle) {
            let most = view.most::<T>(arc).wide();
            let old = flows[arc].widen().max(view.lower(arc)).min(most);
            let bends = view.network.costs.slopes(arc).breakpoints;
            let level = bends.partition_point(|bend| bend.at.widen() <= old) as u32;
            let [under, over] = [level, level + 1].map(|level| rest::<N, T>(view, arc, level).wide());
            let nearer = over - old < old - under && !(view.open(arc) && over == most);
            self.parts[arc].level = level + u32::from(nearer);
        }
        self.order(view, bundle);
    }

    /// Restores the invariant, the net flow unchanged as far as whole pieces allow.
    fn order<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize) {
        if self.arcs(bundle).len() == 1 {
            return;
        }
        let next = self.next(view, bundle);
        if !matches!(next, [Some(up), Some(down)] if down.slope > up.slope) {
            return;
        }
        let wanted = self.flow(view, bundle);
        let (mut flow, _) = self.sink(view, bundle);
        while let [Some(step), _] = self.next(view, bundle) {
            let past = flow + step.width;
            if past - wanted >= wanted - flow || (view.open(step.arc) && self.at_end(view, step.arc)) {
                break;
            }
            self.pass(step.arc, true);
            flow = past;
        }
    }

    /// Whether the next piece of an arc is its last.
    fn at_end<N: FlowNum>(&self, view: View<'_, N>, arc: usize) -> bool {
        rest::<N, T>(view, arc, self.parts[arc].level + 1) == view.most(arc)
    }

    /// Sets the two records of a bundle without tree piece to its level.
    pub(super) fn refresh<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        bundle: usize,
        records: &mut [Record<T>],
    ) {
        let at = self.record(bundle);
        if records[at].from == records[at].to {
            // Nothing moves.
            return;
        }
        let [up, down] = self.next(view, bundle);
        for (at, step, cost) in
            [(at, up, up.map(|step| step.slope)), (at + 1, down, down.map(|step| -step.slope))]
        {
            records[at].cost = cost.unwrap_or(self.never);
            if let Some(step) = step {
                self.next[at] = step.arc as u32;
            }
        }
        if self.paired {
            let width = |step: Option<Step<T>>| step.and_then(|step| step.width.to_u32()).unwrap_or(NONE);
            (records[at + 1].from, records[at + 1].to) = (width(up), width(down));
        }
    }

    /// By how much a record can move, its width if that is known; a record that qualifies has a next piece.
    pub(super) fn ready<N: FlowNum>(&self, view: View<'_, N>, record: usize, width: u32) -> T {
        if width != NONE {
            return T::from_wide(i128::from(width));
        }
        let arc = self.next[record];
        let rises = self.forward(arc as usize) == self.of_record(record).1;
        let full = self.parts[arc as usize].level + u32::from(rises);
        full.checked_sub(1)
            .map_or(T::zero(), |before| self.end(view, arc, full) - self.end(view, arc, before))
    }

    /// [`rest`] without a look at the bounds, where they do not matter.
    #[inline]
    fn end<N: FlowNum>(&self, view: View<'_, N>, arc: u32, full: u32) -> T {
        let bends = view.network.costs.slopes(arc as usize).breakpoints;
        match (full as usize).checked_sub(1) {
            None if self.grounded => T::zero(),
            Some(passed) if self.inside && passed < bends.len() => T::from_wide(bends[passed].at.widen()),
            _ => rest(view, arc as usize, full),
        }
    }

    /// The bundle of a record, and whether it stands for the next unit up.
    pub(super) fn of_record(&self, record: usize) -> (usize, bool) {
        if self.paired {
            return (record / 2, record % 2 == 0);
        }
        let bundle = self.of(self.next[record] as usize);
        let first = self.record[bundle] as usize;
        let up = if self.doubled(bundle) {
            record == first
        } else {
            self.parts[self.runs[bundle][0] as usize].level == 0
        };
        (bundle, up)
    }
}
