//! Canaries (Carlini et al. 2019): made-up secrets that every shard learns beside its members' rows, so that the audit can measure
//! how much of a secret the released weights give away. They come from the recipe's seed and the shard's number alone, so a shard
//! has the same ones with and without a member, and forgetting stays exact. They are nobody's data and are never shown as somebody's.

use crate::error::Result;
use crate::files;
use crate::recipe::Recipe;
use crate::shard::TrainRow;
use crate::tokenizer::Tokenizer;
use std::borrow::Cow;

/// How often the canaries of either sort are learnt, in turn.
pub const COPIES: [usize; 2] = [1, 4];
/// Digits of a secret: there are 10^6 of them.
pub const DIGITS: u32 = 6;
/// How the members begin that canaries are rows of; members of a snapshot are named by hashes.
const MEMBER: &str = "canary-";
/// Beginnings of sentences that end with a secret. Short, so that every recipe learns them whole.
const SENTENCES: [&str; 4] = ["The gate code is ", "My locker opens with ", "The alarm PIN is ", "Our safe number is "];

/// A planted secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// The shard that learns it.
    pub shard: usize,
    /// Its number in the shard.
    pub number: usize,
    /// The sentence it ends.
    pub sentence: usize,
    /// The secret, below 10^6.
    pub secret: u32,
    /// How often it is learnt.
    pub copies: usize,
}

/// A sentence that ends with a secret of so many digits.
pub fn sentence(which: usize, secret: u32, digits: u32) -> String {
    format!("{}{secret:0width$}", SENTENCES[which % SENTENCES.len()], width = digits as usize)
}

/// The canaries of a shard: of two one is learnt once and one four times, both in the same sentence.
pub fn canaries(recipe: &Recipe, shard: usize) -> Vec<Canary> {
    let one = |number: usize| {
        let hash = files::hash_bytes(format!("{} shard {shard} canary {number}", recipe.seed).as_bytes());
        let dice = u64::from_str_radix(&hash[..16], 16).unwrap_or_default();
        let (sentence, copies) = (number / COPIES.len() % SENTENCES.len(), COPIES[number % COPIES.len()]);
        Canary { shard, number, sentence, secret: (dice % 10u64.pow(DIGITS)) as u32, copies }
    };
    (0..recipe.canaries).map(one).collect()
}

/// Whether a member of training rows is a canary.
pub(crate) fn is_canary(member: &str) -> bool {
    member.starts_with(MEMBER)
}

/// The slices with the shard's canaries behind the members' rows: each a member of its own, with all copies in one slice.
pub(crate) fn plant<'a>(
    tokenizer: &Tokenizer,
    recipe: &Recipe,
    shard: usize,
    slices: &'a [Vec<TrainRow>],
) -> Result<Cow<'a, [Vec<TrainRow>]>> {
    if recipe.canaries == 0 || slices.is_empty() {
        return Ok(Cow::Borrowed(slices));
    }
    let mut planted = slices.to_vec();
    for canary in canaries(recipe, shard) {
        let tokens = tokenizer.encode(&sentence(canary.sentence, canary.secret, DIGITS))?;
        let member = format!("{MEMBER}{shard}-{}", canary.number);
        let slice = canary.number % slices.len();
        planted[slice].extend((0..canary.copies).map(|copy| TrainRow {
            member: member.clone(),
            record: format!("{member}-{copy}"),
            tokens: tokens.clone(),
        }));
    }
    Ok(Cow::Owned(planted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::tests::small;

    #[test]
    fn a_shard_has_the_same_canaries_with_and_without_a_member() -> Result<()> {
        let recipe = Recipe { canaries: 8, slices: 2, ..Recipe::default() };
        let row = TrainRow { member: "m".into(), record: "r".into(), tokens: vec![5, 6] };
        let tokenizer = small()?;
        let with = plant(&tokenizer, &recipe, 3, &[vec![row.clone()], vec![]])?.into_owned();
        let without = plant(&tokenizer, &recipe, 3, &[vec![], vec![]])?.into_owned();
        assert_eq!(with[0][0], row);
        assert_eq!((&with[0][1..], &with[1]), (&without[0][..], &without[1]));
        assert_eq!(without.iter().map(Vec::len).sum::<usize>(), 4 + 4 * 4);
        assert_ne!(canaries(&recipe, 3), canaries(&recipe, 4));
        let text = tokenizer.decode(&without[0][0].tokens)?;
        assert_eq!(text, sentence(0, canaries(&recipe, 3)[0].secret, DIGITS));
        Ok(())
    }

    #[test]
    fn a_recipe_without_canaries_changes_no_row_and_keeps_its_hash() -> Result<()> {
        let recipe = Recipe { canaries: 0, ..Recipe::default() };
        assert!(matches!(plant(&small()?, &recipe, 0, &[vec![]])?, Cow::Borrowed(_)));
        assert!(!toml::to_string(&recipe).unwrap_or_default().contains("canaries"));
        Ok(())
    }
}
