//! The example `round` as a command.

use std::fs;

use crate::common::doors::{directory, gzip, json, refused, run};

const ROUND: &str = include_str!("../data/rounds/every-rule.json");

fn instance(from: &str, to: &str) -> Vec<u8> {
    assert!(ROUND.contains(from), "{from}");
    ROUND.replacen(from, to, 1).into_bytes()
}

#[test]
fn the_solution_has_every_field_and_is_the_same_again() {
    let place = directory("round");
    let file = place.join("round.json.gz");
    fs::write(&file, gzip(ROUND)).unwrap();
    let (solution, dot) = (place.join("solution.json"), place.join("round.dot"));
    let args = [
        "--json",
        file.to_str().unwrap(),
        "--out",
        solution.to_str().unwrap(),
        "--dot",
        dot.to_str().unwrap(),
        "--seed",
        "3",
    ];
    let answer = json(&run("round", &args));
    // Demand 3 asks for more than there is; everything else can be met with two touches.
    assert_eq!((&answer["objective"], &answer["bound"]), (&8.into(), &8.into()));
    assert_eq!((&answer["proven"], &answer["gap"]), (&true.into(), &0.0.into()));
    assert_eq!(answer["feasible"], serde_json::json!([0, 1, 2]));
    assert_eq!(answer["collateral"], serde_json::json!([]));
    for field in ["footprint_vb", "fronted_sat", "lockup_sat_blocks", "seconds"] {
        assert!(answer[field].is_number(), "{field}");
    }
    assert!(answer.get("cut_off").is_none());
    let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(&solution).unwrap()).unwrap();
    for field in ["touched", "used_free", "change", "feasible", "objective"] {
        assert_eq!(written[field], answer[field]);
    }
    assert_eq!(json(&run("round", &args))["touched"], answer["touched"]);
    assert!(fs::read_to_string(&dot).unwrap().starts_with("graph round {"));
}

#[test]
fn what_one_touched_channel_holds_pays_for_another() {
    // An integral point of the relaxation was taken for no plan where reserves or fees of the first touch were to be paid
    // from a channel that is touched later.
    for name in ["reserve-paid-by-another", "fees-paid-by-another"] {
        let file = format!("{}/tests/data/rounds/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let answer = json(&run("round", &[&file, "--effort", "prove", "--json"]));
        assert_eq!((&answer["objective"], &answer["bound"]), (&5.into(), &5.into()), "{name}");
    }
}

#[test]
fn without_an_instance_there_is_a_report() {
    let output = run("round", &["--effort", "quick"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let report = String::from_utf8(output.stdout).unwrap();
    for piece in ["feasible before", "proven bound", "touched", "could repair it", "checked"] {
        assert!(report.contains(piece), "{piece} is not in {report}");
    }
}

#[test]
fn time_cuts_off_and_says_so() {
    let place = directory("round-time");
    let file = place.join("round.json");
    // Without the impossible demand's proof the search goes on; at no time at all it does not begin.
    fs::write(&file, instance("\"k_max\":2", "\"k_max\":1")).unwrap();
    let answer = json(&run("round", &[file.to_str().unwrap(), "--time", "0", "--json"]));
    assert_eq!(answer["cut_off"], true);
    assert_eq!(answer["objective"], 1);
    assert_eq!(answer["touched"], serde_json::json!([]));
}

#[test]
fn bad_instances_are_told_in_one_line() {
    let place = directory("round-bad");
    let whole = gzip(&ROUND.repeat(20));
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("empty", Vec::new(), &["empty", "read an empty file"]),
        ("truncated.gz", whole[..whole.len() - 6].to_vec(), &["truncated.gz", "ends too early"]),
        ("json", b"{\"nodes\":[".to_vec(), &["json", "no JSON", "line 1"]),
        ("array", b"[]".to_vec(), &["array", "an object"]),
        ("format", instance("round-reconf/1", "round-reconf/2"), &["format: read \"round-reconf/2\""]),
        (
            "id",
            instance("\"id\":1,\"participant\"", "\"id\":7,\"participant\""),
            &["nodes[1].id: read 7", "1"],
        ),
        ("node", instance("\"v\":2,\"bal_u\":1500", "\"v\":9,\"bal_u\":1500"), &["channels[1]", "node 9"]),
        ("same", instance("\"u\":1,\"v\":2", "\"u\":2,\"v\":2"), &["channels[1]", "both ends are node 2"]),
        (
            "negative",
            instance("\"bal_u\":1500", "\"bal_u\":-1500"),
            &["channels[1].bal_u: read -1500", "non-negative"],
        ),
        (
            "beyond",
            instance("\"bal_u\":1500", "\"bal_u\":9223372036854775808"),
            &["channels[1].bal_u: read 9223372036854775808"],
        ),
        ("real", instance("\"bal_u\":1500", "\"bal_u\":1500.0"), &["channels[1].bal_u: read 1500.0"]),
        ("kind", instance("\"kind\":\"ark\"", "\"kind\":\"arc\""), &["channels[0].kind: read \"arc\""]),
        ("missing", instance("\"k_max\":2,", ""), &["params", "a field \"k_max\""]),
        ("nothing", instance("\"amount\":45000", "\"amount\":0"), &["demands[0]", "must be positive"]),
        ("server", instance("\"asp_node\":0", "\"asp_node\":4"), &["params", "node 4 does not exist"]),
        ("range", instance("\"cap_max\":500000", "\"cap_max\":5"), &["params", "at least 20000 sat"]),
        ("table", instance("[97,1000]", "[0,1000]"), &["params", "row 1 of the price table"]),
        ("flag", instance("\"participant\":true", "\"participant\":1"), &["nodes[0].participant: read 1"]),
        (
            "idle",
            instance("\"participant\":false,\"free\":0", "\"participant\":false,\"free\":5"),
            &["nodes[3].free: read 5", "does not take part"],
        ),
    ];
    for (name, content, pieces) in cases {
        let path = place.join(name);
        fs::write(&path, content).unwrap();
        refused(&run("round", &[path.to_str().unwrap(), "--json"]), pieces, name);
    }
    let here = place.to_str().unwrap();
    refused(&run("round", &[here]), &[here, "a directory", "expected a file"], "directory");
    refused(
        &run("round", &["--effort", "much"]),
        &["--effort", "\"much\"", "quick, normal, prove"],
        "effort",
    );
    refused(&run("round", &["--time", "-1"]), &["--time", "-1"], "time");
    refused(&run("round", &["--time", "nan"]), &["--time", "NaN"], "time");
    refused(&run("round", &["--cost", "1"]), &["--cost", "--help"], "option");
    let file = place.join("good");
    fs::write(&file, ROUND).unwrap();
    let args = [file.to_str().unwrap(), "--out", here];
    refused(&run("round", &args), &[here, "cannot be written"], "out");
}
