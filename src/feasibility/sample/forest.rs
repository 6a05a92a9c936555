//! Random forests by loop-erased walks, and the states of their tiles.

use alloc::vec;
use alloc::vec::Vec;

use crate::id::id_at;
use crate::liquidity::ChannelGraph;
use crate::random::Random;

/// A walk's next edge that is not a channel: to the root of the component.
const TO_ROOT: u32 = u32::MAX;

/// The graph as random walks need it.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// Begin of each node's channels in the other vectors, and one end.
    first: Vec<u32>,
    /// Twice the channel, and one more if the node is its party b; its other end.
    edges: Vec<[u32; 2]>,
    /// The sum of the capacities of a node's channels up to and with this one.
    until: Vec<u64>,
    /// The root of each node's component: its node of the largest capacity, of several the first.
    root: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation)] // ids fit in u32
impl Walk {
    pub(super) fn new(graph: &ChannelGraph) -> Self {
        let (mut first, mut edges, mut until) = (vec![0], Vec::new(), Vec::new());
        for node in graph.nodes() {
            let mut sum = 0;
            for &id in graph.channels_of(node) {
                let channel = graph.channel(id);
                let other = channel.receiver(channel.leaving(node));
                sum += channel.capacity().0;
                let party = u32::from(channel.b() == node);
                edges.push([2 * id.index() as u32 + party, other.index() as u32]);
                until.push(sum);
            }
            first.push(edges.len() as u32);
        }
        let components = graph.components();
        let mut best = vec![(0, 0_u32); components.sizes.len()];
        let mut walk = Self { first, edges, until, root: Vec::new() };
        for (node, &component) in components.of.iter() {
            let (node, best) = (node.index(), &mut best[component as usize]);
            let capacity = walk.capacity(node) + 1;
            if capacity > best.0 {
                *best = (capacity, node as u32);
            }
        }
        walk.root = components.of.iter().map(|(_, &component)| best[component as usize].1).collect();
        walk
    }

    /// The sum of the capacities of a node's channels.
    fn capacity(&self, node: usize) -> u64 {
        let (begin, end) = (self.first[node] as usize, self.first[node + 1] as usize);
        if begin == end { 0 } else { self.until[end - 1] }
    }

    /// A channel in proportion to its capacity, or the way to the root with weight 1.
    #[inline]
    fn step(&self, node: usize, random: Random, index: u64) -> [u32; 2] {
        let (begin, end) = (self.first[node] as usize, self.first[node + 1] as usize);
        let until = &self.until[begin..end];
        let total = until.last().copied().unwrap_or(0);
        let at = random.below(index, total + 1);
        if at >= total {
            return [TO_ROOT, self.root[node]];
        }
        self.edges[begin + until.partition_point(|&end| end <= at)]
    }
}

/// A forest, as parents, with the scratch memory of drawing it.
#[derive(Clone, Debug, Default)]
pub(in crate::feasibility) struct Forest {
    /// The edge to the parent, as in [`Walk`], and the parent; `TO_ROOT` for the top of a part.
    up: Vec<[u32; 2]>,
    /// Nodes, parents first.
    order: Vec<u32>,
    done: Vec<bool>,
    /// The potential of every node within its part, 0 at the top.
    potential: Vec<i128>,
    /// Whether a part hangs on nothing but the way to the root.
    apart: Vec<bool>,
}

#[allow(clippy::cast_possible_truncation)] // ids fit in u32
impl Forest {
    /// Draws a tree and says whether it is accepted; `None` if `steps` has passed the limit.
    pub(super) fn draw(
        &mut self,
        walk: &Walk,
        random: Random,
        price: &[i64],
        steps: &mut u64,
        limit: u64,
    ) -> Option<bool> {
        self.walk(walk, random, steps, limit)?;
        let nodes = walk.root.len();
        self.potential.clear();
        self.potential.resize(nodes, 0);
        self.apart.clear();
        self.apart.resize(nodes, false);
        for &node in &self.order {
            let node = node as usize;
            let [channel, parent] = self.up[node];
            if channel == TO_ROOT {
                self.apart[node] = parent as usize != node;
                continue;
            }
            let (parent, price) = (parent as usize, i128::from(price[channel as usize / 2]));
            // A satoshi more for party b costs the price: so much higher is its potential.
            let rise = if channel % 2 == 1 { price } else { -price };
            self.potential[node] = self.potential[parent] + rise;
            self.apart[node] = self.apart[parent];
            if self.apart[node] && self.potential[node] > 0 {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Wilson's algorithm from the roots.
    fn walk(&mut self, walk: &Walk, random: Random, steps: &mut u64, limit: u64) -> Option<()> {
        let nodes = walk.root.len();
        self.up.clear();
        self.up.resize(nodes, [TO_ROOT; 2]);
        self.done.clear();
        self.done.resize(nodes, false);
        self.order.clear();
        for start in 0..nodes {
            let root = walk.root[start] as usize;
            if !self.done[root] {
                self.done[root] = true;
                self.up[root] = [TO_ROOT, root as u32];
                self.order.push(root as u32);
            }
            let mut node = start;
            while !self.done[node] {
                *steps += 1;
                if *steps > limit {
                    return None;
                }
                self.up[node] = walk.step(node, random, *steps);
                node = self.up[node][1] as usize;
            }
            let begin = self.order.len();
            node = start;
            while !self.done[node] {
                self.done[node] = true;
                self.order.push(node as u32);
                node = self.up[node][1] as usize;
            }
            self.order[begin..].reverse();
        }
        Some(())
    }

    /// Party a's balances of a uniform state of the forest's tile.
    pub(super) fn balances(
        &self,
        graph: &ChannelGraph,
        price: &[i64],
        random: Random,
        balances: &mut Vec<u64>,
    ) {
        balances.clear();
        balances.extend((0..graph.channel_count()).map(|i| {
            let channel = graph.channel(id_at(i));
            let (a, b, capacity) = (channel.a().index(), channel.b().index(), channel.capacity().0);
            // The end further from the root has a part of the capacity that is less than all.
            let part = random.below(i as u64, capacity);
            if self.up[a][0] == 2 * i as u32 {
                return part;
            }
            if self.up[b][0] == 2 * i as u32 + 1 {
                return capacity - part;
            }
            let belongs_to_a = match (self.apart[a], self.apart[b]) {
                (true, false) => true,
                (false, true) => false,
                _ => i128::from(price[i]) + self.potential[a] >= self.potential[b],
            };
            if belongs_to_a { capacity } else { 0 }
        }));
    }
}
