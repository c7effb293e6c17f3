//! Names of people, places and organizations that are in no directory: a small sequence model for English and German, and for other
//! languages a strict mode that takes every capitalized word inside a sentence as a name. What was surely a person once is a person
//! everywhere in the text and in its thread. Keeps no text; needs no network, no clock and no randomness.
//!
//! Order of work: `tokens.rs` cuts words, `model.rs` looks them up, `gate.rs` passes the few that may be names, `features.rs` and
//! `decode.rs` weigh them, `tagger.rs` runs all this; `cues.rs` adds what the words around say (its words are in `cue_words.rs`);
//! `known.rs` remembers people, `strict.rs` is for other languages. `train/` (feature `train`) makes the model's file, `data/names.md`
//! says from what.

mod cue_words;
mod cues;
mod decode;
mod features;
mod gate;
mod known;
mod model;
mod strict;
mod tagger;
mod tokens;
#[cfg(feature = "train")]
pub mod train;

pub use known::KnownNames;

use candor_core::rulebook::Strictness;

use crate::finding::{Finding, SURE, Span, SpanText as _};
use crate::kind::Kind;
use crate::language::Language;
use crate::policy::NamePolicy;
use decode::Class;
use model::Model;
use tagger::{Blocks, Tagger};
use tokens::Token;

/// How sure the model must be of a person for the name to count in the rest of the text.
const SURE_SHARE: f32 = 0.995;
/// Scores of names lie between [`SURE`] and this much above it: below those of rules with check digits, and of the directory.
const SCORE_RANGE: f32 = 0.24;

/// What is done about names. People are always replaced. Places and organizations are public more often than not ("Berlin", "Siemens"),
/// and a training text without them says little: they are reported by [`find_all`](crate::Redactor::find_all) and stay in texts, unless
/// asked for here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Names {
    bias: f32,
    people: bool,
    places: bool,
    organizations: bool,
    strict: Strictness,
    spares: bool,
}

impl Names {
    /// By how much the odds of persons are raised when nothing else is said, in natural logarithms. Chosen on the development part of the
    /// Broad Twitter Corpus; see `data/names.md`.
    pub const BIAS: f32 = 2.0;

    /// What a policy says; none when it turns the search off. Kinds of names that it does not list are reported and stay.
    pub fn of(policy: &NamePolicy) -> Option<Self> {
        let has = |kind| policy.kinds.contains(&kind);
        let bias = policy.recall_bias.map_or(Self::BIAS, |bias| f32::from(bias) / 100.0);
        let names = Self { people: has(Kind::Person), ..Self::default() };
        let names = names.places(has(Kind::Location)).organizations(has(Kind::Organization)).strict(policy.strict);
        (!policy.kinds.is_empty()).then(|| names.bias(bias))
    }

    /// Raises the odds of persons by `bias`, in natural logarithms: more names are found, and more that are none. Kept between -4 and 8.
    #[must_use]
    pub fn bias(mut self, bias: f32) -> Self {
        self.bias = if bias.is_nan() { Self::BIAS } else { bias.clamp(-4.0, 8.0) };
        self
    }

    /// Whether places are replaced, not only reported.
    #[must_use]
    pub fn places(mut self, replaced: bool) -> Self {
        self.places = replaced;
        self
    }

    /// Whether organizations are replaced, not only reported.
    #[must_use]
    pub fn organizations(mut self, replaced: bool) -> Self {
        self.organizations = replaced;
        self
    }

    /// When every capitalized word inside a sentence is a name.
    #[must_use]
    pub fn strict(mut self, strict: Strictness) -> Self {
        self.strict = strict;
        self
    }

    /// Leaves alone the names that surrogates have.
    pub(crate) fn sparing(mut self, spares: bool) -> Self {
        self.spares = spares;
        self
    }

    /// Whether findings of a kind that a brought recognizer reports are replaced. Forms of address, peoples and dates are left in texts
    /// like those of the recognizers here.
    pub(crate) fn replaces(&self, kind: Kind) -> bool {
        match kind {
            Kind::Person => self.people,
            Kind::Location => self.places,
            Kind::Organization => self.organizations,
            kind => !matches!(kind, Kind::Title | Kind::Nationality | Kind::DateTime),
        }
    }

    fn is_strict(&self, language: Language) -> bool {
        match self.strict {
            Strictness::Never => false,
            Strictness::Unsupported => !language.has_model(),
            Strictness::Always => true,
        }
    }

    fn finding(&self, class: Class, span: Span, share: f32) -> Finding {
        let (kind, replaced) = match class {
            Class::Person => (Kind::Person, self.people),
            Class::Place => (Kind::Location, self.places),
            Class::Organization => (Kind::Organization, self.organizations),
        };
        let floor = if replaced { SURE } else { SURE / 2.0 };
        Finding::new(kind, span, floor + SCORE_RANGE * share.clamp(0.0, 1.0))
    }

    /// Appends the names in `text`, and adds to `known` the people of whom the model is sure. Those in `known` are found by each of their
    /// words alone.
    pub(crate) fn find(&self, text: &str, language: Language, known: &mut KnownNames, findings: &mut Vec<Finding>) {
        let Some(model) = Model::shipped() else { return };
        self.find_by_model(text, model, language, known, findings);
        if self.is_strict(language) {
            strict::find(Blocks::new(text).sparing(self.spares), model.tables(), |span| {
                findings.push(self.finding(Class::Person, span, 0.2))
            });
        }
        known.find(text, model.tables(), |span| findings.push(self.finding(Class::Person, span, 0.4)));
    }

    fn find_by_model(
        &self,
        text: &str,
        model: &Model,
        language: Language,
        known: &mut KnownNames,
        findings: &mut Vec<Finding>,
    ) {
        let mut tagger = Tagger::new(model, self.bias);
        let (mut blocks, mut block, mut names) = (Blocks::new(text).sparing(self.spares), Vec::new(), Vec::new());
        while blocks.read(tagger.tables(), &mut block) {
            names.clear();
            tagger.tag(&block, |name| names.push(name));
            for name in names.iter().filter(|name| name.class == Class::Person && name.share >= SURE_SHARE) {
                block.get(name.tokens.clone()).unwrap_or_default().iter().for_each(|token| known.learn(token));
            }
            cues::apply(text, &block, language, &mut names);
            for name in &names {
                let tokens = block.get(name.tokens.clone()).unwrap_or_default();
                findings.extend(span_of(tokens).map(|span| self.finding(name.class, span, name.share)));
            }
        }
    }
}

impl Default for Names {
    /// People are replaced, places and organizations are reported, other languages are strict.
    fn default() -> Self {
        Self {
            bias: Self::BIAS,
            people: true,
            places: false,
            organizations: false,
            strict: Strictness::default(),
            spares: false,
        }
    }
}

/// From the first to the last token.
fn span_of(tokens: &[Token]) -> Option<Span> {
    tokens.first().zip(tokens.last()).map(|(first, last)| Span::new(first.start, last.end))
}
