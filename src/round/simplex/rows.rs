//! Sparse rows of a linear program, to be read by row and by column.
//!
//! Rows only join and leave; what a row is made of does not change. Entries of rows that left stay until they are as
//! many as the others.

use alloc::vec;
use alloc::vec::Vec;

/// No further entry.
const END: u32 = u32::MAX;

/// Where an entry stands in its column.
#[derive(Clone, Copy, Debug)]
struct Link {
    row: u32,
    /// The next entry of the same column.
    next: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// Of every entry its column, its factor, and what its column is read by.
    columns: Vec<u32>,
    factors: Vec<f64>,
    links: Vec<Link>,
    /// The entries of every row that was ever added, by number; none for those that left.
    spans: Vec<(u32, u32)>,
    /// The first entry of every column.
    first: Vec<u32>,
    dead: usize,
}

pub(super) fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(END)
}

impl Rows {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns: Vec::new(),
            factors: Vec::new(),
            links: Vec::new(),
            spans: Vec::new(),
            first: vec![END; columns],
            dead: 0,
        }
    }

    /// Adds a row over distinct columns.
    pub(super) fn add(&mut self, terms: impl Iterator<Item = (usize, f64)>) {
        let (row, start) = (narrow(self.spans.len()), narrow(self.links.len()));
        for (column, factor) in terms {
            self.push(row, narrow(column), factor);
        }
        self.spans.push((start, narrow(self.links.len())));
    }

    fn push(&mut self, row: u32, column: u32, factor: f64) {
        let first = &mut self.first[column as usize];
        let at = narrow(self.links.len());
        self.columns.push(column);
        self.factors.push(factor);
        self.links.push(Link { row, next: *first });
        *first = at;
    }

    /// Lets go of a row.
    pub(super) fn drop(&mut self, row: usize) {
        let (start, end) = self.spans[row];
        self.dead += (end - start) as usize;
        self.spans[row] = (0, 0);
    }

    /// Frees the room of rows that left once it is half of all.
    pub(super) fn tidy(&mut self) {
        if self.dead * 2 <= self.links.len() {
            return;
        }
        let (columns, factors) = (core::mem::take(&mut self.columns), core::mem::take(&mut self.factors));
        self.links.clear();
        self.first.fill(END);
        self.dead = 0;
        for row in 0..self.spans.len() {
            let (start, end) = self.spans[row];
            let kept = narrow(self.links.len());
            for at in start as usize..end as usize {
                self.push(narrow(row), columns[at], factors[at]);
            }
            self.spans[row] = (kept, narrow(self.links.len()));
        }
    }

    /// The columns of a row with their factors.
    #[inline]
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (start, end) = self.spans[row];
        let entries = start as usize..end as usize;
        let columns = self.columns[entries.clone()].iter().map(|&column| column as usize);
        columns.zip(self.factors[entries].iter().copied())
    }

    /// The rows of a column with its factors, among them rows that left.
    #[inline]
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let mut at = self.first[column];
        core::iter::from_fn(move || {
            let (link, factor) = (self.links.get(at as usize)?, *self.factors.get(at as usize)?);
            at = link.next;
            Some((link.row as usize, factor))
        })
    }
}
