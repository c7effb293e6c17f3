//! The verification of a bundle: every part against the checkpoint, the checkpoint against the reader's trust. Offline,
//! without state; the first thing that fails ends it. What no proof of this kind shows: that a member was enrolled once
//! only, that records were filed under the right member, and how many members a set has.

use crate::bundle::{Bundle, Earlier, EntryProof, KeyChange, SetEvidence, SnapshotEvidence, Trust};
use crate::checkpoint::{Checkpoint, KeyRing, VerifierKey};
use crate::report::{Failure, Fault, Part, Report, Statement};
use crate::set::{Presence, SetHead};
use crate::token::{MemberSecret, RecordsDigest, enrolment, entry, token};
use crate::{Hash, Leaf, kind_code, parse_hash, verify_consistency, verify_inclusion};
use candor_core::{ChoiceValue, Event, Logged, ObjectionId, PurposeKey, Seq, SnapshotId};
use std::collections::{BTreeMap, HashSet};

/// Checks everything in a bundle.
///
/// # Errors
/// [`Failure`]: the first part that fails, and why.
pub fn verify(bundle: &Bundle, trust: &Trust) -> Result<Report, Failure> {
    let (keys, changes) = all_keys(bundle, &trust.keys)?;
    let checkpoint = keys.open(&bundle.checkpoint).map_err(at(Part::Checkpoint))?;
    let mut check = Check { bundle, checkpoint, statements: Vec::new(), seen: HashSet::new() };
    check.say(Statement::Signed { origin: check.checkpoint.origin.clone(), size: check.checkpoint.size });
    for (change, (number, handover, entry)) in bundle.key_changes.iter().zip(changes) {
        check.continues(&handover, &change.consistency).map_err(at(Part::KeyChange(number)))?;
        check.say(Statement::KeyChanged { entry, from: handover.size });
    }
    check.witnesses(trust)?;
    check.earlier(trust, &keys).map_err(at(Part::Earlier))?;
    let choices = check.entries()?;
    let enrolled = check.enrolment().map_err(at(Part::Enrolment))?;
    if bundle.entries.is_empty() && enrolled.is_none() {
        return Err(at(Part::Bundle)(Fault::Empty));
    }
    for (number, evidence) in (1..).zip(&bundle.snapshots) {
        check.snapshot(number, evidence, enrolled.as_ref(), &choices)?;
    }
    for (number, evidence) in (1..).zip(&bundle.releases) {
        check.release(evidence).map_err(at(Part::Release(number)))?;
    }
    let Check { checkpoint, statements, .. } = check;
    Ok(Report { origin: checkpoint.origin, size: checkpoint.size, statements })
}

/// The member's choices by purpose: where in the log, and what.
type Choices = BTreeMap<PurposeKey, BTreeMap<Seq, ChoiceValue>>;

fn at<E: Into<Fault>>(part: Part) -> impl Fn(E) -> Failure {
    move |fault| Failure { part, fault: fault.into() }
}

/// The trusted keys and those that the bundle shows to follow, with each handover's number, checkpoint and entry.
type Handovers = Vec<(usize, Checkpoint, Seq)>;

fn all_keys(bundle: &Bundle, trusted: &KeyRing) -> Result<(KeyRing, Handovers), Failure> {
    let mut keys = trusted.clone();
    if keys.key_at(0) != &bundle.key {
        return Err(at(Part::Bundle)(Fault::Key));
    }
    let mut handovers = Vec::new();
    for (number, change) in (1..).zip(&bundle.key_changes) {
        let handover = key_change(change, &mut keys).map_err(at(Part::KeyChange(number)))?;
        handovers.push((number, handover.0, handover.1));
    }
    Ok((keys, handovers))
}

/// Takes a key change that the key before and the new one both signed; one that the reader knows must be the same.
fn key_change(change: &KeyChange, keys: &mut KeyRing) -> Result<(Checkpoint, Seq), Fault> {
    let handover = Checkpoint::unverified(&change.checkpoint)?;
    let logged = proved(&change.entry, &handover)?;
    let Event::LogKeySet { key } = &logged.event else { return Err(Fault::Kind) };
    let key: VerifierKey = key.parse().map_err(|_| Fault::Event)?;
    if keys.keys().any(|(from, _)| from == handover.size && from > 0) {
        if keys.key_at(handover.size) != &key {
            return Err(Fault::Key);
        }
    } else {
        keys.add(handover.size, key)?;
    }
    keys.open(&change.checkpoint)?;
    Ok((handover, logged.seq))
}

/// The event of an entry that is proved to stand in the checkpoint's tree at the index that it states.
fn proved(entry: &EntryProof, checkpoint: &Checkpoint) -> Result<Logged, Fault> {
    let logged: Logged = serde_json::from_str(&entry.event).map_err(|_| Fault::Event)?;
    let leaf = Leaf::new(kind_code(&logged.event), &hex32(&entry.opening)?, entry.event.as_bytes());
    let index = logged.seq.0.checked_sub(1).ok_or(Fault::Event)?;
    verify_inclusion(&leaf, index, checkpoint.size, &checkpoint.root, &hashes(&entry.proof)?)?;
    Ok(logged)
}

fn hashes(texts: &[String]) -> Result<Vec<Hash>, Fault> {
    Ok(texts.iter().map(|text| parse_hash(text)).collect::<Result<_, _>>()?)
}

fn hex32(text: &str) -> Result<[u8; 32], Fault> {
    parse_hash(text).map(|hash| hash.0).map_err(|_| Fault::Hex)
}

struct Check<'a> {
    bundle: &'a Bundle,
    checkpoint: Checkpoint,
    statements: Vec<Statement>,
    seen: HashSet<Seq>,
}

impl Check<'_> {
    fn say(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// The event of an entry that stands in the bundle once.
    fn open(&mut self, entry: &EntryProof) -> Result<Logged, Fault> {
        let logged = proved(entry, &self.checkpoint)?;
        if self.seen.insert(logged.seq) { Ok(logged) } else { Err(Fault::Twice) }
    }

    fn continues(&self, old: &Checkpoint, proof: &[String]) -> Result<(), Fault> {
        let new = &self.checkpoint;
        Ok(verify_consistency((old.size, &old.root), (new.size, &new.root), &hashes(proof)?)?)
    }

    fn witnesses(&mut self, trust: &Trust) -> Result<(), Failure> {
        trust.witnesses.check(&self.bundle.checkpoint).map_err(at(Part::Witnesses))?;
        let (needed, of) = (trust.witnesses.needed(), trust.witnesses.len());
        self.say(if needed == 0 { Statement::NoWitness } else { Statement::Cosigned { needed, of } });
        Ok(())
    }

    fn earlier(&mut self, trust: &Trust, keys: &KeyRing) -> Result<(), Fault> {
        let mut shown = None;
        if let Some(Earlier { checkpoint, consistency }) = &self.bundle.earlier {
            let earlier = keys.open(checkpoint)?;
            self.continues(&earlier, consistency)?;
            self.say(Statement::Continues { size: earlier.size });
            shown = Some(earlier);
        }
        match &trust.earlier {
            Some(seen) if *seen != self.checkpoint && shown.as_ref() != Some(seen) => {
                Err(Fault::Unseen { seen: seen.size })
            }
            _ => Ok(()),
        }
    }

    /// The member's entries; each is about the member, or carries on an objection that they filed.
    fn entries(&mut self) -> Result<Choices, Failure> {
        let (mut choices, mut objections) = (Choices::new(), HashSet::<ObjectionId>::new());
        for (number, evidence) in (1..).zip(&self.bundle.entries) {
            let part = Part::Entry(number);
            let logged = self.open(evidence).map_err(at(part))?;
            let own = logged.event.member() == Some(&self.bundle.member);
            let carried = logged.event.objection().is_some_and(|objection| objections.contains(objection));
            if !own && !carried {
                return Err(at(part)(Fault::NotTheMember));
            }
            let entry = logged.seq;
            let statement = match logged.event {
                Event::ChoiceSet { purpose, value, .. } => {
                    choices.entry(purpose.clone()).or_default().insert(entry, value);
                    Statement::Choice { entry, purpose, value }
                }
                Event::ObjectionFiled { objection, .. } => {
                    objections.insert(objection);
                    Statement::Entry { entry, event: "objection_filed" }
                }
                other => Statement::Entry { entry, event: other.name() },
            };
            self.say(statement);
        }
        Ok(choices)
    }

    /// The member's secret, once it is the one that the log committed to.
    fn enrolment(&mut self) -> Result<Option<(Seq, MemberSecret)>, Fault> {
        let Some(evidence) = &self.bundle.enrolment else { return Ok(None) };
        let logged = self.open(&evidence.entry)?;
        let Event::MemberEnrolled { member, commitment } = logged.event else { return Err(Fault::Kind) };
        if member != self.bundle.member {
            return Err(Fault::NotTheMember);
        }
        let secret = MemberSecret(hex32(&evidence.secret)?);
        if enrolment(&member, &secret) != commitment {
            return Err(Fault::Secret);
        }
        self.say(Statement::Enrolled { entry: logged.seq });
        Ok(Some((logged.seq, secret)))
    }

    fn snapshot(
        &mut self,
        number: usize,
        evidence: &SnapshotEvidence,
        enrolled: Option<&(Seq, MemberSecret)>,
        choices: &Choices,
    ) -> Result<(), Failure> {
        let logged = self.open(&evidence.seal).map_err(at(Part::Seal(number)))?;
        let Event::SnapshotSealed { snapshot, set: stated, .. } = logged.event else {
            return Err(at(Part::Seal(number))(Fault::Kind));
        };
        let sealed = logged.seq;
        let in_set = at(Part::Set(number));
        let statement = match (&evidence.set, stated) {
            (None, _) => Statement::NoSet { snapshot: snapshot.clone(), sealed },
            (Some(_), None) => return Err(in_set(Fault::NoSet)),
            (Some(set), Some(stated)) => {
                let (enrolled, secret) = *enrolled.ok_or(Fault::NoEnrolment).map_err(&in_set)?;
                let head = SetHead::parse(&stated).map_err(Fault::Set).map_err(&in_set)?;
                let shown = presence(set, &head, &secret, &snapshot).map_err(&in_set)?;
                let snapshot = snapshot.clone();
                match shown {
                    _ if enrolled > sealed => Statement::BeforeEnrolment { snapshot, sealed, enrolled },
                    None => Statement::Absent { snapshot, sealed },
                    Some(records) => Statement::Present { snapshot, sealed, records },
                }
            }
        };
        self.say(statement);
        for (purpose, made) in choices {
            let (snapshot, purpose) = (snapshot.clone(), purpose.clone());
            // What stood at the seal, or the first choice after it.
            if let Some((&entry, &value)) = made.range(..sealed).next_back() {
                self.say(Statement::ChoiceBefore { snapshot, sealed, entry, purpose, value });
            } else if let Some((&entry, &value)) = made.range(sealed..).next() {
                self.say(Statement::ChoiceAfter { snapshot, sealed, entry, purpose, value });
            }
        }
        Ok(())
    }

    fn release(&mut self, evidence: &EntryProof) -> Result<(), Fault> {
        let logged = self.open(evidence)?;
        let entry = logged.seq;
        let statement = match logged.event {
            Event::ModelReleased { release, snapshot, .. } => Statement::Released { entry, release, snapshot },
            Event::ShardRetired { release, shard } => Statement::ShardRetired { entry, release, shard },
            Event::ModelWithdrawn { release } => Statement::ReleaseWithdrawn { entry, release },
            Event::SnapshotWithdrawn { snapshot } => Statement::SnapshotWithdrawn { entry, snapshot },
            _ => return Err(Fault::Kind),
        };
        self.say(statement);
        Ok(())
    }
}

/// How many records of the member the set stands for, once they are the ones named; `None` when the member is not in it.
fn presence(
    evidence: &SetEvidence,
    head: &SetHead,
    secret: &MemberSecret,
    snapshot: &SnapshotId,
) -> Result<Option<usize>, Fault> {
    let own = token(secret, snapshot);
    let shown = evidence.proof(own.bucket(head.bits))?.verify(head, &own)?;
    let records: Vec<_> = evidence.records.iter().map(|text| hex32(text)).collect::<Result<_, _>>()?;
    match shown {
        Presence::Absent if records.is_empty() => Ok(None),
        Presence::Absent => Err(Fault::Records),
        Presence::Present(value) => {
            let (_, expected) = entry(secret, snapshot, &RecordsDigest::of(records.iter().copied()));
            if value == expected { Ok(Some(records.len())) } else { Err(Fault::Records) }
        }
    }
}
