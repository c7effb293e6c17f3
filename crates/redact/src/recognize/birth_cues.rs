//! How far a word of birth reaches: to the first date after it, and not past a word for a death, a stay or a term. What words there are is
//! told by `birth.rs`.

use super::Page;
use super::list::List;
use super::page;
use crate::finding::{Span, SpanText as _};

/// How far before a star the name stands whose birth it tells, in bytes.
const NAME: usize = 48;
/// What may stand after a birth that a star apart from it tells.
const AFTER_STAR: [&str; 8] = ["\n", "\r", ",", ";", ")", " in ", " †", " –"];

/// Words for what else happens on a day.
static OTHERWISE: List = List::new(
    "died dies death deceased admitted admission discharged discharge hired joined issued issue expires expiry expired expiration \
     examined seen visited enrolled married vom bis seit gestorben gest verstorben verst aufnahme aufgenommen stationär entlassen \
     entlassung eintritt ausgestellt gültig eingewiesen vorgestellt behandelt décédé décédée décès mort morte admis admise hospitalisé \
     hospitalisée entré entrée sorti sortie délivré délivrée expire depuis falleció fallecido fallecida murió muerto muerta ingresó \
     ingreso ingresa ingresado ingresada admitido admitida expedición expedido expedida caducidad vencimiento desde hasta faleceu \
     falecido falecida morreu óbito admissão internado internada internação emissão validade até deceduto deceduta morto morta morì \
     decesso ricoverato ricoverata ricovero dimesso dimessa rilasciato rilasciata scadenza dal fino overleden gestorven opgenomen \
     opname ontslagen sinds vanaf tot afgegeven geldig død døde dødsdato indlagt innlagt udskrevet utskrevet avliden död dog inskriven \
     utskriven sedan kuoli kuollut zmarł zmarła zm zgon przyjęty przyjęta przyjęcia wypisany wypisana wydany wydana ważny zemřel \
     zemřela úmrtí přijat přijata vydán platnost zomrel zomrela meghalt elhunyt felvétel decedat decedată internat internată eliberat \
     öldü ölüm vefat yatış умер умерла скончался скончалась смерти поступил поступила выдан помер померла πέθανε θάνατος mất \
     meninggal wafat",
);
/// The same in scripts without spaces or with marks inside of words.
const OTHERWISE_INSIDE: [&str; 10] = ["†", "去世", "死亡", "逝世", "入院", "사망", "입원", "เสียชีวิต", "मृत्यु", "निधन"];
/// Words between births that are told together.
static AND: List = List::new("and or und oder et ou y o e en og och i ja és și ve");
/// Those whose children are just born: `recién nacido` names somebody.
const NEWLY: [&str; 6] = ["recién ", "recien ", "recém ", "recém-", "recem ", "recem-"];
/// Who is born in Thai, and what of a birth is told, directly before the verb.
const BORN_THAI: [&str; 9] = ["วัน", "ปี", "บุตร", "ลูก", "เขา", "เธอ", "ฉัน", "ผม", "ข้าพเจ้า"];

/// Whether the word at `cue` still tells of `date`; `last` is the date before that one, and whether it is a birthday.
pub(super) fn serves(page: &Page<'_>, cue: Span, date: Span, last: Option<(Span, bool)>) -> bool {
    let first = match last.filter(|(last, _)| last.start >= cue.end) {
        Some((last, birthday)) => birthday && is_list(page.slice(last.end, date.start)),
        None => true,
    };
    let gap = page.slice(cue.end, date.start);
    first && !tells_otherwise(gap) && !is_newborn(page, cue, gap)
}

/// Whether two dates with this between them are told together.
fn is_list(between: &str) -> bool {
    let sign = |c: char| matches!(c, ' ' | '(' | '（' | '/' | ',' | '&');
    !between.starts_with(',') && between.split(sign).all(|word| word.is_empty() || AND.has(word))
}

fn tells_otherwise(gap: &str) -> bool {
    let word = |word: &str| !word.is_empty() && OTHERWISE.has(word);
    gap.split(|c: char| !c.is_alphabetic()).any(word)
        || !gap.is_ascii() && OTHERWISE_INSIDE.iter().any(|word| gap.contains(word))
}

/// Whether the word names somebody who was just born, and no day stands directly after it.
fn is_newborn(page: &Page<'_>, cue: Span, gap: &str) -> bool {
    let word = cue.of(page.text()).as_bytes();
    let child = word.len() >= 5 && matches!(word.first(), Some(b'n' | b'N'));
    child
        && NEWLY.iter().any(|newly| page.has_before(cue.start, newly))
        && !matches!(gap.trim(), "" | "el" | "em" | ":")
}

/// Whether the Thai verb at `at` tells of the birth of somebody: it means `to happen` as well.
pub(super) fn is_thai(page: &Page<'_>, at: usize, gap: &str) -> bool {
    let gap = gap.trim_start();
    let gap = gap.strip_prefix("เมื่อ").unwrap_or(gap).trim_start();
    let gap = gap.strip_prefix("วันที่").unwrap_or(gap);
    let apart = !page.before(at).is_some_and(page::is_thai);
    gap.trim_matches([' ', ':']).is_empty() && (apart || BORN_THAI.iter().any(|word| page.has_before(at, word)))
}

/// Whether a star with a blank after it stands behind a name of two words: `Klaus Neubauer, * 23.11.1999`. Stars also open the items of lists
/// and stand between factors, so the date must be whole, day first, and nearly nothing may follow.
pub(super) fn is_star_of_name(page: &Page<'_>, star: usize, date: Span) -> bool {
    let written = date.of(page.text());
    let day = written.bytes().take_while(u8::is_ascii_digit).count();
    let whole = written.bytes().all(|byte| !byte.is_ascii_alphabetic())
        || written.as_bytes().array_windows().any(|four: &[u8; 4]| four.iter().all(u8::is_ascii_digit));
    if !(1..=2).contains(&day) || !whole || written.contains(':') || page.byte_before(star) != Some(b' ') {
        return false;
    }
    let closed = page.byte(date.end).is_none() || AFTER_STAR.iter().any(|mark| page.has_at(date.end, mark));
    let line = page.bytes_before(star, NAME).rsplit('\n').next().unwrap_or_default();
    let mut words = line.split([' ', ',']).rev().filter(|word| !word.is_empty());
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    let last = words.next().is_some_and(|word| capital(word) && word.chars().all(|c| c.is_alphabetic() || c == '-'))
        && line.trim_end_matches([' ', ',']).ends_with(char::is_lowercase);
    closed && last && words.next().is_some_and(capital)
}
