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
//!
//! # Method
//!
//! ```text
//!   blocks    R(a) is a product over the blocks between s and t; bundles of channels are exact
//!   boxes     flows divide the states of a block into feasible ones, infeasible ones and open boxes of known mass
//!   stars     in every open box, P(the channels of s and of t let a pass) is exact, and the rest infeasible
//!   samples   of what is open, stars drawn on that condition, all other channels where a decision looks at them
//! ```
//!
//! With W the open mass in which both stars let a pass, and q the share of it that is feasible,
//!
//! ```text
//!   R = proven feasible + W q,      1 - R = proven infeasible + W (1 - q),
//! ```
//!
//! both sums of positive terms. If W is 0 the answer is exact; q has an interval that holds at any time one stops.
//! S is concave in each x and neither rising nor falling, so methods for monotone systems do not apply as they stand; the
//! division by flows does, since a flow uses a channel in one direction.
//!
//! # References
//!
//! Pickhardt, Tikhomirov, Biryukov, Nowostawski, arXiv 2103.08576 (the model); Doulliez and Jamoulle 1972, Jane and Laih,
//! IEEE Trans. Reliability 2008 (division of the state space); Fishman, Operations Research 34 (1986) (bounds
//! with sampling).

mod amount;
mod blocks;
mod boxes;
mod chords;
mod curve;
mod cut;
mod estimator;
mod family;
mod knowing;
mod network;
mod outcome;
mod part;
mod pool;
mod probable;
mod probe;
mod receivers;
mod sampler;
mod states;
mod study;
mod tries;
mod ways;
mod wire;

pub use amount::{BestAmount, best_amount};
pub use estimator::Estimator;
pub use network::{UncertainChannel, UncertainError, UncertainNetwork};
pub use outcome::{Odds, Reliability, Tally, WeakCut};
pub use probable::ProbableFlow;
pub use probe::{best_probe, best_probe_for, entropy, information, median, outcomes, variance_drop};
pub use states::States;
pub use study::{Study, Tallies};
pub use tries::{Delivery, Tries, delivery, delivery_simulated, tries, tries_simulated};
