//! Eliminating the nodes of a weighted graph: star-mesh transforms, and effective resistances from them backwards.
//! The method is described where it is used, in [`Volume`](super::Volume) and [`Growth`](super::Growth).

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

/// When the least number of neighbours is at least this share of the nodes left, the rest is dense.
const DENSE: usize = 4;

/// A weighted graph from which nodes are eliminated.
pub(super) struct Elimination {
    /// Neighbours and conductances by neighbour, without eliminated nodes.
    near: Vec<Vec<(u32, f64)>>,
    /// Nodes by number of neighbours.
    order: BTreeSet<(usize, u32)>,
    /// Sums of logarithms, with the rounding errors of the sum.
    sum: [f64; 2],
    /// The stars that were eliminated, if they are to be kept.
    stars: Option<Vec<Star>>,
    /// The number of stars before the rest was dense.
    dense_from: usize,
}

/// Resistances between nodes of which one was an end of the other's star.
struct Resistances {
    /// When a node was eliminated.
    rank: Vec<u32>,
    /// The first rank of the dense rest, the number of its nodes, and the resistances of all its pairs.
    dense_from: u32,
    width: usize,
    dense: Vec<f64>,
    /// Of the other nodes, to the ends of their stars, by node.
    near: Vec<Vec<(u32, f64)>>,
}

#[allow(clippy::cast_possible_truncation)] // nodes fit in u32
impl Resistances {
    fn new(nodes: usize, stars: &[Star], dense_from: usize) -> Self {
        // The node that is left is the last.
        let mut rank = vec![stars.len() as u32; nodes];
        for (star, rank_of) in stars.iter().zip(0..) {
            rank[star.node as usize] = rank_of;
        }
        let width = nodes - dense_from.min(nodes);
        let dense = vec![0.0; width * width];
        Self { rank, dense_from: dense_from as u32, width, dense, near: vec![Vec::new(); nodes] }
    }

    #[inline]
    fn between(&self, a: u32, b: u32) -> f64 {
        let (x, y) = (self.rank[a as usize], self.rank[b as usize]);
        if x.min(y) >= self.dense_from {
            return self.dense[(x - self.dense_from) as usize * self.width + (y - self.dense_from) as usize];
        }
        let (first, later) = if x < y { (a, b) } else { (b, a) };
        let list = &self.near[first as usize];
        list.binary_search_by_key(&later, |&(node, _)| node).map_or(0.0, |place| list[place].1)
    }

    fn set(&mut self, node: u32, ends: impl Iterator<Item = (u32, f64)>) {
        let rank = self.rank[node as usize];
        if rank < self.dense_from {
            self.near[node as usize] = ends.collect();
            return;
        }
        for (end, resistance) in ends {
            let [x, y] = [rank, self.rank[end as usize]].map(|rank| (rank - self.dense_from) as usize);
            self.dense[x * self.width + y] = resistance;
            self.dense[y * self.width + x] = resistance;
        }
    }
}

/// A node when it was eliminated: the sum of its conductances, and its neighbours, all eliminated later, by id.
struct Star {
    node: u32,
    total: f64,
    ends: Vec<(u32, f64)>,
}

#[allow(clippy::cast_possible_truncation)] // nodes fit in u32
impl Elimination {
    pub(super) fn new(nodes: usize, edges: &[(usize, usize, f64)]) -> Self {
        let mut near: Vec<Vec<(u32, f64)>> = vec![Vec::new(); nodes];
        for &(a, b, weight) in edges {
            near[a].push((b as u32, weight));
            near[b].push((a as u32, weight));
        }
        for list in &mut near {
            list.sort_by_key(|&(node, _)| node);
            list.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                if same {
                    kept.1 += next.1;
                }
                same
            });
        }
        let order = near.iter().zip(0..).map(|(list, node)| (list.len(), node)).collect();
        Self { near, order, sum: [0.0; 2], stars: None, dense_from: usize::MAX }
    }

    /// Adds ln x, keeping what the sum rounds away.
    fn add_ln(&mut self, x: f64) {
        let term = libm::log(x);
        let [sum, lost] = self.sum;
        let next = sum + term;
        let rounded = if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        self.sum = [next, lost + rounded];
    }

    pub(super) fn ln_determinant(mut self) -> f64 {
        self.run();
        self.sum[0] + self.sum[1]
    }

    /// ln of the determinant, and the effective resistance between the ends of every edge.
    pub(super) fn resistances(mut self, edges: &[(usize, usize, f64)]) -> (f64, Vec<f64>) {
        self.stars = Some(Vec::new());
        let nodes = self.near.len();
        self.run();
        let stars = self.stars.take().unwrap_or_default();
        let mut known = Resistances::new(nodes, &stars, self.dense_from);
        let mut means = Vec::new();
        for star in stars.iter().rev() {
            means.clear();
            means.resize(star.ends.len(), 0.0);
            for (i, &(one, weight)) in star.ends.iter().enumerate() {
                for (j, &(other, other_weight)) in star.ends.iter().enumerate().skip(i + 1) {
                    let resistance = known.between(one, other) / star.total;
                    means[i] += other_weight * resistance;
                    means[j] += weight * resistance;
                }
            }
            let spread: f64 = means.iter().zip(&star.ends).map(|(mean, (_, weight))| mean * weight).sum();
            let half = 0.5 * spread / star.total;
            let to = |(&(end, _), &mean): (&(u32, f64), &f64)| (end, 1.0 / star.total + mean - half);
            known.set(star.node, star.ends.iter().zip(&means).map(to));
        }
        let of = |&(a, b, _): &(usize, usize, f64)| known.between(a as u32, b as u32);
        (self.sum[0] + self.sum[1], edges.iter().map(of).collect())
    }

    fn run(&mut self) {
        while let Some(&(degree, node)) = self.order.first() {
            if self.order.len() == 1 {
                break;
            }
            if degree * DENSE >= self.order.len() && degree > 2 {
                self.dense_from = self.stars.as_ref().map_or(0, Vec::len);
                self.finish_dense();
                break;
            }
            self.order.remove(&(degree, node));
            self.eliminate(node);
        }
    }

    fn eliminate(&mut self, node: u32) {
        let star = core::mem::take(&mut self.near[node as usize]);
        let total: f64 = star.iter().map(|(_, weight)| weight).sum();
        self.add_ln(total);
        for &(neighbour, weight) in &star {
            let old = core::mem::take(&mut self.near[neighbour as usize]);
            self.order.remove(&(old.len(), neighbour));
            let merged = merge(&old, &star, weight / total, [node, neighbour]);
            self.order.insert((merged.len(), neighbour));
            self.near[neighbour as usize] = merged;
        }
        if let Some(stars) = &mut self.stars {
            stars.push(Star { node, total, ends: star });
        }
    }

    /// Eliminates what is left as a full matrix of conductances.
    fn finish_dense(&mut self) {
        let nodes: Vec<u32> = self.order.iter().map(|&(_, node)| node).collect();
        let n = nodes.len();
        let mut row_of = vec![usize::MAX; self.near.len()];
        for (row, &node) in nodes.iter().enumerate() {
            row_of[node as usize] = row;
        }
        let mut matrix = vec![0.0; n * n];
        for (row, &node) in nodes.iter().enumerate() {
            for &(other, weight) in &self.near[node as usize] {
                matrix[row * n + row_of[other as usize]] = weight;
            }
        }
        for k in 0..n.saturating_sub(1) {
            let (done, rest) = matrix.split_at_mut((k + 1) * n);
            let pivot = &done[k * n + k + 1..];
            let total: f64 = pivot.iter().sum();
            for (i, row) in rest.chunks_exact_mut(n).enumerate() {
                let factor = pivot[i] / total;
                // The part right of the diagonal is enough; nothing of a node leads to itself.
                for (entry, &weight) in row[k + 2 + i..].iter_mut().zip(&pivot[i + 1..]) {
                    *entry += factor * weight;
                }
            }
            if let Some(stars) = &mut self.stars {
                let ends = nodes[k + 1..].iter().copied().zip(pivot.iter().copied());
                stars.push(Star { node: nodes[k], total, ends: by_id(ends) });
            }
            self.add_ln(total);
        }
    }
}

/// The ends of a star by id, without those it does not reach.
fn by_id(ends: impl Iterator<Item = (u32, f64)>) -> Vec<(u32, f64)> {
    let mut ends: Vec<_> = ends.collect();
    ends.sort_unstable_by_key(|&(node, _)| node);
    ends
}

/// The neighbours of one end of a star after its centre is gone: what it had, and its share of the star.
fn merge(old: &[(u32, f64)], star: &[(u32, f64)], share: f64, without: [u32; 2]) -> Vec<(u32, f64)> {
    let mut merged = Vec::with_capacity(old.len() + star.len());
    let (mut i, mut j) = (0, 0);
    loop {
        let (one, other) = (old.get(i), star.get(j));
        let entry = match (one, other) {
            (None, None) => break,
            (Some(&(a, x)), Some(&(b, y))) if a == b => {
                (i, j) = (i + 1, j + 1);
                (a, x + share * y)
            }
            (Some(&(a, x)), other) if other.is_none_or(|&(b, _)| a < b) => {
                i += 1;
                (a, x)
            }
            (_, Some(&(b, y))) => {
                j += 1;
                (b, share * y)
            }
            (Some(_), None) => break,
        };
        if !without.contains(&entry.0) {
            merged.push(entry);
        }
    }
    merged
}
