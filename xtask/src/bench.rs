//! `cargo xtask bench`: the benchmarks that exist, each with the command that runs it.
//!
//! It starts none: a benchmark wants a quiet machine and a person who reads the figures.

use anyhow::Result;

use crate::tree::{Tree, stem_of};

/// Prints one command a line on stdout.
pub fn run(tree: &Tree) -> Result<()> {
    let commands = commands(tree);
    for command in &commands {
        println!("{command}");
    }
    eprintln!("{} benchmark(s)", commands.len());
    Ok(())
}

fn commands(tree: &Tree) -> Vec<String> {
    let benches = tree.with_extension("rs").filter_map(|path| {
        let (package, file) = path.strip_prefix("crates/")?.split_once("/benches/")?;
        let package = if package == "candor" { package.to_owned() } else { format!("candor-{package}") };
        (!file.contains('/')).then(|| format!("cargo bench --package {package} --bench {}", stem_of(file)))
    });
    benches.collect()
}

#[cfg(test)]
mod tests {
    use super::commands;
    use crate::tree::fixture;

    #[test]
    fn each_benchmark_has_its_command() {
        let (_folder, tree) = fixture::tree(&[
            ("crates/core/benches/decide.rs", "//! Bench.\n"),
            ("crates/core/benches/support/mod.rs", "//! Support.\n"),
            ("crates/core/src/decide.rs", "//! Code.\n"),
        ]);
        assert_eq!(commands(&tree), ["cargo bench --package candor-core --bench decide"]);
    }
}
