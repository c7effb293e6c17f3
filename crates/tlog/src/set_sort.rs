//! The heavy part of a member set: ordering the entries and hashing leaves and nodes, over all cores when the crate is
//! built with the feature `parallel`, over one without. Both ways give the same bytes.

use crate::set::{MAX_BUCKET, SetEntry, SetError, leaf_hash};
#[cfg(feature = "parallel")]
use rayon::prelude::*;
use tlog_tiles::{Hash, node_hash};

/// Entries are dealt into this many parts by their first byte before each part is sorted: a part of ten million entries
/// is 2.5 MB, which a core's cache nearly holds.
const PARTS: usize = 256;
/// Below this many entries the dealing costs more than it saves.
const SMALL: usize = 1 << 14;
/// Leaves or nodes that one core hashes in a row.
#[cfg(feature = "parallel")]
const RUN: usize = 1 << 10;

/// Sorts the entries.
pub(crate) fn sort(entries: &mut [SetEntry]) {
    if entries.len() < SMALL {
        return sort_part(entries);
    }
    let counts = deal(entries);
    let mut parts = Vec::with_capacity(PARTS);
    let mut rest = entries;
    for count in counts {
        let (part, after) = rest.split_at_mut(count.min(rest.len()));
        parts.push(part);
        rest = after;
    }
    #[cfg(feature = "parallel")]
    parts.into_par_iter().for_each(sort_part);
    #[cfg(not(feature = "parallel"))]
    parts.into_iter().for_each(sort_part);
}

/// Compares the first eight bytes as one number; tokens are random, so that the rest is hardly ever asked.
fn sort_part(entries: &mut [SetEntry]) {
    let first = |entry: &SetEntry| entry.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    entries.sort_unstable_by(|one, other| first(one).cmp(&first(other)).then_with(|| one.cmp(other)));
}

fn part_of(entry: &SetEntry) -> usize {
    entry.0.first().map_or(0, |byte| usize::from(*byte))
}

/// Moves every entry into the part of its first byte, in place ("American flag" sort), and returns the parts' sizes.
fn deal(entries: &mut [SetEntry]) -> [usize; PARTS] {
    let mut counts = [0; PARTS];
    for entry in entries.iter() {
        if let Some(count) = counts.get_mut(part_of(entry)) {
            *count += 1;
        }
    }
    let (mut next, mut end, mut start) = ([0; PARTS], [0; PARTS], 0);
    for ((next, end), count) in next.iter_mut().zip(&mut end).zip(counts) {
        *next = start;
        start += count;
        *end = start;
    }
    for part in 0..PARTS {
        while let (Some(&at), Some(&end)) = (next.get(part), end.get(part)) {
            let Some(entry) = entries.get(at).filter(|_| at < end) else { break };
            let home = part_of(entry);
            let Some(place) = next.get_mut(home) else { break };
            if home != part {
                entries.swap(at, *place);
            }
            *place += 1;
        }
    }
    counts
}

/// The hashes of the leaves of a set with `2^bits` of them.
///
/// # Errors
/// [`SetError::Full`].
pub(crate) fn leaves(entries: &[SetEntry], bits: u8) -> Result<Vec<Hash>, SetError> {
    let run = |first: u64, last: u64| {
        let start = entries.partition_point(|entry| entry.token().bucket(bits) < first);
        let mut rest = entries.get(start..).unwrap_or_default();
        let hash = |bucket: u64| {
            let count = rest.iter().take_while(|entry| entry.token().bucket(bits) == bucket).count();
            let (bucket, after) = rest.split_at_checked(count).unwrap_or_default();
            rest = after;
            if count > MAX_BUCKET { Err(SetError::Full) } else { Ok(leaf_hash(bucket)) }
        };
        (first..last).map(hash).collect::<Result<Vec<_>, _>>()
    };
    let count = 1_u64 << bits;
    #[cfg(feature = "parallel")]
    {
        let step = RUN as u64;
        let runs = (0..count.div_ceil(step)).into_par_iter();
        let runs: Result<Vec<_>, _> = runs.map(|n| run(n * step, ((n + 1) * step).min(count))).collect();
        Ok(runs?.concat())
    }
    #[cfg(not(feature = "parallel"))]
    run(0, count)
}

/// The level above a level of an even number of hashes.
pub(crate) fn parents(below: &[Hash]) -> Vec<Hash> {
    let parent = |pair: &[Hash]| match pair {
        [left, right] => node_hash(*left, *right),
        _ => Hash::default(),
    };
    #[cfg(feature = "parallel")]
    return below.par_chunks_exact(2).with_min_len(RUN).map(parent).collect();
    #[cfg(not(feature = "parallel"))]
    below.chunks_exact(2).map(parent).collect()
}
