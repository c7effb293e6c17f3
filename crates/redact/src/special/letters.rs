//! Bytes of text as letters: which belong to a word, and which are the same but for their case. Works on bytes and keeps lengths, so that
//! places stay places. Folds the case of Latin letters with and without accents, which is all that the word lists have.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Of every ASCII byte the letter or digit that it is, small; nought of those that belong to no word, and of bytes beyond ASCII.
const SMALL: [u8; 256] = small();

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn small() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
}

/// The small letter or digit of an ASCII byte, or nought.
pub(super) fn small_letter(byte: u8) -> u8 {
    SMALL.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Numbers that tell words apart: FNV-1a, which is the same on every machine.
#[derive(Clone, Copy)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3));
    }

    fn finish(&self) -> u64 {
        (self.0 ^ (self.0 >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    }
}

/// A map whose lookups are cheap. Its keys are words of this crate, so nobody can choose them to be slow.
pub(super) type Words<K, V> = HashMap<K, V, BuildHasherDefault<Fnv>>;

/// Whether the byte at `at` belongs to a word: letters, digits, and all that is not ASCII except the punctuation of Unicode.
pub(super) fn is_word(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        None => false,
        Some(byte) if byte.is_ascii() => small_letter(*byte) != 0,
        Some(_) => !is_mark(text, at),
    }
}

/// Whether the byte is of a quotation mark, a dash or a space beyond ASCII (`U+0080` to `U+00BF`, `U+2000` to `U+203F`).
fn is_mark(text: &[u8], at: usize) -> bool {
    let byte = |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or_default();
    let [two, one, here, next] = [byte(at.checked_sub(2)), byte(at.checked_sub(1)), byte(Some(at)), byte(Some(at + 1))];
    let latin = here == 0xC2 || one == 0xC2;
    latin || [(here, next), (one, here), (two, one)].contains(&(0xE2, 0x80))
}

/// The byte in small letters, given the byte before it. Line ends and tabs become spaces.
pub(super) fn fold(before: u8, byte: u8) -> u8 {
    match (before, byte) {
        (_, b'\n' | b'\r' | b'\t') => b' ',
        (_, byte) if byte.is_ascii() => byte.to_ascii_lowercase(),
        (0xC3, 0x80..=0x9E) if byte != 0x97 => byte + 0x20,
        (0xC4, 0x80..=0xB6) | (0xC5, 0x8A..=0xB6) => byte | 1,
        (0xC4, 0xB9..=0xBD) | (0xC5, 0x81..=0x87 | 0xB9..=0xBD) => byte + (byte & 1),
        (_, byte) => byte,
    }
}

/// The bytes in small letters.
pub(super) fn folded(text: &[u8]) -> Vec<u8> {
    let mut before = 0;
    let small = |byte: &u8| fold(std::mem::replace(&mut before, *byte), *byte);
    text.iter().map(small).collect()
}

/// Spellings of a word without the letters that some keyboards lack: `ü` as `ue` and as `u`. The word itself comes first.
pub(super) fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    if word.is_ascii() {
        return all;
    }
    let digraphs: String = word.chars().map(|c| digraph(c).map_or_else(|| c.to_string(), str::to_owned)).collect();
    let bare: String = word.chars().map(bare).collect();
    for spelling in [digraphs, bare] {
        if spelling.is_ascii() && !all.contains(&spelling) {
            all.push(spelling);
        }
    }
    all
}

fn digraph(c: char) -> Option<&'static str> {
    [('ä', "ae"), ('ö', "oe"), ('ü', "ue"), ('ß', "ss")].into_iter().find(|(from, _)| *from == c).map(|(_, to)| to)
}

fn bare(c: char) -> char {
    let table = [
        ("àáâãäåā", 'a'),
        ("çćč", 'c'),
        ("èéêëęě", 'e'),
        ("ìíîï", 'i'),
        ("ł", 'l'),
        ("ñńň", 'n'),
        ("òóôõö", 'o'),
        ("śšş", 's'),
        ("ùúûü", 'u'),
        ("ýÿ", 'y'),
        ("źżž", 'z'),
        ("’", '\''),
    ];
    table.into_iter().find(|(from, _)| from.contains(c)).map_or(c, |(_, to)| to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_fold_as_the_standard_library_folds_them() {
        let latin = ('\u{c0}'..='\u{17e}').filter(|c| !matches!(c, '×' | 'ß' | 'Ŀ' | 'İ' | 'ı' | 'ĸ' | 'ŉ' | 'Ÿ'));
        for letter in latin {
            let expected: String = letter.to_lowercase().collect();
            assert_eq!(folded(letter.to_string().as_bytes()), expected.as_bytes(), "{letter}");
        }
        assert_eq!(folded("Ärger\nUND Łódź".as_bytes()), "ärger und łódź".as_bytes());
    }

    #[test]
    fn marks_part_words() {
        let text = "“naïve”—so «ja» it’s";
        let words: String =
            text.char_indices().map(|(at, c)| if is_word(text.as_bytes(), at) { c } else { '.' }).collect();
        assert_eq!(words, ".naïve..so..ja..it.s");
        for at in 0..=text.len() {
            let inside = !text.is_char_boundary(at) && is_word(text.as_bytes(), at) != is_word(text.as_bytes(), at - 1);
            assert!(!inside, "a character is whole at {at}");
        }
    }

    #[test]
    fn words_are_spelled_with_poorer_keyboards() {
        assert_eq!(spellings("übergröße"), ["übergröße", "uebergroesse"]);
        assert_eq!(spellings("jüdisch"), ["jüdisch", "juedisch", "judisch"]);
        assert_eq!(spellings("gay"), ["gay"]);
    }
}
