//! The integration tests of the dataset: importers on files, the gate against `decide`, snapshots on a real disk.

mod batches;
mod bytes;
mod engine;
mod gate;
mod import;
mod scenarios;
mod snapshot;

use candor_dataset::Tokenizer;
