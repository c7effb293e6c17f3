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
        (at("nobody", "generative_training"), json!({ "value": "off" }), 404),
        (at("ann", "nothing"), json!({ "value": "off" }), 404),
        (at("ann", "moderation"), json!({ "value": "off" }), 409),
        (at("ann", "generative_training"), json!({ "value": "perhaps" }), 422),
        (at("ann", "generative_training"), json!({ "value": "off", "scope": "from_now" }), 422),
        (at("ann", "generative_training"), json!({ "value": "on", "actor": "guardian" }), 409),
        (at("ann", "generative_training"), json!({ "value": "off", "member": "bea" }), 422),
        (at("ann", "generative_training"), json!("x".repeat(300_000)), 413),
    ];
    let head = site.store.head();
    for (path, body, status) in cases {
        let reply = call(&site, "PUT", &path, Some(body)).await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.text);
        assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(reply.json()["status"], status);
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
    call(&site, "PUT", CHOICE, Some(json!({ "value": "off", "scope": "retract" }))).await;
    assert_eq!(check("ann").await["reasons"][0]["code"], "choice_retracted");
    let unknown = call(&site, "POST", "/api/v1/gate/check", Some(json!({ "record": "x", "purpose": "p" }))).await;
    assert_eq!(unknown.status.as_u16(), 404);
    let bad = call(&site, "POST", "/api/v1/gate/check", Some(json!({ "record": "" }))).await;
    assert_eq!(bad.status.as_u16(), 422);
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
        "/api/v1/gate/check",
        "/api/v1/log/head",
        "/api/v1/members/{member}/choices/{purpose}",
        "/api/v1/records",
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
