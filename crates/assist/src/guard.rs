//! What may be let out of a draft. Two rules, both kept on what the reader sees, however the stream is cut in pieces:
//! nothing that redaction would replace, unless the prompt held it; and no run of 12 tokens that a snapshot held.
//!
//! Text is held back until it is sure: whole words only, and [`HOLD_BYTES`] behind the end, which is more than any name,
//! number or address that has spaces in it. Personal data becomes words in brackets; a verbatim run ends the draft before
//! the run. The guard counts what it takes away and keeps none of it.

use std::sync::Arc;

use candor_redact::{Finding, Kind, Redactor};

use crate::{
    allowed::Allowed,
    verbatim::{RUN_TOKENS, VerbatimIndex},
};

/// How far behind the end of the stream text is let out, in bytes.
const HOLD_BYTES: usize = 160;
/// How much of what was let out is looked at again together with what follows.
const TAIL_BYTES: usize = 320;
/// How much is let out at once, so that a search is worth its while.
const STEP_BYTES: usize = 24;
/// How much before a new word is looked at for runs that end in it; more when its tokens are long.
const RUN_BYTES: usize = 96;
/// How often replaced text is searched again before the draft is cut instead.
const ROUNDS: usize = 8;

/// What was taken out of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemovedKind {
    /// Personal data that the prompt did not hold.
    Personal(Kind),
    /// A run of a snapshot, word for word; the draft ends before it.
    Verbatim,
}

impl RemovedKind {
    /// The name in the API, such as `EMAIL` or `VERBATIM`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Personal(kind) => kind.name(),
            Self::Verbatim => "VERBATIM",
        }
    }

    /// What it is in words, for one and for several.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Personal(kind) => kind.words(),
            Self::Verbatim => ("passage that stood so in a member's text", "passages that stood so in members' texts"),
        }
    }
}

/// What comes out of the guard, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardStep {
    /// Text that may be shown.
    Text(String),
    /// Something was taken out.
    Removed {
        /// What it was.
        kind: RemovedKind,
        /// How often.
        count: u64,
    },
}

/// Both rules with what they look things up in. Made once for a release and shared by all drafts.
#[derive(Debug, Clone)]
pub struct OutputGuard {
    redactor: Arc<Redactor>,
    verbatim: Arc<VerbatimIndex>,
}

impl OutputGuard {
    /// A guard with the redactor of the snapshots and the index over them.
    #[must_use]
    pub fn new(redactor: Arc<Redactor>, verbatim: Arc<VerbatimIndex>) -> Self {
        Self { redactor, verbatim }
    }

    /// Begins to guard one draft. `tokens` is the tokenizer of the snapshots.
    pub fn session<T: Fn(&str) -> Vec<u32>>(&self, prompt: &str, tokens: T) -> GuardSession<T> {
        let allowed = Allowed::of(prompt, &self.redactor);
        GuardSession {
            guard: self.clone(),
            tokens,
            allowed,
            raw: String::new(),
            released: 0,
            seen: 0,
            out: String::new(),
            replaced: false,
            cut: false,
        }
    }
}

/// The guard at work on one draft.
pub struct GuardSession<T> {
    guard: OutputGuard,
    tokens: T,
    allowed: Allowed,
    /// What the model said.
    raw: String,
    /// Bytes of `raw` that were let out or taken out.
    released: usize,
    /// Bytes of `raw` up to which runs were looked up.
    seen: usize,
    /// What was let out.
    out: String,
    /// Whether `out` differs from `raw`, so that what holds for one is asked of the other again.
    replaced: bool,
    cut: bool,
}

impl<T: Fn(&str) -> Vec<u32>> GuardSession<T> {
    /// Takes a piece of the draft and gives what is sure by now.
    pub fn push(&mut self, piece: &str) -> Vec<GuardStep> {
        if self.cut {
            return Vec::new();
        }
        self.raw.push_str(piece);
        let words_end = self.raw.rfind(char::is_whitespace).unwrap_or(0);
        if words_end <= self.seen {
            return Vec::new();
        }
        if self.ends_in_run(words_end) {
            return self.cut_before_run(words_end);
        }
        self.seen = words_end;
        let sure = self.raw.len().saturating_sub(HOLD_BYTES);
        let until = boundary(&self.raw, sure);
        if until < self.released + STEP_BYTES { Vec::new() } else { self.release(until, false) }
    }

    /// Lets out the rest at the end of the draft.
    pub fn finish(&mut self) -> Vec<GuardStep> {
        if self.cut {
            return Vec::new();
        }
        let end = self.raw.len();
        if self.ends_in_run(end) { self.cut_before_run(end) } else { self.release(end, true) }
    }

    /// Whether the guard ended the draft.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// What was let out so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.out
    }

    /// The end of what was let out, from a word on, long enough to hold the beginning of any run.
    fn tail(&self) -> &str {
        let mut bytes = TAIL_BYTES;
        loop {
            let from = boundary(&self.out, self.out.len().saturating_sub(bytes));
            let tail = self.out.get(from..).unwrap_or_default();
            if from == 0 || (self.tokens)(tail).len() > 2 * RUN_TOKENS {
                return tail;
            }
            bytes *= 2;
        }
    }

    fn holds_run(&self, text: &str) -> bool {
        self.guard.verbatim.contains_run(&(self.tokens)(text))
    }

    /// Whether a run ends in the words between those that were looked at and `end`.
    fn ends_in_run(&self, end: usize) -> bool {
        if self.guard.verbatim.is_empty() {
            return false;
        }
        // A token has a byte at least, so these are enough to hold every run that ends in the new bytes.
        let enough = RUN_TOKENS + end.saturating_sub(self.seen);
        let mut bytes = RUN_BYTES;
        loop {
            let from = boundary(&self.raw, self.seen.saturating_sub(bytes));
            let tokens = (self.tokens)(self.raw.get(from..end).unwrap_or_default());
            if from == 0 || tokens.len() >= enough {
                return self.guard.verbatim.contains_run(&tokens);
            }
            bytes *= 2;
        }
    }

    /// Ends the draft before the first run in the words up to `end`.
    fn cut_before_run(&mut self, end: usize) -> Vec<GuardStep> {
        let tail = self.tail().to_owned();
        let text = format!("{tail}{}", self.raw.get(self.released..end).unwrap_or_default());
        let ends = word_starts(&text).into_iter().chain([text.len()]);
        let run_end =
            ends.into_iter().find(|at| text.get(..*at).is_some_and(|t| self.holds_run(t))).unwrap_or(text.len());
        let holds = |at: &usize| text.get(*at..run_end).is_some_and(|t| self.holds_run(t));
        let run_start = word_starts(&text).into_iter().filter(|at| *at < run_end).rev().find(holds).unwrap_or(0);
        let keep = self.released + run_start.saturating_sub(tail.len());
        let mut steps = self.release(keep, true);
        steps.push(GuardStep::Removed { kind: RemovedKind::Verbatim, count: 1 });
        self.cut = true;
        steps
    }

    /// Lets out `raw` up to `until`, less personal data; earlier when something found reaches over it.
    fn release(&mut self, until: usize, is_end: bool) -> Vec<GuardStep> {
        let context = boundary(&self.raw, self.released.saturating_sub(TAIL_BYTES));
        // At an end nothing after it is ever let out, so it does not count as context either.
        let seen = if is_end { until } else { self.raw.len() };
        let found = self.found_in(self.raw.get(context..seen).unwrap_or_default(), context);
        let mut until = until;
        while let Some(over) = found.iter().find(|f| !is_end && f.span.start < until && until < f.span.end) {
            until = boundary(&self.raw, over.span.start);
        }
        if until <= self.released {
            return Vec::new();
        }
        let mut removed = Vec::new();
        let mut segment = self.replace(&self.raw, self.released, until, &found, &mut removed);
        self.released = until;
        self.replaced |= !removed.is_empty();
        // What was not replaced is what was looked at before.
        if self.replaced {
            let Some(settled) = self.settle(segment, &mut removed) else {
                self.cut = true;
                return counted(&removed).collect();
            };
            segment = settled;
        }
        let mut steps = Vec::new();
        let short = if self.replaced { self.without_run(&segment) } else { segment.len() };
        if short < segment.len() {
            self.cut = true;
            removed.push(RemovedKind::Verbatim);
        }
        let segment = segment.get(..short).unwrap_or_default();
        if !segment.is_empty() {
            self.out.push_str(segment);
            steps.push(GuardStep::Text(segment.to_owned()));
        }
        steps.extend(counted(&removed));
        steps
    }

    /// What redaction would replace in `text` and the prompt did not hold; places count from `offset` before it.
    fn found_in(&self, text: &str, offset: usize) -> Vec<Finding> {
        let mut found = self.guard.redactor.find(text);
        found.retain(|f| text.get(f.span.start..f.span.end).is_none_or(|value| !self.allowed.holds(value)));
        for finding in &mut found {
            finding.span.start += offset;
            finding.span.end += offset;
        }
        found
    }

    /// `text[from..to]` with the findings in it replaced by words.
    fn replace(&self, text: &str, from: usize, to: usize, found: &[Finding], removed: &mut Vec<RemovedKind>) -> String {
        let (mut replaced, mut done) = (String::new(), from);
        for finding in found.iter().filter(|f| f.span.end > from && f.span.start < to) {
            replaced.push_str(text.get(done..finding.span.start.max(done)).unwrap_or_default());
            let kind = RemovedKind::Personal(finding.kind);
            replaced.push('[');
            replaced.push_str(kind.words().0);
            replaced.push(']');
            removed.push(kind);
            done = finding.span.end.min(to).max(done);
        }
        replaced.push_str(text.get(done..to).unwrap_or_default());
        replaced
    }

    /// Searches replaced text again together with what was let out, for what replacing joined or bared. `None`: it does
    /// not come to rest.
    fn settle(&self, mut segment: String, removed: &mut Vec<RemovedKind>) -> Option<String> {
        for _ in 0..ROUNDS {
            let tail = self.tail();
            let text = format!("{tail}{segment}");
            let found = self.found_in(&text, 0);
            if !found.iter().any(|f| f.span.end > tail.len()) {
                return Some(segment);
            }
            segment = self.replace(&text, tail.len(), text.len(), &found, removed);
        }
        None
    }

    /// How much of a segment can follow what was let out without a run.
    fn without_run(&self, segment: &str) -> usize {
        let tail = self.tail();
        let holds = |end: usize| self.holds_run(&format!("{tail}{}", segment.get(..end).unwrap_or_default()));
        if self.guard.verbatim.is_empty() || !holds(segment.len()) {
            return segment.len();
        }
        word_starts(segment).into_iter().take_while(|end| !holds(*end)).last().unwrap_or(0)
    }
}

/// The last white space at or before `at`, or the beginning: a place between two words.
fn boundary(text: &str, at: usize) -> usize {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let next_is_space = text.get(end..).and_then(|rest| rest.chars().next()).is_some_and(char::is_whitespace);
    if next_is_space { end } else { text.get(..end).and_then(|head| head.rfind(char::is_whitespace)).unwrap_or(0) }
}

/// Where each word begins, with the white space before it.
fn word_starts(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let mut was_space = true;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() && !was_space {
            starts.push(at);
        }
        was_space = c.is_whitespace();
    }
    starts
}

fn counted(removed: &[RemovedKind]) -> impl Iterator<Item = GuardStep> + use<> {
    let mut counts = std::collections::BTreeMap::<RemovedKind, u64>::new();
    for kind in removed {
        *counts.entry(*kind).or_default() += 1;
    }
    counts.into_iter().map(|(kind, count)| GuardStep::Removed { kind, count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allowed::plain;
    use candor_redact::{Directory, Entry};
    use proptest::prelude::*;

    /// A token a word, with the white space before it; a stand-in for a tokenizer that splits at words.
    fn tokens(text: &str) -> Vec<u32> {
        let starts = word_starts(text);
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        let words = starts.iter().zip(ends).map(|(from, to)| &text[*from..to]).filter(|word| !word.is_empty());
        words.map(|word| word.bytes().fold(7, |h: u32, b| h.wrapping_mul(31).wrapping_add(b.into()))).collect()
    }

    const SNAPSHOT: &str =
        "we kept the bees on the roof of the old mill and sold the honey by the river every single autumn";

    fn guard() -> OutputGuard {
        let entry =
            |member: &str, name: &str| Entry { member: member.into(), names: vec![name.into()], ..Entry::default() };
        let directory = Directory::build([entry("a", "Anna Kovač"), entry("b", "Ben Li")]).unwrap();
        let redactor = Redactor::builder().directory(directory).build().unwrap();
        let index = VerbatimIndex::build([tokens(SNAPSHOT).as_slice()]);
        OutputGuard::new(Arc::new(redactor), Arc::new(index))
    }

    type Taken = Vec<(RemovedKind, u64)>;

    /// The draft through the guard in pieces of `size` characters: text, removed, whether it was cut.
    fn run(prompt: &str, draft: &str, size: usize) -> (String, Taken, bool) {
        let guard = guard();
        let mut session = guard.session(prompt, tokens);
        let chars: Vec<char> = draft.chars().collect();
        let mut steps = Vec::new();
        for piece in chars.chunks(size) {
            steps.extend(session.push(&piece.iter().collect::<String>()));
        }
        steps.extend(session.finish());
        let (mut text, mut removed) = (String::new(), Vec::new());
        for step in steps {
            match step {
                GuardStep::Text(more) => text.push_str(&more),
                GuardStep::Removed { kind, count } => removed.push((kind, count)),
            }
        }
        assert_eq!(text, session.text());
        (text, removed, session.is_cut())
    }

    #[test]
    fn personal_data_goes_unless_the_prompt_held_it() {
        use RemovedKind::Personal;
        let long = "word ".repeat(60);
        let cases: [(&str, String, String, Taken); 6] = [
            ("bees", "A post about bees.".into(), "A post about bees.".into(), vec![]),
            (
                "bees",
                "Write to bo@firma.de or Anna Kovač.".into(),
                "Write to [mail address] or [name].".into(),
                vec![(Personal(Kind::Email), 1), (Personal(Kind::Person), 1)],
            ),
            (
                "thank Anna Kovač, bo@firma.de",
                "Thanks, ANNA Kovač! Bo@firma.de".into(),
                "Thanks, ANNA Kovač! Bo@firma.de".into(),
                vec![],
            ),
            ("call +49 30 901820", "Ring +4930901820 now".into(), "Ring +4930901820 now".into(), vec![]),
            ("Anna met Kovač", "Anna Kovač".into(), "[name]".into(), vec![(Personal(Kind::Person), 1)]),
            (
                "bees",
                format!("{long}Anna Kovač {long}"),
                format!("{long}[name] {long}"),
                vec![(Personal(Kind::Person), 1)],
            ),
        ];
        for (prompt, draft, expected, removed) in cases {
            for size in [1, 3, 17, 1000] {
                let (text, taken, cut) = run(prompt, &draft, size);
                assert_eq!((text.as_str(), &taken, cut), (expected.as_str(), &removed, false), "pieces of {size}");
            }
        }
    }

    #[test]
    fn a_verbatim_run_ends_the_draft_before_it() {
        let words: Vec<&str> = SNAPSHOT.split(' ').collect();
        let eleven = words[..11].join(" ");
        let long = "filler ".repeat(80);
        let cases = [
            (format!("I say {eleven} and so on"), format!("I say {eleven} and so on"), false),
            (format!("I say {SNAPSHOT} and so on"), "I say we".into(), true),
            (format!("{long}then {SNAPSHOT}"), format!("{long}then we"), true),
            (SNAPSHOT.to_owned(), String::new(), true),
        ];
        for (draft, expected, is_cut) in cases {
            for size in [1, 5, 2000] {
                let (text, removed, cut) = run("bees", &draft, size);
                assert_eq!((text.as_str(), cut), (expected.as_str(), is_cut), "pieces of {size}");
                assert_eq!(removed.iter().any(|(kind, _)| *kind == RemovedKind::Verbatim), is_cut);
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_let_out_keeps_both_rules(
            parts in prop::collection::vec(
                prop_oneof![
                    Just("Anna Kovač".to_owned()), Just("Anna".to_owned()), Just(" ".to_owned()), Just("Li".to_owned()),
                    Just("bo@firma.de".to_owned()), Just("@".to_owned()), Just("+49 30 901820".to_owned()),
                    Just("Ben\n".to_owned()), (0usize..8, 1usize..12).prop_map(|(from, len)| {
                        SNAPSHOT.split(' ').skip(from).take(len).collect::<Vec<_>>().join(" ")
                    }), "[a-z .]{0,30}",
                ], 0..40),
            glue in prop_oneof![Just(""), Just(" ")],
            size in 1usize..50,
        ) {
            let draft = parts.join(glue);
            let (text, _, _) = run("a post for Ben Li", &draft, size);
            let guard = guard();
            let left = guard.redactor.find(&text);
            let bad: Vec<&str> = left.iter().map(|f| &text[f.span.start..f.span.end]).filter(|v| plain(v) != "ben li").collect();
            prop_assert!(bad.is_empty(), "{bad:?} in {text:?}");
            prop_assert!(!guard.verbatim.contains_run(&tokens(&text)), "{text:?}");
        }
    }
}
