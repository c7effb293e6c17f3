//! The words of the commands around the log: the operator's, the member's and the witness's.

use clap::{Args, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// `candor log`
#[derive(Debug, Clone, Subcommand)]
pub enum Log {
    /// List entries
    Show {
        /// First entry
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u64,
    },
    /// Compute the whole log anew from its rows, and check everything that it sealed
    Verify,
    /// Print the last signed checkpoint
    Checkpoint,
    /// Print the log's verifier keys, oldest first
    Key {
        /// Print a trust file for `candor verify` instead
        #[arg(long)]
        trust: bool,
    },
    /// Give the log a new signing key
    RotateKey,
    /// Tell witnesses of the last checkpoint
    Push {
        /// Addresses; those of `log.witnesses` if absent
        witness: Vec<String>,
    },
    /// List events that were refused
    Refused {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Stop everything that decides; choices are still taken
    Hold {
        /// Why
        reason: String,
    },
    /// Let things be decided again; logged with name and reason
    ReleaseHold {
        /// Who does it
        #[arg(long)]
        officer: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// `candor verify`
#[derive(Debug, Clone, Args)]
pub struct Verify {
    /// Bundle or receipt; `-` for standard input
    pub bundle: PathBuf,
    /// The log's key, from somewhere else than the bundle
    #[arg(long, value_name = "KEY", conflicts_with = "trust")]
    pub key: Option<String>,
    /// Trust file: the log's key, witnesses, how many of them (`candor log key --trust` makes one)
    #[arg(long, value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Key of a witness that must have cosigned (`candor witness --show-key`); may be given more than once
    #[arg(long, value_name = "KEY")]
    pub witness: Vec<String>,
    /// How many of the witnesses must have cosigned
    #[arg(long)]
    pub needed: Option<usize>,
    /// A checkpoint that was seen before; the log must continue it
    #[arg(long, value_name = "FILE")]
    pub earlier: Option<PathBuf>,
}

/// `candor witness`
#[derive(Debug, Clone, Args)]
pub struct Witness {
    /// Folder of the witness: its key, and what it signed
    #[arg(long, default_value = "candor-witness", value_name = "DIR")]
    pub state: PathBuf,
    /// Name of the witness, such as `office.example/witness`; given once
    #[arg(long)]
    pub name: Option<String>,
    /// Key of a log to follow (`candor log key` prints it); may be given more than once
    #[arg(long, value_name = "KEY")]
    pub follow: Vec<String>,
    /// Address of the witness
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Print the witness's key and stop
    #[arg(long)]
    pub show_key: bool,
}
