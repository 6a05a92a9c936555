//! The ends of the number types: what just fits is built and its checks do not overflow, one more is refused.

use feasible::check::{self, Cut};
use feasible::id::MAX_IDS;
use feasible::{
    ArcId, ArcMap, BuildError, ChannelId, FlowNum, Id, Network, NetworkBuilder, NodeId, NodeMap,
    PiecewiseCost,
};

/// Sums must stay below this (documented in the error's `limit`).
const SUM: i128 = i128::MAX / 16;
/// Potentials must stay below this.
const POTENTIAL: i128 = SUM / 8;

/// The largest number in `0..=top` that is admitted, and why the next one is not.
fn largest(top: i128, build: impl Fn(i128) -> Result<(), BuildError>) -> (i128, Option<BuildError>) {
    assert_eq!(build(0), Ok(()));
    let (mut fits, mut fails) = (0, None);
    let (mut low, mut high) = (0, top);
    while low < high {
        // Rounds up without leaving i128.
        let middle = low + (high - low) / 2 + (high - low) % 2;
        match build(middle) {
            Ok(()) => (low, fits) = (middle, middle),
            Err(error) => (high, fails) = (middle - 1, Some(error)),
        }
    }
    if fits < top {
        assert_eq!(build(fits + 1).err(), fails);
    }
    (fits, fails)
}

/// `arcs` parallel arcs with bounds `low..=high` and one slope between two of `nodes` nodes.
fn parallel<N: FlowNum>(
    nodes: usize,
    arcs: usize,
    [low, high, slope]: [i128; 3],
) -> Result<Network<N>, BuildError> {
    let fit = |wide| N::narrow(wide).unwrap();
    let mut b = NetworkBuilder::new();
    let ids: Vec<NodeId> = (0..nodes).map(|_| b.add_node(N::ZERO).unwrap()).collect();
    for _ in 0..arcs {
        b.add_arc(ids[0], ids[nodes - 1], fit(low)..=fit(high), fit(slope))?;
    }
    b.build()
}

#[test]
fn the_largest_slope_for_a_number_of_arcs_is_exact() {
    for arcs in [1, 2, 7, 100] {
        let top = i128::from(i64::MAX);
        // i64: |bound| x |slope| over all arcs is what bounds the objective.
        for bound in [top, top / 3, 1_i128 << 61] {
            for [low, high] in [[0, bound], [-bound, 0], [-bound, bound]] {
                for sign in [1, -1] {
                    let build = |s| parallel::<i64>(2, arcs, [low, high, sign * s]).map(|_| ());
                    let (slope, refusal) = largest(top, build);
                    let exact = (SUM / (i128::try_from(arcs).unwrap() * bound)).min(top);
                    assert_eq!(slope, exact, "{arcs} arcs {low}..={high}");
                    let last = ArcId::new(arcs - 1).unwrap();
                    let expected = (exact < top).then_some(BuildError::CostRange { arc: last, limit: SUM });
                    assert_eq!(refusal.map(|_| build(exact + 1).unwrap_err()), expected);
                }
            }
        }
    }
    // i32: everything fits.
    let all = [i128::from(i32::MIN), i128::from(i32::MAX), i128::from(i32::MIN)];
    assert!(parallel::<i32>(2, 1000, all).is_ok());
    // i64 with flows of a moderate size: everything fits.
    assert!(parallel::<i64>(2, 1000, [-(1 << 40), 1 << 40, i128::from(i64::MIN)]).is_ok());
}

#[test]
fn the_largest_slope_for_a_number_of_nodes_is_exact() {
    for nodes in [1, 2, 100, 10_000] {
        for sign in [1, -1] {
            let build = |s| parallel::<i128>(nodes, 1, [0, 1, sign * s]).map(|_| ());
            let (slope, refusal) = largest(i128::MAX, build);
            let exact = POTENTIAL / (i128::try_from(nodes).unwrap() + 2);
            assert_eq!(slope, exact);
            assert!(refusal.is_some());
            let expected = BuildError::PotentialRange { slope: exact + 1, nodes, limit: POTENTIAL };
            assert_eq!(build(exact + 1), Err(expected));
        }
    }
}

#[test]
fn the_largest_bounds_are_exact() {
    // i128, bounded: u from 0..=u, 2 |l| + (u - l) from -u..=0 and from -u..=u.
    for (bounds, weight) in [([0, 1], 1), ([-1, 0], 3), ([-1, 1], 4), ([1, 1], 2)] {
        for arcs in [1, 3, 10] {
            let build = |u: i128| parallel::<i128>(2, arcs, [bounds[0] * u, bounds[1] * u, 0]).map(|_| ());
            let (bound, refusal) = largest(i128::MAX, build);
            let weight = weight * i128::try_from(arcs).unwrap();
            assert_eq!(bound, SUM / weight, "{bounds:?}, {arcs} arcs");
            assert!(matches!(refusal, Some(BuildError::FlowRange { limit: SUM, .. })));
            let reach = weight * (bound + 1);
            assert_eq!(build(bound + 1), Err(BuildError::FlowRange { reach, limit: SUM }));
        }
    }
    // Whatever leaves i128 on the way is reported as its largest value.
    for [low, high] in [[i128::MIN, 0], [i128::MIN, i128::MIN], [i128::MIN, i128::MAX], [i128::MAX; 2]] {
        let refused = BuildError::FlowRange { reach: i128::MAX, limit: SUM };
        assert_eq!(parallel::<i128>(2, 1, [low, high, 0]), Err(refused));
    }
}

fn with_unbounded<N: FlowNum>(supply: i128) -> Result<Network<N>, BuildError> {
    let mut b = NetworkBuilder::new();
    let s = b.add_node(N::narrow(supply).unwrap())?;
    let t = b.add_node(N::narrow(-supply).unwrap())?;
    b.add_arc(s, t, N::ZERO.., N::ZERO)?;
    b.add_arc(s, t, N::ZERO..=N::narrow(10).unwrap(), N::ZERO)?;
    b.build()
}

#[test]
fn flows_on_unbounded_arcs_fit_their_type() {
    fn exact<N: FlowNum>(limit: i128) {
        let (supply, refusal) = largest(N::MAX.widen(), |s| with_unbounded::<N>(s).map(|_| ()));
        assert_eq!(supply, limit - 10);
        assert!(refusal.is_some());
        let refused = BuildError::FlowRange { reach: limit + 1, limit };
        assert_eq!(with_unbounded::<N>(supply + 1), Err(refused));
        let network = with_unbounded::<N>(supply).unwrap();
        assert_eq!(network.ranges().flow, limit);
        let flows = ArcMap::from_vec(vec![N::narrow(supply).unwrap(), N::ZERO]);
        let flat = NodeMap::filled(2, 0);
        assert_eq!(check::optimal(&network, &flows, &flat, 0), Ok(()));
    }
    // One below the largest value: engines use one more as a capacity that is never reached.
    exact::<i32>(i128::from(i32::MAX) - 1);
    exact::<i64>(i128::from(i64::MAX) - 1);
    exact::<i128>(SUM);
}

#[test]
fn supplies_at_the_ends_of_their_type() {
    fn build<N: FlowNum>(supplies: &[N]) -> Result<Network<N>, BuildError> {
        let mut b = NetworkBuilder::new();
        for &supply in supplies {
            b.add_node(supply).unwrap();
        }
        b.build()
    }
    assert!(build(&[i64::MAX, i64::MIN, 1]).is_ok());
    assert!(build(&[i32::MIN, i32::MIN, i32::MAX, i32::MAX, 2]).is_ok());
    assert_eq!(build(&[i64::MIN; 3]), Err(BuildError::Unbalanced { total: 3 * i128::from(i64::MIN) }));
    let refused = |reach| Err(BuildError::FlowRange { reach, limit: SUM });
    for supplies in [[i128::MAX, 1, i128::MIN], [i128::MIN, i128::MIN, 5], [i128::MAX, i128::MAX, 2]] {
        assert_eq!(build(&supplies), refused(i128::MAX), "{supplies:?}");
    }
    assert_eq!(build(&[i128::MAX, -i128::MAX]), refused(i128::MAX));
    assert_eq!(build(&[SUM + 1, -SUM - 1]), refused(SUM + 1));
    assert!(build(&[SUM, -SUM]).is_ok());
}

/// Chain of `nodes` nodes: one unit runs along it, over arcs that cost as much as is admitted.
#[test]
fn certificates_of_the_largest_admitted_problems_pass() {
    fn chain<N: FlowNum>(nodes: usize, slope: i128, unit: i128) -> Network<N> {
        let fit = |wide| N::narrow(wide).unwrap();
        let mut b = NetworkBuilder::new();
        let supply = |i| {
            if i == 0 {
                unit
            } else if i == nodes - 1 {
                -unit
            } else {
                0
            }
        };
        let ids: Vec<NodeId> = (0..nodes).map(|i| b.add_node(fit(supply(i))).unwrap()).collect();
        for pair in ids.windows(2) {
            b.add_arc(pair[0], pair[1], N::ZERO..=fit(unit), fit(slope)).unwrap();
        }
        b.build().unwrap()
    }
    fn passes<N: FlowNum>(nodes: usize, slope: i128, unit: i128) {
        let network = chain::<N>(nodes, slope, unit);
        let steps = i128::try_from(nodes).unwrap() - 1;
        assert_eq!(network.ranges().slope, slope.abs());
        assert_eq!(network.ranges().cost, steps * unit * slope.abs());
        let flows = ArcMap::filled(nodes - 1, N::narrow(unit).unwrap());
        // Tight potentials, moved to either end of what a solver may return.
        let tight: Vec<i128> = (0..=steps).map(|i| i * slope).collect();
        for shift in [0, POTENTIAL - steps * slope.abs(), steps * slope.abs() - POTENTIAL] {
            let potentials: NodeMap<i128> = tight.iter().map(|pi| pi + shift).collect();
            assert_eq!(check::optimal(&network, &flows, &potentials, steps * unit * slope), Ok(()));
            let off = steps * unit * slope - 1;
            assert!(check::optimal(&network, &flows, &potentials, off).is_err());
        }
        let (first, last) = (NodeId::new(0).unwrap(), NodeId::new(nodes - 1).unwrap());
        let side = (0..nodes).map(|i| i == 0).collect();
        let cut = Cut { source_side: side, capacity: 0 };
        assert_eq!(check::max_flow(&network, first, last, &flows, 0, &cut), Ok(()));
    }
    for sign in [1, -1] {
        passes::<i32>(50, sign * i128::from(i32::MAX), i128::from(i32::MAX));
        passes::<i64>(50, sign * i128::from(i64::MAX), 1 << 50);
        passes::<i64>(5, sign * (SUM / 4 / i128::from(i64::MAX)), i128::from(i64::MAX));
        passes::<i128>(50, sign * (POTENTIAL / 52), 1);
        passes::<i128>(2, sign, SUM / 2);
    }
}

/// Slopes inside the bounds and between the bounds and zero count; those beyond do not.
#[test]
fn only_slopes_that_a_flow_can_meet_count() {
    let steep = PiecewiseCost::<i128>::new(i128::MIN, [(-10, -7), (0, 2), (10, i128::MAX)]).unwrap();
    for (low, high, slope) in [(-10, 10, 7), (0, 10, 2), (-10, -10, 7), (3, 3, 2), (10, 10, i128::MAX)] {
        let mut b = NetworkBuilder::new();
        let node = b.add_node(0).unwrap();
        let arc = b.add_arc(node, node, low..=high, steep.clone()).unwrap();
        let built = b.build().map(|network| network.ranges().slope);
        if slope == i128::MAX {
            // A point interval meets the slope above it.
            assert_eq!(built, Err(BuildError::CostRange { arc, limit: SUM }));
        } else {
            assert_eq!(built, Ok(slope), "{low}..={high}");
        }
    }
}

/// `Ranges` hold for every flow: compared with all flows of small arcs.
#[test]
fn ranges_cover_every_flow_within_the_bounds() {
    let slopes = [-3, -1, 0, 2];
    let mut tight = 0;
    for low in -4..=4_i32 {
        for high in low..=4 {
            for (at, next) in (-5..=5).flat_map(|at| [(at, -1), (at, 0), (at, 3)]) {
                for first in slopes.into_iter().filter(|&first| first <= next) {
                    let cost = PiecewiseCost::new(first, [(at, next)]).unwrap();
                    let mut b = NetworkBuilder::new();
                    let node = b.add_node(0).unwrap();
                    let arc = b.add_arc(node, node, low..=high, cost).unwrap();
                    let network = b.build().unwrap();
                    let (ranges, slopes) = (network.ranges(), network.cost(arc));
                    let values: Vec<i128> = (low..=high).map(|x| slopes.value(x).unwrap()).collect();
                    assert!(values.iter().all(|v| v.abs() <= ranges.cost), "{network:?}");
                    tight += usize::from(values.iter().any(|v| v.abs() == ranges.cost));
                    assert!((low..high).all(|x| i128::from(slopes.slope_after(x).abs()) <= ranges.slope));
                    assert!((low..=high).all(|x| i128::from(x.abs()) <= ranges.flow));
                }
            }
        }
    }
    assert!(tight > 500, "{tight}: the ranges have become slack");
}

#[test]
fn ids_end_where_documented() {
    assert_eq!(MAX_IDS, 2_147_483_646);
    assert_eq!(NodeId::new(MAX_IDS), None);
    assert_eq!(<ArcId as Id>::from_index(usize::MAX), None);
    let last = ChannelId::new(MAX_IDS - 1).unwrap();
    assert_eq!(
        (last.index(), last.to_string(), format!("{last:?}")),
        (MAX_IDS - 1, "2147483645".into(), "c2147483645".into())
    );
    assert_eq!(NodeMap::from_vec(vec![1]).get(NodeId::new(1).unwrap()), None);
}

/// Setting room aside is a hint: no size makes it fail.
#[test]
fn reserving_too_much_does_no_harm() {
    let mut b = NetworkBuilder::<i128>::new();
    b.reserve(usize::MAX, 0);
    let node = b.add_node(0).unwrap();
    b.reserve(0, usize::MAX);
    b.add_arc(node, node, 0..=1, 1).unwrap();
    assert!(b.build().is_ok());
}
