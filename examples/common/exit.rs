//! The way out: one string on standard output, or one line on standard error.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// Why there is no answer: what was read where, and what was expected.
#[derive(Debug)]
pub enum Bad {
    /// Bad input, told in one line.
    Input(String),
    /// No error: the help text was asked for.
    Help(&'static str),
}

impl Bad {
    pub fn new(message: impl fmt::Display) -> Self {
        Self::Input(message.to_string())
    }

    /// `place: read x, expected y`, with what was read cut to a readable length.
    pub fn read(place: impl fmt::Display, read: impl fmt::Display, expected: impl fmt::Display) -> Self {
        Self::Input(format!("{place}: read {}, expected {expected}", clip(&read.to_string())))
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(message) => f.write_str(&one_line(message)),
            Self::Help(text) => f.write_str(text),
        }
    }
}

/// At most 160 characters of a text.
pub fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(160).collect();
    if clipped.len() < text.len() {
        clipped.push_str("...");
    }
    clipped
}

/// The text with line breaks and other control characters escaped.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

/// Runs an example: exit code 0 and its report, or 2 and one line.
///
/// A reader that closes the pipe early has seen enough; that is no error.
pub fn main(run: impl FnOnce(&mut String) -> Result<(), Bad>) -> ExitCode {
    let mut report = String::new();
    let problem = match run(&mut report) {
        Ok(()) => None,
        Err(Bad::Help(text)) => {
            report.clear();
            report.push_str(text);
            None
        }
        Err(bad) => Some(bad),
    };
    let problem = problem.or_else(|| print(&report).err());
    match problem {
        None => ExitCode::SUCCESS,
        Some(bad) => {
            // Nobody is left to be told if this fails too.
            let _ = writeln!(io::stderr(), "{bad}");
            ExitCode::from(2)
        }
    }
}

fn print(report: &str) -> Result<(), Bad> {
    let mut out = io::stdout().lock();
    match out.write_all(report.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Bad::new(format!("standard output: cannot be written ({error})")))
        }
        _ => Ok(()),
    }
}
