//! Instances of minimum-cost flow in the manner of the published generators and of payment networks.
//!
//! The families of Kovács, "Minimum-cost flow algorithms: an experimental evaluation", Optimization Methods
//! and Software 30 (2015): random networks with eight arcs per node and √n sources and sinks (NETGEN), grids
//! with a cheap-to-dear spread (GRIDGEN), grids on a torus with one source and one sink (GOTO), plain grids
//! from left to right in square and long shapes, road-like planar graphs with few terminals; assignment and
//! transport; payment channels with heavy-tailed degrees and convex costs.
use feasible::random::Random;
use feasible::{Network, NetworkBuilder, NodeId, PiecewiseCost};

struct Draw(Random, u64);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(Random::new(seed), 0)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.1 += 1;
        usize::try_from(self.0.below(self.1, bound as u64)).unwrap()
    }

    /// From 1 to `most`.
    fn upto(&mut self, most: usize) -> i64 {
        1 + i64::try_from(self.below(most)).unwrap()
    }
}

fn nodes(b: &mut NetworkBuilder, count: usize) -> Vec<NodeId> {
    (0..count).map(|_| b.add_node(0).unwrap()).collect()
}

/// Eight arcs per node, a cycle of dear arcs that makes every supply feasible, √n sources and sinks.
pub(crate) fn netgen(count: usize) -> Network {
    let (mut draw, mut b) = (Draw::new(1), NetworkBuilder::new());
    let v = nodes(&mut b, count);
    let terminals = count.isqrt();
    for i in 0..terminals {
        b.set_supply(v[i], 1000).unwrap();
        b.set_supply(v[count - 1 - i], -1000).unwrap();
    }
    let plenty = 1000 * i64::try_from(terminals).unwrap();
    for i in 0..count {
        b.add_arc(v[i], v[(i + 1) % count], 0..=plenty, 10_000).unwrap();
    }
    for _ in 0..7 * count {
        let (tail, head) = (v[draw.below(count)], v[draw.below(count)]);
        b.add_arc(tail, head, 0..=draw.upto(1000), draw.upto(10_000)).unwrap();
    }
    b.build().unwrap()
}

/// A grid with arcs both ways, from the left side to the right side; with `skips`, four arcs per node
/// that jump ahead as well.
pub(crate) fn grid(rows: usize, columns: usize, skips: bool) -> Network {
    let (mut draw, mut b) = (Draw::new(2), NetworkBuilder::new());
    let v = nodes(&mut b, rows * columns);
    for row in 0..rows {
        b.set_supply(v[row * columns], 100).unwrap();
        b.set_supply(v[row * columns + columns - 1], -100).unwrap();
    }
    for here in 0..rows * columns {
        let (row, column) = (here / columns, here % columns);
        let right = (column + 1 < columns).then(|| here + 1);
        let below = (row + 1 < rows).then(|| here + columns);
        for next in [right, below].into_iter().flatten() {
            for (tail, head) in [(here, next), (next, here)] {
                b.add_arc(v[tail], v[head], 0..=99 + draw.upto(200), draw.upto(1000)).unwrap();
            }
        }
        for _ in 0..if skips { 4 } else { 0 } {
            let next = draw.below(rows) * columns + (column + 1 + draw.below(4)).min(columns - 1);
            b.add_arc(v[here], v[next], 0..=draw.upto(100), draw.upto(1000)).unwrap();
        }
    }
    b.build().unwrap()
}

/// A torus on which each node leads to eight that follow in its row and the two beside it, the farther the
/// cheaper by the step; one source, one sink.
pub(crate) fn goto(rows: usize, columns: usize) -> Network {
    let (mut draw, mut b) = (Draw::new(3), NetworkBuilder::new());
    let v = nodes(&mut b, rows * columns);
    let amount = 3000;
    b.set_supply(v[0], amount).unwrap();
    b.set_supply(v[rows * columns - 1], -amount).unwrap();
    for here in 0..rows * columns {
        let (row, column) = (here / columns, here % columns);
        for k in 1..=8 {
            let row = (row + [0, 1, rows - 1][k % 3]) % rows;
            let next = row * columns + (column + k) % columns;
            let (room, cost) = (draw.upto(2000 / k), draw.upto(16_384 / k) + 100);
            b.add_arc(v[here], v[next], 0..=room, cost).unwrap();
        }
        b.add_arc(v[here], v[(here + 1) % (rows * columns)], 0..=amount, 40_000).unwrap();
    }
    b.build().unwrap()
}

/// A planar grid with a third of its streets missing, lengths as costs; `pairs` far-off terminal pairs.
/// `narrow`: room for a few units per street instead of one hundred.
pub(crate) fn road(side: usize, pairs: usize, narrow: bool) -> Network {
    let (mut draw, mut b) = (Draw::new(4), NetworkBuilder::new());
    let v = nodes(&mut b, side * side);
    let amount = if narrow { 4 } else { 30 };
    for pair in 0..pairs {
        let row = (2 * pair + 1) * side / (2 * pairs);
        b.set_supply(v[row * side + side / 8], amount).unwrap();
        b.set_supply(v[row * side + side - side / 8], -amount).unwrap();
    }
    for here in 0..side * side {
        let right = (here % side + 1 < side).then(|| here + 1);
        let below = (here / side + 1 < side).then(|| here + side);
        for next in [right, below].into_iter().flatten() {
            // Every fourth street is whole.
            let street = if next == here + 1 { here / side } else { here % side };
            if street % 4 != 0 && draw.below(3) == 0 {
                continue;
            }
            let (room, length) = (if narrow { draw.upto(3) } else { 100 }, 50 + draw.upto(1000));
            b.add_arc(v[here], v[next], 0..=room, length).unwrap();
            b.add_arc(v[next], v[here], 0..=room, length).unwrap();
        }
    }
    for pair in 0..2 * pairs {
        let row = (pair + 1) * side / (2 * pairs) % side;
        b.add_arc(v[row * side + side / 8], v[0], 0..=amount, 10_000_000).unwrap();
    }
    // A dear way around for whatever the streets do not hold.
    let hub = b.add_node(0).unwrap();
    for pair in 0..pairs {
        let row = (2 * pair + 1) * side / (2 * pairs);
        b.add_arc(v[row * side + side / 8], hub, 0..=amount, 10_000_000).unwrap();
        b.add_arc(hub, v[row * side + side - side / 8], 0..=amount, 10_000_000).unwrap();
    }
    b.build().unwrap()
}

/// Two equal sides, `degree` candidates each, one of them sure.
pub(crate) fn assignment(side: usize, degree: usize) -> Network {
    let (mut draw, mut b) = (Draw::new(5), NetworkBuilder::new());
    let v = nodes(&mut b, 2 * side);
    for i in 0..side {
        b.set_supply(v[i], 1).unwrap();
        b.set_supply(v[side + i], -1).unwrap();
        b.add_arc(v[i], v[side + (i + 7) % side], 0..=1, 100_000).unwrap();
        for _ in 1..degree {
            b.add_arc(v[i], v[side + draw.below(side)], 0..=1, draw.upto(100_000)).unwrap();
        }
    }
    b.build().unwrap()
}

/// Every source to every sink.
pub(crate) fn transport(side: usize) -> Network {
    let (mut draw, mut b) = (Draw::new(6), NetworkBuilder::new());
    let v = nodes(&mut b, 2 * side);
    for i in 0..side {
        let amount = draw.upto(1000);
        b.set_supply(v[i], amount).unwrap();
        b.set_supply(v[side + (7 * i + 3) % side], -amount).unwrap();
        for j in 0..side {
            b.add_arc(v[i], v[side + j], 0..=1_000_000, draw.upto(10_000)).unwrap();
        }
    }
    b.build().unwrap()
}

/// What is asked of the payment network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// So many payments at once.
    Payments(usize),
    /// Balances wanted elsewhere: pieces of negative cost, no terminals.
    Circulation,
}

/// Payment channels with heavy-tailed degrees and sizes, five pieces of cost per direction.
pub(crate) fn channels(count: usize, ask: Ask) -> Network {
    let (mut draw, mut b) = (Draw::new(7), NetworkBuilder::new());
    let v = nodes(&mut b, count);
    let mut ends: Vec<NodeId> = v.clone();
    for i in 1..count * 5 / 2 {
        let (first, second) = if i < count {
            (v[i], v[draw.below(i)])
        } else {
            (ends[draw.below(ends.len())], ends[draw.below(ends.len())])
        };
        ends.extend([first, second]);
        let capacity = 20_000 << draw.below(10);
        let wanted = if ask == Ask::Circulation && draw.below(4) == 0 { 1500 } else { 0 };
        for (tail, head, less) in [(first, second, wanted), (second, first, 0)] {
            let (fee, unit) = (draw.upto(500) - less, 50_000_000 / capacity);
            let bends = [1_i64, 3, 8, 20].iter().zip(1..);
            let bends = bends.map(|(slope, k)| (capacity / 5 * k, fee + unit * slope * 2));
            b.add_arc(tail, head, 0..=capacity, PiecewiseCost::new(fee + unit, bends).unwrap()).unwrap();
        }
    }
    if let Ask::Payments(pairs) = ask {
        for pair in 0..pairs {
            b.set_supply(v[2 * pair], 200_000).unwrap();
            b.set_supply(v[2 * pair + 1], -200_000).unwrap();
        }
        // The payer may always fall back on one dear way out.
        for node in &v[..2 * pairs] {
            b.add_arc(*node, v[2 * pairs], 0..=i64::from(u32::MAX), 1 << 20).unwrap();
            b.add_arc(v[2 * pairs], *node, 0..=i64::from(u32::MAX), 1 << 20).unwrap();
        }
    }
    b.build().unwrap()
}

/// All families, at a size of some 10⁴ arcs times `scale`.
pub(crate) fn all(scale: usize) -> Vec<(&'static str, Network)> {
    let root = (16 * scale).isqrt();
    vec![
        ("netgen-8", netgen(2000 * scale)),
        ("gridgen", grid(12 * root, 10 * root, true)),
        ("goto-8", goto(8 * root, 16 * root)),
        ("grid-long", grid(16, 240 * scale, false)),
        ("grid-square", grid(16 * root, 16 * root, false)),
        ("road-paths", road(20 * root, 60, false)),
        ("road-flow", road(20 * root, 6, true)),
        ("assign", assignment(1000 * scale, 16)),
        ("transport", transport(25 * root)),
        ("ln-pay", channels(1700 * scale, Ask::Payments(1))),
        ("ln-multi", channels(1700 * scale, Ask::Payments(40))),
        ("ln-circ", channels(1700 * scale, Ask::Circulation)),
    ]
}
