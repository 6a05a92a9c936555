//! CSV with a header line and plain fields.

use super::exit::{Bad, clip};
use super::input::Input;

/// A CSV text being read row by row.
pub struct Table<'t> {
    name: &'t str,
    columns: Vec<&'t str>,
    lines: std::iter::Enumerate<std::str::Lines<'t>>,
    rows: usize,
}

/// One row.
pub struct Row<'t> {
    name: &'t str,
    line: usize,
    columns: Vec<(&'t str, &'t str)>,
}

impl<'t> Table<'t> {
    /// Reads the header: all of `required`, some of `optional`, nothing else, nothing twice.
    pub fn new(input: &'t Input, required: &[&str], optional: &[&str]) -> Result<Self, Bad> {
        let mut lines = input.text.lines().enumerate();
        let header = lines.next().map_or("", |(_, line)| line);
        let columns: Vec<&str> = header.split(',').map(str::trim).collect();
        for (i, column) in columns.iter().enumerate() {
            let known = required.contains(column) || optional.contains(column);
            if !known || columns[..i].contains(column) {
                let read = format!("column \"{}\"", clip(column));
                let expected = format!("the columns {} each once", required.join(","));
                let more = if optional.is_empty() { "" } else { " and those of the policies" };
                return Err(Bad::read(format!("{}: line 1", input.name), read, expected + more));
            }
        }
        let rows = input.text.lines().count();
        let table = Self { name: &input.name, columns, lines, rows };
        table.require(required)?;
        Ok(table)
    }

    /// An upper bound of the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn has(&self, column: &str) -> bool {
        self.columns.contains(&column)
    }

    /// An error if one of the columns is missing.
    pub fn require(&self, columns: &[&str]) -> Result<(), Bad> {
        match columns.iter().find(|column| !self.has(column)) {
            None => Ok(()),
            Some(column) => {
                let place = format!("{}: line 1", self.name);
                Err(Bad::read(place, "a header without it", format!("a column \"{column}\"")))
            }
        }
    }

    /// The next row that is not blank.
    pub fn row(&mut self) -> Result<Option<Row<'t>>, Bad> {
        let Some((i, line)) = self.lines.find(|(_, line)| !line.trim().is_empty()) else { return Ok(None) };
        let fields = line.split(',').count();
        if fields != self.columns.len() {
            let place = format!("{}: line {}", self.name, i + 1);
            return Err(Bad::read(place, format!("{fields} fields"), self.columns.len()));
        }
        let columns = self.columns.iter().copied().zip(line.split(',').map(str::trim)).collect();
        Ok(Some(Row { name: self.name, line: i + 1, columns }))
    }
}

impl<'t> Row<'t> {
    /// The file and line, for messages.
    pub fn place(&self) -> String {
        format!("{}: line {}", self.name, self.line)
    }

    /// A field of a column that the table has.
    pub fn text(&self, column: &str) -> &'t str {
        self.columns.iter().find(|(name, _)| *name == column).map_or("", |(_, text)| text)
    }

    /// A field that is an integer in `low..=high`.
    pub fn integer(&self, column: &str, low: u64, high: u64) -> Result<u64, Bad> {
        let number = self.text(column).parse().ok().filter(|n| (low..=high).contains(n));
        number.ok_or_else(|| self.wrong(column, &format!("an integer from {low} to {high}")))
    }

    /// A field is not what it should be.
    pub fn wrong(&self, column: &str, expected: &str) -> Bad {
        let place = format!("{}: line {}: {column}", self.name, self.line);
        Bad::read(place, format!("\"{}\"", clip(self.text(column))), expected)
    }
}
