//! What sort each byte of a text is, one bit a byte: letters, capitals, digits, what is not ASCII. The bits of thirty-two bytes are made at
//! once, and where words begin and end is then told without a loop over their bytes.

/// How many bytes one [`Plane`] tells of.
pub(super) const PLANE: usize = 64;
/// How many bytes are told apart at once.
pub(super) const BLOCK: usize = PLANE / 2;

/// The bits of a plane from a place within it on, filled up from the next.
#[inline]
fn bits_from(this: u64, next: u64, within: usize) -> u64 {
    this >> within | next << 1 << (PLANE - 1 - within)
}

/// Eight sets of bytes, one bit each, by the halves of a byte: those that hold a byte with such a half. A byte whose two halves have a set
/// in common is nearly always in it.
#[derive(Clone, Copy)]
pub(super) struct Sets {
    pub(super) low: [u8; 16],
    pub(super) high: [u8; 16],
}

/// Sets for three bytes in a row: what is looked for is in the same one of each.
pub(super) type Rows = [Sets; 3];

/// How a processor brings together the lowest bits of thirty-two bytes, each of which is zero or has all bits.
pub(super) trait Bits: Copy {
    /// The first byte is in the lowest bit.
    fn bits(self, hits: [u8; BLOCK]) -> u32;

    /// Where three bytes in a row are in the same sets, and seldom somewhere else; none where the processor has no fast look-up.
    #[inline(always)]
    fn rows(self, _bytes: [&[u8; BLOCK]; 3], _rows: &[Rows]) -> Option<u32> {
        None
    }

    /// Which of the bytes are so. Of a fixed length and without a way out, so that the compiler looks at all of them at once.
    #[inline(always)]
    fn of(self, bytes: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u32 {
        let mut hits = [0; BLOCK];
        for (hit, byte) in hits.iter_mut().zip(bytes) {
            *hit = 0_u8.wrapping_sub(u8::from(is(*byte)));
        }
        self.bits(hits)
    }

    /// The same of both halves.
    #[inline(always)]
    fn of_both(self, halves: [&[u8; BLOCK]; 2], is: impl Fn(u8) -> bool) -> u64 {
        let [low, high] = halves;
        u64::from(self.of(low, &is)) | u64::from(self.of(high, &is)) << BLOCK
    }
}

/// Any processor.
#[derive(Clone, Copy)]
pub(super) struct Plain;

impl Bits for Plain {
    #[inline(always)]
    fn bits(self, hits: [u8; BLOCK]) -> u32 {
        // The product brings the lowest bit of each of eight bytes into its highest byte, in order.
        let eight = |bytes: &[u8; 8]| {
            let ones = u64::from_le_bytes(*bytes) & 0x0101_0101_0101_0101;
            (ones.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
        };
        // Kept apart from what made the hits, which is compiled for many bytes at once only so.
        let hits = std::hint::black_box(hits);
        hits.as_chunks().0.iter().rev().fold(0, |bits, bytes| bits << 8 | eight(bytes))
    }
}

#[cfg(target_arch = "x86_64")]
impl Bits for pulp::x86::V3 {
    #[inline(always)]
    fn bits(self, hits: [u8; BLOCK]) -> u32 {
        self.avx2._mm256_movemask_epi8(pulp::cast(hits)).cast_unsigned()
    }

    /// The vector form of the algorithm "Teddy" of Hyperscan, for three bytes.
    #[inline(always)]
    fn rows(self, bytes: [&[u8; BLOCK]; 3], rows: &[Rows]) -> Option<u32> {
        let avx = self.avx2;
        let (mut hits, half) = (pulp::cast([0_u8; BLOCK]), pulp::cast([0x0f_u8; BLOCK]));
        for row in rows {
            let mut common = pulp::cast([0xff_u8; BLOCK]);
            for (bytes, sets) in bytes.iter().zip(row) {
                let bytes = pulp::cast(**bytes);
                let low = avx._mm256_and_si256(bytes, half);
                let high = avx._mm256_and_si256(avx._mm256_srli_epi16::<4>(bytes), half);
                let [lows, highs] = [pulp::cast(sets.low), pulp::cast(sets.high)];
                let low = avx._mm256_shuffle_epi8(avx._mm256_broadcastsi128_si256(lows), low);
                let high = avx._mm256_shuffle_epi8(avx._mm256_broadcastsi128_si256(highs), high);
                common = avx._mm256_and_si256(common, avx._mm256_and_si256(low, high));
            }
            hits = avx._mm256_or_si256(hits, common);
        }
        let none = avx._mm256_cmpeq_epi8(hits, pulp::cast([0_u8; BLOCK]));
        Some(!avx._mm256_movemask_epi8(none).cast_unsigned())
    }
}

/// Work on bits.
pub(super) trait Work {
    type Output;
    /// Always inlined, with whatever it calls on the way, to be compiled for each sort of processor.
    fn with(self, bits: impl Bits) -> Self::Output;
}

/// Does the work as compiled for AVX2 where the processor has it. What the compiler makes of it for AVX-512 is slower.
#[cfg(target_arch = "x86_64")]
pub(super) fn dispatch<W: Work>(work: W) -> W::Output {
    use std::sync::LazyLock;

    use pulp::NullaryFnOnce;
    use pulp::x86::V3;

    struct Wide<W>(W, V3);

    impl<W: Work> NullaryFnOnce for Wide<W> {
        type Output = W::Output;

        #[inline(always)]
        fn call(self) -> W::Output {
            self.0.with(self.1)
        }
    }

    static WIDE: LazyLock<Option<V3>> = LazyLock::new(V3::try_new);
    match *WIDE {
        Some(v3) => v3.vectorize(Wide(work, v3)),
        None => work.with(Plain),
    }
}

/// Does the work.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn dispatch<W: Work>(work: W) -> W::Output {
    work.with(Plain)
}

/// The sorts of [`PLANE`] bytes, the first byte in the lowest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Plane {
    /// ASCII letters.
    pub(super) letters: u64,
    /// ASCII capitals.
    pub(super) capitals: u64,
    /// ASCII digits.
    pub(super) digits: u64,
    /// Parts of characters outside ASCII.
    pub(super) foreign: u64,
}

impl Plane {
    /// The sorts of some bytes.
    #[inline(always)]
    pub(super) fn of(bits: impl Bits, halves: [&[u8; BLOCK]; 2]) -> Self {
        Self {
            letters: bits.of_both(halves, |byte| byte.is_ascii_alphabetic()),
            capitals: bits.of_both(halves, |byte| byte.is_ascii_uppercase()),
            digits: bits.of_both(halves, |byte| byte.is_ascii_digit()),
            foreign: bits.of_both(halves, |byte| !byte.is_ascii()),
        }
    }

    /// This plane from a place within it on, filled up from the next.
    #[inline]
    fn moved(self, next: Self, within: usize) -> Self {
        let moved = |this, next| bits_from(this, next, within);
        Self {
            letters: moved(self.letters, next.letters),
            capitals: moved(self.capitals, next.capitals),
            digits: moved(self.digits, next.digits),
            foreign: moved(self.foreign, next.foreign),
        }
    }

    /// The first letters of words, and what is not ASCII but for after a letter; `letter_before` is one where a letter stands before the plane.
    #[inline]
    pub(super) fn word_starts(&self, letter_before: u64) -> u64 {
        (self.letters | self.foreign) & !(self.letters << 1 | letter_before)
    }

    /// Letters and digits.
    #[inline]
    pub(super) fn word(&self) -> u64 {
        self.letters | self.digits
    }
}

/// The planes of a short text, of two planes at most.
pub(super) type Planes = [Plane; 2];

/// The planes of a short text; what is beyond them is not told.
pub(super) fn planes_of(bytes: &[u8]) -> Planes {
    struct Both<'b>(&'b [u8; 2 * PLANE]);

    impl Work for Both<'_> {
        type Output = Planes;

        #[inline(always)]
        fn with(self, bits: impl Bits) -> Planes {
            let halves = self.0.as_chunks().0;
            let half = |number: usize| halves.get(number).unwrap_or(&[0; BLOCK]);
            [Plane::of(bits, [half(0), half(1)]), Plane::of(bits, [half(2), half(3)])]
        }
    }

    let mut padded = [0; 2 * PLANE];
    let known = bytes.get(..bytes.len().min(padded.len())).unwrap_or_default();
    padded.get_mut(..known.len()).into_iter().for_each(|to| to.copy_from_slice(known));
    dispatch(Both(&padded))
}

/// The letters and the digits among the [`PLANE`] bytes from `at` on.
#[inline]
pub(super) fn word_from(planes: &[Plane], at: usize) -> (u64, u64) {
    let (number, within) = (at / PLANE, at % PLANE);
    let plane = |number: usize| planes.get(number).map_or((0, 0), |plane| (plane.letters, plane.digits));
    let (this, next) = (plane(number), plane(number + 1));
    (bits_from(this.0, next.0, within), bits_from(this.1, next.1, within))
}

/// The planes of the bytes from `at` on.
#[inline]
pub(super) fn planes_from(planes: &[Plane], at: usize) -> Planes {
    let (number, within) = (at / PLANE, at % PLANE);
    let plane = |number: usize| planes.get(number).copied().unwrap_or_default();
    let second = plane(number + 1);
    [plane(number).moved(second, within), second.moved(plane(number + 2), within)]
}

/// Whether a capital stands directly after a small letter in the first `length` bytes, both ASCII, and whether something is not ASCII.
#[inline]
pub(super) fn joined_or_foreign(planes: &[Plane], length: usize) -> (bool, bool) {
    let (mut joined, mut foreign, mut small_before) = (0, 0, 0);
    for (offset, plane) in (0..length).step_by(PLANE).zip(planes) {
        let all = u64::MAX >> PLANE.saturating_sub(length - offset);
        let small = plane.letters & !plane.capitals;
        joined |= plane.capitals & (small << 1 | small_before) & all;
        foreign |= plane.foreign & all;
        small_before = small >> (PLANE - 1);
    }
    (joined != 0, foreign != 0)
}

/// How many bytes directly before `at` have their bit set; at least `limit` where there are more.
#[inline]
pub(super) fn count_before(planes: &[Plane], at: usize, limit: usize, sort: impl Fn(&Plane) -> u64) -> usize {
    let (mut number, within) = (at / PLANE, at % PLANE);
    let bits = planes.get(number).map_or(0, &sort);
    // The bits before the place, moved up to the highest; none when the place begins a plane.
    let mut count = (bits << 1 << (PLANE - 1 - within)).leading_ones() as usize;
    if count < within {
        return count;
    }
    while count < limit && number > 0 {
        number -= 1;
        let ones = planes.get(number).map_or(0, &sort).leading_ones() as usize;
        count += ones;
        if ones < PLANE {
            break;
        }
    }
    count
}

/// How many bytes from `at` on have their bit set; at least `limit` where there are more.
#[inline]
pub(super) fn count_from(planes: &[Plane], at: usize, limit: usize, sort: impl Fn(&Plane) -> u64) -> usize {
    let (mut number, within) = (at / PLANE, at % PLANE);
    let mut count = (planes.get(number).map_or(0, &sort) >> within).trailing_ones() as usize;
    if count < PLANE - within {
        return count;
    }
    while count < limit {
        number += 1;
        let ones = planes.get(number).map_or(0, &sort).trailing_ones() as usize;
        count += ones;
        if ones < PLANE {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_those_of_each_byte(bytes: [u8; BLOCK]) {
            let naive = |is: fn(u8) -> bool| (0..BLOCK).map(|at| u32::from(is(bytes[at])) << at).sum::<u32>();
            for is in [|byte: u8| byte.is_ascii_digit(), |byte: u8| !byte.is_ascii(), |byte: u8| byte.is_ascii_alphabetic()] {
                prop_assert_eq!(Plain.of(&bytes, is), naive(is));
                #[cfg(target_arch = "x86_64")]
                if let Some(v3) = pulp::x86::V3::try_new() {
                    prop_assert_eq!(v3.of(&bytes, is), naive(is));
                }
            }
        }

        #[test]
        fn a_text_is_joined_or_foreign(text in "[aA1 é]{0,60}", at in 0..60_usize) {
            let at = text.floor_char_boundary(at.min(text.len()));
            let planes = [planes_of(text.as_bytes())].concat();
            let rest = &text[at..];
            let joined = rest.as_bytes().windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
            prop_assert_eq!(joined_or_foreign(&planes_from(&planes, at), rest.len()), (joined, !rest.is_ascii()));
        }

        #[test]
        fn runs_are_counted_as_one_by_one(text in "[a ]{0,9}a{0,150}[a ]{0,9}a{0,90}", at in 0..260_usize, limit in 1..200_usize) {
            let bytes = text.as_bytes();
            let planes: Vec<Plane> = bytes.chunks(PLANE).map(|chunk| {
                let letters = chunk.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(byte.is_ascii_alphabetic()));
                Plane { letters, ..Plane::default() }
            }).collect();
            let at = at.min(bytes.len());
            let before = bytes[..at].iter().rev().take_while(|byte| **byte == b'a').count();
            let after = bytes[at..].iter().take_while(|byte| **byte == b'a').count();
            prop_assert_eq!(count_before(&planes, at, limit, Plane::word).min(limit), before.min(limit));
            prop_assert_eq!(count_from(&planes, at, limit, Plane::word).min(limit), after.min(limit));
        }
    }
}
