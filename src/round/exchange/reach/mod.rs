//! What a set of touches serves, worked out from flows and cuts that are known.
//!
//! All money of the touched channels lies in the purses of their ends, and demand after demand puts into touched channels
//! what it lacks. Nearly always it takes the way that it took for another set: a flow counts for every set that leaves
//! its arcs enough, so a look at a few capacities decides, and among those only what touches can change is looked at. Where
//! no known flow fits, two questions are left, each answered by a known cut or by a flow: could the demand be met if all purses
//! were its own, and can it be met by what the demands before it left. New flows take from purses only what
//! untouched channels cannot carry.

mod loss;
mod pay;

use alloc::vec;
use alloc::vec::Vec;

use self::loss::Users;
use self::pay::available;
use super::arcs::position;
use super::seeker::Seeker;
use super::ways::Known;
use crate::round::model::{Model, Role, Slot};

const NONE: u32 = u32::MAX;

/// The arcs of the two sides of a slot, those that put money into them, and whose money it is.
#[derive(Clone, Copy, Debug)]
struct Place {
    channel: [u32; 2],
    fill: [u32; 2],
    ends: [u32; 2],
}

/// Where the arcs of slots and purses lie in the wide layout.
#[derive(Clone, Debug)]
struct Places {
    slots: Vec<Place>,
    /// Money in hand and free funds by node.
    hand: Vec<u32>,
    free: Vec<u32>,
    /// Nodes that have either.
    purses: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The touched slots.
    made: Vec<usize>,
    /// Whether each condition of a way holds: at twice a slot that it is left alone, after that that it is touched.
    holds: Vec<bool>,
    /// What wide arcs carry if no demand has got anything, and what is left of it.
    capacity: Vec<i64>,
    rest: Vec<i64>,
    /// Money in hand if no demand has got anything, and what is left of it; negative where fees are owed.
    hand: Vec<i64>,
    left: Vec<i64>,
    brought: Vec<i64>,
    fronted: i64,
    room: i64,
    price: i64,
    places: Places,
    known: Vec<Known>,
    served: Vec<bool>,
    /// What was put in (slot, side, amount, of it brought).
    log: Vec<(usize, usize, i64, i64)>,
    users: Users,
    /// What was pulled out of touched slots (slot, side, amount).
    pulled: Vec<(usize, usize, i64)>,
    seeker: Seeker,
}

impl Reach {
    pub(super) fn new(model: &Model) -> Self {
        let nodes = model.nodes();
        let mut reach = Self {
            made: Vec::new(),
            holds: [true, false].repeat(model.slots.len()),
            capacity: vec![0; model.wide.arc_count()],
            rest: vec![0; model.wide.arc_count()],
            hand: vec![0; nodes],
            left: vec![0; nodes],
            brought: vec![0; nodes],
            fronted: 0,
            room: 0,
            price: 0,
            places: Places::new(model),
            known: vec![Known::default(); model.wants.len()],
            served: vec![false; model.wants.len()],
            log: Vec::new(),
            users: Users::new(model.slots.len()),
            pulled: Vec::new(),
            seeker: Seeker::new(model),
        };
        for slot in 0..model.slots.len() {
            reach.lay(model, slot);
        }
        reach.fund(model);
        reach
    }

    pub(super) fn made(&self) -> &[usize] {
        &self.made
    }

    pub(super) fn has(&self, slot: usize) -> bool {
        self.holds[2 * slot + 1]
    }

    fn set(&mut self, slot: usize, touched: bool) {
        self.holds[2 * slot] = !touched;
        self.holds[2 * slot + 1] = touched;
    }

    /// Whether a demand got what it needs when purses were shared out last.
    pub(super) fn served(&self) -> &[bool] {
        &self.served
    }

    /// Whether the limits allow what is touched.
    pub(super) fn fits(&self, model: &Model) -> bool {
        self.made.len() <= model.max_touches
            && self.fronted <= model.front_budget
            && self.price <= model.price_budget
    }

    /// Touches a slot.
    pub(super) fn make(&mut self, model: &Model, slot: usize) {
        self.made.push(slot);
        self.change(model, slot, 1);
    }

    /// Takes the touch at a position back and returns its slot; those behind it move up.
    pub(super) fn take_back(&mut self, model: &Model, at: usize) -> usize {
        let slot = self.made.remove(at);
        self.change(model, slot, -1);
        slot
    }

    /// Touches these slots and no others, which served these demands.
    pub(super) fn restore(&mut self, model: &Model, slots: &[usize], served: &[bool]) {
        let mut at = 0;
        while at < self.made.len() {
            if slots.contains(&self.made[at]) {
                at += 1;
            } else {
                self.take_back(model, at);
            }
        }
        for &slot in slots {
            if !self.has(slot) {
                self.make(model, slot);
            }
        }
        self.served.copy_from_slice(served);
    }

    fn change(&mut self, model: &Model, slot: usize, sign: i64) {
        let data = &model.slots[slot];
        self.set(slot, sign > 0);
        self.lay(model, slot);
        self.fronted += sign * data.fronted;
        self.price += sign * data.price;
        let mut debt = false;
        for (node, old) in data.ends.into_iter().zip(data.old) {
            debt |= self.hand[node] < 0;
            self.hand[node] += sign * (old - model.fee);
            debt |= self.hand[node] < 0;
            self.capacity[self.places.hand[node] as usize] = self.hand[node].max(0);
        }
        if data.fronted > 0 || debt {
            self.fund(model);
        }
    }

    /// Sets the arcs of a slot.
    fn lay(&mut self, model: &Model, slot: usize) {
        for side in 0..2 {
            let arc = self.places.slots[slot].channel[side] as usize;
            let held = if self.has(slot) { 0 } else { model.slots[slot].spendable[side] };
            (self.capacity[arc], self.rest[arc]) = (held, held);
            let arc = self.places.slots[slot].fill[side];
            if arc != NONE {
                let most = if self.has(slot) { model.largest() } else { 0 };
                (self.capacity[arc as usize], self.rest[arc as usize]) = (most, most);
            }
        }
    }

    /// Sets the arcs of free funds to what the fronting budget leaves.
    fn fund(&mut self, model: &Model) {
        let room = model.front_budget - self.fronted;
        for &node in &self.places.purses {
            if self.places.free[node] != NONE {
                let most = available(model, node, model.free[node], room);
                self.capacity[self.places.free[node] as usize] = (most + self.hand[node].min(0)).max(0);
            }
        }
    }

    /// Whether a demand could be met if all purses were its own.
    pub(super) fn meets(&mut self, model: &Model, demand: usize) -> bool {
        let Self { made, holds, capacity, known, seeker, .. } = self;
        known[demand].meets(seeker, model, &model.wants[demand], (made, holds, capacity))
    }

    /// What could be touched to widen the cut that refuses a demand, or that kept it from its share, with what
    /// it would bring at most.
    pub(super) fn remedies(&self, model: &Model, demand: usize, short: bool, found: &mut Vec<(usize, i64)>) {
        found.clear();
        let known = &self.known[demand];
        let cut = if short { known.short.first() } else { known.cuts.first() };
        for &arc in cut.map_or(&[][..], |cut| &cut.arcs) {
            let edge = model.edge_of[arc as usize] as usize;
            if model.wide.forward(edge) != arc as usize {
                continue;
            }
            let (slot, gain) = match model.roles[edge] {
                Role::Fill(slot, side) => {
                    let data = &model.slots[slot];
                    let node = data.ends[side];
                    let free = self.places.free[node];
                    let free = if free == NONE { 0 } else { self.capacity[free as usize] };
                    (slot, model.largest().min(self.hand[node].max(0) + free + data.old[side]))
                }
                Role::Release(slot, side) => (slot, model.slots[slot].old[side] - model.fee),
                _ => continue,
            };
            if gain > 0 && !self.has(slot) {
                found.push((slot, gain.min(model.wants[demand].amount)));
            }
        }
    }

    /// The weight of the demands that get what they need of the purses, one after the other; names those that do not and
    /// could if the purses were their own.
    pub(super) fn share(&mut self, model: &Model, order: &[usize], failed: &mut Vec<usize>) -> u64 {
        self.lay_out(model);
        failed.clear();
        let mut sum = 0;
        for &demand in order {
            let drawn = self.known[demand].sure || self.draw(model, demand);
            let could = drawn || self.meets(model, demand);
            self.served[demand] = drawn || could && self.find(model, demand);
            if self.served[demand] {
                sum += model.wants[demand].weight;
            } else if could {
                failed.push(demand);
            }
        }
        sum
    }

    /// Nobody has got anything.
    fn lay_out(&mut self, model: &Model) {
        self.room = model.front_budget - self.fronted;
        let most = model.largest();
        for &slot in &self.made {
            let place = self.places.slots[slot];
            for (channel, fill) in place.channel.into_iter().zip(place.fill) {
                self.rest[channel as usize] = 0;
                self.rest[fill as usize] = most;
            }
        }
        for &node in &self.places.purses {
            self.brought[node] = 0;
            self.left[node] = self.hand[node];
        }
    }

    /// What has been put into the two sides of each touched slot.
    pub(super) fn put_in(&self) -> impl Iterator<Item = [i64; 2]> + '_ {
        self.made.iter().map(|&slot| self.places.slots[slot].channel.map(|arc| self.rest[arc as usize]))
    }
}

impl Places {
    fn new(model: &Model) -> Self {
        let place = |(slot, data): (usize, &Slot)| Place {
            channel: [0, 1].map(|side| position(model.wide_arc(slot, side))),
            fill: [NONE; 2],
            ends: data.ends.map(position),
        };
        let mut slots: Vec<Place> = model.slots.iter().enumerate().map(place).collect();
        let (mut hand, mut free) = (vec![NONE; model.nodes()], vec![NONE; model.nodes()]);
        let mut purses = Vec::new();
        for (edge, &role) in model.roles.iter().enumerate() {
            let arc = model.wide.slots()[edge];
            match role {
                Role::Fill(slot, side) => slots[slot].fill[side] = arc,
                Role::Hand(node) => {
                    hand[node] = arc;
                    purses.push(node);
                }
                Role::Free(node) => free[node] = arc,
                Role::Channel(_) | Role::Release(..) => {}
            }
        }
        Self { slots, hand, free, purses }
    }
}
