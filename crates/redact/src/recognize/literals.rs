//! Rare words that say that something without digits may stand beside them. A look at three bytes of every place, taken of many places at once,
//! tells of nearly every part of a text that none begins there; only the other parts are searched.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use pulp::NullaryFnOnce;

use crate::finding::{Span, SpanText as _};

/// Places that are looked at together.
const BLOCK: usize = 32;
/// The bytes that a look at them takes.
const LOOK: usize = BLOCK + 2;

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
}

/// What is searched for, what must stand before it (all of one length; nothing where the list is empty), and what both together are. A
/// clue begins with three bytes that are rare in prose and for which [`may_begin`] looks.
const LITERALS: [(&str, &[&str], Literal); 47] = [
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
];
/// The longest of them, in bytes.
const LONGEST: usize = 10;

static SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let clues = LITERALS.iter().map(|(clue, _, _)| clue);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(clues).ok()
});

/// Whether a literal may begin in the block. Of a fixed length and without a way out, so that the compiler looks at all places at once.
#[inline(always)]
fn may_begin(block: &[u8; LOOK]) -> bool {
    let [_, second @ ..] = block;
    let [_, third @ ..] = second;
    let mut seen = false;
    // No adapter that might be compiled apart from this.
    for ((a, b), c) in block.iter().zip(second).zip(third) {
        let (a_low, b_low, c_low) = (a | 0x20, b | 0x20, c | 0x20);
        let three = |x: u8, y: u8, z: u8| (a_low == x) & (b_low == y) & (c_low == z);
        let opens = (*a == b'(') | (*a == b'<') | (a_low == b'{');
        let double = (a_low == b's') & (b_low == b's');
        seen |= ((*a == b'-') & (*b == b'-'))
            | ((*a == b'V') & (*b == b'A'))
            | ((*b == b'f') & (*c == b'_'))
            | ((*b == b'k') & (*c == b't'))
            | ((b_low == b'w') & (c_low == b'd'))
            | three(b'b', b'i', b'c')
            | three(b'w', b'i', b'f')
            | three(b'd', b'o', b't')
            | three(b'r', b'n', b'e')
            | (double & ((c_low == b'w') | (c_low == b'c') | (c_low == b'p')))
            | (opens & ((b_low == b'a') | (*b == 0xc3) | (b_low == b'd')));
    }
    seen
}

/// Appends the literals of a text, in order. The look at all places is compiled for the processors that look at more of them at once, too.
pub(super) fn gather(text: &str, literals: &mut Vec<(Literal, Span)>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(block) = dispatch(NextBlock { bytes, from }) {
        gather_from(bytes, block, literals);
        from = block + BLOCK;
    }
}

/// Runs a search as compiled for AVX2 where the processor has it. What the compiler makes of it for AVX-512 is slower.
#[cfg(target_arch = "x86_64")]
fn dispatch(search: NextBlock<'_>) -> Option<usize> {
    static V3: LazyLock<Option<pulp::x86::V3>> = LazyLock::new(pulp::x86::V3::try_new);
    match *V3 {
        Some(v3) => v3.vectorize(search),
        None => search.call(),
    }
}

/// Runs a search.
#[cfg(not(target_arch = "x86_64"))]
fn dispatch(search: NextBlock<'_>) -> Option<usize> {
    search.call()
}

/// The first block from a place on in which a literal may begin.
struct NextBlock<'b> {
    bytes: &'b [u8],
    from: usize,
}

impl NullaryFnOnce for NextBlock<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn call(self) -> Option<usize> {
        let Self { bytes, from } = self;
        let mut start = from;
        while start < bytes.len() {
            let rest = bytes.get(start..).unwrap_or_default();
            let hit = match rest.first_chunk() {
                Some(look) => may_begin(look),
                None => {
                    let mut look = [0; LOOK];
                    look.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                    may_begin(&look)
                }
            };
            if hit {
                return Some(start);
            }
            start += BLOCK;
        }
        None
    }
}

/// The literals that begin in the block at `from`.
#[cold]
fn gather_from(bytes: &[u8], from: usize, literals: &mut Vec<(Literal, Span)>) {
    let Some(search) = &*SEARCH else { return };
    let end = bytes.len().min(from + BLOCK - 1 + LONGEST);
    let found = search.find_iter(bytes.get(from..end).unwrap_or_default()).take_while(|found| found.start() < BLOCK);
    let found = found.filter_map(|found| {
        let (start, end) = (from + found.start(), from + found.end());
        let (_, before, literal) = LITERALS.get(found.pattern().as_usize())?;
        let head = bytes.get(..start)?;
        let before = match before {
            [] => "",
            before => before.iter().find(|before| head.ends_with(before.as_bytes()))?,
        };
        Some((*literal, Span::new(start - before.len(), end)))
    });
    literals.extend(found);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_literal_is_found_at_every_place() {
        assert_eq!(LITERALS.iter().map(|(clue, _, _)| clue.len()).max(), Some(LONGEST));
        for (clue, before, literal) in LITERALS {
            let whole = format!("{}{clue}", before.first().unwrap_or(&""));
            for at in 0..2 * BLOCK {
                for after in ["", "!", &"-".repeat(BLOCK)] {
                    let text = format!("{}{whole}{after}", "-".repeat(at));
                    let mut found = Vec::new();
                    gather(&text, &mut found);
                    assert_eq!(found, [(literal, Span::new(at, at + whole.len()))], "in `{text}`");
                }
            }
        }
    }
}
