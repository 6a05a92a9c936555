//! The checkers of minimum-cost flow against corrupted answers: each must be rejected, or be right
//! after all by a judgement that does not use the checker.

use crate::common::naive_min_cost::unit_cost;
use crate::common::networks::{Draw, Shape, random_network};
use feasible::check::{self, Ray, Shortage};
use feasible::min_cost_flow::{Algorithm, Outcome};
use feasible::{ArcId, ArcMap, MinCostFlow, Network, NodeMap};

/// Every algorithm in turn.
fn solver(seed: u64) -> MinCostFlow {
    let all = [Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];
    MinCostFlow::new().algorithm(all[usize::try_from(seed).unwrap() % all.len()])
}

/// Conservation and bounds, node by node.
fn is_flow(network: &Network<i64>, flows: &[i64]) -> bool {
    let bounded = network.arcs().all(|a| {
        network.lower(a) <= flows[a.index()] && network.upper(a).is_none_or(|u| flows[a.index()] <= u)
    });
    bounded
        && network.nodes().all(|v| {
            let out: i64 = network.arcs().filter(|&a| network.tail(a) == v).map(|a| flows[a.index()]).sum();
            let into: i64 = network.arcs().filter(|&a| network.head(a) == v).map(|a| flows[a.index()]).sum();
            out - into == network.supply(v)
        })
}

/// The Lagrange bound of the potentials: the least of cost + sum of potential differences, arc by arc and
/// unit by unit, on a range that surely holds the minimum of every arc that has one.
fn dual_value(network: &Network<i64>, potentials: &[i128]) -> Option<i128> {
    let supplied: i128 = network.nodes().map(|v| potentials[v.index()] * i128::from(network.supply(v))).sum();
    let mut sum = -supplied;
    for arc in network.arcs() {
        let drop = potentials[network.tail(arc).index()] - potentials[network.head(arc).index()];
        let cost = network.cost(arc);
        let lower = network.lower(arc);
        let end = match network.upper(arc) {
            Some(upper) => upper,
            None if i128::from(cost.slope_after(i64::MAX)) + drop < 0 => return None,
            None => cost.breakpoints().last().map_or(lower, |b| b.at.max(lower)),
        };
        sum += (lower..=end).map(|x| unit_cost(cost, x) + drop * i128::from(x)).min().unwrap();
    }
    Some(sum)
}

fn total_cost(network: &Network<i64>, flows: &[i64]) -> i128 {
    network.arcs().map(|arc| unit_cost(network.cost(arc), flows[arc.index()])).sum()
}

struct Count {
    rejected: u32,
    right: u32,
}

#[test]
fn corrupted_optima() {
    let mut count = Count { rejected: 0, right: 0 };
    for seed in 0..1500 {
        let network = random_network(seed, Shape { supply: 1, ..Shape::default() });
        let Outcome::Optimal(answer) = solver(seed).solve(&network).unwrap() else { continue };
        let mut draw = Draw::new(seed);
        for _ in 0..20 {
            let mut flows = answer.flows().as_slice().to_vec();
            let mut potentials = answer.potentials().as_slice().to_vec();
            let mut cost = answer.cost();
            for _ in 0..=draw.below(2) {
                let by = [-3, -1, 1, 2][draw.index(4)];
                match draw.below(3) {
                    0 => {
                        let i = draw.index(flows.len());
                        flows[i] += by;
                    }
                    1 => {
                        let i = draw.index(potentials.len());
                        potentials[i] += i128::from(by);
                    }
                    _ => cost += i128::from(by),
                }
            }
            // Weak duality: equal values prove both, and nothing else does.
            let right = is_flow(&network, &flows)
                && total_cost(&network, &flows) == cost
                && dual_value(&network, &potentials) == Some(cost);
            let flows = ArcMap::from_vec(flows);
            assert_eq!(check::flow(&network, &flows).is_ok(), is_flow(&network, flows.as_slice()));
            let verdict = check::optimal(&network, &flows, &NodeMap::from_vec(potentials), cost);
            assert_eq!(verdict.is_ok(), right, "seed {seed}: {verdict:?}");
            *(if right { &mut count.right } else { &mut count.rejected }) += 1;
        }
    }
    assert!(count.rejected > 5000 && count.right > 50, "{} {}", count.rejected, count.right);
}

#[test]
fn maps_of_the_wrong_length() {
    let network =
        random_network(5, Shape { supply: 0, lower: false, unbounded_every: 0, ..Shape::default() });
    let answer = solver(0).solve(&network).unwrap().optimal().unwrap();
    let (mut flows, mut potentials) =
        (answer.flows().clone().into_vec(), answer.potentials().clone().into_vec());
    flows.push(0);
    potentials.pop();
    let (flows, potentials) = (ArcMap::from_vec(flows), NodeMap::from_vec(potentials));
    assert!(check::optimal(&network, answer.flows(), answer.potentials(), answer.cost()).is_ok());
    assert!(check::optimal(&network, &flows, answer.potentials(), answer.cost()).is_err());
    assert!(check::optimal(&network, answer.flows(), &potentials, answer.cost()).is_err());
    assert!(check::flow(&network, &flows).is_err());
}

/// Supply inside and what must enter, less what may leave; `None` if anything may leave.
fn shortage(network: &Network<i64>, inside: &[bool]) -> Option<i128> {
    let mut amount: i128 =
        network.nodes().filter(|v| inside[v.index()]).map(|v| i128::from(network.supply(v))).sum();
    for arc in network.arcs() {
        let ends = (inside[network.tail(arc).index()], inside[network.head(arc).index()]);
        if ends == (true, false) {
            amount -= i128::from(network.upper(arc)?);
        } else if ends == (false, true) {
            amount += i128::from(network.lower(arc));
        }
    }
    Some(amount)
}

#[test]
fn corrupted_shortages() {
    let mut count = Count { rejected: 0, right: 0 };
    for seed in 0..1500 {
        let network = random_network(seed, Shape { supply: 9, ..Shape::default() });
        let Outcome::Infeasible(answer) = solver(seed).solve(&network).unwrap() else { continue };
        assert_eq!(shortage(&network, answer.inside.as_slice()), Some(answer.amount));
        let mut draw = Draw::new(seed);
        for _ in 0..10 {
            let mut inside = answer.inside.as_slice().to_vec();
            let mut amount = answer.amount;
            for _ in 0..=draw.below(2) {
                let i = draw.index(inside.len());
                inside[i] = !inside[i];
            }
            if draw.below(3) == 0 {
                amount += i128::from([-2, -1, 1, 5][draw.index(4)]);
            } else if let Some(actual) = shortage(&network, &inside).filter(|_| draw.below(2) == 0) {
                amount = actual;
            }
            let right = amount > 0 && shortage(&network, &inside) == Some(amount);
            let claim = Shortage { inside: NodeMap::from_vec(inside), amount };
            assert_eq!(check::infeasible(&network, &claim).is_ok(), right, "seed {seed}: {claim:?}");
            *(if right { &mut count.right } else { &mut count.rejected }) += 1;
        }
    }
    assert!(count.rejected > 3000 && count.right > 100, "{} {}", count.rejected, count.right);
}

#[test]
fn corrupted_rays() {
    let mut count = Count { rejected: 0, right: 0 };
    for seed in 0..3000 {
        let shape = Shape { supply: 1, unbounded_every: 2, cost: 6, breakpoints: 1, ..Shape::default() };
        let network = random_network(seed, shape);
        let Outcome::Unbounded(answer) = solver(seed).solve(&network).unwrap() else { continue };
        let mut draw = Draw::new(seed);
        for _ in 0..10 {
            let Ray { flows, mut cycle, mut slope } = answer.clone();
            let mut flows = flows.into_vec();
            match draw.below(5) {
                0 => {
                    let i = draw.index(flows.len());
                    flows[i] += [-1, 1][draw.index(2)];
                }
                1 => slope += i128::from([-2, -1, 1, 2][draw.index(4)]),
                2 => {
                    let i = draw.index(cycle.len());
                    cycle[i] = ArcId::new(draw.index(network.arc_count() + 2)).unwrap();
                }
                3 => cycle.rotate_left(1), // still right
                _ => {
                    cycle.pop();
                }
            }
            let last = |arc: ArcId| i128::from(network.cost(arc).slope_after(i64::MAX));
            let known = cycle.iter().all(|arc| arc.index() < network.arc_count());
            let right = known
                && is_flow(&network, &flows)
                && cycle.iter().all(|&arc| network.upper(arc).is_none())
                && cycle
                    .iter()
                    .zip(cycle.iter().cycle().skip(1))
                    .all(|(&a, &b)| network.head(a) == network.tail(b))
                && cycle.iter().map(|&arc| last(arc)).sum::<i128>() == slope
                && slope < 0;
            let claim = Ray { flows: ArcMap::from_vec(flows), cycle, slope };
            assert_eq!(check::unbounded(&network, &claim).is_ok(), right, "seed {seed}: {claim:?}");
            *(if right { &mut count.right } else { &mut count.rejected }) += 1;
        }
    }
    assert!(count.rejected > 2000 && count.right > 100, "{} {}", count.rejected, count.right);
}
