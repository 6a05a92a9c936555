//! Lazy flows: augmenting paths found from both ends, touching only what decides the question.
//!
//! # Method
//!
//! A layout and its capacities are loaded once; every run starts from them and ends with them again.
//! Each search looks for a path of residual capacity at least delta, breadth first from the source and
//! from the sink at once, and always expands the end at which less has been looked at. It ends with a
//! path, which is filled, or with an exhausted end: a node set S that nothing of at least delta
//! crosses. Then one look at S says what still can: R, the sum of its crossing residuals. flow + R is
//! the capacity of the cut S. So
//!
//! * R = 0: the flow is maximum and S a minimum cut,
//! * flow + R < target: the target cannot be reached, and S shows it without any further search,
//! * else delta falls, at least to the largest crossing residual and to a quarter (three quarters where the most
//!   is asked for).
//!
//! In graphs with a few hubs and many small nodes most questions are decided within a few hops of the
//! smaller terminal, however large the graph is.
//!
//! # Memory
//!
//! Visited nodes carry the number of the search, and the arcs that flow was pushed over are logged, so
//! that no run costs O(n) or O(m) to set up or to undo. If a run has looked at as many arcs as a few
//! sweeps over the graph take, locality has failed and Dinic's algorithm goes on from the flow found.
//!
//! # Complexity
//!
//! As Dinic's algorithm in the worst case. Reference for scaling: Gabow, "Scaling algorithms for network
//! problems", J. Comput. System Sci. 31 (1985).

use alloc::vec::Vec;

use super::dinic;
use crate::kernel::Int;
use crate::kernel::pairs::Pairs;
use crate::solve::{Meter, SolveError};

/// An end of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Source,
    Sink,
}

/// What is wanted of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// To know whether the target can be reached: a cut below it ends the run.
    Decide,
    /// The target, or else a maximum flow.
    Most,
    /// As [`Goal::Decide`], over the widest ways and no further than half full where that is possible: a flow that
    /// leaves every arc much of its capacity.
    Wide,
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<T> {
    pub(crate) flow: T,
    /// The end whose nodes are a cut that says why the target was not reached.
    pub(crate) exhausted: Option<End>,
}

/// Where the capacities of a run come from.
pub(crate) trait Source<T> {
    /// Called before an arc is looked at: its capacity and residual, and those of its mate, must be there
    /// afterwards. Later calls of the same run must not change them.
    fn reveal(&mut self, pairs: &Pairs, arc: usize, capacity: &mut [T], residual: &mut [T]);

    /// Whether a path may end at this node as well as at the sink.
    #[inline]
    fn ends(&self, _node: usize) -> bool {
        false
    }

    /// No more than this can flow.
    #[inline]
    fn at_most(&mut self, _amount: T) {}
}

/// The capacities that were loaded.
struct Loaded;

impl<T> Source<T> for Loaded {
    #[inline]
    fn reveal(&mut self, _: &Pairs, _: usize, _: &mut [T], _: &mut [T]) {}
}

/// The search that visited a node last, and the arc by which it came.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    stamp: u32,
    arc: u32,
}

/// A layout's capacities and the scratch memory of runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lazy<T> {
    capacity: Vec<T>,
    residual: Vec<T>,
    /// One arc of every pair whose residual capacities may differ from the capacities.
    log: Vec<u32>,
    marks: Vec<Mark>,
    /// The stamp of the source's end in the last search; the sink's end has the next number.
    stamp: u32,
    queues: [Vec<u32>; 2],
    path: Vec<u32>,
    flows: Vec<(u32, T)>,
    dinic: dinic::Scratch,
}

/// Sweeps over the graph after which locality has failed.
const SWEEPS: u64 = 4;

enum Search {
    /// The arc at which the ends met, from the source's end to the sink's.
    Met(usize),
    /// The arc that leads to another node where paths may end.
    Ended(usize),
    Exhausted(End),
}

#[allow(clippy::cast_possible_truncation)] // nodes and positions fit in u32 by the layout
impl<T: Int> Lazy<T> {
    /// Takes the capacities of all arcs of a layout.
    pub(crate) fn load(&mut self, pairs: &Pairs, capacity: impl Iterator<Item = T>) {
        self.capacity.clear();
        self.capacity.extend(capacity);
        self.residual.clone_from(&self.capacity);
        self.log.clear();
        self.marks.clear();
        self.marks.resize(pairs.node_count(), Mark::default());
        self.stamp = 0;
    }

    /// Finds a flow of up to `target` from `source` to `sink`. A unit of work is one arc looked at.
    pub(crate) fn run(
        &mut self,
        pairs: &Pairs,
        terminals: (usize, usize),
        target: T,
        goal: Goal,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Found<T>, SolveError> {
        self.run_from(&mut Loaded, pairs, terminals, (target, goal), meter)
    }

    /// As [`Lazy::run`], on capacities that become known where the run looks.
    pub(crate) fn run_from(
        &mut self,
        from: &mut impl Source<T>,
        pairs: &Pairs,
        terminals: (usize, usize),
        wanted: (T, Goal),
        meter: &mut Meter<'_, '_>,
    ) -> Result<Found<T>, SolveError> {
        let found = self.send(from, pairs, terminals, wanted, meter);
        self.take_back(pairs);
        found
    }

    fn send(
        &mut self,
        from: &mut impl Source<T>,
        pairs: &Pairs,
        (source, sink): (usize, usize),
        (target, goal): (T, Goal),
        meter: &mut Meter<'_, '_>,
    ) -> Result<Found<T>, SolveError> {
        let patience = SWEEPS * (pairs.arc_count() + pairs.node_count()) as u64;
        let mut work = 0;
        let mut flow = T::zero();
        let wide = goal == Goal::Wide;
        let mut delta = if wide { T::max_value() >> 2 } else { target };
        while flow < target {
            if !wide {
                delta = delta.min(target - flow);
            }
            let exhausted = match self.search(from, pairs, (source, sink), delta, &mut work, meter)? {
                met @ (Search::Met(arc) | Search::Ended(arc)) => {
                    let limit = target - flow;
                    // Half of delta, rounded up: some residual of at least delta stays.
                    let limit = if wide { limit.min(delta - (delta >> 1)) } else { limit };
                    flow += self.push(pairs, arc, matches!(met, Search::Ended(_)), limit);
                    if work > patience && flow < target {
                        for arc in 0..pairs.arc_count() {
                            from.reveal(pairs, arc, &mut self.capacity, &mut self.residual);
                        }
                        flow += self.sweep(pairs, (source, sink), target - flow, meter)?;
                        delta = T::one();
                    }
                    continue;
                }
                Search::Exhausted(end) => end,
            };
            let (rest, largest) = self.crossing(pairs, exhausted, &mut work, meter)?;
            from.at_most(flow.saturating_add(rest));
            if rest == T::zero() || (goal != Goal::Most && rest < target - flow) {
                return Ok(Found { flow, exhausted: Some(exhausted) });
            }
            // Wide paths first: on their way to a maximum narrow ones are taken back too often. All of `largest`
            // is below delta.
            let next = if goal == Goal::Most { delta - (delta >> 2) } else { (delta >> 2) + T::one() };
            delta = largest.min(next);
        }
        Ok(Found { flow, exhausted: None })
    }

    /// The nodes at an end of the last search: if it was exhausted, a side of a cut.
    pub(crate) fn nodes(&self, end: End) -> &[u32] {
        &self.queues[end as usize]
    }

    /// Whether the last search visited a node from this end.
    pub(crate) fn visited(&self, node: usize, end: End) -> bool {
        self.marks[node].stamp == self.stamp + end as u32
    }

    /// Sets the capacity of an arc, between runs.
    pub(crate) fn set(&mut self, arc: usize, capacity: T) {
        self.capacity[arc] = capacity;
        self.residual[arc] = capacity;
    }

    /// The capacity of an arc.
    pub(crate) fn capacity(&self, arc: usize) -> T {
        self.capacity[arc]
    }

    /// What the last run sent: one arc of every pair that carries flow, with the flow in its direction.
    pub(crate) fn flows(&self) -> &[(u32, T)] {
        &self.flows
    }

    /// Takes back what was sent and lists it.
    fn take_back(&mut self, pairs: &Pairs) {
        self.flows.clear();
        for &arc in &self.log {
            let (forward, mate) = (arc as usize, pairs.mate(arc as usize));
            let flow = self.capacity[forward] - self.residual[forward];
            if flow != T::zero() {
                self.residual[forward] = self.capacity[forward];
                self.residual[mate] = self.capacity[mate];
                self.flows.push((arc, flow));
            }
        }
        self.log.clear();
    }

    /// Looks for a path of residual capacity at least `delta`.
    fn search(
        &mut self,
        from: &mut impl Source<T>,
        pairs: &Pairs,
        (source, sink): (usize, usize),
        delta: T,
        work: &mut u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Search, SolveError> {
        self.restart(source, sink);
        let (mut next, mut volume) = ([0_usize; 2], [0_usize; 2]);
        loop {
            let (Some(&forward), Some(&backward)) =
                (self.queues[0].get(next[0]), self.queues[1].get(next[1]))
            else {
                let source_done = next[0] == self.queues[0].len();
                return Ok(Search::Exhausted(if source_done { End::Source } else { End::Sink }));
            };
            let ahead = [
                volume[0] + pairs.out(forward as usize).len() + 1,
                volume[1] + pairs.out(backward as usize).len() + 1,
            ];
            let end = if ahead[0] <= ahead[1] { End::Source } else { End::Sink };
            let node = if end == End::Source { forward } else { backward };
            next[end as usize] += 1;
            let looked_at = (ahead[end as usize] - volume[end as usize]) as u64;
            volume[end as usize] = ahead[end as usize];
            *work += looked_at;
            meter.tick(looked_at)?;
            if let Some(met) = self.expand(from, pairs, node as usize, end, delta) {
                return Ok(met);
            }
        }
    }

    fn restart(&mut self, source: usize, sink: usize) {
        if self.stamp >= u32::MAX - 3 {
            self.marks.fill(Mark::default());
            self.stamp = 0;
        }
        // Stamps 0 and 1 never name a search.
        self.stamp += 2;
        for (end, node) in [source, sink].into_iter().enumerate() {
            self.queues[end].clear();
            self.queues[end].push(node as u32);
            self.marks[node] = Mark { stamp: self.stamp + end as u32, arc: 0 };
        }
    }

    /// Visits the neighbours of a node; returns the arc to a node that the other end has visited, or that is an end.
    ///
    /// Arcs to nodes that this end has visited are not looked at: what crosses an exhausted end leads elsewhere.
    fn expand(
        &mut self,
        from: &mut impl Source<T>,
        pairs: &Pairs,
        node: usize,
        end: End,
        delta: T,
    ) -> Option<Search> {
        let own = self.stamp + end as u32;
        let other = self.stamp + 1 - end as u32;
        let queue = &mut self.queues[end as usize];
        for arc in pairs.out(node) {
            let head = pairs.head(arc);
            let mark = &mut self.marks[head];
            if mark.stamp == own {
                continue;
            }
            from.reveal(pairs, arc, &mut self.capacity, &mut self.residual);
            let through = if end == End::Source { arc } else { pairs.mate(arc) };
            if self.residual[through] < delta {
                continue;
            }
            if mark.stamp == other {
                return Some(Search::Met(through));
            }
            if end == End::Source && from.ends(head) {
                return Some(Search::Ended(through));
            }
            *mark = Mark { stamp: own, arc: through as u32 };
            queue.push(head as u32);
        }
        None
    }

    /// Fills the path through the arc at which the ends met, or with which it `ended`, up to `limit`.
    fn push(&mut self, pairs: &Pairs, met: usize, ended: bool, limit: T) -> T {
        self.path.clear();
        self.path.push(met as u32);
        let mut node = pairs.head(pairs.mate(met));
        // The first node in each queue is the terminal.
        while Some(&(node as u32)) != self.queues[0].first() {
            let arc = self.marks[node].arc;
            self.path.push(arc);
            node = pairs.head(pairs.mate(arc as usize));
        }
        node = pairs.head(met);
        while !ended && Some(&(node as u32)) != self.queues[1].first() {
            let arc = self.marks[node].arc;
            self.path.push(arc);
            node = pairs.head(arc as usize);
        }
        let amount = self.path.iter().fold(limit, |least, &arc| least.min(self.residual[arc as usize]));
        for &arc in &self.path {
            self.residual[arc as usize] -= amount;
            self.residual[pairs.mate(arc as usize)] += amount;
        }
        self.log.extend_from_slice(&self.path);
        amount
    }

    /// Goes on with Dinic's algorithm; every pair may carry flow afterwards.
    fn sweep(
        &mut self,
        pairs: &Pairs,
        (source, sink): (usize, usize),
        target: T,
        meter: &mut Meter<'_, '_>,
    ) -> Result<T, SolveError> {
        self.log.clear();
        self.log.extend(0..pairs.arc_count() as u32);
        dinic::run(pairs, &mut self.residual, source, sink, target, &mut self.dinic, meter)
    }

    /// The sum of the residual capacities that cross an exhausted end, and the largest.
    fn crossing(
        &self,
        pairs: &Pairs,
        end: End,
        work: &mut u64,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(T, T), SolveError> {
        let (mut sum, mut largest) = (T::zero(), T::zero());
        for &node in self.nodes(end) {
            let arcs = pairs.out(node as usize);
            *work += arcs.len() as u64;
            meter.tick(arcs.len() as u64)?;
            for arc in arcs.filter(|&arc| !self.visited(pairs.head(arc), end)) {
                let residual = self.residual[if end == End::Source { arc } else { pairs.mate(arc) }];
                // Saturated it is more than any target.
                sum = sum.saturating_add(residual);
                largest = largest.max(residual);
            }
        }
        Ok((sum, largest))
    }
}
