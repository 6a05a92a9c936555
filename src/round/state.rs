//! A plan in the making: touched slots, what every side can send, money in hand; and which demands are met.
//!
//! Invariant, for every participant u: old balances in touched slots + free funds brought = money in hand +
//! fees + for each touched slot at u (reserve + what u can send in it). Money in hand is never negative, so
//! whatever is in hand at the end is change.

use alloc::vec;
use alloc::vec::Vec;

use super::lookout::{Asked, Lookout};
use super::model::{Model, Want};
use super::plan::Touch;
use crate::kernel::pairs::Pairs;
use crate::max_flow::dinic;
use crate::solve::Meter;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) touched: Vec<bool>,
    /// Touched slots that hold nothing, not even reserves.
    pub(super) closed: Vec<bool>,
    pub(super) liquidity: Vec<i64>,
    pub(super) hand: Vec<i64>,
    pub(super) brought: Vec<i64>,
    pub(super) fronted: i64,
    pub(super) price: i64,
    pub(super) touches: usize,
}

impl State {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            touched: vec![false; model.slots.len()],
            closed: vec![false; model.slots.len()],
            liquidity: model.liquidity(),
            hand: vec![0; model.nodes()],
            brought: vec![0; model.nodes()],
            fronted: 0,
            price: 0,
            touches: 0,
        }
    }

    /// Takes over another state without allocating.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.touched.copy_from_slice(&other.touched);
        self.closed.copy_from_slice(&other.closed);
        self.liquidity.copy_from_slice(&other.liquidity);
        self.hand.copy_from_slice(&other.hand);
        self.brought.copy_from_slice(&other.brought);
        (self.fronted, self.price, self.touches) = (other.fronted, other.price, other.touches);
    }

    /// Free funds of a node that could still enter within the fronting budget.
    pub(super) fn available(&self, model: &Model, node: usize) -> i64 {
        let room = model.front_budget - self.fronted;
        let rest = model.free[node] - self.brought[node];
        if node == model.server {
            rest.min(room).max(0)
        } else if rest <= room {
            rest
        } else {
            0
        }
    }

    /// Whether the budgets allow one more touch.
    pub(super) fn affordable(&self, model: &Model, slot: usize) -> bool {
        let slot = &model.slots[slot];
        slot.touchable
            && self.touches < model.max_touches
            && self.fronted + slot.fronted <= model.front_budget
            && self.price + slot.price <= model.price_budget
    }

    /// Touches a slot; its sides keep what they can send, unless that is more than a channel may hold.
    ///
    /// Returns false, leaving a state to be thrown away, if a budget or the purse of a side does not
    /// allow it.
    pub(super) fn touch(&mut self, model: &Model, slot: usize) -> bool {
        let data = &model.slots[slot];
        let fits = data.spendable[0] + data.spendable[1] <= model.largest();
        let kept = if fits { data.spendable } else { [0; 2] };
        self.enter(model, slot, false, kept) && self.solvent(model, slot)
    }

    /// Touches a slot and takes all it holds in hand, its reserves too if it is `closing`; for now without a look at
    /// whether reserves and fees can be paid: that is to be asked of its purses, once all slots have been touched where one
    /// may pay for another.
    ///
    /// Returns false, with the state as it was, if a budget does not allow it or an opened channel is to be closed.
    pub(super) fn empty(&mut self, model: &Model, slot: usize, closing: bool) -> bool {
        let opened = matches!(model.slots[slot].touch, Touch::New(_));
        !(closing && opened) && self.enter(model, slot, closing, [0; 2])
    }

    /// Whether both ends of a slot can pay what it takes, with free funds if need be.
    pub(super) fn solvent(&mut self, model: &Model, slot: usize) -> bool {
        model.slots[slot].ends.into_iter().all(|end| self.raise(model, end, 0))
    }

    fn enter(&mut self, model: &Model, slot: usize, closing: bool, kept: [i64; 2]) -> bool {
        if !self.affordable(model, slot) {
            return false;
        }
        let data = &model.slots[slot];
        self.touched[slot] = true;
        self.closed[slot] = closing;
        self.touches += 1;
        self.fronted += data.fronted;
        self.price += data.price;
        let reserve = if closing { 0 } else { model.reserve };
        for (side, &end) in data.ends.iter().enumerate() {
            self.liquidity[model.arc(slot, side)] = kept[side];
            self.hand[end] += data.old[side] - kept[side] - reserve - model.fee;
        }
        true
    }

    /// Brings in free funds until at least `amount` is in hand; false if that is impossible.
    pub(super) fn raise(&mut self, model: &Model, node: usize, amount: i64) -> bool {
        let lack = amount - self.hand[node];
        if lack <= 0 {
            return true;
        }
        let available = self.available(model, node);
        if available < lack {
            return false;
        }
        let brought = if node == model.server { lack } else { available };
        self.brought[node] += brought;
        self.fronted += brought;
        self.hand[node] += brought;
        true
    }

    /// Moves money in hand into one side of a touched slot; false if there is not enough or the slot
    /// would grow too large.
    pub(super) fn fill(&mut self, model: &Model, slot: usize, side: usize, amount: i64) -> bool {
        let node = model.slots[slot].ends[side];
        if self.closed[slot]
            || !self.raise(model, node, amount)
            || self.sendable(model, slot) + amount > model.largest()
        {
            return false;
        }
        self.hand[node] -= amount;
        self.liquidity[model.arc(slot, side)] += amount;
        true
    }

    /// What both sides of a slot together can send.
    pub(super) fn sendable(&self, model: &Model, slot: usize) -> i64 {
        self.liquidity[model.arc(slot, 0)] + self.liquidity[model.arc(slot, 1)]
    }

    /// Tops a touched slot up to the least capacity; false if its ends lack the money. An existing channel
    /// that cannot send anything may be closed instead.
    pub(super) fn top_up(&mut self, model: &Model, slot: usize) -> bool {
        let sendable = self.sendable(model, slot);
        if sendable == 0 && matches!(model.slots[slot].touch, Touch::Existing(_)) {
            return true;
        }
        // An opened channel needs a satoshi even where there is no least capacity.
        let least = model.capacity[0].max(1) - 2 * model.reserve;
        let mut lack = least - sendable;
        for allow_free in [false, true] {
            for side in 0..2 {
                let node = model.slots[slot].ends[side];
                let free = if allow_free { self.available(model, node) } else { 0 };
                let part = lack.min(self.hand[node] + free);
                if part > 0 && self.fill(model, slot, side, part) {
                    lack -= part;
                }
            }
        }
        lack <= 0
    }

    /// Gives touched existing channels back what they had as far as money in hand allows, takes back
    /// touches that changed nothing, and tops up what is too small; false if that is impossible.
    pub(super) fn settle(&mut self, model: &Model) -> bool {
        let held = |slot: &usize| self.touched[*slot] && !self.closed[*slot];
        let touched: Vec<usize> = (0..self.touched.len()).filter(held).collect();
        for &slot in &touched {
            let data = &model.slots[slot];
            let part = |state: &Self, side: usize| {
                let lack = data.spendable[side] - state.liquidity[model.arc(slot, side)];
                lack.min(state.hand[data.ends[side]]).max(0)
            };
            let (empty, parts) = (self.sendable(model, slot) == 0, part(self, 0) + part(self, 1));
            if empty && parts < model.capacity[0] - 2 * model.reserve {
                // It is closed, and stays so rather than become too small.
                continue;
            }
            for side in 0..2 {
                let part = part(self, side);
                if part > 0 {
                    self.fill(model, slot, side, part);
                }
            }
        }
        for &slot in &touched {
            let data = &model.slots[slot];
            let same = (0..2).all(|side| self.liquidity[model.arc(slot, side)] == data.spendable[side]);
            if same {
                self.untouch(model, slot);
            }
        }
        touched.iter().all(|&slot| !self.touched[slot] || self.top_up(model, slot))
    }

    /// Takes back a touch of a slot that can send what it could send before.
    fn untouch(&mut self, model: &Model, slot: usize) {
        let data = &model.slots[slot];
        self.touched[slot] = false;
        self.touches -= 1;
        self.fronted -= data.fronted;
        self.price -= data.price;
        for side in 0..2 {
            self.hand[data.ends[side]] += data.spendable[side] + model.reserve + model.fee - data.old[side];
        }
    }

    /// Takes back free funds of the server that are still in hand.
    pub(super) fn return_server_funds(&mut self, model: &Model) {
        let back = self.hand[model.server].min(self.brought[model.server]);
        self.hand[model.server] -= back;
        self.brought[model.server] -= back;
        self.fronted -= back;
    }
}

/// Decides demands on flat liquidities, remembering for each demand the flow and the cut that decided it
/// last: almost every question is answered by one of them without a search.
#[derive(Clone, Debug)]
pub(super) struct Oracle {
    flows: Vec<Vec<(u32, i64)>>,
    cuts: Vec<Vec<u32>>,
    lookout: Lookout,
}

impl Oracle {
    pub(super) fn new(model: &Model) -> Self {
        let demands = model.wants.len();
        Self {
            flows: vec![Vec::new(); demands],
            cuts: vec![Vec::new(); demands],
            lookout: Lookout::default(),
        }
    }

    /// Whether the demand is feasible alone.
    pub(super) fn met(&mut self, model: &Model, liquidity: &[i64], demand: usize) -> bool {
        let want = &model.wants[demand];
        let flow = &self.flows[demand];
        if !flow.is_empty()
            && flow.iter().all(|&(arc, amount)| model.held(want, liquidity, arc as usize) >= amount)
        {
            return true;
        }
        let cut = &self.cuts[demand];
        let left: i64 = cut.iter().map(|&arc| model.held(want, liquidity, arc as usize)).sum();
        if !cut.is_empty() && left < want.amount {
            return false;
        }
        self.decide(model, liquidity, demand, want)
    }

    fn decide(&mut self, model: &Model, liquidity: &[i64], demand: usize, want: &Want) -> bool {
        let asked = Asked { from: want.sender, to: want.receiver, amount: want.amount, most: false };
        let held = |slot: usize, side| model.held(want, liquidity, model.arc(slot, side));
        let (_, exhausted) = self.lookout.run(&model.flat, model.flat_slots(), asked, held);
        match exhausted {
            None => self.flows[demand] = self.lookout.flow(&model.flat),
            Some(end) => self.cuts[demand] = self.lookout.cut(&model.flat, end),
        }
        exhausted.is_none()
    }

    /// The flow that decided a demand last.
    pub(super) fn flow(&self, demand: usize) -> &[(u32, i64)] {
        &self.flows[demand]
    }
}

/// Pushes a demand's amount, or as much of it as possible.
pub(super) fn push(pairs: &Pairs, residual: &mut [i64], want: &Want, scratch: &mut dinic::Scratch) -> i64 {
    let meter = &mut Meter::new(None, None);
    // Without a limit and a watcher the run ends by itself and cannot fail.
    dinic::run(pairs, residual, want.sender, want.receiver, want.amount, scratch, meter).unwrap_or(0)
}

/// The arcs over which a flow went, with what it sent.
#[allow(clippy::cast_possible_truncation)] // arc positions fit in u32 by the layout
pub(super) fn used(before: impl Iterator<Item = i64>, after: &[i64]) -> Vec<(u32, i64)> {
    let pairs = before.zip(after).enumerate();
    pairs.filter(|&(_, (b, &a))| b > a).map(|(arc, (b, a))| (arc as u32, b - a)).collect()
}

/// The arcs that leave a node set.
#[allow(clippy::cast_possible_truncation)] // arc positions fit in u32 by the layout
pub(super) fn crossing(pairs: &Pairs, inside: impl Fn(usize) -> bool) -> Vec<u32> {
    let nodes = (0..pairs.node_count()).filter(|&node| inside(node));
    let arcs = nodes.flat_map(|node| pairs.out(node));
    arcs.filter(|&arc| !inside(pairs.head(arc))).map(|arc| arc as u32).collect()
}
