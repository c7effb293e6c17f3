//! The properties of `properties.rs` over generated histories of every event type and under every rule book.

use candor_core::{
    History, Logged, PurposeKey, Query, RecipientKey, Seq, decide,
    testing::{Sample, day, histories, restrictive_event},
};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_answer_as_of_k_never_changes_when_the_log_grows(sample in histories()) {
        let whole = sample.history();
        for cut in (0..=sample.events.len()).step_by(7) {
            let prefix = sample.prefix(cut);
            for query in &sample.queries {
                let query = Query { as_of: prefix.last(), ..query.clone() };
                for record in Sample::records() {
                    prop_assert_eq!(decide(&prefix, &record, &query), decide(&whole, &record, &query));
                }
            }
        }
    }

    #[test]
    fn a_restriction_never_permits(sample in histories(), event in restrictive_event(), back in 0i64..90) {
        let before = sample.history();
        let mut after: History = before.clone();
        let (seq, t) = (Seq(sample.events.len() as u64 + 1), sample.events.last().map_or(day(0), |e| e.t));
        let t_valid = day(120 - back).min(t);
        let _refused = after.push(Logged { seq, t, t_valid: Some(t_valid), event });
        for query in &sample.queries {
            let (then, now) = (Query { as_of: before.last(), ..query.clone() }, Query { as_of: after.last(), ..query.clone() });
            for record in Sample::records() {
                let (then, now) = (decide(&before, &record, &then), decide(&after, &record, &now));
                prop_assert!(then.allows() || !now.allows(), "{:?} became an allowance", then.mask);
            }
        }
    }

    #[test]
    fn an_unknown_never_permits(sample in histories()) {
        let history = sample.history();
        for query in &sample.queries {
            let unknown = [
                Query { purpose: PurposeKey::new("horoscopes").unwrap(), ..query.clone() },
                Query { recipient: RecipientKey::new("nobody").unwrap(), ..query.clone() },
                Query { as_of: Seq(history.last().0 + 1), ..query.clone() },
            ];
            for record in Sample::records() {
                for query in &unknown {
                    prop_assert!(!decide(&history, &record, query).allows());
                }
            }
        }
    }
}
