//! The gate: which words may be part of a name at all. Everything else is no name without asking the model, which makes the model cheap.
//! Training opens the same gate, so that the model knows what it will be asked.

use super::model::lists;
use super::tokens::{Token, form};

/// From here on a word is common: sentences begin with it, and in small letters it is no name.
const COMMON: u16 = 3;

/// Marks for every token of a block whether it may be part of a name.
pub(super) fn open(tokens: &[Token], gates: &mut Vec<bool>) {
    gates.clear();
    gates.extend(tokens.iter().map(may_be_name));
    let sure = gates.clone();
    let at = |index: usize| sure.get(index).copied().unwrap_or_default();
    for (index, (gate, token)) in gates.iter_mut().zip(tokens).enumerate() {
        if *gate {
            continue;
        }
        let (before, after) = (index.checked_sub(1).is_some_and(at), at(index + 1));
        let joins = token.has(form::LETTER)
            || matches!(token.mark, b'&' | b'\'' | b'-' | b'.' | 0x80)
            || token.has(form::DIGIT);
        let rare = token.is_word() && lists::common(token.lists) < 2;
        *gate = joins && !token.has(form::OPAQUE | form::HANDLE) && (before && after || rare && (before || after));
    }
    // A sign that stands apart from the handle that it begins.
    for index in 1..gates.len() {
        let (Some(sign), Some(handle)) = (tokens.get(index - 1), tokens.get(index)) else { continue };
        if sign.mark == b'@' && handle.form & (form::LETTER | form::DIGIT) != 0 && !handle.has(form::OPAQUE) {
            gates.iter_mut().skip(index - 1).take(2).for_each(|gate| *gate = true);
        }
    }
}

fn may_be_name(token: &Token) -> bool {
    if !token.is_word() || token.has(form::HANDLE) {
        return false;
    }
    let common = lists::common(token.lists);
    let listed = token.lists & lists::NAMES != 0;
    if token.has(form::CAPITAL | form::INNER) {
        // `I` is a word; a common word is in capitals where a sentence begins.
        let is_i = token.has(form::SINGLE) && token.tail == u32::from(b'i') && !token.has(form::MARK);
        let opens = token.has(form::FIRST) && common >= COMMON && lists::capital(token.lists) < 2;
        return !is_i && (!opens || token.lists & lists::FORENAME != 0);
    }
    listed && common < COMMON && token.length > 2
}
