//! The examples as commands: what they answer, and one clear line for every bad input.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::doors::{binary, directory, gzip, json, refused, run};

const MIN: &str = "p min 2 1\nn 1 4\nn 2 -4\na 1 2 0 5 7\n";
const MAX: &str = "p max 4 4\nn 1 s\nn 4 t\na 1 2 5\na 2 4 3\na 1 3 2\na 3 4 9\n";
const HEAD: &str = "chan,node_a,node_b,capacity_sat,ab_enabled,ab_base_fee_msat,ab_fee_ppm,ab_htlc_min_msat,\
ab_htlc_max_msat,ab_cltv_delta,ba_enabled,ba_base_fee_msat,ba_fee_ppm,ba_htlc_min_msat,ba_htlc_max_msat,\
ba_cltv_delta\n";
const TERMS: &str = ",1,0,1,1,99000,40,0,0,0,0,0,0\n";

fn csv(rows: &[&str]) -> String {
    rows.iter().fold(HEAD.to_owned(), |text, row| text + row + TERMS)
}

/// File name, content, pieces of the message.
type Case = (&'static str, Vec<u8>, Pieces);
type Pieces = &'static [&'static str];

fn text(name: &'static str, text: &str, pieces: Pieces) -> Case {
    (name, text.as_bytes().to_vec(), pieces)
}

fn truncated(text: &str) -> Vec<u8> {
    let whole = gzip(text);
    whole[..whole.len() - 6].to_vec()
}

fn bad_dimacs() -> Vec<Case> {
    vec![
        text("empty", "", &["empty", "read an empty file", "expected"]),
        ("truncated.gz", truncated(&MIN.repeat(50)), &["truncated.gz", "ends too early", "whole gzip"]),
        ("hidden", truncated(&MIN.repeat(50)), &["hidden", "ends too early"]),
        text("plain.gz", MIN, &["plain.gz", "no gzip header"]),
        ("damaged.gz", [&[0x1f, 0x8b], &[7_u8; 40][..]].concat(), &["damaged.gz", "gzip"]),
        ("latin", b"p min 1 0\nc caf\xe9\n".to_vec(), &["latin: line 2", "0xe9", "UTF-8"]),
        text("node", &MIN.replace("a 1 2", "a 1 3"), &["node: line 4", "\"3\"", "a node from 1 to 2"]),
        text("negative", &MIN.replace("0 5", "0 -5"), &["negative: line 4", "\"-5\"", "a capacity"]),
        text("unbalanced", &MIN.replace("-4", "-3"), &["unbalanced: line 3", "add up to 1", "add up to 0"]),
        text(
            "beyond",
            &MIN.replace("0 5", "0 9223372036854775808"),
            &["beyond: line 4", "\"9223372036854775808\"", "9223372036854775807"],
        ),
        text("unknown", &MIN.replace("a 1", "e 1"), &["unknown: line 4", "\"e\"", "c, p, n or a"]),
        text("memory", "p min 2000000000 0\n", &["memory: line 1", "\"2000000000\"", "number of nodes"]),
        text("arcs", &MIN.replace("2 1\n", "2 2\n"), &["arcs: line 4", "1 arcs", "expected 2"]),
        text("line\u{1}break", "x", &["line\\u{1}break: line 1", "\"x\""]),
    ]
}

#[test]
fn bad_dimacs_files_are_told_in_one_line() {
    let place = directory("dimacs");
    for (name, content, pieces) in bad_dimacs() {
        let path = place.join(name);
        fs::write(&path, content).unwrap();
        for problem in [&[][..], &["--problem", "min"]] {
            let args = [&[path.to_str().unwrap(), "--json"], problem].concat();
            refused(&run("solve", &args), pieces, name);
        }
    }
    let here = place.to_str().unwrap();
    refused(&run("solve", &[here]), &[here, "a directory", "expected a file"], "directory");
    let missing = place.join("missing");
    refused(&run("solve", &[missing.to_str().unwrap()]), &["missing", "no such file"], "missing");
    refused(&run("solve", &["--verbose"]), &["--verbose", "--help"], "unknown option");
    refused(&run("solve", &["--runs", "0"]), &["--runs", "\"0\"", "from 1 to"], "runs");
    refused(&run("solve", &["--runs"]), &["--runs", "nothing"], "runs without value");
    refused(&run("solve", &["a", "b"]), &["\"a\"", "\"b\"", "one file"], "two files");
    refused(&run("solve", &["--algorithm", "magic"]), &["magic", "network-simplex"], "algorithm");
}

#[test]
fn min_and_max_are_solved() {
    let place = directory("solve");
    let file = |name: &str, content: &[u8]| {
        let path = place.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (min, max) = (file("min", MIN.as_bytes()), file("max", &gzip(MAX)));
    let out = place.join("flows");
    let answer = json(&run("solve", &["--runs", "2", &min, "--json", "--flows", out.to_str().unwrap()]));
    assert_eq!(answer["value"], 28);
    assert_eq!(answer["runs"], 2);
    assert_eq!(fs::read_to_string(&out).unwrap(), "s 28\nf 1 2 4\n");
    let fields = [
        "solver",
        "algo",
        "file",
        "nodes",
        "arcs",
        "status",
        "value",
        "solve_seconds",
        "solve_median",
        "solve_cpu",
        "runs",
        "load_seconds",
        "build_seconds",
        "check_seconds",
        "peak_rss_mb",
    ];
    assert!(fields.iter().all(|field| answer.get(field).is_some()), "{answer}");
    for algorithm in ["auto", "dinic", "push-relabel"] {
        let answer = json(&run("solve", &["--json", &max, "--algorithm", algorithm]));
        assert_eq!((&answer["value"], &answer["status"]), (&5.into(), &"optimal".into()));
    }
    // Undirected: node 1 has 5 + 2, node 2 has 5 + 3, node 3 has 2 + 9, node 4 has 3 + 9.
    assert_eq!(json(&run("solve", &["--json", &max, "--problem", "cut"]))["value"], 5);
    assert_eq!(json(&run("solve", &["--json", &max, "--problem", "tree"]))["value"], 7 + 5 + 11);
    let short = file("short", MIN.replace("0 5", "0 3").as_bytes());
    let answer = json(&run("solve", &["--json", &short]));
    assert_eq!(answer["status"], "infeasible");
    assert_eq!((&answer["witness"], &answer["shortage"]), (&serde_json::json!([1]), &1.into()));
}

#[test]
fn without_arguments_there_is_a_report() {
    for name in ["solve", "feasibility"] {
        let output = run(name, &[]);
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(String::from_utf8(output.stdout).unwrap().lines().count() > 5);
        let help = run(name, &["--help"]);
        assert!(help.status.success() && String::from_utf8(help.stdout).unwrap().contains("--json"));
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let mut child =
        Command::new(binary("feasibility")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success());
}

#[test]
fn standard_input_is_a_file() {
    let mut child = Command::new(binary("solve"))
        .args(["-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&gzip(MIN)).unwrap();
    assert_eq!(json(&child.wait_with_output().unwrap())["value"], 28);
}

fn bad_graphs() -> Vec<Case> {
    fn rows(name: &'static str, rows: &[&str], pieces: Pieces) -> Case {
        (name, csv(rows).into_bytes(), pieces)
    }
    vec![
        text("empty", "", &["empty", "read an empty file"]),
        ("truncated.csv.gz", truncated(&csv(&["0,0,1,100"; 50])), &["ends too early"]),
        text("column", &csv(&["0,0,1,100"]).replace("ab_fee_ppm", "ab_fee"), &["column: line 1", "ab_fee"]),
        text("policy", "chan,node_a,node_b,capacity_sat,ab_enabled\n", &["line 1", "\"ab_base_fee_msat\""]),
        text("header", "chan,node_a,capacity_sat\n", &["line 1", "\"node_b\""]),
        rows("fields", &["0,0,1"], &["fields: line 2", "read 15 fields", "expected 16"]),
        rows("zero", &["0,0,1,0"], &["zero: line 2: capacity_sat", "\"0\"", "from 1 to 2100000000000000"]),
        rows("minus", &["0,0,1,-5"], &["minus: line 2: capacity_sat", "\"-5\""]),
        rows("beyond", &["0,0,1,99999999999999999999"], &["beyond: line 2", "99999999999999999999"]),
        rows("supply", &["0,0,1,2100000000000000", "1,0,1,1"], &["supply: line 3", "capacity 1 sat"]),
        rows("loop", &["0,7,7,100"], &["loop: line 2", "node 7 at both ends", "two different"]),
        rows("twice", &["0,0,1,100", "0,0,2,100"], &["twice: line 3", "channel 0 for the second time"]),
        rows("node", &["0,0,4000000000,100"], &["node: line 2: node_b", "4000000000"]),
        text(
            "limit",
            &csv(&["0,0,1,100"]).replace(",1,0,1,1,", ",1,0,1,100001,"),
            &["limit: line 2", "100001 msat", "capacity 100 sat"],
        ),
        text("array", "[1]", &["array", "an array of 1", "an object"]),
        text("json", "{\"a\":", &["json", "no JSON", "line 1"]),
        text("other", "{\"nodes\":[]}", &["other", "describegraph or listchannels"]),
        text(
            "unknown.json",
            r#"{"nodes":[{"pub_key":"A"}],"edges":[{"channel_id":"1","node1_pub":"A","node2_pub":"B","capacity":"5"}]}"#,
            &["edges[0].node2_pub", "\"B\"", "a node in \"nodes\""],
        ),
        text(
            "text.json",
            r#"{"nodes":[{"pub_key":"A"},{"pub_key":"B"}],"edges":[{"channel_id":"1","node1_pub":"A","node2_pub":"B","capacity":-5}]}"#,
            &["edges[0].capacity: read -5", "non-negative integer"],
        ),
        text(
            "double.json",
            r#"{"channels":[],"channels":[]}"#,
            &["line 1", "field \"channels\" for the second time"],
        ),
    ]
}

const PAY: [&str; 7] = ["--from", "0", "--to", "1", "--amount", "50", "--json"];

#[test]
fn rates_are_the_same_for_any_number_of_threads() {
    let place = directory("rates");
    let path = place.join("path.csv");
    fs::write(&path, csv(&["0,0,1,10", "1,1,2,11"])).unwrap();
    let path = path.to_str().unwrap();
    let ask = |model: &str, threads: &str| {
        let args = ["--rate", "1,2,22", "--samples", "5000", "--model", model, "--threads", threads];
        let mut answer = json(&run("feasibility", &[&[path, "--seed", "4", "--json"], &args[..]].concat()));
        answer.as_object_mut().unwrap().remove("seconds");
        answer
    };
    // On a tree a state is a wealth vector, so both models say the same.
    for model in ["states", "wealth"] {
        let answer = ask(model, "1");
        assert_eq!(answer, ask(model, "3"));
        let rates = answer["rates"].as_array().unwrap();
        // Shares of all states and pairs, by enumeration.
        for (rate, expected) in rates.iter().zip([5.0 / 44.0, 2.0 / 9.0, 1.0]) {
            let number = |name: &str| rate[name].as_f64().unwrap();
            assert!(number("low") <= expected && expected <= number("high"), "{model}: {rate}");
            assert!((number("payments_per_second") * number("rho") - 7.0).abs() < 1e-9);
        }
        let ln_r = answer["ln_r"].as_f64().unwrap();
        assert!((ln_r - (2.0 * 110.0 / 441.0_f64).ln()).abs() < 1e-12);
    }
}

#[test]
fn bad_graphs_are_told_in_one_line() {
    let place = directory("graphs");
    for (name, content, pieces) in bad_graphs() {
        let path = place.join(name);
        fs::write(&path, content).unwrap();
        refused(&run("feasibility", &[&[path.to_str().unwrap()], &PAY[..]].concat()), pieces, name);
    }
    let good = place.join("good");
    fs::write(&good, csv(&["0,0,1,100", "1,1,2,100"])).unwrap();
    let good = good.to_str().unwrap();
    let ask = |args: &[&str]| run("feasibility", &[&[good], args].concat());
    refused(&ask(&PAY[2..]), &["--from too"], "no sender");
    refused(&ask(&["--from", "0", "--to", "3", "--amount", "1"]), &["--to", "\"3\"", "from 0 to 2"], "node");
    refused(&ask(&["--from", "0", "--to", "0", "--amount", "1"]), &["--to", "another node"], "same");
    let most = "2100000000000001";
    refused(&ask(&["--from", "0", "--to", "1", "--amount", most]), &["--amount", most], "amount");
    for (args, pieces) in [
        (&["--rate", "10,x"][..], &["--rate", "\"10,x\"", "amounts from 0 to 2100000000000000"][..]),
        (&["--rate", most], &["--rate", most]),
        (&["--rate", "10", "--model", "walks"], &["--model", "\"walks\"", "states"]),
        (&["--rate", "10", "--samples", "0"], &["--samples", "from 1 to"]),
        (&["--samples", "9"], &["--samples", "--rate too"]),
        (&["--rate", "10", "--from", "0"], &["--rate and --from", "one of the two"]),
        (&["--rate", "10", "--balances", "x"], &["--rate and --balances", "one of them"]),
    ] {
        refused(&ask(args), pieces, "rate");
    }
    let balances = place.join("balances");
    for (text, pieces) in [
        ("chan,balance_a_sat\n0,101\n", &["line 2", "101000 msat"][..]),
        ("chan,balance_a_sat\n0,10\n0,10\n", &["line 3: chan", "\"0\""]),
        ("chan,balance_a_sat\n0,10\n", &["no balance of channel 1"]),
        ("chan,balance_a_sat\n2,10\n", &["line 2: chan", "\"2\""]),
        ("chan,balance\n", &["line 1", "\"balance\""]),
    ] {
        fs::write(&balances, text).unwrap();
        let args = [&PAY[..], &["--balances", balances.to_str().unwrap()]].concat();
        refused(&ask(&args), pieces, text);
    }
    let args = [&PAY[..], &["--balances", good, "--seed", "1"]].concat();
    refused(&ask(&args), &["--seed and --balances"], "both");
}

#[test]
fn payments_are_decided() {
    let place = directory("payments");
    let graph = place.join("graph.csv");
    // Parallel channels stay separate; the third record is wrong.
    fs::write(&graph, csv(&["0,0,1,100", "1,1,0,100", "2,1,1,5", "3,1,2,40"])).unwrap();
    let balances = place.join("balances.csv");
    fs::write(&balances, "balance_a_sat,chan\n30,0\n80,1\n25,3\n").unwrap();
    let files = [graph.to_str().unwrap(), "--lenient", "--balances", balances.to_str().unwrap()];
    let answer = json(&run("feasibility", &[&files, &PAY[..]].concat()));
    assert_eq!((&answer["feasible"], &answer["max_sat"]), (&true.into(), &50.into()));
    assert_eq!(answer["skipped"], 1);
    assert_eq!(answer["cut"]["channels"], serde_json::json!([0, 1]));
    assert_eq!(answer["cut"]["nodes"], serde_json::json!([0]));
    assert_eq!(answer["cut"]["side"], "source");
    assert_eq!(answer["cut"]["capacity_sat"], 50);
    let args = ["--from", "0", "--to", "2", "--amount", "26", "--json"];
    let answer = json(&run("feasibility", &[&files, &args[..]].concat()));
    assert_eq!((&answer["feasible"], &answer["max_sat"]), (&false.into(), &25.into()));
    assert_eq!((&answer["cut"]["side"], &answer["cut"]["nodes"]), (&"sink".into(), &serde_json::json!([2])));
}

#[test]
fn dumps_name_nodes_by_key() {
    let place = directory("dumps");
    let lnd = place.join("lnd");
    fs::write(
        &lnd,
        r#"{"nodes":[{"pub_key":"A","alias":"x"},{"pub_key":"B"}],"edges":[{"channel_id":"77","chan_point":"p",
        "node1_pub":"B","node2_pub":"A","capacity":"1000","node1_policy":{"time_lock_delta":40,"min_htlc":"1000",
        "fee_base_msat":"1000","fee_rate_milli_msat":"1","disabled":false,"max_htlc_msat":"990000"},
        "node2_policy":null}]}"#,
    )
    .unwrap();
    let cln = place.join("cln");
    let record = |source, destination| {
        format!(
            r#"{{"source":"{source}","destination":"{destination}","short_channel_id":"1x2x3","amount_msat":1000000,
            "base_fee_millisatoshi":1,"fee_per_millionth":2,"htlc_minimum_msat":"0msat","htlc_maximum_msat":990000,
            "active":true,"delay":6}}"#
        )
    };
    fs::write(&cln, format!(r#"{{"channels":[{},{}]}}"#, record("B", "A"), record("A", "B"))).unwrap();
    for (path, channel) in [(lnd, "77"), (cln, "1x2x3")] {
        let path = path.to_str().unwrap();
        let args = [path, "--from", "B", "--to", "A", "--amount", "1", "--json"];
        let answer = json(&run("feasibility", &args));
        assert_eq!(answer["from"], "B");
        assert_eq!(answer["cut"]["channels"], serde_json::json!([channel]));
        assert!(["A", "B"].contains(&answer["cut"]["nodes"][0].as_str().unwrap()));
        let answer = json(&run("feasibility", &[&[path], &PAY[..]].concat()));
        assert_eq!(answer["to"], 1);
    }
}

#[test]
fn the_whole_public_graph_is_answered() {
    let Some(data) = std::env::var_os("FEASIBLE_DATA") else { return };
    let graph = Path::new(&data).join("ln-graph-2024-09-22.csv.gz");
    let args = [graph.to_str().unwrap(), "--from", "0", "--to", "9", "--amount", "1000000", "--json"];
    let answer = json(&run("feasibility", &args));
    assert_eq!(answer["feasible"], true);
    assert_eq!(answer["cut"]["capacity_sat"], answer["max_sat"]);
}
