//! Years of birth that stand alone: `year of birth: 1960`, `the applicant was born in 1986`, `Anna Berg (geb. 1983)`. Ideas, companies and
//! wines are born in years as well, so a word for somebody, a name, or the label of a field must say whose year it is.

use super::Page;
use super::age::{Word, is_letter, subject, words_before};
use super::list::List;
use super::marks::Marks;
use crate::finding::{Span, SpanText as _};

/// How far before a year the word of birth stands, in bytes.
pub(super) const BEFORE: usize = 40;

/// How nouns for birth begin or end; the label of a field holds one.
const NOUNS: [&str; 22] = [
    "birth",
    "dob",
    "naissance",
    "nacimiento",
    "nascita",
    "nascimento",
    "geburts",
    "geboorte",
    "födelse",
    "fødsel",
    "urodzen",
    "doğum",
    "рожд",
    "народж",
    "syntymä",
    "γέννησ",
    "生年月日",
    "出生",
    "생년",
    "जन्म",
    "lahir",
    "gebdat",
];
/// What may stand between such a noun and the year: the rest of the label, and verbs.
static LABEL_REST: List = List::new(
    "year yr jahr jaar år år yılı vuosi year's is was ist war est es è é is er är on je ia date datum data datetime of the ia a lata года \
     год рік 年 份 年份 연도 년도 वर्ष",
);
/// Words for the year itself before such a noun: `year of birth`.
static YEAR_OF: Marks<18> = Marks::new([
    "year of ",
    "year_of_",
    "year-of-",
    "yearof",
    "année de ",
    "annee de ",
    "année_",
    "annee_",
    "año de ",
    "anno di ",
    "ano de ",
    "ano_",
    "anno_",
    "año_",
    "rok ",
    "år for ",
    "год ",
    "рік ",
]);
/// Small words between a verb of birth and the year.
static SMALL: List = List::new(
    "in en à a am at te em el nel w we v ve i the and und et y e near of de du la le los las san st van den der das dos da do di on",
);

/// Whether four digits may be the year in which somebody was born who lives.
#[inline]
pub(super) fn may_be_year(page: &Page<'_>, run: Span) -> bool {
    run.len() == 4
        && matches!(page.bytes_at(run.start), [b'1', b'9', ..] | [b'2', b'0', b'0'..=b'2', ..])
        && matches!(
            page.byte_before(run.start),
            None | Some(b' ' | b':' | b'=' | b'"' | b'\'' | b'(' | b'>' | b'\t' | 0x80..)
        )
        && !matches!(page.byte(run.end), Some(b'-' | b'/' | b'.' | b',' | b':' | b'%') if page.byte(run.end + 1).is_some_and(|byte| byte.is_ascii_digit()))
        && !matches!(page.byte(run.end), Some(b'-' | b'/' | b'%' | b'_' | b's'))
}

/// Whether the word of birth at `at` makes the year that of somebody's birth.
pub(super) fn is_told(page: &Page<'_>, at: usize, word: &str, run: Span) -> bool {
    let end = at + word.len();
    let gap = page.slice(end, run.start);
    let mut words = gap.split(|c: char| !is_letter(c)).filter(|word| !word.is_empty());
    let noun = NOUNS.iter().any(|noun| word.get(..noun.len()).is_some_and(|head| head.eq_ignore_ascii_case(noun)))
        || NOUNS.iter().any(|noun| word.len() > noun.len() && word.to_lowercase().ends_with(noun));
    if noun {
        let signed = gap.contains([':', '=', '：', '\t', '>']);
        let year = gap
            .split([' ', '_', '-'])
            .any(|part| matches!(part.trim_end_matches([':', '"', '\'']), "year" | "Year" | "YEAR" | "yr"))
            || ["jahr", "jaar", "år", "vuosi"].iter().any(|rest| gap.starts_with(rest))
            || YEAR_OF.before(page, at).is_some();
        let linked = words.clone().any(|word| matches!(word, "is" | "was" | "ist" | "war" | "est" | "es" | "è" | "é"));
        return (year || signed || linked) && words.all(|word| LABEL_REST.has(word));
    }
    // A star or `f.` also opens many other things.
    let sign = word.starts_with('*') || word.ends_with(' ') && !word.starts_with('(');
    let close = !sign && gap.len() <= BEFORE && !gap.contains(['.', '!', '?', ';', '\n', ':', '=']);
    // `(geb. 1983)`, `(b. 1960)`: nothing but people.
    if page.byte_before(at) == Some(b'(') || word.starts_with('(') {
        return close && gap.len() <= 8 && page.byte(run.end) == Some(b')');
    }
    close
        && words.all(|word| word.starts_with(char::is_uppercase) || SMALL.has(word))
        && (is_somebodys(page, at) || is_set_before(page, at, run))
}

/// Whether the clause before `at` is about somebody: a word for one, or a name with a verb or a comma.
pub(super) fn is_somebodys(page: &Page<'_>, at: usize) -> bool {
    match subject(page, at) {
        Word::Person | Word::Name => true,
        Word::Thing | Word::Other | Word::Copula => false,
        Word::Function => is_named(page, at),
    }
}

/// Whether a name of two words and a comma stand before `at`: `Anna Berg, born 1985`.
fn is_named(page: &Page<'_>, at: usize) -> bool {
    let comma = at.checked_sub(2).filter(|comma| page.has_at(*comma, ", "));
    let Some(comma) = comma else { return false };
    let mut words = words_before(page, comma);
    let mut part = || words.next().filter(|(word, _)| word.len() > 1 && word.starts_with(char::is_uppercase));
    let (Some((_, last)), Some((first, start))) = (part(), part()) else { return false };
    let beside =
        page.slice(start + first.len(), last).trim() == "" || page.slice(start + first.len(), last).trim() == "-";
    let article = words.next().is_some_and(|(word, _)| {
        matches!(word, "the" | "The" | "die" | "Die" | "der" | "la" | "La" | "le" | "Le" | "il")
    });
    beside && !article && !matches!(first, "The" | "Die" | "Der" | "Das" | "La" | "Le" | "El" | "Il")
}

/// Whether the year opens a sentence about somebody: `Born in 1985, she studied law`, or a line is a record: `born 1985 in Lugo`.
fn is_set_before(page: &Page<'_>, at: usize, run: Span) -> bool {
    if words_before(page, at).next().is_some() {
        return false;
    }
    let rest = page.bytes_after(run.end, 48);
    if let Some(rest) = rest.strip_prefix(", ") {
        let first = rest.split(|c: char| !is_letter(c)).next().unwrap_or_default();
        return matches!(
            first,
            "he" | "she"
                | "I"
                | "Mr"
                | "Mrs"
                | "Ms"
                | "Dr"
                | "il"
                | "elle"
                | "er"
                | "sie"
                | "ella"
                | "lui"
                | "lei"
                | "hij"
                | "zij"
                | "ele"
                | "ela"
        );
    }
    let line = rest.split('\n').next().unwrap_or_default();
    let mut words = line.split(|c: char| !is_letter(c)).filter(|word| !word.is_empty());
    let place = words.next().is_some_and(|word| SMALL.has(word))
        && words.next().is_some_and(|word| word.starts_with(char::is_uppercase));
    place
        && line.len() < 40
        && words.take(4).all(|word| word.starts_with(char::is_uppercase) || SMALL.has(word) || word.len() < 4)
        && !line.contains(',')
}

/// What follows a year of birth: `1985 geboren`, `1985年生まれ`.
static AFTER: Marks<18> = Marks::new([
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
    "में जन्म",
]);

/// Whether the words after a year make it one of birth; German and Hungarian say so of things as well.
pub(super) fn is_told_after(page: &Page<'_>, run: Span) -> bool {
    let Some(mark) = AFTER.at(page, run.end) else { return false };
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
                "born in 2004-2006, born 1985/86",
                "place of birth, founded in 1985",
                "dob: 1200, births: 1985 of 2004",
                "Born in 1985, the band toured Asia.",
            ],
        );
    }
}
