//! An undirected graph without loops and parallel edges, whose nodes can be merged.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::network::UndirectedGraph;
use crate::solve::{Meter, SolveError};

/// Neighbours and capacities of every node, by node.
#[derive(Clone, Debug)]
pub(super) struct Contracted {
    slots: Vec<BTreeMap<u32, i128>>,
    degree: Vec<i128>,
    /// Where a node keeps its edges, and whose edges a place keeps: a merge moves the shorter list.
    place: Vec<u32>,
    owner: Vec<u32>,
}

#[allow(clippy::cast_possible_truncation)] // nodes are ids
impl Contracted {
    pub(super) fn new(graph: &UndirectedGraph) -> Self {
        let nodes = graph.node_count();
        let mut slots = vec![BTreeMap::new(); nodes];
        let mut degree = vec![0; nodes];
        for edge in graph.edges().filter(|edge| edge.u != edge.v && edge.capacity > 0) {
            for (node, other) in [(edge.u.index(), edge.v.index()), (edge.v.index(), edge.u.index())] {
                *slots[node].entry(other as u32).or_insert(0) += i128::from(edge.capacity);
                degree[node] += i128::from(edge.capacity);
            }
        }
        let place: Vec<u32> = (0..nodes as u32).collect();
        Self { slots, degree, owner: place.clone(), place }
    }

    /// The capacity of all edges at a node.
    pub(super) fn degree(&self, node: usize) -> i128 {
        self.degree[node]
    }

    /// Neighbours and capacities.
    pub(super) fn neighbours(&self, node: usize) -> impl Iterator<Item = (usize, i128)> + '_ {
        let slot = self.place[node] as usize;
        self.slots[slot].iter().map(|(&other, &capacity)| (self.owner[other as usize] as usize, capacity))
    }

    /// A neighbour over an edge with at least half of the node's degree, to which all of that degree
    /// can flow over this edge and paths of two edges.
    pub(super) fn leads_to(&self, node: usize) -> Option<usize> {
        let degree = self.degree[node];
        let (up, _) = self.neighbours(node).find(|&(_, capacity)| 2 * capacity >= degree)?;
        let far = &self.slots[self.place[up] as usize];
        let mut near = self.slots[self.place[node] as usize].iter();
        let through = |other: u32| far.get(&other).copied().unwrap_or(0);
        let all = near.all(|(&other, &capacity)| other == self.place[up] || through(other) >= capacity);
        all.then_some(up)
    }

    /// Merges `gone` into `kept`; O(shorter list log n).
    pub(super) fn merge(
        &mut self,
        gone: usize,
        kept: usize,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(), SolveError> {
        let (mut from, mut into) = (self.place[gone] as usize, self.place[kept] as usize);
        if self.slots[from].len() > self.slots[into].len() {
            core::mem::swap(&mut from, &mut into);
        }
        self.place[kept] = into as u32;
        self.owner[into] = kept as u32;
        let moved = core::mem::take(&mut self.slots[from]);
        meter.tick(moved.len() as u64 + 1)?;
        let between = moved.get(&(into as u32)).copied().unwrap_or(0);
        self.degree[kept] += self.degree[gone] - 2 * between;
        self.degree[gone] = 0;
        self.slots[into].remove(&(from as u32));
        for (other, capacity) in moved.into_iter().filter(|&(other, _)| other as usize != into) {
            *self.slots[into].entry(other).or_insert(0) += capacity;
            let back = &mut self.slots[other as usize];
            back.remove(&(from as u32));
            *back.entry(into as u32).or_insert(0) += capacity;
        }
        Ok(())
    }
}
