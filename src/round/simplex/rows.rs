//! Sparse rows of a linear program, to be read by row and by column.
//!
//! Rows only join and leave; what a row is made of does not change. Entries of rows that left stay until they are as
//! many as the others.

use alloc::vec;
use alloc::vec::Vec;

/// No further entry.
const END: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Entry {
    row: u32,
    column: u32,
    factor: f64,
    /// The next one of the same column.
    next: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Rows {
    entries: Vec<Entry>,
    /// The entries of every row that was ever added, by number; none for those that left.
    spans: Vec<(u32, u32)>,
    /// The first entry of every column.
    first: Vec<u32>,
    dead: usize,
}

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(END)
}

impl Rows {
    pub(super) fn new(columns: usize) -> Self {
        Self { entries: Vec::new(), spans: Vec::new(), first: vec![END; columns], dead: 0 }
    }

    /// Adds a row over distinct columns.
    pub(super) fn add(&mut self, terms: impl Iterator<Item = (usize, f64)>) {
        let row = self.spans.len();
        let start = narrow(self.entries.len());
        for (column, factor) in terms {
            let entry = Entry { row: narrow(row), column: narrow(column), factor, next: END };
            self.push(entry);
        }
        self.spans.push((start, narrow(self.entries.len())));
    }

    fn push(&mut self, entry: Entry) {
        let first = &mut self.first[entry.column as usize];
        let at = narrow(self.entries.len());
        self.entries.push(Entry { next: *first, ..entry });
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
        if self.dead * 2 <= self.entries.len() {
            return;
        }
        let entries = core::mem::take(&mut self.entries);
        self.first.fill(END);
        self.dead = 0;
        for row in 0..self.spans.len() {
            let (start, end) = self.spans[row];
            let kept = narrow(self.entries.len());
            for &entry in &entries[start as usize..end as usize] {
                self.push(entry);
            }
            self.spans[row] = (kept, narrow(self.entries.len()));
        }
    }

    /// The columns of a row with their factors.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (start, end) = self.spans[row];
        self.entries[start as usize..end as usize].iter().map(|entry| (entry.column as usize, entry.factor))
    }

    /// The rows of a column with its factors, among them rows that left.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let mut at = self.first[column];
        core::iter::from_fn(move || {
            let entry = self.entries.get(at as usize)?;
            at = entry.next;
            Some((entry.row as usize, entry.factor))
        })
    }
}
