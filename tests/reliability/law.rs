//! Laws of balances against sums of many digits, against plain sums over balances, and against published values.

use feasible::law::{Exponentials, Interval, Law, LawError, LdkNonlinear, LndBimodal, Point, Steps, Uniform};
use feasible::random::Random;
use proptest::prelude::*;

fn close(actual: f64, expected: f64, relative: f64) -> bool {
    actual == expected || (actual - expected).abs() <= relative * expected.abs()
}

#[test]
fn exponentials_agree_with_sums_of_many_digits() {
    let (mut rows, mut worst) = (0, 0.0_f64);
    for line in include_str!("../data/law/exponentials.csv").lines().filter(|line| !line.starts_with('#')) {
        let field: Vec<&str> = line.split(',').collect();
        let int = |i: usize| field[i].parse::<u64>().unwrap();
        let float = |i: usize| field[i].parse::<f64>().unwrap();
        let law = Exponentials::new([(float(4), float(5))], [(float(6), float(7))]).unwrap();
        let within = Interval::new(int(1), int(2)).unwrap();
        let (actual, expected) = (law.ln_survival(int(0), within, int(3)), float(8));
        let error = if actual == expected { 0.0 } else { ((actual - expected) / expected).abs() };
        assert!(error <= 1e-13, "{line}: {actual:e}, relative error {error:e}");
        worst = worst.max(error);
        rows += 1;
    }
    assert_eq!(rows, 400);
    println!("largest relative error {worst:e}");
}

#[test]
fn other_laws_agree_with_many_digits() {
    let (mut rows, mut worst) = (0, 0.0_f64);
    for line in include_str!("../data/law/others.csv").lines().filter(|line| !line.starts_with('#')) {
        let field: Vec<&str> = line.split(',').collect();
        let int = |i: usize| field[i].parse::<u64>().unwrap();
        let law: Box<dyn Law> = match field[0] {
            "uniform" => Box::new(Uniform),
            "ldk" => Box::new(LdkNonlinear),
            "lnd" => Box::new(LndBimodal::new(field[1].parse().unwrap()).unwrap()),
            _ => Box::new(
                Steps::new(field[1].split(' ').map(|step| {
                    let (at, weight) = step.split_once(':').unwrap();
                    (at.parse().unwrap(), weight.parse().unwrap())
                }))
                .unwrap(),
            ),
        };
        let within = Interval::new(int(3), int(4)).unwrap();
        let (actual, expected) = (law.ln_survival(int(2), within, int(5)), field[6].parse::<f64>().unwrap());
        let error = if actual == expected { 0.0 } else { ((actual - expected) / expected).abs() };
        assert!(error <= 1e-13, "{line}: {actual:e}, relative error {error:e}");
        worst = worst.max(error);
        rows += 1;
    }
    assert_eq!(rows, 800);
    println!("largest relative error {worst:e}");
}

#[test]
fn uniform_law_is_exact_at_the_largest_amounts() {
    let c = 2_100_000_000_000_000_000;
    let all = Interval::up_to(c);
    // -1 / (c + 1), where 1 - P is far below the resolution of P.
    assert!(close(Uniform.ln_survival(c, all, 1), -1.0 / (c as f64 + 1.0), 1e-15));
    assert!(close(Uniform.ln_survival(c, all, c), -((c + 1) as f64).ln(), 1e-15));
    assert_eq!(Uniform.ln_survival(c, all, 0), 0.0);
    assert_eq!(Uniform.ln_survival(c, all, c + 1), f64::NEG_INFINITY);
    assert_eq!(
        Uniform.ln_survival(u64::MAX, Interval::up_to(u64::MAX), u64::MAX),
        -((1_u128 << 64) as f64).ln()
    );
    assert_eq!(Uniform.ln_share(5, Interval::up_to(3), Interval::new(7, 9).unwrap()), f64::NEG_INFINITY);
}

/// Survival by adding up the masses of single balances.
fn summed(law: &dyn Law, capacity: u64, within: Interval, amount: u64) -> f64 {
    let mass = |lo: u64| -> f64 {
        let single = |x| law.ln_mass(capacity, Interval::new(x, x).unwrap()).exp();
        (lo..=within.hi()).map(single).sum()
    };
    mass(amount.max(within.lo())) / mass(within.lo())
}

fn laws() -> Vec<Box<dyn Law>> {
    vec![
        Box::new(Uniform),
        Box::new(Exponentials::bimodal(3.0).unwrap()),
        Box::new(Exponentials::bimodal(0.7).unwrap()),
        Box::new(Exponentials::new([(1.0, 2.0), (0.5, 30.0)], [(2.0, 7.0)]).unwrap()),
        Box::new(LndBimodal::new(4.0).unwrap()),
        Box::new(LdkNonlinear),
        Box::new(Steps::new([(2, 1.0), (3, 0.0), (17, 5.0), (90, 2.0)]).unwrap()),
        Box::new(Point::new(4)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shares_are_sums_over_balances(c in 1_u64..40, a in 0_u64..40, b in 0_u64..40, amount in 0_u64..42) {
        let within = Interval::new(a.min(b).min(c), a.max(b).min(c)).unwrap();
        for law in laws() {
            let (actual, expected) = (law.ln_survival(c, within, amount), summed(&*law, c, within, amount));
            prop_assert!(!actual.is_nan() && actual <= 0.0);
            if expected.is_nan() || expected == 0.0 {
                prop_assert_eq!(actual, f64::NEG_INFINITY, "{:?}", law);
            } else {
                prop_assert!((actual.exp() - expected).abs() < 1e-12, "{:?}: {} {}", law, actual.exp(), expected);
            }
            // The two parts of a posterior add up to all of it.
            let below = if amount == 0 { f64::NEG_INFINITY } else { law.ln_at_most(c, within, amount - 1) };
            if law.ln_mass(c, within) > f64::NEG_INFINITY {
                prop_assert!((below.exp() + actual.exp() - 1.0).abs() < 1e-12, "{:?}", law);
            }
        }
    }

    #[test]
    fn drawing_inverts_the_distribution(c in 1_u64..1000, a in 0_u64..1000, b in 0_u64..1000, u in 0.0..1.0_f64) {
        let within = Interval::new(a.min(b).min(c), a.max(b).min(c)).unwrap();
        for law in laws().iter().filter(|law| law.ln_mass(c, within) > f64::NEG_INFINITY) {
            let x = law.quantile(c, within, u);
            prop_assert!(within.contains(x));
            prop_assert!(law.ln_at_most(c, within, x).exp() >= u - 1e-12, "{:?} {} {}", law, x, u);
            if x > within.lo() {
                prop_assert!(law.ln_at_most(c, within, x - 1).exp() <= u + 1e-12, "{:?} {} {}", law, x, u);
            }
        }
    }

    #[test]
    fn nothing_is_ever_not_a_number(
        c in any::<u64>(), a in any::<u64>(), b in any::<u64>(), amount in any::<u64>(), exponent in -12.0..40.0_f64,
    ) {
        let within = Interval::new(a.min(b), a.max(b)).unwrap();
        let scale = 10_f64.powf(exponent);
        let laws: [Box<dyn Law>; 4] = [
            Box::new(Uniform),
            Box::new(Exponentials::new([(1e-9, scale)], [(1.0, scale * 3.0)]).unwrap()),
            Box::new(LndBimodal::new(scale).unwrap()),
            Box::new(LdkNonlinear),
        ];
        for law in laws {
            let p = law.ln_survival(c, within, amount);
            prop_assert!(p <= 0.0, "{law:?}: {p}");
            prop_assert!(!law.ln_mass(c, within).is_nan());
            // More is never more likely.
            prop_assert!(law.ln_survival(c, within, amount.saturating_add(1)) <= p + 1e-13 * p.abs().min(1e300));
            prop_assert!(law.quantile(c, within, 0.5) >= within.lo());
        }
    }

    #[test]
    fn convex_where_it_says_so(c in 2_u64..60, a in 0_u64..60, b in 0_u64..60) {
        let within = Interval::new(a.min(b).min(c), a.max(b).min(c)).unwrap();
        for law in laws().iter().filter(|law| law.is_log_concave()) {
            let cost = |f: u64| -law.ln_survival(c, within, f);
            for f in (1..within.hi()).filter(|f| cost(f + 1) < f64::INFINITY) {
                prop_assert!(cost(f + 1) - cost(f) >= cost(f) - cost(f - 1) - 1e-12);
            }
        }
    }
}

#[test]
fn lnd_gives_its_published_values() {
    // LND, routing/probability_bimodal_test.go: capacity 1e10 msat, scale 4e8 msat, tolerance 0.001.
    let (c, law) = (10_000_000_000, LndBimodal::new(4e8).unwrap());
    for (ok, fail, amount, expected) in
        [(0, c, c / 2, 0.5), (0, c, 0, 1.0), (0, c, c, 0.0), (0, c, 400_000_000, 0.684)]
    {
        let p = law.ln_survival(c, Interval::new(ok, fail).unwrap(), amount).exp();
        assert!((p - expected).abs() < 1e-3, "{amount}: {p}");
    }
}

#[test]
fn a_part_that_has_fallen_to_nothing_leaves_the_others_alone() {
    // Found by fuzzing: exponents of 4e22 relative to the low end swamped the uniform part.
    let (c, law) = (4_485_303_753_901_063_940, LndBimodal::new(7.041529113171147e-9).unwrap());
    let within = Interval::new(278_176_441_886_138, 6_983_112_697_214_680_638).unwrap();
    let amount = 4_485_026_676_954_103_808;
    // The high end has the mass of its scale, the uniform part that of its length.
    let mass = |lo: u64| (c - lo) as f64 / c as f64 + 7.041529113171147e-9;
    let expected = mass(amount) / mass(within.lo());
    assert!(close(law.ln_survival(c, within, amount), expected.ln(), 1e-13));
    assert!(close(law.ln_at_most(c, within, amount - 1), (-expected).ln_1p(), 1e-12));
}

#[test]
fn published_laws_of_the_reference_data() {
    let Some(folder) = std::env::var_os("FEASIBLE_DATA") else {
        return;
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join("reliability.json")).unwrap();
    let data: serde_json::Value = serde_json::from_str(&text).unwrap();
    let case = |name: &str| data["cases"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap();

    let lnd = case("lnd-bimodal");
    let (c, scale) = (lnd["capacity"].as_u64().unwrap(), lnd["scale"].as_f64().unwrap());
    let (own, plain) = (LndBimodal::new(scale).unwrap(), Exponentials::bimodal(scale).unwrap());
    for row in lnd["rows"].as_array().unwrap() {
        let int = |name: &str| row[name].as_u64().unwrap();
        let within = Interval::new(int("ok"), if int("fail") < c { int("fail") - 1 } else { c }).unwrap();
        let p = own.ln_survival(c, within, int("amount")).exp();
        assert!((p - row["published"].as_f64().unwrap()).abs() < 1e-3, "{row}: {p}");
        assert!((p - row["lnd_formula"].as_f64().unwrap()).abs() < 1e-12, "{row}: {p}");
        let p = plain.ln_survival(c, within, int("amount")).exp();
        assert!((p - row["discrete_two_exponentials"].as_f64().unwrap()).abs() < 1e-12, "{row}: {p}");
    }
    for row in case("uniform-success")["rows"].as_array().unwrap() {
        let int = |i: usize| row[i].as_u64().unwrap();
        let (num, den) = row[3].as_str().unwrap().split_once('/').unwrap_or((row[3].as_str().unwrap(), "1"));
        let expected = num.parse::<f64>().unwrap() / den.parse::<f64>().unwrap();
        let p = Uniform.ln_survival(int(1), Interval::new(int(0), int(1)).unwrap(), int(2)).exp();
        assert!(close(p, expected, 1e-14), "{row}: {p}");
    }
    let ldk = case("ldk-nonlinear");
    let c = ldk["capacity"].as_u64().unwrap();
    for row in ldk["rows"].as_array().unwrap() {
        let int = |i: usize| row[i].as_u64().unwrap();
        // The upper bound is excluded.
        let within = Interval::new(int(0), int(1) - 1).unwrap();
        let p = LdkNonlinear.ln_survival(c, within, int(2)).exp();
        assert!((p - row[3].as_f64().unwrap()).abs() < 1e-12, "{row}: {p}");
    }
}

#[test]
fn draws_have_the_frequencies_of_the_law() {
    let random = Random::new(11);
    for (stream, law) in laws().iter().enumerate() {
        let (c, all, random) = (19, Interval::up_to(19), random.stream(stream as u64));
        let draws = 40_000;
        let mut count = [0_u64; 20];
        for i in 0..draws {
            // One half by inversion, the other as the law likes.
            let [u, v] = [i, !i].map(|i| random.unit(i));
            let x = if i % 2 == 0 { law.quantile(c, all, u) } else { law.draw(c, all, [u, v]) };
            count[x as usize] += 1;
        }
        let mut chi_square = 0.0;
        let mut cells = 0;
        for (x, &seen) in (0..).zip(&count) {
            let expected = law.ln_share(c, Interval::new(x, x).unwrap(), all).exp() * draws as f64;
            if expected == 0.0 {
                assert_eq!(seen, 0);
            } else {
                chi_square += (seen as f64 - expected).powi(2) / expected;
                cells += 1;
            }
        }
        // 19 degrees of freedom: 43.8 is the 99.9 % point.
        assert!(chi_square < 43.8, "{law:?}: {chi_square} on {cells} cells");
    }
}

#[test]
fn draws_stay_in_their_range() {
    let random = Random::new(12);
    let max = 2_100_000_000_000_000_000_u64;
    let mixture = Exponentials::new([(1.0, 3e5), (2.0, 1e-6)], [(1e-90, 1e250), (1.0, 4e17)]).unwrap();
    for i in 0..20_000 {
        let random = random.stream(i);
        let c = 1 + (max as f64).powf(random.unit(0)) as u64;
        let (a, b) = (random.below(1, c + 1), random.below(2, c + 1));
        let within = Interval::new(a.min(b), a.max(b)).unwrap();
        for u in [[0.0, 0.0], [1.0 - 1e-16, 1.0 - 1e-16], [random.unit(3), random.unit(4)]] {
            assert!(within.contains(mixture.draw(c, within, u)), "{c} {within:?} {u:?}");
        }
    }
}

#[test]
fn parameters_are_refused_by_name() {
    assert_eq!(Exponentials::bimodal(0.0), Err(LawError::Scale { scale: 0.0 }));
    assert!(matches!(Exponentials::bimodal(f64::NAN), Err(LawError::Scale { .. })));
    assert_eq!(LndBimodal::new(f64::INFINITY), Err(LawError::Scale { scale: f64::INFINITY }));
    assert_eq!(Exponentials::new([], []), Err(LawError::Weight { index: 0, weight: 0.0 }));
    assert_eq!(
        Exponentials::new([(1.0, 1.0)], [(-1.0, 1.0)]),
        Err(LawError::Weight { index: 1, weight: -1.0 })
    );
    assert_eq!(Steps::new([(5, 1.0), (5, 1.0)]), Err(LawError::Order { index: 1, at: 5 }));
    assert_eq!(Steps::new([(u64::MAX, 1.0), (3, 1.0)]), Err(LawError::Order { index: 1, at: 3 }));
    assert_eq!(Steps::new([(5, 0.0)]), Err(LawError::Weight { index: 0, weight: 0.0 }));
}
