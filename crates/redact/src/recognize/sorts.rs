//! Which recognizers need to look at a run of digits: its length and the two bytes beside it tell most of them that it is not theirs. Told once
//! for each run, when clues are gathered; a recognizer that no run of the text concerns does nothing.

use crate::finding::{Span, SpanText as _};

/// A set of recognizers, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sorts(u16);

impl Sorts {
    /// Nobody.
    pub(super) const NONE: Self = Self(0);
    /// The first digits of a card's number.
    pub(super) const CARD: Self = Self(0b11);
    /// Digits of a hardware address.
    pub(super) const MAC: Self = Self(0b1100);
    /// The first digits of an IP address.
    pub(super) const IP: Self = Self(1 << 4);
    /// The first digits of a place on a map.
    pub(super) const PLACE: Self = Self(1 << 5);
    /// Digits of a secret.
    pub(super) const SECRET: Self = Self(0b111 << 6);
    /// A house number or a postal code.
    pub(super) const HOUSE: Self = Self(1 << 9);

    /// A card's number may begin with a group of fewer digits than it has, before another.
    const CARD_GROUP: u16 = 1;
    const CARD_WHOLE: u16 = 1 << 1;
    /// Groups of hex digits have a letter or a sign at one side; others are a whole address.
    const MAC_GROUP: u16 = 1 << 2;
    const MAC_WHOLE: u16 = 1 << 3;
    /// A code after its name.
    const SECRET_CODE: u16 = 1 << 6;
    /// A part of something with letters and signs.
    const SECRET_PART: u16 = 1 << 7;
    const SECRET_LONG: u16 = 1 << 8;

    /// Whether both sets have something in common.
    #[inline]
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    #[inline]
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those whom a run may concern.
    #[inline]
    pub(super) fn of(text: &[u8], run: Span) -> Self {
        let beside = |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or(NOTHING);
        let (before, after) = (beside(run.start.checked_sub(1)), beside(Some(run.end)));
        let length = LENGTHS.get(run.len()).copied().unwrap_or(Self::SECRET_LONG);
        let [before, after] = [BEFORE.get(usize::from(before)), AFTER.get(usize::from(after))];
        let (Some(before), Some(after)) = (before, after) else { return Self(length) };
        let word = text.get(run.end + 1).is_some_and(|second| second | 0x20 == b'd');
        let degrees = if word { Self::PLACE.0 } else { 0 };
        Self(length & (before.all & (after.all | degrees)) & (before.one | after.one | !ONE_SIDE))
    }
}

/// What stands before a text and after it.
const NOTHING: u8 = 0;

/// What a byte beside a run allows: some need it on both sides, others on one.
#[derive(Clone, Copy)]
struct Beside {
    all: u16,
    one: u16,
}

/// Those for whom one side is enough.
const ONE_SIDE: u16 = Sorts::MAC_GROUP | Sorts::SECRET_PART;

/// By the length of a run; longer ones may be a secret only.
const LENGTHS: [u16; 20] = lengths();
const BEFORE: [Beside; 256] = beside(true);
const AFTER: [Beside; 256] = beside(false);

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn lengths() -> [u16; 20] {
    let mut table = [0; 20];
    let mut length = 1;
    while length < table.len() {
        let mut sorts = Sorts::SECRET_PART;
        if length >= 12 {
            sorts |= Sorts::CARD_WHOLE;
        } else if length >= 4 {
            sorts |= Sorts::CARD_GROUP;
        }
        if length <= 4 {
            sorts |= Sorts::MAC_GROUP;
        }
        if length == 12 {
            sorts |= Sorts::MAC_WHOLE;
        }
        if length <= 3 {
            sorts |= Sorts::IP.0 | Sorts::PLACE.0;
        }
        if length >= 3 && length <= 12 {
            sorts |= Sorts::SECRET_CODE;
        }
        if length <= 6 {
            sorts |= Sorts::HOUSE.0;
        }
        table[length] = sorts;
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

/// Whom this byte before a run does not keep away.
const fn all_before(byte: u8) -> u16 {
    let mut sorts = !0;
    if !matches!(byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'(' | b'\t' | 0x80..) {
        sorts &= !Sorts::SECRET_CODE;
    }
    if matches!(byte, b'$' | b'^' | b'{' | b'}' | b'\\' | b'+' | b'<' | b'_' | b'%' | b'-' | b'/') {
        sorts &= !Sorts::HOUSE.0;
    }
    if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'+' | b'$' | b'/' | b'-') {
        sorts &= !Sorts::CARD.0;
    }
    sorts
}

/// Whom this byte after a run does not keep away.
const fn all_after(byte: u8) -> u16 {
    let mut sorts = !0;
    if !matches!(byte, b' ' | b'-' | b'.' | b'_' | b'/' | 0xc2 | 0xe2) {
        sorts &= !Sorts::CARD_GROUP;
    }
    if byte != b'.' {
        sorts &= !Sorts::IP.0;
    }
    if !matches!(byte, b'.' | 0xc2) {
        sorts &= !Sorts::PLACE.0;
    }
    sorts
}

/// Whom this byte on one side of a run is enough for.
const fn one_side(byte: u8, before: bool) -> u16 {
    let mut sorts = 0;
    if byte.is_ascii_alphabetic() || matches!(byte, b':' | b'-' | b'.') {
        sorts |= Sorts::MAC_GROUP;
    }
    let sign = matches!(byte, b'!' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'?' | b'~' | b'@');
    if byte.is_ascii_alphabetic() || sign || matches!(byte, b'_' | b'-' | b'.') || byte == b':' && !before {
        sorts |= Sorts::SECRET_PART;
    }
    sorts
}
