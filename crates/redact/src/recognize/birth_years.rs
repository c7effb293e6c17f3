//! Years of birth that stand alone: `year of birth: 1960`, `the applicant was born in 1986`, `Anna Berg (geb. 1983)`. Ideas, companies and
//! wines are born in years as well, so a word for somebody, a name, or the label of a field must say whose year it is.

use super::Page;
use super::age::{Word, is_letter, subject, words_before};
use super::list::List;
use super::marks::Marks;
use crate::finding::{Span, SpanText as _};

/// Labels of years of birth, before the signs between.
static LABELS: Marks<41> = Marks::new([
    "year of birth",
    "year_of_birth",
    "yearofbirth",
    "birth year",
    "birth-year",
    "birth_year",
    "birthyear",
    "year of birth is",
    "birth year is",
    "yob",
    "geburtsjahr",
    "geburtsjahr ist",
    "année de naissance",
    "Année de naissance",
    "annee_naissance",
    "annee de naissance",
    "año de nacimiento",
    "ano de nacimiento",
    "anno di nascita",
    "anno_nascita",
    "ano de nascimento",
    "ano_nascimento",
    "geboortejaar",
    "födelseår",
    "fødselsår",
    "syntymävuosi",
    "rok urodzenia",
    "rok narození",
    "születési év",
    "születési éve",
    "anul nașterii",
    "doğum yılı",
    "Doğum yılı",
    "год рождения",
    "Год рождения",
    "рік народження",
    "Рік народження",
    "出生年",
    "出生年份",
    "生年",
    "출생연도",
]);
/// Verbs of birth directly before a year; the shorter ones stand in brackets or after a name.
static VERBS: Marks<51> = Marks::new([
    "born in the year ",
    "geboren im jahr ",
    "geboren im jahre ",
    "jahrgang ",
    "sono nato nel ",
    "sono nata nel ",
    "suis né en ",
    "suis née en ",
    "urodziłem się w ",
    "urodziłam się w ",
    "born in ",
    "born ",
    "(b. ",
    "geboren in ",
    "geboren ",
    "geb. ",
    "né en ",
    "née en ",
    "né(e) en ",
    "nacido en ",
    "nacida en ",
    "nació en ",
    "nací en ",
    "nacido el ",
    "nato nel ",
    "nata nel ",
    "nato il ",
    "nascido em ",
    "nascida em ",
    "nasceu em ",
    "nasci em ",
    "urodzony w ",
    "urodzona w ",
    "urodził się w ",
    "urodziła się w ",
    "ur. ",
    "narozen v ",
    "narozena v ",
    "nar. ",
    "född ",
    "född år ",
    "föddes ",
    "født i ",
    "født ",
    "syntynyt ",
    "syntyi vuonna ",
    "syntynyt vuonna ",
    "născut în ",
    "născută în ",
    "родился в ",
    "родилась в ",
]);
/// How those begin that one says of oneself.
const OWN: [&str; 6] = ["nací", "nasci", "sono", "suis", "urodziłe", "urodziła"];
/// What follows a year of birth: `1985 geboren`, `1985年生まれ`.
static AFTER: Marks<17> = Marks::new([
    " geboren",
    " doğumlu",
    "年生まれ",
    "年出生",
    "年生的",
    "년생",
    "년 출생",
    " г.р.",
    " г. р.",
    "г.р.",
    " г.рожд",
    " года рождения",
    " года рожд",
    " р.н.",
    " року народження",
    "-ben született",
    "-ban született",
]);
/// Small words before and in the name of a place.
static SMALL: List =
    List::new("in en à a am at te em el la nel w we v ve i near of de du le los las san st van den der");

/// Whether four digits are the year of somebody's birth.
pub(super) fn is_birth_year(page: &Page<'_>, run: Span) -> bool {
    let year = run.len() == 4
        && matches!(page.bytes_at(run.start), [b'1', b'9', ..] | [b'2', b'0', b'0'..=b'2', ..])
        && !matches!(page.byte(run.end), Some(b'/' | b'%' | b'_' | b's'));
    year && is_told(page, run)
}

#[inline(never)]
fn is_told(page: &Page<'_>, run: Span) -> bool {
    let goes_on = matches!(page.byte(run.end), Some(b'-' | b'.' | b',' | b':'))
        && page.byte(run.end + 1).is_some_and(|byte| byte.is_ascii_digit());
    if goes_on {
        return false;
    }
    match page.byte_before(run.start) {
        Some(b' ') => {}
        Some(b':' | b'=' | b'"' | b'\'' | b'>' | b'\t') => return is_labeled(page, run),
        None => return is_told_after(page, run),
        Some(byte) => return byte >= 0x80 && (is_labeled(page, run) || is_told_after(page, run)),
    }
    if let Some(verb) = VERBS.before(page, run.start) {
        return is_said_of_somebody(page, run.start - verb.len(), verb, run);
    }
    is_labeled(page, run) || is_told_after(page, run) || is_placed(page, run)
}

/// Whether a label stands before, and a sign or `is` between.
fn is_labeled(page: &Page<'_>, run: Span) -> bool {
    let end =
        page.back_while(run.start, 6, |c| matches!(c, ' ' | ':' | '=' | '"' | '\'' | '>' | '\t' | '：' | '-' | '*'));
    let Some(label) = LABELS.before(page, end) else { return false };
    let start = end - label.len();
    let camel = page.byte(start).is_some_and(|byte| byte.is_ascii_uppercase());
    page.starts_word(start) || camel || page.byte_before(start) == Some(b'_')
}

/// Whether a place stands between a verb and the year: `born in Leeds in 1990`.
fn is_placed(page: &Page<'_>, run: Span) -> bool {
    let Some(end) = [" in ", " en ", " em ", " nel "].iter().find(|link| page.has_before(run.start, link)) else {
        return false;
    };
    let end = run.start - end.len();
    let start = page.letters_before(end, 24, is_letter);
    let capital = page.after(start).is_some_and(char::is_uppercase);
    let verb = if capital && start < end { VERBS.before(page, start) } else { None };
    verb.is_some_and(|verb| verb.ends_with(" in ") || verb.ends_with(" en ") || verb.ends_with(" em "))
        && verb.is_some_and(|verb| is_said_of_somebody(page, start - verb.len(), verb, run))
}

/// Whether the verb at `at` is said of somebody.
fn is_said_of_somebody(page: &Page<'_>, at: usize, verb: &str, run: Span) -> bool {
    // `(geb. 1983)`, `(b. 1960)`: nothing but people.
    if page.byte_before(at) == Some(b'(') || verb.starts_with('(') {
        return page.byte(run.end) == Some(b')');
    }
    if !page.starts_word(at) || verb.len() < 5 && page.byte_before(at) != Some(b' ') {
        return false;
    }
    match subject(page, at) {
        _ if OWN.iter().any(|own| page.has_at(at, own)) => true,
        Word::Person => true,
        // Wines have years as well.
        Word::Name => !verb.starts_with(['j', 'J']),
        _ if verb.starts_with(['j', 'J']) => false,
        Word::Thing | Word::Other | Word::Copula => false,
        Word::Function => is_named(page, at) || opens(page, at, run),
    }
}

/// Whether a name of two words and a comma stand before `at`: `Anna Berg, born 1985`.
fn is_named(page: &Page<'_>, at: usize) -> bool {
    let Some(comma) = at.checked_sub(2).filter(|comma| page.has_at(*comma, ", ")) else { return false };
    let mut words = words_before(page, comma);
    let mut part = || words.next().filter(|(word, _)| word.len() > 1 && word.starts_with(char::is_uppercase));
    let (Some((_, last)), Some((first, start))) = (part(), part()) else { return false };
    let beside = matches!(page.slice(start + first.len(), last), " " | "-");
    beside && !ARTICLES.has(first) && !words.next().is_some_and(|(word, _)| ARTICLES.has(word))
}

/// Words before names of groups and works.
static ARTICLES: List = List::new("the die der das den la le el il lo les los las gli de het o a os as");

/// Whether the verb at `at` opens a sentence about somebody: `Born in 1985, she studied law`; or a line that is a record: `born 1985 in Lugo`.
fn opens(page: &Page<'_>, at: usize, run: Span) -> bool {
    if words_before(page, at).next().is_some() {
        return false;
    }
    let rest = page.bytes_after(run.end, 48);
    if let Some(rest) = rest.strip_prefix(", ") {
        return PRONOUNS.has(rest.split(|c: char| !is_letter(c)).next().unwrap_or_default());
    }
    let line = rest.split('\n').next().unwrap_or_default();
    let mut words = line.split(|c: char| !is_letter(c)).filter(|word| !word.is_empty());
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    let place = words.next().is_some_and(|word| SMALL.has(word)) && words.next().is_some_and(capital);
    place && line.len() < 40 && !line.contains(',') && words.all(|word| capital(word) || word.len() < 4)
}

/// How a sentence goes on about somebody.
static PRONOUNS: List = List::new("he she i mr mrs ms dr il elle er sie ella lui lei hij zij ele ela");

/// Whether the words after a year make it one of birth; German and Hungarian say so of things as well.
fn is_told_after(page: &Page<'_>, run: Span) -> bool {
    if !matches!(page.byte(run.end), Some(b' ' | b'-' | 0x80..)) {
        return false;
    }
    // "1978 in Bonn geboren"
    let place = if page.has_at(run.end, " in ") { page.letters_after(run.end + 4, 24, is_letter) } else { run.end };
    let Some(mark) = AFTER.at(page, place) else { return false };
    let things = mark.ends_with("geboren") || mark.ends_with("született");
    !things || matches!(subject(page, run.start), Word::Person | Word::Name)
}

#[cfg(test)]
mod tests {
    use crate::kind::Kind;
    use crate::recognize::{Birth, check};

    #[test]
    fn finds() {
        check(
            &Birth,
            Kind::DateOfBirth,
            &[
                "Year of birth: {1960}",
                "birth year {1994}, birth_year={1988}, \"birthYear\": {1977}",
                "The applicant was born in {1986} and lives in Riga.",
                "Born in {1985}, she studied law at Leiden.",
                "Anna Berg (geb. {1983}) arbeitet als Lehrerin.",
                "Mara Ilves, born {1971}, is a composer.",
                "I was born in Leeds in {1990}",
                "Der Kläger ist {1974} geboren und wohnt in Ulm.",
                "Geburtsjahr: {1991}, Geboortejaar: {1971}, Año de nacimiento: {1961}",
                "Le requérant est né en {1985} et réside à Lyon.",
                "Il ricorrente è nato nel {1950} e vive a Pisa.",
                "{1985}年生まれの会社員です, {1990}년생",
                "née en {1967} à Saint-Denis",
                "Sie wurde {1978} in Bonn geboren, ich bin Jahrgang {1972}.",
                "Nací en {1990}. Sono nato nel {1975}. Urodziłem się w {1986} roku.",
                "я {1985} года рождения",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Birth,
            Kind::DateOfBirth,
            &[
                "The idea was born in 1999 during a workshop.",
                "The company was born in a garage in 1976.",
                "The club, born in 1904, plays in red.",
                "La société est née en 1985 d'une fusion.",
                "La empresa nació en 1985.",
                "Die Idee wurde 1999 geboren.",
                "birth rate fell in 1985",
                "the year 1985, since 1990",
                "/*\n * Copyright 1998  The Open Group",
                "Born in the 1980s",
                "Ein Bordeaux, Jahrgang 1982, und ein Opel, Jahrgang 1990",
                "Château Margaux, Jahrgang 1990",
                "born in 2004-06, born 1985/86",
                "place of birth, founded in 1985",
                "births: 1985 of 2004",
                "Born in 1985, the band toured Asia.",
            ],
        );
    }
}
