//! `kill -9` before every call of the script that touches the disk: what was acknowledged is there, and nothing is half.

use super::{disk::Trace, scratch, script, shim, thorough, watched};
use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

/// In the plain run only one call in so many.
const STRIDE: usize = 40;
/// Processes at once.
const WORKERS: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_call_loses_nothing_and_leaves_nothing_half() {
    let place = scratch();
    let shim = shim(place.path());
    let calls = Trace::record(&shim, &place.path().join("recorded")).len();
    let stride = if thorough() { 1 } else { STRIDE };
    let (next, killed) = (AtomicUsize::new(1), AtomicUsize::new(0));
    let worker = async || {
        // Behind the last call of the recorded run, as another run may need a few more.
        loop {
            let at = next.fetch_add(stride, Ordering::Relaxed);
            let root = place.path().join(format!("killed-at-{at}"));
            if !kill_at(&shim, &root, at).await {
                assert!(at + 20 > calls, "the script needs {calls} calls, but ended before call {at}");
                return;
            }
            killed.fetch_add(1, Ordering::Relaxed);
            // Whatever is still being written into it goes with the scratch folder at the end.
            let _left = std::fs::remove_dir_all(root);
        }
    };
    let workers: [_; WORKERS] = std::array::from_fn(|_| worker());
    futures_util::future::join_all(workers).await;
    let killed = killed.into_inner();
    println!("kill -9: {calls} calls in the script, {killed} kill points, 0 lost, 0 half");
    assert!(killed >= calls / stride);
}

/// Runs the script until its `at`-th call, then opens what is left. Says whether it was killed before it was done.
async fn kill_at(shim: &Path, root: &Path, at: usize) -> bool {
    std::fs::create_dir(root).unwrap();
    let mut command = watched(shim, root);
    command.env("DISK_KILL", at.to_string());
    let status = tokio::task::spawn_blocking(move || command.status().unwrap()).await.unwrap();
    let acks = std::fs::read(root.join(script::ACKS)).map(|bytes| script::acks(&bytes)).unwrap_or_default();
    script::check(&root.join(script::DATA), &acks).await;
    if status.success() {
        assert_eq!(acks.len(), script::STEPS.len());
    }
    !status.success()
}
