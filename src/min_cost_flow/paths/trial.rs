//! When to give up a trial.

use super::Paths;
use crate::kernel::{Int, Room};
use crate::min_cost_flow::view::View;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// So many paths tell what all of them will take. Where arcs have pieces, by a factor of a thousand, they do not tell how many
/// will be needed: the first ones are often narrow, but such ways are found close by.
const TELLING: u64 = 3;

/// Paths per source that arcs at the terminals may call for where arcs have pieces.
const MANY: i128 = 256;

/// More sources than this get no more work.
const CROWD: u64 = 160;

/// What a trial has to do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Task {
    /// What is to be sent; of linear arcs but for what fits through the widest one of each terminal: one path sends that.
    amount: i128,
    sources: u64,
    /// Paths up to which successive paths are the best engine where arcs are linear: 2 √(n + m) / 5, more with every source.
    paths: Option<i128>,
}

impl<T: Int, R: Room<Sum = T>> Paths<T, R> {
    /// What there is to do, unless the arcs at the sources, or those at the sinks, are too narrow for few paths. O(n + m).
    pub(super) fn task<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<Task>, SolveError> {
        let zero = T::zero();
        // Of sources and of sinks: number, paths that they need at least, and the amount.
        let mut sides = [(0, 0_i128, 0_i128); 2];
        for (v, place) in self.places.iter().enumerate().filter(|(_, place)| place.excess != zero) {
            let (into, excess) = (place.excess < zero, place.excess.abs());
            let (mut widest, mut others) = (zero, zero);
            for half in self.graph.range(v) {
                let half = if into { self.graph.halves[half].partner() as usize } else { half };
                let room = self.graph.room(view, half).min(excess);
                others = excess.min(others + room.min(widest));
                widest = widest.max(room);
            }
            let (count, paths, amount) = &mut sides[usize::from(into)];
            *count += 1;
            *paths += excess.wide() / widest.wide().max(1);
            *amount += if others == zero { excess } else { others }.wide();
        }
        meter.tick(self.places.len() as u64)?;
        let [sources, sinks] = sides;
        let few = sources.0.min(sinks.0).max(1);
        let linear = view.network.costs.begin.is_empty();
        let size = self.places.len() + self.graph.flow.len();
        let paths = linear.then(|| 2 * size.isqrt() as i128 / 5 + 8 * few);
        let amount = if linear { sources.2.min(sinks.2) } else { self.unsent().wide() }.max(1);
        let task = Task { amount, sources: u64::try_from(sources.0).unwrap_or(CROWD), paths };
        Ok((sources.1.max(sinks.1) <= paths.unwrap_or(MANY * few)).then_some(task))
    }

    /// Whether the work is out of proportion to the part f of the amount that has been sent from k sources, above
    /// (4 + min(k, [`CROWD`]) f / 2 + 100 f²) (n + m); or, after [`TELLING`] paths, would be above that at the end if all
    /// paths took as much for what they send; or there would be too many.
    pub(super) fn goes_badly(&mut self, task: Task) -> bool {
        if self.augmentations == 0 {
            self.prelude = self.work;
        }
        let (sent, total) = (self.sent.wide(), task.amount);
        let size = (self.places.len() + self.graph.flow.len()).max(1) as u64;
        // In 4,096ths of the size, for a part in 64ths.
        let allowed = |part: u64| 4 * 4096 + 32 * task.sources.min(CROWD) * part + 100 * part * part;
        if self.augmentations >= TELLING {
            let ahead = i128::from(self.work - self.prelude).saturating_mul(total / sent.max(1));
            if ahead / i128::from(size) > i128::from(allowed(64) / 4096) {
                return true;
            }
            let paths = i128::from(self.augmentations).saturating_mul(total) / sent.max(1);
            if task.paths.is_some_and(|most| paths > most) {
                return true;
            }
        }
        let part = sent.checked_mul(64).map_or(sent / (total / 64).max(1), |sent| sent / total);
        self.work / size > allowed(u64::try_from(part).unwrap_or(64).min(64)) / 4096
    }
}
