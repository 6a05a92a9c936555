//! Minimum-cost flow.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub
)]
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]

#[path = "../common/mod.rs"]
mod common;

mod anytime;
mod bundles;
mod certify;
mod choice;
mod metamorphic;
mod oracle;
mod pendants;
mod questions;
mod reoptimize;
mod sensitivity;
mod shortage;
mod warm;
