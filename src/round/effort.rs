//! How much work a plan may take.

use super::branch::{HASTY, Limits, SHORT, THOROUGH};
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
    /// An iteration costs about demands x channels, so small rounds get more of them for the same work: 15 / 60 / 300
    /// at 100 demands and 700 channels, and each comes with some exchanges of touches; rounds with more demands get more of both,
    /// by the cube of how many, as far as the work goes. A branch and bound closes small rounds, and all if a proof is asked
    /// for; of others it brings the bound near the plan.
    pub(super) fn work(self, model: &Model) -> Work {
        let (work, most, nodes) = match self {
            Self::Quick => (1_200_000, 15, 50_000),
            Self::Normal => (400_000_000, 60, 500_000),
            Self::Prove => (2_000_000_000, 300, u64::MAX),
        };
        let demands = model.wants.len() as u64;
        let size = demands.saturating_mul(model.slots.len() as u64).max(1);
        let nodes = (nodes / size).min(MOST_NODES);
        let most = if size <= SMALL { MOST } else { most * (demands / MANY).max(1).saturating_pow(3) };
        let turns = (work / size).clamp(LEAST, most);
        // Where branch and bound gets far, it finds what the search would; where it does not, it proves next to nothing.
        let (iterations, nodes) = if nodes >= FAR { (turns.min(FAR), nodes) } else { (turns, 0) };
        let moves = if size <= SMALL || !model.is_certain() { 0 } else { turns * MOVES };
        let merging = if moves == 0 || self == Self::Quick { 0 } else { MERGING };
        let iterations = if moves > 0 { iterations.min((iterations / 5).max(ENOUGH)) } else { iterations };
        let pivots = if self == Self::Prove { u64::MAX } else { PIVOTS };
        let idle = if self == Self::Prove && size > SMALL { PATIENT } else { IDLE };
        let proof = if nodes > 0 || moves == 0 || self == Self::Quick { PROOF } else { HASTY_PROOF };
        let proof = Limits { nodes: nodes.max(proof.nodes), ..proof };
        let rounds =
            Rounds { most: ROUNDS, idle, flows: true, roundings: true, slow: SLOW, tolerance: VIOLATED };
        let refinements = if self == Self::Prove && size > SMALL { REFINEMENTS } else { 0 };
        Work { refinements, iterations, moves, merging, proof, rounds, pivots }
    }
}

/// Iterations at least, and at most in small rounds.
const LEAST: u64 = 5;
const MOST: u64 = 100;
/// So many demands are many: twice as many get eight times the turns.
const MANY: u64 = 100;
/// Moves for an iteration, which takes as long as thirty of them, and how many iterations are enough before moves: of more
/// only a fifth is done.
const MOVES: u64 = 90;
const ENOUGH: u64 = 8;
/// Nodes of the tree between good plans.
const MERGING: u64 = 60;
/// Nodes of a branch and bound at most.
const MOST_NODES: u64 = 100_000;
/// A branch and bound that is to close, as far as entries of tableaux go.
const PROOF: Limits =
    Limits { nodes: 0, entries: 80_000_000_000, rounds: SHORT, trials: THOROUGH, near: 0.0 };
/// One that is to bring the bound near the plan: half of what it can do there, known sets and a few trials do.
const HASTY_PROOF: Limits = Limits {
    nodes: 20,
    entries: 100_000_000,
    rounds: Rounds { flows: false, roundings: false, ..SHORT },
    trials: HASTY,
    near: 0.05,
};
/// So many nodes are enough for many small rounds.
const FAR: u64 = 50;
/// Rounds of separation at the root at most.
const ROUNDS: usize = 200;
/// As many in a row that bring next to nothing end the separation, as branches bring more, and if a proof is asked for that is not of a small
/// round.
const IDLE: usize = 4;
const PATIENT: usize = 12;
/// A round of it that lowers the bound by a smaller part is followed by one for all kinds of rows.
const SLOW: f64 = 0.01;
/// Pivots of a dive at most, unless a proof is asked for: what later ones find the search finds too.
const PIVOTS: u64 = 120;

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
    /// Nodes of the tree between good plans.
    pub(super) merging: u64,
    pub(super) proof: Limits,
    pub(super) rounds: Rounds,
    pub(super) refinements: u64,
    /// Of a dive.
    pub(super) pivots: u64,
}
