//! Which engine runs, in which number type.

use super::anytime::Record;
use super::view::{Earlier, End, View};
use super::{Algorithm, Engines, Workspace, paths, scaling};
use crate::id::ArcId;
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError};

/// A problem and where to start.
#[derive(Clone, Copy)]
pub(super) struct Run<'a, N> {
    pub(super) view: View<'a, N>,
    pub(super) earlier: Option<Earlier<'a, N>>,
    /// What found the earlier answer.
    pub(super) before: Option<Algorithm>,
}

/// Work of the simplex per node and arc after which it gives way to cost scaling: what cost scaling takes where it takes
/// long, so that both together take about twice the time of the better one at most.
const SIMPLEX_PATIENCE: u64 = 2_500;

/// The end of a run and what got there.
pub(super) type Found<N> = (End<N>, Algorithm);

/// What an engine computes and stores in.
#[derive(Clone, Copy)]
enum Width {
    /// 64 bits, and 32.
    Slim,
    /// 64 bits.
    Narrow,
    /// 128 bits.
    Wide,
}

impl<N: FlowNum> Run<'_, N> {
    /// `None` if it takes more work than `patience`, or if trees promise to be deep; never without one.
    fn simplex_while(
        self,
        workspace: &mut Workspace,
        patience: Option<u64>,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Option<Found<N>>, SolveError> {
        let (once, engines) = (workspace.once, &mut workspace.simplex);
        let end = if fits_i64(self.view.network) {
            engines.narrow.solve(self.view, self.earlier, patience, once, meter, record)?
        } else {
            engines.wide.solve(self.view, self.earlier, patience, once, meter, record)?
        };
        Ok(end.map(|end| (end, Algorithm::NetworkSimplex)))
    }

    pub(super) fn simplex(
        self,
        workspace: &mut Workspace,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Found<N>, SolveError> {
        let found = self.simplex_while(workspace, None, meter, record)?;
        Ok(found.unwrap_or((End::Overflow, Algorithm::NetworkSimplex)))
    }

    /// `None` if a trial goes badly or there are too many arcs to number both ways.
    pub(super) fn paths(
        self,
        workspace: &mut Workspace,
        trial: bool,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Option<Found<N>>, SolveError> {
        let (once, engines) = (workspace.once, &mut workspace.paths);
        let end = match self.width(paths::fits, true) {
            Some(Width::Slim) => engines.slim.solve(self.view, self.earlier, (trial, once), meter, record)?,
            Some(Width::Narrow) => {
                engines.narrow.solve(self.view, self.earlier, (trial, once), meter, record)?
            }
            Some(Width::Wide) => engines.wide.solve(self.view, self.earlier, (trial, once), meter, record)?,
            None => None,
        };
        Ok(end.map(|end| (end, Algorithm::SuccessivePaths)))
    }

    /// The simplex answers where scaled costs do not fit.
    pub(super) fn scaling(
        self,
        workspace: &mut Workspace,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Found<N>, SolveError> {
        let (once, engines) = (workspace.once, &mut workspace.scaling);
        let end = match self.width(scaling::fits, self.has_slim_rooms()) {
            Some(Width::Slim) => engines.slim.solve(self.view, once, meter, record)?,
            Some(Width::Narrow) => engines.narrow.solve(self.view, once, meter, record)?,
            Some(Width::Wide) => engines.wide.solve(self.view, once, meter, record)?,
            None => None,
        };
        match end {
            Some(end) => Ok((end, Algorithm::CostScaling)),
            None => self.simplex(workspace, meter, record),
        }
    }

    /// The narrowest numbers that an engine can compute in, if any; `slim` if all that it stores but costs is.
    fn width(self, fits: impl Fn(View<'_, N>, i128) -> bool, slim: bool) -> Option<Width> {
        if fits(self.view, i128::from(i64::MAX)) {
            // The highest number marks a full arc.
            let slim = slim && self.view.network.ranges().slope < i128::from(i32::MAX);
            Some(if slim { Width::Slim } else { Width::Narrow })
        } else {
            fits(self.view, i128::MAX).then_some(Width::Wide)
        }
    }

    /// Whether what any residual arc can carry fits 32 bits.
    fn has_slim_rooms(self) -> bool {
        let (ranges, most) = (self.view.network.ranges(), i128::from(i32::MAX));
        ranges.width <= most && (self.view.network.unbounded.is_empty() || ranges.flow < most / 2)
    }

    /// What the table on the module page says.
    pub(super) fn auto(
        self,
        workspace: &mut Workspace,
        meter: &mut Meter<'_, '_>,
        record: &mut Record<N>,
    ) -> Result<Found<N>, SolveError> {
        let network = self.view.network;
        let paths_first = match self.before {
            Some(algorithm) => algorithm == Algorithm::SuccessivePaths,
            None => few_terminals(network) && !has_narrow_ways(self.view) || near_terminals(network),
        };
        let found = if paths_first { self.paths(workspace, true, meter, record)? } else { None };
        if let Some(found) = found {
            return Ok(found);
        }
        workspace.release_paths();
        if self.earlier.is_none() && bends_often(network) {
            return self.scaling(workspace, meter, record);
        }
        let size = (network.arc_count() + network.node_count()) as u64;
        match self.simplex_while(workspace, Some(SIMPLEX_PATIENCE.saturating_mul(size)), meter, record)? {
            Some(found) => Ok(found),
            None => {
                workspace.release_simplex();
                self.scaling(workspace, meter, record)
            }
        }
    }
}

impl Workspace {
    fn release_paths(&mut self) {
        if self.once {
            self.paths = Engines::default();
        }
    }

    fn release_simplex(&mut self) {
        if self.once {
            self.simplex = Engines::default();
        }
    }

    /// Releases the engines, before a check that needs memory of its own.
    pub(super) fn release(&mut self) {
        if self.once {
            *self = Self::once();
        }
    }
}

/// Whether sources or sinks, and arcs that would start full, are few: k with 2 k² <= n, at most 5 where costs have
/// pieces, of which there must be some thousands, or 8 if they are a hundred thousand.
fn few_terminals<N: FlowNum>(network: &Network<N>) -> bool {
    let most = (network.node_count() / 2).isqrt();
    let sources = network.supply.iter().filter(|supply| **supply > N::ZERO).count();
    let sinks = network.supply.iter().filter(|supply| **supply < N::ZERO).count();
    let falling = network.costs.first.iter().filter(|slope| **slope < N::ZERO).count();
    let k = sources.min(sinks) + falling;
    let costs = &network.costs;
    let pieces = network.arc_count() + costs.breakpoints.len();
    // Every piece that fills up is a path more, and the simplex has bundles for them.
    let few_with_pieces = if pieces >= MOST_PIECES { 8 } else { 5 };
    k <= most && (costs.begin.is_empty() || (k <= few_with_pieces && pieces >= MANY_PIECES))
}

/// Whether most arcs are narrow for what the only source sends to the only sink: four fifths hold less than one of √(n + m) / 8
/// parts of it, but for what fits through the widest arc at either. Then paths are too many.
fn has_narrow_ways<N: FlowNum>(view: View<'_, N>) -> bool {
    const SAMPLE: usize = 256;
    let network = view.network;
    let Some((source, sink)) = view.pair() else { return false };
    let (arcs, nodes) = (network.arc_count(), network.node_count());
    let amount = network.supply[source].widen();
    let width = |arc: usize| match network.unbounded.contains(arc) {
        true => amount,
        false => network.upper[arc].widen().saturating_sub(network.lower[arc].widen()).min(amount),
    };
    let are_narrow = |amount: i128| {
        let part = amount.saturating_mul(8) / (arcs + nodes).isqrt() as i128;
        let sample = (0..arcs).step_by(arcs.div_ceil(SAMPLE).max(1));
        5 * sample.clone().filter(|&arc| width(arc) < part).count() >= 4 * sample.count()
    };
    if !are_narrow(amount) {
        return false;
    }
    // The widest arc at either end, and what the others hold.
    let mut ends = [(0, 0); 2];
    for (arc, (tail, head)) in network.tail.iter().zip(&network.head).enumerate() {
        for (end, touches) in ends.iter_mut().zip([tail.index() == source, head.index() == sink]) {
            if touches {
                let width = width(arc);
                *end = (width.max(end.0), amount.min(width.min(end.0).saturating_add(end.1)));
            }
        }
    }
    let others = ends.into_iter().map(|end| end.1).filter(|&others| others > 0);
    are_narrow(others.min().unwrap_or(amount))
}

/// Whether a large sparse network of linear arcs has at most 2 √n sources and arcs as wide as what a source sends, on
/// average: then most sources have a way of their own to a sink nearby.
fn near_terminals<N: FlowNum>(network: &Network<N>) -> bool {
    const LARGE: usize = 400_000;
    const DENSE: usize = 24;
    let (arcs, nodes) = (network.arc_count(), network.node_count());
    if arcs < LARGE || arcs > DENSE * nodes || !network.costs.begin.is_empty() {
        return false;
    }
    let sources = network.supply.iter().filter(|supply| **supply > N::ZERO);
    let (count, sent) =
        sources.fold((0_usize, 0_i128), |(count, sum), supply| (count + 1, sum + supply.widen()));
    if count / 2 > nodes.isqrt() {
        return false;
    }
    // An arc without upper bound counts as one without room.
    let rooms = network.arcs().filter_map(|arc| network.upper(arc));
    let rooms = rooms.fold(0_i128, |sum, upper| sum.saturating_add(upper.widen()));
    let falls = network.costs.first.iter().any(|slope| *slope < N::ZERO);
    !falls && sent / count.max(1) as i128 <= rooms / arcs as i128
}

/// Whether flows have to pass many breakpoints, each of which is a pivot: arcs have six pieces or more, or nearly five in a
/// large network, what a terminal sends or gets fills the first piece of most arcs, and arcs are no channels, which the
/// simplex bundles.
fn bends_often<N: FlowNum>(network: &Network<N>) -> bool {
    const LARGE: usize = 40_000;
    let costs = &network.costs;
    let (arcs, bends) = (network.arc_count(), costs.breakpoints.len());
    if bends < 5 * arcs.max(1) && (bends < LARGE || 2 * bends < 7 * arcs) {
        return false;
    }
    let ends = network.tail.iter().zip(&network.head);
    let beside = ends.clone().zip(ends.skip(1));
    let bundled = beside.filter(|((a, b), (c, d))| (a, b) == (c, d) || (a, b) == (d, c)).count();
    let sent: i128 = network.supply.iter().map(|supply| supply.widen().abs()).sum();
    let terminals = network.supply.iter().filter(|supply| **supply != N::ZERO).count() as i128;
    let amount = sent / terminals.max(1);
    let narrow = |arc: &ArcId| {
        let first = network.cost(*arc).breakpoints().first();
        first.is_some_and(|bend| bend.at.widen() - network.lower(*arc).widen() <= amount)
    };
    5 * bundled <= 2 * arcs && 2 * network.arcs().filter(narrow).count() >= arcs
}

/// Pieces from which paths are tried, and from which they are from more sources.
const MANY_PIECES: usize = 2_500;
const MOST_PIECES: usize = 100_000;

/// Whether potentials and sums of flow fit `i64` with room to spare.
pub(super) fn fits_i64<N: FlowNum>(network: &Network<N>) -> bool {
    let ranges = network.ranges();
    let limit = i128::from(i64::MAX);
    let potentials = ranges.slope.max(1).checked_mul(64 * (network.node_count() as i128 + 2));
    potentials.is_some_and(|p| p <= limit) && ranges.flow < limit / 4
}
