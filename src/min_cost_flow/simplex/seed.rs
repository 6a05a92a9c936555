//! The tree from which a solve without an earlier answer starts.
//!
//! * One source and one sink: cheapest ways to the sink over arcs that hold the whole amount, if there are
//!   any; the first basis is then a flow already.
//! * Few terminals: cheapest ways to the sinks, from the nodes that lie nearer than the farthest source.
//! * Many: the cheapest arc into every sink.
//!
//! Slopes are those at the lower bound; negative ones count as 0.

use alloc::vec::Vec;

use crate::kernel::Int;
use crate::min_cost_flow::heap::Heap;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

/// The arc of a node to its parent while the basis is being built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) parent: u32,
    pub(super) arc: u32,
}

/// Memory for the searches, to be used again.
#[derive(Debug)]
pub(super) struct Memory<'a, T> {
    /// Begin of the arcs into each node, and one end; or the cheapest arc into each node.
    pub(super) begin: &'a mut Vec<u32>,
    pub(super) arcs: &'a mut Vec<u32>,
    pub(super) distance: &'a mut Vec<T>,
    pub(super) heap: &'a mut Heap<T>,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
pub(super) fn links<N: FlowNum, T: Int>(view: View<'_, N>, links: &mut Vec<Link>, memory: Memory<'_, T>) {
    let supply = &view.network.supply;
    links.clear();
    links.resize(supply.len(), Link { parent: supply.len() as u32, arc: NONE });
    let total: i128 = supply.iter().map(|supply| supply.widen().max(0)).sum();
    if total == 0 || !view.priced {
        return;
    }
    let sources = supply.iter().filter(|supply| **supply > N::ZERO).count();
    let sinks = supply.iter().filter(|supply| **supply < N::ZERO).count();
    if 2 * sources.min(sinks).pow(2) > supply.len() {
        cheapest_arcs(view, memory.begin, links);
    } else {
        let mut ways = Ways::new(view, memory);
        if !view.is_pair() || !ways.search(links, total) {
            ways.search(links, 1);
        }
    }
}

/// Whether hasty pricing pays: one source and one sink, and either the way of the source to the sink is short
/// or there are many arcs.
pub(super) fn favours_haste<N: FlowNum>(view: View<'_, N>, links: &[Link]) -> bool {
    const SHORT: usize = 32;
    const ARCS_PER_NODE: usize = 6;
    if !view.is_pair() {
        return false;
    }
    let source = view.network.supply.iter().position(|supply| *supply > N::ZERO);
    let up = |link: &&Link| links.get(link.parent as usize);
    let mut way = core::iter::successors(source.and_then(|source| links.get(source)), up);
    view.network.arc_count() >= ARCS_PER_NODE * links.len() || way.nth(SHORT).is_none()
}

/// Whether trees will be deep under many pivots: sources that do not reach a sink over arcs that hold all they send have
/// ways of L arcs too narrow by a factor N, and the sum of L N, where ways have [`LONG`] pieces, exceeds [`CROWDED`] n: so many
/// paths will pass an average node. O(n).
pub(super) fn promises_depth<N: FlowNum>(view: View<'_, N>, links: &[Link]) -> bool {
    let bound = CROWDED * links.len() as i128;
    // Many sources may share a long way.
    let (mut load, mut steps) = (0_i128, 4 * links.len());
    for (source, supply) in view.network.supply.iter().enumerate().filter(|(_, supply)| **supply > N::ZERO) {
        let (amount, mut v) = (supply.widen(), source);
        let (mut length, mut pieces, mut holds) = (0, 0, true);
        // The narrowest first pieces.
        let mut least = [amount; 16];
        while let Some(link) = links.get(v).filter(|link| link.arc != NONE && steps > 0) {
            steps -= 1;
            holds &= room(view, link.arc as usize) >= amount;
            let mut width = first_piece(view, link.arc as usize);
            for other in &mut least {
                (*other, width) = (width.min(*other), width.max(*other));
            }
            pieces += 1 + view.network.cost(crate::id::id_at(link.arc as usize)).breakpoints().len();
            (length, v) = (length + 1, link.parent as usize);
        }
        if !holds && pieces >= LONG {
            // The narrowest alone is a matter of luck; the first sixteen of equal steps are 136 of them.
            let narrowest = least.iter().fold(0_i128, |sum, width| sum.saturating_add(*width)) / 136;
            load += (amount / narrowest.max(1)).saturating_mul(length).min(bound + 1);
        }
        if load > bound {
            return true;
        }
    }
    false
}

/// Pieces of the arcs of a way from which on trees over such ways count as deep.
const LONG: usize = 128;

/// Paths through a node from which on cost scaling is quicker than moves in the tree: see DESIGN.md.
const CROWDED: i128 = 80;

/// Room of an arc, and the slope at its lower bound.
fn room<N: FlowNum>(view: View<'_, N>, arc: usize) -> i128 {
    let upper = if view.open(arc) { i128::MAX } else { view.network.upper[arc].widen() };
    upper.saturating_sub(view.lower(arc))
}

fn slope<N: FlowNum>(view: View<'_, N>, arc: usize) -> i128 {
    let costs = &view.network.costs;
    if costs.begin.is_empty() {
        return costs.first[arc].widen().max(0);
    }
    let id = crate::id::id_at(arc);
    view.network.cost(id).slope_after(view.network.lower(id)).widen().max(0)
}

/// What an arc holds up to its first breakpoint above the lower bound.
fn first_piece<N: FlowNum>(view: View<'_, N>, arc: usize) -> i128 {
    let (lower, id) = (view.lower(arc), crate::id::id_at(arc));
    let mut widths =
        view.network.cost(id).breakpoints().iter().map(|bend| bend.at.widen().saturating_sub(lower));
    widths.find(|&width| width > 0).unwrap_or(i128::MAX).min(room(view, arc))
}

/// The tail of the cheapest arc into every sink hangs on the sink.
#[allow(clippy::cast_possible_truncation)]
fn cheapest_arcs<N: FlowNum>(view: View<'_, N>, best: &mut Vec<u32>, links: &mut [Link]) {
    let network = view.network;
    best.clear();
    best.resize(links.len(), NONE);
    for (arc, (tail, head)) in network.tail.iter().zip(&network.head).enumerate() {
        if network.supply[head.index()] < N::ZERO && tail != head {
            let best = &mut best[head.index()];
            let cheaper = *best == NONE || slope(view, arc) < slope(view, *best as usize);
            if cheaper && room(view, arc) > 0 {
                *best = arc as u32;
            }
        }
    }
    for (sink, &arc) in best.iter().enumerate().filter(|(_, best)| **best != NONE) {
        let tail = view.ends(arc as usize).0;
        // Chains of sinks could close.
        if network.supply[tail] >= N::ZERO && links[tail].arc == NONE {
            links[tail] = Link { parent: sink as u32, arc };
        }
    }
}

/// Dijkstra searches against the arcs, from all sinks.
struct Ways<'a, N, T> {
    view: View<'a, N>,
    memory: Memory<'a, T>,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<'a, N: FlowNum, T: Int> Ways<'a, N, T> {
    fn new(view: View<'a, N>, memory: Memory<'a, T>) -> Self {
        let heads = &view.network.head;
        let Memory { begin, arcs, distance, heap } = memory;
        begin.clear();
        begin.resize(view.network.node_count() + 1, 0);
        heads.iter().for_each(|head| begin[head.index()] += 1);
        let mut sum = 0;
        for begin in begin.iter_mut() {
            sum += *begin;
            *begin = sum;
        }
        arcs.clear();
        arcs.resize(heads.len(), 0);
        for (arc, head) in heads.iter().enumerate().rev() {
            let place = &mut begin[head.index()];
            *place -= 1;
            arcs[*place as usize] = arc as u32;
        }
        Self { view, memory: Memory { begin, arcs, distance, heap } }
    }

    /// Links the nodes that lie nearer than the farthest source, over arcs of at least some room; false, and
    /// no links, if that does not reach every source.
    fn search(&mut self, links: &mut [Link], least: i128) -> bool {
        let network = self.view.network;
        let free = Link { parent: links.len() as u32, arc: NONE };
        let Memory { begin, arcs, distance, heap } = &mut self.memory;
        let (zero, never) = (T::zero(), T::max_value());
        distance.clear();
        distance.resize(links.len(), never);
        heap.clear();
        let mut waiting = 0_usize;
        for (v, &supply) in network.supply.iter().enumerate() {
            waiting += usize::from(supply > N::ZERO);
            if supply < N::ZERO {
                distance[v] = zero;
                heap.push(zero, v as u32);
            }
        }
        let mut settled = zero;
        while let Some((near, v)) = heap.pop() {
            let v = v as usize;
            if near > distance[v] {
                continue;
            }
            settled = near;
            waiting -= usize::from(network.supply[v] > N::ZERO);
            if waiting == 0 {
                break;
            }
            for &arc in &arcs[begin[v] as usize..begin[v + 1] as usize] {
                let tail = network.tail[arc as usize].index();
                let far = near + T::from_wide(slope(self.view, arc as usize));
                if far < distance[tail] && room(self.view, arc as usize) >= least {
                    distance[tail] = far;
                    links[tail] = Link { parent: v as u32, arc };
                    heap.push(far, tail as u32);
                }
            }
        }
        for (link, &distance) in links.iter_mut().zip(distance.iter()) {
            if distance > settled || waiting > 0 && least > 1 {
                *link = free;
            }
        }
        waiting == 0
    }
}
