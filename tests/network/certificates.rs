//! The checkers on hand-made answers: every line of `tests/data/certificates.txt`, right and wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use feasible::check::{self, Cut, Ray, Shortage, Violation};
use feasible::{ArcId, ArcMap, Bounds, FlowNum, Network, NetworkBuilder, NodeId, NodeMap, PiecewiseCost};

const CASES: &str = include_str!("../data/certificates.txt");

fn list<T: FromStr>(text: &str) -> Vec<T> {
    let parse = |part: &str| part.parse().unwrap_or_else(|_| panic!("not a number: {part}"));
    if text == "-" { Vec::new() } else { text.split(',').map(parse).collect() }
}

fn number(text: &str) -> i128 {
    text.parse().unwrap_or_else(|_| panic!("not a number: {text}"))
}

fn node(text: &str) -> NodeId {
    NodeId::new(text.parse().unwrap()).unwrap()
}

fn set(text: &str, nodes: usize) -> NodeMap<bool> {
    let mut set = NodeMap::filled(nodes, false);
    for node in list::<usize>(text) {
        set[NodeId::new(node).unwrap()] = true;
    }
    set
}

fn narrow<N: FlowNum>(text: &str) -> N {
    N::narrow(number(text)).unwrap()
}

fn flows<N: FlowNum>(text: &str) -> ArcMap<N> {
    list::<i128>(text).into_iter().map(|flow| N::narrow(flow).unwrap()).collect()
}

fn add_line<N: FlowNum>(b: &mut NetworkBuilder<N>, words: &[&str]) {
    if words[0] == "node" {
        for supply in &words[1..] {
            b.add_node(narrow(supply)).unwrap();
        }
        return;
    }
    let upper = (words[4] != "inf").then(|| narrow(words[4]));
    let breakpoints = words[6..].chunks(2).map(|pair| (narrow(pair[0]), narrow(pair[1])));
    let cost = PiecewiseCost::new(narrow(words[5]), breakpoints).unwrap();
    b.add_arc(node(words[1]), node(words[2]), Bounds { lower: narrow(words[3]), upper }, cost).unwrap();
}

fn verdict<N: FlowNum>(network: &Network<N>, words: &[&str]) -> Result<(), Violation> {
    let nodes = network.node_count();
    match *words {
        ["flow", x] => check::flow(network, &flows(x)),
        ["max", source, sink, x, value, side, capacity] => {
            let cut = Cut { source_side: set(side, nodes), capacity: number(capacity) };
            check::max_flow(network, node(source), node(sink), &flows(x), number(value), &cut)
        }
        ["optimal", x, pi, cost] => {
            check::optimal(network, &flows(x), &NodeMap::from_vec(list(pi)), number(cost))
        }
        ["infeasible", inside, amount] => {
            let shortage = Shortage { inside: set(inside, nodes), amount: number(amount) };
            check::infeasible(network, &shortage)
        }
        ["unbounded", x, cycle, slope] => {
            let cycle = list(cycle).into_iter().map(|arc| ArcId::new(arc).unwrap()).collect();
            check::unbounded(network, &Ray { flows: flows(x), cycle, slope: number(slope) })
        }
        _ => panic!("unknown check: {words:?}"),
    }
}

/// The kind of a violation and the numbers that a case can name.
fn words_of(violation: Violation) -> (&'static str, String) {
    match violation {
        Violation::Length { expected, actual, .. } => ("Length", format!("{expected} {actual}")),
        Violation::Bounds { arc, flow } => ("Bounds", format!("{arc} {flow}")),
        Violation::Balance { node, excess, expected } => ("Balance", format!("{node} {excess} {expected}")),
        Violation::Value { claimed, actual, .. } => ("Value", format!("{claimed} {actual}")),
        Violation::Side { node } => ("Side", format!("{node}")),
        Violation::ReducedCost { arc, reduced, direction } => {
            ("ReducedCost", format!("{arc} {reduced} {direction}"))
        }
        Violation::NoShortage { amount } if amount == i128::MIN => ("NoShortage", String::new()),
        Violation::NoShortage { amount } => ("NoShortage", format!("{amount}")),
        Violation::Cycle { arc } => ("Cycle", format!("{arc}")),
        Violation::CycleSlope { slope } => ("CycleSlope", format!("{slope}")),
        Violation::Overflow { .. } => ("Overflow", String::new()),
        other => panic!("not a violation of a network: {other:?}"),
    }
}

/// Runs the file; returns how often each check gave each verdict.
fn run<N: FlowNum>() -> BTreeMap<(String, &'static str), usize> {
    let mut builder = NetworkBuilder::<N>::new();
    let mut network: Option<Network<N>> = None;
    let mut name = "";
    let mut seen = BTreeMap::new();
    let mut wrong = Vec::new();
    for (index, line) in CASES.lines().enumerate() {
        let (left, expected) = line.split_once("->").unwrap_or((line, ""));
        let words: Vec<&str> = left.split_whitespace().collect();
        match words.first() {
            None => {}
            Some(word) if word.starts_with('#') => {}
            Some(&"network") => {
                name = words[1];
                (builder, network) = (NetworkBuilder::new(), None);
            }
            Some(&"node" | &"arc") => add_line(&mut builder, &words),
            Some(&check) => {
                let network = network.get_or_insert_with(|| builder.clone().build().unwrap());
                let place = format!("line {} ({name}, {}): {line}", index + 1, N::NAME);
                let (kind, numbers) = match verdict(network, &words) {
                    Ok(()) => ("ok", String::new()),
                    Err(violation) => words_of(violation),
                };
                let found = format!("{kind} {numbers}");
                if found.trim() != expected.trim() {
                    wrong.push(format!("{place}\n  found: {found}"));
                }
                *seen.entry((check.to_owned(), kind)).or_insert(0) += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    seen
}

#[test]
fn every_case_has_its_verdict_in_every_type() {
    let seen = run::<i64>();
    assert_eq!(run::<i32>(), seen);
    assert_eq!(run::<i128>(), seen);
    // The file has not lost what it is for: each function says yes and no, each violation occurs.
    for check in ["flow", "max", "optimal", "infeasible", "unbounded"] {
        assert!(seen.contains_key(&(check.to_owned(), "ok")), "{check} never accepts");
    }
    let kinds: BTreeSet<_> = seen.keys().map(|(_, kind)| *kind).collect();
    let all = ["ok", "Length", "Bounds", "Balance", "Value", "Side", "ReducedCost", "NoShortage", "Cycle"];
    assert_eq!(kinds, all.into_iter().chain(["CycleSlope", "Overflow"]).collect());
    assert!(seen.values().sum::<usize>() > 90, "{seen:?}");
}

/// Node sets of another length than the network are refused, not indexed.
#[test]
fn short_and_long_node_sets_are_refused() {
    let mut b = NetworkBuilder::<i64>::new();
    let (s, t) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
    b.add_arc(s, t, 0..=3, 0).unwrap();
    let network = b.build().unwrap();
    let x = ArcMap::from_vec(vec![3]);
    for len in [0, 1, 3] {
        let inside: NodeMap<bool> = (0..len).map(|i| i == 0).collect();
        let cut = Cut { source_side: inside.clone(), capacity: 3 };
        let max = check::max_flow(&network, s, t, &x, 3, &cut);
        let refused = matches!(max, Err(Violation::Length { .. } | Violation::Side { .. }));
        assert!(refused, "{max:?}");
        let short = check::infeasible(&network, &Shortage { inside, amount: 1 });
        assert_eq!(short, Err(Violation::Length { what: "node set", expected: 2, actual: len }));
    }
}

/// Numbers at the ends of `i128` give a violation, never a panic or a wrapped sum.
#[test]
fn extreme_certificates_overflow_politely() {
    let mut b = NetworkBuilder::<i64>::new();
    let (s, t) = (b.add_node(1).unwrap(), b.add_node(-1).unwrap());
    let arc = b.add_arc(s, t, 0.., 1).unwrap();
    let network = b.build().unwrap();
    let one = ArcMap::from_vec(vec![1]);
    let overflow = |result| matches!(result, Err(Violation::Overflow { .. }));
    let ends = [i128::MIN, i128::MAX];
    for (a, b) in [(0, 1), (1, 0)] {
        let pi = NodeMap::from_vec(vec![ends[a], ends[b]]);
        assert!(overflow(check::optimal(&network, &one, &pi, 1)));
    }
    let cut = Cut { source_side: NodeMap::from_vec(vec![true, false]), capacity: 0 };
    assert!(overflow(check::max_flow(&network, s, t, &one, i128::MIN, &cut)));
    let shortage = Shortage { inside: NodeMap::from_vec(vec![true, false]), amount: i128::MIN };
    assert!(check::infeasible(&network, &shortage).is_err());
    let ray = Ray { flows: one, cycle: vec![arc], slope: i128::MIN };
    assert_eq!(check::unbounded(&network, &ray), Err(Violation::Cycle { arc }));

    // A flow within the bounds of two unbounded i128 arcs whose sum leaves i128.
    let mut b = NetworkBuilder::<i128>::new();
    let (s, t) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
    b.add_arc(s, t, 0.., 0).unwrap();
    b.add_arc(s, t, 0.., 0).unwrap();
    let network = b.build().unwrap();
    assert!(overflow(check::flow(&network, &ArcMap::from_vec(vec![i128::MAX, 1]))));
}

/// The slope beyond a bound may be of any size: it is no part of the problem.
#[test]
fn slopes_beyond_the_bounds_do_not_matter() {
    let mut b = NetworkBuilder::<i128>::new();
    let (s, t) = (b.add_node(5).unwrap(), b.add_node(-5).unwrap());
    let steep = PiecewiseCost::new(i128::MIN, [(0, 2), (5, i128::MAX)]).unwrap();
    b.add_arc(s, t, 0..=5, steep).unwrap();
    b.add_arc(t, s, 0..=5, 1).unwrap();
    let network = b.build().unwrap();
    assert_eq!(network.ranges().slope, 2);
    for drop in [-1, 0, 1] {
        // Potentials of either sign: at both bounds one of the slopes alone counts.
        let pi = NodeMap::from_vec(vec![drop, 0]);
        let verdict = check::optimal(&network, &ArcMap::from_vec(vec![5, 0]), &pi, 10);
        assert_eq!(
            verdict,
            Err(Violation::ReducedCost { arc: ArcId::new(0).unwrap(), reduced: 2 + drop, direction: "fall" })
        );
    }
    let pi = NodeMap::from_vec(vec![0, 7]);
    assert_eq!(check::optimal(&network, &ArcMap::from_vec(vec![5, 0]), &pi, 10), Ok(()));
    let mut b = NetworkBuilder::<i128>::new();
    let (s, t) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
    b.add_arc(s, t, 0..=5, PiecewiseCost::new(i128::MIN, [(0, 2)]).unwrap()).unwrap();
    let network = b.build().unwrap();
    let pi = NodeMap::from_vec(vec![-1, 0]);
    assert_eq!(check::optimal(&network, &ArcMap::from_vec(vec![0]), &pi, 0), Ok(()));
}
