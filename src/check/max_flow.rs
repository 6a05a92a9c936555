//! The checker of maximum flows: one sweep over the arcs, which can follow whoever writes the flows.

use alloc::vec::Vec;
use core::ops::Range;

use super::network::{NARROW, balanced, capacity, length, surpluses};
use super::{Cut, Violation};
use crate::id::{ArcMap, NodeId, NodeMap, id_at};
use crate::network::Network;
use crate::num::FlowNum;

/// Whether `flows` sends the maximum from `source` to `sink` beyond the supplies, proven by `cut`.
///
/// The flow must have excess +F at the source and -F at the sink, the cut must separate them, and F
/// must equal the claimed `value` and the cut's recomputed capacity.
///
/// # Errors
///
/// The first [`Violation`].
pub fn max_flow<N: FlowNum>(
    network: &Network<N>,
    source: NodeId,
    sink: NodeId,
    flows: &ArcMap<N>,
    value: i128,
    cut: &Cut,
) -> Result<(), Violation> {
    length("flows", network.arc_count(), flows.len())?;
    let mut sweep = Sweep::new(network, &cut.source_side, Vec::new())?;
    sweep.take(flows.as_slice())?;
    sweep.finish(source, sink, flows, value, cut.capacity)
}

/// Whether the cut is a minimum one between `source` and `sink`, proven by a *pseudoflow*: amounts on arcs that
/// keep the bounds but not the balances.
///
/// Where 0 is a flow it proves the cut S if it fills S's arcs outwards, leaves those inwards at their lower
/// bounds, and has too little at no node of S but the source and too much at no node outside but the sink.
///
/// Why: what is too much somewhere in S can go back to the source within S. If not, let Y be all that it reaches
/// in S: the arcs out of Y are full and carry 0 or more, those into Y are at their lower bounds and carry 0 or
/// less, so that no more enters Y than leaves it; but Y has too much. The same holds for what is missing on the
/// other side. What is left is a flow that crosses the cut with all of its capacity, and no flow can do more.
///
/// Elsewhere (supplies, bounds that exclude 0) the pseudoflow must be a flow.
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::check::{self, Cut};
/// use feasible::{ArcMap, NetworkBuilder, NodeMap};
/// let mut b = NetworkBuilder::new();
/// let (s, v, t) = (b.add_node(0)?, b.add_node(0)?, b.add_node(0)?);
/// b.add_arc(s, v, 0..=5, 0)?;
/// b.add_arc(v, t, 0..=3, 0)?;
/// let network = b.build()?;
/// let cut = Cut { source_side: NodeMap::from_vec(vec![true, true, false]), capacity: 3 };
/// // Two units too much at v.
/// assert!(check::min_cut(&network, s, t, &ArcMap::from_vec(vec![5, 3]), &cut).is_ok());
/// // One too little.
/// assert!(check::min_cut(&network, s, t, &ArcMap::from_vec(vec![2, 3]), &cut).is_err());
/// # Ok::<(), feasible::BuildError>(())
/// ```
pub fn min_cut<N: FlowNum>(
    network: &Network<N>,
    source: NodeId,
    sink: NodeId,
    pseudoflow: &ArcMap<N>,
    cut: &Cut,
) -> Result<(), Violation> {
    length("flows", network.arc_count(), pseudoflow.len())?;
    let mut sweep = Sweep::new(network, &cut.source_side, Vec::new())?;
    sweep.take(pseudoflow.as_slice())?;
    let actual = sweep.finish_cut(source, sink, pseudoflow)?;
    let claimed = cut.capacity;
    if actual == claimed {
        Ok(())
    } else {
        Err(Violation::Value { what: "capacity of the cut", claimed, actual })
    }
}

/// Bounds, balances and the capacity of a cut, arc by arc in their order: where flows are written a block at
/// a time, the check reads them and the bounds while they are still at hand.
pub(crate) struct Sweep<'a, N> {
    network: &'a Network<N>,
    inside: &'a NodeMap<bool>,
    sums: NodeSums,
    capacity: i64,
    /// Whether no sum can leave 64 bits: then they are taken on the way, else all is added up in the end.
    narrow: bool,
    done: usize,
}

/// Twice what leaves every node beyond its supply and inflow, as far as the arcs have been read, and one more if the node
/// is inside: the side comes with the sum.
pub(crate) type NodeSums = Vec<i64>;

/// So many arcs, or nodes, are looked at together.
const BLOCK: usize = 128;

impl<'a, N: FlowNum> Sweep<'a, N> {
    /// Before the first arc, with the sums in this memory.
    pub(crate) fn new(
        network: &'a Network<N>,
        inside: &'a NodeMap<bool>,
        mut sums: NodeSums,
    ) -> Result<Self, Violation> {
        length("node set", network.node_count(), inside.len())?;
        // Flows within their bounds add up to at most the range that the network was admitted with.
        let narrow = network.unbounded.is_empty() && network.ranges().flow <= NARROW;
        let mut capacity = 0_i64;
        sums.clear();
        if narrow {
            sums.reserve_exact(network.node_count());
            let sides = inside.as_slice().iter().map(|&inside| i64::from(inside));
            if network.ranges().idle {
                sums.extend(sides);
            } else {
                sums.extend(sides.zip(&network.supply).map(|(inside, &supply)| {
                    let less = small(supply).wrapping_neg();
                    capacity = capacity.wrapping_add(less.wrapping_mul(inside));
                    less.wrapping_shl(1) | inside
                }));
            }
        }
        Ok(Self { network, inside, sums, capacity, narrow, done: 0 })
    }

    /// The flows of the next arcs.
    pub(crate) fn take(&mut self, flows: &[N]) -> Result<(), Violation> {
        let (expected, actual) = (self.network.arc_count(), self.done + flows.len());
        if actual > expected {
            return Err(Violation::Length { what: "flows", expected, actual });
        }
        let arcs = self.done..actual;
        let inside = if !self.narrow {
            self.bounds_hold(&arcs, flows)
        } else if self.network.ranges().plain {
            self.add_up::<true>(&arcs, flows)
        } else {
            self.add_up::<false>(&arcs, flows)
        };
        self.done = actual;
        if inside { Ok(()) } else { self.within(arcs, flows) }
    }

    fn bounds_hold(&self, arcs: &Range<usize>, flows: &[N]) -> bool {
        let bounds = self.network.lower[arcs.clone()].iter().zip(&self.network.upper[arcs.clone()]);
        bounds.zip(flows).all(|((lower, upper), flow)| lower <= flow && flow <= upper)
    }

    /// Adds to the sums; returns whether the bounds hold. Where they do not, the sums are of no use.
    fn add_up<const PLAIN: bool>(&mut self, arcs: &Range<usize>, flows: &[N]) -> bool {
        for (block, flows) in flows.chunks(BLOCK).enumerate() {
            let first = arcs.start + block * BLOCK;
            let arcs = first..first + flows.len();
            let tails = &self.network.tail[arcs.clone()];
            let hold = if !tails.iter().fold(true, |same, &tail| same & (tail == tails[0])) {
                self.add_block::<PLAIN, false>(arcs, flows)
            } else if PLAIN && flows.iter().fold(true, |none, &flow| none & (flow == N::ZERO)) {
                self.add_idle(arcs);
                true
            } else {
                self.add_block::<PLAIN, true>(arcs, flows)
            };
            if !hold {
                return false;
            }
        }
        true
    }

    /// The same for arcs of one tail without flow, whose lower bounds are 0: only the sides of their heads count,
    /// and they only if the tail is inside.
    #[inline(never)]
    fn add_idle(&mut self, arcs: Range<usize>) {
        let network = self.network;
        if network.tail[arcs.clone()].first().is_some_and(|tail| self.sums[tail.index()] & 1 == 1) {
            for (head, &upper) in network.head[arcs.clone()].iter().zip(&network.upper[arcs]) {
                let outside = !self.sums[head.index()] & 1;
                self.capacity = self.capacity.wrapping_add(small(upper).wrapping_mul(outside));
            }
        }
    }

    /// The same for a few arcs, where the sum of a common tail stays in a register. Where all lower bounds are 0
    /// they are not read: on large graphs this pass takes as long as its memory takes to arrive.
    fn add_block<const PLAIN: bool, const ONE_TAIL: bool>(
        &mut self,
        arcs: Range<usize>,
        flows: &[N],
    ) -> bool {
        let network = self.network;
        let sums = &mut self.sums[..];
        let lower = &network.lower[if PLAIN { 0..0 } else { arcs.clone() }];
        let tails = &network.tail[arcs.clone()];
        let ends = tails.iter().zip(&network.head[arcs.clone()]);
        let tail = tails.first().map_or(0, |tail| tail.index());
        let (mut capacity, mut out_of_tail) = (self.capacity, 0_i64);
        let mut from = sums[tail];
        for (at, ((ends, &upper), &flow)) in ends.zip(&network.upper[arcs]).zip(flows).enumerate() {
            let wide = flow.widen();
            let (lower, upper, flow) = (if PLAIN { 0 } else { small(lower[at]) }, small(upper), small(flow));
            // One comparison for both bounds: what lies below the lower one wraps around to the largest numbers.
            let (above, room) = (flow.wrapping_sub(lower), upper.wrapping_sub(lower));
            if unsigned(above) > unsigned(room) || i128::from(flow) != wide {
                return false;
            }
            let twice = flow.wrapping_shl(1);
            if ONE_TAIL {
                out_of_tail = out_of_tail.wrapping_add(twice);
            } else {
                let out = &mut sums[ends.0.index()];
                from = *out;
                *out = from.wrapping_add(twice);
            }
            let back = &mut sums[ends.1.index()];
            let to = *back;
            *back = to.wrapping_sub(twice);
            // One if the arc leaves the set, or enters it: nobody can predict a branch.
            capacity = capacity.wrapping_add(upper.wrapping_mul(from & !to & 1));
            if !PLAIN {
                capacity = capacity.wrapping_sub(lower.wrapping_mul(to & !from & 1));
            }
        }
        sums[tail] = sums[tail].wrapping_add(out_of_tail);
        self.capacity = capacity;
        true
    }

    /// The first flow outside its bounds, if it is not just that an upper bound is missing.
    #[cold]
    fn within(&self, arcs: Range<usize>, flows: &[N]) -> Result<(), Violation> {
        for (arc, &flow) in arcs.zip(flows) {
            let arc = id_at(arc);
            if flow < self.network.lower(arc) || self.network.upper(arc).is_some_and(|upper| flow > upper) {
                return Err(Violation::Bounds { arc, flow: flow.widen() });
            }
        }
        Ok(())
    }

    /// The memory of the sums.
    pub(crate) fn into_sums(self) -> NodeSums {
        self.sums
    }

    /// Whether these flows, all of which have been read, and the cut are what [`max_flow`] asks for.
    pub(crate) fn finish(
        &self,
        source: NodeId,
        sink: NodeId,
        flows: &ArcMap<N>,
        value: i128,
        claimed: i128,
    ) -> Result<(), Violation> {
        self.separates(source, sink)?;
        let negative = value.checked_neg().ok_or(Violation::Overflow { what: "the balance of a node" })?;
        let expected = |node| match node {
            node if node == source => value,
            node if node == sink => negative,
            _ => 0,
        };
        let actual = if self.narrow {
            self.settled(&expected, [source, sink])?;
            Some(i128::from(self.capacity))
        } else {
            balanced(self.network, flows, expected)?;
            capacity(self.network, self.inside)?
        };
        match actual {
            Some(actual) if actual == claimed && actual == value => Ok(()),
            Some(actual) if actual != claimed => {
                Err(Violation::Value { what: "capacity of the cut", claimed, actual })
            }
            Some(actual) => Err(Violation::Value { what: "value of the flow", claimed: value, actual }),
            None => Err(Violation::Overflow { what: "the capacity of a cut" }),
        }
    }

    /// Whether each node has over what is expected of it, which is nothing of all but the terminals: one look at
    /// all bits of a block of sums is enough for most.
    fn settled(&self, expected: &impl Fn(NodeId) -> i128, terminals: [NodeId; 2]) -> Result<(), Violation> {
        for (block, sums) in self.sums.chunks(BLOCK).enumerate() {
            let first = block * BLOCK;
            let nodes = first..first + sums.len();
            let over = sums.iter().fold(0, |bits, sum| bits | sum) >> 1 != 0;
            if over || terminals.iter().any(|node| nodes.contains(&node.index())) {
                for (node, &sum) in nodes.map(id_at).zip(sums) {
                    let (excess, expected) = (i128::from(sum >> 1), expected(node));
                    if excess != expected {
                        return Err(Violation::Balance { node, excess, expected });
                    }
                }
            }
        }
        Ok(())
    }

    /// The capacity of the cut, if these amounts, all of which have been read, prove it a minimum one as
    /// [`min_cut`] asks for.
    pub(crate) fn finish_cut(
        &self,
        source: NodeId,
        sink: NodeId,
        flows: &ArcMap<N>,
    ) -> Result<i128, Violation> {
        self.separates(source, sink)?;
        let (crossing, actual) = if self.narrow {
            let less = self.sums.iter().map(|&sum| i128::from(sum >> 1));
            (self.sides(source, sink, less)?, Some(i128::from(self.capacity)))
        } else {
            let less = surpluses(self.network, flows)?;
            (self.sides(source, sink, less.into_iter())?, capacity(self.network, self.inside)?)
        };
        let claimed = actual.ok_or(Violation::Overflow { what: "the capacity of a cut" })?;
        if crossing == claimed {
            Ok(claimed)
        } else {
            Err(Violation::Value { what: "what crosses the cut", claimed, actual: crossing })
        }
    }

    /// What leaves the set on balance, beyond its supply, if every other node than the terminals has what its
    /// side allows: `less` is outflow - inflow - supply of the nodes.
    fn sides(
        &self,
        source: NodeId,
        sink: NodeId,
        less: impl Iterator<Item = i128>,
    ) -> Result<i128, Violation> {
        let idle = self.network.ranges().idle;
        let mut crossing = 0_i128;
        for (node, (excess, &inside)) in less.zip(self.inside.as_slice()).enumerate() {
            let node = id_at(node);
            let wrong = if inside { excess > 0 } else { excess < 0 };
            if (wrong || (excess != 0 && !idle)) && node != source && node != sink {
                return Err(Violation::Balance { node, excess, expected: 0 });
            }
            if inside {
                let sum = crossing.checked_add(excess);
                crossing = sum.ok_or(Violation::Overflow { what: "the capacity of a cut" })?;
            }
        }
        Ok(crossing)
    }

    fn separates(&self, source: NodeId, sink: NodeId) -> Result<(), Violation> {
        length("flows", self.network.arc_count(), self.done)?;
        for (node, inside) in [(source, true), (sink, false)] {
            if self.inside.get(node) != Some(&inside) {
                return Err(Violation::Side { node });
            }
        }
        Ok(())
    }
}

#[inline]
#[allow(clippy::cast_sign_loss)]
fn unsigned(number: i64) -> u64 {
    number as u64
}

/// A number that is known to fit, unless it is refused anyway.
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn small<N: FlowNum>(number: N) -> i64 {
    number.widen() as i64
}
