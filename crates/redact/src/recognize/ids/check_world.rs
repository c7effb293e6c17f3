//! Check digits: the helpers that all countries share, and the rules of the Americas. Every function takes the letters and digits of a
//! number, in upper case, and gives false for anything else.

/// The digits of a number; none when a letter stands in it.
pub(super) fn digits(number: &str) -> Option<Vec<u32>> {
    number.chars().map(|c| c.to_digit(10)).collect()
}

/// The sum of digits times weights, over the shorter of both.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The number that the digits in a range spell; none when the range does not fit.
pub(super) fn part(number: &str, from: usize, to: usize) -> Option<u64> {
    number.get(from..to)?.parse().ok()
}

/// Whether month and day can be.
pub(super) fn is_day(month: u64, day: u64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// Whether all digits are the same: such numbers pass many checks and are never given.
pub(super) fn is_monotone(number: &str) -> bool {
    let mut bytes = number.bytes();
    let first = bytes.next();
    bytes.all(|byte| Some(byte) == first)
}

/// The rule of ISO/IEC 7812 (Luhn).
pub(super) fn luhn(number: &str) -> bool {
    let bytes: Option<Vec<u8>> = digits(number).map(|digits| digits.iter().map(|digit| *digit as u8).collect());
    bytes.is_some_and(|bytes| !bytes.is_empty() && crate::recognize::passes_luhn(&bytes)) && !is_monotone(number)
}

/// Whether the last digit equals `f` of the digits before it.
pub(super) fn last_is(number: &str, f: impl FnOnce(&[u32]) -> u32) -> bool {
    let Some(all) = digits(number) else { return false };
    all.split_last().is_some_and(|(last, head)| f(head) == *last)
}

/// The number of a mobile device: fifteen digits, Luhn.
pub(super) fn imei(number: &str) -> bool {
    number.len() == 15 && luhn(number)
}

/// The number of a device without its check digit, or with that of its software.
pub(super) fn unchecked_device(number: &str) -> bool {
    matches!(number.len(), 14 | 16) && digits(number).is_some() && !is_monotone(number)
}

/// A vehicle identification number with the check digit in the ninth place (ISO 3779, FMVSS 115).
pub(crate) fn vin(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |c: char| match c {
        '0'..='9' => c.to_digit(10),
        'A'..='H' => Some(c as u32 - 'A' as u32 + 1),
        'J'..='N' | 'P' | 'R' => Some((c as u32 - 'J' as u32) % 9 + 1),
        'S'..='Z' => Some(c as u32 - 'S' as u32 + 2),
        _ => None,
    };
    let legal = |c: char| !matches!(c, 'I' | 'O' | 'Q');
    let Some(values) = number.chars().map(|c| value(c).filter(|_| legal(c))).collect::<Option<Vec<u32>>>() else {
        return false;
    };
    let expected = std::char::from_digit(weighted(&values, &WEIGHTS) % 11, 11).map(|c| if c == 'a' { 'X' } else { c });
    number.len() == 17 && number.chars().nth(8) == expected && !is_monotone(number)
}

fn digits_in(number: &str) -> usize {
    number.bytes().filter(u8::is_ascii_digit).count()
}

/// Whether day, month and year stand together, as in `05JUL2011`.
fn is_written_day(number: &str) -> bool {
    const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    number.len() == 9 && number.get(2..5).is_some_and(|month| MONTHS.contains(&month))
}

/// A passport number: five digits at least, or two in nine letters and digits as Germany and the Netherlands mix them.
pub(super) fn passport(number: &str) -> bool {
    let mixed = number.len() == 9 && number.bytes().take_while(u8::is_ascii_alphabetic).count() <= 4;
    digits_in(number) >= if mixed { 2 } else { 5 } && !is_written_day(number)
}

/// The number of a driving licence: four digits at least, fewer where the first letters say which country or state mixes them.
pub(super) fn licence(number: &str) -> bool {
    let least = if number.starts_with("U1") && number.len() == 10 {
        2
    } else if number.starts_with("WDL") && number.len() == 12 {
        1
    } else {
        4
    };
    digits_in(number) >= least && !is_written_day(number)
}

/// What stands before or after numbers that are no plates: months, sizes, prices.
const NO_PLATE: [&str; 59] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC", "JUNE", "JULY", "THE", "AND",
    "FOR", "NOT", "BUT", "HAS", "WAS", "ARE", "ALL", "NEW", "AGE", "DAY", "PAGE", "STEP", "ROOM", "ITEM", "USD", "EUR",
    "GBP", "CHF", "VAT", "ISO", "RFC", "PDF", "KM", "CC", "HP", "KW", "KG", "GB", "MB", "KB", "TB", "AM", "PM", "MM",
    "CM", "ST", "ND", "RD", "TH", "UTC", "GMT", "EST", "UHR",
];

/// The number of an identity card, which is not kept for surrogates.
pub(super) fn id_card(number: &str) -> bool {
    !super::free::is_made_up(number)
}

/// The number of a vehicle that a word announces: its check digit is another one outside of North America, or none.
pub(super) fn vin_announced(number: &str) -> bool {
    let letters = number.bytes().filter(u8::is_ascii_alphabetic).count();
    let legal = number.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !number.contains(['I', 'O', 'Q']);
    number.len() == super::VIN_LENGTH && legal && letters > 0 && digits_in(number) > 2
}

/// Both letters and digits, as plates have; nothing but one of the words above beside digits.
pub(super) fn plate(number: &str) -> bool {
    let letters = number.trim_matches(|c: char| c.is_ascii_digit());
    let digits = digits_in(number);
    let word = letters.len() + digits == number.len() && NO_PLATE.contains(&letters);
    digits > 0 && digits < number.len() && !word
}

/// An Irish postal code: a routing key that is given, and letters that occur in codes.
pub(super) fn ie_eircode(number: &str) -> bool {
    number.len() == 7
        && number.starts_with(|c| "ACDEFHKNPRTVWXY".contains(c))
        && number.bytes().all(|byte| byte.is_ascii_digit() || b"ACDEFHKNPRTVWXY".contains(&byte))
}

/// A social security number of the United States: area, group and serial that are given.
pub(super) fn us_ssn(number: &str) -> bool {
    let (area, group, serial) = (part(number, 0, 3), part(number, 3, 5), part(number, 5, 9));
    number.len() == 9
        && area.is_some_and(|area| area != 0 && area != 666 && area < 900)
        && group.is_some_and(|group| group != 0)
        && serial.is_some_and(|serial| serial != 0)
}

/// An individual taxpayer number: area 9xx and a group of the ranges in use.
pub(super) fn us_itin(number: &str) -> bool {
    let group = part(number, 3, 5).unwrap_or_default();
    number.len() == 9 && number.starts_with('9') && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// An employer number: a prefix that a campus of the revenue service gives.
pub(super) fn us_ein(number: &str) -> bool {
    let prefix = part(number, 0, 2).unwrap_or_default();
    let unused = matches!(prefix, 0 | 7 | 8 | 9 | 17 | 18 | 19 | 28 | 29 | 49 | 69 | 70 | 78 | 79 | 89 | 96 | 97);
    number.len() == 9 && digits(number).is_some() && !unused
}

/// A routing number: Federal Reserve prefix, weights 3 7 1.
pub(super) fn us_routing(number: &str) -> bool {
    let prefix = matches!(part(number, 0, 2), Some(0..=12 | 21..=32 | 61..=72 | 80));
    let sum = digits(number).map(|digits| weighted(&digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]));
    number.len() == 9 && prefix && !is_monotone(number) && sum.is_some_and(|sum| sum.is_multiple_of(10))
}

/// A provider identifier: Luhn with the prefix 80840.
pub(super) fn us_npi(number: &str) -> bool {
    number.len() == 10 && number.starts_with(['1', '2']) && luhn(&format!("80840{number}"))
}

/// A Medicare beneficiary identifier: places of letters and digits, letters without S, L, O, I, B and Z.
pub(super) fn us_mbi(number: &str) -> bool {
    let places = number.bytes().zip(b"1AXNAXNAANN");
    let fits = places.into_iter().all(|(byte, place)| {
        let letter = byte.is_ascii_uppercase() && !b"SLOIBZ".contains(&byte);
        match place {
            b'1' => (b'1'..=b'9').contains(&byte),
            b'N' => byte.is_ascii_digit(),
            b'A' => letter,
            _ => letter || byte.is_ascii_digit(),
        }
    });
    number.len() == 11 && fits
}

/// A Canadian social insurance number: Luhn, and a first digit that is given.
pub(super) fn ca_sin(number: &str) -> bool {
    number.len() == 9 && !number.starts_with('8') && luhn(number)
}

/// A Canadian postal code: letters that occur in codes.
pub(super) fn ca_postal_code(number: &str) -> bool {
    !number.starts_with(['W', 'Z']) && !number.contains(['D', 'F', 'I', 'O', 'Q', 'U'])
}

/// The check digit by sums with falling weights and 11, with 10 and 11 as zero, as Brazil computes it.
fn falls_to(head: &[u32], weights: &[u32]) -> u32 {
    match weighted(head, weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// A Brazilian tax number of a person: two check digits.
pub(super) fn br_cpf(number: &str) -> bool {
    let first = number.get(..10).is_some_and(|head| last_is(head, |d| falls_to(d, &[10, 9, 8, 7, 6, 5, 4, 3, 2])));
    let second = last_is(number, |d| falls_to(d, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    number.len() == 11 && first && second && !is_monotone(number)
}

/// A Brazilian tax number of a company: two check digits.
pub(super) fn br_cnpj(number: &str) -> bool {
    const WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let first =
        number.get(..13).is_some_and(|head| last_is(head, |d| falls_to(d, WEIGHTS.get(1..).unwrap_or_default())));
    number.len() == 14 && first && last_is(number, |d| falls_to(d, &WEIGHTS)) && !is_monotone(number)
}

/// A Mexican population code: date, sex, and a check digit over the alphabet with Ñ.
pub(super) fn mx_curp(number: &str) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
    let dated = is_day(part(number, 6, 8).unwrap_or_default(), part(number, 8, 10).unwrap_or_default());
    let value = |c: char| ALPHABET.chars().position(|known| known == c).map(|place| place as u32);
    let Some(values) = number.chars().map(value).collect::<Option<Vec<u32>>>() else { return false };
    let sum: u32 = values.iter().take(17).zip((2..=18).rev()).map(|(value, weight)| value * weight).sum();
    number.len() == 18
        && dated
        && matches!(number.as_bytes().get(10), Some(b'H' | b'M' | b'X'))
        && values.last() == Some(&((10 - sum % 10) % 10))
}

/// A Mexican tax number: the date inside must be one.
pub(super) fn mx_rfc(number: &str) -> bool {
    let letters = number.bytes().take_while(u8::is_ascii_alphabetic).count();
    let month = part(number, letters + 2, letters + 4).unwrap_or_default();
    let day = part(number, letters + 4, letters + 6).unwrap_or_default();
    matches!((letters, number.len()), (4, 13) | (3, 12)) && is_day(month, day)
}

/// An Argentine tax number: a prefix in use and a check digit by 11.
pub(super) fn ar_cuit(number: &str) -> bool {
    let prefix = matches!(part(number, 0, 2), Some(20 | 23 | 24 | 25 | 26 | 27 | 30 | 33 | 34 | 50 | 51 | 55));
    let check = |d: &[u32]| match weighted(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        0 => 0,
        1 => 9,
        rest => 11 - rest,
    };
    number.len() == 11 && prefix && last_is(number, check)
}

/// A Chilean number: the last place is a digit or K, by weights 2 to 7 from the right.
pub(super) fn cl_rut(number: &str) -> bool {
    let Some((body, check)) = number.len().checked_sub(1).and_then(|at| number.split_at_checked(at)) else {
        return false;
    };
    let Some(body) = digits(body).filter(|body| (7..=8).contains(&body.len()) && !is_monotone(number)) else {
        return false;
    };
    let sum: u32 = body.iter().rev().zip([2, 3, 4, 5, 6, 7].iter().cycle()).map(|(d, weight)| d * weight).sum();
    check.chars().next() == "0123456789K0".chars().nth(((11 - sum % 11) % 11) as usize)
}

/// A Colombian tax number: prime weights from the right, by 11.
pub(super) fn co_nit(number: &str) -> bool {
    const WEIGHTS: [u32; 15] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
    let check = |d: &[u32]| {
        let sum: u32 = d.iter().rev().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
        match sum % 11 {
            rest @ (0 | 1) => rest,
            rest => 11 - rest,
        }
    };
    (8..=11).contains(&number.len()) && last_is(number, check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_too_short_or_odd_passes() {
        let checks: [fn(&str) -> bool; 15] = [
            luhn, imei, vin, us_ssn, us_itin, us_ein, us_routing, us_npi, us_mbi, ca_sin, br_cpf, br_cnpj, mx_curp,
            ar_cuit, cl_rut,
        ];
        for check in checks {
            assert!(["", "1", "A", "K", "000000000", "ABCDEFGHI"].iter().all(|number| !check(number)));
        }
    }
}
