//! A base is made, stopped, resumed and loaded again.

use crate::support::{NEVER, Test};
use candor_ml::MlError;
use candor_ml::base::Base;
use candor_ml::pretrain::{PretrainRecipe, pretrain};
use candor_ml::progress::{Cancel, Progress};
use std::path::{Path, PathBuf};

fn recipe() -> Result<PretrainRecipe, MlError> {
    let shipped = PretrainRecipe::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/pretrain/tiny.toml"))?;
    Ok(PretrainRecipe { held_out: vec!["second".into()], vocabulary: 300, ..shipped })
}

fn texts(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (name, words) in
        [("first", "the quick brown fox jumps over the lazy dog. "), ("second", "the lazy fox jumps. ")]
    {
        let path = folder.join(format!("{name}.txt"));
        std::fs::write(&path, vec![words.repeat(12); 30].join("\n\n"))?;
        paths.push(path);
    }
    Ok(paths)
}

#[test]
fn a_killed_run_ends_like_an_unbroken_one() -> Test {
    let folder = tempfile::tempdir()?;
    let (texts, recipe) = (texts(folder.path())?, recipe()?);
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    let want = pretrain(&texts, &recipe, &whole, &mut |_| (), &NEVER)?;
    let (first, last) = (want.curve.first().ok_or("no curve")?, want.curve.last().ok_or("no curve")?);
    assert!(last.held_out < first.held_out, "the loss falls");

    let cancel = Cancel::new();
    let mut stop_at_13 = |p: Progress| {
        if p.done == 13 {
            cancel.cancel()
        }
    };
    assert!(matches!(pretrain(&texts, &recipe, &broken, &mut stop_at_13, &cancel), Err(MlError::Canceled)));
    let mut first_step = None;
    let got = pretrain(
        &texts,
        &recipe,
        &broken,
        &mut |p: Progress| {
            if p.done > 0 {
                first_step.get_or_insert(p.done);
            }
        },
        &NEVER,
    )?;
    assert_eq!(first_step, Some(11), "goes on from the checkpoint");
    assert_eq!(got.model_hash, want.model_hash);

    let base = Base::load(&whole)?;
    assert_eq!(base.config().parameter_count() as u64, want.parameters);
    let card = std::fs::read_to_string(whole.join("README.md"))?;
    assert!(card.contains(&want.model_hash) && card.contains("| Second |"), "{card}");
    Ok(())
}

#[test]
fn another_recipe_is_refused_but_a_later_end_is_not() -> Test {
    let folder = tempfile::tempdir()?;
    let (texts, recipe) = (texts(folder.path())?, recipe()?);
    let out = folder.path().join("out");
    let cancel = Cancel::new();
    let mut stop = |p: Progress| {
        if p.done == 10 {
            cancel.cancel()
        }
    };
    let stopped = pretrain(&texts, &recipe, &out, &mut stop, &cancel);
    assert!(matches!(stopped, Err(MlError::Canceled)));
    let other = PretrainRecipe { learning_rate: 0.5, ..recipe.clone() };
    assert!(pretrain(&texts, &other, &out, &mut |_| (), &NEVER).is_err());
    let longer = PretrainRecipe { steps: 24, ..recipe };
    assert_eq!(pretrain(&texts, &longer, &out, &mut |_| (), &NEVER)?.steps, 24);
    Ok(())
}
