//! The tree from which a solve without an earlier answer starts.
//!
//! * One source and one sink: cheapest ways to the sink over arcs that hold the whole amount, if there are
//!   any; the first basis is then a flow already.
//! * Few terminals: cheapest ways to the sinks, from the nodes that lie nearer than the farthest source.
//! * Many: the cheapest arc into every sink.
//!
//! Slopes are those at the lower bound; negative ones count as 0.

use alloc::vec;
use alloc::vec::Vec;

use crate::min_cost_flow::heap::Heap;
use crate::min_cost_flow::view::{NONE, View};
use crate::num::FlowNum;

/// The arc of a node to its parent while the basis is being built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) parent: u32,
    pub(super) arc: u32,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
pub(super) fn links<N: FlowNum>(view: View<'_, N>) -> Vec<Link> {
    let supply = &view.network.supply;
    let mut links = vec![Link { parent: supply.len() as u32, arc: NONE }; supply.len()];
    let total: i128 = supply.iter().map(|supply| supply.widen().max(0)).sum();
    if total == 0 || !view.priced {
        return links;
    }
    let sources = supply.iter().filter(|supply| **supply > N::ZERO).count();
    let sinks = supply.iter().filter(|supply| **supply < N::ZERO).count();
    if 2 * sources.min(sinks).pow(2) > supply.len() {
        cheapest_arcs(view, &mut links);
    } else {
        let ways = Ways::new(view);
        if !view.is_pair() || !ways.search(&mut links, total) {
            ways.search(&mut links, 1);
        }
    }
    links
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

/// Room of an arc, and the slope at its lower bound.
fn room<N: FlowNum>(view: View<'_, N>, arc: usize) -> i128 {
    let upper = if view.open(arc) { i128::MAX } else { view.network.upper[arc].widen() };
    upper.saturating_sub(view.lower(arc))
}

fn slope<N: FlowNum>(view: View<'_, N>, arc: usize) -> i128 {
    let id = crate::id::id_at(arc);
    view.network.cost(id).slope_after(view.network.lower(id)).widen().max(0)
}

/// The tail of the cheapest arc into every sink hangs on the sink.
#[allow(clippy::cast_possible_truncation)]
fn cheapest_arcs<N: FlowNum>(view: View<'_, N>, links: &mut [Link]) {
    let network = view.network;
    let mut best = vec![(i128::MAX, NONE); links.len()];
    for (arc, (tail, head)) in network.tail.iter().zip(&network.head).enumerate() {
        if network.supply[head.index()] < N::ZERO && tail != head {
            let slope = slope(view, arc);
            let best = &mut best[head.index()];
            if slope < best.0 && room(view, arc) > 0 {
                *best = (slope, arc as u32);
            }
        }
    }
    for (sink, &(_, arc)) in best.iter().enumerate().filter(|(_, best)| best.1 != NONE) {
        let tail = view.ends(arc as usize).0;
        // Chains of sinks could close.
        if network.supply[tail] >= N::ZERO && links[tail].arc == NONE {
            links[tail] = Link { parent: sink as u32, arc };
        }
    }
}

/// Dijkstra searches against the arcs, from all sinks.
struct Ways<'a, N> {
    view: View<'a, N>,
    /// Begin of the arcs into each node, and one end.
    begin: Vec<u32>,
    arcs: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<'a, N: FlowNum> Ways<'a, N> {
    fn new(view: View<'a, N>) -> Self {
        let heads = &view.network.head;
        let mut begin = vec![0_u32; view.network.node_count() + 1];
        heads.iter().for_each(|head| begin[head.index()] += 1);
        let mut sum = 0;
        for begin in &mut begin {
            sum += *begin;
            *begin = sum;
        }
        let mut arcs = vec![0; heads.len()];
        for (arc, head) in heads.iter().enumerate().rev() {
            let place = &mut begin[head.index()];
            *place -= 1;
            arcs[*place as usize] = arc as u32;
        }
        Self { view, begin, arcs }
    }

    /// Links the nodes that lie nearer than the farthest source, over arcs of at least some room; false, and
    /// no links, if that does not reach every source.
    fn search(&self, links: &mut [Link], least: i128) -> bool {
        let network = self.view.network;
        let free = Link { parent: links.len() as u32, arc: NONE };
        let mut distance = vec![i128::MAX; links.len()];
        let mut heap = Heap::default();
        let mut waiting = 0_usize;
        for (v, &supply) in network.supply.iter().enumerate() {
            waiting += usize::from(supply > N::ZERO);
            if supply < N::ZERO {
                distance[v] = 0;
                heap.push(0, v as u32);
            }
        }
        let mut settled = 0;
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
            for &arc in &self.arcs[self.begin[v] as usize..self.begin[v + 1] as usize] {
                let tail = network.tail[arc as usize].index();
                let far = near + slope(self.view, arc as usize);
                if far < distance[tail] && room(self.view, arc as usize) >= least {
                    distance[tail] = far;
                    links[tail] = Link { parent: v as u32, arc };
                    heap.push(far, tail as u32);
                }
            }
        }
        for (link, distance) in links.iter_mut().zip(distance) {
            if distance > settled || waiting > 0 && least > 1 {
                *link = free;
            }
        }
        waiting == 0
    }
}
