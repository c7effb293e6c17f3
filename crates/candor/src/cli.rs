//! The command line as typed. What it means is in `commands/`.

mod govern;
mod log;

pub use govern::{Event, Gate, Init, Objection, Obligation, Rules};
pub use log::{Log, Verify, Witness};

use candor_ml::token_classification::THRESHOLD_PERCENT;
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// Train generative AI on members' data with their say-so, in the open, and reversibly.
#[derive(Debug, Parser)]
#[command(name = "candor", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Folder that holds everything: database, records, snapshots, weights
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Configuration file, read after the usual ones
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Base model: a folder with a Llama, Mistral, Qwen 2 or Qwen 3 checkpoint in Hugging Face layout; with `init` it is kept
    #[arg(long, global = true, value_name = "DIR")]
    pub base: Option<PathBuf>,
    /// Print one JSON object, or one a line for lists, on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Print nothing but the result and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the main job on a demonstration platform and serve its pages
    Demo(Demo),
    /// Make a platform under a rule book that you pick
    Init(Init),
    /// List, show and check rule books
    #[command(subcommand)]
    Rules(Rules),
    /// Serve the pages and the API, and work on the jobs
    Serve(Serve),
    /// Take members and records from an export
    Import(Import),
    /// Show members and set their choices
    #[command(subcommand)]
    Member(Member),
    /// Log what governs: notices, rules, policies, places, recipients
    #[command(subcommand)]
    Event(Event),
    /// The Data Processing Objection Form: file objections and carry their cases on
    #[command(subcommand)]
    Objection(Objection),
    /// What past uses oblige to: list it, meet it
    #[command(subcommand)]
    Obligation(Obligation),
    /// Check scenarios and explain decisions
    #[command(subcommand)]
    Gate(Gate),
    /// Show and check the transparency log, tell witnesses, change its key
    #[command(subcommand)]
    Log(Log),
    /// Check a member's bundle offline: no platform, no database, no server
    Verify(Verify),
    /// Keep and cosign the checkpoints of other people's logs
    Witness(Witness),
    /// Build and show sealed datasets
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Train adapters on the latest snapshot, audit them, and release them
    Train(Train),
    /// Measure what weights give away; the exit code says whether they pass
    Audit(Audit),
    /// Show and export releases
    #[command(subcommand)]
    Release(Release),
    /// Draft a text with the served release
    Assist(Assist),
    /// Take a member's influence out of snapshots and weights
    Forget(Forget),
    /// Erase a member: no byte of their data is left
    Erase(Erase),
    /// Train a base model from public plain text
    Pretrain(Pretrain),
    /// Redact personal data from text or NDJSON
    Redact(Redact),
    /// Check that everything is as it should be
    Doctor,
    /// Show the configuration
    #[command(subcommand)]
    Config(Config),
    /// Print the description of the API (OpenAPI 3.1, JSON)
    Openapi,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `candor demo`
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Address of the pages
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Do everything but serve the pages
    #[arg(long)]
    pub no_serve: bool,
    /// Members of the synthetic network
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub members: u32,
    /// Records of the synthetic network
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    pub records: u32,
    /// Seed of the synthetic network
    #[arg(long, default_value_t = 2024)]
    pub seed: u64,
    /// Real data instead of a synthetic network: a Stack Exchange folder, NDJSON, or a member's ZIP
    #[arg(long, value_name = "PATH", conflicts_with_all = ["members", "records", "seed"])]
    pub import: Option<PathBuf>,
}

/// `candor serve`
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Address of the pages
    #[arg(long)]
    pub listen: Option<SocketAddr>,
    /// Let anyone sign in as anyone; for development only
    #[arg(long)]
    pub dev_login: bool,
}

/// Formats of `candor import`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ImportFormat {
    /// A Stack Exchange dump: folder with Posts.xml, Comments.xml, Users.xml
    Stackexchange,
    /// The platform's own export: NDJSON, plain, gzip or zstd
    Ndjson,
    /// A member's own export from a professional network: ZIP
    NetworkZip,
}

/// `candor import`
#[derive(Debug, Clone, Args)]
pub struct Import {
    /// File or folder
    pub path: PathBuf,
    /// Format; found out from the path if absent
    #[arg(long, value_enum)]
    pub format: Option<ImportFormat>,
    /// Tell every imported member of the policy version now, as a platform does that sends its notices elsewhere
    #[arg(long, value_name = "POLICY")]
    pub notice_delivered: Option<String>,
}

/// `candor member`
#[derive(Debug, Clone, Subcommand)]
pub enum Member {
    /// List members
    List {
        /// Only members whose records are in this release (`latest` or an id)
        #[arg(long, value_name = "RELEASE", num_args = 0..=1, default_missing_value = "latest", conflicts_with = "in_snapshot")]
        in_release: Option<String>,
        /// Only members whose records are in this snapshot (`latest` or an id)
        #[arg(long, value_name = "SNAPSHOT", num_args = 0..=1, default_missing_value = "latest")]
        in_snapshot: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = u32::MAX)]
        limit: u32,
    },
    /// Show a member: state, choice, where their records are used, and the newest of them
    Show {
        /// Member id or handle
        member: String,
    },
    /// Print a member's bundle: their entries, and for each snapshot a proof whether it holds their records
    Bundle {
        /// Member id or handle
        member: String,
    },
    /// Set a member's choice
    Set {
        /// Member id or handle
        member: String,
        /// The choice
        #[arg(value_parser = ["on", "off"])]
        value: String,
        /// The purpose
        #[arg(long, default_value = "generative_training")]
        purpose: String,
        /// How far it reaches; the rule book's default if absent
        #[arg(long, value_parser = ["future_use", "future_records", "retract", "from_now", "include_past"])]
        scope: Option<String>,
    },
}

/// `candor snapshot`
#[derive(Debug, Clone, Subcommand)]
pub enum Snapshot {
    /// Gate, redact and seal a dataset
    Build,
    /// List snapshots
    List,
    /// Show a snapshot
    Show {
        /// Snapshot id, or `latest`
        #[arg(default_value = "latest")]
        snapshot: String,
        /// Check every file against the manifest
        #[arg(long)]
        verify: bool,
    },
}

/// `candor train`
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Train {
    /// Instead of training
    #[command(subcommand)]
    pub command: Option<TrainCommand>,
    /// Snapshot id, or `latest`
    #[arg(long, default_value = "latest")]
    pub snapshot: String,
    /// Recipe: a shipped name or a TOML file
    #[arg(long)]
    pub recipe: Option<String>,
}

/// `candor train status`
#[derive(Debug, Clone, Subcommand)]
pub enum TrainCommand {
    /// Show how the training that is going on stands, or how the last one ended
    Status,
}

/// `candor audit`
#[derive(Debug, Clone, Args)]
pub struct Audit {
    /// Release id, `latest`, or a folder of adapters in the layout of PEFT
    pub target: String,
    /// Recipe that the release was made by, where its row does not say
    #[arg(long)]
    pub recipe: Option<String>,
}

/// `candor release`
#[derive(Debug, Clone, Subcommand)]
pub enum Release {
    /// List releases
    List,
    /// Show a release with its audit
    Show {
        /// Release id, or `latest`
        #[arg(default_value = "latest")]
        release: String,
    },
    /// Write the served release for other programs, with a card
    Export {
        /// Release id, or `latest`
        #[arg(default_value = "latest")]
        release: String,
        /// What is written
        #[arg(long, value_enum)]
        format: ExportFormat,
        /// Folder that is made
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// Formats of `candor release export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// The base, and the mean of all shards' adapters as one LoRA adapter, for PEFT
    Peft,
    /// One checkpoint for transformers and vLLM, and for llama.cpp's converter to GGUF
    Merged,
}

/// `candor assist`
#[derive(Debug, Clone, Args)]
pub struct Assist {
    /// What the text is about, or the text to work on
    pub prompt: String,
    /// What to do: `draft`, `rewrite`, `shorten`, `headline`, `ideas`, or a template of your own
    #[arg(long, default_value = "draft")]
    pub task: String,
    /// Tone, such as `plain`, `warm`, `formal`, `lively`
    #[arg(long)]
    pub tone: Option<String>,
    /// Length: `short`, `medium`, `long`
    #[arg(long)]
    pub length: Option<String>,
    /// Write for this member: by a provider outside where the gate lets their prompt go there
    #[arg(long, value_name = "MEMBER")]
    pub member: Option<String>,
    /// At most so many tokens; what the task and the length say if absent
    #[arg(long)]
    pub max_tokens: Option<u32>,
    /// Randomness of the draft; 0 always takes the likeliest token
    #[arg(long, default_value_t = 0.8)]
    pub temperature: f32,
    /// Seed, to get the same draft again
    #[arg(long)]
    pub seed: Option<u64>,
}

/// `candor forget`
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Forget {
    /// Member id or handle
    #[arg(required = true)]
    pub member: Option<String>,
    #[command(subcommand)]
    pub command: Option<ForgetCommand>,
}

/// `candor forget verify`
#[derive(Debug, Clone, Subcommand)]
pub enum ForgetCommand {
    /// Check a certificate: its signature, the log, and the bytes, by training its shards again from their rows
    Verify {
        /// File of the certificate, as it lies in `certificates/` of the data folder
        certificate: PathBuf,
    },
}

/// `candor erase`
#[derive(Debug, Clone, Args)]
pub struct Erase {
    /// Member id or handle
    pub member: String,
    /// Do it; without this only what would be erased is told
    #[arg(long)]
    pub yes: bool,
}

/// `candor pretrain`
#[derive(Debug, Clone, Args)]
pub struct Pretrain {
    /// Plain-text files, or folders of them
    #[arg(required = true)]
    pub texts: Vec<PathBuf>,
    /// Where the model goes
    #[arg(long, short)]
    pub out: PathBuf,
    /// Recipe: a shipped name or a TOML file
    #[arg(long, default_value = "base")]
    pub recipe: String,
}

/// What takes the place of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RedactOperator {
    /// `[EMAIL_1]`, numbered in the document
    Placeholder,
    /// `[EMAIL_bdkpfamcolne]`, the same for the same value in the whole run
    Pseudonym,
    /// A made-up value from reserved ranges
    Surrogate,
    /// Something less exact, such as the year of a birthday
    Generalize,
    /// Stars
    Mask,
    /// Nothing
    Remove,
}

/// Which names are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum NameSearch {
    /// People; places and organizations are only reported
    People,
    /// People, places and organizations
    All,
    /// None, which is faster
    None,
}

impl From<RedactOperator> for candor_redact::Operator {
    fn from(operator: RedactOperator) -> Self {
        match operator {
            RedactOperator::Placeholder => Self::Placeholder,
            RedactOperator::Pseudonym => Self::Pseudonym,
            RedactOperator::Surrogate => Self::Surrogate,
            RedactOperator::Generalize => Self::Generalize,
            RedactOperator::Mask => Self::Mask,
            RedactOperator::Remove => Self::Remove,
        }
    }
}

/// What offsets count
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Offsets {
    /// Bytes of UTF-8
    Bytes,
    /// Characters (Unicode code points)
    Chars,
}

/// `candor redact`
#[derive(Debug, Clone, Args)]
pub struct Redact {
    /// Files; stdin if absent or `-`
    pub files: Vec<PathBuf>,
    /// What takes the place of personal data; `placeholder` if neither this nor a rule book says
    #[arg(long, value_enum)]
    pub operator: Option<RedactOperator>,
    /// Do with each type what this rule book says: a shipped name or a TOML file
    #[arg(long, value_name = "BOOK", conflicts_with_all = ["operator", "names"])]
    pub rule_book: Option<String>,
    /// For which purpose of the rule book
    #[arg(long, default_value = "generative_training", requires = "rule_book")]
    pub purpose: String,
    /// Which names that are in no directory are replaced
    #[arg(long, value_enum, default_value = "people")]
    pub names: NameSearch,
    /// Key of pseudonyms and surrogates: 32 bytes or 64 hex digits; without it a key is made and thrown away
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// People to look for: NDJSON with `id`, `names`, `handles`, `profile_urls`, and `blocked` for those whom nobody may name
    #[arg(long, value_name = "FILE")]
    pub directory: Option<PathBuf>,
    /// Also find what this token-classification model finds: a folder in Hugging Face layout, slow
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// From which probability on a word counts that the model finds, in percent, 1 to 99
    #[arg(long, value_name = "PERCENT", default_value_t = THRESHOLD_PERCENT, requires = "model")]
    pub threshold_percent: u8,
    /// Input is NDJSON with `id` and `text` whatever the files are called; output has the text redacted
    #[arg(long)]
    pub ndjson: bool,
    /// Print what was found, one JSON line a record, instead of the text
    #[arg(long)]
    pub findings: bool,
    /// What start and end of findings count
    #[arg(long, value_enum, default_value = "bytes")]
    pub offsets: Offsets,
    /// List the types that are found
    #[arg(long)]
    pub types: bool,
}

/// `candor config`
#[derive(Debug, Clone, Subcommand)]
pub enum Config {
    /// Show the values in force
    Show {
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
    },
}
