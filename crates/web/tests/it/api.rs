//! Choices, the gate and the log by API; and the document that describes them.

use axum::{body::Body, http::Request};
use candor_core::RecordId;
use serde_json::{Value, json};

use crate::support::{Reply, Site};

const CHOICE: &str = "/api/v1/members/ann/choices/generative_training";

async fn call(site: &Site, method: &str, path: &str, body: Option<Value>) -> Reply {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    site.send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn a_choice_is_set_and_proved() {
    let site = Site::new().await;
    let before = call(&site, "GET", CHOICE, None).await.json();
    assert_eq!((&before["value"], &before["default"], &before["receipt"]), (&json!("on"), &json!(true), &Value::Null));
    let after = call(&site, "PUT", CHOICE, Some(json!({ "value": "off" }))).await;
    assert_eq!(after.status.as_u16(), 200, "{}", after.text);
    let after = after.json();
    assert_eq!(
        (&after["value"], &after["scope"], &after["default"]),
        (&json!("off"), &json!("future_use"), &json!(false))
    );
    let receipt = &after["receipt"];
    assert_eq!((&receipt["seq"], &receipt["root"]), (&after["log_entry"], &json!(site.store.head().root)));
    let again = call(&site, "PUT", CHOICE, Some(json!({ "value": "off", "scope": "future_use" }))).await.json();
    assert_eq!(again["log_entry"], after["log_entry"]);
    let head = call(&site, "GET", "/api/v1/log/head", None).await.json();
    assert_eq!(head, json!({ "size": site.store.head().seq, "root": site.store.head().root }));
}

#[tokio::test]
async fn what_is_no_choice_is_a_problem() {
    let site = Site::new().await;
    let at = |member: &str, purpose: &str| format!("/api/v1/members/{member}/choices/{purpose}");
    let cases = [
        (at("nobody", "generative_training"), json!({ "value": "off" }), 404, "unknown_member"),
        (at("ann", "nothing"), json!({ "value": "off" }), 404, "unknown_purpose"),
        (at("ann", "moderation"), json!({ "value": "off" }), 409, "no_switch"),
        (at("ann", "generative_training"), json!({ "value": "perhaps" }), 422, "malformed"),
        (at("ann", "generative_training"), json!({ "value": "off", "scope": "from_now" }), 422, "scope_of_other_value"),
        (at("ann", "generative_training"), json!({ "value": "on", "actor": "guardian" }), 409, "may_only_restrict"),
        (at("ann", "generative_training"), json!({ "value": "off", "member": "bea" }), 422, "malformed"),
        (at("ann", "generative_training"), json!("x".repeat(300_000)), 413, "too_large"),
    ];
    let head = site.store.head();
    for (path, body, status, code) in cases {
        let reply = call(&site, "PUT", &path, Some(body)).await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.text);
        assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
        assert_eq!((&reply.json()["status"], &reply.json()["code"]), (&json!(status), &json!(code)));
    }
    assert_eq!(site.store.head(), head);
}

#[tokio::test]
async fn the_gate_says_why() {
    let site = Site::new().await;
    let check = async |member: &str| {
        let question = json!({ "record": RecordId::derive("platform", member), "purpose": "generative_training" });
        call(&site, "POST", "/api/v1/gate/check", Some(question)).await.json()
    };
    assert_eq!(check("ann").await["decision"], "allow");
    let answer = check("cem").await;
    assert_eq!((&answer["decision"], &answer["primary"]), (&json!("deny"), &json!("region_excluded_now")));
    let source = &answer["reasons"][0]["sources"][0];
    assert!(
        source["row"].as_str().unwrap().contains("rule") && source["source"].as_str().unwrap().len() > 5,
        "{answer:#}"
    );
    assert!(!answer["policies"].as_array().unwrap().is_empty() && !answer["rules"].as_array().unwrap().is_empty());
    call(&site, "PUT", CHOICE, Some(json!({ "value": "off", "scope": "retract" }))).await;
    assert_eq!(check("ann").await["reasons"][0]["code"], "choice_retracted");
    let unknown = call(&site, "POST", "/api/v1/gate/check", Some(json!({ "record": "x", "purpose": "p" }))).await;
    assert_eq!(unknown.status.as_u16(), 404);
    let bad = call(&site, "POST", "/api/v1/gate/check", Some(json!({ "record": "" }))).await;
    assert_eq!(bad.status.as_u16(), 422);
}

#[tokio::test]
async fn a_choice_sent_again_under_its_key_is_answered_as_the_first_time() {
    let site = Site::new().await;
    let put = async |key: &str, value: &str| {
        let request = Request::put(CHOICE).header("content-type", "application/json").header("idempotency-key", key);
        site.send(request.body(Body::from(json!({ "value": value }).to_string())).unwrap()).await
    };
    let off = put("k-1", "off").await.json();
    site.set_clock("2024-11-02T10:00:00Z");
    assert_eq!(put("k-2", "on").await.status.as_u16(), 200);
    site.set_clock("2024-11-03T10:00:00Z");
    let head = site.store.head();
    let again = put("k-1", "off").await.json();
    assert_eq!((&again["receipt"], &again["value"]), (&off["receipt"], &json!("on")), "what was chosen since stands");
    let reused = put("k-2", "off").await;
    assert_eq!((reused.status.as_u16(), &reused.json()["code"]), (422, &json!("key_reused")));
    assert_eq!(site.store.head(), head);
}

#[tokio::test]
async fn a_read_is_never_older_than_was_asked_for() {
    let site = Site::new().await;
    let head = site.store.head().seq.0;
    for path in ["/api/v1/log/head", CHOICE, "/api/v1/members/ann/objections", "/api/v1/objections"] {
        for (at_least, status) in [(0, 200), (head, 200), (head + 1, 409)] {
            let reply = call(&site, "GET", &format!("{path}?at_least={at_least}"), None).await;
            assert_eq!(reply.status.as_u16(), status, "{path} at {at_least}");
            assert_eq!(reply.header("candor-log-index"), head.to_string());
            assert!(status == 200 || reply.json()["code"] == "behind");
        }
        let bad = call(&site, "GET", &format!("{path}?at_least=soon"), None).await;
        assert_eq!((bad.status.as_u16(), &bad.json()["code"]), (422, &json!("malformed")), "{path}");
    }
    // What a change is answered with can be asked for at once.
    let put = call(&site, "PUT", CHOICE, Some(json!({ "value": "off" }))).await;
    let seen = put.header("candor-log-index");
    let read = call(&site, "GET", &format!("{CHOICE}?at_least={seen}"), None).await.json();
    assert_eq!(read["value"], "off");
}

#[tokio::test]
async fn the_gate_answers_for_another_time_and_an_earlier_entry() {
    let site = Site::new().await;
    let before = site.store.head().seq;
    call(&site, "PUT", CHOICE, Some(json!({ "value": "off" }))).await;
    let ask = async |fields: Value| {
        let mut question = json!({ "record": RecordId::derive("platform", "ann"), "purpose": "generative_training" });
        question.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        call(&site, "POST", "/api/v1/gate/check", Some(question)).await
    };
    let decisions = [
        (json!({}), "deny"),
        (json!({ "as_of": before }), "allow"),
        (json!({ "at": "2024-10-31T00:00:00Z" }), "allow"),
        (json!({ "at": "2024-11-02T00:00:00Z" }), "deny"),
    ];
    for (fields, decision) in decisions {
        assert_eq!(ask(fields.clone()).await.json()["decision"], decision, "{fields}");
    }
    for (fields, code) in [(json!({ "as_of": 10_000 }), "behind"), (json!({ "at": "soon" }), "malformed")] {
        assert_eq!(ask(fields.clone()).await.json()["code"], code, "{fields}");
    }
}

#[tokio::test]
async fn the_document_has_every_route_of_the_api() {
    let site = Site::new().await;
    let document = call(&site, "GET", "/openapi.json", None).await;
    assert_eq!(document.text, candor_web::openapi());
    let document = document.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let paths: Vec<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "/api/v1/drafts",
        "/api/v1/events",
        "/api/v1/events/refused",
        "/api/v1/gate/check",
        "/api/v1/log/head",
        "/api/v1/members/{member}/bundle",
        "/api/v1/members/{member}/choices/{purpose}",
        "/api/v1/members/{member}/objections",
        "/api/v1/objections",
        "/api/v1/objections/{objection}/{step}",
        "/api/v1/records",
        "/api/v1/redact",
        "/v1/chat/completions",
        "/v1/models",
        "/v1/models/{model}",
    ];
    for path in expected {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
    assert_eq!(paths.len(), expected.len(), "{paths:?}");
    assert!(document["components"]["schemas"]["ExportLine"].is_object());
}
