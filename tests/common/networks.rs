//! Seeded random networks, small enough for the oracles.

use feasible::random::Random;
use feasible::{ArcCost, Bounds, Network, NetworkBuilder, NodeId, PiecewiseCost};

/// What a random network may contain.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub nodes: usize,
    pub arcs: usize,
    /// Largest absolute bound.
    pub bound: i64,
    /// Largest absolute slope.
    pub cost: i64,
    /// Largest absolute supply before balancing.
    pub supply: i64,
    /// Lower bounds other than 0 (negative ones too).
    pub lower: bool,
    /// Every so-many-th arc is unbounded; 0 for none.
    pub unbounded_every: u64,
    /// Largest number of breakpoints of a cost.
    pub breakpoints: u64,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            nodes: 6,
            arcs: 12,
            bound: 10,
            cost: 10,
            supply: 6,
            lower: true,
            unbounded_every: 7,
            breakpoints: 2,
        }
    }
}

/// Numbers drawn one after the other.
pub struct Draw {
    random: Random,
    next: u64,
}

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), next: 0 }
    }

    /// Uniform in `0..bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next += 1;
        self.random.below(self.next, bound)
    }

    /// Uniform in `low..=high`.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(u64::try_from(high - low).unwrap() + 1)).unwrap()
    }

    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap()
    }
}

/// A random network: loops, parallel arcs, negative bounds and costs included.
pub fn random_network(seed: u64, shape: Shape) -> Network<i64> {
    let mut draw = Draw::new(seed);
    let mut b = NetworkBuilder::new();
    let nodes: Vec<NodeId> = (0..shape.nodes).map(|_| b.add_node(0).unwrap()).collect();
    let mut total = 0;
    for &node in &nodes[1..] {
        let supply = draw.range(-shape.supply, shape.supply);
        b.set_supply(node, supply).unwrap();
        total += supply;
    }
    b.set_supply(nodes[0], -total).unwrap();
    for _ in 0..shape.arcs {
        let (tail, head) = (nodes[draw.index(nodes.len())], nodes[draw.index(nodes.len())]);
        let lower = if shape.lower { draw.range(-shape.bound, shape.bound / 2) } else { 0 };
        let upper = draw.range(lower.max(0), shape.bound);
        let unbounded = shape.unbounded_every > 0 && draw.below(shape.unbounded_every) == 0;
        let bounds = Bounds { lower, upper: (!unbounded).then_some(upper) };
        b.add_arc(tail, head, bounds, random_cost(&mut draw, shape)).unwrap();
    }
    b.build().unwrap()
}

fn random_cost(draw: &mut Draw, shape: Shape) -> ArcCost<i64> {
    let breakpoints = draw.below(shape.breakpoints + 1);
    let mut slope = draw.range(-shape.cost / 2, shape.cost);
    let first = slope;
    let mut at = draw.range(-shape.bound, shape.bound / 2);
    let list: Vec<(i64, i64)> = (0..breakpoints)
        .map(|_| {
            at += draw.range(1, 1 + shape.bound / 3);
            slope += draw.range(0, shape.cost / 2);
            (at, slope)
        })
        .collect();
    PiecewiseCost::new(first, list).unwrap().into()
}
