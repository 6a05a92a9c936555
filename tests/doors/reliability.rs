//! The example `reliability`: cases, graphs, the embedded default, and what is wrong told in one line.

use std::fs;

use crate::common::doors::{directory, json, refused, run};

const TRIANGLE: &str =
    r#"{"kind":"channels","nodes":3,"channels":[[0,2,2],[0,1,2],[1,2,2]],"s":0,"t":2,"source":"x"}"#;

#[test]
fn a_case_gets_its_curve_or_one_amount() {
    let path = directory("reliability_case").join("triangle.json");
    fs::write(&path, TRIANGLE).unwrap();
    let path = path.to_str().unwrap();
    let curve = json(&run("reliability", &[path, "--json"]));
    let points: Vec<(u64, f64)> = curve["survival"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| (point["amount"].as_u64().unwrap(), point["p"].as_f64().unwrap()))
        .collect();
    let expected = [1.0, 22.0 / 27.0, 14.0 / 27.0, 5.0 / 27.0, 1.0 / 27.0, 0.0];
    assert_eq!(points.len(), expected.len());
    for (i, ((amount, p), expected)) in points.into_iter().zip(expected).enumerate() {
        assert!(amount == i as u64 && (p - expected).abs() < 1e-12);
    }
    let one =
        json(&run("reliability", &["--amount", "2", path, "--json", "--seed", "5", "--relative", "0.1"]));
    for (field, value) in [
        ("estimate", 14.0 / 27.0),
        ("low", 14.0 / 27.0),
        ("high", 14.0 / 27.0),
        ("proven_low", 14.0 / 27.0),
        ("proven_high", 14.0 / 27.0),
        ("infeasible_estimate", 13.0 / 27.0),
        ("best_flow_ln_probability", (1.0_f64 / 3.0).ln()),
        ("pool_share", 1.0),
    ] {
        assert!((one[field].as_f64().unwrap() - value).abs() < 1e-12, "{field}: {one}");
    }
    assert!(one["exact"] == true && one["samples"] == 0 && one["flows_solved"].as_u64().unwrap() > 0);
    assert!(one["amount"] == 2 && one["seconds"].is_number());
    let report = run("reliability", &[path]);
    assert!(String::from_utf8(report.stdout).unwrap().contains("0.518518518519"));
}

#[test]
fn a_case_with_bounds() {
    let path = directory("reliability_bounds").join("case.json");
    fs::write(&path, r#"{"kind":"channels-bounds","nodes":2,"channels":[[1,0,9,2,5]],"s":0,"t":1}"#).unwrap();
    // 0 has 4 to 7.
    let answer = json(&run("reliability", &[path.to_str().unwrap(), "--amount", "6", "--json"]));
    assert_eq!(answer["estimate"], 0.5);
}

#[test]
fn a_graph_and_the_embedded_default() {
    let path = directory("reliability_graph").join("path.csv");
    fs::write(&path, "chan,node_a,node_b,capacity_sat\n7,0,1,100\n8,1,2,50\n").unwrap();
    let path = path.to_str().unwrap();
    let answer = json(&run("reliability", &[path, "--from", "0", "--to", "2", "--amount", "25", "--json"]));
    let p = (75_001.0 / 100_001.0) * (25_001.0 / 50_001.0);
    assert!((answer["estimate"].as_f64().unwrap() - p).abs() < 1e-14, "{answer}");
    assert_eq!(answer["exact"], true);
    let own = json(&run("reliability", &["--json", "--time", "1", "--relative", "0.2"]));
    assert!(own["estimate"].as_f64().unwrap() > 0.5);
}

#[test]
fn bad_input_is_told_in_one_line() {
    let dir = directory("reliability_bad");
    let write = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (text, pieces) in [
        (TRIANGLE.replace("channels\",", "arcs\","), ["kind", "arcs"]),
        (TRIANGLE.replace("[0,2,2]", "[0,3,2]"), ["channels[0][1]", "3"]),
        (TRIANGLE.replace("[0,2,2]", "[0,0,2]"), ["channel 0", "both ends"]),
        (TRIANGLE.replace("[0,2,2]", "[0,2,2,1,2]"), ["channels[0]", "[u, v, capacity]"]),
        (TRIANGLE.replace("\"t\":2", "\"t\":0"), ["t", "another node"]),
        (TRIANGLE.replace("\"nodes\":3", "\"nodes\":-3"), ["nodes", "-3"]),
    ] {
        refused(&run("reliability", &[&write("case.json", &text)]), &pieces, &text);
    }
    let triangle = write("triangle.json", TRIANGLE);
    refused(&run("reliability", &[&triangle, "--from", "1"]), &["--from"], "from");
    refused(&run("reliability", &[&triangle, "--confidence", "1"]), &["--confidence"], "confidence");
    refused(&run("reliability", &[&triangle, "--relative", "x"]), &["--relative", "x"], "relative");
    refused(&run("reliability", &["no-such-file"]), &["no-such-file"], "file");
    let graph = write("graph.csv", "chan,node_a,node_b,capacity_sat\n7,0,1,100\n");
    refused(&run("reliability", &[&graph]), &["--from"], "graph without terminals");
    let same = run("reliability", &[&graph, "--from", "0", "--to", "0", "--amount", "1"]);
    refused(&same, &["0"], "one node");
}
