//! Vehicle identification numbers: seventeen letters and digits without I, O and Q. With the North American check digit right one is
//! believed alone; other makers leave that place free, so without it a word must stand before the number.

use super::needs::VEHICLE_LENGTH;
use super::{Page, Recognizer, ids};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// How far before the number its word stands, in bytes.
const CONTEXT: usize = 32;
const WORDS: [&str; 7] = ["vin", "vehicle id", "chassis", "fahrgestell", "fin:", "bastidor", "telaio"];

/// Recognizes vehicle identification numbers.
pub struct Vin;

impl Recognizer for Vin {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Vin]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        for word in page.words().iter().filter(|word| word.len() == VEHICLE_LENGTH) {
            findings.extend(score(page, *word).map(|score| Finding::new(Kind::Vin, *word, score)));
        }
    }
}

fn score(page: &Page<'_>, word: Span) -> Option<f32> {
    let number = word.of(page.text());
    let letters = number.bytes().filter(u8::is_ascii_alphabetic).count();
    let legal = number.bytes().all(|b| !b.is_ascii_lowercase()) && !number.contains(['I', 'O', 'Q']) && letters > 0;
    if !legal || !page.starts_word(word.start) || !page.ends_word(word.end) {
        return None;
    }
    if letters >= 3 && ids::is_vin(number) {
        return Some(0.9);
    }
    let before = page.context_before(word.start, CONTEXT);
    WORDS.iter().any(|context| before.contains(context)).then_some(0.9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(&Vin, Kind::Vin, &["my {1M8GDM9AXKP042788}.", "VIN {WVWZZZ1JZ3W386752}", "{1HGCM82633A004352}, used"]);
    }

    #[test]
    fn leaves() {
        check(
            &Vin,
            Kind::Vin,
            &["1M8GDM9AXKP042789", "VIN 1M8GDM9AXKP04278", "12345678901234567", "A1M8GDM9AXKP042788"],
        );
    }
}
