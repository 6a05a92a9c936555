//! Instances of maximum flow in the manner of the published generators, for every benchmark.
//!
//! RMF: Goldfarb and Grigoriadis, "A computational comparison of the Dinic and network simplex methods
//! for maximum flow", Annals of Operations Research 13 (1988), in the long and wide proportions of
//! Cherkassky and Goldberg (Algorithmica 19, 1997), as are the random level graphs, the dense acyclic
//! graphs and the chains that defeat augmenting paths ("ak", in the structure of their generator). The random
//! level graphs are those of Anderson's generator of the first DIMACS challenge ("Washington"). Pictures are grids with one terminal arc
//! per pixel, as in Boykov and Kolmogorov (PAMI 26, 2004). Lightning-like: heavy-tailed channel graphs.
#![allow(dead_code)] // every benchmark uses a part

use feasible::random::Random;
use feasible::{Network, NetworkBuilder, NodeId};

/// Numbered nodes, arcs (tail, head, capacity) and two terminals.
pub(crate) struct Instance {
    pub(crate) nodes: usize,
    pub(crate) source: usize,
    pub(crate) sink: usize,
    pub(crate) arcs: Vec<(usize, usize, i64)>,
    random: Random,
    drawn: u64,
}

impl Instance {
    /// Source 0, sink the last node, unless a generator says otherwise.
    fn new(nodes: usize) -> Self {
        Self { nodes, source: 0, sink: nodes - 1, arcs: Vec::new(), random: Random::new(7), drawn: 0 }
    }

    fn draw(&mut self, bound: usize) -> usize {
        self.drawn += 1;
        usize::try_from(self.random.below(self.drawn, bound as u64)).unwrap()
    }

    /// An arc of a random capacity from 1 to `most`.
    fn add(&mut self, tail: usize, head: usize, most: usize) {
        let capacity = 1 + self.draw(most);
        self.arcs.push((tail, head, i64::try_from(capacity).unwrap()));
    }

    fn shuffled(&mut self, len: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        for i in (1..len).rev() {
            let j = self.draw(i + 1);
            order.swap(i, j);
        }
        order
    }

    pub(crate) fn network(&self) -> (Network, NodeId, NodeId) {
        let mut b = NetworkBuilder::new();
        let nodes: Vec<NodeId> = (0..self.nodes).map(|_| b.add_node(0).unwrap()).collect();
        for &(tail, head, capacity) in &self.arcs {
            b.add_arc(nodes[tail], nodes[head], 0..=capacity, 0).unwrap();
        }
        (b.build().unwrap(), nodes[self.source], nodes[self.sink])
    }
}

/// Square frames one behind the other: wide pipes inside a frame, a random matching to the next one.
pub(crate) fn rmf(side: usize, frames: usize) -> Instance {
    let area = side * side;
    let mut g = Instance::new(area * frames);
    let wide = i64::try_from(10_000 * area).unwrap();
    for frame in 0..frames {
        let at = |x: usize, y: usize| frame * area + y * side + x;
        for y in 0..side {
            for x in 0..side {
                for (u, v) in [(x + 1, y), (x, y + 1)] {
                    if u < side && v < side {
                        g.arcs.push((at(x, y), at(u, v), wide));
                        g.arcs.push((at(u, v), at(x, y), wide));
                    }
                }
            }
        }
        if frame + 1 < frames {
            for (i, j) in g.shuffled(area).into_iter().enumerate() {
                g.add(frame * area + i, (frame + 1) * area + j, 10_000);
            }
        }
    }
    g
}

/// Random levels: three arcs from every node to random nodes of the next level, distinct ones; the
/// terminals' arcs take as much as three of the largest.
pub(crate) fn rlg(levels: usize, width: usize) -> Instance {
    let last = levels * width + 1;
    let mut g = Instance::new(last + 1);
    for i in 0..width {
        g.arcs.push((0, 1 + i, 30_000));
        g.arcs.push((1 + (levels - 1) * width + i, last, 30_000));
    }
    for level in 0..levels - 1 {
        for i in 0..width {
            let mut heads = Vec::new();
            while heads.len() < width.min(3) {
                let head = 1 + (level + 1) * width + g.draw(width);
                if !heads.contains(&head) {
                    heads.push(head);
                    g.add(1 + level * width + i, head, 10_000);
                }
            }
        }
    }
    g
}

/// A picture of noisy squares: neighbours both ways (4 or 8), every pixel tied to source or sink.
pub(crate) fn picture(side: usize, neighbours: usize) -> Instance {
    let last = side * side + 1;
    let mut g = Instance::new(last + 1);
    for y in 0..side {
        for x in 0..side {
            let at = 1 + y * side + x;
            let blob = (x * 4 / side + y * 4 / side) % 2 == 0;
            if (g.draw(4) > 0) == blob {
                g.add(0, at, 100);
            } else {
                g.add(at, last, 100);
            }
            let steps = [(x + 1, y), (x, y + 1), (x + 1, y + 1), (x.wrapping_sub(1), y + 1)];
            for &(u, v) in &steps[..neighbours / 2] {
                if u < side && v < side {
                    g.add(at, 1 + v * side + u, 40);
                    g.add(1 + v * side + u, at, 40);
                }
            }
        }
    }
    g
}

/// Channels between nodes drawn with a heavy tail; the terminals are the two largest nodes.
pub(crate) fn lightning(nodes: usize, channels: usize) -> Instance {
    let mut g = Instance::new(nodes);
    let mut ends = Vec::new();
    for i in 0..channels {
        // Preferential attachment: a random end of an earlier channel.
        let u = if i < nodes { i } else { g.draw(nodes) };
        let v = if ends.is_empty() || g.draw(5) == 0 { g.draw(nodes) } else { ends[g.draw(ends.len())] };
        ends.extend([u, v]);
        let shift = g.draw(16);
        g.add(u, v, 1000 << shift);
        g.add(v, u, 1000 << shift);
    }
    let mut degree = vec![0_usize; nodes];
    for &end in &ends {
        degree[end] += 1;
    }
    let mut by_degree: Vec<usize> = (0..nodes).collect();
    by_degree.sort_by_key(|&v| (usize::MAX - degree[v], v));
    (g.source, g.sink) = (by_degree[0], by_degree[1]);
    g
}

/// Every pair i < j.
pub(crate) fn acyclic(nodes: usize) -> Instance {
    let mut g = Instance::new(nodes);
    for u in 0..nodes {
        for v in u + 1..nodes {
            g.add(u, v, 1_000_000);
        }
    }
    g
}

/// The "ak" instances of Cherkassky and Goldberg, arc by arc and in their order and numbering (from 0): two
/// chains of n + 1 nodes one behind the other, each node of the first with one unit to the head of the second,
/// where augmenting paths become longer and longer; and one chain of 2 n + 2 nodes, the i-th joined to the i-th
/// from the end by one unit. 4 n + 6 nodes, 6 n + 7 arcs, maximum 2 n + 3.
pub(crate) fn ak(n: usize) -> Instance {
    let mut g = Instance::new(4 * n + 6);
    g.sink = 1;
    let [wide, chain] = [n, n + 1].map(|at| i64::try_from(at).unwrap());
    let [up, down, long] = [2, n + 3, 2 * n + 4];
    for i in 0..n {
        g.arcs.push((up + i, up + i + 1, chain - i64::try_from(i).unwrap()));
        g.arcs.push((up + i, down, 1));
    }
    g.arcs.push((up + n, down + n, 1));
    g.arcs.push((up + n, down, 1));
    g.arcs.extend((down..down + n).map(|node| (node, node + 1, chain)));
    g.arcs.extend((long..long + 2 * n + 1).map(|node| (node, node + 1, wide)));
    g.arcs.extend((0..n).map(|i| (long + i, long + 2 * n + 1 - i, 1)));
    g.arcs.extend([(0, up, 1_000_000), (0, long, 1_000_000)]);
    g.arcs.extend([(down + n, 1, 1_000_000), (long + 2 * n + 1, 1, 1_000_000)]);
    g
}

/// Unit arcs between two equal halves, four from every node on the left to random nodes on the right.
pub(crate) fn matching(half: usize) -> Instance {
    let mut g = Instance::new(2 * half + 2);
    for i in 0..half {
        g.arcs.push((0, 1 + i, 1));
        g.arcs.push((1 + half + i, 2 * half + 1, 1));
        for _ in 0..4 {
            let head = 1 + half + g.draw(half);
            g.arcs.push((1 + i, head, 1));
        }
    }
    g
}

/// Random arcs, eight per node, between the first and the last node.
pub(crate) fn scattered(nodes: usize) -> Instance {
    let mut g = Instance::new(nodes);
    for tail in 0..nodes {
        for _ in 0..8 {
            let head = g.draw(nodes);
            g.add(tail, head, 1000);
        }
    }
    g
}

/// The names of all families.
pub(crate) const FAMILIES: [&str; 11] = [
    "rmf-long",
    "rmf-wide",
    "rlg-long",
    "rlg-wide",
    "picture-4",
    "picture-8",
    "lightning",
    "acyclic",
    "ak",
    "matching",
    "scattered",
];

/// An instance of a family with about so many arcs.
pub(crate) fn family(name: &str, arcs: usize) -> Option<Instance> {
    let root = |number: usize, degree: u32| {
        let mut root = 2_usize;
        while (root + 1).checked_pow(degree).is_some_and(|power| power <= number) {
            root += 1;
        }
        root
    };
    Some(match name {
        "rmf-long" => {
            let side = root(arcs / 5, 4);
            rmf(side, arcs / (5 * side * side))
        }
        "rmf-wide" => {
            // side^5 frames^0: side = frames^2.
            let frames = root(arcs / 5, 5);
            rmf(root(arcs / (5 * frames), 2), frames)
        }
        "rlg-long" => rlg(arcs / 192, 64),
        "rlg-wide" => rlg(64, arcs / 192),
        "picture-4" => picture(root(arcs / 5, 2), 4),
        "picture-8" => picture(root(arcs / 9, 2), 8),
        "lightning" => lightning(arcs * 17 / 90, arcs / 2),
        "acyclic" => acyclic(root(2 * arcs, 2)),
        "ak" => ak(arcs / 6),
        "matching" => matching(arcs / 6),
        "scattered" => scattered(arcs / 8),
        _ => return None,
    })
}
