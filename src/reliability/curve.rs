//! Whole curves: P(feasible) over all amounts.

use alloc::vec::Vec;

use super::boxes::most;
use super::estimator::Estimator;
use super::network::UncertainNetwork;
use super::outcome::Reliability;
use crate::id::NodeId;
use crate::solve::{Meter, SolveError, admit_terminals};

/// Curves have at most about so many points.
const POINTS: u64 = 256;

impl Estimator {
    /// The survival curve: R(a) from a = 0 to the first amount that is impossible, all amounts if they are few, else
    /// about 256 of them at equal ratios.
    ///
    /// # Errors
    ///
    /// As [`Estimator::solve`].
    ///
    /// ```
    /// use feasible::NodeId;
    /// use feasible::reliability::{Estimator, UncertainChannel, UncertainNetwork};
    /// let n = |i| NodeId::new(i).unwrap();
    /// let network = UncertainNetwork::new(2, [UncertainChannel::new(n(0), n(1), 3)])?;
    /// let curve = Estimator::new().survival(&network, n(0), n(1))?;
    /// let p: Vec<f64> = curve.iter().map(|point| point.estimate).collect();
    /// assert_eq!(p, [1.0, 0.75, 0.5, 0.25, 0.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn survival(
        &self,
        network: &UncertainNetwork<'_>,
        from: NodeId,
        to: NodeId,
    ) -> Result<Vec<Reliability>, SolveError> {
        admit_terminals(network.node_count(), from, to)?;
        let most = most(network, from, to, &mut Meter::new(None, None))?;
        amounts(most).into_iter().map(|amount| self.solve(network, from, to, amount)).collect()
    }
}

/// 0 to `most` + 1.
fn amounts(most: u64) -> Vec<u64> {
    let end = most.saturating_add(1);
    if end <= POINTS {
        return (0..=end).collect();
    }
    // 1, 2, ... while the ratio would step by less than one.
    let mut list = alloc::vec![0, 1];
    let ratio = libm::exp(libm::log(crate::num::float(end)) / crate::num::float(POINTS));
    while let Some(&last) = list.last().filter(|&&last| last < end) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        let next = (crate::num::float(last) * ratio) as u64;
        list.push(next.max(last + 1).min(end));
    }
    list
}
