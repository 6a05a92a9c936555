//! Exact, certified answers about payment-channel networks, on general flow solvers of its own.
//!
//! 1. **Can it be paid?** [`feasibility`]: a payment is feasible iff the minimum cut of the liquidity
//!    graph is at least the amount. The answer is a flow or a cut.
//! 2. **What is the best way to pay?** [`payment`]: parts, their probability and fees, and a proven lower bound.
//! 3. **Which channels should the next round reshape?** [`round`]: a plan, checked to the satoshi, with
//!    a proven upper bound.
//!
//! Underneath: [`max_flow`], [`min_cut`] and [`min_cost_flow`] on a [`Network`], each useful alone.
//!
//! # How it fits together
//!
//! A *problem* is built and frozen ([`network`], [`liquidity`], [`round::Round`]); a *solver* answers
//! it; the *checker* ([`check`]) proves the answer against the problem; the *domain* turns channels,
//! payments and rounds into problems and back. Imports run downwards only:
//!
//! | layer | modules |
//! |---|---|
//! | doors | [`io`] |
//! | decisions | [`payment`], [`round`] |
//! | likelihoods | [`reliability`] |
//! | answers | [`feasibility`] |
//! | solvers | [`max_flow`], [`min_cut`], [`min_cost_flow`] |
//! | engine room | `kernel` (private), [`solve`], [`decomposition`] |
//! | proof | [`check`] |
//! | problems | [`network`], [`liquidity`], [`knowledge`], the data types of [`round`] |
//! | parts of problems | [`cost`], [`law`] |
//! | vocabulary | [`id`], [`num`], [`amount`], [`random`] |
//!
//! # Example
//!
//! ```
//! use feasible::{MinCostFlow, NetworkBuilder, check};
//! let mut b = NetworkBuilder::new(); // i64 by default
//! let s = b.add_node(4)?;
//! let t = b.add_node(-4)?;
//! b.add_arc(s, t, 0..=5, 7)?;
//! let network = b.build()?; // balance, convexity and range are checked here
//! let flow = MinCostFlow::new().solve(&network)?.optimal()?;
//! assert_eq!(flow.cost(), 28);
//! check::optimal(&network, flow.flows(), flow.potentials(), flow.cost())?; // anyone can re-check
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Promises
//!
//! No answer leaves without having passed its checker; no problem makes a solver panic, wrap or loop (indexing
//! a map or a problem with an id of a larger one panics, as for a slice);
//! the same input and options give the same result everywhere. The crate is `no_std + alloc`, has no
//! `unsafe`, and does no input or output.
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod amount;
pub mod check;
pub mod cost;
pub mod decomposition;
pub mod feasibility;
pub mod id;
pub mod io;
mod kernel;
pub mod knowledge;
pub mod law;
pub mod liquidity;
pub mod max_flow;
pub mod min_cost_flow;
pub mod min_cut;
pub mod network;
pub mod num;
pub mod payment;
pub mod random;
pub mod reliability;
pub mod round;
pub mod solve;

pub use amount::{Msat, Sat};
pub use cost::{ArcCost, Breakpoint, CostError, PiecewiseCost, Slopes};
pub use feasibility::{Decision, Feasibility, Payment};
pub use id::{
    ArcId, ArcMap, CandidateId, ChannelId, ChannelMap, DemandId, DemandMap, Id, IdMap, NodeId, NodeMap,
    PoolId, ScenarioId,
};
pub use liquidity::{Balance, Channel, ChannelGraph, ChannelGraphBuilder, Direction};
pub use max_flow::MaxFlow;
pub use min_cost_flow::MinCostFlow;
pub use min_cut::{CutTree, GlobalMinCut, MinCut};
pub use network::{Amend, Bounds, BuildError, Network, NetworkBuilder, Terminals, UndirectedGraph};
pub use num::FlowNum;
pub use round::RoundPlanner;
pub use solve::{Progress, SolveError};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
