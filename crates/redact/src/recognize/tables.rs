//! Tables in text: lines whose fields are set apart by commas, semicolons, tabs, bars or wide gaps under a line of names. Tells which name
//! stands over which field; what is in a field is told by others.

use super::needs::Needs;
use super::{Literal, Page};
use crate::finding::{Span, SpanText as _};

/// The most columns of a table; the rest of a wider one is not read.
const MOST_COLUMNS: usize = 64;
/// How many lines above a row the names of its columns are looked for, at most.
const ROWS_ABOVE: usize = 12;
/// The longest row whose names are looked for, in bytes.
const LONGEST_ROW: usize = 1_024;
/// The least digits of a value in a table of one column.
const LEAST_DIGITS: usize = 4;
/// The longest name of a column, in bytes.
const LONGEST_NAME: usize = 40;
/// The most words of such a name.
const MOST_WORDS: usize = 4;

/// What stands between fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    Sign(u8),
    /// Two spaces or more.
    Gap,
    /// Nothing: there is one column.
    None,
}

impl Separator {
    /// What a line seems to use; the rarest in prose first.
    fn of(line: &str) -> Self {
        let bytes = line.as_bytes();
        let at = memchr::memchr3(b'\t', b'|', b';', bytes).or_else(|| memchr::memchr(b',', bytes));
        match at.and_then(|at| bytes.get(at)) {
            Some(sign) => Self::Sign(*sign),
            None if memchr::memmem::find(bytes, b"  ").is_some() => Self::Gap,
            None => Self::None,
        }
    }

    /// Whether both lines have it as often, but in quotes; of gaps only that both have some.
    fn is_in_both(self, line: &str, other: &str) -> bool {
        let count = |line: &str, sign: u8| {
            let mut quoted = false;
            let found = memchr::memchr2_iter(sign, b'"', line.as_bytes());
            let counts = found.filter(|at| {
                let quote = line.as_bytes().get(*at) == Some(&b'"');
                quoted ^= quote;
                !quote && !quoted
            });
            counts.count()
        };
        match self {
            Self::Sign(sign) => count(line, sign) == count(other, sign),
            Self::Gap | Self::None => Self::of(line) == self && Self::of(other) == self,
        }
    }
}

/// Tells of each field below a name: the name, then the field, both without spaces and quotes around them. Looks for tables where there are
/// digits, and under words such as `BIC` and `password`: in other places nobody would read what is in them.
pub(super) fn cells(page: &Page<'_>, each: impl FnMut(Span, Span)) {
    let mut tables = Tables { page, each, names: Vec::new(), fields: Vec::new(), read_to: 0 };
    let named = page.literals().iter().filter(|(sort, _)| matches!(sort, Literal::BankWord | Literal::Password));
    let mut words = named.map(|(_, word)| word.start).peekable();
    for (_, run) in page.runs_of(Needs::FIELD) {
        while let Some(word) = words.next_if(|word| *word < run.start) {
            tables.below(word);
        }
        if is_at_edge(page, run) {
            tables.around(run.start);
        }
    }
    words.for_each(|word| tables.below(word));
}

/// Whether the digits stand at an end of a field, as some of every row do: most digits of prose stand between words.
fn is_at_edge(page: &Page<'_>, run: Span) -> bool {
    let edge = |byte: Option<u8>| matches!(byte, None | Some(b'\n' | b'\r' | b'\t' | b'|' | b';' | b'"'));
    let second = |at: Option<usize>| at.and_then(|at| page.byte(at));
    match (page.byte_before(run.start), page.byte(run.end)) {
        (Some(b','), _) => true,
        (_, Some(b',')) => page.byte(run.end + 1) != Some(b' '),
        (before, after) if edge(before) || edge(after) => true,
        (Some(b' '), _) if matches!(second(run.start.checked_sub(2)), Some(b' ' | b'|' | b';')) => true,
        (_, Some(b' ')) => matches!(second(Some(run.end + 1)), Some(b' ' | b'|' | b';')),
        _ => false,
    }
}

/// Reads tables in the order of the text.
struct Tables<'p, 't, E> {
    page: &'p Page<'t>,
    each: E,
    names: Vec<Span>,
    fields: Vec<Span>,
    /// Up to where the text was read.
    read_to: usize,
}

impl<E: FnMut(Span, Span)> Tables<'_, '_, E> {
    /// Reads the table of which a row has something at `at`.
    fn around(&mut self, at: usize) {
        if at < self.read_to {
            return;
        }
        let row = line_at(self.page, at);
        if let Some((head, separator)) = head_of(self.page, row) {
            self.read(head, separator);
        }
        self.read_to = self.read_to.max(row.end);
    }

    /// Reads the table in whose line of names something stands at `at`.
    fn below(&mut self, at: usize) {
        if at < self.read_to {
            return;
        }
        let head = line_at(self.page, at);
        let separator = Separator::of(head.of(self.page.text()));
        if separator != Separator::None {
            self.read(head, separator);
        }
    }

    fn read(&mut self, head: Span, separator: Separator) {
        let text = self.page.text();
        split(text, head, separator, &mut self.names);
        let one = separator == Separator::None;
        if one != (self.names.len() == 1) || !self.names.iter().all(|name| is_name(name.of(text))) {
            return;
        }
        let mut end = head.end;
        while let Some(row) = line_after(self.page, end) {
            if !is_rule(row.of(text)) {
                split(text, row, separator, &mut self.fields);
                if self.fields.len() != self.names.len() || one && !is_value(row.of(text)) {
                    break;
                }
                self.names.iter().zip(&self.fields).for_each(|(name, field)| (self.each)(*name, *field));
            }
            end = row.end;
        }
        self.read_to = self.read_to.max(end);
    }
}

/// The first line of the table that has this row, and what separates its fields: the topmost of the lines above with as many of them or,
/// where there is one column, the nearest without digits.
fn head_of(page: &Page<'_>, row: Span) -> Option<(Span, Separator)> {
    // A paragraph has no names, and no row is as long.
    if row.len() > LONGEST_ROW || row.start < 2 || page.byte(row.start - 2) == Some(b'\n') {
        return None;
    }
    let mut above = line_before(page, row.start)?;
    let row = row.of(page.text());
    let separator = Separator::of(row);
    if separator == Separator::None && !is_value(row) {
        return None;
    }
    let mut head = None;
    for _ in 0..ROWS_ABOVE {
        let line = above.of(page.text());
        if !is_rule(line) {
            if !separator.is_in_both(row, line) {
                break;
            }
            head = Some((above, separator));
            if separator == Separator::None && !line.bytes().any(|byte| byte.is_ascii_digit()) {
                break;
            }
        }
        let Some(next) = line_before(page, above.start) else { break };
        above = next;
    }
    head
}

/// Whether a line is a number and no sentence.
fn is_value(line: &str) -> bool {
    (LEAST_DIGITS..=LONGEST_NAME).contains(&line.len())
        && !line.bytes().any(|byte| byte.is_ascii_lowercase())
        && line.bytes().filter(u8::is_ascii_digit).count() >= LEAST_DIGITS
        && line.split(' ').count() <= MOST_WORDS
}

/// The line of a place, without its end.
fn line_at(page: &Page<'_>, at: usize) -> Span {
    let bytes = page.text().as_bytes();
    let start = memchr::memrchr(b'\n', bytes.get(..at).unwrap_or_default()).map_or(0, |end| end + 1);
    let rest = bytes.get(start..).unwrap_or_default();
    let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    Span::new(start, end - usize::from(end > start && page.byte_before(end) == Some(b'\r')))
}

/// The line before the one that starts at `start`.
fn line_before(page: &Page<'_>, start: usize) -> Option<Span> {
    Some(line_at(page, start.checked_sub(1)?))
}

/// The line after the one that ends at `end`.
fn line_after(page: &Page<'_>, end: usize) -> Option<Span> {
    let next = end + usize::from(page.byte(end) == Some(b'\r')) + 1;
    (next < page.text().len()).then(|| line_at(page, next))
}

/// Whether a text may name a column: a few words, at least one letter, no sentence.
fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len())
        && text.chars().any(char::is_alphabetic)
        && text.split_whitespace().count() <= MOST_WORDS
        && !text.ends_with(['!', '?', ':'])
        && text.bytes().filter(u8::is_ascii_digit).count() <= 2
}

/// Whether a line only rules a table: `|---|:--:|`, `+-----+`.
fn is_rule(line: &str) -> bool {
    line.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b'+' | b'=' | b' ' | b'\t'))
        && line.bytes().any(|b| matches!(b, b'-' | b'='))
}

/// Puts the fields of a line in the place of those before, at most [`MOST_COLUMNS`] and one more. Signs in quotes do not separate.
fn split(text: &str, line: Span, separator: Separator, fields: &mut Vec<Span>) {
    fields.clear();
    let bytes = text.as_bytes();
    let line = if separator == Separator::Sign(b'|') { trimmed(text, line, |c| matches!(c, ' ' | '|')) } else { line };
    let (mut from, mut at, mut quoted) = (line.start, line.start, false);
    let first = match separator {
        Separator::Sign(sign) => sign,
        Separator::Gap => b' ',
        Separator::None => return fields.push(bare(text, line)),
    };
    while fields.len() < MOST_COLUMNS {
        let rest = bytes.get(at..line.end).unwrap_or_default();
        let Some(next) = memchr::memchr2(first, b'"', rest) else { break };
        at += next;
        let sign = bytes.get(at).copied();
        let width = match separator {
            Separator::Sign(_) | Separator::None => usize::from(sign == Some(first) && !quoted),
            // One space is a part of a field.
            Separator::Gap => rest.iter().skip(next).take_while(|byte| **byte == b' ').count(),
        };
        quoted ^= sign == Some(b'"') && separator != Separator::Gap;
        let separates = separator != Separator::Gap || width > 1 && at > from;
        if width > 0 && separates {
            fields.push(bare(text, Span::new(from, at)));
            from = at + width;
        }
        at += width.max(1);
    }
    fields.push(bare(text, Span::new(from, line.end)));
}

/// A field without spaces and quotes around it.
fn bare(text: &str, field: Span) -> Span {
    trimmed(text, field, |c| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '*'))
}

/// The span without the characters around its text that are meant.
pub(super) fn trimmed(text: &str, span: Span, around: impl Fn(char) -> bool) -> Span {
    let inner = span.of(text).trim_start_matches(&around);
    let start = span.end - inner.len();
    Span::new(start, start + inner.trim_end_matches(around).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(&str, &str)> {
        let mut pairs = Vec::new();
        cells(&Page::new(text), |name, field| pairs.push((name.of(text), field.of(text))));
        pairs
    }

    #[test]
    fn finds() {
        let cases: [(&str, &[(&str, &str)]); 10] = [
            (
                "name,ssn\nJoe,5\n\"Li, Ann\", 6\r\n",
                &[("name", "Joe"), ("ssn", "5"), ("name", "Li, Ann"), ("ssn", "6")],
            ),
            ("id;\"dob\"\n1;2\n\n3;4", &[("id", "1"), ("dob", "2")]),
            ("Here:\n| Name | SSN |\n|---|:--|\n| Tim | 7 |", &[("Name", "Tim"), ("SSN", "7")]),
            ("a;b\n1;2\nto BIC, password\nx, y", &[("a", "1"), ("b", "2"), ("to BIC", "x"), ("password", "y")]),
            ("a\tb\n1\t2", &[("a", "1"), ("b", "2")]),
            ("User    Born in\n-----   ------\nAnn     1990", &[("User", "Ann"), ("Born in", "1990")]),
            ("a,b\n1,2\n1,2,3\nc,d\n4,5", &[("a", "1"), ("b", "2"), ("c", "4"), ("d", "5")]),
            ("PESEL\n123456\n 98765 \n\n1234", &[("PESEL", "123456"), ("PESEL", "98765")]),
            ("a,b\n\"1, 2\",3", &[("a", "1, 2"), ("b", "3")]),
            ("| 'a' | `b` |\n| **1** | 2 |", &[("a", "1"), ("b", "2")]),
        ];
        for (text, expected) in cases {
            assert_eq!(pairs(text), expected, "in `{text}`");
        }
    }

    #[test]
    fn leaves() {
        for text in [
            "",
            "a,b",
            "Hello Ann, how are you and all of yours doing\nFine, thanks",
            "1,2\n3,4",
            "Hi!,b\n1,2",
            "a,b\n\n1,2",
            "one line\nand another one",
            "steps\n1. open it",
            "2024\n2025",
            ",\n1,2",
        ] {
            assert_eq!(pairs(text), [], "in `{text}`");
        }
    }
}
