//! The cut tree of what reductions leave: Gusfield's algorithm with lazy flows.
//!
//! # Method
//!
//! Start with a star around the node of the largest degree. For every other node s, its parent t and a
//! minimum cut S between them: children of t in S become children of s, and if the parent of t lies in
//! S, then s takes the place of t. Nodes come by falling degree, so that the flow from s to its parent
//! is at most the degree of s; if it is as much, {s} is the cut and nothing is re-hung.
//!
//! Flows are [lazy](crate::max_flow::lazy): each looks at the surroundings of s only, and of a cut it
//! names the smaller side. Re-hanging follows the list of that side alone. If it is the side of t, its
//! children in the list follow t and the others stay where they are, at a place that s takes over: the
//! parent of a node is a *place*, and a place has an owner.
//!
//! # Where a flow may end
//!
//! Let c(u) be the minimum cut between u and the root, known for every node u that is done. If c(u) and c(t)
//! are at least k, no cut below k separates u from t. So if k is the degree of s, a flow from s of up to k may
//! end at u as well as at t: what it proves of s and all of these as one node it proves of s and t. The same
//! holds for k = a + 1 once a search has run into a cut of capacity a: no more will flow. Nodes of large degree
//! are done first and most are well connected, so that most flows end at neighbours of s, and {s} is the cut.
//!
//! # Proof
//!
//! Before a cut is used, its flow and its capacity have been recomputed: arcs within their capacities,
//! balanced nodes, the amount at the terminals, the capacity of the named side. That costs as much as
//! the flow and the side are long.
//!
//! Reference: Gusfield, "Very simple methods for all pairs network flow analysis", SIAM J. Comput. 19
//! (1990).

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::contracted::Contracted;
use crate::check::Violation;
use crate::id::id_at;
use crate::kernel::Int;
use crate::kernel::pairs::Pairs;
use crate::max_flow::lazy::{End, Goal, Lazy, Source};
use crate::solve::{Meter, SolveError};

/// The remaining graph, with its nodes renumbered.
pub(super) struct Gusfield<'a, T> {
    kept: &'a [usize],
    pairs: Pairs,
    degree: Vec<T>,
    lazy: Lazy<T>,
    /// Net outflow of nodes while a flow is checked; 0 otherwise.
    net: Vec<T>,
}

/// The tree so far.
struct Places {
    /// The place that a node hangs from.
    above: Vec<u32>,
    /// The place of a node, and the node of a place.
    place: Vec<u32>,
    owner: Vec<u32>,
}

/// Nodes that no cut below `least` separates from a sink: both are connected to the root that well. No more than
/// `least` may flow then.
struct Joined<'a, T> {
    /// The capacity of the minimum cuts between the root and the nodes that are done, 0 for others.
    connectivity: &'a [T],
    sink: usize,
    least: T,
}

impl<T: Int> Source<T> for Joined<'_, T> {
    fn reveal(&mut self, _: &Pairs, _: usize, _: &mut [T], _: &mut [T]) {}

    #[inline]
    fn ends(&self, node: usize) -> bool {
        self.connectivity[node].min(self.connectivity[self.sink]) >= self.least
    }

    fn at_most(&mut self, amount: T) {
        // Cuts of this amount must not separate them either.
        self.least = self.least.min(amount.saturating_add(T::one()));
    }
}

/// The smaller side of a minimum cut.
struct Side {
    end: End,
    nodes: Vec<u32>,
    /// Whether the side is one terminal alone.
    single: bool,
}

#[allow(clippy::cast_possible_truncation)] // nodes are ids
impl Side {
    fn of_source(s: usize) -> Self {
        Self { end: End::Source, nodes: vec![s as u32], single: true }
    }
}

#[allow(clippy::cast_possible_truncation)] // nodes are ids
impl<'a, T: Int + Default> Gusfield<'a, T> {
    pub(super) fn new(rest: &Contracted, kept: &'a [usize]) -> Self {
        let number = |node: usize| kept.binary_search(&node).unwrap_or(0);
        let mut edges = Vec::new();
        for (i, &node) in kept.iter().enumerate() {
            let up = rest.neighbours(node).filter(|&(other, _)| other > node);
            let first = edges.len();
            edges.extend(up.map(|(other, capacity)| (i, number(other), capacity)));
            // Neighbours come in the order of their lists, which merges have mixed up.
            edges[first..].sort_unstable();
        }
        let pairs = Pairs::new(kept.len(), edges.iter().map(|&(u, v, _)| (u, v)));
        let of_arc = pairs.edges();
        let mut lazy = Lazy::default();
        lazy.load(&pairs, of_arc.iter().map(|&edge| T::from_wide(edges[edge as usize].2)));
        let degree = kept.iter().map(|&node| T::from_wide(rest.degree(node))).collect();
        Self { kept, pairs, degree, lazy, net: vec![T::zero(); kept.len()] }
    }

    /// Writes parents and values of all nodes but the root, which is returned.
    pub(super) fn run(
        &mut self,
        parent: &mut [u32],
        value: &mut [i128],
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<usize>, SolveError> {
        let nodes = self.kept.len();
        let mut order: Vec<usize> = (0..nodes).collect();
        order.sort_by_key(|&node| Reverse(self.degree[node]));
        let Some((&root, others)) = order.split_first() else { return Ok(None) };
        let own: Vec<u32> = (0..nodes as u32).collect();
        let mut tree = Places { above: vec![root as u32; nodes], place: own.clone(), owner: own };
        let mut flow = vec![T::zero(); nodes];
        // The capacity of the minimum cuts between the root and the nodes that are done.
        let mut connectivity = vec![T::zero(); nodes];
        connectivity[root] = T::max_value();
        for &s in others {
            let t = tree.parent(s);
            let (amount, side) = self.cut(s, t, &connectivity, meter)?;
            flow[s] = amount;
            connectivity[s] = amount.min(connectivity[t]);
            tree.hang(s, t, &side);
            if t != root {
                // Whether the parent of t lies on the side of s.
                if self.holds(&side, tree.parent(t)) == (side.end == End::Source) {
                    tree.above[s] = tree.above[t];
                    tree.above[t] = tree.place[s];
                    flow.swap(s, t);
                }
            }
        }
        for &v in others {
            let node = self.kept[v];
            (parent[node], value[node]) = (self.kept[tree.parent(v)] as u32, flow[v].wide());
        }
        Ok(Some(self.kept[root]))
    }

    /// A checked minimum cut between two nodes; the flow may end at any node joined to `t`.
    fn cut(
        &mut self,
        s: usize,
        t: usize,
        connectivity: &[T],
        meter: &mut Meter<'_, '_>,
    ) -> Result<(T, Side), SolveError> {
        let target = self.degree[s].min(self.degree[t]);
        let mut joined = Joined { connectivity, sink: t, least: target };
        let found = self.lazy.run_from(&mut joined, &self.pairs, (s, t), (target, Goal::Most), meter)?;
        let side = match found.exhausted {
            Some(end) => Side { end, nodes: self.lazy.nodes(end).to_vec(), single: false },
            None if target == self.degree[s] => Side::of_source(s),
            None => Side { end: End::Sink, nodes: vec![t as u32], single: true },
        };
        self.certify_flow(s, t, found.flow, &joined)?;
        self.certify_cut(s, t, found.flow, &side)?;
        Ok((found.flow, side))
    }

    /// The flow respects capacities, every node but the terminals sends out what it gets, and the source
    /// sends the amount; `t` and the nodes joined to it get it.
    fn certify_flow(
        &mut self,
        s: usize,
        t: usize,
        amount: T,
        joined: &Joined<'_, T>,
    ) -> Result<(), Violation> {
        let Self { kept, pairs, lazy, net, .. } = self;
        net[s] -= amount;
        net[t] += amount;
        // Cuts as small as the amount do not separate what is joined.
        let mut wrong = (amount > joined.least).then_some((s, amount));
        for &(arc, flow) in lazy.flows() {
            let (tail, head) = (pairs.head(pairs.mate(arc as usize)), pairs.head(arc as usize));
            let merged = |node| if joined.ends(node) { t } else { node };
            net[merged(tail)] += flow;
            net[merged(head)] -= flow;
            if flow.abs() > lazy.capacity(arc as usize) {
                wrong = Some((tail, flow));
            }
        }
        let ends = lazy
            .flows()
            .iter()
            .flat_map(|&(arc, _)| [pairs.head(pairs.mate(arc as usize)), pairs.head(arc as usize)]);
        for node in ends.chain([s, t]) {
            let excess = core::mem::replace(&mut net[node], T::zero());
            if excess != T::zero() {
                wrong = Some((node, excess));
            }
        }
        let Some((node, excess)) = wrong else { return Ok(()) };
        Err(Violation::Balance { node: id_at(kept[node]), excess: excess.wide(), expected: 0 })
    }

    /// The side holds one terminal and has the capacity claimed.
    fn certify_cut(&self, s: usize, t: usize, claimed: T, side: &Side) -> Result<(), Violation> {
        let (own, other) = if side.end == End::Source { (s, t) } else { (t, s) };
        let mut actual = T::zero();
        for &node in &side.nodes {
            let crossing =
                self.pairs.out(node as usize).filter(|&arc| !self.holds(side, self.pairs.head(arc)));
            actual += crossing.fold(T::zero(), |sum, arc| sum + self.lazy.capacity(arc));
        }
        if !self.holds(side, own) || self.holds(side, other) {
            return Err(Violation::Side { node: id_at(self.kept[own]) });
        }
        let (what, claimed, actual) = ("capacity of the cut", claimed.wide(), actual.wide());
        if actual == claimed { Ok(()) } else { Err(Violation::Value { what, claimed, actual }) }
    }

    fn holds(&self, side: &Side, node: usize) -> bool {
        if side.single {
            side.nodes.first() == Some(&(node as u32))
        } else {
            self.lazy.visited(node, side.end)
        }
    }
}

impl Places {
    fn parent(&self, node: usize) -> usize {
        self.owner[self.above[node] as usize] as usize
    }

    /// Hangs the children of `t` on the side of `s` below `s`, which has no children yet.
    fn hang(&mut self, s: usize, t: usize, side: &Side) {
        let (shared, fresh) = (self.place[t], self.place[s]);
        if side.end == End::Sink {
            // Those not listed stay; the place gets another owner.
            self.place.swap(s, t);
            self.owner.swap(shared as usize, fresh as usize);
            self.above[s] = fresh;
        }
        for &node in &side.nodes {
            let node = node as usize;
            if node != s && self.above[node] == shared {
                self.above[node] = fresh;
            }
        }
    }
}
