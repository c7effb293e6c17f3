//! What may be let out of a draft. Two rules, both kept on what the reader sees, however the stream is cut in pieces:
//! nothing that redaction would replace, and no run of 12 tokens that a snapshot held, unless the prompt held it.
//!
//! Text is held back until it is sure: whole words only, and [`HOLD_BYTES`] behind the end, which is more than any name,
//! number or address that has spaces in it. Personal data becomes words in brackets; a verbatim run ends the draft before
//! the run. The guard counts what it takes away and keeps none of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use candor_redact::{Directory, Finding, Kind, Redactor, recognize::Page};

use crate::{
    allowed::Allowed,
    removed::RemovedKind,
    verbatim::{RUN_TOKENS, VerbatimIndex, runs},
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

/// The tokenizer of the snapshots.
pub type Tokenize = Arc<dyn Fn(&str) -> Vec<u32> + Send + Sync>;

/// Both rules with what they look things up in. Made once and shared by all drafts.
#[derive(Clone)]
pub struct OutputGuard {
    redactor: Arc<Redactor>,
    left_out: Option<Arc<Directory>>,
    verbatim: Vec<Arc<VerbatimIndex>>,
    tokens: Tokenize,
}

impl std::fmt::Debug for OutputGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputGuard").field("indexes", &self.verbatim.len()).finish_non_exhaustive()
    }
}

impl OutputGuard {
    /// A guard with a redactor that knows the members, the indexes over all snapshots that are in use, and the tokenizer that they were made
    /// with.
    #[must_use]
    pub fn new(redactor: Arc<Redactor>, verbatim: Vec<Arc<VerbatimIndex>>, tokens: Tokenize) -> Self {
        let verbatim = verbatim.into_iter().filter(|index| !index.is_empty()).collect();
        Self { redactor, left_out: None, verbatim, tokens }
    }

    /// Tells members who are left out from others, when it says what it removed.
    #[must_use]
    pub fn with_left_out(mut self, left_out: Arc<Directory>) -> Self {
        self.left_out = Some(left_out);
        self
    }

    /// How many tokens a text has.
    #[must_use]
    pub fn count_tokens(&self, text: &str) -> u64 {
        (self.tokens)(text).len() as u64
    }

    /// Begins to guard one draft.
    #[must_use]
    pub fn session(&self, prompt: &str) -> GuardSession {
        let allowed = Allowed::of(prompt, &self.redactor);
        GuardSession {
            guard: self.clone(),
            allowed,
            own: self.runs_of(prompt),
            raw: String::new(),
            released: 0,
            seen: 0,
            out: String::new(),
            replaced: false,
            cut: false,
        }
    }

    /// The runs of a prompt: in its place, and as a draft that begins with one of its lines has them, because a word at the beginning of a
    /// text has other tokens than after a space.
    fn runs_of(&self, prompt: &str) -> BTreeSet<u64> {
        if self.verbatim.is_empty() {
            return BTreeSet::new();
        }
        let lines = prompt.lines().map(str::trim).filter(|line| !line.is_empty());
        let texts = lines.flat_map(|line| [line.to_owned(), format!(" {line}")]).chain([prompt.to_owned()]);
        texts.flat_map(|text| runs(&(self.tokens)(&text)).collect::<Vec<_>>()).collect()
    }

    /// What a finding is called when it is taken out.
    fn kind_of(&self, kind: Kind, value: &str) -> RemovedKind {
        let is_left_out = self.left_out.as_ref().is_some_and(|directory| {
            let mut found = Vec::new();
            directory.find(&Page::new(value), &mut found, &mut Vec::new());
            !found.is_empty()
        });
        if is_left_out { RemovedKind::LeftOut } else { RemovedKind::Personal(kind) }
    }
}

/// The guard at work on one draft.
pub struct GuardSession {
    guard: OutputGuard,
    allowed: Allowed,
    /// The prompt's own runs: whoever gives a text may have it back.
    own: BTreeSet<u64>,
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

impl GuardSession {
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
            if from == 0 || (self.guard.tokens)(tail).len() > 2 * RUN_TOKENS {
                return tail;
            }
            bytes *= 2;
        }
    }

    fn holds_run(&self, text: &str) -> bool {
        self.has_run(&(self.guard.tokens)(text))
    }

    /// Whether these tokens hold a run that stood in a snapshot and not in the prompt.
    fn has_run(&self, tokens: &[u32]) -> bool {
        runs(tokens).any(|run| !self.own.contains(&run) && self.guard.verbatim.iter().any(|index| index.holds(run)))
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
            let tokens = (self.guard.tokens)(self.raw.get(from..end).unwrap_or_default());
            if from == 0 || tokens.len() >= enough {
                return self.has_run(&tokens);
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
            let value = text.get(finding.span.start..finding.span.end).unwrap_or_default();
            let kind = self.guard.kind_of(finding.kind, value);
            replaced.push('[');
            replaced.push_str(finding.kind.words().0);
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
mod tests;
