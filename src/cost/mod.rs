//! What a unit of flow on an arc costs: linear and piecewise-linear convex functions.
//!
//! A cost is a function c on the integers with c(0) = 0, given by its slopes: `first` up to the
//! first [`Breakpoint`], then the slope of each breakpoint from there on. Slopes never fall
//! (convexity), so a piecewise-linear arc behaves like parallel linear arcs that fill in order, and
//! a flow is optimal iff no cycle of one-sided slopes is negative (Ahuja, Magnanti and Orlin,
//! "Network Flows", chapter 14). A linear cost is the case without breakpoints.

use alloc::vec::Vec;

use thiserror::Error;

use crate::num::FlowNum;

/// Where the slope of a piecewise-linear cost changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Breakpoint<N = i64> {
    /// The flow from which on the slope holds.
    pub at: N,
    /// Cost per unit of flow above `at`.
    pub slope: N,
}

/// The cost of an arc as the caller states it.
///
/// ```
/// use feasible::{ArcCost, PiecewiseCost};
/// let linear: ArcCost = 7.into();
/// assert_eq!(linear.as_slopes().value(3), Some(21));
/// // 1 per unit up to 10, then 4 per unit.
/// let convex: ArcCost = PiecewiseCost::new(1, [(10, 4)])?.into();
/// assert_eq!(convex.as_slopes().value(12), Some(18));
/// # Ok::<(), feasible::CostError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ArcCost<N = i64> {
    /// The same cost for every unit.
    Linear(N),
    /// Slopes that rise at breakpoints.
    Piecewise(PiecewiseCost<N>),
}

/// A convex cost with finitely many slopes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PiecewiseCost<N = i64> {
    first: N,
    breakpoints: Vec<Breakpoint<N>>,
}

/// Why slopes and breakpoints are not a convex cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CostError {
    /// Breakpoints must rise strictly.
    #[error("breakpoint {index} at {at} does not lie above the one before it at {before}")]
    BreakpointOrder {
        /// Position of the breakpoint, from 0.
        index: usize,
        /// Where it lies.
        at: i128,
        /// Where the one before it lies.
        before: i128,
    },
    /// Slopes must not fall.
    #[error(
        "slope {slope} after breakpoint {index} is below the slope {before} before it: the cost is not convex"
    )]
    NotConvex {
        /// Position of the breakpoint, from 0.
        index: usize,
        /// The slope from there on.
        slope: i128,
        /// The slope up to there.
        before: i128,
    },
}

impl<N: FlowNum> PiecewiseCost<N> {
    /// A cost with slope `first` up to the first breakpoint; each breakpoint `(at, slope)` sets the
    /// slope from `at` on. Breakpoints that leave the slope as it is are dropped.
    ///
    /// # Errors
    ///
    /// [`CostError`] if breakpoints do not rise strictly or a slope falls.
    pub fn new(first: N, breakpoints: impl IntoIterator<Item = (N, N)>) -> Result<Self, CostError> {
        let mut kept: Vec<Breakpoint<N>> = Vec::new();
        let mut previous: Option<N> = None;
        let mut before = first;
        for (index, (at, slope)) in breakpoints.into_iter().enumerate() {
            if let Some(last) = previous.filter(|&last| last >= at) {
                let (at, before) = (at.widen(), last.widen());
                return Err(CostError::BreakpointOrder { index, at, before });
            }
            if slope < before {
                let (slope, before) = (slope.widen(), before.widen());
                return Err(CostError::NotConvex { index, slope, before });
            }
            if slope != before {
                kept.push(Breakpoint { at, slope });
            }
            previous = Some(at);
            before = slope;
        }
        Ok(Self { first, breakpoints: kept })
    }

    /// The slopes, to be evaluated.
    #[must_use]
    pub fn as_slopes(&self) -> Slopes<'_, N> {
        Slopes { first: self.first, breakpoints: &self.breakpoints }
    }
}

impl<N: FlowNum> ArcCost<N> {
    /// The slopes, to be evaluated.
    #[must_use]
    pub fn as_slopes(&self) -> Slopes<'_, N> {
        match self {
            Self::Linear(slope) => Slopes { first: *slope, breakpoints: &[] },
            Self::Piecewise(cost) => cost.as_slopes(),
        }
    }

    /// The first slope and the breakpoints, to be exchanged with those of a cost that bends where this one does.
    pub(crate) fn parts_mut(&mut self) -> (&mut N, &mut [Breakpoint<N>]) {
        match self {
            Self::Linear(slope) => (slope, &mut []),
            Self::Piecewise(cost) => (&mut cost.first, &mut cost.breakpoints),
        }
    }
}

impl<N> From<N> for ArcCost<N> {
    fn from(slope: N) -> Self {
        Self::Linear(slope)
    }
}

impl<N: FlowNum> From<PiecewiseCost<N>> for ArcCost<N> {
    fn from(cost: PiecewiseCost<N>) -> Self {
        Self::Piecewise(cost)
    }
}

/// A borrowed cost function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slopes<'a, N = i64> {
    pub(crate) first: N,
    pub(crate) breakpoints: &'a [Breakpoint<N>],
}

/// A stretch of flow with one slope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<N = i64> {
    /// Where the stretch begins.
    pub from: N,
    /// Where it ends, or `None` if it never does.
    pub to: Option<N>,
    /// Cost per unit inside.
    pub slope: N,
}

impl<'a, N: FlowNum> Slopes<'a, N> {
    /// The slope below all breakpoints.
    #[must_use]
    pub const fn first(self) -> N {
        self.first
    }

    /// The breakpoints, rising.
    #[must_use]
    pub const fn breakpoints(self) -> &'a [Breakpoint<N>] {
        self.breakpoints
    }

    /// Whether there is one slope only.
    #[must_use]
    pub const fn is_linear(self) -> bool {
        self.breakpoints.is_empty()
    }

    /// Whether another cost has its breakpoints where this one has them.
    pub(crate) fn bends_like(self, other: Slopes<'_, N>) -> bool {
        let at = |bend: &Breakpoint<N>| bend.at;
        self.breakpoints.iter().map(at).eq(other.breakpoints.iter().map(at))
    }

    /// The cost of the next unit at `flow` (right derivative). O(log pieces).
    #[must_use]
    #[inline]
    pub fn slope_after(self, flow: N) -> N {
        self.slope_of(self.breakpoints.partition_point(|b| b.at <= flow))
    }

    /// The cost of the last unit at `flow` (left derivative). O(log pieces).
    #[must_use]
    #[inline]
    pub fn slope_before(self, flow: N) -> N {
        self.slope_of(self.breakpoints.partition_point(|b| b.at < flow))
    }

    #[inline]
    fn slope_of(self, passed: usize) -> N {
        if passed == 0 { self.first } else { self.breakpoints[passed - 1].slope }
    }

    /// The cost of `flow` units, 0 for none, or `None` if it leaves `i128`. O(pieces).
    #[must_use]
    pub fn value(self, flow: N) -> Option<i128> {
        let (zero, flow) = (0, flow.widen());
        if self.breakpoints.is_empty() {
            return self.first.widen().checked_mul(flow);
        }
        let (low, high) = if flow < zero { (flow, zero) } else { (zero, flow) };
        let mut sum = 0_i128;
        let mut from = low;
        let mut slope = self.first;
        for breakpoint in self.breakpoints {
            let to = breakpoint.at.widen().clamp(from, high);
            sum = sum.checked_add((to.checked_sub(from)?).checked_mul(slope.widen())?)?;
            (from, slope) = (to, breakpoint.slope);
        }
        sum = sum.checked_add((high.checked_sub(from)?).checked_mul(slope.widen())?)?;
        if flow < zero { sum.checked_neg() } else { Some(sum) }
    }

    /// The stretches between `lower` and `upper` (`None`: unbounded) with their slopes, rising; a
    /// point interval has one stretch of length zero.
    pub fn pieces(self, lower: N, upper: Option<N>) -> impl Iterator<Item = Piece<N>> + use<'a, N> {
        let begin = self.breakpoints.partition_point(|b| b.at <= lower);
        let end = match upper {
            Some(upper) => self.breakpoints.partition_point(|b| b.at < upper).max(begin),
            None => self.breakpoints.len(),
        };
        (begin..=end).map(move |i| Piece {
            from: if i == begin { lower } else { self.breakpoints[i - 1].at },
            to: if i == end { upper } else { Some(self.breakpoints[i].at) },
            slope: self.slope_of(i),
        })
    }

    /// The same cost as an owned value.
    #[must_use]
    pub fn to_cost(self) -> ArcCost<N> {
        if self.is_linear() {
            return ArcCost::Linear(self.first);
        }
        let breakpoints = self.breakpoints.to_vec();
        ArcCost::Piecewise(PiecewiseCost { first: self.first, breakpoints })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn sample() -> PiecewiseCost<i64> {
        PiecewiseCost::new(-2, [(-3, 0), (0, 0), (4, 5)]).unwrap()
    }

    #[test]
    fn value_is_the_integral_of_the_slopes() {
        let cost = sample();
        let slopes = cost.as_slopes();
        let mut expected = 0;
        for x in 0..20 {
            assert_eq!(slopes.value(x), Some(expected));
            expected += i128::from(slopes.slope_after(x));
        }
        expected = 0;
        for x in (-20..=0).rev() {
            assert_eq!(slopes.value(x), Some(expected));
            expected -= i128::from(slopes.slope_before(x));
        }
    }

    #[test]
    fn equal_slopes_are_merged() {
        assert_eq!(sample().as_slopes().breakpoints().len(), 2);
    }

    #[test]
    fn pieces_cover_the_bounds() {
        let cost = sample();
        let pieces: Vec<_> = cost.as_slopes().pieces(-10, None).collect();
        assert_eq!(
            pieces,
            vec![
                Piece { from: -10, to: Some(-3), slope: -2 },
                Piece { from: -3, to: Some(4), slope: 0 },
                Piece { from: 4, to: None, slope: 5 },
            ]
        );
        let inside: Vec<_> = cost.as_slopes().pieces(-3, Some(4)).collect();
        assert_eq!(inside, vec![Piece { from: -3, to: Some(4), slope: 0 }]);
        let point: Vec<_> = cost.as_slopes().pieces(4, Some(4)).collect();
        assert_eq!(point, vec![Piece { from: 4, to: Some(4), slope: 5 }]);
    }

    #[test]
    fn refuses_what_is_not_convex() {
        assert!(matches!(
            PiecewiseCost::new(3, [(1, 2)]),
            Err(CostError::NotConvex { index: 0, slope: 2, before: 3 })
        ));
        assert!(matches!(
            PiecewiseCost::new(3, [(1, 4), (1, 5)]),
            Err(CostError::BreakpointOrder { index: 1, at: 1, before: 1 })
        ));
    }

    #[test]
    fn overflow_is_none() {
        let slopes = Slopes { first: i128::MAX, breakpoints: &[] };
        assert_eq!(slopes.value(2), None);
    }
}
