//! Numbers that an authority gave: one row a kind and country in the tables beside this file, one engine for all of them. A row says how the
//! number is written, how its check digits are computed and which words announce it; a number without a right check or, where the layout
//! is ordinary, without such a word is left alone.

mod accounts;
mod america;
mod asia;
mod beside;
mod check_asia;
mod check_europe;
mod check_world;
mod context;
mod engine;
mod europe_east;
mod europe_north;
mod europe_south;
mod europe_west;
mod everywhere;
mod free;
mod gap;
mod id_cards;
mod numbers;
mod numbers_world;
mod papers;
mod plates;
mod postal;
mod shapes;
mod split;
mod taxes;
mod vat;

use super::{Page, Recognizer};
use crate::finding::Finding;
use crate::kind::Kind;

/// How one kind of number is written and told from others.
///
/// In layouts `9` is a digit, `A` a letter, `X` either; a space, hyphen, dot, slash or parenthesis stands for itself. A
/// rule with one of the layouts of `free.rs` has numbers of any groups and no other layout.
pub struct Rule {
    /// What the number is.
    pub kind: Kind,
    /// Layouts that are believed without a word, when the check is right and letters are capitals.
    pub sure: &'static [&'static str],
    /// Layouts that are believed next to one of `words`.
    pub near: &'static [&'static str],
    /// Whether letters and digits of the number, in upper case, are right: check digits, ranges, dates.
    pub check: fn(&str) -> bool,
    /// Words that announce the number, in lower case, with spaces for hyphens and underscores.
    pub words: &'static [&'static str],
    /// Texts in which the part between braces must be found.
    pub hits: &'static [&'static str],
    /// Texts in which nothing of this kind must be found.
    pub misses: &'static [&'static str],
}

/// Every rule, in the order of the tables.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let tables = [
        everywhere::RULES,
        id_cards::RULES,
        numbers::RULES,
        numbers_world::RULES,
        accounts::RULES,
        papers::RULES,
        plates::RULES,
        postal::RULES,
        america::RULES,
        europe_west::RULES,
        vat::RULES,
        taxes::RULES,
        europe_north::RULES,
        europe_south::RULES,
        europe_east::RULES,
        asia::RULES,
    ];
    tables.into_iter().flatten()
}

pub(crate) use check_world::vin as is_vin;
pub(crate) use engine::{has_check, is_right_anywhere};
pub(crate) use free::made_up;

/// Recognizes numbers that an authority gave.
pub struct Ids;

impl Recognizer for Ids {
    fn kinds(&self) -> &'static [Kind] {
        engine::kinds()
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let from = findings.len();
        engine::find(page, findings);
        if findings.len() > from {
            beside::accounts(page, from, findings);
        }
    }
}

/// The letters and digits of the number of a vehicle.
const VIN_LENGTH: usize = 17;

/// For numbers without check digits.
fn anything(_: &str) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::mismatch;

    #[test]
    fn every_rule_finds_its_hits_and_leaves_its_misses() {
        let mut wrong = Vec::new();
        for rule in rules() {
            assert!(rule.hits.len() >= 3 && rule.misses.len() >= 3, "{} needs three samples of each", rule.kind);
            assert!(rule.hits.iter().all(|hit| hit.contains('{')), "{} marks its hits", rule.kind);
            assert!(rule.misses.iter().all(|miss| !miss.contains('{')), "{} does not mark misses", rule.kind);
            wrong.extend(rule.hits.iter().chain(rule.misses).filter_map(|sample| mismatch(&Ids, rule.kind, sample)));
        }
        assert_eq!(wrong, [""; 0], "{} samples are wrong", wrong.len());
    }

    #[test]
    fn words_are_written_as_the_context_is() {
        for word in rules().flat_map(|rule| rule.words) {
            let plain = word.to_lowercase().replace(['-', '_'], " ");
            assert_eq!(*word, plain);
        }
    }
}
