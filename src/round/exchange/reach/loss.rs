//! What is lost without one of the touches, worked out from what all of them serve together.
//!
//! What a touch puts into its channel goes back to the purses of its ends when it is taken back, and what they had from it
//! goes out. As long as that leaves them enough, only demands that went through the channel have to find another
//! way; all others are served as before.

use alloc::vec::Vec;

use super::{NONE, Reach};
use crate::round::model::Model;

/// Which demands put money into which touched slots.
#[derive(Clone, Debug, Default)]
pub(super) struct Users {
    /// The first entry of each slot.
    first: Vec<u32>,
    /// Demands, each with the next entry of its slot.
    entries: Vec<(u32, u32)>,
}

impl Users {
    pub(super) fn new(slots: usize) -> Self {
        Self { first: alloc::vec![NONE; slots], entries: Vec::new() }
    }
}

impl Reach {
    /// The weight of what all touches serve along known flows; keeps which demand uses which touch.
    #[allow(clippy::cast_possible_truncation)] // demands are fewer than 2^32, and each uses a few slots
    pub(in super::super) fn survey(&mut self, model: &Model, order: &[usize]) -> u64 {
        self.lay_out(model);
        for &slot in &self.made {
            self.users.first[slot] = NONE;
        }
        self.users.entries.clear();
        let mut sum = 0;
        for &demand in order {
            let sure = self.known[demand].sure;
            if !sure && !self.draw(model, demand) {
                continue;
            }
            sum += model.wants[demand].weight;
            let Users { first, entries } = &mut self.users;
            for put in &self.known[demand].ways[0].puts {
                let first = &mut first[put.slot as usize];
                if entries.get(*first as usize).is_none_or(|entry| entry.0 != demand as u32) {
                    entries.push((demand as u32, *first));
                    *first = entries.len() as u32 - 1;
                }
            }
        }
        sum
    }

    /// What is left of the weight of a survey without one of the touches, or 0 if it is less than `least`, and whether
    /// purses do not fall short.
    pub(in super::super) fn without(
        &mut self,
        model: &Model,
        slot: usize,
        all: u64,
        least: u64,
    ) -> (u64, bool) {
        let data = &model.slots[slot];
        let arcs = [0, 1]
            .map(|side| [self.places.channel[slot][side] as usize, self.places.fill[slot][side] as usize]);
        let rest = arcs.map(|arcs| arcs.map(|arc| self.rest[arc]));
        let purses = data.ends.map(|node| (self.left[node], self.brought[node]));
        let room = self.room;
        self.touched[slot] = false;
        self.lay(model, slot);
        self.room += data.fronted;
        self.log.clear();
        let mut covered = true;
        for (side, [put, _]) in rest.into_iter().enumerate() {
            let node = data.ends[side];
            self.left[node] += put + model.fee - data.old[side];
            covered &= self.left[node] >= 0 || self.pay(model, node, 0).is_some();
        }
        let value = self.reroute(model, slot, all, least);
        self.undo(model, 0);
        self.room = room;
        for (node, (left, brought)) in data.ends.into_iter().zip(purses) {
            (self.left[node], self.brought[node]) = (left, brought);
        }
        self.touched[slot] = true;
        self.lay(model, slot);
        for (arcs, rest) in arcs.into_iter().zip(rest) {
            for (arc, rest) in arcs.into_iter().zip(rest) {
                self.rest[arc] = rest;
            }
        }
        (value, covered)
    }

    /// Looks for other ways of the demands that used a slot.
    fn reroute(&mut self, model: &Model, slot: usize, all: u64, least: u64) -> u64 {
        let mut rest = all;
        let mut entry = self.users.first[slot];
        while let Some(&(demand, next)) = self.users.entries.get(entry as usize) {
            let demand = demand as usize;
            if self.first(model, demand, 1).is_none() {
                rest -= model.wants[demand].weight;
            }
            if rest < least {
                return 0;
            }
            entry = next;
        }
        rest
    }
}
