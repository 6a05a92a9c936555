//! Laws of any parameters and ranges: shares are probabilities, parts add up, draws lie in the range.
#![no_main]

use feasible::law::{Exponentials, Interval, Law, LdkNonlinear, LndBimodal, Point, Steps, Uniform};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: ([u64; 5], [f64; 4], u8)| {
    let ([capacity, a, b, amount, at], [weight, low, high, u], kind) = input;
    let law: Box<dyn Law> = match kind % 6 {
        0 => Box::new(Uniform),
        1 => match Exponentials::new([(weight, low)], [(1.0, high)]) {
            Ok(law) => Box::new(law),
            Err(_) => return,
        },
        2 => match LndBimodal::new(low) {
            Ok(law) => Box::new(law),
            Err(_) => return,
        },
        3 => Box::new(LdkNonlinear),
        4 => match Steps::new([(a.min(b), weight), (a.max(b), low)]) {
            Ok(law) => Box::new(law),
            Err(_) => return,
        },
        _ => Box::new(Point::new(at)),
    };
    let Some(within) = Interval::new(a.min(b), a.max(b)) else { return };
    let up = law.ln_survival(capacity, within, amount);
    assert!(up <= 0.0, "{law:?}: {up}");
    assert!(!law.ln_mass(capacity, within).is_nan(), "{law:?}");
    if law.ln_mass(capacity, within) > f64::NEG_INFINITY {
        let down =
            amount.checked_sub(1).map_or(f64::NEG_INFINITY, |most| law.ln_at_most(capacity, within, most));
        assert!((up.exp() + down.exp() - 1.0).abs() < 1e-9, "{law:?}: {up} {down}");
        if (0.0..1.0).contains(&u) {
            assert!(within.contains(law.quantile(capacity, within, u)), "{law:?}");
        }
    }
});
