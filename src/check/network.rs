//! Checkers of flows, cuts, potentials, shortages and cycles of a [`Network`].

use alloc::vec;
use alloc::vec::Vec;

use super::{Cut, Ray, Shortage, Violation};
use crate::id::{ArcMap, NodeId, NodeMap};
use crate::network::Network;
use crate::num::FlowNum;

const EXCESS: &str = "the balance of a node";

fn length(what: &'static str, expected: usize, actual: usize) -> Result<(), Violation> {
    if expected == actual { Ok(()) } else { Err(Violation::Length { what, expected, actual }) }
}

/// Outflow - inflow - supply of every node, after checking the bounds of every arc.
fn excesses<N: FlowNum>(network: &Network<N>, flows: &ArcMap<N>) -> Result<Vec<i128>, Violation> {
    length("flows", network.arc_count(), flows.len())?;
    let mut excess = vec![0_i128; network.node_count()];
    let overflow = Violation::Overflow { what: EXCESS };
    for (node, excess) in network.nodes().zip(&mut excess) {
        *excess = network.supply(node).widen().checked_neg().ok_or(overflow)?;
    }
    for (arc, &flow) in flows.iter() {
        if flow < network.lower(arc) || network.upper(arc).is_some_and(|upper| flow > upper) {
            return Err(Violation::Bounds { arc, flow: flow.widen() });
        }
        let out = &mut excess[network.tail(arc).index()];
        *out = out.checked_add(flow.widen()).ok_or(overflow)?;
        let into = &mut excess[network.head(arc).index()];
        *into = into.checked_sub(flow.widen()).ok_or(overflow)?;
    }
    Ok(excess)
}

pub(super) fn balanced<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    expected: impl Fn(NodeId) -> i128,
) -> Result<(), Violation> {
    let excesses = excesses(network, flows)?;
    for (node, excess) in network.nodes().zip(excesses) {
        let expected = expected(node);
        if excess != expected {
            return Err(Violation::Balance { node, excess, expected });
        }
    }
    Ok(())
}

/// Whether `flows` is a flow: within all bounds, and every node sends out its supply beyond what it gets.
///
/// # Errors
///
/// The first [`Violation`].
///
/// ```
/// use feasible::{ArcMap, NetworkBuilder, check};
/// let mut b = NetworkBuilder::new();
/// let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
/// b.add_arc(s, t, 0..=5, 0)?;
/// let network = b.build()?;
/// assert!(check::flow(&network, &ArcMap::from_vec(vec![4])).is_ok());
/// assert!(check::flow(&network, &ArcMap::from_vec(vec![5])).is_err());
/// # Ok::<(), feasible::BuildError>(())
/// ```
pub fn flow<N: FlowNum>(network: &Network<N>, flows: &ArcMap<N>) -> Result<(), Violation> {
    balanced(network, flows, |_| 0)
}

/// out(S) - b(S): what may leave a node set beyond its supply, `None` if that is unlimited.
fn capacity<N: FlowNum>(network: &Network<N>, inside: &NodeMap<bool>) -> Result<Option<i128>, Violation> {
    length("node set", network.node_count(), inside.len())?;
    let overflow = Violation::Overflow { what: "the capacity of a cut" };
    let mut sum = 0_i128;
    for (node, _) in inside.iter().filter(|(_, inside)| **inside) {
        sum = sum.checked_sub(network.supply(node).widen()).ok_or(overflow)?;
    }
    for arc in network.arcs() {
        match (inside[network.tail(arc)], inside[network.head(arc)]) {
            (true, false) => match network.upper(arc) {
                Some(upper) => sum = sum.checked_add(upper.widen()).ok_or(overflow)?,
                None => return Ok(None),
            },
            (false, true) => sum = sum.checked_sub(network.lower(arc).widen()).ok_or(overflow)?,
            _ => {}
        }
    }
    Ok(Some(sum))
}

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
    for (node, inside) in [(source, true), (sink, false)] {
        if cut.source_side.get(node) != Some(&inside) {
            return Err(Violation::Side { node });
        }
    }
    let overflow = Violation::Overflow { what: EXCESS };
    let negative = value.checked_neg().ok_or(overflow)?;
    balanced(network, flows, |node| match node {
        node if node == source => value,
        node if node == sink => negative,
        _ => 0,
    })?;
    match capacity(network, &cut.source_side)? {
        Some(actual) if actual == cut.capacity && actual == value => Ok(()),
        Some(actual) if actual != cut.capacity => {
            Err(Violation::Value { what: "capacity of the cut", claimed: cut.capacity, actual })
        }
        Some(actual) => Err(Violation::Value { what: "value of the flow", claimed: value, actual }),
        None => Err(Violation::Overflow { what: "the capacity of a cut" }),
    }
}

/// Whether `flows` is a flow of minimum cost, proven by `potentials`, and costs `cost`.
///
/// By convexity the two conditions of the [problem page](crate::network) on one-sided slopes suffice,
/// and they make the dual value of the potentials equal to the cost. O(n + m log pieces).
///
/// # Errors
///
/// The first [`Violation`].
pub fn optimal<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    cost: i128,
) -> Result<(), Violation> {
    flow(network, flows)?;
    length("potentials", network.node_count(), potentials.len())?;
    let overflow = Violation::Overflow { what: "a reduced cost" };
    let mut total = 0_i128;
    for (arc, &flow) in flows.iter() {
        let slopes = network.cost(arc);
        let drop =
            potentials[network.tail(arc)].checked_sub(potentials[network.head(arc)]).ok_or(overflow)?;
        // At a bound, the slope beyond it does not matter and was not admitted: it may be of any size.
        if network.upper(arc) != Some(flow) {
            let after = slopes.slope_after(flow).widen().checked_add(drop).ok_or(overflow)?;
            if after < 0 {
                return Err(Violation::ReducedCost { arc, reduced: after, direction: "rise" });
            }
        }
        if network.lower(arc) != flow {
            let before = slopes.slope_before(flow).widen().checked_add(drop).ok_or(overflow)?;
            if before > 0 {
                return Err(Violation::ReducedCost { arc, reduced: before, direction: "fall" });
            }
        }
        total = slopes
            .value(flow)
            .and_then(|cost| total.checked_add(cost))
            .ok_or(Violation::Overflow { what: "the cost" })?;
    }
    if total == cost { Ok(()) } else { Err(Violation::Value { what: "cost", claimed: cost, actual: total }) }
}

/// Whether the node set proves that the network has no flow at all.
///
/// # Errors
///
/// The first [`Violation`].
pub fn infeasible<N: FlowNum>(network: &Network<N>, shortage: &Shortage) -> Result<(), Violation> {
    match capacity(network, &shortage.inside)? {
        Some(room) if room < 0 && room.checked_neg() == Some(shortage.amount) => Ok(()),
        Some(room) if room < 0 => Err(Violation::Value {
            what: "shortage",
            claimed: shortage.amount,
            actual: room.saturating_neg(),
        }),
        Some(room) => Err(Violation::NoShortage { amount: room.saturating_neg() }),
        None => Err(Violation::NoShortage { amount: i128::MIN }),
    }
}

/// Whether the network has a flow and its cost can fall for ever: `ray` is a flow and a cycle of
/// unbounded arcs whose last slopes add up to less than zero.
///
/// # Errors
///
/// The first [`Violation`].
pub fn unbounded<N: FlowNum>(network: &Network<N>, ray: &Ray<N>) -> Result<(), Violation> {
    flow(network, &ray.flows)?;
    let mut slope = 0_i128;
    for (i, &arc) in ray.cycle.iter().enumerate() {
        let next = ray.cycle[(i + 1) % ray.cycle.len()];
        let known = arc.index() < network.arc_count() && next.index() < network.arc_count();
        if !known || network.upper(arc).is_some() || network.head(arc) != network.tail(next) {
            return Err(Violation::Cycle { arc });
        }
        let slopes = network.cost(arc);
        let last = slopes.breakpoints().last().map_or(slopes.first(), |b| b.slope);
        slope =
            slope.checked_add(last.widen()).ok_or(Violation::Overflow { what: "the slope of a cycle" })?;
    }
    if slope != ray.slope {
        return Err(Violation::Value { what: "slope of the cycle", claimed: ray.slope, actual: slope });
    }
    if slope < 0 { Ok(()) } else { Err(Violation::CycleSlope { slope }) }
}
