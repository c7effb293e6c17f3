//! Lines in: taken, told apart, and harmless when they are hostile.

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::support::{KEY, Reply, Setup, Site, id};

const MEMBER: &str = r#"{"type":"member","id":"eve","handle":"eve","name":"Eve New","registered":"2024-10-01T00:00:00Z","residence":"US"}"#;
const RECORD: &str = r#"{"type":"record","id":"7","member":"eve","kind":"post","created":"2024-10-02T09:00:00Z","visibility":"public","text":"hello"}"#;

async fn send(site: &Site, body: impl Into<Body>, kind: &str) -> Reply {
    let request =
        Request::post("/api/v1/records").header("content-type", kind).header("authorization", format!("Bearer {KEY}"));
    site.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn lines_are_taken_once() {
    let site = Site::new().await;
    let before = site.store.record_count().await.unwrap();
    let body = format!("{MEMBER}\n\n{RECORD}\r\n");
    let reply = send(&site, body.clone(), "application/x-ndjson").await;
    let report = reply.json();
    assert_eq!((reply.status.as_u16(), &report["accepted"], &report["added"]), (200, &json!(2), &json!(1)), "{report}");
    assert_eq!(site.store.record_count().await.unwrap(), before + 1);
    assert_eq!(site.store.member(&id("eve")).await.unwrap().unwrap().name, "Eve New");
    let head = site.store.head();
    let again = send(&site, body, "application/x-ndjson; charset=utf-8").await.json();
    assert_eq!((&again["added"], &again["known"]), (&json!(0), &json!(1)));
    assert_eq!(site.store.head(), head);
    let moved = MEMBER.replace("\"US\"", "\"DE\"");
    assert_eq!(send(&site, moved, "application/x-ndjson").await.status.as_u16(), 200);
    assert_eq!(site.store.entry(site.store.head().seq).await.unwrap().unwrap().kind, "residence_set");
}

#[tokio::test]
async fn bad_lines_are_named_and_the_others_taken() {
    let site = Site::new().await;
    let body = format!("{MEMBER}\n{{\"secret\":\"hunter2\"\n{RECORD}\n{{\"type\":\"record\",\"id\":7}}");
    let reply = send(&site, body, "application/x-ndjson").await;
    let report = reply.json();
    assert_eq!(
        (reply.status.as_u16(), &report["accepted"], &report["rejected"]),
        (207, &json!(2), &json!(2)),
        "{report}"
    );
    assert_eq!((&report["lines"][0]["line"], &report["lines"][1]["line"]), (&json!(2), &json!(4)));
    assert!(!reply.text.contains("hunter2"));
}

#[tokio::test]
async fn hostile_bodies_are_bounded() {
    let site = Site::new().await;
    let long = format!("{}\n{MEMBER}", "x".repeat(9 << 20));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(&str, Body, &str, u16); 7] = [
        ("no lines of JSON", "{}".into(), "application/json", 415),
        ("nothing", Body::empty(), "application/x-ndjson", 200),
        ("an overlong line before a good one", long.into(), "application/x-ndjson", 207),
        ("deep nesting", deep.into(), "application/x-ndjson", 422),
        ("bytes that are no text", vec![0xff, 0xfe, 0x00].into(), "application/x-ndjson", 422),
        ("zeros", vec![0; 100_000].into(), "application/x-ndjson", 422),
        ("many bad lines", "{\n".repeat(5000).into(), "application/x-ndjson", 422),
    ];
    for (case, body, kind, status) in cases {
        let reply = send(&site, body, kind).await;
        assert_eq!(reply.status.as_u16(), status, "{case}: {}", reply.text);
        assert!(reply.text.len() < 40_000, "{case}");
    }
}

#[tokio::test]
async fn only_a_key_opens_the_door() {
    let with = Site::with(Setup { keys: true, dev_login: false, ..Setup::default() }).await;
    assert_eq!(send(&with, MEMBER, "application/x-ndjson").await.status.as_u16(), 200);
    let without = Site::with(Setup { dev_login: false, ..Setup::default() }).await;
    let reply = send(&without, MEMBER, "application/x-ndjson").await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (401, "application/problem+json"));
    assert!(without.store.member(&id("eve")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_body_sent_again_under_its_key_is_not_looked_at_again() {
    let site = Site::new().await;
    let send = async |body: String| {
        let request = Request::post("/api/v1/records").header("content-type", "application/x-ndjson");
        site.send(request.header("idempotency-key", "k-1").body(Body::from(body)).unwrap()).await
    };
    let first = send(format!("{MEMBER}\n{RECORD}")).await.json();
    let moved = MEMBER.replace("\"US\"", "\"DE\"");
    let request = Request::post("/api/v1/records").header("content-type", "application/x-ndjson");
    site.send(request.body(Body::from(moved.clone())).unwrap()).await;
    let head = site.store.head();
    assert_eq!(send(format!("{MEMBER}\n{RECORD}")).await.json(), first, "the old place does not come back");
    assert_eq!(site.store.head(), head);
    let reused = send(moved).await;
    assert_eq!((reused.status.as_u16(), &reused.json()["code"]), (422, &json!("key_reused")));
}
