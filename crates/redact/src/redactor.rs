//! The redactor: finds with all recognizers and the directory, replaces with the operator of each kind. Built once, used by all threads.
//! It counts and never keeps a value.
//!
//! Redacting twice changes nothing. Replacing can join or bare what stood beside a finding, so the result is searched again, and anything
//! new in it becomes a placeholder; only a text with findings pays for that.

use std::sync::Arc;

use crate::brought;
use crate::directory::{Directory, Subject};
use crate::finding::{Counts, Finding, Span, SpanText as _};
use crate::kind::{Family, Kind};
use crate::language::Language;
use crate::letterhead;
use crate::names::{KnownNames, Names};
use crate::operator::{Numbering, Operator, generalize, mask};
use crate::policy::Policy;
use crate::put::put;
use crate::recognize::{Labels, Page, Recognizer, Recognizers};
use crate::surrogate::{Key, Surrogates};
use crate::windows::Windows;

/// How often a result is searched again at most. Two rounds are enough for ordinary text; the rest is for texts made to be difficult.
const ROUNDS: usize = 32;
/// How many surrogates are tried before a placeholder is taken; one is refused when it happens to name a member.
const ATTEMPTS: u8 = 4;

/// Why a redactor could not be built.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Surrogates and pseudonyms are made with a key.
    #[error("the operator of `{0}` needs a key; give one with `key`, or choose another operator")]
    KeyMissing(Kind),
}

/// A text without the personal data that was found in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The text after replacement.
    pub text: String,
    /// How many findings were replaced, by kind.
    pub counts: Counts,
    /// The members of the directory who are mentioned, with spans in the text as it was given.
    pub subjects: Vec<Subject>,
    /// The language of the text; [`Language::Unknown`] also where names are not looked for.
    pub language: Language,
}

/// Collects the settings of a [`Redactor`]. Every kind begins with [`Operator::Placeholder`].
#[derive(Default)]
pub struct Builder {
    directory: Option<Arc<Directory>>,
    policy: Policy,
    key: Option<Key>,
    brought: Vec<Box<dyn Recognizer>>,
    names: Option<Names>,
}

impl Builder {
    /// Also finds the people of a directory.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<Arc<Directory>>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Does with each kind what a policy says, such as that of a rule book. Takes the place of what was said before about kinds.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Replaces findings of `kind` with `operator`.
    #[must_use]
    pub fn operator(mut self, kind: Kind, operator: Operator) -> Self {
        self.policy.set(kind, operator);
        self
    }

    /// Replaces findings of every kind with `operator`.
    #[must_use]
    pub fn operator_for_all(mut self, operator: Operator) -> Self {
        Kind::ALL.into_iter().for_each(|kind| self.policy.set(kind, operator));
        self
    }

    /// Replaces findings of every kind of `family` with `operator`.
    #[must_use]
    pub fn operator_for_family(mut self, family: Family, operator: Operator) -> Self {
        self.policy.set_family(family, operator);
        self
    }

    /// Sets the key of surrogates and pseudonyms.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Also finds what `recognizer` finds. Placeholders and made-up names in its findings are left alone; places and organizations are
    /// replaced where [`Names`] says so, else they are reported and stay.
    #[must_use]
    pub fn recognizer(mut self, recognizer: impl Recognizer + 'static) -> Self {
        self.brought.push(Box::new(recognizer));
        self
    }

    /// Also finds names that are in no directory. Without it, and without a policy that says how to look for them, only the people of the
    /// directory have names.
    #[must_use]
    pub fn names(mut self, names: Names) -> Self {
        self.names = Some(names);
        self
    }

    /// Builds the redactor.
    ///
    /// # Errors
    /// [`BuildError::KeyMissing`] when a kind gets surrogates or pseudonyms and no key was given.
    pub fn build(self) -> Result<Redactor, BuildError> {
        let surrogates = self.key.as_ref().and_then(Surrogates::new);
        if let (Some(kind), None) = (self.policy.needs_key(), &surrogates) {
            return Err(BuildError::KeyMissing(kind));
        }
        let mut recognizers = Recognizers::all();
        let has_surrogates = self.policy.operator(Kind::Person) == Some(Operator::Surrogate);
        let names = self.names.or_else(|| self.policy.names().and_then(Names::of));
        if names.is_some() {
            recognizers.push(Labels);
        }
        let names = names.map(|names| names.sparing(has_surrogates));
        let Self { directory, policy, brought, .. } = self;
        Ok(Redactor { recognizers, brought, directory, names, policy, surrogates, has_surrogates })
    }
}

/// Finds and replaces personal data. Cheap to use again and from many threads; see the crate's example.
pub struct Redactor {
    recognizers: Recognizers,
    brought: Vec<Box<dyn Recognizer>>,
    directory: Option<Arc<Directory>>,
    names: Option<Names>,
    policy: Policy,
    surrogates: Option<Surrogates>,
    /// Whether people get made-up names.
    has_surrogates: bool,
}

impl std::fmt::Debug for Redactor {
    /// The policy only: key and names are secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What is to be replaced, and by what.
struct Replacement {
    finding: Finding,
    operator: Operator,
}

impl Redactor {
    /// Begins a redactor.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The personal data in `text` that is replaced, in order and without overlaps.
    pub fn find(&self, text: &str) -> Vec<Finding> {
        self.found(text, |finding| self.policy.replaces(finding))
    }

    /// Also what is left in texts: what is too unsure to be replaced, such as plain links and dates, places and organizations that are not
    /// asked for, and what the policy keeps.
    pub fn find_all(&self, text: &str) -> Vec<Finding> {
        self.found(text, |_| true)
    }

    fn found(&self, text: &str, keep: impl Fn(&Finding) -> bool) -> Vec<Finding> {
        let mut all = Vec::new();
        let (language, mut known) = (self.language(text), KnownNames::new());
        let mut walk = Windows::USUAL.over(text);
        while let Some(view) = walk.view() {
            let mut found = self.search(view.of(text), language, &mut known, &mut Vec::new());
            found.retain(&keep);
            walk.take(view, &mut found);
            if all.is_empty() { all = found } else { all.append(&mut found) }
        }
        all
    }

    /// Replaces the personal data in `text`. `extra_spans` are places where people stand who must not be named (left-out members that the
    /// platform marked); they and mentions of left-out members in the directory always become placeholders. A span that does not fit the
    /// text is cut to it, and widened to whole characters.
    pub fn redact(&self, text: &str, extra_spans: &[Span]) -> Redacted {
        self.redact_knowing(text, extra_spans, &KnownNames::new())
    }

    /// As [`Redactor::redact`], for a text of a thread whose people are known: each word of their names alone is found too.
    pub fn redact_knowing(&self, text: &str, extra_spans: &[Span], known: &KnownNames) -> Redacted {
        let mut numbering = Numbering::after(text);
        numbering.people = known.clone();
        self.redact_after(text, extra_spans, &mut numbering)
    }

    /// Replaces the personal data of texts that belong together, such as a post and its comments: the same value has the same placeholder
    /// in all of them, and who is surely named in one is found in all.
    pub fn redact_thread(&self, texts: &[&str]) -> Vec<Redacted> {
        let mut numbering = Numbering::default();
        texts.iter().for_each(|text| numbering.skip(text));
        numbering.people = self.known_names(texts);
        texts.iter().map(|text| self.redact_after(text, &[], &mut numbering)).collect()
    }

    /// The people whom texts surely name; nobody when names are not looked for.
    pub fn known_names(&self, texts: &[&str]) -> KnownNames {
        let mut known = KnownNames::new();
        for text in texts.iter().filter(|_| self.names.is_some()) {
            let language = self.language(text);
            let mut walk = Windows::USUAL.over(text);
            while let Some(view) = walk.view() {
                let mut found = Vec::new();
                self.search_people(view.of(text), language, &mut known, &mut Vec::new(), &mut found);
                walk.take(view, &mut found);
            }
        }
        known
    }

    /// Replaces the personal data of the next text of a thread whose texts come one by one: `numbering` is carried from one to the
    /// next, and with it who was surely named so far.
    pub fn redact_next(&self, text: &str, extra_spans: &[Span], numbering: &mut Numbering) -> Redacted {
        numbering.skip(text);
        self.redact_after(text, extra_spans, numbering)
    }

    fn redact_after(&self, text: &str, extra_spans: &[Span], numbering: &mut Numbering) -> Redacted {
        let language = self.language(text);
        let mut redacted = Redacted { text: String::with_capacity(text.len()), language, ..Redacted::default() };
        let extra: Vec<Span> = extra_spans.iter().filter_map(|span| fit(text, *span)).collect();
        let mut walk = Windows::USUAL.over(text);
        while let Some(view) = walk.view() {
            let mut mentioned = Vec::new();
            let mut findings = self.search(view.of(text), language, &mut numbering.people, &mut mentioned);
            findings.retain(|finding| self.policy.replaces(finding));
            let extra = extra.iter().filter_map(|span| within(*span, view));
            let blocked = mentioned.iter().filter(|subject| subject.blocked).map(|subject| subject.span);
            let mut forced: Vec<Span> = blocked.collect();
            for span in extra {
                findings.push(Finding::new(Kind::Person, span, 1.0));
                forced.push(span);
            }
            let own = walk.take(view, &mut findings);
            let moved = |span: Span| Span::new(span.start + view.start, span.end + view.start);
            forced.iter_mut().for_each(|span| *span = moved(*span));
            mentioned.iter_mut().for_each(|subject| subject.span = moved(subject.span));
            mentioned.retain(|subject| own.start <= subject.span.start && subject.span.start < own.end);
            redacted.subjects.append(&mut mentioned);
            let plan = self.plan(text, findings, forced);
            redacted.counts += plan.iter().map(|replacement| replacement.finding.kind).collect::<Counts>();
            self.replace(text, own, plan, numbering, &mut redacted.text);
        }
        for _ in 0..ROUNDS {
            if redacted.counts.is_empty() {
                break;
            }
            let mut findings = self.find(&redacted.text);
            findings.retain(|finding| !self.is_general(&redacted.text, finding));
            if findings.is_empty() {
                break;
            }
            redacted.counts += findings.iter().map(|finding| finding.kind).collect::<Counts>();
            let plan = findings.into_iter().map(|Finding { kind, span, .. }| {
                let placeholder = numbering.placeholder(kind, span.of(&redacted.text));
                (span, placeholder)
            });
            let plan = plan.collect();
            put(&mut redacted.text, plan);
        }
        redacted
    }

    /// Everything that recognizers, directory and name model report; spans that are not of this text are dropped.
    fn search(
        &self,
        text: &str,
        language: Language,
        known: &mut KnownNames,
        subjects: &mut Vec<Subject>,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut page = self.search_people(text, language, known, subjects, &mut findings);
        self.recognizers.find(&mut page, &mut findings);
        if self.names.is_some() {
            letterhead::find(text, &mut findings);
        }
        let own = findings.len();
        for recognizer in &self.brought {
            recognizer.find(&page, &mut findings);
        }
        brought::settle(text, own, self.names.as_ref(), self.has_surrogates, &mut findings);
        findings.retain(|finding| text.get(finding.span.start..finding.span.end).is_some());
        findings
    }

    /// The people of the directory, and names. Who is in the directory is known wherever else the text names them.
    fn search_people<'t>(
        &self,
        text: &'t str,
        language: Language,
        known: &mut KnownNames,
        subjects: &mut Vec<Subject>,
        findings: &mut Vec<Finding>,
    ) -> Page<'t> {
        let page = Page::new(text);
        if let Some(directory) = &self.directory {
            directory.find(&page, findings, subjects);
        }
        if let Some(names) = &self.names {
            let people = findings.iter().filter(|finding| finding.kind == Kind::Person);
            people.for_each(|person| known.add(person.span.of(text)));
            names.find(text, language, known, findings);
        }
        page
    }

    /// The language, where it matters.
    fn language(&self, text: &str) -> Language {
        if self.names.is_some() { Language::of(text) } else { Language::Unknown }
    }

    /// Whether a finding is already what it is to be generalized to, such as a year.
    fn is_general(&self, text: &str, finding: &Finding) -> bool {
        let value = finding.span.of(text);
        self.policy.operator(finding.kind) == Some(Operator::Generalize)
            && generalize(finding.kind, value).as_deref() == Some(value)
    }

    /// Chooses the operator of each finding; those that touch a forced span become placeholders, what is general enough stays.
    fn plan(&self, text: &str, findings: Vec<Finding>, mut forced: Vec<Span>) -> Vec<Replacement> {
        forced.sort_unstable();
        let mut forced = forced.into_iter().peekable();
        let plan = findings.into_iter().filter_map(|finding| {
            let mut is_forced = false;
            while let Some(span) = forced.next_if(|span| span.start < finding.span.end) {
                is_forced |= span.end > finding.span.start;
            }
            let operator = self.policy.operator(finding.kind).unwrap_or_default();
            let operator = if is_forced { Operator::Placeholder } else { operator };
            (is_forced || !self.is_general(text, &finding)).then_some(Replacement { finding, operator })
        });
        plan.collect()
    }

    /// Writes a part of the text with the replacements in it.
    fn replace(
        &self,
        text: &str,
        part: Span,
        plan: Vec<Replacement>,
        numbering: &mut Numbering,
        replaced: &mut String,
    ) {
        let mut done = part.start;
        for Replacement { finding: Finding { kind, span, .. }, operator } in plan {
            replaced.push_str(text.get(done..span.start).unwrap_or_default());
            let value = span.of(text);
            let mut written = |instead: Option<String>| match instead {
                Some(instead) => replaced.push_str(&instead),
                None => replaced.push_str(&numbering.placeholder(kind, value)),
            };
            match operator {
                Operator::Remove => {}
                Operator::Mask => written(Some(mask(kind, value))),
                Operator::Placeholder => written(None),
                Operator::Pseudonym => written(self.surrogates.as_ref().map(|keyed| keyed.pseudonym(kind, value))),
                Operator::Surrogate => written(self.surrogate(kind, value)),
                Operator::Generalize => written(generalize(kind, value)),
            }
            done = span.end;
        }
        replaced.push_str(text.get(done..part.end).unwrap_or_default());
    }

    /// A surrogate that names nobody of the directory.
    fn surrogate(&self, kind: Kind, value: &str) -> Option<String> {
        let surrogates = self.surrogates.as_ref()?;
        let mut tries = (0..ATTEMPTS).filter_map(|attempt| surrogates.make(kind, value, attempt));
        tries.find(|surrogate| self.find(surrogate).is_empty())
    }
}

/// The part of the span that lies in the view, with places counted from its start.
fn within(span: Span, view: Span) -> Option<Span> {
    let cut = Span::new(span.start.max(view.start), span.end.min(view.end));
    (cut.len() > 0).then(|| Span::new(cut.start - view.start, cut.end - view.start))
}

/// The span cut to the text and widened to whole characters; none when nothing of it is left.
fn fit(text: &str, span: Span) -> Option<Span> {
    let mut start = span.start.min(text.len());
    let mut end = span.end.min(text.len());
    if start >= end {
        return None;
    }
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Some(Span::new(start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Entry;

    fn redactor(operator: Operator) -> Redactor {
        let entry = |member: &str, name: &str, blocked: bool| Entry {
            member: member.into(),
            names: vec![name.into()],
            blocked,
            ..Entry::default()
        };
        let directory = Directory::build([entry("a", "Anna Kov", false), entry("b", "Ben Li", true)]).unwrap();
        Redactor::builder().directory(directory).operator_for_all(operator).key([3; 32]).build().unwrap()
    }

    #[test]
    fn every_operator_replaces() {
        let text = "Ask a@b.com, +49 30 901820 or A@B.com.";
        let cases = [
            (Operator::Remove, "Ask ,  or ."),
            (Operator::Mask, "Ask *@*.***, +** ** ****** or *@*.***."),
            (Operator::Placeholder, "Ask [EMAIL_1], [PHONE_1] or [EMAIL_1]."),
        ];
        for (operator, expected) in cases {
            let redacted = redactor(operator).redact(text, &[]);
            assert_eq!(redacted.text, expected);
            assert_eq!((redacted.counts.get(Kind::Email), redacted.counts.get(Kind::Phone)), (2, 1));
        }
        let surrogate = redactor(Operator::Surrogate).redact(text, &[]).text;
        assert!(surrogate.contains("@example.") && surrogate.contains("-555-01"), "{surrogate}");
    }

    #[test]
    fn people_who_must_not_be_named_become_placeholders() {
        let text = "Ben Li and Anna Kov met Zoë.";
        let zoe = Span::new(text.find("Zo").unwrap(), text.len() - 2);
        let redacted = redactor(Operator::Mask).redact(text, &[zoe, Span::new(900, 901)]);
        assert_eq!(redacted.text, "[PERSON_1] and **** *** met [PERSON_2].");
        let subjects: Vec<(&str, bool)> = redacted.subjects.iter().map(|s| (s.member.as_ref(), s.blocked)).collect();
        assert_eq!(subjects, [("b", true), ("a", false)]);
    }

    #[test]
    fn what_replacing_joins_is_found_again() {
        let text = "x@a@b.comc.com";
        for operator in Operator::ALL {
            let redactor = redactor(operator);
            let once = redactor.redact(text, &[]).text;
            assert_eq!(redactor.redact(&once, &[]).text, once);
            assert_eq!(redactor.find(&once), []);
        }
    }

    #[test]
    fn a_thread_shares_its_numbers() {
        let thread =
            redactor(Operator::Placeholder).redact_thread(&["a@b.com wrote", "c@d.com and A@b.com, [EMAIL_3]"]);
        let texts: Vec<&str> = thread.iter().map(|redacted| redacted.text.as_str()).collect();
        assert_eq!(texts, ["[EMAIL_4] wrote", "[EMAIL_5] and [EMAIL_4], [EMAIL_3]"]);
    }

    #[test]
    fn pseudonyms_are_the_same_in_every_text() {
        let redactor = redactor(Operator::Pseudonym);
        let (one, two) = (redactor.redact("a@b.com", &[]).text, redactor.redact("ask A@b.com", &[]).text);
        assert_eq!(two, format!("ask {one}"));
        assert!(one.starts_with("[EMAIL_") && redactor.redact(&one, &[]).text == one);
    }

    #[test]
    fn surrogates_need_a_key() {
        let built = Redactor::builder().operator(Kind::Phone, Operator::Surrogate).build();
        assert_eq!(built.err(), Some(BuildError::KeyMissing(Kind::Phone)));
    }
}
