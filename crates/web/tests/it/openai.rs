//! The OpenAI wire: shapes of answers, chunks and errors.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::support::{KEY, Reply, Setup, Site};

const CLEAN: &str = "Bees are kept on roofs. Ask [mail address] about honey.";

async fn chat(site: &Site, body: &Value, key: Option<&str>) -> Reply {
    let mut request = Request::post("/v1/chat/completions").header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    site.send(request.body(Body::from(body.to_string())).unwrap()).await
}

fn ask() -> Value {
    json!({ "model": "candor-test", "messages": [{ "role": "user", "content": "bees" }], "unknown_field": 1 })
}

#[tokio::test]
async fn a_draft_comes_whole() {
    let site = Site::new().await;
    let reply = chat(&site, &ask(), None).await;
    let body = reply.json();
    assert_eq!((reply.status.as_u16(), &body["object"]), (200, &json!("chat.completion")));
    assert_eq!(body["choices"][0]["message"], json!({ "role": "assistant", "content": CLEAN, "refusal": null }));
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert_eq!(body["usage"], json!({ "prompt_tokens": 1, "completion_tokens": 10, "total_tokens": 11 }));
    assert_eq!(body["candor"]["removed"], json!([{ "kind": "EMAIL", "count": 1 }]));
    let mut parts = ask();
    parts["messages"] = json!([
        { "role": "developer", "content": "be brief" },
        { "role": "user", "content": [{ "type": "text", "text": "ask bo@firma.de" }] },
    ]);
    parts["max_tokens"] = json!(3);
    let body = chat(&site, &parts, None).await.json();
    assert_eq!(body["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn a_draft_comes_in_chunks() {
    let site = Site::new().await;
    let mut request = ask();
    request["stream"] = json!(true);
    request["stream_options"] = json!({ "include_usage": true });
    let reply = chat(&site, &request, None).await;
    assert_eq!(reply.header("content-type"), "text/event-stream");
    let mut events: Vec<&str> = reply.text.split("\n\n").filter(|event| !event.is_empty()).collect();
    assert_eq!(events.pop(), Some("data: [DONE]"));
    let chunks: Vec<Value> =
        events.iter().map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap()).collect();
    assert!(chunks.iter().all(|chunk| chunk["object"] == "chat.completion.chunk" && chunk["id"] == chunks[0]["id"]));
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let text: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(text, CLEAN);
    let last = chunks.last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]["total_tokens"]), (&json!([]), &json!(11)));
    assert_eq!(chunks[chunks.len() - 2]["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn errors_have_the_form_of_the_wire() {
    let site = Site::new().await;
    let with = |field: &str, value: Value| {
        let mut body = ask();
        body[field] = value;
        body
    };
    let cases = [
        (with("model", json!("other")), 404, "invalid_request_error"),
        (with("messages", json!([])), 400, "invalid_request_error"),
        (with("messages", json!([{ "role": "tool", "content": "x" }])), 400, "invalid_request_error"),
        (with("messages", json!("x".repeat(100_000))), 400, "invalid_request_error"),
        (with("max_tokens", json!(100_000)), 400, "invalid_request_error"),
        (with("temperature", json!(9)), 400, "invalid_request_error"),
        (with("n", json!(2)), 400, "invalid_request_error"),
        (json!([]), 400, "invalid_request_error"),
    ];
    for (body, status, kind) in cases {
        let reply = chat(&site, &body, None).await;
        assert_eq!(reply.status.as_u16(), status, "{body}");
        let error = &reply.json()["error"];
        assert_eq!(error["type"], kind, "{body}");
        assert!(error["message"].is_string() && error.get("param").is_some() && error.get("code").is_some());
    }
    let site = Site::with(Setup { model: false, ..Setup::default() }).await;
    assert_eq!(chat(&site, &ask(), None).await.status.as_u16(), 503);
}

#[tokio::test]
async fn the_wire_asks_for_a_key_where_there_is_one() {
    let site = Site::with(Setup { keys: true, ..Setup::default() }).await;
    let reply = chat(&site, &ask(), None).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["error"]["code"]), (401, &json!("invalid_api_key")));
    assert_eq!(chat(&site, &ask(), Some("cnd_test_1235")).await.status.as_u16(), 401);
    assert_eq!(chat(&site, &ask(), Some(KEY)).await.status.as_u16(), 200);
}

#[tokio::test]
async fn models_are_listed() {
    let site = Site::new().await;
    let get = async |path: &str| site.send(Request::get(path).body(Body::empty()).unwrap()).await;
    let list = get("/v1/models").await.json();
    assert_eq!((&list["object"], &list["data"][0]["id"]), (&json!("list"), &json!("candor-test")));
    assert_eq!(list["data"][0]["candor"]["release"], "r1");
    assert_eq!(get("/v1/models/candor-test").await.json()["object"], "model");
    assert_eq!(get("/v1/models/other").await.status.as_u16(), 404);
}
