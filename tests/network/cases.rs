//! The cases in `tests/data/dimacs`: each file says in its first line what comes out.

use std::fs;
use std::path::PathBuf;

use feasible::io::dimacs::{Kind, kind, parse_max, parse_min};
use feasible::{MaxFlow, MinCostFlow, Network, check, max_flow, min_cost_flow};

fn cases() -> Vec<(PathBuf, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/dimacs");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn expected(text: &str) -> (&str, i128) {
    let words: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    let ["c", "expect", verdict, value] = words[..] else { panic!("no expectation in {text}") };
    (verdict, value.parse().unwrap())
}

fn solved_min(network: &Network) -> (&'static str, i128) {
    match MinCostFlow::new().solve(network).unwrap() {
        min_cost_flow::Outcome::Optimal(flow) => {
            check::optimal(network, flow.flows(), flow.potentials(), flow.cost()).unwrap();
            ("optimal", flow.cost())
        }
        min_cost_flow::Outcome::Infeasible(shortage) => {
            check::infeasible(network, &shortage).unwrap();
            ("infeasible", shortage.amount)
        }
        min_cost_flow::Outcome::Unbounded(ray) => ("unbounded", ray.slope),
    }
}

#[test]
fn every_case_comes_out_as_it_says() {
    let mut seen = 0;
    for (path, text) in cases() {
        let found = match kind(&text).unwrap() {
            Kind::Min => solved_min(&parse_min(&text).unwrap().network),
            Kind::Max => {
                let problem = parse_max(&text).unwrap();
                let (s, t) = (problem.source, problem.sink);
                use max_flow::Algorithm::{Auto, Dinic, PushRelabel, SearchTrees};
                let values = [Auto, PushRelabel, SearchTrees, Dinic].map(|engine| {
                    let outcome = MaxFlow::new().algorithm(engine).solve(&problem.network, s, t).unwrap();
                    outcome.optimal().unwrap().value()
                });
                assert!(values.iter().all(|value| value == &values[0]), "{}", path.display());
                ("optimal", values[0])
            }
        };
        assert_eq!(found, expected(&text), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 7);
}
