//! File formats as text: no input or output, only parsing and writing.

pub mod dimacs;
