//! What the words around a name say that the model did not see: `Mr. Roefs`, `my name is Ludmiła`, `lives in Hvammstangi`, `I work for
//! Socrata`, `Hdscores Inc`, and the rest of a name of which one word was found (`Hanna` of `Hanna Ukkonen`). Looks at words that are
//! written as names only, a few to either side. German writes every noun with a capital: there only what stands before a name counts.

use std::ops::Range;

use super::cue_words::{
    AND, BEGINNING, BETWEEN, CALL, CALLERS, CALLINGS, COMING, COMPANIES, COMPANYS, DOING, EMPLOYERS, FIELDS, GIVING,
    HERE, INSIDE, IS, KIN, KINDS_OF_PLACE, LEGAL, LEGAL_WITH_PERIODS, LIVING, NAME, OFFICES, PLACE_FIELDS, POSSESSIVES,
    SAYING, SORTS_OF_NAME, THEIRS, TITLES, TOWARDS, WORKING,
};
use super::decode::Class;
use super::features::Writing;
use super::model::lists;
use super::tagger::Name;
use super::tokens::{Token, form};
use crate::language::Language;

/// How sure a name is that only words around it tell.
const SHARE: f32 = 0.6;
/// From here on a word is common.
const COMMON: u16 = 3;
/// The most words of one name.
const LONGEST: usize = 5;

/// The most words and marks of a line whose capitals still tell names.
const SHORT: usize = 16;

/// Adds to the names of a block what the words around say, and mends their bounds. `names` are in order.
pub(super) fn apply(text: &str, block: &[Token], language: Language, names: &mut Vec<Name>) {
    let mut view = View { text, block, writing: Writing::of(block), labels: vec![None; block.len()] };
    let before = names.len();
    names.retain(|name| !view.is_field(name));
    for name in names.iter() {
        view.mark(name.tokens.clone(), name.class, name.share);
    }
    let mut changed = before != names.len();
    for index in 0..block.len() {
        changed |= view.by_legal_form(index) || view.by_words_before(index) || view.by_words_after(index);
    }
    // A line of a few words is a list of names or one on a card more often than a headline.
    let mixed = view.writing == Writing::Mixed || view.writing == Writing::Capitals && block.len() <= SHORT;
    if language != Language::German && mixed {
        for index in 0..block.len() {
            changed |= view.goes_on(index);
        }
        for index in (0..block.len()).rev() {
            changed |= view.goes_back(index);
        }
    }
    if changed {
        view.names(names);
    }
}

/// What a word is part of.
#[derive(Clone, Copy)]
struct Label {
    class: Class,
    share: f32,
    begins: bool,
}

/// A block with what its words are part of.
struct View<'b> {
    text: &'b str,
    block: &'b [Token],
    writing: Writing,
    labels: Vec<Option<Label>>,
}

impl<'b> View<'b> {
    fn word(&self, index: usize) -> &'b str {
        let token = self.block.get(index);
        token.and_then(|token| self.text.get(token.start..token.end)).unwrap_or_default()
    }

    /// The word so many before that one.
    fn back(&self, index: usize, steps: usize) -> &'b str {
        index.checked_sub(steps).map_or("", |index| self.word(index))
    }

    fn label(&self, index: usize) -> Option<Label> {
        self.labels.get(index).copied().flatten()
    }

    fn class(&self, index: usize) -> Option<Class> {
        self.label(index).map(|label| label.class)
    }

    fn is_free(&self, index: usize) -> bool {
        index < self.block.len() && self.label(index).is_none()
    }

    fn mark(&mut self, tokens: Range<usize>, class: Class, share: f32) {
        let start = tokens.start;
        for (index, label) in self.labels.iter_mut().enumerate().take(tokens.end).skip(start) {
            *label = Some(Label { class, share, begins: index == start });
        }
    }

    /// Whether the name is the word of a form: `Mobile:`.
    fn is_field(&self, name: &Name) -> bool {
        let last = name.tokens.end;
        let colon = |index: usize| self.block.get(index).is_some_and(|token| token.mark == b':');
        let opens = self.block.get(name.tokens.start).is_some_and(|token| token.has(form::FIRST));
        opens && FIELDS.has(self.word(last - 1)) && (colon(last) || FIELDS.has(self.word(last)) && colon(last + 1))
    }

    /// Whether the word is written as a name.
    fn is_name(&self, index: usize) -> bool {
        let Some(token) = self.block.get(index) else { return false };
        let closed = form::HANDLE | form::TAG | form::OPAQUE | form::SINGLE | form::JOINED | form::DIGIT;
        let own = token.letters.starts_with(b"i'") || token.letters.starts_with("i\u{2019}".as_bytes());
        token.is_word() && token.has(form::CAPITAL) && !token.has(closed) && !own && !FIELDS.has(self.word(index))
    }

    /// Whether the word is written as a name and is nothing else in the lexicon.
    fn is_rare(&self, index: usize) -> bool {
        let lists = self.block.get(index).map_or(0, |token| token.lists);
        self.is_name(index) && (lists::is_unlisted(lists) || lists & lists::NAMES != 0 && lists::common(lists) < COMMON)
    }

    fn is_initial(&self, index: usize) -> bool {
        self.block.get(index).is_some_and(|token| token.has(form::SINGLE) && token.has(form::CAPITAL))
    }

    /// The end of the words from `start` on that are written as one name.
    fn run(&self, start: usize, class: Class) -> usize {
        let open = |index: usize| self.is_free(index) || self.class(index) == Some(class);
        let mut end = start + 1;
        while end < start + LONGEST {
            let initial = self.is_initial(end) && !self.block.get(end).is_some_and(|token| token.has(form::FIRST));
            let person = class == Class::Person && self.is_free(end);
            let named = if person { self.is_rare(end) } else { self.is_name(end) };
            if (named || initial) && open(end) {
                end += 1;
            } else if INSIDE.has(self.word(end)) && self.is_name(end + 1) && open(end + 1) {
                end += 2;
            } else {
                break;
            }
        }
        end
    }

    /// A name that the words before it announce.
    fn by_words_before(&mut self, index: usize) -> bool {
        if !self.is_free(index) {
            return false;
        }
        let lists = self.block.get(index).map_or(0, |token| token.lists);
        if self.is_name(index) {
            let Some(class) = self.announced(index) else { return false };
            let end = self.run(index, class);
            self.mark(index..end, class, SHARE);
            return true;
        }
        // In small letters only the surest words count, and only before a word that is no other.
        let small = self.block.get(index).is_some_and(|token| token.is_word() && token.length > 2);
        if small && lists::common(lists) == 0 && self.is_introduced(index) {
            self.mark(index..index + 1, Class::Person, SHARE);
            return true;
        }
        false
    }

    /// `my name is`, `people call me`.
    fn is_introduced(&self, index: usize) -> bool {
        let [first, second, third] = [1, 2, 3].map(|steps| self.back(index, steps));
        IS.has(first) && NAME.has(second) && SORTS_OF_NAME.has(third)
            || first == "me" && CALL.has(second) && CALLERS.has(third)
    }

    fn announced(&self, index: usize) -> Option<Class> {
        let [first, second, third] = [1, 2, 3].map(|steps| self.back(index, steps));
        let title = TITLES.has(first) && (first.ends_with('.') || first.starts_with(char::is_uppercase));
        let shouted = self.block.get(index).is_some_and(|token| token.has(form::SHOUTED));
        let opens = index.checked_sub(2).and_then(|field| self.block.get(field));
        if first == ":" && PLACE_FIELDS.has(second) && opens.is_some_and(|token| token.has(form::LINE)) {
            return Some(Class::Place);
        }
        let sort = SORTS_OF_NAME.has(third) || NAME.has(second) && third.is_empty();
        let named = NAME.has(second) && sort && (IS.has(first) || matches!(first, ":" | "?"));
        let small = first.starts_with(char::is_lowercase);
        let kin =
            small && KIN.has(first) && POSSESSIVES.has(second) || IS.has(second) && CALL.has(first) && KIN.has(third);
        let called = first == "me" && CALL.has(second);
        let quoted = SAYING.has(first) && matches!(second, "\"" | "\u{201d}" | "," | "'") && self.is_rare(index);
        if title || named || !shouted && (kin || called || quoted) {
            return Some(Class::Person);
        }
        if self.block.get(index).is_some_and(|token| token.has(form::FIRST)) {
            return None;
        }
        let lives = LIVING.has(second) || BETWEEN.has(second) && LIVING.has(third);
        let comes = first == "from" && COMING.has(second) || first == "in" && HERE.has(second);
        if TOWARDS.has(first) && lives || first == "of" && KINDS_OF_PLACE.has(second) || comes {
            return Some(Class::Place);
        }
        if GIVING.has(first) && THEIRS.has(self.word(index + 1)) && self.is_rare(index) {
            return Some(Class::Person);
        }
        let works = EMPLOYERS.has(first) && WORKING.has(second) || first == "by" && second == "employed";
        let person = index.checked_sub(2).is_some_and(|before| self.class(before) == Some(Class::Person));
        let from = matches!(first, "at" | "from" | "of") && person;
        (works || from || first == "of" && (OFFICES.has(second) || COMPANYS.has(second))).then_some(Class::Organization)
    }

    /// What the words after the words of one name say it is.
    fn told(&self, start: usize, end: usize) -> Option<Class> {
        let [first, second] = [0, 1].map(|step| self.word(end + step));
        let kind = (2..6).map(|step| self.word(end + step)).take_while(|word| word.starts_with(char::is_alphabetic));
        if COMPANYS.has(first)
            || first == "is" && matches!(second, "a" | "an" | "the") && kind.into_iter().any(|w| COMPANIES.has(w))
        {
            return Some(Class::Organization);
        }
        let does = DOING.has(first) || BEGINNING.has(first) && CALLINGS.has(second);
        (does && (start..end).all(|index| self.is_rare(index) || self.is_initial(index))).then_some(Class::Person)
    }

    /// A name that the words after it tell.
    fn by_words_after(&mut self, index: usize) -> bool {
        let goes_on =
            index > 0 && (self.is_name(index - 1) && self.is_unknown(index - 1) || self.is_initial(index - 1));
        if goes_on || !self.is_free(index) || !self.is_name(index) || !self.is_unknown(index) {
            return false;
        }
        let end =
            (index..index + LONGEST).take_while(|at| self.is_free(*at) && (self.is_name(*at) || self.is_initial(*at)));
        let end = end.last().map_or(index, |last| last + 1);
        let Some(class) = self.told(index, end) else { return false };
        self.mark(index..end, class, SHARE);
        true
    }

    /// Whether the word is no other word: where a sentence begins every word has a capital.
    fn is_unknown(&self, index: usize) -> bool {
        let Some(token) = self.block.get(index) else { return false };
        !token.has(form::FIRST) || lists::common(token.lists) < COMMON - 1
    }

    /// `Hdscores Inc`: the words before what companies are by law.
    fn by_legal_form(&mut self, index: usize) -> bool {
        let word = self.word(index);
        let written = self.block.get(index).is_some_and(|token| token.has(form::CAPITAL));
        let by_periods = written && LEGAL_WITH_PERIODS.has(word);
        let co = word.starts_with("Co") && word.trim_end_matches('.') == "Co" && AND.has(self.back(index, 1));
        if !(by_periods || co || written && LEGAL.has(word.trim_end_matches('.'))) {
            return false;
        }
        let mut start = index - usize::from(index > 0 && self.back(index, 1) == ",");
        for _ in 0..LONGEST {
            let Some(before) = start.checked_sub(1) else { break };
            // "Traci Warner Broadband Services, Inc.": a person before other words is somebody else.
            let person = |index: usize| self.class(index) == Some(Class::Person);
            if person(before) && start + 1 < index && !person(start) {
                break;
            } else if self.is_name(before) || self.is_initial(before) && before > 0 {
                start = before;
            } else if AND.has(self.word(before)) && before.checked_sub(1).is_some_and(|first| self.is_name(first)) {
                start = before - 1;
            } else {
                break;
            }
        }
        if start == index || !self.is_name(start) {
            return false;
        }
        self.mark(start..index + 1, Class::Organization, SHARE);
        true
    }

    /// Whether a person's name ends directly before that word.
    fn is_after_person(&self, index: usize) -> bool {
        index.checked_sub(1).and_then(|before| self.class(before)) == Some(Class::Person)
    }

    /// Whether a person's name so far is a first name, or ends with an initial.
    fn is_after_forename(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1).filter(|_| self.is_after_person(index)) else { return false };
        let listed = self.block.get(before).is_some_and(|token| token.lists & lists::FORENAME != 0);
        let first = |index: usize| self.label(index).is_some_and(|label| label.begins);
        let titled = before.checked_sub(1).is_some_and(|title| TITLES.has(self.word(title)));
        self.is_initial(before) || titled || listed && (first(before) || before.checked_sub(1).is_some_and(first))
    }

    /// The rest of a name whose first words were found, and the next of people who are listed.
    fn goes_on(&mut self, index: usize) -> bool {
        if !self.is_free(index) {
            return false;
        }
        if self.is_after_forename(index) {
            let end = self.rest_of_name(index);
            self.join(index..end);
            return end > index;
        }
        let listed = AND.has(self.back(index, 1)) && index.checked_sub(1).is_some_and(|and| self.is_after_person(and));
        if listed && self.is_rare(index) {
            self.mark(index..self.run(index, Class::Person), Class::Person, SHARE);
            return true;
        }
        false
    }

    /// The end of the words at `index` that finish the name before them: `Ukkonen`, `J. Paavolainen`, `van de Noort`; `index` when none do.
    fn rest_of_name(&self, index: usize) -> usize {
        let shouts = |index: usize| self.block.get(index).is_some_and(|token| token.has(form::SHOUTED));
        let before = index.saturating_sub(1);
        if self.is_rare(index) && (shouts(index) == shouts(before) || self.is_initial(before)) {
            return index + 1;
        }
        if self.is_initial(index) && self.is_rare(index + 1) && self.is_free(index + 1) {
            return index + 2;
        }
        let small = (0..2).take_while(|step| INSIDE.has(self.word(index + step))).count();
        let person = self.class(index + small) == Some(Class::Person) || self.is_rare(index + small);
        if small > 0 && person { index + small + 1 } else { index }
    }

    /// Makes the words part of the person's name before them.
    fn join(&mut self, tokens: Range<usize>) {
        for label in self.labels.iter_mut().take(tokens.end).skip(tokens.start) {
            *label = Some(Label { class: Class::Person, share: SHARE, begins: false });
        }
    }

    /// The first words of a name whose last ones were found, and people who are listed before others.
    fn goes_back(&mut self, index: usize) -> bool {
        let Some(token) = self.block.get(index).filter(|_| self.is_free(index) && self.is_rare(index)) else {
            return false;
        };
        let begins = |index: usize| self.label(index).is_some_and(|l| l.class == Class::Person && l.begins);
        let listed = token.lists & lists::FORENAME != 0 && lists::common(token.lists) == 0;
        if begins(index + 1) {
            if !listed || token.has(form::SHOUTED) {
                return false;
            }
            self.mark(index..index + 1, Class::Person, SHARE);
            self.labels.iter_mut().skip(index + 1).take(1).flatten().for_each(|label| label.begins = false);
            return true;
        }
        if !begins(index + 2) || index > 0 && self.is_name(index - 1) {
            return false;
        }
        let next = (index + 3..self.block.len()).find(|next| self.class(*next) != Some(Class::Person) || begins(*next));
        let more = next.is_some_and(|next| begins(next + 1) && (self.word(next) == "," || AND.has(self.word(next))));
        let joined = AND.has(self.word(index + 1)) || self.word(index + 1) == "," && more;
        if joined {
            self.mark(index..index + 1, Class::Person, SHARE);
        }
        joined
    }

    /// Writes the names that the labels tell.
    fn names(&self, names: &mut Vec<Name>) {
        names.clear();
        for (index, label) in self.labels.iter().enumerate() {
            let Some(Label { class, share, begins }) = *label else { continue };
            match names.last_mut() {
                Some(last) if last.class == class && last.tokens.end == index && !begins => {
                    last.tokens.end = index + 1;
                    last.share = last.share.max(share);
                }
                Some(_) | None => names.push(Name { class, tokens: index..index + 1, share }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::model::Model;
    use crate::names::tagger::{Blocks, Tagger};

    fn names(text: &str) -> Vec<(Class, &str)> {
        let mut tagger = Tagger::new(Model::shipped().unwrap(), 2.0);
        let (mut blocks, mut block, mut all) = (Blocks::new(text), Vec::new(), Vec::new());
        while blocks.read(tagger.tables(), &mut block) {
            let mut names = Vec::new();
            tagger.tag(&block, |name| names.push(name));
            apply(text, &block, Language::English, &mut names);
            all.extend(
                names
                    .into_iter()
                    .map(|name| (name.class, &text[block[name.tokens.start].start..block[name.tokens.end - 1].end])),
            );
        }
        all
    }

    #[test]
    fn what_stands_before_a_name_tells_it() {
        let cases: [(&str, Class, &str); 15] = [
            ("Where: Erwetegem", Class::Place, "Erwetegem"),
            ("She is from Cloudmadeq", Class::Place, "Cloudmadeq"),
            ("He had given Thadeusq his address", Class::Person, "Thadeusq"),
            ("Vizqueno lives on the hill", Class::Person, "Vizqueno"),
            ("The Clean Power Finance office is closed", Class::Organization, "Clean Power Finance"),
            ("Digitalix is a design agency based in Ulm", Class::Organization, "Digitalix"),
            ("Then Ms. Roefs came", Class::Person, "Roefs"),
            ("My name is Ludmiła Wrzosk", Class::Person, "Ludmiła Wrzosk"),
            ("my name is vitoria", Class::Person, "vitoria"),
            ("I remove my kid Tadzio from the will", Class::Person, "Tadzio"),
            ("What is your last name? Qorbani", Class::Person, "Qorbani"),
            ("My friend lives in Hvammstangi", Class::Place, "Hvammstangi"),
            ("We moved here from Gondregnies", Class::Place, "Gondregnies"),
            ("I work for Thinknum these days", Class::Organization, "Thinknum"),
            ("She left Hdscores Inc. in May", Class::Organization, "Hdscores Inc"),
        ];
        for (text, class, name) in cases {
            assert!(names(text).contains(&(class, name)), "in `{text}`: {:?}", names(text));
        }
    }

    #[test]
    fn names_are_whole() {
        let cases = [
            ("We saw Hanna Ukkonen there", "Hanna Ukkonen"),
            ("We saw Maria van de Qoorth there", "Maria van de Qoorth"),
            ("I met Šušulić and Brown", "Šušulić"),
        ];
        for (text, name) in cases {
            assert!(names(text).contains(&(Class::Person, name)), "in `{text}`: {:?}", names(text));
        }
    }

    #[test]
    fn other_words_stay() {
        let texts = [
            "my name is not important",
            "There is a company. Yesterday is a day",
            "They gave away her things and lives go on",
            "call me tomorrow",
            "it is based in part on what we work for",
            "Mobile: 12, Address: 3",
            "the Dr was in, the sir too",
            "we moved from May to June",
            "",
        ];
        for text in texts {
            assert_eq!(names(text), [], "in `{text}`");
        }
    }
}
