//! The arcs at the terminals, which carry all they can from the start and are settled in the end.
//!
//! While the forests grow nothing passes through a terminal, so the residual capacities of these arcs stay as
//! they were and only the excess of their other ends tells what they carry: one visit instead of two to every
//! node that has such an arc.

use num_traits::Zero;

use crate::kernel::pairs::Pairs;
use crate::kernel::{Int, Room};

/// Gives every node what the source can send it, and takes what the sink can take.
pub(super) fn advance<R: Room>(
    pairs: &Pairs,
    residual: &[R],
    excess: &mut [R::Sum],
    (source, sink): (usize, usize),
) {
    for arc in pairs.out(source) {
        excess[pairs.head(arc)] += residual[arc].get();
    }
    for arc in pairs.out(sink) {
        excess[pairs.head(arc)] -= residual[pairs.mate(arc)].get();
    }
    // What goes from the source to the sink directly.
    (excess[source], excess[sink]) = (R::Sum::zero(), R::Sum::zero());
}

/// Settles the arcs of the terminals: deficits and then excess go back to those they came from (unless all are
/// to be `kept`, for others to go on), the rest of what was sent over them in advance is theirs. Excess that has
/// moved on stays, and is owed by the source.
pub(in crate::max_flow) fn settle<R: Room>(
    pairs: &Pairs,
    residual: &mut [R],
    excess: &mut [R::Sum],
    (source, sink): (usize, usize),
    kept: bool,
) {
    let zero = R::Sum::zero();
    let mut settle = |arc: usize, mate: usize, unused: R::Sum| {
        let room = residual[arc].get();
        let unused = if kept { zero } else { unused.max(zero).min(room) };
        residual[arc] = R::of(unused);
        residual[mate].give(room - unused);
        unused
    };
    for arc in pairs.out(sink) {
        let tail = pairs.head(arc);
        excess[tail] += settle(pairs.mate(arc), arc, -excess[tail]);
    }
    for arc in pairs.out(source) {
        let head = pairs.head(arc);
        excess[head] -= settle(arc, pairs.mate(arc), excess[head]);
    }
    if !kept {
        owe(excess, source);
    }
}

/// Gives deficits and then excess back to the arcs of the terminals they came from, which are settled.
pub(in crate::max_flow) fn retract<R: Room>(
    pairs: &Pairs,
    residual: &mut [R],
    excess: &mut [R::Sum],
    (source, sink): (usize, usize),
) {
    let zero = R::Sum::zero();
    for arc in pairs.out(sink) {
        let tail = pairs.head(arc);
        let amount = (-excess[tail]).min(residual[arc].get()).max(zero);
        residual[arc].take(amount);
        residual[pairs.mate(arc)].give(amount);
        excess[tail] += amount;
    }
    for arc in pairs.out(source) {
        let (head, mate) = (pairs.head(arc), pairs.mate(arc));
        let amount = excess[head].min(residual[mate].get()).max(zero);
        residual[mate].take(amount);
        residual[arc].give(amount);
        excess[head] -= amount;
    }
    owe(excess, source);
}

/// What is left of excess somewhere is owed by the source.
fn owe<T: Int>(excess: &mut [T], source: usize) {
    let owed = excess.iter().fold(T::zero(), |sum, &e| sum + e);
    excess[source] -= owed;
}
