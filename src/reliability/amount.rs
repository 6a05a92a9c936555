//! The amount that is worth most in expectation.

use alloc::collections::BinaryHeap;

use crate::amount::Msat;
use crate::num::float;

/// Cells that are halved at most.
const MOST_STEPS: u32 = 100_000;

/// An amount and what sending it is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestAmount {
    /// The amount.
    pub amount: Msat,
    /// ln P(it arrives).
    pub ln_probability: f64,
    /// Amount times probability, in millisatoshi.
    pub expected: f64,
    /// No amount is worth more than this.
    pub bound: f64,
}

/// Amounts `lo..=hi` with ln P(lo), ordered by what they promise.
struct Cell {
    promise: f64,
    lo: u64,
    hi: u64,
    ln: f64,
}

impl Cell {
    fn new(lo: u64, hi: u64, ln: f64) -> Self {
        Self { promise: libm::log(float(hi)) + ln, lo, hi, ln }
    }

    fn worth(&self) -> f64 {
        libm::log(float(self.lo)) + self.ln
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Cell {}
impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Cell {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.promise.total_cmp(&other.promise).then(other.lo.cmp(&self.lo))
    }
}

/// The amount in `1..=most` whose expected value a P(a) is the largest, to a relative tolerance (1e-9 at least).
///
/// `ln_probability` is ln P(a) of a path, a planned flow or a whole payment, and must not rise with the amount. Nothing else
/// is used of it: no amount of a cell lo..=hi is worth more than hi P(lo), and the cell that promises most is halved. So
/// the bound is proven for any law, where a concave search finds the top of a hill. About tolerance^(-1/2)
/// questions, 100 000 at most. `None` if nothing arrives.
///
/// ```
/// use feasible::Msat;
/// use feasible::reliability::best_amount;
/// // One uniform channel of 1000: a (1001 - a) / 1001 is largest in the middle.
/// let best = best_amount(Msat(1000), 1e-9, |a| ((1001 - a.0) as f64 / 1001.0).ln()).unwrap();
/// assert!(best.amount == Msat(500) || best.amount == Msat(501));
/// assert!(best.bound <= best.expected * (1.0 + 1e-8));
/// ```
#[must_use]
pub fn best_amount(
    most: Msat,
    tolerance: f64,
    mut ln_probability: impl FnMut(Msat) -> f64,
) -> Option<BestAmount> {
    let tolerance = if tolerance > 1e-9 { tolerance } else { 1e-9 };
    let first = Cell::new(1, most.0.max(1), ln_probability(Msat(1)));
    let (mut best, mut amount, mut ln_best) = (first.worth(), 1, first.ln);
    let mut cells = BinaryHeap::from([first]);
    let mut bound = f64::NEG_INFINITY;
    for _ in 0..MOST_STEPS {
        let Some(Cell { promise, lo, hi, ln }) = cells.pop() else { break };
        bound = promise;
        if lo == hi || promise <= best + tolerance {
            break;
        }
        let middle = lo + (hi - lo).div_ceil(2);
        let upper = Cell::new(middle, hi, ln_probability(Msat(middle)));
        if upper.worth() > best {
            (best, amount, ln_best) = (upper.worth(), middle, upper.ln);
        }
        cells.extend([Cell::new(lo, middle - 1, ln), upper]);
    }
    let (amount, expected, bound) = (Msat(amount), libm::exp(best), libm::exp(bound.max(best)));
    (best > f64::NEG_INFINITY).then_some(BestAmount { amount, ln_probability: ln_best, expected, bound })
}
