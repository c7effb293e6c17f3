//! The words of the commands that govern: rule books, events, objections, the gate.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `candor init`
#[derive(Debug, Clone, Args)]
pub struct Init {
    /// Rule book: a shipped name (`candor rules list`) or a TOML file; nothing is picked for you
    #[arg(long, value_name = "BOOK")]
    pub rules: Option<String>,
}

/// `candor rules`
#[derive(Debug, Clone, Subcommand)]
pub enum Rules {
    /// List the rule books that are shipped
    List,
    /// Print a rule book's text
    Show {
        /// A shipped name; the platform's own book if absent
        book: Option<String>,
    },
    /// Check a rule book file; every row must say where it comes from
    Check {
        /// File in TOML
        file: PathBuf,
    },
}

/// `candor event`
#[derive(Debug, Clone, Subcommand)]
pub enum Event {
    /// Log events, one JSON object a line
    Add {
        /// File; `-` for standard input
        file: PathBuf,
    },
}

/// `candor objection`
#[derive(Debug, Clone, Subcommand)]
pub enum Objection {
    /// File an objection for a member; it restricts at once
    File {
        /// Member id or handle
        member: String,
        /// Purpose it is against; may be given more than once
        #[arg(long, required = true)]
        purpose: Vec<String>,
        /// There is reasonable doubt who sent it: their identity is checked first
        #[arg(long)]
        needs_identity: bool,
    },
    /// List cases: first those that await an answer, by the day on which it is due
    List {
        /// Only those whose answer is late
        #[arg(long)]
        overdue: bool,
    },
    /// Show a case with its steps
    Show {
        /// Reference
        objection: String,
    },
    /// Carry a case on
    Take {
        /// The step
        #[arg(value_parser = ["verify-identity", "review", "extend", "uphold", "refuse", "withdraw", "appeal"])]
        step: String,
        /// Reference
        objection: String,
        /// Why two more months are needed; for `extend`
        #[arg(long)]
        reason: Option<String>,
    },
}

/// `candor obligation`
#[derive(Debug, Clone, Subcommand)]
pub enum Obligation {
    /// List what is owed: what past uses oblige to by what is known now. Changes nothing
    List,
    /// Meet what is owed: leave it out of snapshots and weights. The server does so every night
    Meet,
    /// Say that one is done which only people can do: a recipient gave back or deleted what it got
    Done {
        /// Its name, from the list
        obligation: String,
    },
}

/// `candor gate`
#[derive(Debug, Clone, Subcommand)]
pub enum Gate {
    /// Run scenario files
    Check {
        /// Files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Say why a record is used or left out
    Explain {
        /// Record id
        record: String,
        /// The purpose
        #[arg(long, default_value = "generative_training")]
        purpose: String,
        /// The recipient
        #[arg(long, default_value = "self")]
        recipient: String,
        /// Valid time; now if absent
        #[arg(long)]
        at: Option<jiff::Timestamp>,
        /// Log index; the last one if absent
        #[arg(long)]
        as_of: Option<u64>,
    },
    /// Decide every record again as of two log indexes, and tell what changed
    Replay {
        /// First log index; that of the latest snapshot if absent
        #[arg(long)]
        from: Option<u64>,
        /// Second log index; the last one if absent
        #[arg(long)]
        to: Option<u64>,
        /// The purpose
        #[arg(long, default_value = "generative_training")]
        purpose: String,
        /// The recipient
        #[arg(long, default_value = "self")]
        recipient: String,
    },
    /// Tell what a rule row would change if it held from now on; nothing is changed
    DryRun {
        /// Rule row in TOML or JSON
        #[arg(long, value_name = "FILE")]
        rule: PathBuf,
        /// The purpose
        #[arg(long, default_value = "generative_training")]
        purpose: String,
        /// The recipient
        #[arg(long, default_value = "self")]
        recipient: String,
    },
}
