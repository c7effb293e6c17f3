//! Forgetting is exact: after it, every file of the shard has the bytes it would have had if the member had never been there.

use crate::support::{Test, base, quietly, recipe, rows};
use candor_ml::adapter::{Adapter, WEIGHTS_FILE};
use candor_ml::files::hash_file;
use candor_ml::joint::{drop_joint, joint_folder, load_joint, train_joint};
use candor_ml::price::{Measured, measure, reference};
use candor_ml::progress::{Cancel, Progress};
use candor_ml::recipe::{Joint, Recipe};
use candor_ml::shard::{ShardState, TrainRow};
use candor_ml::train::{ShardResult, Watch, forget, forget_states, shard_folder, train_all, train_shard};
use candor_ml::{Base, MlError};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

type Slices = Vec<Vec<TrainRow>>;
/// Every file below a folder with its hash.
pub(crate) fn bytes_of(folder: &Path) -> Result<BTreeMap<String, String>, Box<dyn std::error::Error>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            all.extend(bytes_of(&path)?.into_iter().map(|(k, v)| (format!("{name}/{k}"), v)));
        } else {
            all.insert(name, hash_file(&path)?);
        }
    }
    Ok(all)
}

fn without(slices: &[Vec<TrainRow>], members: &[&str]) -> Vec<Vec<TrainRow>> {
    let keep = |rows: &Vec<TrainRow>| rows.iter().filter(|r| !members.contains(&r.member.as_str())).cloned().collect();
    slices.iter().map(keep).collect()
}

fn first_slice_of(slices: &[Vec<TrainRow>], member: &str) -> usize {
    slices.iter().position(|rows| rows.iter().any(|r| r.member == member)).unwrap_or(0)
}

#[test]
fn several_members_one_after_another_as_if_never_there() -> Test {
    let (base, recipe, shards) = (base()?, recipe(), rows(12));
    let folder = tempfile::tempdir()?;
    let mut slices = shards[0].clone();
    let (live, scratch) = (folder.path().join("live"), folder.path().join("scratch"));
    let first = train_shard(&base, &recipe, 0, &slices, &live, quietly())?;
    assert_eq!(first.trained_slices, 3);
    let mut before = first.adapter_hash;
    // m4 lies in slice 2, m2 in slice 1, m0 in slice 0, m10 in slice 2 again.
    for (i, member) in ["m4", "m2", "m0", "m10"].into_iter().enumerate() {
        let first_slice = first_slice_of(&slices, member);
        slices = without(&slices, &[member]);
        let forgotten = forget(&base, &recipe, 0, &slices, first_slice, &live, quietly())?;
        assert_eq!(forgotten.before.as_deref(), Some(before.as_str()));
        assert_ne!(forgotten.after.adapter_hash, before, "the adapter changes");
        assert_eq!(forgotten.after.trained_slices, recipe.slices - first_slice, "earlier slices are kept");
        let scratch = scratch.join(i.to_string());
        train_shard(&base, &recipe, 0, &slices, &scratch, quietly())?;
        assert_eq!(bytes_of(&live)?, bytes_of(&scratch)?, "after forgetting {member}");
        before = forgotten.after.adapter_hash;
    }
    Ok(())
}

#[test]
fn what_another_recipe_left_in_the_folder_is_deleted() -> Test {
    let (base, recipe, shards) = (base()?, recipe(), rows(12));
    let folder = tempfile::tempdir()?;
    let (live, scratch) = (folder.path().join("live"), folder.path().join("scratch"));
    train_shard(&base, &recipe, 0, &shards[0], &live, quietly())?;
    let (other, all) = (Recipe { slices: 1, ..recipe }, [shards[0].concat()]);
    train_shard(&base, &other, 0, &all, &live, quietly())?;
    train_shard(&base, &other, 0, &all, &scratch, quietly())?;
    assert_eq!(bytes_of(&live)?, bytes_of(&scratch)?);
    Ok(())
}

#[test]
fn a_hundred_members_forgotten_in_a_row_leave_what_was_never_there() -> Test {
    let (base, recipe) = (base()?, Recipe { epochs: 1, context: 16, ..recipe() });
    let folder = tempfile::tempdir()?;
    let (live, scratch) = (folder.path().join("live"), folder.path().join("scratch"));
    let mut rng = ChaCha8Rng::seed_from_u64(100);
    let mut members: Vec<usize> = (0..112).collect();
    let row = |member: usize| TrainRow {
        member: format!("m{member}"),
        record: format!("r{member}"),
        tokens: (0..4 + member as u32 % 6).map(|i| 1 + (member as u32 * 31 + i * 7) % 299).collect(),
    };
    let mut shards = vec![vec![Vec::new(); recipe.slices]; recipe.shards];
    for member in &members {
        shards[member % recipe.shards][member / recipe.shards % recipe.slices].push(row(*member));
    }
    train_all(&base, &recipe, &shards, &live, 2, quietly())?;
    members.shuffle(&mut rng);
    for member in members.iter().take(100) {
        let shard = member % recipe.shards;
        let name = format!("m{member}");
        let first_slice = first_slice_of(&shards[shard], &name);
        shards[shard] = without(&shards[shard], &[name.as_str()]);
        forget(&base, &recipe, shard, &shards[shard], first_slice, &shard_folder(&live, shard), quietly())?;
    }
    assert_eq!(shards.iter().flatten().flatten().count(), 12);
    train_all(&base, &recipe, &shards, &scratch, 2, quietly())?;
    assert_eq!(bytes_of(&live)?, bytes_of(&scratch)?, "every state and every adapter");
    Ok(())
}

#[test]
fn many_who_leave_a_shard_are_forgotten_by_one_training() -> Test {
    let (base, recipe, shards) = (base()?, recipe(), rows(24));
    let folder = tempfile::tempdir()?;
    let (live, scratch) = (folder.path().join("live"), folder.path().join("scratch"));
    train_shard(&base, &recipe, 0, &shards[0], &live, quietly())?;
    // m4 and m10 lie in slice 2, m2 and m8 in slice 1.
    let gone = ["m10", "m2", "m4", "m8"];
    let first_slice = gone.iter().map(|member| first_slice_of(&shards[0], member)).min().unwrap_or(0);
    for member in gone {
        forget_states(&live, first_slice_of(&shards[0], member))?;
    }
    assert!(live.join("slice-0.safetensors").exists() && !live.join("slice-1.safetensors").exists());
    assert!(!live.join("adapter").join(WEIGHTS_FILE).exists(), "what saw them is gone before anything is trained");
    let left = without(&shards[0], &gone);
    let forgotten = forget(&base, &recipe, 0, &left, first_slice, &live, quietly())?;
    assert_eq!((first_slice, forgotten.after.trained_slices), (1, 2), "each slice once, from the earliest on");
    train_shard(&base, &recipe, 0, &left, &scratch, quietly())?;
    assert_eq!(bytes_of(&live)?, bytes_of(&scratch)?);
    Ok(())
}

#[test]
fn a_shard_that_everybody_left_is_not_trained_and_is_deleted() -> Test {
    let (base, recipe, mut shards) = (base()?, recipe(), rows(12));
    let folder = tempfile::tempdir()?;
    let before = train_all(&base, &recipe, &shards, folder.path(), 1, quietly())?;
    let kept = bytes_of(&before[1].folder)?;
    shards[0].iter_mut().for_each(Vec::clear);
    let after = train_all(&base, &recipe, &shards, folder.path(), 1, quietly())?;
    assert_eq!(after.iter().map(|r| (r.shard, r.trained_slices)).collect::<Vec<_>>(), [(1, 0)], "nothing is trained");
    assert!(!shard_folder(folder.path(), 0).exists());
    assert_eq!(bytes_of(&after[0].folder)?, kept);
    Ok(())
}

#[test]
fn a_stopped_shard_goes_on_with_the_same_bytes() -> Test {
    let (base, recipe, shards) = (base()?, recipe(), rows(10));
    let folder = tempfile::tempdir()?;
    let (broken, whole) = (folder.path().join("broken"), folder.path().join("whole"));
    let steps = AtomicUsize::new(0);
    let cancel = Cancel::new();
    let progress = |_: Progress| {
        if steps.fetch_add(1, Ordering::Relaxed) == 12 {
            cancel.cancel();
        }
    };
    let stopped = train_shard(&base, &recipe, 1, &shards[1], &broken, Watch { progress: &progress, cancel: &cancel });
    assert!(matches!(stopped, Err(MlError::Canceled)));
    let kept = ShardState::load(&broken)?.map_or(0, |s| s.slices.len());
    assert!(kept > 0 && kept < recipe.slices, "stopped in the middle, with `{kept}` slices");
    let resumed = train_shard(&base, &recipe, 1, &shards[1], &broken, quietly())?;
    assert_eq!(resumed.trained_slices, recipe.slices - kept);
    train_shard(&base, &recipe, 1, &shards[1], &whole, quietly())?;
    assert_eq!(bytes_of(&broken)?, bytes_of(&whole)?);
    let again = train_shard(&base, &recipe, 1, &shards[1], &whole, quietly())?;
    assert_eq!((again.trained_slices, again.trained_tokens), (0, 0), "nothing is done twice");
    Ok(())
}

#[test]
fn a_damaged_state_is_made_again() -> Test {
    let (base, recipe, shards) = (base()?, recipe(), rows(8));
    let folder = tempfile::tempdir()?;
    train_shard(&base, &recipe, 0, &shards[0], folder.path(), quietly())?;
    let want = bytes_of(folder.path())?;
    std::fs::write(folder.path().join("slice-1.safetensors"), b"broken")?;
    let repaired = train_shard(&base, &recipe, 0, &shards[0], folder.path(), quietly())?;
    assert_eq!(repaired.trained_slices, 2);
    assert_eq!(bytes_of(folder.path())?, want);
    Ok(())
}

/// Both shards and the joint stage, in a folder.
fn train_with_joint(base: &Base, recipe: &Recipe, shards: &[Slices], root: &Path) -> Result<ShardResult, MlError> {
    let results = train_all(base, recipe, shards, root, 2, quietly())?;
    let adapters: Vec<Adapter> =
        results.iter().map(|r| Adapter::load(&r.folder.join("adapter"), base.config())).collect::<Result<_, _>>()?;
    let joint = train_joint(base, recipe, &adapters, shards, &joint_folder(root), quietly())?;
    joint.ok_or_else(|| MlError::Recipe("the recipe has no joint stage".into()))
}

#[test]
fn the_joint_stage_forgets_with_the_shards() -> Test {
    let (base, shards) = (base()?, rows(12));
    let joint = Joint { share: 0.5, learning_rate: 5e-3, epochs: 2, batch_tokens: 64 };
    let recipe = Recipe { joint: Some(joint), cooldown: true, ..recipe() };
    let folder = tempfile::tempdir()?;
    let (live, scratch) = (folder.path().join("live"), folder.path().join("scratch"));
    let first = train_with_joint(&base, &recipe, &shards, &live)?;
    let again = train_with_joint(&base, &recipe, &shards, &live)?;
    assert_eq!((again.trained_slices, &again.adapter_hash), (0, &first.adapter_hash), "nothing is done twice");

    let held_out = rows(30).concat().concat().split_off(36);
    let folders = [0, 1].map(|shard| shard_folder(&live, shard));
    let adapter = load_joint(&live, &base)?;
    let subject =
        Measured { base: &base, recipe: &recipe, folders: &folders, joint: adapter.as_ref(), held_out: &held_out };
    let price = measure(subject)?;
    assert_eq!(price.shards.len(), recipe.slices);
    assert!(price.served < price.shards[2] && price.shards[2] < price.base, "each stage gains: {price:?}");
    let work = folder.path().join("reference");
    let one = reference(subject, &shards, 1.0, &work, quietly())?;
    assert!(one.losses.len() == recipe.slices && one.losses[2] < price.base, "{one:?}");
    assert!(!work.exists(), "the reference is never kept");

    drop_joint(&live)?;
    assert!(load_joint(&live, &base)?.is_none(), "nothing of the joint stage is left to serve");
    // A member of shard 0 leaves; the other shard stays as it is, the joint stage is another in any case.
    let gone: Vec<Slices> = shards.iter().map(|slices| without(slices, &["m2"])).collect();
    let first_slice = first_slice_of(&shards[0], "m2");
    forget(&base, &recipe, 0, &gone[0], first_slice, &shard_folder(&live, 0), quietly())?;
    let after = train_with_joint(&base, &recipe, &gone, &live)?;
    assert_ne!(after.adapter_hash, first.adapter_hash);
    train_with_joint(&base, &recipe, &gone, &scratch)?;
    assert_eq!(bytes_of(&live)?, bytes_of(&scratch)?, "as if the member had never been there");

    // Left undeleted, as after a crash, the old one is not taken for the new one.
    train_with_joint(&base, &recipe, &shards, &folder.path().join("stale"))?;
    let stale = train_with_joint(&base, &recipe, &gone, &folder.path().join("stale"))?;
    assert_eq!((stale.trained_slices, stale.adapter_hash), (1, after.adapter_hash));
    Ok(())
}
