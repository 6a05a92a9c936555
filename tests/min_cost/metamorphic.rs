//! Relations between the answers to related problems.

use crate::common::networks::{Draw, Shape, random_network};
use feasible::min_cost_flow::{Algorithm, OptimalFlow, Outcome};
use feasible::{ArcCost, Bounds, MinCostFlow, Network, NetworkBuilder, NodeId, PiecewiseCost};

const ALL: [Algorithm; 4] =
    [Algorithm::Auto, Algorithm::NetworkSimplex, Algorithm::SuccessivePaths, Algorithm::CostScaling];

/// A problem as lists, to be rewritten.
#[derive(Clone, Debug)]
struct Lists {
    supply: Vec<i64>,
    arcs: Vec<Arc>,
}

#[derive(Clone, Debug)]
struct Arc {
    tail: usize,
    head: usize,
    bounds: Bounds<i64>,
    first: i64,
    bends: Vec<(i64, i64)>,
}

impl Lists {
    fn of(network: &Network<i64>) -> Self {
        let arcs = network.arcs().map(|arc| Arc {
            tail: network.tail(arc).index(),
            head: network.head(arc).index(),
            bounds: Bounds { lower: network.lower(arc), upper: network.upper(arc) },
            first: network.cost(arc).first(),
            bends: network.cost(arc).breakpoints().iter().map(|b| (b.at, b.slope)).collect(),
        });
        Self { supply: network.nodes().map(|v| network.supply(v)).collect(), arcs: arcs.collect() }
    }

    fn build(&self) -> Network<i64> {
        let mut b = NetworkBuilder::new();
        let nodes: Vec<NodeId> = self.supply.iter().map(|&supply| b.add_node(supply).unwrap()).collect();
        for arc in &self.arcs {
            let cost: ArcCost = PiecewiseCost::new(arc.first, arc.bends.clone()).unwrap().into();
            b.add_arc(nodes[arc.tail], nodes[arc.head], arc.bounds, cost).unwrap();
        }
        b.build().unwrap()
    }

    fn verdict(&self) -> Verdict {
        let network = self.build();
        let verdicts =
            ALL.map(|algorithm| match MinCostFlow::new().algorithm(algorithm).solve(&network).unwrap() {
                Outcome::Optimal(flow) => Verdict::Cost(flow.cost()),
                Outcome::Infeasible(_) => Verdict::Infeasible,
                Outcome::Unbounded(_) => Verdict::Unbounded,
            });
        assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]), "{verdicts:?}: {self:?}");
        let [verdict, ..] = verdicts;
        verdict
    }

    fn slopes(&mut self, change: impl Fn(&Arc, i64) -> i64) {
        for i in 0..self.arcs.len() {
            let old = self.arcs[i].clone();
            self.arcs[i].first = change(&old, old.first);
            self.arcs[i].bends.iter_mut().for_each(|(_, slope)| *slope = change(&old, *slope));
        }
    }

    fn amounts(&mut self, factor: i64) {
        self.supply.iter_mut().for_each(|supply| *supply *= factor);
        for arc in &mut self.arcs {
            arc.bounds.lower *= factor;
            arc.bounds.upper = arc.bounds.upper.map(|upper| upper * factor);
            arc.bends.iter_mut().for_each(|(at, _)| *at *= factor);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Cost(i128),
    Infeasible,
    Unbounded,
}

impl Verdict {
    fn map(self, change: impl Fn(i128) -> i128) -> Self {
        if let Self::Cost(cost) = self { Self::Cost(change(cost)) } else { self }
    }
}

/// Runs a relation on many random problems.
fn relation(check: impl Fn(&Lists, Verdict, &mut Draw)) {
    let mut optimal = 0;
    for seed in 0..600 {
        let network = random_network(seed, Shape { supply: 2, unbounded_every: 9, ..Shape::default() });
        let lists = Lists::of(&network);
        let verdict = lists.verdict();
        optimal += u32::from(matches!(verdict, Verdict::Cost(_)));
        check(&lists, verdict, &mut Draw::new(seed + 1000));
    }
    assert!(optimal > 150, "{optimal}");
}

#[test]
fn order_of_nodes_and_arcs() {
    relation(|lists, verdict, draw| {
        let nodes = lists.supply.len();
        let mut place: Vec<usize> = (0..nodes).collect();
        for i in (1..nodes).rev() {
            place.swap(i, draw.index(i + 1));
        }
        let mut other = lists.clone();
        for (v, &to) in place.iter().enumerate() {
            other.supply[to] = lists.supply[v];
        }
        for arc in &mut other.arcs {
            (arc.tail, arc.head) = (place[arc.tail], place[arc.head]);
        }
        for i in (1..other.arcs.len()).rev() {
            let j = draw.index(i + 1);
            other.arcs.swap(i, j);
        }
        assert_eq!(other.verdict(), verdict);
    });
}

#[test]
fn scaled_costs() {
    relation(|lists, verdict, draw| {
        let factor = draw.range(2, 1 << 20);
        let mut other = lists.clone();
        other.slopes(|_, slope| slope * factor);
        assert_eq!(other.verdict(), verdict.map(|cost| cost * i128::from(factor)));
    });
}

#[test]
fn scaled_amounts() {
    relation(|lists, verdict, draw| {
        let factor = draw.range(2, 1 << 20);
        let mut other = lists.clone();
        other.amounts(factor);
        assert_eq!(other.verdict(), verdict.map(|cost| cost * i128::from(factor)));
    });
}

/// Costs and amounts just within what is stored in 32 bits, just beyond it and far beyond.
#[test]
fn around_32_bits() {
    relation(|lists, verdict, draw| {
        let ranges = lists.build().ranges();
        let what = draw.index(3);
        let largest = [ranges.slope, ranges.width, 2 * ranges.flow][what].max(1);
        let near = i64::from(i32::MAX) / i64::try_from(largest).unwrap();
        for factor in [near, near + 1, 4 * near] {
            let mut other = lists.clone();
            if what == 0 {
                other.slopes(|_, slope| slope * factor);
            } else {
                other.amounts(factor);
            }
            assert_eq!(other.verdict(), verdict.map(|cost| cost * i128::from(factor)));
        }
    });
}

#[test]
fn shifted_potentials() {
    relation(|lists, verdict, draw| {
        let shift: Vec<i64> = lists.supply.iter().map(|_| draw.range(-50, 50)).collect();
        let mut other = lists.clone();
        other.slopes(|arc, slope| slope + shift[arc.tail] - shift[arc.head]);
        let by: i64 = shift.iter().zip(&lists.supply).map(|(shift, supply)| shift * supply).sum();
        assert_eq!(other.verdict(), verdict.map(|cost| cost + i128::from(by)));
    });
}

#[test]
fn reversed() {
    relation(|lists, verdict, _| {
        let mut other = lists.clone();
        other.supply.iter_mut().for_each(|supply| *supply = -*supply);
        for arc in &mut other.arcs {
            (arc.tail, arc.head) = (arc.head, arc.tail);
        }
        assert_eq!(other.verdict(), verdict);
    });
}

/// An arc a..=b of cost c is an arc -b..=-a the other way round of cost c(-x).
#[test]
fn mirrored_arcs() {
    relation(|lists, verdict, draw| {
        let mut other = lists.clone();
        for arc in &mut other.arcs {
            let Some(upper) = arc.bounds.upper.filter(|_| draw.below(2) == 0) else { continue };
            (arc.tail, arc.head) = (arc.head, arc.tail);
            arc.bounds = Bounds { lower: -upper, upper: Some(-arc.bounds.lower) };
            let slopes: Vec<i64> =
                core::iter::once(arc.first).chain(arc.bends.iter().map(|bend| bend.1)).collect();
            let (last, below) = slopes.split_last().unwrap();
            let bends = arc.bends.iter().zip(below).rev();
            arc.bends = bends.map(|(&(at, _), &slope)| (-at, -slope)).collect();
            arc.first = -last;
        }
        assert_eq!(other.verdict(), verdict);
    });
}

#[test]
fn split_in_parallel_and_in_series() {
    relation(|lists, verdict, draw| {
        let mut other = lists.clone();
        let i = draw.index(lists.arcs.len());
        let arc = lists.arcs[i].clone();
        if arc.bends.is_empty() {
            // Parallel: l..=k and 0..=u-k.
            if let Some(upper) = arc.bounds.upper {
                let cut = draw.range(arc.bounds.lower, upper);
                other.arcs[i].bounds.upper = Some(cut);
                let bounds = Bounds { lower: 0, upper: Some(upper - cut) };
                other.arcs.push(Arc { bounds, ..arc.clone() });
                assert_eq!(other.verdict(), verdict);
            }
        }
        // In series: a new node between, the cost on the first half.
        let mut other = lists.clone();
        other.supply.push(0);
        other.arcs[i].head = lists.supply.len();
        other.arcs.push(Arc { tail: lists.supply.len(), first: 0, bends: Vec::new(), ..arc });
        assert_eq!(other.verdict(), verdict);
    });
}

/// A convex arc is the same as parallel linear arcs, one per stretch.
#[test]
fn pieces_as_arcs() {
    relation(|lists, verdict, _| {
        let network = lists.build();
        let mut other = Lists { supply: lists.supply.clone(), arcs: Vec::new() };
        let mut constant = 0;
        for arc in network.arcs() {
            let (lower, upper) = (network.lower(arc), network.upper(arc));
            let (tail, head) = (network.tail(arc).index(), network.head(arc).index());
            constant += network.cost(arc).value(lower).unwrap();
            other.supply[tail] -= lower;
            other.supply[head] += lower;
            for piece in network.cost(arc).pieces(lower, upper) {
                let bounds = Bounds { lower: 0, upper: piece.to.map(|to| to - piece.from) };
                other.arcs.push(Arc { tail, head, bounds, first: piece.slope, bends: Vec::new() });
            }
        }
        assert_eq!(other.verdict().map(|cost| cost + constant), verdict);
    });
}

#[test]
fn loops_and_unions() {
    relation(|lists, verdict, draw| {
        let mut other = lists.clone();
        let (v, upper, slope) = (draw.index(lists.supply.len()), draw.range(0, 9), draw.range(-9, 9));
        let bounds = Bounds { lower: 0, upper: Some(upper) };
        other.arcs.push(Arc { tail: v, head: v, bounds, first: slope, bends: Vec::new() });
        let gain = i128::from(upper * slope.min(0));
        assert_eq!(other.verdict(), verdict.map(|cost| cost + gain));

        let nodes = lists.supply.len();
        let mut twice = lists.clone();
        twice.supply.extend(&lists.supply);
        twice.arcs.extend(lists.arcs.iter().map(|arc| Arc {
            tail: arc.tail + nodes,
            head: arc.head + nodes,
            ..arc.clone()
        }));
        assert_eq!(twice.verdict(), verdict.map(|cost| 2 * cost));
    });
}

#[test]
fn more_room_never_costs_more() {
    relation(|lists, verdict, draw| {
        let Verdict::Cost(before) = verdict else { return };
        let mut other = lists.clone();
        let i = draw.index(other.arcs.len());
        let bounds = &mut other.arcs[i].bounds;
        bounds.upper = bounds.upper.map(|upper| upper + draw.range(1, 5));
        bounds.lower -= draw.range(0, 5);
        assert!(matches!(other.verdict(), Verdict::Cost(cost) if cost <= before));
        let mut other = lists.clone();
        let (tail, head) = (draw.index(lists.supply.len()), draw.index(lists.supply.len()));
        let bounds = Bounds { lower: 0, upper: Some(draw.range(0, 5)) };
        other.arcs.push(Arc { tail, head, bounds, first: draw.range(-9, 9), bends: Vec::new() });
        assert!(matches!(other.verdict(), Verdict::Cost(cost) if cost <= before));
    });
}

fn optimum(network: &Network<i64>) -> Option<OptimalFlow> {
    MinCostFlow::new().solve(network).unwrap().optimal().ok()
}

/// Around an optimal flow nothing is left to gain: the residual problem costs 0.
#[test]
fn residual_of_the_optimum() {
    relation(|lists, _, _| {
        let network = lists.build();
        let Some(flow) = optimum(&network) else { return };
        let mut other = Lists { supply: vec![0; lists.supply.len()], arcs: Vec::new() };
        for (arc, id) in lists.arcs.iter().zip(network.arcs()) {
            let x = flow.flows()[id];
            let bounds = Bounds { lower: arc.bounds.lower - x, upper: arc.bounds.upper.map(|u| u - x) };
            let bends = arc.bends.iter().map(|&(at, slope)| (at - x, slope)).collect();
            other.arcs.push(Arc { bounds, bends, ..arc.clone() });
        }
        assert_eq!(other.verdict(), Verdict::Cost(0));
    });
}

/// The cost of sending F is convex in F, and its steps lie on both sides of the potential difference.
#[test]
fn cost_of_the_amount_is_convex() {
    for seed in 0..150 {
        let mut draw = Draw::new(seed);
        let shape = Shape { supply: 0, lower: false, unbounded_every: 0, ..Shape::default() };
        let mut lists = Lists::of(&random_network(seed, shape));
        let (s, t) = (0, 1 + draw.index(lists.supply.len() - 1));
        let mut answers: Vec<OptimalFlow> = Vec::new();
        for amount in 0..20 {
            (lists.supply[s], lists.supply[t]) = (amount, -amount);
            let Some(flow) = optimum(&lists.build()) else { break };
            answers.push(flow);
        }
        assert!(!answers.is_empty());
        let steps: Vec<i128> = answers.windows(2).map(|pair| pair[1].cost() - pair[0].cost()).collect();
        assert!(steps.windows(2).all(|pair| pair[0] <= pair[1]), "{steps:?}");
        for (i, flow) in answers.iter().enumerate() {
            let potentials = flow.potentials().as_slice();
            // A unit more from s to t costs at least what the potentials ask, a unit less saves at most that.
            let price = potentials[t] - potentials[s];
            assert!(steps.get(i).is_none_or(|&step| step >= price));
            assert!(i == 0 || steps[i - 1] <= price);
        }
    }
}

/// Many more arcs than nodes: the simplex then prices cheap ones first, which may not hold a flow. Costs
/// times 2^55 take wider numbers through the same pivots.
#[test]
fn dense_networks_take_the_same_pivots_at_dear_prices() {
    let dense = |seed: u64, scale: i64| {
        let mut draw = Draw::new(seed ^ 0xde45e);
        let nodes = 3 + draw.index(6);
        let mut b = NetworkBuilder::new();
        let sent = draw.range(0, 60);
        let ids: Vec<NodeId> = (0..nodes)
            .map(|v| {
                b.add_node(if v == 0 {
                    sent
                } else if v == 1 {
                    -sent
                } else {
                    0
                })
                .unwrap()
            })
            .collect();
        for _ in 0..40 * nodes {
            let (tail, head) = (ids[draw.index(nodes)], ids[draw.index(nodes)]);
            let room = draw.range(0, 3);
            b.add_arc(tail, head, 0..=room, draw.range(-3, 60) * scale).unwrap();
        }
        b.build().unwrap()
    };
    let simplex = MinCostFlow::new().algorithm(Algorithm::NetworkSimplex);
    let scaling = MinCostFlow::new().algorithm(Algorithm::CostScaling);
    let mut infeasible = 0;
    for seed in 0..400 {
        let (network, dear) = (dense(seed, 1), dense(seed, 1 << 55));
        match (simplex.solve(&network).unwrap(), simplex.solve(&dear).unwrap()) {
            (Outcome::Optimal(flow), Outcome::Optimal(same)) => {
                assert_eq!(flow.flows(), same.flows(), "seed {seed}");
                assert_eq!((flow.cost() << 55, flow.pivots()), (same.cost(), same.pivots()), "seed {seed}");
                assert_eq!(scaling.solve(&network).unwrap().optimal().unwrap().cost(), flow.cost());
            }
            (Outcome::Infeasible(shortage), Outcome::Infeasible(same)) => {
                assert_eq!(shortage.amount, same.amount, "seed {seed}");
                infeasible += 1;
            }
            other => panic!("seed {seed}: {other:?}"),
        }
    }
    assert!((20..380).contains(&infeasible), "{infeasible}");
}
