//! Rows that SQL inserts, `INSERT INTO t (name, ssn) VALUES ('Tim', '…'), (…)`: tells which column each value is for.

use super::tables::trimmed;
use super::{Literal, Page};
use crate::finding::{Span, SpanText as _};

/// How far before `VALUES` its columns begin, in bytes.
const REACH: usize = 1_024;
/// The most columns.
const MOST_COLUMNS: usize = 64;

/// Tells of each value with its column, both without quotes.
pub(super) fn cells(page: &Page<'_>, mut each: impl FnMut(Span, Span)) {
    let (mut names, mut values, mut read_to) = (Vec::new(), Vec::new(), 0);
    for (_, word) in page.literals().iter().filter(|(literal, _)| *literal == Literal::Values) {
        let close = page.back_while(word.start, 4, char::is_whitespace);
        if word.start < read_to || page.byte_before(close) != Some(b')') {
            continue;
        }
        let open = page.back_while(close - 1, REACH, |c| c != '(');
        listed(page, open, &mut names);
        let mut at = word.end;
        loop {
            at = page.ahead_while(at, 8, |c| c.is_whitespace() || c == ',');
            if page.byte(at) != Some(b'(') {
                break;
            }
            at = listed(page, at + 1, &mut values);
            read_to = at;
            if values.len() != names.len() {
                break;
            }
            names.iter().zip(&values).for_each(|(name, value)| each(*name, *value));
        }
    }
}

/// Puts what stands between commas from `start` to the bracket that closes in the place of what was listed; gives the place after
/// it. Where none closes nothing is listed.
fn listed(page: &Page<'_>, start: usize, list: &mut Vec<Span>) -> usize {
    list.clear();
    let (mut from, mut quote) = (start, None);
    for (at, byte) in (start..).zip(page.bytes_at(start)) {
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'\'' | b'"' | b'`') => quote = Some(*byte),
            (None, b',' | b')') if list.len() <= MOST_COLUMNS => {
                list.push(bare(page, Span::new(from, at)));
                from = at + 1;
                if *byte == b')' {
                    return at + 1;
                }
            }
            (None, b'(' | b')' | b';') => {
                list.clear();
                return at;
            }
            _ => {}
        }
    }
    list.clear();
    page.text().len()
}

fn bare(page: &Page<'_>, span: Span) -> Span {
    trimmed(page.text(), span, |c| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '[' | ']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(&str, &str)> {
        let mut pairs = Vec::new();
        cells(&Page::new(text), |name, value| pairs.push((name.of(text), value.of(text))));
        pairs
    }

    #[test]
    fn finds() {
        let rows = "INSERT INTO t (`id`, [ssn]) VALUES (1, 'a, b'),\n (2,'it''s');";
        assert_eq!(pairs(rows), [("id", "1"), ("ssn", "a, b"), ("id", "2"), ("ssn", "it''s")]);
        assert_eq!(pairs("insert into t(pin) values ('1')"), []);
        assert_eq!(pairs("INSERT INTO t(pin) VALUES(\"1\")"), [("pin", "1")]);
    }

    #[test]
    fn leaves() {
        for text in ["VALUES (1)", "(a, b) VALUES (1)", "(a) VALUES (f(1))", "(a) VALUES ('1", "(a) VALUES"] {
            assert_eq!(pairs(text), [], "in `{text}`");
        }
    }
}
