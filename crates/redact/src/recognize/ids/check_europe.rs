//! Check digits of Europe. Every function takes the letters and digits of a number, in upper case, and gives false for anything else.

use super::check_world::{digits, is_day, is_monotone, last_is, luhn, part, weighted};

/// The value of a character in base 36.
fn base_36(c: char) -> u32 {
    c.to_digit(36).unwrap_or_default()
}

/// Year, month and day in places 0, 2 and 4.
fn is_dated(number: &str) -> bool {
    is_day(part(number, 2, 4).unwrap_or_default(), part(number, 4, 6).unwrap_or_default())
}

/// Day and month in places 0 and 2, as the north and Austria write it.
fn is_day_first(number: &str) -> bool {
    is_day(part(number, 2, 4).unwrap_or_default(), part(number, 0, 2).unwrap_or_default())
}

/// A British insurance number: prefixes that are given.
pub(super) fn uk_nino(number: &str) -> bool {
    let prefix = number.get(..2).unwrap_or_default();
    let (first, second) = (number.chars().next().unwrap_or(' '), number.chars().nth(1).unwrap_or(' '));
    let refused = ["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"].contains(&prefix);
    let suffix = number.get(8..).unwrap_or_default();
    !refused
        && !"DFIQUV".contains(first)
        && !"DFIOQUV".contains(second)
        && matches!(suffix, "" | "A" | "B" | "C" | "D")
        && number.len() >= 8
}

/// A number of the National Health Service: weights 10 to 2, by 11.
pub(super) fn uk_nhs(number: &str) -> bool {
    let check = |d: &[u32]| (11 - weighted(d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    number.len() == 10 && !is_monotone(number) && last_is(number, check)
}

/// A taxpayer reference: the first digit checks the others.
pub(super) fn uk_utr(number: &str) -> bool {
    let number = number.strip_suffix('K').or_else(|| number.strip_prefix('K')).unwrap_or(number);
    let Some(digits) = digits(number).filter(|digits| digits.len() == 10) else { return false };
    let Some((check, body)) = digits.split_first() else { return false };
    let rest = weighted(body, &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    Some(*check) == [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1].get(rest as usize).copied()
}

/// A British postcode: an area that exists, and letters that end one.
pub(super) fn uk_postcode(number: &str) -> bool {
    const AREAS: &str = " AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G \
                         GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX \
                         PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR \
                         WS WV YO ZE ";
    let area: String = number.chars().take_while(char::is_ascii_alphabetic).collect();
    let ends = number.len().checked_sub(2).and_then(|at| number.get(at..)).unwrap_or_default();
    AREAS.contains(&format!(" {area} ")) && !ends.contains(['C', 'I', 'K', 'M', 'O', 'V'])
}

/// A British driving licence: year, month (plus 50 for women) and day of birth inside.
pub(super) fn uk_driving_licence(number: &str) -> bool {
    let month = part(number, 6, 8).unwrap_or_default();
    number.len() == 16 && is_day(if month > 50 { month - 50 } else { month }, part(number, 8, 10).unwrap_or_default())
}

/// An Irish number: weights 8 to 2, the second letter times 9, by 23.
pub(super) fn ie_pps(number: &str) -> bool {
    let Some(body) = number.get(..7).and_then(digits) else { return false };
    let mut letters = number.chars().skip(7);
    let (Some(check), second) = (letters.next(), letters.next().unwrap_or('W')) else { return false };
    let extra = if second == 'W' { 0 } else { base_36(second).saturating_sub(9) };
    let sum = weighted(&body, &[8, 7, 6, 5, 4, 3, 2]) + 9 * extra;
    number.len() <= 9 && "WABCDEFGHIJKLMNOPQRSTUV".chars().nth((sum % 23) as usize) == Some(check)
}

/// A German tax number of a person: ISO 7064 (mod 11, 10); one digit occurs twice or three times.
pub(super) fn de_tax_id(number: &str) -> bool {
    let repeats = |d: u8| number.bytes().take(10).filter(|byte| *byte == d).count();
    number.len() == 11
        && !number.starts_with('0')
        && last_is(number, check_11_10)
        && (b'0'..=b'9').any(|d| (2..=3).contains(&repeats(d)))
}

/// The sum of the digits of all products.
fn cross_sum(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).map(|product| product / 10 + product % 10).sum()
}

/// The digits of a number in which a letter counts as two digits, A as 01.
fn with_letter(number: &str) -> Vec<u32> {
    let place = |c: char| base_36(c).saturating_sub(9);
    let values = |c: char| if c.is_ascii_alphabetic() { vec![place(c) / 10, place(c) % 10] } else { vec![base_36(c)] };
    number.chars().flat_map(values).collect()
}

/// A German pension insurance number: date of birth, letter of the name, weighted digit sums.
pub(super) fn de_social_security(number: &str) -> bool {
    let digits = with_letter(number);
    let dated = is_day(part(number, 4, 6).unwrap_or_default(), part(number, 2, 4).unwrap_or_default());
    let sum = cross_sum(&digits, &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]);
    number.len() == 12 && dated && digits.len() == 13 && digits.last() == Some(&(sum % 10))
}

/// A German health insurance number: a letter, weights 1 and 2, digit sums.
pub(super) fn de_health_insurance(number: &str) -> bool {
    let digits = with_letter(number);
    let sum = cross_sum(&digits, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
    digits.len() == 11 && digits.last() == Some(&(sum % 10))
}

/// The check digit of travel documents (ICAO 9303): weights 7 3 1 over base 36.
fn icao(body: &str) -> u32 {
    body.chars().map(base_36).zip([7, 3, 1].iter().cycle()).map(|(value, weight)| value * weight).sum::<u32>() % 10
}

/// A German identity card or passport: letters without vowels, and the check digit when a tenth place is written.
pub(super) fn de_id_card(number: &str) -> bool {
    // The country that stands after the check digit in the lines for machines.
    let number = if number.len() == 11 { number.strip_suffix('D').unwrap_or(number) } else { number };
    let legal = number.bytes().all(|byte| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(&byte));
    let check = number
        .get(9..)
        .filter(|check| !check.is_empty())
        .is_none_or(|check| check.parse() == Ok(icao(number.get(..9).unwrap_or_default())));
    let mixed =
        number.bytes().any(|b| b.is_ascii_digit()) && number.starts_with(|c: char| c.is_ascii_alphabetic() || c == 'T');
    legal && check && mixed && (9..=10).contains(&number.len())
}

/// A French social security number: sex, month, and a key by 97; Corsica's 2A and 2B count as 19 and 18.
pub(super) fn fr_nir(number: &str) -> bool {
    let plain = number.replacen("2A", "19", 1).replacen("2B", "18", 1);
    let plain = if digits(number).is_some() { number } else { plain.as_str() };
    let (Some(body), month) = (part(plain, 0, 13), part(plain, 3, 5).unwrap_or_default()) else { return false };
    let month = matches!(month, 1..=12 | 20..=42 | 50..=99);
    let key = number.len() == 13 || part(plain, 13, 15) == Some(97 - body % 97);
    plain.len() == number.len() && plain.starts_with(['1', '2', '3', '4', '7', '8']) && month && key
}

/// Fourteen digits of a French establishment: Luhn; of the post office, whose are too many, a sum by five.
pub(super) fn fr_siret(number: &str) -> bool {
    let post =
        || number.starts_with("356000000") && digits(number).is_some_and(|d| d.iter().sum::<u32>().is_multiple_of(5));
    number.len() == 14 && (luhn(number) || post())
}

/// Nine digits of a French enterprise: Luhn.
pub(super) fn fr_siren(number: &str) -> bool {
    number.len() == 9 && luhn(number)
}

/// A Spanish number of a person or foreigner: the letter by 23.
pub(super) fn es_nif(number: &str) -> bool {
    let first = number.chars().next().unwrap_or(' ');
    let body = match "XYZ".find(first) {
        Some(place) => format!("{place}{}", number.get(1..8).unwrap_or_default()),
        None => number.get(..8).unwrap_or_default().to_owned(),
    };
    let Ok(value) = body.parse::<usize>() else { return false };
    number.len() == 9 && body.len() == 8 && "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth(value % 23) == number.chars().last()
}

/// A Spanish company number: a letter of its form, Luhn in disguise as digit or letter.
pub(super) fn es_cif(number: &str) -> bool {
    let Some(body) = number.get(1..8).and_then(digits) else { return false };
    let odd: u32 = body.iter().step_by(2).map(|d| d * 2).map(|d| d / 10 + d % 10).sum();
    let even: u32 = body.iter().skip(1).step_by(2).sum();
    let check = (10 - (odd + even) % 10) % 10;
    let last = number.chars().last();
    let right = last == char::from_digit(check, 10) || last == "JABCDEFGHI".chars().nth(check as usize);
    number.len() == 9 && number.starts_with(|c| "ABCDEFGHJNPQRSUVW".contains(c)) && right
}

/// An Italian tax code: the last letter by the tables for odd and even places.
pub(super) fn it_fiscal_code(number: &str) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let place = |c: char| base_36(c).checked_sub(10).unwrap_or_else(|| base_36(c));
    let value = |(at, c): (usize, char)| {
        if at % 2 == 0 { ODD.get(place(c) as usize).copied().unwrap_or_default() } else { place(c) }
    };
    let sum: u32 = number.chars().take(15).enumerate().map(value).sum();
    let month = number.chars().nth(8).is_some_and(|c| "ABCDEHLMPRST".contains(c));
    number.len() == 16
        && month
        && number.chars().last() == char::from_digit(10 + sum % 26, 36).map(|c| c.to_ascii_uppercase())
}

/// An Italian VAT number: Luhn.
pub(super) fn it_vat(number: &str) -> bool {
    number.len() == 11 && luhn(number)
}

/// A Dutch number: the test of eleven.
pub(super) fn nl_bsn(number: &str) -> bool {
    let Some(digits) = digits(number).filter(|digits| digits.len() == 9) else { return false };
    let sum = weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    !is_monotone(number) && digits.last().is_some_and(|last| sum % 11 == *last)
}

/// A Belgian number: a date and a key by 97, with a 2 before the number for births from 2000 on.
pub(super) fn be_national_number(number: &str) -> bool {
    let (Some(body), Some(key)) = (part(number, 0, 9), part(number, 9, 11)) else { return false };
    let right = [body, body + 2_000_000_000].iter().any(|body| 97 - body % 97 == key);
    number.len() == 11
        && right
        && is_day(part(number, 2, 4).unwrap_or_default() % 20, part(number, 4, 6).unwrap_or_default())
}

/// A Polish number: a date whose month tells the century, weights 1 3 7 9.
pub(super) fn pl_pesel(number: &str) -> bool {
    let check = |d: &[u32]| (10 - weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10;
    let month = part(number, 2, 4).unwrap_or_default() % 20;
    number.len() == 11 && is_day(month, part(number, 4, 6).unwrap_or_default()) && last_is(number, check)
}

/// A Polish tax number: weights by 11.
pub(super) fn pl_nip(number: &str) -> bool {
    number.len() == 10 && !is_monotone(number) && last_is(number, |d| weighted(d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11)
}

/// A Polish business number of nine or fourteen digits: weights by 11, ten counts as zero.
pub(super) fn pl_regon(number: &str) -> bool {
    let nine = number.get(..9).is_some_and(|nine| last_is(nine, |d| weighted(d, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10));
    let long =
        number.len() == 14 && last_is(number, |d| weighted(d, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]) % 11 % 10);
    nine && !is_monotone(number) && (number.len() == 9 || long)
}

/// A Swedish number, with or without the century: a date (plus 60 for coordination numbers) and Luhn.
pub(super) fn se_personnummer(number: &str) -> bool {
    let short = number.len().checked_sub(10).and_then(|at| number.get(at..)).unwrap_or_default();
    let century = number.len() == 10 || number.starts_with("19") || number.starts_with("20");
    let day = part(short, 4, 6).unwrap_or_default();
    century && is_day(part(short, 2, 4).unwrap_or_default(), if day > 60 { day - 60 } else { day }) && luhn(short)
}

/// A Norwegian number: a date (day plus 40 for temporary numbers) and two check digits by 11.
pub(super) fn no_fodselsnummer(number: &str) -> bool {
    let eleven = |d: &[u32], weights: &[u32]| (11 - weighted(d, weights) % 11) % 11;
    let first = number.get(..10).is_some_and(|head| last_is(head, |d| eleven(d, &[3, 7, 6, 1, 8, 9, 4, 5, 2])));
    let day = part(number, 0, 2).unwrap_or_default();
    let dated = is_day(part(number, 2, 4).unwrap_or_default(), if day > 40 { day - 40 } else { day });
    number.len() == 11 && dated && first && last_is(number, |d| eleven(d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]))
}

/// A Danish number: a date; the check digit was given up in 2007.
pub(super) fn dk_cpr(number: &str) -> bool {
    number.len() == 10 && is_day_first(number)
}

/// A Finnish code: a date and a character by 31.
pub(super) fn fi_hetu(number: &str) -> bool {
    let digits: String = number
        .chars()
        .take(6)
        .chain(number.chars().rev().skip(1).take(3).collect::<Vec<_>>().into_iter().rev())
        .collect();
    let Ok(value) = digits.parse::<usize>() else { return false };
    let check = "0123456789ABCDEFHJKLMNPRSTUVWXY".chars().nth(value % 31);
    let century = number.len() == 10 || number.chars().nth(6).is_some_and(|c| "ABCDEFYXWVU".contains(c));
    (10..=11).contains(&number.len()) && century && is_day_first(number) && number.chars().last() == check
}

/// A Portuguese number: weights 9 to 2, by 11.
pub(super) fn pt_nif(number: &str) -> bool {
    let check = |d: &[u32]| match weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    number.len() == 9 && !number.starts_with(['0', '4']) && last_is(number, check)
}

/// A Czech or Slovak birth number: a date whose month tells sex and series; ten digits are a multiple of 11.
pub(super) fn cz_birth_number(number: &str) -> bool {
    let month = match part(number, 2, 4).unwrap_or_default() {
        month @ 71..=82 => month - 70,
        month @ 51..=62 => month - 50,
        month @ 21..=32 => month - 20,
        month => month,
    };
    let dated = is_day(month, part(number, 4, 6).unwrap_or_default());
    let whole = part(number, 0, number.len()).unwrap_or(1);
    dated && (number.len() == 9 || number.len() == 10 && whole.is_multiple_of(11))
}

/// A Romanian number: sex and century, a date, weights by 11.
pub(super) fn ro_cnp(number: &str) -> bool {
    let check = |d: &[u32]| match weighted(d, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
        10 => 1,
        rest => rest,
    };
    let dated = is_dated(number.get(1..).unwrap_or_default());
    number.len() == 13 && !number.starts_with('0') && dated && last_is(number, check)
}

/// A Hungarian number: weights 3 and 7, by 10.
pub(super) fn hu_taj(number: &str) -> bool {
    number.len() == 9 && !is_monotone(number) && last_is(number, |d| weighted(d, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10)
}

/// A Bulgarian number: a date whose month tells the century, weights by 11.
pub(super) fn bg_egn(number: &str) -> bool {
    let month = part(number, 2, 4).unwrap_or_default();
    let month = if month > 40 {
        month - 40
    } else if month > 20 {
        month - 20
    } else {
        month
    };
    let dated = is_day(month, part(number, 4, 6).unwrap_or_default());
    number.len() == 10 && dated && last_is(number, |d| weighted(d, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10)
}

/// A Greek number: a date and Luhn.
pub(super) fn gr_amka(number: &str) -> bool {
    number.len() == 11 && is_day_first(number) && luhn(number)
}

/// An Austrian number: the fourth digit checks the others, a date follows.
pub(super) fn at_svnr(number: &str) -> bool {
    let Some(digits) = digits(number).filter(|digits| digits.len() == 10) else { return false };
    let sum = weighted(&digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    let dated = is_day_first(number.get(4..).unwrap_or_default());
    !number.starts_with('0') && dated && digits.get(3) == Some(&(sum % 11))
}

/// A Swiss number: prefix 756 and the check digit of EAN-13.
pub(super) fn ch_ahv(number: &str) -> bool {
    let check = |d: &[u32]| (10 - weighted(d, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10) % 10;
    number.len() == 13 && number.starts_with("756") && last_is(number, check)
}

/// An Italian VAT number with the prefix of the country.
pub(super) fn it_vat_with_country(number: &str) -> bool {
    number.strip_prefix("IT").is_some_and(it_vat)
}

/// A Portuguese number with the prefix of the country.
pub(super) fn pt_nif_with_country(number: &str) -> bool {
    number.strip_prefix("PT").is_some_and(pt_nif)
}

/// ISO 7064 (mod 11, 10) over all digits, the last of which checks the others.
fn passes_11_10(number: &str) -> bool {
    last_is(number, check_11_10)
}

fn check_11_10(digits: &[u32]) -> u32 {
    let product = digits.iter().fold(10, |product, digit| match (digit + product) % 10 {
        0 => 20 % 11,
        sum => sum * 2 % 11,
    });
    (11 - product) % 10
}

/// A VAT number whose check digits are those of its country; only of countries that have some.
pub(super) fn eu_vat_checked(number: &str) -> bool {
    let Some((country, rest)) = number.split_at_checked(2) else { return false };
    if is_monotone(rest) {
        return false;
    }
    match country {
        "DE" => rest.len() == 9 && !rest.starts_with('0') && passes_11_10(rest),
        "HR" => rest.len() == 11 && passes_11_10(rest),
        "FR" => {
            let (key, siren) = (part(rest, 0, 2), part(rest, 2, 11));
            let right = key.zip(siren).is_some_and(|(key, siren)| key == (12 + 3 * (siren % 97)) % 97);
            rest.len() == 11 && right && rest.get(2..).is_some_and(luhn)
        }
        "BE" => {
            let (body, key) = (part(rest, 0, 8), part(rest, 8, 10));
            rest.len() == 10
                && rest.starts_with(['0', '1'])
                && body.zip(key).is_some_and(|(body, key)| key == 97 - body % 97)
        }
        "PL" => rest.len() == 10 && pl_nip(rest),
        "AT" => rest.strip_prefix('U').is_some_and(|digits| {
            let sum = |d: &[u32]| cross_sum(d, &[1, 2, 1, 2, 1, 2, 1]);
            digits.len() == 8 && last_is(digits, |d| (10 - (sum(d) + 4) % 10) % 10)
        }),
        "NL" => rest.len() == 12 && rest.as_bytes().get(9) == Some(&b'B') && rest.get(..9).is_some_and(nl_bsn),
        _ => false,
    }
}

/// A British VAT number without its prefix: weights by 97, in an old and a new way; three digits more name a branch.
pub(super) fn gb_vat(number: &str) -> bool {
    let sum = digits(number).map(|digits| weighted(&digits, &[8, 7, 6, 5, 4, 3, 2, 10, 1]));
    let right = sum.is_some_and(|sum| sum.is_multiple_of(97) || (sum + 55).is_multiple_of(97));
    matches!(number.len(), 9 | 12) && !is_monotone(number) && right
}

/// A French VAT number without its prefix.
pub(super) fn fr_vat(number: &str) -> bool {
    number.len() == 11 && eu_vat_checked(&format!("FR{number}"))
}

/// A Bulgarian VAT number without its prefix: nine digits of an enterprise, by 11 in two ways, or ten.
pub(super) fn bg_vat(number: &str) -> bool {
    let check = |d: &[u32]| match weighted(d, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11 {
        10 => weighted(d, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10,
        rest => rest,
    };
    number.len() == 9 && last_is(number, check)
        || number.len() == 10 && digits(number).is_some() && !is_monotone(number)
}

/// The number that a German tax office gives: its layout differs by state, and so do its check digits. The nationwide form has a zero in the
/// fifth place.
pub(super) fn de_tax_number(number: &str) -> bool {
    let whole = number.len() < 13 || number.as_bytes().get(4) == Some(&b'0');
    (9..=13).contains(&number.len()) && digits(number).is_some() && whole && !is_monotone(number)
}

/// A VAT number with the prefix of a country of the union.
pub(super) fn eu_vat(number: &str) -> bool {
    const COUNTRIES: &str = " AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI GB ";
    let country = number.get(..2).unwrap_or_default();
    country.len() == 2 && COUNTRIES.contains(&format!(" {country} "))
}
