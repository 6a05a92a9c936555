//! Push-relabel: sends excess towards deficits, highest label first.
//!
//! A *pseudoflow* leaves every node v an excess e(v): positive nodes have to get rid of flow, negative
//! ones want some. The sum over all nodes is 0. [`route`] moves excess to deficits until none can
//! move. That one routine serves three purposes: it balances supplies and lower bounds (many sources,
//! many sinks), it computes the preflow of a maximum flow (first phase: the source is an ordinary node
//! with as much excess as could ever leave it), and it turns that preflow into a flow (second phase:
//! the excess that is stuck goes back, with the source as the only deficit).
//!
//! # Invariant
//!
//! d(v) is at most the number of residual arcs from v to the nearest deficit: on every residual arc
//! d(tail) <= d(head) + 1, and d = 0 at deficits. Flow is pushed along residual arcs with d(tail) =
//! d(head) + 1 only; a node with excess but without such an arc is relabelled to one more than its
//! lowest residual neighbour. At n, or above an empty level (*gap*), no deficit can be reached: the
//! node is put aside. A filled deficit becomes an ordinary node, which keeps the invariant since
//! distances only grow.
//!
//! # Heuristics
//!
//! Excess moves up to four arcs at a time, along a path that leads one level down with each arc and is found
//! before anything is pushed: where it cannot go on its last node is relabelled and left (partial
//! augment-relabel). So nothing is sent where the next step fails, which on frames takes two thirds of the time.
//!
//! Labels start exact and are recomputed breadth first from the deficits whenever relabelling has
//! looked at more than some multiple of n + m arcs (global relabelling); excess found on the way takes one step.
//! Each node continues at its current arc. Gaps are found by counting the nodes of every level; nodes above a
//! gap that have no excess are left alone, since nothing below the gap pushes to them.
//!
//! # Complexity
//!
//! O(n² √m). References: Goldberg and Tarjan, "A new approach to the maximum-flow problem", J. ACM 35
//! (1988); Cheriyan and Maheshwari, "Analysis of preflow push algorithms for maximum network flow",
//! SIAM J. Comput. 18 (1989), for the order; Cherkassky and Goldberg, "On implementing push-relabel
//! method for the maximum flow problem", Algorithmica 19 (1997), for the heuristics; Goldberg, "The partial
//! augment-relabel algorithm for the maximum flow problem", ESA 2008, for the paths.

use alloc::vec::Vec;

use num_traits::{One, Zero};

use crate::kernel::pairs::Pairs;
use crate::kernel::{Int, Room};
use crate::solve::{Meter, SolveError};

const NONE: u32 = u32::MAX;
/// Work charged for a relabelling besides its arcs.
const RELABEL_WORK: usize = 12;
/// A global relabelling is due after this many times n, plus m, units of relabelling work.
const NODE_WEIGHT: usize = 12;
/// After this many times n pushes without a global relabelling large excess goes first: where small amounts
/// follow each other down a chain, each alone, they had better wait for one another.
const CROWD: usize = 8;
/// Excess takes so many arcs at a time.
const STRIDE: usize = 4;
/// Then nodes wait for so many bits of the largest excess, and next for as many less.
const SCALE: usize = 2;

/// Scratch memory, reused from call to call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    label: Vec<u32>,
    current: Vec<u32>,
    /// Nodes per label.
    count: Vec<u32>,
    /// First active node of every label; the others are chained by `next`.
    active: Vec<u32>,
    next: Vec<u32>,
    queue: Vec<u32>,
    highest: usize,
    /// All levels from 1 to this one have nodes: nothing beyond the next one reaches a deficit.
    top: u32,
    /// Relabelling work and pushes since the last global relabelling.
    work: usize,
    pushes: usize,
}

/// Sends `target`, or as much as possible, from `source` to `sink`; returns the amount.
///
/// `excess` must be 0 everywhere and is again afterwards, unless only a `preflow` is asked for: then what is stuck
/// stays where it is.
#[allow(clippy::too_many_arguments)] // called once
pub(super) fn send<R: Room>(
    pairs: &Pairs,
    residual: &mut [R],
    excess: &mut [R::Sum],
    (source, sink): (usize, usize),
    target: R::Sum,
    preflow: bool,
    scratch: &mut Scratch,
    meter: &mut Meter<'_, '_>,
) -> Result<R::Sum, SolveError> {
    excess[source] = target;
    excess[sink] = -target;
    route(pairs, residual, excess, scratch, meter)?;
    let missing = -excess[sink];
    if missing > R::Sum::zero() && !preflow {
        excess[sink] = R::Sum::zero();
        excess[source] -= missing;
        route(pairs, residual, excess, scratch, meter)?;
    }
    Ok(target - missing)
}

/// Moves excess to deficits until no node with excess reaches a deficit. A unit of work is one arc.
pub(crate) fn route<R: Room>(
    pairs: &Pairs,
    residual: &mut [R],
    excess: &mut [R::Sum],
    scratch: &mut Scratch,
    meter: &mut Meter<'_, '_>,
) -> Result<(), SolveError> {
    let nodes = pairs.node_count();
    let patience = NODE_WEIGHT * nodes + pairs.arc_count();
    let one = R::Sum::one();
    let mut least = one;
    scratch.relabel_all(pairs, residual, excess, least, meter)?;
    loop {
        let Some(node) = scratch.pop() else {
            if least == one {
                return Ok(());
            }
            least = (least >> SCALE).max(one);
            scratch.wake(excess, least);
            meter.tick(nodes as u64)?;
            continue;
        };
        scratch.discharge(pairs, residual, excess, node, least, meter)?;
        if scratch.work > patience {
            scratch.relabel_all(pairs, residual, excess, least, meter)?;
        } else if scratch.pushes > CROWD * nodes && least == one {
            let most = excess.iter().zip(&scratch.label).filter(|&(_, &label)| label <= scratch.top);
            least = (most.fold(one, |most, (&excess, _)| most.max(excess)) >> SCALE).max(one);
            scratch.wake(excess, least);
            meter.tick(nodes as u64)?;
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // nodes and positions fit in u32 by the layout
impl Scratch {
    /// Exact labels by breadth-first search from the deficits; dead nodes get n. Excess that is found moves on
    /// at once, and what that saturates is no way.
    fn relabel_all<R: Room>(
        &mut self,
        pairs: &Pairs,
        residual: &mut [R],
        excess: &mut [R::Sum],
        least: R::Sum,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let nodes = pairs.node_count();
        let dead = nodes as u32;
        meter.tick(nodes as u64 + 1)?;
        (self.work, self.pushes) = (0, 0);
        self.highest = 0;
        refill(&mut self.label, nodes, dead);
        refill(&mut self.count, nodes + 1, 0);
        refill(&mut self.active, nodes + 1, NONE);
        self.next.resize(nodes, NONE);
        self.current.clear();
        self.current.extend((0..nodes).map(|node| pairs.out(node).start as u32));
        self.queue.clear();
        for (node, label) in self.label.iter_mut().enumerate() {
            if excess[node] < R::Sum::zero() {
                *label = 0;
                self.queue.push(node as u32);
            }
        }
        self.count[0] = self.queue.len() as u32;
        let records = pairs.records();
        let mut done = 0;
        while let Some(&node) = self.queue.get(done) {
            done += 1;
            let label = self.label[node as usize] + 1;
            let arcs = pairs.out(node as usize);
            meter.tick(arcs.len() as u64)?;
            for (arc, &[tail, mate]) in arcs.clone().zip(&records[arcs]) {
                let from = tail as usize;
                if self.label[from] == dead && residual[mate as usize].is_open() {
                    // Excess moves on as it is found.
                    if excess[from] > R::Sum::zero() {
                        let room = residual[mate as usize].get();
                        let amount = room.min(excess[from]);
                        excess[from] -= amount;
                        excess[node as usize] += amount;
                        residual[mate as usize].take(amount);
                        residual[arc].give(amount);
                        if amount == room {
                            continue;
                        }
                    }
                    self.label[from] = label;
                    self.count[label as usize] += 1;
                    self.queue.push(tail);
                }
            }
            // In dense graphs this saves most of the search.
            if self.queue.len() == nodes {
                break;
            }
        }
        for at in 0..self.queue.len() {
            let node = self.queue[at] as usize;
            if excess[node] >= least {
                self.activate(node);
            }
        }
        self.top = self.queue.last().map_or(0, |&last| self.label[last as usize]);
        Ok(())
    }

    #[inline]
    fn activate(&mut self, node: usize) {
        let label = self.label[node] as usize;
        self.next[node] = self.active[label];
        self.active[label] = node as u32;
        self.highest = self.highest.max(label);
    }

    /// Makes exactly the nodes with so much excess active that may reach a deficit.
    fn wake<T: Int>(&mut self, excess: &[T], least: T) {
        self.pushes = 0;
        self.highest = 0;
        self.active.fill(NONE);
        for (node, &excess) in excess.iter().enumerate() {
            if excess >= least && self.label[node] <= self.top {
                self.activate(node);
            }
        }
    }

    /// Takes an active node of the highest label.
    #[inline]
    fn pop(&mut self) -> Option<usize> {
        while self.active[self.highest] == NONE {
            self.highest = self.highest.checked_sub(1)?;
        }
        let node = self.active[self.highest] as usize;
        self.active[self.highest] = self.next[node];
        Some(node)
    }

    /// Pushes from a node until its excess is gone or no deficit can be reached from it.
    fn discharge<R: Room>(
        &mut self,
        pairs: &Pairs,
        residual: &mut [R],
        excess: &mut [R::Sum],
        node: usize,
        least: R::Sum,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let zero = R::Sum::zero();
        let mut path = [0; STRIDE];
        while excess[node] > zero && self.label[node] <= self.top {
            let arcs = self.stride(pairs, residual, excess, node, &mut path, meter)?;
            let Some(&first) = path[..arcs].first() else { break };
            self.pushes += arcs;
            let mut amount = excess[node].min(residual[first as usize].get());
            excess[node] -= amount;
            let mut tail = node;
            for &arc in &path[..arcs] {
                let [head, mate] = pairs.records()[arc as usize];
                let room = residual[arc as usize].get();
                if amount > room {
                    self.leave(excess, tail, amount - room, least);
                    amount = room;
                }
                residual[arc as usize] = R::of(room - amount);
                residual[mate as usize].give(amount);
                tail = head as usize;
            }
            self.leave(excess, tail, amount, least);
        }
        Ok(())
    }

    /// Adds to the excess of a node.
    #[inline]
    fn leave<T: Int>(&mut self, excess: &mut [T], node: usize, amount: T, least: T) {
        let before = excess[node];
        excess[node] = before + amount;
        if before < least && before + amount >= least {
            self.activate(node);
        }
    }

    /// Finds a path of arcs that lead a level down each; its length is 0 if no deficit can be reached.
    fn stride<R: Room>(
        &mut self,
        pairs: &Pairs,
        residual: &[R],
        excess: &[R::Sum],
        node: usize,
        path: &mut [u32; STRIDE],
        meter: &mut Meter<'_, '_>,
    ) -> Result<usize, SolveError> {
        let (mut length, mut node) = (0, node);
        while length < STRIDE && excess[node] >= R::Sum::zero() {
            let (begin, end) = (self.current[node] as usize, pairs.out(node).end);
            let label = self.label[node];
            let mut down = (begin..end).zip(&pairs.records()[begin..end]);
            let found = down
                .find(|&(arc, &[head, _])| self.label[head as usize] + 1 == label && residual[arc].is_open());
            let stop = found.map_or(end, |(arc, _)| arc);
            self.current[node] = stop as u32;
            meter.tick((stop - begin) as u64 + 1)?;
            if let Some((_, &[head, _])) = found {
                path[length] = stop as u32;
                length += 1;
                node = head as usize;
            } else {
                let label = self.relabel(pairs, residual, node, meter)?;
                if length > 0 {
                    length -= 1;
                    node = pairs.head(pairs.mate(path[length] as usize));
                } else if label > self.top {
                    break;
                }
            }
        }
        Ok(length)
    }

    /// Raises a node above its lowest residual neighbour, or to n if it is cut off.
    fn relabel<R: Room>(
        &mut self,
        pairs: &Pairs,
        residual: &[R],
        node: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<u32, SolveError> {
        let arcs = pairs.out(node);
        let dead = pairs.node_count() as u32;
        let old = self.label[node];
        self.work += arcs.len() + RELABEL_WORK;
        meter.tick(arcs.len() as u64 + 1)?;
        self.count[old as usize] -= 1;
        let mut lowest = dead;
        if self.count[old as usize] == 0 {
            self.top = old.saturating_sub(1).min(self.top);
        } else {
            let rooms = &residual[arcs.clone()];
            for ((arc, &room), &[head, _]) in arcs.clone().zip(rooms).zip(&pairs.records()[arcs]) {
                let label = self.label[head as usize];
                if label < lowest && room.is_open() {
                    lowest = label;
                    self.current[node] = arc as u32;
                    // Lower ones are no longer open.
                    if label <= old {
                        break;
                    }
                }
            }
        }
        let label = if lowest > self.top { dead } else { lowest + 1 };
        if label < dead {
            self.top = self.top.max(label);
        }
        self.label[node] = label;
        self.count[label as usize] += 1;
        Ok(label)
    }
}

fn refill(values: &mut Vec<u32>, len: usize, value: u32) {
    values.clear();
    values.resize(len, value);
}
