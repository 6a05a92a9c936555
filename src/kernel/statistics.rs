//! Confidence intervals for shares.
//!
//! # Shares
//!
//! Of n independent yes-or-no trials k were yes. The interval of Clopper and Pearson (Biometrika 26, 1934) covers
//! the unknown share with at least the stated confidence, whatever the share: its ends are quantiles of beta laws,
//! found by bisection on the regularised incomplete beta function (continued fraction of Lentz's method).
//!
//! # Shares that are looked at again and again
//!
//! [`share_at_any_time`] holds for all n at once, so that one may stop when the interval is narrow enough: the likelihood
//! of the trials, mixed over a beta prior, divided by their likelihood under the true share is a
//! martingale, and rises above 1/error with a probability of at most the error (Ville 1939; Robbins 1970). The prior is
//! Jeffreys' Beta(1/2, 1/2) and what earlier trials, which do not count, have shown: the mixture then spreads over the
//! shares that are likely, and a pilot of 1024 saves a third of half a million trials. The same
//! holds for trials with different shares whose mean is asked for, at the end of every round that has each of them once:
//! ln(1 - p + p e^x) is concave in p.

use crate::num::float;

/// Steps of a continued fraction and of a bisection; both converge long before.
const STEPS: usize = 400;

/// ln B(a, b).
fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// The continued fraction of the incomplete beta function.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    let mut m = 0.0;
    for _ in 0..STEPS * 25 {
        m += 1.0;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

/// The regularised incomplete beta function: P(Z <= x) for Z beta distributed with a and b.
fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - ln_beta(a, b));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn bisect(mut low: f64, mut high: f64, above: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..STEPS {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if above(middle) { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

/// The interval of Clopper and Pearson for `yes` of `trials`, wrong with a probability of at most `error`.
pub(crate) fn share(yes: u64, trials: u64, error: f64) -> [f64; 2] {
    let (k, n) = (float(yes), float(trials));
    let half = 0.5 * error;
    let low = if yes == 0 { 0.0 } else { bisect(0.0, 1.0, |x| beta_cdf(k, n - k + 1.0, x) > half) };
    let high =
        if yes >= trials { 1.0 } else { bisect(0.0, 1.0, |x| beta_cdf(k + 1.0, n - k, x) > 1.0 - half) };
    [low, high]
}

/// An interval for the share that is right for all numbers of trials at once, but for a probability of at most `error`.
/// `pilot` is yes and no among independent trials that are not counted; it may be anything.
pub(crate) fn share_at_any_time(yes: u64, trials: u64, error: f64, pilot: [u64; 2]) -> [f64; 2] {
    let (k, rest) = (float(yes), float(trials - yes));
    let [a, b] = pilot.map(|count| float(count) + 0.5);
    let mixed = ln_beta(k + a, rest + b) - ln_beta(a, b) + libm::log(error);
    let ln = |count: f64, share: f64| if count > 0.0 { count * libm::log(share) } else { 0.0 };
    // Whether a share explains the trials too badly.
    let refused = |z: f64| mixed > ln(k, z) + if rest > 0.0 { rest * libm::log1p(-z) } else { 0.0 };
    let middle = if trials == 0 { 0.5 } else { k / (k + rest) };
    let low = if yes == 0 { 0.0 } else { bisect(0.0, middle, |z| !refused(z)) };
    let high = if yes == trials { 1.0 } else { bisect(middle, 1.0, refused) };
    [low, high]
}

/// The 99.5 % quantile of Student's law with so many degrees of freedom: from a table up to 8, then by the expansion of Cornish and
/// Fisher (1938), to 1e-3.
pub(crate) fn student(freedom: f64) -> f64 {
    const FEW: [f64; 8] = [63.657, 9.925, 5.841, 4.604, 4.032, 3.708, 3.500, 3.356];
    for (n, &quantile) in (1..).zip(&FEW) {
        if freedom <= f64::from(n) {
            return quantile;
        }
    }
    let z: f64 = 2.575_829_303_548_901;
    let (z3, z5) = (z * z * z, z * z * z * z * z);
    let z7 = z5 * z * z;
    let z9 = z7 * z * z;
    let terms = [
        (z3 + z) / 4.0,
        (5.0 * z5 + 16.0 * z3 + 3.0 * z) / 96.0,
        (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / 384.0,
        (79.0 * z9 + 776.0 * z7 + 1482.0 * z5 - 1920.0 * z3 - 945.0 * z) / 92_160.0,
    ];
    z + terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom)
}

#[cfg(test)]
mod tests {
    use super::{share, share_at_any_time, student};

    #[test]
    fn any_time_intervals_hold_all_the_time() {
        let random = crate::random::Random::new(1);
        let cases = [(0.5, [0, 0]), (0.01, [0, 0]), (0.002, [0, 0]), (0.2, [22, 80]), (0.01, [40, 60])];
        for (stream, (p, pilot)) in cases.into_iter().enumerate() {
            let mut left = 0;
            let runs = if pilot == [0, 0] { 400 } else { 120 };
            for run in 0..runs {
                let random = random.stream(stream as u64).stream(run);
                let mut yes = 0;
                let outside = (0..2000).any(|i| {
                    yes += u64::from(random.unit(i) < p);
                    let [low, high] = share_at_any_time(yes, i + 1, 0.05, pilot);
                    assert!(low <= yes as f64 / (i as f64 + 1.0) && yes as f64 / (i as f64 + 1.0) <= high);
                    p < low || high < p
                });
                left += u32::from(outside);
            }
            // 1 in 20 is permitted; the mixture is left in about 15 of 400.
            assert!(u64::from(left * 40) <= runs * 3, "{p}: {left}");
        }
        assert_eq!(share_at_any_time(0, 0, 0.01, [0, 0]), [0.0, 1.0]);
        let [low, high] = share_at_any_time(1000, 1000, 0.01, [0, 0]);
        assert!(high == 1.0 && 0.99 < low && low < 0.994, "{low}");
    }

    #[test]
    fn published_quantiles_of_student() {
        for (freedom, quantile) in [(1, 63.657), (5, 4.032), (9, 3.250), (31, 2.744), (120, 2.617)] {
            assert!((student(f64::from(freedom)) - quantile).abs() < 1e-3, "{freedom}");
        }
    }

    #[test]
    fn published_quantiles() {
        // 0 of n: the upper end is 1 - (error / 2)^(1/n); 5 of 10 at 95 %: 0.1871 to 0.8129.
        let [low, high] = share(0, 100, 0.01);
        assert_eq!(low, 0.0);
        assert!((high - (1.0 - 0.005_f64.powf(0.01))).abs() < 1e-12);
        let [low, high] = share(5, 10, 0.05);
        assert!((low - 0.1871).abs() < 1e-4 && (high - 0.8129).abs() < 1e-4);
    }

    #[test]
    fn covers_at_least_as_often_as_stated() {
        // Exact coverage at n = 40 over a grid of shares, from the binomial law.
        for step in 1..40 {
            let p = f64::from(step) / 40.0;
            let mut covered = 0.0;
            let mut mass = libm::pow(1.0 - p, 40.0);
            for k in 0..=40_u64 {
                let [low, high] = share(k, 40, 0.1);
                if low <= p && p <= high {
                    covered += mass;
                }
                mass *= (40 - k) as f64 / (k as f64 + 1.0) * p / (1.0 - p);
            }
            assert!(covered >= 0.9, "{p}: {covered}");
        }
    }
}
