//! The words around a number that say whether it is a telephone number. In the languages that posts are most often written in; a word in
//! another language is simply not known, and the layout alone decides.

use std::sync::LazyLock;

use super::Page;
use super::list::Folded;
use super::phrases::Phrases;

/// How far before a number its context words stand, in bytes.
const CONTEXT_BEFORE: usize = 40;
/// How far after a number its context words stand, in bytes.
const CONTEXT_AFTER: usize = 9;

/// Words that announce a phone number.
const ANNOUNCING: [&str; 45] = [
    "phone",
    "tel:",
    "tel.",
    "tel ",
    "telefon",
    "téléphone",
    "tél",
    "teléfono",
    "telefono",
    "telefoon",
    "telefone",
    "mobile",
    "mobil",
    "móvil",
    "cell",
    "handy",
    "portable",
    "celular",
    "fax",
    "call",
    "ring",
    "dial",
    "dm me",
    "text me",
    "sms",
    "whatsapp",
    "signal",
    "hotline",
    "reach me",
    "reach us",
    "reach her",
    "reach him",
    "answering",
    "message",
    "desk:",
    "office:",
    "rufnummer",
    "numéro",
    "puh",
    "tlf",
    "rufen",
    "anruf",
    "contact",
    "my number",
    "landline",
];
/// Words that say that the digits after them count or name something else.
const OTHERWISE: [&str; 34] = [
    "order",
    "invoice",
    "ticket",
    "tracking",
    "isbn",
    "issn",
    "doi",
    "arxiv",
    "account",
    "version",
    "zip",
    "ssn",
    "serial",
    "sku",
    "model",
    "usd",
    "eur",
    "card",
    "iban",
    "population",
    "case",
    "bug",
    "issue",
    "patent",
    "postcode",
    "postal",
    "license",
    "licence",
    "passport",
    "vat",
    "tax",
    "license plate",
    "p.o. box",
    "box ",
];
/// Words that stand directly after a phone number in a signature.
const LABELS_AFTER: [&str; 8] = ["office", "fax", "mobile", "cell", "home", "work", "phone", "desk"];

/// What the words around a number say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// The nearest one announces a phone number.
    Announce,
    /// The nearest one names something else.
    Deny,
    /// There is none.
    Silent,
}

impl Words {
    /// What the label directly after a number says.
    pub(super) fn after(page: &Page<'_>, end: usize) -> Option<Self> {
        let mut folded = Folded::new();
        folded.fold(page.bytes_after(end, CONTEXT_AFTER));
        let after = folded.text().trim_start_matches([' ', '-', '(', ':']);
        LABELS_AFTER.iter().any(|label| after.starts_with(label)).then_some(Words::Announce)
    }

    /// What the words before a number say: the last of them counts.
    pub(super) fn before(page: &Page<'_>, start: usize) -> Self {
        let mut folded = Folded::new();
        folded.fold(page.bytes_before(start, CONTEXT_BEFORE));
        let before = folded.text();
        // A word after a bracket or an underscore is part of a placeholder.
        let inside = |c: char| matches!(c, '[' | '_') || c.is_alphanumeric();
        let at_word = |at: usize| !before.get(..at).is_some_and(|head| head.ends_with(inside));
        let (mut said, mut last) = (Words::Silent, 0);
        WORDS.each(before.as_bytes(), |number, place| {
            if place.start >= last && at_word(place.start) {
                last = place.start;
                said = if number < ANNOUNCING.len() { Words::Announce } else { Words::Deny };
            }
        });
        said
    }
}

/// All context words, the announcing ones first.
static WORDS: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(ANNOUNCING.into_iter().chain(OTHERWISE)));
