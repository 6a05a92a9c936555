//! Optimal flows at linear costs between bounds: one pass without branches.
//!
//! Flows, slopes and potentials that fit into 64 bits with room to spare need no checked sums and no `i128` but for the
//! cost. Whether everything holds is all that is asked; what does not is looked for by [`super::network`].

use alloc::vec::Vec;

use super::network::NARROW;
use crate::id::{ArcMap, NodeMap};
use crate::network::Network;
use crate::num::FlowNum;

/// What leaves a node beyond its supply, what enters it, and its potential.
pub(crate) type Places = Vec<[i64; 3]>;

/// What the flow costs, if it is one and the potentials prove it optimal; `None` if not, or if numbers are large,
/// arcs unbounded or costs bent. O(n + m).
pub(super) fn optimal_cost<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    places: &mut Places,
) -> Option<i128> {
    let ranges = network.ranges();
    let small = ranges.flow <= NARROW && ranges.slope <= NARROW;
    let linear = network.costs.begin.is_empty() && network.unbounded.is_empty();
    if !small || !linear || flows.len() != network.arc_count() {
        return None;
    }
    places.clear();
    places.reserve_exact(network.node_count());
    for (supply, potential) in network.supply.iter().zip(potentials.as_slice()) {
        let potential = i64::try_from(*potential).ok().filter(|p| i128::from(p.unsigned_abs()) <= NARROW)?;
        places.push([narrow(*supply)?.checked_neg()?, 0, potential]);
    }
    let (mut hold, mut total) = (true, 0_i128);
    let ends = network.tail.iter().zip(&network.head);
    let bounds = network.lower.iter().zip(&network.upper);
    let moved = network.costs.first.iter().zip(flows.as_slice());
    for ((ends, (lower, upper)), (&slope, flow)) in ends.zip(bounds).zip(moved) {
        let (amount, slope) = (narrow(*flow)?, narrow(slope)?);
        let tail = &mut places[ends.0.index()];
        tail[0] = tail[0].wrapping_add(amount);
        let above = tail[2];
        let head = &mut places[ends.1.index()];
        head[1] = head[1].wrapping_add(amount);
        // Where no other flow is admitted the slope may be of any size, and its sign does not matter.
        let reduced = slope.wrapping_add(above - head[2]);
        hold &= (lower <= flow) & (flow <= upper);
        hold &= ((flow == upper) | (reduced >= 0)) & ((flow == lower) | (reduced <= 0));
        total = total.wrapping_add(i128::from(amount) * i128::from(slope));
    }
    let balanced = places.iter().all(|[out, back, _]| out == back);
    (hold && balanced).then_some(total)
}

/// A number in 64 bits.
#[inline]
fn narrow<N: FlowNum>(number: N) -> Option<i64> {
    i64::try_from(number.widen()).ok()
}
