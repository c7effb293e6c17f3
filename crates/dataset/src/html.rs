//! HTML to plain text: paragraphs, list items, quotes and code are kept as text, tags, scripts, styles and addresses of
//! links are dropped, entities are decoded. It never fetches anything and never fails: any bytes are some text.

use html5gum::{DefaultEmitter, Token, Tokenizer};

/// Deepest nesting of quotes that is still marked.
const MAX_QUOTES: usize = 8;

/// The plain text of a piece of HTML.
#[must_use]
pub fn to_text(html: &str) -> String {
    let mut text = TextBuilder::default();
    for token in tokens(html) {
        text.push(&token);
    }
    text.finish()
}

/// The tokens of a piece of HTML, with scripts and styles told apart from text.
pub fn tokens(html: &str) -> impl Iterator<Item = Token> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter).map(|Ok(token)| token)
}

/// Builds a plain text out of tokens.
#[derive(Debug, Default)]
pub struct TextBuilder {
    out: String,
    /// Line breaks to write before the next text; at most two.
    breaks: usize,
    /// Whether a space stands before the next word.
    space: bool,
    /// Whether a list mark stands before the next text.
    mark: bool,
    /// Depth of elements whose white space counts.
    pre: usize,
    /// Depth of block quotes.
    quotes: usize,
    /// Depth of elements whose content is no text.
    hidden: usize,
}

/// What an element does to the text around it.
enum Effect {
    Hidden,
    Pre,
    Quote,
    Item,
    Paragraph,
    Line,
    Cell,
    None,
}

fn effect(name: &[u8]) -> Effect {
    match name {
        b"script" | b"style" | b"template" | b"svg" | b"math" | b"iframe" | b"object" | b"noembed" => Effect::Hidden,
        b"pre" | b"textarea" => Effect::Pre,
        b"blockquote" => Effect::Quote,
        b"li" => Effect::Item,
        b"p" | b"div" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"ul" | b"ol" | b"table" | b"section"
        | b"article" | b"header" | b"footer" | b"figure" | b"dl" | b"hr" => Effect::Paragraph,
        b"br" | b"tr" | b"dt" | b"dd" | b"figcaption" | b"option" | b"title" => Effect::Line,
        b"td" | b"th" => Effect::Cell,
        _ => Effect::None,
    }
}

impl TextBuilder {
    /// Takes the next token.
    pub fn push(&mut self, token: &Token) {
        match token {
            Token::StartTag(tag) => self.open(&tag.name, tag.self_closing),
            Token::EndTag(tag) => self.close(&tag.name),
            Token::String(text) if self.hidden == 0 => self.text(&String::from_utf8_lossy(text)),
            Token::String(_) | Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }

    /// The text so far, its ends trimmed.
    #[must_use]
    pub fn finish(self) -> String {
        crate::import::clean(&self.out)
    }

    fn open(&mut self, name: &[u8], self_closing: bool) {
        match effect(name) {
            Effect::Hidden if !self_closing => self.hidden += 1,
            Effect::Pre => {
                self.breaks = 2;
                self.pre += 1;
            }
            Effect::Quote => {
                self.breaks = 2;
                self.quotes += 1;
            }
            Effect::Item => {
                self.breaks = self.breaks.max(1);
                self.mark = true;
            }
            Effect::Paragraph if !self.mark => self.breaks = 2,
            Effect::Line if self.pre > 0 => self.out.push('\n'),
            Effect::Line => self.breaks = (self.breaks + 1).min(2),
            Effect::Cell => self.space = true,
            Effect::Hidden | Effect::Paragraph | Effect::None => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        match effect(name) {
            Effect::Hidden => self.hidden = self.hidden.saturating_sub(1),
            Effect::Pre => {
                self.breaks = 2;
                self.pre = self.pre.saturating_sub(1);
            }
            Effect::Quote => {
                self.breaks = 2;
                self.quotes = self.quotes.saturating_sub(1);
            }
            Effect::Item => {
                self.breaks = self.breaks.max(1);
                self.mark = false;
            }
            Effect::Paragraph => self.breaks = 2,
            Effect::Line | Effect::Cell | Effect::None => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.pre > 0 {
            self.preformatted(text);
            return;
        }
        for (at, word) in text.split(char::is_whitespace).enumerate() {
            if at > 0 {
                self.space = true;
            }
            if !word.is_empty() {
                self.before_text();
                self.out.push_str(word);
            }
        }
    }

    fn preformatted(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.breaks > 0 {
            self.before_text();
        }
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                self.out.push('\n');
                self.line_start();
            }
            self.out.push_str(line);
        }
    }

    fn before_text(&mut self) {
        let space = std::mem::take(&mut self.space);
        let breaks = std::mem::take(&mut self.breaks);
        if self.out.is_empty() || breaks > 0 {
            if !self.out.is_empty() {
                self.out.extend(std::iter::repeat_n('\n', breaks));
            }
            self.line_start();
            if std::mem::take(&mut self.mark) {
                self.out.push_str("- ");
            }
        } else if space {
            self.out.push(' ');
        }
    }

    fn line_start(&mut self) {
        for _ in 0..self.quotes.min(MAX_QUOTES) {
            self.out.push_str("> ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_stays_and_the_tags_go() {
        let cases = [
            ("", ""),
            ("plain", "plain"),
            ("<p>one</p>\n\n<p>two</p>", "one\n\ntwo"),
            ("a  \n b", "a b"),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("<ul>\n<li>one</li>\n<li><p>two</p></li>\n</ul>after", "- one\n- two\n\nafter"),
            ("<p>see <a href=\"https://example.org/?a=1\">this <em>page</em></a>.</p>", "see this page."),
            ("<p>use <code>x &lt; 1</code></p><pre><code>if x:\n    y\n</code></pre>", "use x < 1\n\nif x:\n    y"),
            ("<blockquote>\n  <p>said</p>\n</blockquote>\n<p>so</p>", "> said\n\nso"),
            ("<script>alert(1)</script>a<style>p{}</style>b", "ab"),
            ("<script><p>x</script>a", "a"),
            ("caf&eacute; &amp; &#8364;5 &nbsp; x &#x1F600;", "café & €5 x 😀"),
            ("<!-- hidden -->x<!doctype html>", "x"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
            ("<img src=x onerror=alert(1)>x", "x"),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("<p unclosed", ""),
            ("</div></ul></pre>x", "x"),
            ("<svg/>x", "x"),
        ];
        for (html, expected) in cases {
            assert_eq!(to_text(html), expected, "{html:?}");
        }
    }

    #[test]
    fn deep_nesting_is_no_deep_work() {
        let html = "<blockquote>".repeat(100_000) + "x";
        assert_eq!(to_text(&html), "> ".repeat(MAX_QUOTES) + "x");
    }

    proptest! {
        #[test]
        fn any_text_is_taken(html in "[<>&;/a-z\"'= \n!-]{0,200}") {
            let text = to_text(&html);
            prop_assert_eq!(text.trim(), text.as_str());
        }

        #[test]
        fn a_text_without_markup_keeps_its_words(words in proptest::collection::vec("[a-zA-Z0-9.,]{1,12}", 0..30)) {
            prop_assert_eq!(to_text(&words.join(" \n")), words.join(" "));
        }
    }
}
