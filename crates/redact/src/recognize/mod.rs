//! The recognizers, one file each, and the trait they share. A recognizer reports places and never changes the text. All of them read the
//! same [`Page`], whose clues were gathered in one pass; a recognizer that needs a clue that a text does not have is not asked.
//!
//! A new recognizer is a new file here, a line in `Recognizers` with its needs, and a table of samples in its tests: at least three that it
//! must find and three that it must leave.

mod address;
mod age;
mod age_object;
mod age_profiles;
mod age_spelled;
#[cfg(test)]
mod age_tests;
mod age_words;
mod at_words;
mod bic;
mod birth;
mod birth_cues;
mod birth_years;
mod card;
mod clues;
mod coordinates;
mod crypto;
mod crypto_sums;
mod dates;
mod dates_thai;
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
mod needs;
mod nickname_words;
mod nicknames;
mod page;
mod phone;
mod phone_looks;
#[cfg(test)]
mod phone_tests;
mod phone_words;
mod phrases;
mod plan;
mod planes;
mod plates_east;
mod profiles;
mod secret;
mod secret_commands;
mod secret_keys;
mod secret_makers;
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
pub use age_spelled::AgeWords;
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
pub(crate) use age_spelled::number_of;
pub(crate) use card::passes_luhn;
pub(crate) use handle::RESERVED_PREFIX as RESERVED_HANDLE;
pub(crate) use iban::{length_of as iban_length, remainder_97};
pub(crate) use ids::{has_check, is_right_anywhere, is_vin, made_up};

use std::sync::Arc;

use needs::Needs;

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

/// A recognizer whose findings can settle what their digits are.
trait Settle: Recognizer {
    /// What the digits of a finding of its own may still be.
    fn settles(&self, finding: &Finding, text: &str) -> Left;
}

/// What digits that were found may still be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// Another number that a word, a layout or check digits tell.
    Number,
    /// A value whose name stands apart from it, such as that of a column.
    Field,
    Anything,
}

/// Recognizers, each with its needs: one of them must be met for it to find anything.
pub(crate) struct Recognizers {
    /// Asked first, one after the other. Digits that one of them settles are not shown to any other.
    settling: Vec<(Needs, Box<dyn Settle>)>,
    others: Vec<(Needs, Box<dyn Recognizer>)>,
    /// What any of the others needs.
    needed: Needs,
}

impl Recognizers {
    /// All recognizers of structured data.
    pub(crate) fn all() -> Self {
        let mut recognizers = Self::plain();
        let fields = Needs::NEWLINE.and(Needs::LITERAL).and(Needs::SLASH).and(Needs::EQUALS).and(Needs::COLON);
        recognizers.add(fields, Fields::new(Self::plain()));
        recognizers.add(Needs::FOREIGN, Fullwidth::new(Self::plain()));
        recognizers
    }

    /// Those that read text as it stands.
    fn plain() -> Self {
        let names = Needs::AT.and(Needs::COLON).and(Needs::EQUALS).and(Needs::UNDERSCORE).and(Needs::SLASH);
        let secrets = Needs::SECRET.and(Needs::COLON).and(Needs::EQUALS).and(Needs::LITERAL).and(Needs::SLASH);
        let words = Needs::LITERAL.and(Needs::UNDERSCORE).and(Needs::CODE).and(Needs::COLON).and(Needs::AT);
        let settling: Vec<(Needs, Box<dyn Settle>)> = vec![
            (Needs::HOUSE.and(Needs::LITERAL).and(Needs::COLON), Box::new(Address)),
            (Needs::IBAN, Box::new(Iban)),
            (Needs::CARD, Box::new(Card)),
            (Needs::PHONE, Box::new(Phone)),
            (Needs::DIGIT, Box::new(Birth)),
        ];
        let others: Vec<(Needs, Box<dyn Recognizer>)> = vec![
            (Needs::DIGIT, Box::new(Ids)),
            (Needs::LITERAL, Box::new(AgeWords)),
            (secrets, Box::new(Secret)),
            (Needs::MAC, Box::new(Mac)),
            (Needs::PLACE, Box::new(Coordinates)),
            (Needs::IP.and(Needs::COLON), Box::new(Ip)),
            (Needs::WALLET, Box::new(Crypto)),
            (Needs::VEHICLE, Box::new(Vin)),
            (Needs::LITERAL.and(Needs::COLON), Box::new(Bic)),
            (words, Box::new(Spelled)),
            (names.and(Needs::NICKNAME), Box::new(Handle)),
            (Needs::AT, Box::new(Email)),
            (Needs::SLASH, Box::new(Url)),
        ];
        let needed = others.iter().fold(Needs::NONE, |needed, (needs, _)| needed.and(*needs));
        Self { settling, others, needed }
    }

    /// One more, whatever stands in a text.
    pub(crate) fn push(&mut self, recognizer: impl Recognizer + 'static) {
        self.add(Needs::TEXT, recognizer);
    }

    fn add(&mut self, needs: Needs, recognizer: impl Recognizer + 'static) {
        self.needed = self.needed.and(needs);
        self.others.push((needs, Box::new(recognizer)));
    }

    /// The kinds that they report.
    fn kinds(&self) -> Vec<Kind> {
        let settling = self.settling.iter().flat_map(|(_, recognizer)| recognizer.kinds());
        settling.chain(self.others.iter().flat_map(|(_, recognizer)| recognizer.kinds())).copied().collect()
    }

    /// Appends what they find.
    pub(crate) fn find(&self, page: &mut Page<'_>, findings: &mut Vec<Finding>) {
        for (needs, recognizer) in &self.settling {
            if page.meets(*needs) {
                let (text, known) = (page.text(), findings.len());
                recognizer.find(page, findings);
                if findings.len() > known {
                    let found = findings.iter().skip(known);
                    page.settle(found.map(|finding| (finding.span, recognizer.settles(finding, text))));
                }
            }
        }
        page.drop_settled();
        // Which of them are asked is told by bits: it is another set for every text, and in many texts none.
        let others = if page.meets(self.needed) { self.others.as_slice() } else { &[] };
        for some in others.chunks(u64::BITS as usize) {
            let bits = some.iter().enumerate().map(|(number, (needs, _))| u64::from(page.meets(*needs)) << number);
            let mut asked = bits.fold(0, |asked, bit| asked | bit);
            while let Some((_, recognizer)) = some.get(asked.trailing_zeros() as usize) {
                recognizer.find(page, findings);
                asked &= asked - 1;
            }
        }
    }
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

    use proptest::prelude::*;

    use super::*;
    use crate::finding::{SURE, SpanText as _, resolve};

    /// What recognizers find, and what is like it.
    const VALUES: [&str; 42] = [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "5018646679096",
        "378282246310005",
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "IBAN DE 89 370400440532013000",
        "ibanDE89370400440532013000",
        "00:1B:44:11:3A:B7",
        "00-1b-44-11-3a-b7",
        "001b.4411.3ab7",
        "mac 001122334455",
        "8.8.8.8",
        "10.0.0.7:80",
        "2a02:8109::1",
        "52.520008, 13.404954",
        "52°31'12.0\"N 13°24'18.0\"E",
        "57 deg 38' 34.41\" S, 159 Deg 11' 5.75\" E",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "password: hunter22",
        "PIN: 4711",
        "123456789:AAabcdefghijklmnopqrstuvwxyz0123456",
        "12 Main Street",
        "Hauptstr. 5, 10115 Berlin",
        "1M8GDM9AXKP042788",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "anna%40firma.de",
        "anna&#64;firma.de",
        "@anna_k",
        "u/annak22",
        "discord anna22",
        "born 12.03.1985",
        "aged 34",
        "aged thirty-four",
        "a seven-year-old boy",
        "she was born in 1985",
        ":57A:DEUTDEFF",
        "Street: Oak Lane",
        "routing 021000021, account 12345678",
        "+49 30 901820",
        "(212) 555-2368",
        "9999 4321",
    ];

    proptest! {
        #[test]
        fn what_needs_are_not_met_is_found_by_nobody(
            parts in prop::collection::vec((prop::sample::select(&VALUES[..]), "[a-zé0-9 ,.;:/_#$%+=\\-\\n\"'(|]{0,3}"), 1..4)
        ) {
            let text: String = parts.iter().map(|(value, sign)| format!("{value}{sign}")).collect();
            let (mut found, mut of_all) = (Vec::new(), Vec::new());
            let recognizers = Recognizers::all();
            recognizers.find(&mut Page::new(&text), &mut found);
            recognizers.find(&mut Page::meeting_all(&text), &mut of_all);
            prop_assert_eq!(found, of_all, "in `{}`", text);
        }
    }

    #[test]
    fn what_is_settled_is_nothing_else() {
        let samples: [(&str, &[(Kind, &str)]); 11] = [
            ("at 38a Kings Road, London M1 7AP.", &[(Kind::StreetAddress, "38a Kings Road, London M1 7AP")]),
            ("Moro na Rua Augusta, 8, CEP 65636-965", &[(Kind::StreetAddress, "Rua Augusta, 8, CEP 65636-965")]),
            (
                "postalCode: 78707\nstreet: 12 Main Street",
                &[(Kind::PostalCode, "78707"), (Kind::StreetAddress, "12 Main Street")],
            ),
            (
                "NHS 446-008-5704, 12 Park Close",
                &[(Kind::UkNhs, "446-008-5704"), (Kind::StreetAddress, "12 Park Close")],
            ),
            ("银行卡号：6011 8948 4702 5574", &[(Kind::CreditCard, "6011 8948 4702 5574")]),
            (
                "CEP: 01496-058\nCelular: +55 11 93795-9104",
                &[(Kind::PostalCode, "01496-058"), (Kind::Phone, "+55 11 93795-9104")],
            ),
            (
                "\"dob\":\"26 June 1950\",\"zip\":\"07100\"",
                &[(Kind::DateOfBirth, "26 June 1950"), (Kind::PostalCode, "07100")],
            ),
            (
                "name,dob\nAnn,1950-06-26\nTim,7/8/1961",
                &[(Kind::DateOfBirth, "1950-06-26"), (Kind::DateOfBirth, "7/8/1961")],
            ),
            ("my password is 12/03/1985!Ann", &[(Kind::Secret, "12/03/1985!Ann")]),
            ("the password is Ann!12/03/1985", &[(Kind::Secret, "Ann!12/03/1985")]),
            // The number is longer than what passes as a house with a unit.
            ("Hauptstr. 5 030-9018200", &[(Kind::StreetAddress, "Hauptstr. 5"), (Kind::Phone, "030-9018200")]),
        ];
        for (text, expected) in samples {
            let mut found = Vec::new();
            Recognizers::all().find(&mut Page::new(text), &mut found);
            found.retain(|finding| finding.score >= SURE);
            resolve(&mut found);
            let found: Vec<_> = found.iter().map(|finding| (finding.kind, finding.span.of(text))).collect();
            assert_eq!(found, expected);
        }
    }

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
