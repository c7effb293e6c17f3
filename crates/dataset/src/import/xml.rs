//! Rows of a flat XML file, `<posts><row Id="1" …/>…</posts>`, one at a time and within bounds. Entities of a document
//! type are never expanded: a file that declares one is refused.

use super::{ImportError, Limits};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read},
};

/// The attributes of one row, by name.
pub type Row = BTreeMap<String, String>;

/// What comes next in the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A row.
    Row(Row),
    /// A row that cannot be read, and why.
    Bad(&'static str),
    /// The rest of the file cannot be read, and why.
    Cut(&'static str),
    /// The end.
    End,
}

/// Stands in for bytes that are no text; no XML file may hold it, so a row with it is a broken one.
const NO_TEXT: char = '\u{ffff}';
/// The text of the error that an exhausted allowance raises.
const EXHAUSTED: &str = "allowance exhausted";

/// Passes text on until an allowance is used up, so that no tag can fill the memory. Bytes that are no text become
/// `NO_TEXT`, so that one of them spoils its row and not the file.
struct Allowance<R> {
    inner: R,
    /// Text that is ready, and how much of it was taken.
    ready: Vec<u8>,
    taken: usize,
    /// The beginning of a character whose end is not there yet.
    carry: Vec<u8>,
    left: usize,
    read: u64,
}

impl<R: BufRead> Allowance<R> {
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        while self.ready.is_empty() {
            let chunk = self.inner.fill_buf()?;
            let (at_end, length) = (chunk.is_empty(), chunk.len());
            let mut raw = std::mem::take(&mut self.carry);
            raw.extend_from_slice(chunk);
            self.inner.consume(length);
            self.read += length as u64;
            self.accept(&raw, at_end);
            if at_end {
                break;
            }
        }
        Ok(())
    }

    fn accept(&mut self, raw: &[u8], at_end: bool) {
        for part in raw.utf8_chunks() {
            self.ready.extend_from_slice(part.valid().as_bytes());
            let invalid = part.invalid();
            let is_last = std::ptr::eq(invalid.as_ptr_range().end, raw.as_ptr_range().end);
            let is_cut = std::str::from_utf8(invalid).is_err_and(|e| e.error_len().is_none());
            if is_last && is_cut && !at_end {
                self.carry = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.ready.extend_from_slice(NO_TEXT.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
}

impl<R: BufRead> Read for Allowance<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?.read(out)?;
        self.consume(got);
        Ok(got)
    }
}

impl<R: BufRead> BufRead for Allowance<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(EXHAUSTED));
        }
        if self.taken >= self.ready.len() {
            self.refill()?;
        }
        let ready = self.ready.get(self.taken..).unwrap_or_default();
        Ok(ready.get(..self.left).unwrap_or(ready))
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.taken += amount;
    }
}

/// Reads the rows of one file.
pub struct Rows<R> {
    reader: Reader<Allowance<R>>,
    buffer: Vec<u8>,
    depth: usize,
    limits: Limits,
    file: String,
    rows: u64,
}

impl<R: BufRead> Rows<R> {
    /// Starts at the beginning of a file of this name.
    pub fn new(file: &str, inner: R, limits: &Limits) -> Self {
        let (ready, carry) = (Vec::new(), Vec::new());
        let allowance = Allowance { inner, ready, taken: 0, carry, left: limits.line_bytes, read: 0 };
        let reader = Reader::from_reader(allowance);
        Self { reader, buffer: Vec::new(), depth: 0, limits: *limits, file: file.to_owned(), rows: 0 }
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.reader.get_ref().read
    }

    /// The next row.
    ///
    /// # Errors
    /// When a tag is too long, the nesting too deep, or a document type is declared.
    pub fn next_row(&mut self) -> Result<Next, ImportError> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().left = self.limits.line_bytes;
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(quick_xml::Error::Io(e)) if e.to_string() == EXHAUSTED => {
                    let what = format!("a tag has more than {} bytes", self.limits.line_bytes);
                    return Err(ImportError::hostile(&self.file, self.rows + 1, what));
                }
                Err(_) => return Ok(Next::Cut("broken_xml")),
            };
            match event {
                Event::Empty(tag) if tag.name().as_ref() == "row" => {
                    self.rows += 1;
                    return Ok(attributes(&tag));
                }
                Event::Start(tag) => {
                    self.depth += 1;
                    if self.depth > self.limits.xml_depth {
                        let what = format!("the nesting is deeper than {}", self.limits.xml_depth);
                        return Err(ImportError::hostile(&self.file, self.rows + 1, what));
                    }
                    if tag.name().as_ref() == "row" {
                        self.rows += 1;
                        return Ok(attributes(&tag));
                    }
                }
                Event::End(_) => self.depth = self.depth.saturating_sub(1),
                Event::DocType(_) => {
                    let what = "it declares a document type, which could expand without end";
                    return Err(ImportError::hostile(&self.file, self.rows + 1, what));
                }
                Event::Eof if self.depth > 0 => return Ok(Next::Cut("truncated")),
                Event::Eof => return Ok(Next::End),
                _ => {}
            }
        }
    }
}

fn attributes(tag: &BytesStart<'_>) -> Next {
    let mut row = Row::new();
    for attribute in tag.attributes() {
        let Ok(attribute) = attribute else { return Next::Bad("bad_attribute") };
        let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) else { return Next::Bad("bad_entity") };
        if value.contains(NO_TEXT) {
            return Next::Bad("bad_utf8");
        }
        row.insert(attribute.key.as_ref().to_owned(), value.into_owned());
    }
    Next::Row(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], limits: &Limits) -> Result<Vec<Next>, ImportError> {
        let mut rows = Rows::new("t.xml", text, limits);
        let mut out = Vec::new();
        loop {
            match rows.next_row()? {
                Next::End => return Ok(out),
                next @ Next::Cut(_) => {
                    out.push(next);
                    return Ok(out);
                }
                next => out.push(next),
            }
        }
    }

    fn row(pairs: &[(&str, &str)]) -> Next {
        Next::Row(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn rows_are_read_and_bad_ones_named() {
        let cases: [(&[u8], Vec<Next>); 7] = [
            (b"<r>\n<row Id=\"1\" A=\"&lt;p&gt;&#xA;x\" /></r>", vec![row(&[("Id", "1"), ("A", "<p>\nx")])]),
            (b"<r><row Id=\"1\"></row></r>", vec![row(&[("Id", "1")])]),
            (b"<r><row Id=\"1\" Id=\"2\"/><row Id=\"3\"/></r>", vec![Next::Bad("bad_attribute"), row(&[("Id", "3")])]),
            (b"<r><row Id=\"&nope;\"/><row Id=\"3\"/></r>", vec![Next::Bad("bad_entity"), row(&[("Id", "3")])]),
            (b"<r><row Id=\"\xff\"/><row Id=\"3\"/></r>", vec![Next::Bad("bad_utf8"), row(&[("Id", "3")])]),
            (b"<r><row Id=\"1\"/><row Id=\"2", vec![row(&[("Id", "1")]), Next::Cut("broken_xml")]),
            (b"<r><row Id=\"1\"/>", vec![row(&[("Id", "1")]), Next::Cut("truncated")]),
        ];
        for (text, expected) in cases {
            let name = String::from_utf8_lossy(text);
            assert_eq!(all(text, &Limits::default()).expect("no bound is hit"), expected, "{name}");
        }
    }

    #[test]
    fn a_character_may_be_cut_by_the_end_of_a_chunk() {
        let text = "<r><row A=\"aé€😀\"/></r>";
        for size in 1..8 {
            let mut rows = Rows::new("t.xml", io::BufReader::with_capacity(size, text.as_bytes()), &Limits::default());
            assert_eq!(rows.next_row().expect("no bound is hit"), row(&[("A", "aé€😀")]), "{size}");
        }
    }

    #[test]
    fn bounds_hold() {
        let limits = Limits { line_bytes: 1_000, ..Limits::default() };
        let deep = "<a>".repeat(65);
        let long = format!("<r><row Id=\"{}\"/></r>", "x".repeat(2_000));
        let laughs = "<!DOCTYPE r [<!ENTITY a \"ha\">]><r/>".to_owned();
        for (text, what) in [(deep, "nesting"), (long, "more than 1000 bytes"), (laughs, "document type")] {
            let error = all(text.as_bytes(), &limits).expect_err("a bound is hit").to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
