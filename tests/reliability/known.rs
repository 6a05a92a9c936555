//! Every case of the file of known values, if `FEASIBLE_DATA` names its directory; a kind that nobody knows fails. The
//! published ones of directed arcs and of flows are also here, with their sources.

use crate::common::odds::node;
use feasible::Direction;
use feasible::law::{Interval, Law, Uniform};
use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};
use serde_json::Value;

fn int(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn size(value: &Value) -> usize {
    int(value) as usize
}

/// A number, or a fraction as text.
fn real(value: &Value) -> f64 {
    let Some(text) = value.as_str() else { return value.as_f64().unwrap() };
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    num.parse::<f64>().unwrap() / den.parse::<f64>().unwrap()
}

fn close(found: f64, expected: f64, what: &Value) {
    assert!((found - expected).abs() <= 1e-12 * expected.max(1e-300), "{what}: {found} for {expected}");
}

/// Capacities with their probabilities: an arc that fails in parts.
#[derive(Debug)]
struct Table(Vec<(u64, f64)>);

impl Law for Table {
    fn ln_mass(&self, _capacity: u64, range: Interval) -> f64 {
        self.0.iter().filter(|(at, _)| range.contains(*at)).map(|(_, p)| p).sum::<f64>().ln()
    }
}

type Arc = (usize, usize, Vec<(u64, f64)>);

/// P(maximum flow >= amount) of directed arcs: channels of which the second side may send nothing.
fn arcs(nodes: usize, arcs: &[Arc], (from, to): (usize, usize), amounts: &[u64]) -> Vec<f64> {
    let laws: Vec<Table> = arcs.iter().map(|(_, _, law)| Table(law.clone())).collect();
    let channels = arcs.iter().zip(&laws).map(|((a, b, states), law)| {
        let most = states.iter().map(|state| state.0).max().unwrap();
        UncertainChannel::new(node(*a), node(*b), most).tied(Direction::BToA, most).law(law)
    });
    let network = UncertainNetwork::new(nodes, channels).unwrap();
    let answer = |&amount: &u64| Estimator::new().solve(&network, node(from), node(to), amount).unwrap();
    let exact = |answer: feasible::reliability::Reliability| {
        assert!(answer.exact, "{answer:?}");
        answer.estimate
    };
    amounts.iter().map(|amount| exact(answer(amount))).collect()
}

#[test]
fn published_networks_of_arcs() {
    // Lisnianski, Frenkel, Ding, "Multi-state System Reliability Analysis and Optimization" (2010), page 11.
    let pipes = [
        (0, 1, vec![(0, 0.2), (1500, 0.8)]),
        (0, 1, vec![(0, 0.4), (2000, 0.6)]),
        (1, 2, vec![(0, 0.1), (1800, 0.2), (4000, 0.7)]),
    ];
    let states = [0.288, 0.12, 0.084, 0.336];
    for (i, p) in arcs(3, &pipes, (0, 2), &[1500, 1800, 2000, 3500]).into_iter().enumerate() {
        assert!((p - states[i..].iter().sum::<f64>()).abs() < 1e-12, "{p}");
    }
    // The example of Lin, Jane and Yuan, on which the literature on d-minimal paths agrees.
    let bridge: [Arc; 6] = [
        (0, 1, vec![(0, 0.05), (1, 0.1), (2, 0.25), (3, 0.6)]),
        (1, 3, vec![(0, 0.1), (1, 0.3), (2, 0.6)]),
        (1, 2, vec![(0, 0.1), (1, 0.9)]),
        (2, 1, vec![(0, 0.1), (1, 0.9)]),
        (0, 2, vec![(0, 0.1), (1, 0.9)]),
        (2, 3, vec![(0, 0.05), (1, 0.25), (2, 0.7)]),
    ];
    for (p, expected) in
        arcs(4, &bridge, (0, 3), &[1, 2, 3, 4]).into_iter().zip([0.98892, 0.883_072_5, 0.611_415, 0.204_12])
    {
        assert!((p - expected).abs() < 1e-12, "{p} {expected}");
    }
}

fn network(case: &Value, nodes: usize) -> UncertainNetwork<'static> {
    let channels = case["channels"].as_array().unwrap().iter().map(|row| {
        let channel = UncertainChannel::new(node(size(&row[0])), node(size(&row[1])), int(&row[2]));
        match (row.get(3), row.get(4)) {
            (Some(lo), Some(hi)) => channel.within(Interval::new(int(lo), int(hi)).unwrap()),
            _ => channel,
        }
    });
    UncertainNetwork::new(nodes, channels).unwrap()
}

fn channels(case: &Value) {
    let network = network(case, size(&case["nodes"]));
    let (from, to) = (node(size(&case["s"])), node(size(&case["t"])));
    let curve = Estimator::new().survival(&network, from, to).unwrap();
    let known = case["survival"].as_array().unwrap();
    assert_eq!(curve.len(), known.len());
    for (point, known) in curve.iter().zip(known) {
        assert!(point.exact && point.amount == int(&known["amount"]), "{point:?} {known}");
        close(point.estimate, real(&known["p"]), known);
        if let (Some(num), Some(den)) = (known["num"].as_str(), known["den"].as_str()) {
            close(point.estimate, num.parse::<f64>().unwrap() / den.parse::<f64>().unwrap(), known);
        }
    }
    for row in case["best_flow"].as_array().into_iter().flatten() {
        let answer = Estimator::new().solve(&network, from, to, int(&row[0])).unwrap();
        close(answer.best_flow_ln_probability.exp(), real(&row[1]), row);
        close(answer.best_flow_ln_bound.exp(), real(&row[1]), row);
    }
    // Flows by name: what each channel must pass, forward and back.
    for flow in case["flows"].as_array().into_iter().flatten() {
        let one = |row: &Value| {
            let capacity = int(&case["channels"][size(&row[0])][2]);
            let forward = int(&row[1]) == 0;
            let (law, amount) = (Uniform, int(&row[2]));
            let ln = law.ln_survival(capacity, Interval::up_to(capacity), amount);
            let back = law.ln_at_most(capacity, Interval::up_to(capacity), capacity - amount);
            if forward { ln } else { back }
        };
        close(flow["use"].as_array().unwrap().iter().map(one).sum::<f64>().exp(), real(&flow["p"]), flow);
    }
}

fn multi_state(case: &Value) {
    let list: Vec<Arc> = case["arcs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let states = row[2].as_array().unwrap().iter().map(|state| (int(&state[0]), real(&state[1])));
            (size(&row[0]), size(&row[1]), states.collect())
        })
        .collect();
    // From the probability of each value, or of at least so much.
    let pmf: Vec<(u64, f64)> =
        case["pmf"].as_array().into_iter().flatten().map(|row| (int(&row[0]), real(&row[1]))).collect();
    let above = |amount: u64| pmf.iter().filter(|(at, _)| *at >= amount).map(|(_, p)| p).sum::<f64>();
    let known: Vec<(u64, f64)> = match case["survival"].as_array() {
        Some(rows) => rows.iter().map(|row| (int(&row["amount"]), real(&row["p"]))).collect(),
        None => pmf.iter().map(|&(amount, _)| (amount, above(amount))).collect(),
    };
    assert!(known.len() > 3, "{case}");
    let amounts: Vec<u64> = known.iter().map(|known| known.0).collect();
    let found = arcs(size(&case["nodes"]), &list, (size(&case["s"]), size(&case["t"])), &amounts);
    for (found, (amount, expected)) in found.into_iter().zip(known) {
        assert!((found - expected).abs() <= 1e-12, "{amount}: {found} {expected}");
    }
}

/// The share of ordered pairs and states that cannot pay: the mean of 1 - P. (Counts of wealth vectors: `tests/feasibility/wealth.rs`.)
fn wealth(case: &Value) {
    let nodes = size(&case["users"]);
    let network = network(case, nodes);
    for row in case["rho"].as_array().unwrap() {
        let mut sum = 0.0;
        for (from, to) in (0..nodes).flat_map(|from| (0..nodes).map(move |to| (from, to))) {
            if from != to {
                let answer =
                    Estimator::new().solve(&network, node(from), node(to), int(&row["amount"])).unwrap();
                assert!(answer.exact);
                sum += answer.infeasible_estimate;
            }
        }
        close(sum / (nodes * (nodes - 1)) as f64, real(&row["uniform_state"]), row);
    }
}

/// The largest error of a chord of -ln of the uniform law, between survivals of a constant ratio.
fn chords(case: &Value) {
    let c = 1_u64 << 61;
    let nats = |survival: f64| -> f64 {
        let amount = ((1.0 - survival) * (c as f64 + 1.0)) as u64;
        -Uniform.ln_survival(c, Interval::up_to(c), amount)
    };
    for row in case["rows"].as_array().unwrap() {
        let r = real(&row[1]).powf(-1.0 / real(&row[0]));
        // Where the slope of the cost is that of the first chord.
        let touch = (1.0 - 1.0 / r) / r.ln();
        let chord = (1.0 - touch) / (1.0 - 1.0 / r) * nats(1.0 / r);
        assert!((chord - nats(touch) - real(&row[2])).abs() < 1e-12, "{row}");
    }
}

#[test]
fn all_cases_of_the_reference_data() {
    let Some(folder) = std::env::var_os("FEASIBLE_DATA") else {
        return;
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join("reliability.json")).unwrap();
    let data: Value = serde_json::from_str(&text).unwrap();
    let cases = data["cases"].as_array().unwrap();
    let mut done = 0;
    for case in cases {
        let name = case["name"].as_str().unwrap();
        match (case["kind"].as_str().unwrap(), name) {
            ("channels" | "channels-bounds", _) => channels(case),
            ("arcs", _) => multi_state(case),
            ("wealth", _) => wealth(case),
            ("law", "piecewise-neglog") => chords(case),
            // In `tests/reliability/law.rs`.
            ("law", "lnd-bimodal" | "uniform-success" | "ldk-nonlinear") => {}
            // Another snapshot of the public network.
            ("reference-only", _) => {}
            other => panic!("nobody tests {other:?}"),
        }
        done += 1;
    }
    assert!(done == cases.len() && done >= 16, "{done}");
}
