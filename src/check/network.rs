//! Checkers of flows, cuts, potentials, shortages and cycles of a [`Network`].

use alloc::vec::Vec;

use num_traits::{CheckedAdd, CheckedSub, FromPrimitive, ToPrimitive, Zero};

use super::{Ray, Shortage, Violation, narrow};
use crate::id::{ArcMap, NodeId, NodeMap, id_at};
use crate::network::Network;
use crate::num::FlowNum;

const EXCESS: &str = "the balance of a node";

/// Up to seven numbers of this size add up within 64 bits.
pub(super) const NARROW: i128 = (i64::MAX / 8) as i128;

pub(super) fn length(what: &'static str, expected: usize, actual: usize) -> Result<(), Violation> {
    if expected == actual { Ok(()) } else { Err(Violation::Length { what, expected, actual }) }
}

/// Outflow - inflow - supply of every node, after checking the bounds of every arc; `each` sees every arc
/// with its ends. Sums overflow in `S` or are exact; their memory is reused.
fn excesses<N: FlowNum, S: Sum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    excess: &mut Vec<S>,
    mut each: impl FnMut(usize, usize, usize) -> Result<(), Violation>,
) -> Result<(), Violation> {
    length("flows", network.arc_count(), flows.len())?;
    let overflow = Violation::Overflow { what: EXCESS };
    let sum = |number: N| S::from_i128(number.widen()).ok_or(overflow);
    excess.clear();
    excess.reserve_exact(network.node_count());
    for &supply in &network.supply {
        excess.push(S::zero().checked_sub(&sum(supply)?).ok_or(overflow)?);
    }
    let ends = network.tail.iter().zip(&network.head);
    let bounds = network.lower.iter().zip(&network.upper);
    for (arc, ((ends, bounds), &flow)) in ends.zip(bounds).zip(flows.as_slice()).enumerate() {
        if flow < *bounds.0 || (flow > *bounds.1 && !network.unbounded.contains(arc)) {
            return Err(Violation::Bounds { arc: id_at(arc), flow: flow.widen() });
        }
        let (tail, head) = (ends.0.index(), ends.1.index());
        let amount = sum(flow)?;
        excess[tail] = excess[tail].checked_add(&amount).ok_or(overflow)?;
        excess[head] = excess[head].checked_sub(&amount).ok_or(overflow)?;
        each(arc, tail, head)?;
    }
    Ok(())
}

/// Sums of the checker: 64 bits are tried first, as they take half of the time of 128.
trait Sum: Copy + CheckedAdd + CheckedSub + Zero + FromPrimitive + ToPrimitive {}

impl Sum for i64 {}
impl Sum for i128 {}

/// Memory for sums, to be used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    narrow: Vec<i64>,
    wide: Vec<i128>,
    potentials: Vec<i64>,
}

/// Outflow - inflow - supply of every node, after checking the bounds of every arc.
pub(super) fn surpluses<N: FlowNum>(network: &Network<N>, flows: &ArcMap<N>) -> Result<Vec<i128>, Violation> {
    let mut sums = Vec::new();
    excesses(network, flows, &mut sums, |_, _, _| Ok(()))?;
    Ok(sums)
}

fn compare<S: Sum>(excesses: &[S], expected: impl Fn(NodeId) -> i128) -> Result<(), Violation> {
    for (node, excess) in excesses.iter().enumerate() {
        let node = id_at(node);
        let (excess, expected) = (excess.to_i128(), expected(node));
        if excess != Some(expected) {
            let excess = excess.ok_or(Violation::Overflow { what: EXCESS })?;
            return Err(Violation::Balance { node, excess, expected });
        }
    }
    Ok(())
}

pub(super) fn balanced<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    expected: impl Fn(NodeId) -> i128,
) -> Result<(), Violation> {
    balanced_in(network, flows, &mut Sums::default(), expected)
}

/// As [`balanced`], with the sums in this memory.
pub(super) fn balanced_in<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    Sums { narrow, wide, .. }: &mut Sums,
    expected: impl Fn(NodeId) -> i128,
) -> Result<(), Violation> {
    match excesses(network, flows, narrow, |_, _, _| Ok(())) {
        Err(Violation::Overflow { .. }) => {
            excesses(network, flows, wide, |_, _, _| Ok(()))?;
            compare(wide, expected)
        }
        found => found.and_then(|()| compare(narrow, expected)),
    }
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

/// out(S) - b(S): what may leave a node set beyond its supply; `None` if there is no limit.
pub(super) fn capacity<N: FlowNum>(
    network: &Network<N>,
    inside: &NodeMap<bool>,
) -> Result<Option<i128>, Violation> {
    let overflow = Violation::Overflow { what: "the capacity of a cut" };
    length("node set", network.node_count(), inside.len())?;
    let (mut sum, mut unlimited) = (0_i128, false);
    for (node, _) in inside.iter().filter(|(_, inside)| **inside) {
        sum = sum.checked_sub(network.supply(node).widen()).ok_or(overflow)?;
    }
    for (arc, (&tail, &head)) in network.arcs().zip(network.tail.iter().zip(&network.head)) {
        match (inside[tail], inside[head], network.upper(arc)) {
            (true, false, Some(upper)) => sum = sum.checked_add(upper.widen()).ok_or(overflow)?,
            (true, false, None) => unlimited = true,
            (false, true, _) => sum = sum.checked_sub(network.lower(arc).widen()).ok_or(overflow)?,
            _ => {}
        }
    }
    Ok((!unlimited).then_some(sum))
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
    let total = optimal_cost(network, flows, potentials, &mut Sums::default())?;
    if total == cost { Ok(()) } else { Err(Violation::Value { what: "cost", claimed: cost, actual: total }) }
}

/// As [`optimal`]; returns the cost.
pub(crate) fn optimal_cost<N: FlowNum>(
    network: &Network<N>,
    flows: &ArcMap<N>,
    potentials: &NodeMap<i128>,
    Sums { narrow, wide, potentials: prices }: &mut Sums,
) -> Result<i128, Violation> {
    if potentials.len() != network.node_count() {
        flow(network, flows)?;
        length("potentials", network.node_count(), potentials.len())?;
    }
    if let Some(cost) = narrow::optimal_cost(network, flows, potentials, [narrow, prices]) {
        return Ok(cost);
    }
    // One pass over the arcs for everything, where the sums fit into 64 bits.
    let mut slack = Slackness::new(network, flows, potentials);
    match excesses(network, flows, narrow, |arc, tail, head| slack.add(arc, tail, head)) {
        Err(Violation::Overflow { .. }) => {
            slack = Slackness::new(network, flows, potentials);
            excesses(network, flows, wide, |arc, tail, head| slack.add(arc, tail, head))?;
            compare(wide, |_| 0)?;
        }
        found => found.and_then(|()| compare(narrow, |_| 0))?,
    }
    slack.fault.map_or(Ok(slack.total), Err)
}

/// Signs of reduced costs, and the cost, arc by arc. What is wrong first is kept: bounds and balance come
/// before it.
struct Slackness<'a, N> {
    network: &'a Network<N>,
    flows: &'a [N],
    potentials: &'a [i128],
    total: i128,
    fault: Option<Violation>,
}

impl<'a, N: FlowNum> Slackness<'a, N> {
    fn new(network: &'a Network<N>, flows: &'a ArcMap<N>, potentials: &'a NodeMap<i128>) -> Self {
        let (flows, potentials) = (flows.as_slice(), potentials.as_slice());
        Self { network, flows, potentials, total: 0, fault: None }
    }

    #[inline(always)]
    fn add(&mut self, arc: usize, tail: usize, head: usize) -> Result<(), Violation> {
        if self.fault.is_none() {
            self.fault = self.look(arc, tail, head).err();
        }
        Ok(())
    }

    #[inline(always)]
    fn look(&mut self, arc: usize, tail: usize, head: usize) -> Result<(), Violation> {
        let flow = self.flows[arc];
        let drop = self.potentials[tail].checked_sub(self.potentials[head]).ok_or(REDUCED)?;
        signs(self.network, arc, flow, drop)?;
        if flow != N::ZERO {
            self.total = value(self.network, arc, flow).and_then(|cost| add_cost(self.total, cost))?;
        }
        Ok(())
    }
}

pub(super) const REDUCED: Violation = Violation::Overflow { what: "a reduced cost" };
pub(super) const COST: Violation = Violation::Overflow { what: "the cost" };

/// What the flow of an arc costs.
#[inline(always)]
pub(super) fn value<N: FlowNum>(network: &Network<N>, arc: usize, flow: N) -> Result<i128, Violation> {
    network.costs.slopes(arc).value(flow).ok_or(COST)
}

#[inline(always)]
pub(super) fn add_cost(total: i128, cost: i128) -> Result<i128, Violation> {
    total.checked_add(cost).ok_or(COST)
}

/// Whether the reduced costs of an arc have the right signs at a flow, for potentials that fall by `drop` from
/// its tail to its head.
#[inline(always)]
pub(super) fn signs<N: FlowNum>(
    network: &Network<N>,
    arc: usize,
    flow: N,
    drop: i128,
) -> Result<(), Violation> {
    let slopes = network.costs.slopes(arc);
    let reduced = |slope: N| slope.widen().checked_add(drop).ok_or(REDUCED);
    // At a bound, the slope beyond it does not matter and was not admitted: it may be of any size.
    if flow != network.upper[arc] || network.unbounded.contains(arc) {
        let after = reduced(slopes.slope_after(flow))?;
        if after < 0 {
            return Err(Violation::ReducedCost { arc: id_at(arc), reduced: after, direction: "rise" });
        }
    }
    if flow != network.lower[arc] {
        let before = reduced(slopes.slope_before(flow))?;
        if before > 0 {
            return Err(Violation::ReducedCost { arc: id_at(arc), reduced: before, direction: "fall" });
        }
    }
    Ok(())
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
    negative_cycle(network, ray)
}

/// Whether the cycle of the ray consists of unbounded arcs and has the claimed slope, below zero.
pub(super) fn negative_cycle<N: FlowNum>(network: &Network<N>, ray: &Ray<N>) -> Result<(), Violation> {
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
