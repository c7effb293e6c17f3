//! Rare words that say that something without digits may stand beside them. A look at three bytes of every place, taken of many places at once,
//! tells of nearly every place that none begins there; only the others are looked at one by one.

use super::planes::{BLOCK, Rows, Sets};
use crate::finding::{Span, SpanText as _};

/// What a word is a clue of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `-----BEGIN`.
    Armor,
    /// `BIC` or `SWIFT`.
    BankWord,
    /// `assword`, the part of `password` that has one case less, and the like.
    Password,
    /// `hf_`, the beginning of a token that seldom holds a digit.
    Token,
    /// `(at)` and the like.
    At,
    /// ` dot ` and the like.
    Dot,
    /// `corner of`, after which two streets are named.
    Corner,
    /// `s/n` after a space, which stands for the number of a house that has none.
    Numberless,
    /// `VALUES`, after which SQL lists some.
    Values,
    /// `-year-old`, before which a number in words may stand.
    Years,
    /// The end of a word for tens and a hyphen: `enty-`.
    Tens,
}

/// What is searched for, what must stand before it (all of one length; nothing where the list is empty), and what both together are. A
/// clue begins with bytes that are rare in prose and for which [`may_begin`] looks. By their first byte.
const LITERALS: [(&str, &[&str], Literal); 51] = [
    ("(at)", &[], Literal::At),
    ("(AT)", &[], Literal::At),
    ("(a)", &[], Literal::At),
    ("(At)", &[], Literal::At),
    ("(ät)", &[], Literal::At),
    ("(arroba)", &[], Literal::At),
    ("(arobase)", &[], Literal::At),
    ("(Dot)", &[], Literal::Dot),
    ("(dot)", &[], Literal::Dot),
    ("(DOT)", &[], Literal::Dot),
    ("-----BEGIN", &[], Literal::Armor),
    ("-old", &["-year", " year"], Literal::Years),
    ("<at>", &[], Literal::At),
    ("BIC", &[], Literal::BankWord),
    ("Bic", &[], Literal::BankWord),
    ("DOT ", &[" "], Literal::Dot),
    ("Dot ", &[" "], Literal::Dot),
    ("Pwd", &[], Literal::Password),
    ("PWD", &[], Literal::Password),
    ("S/N", &[" "], Literal::Numberless),
    ("SSWORD", &["A"], Literal::Password),
    ("SSWD", &["A"], Literal::Password),
    ("VALUES", &[], Literal::Values),
    ("WIFT", &["S"], Literal::BankWord),
    ("[at]", &[], Literal::At),
    ("[AT]", &[], Literal::At),
    ("[At]", &[], Literal::At),
    ("[ät]", &[], Literal::At),
    ("[arroba]", &[], Literal::At),
    ("[arobase]", &[], Literal::At),
    ("[Dot]", &[], Literal::Dot),
    ("[dot]", &[], Literal::Dot),
    ("[DOT]", &[], Literal::Dot),
    ("bic", &[], Literal::BankWord),
    ("dot-", &["-"], Literal::Dot),
    ("dot ", &[" "], Literal::Dot),
    ("hf_", &[], Literal::Token),
    ("nkt ", &[" pu", " Pu"], Literal::Dot),
    ("pwd", &[], Literal::Password),
    ("rner of ", &["Co", "co"], Literal::Corner),
    ("s/n", &[" "], Literal::Numberless),
    ("ssword", &["a"], Literal::Password),
    ("sswd", &["a"], Literal::Password),
    ("sscode", &["a"], Literal::Password),
    ("ssphrase", &["a"], Literal::Password),
    ("sswort", &["a"], Literal::Password),
    ("ty-", &["en", "ir", "or", "if", "ix", "gh", "ne"], Literal::Tens),
    ("wift", &["S", "s"], Literal::BankWord),
    ("{at}", &[], Literal::At),
    ("{AT}", &[], Literal::At),
    ("{dot}", &[], Literal::Dot),
];
/// Where the literals of each first byte begin in the list.
const STARTS: [u8; 257] = starts();

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn starts() -> [u8; 257] {
    let (mut starts, mut number) = ([LITERALS.len() as u8; 257], LITERALS.len());
    while number > 0 {
        number -= 1;
        let mut byte = LITERALS[number].0.as_bytes()[0] as usize;
        // Those that begin with a lower byte begin no later.
        loop {
            starts[byte] = number as u8;
            if byte == 0 {
                break;
            }
            byte -= 1;
        }
    }
    starts
}

/// The first three bytes of the literals; those whose first bytes differ in case alone, or are brackets, share a set.
pub(super) static ROWS: [Rows; 2] = rows();

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn rows() -> [Rows; 2] {
    let mut rows = [[Sets { low: [0; 16], high: [0; 16] }; 3]; 2];
    let mut firsts = [0; 16];
    let mut number = 0;
    while number < LITERALS.len() {
        let bytes = LITERALS[number].0.as_bytes();
        let first = bytes[0] | 0x20;
        let mut set = 0;
        while firsts[set] != 0 && firsts[set] != first {
            set += 1;
        }
        firsts[set] = first;
        let mut place = 0;
        while place < 3 {
            let sets = &mut rows[set / 8][place];
            sets.low[(bytes[place] & 0x0f) as usize] |= 1 << (set % 8);
            sets.high[(bytes[place] >> 4) as usize] |= 1 << (set % 8);
            place += 1;
        }
        number += 1;
    }
    rows
}

/// Where a literal may begin, of thirty-two places and the two bytes after each: all bits, or none. Of a fixed length and without a way out,
/// so that the compiler looks at all places at once; for processors that cannot look [`ROWS`] up.
#[inline(always)]
pub(super) fn may_begin([first, second, third]: [&[u8; BLOCK]; 3]) -> [u8; BLOCK] {
    let mut hits = [0; BLOCK];
    // No adapter that might be compiled apart from this.
    for (hit, ((a, b), c)) in hits.iter_mut().zip(first.iter().zip(second).zip(third)) {
        let (a_low, b_low, c_low) = (a | 0x20, b | 0x20, c | 0x20);
        let three = |x: u8, y: u8, z: u8| (a_low == x) & (b_low == y) & (c_low == z);
        let opens = (*a == b'(') | (*a == b'<') | (a_low == b'{');
        let double = (a_low == b's') & (b_low == b's');
        let begins = ((*a == b'-') & ((*b == b'-') | ((*b == b'o') & (*c == b'l'))))
            | ((*a == b'V') & (*b == b'A'))
            | ((*b == b'f') & (*c == b'_'))
            | ((*b == b'k') & (*c == b't'))
            | ((b_low == b'w') & (c_low == b'd'))
            | ((b_low == b'i') & (((a_low == b'b') & (c_low == b'c')) | ((a_low == b'w') & (c_low == b'f'))))
            | three(b'd', b'o', b't')
            | three(b't', b'y', b'-')
            | three(b'r', b'n', b'e')
            | (double & ((c_low == b'w') | (c_low == b'c') | (c_low == b'p')))
            | (opens & ((b_low == b'a') | (*b == 0xc3) | (b_low == b'd')));
        *hit = 0_u8.wrapping_sub(u8::from(begins));
    }
    hits
}

/// The literal that begins at `at`.
#[cold]
pub(super) fn at(bytes: &[u8], at: usize) -> Option<(Literal, Span)> {
    let (head, tail) = bytes.split_at_checked(at)?;
    let first = usize::from(*tail.first()?);
    let [Some(start), Some(end)] = [STARTS.get(first), STARTS.get(first + 1)] else { return None };
    let mut same = LITERALS.get(usize::from(*start)..usize::from(*end))?.iter();
    let (clue, before, literal) = same.find(|(clue, _, _)| tail.starts_with(clue.as_bytes()))?;
    let before = match before {
        [] => "",
        before => before.iter().find(|before| head.ends_with(before.as_bytes()))?,
    };
    Some((*literal, Span::new(at - before.len(), at + clue.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::Page;

    #[test]
    fn every_literal_is_found_at_every_place() {
        for (clue, before, literal) in LITERALS {
            let whole = format!("{}{clue}", before.first().unwrap_or(&""));
            for at in 0..2 * BLOCK {
                for after in ["", "!", &"-".repeat(BLOCK)] {
                    let text = format!("{}{whole}{after}", "-".repeat(at));
                    assert_eq!(
                        Page::new(&text).literals(),
                        [(literal, Span::new(at, at + whole.len()))],
                        "in `{text}`"
                    );
                }
            }
        }
    }
}
