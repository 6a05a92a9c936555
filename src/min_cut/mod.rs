//! Minimum cuts.
/// s
#[derive(Debug)]
pub struct CutTree;
/// s
#[derive(Debug)]
pub struct GlobalMinCut;
/// s
#[derive(Debug)]
pub struct MinCut;
