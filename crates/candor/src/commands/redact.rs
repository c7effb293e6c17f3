//! `candor redact`: personal data in text or NDJSON, without a platform. Values never reach stderr.

mod lines;
mod text;

use crate::{
    cli::{Global, NameSearch, Redact},
    directory,
    exit::Outcome,
    output::{self, Stream},
    platform, redaction_model,
};
use anyhow::{Context, Result};
use candor_core::PurposeKey;
use candor_redact::{Builder, Counts, Kind, Names, Operator, Policy, Redactor};
use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 1 << 16;

/// What is read: a file or stdin.
type Input = BufReader<Box<dyn Read>>;

/// Runs the command.
pub fn run(global: &Global, args: Redact) -> Result<()> {
    if args.types {
        Kind::ALL.iter().for_each(|kind| output::line(kind.name()));
        return Ok(());
    }
    let redactor = redactor(&args)?;
    let (mut out, mut counts, mut bad) = (Stream::stdout(), Counts::new(), 0);
    let stdin = std::path::PathBuf::from("-");
    let files = if args.files.is_empty() { std::slice::from_ref(&stdin) } else { &args.files };
    for file in files {
        let input = open(file)?;
        if args.ndjson || args.findings || is_lines(file) {
            let found = args.findings.then_some(args.offsets);
            bad += lines::run(input, file, &redactor, found, &mut counts, &mut out)?;
        } else {
            text::run(input, &redactor, &mut counts, &mut out)
                .with_context(|| format!("`{}` was not redacted to its end", file.display()))?;
        }
    }
    out.flush()?;
    if !global.quiet {
        let found: Vec<String> = counts.iter().map(|(kind, number)| format!("{} {}", number, kind.name())).collect();
        eprintln!("found: {}", if found.is_empty() { "nothing".into() } else { found.join(", ") });
    }
    if bad > 0 {
        let what = if bad == 1 { "1 line was".to_owned() } else { format!("{bad} lines were") };
        return Err(
            Outcome::Partial(format!("{what} left out; give one JSON object a line with `id` and `text`")).into()
        );
    }
    Ok(())
}

/// The redactor that the arguments describe.
fn redactor(args: &Redact) -> Result<Redactor> {
    let key = match &args.key_file {
        Some(file) => key(file)?,
        None => rand::random(),
    };
    let mut builder = match &args.rule_book {
        Some(book) => {
            let purpose = PurposeKey::new(&args.purpose).map_err(|_| Outcome::Usage("`--purpose` is no key".into()))?;
            let book = platform::rule_book(book)?;
            if book.purpose(&purpose).is_none() {
                return Err(Outcome::NotFound(format!("the rule book has no purpose `{purpose}`")).into());
            }
            Redactor::builder().policy(Policy::of(&book, &purpose)?)
        }
        None => {
            let names = match args.names {
                NameSearch::People => Some(Names::default()),
                NameSearch::All => Some(Names::default().places(true).organizations(true)),
                NameSearch::None => None,
            };
            let operator = args.operator.map_or_else(Operator::default, Into::into);
            let builder = Redactor::builder().operator_for_all(operator);
            names.into_iter().fold(builder, Builder::names)
        }
    };
    builder = builder.key(key);
    if let Some(folder) = &args.model {
        builder = builder.recognizer(redaction_model::load(folder, args.threshold_percent)?);
    }
    if let Some(file) = &args.directory {
        builder = builder.directory(directory::of_lines(open(file)?, file)?);
    }
    Ok(builder.build()?)
}

/// A key from a file: as bytes or in hex.
fn key(file: &Path) -> Result<[u8; 32]> {
    let mut bytes = Vec::new();
    let opened = File::open(file).with_context(|| format!("cannot read the key `{}`", file.display()))?;
    opened.take(128).read_to_end(&mut bytes)?;
    let key = <[u8; 32]>::try_from(bytes.as_slice()).ok().or_else(|| {
        let mut key = [0; 32];
        hex::decode_to_slice(bytes.trim_ascii(), &mut key).ok().map(|()| key)
    });
    let wrong = || Outcome::Usage(format!("the key `{}` is not 32 bytes or 64 hex digits", file.display()));
    Ok(key.ok_or_else(wrong)?)
}

fn open(file: &Path) -> Result<Input> {
    let opened: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| format!("cannot read `{}`", file.display()))?)
    };
    Ok(BufReader::with_capacity(BLOCK_BYTES, opened))
}

/// Whether a file holds a record a line, by its name.
fn is_lines(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "ndjson" || extension == "jsonl")
}
