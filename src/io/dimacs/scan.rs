//! Lines, fields and numbers of a DIMACS text.

use alloc::format;
use alloc::string::{String, ToString};

use super::{Kind, ParseError};
use crate::id::{MAX_IDS, NodeId};

/// The fields of one line.
pub(super) struct Fields<'t> {
    pub(super) line: usize,
    rest: core::str::SplitAsciiWhitespace<'t>,
}

/// The longest piece of a text that an error repeats.
const CLIP: usize = 40;

fn clip(token: &str) -> String {
    let mut clipped: String = token.chars().take(CLIP).flat_map(char::escape_debug).collect();
    if token.chars().nth(CLIP).is_some() {
        clipped.push_str("...");
    }
    clipped
}

impl<'t> Fields<'t> {
    pub(super) fn wrong(&self, token: &str, expected: impl ToString) -> ParseError {
        let token = format!("\"{}\"", clip(token));
        ParseError { line: self.line, token, expected: expected.to_string() }
    }

    /// The next field.
    pub(super) fn next(&mut self, expected: &str) -> Result<&'t str, ParseError> {
        self.rest.next().ok_or_else(|| ParseError {
            line: self.line,
            token: "the end of the line".to_string(),
            expected: expected.to_string(),
        })
    }

    /// The next field, an integer of `i64`.
    pub(super) fn integer(&mut self, what: &str) -> Result<i64, ParseError> {
        let token = self.next(what)?;
        token
            .parse()
            .map_err(|_| self.wrong(token, format!("{what}, an integer from {} to {}", i64::MIN, i64::MAX)))
    }

    /// The next field, a bound: an integer of `i64` that is not negative.
    pub(super) fn bound(&mut self, what: &str) -> Result<(i64, &'t str), ParseError> {
        let token = self.next(what)?;
        let bound = token.parse().ok().filter(|&bound: &i64| bound >= 0);
        let bound =
            bound.ok_or_else(|| self.wrong(token, format!("{what}, an integer from 0 to {}", i64::MAX)))?;
        Ok((bound, token))
    }

    /// The next field, a count up to `most`.
    pub(super) fn count(&mut self, what: &str, most: usize) -> Result<usize, ParseError> {
        let token = self.next(what)?;
        let count = token.parse().ok().filter(|&count: &usize| count <= most);
        count.ok_or_else(|| self.wrong(token, format!("{what}, an integer from 0 to {most}")))
    }

    /// The next field, a node counted from 1.
    pub(super) fn node(&mut self, nodes: usize) -> Result<NodeId, ParseError> {
        let token = self.next("a node")?;
        let index = token.parse().ok().filter(|&id: &usize| id <= nodes).and_then(|id| id.checked_sub(1));
        index.and_then(NodeId::new).ok_or_else(|| self.wrong(token, format!("a node from 1 to {nodes}")))
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<(), ParseError> {
        match self.rest.next() {
            None => Ok(()),
            Some(token) => Err(self.wrong(token, "the end of the line")),
        }
    }
}

/// The lines that are neither blank nor comments: their letter and fields.
pub(super) fn records(text: &str) -> impl Iterator<Item = (&str, Fields<'_>)> {
    text.lines().enumerate().filter_map(|(i, line)| {
        let mut rest = line.split_ascii_whitespace();
        match rest.next() {
            None | Some("c") => None,
            // Some writers leave no blank after the c.
            Some(letter) if letter.starts_with('c') => None,
            Some(letter) => Some((letter, Fields { line: i + 1, rest })),
        }
    })
}

/// The problem line.
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) nodes: usize,
    pub(super) arcs: usize,
    pub(super) line: usize,
}

/// Nodes that need no line of their own are allowed up to this many plus the length of the text, so
/// that a short text cannot ask for much memory.
const FREE_NODES: usize = 1 << 20;

pub(super) fn header(mut fields: Fields<'_>, text: &str) -> Result<Header, ParseError> {
    let expected = "min or max";
    let kind = match fields.next(expected)? {
        "min" => Kind::Min,
        "max" => Kind::Max,
        token => return Err(fields.wrong(token, expected)),
    };
    let most = text.len().saturating_add(FREE_NODES).min(MAX_IDS);
    let nodes = fields.count("the number of nodes (limited by the length of the text)", most)?;
    let arcs = fields.count("the number of arcs", MAX_IDS)?;
    fields.end()?;
    Ok(Header { kind, nodes, arcs, line: fields.line })
}

/// The error of a text that ends too early.
pub(super) fn ended(text: &str, token: &str, expected: impl ToString) -> ParseError {
    let line = text.lines().count().max(1);
    ParseError { line, token: token.to_string(), expected: expected.to_string() }
}
