//! What the examples share: arguments, reading, JSON, graphs and the way out.
//!
//! An example is `fn main() -> ExitCode { exit::main(run) }` where `run` appends its report to a string
//! and returns [`Bad`] for bad input. Nothing is printed before the whole answer is there.
#![allow(dead_code, unreachable_pub)] // every example uses a part of it
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

pub mod args;
pub mod embedded;
pub mod exit;
pub mod graph;
pub mod graph_json;
pub mod input;
pub mod json;
pub mod odds;
pub mod progress;
pub mod rates;
pub mod round;
pub mod table;
pub mod timing;

pub use args::{Arg, Args};
pub use exit::Bad;
#[allow(unused_imports)] // not every example reads a bare file
pub use input::Input;
