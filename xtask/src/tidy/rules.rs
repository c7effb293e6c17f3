//! Rule books: each row says where it is from and since when it stands there.
//!
//! It never reads what a row means; `candor-core` does.

use anyhow::{Context, Result};

use super::Problem;
use crate::tree::Tree;

/// Finds rows of `rulebooks/*.toml` without a source or a date.
pub fn check(tree: &Tree) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for path in tree.with_extension("toml").filter(|path| path.starts_with("rulebooks/")) {
        let text = tree.text(path)?.with_context(|| format!("`{path}` is not text"))?;
        let book: toml::Table = text.parse().with_context(|| format!("`{path}` is not TOML"))?;
        for (name, value) in &book {
            let rows = value.as_array().into_iter().flatten().filter_map(toml::Value::as_table);
            for (index, row) in rows.enumerate() {
                found.extend(missing(row).map(|key| {
                    let advice = format!(
                        "row {} of `{name}` has no `{key}`; add where the rule is from and the date of that source",
                        index + 1
                    );
                    Problem::new(path, line_of(&text, name, index), advice)
                }));
            }
        }
    }
    Ok(found)
}

fn missing(row: &toml::Table) -> impl Iterator<Item = &'static str> {
    let source = row.get("source").and_then(toml::Value::as_str).is_some_and(|text| !text.trim().is_empty());
    let date = row.get("date").is_some_and(is_date);
    [("source", source), ("date", date)].into_iter().filter(|(_, there)| !there).map(|(key, _)| key)
}

/// A TOML date, or a string that opens with one.
fn is_date(value: &toml::Value) -> bool {
    match value {
        toml::Value::Datetime(when) => when.date.is_some(),
        toml::Value::String(text) => {
            let day = text.get(..10).unwrap_or(text);
            day.len() == 10
                && day.chars().enumerate().all(|(index, one)| match index {
                    4 | 7 => one == '-',
                    _ => one.is_ascii_digit(),
                })
        }
        _ => false,
    }
}

/// The line of the row's header, from 1; of the array when the rows are written inline.
fn line_of(text: &str, name: &str, index: usize) -> usize {
    let header = format!("[[{name}]]");
    let rows = text.lines().enumerate().filter(|(_, line)| line.trim() == header);
    rows.map(|(at, _)| at + 1).nth(index).unwrap_or_else(|| super::edges::line_of(text, name))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tree::fixture;

    fn problems(text: &str) -> Vec<String> {
        let (_folder, tree) = fixture::tree(&[("rulebooks/test.toml", text)]);
        check(&tree).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn complete_rows_pass() {
        for text in [
            "name = \"x\"\n[[rule]]\nsource = \"report\"\ndate = \"2024-09-18\"\n",
            "[[rule]]\nsource = \"report\"\ndate = 2024-09-18\n",
            "[[policy]]\nsource = \"r\"\ndate = 2024-09-18\n[[policy.discloses]]\npurpose = \"p\"\n",
            "tags = [\"a\", \"b\"]\n",
        ] {
            assert_eq!(problems(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn rows_without_source_or_date_are_found() {
        for (text, line, key) in [
            ("[[rule]]\nsource = \"a\"\ndate = 2024-01-01\n\n[[rule]]\nsource = \"a\"\n", 5, "date"),
            ("[[rule]]\ndate = 2024-01-01\n", 1, "source"),
            ("[[rule]]\nsource = \" \"\ndate = 2024-01-01\n", 1, "source"),
            ("[[rule]]\nsource = \"a\"\ndate = \"autumn\"\n", 1, "date"),
            ("\nrule = [{ source = \"a\" }]\n", 2, "date"),
        ] {
            let found = problems(text);
            assert_eq!(found.len(), 1, "{text} {found:?}");
            assert!(found[0].starts_with(&format!("rulebooks/test.toml:{line}: ")), "{}", found[0]);
            assert!(found[0].contains(&format!("`{key}`")), "{}", found[0]);
        }
    }

    #[test]
    fn a_broken_book_is_an_error() {
        let (_folder, tree) = fixture::tree(&[("rulebooks/test.toml", "[[rule")]);
        assert!(check(&tree).is_err());
    }
}
