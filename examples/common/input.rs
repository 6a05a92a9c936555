//! Reading a file or standard input as text, gzip unpacked.

use std::fs::File;
use std::io::{self, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

use super::exit::Bad;

/// A text and the name to call it by in messages.
#[derive(Debug)]
pub struct Input {
    pub name: String,
    pub text: String,
}

/// The largest text that is read, after unpacking: 4 GiB.
const LIMIT: u64 = 1 << 32;
const GZIP: [u8; 2] = [0x1f, 0x8b];

impl Input {
    /// Reads a file, or standard input if `path` is `-`.
    pub fn read(path: &str) -> Result<Self, Bad> {
        let name = if path == "-" { "standard input" } else { path };
        let bytes = if path == "-" {
            read_all(io::stdin().lock())
        } else {
            match std::fs::metadata(path) {
                Ok(meta) if meta.is_dir() => return Err(Bad::read(name, "a directory", "a file")),
                Ok(_) => File::open(path).and_then(read_all),
                Err(error) => Err(error),
            }
        };
        let bytes = bytes.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Bad::read(name, "no such file", "a file"),
            _ => Bad::read(name, error, "a readable file"),
        })?;
        let packed = bytes.starts_with(&GZIP);
        if !packed && path.ends_with(".gz") && !bytes.is_empty() {
            return Err(Bad::read(name, "no gzip header", "gzip data, as the name ends in .gz"));
        }
        let bytes = if packed { unpack(name, &bytes)? } else { bytes };
        Self::from_bytes(name, bytes)
    }

    fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Bad> {
        if bytes.is_empty() {
            return Err(Bad::read(name, "an empty file", "text"));
        }
        if bytes.len() as u64 > LIMIT {
            return Err(Bad::read(name, "more than 4 GiB of text", "less"));
        }
        let mut text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..valid].iter().filter(|&&b| b == b'\n').count();
            let byte = error.as_bytes()[valid];
            Bad::read(format!("{name}: line {line}"), format!("byte {byte:#04x}"), "UTF-8 text")
        })?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(Self { name: name.to_owned(), text })
    }
}

fn read_all(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unpack(name: &str, bytes: &[u8]) -> Result<Vec<u8>, Bad> {
    read_all(MultiGzDecoder::new(bytes)).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => Bad::read(name, "gzip data that ends too early", "a whole gzip file"),
        _ => Bad::read(name, format!("damaged gzip data ({error})"), "a whole gzip file"),
    })
}
