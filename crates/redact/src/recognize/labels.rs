//! What says something about people without naming them: forms of address before a name (`Dr.`, `Mrs.`), nationalities and religions, and
//! days of the week. They score below [`SURE`](crate::SURE): reported, and left in texts unless a policy asks for them. They are looked for
//! in a pass of their own, so only where names are looked for, too.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::{Page, Recognizer};
use crate::finding::{Finding, Span};
use crate::kind::Kind;

/// The score of all of them.
const SCORE: f32 = 0.4;
/// Forms of address, in English, German, French, Spanish, Italian and Dutch.
const TITLES: &str = "Mr. Mr Mrs. Mrs Ms. Ms Miss Dr. Dr Prof. Prof Sir Lady Rev. Herr Frau Monsieur Madame Mme. Mme Mlle. Señor Señora Sr. \
    Sra. Signor Signora Sig. Dhr. Mevr.";
const WEEKDAYS: &str = "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag \
    sonntag";
/// Adjectives and nouns of countries and peoples, and of religions, in English. With an `s` at their end they count as well.
const PEOPLES: &str = "afghan african albanian algerian american andorran angolan arab argentine argentinian armenian asian australian \
    austrian azerbaijani bahraini bangladeshi barbadian basque belarusian belgian belizean belizian bengali beninese bhutanese bolivian \
    bosnian botswanan brazilian british bruneian bulgarian burmese burundian cambodian cameroonian canadian catalan chadian chechen \
    chilean chinese colombian congolese croat croatian cuban cypriot czech danish dominican dutch ecuadorean ecuadorian egyptian emirati \
    english eritrean estonian ethiopian european fijian filipino finnish french gabonese gambian georgian german ghanaian greek \
    greenlander grenadian guatemalan guinean guyanese haitian honduran hungarian icelandic indian indonesian iranian iraqi irish israeli \
    italian ivorian jamaican japanese jordanian kazakh kenyan korean kosovar kurdish kuwaiti kyrgyz laotian latvian lebanese liberian \
    libyan lithuanian luxembourgish macedonian malagasy malawian malaysian maldivian malian maltese mauritanian mauritian mexican \
    moldovan monegasque mongolian montenegrin moroccan mozambican namibian nepalese nepali nicaraguan nigerian nigerien norwegian omani \
    pakistani palestinian panamanian paraguayan persian peruvian polish portuguese qatari romanian russian rwandan salvadoran samoan \
    saudi scottish senegalese serbian singaporean slovak slovakian slovene slovenian somali spanish sudanese surinamese swazi swedish \
    swiss syrian taiwanese tajik tanzanian thai tibetan togolese tongan tunisian turkish turkmen ugandan ukrainian uruguayan uzbek \
    venezuelan vietnamese welsh yemeni zambian zimbabwean buddhist catholic christian evangelical hindu jewish mormon muslim orthodox \
    protestant quaker shia shii shiite sikh sunni zionist";

struct Words {
    automaton: Option<AhoCorasick>,
    kinds: Vec<Kind>,
}

/// Peoples and weekdays in any case, titles as they are written.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let of = |kind: Kind, text: &'static str| text.split_whitespace().map(move |word| (kind, word));
    let words = of(Kind::Title, TITLES).chain(of(Kind::DateTime, WEEKDAYS)).chain(of(Kind::Nationality, PEOPLES));
    let (kinds, words): (Vec<Kind>, Vec<&str>) = words.unzip();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .ok();
    Words { automaton, kinds }
});

/// Recognizes forms of address, nationalities, religions and days of the week.
pub struct Labels;

impl Recognizer for Labels {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Title, Kind::Nationality, Kind::DateTime]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let Some(automaton) = &WORDS.automaton else { return };
        for found in automaton.find_iter(page.text()) {
            let Some(kind) = WORDS.kinds.get(found.pattern().as_usize()) else { continue };
            let span = Span { start: found.start(), end: found.end() };
            let whole = if *kind == Kind::Title { title(page, span) } else { word(page, span) };
            findings
                .extend(whole.filter(|_| page.starts_word(span.start)).map(|span| Finding::new(*kind, span, SCORE)));
        }
    }
}

/// The form of address when a name follows.
fn title(page: &Page<'_>, span: Span) -> Option<Span> {
    let name = page.ahead_while(span.end, 1, |c| c == ' ');
    let capital = |at: usize| page.after(at).is_some_and(char::is_uppercase);
    let written = page.byte_before(span.end) == Some(b'.') || capital(span.start);
    (name > span.end && written && (capital(name) || page.byte_before(span.end) == Some(b'.'))).then_some(span)
}

/// The whole word, with an `s` at its end.
fn word(page: &Page<'_>, span: Span) -> Option<Span> {
    let end = span.end + usize::from(page.byte(span.end) == Some(b's'));
    page.ends_word(end).then_some(Span { start: span.start, end })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::SpanText as _;

    fn labels(text: &str) -> Vec<&str> {
        let mut findings = Vec::new();
        Labels.find(&Page::new(text), &mut findings);
        findings.iter().map(|finding| finding.span.of(text)).collect()
    }

    #[test]
    fn finds() {
        let cases: [(&str, &[&str]); 6] = [
            ("Dr. Smith and Mrs. Weber", &["Dr.", "Mrs."]),
            ("on Tuesday morning", &["Tuesday"]),
            ("Prof Li, Ms Li", &["Prof", "Ms"]),
            ("Herr Weber und Frau Li", &["Herr", "Frau"]),
            ("a Slovenian dish for Saudis", &["Slovenian", "Saudis"]),
            ("Monday, Friday", &["Monday", "Friday"]),
        ];
        for (text, expected) in cases {
            assert_eq!(labels(text), expected, "in `{text}`");
        }
    }

    #[test]
    fn leaves() {
        for text in ["the Dr was in", "Msgr Smith", "Mondayish", "Mr.", "a Professor Smith", "germane", "to polishing"]
        {
            assert_eq!(labels(text), [""; 0], "in `{text}`");
        }
    }
}
