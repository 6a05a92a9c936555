//! The liquidity graph as a residual graph of arc pairs.

use alloc::vec;
use alloc::vec::Vec;

use crate::amount::Msat;
use crate::check::{ChannelCut, Crossing};
use crate::id::{ChannelMap, NodeId, NodeMap, id_at};
use crate::kernel::pairs::Pairs;
use crate::liquidity::{Balance, ChannelGraph, Direction, View};
use crate::max_flow::dinic::{self, Scratch};
use crate::solve::{Meter, SolveError};

/// The layout of a graph, the liquidities of a view, and scratch memory.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    pairs: Pairs,
    known: bool,
    view: Option<View>,
    liquidity: Vec<i64>,
    residual: Vec<i64>,
    scratch: Scratch,
}

impl Engine {
    pub(super) fn new(graph: &ChannelGraph) -> Self {
        let ends = (0..graph.channel_count()).map(|i| {
            let channel = graph.channel(id_at(i));
            (channel.a().index(), channel.b().index())
        });
        let known = graph
            .channels()
            .all(|channel| matches!(graph.channel(channel).balance_of_a(), Balance::Known(_)));
        Self {
            pairs: Pairs::new(graph.node_count(), ends),
            known,
            view: None,
            liquidity: Vec::new(),
            residual: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Whether every balance is known, so that certain and possible liquidities are the same.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    fn load(&mut self, graph: &ChannelGraph, view: View) {
        if self.view == Some(view) {
            return;
        }
        self.liquidity.clear();
        self.liquidity.resize(self.pairs.arc_count(), 0);
        for channel in graph.channels() {
            let arc = self.pairs.forward(channel.index());
            for (arc, direction) in [(arc, Direction::AToB), (self.pairs.mate(arc), Direction::BToA)] {
                // Below Msat::SUPPLY, which an i64 holds.
                let liquidity = graph.liquidity_in(view, channel, direction).0;
                self.liquidity[arc] = i64::try_from(liquidity).unwrap_or(i64::MAX);
            }
        }
        self.view = Some(view);
    }

    /// Sends as much as possible up to the target: the amount and the net flow of every channel.
    pub(super) fn run(
        &mut self,
        graph: &ChannelGraph,
        view: View,
        from: NodeId,
        to: NodeId,
        target: Msat,
        meter: &mut Meter<'_, '_>,
    ) -> Result<(Msat, ChannelMap<i64>), SolveError> {
        self.load(graph, view);
        self.residual.clone_from(&self.liquidity);
        let target = i64::try_from(target.0).unwrap_or(i64::MAX);
        let Self { pairs, residual, scratch, .. } = self;
        let pushed = dinic::run(pairs, residual, from.index(), to.index(), target, scratch, meter)?;
        let flows = graph
            .channels()
            .map(|channel| {
                let arc = self.pairs.forward(channel.index());
                self.liquidity[arc] - self.residual[arc]
            })
            .collect();
        Ok((Msat(pushed.unsigned_abs()), flows))
    }

    /// The minimum cut nearest the sender or nearest the receiver, whichever side is smaller, after a
    /// maximum flow.
    pub(super) fn cut(
        &self,
        graph: &ChannelGraph,
        view: View,
        from: NodeId,
        to: NodeId,
        meter: &mut Meter<'_, '_>,
    ) -> Result<ChannelCut, SolveError> {
        let nodes = graph.node_count();
        let residual = &self.residual;
        let near = reach(&self.pairs, from.index(), |arc| residual[arc] > 0, meter)?;
        let back = reach(&self.pairs, to.index(), |arc| residual[self.pairs.mate(arc)] > 0, meter)?;
        let count = |side: &[bool]| side.iter().filter(|inside| **inside).count();
        let source_side: Vec<bool> =
            if count(&near) <= count(&back) { near } else { (0..nodes).map(|node| !back[node]).collect() };
        Ok(crossing(graph, view, NodeMap::from_vec(source_side)))
    }
}

/// The nodes that are reached from `start` over arcs that are `open`, by breadth-first search.
fn reach(
    pairs: &Pairs,
    start: usize,
    open: impl Fn(usize) -> bool,
    meter: &mut Meter<'_, '_>,
) -> Result<Vec<bool>, SolveError> {
    let mut reached = vec![false; pairs.node_count()];
    reached[start] = true;
    let mut queue = vec![start];
    let mut next = 0;
    while let Some(&node) = queue.get(next) {
        next += 1;
        let arcs = pairs.out(node);
        meter.tick(arcs.len() as u64 + 1)?;
        for arc in arcs {
            let head = pairs.head(arc);
            if !reached[head] && open(arc) {
                reached[head] = true;
                queue.push(head);
            }
        }
    }
    Ok(reached)
}

fn crossing(graph: &ChannelGraph, view: View, source_side: NodeMap<bool>) -> ChannelCut {
    let mut crossing = Vec::new();
    let mut capacity = Msat::ZERO;
    for channel in graph.channels() {
        let ends = graph.channel(channel);
        let direction = match (source_side[ends.a()], source_side[ends.b()]) {
            (true, false) => Direction::AToB,
            (false, true) => Direction::BToA,
            _ => continue,
        };
        let liquidity = graph.liquidity_in(view, channel, direction);
        capacity = capacity.saturating_add(liquidity);
        crossing.push(Crossing { channel, direction, liquidity });
    }
    ChannelCut { source_side, crossing, capacity }
}
