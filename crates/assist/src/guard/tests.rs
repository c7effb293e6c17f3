//! The guard against tables and against anything, cut anyhow.

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

const OLDER: &str =
    "a snapshot of last year that no release serves any more has its own words about hives and smoke and rain";

fn guard() -> OutputGuard {
    let entry =
        |member: &str, name: &str| Entry { member: member.into(), names: vec![name.into()], ..Entry::default() };
    let directory = [entry("a", "Anna Kovač"), entry("b", "Ben Li"), entry("c", "Cora Diaz")];
    let directory = Directory::build(directory).unwrap();
    let redactor = Redactor::builder().directory(directory).build().unwrap();
    let index = |text: &str| Arc::new(VerbatimIndex::build([tokens(text).as_slice()]));
    let left_out = Directory::build([entry("c", "Cora Diaz")]).unwrap();
    OutputGuard::new(Arc::new(redactor), vec![index(SNAPSHOT), index(OLDER), index("")], Arc::new(tokens))
        .with_left_out(Arc::new(left_out))
}

type Taken = Vec<(RemovedKind, u64)>;

/// The draft through the guard in pieces of `size` characters: text, removed, whether it was cut.
fn run(prompt: &str, draft: &str, size: usize) -> (String, Taken, bool) {
    let guard = guard();
    let mut session = guard.session(prompt);
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
    let cases: [(&str, String, String, Taken); 7] = [
        ("bees", "Ask Cora Diaz.".into(), "Ask [name].".into(), vec![(RemovedKind::LeftOut, 1)]),
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
        ("bees", format!("{long}Anna Kovač {long}"), format!("{long}[name] {long}"), vec![(Personal(Kind::Person), 1)]),
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

#[test]
fn every_live_snapshot_counts_and_the_prompt_may_come_back() {
    let (text, _, cut) = run("bees", OLDER, 4);
    assert_eq!((text.as_str(), cut), ("", true), "a snapshot that is not the served one's");
    let prompt = format!("shorten this:\n{SNAPSHOT}");
    for size in [1, 7, 400] {
        let (text, removed, cut) = run(&prompt, SNAPSHOT, size);
        assert_eq!((text.as_str(), removed.as_slice(), cut), (SNAPSHOT, [].as_slice(), false));
        let (text, _, cut) = run(&prompt, &format!("{SNAPSHOT} {OLDER}"), size);
        assert_eq!((text.as_str(), cut), (format!("{SNAPSHOT} a").as_str(), true), "but no other text");
    }
}

proptest! {
    /// Nothing is shown and then taken back, wherever the stream is cut: what was let out is the beginning of what is let out later.
    #[test]
    fn the_stream_only_grows(
        parts in prop::collection::vec(prop_oneof![
            Just("Anna Kovač".to_owned()), Just("Cora Diaz".to_owned()), Just("bo@firma.de".to_owned()),
            "[a-z .]{0,40}", (0usize..8, 1usize..14).prop_map(|(from, len)| {
                OLDER.split(' ').skip(from).take(len).collect::<Vec<_>>().join(" ")
            }),
        ], 0..30),
        cuts in prop::collection::vec(1usize..40, 1..20),
    ) {
        let draft = parts.join(" ");
        let guard = guard();
        let mut session = guard.session("bees");
        let (mut shown, mut rest, mut cuts) = (String::new(), draft.as_str(), cuts.iter().cycle());
        while !rest.is_empty() {
            let want = *cuts.next().unwrap();
            let end = rest.char_indices().map(|(at, _)| at).nth(want).unwrap_or(rest.len());
            let before = shown.clone();
            for step in session.push(&rest[..end]) {
                if let GuardStep::Text(text) = step { shown.push_str(&text); }
            }
            prop_assert!(session.text().starts_with(&before));
            prop_assert_eq!(session.text(), shown.as_str());
            rest = &rest[end..];
        }
        for step in session.finish() {
            if let GuardStep::Text(text) = step { shown.push_str(&text); }
        }
        prop_assert_eq!(session.text(), shown.as_str());
    }

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
        prop_assert!(!guard.verbatim.iter().any(|index| index.contains_run(&tokens(&text))), "{text:?}");
    }
}
