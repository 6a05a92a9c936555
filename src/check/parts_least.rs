//! Least values under laws that are not uniform, as bounds and not as what a search found.
//!
//! Let R be the risk of a flow, -ln of a survival function, and g(f) = R(f) - price f. A search that trusts the shape of a
//! law finds a flow x with a small g(x); how much smaller g can be elsewhere follows from what is known of every law:
//!
//! * R never falls, so g(f) >= R(a) - price b for all f in a..=b. Intervals are halved until that says enough, or until
//!   so many have been looked at: then the bound is looser, and still one.
//! * If R is convex (laws that are log-concave), a chord that falls towards x and one that rises from it leave only the
//!   flows between, where the other chord lies below g.
//!
//! The number of intervals grows with the inverse square root of what may be lost: near its least value g is flat.

use super::parts_terms::{Terms, floor};
use crate::num::float;

/// Nats that a least value may lose, for each of its own.
const LOSS: f64 = 1e-5;
/// Flows looked at for one least value at most.
const LOOKS: usize = 1 << 14;
/// Relative error of a risk, with room to spare: laws are exact to 1e-13.
const ERROR: f64 = 1e-12;

impl Terms<'_> {
    /// A lower bound of the risk minus a price times the flow over flows from `low` to `high`, under any law;
    /// `found` is a flow where it is nearly as small as it gets.
    pub(super) fn least_under_law(&self, price: f64, low: f64, high: f64, found: u64) -> f64 {
        let (low, high) = (floor(low), floor(high).min(self.possible));
        if price <= 0.0 || low >= high {
            return self.lowered(low) - price * float(low);
        }
        let found = found.clamp(low, high);
        let chords = if self.is_convex() { self.between_chords(price, low, high, found) } else { None };
        chords.unwrap_or_else(|| {
            let [least, near] = [low, found].map(|flow| self.risk(flow) - price * float(flow));
            let known = least.min(near);
            let loss = LOSS * known.abs().max(1.0);
            self.halved(low, high, known, loss, |risk, end| risk - price * float(end))
        })
    }

    /// Whether a few risks show that no flow pays at a price: they never fall, so each one covers flows up to where the
    /// price makes them worth as much. Most directions need no more.
    pub(super) fn is_idle_at(&self, price: f64) -> bool {
        let mut end = self.room();
        while end > 0 {
            let covers = |&from: &u64| from > 0 && self.lowered(from) >= price * float(end);
            let last = if end < 4 { end } else { end / 2 };
            let Some(from) = [end / 64, end / 8, last].into_iter().find(covers) else { return false };
            end = from - 1;
        }
        true
    }

    /// The risk, not overrated by rounding.
    fn lowered(&self, flow: u64) -> f64 {
        self.risk(flow) * (1.0 - ERROR)
    }

    /// A lower bound of what is at least `of(risk(a), b)` in every interval a..=b, and `known` somewhere.
    fn halved(&self, low: u64, high: u64, known: f64, loss: f64, of: impl Fn(f64, u64) -> f64) -> f64 {
        let mut least = known;
        let mut open = alloc::vec![(low, high, self.lowered(low))];
        let mut looks = LOOKS;
        let mut target = known - loss;
        while let Some((from, to, risk)) = open.pop() {
            let bound = of(risk, to);
            if bound >= target || from == to || looks == 0 {
                least = least.min(bound);
                continue;
            }
            looks -= 1;
            // Small flows apart from large ones first: what they are worth differs most.
            let middle = if from > 0 && to / 4 > from { from * 2 } else { from + (to - from) / 2 };
            let above = self.lowered(middle + 1);
            target = target.min(of(above, middle + 1) - loss);
            open.extend([(from, middle, risk), (middle + 1, to, above)]);
        }
        least
    }

    /// A lower bound for a convex risk, if chords on both sides of a flow show that the least value lies between.
    fn between_chords(&self, price: f64, low: u64, high: u64, found: u64) -> Option<f64> {
        let step = ((self.possible - self.certain) >> 20).max(1);
        let (left, right) = (found.saturating_sub(step).max(low), found.saturating_add(step).min(high));
        let at = |flow: u64| self.lowered(flow) - price * float(flow);
        let (below, here, above) = (at(left), at(found), at(right));
        let error = ERROR * (1.0 + self.risk(right));
        // How far g can fall strictly between: along the chord from the other side, or by its price.
        let fall = |drop: f64, width: u64, reach: u64| {
            let reach = float(reach.saturating_sub(1));
            if width == 0 { price * reach } else { drop.max(0.0) / float(width) * reach }
        };
        let (left_width, right_width) = (found - left, right - found);
        let falls_to = left == low || below >= here - error;
        let rises_from = right == high || above >= here - error;
        let beyond = fall(below - here, left_width, right_width);
        let before = fall(above - here, right_width, left_width);
        (falls_to && rises_from).then(|| below.min(here).min(above) - beyond.max(before) - 4.0 * error)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{PartsRules, Terms};
    use crate::amount::Sat;
    use crate::law::{Exponentials, Law, Steps, Uniform};
    use crate::liquidity::{Channel, ChannelGraphBuilder};
    use crate::num::float;
    use crate::random::Random;

    #[test]
    fn bounds_lie_just_below_the_least_of_all_flows() {
        // Masses that rise and fall several times, which no search for one turn of the slope gets right.
        let bumps = [(4_999, 3.0), (5_099, 2.0), (20_999, 0.01), (21_499, 3.0), (90_000, 0.5)];
        let steps = Steps::new(bumps).unwrap();
        let bimodal = Exponentials::bimodal(3_000.0).unwrap();
        let laws: [&dyn Law; 3] = [&steps, &bimodal, &Uniform];
        let random = Random::new(5);
        let mut idle = 0;
        for case in 0..36_u64 {
            let mut b = ChannelGraphBuilder::new();
            let (u, v) = (b.add_node().unwrap(), b.add_node().unwrap());
            b.add_channel(Channel::new(u, v, Sat(90))).unwrap();
            let graph = b.build();
            let rules = PartsRules::new().law(laws[usize::try_from(case % 3).unwrap()]);
            let terms = Terms::of(&graph, usize::try_from(case % 2).unwrap(), Some(&rules));
            let price = float(1 + random.below(case, 400)) * 1e-6;
            let low = random.below(1_000 + case, 30_000);
            let high = terms.possible - random.below(2_000 + case, 40_000);
            let exact = (low..=high).map(|f| terms.risk(f) - price * float(f)).fold(f64::INFINITY, f64::min);
            let bound = terms.best(price, float(low), float(high));
            assert!(bound <= exact + 1e-13, "case {case}: {bound} {exact}");
            assert!(bound >= exact - 2e-5 * exact.abs().max(1.0), "case {case}: {bound} {exact}");
            assert!(!terms.is_idle_at(price) || exact_from_zero(&terms, price) >= 0.0, "case {case}");
            idle += u32::from(terms.is_idle_at(price * 1e-3));
        }
        assert!(idle > 5, "{idle}");
    }

    fn exact_from_zero(terms: &Terms<'_>, price: f64) -> f64 {
        (1..=terms.possible).map(|f| terms.risk(f) - price * float(f)).fold(f64::INFINITY, f64::min)
    }
}
