//! Rounds: plans, bounds, proofs, laws.
#![allow(clippy::expect_used, clippy::panic, clippy::std_instead_of_core, clippy::unwrap_used, missing_docs)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code)] // benchmarks use more of it
#[path = "../../benches/instances/rounds.rs"]
mod instances;

mod aims;
mod hard;
mod laws;
mod oracle;
mod proofs;
mod rows;
