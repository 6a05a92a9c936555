//! How knowledge ages: channels are used by others, so a bound becomes less true with time.

use core::fmt::Debug;
use core::time::Duration;

/// How a bound moves back to the end of the channel that says nothing.
///
/// Every piece of knowledge is a distance from knowing nothing: a least balance from 0, a largest one from the
/// capacity, a settled amount from no amount. A law of decay says what is left of it.
///
/// ```
/// use core::time::Duration;
/// use feasible::knowledge::Decay;
/// /// Everything is forgotten at once.
/// #[derive(Debug)]
/// struct Goldfish;
/// impl Decay for Goldfish {
///     fn kept(&self, _: u64, _: u64, _: Duration, _: Duration) -> u64 {
///         0
///     }
/// }
/// assert_eq!(Goldfish.kept(7, 10, Duration::ZERO, Duration::from_secs(1)), 0);
/// ```
pub trait Decay: Debug + Send + Sync {
    /// What is left of a distance in a channel of this capacity after more time, when it is `age` old already. More than
    /// the distance counts as the distance. In millisatoshi.
    fn kept(&self, distance: u64, capacity: u64, age: Duration, time: Duration) -> u64;
}

/// Every distance halves in a given time, as in LDK (30 minutes by default).
///
/// ```
/// use core::time::Duration;
/// use feasible::knowledge::{Decay, HalfLife};
/// let hour = Duration::from_secs(3600);
/// assert_eq!(HalfLife::new(hour).kept(1_000, 9_000, Duration::ZERO, 2 * hour), 250);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfLife {
    time: Duration,
}

impl HalfLife {
    /// Half of a distance is left after this time; nothing if it is zero.
    #[must_use]
    pub const fn new(time: Duration) -> Self {
        Self { time }
    }

    /// 1/e of a distance is left after this time, as in LND (7 days by default).
    #[must_use]
    pub fn of_mean_life(time: Duration) -> Self {
        Self { time: time.mul_f64(core::f64::consts::LN_2) }
    }
}

impl Decay for HalfLife {
    fn kept(&self, distance: u64, _: u64, _: Duration, time: Duration) -> u64 {
        if self.time.is_zero() {
            return 0;
        }
        scaled(distance, libm::exp2(-(time.as_secs_f64() / self.time.as_secs_f64())))
    }
}

/// Every distance shrinks at the speed that takes a whole capacity in a given time, as in Core Lightning's renepay
/// (600 000 seconds).
///
/// ```
/// use core::time::Duration;
/// use feasible::knowledge::{Decay, Linear};
/// let decay = Linear::new(Duration::from_secs(600_000));
/// let hour = Duration::from_secs(3600);
/// assert_eq!(decay.kept(500_000, 1_000_000, Duration::ZERO, hour), 500_000 - 6_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    time: Duration,
}

impl Linear {
    /// Nothing is left of a whole capacity after this time.
    #[must_use]
    pub const fn new(time: Duration) -> Self {
        Self { time }
    }
}

impl Decay for Linear {
    fn kept(&self, distance: u64, capacity: u64, _: Duration, time: Duration) -> u64 {
        if time >= self.time {
            return 0;
        }
        distance.saturating_sub(scaled(capacity, time.as_secs_f64() / self.time.as_secs_f64()))
    }
}

/// What is as old as this is forgotten, what is younger is kept as it is (askrene ages its constraints like this).
///
/// ```
/// use core::time::Duration;
/// use feasible::knowledge::{CutOff, Decay};
/// let (hour, decay) = (Duration::from_secs(3600), CutOff::new(Duration::from_secs(7200)));
/// assert_eq!(decay.kept(500, 1_000, Duration::ZERO, hour), 500);
/// assert_eq!(decay.kept(500, 1_000, hour, hour), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutOff {
    time: Duration,
}

impl CutOff {
    /// The age at which a bound is forgotten.
    #[must_use]
    pub const fn new(time: Duration) -> Self {
        Self { time }
    }
}

impl Decay for CutOff {
    fn kept(&self, distance: u64, _: u64, age: Duration, time: Duration) -> u64 {
        if age.saturating_add(time) >= self.time { 0 } else { distance }
    }
}

/// A share of an amount, rounded down; `share` is in `[0, 1]`.
fn scaled(amount: u64, share: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
    let part = (crate::num::float(amount) * share) as u64;
    part.min(amount)
}
