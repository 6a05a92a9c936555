//! What is lost without one of the touches, worked out from what all of them serve together.
//!
//! What a touch puts into its channel goes back to the purses of its ends when it is taken back, and what they had from it
//! goes out. As long as that leaves them enough, only demands that went through the channel have to find another
//! way; all others are served as before.

use alloc::vec::Vec;

use super::{NONE, Place, Reach};
use crate::round::model::Model;

/// Which demands put money into which touched slots.
#[derive(Clone, Debug, Default)]
pub(super) struct Users {
    /// The first entry of each slot.
    first: Vec<u32>,
    /// Demands, each with the next entry of its slot.
    entries: Vec<(u32, u32)>,
    /// What the demands that use each slot are worth.
    worth: Vec<u64>,
    /// Entries that are noted.
    found: Vec<u32>,
}

/// What taking a touch out changed: the arcs of its slot, what its ends had left and brought, and the room for funds.
struct Gone {
    rest: [i64; 4],
    purses: [(i64, i64); 2],
    room: i64,
}

impl Users {
    pub(super) fn new(slots: usize) -> Self {
        let (first, worth) = (alloc::vec![NONE; slots], alloc::vec![0; slots]);
        Self { first, entries: Vec::new(), worth, found: Vec::new() }
    }

    /// Notes all who use a slot.
    fn note(&mut self, slot: usize) {
        let mut entry = self.first[slot];
        while let Some(&(_, next)) = self.entries.get(entry as usize) {
            self.found.push(entry);
            entry = next;
        }
    }
}

impl Reach {
    /// The weight of what all touches serve along known flows; keeps which demand uses which touch.
    #[allow(clippy::cast_possible_truncation)] // demands are fewer than 2^32, and each uses a few slots
    pub(in super::super) fn survey(&mut self, model: &Model, order: &[usize]) -> u64 {
        self.lay_out(model);
        for &slot in &self.made {
            self.users.first[slot] = NONE;
            self.users.worth[slot] = 0;
        }
        self.users.entries.clear();
        let mut sum = 0;
        for &demand in order {
            let sure = self.known[demand].sure;
            if !sure && !self.draw(model, demand) {
                continue;
            }
            let weight = model.wants[demand].weight;
            sum += weight;
            let Users { first, entries, worth, .. } = &mut self.users;
            for put in &self.known[demand].ways[0].puts {
                let first = &mut first[put.slot as usize];
                if entries.get(*first as usize).is_none_or(|entry| entry.0 != demand as u32) {
                    entries.push((demand as u32, *first));
                    *first = entries.len() as u32 - 1;
                    worth[put.slot as usize] += weight;
                }
            }
        }
        sum
    }

    /// What the demands that used a touch in the last survey are worth.
    pub(in super::super) fn use_of(&self, slot: usize) -> u64 {
        self.users.worth[slot]
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
        let gone = self.take_out(model, slot);
        let ends = model.slots[slot].ends;
        let covered = ends.map(|node| self.is_covered(model, node)) == [true; 2];
        let value = self.reroute(model, slot, all, least);
        self.undo(0);
        self.put_back(model, slot, &gone);
        (value, covered)
    }

    /// As [`without`](Self::without) where purses fall short: what they put elsewhere comes back, and the demands that used
    /// it are served anew, after all others.
    pub(in super::super) fn repaid(&mut self, model: &Model, slot: usize, all: u64, least: u64) -> u64 {
        let gone = self.take_out(model, slot);
        self.users.found.clear();
        self.users.note(slot);
        let mut pulled = core::mem::take(&mut self.pulled);
        for node in model.slots[slot].ends {
            if !self.is_covered(model, node) {
                self.pull(model, node, slot, &mut pulled);
            }
        }
        let value = self.serve_anew(model, all, least);
        self.undo(0);
        for (slot, side, amount) in pulled.drain(..) {
            self.shift(slot, side, amount);
        }
        self.pulled = pulled;
        self.put_back(model, slot, &gone);
        value
    }

    /// Takes a touched slot out: its ends have what they had before, less what they put elsewhere.
    fn take_out(&mut self, model: &Model, slot: usize) -> Gone {
        let data = &model.slots[slot];
        let [first, second] = data.spendable;
        let rest = self.exchange_rest(slot, [first, second, 0, 0]);
        let purses = data.ends.map(|node| (self.left[node], self.brought[node]));
        let room = self.room;
        self.set(slot, false);
        self.room += data.fronted;
        self.log.clear();
        for (side, node) in data.ends.into_iter().enumerate() {
            self.left[node] += rest[side] + model.fee - data.old[side];
        }
        Gone { rest, purses, room }
    }

    /// Sets what is left of the arcs of a touched slot, its sides first; returns what it was.
    fn exchange_rest(&mut self, slot: usize, mut rest: [i64; 4]) -> [i64; 4] {
        let Place { channel, fill, .. } = self.places.slots[slot];
        for (arc, rest) in channel.into_iter().chain(fill).zip(&mut rest) {
            core::mem::swap(&mut self.rest[arc as usize], rest);
        }
        rest
    }

    fn put_back(&mut self, model: &Model, slot: usize, gone: &Gone) {
        self.room = gone.room;
        for (node, (left, brought)) in model.slots[slot].ends.into_iter().zip(gone.purses) {
            (self.left[node], self.brought[node]) = (left, brought);
        }
        self.set(slot, true);
        self.exchange_rest(slot, gone.rest);
    }

    /// Whether a purse holds what is owed, with free funds if need be.
    fn is_covered(&mut self, model: &Model, node: usize) -> bool {
        self.left[node] >= 0 || self.pay(model, node, 0).is_some()
    }

    /// Takes back what a purse put into touched slots, and notes who used them.
    fn pull(&mut self, model: &Model, node: usize, but: usize, pulled: &mut Vec<(usize, usize, i64)>) {
        for at in 0..self.made.len() {
            let slot = self.made[at];
            let place = self.places.slots[slot];
            let side = place.ends.into_iter().position(|end| end as usize == node);
            let Some(side) = side.filter(|_| slot != but) else { continue };
            let amount = self.rest[place.channel[side] as usize];
            if amount > 0 {
                self.shift(slot, side, -amount);
                self.left[node] += amount;
                pulled.push((slot, side, amount));
                self.users.note(slot);
            }
        }
        self.left[node] -= self.brought[node];
        self.room += core::mem::take(&mut self.brought[node]);
        self.is_covered(model, node);
    }

    /// Looks for ways of the demands that are noted, in the order in which they were served.
    fn serve_anew(&mut self, model: &Model, all: u64, least: u64) -> u64 {
        let mut found = core::mem::take(&mut self.users.found);
        found.sort_unstable();
        // Entries of a demand follow each other.
        found.dedup_by_key(|entry| self.users.entries[*entry as usize].0);
        let mut rest = all;
        for &entry in &found {
            let demand = self.users.entries[entry as usize].0 as usize;
            if self.first(model, demand, 0).is_none() {
                rest -= model.wants[demand].weight;
                if rest < least {
                    rest = 0;
                    break;
                }
            }
        }
        self.users.found = found;
        rest
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
