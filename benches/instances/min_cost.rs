//! Instances of minimum-cost flow in the manner of the published generators and of payment networks.
//!
//! The families of Kovács, "Minimum-cost flow algorithms: an experimental evaluation", Optimization Methods
//! and Software 30 (2015): random networks around chains from sources to sinks (NETGEN: Klingman, Napier and
//! Stutz, Management Science 20, 1974), random arcs over a grid (GRIDGEN: Lee and Orlin), a grid on a torus
//! with dear long ways and cheap short ones (GOTO: Goldberg), plain grids whose flow goes from left to right
//! (Resende), roads; assignment and transport; payment channels with heavy-tailed degrees and five pieces of
//! cost in each direction. Written from their descriptions; the numbers drawn are others than theirs.
#![allow(dead_code)] // every benchmark uses a part
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // sizes are small
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod grids;
mod payments;

use grids::{goto, grid, gridgen, road};
use payments::{Ask, channels};

use feasible::random::Random;
use feasible::{Network, NetworkBuilder, NodeId, PiecewiseCost};

/// An arc from 0 up, whose cost has pieces of a width and a slope.
struct Arc {
    tail: usize,
    head: usize,
    pieces: Vec<(i64, i64)>,
}

/// Supplies and arcs, to be built or written.
pub(crate) struct Instance {
    supply: Vec<i64>,
    arcs: Vec<Arc>,
    random: Random,
    drawn: u64,
}

impl Instance {
    fn new(nodes: usize) -> Self {
        Self { supply: vec![0; nodes], arcs: Vec::new(), random: Random::new(11), drawn: 0 }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.drawn += 1;
        usize::try_from(self.random.below(self.drawn, bound as u64)).unwrap()
    }

    /// From 1 to `most`.
    fn upto(&mut self, most: i64) -> i64 {
        1 + i64::try_from(self.below(usize::try_from(most).unwrap())).unwrap()
    }

    fn add(&mut self, tail: usize, head: usize, room: i64, cost: i64) {
        self.arcs.push(Arc { tail, head, pieces: vec![(room, cost)] });
    }

    fn send(&mut self, from: usize, to: usize, amount: i64) {
        self.supply[from] += amount;
        self.supply[to] -= amount;
    }

    fn shuffled(&mut self, len: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        for i in (1..len).rev() {
            let j = self.below(i + 1);
            order.swap(i, j);
        }
        order
    }

    /// The same with every linear arc bent into so many pieces that rise from its cost to about twice that.
    pub(crate) fn bent(mut self, pieces: usize) -> Self {
        let count = i64::try_from(pieces).unwrap();
        for arc in self.arcs.iter_mut().filter(|arc| arc.pieces.len() == 1) {
            let (room, cost) = arc.pieces[0];
            let part = |i: i64| room * (i + 1) / count - room * i / count;
            let slope = |i: i64| cost + (cost.abs() * i + count - 1) / count;
            arc.pieces = (0..count).map(|i| (part(i), slope(i))).filter(|piece| piece.0 > 0).collect();
        }
        self
    }

    /// The same with every piece an arc of its own.
    pub(crate) fn expanded(mut self) -> Self {
        let arcs = std::mem::take(&mut self.arcs);
        for Arc { tail, head, pieces } in arcs {
            pieces.into_iter().for_each(|(room, cost)| self.add(tail, head, room, cost));
        }
        self
    }

    /// The same with its arcs in random order.
    pub(crate) fn scattered(mut self) -> Self {
        let order = self.shuffled(self.arcs.len());
        let mut arcs: Vec<Option<Arc>> = self.arcs.drain(..).map(Some).collect();
        self.arcs.extend(order.into_iter().filter_map(|at| arcs[at].take()));
        self
    }

    pub(crate) fn network(&self) -> Network {
        let mut b = NetworkBuilder::new();
        let nodes: Vec<NodeId> = self.supply.iter().map(|&supply| b.add_node(supply).unwrap()).collect();
        for arc in &self.arcs {
            let mut end = 0;
            let mut bends = Vec::new();
            for pair in arc.pieces.windows(2) {
                end += pair[0].0;
                bends.push((end, pair[1].1));
            }
            end += arc.pieces[arc.pieces.len() - 1].0;
            let cost = PiecewiseCost::new(arc.pieces[0].1, bends).unwrap();
            b.add_arc(nodes[arc.tail], nodes[arc.head], 0..=end, cost).unwrap();
        }
        b.build().unwrap()
    }

    pub(crate) fn supplies(&self) -> &[i64] {
        &self.supply
    }

    /// (tail, head, room, cost) of every piece.
    pub(crate) fn linear(&self) -> impl Iterator<Item = (usize, usize, i64, i64)> {
        let pieces = |arc: &Arc| {
            let (tail, head) = (arc.tail, arc.head);
            arc.pieces.clone().into_iter().map(move |(room, cost)| (tail, head, room, cost))
        };
        self.arcs.iter().flat_map(pieces)
    }

    /// DIMACS text, every piece an arc.
    pub(crate) fn dimacs(&self) -> String {
        use std::fmt::Write as _;
        let mut text = format!("p min {} {}\n", self.supply.len(), self.linear().count());
        for (v, supply) in (1..).zip(&self.supply).filter(|(_, supply)| **supply != 0) {
            writeln!(text, "n {v} {supply}").unwrap();
        }
        for (tail, head, room, cost) in self.linear() {
            writeln!(text, "a {} {} 0 {room} {cost}", tail + 1, head + 1).unwrap();
        }
        text
    }
}

/// √n sources and as many sinks, a chain of nodes from every source to some sinks, the rest at random.
fn netgen(nodes: usize, arcs: usize, average_supply: i64) -> Instance {
    let mut g = Instance::new(nodes);
    let terminals = nodes.isqrt();
    let total = average_supply * terminals as i64;
    let mut share = vec![0; terminals];
    for i in 0..terminals {
        let own = g.upto(average_supply);
        share[i] += own;
        let other = g.below(terminals);
        share[other] += average_supply - own;
    }
    let mut tips: Vec<usize> = (0..terminals).collect();
    for v in g.shuffled(nodes - 2 * terminals) {
        let (chain, v) = (g.below(terminals), v + 2 * terminals);
        let (room, cost) = (share[chain].max(1000), g.upto(10_000));
        g.add(tips[chain], v, room, cost);
        tips[chain] = v;
    }
    let mut left = total;
    for (chain, &tip) in tips.iter().enumerate() {
        // Its own sink and one or two more take what comes along the chain.
        let extra = 1 + g.below(2);
        let mut rest = share[chain];
        for k in 0..=extra {
            let sink = terminals + if k == 0 { chain } else { g.below(terminals) };
            let part = if k == extra { rest } else { rest / 2 };
            rest -= part;
            g.supply[sink] -= part;
            let cost = g.upto(10_000);
            g.add(tip, sink, part.max(1), cost);
        }
        g.supply[chain] += share[chain];
        left -= share[chain];
    }
    assert_eq!(left, 0);
    while g.arcs.len() < arcs {
        let (tail, head) = (g.below(nodes), g.below(nodes));
        // No arcs into sources or out of sinks.
        if tail != head && head >= terminals && !(terminals..2 * terminals).contains(&tail) {
            let (room, cost) = (g.upto(1000), g.upto(10_000));
            g.add(tail, head, room, cost);
        }
    }
    g
}

/// Two equal sides, `degree` candidates each, one of them sure.
fn assignment(side: usize, degree: usize) -> Instance {
    let mut g = Instance::new(2 * side);
    for (i, partner) in g.shuffled(side).into_iter().enumerate() {
        g.send(i, side + partner, 1);
        let cost = g.upto(100_000);
        g.add(i, side + partner, 1, cost);
        for _ in 1..degree {
            let (head, cost) = (side + g.below(side), g.upto(100_000));
            g.add(i, head, 1, cost);
        }
    }
    g
}

/// Every source to every sink.
fn transport(side: usize) -> Instance {
    let mut g = Instance::new(2 * side);
    for (i, partner) in g.shuffled(side).into_iter().enumerate() {
        let amount = g.upto(1000);
        g.send(i, side + partner, amount);
        for j in 0..side {
            let cost = g.upto(10_000);
            g.add(i, side + j, 1_000_000, cost);
        }
    }
    g
}

pub(crate) const FAMILIES: [&str; 18] = [
    "netgen-8",
    "netgen-sr",
    "netgen-lo8",
    "netgen-deg",
    "gridgen-8",
    "gridgen-sr",
    "goto-8",
    "goto-sr",
    "grid-wide",
    "grid-long",
    "grid-square",
    "road-paths",
    "road-flow",
    "assign",
    "transport",
    "ln-pay",
    "ln-multi",
    "ln-circ",
];

/// An instance of a family with about so many arcs (pieces count).
pub(crate) fn family(name: &str, arcs: usize) -> Option<Instance> {
    let root = |power: f64| (arcs as f64).powf(power).round() as usize;
    Some(match name {
        "netgen-8" => netgen(arcs / 8, arcs, 1000),
        "netgen-sr" => netgen(root(2.0 / 3.0), arcs, 1000),
        "netgen-lo8" => netgen(arcs / 8, arcs, 10),
        "netgen-deg" => netgen(4096.min(arcs / 2), arcs, 1000),
        "gridgen-8" => gridgen(arcs / 8, arcs),
        "gridgen-sr" => gridgen(root(2.0 / 3.0), arcs),
        "goto-8" => goto(arcs / 8, arcs),
        "goto-sr" => goto(root(2.0 / 3.0), arcs),
        "grid-wide" => grid(arcs / 48, 16),
        "grid-long" => grid(16, arcs / 46),
        "grid-square" => grid((arcs / 3).isqrt(), (arcs / 3).isqrt()),
        "road-paths" => road(arcs * 2 / 5, true),
        "road-flow" => road(arcs * 2 / 5, false),
        "assign" => assignment(arcs / 16, 16),
        "transport" => transport(arcs.isqrt()),
        "ln-pay" => channels(arcs * 17 / 450, arcs / 10, Ask::Payment),
        "ln-multi" => channels(arcs * 17 / 450, arcs / 10, Ask::Plan),
        "ln-circ" => channels(arcs * 17 / 450, arcs / 10, Ask::Circulation),
        _ => return None,
    })
}

/// All families, at a size of some 5 * 10⁴ arcs times `scale`.
pub(crate) fn all(scale: usize) -> Vec<(&'static str, Network)> {
    let network = |name| family(name, 50_000 * scale).map(|instance| (name, instance.network()));
    FAMILIES.into_iter().filter_map(network).collect()
}
