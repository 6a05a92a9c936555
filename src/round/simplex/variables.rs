//! What the variables of a program stand for: a column of their own, or a corner of a bundle of columns.
//!
//! The three columns of a bundle are a sum of its corners, each so many times: rows that hold at all corners need not
//! be in the program (Dantzig and Wolfe, Operations Research 8, 1960).

use alloc::vec::Vec;
use core::ops::Range;

use super::rows::narrow;

/// Three columns that are a sum of corners: how many corners in all, and their two coordinates.
#[derive(Clone, Debug)]
pub(in crate::round) struct Bundle {
    pub(in crate::round) columns: [usize; 3],
    pub(in crate::round) corners: Vec<[f64; 2]>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// A variable of its own.
    Own(usize),
    /// A bundle and which of its columns.
    Part(usize, usize),
}

/// Variables: columns of their own, in order, and then the corners of bundles.
#[derive(Clone, Debug)]
pub(super) struct Variables {
    /// The column of every variable of its own.
    own: Vec<usize>,
    /// Of all bundles.
    corners: Vec<[f64; 2]>,
    /// The columns of the bundle of every corner.
    at: Vec<[u32; 3]>,
    /// The columns and the variables of every bundle.
    columns: Vec<[usize; 3]>,
    spans: Vec<Range<usize>>,
    places: Vec<Place>,
}

impl Variables {
    pub(super) fn new(columns: usize, bundles: &[Bundle]) -> Self {
        let mut places = alloc::vec![Place::Own(0); columns];
        for (at, bundle) in bundles.iter().enumerate() {
            for (part, &column) in bundle.columns.iter().enumerate() {
                places[column] = Place::Part(at, part);
            }
        }
        let mut own = Vec::new();
        for (column, place) in places.iter_mut().enumerate() {
            if let Place::Own(variable) = place {
                *variable = own.len();
                own.push(column);
            }
        }
        let (mut corners, mut at, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        for bundle in bundles {
            let first = own.len() + corners.len();
            spans.push(first..first + bundle.corners.len());
            corners.extend_from_slice(&bundle.corners);
            at.resize(corners.len(), bundle.columns.map(narrow));
        }
        let columns = bundles.iter().map(|bundle| bundle.columns).collect();
        Self { own, corners, at, columns, spans, places }
    }

    /// Without the corners of the bundles of some columns, which are 0 then.
    pub(super) fn without(&self, mut void: impl FnMut(usize) -> bool) -> Self {
        let bundle = |(columns, span): (&[usize; 3], &Range<usize>)| {
            let first = span.start - self.own.len();
            let corners = if void(columns[0]) { &[][..] } else { &self.corners[first..first + span.len()] };
            Bundle { columns: *columns, corners: corners.to_vec() }
        };
        let bundles: Vec<Bundle> = self.columns.iter().zip(&self.spans).map(bundle).collect();
        Self::new(self.places.len(), &bundles)
    }

    /// Whether a column is of a bundle without corners.
    pub(super) fn is_void(&self, column: usize) -> bool {
        matches!(self.places[column], Place::Part(at, _) if self.spans[at].is_empty())
    }

    pub(super) fn count(&self) -> usize {
        self.own.len() + self.corners.len()
    }

    pub(super) fn columns(&self) -> usize {
        self.places.len()
    }

    /// The columns that are variables of their own, which come first.
    pub(super) fn own(&self) -> &[usize] {
        &self.own
    }

    /// The columns that a variable counts in, with how often.
    pub(super) fn parts(&self, variable: usize) -> impl Iterator<Item = (usize, f64)> + use<> {
        let (columns, factors) = match variable.checked_sub(self.own.len()) {
            None => ([self.own[variable]; 3], [1.0, 0.0, 0.0]),
            Some(corner) => {
                let [x, y] = self.corners[corner];
                (self.at[corner].map(|column| column as usize), [1.0, x, y])
            }
        };
        columns.into_iter().zip(factors).filter(|&(_, factor)| factor != 0.0)
    }

    /// The variables that a column is a sum of, with how often each.
    pub(super) fn of(&self, column: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (span, part) = match self.places[column] {
            Place::Own(variable) => (variable..variable + 1, 0),
            Place::Part(at, part) => (self.spans[at].clone(), part),
        };
        let times = move |variable: usize| match part {
            0 => 1.0,
            _ => self.corners[variable - self.own.len()][part - 1],
        };
        span.map(move |variable| (variable, times(variable))).filter(|&(_, times)| times != 0.0)
    }

    /// The corners of the bundle of a column, with their variables.
    pub(super) fn corners(&self, column: usize) -> Vec<(usize, [f64; 2])> {
        let Place::Part(at, _) = self.places[column] else { return Vec::new() };
        self.spans[at].clone().map(|variable| (variable, self.corners[variable - self.own.len()])).collect()
    }

    /// What a row over columns is over variables.
    #[inline]
    pub(super) fn expand(&self, row: &[f64], to: &mut Vec<f64>) {
        to.resize(self.count(), 0.0);
        let (own, corners) = to.split_at_mut(self.own.len());
        for (to, &column) in own.iter_mut().zip(&self.own) {
            *to = row[column];
        }
        // The corners of a bundle are too few for a loop of their own.
        for ((to, [x, y]), at) in corners.iter_mut().zip(&self.corners).zip(&self.at) {
            let [one, first, second] = at.map(|column| row[column as usize]);
            *to = one + x * first + y * second;
        }
    }
}
