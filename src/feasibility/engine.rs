//! The liquidity graph as a residual graph of arc pairs, and lazy flows on it.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::amount::Msat;
use crate::check::{ChannelCut, ChannelFlow, Crossing, CutSide};
use crate::id::{ChannelId, NodeId, id_at};
use crate::kernel::pairs::Pairs;
use crate::liquidity::{Balance, ChannelGraph, Direction, View};
use crate::max_flow::lazy::{End, Goal, Lazy};
use crate::solve::{Meter, SolveError};

/// The layout of a graph, and the liquidities of the views that have been asked for.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    pairs: Pairs,
    channel_of: Vec<u32>,
    known: bool,
    certain: Option<Box<Loaded>>,
    possible: Option<Box<Loaded>>,
}

/// The liquidities of one view.
#[derive(Clone, Debug)]
struct Loaded {
    lazy: Lazy<i64>,
    /// What can leave and enter each node.
    out: Vec<i64>,
    into: Vec<i64>,
}

/// What was found, not yet checked.
pub(super) struct Answer {
    pub(super) amount: Msat,
    pub(super) flows: Vec<ChannelFlow>,
    /// Says why the amount is not larger, if that was asked or is below the target.
    pub(super) cut: Option<ChannelCut>,
}

/// The arcs of a graph, and the channel of each; the forward arc of a channel leads from party a to party b.
pub(super) fn layout(graph: &ChannelGraph) -> (Pairs, Vec<u32>) {
    let ends = (0..graph.channel_count()).map(|i| {
        let channel = graph.channel(id_at(i));
        (channel.a().index(), channel.b().index())
    });
    let pairs = Pairs::new(graph.node_count(), ends);
    let channel_of = pairs.edges();
    (pairs, channel_of)
}

impl Engine {
    pub(super) fn new(graph: &ChannelGraph) -> Self {
        let known = graph
            .channels()
            .all(|channel| matches!(graph.channel(channel).balance_of_a(), Balance::Known(_)));
        let (pairs, channel_of) = layout(graph);
        Self { channel_of, pairs, known, certain: None, possible: None }
    }

    /// Whether every balance is known, so that certain and possible liquidities are the same.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// Forgets the liquidities that have been loaded.
    pub(super) fn unload(&mut self) {
        (self.certain, self.possible) = (None, None);
    }

    fn open(&mut self, graph: &ChannelGraph, view: View) -> (&mut Loaded, Read<'_>) {
        let Self { pairs, channel_of, certain, possible, .. } = self;
        let slot = if view.possible { possible } else { certain };
        let loaded = slot.get_or_insert_with(|| Box::new(Loaded::new(pairs, channel_of, graph, view)));
        (loaded, Read { pairs, channel_of })
    }

    /// Whether so much can be sent: a flow of the target or a cut below it.
    pub(super) fn decide(
        &mut self,
        graph: &ChannelGraph,
        view: View,
        (from, to): (NodeId, NodeId),
        target: Msat,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Answer, SolveError> {
        let (loaded, read) = self.open(graph, view);
        // Admitted amounts are below Msat::SUPPLY, which an i64 holds.
        let target = i64::try_from(target.0).unwrap_or(i64::MAX);
        let (s, t) = (from.index(), to.index());
        meter.tick(1)?;
        let star = if loaded.out[s] < target {
            Some((CutSide::Source, from))
        } else {
            Some((CutSide::Sink, to)).filter(|_| loaded.into[t] < target)
        };
        if let Some((side, node)) = star {
            let cut = Some(read.star(&loaded.lazy, node, side));
            return Ok(Answer { amount: Msat::ZERO, flows: Vec::new(), cut });
        }
        let found = loaded.lazy.run(read.pairs, (s, t), target, Goal::Decide, meter)?;
        let cut = found.exhausted.map(|end| read.cut(&loaded.lazy, end));
        Ok(Answer { amount: Msat(found.flow.unsigned_abs()), flows: read.flows(&loaded.lazy), cut })
    }

    /// The largest flow and a cut of its amount.
    pub(super) fn most(
        &mut self,
        graph: &ChannelGraph,
        view: View,
        (from, to): (NodeId, NodeId),
        meter: &mut Meter<'_, '_>,
    ) -> Result<Answer, SolveError> {
        let (loaded, read) = self.open(graph, view);
        let (s, t) = (from.index(), to.index());
        meter.tick(1)?;
        let target = loaded.out[s].min(loaded.into[t]);
        let found = loaded.lazy.run(read.pairs, (s, t), target, Goal::Most, meter)?;
        let cut = match found.exhausted {
            Some(end) => read.cut(&loaded.lazy, end),
            None if target == loaded.out[s] => read.star(&loaded.lazy, from, CutSide::Source),
            None => read.star(&loaded.lazy, to, CutSide::Sink),
        };
        let flows = read.flows(&loaded.lazy);
        Ok(Answer { amount: Msat(found.flow.unsigned_abs()), flows, cut: Some(cut) })
    }
}

impl Loaded {
    fn new(pairs: &Pairs, channel_of: &[u32], graph: &ChannelGraph, view: View) -> Self {
        let liquidity = |arc: usize| {
            let channel: ChannelId = id_at(channel_of[arc] as usize);
            let forward = pairs.forward(channel.index()) == arc;
            let direction = if forward { Direction::AToB } else { Direction::BToA };
            // Below Msat::SUPPLY, which an i64 holds; so are the sums.
            i64::try_from(graph.liquidity_in(view, channel, direction).0).unwrap_or(i64::MAX)
        };
        let mut lazy = Lazy::default();
        lazy.load(pairs, (0..pairs.arc_count()).map(liquidity));
        let nodes = pairs.node_count();
        let (mut out, mut into) = (vec![0_i64; nodes], vec![0_i64; nodes]);
        for node in 0..nodes {
            for arc in pairs.out(node) {
                out[node] = out[node].saturating_add(lazy.capacity(arc));
                into[node] = into[node].saturating_add(lazy.capacity(pairs.mate(arc)));
            }
        }
        Self { lazy, out, into }
    }
}

/// Reads answers in terms of channels.
struct Read<'a> {
    pairs: &'a Pairs,
    channel_of: &'a [u32],
}

impl Read<'_> {
    /// The channel and direction of an arc.
    fn way(&self, arc: usize) -> (ChannelId, Direction) {
        let channel = self.channel_of[arc] as usize;
        let forward = self.pairs.forward(channel) == arc;
        (id_at(channel), if forward { Direction::AToB } else { Direction::BToA })
    }

    fn flows(&self, lazy: &Lazy<i64>) -> Vec<ChannelFlow> {
        let flow = |&(arc, flow): &(u32, i64)| {
            let (arc, mate) = (arc as usize, self.pairs.mate(arc as usize));
            let (channel, direction) = self.way(if flow > 0 { arc } else { mate });
            ChannelFlow { channel, direction, amount: Msat(flow.unsigned_abs()) }
        };
        let mut flows: Vec<ChannelFlow> = lazy.flows().iter().map(flow).collect();
        flows.sort_unstable_by_key(|flow| flow.channel);
        flows
    }

    /// The cut around one terminal alone.
    fn star(&self, lazy: &Lazy<i64>, node: NodeId, side: CutSide) -> ChannelCut {
        self.around(lazy, vec![node], side, |other| other == node.index())
    }

    /// The cut around an exhausted end.
    fn cut(&self, lazy: &Lazy<i64>, end: End) -> ChannelCut {
        let mut nodes: Vec<NodeId> = lazy.nodes(end).iter().map(|&node| id_at(node as usize)).collect();
        nodes.sort_unstable();
        let side = if end == End::Source { CutSide::Source } else { CutSide::Sink };
        self.around(lazy, nodes, side, |node| lazy.visited(node, end))
    }

    fn around(
        &self,
        lazy: &Lazy<i64>,
        nodes: Vec<NodeId>,
        side: CutSide,
        inside: impl Fn(usize) -> bool,
    ) -> ChannelCut {
        let mut crossing = Vec::new();
        let mut capacity = Msat::ZERO;
        for &node in &nodes {
            for arc in self.pairs.out(node.index()).filter(|&arc| !inside(self.pairs.head(arc))) {
                let through = if side == CutSide::Source { arc } else { self.pairs.mate(arc) };
                let (channel, direction) = self.way(through);
                let liquidity = Msat(lazy.capacity(through).unsigned_abs());
                capacity = capacity.saturating_add(liquidity);
                crossing.push(Crossing { channel, direction, liquidity });
            }
        }
        crossing.sort_unstable_by_key(|crossing| crossing.channel);
        ChannelCut { nodes, side, crossing, capacity }
    }
}
