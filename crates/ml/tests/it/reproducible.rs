//! The bytes of a training depend on base, recipe, rows and numeric profile, and on nothing else: not on threads, not on the run.

use crate::forgetting::bytes_of;
use crate::support::{Test, base, quietly, recipe, rows};
use candor_ml::files;
use candor_ml::recipe::numeric_profile;
use candor_ml::shard::ShardState;
use candor_ml::train::{train_all, train_shard};

#[test]
fn any_number_of_threads_and_every_run_give_the_same_bytes() -> Test {
    let (base, recipe, shards) = (base()?, recipe(), rows(10));
    let folder = tempfile::tempdir()?;
    let mut want = None;
    for (run, threads) in [1, 2, 3, 1, 3].into_iter().enumerate() {
        let root = folder.path().join(run.to_string());
        let results = train_all(&base, &recipe, &shards, &root, threads, quietly())?;
        assert_eq!(results.iter().map(|r| r.shard).collect::<Vec<_>>(), [0, 1]);
        let got = bytes_of(&root)?;
        assert_eq!(*want.get_or_insert_with(|| got.clone()), got, "run {run} with {threads} threads");
    }
    Ok(())
}

#[test]
fn a_state_of_another_numeric_profile_is_made_again_and_never_gone_on_from() -> Test {
    let (base, recipe, shards) = (base()?, recipe(), rows(8));
    let folder = tempfile::tempdir()?;
    train_shard(&base, &recipe, 0, &shards[0], folder.path(), quietly())?;
    let want = bytes_of(folder.path())?;
    let state = ShardState::load(folder.path())?.ok_or("no state")?;
    assert_eq!(state.profile, numeric_profile());
    let elsewhere = ShardState { profile: "f32 elsewhere".into(), ..state };
    assert_eq!(
        elsewhere.valid_slices(
            &ShardState { profile: numeric_profile(), ..elsewhere.clone() },
            &shards[0],
            folder.path()
        ),
        0
    );
    files::write_json(&folder.path().join("state.json"), &elsewhere)?;
    let again = train_shard(&base, &recipe, 0, &shards[0], folder.path(), quietly())?;
    assert_eq!(again.trained_slices, recipe.slices, "nothing of the other profile is taken over");
    assert_eq!(again.state.profile, numeric_profile());
    assert_eq!(bytes_of(folder.path())?, want);
    Ok(())
}
