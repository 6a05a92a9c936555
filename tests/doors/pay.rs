//! The example `pay`: its answer adds up, and what is wrong is told in one line.

use std::fs;

use crate::common::doors::{directory, json, refused, run};

const HEAD: &str = "chan,node_a,node_b,capacity_sat,\
    ab_enabled,ab_base_fee_msat,ab_fee_ppm,ab_htlc_min_msat,ab_htlc_max_msat,ab_cltv_delta,\
    ba_enabled,ba_base_fee_msat,ba_fee_ppm,ba_htlc_min_msat,ba_htlc_max_msat,ba_cltv_delta\n";

/// Two ways of two hops from 0 to 3, the second hop of each for 1 sat and 1000 ppm.
fn diamond() -> String {
    let record = |(chan, a, b): (u32, u32, u32)| {
        let terms = "1,1000,1000,1000,90000000,40";
        format!("{chan},{a},{b},100000,{terms},{terms}\n")
    };
    HEAD.to_owned() + &[(0, 0, 1), (1, 1, 3), (2, 0, 2), (3, 2, 3)].map(record).concat()
}

#[test]
fn the_parts_are_what_the_answer_says() {
    let path = directory("pay").join("diamond.csv");
    fs::write(&path, diamond()).unwrap();
    let path = path.to_str().unwrap();
    let ask =
        |more: &[&str]| json(&run("pay", &[&[path, "--from", "0", "--to", "3", "--json"], more].concat()));
    let answer = ask(&["--amount", "80000", "--mu", "0"]);
    assert_eq!(answer["status"], "planned");
    let parts = answer["parts"].as_array().unwrap();
    let (mut sat, mut fee, mut ln_probability) = (0.0, 0, 0.0);
    let mut carried = std::collections::BTreeMap::<(u64, String), f64>::new();
    for part in parts {
        let amount = part["sat"].as_f64().unwrap();
        let own = part["fee_msat"].as_u64().unwrap();
        sat += amount;
        fee += own;
        let path = part["path"].as_array().unwrap();
        // The last hop takes 1 sat and a thousandth; the sender's own takes nothing.
        assert_eq!(path.len(), 2);
        // A thousandth of the msat that arrive, rounded up.
        let msat = (amount * 1000.0).round() as u64;
        assert_eq!(own, 1000 + msat.div_ceil(1000));
        for (hop, amount) in path.iter().zip([amount + own as f64 / 1000.0, amount]) {
            let key = (hop[0].as_u64().unwrap(), hop[1].as_str().unwrap().to_owned());
            *carried.entry(key).or_default() += amount;
        }
    }
    for &carried in carried.values() {
        ln_probability += (1.0 - carried * 1000.0 / 100_000_001.0).ln();
    }
    assert!((sat - 80_000.0).abs() < 1e-6);
    assert_eq!(answer["fee_msat"].as_u64().unwrap(), fee);
    assert!((answer["ln_probability"].as_f64().unwrap() - ln_probability).abs() < 1e-9);
    let number = |name: &str| answer[name].as_f64().unwrap();
    assert!((number("objective") + ln_probability).abs() < 1e-9);
    assert!(number("lower_bound") <= number("objective") && number("gap") < 2e-3);
    // Both ways have the same channels: an even split is best.
    assert_eq!(parts.len(), 2);

    let one = ask(&["--amount", "80000", "--max-parts", "1"]);
    assert_eq!(one["parts"].as_array().unwrap().len(), 1);
    // Two ways, 1001 msat and a thousandth each, or one of them.
    let cheap = ask(&["--amount", "50000", "--max-fee", "52"]);
    assert!(cheap["fee_msat"].as_u64().unwrap() <= 52_000);
    assert_eq!(cheap["parts"].as_array().unwrap().len(), 2);
    let cheapest = ask(&["--amount", "50000", "--min-probability", "0.01"]);
    assert!(cheapest["fee_msat"].as_u64().unwrap() <= cheap["fee_msat"].as_u64().unwrap());
    assert!(cheapest["probability"].as_f64().unwrap() >= 0.01);
    let at_most = cheap["ln_probability_at_most"].as_f64().unwrap();
    assert!(cheap["ln_probability"].as_f64().unwrap() <= at_most && at_most < 0.0);
    let at_least = cheapest["fee_msat_at_least"].as_f64().unwrap();
    assert!(cheapest["fee_msat"].as_f64().unwrap() >= at_least && at_least > 0.0);
    // Out of reach, each with what is proven.
    let dear = ask(&["--amount", "50000", "--max-fee", "50"]);
    assert_eq!(
        (&dear["status"], &dear["limits"][0]),
        (&"infeasible".into(), &"its fee is above the budget".into())
    );
    let at_least = dear["fee_msat_at_least"].as_f64().unwrap();
    assert!(at_least > 50_000.0 && at_least <= 51_000.0, "{at_least}");
    let unlikely = ask(&["--amount", "50000", "--min-probability", "0.9"]);
    assert_eq!(unlikely["status"], "infeasible");
    let at_most = unlikely["ln_probability_at_most"].as_f64().unwrap();
    // Two ways of two channels, a quarter of each.
    assert!(at_most < -1.15 && at_most > -1.152, "{at_most}");
    let both = ask(&["--amount", "50000", "--min-probability", "0.3", "--max-fee", "51"]);
    assert_eq!((&both["status"], &both["budget_msat"]), (&"infeasible".into(), &51_000.into()));
    assert_eq!(ask(&["--amount", "500"])["status"], "planned");
    for more in [&["--pieces", "5"][..], &["--law", "bimodal:20000"], &["--no-htlc-limits"]] {
        let other = ask(&[&["--amount", "80000"], more].concat());
        let (bound, objective) =
            (other["lower_bound"].as_f64().unwrap(), other["objective"].as_f64().unwrap());
        assert!(bound <= objective && bound > 0.9 * objective, "{more:?}: {bound} {objective}");
    }
    let none = ask(&["--amount", "300000"]);
    assert_eq!(none["status"], "infeasible");
    assert!(none["limits"].is_null());
    let parts = ask(&["--amount", "120000", "--max-parts", "1"]);
    assert_eq!((&parts["status"], parts["limits"].as_array().unwrap().len()), (&"infeasible".into(), 1));
    assert_eq!(parts["limits"][0], "it needs more parts than allowed");
}

#[test]
fn bad_questions_are_told_in_one_line() {
    let path = directory("pay-bad").join("diamond.csv");
    fs::write(&path, diamond()).unwrap();
    let path = path.to_str().unwrap();
    let ask = |args: &[&str]| run("pay", &[&[path], args].concat());
    for (args, pieces) in [
        (&["--from", "0"][..], &["--from, --to and --amount too"][..]),
        (&["--from", "0", "--to", "9", "--amount", "1"], &["--to", "\"9\"", "from 0 to 3"]),
        (&["--from", "0", "--to", "3", "--amount", "0"], &["--amount", "\"0\""]),
        (&["--from", "0", "--to", "3", "--amount", "1", "--mu", "NaN"], &["mu"]),
        (&["--from", "0", "--to", "0", "--amount", "1"], &["node"]),
        (&["--law", "x"], &["--law", "bimodal"]),
        (&["--pieces", "0"], &["--pieces", "\"0\""]),
        (&["--min-probability", "2"], &["--min-probability", "at most 1"]),
        (&["--base", "x"], &["--base", "--help"]),
    ] {
        refused(&ask(args), pieces, args.last().unwrap());
    }
    let report = run("pay", &[]);
    assert!(report.status.success() && report.stderr.is_empty());
}
