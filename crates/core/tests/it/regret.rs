//! A move that is told late makes a regret, with its cause; what was denied then is none. And a denial is explained.

use candor_core::{
    History, PurposeKey, Query, RecipientKey, RecordId, RuleBook, RunId, Seq,
    decide::facts_at,
    explain::explain,
    regret::{Use, regret},
};

fn history() -> History {
    let mut history = History::new(RuleBook::shipped("seeds-2024").unwrap());
    let events = [
        r#"{"seq":1,"t":"2024-01-10T00:00:00Z","type":"member_registered","member":"ann","residence":"US"}"#,
        r#"{"seq":2,"t":"2024-09-18T00:00:00Z","type":"notice_delivered","member":"ann","policy":"2024-09-18"}"#,
        r#"{"seq":3,"t":"2024-10-01T00:00:00Z","type":"record_ingested","record":"r1","member":"ann","kind":"post","visibility":"public"}"#,
        r#"{"seq":4,"t":"2024-10-09T00:00:00Z","type":"choice_set","member":"ann","purpose":"generative_training","value":"off"}"#,
        r#"{"seq":5,"t":"2024-10-10T00:00:00Z","t_valid":"2024-10-02T00:00:00Z","type":"residence_set","member":"ann","residence":"DE"}"#,
    ];
    for event in events {
        history.push(serde_json::from_str(event).unwrap()).unwrap();
    }
    history
}

fn query(as_of: u64) -> Query {
    Query {
        purpose: PurposeKey::generative_training(),
        recipient: RecipientKey::own(),
        at: "2024-10-05T00:00:00Z".parse().unwrap(),
        as_of: Seq(as_of),
    }
}

#[test]
fn a_move_that_is_told_late_is_regretted() {
    let history = history();
    let record = RecordId::new("r1").unwrap();
    let used =
        |as_of| Use { run: RunId::new("run-1").unwrap(), record: record.clone(), row: None, query: query(as_of) };
    let found = regret(&history, &[used(3), used(5)]);
    let found: Vec<_> = found.iter().map(|r| (r.reason.code(), r.cause, r.member.as_str())).collect();
    assert_eq!(found, [("region_excluded_now", Seq(5), "ann")]);
}

#[test]
fn a_denial_names_its_rows_and_their_sources() {
    let history = history();
    let query = query(5);
    let facts = facts_at(&history, &RecordId::new("r1").unwrap(), query.at, query.as_of).unwrap();
    let told = explain(&history, &facts, &query);
    assert_eq!(told.primary, Some("region_excluded_now"));
    let text = told.to_string();
    for words in ["region_excluded_now", "rule `EU, EEA and Switzerland left out`", "frequently asked questions"] {
        assert!(text.contains(words), "{text}");
    }
}
