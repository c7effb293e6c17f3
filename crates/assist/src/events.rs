//! Server-sent events, line by line, as far as a stream of data needs them (WHATWG HTML, section 9.2): what is no data is passed over.

/// Most bytes of one event.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// Puts lines together to events.
#[derive(Debug, Default)]
pub(crate) struct Events {
    data: Vec<u8>,
    has_data: bool,
}

impl Events {
    /// Takes a line without its end; gives the data of an event that is complete with it. An event that is too long is cut, and so is no
    /// answer for whoever reads it.
    pub(crate) fn line(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        if line.is_empty() {
            return std::mem::take(&mut self.has_data).then(|| std::mem::take(&mut self.data));
        }
        let value = line.strip_prefix(b"data:")?;
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if self.has_data {
            self.data.push(b'\n');
        }
        self.has_data = true;
        let room = MAX_EVENT_BYTES.saturating_sub(self.data.len());
        self.data.extend_from_slice(value.get(..value.len().min(room)).unwrap_or_default());
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole() {
        let cases: [(&str, &[&str]); 7] = [
            ("data: one\n\ndata:two\n\n", &["one", "two"]),
            (": comment\nevent: x\nid: 1\ndata: {}\n\n", &["{}"]),
            ("data: a\ndata: b\n\n", &["a\nb"]),
            ("\n\n\n", &[]),
            ("data\n\ndata:\n\n", &[""]),
            ("data: not complete", &[]),
            ("retry: 5\n\ndata:  x\n\n", &[" x"]),
        ];
        for (stream, expected) in cases {
            let mut events = Events::default();
            let got: Vec<String> = stream
                .split('\n')
                .filter_map(|line| events.line(line.as_bytes()))
                .map(|data| String::from_utf8(data).unwrap())
                .collect();
            assert_eq!(got, expected, "{stream:?}");
        }
    }
}
