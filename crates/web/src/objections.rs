//! Objections: filing one, carrying its case on, and how a case stands. The one place for the page, the console, the API
//! and the command line. Which step fits which state is `core`'s (`objection.rs`); here is only what is logged for it.

use candor_core::{
    Event, History, Logged, MemberId, ObjectionId, PurposeKey, Seq,
    objection::{Case, CaseState, due},
};
use candor_store::{Change, Receipt, Store, StoreError};
use jiff::{Timestamp, civil::Date};
use sha2::{Digest, Sha256};

/// Most bytes of a reason.
pub const MAX_REASON_BYTES: usize = 2000;
/// Letters of a reference: none that is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A step of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Its sender's identity was checked.
    VerifyIdentity,
    /// It is being weighed.
    Review,
    /// Two more months are needed, for this reason.
    Extend(String),
    /// It is right.
    Uphold,
    /// It is refused.
    Refuse,
    /// The member takes it back.
    Withdraw,
    /// The member appeals a refusal.
    Appeal,
}

impl Step {
    /// The names of all steps, as in addresses and on buttons.
    pub const NAMES: [&str; 7] = ["verify-identity", "review", "extend", "uphold", "refuse", "withdraw", "appeal"];

    /// The step of a name; an extension needs its reason.
    #[must_use]
    pub fn named(name: &str, reason: Option<String>) -> Option<Self> {
        let step = match name {
            "verify-identity" => Self::VerifyIdentity,
            "review" => Self::Review,
            "extend" => Self::Extend(reason.unwrap_or_default()),
            "uphold" => Self::Uphold,
            "refuse" => Self::Refuse,
            "withdraw" => Self::Withdraw,
            "appeal" => Self::Appeal,
            _ => return None,
        };
        Some(step)
    }

    fn event(self, objection: ObjectionId) -> Event {
        match self {
            Self::VerifyIdentity => Event::IdentityChecked { objection },
            Self::Review => Event::ReviewStarted { objection },
            Self::Extend(reason) => Event::DeadlineExtended { objection, reason },
            Self::Uphold => Event::ObjectionUpheld { objection },
            Self::Refuse => Event::ObjectionRefused { objection },
            Self::Withdraw => Event::ObjectionWithdrawn { objection },
            Self::Appeal => Event::ObjectionAppealed { objection },
        }
    }
}

/// What is filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// Its reference; one is made if absent.
    pub reference: Option<ObjectionId>,
    /// Purposes it is against.
    pub purposes: Vec<PurposeKey>,
    /// Whether there is reasonable doubt who sent it.
    pub needs_identity: bool,
    /// Idempotency key.
    pub key: Option<String>,
}

/// A case as pages and programs show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseView {
    /// Its reference.
    pub objection: ObjectionId,
    /// Who filed it.
    pub member: MemberId,
    /// Purposes it is against.
    pub purposes: Vec<PurposeKey>,
    /// Where it stands.
    pub state: CaseState,
    /// When it, or its appeal, was received.
    pub received: Timestamp,
    /// The last day on which the answer is in time.
    pub due: Date,
    /// Whether two more months were taken, and why.
    pub extension: Option<String>,
    /// Whether it keeps the member's data out now.
    pub restricted: bool,
    /// Whether an answer is awaited and its last day is over.
    pub overdue: bool,
    /// What happened, oldest first: entry, time and the event's name.
    pub steps: Vec<(Seq, Timestamp, &'static str)>,
}

/// Files an objection and answers after it is on the disk. It restricts from this moment on. One that is pending against
/// the same purposes is answered instead of a second.
///
/// # Errors
/// When it is refused, or the store cannot write.
pub async fn file(
    store: &Store,
    now: Timestamp,
    member: &MemberId,
    filing: Filing,
) -> Result<(ObjectionId, Receipt), StoreError> {
    let standing = cases_of(&store.history(), member, now);
    let same = |case: &&CaseView| case.state.is_pending() && case.purposes == filing.purposes;
    if filing.reference.is_none()
        && filing.key.is_none()
        && let Some(case) = standing.iter().find(same)
        && let Some((seq, ..)) = case.steps.first()
    {
        return Ok((case.objection.clone(), crate::choices::receipt(store, *seq).await?));
    }
    let objection = match (filing.reference, &filing.key) {
        (Some(reference), _) => reference,
        // The same request again comes to the same reference.
        (None, Some(key)) => reference(member, key)?,
        // Two that are sent at once are one.
        (None, None) => reference(member, &format!("{}:{:?}", standing.len(), filing.purposes))?,
    };
    let event = Event::ObjectionFiled {
        member: member.clone(),
        objection: objection.clone(),
        purposes: filing.purposes,
        needs_identity: filing.needs_identity,
    };
    let key = filing.key.unwrap_or_else(|| format!("objection:{objection}"));
    Ok((objection, log(store, now, vec![Change::Event { event, t_valid: None, key: Some(key) }]).await?))
}

/// Carries a case on and answers after it is on the disk.
///
/// # Errors
/// When the step does not fit the case, or the store cannot write.
pub async fn take(
    store: &Store,
    now: Timestamp,
    objection: &ObjectionId,
    step: Step,
    key: Option<String>,
) -> Result<Receipt, StoreError> {
    let upheld = step == Step::Uphold;
    let event = step.event(objection.clone());
    let mut changes = vec![Change::Event { event, t_valid: None, key }];
    if let Some(case) = store.history().case(objection).filter(|_| upheld) {
        // What was used before it was received leaves too: the objection was right.
        changes.push(crate::choices::forget(&case.member, &format!("objection:{objection}")));
    }
    log(store, now, changes).await
}

async fn log(store: &Store, now: Timestamp, changes: Vec<Change>) -> Result<Receipt, StoreError> {
    let committed = store.commit(now, changes).await?;
    match committed.receipts.into_iter().next() {
        Some(receipt) => Ok(receipt),
        None => crate::choices::receipt(store, committed.head.seq).await,
    }
}

/// A reference that can be read out, such as `OBJ-7F3KQ-2M8TW`.
fn reference(member: &MemberId, seed: &str) -> Result<ObjectionId, StoreError> {
    let digest = Sha256::new().chain_update("candor/objection/v1\0").chain_update(member.as_str());
    let digest = digest.chain_update([0]).chain_update(seed).finalize();
    let letter = |byte: &u8| char::from(*LETTERS.get(usize::from(byte % 32)).unwrap_or(&b'0'));
    let (first, second) = digest.split_at(5);
    let text = |part: &[u8]| part.iter().take(5).map(letter).collect::<String>();
    let objection = ObjectionId::new(format!("OBJ-{}-{}", text(first), text(second)));
    objection.map_err(|_| StoreError::Corrupt("objection"))
}

/// One case as it stands.
#[must_use]
pub fn case(history: &History, objection: &ObjectionId, now: Timestamp) -> Option<CaseView> {
    history.case(objection).map(|case| view(history, objection, case, now))
}

/// A member's cases, the newest first.
#[must_use]
pub fn cases_of(history: &History, member: &MemberId, now: Timestamp) -> Vec<CaseView> {
    let filed = history.of_member(member, Seq(u64::MAX)).filter_map(|logged| match &logged.event {
        Event::ObjectionFiled { objection, .. } => Some(objection),
        _ => None,
    });
    let mut cases: Vec<CaseView> = filed.filter_map(|objection| case(history, objection, now)).collect();
    cases.reverse();
    cases
}

/// The cases that await an answer, by the day on which it is due; then the others, the newest first.
#[must_use]
pub fn queue(history: &History, now: Timestamp) -> Vec<CaseView> {
    let mut cases: Vec<CaseView> =
        history.objections().map(|(objection, case)| view(history, objection, case, now)).collect();
    cases.sort_by(|a, b| {
        let settled = a.state.is_pending().cmp(&b.state.is_pending()).reverse();
        let order = if a.state.is_pending() { a.due.cmp(&b.due) } else { b.received.cmp(&a.received) };
        settled.then(order).then_with(|| a.objection.cmp(&b.objection))
    });
    cases
}

fn view(history: &History, objection: &ObjectionId, case: &Case, now: Timestamp) -> CaseView {
    let about = |logged: &&Logged| match &logged.event {
        Event::ObjectionFiled { objection: filed, .. } => filed == objection,
        event => event.objection() == Some(objection),
    };
    let (mut purposes, mut extension, mut steps) = (Vec::new(), None, Vec::new());
    for logged in history.of_member(&case.member, Seq(u64::MAX)).filter(about) {
        match &logged.event {
            Event::ObjectionFiled { purposes: against, .. } => purposes.clone_from(against),
            Event::DeadlineExtended { reason, .. } => extension = Some(reason.clone()),
            _ => {}
        }
        steps.push((logged.seq, logged.t, logged.event.name()));
    }
    CaseView {
        objection: objection.clone(),
        member: case.member.clone(),
        purposes,
        state: case.state,
        received: case.received,
        due: due(case.received, case.extended),
        extension: extension.filter(|_| case.extended),
        restricted: case.restricted,
        overdue: case.is_overdue(now),
        steps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_short_and_hold_no_letter_that_is_taken_for_another() {
        let member = MemberId::new("ann").unwrap();
        let one = reference(&member, "a").unwrap();
        assert_eq!(one, reference(&member, "a").unwrap());
        assert_ne!(one, reference(&member, "b").unwrap());
        assert!(one.as_str().len() == 15 && !one.as_str().get(4..).unwrap().contains(['I', 'L', 'O', 'U']), "{one}");
    }

    #[test]
    fn every_name_is_a_step() {
        assert!(Step::NAMES.iter().all(|name| Step::named(name, None).is_some()));
        assert_eq!(Step::named("expire", None), None);
    }
}
