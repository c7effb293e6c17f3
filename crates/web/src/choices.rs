//! Setting a choice: the one place for the page, the API and the command line. It carries the value that is wanted, never "the other one",
//! so that sending it twice changes nothing more.

use candor_core::{Actor, ChoiceValue, Event, MemberId, PurposeKey, Scope, Seq};
use candor_store::{Acknowledgment, Change, Receipt, Store, StoreError};
use jiff::Timestamp;

/// A choice that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// On or off.
    pub value: ChoiceValue,
    /// How far it reaches.
    pub scope: Scope,
    /// Who sets it.
    pub actor: Actor,
}

/// Whether setting it would change nothing.
fn stands(standing: &candor_store::ChoiceView, wanted: Wanted) -> bool {
    !standing.default
        && standing.value == wanted.value
        && (standing.scope == wanted.scope || weaker(standing.scope, wanted.scope))
}

/// Whether `wanted` is already within what stands: what was taken back is off too.
fn weaker(standing: Scope, wanted: Scope) -> bool {
    match (standing, wanted) {
        (Scope::Retract, Scope::FutureUse | Scope::FutureRecords) | (Scope::FutureUse, Scope::FutureRecords) => true,
        (Scope::IncludePast, Scope::FromNow) => true,
        (
            Scope::FutureUse | Scope::FutureRecords | Scope::Retract | Scope::FromNow | Scope::IncludePast,
            Scope::FutureUse | Scope::FutureRecords | Scope::Retract | Scope::FromNow | Scope::IncludePast,
        ) => false,
    }
}

/// Sets a choice and answers after it is on the disk, with the entry that stands now. A choice that stands already is
/// answered with its own entry. Taking back also queues the job that drops and retrains the member's shard, in the same
/// commit.
///
/// # Errors
/// When the choice is refused, or the store cannot write.
pub async fn set(
    store: &Store,
    now: Timestamp,
    member: &MemberId,
    purpose: &PurposeKey,
    wanted: Wanted,
) -> Result<Receipt, StoreError> {
    set_once(store, now, member, purpose, wanted, None).await
}

/// As [`set`], under a key of the caller: the same choice sent again under it is answered with the first receipt, whatever
/// was chosen since.
///
/// # Errors
/// As [`set`]; [`StoreError::KeyReused`] when the key was used for another choice.
pub async fn set_once(
    store: &Store,
    now: Timestamp,
    member: &MemberId,
    purpose: &PurposeKey,
    wanted: Wanted,
    key: Option<&str>,
) -> Result<Receipt, StoreError> {
    // Another process may have logged a choice since this one looked: an answer without an entry must be true now.
    store.refresh().await?;
    let standing = store.choice(member, purpose, now);
    if let Some(seq) = standing.seq.filter(|_| stands(&standing, wanted)) {
        return receipt(store, seq).await;
    }
    // Two that are sent at once see the same entry before them and so make one.
    let before = standing.seq.unwrap_or_default();
    let own = format!("choice:{member}:{purpose}:{before}:{:?}", wanted.scope);
    let event = event(member, purpose, wanted);
    let key = key.map_or(own, str::to_owned);
    let job = (wanted.scope == Scope::Retract).then(|| forget(member, &key));
    let mut changes = vec![Change::Event { event, t_valid: None, key: Some(key) }];
    changes.extend(job);
    let committed = store.commit(now, changes).await?;
    match committed.receipts.into_iter().next() {
        Some(receipt) => Ok(receipt),
        None => receipt(store, committed.head.seq).await,
    }
}

/// As [`set_once`], and when the database cannot write, a choice that turns off is kept in the emergency journal: the
/// opt-out is the last function to fail.
///
/// # Errors
/// As [`set_once`]; when the journal cannot take it either.
pub async fn acknowledge(
    store: &Store,
    now: Timestamp,
    member: &MemberId,
    purpose: &PurposeKey,
    wanted: Wanted,
    key: Option<&str>,
) -> Result<Acknowledgment, StoreError> {
    match set_once(store, now, member, purpose, wanted, key).await {
        Err(StoreError::Commit(_) | StoreError::Sql(_) | StoreError::Unclear) if wanted.value == ChoiceValue::Off => {
            store.acknowledge(now, event(member, purpose, wanted), None, key.map(str::to_owned)).await
        }
        outcome => outcome.map(Acknowledgment::Logged),
    }
}

fn event(member: &MemberId, purpose: &PurposeKey, wanted: Wanted) -> Event {
    Event::ChoiceSet {
        member: member.clone(),
        purpose: purpose.clone(),
        recipient: None,
        value: wanted.value,
        scope: Some(wanted.scope),
        actor: wanted.actor,
        channel: None,
        notice: None,
    }
}

/// The job that takes back what was used, queued with the choice that asks for it; once for each key.
pub(crate) fn forget(member: &MemberId, key: &str) -> Change {
    Change::PutJob {
        kind: "forget_member".into(),
        key: format!("forget:{key}"),
        payload: serde_json::json!({ "member": member }),
    }
}

/// The job that erases a member, queued with the request for it; once for each member.
pub(crate) fn erase(member: &MemberId) -> Change {
    Change::PutJob {
        kind: "erase_member".into(),
        key: format!("erase:{member}"),
        payload: serde_json::json!({ "member": member }),
    }
}

/// The receipt of an entry in the log as it is now.
pub(crate) async fn receipt(store: &Store, seq: Seq) -> Result<Receipt, StoreError> {
    store.proof(seq, store.head().seq.0).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_what_stands_is_weaker() {
        let order = [Scope::FutureRecords, Scope::FutureUse, Scope::Retract];
        for (i, wanted) in order.into_iter().enumerate() {
            for (j, standing) in order.into_iter().enumerate() {
                assert_eq!(weaker(standing, wanted), j > i, "{standing:?} {wanted:?}");
            }
        }
        assert!(weaker(Scope::IncludePast, Scope::FromNow) && !weaker(Scope::FromNow, Scope::IncludePast));
    }
}
