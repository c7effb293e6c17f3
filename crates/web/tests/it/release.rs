//! The page of a release: its curves are drawn from what the release's row says, for officers only.

use candor_core::{PurposeKey, RecipientKey, ReleaseId, Seq, SnapshotId};
use candor_store::{Change, ReleaseRow, ReleaseState, ShardState, SnapshotRow};
use serde_json::json;

use crate::support::{Site, t};

const PAGE: &str = "/console/releases/r-1";

fn audit() -> serde_json::Value {
    let check = json!({
        "limit": "membership_auc", "words": "A check <in words", "source": "A paper", "most": 0.6, "value": 0.71,
        "found": "0.71 (0.6 to 0.8)", "verdict": "failed",
    });
    json!({
        "passed": false, "checks": [check], "exposure": {"once": [0.5, 1.0, 2.5], "four_times": [1.5]},
        "membership": {"curve": [[0.0, 0.0], [0.2, 0.6], [1.0, 1.0]]},
    })
}

#[tokio::test]
async fn an_officer_sees_how_the_parts_were_learnt() {
    let site = Site::new().await;
    let id = ReleaseId::new("r-1").unwrap();
    let row = ReleaseRow {
        id: id.clone(),
        snapshot: SnapshotId::new("s-1").unwrap(),
        base: "00".into(),
        recipe: "11".into(),
        created: t("2024-10-20T08:00:00Z"),
        state: ReleaseState::Released,
        shards: 2,
        adapters: None,
        metrics: json!({"losses": [[5.5, 5.1, 4.9], [5.6, null, 5.0]], "profile": "f32", "train_seconds": 12.5,
            "privacy": {"epsilon": 4.2486, "delta": 1e-5, "tier": "reasonable"}, "price": {
            "tokens": 900, "base": 6.0, "shards": [5.0, 4.6], "served": 4.5,
            "reference": {"share": 1.0, "losses": [4.4, 4.0], "before_forgetting": true},
        }, "audit": audit()}),
    };
    let snapshot = SnapshotRow {
        id: row.snapshot.clone(),
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
        shards: 2,
        slices: 3,
        created: t("2024-10-20T08:00:00Z"),
        withdrawn: false,
    };
    let part = |shard, state| Change::SetShardState { release: id.clone(), shard, state, adapter: Some("22".into()) };
    let changes = [Change::PutSnapshot(snapshot), Change::PutRelease(row)];
    let changes = changes.into_iter().chain([part(0, ShardState::Serving), part(1, ShardState::Retraining)]).collect();
    site.store.commit(t("2024-10-20T08:00:00Z"), changes).await.unwrap();
    let page = site.officer().await.get(PAGE).await.text;
    for words in [
        "Loss while learning, by part. part 1: from 5.500 to 4.900; part 2: from 5.600 to 5.000",
        "12.5 s",
        "epsilon 4.25 at a delta of 1.0e-5: reasonable",
    ] {
        assert!(page.contains(words), "`{words}` is missing in {page}");
    }
    assert_eq!(page.matches("<polyline").count(), 4 + 3 + 2, "parts and price, exposure, membership");
    for words in [
        "<strong>75 %</strong>",
        "before the last forgetting",
        "one adapter: from 6.000 to 4.000",
        "Audit <span class=\"tag\">not passed",
        "A check &#60;in words",
        "0.71 (0.6 to 0.8)",
        "Members told from non-members",
    ] {
        assert!(page.contains(words), "`{words}` is missing in {page}");
    }
    assert!(page.contains("in service") && page.contains("being trained again"), "{page}");
    let console = site.officer().await.get("/console").await.text;
    assert!(console.contains("href=\"/console/releases/r-1\""), "{console}");
    assert_eq!(site.officer().await.get("/console/releases/other").await.status.as_u16(), 404);
}
