//! Personal data that is put into synthetic texts at known places. Check digits are right, so that a careful reader takes
//! the numbers for real. They belong to nobody as far as can be known: test ranges of cards, telephone ranges kept for
//! stories, private and shared networks, made-up hosts. Ranges that a redactor leaves alone because they are kept for
//! examples (`example.com`, 555-01xx, 192.0.2.0/24) are not used: they could not show what it misses.

use super::people::{Person, pick};
use candor_core::RecordId;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// One planted piece of personal data: the truth that recall and leaks are counted against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlantedTruth {
    /// The record it is in.
    pub record: RecordId,
    /// `EMAIL`, `PHONE`, `CREDIT_CARD`, `IBAN`, `IP_ADDRESS`, `URL`, `PERSON` or `HANDLE`.
    pub kind: String,
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The text between.
    pub value: String,
}

/// Writes truths as one JSON object a line.
///
/// # Errors
/// When the output cannot be written.
pub fn write_truth(out: &mut dyn Write, truths: &[PlantedTruth]) -> io::Result<()> {
    for truth in truths {
        serde_json::to_writer(&mut *out, truth)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A planted value with the words around it.
pub(super) struct Planted {
    pub(super) kind: &'static str,
    pub(super) before: &'static str,
    pub(super) value: String,
    pub(super) after: &'static str,
}

/// Hosts of mail addresses, made up.
const MAIL_HOSTS: [&str; 4] =
    ["harborlight-office.com", "northgate-mailbox.org", "quietpost-mail.net", "riverside-workshop.com"];

/// Data of a structured kind, in a sentence.
pub(super) fn structured(rng: &mut ChaCha8Rng, who: &Person) -> Planted {
    let (kind, value, around): (_, _, &[(&str, &str)]) = match rng.random_range(0..12) {
        0..3 => (
            "EMAIL",
            email(rng, who),
            &[
                ("Write to me at ", "."),
                ("My address is ", ", use it."),
                ("Applications to ", " please."),
                ("Questions? ", " works best."),
            ],
        ),
        3..6 => (
            "PHONE",
            phone(rng),
            &[
                ("Call me on ", " after six."),
                ("My number is ", "."),
                ("Text ", " if you are late."),
                ("Reach the desk at ", " any time."),
            ],
        ),
        6 => (
            "CREDIT_CARD",
            card(rng),
            &[("They charged ", " twice."), ("Please refund the card ", "."), ("The old card ", " still worked.")],
        ),
        7 => (
            "IBAN",
            iban(rng),
            &[("Donations go to ", "."), ("Our account is ", " for the deposit."), ("I paid into ", " last week.")],
        ),
        8 | 9 => (
            "IP_ADDRESS",
            ip(rng),
            &[("The request came from ", "."), ("Somebody at ", " scanned us."), ("My machine is ", " today.")],
        ),
        _ => (
            "URL",
            url(rng, who),
            &[("My page is ", " by the way."), ("See ", " for more."), ("I keep the notes at ", " now.")],
        ),
    };
    let (before, after) = pick(rng, around).copied().unwrap_or(("", "."));
    Planted { kind, before, value, after }
}

/// A mention of another member: by name, by handle or by profile page.
pub(super) fn mention(rng: &mut ChaCha8Rng, other: &Person) -> Planted {
    let (kind, value, around): (_, _, &[(&str, &str)]) = match rng.random_range(0..10) {
        0..6 => (
            "PERSON",
            other.member.name.clone(),
            &[
                ("Thanks to ", " for the idea."),
                ("I learned this from ", "."),
                ("As ", " wrote here, it takes time."),
                ("I met ", " at the fair."),
                ("It was ", " who noticed first."),
                ("Credit where due: ", "."),
            ],
        ),
        6..9 => (
            "HANDLE",
            format!("@{}", other.member.handle.as_deref().unwrap_or("nobody")),
            &[("Ask ", " about it."), ("cc ", " because you asked."), ("Hat tip ", "."), ("I agree with ", " here.")],
        ),
        _ => (
            "URL",
            other.member.profile_url.clone().unwrap_or_default(),
            &[("Look at ", " for a good example."), ("Follow ", " if you care about this.")],
        ),
    };
    let (before, after) = pick(rng, around).copied().unwrap_or(("", "."));
    Planted { kind, before, value, after }
}

fn email(rng: &mut ChaCha8Rng, who: &Person) -> String {
    let handle = who.member.handle.as_deref().unwrap_or("someone");
    let domain = pick(rng, &MAIL_HOSTS);
    let user = match rng.random_range(0..3) {
        0 => handle.to_owned(),
        1 => handle.replace('.', "_"),
        _ => format!("{handle}+work"),
    };
    format!("{user}@{}", domain.copied().unwrap_or(MAIL_HOSTS[0]))
}

/// Numbers of exchanges and ranges that are given to nobody, as people write them.
fn phone(rng: &mut ChaCha8Rng) -> String {
    let (two, three, four) = (rng.random_range(10..100), rng.random_range(100..1_000), rng.random_range(1_000..10_000));
    match rng.random_range(0..8) {
        0 => format!("(212) 555-27{two}"),
        1 => format!("+1 415 555 36{two}"),
        2 => format!("020 7946 0{three}"),
        3 => format!("+44 20 7946 0{three}"),
        4 => format!("+49 30 23125 {three}"),
        5 => format!("+33 1 99 00 {two} {}", rng.random_range(10..100)),
        6 => format!("+61 2 5550 {four}"),
        _ => format!("312-555-48{two}"),
    }
}

fn digits(rng: &mut ChaCha8Rng, count: usize) -> String {
    (0..count).filter_map(|_| char::from_digit(rng.random_range(0..10), 10)).collect()
}

/// A card number of a test range with its check digit.
fn card(rng: &mut ChaCha8Rng) -> String {
    let prefix = pick(rng, &["411111", "400000", "555555", "222300"]).copied().unwrap_or("411111");
    let body = format!("{prefix}{}", digits(rng, 9));
    let full = format!("{body}{}", luhn(&body));
    let group = |by: &str| {
        let chars: Vec<char> = full.chars().collect();
        chars.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(by)
    };
    match rng.random_range(0..3) {
        0 => full,
        1 => group("-"),
        _ => group(" "),
    }
}

/// The digit that makes the number pass the Luhn check.
fn luhn(body: &str) -> u32 {
    let sum: u32 = body
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, double) if double > 9 => double - 9,
            (0, double) => double,
            _ => digit,
        })
        .sum();
    (10 - sum % 10) % 10
}

/// An account number with its check digits.
fn iban(rng: &mut ChaCha8Rng) -> String {
    let (country, account) = match rng.random_range(0..4) {
        0 => ("DE", digits(rng, 18)),
        1 => ("GB", format!("NWBK{}", digits(rng, 14))),
        2 => ("NL", format!("ABNA{}", digits(rng, 10))),
        _ => ("FR", digits(rng, 23)),
    };
    let check = 98 - mod97(&format!("{account}{country}00"));
    let full = format!("{country}{check:02}{account}");
    if rng.random_range(0..2) == 0 {
        return full;
    }
    let chars: Vec<char> = full.chars().collect();
    chars.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The remainder by 97, letters read as 10 to 35.
fn mod97(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let shifted = if value > 9 { rest * 100 } else { rest * 10 };
        (shifted + value) % 97
    })
}

/// An address of a private or shared network.
fn ip(rng: &mut ChaCha8Rng) -> String {
    let host = rng.random_range(1..255);
    match rng.random_range(0..4) {
        0 => format!("10.20.30.{host}"),
        1 => format!("172.20.4.{host}"),
        2 => format!("100.64.7.{host}"),
        _ => format!("fd12:3456:{:x}::{host:x}", rng.random_range(1..65_000)),
    }
}

fn url(rng: &mut ChaCha8Rng, who: &Person) -> String {
    let handle = who.member.handle.as_deref().unwrap_or("someone");
    match rng.random_range(0..4) {
        0 => format!("https://portfolio-of-mine.net/users/{handle}"),
        1 => format!("https://codeshelf-hosting.net/~{handle}/notes"),
        2 => format!("https://guild-of-trades.net/in/{handle}"),
        _ => format!("https://portfolio-of-mine.net/u/{handle}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn check_digits_are_right() {
        assert_eq!(luhn("411111111111111"), 1);
        assert_eq!(mod97("370400440532013000DE89"), 1);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..200 {
            let card: String = card(&mut rng).chars().filter(char::is_ascii_digit).collect();
            let (body, check) = card.split_at(15);
            assert_eq!(luhn(body).to_string(), check);
            let iban = iban(&mut rng).replace(' ', "");
            let (head, tail) = iban.split_at(4);
            assert_eq!(mod97(&format!("{tail}{head}")), 1, "{iban}");
        }
    }
}
