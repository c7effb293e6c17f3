//! The binary as people run it: one process a command, on a data folder of its own.
#![allow(clippy::disallowed_methods, reason = "tests measure time and read the environment")]

mod audit;
mod cli;
mod demo;
mod explain;
mod export;
mod forget;
mod kill;
mod obligations;
mod private;
mod proof;
mod redact;
mod redaction_model;
mod support;
mod tokens;
