//! A witness: every answer of `add-checkpoint`, and that nothing is forgotten between two requests.

use crate::world::{HANDOVER, ORIGIN, World, key, witness, world};
use candor_tlog::witness::{AddCheckpoint, Answer, Followed, Witness};
use candor_tlog::{Hash, Quorum, parse_hash};
use proptest::prelude::*;

const NOW_S: u64 = 1_730_000_000;

fn fresh() -> Witness {
    let keys = vec![key(1).verifier(), key(2).verifier()];
    Witness::new(witness(3), [(ORIGIN.to_owned(), Followed::new(keys))])
}

fn request(world: &World, old: u64, new: u64) -> AddCheckpoint {
    let mut shorter = crate::world::World::new(Vec::new());
    shorter.take(world, new);
    let proof = shorter.consistency(old).iter().map(|text| parse_hash(text).unwrap()).collect();
    AddCheckpoint { old, proof, note: world.note(&key(1), new) }
}

/// Sends a request, keeps the state when there is one, and tells the answer.
fn send(witness: &mut Witness, request: &AddCheckpoint) -> Answer {
    match witness.add_checkpoint(&request.to_body(), NOW_S) {
        Ok(pending) => pending.kept(),
        Err(answer) => answer,
    }
}

#[test]
fn a_log_that_grows_is_cosigned_step_by_step() {
    let (world, mut witness_3) = (world(), fresh());
    let policy = Quorum::new(1, vec![witness(3).verifier()]).unwrap();
    for (old, new) in [(0, 3), (3, 3), (3, HANDOVER), (HANDOVER, 30)] {
        let request = request(&world, old, new);
        let Answer::Cosigned(line) = send(&mut witness_3, &request) else { panic!("{old} to {new}") };
        let cosigned = format!("{}{line}", request.note);
        assert_eq!(policy.check(&cosigned), Ok(vec![("witness.example/3", NOW_S)]));
        assert_eq!(witness_3.followed(ORIGIN).map(|log| log.size), Some(new));
    }
}

#[test]
fn every_refusal_has_its_answer_and_changes_nothing() {
    let (world, mut witness) = (world(), fresh());
    assert_eq!(send(&mut witness, &request(&world, 0, 10)).status(), 200);
    let good = request(&world, 10, 20);
    let other_root = AddCheckpoint { note: key(1).sign(10, &Hash([1; 32])), ..request(&world, 10, 10) };
    let stranger = candor_tlog::LogKey::new("example.org/other", &[1; 32]).unwrap();
    let cases = [
        (AddCheckpoint { note: stranger.sign(20, &Hash([1; 32])), ..good.clone() }, Answer::UnknownOrigin),
        (AddCheckpoint { note: world.note(&key(7), 20), ..good.clone() }, Answer::Unsigned),
        (AddCheckpoint { note: key(1).sign(20, &Hash([1; 32])), ..good.clone() }, Answer::Inconsistent),
        (AddCheckpoint { proof: good.proof[1..].to_vec(), ..good.clone() }, Answer::Inconsistent),
        (request(&world, 5, 20), Answer::Conflict { kept: 10 }),
        (request(&world, 5, 8), Answer::Conflict { kept: 10 }),
        (request(&world, 12, 20), Answer::Conflict { kept: 10 }),
        (other_root, Answer::Conflict { kept: 10 }),
        (AddCheckpoint { old: 21, ..good.clone() }, Answer::Malformed),
        (AddCheckpoint { proof: vec![Hash([1; 32]); 64], ..good.clone() }, Answer::Malformed),
        (AddCheckpoint { note: "no note".into(), ..good.clone() }, Answer::Malformed),
    ];
    for (request, answer) in cases {
        assert_eq!(send(&mut witness, &request), answer, "{request:?}");
        assert_eq!(witness.followed(ORIGIN).map(|log| log.size), Some(10));
    }
    for body in ["", "old 1", "old 01\n\nx", "old -1\n\nx", "new 1\n\nx", "old 1\nAAAA\n\nx", "old 1\n"] {
        assert_eq!(AddCheckpoint::parse(body), None, "{body:?}");
    }
    let conflict = Answer::Conflict { kept: 10 };
    let shown = (conflict.status(), conflict.content_type(), conflict.body());
    assert_eq!(shown, (409, "text/x.tlog.size", "10\n".to_owned()));
    assert_eq!(send(&mut witness, &good).status(), 200);
}

#[test]
fn an_answer_that_was_not_kept_changes_nothing() {
    let (world, mut witness) = (world(), fresh());
    let pending = witness.add_checkpoint(&request(&world, 0, 10).to_body(), NOW_S).unwrap();
    let written = serde_json::to_string(pending.state()).unwrap();
    assert_eq!(pending.origin(), ORIGIN);
    drop(pending);
    assert_eq!(witness.followed(ORIGIN).map(|log| log.size), Some(0));
    // After a restart from what was written, the same request is a conflict and the next one is taken.
    let restored: Followed = serde_json::from_str(&written).unwrap();
    let mut restored = Witness::new(crate::world::witness(3), [(ORIGIN.to_owned(), restored)]);
    assert_eq!(send(&mut restored, &request(&world, 0, 10)), Answer::Conflict { kept: 10 });
    assert_eq!(send(&mut restored, &request(&world, 10, 20)).status(), 200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn a_request_is_read_back_and_noise_is_refused(old: u64, count in 0_usize..=63, note in "\\PC{1,40}", noise in "\\PC{0,200}") {
        let request = AddCheckpoint { old, proof: vec![Hash([5; 32]); count], note };
        prop_assert_eq!(AddCheckpoint::parse(&request.to_body()), Some(request));
        prop_assert!(fresh().add_checkpoint(&noise, NOW_S).is_err());
    }
}
