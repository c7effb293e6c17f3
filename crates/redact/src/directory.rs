//! The platform's own people: finds the handles, profile addresses and display names of members, and of members who are left out, with one
//! automaton. A display name counts from two words on; a first name alone never does. Keeps no text that was searched.

use std::collections::BTreeMap;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;
use crate::recognize::Page;

/// The longest name, handle or address that is looked for, in bytes; longer ones are cut at a word. It bounds the work a byte can cause.
const PATTERN_LIMIT: usize = 120;
/// The most members that one pattern can point at; more people than that share only very common names.
const SHARED_LIMIT: usize = 16;

/// One member of the platform, as others write about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The member's id; handed back in [`Subject::member`].
    pub member: String,
    /// Names as shown, `Anna Kovač`. Titles, emoji and what follows a comma are ignored.
    pub names: Vec<String>,
    /// Handles, with or without `@`.
    pub handles: Vec<String>,
    /// Addresses of profile pages; scheme, `www.` and a last slash do not matter.
    pub profile_urls: Vec<String>,
    /// Whether the member is left out, so that mentions of them must go.
    pub blocked: bool,
}

/// A member who is mentioned in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The id from the [`Entry`].
    pub member: Arc<str>,
    /// Where in the text.
    pub span: Span,
    /// Whether the member is left out.
    pub blocked: bool,
}

/// Why a directory could not be built.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The automaton refused the patterns, in practice because there are too many.
    #[error(
        "a directory of `{patterns}` names and handles cannot be built ({source}); split the members into several directories"
    )]
    Automaton {
        /// How many patterns there were.
        patterns: usize,
        /// What the automaton said.
        source: Box<aho_corasick::BuildError>,
    },
}

struct Pattern {
    kind: Kind,
    /// Indices into `members`.
    members: Vec<u32>,
}

/// The compiled directory. Built once, shared by all threads.
pub struct Directory {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
    members: Vec<(Arc<str>, bool)>,
}

impl std::fmt::Debug for Directory {
    /// Sizes only: the names are personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory")
            .field("members", &self.members.len())
            .field("patterns", &self.patterns.len())
            .finish()
    }
}

impl Directory {
    /// Compiles the entries. The order of entries does not matter for what is found.
    ///
    /// # Errors
    /// [`DirectoryError::Automaton`] when there are too many patterns for one automaton (some hundred million bytes).
    pub fn build(entries: impl IntoIterator<Item = Entry>) -> Result<Self, DirectoryError> {
        let mut members = Vec::new();
        let mut by_text: BTreeMap<String, Pattern> = BTreeMap::new();
        for (index, entry) in (0_u32..).zip(entries) {
            for (kind, text) in patterns_of(&entry) {
                let pattern = by_text.entry(text).or_insert_with(|| Pattern { kind, members: Vec::new() });
                if pattern.members.contains(&index) {
                    continue;
                }
                match pattern.members.len() {
                    // Left-out members come first when a name is shared by many.
                    SHARED_LIMIT.. if entry.blocked => {
                        pattern.members.pop();
                        pattern.members.insert(0, index);
                    }
                    SHARED_LIMIT.. => {}
                    _ if entry.blocked => pattern.members.insert(0, index),
                    _ => pattern.members.push(index),
                }
            }
            members.push((Arc::from(entry.member.as_str()), entry.blocked));
        }
        let count = by_text.len();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(by_text.keys())
            .map_err(|source| DirectoryError::Automaton { patterns: count, source: Box::new(source) })?;
        Ok(Self { automaton, patterns: by_text.into_values().collect(), members })
    }

    /// How many members it holds.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Memory of the automaton and of what its patterns point at, in bytes, about.
    pub fn heap_bytes(&self) -> usize {
        let pointed: usize =
            self.patterns.iter().map(|pattern| size_of::<Pattern>() + 4 * pattern.members.capacity()).sum();
        let ids: usize = self.members.iter().map(|(member, _)| member.len() + 40).sum();
        self.automaton.memory_usage() + pointed + ids
    }

    /// Whether it holds nobody.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Appends every mention in `page` and whom it mentions. A name that several members share mentions each of them.
    pub fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>, subjects: &mut Vec<Subject>) {
        for found in self.automaton.find_overlapping_iter(page.text()) {
            let Some(pattern) = self.patterns.get(found.pattern().as_usize()) else { continue };
            let Some(span) = whole(page, pattern.kind, Span::new(found.start(), found.end())) else { continue };
            findings.push(Finding::new(pattern.kind, span, 0.99));
            for (member, blocked) in pattern.members.iter().filter_map(|index| self.members.get(*index as usize)) {
                subjects.push(Subject { member: Arc::clone(member), span, blocked: *blocked });
            }
        }
    }
}

/// The whole mention when the match stands at the bounds of a name, handle or address.
fn whole(page: &Page<'_>, kind: Kind, found: Span) -> Option<Span> {
    let joins = |c: char| matches!(c, '_' | '-') || c.is_alphanumeric();
    match kind {
        Kind::ProfileUrl => {
            let free = !page.before(found.start).is_some_and(joins)
                && !page.after(found.end).is_some_and(|c| joins(c) || c == '%');
            let host = page.back_while(found.start, 64, |c| c == '.' || c == '-' || c.is_ascii_alphanumeric());
            let scheme = ["https://", "http://"].iter().find(|scheme| page.slice(0, host).ends_with(**scheme));
            let start = host - scheme.map_or(0, |scheme| scheme.len());
            let slash = usize::from(page.byte(found.end) == Some(b'/'));
            free.then(|| Span::new(start, found.end + slash))
        }
        Kind::Handle => {
            let free = page.starts_word(found.start) && page.before(found.start) != Some('@');
            (free && page.ends_word(found.end)).then_some(found)
        }
        _ => (page.starts_word(found.start) && page.ends_word(found.end)).then_some(found),
    }
}

/// Everything by which others may write about the member, in the spelling that the automaton looks for.
fn patterns_of(entry: &Entry) -> Vec<(Kind, String)> {
    let mut patterns = Vec::new();
    for handle in &entry.handles {
        let handle = handle.trim().trim_start_matches('@');
        if handle.chars().count() >= 2 && handle.len() <= PATTERN_LIMIT && !handle.contains(char::is_whitespace) {
            patterns.push((Kind::Handle, format!("@{handle}")));
        }
    }
    for url in &entry.profile_urls {
        let url = url.trim();
        let url = url.split_once("://").map_or(url, |(_, rest)| rest);
        let url = url.strip_prefix("www.").unwrap_or(url).trim_end_matches('/');
        if url.contains('/') && url.len() <= PATTERN_LIMIT && !url.contains(['[', ']']) {
            patterns.push((Kind::ProfileUrl, url.to_owned()));
        }
    }
    for name in entry.names.iter().filter_map(|name| plain_name(name)) {
        patterns.push((Kind::Person, name));
    }
    // The automaton folds the case of ASCII letters only; other scripts are given in all three.
    let spelled = patterns.into_iter().flat_map(|(kind, text)| {
        let spellings = if text.is_ascii() {
            vec![text.to_ascii_lowercase()]
        } else {
            vec![text.to_lowercase(), text.to_uppercase(), text]
        };
        spellings.into_iter().map(move |text| (kind, text.to_ascii_lowercase()))
    });
    spelled.collect()
}

/// The words of a display name that are a name; none when fewer than two are left.
fn plain_name(name: &str) -> Option<String> {
    let before_comma = name.split([',', '(', '[', '|']).next().unwrap_or(name);
    let is_name = |word: &&str| {
        let letters = word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'));
        letters && word.contains(char::is_alphabetic)
    };
    let words: Vec<&str> = before_comma.split_whitespace().filter(is_name).collect();
    let mut plain = String::new();
    let mut count = 0;
    for word in words {
        if plain.len() + word.len() < PATTERN_LIMIT {
            if count > 0 {
                plain.push(' ');
            }
            plain.push_str(word);
            count += 1;
        }
    }
    let letters = plain.chars().filter(|c| c.is_alphabetic()).count();
    (count >= 2 && letters >= 4).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory {
        let entry = |member: &str, name: &str, handle: &str, url: &str, blocked: bool| Entry {
            member: member.into(),
            names: vec![name.into()],
            handles: vec![handle.into()],
            profile_urls: vec![url.into()],
            blocked,
        };
        Directory::build([
            entry("m1", "Anna Kovač, PhD", "anna_k", "https://www.candor.org/in/anna-k/", false),
            entry("m2", "Ben Li 🚀", "@ben", "candor.org/in/ben", true),
            entry("m3", "Ben Li", "benli", "", false),
            entry("m4", "Will", "", "", false),
        ])
        .unwrap()
    }

    fn check(text: &str, expected: &[(&str, Kind, &str)]) {
        let (mut findings, mut subjects) = (Vec::new(), Vec::new());
        directory().find(&Page::new(text), &mut findings, &mut subjects);
        let kind_at = |span: Span| findings.iter().find(|finding| finding.span == span).unwrap().kind;
        let mut found: Vec<(&str, Kind, &str)> = subjects
            .iter()
            .map(|subject| (subject.member.as_ref(), kind_at(subject.span), subject.span.of(text)))
            .collect();
        found.sort();
        assert_eq!(found, expected, "in `{text}`");
    }

    #[test]
    fn names_count_whole_and_in_any_case() {
        check("I met Anna Kovač.", &[("m1", Kind::Person, "Anna Kovač")]);
        check("ANNA KOVAČ's idea", &[("m1", Kind::Person, "ANNA KOVAČ")]);
        check("ben li and will", &[("m2", Kind::Person, "ben li"), ("m3", Kind::Person, "ben li")]);
        check("Ben Linden, Reben Li, Anna, Will", &[]);
    }

    #[test]
    fn handles_and_addresses_count_whole() {
        check("hi @ben, @Benli", &[("m2", Kind::Handle, "@ben"), ("m3", Kind::Handle, "@Benli")]);
        check("mail x@ben.org, @bently @@ben", &[]);
        check(
            "at https://www.candor.org/in/anna-k/ now",
            &[("m1", Kind::ProfileUrl, "https://www.candor.org/in/anna-k/")],
        );
        check("de.candor.org/in/ben candor.org/in/ben-2", &[("m2", Kind::ProfileUrl, "de.candor.org/in/ben")]);
    }

    #[test]
    fn left_out_members_stay_when_many_share_a_name() {
        let shared = |number: u32| Entry {
            member: number.to_string(),
            names: vec!["Jo Doe".into()],
            blocked: number == 99,
            ..Entry::default()
        };
        let directory = Directory::build((0..100).map(shared)).unwrap();
        let mut subjects = Vec::new();
        directory.find(&Page::new("Jo Doe"), &mut Vec::new(), &mut subjects);
        assert_eq!(subjects.len(), SHARED_LIMIT);
        assert!(subjects.iter().any(|subject| subject.blocked));
    }
}
