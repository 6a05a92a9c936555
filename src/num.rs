//! The integers that bounds, costs and flows may be.
//!
//! One sealed parameter, [`FlowNum`], with the implementations `i32`, `i64` (the default) and
//! `i128`. Whatever is added up over nodes or arcs (objective, cut capacity, potentials, excess) is
//! an `i128`, whichever type the parts have; a builder refuses a problem whose sums could leave that
//! range, so nothing overflows afterwards.

use core::fmt::{Debug, Display};
use core::hash::Hash;

/// An integer as a number, rounded to nearest.
#[allow(clippy::cast_precision_loss)]
pub(crate) const fn float(n: u64) -> f64 {
    n as f64
}

/// A sum of numbers with the rounding errors added up separately (Neumaier); infinite terms stay infinite.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, term: f64) {
        let sum = self.total + term;
        if sum.is_finite() {
            self.lost += if self.total.abs() >= term.abs() {
                (self.total - sum) + term
            } else {
                (term - sum) + self.total
            };
        }
        self.total = sum;
    }

    pub(crate) fn value(self) -> f64 {
        self.total + self.lost
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for i32 {}
    impl Sealed for i64 {}
    impl Sealed for i128 {}
}

/// An integer type of bounds, linear costs and flows: `i32`, `i64` or `i128`. Sealed.
///
/// ```
/// use feasible::FlowNum;
/// assert_eq!(7_i32.widen(), 7_i128);
/// assert_eq!(i32::narrow(1 << 40), None);
/// ```
pub trait FlowNum:
    sealed::Sealed + Copy + Ord + Hash + Default + Debug + Display + Send + Sync + 'static
{
    /// The type's name, for messages.
    const NAME: &'static str;
    /// Zero.
    const ZERO: Self;
    /// The largest value.
    const MAX: Self;
    /// The smallest value.
    const MIN: Self;

    /// The same number in the type of sums.
    #[must_use]
    fn widen(self) -> i128;

    /// The same number in this type, or `None` if it does not fit.
    #[must_use]
    fn narrow(wide: i128) -> Option<Self>;
}

macro_rules! flow_num {
    ($($t:ident),*) => {$(
        impl FlowNum for $t {
            const NAME: &'static str = stringify!($t);
            const ZERO: Self = 0;
            const MAX: Self = $t::MAX;
            const MIN: Self = $t::MIN;

            #[inline]
            fn widen(self) -> i128 {
                i128::from(self)
            }

            #[inline]
            fn narrow(wide: i128) -> Option<Self> {
                Self::try_from(wide).ok()
            }
        }
    )*};
}

flow_num!(i32, i64, i128);
