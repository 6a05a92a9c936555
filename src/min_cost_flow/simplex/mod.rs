//! Primal network simplex.
//!
//! # Problem and notation
//!
//! Every linear piece of every arc is an engine arc of its own with flow 0..=capacity (lower bounds are
//! shifted away, loops settled beforehand). A *basis* is a spanning tree of the nodes and one extra
//! node, the root, which every node can reach by an *artificial* arc of slope M; every other engine arc
//! rests at one of its bounds. Potentials are fixed by reduced cost 0 on tree arcs and 0 at the root.
//!
//! A pivot takes an engine arc of negative reduced cost in the direction in which it can still move,
//! sends as much as fits around the cycle that it closes in the tree, and exchanges it for a tree arc
//! that blocks. When there is none left, the flow is optimal; artificial flow that is left then proves
//! that there is no flow at all (see `Simplex::shortage`).
//!
//! # Invariants
//!
//! * *Strongly feasible* (Cunningham, "A network simplex method", Math. Programming 11, 1976): every
//!   tree arc could carry more towards the root. Among blocking arcs the last one on the cycle, walked
//!   from the join in the direction of the push, keeps it so, and then no basis ever repeats.
//! * M exceeds what any simple path costs: the sum over nodes of the steepest slope at the node. So the
//!   artificial flow never rises, and the sign of a potential tells by which kind of artificial arc the
//!   node hangs on the root.
//! * Sums of flow stay within [`Ranges::flow`](crate::network::Ranges) plus one, potentials within 2 M:
//!   the choice between `i64` and `i128` is made on that.
//!
//! # Structures
//!
//! The tree is kept as parent, preorder thread in both directions, subtree size and last node of the
//! subtree (Grigoriadis, "An efficient implementation of the network simplex method", Math. Programming
//! Study 26, 1986; the survey by Kovács, "Minimum-cost flow algorithms: an experimental evaluation",
//! Optimization Methods and Software 30, 2015). A tree arc's two residual capacities lie in its node, so
//! that the climb to the join reads one cache line per step. For pricing an arc is a record
//! (from, to, cost) in the direction it can move; one that rests at its upper bound is turned round and
//! negated, so there is no state to look up, and tree arcs have reduced cost 0 and never qualify.
//!
//! * Pricing: block search in blocks of about the square root of the number of arcs. Every block holds
//!   runs of arcs from about m / n parts of the network (Kovács' arc mixing).
//! * Potentials of the moved subtree are updated along the thread from both ends at once: two chains of
//!   loads instead of one.
//! * Nodes are renumbered into thread order whenever enough work has gone by: walks then run through
//!   nearly consecutive memory.
//! * Arcs of negative slope start at their upper bound.
//!
//! The number of pivots is bounded by that of the strongly feasible bases; in practice it is a small
//! multiple of n. A pivot costs O(√m + length of the cycle + moved subtree).
//!
//! # Tried elsewhere and left out
//!
//! Candidate lists, several slices of a convex arc per ratio test and blocks other than √m lost on
//! most instance families in a study of this method; updating the smaller side of the cut gained 6 %.
//! A full random shuffle of the arcs took nearly twice the pivots on a 128 x 128 grid (105,000 instead of
//! 56,000) and a quarter more for one payment over 17,000 nodes (12,100 instead of 9,800), about as many
//! on random sparse networks, and a cache miss per arc when laying out.

mod graft;
mod pivot;
mod read;
mod start;
mod tree;

use alloc::vec::Vec;

use super::view::{Earlier, End, Solved, View};
use crate::kernel::Int;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// A node of the tree and the arc to its parent.
#[derive(Clone, Copy, Debug)]
struct Node<T> {
    parent: u32,
    /// Position of the arc to the parent; from the number of arcs on it is artificial.
    arc: u32,
    /// Nodes of the subtree.
    size: u32,
    /// The subtree's last node in the thread.
    last: u32,
    /// What the arc can still carry to the parent.
    up: T,
    /// What the arc can still carry from the parent.
    down: T,
}

/// An arc in the direction in which it can move.
#[derive(Clone, Copy, Debug)]
struct Record<T> {
    from: u32,
    to: u32,
    cost: T,
}

impl<T: Int> Record<T> {
    fn turned(self) -> Self {
        Self { from: self.to, to: self.from, cost: -self.cost }
    }
}

/// The state of one run; the memory is kept from run to run.
#[derive(Clone, Debug, Default)]
pub(super) struct Simplex<T> {
    records: Vec<Record<T>>,
    capacity: Vec<T>,
    /// The arc of the network that a record is a piece of.
    owner: Vec<u32>,
    /// Begin of each arc's pieces, and one end.
    begin: Vec<u32>,
    /// The flow at which each piece ends, by arc.
    ends: Vec<T>,
    /// The record of each piece, by arc.
    slot: Vec<u32>,
    nodes: Vec<Node<T>>,
    thread: Vec<u32>,
    back: Vec<u32>,
    potential: Vec<T>,
    /// The network's node of each position.
    name: Vec<u32>,
    root: u32,
    scratch: Vec<u32>,
    /// Where pricing goes on.
    cursor: usize,
    block: usize,
    pivots: u64,
    /// Work since the last renumbering.
    stale: u64,
}

impl<T: Int> Simplex<T> {
    /// Finds an optimal basis, from an earlier one if there is one; `None` if that takes more work than
    /// `bound`.
    ///
    /// A unit of work is one record priced, one tree arc climbed or one node moved or laid out.
    pub(super) fn solve<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        earlier: Option<Earlier<'_, N>>,
        bound: u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<End<N>>, SolveError> {
        let bound = meter.work().saturating_add(bound);
        meter.tick((view.network.arc_count() + view.network.node_count()) as u64)?;
        self.start(view, earlier);
        if !self.run(bound, meter)? {
            return Ok(None);
        }
        if let Some(shortage) = self.shortage() {
            return Ok(Some(End::Infeasible(shortage)));
        }
        let Some(flows) = self.flows(view) else { return Ok(Some(End::Overflow)) };
        let (potentials, basis, pivots) = (self.potentials(), self.basis(), self.pivots);
        Ok(Some(End::Optimal(Solved { flows, potentials, basis, pivots })))
    }

    /// Pivots until no arc has a negative reduced cost; false if the meter passes `bound` before.
    fn run(&mut self, bound: u64, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        while let Some((arc, reduced)) = self.price(meter)? {
            if meter.work() > bound {
                return Ok(false);
            }
            let work = self.pivot(arc, reduced);
            meter.tick(work)?;
            self.pivots += 1;
            self.stale += work + 8;
            if self.stale > 4 * self.records.len() as u64 + 16 * self.nodes.len() as u64 {
                meter.tick((self.records.len() + self.nodes.len()) as u64)?;
                self.renumber();
                self.stale = 0;
            }
        }
        Ok(true)
    }
}
