//! Exact dedup: texts that are the same up to white space are trained on once in a shard.
//!
//! The scope is one file (a shard's training rows, or the validation rows) and not the whole snapshot, and the rows that
//! lost to another member's are kept in reserve beside it. So a member who leaves changes nothing but the files that
//! hold them: what their row had pushed out comes back, and the file is the same as if they had never been there. Each
//! shard sees a text once; the served weights are the mean of the shards, so nobody's text counts more for being in
//! several.

use crate::table::Line;
use std::collections::{HashMap, HashSet};

/// BLAKE3 of a text with its white space normalized, in hex.
#[must_use]
pub fn content_hash(text: &str) -> String {
    let mut hash = blake3::Hasher::new();
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            hash.update(b" ");
        }
        hash.update(word.as_bytes());
    }
    hash.finalize().to_hex().to_string()
}

/// The rows of a scope after dedup, both in file order.
#[derive(Debug, Default)]
pub(crate) struct Deduped {
    /// The rows that are used: of equal texts the first by slice, time of writing and record.
    pub(crate) kept: Vec<Line>,
    /// Of equal texts the first of each other member.
    pub(crate) reserve: Vec<Line>,
    /// Further copies by members who have one above already; gone.
    pub(crate) repeated: u64,
}

/// Dedups a scope. For any members M: `dedup(rows without M)` = `dedup((kept + reserve of dedup(rows)) without M)`,
/// because whether a row is a candidate depends on its own member's rows only.
pub(crate) fn dedup(mut lines: Vec<Line>) -> Deduped {
    // A row of a later slice never displaces one of an earlier slice: earlier training states stay valid.
    lines.sort_by(|a, b| (a.slice, a.created, &a.record, &a.member).cmp(&(b.slice, b.created, &b.record, &b.member)));
    let mut members: HashMap<String, HashSet<String>> = HashMap::with_capacity(lines.len());
    let mut deduped = Deduped::default();
    for line in lines {
        let of_text = members.entry(line.content_hash.clone()).or_default();
        let is_first = of_text.is_empty();
        if !of_text.insert(line.member.clone()) {
            deduped.repeated += 1;
        } else if is_first {
            deduped.kept.push(line);
        } else {
            deduped.reserve.push(line);
        }
    }
    deduped.kept.sort_by(Line::order);
    deduped.reserve.sort_by(Line::order);
    deduped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(member: &str, record: &str, created: i64, slice: u16, text: &str) -> Line {
        Line {
            record: record.to_owned(),
            member: member.to_owned(),
            kind: "post".to_owned(),
            created,
            language: None,
            license: None,
            text: text.to_owned(),
            tokens: Vec::new(),
            shard: 0,
            slice,
            content_hash: content_hash(text),
        }
    }

    #[test]
    fn white_space_is_no_difference() {
        assert_eq!(content_hash(" a\n\tb "), content_hash("a b"));
        for other in ["ab", "a  B", "a b c", ""] {
            assert_ne!(content_hash(other), content_hash("a b"), "{other:?}");
        }
    }

    #[test]
    fn the_first_stays_and_the_others_wait() {
        let rows = vec![
            line("b", "r2", 5, 0, "hello"),
            line("a", "r3", 7, 0, "hello "),
            line("c", "r1", 1, 1, "hello"),
            line("b", "r4", 9, 0, "hello"),
            line("a", "r5", 1, 0, "else"),
        ];
        let deduped = dedup(rows);
        let records = |lines: &[Line]| lines.iter().map(|l| l.record.clone()).collect::<Vec<_>>();
        assert_eq!(records(&deduped.kept), ["r5", "r2"], "earliest of the earliest slice, in file order");
        assert_eq!(records(&deduped.reserve), ["r3", "r1"]);
        assert_eq!(deduped.repeated, 1);
    }

    proptest! {
        #[test]
        fn leaving_is_as_never_having_been_there(
            rows in proptest::collection::vec((0_u8..5, 0_i64..4, 0_u8..4), 0..40),
            gone in proptest::collection::hash_set(0_u8..5, 0..4),
        ) {
            // A member is in one slice.
            let all: Vec<Line> = (0..).zip(&rows).map(|(n, (member, created, text))| {
                line(&member.to_string(), &format!("r{n}"), *created, u16::from(member % 2), &text.to_string())
            }).collect();
            let stays = |line: &Line| !gone.iter().any(|g| g.to_string() == line.member);
            let before = dedup(all.clone());
            let after = dedup(before.kept.into_iter().chain(before.reserve).filter(&stays).collect());
            let never = dedup(all.into_iter().filter(stays).collect());
            prop_assert_eq!(after.kept, never.kept);
            prop_assert_eq!(after.reserve, never.reserve);
        }
    }
}
