//! Engine arcs and the first basis, from nothing or from an earlier answer.
//!
//! Arcs outside the tree rest at a breakpoint of their cost: without an earlier answer behind the last
//! bounded piece of negative slope, else where they were, or at the breakpoint nearest to it. What the
//! nodes then lack or have in excess goes up the old tree from the leaves: each node passes its excess
//! on over its parent arc. Where that does not fit, or fits so exactly that nothing more could move
//! towards the root, the arc rests at that bound and the node hangs on the root by an artificial arc
//! that carries what is left. The result is a strongly feasible basis whatever was amended, and without
//! an earlier answer it is the usual star.

use alloc::vec;
use alloc::vec::Vec;

use super::{Node, Record, Simplex, graft};
use crate::kernel::Int;
use crate::min_cost_flow::view::{Earlier, NONE, View};
use crate::num::FlowNum;

/// The arc of a node to its parent while the basis is being built.
#[derive(Clone, Copy, Debug)]
struct Link {
    parent: u32,
    arc: u32,
}

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// Lays out a network and builds the first basis. O(n + pieces).
    pub(super) fn start<N: FlowNum>(&mut self, view: View<'_, N>, earlier: Option<Earlier<'_, N>>) {
        let nodes = view.network.node_count();
        let penalty = self.lay_out(view);
        let links = links(view, earlier);
        let mut in_tree = vec![false; view.network.arc_count()];
        for link in &links {
            if link.arc != NONE {
                in_tree[link.arc as usize] = true;
            }
        }
        let mut excess: Vec<T> =
            view.network.nodes().map(|v| T::from_wide(view.network.supply(v).widen())).collect();
        for arc in (0..view.network.arc_count()).filter(|&arc| !in_tree[arc]) {
            let (tail, head) = view.ends(arc);
            if tail == head {
                continue;
            }
            let flow = match earlier {
                Some(basis) => self.nearest(view, arc, basis.flows[arc].widen()),
                None => self.cheapest(view, arc),
            };
            excess[tail] -= flow;
            excess[head] += flow;
            self.rest(arc, flow);
        }
        self.plant(&links, nodes);
        self.hand_up(view, &links, &mut excess);
        self.secure(&excess, penalty);
    }

    /// Makes engine arcs, in mixed order; returns M.
    fn lay_out<N: FlowNum>(&mut self, view: View<'_, N>) -> T {
        let arcs = view.network.arc_count();
        let mut steepest = vec![T::zero(); view.network.node_count()];
        let mut slopes = Vec::new();
        self.ends.clear();
        self.begin.clear();
        self.begin.push(0);
        for arc in 0..arcs {
            let (tail, head) = view.ends(arc);
            if tail != head {
                let before = self.ends.len();
                view.stretches(arc).for_each(|stretch| {
                    self.ends.push(stretch.to);
                    slopes.push(stretch.slope);
                });
                // Slopes rise, so the steepest is the first or the last.
                let outer = slopes.get(before).into_iter().chain(slopes.last()).map(|slope| slope.abs());
                let steep = outer.max().filter(|_| self.ends.len() > before).unwrap_or_else(T::zero);
                steepest[tail] = steepest[tail].max(steep);
                steepest[head] = steepest[head].max(steep);
            }
            self.begin.push(self.ends.len() as u32);
        }
        let count = self.ends.len();
        self.block = count.isqrt().max(10);
        self.mix((count / view.network.node_count().max(1)).max(3));
        self.records.clear();
        self.records.resize(count, Record { from: 0, to: 0, cost: T::zero() });
        self.capacity.clear();
        self.capacity.resize(count, T::zero());
        self.owner.clear();
        self.owner.resize(count, 0);
        for arc in 0..arcs {
            let (tail, head) = view.ends(arc);
            let mut from = T::from_wide(view.lower(arc));
            for piece in self.pieces(arc) {
                let slot = self.slot[piece] as usize;
                self.records[slot] = Record { from: tail as u32, to: head as u32, cost: slopes[piece] };
                self.capacity[slot] = self.ends[piece] - from;
                self.owner[slot] = arc as u32;
                from = self.ends[piece];
            }
        }
        (self.cursor, self.pivots, self.stale) = (0, 0, 0);
        steepest.into_iter().fold(T::one(), |sum, slope| sum + slope)
    }

    /// Places the pieces so that a pricing block holds a short run of them from each of `parts` parts of
    /// the network. Runs stay together, so that laying out and reading back walk through memory.
    fn mix(&mut self, parts: usize) {
        let count = self.ends.len();
        let (part, run) = (count.div_ceil(parts), self.block.div_ceil(parts));
        self.slot.clear();
        self.slot.resize(count, 0);
        let mut next = 0;
        for offset in (0..part).step_by(run) {
            for begin in (0..count).step_by(part) {
                let end = (begin + part).min(count).min(begin + offset + run);
                for slot in self.slot.iter_mut().take(end).skip(begin + offset) {
                    *slot = next;
                    next += 1;
                }
            }
        }
    }

    /// The pieces of an arc, by rising flow.
    pub(super) fn pieces(&self, arc: usize) -> core::ops::Range<usize> {
        self.begin[arc] as usize..self.begin[arc + 1] as usize
    }

    /// Turns a piece of a fresh layout round: it is full.
    fn fill(&mut self, piece: usize) {
        let record = &mut self.records[self.slot[piece] as usize];
        *record = record.turned();
    }

    /// Fills the pieces of an arc up to a breakpoint.
    fn rest(&mut self, arc: usize, flow: T) {
        for piece in self.pieces(arc) {
            if self.ends[piece] <= flow {
                self.fill(piece);
            }
        }
    }

    /// Where an arc of a fresh layout would rest if its ends had the same potential.
    fn cheapest<N: FlowNum>(&self, view: View<'_, N>, arc: usize) -> T {
        let mut pieces = self.pieces(arc);
        pieces.end -= usize::from(view.open(arc));
        let falling = pieces.take_while(|&piece| self.records[self.slot[piece] as usize].cost < T::zero());
        falling.last().map_or_else(|| T::from_wide(view.lower(arc)), |piece| self.ends[piece])
    }

    /// The breakpoint nearest to an earlier flow.
    fn nearest<N: FlowNum>(&self, view: View<'_, N>, arc: usize, old: i128) -> T {
        let lower = view.lower(arc);
        let old = T::from_wide(old.clamp(lower, view.network.ranges().flow.max(lower)));
        let mut best = T::from_wide(lower);
        let mut pieces = self.pieces(arc);
        pieces.end -= usize::from(view.open(arc));
        for piece in pieces {
            if (self.ends[piece] - old).abs() < (best - old).abs() {
                best = self.ends[piece];
            }
        }
        best
    }

    /// The tree of the links, with no residual capacities yet.
    fn plant(&mut self, links: &[Link], nodes: usize) {
        let zero = T::zero();
        let blank = |parent| Node { parent, arc: NONE, size: 1, last: 0, up: zero, down: zero };
        self.root = nodes as u32;
        self.nodes.clear();
        self.nodes.extend(links.iter().map(|link| blank(link.parent)));
        self.nodes.push(blank(NONE));
        self.name.clear();
        self.name.extend(0..=nodes as u32);
        self.grow();
    }

    /// Passes every node's excess on to its parent, from the leaves; what does not fit stays, and with
    /// it the node leaves its parent.
    fn hand_up<N: FlowNum>(&mut self, view: View<'_, N>, links: &[Link], excess: &mut [T]) {
        let mut v = self.back[self.root as usize];
        while v != self.root {
            let next = self.back[v as usize];
            let node = v as usize;
            if let Some(&Link { arc, parent }) = links.get(node).filter(|link| link.arc != NONE) {
                let arc = arc as usize;
                let outward = view.ends(arc).0 == node;
                let wanted = if outward { excess[node] } else { -excess[node] };
                let lower = T::from_wide(view.lower(arc));
                let upper = self.pieces(arc).last().map_or(lower, |piece| self.ends[piece]);
                let flow = wanted.max(lower).min(upper);
                let sent = if outward { flow } else { -flow };
                excess[node] -= sent;
                excess[parent as usize] += sent;
                let room = if outward { flow < upper } else { flow > lower };
                if flow == wanted && room {
                    self.enter(node, arc, lower, flow, outward);
                } else {
                    self.rest(arc, flow);
                    self.nodes[node].parent = self.root;
                }
            }
            v = next;
        }
    }

    /// Makes the piece of an arc that has room towards the root basic.
    fn enter(&mut self, node: usize, arc: usize, lower: T, flow: T, outward: bool) {
        let mut from = lower;
        for piece in self.pieces(arc) {
            let to = self.ends[piece];
            let below = if outward { to <= flow } else { to < flow };
            let above = if outward { from > flow } else { from >= flow };
            if below {
                self.fill(piece);
            } else if !above {
                let place = &mut self.nodes[node];
                place.arc = self.slot[piece];
                (place.up, place.down) =
                    if outward { (to - flow, flow - from) } else { (flow - from, to - flow) };
            }
            from = to;
        }
    }

    /// Hangs the nodes without a parent arc on the root, and computes all potentials.
    fn secure(&mut self, excess: &[T], penalty: T) {
        let arcs = self.records.len() as u32;
        let zero = T::zero();
        let reach = excess.iter().filter(|e| **e > zero).fold(T::one(), |sum, e| sum + *e);
        for (v, excess) in excess.iter().enumerate() {
            let node = &mut self.nodes[v];
            if node.parent == self.root {
                node.arc = arcs + v as u32;
                let flow = excess.abs();
                (node.up, node.down) =
                    if *excess >= zero { (reach - flow, flow) } else { (flow, reach - flow) };
            }
        }
        self.grow();
        self.potential.clear();
        self.potential.resize(self.nodes.len(), zero);
        let mut v = self.thread[self.root as usize] as usize;
        while v != self.root as usize {
            let node = self.nodes[v];
            let parent = self.potential[node.parent as usize];
            self.potential[v] = match self.records.get(node.arc as usize) {
                Some(record) if record.from as usize == v => parent - record.cost,
                Some(record) => parent + record.cost,
                None if excess[v] >= zero => -penalty,
                None => penalty,
            };
            v = self.thread[v] as usize;
        }
    }
}

/// The old tree as far as it is one: arcs that do not touch their node or that close a cycle are
/// replaced by the root, and so are arcs that can carry one amount only.
#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
fn links<N: FlowNum>(view: View<'_, N>, earlier: Option<Earlier<'_, N>>) -> Vec<Link> {
    let nodes = view.network.node_count();
    let free = Link { parent: nodes as u32, arc: NONE };
    let mut links = vec![free; nodes];
    let Some(earlier) = earlier else { return links };
    let grown = if earlier.basis.is_empty() { graft::tree(view, earlier) } else { Vec::new() };
    let basis = if earlier.basis.is_empty() { &grown } else { earlier.basis };
    for (node, &arc) in basis.iter().enumerate().take(nodes) {
        if (arc as usize) < view.network.arc_count() && view.stretches::<i128>(arc as usize).next().is_some()
        {
            let (tail, head) = view.ends(arc as usize);
            if tail != head && (tail == node || head == node) {
                let parent = if tail == node { head } else { tail };
                links[node] = Link { parent: parent as u32, arc };
            }
        }
    }
    // The walk that first came by; a node met twice on one walk closes a cycle.
    let mut walk = vec![NONE; nodes];
    for begin in 0..nodes {
        let mut v = begin;
        while v < nodes && walk[v] == NONE {
            walk[v] = begin as u32;
            v = links[v].parent as usize;
        }
        if v < nodes && walk[v] == begin as u32 {
            links[v] = free;
        }
    }
    links
}
