//! Checkers of answers about two terminals that are not maximum flows.

use super::network::{balanced_in, infeasible};
use super::{Shortage, Sums, Violation};
use crate::id::{ArcId, ArcMap, NodeId};
use crate::network::Network;
use crate::num::FlowNum;

/// Whether `flows` sends `value` from `source` to `sink` beyond the supplies, within all bounds.
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::{ArcMap, NetworkBuilder, check};
/// let mut b = NetworkBuilder::new();
/// let (s, t) = (b.add_node(0)?, b.add_node(0)?);
/// b.add_arc(s, t, 0..=5, 0)?;
/// let network = b.build()?;
/// let flows = ArcMap::from_vec(vec![4]);
/// assert!(check::flow_between(&network, s, t, &flows, 4).is_ok());
/// assert!(check::flow_between(&network, s, t, &flows, 5).is_err());
/// # Ok::<(), feasible::BuildError>(())
/// ```
pub fn flow_between<N: FlowNum>(
    network: &Network<N>,
    source: NodeId,
    sink: NodeId,
    flows: &ArcMap<N>,
    value: i128,
) -> Result<(), Violation> {
    flow_between_in(network, (source, sink), flows, value, &mut Sums::default())
}

/// As [`flow_between`], with the sums in this memory.
pub(crate) fn flow_between_in<N: FlowNum>(
    network: &Network<N>,
    (source, sink): (NodeId, NodeId),
    flows: &ArcMap<N>,
    value: i128,
    sums: &mut Sums,
) -> Result<(), Violation> {
    if source == sink {
        return Err(Violation::Side { node: sink });
    }
    let negative = value.checked_neg().ok_or(Violation::Overflow { what: "the value of a flow" })?;
    balanced_in(network, flows, sums, |node| match node {
        node if node == source => value,
        node if node == sink => negative,
        _ => 0,
    })
}

/// Whether the node set proves that no amount whatever can be sent from `source` to `sink`, not even a
/// negative one: it has a [shortage](infeasible) that an exchange between the terminals cannot cover,
/// as they are both inside or both outside.
///
/// # Errors
///
/// The first [`Violation`].
pub fn infeasible_between<N: FlowNum>(
    network: &Network<N>,
    source: NodeId,
    sink: NodeId,
    shortage: &Shortage,
) -> Result<(), Violation> {
    infeasible(network, shortage)?;
    match (shortage.inside.get(source), shortage.inside.get(sink)) {
        (Some(a), Some(b)) if a == b => Ok(()),
        _ => Err(Violation::Side { node: sink }),
    }
}

/// Whether `path` leads from `source` to `sink` over arcs without upper bound, so that the amount sent
/// has no limit once there is a flow.
///
/// # Errors
///
/// The first [`Violation`].
pub fn unbounded_path<N: FlowNum>(
    network: &Network<N>,
    source: NodeId,
    sink: NodeId,
    path: &[ArcId],
) -> Result<(), Violation> {
    let mut at = source;
    for &arc in path {
        let known = arc.index() < network.arc_count();
        if !known || network.upper(arc).is_some() || network.tail(arc) != at {
            return Err(Violation::Cycle { arc });
        }
        at = network.head(arc);
    }
    if at == sink && source != sink { Ok(()) } else { Err(Violation::Side { node: at }) }
}
