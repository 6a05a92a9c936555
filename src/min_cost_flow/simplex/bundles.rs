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
//! is at most one in a bundle, is the first of its arc that is not full.

use alloc::vec::Vec;

use super::arcs::Record;
use crate::kernel::Int;
use crate::min_cost_flow::view::View;
use crate::num::FlowNum;

/// Lone arcs are few if they are at most one of so many bundles.
const FEW: usize = 4;

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
fn slope<N: FlowNum, T: Int>(view: View<'_, N>, arc: usize, piece: u32) -> T {
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
fn bottom<N: FlowNum>(view: View<'_, N>, arc: usize) -> u32 {
    let lower = view.network.lower[arc];
    view.network.costs.slopes(arc).breakpoints.partition_point(|bend| bend.at <= lower) as u32
}

/// The end of every run of consecutive arcs between the same two nodes; loops stand alone.
fn runs<N: FlowNum>(view: View<'_, N>) -> impl Iterator<Item = usize> {
    let arcs = view.network.arc_count();
    (1..=arcs).filter(move |&end| {
        let (tail, head) = view.ends(end - 1);
        end == arcs || tail == head || {
            let next = view.ends(end);
            next != (tail, head) && next != (head, tail)
        }
    })
}

/// The next piece of an arc or a bundle, up or down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<T> {
    pub(super) arc: usize,
    /// Cost per unit of flow from the first to the last node of the bundle.
    pub(super) slope: T,
    pub(super) width: T,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Bundles<T> {
    /// The first arc of every bundle, and one end.
    pub(super) first: Vec<u32>,
    /// The first record of every bundle, and one end; empty if all have two.
    record: Vec<u32>,
    /// Whether all bundles have two records.
    pub(super) paired: bool,
    /// What every record moves next. Not kept up to date in the tree.
    pub(super) next: Vec<u32>,
    /// Twice the bundle of every arc, and one more if the arc runs from the last node to the first.
    of: Vec<u32>,
    /// The number of full pieces of every arc, those below the lower bound included.
    pub(super) level: Vec<u32>,
    /// The cost of a record in whose direction nothing can move.
    never: T,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Bundles<T> {
    /// Lays out all arcs at their lower bounds.
    pub(super) fn lay_out<N: FlowNum>(&mut self, view: View<'_, N>, records: &mut Vec<Record<T>>) {
        self.never = T::max_value() / T::from_wide(4);
        let Self { first, record, next, of, level, paired, .. } = self;
        [&mut *first, record, next, of, level].into_iter().for_each(Vec::clear);
        let arcs = view.network.arc_count();
        let is_lone =
            |first: usize, end: usize| end == first + 1 && view.network.costs.slopes(first).is_linear();
        let (mut ends, mut lone, mut arc) = (0, 0, 0);
        for end in runs(view) {
            (ends, lone, arc) = (ends + 1, lone + usize::from(is_lone(arc, end)), end);
        }
        *paired = FEW * lone <= ends;
        first.reserve_exact(ends + 1);
        record.reserve_exact(if *paired { 0 } else { ends + 1 });
        records.reserve_exact(2 * ends);
        next.reserve_exact(2 * ends);
        of.reserve_exact(arcs);
        level.extend((0..arcs).map(|arc| bottom(view, arc)));
        let mut arc = 0;
        for end in runs(view) {
            let bundle = first.len() as u32;
            let (tail, head) = view.ends(arc);
            first.push(arc as u32);
            if !*paired {
                record.push(records.len() as u32);
            }
            let lone = is_lone(arc, end);
            let stuck = (arc..end).all(|arc| rest::<N, T>(view, arc, level[arc]) == view.most(arc));
            let dead = tail == head || stuck;
            // Where nothing can move no record may qualify.
            let last = if dead { tail } else { head };
            let cost = if lone && !dead { slope(view, arc, 0) } else { T::zero() };
            for (from, to) in
                [(tail, last), (last, tail)].into_iter().take(if *paired || !(lone || dead) { 2 } else { 1 })
            {
                records.push(Record { from: from as u32, to: to as u32, cost });
                next.push(arc as u32);
            }
            of.extend((arc..end).map(|arc| 2 * bundle + u32::from(view.ends(arc).0 != tail)));
            arc = end;
        }
        first.push(arcs as u32);
        if !*paired {
            record.push(records.len() as u32);
        }
    }

    /// Releases everything but the levels.
    pub(super) fn shed(&mut self) {
        for numbers in [&mut self.first, &mut self.record, &mut self.next, &mut self.of] {
            *numbers = Vec::new();
        }
    }

    /// The first record of a bundle.
    pub(super) fn record(&self, bundle: usize) -> usize {
        if self.paired { 2 * bundle } else { self.record[bundle] as usize }
    }

    pub(super) fn arcs(&self, bundle: usize) -> core::ops::Range<usize> {
        self.first[bundle] as usize..self.first[bundle + 1] as usize
    }

    pub(super) fn of(&self, arc: usize) -> usize {
        self.of[arc] as usize / 2
    }

    /// Whether an arc runs from the first to the last node of its bundle.
    pub(super) fn forward(&self, arc: usize) -> bool {
        self.of[arc] % 2 == 0
    }

    /// Whether it has two records.
    pub(super) fn doubled(&self, bundle: usize) -> bool {
        self.paired || self.record[bundle + 1] - self.record[bundle] == 2
    }

    /// The next piece of an arc up, and the one down, slopes in the direction of the arc.
    #[inline]
    fn steps<N: FlowNum>(&self, view: View<'_, N>, arc: usize) -> [Option<Step<T>>; 2] {
        let level = self.level[arc] as usize;
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

    /// A piece changes between empty and full.
    pub(super) fn pass(&mut self, arc: usize, up: bool) {
        let forward = self.forward(arc);
        let level = &mut self.level[arc];
        *level = if forward == up { *level + 1 } else { *level - 1 };
    }

    /// Puts all arcs where the net flow is least; returns the range of the net flow.
    pub(super) fn sink<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize) -> (T, T) {
        let (mut least, mut most) = (T::zero(), T::zero());
        for arc in self.arcs(bundle) {
            let (lower, upper) = (T::from_wide(view.network.lower[arc].widen()), view.most::<T>(arc));
            if self.forward(arc) {
                self.level[arc] = bottom(view, arc);
                (least, most) = (least + lower, most + upper);
            } else {
                let slopes = view.network.costs.slopes(arc);
                let top = slopes
                    .breakpoints
                    .partition_point(|bend| bend.at.widen() < upper.wide())
                    .max(bottom(view, arc) as usize);
                self.level[arc] = top as u32 + u32::from(upper > lower);
                (least, most) = (least - upper, most - lower);
            }
        }
        (least, most)
    }

    /// The net flow.
    pub(super) fn flow<N: FlowNum>(&self, view: View<'_, N>, bundle: usize) -> T {
        self.arcs(bundle).fold(T::zero(), |sum, arc| {
            let flow = rest::<N, T>(view, arc, self.level[arc]);
            if self.forward(arc) { sum + flow } else { sum - flow }
        })
    }

    /// Fills the pieces of negative slope of a bundle of a fresh layout.
    pub(super) fn fill_falling<N: FlowNum>(&mut self, view: View<'_, N>, bundle: usize) {
        // Slopes rise, so that the first one is often all that has to be looked at.
        let flat = |arc: usize| self.level[arc] == 0 && view.network.costs.first[arc] >= N::ZERO;
        if !view.priced || self.arcs(bundle).all(flat) {
            return;
        }
        for arc in self.arcs(bundle) {
            while let [Some(step), _] = self.steps(view, arc) {
                let last = rest::<N, T>(view, arc, self.level[arc]) + step.width == view.most(arc);
                if step.slope >= T::zero() || (last && view.open(arc)) {
                    break;
                }
                self.level[arc] += 1;
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
            self.level[arc] = level + u32::from(nearer);
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
        rest::<N, T>(view, arc, self.level[arc] + 1) == view.most(arc)
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
    }

    /// What a record moves and by how much it can; a record that qualifies has a next piece.
    pub(super) fn ready<N: FlowNum>(&self, view: View<'_, N>, record: usize) -> (u32, T) {
        let arc = self.next[record];
        let up = self.of_record(record).1;
        let [rise, fall] = self.steps(view, arc as usize);
        let step = if self.forward(arc as usize) == up { rise } else { fall };
        (arc, step.map_or(T::zero(), |step| step.width))
    }

    /// The bundle of a record, and whether it stands for the next unit up.
    pub(super) fn of_record(&self, record: usize) -> (usize, bool) {
        if self.paired {
            return (record / 2, record % 2 == 0);
        }
        let bundle = self.of(self.next[record] as usize);
        let first = self.record[bundle] as usize;
        let up =
            if self.doubled(bundle) { record == first } else { self.level[self.first[bundle] as usize] == 0 };
        (bundle, up)
    }
}
