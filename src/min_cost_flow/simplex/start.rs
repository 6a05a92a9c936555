//! Engine arcs and the first basis, from nothing or from an earlier answer.
//!
//! Arcs outside the tree rest at a breakpoint of their cost: without an earlier answer behind the last
//! bounded piece of negative slope, else where they were, or at the breakpoint nearest to it. What the
//! nodes then lack or have in excess goes up the old tree from the leaves: each node passes its excess
//! on over its parent arc. Where that does not fit, or fits so exactly that nothing more could move
//! towards the root, the arc rests at that bound and the node hangs on the root by an artificial arc
//! that carries what is left. The result is a strongly feasible basis whatever was amended. Without an
//! earlier answer the tree is the usual star with a few good guesses: see [`seed`].

use alloc::vec::Vec;

use super::arcs::Basic;
use super::pricing::{Manner, Pricing};
use super::seed::{self, Link};
use super::{Node, Simplex, graft};
use crate::kernel::Int;
use crate::min_cost_flow::heap::Heap;
use crate::min_cost_flow::view::{Earlier, NONE, View};
use crate::num::FlowNum;

#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
impl<T: Int> Simplex<T> {
    /// Lays out a network and builds the first basis from the arcs of its tree; memory is released as soon as it is not needed if this is
    /// all that is solved `once`. O(n + pieces).
    pub(super) fn start<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        earlier: Option<Earlier<'_, N>>,
        mut links: Vec<Link>,
        once: bool,
    ) {
        let nodes = view.network.node_count();
        self.nodes.clear();
        (self.pivots, self.stale) = (0, 0);
        // More than any simple path costs, twice that so that slopes may rise before it must.
        self.penalty = T::from_wide(2 * view.network.ranges().slope.max(1) * (nodes as i128 + 1));
        if once {
            (self.arcs.log, self.heap) = (Vec::new(), Heap::default());
        }
        let mut excess = core::mem::take(&mut self.excess);
        excess.clear();
        excess.extend(view.network.supply.iter().map(|supply| T::from_wide(supply.widen())));
        self.pendants.list.clear();
        let apart = earlier.is_none() && !view.is_pair();
        let pendants = apart.then_some((&mut self.pendants, &mut excess[..]));
        self.arcs.lay_out(view, pendants, &mut self.scratch);
        self.pendants.unlink(&mut links);
        let manner = match self.arcs.bundled {
            false if self.arcs.scattered => Manner::Scattered,
            false if seed::favours_haste(view, &links) => Manner::Hasty,
            _ => Manner::Striped,
        };
        self.pricing = Pricing::new(self.arcs.near, nodes, manner, self.arcs.paired());
        self.rest_all(view, earlier, &links, &mut excess);
        self.plant(&links, nodes);
        self.hand_up(view, &links, &mut excess);
        self.secure(&excess);
        if !self.pendants.list.is_empty() {
            self.renumber();
        }
        if once {
            (self.arcs.at, self.marks) = (Vec::new(), Vec::new());
        } else {
            (self.excess, self.links) = (excess, links);
        }
    }

    /// The arcs of the first tree.
    pub(super) fn first_links<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        earlier: Option<Earlier<'_, N>>,
    ) -> Vec<Link> {
        self.potential.clear();
        self.potential.reserve_exact(view.network.node_count() + 1);
        let mut links = core::mem::take(&mut self.links);
        match earlier {
            Some(earlier) => known_links(view, earlier, &mut links, &mut self.scratch),
            None => {
                let (begin, arcs) = (&mut self.scratch, &mut self.arcs.log);
                let (distance, heap) = (&mut self.potential, &mut self.heap);
                seed::links(view, &mut links, seed::Memory { begin, arcs, distance, heap });
            }
        }
        links
    }

    /// Puts all bundles outside the tree at a breakpoint.
    fn rest_all<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        earlier: Option<Earlier<'_, N>>,
        links: &[Link],
        excess: &mut [T],
    ) {
        let bundles = self.arcs.bundle_count();
        let mut in_tree = core::mem::take(&mut self.marks);
        in_tree.clear();
        in_tree.resize(bundles.div_ceil(64), 0);
        for link in links.iter().filter(|link| link.arc != NONE) {
            let bundle = self.arcs.bundle_of(link.arc as usize);
            in_tree[bundle / 64] |= 1_u64 << (bundle % 64);
        }
        let old = earlier.map(|earlier| earlier.flows);
        let network = view.network;
        for bundle in (0..bundles).filter(|&bundle| in_tree[bundle / 64] >> (bundle % 64) & 1 == 0) {
            // Most arcs rest at a lower bound of zero.
            if !self.arcs.bundled && network.lower[bundle] == N::ZERO {
                let rests = match old {
                    Some(old) => old[bundle] == N::ZERO,
                    None => network.costs.first[bundle] >= N::ZERO,
                };
                if rests {
                    continue;
                }
            }
            let (tail, head) = self.arcs.ends(view, bundle);
            if tail == head {
                continue;
            }
            let flow = self.arcs.rest(view, bundle, old);
            if flow != T::zero() {
                excess[tail] -= flow;
                excess[head] += flow;
            }
        }
        self.marks = in_tree;
    }

    /// The tree of the links, with no residual capacities yet.
    fn plant(&mut self, links: &[Link], nodes: usize) {
        let zero = T::zero();
        let blank = |parent| Node { parent, arc: NONE, size: 1, last: 0, up: zero, down: zero };
        self.root = nodes as u32;
        self.nodes.reserve_exact(nodes + 1);
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
                let bundle = self.arcs.bundle_of(arc as usize);
                let outward = self.arcs.ends(view, bundle).0 == node;
                let wanted = if outward { excess[node] } else { -excess[node] };
                let (flow, stays) = self.settle_below(view, bundle, node, wanted);
                let sent = if outward { flow } else { -flow };
                excess[node] -= sent;
                excess[parent as usize] += sent;
                if !stays {
                    self.nodes[node].parent = self.root;
                }
            }
            v = next;
        }
    }

    /// Lets the bundle of the arc below a node carry what is wanted from its first to its last node, as far as it can; if that is less, or
    /// nothing more goes towards the root then, the node has no arc. Returns the flow, and whether it has.
    pub(super) fn settle_below<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        bundle: usize,
        below: usize,
        wanted: T,
    ) -> (T, bool) {
        let outward = self.arcs.ends(view, bundle).0 == self.name[below] as usize;
        let (lower, upper) = self.arcs.range(view, bundle);
        let flow = wanted.max(lower).min(upper);
        let room = if outward { flow < upper } else { flow > lower };
        let basic = self.arcs.settle(view, bundle, flow, outward, flow == wanted && room);
        let node = &mut self.nodes[below];
        match basic {
            Some(Basic { arc, below, above }) => {
                node.arc = arc;
                (node.up, node.down) = if outward { (above, below) } else { (below, above) };
            }
            None => (node.arc, node.up, node.down) = (NONE, T::zero(), T::zero()),
        }
        (flow, basic.is_some())
    }

    /// Hangs the nodes without a parent arc on the root, and computes all potentials.
    fn secure(&mut self, excess: &[T]) {
        let zero = T::zero();
        let reach = excess.iter().filter(|e| **e > zero).fold(T::one(), |sum, e| sum + *e);
        for (v, excess) in excess.iter().enumerate() {
            let node = &mut self.nodes[v];
            if node.parent == self.root {
                node.arc = NONE;
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
            self.potential[v] = if node.arc != NONE {
                parent - self.arcs.cost_from(node.arc, v)
            } else if excess[v] >= zero {
                -self.penalty
            } else {
                self.penalty
            };
            v = self.thread[v] as usize;
        }
    }
}

/// The old tree as far as it is one: arcs that do not touch their node or that close a cycle are
/// replaced by the root, and so are arcs that can carry one amount only.
#[allow(clippy::cast_possible_truncation)] // counts are below 2^32 by the limit on ids
fn known_links<N: FlowNum>(
    view: View<'_, N>,
    earlier: Earlier<'_, N>,
    links: &mut Vec<Link>,
    walk: &mut Vec<u32>,
) {
    let nodes = view.network.node_count();
    let free = Link { parent: nodes as u32, arc: NONE };
    links.clear();
    links.resize(nodes, free);
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
    walk.clear();
    walk.resize(nodes, NONE);
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
}
