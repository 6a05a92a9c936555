//! The round: which channels to reshape so that the most demands become feasible.
mod bound;
mod builder;
mod certificate;
mod error;
mod explain;
pub mod generate;
mod instance;
mod model;
mod plan;
mod planner;
mod route;
mod search;
mod state;

pub use builder::RoundBuilder;
pub use certificate::{DemandCut, UpperBound};
pub use error::RoundError;
pub use explain::DeficientCut;
pub use instance::{Anchor, Candidate, Channel, Demand, Prices, Round, Rules};
pub use plan::{Changes, ChannelFlow, DemandFlows, Money, Reshape, Touch};
pub use planner::{Effort, Plan, RoundPlanner};
