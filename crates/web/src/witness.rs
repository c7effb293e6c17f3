//! A witness as a server: C2SP tlog-witness over HTTP. Whoever runs it (an office, a group of members) cosigns the
//! checkpoints of logs that it follows, and never two that contradict each other. The rules are in `candor_tlog::witness`;
//! here they are only given an address, and the new state goes to the keeper before the answer goes out.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use candor_tlog::witness::{Answer, Followed, MAX_REQUEST_BYTES, Witness};

use crate::state::Clock;

/// Writes the state of a log down, so that it is on the disk when it returns.
pub type Keep = Box<dyn Fn(&str, &Followed) -> std::io::Result<()> + Send + Sync>;

/// A witness with what it needs to answer.
pub struct WitnessServer {
    witness: Mutex<Witness>,
    keep: Keep,
    clock: Arc<dyn Clock>,
    /// The witness's verifier key, for whoever wants to trust it.
    key: String,
}

impl WitnessServer {
    /// A server of a witness.
    #[must_use]
    pub fn new(witness: Witness, keep: Keep, clock: Arc<dyn Clock>, key: String) -> Self {
        Self { witness: Mutex::new(witness), keep, clock, key }
    }

    /// One request, one answer. They are taken one after another: a state is never overtaken by an older one.
    fn answer(&self, body: &str) -> Result<Answer, std::io::Error> {
        let now_s = u64::try_from(self.clock.now().as_second()).unwrap_or_default();
        let mut witness = self.witness.lock().unwrap_or_else(PoisonError::into_inner);
        match witness.add_checkpoint(body, now_s) {
            Ok(pending) => {
                (self.keep)(pending.origin(), pending.state())?;
                Ok(pending.kept())
            }
            Err(refusal) => Ok(refusal),
        }
    }
}

/// The routes of a witness.
pub fn router(server: WitnessServer) -> Router {
    let server = Arc::new(server);
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/key", get(async |State(server): State<Arc<WitnessServer>>| format!("{}\n", server.key)))
        .route("/healthz", get(async || "ok\n"))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(server)
}

async fn add_checkpoint(State(server): State<Arc<WitnessServer>>, body: String) -> Response {
    let answer = tokio::task::spawn_blocking(move || server.answer(&body)).await;
    match answer {
        Ok(Ok(answer)) => {
            let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(header::CONTENT_TYPE, answer.content_type())], answer.body()).into_response()
        }
        // What is not on the disk is not signed.
        Ok(Err(error)) => {
            tracing::error!(%error, "the witness cannot keep its state");
            (StatusCode::INTERNAL_SERVER_ERROR, "the state could not be kept; nothing was signed\n").into_response()
        }
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "nothing was signed; try again\n").into_response(),
    }
}
