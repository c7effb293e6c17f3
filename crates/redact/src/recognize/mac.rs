//! Hardware addresses of network devices: six pairs of hex digits with colons or hyphens, three groups of four with dots, or twelve digits
//! after a word that names them. Leaves the address of nobody, of everybody, and the range kept for documentation (RFC 7042).

use super::list::List;
use super::needs::Needs;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest form in bytes.
const LENGTH: usize = 17;
/// What addresses for documentation start with; surrogates are made of them.
const RESERVED: &str = "00005e0053";

/// Digits of an address.
const DIGITS: usize = 12;
/// How far before twelve digits a word that names them stands, in bytes.
const CONTEXT: usize = 40;
/// The most words between such a word and the digits: `MAC address is now`.
const MOST_WORDS: usize = 4;
/// Words that name an address.
static NAMES: List = List::new(
    "mac macaddress macaddr macadresse macadress macid hwaddr hwaddress hwid ether ethernet lladdr bssid btaddr eui48 \
     eui hardwareadresse hardwareadres hardware physical physische physique física fisica fyzická fizyczny chaddr mac地址 macアドレス \
     devicemac clientmac wifimac wlanmac ethmac lanmac apmac stationmac btmac bdaddr",
);

/// Recognizes hardware addresses.
pub struct Mac;

impl Recognizer for Mac {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::MacAddress]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let mut seen = 0;
        for (_, run) in page.runs_of(Needs::MAC) {
            if run.start < seen {
                continue;
            }
            let is_part = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'-' | b'.');
            let bytes = page.text().as_bytes();
            let head = bytes.get(seen..run.start).unwrap_or_default();
            let back = head.iter().rev().take(LENGTH).take_while(|b| is_part(**b)).count();
            let start = run.start - back;
            let start = start
                + head
                    .get(start.saturating_sub(seen)..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|b| matches!(b, b':' | b'-' | b'.'))
                    .count();
            let tail = bytes.get(run.end..).unwrap_or_default();
            let end = run.end + tail.iter().take(LENGTH).take_while(|b| is_part(**b)).count();
            seen = end;
            let token = page.slice(start, end).trim_end_matches(['.', ':', '-']);
            let span = Span::new(start, start + token.len());
            let solid = token.rsplit(':').next().unwrap_or_default();
            if solid.len() == DIGITS {
                let word = Span::new(span.end - DIGITS, span.end);
                let whole = page.starts_word(word.start) && page.ends_word(word.end);
                if whole && is_solid(solid) && is_named(page, word.start) {
                    findings.push(Finding::new(Kind::MacAddress, word, 0.9));
                }
                continue;
            }
            // Groups of four digits without a letter are those of other numbers too.
            let told = |token: &str| token.bytes().any(|byte| byte.is_ascii_alphabetic()) || is_named(page, start);
            let dotted = token.contains('.') && !told(token);
            let whole = page.starts_word(start) && page.ends_word(span.end);
            if token.len() >= 14 && is_address(token) && !dotted && whole {
                findings.push(Finding::new(Kind::MacAddress, span, 0.97));
            }
        }
    }
}

/// Twelve hex digits, letters in one case, of somebody's device.
fn is_solid(word: &str) -> bool {
    let mixed = word.bytes().any(|b| b.is_ascii_lowercase()) && word.bytes().any(|b| b.is_ascii_uppercase());
    let reserved = word.get(..RESERVED.len()).is_some_and(|head| head.eq_ignore_ascii_case(RESERVED));
    hex(word) && !mixed && !reserved && word.bytes().any(|b| b != b'0')
}

/// Whether one of the words before the digits names an address; in writing without spaces the name touches them.
fn is_named(page: &Page<'_>, start: usize) -> bool {
    let before = page.bytes_before(start, CONTEXT);
    let line = before.rsplit(['\n', ',', '|']).next().unwrap_or_default();
    let line = if line.trim_start_matches(['"', '\'', ' ']).is_empty() { before } else { line };
    let named = |word: &str| {
        NAMES.has(word) || word.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("mac") && !word.is_ascii())
    };
    let camel = |word: &str| ["Mac", "MacAddress", "MacAddr"].iter().any(|end| word.ends_with(end));
    line.rsplit(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .any(|word| named(word) || camel(word))
}

fn is_address(token: &str) -> bool {
    let groups = |sign: char, count: usize, width: usize| {
        token.split(sign).count() == count && token.split(sign).all(|group| group.len() == width && hex(group))
    };
    let form = groups(':', 6, 2) || groups('-', 6, 2) || groups('.', 3, 4);
    let digits: String = token.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect();
    form && !digits.starts_with(RESERVED) && !matches!(digits.as_str(), "000000000000" | "ffffffffffff")
}

fn hex(group: &str) -> bool {
    group.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Mac,
            Kind::MacAddress,
            &[
                "at {00:1A:2b:3C:4D:5E}.",
                "({3c-22-fb-aa-01-9f})",
                "cisco {001a.2b3c.4d5e} up",
                "de {aa:bb:cc:dd:ee:01}",
                "MAC: {B8AE625AD837} MAC:{B8AE625AD837}, mac address is {2c1b5616d4e1}",
                "hwaddr={248F681754C7}; ether {c073fa109fb7}",
                "'deviceMac': '{109188C34B03}', BSSID {109188034103}",
                "MAC地址:{34C08C89A46F}",
                "mac {0012.3456.7890} is up",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Mac,
            Kind::MacAddress,
            &[
                "00:00:00:00:00:00",
                "00:00:5E:00:53:01",
                "12:30:45",
                "00:1A:2B:3C:4D:5E:6F",
                "2020-01-02-03-04-05-06",
                "x00:1A:2B:3C:4D:5E",
                "commit B8AE625AD837, 248f681754c7",
                "MAC: 00005E005301, MAC: 000000000000",
                "serial 1234.5678.9012, 免許 1111.2222.3333",
                "my mac has order 1234567890 and id 24F8681754",
            ],
        );
    }
}
