//! The protocol of opt-out, seal, run, release and restore as a model, searched exhaustively for small bounds. What it
//! asks of every state are the predicates of `core::invariant`, which the store and the checker of histories ask too.
//!
//! Each safeguard can be left out; then the search must find a history that breaks the promise. A safeguard whose absence
//! changed nothing would be none, and a check that cannot fail is no check.

use candor_core::{Seq, invariant};
use stateright::{Checker, Model, Property};
use std::collections::BTreeSet;

/// Members, from 0.
const MEMBERS: u8 = 2;
/// Entries that the log may grow to: what breaks without a safeguard takes four.
const ENTRIES: usize = 5;

type Members = BTreeSet<u8>;

/// What one entry of the log says. The model keeps only what the promise speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Entry {
    On(u8),
    /// Off for everything to come.
    Off(u8),
    /// Off, and out of what was trained. Their shard leaves in the same commit.
    Retract(u8),
    /// A snapshot of these members.
    Seal(Members),
    /// A run on the snapshot before it has begun with these members.
    Freeze(Members),
    /// The run's adapters are served.
    Release(Members),
}

use Entry::{Freeze, Off, On, Release, Retract, Seal};

/// What the members, the machines and the clock may do next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    /// A member's choice reaches the store's memory.
    Choose(Entry),
    /// The store's commit returns, and the member is told.
    Commit,
    /// A builder reads the log and builds.
    Read,
    /// It seals, or takes out whom the log has denied since, and seals.
    Seal,
    /// A trainer begins with the newest snapshot.
    Freeze,
    /// It has trained and releases, or gives up because someone took back what it learnt from.
    Release,
    /// `kill -9` and a new start, of each.
    CrashStore,
    CrashBuilder,
    CrashTrainer,
    /// The data folder is copied away; and comes back.
    Backup,
    Restore,
}

/// A safeguard that is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Without {
    Nothing,
    /// The answer waits for the commit.
    Durability,
    /// A seal takes out whom the log has denied since the builder read it.
    CompareAndSwap,
    /// A run begins without whom the log has denied since the seal.
    FreezeFence,
    /// A release looks for members who took back what was learnt.
    ReleaseFence,
    /// What is taken back leaves the serving weights in the same commit.
    Retirement,
    /// After an old backup nothing is decided and nothing served.
    Hold,
    /// What tells an old backup is the root and not only the size, which grows past the old one again.
    Roots,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct State {
    /// The log on the disk.
    log: Vec<Entry>,
    /// The leaf of each of its entries: no two are equal, as each has its own random opening.
    leaves: Vec<usize>,
    /// Everything that was ever committed or acknowledged, in order: no restore takes from it.
    truth: Vec<Entry>,
    /// In the store's memory, on its way to the disk.
    pending: Option<Entry>,
    /// What members were told, with its index. That an answer is lost on its way adds nothing: the less is promised.
    acknowledged: Vec<(Seq, Entry)>,
    /// Whom the builder built in.
    built: Option<Members>,
    /// Whether the trainer is at work; on what, says the log.
    is_training: bool,
    /// The log's length in the backup.
    backup: Option<usize>,
    /// The leaves that a witness has seen: their number and root, which are as good as all of them.
    witnessed: Vec<usize>,
}

impl State {
    /// Whether the log is not the one that a witness has seen, nor goes on from it.
    fn is_old(&self) -> bool {
        !invariant::extends(&self.leaves, &self.witnessed)
    }

    /// Whether everything but members' choices must wait.
    fn on_hold(&self, without: Without) -> bool {
        match without {
            Without::Hold => false,
            Without::Roots => self.log.len() < self.witnessed.len(),
            Without::Nothing
            | Without::Durability
            | Without::CompareAndSwap
            | Without::FreezeFence
            | Without::ReleaseFence
            | Without::Retirement => self.is_old(),
        }
    }

    /// Tells a member that their choice stands at the next index.
    fn acknowledge(&mut self, entry: &Entry) {
        self.acknowledged.push((Seq(self.log.len() as u64 + 1), entry.clone()));
    }

    fn append(&mut self, entry: Entry) {
        self.log.push(entry.clone());
        self.leaves.push(self.truth.len());
        self.truth.push(entry);
        // The checkpoint is signed after the commit, and only if it extends the one before.
        if invariant::extends(&self.leaves, &self.witnessed) {
            self.witnessed.clone_from(&self.leaves);
        }
    }

    /// The members of the newest snapshot.
    fn snapshot(&self) -> Option<&Members> {
        self.log.iter().rev().find_map(|entry| if let Seal(members) = entry { Some(members) } else { None })
    }

    /// The run that has begun and is not released: where it began, and with whom.
    fn run(&self) -> Option<(usize, &Members)> {
        self.log.iter().enumerate().rev().find_map(|(at, entry)| match entry {
            Freeze(members) => Some(Some((at, members))),
            Release(_) => Some(None),
            On(_) | Off(_) | Retract(_) | Seal(_) => None,
        })?
    }

    /// Who is in the weights that are served.
    fn serving(&self, without: Without) -> Members {
        let mut serving = Members::new();
        for entry in &self.log {
            match entry {
                Release(members) => serving.clone_from(members),
                Retract(member) if without != Without::Retirement => {
                    serving.remove(member);
                }
                On(_) | Off(_) | Retract(_) | Seal(_) | Freeze(_) => {}
            }
        }
        if self.on_hold(without) { Members::new() } else { serving }
    }
}

/// Whether the last word on a member before an index is a denial.
fn denied(log: &[Entry], member: u8, before: usize) -> bool {
    let word = |entry: &Entry| match entry {
        On(who) if *who == member => Some(false),
        Off(who) | Retract(who) if *who == member => Some(true),
        On(_) | Off(_) | Retract(_) | Seal(_) | Freeze(_) | Release(_) => None,
    };
    log.iter().take(before).rev().find_map(word).unwrap_or(false)
}

fn taken_back(log: &[Entry], member: u8, since: usize) -> bool {
    log.iter().skip(since).any(|entry| *entry == Retract(member))
}

fn without_denied(members: &Members, log: &[Entry]) -> Members {
    members.iter().copied().filter(|member| !denied(log, *member, log.len())).collect()
}

struct Protocol {
    without: Without,
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let has_room = state.log.len() < ENTRIES && state.truth.len() < ENTRIES;
        let may_decide = has_room && !state.on_hold(self.without);
        if state.pending.is_none() && has_room {
            for member in 0..MEMBERS {
                // What changes nothing is left out.
                let is_off = denied(&state.log, member, state.log.len());
                actions.push(Action::Choose(if is_off { On(member) } else { Off(member) }));
                actions.push(Action::Choose(Retract(member)));
            }
        }
        let possible = [
            (Action::Commit, state.pending.is_some() && has_room),
            (Action::Read, state.built.is_none() && may_decide),
            (Action::Seal, state.built.is_some() && may_decide),
            (Action::Freeze, !state.is_training && state.run().is_none() && state.snapshot().is_some() && may_decide),
            (Action::Release, state.is_training && state.run().is_some() && may_decide),
            (Action::CrashStore, state.pending.is_some()),
            (Action::CrashBuilder, state.built.is_some()),
            (Action::CrashTrainer, state.run().is_some()),
            (Action::Backup, state.backup.is_none() && !state.log.is_empty()),
            (Action::Restore, state.backup.is_some_and(|length| length < state.log.len())),
        ];
        actions.extend(possible.into_iter().filter(|(_, is)| *is).map(|(action, _)| action));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut next = last.clone();
        match action {
            Action::Choose(entry) => {
                if self.without == Without::Durability {
                    next.acknowledge(&entry);
                }
                next.pending = Some(entry);
            }
            Action::Commit => {
                let entry = next.pending.take()?;
                if self.without != Without::Durability {
                    next.acknowledge(&entry);
                }
                next.append(entry);
            }
            Action::Read => next.built = Some(without_denied(&(0..MEMBERS).collect(), &next.log)),
            Action::Seal => {
                let members = next.built.take()?;
                let whole = self.without == Without::CompareAndSwap;
                let members = if whole { members } else { without_denied(&members, &next.log) };
                next.append(Seal(members));
            }
            Action::Freeze => {
                let members = next.snapshot()?.clone();
                let whole = self.without == Without::FreezeFence;
                let members = if whole { members } else { without_denied(&members, &next.log) };
                next.append(Freeze(members));
                next.is_training = true;
            }
            Action::Release => {
                let (since, members) = next.run()?;
                let (stale, members) = (members.iter().any(|m| taken_back(&next.log, *m, since)), members.clone());
                next.is_training = false;
                match stale && self.without != Without::ReleaseFence {
                    // The run begins anew without them.
                    true => next.append(Freeze(without_denied(&members, &next.log))),
                    false => next.append(Release(members)),
                }
                next.is_training = next.run().is_some();
            }
            Action::CrashStore => next.pending = None,
            Action::CrashBuilder => next.built = None,
            // The next start finds the run in the log and goes on with it.
            Action::CrashTrainer => next.is_training = !next.is_training,
            Action::Backup => next.backup = Some(next.log.len()),
            Action::Restore => {
                next.log.truncate(next.backup?);
                next.leaves.truncate(next.backup?);
                (next.pending, next.built, next.is_training) = (None, None, false);
                // What was told stays told, and the store knows that it is old.
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(invariant::GATE, |_, state: &State| {
                state.truth.iter().enumerate().all(|(at, entry)| match entry {
                    Seal(members) | Freeze(members) => {
                        invariant::sealed_without_denied(members, Seq(at as u64 + 1), |member, before| {
                            denied(&state.truth, **member, before.0 as usize - 1)
                        })
                    }
                    On(_) | Off(_) | Retract(_) | Release(_) => true,
                })
            }),
            Property::always(invariant::DURABLE, |_, state: &State| {
                let told = state.acknowledged.iter().map(|(seq, entry)| (*seq, entry));
                // After an old backup the store knows that it is old and says so.
                state.is_old()
                    || invariant::acknowledged_in_every_later_state(told, |seq| state.log.get(seq.0 as usize - 1))
            }),
            Property::always(invariant::REACH, |model: &Self, state: &State| {
                let run = state.truth.iter().rposition(|entry| matches!(entry, Release(_))).unwrap_or(0);
                let begun = state.truth.iter().take(run).rposition(|entry| matches!(entry, Freeze(_))).unwrap_or(0);
                let gone = |member: &u8| taken_back(&state.truth, *member, begun);
                invariant::serves_only_permitted(state.serving(model.without), gone)
            }),
            Property::always(invariant::CLOSED, |model: &Self, state: &State| {
                invariant::doubt_excludes(state.is_old(), !state.serving(model.without).is_empty())
            }),
            // That the search gets anywhere.
            Property::sometimes("a release is served", |model: &Self, state: &State| {
                !state.serving(model.without).is_empty()
            }),
            Property::sometimes("an old backup is back", |_, state: &State| state.is_old()),
        ]
    }
}

#[test]
fn the_protocol_keeps_the_promise_in_every_state() {
    let checker = Protocol { without: Without::Nothing }.checker().threads(2).spawn_bfs().join();
    println!("model: {MEMBERS} members, {ENTRIES} entries, {} states", checker.unique_state_count());
    checker.assert_properties();
}

#[test]
fn without_any_one_safeguard_the_promise_breaks() {
    for (without, broken) in [
        (Without::Durability, invariant::DURABLE),
        (Without::CompareAndSwap, invariant::GATE),
        (Without::FreezeFence, invariant::GATE),
        (Without::ReleaseFence, invariant::REACH),
        (Without::Retirement, invariant::REACH),
        (Without::Hold, invariant::CLOSED),
        (Without::Hold, invariant::GATE),
        (Without::Roots, invariant::CLOSED),
    ] {
        let finish = stateright::HasDiscoveries::AllOf([broken].into());
        let checker = Protocol { without }.checker().threads(2).finish_when(finish).spawn_bfs().join();
        let found = checker.discovery(broken);
        let found = found.unwrap_or_else(|| panic!("without {without:?} nothing broke {broken}"));
        println!("without {without:?}, {broken}: {:?}", found.into_actions());
    }
}
