//! A way to make one demand feasible: augmenting paths that may buy liquidity.
//!
//! On the wide layout (see [`Model`]) a path from sender to receiver may run through purses, that is, put
//! money into a touched channel, and may touch further channels for a charge that is due once however
//! often they are used. Charges make this a fixed-charge flow, which is NP-hard; here shortest paths are
//! taken one after the other, a channel costing nothing more once a path has paid for it. Searches are directed by what
//! is left to the receiver at least (A*, Hart, Nilsson and Raphael 1968), which pushing does not shorten. The result
//! is a proposal: committing the [`Recipe`] to a [`State`] decides. What cannot be carried at all is refused before anything is laid
//! out, by a [`Lookout`].

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::lookout::{Asked, Lookout};
use super::model::{Model, Role, Want};
use super::recipe::Recipe;
use super::state::State;
use crate::random::Random;

/// One more hop.
const HOP: u32 = 4;
/// Satoshi in hand, where that is all the node has; less where there is plenty.
const HAND: u32 = 60;
/// Free funds enter the round.
const FREE: u32 = 120;
/// A further channel is touched.
const TOUCH: u32 = 2000;
/// It is touched although the relaxation does not.
const STRAY: f64 = 1000.0;
/// All of a budget is used up by one channel.
const BUDGET: u32 = 3000;
/// The charges of a search vary by less than this.
const NOISE: u64 = 1000;
/// Paths tried before giving up on a demand.
const PATHS: usize = 48;

#[derive(Clone, Debug)]
pub(super) struct Router {
    /// The wide edges that touch a slot.
    charged: Vec<Vec<usize>>,
    /// What touching each slot costs in the search at hand.
    charges: Vec<u32>,
    /// For each demand the arcs of the cut at which its last search failed.
    cuts: Vec<Vec<u32>>,
    lookout: Lookout,
    /// As that, where nothing is bought.
    free: Lookout,
    residual: Vec<i64>,
    cost: Vec<u32>,
    distance: Vec<u32>,
    /// What is left to the receiver at least.
    left: Vec<u32>,
    entry: Vec<usize>,
    /// Distance in the high half, node in the low half: one comparison of one word.
    heap: BinaryHeap<Reverse<u64>>,
}

const UNREACHED: u32 = u32::MAX;

impl Router {
    pub(super) fn new(model: &Model) -> Self {
        let mut charged = alloc::vec![Vec::new(); model.slots.len()];
        for (edge, &role) in model.roles.iter().enumerate() {
            if let Role::Fill(slot, _) | Role::Release(slot, _) = role {
                charged[slot].push(edge);
            }
        }
        Self {
            charged,
            charges: alloc::vec![0; model.slots.len()],
            cuts: alloc::vec![Vec::new(); model.wants.len()],
            lookout: Lookout::default(),
            free: Lookout::default(),
            residual: alloc::vec![0; model.wide.arc_count()],
            cost: alloc::vec![0; model.wide.arc_count()],
            distance: Vec::new(),
            left: Vec::new(),
            entry: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// Looks for a way to make a demand feasible, touching further channels only if `opening`; `noise`
    /// varies the charges, and touches that `guide` (shares by slot) does not favour cost more.
    pub(super) fn route(
        &mut self,
        model: &Model,
        state: &State,
        demand: usize,
        opening: bool,
        noise: Random,
        guide: &[f64],
    ) -> Option<Recipe> {
        if self.blocked(model, state, demand, opening) || self.refused(model, state, demand, opening) {
            return None;
        }
        self.prepare(model, state, demand, opening, noise, guide);
        let want = &model.wants[demand];
        let mut rest = want.amount - self.push_free(model, state, want);
        let mut opened: Vec<usize> = Vec::new();
        // One path that carries all, as long as there is one; then whatever there is.
        let mut least = rest;
        self.estimate(model, want.receiver);
        for _ in 0..PATHS {
            if !self.shortest(model, want.sender, want.receiver, least) {
                if least > 1 {
                    least = 1;
                    continue;
                }
                return None;
            }
            let paid = opened.len();
            rest -= self.augment(model, want.sender, want.receiver, rest, |slot| {
                if !state.touched[slot] && !opened.contains(&slot) {
                    opened.push(slot);
                }
            });
            if state.touches + opened.len() > model.max_touches {
                return None;
            }
            least = least.min(rest);
            if rest == 0 {
                return Some(self.recipe(model, state, opened));
            }
            for &slot in &opened[paid..] {
                for &edge in &self.charged[slot] {
                    self.cost[model.wide.forward(edge)] = HOP;
                }
            }
            if opened.len() > paid {
                self.estimate(model, want.receiver);
            }
        }
        None
    }

    fn prepare(
        &mut self,
        model: &Model,
        state: &State,
        demand: usize,
        opening: bool,
        noise: Random,
        guide: &[f64],
    ) {
        let want = &model.wants[demand];
        let amount = want.amount;
        for (slot, charge) in self.charges.iter_mut().enumerate() {
            if opening && model.slots[slot].touchable && !state.touched[slot] {
                *charge = self::charge(model, slot, noise) + stray(guide, slot);
            }
        }
        for (edge, &role) in model.roles.iter().enumerate() {
            let forward = model.wide.forward(edge);
            let backward = model.wide.mate(forward);
            self.residual[forward] = capacity(model, state, want, role, 0, opening);
            self.residual[backward] = match role {
                Role::Channel(_) => capacity(model, state, want, role, 1, opening),
                _ => 0,
            };
            let cost = match role {
                _ if self.residual[forward] == 0 => HOP,
                Role::Channel(_) => HOP,
                Role::Hand(node) => part(amount, state.hand[node], HAND) + HOP,
                Role::Free(_) => FREE + part(self.residual[forward], model.front_budget, BUDGET),
                Role::Fill(slot, _) if state.touched[slot] => HOP,
                Role::Fill(slot, _) | Role::Release(slot, _) => self.charges[slot],
            };
            let back: u32 = if matches!(role, Role::Channel(_)) { HOP } else { 0 };
            (self.cost[forward], self.cost[backward]) = (cost, back);
        }
    }

    /// Sends what can be sent without buying anything; purchases then start from that residual graph, which
    /// spares a shortest path for every trickle.
    fn push_free(&mut self, model: &Model, state: &State, want: &Want) -> i64 {
        let asked = Asked { from: want.sender, to: want.receiver, amount: want.amount, most: true };
        let held = |slot: usize, side| model.held(want, &state.liquidity, model.arc(slot, side));
        let (pushed, _) = self.free.run(&model.flat, model.flat_slots(), asked, held);
        for (arc, amount) in self.free.flow(&model.flat) {
            let slot = model.slot_of(arc as usize);
            let forward = model.wide.forward(slot);
            let mate = model.wide.mate(forward);
            let (from, to) =
                if model.arc(slot, 0) == arc as usize { (forward, mate) } else { (mate, forward) };
            self.residual[from] -= amount;
            self.residual[to] += amount;
        }
        pushed
    }

    /// Whether the cut at which the last search for this demand failed still rules it out.
    fn blocked(&self, model: &Model, state: &State, demand: usize, opening: bool) -> bool {
        let (cut, want) = (&self.cuts[demand], &model.wants[demand]);
        let room = |&arc: &u32| {
            let edge = model.edge_of[arc as usize] as usize;
            let side = usize::from(model.wide.forward(edge) != arc as usize);
            capacity(model, state, want, model.roles[edge], side, opening)
        };
        let enough = |sum: i64, arc: &u32| Some(sum + room(arc)).filter(|&sum| sum < want.amount);
        !cut.is_empty() && cut.iter().try_fold(0, enough).is_some()
    }

    /// Whether a demand cannot be carried at all; the cut that says so is kept.
    fn refused(&mut self, model: &Model, state: &State, demand: usize, opening: bool) -> bool {
        let want = &model.wants[demand];
        let asked = Asked { from: want.sender, to: want.receiver, amount: want.amount, most: false };
        let room = |edge: usize, side| capacity(model, state, want, model.roles[edge], side, opening);
        let (_, exhausted) = self.lookout.run(&model.wide, &model.edge_of, asked, room);
        if let Some(end) = exhausted {
            self.cuts[demand] = self.lookout.cut(&model.wide, end);
        }
        exhausted.is_some()
    }

    /// Dijkstra's algorithm towards `sink`: what is left to it from every node at least.
    fn estimate(&mut self, model: &Model, sink: usize) {
        self.left.clear();
        self.left.resize(model.wide.node_count(), UNREACHED);
        self.heap.clear();
        self.left[sink] = 0;
        self.heap.push(Reverse(sink as u64));
        while let Some(Reverse(key)) = self.heap.pop() {
            let (distance, node) = halves(key);
            if distance > self.left[node] {
                continue;
            }
            for mate in model.wide.out(node) {
                let tail = model.wide.head(mate);
                // No cost is negative.
                if self.left[tail] <= distance {
                    continue;
                }
                let arc = model.wide.mate(mate);
                let reached = distance.saturating_add(self.cost[arc]);
                if self.residual[arc] > 0 && reached < self.left[tail] {
                    self.left[tail] = reached;
                    self.heap.push(Reverse(u64::from(reached) << 32 | tail as u64));
                }
            }
        }
    }

    /// A* from `source` to `sink` over arcs that can carry `least`.
    fn shortest(&mut self, model: &Model, source: usize, sink: usize, least: i64) -> bool {
        let nodes = model.wide.node_count();
        self.distance.clear();
        self.distance.resize(nodes, UNREACHED);
        self.entry.resize(nodes, 0);
        self.heap.clear();
        self.distance[source] = 0;
        self.heap.push(Reverse(u64::from(self.left[source]) << 32 | source as u64));
        while let Some(Reverse(key)) = self.heap.pop() {
            let (sum, node) = halves(key);
            let distance = self.distance[node];
            if sum == UNREACHED {
                return false;
            }
            if node == sink {
                return true;
            }
            if sum > distance.saturating_add(self.left[node]) {
                continue;
            }
            for arc in model.wide.out(node) {
                if self.residual[arc] >= least {
                    let head = model.wide.head(arc);
                    let reached = distance.saturating_add(self.cost[arc]);
                    if reached < self.distance[head] && self.left[head] != UNREACHED {
                        self.distance[head] = reached;
                        self.entry[head] = arc;
                        let sum = reached.saturating_add(self.left[head]);
                        // What a known way beats does not come up any more.
                        if sum > self.distance[sink] {
                            continue;
                        }
                        self.heap.push(Reverse(u64::from(sum) << 32 | head as u64));
                    }
                }
            }
        }
        false
    }

    /// Pushes along the path found; names the slots whose touch it uses.
    fn augment(
        &mut self,
        model: &Model,
        source: usize,
        sink: usize,
        limit: i64,
        mut uses: impl FnMut(usize),
    ) -> i64 {
        let mut amount = limit;
        let mut node = sink;
        while node != source {
            amount = amount.min(self.residual[self.entry[node]]);
            node = model.wide.head(model.wide.mate(self.entry[node]));
        }
        node = sink;
        while node != source {
            let arc = self.entry[node];
            self.residual[arc] -= amount;
            self.residual[model.wide.mate(arc)] += amount;
            let charged = self.cost[arc] > HOP;
            if let Some(slot) = self.touched_by(model, arc).filter(|_| charged) {
                uses(slot);
            }
            node = model.wide.head(model.wide.mate(arc));
        }
        amount
    }

    /// The slot that must be touched to use an arc that costs more than a hop.
    fn touched_by(&self, model: &Model, arc: usize) -> Option<usize> {
        match model.roles[model.edge_of[arc] as usize] {
            Role::Fill(slot, _) | Role::Release(slot, _) => Some(slot),
            _ => None,
        }
    }

    fn recipe(&self, model: &Model, state: &State, opened: Vec<usize>) -> Recipe {
        let mut recipe = Recipe { opened, ..Recipe::default() };
        for (edge, &role) in model.roles.iter().enumerate() {
            // What flowed over a purse edge is what its reverse arc got.
            let flow = self.residual[model.wide.mate(model.wide.forward(edge))];
            match role {
                Role::Fill(slot, side) if flow > 0 => recipe.filled.push((slot, side, flow)),
                Role::Release(slot, side) if flow > 0 => recipe.released.push((slot, side, flow)),
                _ => {}
            }
        }
        debug_assert!(
            recipe.filled.iter().all(|&(slot, ..)| state.touched[slot] || recipe.opened.contains(&slot))
        );
        recipe
    }
}

/// The two halves of a word: a distance and a node.
#[allow(clippy::cast_possible_truncation)]
fn halves(key: u64) -> (u32, usize) {
    ((key >> 32) as u32, key as u32 as usize)
}

/// What an edge of the wide layout can carry, forwards (side 0) or backwards.
fn capacity(model: &Model, state: &State, want: &Want, role: Role, side: usize, opening: bool) -> i64 {
    match role {
        Role::Channel(slot) => model.held(want, &state.liquidity, model.arc(slot, side)),
        _ if side == 1 => 0,
        Role::Hand(node) => state.hand[node],
        Role::Free(node) => state.available(model, node),
        Role::Fill(slot, _) if state.closed[slot] => 0,
        Role::Fill(slot, _) if state.touched[slot] => model.largest() - state.sendable(model, slot),
        Role::Fill(slot, _) if opening && state.affordable(model, slot) => {
            let data = &model.slots[slot];
            let kept = data.spendable[0] + data.spendable[1];
            if kept > model.largest() { model.largest() } else { model.largest() - kept }
        }
        Role::Release(slot, side) if opening && !state.touched[slot] && state.affordable(model, slot) => {
            model.slots[slot].spendable[side]
        }
        Role::Fill(..) | Role::Release(..) => 0,
    }
}

/// What touching a slot costs in the search: one touch and its shares of the budgets.
fn charge(model: &Model, slot: usize, noise: Random) -> u32 {
    let data = &model.slots[slot];
    let noise = u32::try_from(noise.below(slot as u64, NOISE)).unwrap_or(0);
    let front = part(data.fronted, model.front_budget, BUDGET);
    TOUCH + front + part(data.price, model.price_budget, BUDGET) + noise
}

/// What a touch costs more where the relaxation does not touch.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 0 and STRAY
fn stray(guide: &[f64], slot: usize) -> u32 {
    guide.get(slot).map_or(0, |share| ((1.0 - share.clamp(0.0, 1.0)) * STRAY) as u32)
}

/// The part that an amount is of a whole, in units of `cost`, at most all of it.
fn part(amount: i64, whole: i64, cost: u32) -> u32 {
    // Amounts are below 2^58, costs below 2^12; most products fit a machine word.
    match amount.checked_mul(i64::from(cost)) {
        Some(product) => u32::try_from(product / whole.max(1)).unwrap_or(cost).min(cost),
        None => {
            let units = i128::from(amount) * i128::from(cost) / i128::from(whole.max(1));
            u32::try_from(units).unwrap_or(cost).min(cost)
        }
    }
}
