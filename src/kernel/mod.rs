//! The engine room: layouts and numbers that several solvers share. Private.

pub(crate) mod pairs;
#[cfg(feature = "rayon")]
pub(crate) mod shards;
pub(crate) mod statistics;

use num_traits::{Bounded, NumAssign, PrimInt, Signed, Zero};

/// An integer that engines compute in: `i64` where the admitted range allows it, else `i128`.
pub(crate) trait Int:
    PrimInt + Signed + NumAssign + Default + core::fmt::Debug + Room<Sum = Self>
{
    /// The number in the type of sums.
    fn wide(self) -> i128;

    /// The number from the type of sums; the caller has checked the range when it chose the engine.
    fn from_wide(wide: i128) -> Self;
}

/// How a residual capacity or a cost is stored: in 16 or 32 bits where all of them fit, although their sums may not.
pub(crate) trait Room: Copy + Default + Zero + Bounded + PartialEq + core::fmt::Debug {
    /// What engines compute in.
    type Sum: Int;

    /// The capacity as a number.
    fn get(self) -> Self::Sum;

    /// A capacity to store; the caller has checked the range when it chose the engine.
    fn of(sum: Self::Sum) -> Self;

    /// Adds to the capacity.
    #[inline]
    fn give(&mut self, amount: Self::Sum) {
        *self = Self::of(self.get() + amount);
    }

    /// Takes from the capacity.
    #[inline]
    fn take(&mut self, amount: Self::Sum) {
        *self = Self::of(self.get() - amount);
    }

    /// Whether anything fits through.
    #[inline]
    fn is_open(self) -> bool {
        self.get() > Self::Sum::zero()
    }
}

macro_rules! rooms {
    ($($t:ident: $sum:ident),*) => {$(
        impl Room for $t {
            type Sum = $sum;

            #[inline]
            fn get(self) -> $sum {
                $sum::from(self)
            }

            #[inline]
            #[allow(clippy::cast_possible_truncation)] // the range was checked when the engine was chosen
            fn of(sum: $sum) -> Self {
                debug_assert!(Self::try_from(sum).is_ok());
                sum as Self
            }
        }
    )*};
}

rooms!(i16: i64, i32: i64, i64: i64, i128: i128);

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
