//! The engine, by its own files: what is measured is what the product runs, without the build of Arrow and Parquet.
#![allow(dead_code, missing_docs)]

#[path = "../../../crates/dataset/src/gate/class.rs"]
mod class;
#[path = "../../../crates/dataset/src/gate/columns.rs"]
pub mod columns;
#[path = "../../../crates/dataset/src/gate/engine.rs"]
pub mod engine;
#[path = "../../../crates/dataset/src/gate/members.rs"]
mod members;
#[path = "../../../crates/dataset/src/gate/word.rs"]
pub mod word;
