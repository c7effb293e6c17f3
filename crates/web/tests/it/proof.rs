//! Proofs: a bundle from a running site verifies offline, the log is served as tiles that make its root, and both are
//! whose they should be.

use axum::{body::Body, http::Request};
use candor_core::{Event, SnapshotId};
use candor_store::{Change, RecordDigests};
use candor_tlog::{Bundle, Checkpoint, Leaf, MemberSet, RecordsDigest, Statement, Tree, TrustText, entry, verify};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::{Reply, Site, id, t};

async fn get(site: &Site, path: &str) -> Reply {
    site.send(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn bytes(site: &Site, path: &str) -> Vec<u8> {
    use tower::ServiceExt as _;
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status().as_u16(), 200, "{path}");
    axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()
}

/// Seals a snapshot with one record of Ann and none of anybody else.
async fn seal(site: &Site, name: &str) {
    let snapshot = SnapshotId::new(name).unwrap();
    let secret = site.store.member_secret(&id("ann")).await.unwrap().unwrap();
    let records = vec![[7; 32]];
    let (token, value) = entry(&secret, &snapshot, &RecordsDigest::of(records.iter().copied()));
    let set = MemberSet::build(vec![(token, value).into()]).unwrap();
    let head = set.head().stated();
    site.store.put_set(&snapshot, set, RecordDigests::from([(token, records)])).await.unwrap();
    let as_of = site.store.head().seq;
    let sealed = Event::SnapshotSealed { snapshot, as_of, manifest: "00".into(), set: Some(head) };
    site.store.commit(t("2024-10-01T00:00:00Z"), vec![Change::event(sealed)]).await.unwrap();
}

async fn trust(site: &Site) -> candor_tlog::Trust {
    let keys = get(site, "/log/key").await.text;
    let key = keys.lines().next().unwrap().strip_prefix("0 ").unwrap();
    TrustText::parse(&json!({ "key": key }).to_string()).unwrap()
}

#[tokio::test]
async fn a_bundle_shows_what_holds_a_member_and_what_does_not() {
    let site = Site::new().await;
    seal(&site, "s1").await;
    let trust = trust(&site).await;
    for (member, held) in [("ann", true), ("bea", false)] {
        let reply = get(&site, &format!("/api/v1/members/{member}/bundle")).await;
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.text);
        let bundle = Bundle::parse(&reply.text).unwrap();
        let report = verify(&bundle, &trust).unwrap();
        let present = report.statements.iter().any(|one| matches!(one, Statement::Present { records: 1, .. }));
        let absent = report.statements.iter().any(|one| matches!(one, Statement::Absent { .. }));
        assert_eq!((present, absent), (held, !held), "{member}: {:#?}", report.lines());
        assert!(report.statements.iter().any(|one| matches!(one, Statement::Enrolled { .. })));
        assert_eq!(report.size, site.store.head().seq.0);
        // What is changed does not hold.
        for (from, to) in [("residence", "Residence"), ("\"s1\"", "\"s2\"")] {
            let changed = reply.text.replace(&from.replace('"', "\\\""), &to.replace('"', "\\\""));
            assert_ne!(changed, reply.text, "{from}");
            assert!(Bundle::parse(&changed).is_ok_and(|bundle| verify(&bundle, &trust).is_err()), "{from}");
        }
    }
    let unknown = get(&site, "/api/v1/members/nobody/bundle").await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["code"]), (404, &json!("unknown_member")));
}

#[tokio::test]
async fn a_member_downloads_their_own_and_nobody_elses() {
    let site = Site::new().await;
    let (ann, bea) = (site.member("ann").await, site.member("bea").await);
    let own = ann.get("/proof/bundle").await;
    assert_eq!(own.text, get(&site, "/api/v1/members/ann/bundle").await.text);
    assert!(own.header("content-disposition").contains("candor-bundle.json"));
    assert_eq!(own.header("cache-control"), "no-store");
    assert_eq!(Bundle::parse(&bea.get("/proof/bundle").await.text).unwrap().member, id("bea"));
    assert_eq!(site.browser().get("/proof/bundle").await.location(), "/auth/login");
    let put =
        Request::put("/api/v1/members/ann/choices/generative_training").header("content-type", "application/json");
    let choice = site.send(put.body(Body::from(r#"{"value":"off"}"#)).unwrap()).await.json();
    let entry = choice["log_entry"].as_u64().unwrap();
    assert!(choice["receipt"]["checkpoint"].as_str().unwrap().contains('\u{2014}'), "{choice:#}");
    let receipt = ann.get(&format!("/proof/receipt/{entry}")).await;
    assert_eq!((receipt.status.as_u16(), &receipt.json()["seq"]), (200, &json!(entry)));
    assert!(receipt.json()["payload"].as_str().unwrap().contains("choice_set"));
    assert_eq!(bea.get(&format!("/proof/receipt/{entry}")).await.status.as_u16(), 404);
}

#[tokio::test]
async fn the_checker_is_for_everybody_and_only_its_page_runs_wasm() {
    let site = Site::new().await;
    for (who, browser) in
        [("nobody", site.browser()), ("ann", site.member("ann").await), ("officer", site.officer().await)]
    {
        let reply = browser.get("/proof").await;
        assert_eq!(reply.status.as_u16(), 200, "{who}");
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';") && policy.starts_with("default-src 'none'"));
        assert_eq!(reply.text.contains("/proof/bundle"), who == "ann", "{who}");
    }
    assert!(!site.browser().get("/log").await.header("content-security-policy").contains("unsafe"));
}

#[tokio::test]
async fn the_tiles_make_the_root_of_the_checkpoint() {
    let site = Site::new().await;
    let note = get(&site, "/log/checkpoint").await;
    assert!(note.header("content-type").starts_with("text/plain"));
    let checkpoint = trust(&site).await.keys.open(&note.text).unwrap();
    assert_eq!(checkpoint, Checkpoint::unverified(&note.text).unwrap());
    let size = checkpoint.size;
    assert!(size > 1 && size < 256, "{size}");
    let entries = bytes(&site, &format!("/log/tile/entries/000.p/{size}")).await;
    let hashes = bytes(&site, &format!("/log/tile/0/000.p/{size}")).await;
    let mut tree = Tree::default();
    for (entry, hash) in entries.chunks(36).zip(hashes.chunks(32)) {
        assert_eq!(entry[..2], [0, 34]);
        tree.append(&Leaf::from_bytes(&entry[2..]).unwrap()).unwrap();
        assert_eq!(Sha256::new().chain_update([0]).chain_update(&entry[2..]).finalize()[..], *hash);
    }
    assert_eq!((tree.size(), tree.root().unwrap()), (size, checkpoint.root));
    let tile = get(&site, &format!("/log/tile/0/000.p/{size}")).await;
    assert!(tile.header("cache-control").contains("immutable") && tile.header("etag").contains("tile/0/000.p/"));
    let (beyond, odd) = (format!("0/000.p/{}", size + 1), "0/0.p/1".to_owned());
    for path in [beyond.as_str(), &odd, "0/000", "1/000.p/1", "9/000", "entries/000", "x", "0/../../key"] {
        let reply = get(&site, &format!("/log/tile/{path}")).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (404, &json!("unknown_tile")), "{path}");
    }
}

#[tokio::test]
async fn what_was_refused_is_listed_without_its_content() {
    let site = Site::new().await;
    let body = json!({ "type": "residence_set", "member": "hunter2", "residence": "US" }).to_string();
    let request = Request::post("/api/v1/events").header("content-type", "application/json");
    assert_eq!(site.send(request.body(Body::from(body)).unwrap()).await.status.as_u16(), 404);
    let list = get(&site, "/api/v1/events/refused").await;
    let first = &list.json()["refused"][0];
    assert_eq!((&first["code"], &first["kind"]), (&json!("unknown_member"), &json!("residence_set")), "{}", list.text);
    assert!(!list.text.contains("hunter2"));
    let console = site.officer().await.get("/console").await.text;
    assert!(
        console.contains("/problems#unknown_member") && !console.contains("Nothing is decided for now"),
        "{console}"
    );
    site.store.hold("an old backup was restored").await.unwrap();
    let console = site.officer().await.get("/console").await.text;
    assert!(console.contains("Nothing is decided for now") && console.contains("an old backup was restored"));
    let held = get(&site, "/log/checkpoint").await;
    assert_eq!((held.status.as_u16(), &held.json()["code"]), (503, &json!("held")));
    assert!(site.browser().get("/log").await.text.contains("signs nothing for now"));
}
