//! Incremental breadth-first search: two search trees, one from the source, one to the sink.
//!
//! # Method
//!
//! All arcs at the terminals are saturated, which leaves other nodes with excess (they got more from
//! the source than the sink took) or deficit. A forest S grows from the nodes with excess along
//! residual arcs, a forest T backwards from the nodes with deficit, level by level in turn. An arc from
//! S to T closes a path from a root to a root: flow is sent along it. Nodes whose link to their parent
//! that saturates, and roots that are used up, become *orphans* and look for another place in their
//! forest. When either forest can grow no more the flow is maximum; what excess and deficit are left
//! goes back over the terminal arcs it came from, and S, once complete, is what the source reaches: the
//! minimum cut nearest to it. Before the forests are planted, excess goes to deficits one arc away, and two.
//!
//! # Invariant
//!
//! Every node of a forest has a level, roots 1, and its parent is one level lower. On every residual
//! arc between nodes of S the level grows by 1 at most, T likewise backwards. Scanned levels have no
//! residual arc to a node outside both forests. An orphan takes a parent one level lower, going on at
//! its current arc; if there is none it moves up to one above the lowest neighbour, and its children
//! become orphans; if that is above the frontier it leaves the forest. Orphans are served by level, so
//! whatever an orphan finds on the level below is no orphan itself. Levels never fall, hence each node
//! has at most n relabellings. On long paths a part cut off from all roots climbs by 2 with every round
//! of orphans; so once orphans have cost a few times n + m, both forests are planted anew, which gives
//! exact levels at the price of one scan.
//!
//! # Complexity
//!
//! O(n² m); close to linear where every node is near some root, as in pictures. A unit of work is one
//! arc looked at. No recursion, and no child lists: an orphan that moves finds its children among its
//! arcs, which it reads anyway.
//!
//! Reference: Goldberg, Hed, Kaplan, Tarjan and Werneck, "Maximum flows by incremental breadth-first
//! search", ESA 2011; the two trees go back to Boykov and Kolmogorov, PAMI 26 (2004).

mod choice;
mod ends;
mod local;
mod orphans;

pub(in crate::max_flow) use ends::{retract, settle};

use alloc::vec::Vec;

use num_traits::{Signed, Zero};

use crate::kernel::Room;
use crate::kernel::pairs::Pairs;
use crate::solve::{Meter, SolveError};

const NONE: u32 = u32::MAX;
/// The parent of a root.
const ROOT: u32 = u32::MAX - 1;
/// The level of the terminals: above every frontier, so nothing is attached to them.
const ALOOF: i32 = i32::MAX;

/// The arcs of nodes are fetched so many turns in advance.
const AHEAD: usize = 16;

/// The forests are planted anew once orphans have cost this many times n + m.
const PATIENCE: u64 = 4;

/// Scratch memory, reused from call to call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    /// 0 outside both forests, the level in S, minus the level in T.
    level: Vec<i32>,
    links: Vec<Links>,
    sides: [Side; 2],
    /// First orphan of every level; the others are chained by `next`.
    orphans: Vec<u32>,
    /// The levels with orphans are among these.
    waiting: (usize, usize),
    /// Arcs looked at for orphans since the forests were planted.
    work: u64,
}

#[derive(Clone, Copy, Debug)]
struct Links {
    /// The arc to the parent, [`ROOT`], or [`NONE`] for orphans.
    parent: u32,
    /// No earlier arc leads to a parent one level lower.
    current: u32,
    next: u32,
}

/// One forest's frontier.
#[derive(Clone, Debug, Default)]
struct Side {
    depth: i32,
    /// Nodes of level `depth`, some perhaps no longer.
    layer: Vec<u32>,
    /// Nodes of the next level.
    next: Vec<u32>,
}

/// What a run works on.
struct Run<'a, 'm, 'w, 'b, R: Room> {
    pairs: &'a Pairs,
    residual: &'a mut [R],
    excess: &'a mut [R::Sum],
    scratch: &'a mut Scratch,
    meter: &'m mut Meter<'w, 'b>,
}

const S: bool = true;
const T: bool = false;

impl Scratch {
    /// Whether the source reaches this node after a [`send`] that was done; the terminals count as themselves.
    pub(super) fn reached(&self, node: usize) -> bool {
        self.level[node] > 0
    }
}

/// Sends as much as possible from `source` to `sink`. False if the forests are overgrown and not to be
/// planted anew (unless `patient`): then excess and deficit are still to be matched. In any case
/// [`settle`] is due in the end.
///
/// `excess` must be 0 everywhere. What leaves the source and what enters the
/// sink must each have a sum that fits.
pub(super) fn send<R: Room>(
    pairs: &Pairs,
    residual: &mut [R],
    excess: &mut [R::Sum],
    (source, sink): (usize, usize),
    patient: bool,
    scratch: &mut Scratch,
    meter: &mut Meter<'_, '_>,
) -> Result<bool, SolveError> {
    ends::advance(pairs, residual, excess, (source, sink));
    let mut run = Run { pairs, residual, excess, scratch, meter };
    run.near((source, sink))?;
    loop {
        run.plant((source, sink))?;
        let done = run.grow()?;
        if done || !patient {
            return Ok(done);
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // nodes and positions fit in u32 by the layout
#[allow(clippy::cast_sign_loss)] // levels of a side are positive
impl<R: Room> Run<'_, '_, '_, '_, R> {
    /// Makes the unbalanced nodes the roots of the two forests.
    fn plant(&mut self, (source, sink): (usize, usize)) -> Result<(), SolveError> {
        let nodes = self.pairs.node_count();
        self.meter.tick(nodes as u64 + 1)?;
        let Scratch { level, links, sides, orphans, waiting, work } = &mut *self.scratch;
        level.clear();
        level.resize(nodes, 0);
        // Those outside the forests are not read.
        links.resize(nodes, Links { parent: NONE, current: 0, next: NONE });
        orphans.clear();
        (*waiting, *work) = ((0, 0), 0);
        for side in &mut *sides {
            side.depth = 1;
            for nodes_of_a_level in [&mut side.layer, &mut side.next] {
                nodes_of_a_level.clear();
                // The two change places, so that the same solve would need room in the other one next time.
                nodes_of_a_level.reserve(nodes);
            }
        }
        let zero = R::Sum::zero();
        let [t, s] = sides;
        t.layer.resize(nodes, 0);
        s.layer.resize(nodes, 0);
        let (mut deficits, mut excesses) = (0, 0);
        // Written everywhere and counted where due: signs are as good as random.
        for ((node, &excess), (level, links)) in (0..).zip(&*self.excess).zip(level.iter_mut().zip(links)) {
            let (positive, negative) = (excess > zero, excess < zero);
            *level = i32::from(positive) - i32::from(negative);
            links.parent = ROOT;
            (s.layer[excesses], t.layer[deficits]) = (node, node);
            excesses += usize::from(positive);
            deficits += usize::from(negative);
        }
        s.layer.truncate(excesses);
        t.layer.truncate(deficits);
        (level[source], level[sink]) = (ALOOF, -ALOOF);
        Ok(())
    }

    /// Grows the forests in turn, the one with the smaller frontier first, until that of the source is
    /// complete, or they are not worth mending any more (false).
    fn grow(&mut self) -> Result<bool, SolveError> {
        loop {
            let [t, s] = &self.scratch.sides;
            if s.layer.is_empty() {
                return Ok(true);
            }
            if self.overgrown() {
                return Ok(false);
            }
            // Once the forest of the sink is complete the flow is; that of the source grows on to the cut.
            let source = t.layer.is_empty() || s.layer.len() <= t.layer.len();
            if source { self.pass::<S>()? } else { self.pass::<T>()? }
        }
    }

    /// Whether looking after orphans has cost more than planting anew some times.
    fn overgrown(&self) -> bool {
        self.scratch.work > PATIENCE * (self.pairs.node_count() + self.pairs.arc_count()) as u64
    }

    /// Scans the frontier of one forest; what it reaches is the new frontier.
    fn pass<const FORWARD: bool>(&mut self) -> Result<(), SolveError> {
        let mut done = 0;
        let depth = self.side::<FORWARD>().depth;
        while let Some(&node) = self.side::<FORWARD>().layer.get(done) {
            done += 1;
            self.fetch::<FORWARD>(done + AHEAD);
            if self.level::<FORWARD>(node as usize) == depth {
                self.scan::<FORWARD>(node as usize, depth)?;
            }
            if self.overgrown() {
                return Ok(());
            }
        }
        let side = self.side::<FORWARD>();
        side.depth += 1;
        side.layer.clear();
        core::mem::swap(&mut side.layer, &mut side.next);
        Ok(())
    }

    /// Looks at the arcs of a node whose turn comes soon, so that they are on their way when it does.
    #[inline]
    fn fetch<const FORWARD: bool>(&self, at: usize) {
        if let Some(&node) = self.scratch.sides[usize::from(FORWARD)].layer.get(at) {
            let arc = self.pairs.out(node as usize).start;
            core::hint::black_box(self.pairs.records()[arc][0]);
            core::hint::black_box(self.residual[arc].is_open());
        }
    }

    /// Claims the free nodes next to a node, and sends flow over the arcs to the other forest.
    fn scan<const FORWARD: bool>(&mut self, node: usize, depth: i32) -> Result<(), SolveError> {
        let arcs = self.pairs.out(node);
        self.meter.tick(arcs.len() as u64 + 1)?;
        let mut begin = arcs.start;
        while let Some((arc, [head, mate])) = self.way_out::<FORWARD>(begin..arcs.end) {
            begin = arc + 1;
            let head = head as usize;
            let bridge = if FORWARD { arc } else { mate as usize };
            loop {
                if self.level::<FORWARD>(head) == 0 {
                    self.scratch.level[head] = if FORWARD { depth + 1 } else { -depth - 1 };
                    let links = &mut self.scratch.links[head];
                    (links.parent, links.current) = (mate, self.pairs.out(head).start as u32);
                    self.side::<FORWARD>().next.push(head as u32);
                    break;
                }
                self.augment(bridge)?;
                self.adopt(FORWARD)?;
                if self.level::<FORWARD>(node) != depth || self.overgrown() {
                    return Ok(());
                }
                if self.level::<FORWARD>(head) > 0 || !self.residual[bridge].is_open() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The first of these arcs that is open and leads out of the forest. Both conditions at once: each alone is
    /// true as often as not, and a branch that nobody can predict costs more than a look at a capacity.
    #[inline]
    fn way_out<const FORWARD: bool>(&self, arcs: core::ops::Range<usize>) -> Option<(usize, [u32; 2])> {
        let (levels, residual) = (&self.scratch.level[..], &*self.residual);
        let records = &self.pairs.records()[arcs.clone()];
        arcs.zip(records).find_map(|(arc, &[head, mate])| {
            let level = if FORWARD { levels[head as usize] } else { -levels[head as usize] };
            let open = residual[if FORWARD { arc } else { mate as usize }].is_open();
            ((level <= 0) & (level != -ALOOF) & open).then_some((arc, [head, mate]))
        })
    }

    /// Sends what fits from root to root through a residual arc from S to T, and takes the links that
    /// saturate out of the forests.
    fn augment(&mut self, bridge: usize) -> Result<(), SolveError> {
        let mut amount = self.residual[bridge].get();
        let ends = [self.pairs.head(self.pairs.mate(bridge)), self.pairs.head(bridge)];
        let mut length = 1;
        for (side, end) in [(S, ends[0]), (T, ends[1])] {
            let mut node = end;
            loop {
                let link = self.scratch.links[node].parent;
                if link >= ROOT {
                    break;
                }
                let link = link as usize;
                amount = amount.min(self.residual[if side { self.pairs.mate(link) } else { link }].get());
                node = self.pairs.head(link);
                length += 1;
            }
            amount = amount.min(self.excess[node].abs());
        }
        self.meter.tick(length)?;
        self.shift(bridge, amount);
        for (side, end) in [(S, ends[0]), (T, ends[1])] {
            let mut node = end;
            loop {
                let link = self.scratch.links[node].parent;
                if link >= ROOT {
                    break;
                }
                let link = link as usize;
                let over = if side { self.pairs.mate(link) } else { link };
                self.shift(over, amount);
                if !self.residual[over].is_open() {
                    self.orphan(node);
                }
                node = self.pairs.head(link);
            }
            let excess = &mut self.excess[node];
            *excess = if side { *excess - amount } else { *excess + amount };
            if *excess == R::Sum::zero() {
                self.orphan(node);
            }
        }
        Ok(())
    }

    #[inline]
    fn shift(&mut self, arc: usize, amount: R::Sum) {
        self.residual[arc].take(amount);
        self.residual[self.pairs.mate(arc)].give(amount);
    }

    /// The level of a node in one forest: 0 outside both, negative in the other.
    #[inline]
    fn level<const SIDE: bool>(&self, node: usize) -> i32 {
        let level = self.scratch.level[node];
        if SIDE { level } else { -level }
    }

    #[inline]
    fn side<const SIDE: bool>(&mut self) -> &mut Side {
        &mut self.scratch.sides[usize::from(SIDE)]
    }
}
