//! Long rows of tokens in windows that overlap, since an encoder reads only so many at once. Each token is judged in the window where
//! it has most around it, and the windows together are longer than the text by a third, whatever its length.

use std::ops::Range;

/// One part in so many of a window is shared with the next one.
const SHARED_PART: usize = 4;

/// What one window reads, and for which of these tokens it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) reads: Range<usize>,
    pub(super) speaks: Range<usize>,
}

/// The windows of `count` tokens, none longer than `size`, which is at least 1.
pub(super) fn over(count: usize, size: usize) -> impl Iterator<Item = Window> {
    let shared = size / SHARED_PART;
    let mut start = 0;
    let mut spoken = 0;
    let mut over = count == 0;
    std::iter::from_fn(move || {
        if over {
            return None;
        }
        over = start + size >= count;
        // The last window is as long as the others, so that its first tokens have as much before them.
        let reads = if over { count.saturating_sub(size)..count } else { start..start + size };
        let end = if over { count } else { reads.end - shared / 2 };
        let speaks = spoken..end;
        (spoken, start) = (end, start + size - shared);
        Some(Window { reads, speaks })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_spoken_for_once_with_enough_around_it() {
        for size in [1, 2, 3, 4, 7, 8, 16, 510] {
            for count in (0..70).chain([509, 510, 511, 1000, 4096]) {
                let (mut next, mut read) = (0, 0);
                for Window { reads, speaks } in over(count, size) {
                    assert!(reads.len() <= size && reads.end <= count);
                    assert_eq!(speaks.start, next, "{count} in {size}");
                    assert!(reads.start <= speaks.start && speaks.end <= reads.end && !speaks.is_empty());
                    let least = size / SHARED_PART / 2;
                    assert!(reads.start == 0 || speaks.start - reads.start >= least, "{count} in {size}");
                    assert!(reads.end == count || reads.end - speaks.end >= least);
                    next = speaks.end;
                    read += reads.len();
                }
                assert_eq!(next, count);
                assert!(read <= 2 * count, "{count} in {size}: {read}");
            }
        }
    }
}
