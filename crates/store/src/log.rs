//! The log: one gapless order of everything that governs, with its tree. Appending happens inside the writer's
//! transaction; the history in memory moves on only after the commit.

use crate::{
    change::LogHead,
    checkpoint::Signer,
    db::Conn,
    entries::stored_hashes,
    error::StoreError,
    group::{Group, Keys, NewEntry, Part, Slot, UsedKey},
    hold::Guard,
    query::query,
    refused::Refused,
    secrets,
    store::Shared,
    time::{cut, int, number, parsed, timestamp},
    writer::Tx,
};
use candor_core::{Event, History, Logged, MemberId, RecordId, Refusal, RuleBook, Seq};
use candor_tlog::{Hash, Leaf, MemberSecret, StoredHashes, Tree};
use jiff::Timestamp;
use rand::{RngCore, rngs::StdRng};
use sha2::{Digest, Sha256};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

mod signing;

use signing::Signing;

/// Entries in one page of a fold.
const PAGE: i64 = 500;
const TABLE: &str = "log_entry";

/// The suppression hash of an identifier: SHA-256 with a fixed prefix.
pub(crate) fn suppression(member: &MemberId) -> [u8; 32] {
    Sha256::new().chain_update(b"candor/suppressed/v1\0").chain_update(member.as_str()).finalize().into()
}

/// The log in the writer's hands: what is committed, and what this transaction adds.
pub(crate) struct LogState {
    book: RuleBook,
    rng: StdRng,
    shared: Arc<RwLock<Shared>>,
    tree: Tree,
    last_t: Timestamp,
    /// What is committed, with what this transaction has added.
    history: History,
    suppressed: HashSet<[u8; 32]>,
    base: Option<Mark>,
    hidden: Vec<[u8; 32]>,
    /// What is not written yet.
    pub(crate) entries: Vec<Arc<NewEntry>>,
    pub(crate) hashes: Vec<(u64, Hash)>,
    /// Every hash that proofs in this transaction's trees need: the right edge before it, and what it adds.
    grown: StoredHashes,
    pub(crate) parts: Vec<Part>,
    pub(crate) keys: Keys,
    pub(crate) secrets: Vec<(MemberId, MemberSecret)>,
    pub(crate) refused: Vec<Refused>,
    signing: Signing,
    pub(crate) guard: Arc<Guard>,
    pub(crate) signer: Arc<Mutex<Signer>>,
    /// Index and leaf of the last entry that this transaction has written.
    pub(crate) last_leaf: Option<(i64, Vec<u8>)>,
    refold: bool,
    refolded: Option<History>,
    jobs_changed: bool,
}

/// Where the log stood before a request.
#[derive(Clone)]
pub(crate) struct Mark {
    tree: Tree,
    last_t: Timestamp,
    history: History,
    hidden: usize,
    entries: usize,
    hashes: usize,
    parts: usize,
    keys: usize,
    secrets: usize,
    signing: Signing,
    last_leaf: Option<(i64, Vec<u8>)>,
    refold: bool,
    jobs_changed: bool,
}

impl LogState {
    pub(crate) fn new(
        book: RuleBook,
        rng: StdRng,
        shared: Arc<RwLock<Shared>>,
        guard: Arc<Guard>,
        signer: Arc<Mutex<Signer>>,
    ) -> Self {
        Self {
            history: History::new(book.clone()),
            book,
            rng,
            shared,
            tree: Tree::default(),
            last_t: Timestamp::MIN,
            suppressed: HashSet::new(),
            base: None,
            hidden: Vec::new(),
            entries: Vec::new(),
            hashes: Vec::new(),
            grown: StoredHashes::default(),
            parts: Vec::new(),
            keys: Keys::default(),
            secrets: Vec::new(),
            refused: Vec::new(),
            signing: Signing::default(),
            guard,
            signer,
            last_leaf: None,
            refold: false,
            refolded: None,
            jobs_changed: false,
        }
    }

    /// The rule book.
    pub(crate) fn book(&self) -> &RuleBook {
        &self.book
    }

    /// Number of entries, with those of this transaction.
    pub(crate) fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The head, with the entries of this transaction.
    pub(crate) fn head(&self) -> Result<LogHead, StoreError> {
        Ok(LogHead { seq: Seq(self.tree.size()), root: candor_tlog::to_hex(&self.tree.root()?) })
    }

    /// Whether an identifier was erased, so that its rows are left out.
    pub(crate) fn is_suppressed(&self, member: &MemberId) -> bool {
        let hash = suppression(member);
        self.suppressed.contains(&hash) || self.hidden.contains(&hash)
    }

    pub(crate) fn suppress(&mut self, hash: [u8; 32]) {
        self.hidden.push(hash);
        self.refold = true;
    }

    pub(crate) fn set_jobs_changed(&mut self) {
        self.jobs_changed = true;
    }

    pub(crate) fn take_jobs_changed(&mut self) -> bool {
        std::mem::take(&mut self.jobs_changed)
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            tree: self.tree.clone(),
            last_t: self.last_t,
            history: self.history.clone(),
            hidden: self.hidden.len(),
            entries: self.entries.len(),
            hashes: self.hashes.len(),
            parts: self.parts.len(),
            keys: self.keys.len(),
            secrets: self.secrets.len(),
            signing: self.signing.clone(),
            last_leaf: self.last_leaf.clone(),
            refold: self.refold,
            jobs_changed: self.jobs_changed,
        }
    }

    /// Forgets what was added since a mark.
    pub(crate) fn reset(&mut self, mark: Mark) {
        self.tree = mark.tree;
        self.last_t = mark.last_t;
        self.history = mark.history;
        self.hidden.truncate(mark.hidden);
        self.last_leaf = mark.last_leaf;
        self.refold = mark.refold;
        self.jobs_changed = mark.jobs_changed;
        // Hashes of the tree that is given up stay in `grown`: their numbers are read only once they are new again.
        self.entries.truncate(mark.entries);
        self.hashes.truncate(mark.hashes);
        self.parts.truncate(mark.parts);
        self.keys.truncate(mark.keys);
        self.secrets.truncate(mark.secrets);
        self.signing = mark.signing;
    }

    /// Forgets the whole transaction.
    pub(crate) fn forget_pending(&mut self) {
        if let Some(base) = self.base.take() {
            self.reset(base);
        }
        self.refolded = None;
        self.refused.clear();
        self.keys = Keys::default();
    }

    /// Adds an event behind all others, and a member's enrolment behind their registration. The rows are written by
    /// [`Tx::flush`].
    pub(crate) fn append(
        &mut self,
        now: Timestamp,
        event: Event,
        t_valid: Option<Timestamp>,
        owner: Option<MemberId>,
    ) -> Result<Arc<NewEntry>, StoreError> {
        let registered = match &event {
            Event::MemberRegistered { member, .. } => Some(member.clone()),
            _ => None,
        };
        let entry = self.push(now, event, t_valid, owner)?;
        if let Some(member) = registered {
            self.enroll(now, &member)?;
        }
        Ok(entry)
    }

    /// Makes a member's secret and logs what it commits to, unless they have one.
    pub(crate) fn enroll(&mut self, now: Timestamp, member: &MemberId) -> Result<(), StoreError> {
        let enrolls = |logged: &Logged| matches!(&logged.event, Event::MemberEnrolled { .. });
        if self.history.of_member(member, Seq(u64::MAX)).any(enrolls) {
            return Ok(());
        }
        let secret = secrets::draw(&mut self.rng);
        let commitment = candor_tlog::enrolment(member, &secret);
        self.push(now, Event::MemberEnrolled { member: member.clone(), commitment }, None, None)?;
        self.secrets.push((member.clone(), secret));
        Ok(())
    }

    /// Keeps that an event was refused, without what it said.
    fn refuse(&mut self, error: &StoreError, event: &Event, now: Timestamp) {
        let member = self.member_of(event);
        self.refused.push(Refused::new(error, event, member.as_ref(), cut(now)));
    }

    /// The history, with the entries of this transaction.
    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// The time of the last entry.
    pub(crate) fn last_t(&self) -> Timestamp {
        self.last_t
    }

    /// The root, with the entries of this transaction.
    pub(crate) fn root(&self) -> Result<Hash, StoreError> {
        Ok(self.tree.root()?)
    }

    fn push(
        &mut self,
        now: Timestamp,
        event: Event,
        t_valid: Option<Timestamp>,
        owner: Option<MemberId>,
    ) -> Result<Arc<NewEntry>, StoreError> {
        let (now, seq) = (cut(now), Seq(self.tree.size() + 1));
        // The clock may have gone back, or another process's clock may be ahead: then the time is that of the entry
        // before, and the fact holds from there too. Were it dated back, an opt-out would come before the opt-in that
        // it follows.
        let t = now.max(self.last_t);
        let t_valid = t_valid.map(cut);
        let member = owner.or_else(|| self.member_of(&event));
        let logged = Logged { seq, t, t_valid, event };
        if let Err(error) = self.admits(&logged) {
            self.refuse(&error, &logged.event, now);
            return Err(error);
        }
        let payload = crate::time::json(&logged, TABLE)?;
        let mut opening = [0; 32];
        self.rng.fill_bytes(&mut opening);
        let leaf = Leaf::new(candor_tlog::kind_code(&logged.event), &opening, payload.as_bytes());
        let hashes = self.tree.append(&leaf)?;
        hashes.iter().for_each(|(number, hash)| self.grown.insert(*number, *hash));
        self.hashes.extend(hashes);
        let entry = Arc::new(NewEntry { seq, t, kind: logged.event.name(), member, payload, opening, leaf });
        self.entries.push(Arc::clone(&entry));
        self.last_t = t;
        self.history.push(logged)?;
        Ok(entry)
    }

    /// Logs an event, or finds what was logged under its key. The keys of the list were asked for before.
    pub(crate) fn log_event(
        &mut self,
        now: Timestamp,
        event: Event,
        t_valid: Option<Timestamp>,
        key: Option<String>,
    ) -> Result<Slot, StoreError> {
        let part = self.parts.len();
        let Some(key) = key else {
            return Ok(Slot::New { entry: self.append(now, event, t_valid, None)?, part });
        };
        let digest = digest(&event, t_valid)?;
        match self.keys.get(&key) {
            Some(used) if used.digest == digest => Ok(used.slot.clone()),
            Some(_) => {
                self.refuse(&StoreError::KeyReused, &event, now);
                Err(StoreError::KeyReused)
            }
            None => {
                let member = self.member_of(&event);
                let slot = Slot::New { entry: self.append(now, event, t_valid, None)?, part };
                self.keys.add(key, UsedKey { digest, slot: slot.clone(), member });
                Ok(slot)
            }
        }
    }

    /// Logs that a record was deleted; whose it is, its row said.
    pub(crate) fn log_deletion(
        &mut self,
        now: Timestamp,
        record: RecordId,
        t_valid: Timestamp,
        owner: MemberId,
    ) -> Result<Slot, StoreError> {
        let part = self.parts.len();
        Ok(Slot::New { entry: self.append(now, Event::RecordDeleted { record }, Some(t_valid), Some(owner))?, part })
    }

    /// Where a record's deletion was logged before.
    pub(crate) fn deletion(&self, record: &RecordId) -> Result<Slot, StoreError> {
        let mut entries = self.history.of_record(record, Seq(u64::MAX));
        let entry = entries.find(|logged| matches!(logged.event, Event::RecordDeleted { .. }));
        let seq = entry.ok_or(StoreError::Corrupt("record_deleted"))?.seq;
        Ok(Slot::Known { seq, size: seq.0 })
    }

    /// Logs an event that was acknowledged at `t` and could not be logged then: it holds from `t`. Under its key it is
    /// found as if it had been logged then, so that whoever asks again gets its receipt.
    pub(crate) fn log_journaled(
        &mut self,
        t: Timestamp,
        event: Event,
        t_valid: Option<Timestamp>,
        key: String,
    ) -> Result<Slot, StoreError> {
        let (digest, part, member) = (digest(&event, t_valid)?, self.parts.len(), self.member_of(&event));
        if let Some(used) = self.keys.get(&key) {
            return if used.digest == digest { Ok(used.slot.clone()) } else { Err(StoreError::KeyReused) };
        }
        let slot = Slot::New { entry: self.append(t, event, Some(t_valid.unwrap_or(t)), None)?, part };
        self.keys.add(key, UsedKey { digest, slot: slot.clone(), member });
        Ok(slot)
    }

    /// Whether the history takes an event, seen with what this transaction has added.
    fn admits(&self, logged: &Logged) -> Result<(), StoreError> {
        self.guard.admits(&logged.event)?;
        self.history.admits(logged)?;
        match &logged.event {
            Event::ChoiceSet { member, value: candor_core::ChoiceValue::On, .. }
            | Event::AccountReopened { member }
            // And what would bring data of an erased member back.
            | Event::MemberRegistered { member, .. }
            | Event::ResidenceSet { member, .. }
            | Event::BirthDateSet { member, .. }
            | Event::NoticeServed { member, .. }
            | Event::NoticeDelivered { member, .. }
            | Event::NoticeSeen { member, .. }
            | Event::NoticeBounced { member, .. }
            | Event::RecordIngested { member, .. }
                if self.is_suppressed(member) =>
            {
                Err(Refusal::Erased.into())
            }
            _ => Ok(()),
        }
    }

    /// The member that an event is about, also through an objection.
    pub(crate) fn member_of(&self, event: &Event) -> Option<MemberId> {
        event.member().or_else(|| self.history.filer(event.objection()?)).cloned()
    }

    /// Index and leaf of the last entry that this transaction has written, if it has written any.
    pub(crate) fn last_leaf(&self) -> Option<(i64, Vec<u8>)> {
        self.last_leaf.clone()
    }

    /// Shows what was committed to readers. Called after the COMMIT, so it must not fail.
    pub(crate) fn publish(&mut self) -> Group {
        let group = self.sign();
        self.base = None;
        self.keys = Keys::default();
        self.refused.clear();
        self.last_leaf = None;
        self.suppressed.extend(self.hidden.drain(..));
        if let Some(history) = self.refolded.take() {
            self.history = history;
            self.refold = false;
        }
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        shared.history = Arc::new(self.history.clone());
        match self.head() {
            Ok(head) => shared.head = head,
            Err(error) => tracing::error!(%error, "the log's head cannot be computed"),
        }
        group
    }
}

/// What tells one request from another under the same key.
fn digest(event: &Event, t_valid: Option<Timestamp>) -> Result<Vec<u8>, StoreError> {
    let json = crate::time::json(&(event, t_valid), "idempotency_key")?;
    Ok(Sha256::digest(json).to_vec())
}

impl Tx {
    /// Takes up what another process has committed, at the start of a transaction and when the store is opened.
    pub(crate) async fn catch_up(&mut self) -> Result<(), StoreError> {
        let (size,): (i64,) = query("SELECT COALESCE(MAX(seq), 0) FROM log_entry").fetch_one(&mut self.conn).await?;
        let size: u64 = number(size, TABLE)?;
        if size != self.log.tree.size() {
            let (erased,): (bool,) =
                query("SELECT EXISTS (SELECT 1 FROM log_entry WHERE seq > $1 AND kind = 'account_erased')")
                    .bind(int(self.log.tree.size()))
                    .fetch_one(&mut self.conn)
                    .await?;
            let known = match erased || size < self.log.tree.size() {
                // Entries that are in memory may have been emptied, or are gone: somebody put an older database here.
                true => Arc::new(History::new(self.log.book.clone())),
                false => Arc::clone(&self.log.shared.read().unwrap_or_else(PoisonError::into_inner).history),
            };
            let history = fold(&mut self.conn, Arc::unwrap_or_clone(known)).await?;
            let hashes = stored_hashes((&mut self.conn).into(), candor_tlog::root_reads(size)).await?;
            self.log.grown = hashes.clone();
            self.log.tree = Tree::restore(size, hashes)?;
            self.adopt(history).await?;
            self.take_keys()?;
            self.compare().await?;
        }
        self.log.base = Some(self.log.mark());
        Ok(())
    }

    /// Takes a history that holds everything that is committed.
    async fn adopt(&mut self, history: History) -> Result<(), StoreError> {
        let last: Option<(i64,)> =
            query("SELECT t_us FROM log_entry ORDER BY seq DESC LIMIT 1").fetch_optional(&mut self.conn).await?;
        self.log.last_t = last.map_or(Ok(Timestamp::MIN), |(last,)| timestamp(last, TABLE))?;
        let rows: Vec<(Vec<u8>,)> = query("SELECT hash FROM suppressed").fetch_all(&mut self.conn).await?;
        self.log.suppressed = rows.into_iter().filter_map(|(hash,)| hash.try_into().ok()).collect();
        self.log.history = history.clone();
        let head = self.log.head()?;
        let mut shared = self.log.shared.write().unwrap_or_else(PoisonError::into_inner);
        *shared = Shared { history: Arc::new(history), head };
        Ok(())
    }

    /// Reads the history anew if entries were emptied in this transaction.
    pub(crate) async fn refold_if_needed(&mut self) -> Result<(), StoreError> {
        if self.log.refold {
            let history = fold(&mut self.conn, History::new(self.log.book.clone())).await?;
            self.log.refolded = Some(history);
        }
        Ok(())
    }
}

/// Pushes every entry behind the history's last one that still has its payload.
async fn fold(conn: &mut Conn, mut history: History) -> Result<History, StoreError> {
    let mut from = int(history.last().0);
    loop {
        let rows: Vec<(i64, Option<String>)> =
            query("SELECT seq, payload FROM log_entry WHERE seq > $1 ORDER BY seq LIMIT $2")
                .bind(from)
                .bind(PAGE)
                .fetch_all(&mut *conn)
                .await?;
        let Some((last, _)) = rows.last() else { return Ok(history) };
        from = *last;
        for payload in rows.into_iter().filter_map(|(_, payload)| payload) {
            history.replay(parsed(&payload, TABLE)?).map_err(|_| StoreError::Corrupt(TABLE))?;
        }
    }
}
