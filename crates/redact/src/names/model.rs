//! The name model's file: a lexicon of words and a table of weights, read in place. Any bytes of the right length are a model; wrong ones
//! are an error, never a panic.

use std::borrow::Cow;
use std::sync::LazyLock;

/// The first bytes of a model file; the digit is the version of its layout and of the features.
pub(super) const MAGIC: &[u8; 16] = b"candor/names/v2\n";
/// Bytes before the tables: the magic, the sizes, the moves between labels and the clusters.
pub(super) const HEAD: usize = CLUSTERS_AT + CLUSTERS * 4;
const CLUSTERS_AT: usize = 16 + 8 + LABELS * LABELS * 2;
/// The most clusters of words, with number 0 for no cluster.
pub(super) const CLUSTERS: usize = 1024;
/// Bytes of a slot of the lexicon: the mark of a word, then what is said about it.
pub(super) const SLOT: usize = 6;
/// Labels, with one to spare so that a row of weights has eight bytes.
pub(super) const LABELS: usize = 8;
/// What one step of a weight is worth, in natural logarithms of odds.
pub(super) const STEP: f32 = 1.0 / 20.0;
/// The weight of a move that cannot be.
pub(super) const NEVER: i16 = i16::MIN;

/// The shipped model.
static SHIPPED: &[u8] = include_bytes!("../../data/names.model");
static MODEL: LazyLock<Option<Model>> = LazyLock::new(|| Model::read(Cow::Borrowed(SHIPPED)));

/// What the lexicon says about a word: lists it stands in, how common it is and how it is written.
pub(super) mod lists {
    /// A first name.
    pub const FORENAME: u16 = 1;
    /// A family name.
    pub const SURNAME: u16 = 1 << 1;
    /// The whole name of a place.
    pub const PLACE: u16 = 1 << 2;
    /// A part of the name of a place.
    pub const PLACE_PART: u16 = 1 << 3;
    /// Any of the lists of names.
    pub const NAMES: u16 = FORENAME | SURNAME | PLACE | PLACE_PART;

    /// How common the word is in small letters, from 0 (never seen) to 7.
    pub fn common(lists: u16) -> u16 {
        lists >> 4 & 7
    }

    /// How often it has a capital inside sentences: 0 not known, 1 hardly, 2 sometimes, 3 mostly.
    pub fn capital(lists: u16) -> u16 {
        lists >> 7 & 3
    }

    /// Puts both into their bits, with how much more often the word is in small letters than with a capital in much text: 0 not known, 1
    /// hardly ever to 7 nearly always. The model's features alone look at that.
    #[cfg(feature = "train")]
    pub fn counted(common: u16, capital: u16, small: u16) -> u16 {
        common << 4 | capital << 7 | small << 9
    }

    /// Whether nothing but how the word is written in much text is known.
    pub fn is_unlisted(lists: u16) -> bool {
        lists & 0x1ff == 0
    }
}

/// A cluster of words that stand in like places (Brown et al. 1992), as the path to it in the tree of clusters: those that share more of
/// its beginning are more alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cluster(u32);

impl Cluster {
    /// From the steps of the path, the first in the lowest bit.
    #[cfg(feature = "train")]
    pub fn new(path: u32, length: u32) -> Self {
        Self(length << 24 | path & 0xff_ffff)
    }

    /// No cluster.
    pub const NONE: Self = Self(0);

    /// As the model file has it.
    pub fn code(self) -> u32 {
        self.0
    }

    /// The number of steps.
    pub fn length(self) -> u32 {
        self.0 >> 24
    }

    /// The first steps of the path, all of a shorter one.
    pub fn first(self, steps: u32) -> u32 {
        let steps = steps.min(self.length()).min(24);
        steps << 24 | self.0 & ((1 << steps) - 1)
    }
}

/// What the lexicon says about a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Bits of [`lists`].
    pub lists: u16,
    /// The number of its cluster when it is written in small letters.
    pub small: u16,
    /// The number of its cluster when it is written with a capital.
    pub capital: u16,
}

impl Entry {
    fn read(bytes: [u8; 4]) -> Self {
        let all = u32::from_le_bytes(bytes);
        let part = |from: u32, bits: u32| (all >> from & ((1 << bits) - 1)) as u16;
        Self { lists: part(0, 12), small: part(12, 10), capital: part(22, 10) }
    }

    /// As the model file has it.
    #[cfg(feature = "train")]
    pub fn write(self) -> [u8; 4] {
        let Self { lists, small, capital } = self;
        (u32::from(lists) | u32::from(small) << 12 | u32::from(capital) << 22).to_le_bytes()
    }
}

/// A model's tables.
pub(super) struct Model {
    bytes: Cow<'static, [u8]>,
    slots: usize,
    /// Weights of moves from label to label as factors.
    pub moves: [[f32; LABELS]; LABELS],
}

/// The tables of a model, ready to be looked up.
#[derive(Clone, Copy)]
pub(super) struct Tables<'m> {
    clusters: &'m [[u8; 4]],
    slots: &'m [[u8; SLOT]],
    rows: &'m [[u8; LABELS]],
    /// See [`Model::moves`].
    pub moves: &'m [[f32; LABELS]; LABELS],
}

impl Model {
    /// The model that is part of this crate.
    pub fn shipped() -> Option<&'static Model> {
        MODEL.as_ref()
    }

    /// Reads a model; none when the bytes are none.
    pub fn read(bytes: Cow<'static, [u8]>) -> Option<Model> {
        let head = bytes.strip_prefix(MAGIC)?;
        let (sizes, rest) = head.split_first_chunk::<8>()?;
        let [slot_bits, row_bits, ..] = *sizes;
        if slot_bits > 24 || row_bits > 24 {
            return None;
        }
        let (slots, rows) = (1_usize << slot_bits, 1_usize << row_bits);
        if bytes.len() != HEAD + slots * SLOT + rows * LABELS {
            return None;
        }
        let (weights, _) = rest.as_chunks::<2>();
        let mut weights = weights.iter().map(|weight| i16::from_le_bytes(*weight));
        let mut factor = || match weights.next() {
            None | Some(NEVER) => 0.0,
            Some(weight) => exp(f32::from(weight) * STEP),
        };
        let moves = std::array::from_fn(|_| std::array::from_fn(|_| factor()));
        Some(Model { bytes, slots, moves })
    }

    /// The tables.
    pub fn tables(&self) -> Tables<'_> {
        let clusters = self.bytes.get(CLUSTERS_AT..HEAD).unwrap_or_default();
        let tables = self.bytes.get(HEAD..).unwrap_or_default();
        let (slots, rows) = tables.split_at_checked(self.slots * SLOT).unwrap_or_default();
        Tables {
            clusters: clusters.as_chunks().0,
            slots: slots.as_chunks().0,
            rows: rows.as_chunks().0,
            moves: &self.moves,
        }
    }
}

/// Where the search for a word begins and the mark by which its slot is known.
pub(super) fn slot_of(word: u64) -> (usize, u16) {
    (word as usize, (word >> 44) as u16 | 1)
}

impl Tables<'_> {
    /// What the lexicon says about a word, by its hash.
    pub fn entry(&self, word: u64) -> Entry {
        let (start, mark) = slot_of(word);
        for step in 0..self.slots.len().min(64) {
            match self.slots.get(start.wrapping_add(step) & (self.slots.len() - 1)) {
                Some([low, high, said @ ..]) if u16::from_le_bytes([*low, *high]) == mark => {
                    return Entry::read(*said);
                }
                Some([0, ..]) | None => break,
                Some(_) => {}
            }
        }
        Entry::default()
    }

    /// The lists that a word stands in, by its hash.
    pub fn lists(&self, word: u64) -> u16 {
        self.entry(word).lists
    }

    /// The cluster of a number.
    pub fn cluster(&self, number: u16) -> Cluster {
        self.clusters.get(usize::from(number)).map_or(Cluster::NONE, |code| Cluster(u32::from_le_bytes(*code)))
    }

    /// How many bits number a row of weights.
    pub fn row_bits(&self) -> u32 {
        self.rows.len().trailing_zeros()
    }

    /// Adds a row of weights.
    pub fn add(&self, row: usize, sums: &mut [i32; LABELS]) {
        if let Some(weights) = self.rows.get(row) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += i32::from(*weight as i8);
            }
        }
    }
}

/// The exponential by plain arithmetic, so that every machine gets the same bits; right to about six digits.
pub(super) fn exp(x: f32) -> f32 {
    let x = x.clamp(-80.0, 80.0);
    let whole = (x * std::f32::consts::LOG2_E).round();
    let rest = x - whole * std::f32::consts::LN_2;
    let series = 1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * (1.0 / 120.0)))));
    let power = f32::from_bits(((whole as i32 + 127) as u32) << 23);
    series * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_can_be_read() {
        let model = Model::shipped().unwrap();
        let tables = model.tables();
        assert!(tables.row_bits() >= 10);
        assert!(SHIPPED.len() <= 5_000_000);
        let anna = tables.lists(super::super::tokens::hash_of("anna"));
        assert_eq!(anna & lists::FORENAME, lists::FORENAME);
    }

    #[test]
    fn other_bytes_are_no_model() {
        for bytes in [&b""[..], b"candor/names/v2\n", &[0; 999]] {
            assert!(Model::read(Cow::Owned(bytes.to_vec())).is_none());
        }
    }

    #[test]
    fn the_exponential_is_right() {
        for step in -400..=400 {
            let x = step as f32 / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-5, "{x}");
        }
    }
}
