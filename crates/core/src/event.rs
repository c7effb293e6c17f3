//! Everything that governs, as events of one log. The log's order is the order of facts; see `rules.md` section 2.
//!
//! Records themselves are not events: a batch of them goes into the log as one root (`RecordsCommitted`). The per-record
//! events here are what a scenario file and the oracle use.

use crate::{
    choice::{Actor, ChoiceValue, Scope},
    id::{MemberId, ObjectionId, PolicyId, PurposeKey, RecipientKey, RecordId, ReleaseId, RunId, Seq, SnapshotId},
    member::AccountKind,
    obligation::ObligationAction,
    record::{RecordKind, Subject, Visibility},
    rule::{Policy, Purpose, RecipientKind, RegionSet, Rule},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// What a run does when it fences the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FenceKind {
    /// The member set is fixed.
    Freeze,
    /// The first step is taken.
    Step0,
    /// A release is made.
    Release,
    /// Data or weights are handed out.
    Share,
}

/// The head of a sealed dataset's member set: what a proof of presence or absence is checked against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetHead {
    /// Bits of a token that pick its bucket.
    pub bits: u8,
    /// Number of members in the set.
    pub members: u64,
    /// Root over the buckets, in hex.
    pub root: String,
}

/// One thing that happened. In files: `{"type": "choice_set", …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields carry the names of the vocabulary; the variants say what they mean")]
pub enum Event {
    /// A purpose is defined, or defined anew.
    PurposeDefined(Purpose),
    /// A policy version is published.
    PolicyPublished(Policy),
    /// A recipient is registered.
    RecipientAdded {
        recipient: RecipientKey,
        kind: RecipientKind,
        /// Where it works, as its contract says.
        #[serde(default)]
        region: Option<String>,
        /// Whether its contract forbids it to train on what it gets.
        #[serde(default)]
        no_train: bool,
    },
    /// A recipient's registration ends.
    RecipientEnded { recipient: RecipientKey },
    /// A rule row is set; it replaces the row of the same purposes, recipients and regions.
    RuleSet { rule: Rule },
    /// A named set of countries has other members from a time on.
    RegionSetChanged(RegionSet),
    /// A notice was sent.
    NoticeServed {
        member: MemberId,
        policy: PolicyId,
        #[serde(default)]
        channel: Option<String>,
    },
    /// A notice reached the member.
    NoticeDelivered {
        member: MemberId,
        policy: PolicyId,
        #[serde(default)]
        channel: Option<String>,
    },
    /// The member opened it.
    NoticeSeen {
        member: MemberId,
        policy: PolicyId,
        #[serde(default)]
        channel: Option<String>,
    },
    /// It did not reach the member.
    NoticeBounced {
        member: MemberId,
        policy: PolicyId,
        #[serde(default)]
        channel: Option<String>,
    },
    /// A member is registered, with where they live as far as it is known.
    MemberRegistered {
        member: MemberId,
        #[serde(default)]
        residence: Option<String>,
        #[serde(default)]
        birth_date: Option<Date>,
        #[serde(default)]
        account: AccountKind,
    },
    /// A member's secret is made: the commitment to it, hex of SHA-256(`candor/enrol/v1` || id || secret).
    MemberEnrolled { member: MemberId, commitment: String },
    /// A member lives somewhere else.
    ResidenceSet { member: MemberId, residence: Option<String> },
    /// A birth date is stated.
    BirthDateSet { member: MemberId, birth_date: Date },
    /// An account is closed by its member.
    AccountClosed { member: MemberId },
    /// An account is suspended by the platform.
    AccountSuspended { member: MemberId },
    /// An account is open again.
    AccountReopened { member: MemberId },
    /// An erasure was asked for and is under way.
    ErasureRequested { member: MemberId },
    /// An account and all its data are erased.
    AccountErased { member: MemberId },
    /// A member's choice.
    ChoiceSet {
        member: MemberId,
        purpose: PurposeKey,
        /// All recipients if absent.
        #[serde(default)]
        recipient: Option<RecipientKey>,
        value: ChoiceValue,
        /// The rule book's default if absent.
        #[serde(default)]
        scope: Option<Scope>,
        #[serde(default)]
        actor: Actor,
        /// Where it was set, such as `page` or `api`.
        #[serde(default)]
        channel: Option<String>,
        /// Hash of the notice that stood beside the switch.
        #[serde(default)]
        notice: Option<String>,
    },
    /// A technical signal bound to a member at login.
    SignalReceived { member: MemberId, signal: String },
    /// An objection is filed. It restricts from its receipt, also while the sender's identity is in doubt.
    ObjectionFiled {
        member: MemberId,
        objection: ObjectionId,
        purposes: Vec<PurposeKey>,
        /// Whether there is reasonable doubt who sent it.
        #[serde(default)]
        needs_identity: bool,
    },
    /// Its sender's identity was checked.
    IdentityChecked { objection: ObjectionId },
    /// It is being weighed.
    ReviewStarted { objection: ObjectionId },
    /// Two more months are needed, for a stated reason.
    DeadlineExtended { objection: ObjectionId, reason: String },
    /// It is upheld.
    ObjectionUpheld { objection: ObjectionId },
    /// It is refused.
    ObjectionRefused { objection: ObjectionId },
    /// The member withdraws it.
    ObjectionWithdrawn { objection: ObjectionId },
    /// The member appeals a refusal.
    ObjectionAppealed { objection: ObjectionId },
    /// The objection lapsed: its sender's identity was asked for and never shown.
    ObjectionExpired { objection: ObjectionId },
    /// A record came in.
    RecordIngested {
        record: RecordId,
        member: MemberId,
        kind: RecordKind,
        #[serde(default = "private")]
        visibility: Visibility,
        #[serde(default)]
        created: Option<Timestamp>,
    },
    /// A record has a new version.
    RecordEdited { record: RecordId },
    /// A record is deleted.
    RecordDeleted { record: RecordId },
    /// A record's audience changes.
    VisibilityChanged { record: RecordId, visibility: Visibility },
    /// A record is under legal hold or was taken down.
    RecordHeld { record: RecordId, reason: String },
    /// The hold is over.
    RecordHoldLifted { record: RecordId },
    /// Other members were found in a record.
    SubjectsDetected { record: RecordId, subjects: Vec<Subject> },
    /// A batch of records was taken: their number and the hash over their ids and contents.
    RecordsCommitted { records: u64, root: String },
    /// A run fences the log.
    RunFenced { run: RunId, kind: FenceKind },
    /// A dataset is sealed as of an index: the hash of its manifest.
    SnapshotSealed {
        snapshot: SnapshotId,
        as_of: Seq,
        manifest: String,
        /// The head of its member set.
        #[serde(default)]
        set: Option<SetHead>,
    },
    /// A run commits to what it used: the root over its members' records.
    UseCommitted { run: RunId, snapshot: SnapshotId, root: String },
    /// A dataset may no longer be used.
    SnapshotWithdrawn { snapshot: SnapshotId },
    /// A shard left the serving weights.
    ShardRetired { release: ReleaseId, shard: u16 },
    /// A release may be served.
    ModelReleased { release: ReleaseId, snapshot: SnapshotId, adapters: String },
    /// A release may no longer be served.
    ModelWithdrawn { release: ReleaseId },
    /// Something must be done because of an earlier event, once for each (cause, target).
    ObligationOpened { obligation: String, cause: Seq, target: String, action: ObligationAction, due: Timestamp },
    /// It is done.
    ObligationDone { obligation: String },
    /// From here on the log is signed by this key (a signed-note verifier key).
    LogKeySet { key: String },
    /// An officer lifted a hold of the store. `forsaken` are the checkpoints (size and root) that the log no longer
    /// bears out, as after an old backup was restored.
    HoldReleased { officer: String, reason: String, forsaken: Vec<String> },
}

fn private() -> Visibility {
    Visibility::Private
}

impl Event {
    /// The name in files, such as `choice_set`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PurposeDefined(_) => "purpose_defined",
            Self::PolicyPublished(_) => "policy_published",
            Self::RecipientAdded { .. } => "recipient_added",
            Self::RecipientEnded { .. } => "recipient_ended",
            Self::RuleSet { .. } => "rule_set",
            Self::RegionSetChanged(_) => "region_set_changed",
            Self::NoticeServed { .. } => "notice_served",
            Self::NoticeDelivered { .. } => "notice_delivered",
            Self::NoticeSeen { .. } => "notice_seen",
            Self::NoticeBounced { .. } => "notice_bounced",
            Self::MemberRegistered { .. } => "member_registered",
            Self::MemberEnrolled { .. } => "member_enrolled",
            Self::ResidenceSet { .. } => "residence_set",
            Self::BirthDateSet { .. } => "birth_date_set",
            Self::AccountClosed { .. } => "account_closed",
            Self::AccountSuspended { .. } => "account_suspended",
            Self::AccountReopened { .. } => "account_reopened",
            Self::ErasureRequested { .. } => "erasure_requested",
            Self::AccountErased { .. } => "account_erased",
            Self::ChoiceSet { .. } => "choice_set",
            Self::SignalReceived { .. } => "signal_received",
            Self::ObjectionFiled { .. } => "objection_filed",
            Self::IdentityChecked { .. } => "identity_checked",
            Self::ReviewStarted { .. } => "review_started",
            Self::DeadlineExtended { .. } => "deadline_extended",
            Self::ObjectionUpheld { .. } => "objection_upheld",
            Self::ObjectionRefused { .. } => "objection_refused",
            Self::ObjectionWithdrawn { .. } => "objection_withdrawn",
            Self::ObjectionAppealed { .. } => "objection_appealed",
            Self::ObjectionExpired { .. } => "objection_expired",
            Self::RecordIngested { .. } => "record_ingested",
            Self::RecordEdited { .. } => "record_edited",
            Self::RecordDeleted { .. } => "record_deleted",
            Self::VisibilityChanged { .. } => "visibility_changed",
            Self::RecordHeld { .. } => "record_held",
            Self::RecordHoldLifted { .. } => "record_hold_lifted",
            Self::SubjectsDetected { .. } => "subjects_detected",
            Self::RecordsCommitted { .. } => "records_committed",
            Self::RunFenced { .. } => "run_fenced",
            Self::SnapshotSealed { .. } => "snapshot_sealed",
            Self::UseCommitted { .. } => "use_committed",
            Self::SnapshotWithdrawn { .. } => "snapshot_withdrawn",
            Self::ShardRetired { .. } => "shard_retired",
            Self::ModelReleased { .. } => "model_released",
            Self::ModelWithdrawn { .. } => "model_withdrawn",
            Self::ObligationOpened { .. } => "obligation_opened",
            Self::ObligationDone { .. } => "obligation_done",
            Self::LogKeySet { .. } => "log_key_set",
            Self::HoldReleased { .. } => "hold_released",
        }
    }

    /// The objection that it carries on, for events that do; the filing itself names its own.
    #[must_use]
    pub fn objection(&self) -> Option<&ObjectionId> {
        match self {
            Self::IdentityChecked { objection }
            | Self::ReviewStarted { objection }
            | Self::DeadlineExtended { objection, .. }
            | Self::ObjectionUpheld { objection }
            | Self::ObjectionRefused { objection }
            | Self::ObjectionWithdrawn { objection }
            | Self::ObjectionAppealed { objection }
            | Self::ObjectionExpired { objection } => Some(objection),
            _ => None,
        }
    }

    /// The record it is about, for events that are about one.
    #[must_use]
    pub fn record(&self) -> Option<&RecordId> {
        match self {
            Self::RecordIngested { record, .. }
            | Self::RecordEdited { record }
            | Self::RecordDeleted { record }
            | Self::VisibilityChanged { record, .. }
            | Self::RecordHeld { record, .. }
            | Self::RecordHoldLifted { record }
            | Self::SubjectsDetected { record, .. } => Some(record),
            _ => None,
        }
    }

    /// The member it is about, for events that are about one.
    #[must_use]
    pub fn member(&self) -> Option<&MemberId> {
        match self {
            Self::NoticeServed { member, .. }
            | Self::NoticeDelivered { member, .. }
            | Self::NoticeSeen { member, .. }
            | Self::NoticeBounced { member, .. }
            | Self::MemberRegistered { member, .. }
            | Self::MemberEnrolled { member, .. }
            | Self::ResidenceSet { member, .. }
            | Self::BirthDateSet { member, .. }
            | Self::AccountClosed { member }
            | Self::AccountSuspended { member }
            | Self::AccountReopened { member }
            | Self::ErasureRequested { member }
            | Self::AccountErased { member }
            | Self::ChoiceSet { member, .. }
            | Self::SignalReceived { member, .. }
            | Self::ObjectionFiled { member, .. }
            | Self::RecordIngested { member, .. } => Some(member),
            Self::PurposeDefined(_)
            | Self::PolicyPublished(_)
            | Self::RecipientAdded { .. }
            | Self::RecipientEnded { .. }
            | Self::RuleSet { .. }
            | Self::RegionSetChanged(_)
            | Self::IdentityChecked { .. }
            | Self::ReviewStarted { .. }
            | Self::DeadlineExtended { .. }
            | Self::ObjectionUpheld { .. }
            | Self::ObjectionRefused { .. }
            | Self::ObjectionWithdrawn { .. }
            | Self::ObjectionAppealed { .. }
            | Self::ObjectionExpired { .. }
            | Self::RecordEdited { .. }
            | Self::RecordDeleted { .. }
            | Self::VisibilityChanged { .. }
            | Self::RecordHeld { .. }
            | Self::RecordHoldLifted { .. }
            | Self::SubjectsDetected { .. }
            | Self::RecordsCommitted { .. }
            | Self::RunFenced { .. }
            | Self::SnapshotSealed { .. }
            | Self::UseCommitted { .. }
            | Self::SnapshotWithdrawn { .. }
            | Self::ShardRetired { .. }
            | Self::ModelReleased { .. }
            | Self::ModelWithdrawn { .. }
            | Self::ObligationOpened { .. }
            | Self::ObligationDone { .. }
            | Self::LogKeySet { .. }
            | Self::HoldReleased { .. } => None,
        }
    }
}

/// An event with its place in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logged {
    /// Index in the log.
    pub seq: Seq,
    /// `t_rec`: the server's clock when it was recorded, clamped so that it never goes back.
    pub t: Timestamp,
    /// When the fact holds; `t` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t_valid: Option<Timestamp>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Logged {
    /// When the fact holds.
    #[must_use]
    pub fn valid(&self) -> Timestamp {
        self.t_valid.unwrap_or(self.t)
    }

    /// When a permissive fact takes effect: never before it was recorded.
    #[must_use]
    pub fn permissive(&self) -> Timestamp {
        self.valid().max(self.t)
    }
}
