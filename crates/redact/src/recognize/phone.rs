//! Telephone numbers. Candidates are digit groups with the separators people write; the layout, the words around it and the numbering
//! plans in `plan.rs` then decide. A run of digits without a plus sign, a known layout or such a word is never a phone number: most
//! of them are order numbers. Leaves the numbers kept for fiction, 555-0100 to 555-0199.

use std::cell::LazyCell;

use super::list::Folded;
use super::marks::Marks;
use super::needs::{LONGEST_GAP, Needs};
use super::phone_looks::{Gaps, Looks};
use super::phone_words::Words;
use super::{Left, Page, Recognizer, Settle, phone_looks, plan};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The most groups a number is written in: +46 (0)8 928 571 38 has six.
const MOST_GROUPS: usize = 8;
/// The most groups of a single digit among them: a country code, a zero for calls at home, and items that are counted after the number.
const MOST_STRAY: usize = 3;
/// The most digits of a number, E.164 and a prefix for calls abroad.
const MOST_DIGITS: usize = 17;
/// Recognizes telephone numbers.
pub struct Phone;

impl Recognizer for Phone {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Phone]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let runs = page.digit_runs();
        // Those before belong to a number.
        let mut free = 0;
        for (index, _) in page.runs_of(Needs::PHONE) {
            if index < free {
                continue;
            }
            let groups = cluster(page, runs.get(index..).unwrap_or_default());
            if let Some((finding, taken)) = number_in(page, groups)
                && !is_tail(page, runs, index)
            {
                findings.push(finding);
                free = index + taken;
            }
        }
    }
}

impl Settle for Phone {
    /// No other number begins with a plus sign.
    fn settles(&self, finding: &Finding, text: &str) -> Left {
        let plus = finding.span.of(text).trim_start_matches('(').starts_with('+');
        if plus { Left::Nothing } else { Left::Number }
    }
}

/// The runs from the first on that separators join, at most [`MOST_GROUPS`].
fn cluster<'r>(page: &Page<'_>, runs: &'r [Span]) -> &'r [Span] {
    let joined = runs.iter().zip(runs.iter().skip(1)).take(MOST_GROUPS - 1);
    let length = 1 + joined.take_while(|(left, right)| is_gap(page, left.end, right.start)).count();
    runs.get(..length).unwrap_or_default()
}

/// Whether the run is one of the groups of four of an account, card or serial number: `PL71 1140 2004 0000 3002`.
fn is_tail(page: &Page<'_>, runs: &[Span], index: usize) -> bool {
    let around = index.checked_sub(1).and_then(|before| runs.get(before..before + 3));
    let Some([before, run, next]) = around else { return false };
    let country = || before.len() == 2 && before.start.checked_sub(2).is_some_and(|at| is_country(page.bytes_at(at)));
    run.len() == 4
        && next.len() == 4
        && (before.len() == 4 || country())
        && [(before, run), (run, next)].iter().all(|(left, right)| page.slice(left.end, right.start) == " ")
}

/// Whether the text begins with two capitals.
fn is_country(text: &[u8]) -> bool {
    text.iter().take(2).all(u8::is_ascii_uppercase)
}

/// Whether one to three signs stand between two groups.
#[inline]
fn is_gap(page: &Page<'_>, start: usize, end: usize) -> bool {
    match page.bytes_at(start) {
        [b' ' | b'-' | b'.' | b'(' | b')' | b'/', ..] if end == start + 1 => true,
        [b' ' | b'-' | b'.' | b'(' | b')' | b'/' | 0xc2 | 0xe2, ..] => {
            (2..=LONGEST_GAP).contains(&(end - start)) && is_long_gap(page.slice(start, end))
        }
        _ => false,
    }
}

fn is_long_gap(gap: &str) -> bool {
    let separator = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{2011}' | '\u{2013}');
    gap.chars().count() <= 3 && gap.chars().all(separator)
}

/// The number that starts with the first of the groups, and how many of them it takes.
fn number_in(page: &Page<'_>, groups: &[Span]) -> Option<(Finding, usize)> {
    if groups.iter().map(Span::len).sum::<usize>() < 7 {
        return None;
    }
    let stray = groups.iter().filter(|group| group.len() == 1).count();
    let opening = groups.first().and_then(|first| open(page, *first)).filter(|_| stray <= MOST_STRAY)?;
    let before = LazyCell::new(|| Words::before(page, opening.start));
    for length in (1..=groups.len()).rev() {
        let taken = groups.get(..length).unwrap_or_default();
        if !(7..=MOST_DIGITS).contains(&taken.iter().map(Span::len).sum()) {
            continue;
        }
        let mut shape = [0; MOST_GROUPS];
        let Some(candidate) = Candidate::new(page, &opening, taken, &mut shape) else { continue };
        let score = candidate.judge(|| Words::after(page, candidate.span.end).unwrap_or_else(|| *before));
        if let Some(score) = score.filter(|_| opening.plus || !is_amount(page, candidate.span.end)) {
            return Some((Finding::new(Kind::Phone, candidate.span, score), length));
        }
    }
    None
}

/// Names of fields that hold a telephone number, before `=`.
static NAMES: Marks<18> = Marks::new([
    "phone", "mobile", "tel", "cell", "fax", "number", "telefon", "msisdn", "telefono", "telefone", "telefoon",
    "celular", "mobil", "gsm", "whatsapp", "phone_no", "phoneno", "mobileno",
]);

/// How a number begins.
struct Opening {
    /// Where it begins, with its plus sign and without a parenthesis around it.
    start: usize,
    plus: bool,
    /// Whether a parenthesis opens directly before `start`; it belongs to the number when it closes inside.
    parenthesis: bool,
}

/// How the number of which `first` is the first group begins; none when the text before makes it part of something else.
fn open(page: &Page<'_>, first: Span) -> Option<Opening> {
    let signed = match page.byte_before(first.start) {
        Some(b'+') => Some(first.start - 1),
        Some(b'(') if page.byte_before(first.start - 1) == Some(b'+') => Some(first.start - 2),
        _ => None,
    };
    let start = signed.unwrap_or(first.start);
    let parenthesis = (page.byte_before(start) == Some(b'(')).then(|| start - 1);
    let outer = parenthesis.unwrap_or(start);
    let byte_before = |distance: usize| outer.checked_sub(distance).and_then(|at| page.byte(at));
    let free = match page.before(outer) {
        None => true,
        Some(',') if page.is_field_comma(outer - 1) => true,
        Some('=') => signed.is_some() || NAMES.before(page, outer - 1).is_some(),
        Some('.' | ',') => !byte_before(2).is_some_and(|b| b.is_ascii_digit()),
        Some('-') => !byte_before(2).is_some_and(|b| b.is_ascii_alphanumeric()),
        Some(c) => page.starts_word(outer) && !matches!(c, '$' | '€' | '£' | '¥' | '#' | '/' | '+' | '%' | '@'),
    };
    free.then_some(Opening { start, plus: signed.is_some(), parenthesis: parenthesis.is_some() })
}

/// Digit groups that may be a number.
struct Candidate<'g> {
    span: Span,
    plus: bool,
    extension: bool,
    digits: Digits,
    shape: &'g [usize],
    gaps: Gaps,
}

/// The digits of all groups together.
#[derive(Clone, Copy, Default)]
struct Digits {
    digits: [u8; MOST_DIGITS],
    count: usize,
}

impl Digits {
    fn push(&mut self, group: &str) {
        let free = self.digits.get_mut(self.count..).unwrap_or_default();
        free.iter_mut().zip(group.bytes()).for_each(|(to, from)| *to = from);
        self.count += group.len();
    }

    fn bytes(&self) -> &[u8] {
        self.digits.get(..self.count).unwrap_or_default()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

impl<'g> Candidate<'g> {
    /// The groups as a number; `shape` is where the lengths of those that count are kept.
    fn new(page: &Page<'_>, opening: &Opening, groups: &[Span], shape: &'g mut [usize; MOST_GROUPS]) -> Option<Self> {
        let last = groups.last()?.end;
        let extended = extension_end(page, last);
        // `sip:+4930901820@host`
        let called = opening.plus && page.byte(extended) == Some(b'@') && page.has_before(opening.start, "sip:");
        if !called && !closes(page, extended) {
            return None;
        }
        let (mut digits, mut gaps, mut count) = (Digits::default(), Gaps::default(), 0);
        let mut end = None;
        for group in groups {
            if let Some(end) = end.replace(group.end) {
                gaps.push(page.slice(end, group.start));
            }
            // "+46 (0)8": the zero is only dialed at home.
            let only_at_home = opening.plus && group.of(page.text()) == "0" && page.byte(group.end) == Some(b')');
            if !only_at_home {
                digits.push(group.of(page.text()));
                *shape.get_mut(count)? = group.len();
                count += 1;
            }
        }
        // "012307 (2006)" names a volume and a year.
        if gaps.opened > gaps.closed {
            return None;
        }
        let start = opening.start - usize::from(opening.parenthesis && gaps.closed > gaps.opened);
        let (plus, extension) = (opening.plus, extended > last);
        let shape = shape.get(..count)?;
        let candidate = Self { span: Span::new(start, extended), plus, extension, digits, shape, gaps };
        (candidate.digits.count >= 7).then_some(candidate)
    }

    /// How sure it is that this is a phone number; none when it is not one.
    fn judge(&self, words: impl FnOnce() -> Words) -> Option<f32> {
        let digits = self.digits.bytes();
        // No country's code begins with a zero.
        let abroad = self.plus || digits.starts_with(b"00") && !digits.starts_with(b"000");
        let looks = if abroad { Looks::Fine } else { self.looks() };
        if self.is_fiction() || looks == Looks::Wrong {
            return None;
        }
        // `010-65980408-8001`: the last group is an extension. Other longer ones need a code for calls abroad.
        let extended = digits.starts_with(b"0") && matches!(self.shape, [3 | 4, 7 | 8, 3..=5]);
        if !abroad && digits.len() > 13 && !extended {
            return None;
        }
        let words = match words() {
            Words::Number if self.is_spelled() => Words::Announce,
            Words::Number => Words::Silent,
            words => words,
        };
        if looks == Looks::Amount && (words != Words::Announce || digits.len() < 9 && self.shape != [4, 4]) {
            return None;
        }
        let shape = self.shape;
        let stray = shape.iter().filter(|length| **length == 1).count();
        if abroad {
            let valid = plan::is_abroad(self.digits.text().trim_start_matches('0'));
            let plausible = self.plus && digits.len() >= 9 && (shape.len() >= 3 || words == Words::Announce);
            return match (valid, plausible) {
                (true, _) if self.plus || words != Words::Deny => Some(0.95),
                (_, true) => Some(0.7),
                (_, false) => None,
            };
        }
        let announced = words == Words::Announce;
        if announced && extended {
            return Some(0.6);
        }
        // `02216/325-15423`
        let most =
            if announced && digits.starts_with(b"0") && self.gaps.slashes + self.gaps.hyphens > 0 { 13 } else { 12 };
        if words == Words::Deny || digits.len() > most {
            return (announced && digits.len() == 13 && plan::is_abroad(self.digits.text())).then_some(0.6);
        }
        let north_american = matches!(shape, [3, 3, 4] | [1, 3, 3, 4] | [3, 7]) && self.is_north_american();
        let marked = self.gaps.hyphens + self.gaps.dots + self.gaps.closed > 0;
        if north_american && (marked && shape != [3, 7] || announced || self.extension) {
            return Some(0.85);
        }
        if announced && stray <= 1 && shape.len() <= 5 && (shape.len() > 1 || digits.len() >= 8) {
            return Some(0.6);
        }
        let national = digits.starts_with(b"0") && (9..=11).contains(&digits.len()) && shape.len() >= 2 && stray == 0;
        (national && plan::is_at_home(self.digits.text()) || self.is_layout()).then_some(0.55)
    }

    /// Whether the digits after a word for any number are written as those of a telephone: in groups, or with the zero of calls at home.
    fn is_spelled(&self) -> bool {
        let digits = self.digits.bytes();
        digits.len() >= 9 && (self.shape.len() >= 2 || digits.starts_with(b"0")) && self.looks() == Looks::Fine
    }

    /// Layouts that one country alone writes: `090-1234-5678`, `03-1234-5678` and `010-1234-5678` in Japan and Korea, `(11) 96182-5407` in
    /// Brazil.
    fn is_layout(&self) -> bool {
        let digits = self.digits.bytes();
        let Gaps { length, hyphens, closed, .. } = self.gaps;
        let mobile = digits.get(..3).is_some_and(|area| matches!(area, b"010" | b"070" | b"080" | b"090"));
        let city = matches!(digits, [b'0', b'2'..=b'6', ..]);
        match self.shape {
            [3, 4, 4] => mobile && hyphens == 2 && length == 2,
            [2, 4, 4] if hyphens == 2 => city && length == 2,
            [2, 4 | 5, 4] => hyphens == 1 && closed == 1 && length <= 3 && !digits.starts_with(b"0"),
            _ => false,
        }
    }

    /// Ten digits whose area and exchange do not start with 0 or 1.
    fn is_north_american(&self) -> bool {
        let digits = self.digits.bytes();
        let national = if digits.len() == 11 { digits.strip_prefix(b"1") } else { Some(digits) };
        let Some(national) = national.filter(|digits| digits.len() == 10) else { return false };
        [national.first(), national.get(3)].iter().all(|first| first.is_some_and(|digit| *digit >= b'2'))
    }

    fn looks(&self) -> Looks {
        phone_looks::of(self.digits.bytes(), self.shape, self.gaps)
    }

    /// 555-0100 to 555-0199 of any area: kept for fiction, and what surrogates are made of.
    fn is_fiction(&self) -> bool {
        let digits = self.digits.bytes();
        let tail = digits.len().checked_sub(7).and_then(|at| digits.get(at..));
        tail.is_some_and(|tail| tail.starts_with(b"55501")) && matches!(digits.len(), 7 | 10 | 11 | 13 | 14)
    }
}

/// Currencies after an amount.
static CURRENCIES: Marks<26> = Marks::new([
    " euros", " euro", " eur", " usd", " gbp", " chf", " sek", " nok", " dkk", " pln", " huf", " czk", " ron", " try",
    " jpy", " inr", " zł", " kč", " €", " ft", " lei", " руб", " dollars", " kroner", " kronor", " kr",
]);

/// Whether a currency follows.
fn is_amount(page: &Page<'_>, end: usize) -> bool {
    CURRENCIES.at(page, end).is_some_and(|mark| page.ends_word(end + mark.len()))
}

/// Whether nothing after `end` makes the digits part of something longer.
fn closes(page: &Page<'_>, end: usize) -> bool {
    match page.after(end) {
        Some('%' | '@' | '€' | '$' | '=') => false,
        Some(',') if page.is_field_comma(end) => true,
        Some(',' | ':' | '.' | '-' | '/') => !page.byte(end + 1).is_some_and(|b| b.is_ascii_digit()),
        Some(_) | None => page.ends_word(end),
    }
}

/// The end of an extension such as `x123`, ` ext. 123`, or `end` when there is none.
fn extension_end(page: &Page<'_>, end: usize) -> usize {
    if !matches!(page.byte(end), Some(b' ' | b'e' | b'E' | b'x' | b'X' | b'#')) {
        return end;
    }
    let mut look = Folded::new();
    look.fold(page.bytes_after(end, 8));
    let look = look.text();
    let marks = [" ext. ", " ext.", " ext ", "ext", " x ", " x", "x", " #", "#"];
    let Some(mark) = marks.iter().find(|mark| look.starts_with(**mark)) else { return end };
    let digits = page.ahead_while(end + mark.len(), 6, |c| c.is_ascii_digit());
    if (1..=5).contains(&(digits.saturating_sub(end + mark.len()))) { digits } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Phone,
            Kind::Phone,
            &[
                "{+49 30 901820}, {+1-903-240-4508x769}",
                "Joe,{+49 30 901820},47",
                "phone={+4930901820}",
                "{+46 (0)8 928 571 38} fax",
                "reach {(579)888-3058} now, {905-674-3793}.",
                "Phone: {60-56-85-91}",
                "{07700 063 966}-Fax",
                "{001-518-640-0854} mobile",
                "call me on {9472 7916}? ok",
                "Tel. {030/1234567}",
                "{212.735.7502 ext. 459}",
                "({+447700 921 916})",
                "Rufnummer {0490 75 40 81}",
                "my number is {5403926876}",
                "DM me: {07911123456}",
                "Mobiel: {0612914017}",
                "Telemóvel: {(11) 96182-5407}",
                "{(11) 96182-5407}",
                "Telefon {601.2344824}",
                "phone: {918123602051}",
                "Celular: {5518961234320}",
                "电话{13800138000}，谢谢",
                "联系电话:{010-65980408-8001}",
                "我的手机是{138 0013 8000}",
                "電話は{03-1234-5678}です",
                "{090-1234-5678}までお電話ください",
                "제 번호는 {010-1234-5678}입니다",
                "मोबाइल: {98765 43210}",
                "hívj a {06 20 123 3766} számon",
                "тел. {8 916 123-45-67}",
                "T {22 25 25 27} | mail",
                "📞 {8121-3099}",
                "zavolejte mi na {601 125 643}",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Phone,
            Kind::Phone,
            &[
                "order 905 674 3793",
                "in 2019-2020, on 2020-01-31 12:30 and 12/11/2020",
                "population 1.234.567 of 12 345 678",
                "call +1 212-555-0123 or 555-0199",
                "SSN 123-45-6789",
                "https://x.org/9056743793 and id=905-674-3793",
                "[PHONE_1] 12345678",
                "pi 3.14159265358979",
                "1 2 3 4 5 6 7 8 9 10 11",
                "$ 1 000 000 000, +5 points",
                "version 10.0.19041.1288",
                "Phys. Rev. A 74, 012307 (2006)",
                "numéro de commande 627527345",
                "número de pedido 627527345",
                "doi:10.6155/j.cell.2018.05.054",
                "GDP grew to 254 034 891 503 kr.",
                "注文番号 123-4567-8901, 口座番号 1234567890",
                "don't 22 25 25 27",
                "call costs 12345.678",
            ],
        );
    }
}
