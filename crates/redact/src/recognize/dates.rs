//! Dates as people write them: with signs (`1985-03-12`, `12.03.85`), with the month's name in some twenty languages, in Chinese, Japanese and
//! Korean characters, with a time of day after them. Says where a date is; what it is a date of is told by `birth.rs`.

use super::list::List;
use super::marks::Marks;
use super::{Page, dates_thai};
use crate::finding::{Span, SpanText as _};

/// The score of a date that nobody's birthday is: it is reported, and left in texts.
const PLAIN: f32 = 0.4;
/// The score of a year alone.
const YEAR: f32 = 0.3;
/// The most bytes of a month's name.
const LONGEST_MONTH: usize = 18;

/// Names of months in lower case, in the cases that dates are written in: the languages of Europe, Turkish and Hindi.
static MONTHS: List = List::new(
    "abr abril ago agosto août apr april aprile aprilie apríla aralık aug august augusta augusti augustus augusztus avr avril \
     ağustos březen března czerwca czerwiec dec december decembra decembrie desember desembre dez dezember dezembro dic dicembre \
     diciembre duben dubna déc décembre ekim elokuu elokuuta ene enero eylül feb febbraio febr febrer febrero februar februari \
     februarie february február februára fev fevereiro févr février gen gener gennaio giu giugno grudnia grudzień haziran \
     heinäkuu heinäkuuta helmikuu helmikuuta huhtikuu huhtikuuta ian ianuarie iul iulie iun iunie jan janeiro januar januari \
     january január januára janv janvier joulukuu joulukuuta juil juillet juin jul julho juli julio juliol july jun june junho \
     juni junio juny jänner júl júla július jún júna június kasım kesäkuu kesäkuuta květen května kwiecień kwietnia leden ledna \
     lipca lipiec listopad listopada listopadu lokakuu lokakuuta lug luglio lutego luty maaliskuu maaliskuuta maart mag maggio \
     mai maio maj maja mar marca march marraskuu marraskuuta mars mart martie marts marzec marzo març março may mayo mayıs mei \
     máj mája május márc március mär märz nisan noiembrie nov november novembra novembre novembro noviembre ocak oct october \
     octobre octombrie octubre okt oktober október októbra ott ottobre out outubro październik października prosince prosinec sep \
     sept september septembra septembre septembrie septiembre set setembre setembro setiembre settembre sierpień sierpnia srpen \
     srpna stycz styczeń stycznia syyskuu syyskuuta szept szeptember tammikuu tammikuuta temmuz toukokuu toukokuuta wrzesień \
     września září ápr április únor února červen července červenec června říjen října şubat απριλίου αυγούστου δεκεμβρίου \
     ιανουαρίου ιουλίου ιουνίου μαΐου μαρτίου νοεμβρίου οκτωβρίου σεπτεμβρίου φεβρουαρίου август августа апреля април березня \
     вересня грудня декабря декември жовтня июля июня квітня липня листопада лютого май март марта мая ноември ноября октомври \
     октября сентября септември серпня січня травня февраля февруари червня юли юни января януари अक्टूबर अक्तूबर अगस्त अप्रैल \
     जनवरी जुलाई जून दिसंबर दिसम्बर नवंबर नवम्बर फरवरी फ़रवरी मई मार्च सितंबर सितम्बर",
);
/// What may stand between the day and the name of the month, and between that and the year.
const LINKS: [&str; 7] = [" of ", " de ", " del ", ". ", ", ", " ", "."];
/// Words before a year alone.
static BEFORE_YEAR: Marks<16> = Marks::new([
    " a ", "an ", "in ", "since ", "from ", "until ", "before ", "after ", "during ", "by ", "of ", "year ", "seit ",
    "im jahr ", "en ", "depuis ",
]);

/// A date, or a year alone.
pub(super) struct Date {
    /// Where it is, with the time of day when one follows.
    pub(super) span: Span,
    /// How sure it is that it is a date when no word calls it a birthday: such dates are reported and left in texts.
    pub(super) score: f32,
    /// Whether it is a whole day or a month's day, not a year alone.
    pub(super) is_day: bool,
}

/// The date whose first digits are the run of that index.
pub(super) fn at(page: &Page<'_>, index: usize) -> Option<Date> {
    let run = *page.digit_runs().get(index)?;
    if !may_begin(page, run) && !is_joined(page, index, run) {
        return None;
    }
    match day_at(page, index) {
        Some(day) => Some(Date { span: Span::new(day.start, with_time(page, day.end)), score: PLAIN, is_day: true }),
        None => is_year(page, run).then_some(Date { span: run, score: YEAR, is_day: false }),
    }
}

/// Whether the run can be the first digits of a date; most runs of most texts cannot, by what stands beside them.
fn may_begin(page: &Page<'_>, run: Span) -> bool {
    match (run.len(), page.byte(run.end)) {
        (4, next) => {
            page.text().as_bytes().get(run.start).is_some_and(|first| matches!(first, b'1' | b'2'))
                && next != Some(b':')
        }
        (1 | 2, Some(b'-' | b'/' | b'.' | b' ' | b',' | b's' | b'n' | b'r' | b't' | b'e')) => true,
        // `3º`; `59年` and `42년`; `21มกราคม`.
        (1 | 2, Some(0xc2 | 0xe0 | 0xe5 | 0xeb)) => true,
        (1 | 2, _) | (_, _) => false,
    }
}

/// Whether the run is the day of a date without gaps: `03MAY1984`.
fn is_joined(page: &Page<'_>, index: usize, run: Span) -> bool {
    let next = page.digit_runs().get(index + 1);
    run.len() <= 2
        && next.is_some_and(|next| next.len() == 4 && next.start == run.end + 3)
        && is_month(page.slice(run.end, run.end + 3))
}

/// A whole date whose first digits are the run of that index: `1985-03-12`, `12.03.85`, `March 12, 1985`, `12 March 1985`.
fn day_at(page: &Page<'_>, index: usize) -> Option<Span> {
    let [first, rest @ ..] = page.digit_runs().get(index..)? else { return None };
    let before = page.byte_before(first.start);
    if before != Some(b'_') && !page.starts_word(first.start) || matches!(before, Some(b'.' | b'/' | b'$')) {
        return None;
    }
    let date = if before == Some(b'-') {
        month_first(page, *first, rest)?
    } else {
        numeric(page, *first, rest)
            .or_else(|| characters(page, *first, rest))
            .or_else(|| month_first(page, *first, rest))
            .or_else(|| day_first(page, *first, rest))
            .or_else(|| year_first(page, *first, rest))
            .or_else(|| dates_thai::at(page, *first, rest))?
    };
    let goes_on = matches!(page.byte(date.end), Some(b'-' | b'/' | b'.'))
        && page.byte(date.end + 1).is_some_and(|b| b.is_ascii_alphanumeric());
    let closes =
        page.ends_word(date.end) || page.byte(date.end) == Some(b'T') || page.slice(0, date.end).ends_with('日');
    (closes && !goes_on).then_some(date)
}

fn is_day(day: u32) -> bool {
    (1..=31).contains(&day)
}

/// Three groups with the same sign between them.
fn numeric(page: &Page<'_>, first: Span, rest: &[Span]) -> Option<Span> {
    let [second, third, ..] = rest else { return None };
    let sign = page.byte(first.end).filter(|sign| matches!(sign, b'-' | b'/' | b'.' | b' '))?;
    if second.len() > 2 || second.start - first.end > 2 {
        return None;
    }
    let gap = page.slice(first.end, second.start);
    if gap.len() > 2 || gap != page.slice(second.end, third.start) || !matches!(gap, "-" | "/" | "." | ". " | " ") {
        return None;
    }
    let [a, b, c] = [first, *second, *third].map(|run| page.value(run));
    let of_year = |year: u32| (1_000..3_000).contains(&year);
    let right = match [first.len(), second.len(), third.len()] {
        [4, 1..=2, 1..=2] => of_year(a) && (1..=12).contains(&b) && is_day(c) && sign != b' ',
        [1..=2, 1..=2, 4] => of_year(c) && is_day(a) && is_day(b) && (a <= 12 || b <= 12),
        [1..=2, 1..=2, 2] => is_day(a) && is_day(b) && (a <= 12 || b <= 12) && sign != b' ',
        _ => false,
    };
    right.then(|| Span::new(first.start, third.end))
}

/// Names of eras before a year of Japan.
const ERAS: [&str; 5] = ["昭和", "平成", "令和", "大正", "明治"];

/// `1985年3月12日`, `昭和60年3月12日`, `1985년 3월 12일`.
fn characters(page: &Page<'_>, first: Span, rest: &[Span]) -> Option<Span> {
    if !matches!(page.byte(first.end), Some(b' ' | 0xe5 | 0xeb)) {
        return None;
    }
    let [second, third, ..] = rest else { return None };
    let [year, month] =
        [(first.end, second.start), (second.end, third.start)].map(|(end, start)| page.slice(end, start).trim());
    let day = match (year, month) {
        ("年", "月") => ["日", "号"],
        ("년", "월") => ["일", "일"],
        _ => return None,
    };
    let gap = usize::from(page.byte(third.end) == Some(b' '));
    let day = day.iter().find(|day| page.has_at(third.end + gap, day)).map_or(0, |day| gap + day.len());
    let era = ERAS.iter().find(|era| page.has_before(first.start, era)).map_or(0, |era| era.len());
    Some(Span::new(first.start - era, third.end + day))
}

/// `March 12, 1985`, `Mar. 3rd 1990`.
fn month_first(page: &Page<'_>, day: Span, rest: &[Span]) -> Option<Span> {
    let sign = page.byte_before(day.start).filter(|sign| matches!(sign, b' ' | b'-'))?;
    if day.len() > 2 || !is_day(page.value(day)) {
        return None;
    }
    let name_end = day.start - 1 - usize::from(page.byte_before(day.start - 1) == Some(b'.'));
    if !page.byte_before(name_end).is_some_and(|byte| byte >= 0x80 || byte.is_ascii_alphabetic()) {
        return None;
    }
    let start = page.letters_before(name_end, LONGEST_MONTH, is_letter);
    if !is_month(page.slice(start, name_end)) || !page.starts_word(start) {
        return None;
    }
    let day_end = after_ordinal(page, day.end);
    let year = rest.first().filter(|year| is_year_of_date(page, **year));
    let joins = |gap: &str| if sign == b'-' { gap == "-" } else { matches!(gap, ", " | " " | "," | ". ") };
    match year.filter(|year| joins(page.slice(day_end, year.start))) {
        Some(year) => Some(Span::new(start, year.end)),
        None if sign == b'-' => None,
        None => page.after(start).is_some_and(char::is_uppercase).then(|| Span::new(start, day_end)),
    }
}

/// `12 March 1985`, `12th of March`, `3 de marzo de 1990`, `12. März 1985`.
fn day_first(page: &Page<'_>, day: Span, rest: &[Span]) -> Option<Span> {
    if day.len() > 2 || !is_day(page.value(day)) {
        return None;
    }
    let next = rest.first().copied();
    if let Some(sign @ (b'-' | b'/' | b'.')) = page.byte(day.end)
        && let Some(end) = month_between(page, day.end + 1, sign, next)
    {
        return Some(Span::new(day.start, end));
    }
    let joined = next.filter(|year| year.start == day.end + 3 && is_month(page.slice(day.end, year.start)));
    if let Some(year) = joined.filter(|year| is_year_of_date(page, *year)) {
        return Some(Span::new(day.start, year.end));
    }
    let from = after_ordinal(page, day.end);
    let name = from + link(page, from)?;
    let end = page.letters_after(name, LONGEST_MONTH, is_letter);
    if !is_month(page.slice(name, end)) {
        return None;
    }
    let dot = usize::from(page.byte(end) == Some(b'.'));
    let year = next.filter(|year| is_year_of_date(page, *year));
    match year.filter(|year| {
        link(page, end) == Some(year.start - end) || link(page, end + dot) == Some(year.start.saturating_sub(end + dot))
    }) {
        Some(year) => Some(Span::new(day.start, year.end)),
        None => page.after(name).is_some_and(char::is_uppercase).then(|| Span::new(day.start, end)),
    }
}

/// The end of a year that a month's name and the sign stand before: `May-1984` after `03-`.
fn month_between(page: &Page<'_>, name: usize, sign: u8, year: Option<Span>) -> Option<usize> {
    let year = year?;
    let end = year.start.checked_sub(1)?;
    let fits = page.byte(end) == Some(sign)
        && (end.saturating_sub(name)) <= LONGEST_MONTH
        && (is_year_of_date(page, year) || year.len() == 2)
        && is_month(page.slice(name, end));
    fits.then_some(year.end)
}

/// `1984 May 3`, `1984-May-03`, `1985. március 12.`
fn year_first(page: &Page<'_>, year: Span, rest: &[Span]) -> Option<Span> {
    if year.len() != 4 || !matches!(page.byte(year.end), Some(b' ' | b'.' | b'-')) {
        return None;
    }
    let day = *rest.first().filter(|day| day.len() <= 2 && day.start - year.end <= LONGEST_MONTH + 4)?;
    let between = page.slice(year.end, day.start);
    let name = between.trim_matches([' ', '.', '-']);
    let right = between.len() - name.len() <= 4 && is_month(name) && is_day(page.value(day));
    let dot = usize::from(between.starts_with('.') && page.byte(day.end) == Some(b'.'));
    (right && is_year_of_date(page, year)).then(|| Span::new(year.start, day.end + dot))
}

/// Letters of months' names; Devanagari writes some vowels with marks that are no letters.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{900}'..='\u{97f}')
}

/// The length of what links the parts of a date at `at`.
fn link(page: &Page<'_>, at: usize) -> Option<usize> {
    if !matches!(page.byte(at), Some(b' ' | b'.' | b',')) {
        return None;
    }
    LINKS.iter().find(|link| page.has_at(at, link)).map(|link| link.len())
}

fn after_ordinal(page: &Page<'_>, end: usize) -> usize {
    if !matches!(page.byte(end), Some(b's' | b'n' | b'r' | b't' | b'e' | b'.' | 0xc2)) {
        return end;
    }
    let mark = ["st", "nd", "rd", "th", "er", "º", "ª", "°", ".º"].iter().find(|mark| page.has_at(end, mark));
    end + mark.filter(|mark| page.ends_word(end + mark.len())).map_or(0, |mark| mark.len())
}

pub(super) fn is_month(name: &str) -> bool {
    name.len() >= 3 && MONTHS.has(name)
}

fn is_year_of_date(page: &Page<'_>, run: Span) -> bool {
    run.len() == 4 && (1_000..3_000).contains(&page.value(run))
}

/// The end of the time of day after a date, or `end` when there is none.
fn with_time(page: &Page<'_>, end: usize) -> usize {
    let gap = match page.byte(end) {
        Some(b'T' | b' ') => 1,
        Some(b',') if page.byte(end + 1) == Some(b' ') => 2,
        _ => return end,
    };
    let reach = page.ahead_while(end + gap, 18, |c| c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | '-' | 'Z'));
    let time = page.slice(end + gap, reach).trim_end_matches(['.', ':', '+', '-']);
    let clock = time.contains(':') && time.starts_with(|c: char| c.is_ascii_digit());
    if clock { end + gap + time.len() } else { end }
}

/// Whether four digits may be a year of the last century or of this one.
pub(super) fn is_like_year(digits: &str) -> bool {
    digits.len() == 4 && matches!(digits.get(..2), Some("19" | "20"))
}

/// Whether the run is a year that a word before it makes one: `in 1985`.
fn is_year(page: &Page<'_>, run: Span) -> bool {
    let closes = page.ends_word(run.end)
        && !(matches!(page.byte(run.end), Some(b'.' | b',' | b'-' | b'/' | b':'))
            && page.byte(run.end + 1).is_some_and(|b| b.is_ascii_digit()));
    run.len() == 4
        && (1_900..2_100).contains(&page.value(run))
        && page.byte_before(run.start) == Some(b' ')
        && closes
        && BEFORE_YEAR
            .before(page, run.start)
            .is_some_and(|word| word.starts_with(' ') || page.starts_word(run.start.saturating_sub(word.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(text: &str) -> Vec<&str> {
        let page = Page::new(text);
        let found = (0..page.digit_runs().len()).filter_map(|index| at(&page, index));
        let mut end = 0;
        // The later digits of a date may look like one.
        let whole = found.filter(|date| date.span.start >= std::mem::replace(&mut end, date.span.end));
        whole.map(|date| date.span.of(text)).collect()
    }

    #[test]
    fn finds() {
        let cases = [
            ("on 2000-04-16 11:34:35.", "2000-04-16 11:34:35"),
            ("at 2024-09-18T10:00:00Z, ok", "2024-09-18T10:00:00Z"),
            ("due 2/8/1935", "2/8/1935"),
            ("am 12. März 1985 in Ulm", "12. März 1985"),
            ("el 3 de marzo de 1990", "3 de marzo de 1990"),
            ("March 12th, 1985", "March 12th, 1985"),
            ("since 12 Jan. 2001", "12 Jan. 2001"),
            ("the 4th of July", "4th of July"),
            ("in 1977 or so", "1977"),
            ("1985年3月12日", "1985年3月12日"),
            ("05.11.99, noon", "05.11.99"),
            ("on 03-May-1984.", "03-May-1984"),
            ("03MAY1984", "03MAY1984"),
            ("3/May/1984", "3/May/1984"),
            ("May-03-1984", "May-03-1984"),
            ("1984 May 3", "1984 May 3"),
            ("1985. március 12. napján", "1985. március 12."),
            ("le 1er mars 1985", "1er mars 1985"),
            ("3º de março de 1985", "3º de março de 1985"),
            ("den 3. mars 1985", "3. mars 1985"),
            ("12. maaliskuuta 1985", "12. maaliskuuta 1985"),
            ("12 मार्च 1985 को", "12 मार्च 1985"),
            ("12 марта 1985 года", "12 марта 1985"),
            ("昭和59年3月12日生", "昭和59年3月12日"),
            ("วันที่ 21 มกราคม 2517 ถึง", "21 มกราคม 2517"),
            ("3 ม.ค. 2540", "3 ม.ค. 2540"),
            ("วันที่5พฤษภาคม พ.ศ. 2508", "5พฤษภาคม พ.ศ. 2508"),
            ("1985년 3월 12일에", "1985년 3월 12일"),
            ("1985-03-12T00:00:00-05:00", "1985-03-12T00:00:00-05:00"),
        ];
        for (text, date) in cases {
            assert_eq!(dates(text), [date], "in `{text}`");
        }
    }

    #[test]
    fn leaves() {
        for text in [
            "version 1.2.3 of 10.0.19041",
            "12 marching bands, 3 mayors",
            "score 6-4-2 and 1/2",
            "room 1977",
            "2020-13-45",
            "192.168.1.1",
            "1.2.2024.7",
            "may 3 of us come",
            "area 51",
            "12-step-1984",
            "2020-mar-code 5",
            "99MAX2020",
            "21 คน 2517, 41 มกราคม 2517, 5 มกราคม",
        ] {
            assert_eq!(dates(text), [""; 0], "in `{text}`");
        }
    }
}
