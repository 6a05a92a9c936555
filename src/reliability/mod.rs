//! Reliability: how likely a payment is, for one who does not see the balances.
//!
//! # Problem
//!
//! Every channel e = {u, v} of capacity c has a balance of u, an integer x in `0..=c` that is not seen; v has the
//! other c - x. Of x a [law](crate::law) is known, on an interval, independent between channels. A payment of a from
//! s to t is feasible iff the maximum flow S(x) from s to t in the state x is at least a. Asked is
//! R(a) = P(S(x) >= a), the best that any strategy of paying can reach.
//!
//! Besides, on what is [known](crate::knowledge) of the balances: [attempts one after the other](tries), [what arrives of
//! parts](delivery), [the amount worth most](best_amount), and [what a probe tells](information).

mod amount;
mod blocks;
mod boxes;
mod curve;
mod cut;
mod estimator;
mod knowing;
mod network;
mod outcome;
mod part;
mod pool;
mod probe;
mod sampler;
mod study;
mod tries;
mod wire;

pub use amount::{BestAmount, best_amount};
pub use estimator::Estimator;
pub use network::{UncertainChannel, UncertainError, UncertainNetwork};
pub use outcome::{Reliability, Tally, WeakCut};
pub use probe::{best_probe, entropy, information, median, outcomes, variance_drop};
pub use study::{Study, Tallies};
pub use tries::{Delivery, Tries, delivery, tries};
