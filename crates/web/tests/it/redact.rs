//! Redaction by API.

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::support::{KEY, Reply, Setup, Site};

async fn redact(site: &Site, body: String, key: Option<&str>) -> Reply {
    let mut request = Request::post("/api/v1/redact").header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    site.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn texts_come_back_without_what_was_found() {
    let site = Site::new().await;
    let text = "ä💬 ask a@firma.de";
    for (unit, start, end) in [("bytes", 11, 21), ("chars", 7, 17), ("utf16", 8, 18)] {
        let reply = redact(&site, json!({ "text": text, "offsets": unit }).to_string(), None).await;
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.text);
        let answer = reply.json();
        assert_eq!((&answer["offsets"], &answer["counts"]), (&json!(unit), &json!({ "EMAIL": 1 })));
        let result = &answer["results"][0];
        assert_eq!(result["text"], "ä💬 ask [EMAIL_1]");
        let found = &result["findings"][0];
        assert_eq!(
            (&found["type"], &found["start"], &found["end"]),
            (&json!("EMAIL"), &json!(start), &json!(end)),
            "{unit}"
        );
    }
    let several = json!({ "texts": ["none", "a@firma.de, b@firma.de"], "operator": "placeholder" });
    let answer = redact(&site, several.to_string(), None).await.json();
    assert_eq!((&answer["counts"], &answer["offsets"]), (&json!({ "EMAIL": 2 }), &json!("chars")));
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["results"][0], json!({ "text": "none", "findings": [], "counts": {} }));
    let empty = redact(&site, json!({ "texts": [] }).to_string(), None).await.json();
    assert_eq!(empty["results"], json!([]));
}

#[tokio::test]
async fn what_is_no_question_is_a_problem_without_the_text() {
    let site = Site::new().await;
    let large = json!({ "text": "a@firma.de ".repeat(400_000) }).to_string();
    let cases: [(String, u16, &str); 9] = [
        (json!({}).to_string(), 422, "malformed"),
        (json!({ "text": "a@firma.de", "texts": ["a@firma.de"] }).to_string(), 422, "malformed"),
        (json!({ "text": "a@firma.de", "operator": "shout" }).to_string(), 422, "malformed"),
        (json!({ "text": "a@firma.de", "operator": "mask", "purpose": "moderation" }).to_string(), 422, "malformed"),
        (json!({ "text": "a@firma.de", "purpose": "nothing" }).to_string(), 404, "unknown_purpose"),
        (json!({ "text": "a@firma.de", "offset": "chars" }).to_string(), 422, "malformed"),
        (json!({ "texts": vec!["a@firma.de"; 1_001] }).to_string(), 413, "too_large"),
        ("{\"text\": \"a@firma.de".to_owned(), 422, "malformed"),
        (large, 413, "too_large"),
    ];
    for (body, status, code) in cases {
        let reply = redact(&site, body, None).await;
        assert_eq!(reply.status.as_u16(), status, "{}", reply.text);
        assert_eq!(reply.json()["code"], code);
        assert!(!reply.text.contains("firma"), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_key_is_asked_for() {
    let site = Site::with(Setup { keys: true, dev_login: false, ..Setup::default() }).await;
    let body = json!({ "text": "a@firma.de" }).to_string();
    for (key, status) in [(None, 401), (Some("other"), 401), (Some(KEY), 200)] {
        let reply = redact(&site, body.clone(), key).await;
        assert_eq!(reply.status.as_u16(), status);
        assert!(status == 200 || reply.json()["code"] == "no_key");
    }
}
