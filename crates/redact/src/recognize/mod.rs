//! The recognizers, one file each, and the trait they share. A recognizer reports places and never changes the text. All of them read the
//! same [`Page`], whose clues were gathered in one pass, so text without clues costs one table step a byte.
//!
//! A new recognizer is a new file here, a line in [`all`], and a table of samples in its tests: at least three that it must find and three
//! that it must leave.

mod address;
mod age;
mod age_profiles;
#[cfg(test)]
mod age_tests;
mod age_words;
mod at_words;
mod bic;
mod birth;
mod card;
mod coordinates;
mod crypto;
mod crypto_sums;
mod dates;
mod eight;
mod email;
mod fields;
mod fullwidth;
mod handle;
mod iban;
mod ids;
mod inserts;
mod ip;
mod labels;
pub(crate) mod list;
mod literals;
mod mac;
mod marks;
mod nickname_words;
mod nicknames;
mod page;
mod phone;
mod phone_words;
mod phrases;
mod plan;
mod plates_east;
mod profiles;
mod secret;
mod secret_commands;
mod secret_names;
mod secret_prose;
mod secret_values;
mod secret_vendors;
mod secret_words;
mod spelled;
mod tables;
mod url;
mod versions;
mod vin;

pub use address::Address;
pub use bic::Bic;
pub use birth::Birth;
pub use card::Card;
pub use coordinates::Coordinates;
pub use crypto::Crypto;
pub use email::Email;
pub use fields::Fields;
pub use fullwidth::Fullwidth;
pub use handle::Handle;
pub use iban::Iban;
pub use ids::{Ids, Rule, rules};
pub use ip::Ip;
pub use labels::Labels;
pub use literals::Literal;
pub use mac::Mac;
pub use page::{LONGEST_WORD, Page};
pub use phone::Phone;
pub use secret::Secret;
pub use spelled::Spelled;
pub use url::Url;
pub use vin::Vin;

pub(crate) use address::{NOT_PLACES, SMALL_WORDS, UNITS};
pub(crate) use card::passes_luhn;
pub(crate) use handle::RESERVED_PREFIX as RESERVED_HANDLE;
pub(crate) use iban::{length_of as iban_length, remainder_97};
pub(crate) use ids::{has_check, is_right_anywhere, is_vin};

use std::sync::Arc;

use crate::finding::Finding;
use crate::kind::Kind;

/// Finds one family of personal data in a text.
///
/// An implementation takes time linear in the text whatever the text is (bounded looks back and ahead), reports spans on character
/// boundaries, and does not report reserved values (`example.com`, `555-0100`, `192.0.2.1`) or placeholders such as `[EMAIL_1]`: these are
/// what redaction writes, and redacting twice must change nothing.
pub trait Recognizer: Send + Sync {
    /// The kinds this recognizer can report.
    fn kinds(&self) -> &[Kind];

    /// Appends what it finds in `page`, in any order; findings may overlap.
    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>);
}

/// A recognizer that several redactors share.
impl<R: Recognizer + ?Sized> Recognizer for Arc<R> {
    fn kinds(&self) -> &[Kind] {
        self.as_ref().kinds()
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        self.as_ref().find(page, findings);
    }
}

/// All recognizers of structured data.
pub fn all() -> Vec<Box<dyn Recognizer>> {
    let mut recognizers = plain();
    recognizers.push(Box::new(Fields::new(plain())));
    recognizers.push(Box::new(Fullwidth::new(plain())));
    recognizers
}

/// Those that read text as it stands.
fn plain() -> Vec<Box<dyn Recognizer>> {
    vec![
        Box::new(Email),
        Box::new(Phone),
        Box::new(Card),
        Box::new(Iban),
        Box::new(Ip),
        Box::new(Url),
        Box::new(Handle),
        Box::new(Address),
        Box::new(Bic),
        Box::new(Birth),
        Box::new(Coordinates),
        Box::new(Crypto),
        Box::new(Mac),
        Box::new(Secret),
        Box::new(Vin),
        Box::new(Spelled),
        Box::new(Ids),
    ]
}

/// Runs one recognizer over samples: `{}` marks what must be found, and a sample without marks must have no finding.
#[cfg(test)]
pub(crate) fn check(recognizer: &dyn Recognizer, kind: Kind, samples: &[&str]) {
    assert!(samples.len() >= 3, "{kind} needs three samples");
    let wrong: Vec<String> = samples.iter().filter_map(|sample| mismatch(recognizer, kind, sample)).collect();
    assert_eq!(wrong, [""; 0]);
}

/// What is wrong with one sample, if anything.
#[cfg(test)]
pub(crate) fn mismatch(recognizer: &dyn Recognizer, kind: Kind, sample: &str) -> Option<String> {
    use crate::finding::{SURE, SpanText as _};
    let text = sample.replace(['{', '}'], "");
    let expected: Vec<&str> = sample.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    let mut findings = Vec::new();
    recognizer.find(&Page::new(&text), &mut findings);
    findings.retain(|finding| finding.kind == kind && finding.score >= SURE);
    crate::finding::resolve(&mut findings);
    let found: Vec<&str> = findings.iter().map(|finding| finding.span.of(&text)).collect();
    (found != expected).then(|| format!("{kind}: found {found:?} in `{sample}`"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Rows of `ids/` have a test of their own; [`check`](super::check) asks for three samples.
    #[test]
    fn every_recognizer_has_samples_of_both_sorts() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/recognize");
        let mut seen = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let path = if path.is_dir() { path.join("mod.rs") } else { path };
            let text = fs::read_to_string(&path).unwrap();
            if !text.contains("\nimpl Recognizer for ") || path.ends_with("ids/mod.rs") {
                continue;
            }
            let tests = path.with_file_name("tests.rs");
            let samples = if path.ends_with("mod.rs") { fs::read_to_string(tests).unwrap() } else { text };
            for sort in ["fn finds", "fn leaves"] {
                assert!(samples.contains(sort), "{} has no test `{sort}`", path.display());
            }
            seen += 1;
        }
        assert!(seen >= 16, "only {seen} recognizers were looked at");
    }
}
