//! What the classifier sees of a sentence: the terms of one category in it, who is named beside them, and the words around. Features are
//! numbers of a hashed table, counted without order, so a sentence has the same features everywhere.

use std::hash::Hasher as _;

use crate::finding::{Span, SpanText as _};

use super::category::Category;
use super::letters::{Fnv, folded};
use super::lexicon::{Class, Context, Hit, Language, Lexicon, Set, class_bit, language_bit};
use super::sentence;

/// The size of the table, a power of two.
pub(super) const SLOTS: usize = 1 << 14;

/// The most terms of one category that are looked at in a sentence; who repeats a word makes no more work.
const HITS: usize = 8;

/// Classes that stand for a person.
const PEOPLE: [(Class, &str); 8] = [
    (Class::First, "first"),
    (Class::Ours, "ours"),
    (Class::Second, "second"),
    (Class::Third, "third"),
    (Class::They, "they"),
    (Class::Relation, "relation"),
    (Class::Title, "title"),
    (Class::Name, "name"),
];
/// Classes that tell what else a sentence is about.
const TOPICS: [(Class, &str); 4] =
    [(Class::Work, "work"), (Class::Tech, "tech"), (Class::Public, "public"), (Class::General, "general")];

/// A word of a sentence.
struct Word {
    span: Span,
    classes: Set,
    capital: bool,
}

/// A sentence that has terms in it.
pub(super) struct Sentence<'l> {
    /// Where it begins in the text.
    start: usize,
    /// All of it in small letters.
    small: Vec<u8>,
    words: Vec<Word>,
    hits: Vec<Hit<'l>>,
    /// Languages of which small words stand here.
    languages: Set,
    /// The language of which most small words stand here.
    language: Option<Language>,
    classes: Set,
    marks: Vec<&'static str>,
}

impl<'l> Sentence<'l> {
    /// Reads the sentence at `span`. `people` are places where the caller knows that a person is named, in order or not.
    pub(super) fn read(lexicon: &Lexicon, text: &str, span: Span, hits: Vec<Hit<'l>>, people: &[Span]) -> Self {
        let bytes = text.as_bytes();
        let small = folded(span.of(text).as_bytes());
        let mut counts = [0_u8; Language::ALL.len()];
        let found = sentence::words(bytes, span);
        let (mut words, mut languages, mut classes) = (Vec::with_capacity(found.len()), 0, 0);
        for word in found {
            let capital = word.of(text).starts_with(char::is_uppercase);
            let context = lexicon.context(part(&small, span.start, word));
            if context.languages != 0 {
                for ((language, _), count) in Language::ALL.iter().zip(&mut counts) {
                    *count += u8::from(context.languages & language_bit(*language) != 0);
                }
            }
            languages |= context.languages;
            let classes_here = classes_of(bytes, word, context, capital, people);
            classes |= classes_here;
            words.push(Word { span: word, classes: classes_here, capital });
        }
        let most = counts.iter().copied().max().unwrap_or_default();
        let best = Language::ALL.iter().zip(counts).find(|(_, count)| *count == most && most > 0);
        let language = best.map(|((language, _), _)| *language);
        let marks = marks(span.of(text));
        Self { start: span.start, small, words, hits, languages, language, classes, marks }
    }

    /// A word in small letters.
    fn small(&self, word: &Word) -> &[u8] {
        part(&self.small, self.start, word.span)
    }

    /// Whether a term in it may mean the category, in any language.
    fn touches(&self, category: Category) -> bool {
        self.hits.iter().any(|hit| hit.term.meanings.iter().any(|meaning| meaning.category == category))
    }

    /// Whether somebody certain is named or spoken of: not just anybody whom `you` and `they` can mean.
    fn has_person(&self) -> bool {
        let vague = [Class::Second, Class::They];
        PEOPLE.iter().any(|(class, _)| self.classes & class_bit(*class) != 0 && !vague.contains(class))
    }

    /// The hits that may mean `category` in this sentence, and whether each is strong. A weak term counts only beside small words of its
    /// language; so does a short one of another language than English, because short words mean something everywhere.
    fn hits_of(&self, category: Category) -> Vec<(Hit<'l>, bool)> {
        let counts = |hit: &Hit<'l>| {
            let meant = hit.term.meanings.iter().filter(|meaning| {
                let spoken = self.languages & language_bit(meaning.language) != 0;
                let plain = meaning.strong && (meaning.language == Language::En || hit.term.text().len() >= 6);
                meaning.category == category && (spoken || plain)
            });
            meant.map(|meaning| meaning.strong).max()
        };
        self.hits.iter().filter_map(|hit| counts(hit).map(|strong| (*hit, strong))).collect()
    }

    /// The features of the question whether the sentence says something of `category` about a person, with the place of its first term.
    /// Nothing when it has no term of it, or only weak ones and nobody in it.
    pub(super) fn features(&self, category: Category) -> Option<Vec<u32>> {
        if !self.touches(category) {
            return None;
        }
        let hits = self.hits_of(category);
        let strong = hits.iter().any(|(_, strong)| *strong);
        if hits.is_empty() || !(strong || self.has_person()) {
            return None;
        }
        let mut out =
            Features { category: category.name(), strength: if strong { "strong" } else { "weak" }, all: Vec::new() };
        out.add("bias", b"");
        out.cross("bias", "");
        out.add("strength", out.strength.as_bytes());
        // Two languages may have the same word.
        if hits.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a.start != b.start)) {
            out.cross("several", "");
        }
        self.people(&mut out);
        self.topics(&mut out);
        for (hit, _) in hits.iter().take(HITS) {
            out.add("term", hit.term.text());
            self.near(&mut out, hit);
        }
        let term = |word: &&Word| hits.iter().take(HITS).any(|(hit, _)| inside(word.span, hit));
        for word in self.words.iter().filter(|word| !term(word)) {
            out.add("word", self.small(word));
        }
        out.all.sort_unstable();
        out.all.dedup();
        Some(out.all)
    }

    fn people(&self, out: &mut Features) {
        let mut none = true;
        for (_, name) in PEOPLE.iter().filter(|(class, _)| self.classes & class_bit(*class) != 0) {
            out.cross("person", name);
            none = false;
        }
        if none {
            out.cross("person", "none");
        }
        let capitals = self.words.iter().skip(1).filter(|word| word.capital && word.classes == 0).count();
        if capitals > 0 && self.language != Some(Language::De) {
            out.cross("capital", "");
        }
    }

    fn topics(&self, out: &mut Features) {
        for (class, name) in TOPICS {
            let count = self.words.iter().filter(|word| word.classes & class_bit(class) != 0).count();
            if count > 0 {
                out.cross("topic", name);
            }
            if count > 1 {
                out.cross("topics", name);
            }
        }
        for mark in &self.marks {
            out.cross("mark", mark);
        }
        out.cross("length", ["0", "8", "16", "24"].get(self.words.len() / 8).copied().unwrap_or("32"));
    }

    /// What stands around one hit.
    fn near(&self, out: &mut Features, hit: &Hit<'_>) {
        let first = self.words.iter().position(|word| inside(word.span, hit)).unwrap_or_default();
        let last = self.words.iter().rposition(|word| inside(word.span, hit)).unwrap_or(first);
        for (place, at) in [
            ("before", first.checked_sub(1)),
            ("before two", first.checked_sub(2)),
            ("after", last.checked_add(1)),
            ("after two", last.checked_add(2)),
        ] {
            match at.and_then(|at| self.words.get(at)) {
                Some(word) => out.add(place, self.small(word)),
                None => out.add(place, b"nothing"),
            }
        }
        let stated = |range: std::ops::Range<usize>| {
            let mut words = self.words.iter().skip(range.start).take(range.len());
            words.any(|word| word.classes & class_bit(Class::State) != 0)
        };
        if stated(first.saturating_sub(4)..first) {
            out.cross("stated", "");
        }
        if let Some((distance, name)) = self.nearest(first, last) {
            let far = ["next", "near", "near", "middle", "middle", "middle"].get(distance).copied().unwrap_or("far");
            out.cross(name, far);
            out.cross("nearest", far);
        }
    }

    /// The person word nearest to a hit: how many words away, before it or after it.
    fn nearest(&self, first: usize, last: usize) -> Option<(usize, &'static str)> {
        let person = |word: &Word| PEOPLE.iter().any(|(class, _)| word.classes & class_bit(*class) != 0);
        let near = |(at, word): (usize, &Word)| match at {
            _ if !person(word) => None,
            at if at <= last => Some((first.saturating_sub(at), "person before")),
            at => Some((at - last, "person after")),
        };
        self.words.iter().enumerate().filter_map(near).min_by_key(|(distance, _)| *distance)
    }
}

/// The part of a sentence, which begins at `start`, that a span of the text is.
fn part(sentence: &[u8], start: usize, span: Span) -> &[u8] {
    sentence.get(span.start.saturating_sub(start)..span.end.saturating_sub(start)).unwrap_or_default()
}

fn inside(word: Span, hit: &Hit<'_>) -> bool {
    word.start < hit.end && hit.start < word.end
}

/// The classes of a word: those of the lists, and a name for handles, placeholders of people and what the caller knows.
fn classes_of(text: &[u8], span: Span, context: Context, capital: bool, people: &[Span]) -> Set {
    let name = class_bit(Class::Name);
    let listed = if capital { context.classes } else { context.classes & !name };
    let before = span.start.checked_sub(1).and_then(|at| text.get(at));
    let placeholder = before == Some(&b'[') && text.get(span.end..).is_some_and(|rest| rest.starts_with(b"_"));
    let known = people.iter().any(|known| known.start < span.end && span.start < known.end);
    if before == Some(&b'@') || placeholder || known { listed | name } else { listed }
}

/// Marks that tell the tone: questions, code, calls.
fn marks(sentence: &str) -> Vec<&'static str> {
    let all = [
        ("?", "question"),
        ("!", "call"),
        ("`", "code"),
        ("::", "code"),
        ("()", "code"),
        ("http", "link"),
        ("$", "formula"),
        ("=", "formula"),
    ];
    all.into_iter().filter(|(mark, _)| sentence.contains(mark)).map(|(_, name)| name).collect()
}

struct Features {
    category: &'static str,
    strength: &'static str,
    all: Vec<u32>,
}

impl Features {
    fn add(&mut self, kind: &str, value: &[u8]) {
        self.all.push(slot(&hash(kind, value)));
    }

    /// The feature by itself, with the strength of the terms, and with the category.
    fn cross(&mut self, kind: &str, value: &str) {
        let alone = hash(kind, value.as_bytes());
        self.all.push(slot(&alone));
        for with in [self.strength, self.category] {
            let mut both = alone;
            both.write(with.as_bytes());
            self.all.push(slot(&both));
        }
    }
}

fn hash(kind: &str, value: &[u8]) -> Fnv {
    let mut hash = Fnv::default();
    hash.write(kind.as_bytes());
    hash.write(b"=");
    hash.write(value);
    hash.write(b"&");
    hash
}

fn slot(hash: &Fnv) -> u32 {
    (hash.finish() >> 40) as u32 % SLOTS as u32
}
