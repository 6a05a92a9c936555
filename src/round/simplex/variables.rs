//! What the variables of a program stand for: a column of their own, or a corner of a bundle of columns.
//!
//! The three columns of a bundle are a sum of its corners, each so many times: rows that hold at all corners need not
//! be in the program (Dantzig and Wolfe, Operations Research 8, 1960).

use alloc::vec::Vec;

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
    /// Bundles with their first variables.
    bundles: Vec<(usize, Bundle)>,
    /// The bundle of every corner.
    owners: Vec<usize>,
    places: Vec<Place>,
}

impl Variables {
    pub(super) fn new(columns: usize, bundles: Vec<Bundle>) -> Self {
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
        let (mut next, mut owners) = (own.len(), Vec::new());
        let place = |(at, bundle): (usize, Bundle)| {
            let first = next;
            next += bundle.corners.len();
            owners.resize(next - own.len(), at);
            (first, bundle)
        };
        let bundles = bundles.into_iter().enumerate().map(place).collect();
        Self { own, bundles, owners, places }
    }

    pub(super) fn count(&self) -> usize {
        self.own.len() + self.owners.len()
    }

    pub(super) fn columns(&self) -> usize {
        self.places.len()
    }

    /// The column that a variable is, unless it is a corner.
    pub(super) fn own(&self, variable: usize) -> Option<usize> {
        self.own.get(variable).copied()
    }

    /// The columns that a variable counts in, with how often.
    pub(super) fn parts(&self, variable: usize) -> impl Iterator<Item = (usize, f64)> + use<> {
        let (columns, factors) = match variable.checked_sub(self.own.len()) {
            None => ([self.own[variable]; 3], [1.0, 0.0, 0.0]),
            Some(corner) => {
                let (first, bundle) = &self.bundles[self.owners[corner]];
                let [x, y] = bundle.corners[variable - first];
                (bundle.columns, [1.0, x, y])
            }
        };
        columns.into_iter().zip(factors).filter(|&(_, factor)| factor != 0.0)
    }

    /// The variables that a column is a sum of, with how often each.
    pub(super) fn of(&self, column: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (first, count) = match self.places[column] {
            Place::Own(variable) => (variable, 1),
            Place::Part(at, _) => (self.bundles[at].0, self.bundles[at].1.corners.len()),
        };
        let times = move |i: usize| match self.places[column] {
            Place::Own(_) | Place::Part(_, 0) => 1.0,
            Place::Part(at, part) => self.bundles[at].1.corners[i][part - 1],
        };
        (0..count).map(move |i| (first + i, times(i))).filter(|&(_, times)| times != 0.0)
    }

    /// The corners of the bundle of a column, with their variables.
    pub(super) fn corners(&self, column: usize) -> Vec<(usize, [f64; 2])> {
        let Place::Part(at, _) = self.places[column] else { return Vec::new() };
        let (first, bundle) = &self.bundles[at];
        bundle.corners.iter().enumerate().map(|(i, &corner)| (first + i, corner)).collect()
    }

    /// What a row over columns is over variables.
    pub(super) fn expand(&self, row: &[f64], to: &mut Vec<f64>) {
        to.clear();
        to.extend(self.own.iter().map(|&column| row[column]));
        for (_, bundle) in &self.bundles {
            let [one, x, y] = bundle.columns.map(|column| row[column]);
            to.extend(bundle.corners.iter().map(|corner| one + corner[0] * x + corner[1] * y));
        }
    }
}
