//! What the model looks at: the word, its form, its lists and its neighbors, as numbers of rows of weights. Changing anything here makes
//! every trained model worthless: raise the version in `model.rs` and train again.

use super::model::{Cluster, lists};
use super::tokens::{Token, form, mix};

/// How the letters of a block are written, which changes what a capital tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Writing {
    /// Small letters only.
    #[default]
    Small,
    /// As usual.
    Mixed,
    /// Capitals nearly everywhere.
    Capitals,
}

impl Writing {
    /// How the words of a block are written.
    pub fn of(tokens: &[Token]) -> Self {
        let words = tokens.iter().filter(|token| token.is_word() && !token.has(form::HANDLE | form::TAG));
        let (mut all, mut capital) = (0_usize, 0_usize);
        for word in words {
            all += 1;
            capital += usize::from(word.has(form::CAPITAL));
        }
        match capital {
            0 => Writing::Small,
            _ if capital * 3 > all * 2 => Writing::Capitals,
            _ => Writing::Mixed,
        }
    }
}

/// A token's neighborhood: two before, itself, two after. Beyond the ends of a block stand empty tokens.
#[derive(Clone, Copy)]
pub(super) struct Window<'t>(pub [&'t Token; 5]);

/// Stands where a block has no token.
pub(super) static NOTHING: Token = Token {
    start: 0,
    end: 0,
    word: 77,
    head: 0,
    tail: 0,
    form: 0,
    lists: 0,
    clusters: [Cluster::NONE; 2],
    mark: 0,
    length: 0,
    letters: [0; 12],
};

impl<'t> Window<'t> {
    /// The neighborhood of `tokens[index]`.
    pub fn around(tokens: &'t [Token], index: usize) -> Self {
        let at = |index: Option<usize>| index.and_then(|index| tokens.get(index)).unwrap_or(&NOTHING);
        Self([
            at(index.checked_sub(2)),
            at(index.checked_sub(1)),
            at(Some(index)),
            at(Some(index + 1)),
            at(Some(index + 2)),
        ])
    }
}

/// The form with the mark and the length, as one number.
fn shape(token: &Token) -> u64 {
    let length = token.length.min(9);
    u64::from(token.form & !(form::FIRST | form::LINE)) | u64::from(token.mark) << 16 | u64::from(length) << 24
}

/// The case alone.
fn case(token: &Token) -> u64 {
    u64::from(token.form & (form::CAPITAL | form::SHOUTED | form::INNER | form::SINGLE | form::TAG))
        | u64::from(token.mark) << 16
}

fn names(token: &Token) -> u64 {
    u64::from(token.lists & lists::NAMES)
}

/// How many first steps of a path to a cluster are looked at, and of which length a path must be more for that.
const STEPS: [(u32, u32); 4] = [(4, 0), (6, 4), (10, 6), (24, 10)];

fn cluster(token: &Token) -> u64 {
    u64::from(token.clusters[0].code())
}

/// Calls `add` with the number of every row that speaks about the middle token. The flag says that the row knows the very word, which
/// training hides at times so that the model learns from what stands around it.
pub(super) fn each(window: Window<'_>, writing: Writing, row_bits: u32, mut add: impl FnMut(usize, bool)) {
    let Window([before2, before, token, after, after2]) = window;
    let mut feature = |name: u64, value: u64, exact: bool| {
        let hash = (value ^ name.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        add((hash >> (64 - row_bits)) as usize, exact);
    };
    let first = u64::from(token.form & (form::FIRST | form::LINE));
    let writing = writing as u64;
    let (word, own_shape, own_case) = (token.word, shape(token), case(token));
    let lists = u64::from(token.lists);
    let [c1, c2, c3, c4] = token.head.to_le_bytes();

    feature(0, first << 8 | writing, false);
    feature(1, word, true);
    feature(2, mix(word) ^ own_case, true);
    feature(3, own_shape, false);
    feature(4, own_shape ^ writing << 40 | first << 44, false);
    feature(5, u64::from(c1) | u64::from(c2) << 8, true);
    feature(6, u64::from(c1) | u64::from(c2) << 8 | u64::from(c3) << 16, true);
    feature(7, u64::from(token.head) | u64::from(c4) << 32, true);
    feature(8, u64::from(token.tail & 0xffff), false);
    feature(9, u64::from(token.tail & 0xff_ffff), false);
    feature(10, u64::from(token.tail), true);

    feature(11, before.word, false);
    feature(12, after.word, false);
    feature(13, before2.word, false);
    feature(14, after2.word, false);
    feature(15, shape(before), false);
    feature(16, shape(after), false);
    feature(17, mix(before.word) ^ own_case, false);
    feature(18, mix(after.word) ^ own_case, false);
    feature(19, mix(before.word) ^ word, true);
    feature(20, mix(word) ^ after.word, true);
    feature(21, mix(before2.word) ^ before.word, false);
    feature(22, mix(after.word) ^ after2.word, false);
    feature(23, mix(case(before) ^ mix(own_case)) ^ case(after), false);
    feature(24, mix(case(before2) ^ mix(case(before))) ^ own_case, false);

    feature(25, lists | own_case << 16, false);
    feature(26, lists | first << 16 | writing << 40, false);
    feature(27, names(token) | u64::from(before.lists) << 16, false);
    feature(28, names(token) | u64::from(after.lists) << 16, false);
    feature(29, names(before) | names(token) << 8 | names(after) << 16 | own_case << 24, false);
    feature(30, mix(names(token) | case(before) << 16 | case(after) << 40) ^ own_case, false);
    feature(31, mix(before.word) ^ names(token), false);
    feature(32, mix(after.word) ^ names(token), false);
    feature(33, names(before2) | names(before) << 8 | own_case << 24, false);
    feature(34, names(after) | names(after2) << 8 | own_case << 24, false);
    feature(35, u64::from(before.tail & 0xff_ffff), false);
    feature(36, u64::from(after.tail & 0xff_ffff), false);

    for (place, token) in [token, before, after].into_iter().enumerate() {
        let [path, _] = token.clusters;
        for (at, (steps, _)) in STEPS.iter().enumerate().filter(|(_, (_, above))| path.length() > *above) {
            feature(40 + 4 * place as u64 + at as u64, u64::from(path.first(*steps)), false);
        }
    }
    let [_, otherwise] = token.clusters;
    feature(52, cluster(token) ^ own_case << 40, false);
    feature(53, mix(cluster(before)) ^ cluster(token), false);
    feature(54, mix(cluster(token)) ^ cluster(after), false);
    feature(55, mix(cluster(before)) ^ cluster(after) ^ own_case << 40, false);
    feature(56, u64::from(otherwise.code()), false);
    feature(57, lists >> 4 | own_case << 16 | first << 40, false);
    for letters in token.letters.windows(3).take(usize::from(token.length).saturating_sub(2)) {
        feature(37, letters.iter().fold(0, |value, letter| value << 8 | u64::from(*letter)), true);
    }
}
