//! Lines of a file that may be plain, gzip or zstd, within bounds: no line fills the memory and no small file unpacks
//! without end.

use super::{ImportError, Limits};
use flate2::bufread::MultiGzDecoder;
use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    rc::Rc,
};

/// One line, or why it is none.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line without its end.
    Text(String),
    /// A line that is no text, and why.
    Bad(&'static str),
    /// The rest of the file cannot be read, and why.
    Cut(&'static str),
    /// The end.
    End,
}

/// Counts the bytes that pass.
pub(crate) struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R> Counted<R> {
    /// A reader and its counter.
    pub(crate) fn new(inner: R) -> (Self, Rc<Cell<u64>>) {
        let count = Rc::new(Cell::new(0));
        (Self { inner, count: Rc::clone(&count) }, count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(out)?;
        self.count.set(self.count.get() + got as u64);
        Ok(got)
    }
}

/// Reads the lines of one file.
pub struct Lines {
    reader: Box<dyn BufRead>,
    file: String,
    limits: Limits,
    packed: Rc<Cell<u64>>,
    is_packed: bool,
    unpacked: u64,
    lines: u64,
    /// Size of the file on the disk.
    pub total_bytes: u64,
}

impl Lines {
    /// Opens a file; whether it is packed is seen by its first bytes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, ImportError> {
        let open = || -> io::Result<Self> {
            let file = File::open(path)?;
            let total_bytes = file.metadata()?.len();
            let (counted, packed) = Counted::new(file);
            let mut raw = BufReader::with_capacity(64 << 10, counted);
            let head = raw.fill_buf()?;
            let (reader, is_packed): (Box<dyn BufRead>, bool) = match head {
                [0x1f, 0x8b, ..] => (Box::new(BufReader::with_capacity(64 << 10, MultiGzDecoder::new(raw))), true),
                [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                    let mut decoder = zstd::Decoder::with_buffer(raw)?;
                    decoder.window_log_max(27)?;
                    (Box::new(BufReader::with_capacity(64 << 10, decoder)), true)
                }
                _ => (Box::new(raw), false),
            };
            let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            Ok(Self { reader, file, limits: *limits, packed, is_packed, unpacked: 0, lines: 0, total_bytes })
        };
        open().map_err(|e| ImportError::read(path, e))
    }

    /// Bytes of the file read so far, as they lie on the disk.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.packed.get()
    }

    /// The next line.
    ///
    /// # Errors
    /// When the file unpacks to more than the limits permit.
    pub fn next_line(&mut self) -> Result<Line, ImportError> {
        let mut line = Vec::new();
        let mut too_long = false;
        self.lines += 1;
        loop {
            let bytes = match self.reader.fill_buf() {
                Ok(bytes) => bytes,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) if self.is_packed => return Ok(Line::Cut("truncated")),
                Err(_) => return Ok(Line::Cut("unreadable")),
            };
            if bytes.is_empty() {
                return Ok(if line.is_empty() && !too_long { Line::End } else { text(line, too_long) });
            }
            let (part, used, ended) = match bytes.iter().position(|b| *b == b'\n') {
                Some(at) => (bytes.get(..at).unwrap_or_default(), at + 1, true),
                None => (bytes, bytes.len(), false),
            };
            if line.len() + part.len() > self.limits.line_bytes {
                too_long = true;
                line = Vec::new();
            }
            if !too_long {
                line.extend_from_slice(part);
            }
            self.reader.consume(used);
            self.unpacked += used as u64;
            self.check_bounds()?;
            if ended {
                return Ok(text(line, too_long));
            }
        }
    }

    fn check_bounds(&self) -> Result<(), ImportError> {
        let what = if self.is_packed && !self.limits.permits_ratio(self.packed.get(), self.unpacked) {
            format!("it unpacks to more than {} times its size", self.limits.ratio)
        } else if self.is_packed && self.unpacked > self.limits.unpacked_bytes {
            format!("it unpacks to more than {} bytes", self.limits.unpacked_bytes)
        } else {
            return Ok(());
        };
        Err(ImportError::hostile(&self.file, self.lines, what))
    }
}

fn text(line: Vec<u8>, too_long: bool) -> Line {
    if too_long {
        return Line::Bad("line_too_long");
    }
    match String::from_utf8(line) {
        Ok(text) => Line::Text(text.strip_suffix('\r').map(str::to_owned).unwrap_or(text)),
        Err(_) => Line::Bad("bad_utf8"),
    }
}
