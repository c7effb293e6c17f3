//! Personal data of a prompt on its way to somebody else's model and back: out it goes as `[PERSON_1]`, and comes back as what it was. The
//! model never sees the values; whoever reads the draft never sees the stand-ins.

use std::collections::{BTreeMap, BTreeSet};

use candor_redact::{Kind, Redactor};

/// How often what was replaced is searched again. What does not come to rest is not sent.
const ROUNDS: usize = 8;
/// Stands between the texts of a prompt while they are searched together, so that a name of one is known in all.
const BETWEEN: &str = "\n\n";

/// Why texts cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("personal data in the prompt cannot be replaced")]
pub(crate) struct Unsettled;

/// The stand-ins of one prompt. Kept as long as its answer is read.
#[derive(Default)]
pub(crate) struct Pseudonyms {
    values: BTreeMap<String, String>,
    given: BTreeMap<(Kind, String), String>,
    counts: BTreeMap<&'static str, u64>,
}

impl std::fmt::Debug for Pseudonyms {
    /// How many only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pseudonyms").field("values", &self.values.len()).finish_non_exhaustive()
    }
}

impl Pseudonyms {
    /// Replaces the personal data of texts that belong together; the same value has the same stand-in in all of them.
    pub(crate) fn replace(redactor: &Redactor, texts: &[&str]) -> Result<(Vec<String>, Self), Unsettled> {
        let mut names = Self::default();
        let taken = texts.iter().flat_map(|text| placeholders(text)).collect::<BTreeSet<String>>();
        let mut texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        for _ in 0..ROUNDS {
            let whole = texts.join(BETWEEN);
            let found = redactor.find(&whole);
            if found.is_empty() {
                return Ok((texts, names));
            }
            let mut start = 0;
            for text in &mut texts {
                let end = start + text.len();
                let (mut replaced, mut done) = (String::new(), start);
                for finding in found.iter().filter(|f| f.span.end > start && f.span.start < end) {
                    let (from, to) = (finding.span.start.max(done), finding.span.end.min(end));
                    let value = whole.get(from..to).unwrap_or_default();
                    replaced.push_str(whole.get(done..from).unwrap_or_default());
                    replaced.push_str(&names.stand_in(finding.kind, value, &taken));
                    done = to.max(done);
                }
                replaced.push_str(whole.get(done..end).unwrap_or_default());
                start = end + BETWEEN.len();
                *text = replaced;
            }
        }
        Err(Unsettled)
    }

    fn stand_in(&mut self, kind: Kind, value: &str, taken: &BTreeSet<String>) -> String {
        if value.is_empty() {
            return String::new();
        }
        *self.counts.entry(kind.name()).or_default() += 1;
        let given = self.given.entry((kind, value.to_lowercase()));
        let fresh = || {
            let unused = |name: &String| !taken.contains(name) && !self.values.contains_key(name);
            (1_u32..).map(|number| format!("[{}_{number}]", kind.name())).find(unused).unwrap_or_default()
        };
        let name = given.or_insert_with(fresh).clone();
        self.values.entry(name.clone()).or_insert_with(|| value.to_owned());
        name
    }

    /// How many values were replaced, by kind.
    pub(crate) fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    /// Begins to restore an answer.
    pub(crate) fn restorer(self) -> Restorer {
        Restorer { values: self.values, held: String::new() }
    }
}

/// What looks like a stand-in in a text: none of these is given.
fn placeholders(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('[').skip(1).filter_map(|piece| piece.split_once(']')).map(|(inside, _)| format!("[{inside}]"))
}

/// Puts the values back, wherever the pieces of the answer break.
#[derive(Debug, Default)]
pub(crate) struct Restorer {
    values: BTreeMap<String, String>,
    held: String,
}

impl Restorer {
    /// Takes a piece; gives what surely holds no stand-in that is cut in two.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let mut out = String::new();
        let mut rest = self.held.as_str();
        while let Some(at) = rest.find('[') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            if let Some((name, value)) = self.values.iter().find(|(name, _)| from.starts_with(name.as_str())) {
                out.push_str(value);
                rest = from.get(name.len()..).unwrap_or_default();
            } else if self.values.keys().any(|name| name.starts_with(from)) {
                // The end may be the beginning of one.
                self.held = from.to_owned();
                return out;
            } else {
                out.push('[');
                rest = from.get(1..).unwrap_or_default();
            }
        }
        out.push_str(rest);
        self.held.clear();
        out
    }

    /// What was held back at the end of the answer.
    pub(crate) fn finish(self) -> String {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_redact::{Directory, Entry, Operator};
    use proptest::prelude::*;

    fn redactor() -> Redactor {
        let entry = |name: &str| Entry { member: "m".into(), names: vec![name.into()], ..Entry::default() };
        let directory = Directory::build([entry("Anna Kovač"), entry("Ben Li")]).unwrap();
        Redactor::builder().directory(directory).operator_for_all(Operator::Placeholder).build().unwrap()
    }

    fn restored(names: Pseudonyms, answer: &str, size: usize) -> String {
        let mut restorer = names.restorer();
        let chars: Vec<char> = answer.chars().collect();
        let mut text: String =
            chars.chunks(size).map(|piece| restorer.push(&piece.iter().collect::<String>())).collect();
        text.push_str(&restorer.finish());
        text
    }

    #[test]
    fn values_go_out_as_stand_ins_and_come_back() {
        let texts = ["Thank Anna Kovač, anna@firma.de", "Was ANNA KOVAČ there? Ask [EMAIL_1] and ben@firma.de"];
        let (out, names) = Pseudonyms::replace(&redactor(), &texts).unwrap();
        assert_eq!(out, ["Thank [PERSON_1], [EMAIL_2]", "Was [PERSON_1] there? Ask [EMAIL_1] and [EMAIL_3]"]);
        assert_eq!(names.counts(), &[("EMAIL", 2), ("PERSON", 2)].into());
        let answer = "Dear [PERSON_1] [PERSON_9] [EMAIL_1], [[EMAIL_3]] [EMAIL_2";
        assert_eq!(
            restored(names, answer, 1),
            "Dear Anna Kovač [PERSON_9] [EMAIL_1], [ben@firma.de] [EMAIL_2",
            "only what was given is restored"
        );
    }

    #[test]
    fn more_than_nine_are_told_apart() {
        let text: String = (0..12).map(|i| format!("mail{i}@firma.de ")).collect();
        let (out, names) = Pseudonyms::replace(&redactor(), &[&text]).unwrap();
        assert!(out[0].contains("[EMAIL_12]") && !out[0].contains('@'));
        assert_eq!(restored(names, &out[0], 3), text);
    }

    proptest! {
        #[test]
        fn an_echo_is_the_prompt_however_it_is_cut(
            parts in prop::collection::vec(prop_oneof![
                Just("Anna Kovač".to_owned()), Just("bo@firma.de".to_owned()), Just("[EMAIL_1]".to_owned()),
                Just("[".to_owned()), Just("]".to_owned()), Just("+49 30 901820".to_owned()), "[a-z ]{0,12}",
            ], 0..12),
            size in 1usize..20,
        ) {
            let text = parts.join(" ");
            let (out, names) = Pseudonyms::replace(&redactor(), &[&text]).unwrap();
            prop_assert!(redactor().find(&out[0]).is_empty(), "{}", out[0]);
            prop_assert_eq!(restored(names, &out[0], size).to_lowercase(), text.to_lowercase());
        }
    }
}
