//! Command lines: options in any order, `--help` and `--json` everywhere, one line for what is wrong.

use std::ffi::OsString;
use std::str::FromStr;

use super::exit::{Bad, clip};

/// One argument of the command line.
#[derive(Debug)]
pub enum Arg {
    /// An option without its dashes; its value, if it takes one, is read by [`Args::value`].
    Option(String),
    /// Anything else: a file, or `-` for standard input.
    File(String),
}

/// The arguments not yet read.
pub struct Args {
    parser: lexopt::Parser,
    help: &'static str,
    option: String,
    /// Whether `--json` was seen.
    pub json: bool,
}

impl Args {
    pub fn new(help: &'static str) -> Self {
        Self::from_parser(lexopt::Parser::from_env(), help)
    }

    /// For tests: arguments without the program's name.
    pub fn from_list(list: &[&str], help: &'static str) -> Self {
        Self::from_parser(lexopt::Parser::from_args(list.iter().copied()), help)
    }

    fn from_parser(parser: lexopt::Parser, help: &'static str) -> Self {
        Self { parser, help, option: String::new(), json: false }
    }

    /// The next argument that is not `--json`; `--help` ends the program through [`Bad::Help`].
    pub fn next(&mut self) -> Result<Option<Arg>, Bad> {
        loop {
            let arg = match self.parser.next().map_err(|e| Bad::new(format!("command line: {e}")))? {
                None => return Ok(None),
                Some(lexopt::Arg::Long(name)) => name.to_owned(),
                Some(lexopt::Arg::Short(letter)) => letter.to_string(),
                Some(lexopt::Arg::Value(value)) => return Ok(Some(Arg::File(text(value)?))),
            };
            match arg.as_str() {
                "help" | "h" => return Err(Bad::Help(self.help)),
                "json" => self.json = true,
                _ => {
                    self.option.clone_from(&arg);
                    return Ok(Some(Arg::Option(arg)));
                }
            }
        }
    }

    /// The only file of a command line: refuses a second one.
    pub fn file(&self, slot: &mut Option<String>, file: String) -> Result<(), Bad> {
        match slot.replace(file) {
            None => Ok(()),
            Some(first) => Err(Bad::read(
                "command line",
                format!(
                    "a second file \"{}\" after \"{}\"",
                    clip(slot.as_deref().unwrap_or("")),
                    clip(&first)
                ),
                "one file",
            )),
        }
    }

    /// The value of the option that was returned last, as text.
    pub fn text(&mut self, expected: &str) -> Result<String, Bad> {
        match self.parser.value() {
            Ok(value) => text(value),
            Err(_) => Err(Bad::read(format!("--{}", self.option), "nothing", expected)),
        }
    }

    /// The value of the option that was returned last.
    pub fn value<T: FromStr>(&mut self, expected: &str) -> Result<T, Bad> {
        let value = self.text(expected)?;
        value.parse().map_err(|_| self.wrong(&value, expected))
    }

    /// An integer in `low..=high`, the value of the option that was returned last.
    pub fn integer(&mut self, low: u64, high: u64) -> Result<u64, Bad> {
        let expected = format!("an integer from {low} to {high}");
        let value = self.text(&expected)?;
        let number = value.parse().ok().filter(|n| (low..=high).contains(n));
        number.ok_or_else(|| self.wrong(&value, &expected))
    }

    /// One of a few words, the value of the option that was returned last.
    pub fn choice<T: Copy>(&mut self, choices: &[(&str, T)]) -> Result<T, Bad> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let expected = format!("one of {}", names.join(", "));
        let value = self.text(&expected)?;
        let found = choices.iter().find(|(name, _)| *name == value);
        found.map(|(_, choice)| *choice).ok_or_else(|| self.wrong(&value, &expected))
    }

    /// The value of the option that was returned last is not what it should be.
    pub fn wrong(&self, value: &str, expected: &str) -> Bad {
        Bad::read(format!("--{}", self.option), format!("\"{}\"", clip(value)), expected)
    }

    /// The option that was returned last is none of this program.
    pub fn unknown(&self) -> Bad {
        let dashes = if self.option.chars().count() == 1 { "-" } else { "--" };
        Bad::read("command line", format!("{dashes}{}", self.option), "an option that --help lists")
    }
}

fn text(value: OsString) -> Result<String, Bad> {
    value.into_string().map_err(|v| Bad::read("command line", v.to_string_lossy(), "UTF-8"))
}
