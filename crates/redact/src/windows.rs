//! Long texts in windows, so that the memory of a search does not grow with the text. A window sees some text before and after the part
//! that is its own; parts are cut where no finding lies, at the end of a line or else between words.
//!
//! What is found is what one pass over the whole would find, but for this: a finding longer than [`Windows::after`] comes in pieces (all of
//! it is found), and rows of numbers or of signs without any space or new line for more than [`Windows::before`] may be grouped otherwise.

use crate::finding::{Finding, Span, SpanText as _, resolve};

/// Sizes in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    /// How much of the text is a window's own, about.
    pub(crate) own: usize,
    /// How much it sees before; no context word stands farther away.
    pub(crate) before: usize,
    /// How much it sees after; longer than the longest finding, a private key.
    pub(crate) after: usize,
}

impl Windows {
    /// Half a megabyte: the lists of clues and findings of one window stay below thirty, whatever is in it.
    pub(crate) const USUAL: Windows = Windows { own: 512 << 10, before: 8 << 10, after: 96 << 10 };

    /// The windows of a text, one after the other.
    pub(crate) fn over(self, text: &str) -> Walk<'_> {
        Walk { sizes: self, text, own: 0, over: false }
    }

    /// Where the window of the part that starts at `own` begins.
    fn line_start(self, text: &str, own: usize) -> usize {
        if own <= self.before {
            return 0;
        }
        let least = text.floor_char_boundary(own - self.before);
        let early = text.get(least..own - self.before / 2).unwrap_or_default();
        let sign = early.find('\n').or_else(|| early.find(' '));
        sign.map_or(least, |at| least + at + 1)
    }
}

/// A walk over a text in windows: [`Walk::view`] what the next window sees, search it, [`Walk::take`] what is its own.
pub(crate) struct Walk<'t> {
    sizes: Windows,
    text: &'t str,
    own: usize,
    over: bool,
}

impl Walk<'_> {
    /// What the next window sees; none when the text is at its end.
    pub(crate) fn view(&self) -> Option<Span> {
        if self.over {
            return None;
        }
        let Self { sizes, text, own, .. } = self;
        let to = if self.is_last() { text.len() } else { text.ceil_char_boundary(own + sizes.own + sizes.after) };
        Some(Span::new(sizes.line_start(text, *own), to))
    }

    /// Keeps of what was found in a view, sorted and joined, what lies in the window's own part, with spans in the whole text. Gives that
    /// part back and goes on to the next.
    pub(crate) fn take(&mut self, view: Span, found: &mut Vec<Finding>) -> Span {
        // Nearly every text is one window.
        if self.own == 0 && view.len() == self.text.len() {
            resolve(found);
            self.over = true;
            return view;
        }
        for finding in found.iter_mut() {
            finding.span = Span::new(finding.span.start + view.start, finding.span.end + view.start);
        }
        resolve(found);
        self.over = self.is_last();
        let part = Span::new(self.own, self.own + self.sizes.own);
        let own = Span::new(self.own, if self.over { self.text.len() } else { cut(self.text, part, found) });
        found.retain_mut(|finding| {
            finding.span = Span::new(finding.span.start.max(own.start), finding.span.end.min(own.end));
            finding.span.len() > 0
        });
        self.own = own.end;
        own
    }

    fn is_last(&self) -> bool {
        self.text.len() - self.own <= self.sizes.own + self.sizes.after
    }
}

/// The last place in the second half of the part where it can be cut: at a line's end, else between words, not inside a finding.
fn cut(text: &str, part: Span, found: &[Finding]) -> usize {
    let end = text.floor_char_boundary(part.end);
    let start = text.ceil_char_boundary(part.start + part.len() / 2);
    // Findings that only touch the place are on one side of it.
    let inside = |at: usize| {
        let next = found.partition_point(|finding| finding.span.end <= at);
        found.get(next).is_some_and(|finding| finding.span.start < at)
    };
    let half = text.get(start..end).unwrap_or_default();
    let free = |sign: char| half.rmatch_indices(sign).map(|(at, _)| start + at + 1).find(|at| !inside(*at));
    free('\n').or_else(|| free(' ')).unwrap_or(end.max(part.start + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Redactor};
    use proptest::prelude::*;

    const SMALL: Windows = Windows { own: 300, before: 200, after: 400 };

    fn in_windows(redactor: &Redactor, text: &str) -> Vec<Finding> {
        let mut all = Vec::new();
        let mut ends = vec![0];
        let mut walk = SMALL.over(text);
        while let Some(view) = walk.view() {
            let mut found = redactor.find_all(view.of(text));
            let own = walk.take(view, &mut found);
            assert_eq!(ends.last(), Some(&own.start));
            ends.push(own.end);
            all.extend(found);
        }
        assert_eq!(ends.last(), Some(&text.len()));
        all
    }

    fn lines() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "write to anna@firma.de or call +49 30 901820\n",
            "SSN: 536-90-4399, born on 12/03/1985. ",
            "card 4111 1111 1111 1111 and ",
            "12 Main Street, Springfield, IL 62704\n",
            "see https://linkedin.com/in/anna and https://x.org/a/b ",
            "password=hunter2 ",
            "nothing to see here, move along ",
            "Zoë 🚀 ß ",
            "\n\n",
        ]);
        prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn windows_find_what_one_pass_finds(text in lines()) {
            let redactor = Redactor::builder().build().unwrap();
            prop_assert_eq!(in_windows(&redactor, &text), redactor.find_all(&text));
        }
    }

    #[test]
    fn what_is_longer_than_a_window_is_found_in_pieces() {
        let redactor = Redactor::builder().build().unwrap();
        let text = format!("@{}", "é".repeat(900));
        assert!(in_windows(&redactor, &text).iter().all(|finding| finding.kind == Kind::Handle));
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----", "MIIEowIBAAKCAQEA\n".repeat(60));
        let found = in_windows(&redactor, &key);
        assert!(found.first().is_some_and(|first| first.span.start == 0 && first.kind == Kind::Secret), "{found:?}");
    }
}
