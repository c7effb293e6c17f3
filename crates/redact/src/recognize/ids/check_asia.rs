//! Check digits of Asia, Africa and the Pacific. Every function takes the letters and digits of a number, in upper case, and gives false
//! for anything else.

use super::check_world::{digits, is_day, is_monotone, last_is, luhn, part, weighted};

/// An Indian number: a first digit from 2 on, and the check digit of Verhoeff.
pub(super) fn in_aadhaar(number: &str) -> bool {
    number.len() == 12 && number.starts_with(|c| ('2'..='9').contains(&c)) && verhoeff(number) && !is_monotone(number)
}

/// Verhoeff's check: the product of permuted digits in the dihedral group of order ten is its identity.
fn verhoeff(number: &str) -> bool {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |digit: u32, times: usize| {
        (0..times % 8).fold(digit, |digit, _| PERMUTATION.get(digit as usize).copied().unwrap_or_default())
    };
    let Some(digits) = digits(number) else { return false };
    digits.iter().rev().enumerate().fold(0, |product, (place, digit)| dihedral(product, permuted(*digit, place))) == 0
}

/// The product in the dihedral group: 0 to 4 turn, 5 to 9 turn and reflect.
fn dihedral(left: u32, right: u32) -> u32 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right) % 5,
        (false, true) => 5 + (left - right) % 5,
        (false, false) => (left + 5 - right) % 5,
    }
}

/// An Indian tax number: the fourth letter tells the kind of holder.
pub(super) fn in_pan(number: &str) -> bool {
    number.len() == 10 && number.chars().nth(3).is_some_and(|c| "ABCFGHJLPTK".contains(c))
}

/// An Indian goods and services number: a state, a tax number, and a check character by 36.
pub(super) fn in_gstin(number: &str) -> bool {
    let state = matches!(part(number, 0, 2), Some(1..=38 | 96..=99));
    let factor = |(place, c): (usize, char)| {
        let product = c.to_digit(36).unwrap_or_default() * if place % 2 == 0 { 1 } else { 2 };
        product / 36 + product % 36
    };
    let sum: u32 = number.chars().take(14).enumerate().map(factor).sum();
    let check = char::from_digit((36 - sum % 36) % 36, 36).map(|c| c.to_ascii_uppercase());
    number.len() == 15 && state && in_pan(number.get(2..12).unwrap_or_default()) && number.chars().last() == check
}

/// An Indian GST number by its layout: a state, a tax number of which the kind of holder may be wrong, and `Z` before the last.
pub(super) fn in_gstin_layout(number: &str) -> bool {
    let state = matches!(part(number, 0, 2), Some(1..=38 | 96..=99));
    number.len() == 15 && state && number.as_bytes().get(13) == Some(&b'Z')
}

/// An Australian tax file number: weights by 11.
pub(super) fn au_tfn(number: &str) -> bool {
    let sum = digits(number).map(|digits| weighted(&digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]));
    number.len() == 9 && !is_monotone(number) && sum.is_some_and(|sum| sum.is_multiple_of(11))
}

/// An Australian Medicare number: the ninth digit checks the eight before; the tenth counts cards, and an eleventh the people on one.
pub(super) fn au_medicare(number: &str) -> bool {
    let check = |d: &[u32]| weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
    let nine = number.get(..9).is_some_and(|nine| last_is(nine, check));
    matches!(number.len(), 10 | 11) && number.starts_with(|c| ('2'..='6').contains(&c)) && nine
}

/// An Australian business number: one less in the first place, weights by 89.
pub(super) fn au_abn(number: &str) -> bool {
    let Some(digits) = digits(number).filter(|digits| digits.len() == 11) else { return false };
    let sum = weighted(&digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    !number.starts_with('0') && sum.checked_sub(10).is_some_and(|sum| sum.is_multiple_of(89))
}

/// A New Zealand tax number of eight or nine digits: weights by 11, other weights when the first give ten.
pub(super) fn nz_ird(number: &str) -> bool {
    let padded = format!("{number:0>9}");
    let rest = |d: &[u32], weights: &[u32]| (11 - weighted(d, weights) % 11) % 11;
    let check = |d: &[u32]| match rest(d, &[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => rest(d, &[7, 4, 3, 2, 5, 2, 7, 6]),
        first => first,
    };
    matches!(part(&padded, 0, 9), Some(10_000_000..=150_000_000))
        && (8..=9).contains(&number.len())
        && last_is(&padded, check)
}

/// A South African number: a date, citizenship and Luhn.
pub(super) fn za_id(number: &str) -> bool {
    let dated = is_day(part(number, 2, 4).unwrap_or_default(), part(number, 4, 6).unwrap_or_default());
    number.len() == 13 && dated && matches!(part(number, 10, 11), Some(0..=2)) && luhn(number)
}

/// A number of Singapore: weights by 11, a letter by the series.
pub(super) fn sg_nric(number: &str) -> bool {
    let series = number.chars().next().unwrap_or(' ');
    let Some(body) = number.get(1..8).and_then(digits) else { return false };
    let (extra, letters) = match series {
        'S' => (0, "JZIHGFEDCBA"),
        'T' => (4, "JZIHGFEDCBA"),
        'F' => (0, "XWUTRQPNMLK"),
        'G' => (4, "XWUTRQPNMLK"),
        'M' => (3, "KLJNPQRTUWX"),
        _ => return false,
    };
    let rest = (weighted(&body, &[2, 7, 6, 5, 4, 3, 2]) + extra) % 11;
    // The series of 2022 counts its letters from the other end.
    let place = if series == 'M' { 10 - rest } else { rest };
    number.len() == 9 && letters.chars().nth(place as usize) == number.chars().last()
}

/// A Japanese number: weights 6 to 2 and 7 to 2, by 11.
pub(super) fn jp_my_number(number: &str) -> bool {
    let check = |d: &[u32]| match weighted(d, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    number.len() == 12 && !is_monotone(number) && last_is(number, check)
}

/// A Korean number: a date, and the digit of sex and century; the check digit was given up in 2020.
pub(super) fn kr_rrn(number: &str) -> bool {
    let dated = is_day(part(number, 2, 4).unwrap_or_default(), part(number, 4, 6).unwrap_or_default());
    number.len() == 13 && dated && matches!(part(number, 6, 7), Some(1..=8))
}

/// A Chinese number: a date and a check character by ISO 7064 (mod 11, 2).
pub(super) fn cn_resident_id(number: &str) -> bool {
    let dated = is_day(part(number, 10, 12).unwrap_or_default(), part(number, 12, 14).unwrap_or_default());
    let century = matches!(part(number, 6, 8), Some(18..=20));
    let Some(body) = number.get(..17).and_then(digits) else { return false };
    let rest = body.iter().fold(0, |rest, digit| (rest + digit) * 2 % 11);
    let check = "10X98765432".chars().nth(rest as usize);
    number.len() == 18 && dated && century && number.chars().last() == check
}

/// A number of Hong Kong: one or two letters, a check character by 11.
pub(super) fn hk_id(number: &str) -> bool {
    let letters = number.bytes().take_while(u8::is_ascii_uppercase).count();
    let Some((body, check)) = number.len().checked_sub(1).and_then(|at| number.split_at_checked(at)) else {
        return false;
    };
    let value = |c: char| c.to_digit(36).unwrap_or_default();
    let space = if letters == 1 { 36 * 9 } else { 0 };
    let weights = (2..=if letters == 1 { 8 } else { 9 }).rev();
    let sum: u32 = space + body.chars().map(value).zip(weights).map(|(value, weight)| value * weight).sum::<u32>();
    let expected = (11 - sum % 11) % 11;
    let expected = if expected == 10 { Some('A') } else { char::from_digit(expected, 10) };
    matches!(letters, 1 | 2) && number.len() == letters + 7 && check.chars().next() == expected
}

/// A Turkish number: two check digits.
pub(super) fn tr_tckn(number: &str) -> bool {
    let Some(d) = digits(number).filter(|d| d.len() == 11) else { return false };
    let odd: u32 = d.iter().take(9).step_by(2).sum();
    let even: u32 = d.iter().skip(1).take(7).step_by(2).sum();
    let tenth = (odd * 7 + 80 - even) % 10;
    let all: u32 = d.iter().take(10).sum();
    !number.starts_with('0') && d.get(9) == Some(&tenth) && d.get(10) == Some(&(all % 10))
}

/// An Israeli number: Luhn over nine digits.
pub(super) fn il_id(number: &str) -> bool {
    number.len() == 9 && luhn(number)
}

/// A Thai number: weights 13 to 2, by 11.
pub(super) fn th_id(number: &str) -> bool {
    let check = |d: &[u32]| (11 - weighted(d, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 10;
    number.len() == 13 && !number.starts_with(['0', '9']) && last_is(number, check)
}

/// A number of Taiwan: the letter's place code, weights 9 to 1, by 10.
pub(super) fn tw_id(number: &str) -> bool {
    let Some(code) = number.chars().next().and_then(|c| "ABCDEFGHJKLMNPQRSTUVXYWZIO".find(c)) else { return false };
    let code = code as u32 + 10;
    let Some(body) = number.get(1..).and_then(digits) else { return false };
    let sum = code / 10 + code % 10 * 9 + weighted(&body, &[8, 7, 6, 5, 4, 3, 2, 1, 1]);
    number.len() == 10 && matches!(body.first(), Some(1 | 2 | 8 | 9)) && sum.is_multiple_of(10)
}
