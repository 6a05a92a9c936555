//! Intervals of balances.

/// A range `lo..=hi` of balances, never empty.
///
/// ```
/// use feasible::law::Interval;
/// let known = Interval::new(3, 9).unwrap();
/// assert_eq!(Interval::new(9, 3), None);
/// assert_eq!(known.intersection(Interval::up_to(4)), Interval::new(3, 4));
/// assert_eq!(known.reversed(10), Interval::new(1, 7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "(u64, u64)", into = "(u64, u64)"))]
pub struct Interval {
    lo: u64,
    hi: u64,
}

impl Interval {
    /// The range, or `None` if it is empty.
    #[must_use]
    pub const fn new(lo: u64, hi: u64) -> Option<Self> {
        if lo <= hi { Some(Self { lo, hi }) } else { None }
    }

    /// The range `0..=hi`.
    #[must_use]
    pub const fn up_to(hi: u64) -> Self {
        Self { lo: 0, hi }
    }

    /// The least balance.
    #[must_use]
    pub const fn lo(self) -> u64 {
        self.lo
    }

    /// The largest balance.
    #[must_use]
    pub const fn hi(self) -> u64 {
        self.hi
    }

    /// The number of balances, up to 2^64.
    #[must_use]
    pub const fn count(self) -> u128 {
        self.hi as u128 - self.lo as u128 + 1
    }

    /// Whether the range has this balance.
    #[must_use]
    pub const fn contains(self, balance: u64) -> bool {
        self.lo <= balance && balance <= self.hi
    }

    /// What two ranges have in common.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.lo.max(other.lo), self.hi.min(other.hi))
    }

    /// The other party's balances: `capacity - hi ..= capacity - lo`, or `None` if no balance is within the
    /// capacity.
    #[must_use]
    pub fn reversed(self, capacity: u64) -> Option<Self> {
        Self::new(capacity.saturating_sub(self.hi), capacity.checked_sub(self.lo)?)
    }

    /// What lies below and above a range inside this one.
    pub(super) fn around(self, inner: Self) -> [Option<Self>; 2] {
        let below = inner.lo.checked_sub(1).and_then(|hi| Self::new(self.lo, hi));
        let above = inner.hi.checked_add(1).and_then(|lo| Self::new(lo, self.hi));
        [below, above]
    }
}

impl From<Interval> for (u64, u64) {
    fn from(interval: Interval) -> Self {
        (interval.lo, interval.hi)
    }
}

impl TryFrom<(u64, u64)> for Interval {
    type Error = super::LawError;

    fn try_from((lo, hi): (u64, u64)) -> Result<Self, Self::Error> {
        Self::new(lo, hi).ok_or(super::LawError::Empty { lo, hi })
    }
}
