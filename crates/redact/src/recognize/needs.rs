//! What recognizers need to stand in a text. A run of digits is told by its length and the bytes beside it to be of no use to most of them;
//! a recognizer none of whose needs are met is not asked at all.

use super::iban::length_of_country;
use crate::finding::{Span, SpanText as _};

/// A set of needs, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs(u32);

impl Needs {
    /// Nothing.
    pub(super) const NONE: Self = Self(0);
    /// Everything.
    #[cfg(test)]
    pub(super) const ALL: Self = Self(u32::MAX);
    /// Those of a run that only spare recognizers a look at it.
    #[cfg(test)]
    pub(super) const CHECKED: Self = Self::CARD.and(Self::MAC).and(Self::IP).and(Self::PLACE).and(Self::IBAN);
    /// What every text has.
    pub(super) const TEXT: Self = Self(1 << 31);

    /// The first digits of a card's number.
    pub(super) const CARD: Self = Self(0b11);
    /// Digits of a hardware address.
    pub(super) const MAC: Self = Self(0b1100 | 0b11 << 26);
    /// The first digits of an IP address.
    pub(super) const IP: Self = Self(1 << 4);
    /// The first digits of a place on a map.
    pub(super) const PLACE: Self = Self(1 << 5);
    /// Digits of a secret.
    pub(super) const SECRET: Self = Self(0b111 << 6);
    /// A house number or a postal code.
    pub(super) const HOUSE: Self = Self(1 << 9);
    /// The check digits of an international bank account number.
    pub(super) const IBAN: Self = Self(1 << 10);
    /// Any digits.
    pub(super) const DIGIT: Self = Self(1 << 11);

    /// Digits that may be the value of a name that stands apart from them.
    pub(super) const FIELD: Self = Self(1 << 28);
    /// The first digits of a telephone number.
    pub(super) const PHONE: Self = Self(1 << 25);

    /// A word with a digit that may be a name for oneself.
    pub(super) const NICKNAME: Self = Self(1 << 12);
    /// A word with a digit that is long enough for a part of a wallet's address.
    pub(super) const WALLET: Self = Self(1 << 13);
    /// A word with a digit that is as long as a vehicle's number.
    pub(super) const VEHICLE: Self = Self(1 << 14);
    /// A word with a digit after the sign of a code: `%40`, `&#64;`, `\u0040`.
    pub(super) const CODE: Self = Self(1 << 15);

    /// What words with digits meet.
    pub(super) const WORDS: Self = Self(0b1111 << 12);

    pub(super) const AT: Self = Self(1 << 16);
    pub(super) const COLON: Self = Self(1 << 17);
    pub(super) const SLASH: Self = Self(1 << 18);
    pub(super) const EQUALS: Self = Self(1 << 19);
    pub(super) const UNDERSCORE: Self = Self(1 << 20);
    /// A rare word, see `literals.rs`.
    pub(super) const LITERAL: Self = Self(1 << 21);
    pub(super) const NEWLINE: Self = Self(1 << 22);
    /// What is not ASCII.
    pub(super) const FOREIGN: Self = Self(1 << 23);

    /// A capital directly after a small letter, both ASCII.
    pub(super) const JOINED: Self = Self(1 << 24);

    /// A card's number may begin with a group of fewer digits than it has, before another.
    const CARD_GROUP: u32 = 1;
    const CARD_WHOLE: u32 = 1 << 1;
    /// Hex digits of which some are letters.
    const MAC_LETTERED: u32 = 1 << 2;
    const MAC_WHOLE: u32 = 1 << 3;
    /// Two digits beside a colon or a hyphen, four beside a dot.
    const MAC_PAIR: u32 = 1 << 26;
    const MAC_FOUR: u32 = 1 << 27;
    /// A code after its name.
    const SECRET_CODE: u32 = 1 << 6;
    /// A part of something with letters and signs.
    const SECRET_PART: u32 = 1 << 7;
    const SECRET_LONG: u32 = 1 << 8;

    /// Whether both sets have something in common.
    #[inline]
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    #[inline]
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of this set that are in the other.
    #[inline]
    pub(super) fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// This where it is so, else nothing.
    #[inline]
    pub(super) fn when(self, so: bool) -> Self {
        Self(self.0 * u32::from(so))
    }

    /// What a run of digits may be good for; `gap` is how far the next one is.
    #[inline]
    pub(super) fn of_run(length: usize, around: Around, gap: usize) -> Self {
        let Around { before: [fourth, third, second, before], after: [after, next] } = around;
        let (Some(beside), Some(then)) = (BEFORE.get(usize::from(before)), AFTER.get(usize::from(after))) else {
            return Self(LONG);
        };
        let degrees = Self::PLACE.when(next | 0x20 == b'd');
        let country = if before == b' ' { [third, second] } else { [second, before] };
        // "account in 2019": the letters of a country are a word.
        let inside = before == b' ' && fourth.is_ascii_alphanumeric() && fourth | 0x20 != b'n';
        let account = !Self::IBAN.when(inside || length_of_country(country).is_none()).0;
        let group = !Self::PHONE.when(length < 7 && gap > LONGEST_GAP).0;
        let near = !Self(Self::CARD_GROUP).when(gap > LONGEST_SIGN).0;
        // "D-10115 Berlin": the letters of a country.
        let coded = before == b'-' && second.is_ascii_uppercase() && length / 2 == 2 && matches!(after, b' ' | b'-');
        let coded = Self::HOUSE.when(coded).0;
        let dotted = !Self::IP.and(Self::PLACE.when(after == b'.')).when(gap > 1).0;
        let length = LENGTHS.get(length).copied().unwrap_or(LONG);
        // "460-89-9847": what stands before is no pair of hex digits.
        let longer = matches!(before, b':' | b'-') && fourth.is_ascii_alphanumeric();
        let paired = !Self(Self::MAC_PAIR).when(longer).0;
        let alone = length & account & group & near & dotted & paired;
        Self(alone & (beside.all | coded) & (then.all | degrees.0) & (beside.one | then.one | !ONE_SIDE))
    }

    /// What a word with a digit may be good for.
    #[inline]
    pub(super) fn of_word(text: &[u8], word: Span) -> Self {
        let before = word.start.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(NOTHING);
        let letter = text.get(word.start).is_some_and(u8::is_ascii_alphabetic);
        let named = (letter || matches!(before, b'#' | b'_' | b'.' | b'-')) && word.len() >= LEAST_NICKNAME;
        let needs = Self::NICKNAME.when(named).and(Self::WALLET.when(word.len() >= LEAST_WALLET));
        needs
            .and(Self::VEHICLE.when(word.len() == VEHICLE_LENGTH))
            .and(Self::CODE.when(matches!(before, b'%' | b'#' | b'\\')))
    }
}

/// The bytes around a run; [`NOTHING`] beyond the text.
#[derive(Clone, Copy)]
pub(super) struct Around {
    before: [u8; 4],
    after: [u8; 2],
}

impl Around {
    #[inline]
    pub(super) fn of(text: &[u8], run: Span) -> Self {
        let (head, tail) = (text.get(..run.start).unwrap_or_default(), text.get(run.end..).unwrap_or_default());
        let before = head.last_chunk().copied().unwrap_or_else(|| {
            let mut before = [NOTHING; 4];
            before.iter_mut().rev().zip(head.iter().rev()).for_each(|(to, from)| *to = *from);
            before
        });
        let after = match tail {
            [after, next, ..] => [*after, *next],
            [after] => [*after, NOTHING],
            [] => [NOTHING; 2],
        };
        Self { before, after }
    }

    /// Whether the run is a part of a word with letters.
    #[inline]
    pub(super) fn is_lettered(self) -> bool {
        let ([.., before], [after, _]) = (self.before, self.after);
        before.is_ascii_alphabetic() | after.is_ascii_alphabetic()
    }
}

/// The shortest part of a name for oneself that nothing but a word tells, in bytes.
pub(super) const LEAST_NICKNAME: usize = 3;
/// The least part of a wallet's address with signs in it that holds a digit, in bytes.
pub(super) const LEAST_WALLET: usize = 8;
/// The length of a vehicle's number, in bytes.
pub(super) const VEHICLE_LENGTH: usize = 17;
/// The most bytes between the groups of digits of a telephone number.
pub(super) const LONGEST_GAP: usize = 6;
/// The most bytes of a sign between the groups of a card's number.
const LONGEST_SIGN: usize = 3;
/// What stands before a text and after it.
const NOTHING: u8 = 0;

/// The needs that a byte beside a run leaves open: some ask both sides, others one.
#[derive(Clone, Copy)]
struct Beside {
    all: u32,
    one: u32,
}

/// Those for which one side is enough.
const ONE_SIDE: u32 = MAC_BESIDE | Needs::SECRET_PART;
/// Parts of a hardware address.
const MAC_BESIDE: u32 = Needs::MAC_LETTERED | Needs::MAC_PAIR | Needs::MAC_FOUR;

/// What longer runs may be.
const LONG: u32 = Needs::SECRET_LONG | Needs::IBAN.0 | Needs::DIGIT.0 | Needs::PHONE.0 | Needs::FIELD.0;
/// By the length of a run.
const LENGTHS: [u32; 20] = lengths();
const BEFORE: [Beside; 256] = beside(true);
const AFTER: [Beside; 256] = beside(false);

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn lengths() -> [u32; 20] {
    let mut table = [0; 20];
    let mut length = 1;
    while length < table.len() {
        let mut needs = Needs::SECRET_PART | Needs::DIGIT.0 | Needs::PHONE.0 | Needs::FIELD.0;
        if length >= 2 {
            needs |= Needs::IBAN.0;
        }
        if length >= 12 {
            needs |= Needs::CARD_WHOLE;
        } else if length >= 4 {
            needs |= Needs::CARD_GROUP;
        }
        needs |= match length {
            2 => Needs::MAC_LETTERED | Needs::MAC_PAIR,
            4 => Needs::MAC_LETTERED | Needs::MAC_FOUR,
            1..=11 => Needs::MAC_LETTERED,
            12 => Needs::MAC_WHOLE,
            _ => 0,
        };
        if length <= 3 {
            needs |= Needs::IP.0 | Needs::PLACE.0;
        }
        if length >= 3 && length <= 12 {
            needs |= Needs::SECRET_CODE;
        }
        if length <= 6 {
            needs |= Needs::HOUSE.0;
        }
        table[length] = needs;
        length += 1;
    }
    table
}

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn beside(before: bool) -> [Beside; 256] {
    let mut table = [Beside { all: 0, one: 0 }; 256];
    let mut number = 0;
    while number < table.len() {
        let byte = number as u8;
        table[number] =
            Beside { all: if before { all_before(byte) } else { all_after(byte) }, one: one_side(byte, before) };
        number += 1;
    }
    table
}

/// The needs that this byte before a run leaves open.
const fn all_before(byte: u8) -> u32 {
    let mut needs = !0;
    let opens = matches!(byte, b'"' | b'\'' | b'(' | b'[' | b'>' | b'`' | b'*');
    if !opens && !matches!(byte, NOTHING | b' ' | b'\t' | b':' | b'=' | 0x80..) {
        needs &= !Needs::SECRET_CODE;
    }
    if matches!(byte, b'$' | b'^' | b'{' | b'}' | b'\\' | b'+' | b'<' | b'_' | b'%' | b'-' | b'/') {
        needs &= !Needs::HOUSE.0;
    }
    if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'+' | b'$' | b'/' | b'-') {
        needs &= !Needs::CARD.0;
    }
    needs & outside_hex(byte)
}

/// The needs but those of hex digits in a word of other letters.
const fn outside_hex(byte: u8) -> u32 {
    if byte.is_ascii_hexdigit() || !byte.is_ascii_alphabetic() && byte != b'_' { !0 } else { !Needs::MAC.0 }
}

/// The needs that this byte after a run leaves open.
const fn all_after(byte: u8) -> u32 {
    let mut needs = !0;
    if !matches!(byte, b' ' | b'-' | b'.' | b'_' | b'/' | 0xc2 | 0xe2) {
        needs &= !Needs::CARD_GROUP;
    }
    if byte != b'.' {
        needs &= !Needs::IP.0;
    }
    if !matches!(byte, b'.' | 0xc2) {
        needs &= !Needs::PLACE.0;
    }
    needs & outside_hex(byte)
}

/// Signs that passwords hold and numbers do not.
pub(super) const fn is_sign(byte: u8) -> bool {
    matches!(byte, b'!' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'?' | b'~' | b'@')
}

/// The needs for which this byte on one side of a run is enough.
const fn one_side(byte: u8, before: bool) -> u32 {
    let mut needs = match byte {
        b'a'..=b'f' | b'A'..=b'F' => Needs::MAC_LETTERED,
        b':' | b'-' => Needs::MAC_PAIR,
        b'.' => Needs::MAC_FOUR,
        _ => 0,
    };
    if byte.is_ascii_alphabetic()
        || is_sign(byte)
        || matches!(byte, b'_' | b'-' | b'.')
        || matches!(byte, b':' | b'|') && !before
    {
        needs |= Needs::SECRET_PART;
    }
    needs
}
