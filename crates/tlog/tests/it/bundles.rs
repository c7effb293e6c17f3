//! A member's bundle: what it shows, and that nothing in it can be changed, left out or put elsewhere.

use crate::world::{World, bundle, choice, event, key, set, snapshot, trust, witness, world};
use candor_core::ChoiceValue;
use candor_tlog::bundle::SetEvidence;
use candor_tlog::{
    Bundle, BundleError, CheckpointError, Fault, KeyRing, MemberSecret, Part, ProofError, Quorum, Report, SetError,
    Trust, TrustText, token, verify,
};
use proptest::prelude::*;
use serde_json::json;

fn report() -> (Bundle, Trust, Report) {
    let world = world();
    let (bundle, trust) = (bundle(&world), trust(&world));
    let report = verify(&bundle, &trust).unwrap();
    (bundle, trust, report)
}

#[test]
fn a_bundle_shows_in_words_what_the_log_holds() {
    let (_, _, report) = report();
    let expected = [
        "the log example.org/candor had 32 entries, and its key signed that",
        "the log's key changed with entry 6; both keys signed at size 7",
        "at least 2 of the 3 witnesses that you named saw the same log",
        "nothing was changed or left out since the log had 5 entries",
        "entry 2 about you is in the log: member_registered",
        "your choice for generative_training was set to off by entry 5",
        "entry 8 about you is in the log: objection_filed",
        "entry 9 about you is in the log: objection_upheld",
        "entry 3 fixed the secret under which snapshots list you",
        "snapshot s-with, sealed at entry 4, holds exactly 3 of your records",
        "your choice of off for generative_training was entry 5, after the seal of s-with at 4",
        "snapshot s-without, sealed at entry 7, does not hold any of your records",
        "your choice of off for generative_training was entry 5, before the seal of s-without at 7",
        "release r1 was made from snapshot s-without by entry 10",
    ];
    assert_eq!(report.lines(), expected);
}

#[test]
fn a_bundle_is_read_back_from_its_text() {
    let (bundle, trust, report) = report();
    let text = bundle.to_text().unwrap();
    assert_eq!(Bundle::parse(&text), Ok(bundle.clone()));
    assert_eq!(verify(&Bundle::parse(&text).unwrap(), &trust), Ok(report));
    let other = text.replacen("candor-bundle/v1", "candor-bundle/v2", 1);
    assert_eq!(Bundle::parse(&other), Err(BundleError::Format));
    let more = text.replacen('{', "{\"more\": 1,", 1);
    assert!(matches!(Bundle::parse(&more), Err(BundleError::Malformed { line: 1, .. })));
    let long = " ".repeat(candor_tlog::bundle::MAX_BUNDLE_BYTES + 1);
    assert_eq!(Bundle::parse(&long), Err(BundleError::TooLong(long.len())));
    let mut many = bundle;
    many.entries = vec![many.entries[0].clone(); 10_001];
    assert_eq!(Bundle::parse(&many.to_text().unwrap()), Err(BundleError::TooMany));
}

/// Changes a good bundle, or the trust it is held against, and tells where it fails and why.
fn failure(change: impl Fn(&mut Bundle, &mut Trust)) -> (Part, Fault) {
    let (mut bundle, mut trust, _) = report();
    change(&mut bundle, &mut trust);
    let failure = verify(&bundle, &trust).unwrap_err();
    (failure.part, failure.fault)
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let world = world();
    let wrong_key = failure(|_, trust| trust.keys = KeyRing::new(key(7).verifier()));
    assert_eq!(wrong_key, (Part::Bundle, Fault::Key));
    let unsigned = failure(|bundle, _| bundle.checkpoint = world.note(&key(1), world.size()));
    assert!(matches!(unsigned, (Part::Checkpoint, Fault::Checkpoint(CheckpointError::Note(_)))), "{unsigned:?}");
    let (part, _) = failure(|bundle, _| bundle.key_changes.clear());
    assert_eq!(part, Part::Checkpoint);
    let (part, _) = failure(|bundle, _| bundle.key_changes[0].checkpoint = world.note(&key(2), 7));
    assert_eq!(part, Part::KeyChange(1));
    let (part, _) = failure(|_, trust| {
        trust.witnesses = Quorum::new(3, [3, 4, 5].map(|seed| witness(seed).verifier()).into()).unwrap();
    });
    assert_eq!(part, Part::Witnesses);
    let unseen = failure(|bundle, _| bundle.earlier = None);
    assert_eq!(unseen, (Part::Earlier, Fault::Unseen { seen: 5 }));
    let elsewhere = failure(|bundle, _| bundle.entries[1].proof = bundle.entries[0].proof.clone());
    assert_eq!(elsewhere, (Part::Entry(2), Fault::Proof(ProofError::Invalid)));
    let twice = failure(|bundle, _| bundle.entries.push(bundle.entries[0].clone()));
    assert_eq!(twice, (Part::Entry(5), Fault::Twice));
    let others = failure(|bundle, _| bundle.entries.push(world.proof(11)));
    assert_eq!(others, (Part::Entry(5), Fault::NotTheMember));
    let others_objection = failure(|bundle, _| _ = bundle.entries.remove(2));
    assert_eq!(others_objection, (Part::Entry(3), Fault::NotTheMember));
    let secret = failure(|bundle, _| bundle.enrolment.as_mut().unwrap().secret = "00".repeat(32));
    assert_eq!(secret, (Part::Enrolment, Fault::Secret));
    let nobody = failure(|bundle, _| (bundle.enrolment, bundle.entries) = (None, Vec::new()));
    assert_eq!(nobody, (Part::Bundle, Fault::Empty));
    let unenrolled = failure(|bundle, _| bundle.enrolment = None);
    assert_eq!(unenrolled, (Part::Set(1), Fault::NoEnrolment));
    let no_seal = failure(|bundle, _| bundle.snapshots[1].seal = world.proof(11));
    assert_eq!(no_seal, (Part::Seal(2), Fault::Kind));
    let no_release = failure(|bundle, _| bundle.releases[0] = world.proof(11));
    assert_eq!(no_release, (Part::Release(1), Fault::Kind));
    let fewer = failure(|bundle, _| _ = bundle.snapshots[0].set.as_mut().unwrap().records.pop());
    assert_eq!(fewer, (Part::Set(1), Fault::Records));
    let more = failure(|bundle, _| bundle.snapshots[1].set.as_mut().unwrap().records.push("00".repeat(32)));
    assert_eq!(more, (Part::Set(2), Fault::Records));
}

/// What an operator would try who wants to hide that the member is in a snapshot.
#[test]
fn an_operator_cannot_pass_presence_off_as_absence() {
    let with = set("s-with", true);
    let stranger = token(&MemberSecret([77; 32]), &snapshot("s-with"));
    let other_bucket = with.prove(&stranger);
    let own = with.prove(&token(&crate::world::secret(), &snapshot("s-with")));
    let mut without = own.clone();
    without.bucket.retain(|entry| entry.token() != token(&crate::world::secret(), &snapshot("s-with")));
    let of_other_set = set("s-with", false).prove(&token(&crate::world::secret(), &snapshot("s-with")));
    for proof in [other_bucket, without, of_other_set] {
        let evidence = SetEvidence::new(&proof, &[]);
        let (part, fault) = failure(|bundle, _| bundle.snapshots[0].set = Some(evidence.clone()));
        assert_eq!(part, Part::Set(1));
        assert!(matches!(fault, Fault::Set(SetError::Disorder | SetError::Invalid)), "{fault:?}");
    }
}

#[test]
fn a_snapshot_before_the_enrolment_shows_nothing() {
    let mut world = world();
    let late = candor_core::Event::MemberEnrolled {
        member: crate::world::member(),
        commitment: candor_tlog::enrolment(&crate::world::member(), &crate::world::secret()),
    };
    world.push(late);
    world.push(choice(ChoiceValue::On));
    world.push(event(json!({"type": "snapshot_sealed", "snapshot": "s-bare", "as_of": 1, "manifest": "00"})));
    let mut bundle = bundle(&world);
    bundle.enrolment.as_mut().unwrap().entry = world.proof(33);
    bundle.entries.push(world.proof(34));
    let bare = candor_tlog::bundle::SnapshotEvidence { seal: world.proof(35), set: None };
    bundle.snapshots.push(bare);
    let lines = verify(&bundle, &trust(&world)).unwrap().lines();
    assert!(lines.iter().any(|line| line.starts_with("snapshot s-with was sealed at entry 4, before your secret")));
    assert!(
        lines.iter().any(|line| line.contains("choice of on for generative_training was entry 34, before the seal"))
    );
    assert!(
        lines.iter().any(|line| line == "snapshot s-bare was sealed at entry 35; nothing is shown about you in it")
    );
    bundle.snapshots[2].set = bundle.snapshots[1].set.clone();
    assert_eq!(verify(&bundle, &trust(&world)).unwrap_err().fault, Fault::NoSet);
}

#[test]
fn a_rewritten_log_does_not_continue_the_checkpoint_that_the_member_kept() {
    let (mut other, kept) = (World::new(Vec::new()), trust(&world()));
    (0..32).for_each(|n| other.push(event(json!({"type": "member_registered", "member": format!("x{n}")}))));
    let mut bundle = bundle(&world());
    bundle.checkpoint = other.note(&key(2), 32);
    let failure = verify(&bundle, &kept).unwrap_err();
    assert_eq!(failure.part, Part::KeyChange(1));
    assert_eq!(failure.fault, Fault::Proof(ProofError::Inconsistent { old: 7, new: 32 }));
    assert_eq!(failure.to_string().split(": ").next(), Some("key change 1"));
}

#[test]
fn ten_thousand_flipped_bytes_fail_or_change_nothing() {
    let (bundle, trust, report) = report();
    let text = bundle.to_text().unwrap().into_bytes();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        // xorshift64: a test's own numbers, the same in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (mut unread, mut refused, mut same) = (0, 0, 0);
    for _ in 0..10_000 {
        let mut changed = text.clone();
        let place = usize::try_from(next() % text.len() as u64).unwrap();
        changed[place] ^= 1 << (next() % 8);
        let Some(parsed) = std::str::from_utf8(&changed).ok().and_then(|text| Bundle::parse(text).ok()) else {
            unread += 1;
            continue;
        };
        match verify(&parsed, &trust) {
            Err(_) => refused += 1,
            Ok(found) => {
                assert_eq!(found, report, "byte {place}");
                same += 1;
            }
        }
    }
    println!("10,000 flips: {unread} not read, {refused} refused, {same} with the same report");
    assert!(unread + refused > 9_500, "{unread} {refused} {same}");
}

#[test]
fn trust_is_read_and_nonsense_is_refused() {
    let text = json!({"key": key(1).verifier(), "needed": 1, "witnesses": [witness(3).verifier()],
        "earlier": world().note(&key(1), 5)});
    let parsed = TrustText::parse(&text.to_string()).unwrap();
    assert_eq!((parsed.witnesses.needed(), parsed.earlier.map(|seen| seen.size)), (1, Some(5)));
    let alone = json!({"key": key(1).verifier()});
    assert_eq!(TrustText::parse(&alone.to_string()).unwrap().witnesses, Quorum::default());
    let never = json!({"key": key(1).verifier(), "needed": 1});
    assert!(matches!(TrustText::parse(&never.to_string()), Err(BundleError::Quorum(_))));
    let no_note = json!({"key": key(1).verifier(), "earlier": "x"});
    assert!(matches!(TrustText::parse(&no_note.to_string()), Err(BundleError::Keys(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_text_breaks_the_readers(text in "\\PC{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let noise = String::from_utf8_lossy(&bytes).into_owned();
        for text in [text, noise] {
            let _ = Bundle::parse(&text);
            let _ = TrustText::parse(&text);
            let _ = candor_tlog::Checkpoint::unverified(&text);
            let _ = key(1).verifier().open(&text);
            let _ = text.parse::<candor_tlog::VerifierKey>();
            let evidence = SetEvidence { path: text.clone(), bucket: text.clone(), records: vec![text] };
            prop_assert!(evidence.proof(0).map_or(true, |proof| proof.bytes() <= evidence.path.len() * 2));
        }
    }
}
