//! The arcs of the wide layout that may carry something.
//!
//! Most of its arcs belong to candidates and purses of channels that are not touched. What is left are existing
//! channels, what leads into purses, and what touches add.

use alloc::vec;
use alloc::vec::Vec;

use crate::round::model::{Model, Role};
use crate::round::plan::Touch;

const NONE: u32 = u32::MAX;

/// An arc as seen from its tail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    pub(super) arc: u32,
    pub(super) mate: u32,
    pub(super) head: u32,
    /// The slot that must be touched for it to be there.
    slot: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Arcs {
    /// Existing channels by node, and where those of each node begin.
    channels: Vec<Arc>,
    first: Vec<u32>,
    /// Purses by node, and what touches add.
    purses: Vec<Vec<Arc>>,
    touched: Vec<usize>,
    /// Whether each slot is one of them, and is to be.
    here: Vec<[bool; 2]>,
    /// The edges that put money into the two sides of a slot.
    fills: Vec<[u32; 2]>,
}

impl Arcs {
    pub(super) fn new(model: &Model) -> Self {
        let nodes = model.wide.node_count();
        let (mut channels, mut first) = (Vec::new(), Vec::with_capacity(nodes + 1));
        let (mut purses, mut fills) = (vec![Vec::new(); nodes], vec![[NONE; 2]; model.slots.len()]);
        for (node, purses) in purses.iter_mut().enumerate() {
            first.push(position(channels.len()));
            for at in model.wide.out(node) {
                match model.roles[model.edge_of[at] as usize] {
                    Role::Channel(slot) if matches!(model.slots[slot].touch, Touch::Existing(_)) => {
                        channels.push(arc(model, at, NONE));
                    }
                    Role::Hand(_) | Role::Free(_) => purses.push(arc(model, at, NONE)),
                    Role::Fill(slot, side) => fills[slot][side] = model.edge_of[at],
                    Role::Channel(_) | Role::Release(..) => {}
                }
            }
        }
        first.push(position(channels.len()));
        let here = vec![[false; 2]; model.slots.len()];
        Self { channels, first, purses, touched: Vec::new(), here, fills }
    }

    /// Takes over which slots are touched.
    pub(super) fn follow(&mut self, model: &Model, made: &[usize]) {
        for &slot in made {
            self.here[slot][1] = true;
        }
        while let Some(at) = self.touched.iter().position(|&slot| !self.here[slot][1]) {
            let slot = self.touched.swap_remove(at);
            self.here[slot][0] = false;
            self.change(model, slot, false);
        }
        for &slot in made {
            let [here, wanted] = core::mem::replace(&mut self.here[slot], [true, false]);
            if wanted && !here {
                self.touched.push(slot);
                self.change(model, slot, true);
            }
        }
    }

    fn change(&mut self, model: &Model, slot: usize, touched: bool) {
        let candidate = matches!(model.slots[slot].touch, Touch::New(_));
        let channel = if candidate { position(slot) } else { NONE };
        for edge in self.fills[slot].into_iter().chain([channel]).filter(|&edge| edge != NONE) {
            let forward = model.wide.forward(edge as usize);
            let mate = model.wide.mate(forward);
            for (at, tail) in [(forward, model.wide.head(mate)), (mate, model.wide.head(forward))] {
                if touched {
                    self.purses[tail].push(arc(model, at, position(slot)));
                } else {
                    self.purses[tail].retain(|known| known.slot != position(slot));
                }
            }
        }
    }

    /// The arcs of a node: channels, and, if `all`, those of purses and touched channels.
    pub(super) fn out(&self, node: usize, all: bool) -> [&[Arc]; 2] {
        let purses = if all { &self.purses[node][..] } else { &[] };
        [&self.channels[self.first[node] as usize..self.first[node + 1] as usize], purses]
    }

    /// How many they are.
    pub(super) fn degree(&self, node: usize, all: bool) -> usize {
        let channels = self.first[node + 1] - self.first[node];
        channels as usize + if all { self.purses[node].len() } else { 0 }
    }

    /// The arcs that put money into touched channels, with the node whose money it is and the other end.
    pub(super) fn filling(&self, model: &Model) -> impl Iterator<Item = (usize, [usize; 2])> {
        let sides = self.touched.iter().flat_map(|&slot| [(slot, 0), (slot, 1)]);
        sides.filter_map(move |(slot, side)| {
            let edge = Some(self.fills[slot][side]).filter(|&edge| edge != NONE)?;
            let ends = model.slots[slot].ends;
            Some((model.wide.forward(edge as usize), [ends[side], ends[1 - side]]))
        })
    }
}

fn arc(model: &Model, at: usize, slot: u32) -> Arc {
    let [arc, mate, head] = [at, model.wide.mate(at), model.wide.head(at)].map(position);
    Arc { arc, mate, head, slot }
}

#[allow(clippy::cast_possible_truncation)] // nodes, slots and arcs fit in u32 by the layout
pub(super) fn position(index: usize) -> u32 {
    index as u32
}
