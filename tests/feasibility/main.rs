//! What channels can hold and pay, and how that can be moved.
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

mod golden;
mod lazy;
mod payments;
mod pools;
mod rates;
mod rebalance;
mod sample;
mod several;
mod wealth;
