//! The lower convex envelope of a cost that rises in any way.
//!
//! # Problem
//!
//! f(a) = -ln P(at least a) rises with a, but its slope may rise and fall any number of times: histograms, densities with
//! several humps. Convex flow problems need the largest convex function below it.
//!
//! # Method
//!
//! On breakpoints x_0 < ... < x_n, f(a) >= f(x_i) for a in x_i + 1 ..= x_(i+1), whatever f does between. So the lower hull of the points
//! (x_(i+1), f(x_i)) is convex, rises, and lies below f: a proven bound from n evaluations. Where an interval holds one
//! amount only its point is f itself. The error of the hull is at most the largest f(x_(i+1)) - f(x_i) among its corners, so the interval
//! of the worst corner is halved, and nothing is spent where the hull does not touch. Since no more is used than that f rises, n
//! evaluations leave about (range of f) / n; where a slope is known to rise, chords do better.

use alloc::vec::Vec;

/// A convex function below a cost, as corners with lines between them.
///
/// ```
/// use feasible::law::{Envelope, Interval, Law, Steps};
/// // Money lies at one end of a channel of 100 or at the other.
/// let (law, all) = (Steps::new([(9, 1.0), (90, 0.1), (100, 1.0)])?, Interval::up_to(100));
/// let cost = |amount| -law.ln_survival(100, all, amount);
/// let envelope = Envelope::new((0, 100), 1e-9, 1000, cost);
/// assert!((0..=100).all(|amount| envelope.at(amount) <= cost(amount) + 1e-12));
/// // From 0 a line that touches the cost late.
/// assert!(envelope.corners()[1].0 > 50 && envelope.gap() <= 1e-9);
/// # Ok::<(), feasible::law::LawError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    corners: Vec<(u64, f64)>,
    gap: f64,
}

/// An interval of amounts that ends at `to`: what the cost is below and at that end.
#[derive(Clone, Copy)]
struct Piece {
    from: u64,
    to: u64,
    low: f64,
    high: f64,
}

impl Piece {
    fn value(&self) -> f64 {
        if self.to - self.from <= 1 { self.high } else { self.low }
    }

    fn error(&self) -> f64 {
        self.high - self.value()
    }
}

/// Whether the corner `b` lies on or above the line from `a` to `c`.
fn above(a: (u64, f64), b: (u64, f64), c: (u64, f64)) -> bool {
    #[allow(clippy::cast_precision_loss)] // slopes
    let slope = |p: (u64, f64), q: (u64, f64)| (q.1 - p.1) / (q.0 - p.0) as f64;
    slope(a, b) >= slope(a, c)
}

/// The lower hull of a first corner and the pieces' points, with the place of every further corner among the pieces.
fn hull(first: (u64, f64), pieces: &[Piece]) -> Vec<((u64, f64), usize)> {
    let mut hull = alloc::vec![(first, usize::MAX)];
    for (i, piece) in pieces.iter().enumerate() {
        let point = (piece.to, piece.value());
        while let [.., (a, _), (b, _)] = hull[..] {
            if !above(a, b, point) {
                break;
            }
            hull.pop();
        }
        hull.push((point, i));
    }
    hull
}

impl Envelope {
    /// The envelope of a cost on the amounts `first..=last`, from at most `evaluations` of it (2 at least), or until it is known
    /// to the tolerance. The cost must not fall, and must be finite up to `last`.
    ///
    /// O(evaluations^2), besides the evaluations.
    #[must_use]
    pub fn new(
        (first, last): (u64, u64),
        tolerance: f64,
        evaluations: usize,
        cost: impl Fn(u64) -> f64,
    ) -> Self {
        let start = (first, cost(first));
        if last <= first {
            return Self { corners: alloc::vec![start], gap: 0.0 };
        }
        let mut pieces = alloc::vec![Piece { from: first, to: last, low: start.1, high: cost(last) }];
        for used in 2.. {
            let hull = hull(start, &pieces);
            let worst = hull.iter().skip(1).map(|&(_, i)| (pieces[i].error(), i));
            let (gap, at) = worst.max_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or((0.0, 0));
            if gap <= tolerance.max(0.0) || used >= evaluations {
                return Self { corners: hull.into_iter().map(|(corner, _)| corner).collect(), gap };
            }
            let Piece { from, to, low, high } = pieces[at];
            let middle = from + (to - from) / 2;
            let value = cost(middle).clamp(low, high);
            pieces[at] = Piece { from: middle, to, low: value, high };
            pieces.insert(at, Piece { from, to: middle, low, high: value });
        }
        Self { corners: Vec::new(), gap: f64::INFINITY }
    }

    /// The corners, amounts rising, slopes between them rising too.
    #[must_use]
    pub fn corners(&self) -> &[(u64, f64)] {
        &self.corners
    }

    /// The largest convex function below the cost lies at most so much above this one.
    #[must_use]
    pub const fn gap(&self) -> f64 {
        self.gap
    }

    /// The value at an amount; that of the nearest end outside of the amounts.
    #[must_use]
    pub fn at(&self, amount: u64) -> f64 {
        let next = self.corners.partition_point(|corner| corner.0 < amount);
        match (next.checked_sub(1).and_then(|i| self.corners.get(i)), self.corners.get(next)) {
            (Some(&(x, low)), Some(&(y, high))) => {
                #[allow(clippy::cast_precision_loss)] // a share
                let share = (amount - x) as f64 / (y - x) as f64;
                low + (high - low) * share
            }
            (None, Some(&(_, value))) | (Some(&(_, value)), None) => value,
            (None, None) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use alloc::vec::Vec;

    use super::Envelope;
    use crate::law::{Exponentials, Interval, Law, LdkNonlinear, LndBimodal, Steps, Uniform};
    use crate::random::Random;

    fn laws() -> Vec<Box<dyn Law>> {
        alloc::vec![
            Box::new(Uniform),
            Box::new(Exponentials::bimodal(7.0).unwrap()),
            Box::new(LndBimodal::new(5.0).unwrap()),
            Box::new(LdkNonlinear),
            Box::new(Steps::new([(4, 1.0), (20, 0.01), (25, 3.0), (60, 0.1), (70, 2.0), (99, 0.5)]).unwrap()),
        ]
    }

    /// The largest convex function below the values, at every place: the least chord over it.
    fn slow(values: &[f64]) -> Vec<f64> {
        let chord = |i: usize, j: usize, at: usize| {
            let share = if i == j { 0.0 } else { (at - i) as f64 / (j - i) as f64 };
            values[i] + (values[j] - values[i]) * share
        };
        let least = |at| {
            (0..=at)
                .flat_map(|i| (at..values.len()).map(move |j| (i, j)))
                .fold(f64::MAX, |least, (i, j)| least.min(chord(i, j, at)))
        };
        (0..values.len()).map(least).collect()
    }

    #[test]
    fn is_the_least_chord_within_its_gap() {
        let random = Random::new(4);
        for (case, law) in (0..60).flat_map(|case| laws().into_iter().map(move |law| (case, law))) {
            let random = random.stream(case);
            let (a, b) = (random.below(0, 99), random.below(1, 99));
            let within = Interval::new(a.min(b), a.max(b)).unwrap();
            let cost = |amount| -law.ln_survival(99, within, amount);
            let (first, last) = (within.lo(), within.hi());
            let values: Vec<f64> = (first..=last).map(cost).take_while(|cost| cost.is_finite()).collect();
            let last = first + values.len() as u64 - 1;
            for (evaluations, tolerance) in [(1, 0.0), (5, 0.0), (20, 1e-2), (1000, 0.0)] {
                let envelope = Envelope::new((first, last), tolerance, evaluations, cost);
                for (amount, expected) in (first..).zip(slow(&values)) {
                    let found = envelope.at(amount);
                    assert!(found <= expected + 1e-11, "{law:?} {within:?} {amount}: {found} {expected}");
                    assert!(
                        expected <= found + envelope.gap() + 1e-11,
                        "{law:?} {within:?} {amount} {envelope:?}"
                    );
                }
                assert!(envelope.gap() <= tolerance || evaluations < 1000);
            }
        }
    }

    #[test]
    fn the_largest_amounts_take_few_evaluations() {
        let c = 2_100_000_000_000_000_000;
        for law in laws() {
            let within = Interval::new(17, c - 1).unwrap();
            let last = if law.ln_survival(c, within, c - 1).is_finite() { c - 1 } else { 99 };
            let envelope = Envelope::new((17, last), 1e-3, 400, |amount| -law.ln_survival(c, within, amount));
            // The cost rises to 42 nats, in halves of intervals.
            assert!(envelope.gap() <= 0.25, "{law:?}: {}", envelope.gap());
        }
    }
}
