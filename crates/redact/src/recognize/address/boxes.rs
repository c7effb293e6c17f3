//! Boxes of post offices in some fifteen languages, rural routes, and the field post of the United States.

use super::tail::place;
use crate::finding::{Span, SpanText as _};
use crate::recognize::Page;
use crate::recognize::marks::Marks;

/// What stands before the number of a box, in lower case of ASCII letters.
static BOXES: Marks<38> = Marks::new([
    "p.o. box ",
    "po box ",
    "p. o. box ",
    "p.o.box ",
    "p o box ",
    "post office box ",
    "gpo box ",
    "pob ",
    "pmb ",
    "private bag ",
    "locked bag ",
    "postfach ",
    "postbus ",
    "postboks ",
    "postbox ",
    "apartado ",
    "apartado de correos ",
    "apartado postal ",
    "apdo. ",
    "casilla ",
    "casilla de correo ",
    "casella postale ",
    "caixa postal ",
    "boîte postale ",
    "case postale ",
    "skrytka pocztowa ",
    "skr. poczt. ",
    "poštanski pretinac ",
    "p.o. boks ",
    "a/я ",
    "а/я ",
    "τ.θ. ",
    "cmr ",
    "psc ",
    "poste restante ",
    "bte. postale ",
    "postilokero ",
    "postafiók ",
]);
/// What stands before it in capitals only, because small letters mean something else.
static CAPITALS: Marks<6> = Marks::new(["BP ", "B.P. ", "CP ", "C.P. ", "Pf. ", "PL "]);
/// Post offices of the field post, then their three states.
const OFFICES: [&str; 3] = ["apo ", "fpo ", "dpo "];
/// Ships and units before a post office.
static UNITS: Marks<9> = Marks::new(["uss ", "usns ", "uscgc ", "usnv ", "usaf ", "usav ", "psc ", "unit ", "cmr "]);
/// How far before its postal code a line of an address of the field post is read, in characters.
const FIELD_REACH: usize = 64;

/// The box of which the run is the number.
pub(super) fn at(page: &Page<'_>, run: Span) -> Option<Span> {
    if page.byte_before(run.start)? != b' ' || !page.ends_word(run.end) {
        return None;
    }
    field_post(page, run).or_else(|| numbered(page, run)).or_else(|| plain_box(page, run))
}

fn numbered(page: &Page<'_>, run: Span) -> Option<Span> {
    let small = BOXES.before(page, run.start);
    let large = || CAPITALS.before(page, run.start).filter(|mark| page.slice(0, run.start).ends_with(*mark));
    let large = if small.is_some() { None } else { large() };
    let start = run.start - small.or(large)?.len();
    // "BP 121/80" and "BP 120, HR 60" are blood pressures: two letters need a long number or a postal code with its city.
    let bare = large.is_some_and(|mark| !mark.contains('.'));
    if bare && run.len() < 4 && !place(page, run.end).is_some_and(|place| place.coded) {
        return None;
    }
    let capital = page.after(start).is_some_and(char::is_uppercase);
    let sure = small.is_some_and(|mark| mark.starts_with('p') && mark.contains("box") || mark == "skr. poczt. ");
    // "PSC 0413, Box 8144".
    let mut end = run.end;
    let rest = page.slice(end, page.ahead_while(end, 12, |c| c != '\n'));
    let gap = rest.len() - rest.trim_start_matches([',', ' ']).len();
    if page.has_at(end + gap, "box ") {
        end = page.ahead_while(end + gap + 4, 6, |c| c.is_ascii_digit());
    }
    // "Postfach 45 31 41": the post of Germany writes pairs of digits.
    let pairs = small == Some("postfach ") && run.len() <= 2;
    for _ in 0..if pairs { 2 } else { 0 } {
        let pair = page.ahead_while(end + 1, 3, |c| c.is_ascii_digit());
        end = if page.byte(end) == Some(b' ') && pair == end + 3 { pair } else { end };
    }
    let large_is_line = small.is_some()
        || matches!(page.before(start), None | Some('\n' | ','))
        || page.slice(0, start).ends_with(", ");
    ((capital || sure) && page.starts_word(start) && large_is_line).then(|| Span::new(start, end))
}

/// `Unit 4719 Box 7394`, `RR 2 Box 152`, `…, Box 8144`: a box without a word for post after a comma, a number or at the start of a line.
fn plain_box(page: &Page<'_>, run: Span) -> Option<Span> {
    if !page.has_before(run.start, "box ") || run.len() < 2 {
        return None;
    }
    let start = run.start - 4;
    let before = page.slice(start.saturating_sub(1), start);
    if !page.after(start).is_some_and(char::is_uppercase)
        || !(matches!(before, "\n") && run.len() >= 3 || before == " ")
    {
        return None;
    }
    let head = page.back_while(start, 14, |c| c.is_ascii_alphanumeric() || matches!(c, ' ' | ',' | '.'));
    let head = page.slice(head, start).trim_start();
    let route =
        ["Unit ", "RR ", "R.R. ", "HC ", "Rural Route ", "PSC ", "CMR "].iter().find_map(|mark| head.find(mark));
    let numbered = head.trim_end_matches([',', ' ']).ends_with(|c: char| c.is_ascii_digit());
    match route {
        Some(at) if numbered => Some(Span::new(start - (head.len() - at), run.end)),
        _ => (run.len() >= 3 && (head.ends_with(", ") || before == "\n")).then(|| Span::new(start, run.end)),
    }
}

/// `PSC 0413, Box 8144\nAPO AA 42323`, `USS Nimitz\nFPO AP 96620`: the run is the postal code at its end.
fn field_post(page: &Page<'_>, run: Span) -> Option<Span> {
    let state = run.start.checked_sub(3).filter(|_| run.len() == 5)?;
    if !["aa ", "ae ", "ap "].iter().any(|known| page.has_at(state, known)) {
        return None;
    }
    let comma = usize::from(page.has_before(state, ", "));
    let office = OFFICES.iter().find_map(|office| {
        let start = (state - comma).checked_sub(office.len())?;
        (page.has_at(start, office) || comma == 1 && page.has_at(start + 1, office.trim_end())).then_some(start)
    })?;
    let line_end = page.back_while(office, FIELD_REACH, |c| matches!(c, '\n' | '\r' | ' ' | ','));
    let line = page.back_while(line_end, FIELD_REACH, |c| c != '\n');
    let first = (line..line_end).rev().find(|at| UNITS.at(page, *at).is_some());
    Some(Span::new(first.unwrap_or(office), run.end))
}
