//! Edges between crates: each manifest may name only the crates that the design draws an arrow to.
//!
//! It reads manifests, never source: what is no dependency cannot be imported.

use anyhow::{Context, Result};

use super::Problem;
use crate::tree::Tree;

/// The arrows of ARCHITECTURE.md: a crate's folder, and the crates that it may depend on.
const EDGES: &[(&str, &[&str])] = &[
    ("crates/core", &[]),
    ("crates/tlog", &["candor-core"]),
    ("crates/redact", &["candor-core"]),
    ("crates/store", &["candor-core", "candor-tlog"]),
    ("crates/dataset", &["candor-core", "candor-redact"]),
    ("crates/assist", &["candor-core", "candor-redact"]),
    ("crates/ml", &["candor-core", "candor-redact", "candor-dataset"]),
    ("crates/web", &["candor-core", "candor-tlog", "candor-store", "candor-assist"]),
    (
        "crates/candor",
        &[
            "candor-core",
            "candor-tlog",
            "candor-redact",
            "candor-store",
            "candor-dataset",
            "candor-assist",
            "candor-ml",
            "candor-web",
        ],
    ),
    ("xtask", &[]),
];

/// Finds dependencies, of any table of a manifest, that the design does not draw.
pub fn check(tree: &Tree) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for (path, folder) in manifests(tree) {
        let text = tree.text(path)?.with_context(|| format!("`{path}` is not text"))?;
        let manifest: toml::Table = text.parse().with_context(|| format!("`{path}` is not a manifest"))?;
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == folder) else {
            found.push(Problem::new(
                path,
                1,
                format!("crate `{folder}` is not in the table of edges; add it to xtask/src/tidy/edges.rs"),
            ));
            continue;
        };
        for Dependency { key, package } in dependencies(&manifest) {
            // A crate's own tests may ask for one of its features.
            let itself = folder.strip_prefix("crates/").is_some_and(|name| package == format!("candor-{name}"));
            if is_ours(&package) && !itself && !allowed.contains(&package.as_str()) {
                let advice = format!(
                    "edge `{folder}` to `{package}` is not allowed; pass the value in, or move the code to the crate that may depend on both"
                );
                found.push(Problem::new(path, line_of(&text, &key), advice));
            }
        }
    }
    Ok(found)
}

/// The manifests of the members, each with its crate's folder.
pub(super) fn manifests(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.files().filter_map(|path| {
        let folder = path.strip_suffix("/Cargo.toml")?;
        let member = folder.strip_prefix("crates/").is_some_and(|name| !name.contains('/'));
        (member || folder == "xtask").then_some((path, folder))
    })
}

/// One dependency: the key in its table, and the package that it stands for.
pub(super) struct Dependency {
    /// The name on the left of the manifest's line.
    pub key: String,
    /// The package's real name, also when the manifest renames it.
    pub package: String,
}

/// Every dependency of a manifest: plain, dev, build, and those of one target.
pub(super) fn dependencies(manifest: &toml::Table) -> Vec<Dependency> {
    let mut tables = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(toml::Value::as_table));
    }
    let mut found = Vec::new();
    for table in tables {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(entries) = table.get(kind).and_then(toml::Value::as_table) else {
                continue;
            };
            for (key, value) in entries {
                let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(key);
                found.push(Dependency { key: key.clone(), package: package.to_owned() });
            }
        }
    }
    found
}

/// The line where a manifest names the key, from 1; 1 when it cannot be told.
pub(super) fn line_of(text: &str, key: &str) -> usize {
    let names = |line: &str| {
        let line = line.trim_start_matches(['[', ' ']);
        let rest = line.strip_prefix("dependencies.").unwrap_or(line);
        rest.strip_prefix(key).is_some_and(|after| after.starts_with(['.', ' ', '=', ']']))
    };
    text.lines().position(names).map_or(1, |index| index + 1)
}

fn is_ours(package: &str) -> bool {
    package == "candor" || package.starts_with("candor-") || package == "xtask"
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tree::fixture;

    fn problems(path: &str, text: &str) -> Vec<String> {
        let (_folder, tree) = fixture::tree(&[(path, text)]);
        check(&tree).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn drawn_edges_pass() {
        for (path, text) in [
            ("crates/store/Cargo.toml", "[dependencies]\ncandor-core.workspace = true\ncandor-tlog.workspace = true\n"),
            ("crates/candor/Cargo.toml", "[dependencies]\ncandor-ml.workspace = true\n"),
            ("crates/core/Cargo.toml", "[dependencies]\nserde = \"1\"\n"),
            ("crates/core/fuzz/Cargo.toml", "[dependencies]\ncandor-core.workspace = true\n"),
        ] {
            assert_eq!(problems(path, text), [""; 0], "{path}");
        }
    }

    #[test]
    fn other_edges_are_found_on_their_line() {
        for (path, text, line) in [
            ("crates/web/Cargo.toml", "[dependencies]\ncandor-ml.workspace = true\n", 2),
            ("crates/core/Cargo.toml", "[package]\n\n[dev-dependencies]\ncandor-store = \"*\"\n", 4),
            ("crates/ml/Cargo.toml", "[build-dependencies]\ncandor-store = \"*\"\n", 2),
            ("crates/ml/Cargo.toml", "[target.'cfg(unix)'.dependencies]\ncandor-store = \"*\"\n", 2),
            ("crates/ml/Cargo.toml", "[dependencies]\nkept = { package = \"candor-store\", path = \"..\" }\n", 2),
            ("xtask/Cargo.toml", "[dependencies.candor-core]\nworkspace = true\n", 1),
            ("crates/store/Cargo.toml", "[dependencies]\ncandor.workspace = true\n", 2),
        ] {
            let found = problems(path, text);
            assert_eq!(found.len(), 1, "{path} {found:?}");
            assert!(found[0].starts_with(&format!("{path}:{line}: edge ")), "{}", found[0]);
        }
    }

    #[test]
    fn a_new_crate_must_be_drawn_first() {
        let found = problems("crates/extra/Cargo.toml", "[package]\n");
        assert!(found[0].contains("table of edges"), "{found:?}");
    }
}
