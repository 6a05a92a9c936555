//! The engine room: layouts and numbers that several solvers share. Private.

pub(crate) mod pairs;
pub(crate) mod statistics;

use num_traits::{NumAssign, PrimInt, Signed};

/// An integer that engines compute in: `i64` where the admitted range allows it, else `i128`.
pub(crate) trait Int: PrimInt + Signed + NumAssign + core::fmt::Debug {
    /// The number in the type of sums.
    fn wide(self) -> i128;

    /// The number from the type of sums; the caller has checked the range when it chose the engine.
    fn from_wide(wide: i128) -> Self;
}

impl Int for i64 {
    #[inline]
    fn wide(self) -> i128 {
        i128::from(self)
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)] // the range was checked when the engine was chosen
    fn from_wide(wide: i128) -> Self {
        debug_assert!(i64::try_from(wide).is_ok());
        wide as i64
    }
}

impl Int for i128 {
    #[inline]
    fn wide(self) -> i128 {
        self
    }

    #[inline]
    fn from_wide(wide: i128) -> Self {
        wide
    }
}
