//! The round: which channels to reshape so that the most demands become feasible.
//!
//! # Problem (R1)
//!
//! A round is one transaction that closes, resizes and opens channels among its *participants*, coordinated
//! by a *server* that fronts the money. Given channels with balances, candidates that may be opened,
//! demands (sender, receiver, amount, weight) and [`Rules`], choose which channels to touch and their new
//! balances, and maximise the weight of all demands that are feasible afterwards, each alone: maximum flow
//! from sender to receiver at least the amount. The rules:
//!
//! 1. Only channels whose two ends take part are touched, existing ones only if reshapable, at most so many.
//! 2. Wealth is conserved per participant to the satoshi: old balances in touched channels + free funds
//!    brought = new balances in touched channels + a fee per touched channel + change.
//! 3. An open touched channel has a capacity in range and the reserve on both sides; nobody can send
//!    its reserve.
//! 4. Free funds enter whole (a vTXO is forfeited whole), the server's in any part.
//! 5. Old capacities of touched vTXO channels + free funds brought <= fronting budget; prices of all touches
//!    <= price budget, if there is one.
//!
//! The problem is NP-hard in several independent ways (Hamiltonian cycles, coverage, set packing, knapsack),
//! and single touches neither add up nor have diminishing returns: two channels in series are worth
//! nothing alone.
//!
//! # Why cuts and wealth
//!
//! What can leave a node set S is w(S) - C(E\[S\]): the wealth of S less the capacity locked inside. Neither a
//! payment in a circle nor any off-chain rebalancing changes it, so only changing channels can make
//! an infeasible demand feasible (Pickhardt, "A mathematical theory of payment channel networks",
//! arXiv 2601.04835).
//!
//! # Method
//!
//! [`RoundPlanner`] solves the linear relaxation over cuts (a dual simplex of its own, cuts found by max flows, sums of rows rounded), which gives
//! the bound and a hint; it dives from there, touch by touch, exchanges touches (what a demand lacks for what is missed least, judged by
//! flows and cuts that are known), searches by ruin and recreate (recipes of augmenting paths that may pay for touches,
//! money pooled and allotted demand by demand), both with late acceptance and biased by that hint; it merges the best plans by a small
//! tree over what they disagree in; and it closes the gap of small rounds by branch and bound. Every plan leaves through [`check::plan`](crate::check::plan) with one flow per
//! feasible demand, every bound through [`check::bound`](crate::check::bound): a tree of cases with multipliers.
//!
//! An iteration costs about O(demands x (channels + nodes) log nodes); almost all questions "is this demand
//! feasible now" are answered by the flow or the cut that decided it last. Tried and lost: shortest
//! paths for every trickle of liquidity that is free anyway (1.4 times the time of one Dinic run first).

pub mod aims;
mod bound;
mod branch;
mod builder;
mod carry;
mod certificate;
mod cuts;
mod dive;
mod effort;
mod elite;
mod error;
mod exchange;
mod explain;
pub mod generate;
mod instance;
mod linear;
mod lookout;
mod merge;
mod model;
mod plan;
mod planner;
mod recipe;
mod refine;
mod replan;
mod rounding;
mod route;
mod search;
mod separate;
mod simplex;
mod solution;
mod state;
mod tableau;
mod worth;

pub use builder::RoundBuilder;
pub use certificate::{
    Case, Choice, DemandCut, End, Multiplier, Multipliers, Rounding, SetBound, SetCut, UpperBound,
};
pub use effort::Effort;
pub use error::RoundError;
pub use explain::DeficientCut;
pub use instance::{Anchor, Candidate, Channel, Demand, Prices, Round, Rules};
pub use plan::{Changes, ChannelFlow, DemandFlows, Money, Reshape, Touch};
pub use planner::{Plan, RoundPlanner};
pub use worth::{Marginal, Shadow};
