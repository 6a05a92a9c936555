//! Densities that are constant between breakpoints: histograms, estimates of two pieces.

use alloc::vec::Vec;

use super::error::admit_weight;
use super::simple::float;
use super::{Interval, Law, LawError};

/// Each step spreads its weight evenly over its balances.
///
/// Two steps are the kind of estimate that eclair keeps of a channel (how likely the balance is below and above one
/// amount); more steps are a histogram. Balances above the last step have no mass; a step that the capacity cuts
/// keeps its density below the cut.
///
/// ```
/// use feasible::law::{Interval, Law, Steps};
/// // 3/4 on 0..=9, 1/4 on 10..=99.
/// let law = Steps::new([(9, 3.0), (99, 1.0)])?;
/// let all = Interval::up_to(99);
/// assert!((law.ln_survival(99, all, 10).exp() - 0.25).abs() < 1e-15);
/// assert!((law.ln_survival(99, all, 55).exp() - 0.125).abs() < 1e-15);
/// # Ok::<(), feasible::law::LawError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// Range and density.
    steps: Vec<(Interval, f64)>,
}

impl Steps {
    /// Steps as (last balance, weight), from balance 0 upwards.
    ///
    /// # Errors
    ///
    /// [`LawError::Order`], [`LawError::Weight`].
    pub fn new(steps: impl IntoIterator<Item = (u64, f64)>) -> Result<Self, LawError> {
        let mut list = Vec::new();
        let (mut next, mut some) = (Some(0_u64), false);
        for (index, (at, weight)) in steps.into_iter().enumerate() {
            admit_weight(index, weight)?;
            let range = next.and_then(|lo| Interval::new(lo, at)).ok_or(LawError::Order { index, at })?;
            list.push((range, weight / float(range.count())));
            next = at.checked_add(1);
            some |= weight > 0.0;
        }
        if some { Ok(Self { steps: list }) } else { Err(LawError::Weight { index: 0, weight: 0.0 }) }
    }
}

impl Law for Steps {
    fn ln_mass(&self, capacity: u64, range: Interval) -> f64 {
        let Some(range) = range.intersection(Interval::up_to(capacity)) else {
            return f64::NEG_INFINITY;
        };
        let masses = self.steps.iter().filter_map(|&(step, density)| {
            range.intersection(step).map(|part| density * float(part.count()))
        });
        libm::log(masses.sum())
    }
}
