//! The scenarios of the rules through the columnar engine: what `core/tests/it/scenarios` expects of the oracle, the engine
//! says too, made anew and event by event, for records as events and as rows of files.

use crate::engine::check;
use candor_core::{
    History, MemberId, Query, RecordFacts, RuleBook, Scenario,
    decide::{facts_at, row_at},
    scenario::{Expectation, ExpectedDecision},
};
use candor_dataset::Engine;
use std::collections::BTreeMap;

#[test]
fn every_scenario_holds_in_the_engine() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/tests/it/scenarios");
    let mut asked = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let scenario = Scenario::parse(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        // What the oracle says is what the file expects; the engine is held equal to the oracle.
        assert_eq!(scenario.run().unwrap(), Vec::<String>::new(), "{}", scenario.name);
        for expectation in &scenario.expect {
            match expectation {
                Expectation::Refused { .. } => {}
                Expectation::Decided(expected) => {
                    follow(&scenario, expected);
                    asked += 1;
                }
            }
        }
    }
    assert!(asked >= 100, "only {asked} questions");
}

/// Asks a question at every index up to the one that the scenario asks at.
fn follow(scenario: &Scenario, expected: &ExpectedDecision) {
    let text = RuleBook::shipped_text(&scenario.rulebook).unwrap();
    let mut history = History::new(RuleBook::parse_with(text, &scenario.overrides).unwrap());
    let (purpose, recipient) = (expected.purpose.clone(), expected.recipient.clone());
    let mut query = Query { purpose, recipient, at: expected.at, as_of: history.last() };
    let mut engine = Engine::new(&history, &query);
    for logged in scenario.events.iter().take_while(|logged| logged.seq <= expected.as_of) {
        // What is refused leaves no trace.
        if history.push(logged.clone()).is_err() {
            continue;
        }
        query.as_of = logged.seq;
        engine.apply(&history, history.event(logged.seq).unwrap());
        let records = records(scenario, &history, &query, expected);
        let anew = &mut Engine::new(&history, &query);
        for engine in [&mut engine, anew] {
            check(engine, &history, &query, &records).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        }
    }
}

/// Every record of the scenario, and the version that is asked about, by author.
fn records(scenario: &Scenario, history: &History, query: &Query, expected: &ExpectedDecision) -> Vec<RecordFacts> {
    let mut by_author: BTreeMap<MemberId, Vec<RecordFacts>> = BTreeMap::new();
    for record in scenario.events.iter().filter_map(|logged| logged.event.record()) {
        let Some(facts) = facts_at(history, record, query.at, query.as_of) else { continue };
        let asked = expected.version.filter(|_| *record == expected.record);
        let row = asked.map(|edited| RecordFacts { edited, ..facts.clone() });
        let row = row.map(|row| row_at(history, record, row, query.at, query.as_of));
        by_author.entry(facts.member.clone()).or_default().extend(row.into_iter().chain([facts]));
    }
    by_author.into_values().flatten().collect()
}
