//! The sample of a training set: an officer says what redaction missed, and the training set's page says what that means.

use std::sync::atomic::Ordering;

use candor_core::{Event, PurposeKey, RecipientKey, Seq, SnapshotId};
use candor_store::{Change, SnapshotRow};

use crate::support::{Site, t};

const PAGE: &str = "/console/snapshots/s-1";
const SAMPLE: &str = "/console/snapshots/s-1/sample";

async fn site() -> Site {
    let site = Site::new().await;
    let id = SnapshotId::new("s-1").unwrap();
    let row = SnapshotRow {
        id: id.clone(),
        parent: None,
        as_of: Seq(8),
        sealed_seq: None,
        purpose: PurposeKey::generative_training(),
        recipient: RecipientKey::own(),
        rule_book: "seeds-2024".into(),
        manifest: "00".into(),
        records: 3,
        members: 2,
        tokens: 30,
        shards: 1,
        slices: 1,
        created: t("2024-10-20T08:00:00Z"),
        withdrawn: false,
    };
    let sealed = Event::SnapshotSealed { snapshot: id, as_of: Seq(8), manifest: "00".into(), set: None };
    site.store.commit(t("2024-10-20T08:00:00Z"), vec![Change::PutSnapshot(row), Change::event(sealed)]).await.unwrap();
    site
}

#[tokio::test]
async fn an_officer_labels_the_sample_row_by_row() {
    let site = site().await;
    let mut officer = site.officer().await;
    let before = officer.get(PAGE).await.text;
    assert!(before.contains("0 of 3") && before.contains("not known yet"), "{before}");
    let first = officer.get(SAMPLE).await;
    assert!(first.text.contains("Row 1 of 3") && first.text.contains("one &#60;b&#62;[EMAIL_1]"), "{}", first.text);
    let csrf = first.csrf();
    let send = [("csrf", csrf.as_str()), ("row", "1"), ("verdict", "nothing")];
    let reply = officer.post(SAMPLE, &send).await;
    assert_eq!(reply.location(), SAMPLE);
    let second = officer.get(SAMPLE).await.text;
    assert!(second.contains("Row 2 of 3") && second.contains("1 of 3 labeled"), "{second}");
    let missed = [
        ("csrf", csrf.as_str()),
        ("row", "2"),
        ("verdict", "missed"),
        ("type1", "PERSON"),
        ("count1", "1"),
        ("type2", "EMAIL"),
        ("count2", "0"),
        ("type3", "PERSON"),
        ("count3", "1"),
    ];
    officer.post(SAMPLE, &missed).await;
    let again = officer.get(&format!("{SAMPLE}?row=2")).await.text;
    assert!(again.contains("missed: 2 person") && again.contains("value=\"2\""), "{again}");
    let last = [("csrf", csrf.as_str()), ("row", "3"), ("verdict", "nothing")];
    assert_eq!(officer.post(SAMPLE, &last).await.location(), PAGE);
    let after = officer.get(PAGE).await.text;
    // One row of three, by Wilson: 6.1 to 79.2 %.
    assert!(after.contains("3 of 3") && after.contains("33.3 % (6.1–79.2 %)"), "{after}");
    // No mail address was missed beside the nine that were found.
    assert!(after.contains("0.0 % (0.0–29.9 %)"), "{after}");
    // Kept are counts and places, never a text.
    let kept = site.store.documents("redaction_label:s-1:").await.unwrap();
    let kept: Vec<String> = kept.into_iter().map(|(key, json)| format!("{key} {json}")).collect();
    let expected = ["redaction_label:s-1:0 {}", "redaction_label:s-1:1 {\"PERSON\":2}", "redaction_label:s-1:2 {}"];
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn what_fits_no_row_or_type_is_not_kept() {
    let site = site().await;
    let mut officer = site.officer().await;
    let csrf = officer.get(SAMPLE).await.csrf();
    let cases: [(&[(&str, &str)], u16); 7] = [
        (&[("row", "4"), ("verdict", "nothing")], 404),
        (&[("row", "0"), ("verdict", "nothing")], 404),
        (&[("row", "1"), ("verdict", "perhaps")], 400),
        (&[("row", "1"), ("verdict", "missed")], 400),
        (&[("row", "1"), ("verdict", "missed"), ("type1", "NAME"), ("count1", "1")], 400),
        (&[("row", "1"), ("verdict", "missed"), ("type1", "PERSON"), ("count1", "1001")], 400),
        (&[("row", "1"), ("verdict", "missed"), ("type1", "PERSON"), ("count1", "-1")], 400),
    ];
    for (fields, status) in cases {
        let form: Vec<(&str, &str)> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        assert_eq!(officer.post(SAMPLE, &form).await.status.as_u16(), status, "{fields:?}");
    }
    assert_eq!(officer.get("/console/snapshots/other").await.status.as_u16(), 404);
    assert_eq!(officer.get(&format!("{SAMPLE}?row=9")).await.status.as_u16(), 404);
    assert!(site.store.documents("redaction_label:").await.unwrap().is_empty());
}

#[tokio::test]
async fn only_officers_see_it_and_only_while_it_is_there() {
    let site = site().await;
    let mut member = site.member("ann").await;
    for path in [PAGE, SAMPLE] {
        assert_eq!(member.get(path).await.status.as_u16(), 403);
        assert_eq!(site.browser().get(path).await.location(), "/auth/login");
    }
    let csrf = member.get("/settings/data-privacy/generative-ai").await.csrf();
    let form = [("csrf", csrf.as_str()), ("row", "1"), ("verdict", "nothing")];
    assert_eq!(member.post(SAMPLE, &form).await.status.as_u16(), 403);
    let officer = site.officer().await;
    site.folder.store(false, Ordering::Relaxed);
    assert_eq!(officer.get(SAMPLE).await.status.as_u16(), 503);
    assert!(officer.get(PAGE).await.text.contains("no longer in its folder"));
    site.folder.store(true, Ordering::Relaxed);
    let withdrawn = Change::WithdrawSnapshot(SnapshotId::new("s-1").unwrap());
    site.store.commit(t("2024-10-21T08:00:00Z"), vec![withdrawn]).await.unwrap();
    let reply = officer.get(SAMPLE).await;
    assert!(reply.status.as_u16() == 503 && !reply.text.contains("EMAIL_1"), "{}", reply.text);
}
