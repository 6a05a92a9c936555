//! Entropies, envelopes, medians and best amounts of single channels, under every law.

use crate::common::worlds::channel;
use feasible::knowledge::Knowledge;
use feasible::law::{Exponentials, Interval, Law, LdkNonlinear, LndBimodal, Point, Steps, Uniform};
use feasible::liquidity::{Balance, Channel, ChannelGraphBuilder, Direction};
use feasible::reliability::{best_amount, entropy, median};
use feasible::{Msat, Sat};

type Under = Box<dyn Fn(&feasible::ChannelGraph) -> Knowledge>;

fn laws() -> Vec<Under> {
    fn of<L: Law + Clone + 'static>(law: L) -> Under {
        Box::new(move |graph| Knowledge::new(graph, law.clone()))
    }
    vec![
        of(Uniform),
        of(Exponentials::bimodal(40.0).unwrap()),
        of(Exponentials::bimodal(150.0).unwrap()),
        of(Exponentials::new([(1.0, 20.0), (0.3, 400.0)], [(0.5, 90.0)]).unwrap()),
        of(LndBimodal::new(80.0).unwrap()),
        of(LdkNonlinear),
        of(Steps::new([(99, 3.0), (600, 1.0), (1000, 2.0)]).unwrap()),
        of(Point::new(300)),
    ]
}

fn bounded(lo: u64, hi: u64) -> feasible::ChannelGraph {
    let mut b = ChannelGraphBuilder::new();
    let (a, z) = (b.add_node().unwrap(), b.add_node().unwrap());
    let balance = Balance::Between { lo: Msat(lo), hi: Msat(hi) };
    b.add_channel(Channel::new(a, z, Sat(1)).balance(balance)).unwrap();
    b.build()
}

#[test]
fn entropies_are_sums_over_balances() {
    for law in laws() {
        for (lo, hi) in [(0, 1000), (0, 0), (100, 700), (299, 301), (650, 999)] {
            let known = law(&bounded(lo, hi));
            let share = |x| known.ln_share(channel(0), Interval::new(x, x).unwrap(), known.range(channel(0)));
            let bits =
                |x| if share(x) > -700.0 { -share(x).exp() * share(x) / std::f64::consts::LN_2 } else { 0.0 };
            let (found, expected) = (entropy(&known, channel(0)), (lo..=hi).map(bits).sum::<f64>());
            assert!((found - expected).abs() < 2e-6, "{known:?}: {found} {expected}");
        }
    }
    // As many balances as there can be.
    let mut b = ChannelGraphBuilder::new();
    let (a, z) = (b.add_node().unwrap(), b.add_node().unwrap());
    b.add_channel(Channel::new(a, z, Sat::SUPPLY)).unwrap();
    let graph = b.build();
    let count = Msat::SUPPLY.0 as f64;
    assert!((entropy(&Knowledge::new(&graph, Uniform), channel(0)) - count.log2()).abs() < 1e-9);
    // Two ends, each with an exponential of scale s: 1 + log2(s e).
    let s = 1e12;
    let bimodal = Knowledge::new(&graph, Exponentials::bimodal(s).unwrap());
    let (found, expected) = (entropy(&bimodal, channel(0)), 1.0 + (s * std::f64::consts::E).log2());
    assert!((found - expected).abs() < 1e-6, "{found} {expected}");
}

#[test]
fn the_line_to_the_tangent_point_is_the_envelope() {
    let mut lines = 0;
    for law in laws() {
        for (lo, hi) in [(0, 1000), (0, 400), (100, 700), (299, 300), (650, 1000), (7, 7)] {
            let known = law(&bounded(lo, hi));
            for direction in Direction::BOTH {
                let within = known.liquidity(channel(0), direction);
                let Some(touch) = known.tangent(channel(0), direction) else { continue };
                let cost = |amount| known.cost(channel(0), direction, within.certain, Msat(amount));
                let (start, end) = (within.certain.0, within.possible.0);
                assert!(start <= touch.0 && touch.0 <= end);
                lines += usize::from(touch.0 > start + 1);
                let slope = if touch.0 > start { cost(touch.0) / (touch.0 - start) as f64 } else { 0.0 };
                for amount in start..=end {
                    if amount < touch.0 {
                        let line = slope * (amount - start) as f64;
                        assert!(cost(amount) >= line - 1e-11, "{known:?} {direction} {amount}");
                    } else if amount > touch.0 && cost(amount).is_finite() {
                        // Convex from there on, and never below the line.
                        let [before, here, after] = [cost(amount - 1), cost(amount), cost(amount + 1)];
                        assert!(
                            after - here >= here - before - 1e-11 * here.max(1.0),
                            "{known:?} {direction} {amount}"
                        );
                        assert!(here - before >= slope - 1e-11, "{known:?} {direction} {amount}");
                    }
                }
            }
        }
    }
    assert!(lines > 10, "{lines}");
}

#[test]
fn the_envelope_of_any_law_lies_below_its_cost_and_touches_where_the_line_does() {
    for law in laws() {
        for (lo, hi) in [(0, 1000), (100, 700), (650, 1000), (7, 7)] {
            let known = law(&bounded(lo, hi));
            for direction in Direction::BOTH {
                let within = known.liquidity(channel(0), direction);
                let envelope = known.envelope(channel(0), direction, 1e-9, 2000);
                assert!(envelope.gap() <= 1e-9, "{known:?}");
                let cost = |amount| known.cost(channel(0), direction, within.certain, Msat(amount));
                let last = envelope.corners().last().unwrap().0;
                for amount in within.certain.0..=last {
                    assert!(envelope.at(amount) <= cost(amount) + 1e-11, "{known:?} {direction} {amount}");
                }
                assert!(last == within.possible.0 || cost(last + 1).is_infinite());
                // Where a tangent is known, the line to it is the envelope, and beyond it the cost.
                let Some(touch) = known.tangent(channel(0), direction) else { continue };
                let here = cost(touch.0.min(last));
                assert!(envelope.at(touch.0.min(last)) >= here - 1e-8 * here.max(1.0), "{known:?}");
            }
        }
    }
}

#[test]
fn the_best_amount_is_the_best_of_all() {
    for law in laws() {
        for (lo, hi) in [(0, 1000), (100, 700), (650, 1000), (0, 0)] {
            let known = law(&bounded(lo, hi));
            let ln = |amount| known.ln_probability(channel(0), Direction::AToB, amount);
            let value = |a: u64| a as f64 * ln(Msat(a)).exp();
            let most = (1..=1000).map(value).fold(0.0, f64::max);
            match best_amount(Msat(1000), 1e-7, ln) {
                None => assert_eq!(most, 0.0),
                Some(best) => {
                    assert!((best.expected - value(best.amount.0)).abs() < 1e-9);
                    assert!(best.expected >= most * (1.0 - 1e-6) && best.bound >= most * (1.0 - 1e-12));
                    assert!(best.bound <= best.expected * (1.0 + 1e-6), "{best:?}");
                }
            }
        }
    }
}

#[test]
fn the_median_is_where_half_of_the_mass_is() {
    for law in laws() {
        let known = law(&bounded(100, 900));
        for direction in Direction::BOTH {
            let ln = |amount| known.ln_probability(channel(0), direction, Msat(amount)).exp();
            let middle = median(&known, channel(0), direction).0;
            assert!(ln(middle) >= 0.5 - 1e-15 && ln(middle + 1) < 0.5, "{known:?} {direction} {middle}");
        }
    }
}
