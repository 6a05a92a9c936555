//! How new ways and cuts are found: augmenting paths from both ends over the arcs that are there.
//!
//! A search goes through several stages and keeps its flow from one to the next. Within a stage paths are looked for as in
//! [`lazy`](crate::max_flow::lazy): of at least delta, breadth first from both ends, where less has been looked at; an exhausted end
//! is a side of a cut once nothing crosses it, or too little.

use alloc::vec;
use alloc::vec::Vec;

use super::arcs::{Arcs, position};
use super::ways::{Cut, Step, changeable};
use crate::random::Random;
use crate::round::model::{Model, Role, Want};

/// Purses left out where a few are to do, of 256.
const LEFT_OUT: u64 = 240;

/// What a search may use, one stage after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Channels that are not touched.
    Untouched,
    /// Everything, to see whether it is enough; what is found is not taken.
    Asked,
    /// Purses on the sender's side of the cut that stopped the first stage, into channels that cross it, but for some purses
    /// drawn at random: so nothing goes through two purses where one will do, and ways of a demand differ.
    Few,
    /// As that, without leaving purses out.
    Crossing,
    All,
}

/// How a search came to a node.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    /// The search, with an even number for its source.
    stamp: u32,
    from: u32,
    /// The arc towards the sink over which it came, and its mate.
    way: [u32; 2],
}

/// Where the ends of a search met: two nodes and the arc between them towards the sink.
#[derive(Clone, Copy, Debug)]
struct Meeting {
    nodes: [u32; 2],
    way: [u32; 2],
}

/// How a search for a path ended.
enum Seen {
    Met(Meeting),
    /// The end, 0 for the source, from which nothing more can be reached.
    Exhausted(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Seeker {
    arcs: Arcs,
    /// What goes over every arc, less what goes over its mate; nothing between two searches.
    net: Vec<i64>,
    /// Arcs that some stages may not use, with what they carry.
    shut: Vec<(usize, i64)>,
    /// What was pushed.
    log: Vec<([u32; 2], i64)>,
    path: Vec<[u32; 2]>,
    marks: Vec<Mark>,
    stamp: u32,
    queues: [Vec<u32>; 2],
    side: Vec<bool>,
    /// How many searches there were.
    searches: u64,
}

/// What a stage looks at.
struct View<'a> {
    /// What arcs can carry besides what goes over them.
    room: &'a mut [i64],
    /// Whether there are purses.
    purses: bool,
}

impl Seeker {
    pub(super) fn new(model: &Model) -> Self {
        let nodes = model.wide.node_count();
        Self {
            arcs: Arcs::new(model),
            net: vec![0; model.wide.arc_count()],
            shut: Vec::new(),
            log: Vec::new(),
            path: Vec::new(),
            marks: vec![Mark::default(); nodes],
            stamp: 0,
            queues: [Vec::new(), Vec::new()],
            side: vec![false; nodes],
            searches: 0,
        }
    }

    /// A flow that takes out of purses what untouched channels cannot carry, or a cut, where these slots are touched.
    /// Capacities are worked on and left as they were.
    pub(super) fn thrifty(
        &mut self,
        model: &Model,
        want: &Want,
        made: &[usize],
        capacity: &mut [i64],
    ) -> Result<Vec<Step>, Cut> {
        self.arcs.follow(model, made);
        let noise = Random::new(self.searches);
        self.searches += 1;
        let mut rest = want.amount;
        let mut cut = None;
        for stage in [Stage::Untouched, Stage::Asked, Stage::Few, Stage::Crossing, Stage::All] {
            let everything = matches!(stage, Stage::Asked | Stage::All);
            self.open(capacity);
            if matches!(stage, Stage::Few | Stage::Crossing) {
                self.shut(model, capacity, (stage == Stage::Few).then_some(noise));
            }
            let mut view = View { room: &mut *capacity, purses: stage != Stage::Untouched };
            let (before, asked) = (self.log.len(), rest);
            let exhausted = self.send(&mut view, want, &mut rest, !everything);
            if stage == Stage::Asked {
                cut = exhausted.map(|end| self.cut(model, end));
                rest = asked;
                self.undo(before, capacity);
            } else if let Some(end) = exhausted {
                self.note(end);
            }
            if cut.is_some() || stage != Stage::Asked && exhausted.is_none() {
                break;
            }
        }
        self.open(capacity);
        let steps = self.take_back(model, capacity);
        cut.map_or(Ok(steps), |arcs| Err(Cut::new(model, arcs, capacity)))
    }

    /// Shuts what fills touched channels but where it crosses the side, and some purses drawn at random.
    fn shut(&mut self, model: &Model, room: &mut [i64], noise: Option<Random>) {
        for (arc, [node, other]) in self.arcs.filling(model) {
            let drawn = noise.is_some_and(|noise| noise.bits(node as u64) % 256 < LEFT_OUT);
            if drawn || !self.side[node] || self.side[other] {
                let carried = room[arc] + self.net[arc];
                room[arc] -= carried;
                self.shut.push((arc, carried));
            }
        }
    }

    /// Opens what was shut.
    fn open(&mut self, room: &mut [i64]) {
        for (arc, carried) in self.shut.drain(..) {
            room[arc] += carried;
        }
    }

    /// Sends up to `rest`, and leaves what could not be sent: as much as possible if `most`, else until a cut says that it
    /// is too much. Returns the end at which that was seen.
    fn send(&mut self, view: &mut View<'_>, want: &Want, rest: &mut i64, most: bool) -> Option<usize> {
        let mut delta = *rest;
        while *rest > 0 {
            delta = delta.min(*rest);
            match self.search(view, want, delta) {
                Seen::Met(meeting) => *rest -= self.push(view, want, meeting, *rest),
                Seen::Exhausted(end) => {
                    let (sum, largest) = self.crossing(view, end);
                    if sum == 0 || !most && sum < *rest {
                        return Some(end);
                    }
                    // Wide paths first: on the way to a maximum narrow ones are taken back too often. All of `largest`
                    // is below delta.
                    let next = if most { delta - (delta >> 2) } else { (delta >> 2) + 1 };
                    delta = largest.min(next);
                }
            }
        }
        None
    }

    /// Looks for a path of at least `delta`.
    fn search(&mut self, view: &View<'_>, want: &Want, delta: i64) -> Seen {
        if self.stamp >= u32::MAX - 3 {
            self.marks.fill(Mark::default());
            self.stamp = 0;
        }
        // Stamps 0 and 1 never name a search.
        self.stamp += 2;
        for (end, node) in [want.sender, want.receiver].into_iter().enumerate() {
            self.queues[end].clear();
            self.queues[end].push(position(node));
            self.marks[node].stamp = self.stamp + position(end);
        }
        // How much each end will have looked at with its next node.
        let mut next = [want.sender, want.receiver];
        let mut ahead = next.map(|node| self.arcs.degree(node, view.purses) + 1);
        let mut seen = [1_usize; 2];
        loop {
            let end = usize::from(ahead[0] > ahead[1]);
            if let Some(met) = self.expand(view, next[end], end, delta) {
                return Seen::Met(met);
            }
            let Some(&node) = self.queues[end].get(seen[end]) else { return Seen::Exhausted(end) };
            next[end] = node as usize;
            seen[end] += 1;
            ahead[end] += self.arcs.degree(next[end], view.purses) + 1;
        }
    }

    /// Visits the neighbours of a node; says where the other end has visited one.
    fn expand(&mut self, view: &View<'_>, node: usize, end: usize, delta: i64) -> Option<Meeting> {
        let Self { arcs, marks, stamp, queues, .. } = self;
        let (own, other) = (*stamp + position(end), *stamp + 1 - position(end));
        let (from, queue) = (position(node), &mut queues[end]);
        for part in arcs.out(node, view.purses) {
            for arc in part {
                let mark = &mut marks[arc.head as usize];
                if mark.stamp == own {
                    continue;
                }
                let way = if end == 0 { [arc.arc, arc.mate] } else { [arc.mate, arc.arc] };
                if view.room[way[0] as usize] < delta {
                    continue;
                }
                if mark.stamp == other {
                    let nodes = if end == 0 { [from, arc.head] } else { [arc.head, from] };
                    return Some(Meeting { nodes, way });
                }
                *mark = Mark { stamp: own, from, way };
                queue.push(arc.head);
            }
        }
        None
    }

    /// Fills the path through a meeting, up to `limit`.
    fn push(&mut self, view: &mut View<'_>, want: &Want, meeting: Meeting, limit: i64) -> i64 {
        self.path.clear();
        self.path.push(meeting.way);
        for (node, end) in meeting.nodes.into_iter().zip([want.sender, want.receiver]) {
            let mut node = node as usize;
            while node != end {
                let mark = &self.marks[node];
                self.path.push(mark.way);
                node = mark.from as usize;
            }
        }
        let amount = self.path.iter().map(|way| view.room[way[0] as usize]).fold(limit, i64::min);
        for &way in &self.path {
            shift(&mut self.net, view.room, way, amount);
            self.log.push((way, amount));
        }
        amount
    }

    /// What crosses an exhausted end, and the most on one arc.
    fn crossing(&self, view: &View<'_>, end: usize) -> (i64, i64) {
        let own = self.stamp + position(end);
        let (mut sum, mut largest) = (0_i64, 0);
        for &node in &self.queues[end] {
            for part in self.arcs.out(node as usize, view.purses) {
                for arc in part.iter().filter(|arc| self.marks[arc.head as usize].stamp != own) {
                    let through = if end == 0 { arc.arc } else { arc.mate } as usize;
                    let room = view.room[through].max(0);
                    // Saturated it is more than any amount.
                    sum = sum.saturating_add(room);
                    largest = largest.max(room);
                }
            }
        }
        (sum, largest)
    }

    /// The arcs that cross an exhausted end towards the sink.
    fn cut(&self, model: &Model, end: usize) -> Vec<u32> {
        let own = self.stamp + position(end);
        let arcs = self.queues[end].iter().flat_map(|&node| model.wide.out(node as usize));
        let crossing = arcs.filter(|&arc| self.marks[model.wide.head(arc)].stamp != own);
        crossing.map(|arc| position(if end == 0 { arc } else { model.wide.mate(arc) })).collect()
    }

    /// Keeps the source side of an exhausted end.
    fn note(&mut self, end: usize) {
        self.side.fill(end == 1);
        for &node in &self.queues[end] {
            self.side[node as usize] = end == 0;
        }
    }

    /// Takes back what was pushed since the log was so long.
    fn undo(&mut self, before: usize, room: &mut [i64]) {
        for (way, amount) in self.log.drain(before..) {
            shift(&mut self.net, room, way, -amount);
        }
    }

    /// Takes back everything and lists what of it went over arcs that touches can change.
    fn take_back(&mut self, model: &Model, room: &mut [i64]) -> Vec<Step> {
        let mut steps = Vec::new();
        for ([arc, mate], _) in self.log.drain(..) {
            let amount = core::mem::take(&mut self.net[arc as usize]);
            self.net[mate as usize] = 0;
            room[arc as usize] += amount;
            room[mate as usize] -= amount;
            let edge = model.edge_of[arc as usize] as usize;
            if amount != 0 && changeable(model, edge) {
                steps.push(if amount > 0 {
                    step(model, edge, arc, amount)
                } else {
                    step(model, edge, mate, -amount)
                });
            }
        }
        steps
    }
}

/// Moves flow onto an arc and off its mate, and room the other way.
fn shift(net: &mut [i64], room: &mut [i64], way: [u32; 2], amount: i64) {
    let [arc, mate] = way.map(|arc| arc as usize);
    net[arc] += amount;
    net[mate] -= amount;
    room[arc] -= amount;
    room[mate] += amount;
}

/// A flow over an arc, where a channel that is touched counts as what goes into it.
fn step(model: &Model, edge: usize, arc: u32, amount: i64) -> Step {
    match model.roles[edge] {
        Role::Fill(slot, side) => {
            let out = position(model.wide_arc(slot, side));
            #[allow(clippy::cast_possible_truncation)] // sides are 0 and 1
            Step { arc, out, into: Some((position(slot), side as u8)), amount }
        }
        _ => Step { arc, out: arc, into: None, amount },
    }
}
