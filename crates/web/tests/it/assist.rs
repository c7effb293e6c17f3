//! "Draft with AI" by form and by stream.

use axum::http::StatusCode;

use crate::support::{Setup, Site};

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
