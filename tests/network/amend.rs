//! Amending: an amendment equals a rebuild, and a refused one leaves the very same network.

use feasible::{ArcCost, ArcId, Bounds, BuildError, FlowNum, Network, NetworkBuilder, NodeId, PiecewiseCost};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

fn arc(index: usize) -> ArcId {
    ArcId::new(index).unwrap()
}

#[derive(Clone, Debug)]
struct ArcModel {
    ends: (usize, usize),
    lower: i128,
    /// Distance from the lower to the upper bound.
    width: Option<i128>,
    first: i128,
    /// (distance to the breakpoint before, rise of the slope).
    rises: Vec<(i128, i128)>,
}

#[derive(Clone, Debug)]
enum Change {
    Supply(usize, i128),
    Bounds(usize, i128, Option<i128>),
    Cost(usize, i128, Vec<(i128, i128)>),
}

/// Mostly small, now and then close to the ends of a type.
fn number() -> impl Strategy<Value = i128> {
    let bits = prop_oneof![Just(31_u32), Just(60), Just(63), Just(118), Just(119), Just(123)];
    let large = (bits, -2..=2_i128, any::<bool>()).prop_map(|(bits, near, negative)| {
        let value = (1_i128 << bits) + near;
        if negative { -value } else { value }
    });
    prop_oneof![12 => -20..=20_i128, 1 => large, 1 => Just(i128::MAX), 1 => Just(i128::MIN)]
}

fn small() -> impl Strategy<Value = i128> {
    -20..=20_i128
}

fn positive<S: Strategy<Value = i128>>(numbers: S) -> impl Strategy<Value = i128> {
    numbers.prop_map(i128::saturating_abs)
}

fn rises() -> impl Strategy<Value = Vec<(i128, i128)>> {
    vec((1..=5_i128, 0..=5_i128), 0..=2)
}

fn arc_model() -> impl Strategy<Value = ArcModel> {
    let width = prop_oneof![5 => positive(small()).prop_map(Some), 1 => Just(None)];
    ((0..4_usize, 0..4_usize), small(), width, small(), rises())
        .prop_map(|(ends, lower, width, first, rises)| ArcModel { ends, lower, width, first, rises })
}

fn change() -> impl Strategy<Value = Change> {
    let width = prop_oneof![4 => number().prop_map(Some), 1 => Just(None)];
    prop_oneof![
        (0..5_usize, number()).prop_map(|(node, supply)| Change::Supply(node, supply)),
        (0..7_usize, number(), width).prop_map(|(arc, lower, width)| Change::Bounds(arc, lower, width)),
        (0..7_usize, number(), rises()).prop_map(|(arc, first, rises)| Change::Cost(arc, first, rises)),
    ]
}

fn fit<N: FlowNum>(wide: i128) -> N {
    N::narrow(wide.clamp(N::MIN.widen(), N::MAX.widen())).unwrap()
}

fn bounds<N: FlowNum>(lower: i128, width: Option<i128>) -> Bounds<N> {
    let lower = fit::<N>(lower);
    Bounds { lower, upper: width.map(|w| fit(lower.widen().saturating_add(w))) }
}

fn cost<N: FlowNum>(first: i128, rises: &[(i128, i128)]) -> ArcCost<N> {
    let (mut at, mut slope) = (-6_i128, fit::<N>(first).widen());
    let list: Vec<(N, N)> = rises
        .iter()
        .map(|&(step, rise)| {
            at += step;
            slope = slope.saturating_add(rise);
            (fit(at), fit(slope))
        })
        .collect();
    PiecewiseCost::new(fit(first), list).unwrap().into()
}

/// The problem as plain lists, built from scratch after every change.
#[derive(Clone)]
struct Model<N> {
    supplies: Vec<N>,
    ends: Vec<(usize, usize)>,
    bounds: Vec<Bounds<N>>,
    costs: Vec<ArcCost<N>>,
}

impl<N: FlowNum> Model<N> {
    fn build(&self) -> Result<Network<N>, BuildError> {
        let mut b = NetworkBuilder::new();
        for &supply in &self.supplies {
            b.add_node(supply)?;
        }
        for (i, &(tail, head)) in self.ends.iter().enumerate() {
            let cost = match &self.costs[i] {
                ArcCost::Piecewise(cost) if cost.as_slopes().is_linear() => {
                    ArcCost::Linear(cost.as_slopes().first())
                }
                cost => cost.clone(),
            };
            b.add_arc(node(tail), node(head), self.bounds[i], cost)?;
        }
        b.build()
    }

    fn new(supplies: &[i128], arcs: &[ArcModel]) -> Self {
        let mut supplies: Vec<N> = supplies.iter().map(|&s| fit(s)).collect();
        let total: i128 = supplies.iter().map(|s| s.widen()).sum();
        supplies.push(fit(-total));
        Self {
            supplies,
            ends: arcs.iter().map(|a| a.ends).collect(),
            bounds: arcs.iter().map(|a| bounds(a.lower, a.width)).collect(),
            costs: arcs.iter().map(|a| cost(a.first, &a.rises)).collect(),
        }
    }
}

/// Applies one amendment of several changes; it must equal a rebuild, or change nothing.
fn amend_or_rebuild<N: FlowNum>(
    model: &mut Model<N>,
    network: &mut Network<N>,
    changes: &[Change],
) -> &'static str {
    let before = network.clone();
    let (nodes, arcs) = (network.node_count(), network.arc_count());
    let mut next = model.clone();
    let mut refused = None;
    let mut amend = Some(network.amend());
    for change in changes {
        let step = match (change, amend.take().unwrap()) {
            (&Change::Supply(i, supply), amend) => {
                let supply = fit(supply);
                if let Some(slot) = next.supplies.get_mut(i) {
                    *slot = supply;
                }
                let expected = (i >= nodes).then_some(BuildError::UnknownNode { node: node(i), nodes });
                (amend.supply(node(i), supply), expected)
            }
            (&Change::Bounds(i, lower, width), amend) => {
                let new = bounds::<N>(lower, width);
                if let Some(slot) = next.bounds.get_mut(i) {
                    *slot = new;
                }
                let empty = new.upper.filter(|&upper| upper < new.lower).map(|upper| {
                    let (lower, upper) = (new.lower.widen(), upper.widen());
                    BuildError::EmptyBounds { arc: arc(i), lower, upper }
                });
                let unknown = (i >= arcs).then_some(BuildError::UnknownArc { arc: arc(i), arcs });
                (amend.bounds(arc(i), new), unknown.or(empty))
            }
            (Change::Cost(i, first, rises), amend) => {
                let new = cost::<N>(*first, rises);
                if let Some(slot) = next.costs.get_mut(*i) {
                    slot.clone_from(&new);
                }
                let unknown = (*i >= arcs).then_some(BuildError::UnknownArc { arc: arc(*i), arcs });
                (amend.cost(arc(*i), new), unknown)
            }
        };
        match step {
            (Ok(next), None) => amend = Some(next),
            (result, expected) => {
                assert_eq!(result.err(), expected);
                refused = expected;
                break;
            }
        }
    }
    let result = match amend {
        Some(amend) => {
            let result = amend.apply();
            assert_eq!(result, next.build().map(|_| ()));
            result
        }
        None => Err(refused.unwrap()),
    };
    match result {
        Ok(()) => {
            *model = next;
            assert_eq!(*network, model.build().unwrap());
            "applied"
        }
        Err(error) => {
            assert_eq!(*network, before);
            match error {
                BuildError::UnknownNode { .. } => "unknown node",
                BuildError::UnknownArc { .. } => "unknown arc",
                BuildError::EmptyBounds { .. } => "empty bounds",
                BuildError::Unbalanced { .. } => "unbalanced",
                BuildError::FlowRange { .. } => "flow range",
                BuildError::CostRange { .. } => "cost range",
                BuildError::PotentialRange { .. } => "potential range",
                other => panic!("{other:?}"),
            }
        }
    }
}

fn amendments<N: FlowNum>(expected: &[&str]) {
    let config = Config { cases: 10_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let problem = (vec(small(), 3), vec(arc_model(), 1..=6), vec(vec(change(), 0..=2), 1..=5));
    let seen = std::cell::RefCell::new(std::collections::BTreeMap::<&str, usize>::new());
    runner
        .run(&problem, |(supplies, arcs, amendments)| {
            let mut model = Model::<N>::new(&supplies, &arcs);
            let mut network = model.build().unwrap();
            for changes in &amendments {
                let result = amend_or_rebuild(&mut model, &mut network, changes);
                *seen.borrow_mut().entry(result).or_insert(0) += 1;
            }
            Ok(())
        })
        .unwrap();
    let seen = seen.into_inner();
    for kind in expected {
        assert!(seen.get(kind).is_some_and(|&count| count >= 10), "{kind}: {seen:?}");
    }
}

const ALWAYS: [&str; 6] =
    ["applied", "unknown node", "unknown arc", "empty bounds", "unbalanced", "flow range"];

#[test]
fn amendments_take_effect_as_a_whole_or_not_at_all_i32() {
    amendments::<i32>(&ALWAYS);
}

#[test]
fn amendments_take_effect_as_a_whole_or_not_at_all_i64() {
    amendments::<i64>(&ALWAYS);
}

#[test]
fn amendments_take_effect_as_a_whole_or_not_at_all_i128() {
    amendments::<i128>(&[&ALWAYS[..], &["cost range", "potential range"]].concat());
}

/// A refused change of each kind, with every other kind of change in the same amendment.
#[test]
fn a_refused_amendment_undoes_all_its_changes() {
    let mut b = NetworkBuilder::<i128>::new();
    let (s, t) = (b.add_node(4).unwrap(), b.add_node(-4).unwrap());
    let linear = b.add_arc(s, t, 0..=5, 7).unwrap();
    let bent = b.add_arc(s, t, 0.., PiecewiseCost::new(1, [(3, 2)]).unwrap()).unwrap();
    let mut network = b.build().unwrap();
    let before = network.clone();
    let limit = i128::MAX / 16;
    let convex = PiecewiseCost::new(5, [(1, 6), (2, 7)]).unwrap();

    let amend = network.amend().supply(s, 5).unwrap().bounds(bent, 0..=1).unwrap();
    let result = amend.cost(linear, convex.clone()).unwrap().apply();
    assert_eq!(result, Err(BuildError::Unbalanced { total: 1 }));
    assert_eq!(network, before);

    let amend = network.amend().supply(s, limit).unwrap().supply(t, -limit).unwrap();
    let result = amend.cost(linear, 1).unwrap().apply();
    // 5 of the first arc and 3 up to the breakpoint of the second.
    assert_eq!(result, Err(BuildError::FlowRange { reach: limit + 8, limit }));
    assert_eq!(network, before);

    let amend = network.amend().bounds(linear, 0..=7).unwrap().bounds(bent, 2..=2).unwrap();
    let result = amend.cost(linear, limit).unwrap().apply();
    assert_eq!(result, Err(BuildError::CostRange { arc: linear, limit }));
    assert_eq!(network, before);

    let amend = network.amend().bounds(linear, 0..=1).unwrap().cost(bent, convex).unwrap();
    let result = amend.cost(linear, limit / 8).unwrap().apply();
    let refused = BuildError::PotentialRange { slope: limit / 8, nodes: 2, limit: limit / 8 };
    assert_eq!(result, Err(refused));
    assert_eq!(network, before);

    let amend = network.amend().supply(s, 5).unwrap().supply(t, -5).unwrap();
    assert_eq!(amend.bounds(linear, 9..).unwrap().cost(linear, 8).unwrap().apply(), Ok(()));
    assert_eq!((network.supply(s), network.lower(linear), network.upper(linear)), (5, 9, None));
    assert_eq!(network.cost(linear).first(), 8);
}
