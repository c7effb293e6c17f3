//! What takes the place of a finding: nothing, stars, a numbered placeholder or a surrogate. Operators never see the rest of the text.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kind::{Family, Kind};
use crate::names::KnownNames;
use crate::recognize::number_of;

/// The longest placeholder or pseudonym, in bytes.
pub(crate) const PLACEHOLDER_LIMIT: usize = 48;

/// What to do with a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Takes the data out and leaves nothing.
    Remove,
    /// Writes a star for every letter and digit; of cards and account numbers the last four stay.
    Mask,
    /// Writes the kind and a number, `[EMAIL_1]`. The same value has the same number in a text.
    #[default]
    Placeholder,
    /// Writes the kind and letters that only the key can make of the value, `[EMAIL_bdkpfamcolne]`: the same in every text.
    Pseudonym,
    /// Writes a made-up value of the same kind from ranges that belong to nobody. The same value has the same surrogate for a key.
    Surrogate,
    /// Writes something less exact where there is such: a year for a birthday, a decade of life, a part of a network. Else a placeholder.
    Generalize,
}

impl Operator {
    /// Every operator, as commands list them.
    pub const ALL: [Operator; 6] = [
        Operator::Remove,
        Operator::Mask,
        Operator::Placeholder,
        Operator::Pseudonym,
        Operator::Surrogate,
        Operator::Generalize,
    ];

    /// The name in configuration and commands, such as `placeholder`.
    pub fn name(self) -> &'static str {
        match self {
            Operator::Remove => "remove",
            Operator::Mask => "mask",
            Operator::Placeholder => "placeholder",
            Operator::Pseudonym => "pseudonym",
            Operator::Surrogate => "surrogate",
            Operator::Generalize => "generalize",
        }
    }

    /// Whether it needs a key.
    pub fn needs_key(self) -> bool {
        match self {
            Operator::Pseudonym | Operator::Surrogate => true,
            Operator::Remove | Operator::Mask | Operator::Placeholder | Operator::Generalize => false,
        }
    }

    /// The operator of that name, as [`Operator::name`] writes it.
    pub fn from_name(name: &str) -> Option<Operator> {
        Operator::ALL.into_iter().find(|operator| operator.name() == name)
    }
}

/// How many characters at the end of a masked card or account number stay.
const MASK_KEEPS: usize = 4;

/// The value with a star for every letter and digit.
pub(crate) fn mask(kind: Kind, value: &str) -> String {
    let keeps = if matches!(kind, Kind::CreditCard | Kind::Iban) { MASK_KEEPS } else { 0 };
    let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
    let mut seen = 0;
    let star = |c: char| {
        if !c.is_alphanumeric() {
            return c;
        }
        seen += 1;
        if seen + keeps > letters { c } else { '*' }
    };
    value.chars().map(star).collect()
}

/// A value in the spelling in which two writings of the same data are equal.
pub(crate) fn normalize(kind: Kind, value: &str) -> String {
    if matches!(kind, Kind::Phone | Kind::CreditCard) {
        return value.chars().filter(char::is_ascii_digit).collect();
    }
    if kind == Kind::ProfileUrl {
        let lower = value.to_lowercase();
        let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
        return rest.strip_prefix("www.").unwrap_or(rest).trim_end_matches('/').to_owned();
    }
    // Case tells secrets and wallets apart.
    if matches!(kind, Kind::Secret | Kind::Crypto) {
        return value.to_owned();
    }
    match kind.family() {
        Family::Account | Family::Identity | Family::Vehicle => {
            value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
        }
        Family::Contact
        | Family::Network
        | Family::Person
        | Family::Place
        | Family::Organization
        | Family::Date
        | Family::Secret => value.to_lowercase(),
    }
}

/// The value made less exact; none where that is not known how.
pub(crate) fn generalize(kind: Kind, value: &str) -> Option<String> {
    let digits = |piece: &&str| !piece.is_empty() && piece.bytes().all(|b| b.is_ascii_digit());
    let mut pieces = value.split(|c: char| !c.is_ascii_alphanumeric());
    if matches!(kind, Kind::DateOfBirth | Kind::DateTime) {
        return pieces.filter(digits).find(|piece| piece.len() == 4).map(str::to_owned);
    }
    if kind == Kind::Age {
        let age = value.parse::<usize>().ok().filter(|age| *age < 256).or_else(|| number_of(value));
        return age.map(|age| format!("{}s", age / 10 * 10));
    }
    if kind == Kind::PostalCode {
        let first = pieces.next().unwrap_or_default();
        let area: String = value.chars().take(2).collect();
        return Some(if first.contains(char::is_alphabetic) && first.len() < 5 {
            first.to_owned()
        } else {
            format!("{area}***")
        });
    }
    if kind == Kind::IpAddress && !value.contains(':') {
        let (first, second) = (pieces.next()?, pieces.next()?);
        return Some(format!("{first}.{second}.*.*"));
    }
    if kind == Kind::Coordinates {
        let numbers = value
            .split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-')
            .filter_map(|piece| piece.parse::<f64>().ok());
        let rounded: Vec<String> = numbers.map(|number| format!("{number:.1}")).collect();
        return (rounded.len() == 2).then(|| rounded.join(", "));
    }
    None
}

/// The most values whose number is remembered; a text with more of them, some hundred megabytes of nothing else, gives later ones a new
/// number each time. Bounds the memory.
const MOST_NUMBERED: usize = 250_000;

/// The numbers of placeholders in texts that belong together: the same value has the same number, and numbers that the texts already use are
/// not given again. Values are kept as digests only.
#[derive(Default)]
pub struct Numbering {
    given: HashMap<[u8; 16], u32>,
    last: HashMap<Kind, u32>,
    /// Who was surely named in these texts.
    pub(crate) people: KnownNames,
}

impl std::fmt::Debug for Numbering {
    /// How many only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Numbering").field("given", &self.given.len()).finish_non_exhaustive()
    }
}

/// The same for two writings of the same value.
fn digest(kind: Kind, value: &str) -> [u8; 16] {
    let digest =
        Sha256::new().chain_update(kind.name()).chain_update([0]).chain_update(normalize(kind, value)).finalize();
    let mut half = [0; 16];
    half.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    half
}

impl Numbering {
    /// Starts after the placeholders that `text` holds.
    pub(crate) fn after(text: &str) -> Self {
        let mut numbering = Self::default();
        numbering.skip(text);
        numbering
    }

    /// Gives no number that a placeholder in `text` has.
    pub fn skip(&mut self, text: &str) {
        for piece in text.split('[').skip(1) {
            let Some((kind, number)) = placeholder(piece) else { continue };
            let highest: &mut u32 = self.last.entry(kind).or_default();
            *highest = number.max(*highest);
        }
    }

    /// The placeholder for a value.
    pub(crate) fn placeholder(&mut self, kind: Kind, value: &str) -> String {
        let digest = digest(kind, value);
        let number = self.given.get(&digest).copied().unwrap_or_else(|| {
            let number = self.last.entry(kind).or_default();
            *number = number.saturating_add(1);
            if self.given.len() < MOST_NUMBERED {
                self.given.insert(digest, *number);
            }
            *number
        });
        format!("[{kind}_{number}]")
    }
}

/// The kind and number of a placeholder whose opening bracket was cut off.
fn placeholder(piece: &str) -> Option<(Kind, u32)> {
    let (inside, _) = piece.get(..piece.len().min(32)).unwrap_or(piece).split_once(']')?;
    let (name, number) = inside.rsplit_once('_')?;
    let number = Some(number).filter(|digits| digits.len() <= 6)?.parse().ok()?;
    Some((Kind::from_name(name)?, number))
}

/// Whether this stands between the brackets of a placeholder or a pseudonym.
pub(crate) fn is_placeholder(inside: &str) -> bool {
    let is_mark = |mark: &str| !mark.is_empty() && mark.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    inside.rsplit_once('_').is_some_and(|(name, mark)| is_mark(mark) && Kind::from_name(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_form() {
        let cases = [
            (Kind::Email, "anna@b.com", "****@*.***"),
            (Kind::CreditCard, "4111 1111 1111 1234", "**** **** **** 1234"),
            (Kind::Phone, "+49 30 1", "+** ** *"),
            (Kind::Person, "Åsa Öl", "*** **"),
        ];
        for (kind, value, masked) in cases {
            assert_eq!(mask(kind, value), masked);
        }
    }

    #[test]
    fn numbers_follow_the_value_and_the_text() {
        let mut numbering = Numbering::after("[EMAIL_7] [EMAIL_x] [PHONE_99999999] [nothing");
        assert_eq!(numbering.placeholder(Kind::Email, "A@b.com"), "[EMAIL_8]");
        assert_eq!(numbering.placeholder(Kind::Email, "c@b.com"), "[EMAIL_9]");
        assert_eq!(numbering.placeholder(Kind::Email, "a@B.com"), "[EMAIL_8]");
        assert_eq!(numbering.placeholder(Kind::Phone, "+1 23"), "[PHONE_1]");
    }

    #[test]
    fn generalized_values_say_less() {
        let cases = [
            (Kind::DateOfBirth, "12/03/1985", Some("1985")),
            (Kind::DateOfBirth, "12.03.85", None),
            (Kind::Age, "34", Some("30s")),
            (Kind::PostalCode, "SW1A 1AA", Some("SW1A")),
            (Kind::PostalCode, "94105-1234", Some("94***")),
            (Kind::IpAddress, "86.121.97.248", Some("86.121.*.*")),
            (Kind::Coordinates, "52.520008, -13.404954", Some("52.5, -13.4")),
            (Kind::Email, "a@b.com", None),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(generalize(kind, value).as_deref(), expected);
        }
    }

    #[test]
    fn names_go_there_and_back() {
        for operator in Operator::ALL {
            assert_eq!(Operator::from_name(operator.name()), Some(operator));
            assert_eq!(serde_json::to_value(operator).unwrap(), operator.name());
        }
    }
}
