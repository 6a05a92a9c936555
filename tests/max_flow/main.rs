//! Maximum flows, minimum cuts, cut trees.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub
)]

#[path = "../common/mod.rs"]
mod common;

mod certify;
mod cuts;
mod decomposition;
mod extreme_cuts;
mod large;
mod laws;
mod terminals;
mod trees;
