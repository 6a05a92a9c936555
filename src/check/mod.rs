//! The trusted part: checks every answer against the caller's own problem.
//!
//! A checker reads a problem, an answer and its certificate, and says yes or names the first thing
//! that is wrong ([`Violation`]). It imports no solver, keeps no state but what a certificate that is checked again after
//! small changes needs, uses plain loops over arcs and
//! `i128` sums with checked additions, and costs O(n + m) unless it says otherwise. Solvers call it on
//! everything they return; callers can call it again.
//!
//! | answer | certificate | theorem | function |
//! |---|---|---|---|
//! | a flow | itself | - | [`flow`] |
//! | a maximum flow | a cut of the same value | max-flow min-cut (Ford and Fulkerson 1956) | [`max_flow`] |
//! | a maximum flow between sets, through limited nodes | a cut of arcs and nodes | the same, nodes split | [`max_flow_between`], [`flow_between_terminals`], [`infeasible_terminals`], [`unbounded_between`] |
//! | a minimum cut | a pseudoflow that fills it | what is too much or missing can go back on its side | [`min_cut`] |
//! | all minimum cuts, or the only one | the first and the last of them | Picard and Queyranne 1980 | [`extreme_cuts`] |
//! | a flow of minimum cost | potentials | complementary slackness | [`optimal`] |
//! | a flow as paths and cycles | themselves | Gallai 1958 (no more than arcs) | [`decomposition`](fn@decomposition) |
//! | the only flow of minimum cost | potentials and an order of the nodes | nothing moves at reduced cost 0 | [`unique`] |
//! | how far a cost may move | potentials and a way round, each way | complementary slackness | [`cost_range`](fn@cost_range) |
//! | a flow of minimum cost between two nodes | potentials | complementary slackness | [`optimal_between`] |
//! | the same within supply ranges, or none | potentials, or a node set | one node more | [`optimal_within`], [`infeasible_within`], [`unbounded_within`] |
//! | an amount between two nodes | a flow | - | [`flow_between`] |
//! | no limit on that amount | a path of unbounded arcs | - | [`unbounded_path`] |
//! | there is no flow | a node set that cannot get rid of its supply | Gale 1957, Hoffman 1960 | [`infeasible`] |
//! | the same whatever two nodes exchange | such a set with both or neither | - | [`infeasible_between`] |
//! | a cut tree | its n - 1 cuts | Gomory and Hu 1961 | [`cut_tree`] (values, not minimality) |
//! | a global cut | its node set | - | [`global_cut`] (value, not minimality) |
//! | costs fall for ever | a flow and a negative cycle of unbounded arcs | - | [`unbounded`] |
//! | a payment is feasible or not | channel flows, or a cut | max-flow min-cut | [`payment`] |
//! | payments, netted, are feasible or not | channel flows, or a node set | Gale 1957 | [`settlement`](fn@settlement) |
//! | payments can be pending at once | one flow each | - | [`pending`] |
//! | no larger share of them can | lengths of channels | linear duality | [`pending_bound`] |
//! | channels can hold a wealth vector or not | balances, or a node set | base polytopes | [`wealth`](fn@wealth) |
//! | no way to pay is better | potentials | Lagrangian duality | [`parts_bound`] |
//! | no way within limits of parts and lengths is better | prices of directions | Lagrangian duality | [`prices_bound`], [`largest_part_bound`] |
//! | there is no way to pay within the limits | a node set, or tolls | N pieces across a cut; linear duality | [`obstacle`] |
//! | payments cannot all be pending within the limits | tolls | linear duality | [`tolls`](fn@tolls) |
//! | the same, with fixed charges told apart | potentials by case | cases of directions used | [`branch_bound`] |
//! | all of these of one way to pay | all of these | the best of them | [`objective_bound`], [`fee_bound`], [`risk_bound`] |
//! | no way is within a fee budget, or as likely as asked for | what proves a lower bound | Lagrangian duality | [`obstacle`] |
//! | a part of a payment can be sent | itself | - | [`part_amounts`] |
//! | what parts are worth, of one payment or several | themselves | - | [`parts`](fn@parts), [`batch`] |
//! | no plan is worth more | cuts with multipliers | Lagrangian duality | [`bound`] |
//! | a round plan | balances, change, one flow per demand | the rules of [`round`](crate::round)| [`plan`] |

mod bound;
mod certificate;
mod decomposition;
mod dual;
mod max_flow;
mod narrow;
mod network;
mod node_cut;
mod parts;
mod parts_branch;
mod parts_goal;
mod parts_least;
mod parts_obstacle;
mod parts_prices;
mod parts_proof;
mod parts_ranges;
mod parts_terms;
mod parts_value;
mod parts_ways;
mod payment;
mod plan;
mod residual;
mod rounding;
mod rows;
mod settlement;
mod standing;
mod terminals;
mod together;
mod undirected;
mod variation;
mod violation;
mod wealth;

pub use bound::bound;
pub(crate) use bound::{bound_units, bound_value, leaf_values};
pub use certificate::{Cut, Ray, Shortage};
pub(crate) use decomposition::net_outflows;
pub use decomposition::{Decomposition, PathFlow, Step, decomposition};
pub use dual::dual_value;
pub(crate) use max_flow::{NodeSums, Sweep};
pub use max_flow::{max_flow, min_cut};
pub(crate) use network::{Sums, optimal_cost};
pub use network::{flow, infeasible, optimal, unbounded};
pub use node_cut::{
    NodeCut, flow_between_terminals, infeasible_terminals, max_flow_between, unbounded_between,
};
pub use parts::{Part, PartFault, part_amounts};
pub use parts_branch::{Branch, branch_bound};
pub use parts_goal::{PartsGoal, PartsRules};
pub(crate) use parts_obstacle::{Ahead, closes, pieces, usable};
pub use parts_obstacle::{Obstacle, obstacle, tolls};
pub use parts_prices::{largest_part_bound, prices_bound};
pub use parts_proof::{Proof, fee_bound, objective_bound, risk_bound};
pub(crate) use parts_ranges::{Range, narrowed, narrowed_with};
pub(crate) use parts_terms::{Terms, direction_at, direction_index, floor};
pub use parts_value::{PartsValue, batch, parts, parts_bound};
pub(crate) use parts_value::{bound_with, largest_amount, largest_sent};
pub(crate) use parts_ways::{Cheapest, cheapest_way};
pub use payment::{ChannelCut, ChannelFlow, Crossing, CutSide, PaymentClaim, payment};
pub use plan::{Verdict, plan};
pub use residual::extreme_cuts;
pub(crate) use rows::{Limits, Row};
pub use settlement::{PendingPayment, SettlementClaim, pending, pending_bound, settlement};
pub(crate) use standing::Standing;
pub(crate) use terminals::flow_between_in;
pub use terminals::{flow_between, infeasible_between, unbounded_path};
pub use together::set_bound;
pub(crate) use together::{room as set_room, set_bound_value};
pub use undirected::{cut_tree, global_cut};
pub use variation::{
    CostLimit, CostRange, cost_range, infeasible_within, optimal_between, optimal_within, unbounded_within,
    unique,
};
pub use violation::Violation;
pub use wealth::{WealthClaim, wealth};
