//! Which sums a problem can produce, computed once so that nothing overflows later.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Bounds, BuildError, Network};
use crate::cost::{ArcCost, Slopes};
use crate::id::{ArcId, NodeId, ids};
use crate::num::FlowNum;

/// Sums of flows and of costs stay below this, potentials times eight too: solvers may add a few of
/// them without a check.
const LIMIT: i128 = i128::MAX / 16;

/// How large the numbers of a problem can become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ranges {
    /// Some optimal flow carries at most this on any unbounded arc, and no node ever sees more:
    /// positive supplies + 2 |lower| + (upper - lower) over all arcs, where the last breakpoint
    /// stands in for a missing upper bound.
    ///
    /// Why: without lower bounds a flow splits into paths from supply to demand and cycles. A cycle
    /// that uses unbounded last pieces alone has no negative cost (else the problem is unbounded) and
    /// can be dropped; every other one uses up bounded capacity.
    pub flow: i128,
    /// The largest absolute slope inside the bounds of an arc.
    pub slope: i128,
    /// The objective of such a flow lies between minus this and this.
    pub cost: i128,
    /// The largest upper - lower of an arc that has an upper bound.
    pub width: i128,
    /// No supplies, and zero lies in all bounds.
    pub(crate) idle: bool,
    /// All lower bounds are zero.
    pub(crate) plain: bool,
}

impl Ranges {
    /// Measures a network. O(n + m + pieces).
    pub(super) fn admit<N: FlowNum>(network: &Network<N>) -> Result<Self, BuildError> {
        let flow = flow_range(network)?;
        let (slope, cost) = cost_range(network, flow)?;
        let nodes = network.node_count();
        let limit = LIMIT / 8;
        let potentials = i128::try_from(nodes).ok().and_then(|n| slope.checked_mul(n.checked_add(2)?));
        if potentials.is_none_or(|p| p > limit) {
            return Err(BuildError::PotentialRange { slope, nodes, limit });
        }
        let bounds = || network.lower.iter().zip(&network.upper);
        let bounded = |arc: usize| !network.unbounded.contains(arc);
        let width = bounds()
            .enumerate()
            .filter(|&(arc, _)| bounded(arc))
            .map(|(_, (lower, upper))| upper.widen() - lower.widen())
            .max()
            .unwrap_or(0);
        let at_rest = network.supply.iter().all(|&supply| supply == N::ZERO);
        let idle = at_rest && bounds().all(|(&lower, &upper)| lower <= N::ZERO && upper >= N::ZERO);
        let plain = network.lower.iter().all(|&lower| lower == N::ZERO);
        Ok(Self { flow, slope, cost, width, idle, plain })
    }
}

/// What some supplies, bounds and costs were before a change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'a, N> {
    pub(super) supplies: &'a BTreeMap<NodeId, N>,
    pub(super) bounds: &'a BTreeMap<ArcId, Bounds<N>>,
    pub(super) costs: &'a BTreeMap<ArcId, ArcCost<N>>,
}

impl Ranges {
    /// The same after bounds, costs and supplies have changed, all arcs being bounded then as before; `None` if
    /// the network must be measured anew, or supplies no longer cancel out. O(pieces of the changes).
    pub(super) fn amended<N: FlowNum>(mut self, network: &Network<N>, before: Before<'_, N>) -> Option<Self> {
        let mut balance = 0_i128;
        for (&node, old) in before.supplies {
            let (old, new) = (old.widen(), network.supply(node).widen());
            balance = balance.checked_add(new.checked_sub(old)?)?;
            self.flow = self.flow.checked_add(new.max(0))? - old.max(0);
            // The only one may be gone.
            if new == 0 && old != 0 {
                return None;
            }
            self.idle &= new == 0;
        }
        let mut arcs: Vec<ArcId> = before.costs.keys().chain(before.bounds.keys()).copied().collect();
        arcs.sort_unstable();
        arcs.dedup();
        let flow = self.flow;
        for arc in arcs {
            self.amend_arc(network, before, arc)?;
        }
        let nodes = i128::try_from(network.node_count()).ok()?.checked_add(2)?;
        // What an unbounded arc may carry, and cost, depends on the range of flows.
        let flows = flow == self.flow && before.supplies.is_empty() || network.unbounded.is_empty();
        let admitted = flows
            && balance == 0
            && self.flow <= flow_limit(network)
            && self.cost <= LIMIT
            && self.slope.checked_mul(nodes)? <= LIMIT / 8;
        admitted.then_some(self)
    }

    /// Takes an arc out as it was and in as it is.
    fn amend_arc<N: FlowNum>(
        &mut self,
        network: &Network<N>,
        before: Before<'_, N>,
        arc: ArcId,
    ) -> Option<()> {
        let new = [network.lower(arc), network.upper(arc)?];
        let old = before.bounds.get(&arc).map_or(Some(new), |old| Some([old.lower, old.upper?]))?;
        let cost = before.costs.get(&arc).map_or(network.cost(arc), ArcCost::as_slopes);
        let [old, new] = [Measure::of(old, cost)?, Measure::of(new, network.cost(arc))?];
        // The largest may have been the only one, and so may one that kept the network from being idle or plain.
        let falls = |most: i128, old: i128, new: i128| old == most && new < old;
        if falls(self.slope, old.slope, new.slope)
            || falls(self.width, old.width, new.width)
            || (new.has_zero && !old.has_zero)
            || (new.is_plain && !old.is_plain)
        {
            return None;
        }
        self.slope = self.slope.max(new.slope);
        self.width = self.width.max(new.width);
        self.flow = self.flow.checked_add(new.flow)? - old.flow;
        self.cost = self.cost.checked_add(new.cost)? - old.cost;
        self.idle &= new.has_zero;
        self.plain &= new.is_plain;
        Some(())
    }
}

/// What a bounded arc adds to the ranges.
#[derive(Clone, Copy, Debug)]
struct Measure {
    flow: i128,
    slope: i128,
    cost: i128,
    width: i128,
    has_zero: bool,
    is_plain: bool,
}

impl Measure {
    fn of<N: FlowNum>([lower, upper]: [N; 2], cost: Slopes<'_, N>) -> Option<Self> {
        let slope = i128::try_from(steepest(cost, lower, Some(upper))).ok()?;
        let (has_zero, is_plain) = (lower <= N::ZERO && upper >= N::ZERO, lower == N::ZERO);
        let (lower, upper) = (lower.widen(), upper.widen());
        let width = upper.checked_sub(lower)?;
        let flow = lower.checked_abs()?.checked_mul(2)?.checked_add(width)?;
        let cost = slope.checked_mul(lower.checked_abs()?.max(upper.checked_abs()?))?;
        Some(Self { flow, slope, cost, width, has_zero, is_plain })
    }
}

/// The largest range of flows that is admitted. One less than the type holds, so that one more than the range is a capacity that
/// stays unsaturated.
fn flow_limit<N: FlowNum>(network: &Network<N>) -> i128 {
    if network.unbounded.is_empty() { LIMIT } else { LIMIT.min(N::MAX.widen() - 1) }
}

/// The largest absolute slope between some bounds, and between them and 0: c(x) is measured from there.
fn steepest<N: FlowNum>(cost: Slopes<'_, N>, lower: N, upper: Option<N>) -> u128 {
    if cost.is_linear() {
        return cost.first().widen().unsigned_abs();
    }
    let slopes = cost.pieces(lower, upper).map(|piece| piece.slope).chain([cost.slope_after(N::ZERO)]);
    slopes.map(|slope| slope.widen().unsigned_abs()).max().unwrap_or(0)
}

fn flow_range<N: FlowNum>(network: &Network<N>) -> Result<i128, BuildError> {
    let sum = || -> Option<i128> {
        let mut sum = 0_i128;
        for supply in &network.supply {
            sum = sum.checked_add(supply.widen().max(0))?;
        }
        for arc in network.arcs() {
            let lower = network.lower(arc).widen();
            let bend = network.cost(arc).breakpoints().last().map(|b| b.at.widen());
            let end = network.upper(arc).map(FlowNum::widen).or(bend).unwrap_or(lower).max(lower);
            sum = sum.checked_add(lower.checked_abs()?.checked_mul(2)?)?;
            sum = sum.checked_add(end.checked_sub(lower)?)?;
        }
        Some(sum)
    };
    let limit = flow_limit(network);
    match sum() {
        Some(reach) if reach <= limit => Ok(reach),
        reach => Err(BuildError::FlowRange { reach: reach.unwrap_or(i128::MAX), limit }),
    }
}

fn cost_range<N: FlowNum>(network: &Network<N>, flow: i128) -> Result<(i128, i128), BuildError> {
    let (mut highest, mut sum) = (0_i128, 0_i128);
    for arc in ids::<ArcId>(network.arc_count()) {
        let (lower, upper) = (network.lower(arc), network.upper(arc));
        let slope = steepest(network.cost(arc), lower, upper);
        let reach = upper.map_or(flow, |u| u.widen().abs()).max(lower.widen().abs());
        let next = i128::try_from(slope)
            .ok()
            .and_then(|slope| slope.checked_mul(reach))
            .and_then(|cost| sum.checked_add(cost))
            .filter(|&next| next <= LIMIT);
        match (next, i128::try_from(slope)) {
            (Some(next), Ok(slope)) => (sum, highest) = (next, highest.max(slope)),
            _ => return Err(BuildError::CostRange { arc, limit: LIMIT }),
        }
    }
    Ok((highest, sum))
}
