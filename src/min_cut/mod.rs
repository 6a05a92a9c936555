//! Minimum cuts: between two nodes, between all pairs, and of a whole graph.
//!
//! # Problems
//!
//! [`MinCut`] separates two nodes of a [`Network`](crate::Network) (directed, with supplies and bounds
//! as on the [maximum-flow page](crate::max_flow)): it is a maximum flow seen from the other side, and
//! as well proven. The other two take an [`UndirectedGraph`]: edges u v with a capacity, where the
//! capacity of a node set is the sum of the edges that leave it.
//!
//! * [`CutTree`]: a tree on the nodes such that the minimum cut between any two of them is the least
//!   edge on their tree path, given by the two sides of that edge (Gomory and Hu 1961).
//! * [`GlobalMinCut`]: the cheapest way to split the nodes into two non-empty sets.
//!
//! # Proof
//!
//! | answer | upper bound | lower bound |
//! |---|---|---|
//! | s-t cuts | the cuts themselves | a flow of the same value, [`check::extreme_cuts`](crate::check::extreme_cuts) |
//! | the first s-t cut alone | the cut itself | a pseudoflow that fills it, [`check::min_cut`](crate::check::min_cut) |
//! | cut tree | n - 1 cuts, [`check::cut_tree`](crate::check::cut_tree) | while it is built: flows of equal value, or a heavy edge (see [`CutTree`]) |
//! | global cut | the cut, [`check::global_cut`](crate::check::global_cut) | none: rests on the contraction argument |
//!
//! A graph that is not connected has global cut 0 and zero edges in its tree. Loops are in no cut;
//! parallel edges add up.

mod contracted;
mod global;
mod gusfield;
mod merging;
mod terminals;
mod tree;

pub use global::{GlobalCut, GlobalMinCut};
pub use terminals::{MinCut, MinimumCut, ProvenCut};
pub use tree::CutTree;

#[cfg(doc)]
use crate::network::UndirectedGraph;
