//! Objections: by the member's form, by the officer's queue and by API; what is due, what is overdue, whose they are.

use axum::{body::Body, http::Request};
use candor_core::{MemberId, PurposeKey};
use serde_json::{Value, json};

use crate::support::{Browser, Reply, Site, id};

const FORM: &str = "/settings/data-privacy/objection";
const QUEUE: &str = "/console/objections";

async fn call(site: &Site, method: &str, path: &str, body: Value) -> Reply {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    site.send(request.body(body).unwrap()).await
}

/// Files by the form; the page after it, and the reference.
async fn file(browser: &mut Browser, purposes: &[&str]) -> (String, String) {
    let csrf = browser.get(FORM).await.csrf();
    let names: Vec<String> = purposes.iter().map(|purpose| format!("purpose.{purpose}")).collect();
    let mut form = vec![("csrf", csrf.as_str())];
    form.extend(names.iter().map(|name| (name.as_str(), "yes")));
    let reply = browser.post(FORM, &form).await;
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text);
    let to = reply.location().to_owned();
    let reference = to.split_once("sent=").map_or("", |(_, rest)| rest).trim_end_matches("#done").to_owned();
    (browser.get(&to).await.text, reference)
}

async fn press(browser: &mut Browser, page: &str, objection: &str, step: &str, reason: &str) -> Reply {
    let csrf = browser.get(page).await.csrf();
    browser.post(page, &[("csrf", &csrf), ("objection", objection), ("step", step), ("reason", reason)]).await
}

async fn gate(site: &Site, member: &str, purpose: &str) -> Value {
    let record = candor_core::RecordId::derive("platform", member);
    let question = json!({ "record": record, "purpose": purpose });
    call(site, "POST", "/api/v1/gate/check", question).await.json()
}

#[tokio::test]
async fn the_form_restricts_at_once_and_says_until_when_an_answer_comes() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    assert_eq!(gate(&site, "ann", "moderation").await["decision"], "allow");
    let before = ann.get(FORM).await.text;
    assert!(
        before.contains("You need not say why")
            && before.contains("purpose.moderation")
            && !before.contains("textarea")
    );
    let (page, reference) = file(&mut ann, &["moderation", "personalization"]).await;
    for words in [
        "Sent.",
        reference.as_str(),
        "You get it by 1 December 2024",
        "Received",
        "not used for this until it is decided",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert_eq!(gate(&site, "ann", "moderation").await["primary"], "objection_pending");
    // Sent twice it is one.
    let head = site.store.head();
    assert_eq!(file(&mut ann, &["personalization", "moderation"]).await.1, reference);
    assert_eq!(site.store.head(), head);
    let none = file(&mut ann, &[]).await.0;
    assert!(none.contains("Pick at least one") && site.store.head() == head);
    let withdrawn = press(&mut ann, FORM, &reference, "withdraw", "").await;
    assert_eq!(withdrawn.status.as_u16(), 303);
    assert_eq!(gate(&site, "ann", "moderation").await["decision"], "allow");
    assert!(ann.get(FORM).await.text.contains("Withdrawn"));
}

#[tokio::test]
async fn an_officer_decides_and_the_member_appeals() {
    let site = Site::new().await;
    let (mut ann, mut officer) = (site.member("ann").await, site.officer().await);
    let (_, reference) = file(&mut ann, &["moderation"]).await;
    let queue = officer.get(QUEUE).await.text;
    assert!(
        queue.contains(&reference) && queue.contains("1 December 2024") && queue.contains("Start review"),
        "{queue}"
    );
    for (step, reason, status) in [
        ("review", "", 303),
        ("review", "", 409),
        ("extend", " ", 409),
        ("extend", "many at once", 303),
        ("withdraw", "", 400),
    ] {
        let reply = press(&mut officer, QUEUE, &reference, step, reason).await;
        assert_eq!(reply.status.as_u16(), status, "{step}: {}", reply.text);
    }
    let page = ann.get(FORM).await.text;
    assert!(page.contains("many at once") && page.contains("1 February 2025"), "{page}");
    press(&mut officer, QUEUE, &reference, "refuse", "").await;
    assert_eq!(gate(&site, "ann", "moderation").await["decision"], "allow");
    assert!(ann.get(FORM).await.text.contains("Appeal the refusal"));
    site.set_clock("2024-11-15T00:00:00Z");
    let mut ann = site.member("ann").await;
    assert_eq!(press(&mut ann, FORM, &reference, "appeal", "").await.status.as_u16(), 303);
    assert_eq!(gate(&site, "ann", "moderation").await["primary"], "objection_pending");
    // Not answered in time it goes on restricting, and is marked.
    site.set_clock("2024-12-16T00:00:00Z");
    let (mut ann, mut officer) = (site.member("ann").await, site.officer().await);
    let queue = officer.get(QUEUE).await.text;
    assert!(queue.contains("Overdue") && queue.contains("1 is overdue"), "{queue}");
    assert!(ann.get(FORM).await.text.contains("We are late"));
    press(&mut officer, QUEUE, &reference, "uphold", "").await;
    assert_eq!(gate(&site, "ann", "moderation").await["primary"], "objection_upheld");
    assert_eq!(press(&mut ann, FORM, &reference, "withdraw", "").await.status.as_u16(), 409);
}

#[tokio::test]
async fn a_case_is_its_members_and_its_officers() {
    let site = Site::new().await;
    let (mut ann, mut bea) = (site.member("ann").await, site.member("bea").await);
    let (_, reference) = file(&mut ann, &["moderation"]).await;
    let page = bea.get(&format!("{FORM}?sent={reference}")).await.text;
    assert!(!page.contains(&reference), "nobody is told of another's case");
    assert_eq!(press(&mut bea, FORM, &reference, "withdraw", "").await.status.as_u16(), 404);
    assert_eq!(bea.get(QUEUE).await.status.as_u16(), 403);
    let csrf = bea.get(FORM).await.csrf();
    let form = [("csrf", csrf.as_str()), ("objection", &reference), ("step", "uphold"), ("reason", "")];
    assert_eq!(bea.post(QUEUE, &form).await.status.as_u16(), 403);
    assert_eq!(ann.post(FORM, &[("csrf", "00"), ("purpose.moderation", "yes")]).await.status.as_u16(), 403);
}

#[tokio::test]
async fn objections_by_api_have_deadlines_steps_and_codes() {
    let site = Site::new().await;
    let of_ann = "/api/v1/members/ann/objections";
    let filed = call(&site, "POST", of_ann, json!({ "purposes": ["moderation"], "needs_identity": true })).await;
    assert_eq!(filed.status.as_u16(), 201, "{}", filed.text);
    let case = filed.json();
    assert_eq!(
        (&case["state"], &case["due"], &case["restricted"], &case["overdue"]),
        (&json!("needs_identity"), &json!("2024-12-01"), &json!(true), &json!(false))
    );
    assert_eq!(case["receipt"]["seq"], json!(site.store.head().seq));
    let reference = case["objection"].as_str().unwrap().to_owned();
    let at = |step: &str| format!("/api/v1/objections/{reference}/{step}");
    let steps = [
        ("review", Value::Null, 409, "objection_state"),
        ("verify-identity", Value::Null, 200, "filed"),
        ("review", json!({}), 200, "open"),
        ("extend", Value::Null, 422, "no_reason"),
        ("extend", json!({ "reason": "many at once" }), 200, "open"),
        ("extend", json!({ "reason": "again" }), 409, "extension_too_late"),
        ("extend", json!({ "why": "again" }), 422, "malformed"),
        ("refuse", Value::Null, 200, "refused"),
        ("appeal", Value::Null, 200, "appealed"),
        ("refuse", Value::Null, 200, "refused_final"),
        ("appeal", Value::Null, 409, "objection_state"),
        ("expire", Value::Null, 404, "unknown_objection"),
    ];
    for (step, body, status, word) in steps {
        let reply = call(&site, "POST", &at(step), body).await;
        let answer = reply.json();
        let told = if status == 200 { &answer["state"] } else { &answer["code"] };
        assert_eq!((reply.status.as_u16(), told), (status, &json!(word)), "{step}: {answer}");
    }
    call(&site, "POST", of_ann, json!({ "purposes": ["moderation"], "objection": "ours-1" })).await;
    let list = call(&site, "GET", of_ann, Value::Null).await.json();
    assert_eq!((&list["objections"][0]["objection"], &list["pending"]), (&json!("ours-1"), &json!(1)));
    site.set_clock("2025-01-01T00:00:00Z");
    let late = call(&site, "GET", "/api/v1/objections?state=overdue", Value::Null).await.json();
    assert_eq!((&late["overdue"], &late["objections"][0]["objection"]), (&json!(1), &json!("ours-1")));
    let bad = [
        (of_ann, json!({ "purposes": [] }), 422, "no_purposes"),
        (of_ann, json!({ "purposes": ["nothing"] }), 404, "unknown_purpose"),
        (of_ann, json!({ "purposes": ["moderation"], "reason": "x" }), 422, "malformed"),
        (of_ann, json!({ "purposes": ["personalization"], "objection": "ours-1" }), 422, "key_reused"),
        ("/api/v1/members/nobody/objections", json!({ "purposes": ["moderation"] }), 404, "unknown_member"),
    ];
    for (path, body, status, code) in bad {
        let reply = call(&site, "POST", path, body).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (status, &json!(code)), "{}", reply.text);
    }
}

#[tokio::test]
async fn the_page_the_api_and_the_library_file_the_same() {
    let site = Site::new().await;
    let filing = candor_web::objections::Filing {
        reference: None,
        purposes: vec![PurposeKey::new("moderation").unwrap()],
        needs_identity: false,
        key: None,
    };
    let member: MemberId = id("ann");
    let now = "2024-11-01T10:00:00Z".parse().unwrap();
    let (reference, _) = candor_web::objections::file(&site.store, now, &member, filing).await.unwrap();
    let answer = call(&site, "POST", "/api/v1/members/ann/objections", json!({ "purposes": ["moderation"] })).await;
    assert_eq!(answer.json()["objection"], json!(reference));
    assert_eq!(file(&mut site.member("ann").await, &["moderation"]).await.1, reference.to_string());
}
