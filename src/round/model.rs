//! A round laid out for planning: dense slots for channels and candidates, and two residual layouts.
//!
//! The *flat* layout has one edge per slot (existing channel or candidate) and answers "is this demand
//! feasible on these liquidities". The *wide* layout adds a purse u' to each participant u: money in hand,
//! free funds and balances of channels that would be touched flow u -> u', and u' -> v puts money of u into
//! a touched channel u-v. A path through a purse is a plan in one picture: where money comes from and
//! which channel it goes into.

use alloc::vec::Vec;

use super::instance::Round;
use super::plan::{Changes, ChannelFlow, Touch};
use crate::amount::Sat;
use crate::id::{ChannelId, ScenarioId};
use crate::kernel::pairs::Pairs;

/// A channel or candidate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) touch: Touch,
    /// The two ends.
    pub(super) ends: [usize; 2],
    /// The balances before the round.
    pub(super) old: [i64; 2],
    /// What may be sent before the round.
    pub(super) spendable: [i64; 2],
    pub(super) touchable: bool,
    pub(super) fronted: i64,
    pub(super) price: i64,
}

/// A demand with plain indices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    pub(super) sender: usize,
    pub(super) receiver: usize,
    pub(super) amount: i64,
    pub(super) weight: u64,
    /// Its world: 0 is the one as stated, others are scenarios.
    pub(super) world: usize,
}

/// What an edge of the wide layout stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A channel or candidate as it is.
    Channel(usize),
    /// Money of one side of a touched slot goes into it.
    Fill(usize, usize),
    /// Money in hand.
    Hand(usize),
    /// Free funds that would enter the round.
    Free(usize),
    /// The balance of one side of a slot that would be touched.
    Release(usize, usize),
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) slots: Vec<Slot>,
    pub(super) wants: Vec<Want>,
    pub(super) free: Vec<i64>,
    pub(super) server: usize,
    pub(super) flat: Pairs,
    pub(super) wide: Pairs,
    pub(super) roles: Vec<Role>,
    /// The edge of every wide arc.
    pub(super) edge_of: Vec<u32>,
    flat_slots: Vec<u32>,
    /// For each world what the sides of slots hold that differ from what is stated (by flat arc, else negative);
    /// nothing at all for the world as stated.
    worlds: Vec<Vec<i64>>,
    pub(super) reserve: i64,
    pub(super) fee: i64,
    pub(super) capacity: [i64; 2],
    pub(super) front_budget: i64,
    pub(super) price_budget: i64,
    pub(super) max_touches: usize,
}

/// Amounts are admitted far below this; only limits can be larger, and then they bind nothing.
pub(super) fn sat(amount: Sat) -> i64 {
    const CAP: i64 = i64::MAX / 64;
    i64::try_from(amount.0).map_or(CAP, |amount| amount.min(CAP))
}

impl Model {
    pub(super) fn new(round: &Round) -> Self {
        let rules = round.rules();
        let reserve = sat(rules.reserve);
        let slots: Vec<Slot> = round.touches().filter_map(|touch| slot(round, touch, reserve)).collect();
        let nodes = round.node_count();
        let free = round.nodes().map(|node| sat(round.free(node))).collect();
        let (roles, ends) = layout(round, &slots);
        let wide = Pairs::new(2 * nodes, ends.iter().copied());
        let flat = Pairs::new(nodes, slots.iter().map(|slot| (slot.ends[0], slot.ends[1])));
        let mut model = Self {
            flat_slots: flat.edges(),
            flat,
            edge_of: wide.edges(),
            wide,
            roles,
            slots,
            wants: wants(round),
            free,
            server: rules.server.index(),
            reserve,
            fee: sat(rules.touch_fee),
            capacity: [sat(rules.capacity_min), sat(rules.capacity_max)],
            front_budget: sat(rules.front_budget),
            price_budget: rules.prices.as_ref().map_or(i64::MAX, |prices| sat(prices.budget)),
            max_touches: rules.max_touches as usize,
            worlds: alloc::vec![Vec::new()],
        };
        for scenario in &round.scenarios {
            model.worlds.push(Vec::new());
            model.redraw(model.worlds.len() - 1, scenario.iter().copied());
        }
        model
    }

    /// Whether all demands are asked in the world as stated.
    pub(super) fn is_certain(&self) -> bool {
        self.worlds.len() == 1
    }

    /// What can be sent over a flat arc in the world of a demand, where `liquidity` is what is stated.
    pub(super) fn held(&self, want: &Want, liquidity: &[i64], arc: usize) -> i64 {
        match self.worlds[want.world].get(arc) {
            Some(&held) if held >= 0 => held,
            _ => liquidity[arc],
        }
    }

    /// What one side of a slot can send before the round in the world of a demand.
    pub(super) fn spendable(&self, want: &Want, slot: usize, side: usize) -> i64 {
        match self.worlds[want.world].get(self.arc(slot, side)) {
            Some(&held) if held >= 0 => held,
            _ => self.slots[slot].spendable[side],
        }
    }

    /// Puts what the world of a demand holds over stated liquidities.
    pub(super) fn enter(&self, want: &Want, liquidity: &mut [i64]) {
        for (stated, &held) in liquidity.iter_mut().zip(&self.worlds[want.world]) {
            if held >= 0 {
                *stated = held;
            }
        }
    }

    /// Redraws what channels hold in a scenario, given as (channel, balances of u and v).
    pub(super) fn redraw(&mut self, world: usize, scenario: impl Iterator<Item = (ChannelId, [Sat; 2])>) {
        let mut held = core::mem::take(&mut self.worlds[world]);
        held.clear();
        held.resize(self.flat.arc_count(), -1);
        for (channel, balances) in scenario {
            for (side, balance) in balances.into_iter().enumerate() {
                held[self.arc(channel.index(), side)] = (sat(balance) - self.reserve).max(0);
            }
        }
        self.worlds[world] = held;
    }

    /// What a flow on flat arcs sends through channels.
    pub(super) fn sent(&self, flow: &[(u32, i64)]) -> Vec<ChannelFlow> {
        let sent = |&(arc, amount): &(u32, i64)| {
            let slot = self.slot_of(arc as usize);
            let amount = if self.arc(slot, 0) == arc as usize { amount } else { -amount };
            ChannelFlow { channel: self.slots[slot].touch, amount }
        };
        flow.iter().map(sent).collect()
    }

    pub(super) fn nodes(&self) -> usize {
        self.free.len()
    }

    /// The arc of the flat layout that leaves one side of a slot.
    pub(super) fn arc(&self, slot: usize, side: usize) -> usize {
        let forward = self.flat.forward(slot);
        if side == 0 { forward } else { self.flat.mate(forward) }
    }

    /// The arc of the wide layout that leaves one side of an edge; the first edges are the slots.
    pub(super) fn wide_arc(&self, edge: usize, side: usize) -> usize {
        let forward = self.wide.forward(edge);
        if side == 0 { forward } else { self.wide.mate(forward) }
    }

    /// The slots of all flat arcs.
    pub(super) fn flat_slots(&self) -> &[u32] {
        &self.flat_slots
    }

    /// The slot of a flat arc.
    pub(super) fn slot_of(&self, arc: usize) -> usize {
        self.flat_slots[arc] as usize
    }

    /// What can be sent over every flat arc before the round.
    pub(super) fn liquidity(&self) -> Vec<i64> {
        let mut liquidity = alloc::vec![0; self.flat.arc_count()];
        for (i, slot) in self.slots.iter().enumerate() {
            for side in 0..2 {
                liquidity[self.arc(i, side)] = slot.spendable[side];
            }
        }
        liquidity
    }

    /// What can be sent over every flat arc after some changes.
    pub(super) fn after(&self, changes: &Changes) -> Vec<i64> {
        let mut liquidity = self.liquidity();
        for reshape in &changes.touched {
            if let Some(slot) = self.slots.iter().position(|slot| slot.touch == reshape.channel) {
                let balances = [reshape.balance_u, reshape.balance_v];
                for (side, balance) in balances.into_iter().enumerate() {
                    liquidity[self.arc(slot, side)] = (sat(balance) - self.reserve).max(0);
                }
            }
        }
        liquidity
    }

    /// All that a node could put into touched channels: its balances in touchable ones and free funds.
    pub(super) fn means(&self) -> Vec<i64> {
        let mut means = self.free.clone();
        for slot in self.slots.iter().filter(|slot| slot.touchable) {
            for side in 0..2 {
                means[slot.ends[side]] += slot.old[side];
            }
        }
        means
    }

    /// The most that one side of a touched open slot can send.
    pub(super) fn largest(&self) -> i64 {
        (self.capacity[1] - 2 * self.reserve).max(0)
    }
}

fn slot(round: &Round, touch: Touch, reserve: i64) -> Option<Slot> {
    let (u, v, old_u, old_v) = round.ends(touch)?;
    let old = [sat(old_u), sat(old_v)];
    Some(Slot {
        touch,
        ends: [u.index(), v.index()],
        old,
        spendable: old.map(|balance| (balance - reserve).max(0)),
        touchable: round.touchable(touch),
        fronted: sat(round.fronted(touch)),
        price: sat(round.price(touch)),
    })
}

fn wants(round: &Round) -> Vec<Want> {
    let want = |(demand, world): (&super::Demand, &Option<ScenarioId>)| Want {
        sender: demand.sender.index(),
        receiver: demand.receiver.index(),
        amount: sat(demand.amount),
        weight: demand.weight,
        world: world.map_or(0, |scenario| scenario.index() + 1),
    };
    round.demands().iter().zip(&round.worlds).map(want).collect()
}

/// Roles and ends of the edges of the wide layout; the first edges are the slots, by number.
fn layout(round: &Round, slots: &[Slot]) -> (Vec<Role>, Vec<(usize, usize)>) {
    let nodes = round.node_count();
    let mut roles = Vec::new();
    let mut ends = Vec::new();
    let mut add = |role, from, to| {
        roles.push(role);
        ends.push((from, to));
    };
    for (i, slot) in slots.iter().enumerate() {
        add(Role::Channel(i), slot.ends[0], slot.ends[1]);
    }
    for (i, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.touchable) {
        for side in 0..2 {
            let (own, other) = (slot.ends[side], slot.ends[1 - side]);
            add(Role::Fill(i, side), nodes + own, other);
            if slot.old[side] > 0 {
                add(Role::Release(i, side), own, nodes + own);
            }
        }
    }
    for node in round.nodes().filter(|&node| round.participates(node)) {
        let node_index = node.index();
        add(Role::Hand(node_index), node_index, nodes + node_index);
        if round.free(node) > Sat::ZERO {
            add(Role::Free(node_index), node_index, nodes + node_index);
        }
    }
    (roles, ends)
}
