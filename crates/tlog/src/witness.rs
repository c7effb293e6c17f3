//! A witness of logs: the rules of C2SP tlog-witness for `add-checkpoint`, as a state machine without network or disk.
//!
//! A witness signs a checkpoint only when it continues the last one that it signed for that log, and it keeps the new one
//! *before* it answers. That order is held by the types: [`Witness::add_checkpoint`] changes nothing and hands out a
//! [`Pending`], whose state the caller writes down; only [`Pending::kept`] gives the answer.

use crate::checkpoint::{Checkpoint, VerifierKey};
use crate::cosignature::WitnessKey;
use crate::tree::MAX_PROOF_HASHES;
use crate::{EMPTY_ROOT, Hash, verify_consistency};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest request that is read, in bytes.
pub const MAX_REQUEST_BYTES: usize = 128 * 1024;
/// Most logs that a witness follows.
pub const MAX_LOGS: usize = 10_000;
/// Most hashes in a request's proof, as the specification says.
const MAX_LINES: usize = 63;

/// What a witness answers, with the status of HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: the cosignature line.
    Cosigned(String),
    /// 400: the request cannot be read.
    Malformed,
    /// 404: the log is not one that this witness follows.
    UnknownOrigin,
    /// 403: no known key of the log signed the checkpoint.
    Unsigned,
    /// 409: the log's old size is not the one that the witness kept.
    Conflict {
        /// The size that the witness kept.
        kept: u64,
    },
    /// 422: the proof does not hold.
    Inconsistent,
}

impl Answer {
    /// The status of HTTP.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::Malformed => 400,
            Self::Unsigned => 403,
            Self::UnknownOrigin => 404,
            Self::Conflict { .. } => 409,
            Self::Inconsistent => 422,
        }
    }

    /// The content type of the body.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "text/x.tlog.size",
            Self::Cosigned(_) | Self::Malformed | Self::Unsigned | Self::UnknownOrigin | Self::Inconsistent => {
                "text/plain; charset=utf-8"
            }
        }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Cosigned(line) => line.clone(),
            Self::Malformed => "the request is not `old SIZE`, proof lines, an empty line, and a checkpoint\n".into(),
            Self::Unsigned => "no known key of this log signed the checkpoint\n".into(),
            Self::UnknownOrigin => "this witness does not follow this log\n".into(),
            Self::Conflict { kept } => format!("{kept}\n"),
            Self::Inconsistent => "the checkpoint does not continue the one that this witness signed\n".into(),
        }
    }
}

/// A request of `add-checkpoint`.
#[derive(Debug, Clone, PartialEq)]
pub struct AddCheckpoint {
    /// The size that the log believes the witness to have kept.
    pub old: u64,
    /// That the checkpoint continues the tree of that size.
    pub proof: Vec<Hash>,
    /// The signed note.
    pub note: String,
}

impl AddCheckpoint {
    /// Reads the body of a request: `old SIZE`, a base64 hash a line, an empty line, the note. `None` when it is not one.
    #[must_use]
    pub fn parse(body: &str) -> Option<Self> {
        if body.len() > MAX_REQUEST_BYTES {
            return None;
        }
        let (head, note) = body.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let size = lines.next()?.strip_prefix("old ")?;
        let old = size.parse::<u64>().ok().filter(|old| old.to_string() == size)?;
        let proof: Vec<Hash> =
            lines.map(|line| Hash::parse_hash(line).ok()).take(MAX_PROOF_HASHES).collect::<Option<_>>()?;
        (proof.len() <= MAX_LINES).then(|| Self { old, proof, note: note.to_owned() })
    }

    /// The body of the request.
    #[must_use]
    pub fn to_body(&self) -> String {
        let lines: String = self.proof.iter().map(|hash| format!("{hash}\n")).collect();
        format!("old {}\n{lines}\n{}", self.old, self.note)
    }
}

/// The last checkpoint that a witness signed for a log, and the keys by which it knows the log. It is what is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    /// Keys of the log, any of which may sign.
    pub keys: Vec<VerifierKey>,
    /// Size of the tree that was signed last; 0 before the first.
    pub size: u64,
    /// Its root, base64.
    pub root: String,
}

impl Followed {
    /// A log that is followed from its beginning.
    #[must_use]
    pub fn new(keys: Vec<VerifierKey>) -> Self {
        Self { keys, size: 0, root: EMPTY_ROOT.to_string() }
    }
}

/// What a witness knows: its key, and each log that it follows, by origin.
#[derive(Debug, Clone)]
pub struct Witness {
    key: WitnessKey,
    logs: BTreeMap<String, Followed>,
}

/// A cosignature that was made and not yet given away: first its state is kept. While it is pending the witness takes no
/// other request, so that no state is overtaken by an older one.
#[derive(Debug)]
#[must_use = "the state has to be kept before the answer goes out"]
pub struct Pending<'a> {
    witness: &'a mut Witness,
    origin: String,
    state: Followed,
    answer: Answer,
}

impl Pending<'_> {
    /// The log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What has to be on disk before the answer goes out.
    #[must_use]
    pub fn state(&self) -> &Followed {
        &self.state
    }

    /// The answer; the witness takes its new state on. The caller has written [`Pending::state`] down.
    #[must_use]
    pub fn kept(self) -> Answer {
        self.witness.logs.insert(self.origin, self.state);
        self.answer
    }
}

impl Witness {
    /// A witness with the logs that it kept; those over [`MAX_LOGS`] are not taken up.
    #[must_use]
    pub fn new(key: WitnessKey, logs: impl IntoIterator<Item = (String, Followed)>) -> Self {
        Self { key, logs: logs.into_iter().take(MAX_LOGS).collect() }
    }

    /// The state of a log.
    #[must_use]
    pub fn followed(&self, origin: &str) -> Option<&Followed> {
        self.logs.get(origin)
    }

    /// Answers a request; `now_s` is the time in seconds since 1970.
    ///
    /// # Errors
    /// An [`Answer`] that is a refusal, and changes nothing, goes out at once.
    pub fn add_checkpoint(&mut self, body: &str, now_s: u64) -> Result<Pending<'_>, Answer> {
        let request = AddCheckpoint::parse(body).ok_or(Answer::Malformed)?;
        let stated = Checkpoint::unverified(&request.note).map_err(|_| Answer::Malformed)?;
        let followed = self.logs.get(&stated.origin).ok_or(Answer::UnknownOrigin)?;
        let opened = followed.keys.iter().find_map(|key| key.open(&request.note).ok());
        let checkpoint = opened.ok_or(Answer::Unsigned)?;
        if request.old > checkpoint.size {
            return Err(Answer::Malformed);
        }
        if request.old != followed.size {
            return Err(Answer::Conflict { kept: followed.size });
        }
        let root = Hash::parse_hash(&followed.root).map_err(|_| Answer::Inconsistent)?;
        let (old, new) = ((followed.size, &root), (checkpoint.size, &checkpoint.root));
        // The specification answers 409 where sizes are equal and roots are not: the log shows two trees.
        if old.0 == new.0 && old.1 != new.1 {
            return Err(Answer::Conflict { kept: followed.size });
        }
        verify_consistency(old, new, &request.proof).map_err(|_| Answer::Inconsistent)?;
        let answer = Answer::Cosigned(self.key.cosign(now_s, &checkpoint));
        let state = Followed { keys: followed.keys.clone(), size: checkpoint.size, root: checkpoint.root.to_string() };
        Ok(Pending { witness: self, origin: checkpoint.origin, state, answer })
    }
}
