//! A small log with everything that a bundle can hold: members, choices, sealed snapshots with member sets, releases,
//! a key change, witnesses. Deterministic: what random numbers would be is counted up.

use candor_core::{ChoiceValue, Event, Logged, MemberId, ReleaseId, Seq, SnapshotId};
use candor_tlog::bundle::{BUNDLE_FORMAT, Earlier, Enrolment, EntryProof, KeyChange, SetEvidence, SnapshotEvidence};
use candor_tlog::{
    Bundle, Checkpoint, KeyRing, Leaf, LogKey, MemberSecret, MemberSet, Quorum, RecordsDigest, StoredHashes, Tree,
    Trust, WitnessKey, consistency_proof, enrolment, entry, inclusion_proof, kind_code, root_hash, to_hex, token,
};
use serde_json::json;

pub(crate) const ORIGIN: &str = "example.org/candor";
/// Members beside the one whose bundle it is.
const OTHERS: u8 = 60;

pub(crate) struct World {
    tree: Tree,
    stored: StoredHashes,
    entries: Vec<(String, [u8; 32])>,
}

pub(crate) fn key(seed: u8) -> LogKey {
    LogKey::new(ORIGIN, &[seed; 32]).unwrap()
}

pub(crate) fn witness(seed: u8) -> WitnessKey {
    WitnessKey::new(&format!("witness.example/{seed}"), &[seed; 32]).unwrap()
}

pub(crate) fn member() -> MemberId {
    MemberId::new("ann").unwrap()
}

pub(crate) fn secret() -> MemberSecret {
    MemberSecret([9; 32])
}

pub(crate) fn records() -> Vec<[u8; 32]> {
    vec![[1; 32], [2; 32], [3; 32]]
}

pub(crate) fn snapshot(name: &str) -> SnapshotId {
    SnapshotId::new(name).unwrap()
}

/// The member set of a snapshot, with the member or without.
pub(crate) fn set(name: &str, with: bool) -> MemberSet {
    let snapshot = snapshot(name);
    let others = (0..OTHERS).map(|n| entry(&MemberSecret([100 + n; 32]), &snapshot, &RecordsDigest::of([[n; 32]])));
    let own = with.then(|| entry(&secret(), &snapshot, &RecordsDigest::of(records())));
    MemberSet::build(others.chain(own).map(Into::into).collect()).unwrap()
}

pub(crate) fn choice(value: ChoiceValue) -> Event {
    let value = match value {
        ChoiceValue::On => "on",
        ChoiceValue::Off => "off",
    };
    event(json!({"type": "choice_set", "member": "ann", "purpose": "generative_training", "value": value}))
}

pub(crate) fn event(value: serde_json::Value) -> Event {
    serde_json::from_value(value).unwrap()
}

fn sealed(name: &str, with: bool) -> Event {
    let set = Some(set(name, with).head().stated());
    Event::SnapshotSealed { snapshot: snapshot(name), as_of: Seq(1), manifest: "00".into(), set }
}

impl World {
    pub(crate) fn new(events: Vec<Event>) -> Self {
        let mut world = Self { tree: Tree::default(), stored: StoredHashes::default(), entries: Vec::new() };
        events.into_iter().for_each(|event| world.push(event));
        world
    }

    pub(crate) fn push(&mut self, event: Event) {
        let seq = Seq(self.tree.size() + 1);
        let code = kind_code(&event);
        let logged = Logged { seq, t: "2024-10-01T09:00:00Z".parse().unwrap(), t_valid: None, event };
        let payload = serde_json::to_string(&logged).unwrap();
        let opening = [u8::try_from(seq.0 % 251).unwrap(); 32];
        for (number, hash) in self.tree.append(&Leaf::new(code, &opening, payload.as_bytes())).unwrap() {
            self.stored.insert(number, hash);
        }
        self.entries.push((payload, opening));
    }

    /// Copies the first entries of another log.
    pub(crate) fn take(&mut self, other: &Self, size: u64) {
        for (payload, _) in other.entries.iter().take(usize::try_from(size).unwrap()) {
            self.push(serde_json::from_str::<Logged>(payload).unwrap().event);
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    pub(crate) fn proof_at(&self, seq: u64, size: u64) -> EntryProof {
        let (event, opening) = &self.entries[usize::try_from(seq - 1).unwrap()];
        let proof = inclusion_proof(size, seq - 1, &self.stored).unwrap();
        EntryProof { event: event.clone(), opening: hex::encode(opening), proof: proof.iter().map(to_hex).collect() }
    }

    pub(crate) fn proof(&self, seq: u64) -> EntryProof {
        self.proof_at(seq, self.size())
    }

    pub(crate) fn note(&self, key: &LogKey, size: u64) -> String {
        key.sign(size, &root_hash(size, &self.stored).unwrap())
    }

    pub(crate) fn consistency(&self, old: u64) -> Vec<String> {
        consistency_proof(old, self.size(), &self.stored).unwrap().iter().map(to_hex).collect()
    }
}

/// The log that the tests of bundles use; the numbers in the comments are the entries'.
pub(crate) fn world() -> World {
    let mut events = vec![
        event(json!({"type": "log_key_set", "key": key(1).verifier().to_string()})), // 1
        event(json!({"type": "member_registered", "member": "ann", "residence": "US"})), // 2
        Event::MemberEnrolled { member: member(), commitment: enrolment(&member(), &secret()) }, // 3
        sealed("s-with", true),                                                      // 4
        choice(ChoiceValue::Off),                                                    // 5
        event(json!({"type": "log_key_set", "key": key(2).verifier().to_string()})), // 6
        sealed("s-without", false),                                                  // 7
        event(
            json!({"type": "objection_filed", "member": "ann", "objection": "o1", "purposes": ["generative_training"]}),
        ), // 8
        event(json!({"type": "objection_upheld", "objection": "o1"})),               // 9
        Event::ModelReleased {
            release: ReleaseId::new("r1").unwrap(),
            snapshot: snapshot("s-without"),
            adapters: "00".into(),
        }, // 10
        event(json!({"type": "member_registered", "member": "bob"})),                // 11
        event(json!({"type": "objection_filed", "member": "bob", "objection": "o2", "purposes": []})), // 12
    ];
    events.extend((0..20).map(|n| event(json!({"type": "member_registered", "member": format!("m{n}")}))));
    World::new(events)
}

/// The size at which the key of the log changes from the first to the second.
pub(crate) const HANDOVER: u64 = 7;

pub(crate) fn bundle(world: &World) -> Bundle {
    let of_set = |name, with, records: &[[u8; 32]]| {
        Some(SetEvidence::new(&set(name, with).prove(&token(&secret(), &snapshot(name))), records))
    };
    let mut checkpoint = world.note(&key(2), world.size());
    let read = Checkpoint::unverified(&checkpoint).unwrap();
    checkpoint.push_str(&witness(3).cosign(1_730_000_000, &read));
    checkpoint.push_str(&witness(4).cosign(1_730_000_001, &read));
    Bundle {
        format: BUNDLE_FORMAT.into(),
        member: member(),
        key: key(1).verifier(),
        key_changes: vec![KeyChange {
            checkpoint: key(2).sign_also(&world.note(&key(1), HANDOVER)).unwrap(),
            entry: world.proof_at(6, HANDOVER),
            consistency: world.consistency(HANDOVER),
        }],
        checkpoint,
        earlier: Some(Earlier { checkpoint: world.note(&key(1), 5), consistency: world.consistency(5) }),
        entries: [2, 5, 8, 9].map(|seq| world.proof(seq)).into(),
        enrolment: Some(Enrolment { secret: hex::encode(secret().0), entry: world.proof(3) }),
        snapshots: vec![
            SnapshotEvidence { seal: world.proof(4), set: of_set("s-with", true, &records()) },
            SnapshotEvidence { seal: world.proof(7), set: of_set("s-without", false, &[]) },
        ],
        releases: vec![world.proof(10)],
    }
}

pub(crate) fn trust(world: &World) -> Trust {
    let witnesses = [3, 4, 5].map(|seed| witness(seed).verifier()).into();
    let earlier = Some(Checkpoint::unverified(&world.note(&key(1), 5)).unwrap());
    Trust { keys: KeyRing::new(key(1).verifier()), witnesses: Quorum::new(2, witnesses).unwrap(), earlier }
}
