//! Plain text through the redactor, of any length: in pieces that end between paragraphs where there are such, else at a
//! line's end. Every byte that is no personal data comes out as it went in.

use super::Input;
use crate::output::Stream;
use anyhow::{Context, Result};
use candor_redact::{Counts, Numbering, Redactor};
use std::io::Read;

/// A text of up to so many bytes is one piece.
const PIECE_BYTES: usize = 4 << 20;

/// Redacts to the end of the input.
pub(super) fn run(mut input: Input, redactor: &Redactor, counts: &mut Counts, out: &mut Stream) -> Result<()> {
    let mut numbering = Numbering::default();
    let (mut held, mut before) = (Vec::with_capacity(PIECE_BYTES), 0_u64);
    loop {
        let room = PIECE_BYTES.saturating_sub(held.len());
        let read = input.by_ref().take(room as u64).read_to_end(&mut held)?;
        if held.is_empty() {
            return Ok(());
        }
        let end = if read < room { held.len() } else { cut(&held) };
        let rest = held.split_off(end);
        let piece = std::str::from_utf8(&held).map_err(|error| error.valid_up_to() as u64 + before);
        let piece = piece.map_err(|at| anyhow::anyhow!("the input is no UTF-8 at byte {at}; convert it first"))?;
        let redacted = redactor.redact_next(piece, &[], &mut numbering);
        *counts += redacted.counts;
        out.text(&redacted.text).context("the output cannot be written")?;
        before += end as u64;
        held = rest;
    }
}

/// Where a piece of a longer text ends: after its last empty line, else after its last line, its last blank, or its last
/// whole character.
fn cut(bytes: &[u8]) -> usize {
    // In the first half nothing is cut, so that pieces stay long.
    let half = bytes.len() / 2;
    let tail = bytes.get(half..).unwrap_or_default();
    let after = |found: Option<usize>, length: usize| found.map(|at| half + at + length);
    after(tail.windows(2).rposition(|pair| pair == b"\n\n"), 2)
        .or_else(|| after(tail.iter().rposition(|byte| *byte == b'\n'), 1))
        .or_else(|| after(tail.iter().rposition(u8::is_ascii_whitespace), 1))
        .or_else(|| after(tail.iter().rposition(|byte| !is_inside(*byte)), 0).filter(|end| *end > 0))
        .unwrap_or(bytes.len())
}

/// Whether a byte is not the first one of a character.
fn is_inside(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn pieces_end_where_nothing_is_torn() {
        for (bytes, end) in [
            ("first par\n\nsecond\nx", 11),
            ("abcdefghijkl\nsecond ab", 13),
            ("abcdefgh second", 9),
            ("abcdefghijäö", 12),
            ("aaaaaaaa", 7),
        ] {
            assert_eq!(cut(bytes.as_bytes()), end, "{bytes}");
            assert!(bytes.is_char_boundary(end));
        }
    }
}
