//! What people and programs read: results on stdout, the rest on stderr; progress only on a terminal.

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

/// Starts tracing on stderr; `RUST_LOG` picks what is told.
pub fn start_tracing(quiet: bool) {
    let default = if quiet { "error" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Prints one line on stdout; a closed pipe ends the program quietly.
pub fn line(text: &str) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints one JSON object on one line.
pub fn json<T: serde::Serialize>(value: &T) -> anyhow::Result<()> {
    line(&serde_json::to_string(value)?);
    Ok(())
}

/// Stdout for much output: written in blocks, which a pipeline sees at the latest when [`Stream::flush`] is called.
pub struct Stream(std::io::BufWriter<std::io::StdoutLock<'static>>);

impl Stream {
    /// Takes stdout.
    pub fn stdout() -> Self {
        Self(std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock()))
    }

    /// Writes text as it is.
    pub fn text(&mut self, text: &str) -> anyhow::Result<()> {
        let written = self.0.write_all(text.as_bytes());
        written_or_closed(written)
    }

    /// Writes one JSON object on one line.
    pub fn json<T: serde::Serialize>(&mut self, value: &T) -> anyhow::Result<()> {
        let mut line = serde_json::to_string(value)?;
        line.push('\n');
        self.text(&line)
    }

    /// Hands on what was written.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        let flushed = self.0.flush();
        written_or_closed(flushed)
    }
}

/// A closed pipe ends the program quietly; a full disk does not.
fn written_or_closed(result: std::io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.context("the output cannot be written"),
    }
}

/// Prints rows as columns; the first row is the head. Numbers are set right.
pub fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let pad = " ".repeat(width - cell.chars().count());
            let number = cell.chars().next().is_some_and(|c| c.is_ascii_digit() || c == '-' && cell.len() > 1);
            if number { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
        });
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// The name that a value of one of our enums has in files.
pub fn word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// `12345` as `12 345`, to be read.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// One step of a long job: a bar on a terminal, else a line at its start and its end.
pub struct Step {
    name: String,
    bar: Option<ProgressBar>,
    quiet: bool,
    started: Instant,
}

impl Step {
    /// Starts a step. `total` 0: the length is not known.
    pub fn start(name: &str, total: u64, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        let bar = terminal.then(|| {
            let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
            let form = if total == 0 {
                "{spinner} {prefix:<22} {msg}"
            } else {
                "{spinner} {prefix:<22} [{bar:30}] {percent:>3}% {msg} {eta}"
            };
            bar.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() && !quiet {
            eprintln!("… {name}");
        }
        Self { name: name.to_owned(), bar, quiet, started: Instant::now() }
    }

    /// Shows how far it is.
    pub fn at(&self, done: u64, message: &str) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(message.to_owned());
        }
    }

    /// Sets the length once it is known.
    pub fn length(&self, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
        }
    }

    /// Ends the step with what it did; gives the seconds it took.
    pub fn done(self, what: &str) -> f64 {
        let seconds = self.started.elapsed().as_secs_f64();
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        if !self.quiet {
            eprintln!("✓ {:<22} {what} ({seconds:.1} s)", self.name);
        }
        seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
