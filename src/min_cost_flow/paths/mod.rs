//! Successive shortest paths.
//!
//! # Problem and notation
//!
//! Every node has an *excess* e(v): its supply and what arcs bring, less what they take. The engine keeps
//! a flow within the bounds and potentials π for which every residual arc has reduced cost
//! c + π(tail) - π(head) >= 0, so the flow is always optimal for the supplies that it does meet. It sends
//! excess along shortest residual paths to nodes of negative excess until none is left (Jewell 1958;
//! Busacker and Gowen 1960; with potentials and Dijkstra's method: Edmonds and Karp, J. ACM 19, 1972).
//!
//! An arc of the network is one residual arc each way, whatever its cost: forwards the slope and the room
//! of the piece above its flow, backwards those of the piece below. When a piece is full the next one
//! takes its place.
//!
//! # Aiming
//!
//! First, and again whenever searches have taken the work of the last time, one search
//! *backwards from all sinks at once* sets every potential to minus the distance to the nearest sink. The
//! reduced cost of an arc is then the detour that it makes. A search from a source thus goes along a
//! shortest path straight away and settles only nodes whose detour is below that of the next path, where a
//! search with the usual potentials settles a whole ball around the source every time. After a search the
//! potentials of settled nodes alone change: by d(v) - D, D being the distance of the sink found.
//!
//! The backward search leaves every node its way to a sink, of reduced cost zero as long as it is open. A forward
//! search is over when it settles the first node whose way still is, whatever lies between that node and the
//! sink: every label left is at least as large. So it settles only nodes that have lost their way.
//!
//! Sources take turns, those nearest to a sink first: their searches are short, and the far ones, whose searches are
//! long whenever they come, then find few sinks left to choose from (89 pairs on a road map of 200,000 nodes: .92
//! million nodes settled instead of 1.48).
//!
//! Where a way is lost near the sink, nearly all nodes have lost theirs; near the source, few. So between one
//! source and one sink, if fewer arcs touch the sink, the engine works on the network turned round, in which the sink
//! is the source.
//!
//! # Start
//!
//! Potentials: zero, or those of an earlier answer; then lowered by Bellman and Ford's method until no
//! unbounded last piece has a negative reduced cost (there is no negative cycle of those). Flows: at the
//! lower bound, or as earlier; then moved as far as the sign of the reduced costs demands. If that leaves as much
//! to send as there is to send at all, the earlier answer is not used. Such a flow and
//! the supplies sum up to at most [`Ranges::flow`], or the engine starts from nothing instead. No path
//! from the head of an arc uses that arc, so its flow stays below the range too: one more than that is a
//! capacity that no unbounded arc ever reaches.
//!
//! # Range
//!
//! With C the steepest slope, potentials start within 3 n C, aiming is given up above 5 n C, and so they
//! stay within 13 n C: a node settled after that lies at most 2 n C below some sink. Labels stay below
//! 28 n C; 32 n C stands for "not reached". Costs are stored in 32 bits where slopes fit.
//!
//! # Cost
//!
//! Each augmentation is one Dijkstra search, O(m log n) at worst, and there may be as many of them as units
//! of flow. Good where there are few: few sources or sinks, or sources close to sinks.
//!
//! # When there is no way
//!
//! If a search finds no sink, the nodes that it reached are a set that nothing more can leave and nothing
//! less can enter, with positive excess: the shortage.
//!
//! [`Ranges::flow`]: crate::network::Ranges

mod search;
mod start;
mod trial;

use alloc::vec::Vec;

use super::anytime::Record;
use super::heap::Heap;
use super::residual::Residual;
use super::view::{Earlier, End, Solved, View};
use crate::check::Shortage;
use crate::id::NodeMap;
use crate::kernel::{Int, Room};
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// A node.
#[derive(Clone, Copy, Debug)]
struct Place<T> {
    potential: T,
    /// The distance in the search that is going on.
    label: T,
    excess: T,
    /// The residual arc that set the label.
    into: u32,
    /// The first residual arc of the shortest way to a sink when potentials were last aimed.
    ahead: u32,
}

/// The state of one run, costs stored as `R`; the memory is kept from run to run.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths<T, R> {
    places: Vec<Place<T>>,
    graph: Residual<T, R>,
    /// Nodes with a label.
    touched: Vec<u32>,
    /// Sources whose turn has not passed, the nearest when potentials were last aimed at the end.
    sources: Vec<u32>,
    heap: Heap<T>,
    /// The label of a node not reached.
    far: T,
    /// The largest spread of potentials from which aiming starts.
    spread: T,
    sent: T,
    augmentations: u64,
    work: u64,
    /// The work before the first path.
    prelude: u64,
    /// Whether the engine works on the network with all arcs and supplies turned round.
    turned: bool,
}

/// Whether potentials, labels and sums of flow fit `i64`, and ids leave room for a direction.
pub(super) fn fits<N: FlowNum>(view: View<'_, N>, most: i128) -> bool {
    let ranges = view.network.ranges();
    let labels = ranges.slope.max(1).checked_mul(view.network.node_count() as i128 + 2);
    labels.is_some_and(|l| l <= most / 128)
        && ranges.flow < most / 4
        && view.network.arc_count() < (u32::MAX / 4) as usize
}

impl<T: Int, R: Room<Sum = T>> Paths<T, R> {
    /// Finds an optimal flow, from an earlier one if there is one; `None` if this is a `trial` and goes
    /// badly. If this is all that is solved `once`, memory is released as soon as it is not needed.
    ///
    /// A unit of work is one node settled or one residual arc looked at or laid out.
    pub(super) fn solve<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        earlier: Option<Earlier<'_, N>>,
        (trial, once): (bool, bool),
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Option<End<N>>, SolveError> {
        meter.tick((view.network.arc_count() + view.network.node_count()) as u64)?;
        self.start(view, earlier, meter)?;
        let task = if trial { self.task(view, meter)? } else { None };
        if trial && task.is_none() {
            return Ok(None);
        }
        let (mut aimed_at, mut since) = (0, 0);
        let is_source = |place: &Place<T>| place.excess > T::zero();
        self.sources.clear();
        self.sources.extend((0..).zip(&self.places).filter(|(_, place)| is_source(place)).map(|(v, _)| v));
        while let Some(source) = self.sources.last().map(|&source| source as usize) {
            if !is_source(&self.places[source]) {
                self.sources.pop();
                continue;
            }
            if task.is_some_and(|task| self.goes_badly(task)) {
                return Ok(None);
            }
            if self.work - since >= aimed_at {
                aimed_at = self.aim(meter)?;
                since = self.work;
                let places = &self.places;
                self.sources.sort_unstable_by_key(|&v| (places[v as usize].potential, v));
                continue;
            }
            let Some((sink, distance)) = self.search(source, meter)? else {
                return Ok(Some(End::Infeasible(self.shortage())));
            };
            self.reprice(distance);
            let length = self.augment(view, source, sink);
            self.work += length;
            meter.tick(length)?;
            self.augmentations += 1;
            if record.due(meter) {
                record.note(view, meter, self.potentials(), None)?;
            }
        }
        let flows = core::mem::take(&mut self.graph.flow);
        if once {
            self.graph = Residual::default();
        }
        Ok(Some(self.read(view, flows)))
    }

    fn unsent(&self) -> T {
        let excess = self.places.iter().map(|place| place.excess);
        excess.filter(|&excess| excess > T::zero()).fold(T::zero(), |sum, excess| sum + excess)
    }

    /// Sends what fits along the path that the last search found. Returns its length.
    fn augment<N: FlowNum>(&mut self, view: View<'_, N>, source: usize, sink: usize) -> u64 {
        let mut amount = self.places[source].excess.min(-self.places[sink].excess);
        let mut v = sink;
        while v != source {
            let half = self.places[v].into as usize;
            amount = amount.min(self.graph.room(view, half));
            v = self.graph.tail(half);
        }
        let (mut v, mut length) = (sink, 0);
        while v != source {
            let half = self.places[v].into as usize;
            v = self.graph.tail(half);
            self.graph.push(view, half, amount);
            length += 1;
        }
        self.places[source].excess -= amount;
        self.places[sink].excess += amount;
        self.sent += amount;
        length
    }

    /// The set that the last search, which found no sink, could not leave.
    fn shortage(&self) -> Shortage {
        let mut inside = NodeMap::filled(self.places.len(), self.turned);
        let mut amount = 0;
        for &v in &self.touched {
            inside.as_mut_slice()[v as usize] = !self.turned;
            amount += self.places[v as usize].excess.wide();
        }
        Shortage { inside, amount }
    }

    fn read<N: FlowNum>(&self, view: View<'_, N>, flows: Vec<T>) -> End<N> {
        let Some(flows) = view.answer(flows) else { return End::Overflow };
        let (potentials, pivots) = (self.potentials(), self.augmentations);
        End::Optimal(Solved { flows, potentials, basis: Vec::new(), pivots })
    }

    /// Potentials, shifted so that the first node has 0.
    fn potentials(&self) -> Vec<i128> {
        let base = self.places.first().map_or(0, |place| place.potential.wide());
        let above = self.places.iter().map(|place| place.potential.wide() - base);
        above.map(|above| if self.turned { -above } else { above }).collect()
    }
}
