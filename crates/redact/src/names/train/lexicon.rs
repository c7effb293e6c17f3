//! Builds the model's lexicon: lists of names, and counts of how words are written in much text.

use std::collections::{BTreeSet, HashMap};

use super::super::model::{Cluster, Entry, SLOT, lists, slot_of};
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
    clustered: HashMap<u64, Clustered>,
    paths: BTreeSet<String>,
}

/// What much text of other authors tells of a word: how much more often it is in small letters, and its paths in the tree of clusters, in
/// small letters and with a capital.
struct Clustered {
    small: u16,
    paths: [String; 2],
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

    /// Takes in the words of a table: a word, the log probabilities of its two ways of writing times -10, their paths; `-` for none.
    pub fn cluster(&mut self, table: &str) {
        for line in table.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [word, small, capital, paths @ ..] = fields.as_slice() else { continue };
            let Some(paths) = paths.first_chunk::<2>() else { continue };
            let paths = paths.map(|path| if path == "-" { String::new() } else { path.to_owned() });
            self.paths.extend(paths.iter().filter(|path| !path.is_empty()).cloned());
            self.clustered.insert(hash_of(word), Clustered { small: compared(small, capital), paths });
        }
    }

    /// The clusters by their numbers; number 0 is none.
    pub fn clusters(&self) -> Vec<Cluster> {
        let step = |(at, step): (usize, u8)| u32::from(step == b'1') << at;
        let of = |path: &String| Cluster::new(path.bytes().enumerate().map(step).sum(), path.len() as u32);
        std::iter::once(Cluster::NONE).chain(self.paths.iter().map(of)).collect()
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
    pub fn table(&self, slot_bits: u8) -> Vec<[u8; SLOT]> {
        let slots = 1_usize << slot_bits;
        let mut table = vec![[0; SLOT]; slots];
        // Words of lists first, then by how often they were seen: what does not fit is what matters least.
        let mut entries = self.entries();
        let seen = |word: &u64| self.counts.get(word).map_or(0, |count| count.small + count.capital);
        entries
            .sort_by_key(|(word, _)| std::cmp::Reverse((seen(word) > 20, self.lists.contains_key(word), seen(word))));
        for (word, entry) in entries.iter().take(slots * 4 / 5) {
            let (start, mark) = slot_of(*word);
            let ([low, high], [a, b, c, d]) = (mark.to_le_bytes(), entry.write());
            let free = (0..slots).map(|step| start.wrapping_add(step) & (slots - 1));
            let place =
                free.into_iter().find(|at| table.get(*at).is_some_and(|slot| slot[0] == 0 || slot[..2] == [low, high]));
            let slot = place.and_then(|at| table.get_mut(at)).filter(|slot| slot[0] == 0);
            slot.into_iter().for_each(|slot| *slot = [low, high, a, b, c, d]);
        }
        table
    }

    /// The words that the lexicon knows something about, by their hashes.
    pub fn entries(&self) -> Vec<(u64, Entry)> {
        let known = self.lists.keys().chain(self.counts.keys()).chain(self.clustered.keys());
        let words: BTreeSet<u64> = known.copied().collect();
        let numbers: HashMap<&str, u16> = self.paths.iter().map(String::as_str).zip(1..).collect();
        let entries = words.into_iter().map(|word| (word, self.said(word, &numbers)));
        entries.filter(|(_, entry)| *entry != Entry::default()).collect()
    }

    fn said(&self, word: u64, numbers: &HashMap<&str, u16>) -> Entry {
        let Some(Clustered { small, paths }) = self.clustered.get(&word) else {
            return Entry { lists: self.counted(word, 0), ..Entry::default() };
        };
        let [low, high] = paths.each_ref().map(|path| numbers.get(path.as_str()).copied().unwrap_or_default());
        Entry { lists: self.counted(word, *small), small: low, capital: high }
    }

    fn counted(&self, word: u64, small_rather: u16) -> u16 {
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
        let (common, written) = if listed == 0 && small + capital < 3 { (0, 0) } else { (common, written) };
        listed | lists::counted(common, written, small_rather)
    }
}

/// How much more often a word is in small letters than with a capital, by its log probabilities times -10: 0 not known, 1 to 7.
fn compared(small: &str, capital: &str) -> u16 {
    // What was never seen is rarer than all that was.
    let [small, capital] = [small, capital].map(|value| value.parse::<i32>().unwrap_or(230));
    match capital - small {
        ..-30 => 1,
        -30..-15 => 2,
        -15..-5 => 3,
        -5..5 => 4,
        5..15 => 5,
        15..30 => 6,
        30.. => 7,
    }
}
