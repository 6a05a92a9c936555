//! Amounts of money: [`Sat`] and [`Msat`].
//!
//! Both are newtypes over `u64`, so that satoshi and millisatoshi cannot be mixed up. All the money
//! there can be, 21 million bitcoin, is 2.1e15 sat or 2.1e18 msat and fits in an `i64`; builders
//! refuse more ([`Sat::SUPPLY`], [`Msat::SUPPLY`]).

use core::fmt;

macro_rules! amount_type {
    ($(#[$doc:meta])* $name:ident, $unit:literal, $supply:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name(pub u64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// All the money there can be; builders refuse a larger amount.
            pub const SUPPLY: Self = Self($supply);

            /// The difference, or nothing if `other` is larger.
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// The sum, or the largest `u64`.
            #[must_use]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The difference, or `None` if `other` is larger.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(difference) => Some(Self(difference)),
                    None => None,
                }
            }

            /// The sum, or `None` if it leaves `u64`.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{} ", $unit), self.0)
            }
        }
    };
}

amount_type!(
    /// An amount in satoshi.
    ///
    /// ```
    /// use feasible::Sat;
    /// assert_eq!(Sat(5).saturating_sub(Sat(7)), Sat::ZERO);
    /// assert_eq!(Sat(5).to_string(), "5 sat");
    /// ```
    Sat,
    "sat",
    2_100_000_000_000_000
);
amount_type!(
    /// An amount in millisatoshi.
    ///
    /// ```
    /// use feasible::{Msat, Sat};
    /// assert_eq!(Msat::from(Sat(5)), Msat(5_000));
    /// assert_eq!(Msat(5_999).floor(), Sat(5));
    /// ```
    Msat,
    "msat",
    2_100_000_000_000_000_000
);

impl Msat {
    /// The whole satoshi in this amount.
    #[must_use]
    pub const fn floor(self) -> Sat {
        Sat(self.0 / 1000)
    }
}

impl From<Sat> for Msat {
    /// Saturates; [`Sat::SUPPLY`] is far below the limit.
    fn from(sat: Sat) -> Self {
        Self(sat.0.saturating_mul(1000))
    }
}
