//! Blocks: the parts of a graph that no single node separates.
//!
//! If every way from s to t leads through a node v, the channels before v and those behind it are different ones, and
//! the payment is feasible iff a can be sent from s to v and from v to t. Both are independent, so R(a) is the
//! product over the chain of blocks that lie between s and t. A block of two nodes is a bundle of parallel channels, and its
//! only cut is the bundle. In the public Lightning graph half of all nodes have one channel and nearly all others lie in one
//! block. Blocks by depth-first search: Hopcroft and Tarjan, "Algorithm 447", Comm. ACM 16 (1973).

use alloc::vec;
use alloc::vec::Vec;

use super::wire::Wire;
use crate::kernel::pairs::Pairs;

const NONE: u32 = u32::MAX;

/// A block with numbers of its own for nodes and channels.
#[derive(Clone, Debug)]
pub(super) struct Block<'l> {
    pub(super) pairs: Pairs,
    /// The channel of every arc.
    pub(super) channel_of: Vec<u32>,
    pub(super) wires: Vec<Wire<'l>>,
    /// The number in the network of every channel.
    pub(super) channels: Vec<u32>,
    /// The number in the network of every node, rising.
    pub(super) nodes: Vec<u32>,
}

impl Block<'_> {
    fn node(&self, global: u32) -> usize {
        self.nodes.partition_point(|&node| node < global)
    }

    /// Whether an arc leads from party a to party b of its channel.
    pub(super) fn is_forward(&self, arc: usize) -> bool {
        self.pairs.forward(self.channel_of[arc] as usize) == arc
    }
}

/// A block and the nodes at which a payment enters and leaves it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage {
    pub(super) block: usize,
    pub(super) terminals: (usize, usize),
}

/// All blocks of a graph, as a forest: every node but the roots lies below the top node of one block.
#[derive(Clone, Debug)]
pub(super) struct Blocks<'l> {
    pub(super) blocks: Vec<Block<'l>>,
    /// The block in which a node is not the top, if it is not a root.
    above: Vec<u32>,
    top: Vec<u32>,
    /// Blocks on the way from the root to a node.
    depth: Vec<u32>,
}

/// Depth-first search that cuts off finished blocks.
struct Search<'a> {
    pairs: &'a Pairs,
    edges: Vec<u32>,
    /// When a node was found, from 1; 0 if it was not.
    found: Vec<u32>,
    low: Vec<u32>,
    order: Vec<u32>,
    open: Vec<u32>,
}

impl Search<'_> {
    /// Calls `cut` with the top node and the channels of every block of the part that holds `root`.
    fn run(&mut self, root: u32, mut cut: impl FnMut(u32, &[u32])) {
        let begin = |search: &mut Self, node: u32| {
            search.order.push(node);
            #[allow(clippy::cast_possible_truncation)] // nodes fit in u32
            let time = search.order.len() as u32;
            (search.found[node as usize], search.low[node as usize]) = (time, time);
        };
        begin(self, root);
        let mut stack = vec![(root, self.pairs.out(root as usize).start, NONE)];
        while let Some(&(node, arc, entry)) = stack.last() {
            let v = node as usize;
            if arc < self.pairs.out(v).end {
                if let Some(last) = stack.last_mut() {
                    last.1 += 1;
                }
                let (head, edge) = (self.pairs.records()[arc][0], self.edges[arc]);
                let when = self.found[head as usize];
                if when == 0 {
                    self.open.push(edge);
                    begin(self, head);
                    stack.push((head, self.pairs.out(head as usize).start, edge));
                } else if edge != entry && when < self.found[v] {
                    self.open.push(edge);
                    self.low[v] = self.low[v].min(when);
                }
                continue;
            }
            stack.pop();
            let Some(&(parent, ..)) = stack.last() else { break };
            let p = parent as usize;
            self.low[p] = self.low[p].min(self.low[v]);
            if self.low[v] >= self.found[p] {
                let at = self.open.iter().rposition(|&edge| edge == entry).unwrap_or(0);
                cut(parent, &self.open[at..]);
                self.open.truncate(at);
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // nodes, channels and blocks fit in u32
impl<'l> Blocks<'l> {
    pub(super) fn new(nodes: usize, ends: &[[u32; 2]], wires: &[Wire<'l>]) -> Self {
        let pairs = Pairs::new(nodes, ends.iter().map(|&[a, b]| (a as usize, b as usize)));
        let edges = pairs.edges();
        let mut search = Search {
            pairs: &pairs,
            edges,
            found: vec![0; nodes],
            low: vec![0; nodes],
            order: Vec::new(),
            open: Vec::new(),
        };
        let (mut blocks, mut above, mut top) = (Vec::new(), vec![NONE; nodes], Vec::new());
        for root in 0..nodes as u32 {
            if search.found[root as usize] == 0 {
                search.run(root, |parent, channels| {
                    let block = Block::new(ends, wires, channels);
                    for &node in block.nodes.iter().filter(|&&node| node != parent) {
                        above[node as usize] = blocks.len() as u32;
                    }
                    blocks.push(block);
                    top.push(parent);
                });
            }
        }
        let mut depth = vec![0; nodes];
        // Top nodes are found before the nodes below them.
        for &node in &search.order {
            let block = above[node as usize];
            if block != NONE {
                depth[node as usize] = depth[top[block as usize] as usize] + 1;
            }
        }
        Self { blocks, above, top, depth }
    }

    /// All blocks that a node reaches, each with the number inside it of the node by which it is entered; a block
    /// comes after those that lead to it.
    pub(super) fn outwards(&self, from: usize) -> Vec<(usize, usize)> {
        let mut below: Vec<Vec<u32>> = vec![Vec::new(); self.above.len()];
        for (block, &top) in self.top.iter().enumerate() {
            below[top as usize].push(block as u32);
        }
        let (mut list, mut stack): (Vec<(usize, usize)>, _) = (Vec::new(), vec![(from as u32, NONE)]);
        while let Some((node, came_by)) = stack.pop() {
            let above = Some(self.above[node as usize]).filter(|&block| block != NONE);
            for block in above.into_iter().chain(below[node as usize].iter().copied()) {
                if block == came_by {
                    continue;
                }
                let inside = &self.blocks[block as usize];
                list.push((block as usize, inside.node(node)));
                stack.extend(inside.nodes.iter().filter(|&&other| other != node).map(|&v| (v, block)));
            }
        }
        list
    }

    /// The blocks between two different nodes, or `None` if they are not connected.
    pub(super) fn chain(&self, from: usize, to: usize) -> Option<Vec<Stage>> {
        let (mut u, mut v) = (from as u32, to as u32);
        let mut chain = Vec::new();
        let stage = |block: u32, from: u32, to: u32| {
            let inside = &self.blocks[block as usize];
            Stage { block: block as usize, terminals: (inside.node(from), inside.node(to)) }
        };
        while u != v {
            let (bu, bv) = (self.above[u as usize], self.above[v as usize]);
            if bu == bv {
                if bu == NONE {
                    return None;
                }
                chain.push(stage(bu, u, v));
                break;
            }
            if self.depth[u as usize] >= self.depth[v as usize] {
                let top = self.top[bu as usize];
                chain.push(stage(bu, u, top));
                u = top;
            } else {
                let top = self.top[bv as usize];
                chain.push(stage(bv, top, v));
                v = top;
            }
        }
        Some(chain)
    }
}

#[allow(clippy::cast_possible_truncation)] // as above
impl<'l> Block<'l> {
    fn new(ends: &[[u32; 2]], wires: &[Wire<'l>], channels: &[u32]) -> Self {
        let mut channels = channels.to_vec();
        channels.sort_unstable();
        let mut nodes: Vec<u32> = channels.iter().flat_map(|&channel| ends[channel as usize]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let local = |node: u32| nodes.partition_point(|&other| other < node);
        let ends = channels.iter().map(|&channel| {
            let [a, b] = ends[channel as usize];
            (local(a), local(b))
        });
        let pairs = Pairs::new(nodes.len(), ends);
        let channel_of = pairs.edges();
        let wires = channels.iter().map(|&channel| wires[channel as usize]).collect();
        Self { pairs, channel_of, wires, channels, nodes }
    }
}
