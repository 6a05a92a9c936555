//! The checker of maximum flows: one sweep over the arcs, which can follow whoever writes the flows.

use alloc::vec::Vec;

use super::network::{balanced, capacity, length};
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

/// Bounds, balances and the capacity of a cut, arc by arc in their order: where flows are written a block at
/// a time, the check reads them and the bounds while they are still at hand.
pub(crate) struct Sweep<'a, N> {
    network: &'a Network<N>,
    inside: &'a NodeMap<bool>,
    /// Outflow - inflow - supply of every node in 64 bits, as far as the arcs have been read.
    excess: Vec<i64>,
    capacity: i64,
    /// Whether a sum has left its 64 bits, or the cut has arcs without upper bound: then all is added up again.
    wide: bool,
    done: usize,
}

impl<'a, N: FlowNum> Sweep<'a, N> {
    /// Before the first arc, with the sums in this memory.
    pub(crate) fn new(
        network: &'a Network<N>,
        inside: &'a NodeMap<bool>,
        mut excess: Vec<i64>,
    ) -> Result<Self, Violation> {
        length("node set", network.node_count(), inside.len())?;
        let (mut capacity, mut wide) = (0_i64, !network.unbounded.is_empty());
        excess.clear();
        excess.reserve_exact(network.node_count());
        for (&supply, &inside) in network.supply.iter().zip(inside.as_slice()) {
            let (less, over) = narrow(supply, &mut wide).overflowing_neg();
            let (sum, above) = capacity.overflowing_add(if inside { less } else { 0 });
            wide |= over | above;
            capacity = sum;
            excess.push(less);
        }
        Ok(Self { network, inside, excess, capacity, wide, done: 0 })
    }

    /// The flows of the next arcs.
    pub(crate) fn take(&mut self, flows: &[N]) -> Result<(), Violation> {
        let Self { network, excess, capacity, wide, .. } = self;
        let inside = self.inside.as_slice();
        let arcs = self.done..self.done + flows.len();
        let short = Violation::Length { what: "flows", expected: network.arc_count(), actual: arcs.end };
        let ends = network.tail.get(arcs.clone()).ok_or(short)?.iter().zip(&network.head[arcs.clone()]);
        let bounds = network.lower[arcs.clone()].iter().zip(&network.upper[arcs.clone()]);
        let mut outside = false;
        for ((ends, (&lower, &upper)), &flow) in ends.zip(bounds).zip(flows) {
            outside |= (flow < lower) | (flow > upper);
            let amount = narrow(flow, wide);
            let (tail, head) = (ends.0.index(), ends.1.index());
            let (sum, above) = excess[tail].overflowing_add(amount);
            excess[tail] = sum;
            let (sum, below) = excess[head].overflowing_sub(amount);
            excess[head] = sum;
            let leaves = inside[tail] & !inside[head];
            let enters = inside[head] & !inside[tail];
            let most = if leaves { narrow(upper, wide) } else { 0 };
            let least = if enters { narrow(lower, wide) } else { 0 };
            let (sum, high) = capacity.overflowing_add(most);
            let (sum, low) = sum.overflowing_sub(least);
            *capacity = sum;
            *wide |= above | below | high | low;
        }
        self.done = arcs.end;
        if outside { self.within(arcs, flows) } else { Ok(()) }
    }

    /// The first flow outside its bounds, if it is not just that an upper bound is missing.
    #[cold]
    fn within(&self, arcs: core::ops::Range<usize>, flows: &[N]) -> Result<(), Violation> {
        for (arc, &flow) in arcs.zip(flows) {
            let arc = id_at(arc);
            if flow < self.network.lower(arc) || self.network.upper(arc).is_some_and(|upper| flow > upper) {
                return Err(Violation::Bounds { arc, flow: flow.widen() });
            }
        }
        Ok(())
    }

    /// The memory of the sums.
    pub(crate) fn into_sums(self) -> Vec<i64> {
        self.excess
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
        length("flows", self.network.arc_count(), self.done)?;
        for (node, inside) in [(source, true), (sink, false)] {
            if self.inside.get(node) != Some(&inside) {
                return Err(Violation::Side { node });
            }
        }
        let negative = value.checked_neg().ok_or(Violation::Overflow { what: "the balance of a node" })?;
        let expected = |node| match node {
            node if node == source => value,
            node if node == sink => negative,
            _ => 0,
        };
        let actual = if self.wide {
            balanced(self.network, flows, expected)?;
            capacity(self.network, self.inside)?
        } else {
            // One comparison with 0 for most nodes.
            for (node, &excess) in self.excess.iter().enumerate() {
                let node = id_at(node);
                if excess != 0 || node == source || node == sink {
                    let (excess, expected) = (i128::from(excess), expected(node));
                    if excess != expected {
                        return Err(Violation::Balance { node, excess, expected });
                    }
                }
            }
            Some(i128::from(self.capacity))
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
}

/// A number in 64 bits; sets `wide` if it does not fit.
#[inline]
fn narrow<N: FlowNum>(number: N, wide: &mut bool) -> i64 {
    let small = i64::try_from(number.widen());
    *wide |= small.is_err();
    small.unwrap_or(0)
}
