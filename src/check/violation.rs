//! What a checker can find wrong.

use thiserror::Error;

use crate::id::{ArcId, CandidateId, ChannelId, DemandId, NodeId};

/// The first thing found wrong with an answer or its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Violation {
    /// A map has the wrong number of entries.
    #[error("{what}: {actual} entries instead of {expected}")]
    Length {
        /// Which map.
        what: &'static str,
        /// The number of ids of the problem.
        expected: usize,
        /// The number of entries.
        actual: usize,
    },
    /// A list of ids that is not in order, names one twice, or names one that the problem does not have.
    #[error("{what}: number {position} is out of order or does not exist")]
    Order {
        /// Which list.
        what: &'static str,
        /// The position of the id in dense maps.
        position: usize,
    },
    /// A flow outside the bounds of its arc.
    #[error("arc {arc} carries {flow}, below its lower bound or above its upper bound")]
    Bounds {
        /// The arc.
        arc: ArcId,
        /// What it carries.
        flow: i128,
    },
    /// A node sends out more or less than it gets.
    #[error("node {node}: outflow - inflow - supply is {excess} instead of {expected}")]
    Balance {
        /// The node.
        node: NodeId,
        /// Outflow - inflow - supply.
        excess: i128,
        /// What it should be.
        expected: i128,
    },
    /// A path or cycle of a decomposed flow is none.
    #[error("path or cycle {position}: {rule}")]
    Path {
        /// Its position, paths first.
        position: usize,
        /// What is wrong.
        rule: &'static str,
    },
    /// A node passes on more than it may.
    #[error("node {node} passes on {throughput}, its capacity is {capacity}")]
    Throughput {
        /// The node.
        node: NodeId,
        /// What it passes on.
        throughput: i128,
        /// What it may pass on.
        capacity: i128,
    },
    /// An arc that can move although it should not, or cannot although it should.
    #[error("arc {arc} can move without a change of cost, or cannot where it should")]
    Movable {
        /// The arc.
        arc: ArcId,
    },
    /// A node could still send more or less, at a profit.
    #[error("node {node}: price {price} although its supply is not at the end of its range")]
    Price {
        /// The node.
        node: NodeId,
        /// Its potential.
        price: i128,
    },
    /// A number that was claimed is not the number that comes out.
    #[error("{what}: claimed {claimed}, recomputed {actual}")]
    Value {
        /// Which number.
        what: &'static str,
        /// What the answer says.
        claimed: i128,
        /// What the checker computed.
        actual: i128,
    },
    /// A terminal on the wrong side of a cut, or terminals that coincide.
    #[error("node {node} lies on the wrong side of the cut")]
    Side {
        /// The terminal.
        node: NodeId,
    },
    /// A reduced cost has the wrong sign: the flow is not optimal for these potentials.
    #[error("arc {arc}: reduced cost {reduced} although the flow could {direction}")]
    ReducedCost {
        /// The arc.
        arc: ArcId,
        /// slope + potential of the tail - potential of the head.
        reduced: i128,
        /// "rise" or "fall".
        direction: &'static str,
    },
    /// The set gets rid of its supply after all.
    #[error("the node set has no shortage: what may leave covers its supply ({amount})")]
    NoShortage {
        /// Supply - what may leave; not positive.
        amount: i128,
    },
    /// The cycle is no negative cycle of unbounded arcs.
    #[error("arc {arc} does not continue an unbounded negative cycle")]
    Cycle {
        /// The arc.
        arc: ArcId,
    },
    /// A cycle without arcs, or one that does not pay.
    #[error("the cycle has slope {slope}, which is not negative")]
    CycleSlope {
        /// The sum of the slopes.
        slope: i128,
    },
    /// A sum leaves `i128`: no admitted answer does that.
    #[error("{what} overflows")]
    Overflow {
        /// Which sum.
        what: &'static str,
    },
    /// A channel is asked to carry more than its liquidity.
    #[error("channel {channel} carries {flow}, its liquidity in that direction is {liquidity}")]
    Liquidity {
        /// The channel.
        channel: ChannelId,
        /// What it carries.
        flow: i128,
        /// What it can carry.
        liquidity: i128,
    },
    /// A rule about a touched channel is broken.
    #[error("channel {channel}: {rule}")]
    Channel {
        /// The channel.
        channel: ChannelId,
        /// The rule.
        rule: &'static str,
    },
    /// A rule about an opened channel is broken.
    #[error("candidate {candidate}: {rule}")]
    Candidate {
        /// The candidate.
        candidate: CandidateId,
        /// The rule.
        rule: &'static str,
    },
    /// A rule about the money of a participant is broken.
    #[error("node {node}: {rule}")]
    Participant {
        /// The participant.
        node: NodeId,
        /// The rule.
        rule: &'static str,
    },
    /// A participant gets out more or less than it brings.
    #[error("wealth of node {node}: {brought} sat in, {received} sat out")]
    Wealth {
        /// The participant.
        node: NodeId,
        /// What entered the round.
        brought: i128,
        /// What left it.
        received: i128,
    },
    /// A budget is exceeded.
    #[error("{budget}: {used} of {limit}")]
    Budget {
        /// Which budget.
        budget: &'static str,
        /// What the plan uses.
        used: i128,
        /// What there is.
        limit: i128,
    },
    /// A demand is claimed to be payable without a flow that shows it.
    #[error("demand {demand}: its flow does not deliver the amount")]
    Demand {
        /// The demand.
        demand: DemandId,
    },
}
