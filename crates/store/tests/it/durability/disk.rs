//! A disk that may lose whatever was not synced. It takes a trace of calls one after another and gives, at any moment,
//! states in which the power could leave it: of each file any of the 512-byte sectors written since its last sync, of
//! each folder any of the names changed since its last sync, kept or lost, in any combination.
//!
//! Harsher than a file system: nothing is ordered that was not synced, and a file's sync does not keep its name.

use super::{script, watched};
use rand::{Rng, rngs::StdRng};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// A call that changed the disk or waited for it. Paths are relative to the watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    Create(String),
    Write { path: String, offset: usize, data: Vec<u8> },
    Truncate { path: String, size: usize },
    Sync(String),
    Rename(String, String),
    Unlink(String),
    Mkdir(String),
    Rmdir(String),
}

/// The calls of one run, in order.
pub(super) struct Trace(pub(super) Vec<Call>);

impl Trace {
    /// Runs the script once in a new folder.
    pub(super) fn record(shim: &Path, root: &Path) -> Self {
        std::fs::create_dir(root).unwrap();
        let log = root.with_extension("trace");
        assert!(watched(shim, root).env("DISK_LOG", &log).status().unwrap().success(), "the script runs");
        let bytes = std::fs::read(log).unwrap();
        let mut rest = bytes.as_slice();
        let mut calls = Vec::new();
        while !rest.is_empty() {
            calls.push(call(&mut rest));
        }
        Self(calls)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The same run on a database that does not wait for the disk at the calls that `dropped` names.
    pub(super) fn without(&self, dropped: impl Fn(&[Call]) -> bool) -> Self {
        let kept = (0..self.0.len()).filter(|at| !dropped(&self.0[*at..]));
        Self(kept.map(|at| self.0[at].clone()).collect())
    }
}

/// Reads one line of the trace as `disk.c` writes it.
fn call(rest: &mut &[u8]) -> Call {
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at(length);
        *rest = left;
        taken.to_vec()
    };
    let head: Vec<usize> = take(40).chunks(8).map(|b| u64::from_ne_bytes(b.try_into().unwrap()) as usize).collect();
    let [kind, offset, path, other, data] = head[..] else { panic!("five numbers") };
    let path = String::from_utf8(take(path)).unwrap();
    let other = String::from_utf8(take(other)).unwrap();
    let data = take(data);
    match kind {
        0 => Call::Create(path),
        1 => Call::Write { path, offset, data },
        2 => Call::Truncate { path, size: offset },
        3 => Call::Sync(path),
        4 => Call::Rename(path, other),
        5 => Call::Unlink(path),
        6 => Call::Mkdir(path),
        7 => Call::Rmdir(path),
        _ => panic!("no call of kind {kind}"),
    }
}

/// A write that may or may not have reached the disk.
enum Pending {
    Data(usize, Vec<u8>),
    Size(usize),
}

#[derive(Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Pending>,
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    File(usize),
    Folder,
}

/// A change of a name that may or may not have reached the disk.
enum Naming {
    Link(String, Node),
    Unlink(String),
    Rename(String, String, Node),
}

/// The disk of a running machine.
#[derive(Default)]
pub(super) struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, Node>,
    synced_names: BTreeMap<String, Node>,
    pending_names: Vec<Naming>,
}

/// What the next start finds: every file's path and bytes.
pub(super) type Image = Vec<(String, Vec<u8>)>;

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Disk {
    /// Does one call.
    pub(super) fn apply(&mut self, call: &Call) {
        match call {
            Call::Create(path) => {
                self.files.push(File::default());
                self.link(path, Node::File(self.files.len() - 1));
            }
            Call::Write { path, offset, data } => self.change(path, Pending::Data(*offset, data.clone())),
            Call::Truncate { path, size } => self.change(path, Pending::Size(*size)),
            Call::Sync(path) => self.sync(path),
            Call::Mkdir(path) => self.link(path, Node::Folder),
            Call::Unlink(path) | Call::Rmdir(path) => {
                self.names.remove(path);
                self.pending_names.push(Naming::Unlink(path.clone()));
            }
            Call::Rename(from, to) => {
                assert_eq!(folder_of(from), folder_of(to), "files are renamed inside their folder");
                let node = self.names.remove(from).expect("what is renamed is there");
                self.names.insert(to.clone(), node);
                self.pending_names.push(Naming::Rename(from.clone(), to.clone(), node));
            }
        }
    }

    fn link(&mut self, path: &str, node: Node) {
        self.names.insert(path.to_owned(), node);
        self.pending_names.push(Naming::Link(path.to_owned(), node));
    }

    fn change(&mut self, path: &str, change: Pending) {
        if let Some(Node::File(file)) = self.names.get(path) {
            self.files[*file].pending.push(change);
        }
    }

    fn sync(&mut self, path: &str) {
        if let Some(Node::File(file)) = self.names.get(path) {
            let file = &mut self.files[*file];
            for change in std::mem::take(&mut file.pending) {
                write(&mut file.synced, &change, |_| true);
            }
            return;
        }
        let (now, later) = std::mem::take(&mut self.pending_names).into_iter().partition(|naming| match naming {
            Naming::Link(name, _) | Naming::Unlink(name) | Naming::Rename(name, ..) => folder_of(name) == path,
        });
        self.pending_names = later;
        let now: Vec<Naming> = now;
        now.iter().for_each(|naming| rename(&mut self.synced_names, naming));
    }

    /// A state in which the power may leave it, if it goes now.
    pub(super) fn crash(&self, rng: &mut StdRng) -> Image {
        let mut names = self.synced_names.clone();
        let kept = likelihood(rng);
        for naming in &self.pending_names {
            if rng.random_bool(kept) {
                rename(&mut names, naming);
            }
        }
        let folders: BTreeSet<&str> =
            names.iter().filter(|(_, node)| **node == Node::Folder).map(|(name, _)| name.as_str()).collect();
        let reachable = |path: &str| {
            let mut folder = folder_of(path);
            while !folder.is_empty() {
                if !folders.contains(folder) {
                    return false;
                }
                folder = folder_of(folder);
            }
            true
        };
        let files = names.iter().filter_map(|(path, node)| match node {
            // The index of the write-ahead log is made anew; the acknowledgments are outside of the machine.
            Node::File(file) if reachable(path) && path != script::ACKS && !path.ends_with("-shm") => {
                Some((path, file))
            }
            Node::File(_) | Node::Folder => None,
        });
        files.map(|(path, file)| (path.clone(), self.content(*file, rng))).collect()
    }

    fn content(&self, file: usize, rng: &mut StdRng) -> Vec<u8> {
        let file = &self.files[file];
        let mut bytes = file.synced.clone();
        let kept = likelihood(rng);
        // Whole writes are lost, or sectors of them.
        let torn = rng.random_bool(0.5);
        for change in &file.pending {
            let whole = rng.random_bool(kept);
            write(&mut bytes, change, |_| if torn { rng.random_bool(kept) } else { whole });
        }
        bytes
    }
}

/// How much of what was not synced is there: often all or nothing, as those are what real disks leave.
fn likelihood(rng: &mut StdRng) -> f64 {
    [0.0, 0.1, 0.5, 0.9, 1.0][rng.random_range(0..5)]
}

/// Does what of a change is kept.
fn write(bytes: &mut Vec<u8>, change: &Pending, mut kept: impl FnMut(usize) -> bool) {
    match change {
        Pending::Data(offset, data) => {
            let mut from = 0;
            while from < data.len() {
                let at = offset + from;
                let length = (SECTOR - at % SECTOR).min(data.len() - from);
                if kept(at / SECTOR) {
                    if bytes.len() < at + length {
                        bytes.resize(at + length, 0);
                    }
                    bytes[at..at + length].copy_from_slice(&data[from..from + length]);
                }
                from += length;
            }
        }
        Pending::Size(size) => {
            if kept(0) {
                bytes.resize(*size, 0);
            }
        }
    }
}

fn rename(names: &mut BTreeMap<String, Node>, naming: &Naming) {
    match naming {
        Naming::Link(path, node) => {
            names.insert(path.clone(), *node);
        }
        Naming::Unlink(path) => {
            names.remove(path);
        }
        Naming::Rename(from, to, node) => {
            names.remove(from);
            names.insert(to.clone(), *node);
        }
    }
}
