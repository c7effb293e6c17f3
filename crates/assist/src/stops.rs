//! Ends a stream at the first stop text, wherever the pieces break. Holds back only what may be the beginning of one.

/// Looks for stop texts in a stream.
#[derive(Debug)]
pub(crate) struct Stops {
    stops: Vec<String>,
    held: String,
}

impl Stops {
    pub(crate) fn new(stops: &[String]) -> Self {
        Self { stops: stops.to_vec(), held: String::new() }
    }

    /// Takes a piece; gives what is surely before any stop text, and whether one was met.
    pub(crate) fn push(&mut self, piece: &str) -> (String, bool) {
        if self.stops.is_empty() {
            return (piece.to_owned(), false);
        }
        self.held.push_str(piece);
        if let Some(at) = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min() {
            self.held.truncate(at);
            return (std::mem::take(&mut self.held), true);
        }
        let begun = (0..self.held.len())
            .filter(|at| self.held.is_char_boundary(*at))
            .find(|at| self.held.get(*at..).is_some_and(|end| self.stops.iter().any(|stop| stop.starts_with(end))));
        let rest = self.held.split_off(begun.unwrap_or(self.held.len()));
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What was held back at the end of the stream.
    pub(crate) fn finish(self) -> String {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_met_across_pieces() {
        let cases: [(&[&str], &[&str], &str, bool); 6] = [
            (&[], &["a", "b"], "ab", false),
            (&["\n\n"], &["one\n", "\ntwo"], "one", true),
            (&["END"], &["xEN", "DE", "ND"], "x", true),
            (&["END"], &["xEN", "Ex"], "xENEx", false),
            (&["END", "b"], &["abEND"], "a", true),
            (&["é!"], &["caf", "é", "?"], "café?", false),
        ];
        for (stops, pieces, expected, met) in cases {
            let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
            let mut cutter = Stops::new(&stops);
            let (mut text, mut stopped) = (String::new(), false);
            for piece in pieces {
                let (more, is_stop) = cutter.push(piece);
                text.push_str(&more);
                stopped = is_stop;
                if stopped {
                    break;
                }
            }
            text.push_str(&cutter.finish());
            assert_eq!((text.as_str(), stopped), (expected, met), "{pieces:?}");
        }
    }
}
