//! Events by API: taken with a receipt, or refused with a code; in order, once for each key, never half.

use axum::{body::Body, http::Request};
use candor_core::{Event, Seq};
use candor_store::Change;
use serde_json::{Value, json};

use crate::support::{Reply, Site, id, t};

async fn send(site: &Site, body: impl Into<Body>, kind: &str, key: Option<&str>) -> Reply {
    let mut request = Request::post("/api/v1/events").header("content-type", kind);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    site.send(request.body(body.into()).unwrap()).await
}

async fn one(site: &Site, event: &Value) -> Reply {
    send(site, event.to_string(), "application/json", None).await
}

async fn lines(site: &Site, events: &[Value], key: Option<&str>) -> Reply {
    let body: Vec<String> = events.iter().map(Value::to_string).collect();
    send(site, body.join("\n"), "application/x-ndjson", key).await
}

fn rule(changes: Value) -> Value {
    let mut rule = json!({ "name": "r", "purposes": ["generative_training"], "regions": ["US"], "status": "open",
        "mechanism": "opt_out", "source": "a test", "date": "2024-11-01" });
    rule.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({ "type": "rule_set", "rule": rule })
}

#[tokio::test]
async fn an_event_is_logged_with_its_receipt() {
    let site = Site::new().await;
    let reply = one(&site, &json!({ "type": "residence_set", "member": "ann", "residence": "DE" })).await;
    assert_eq!(reply.status.as_u16(), 201, "{}", reply.text);
    let (receipt, head) = (reply.json(), site.store.head());
    assert_eq!((&receipt["seq"], &receipt["root"]), (&json!(head.seq), &json!(head.root)));
    assert_eq!(reply.header("candor-log-index"), head.seq.to_string());
    assert_eq!(site.store.entry(head.seq).await.unwrap().unwrap().kind, "residence_set");
}

#[tokio::test]
async fn every_kind_that_a_platform_may_send_is_taken() {
    let site = Site::new().await;
    let of = |kind: &str| json!({ "type": kind, "member": "ann" });
    let notice = |kind: &str| json!({ "type": kind, "member": "ann", "policy": "2024-09-18", "channel": "email" });
    let filed = |objection: &str| json!({ "type": "objection_filed", "member": "bea", "objection": objection, "purposes": ["moderation"], "needs_identity": objection == "o1" });
    let step = |kind: &str, objection: &str| json!({ "type": kind, "objection": objection });
    let mut events = vec![
        json!({ "type": "purpose_defined", "key": "search", "kind": "personalization", "title": "Search", "records": ["post"], "visibility": ["public"], "source": "a test", "date": "2024-11-01" }),
        json!({ "type": "policy_published", "policy": "2024-11-01", "effective_from": "2024-11-02T00:00:00Z", "discloses": [], "source": "a test", "date": "2024-11-01" }),
        json!({ "type": "recipient_added", "recipient": "sister", "kind": "affiliate" }),
        json!({ "type": "recipient_ended", "recipient": "sister" }),
        rule(json!({ "status": "paused", "regions": ["FR"] })),
        json!({ "type": "region_set_changed", "name": "nordics", "countries": ["NO", "SE"], "source": "a test", "date": "2024-11-01" }),
        json!({ "type": "member_registered", "member": "zoe", "residence": "US" }),
        json!({ "type": "residence_set", "member": "zoe", "residence": "UK", "t_valid": "2024-10-01T00:00:00Z" }),
        json!({ "type": "birth_date_set", "member": "zoe", "birth_date": "1999-01-01" }),
        json!({ "type": "choice_set", "member": "ann", "purpose": "generative_training", "value": "off" }),
        json!({ "type": "signal_received", "member": "ann", "signal": "gpc" }),
        json!({ "type": "deadline_extended", "objection": "o2", "reason": "many at once" }),
        json!({ "type": "visibility_changed", "record": "r1", "visibility": "private" }),
        json!({ "type": "record_held", "record": "r1", "reason": "a court asked" }),
        json!({ "type": "record_hold_lifted", "record": "r1" }),
        json!({ "type": "subjects_detected", "record": "r1", "subjects": [{ "member": "bea", "spans": [[0, 3]], "role": "mention" }] }),
    ];
    events.splice(
        11..11,
        [filed("o1"), step("identity_checked", "o1"), step("review_started", "o1"), step("objection_refused", "o1")],
    );
    events.splice(15..15, [step("objection_appealed", "o1"), step("objection_upheld", "o1"), filed("o2")]);
    events.push(step("objection_withdrawn", "o2"));
    events.extend(["notice_served", "notice_delivered", "notice_seen", "notice_bounced"].map(notice));
    events.extend(["account_suspended", "account_reopened", "account_closed", "erasure_requested"].map(of));
    let before = site.store.head().seq.0;
    let reply = lines(&site, &events, None).await;
    let report = reply.json();
    assert_eq!((reply.status.as_u16(), &report["accepted"]), (200, &json!(events.len())), "{report:#}");
    // They stand in the order of the lines.
    let kinds: Vec<String> =
        site.store.entries(Seq(before + 1), 1000).await.unwrap().into_iter().map(|entry| entry.kind).collect();
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).filter(|kind| *kind != "member_enrolled").collect();
    let sent: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, sent);
}

#[tokio::test]
async fn a_deletion_that_is_sent_again_is_answered_as_the_first_time() {
    let site = Site::new().await;
    let record = site.store.records_of(&id("ann"), 1).await.unwrap().remove(0).id;
    let deleted = json!({ "type": "record_deleted", "record": record });
    let first = one(&site, &deleted).await;
    let head = site.store.head();
    let again = one(&site, &deleted).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.json()["seq"], head.seq.0);
    assert_eq!((&again.json()["seq"], site.store.head()), (&json!(head.seq), head), "nothing is logged twice");
}

#[tokio::test]
async fn what_is_refused_has_a_code_and_leaves_nothing() {
    let site = Site::new().await;
    let erased = Event::AccountErased { member: id("bea") };
    site.store.commit(t("2024-09-20T00:00:00Z"), vec![Change::event(erased)]).await.unwrap();
    let filed = json!({ "type": "objection_filed", "member": "ann", "objection": "o1", "purposes": ["moderation"] });
    assert_eq!(one(&site, &filed).await.status.as_u16(), 201);
    let contradiction = rule(json!({ "from": "2024-12-01T00:00:00Z", "status": "paused" }));
    let choice = |fields: Value| {
        let mut event =
            json!({ "type": "choice_set", "member": "ann", "purpose": "generative_training", "value": "on" });
        event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        event
    };
    assert_eq!(one(&site, &contradiction).await.status.as_u16(), 201);
    let cases = [
        (json!({ "type": "residence_set", "member": "nobody", "residence": "US" }), 404, "unknown_member"),
        (choice(json!({ "purpose": "nothing" })), 404, "unknown_purpose"),
        (choice(json!({ "recipient": "nobody" })), 404, "unknown_recipient"),
        (rule(json!({ "regions": ["@nowhere"] })), 422, "unknown_region"),
        (json!({ "type": "review_started", "objection": "o9" }), 404, "unknown_objection"),
        (filed.clone(), 409, "objection_exists"),
        (choice(json!({ "member": "bea" })), 409, "account_erased"),
        (choice(json!({ "actor": "guardian" })), 409, "may_only_restrict"),
        (choice(json!({ "scope": "retract" })), 422, "scope_of_other_value"),
        (choice(json!({ "t_valid": "2024-12-01T00:00:00Z" })), 422, "future_permission"),
        (
            json!({ "type": "residence_set", "member": "ann", "residence": "DE", "t_valid": "2034-01-01T00:00:00Z" }),
            422,
            "too_far_ahead",
        ),
        (json!({ "type": "objection_appealed", "objection": "o1" }), 409, "objection_state"),
        (json!({ "type": "deadline_extended", "objection": "o1", "reason": " " }), 422, "no_reason"),
        (json!({ "type": "record_held", "record": "r1", "reason": "" }), 422, "no_reason"),
        (
            rule(json!({ "from": "2024-12-01T00:00:00Z", "to": "2024-11-30T00:00:00Z", "status": "paused" })),
            422,
            "rule_is_empty",
        ),
        (
            json!({ "type": "purpose_defined", "key": "mail", "kind": "moderation", "title": "Mail", "records": ["private_message"], "visibility": ["public"], "source": "a test", "date": "2024-11-01" }),
            422,
            "purpose_is_wrong",
        ),
        (json!({ "type": "snapshot_withdrawn", "snapshot": "s1" }), 422, "system_only"),
        (json!({ "type": "obligation_done", "obligation": "o" }), 422, "system_only"),
        (json!({ "type": "record_deleted", "record": "nothing" }), 404, "unknown_record"),
        (json!({ "type": "nothing_happened" }), 422, "unknown_event"),
        (choice(json!({ "colour": "red" })), 422, "unknown_field"),
        (choice(json!({ "t_valid": "yesterday" })), 422, "malformed_time"),
        (choice(json!({ "member": "" })), 422, "malformed_id"),
        (choice(json!({ "value": "perhaps" })), 422, "malformed_event"),
        (json!([1]), 422, "malformed"),
    ];
    let head = site.store.head();
    for (event, status, code) in &cases {
        let reply = one(&site, event).await;
        let problem = reply.json();
        assert_eq!((reply.status.as_u16(), problem["code"].as_str().unwrap()), (*status, *code), "{event}: {problem}");
        assert_eq!(reply.header("content-type"), "application/problem+json", "{code}");
        assert_eq!(problem["type"], format!("/problems#{code}"));
        assert!(!problem["detail"].as_str().unwrap().is_empty() && problem["status"] == *status);
    }
    assert_eq!(site.store.head(), head);
    // The same as lines: each has its own outcome.
    let events: Vec<Value> = cases.iter().map(|(event, ..)| event.clone()).collect();
    let reply = lines(&site, &events, None).await;
    assert_eq!(reply.status.as_u16(), 422);
    for ((_, status, code), outcome) in cases.iter().zip(reply.json()["events"].as_array().unwrap()) {
        assert_eq!((&outcome["status"], &outcome["problem"]["code"]), (&json!(status), &json!(code)));
    }
    assert_eq!(site.store.head(), head);
    site.set_clock("2024-12-03T00:00:00Z");
    let late = json!({ "type": "deadline_extended", "objection": "o1", "reason": "late" });
    assert_eq!(one(&site, &late).await.json()["code"], "extension_too_late");
    let problems = site.browser().get("/problems").await.text;
    for (_, _, code) in &cases {
        assert!(problems.contains(&format!("id=\"{code}\"")), "{code} is explained");
    }
}

#[tokio::test]
async fn good_lines_stand_beside_bad_ones() {
    let site = Site::new().await;
    let filed = json!({ "type": "objection_filed", "member": "ann", "objection": "o1", "purposes": ["moderation"] });
    let events = [filed, json!({ "type": "hunter2" }), json!({ "type": "review_started", "objection": "o1" })];
    let reply = lines(&site, &events, None).await;
    let report = reply.json();
    assert_eq!(
        (reply.status.as_u16(), &report["accepted"], &report["rejected"]),
        (207, &json!(2), &json!(1)),
        "{report:#}"
    );
    let line = |at: usize| (report["events"][at]["line"].clone(), report["events"][at]["status"].clone());
    assert_eq!([line(0), line(1), line(2)], [(json!(1), json!(201)), (json!(2), json!(422)), (json!(3), json!(201))]);
    assert!(!reply.text.contains("hunter2"));
}

#[tokio::test]
async fn a_key_is_good_for_one_request() {
    let site = Site::new().await;
    let off = json!({ "type": "choice_set", "member": "ann", "purpose": "generative_training", "value": "off", "scope": "retract" });
    let send_off = async |key| send(&site, off.to_string(), "application/json", Some(key)).await;
    let first = send_off("k-1").await.json();
    assert_eq!(site.store.jobs(10).await.unwrap().len(), 1, "taking back is queued with the choice");
    let head = site.store.head();
    site.set_clock("2024-11-02T00:00:00Z");
    assert_eq!(send_off("k-1").await.json(), first);
    assert_eq!((site.store.head(), site.store.jobs(10).await.unwrap().len()), (head, 1));
    let other = json!({ "type": "account_closed", "member": "ann" });
    let reused = send(&site, other.to_string(), "application/json", Some("k-1")).await;
    assert_eq!((reused.status.as_u16(), reused.json()["code"].clone()), (422, json!("key_reused")));
    assert_eq!(send_off("two words").await.json()["code"], "malformed_key");
    let events = [off.clone(), other];
    let twice = [lines(&site, &events, Some("k-2")).await.json(), lines(&site, &events, Some("k-2")).await.json()];
    assert_eq!(twice[0], twice[1]);
    let own = json!({ "type": "account_suspended", "member": "ann", "idempotency_key": "mine" });
    let [one, two] = [one(&site, &own).await.json(), one(&site, &own).await.json()];
    assert_eq!(one["seq"], two["seq"]);
}

#[tokio::test]
async fn bodies_are_bounded_and_typed() {
    let site = Site::new().await;
    let many = "{}\n".repeat(10_001);
    let cases: [(Body, &str, u16); 5] = [
        ("{}".into(), "text/plain", 415),
        ("x".repeat(9 << 20).into(), "application/json", 413),
        (many.into(), "application/x-ndjson", 413),
        (vec![0xff, 0xfe].into(), "application/json", 422),
        ("\n\n".into(), "application/x-ndjson", 200),
    ];
    for (at, (body, kind, status)) in cases.into_iter().enumerate() {
        let reply = send(&site, body, kind, None).await;
        assert_eq!(reply.status.as_u16(), status, "case {at}: {}", reply.text);
    }
}
