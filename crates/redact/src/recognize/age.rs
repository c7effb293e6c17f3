//! Ages. A number is an age when the words beside it count years of life and a person is near: a pronoun, a word for somebody, a name.
//! Buildings, cheese, whisky and bugs have years as well; a word for a thing that is nearer than the person says so.

use super::Page;
use super::age_object::{is_abstract, object};
use super::age_profiles::{in_profile, is_kin, is_set_off, is_with_sex};
use super::age_words::{
    After, BEFORE_AGE, COPULAS, FIRST_PERSON, FUNCTION_WORDS, LABELS, LIST_WORDS, PEOPLE, POSSESSIVES, THINGS,
    THIRD_PERSON, after_age, class_of,
};
use super::list::List;
use crate::finding::{Span, SpanText as _};

/// How far before and after an age words are looked at, in bytes.
pub(super) const REACH: usize = 48;
/// The most words that are looked at to one side.
const MOST_WORDS: usize = 6;
/// The first words of what may follow an age without more.
const CLOSERS: [&str; 15] = [
    " und ",
    " en ",
    " et ",
    " och ",
    " and",
    " now",
    " today",
    " but",
    " this ",
    " next ",
    " in ",
    " when",
    " last ",
    " tomorrow",
    " geworden",
];

/// Whether a run of at most three digits is somebody's age.
pub(super) fn is_age(page: &Page<'_>, run: Span) -> bool {
    let (before, next) = (page.byte_before(run.start), page.byte(run.end));
    let after = match next {
        Some(b' ' | b'-' | b'y' | b'Y' | b'j' | 0xc2 | 0xe0 | 0xe2 | 0xe5 | 0xe6 | 0xec | b'l') => {
            after_age(page, run.end)
        }
        // Many things are the fifth, few have a birthday.
        Some(b't' | b's' | b'n' | b'r') if page.byte(run.end + 3) == Some(b'b') => after_age(page, run.end),
        Some(_) | None => None,
    };
    let sex = matches!(next, Some(b'M' | b'F' | b'm' | b'f'));
    let named = after.is_none() && !sex;
    let apart =
        matches!(before, None | Some(b' ' | b'=' | b':' | b'"' | b'\'' | b'>' | b'\t' | b'-' | b'(' | b'\n' | 0x80..));
    if named && !apart {
        return before == Some(b'/') && next == before && in_profile(page, run);
    }
    // Before most numbers stands a word that says nothing of age.
    if named
        && before == Some(b' ')
        && page.byte_before(run.start - 1).is_some_and(|byte| byte.is_ascii_alphanumeric())
        && !is_announced(page, run.start - 1)
    {
        return is_second(page, run);
    }
    let years = page.value(run);
    let apart = page.starts_word(run.start) && !is_inside(page, run);
    if !apart || !(1..=120).contains(&years) {
        return false;
    }
    match after {
        Some(mark) => is_counted(page, run, mark) || is_labeled(page, run),
        None if sex => is_with_sex(page, run),
        None => is_named(page, run) || matches!(next, Some(b')' | b',' | b'.' | b'\n')) && in_profile(page, run),
    }
}

/// Whether a word that ends at `at` may announce an age; `is` only after somebody: `my mother is`.
fn is_announced(page: &Page<'_>, at: usize) -> bool {
    match may_announce(page, at).then(|| BEFORE_AGE.before(page, at)).flatten() {
        Some(mark @ (" is" | " ist")) => is_kin(page, at - mark.len()),
        mark => mark.is_some(),
    }
}

/// Whether the number stands beside an age in a list of two: `aged 6 and 7`, `6 et 7 ans`.
#[inline]
fn is_second(page: &Page<'_>, run: Span) -> bool {
    // Nearly no number has another one so near, with such a word between.
    let digit = |at: Option<usize>| at.and_then(|at| page.byte(at)).is_some_and(|byte| byte.is_ascii_digit());
    let ahead = || {
        matches!(page.byte(run.end + 1), Some(b'a' | b'e' | b'u' | b'o' | b'j' | b'v' | b'&' | 0xc3 | 0xc8))
            && (4..=5).any(|ahead| digit(Some(run.end + ahead)))
    };
    let back = || {
        matches!(
            page.byte_before(run.start - 1),
            Some(b'd' | b't' | b'n' | b'h' | b'g' | b'a' | b's' | b'z' | b'e' | b'i' | b'&')
        ) && (3..=6).any(|back| digit(run.start.checked_sub(back)))
    };
    if !ahead() && !back() {
        return false;
    }
    let Some(and) = LIST_WORDS.before(page, run.start) else {
        // The first of two has no word before it that tells of an age.
        let Some(and) = LIST_WORDS.at(page, run.end) else { return false };
        let start = run.end + and.len();
        let next = Span::new(start, page.ahead_while(start, 3, |c| c.is_ascii_digit()));
        let limit = ["between ", "from ", "von ", "zwischen ", "entre ", "de "]
            .iter()
            .any(|word| page.has_before(run.start, word));
        return !limit
            && (1..=2).contains(&next.len())
            && after_age(page, next.end).is_some_and(|mark| is_counted(page, next, mark));
    };
    let end = run.start - and.len();
    let first = Span::new(page.back_while(end, 3, |c| c.is_ascii_digit()), end);
    (1..=2).contains(&first.len())
        && page.starts_word(first.start)
        && page.ends_word(run.end)
        && announced(page, first, true)
}

/// Whether a word of two letters that ends at `at`, such as `of`, may stand after a label: by the last letter of that.
fn may_announce(page: &Page<'_>, at: usize) -> bool {
    match page.bytes_at(at.saturating_sub(4)) {
        [last, b' ', _, _, ..] => {
            matches!(last, b'I' | b'i' | b'e' | b'r' | b'd' | b'a' | b'k' | b't' | b'm' | b'n' | b'y' | 0x80..)
        }
        _ => true,
    }
}

/// Whether the run goes on to the left: `10-20`, `3.5`, `$ 20`, `1/20`.
fn is_inside(page: &Page<'_>, run: Span) -> bool {
    let sign = page.byte_before(run.start);
    let further = run.start.checked_sub(2).and_then(|at| page.byte(at));
    match sign {
        Some(b'$' | b'/') => true,
        Some(b'-' | b'.' | b',') => !matches!(further, Some(b' ' | b'\n')),
        Some(_) | None => false,
    }
}

/// A word of a text and what kind it is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Person,
    Thing,
    Name,
    Function,
    Copula,
    Other,
}

/// Letters of words; Devanagari writes some vowels with marks that are no letters.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\'' | '’' | '\u{900}'..='\u{97f}')
}

pub(super) fn kind_of(word: &str) -> Word {
    let word = word.trim_matches(['\'', '’']);
    // `she's`, `I'm`, `j'ai`.
    let stem = word.split(['\'', '’']).next().unwrap_or(word);
    let has = |list: &List| list.has(word) || stem.len() < word.len() && list.has(stem);
    if has(&PEOPLE) {
        Word::Person
    } else if has(&THINGS) {
        Word::Thing
    } else if COPULAS.has(word) {
        Word::Copula
    } else if FUNCTION_WORDS.has(word) {
        Word::Function
    } else if word.len() > 1 && word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase) {
        Word::Name
    } else {
        Word::Other
    }
}

/// The words of the clause before `at`, the nearest first, with where they start.
pub(super) fn words_before<'t>(page: &Page<'t>, at: usize) -> impl Iterator<Item = (&'t str, usize)> {
    let text = page.bytes_before(at, REACH);
    let from = text.rfind(['.', '!', '?', '\n', ';', ']', '。']).map_or(0, |end| end + 1);
    let start = at - text.len();
    let clause = text.get(from..).unwrap_or_else(|| text.trim_start_matches(|c: char| !is_letter(c)));
    let offset = start + text.len() - clause.len();
    let mut words = clause.split(|c: char| !is_letter(c)).filter(|word| !word.is_empty());
    let place = move |word: &str| offset + (word.as_ptr().addr() - clause.as_ptr().addr());
    std::iter::from_fn(move || words.next_back().map(|word| (word, place(word)))).take(MOST_WORDS)
}

/// Who or what the clause before `at` is about: the nearest word that tells.
pub(super) fn subject(page: &Page<'_>, at: usize) -> Word {
    let mut words = words_before(page, at).map(|(word, place)| (kind_of(word), word, place)).peekable();
    let (mut copula, mut adjacent) = (false, true);
    while let Some((kind, word, place)) = words.next() {
        match kind {
            Word::Person => return kind,
            // A thing further away has its own say: "the restaurant in Kent where a 15yo was hurt".
            Word::Thing if copula || adjacent => return kind,
            Word::Thing => {}
            Word::Name if copula && !words.peek().is_some_and(|(_, word, _)| ARTICLES.has(word)) => return Word::Name,
            Word::Other if copula => return Word::Other,
            Word::Copula => copula = page.slice(place, at).split_whitespace().count() <= 3,
            // What stands before a comma is no subject of what follows.
            Word::Name | Word::Other => (copula, adjacent) = (false, false),
            Word::Function => adjacent &= word.len() < 4,
        }
    }
    Word::Function
}

/// Words that say that what follows them is no name.
static ARTICLES: List = List::new(
    "the a an this that these those our your its der die das dem den ein eine einen dieser diese dieses unser unsere ihre le la les l un une \
     el los las una il lo gli uno de het een o os as um uma en ett det",
);

/// An age with the unit after it.
pub(super) fn is_counted(page: &Page<'_>, run: Span, mark: &'static str) -> bool {
    let end = run.end + mark.len();
    let class = class_of(mark);
    if mark.ends_with(is_letter)
        && page.after(end).is_some_and(|c| is_letter(c) && c < '\u{2e80}')
        && !matches!(class, After::Attribute | After::Person)
    {
        return false;
    }
    match class {
        // Limits such as 18岁以上 and centuries are nobody's age.
        After::Sure => {
            !is_limit(page, end) && object(page, end) != Word::Thing && subject(page, run.start) != Word::Thing
        }
        After::Old => match object(page, end) {
            // German's `war` is no war.
            Word::Thing if !mark.starts_with(" jahre") || !page.has_at(end, " war") => false,
            Word::Person => true,
            Word::Thing | Word::Name | Word::Function | Word::Copula | Word::Other => {
                is_somebodys(page, run.start, end)
            }
        },
        After::Attribute => {
            let start = end;
            let end = page.ahead_while(end, 6, is_letter);
            // "Der 68-Jährige ging": a noun of its own.
            if mark.starts_with('-') && page.byte(run.end + 1) == Some(b'J') {
                return true;
            }
            let neuter = page.slice(start, end) == "es";
            match object(page, end) {
                Word::Thing => false,
                Word::Person => true,
                Word::Function | Word::Copula => {
                    let substantive = subject(page, run.start) != Word::Thing;
                    substantive && page.ends_word(end)
                }
                // German writes all nouns with capitals, and people are not neuter there.
                Word::Name if !mark.contains("jähr") || !neuter && !is_abstract(page, end) => true,
                Word::Name | Word::Other => subject(page, run.start) == Word::Person,
            }
        }
        After::Person => object(page, page.ahead_while(end, 2, is_letter)) == Word::Person,
        After::Unit => is_had(page, run, end),
    }
}

/// Whether `years old` is said of somebody.
fn is_somebodys(page: &Page<'_>, start: usize, end: usize) -> bool {
    match subject(page, start) {
        Word::Person | Word::Name => true,
        Word::Thing | Word::Other | Word::Copula => false,
        Word::Function if page.has_before(start, " at ") => true,
        // Nothing at all before: "34 years old, male".
        Word::Function => words_before(page, start).next().is_none() && closes(page, end),
    }
}

/// Whether a clause ends at `end`, or one that adds to it begins there.
pub(super) fn closes(page: &Page<'_>, end: usize) -> bool {
    let rest = page.bytes_after(end, REACH);
    let first = rest.trim_start_matches([' ', '\u{a0}']);
    first.is_empty()
        || first.starts_with(|c: char| !is_letter(c) && !c.is_ascii_digit() && !matches!(c, '%' | '-' | '/'))
        || first
            .split(|c: char| !is_letter(c))
            .next()
            .is_some_and(|word| FUNCTION_WORDS.has(word) && !OF.has(word) || word.starts_with(char::is_uppercase))
}

/// Words after which it is told what the years are years of: `de experiencia`, `di garanzia`.
static OF: List = List::new("of de di d da do von van av af på za od की के");

/// Whether somebody has so many years: `tengo 29 años`, `ho 34 anni`, `je mi 31 let`, `una mujer de 34 años`.
fn is_had(page: &Page<'_>, run: Span, end: usize) -> bool {
    if object(page, end) == Word::Thing {
        return false;
    }
    if is_of_life(page, end) {
        return true;
    }
    if !closes(page, end) {
        return is_of_person(page, run.start, end);
    }
    let mut words = words_before(page, run.start).map(|(word, _)| word);
    let Some(mut verb) = words.next() else { return false };
    if FUNCTION_WORDS.has(verb) && !FIRST_PERSON.has(verb) && !OF.has(verb) {
        let Some(next) = words.next() else { return false };
        verb = next;
    }
    if FIRST_PERSON.has(verb) || LABELS.has(verb) {
        return true;
    }
    if THIRD_PERSON.has(verb) || OF.has(verb) || COPULAS.has(verb) {
        let at = verb.as_ptr().addr() - page.text().as_ptr().addr();
        // "Moren min er 43 år"; "son" is French for `his`, too.
        let owned = |(word, _): &(&str, usize)| !POSSESSIVES.has(word) || PEOPLE.has(word);
        return match words_before(page, at).find(owned) {
            Some((word, _)) if kind_of(word) == Word::Person => true,
            Some(word) if OF.has(verb) && is_described(page, word) => true,
            Some((word, _)) if LABELS.has(word) => true,
            Some((word, _)) => {
                kind_of(word) == Word::Name && !OF.has(verb) && words.nth(1).is_none_or(|word| !ARTICLES.has(word))
            }
            None => false,
        };
    }
    kind_of(verb) == Word::Person && !COPULAS.has(verb) || is_set_off(page, run.start)
}

/// Whether somebody of so many years does something: `un hombre de 34 años fue detenido`.
fn is_of_person(page: &Page<'_>, start: usize, end: usize) -> bool {
    let mut words = words_before(page, start);
    let of = words.next().is_some_and(|(word, _)| OF.has(word));
    let next = page.bytes_after(end, REACH).split(|c: char| !is_letter(c)).find(|word| !word.is_empty());
    let person = |word: (&str, usize)| kind_of(word.0) == Word::Person || is_described(page, word);
    of && words.next().is_some_and(person) && next.is_some_and(|word| !OF.has(word))
}

/// Words before limits.
static COMPARATIVES: List = List::new(
    "mayor mayores menor menores superior superiores inferior inferiores maior maiores maggiore maggiori minore minori supérieur \
     plus moins más menos più meno mais under over",
);

/// Whether the word at `at` is an adjective directly after somebody: `un varón italiano de 64 años`.
fn is_described(page: &Page<'_>, (word, at): (&str, usize)) -> bool {
    // Pronouns stand before verbs, and limits are nobody's age.
    let adjective = || kind_of(word) == Word::Other && word.len() > 3 && !COMPARATIVES.has(word);
    let mut words = words_before(page, at).filter(|(who, _)| who.len() > 4);
    page.byte_before(at) == Some(b' ')
        && adjective()
        && words.next().is_some_and(|(who, start)| start + who.len() + 1 == at && kind_of(who) == Word::Person)
}

/// Whether words say that the years are of life: `de edad`, `di età`.
fn is_of_life(page: &Page<'_>, end: usize) -> bool {
    let rest = page.bytes_after(end, 16);
    [" de edad", " de idade", " di età", " d'âge", " of age", " oud", " gammal", " gammel", " alt", " vanha", " wieku"]
        .iter()
        .any(|mark| rest.starts_with(mark))
}

/// Whether a limit or something else follows: 18岁以上, 21세기.
fn is_limit(page: &Page<'_>, end: usize) -> bool {
    let rest = page.bytes_after(end, 8);
    ["以上", "以下", "未満", "未满", "以内", "기", "대", "트", " 이상", " 이하", " 미만", "까지", "から", "児検診"]
        .iter()
        .any(|limit| rest.starts_with(limit))
}

/// An age after a verb that people are said to be so old with, or after a label.
fn is_named(page: &Page<'_>, run: Span) -> bool {
    announced(page, run, false)
}

/// An age after a label, whatever the unit after it.
fn is_labeled(page: &Page<'_>, run: Span) -> bool {
    announced(page, run, true)
}

fn announced(page: &Page<'_>, run: Span, only_label: bool) -> bool {
    let tag = ["</dt><dd>", "</th><td>"].iter().find(|tag| page.has_before(run.start, tag)).map_or(0, |tag| tag.len());
    let gap = page.back_while(run.start - tag, 6, |c| {
        matches!(
            c,
            ' ' | ':'
                | '='
                | '"'
                | '\''
                | '>'
                | '('
                | '\t'
                | '-'
                | '：'
                | '\u{a0}'
                | '은'
                | '는'
                | '를'
                | '을'
                | '\n'
                | ']'
        )
    });
    let Some(word) = BEFORE_AGE.before(page, gap) else { return false };
    let start = gap - word.len();
    // "Mitt Alder er 65", "edad de 65".
    let label = LABELS.has(word.split(' ').next().unwrap_or(word)) || word.starts_with("年");
    let years = page.value(run);
    let tight = page.slice(gap, run.start);
    let whole = word.starts_with(' ')
        || page.starts_word(start)
        || page.byte_before(start) == Some(b'_')
        || page.byte_before(start).is_some_and(|byte| byte.is_ascii_lowercase())
            && page.byte(start).is_some_and(|byte| byte.is_ascii_uppercase());
    let limit = ["max", "min"]
        .iter()
        .any(|limit| page.has_before(start.saturating_sub(1), limit) || page.has_before(start, limit));
    let rest = page.bytes_after(run.end, 10);
    let sex = label && ["/m", "/f", "/w"].iter().any(|sex| page.has_at(run.end, sex)) && page.ends_word(run.end + 2);
    let open = page.ends_word(run.end)
        && (sex || !rest.starts_with(['%', '-', '/', ':', '$']))
        && !rest.trim_start_matches([' ', '-', '–']).starts_with(|c: char| c.is_ascii_digit())
        && !rest.trim_start_matches(['.', ',']).starts_with(|c: char| c.is_ascii_digit());
    if !whole || !open || limit {
        return false;
    }
    if label {
        let counted = rest.trim_start().split(|c: char| !is_letter(c)).next().unwrap_or_default();
        let ripened = word == "aged" && subject(page, start) == Word::Thing;
        return (years >= 3 || rest.is_empty()) && !THINGS.has(counted) && !ripened;
    }
    let alone = is_closed(rest);
    if only_label || !alone || tight != " " {
        return false;
    }
    match word {
        " is" | " ist" => years > 0 && is_kin(page, start),
        _ if run.len() == 1 => word.starts_with(['t', 'T']) && years > 0 && subject(page, start) == Word::Person,
        _ => run.len() == 2 && !word.starts_with(' '),
    }
}

/// Whether what follows an age leaves it one without a unit.
fn is_closed(rest: &str) -> bool {
    rest.is_empty()
        || rest
            .trim_start_matches(' ')
            .starts_with(|c| matches!(c, '.' | ',' | '!' | ')' | '\n' | ';' | '?' | '\u{1f300}'..))
        || CLOSERS.iter().any(|word| rest.starts_with(word))
}

/// Whether an age in words that ends at `end` may end there after a verb, or after a label.
pub(super) fn closes_age(page: &Page<'_>, end: usize, label: bool) -> bool {
    let rest = page.bytes_after(end, 10);
    let counted = rest.trim_start().split(|c: char| !is_letter(c)).next().unwrap_or_default();
    is_closed(rest) || label && page.ends_word(end) && !rest.starts_with('-') && !THINGS.has(counted)
}
