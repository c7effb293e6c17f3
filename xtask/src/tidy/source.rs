//! Rust text with comments and literals blanked, so that a check sees code only.
//!
//! It is a scanner of a few states, not a parser: it keeps every line where it was and never fails,
//! also on text that would not compile.

/// Replaces each character of comments, strings and character literals by a space; lines stay.
pub fn code_of(text: &str) -> String {
    let mut scanner = Scanner { text: text.chars().collect(), at: 0, code: String::new() };
    while scanner.at < scanner.text.len() {
        scanner.step();
    }
    scanner.code
}

struct Scanner {
    text: Vec<char>,
    at: usize,
    code: String,
}

impl Scanner {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some('/'), Some('/')) => self.blank_until(|scan| scan.peek(0) == Some('\n')),
            (Some('/'), Some('*')) => self.blank_comment(),
            (Some('"'), _) => self.blank_string(),
            (Some('r'), Some('"' | '#')) if self.starts_literal() => self.blank_raw_string(),
            (Some('\''), _) => self.quote(),
            _ => self.keep(),
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        if let Some(one) = self.peek(0) {
            self.code.push(one);
            self.at += 1;
        }
    }

    fn blank(&mut self, count: usize) {
        for _ in 0..count {
            if let Some(one) = self.peek(0) {
                self.code.push(if one == '\n' { '\n' } else { ' ' });
                self.at += 1;
            }
        }
    }

    fn blank_until(&mut self, end: impl Fn(&Scanner) -> bool) {
        while self.at < self.text.len() && !end(self) {
            self.blank(1);
        }
    }

    /// Block comments nest in Rust.
    fn blank_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                _ => {
                    self.blank(1);
                    continue;
                }
            }
            self.blank(2);
            if depth == 0 {
                return;
            }
        }
    }

    fn blank_string(&mut self) {
        self.blank(1);
        while let Some(one) = self.peek(0) {
            match one {
                '\\' => self.blank(2),
                '"' => return self.blank(1),
                _ => self.blank(1),
            }
        }
    }

    /// Whether the `r` under the scanner starts a raw string: not the end of a name, and `#`s then `"`.
    fn starts_literal(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|index| self.text.get(index));
        let in_name = before.is_some_and(|one| is_name(*one) && !matches!(one, 'b' | 'c'));
        let hashes = self.text.iter().skip(self.at + 1).take_while(|one| **one == '#').count();
        !in_name && self.peek(1 + hashes) == Some('"')
    }

    fn blank_raw_string(&mut self) {
        self.blank(1);
        let hashes = self.text.iter().skip(self.at).take_while(|one| **one == '#').count();
        self.blank(hashes + 1);
        self.blank_until(|scan| scan.peek(0) == Some('"') && (1..=hashes).all(|ahead| scan.peek(ahead) == Some('#')));
        self.blank(hashes + 1);
    }

    /// A quote opens a character literal or a lifetime; a lifetime is code.
    fn quote(&mut self) {
        match (self.peek(1), self.peek(2)) {
            (Some('\\'), _) => {
                self.blank(3);
                self.blank_until(|scan| matches!(scan.peek(0), Some('\'' | '\n')));
                self.blank(1);
            }
            (Some(_), Some('\'')) => self.blank(3),
            _ => self.keep(),
        }
    }
}

/// Whether the character can stand in a Rust name.
pub fn is_name(one: char) -> bool {
    one.is_alphanumeric() || one == '_'
}

#[cfg(test)]
mod tests {
    use super::code_of;

    #[test]
    fn only_code_is_left() {
        for (text, code) in [
            ("let a = 1; // sqlx::x", "let a = 1;"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("f(\"axum::x\\\" y\"); g", "f(             ); g"),
            ("f(r#\"a \" b\"#); g", "f(          ); g"),
            ("f(br\"ab\"); g", "f(b     ); g"),
            ("let c = '\"'; g", "let c =    ; g"),
            ("let c = '\\''; g", "let c =     ; g"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("let r = r; bar\"x\"", "let r = r; bar"),
            ("r#type::x", "r#type::x"),
        ] {
            assert_eq!(code_of(text).trim_end(), code, "{text}");
        }
    }

    #[test]
    fn lines_stay_where_they_were() {
        let text = "/* a\nb */ c\n\"d\ne\" f\n";
        let code = code_of(text);
        assert_eq!(code.lines().count(), text.lines().count());
        assert_eq!(code.lines().nth(3).map(str::trim), Some("f"));
    }

    #[test]
    fn unfinished_text_ends() {
        for text in ["\"abc", "/* abc", "r#\"abc", "'", "'\\", "\"\\"] {
            assert_eq!(code_of(text).chars().count(), text.chars().count(), "{text}");
        }
    }
}
