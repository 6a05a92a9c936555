//! Building: every refusal names what is wrong, and what was built is what is read.

use feasible::{ArcCost, ArcId, Bounds, BuildError, CostError, NetworkBuilder, NodeId, PiecewiseCost};

fn node(index: usize) -> NodeId {
    NodeId::new(index).unwrap()
}

fn arc(index: usize) -> ArcId {
    ArcId::new(index).unwrap()
}

#[test]
fn what_was_built_is_what_is_read() {
    let mut b = NetworkBuilder::<i64>::new();
    let (s, t) = (b.add_node(9).unwrap(), b.add_node(-4).unwrap());
    b.set_supply(s, 4).unwrap();
    let convex = PiecewiseCost::new(-1, [(2, 0), (3, 6)]).unwrap();
    let arcs = [
        b.add_arc(s, t, 0..=5, 7).unwrap(),
        b.add_arc(t, s, -3.., convex.clone()).unwrap(),
        b.add_arc(s, s, Bounds { lower: 1, upper: Some(1) }, ArcCost::Linear(-2)).unwrap(),
    ];
    let network = b.build().unwrap();
    assert_eq!((network.node_count(), network.arc_count()), (2, 3));
    assert_eq!(network.nodes().collect::<Vec<_>>(), [s, t]);
    assert_eq!(network.arcs().collect::<Vec<_>>(), arcs);
    assert_eq!([network.supply(s), network.supply(t)], [4, -4]);
    assert_eq!(arcs.map(|a| network.tail(a)), [s, t, s]);
    assert_eq!(arcs.map(|a| network.head(a)), [t, s, s]);
    assert_eq!(arcs.map(|a| network.lower(a)), [0, -3, 1]);
    assert_eq!(arcs.map(|a| network.upper(a)), [Some(5), None, Some(1)]);
    assert_eq!(network.cost(arcs[0]).to_cost(), ArcCost::Linear(7));
    assert_eq!(network.cost(arcs[1]).to_cost(), ArcCost::Piecewise(convex));
    assert_eq!(network.cost(arcs[2]).to_cost(), ArcCost::Linear(-2));
    let ranges = network.ranges();
    // Supply 4; arcs 0 + 5, 6 + (3 - -3), 2 + 0.
    assert_eq!(ranges.flow, 4 + 5 + 12 + 2);
    assert_eq!(ranges.slope, 7);
    assert_eq!(ranges.cost, 5 * 7 + 23 * 6 + 2);
}

#[test]
fn the_builder_names_what_it_refuses() {
    let mut b = NetworkBuilder::<i64>::new();
    let s = b.add_node(3).unwrap();
    let empty = b.clone();
    let unknown = BuildError::UnknownNode { node: node(1), nodes: 1 };
    assert_eq!(b.set_supply(node(1), 0), Err(unknown));
    assert_eq!(b.add_arc(s, node(1), 0..=1, 0), Err(unknown));
    assert_eq!(b.add_arc(node(1), s, 0..=1, 0), Err(unknown));
    let bounds = BuildError::EmptyBounds { arc: arc(0), lower: 2, upper: 1 };
    assert_eq!(b.add_arc(s, s, Bounds { lower: 2, upper: Some(1) }, 0), Err(bounds));
    // A refused arc leaves nothing behind: the next one gets its id.
    assert_eq!(b.clone().build(), empty.build());
    assert_eq!(b.add_arc(s, s, 1..=1, 0), Ok(arc(0)));
    assert_eq!(b.build(), Err(BuildError::Unbalanced { total: 3 }));
}

#[test]
fn refusals_read_well() {
    let limit = i128::MAX / 16;
    for (error, text) in [
        (BuildError::UnknownNode { node: node(4), nodes: 3 }, "node 4 does not exist: there are 3 nodes"),
        (BuildError::UnknownArc { arc: arc(4), arcs: 3 }, "arc 4 does not exist: there are 3 arcs"),
        (
            BuildError::EmptyBounds { arc: arc(1), lower: 2, upper: -1 },
            "arc 1: lower bound 2 exceeds upper bound -1",
        ),
        (BuildError::Unbalanced { total: -3 }, "the supplies of all nodes add up to -3 instead of 0"),
        (BuildError::FlowRange { reach: 9, limit: 8 }, "flows may reach 9, the limit is 8"),
        (
            BuildError::CostRange { arc: arc(7), limit },
            &format!("the cost of a flow may exceed {limit}, first at arc 7"),
        ),
        (
            BuildError::PotentialRange { slope: 5, nodes: 6, limit: 7 },
            "slope 5 over 6 nodes takes potentials beyond 7",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn costs_that_are_not_convex_are_refused() {
    let order = PiecewiseCost::<i32>::new(0, [(5, 1), (5, 2)]);
    assert_eq!(order, Err(CostError::BreakpointOrder { index: 1, at: 5, before: 5 }));
    let falls = PiecewiseCost::<i32>::new(0, [(5, 1), (6, 0)]);
    assert_eq!(falls, Err(CostError::NotConvex { index: 1, slope: 0, before: 1 }));
    // Breakpoints that change nothing are dropped, but still have to rise.
    let flat = PiecewiseCost::<i32>::new(1, [(5, 1), (4, 2)]);
    assert_eq!(flat, Err(CostError::BreakpointOrder { index: 1, at: 4, before: 5 }));
    let same = PiecewiseCost::<i32>::new(1, [(5, 1), (6, 1)]).unwrap();
    assert!(same.as_slopes().is_linear());
}

/// The set of unbounded arcs is words of bits: around their borders, and back again.
#[test]
fn arcs_without_limit_are_kept_apart() {
    for unbounded in [vec![], vec![0], vec![63], vec![64], vec![0, 63, 64, 127, 128, 200], vec![200]] {
        let build = |unbounded: &[usize]| {
            let mut b = NetworkBuilder::<i64>::new();
            let (s, t) = (b.add_node(0).unwrap(), b.add_node(0).unwrap());
            for i in 0..=200 {
                let upper = (!unbounded.contains(&i)).then_some(i64::try_from(i).unwrap());
                b.add_arc(s, t, Bounds { lower: 0, upper }, 1).unwrap();
            }
            b.build().unwrap()
        };
        let network = build(&unbounded);
        let found: Vec<usize> =
            network.arcs().filter(|&a| network.upper(a).is_none()).map(ArcId::index).collect();
        assert_eq!(found, unbounded);
        // Bounding all of them one by one, last first and first first, gives the bounded network.
        for backwards in [false, true] {
            let mut order = unbounded.clone();
            if backwards {
                order.reverse();
            }
            let mut changed = network.clone();
            for &i in &order {
                let upper = i64::try_from(i).unwrap();
                changed.amend().bounds(arc(i), 0..=upper).unwrap().apply().unwrap();
                assert_eq!(changed.upper(arc(i)), Some(upper));
            }
            assert_eq!(changed, build(&[]));
            for &i in &order {
                changed.amend().bounds(arc(i), 0..).unwrap().apply().unwrap();
            }
            assert_eq!(changed, network);
        }
    }
}
