//! Which sums a problem can produce, computed once so that nothing overflows later.

use alloc::collections::BTreeMap;

use super::{BuildError, Network};
use crate::cost::{ArcCost, Slopes};
use crate::id::{ArcId, ids};
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

impl Ranges {
    /// The same after nothing but slopes of bounded arcs have changed, from the costs they had; `None` if
    /// the network must be measured anew. O(pieces of the changes).
    pub(super) fn resloped<N: FlowNum>(
        mut self,
        network: &Network<N>,
        old: &BTreeMap<ArcId, ArcCost<N>>,
    ) -> Option<Self> {
        let mut risen = self.slope;
        for (&arc, before) in old {
            let (lower, upper) = (network.lower(arc), network.upper(arc));
            let reach = upper?.widen().abs().max(lower.widen().abs());
            let size = |cost| i128::try_from(steepest(cost, lower, upper)).ok();
            let (before, after) = (size(before.as_slopes())?, size(network.cost(arc))?);
            // The steepest may have been the only one.
            if before == self.slope && after < before {
                return None;
            }
            risen = risen.max(after);
            self.cost = self.cost.checked_add(after.checked_mul(reach)?)? - before * reach;
        }
        self.slope = risen;
        let nodes = i128::try_from(network.node_count()).ok()?.checked_add(2)?;
        (self.cost <= LIMIT && risen.checked_mul(nodes)? <= LIMIT / 8).then_some(self)
    }
}

/// The largest absolute slope between some bounds, and between them and 0: c(x) is measured from there.
fn steepest<N: FlowNum>(cost: Slopes<'_, N>, lower: N, upper: Option<N>) -> u128 {
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
    // One less than the type holds, so that one more than the range is a capacity that stays unsaturated.
    let limit = if network.unbounded.is_empty() { LIMIT } else { LIMIT.min(N::MAX.widen() - 1) };
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
