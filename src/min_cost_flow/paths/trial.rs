//! When to give up a trial, and what it has shown.

use super::Paths;
use crate::kernel::{Int, Room};
use crate::min_cost_flow::view::View;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// Arcs of a path above which trees over such a network count as deep.
const LONG: u64 = 128;

/// Paths per source above which a trial is hopeless.
const MANY: i128 = 256;

/// So many paths tell what all of them will take. How many will be needed they do not tell: the first ones are often
/// narrow, where arcs have pieces by a factor of a thousand, but such ways are found close by.
const TELLING: u64 = 3;

/// More sources than this get no more work.
const CROWD: u64 = 160;

impl<T: Int, R: Room<Sum = T>> Paths<T, R> {
    /// Whether the arcs at the sources, or those at the sinks, are too narrow for few paths. If so, the fewest
    /// arcs from a source to a sink stand for the first path. O(n + m).
    pub(super) fn is_hopeless<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<bool, SolveError> {
        let (zero, one) = (T::zero(), T::one());
        // Sources and their number, sinks and theirs.
        let mut needed = [(0_i128, 0_i128); 2];
        for (v, place) in self.places.iter().enumerate().filter(|(_, place)| place.excess != zero) {
            let into = place.excess < zero;
            let room = |half: usize| {
                let half = if into { self.graph.halves[half].partner() as usize } else { half };
                self.graph.room(view, half).min(if into { -place.excess } else { place.excess })
            };
            let widest = self.graph.range(v).map(room).fold(one, T::max);
            let needed = &mut needed[usize::from(into)];
            *needed = (needed.0 + place.excess.wide().abs() / widest.wide(), needed.1 + 1);
        }
        meter.tick(self.places.len() as u64)?;
        let few = needed[0].1.min(needed[1].1).max(1);
        if needed[0].0.max(needed[1].0) <= MANY.saturating_mul(few) {
            return Ok(false);
        }
        self.first_length = self.hops(view, one, meter)?.unwrap_or(0);
        Ok(true)
    }

    /// The fewest arcs, each with at least some room, from a source of at least as much to a sink of more than half.
    fn hops<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        least: T,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Option<u64>, SolveError> {
        let half = least / T::from_wide(2);
        self.forget();
        for (v, place) in (0..).zip(&mut self.places) {
            if place.excess >= least {
                place.label = T::zero();
                self.touched.push(v);
            }
        }
        let mut done = 0;
        while let Some(&v) = self.touched.get(done) {
            let place = self.places[v as usize];
            if -place.excess > half {
                return Ok(u64::try_from(place.label.wide()).ok());
            }
            done += 1;
            let range = self.graph.range(v as usize);
            meter.tick(1 + range.len() as u64)?;
            for at in range {
                let next = &mut self.places[self.graph.halves[at].to as usize];
                if next.label == self.far && self.graph.room(view, at) >= least {
                    next.label = place.label + T::one();
                    self.touched.push(self.graph.halves[at].to);
                }
            }
        }
        Ok(None)
    }

    /// Whether the work is out of proportion to the part f of `total` that has been sent from k sources, above
    /// (4 + min(k, [`CROWD`]) f / 2 + 100 f²) (n + m); or, after [`TELLING`] paths, would be above that at the end if all
    /// paths took as much for what they send.
    pub(super) fn goes_badly(&mut self, total: T, sources: u64) -> bool {
        if self.augmentations == 0 {
            self.prelude = self.work;
        }
        let (sent, total) = (self.sent.wide(), total.wide());
        let size = (self.places.len() + self.graph.flow.len()).max(1) as u64;
        // In 4,096ths of the size, for a part in 64ths.
        let allowed = |part: u64| 4 * 4096 + 32 * sources.min(CROWD) * part + 100 * part * part;
        if self.augmentations >= TELLING {
            let ahead = i128::from(self.work - self.prelude).saturating_mul(total / sent.max(1));
            if ahead / i128::from(size) > i128::from(allowed(64) / 4096) {
                return true;
            }
        }
        let part = sent.checked_mul(64).map_or(sent / (total / 64).max(1), |sent| sent / total.max(1));
        self.work / size > allowed(u64::try_from(part).unwrap_or(64)) / 4096
    }

    /// After a trial that went badly, whether the simplex would have to move in deep trees: ways are long, and
    /// no single one holds all that is left, from which its first tree could be made.
    pub(in crate::min_cost_flow) fn is_deep<N: FlowNum>(
        &mut self,
        view: View<'_, N>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<bool, SolveError> {
        if self.first_length < LONG {
            return Ok(false);
        }
        // Arcs of negative slope may have left some excess elsewhere.
        let (rest, main) =
            (self.unsent(), self.places.iter().fold(T::one(), |most, place| most.max(place.excess)));
        Ok(main < rest - rest / T::from_wide(16) || self.hops(view, main, meter)?.is_none())
    }
}
