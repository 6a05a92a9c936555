//! Why a demand is not feasible after a round, and what a plan weighs.

use alloc::vec::Vec;

use super::instance::{Anchor, Round};
use super::model::Model;
use super::plan::{Changes, Touch};
use super::planner::Plan;
use super::state::{crossing, push};
use crate::amount::Sat;
use crate::id::{DemandId, NodeId, NodeMap, id_at};
use crate::max_flow::dinic;

/// A minimum cut that keeps a demand from being feasible: the one nearest to its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeficientCut {
    /// The demand.
    pub demand: DemandId,
    /// Which nodes lie on the sender's side.
    pub sender_side: NodeMap<bool>,
    /// What can be sent across the cut.
    pub liquidity: Sat,
    /// What is missing to the amount.
    pub deficit: Sat,
    /// Participants on the sender's side with a touchable channel across the cut: only they can repair it.
    pub repairers: Vec<NodeId>,
}

impl Round {
    /// The cut that keeps a demand from being feasible after some changes, or `None` if it is feasible
    /// (or does not exist). The changes need not keep the rules. One max flow.
    ///
    /// ```
    /// use feasible::{DemandId, NodeId, Sat};
    /// use feasible::round::{Changes, Demand, RoundBuilder, Rules};
    /// let mut b = RoundBuilder::new();
    /// let server = b.add_participant(Sat(50_000))?;
    /// let user = b.add_participant(Sat(0))?;
    /// b.add_candidate(server, user)?;
    /// let demand = Demand { sender: server, receiver: user, amount: Sat(30_000), weight: 1 };
    /// let demand = b.add_demand(demand)?;
    /// let round = b.build(Rules {
    ///     max_touches: 1,
    ///     capacity_min: Sat(20_000),
    ///     capacity_max: Sat(16_777_215),
    ///     reserve: Sat(0),
    ///     touch_fee: Sat(0),
    ///     front_budget: Sat(50_000),
    ///     server,
    ///     prices: None,
    /// })?;
    /// let cut = round.explain(&Changes::default(), demand).unwrap();
    /// assert_eq!((cut.deficit, cut.repairers), (Sat(30_000), vec![server]));
    /// # Ok::<(), feasible::round::RoundError>(())
    /// ```
    #[must_use]
    pub fn explain(&self, changes: &Changes, demand: DemandId) -> Option<DeficientCut> {
        let model = Model::new(self);
        let want = model.wants.get(demand.index())?;
        let mut liquidity = model.after(changes);
        model.enter(want, &mut liquidity);
        let mut residual = liquidity.clone();
        let mut scratch = dinic::Scratch::default();
        if push(&model.flat, &mut residual, want, &mut scratch) == want.amount {
            return None;
        }
        let arcs = crossing(&model.flat, |node| scratch.reached(node));
        let across: i64 = arcs.iter().map(|&arc| liquidity[arc as usize]).sum();
        let touchable = arcs.iter().filter(|&&arc| model.slots[model.slot_of(arc as usize)].touchable);
        let mut repairers: Vec<NodeId> =
            touchable.map(|&arc| id_at(model.flat.head(model.flat.mate(arc as usize)))).collect();
        repairers.sort_unstable();
        repairers.dedup();
        Some(DeficientCut {
            demand,
            sender_side: (0..model.nodes()).map(|node| scratch.reached(node)).collect(),
            liquidity: Sat(across.unsigned_abs()),
            deficit: Sat((want.amount - across).unsigned_abs()),
            repairers,
        })
    }

    /// The size of the round's transaction in vbytes, rounded up: 167 for one funding input, batch,
    /// connector or change, and anchor; 57.5 more for every on-chain channel that moves in; nothing if
    /// nothing is touched.
    #[must_use]
    pub fn footprint(&self, changes: &Changes) -> u64 {
        let boarding = changes.touched.iter().filter(|reshape| match reshape.channel {
            Touch::Existing(id) => {
                self.channels().get(id.index()).is_some_and(|c| c.anchor == Anchor::OnChain)
            }
            Touch::New(_) => false,
        });
        match (changes.touched.len(), boarding.count() as u64) {
            (0, _) => 0,
            (_, boarding) => 167 + (boarding * 115).div_ceil(2),
        }
    }

    /// The capital that the round locks up, in satoshi times blocks: old capacity times remaining life over
    /// all touched vTXO channels. (Free funds have no known expiry and are left out.)
    #[must_use]
    pub fn lockup(&self, changes: &Changes) -> u128 {
        let channel = |touch| match touch {
            Touch::Existing(id) => self.channels().get(id.index()),
            Touch::New(_) => None,
        };
        let locked = changes.touched.iter().filter_map(|reshape| {
            let channel = channel(reshape.channel)?;
            match channel.anchor {
                Anchor::OnChain => None,
                Anchor::Vtxo { remaining_blocks } => {
                    Some(u128::from(channel.capacity().0) * u128::from(remaining_blocks))
                }
            }
        });
        locked.sum()
    }
}

impl Plan {
    /// The demands that are feasible after the round and whose flow uses a channel.
    pub fn served_by(&self, channel: Touch) -> impl Iterator<Item = DemandId> + '_ {
        let uses = move |flow: &Vec<super::plan::ChannelFlow>| flow.iter().any(|f| f.channel == channel);
        self.flows().iter().filter(move |(_, flow)| flow.as_ref().is_some_and(uses)).map(|(id, _)| id)
    }
}
