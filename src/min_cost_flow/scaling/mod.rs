//! Cost scaling.
//!
//! # Problem and notation
//!
//! All costs are multiplied by n + 1. A flow is ε-optimal for potentials π if no residual arc has a reduced
//! cost c + π(tail) - π(head) below -ε; with ε = 1 it is optimal, since a cycle of at most n arcs then costs
//! more than -(n + 1), hence at least 0 (Bertsekas 1979; Goldberg and Tarjan, "Finding minimum-cost
//! circulations by successive approximation", Mathematics of Operations Research 15, 1990).
//!
//! ε is a power of two; each phase divides it by 16. It fills every residual arc of negative reduced cost, and then moves the
//! excess that this makes along arcs of negative reduced cost only; a node without one is *relabelled*: its
//! potential falls until the best arc has reduced cost -ε. Convex arcs need nothing special: the piece above
//! the flow and the piece below are their two residual arcs.
//!
//! # Refinements
//!
//! * Partial augmentation (Goldberg, "The partial augment-relabel algorithm for the maximum flow problem",
//!   ESA 2008; for costs: Kovács 2015): excess moves along paths of up to six arcs at once.
//! * Global update: at the begin of the first phase and after every n relabels, distances to the sinks in
//!   steps of ε become potentials; nodes wait in buckets.
//! * Price refinement: before every other phase, other potentials may make the flow ε-optimal as it is; see
//!   [`prices`].
//! * Potentials at the end: from the scaled ones Dijkstra's method with lengths c + 1 finds the shortest
//!   distances exactly, for a path has fewer than n arcs and c is a multiple of n + 1.
//!
//! # When there is no way
//!
//! A global update that does not reach a node of positive excess has found a set that nothing can leave:
//! the shortage. The first one takes place before anything else.
//!
//! # Range
//!
//! In a phase potentials fall by at most 17 n ε (by the ε-optimality before it), 2 n C (n + 1) in all, for
//! the steepest slope C. An engine that sees them fall below 8 times that stops, and another one answers.
//! Excess is at most the sum of all capacities, an unbounded arc counting as [`Ranges::flow`] plus one.
//!
//! [`Ranges::flow`]: crate::network::Ranges

mod prices;
mod refine;
mod update;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::anytime::Record;
use super::heap::Heap;
use super::residual::{Half, Residual, first_flows};
use super::view::{End, NONE, Solved, View};
use crate::check::Shortage;
use crate::id::NodeMap;
use crate::kernel::{Int, Room};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};
use update::Ranks;

/// ε is a power of two, and this one of its exponent is lost from phase to phase.
const STEP: u32 = 4;

/// A node.
#[derive(Clone, Copy, Debug)]
struct Place<T> {
    potential: T,
    /// At the end, when nothing is left of it, a distance.
    excess: T,
    /// No arc before this one has a negative reduced cost.
    current: u32,
    /// [`NONE`] for nodes without.
    rank: u32,
    /// The neighbours in the list of all nodes of a rank.
    next: u32,
    before: u32,
}

/// What the costs of residual arcs stand for.
#[derive(Clone, Copy, Debug, Default)]
struct Price<T> {
    scale: T,
    full: T,
}

impl<T: Int> Price<T> {
    /// The scaled cost of the next unit; beyond all potentials if there is no room for one.
    #[inline]
    fn of<R: Room<Sum = T>>(self, half: &Half<R>) -> T {
        if half.is_full() { self.full } else { self.scale * half.cost() }
    }
}

/// The state of one run, costs and rooms stored as `R`; the memory is kept from run to run.
#[derive(Clone, Debug, Default)]
pub(super) struct Scaling<T, R> {
    places: Vec<Place<T>>,
    graph: Residual<T, R>,
    price: Price<T>,
    active: VecDeque<u32>,
    path: Vec<u32>,
    heap: Heap<T>,
    ranks: Ranks,
    /// Nodes, heads of arcs of negative reduced cost first.
    order: Vec<u32>,
    epsilon: T,
    /// The logarithm of ε.
    shift: u32,
    floor: T,
    relabels: u64,
}

/// How a phase ends.
enum Phase {
    Done,
    Infeasible(Shortage),
    /// Potentials left their range.
    Lost,
}

/// Scaled slope times n.
fn unit<N: FlowNum>(view: View<'_, N>) -> Option<i128> {
    let nodes = view.network.node_count() as i128 + 2;
    view.network.ranges().slope.max(1).checked_mul(nodes)?.checked_mul(nodes)
}

/// Whether potentials and sums of capacities stay below `most`, and ids leave room for a direction.
pub(super) fn fits<N: FlowNum>(view: View<'_, N>, most: i128) -> bool {
    let arcs = 0..view.network.arc_count();
    let open = arcs.filter(|&arc| view.open(arc)).count() as i128;
    let excess = (view.network.ranges().flow + 1).checked_mul(2 * open + 2);
    unit(view).is_some_and(|unit| unit <= most / 128)
        && excess.is_some_and(|excess| excess < most / 4)
        && view.network.arc_count() < (u32::MAX / 4) as usize
}

impl<T: Int, R: Room<Sum = T>> Scaling<T, R> {
    /// Finds an optimal flow; `None` if potentials leave their range. If this is all that is solved `once`, memory
    /// is released as soon as it is not needed.
    ///
    /// A unit of work is one residual arc looked at or laid out, or one node settled.
    pub(super) fn solve<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        once: bool,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Option<End<N>>, SolveError> {
        meter.tick((view.network.arc_count() + view.network.node_count()) as u64)?;
        let nodes = view.network.node_count() as i128;
        let Some(unit) = unit(view) else { return Ok(None) };
        self.start(view, unit, once);
        let last = T::one();
        let steepest = view.network.ranges().slope.max(1) * (nodes + 1);
        self.shift = steepest.ilog2().saturating_sub(STEP - 1);
        let mut first = true;
        loop {
            self.epsilon = last << self.shift as usize;
            if first || !self.refine_prices(meter)? {
                match self.refine(view, first, meter)? {
                    Phase::Done => {}
                    Phase::Infeasible(shortage) => return Ok(Some(End::Infeasible(shortage))),
                    Phase::Lost => return Ok(None),
                }
            }
            first = false;
            if self.shift == 0 {
                break;
            }
            if record.due(meter) {
                self.graph.settle(view);
                record.note(view, meter, self.rounded(), view.answer(self.graph.flow.clone()))?;
            }
            self.shift = self.shift.saturating_sub(STEP);
        }
        if once {
            self.shed();
        }
        let potentials = self.exact_potentials(once, meter)?;
        if once {
            self.places = Vec::new();
        }
        self.graph.settle(view);
        Ok(Some(self.read(view, potentials)))
    }

    fn start<N: FlowNum>(&mut self, view: View<'_, N>, unit: i128, once: bool) {
        let nodes = view.network.node_count();
        self.price = Price { scale: T::from_wide(nodes as i128 + 1), full: T::from_wide(64 * unit) };
        self.floor = T::from_wide(-8 * unit);
        self.relabels = 0;
        first_flows(view, None, &[], &mut self.graph.flow);
        self.places.clear();
        self.places.extend(view.network.nodes().map(|v| Place {
            potential: T::zero(),
            excess: T::from_wide(view.network.supply(v).widen()),
            current: 0,
            rank: NONE,
            next: NONE,
            before: NONE,
        }));
        for (arc, &flow) in self.graph.flow.iter().enumerate().filter(|(_, flow)| **flow != T::zero()) {
            let (tail, head) = view.ends(arc);
            self.places[tail].excess -= flow;
            self.places[head].excess += flow;
        }
        self.graph.lay_out(view, false, true);
        if once {
            self.graph.shed_flows();
        }
    }

    /// Releases what [`Scaling::exact_potentials`] does not read.
    fn shed(&mut self) {
        self.graph.shed();
        self.ranks = Ranks::default();
        self.active = VecDeque::new();
        (self.path, self.order) = (Vec::new(), Vec::new());
    }

    /// The set of nodes that the last update did not reach.
    fn shortage(&self) -> Shortage {
        let mut inside = NodeMap::filled(self.places.len(), false);
        let mut amount = 0;
        for (place, inside) in self.places.iter().zip(inside.as_mut_slice()) {
            if place.rank == NONE {
                *inside = true;
                amount += place.excess.wide();
            }
        }
        Shortage { inside, amount }
    }

    /// Potentials in units of the costs as they were, rounded.
    fn rounded(&self) -> Vec<i128> {
        let factor = self.places.len() as i128 + 1;
        self.places.iter().map(|place| place.potential.wide().div_euclid(factor)).collect()
    }

    fn read<N: FlowNum>(&mut self, view: View<'_, N>, potentials: Vec<i128>) -> End<N> {
        let Some(flows) = view.answer(core::mem::take(&mut self.graph.flow)) else { return End::Overflow };
        End::Optimal(Solved { flows, potentials, basis: Vec::new(), pivots: self.relabels })
    }
}
