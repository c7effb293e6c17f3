//! Dates of birth and ages, and dates that are neither. A date is a birthday only when a word calls it one; an age is a number next to words
//! that count years of life. Other dates and years are reported below [`SURE`](crate::SURE) and left in texts.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::list::List;
use super::marks::Marks;
use super::needs::Needs;
use super::{Left, Page, Recognizer, Settle, age, birth_cues, birth_years, dates};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// How far before a date its word stands, in bytes.
const BEFORE: usize = 40;
/// The same in Thai.
const BEFORE_THAI: usize = 2 * BEFORE;
/// How far before a birthday the segment of its message begins, in bytes.
const LONGEST_SEGMENT: usize = 256;
/// How far after a date its word stands, in bytes.
const AFTER: usize = 16;

/// Words that call a date a birthday; they may be parts of longer ones.
const BIRTH_WORDS: &str = "born|birth|d.o.b|d. o. b|dob|bday|b-day|b'day|(b. |, b. |geboren|gebore|geb.|geb:|geb |geburts|gebdat|geb_dat|gebtag|geb-dat|\
     naissance|né le|née le|né(e) le|né en|née en|date naiss|date de naiss|datenaiss|né à|née à|ddn|nacimiento|nací|naci el|nació|\
     nacido|nacida|naciste|f. nac|f.nac|f. de nac|fec. nac|fecha nac|fecha_nac|fechanac|cumpleaños|fdn|nascita|nato il|nata il|nato a |nata a |nato nel|nata nel|nato:|\
     nata:|nato/a|nascimento|nasci |nasceu|nascido|nascida|nasc.|data nasc|dt. nasc|data_nasc|datanasc|aniversário|geboorte|geb.dat|\
     verjaardag|född|fødsel|født|födelse|foedsel|foedt|fodsel|f. |f.d.|urodzon|urodzen|urodził|ur.|urodz|data ur|narozen|narodi|\
     naroden|nar.|dat. nar|datum nar|születé|szület|szül|syntyn|syntynyt|synnyin|syntymä|syntymäaika|synt.|născut|născută|\
     nascut|nașter|naşter|naster|doğum|dogum|d. tarihi|d.t.|d.tarihi|рожд|родил|род.|д.р.|др:|дата народж|народж|народив|н.р.|\
     γεννήθηκ|γέννησ|γεννηθ|γενν.|生年月日|出生|生日|誕生|诞生|생년월일|생일|출생|생년|जन्म|rodjen|rođen|dzim|gimim|lahir|ngày sinh|sinh ngày|tanggal lahir|วันเกิด|เกิด|תאריך לידה|تاريخ الميلاد|تاريخ الولادة|*";
/// Those that stand directly before the date.
const SIGNS: [&str; 4] = ["*", "f. ", "(b. ", ", b. "];
/// What directly after a date calls it a birthday, by how it begins.
static BIRTH_AFTER: Marks<84> = Marks::new([
    "生まれ",
    "うまれ",
    "出生",
    "出世",
    "誕生",
    "에 태어",
    "에 출생",
    "출생",
    "태어",
    "doğumlu",
    "dogumlu",
    "tarihinde doğ",
    "'de doğ",
    "'da doğ",
    "'te doğ",
    "'ta doğ",
    "de doğ",
    "da doğ",
    "született",
    "születés",
    "szület",
    "én szület",
    "án szület",
    "-én szület",
    "-án szület",
    "-i szület",
    "i szület",
    "-ei szület",
    "geboren",
    "geb.",
    "को हुआ था",
    "को हुई थी",
    "को जन्म",
    "को पैदा",
    "में जन्म",
    "में पैदा",
    "года рождения",
    "года рожд",
    "г.р.",
    "г. р.",
    "г.рожд",
    "г. рожд",
    "року народж",
    "р.н.",
    "р. н.",
    "года родил",
    "родил",
    "is my birthday",
    "is her birthday",
    "is his birthday",
    "is my dob",
    "is my date of birth",
    "ist mein geburtstag",
    "ist mein geb",
    "est ma date de naiss",
    "es mi fecha de nac",
    "es mi cumple",
    "è la mia data di nasc",
    "é a minha data de nasc",
    "é meu aniv",
    "is mijn verjaardag",
    "is mijn geboorte",
    "(dob",
    "(d.o.b",
    "(birth",
    "(date of birth",
    "(born",
    "(geb",
    "(née",
    "(né",
    "(nacid",
    "(nascid",
    "(nato",
    "(nata",
    "(ur.",
    "(ur)",
    "(född",
    "(født",
    "(生年月日",
    "(出生",
    "（生年月日",
    "（出生",
    "(생년월일",
    "（생년월일",
]);
/// Words of English that may stand between `born` and the day; others tell of what was born, which is mostly no one.
static BETWEEN: List = List::new(
    "a an and around about april at august baby boy child circa city date daughter day december dd early evening february \
     girl home hospital immigrant in is january july june late live march may mm morning near night november october of \
     on our parents prematurely premature raised september son the there to town twin twins village was yy yyyy",
);

/// Recognizes dates of birth, ages, and dates.
pub struct Birth;

impl Recognizer for Birth {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::DateOfBirth, Kind::DateTime, Kind::Age]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let (mut seen, mut last) = (0, None);
        for (index, run) in page.runs_of(Needs::DIGIT) {
            if run.start < seen {
                continue;
            }
            if run.len() > 4 {
                if run.len() == 8 && is_compact(page, run) && (is_birthday(page, run, last) || is_of_message(page, run))
                {
                    findings.push(Finding::new(Kind::DateOfBirth, run, 0.9));
                }
                continue;
            }
            if let Some(date) = dates::at(page, index) {
                seen = date.span.end;
                let birthday = date.is_day && is_birthday(page, date.span, last);
                last = if date.is_day { Some((date.span, birthday)) } else { last };
                findings.push(if birthday {
                    Finding::new(Kind::DateOfBirth, date.span, 0.96)
                } else if !date.is_day && birth_years::is_birth_year(page, run) {
                    Finding::new(Kind::DateOfBirth, run, 0.9)
                } else {
                    Finding::new(Kind::DateTime, date.span, date.score)
                });
            } else if run.len() == 4 {
                if birth_years::is_birth_year(page, run) {
                    findings.push(Finding::new(Kind::DateOfBirth, run, 0.9));
                }
            } else if matches!(run.len(), 1..=3) && age::is_age(page, run) {
                findings.push(Finding::new(Kind::Age, run, 0.8));
            }
        }
    }
}

impl Settle for Birth {
    /// The column of a date may call it a birthday. Without a month's name or a whole year it may be a sort code: `20-11-12`.
    fn settles(&self, finding: &Finding, text: &str) -> Left {
        let written = finding.span.of(text).as_bytes();
        let is_year = |four: &[u8; 4]| four.iter().all(u8::is_ascii_digit);
        match finding.kind {
            Kind::Age | Kind::DateOfBirth => Left::Nothing,
            _ if written.iter().any(u8::is_ascii_alphabetic) || written.array_windows().any(is_year) => Left::Field,
            _ => Left::Anything,
        }
    }
}

/// All words of birth. There is always an automaton of so few words.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = || BIRTH_WORDS.split('|');
    let capitals = words().filter(|word| !word.is_ascii()).flat_map(|word| [word.to_uppercase(), capitalized(word)]);
    let words = words().map(str::to_owned).chain(capitals);
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

fn capitalized(word: &str) -> String {
    let mut rest = word.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// Whether eight digits are a day without signs: `19850312`, `12031985`.
fn is_compact(page: &Page<'_>, run: Span) -> bool {
    let part = |from: usize, to: usize| page.value(Span::new(run.start + from, run.start + to));
    let fits = |year: u32, month: u32, day: u32| {
        (1_900..2_100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    let right = fits(part(0, 4), part(4, 6), part(6, 8))
        || fits(part(4, 8), part(2, 4), part(0, 2))
        || fits(part(4, 8), part(0, 2), part(2, 4));
    right && page.starts_word(run.start) && page.ends_word(run.end)
}

/// Whether the digits stand in a message's field for a birthday: the seventh of `PID` in HL7, `DMG*D8*` in X12.
#[inline(never)]
fn is_of_message(page: &Page<'_>, run: Span) -> bool {
    match page.byte_before(run.start) {
        Some(b'*') => page.has_before(run.start, "DMG*D8*"),
        Some(b'|') => {
            let line = page.bytes_before(run.start, LONGEST_SEGMENT);
            let line = line.rsplit(['\n', '\r']).next().unwrap_or(line);
            line.starts_with("PID|") && line.bytes().filter(|byte| *byte == b'|').count() == 7
        }
        _ => false,
    }
}

/// Whether a date is a birthday; `last` is the one before it, and whether that is one.
fn is_birthday(page: &Page<'_>, date: Span, last: Option<(Span, bool)>) -> bool {
    is_announced(page, date, last) || is_called_after(page, date)
}

/// Whether a word before the date calls it a birthday.
fn is_announced(page: &Page<'_>, date: Span, last: Option<(Span, bool)>) -> bool {
    let Some(words) = &*WORDS else { return false };
    let bytes = page.text().as_bytes();
    let reach = if page.follows_thai(date.start) { BEFORE_THAI } else { BEFORE };
    let before = bytes.get(date.start.saturating_sub(reach)..date.start).unwrap_or_default();
    // Only the rest of the paragraph that the date stands in. What redaction wrote announces nothing.
    let paragraph = before.windows(2).rposition(|two| two == b"\n\n" || two == b"1]").map_or(0, |at| at + 2);
    let before = before.get(paragraph..).unwrap_or_default();
    words.find_overlapping_iter(before).any(|found| {
        let gap = before.get(found.end()..).unwrap_or_default();
        let word = before.get(found.range()).unwrap_or_default();
        let at = date.start - gap.len() - word.len();
        let cue = Span::new(at, at + word.len());
        starts(page, at, word) && links(page, at, word, date) && birth_cues::serves(page, cue, date, last)
    })
}

/// Whether a word starts at `at`, also inside a name such as `dateOfBirth`.
fn starts(page: &Page<'_>, at: usize, word: &[u8]) -> bool {
    let first = word.first().copied().unwrap_or_default();
    let camel = first.is_ascii_uppercase() && page.byte_before(at).is_some_and(|last| last.is_ascii_lowercase());
    matches!(first, b'(' | b'*' | b',')
        || page.byte_before(at) == Some(b'_')
        || page.starts_word(at)
        || camel
        || page.has_before(at, "dateof")
}

/// Whether what stands between a word of birth and a date leaves them together.
fn links(page: &Page<'_>, at: usize, word: &[u8], date: Span) -> bool {
    let gap = page.slice(at + word.len(), date.start);
    if word == b"*" {
        let head = page.bytes_before(at, 8).trim_end();
        let named = gap.is_empty() && head.ends_with(|c: char| c.is_alphabetic() || c == ',');
        let apart = gap == " " && birth_cues::is_star_of_name(page, at, date);
        return gap.trim().is_empty() && (named || apart || head.ends_with('(')) && page.byte(date.end) != Some(b'*');
    }
    if SIGNS.iter().any(|sign| sign.as_bytes().eq_ignore_ascii_case(word)) {
        return gap.is_empty();
    }
    if word == "เกิด".as_bytes() {
        return birth_cues::is_thai(page, at, gap);
    }
    let known = |gap: &str| {
        let mut words = gap.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        words.all(|word| word.starts_with(char::is_uppercase) || BETWEEN.has(word))
    };
    let is = |known: &str| word.eq_ignore_ascii_case(known.as_bytes());
    if is("born") {
        return !gap.starts_with(char::is_alphabetic) && known(gap);
    }
    !is("birth") || !gap.starts_with(" of ") || known(gap)
}

/// Whether a word directly after the date calls it a birthday.
fn is_called_after(page: &Page<'_>, date: Span) -> bool {
    let first = page.byte(date.end);
    if !matches!(first, Some(b' ' | b'-' | b'\'' | b'(' | 0xe3 | 0xe5..=0xe8 | 0xeb..=0xed | 0xef)) {
        return false;
    }
    let at = page.ahead_while(date.end, 2, |c| matches!(c, ' ' | ','));
    let at = if page.has_at(at, "г. ") { at + "г. ".len() } else { at };
    let after = page.bytes_after(at, AFTER);
    if let Some(rest) = after.strip_prefix('生') {
        // Not what was produced, took effect or grows then.
        return !rest.starts_with(|c: char| matches!(c, '\u{3400}'..='\u{9fff}'))
            || rest.starts_with(['的', '人', '日']);
    }
    if let Some(rest) = after.strip_prefix('생') {
        return !rest.starts_with(['산', '성', '겼', '긴', '활', '명', '방', '각', '기', '길']);
    }
    BIRTH_AFTER.at(page, at).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Birth,
            Kind::DateOfBirth,
            &[
                "born on {12/03/1985}.",
                "DOB: {1985-03-12}",
                "geboren am {12.03.1985} in Ulm",
                "date_of_birth: {March 12, 1985}",
                "she was born {12 March 1985}",
                "né le {3 mars 1985}",
                "Birthday {Mar. 3rd, 1990}",
                "nació el {3 de marzo de 1990}",
                "{12/03/1985} (DOB)",
                "ur. {12.03.1985}",
                "nací el {3 de marzo de 1990} en Lugo",
                "nasci em {2.4.79}",
                "m-am născut pe {12 martie 1985}, născută la {07/04/1942}",
                "synnyin {12. maaliskuuta 1985}; syntynyt {18.5.1977}",
                "doğum tarihim {13 Haziran 1981}",
                "{18 Ağustos 1974} doğumluyum",
                "{1985. március 12.}-én születtem, szül.: {1985.03.12}",
                "生年月日：{昭和16年5月5日}",
                "{1990年04月23日}生",
                "我是{1938年03月26日}出生的，生日{1938-03-26}",
                "생년월일를 {1948.11.16}로, {1990년 4월 23일}생입니다",
                "मेरा जन्म {12 मार्च 1985} को हुआ था",
                "дата рождения: {12 марта 1985} г.",
                "(b. {12 May 1985})",
                "1. Kristy Kelley, b. {11-07-1988}, mother",
                "Anna Berg (*{12.05.1985})",
                "\"dateOfBirth\": \"{1985-03-12T00:00:00Z}\"",
                "customer.setBirthDate(\"{1985/03/12}\")",
                "DATEOFBIRTH={15APR1992}",
                "dob: {19850312}",
                "PID|1||AB12^^^MRN||DOE^JANE||{19850312}|F|||x",
                "DMG*D8*{19850312}*F~",
                "naissance={08-Jan-1948}",
                "born in Leeds on {12/03/1985}",
                "Ngày sinh: {06-10-1945}, תאריך לידה: {11/05/1975}",
                "تاريخ الميلاد: {02-09-1952}",
                "เกิดวันที่ {21 มกราคม 2517}, เกิดเมื่อ {11/11/2540}",
                "วันเดือนปีเกิด {02 มิถุนายน 2536}\nวันเกิด{25/03/2545}",
                "อายุ 52 ปี เกิด {21 ม.ค. 2517} บุตรเกิดเมื่อวันที่ {19 เมษายน พ.ศ. 2569}",
                "Herrn Klaus Neubauer, * {23.11.1999}, wohnhaft",
                "Holger M. Recklinghausen * {13.09.1955}\n",
                "des Patienten Haefner, Heinz, * {21.3.1979}, der sich vom 18.11.2020",
                "Anna Berg * {3. Mai 1979} in Ulm",
                "DOB: {12/03/1985} / {14/05/1987}; née le {12/03/1985} et {13/04/1987}",
                "Recién nacido el {02/02/2018}",
            ],
        );
    }

    #[test]
    fn a_word_serves_the_first_date() {
        check(
            &Birth,
            Kind::DateOfBirth,
            &[
                "geb. am {12.12.1932}, die sich vom 15.5.2014 bis 13.6.2014",
                "(født {28. august 1942}, død 4. april 2013)",
                "née le {12/03/1985}, admise le 15/04/2024",
                "geb. {21.06.1967}, der sich am 15.03.2013 in",
                "DOB {12/03/1985}, 15/04/2024 (16/04/2024)",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Birth,
            Kind::DateOfBirth,
            &[
                "met on 12/03/1985",
                "version 1.2.3",
                "born in 1985",
                "dob: 12",
                "born at 12:30:45",
                "the birth of 10.000 stars",
                "born for 12 market 1985",
                "the bug was born in commit of 11.01.2016",
                "version born out of frustration on 27 July 1996",
                "2020年3月1日生产",
                "build 19850312",
                "PID|19850312|1, OBX|1||||||19850312|F, X*D8*19850312*",
                "a. 11/03/2020 b. 12/03/2020",
                "coeur. 12.03.1985",
                "5 * 12.05.19 + 1",
                "* 12.03.1985\n* 13.03.1985",
                "Anna Berg\n* 12.03.1985\n",
                "Termine * 12.03.1985, Rechnung X * 12.03.1985",
                "Nächste Termine * 12.05.2019 Treffen * 13.05.2019 Feier",
                "Release Notes * 2019-05-12\n",
                "Recién nacido Sexo: H. Fecha de Ingreso: 02/02/2018",
                "geb. 1960, verstorben 12.3.2004, (født i Ulm, død 4. april 2013)",
                "née en 1985, admise le 15/04/2024",
                "nacido en Lugo, ingresó el 3/4/2020",
                "เหตุเกิดเมื่อวันที่ 5/5/2560, เกิดปัญหาเมื่อ 12/03/2560",
            ],
        );
    }
}
