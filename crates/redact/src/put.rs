//! Other text in the place of spans, in the same memory: a text of any length is rewritten without a second copy of it.

use crate::finding::{Span, SpanText as _};

/// Puts other text in the place of spans, which are in order and apart, without a second copy of a text that may be long.
pub(crate) fn put(text: &mut String, plan: Vec<(Span, String)>) {
    let mut bytes = std::mem::take(text).into_bytes();
    // What stands after each span, up to the next, moves together first and then apart.
    let ends = plan.iter().skip(1).map(|(span, _)| span.start).chain([bytes.len()]);
    let parts: Vec<Span> = plan.iter().zip(ends).map(|((span, _), end)| Span::new(span.end, end)).collect();
    let mut length = plan.first().map_or(bytes.len(), |(span, _)| span.start);
    for part in &parts {
        bytes.copy_within(part.start..part.end, length);
        length += part.len();
    }
    let more: usize = plan.iter().map(|(_, instead)| instead.len()).sum();
    bytes.truncate(length);
    bytes.reserve_exact(more);
    bytes.resize(length + more, 0);
    let (mut read, mut write) = (length, length + more);
    for (part, (_, instead)) in parts.iter().zip(&plan).rev() {
        bytes.copy_within(read - part.len()..read, write - part.len());
        read -= part.len();
        write -= part.len() + instead.len();
        let place = bytes.get_mut(write..write + instead.len());
        place.into_iter().for_each(|place| place.copy_from_slice(instead.as_bytes()));
    }
    *text = String::from_utf8(bytes).unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_writing_anew_gives(pieces in prop::collection::vec(("[aé]{0,4}", "[bü]{0,4}", "[c大]{0,4}"), 0..9), rest in "[dé]{0,4}") {
            let (mut text, mut plan, mut anew) = (String::new(), Vec::new(), String::new());
            for (kept, old, new) in &pieces {
                text.push_str(kept);
                plan.push((Span::new(text.len(), text.len() + old.len()), new.clone()));
                text.push_str(old);
                anew.extend([kept.as_str(), new]);
            }
            text.push_str(&rest);
            anew.push_str(&rest);
            put(&mut text, plan);
            prop_assert_eq!(text, anew);
        }
    }
}
