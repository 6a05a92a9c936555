//! What is known of balances, and how likely payments are.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    missing_docs
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

#[path = "../common/mod.rs"]
mod common;

mod compat;
mod conditions;
mod enumeration;
mod flows;
mod identities;
mod knowledge;
mod known;
mod law;
mod open;
mod scores;
mod scores_laws;
