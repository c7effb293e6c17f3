//! Builds a snapshot: redacted batches in, a sealed folder out. Who gets which pseudonym, shard and slice, and which texts
//! are held out, are keyed hashes of the member or the text alone, so nobody's place depends on who else is there.

use crate::{
    assemble::{self, Part},
    batch::{Batch, BatchError, Redacted},
    counts::{StageCounts, Unreconciled, check_chain},
    dedup::content_hash,
    files::{Draft, FileError},
    manifest::{FORMAT, Manifest, TokenizerFacts},
    snapshot::{MAX_ROWS, MAX_SHARDS, Sealed, SnapshotError, SnapshotSpec, members_of},
    table::Line,
    tokenize::{MAX_TEXT_BYTES, Tokenizer},
};
use arrow::array::{Array, StringArray};
use candor_core::{MemberId, SnapshotId};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

/// How far a build is: the step, what is done of it, and all of it.
pub type OnProgress<'a> = &'a mut dyn FnMut(&'static str, u64, u64);

/// Builds a snapshot as `snapshots/<id>` out of redacted batches, in any order: the same rows give the same bytes.
///
/// # Errors
/// When the specification is out of bounds, a batch was gated under other terms, the counts do not add up, the folder is
/// there already, or a file cannot be written. Nothing is left behind then.
pub fn build(
    spec: &SnapshotSpec,
    batches: impl IntoIterator<Item = Batch<Redacted>>,
    tokenizer: &Tokenizer,
    snapshots: &Path,
    progress: OnProgress<'_>,
) -> Result<Sealed, SnapshotError> {
    check_spec(spec)?;
    let draft = begin(snapshots, &spec.id)?;
    let keyed = Keyed::new(spec)?;
    let mut names = HashMap::new();
    let (mut lines, mut taken) = (Vec::new(), 0_u64);
    for batch in batches {
        taken += batch.rows() as u64;
        keyed.lines(&batch, &mut names, &mut lines)?;
        progress("rows", taken, taken);
    }
    let mut stages = spec.stages.clone();
    let too_long = taken.saturating_sub(lines.len() as u64);
    stages.push(counts("tokenize", taken, lines.len() as u64, "too_long", too_long)?);
    tokenize(&mut lines, tokenizer, progress)?;

    let mut manifest = papers(spec, tokenizer, stages);
    let total = lines.len() as u64;
    let mut parts: Vec<Vec<Line>> = Part::all(spec.shards).map(|_| Vec::new()).collect();
    for line in lines {
        let at = if keyed.is_held_out(&line.content_hash) { usize::from(spec.shards) } else { usize::from(line.shard) };
        parts.get_mut(at).ok_or(SnapshotError::NoSuchShard { shard: line.shard, shards: spec.shards })?.push(line);
    }
    let (mut kept, mut duplicates) = (0, 0);
    for (part, lines) in Part::all(spec.shards).zip(parts) {
        let written = assemble::write_part(&draft, &manifest, part, lines)?;
        (kept, duplicates) = (kept + written.kept, duplicates + written.duplicates);
        manifest.files.extend(written.files);
        progress("write", kept + duplicates, total);
    }
    manifest.stages.push(counts("dedup", total, kept, "duplicate", duplicates)?);
    check_chain(&manifest.stages)?;
    let mut sealed = finish(draft, manifest)?;
    for member in &mut sealed.members {
        member.member = names.get(&member.pseudonym).cloned();
    }
    Ok(sealed)
}

/// The manifest before any row is written.
fn papers(spec: &SnapshotSpec, tokenizer: &Tokenizer, stages: Vec<StageCounts>) -> Manifest {
    Manifest {
        format: FORMAT,
        id: spec.id.clone(),
        created: spec.created,
        rule_book_name: spec.rule_book_name.clone(),
        terms: spec.terms.clone(),
        tokenizer: TokenizerFacts {
            sha256: tokenizer.hash().to_owned(),
            vocabulary: tokenizer.vocabulary() as u64,
            end: tokenizer.end(),
        },
        shards: spec.shards,
        slices: spec.slices,
        cohorts: spec.cohorts.list().to_vec(),
        held_out_one_in: spec.held_out_one_in,
        stages,
        findings: spec.findings.iter().map(|(kind, n)| (kind.name().to_owned(), n)).collect(),
        redaction_model: spec.redaction_model.clone(),
        statements: spec.statements.iter().map(|(category, n)| (category.name().to_owned(), *n)).collect(),
        parent: None,
        files: Vec::new(),
    }
}

/// Begins the folder of a snapshot.
pub(crate) fn begin(snapshots: &Path, id: &SnapshotId) -> Result<Draft, SnapshotError> {
    let name = id.as_str();
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !plain || name.starts_with('.') || name.len() > 100 {
        let bounds = "letters, digits, `-`, `_` and inner dots, at most 100";
        return Err(SnapshotError::Spec { what: "id", value: name.to_owned(), bounds });
    }
    let path = snapshots.join(name);
    if path.try_exists().map_err(FileError::io(&path))? {
        return Err(SnapshotError::Exists { path: path.display().to_string() });
    }
    let draft = Draft::begin(snapshots, name)?;
    draft.folder("data")?;
    draft.folder("reserve")?;
    Ok(draft)
}

/// Writes the papers and seals the folder.
pub(crate) fn finish(draft: Draft, mut manifest: Manifest) -> Result<Sealed, SnapshotError> {
    let (dir, manifest_hash) = assemble::seal(draft, &mut manifest)?;
    let members = members_of(&dir, &manifest)?;
    Ok(Sealed { manifest, manifest_hash, members, dir })
}

fn check_spec(spec: &SnapshotSpec) -> Result<(), SnapshotError> {
    for (what, value) in [("shards", spec.shards), ("slices", spec.slices)] {
        if !(1..=MAX_SHARDS).contains(&value) {
            return Err(SnapshotError::Spec { what, value: value.to_string(), bounds: "1 to 4096" });
        }
    }
    check_chain(&spec.stages)?;
    Ok(())
}

/// Counts of a step that drops for one reason.
fn counts(stage: &str, taken: u64, kept: u64, reason: &str, dropped: u64) -> Result<StageCounts, Unreconciled> {
    let dropped = if dropped > 0 { BTreeMap::from([(reason.to_owned(), dropped)]) } else { BTreeMap::new() };
    StageCounts::new(stage, taken, kept, dropped)
}

fn tokenize(lines: &mut [Line], tokenizer: &Tokenizer, progress: OnProgress<'_>) -> Result<(), SnapshotError> {
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let total = texts.len() as u64;
    let rows = tokenizer.encode_rows(&texts, &mut |done| progress("tokenize", done as u64, total))?;
    for (line, tokens) in lines.iter_mut().zip(rows) {
        line.tokens = tokens;
    }
    Ok(())
}

/// The keyed hashes of a specification.
struct Keyed<'a> {
    spec: &'a SnapshotSpec,
    mac: Hmac<Sha256>,
}

/// A member's place.
#[derive(Clone)]
struct Place {
    pseudonym: String,
    shard: u16,
    slice: u16,
}

impl<'a> Keyed<'a> {
    fn new(spec: &'a SnapshotSpec) -> Result<Self, SnapshotError> {
        let bounds = "32 bytes";
        let mac = Hmac::new_from_slice(&spec.key);
        let mac = mac.map_err(|_| SnapshotError::Spec { what: "key", value: "…".to_owned(), bounds })?;
        Ok(Self { spec, mac })
    }

    /// Identifiers hold no control characters, so a label that ends in one keeps the uses apart.
    fn hash(&self, label: &str, text: &str) -> [u8; 32] {
        let mut mac = self.mac.clone();
        mac.update(label.as_bytes());
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// A number below `bound`; the bias is below 2^-48.
    fn below(&self, bound: u16, label: &str, text: &str) -> u16 {
        let number = self.hash(label, text).iter().take(8).fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        u16::try_from(number % u64::from(bound.max(1))).unwrap_or(0)
    }

    /// Whoever may leave soon goes into the last slice: leaving it costs least to train anew.
    fn place(&self, id: &MemberId, risk: bool) -> Place {
        let member = id.as_str();
        let last = self.spec.slices.saturating_sub(1);
        let mut pseudonym = hex::encode(self.hash("", member));
        pseudonym.truncate(32);
        let slice = if risk || last == 0 { last } else { self.below(last, "slice\n", member) };
        let (first, shards) = self.spec.cohorts.shards_of(id, self.spec.shards);
        Place { pseudonym, shard: first + self.below(shards, "shard\n", member), slice }
    }

    /// By the text, so that equal texts are on one side.
    fn is_held_out(&self, content_hash: &str) -> bool {
        let one_in = self.spec.held_out_one_in;
        one_in > 0 && self.below(one_in, "held out\n", content_hash) == 0
    }

    /// The rows of a batch, without tokens yet; texts that are too long are left out.
    fn lines(
        &self,
        batch: &Batch<Redacted>,
        names: &mut HashMap<String, MemberId>,
        lines: &mut Vec<Line>,
    ) -> Result<(), SnapshotError> {
        if *batch.terms() != self.spec.terms {
            let (got, expected) = (batch.terms().as_of, self.spec.terms.as_of);
            return Err(SnapshotError::OtherTerms { got, expected });
        }
        if lines.len() + batch.rows() > MAX_ROWS {
            return Err(SnapshotError::TooManyRows);
        }
        let (record, member, kind) = (batch.text("record")?, batch.text("member")?, batch.text("kind")?);
        let (language, license, text) = (batch.text("language")?, batch.text("license")?, batch.text("text")?);
        let (created, risk) = (batch.instants("created")?, batch.truths("risk")?);
        let some = |column: &StringArray, row| column.is_valid(row).then(|| column.value(row).to_owned());
        let mut places: HashMap<&str, Place> = HashMap::new();
        for row in (0..batch.rows()).filter(|row| text.value(*row).len() <= MAX_TEXT_BYTES) {
            let name = member.value(row);
            let place = match places.get(name) {
                Some(place) => place.clone(),
                None => {
                    let id = MemberId::new(name).map_err(|source| BatchError::Id { row, column: "member", source })?;
                    let place = self.place(&id, risk.value(row));
                    names.insert(place.pseudonym.clone(), id);
                    places.insert(name, place.clone());
                    place
                }
            };
            lines.push(Line {
                record: record.value(row).to_owned(),
                member: place.pseudonym,
                kind: kind.value(row).to_owned(),
                created: created.value(row),
                language: some(language, row),
                license: some(license, row),
                text: text.value(row).to_owned(),
                tokens: Vec::new(),
                shard: place.shard,
                slice: place.slice,
                content_hash: content_hash(text.value(row)),
            });
        }
        Ok(())
    }
}
