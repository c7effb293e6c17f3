//! One article of the archive: an HTML file with the title in its first heading, the dates in two marked paragraphs and
//! the body in a `<div>`. Drafts that were never published are left out.

use super::SOURCE;
use crate::{
    html::{TextBuilder, tokens},
    import::{Limits, dates},
};
use candor_core::{MemberId, Record, RecordId, RecordKind, Visibility};
use html5gum::Token;

/// Where in the file a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Outside,
    Title,
    Created,
    Published,
    Body,
}

#[derive(Default)]
struct Parts {
    title: TextBuilder,
    created: TextBuilder,
    published: TextBuilder,
    body: TextBuilder,
    url: Option<String>,
}

/// The record of an article, or why there is none.
pub(super) fn read(bytes: &[u8], member: &MemberId, limits: &Limits) -> Result<Record, &'static str> {
    let html = std::str::from_utf8(bytes).map_err(|_| "bad_utf8")?;
    let parts = parts(html.trim_start_matches('\u{feff}'));
    let date = |text: String, mark: &str| dates::timestamp(text.strip_prefix(mark).unwrap_or(&text));
    let published = parts.published.finish();
    if published.is_empty() {
        return Err("not_published");
    }
    let published = date(published, "Published on").ok_or("bad_date")?;
    let created = date(parts.created.finish(), "Created on").unwrap_or(published).min(published);
    let title = parts.title.finish().replace('\n', " ");
    let text = parts.body.finish();
    if text.is_empty() {
        return Err("empty");
    }
    if text.len() > limits.text_bytes || title.len() > 1_000 {
        return Err("text_too_long");
    }
    let native = match parts.url {
        Some(url) => format!("article:{url}"),
        None => format!("article:{member}:{published}:{title}"),
    };
    Ok(Record {
        id: RecordId::derive(SOURCE, &native),
        member: member.clone(),
        kind: RecordKind::Article,
        created,
        edited: published,
        // It was published on the open web.
        visibility: Visibility::Public,
        source: SOURCE.to_owned(),
        thread: None,
        language: None,
        license: None,
        title: Some(title).filter(|title| !title.is_empty()),
        text,
    })
}

fn parts(html: &str) -> Parts {
    let mut parts = Parts::default();
    let (mut part, mut divs) = (Part::Outside, 0_usize);
    for token in tokens(html) {
        match &token {
            Token::StartTag(tag) => {
                let class = tag.attributes.get(&b"class"[..]).map(|value| value.value.0.as_slice());
                match (part, tag.name.as_slice(), class) {
                    (Part::Outside, b"h1", _) => part = Part::Title,
                    (Part::Outside, b"p", Some(b"created")) => part = Part::Created,
                    (Part::Outside, b"p", Some(b"published")) => part = Part::Published,
                    (Part::Title, b"a", _) if parts.url.is_none() => {
                        let href =
                            tag.attributes.get(&b"href"[..]).map(|value| String::from_utf8_lossy(&value.value.0));
                        parts.url = href.map(|href| href.trim().to_owned()).filter(|href| !href.is_empty());
                    }
                    (Part::Outside | Part::Body, b"div", _) => {
                        part = Part::Body;
                        divs += 1;
                    }
                    _ => {}
                }
            }
            Token::EndTag(tag) => match (part, tag.name.as_slice()) {
                (Part::Title, b"h1") | (Part::Created | Part::Published, b"p") => part = Part::Outside,
                (Part::Body, b"div") => {
                    divs = divs.saturating_sub(1);
                    if divs == 0 {
                        part = Part::Outside;
                    }
                }
                _ => {}
            },
            Token::String(_) | Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
        match part {
            Part::Title => parts.title.push(&token),
            Part::Created => parts.created.push(&token),
            Part::Published => parts.published.push(&token),
            Part::Body => parts.body.push(&token),
            Part::Outside => {}
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(html: &str) -> Result<Record, &'static str> {
        read(html.as_bytes(), &MemberId::new("ann").expect("an id"), &Limits::default())
    }

    #[test]
    fn an_article_is_read_and_a_draft_is_not() {
        let html = "<html><head><title>no</title></head><body><h1><a href=\"https://example.com/pulse/x\">On &amp; on</a></h1>\
            <p class=\"created\">Created on 2024-01-15 10:20</p><p class=\"published\">Published on 2024-01-16 08:00</p>\
            <div><p>One.</p><div><p>Two.</p></div></div></body></html>";
        let record = read_text(html).expect("an article");
        assert_eq!(record.title.as_deref(), Some("On & on"));
        assert_eq!(record.text, "One.\n\nTwo.");
        assert_eq!(record.created.to_string(), "2024-01-15T10:20:00Z");
        assert_eq!(record.edited.to_string(), "2024-01-16T08:00:00Z");
        assert_eq!(record.id, RecordId::derive(SOURCE, "article:https://example.com/pulse/x"));
        let cases = [
            ("<h1>t</h1><p class=\"created\">Created on 2024-01-15 10:20</p><div>x</div>", "not_published"),
            ("<p class=\"published\">Published on soon</p><div>x</div>", "bad_date"),
            ("<p class=\"published\">Published on 2024-01-16 08:00</p><div></div>", "empty"),
        ];
        for (html, reason) in cases {
            assert_eq!(read_text(html).expect_err("left out"), reason, "{html}");
        }
    }
}
