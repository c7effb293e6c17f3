//! Puts a synthetic text together in its author's way, and remembers where personal data stands in it.

use super::{
    people::{Person, Style, pick},
    phrases,
    planted::Planted,
    topics::{TOPICS, Topic},
};
use candor_core::{RecordKind, Span};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A finished text.
pub(super) struct Written {
    pub(super) title: Option<String>,
    pub(super) text: String,
    /// Kind and place of what was planted.
    pub(super) planted: Vec<(&'static str, Span)>,
}

/// Writes the text of a record of this kind.
pub(super) fn write(rng: &mut ChaCha8Rng, author: &Person, kind: RecordKind, planted: Vec<Planted>) -> Written {
    let style = &author.style;
    let mut sentences = match kind {
        RecordKind::Article => article(rng, style),
        RecordKind::Comment => comment(rng, style),
        RecordKind::Feedback => short(rng, style, phrases::FEEDBACK, 2),
        RecordKind::UsageEvent => short(rng, style, phrases::USAGE, 1),
        RecordKind::PrivateMessage => short(rng, style, phrases::MESSAGES, 3),
        RecordKind::Profile => profile(rng, style),
        _ => post(rng, style),
    };
    let title = (kind == RecordKind::Article)
        .then(|| pick(rng, phrases::TITLES).map(|title| fill(rng, style, title)))
        .flatten();
    let sign_off = style.sign_off.filter(|_| kind == RecordKind::Post && rng.random_range(0..100) < 70);
    sentences.extend(sign_off.map(str::to_owned));
    let airy = style.airy || kind == RecordKind::Article;
    Written { title, ..assemble(rng, &sentences, planted, airy) }
}

fn assemble(rng: &mut ChaCha8Rng, sentences: &[String], planted: Vec<Planted>, airy: bool) -> Written {
    let mut places: Vec<(usize, Planted)> =
        planted.into_iter().map(|piece| (rng.random_range(0..=sentences.len()), piece)).collect();
    places.sort_by_key(|(at, _)| *at);
    let mut places = places.into_iter().peekable();
    let (mut text, mut spans) = (String::new(), Vec::new());
    for at in 0..=sentences.len() {
        while let Some((_, piece)) = places.next_if(|(place, _)| *place == at) {
            gap(rng, &mut text, airy);
            text.push_str(piece.before);
            let start = text.len();
            text.push_str(&piece.value);
            spans.push((piece.kind, Span { start, end: text.len() }));
            text.push_str(piece.after);
        }
        if let Some(sentence) = sentences.get(at) {
            gap(rng, &mut text, airy);
            text.push_str(sentence);
        }
    }
    Written { title: None, text, planted: spans }
}

fn gap(rng: &mut ChaCha8Rng, text: &mut String, airy: bool) {
    if !text.is_empty() {
        text.push_str(if airy && rng.random_range(0..3) > 0 { "\n\n" } else { " " });
    }
}

fn post(rng: &mut ChaCha8Rng, style: &Style) -> Vec<String> {
    let mut used = Vec::new();
    let mut out = vec![of(rng, style, phrases::OPENERS, &style.openers, &mut used)];
    for _ in 0..rng.random_range(style.length.0..=style.length.1) {
        out.push(middle(rng, style, &mut used));
    }
    if rng.random_range(0..100) < 75 {
        out.push(of(rng, style, phrases::CLOSERS, &style.closers, &mut used));
    }
    out
}

fn article(rng: &mut ChaCha8Rng, style: &Style) -> Vec<String> {
    let mut used = Vec::new();
    let mut out = vec![of(rng, style, phrases::OPENERS, &style.openers, &mut used)];
    for _ in 0..rng.random_range(8..20) {
        out.push(middle(rng, style, &mut used));
    }
    out.push(of(rng, style, phrases::CLOSERS, &style.closers, &mut used));
    out
}

fn comment(rng: &mut ChaCha8Rng, style: &Style) -> Vec<String> {
    let mut used = Vec::new();
    let mut out = vec![of(rng, style, phrases::REPLIES, &style.replies, &mut used)];
    if rng.random_range(0..100) < 55 {
        out.push(middle(rng, style, &mut used));
    }
    out
}

fn short(rng: &mut ChaCha8Rng, style: &Style, patterns: &[&str], most: usize) -> Vec<String> {
    let count = rng.random_range(1..=most);
    (0..count).filter_map(|_| pick(rng, patterns).map(|p| fill(rng, style, p))).collect()
}

fn profile(rng: &mut ChaCha8Rng, style: &Style) -> Vec<String> {
    let years = rng.random_range(2..30);
    let head = format!("{}, {years} years in the trade.", capital(style.role));
    vec![
        head,
        fill(rng, style, "I like to {act}."),
        fill(rng, style, "{lesson:cap}."),
        fill(rng, style, "Ask me about {thing}."),
    ]
}

/// A sentence out of the patterns that this author favors, or now and then any other; not the same pattern twice in a
/// text if it can be helped.
fn of(
    rng: &mut ChaCha8Rng,
    style: &Style,
    patterns: &[&'static str],
    favored: &[usize],
    used: &mut Vec<&'static str>,
) -> String {
    let mut chosen = "";
    for _ in 0..4 {
        let favorite = pick(rng, favored).and_then(|at| patterns.get(*at));
        let pattern = if rng.random_range(0..100) < 75 { favorite } else { pick(rng, patterns) };
        chosen = pattern.copied().unwrap_or_default();
        if !used.contains(&chosen) {
            break;
        }
    }
    used.push(chosen);
    fill(rng, style, chosen)
}

fn middle(rng: &mut ChaCha8Rng, style: &Style, used: &mut Vec<&'static str>) -> String {
    let mut sentence = of(rng, style, phrases::MIDDLES, &style.middles, used);
    if rng.random_range(0..100) < 18
        && let Some(habit) = pick(rng, &style.habits).and_then(|at| phrases::HABITS.get(*at))
    {
        sentence = format!("{habit} {}", decapital(&sentence));
    }
    if style.loud && sentence.ends_with('.') && rng.random_range(0..3) == 0 {
        sentence.pop();
        sentence.push('!');
    }
    sentence
}

/// Fills the places of a pattern with the words of the author's field.
fn fill(rng: &mut ChaCha8Rng, style: &Style, pattern: &str) -> String {
    let second = rng.random_range(0..100) < 20;
    let topic = style.topics.get(usize::from(second)).and_then(|at| TOPICS.get(*at));
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((slot, after)) = after.split_once('}') else { break };
        let (slot, cap) = slot.strip_suffix(":cap").map_or((slot, false), |slot| (slot, true));
        let words = topic.map_or_else(String::new, |topic| word(rng, style, topic, slot));
        out.push_str(&if cap { capital(&words) } else { words });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn word(rng: &mut ChaCha8Rng, style: &Style, topic: &Topic, slot: &str) -> String {
    let list = match slot {
        "thing" => topic.things,
        "act" => topic.acts,
        "pain" => topic.pains,
        "lesson" => topic.lessons,
        "when" => phrases::WHEN,
        "who" => phrases::WHO,
        "role" => return style.role.to_owned(),
        "a_role" => return format!("{} {}", article_of(style.role), style.role),
        "n" => return rng.random_range(2..40).to_string(),
        _ => return rng.random_range(3..95).to_string(),
    };
    pick(rng, list).map_or_else(String::new, |words| (*words).to_owned())
}

fn article_of(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The sentence with a small first letter, unless it begins with "I" or a short form.
fn decapital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if first != 'I' || chars.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
