//! The textbook: every balance drawn, then Dinic's algorithm over the whole graph.

use feasible::{ChannelGraph, ChannelMap, NodeId};

/// A channel graph as arcs in pairs, `arc ^ 1` being the way back.
pub struct Plain {
    out: Vec<Vec<u32>>,
    head: Vec<u32>,
    capacity: Vec<u64>,
    left: Vec<u64>,
    level: Vec<u32>,
    next: Vec<usize>,
}

impl Plain {
    pub fn new(graph: &ChannelGraph) -> Self {
        let (mut out, mut head, mut capacity) =
            (vec![Vec::new(); graph.node_count()], Vec::new(), Vec::new());
        for id in graph.channels() {
            let channel = graph.channel(id);
            for (tail, to) in [(channel.a(), channel.b()), (channel.b(), channel.a())] {
                out[tail.index()].push(head.len() as u32);
                head.push(to.index() as u32);
            }
            capacity.push(channel.capacity().0 * 1000);
        }
        let (left, level, next) = (vec![0; head.len()], vec![0; out.len()], vec![0; out.len()]);
        Self { out, head, capacity, left, level, next }
    }

    /// Whether the amount is feasible at these balances of the first parties.
    pub fn decide(&mut self, balances: &ChannelMap<u64>, from: NodeId, to: NodeId, amount: u64) -> bool {
        for (i, ((_, &x), capacity)) in balances.iter().zip(&self.capacity).enumerate() {
            (self.left[2 * i], self.left[2 * i + 1]) = (x, capacity - x);
        }
        let mut flow = 0;
        while flow < amount && self.layer(from.index(), to.index()) {
            self.next.fill(0);
            loop {
                let sent = self.send(from.index(), to.index(), amount - flow);
                if sent == 0 {
                    break;
                }
                flow += sent;
            }
        }
        flow >= amount
    }

    fn layer(&mut self, from: usize, to: usize) -> bool {
        self.level.fill(0);
        self.level[from] = 1;
        let (mut queue, mut at) = (vec![from], 0);
        while let Some(&node) = queue.get(at) {
            at += 1;
            for &arc in &self.out[node] {
                let head = self.head[arc as usize] as usize;
                if self.left[arc as usize] > 0 && self.level[head] == 0 {
                    self.level[head] = self.level[node] + 1;
                    queue.push(head);
                }
            }
        }
        self.level[to] > 0
    }

    fn send(&mut self, node: usize, to: usize, most: u64) -> u64 {
        if node == to || most == 0 {
            return most;
        }
        while let Some(&arc) = self.out[node].get(self.next[node]) {
            let (arc, head) = (arc as usize, self.head[arc as usize] as usize);
            if self.left[arc] > 0 && self.level[head] == self.level[node] + 1 {
                let sent = self.send(head, to, most.min(self.left[arc]));
                if sent > 0 {
                    self.left[arc] -= sent;
                    self.left[arc ^ 1] += sent;
                    return sent;
                }
            }
            self.next[node] += 1;
        }
        0
    }
}
