//! Primal network simplex.
//!
//! # Problem and notation
//!
//! Every linear piece of every arc counts as an arc with flow 0..=capacity (lower bounds are
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
//! * M exceeds what any simple path costs: the steepest slope for every node. So the
//!   artificial flow never rises, and the sign of a potential tells by which kind of artificial arc the
//!   node hangs on the root.
//! * Sums of flow stay within [`Ranges::flow`](crate::network::Ranges) plus one, potentials within 2 M of
//!   the root's, and that within 2 M of 0 before a pivot: the choice between `i64` and `i128` is made on that.
//!
//! # Structures
//!
//! The tree is kept as parent, preorder thread in both directions, subtree size and last node of the
//! subtree (Grigoriadis, "An efficient implementation of the network simplex method", Math. Programming
//! Study 26, 1986; the survey by Kovács, "Minimum-cost flow algorithms: an experimental evaluation",
//! Optimization Methods and Software 30, 2015). A tree arc's two residual capacities lie in its node, so
//! that the climb to the join reads one cache line per step. For pricing an arc is a record
//! (from, to, cost) in the direction it can move; two records stand for parallel arcs and all their pieces: see
//! [`arcs`] and [`bundles`].
//!
//! * Pricing: block search in blocks of about the square root of the number of records, which are stripes
//!   through the whole network, cheap arcs first where there are many; much shorter ones between one source and
//!   one sink: see [`pricing`].
//! * Potentials change in the moved subtree or, with the other sign, everywhere else, whichever is smaller;
//!   along the thread from both ends at once: two chains of loads instead of one.
//! * Nodes are renumbered into thread order whenever enough work has gone by: walks then run through
//!   nearly consecutive memory.
//! * Nodes with one neighbour, and trees of them, stay out of the tree: see [`pendants`].
//! * A run can go on from the basis of the last one: see [`resume`].
//! * Arcs of negative slope start at their upper bound, and a few nodes start on cheap ways: see [`seed`].
//!
//! The number of pivots is bounded by that of the strongly feasible bases; in practice it is a small
//! multiple of n. A pivot costs O(√m + length of the cycle + moved subtree).
//!
//! # Tried elsewhere and left out
//!
//! Candidate lists, several slices of a convex arc per ratio test and blocks other than √m lost on
//! most instance families in a study of this method.
//! A full random shuffle of the arcs took nearly twice the pivots on a 128 x 128 grid (105,000 instead of
//! 56,000) and a quarter more for one payment over 17,000 nodes (12,100 instead of 9,800), about as many
//! on random sparse networks, and a cache miss per arc when laying out.

mod arcs;
mod bundles;
mod graft;
mod layout;
mod pendants;
mod pivot;
mod pricing;
mod read;
mod relay;
mod repair;
mod resume;
mod seed;
mod start;
mod tree;

use alloc::vec::Vec;

use super::anytime::Record;
use super::heap::Heap;
use super::view::{Earlier, End, Solved, View};
use crate::kernel::Int;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};
use arcs::Arcs;
use pendants::Pendants;
use pricing::Pricing;
pub(super) use resume::{Changes, Resumed};
use seed::Link;

/// A node of the tree and the arc to its parent.
#[derive(Clone, Copy, Debug)]
struct Node<T> {
    parent: u32,
    /// The record of the arc to the parent; [`NONE`](super::view::NONE) if it is artificial.
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

/// The state of one run; the memory is kept from run to run.
#[derive(Clone, Debug, Default)]
pub(super) struct Simplex<T> {
    arcs: Arcs<T>,
    nodes: Vec<Node<T>>,
    thread: Vec<u32>,
    back: Vec<u32>,
    potential: Vec<T>,
    /// The network's node of each position.
    name: Vec<u32>,
    root: u32,
    /// Memory for what is written in one order and read in another.
    scratch: Vec<u32>,
    excess: Vec<T>,
    links: Vec<Link>,
    heap: Heap<T>,
    /// Bundles in the first tree.
    marks: Vec<u64>,
    pendants: Pendants<T>,
    pricing: Pricing,
    /// A bound on what any path costs; the root's potential stays within four times that.
    penalty: T,
    pivots: u64,
    /// Work since the last renumbering.
    stale: u64,
    /// Whether the basis is optimal for the network of the last run, all bounded and in the tree: see [`resume`].
    held: bool,
}

impl<T: Int> Simplex<T> {
    /// Finds an optimal basis, from an earlier one if there is one; `None` if that takes more work than
    /// a `patience`, or if trees promise to be deep. If this is all that is solved `once`, memory is released as soon as it is not needed.
    ///
    /// A unit of work is one record priced, one tree arc climbed or one node moved or laid out.
    pub(super) fn solve<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        earlier: Option<Earlier<'_, N>>,
        patience: Option<u64>,
        once: bool,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Option<End<N>>, SolveError> {
        let bound = meter.work().saturating_add(patience.unwrap_or(u64::MAX));
        meter.tick((view.network.arc_count() + view.network.node_count()) as u64)?;
        (self.held, self.arcs.logs) = (false, false);
        let links = self.first_links(view, earlier);
        if patience.is_some() && earlier.is_none() && seed::promises_depth(view, &links) {
            self.links = links;
            return Ok(None);
        }
        self.start(view, earlier, links, once);
        if !self.run(view, bound, meter, record)? {
            return Ok(None);
        }
        if let Some(shortage) = self.shortage() {
            return Ok(Some(End::Infeasible(shortage)));
        }
        if once {
            self.shed();
        }
        let (potentials, basis, pivots) = (self.potentials(), self.basis(), self.pivots);
        if once {
            self.potential = Vec::new();
        }
        let Some(flows) = self.flows(view) else { return Ok(Some(End::Overflow)) };
        self.held =
            !once && self.pendants.list.is_empty() && view.priced && view.network.unbounded.is_empty();
        Ok(Some(End::Optimal(Solved { flows, potentials, basis, pivots })))
    }

    /// Pivots until no arc has a negative reduced cost; false if the meter passes `bound` before.
    fn run<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        bound: u64,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<bool, SolveError> {
        while let Some((entering, reduced)) = self.price(meter)? {
            if meter.work() > bound {
                return Ok(false);
            }
            let work = self.pivot(view, entering, reduced);
            meter.tick(work)?;
            self.pivots += 1;
            if record.due(meter) {
                let flows = if self.short() { None } else { self.flows(view) };
                record.note(view, meter, self.potentials(), flows)?;
            }
            self.stale += work + 8;
            if self.stale > 4 * self.arcs.records.len() as u64 + 16 * self.nodes.len() as u64 {
                meter.tick((self.arcs.records.len() + self.nodes.len()) as u64)?;
                self.renumber();
                self.stale = 0;
            }
        }
        Ok(true)
    }
}
