//! Addresses of scripts that name the larger place first and of the house number last: Japanese (`東京都新宿区西新宿2丁目8番1号`), Chinese
//! (`北京市朝阳区建国路88号`) and Korean (`서울특별시 강남구 테헤란로 152`), with postal codes and rooms beside them.

use crate::finding::{Span, SpanText as _};
use crate::recognize::Page;

/// How far before its first number the name of a place is read, in characters.
const REACH: usize = 32;
/// The most numbers of one address.
const MOST_NUMBERS: usize = 6;

/// A character of Chinese, which Japanese uses, too.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '々' | '〇')
}

/// A character of Japanese names of places.
fn is_japanese(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3041}'..='\u{30ff}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

/// The address of which the run is the first number after its name.
pub(super) fn at(page: &Page<'_>, run: Span) -> Option<Span> {
    match page.before(run.start)? {
        ' ' => korean(page, run, run.start - 1),
        '하' if page.slice(0, run.start).ends_with(" 지하") => korean(page, run, run.start - " 지하".len()),
        before if is_japanese(before) => chinese(page, run, before).or_else(|| japanese(page, run)),
        _ => None,
    }
}

/// `建国路88号6栋1722室`, `東興街5段1號4樓`, `大智路95號之6`.
fn chinese(page: &Page<'_>, run: Span, before: char) -> Option<Span> {
    if !matches!(
        before,
        '路' | '街'
            | '道'
            | '巷'
            | '弄'
            | '段'
            | '里'
            | '村'
            | '园'
            | '園'
            | '胡'
            | '同'
            | '北'
            | '南'
            | '东'
            | '西'
    ) {
        return None;
    }
    let (mut end, mut number, mut numbered) = (run.end, run.end, false);
    for _ in 0..MOST_NUMBERS {
        let unit = page.after(number)?;
        let unit_end = match unit {
            '单' | '單' => page.ahead_while(number, 2, |c| matches!(c, '单' | '單' | '元')),
            '号' | '號' | '弄' | '巷' | '段' | '楼' | '樓' | '栋' | '棟' | '幢' | '座' | '室' | '层' | '層' | '院'
            | '门' => number + unit.len_utf8(),
            _ => break,
        };
        numbered |= matches!(unit, '号' | '號');
        end = unit_end;
        let next = page.ahead_while(end, 1, |c| matches!(c, '之' | '-'));
        let more = page.ahead_while(next, 5, |c| c.is_ascii_digit());
        if more == next {
            break;
        }
        // The last number may be a room without a word.
        end = more;
        number = more;
        if page.after(number).is_none_or(|c| !is_han(c)) {
            break;
        }
    }
    // "北京路1号线" is a line of the underground.
    if !numbered || matches!(page.after(end), Some('线' | '線')) {
        return None;
    }
    let name = page.back_while(run.start, REACH, is_han);
    let mut start = name;
    for word in ["在", "是", "到", "址", "改为", "改成", "寄至", "於", "为", "為"] {
        start = start.max(page.slice(name, run.start).rfind(word).map_or(name, |at| name + at + word.len()));
    }
    // What is left must name a street: "大智路".
    let start = if page.slice(start, run.start).chars().count() >= 3 { start } else { name };
    let long = page.slice(start, run.start).chars().count() >= 3;
    long.then(|| Span::new(code_before(page, start), code_after(page, end)))
}

/// A postal code directly before a place of Taiwan: `44492蘆洲市`.
fn code_before(page: &Page<'_>, start: usize) -> usize {
    let digits = page.back_while(start, 7, |c| c.is_ascii_digit());
    if matches!(start - digits, 3 | 5 | 6) && page.starts_word(digits) { digits } else { start }
}

/// A postal code of five or six digits after an address.
fn code_after(page: &Page<'_>, end: usize) -> usize {
    let start = page.ahead_while(end, 2, |c| matches!(c, ' ' | ',' | '，'));
    let digits = page.ahead_while(start, 7, |c| c.is_ascii_digit());
    if start > end && matches!(digits - start, 5 | 6) && page.ends_word(digits) { digits } else { end }
}

/// `香川県大島町高田馬場26丁目16番16号 パーク740`, `新宿区西新宿2-8-1`.
fn japanese(page: &Page<'_>, run: Span) -> Option<Span> {
    let name = page.back_while(run.start, REACH, is_japanese);
    let text = page.slice(name, run.start);
    let prefecture = ["東京都", "北海道", "大阪府", "京都府"].iter().find_map(|known| text.find(known));
    let prefecture = prefecture.or_else(|| {
        // "県" after two or three characters: all prefectures are so long.
        let at = text.find('県')?;
        let head = text.get(..at)?;
        let long = PREFECTURES.iter().find(|known| head.ends_with(*known))?;
        Some(at - long.len())
    });
    let city = text.rfind(['市', '区', '町', '村', '郡', '島']);
    let (end, marked) = blocks(page, run);
    // A prefecture or a city, and numbers that count blocks and houses.
    let told = match (prefecture, city) {
        (Some(_), Some(_)) => marked || end > run.end,
        (Some(_), None) => marked,
        (None, Some(_)) => marked && end > run.end + '号'.len_utf8(),
        (None, None) => false,
    };
    if !told {
        return None;
    }
    let particle = || text.rfind(['は', 'が', 'を', 'に', 'で', 'へ']).map_or(0, |at| at + 'は'.len_utf8());
    let start = name + prefecture.unwrap_or_else(particle);
    Some(Span::new(post_mark(page, start), building(page, end)))
}

/// The prefectures that end in `県`, without it.
const PREFECTURES: [&str; 43] = [
    "神奈川",
    "和歌山",
    "鹿児島",
    "青森",
    "岩手",
    "宮城",
    "秋田",
    "山形",
    "福島",
    "茨城",
    "栃木",
    "群馬",
    "埼玉",
    "千葉",
    "新潟",
    "富山",
    "石川",
    "福井",
    "山梨",
    "長野",
    "岐阜",
    "静岡",
    "愛知",
    "三重",
    "滋賀",
    "兵庫",
    "奈良",
    "鳥取",
    "島根",
    "岡山",
    "広島",
    "山口",
    "徳島",
    "香川",
    "愛媛",
    "高知",
    "福岡",
    "佐賀",
    "長崎",
    "熊本",
    "大分",
    "宮崎",
    "沖縄",
];

/// The end of the numbers of blocks and houses, `2丁目8番1号` or `2-8-1`, and whether a word or two hyphens mark them as such.
fn blocks(page: &Page<'_>, run: Span) -> (usize, bool) {
    let (mut end, mut marked, mut hyphens) = (run.end, false, 0);
    for _ in 0..MOST_NUMBERS {
        let sign =
            ["丁目", "番地", "番", "号室", "号", "-", "−", "－", "の"].into_iter().find(|sign| page.has_at(end, sign));
        let Some(sign) = sign else { break };
        let next = end + sign.len();
        let more = page.ahead_while(next, 4, |c| c.is_ascii_digit());
        if matches!(sign, "-" | "−" | "－" | "の") {
            if more == next {
                break;
            }
            hyphens += 1;
        } else {
            marked = true;
        }
        end = more;
    }
    (end, marked || hyphens >= 2)
}

/// A building and its room after a space: ` パーク740`, ` メゾン中野 203号室`.
fn building(page: &Page<'_>, end: usize) -> usize {
    let start = page.ahead_while(end, 1, |c| matches!(c, ' ' | '　'));
    let name = page.ahead_while(start, 20, |c| is_japanese(c) || c == 'ー');
    let gap = page.ahead_while(name, 1, |c| c == ' ');
    let room = page.ahead_while(gap, 4, |c| c.is_ascii_digit());
    if start == end || name == start || room == gap {
        return end;
    }
    let sign = ["号室", "号", "階", "F"].into_iter().find(|sign| page.has_at(room, sign)).unwrap_or_default();
    room + sign.len()
}

/// The start of `〒674-3565 ` before an address.
fn post_mark(page: &Page<'_>, start: usize) -> usize {
    let gap = page.back_while(start, 2, |c| matches!(c, ' ' | '　' | '\n'));
    let code = page.back_while(gap, 8, |c| c.is_ascii_digit() || c == '-');
    let mark = page.back_while(code, 2, |c| matches!(c, '〒' | ' '));
    let whole = page.slice(code, gap);
    let right = whole.len() == 8 && whole.as_bytes().get(3) == Some(&b'-') || whole.len() == 7 && !whole.contains('-');
    if right && (mark < code || page.starts_word(code)) { if mark < code { mark } else { code } } else { start }
}

/// The first words of Korea's provinces and cities with their own government.
const PROVINCES: [&str; 17] = [
    "서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "경기", "강원", "충청", "충북", "충남", "전라",
    "전북", "전남", "제주",
];

/// `서울특별시 강남구 테헤란로 152`: words for larger places, then a road, whose name ends at `end`.
fn korean(page: &Page<'_>, run: Span, end: usize) -> Option<Span> {
    let word = |end: usize| page.back_while(end, 16, |c| is_hangul(c) || c.is_ascii_digit());
    let mut start = word(end);
    let road = page.slice(start, end);
    if road.chars().count() < 2 || !road.ends_with(['로', '길', '동', '리', '가']) && !road.ends_with("거리") {
        return None;
    }
    let (mut places, mut sure) = (0, false);
    for _ in 0..4 {
        let Some(gap) = start.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' ')) else { break };
        let from = word(gap);
        let name = page.slice(from, gap);
        let province = PROVINCES.iter().any(|known| name.starts_with(known)) || name.starts_with("경상");
        let place = name.ends_with(['시', '도', '군', '구', '읍', '면', '동', '로', '길']);
        if !(province || place) || name.chars().count() < 2 {
            break;
        }
        sure |= province || name.ends_with(['시', '군', '구']) && name.chars().count() >= 3;
        places += 1;
        start = from;
    }
    if places == 0 || !sure {
        return None;
    }
    let more = page.ahead_while(run.end + 1, 5, |c| c.is_ascii_digit());
    let hyphen = page.byte(run.end) == Some(b'-') && more > run.end + 1;
    let end = rooms(page, if hyphen { more } else { run.end });
    // Years and counts have words of their own after the number.
    let counted = matches!(page.after(end), Some('년' | '월' | '일' | '명' | '개' | '원' | '시' | '분' | '번' | '세'));
    (!counted).then(|| Span::new(start, code_after(page, end)))
}

/// Past a building and its rooms: ` 101동 1203호`, `, 3층`.
fn rooms(page: &Page<'_>, end: usize) -> usize {
    let mut last = end;
    for _ in 0..3 {
        let start = page.ahead_while(last, 2, |c| matches!(c, ' ' | ','));
        let digits = page.ahead_while(start, 5, |c| c.is_ascii_digit());
        let sign = ["동", "호", "층"].into_iter().find(|sign| page.has_at(digits, sign));
        let Some(sign) = sign.filter(|_| start > last && digits > start) else { break };
        last = digits + sign.len();
    }
    last
}
