//! The labels of a token classifier and what they mean here: `B-PER`, `PERSON`, `U-LOC`, `EMAIL` and the like become kinds of personal
//! data, whatever scheme (IO, BIO, BILOU, BIOES) they are written in. Labels of other things count as nothing found.

use candor_redact::Kind;

/// Names that corpora have for kinds, besides the kinds' own.
const ALIASES: [(&str, Kind); 10] = [
    ("PER", Kind::Person),
    ("GIVENNAME", Kind::Person),
    ("SURNAME", Kind::Person),
    ("FIRSTNAME", Kind::Person),
    ("LASTNAME", Kind::Person),
    ("LOC", Kind::Location),
    ("GPE", Kind::Location),
    ("ORG", Kind::Organization),
    ("NORP", Kind::Nationality),
    ("PHONE_NUMBER", Kind::Phone),
];
/// Letters before a label that say where in a name a token stands: begin, inside, last, unit, end, single, middle.
const PLACES: [char; 7] = ['B', 'I', 'L', 'U', 'E', 'S', 'M'];

/// What a row of the classifier says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// The kind, by its place in [`Labels::kinds`].
    pub(super) kind: usize,
    /// Whether the token begins a name, in schemes that say so.
    pub(super) begins: bool,
}

/// All labels of a model.
#[derive(Debug, Clone)]
pub(super) struct Labels {
    /// The kinds that are found, in the order of [`Kind::ALL`].
    pub(super) kinds: Vec<Kind>,
    /// The meaning of each row; none for what is no personal data.
    pub(super) meanings: Vec<Option<Meaning>>,
    /// Names that mean no kind, without the one for nothing.
    pub(super) ignored: Vec<String>,
}

impl Labels {
    /// Reads the labels; none when not one of them is a kind.
    pub(super) fn new(labels: &[String]) -> Option<Self> {
        let read: Vec<(Option<Kind>, bool)> = labels.iter().map(|label| read(label)).collect();
        let mut kinds: Vec<Kind> = read.iter().filter_map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let meaning = |(kind, begins): &(Option<Kind>, bool)| {
            let kind = kinds.iter().position(|known| Some(*known) == *kind)?;
            Some(Meaning { kind, begins: *begins })
        };
        let meanings = read.iter().map(meaning).collect();
        let nameless = labels.iter().zip(&read).filter(|(label, (kind, _))| kind.is_none() && !is_nothing(label));
        let mut ignored: Vec<String> = nameless.map(|(label, _)| bare(label).1.to_owned()).collect();
        ignored.sort_unstable();
        ignored.dedup();
        (!kinds.is_empty()).then_some(Self { kinds, meanings, ignored })
    }
}

/// Whether a label says that nothing is there.
fn is_nothing(label: &str) -> bool {
    ["O", "OUT", "OUTSIDE", "NONE"].iter().any(|nothing| nothing.eq_ignore_ascii_case(label))
}

/// The kind of a label, and whether it begins a name.
fn read(label: &str) -> (Option<Kind>, bool) {
    if let Some(kind) = kind(label) {
        return (Some(kind), false);
    }
    let (begins, name) = bare(label);
    (kind(name), begins)
}

/// A label without the letter of its place.
fn bare(label: &str) -> (bool, &str) {
    let mut chars = label.chars();
    let place = chars.next().filter(|place| PLACES.contains(&place.to_ascii_uppercase()));
    match (place, chars.next()) {
        (Some(place), Some('-' | '_')) => (matches!(place.to_ascii_uppercase(), 'B' | 'U' | 'S'), chars.as_str()),
        _ => (false, label),
    }
}

fn kind(name: &str) -> Option<Kind> {
    let name = name.to_ascii_uppercase().replace('-', "_");
    Kind::from_name(&name).or_else(|| ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, kind)| *kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_every_scheme_are_kinds() {
        let cases = [
            ("O", None, false),
            ("B-PER", Some(Kind::Person), true),
            ("I-PER", Some(Kind::Person), false),
            ("U-LOC", Some(Kind::Location), true),
            ("S_ORG", Some(Kind::Organization), true),
            ("L-GPE", Some(Kind::Location), false),
            ("e-person", Some(Kind::Person), false),
            ("PERSON", Some(Kind::Person), false),
            ("EMAIL", Some(Kind::Email), false),
            ("B-CREDIT_CARD", Some(Kind::CreditCard), true),
            ("I-US-SSN", Some(Kind::UsSsn), false),
            ("B-MISC", None, true),
            ("LABEL_0", None, false),
            ("", None, false),
        ];
        for (label, kind, begins) in cases {
            assert_eq!(read(label), (kind, begins), "{label}");
        }
    }

    #[test]
    fn what_is_no_kind_is_told_apart_from_nothing() {
        let of = |labels: &[&str]| Labels::new(&labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>());
        let labels = of(&["O", "B-MISC", "I-MISC", "B-LOC", "B-PER", "I-LOC"]).expect("two kinds");
        assert_eq!(labels.kinds, [Kind::Person, Kind::Location]);
        assert_eq!(labels.ignored, ["MISC"]);
        let kinds: Vec<Option<usize>> = labels.meanings.iter().map(|m| m.map(|m| m.kind)).collect();
        assert_eq!(kinds, [None, None, None, Some(1), Some(0), Some(1)]);
        assert!(of(&["O", "LABEL_1", "NOUN"]).is_none());
    }
}
