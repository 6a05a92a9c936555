//! Building, amending, reading networks and graphs.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    missing_docs
)]

#[path = "../common/mod.rs"]
mod common;

mod amend;
mod build;
mod cases;
mod certificates;
mod dimacs;
mod extremes;
mod liquidity;
