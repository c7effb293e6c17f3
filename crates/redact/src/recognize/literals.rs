//! Rare words that say that something without digits may stand beside them. A look at three bytes of every place, taken of many places at once,
//! tells of nearly every place that none begins there; only the others are looked at one by one.

use super::planes::BLOCK;
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
    /// `VALUES`, after which SQL lists some.
    Values,
    /// ` years old` and the like, before which a number in words may stand.
    Years,
    /// The end of a word for tens and a hyphen: `enty-`.
    Tens,
}

/// What is searched for, what must stand before it (all of one length; nothing where the list is empty), and what both together are. A
/// clue begins with three bytes that are rare in prose and for which [`may_begin`] looks.
const LITERALS: [(&str, &[&str], Literal); 51] = [
    ("-----BEGIN", &[], Literal::Armor),
    ("BIC", &[], Literal::BankWord),
    ("wift", &["S", "s"], Literal::BankWord),
    ("WIFT", &["S"], Literal::BankWord),
    ("bic", &[], Literal::BankWord),
    ("Bic", &[], Literal::BankWord),
    ("ssword", &["a"], Literal::Password),
    ("SSWORD", &["A"], Literal::Password),
    ("sswd", &["a"], Literal::Password),
    ("SSWD", &["A"], Literal::Password),
    ("pwd", &[], Literal::Password),
    ("Pwd", &[], Literal::Password),
    ("PWD", &[], Literal::Password),
    ("hf_", &[], Literal::Token),
    ("sscode", &["a"], Literal::Password),
    ("ssphrase", &["a"], Literal::Password),
    ("sswort", &["a"], Literal::Password),
    ("(at)", &[], Literal::At),
    ("[at]", &[], Literal::At),
    ("{at}", &[], Literal::At),
    ("<at>", &[], Literal::At),
    ("(AT)", &[], Literal::At),
    ("[AT]", &[], Literal::At),
    ("{AT}", &[], Literal::At),
    ("(a)", &[], Literal::At),
    ("(At)", &[], Literal::At),
    ("[At]", &[], Literal::At),
    ("(ät)", &[], Literal::At),
    ("[ät]", &[], Literal::At),
    ("(arroba)", &[], Literal::At),
    ("[arroba]", &[], Literal::At),
    ("(arobase)", &[], Literal::At),
    ("[arobase]", &[], Literal::At),
    ("dot-", &["-"], Literal::Dot),
    ("(Dot)", &[], Literal::Dot),
    ("[Dot]", &[], Literal::Dot),
    ("dot ", &[" "], Literal::Dot),
    ("DOT ", &[" "], Literal::Dot),
    ("Dot ", &[" "], Literal::Dot),
    ("(dot)", &[], Literal::Dot),
    ("[dot]", &[], Literal::Dot),
    ("{dot}", &[], Literal::Dot),
    ("(DOT)", &[], Literal::Dot),
    ("[DOT]", &[], Literal::Dot),
    ("nkt ", &[" pu", " Pu"], Literal::Dot),
    ("rner of ", &["Co", "co"], Literal::Corner),
    ("VALUES", &[], Literal::Values),
    ("years old", &[" "], Literal::Years),
    ("year-old", &["-", " "], Literal::Years),
    ("year old", &["-", " "], Literal::Years),
    ("ty-", &["en", "ir", "or", "if", "ix", "gh", "in"], Literal::Tens),
];
/// Where a literal may begin, of thirty-two places and the two bytes after each: all bits, or none. Of a fixed length and without a way out,
/// so that the compiler looks at all places at once.
#[inline(always)]
pub(super) fn may_begin(first: &[u8; BLOCK], second: &[u8; BLOCK], third: &[u8; BLOCK]) -> [u8; BLOCK] {
    let mut hits = [0; BLOCK];
    // No adapter that might be compiled apart from this.
    for (hit, ((a, b), c)) in hits.iter_mut().zip(first.iter().zip(second).zip(third)) {
        let (a_low, b_low, c_low) = (a | 0x20, b | 0x20, c | 0x20);
        let three = |x: u8, y: u8, z: u8| (a_low == x) & (b_low == y) & (c_low == z);
        let opens = (*a == b'(') | (*a == b'<') | (a_low == b'{');
        let double = (a_low == b's') & (b_low == b's');
        let begins = ((*a == b'-') & (*b == b'-'))
            | ((*a == b'V') & (*b == b'A'))
            | ((*b == b'f') & (*c == b'_'))
            | ((*b == b'k') & (*c == b't'))
            | ((b_low == b'w') & (c_low == b'd'))
            | three(b'b', b'i', b'c')
            | three(b'w', b'i', b'f')
            | three(b'd', b'o', b't')
            | three(b'r', b'n', b'e')
            | ((*a == b'y') & (*b == b'e') & (*c == b'a'))
            | ((*a == b't') & (*b == b'y') & (*c == b'-'))
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
    let begins = |(clue, _, _): &&(&str, &[&str], Literal)| {
        clue.as_bytes().first() == tail.first() && tail.starts_with(clue.as_bytes())
    };
    let (clue, before, literal) = LITERALS.iter().find(begins)?;
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
