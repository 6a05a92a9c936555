//! What potentials alone prove: a bound below the cost of every flow.

use super::Violation;
use super::network::length;
use crate::id::{ArcId, NodeMap};
use crate::network::Network;
use crate::num::FlowNum;

const DUAL: Violation = Violation::Overflow { what: "the dual value" };

/// The dual value of any potentials π: no optimal flow costs less.
///
/// ```text
///   sum over arcs of  min { c(x) + (π(tail) - π(head)) x  :  l <= x <= u }  -  sum over nodes of  π(v) b(v)
/// ```
///
/// For a flow the terms of the potentials cancel out, so this is at most its cost; for optimal potentials it is the
/// least cost. An arc without upper bound counts as ending at [`Ranges::flow`](crate::network::Ranges), which
/// some optimal flow respects if costs have a lower bound at all. O(n + m + pieces).
///
/// # Errors
///
/// [`Violation::Length`]; [`Violation::Overflow`] for potentials far beyond what costs ask for.
///
/// ```
/// use feasible::{NetworkBuilder, NodeMap, check};
/// let mut b = NetworkBuilder::new();
/// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
/// b.add_arc(s, t, 0..=3, 5)?;
/// b.add_arc(s, t, 0..=3, 7)?;
/// let network = b.build()?;
/// let value = |drop| check::dual_value(&network, &NodeMap::from_vec(vec![0, drop])).unwrap();
/// // The least cost is 3 * 5 + 7.
/// assert_eq!([value(0), value(5), value(7), value(8)], [0, 20, 22, 20]);
/// # Ok::<(), feasible::BuildError>(())
/// ```
pub fn dual_value<N: FlowNum>(network: &Network<N>, potentials: &NodeMap<i128>) -> Result<i128, Violation> {
    length("potentials", network.node_count(), potentials.len())?;
    let mut sum = 0_i128;
    for node in network.nodes() {
        let term = potentials[node].checked_mul(network.supply(node).widen()).ok_or(DUAL)?;
        sum = sum.checked_sub(term).ok_or(DUAL)?;
    }
    for arc in network.arcs() {
        let (tail, head) = (network.tail(arc), network.head(arc));
        let drop = potentials[tail].checked_sub(potentials[head]).ok_or(DUAL)?;
        sum = least(network, arc, drop).and_then(|least| sum.checked_add(least)).ok_or(DUAL)?;
    }
    Ok(sum)
}

/// The least of c(x) + drop * x within the bounds; `None` on overflow.
fn least<N: FlowNum>(network: &Network<N>, arc: ArcId, drop: i128) -> Option<i128> {
    let slopes = network.cost(arc);
    let lower = network.lower(arc);
    let most = network.upper(arc).map_or(network.ranges().flow, FlowNum::widen).max(lower.widen());
    // c(l) + drop * l, and from there on as long as the cost falls.
    let mut value = slopes.value(lower)?.checked_add(drop.checked_mul(lower.widen())?)?;
    for piece in slopes.pieces(lower, network.upper(arc)) {
        let reduced = piece.slope.widen().checked_add(drop)?;
        if reduced >= 0 {
            break;
        }
        let to = piece.to.map_or(most, FlowNum::widen).max(piece.from.widen());
        value = value.checked_add(reduced.checked_mul(to.checked_sub(piece.from.widen())?)?)?;
    }
    Some(value)
}
