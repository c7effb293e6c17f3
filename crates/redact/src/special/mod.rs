//! Statements that reveal a special category of personal data about a person: that somebody is ill, prays, votes for a party. They are no
//! spans to replace: a text without the word still says it, so rows with a statement are held back whole.
//!
//! A word list finds sentences that may make a statement; a small linear classifier judges them by who is named and what stands around. What
//! no list has a word for is missed, and so is what only several sentences say together; texts in other languages than English and German
//! are judged by words alone that were never measured. `data/special_categories.md` has the figures.
//!
//! ```
//! use candor_redact::special::{Category, Detector};
//!
//! let detector = Detector::standard();
//! let statements = detector.find("We ship on Friday. My wife was diagnosed with cancer. The health check of the service fails.");
//! assert_eq!(statements.len(), 1);
//! assert_eq!(statements[0].category, Category::Health);
//! assert_eq!((statements[0].span.start, statements[0].span.end), (19, 53));
//! ```

mod category;
mod features;
mod figures;
mod labeled;
mod letters;
mod lexicon;
mod model;
mod sentence;
mod train;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::finding::Span;
use features::Sentence;
use lexicon::{Hit, Lexicon};
use model::Model;

pub use category::Category;
pub use figures::figures;
pub use labeled::{Labeled, Split, labeled};
pub use model::Strictness;
pub use train::train;

/// The weights of this crate, made by [`train`] from [`labeled`].
pub const WEIGHTS: &[u8] = include_bytes!("../../data/special.weights");

static STANDARD: LazyLock<Detector> = LazyLock::new(|| Detector::new(WEIGHTS, Strictness::Tuned));
static STRICT: LazyLock<Detector> = LazyLock::new(|| Detector::new(WEIGHTS, Strictness::Strict));

/// A sentence that says something special about a person. Holds no text: it is safe to count and to log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "StatementLine", into = "StatementLine")]
pub struct Statement {
    /// The sentence.
    pub span: Span,
    /// What it reveals.
    pub category: Category,
    /// How sure the classifier is, from 0.5 to 1. It orders statements; it is not a probability.
    pub score: f32,
}

/// A statement as JSON has it: `{"type": "HEALTH", "start": 0, "end": 7, "score": 0.9}`.
#[derive(Serialize, Deserialize)]
struct StatementLine {
    r#type: Category,
    start: usize,
    end: usize,
    score: f32,
}

impl From<StatementLine> for Statement {
    fn from(line: StatementLine) -> Self {
        Self { span: Span { start: line.start, end: line.end }, category: line.r#type, score: line.score }
    }
}

impl From<Statement> for StatementLine {
    fn from(statement: Statement) -> Self {
        let Statement { span, category, score } = statement;
        Self { r#type: category, start: span.start, end: span.end, score }
    }
}

/// Finds statements. Cheap to use again and from many threads.
pub struct Detector {
    lexicon: Lexicon,
    model: Model,
    bound: i32,
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detector").field("bound", &self.bound).finish_non_exhaustive()
    }
}

impl Detector {
    /// The detector of this crate.
    pub fn standard() -> &'static Self {
        &STANDARD
    }

    /// The detector of this crate at a strictness. It only ever finds more than the standard one.
    pub fn at(strictness: Strictness) -> &'static Self {
        match strictness {
            Strictness::Tuned => &STANDARD,
            Strictness::Strict => &STRICT,
        }
    }

    /// A detector with weights of [`train`]. Bytes that are no weights make one that holds back whatever it doubts.
    pub fn new(weights: &[u8], strictness: Strictness) -> Self {
        let model = Model::read(weights).unwrap_or_else(Model::doubtful);
        Self { lexicon: Lexicon::new(), bound: model.bound(strictness), model }
    }

    /// The statements in `text`, in order; a sentence has at most one of each category.
    pub fn find(&self, text: &str) -> Vec<Statement> {
        self.find_about(text, &[])
    }

    /// The statements in `text` when it is known that people are named at some places: mentions of the directory, names that a recognizer
    /// found. Names that are in no word list count only so.
    pub fn find_about(&self, text: &str, people: &[Span]) -> Vec<Statement> {
        let mut statements = Vec::new();
        self.sentences(text, people, &mut |span, sentence| {
            for category in Category::ALL {
                let Some(features) = sentence.features(category) else { continue };
                let sum = self.model.sum(&features);
                if sum >= self.bound {
                    statements.push(Statement { span, category, score: score(sum, self.bound) });
                }
            }
        });
        statements
    }

    /// Reads every sentence that has a term in it.
    fn sentences(&self, text: &str, people: &[Span], read: &mut dyn FnMut(Span, &Sentence<'_>)) {
        let mut open: Option<(Span, Vec<Hit<'_>>)> = None;
        let mut close = |(span, hits): (Span, Vec<Hit<'_>>)| {
            read(span, &Sentence::read(&self.lexicon, text, span, hits, people));
        };
        self.lexicon.scan(text.as_bytes(), |hit| match &mut open {
            Some((span, hits)) if hit.start < span.end => hits.push(hit),
            _ => {
                let next = (sentence::around(text, hit.start), vec![hit]);
                open.replace(next).map(&mut close);
            }
        });
        open.map(close);
    }
}

/// Half at the bound, nearer to one the farther above it.
fn score(sum: i32, bound: i32) -> f32 {
    let above = sum.saturating_sub(bound).max(0) as f32;
    0.5 + 0.5 * above / (above + 128.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::finding::SpanText as _;

    fn found(text: &str) -> Vec<(Category, &str)> {
        Detector::standard().find(text).iter().map(|statement| (statement.category, statement.span.of(text))).collect()
    }

    #[test]
    fn statements_are_found_sentence_by_sentence() {
        let text = "We meet at nine. My wife was diagnosed with cancer in May. Bring cake!\nIch bin seit 2010 Mitglied der SPD.";
        let expected = [
            (Category::Health, "My wife was diagnosed with cancer in May."),
            (Category::Politics, "Ich bin seit 2010 Mitglied der SPD."),
        ];
        assert_eq!(found(text), expected);
    }

    #[test]
    fn a_sentence_can_say_two_things() {
        let categories: Vec<Category> =
            found("I am a gay man and I live with HIV.").iter().map(|(it, _)| *it).collect();
        assert_eq!(categories, [Category::Health, Category::SexLife]);
    }

    #[test]
    fn topics_without_a_person_say_nothing() {
        let texts = [
            "",
            "The new cancer therapy was approved.",
            "We are hiring nurses for the night shift.",
            "The health check of the service fails, so kill the process.",
            "The union type has a race condition.",
            "Die Gewerkschaften verhandeln weiter, die Partei auch.",
            r"\left|0\right> and \left|1\right> are my states",
        ];
        for text in texts {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn other_languages_are_known_by_their_words() {
        let texts = [
            ("Ma femme est atteinte d'un cancer.", Category::Health),
            ("Mi hermano es gay y vive en Madrid.", Category::SexLife),
            ("Mia madre è cattolica e va a messa.", Category::Religion),
            ("Ik heb op de VVD gestemd, mijn vrouw ook.", Category::Politics),
            ("Meu pai é sindicalista desde jovem.", Category::Union),
            ("Mój brat był skazany i siedział w więzieniu.", Category::Criminal),
        ];
        for (text, category) in texts {
            assert!(found(text).iter().any(|(it, _)| *it == category), "{text}");
        }
    }

    #[test]
    fn who_is_named_can_be_told() {
        let text = "Xilqa attended the temple festival near the hospital?";
        let person = Span::new(0, 5);
        let detector = Detector::standard();
        assert!(detector.find_about(text, &[person]).len() >= detector.find(text).len());
        let mut sums = Vec::new();
        for people in [&[][..], &[person]] {
            detector.sentences("Xilqa prays to God.", people, &mut |_, sentence| {
                sums.extend(sentence.features(Category::Religion).map(|features| features.len()));
            });
        }
        assert_ne!(sums.first(), sums.last(), "the name is seen");
    }

    #[test]
    fn strict_finds_more() {
        let count = |detector: &Detector| {
            let with = |one: &Labeled| !detector.find(&one.text).is_empty();
            labeled().iter().filter(|one| one.split == Split::Dev && with(one)).count()
        };
        assert!(count(Detector::at(Strictness::Strict)) > count(Detector::standard()));
    }

    #[test]
    fn without_weights_everything_is_doubted() {
        let text = "The new cancer therapy was approved for my neighbor.";
        assert_eq!(Detector::new(b"no weights", Strictness::Tuned).find(text).len(), 1);
    }

    #[test]
    fn weights_are_what_training_gives() {
        assert!(train(&labeled()) == WEIGHTS, "run `cargo xtask train-special` and commit `data/special.weights`");
    }

    #[test]
    fn statements_are_written_with_type_and_place() {
        let statement = Statement { span: Span::new(3, 9), category: Category::SexLife, score: 0.5 };
        let json = r#"{"type":"SEX_LIFE","start":3,"end":9,"score":0.5}"#;
        assert_eq!(serde_json::to_string(&statement).unwrap(), json);
    }

    /// Texts of words that matter, words that do not, and anything.
    fn texts() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            proptest::sample::select(vec![
                "I",
                "my",
                "wife",
                "gay",
                "cancer",
                "schwul",
                "Migräne",
                "convicted of",
                ".",
                "? ",
                "\n",
                "\n\n",
                "@ann",
                "“",
                "’",
                "é",
                "\\",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        proptest::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
    }

    proptest! {
        #[test]
        fn statements_lie_in_the_text(text in texts(), at in 0_usize..99) {
            let people = [Span::new(at, at + 3), Span::new(usize::MAX, usize::MAX)];
            let statements = Detector::at(Strictness::Strict).find_about(&text, &people);
            for statement in &statements {
                prop_assert!(text.get(statement.span.start..statement.span.end).is_some_and(|it| !it.is_empty()));
                prop_assert!((0.5..=1.0).contains(&statement.score));
            }
            prop_assert!(statements.is_sorted_by_key(|it| it.span.start));
            prop_assert_eq!(&statements, &Detector::at(Strictness::Strict).find_about(&text, &people));
        }
    }
}
