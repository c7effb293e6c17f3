//! From scores to names: sums over all ways to label an island of words, so that each word gets the share of each label. Linear in the
//! island; islands are short.

use super::model::LABELS;

/// What a name can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A person.
    Person,
    /// A place.
    Place,
    /// An organization.
    Organization,
}

impl Class {
    /// All, in the order of their labels: 0 is no name, then two labels each, for the first word and for further ones.
    pub const ALL: [Class; 3] = [Class::Person, Class::Place, Class::Organization];

    /// The label of the first word; that of further words is one more.
    pub fn label(self) -> usize {
        self as usize * 2 + 1
    }
}

/// How much of each label a word has: factors before decoding, shares after it.
pub(super) type Shares = [f32; LABELS];

/// Whether a label can follow another: only names that have begun go on.
#[cfg(any(test, feature = "train"))]
pub(super) fn can_follow(from: usize, to: usize) -> bool {
    to < 7 && from < 7 && (to == 0 || to % 2 == 1 || from == to || from + 1 == to)
}

/// Scratch space that is used again.
#[derive(Default)]
pub(super) struct Lattice {
    forward: Vec<Shares>,
}

fn total(shares: &Shares) -> f32 {
    shares.iter().sum::<f32>().max(f32::MIN_POSITIVE)
}

impl Lattice {
    /// Turns the factors of an island into shares. Before and after it stand words that are no names.
    pub fn shares(&mut self, factors: &mut [Shares], moves: &[Shares; LABELS]) {
        self.forward.clear();
        let mut last: Shares = [0.0; LABELS];
        last[0] = 1.0;
        for factor in factors.iter() {
            let mut next: Shares = [0.0; LABELS];
            for (share, row) in last.iter().zip(moves) {
                next.iter_mut().zip(row).for_each(|(next, step)| *next += share * step);
            }
            next.iter_mut().zip(factor).for_each(|(next, factor)| *next *= factor);
            let scale = 1.0 / total(&next);
            next.iter_mut().for_each(|next| *next *= scale);
            self.forward.push(next);
            last = next;
        }
        let mut backward: Shares = std::array::from_fn(|label| moves.get(label).map_or(0.0, |row| row[0]));
        for (factor, forward) in factors.iter_mut().zip(&self.forward).rev() {
            let shares: Shares = std::array::from_fn(|label| at(forward, label) * at(&backward, label));
            let ahead: Shares = std::array::from_fn(|label| at(factor, label) * at(&backward, label));
            let scale = 1.0 / total(&shares);
            *factor = shares.map(|share| share * scale);
            let scale = 1.0 / total(&ahead);
            let step = |row: &Shares| row.iter().zip(&ahead).map(|(step, ahead)| step * ahead).sum::<f32>() * scale;
            backward = std::array::from_fn(|label| moves.get(label).map_or(0.0, step));
        }
    }
}

#[cfg(feature = "train")]
impl Lattice {
    /// How often each move is expected in the island whose shares were computed last.
    pub fn pairs(&self, factors: &[Shares], moves: &[Shares; LABELS]) -> [Shares; LABELS] {
        let mut expected = [[0.0; LABELS]; LABELS];
        let mut ahead: Shares = std::array::from_fn(|label| if label == 0 { 1.0 } else { 0.0 });
        let mut start: Shares = [0.0; LABELS];
        start[0] = 1.0;
        for index in (0..=factors.len()).rev() {
            let before = index.checked_sub(1).and_then(|before| self.forward.get(before)).unwrap_or(&start);
            let mut pairs = [[0.0; LABELS]; LABELS];
            let mut sum = 0.0;
            for ((pairs, share), row) in pairs.iter_mut().zip(before).zip(moves) {
                for ((pair, step), ahead) in pairs.iter_mut().zip(row).zip(&ahead) {
                    *pair = share * step * ahead;
                    sum += *pair;
                }
            }
            for (expected, pairs) in expected.iter_mut().flatten().zip(pairs.iter().flatten()) {
                *expected += pairs / f32::max(sum, f32::MIN_POSITIVE);
            }
            let Some(factor) = index.checked_sub(1).and_then(|before| factors.get(before)) else { continue };
            let back: Shares = moves.map(|row| row.iter().zip(&ahead).map(|(step, ahead)| step * ahead).sum());
            let next: Shares = std::array::from_fn(|label| at(factor, label) * at(&back, label));
            let scale = 1.0 / total(&next);
            ahead = next.map(|share| share * scale);
        }
        expected
    }
}

fn at(shares: &Shares, label: usize) -> f32 {
    shares.get(label).copied().unwrap_or_default()
}

/// The share of a class in a word, and whether a name begins there.
pub(super) fn share_of(shares: &Shares, class: Class) -> (f32, bool) {
    let (begins, goes_on) = (at(shares, class.label()), at(shares, class.label() + 1));
    (begins + goes_on, begins >= goes_on)
}

/// The class with the largest share, if any has more than being no name.
pub(super) fn class_of(shares: &Shares) -> Option<(Class, f32, bool)> {
    let mut best = None;
    let mut most = at(shares, 0);
    for class in Class::ALL {
        let (share, begins) = share_of(shares, class);
        if share > most {
            most = share;
            best = Some((class, share, begins));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves() -> [Shares; LABELS] {
        std::array::from_fn(|from| std::array::from_fn(|to| if can_follow(from, to) { 1.0 } else { 0.0 }))
    }

    #[test]
    fn shares_add_up_and_follow_the_factors() {
        let mut factors = vec![[1.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 9.0, 1.0, 1.0, 1.0, 1.0, 0.0]];
        Lattice::default().shares(&mut factors, &moves());
        for shares in &factors {
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
        let classes: Vec<_> =
            factors.iter().map(|shares| class_of(shares).map(|(class, _, begins)| (class, begins))).collect();
        assert_eq!(classes, [Some((Class::Person, true)), Some((Class::Person, false))]);
    }

    #[test]
    fn a_name_never_goes_on_from_nothing() {
        let mut factors = vec![[1.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0]];
        Lattice::default().shares(&mut factors, &moves());
        assert_eq!(class_of(&factors[0]), None);
    }
}
