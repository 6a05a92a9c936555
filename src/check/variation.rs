//! Checkers of what is asked about an optimal flow: is it the only one, how far may a cost move, how
//! does the cost depend on the amount, and is it optimal when supplies may vary.

use alloc::vec::Vec;

use super::decomposition::net_outflows;
use super::network::{COST, REDUCED, length};
use super::residual::{freedom, reached};
use super::{Ray, Shortage, Step, Violation};
use crate::id::{ArcId, ArcMap, NodeId, NodeMap};
use crate::network::{Bounds, Network};
use crate::num::FlowNum;

const BALANCE: Violation = Violation::Overflow { what: "the balance of a node" };

/// The reduced costs of the next unit and of the last unit on an arc, none at the bounds.
fn reduced<N: FlowNum>(
    network: &Network<N>,
    potentials: &NodeMap<i128>,
    arc: ArcId,
    flow: N,
) -> Result<(Option<i128>, Option<i128>), Violation> {
    let ends = (potentials[network.tail(arc)], potentials[network.head(arc)]);
    let drop = ends.0.checked_sub(ends.1).ok_or(REDUCED)?;
    let (slopes, (rises, falls)) = (network.cost(arc), freedom(network, arc, flow));
    let add = |slope: N| slope.widen().checked_add(drop).ok_or(REDUCED);
    let after = if rises { Some(add(slopes.slope_after(flow))?) } else { None };
    let before = if falls { Some(add(slopes.slope_before(flow))?) } else { None };
    Ok((after, before))
}

/// Checks bounds and the signs of reduced costs, all slopes of one arc moved by some amount; returns the
/// cost without that.
fn complementary<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    moved: Option<(ArcId, i128)>,
) -> Result<i128, Violation> {
    length("flows", network.arc_count(), flows.len())?;
    length("potentials", network.node_count(), potentials.len())?;
    let mut total = 0_i128;
    for (arc, &flow) in flows.iter() {
        if flow < network.lower(arc) || network.upper(arc).is_some_and(|upper| flow > upper) {
            return Err(Violation::Bounds { arc, flow: flow.widen() });
        }
        let shift = moved.filter(|moved| moved.0 == arc).map_or(0, |moved| moved.1);
        let (after, before) = reduced(network, potentials, arc, flow)?;
        for (slope, sign, direction) in [(after, 1, "rise"), (before, -1, "fall")] {
            let slope = slope.map(|slope| slope.checked_add(shift).ok_or(REDUCED)).transpose()?;
            if let Some(reduced) = slope.filter(|slope| slope.signum() == -sign) {
                return Err(Violation::ReducedCost { arc, reduced, direction });
            }
        }
        let cost = network.cost(arc).value(flow).ok_or(COST)?;
        total = total.checked_add(cost).ok_or(COST)?;
    }
    Ok(total)
}

fn costs(claimed: i128, actual: i128) -> Result<(), Violation> {
    if claimed == actual { Ok(()) } else { Err(Violation::Value { what: "cost", claimed, actual }) }
}

/// Whether `flows` is the only flow of minimum cost. Beside the potentials the proof is an order of the
/// nodes: any other optimal flow differs by cycles of arcs that can still move at reduced cost 0, and there
/// are none if those that can move one way lead to nodes of a higher rank and those that can move both
/// ways join nodes of equal rank and form a forest. O(n + m) up to an inverse Ackermann factor.
///
/// # Errors
///
/// The first [`Violation`].
pub fn unique<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    cost: i128,
    ranks: &NodeMap<u32>,
) -> Result<(), Violation> {
    super::optimal(network, flows, potentials, cost)?;
    length("ranks", network.node_count(), ranks.len())?;
    let mut root: Vec<usize> = (0..network.node_count()).collect();
    let find = |root: &mut Vec<usize>, mut node: usize| {
        while root[node] != node {
            root[node] = root[root[node]];
            node = root[node];
        }
        node
    };
    for (arc, &flow) in flows.iter() {
        let (after, before) = reduced(network, potentials, arc, flow)?;
        let (tail, head) = (network.tail(arc), network.head(arc));
        let right = match (after == Some(0), before == Some(0)) {
            (false, false) => true,
            (true, false) => ranks[tail] < ranks[head],
            (false, true) => ranks[tail] > ranks[head],
            (true, true) => {
                let ends = (find(&mut root, tail.index()), find(&mut root, head.index()));
                root[ends.0] = ends.1;
                ends.0 != ends.1 && ranks[tail] == ranks[head]
            }
        };
        if !right {
            return Err(Violation::Movable { arc });
        }
    }
    Ok(())
}

/// How far the cost of an arc may move one way while a flow stays optimal, and why no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLimit {
    /// By how much all slopes of the arc may move, 0 or more.
    pub change: i128,
    /// Potentials that prove the flow optimal when they have moved so far.
    pub potentials: NodeMap<i128>,
    /// The way round: arcs from the tail of the arc to its head (rise) or from head to tail (fall) that
    /// are the better choice for a unit as soon as the cost moves further.
    pub way: Vec<Step>,
}

/// How far the cost of one arc may move while a flow stays optimal; `None` where there is no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostRange {
    /// Upwards.
    pub rise: Option<CostLimit>,
    /// Downwards.
    pub fall: Option<CostLimit>,
}

/// Whether `flows` (balanced elsewhere) is optimal exactly while all slopes of `arc` move within
/// the range: at each end it is optimal for the potentials there, and beyond it a cycle over the arc pays. Where there is no limit, the flow
/// of the arc is at its bound, or nothing leads round. O(n + m).
///
/// # Errors
///
/// The first [`Violation`].
pub fn cost_range<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    arc: ArcId,
    range: &CostRange,
) -> Result<(), Violation> {
    length("flows", network.arc_count(), flows.len())?;
    if arc.index() >= network.arc_count() {
        return Err(Violation::Order { what: "arc", position: arc.index() });
    }
    let (rises, falls) = freedom(network, arc, flows[arc]);
    let slopes = network.cost(arc);
    let (tail, head) = (network.tail(arc), network.head(arc));
    for (limit, rise) in [(&range.rise, true), (&range.fall, false)] {
        // A dearer arc wants to carry less, over a way from its tail to its head.
        let (movable, from, to) = if rise { (falls, tail, head) } else { (rises, head, tail) };
        let Some(limit) = limit else {
            let free =
                |other| if other == arc { (false, false) } else { freedom(network, other, flows[other]) };
            if movable && reached(network, [from], false, free)[to] {
                return Err(Violation::Movable { arc });
            }
            continue;
        };
        if !movable {
            return Err(Violation::Movable { arc });
        }
        let change = if rise { Some(limit.change) } else { limit.change.checked_neg() };
        complementary(network, flows, &limit.potentials, Some((arc, change.ok_or(REDUCED)?)))?;
        let mut cost = if rise {
            -slopes.slope_before(flows[arc]).widen()
        } else {
            slopes.slope_after(flows[arc]).widen()
        };
        let mut at = from;
        for (position, &Step { arc: step, forward }) in limit.way.iter().enumerate() {
            let wrong = |rule| Violation::Path { position, rule };
            if step.index() >= network.arc_count() || step == arc {
                return Err(wrong("an arc is unknown, or the arc itself"));
            }
            let (begin, end) = (network.tail(step), network.head(step));
            let (begin, end) = if forward { (begin, end) } else { (end, begin) };
            let (up, down) = freedom(network, step, flows[step]);
            if begin != at || !(if forward { up } else { down }) {
                return Err(wrong("a step does not continue the way, or has no room"));
            }
            let (slopes, flow) = (network.cost(step), flows[step]);
            let slope =
                if forward { slopes.slope_after(flow).widen() } else { -slopes.slope_before(flow).widen() };
            cost = cost.checked_add(slope).ok_or(COST)?;
            at = end;
        }
        if at != to {
            return Err(Violation::Side { node: at });
        }
        if cost != limit.change {
            return Err(Violation::Value { what: "change of cost", claimed: limit.change, actual: cost });
        }
    }
    Ok(())
}

/// Whether `flows` sends `amount` from `source` to `sink` beyond the supplies at minimum cost, proven by
/// `potentials`, and costs `cost`. O(n + m log pieces).
///
/// # Errors
///
/// The first [`Violation`].
#[allow(clippy::too_many_arguments)] // a claim and its proof
pub fn optimal_between<N: FlowNum>(
    network: &Network<N>,
    (source, sink): (NodeId, NodeId),
    amount: i128,
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    cost: i128,
) -> Result<(), Violation> {
    super::flow_between(network, source, sink, flows, amount)?;
    costs(cost, complementary(network, flows, potentials, None)?)
}

/// The least and the most that a node may send beyond its supply.
type Range = (i128, Option<i128>);

/// The least and the most that each node may send beyond its supply.
fn slack<N: FlowNum>(
    network: &Network<N>,
    ranges: &[(NodeId, Bounds<N>)],
) -> Result<NodeMap<Range>, Violation> {
    let mut slack = NodeMap::filled(network.node_count(), (0_i128, Some(0_i128)));
    for (position, &(node, bounds)) in ranges.iter().enumerate() {
        if node.index() >= network.node_count() {
            return Err(Violation::Order { what: "supply ranges", position });
        }
        let (least, most) = &mut slack[node];
        *least = least.checked_add(bounds.lower.widen()).ok_or(BALANCE)?;
        *most = match (*most, bounds.upper) {
            (Some(most), Some(upper)) => Some(most.checked_add(upper.widen()).ok_or(BALANCE)?),
            _ => None,
        };
    }
    Ok(slack)
}

/// Whether `flows` is of minimum cost among all flows in which each node sends, beyond its supply, an
/// amount within its range (entries of one node add up; 0 without an entry). The potential of a node is what a
/// further unit there saves: it is not positive unless the node sends the most it may,
/// and not negative unless it sends the least. O(n + m log pieces).
///
/// # Errors
///
/// The first [`Violation`].
pub fn optimal_within<N: FlowNum>(
    network: &Network<N>,
    ranges: &[(NodeId, Bounds<N>)],
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    cost: i128,
) -> Result<(), Violation> {
    let actual = complementary(network, flows, potentials, None)?;
    for (node, excess, (least, most)) in within(network, ranges, flows)? {
        let price = potentials[node];
        if price > 0 && most != Some(excess) || price < 0 && least != excess {
            return Err(Violation::Price { node, price });
        }
    }
    costs(cost, actual)
}

/// What each node sends beyond its supply, with its range, once that is kept.
fn within<N: FlowNum>(
    network: &Network<N>,
    ranges: &[(NodeId, Bounds<N>)],
    flows: &ArcMap<N>,
) -> Result<Vec<(NodeId, i128, Range)>, Violation> {
    let (slack, net) = (slack(network, ranges)?, net_outflows(network, flows)?);
    let mut list = Vec::with_capacity(network.node_count());
    for node in network.nodes() {
        let supply = network.supply(node).widen();
        let excess = net[node.index()].checked_sub(supply).ok_or(BALANCE)?;
        let (least, most) = slack[node];
        if excess < least {
            return Err(Violation::Balance { node, excess, expected: least });
        }
        match most {
            Some(most) if excess > most => return Err(Violation::Balance { node, excess, expected: most }),
            _ => list.push((node, excess, (least, most))),
        }
    }
    Ok(list)
}

/// Whether there is a flow within the supply ranges and its cost can fall for ever: `ray` is such a flow
/// and a cycle of unbounded arcs whose last slopes add up to less than zero.
///
/// # Errors
///
/// The first [`Violation`].
pub fn unbounded_within<N: FlowNum>(
    network: &Network<N>,
    ranges: &[(NodeId, Bounds<N>)],
    ray: &Ray<N>,
) -> Result<(), Violation> {
    within(network, ranges, &ray.flows)?;
    for (arc, &flow) in ray.flows.iter() {
        if flow < network.lower(arc) || network.upper(arc).is_some_and(|upper| flow > upper) {
            return Err(Violation::Bounds { arc, flow: flow.widen() });
        }
    }
    super::network::negative_cycle(network, ray)
}

/// Whether a node set proves that no flow keeps all nodes within their supply ranges. If
/// `with_rest` is false, what the set must send at least exceeds what may leave it; if true,
/// the nodes outside cannot send enough to make up for it: the set's supply exceeds what may leave it even
/// after all nodes outside have sent the most they may.
///
/// # Errors
///
/// The first [`Violation`].
pub fn infeasible_within<N: FlowNum>(
    network: &Network<N>,
    ranges: &[(NodeId, Bounds<N>)],
    shortage: &Shortage,
    with_rest: bool,
) -> Result<(), Violation> {
    let slack = slack(network, ranges)?;
    let overflow = Violation::Overflow { what: "the capacity of a cut" };
    let room = super::network::capacity(network, &shortage.inside)?;
    let mut room = room.ok_or(Violation::NoShortage { amount: i128::MIN })?;
    for node in network.nodes() {
        let inside = shortage.inside[node];
        let change = match slack[node] {
            (least, _) if inside && !with_rest => least.checked_neg(),
            (_, most) if !inside && with_rest => {
                Some(most.ok_or(Violation::NoShortage { amount: i128::MIN })?)
            }
            _ => Some(0),
        };
        room = change.and_then(|change| room.checked_add(change)).ok_or(overflow)?;
    }
    if room >= 0 {
        return Err(Violation::NoShortage { amount: room.saturating_neg() });
    }
    let actual = room.saturating_neg();
    if actual == shortage.amount {
        Ok(())
    } else {
        Err(Violation::Value { what: "shortage", claimed: shortage.amount, actual })
    }
}
