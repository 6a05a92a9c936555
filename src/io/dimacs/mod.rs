//! The DIMACS formats of minimum-cost flow and maximum flow.
//!
//! # Format
//!
//! Lines begin with a letter; fields are separated by blanks, nodes counted from 1.
//!
//! | line | `p min` file | `p max` file |
//! |---|---|---|
//! | `c ...` | comment | comment |
//! | `p KIND NODES ARCS` | the problem, once, before nodes and arcs | the same |
//! | `n ID X` | supply X of node ID (positive: sends); others have 0 | `s` or `t`: source or sink |
//! | `a U V ...` | `a U V LOW CAP COST` | `a U V CAP` |
//! | `s X`, `f U V X` | solution: cost, flow of an arc | solution: value, flow of an arc |
//!
//! Blank lines, leading blanks and CRLF are accepted. Everything else is an error that names the line,
//! what was read and what was expected: a missing or second problem line, another number of arcs than
//! announced, a node that is out of range or described twice, bounds that are negative or cross, numbers
//! beyond `i64`, supplies that do not cancel out, a line that begins with another letter, a field too
//! many or too few. Memory stays in proportion to the text whatever the problem line announces.
//!
//! Reference: "The First DIMACS International Algorithm Implementation Challenge: Problem Definitions
//! and Specifications", Rutgers University, 1990.

mod parse;
mod scan;
mod write;

use alloc::string::String;
use alloc::vec::Vec;

use thiserror::Error;

use crate::check::Violation;
use crate::id::{ArcId, NodeId};
use crate::network::Network;

pub use parse::{kind, parse_max, parse_min, parse_undirected};
pub use write::{write_max, write_min, write_solution};

/// Which problem a file states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `p min`.
    Min,
    /// `p max`.
    Max,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: read {token}, expected {expected}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What was read (cut to 40 characters).
    pub token: String,
    /// What belongs there.
    pub expected: String,
}

/// A minimum-cost flow problem and where its arcs stand.
#[derive(Clone, Debug)]
pub struct MinProblem {
    /// The problem; node i of the file is node i - 1, arcs are in the order of the file.
    pub network: Network,
    /// The line of each arc.
    pub lines: ArcLines,
}

/// A maximum flow problem and where its arcs stand.
#[derive(Clone, Debug)]
pub struct MaxProblem {
    /// The problem; node i of the file is node i - 1, arcs are in the order of the file.
    pub network: Network,
    /// The source.
    pub source: NodeId,
    /// The sink.
    pub sink: NodeId,
    /// The line of each arc.
    pub lines: ArcLines,
}

/// The line number of every arc of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArcLines {
    lines: Vec<usize>,
}

impl ArcLines {
    /// The line of an arc, from 1; `None` if the arc is not of this file.
    #[must_use]
    pub fn line(&self, arc: ArcId) -> Option<usize> {
        self.lines.get(arc.index()).copied()
    }
}

/// Why a network or its flow cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The format has no word for this arc: unbounded, negative bound, or a cost that is not linear; for
    /// maximum flow also a lower bound or a cost.
    #[error("arc {arc}: {what} cannot be written")]
    Arc {
        /// The arc.
        arc: ArcId,
        /// What the format lacks.
        what: &'static str,
    },
    /// A terminal that is not a node, or a maximum flow problem with supplies.
    #[error("node {node}: {what} cannot be written")]
    Node {
        /// The node.
        node: NodeId,
        /// What the format lacks.
        what: &'static str,
    },
    /// A flow of another problem.
    #[error("{0}")]
    Shape(Violation),
    /// The receiver refused the text.
    #[error("the text was not taken")]
    Refused(#[from] core::fmt::Error),
}
