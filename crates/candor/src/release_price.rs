//! What forgetting costs a release in quality: its held-out losses beside those of one adapter over all rows, which is learnt for the
//! comparison only. After a forgetting the figures of that one are taken over and marked, since learning it again is the whole
//! training that forgetting saves. What is measured is the business of `candor_ml::price`.

use crate::{
    output::{Step, grouped},
    platform::Platform,
    release_audit::Slices,
};
use anyhow::Result;
use candor_ml::{
    Base,
    joint::load_joint,
    price::{self, Measured, Price, Reference},
    progress::{Cancel, Progress},
    recipe::Recipe,
    shard::TrainRow,
    train::{Watch, has_rows, shard_folder},
};
use candor_store::ReleaseRow;
use std::path::Path;

/// What was trained, with what, and rows that were not.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The base under the adapters.
    pub base: &'a Base,
    /// The recipe that was followed.
    pub recipe: &'a Recipe,
    /// The rows of all shards.
    pub shards: &'a [Slices],
    /// Rows never learnt from.
    pub held_out: &'a [TrainRow],
}

/// Measures the adapters below `folder`. With `wanted` the reference is learnt too, unless the release that this one follows has it
/// and was made with the same recipe and base.
pub async fn measure(
    platform: &Platform,
    inputs: Inputs<'_>,
    folder: &Path,
    wanted: bool,
    earlier: Option<&ReleaseRow>,
) -> Result<Price> {
    let (base, recipe) = (inputs.base.clone(), inputs.recipe.clone());
    let (shards, held_out, folder) = (inputs.shards.to_vec(), inputs.held_out.to_vec(), folder.to_owned());
    let taken_over = earlier.map(|row| taken_over(row, &base, &recipe)).transpose()?.flatten();
    let learns = wanted && recipe.reference > 0.0 && taken_over.is_none();
    let step = Step::start("compare", 0, platform.quiet);
    tokio::task::spawn_blocking(move || {
        let joint = load_joint(&folder, &base)?;
        let learnt = shards.iter().enumerate().filter(|(_, slices)| has_rows(slices));
        let folders: Vec<_> = learnt.map(|(shard, _)| shard_folder(&folder, shard)).collect();
        let subject =
            Measured { base: &base, recipe: &recipe, folders: &folders, joint: joint.as_ref(), held_out: &held_out };
        let mut price = price::measure(subject)?;
        price.reference = taken_over;
        let work = folder.join("reference");
        if !learns && work.exists() {
            // A run that was killed left it.
            std::fs::remove_dir_all(&work)?;
        }
        if learns {
            let progress = |p: Progress| step.at(p.tokens, &format!("{} tokens of the reference", grouped(p.tokens)));
            let cancel = Cancel::new();
            let watch = Watch { progress: &progress, cancel: &cancel };
            price.reference = Some(price::reference(subject, &shards, recipe.reference, &work, watch)?);
        }
        step.done(&line(&price));
        Ok(price)
    })
    .await?
}

/// The reference of an earlier release made alike, marked as older than the forgetting.
fn taken_over(row: &ReleaseRow, base: &Base, recipe: &Recipe) -> Result<Option<Reference>> {
    if row.base != base.hash() || row.recipe != recipe.hash()? {
        return Ok(None);
    }
    let price = row.metrics.get("price").and_then(|value| serde_json::from_value::<Price>(value.clone()).ok());
    Ok(price.and_then(|price| price.reference).map(|found| Reference { before_forgetting: true, ..found }))
}

/// The price in one line.
pub fn line(price: &Price) -> String {
    let served = format!("held-out loss: base {:.3}, served {:.3}", price.base, price.served);
    let Some((reference, last)) = price.reference.as_ref().and_then(|r| Some((r, r.losses.last()?))) else {
        return format!("{served}; not compared with one adapter over all rows");
    };
    let rows = match reference.share < 1.0 {
        true => format!("{:.0} % of the rows", 100.0 * reference.share),
        false => "all rows".to_owned(),
    };
    let when = if reference.before_forgetting { ", measured before the last forgetting" } else { "" };
    let kept = price.kept().map_or(String::new(), |kept| format!("; {:.0} % of its gain is kept", 100.0 * kept));
    format!("{served}, one adapter over {rows} {last:.3}{when}{kept}")
}

/// Both curves as lines of a table, one a slice.
pub fn table(price: &Price) -> Vec<String> {
    let mut lines = vec!["  slice    shards  one adapter".to_owned()];
    for (slice, shards) in price.shards.iter().enumerate() {
        let one = price.reference.as_ref().and_then(|reference| reference.losses.get(slice));
        lines.push(format!(
            "  {:>5}  {shards:>8.3}  {:>11}",
            slice + 1,
            one.map_or("–".into(), |one| format!("{one:.3}"))
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_the_figure_is() {
        let price = |share, before_forgetting| Price {
            tokens: 9,
            base: 6.0,
            shards: vec![5.0, 4.6],
            served: 4.5,
            reference: Some(Reference { share, losses: vec![4.4, 4.0], before_forgetting }),
        };
        let cases = [
            (price(1.0, false), "one adapter over all rows 4.000; 75 % of its gain is kept"),
            (price(1.0, true), "4.000, measured before the last forgetting; 75 %"),
            (price(0.1, false), "one adapter over 10 % of the rows 4.000"),
            (Price { reference: None, ..price(1.0, false) }, "served 4.500; not compared"),
        ];
        for (price, words) in cases {
            assert!(line(&price).contains(words), "{}", line(&price));
        }
        assert_eq!(table(&price(1.0, false)).last().map(String::as_str), Some("      2     4.600        4.000"));
    }
}
