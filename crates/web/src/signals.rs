//! Technical signals: a browser that sends Global Privacy Control is noted once for the member who is signed in with it.
//! What the signal stops is a row of the rule book.

use axum::http::HeaderMap;
use candor_core::{Event, Member, Seq};
use candor_store::{Change, StoreError};

use crate::state::AppState;

const GPC: &str = "gpc";

/// Notes the signal of a request, if it has one that is not known of this member.
pub(crate) async fn note(app: &AppState, member: &Member, headers: &HeaderMap) -> Result<(), StoreError> {
    if headers.get("sec-gpc").is_none_or(|value| value.as_bytes() != b"1") {
        return Ok(());
    }
    let history = app.store.history();
    let known = history
        .of_member(&member.id, Seq(u64::MAX))
        .any(|logged| matches!(&logged.event, Event::SignalReceived { signal, .. } if signal == GPC));
    drop(history);
    if known {
        return Ok(());
    }
    let event = Event::SignalReceived { member: member.id.clone(), signal: GPC.into() };
    let key = Some(format!("signal:{GPC}:{}", member.id));
    app.store.commit(app.now(), vec![Change::Event { event, t_valid: None, key }]).await?;
    Ok(())
}
