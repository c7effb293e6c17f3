//! `POST /api/v1/records`: members and records as lines of JSON. The body is read as it comes, a line at a time, and
//! written in batches; what was answered as accepted is on the disk. Sending a body again adds nothing; under an
//! `Idempotency-Key` it is not even looked at again, so that an old row of a member never replaces a newer one.

use std::collections::HashSet;

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use candor_core::{
    Event, Member, Seq,
    export::{ExportLine, MAX_LINE_BYTES},
};
use candor_store::Change;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{idempotency::IdempotencyKey, key::Key};
use crate::{
    problem::Problem,
    state::{App, AppState},
};

/// Most bytes of a body.
pub(crate) const MAX_BODY_BYTES: usize = 256 << 20;
/// Lines, and bytes of lines, that are written at once.
const BATCH_LINES: usize = 1000;
const BATCH_BYTES: usize = 4 << 20;
/// Refused lines that are named.
const NAMED: usize = 100;

/// What became of a body.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct RecordsReport {
    /// Lines that were taken.
    accepted: u64,
    /// Lines that were not.
    rejected: u64,
    /// Records that are new.
    added: u64,
    /// Records that replace an earlier version.
    updated: u64,
    /// Records that were known and are not newer.
    known: u64,
    /// Rows that were left out because their member is erased.
    suppressed: u64,
    /// The first lines that were not taken, at most 100.
    lines: Vec<RejectedLine>,
    /// The log's last entry after this body.
    log_entry: u64,
}

/// A line that was not taken.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RejectedLine {
    /// Number of the line, from 1.
    line: u64,
    /// What it would have been answered alone.
    status: u16,
    /// Why; never what stands in the line.
    error: String,
}

/// Takes members and records, one JSON object a line.
#[utoipa::path(
    post, path = "/api/v1/records", tag = "records",
    request_body(content = String, content_type = "application/x-ndjson",
        description = "One `ExportLine` a line, at most 8 MiB each; the whole at most 256 MiB"),
    responses(
        (status = 200, description = "Every line was taken", body = RecordsReport),
        (status = 207, description = "Some lines were not", body = RecordsReport),
        (status = 422, description = "No line was taken; or the idempotency key was used for another body", body = RecordsReport),
        (status = 401, description = "No key", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not lines of JSON", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post(
    State(app): State<App>,
    _: Key,
    key: IdempotencyKey,
    request: Request,
) -> Result<Response, Problem> {
    check_type(request.headers())?;
    // The layer's limit is put on the body here; without this the raw body has none.
    let body = axum::RequestExt::into_limited_body(request);
    let key = key.of("records");
    if let Some(key) = &key
        && let Some(first) = app.store.document(key).await?
    {
        return again(first, body).await;
    }
    let mut intake = Intake::default();
    intake.read(&app, body).await?;
    let mut report = intake.report;
    report.log_entry = app.store.head().seq.0;
    let Some(key) = key else { return Ok(answer(report)) };
    let first = First { digest: hex::encode(intake.digest.finalize()), report };
    let json = serde_json::to_value(&first).map_err(|_| Problem::new("unavailable", "the answer cannot be kept"))?;
    app.store.commit(app.now(), vec![Change::PutDocument { key, json }]).await?;
    Ok(answer(first.report))
}

fn answer(report: RecordsReport) -> Response {
    let status = match (report.accepted, report.rejected) {
        (_, 0) => StatusCode::OK,
        (0, _) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::MULTI_STATUS,
    };
    (status, Json(report)).into_response()
}

/// What is kept under an idempotency key: which body it was for, and its answer.
#[derive(Serialize, Deserialize)]
struct First {
    digest: String,
    report: RecordsReport,
}

/// Answers a body that was sent again as the first time, if it is the same.
async fn again(first: serde_json::Value, body: Body) -> Result<Response, Problem> {
    let mut digest = Sha256::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        digest.update(chunk.map_err(|_| Problem::new("too_large", "the body broke off or is too large"))?);
    }
    match serde_json::from_value::<First>(first) {
        Ok(first) if first.digest == hex::encode(digest.finalize()) => Ok(answer(first.report)),
        _ => Err(Problem::new("key_reused", "the idempotency key was used for another body; take a new key")),
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => Ok(()),
        _ => Err(Problem::new("unsupported_type", "send lines of JSON as `application/x-ndjson`")),
    }
}

/// A body being taken.
#[derive(Default)]
struct Intake {
    report: RecordsReport,
    /// The line that is not complete yet.
    partial: Vec<u8>,
    /// Whether the rest of an overlong line is being passed over.
    skipping: bool,
    line: u64,
    batch: Vec<ExportLine>,
    batch_bytes: usize,
    /// Over the whole body.
    digest: Sha256,
}

impl Intake {
    async fn read(&mut self, app: &AppState, body: Body) -> Result<(), Problem> {
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| {
                let written = self.report.accepted - self.batch.len() as u64;
                let detail =
                    format!("the body broke off or has more than {MAX_BODY_BYTES} bytes; {written} lines are written");
                Problem::new("too_large", detail)
            })?;
            self.digest.update(&chunk);
            let mut rest = chunk.as_ref();
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let (head, tail) = rest.split_at(end);
                self.piece(head);
                self.end_line();
                rest = tail.get(1..).unwrap_or_default();
                if self.batch.len() >= BATCH_LINES || self.batch_bytes >= BATCH_BYTES {
                    self.write(app).await?;
                }
            }
            self.piece(rest);
        }
        if self.skipping || !self.partial.is_empty() {
            self.end_line();
        }
        self.write(app).await
    }

    /// Takes a part of a line; what is beyond the limit is passed over, not kept.
    fn piece(&mut self, bytes: &[u8]) {
        self.skipping |= self.partial.len() + bytes.len() > MAX_LINE_BYTES;
        if self.skipping {
            self.partial = Vec::new();
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self) {
        self.line += 1;
        let bytes = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.skipping) {
            self.reject(413, format!("the line has more than {MAX_LINE_BYTES} bytes"));
            return;
        }
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.trim(),
            Err(_) => return self.reject(422, "the line is not UTF-8".into()),
        };
        if text.is_empty() {
            return;
        }
        match ExportLine::parse(text) {
            Ok(line) => {
                self.report.accepted += 1;
                self.batch_bytes += bytes.len();
                self.batch.push(line);
            }
            Err(error) => self.reject(422, error.to_string()),
        }
    }

    fn reject(&mut self, status: u16, error: String) {
        self.report.rejected += 1;
        if self.report.lines.len() < NAMED {
            self.report.lines.push(RejectedLine { line: self.line, status, error });
        }
    }

    /// Writes the batch in one commit, or in several when a member is in it more than once: what a row changes depends
    /// on the row before.
    async fn write(&mut self, app: &AppState) -> Result<(), Problem> {
        self.batch_bytes = 0;
        let (mut members, mut changes, mut records) = (HashSet::new(), Vec::new(), Vec::new());
        for line in std::mem::take(&mut self.batch) {
            match line {
                ExportLine::Member(member) => {
                    if !members.insert(member.id.clone()) {
                        self.commit(app, std::mem::take(&mut changes)).await?;
                        members = HashSet::from([member.id.clone()]);
                    }
                    changes.extend(of_member(app, member));
                }
                ExportLine::Record(record) => records.push(record.into_record()),
            }
        }
        if !records.is_empty() {
            changes.push(Change::PutRecords(records));
        }
        self.commit(app, changes).await
    }

    async fn commit(&mut self, app: &AppState, changes: Vec<Change>) -> Result<(), Problem> {
        if changes.is_empty() {
            return Ok(());
        }
        let committed = app.store.commit(app.now(), changes).await?;
        self.report.added += committed.added;
        self.report.updated += committed.updated;
        self.report.known += committed.known;
        self.report.suppressed += committed.suppressed;
        Ok(())
    }
}

/// What a row of the directory changes: the row itself, and what the gate asks of the member as far as it is news.
fn of_member(app: &AppState, member: Member) -> Vec<Change> {
    let history = app.store.history();
    let (mut registered, mut residence, mut birth_date) = (false, None, None);
    for logged in history.of_member(&member.id, Seq(u64::MAX)) {
        match &logged.event {
            Event::MemberRegistered { residence: lives, birth_date: born, .. } => {
                registered = true;
                residence.clone_from(lives);
                birth_date = *born;
            }
            Event::ResidenceSet { residence: lives, .. } => residence.clone_from(lives),
            Event::BirthDateSet { birth_date: born, .. } => birth_date = Some(*born),
            _ => {}
        }
    }
    let mut changes = Vec::new();
    if registered {
        if residence != member.residence {
            changes.push(Change::event(Event::ResidenceSet {
                member: member.id.clone(),
                residence: member.residence.clone(),
            }));
        }
        if let Some(born) = member.birth_date.filter(|born| Some(*born) != birth_date) {
            changes.push(Change::event(Event::BirthDateSet { member: member.id.clone(), birth_date: born }));
        }
    } else {
        let event = Event::MemberRegistered {
            member: member.id.clone(),
            residence: member.residence.clone(),
            birth_date: member.birth_date,
            account: member.account,
        };
        changes.push(Change::Event {
            event,
            t_valid: Some(member.registered),
            key: Some(format!("registered:{}", member.id)),
        });
    }
    changes.push(Change::PutMember(member));
    changes
}
