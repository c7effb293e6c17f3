//! `cargo xtask docs`: documents that the binary itself writes, and the check that they are fresh.
//!
//! `docs/cli.md` is the help of every command, `docs/openapi.json` the answer of `candor openapi`.
//! It never writes a document by any other way, so a stale one is mended by running it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools::{Profile, Workplace, capture};

/// Commands are not nested deeper; a deeper help would be a loop.
const DEPTH_LIMIT: usize = 4;

/// The width of the help text, whatever terminal runs this.
const COLUMNS: &str = "100";

/// Write or check, and with which build.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Change nothing; fail when a document is stale
    #[arg(long)]
    check: bool,
    /// The profile of the binary that is asked
    #[arg(long, value_enum, default_value = "dev")]
    profile: Profile,
}

/// Writes the generated documents, or checks them.
pub fn run(place: &Workplace, options: &Options) -> Result<()> {
    let binary = place.binary(options.profile)?;
    if options.check {
        return check(place, &binary);
    }
    for (path, text) in generated(&binary)? {
        std::fs::write(place.root().join(path), text).with_context(|| format!("cannot write `{path}`"))?;
        eprintln!("wrote {path}");
    }
    Ok(())
}

/// Fails when a generated document is not what the binary would write now.
pub fn check(place: &Workplace, binary: &Path) -> Result<()> {
    for (path, text) in generated(binary)? {
        let found = std::fs::read_to_string(place.root().join(path)).unwrap_or_default();
        if let Some(line) = first_difference(&found, &text) {
            bail!("{path}:{line}: the document is stale; run `cargo xtask docs` and commit it");
        }
        eprintln!("{path} is fresh");
    }
    Ok(())
}

/// Each generated document with its text.
fn generated(binary: &Path) -> Result<[(&'static str, String); 2]> {
    let ask = |words: &[&str]| ask(binary, words);
    let openapi = ask(&["openapi"])?;
    serde_json::from_str::<serde_json::Value>(&openapi).context("`candor openapi` printed no JSON")?;
    Ok([("docs/cli.md", cli(&ask)?), ("docs/openapi.json", format!("{}\n", openapi.trim_end()))])
}

/// What the binary prints, with nothing of this machine in it: no settings, no terminal.
fn ask(binary: &Path, words: &[&str]) -> Result<String> {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CANDOR_") {
            command.env_remove(name);
        }
    }
    capture(command.args(words).env("COLUMNS", COLUMNS).env("NO_COLOR", "1"))
}

/// The help of every command as one document. `ask` prints the help of the words that it is given.
fn cli(ask: &impl Fn(&[&str]) -> Result<String>) -> Result<String> {
    let mut text = String::from(
        "# The command line\n\nWritten by `cargo xtask docs` from the help of the program; do not edit.\n",
    );
    add_help(&mut text, &[], ask)?;
    Ok(text)
}

fn add_help(text: &mut String, words: &[String], ask: &impl Fn(&[&str]) -> Result<String>) -> Result<()> {
    if words.len() > DEPTH_LIMIT {
        bail!("the commands are nested deeper than {DEPTH_LIMIT}: `{}`", words.join(" "));
    }
    let mut asked: Vec<&str> = words.iter().map(String::as_str).collect();
    asked.push("--help");
    let help = ask(&asked)?;
    let name = std::iter::once("candor").chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let body: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    text.push_str(&format!("\n## `{name}`\n\n```text\n{}\n```\n", body.join("\n")));
    for command in commands(&help) {
        let deeper: Vec<_> = words.iter().cloned().chain([command]).collect();
        add_help(text, &deeper, ask)?;
    }
    Ok(())
}

/// The names under `Commands:` in a help text, less `help` itself.
fn commands(help: &str) -> Vec<String> {
    let rows = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let rows = rows.take_while(|line| line.is_empty() || line.starts_with(' '));
    let names = rows.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The first line, from 1, where two texts differ; `None` when they are the same.
fn first_difference(found: &str, wanted: &str) -> Option<usize> {
    if found == wanted {
        return None;
    }
    let same = found.lines().zip(wanted.lines()).take_while(|(one, other)| one == other).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use anyhow::{Result, bail};

    use super::{cli, commands, first_difference};

    const TOP: &str = "Candor\n\nUsage: candor <COMMAND>\n\nCommands:\n  serve   Serve the pages,\n          and wait\n  member  Members\n  help    Print help\n\nOptions:\n  -h, --help  Print help\n";

    fn answer(words: &[&str]) -> Result<String> {
        Ok(match words {
            ["--help"] => TOP.to_owned(),
            ["serve", "--help"] => "Serve the pages  \n".to_owned(),
            ["member", "--help"] => "Members\n\nCommands:\n  list  List them\n".to_owned(),
            ["member", "list", "--help"] => "List them\n".to_owned(),
            other => bail!("not asked for: {other:?}"),
        })
    }

    #[test]
    fn commands_are_read_from_help() {
        assert_eq!(commands(TOP), ["serve", "member"]);
        assert_eq!(commands("Usage: candor\n"), [""; 0]);
    }

    #[test]
    fn every_command_stands_in_the_document() {
        let text = cli(&answer).unwrap();
        let heads: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(heads, ["## `candor`", "## `candor serve`", "## `candor member`", "## `candor member list`"]);
        assert!(text.contains("```text\nServe the pages\n```"), "{text}");
    }

    #[test]
    fn endless_nesting_is_refused() {
        let error = cli(&|_: &[&str]| Ok("Commands:\n  deeper  x\n".to_owned())).unwrap_err();
        assert!(error.to_string().contains("nested"), "{error}");
    }

    #[test]
    fn the_first_stale_line_is_told() {
        for (found, wanted, line) in
            [("a\nb\n", "a\nb\n", None), ("a\n", "a\nb\n", Some(2)), ("", "a\n", Some(1)), ("a\nc", "a\nb", Some(2))]
        {
            assert_eq!(first_difference(found, wanted), line);
        }
    }
}
