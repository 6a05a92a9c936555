//! JSON in: values that know where they stand in their file. JSON out: objects in a fixed order.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Write};

use serde_json::Value;

use super::exit::{Bad, clip};
use super::input::Input;

/// A parsed file.
#[derive(Debug)]
pub struct Document {
    name: String,
    value: Value,
}

impl Document {
    /// Parses a text; a name that an object has twice is an error.
    pub fn parse(input: &Input) -> Result<Self, Bad> {
        let value = serde_json::from_str(&input.text)
            .map_err(|error| Bad::read(&input.name, format!("no JSON: {error}"), "one JSON value"))?;
        if let Some((line, key)) = duplicate(&input.text) {
            let place = format!("{}: line {line}", input.name);
            return Err(Bad::read(place, format!("field \"{key}\" for the second time"), "each field once"));
        }
        Ok(Self { name: input.name.clone(), value })
    }

    /// The outermost value.
    pub fn root(&self) -> Json<'_, '_> {
        Json { parent: None, step: Step::File(&self.name), value: &self.value }
    }
}

/// The first name that stands twice in one object of a valid JSON text, with its line.
fn duplicate(text: &str) -> Option<(usize, String)> {
    let bytes = text.as_bytes();
    let mut open: Vec<BTreeSet<String>> = Vec::new();
    let (mut line, mut i) = (1, 0);
    while i < bytes.len() {
        match bytes[i] {
            b'\n' => line += 1,
            b'{' => open.push(BTreeSet::new()),
            b'}' => drop(open.pop()),
            b'"' => {
                let begin = i;
                i += 1;
                while i < bytes.len() && bytes[i] != b'"' {
                    i += if bytes[i] == b'\\' { 2 } else { 1 };
                }
                let rest = text.get(i + 1..).unwrap_or("").trim_start();
                if rest.starts_with(':') {
                    let key: String = serde_json::from_str(text.get(begin..=i)?).ok()?;
                    let keys = open.last_mut()?;
                    if keys.contains(&key) {
                        return Some((line, key));
                    }
                    keys.insert(key);
                }
            }
            _ => {}
        }
        i += 1;
    }
    None
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    File(&'p str),
    Field(&'p str),
    Item(usize),
}

/// A value and its place.
#[derive(Clone, Copy, Debug)]
pub struct Json<'p, 'v> {
    parent: Option<&'p Json<'p, 'v>>,
    step: Step<'p>,
    value: &'v Value,
}

impl<'v> Json<'_, 'v> {
    /// A field that must be there.
    pub fn field<'q>(&'q self, name: &'q str) -> Result<Json<'q, 'v>, Bad> {
        self.maybe(name)?.ok_or_else(|| self.bad("nothing", format!("a field \"{name}\"")))
    }

    /// A field that may be missing or null.
    pub fn maybe<'q>(&'q self, name: &'q str) -> Result<Option<Json<'q, 'v>>, Bad> {
        let fields = self.value.as_object().ok_or_else(|| self.wrong("an object"))?;
        let value = fields.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| Json { parent: Some(self), step: Step::Field(name), value }))
    }

    /// Whether this is an object with that field.
    pub fn has(&self, name: &str) -> bool {
        self.value.get(name).is_some()
    }

    /// The items of an array.
    pub fn items<'q>(&'q self) -> Result<impl ExactSizeIterator<Item = Json<'q, 'v>>, Bad> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("an array"))?;
        Ok(items.iter().enumerate().map(move |(i, value)| Json {
            parent: Some(self),
            step: Step::Item(i),
            value,
        }))
    }

    /// An integer in `0..=max`.
    pub fn integer(&self, max: u64) -> Result<u64, Bad> {
        let number = self.value.as_u64().filter(|&number| number <= max);
        number.ok_or_else(|| self.wrong(format!("a non-negative integer up to {max}")))
    }

    /// An index or count in `0..=max`.
    pub fn index(&self, max: usize) -> Result<usize, Bad> {
        usize::try_from(self.integer(max as u64)?).map_err(|_| self.wrong("an index"))
    }

    /// An integer in `0..=max`, written as a number or as a text of digits.
    pub fn digits(&self, max: u64) -> Result<u64, Bad> {
        match self.value.as_str() {
            Some(text) => {
                let number = text.parse().ok().filter(|&number: &u64| number <= max);
                number.ok_or_else(|| self.wrong(format!("a non-negative integer up to {max}")))
            }
            None => self.integer(max),
        }
    }

    /// A finite number.
    pub fn real(&self) -> Result<f64, Bad> {
        self.value.as_f64().filter(|x| x.is_finite()).ok_or_else(|| self.wrong("a number"))
    }

    /// true or false.
    pub fn flag(&self) -> Result<bool, Bad> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A text.
    pub fn text(&self) -> Result<&'v str, Bad> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    /// The bare value.
    pub fn value(&self) -> &'v Value {
        self.value
    }

    /// The value is not what it should be.
    pub fn wrong(&self, expected: impl Display) -> Bad {
        let read = match self.value {
            Value::Array(items) => format!("an array of {}", items.len()),
            Value::Object(_) => "an object".to_owned(),
            value => clip(&value.to_string()),
        };
        self.bad(read, expected)
    }

    /// Something about this place is not what it should be.
    pub fn bad(&self, read: impl Display, expected: impl Display) -> Bad {
        Bad::read(self, read, expected)
    }
}

impl Display for Json<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = vec![self.step];
        let mut at = self.parent;
        while let Some(json) = at {
            steps.push(json.step);
            at = json.parent;
        }
        for (i, step) in steps.iter().rev().enumerate() {
            match step {
                Step::File(name) => f.write_str(name)?,
                Step::Field(name) if i == 1 => write!(f, ": {name}")?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item(index) if i == 1 => write!(f, ": [{index}]")?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A JSON object that is written out field by field, in that order, with exact integers.
#[derive(Debug, Default)]
pub struct Object {
    text: String,
}

impl Object {
    pub fn new() -> Self {
        Self::default()
    }

    /// A field whose value is written as it is: an integer of any size, true, false or finished JSON.
    pub fn put(mut self, name: &str, value: impl Display) -> Self {
        let separator = if self.text.is_empty() { "" } else { "," };
        let _ = write!(self.text, "{separator}{}:{value}", quoted(name));
        self
    }

    /// A field with a text.
    pub fn text(self, name: &str, value: &str) -> Self {
        self.put(name, quoted(value))
    }

    /// A field with a real number; null if it is not finite.
    pub fn real(self, name: &str, value: f64) -> Self {
        self.put(name, Value::from(value))
    }

    /// A field with a list of values written as they are.
    pub fn list<T: Display>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        self.put(name, array(values))
    }
}

impl Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.text)
    }
}

/// A text as a JSON string.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Values, written as they are, as a JSON array.
pub fn array<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    let mut text = String::from("[");
    for (i, value) in values.into_iter().enumerate() {
        let _ = write!(text, "{}{value}", if i == 0 { "" } else { "," });
    }
    text.push(']');
    text
}
