//! A lower bound of payments from cases: directions that carry something, or nothing.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{PartsGoal, direction_index, narrowed};
use crate::id::ChannelId;
use crate::liquidity::{ChannelGraph, Direction};

/// A case of a bound: what is assumed, and the potentials that prove something of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Directions, and whether they carry something.
    pub assumed: Vec<(ChannelId, Direction, bool)>,
    /// As those of [`parts_bound`](super::parts_bound).
    pub potentials: Vec<f64>,
}

/// A lower bound of the objective of every way to pay, from cases of which one always holds: the least of what their
/// potentials prove as in [`parts_bound`](super::parts_bound), with the fixed charges of directions that carry
/// something, and without directions that carry nothing. Zero if the cases leave anything out. O(b (n + m)) for b
/// cases.
///
/// ```
/// use feasible::check::{Branch, PartsGoal, branch_bound};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let (s, t) = (b.add_node()?, b.add_node()?);
/// let channel = b.add_channel(Channel::new(s, t, Sat(1)))?;
/// let graph = b.build();
/// let goal = PartsGoal::new(s, t, Msat(500), 0.0);
/// let case = |used| Branch { assumed: vec![(channel, Direction::AToB, used)], potentials: vec![0.0, 0.002] };
/// // Half a channel: ln 2. Without it there is no way, and any price is right.
/// let bound = branch_bound(&graph, &goal, &[case(true), case(false)], 1.0);
/// assert!(bound > 0.6 && bound <= 0.6932);
/// assert_eq!(branch_bound(&graph, &goal, &[case(true)], 1.0), 0.0); // a case is missing
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn branch_bound(graph: &ChannelGraph, goal: &PartsGoal<'_>, branches: &[Branch], known: f64) -> f64 {
    let case = |branch: &Branch| -> BTreeMap<usize, bool> {
        let index = |&(channel, direction, used): &(ChannelId, Direction, bool)| {
            (direction_index(channel.index(), direction), used)
        };
        branch.assumed.iter().map(index).collect()
    };
    let cases: Vec<_> = branches.iter().map(case).collect();
    if !complete(&cases) {
        return 0.0;
    }
    let bound = |(branch, case): (&Branch, &BTreeMap<usize, bool>)| {
        narrowed(graph, goal, &branch.potentials, known, case).0
    };
    branches.iter().zip(&cases).map(bound).fold(f64::INFINITY, f64::min)
}

/// Whether one of the cases always holds: all of them divide by the first direction of the first one, and so do the rest
/// on either side. Each call has fewer cases or fewer assumptions.
fn complete(cases: &[BTreeMap<usize, bool>]) -> bool {
    let Some(first) = cases.first() else { return false };
    // One that all of them make an assumption about.
    let shared = first.keys().copied().find(|index| cases.iter().all(|case| case.contains_key(index)));
    let Some(index) = shared else { return cases.iter().any(BTreeMap::is_empty) };
    [false, true].into_iter().all(|used| {
        let side = cases.iter().filter(|case| case.get(&index) == Some(&used));
        let mut side: Vec<_> = side.cloned().collect();
        side.iter_mut().for_each(|case| {
            case.remove(&index);
        });
        complete(&side)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_cases_are_complete() {
        let case = |assumed: &[(usize, bool)]| assumed.iter().copied().collect::<BTreeMap<_, _>>();
        let tree = [case(&[(3, false)]), case(&[(3, true), (1, false)]), case(&[(1, true), (3, true)])];
        assert!(complete(&tree));
        for left_out in 0..3 {
            let mut rest = tree.to_vec();
            rest.remove(left_out);
            assert!(!complete(&rest));
        }
        assert!(complete(&[case(&[])]) && !complete(&[]));
    }
}
