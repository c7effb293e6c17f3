//! A member's choice from the command line. It is set as the page and the API set it: once however often it is sent, and
//! with scope `retract` together with the job that forgets.

use crate::platform::Platform;
use anyhow::Result;
use candor_core::{Actor, ChoiceValue, MemberId, PurposeKey, Scope};
use candor_store::Receipt;
use candor_web::choices::{self, Wanted};
use jiff::Timestamp;

/// Sets the choice; the receipt is there when it is durable.
pub async fn run(
    platform: &Platform,
    member: &MemberId,
    purpose: &PurposeKey,
    value: ChoiceValue,
    scope: Option<Scope>,
    now: Timestamp,
) -> Result<Receipt> {
    let scope = scope.unwrap_or_else(|| match value {
        ChoiceValue::On => Scope::FromNow,
        ChoiceValue::Off => platform.store.choice(member, purpose, now).off_scope,
    });
    let wanted = Wanted { value, scope, actor: Actor::Member };
    Ok(choices::set(&platform.store, now, member, purpose, wanted).await?)
}
