//! Made-up values that look real and belong to nobody: reserved mail domains, the telephone numbers kept for fiction, documentation
//! addresses, card and account numbers whose check digits are wrong. A surrogate is a function of the key and the value, so it is the same
//! wherever the value is written; without the key nobody can go back or test a guess.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::kind::Kind;
use crate::operator::normalize;
use crate::recognize::{has_check, is_right_anywhere, is_vin, made_up, passes_luhn, remainder_97};

/// The key of surrogates. Keep it for as long as surrogates must stay the same; destroy it to cut the link.
pub type Key = [u8; 32];

const FIRST_NAMES: [&str; 48] = [
    "Ada", "Alex", "Amal", "Andrea", "Ariel", "Ash", "Avery", "Bo", "Casey", "Charlie", "Chris", "Dana", "Devin",
    "Eden", "Elia", "Emery", "Finley", "Gale", "Harper", "Imani", "Jamie", "Jesse", "Jordan", "Jules", "Kai", "Kim",
    "Lane", "Lee", "Logan", "Lou", "Marley", "Mika", "Morgan", "Nico", "Noa", "Parker", "Quinn", "Remy", "Riley",
    "Robin", "Rowan", "Sam", "Sasha", "Skyler", "Taylor", "Tracy", "Val", "Winter",
];
const LAST_NAMES: [&str; 48] = [
    "Abbott", "Adler", "Alder", "Archer", "Bailey", "Barlow", "Bauer", "Bennett", "Berger", "Birch", "Brandt",
    "Calloway", "Carver", "Castell", "Dalton", "Decker", "Dunne", "Easton", "Ellery", "Falk", "Fenwick", "Garner",
    "Hale", "Hartley", "Holm", "Ingram", "Jansen", "Keller", "Lang", "Linden", "Marsh", "Mercer", "Novak", "Olsen",
    "Palmer", "Quill", "Ramsey", "Reyes", "Sander", "Sutter", "Thorne", "Tully", "Ulrich", "Vance", "Voss", "Weller",
    "Winslow", "Yates",
];
const MAIL_DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];
/// Parts of made-up values that belong to nobody: domains, telephone numbers and networks that are kept for examples.
pub(crate) const RESERVED: [&str; 8] =
    ["example.com", "example.org", "example.net", "-555-01", "192.0.2.", "198.51.100.", "203.0.113.", "2001:db8::"];
/// Area codes of the North American plan.
const AREAS: [&str; 16] =
    ["202", "206", "212", "213", "303", "305", "312", "404", "415", "503", "602", "617", "702", "713", "808", "919"];

/// How surrogates of a kind are made from the dice and the value.
type Maker = fn(&mut Dice, &str) -> String;

const MAKERS: [(Kind, Maker); 11] = [
    (Kind::Email, |dice, _| email(dice)),
    (Kind::Phone, phone),
    (Kind::CreditCard, |dice, _| card(dice)),
    (Kind::Iban, iban),
    (Kind::IpAddress, address),
    (Kind::MacAddress, |dice, _| format!("00:00:5e:00:53:{:02x}", dice.byte())),
    (Kind::Url, |dice, _| format!("https://example.com/u/{}", dice.hex())),
    (Kind::Handle, |dice, _| format!("{}{}", crate::recognize::RESERVED_HANDLE, dice.hex())),
    (Kind::ProfileUrl, |dice, _| format!("https://example.com/in/{}", dice.hex())),
    (Kind::StreetAddress, |dice, _| format!("{} Example Street", 1 + dice.below(200))),
    (Kind::Person, person),
];
/// How many numbers are drawn before none is found that is wrong.
const DRAWS: u8 = 16;

/// Makes surrogates for one key.
#[derive(Clone)]
pub(crate) struct Surrogates {
    mac: Hmac<Sha256>,
}

impl Surrogates {
    /// The surrogates of a key. HMAC takes a key of any length, so there is always one.
    pub(crate) fn new(key: &Key) -> Option<Self> {
        Hmac::new_from_slice(key).ok().map(|mac| Self { mac })
    }

    /// A surrogate for the value; another `attempt` gives another one. None for kinds of which every value may be somebody's.
    pub(crate) fn make(&self, kind: Kind, value: &str, attempt: u8) -> Option<String> {
        let mut dice = self.dice(kind, value, attempt);
        match MAKERS.iter().find(|(made, _)| *made == kind) {
            Some((_, maker)) => Some(maker(&mut dice, value)),
            None if kind == Kind::IdNumber => other_number(&mut dice, value),
            None if has_check(kind) || kind == Kind::Vin => wrong_number(&mut dice, value),
            None => None,
        }
    }

    /// Twelve letters for the value, which without the key nobody can make.
    pub(crate) fn pseudonym(&self, kind: Kind, value: &str) -> String {
        let mut dice = self.dice(kind, value, u8::MAX);
        let letters: String = (0..12).map(|_| char::from(b'a' + dice.byte() % 16)).collect();
        format!("[{kind}_{letters}]")
    }

    fn dice(&self, kind: Kind, value: &str, attempt: u8) -> Dice {
        let mut mac = self.mac.clone();
        mac.update(kind.name().as_bytes());
        mac.update(&[0, attempt]);
        mac.update(normalize(kind, value).as_bytes());
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        Dice { bytes, next: 0 }
    }
}

/// Numbers drawn from the bytes of one HMAC. The bytes are used again when they run out, which only longer values do.
struct Dice {
    bytes: [u8; 32],
    next: usize,
}

impl Dice {
    fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.next % 32).copied().unwrap_or_default();
        self.next += 1;
        byte
    }

    fn below(&mut self, bound: usize) -> usize {
        let wide = usize::from(self.byte()) << 8 | usize::from(self.byte());
        wide % bound.max(1)
    }

    fn digit(&mut self) -> u8 {
        self.byte() % 10
    }

    fn pick(&mut self, list: &'static [&'static str]) -> &'static str {
        let at = self.below(list.len());
        list.get(at).copied().unwrap_or_default()
    }

    /// Eight hex digits.
    fn hex(&mut self) -> String {
        let bytes = [self.byte(), self.byte(), self.byte(), self.byte()];
        hex::encode(bytes)
    }
}

/// A number of the same form whose check fails for every authority.
fn wrong_number(dice: &mut Dice, value: &str) -> Option<String> {
    let drawn = |dice: &mut Dice| -> String {
        let other = |c: char| match c {
            '0'..='9' => char::from(b'0' + dice.digit()),
            'A'..='Z' => char::from(b'A' + dice.byte() % 26),
            'a'..='z' => char::from(b'a' + dice.byte() % 26),
            c => c,
        };
        value.chars().map(other).collect()
    };
    (0..DRAWS).map(|_| drawn(dice)).find(|number| !is_right_anywhere(number) && !is_vin(number))
}

/// A number of the same form of those that are kept for surrogates, if possible one that no authority gives. Some give any number.
fn other_number(dice: &mut Dice, value: &str) -> Option<String> {
    let mut drawn = || made_up(value, || dice.byte());
    let wrong = |number: &String| !is_right_anywhere(number) && !is_vin(number);
    (0..DRAWS).filter_map(|_| drawn()).find(wrong).or_else(&mut drawn)
}

fn email(dice: &mut Dice) -> String {
    let (first, last) = (dice.pick(&FIRST_NAMES), dice.pick(&LAST_NAMES));
    let number = dice.below(1_000);
    format!("{}.{}{number}@{}", first.to_lowercase(), last.to_lowercase(), dice.pick(&MAIL_DOMAINS))
}

fn phone(dice: &mut Dice, value: &str) -> String {
    let abroad = if value.starts_with('+') || value.starts_with("00") { "+1-" } else { "" };
    format!("{abroad}{}-555-01{:02}", dice.pick(&AREAS), dice.below(100))
}

/// Sixteen digits that begin like a card and fail its check digit.
fn card(dice: &mut Dice) -> String {
    let mut digits = vec![4];
    digits.extend(std::iter::repeat_with(|| dice.digit()).take(15));
    if passes_luhn(&digits)
        && let Some(last) = digits.last_mut()
    {
        *last = (*last + 1) % 10;
    }
    digits.iter().map(|digit| char::from(b'0' + digit)).collect()
}

/// An account number of the same country whose check digits, 00, no bank gives.
fn iban(dice: &mut Dice, value: &str) -> String {
    let country: String = value.chars().take(2).collect::<String>().to_ascii_uppercase();
    let length = crate::recognize::iban_length(&country).unwrap_or(22);
    let mut number = format!("{country}00");
    number.extend(std::iter::repeat_with(|| char::from(b'0' + dice.digit())).take(length.saturating_sub(4)));
    if remainder_97(&number) == Some(1) {
        // Another last digit changes the remainder, so the number cannot pass again.
        let last = number.pop().and_then(|c| c.to_digit(10)).unwrap_or_default();
        number.extend(char::from_digit((last + 1) % 10, 10));
    }
    number
}

fn address(dice: &mut Dice, value: &str) -> String {
    if value.contains(':') {
        return format!("2001:db8::{:x}:{:x}", dice.below(0xffff) + 1, dice.below(0xffff) + 1);
    }
    let network = dice.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{network}.{}", 1 + dice.below(254))
}

fn person(dice: &mut Dice, value: &str) -> String {
    let name = format!("{} {}", dice.pick(&FIRST_NAMES), dice.pick(&LAST_NAMES));
    let has = |case: fn(char) -> bool| value.contains(case);
    match (has(char::is_uppercase), has(char::is_lowercase)) {
        (false, true) => name.to_lowercase(),
        (true, false) => name.to_uppercase(),
        (_, _) => name,
    }
}

/// Whether surrogates for people can read so. Where people get surrogates, the search for names leaves these some two thousand pairs alone,
/// so that redacting twice changes nothing; the few people who have such a name pay for that.
pub(crate) fn is_made_up(first: &str, last: &str) -> bool {
    let has = |names: &[&str], word: &str| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    has(&FIRST_NAMES, first) && has(&LAST_NAMES, last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Redactor;
    use proptest::prelude::*;

    #[test]
    fn surrogates_are_found_by_nobody() {
        let surrogates = Surrogates::new(&[7; 32]).unwrap();
        let redactor = Redactor::builder().build().unwrap();
        let values = [
            (Kind::Email, "anna@firma.de"),
            (Kind::Phone, "+49 30 901820"),
            (Kind::Phone, "030 901820"),
            (Kind::CreditCard, "4111 1111 1111 1111"),
            (Kind::Iban, "de89 3704 0044 0532 0130 00"),
            (Kind::Iban, "GB29NWBK60161331926819"),
            (Kind::IpAddress, "8.8.4.4"),
            (Kind::IpAddress, "2a02:8109::1"),
            (Kind::Url, "https://a:b@c.org"),
            (Kind::Handle, "@anna_k"),
            (Kind::ProfileUrl, "https://linkedin.com/in/anna"),
            (Kind::Person, "anna kovač"),
            (Kind::MacAddress, "3c:22:fb:aa:01:9f"),
            (Kind::StreetAddress, "12 Main Street"),
        ];
        for (kind, value) in values {
            for attempt in 0..=255 {
                let surrogate = surrogates.make(kind, value, attempt).unwrap();
                let text = format!("call {surrogate}, card {surrogate} or ({surrogate})");
                assert_eq!(redactor.find(&text), [], "`{text}` for {kind}");
                assert_eq!(Some(surrogate), surrogates.make(kind, &value.to_uppercase().to_lowercase(), attempt));
            }
        }
    }

    #[test]
    fn numbers_of_authorities_become_wrong_ones() {
        let surrogates = Surrogates::new(&[7; 32]).unwrap();
        let made = |kind| MAKERS.iter().any(|(made, _)| *made == kind);
        for rule in crate::recognize::rules().filter(|rule| has_check(rule.kind) && !made(rule.kind)) {
            let value = rule.hits.iter().find_map(|hit| hit.split('{').nth(1)?.split('}').next()).unwrap();
            for attempt in 0..20 {
                let surrogate = surrogates.make(rule.kind, value, attempt);
                assert!(
                    surrogate.is_none_or(|surrogate| !is_right_anywhere(&surrogate) && surrogate.len() == value.len())
                );
            }
        }
        assert_eq!(surrogates.make(Kind::Secret, "hunter2", 0), None);
    }

    #[test]
    fn numbers_of_institutions_become_some_that_are_left() {
        let surrogates = Surrogates::new(&[7; 32]).unwrap();
        let redactor = Redactor::builder().build().unwrap();
        for value in ["EMP-2024-0891", "E1029384"] {
            for attempt in 0..100 {
                let surrogate = surrogates.make(Kind::IdNumber, value, attempt).unwrap();
                assert_eq!(redactor.find(&format!("employee ID: {surrogate}")), [], "{surrogate}");
                assert!(surrogate != value && surrogate.len() == value.len());
            }
        }
        assert_eq!(surrogates.make(Kind::IdNumber, "12345", 0), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_surrogate_passes_a_check(key in any::<[u8; 32]>(), value in "[A-Z0-9]{1,24}", attempt in any::<u8>()) {
            let surrogates = Surrogates::new(&key).unwrap();
            let redactor = Redactor::builder().build().unwrap();
            for kind in Kind::ALL {
                let Some(surrogate) = surrogates.make(kind, &value, attempt) else { continue };
                let digits: Vec<u8> = surrogate.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
                let wrong = match kind {
                    Kind::CreditCard => !passes_luhn(&digits),
                    Kind::Iban => remainder_97(&surrogate) != Some(1),
                    Kind::Vin => !is_vin(&surrogate),
                    _ => !has_check(kind) || !is_right_anywhere(&surrogate),
                };
                prop_assert!(wrong, "{} `{}`", kind, surrogate);
                let made = matches!(kind, Kind::Person) || redactor.find(&surrogate).is_empty() || has_check(kind);
                prop_assert!(made, "{} `{}` is found again", kind, surrogate);
            }
        }
    }

    #[test]
    fn another_key_gives_other_surrogates() {
        let (one, two) = (Surrogates::new(&[1; 32]).unwrap(), Surrogates::new(&[2; 32]).unwrap());
        assert_ne!(one.make(Kind::Email, "a@b.com", 0), two.make(Kind::Email, "a@b.com", 0));
        assert_eq!(one.make(Kind::Email, "a@b.com", 0), one.make(Kind::Email, "A@B.com", 0));
    }
}
