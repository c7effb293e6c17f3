//! Wide forms of digits, letters and signs (U+FF01 to U+FF5E), as Chinese, Japanese and Korean keyboards write them: `０９０－１２３４－５６７８`, and
//! the digits of Hindi: `९९२५७४३५०८`. A text that holds such digits or signs is read once more with their
//! ordinary forms, by the recognizers of plain text.

use super::{Page, Recognizer, Recognizers};
use crate::finding::{Finding, SURE, Span, SpanText as _};
use crate::kind::Kind;

/// The first byte of all wide forms in UTF-8, and that of Devanagari.
const LEAD: u8 = 0xef;
const HINDI_LEAD: u8 = 0xe0;
/// The wide forms, of which each stands this far from its ordinary one.
const WIDE: std::ops::RangeInclusive<char> = '\u{ff01}'..='\u{ff5e}';
const DISTANCE: u32 = 0xfee0;

/// Reads wide forms.
pub struct Fullwidth {
    recognizers: Recognizers,
    kinds: Vec<Kind>,
}

impl Fullwidth {
    /// Ordinary forms are read by these.
    pub(super) fn new(recognizers: Recognizers) -> Self {
        Self { kinds: recognizers.kinds(), recognizers }
    }
}

impl Recognizer for Fullwidth {
    fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let bytes = page.text().as_bytes();
        if memchr::memchr2(LEAD, HINDI_LEAD, bytes).is_none() || !page.text().contains(is_clue) {
            return;
        }
        let (text, places) = fold(page.text());
        let (mut folded, mut found) = (Page::new(&text), Vec::new());
        self.recognizers.find(&mut folded, &mut found);
        findings.extend(found.into_iter().filter(|finding| finding.score >= SURE).filter_map(|finding| {
            let place = |at: usize| places.get(at).copied().unwrap_or(page.text().len());
            let span = Span::new(place(finding.span.start), place(finding.span.end));
            // What has only ordinary forms was found in the text as it stands.
            span.of(page.text()).contains(is_other).then_some(Finding { span, ..finding })
        }));
    }
}

/// Whether something wide may be a part of personal data: a digit, an `@` or a plus sign.
fn is_clue(c: char) -> bool {
    matches!(c, '０'..='９' | '＠' | '＋') || native_digit(c).is_some()
}

/// The ordinary form of a digit of another script.
fn native_digit(c: char) -> Option<char> {
    matches!(c, '०'..='९').then(|| char::from_digit(u32::from(c) - u32::from('०'), 10))?
}

/// Whether a character has an ordinary form.
fn is_other(c: char) -> bool {
    WIDE.contains(&c) || native_digit(c).is_some()
}

/// The text with ordinary forms, and for each byte of it the place in the text of the character that it is of.
fn fold(text: &str) -> (String, Vec<usize>) {
    let (mut folded, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len()));
    for (at, c) in text.char_indices() {
        let ordinary = match c {
            '\u{3000}' => ' ',
            // The sign between groups of a number is often the one that lengthens a vowel, or a minus.
            'ー' | '−' if folded.ends_with(|c: char| c.is_ascii_digit()) => '-',
            c if WIDE.contains(&c) => char::from_u32(u32::from(c) - DISTANCE).unwrap_or(c),
            c => native_digit(c).unwrap_or(c),
        };
        folded.push(ordinary);
        places.resize(folded.len(), at);
    }
    (folded, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        let fullwidth = Fullwidth::new(Recognizers::plain());
        let phones = [
            "電話：{０９０－１２３４－５６７８}です",
            "tel {＋３６ ２０ １２３ ５７５０}",
            "{０９０ー１２３４ー５６７８}に電話",
            "मेरा फ़ोन नंबर {९९२५७४३५०८} है",
        ];
        check(&fullwidth, Kind::Phone, &phones);
        check(
            &fullwidth,
            Kind::Email,
            &["宛先 {anna＠firma．jp} まで", "{ａｎｎａ＠ｆｉｒｍａ．ｄｅ}", "x {anna＠firma.de}"],
        );
    }

    #[test]
    fn leaves() {
        let fullwidth = Fullwidth::new(Recognizers::plain());
        check(
            &fullwidth,
            Kind::Phone,
            &["電話 +81 90-1234-5678", "（１）（２）（３）", "２０２４年、१२३४५ लोग", "！？"],
        );
    }
}
