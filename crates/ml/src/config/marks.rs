//! Which tokens begin and end a text. Models keep that in up to three files; here it is found once, when a base is opened, so that
//! training, scoring and drafts frame a text alike.

use super::{Config, Ids};
use crate::error::{MlError, Result};
use crate::files;
use crate::tokenizer::{END_OF_TEXT, Tokenizer};
use serde_json::{Map, Value};
use std::path::Path;

/// The tokens around a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Read before the first token; the end of the text before, where a model has no token for beginnings.
    pub start: u32,
    /// Learnt after the last token.
    pub end: u32,
}

impl Config {
    /// The tokens around a text.
    pub fn marks(&self) -> Marks {
        let end = self.eos_token_id.as_ref().and_then(|ids| ids.all().first().copied()).unwrap_or(0);
        Marks { start: self.bos_token_id.unwrap_or(end), end }
    }

    /// Whether a token ends a text.
    pub fn ends(&self, token: u32) -> bool {
        self.eos_token_id.as_ref().map_or(token == 0, |ids| ids.all().contains(&token))
    }
}

/// Fills in the marks from `config.json`, `generation_config.json`, `tokenizer_config.json` and last the tokenizer itself.
pub(crate) fn resolve(folder: &Path, config: &mut Config, tokenizer: &Tokenizer) -> Result<()> {
    let (generation, side) =
        (optional(&folder.join("generation_config.json"))?, optional(&folder.join("tokenizer_config.json"))?);
    let by_name = |key: &str| match side.get(key) {
        Some(Value::Object(token)) => token.get("content").and_then(Value::as_str).and_then(|name| tokenizer.id(name)),
        Some(Value::String(name)) => tokenizer.id(name),
        _ => None,
    };
    let mut ends: Vec<u32> = config.eos_token_id.as_ref().map(|ids| ids.all().to_vec()).unwrap_or_default();
    if let Some(ids) = generation.get("eos_token_id").and_then(|ids| serde_json::from_value::<Ids>(ids.clone()).ok()) {
        ends.extend_from_slice(ids.all());
    }
    if ends.is_empty() {
        ends.extend(by_name("eos_token").or_else(|| tokenizer.id(END_OF_TEXT)));
    }
    let mut seen = std::collections::BTreeSet::new();
    ends.retain(|&id| seen.insert(id));
    let begins = config.bos_token_id.or_else(|| by_name("bos_token"));
    if ends.is_empty() {
        let why = "no file says which token ends a text; set `eos_token_id` in `config.json`";
        return Err(MlError::format(folder, why));
    }
    if let Some(id) = ends.iter().chain(&begins).find(|&&id| !tokenizer.knows(id)) {
        let why = format!(
            "token `{id}`, which begins or ends a text, is not in the vocabulary of `tokenizer.json`; take the one that \
             came with the weights"
        );
        return Err(MlError::format(folder, why));
    }
    config.bos_token_id = begins;
    config.eos_token_id = Some(match ends.as_slice() {
        [one] => Ids::One(*one),
        _ => Ids::Several(ends),
    });
    Ok(())
}

/// A JSON object that need not be there.
fn optional(path: &Path) -> Result<Map<String, Value>> {
    if path.is_file() { files::read_json(path) } else { Ok(Map::new()) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tiny;
    use super::*;
    use crate::tokenizer::tests::small;
    use serde_json::json;

    #[test]
    fn the_first_file_that_says_it_counts() -> Result<()> {
        let tokenizer = small()?;
        let a = tokenizer.id("a").expect("every byte is a token");
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let found = |config: Config| -> Result<(Marks, Vec<bool>)> {
            let mut config = config;
            resolve(folder.path(), &mut config, &tokenizer)?;
            Ok((config.marks(), [0, 5, 6, a].map(|id| config.ends(id)).to_vec()))
        };
        let plain = (Marks { start: 0, end: 0 }, vec![true, false, false, false]);
        assert_eq!(found(tiny())?, plain, "the name in the tokenizer");
        files::write_json(&folder.path().join("tokenizer_config.json"), &json!({"eos_token": {"content": "a"}}))?;
        assert_eq!(found(tiny())?, (Marks { start: a, end: a }, vec![false, false, false, true]));
        files::write_json(&folder.path().join("generation_config.json"), &json!({"eos_token_id": [5, 6]}))?;
        assert_eq!(found(tiny())?, (Marks { start: 5, end: 5 }, vec![false, true, true, false]));
        let told = Config { bos_token_id: Some(7), eos_token_id: Some(Ids::One(6)), ..tiny() };
        assert_eq!(found(told)?, (Marks { start: 7, end: 6 }, vec![false, true, true, false]));
        let outside = Config { eos_token_id: Some(Ids::One(299_999)), ..tiny() };
        assert!(found(outside).is_err());
        Ok(())
    }
}
