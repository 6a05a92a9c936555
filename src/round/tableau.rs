//! The rows of a relaxation as they stand in a tableau, and the multipliers that they prove a bound with.

use alloc::vec::Vec;

use super::certificate::{Multiplier, Multipliers, UpperBound};
use super::linear::{Program, float};
use super::simplex::{Simplex, Status};
use crate::id::id_at;

/// Rows that have not bound for more rounds are dropped whether the objective moves or not.
const STALE: u8 = 4;

/// What a row of the program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Cut(usize),
    Rounding(usize),
    Wealth(usize),
    /// A purse whose reserves are known, for a branch.
    Reserve(usize),
    Front,
    Price,
    /// The touch limit and what is assumed: the leaf of a proof knows them without a multiplier.
    Touches,
    Assumed,
    /// What the leaf of a proof knows too, but found only where a point violates it.
    Box,
}

impl Kind {
    /// Whether such rows are found where a point violates them, and may go where they do not bind.
    fn is_found(self) -> bool {
        matches!(self, Self::Cut(_) | Self::Rounding(_) | Self::Box)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub(super) simplex: Simplex,
    pub(super) kinds: Vec<Kind>,
    /// The objective when rows were dropped last.
    purged: f64,
    /// For how many rounds of separation each row has not bound.
    idle: Vec<u8>,
    /// Columns of touches that are or were assumed to be made, with the rows that say so.
    made: Vec<(usize, usize)>,
}

impl Linear {
    pub(super) fn new(simplex: Simplex) -> Self {
        Self { simplex, kinds: Vec::new(), purged: f64::INFINITY, idle: Vec::new(), made: Vec::new() }
    }

    /// Drops cuts, roundings and boxes that do not bind, and purses that have not done so for some rounds; if the objective has not moved since the last time only those that
    /// have not done so for some rounds, because dropping and adding could go on for ever.
    pub(super) fn purge(&mut self) {
        let objective = self.simplex.objective();
        let moved = objective < self.purged - 1e-6 * objective.abs() || self.purged.is_infinite();
        if moved {
            self.purged = objective;
        }
        let (kinds, idle) = (&self.kinds, &mut self.idle);
        idle.resize(kinds.len(), 0);
        for (i, idle) in idle.iter_mut().enumerate() {
            *idle = if self.simplex.binds(i) { 0 } else { idle.saturating_add(1) };
        }
        let most = if moved { 0 } else { STALE };
        self.simplex.purge(|row| match kinds[row] {
            Kind::Cut(_) | Kind::Rounding(_) | Kind::Box => idle[row] > most,
            Kind::Wealth(_) => idle[row] > STALE,
            _ => false,
        });
    }

    /// What the multipliers of a run that ended so prove; if it proved the case empty, that is `cutoff`.
    pub(super) fn proven(&self, status: Status, cutoff: f64) -> f64 {
        self.simplex.proven(ray(self, status, cutoff))
    }

    /// Drops all cuts, roundings and boxes that do not bind.
    pub(super) fn trim(&mut self) {
        let kinds = &self.kinds;
        self.simplex.purge(|row| kinds[row].is_found());
    }

    /// The cuts and roundings that bind.
    pub(super) fn binding(&self) -> Vec<Kind> {
        let kinds = self.kinds.iter().enumerate();
        let kinds = kinds.filter(|(_, kind)| matches!(kind, Kind::Cut(_) | Kind::Rounding(_)));
        kinds.filter(|(i, _)| self.simplex.binds(*i)).map(|(_, &kind)| kind).collect()
    }

    /// The rows that are there, sorted.
    pub(super) fn rows(&self) -> Vec<Kind> {
        let kinds = self.kinds.iter().enumerate();
        let mut rows: Vec<Kind> =
            kinds.filter(|(i, _)| !self.simplex.gone(*i)).map(|(_, &kind)| kind).collect();
        rows.sort_unstable();
        rows
    }

    /// The program in which some touches, given by their columns, are never made, as small as what is left; of the cuts,
    /// roundings and boxes those that bind.
    pub(super) fn without(&self, void: impl FnMut(usize) -> bool) -> Self {
        let mut linear = Self::new(self.simplex.without(void));
        for (row, &kind) in self.kinds.iter().enumerate().filter(|(row, _)| !self.simplex.gone(*row)) {
            if self.simplex.binds(row) || !kind.is_found() {
                let (terms, limit) = self.simplex.row(row);
                linear.add(kind, &terms, limit);
            }
        }
        linear
    }

    pub(super) fn add(&mut self, kind: Kind, terms: &[(usize, f64)], limit: f64) {
        self.simplex.add(terms, limit);
        self.kinds.push(kind);
    }

    /// Assumes that the touch of a column is made.
    pub(super) fn make(&mut self, touch: usize) {
        match self.made.iter().find(|(column, row)| *column == touch && !self.simplex.gone(*row)) {
            Some(&(_, row)) => {
                self.kinds[row] = Kind::Assumed;
                self.simplex.set_limit(row, -1.0);
            }
            None => {
                self.made.push((touch, self.kinds.len()));
                self.add(Kind::Assumed, &[(touch, -1.0)], -1.0);
            }
        }
    }

    /// Assumes it no more.
    pub(super) fn unmake(&mut self, touch: usize) {
        for &(_, row) in self.made.iter().filter(|(column, _)| *column == touch) {
            if self.kinds[row] == Kind::Assumed {
                self.kinds[row] = Kind::Box;
                self.simplex.set_limit(row, 0.0);
            }
        }
    }

    /// Whether the touch of a column is assumed to be made.
    pub(super) fn makes(&self, touch: usize) -> bool {
        self.made.iter().any(|&(column, row)| column == touch && self.kinds[row] == Kind::Assumed)
    }

    /// Whether a choice, given by its column, is assumed either way.
    pub(super) fn decides(&self, column: usize) -> bool {
        self.makes(column) || self.simplex.fixes(column)
    }
}

impl Program<'_> {
    /// The multipliers of the last run; if it proved the case empty, with so much of the ray that the bound falls
    /// to `cutoff`.
    pub(super) fn multipliers(&self, linear: &Linear, status: Status, cutoff: f64) -> Multipliers {
        let simplex = &linear.simplex;
        let ray = ray(linear, status, cutoff);
        let mut multipliers = Multipliers::default();
        for (i, &kind) in linear.kinds.iter().enumerate() {
            let value = simplex.price(i, ray);
            if value <= 0.0 {
                continue;
            }
            let in_units = |unit: f64| scaled(value / unit);
            match kind {
                Kind::Cut(cut) => {
                    let value = in_units(float(self.cuts[cut].deficit));
                    multipliers.cuts.push(Multiplier { row: u32::try_from(cut).unwrap_or(u32::MAX), value });
                }
                Kind::Rounding(at) => {
                    let (row, value) =
                        (u32::try_from(at).unwrap_or(u32::MAX), in_units(self.roundings[at].scale));
                    multipliers.roundings.push(Multiplier { row, value });
                }
                Kind::Wealth(node) | Kind::Reserve(node) => {
                    let (row, value) = (id_at(node), in_units(self.unit));
                    // A purse whose reserves are known has a second row.
                    match multipliers.wealth.iter_mut().find(|known| known.row == row) {
                        Some(known) => known.value = known.value.saturating_add(value),
                        None => multipliers.wealth.push(Multiplier { row, value }),
                    }
                }
                Kind::Front => multipliers.front = in_units(self.unit),
                Kind::Price => multipliers.price = in_units(self.price_unit),
                Kind::Touches | Kind::Assumed | Kind::Box => {}
            }
        }
        multipliers
    }
}

/// How many times the ray of an empty run brings the bound down to `cutoff`.
fn ray(linear: &Linear, status: Status, cutoff: f64) -> f64 {
    if status != Status::Empty {
        return 0.0;
    }
    let simplex = &linear.simplex;
    (simplex.objective() - cutoff).max(0.0) / simplex.missing().max(1e-9) * 1.01 + 1.0
}

/// A multiplier in the scale of the certificate.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // saturates
fn scaled(value: f64) -> u64 {
    (value * UpperBound::SCALE as f64 + 0.5) as u64
}
