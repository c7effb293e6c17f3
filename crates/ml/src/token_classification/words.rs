//! From what is said of tokens to findings: tokens that lie inside one word are judged together, so that no half of a name stays, and
//! words of one kind that stand side by side are one finding. Spans are whole characters, whatever a tokenizer makes of bytes.

use super::labels::Labels;
use candor_redact::{Finding, SURE, Span};

/// Scores lie between [`SURE`] and this much above it, as those of the shipped name model: below rules with check digits.
const SCORE_RANGE: f32 = 0.24;
/// How far a finding is widened to the end of its word, in bytes.
const WIDEN_LIMIT: usize = 64;

/// A token and the bytes of the text that it stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) id: u32,
    pub(super) span: Span,
}

/// How likely a token is of a kind, in each of the two ways in which labels say so.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Share {
    pub(super) begins: f32,
    pub(super) goes_on: f32,
}

impl Share {
    fn sum(self) -> f32 {
        self.begins + self.goes_on
    }
}

/// A word and the kind that it was found to be of.
struct Found {
    kind: usize,
    begins: bool,
    share: f32,
    span: Span,
}

/// The findings of a text. `shares` has a row for each token with a value for each kind; a kind counts from `threshold` on.
pub(super) fn findings(
    text: &str,
    tokens: &[Token],
    shares: &[Share],
    labels: &Labels,
    threshold: f32,
    findings: &mut Vec<Finding>,
) {
    let kinds = labels.kinds.len();
    let mut open: Option<(Found, usize)> = None;
    let mut rest = tokens;
    let mut rows = shares;
    while !rest.is_empty() {
        let inside = |pair: &&[Token]| joins(text, pair[0].span, pair[1].span);
        let length = 1 + rest.windows(2).take_while(inside).count();
        let (word, more) = rest.split_at(length);
        let (judged, more_rows) = rows.split_at(length * kinds);
        (rest, rows) = (more, more_rows);
        let Some(found) = judge(text, word, judged, kinds, threshold) else {
            findings.extend(open.take().and_then(|open| close(text, labels, open)));
            continue;
        };
        match &mut open {
            Some((whole, words))
                if whole.kind == found.kind && !found.begins && is_near(text, whole.span, found.span) =>
            {
                whole.span.end = found.span.end;
                whole.share += found.share;
                *words += 1;
            }
            _ => findings.extend(open.replace((found, 1)).and_then(|open| close(text, labels, open))),
        }
    }
    findings.extend(open.and_then(|open| close(text, labels, open)));
}

/// The kind of a word, if one is likely enough. The first token counts, which is all that such models are taught, or all on average,
/// whichever says more.
fn judge(text: &str, word: &[Token], shares: &[Share], kinds: usize, threshold: f32) -> Option<Found> {
    let of_kind = |kind: usize| {
        let first = shares.get(kind).copied().unwrap_or_default();
        let mean = shares.iter().skip(kind).step_by(kinds).map(|s| s.sum()).sum::<f32>() / word.len() as f32;
        (kind, first, first.sum().max(mean))
    };
    let (kind, first, share) = (0..kinds).map(of_kind).max_by(|a, b| a.2.total_cmp(&b.2))?;
    let (start, end) =
        word.iter().fold((usize::MAX, 0), |(start, end), t| (start.min(t.span.start), end.max(t.span.end)));
    let span = trim(text, Span { start, end });
    (share >= threshold && span.start < span.end).then_some(Found {
        kind,
        begins: first.begins > first.goes_on,
        share,
        span,
    })
}

/// The finding of some words; none when there is not a letter or digit in it, such as stars that stand where data was.
fn close(text: &str, labels: &Labels, (found, words): (Found, usize)) -> Option<Finding> {
    let span = widen(text, found.span);
    let is_something = text.get(span.start..span.end)?.contains(char::is_alphanumeric);
    let score = SURE + SCORE_RANGE * (found.share / words as f32).clamp(0.0, 1.0);
    let kind = *labels.kinds.get(found.kind)?;
    is_something.then(|| Finding::new(kind, span, score))
}

/// Whether two tokens that follow each other are of one word.
fn joins(text: &str, one: Span, next: Span) -> bool {
    let touch = next.start == one.end
        && before(text, one.end).is_some_and(is_letter)
        && at(text, next.start).is_some_and(is_letter);
    next.start < one.end || touch
}

/// Whether nothing but a few blanks of one line lies between two words.
fn is_near(text: &str, one: Span, next: Span) -> bool {
    let between = text.get(one.end..next.start.max(one.end));
    between.is_some_and(|between| between.len() <= 4 && between.chars().all(|c| c.is_whitespace() && c != '\n'))
}

/// The span on whole characters, without blanks at its ends.
fn trim(text: &str, span: Span) -> Span {
    let (start, end) = (text.floor_char_boundary(span.start), text.ceil_char_boundary(span.end));
    let inside = text.get(start..end).unwrap_or_default();
    let start = end - inside.trim_start().len();
    Span { start, end: start + inside.trim().len() }
}

/// The span to the ends of its words: a tokenizer may leave out signs, such as accents that stand alone.
fn widen(text: &str, Span { mut start, mut end }: Span) -> Span {
    let (least, most) = (start.saturating_sub(WIDEN_LIMIT), end + WIDEN_LIMIT);
    while start > least
        && at(text, start).is_some_and(is_letter)
        && let Some(c) = before(text, start).filter(|c| is_letter(*c))
    {
        start -= c.len_utf8();
    }
    while end < most
        && before(text, end).is_some_and(is_letter)
        && let Some(c) = at(text, end).filter(|c| is_letter(*c))
    {
        end += c.len_utf8();
    }
    Span { start, end }
}

fn at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// Whether a word goes on through this sign: letters, digits and accents, but not those of scripts that put no blanks between words.
fn is_letter(c: char) -> bool {
    let is_accent = matches!(c, '\u{300}'..='\u{36f}');
    let is_unspaced = matches!(u32::from(c),
        0xe00..=0xeff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x2e80..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x3ffff);
    is_accent || (c.is_alphanumeric() && !is_unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_redact::Kind;

    /// Tokens cut at `|`, each with what it is: `P` a person begins, `p` goes on, `L` a place, `.` nothing, `?` perhaps a person.
    fn check(marked: &str, said: &str, expected: &[(&str, Kind)]) {
        let text = marked.replace('|', "");
        let (mut tokens, mut end) = (Vec::new(), 0);
        for piece in marked.split('|') {
            tokens.push(Token { id: 0, span: Span { start: end, end: end + piece.len() } });
            end += piece.len();
        }
        let labels = Labels::new(&["O", "B-PER", "I-PER", "LOC"].map(str::to_owned)).unwrap();
        let share = |begins, goes_on| Share { begins, goes_on };
        let shares: Vec<Share> = said
            .chars()
            .flat_map(|said| match said {
                'P' => [share(0.9, 0.1), share(0.0, 0.0)],
                'p' => [share(0.1, 0.8), share(0.0, 0.0)],
                '?' => [share(0.1, 0.15), share(0.0, 0.2)],
                'L' => [share(0.0, 0.1), share(0.0, 0.9)],
                _ => [Share::default(); 2],
            })
            .collect();
        assert_eq!(shares.len(), 2 * tokens.len(), "{marked}");
        let mut found = Vec::new();
        findings(&text, &tokens, &shares, &labels, 0.3, &mut found);
        let found: Vec<(&str, Kind)> = found.iter().map(|f| (&text[f.span.start..f.span.end], f.kind)).collect();
        assert_eq!(found, expected, "{marked} {said}");
    }

    #[test]
    fn words_are_whole_and_neighbors_are_one() {
        let (person, place) = (Kind::Person, Kind::Location);
        check("An|na| Ko|vac| wrote", "P.p..", &[("Anna Kovac", person)]);
        check("An|na| met| Be|n", "Pp.PL", &[("Anna", person), ("Ben", person)]);
        check("Anna| Ben", "PP", &[("Anna", person), ("Ben", person)]);
        check("Anna|\nKovac", "Pp", &[("Anna", person), ("Kovac", person)]);
        check("Anna| Paris", "PL", &[("Anna", person), ("Paris", place)]);
        check("maybe| Ben", "??", &[]);
        check("Smith|,| said", "Pp.", &[("Smith,", person)]);
        check("***| ***", "PP", &[]);
        check("東|京|都|に", "LL..", &[("東京", place)]);
        // The first token says nothing, the rest says enough.
        check("Kov|ac|ic", ".pp", &[("Kovacic", person)]);
        check("", ".", &[]);
    }

    #[test]
    fn spans_are_whole_characters_and_whole_words() {
        let text = "x Zoe\u{301} y🙂";
        assert_eq!(trim(text, Span { start: 1, end: 5 }), Span { start: 2, end: 5 });
        assert_eq!(widen(text, Span { start: 2, end: 5 }), Span { start: 2, end: 7 });
        assert_eq!(trim(text, Span { start: 10, end: 11 }), Span { start: 9, end: 13 });
        assert_eq!(trim(text, Span { start: 1, end: 2 }), Span { start: 2, end: 2 });
    }
}
