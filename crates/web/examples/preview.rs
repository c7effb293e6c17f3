//! Serves the pages over the tests' site, to look at them while working on templates and styles:
//! `cargo run -p candor-web --example preview` and open <http://127.0.0.1:8099>.

#[path = "../tests/it/support.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod support;

use candor_core::{Event, Mask, PurposeKey, Reason, RecipientKey, RecordId, ReleaseId, Seq, SnapshotId};
use candor_store::{Change, DecisionRow, ReleaseRow, ReleaseState, ShardState, SnapshotMember, SnapshotRow};
use support::{Site, id, t};

/// How often the clock moves.
const STEP: std::time::Duration = std::time::Duration::from_millis(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let site = Site::new().await;
    site.store.commit(t("2024-10-20T08:00:00Z"), trained()?).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await?;
    println!("http://127.0.0.1:8099");
    tokio::select! {
        served = axum::serve(listener, site.router.clone()) => served?,
        () = tick(&site) => {}
    }
    Ok(())
}

/// Lets the site's clock go on, so that a choice follows another.
async fn tick(site: &Site) {
    let mut now = t("2024-11-01T10:00:00Z");
    while let Ok(next) = now.checked_add(STEP) {
        tokio::time::sleep(STEP).await;
        now = next;
        site.set_clock(&now.to_string());
    }
}

/// One training set and one release with Ann in them, and the table of a run.
fn trained() -> Result<Vec<Change>, Box<dyn std::error::Error>> {
    let (snapshot, release) = (SnapshotId::new("s-2024-10-20")?, ReleaseId::new("r-2024-10-20")?);
    let member = |member: &str, records| SnapshotMember {
        member: id(member),
        pseudonym: "00".into(),
        shard: 2,
        slice: 0,
        records,
        tokens: records * 91,
    };
    let mut denied = Mask::default();
    denied.add(Reason::RegionExcludedNow);
    let decision =
        |member: &str, mask| DecisionRow { record: RecordId::derive("platform", member), member: id(member), mask };
    let row = SnapshotRow {
        id: snapshot.clone(),
        parent: None,
        as_of: Seq(8),
        sealed_seq: None,
        purpose: PurposeKey::generative_training(),
        recipient: RecipientKey::own(),
        rule_book: "seeds-2024".into(),
        manifest: "00".into(),
        records: 12_345,
        members: 1_408,
        tokens: 1_923_456,
        shards: 8,
        slices: 6,
        created: t("2024-10-20T08:00:00Z"),
        withdrawn: false,
    };
    let release_row = ReleaseRow {
        id: release.clone(),
        snapshot: snapshot.clone(),
        base: "base".into(),
        recipe: "demo".into(),
        created: t("2024-10-20T09:00:00Z"),
        state: ReleaseState::Released,
        shards: 8,
        adapters: None,
        metrics: serde_json::json!({}),
    };
    let mut changes = vec![
        Change::PutSnapshot(row),
        Change::event(Event::SnapshotSealed {
            snapshot: snapshot.clone(),
            as_of: Seq(8),
            manifest: "00".into(),
            set: None,
        }),
        Change::PutDecisions(
            snapshot.clone(),
            vec![decision("ann", Mask::default()), decision("bea", Mask::default()), decision("cem", denied)],
        ),
        Change::PutSnapshotMembers(snapshot, vec![member("ann", 17), member("bea", 4)]),
        Change::PutRelease(release_row),
        Change::PutDocument { key: "demo_report".into(), json: report() },
        Change::PutJob { kind: "forget_member".into(), key: "forget:x".into(), payload: serde_json::json!({}) },
    ];
    let serving = |shard| Change::SetShardState {
        release: release.clone(),
        shard,
        state: if shard == 5 { ShardState::Retraining } else { ShardState::Serving },
        adapter: None,
    };
    changes.extend((0..8).map(serving));
    Ok(changes)
}

fn report() -> serde_json::Value {
    serde_json::json!({
        "records_collected": 20_000, "admitted": 12_345,
        "left_out": {"region_excluded_now": 3_912, "choice_off": 1_480, "region_paused_now": 1_210, "minor_now": 611, "record_not_visible": 442},
        "redacted": {"EMAIL": 612, "PERSON": 2_190, "PHONE": 207, "HANDLE": 1_033}, "shards": 8,
        "loss_base": 4.512, "loss_adapters": 4.231, "audit": {"exposure_bits": 0.41, "extracted": 0},
        "steps": [{"name": "Collect", "seconds": 1.9}, {"name": "Gate", "seconds": 0.2}, {"name": "Redact", "seconds": 1.1},
                  {"name": "Seal", "seconds": 2.6}, {"name": "Train", "seconds": 48.3}, {"name": "Audit", "seconds": 6.4}],
    })
}
