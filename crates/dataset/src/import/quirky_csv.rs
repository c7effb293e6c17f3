//! CSV as members' exports really are: a preamble before the header, `\"` beside `""`, commentary over many lines with
//! each line quoted anew, rows with a wrong number of fields. A row that fits no reading is named bad, and reading goes
//! on at the next row that looks like one.

use crate::html;

/// Lines at the top among which the header is looked for.
const HEADER_LINES: usize = 50;
/// Longest record that is tried, in bytes; a stray quote must not swallow the file.
const MAX_RECORD_BYTES: usize = 2 << 20;

/// How quotes inside a quoted field are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// `""` and `\"` are quotes.
    Backslash,
    /// Only `""` is a quote.
    Doubled,
    /// As `Backslash`, and a quote, a line break and a quote are a line break.
    Rejoined,
}

/// What comes next in the table.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'h> {
    /// A row.
    Row(Fields<'h>),
    /// A row that fits no reading, and why.
    Bad(&'static str),
    /// The end.
    End,
}

/// The fields of a row, by the names of the header.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields<'h> {
    header: &'h [String],
    values: Vec<String>,
}

impl Fields<'_> {
    /// The field of this column (lower case), empty if there is none.
    #[must_use]
    pub fn get(&self, column: &str) -> &str {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| self.values.get(at)).map_or("", String::as_str)
    }
}

/// Where a table has its header and its first row.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    /// Names of the columns, in lower case.
    pub columns: Vec<String>,
    /// First byte after the header.
    pub end: usize,
}

/// Finds the header: the first line that has all of these columns (lower case).
#[must_use]
pub fn find_header(text: &str, must: &[&str]) -> Option<Header> {
    let mut at = 0;
    for _ in 0..HEADER_LINES {
        if at >= text.len() {
            return None;
        }
        if let Some((fields, end)) = record(text, at, Quotes::Doubled) {
            let columns: Vec<String> =
                fields.iter().map(|f| f.trim_matches(['\u{feff}', ' ']).to_lowercase()).collect();
            if must.iter().all(|name| columns.iter().any(|column| column == name)) {
                return Some(Header { columns, end });
            }
        }
        at = next_line(text, at);
    }
    None
}

/// Reads the rows after a header.
pub struct Rows<'t> {
    text: &'t str,
    at: usize,
    header: &'t Header,
    /// Whether every row begins with a date; that makes the start of a row certain.
    dated: bool,
}

impl<'t> Rows<'t> {
    /// Starts after the header.
    #[must_use]
    pub fn new(text: &'t str, header: &'t Header) -> Self {
        let dated = header.columns.first().is_some_and(|name| name == "date");
        Self { text, at: header.end, header, dated }
    }

    /// The next row.
    pub fn next_row(&mut self) -> Next<'t> {
        while self.rest().starts_with(['\n', '\r']) {
            self.at += 1;
        }
        if self.at >= self.text.len() {
            return Next::End;
        }
        let mut second_best = None;
        for quotes in [Quotes::Backslash, Quotes::Doubled, Quotes::Rejoined] {
            let Some((values, end)) = record(self.text, self.at, quotes) else { continue };
            let Some(values) = self.fit(values) else { continue };
            if !self.dated || self.starts_row(end) {
                self.at = end;
                return Next::Row(Fields { header: &self.header.columns, values });
            }
            second_best = second_best.or(Some((values, end)));
        }
        if let Some((values, end)) = second_best {
            self.at = end;
            return Next::Row(Fields { header: &self.header.columns, values });
        }
        self.resume();
        Next::Bad("field_count")
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The values, if there are as many as columns; empty ones too many are dropped.
    fn fit(&self, mut values: Vec<String>) -> Option<Vec<String>> {
        while values.len() > self.header.columns.len() && values.last().is_some_and(String::is_empty) {
            values.pop();
        }
        (values.len() == self.header.columns.len()).then_some(values)
    }

    /// Whether a dated row, or the end, is at this byte.
    fn starts_row(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or_default().trim_start_matches(['\n', '\r']);
        rest.is_empty() || is_date(rest.strip_prefix('"').unwrap_or(rest))
    }

    /// Moves to the next line that can begin a row.
    fn resume(&mut self) {
        loop {
            self.at = next_line(self.text, self.at);
            if self.at >= self.text.len() || !self.dated || self.starts_row(self.at) {
                return;
            }
        }
    }
}

/// Whether a text begins as `2024-01-15`.
fn is_date(text: &str) -> bool {
    let form = b"dddd-dd-dd";
    let head = text.as_bytes().get(..form.len()).unwrap_or_default();
    head.len() == form.len() && head.iter().zip(form).all(|(b, f)| if *f == b'd' { b.is_ascii_digit() } else { b == f })
}

fn next_line(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    rest.iter().position(|b| *b == b'\n').map_or(text.len(), |n| at + n + 1)
}

/// The fields of the record at this byte and where it ends, or none if it does not read as one.
fn record(text: &str, start: usize, quotes: Quotes) -> Option<(Vec<String>, usize)> {
    let bytes = text.as_bytes();
    let stop = bytes.len().min(start + MAX_RECORD_BYTES);
    let mut fields = Vec::new();
    let mut at = start;
    loop {
        let (field, end) = if bytes.get(at) == Some(&b'"') {
            quoted(bytes, at + 1, stop, quotes)?
        } else {
            let rest = bytes.get(at..stop)?;
            let length = rest.iter().position(|b| matches!(b, b',' | b'\n' | b'\r')).unwrap_or(rest.len());
            (rest.get(..length)?.to_vec(), at + length)
        };
        fields.push(String::from_utf8(field).ok()?);
        match bytes.get(end) {
            Some(b',') => at = end + 1,
            Some(b'\r') if bytes.get(end + 1) == Some(&b'\n') => return Some((fields, end + 2)),
            Some(b'\n' | b'\r') => return Some((fields, end + 1)),
            None => return Some((fields, end)),
            Some(_) => return None,
        }
    }
}

/// A quoted field from after its first quote, and the byte after its last.
fn quoted(bytes: &[u8], start: usize, stop: usize, quotes: Quotes) -> Option<(Vec<u8>, usize)> {
    let mut field = Vec::new();
    let mut at = start;
    while at < stop {
        match (*bytes.get(at)?, bytes.get(at + 1)) {
            (b'"', Some(b'"')) => {
                field.push(b'"');
                at += 2;
            }
            (b'"', Some(b'\n')) if quotes == Quotes::Rejoined && bytes.get(at + 2) == Some(&b'"') => {
                field.push(b'\n');
                at += 3;
            }
            (b'"', _) => return Some((field, at + 1)),
            (b'\\', Some(b'"')) if quotes != Quotes::Doubled => {
                field.push(b'"');
                at += 2;
            }
            (byte, _) => {
                field.push(byte);
                at += 1;
            }
        }
    }
    None
}

/// A text whose lines were each quoted anew, put together again: `one"⏎"two` is two lines.
#[must_use]
pub fn join_lines(text: &str) -> String {
    if !text.contains("\"\n\"") {
        return text.to_owned();
    }
    let text = text.strip_prefix('"').unwrap_or(text);
    let text = text.strip_suffix('"').unwrap_or(text);
    text.replace("\"\n\"", "\n").replace("\"\"", "\"")
}

/// Decodes HTML entities and leaves everything else, line breaks and `<` too.
#[must_use]
pub fn decode_entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for token in html::tokens(&text.replace('<', "&lt;")) {
        if let html5gum::Token::String(part) = token {
            out.push_str(&String::from_utf8_lossy(&part));
        }
    }
    out
}

/// Characters that Windows-1252 has where Latin-1 has controls, with their byte.
#[rustfmt::skip]
const WINDOWS: &[(char, u8)] = &[
    ('€', 0x80), ('‚', 0x82), ('ƒ', 0x83), ('„', 0x84), ('…', 0x85), ('†', 0x86), ('‡', 0x87), ('ˆ', 0x88), ('‰', 0x89),
    ('Š', 0x8a), ('‹', 0x8b), ('Œ', 0x8c), ('Ž', 0x8e), ('‘', 0x91), ('’', 0x92), ('“', 0x93), ('”', 0x94), ('•', 0x95),
    ('–', 0x96), ('—', 0x97), ('˜', 0x98), ('™', 0x99), ('š', 0x9a), ('›', 0x9b), ('œ', 0x9c), ('ž', 0x9e), ('Ÿ', 0x9f),
];

/// Undoes UTF-8 that was once read as Windows-1252 (`cafÃ©` is `café`), only if the whole text undoes cleanly.
#[must_use]
pub fn repair_encoding(text: &str) -> String {
    if !text.contains(['Ã', 'Â', 'â', 'Å', 'Ä', 'ð']) {
        return text.to_owned();
    }
    let byte = |c: char| match u8::try_from(u32::from(c)) {
        Ok(byte) => Some(byte),
        Err(_) => WINDOWS.iter().find(|(w, _)| *w == c).map(|(_, byte)| *byte),
    };
    let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, must: &[&str]) -> Vec<Result<Vec<String>, &'static str>> {
        let header = find_header(text, must).expect("a header");
        let mut rows = Rows::new(text, &header);
        let mut out = Vec::new();
        loop {
            match rows.next_row() {
                Next::Row(row) => out.push(Ok(row.values)),
                Next::Bad(reason) => out.push(Err(reason)),
                Next::End => return out,
            }
        }
    }

    const D: &str = "2024-01-15 10:20:30";

    #[test]
    fn the_quirks_of_real_exports_are_read() {
        let cases = [
            ("Date,Link,Message\nD,l,hi\n", vec![Ok(vec![D, "l", "hi"])]),
            ("\u{feff}Date,Link,Message\r\nD,l,hi\r\n", vec![Ok(vec![D, "l", "hi"])]),
            ("Notes:\n\"Some \"\"text\"\", here\"\n\nDate,Link,Message\nD,l,hi", vec![Ok(vec![D, "l", "hi"])]),
            ("DATE,LINK,message\nD,l,\"a \"\"b\"\" c\"\n", vec![Ok(vec![D, "l", "a \"b\" c"])]),
            (
                "Date,Link,Message\nD,l,\"he said \\\"hi, you\\\" so\"\nD,l,x\n",
                vec![Ok(vec![D, "l", "he said \"hi, you\" so"]), Ok(vec![D, "l", "x"])],
            ),
            (
                "Date,Link,Message\nD,l,\"ends in \\\"\nD,l,x\n",
                vec![Ok(vec![D, "l", "ends in \\"]), Ok(vec![D, "l", "x"])],
            ),
            (
                "Date,Link,Message\nD,l,\"one\n\ntwo, \nthree\"\nD,l,x\n",
                vec![Ok(vec![D, "l", "one\n\ntwo, \nthree"]), Ok(vec![D, "l", "x"])],
            ),
            (
                "Date,Link,Message\nD,l,\"one\"\n\"two\"\nD,l,x\n",
                vec![Ok(vec![D, "l", "one\ntwo"]), Ok(vec![D, "l", "x"])],
            ),
            (
                "Date,Link,Message\nD,l,a,b,c\nD,l\nD,l,x,,\n",
                vec![Err("field_count"), Err("field_count"), Ok(vec![D, "l", "x"])],
            ),
            ("Date,Link,Message\nD,l,\"never closed\nD,l,x\n", vec![Err("field_count"), Ok(vec![D, "l", "x"])]),
        ];
        for (text, expected) in cases {
            let text = text.replace("D,", "2024-01-15 10:20:30,");
            let expected: Vec<Result<Vec<String>, &str>> =
                expected.into_iter().map(|r| r.map(|v| v.into_iter().map(str::to_owned).collect())).collect();
            assert_eq!(rows(&text, &["date", "message"]), expected, "{text}");
        }
    }

    #[test]
    fn a_table_without_its_columns_has_no_header() {
        assert_eq!(find_header("a,b\n1,2\n", &["date"]), None);
        assert_eq!(find_header("", &["date"]), None);
        assert_eq!(find_header(&"x\n".repeat(60), &["date"]), None);
    }

    #[test]
    fn text_is_mended_where_it_is_certain() {
        assert_eq!(decode_entities("a &amp; b &lt;c> &eacute;\n<i>&#39;"), "a & b <c> é\n<i>'");
        assert_eq!(join_lines("one\"\n\"two"), "one\ntwo");
        assert_eq!(join_lines("\"one\"\n\"a \"\"b\"\"\""), "one\na \"b\"");
        assert_eq!(join_lines("say \"x\""), "say \"x\"");
        let cases = [("cafÃ©", "café"), ("itâ€™s", "it’s"), ("café", "café"), ("Ã", "Ã"), ("São Paulo", "São Paulo")];
        for (text, mended) in cases {
            assert_eq!(repair_encoding(text), mended, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_a_proper_writer_wrote_is_read_back(
            rows_in in proptest::collection::vec(proptest::collection::vec("[a-z,\" \n]{0,12}", 2), 0..8),
        ) {
            let quote = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let mut text = "Date,a,b\n".to_owned();
            for row in &rows_in {
                text += &format!("{D},{},{}\n", quote(&row[0]), quote(&row[1]));
            }
            let read: Vec<_> = rows(&text, &["date"]).into_iter().map(|row| row.map(|v| v[1..].to_vec())).collect();
            prop_assert_eq!(read, rows_in.into_iter().map(Ok).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_come_to_an_end(text in "[a-z0-9,\"\\\\ \n\r-]{0,200}") {
            let text = format!("Date,a\n{text}");
            prop_assert!(rows(&text, &["date"]).len() <= text.len());
        }
    }
}
