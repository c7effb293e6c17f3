//! "Draft with AI" by form and by stream.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use candor_core::{ChoiceValue, Event, PurposeKey, Record, RecordId, RecordKind, Visibility};
use candor_store::Change;
use serde_json::{Value, json};

use crate::support::{MARKUP, Reply, Setup, Site, id, t};

const CLEAN: &str = "Bees are kept on roofs. Ask [mail address] about honey.";

#[tokio::test]
async fn a_draft_comes_by_form_alone() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    let empty = ann.get("/assist").await;
    assert!(
        empty.text.contains("Test model, which runs on this server")
            && empty.text.contains("Neither your text nor the draft is kept")
    );
    let head = site.store.head();
    let page = ann.post("/assist", &[("csrf", &empty.csrf()), ("brief", "bees & <b>honey</b>")]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains(CLEAN) && page.text.contains("We removed 1 mail address that is not in your brief."),
        "{}",
        page.text
    );
    assert!(
        page.text.contains("bees &#38; &#60;b&#62;honey") && !page.text.contains("<b>honey"),
        "the brief comes back as text"
    );
    assert_eq!(site.store.head(), head, "nothing is kept");
    let again = ann.post("/assist", &[("csrf", &empty.csrf()), ("brief", " ")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("Say what the post is about."));
    let kept = ann.post("/assist", &[("csrf", &empty.csrf()), ("brief", "ask bo@firma.de")]).await;
    assert!(kept.text.contains("Ask bo@firma.de about honey."), "what the brief held may come back");
}

#[tokio::test]
async fn a_draft_comes_as_lines() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    let csrf = ann.get("/assist").await.csrf();
    let reply = ann.post("/assist/stream", &[("csrf", &csrf), ("brief", "bees")]).await;
    assert_eq!(reply.header("content-type"), "application/x-ndjson");
    let lines: Vec<serde_json::Value> = reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text: String =
        lines.iter().filter(|line| line["type"] == "text").map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(text, CLEAN);
    assert_eq!(lines.last().unwrap()["text"], "Draft ready.");
    assert!(lines.iter().any(|line| line["type"] == "notice"));
    let reply = ann.post("/assist/stream", &[("csrf", "00"), ("brief", "bees")]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_a_release_the_page_says_so() {
    let site = Site::with(Setup { model: false, ..Setup::default() }).await;
    let mut ann = site.member("ann").await;
    let page = ann.get("/assist").await;
    assert!(page.text.contains("There is no model to write with yet."));
    let reply = ann.post("/assist", &[("csrf", &page.csrf()), ("brief", "bees")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// The provider `acme` is registered, its region allowed, and `ann` told of it.
async fn register_acme(site: &Site) {
    let events = [
        json!({ "type": "recipient_added", "recipient": "acme", "kind": "processor", "region": "US", "no_train": true }),
        json!({ "type": "region_set_changed", "name": "processors", "countries": ["US"], "source": "a test", "date": "2024-10-01" }),
        json!({ "type": "policy_published", "policy": "acme", "effective_from": "2024-10-01",
            "discloses": [{ "purpose": "generative_features", "recipient": "acme", "covers_past_from": "beginning" },
                { "purpose": "generative_features", "recipient": "self", "covers_past_from": "beginning" }] }),
        json!({ "type": "notice_delivered", "member": "ann", "policy": "acme" }),
    ];
    let change = |event: Value| Change::event(serde_json::from_value::<Event>(event).unwrap());
    site.store.commit(t("2024-10-01T00:00:00Z"), events.map(change).to_vec()).await.unwrap();
}

async fn turn_off(site: &Site) {
    let event = Event::ChoiceSet {
        member: id("ann"),
        purpose: PurposeKey::new("generative_features").unwrap(),
        recipient: None,
        value: ChoiceValue::Off,
        scope: None,
        actor: Default::default(),
        channel: None,
        notice: None,
    };
    site.store.commit(t("2024-10-20T00:00:00Z"), vec![Change::event(event)]).await.unwrap();
}

async fn drafts(site: &Site, body: &Value) -> Reply {
    let request = Request::post("/api/v1/drafts").header("content-type", "application/json");
    site.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn tasks_go_where_the_page_says_and_nowhere_else() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    let page = ann.get("/assist").await;
    assert!(!page.text.contains("Acme"), "nobody is registered");
    register_acme(&site).await;
    let page = ann.get("/assist").await;
    assert!(page.text.contains("Suggest a headline: Written by Acme Large, which runs on Acme in the United States."));
    assert!(page.text.contains("name=\"shown\" value=\"acme-large\""));
    let csrf = page.csrf();
    let form = |task, shown| [("csrf", csrf.clone()), ("brief", "bees".to_owned()), ("task", task), ("shown", shown)];
    let told = "2 messages, 3 openings for headline";
    let cases = [("headline", "acme-large", true), ("headline", "", false), ("draft", "acme-large", false)];
    for (task, shown, is_outside) in cases {
        let form = form(task.to_owned(), shown.to_owned());
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = ann.post("/assist", &form).await;
        assert_eq!(reply.text.contains(told), is_outside, "{task} {shown:?}: {}", reply.text);
        assert_eq!(reply.text.contains(CLEAN), !is_outside);
    }
    // Who was not told of the provider, or turned the feature off, is not sent there.
    let bea = site.member("bea").await;
    assert!(!bea.get("/assist").await.text.contains("Acme"));
    turn_off(&site).await;
    assert!(!ann.get("/assist").await.text.contains("Acme"));
    let stale = form("headline".to_owned(), "acme-large".to_owned());
    let stale: Vec<(&str, &str)> = stale.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert!(ann.post("/assist", &stale).await.text.contains(CLEAN), "a page from before the choice");
}

#[tokio::test]
async fn the_own_style_needs_the_gate() {
    let site = Site::new().await;
    let record = Record {
        id: RecordId::derive("platform", "long"),
        member: id("ann"),
        kind: RecordKind::Post,
        created: t("2024-06-01T00:00:00Z"),
        edited: t("2024-06-01T00:00:00Z"),
        visibility: Visibility::Public,
        source: "platform".into(),
        thread: None,
        language: None,
        license: None,
        title: None,
        text: "I keep my bees where nobody else would keep them, and I tell nobody why that is so. ".repeat(2),
    };
    let hidden =
        Record { id: RecordId::derive("platform", "hidden"), visibility: Visibility::Private, ..record.clone() };
    site.store.commit(t("2024-09-19T00:00:00Z"), vec![Change::PutRecords(vec![record, hidden])]).await.unwrap();
    let mut ann = site.member("ann").await;
    let page = ann.get("/assist").await;
    assert!(page.text.contains("Write like me"));
    let form = [("csrf", page.csrf()), ("brief", "bees".into()), ("style", "own".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert!(ann.post("/assist", &form).await.text.contains("In your style: "));
    assert!(!ann.post("/assist", &form[..2]).await.text.contains("In your style: "), "only when it is asked for");
    let ask = json!({ "text": "bees", "member": "ann", "style": true });
    assert_eq!(drafts(&site, &ask).await.json()["styled"], true);
    turn_off(&site).await;
    assert!(!ann.get("/assist").await.text.contains("Write like me"));
    let reply = ann.post("/assist", &form).await;
    assert!(reply.text.contains(CLEAN) && !reply.text.contains("In your style: "), "off means off; the rest works");
    assert_eq!(drafts(&site, &ask).await.json()["styled"], false);
    // Members who are left out where they live are not read either.
    let cem = site.member("cem").await;
    assert!(!cem.get("/assist").await.text.contains("Write like me"));
}

#[tokio::test]
async fn what_a_model_says_is_text() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    let csrf = ann.get("/assist").await.csrf();
    let page = ann.post("/assist", &[("csrf", &csrf), ("brief", "say markup")]).await;
    assert!(page.text.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{}", page.text);
    assert!(!page.text.contains("<script>alert") && !page.text.contains("<a href=\"/x\""));
    let lines = ann.post("/assist/stream", &[("csrf", &csrf), ("brief", "say markup")]).await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    assert_eq!(lines.header("x-content-type-options"), "nosniff");
    let text: String = lines
        .text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|line| line["text"].as_str().filter(|_| line["type"] == "text").map(str::to_owned))
        .collect();
    assert_eq!(text, MARKUP, "plain text for a script that sets text");
}

#[tokio::test]
async fn the_api_asks_by_task() {
    let site = Site::new().await;
    let listed = site.send(Request::get("/api/v1/drafts").body(Body::empty()).unwrap()).await.json();
    let keys: Vec<&str> =
        listed["tasks"].as_array().unwrap().iter().map(|task| task["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["draft", "rewrite", "shorten", "headline", "ideas"]);
    assert_eq!(listed["tasks"][3]["models"][0]["id"], "acme-large");
    assert_eq!(listed["tasks"][0]["models"], json!([{ "id": "candor-test", "runs_at": "this server" }]));
    let body = json!({ "text": "bees", "task": "rewrite", "tone": "warm", "length": "short" });
    let whole = drafts(&site, &body).await.json();
    assert_eq!((&whole["text"], &whole["finish"]), (&json!(CLEAN), &json!("stop")));
    assert_eq!((&whole["removed"]["EMAIL"], &whole["model"]["id"]), (&json!(1), &json!("candor-test")));
    let mut streamed = body.clone();
    streamed["stream"] = json!(true);
    let lines = drafts(&site, &streamed).await;
    let lines: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["type"], &lines.last().unwrap()["type"]), (&json!("model"), &json!("done")));
    let cases = [
        (json!({ "text": "bees", "task": "sing" }), 422, "unknown_task"),
        (json!({ "text": "bees", "tone": "loud" }), 422, "unknown_task"),
        (json!({ "text": " " }), 422, "malformed"),
        (json!({ "task": "draft" }), 422, "malformed"),
        (json!({ "text": "bees", "member": "nobody" }), 404, "unknown_member"),
    ];
    for (body, status, code) in cases {
        let reply = drafts(&site, &body).await;
        assert_eq!((reply.status.as_u16(), reply.json()["code"].as_str().unwrap()), (status, code), "{body}");
    }
    register_acme(&site).await;
    let headline = json!({ "text": "bees", "task": "headline", "member": "ann" });
    assert_eq!(drafts(&site, &headline).await.json()["model"]["id"], "acme-large");
    let nobody = json!({ "text": "bees", "task": "headline" });
    assert_eq!(drafts(&site, &nobody).await.json()["model"]["id"], "candor-test", "without a member it stays here");
    let chat = |user: Option<&str>| {
        let body = json!({ "model": "acme-large", "user": user, "messages": [{ "role": "user", "content": "bees" }] });
        Request::post("/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
    };
    for (user, status) in [(Some("ann"), 200), (Some("bea"), 403), (None, 400)] {
        assert_eq!(site.send(chat(user).unwrap()).await.status.as_u16(), status, "{user:?}");
    }
}
