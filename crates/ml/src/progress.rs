//! How long work tells its caller where it is. The caller draws, measures time and decides to stop; this crate does neither.

use std::sync::atomic::{AtomicBool, Ordering};

/// One report of a running job.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    /// What is being done, for example `pretrain` or `shard 3 slice 0`.
    pub stage: String,
    /// Shard and slice, where it is about one.
    pub part: Option<(usize, usize)>,
    /// Steps of the optimizer so far: of the run, or of the shard.
    pub step: u64,
    /// Units done so far.
    pub done: u64,
    /// Units in all.
    pub total: u64,
    /// Tokens of this stage learnt from so far.
    pub tokens: u64,
    /// Those of them that an earlier run had learnt already.
    pub found: u64,
    /// Latest mean loss in nats a token, where there is one.
    pub loss: Option<f32>,
    /// Latest loss on held-out text, where it was just measured.
    pub held_out: Option<f32>,
}

/// A request to stop, shared between threads.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// A request not made.
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Makes the request.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the request was made.
    pub fn is_canceled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
