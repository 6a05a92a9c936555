//! Boxes: the states, divided by flows into feasible ones, infeasible ones and open boxes.
//!
//! A box gives every channel an interval of balances. The largest flow over a box takes every direction at its best
//! (opposite flows cancel, then every channel can be at the end of its interval that is needed). If it is below a, all
//! states of the box are infeasible. Otherwise the flow found names needs n_1, ..., n_q of single channels: all states
//! that meet them are feasible, and the rest falls into the boxes "n_1 .. n_(i-1) are met, n_i is not", which are disjoint
//! and of known mass. The most probable open box is divided first. In every open box the cuts of a family of channel-disjoint
//! cuts must pass a; the mass of the states in which one does not is known to be infeasible as well. So at any moment
//!
//! ```text
//!   feasible <= R(a),     infeasible + sum of fail <= 1 - R(a),     and what is between is the sum of open.
//! ```
//!
//! After Doulliez and Jamoulle (1972) and Jane and Laih (IEEE Trans. Reliability, 2008), with flows instead of minimal
//! paths and with the laws of cuts inside the boxes.

use alloc::collections::BinaryHeap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::blocks::{Block, Stage};
use super::cut::{COARSE, Crossing, Cut, CutLaw, FINE, all_pass};
use super::network::UncertainNetwork;
use super::wire::Need;
use crate::id::NodeId;
use crate::law::Interval;
use crate::max_flow::lazy::{End, Goal, Lazy};
use crate::solve::{Meter, SolveError};

/// Flows until which laws are put on a fine grid, and on any.
const FINE_GRIDS: u64 = 16;
const GRIDS: u64 = 512;

/// A question about one block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'n, 'l> {
    pub(super) block: &'n Block<'l>,
    pub(super) terminals: (usize, usize),
    pub(super) amount: u64,
}

impl Piece<'_, '_> {
    pub(super) fn target(&self) -> i64 {
        i64::try_from(self.amount).unwrap_or(i64::MAX)
    }

    /// The channels that cross a node set, in the direction from the source's side to the sink's.
    pub(super) fn crossing(&self, end: End, nodes: &[u32], inside: impl Fn(usize) -> bool) -> Vec<Crossing> {
        let block = self.block;
        let mut cut = Vec::new();
        for &node in nodes {
            for arc in block.pairs.out(node as usize).filter(|&arc| !inside(block.pairs.head(arc))) {
                let out = if end == End::Source { arc } else { block.pairs.mate(arc) };
                cut.push(Crossing { channel: block.channel_of[arc], forward: block.is_forward(out) });
            }
        }
        cut.sort_unstable();
        cut
    }

    /// All channels at a terminal.
    pub(super) fn star(&self, end: End) -> Vec<Crossing> {
        let node = if end == End::Source { self.terminals.0 } else { self.terminals.1 };
        #[allow(clippy::cast_possible_truncation)] // nodes fit in u32
        self.crossing(end, &[node as u32], |head| head == node)
    }
}

impl Piece<'_, '_> {
    /// Both stars; channels between the terminals count for the sender only.
    pub(super) fn stars(&self) -> [Cut; 2] {
        let source = self.star(End::Source);
        let sink = Cut::apart_from(self.star(End::Sink), &source);
        [Cut::whole(source), sink]
    }

    /// The laws of both stars, on a grid of so many cells at need.
    pub(super) fn star_laws(&self, now: &[Interval], cells: u64) -> [CutLaw; 2] {
        self.stars().map(|cut| CutLaw::new(&cut, &self.block.wires, now, self.amount, cells))
    }

    /// The intervals of the question.
    pub(super) fn intervals(&self) -> Vec<Interval> {
        self.block.wires.iter().map(|wire| wire.within).collect()
    }
}

/// A box and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// The channels whose intervals differ from those of the question, by channel.
    pub(super) over: Vec<(u32, Interval)>,
    pub(super) laws: Vec<Arc<CutLaw>>,
    mass: f64,
    /// The mass of the states in which all cuts of the family pass the amount, and of the others.
    pub(super) open: f64,
    fail: f64,
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Cell {}
impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        let over = |cell: &Self| cell.over.iter().map(|&(e, i)| (e, i.lo(), i.hi())).collect::<Vec<_>>();
        self.open.total_cmp(&other.open).then_with(|| over(other).cmp(&over(self)))
    }
}

/// What the division has proven so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proven {
    pub(super) feasible: f64,
    pub(super) infeasible: f64,
    pub(super) open: f64,
}

/// The division of a question.
#[derive(Debug)]
pub(super) struct Boxes<'n, 'l> {
    piece: Piece<'n, 'l>,
    family: Vec<Cut>,
    pub(super) cells: BinaryHeap<Cell>,
    feasible: f64,
    /// The mass of boxes without a flow.
    closed: f64,
    pub(super) flows: u64,
    /// Boxes at the beginning, if there were several.
    slices: u64,
    /// ln P of the most probable flow met.
    pub(super) best_flow: f64,
    now: Vec<Interval>,
    lazy: Lazy<i64>,
}

/// Orders needs: most likely to be missed first.
struct Ranked {
    need: Need,
    met: f64,
    missed: f64,
}

impl<'n, 'l> Boxes<'n, 'l> {
    /// One box with everything in it. The cuts of the family must not share channels.
    pub(super) fn new(piece: Piece<'n, 'l>, family: Vec<Cut>) -> Self {
        let Block { pairs, wires, channel_of, .. } = piece.block;
        let now = piece.intervals();
        let mut lazy = Lazy::default();
        lazy.load(
            pairs,
            (0..pairs.arc_count()).map(|arc| {
                let channel = channel_of[arc] as usize;
                signed(wires[channel].range(piece.block.is_forward(arc), now[channel])[1])
            }),
        );
        let mut boxes = Self {
            piece,
            family,
            cells: BinaryHeap::new(),
            feasible: 0.0,
            closed: 0.0,
            flows: 0,
            slices: 0,
            best_flow: f64::NEG_INFINITY,
            now,
            lazy,
        };
        let laws = boxes.family.iter().map(|cut| Arc::new(boxes.law(cut))).collect();
        boxes.add(Cell { over: Vec::new(), laws, mass: 1.0, open: 0.0, fail: 0.0 });
        boxes
    }

    /// The law of a cut in the intervals as they are; the more there are the coarser.
    fn law(&self, cut: &Cut) -> CutLaw {
        let cells = match self.flows + self.slices {
            flows if flows <= FINE_GRIDS => FINE,
            flows if flows <= GRIDS => COARSE,
            _ => 0,
        };
        CutLaw::new(cut, &self.piece.block.wires, &self.now, self.piece.amount, cells)
    }

    fn add(&mut self, mut cell: Cell) {
        let [pass, fail] = all_pass(cell.laws.iter().map(Arc::as_ref));
        (cell.open, cell.fail) = (cell.mass * pass, cell.mass * fail);
        if cell.open > 0.0 {
            self.cells.push(cell);
        } else {
            self.closed += cell.mass;
        }
    }

    pub(super) fn proven(&self) -> Proven {
        let mut sum = Proven { feasible: self.feasible, infeasible: self.closed, open: 0.0 };
        for cell in &self.cells {
            sum.infeasible += cell.fail;
            sum.open += cell.open;
        }
        sum
    }

    /// Divides the question into disjoint boxes that together are all of it, given by intervals and mass.
    pub(super) fn slice(&mut self, boxes: Vec<(Vec<(u32, Interval)>, f64)>) {
        self.cells.clear();
        self.slices = boxes.len() as u64;
        for (over, mass) in boxes {
            self.cells.push(Cell { over, laws: Vec::new(), mass, open: mass, fail: 0.0 });
        }
        let family = core::mem::take(&mut self.family);
        self.regard(family);
    }

    /// Conditions all open boxes on other cuts, which must not share channels.
    pub(super) fn regard(&mut self, family: Vec<Cut>) {
        self.family = family;
        for cell in core::mem::take(&mut self.cells).into_sorted_vec() {
            self.install(&cell.over);
            let laws = self.family.iter().map(|cut| Arc::new(self.law(cut))).collect();
            self.remove(&cell.over);
            self.add(Cell { laws, ..cell });
        }
    }

    pub(super) fn family(&self) -> &[Cut] {
        &self.family
    }

    /// Divides the most probable open box by a flow that is known, as arcs and what they carry.
    pub(super) fn divide_by(&mut self, flows: &[(usize, u64)]) {
        if let Some(cell) = self.cells.pop() {
            self.install(&cell.over);
            self.flows += 1;
            let needs = self.needs(flows);
            self.split(&cell, needs);
            self.remove(&cell.over);
        }
    }

    /// Divides the most probable open box; false if there is none.
    pub(super) fn divide(&mut self, meter: &mut Meter<'_, '_>) -> Result<bool, SolveError> {
        let Some(cell) = self.cells.pop() else { return Ok(false) };
        self.install(&cell.over);
        self.flows += 1;
        let (piece, target) = (self.piece, self.piece.target());
        let found = self.lazy.run(&piece.block.pairs, piece.terminals, target, Goal::Wide, meter);
        match found.map(|found| found.exhausted.is_some()) {
            Ok(true) => self.closed += cell.mass,
            Ok(false) => {
                let needs = self.needs(&self.carried());
                self.split(&cell, needs);
            }
            Err(error) => {
                self.remove(&cell.over);
                self.cells.push(cell);
                return Err(error);
            }
        }
        self.remove(&cell.over);
        Ok(true)
    }

    fn split(&mut self, cell: &Cell, needs: Vec<Ranked>) {
        let mut over = cell.over.clone();
        let mut laws = cell.laws.clone();
        let mut mass = cell.mass;
        // All needs are of different channels, so that removing these removes everything that is written here.
        let touched: Vec<_> = needs.iter().map(|ranked| ranked.need.channel).collect();
        for Ranked { need, met, missed } in needs {
            let within = self.now[need.channel as usize];
            let [inner, outer] = need.split(within);
            if let Some(outer) = outer {
                let mut child = Cell {
                    over: over.clone(),
                    laws: laws.clone(),
                    mass: mass * missed,
                    open: 0.0,
                    fail: 0.0,
                };
                put(&mut child.over, need.channel, outer);
                self.narrow(need.channel, outer, &mut child.laws);
                self.add(child);
            }
            mass *= met;
            let Some(inner) = inner else { break };
            put(&mut over, need.channel, inner);
            self.narrow(need.channel, inner, &mut laws);
        }
        self.feasible += mass;
        for channel in touched {
            self.now[channel as usize] = self.piece.block.wires[channel as usize].within;
        }
    }

    /// Sets an interval and renews the laws of the cuts that the channel crosses.
    fn narrow(&mut self, channel: u32, to: Interval, laws: &mut [Arc<CutLaw>]) {
        self.now[channel as usize] = to;
        for (law, cut) in laws.iter_mut().zip(&self.family) {
            if cut.has(channel) {
                *law = Arc::new(self.law(cut));
            }
        }
    }

    /// The flow that was found.
    fn carried(&self) -> Vec<(usize, u64)> {
        let pairs = &self.piece.block.pairs;
        let carried = |&(arc, flow): &(u32, i64)| {
            let arc = if flow > 0 { arc as usize } else { pairs.mate(arc as usize) };
            (arc, flow.unsigned_abs())
        };
        self.lazy.flows().iter().map(carried).collect()
    }

    /// The needs of a flow, in the intervals as they are.
    fn needs(&mut self, flows: &[(usize, u64)]) -> Vec<Ranked> {
        let block = self.piece.block;
        let (mut needs, mut ln) = (Vec::new(), 0.0);
        for &(arc, flow) in flows {
            let channel = block.channel_of[arc];
            let wire = &block.wires[channel as usize];
            let need = wire.need(channel, block.is_forward(arc), flow);
            ln += libm::log(wire.share(need.split(wire.within)[0], wire.within));
            let within = self.now[channel as usize];
            let [met, missed] = need.split(within);
            if missed.is_some() {
                let [met, missed] = [met, missed].map(|part| wire.share(part, within));
                needs.push(Ranked { need, met, missed });
            }
        }
        self.best_flow = self.best_flow.max(ln);
        needs.sort_by(|one, other| {
            one.met.total_cmp(&other.met).then(one.need.channel.cmp(&other.need.channel))
        });
        needs
    }

    fn install(&mut self, over: &[(u32, Interval)]) {
        self.write(over, |_, within| within);
    }

    fn remove(&mut self, over: &[(u32, Interval)]) {
        self.write(over, |base, _| base);
    }

    fn write(&mut self, over: &[(u32, Interval)], of: impl Fn(Interval, Interval) -> Interval) {
        let Block { pairs, wires, .. } = self.piece.block;
        for &(channel, within) in over {
            let wire = &wires[channel as usize];
            let within = of(wire.within, within);
            self.now[channel as usize] = within;
            let forward = pairs.forward(channel as usize);
            self.lazy.set(forward, signed(wire.range(true, within)[1]));
            self.lazy.set(pairs.mate(forward), signed(wire.range(false, within)[1]));
        }
    }
}

/// The largest amount that is feasible in some state.
pub(super) fn most(
    network: &UncertainNetwork<'_>,
    from: NodeId,
    to: NodeId,
    meter: &mut Meter<'_, '_>,
) -> Result<u64, SolveError> {
    let Some(chain) = network.blocks.chain(from.index(), to.index()) else { return Ok(0) };
    let mut least = u64::MAX;
    for Stage { block, terminals } in chain {
        let block = &network.blocks.blocks[block];
        let piece = Piece { block, terminals, amount: network.total_capacity() };
        let mut boxes = Boxes::new(piece, Vec::new());
        let found = boxes.lazy.run(&block.pairs, terminals, piece.target(), Goal::Most, meter)?;
        least = least.min(found.flow.unsigned_abs());
    }
    Ok(least)
}

/// Amounts are below 2^62.
fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn put(over: &mut Vec<(u32, Interval)>, channel: u32, within: Interval) {
    match over.binary_search_by_key(&channel, |&(other, _)| other) {
        Ok(at) => over[at].1 = within,
        Err(at) => over.insert(at, (channel, within)),
    }
}
