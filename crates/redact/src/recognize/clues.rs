//! The clues of a text, gathered in one pass: where digits and signs stand, the words around digits, rare words, and the sort of every byte.
//! Compiled also for processors that look at more bytes at once.

use std::iter;

use super::Left;
use super::literals::{self, Literal};
use super::needs::{Around, LONGEST_GAP, Needs, is_sign};
use super::page::LONGEST_WORD;
use super::planes::{BLOCK, Bits, PLANE, Plane, Work, count_before, count_from, dispatch};
use crate::finding::{Span, SpanText as _};

/// The bytes that a look at a plane takes: the beginnings of rare words are three bytes.
const LOOK: usize = PLANE + 2;

/// Lists that hold more than this are not kept.
const SPARE_LIMIT: usize = 1 << 12;

/// Where the clues of a text are.
#[derive(Default)]
pub(super) struct Clues {
    pub(super) planes: Vec<Plane>,
    pub(super) digit_runs: Vec<Span>,
    /// Which needs each of them meets.
    pub(super) needs: Vec<Needs>,
    /// Which needs the text meets.
    pub(super) met: Needs,
    /// Which of them its signs meet.
    signs: Needs,
    /// Whether some digits are settled.
    is_settled: bool,
    pub(super) ats: Vec<usize>,
    pub(super) colons: Vec<usize>,
    pub(super) slashes: Vec<usize>,
    pub(super) equals: Vec<usize>,
    pub(super) underscores: Vec<usize>,
    pub(super) literals: Vec<(Literal, Span)>,
    pub(super) words: Vec<Span>,
    seen: Seen,
}

/// What stands anywhere in a text, where bits are not zero.
#[derive(Default)]
struct Seen {
    newlines: u64,
    foreign: u64,
    /// A capital directly after a small letter.
    joined: u64,
    /// The last plane ended in a small letter.
    small_before: u64,
}

impl Seen {
    #[inline(always)]
    fn add(&mut self, plane: &Plane, newlines: u64) {
        let small = plane.letters & !plane.capitals;
        self.newlines |= newlines;
        self.foreign |= plane.foreign;
        self.joined |= plane.capitals & (small << 1 | self.small_before);
        self.small_before = small >> (PLANE - 1);
    }
}

/// No clues.
pub(super) static NONE: Clues = Clues {
    planes: Vec::new(),
    digit_runs: Vec::new(),
    needs: Vec::new(),
    met: Needs::NONE,
    signs: Needs::NONE,
    is_settled: false,
    ats: Vec::new(),
    colons: Vec::new(),
    slashes: Vec::new(),
    equals: Vec::new(),
    underscores: Vec::new(),
    literals: Vec::new(),
    words: Vec::new(),
    seen: Seen { newlines: 0, foreign: 0, joined: 0, small_before: 0 },
};

impl Clues {
    /// Gathers the clues of a text.
    pub(super) fn gather(&mut self, text: &str) {
        dispatch(Gather { clues: self, bytes: text.as_bytes() });
        self.meet(text.as_bytes());
    }

    /// Tells which needs are met, and finds the words around digits on the way.
    fn meet(&mut self, text: &[u8]) {
        let lists = [
            (Needs::AT, self.ats.is_empty()),
            (Needs::COLON, self.colons.is_empty()),
            (Needs::SLASH, self.slashes.is_empty()),
            (Needs::EQUALS, self.equals.is_empty()),
            (Needs::UNDERSCORE, self.underscores.is_empty()),
            (Needs::LITERAL, self.literals.is_empty()),
        ];
        let Seen { newlines, foreign, joined, .. } = self.seen;
        let mut met = Needs::TEXT.and(Needs::NEWLINE.when(newlines != 0));
        met = met.and(Needs::FOREIGN.when(foreign != 0)).and(Needs::JOINED.when(joined != 0));
        for (need, is_empty) in lists {
            met = met.and(need.when(!is_empty));
        }
        self.signs = met;
        let nexts = self.digit_runs.iter().skip(1).map(|next| next.start).chain([usize::MAX]);
        for (run, next) in self.digit_runs.iter().zip(nexts) {
            let around = Around::of(text, *run);
            let needs = Needs::of_run(run.len(), around, next - run.end);
            self.needs.push(needs);
            met = met.and(needs);
            // One with several runs is told once.
            if self.words.last().is_none_or(|last| last.end <= run.start) {
                let word = if around.is_lettered() { word_around(&self.planes, *run) } else { *run };
                self.words.push(word);
                met = met.and(Needs::of_word(text, word));
            }
        }
        self.met = met;
    }

    /// Takes digits from the recognizers that are asked after this: what they are is settled. Digits at an end of a span that signs join to
    /// more of them outside stay, for the number may be longer than was found; and all of them where the span is a part of a word with
    /// signs, which may be a password: `12/03/1985!Ann`.
    pub(super) fn settle(&mut self, text: &[u8], spans: impl Iterator<Item = (Span, Left)>) {
        for (span, left) in spans.filter(|(span, left)| *left != Left::Anything && !is_inside(text, *span)) {
            self.is_settled = true;
            let number = Needs::DIGIT.when(left == Left::Number);
            let left = number.and(Needs::FIELD.when(left != Left::Nothing));
            let first = self.digit_runs.partition_point(|run| run.start < span.start);
            let end = self.digit_runs.partition_point(|run| run.end <= span.end);
            let first = first + usize::from(self.is_joined(text, first));
            let end = end - usize::from(self.is_joined(text, end)).min(end);
            self.needs.get_mut(first..end).into_iter().flatten().for_each(|needs| *needs = needs.only(left));
        }
        if self.is_settled {
            self.met = self.needs.iter().copied().fold(self.signs.and(self.met.only(Needs::WORDS)), Needs::and);
        }
    }

    /// Drops the words all of whose digits are settled.
    pub(super) fn drop_settled(&mut self) {
        if !self.is_settled {
            return;
        }
        if !self.met.meets(Needs::DIGIT) {
            self.words.clear();
            return;
        }
        let mut runs = self.digit_runs.iter().zip(&self.needs).peekable();
        self.words.retain(|word| {
            let mut inside = iter::from_fn(|| runs.next_if(|(run, _)| run.start < word.end));
            let is_free = |needs: Needs| needs.meets(Needs::DIGIT);
            let first = inside.next().is_none_or(|(_, needs)| is_free(*needs));
            inside.fold(first, |before, (_, needs)| before | is_free(*needs))
        });
    }

    /// Whether nothing but a few signs of numbers stands between the run with this place and the one before it.
    fn is_joined(&self, text: &[u8], index: usize) -> bool {
        let Some([before, run]) = index.checked_sub(1).and_then(|before| self.digit_runs.get(before..=index)) else {
            return false;
        };
        let between = text.get(before.end..run.start).unwrap_or_default();
        let sign = |byte: &u8| matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/') || !byte.is_ascii();
        between.len() <= LONGEST_GAP && between.iter().all(sign)
    }

    /// Tells that the text meets all needs, and its runs of digits all that recognizers check once more.
    #[cfg(test)]
    pub(super) fn meet_all(&mut self) {
        (self.met, self.signs) = (Needs::ALL, Needs::ALL);
        self.needs.iter_mut().for_each(|needs| *needs = needs.and(Needs::CHECKED));
    }

    /// Empties the lists; whether they are small enough to be kept.
    pub(super) fn clear(&mut self) -> bool {
        let Self {
            planes,
            digit_runs,
            needs,
            met: _,
            signs: _,
            is_settled,
            ats,
            colons,
            slashes,
            equals,
            underscores,
            literals,
            words,
            seen,
        } = self;
        let most = [ats, colons, slashes, equals, underscores].map(|list| {
            list.clear();
            list.capacity()
        });
        let most = most.into_iter().max().unwrap_or_default().max(planes.capacity());
        let most = most.max(digit_runs.capacity()).max(words.capacity()).max(literals.capacity());
        planes.clear();
        digit_runs.clear();
        needs.clear();
        words.clear();
        *seen = Seen::default();
        *is_settled = false;
        literals.clear();
        most <= SPARE_LIMIT
    }

    /// Adds the digits of a plane that begins at `offset`.
    #[inline(always)]
    fn add_digits(&mut self, offset: usize, digits: u64) {
        let mut starts = digits & !(digits << 1);
        while starts != 0 {
            let at = starts.trailing_zeros() as usize;
            let (start, end) = (offset + at, offset + at + (digits >> at).trailing_ones() as usize);
            match self.digit_runs.last_mut() {
                Some(run) if run.end == start => run.end = end,
                Some(_) | None => self.digit_runs.push(Span::new(start, end)),
            }
            starts &= starts - 1;
        }
    }

    #[inline(always)]
    fn add_sign(&mut self, at: usize, sign: u8) {
        match sign {
            b'@' => self.ats.push(at),
            b':' => self.colons.push(at),
            b'/' => self.slashes.push(at),
            b'=' => self.equals.push(at),
            b'_' => self.underscores.push(at),
            _ => {}
        }
    }
}

/// The ASCII letters and digits around a run of digits, at most [`LONGEST_WORD`] and one more to either side.
fn word_around(planes: &[Plane], run: Span) -> Span {
    let before = count_before(planes, run.start, LONGEST_WORD + 1, Plane::word);
    let after = count_from(planes, run.end, LONGEST_WORD + 1, Plane::word);
    let [before, after] = [before, after].map(|count| count.min(LONGEST_WORD + 1));
    Span::new(run.start - before, run.end + after)
}

/// The one pass.
struct Gather<'c, 't> {
    clues: &'c mut Clues,
    bytes: &'t [u8],
}

impl Work for Gather<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with(self, bits: impl Bits) {
        let Self { clues, bytes } = self;
        for offset in (0..bytes.len()).step_by(PLANE) {
            let rest = bytes.get(offset..).unwrap_or_default();
            let mut padded = [0; LOOK];
            let look = rest.first_chunk().unwrap_or_else(|| {
                padded.get_mut(..rest.len()).into_iter().for_each(|to| to.copy_from_slice(rest));
                &padded
            });
            gather_plane(bits, clues, bytes, offset, look);
        }
    }
}

/// The clues of one plane.
#[inline(always)]
fn gather_plane(bits: impl Bits, clues: &mut Clues, bytes: &[u8], offset: usize, look: &[u8; LOOK]) {
    let halves = [part(look, 0), part(look, BLOCK)];
    let plane = Plane::of(bits, halves);
    clues.planes.push(plane);
    clues.seen.add(&plane, bits.of_both(halves, |byte| byte == b'\n'));
    // All signs but `_` lie around the digits.
    let is_sign = |byte: u8| (byte.wrapping_sub(b'/') <= b'@' - b'/') | (byte == b'_');
    let mut signs = bits.of_both(halves, is_sign) & !plane.digits;
    clues.add_digits(offset, plane.digits);
    while signs != 0 {
        let at = signs.trailing_zeros() as usize;
        clues.add_sign(offset + at, look.get(at).copied().unwrap_or_default());
        signs &= signs - 1;
    }
    // No closures: they would be compiled apart from this, for any processor.
    let low = begins(bits, [part(look, 0), part(look, 1), part(look, 2)]);
    let high = begins(bits, [part(look, BLOCK), part(look, BLOCK + 1), part(look, BLOCK + 2)]);
    let mut begins = u64::from(low) | u64::from(high) << BLOCK;
    while begins != 0 {
        let at = offset + begins.trailing_zeros() as usize;
        clues.literals.extend(literals::at(bytes, at));
        begins &= begins - 1;
    }
}

/// Whether a span goes on without a space at one of its sides, with a sign that separates nothing and a letter, digit or sign behind it.
fn is_inside(text: &[u8], span: Span) -> bool {
    let goes_on = |sign: Option<&u8>, next: Option<&u8>| {
        let apart = |byte: u8| {
            matches!(byte, b',' | b';' | b'|' | b'"' | b'\'' | b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'{' | b'}')
                || matches!(byte, b'`' | b'=' | b':')
        };
        sign.is_some_and(|byte| byte.is_ascii_graphic() && !apart(*byte))
            && next.is_some_and(|byte| byte.is_ascii_alphanumeric() || is_sign(*byte))
    };
    let before = |distance: usize| span.start.checked_sub(distance).and_then(|at| text.get(at));
    goes_on(text.get(span.end), text.get(span.end + 1)) || goes_on(before(1), before(2))
}

/// Where literals may begin.
#[inline(always)]
fn begins(bits: impl Bits, three: [&[u8; BLOCK]; 3]) -> u32 {
    match bits.rows(three, &literals::ROWS) {
        Some(begins) => begins,
        None => bits.bits(literals::may_begin(three)),
    }
}

/// A part of a look.
#[inline(always)]
fn part(look: &[u8; LOOK], from: usize) -> &[u8; BLOCK] {
    look.get(from..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; BLOCK])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::planes::Plain;
    use super::*;

    type Told = (Vec<Plane>, Vec<Span>, [Vec<usize>; 5], Vec<(Literal, Span)>, Vec<Span>, Needs);

    fn told(clues: Clues) -> Told {
        let Clues { planes, digit_runs, ats, colons, slashes, equals, underscores, literals, words, met, .. } = clues;
        (planes, digit_runs, [ats, colons, slashes, equals, underscores], literals, words, met)
    }

    proptest! {
        #[test]
        fn all_processors_gather_the_same(text in "([a-zA-Z0-9@:/=_ é\\-\n]|password|BIC|\\(at\\)|[0-9]{5,90}){0,60}") {
            let mut plain = Clues::default();
            Gather { clues: &mut plain, bytes: text.as_bytes() }.with(Plain);
            plain.meet(text.as_bytes());
            let mut clues = Clues::default();
            clues.gather(&text);
            prop_assert_eq!(told(clues), told(plain));
        }

        #[test]
        fn signs_and_words_are_those_of_a_naive_look(text in "[a-zA-Z0-9@:/=_ é.]{0,200}") {
            let mut clues = Clues::default();
            clues.gather(&text);
            let places = |sign: char| text.match_indices(sign).map(|(at, _)| at).collect::<Vec<_>>();
            let pieces = |inside: fn(&u8) -> bool| {
                let spans = text.as_bytes().split(|byte| !inside(byte)).scan(0, |start, piece| {
                    let span = Span::new(*start, *start + piece.len());
                    *start = span.end + 1;
                    Some(span)
                });
                spans.filter(|span| span.of(&text).bytes().any(|byte| byte.is_ascii_digit())).collect::<Vec<_>>()
            };
            let [digits, words] = [pieces(u8::is_ascii_digit), pieces(u8::is_ascii_alphanumeric)];
            let short = words.iter().all(|word| word.len() <= LONGEST_WORD);
            prop_assert_eq!(&clues.digit_runs, &digits);
            prop_assert!(!short || clues.words == words);
            let signs = [clues.ats, clues.colons, clues.slashes, clues.equals, clues.underscores];
            prop_assert_eq!(signs, ['@', ':', '/', '=', '_'].map(places));
        }
    }
}
