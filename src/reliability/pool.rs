//! Pools: cuts and paths of earlier samples, which decide nearly all later ones without a search.
//!
//! A cut of the pool that passes less than a decides "infeasible"; the paths of the pool are filled one after the other,
//! and a is reached or not. Both decisions are exact, and a sample that neither decides is searched. So pools change the
//! time of an answer and never the answer.

use alloc::vec;
use alloc::vec::Vec;

use super::cut::Crossing;
use super::wire::Wire;

/// The most cuts and paths that are kept, and the most channels of a cut.
const CUTS: usize = 64;
const PATHS: usize = 128;
const WIDE: usize = 64;

const NONE: u32 = u32::MAX;

/// A cut or a path, with the number of samples that it helped to decide.
#[derive(Clone, Debug)]
struct Entry {
    steps: Vec<Step>,
    hits: u64,
}

/// A channel by its number in the pool, and the direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    slot: u32,
    side: u32,
}

/// What passes through a channel of the pool in the current sample, and what is left of it.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    channel: u32,
    sample: u32,
    capacity: [u64; 2],
    left: [u64; 2],
}

/// Cuts and paths of one question.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    slots: Vec<Slot>,
    slot_of: Vec<u32>,
    cuts: Vec<Entry>,
    paths: Vec<Entry>,
    sample: u32,
    /// Whether most samples are infeasible, so that cuts are looked at first.
    cuts_first: bool,
}

impl Pool {
    pub(super) fn new(channels: usize) -> Self {
        let (slots, cuts, paths) = (Vec::new(), Vec::new(), Vec::new());
        Self { slots, slot_of: vec![NONE; channels], cuts, paths, sample: 0, cuts_first: false }
    }

    fn steps(&mut self, list: &[Crossing]) -> Vec<Step> {
        let mut step = |&Crossing { channel, forward }: &Crossing| {
            let slot = &mut self.slot_of[channel as usize];
            if *slot == NONE {
                #[allow(clippy::cast_possible_truncation)] // channels fit in u32
                {
                    *slot = self.slots.len() as u32;
                }
                self.slots.push(Slot { channel, ..Slot::default() });
            }
            Step { slot: *slot, side: u32::from(!forward) }
        };
        list.iter().map(&mut step).collect()
    }

    pub(super) fn learn_cut(&mut self, cut: &[Crossing]) {
        if self.cuts.len() < CUTS && cut.len() <= WIDE {
            let steps = self.steps(cut);
            self.cuts.push(Entry { steps, hits: 1 });
        }
    }

    pub(super) fn learn_path(&mut self, path: &[Crossing]) {
        if self.paths.len() < PATHS {
            let steps = self.steps(path);
            if self.paths.iter().all(|known| known.steps != steps) {
                self.paths.push(Entry { steps, hits: 1 });
            }
        }
    }

    /// Puts first what decided most; later decisions no longer change the order.
    pub(super) fn settle(&mut self, cuts_first: bool) {
        self.cuts.sort_by_key(|entry| core::cmp::Reverse(entry.hits));
        self.paths.sort_by_key(|entry| core::cmp::Reverse(entry.hits));
        self.cuts_first = cuts_first;
    }

    /// The cuts that have decided a sample, most frequent first, with how many.
    pub(super) fn cuts(&self) -> Vec<(Vec<Crossing>, u64)> {
        let of = |step: &Step| Crossing {
            channel: self.slots[step.slot as usize].channel,
            forward: step.side == 0,
        };
        let mut cuts: Vec<_> = self
            .cuts
            .iter()
            .map(|entry| (entry.steps.iter().map(of).collect::<Vec<_>>(), entry.hits))
            .collect();
        cuts.sort_by_key(|(_, hits)| core::cmp::Reverse(*hits));
        cuts
    }

    /// Begins another sample.
    pub(super) fn next(&mut self) {
        if self.sample == u32::MAX {
            self.slots.iter_mut().for_each(|slot| slot.sample = 0);
            self.sample = 0;
        }
        self.sample += 1;
    }

    /// Decides a sample if it can: feasible or not. The drawn balances come from `balance`.
    #[inline]
    pub(super) fn decide(
        &mut self,
        amount: u64,
        wires: &[Wire<'_>],
        balance: impl Fn(usize) -> u64,
    ) -> Option<bool> {
        let (first, second) = if self.cuts_first { (false, true) } else { (true, false) };
        for paths in [first, second] {
            let decided = if paths {
                self.fill(amount, wires, &balance).then_some(true)
            } else {
                self.is_cut(amount, wires, &balance).then_some(false)
            };
            if decided.is_some() {
                return decided;
            }
        }
        None
    }

    /// Whether the paths carry the amount.
    fn fill(&mut self, amount: u64, wires: &[Wire<'_>], balance: &impl Fn(usize) -> u64) -> bool {
        let mut rest = amount;
        for path in &mut self.paths {
            let mut most = rest;
            for step in &path.steps {
                let slot = draw(&mut self.slots, self.sample, *step, wires, balance);
                most = most.min(slot.left[step.side as usize]);
                if most == 0 {
                    break;
                }
            }
            if most == 0 {
                continue;
            }
            path.hits += 1;
            for step in &path.steps {
                let left = &mut self.slots[step.slot as usize].left;
                left[step.side as usize] -= most;
                left[1 - step.side as usize] += most;
            }
            rest -= most;
            if rest == 0 {
                return true;
            }
        }
        false
    }

    /// Whether a cut passes less than the amount.
    fn is_cut(&mut self, amount: u64, wires: &[Wire<'_>], balance: &impl Fn(usize) -> u64) -> bool {
        self.cuts.iter_mut().any(|cut| {
            let mut passes = 0;
            for step in &cut.steps {
                passes +=
                    draw(&mut self.slots, self.sample, *step, wires, balance).capacity[step.side as usize];
                if passes >= amount {
                    return false;
                }
            }
            cut.hits += 1;
            true
        })
    }
}

/// What passes through a channel, drawn at the first look.
#[inline]
fn draw<'s>(
    slots: &'s mut [Slot],
    sample: u32,
    step: Step,
    wires: &[Wire<'_>],
    balance: &impl Fn(usize) -> u64,
) -> &'s Slot {
    let slot = &mut slots[step.slot as usize];
    if slot.sample != sample {
        let channel = slot.channel as usize;
        let (wire, x) = (&wires[channel], balance(channel));
        slot.sample = sample;
        slot.capacity = [wire.passes(true, x), wire.passes(false, x)];
        slot.left = slot.capacity;
    }
    slot
}
