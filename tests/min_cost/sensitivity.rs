//! Ranges of costs, capacities and supplies, and the curve of costs, against fresh solves of the changed problem.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::min_cost_flow::{CapacityStep, OptimalFlow};
use feasible::{ArcId, MinCostFlow, Network, PiecewiseCost, SolveError, check};

fn shape(draw: &mut Draw) -> Shape {
    Shape {
        nodes: 2 + draw.index(9),
        arcs: 2 + draw.index(30),
        supply: draw.range(0, 5),
        lower: draw.below(3) == 0,
        ..Shape::default()
    }
}

fn solved(network: &Network<i64>) -> Option<OptimalFlow> {
    MinCostFlow::new().solve(network).unwrap().optimal().ok()
}

fn cases(count: u64, mut visit: impl FnMut(&Network<i64>, &OptimalFlow, &mut Draw)) {
    let mut visited = 0;
    for seed in 0..count {
        let mut draw = Draw::new(seed ^ 0xbeef);
        let network = random_network(seed, shape(&mut draw));
        if let Some(flow) = solved(&network) {
            visit(&network, &flow, &mut draw);
            visited += 1;
        }
    }
    assert!(visited > count / 10, "{visited} of {count}");
}

/// The problem with another upper bound, solved; `None` if there is no flow or it is not admitted.
fn bounded(network: &Network<i64>, arc: ArcId, upper: i64) -> Option<(Network<i64>, OptimalFlow)> {
    let mut changed = network.clone();
    changed.amend().bounds(arc, network.lower(arc)..=upper).ok()?.apply().ok()?;
    let flow = solved(&changed)?;
    Some((changed, flow))
}

/// Both ends and the middle of a step cost what it says, by its own proof; one unit beyond does not.
fn follows(network: &Network<i64>, flow: &OptimalFlow, arc: ArcId, from: i128, step: &CapacityStep) {
    let far = step.to.unwrap_or(from + 7);
    for bound in [from, (from + far) / 2, far] {
        let Some((changed, found)) = bounded(network, arc, bound.try_into().unwrap()) else {
            panic!("no flow with {bound} of {arc}")
        };
        let expected = flow.cost() + step.price * (bound - from).abs();
        assert_eq!(found.cost(), expected, "{arc} up to {bound}: {step:?}");
        assert_eq!(check::dual_value(&changed, &step.potentials), Ok(expected));
    }
    let Some(end) = step.to else { return };
    let beyond = if end > from || (end == from && step.price < 0) { end + 1 } else { end - 1 };
    if let Some((_, found)) = bounded(network, arc, beyond.try_into().unwrap()) {
        assert_ne!(found.cost(), flow.cost() + step.price * (beyond - from).abs(), "{arc} up to {beyond}");
    }
}

#[test]
fn capacities_are_worth_what_a_fresh_solve_says() {
    let mut priced = 0;
    cases(600, |network, flow, _| {
        for arc in network.arcs() {
            let range = match flow.capacity_range(network, arc) {
                Ok(range) => range,
                Err(SolveError::NotAdmitted(_)) => continue,
                Err(error) => panic!("{error}"),
            };
            priced += usize::from(range.rise.price < 0);
            assert!(range.rise.price <= 0 && range.fall.as_ref().is_none_or(|fall| fall.price >= 0));
            let Some(upper) = network.upper(arc) else {
                assert_eq!((range.rise.price, range.rise.to), (0, None));
                let to = range.fall.and_then(|fall| fall.to).unwrap();
                assert_eq!(bounded(network, arc, to.try_into().unwrap()).unwrap().1.cost(), flow.cost());
                continue;
            };
            assert_ne!(range.rise.to, Some(i128::from(upper)), "a step has a length");
            follows(network, flow, arc, upper.into(), &range.rise);
            match &range.fall {
                Some(step) => follows(network, flow, arc, upper.into(), step),
                None if upper == network.lower(arc) => {}
                None => assert!(bounded(network, arc, upper - 1).is_none()),
            }
        }
    });
    assert!(priced > 100, "{priced} arcs whose capacity has a price");
}

#[test]
fn costs_move_as_far_as_a_fresh_solve_says() {
    cases(300, |network, flow, _| {
        for arc in network.arcs() {
            let range = flow.cost_range(network, arc).unwrap();
            let amount = i128::from(flow.flows()[arc]);
            let moved = |by: i64| {
                let cost = network.cost(arc);
                let bends = cost.breakpoints().iter().map(|bend| (bend.at, bend.slope + by));
                let mut changed = network.clone();
                let cost = PiecewiseCost::new(cost.first() + by, bends).unwrap();
                changed.amend().cost(arc, cost).unwrap().apply().unwrap();
                solved(&changed).map(|found| found.cost())
            };
            for (limit, sign) in [(range.rise, 1), (range.fall, -1)] {
                let far = limit.as_ref().map_or(50, |limit| i64::try_from(limit.change).unwrap());
                // While the flow stays optimal the cost moves by its amount, and by less from there on.
                let expected = |by: i64| flow.cost() + i128::from(by) * amount;
                assert_eq!(moved(sign * far), Some(expected(sign * far)), "{arc}");
                if limit.is_some() {
                    let next = moved(sign * (far + 1));
                    assert!(next.is_none_or(|next| next < expected(sign * (far + 1))), "{arc}");
                }
            }
        }
    });
}

#[test]
fn supplies_and_curves_cost_what_a_fresh_solve_says() {
    cases(600, |network, flow, draw| {
        let nodes: Vec<_> = network.nodes().collect();
        let at = |number: i64| nodes[usize::try_from(number).unwrap()];
        let last = i64::try_from(nodes.len()).unwrap() - 1;
        let (s, t) = (at(draw.range(0, last)), at(draw.range(0, last)));
        if s == t {
            return;
        }
        let sent = |amount: i128| {
            let (by, mut changed) = (i64::try_from(amount).unwrap(), network.clone());
            let supplies = [(s, network.supply(s) + by), (t, network.supply(t) - by)];
            let amend = changed.amend().supply(supplies[0].0, supplies[0].1).unwrap();
            amend.supply(supplies[1].0, supplies[1].1).unwrap().apply().ok()?;
            solved(&changed).map(|found| found.cost())
        };
        if let Ok(range) = flow.supply_range(network, s, t) {
            for end in [range.least, range.most].into_iter().flatten() {
                assert_eq!(sent(end), Some(flow.cost() + range.price * end));
                let beyond = end + if end > 0 || Some(end) == range.most { 1 } else { -1 };
                assert!(sent(beyond).is_none_or(|cost| cost >= flow.cost() + range.price * beyond));
            }
        }
        let Ok(curve) = MinCostFlow::new().cost_curve(network, s, t).unwrap() else {
            panic!("there is a flow")
        };
        let mut end = Some(0);
        for piece in curve.take(8) {
            let piece = match piece {
                Ok(piece) => piece,
                Err(SolveError::NotAdmitted(_)) => return,
                Err(error) => panic!("{error}"),
            };
            assert_eq!(Some(piece.from), end);
            let to = piece.to.unwrap_or(piece.from + 5);
            for amount in [piece.from, (piece.from + to) / 2, to] {
                let expected = piece.cost + (amount - piece.from) * piece.slope;
                assert!(sent(amount).is_none_or(|cost| cost == expected), "{amount} of {piece:?}");
            }
            end = piece.to;
        }
    });
}

#[test]
fn the_curve_keeps_to_the_work_limit() {
    let shape =
        Shape { nodes: 200, arcs: 2000, supply: 0, lower: false, unbounded_every: 0, ..Shape::default() };
    let network = random_network(5, shape);
    let mut nodes = network.nodes();
    let (s, t) = (nodes.next().unwrap(), nodes.last().unwrap());
    // Some limit is enough for the first solve and for a search, and too little for a maximum flow.
    let (mut none, mut some, mut all) = (0, 0, 0);
    for limit in (8..26).map(|power| 1 << power) {
        match MinCostFlow::new().work_limit(limit).cost_curve(&network, s, t) {
            Err(error) => {
                assert_eq!(error, SolveError::WorkLimit { limit });
                none += 1;
            }
            Ok(curve) => match curve.unwrap().find_map(Result::err) {
                Some(error) => {
                    assert_eq!(error, SolveError::WorkLimit { limit });
                    some += 1;
                }
                None => all += 1,
            },
        }
    }
    assert!(none > 0 && all > 0, "{none} {some} {all}");
}
