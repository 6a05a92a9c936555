//! Payments in parts.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, missing_docs)]
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]

#[path = "../common/mod.rs"]
mod common;

mod attempt;
mod bounds;
mod brute;
mod cases;
mod each_limit;
mod edges;
mod limits;
mod plans;
