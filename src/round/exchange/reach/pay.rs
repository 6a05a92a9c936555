//! How demands get their share of the purses: along a known way, or along a new one on what is left.

use alloc::vec::Vec;

use super::super::ways::{Put, Step, Way};
use super::{NONE, Place, Reach};
use crate::round::model::{Model, Role};

impl Reach {
    /// Sets the arcs of purses to what is left.
    fn look_into_purses(&mut self, model: &Model) {
        for &node in &self.places.purses {
            self.rest[self.places.hand[node] as usize] = self.left[node].max(0);
            if self.places.free[node] != NONE {
                let most = available(model, node, model.free[node] - self.brought[node], self.room);
                self.rest[self.places.free[node] as usize] = (most + self.left[node].min(0)).max(0);
            }
        }
    }

    /// Takes money out of a purse, with free funds if need be; returns those.
    pub(super) fn pay(&mut self, model: &Model, node: usize, amount: i64) -> Option<i64> {
        let lack = amount - self.left[node];
        let mut more = 0;
        if lack > 0 {
            more = available(model, node, model.free[node] - self.brought[node], self.room);
            if more < lack {
                return None;
            }
            more = if node == model.server { lack } else { more };
            self.brought[node] += more;
            self.room -= more;
        }
        self.left[node] += more - amount;
        Some(more)
    }

    fn put(&mut self, model: &Model, (slot, side): (usize, usize), amount: i64) -> bool {
        let Place { fill, ends, .. } = self.places.slots[slot];
        if self.rest[fill[side] as usize] < amount {
            return false;
        }
        let Some(more) = self.pay(model, ends[side] as usize, amount) else { return false };
        self.shift(slot, side, amount);
        self.log.push((slot, side, amount, more));
        true
    }

    /// More in one side of a touched slot.
    pub(super) fn shift(&mut self, slot: usize, side: usize, amount: i64) {
        let Place { channel, fill, .. } = self.places.slots[slot];
        self.rest[channel[side] as usize] += amount;
        for fill in fill {
            self.rest[fill as usize] -= amount;
        }
    }

    /// Puts into touched slots what the first known flow that can be paid for lacks.
    pub(super) fn draw(&mut self, model: &Model, demand: usize) -> bool {
        self.log.clear();
        let found = self.first(model, demand, 0);
        if let Some(at) = found {
            self.known[demand].prefer(at);
        }
        found.is_some()
    }

    /// The first flow from a place on that can be paid for, after what it lacks has been put in.
    pub(super) fn first(&mut self, model: &Model, demand: usize, mut from: usize) -> Option<usize> {
        loop {
            let known = &mut self.known[demand];
            let at = known.fitting(from, &self.holds)?;
            let puts = core::mem::take(&mut known.ways[at].puts);
            let done = self.follow(model, &puts);
            self.known[demand].ways[at].puts = puts;
            if done {
                return Some(at);
            }
            from = at + 1;
        }
    }

    fn follow(&mut self, model: &Model, puts: &[Put]) -> bool {
        let before = self.log.len();
        let done = puts.iter().all(|&Put { slot, side, out, amount }| {
            let lack = amount - self.rest[out as usize];
            lack <= 0 || self.put(model, (slot as usize, usize::from(side)), lack)
        });
        if !done {
            self.undo(before);
        }
        done
    }

    /// Takes out what was put in since the log was so long.
    pub(super) fn undo(&mut self, before: usize) {
        for at in (before..self.log.len()).rev() {
            let (slot, side, amount, more) = self.log[at];
            let node = self.places.slots[slot].ends[side] as usize;
            self.shift(slot, side, -amount);
            self.left[node] += amount - more;
            self.brought[node] -= more;
            self.room += more;
        }
        self.log.truncate(before);
    }

    /// Looks for a flow on what is left and puts in what it needs.
    pub(super) fn find(&mut self, model: &Model, demand: usize) -> bool {
        self.look_into_purses(model);
        let want = &model.wants[demand];
        let Self { made, rest, known, seeker, .. } = self;
        if known[demand].falls_short(rest, want) {
            return false;
        }
        let flow = match seeker.thrifty(model, want, made, rest) {
            Ok(flow) => flow,
            Err(cut) => {
                known[demand].learn_short(cut);
                return false;
            }
        };
        let pays = |step: &Step| {
            let Some((slot, side)) = step.into else { return true };
            self.put(model, (slot as usize, usize::from(side)), step.amount)
        };
        if !flow.iter().all(pays) {
            return false;
        }
        let steps = self.unpaid(model, &flow);
        self.known[demand].learn(Way::new(model, &steps, false));
        true
    }

    /// A flow on what is left as one on what touches allow, whoever pays for it: what it finds in a touched slot must
    /// be put in as well.
    #[allow(clippy::cast_possible_truncation)] // slots fit in u32 by the layout, sides are 0 and 1
    fn unpaid(&self, model: &Model, flow: &[Step]) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::with_capacity(flow.len());
        for step in flow {
            let edge = model.edge_of[step.arc as usize] as usize;
            let mut step = *step;
            match model.roles[edge] {
                Role::Channel(slot) if self.has(slot) => {
                    let side = usize::from(model.wide.forward(edge) != step.arc as usize);
                    step.into = Some((slot as u32, side as u8));
                    step.arc = self.places.slots[slot].fill[side];
                }
                Role::Channel(_) | Role::Fill(..) => {}
                Role::Hand(_) | Role::Free(_) | Role::Release(..) => continue,
            }
            match steps.iter_mut().find(|known| known.arc == step.arc) {
                Some(known) => known.amount += step.amount,
                None => steps.push(step),
            }
        }
        steps
    }
}

/// What of the free funds of a node the fronting budget lets in: the server's in any part, others whole.
pub(super) fn available(model: &Model, node: usize, rest: i64, room: i64) -> i64 {
    if node == model.server {
        rest.min(room).max(0)
    } else if rest <= room {
        rest
    } else {
        0
    }
}
