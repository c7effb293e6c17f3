//! Builds the model's lexicon: lists of names, and counts of how words are written in much text.

use std::collections::HashMap;

use super::super::model::{lists, slot_of};
use super::super::tokens::{Tokens, form, hash_of};

/// How often a word was written in small letters, and with a capital inside a sentence.
#[derive(Clone, Copy, Default)]
struct Count {
    small: u32,
    capital: u32,
}

/// Collects what the lexicon will say, by hashes of words.
#[derive(Default)]
pub(super) struct Lexicon {
    lists: HashMap<u64, u16>,
    counts: HashMap<u64, Count>,
}

impl Lexicon {
    /// Puts every word into a list.
    pub fn list<'w>(&mut self, words: impl Iterator<Item = &'w str>, bit: u16) {
        for word in words.filter(|word| word.chars().count() > 1) {
            *self.lists.entry(hash_of(word)).or_default() |= bit;
        }
    }

    /// Puts names of places into their lists: those of one word whole, of the others the words.
    pub fn places<'w>(&mut self, places: impl Iterator<Item = &'w str>) {
        for place in places {
            let bit = if place.contains(' ') { lists::PLACE_PART } else { lists::PLACE };
            self.list(place.split(' ').filter(|word| word.len() > 2), bit);
        }
    }

    /// Counts the words of a text.
    pub fn count(&mut self, text: &str) {
        for token in Tokens::new(text).filter(|token| token.is_word() && !token.has(form::HANDLE | form::TAG)) {
            let count = self.counts.entry(token.word).or_default();
            if !token.has(form::CAPITAL | form::INNER) {
                count.small += 1;
            } else if !token.has(form::FIRST | form::SHOUTED) {
                count.capital += 1;
            }
        }
    }

    /// The table as the model file has it: every word in the first free slot from its own on.
    pub fn table(&self, slot_bits: u8) -> Vec<[u8; 4]> {
        let mut words: Vec<u64> = self.lists.keys().chain(self.counts.keys()).copied().collect();
        words.sort_unstable();
        words.dedup();
        let slots = 1_usize << slot_bits;
        let mut table = vec![[0; 4]; slots];
        // Words of lists first, then by how often they were seen: what does not fit is what matters least.
        let said = |word: &u64| self.said(*word);
        words.retain(|word| said(word) != 0);
        let seen = |word: &u64| self.counts.get(word).map_or(0, |count| count.small + count.capital);
        words.sort_by_key(|word| std::cmp::Reverse((seen(word) > 20, self.lists.contains_key(word), seen(word))));
        for word in words.iter().take(slots * 4 / 5) {
            let (start, mark) = slot_of(*word);
            let ([low, high], [a, b]) = (mark.to_le_bytes(), said(word).to_le_bytes());
            let free = (0..slots).map(|step| start.wrapping_add(step) & (slots - 1));
            let place =
                free.into_iter().find(|at| table.get(*at).is_some_and(|slot| slot[0] == 0 || slot[..2] == [low, high]));
            let slot = place.and_then(|at| table.get_mut(at)).filter(|slot| slot[0] == 0);
            slot.into_iter().for_each(|slot| *slot = [low, high, a, b]);
        }
        table
    }

    /// How many words the lexicon knows something about.
    pub fn len(&self) -> usize {
        let only_counted = self.counts.keys().filter(|word| !self.lists.contains_key(word) && self.said(**word) != 0);
        self.lists.len() + only_counted.count()
    }

    fn said(&self, word: u64) -> u16 {
        let listed = self.lists.get(&word).copied().unwrap_or_default();
        let Count { small, capital } = self.counts.get(&word).copied().unwrap_or_default();
        let common = match small {
            0 => 0,
            1..5 => 1,
            5..20 => 2,
            20..100 => 3,
            100..500 => 4,
            500..2_500 => 5,
            2_500..12_500 => 6,
            12_500.. => 7,
        };
        let written = match (capital * 10).checked_div(small + capital) {
            None => 0,
            Some(0) => 1,
            Some(1..6) => 2,
            Some(_) => 3,
        };
        // Words that were seen once or twice only are left out, unless a list has them.
        if listed == 0 && small + capital < 3 { 0 } else { listed | lists::counted(common, written) }
    }
}
