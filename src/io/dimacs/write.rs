//! Problems and solutions to texts.

use core::fmt::Write;

use super::WriteError;
use crate::check::Violation;
use crate::id::{ArcId, ArcMap, NodeId};
use crate::network::Network;
use crate::num::FlowNum;

/// The capacity and the slope of an arc, if the format has words for it.
fn plain<N: FlowNum>(network: &Network<N>, arc: ArcId) -> Result<(N, N), WriteError> {
    let upper = network.upper(arc).ok_or(WriteError::Arc { arc, what: "an unbounded arc" })?;
    if network.lower(arc) < N::ZERO {
        return Err(WriteError::Arc { arc, what: "a negative bound" });
    }
    let cost = network.cost(arc);
    if cost.is_linear() {
        Ok((upper, cost.first()))
    } else {
        Err(WriteError::Arc { arc, what: "a bent cost" })
    }
}

/// Writes a minimum-cost flow problem; [`parse_min`](super::parse_min) reads the same problem.
///
/// # Errors
///
/// [`WriteError`] if the format cannot express the problem.
///
/// ```
/// use feasible::io::dimacs::{parse_min, write_min};
/// let text = "p min 2 1\nn 1 4\nn 2 -4\na 1 2 0 5 7\n";
/// let mut again = String::new();
/// write_min(&parse_min(text)?.network, &mut again)?;
/// assert_eq!(again, text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_min<N: FlowNum>(network: &Network<N>, out: &mut impl Write) -> Result<(), WriteError> {
    writeln!(out, "p min {} {}", network.node_count(), network.arc_count())?;
    for node in network.nodes() {
        let supply = network.supply(node);
        if supply != N::ZERO {
            writeln!(out, "n {} {supply}", node.index() + 1)?;
        }
    }
    for arc in network.arcs() {
        let (upper, slope) = plain(network, arc)?;
        let (tail, head) = (network.tail(arc).index() + 1, network.head(arc).index() + 1);
        writeln!(out, "a {tail} {head} {} {upper} {slope}", network.lower(arc))?;
    }
    Ok(())
}

/// Writes a maximum flow problem; [`parse_max`](super::parse_max) reads the same problem.
///
/// # Errors
///
/// [`WriteError`] if the format cannot express the problem: it has no supplies, lower bounds or costs.
pub fn write_max<N: FlowNum>(
    network: &Network<N>,
    source: NodeId,
    sink: NodeId,
    out: &mut impl Write,
) -> Result<(), WriteError> {
    let nodes = network.node_count();
    if let Some(node) = [source, sink].into_iter().find(|node| node.index() >= nodes) {
        return Err(WriteError::Node { node, what: "a terminal that does not exist" });
    }
    if let Some(node) = network.nodes().find(|&node| network.supply(node) != N::ZERO) {
        return Err(WriteError::Node { node, what: "a supply" });
    }
    writeln!(out, "p max {nodes} {}", network.arc_count())?;
    writeln!(out, "n {} s\nn {} t", source.index() + 1, sink.index() + 1)?;
    for arc in network.arcs() {
        let (upper, slope) = plain(network, arc)?;
        if network.lower(arc) != N::ZERO || slope != N::ZERO {
            return Err(WriteError::Arc { arc, what: "a lower bound or a cost" });
        }
        let (tail, head) = (network.tail(arc).index() + 1, network.head(arc).index() + 1);
        writeln!(out, "a {tail} {head} {upper}")?;
    }
    Ok(())
}

/// Writes a solution: its value (cost or flow value) and the flow of every arc, in the order of the
/// problem, zeros too, so that parallel arcs can be told apart.
///
/// # Errors
///
/// [`WriteError::Shape`] if the flow has another number of arcs.
pub fn write_solution<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    value: i128,
    out: &mut impl Write,
) -> Result<(), WriteError> {
    let (expected, actual) = (network.arc_count(), flows.len());
    if expected != actual {
        return Err(WriteError::Shape(Violation::Length { what: "flows", expected, actual }));
    }
    writeln!(out, "s {value}")?;
    for (arc, flow) in flows.iter() {
        let (tail, head) = (network.tail(arc).index() + 1, network.head(arc).index() + 1);
        writeln!(out, "f {tail} {head} {flow}")?;
    }
    Ok(())
}
