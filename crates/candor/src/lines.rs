//! The lines of a file of any length, in bounded memory: each with its number, without its end; empty ones are passed over.

use std::io::{BufRead, BufReader, Read};

/// Longest line that is held.
pub const MAX_BYTES: usize = 64 << 20;

/// One line.
pub struct Line<'l> {
    /// From 1, empty lines counted.
    pub number: u64,
    /// Its bytes; none when it is longer than [`MAX_BYTES`].
    pub bytes: Option<&'l [u8]>,
}

/// Reads lines.
pub struct Lines<R> {
    input: BufReader<R>,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// The lines of this input.
    pub fn new(input: BufReader<R>) -> Self {
        Self { input, buffer: Vec::new(), number: 0 }
    }

    /// The next line that is not empty.
    pub fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        loop {
            self.buffer.clear();
            let limit = MAX_BYTES as u64 + 1;
            if self.input.by_ref().take(limit).read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.buffer.len() > MAX_BYTES && self.buffer.last() != Some(&b'\n') {
                self.buffer = Vec::new();
                self.input.skip_until(b'\n')?;
                return Ok(Some(Line { number: self.number, bytes: None }));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        // Some programs start a file with a mark of its encoding.
        let bytes = self.buffer.trim_ascii();
        let bytes = if self.number == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
        Ok(Some(Line { number: self.number, bytes: Some(bytes) }))
    }

    /// Whether the next line must be waited for.
    pub fn is_drained(&self) -> bool {
        self.input.buffer().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_bounded() {
        let mut text = b"\xef\xbb\xbfone\r\n\n two\n".to_vec();
        text.extend(vec![b'x'; MAX_BYTES + 5]);
        text.extend(b"\nlast");
        let mut lines = Lines::new(BufReader::new(text.as_slice()));
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push((line.number, line.bytes.map(<[u8]>::to_vec)));
        }
        let expected = [(1, Some(&b"one"[..])), (3, Some(b"two")), (4, None), (5, Some(b"last"))]
            .map(|(n, b)| (n, b.map(<[u8]>::to_vec)));
        assert_eq!(seen, expected);
    }
}
