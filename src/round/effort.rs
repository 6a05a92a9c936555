//! How much work a plan may take.

use super::cuts::VIOLATED;
use super::linear::Rounds;
use super::model::Model;

/// How much work a plan may take, counted in iterations and not in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Effort {
    /// A first good plan.
    Quick,
    /// The default.
    #[default]
    Normal,
    /// The most search and the tightest bound.
    Prove,
}

impl Effort {
    /// How much to do for a round of some size.
    ///
    /// An iteration costs about demands x channels, so small rounds get more of them for the same work: 25 / 100 / 500
    /// at 100 demands and 700 channels, and with each of them some moves. Nodes of the branch and bound are for small rounds, unless a proof is asked for.
    pub(super) fn work(self, model: &Model) -> Work {
        let (work, most, nodes) = match self {
            Self::Quick => (1_750_000, 100, 50_000),
            Self::Normal => (7_000_000, 100, 500_000),
            Self::Prove => (35_000_000, 500, u64::MAX),
        };
        let size = (model.wants.len() as u64).saturating_mul(model.slots.len() as u64).max(1);
        let nodes = (nodes / size).min(MOST_NODES);
        // Where branch and bound gets far, it finds what the search would; where it does not, it proves next to nothing.
        let (most, nodes) = if nodes >= FAR { (FAR, nodes) } else { (most, 0) };
        let (idle, pivots) = if self == Self::Prove { (usize::MAX, u64::MAX) } else { (IDLE, PIVOTS) };
        let rounds = Rounds { most: ROUNDS, idle, flows: true, tolerance: VIOLATED };
        let refinements = if self == Self::Prove && size > SMALL { REFINEMENTS } else { 0 };
        let iterations = (work / size).clamp(most.min(5), most);
        let moves = if nodes >= FAR || !model.is_certain() { 0 } else { iterations * MOVES };
        Work { refinements, iterations, moves, nodes, rounds, pivots }
    }
}

/// Moves for an iteration, which takes as long.
const MOVES: u64 = 15;
/// Nodes of a branch and bound at most.
const MOST_NODES: u64 = 100_000;
/// So many nodes are enough for many small rounds.
const FAR: u64 = 50;
/// Rounds of separation at the root at most.
const ROUNDS: usize = 200;
/// As many that bring next to nothing end the separation, unless a proof is asked for.
const IDLE: usize = 6;
/// Pivots of a dive at most, unless a proof is asked for: what later ones find the search finds too.
const PIVOTS: u64 = 500;

/// Neighbourhoods of good plans that are refined before a proof, unless it is a small round: there the proof finds them.
const REFINEMENTS: u64 = 40;
/// Demands x channels of a small round.
const SMALL: u64 = 10_000;

/// Limits in units of work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    pub(super) iterations: u64,
    /// Exchanges of touches.
    pub(super) moves: u64,
    pub(super) nodes: u64,
    pub(super) rounds: Rounds,
    pub(super) refinements: u64,
    /// Of a dive.
    pub(super) pivots: u64,
}
