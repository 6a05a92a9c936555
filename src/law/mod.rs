//! Laws: how likely each balance of a channel is, for one who does not see it.
//!
//! # Problem
//!
//! Of a channel of capacity c one party's balance x is an integer in `0..=c`; the other party has c - x.
//! Who sees the capacity only describes x by a *law*. There is one variable per channel, never one per
//! direction: what is learned of x is learned of c - x. Everything that is asked of a law is the *share*
//! of the mass of one interval that lies in another:
//!
//! ```text
//!   P(x >= f | lo <= x <= hi)           share of f..=hi     in lo..=hi   (a direction carries f)
//!   P(f <= x <= c - b | lo <= x <= hi)  share of f..=c - b  in lo..=hi   (f one way and b the other, locked together)
//!   -ln of the first, at f + 1 and f    the price of one more unit        (most reliable flows)
//! ```
//!
//! So a law is one method, [`Law::ln_mass`]; a posterior is a narrower interval. Amounts are integers of
//! any unit; the crate uses millisatoshi.
//!
//! # Accuracy
//!
//! Logarithms of probabilities are wanted where a probability is next to 0 (add up, do not underflow) and
//! where it is next to 1 (ln P = -1e-12 has a relative error as well). [`Law::ln_share`] takes the log of the
//! share itself below one half and `ln_1p` of the complement above. The laws here compute shares from
//! integer differences before they divide, so that the relative error of ln P stays below 1e-13 at any
//! amount and scale; `tests/reliability/law.rs` compares with sums of many digits.
//!
//! # Laws
//!
//! | law | density of x | source |
//! |---|---|---|
//! | [`Uniform`] | 1 | Pickhardt, Tikhomirov, Biryukov, Nowostawski, arXiv 2103.08576 |
//! | [`Exponentials`] | mixture of e^(-x/s) and e^(-(c-x)/s) | the "bimodal" law, integer form |
//! | [`LndBimodal`] | the same, continuous, plus 1/c | LND, `routing/probability_bimodal.go` |
//! | [`LdkNonlinear`] | 1/256 + 9 (x/c - 1/2)^8 | LDK, `routing/scoring.rs` |
//! | [`Steps`] | constant between breakpoints | two pieces as eclair estimates, histograms |
//! | [`Point`] | one balance | |
//!
//! Dropped: differences of two logarithms of masses for the two-exponential law. With c = 1e10, s = 1e6 both masses
//! underflow, and in logarithms the difference keeps about |ln mass| x 1e-16, that is 1e-12 and worse.

pub(crate) mod conditional;
mod double;
mod envelope;
mod error;
mod exponentials;
pub(crate) mod grid;
mod interval;
mod ldk;
mod lnd;
pub(crate) mod many;
mod simple;
pub(crate) mod star;
mod steps;

pub use envelope::Envelope;
pub use error::LawError;
pub use exponentials::Exponentials;
pub use interval::Interval;
pub use ldk::LdkNonlinear;
pub use lnd::LndBimodal;
pub(crate) use simple::ln_ratio;
pub use simple::{Point, Uniform};
pub use steps::Steps;

/// The law of one channel's balance.
///
/// Implement [`Law::ln_mass`] for a law of your own; the rest follows.
///
/// ```
/// use feasible::law::{Interval, Law};
/// /// Twice as likely per unit as the balance grows.
/// #[derive(Debug)]
/// struct Rising;
/// impl Law for Rising {
///     fn ln_mass(&self, _capacity: u64, range: Interval) -> f64 {
///         let sum: f64 = (range.lo()..=range.hi()).map(|x| (x as f64).exp2()).sum();
///         sum.ln()
///     }
/// }
/// let all = Interval::new(0, 3).unwrap();
/// // 8 of 1 + 2 + 4 + 8.
/// assert!((Rising.ln_survival(3, all, 3).exp() - 8.0 / 15.0).abs() < 1e-15);
/// assert_eq!(Rising.quantile(3, all, 0.5), 3);
/// ```
pub trait Law: core::fmt::Debug + Send + Sync {
    /// The natural logarithm of the mass of a range of balances in a channel of this capacity, up to a
    /// term that is the same for all ranges of the channel; negative infinity for no mass, never NaN.
    ///
    /// A range that reaches above the capacity has the mass of its part up to the capacity.
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64;

    /// Whether all balances up to the capacity are alike, which has closed forms. Default: false.
    fn is_uniform(&self) -> bool {
        false
    }

    /// Whether -ln of the survival P(x >= f) is convex in f for every posterior and both directions, so that
    /// the most reliable flow is a convex problem. Default: false.
    ///
    /// It is if the mass is log-concave.
    fn is_log_concave(&self) -> bool {
        false
    }

    /// Whether the mass is log-convex: then the price of one more unit falls at first and rises from some amount on, for
    /// every posterior and both directions. Default: false.
    ///
    /// The price is the hazard h = p/S of the mass p and the survival S. With h' = h (p'/p + h), and p'/p rising, the
    /// bracket rises wherever it is 0, so it changes its sign at most once. A mass of 0 at one end is not log-convex.
    fn is_log_convex(&self) -> bool {
        false
    }

    /// ln of the share of `outer`'s mass that lies in `inner`: ln P(x in inner | x in outer).
    ///
    /// In `-inf..=0`; negative infinity if they have no mass in common, also if `outer` has none.
    fn ln_share(&self, capacity: u64, inner: Interval, outer: Interval) -> f64 {
        let whole = self.ln_mass(capacity, outer);
        if whole == f64::NEG_INFINITY {
            return f64::NEG_INFINITY;
        }
        ln_share_by(inner, outer, |part| self.ln_mass(capacity, part) - whole)
    }

    /// ln P(x >= amount | x in within).
    fn ln_survival(&self, capacity: u64, within: Interval, amount: u64) -> f64 {
        match Interval::new(amount, capacity.max(within.hi())) {
            Some(enough) => self.ln_share(capacity, enough, within),
            None => f64::NEG_INFINITY,
        }
    }

    /// ln P(x <= amount | x in within).
    fn ln_at_most(&self, capacity: u64, within: Interval, amount: u64) -> f64 {
        match Interval::new(0, amount) {
            Some(little) => self.ln_share(capacity, little, within),
            None => f64::NEG_INFINITY,
        }
    }

    /// The least balance whose share of `within` below or at it is above `u`, a number in `[0, 1)`; drawing by
    /// inversion. At most 64 evaluations.
    fn quantile(&self, capacity: u64, within: Interval, u: f64) -> u64 {
        let (mut lo, mut hi) = (within.lo(), within.hi().min(capacity).max(within.lo()));
        let wanted = libm::log(u);
        while lo < hi {
            let middle = lo + (hi - lo) / 2;
            if self.ln_at_most(capacity, within, middle) > wanted {
                hi = middle;
            } else {
                lo = middle + 1;
            }
        }
        lo
    }

    /// Draws a balance of `within` from two independent numbers in `[0, 1)`. The same law as [`Law::quantile`] of the
    /// first, which is the default; a mixture uses the second to choose a part.
    fn draw(&self, capacity: u64, within: Interval, u: [f64; 2]) -> u64 {
        self.quantile(capacity, within, u[0])
    }
}

impl<L: Law + ?Sized> Law for &L {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        (**self).ln_mass(capacity, range)
    }

    fn is_uniform(&self) -> bool {
        (**self).is_uniform()
    }

    fn is_log_concave(&self) -> bool {
        (**self).is_log_concave()
    }

    fn is_log_convex(&self) -> bool {
        (**self).is_log_convex()
    }

    fn ln_share(&self, capacity: u64, inner: Interval, outer: Interval) -> f64 {
        (**self).ln_share(capacity, inner, outer)
    }

    fn quantile(&self, capacity: u64, within: Interval, u: f64) -> u64 {
        (**self).quantile(capacity, within, u)
    }

    fn draw(&self, capacity: u64, within: Interval, u: [f64; 2]) -> u64 {
        (**self).draw(capacity, within, u)
    }
}

/// The share of `inner` in `outer` from the ln share of any part of `outer`, by the part or by its complement.
fn ln_share_by(inner: Interval, outer: Interval, ln_part: impl Fn(Interval) -> f64) -> f64 {
    let Some(common) = inner.intersection(outer) else {
        return f64::NEG_INFINITY;
    };
    let direct = ln_part(common).min(0.0);
    if direct <= -core::f64::consts::LN_2 {
        return direct;
    }
    let rest: f64 =
        outer.around(common).map(|side| side.map_or(0.0, |part| libm::exp(ln_part(part)))).iter().sum();
    libm::log1p(-rest.min(1.0))
}
