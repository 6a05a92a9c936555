//! DIMACS texts: round trips, and one case for everything that is refused.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::io::dimacs::{
    self, Kind, parse_max, parse_min, parse_undirected, write_max, write_min, write_solution,
};
use feasible::{ArcId, ArcMap, NetworkBuilder, NodeId};

const MIN: &str = "p min 3 2\nn 1 4\nn 3 -4\na 1 2 0 5 7\na 2 3 1 9 -2\n";
const MAX: &str = "p max 3 2\nn 1 s\nn 3 t\na 1 2 5\na 2 3 4\n";

#[test]
fn texts_are_tolerant_of_blanks() {
    let text = "c hello\r\n\r\n  p \t min  3 2 \r\nn 1 4\r\nn 3 -4\r\nc a 9 9\r\na 1 2 0 5 7\r\na 2 3 1 9 -2";
    let (strict, loose) = (parse_min(MIN).unwrap(), parse_min(text).unwrap());
    assert_eq!(strict.network, loose.network);
    let line = |problem: &dimacs::MinProblem, arc| problem.lines.line(ArcId::new(arc).unwrap());
    assert_eq!((line(&strict, 0), line(&strict, 1), line(&strict, 2)), (Some(4), Some(5), None));
    assert_eq!((line(&loose, 0), line(&loose, 1)), (Some(7), Some(8)));
}

#[test]
fn a_maximum_flow_problem_has_terminals() {
    let problem = parse_max(MAX).unwrap();
    assert_eq!((problem.source.index(), problem.sink.index()), (0, 2));
    let undirected = parse_undirected(MAX).unwrap();
    let ends: Vec<_> = undirected.edges().map(|e| (e.u.index(), e.v.index(), e.capacity)).collect();
    assert_eq!(ends, [(0, 1, 5), (1, 2, 4)]);
    assert_eq!(dimacs::kind(MAX), Ok(Kind::Max));
    assert_eq!(dimacs::kind(MIN), Ok(Kind::Min));
}

/// The cases of the file: reader, line of the error, token, part of what was expected, and text.
fn refused() -> Vec<([&'static str; 4], String)> {
    let file = include_str!("../data/dimacs-refused.txt");
    let mut cases: Vec<([&str; 4], String)> = Vec::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        if let Some(head) = line.strip_prefix("--- ") {
            let fields: Vec<&str> = head.split(" | ").collect();
            cases.push((fields.try_into().unwrap(), String::new()));
        } else {
            let text = &mut cases.last_mut().unwrap().1;
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let cases = refused();
    assert!(cases.len() >= 45, "{} cases", cases.len());
    for ([reader, line, token, expected], text) in cases {
        let error = match reader {
            "min" => parse_min(&text).map(drop).unwrap_err(),
            "max" => parse_max(&text).map(drop).unwrap_err(),
            _ => panic!("no reader {reader}"),
        };
        assert_eq!((error.line, error.token.as_str()), (line.parse().unwrap(), token), "{text:?}: {error}");
        assert!(error.expected.contains(expected), "{text:?}: {error}");
        assert!(!error.to_string().contains('\n'), "{text:?}: {error}");
    }
}

#[test]
fn numbers_that_do_not_fit_together_are_refused() {
    let most = i64::MAX;
    let costs = format!("p min 2 2\na 1 2 0 1 {most}\na 2 1 0 {most} {most}\n");
    let error = parse_min(&costs).unwrap_err();
    assert!(error.line == 3 && error.expected.contains("admitted"), "{error}");
    let flows = format!("p max 2 1\nn 1 s\nn 2 t\na 1 2 {most}\n");
    assert_eq!(parse_max(&flows).unwrap().network.ranges().flow, i128::from(most));
}

#[test]
fn long_tokens_are_cut() {
    let error = parse_min(&format!("p min 2 0\nn {} 3\n", "9".repeat(10_000))).unwrap_err();
    assert!(error.to_string().len() < 200, "{error}");
    let error = parse_min("p min 2 0\n\u{1b}[31m 3\n").unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
}

#[test]
fn problems_survive_writing_and_reading() {
    for seed in 0..200 {
        let shape = Shape { unbounded_every: 0, breakpoints: 0, lower: false, ..Shape::default() };
        let network = random_network(seed, shape);
        let mut text = String::new();
        write_min(&network, &mut text).unwrap();
        assert_eq!(parse_min(&text).unwrap().network, network, "seed {seed}");
    }
    let mut text = String::new();
    let problem = parse_max(MAX).unwrap();
    write_max(&problem.network, problem.source, problem.sink, &mut text).unwrap();
    assert_eq!(text, MAX);
}

#[test]
fn what_the_format_lacks_is_not_written() {
    let node = |i| NodeId::new(i).unwrap();
    let mut out = String::new();
    let unbounded = random_network(1, Shape { unbounded_every: 1, ..Shape::default() });
    assert!(write_min(&unbounded, &mut out).is_err());
    let negative = Shape { unbounded_every: 0, breakpoints: 0, arcs: 40, ..Shape::default() };
    assert!(write_min(&random_network(2, negative), &mut out).is_err());
    let supplies = parse_min(MIN).unwrap().network;
    assert!(write_max(&supplies, node(0), node(2), &mut out).is_err());
    let problem = parse_max(MAX).unwrap();
    assert!(write_max(&problem.network, node(0), node(3), &mut out).is_err());
    let short = ArcMap::from_vec(vec![1]);
    assert!(write_solution(&problem.network, &short, 1, &mut out).is_err());
}

#[test]
fn solutions_list_every_arc() {
    let mut b = NetworkBuilder::<i64>::new();
    let (u, v) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
    b.add_arc(u, v, 0..=1, 0).unwrap();
    b.add_arc(u, v, 0..=1, 0).unwrap();
    let mut text = String::new();
    write_solution(&b.build().unwrap(), &ArcMap::from_vec(vec![0, 1]), -3, &mut text).unwrap();
    assert_eq!(text, "s -3\nf 1 2 0\nf 1 2 1\n");
}

#[test]
fn damaged_texts_never_panic() {
    let alphabet = b"pna cst 0123456789-\n\r\tx.";
    let mut draw = Draw::new(11);
    let mut refused = 0;
    for round in 0..20_000 {
        let mut text = if round % 2 == 0 { MIN } else { MAX }.as_bytes().to_vec();
        for _ in 0..1 + draw.index(4) {
            let at = draw.index(text.len());
            let letter = alphabet[draw.index(alphabet.len())];
            match draw.index(3) {
                0 => text[at] = letter,
                1 => text.insert(at, letter),
                _ => drop(text.remove(at)),
            }
        }
        let text = String::from_utf8(text).unwrap();
        let results =
            [parse_min(&text).map(drop), parse_max(&text).map(drop), parse_undirected(&text).map(drop)];
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            refused += 1;
            assert!((1..=text.lines().count().max(1)).contains(&error.line), "{text:?}: {error}");
        }
        let _ = dimacs::kind(&text);
    }
    assert!(refused > 20_000);
}
