//! Names and values that stand apart: the columns of a table (`tables.rs`) and of SQL (`inserts.rs`), elements of XML and HTML, keys in brackets, and a name and a value
//! that are keys of one object. A value is read as if its name stood before it, `name: value`, by the recognizers of plain text, so that
//! whatever a word announces in a sentence is announced by a name as well.

use super::needs::Needs;
use super::{Page, Recognizer, Recognizers, inserts, tables};
use crate::finding::{Finding, SURE, Span, SpanText as _};
use crate::kind::Kind;

/// The longest value that is read, in bytes.
const LONGEST: usize = 256;
/// Parts of names whose values may have no digit: secrets, people's names for themselves, and codes of letters.
const WITHOUT_DIGITS: [&str; 29] = [
    "pass",
    "pwd",
    "pw",
    "secret",
    "token",
    "key",
    "auth",
    "credential",
    "kenn",
    "senha",
    "clave",
    "contras",
    "mot",
    "has",
    "hesl",
    "parol",
    "sifre",
    "user",
    "login",
    "handle",
    "nick",
    "account",
    "bic",
    "swift",
    "street",
    "address",
    "adres",
    "strass",
    "plate",
];
/// The longest name that is read, in bytes.
const LONGEST_NAME: usize = 48;
/// How far before a value the name beside it may stand, in bytes.
const BESIDE: usize = 64;
/// The most columns of a table in HTML.
const MOST_COLUMNS: usize = 64;

/// Reads values with their names.
pub struct Fields {
    recognizers: Recognizers,
    kinds: Vec<Kind>,
}

impl Fields {
    /// Values are read by these.
    pub(super) fn new(recognizers: Recognizers) -> Self {
        Self { kinds: recognizers.kinds(), recognizers }
    }

    /// Reads one value.
    fn read(&self, page: &Page<'_>, name: Span, value: Span, line: &mut String, findings: &mut Vec<Finding>) {
        let (name, text) = (name.of(page.text()), value.of(page.text()));
        if !(1..=LONGEST_NAME).contains(&name.len()) || !(2..=LONGEST).contains(&text.len()) || !may_hold(name, text) {
            return;
        }
        line.clear();
        line.push_str(name);
        line.push_str(": ");
        let head = line.len();
        let places = decode(text, line);
        let (mut line, mut found) = (Page::new(line), Vec::new());
        self.recognizers.find(&mut line, &mut found);
        found.retain(|finding| finding.score >= SURE && finding.span.end > head);
        findings.extend(found.into_iter().map(|finding| {
            let place = |at: usize| places.get(at).copied().unwrap_or(text.len());
            let (start, end) = (finding.span.start.max(head) - head, finding.span.end - head);
            Finding { span: Span::new(value.start + place(start), value.start + place(end)), ..finding }
        }));
    }
}

/// Whether a value may be personal data: by its digits or its sign, or by a name whose values need none.
fn may_hold(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    value.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@' || !byte.is_ascii())
        || !name.is_ascii()
        || WITHOUT_DIGITS.iter().any(|part| lower.contains(part))
}

/// Appends a value with bytes for their codes in a URL, such as `%2B` for `+`; gives the place of each of its bytes in the value.
fn decode(value: &str, line: &mut String) -> Vec<usize> {
    let hex = |code: &[u8]| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok();
    let bytes = value.as_bytes();
    let (mut decoded, mut places, mut at) = (Vec::with_capacity(value.len()), Vec::with_capacity(value.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(hex);
        decoded.push(code.unwrap_or(*byte));
        places.push(at);
        at += if code.is_some() { 3 } else { 1 };
    }
    match String::from_utf8(decoded) {
        Ok(decoded) => line.push_str(&decoded),
        Err(_) => {
            line.push_str(value);
            places = (0..value.len()).collect();
        }
    }
    places
}

impl Recognizer for Fields {
    fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let mut line = String::new();
        let mut read = |name: Span, value: Span| self.read(page, name, value, &mut line, findings);
        if page.meets(Needs::NEWLINE) {
            tables::cells(page, &mut read);
        }
        inserts::cells(page, &mut read);
        elements(page, &mut read);
        keyed(page, &mut read);
    }
}

/// `<name>value</name>`; cells of a table in HTML have the names of its head.
fn elements(page: &Page<'_>, read: &mut impl FnMut(Span, Span)) {
    let (mut names, mut column) = (Vec::new(), 0);
    for slash in page.slashes().iter().filter(|slash| page.byte_before(**slash) == Some(b'<')) {
        let tag_end = page.ahead_while(slash + 1, LONGEST_NAME, is_of_name);
        let tag = page.slice(slash + 1, tag_end);
        let value_end = slash - 1;
        let value = page.back_while(value_end, LONGEST, |c| !matches!(c, '<' | '>'));
        let value = trimmed(page, Span::new(value, value_end));
        match tag.to_ascii_lowercase().as_str() {
            "table" => names.clear(),
            "tr" => column = 0,
            "th" => {
                names.resize(column.min(MOST_COLUMNS), Span::new(0, 0));
                names.push(value);
                column += 1;
            }
            "td" => {
                names.get(column).into_iter().for_each(|name| read(*name, value));
                column += 1;
            }
            // Elements of text are no names.
            "p" | "a" | "b" | "i" | "em" | "strong" | "span" | "div" | "li" | "code" | "pre" | "h1" | "h2" | "h3" => {}
            _ => opening(page, value.start, tag).into_iter().for_each(|name| read(name, value)),
        }
    }
}

/// The name in the tag that ends before `at`, when it is `tag`.
fn opening(page: &Page<'_>, at: usize, tag: &str) -> Option<Span> {
    let end =
        page.back_while(at, 24, |c| c.is_whitespace()).checked_sub(1).filter(|end| page.byte(*end) == Some(b'>'))?;
    let start = page.back_while(end, BESIDE, |c| !matches!(c, '<' | '>'));
    let name = Span::new(start, start + tag.len());
    let whole = page.byte_before(start) == Some(b'<') && name.of(page.text()) == tag;
    (whole && !page.after(name.end).is_some_and(is_of_name)).then_some(name)
}

/// `['name'] = value`, `name="name" value="value"`, `"name": "name", "value": "value"`, and `name=value` with codes as in a URL.
fn keyed(page: &Page<'_>, read: &mut impl FnMut(Span, Span)) {
    let has_codes = !page.equals().is_empty() && memchr::memchr(b'%', page.text().as_bytes()).is_some();
    for sign in page.equals().iter().filter(|_| has_codes) {
        let end =
            page.ahead_while(sign + 1, LONGEST, |c| !c.is_whitespace() && !matches!(c, '&' | '"' | '\'' | '<' | ';'));
        let name = Span::new(page.back_while(*sign, LONGEST_NAME, is_of_name), *sign);
        if page.slice(sign + 1, end).contains('%') {
            read(name, Span::new(sign + 1, end));
        }
    }
    for sign in page.equals().iter().chain(page.colons()) {
        let end = if page.byte_before(*sign) == Some(b' ') { page.back_while(*sign, 2, |c| c == ' ') } else { *sign };
        let name = match page.byte_before(end) {
            Some(b']') => bracketed(page, end - 1),
            Some(b'"' | b'\'' | b'e' | b'E' | b't') => beside(page, end),
            _ => None,
        };
        let Some(name) = name else { continue };
        let start = page.ahead_while(sign + 1, 4, |c| matches!(c, ' ' | '>' | '='));
        let quote = page.after(start).filter(|c| matches!(c, '"' | '\'' | '`'));
        let value = match quote {
            Some(quote) => Span::new(start + 1, page.ahead_while(start + 1, LONGEST, |c| c != quote && c != '\n')),
            None => Span::new(start, page.ahead_while(start, LONGEST, |c| !matches!(c, ';' | ',' | '\n' | '}' | '>'))),
        };
        read(name, trimmed(page, value));
    }
}

/// The name in quotes before a bracket that closes at `close`: `user['ssn']`.
fn bracketed(page: &Page<'_>, close: usize) -> Option<Span> {
    let end = close.checked_sub(1)?;
    let quote = page.byte(end).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let start = page.back_while(end, LONGEST_NAME, |c| is_of_name(c) || c == ' ');
    (page.byte_before(start) == Some(quote)).then(|| Span::new(start, end))
}

/// The value of a key `name` or `key` shortly before the key `value` that ends at `end`.
fn beside(page: &Page<'_>, end: usize) -> Option<Span> {
    let end = end - usize::from(matches!(page.byte_before(end), Some(b'"' | b'\'')));
    if !["value", "content", "val"].iter().any(|key| page.has_before(end, key)) {
        return None;
    }
    let start = page.back_while(end, 12, char::is_alphabetic);
    let from = page.back_while(start, BESIDE, |c| !matches!(c, '\n' | '<' | '{'));
    let mut before = page.slice(from, start);
    let mut from = from;
    // The keys of an object in YAML stand below each other.
    if before.trim_start().is_empty() && page.byte_before(from) == Some(b'\n') {
        from = page.back_while(from - 1, BESIDE, |c| c != '\n');
        before = page.slice(from, start);
    }
    let key =
        ["name", "key", "id", "type"].iter().filter_map(|key| before.rfind(key).map(|at| at + key.len())).max()?;
    let name = page.ahead_while(from + key, 6, |c| matches!(c, '"' | '\'' | ' ' | '=' | ':'));
    let name = Span::new(name, page.ahead_while(name, LONGEST_NAME, is_of_name));
    (name.end < start).then_some(name)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')
}

fn trimmed(page: &Page<'_>, span: Span) -> Span {
    tables::trimmed(page.text(), span, char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        let fields = Fields::new(Recognizers::plain());
        check(
            &fields,
            Kind::UsSsn,
            &[
                "name,ssn\nTim Fox,{536904399}\nAnn Li,{536-90-4398}",
                "| Name | SSN |\n|---|---|\n| Tim | {536904399} |\n| Ann | {536904398} |",
                "<user><ssn>{536904399}</ssn></user>",
                "<ssn type=\"x\">\n  {536904399}\n</ssn>",
                "<table><tr><th>Name</th><th>SSN</th></tr><tr><td>Tim</td><td>{536904399}</td></tr></table>",
                "$u['ssn'] = '{536904399}';",
                "?a=1&ssn={536%2D90%2d4399}&b=2",
                "<property name=\"ssn\" value=\"{536904399}\"/>",
                "- name: ssn\n  value: {536904399}",
                "[\"name\": \"ssn\", \"value\": \"{536904399}\"]",
            ],
        );
        check(
            &fields,
            Kind::Bic,
            &["Name,BIC\nAnna Mai,{DEUTDEFF500}", "BIC;x\n{DEUTDEFF};1", "<bic>{DEUTDEFF}</bic>"],
        );
    }

    #[test]
    fn leaves() {
        let fields = Fields::new(Recognizers::plain());
        let samples = [
            "name,count\nTim Fox,536904399",
            "<p>ssn</p><p>536904399</p>",
            "<ssn>536904399</order>",
            "a['order'] = '536904399'",
            "<property name=\"rows\" value=\"536904399\"/>",
        ];
        check(&fields, Kind::UsSsn, &samples);
    }
}
