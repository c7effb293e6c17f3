//! Names: how many of labeled ones are found, by sets of other authors; and what holds for any text when names are looked for.

use std::ops::Range;
use std::path::Path;

use candor_redact::{Directory, Entry, Kind, KnownNames, Language, Names, Operator, Redactor};
use proptest::prelude::*;

use crate::holds::{self, operators};

/// A sentence of a labeled set as text, with the places of its words and which of them are people.
#[derive(Default)]
struct Sentence {
    text: String,
    words: Vec<(Range<usize>, bool)>,
}

#[allow(clippy::disallowed_methods, reason = "a test is told by the environment what the machine lacks")]
fn lines(file: &str) -> Option<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if !path.exists() {
        let skipped = std::env::var("CANDOR_SKIP").unwrap_or_default().split(',').any(|name| name == "shared-data");
        assert!(skipped, "`{}` is absent; put the set there, or skip with CANDOR_SKIP=shared-data", path.display());
        println!("skipped: shared-data is absent");
        return None;
    }
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    Some(text.lines().map(str::to_owned).collect())
}

/// The sentences of a file in columns; words stand apart, as the set has them.
fn sentences(lines: &[String], word: usize, label: usize) -> Vec<Sentence> {
    let mut all = vec![Sentence::default()];
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        if line.trim().is_empty() {
            all.push(Sentence::default());
        } else if let (Some(word), Some(label), Some(last)) = (fields.get(word), fields.get(label), all.last_mut()) {
            if !last.text.is_empty() {
                last.text.push(' ');
            }
            let start = last.text.len();
            last.text.push_str(word.trim());
            last.words.push((start..last.text.len(), label.ends_with("-PER") || label.ends_with("-person")));
        }
    }
    all
}

/// The share of labeled words that are covered, and the share of covered words that are labeled.
fn measure(redactor: &Redactor, sentences: &[Sentence]) -> (f64, f64) {
    let (mut labeled, mut found, mut right) = (0_usize, 0_usize, 0_usize);
    for sentence in sentences {
        let people = redactor.find(&sentence.text).into_iter().filter(|finding| finding.kind == Kind::Person);
        let spans: Vec<Range<usize>> = people.map(|finding| finding.span.start..finding.span.end).collect();
        for (word, is_person) in &sentence.words {
            let covered = spans.iter().any(|span| span.start < word.end && word.start < span.end);
            labeled += usize::from(*is_person);
            found += usize::from(covered);
            right += usize::from(covered && *is_person);
        }
    }
    (right as f64 / labeled.max(1) as f64, right as f64 / found.max(1) as f64)
}

#[test]
fn people_are_found_as_the_card_says() {
    let redactor = Redactor::builder().names(Names::default()).build().unwrap();
    let sets = [
        ("broad_twitter_corpus/btc.dev", 0, 1, 0.92, 0.80),
        ("wnut17/emerging.dev.conll", 0, 1, 0.66, 0.78),
        ("uner_english_ewt/en_ewt-ud-dev.iob2", 1, 2, 0.88, 0.72),
    ];
    for (file, word, label, recall, precision) in sets {
        let Some(lines) = lines(file) else { return };
        let measured = measure(&redactor, &sentences(&lines, word, label));
        println!("{file}: recall {:.3}, precision {:.3} of the words of people's names", measured.0, measured.1);
        assert!(measured.0 >= recall, "recall in `{file}` is {:.3}", measured.0);
        assert!(measured.1 >= precision, "precision in `{file}` is {:.3}", measured.1);
    }
}

#[derive(serde::Deserialize)]
struct Synthetic {
    full_text: String,
    spans: Vec<Label>,
}

#[derive(serde::Deserialize)]
struct Label {
    entity_type: String,
    start_position: usize,
    end_position: usize,
}

#[test]
fn names_of_made_up_sentences_are_found() {
    let Some(lines) = lines("presidio_synth/synth_dataset_v2.json") else { return };
    let sentences: Vec<Synthetic> = serde_json::from_str(&lines.join("\n")).unwrap();
    let redactor = Redactor::builder().names(Names::default()).build().unwrap();
    let floors =
        [("PERSON", Kind::Person, 0.94), ("GPE", Kind::Location, 0.45), ("ORGANIZATION", Kind::Organization, 0.12)];
    for (name, kind, floor) in floors {
        let (mut labels, mut met, mut any, mut found, mut right) = (0, 0, 0, 0, 0);
        for sentence in &sentences {
            let text = &sentence.full_text;
            let at: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let findings = redactor.find_all(text);
            let labeled: Vec<Range<usize>> = sentence
                .spans
                .iter()
                .filter(|label| label.entity_type == name)
                .map(|l| at[l.start_position]..at[l.end_position])
                .collect();
            let meets = |range: &Range<usize>, of: Option<Kind>| {
                findings.iter().any(|f| {
                    of.is_none_or(|kind| f.kind == kind) && f.span.start < range.end && range.start < f.span.end
                })
            };
            labels += labeled.len();
            met += labeled.iter().filter(|range| meets(range, Some(kind))).count();
            any += labeled.iter().filter(|range| meets(range, None)).count();
            let ours: Vec<_> = findings.iter().filter(|finding| finding.kind == kind).collect();
            found += ours.len();
            right += ours
                .iter()
                .filter(|f| labeled.iter().any(|range| f.span.start < range.end && range.start < f.span.end))
                .count();
        }
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let recall = share(met, labels);
        println!(
            "{name}: {labels} labels, recall {recall:.3}, by any kind {:.3}, precision {:.3}",
            share(any, labels),
            share(right, found)
        );
        assert!(recall >= floor, "recall of {name} is {recall:.3}");
    }
}

fn redactor(operator: Operator) -> Redactor {
    let anna = Entry { member: "a".into(), names: vec!["Anna Kovač".into()], blocked: true, ..Entry::default() };
    let builder = Redactor::builder().directory(Directory::build([anna]).unwrap()).names(Names::default());
    builder.operator_for_all(operator).key([9; 32]).build().unwrap()
}

#[test]
fn people_go_and_places_stay() {
    let redactor = redactor(Operator::Placeholder);
    let cases = [
        (
            "I met Michael Johnson in Berlin and it was good.",
            "I met [PERSON_1] in Berlin and it was good.",
            Language::English,
        ),
        (
            "Heute war ich mit Thomas Müller in Hamburg und das war gut.",
            "Heute war ich mit [PERSON_1] in Hamburg und das war gut.",
            Language::German,
        ),
        (
            "Je vais avec Pierre Lefèvre au marché et nous sommes là.",
            "Je vais avec [PERSON_1] au marché et nous sommes là.",
            Language::French,
        ),
        ("Anna Kovač said so. But Kovač left.", "[PERSON_1] said so. But [PERSON_2] left.", Language::Unknown),
        ("Nothing to see here, move along.", "Nothing to see here, move along.", Language::Unknown),
    ];
    for (text, expected, language) in cases {
        let redacted = redactor.redact(text, &[]);
        assert_eq!((redacted.text.as_str(), redacted.language), (expected, language));
    }
    let text = "I met Michael Johnson in Berlin.";
    let all: Vec<Kind> = redactor.find_all(text).iter().map(|finding| finding.kind).collect();
    assert_eq!(all, [Kind::Person, Kind::Location]);
    let places = Redactor::builder().names(Names::default().places(true)).build().unwrap();
    assert_eq!(places.redact(text, &[]).text, "I met [PERSON_1] in [LOCATION_1].");
}

#[test]
fn a_thread_knows_its_people() {
    let redactor = redactor(Operator::Placeholder);
    let thread = redactor.redact_thread(&["I talked to Michael Johnson yesterday.", "what did johnson say?"]);
    assert_eq!(thread[1].text, "what did [PERSON_2] say?");
    let known: KnownNames = ["Zyxa Quorl"].into_iter().collect();
    assert_eq!(redactor.redact_knowing("so quorl it is", &[], &known).text, "so [PERSON_1] it is");
}

/// Texts that are dense in what may be names.
fn crowded() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[A-Z][a-z]{1,6} ",
        "[A-ZÄÖÜ][a-zäöüß]{1,6}[.!?,]? ",
        "[a-z]{1,6} ",
        Just("Anna Kovač ".to_owned()),
        Just("Dr. Jean-Luc O’Brien's ".to_owned()),
        Just("Ada Abbott ".to_owned()),
        Just("ADA ABBOTT".to_owned()),
        Just("John ".to_owned()),
        Just("Smith".to_owned()),
        Just("in New York".to_owned()),
        Just("@ben ".to_owned()),
        Just("@ ben ".to_owned()),
        Just("#AnnaKovac ".to_owned()),
        Just("U.S. J. R. R. ".to_owned()),
        Just("[PERSON_1]".to_owned()),
        Just("[EMAIL_abcd] ".to_owned()),
        Just("https://a.b/c ".to_owned()),
        Just("et les de la ".to_owned()),
        Just("Иван Петров ".to_owned()),
        Just("\n".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_are_ordered_and_on_boundaries(text in crowded()) {
        holds::in_order(&text, &redactor(Operator::Mask).find_all(&text))?;
    }

    #[test]
    fn names_once_is_names_twice(text in crowded(), operator in operators()) {
        holds::twice_is_once(&redactor(operator), &text)?;
    }

    #[test]
    fn names_of_a_text_are_the_same_each_time(text in crowded()) {
        prop_assert_eq!(redactor(Operator::Placeholder).redact(&text, &[]), redactor(Operator::Placeholder).redact(&text, &[]));
    }

    #[test]
    fn any_text_has_a_language(text in any::<String>()) {
        Language::of(&text);
    }
}

#[test]
fn surrogates_of_people_stay() {
    let redacted = redactor(Operator::Surrogate).redact("I met Michael Johnson in Berlin.", &[]);
    assert!(redacted.text.starts_with("I met ") && !redacted.text.contains('['), "{}", redacted.text);
}
