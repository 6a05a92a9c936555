//! How many states and wealth vectors there are, exactly.
//!
//! # Problem
//!
//! L_G, the states of a graph in whole satoshi, is a box: product of c + 1, and of binomial(c + k - 1, k - 1) for pools of k parties.
//! W_G, the wealth vectors that the channels can hold, is the set of whole points of a zonotope:
//!
//! ```text
//!   |W_G| = sum over forests F of the product over e in F of c_e
//! ```
//!
//! (Stanley, "A zonotope associated with graphical degree sequences", 1991). With pools it is a generalised permutohedron: a
//! forest becomes a choice of a_e >= 0 for every channel with sum over J of a_e < |union of J| for every set J of
//! channels, and c_e becomes binomial(c_e + a_e - 1, a_e) (Postnikov, "Permutohedra, associahedra, and beyond", 2009, theorem 11.3,
//! with one more simplex over all nodes). On forests both are the same.
//!
//! # Method
//!
//! Two parties: node by node, remembering how the nodes still open are connected; the number of such partitions is limited by the
//! caller (counting forests is #P-hard). Pools: all choices, every set checked as it appears, so for small
//! graphs only. Numbers are of any size.

mod forests;
mod natural;

use thiserror::Error;

pub use natural::Natural;

use crate::amount::Sat;
use crate::liquidity::ChannelGraph;
use crate::num::float;

/// Why the wealth vectors were not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CountError {
    /// More partial results than permitted.
    #[error("counting needs more than {limit} partial results")]
    Limit {
        /// The limit.
        limit: usize,
    },
}

/// The number of states in whole satoshi, |L_G|. O(m^2) words at most.
///
/// ```
/// use feasible::feasibility::state_count;
/// use feasible::liquidity::{Channel, ChannelGraphBuilder, GraphError};
/// use feasible::{Msat, Sat};
/// let mut b = ChannelGraphBuilder::new();
/// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
/// b.add_channel(Channel::new(n[0], n[1], Sat(3)))?;
/// b.add_pool(Sat(2), &[(n[0], Msat(2_000)), (n[1], Msat(0)), (n[2], Msat(0))])?;
/// assert_eq!(state_count(&b.build()).to_u128(), Some(4 * 6));
/// # Ok::<(), GraphError>(())
/// ```
#[must_use]
pub fn state_count(graph: &ChannelGraph) -> Natural {
    let mut count = Natural::from(1);
    for id in graph.channels().filter(|&id| graph.pool_of(id).is_none()) {
        count.multiply(graph.channel(id).capacity().0 + 1);
    }
    for pool in graph.pools().map(|id| graph.pool(id)) {
        count.multiply_by_choices(pool.capacity().0, pool.spokes().len() as u64 - 1);
    }
    count
}

/// The number of ways in which so many parties can share an amount in whole satoshi, |W(C, n)|; of no parties none, unless there is
/// nothing to share. O(n^2) words.
#[must_use]
pub fn wealth_count(capacity: Sat, parties: usize) -> Natural {
    let Some(others) = parties.checked_sub(1) else { return Natural::from(u64::from(capacity == Sat::ZERO)) };
    let mut count = Natural::from(1);
    count.multiply_by_choices(capacity.0, others as u64);
    count
}

/// The number of wealth vectors in whole satoshi that the channels can hold, |W_G|, with at most so many partial results
/// at a time.
///
/// # Errors
///
/// [`CountError::Limit`].
///
/// ```
/// use feasible::feasibility::{feasible_count, wealth_count};
/// use feasible::liquidity::{Channel, ChannelGraphBuilder};
/// use feasible::Sat;
/// let mut b = ChannelGraphBuilder::new();
/// let n = [b.add_node()?, b.add_node()?, b.add_node()?];
/// for (from, to, capacity) in [(0, 1, 3), (0, 2, 7), (1, 2, 11)] {
///     b.add_channel(Channel::new(n[from], n[to], Sat(capacity)))?;
/// }
/// // 1 + 3 + 7 + 11 + 3 x 7 + 3 x 11 + 7 x 11 of 253.
/// assert_eq!(feasible_count(&b.build(), 100)?.to_u128(), Some(153));
/// assert_eq!(wealth_count(Sat(21), 3).to_u128(), Some(253));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn feasible_count(graph: &ChannelGraph, limit: usize) -> Result<Natural, CountError> {
    let count =
        if graph.pool_count() == 0 { forests::count(graph, limit) } else { forests::choices(graph, limit) };
    count.ok_or(CountError::Limit { limit })
}

/// The probability that a random channel of `parties` of `nodes` nodes has parties on both sides of a set of `set` nodes:
/// 1 - (binomial(s, k) + binomial(n - s, k)) / binomial(n, k). Times the capacity it is the expected width of what the set can
/// own. 0 if there are fewer nodes than parties, or than nodes in the set.
///
/// ```
/// use feasible::feasibility::crossing;
/// assert!((crossing(10, 2, 1) - 0.2).abs() < 1e-15);
/// assert!((crossing(10, 3, 5) - 5.0 / 6.0).abs() < 1e-15);
/// assert_eq!(crossing(10, 10, 3), 1.0);
/// ```
#[must_use]
pub fn crossing(nodes: u64, parties: u64, set: u64) -> f64 {
    let Some(rest) = nodes.checked_sub(set) else { return 0.0 };
    if parties > nodes {
        return 0.0;
    }
    // The share of all choices that lies in a side.
    let within = |side: u64| {
        if side < parties {
            return 0.0;
        }
        (0..parties).map(|i| float(side - i) / float(nodes - i)).product::<f64>()
    };
    (1.0 - within(set) - within(rest)).clamp(0.0, 1.0)
}
