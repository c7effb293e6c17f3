//! Number plates of China, Japan, Korea and Thailand, which hold characters of their own: `京A·12345`, `品川 330 さ 12-34`, `12가 3456`, `ขก 4471`. A
//! Chinese or Japanese plate is told by its layout, a Korean or Thai one by a word for it nearby. Plates of letters and digits are in `ids/plates.rs`; `address/mod.rs`
//! looks at what stands beside numbers in other scripts and asks here.

use super::Page;
use crate::finding::{Span, SpanText as _};

/// The first characters of plates of the provinces of China.
const PROVINCES: &str = "京津沪滬渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
/// The syllables on plates of Korea.
const SYLLABLES: &str = "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주하허호바사아자배";
/// Words for plates and cars in Korean.
const WORDS: [&str; 6] = ["번호판", "차량", "차번호", "자동차", "차주", "등록번호"];
/// How far before and after a plate of Korea its word may stand, in bytes.
const REACH: usize = 36;
/// The same of Thailand.
const THAI_WORDS: [&str; 2] = ["ทะเบียน", "ทะเบียนรถ"];
const REACH_THAI: usize = 48;

/// The plate that holds a run of digits, or begins shortly before it. Nearly all numbers stand beside ASCII.
#[inline]
pub(super) fn at(page: &Page<'_>, run: Span) -> Option<Span> {
    let wide = |at: usize| page.byte(at).is_some_and(|byte| byte >= 0xe0);
    let capital = || page.byte_before(run.start).is_some_and(|byte| byte.is_ascii_uppercase() || byte >= 0x80);
    if run.len() <= 4 && page.byte(run.start.saturating_sub(4)) == Some(0xe0) {
        return thai(page, run);
    }
    if !wide(run.end) && !wide(run.end + 1) && !capital() {
        return None;
    }
    chinese(page, run).or_else(|| match run.len() {
        2 | 3 => korean(page, run).or_else(|| japanese(page, run)),
        _ => None,
    })
}

/// `ขก 4471`, `1กข 234`: two consonants, and no more of a word.
fn thai(page: &Page<'_>, run: Span) -> Option<Span> {
    let consonant = |c: char| matches!(c, 'ก'..='ฮ');
    let letters_end = page.back_while(run.start, 1, |c| c == ' ');
    let letters = page.back_while(letters_end, 2, consonant);
    let start = page.back_while(letters, 1, |c| c.is_ascii_digit());
    let before = page.bytes_before(start, REACH_THAI);
    let alone =
        before.is_empty() || before.ends_with([' ', '\n', ':']) || THAI_WORDS.iter().any(|word| before.ends_with(word));
    let named = THAI_WORDS.iter().any(|word| before.contains(word));
    (letters_end - letters == 6 && alone && named && page.byte(run.end) != Some(b'.'))
        .then(|| Span::new(start, run.end))
}

/// `京A12345`, `浙A·3QVA1`, `粤B-D12345`.
fn chinese(page: &Page<'_>, run: Span) -> Option<Span> {
    let head =
        page.back_while(run.start, 8, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '·' | '-' | ' '));
    let province = page.before(head).filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}') && PROVINCES.contains(*c))?;
    let start = head - province.len_utf8();
    let letter = page.byte(head).is_some_and(|byte| byte.is_ascii_uppercase());
    let number = page.ahead_while(head + 1, 1, |c| matches!(c, '·' | '-' | ' '));
    let end = page.ahead_while(number, 8, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    (letter && run.end <= end && matches!(end - number, 5 | 6)).then(|| Span::new(start, end))
}

/// `12가 3456`, `123허4567`.
fn korean(page: &Page<'_>, run: Span) -> Option<Span> {
    let syllable = page.after(run.end).filter(|c| matches!(c, '가'..='힣') && SYLLABLES.contains(*c))?;
    let number = page.ahead_while(run.end + syllable.len_utf8(), 1, |c| c == ' ');
    let end = page.ahead_while(number, 5, |c| c.is_ascii_digit());
    let (before, after) = (page.bytes_before(run.start, REACH), page.bytes_after(end, REACH));
    let named = WORDS.iter().any(|word| before.contains(word) || after.contains(word));
    (end - number == 4 && named && page.before(run.start) != Some('-')).then(|| Span::new(run.start, end))
}

/// `品川 330 さ 12-34`.
fn japanese(page: &Page<'_>, run: Span) -> Option<Span> {
    let kana = page.ahead_while(run.end, 1, |c| c == ' ');
    let letter = page.after(kana).filter(|c| matches!(c, 'あ'..='ん'))?;
    let number = page.ahead_while(kana + letter.len_utf8(), 1, |c| c == ' ');
    let end = page.ahead_while(number, 6, |c| c.is_ascii_digit() || matches!(c, '-' | '・'));
    let office_end = page.back_while(run.start, 1, |c| c == ' ');
    let office = page.back_while(office_end, 4, |c| matches!(c, '\u{3041}'..='\u{3096}' | '\u{4e00}'..='\u{9fff}'));
    let shaped = page.slice(number, end).trim_matches('・').len() >= 4 && page.slice(number, end).contains(['-', '・']);
    let length = page.slice(office, office_end).chars().count();
    (shaped && (1..=4).contains(&length)).then(|| Span::new(office, end))
}

#[cfg(test)]
mod tests {
    use crate::kind::Kind;
    use crate::recognize::{Address, check};

    #[test]
    fn finds() {
        check(
            &Address,
            Kind::LicensePlate,
            &[
                "车牌号：{粤D720AJ}",
                "车牌{浙A·3QVA1}的车",
                "{京AD12345}停在门口",
                "차량번호: {205호 5725}",
                "{12가3456} 차주분 차 좀 빼주세요",
                "번호판 {674하 0204}",
                "車両番号：{品川 330 さ 12-34}",
                "ナンバーは {なにわ 500 あ ・1-23}".replace(" ・1", " 71").as_str(),
                "{横浜 573 え 81-91}の車",
                "รถทะเบียน {ดฉ 3353} ชำระ",
                "ทะเบียนรถ{ขก 4471}จอด",
                "ทะเบียน {1กข 234} เข้า",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Address,
            Kind::LicensePlate,
            &[
                "京都12345号室、新3000元",
                "京A1234, 浙江A12345",
                "15도 3000원, 20마 1000",
                "30수 4500원 차이",
                "全部で 330 さつ 12-34",
                "第 12 回 12-34",
                "粤B1234567890",
                "รถ ดฉ 3353, ขก 4471",
                "ทะเบียนบ้าน พ.ศ. 2569",
                "จดทะเบียนเมื่อปี 2560",
            ],
        );
    }
}
