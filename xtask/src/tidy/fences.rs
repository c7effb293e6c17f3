//! Fences: a heavy or dangerous library has one home, in the manifests and in the code.
//!
//! Code is looked at without comments and strings, so naming a library in prose is free.

use anyhow::{Context, Result};

use super::Problem;
use super::edges::{dependencies, line_of, manifests};
use super::source::{code_of, is_name};
use crate::tree::Tree;

/// One library (or a family of them) and the only crate that may touch it.
struct Fence {
    home: &'static str,
    /// Paths as code writes them.
    paths: &'static [&'static str],
    /// Packages as manifests name them; a trailing `*` stands for any ending.
    packages: &'static [&'static str],
    instead: &'static str,
}

const FENCES: &[Fence] = &[
    Fence {
        home: "crates/store",
        paths: &["sqlx::"],
        packages: &["sqlx", "sqlx-*", "rusqlite", "libsqlite3-sys"],
        instead: "add a function with a name and a type to crates/store",
    },
    Fence {
        home: "crates/web",
        paths: &["axum::", "axum_extra::"],
        packages: &["axum", "axum-*"],
        instead: "let crates/web serve it; the binary calls its `serve`",
    },
    Fence {
        home: "crates/ml",
        paths: &["candle_", "candle::"],
        packages: &["candle-*"],
        instead: "add a function to crates/ml that takes and gives plain types",
    },
    Fence {
        home: "crates/assist",
        paths: &["reqwest::", "ureq::", "isahc::", "hyper::Client", "hyper::client", "hyper_util::client"],
        packages: &["reqwest", "reqwest-*", "ureq", "isahc", "attohttpc", "curl"],
        instead: "only crates/assist connects outwards; hand the request to it",
    },
];

/// Finds fenced libraries outside of their homes.
pub fn check(tree: &Tree) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for (path, folder) in manifests(tree) {
        let text = tree.text(path)?.with_context(|| format!("`{path}` is not text"))?;
        let manifest: toml::Table = text.parse().with_context(|| format!("`{path}` is not a manifest"))?;
        for dependency in dependencies(&manifest) {
            for fence in FENCES.iter().filter(|fence| fence.home != folder) {
                if fence.packages.iter().any(|pattern| is_package(pattern, &dependency.package)) {
                    let advice = advice(&dependency.package, fence);
                    found.push(Problem::new(path, line_of(&text, &dependency.key), advice));
                }
            }
        }
    }
    for path in tree.with_extension("rs") {
        let Some(text) = tree.text(path)? else {
            continue;
        };
        for (index, line) in code_of(&text).lines().enumerate() {
            for fence in FENCES.iter().filter(|fence| !is_inside(path, fence.home)) {
                if let Some(name) = fence.paths.iter().find(|name| has_path(line, name)) {
                    found.push(Problem::new(path, index + 1, advice(name, fence)));
                }
            }
        }
    }
    Ok(found)
}

fn advice(name: &str, fence: &Fence) -> String {
    format!("`{name}` belongs to {}; {}", fence.home, fence.instead)
}

fn is_inside(path: &str, home: &str) -> bool {
    path.strip_prefix(home).is_some_and(|rest| rest.starts_with('/'))
}

fn is_package(pattern: &str, package: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => package.starts_with(start),
        None => package == pattern,
    }
}

/// Whether the line holds the path, not as the tail of a longer name.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| !line[..at].chars().next_back().is_some_and(is_name))
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
    fn code_outside_a_home_is_found() {
        for (path, text, name) in [
            ("crates/web/src/a.rs", "//! A.\nuse sqlx::Pool;\n", "sqlx::"),
            ("crates/candor/src/commands/serve.rs", "//! S.\nlet r = axum::Router::new();\n", "axum::"),
            ("crates/dataset/src/a.rs", "//! A.\nuse candle_core::Tensor;\n", "candle_"),
            ("crates/candor/tests/it/main.rs", "//! A.\nlet c = reqwest::Client::new();\n", "reqwest::"),
            ("xtask/src/a.rs", "//! A.\nlet c = hyper::Client::new();\n", "hyper::Client"),
        ] {
            let found = problems(path, text);
            assert_eq!(found.len(), 1, "{path} {found:?}");
            assert!(found[0].starts_with(&format!("{path}:2: `{name}` belongs to ")), "{}", found[0]);
        }
    }

    #[test]
    fn homes_prose_and_like_names_are_free() {
        for (path, text) in [
            ("crates/store/src/a.rs", "use sqlx::Pool;\n"),
            ("crates/web/src/a.rs", "use axum::Router;\n"),
            ("crates/ml/tests/it/main.rs", "use candle_core::Tensor;\n"),
            ("crates/assist/src/http.rs", "use reqwest::Client;\n"),
            ("crates/core/src/a.rs", "// never sqlx::query\nlet a = \"axum::Router\";\n"),
            ("crates/core/src/b.rs", "use my_axum::x;\n"),
        ] {
            assert_eq!(problems(path, text), [""; 0], "{path}");
        }
    }

    #[test]
    fn manifests_are_fenced_too() {
        for (path, text, count) in [
            ("crates/web/Cargo.toml", "[dependencies]\nsqlx.workspace = true\n", 1),
            ("crates/store/Cargo.toml", "[dependencies]\nsqlx.workspace = true\n", 0),
            ("crates/candor/Cargo.toml", "[dev-dependencies]\ncandle-nn = \"1\"\nureq = \"3\"\n", 2),
            ("crates/storehouse/Cargo.toml", "[dependencies]\nsqlx = \"1\"\n", 1),
        ] {
            assert_eq!(problems(path, text).len(), count, "{path}");
        }
    }
}
