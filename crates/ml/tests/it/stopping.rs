//! Stops of every kind: on request at any step, by a loss that is no number, by a disk without room. None loses the last good state,
//! and going on gives the bytes of an unbroken run.

use crate::support::{base, quietly, recipe, rows};
use candor_ml::progress::{Cancel, Progress};
use candor_ml::recipe::Recipe;
use candor_ml::shard::{ShardState, TrainRow};
use candor_ml::train::{Watch, forget, forget_states, train_shard};
use candor_ml::{MlError, Result};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    let mut names: Vec<_> = entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Trains, stopped before every `every`th step, until it is through; gives how often it was stopped.
fn train_stopped(recipe: &Recipe, slices: &[Vec<TrainRow>], folder: &Path, every: u32) -> Result<(u32, String)> {
    let base = base()?;
    for stops in 0..1_000 {
        let (cancel, steps) = (Cancel::new(), AtomicU32::new(0));
        let progress = |report: Progress| {
            if report.found < report.tokens && steps.fetch_add(1, Ordering::Relaxed) + 1 == every {
                cancel.cancel();
            }
        };
        match train_shard(&base, recipe, 0, slices, folder, Watch { progress: &progress, cancel: &cancel }) {
            Ok(made) => return Ok((stops, made.adapter_hash)),
            Err(MlError::Canceled) => {}
            Err(other) => return Err(other),
        }
    }
    panic!("it never ends")
}

#[test]
fn stopped_at_every_step_it_ends_with_the_same_bytes() -> Result<()> {
    let (base, recipe, slices) = (base()?, recipe(), rows(12).swap_remove(0));
    let whole = tempfile::tempdir().expect("a folder");
    let want = train_shard(&base, &recipe, 0, &slices, whole.path(), quietly())?;
    for every in [1, 2, 5] {
        let folder = tempfile::tempdir().expect("a folder");
        let (stops, hash) = train_stopped(&recipe, &slices, folder.path(), every)?;
        assert!(stops > 2, "only `{stops}` stops");
        assert_eq!(hash, want.adapter_hash, "stopped before every `{every}`th step");
        assert_eq!(ShardState::load(folder.path())?, Some(want.state.clone()));
        assert_eq!(names(folder.path()), names(whole.path()), "no state inside a slice is left");
    }
    Ok(())
}

#[test]
fn a_state_inside_a_slice_is_forgotten_with_its_rows() -> Result<()> {
    let (base, recipe, mut slices) = (base()?, recipe(), rows(12).swap_remove(0));
    let folder = tempfile::tempdir().expect("a folder");
    let (cancel, steps) = (Cancel::new(), AtomicU32::new(0));
    let progress = |report: Progress| {
        if report.part == Some((0, 1)) && steps.fetch_add(1, Ordering::Relaxed) == 1 {
            cancel.cancel();
        }
    };
    let stopped =
        train_shard(&base, &recipe, 0, &slices, folder.path(), Watch { progress: &progress, cancel: &cancel });
    assert!(matches!(stopped, Err(MlError::Canceled)));
    assert!(names(folder.path()).iter().any(|name| name.starts_with("slice-1.running-")));
    let member = slices[1][0].member.clone();
    slices[1].retain(|row| row.member != member);
    let clean = tempfile::tempdir().expect("a folder");
    let want = train_shard(&base, &recipe, 0, &slices, clean.path(), quietly())?;
    let got = forget(&base, &recipe, 0, &slices, 1, folder.path(), quietly())?;
    assert_eq!(got.after.adapter_hash, want.adapter_hash);
    assert_eq!(names(folder.path()), names(clean.path()));
    Ok(())
}

#[test]
fn a_loss_that_is_no_number_stops_and_says_where() -> Result<()> {
    let (base, slices) = (base()?, rows(12).swap_remove(0));
    // So high a rate that weights overflow within a few steps.
    let recipe = Recipe { learning_rate: 0.99, alpha: 1e30, ..recipe() };
    let folder = tempfile::tempdir().expect("a folder");
    let error = train_shard(&base, &recipe, 0, &slices, folder.path(), quietly()).expect_err("no number");
    assert!(matches!(error, MlError::Diverged { shard: 0, .. }), "{error}");
    assert!(error.to_string().contains("the last good state is kept"), "{error}");
    let again = train_shard(&base, &recipe, 0, &slices, folder.path(), quietly()).expect_err("still no number");
    assert_eq!(again.to_string(), error.to_string(), "it goes on from the last good state and stops at the same step");
    Ok(())
}

#[test]
fn a_token_of_another_base_is_refused_before_anything_is_written() -> Result<()> {
    let (base, recipe, mut slices) = (base()?, recipe(), rows(12).swap_remove(0));
    slices[2][0].tokens.push(300);
    let folder = tempfile::tempdir().expect("a folder");
    let shard = folder.path().join("shard");
    let error = train_shard(&base, &recipe, 0, &slices, &shard, quietly()).expect_err("an unknown token");
    assert!(matches!(error, MlError::Vocabulary { shard: 0, token: 300, vocabulary: 300 }), "{error}");
    assert!(!shard.exists());
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_the_state_before() -> Result<()> {
    let (base, recipe, slices) = (base()?, recipe(), rows(12).swap_remove(0));
    let whole = tempfile::tempdir().expect("a folder");
    let want = train_shard(&base, &recipe, 0, &slices, whole.path(), quietly())?;
    let folder = tempfile::tempdir().expect("a folder");
    train_shard(&base, &recipe, 0, &slices, folder.path(), quietly())?;
    forget_states(folder.path(), 1)?;
    // Whatever is written there, the device has no room left.
    let full = folder.path().join("slice-1.part");
    std::os::unix::fs::symlink("/dev/full", &full).expect("a link");
    let error = train_shard(&base, &recipe, 0, &slices, folder.path(), quietly()).expect_err("no room");
    assert!(matches!(error, MlError::Io { .. }), "{error}");
    let state = ShardState::load(folder.path())?.expect("a list");
    assert_eq!(state.slices, want.state.slices[..1], "the state before stays");
    assert!(!full.exists(), "what was half written gives its room back");
    let made = train_shard(&base, &recipe, 0, &slices, folder.path(), quietly())?;
    assert_eq!((made.adapter_hash, made.trained_slices), (want.adapter_hash, 2));
    Ok(())
}
