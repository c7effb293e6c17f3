//! Text to tokens and back, by the `tokenizer.json` of a base model. It is fixed before any member's data is seen and is
//! never fitted on it: a vocabulary would remember whom it was made from.

use crate::files;
use std::{path::Path, sync::Arc};

/// The special token that ends every row, unless a base model has another.
pub const END_OF_TEXT: &str = "<|endoftext|>";
/// The longest text that is encoded, in bytes.
pub const MAX_TEXT_BYTES: usize = 1 << 20;
/// Texts that are encoded side by side.
const BATCH: usize = 256;

/// Why a text has no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] files::FileError),
    /// It is no tokenizer.
    #[error("not a `tokenizer.json`: {0}; take the one of the base model")]
    Form(String),
    /// It has no end token.
    #[error("the tokenizer has no token `{END_OF_TEXT}`; take the one of the base model")]
    NoEnd,
    /// A text is too long.
    #[error("a text of `{0}` bytes is too long; encode at most `{MAX_TEXT_BYTES}` bytes at a time")]
    TooLong(usize),
    /// It fails on a text. The text is not told.
    #[error("the tokenizer cannot encode or decode; take the one of the base model")]
    Failed,
}

/// A loaded tokenizer; cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: Arc<tokenizers::Tokenizer>,
    json: Arc<str>,
    hash: String,
    end: u32,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// When it cannot be read, is of another form, or has no end token.
    pub fn load(path: &Path) -> Result<Self, TokenizerError> {
        let json = std::fs::read_to_string(path).map_err(files::FileError::io(path))?;
        Self::from_json(&json)
    }

    /// Takes the text of a `tokenizer.json`.
    ///
    /// # Errors
    /// When it is of another form, or has no end token.
    pub fn from_json(json: &str) -> Result<Self, TokenizerError> {
        Self::new(json, None)
    }

    /// The same, for a base model that ends texts with the token of this number.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn ending_with(json: &str, end: u32) -> Result<Self, TokenizerError> {
        Self::new(json, Some(end))
    }

    fn new(json: &str, end: Option<u32>) -> Result<Self, TokenizerError> {
        let mut inner: tokenizers::Tokenizer =
            json.parse().map_err(|e: tokenizers::Error| TokenizerError::Form(e.to_string()))?;
        // The name of a special token inside a text is plain words: nobody ends a text by writing it.
        inner.set_encode_special_tokens(true);
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|e| TokenizerError::Form(e.to_string()))?;
        let end = end.or_else(|| inner.token_to_id(END_OF_TEXT)).ok_or(TokenizerError::NoEnd)?;
        Ok(Self { inner: Arc::new(inner), json: json.into(), hash: files::hash_bytes(json.as_bytes()), end })
    }

    /// The text of its `tokenizer.json`.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// SHA-256 of its `tokenizer.json`, in hex.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The token that ends a text.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Number of tokens, special ones included.
    #[must_use]
    pub fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The tokens of a text, without an end token.
    ///
    /// # Errors
    /// When the text is longer than [`MAX_TEXT_BYTES`].
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(TokenizerError::TooLong(text.len()));
        }
        let encoding = self.inner.encode_fast(text, false).map_err(|_| TokenizerError::Failed)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The tokens of many texts, each with the end token after it; `progress` is told how many are done.
    ///
    /// # Errors
    /// When a text is longer than [`MAX_TEXT_BYTES`].
    pub fn encode_rows(
        &self,
        texts: &[&str],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<u32>>, TokenizerError> {
        let mut rows = Vec::with_capacity(texts.len());
        for some in texts.chunks(BATCH) {
            if let Some(long) = some.iter().find(|text| text.len() > MAX_TEXT_BYTES) {
                return Err(TokenizerError::TooLong(long.len()));
            }
            let encoded = self.inner.encode_batch_fast(some.to_vec(), false).map_err(|_| TokenizerError::Failed)?;
            rows.extend(encoded.iter().map(|encoding| {
                let mut tokens = Vec::with_capacity(encoding.len() + 1);
                tokens.extend_from_slice(encoding.get_ids());
                tokens.push(self.end);
                tokens
            }));
            progress(rows.len());
        }
        Ok(rows)
    }

    /// The text of tokens, special tokens left out; bytes that are no UTF-8 become the replacement character.
    ///
    /// # Errors
    /// When the tokenizer has no way back.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, TokenizerError> {
        self.inner.decode(tokens, true).map_err(|_| TokenizerError::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::bytes_tokenizer;

    #[test]
    fn any_text_comes_back() {
        let tokenizer = bytes_tokenizer();
        for text in ["", "plain", " Grüße, 東京 🙂\n\ttabs", "a <|endoftext|> b"] {
            let tokens = tokenizer.encode(text).unwrap();
            assert!(!tokens.contains(&tokenizer.end()), "{text:?}");
            assert_eq!(tokenizer.decode(&tokens).unwrap(), text);
        }
    }

    #[test]
    fn rows_end_and_are_those_of_single_texts() {
        let tokenizer = bytes_tokenizer();
        let texts: Vec<String> = (0..600).map(|n| format!("text {n}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut told = Vec::new();
        let rows = tokenizer.encode_rows(&texts, &mut |done| told.push(done)).unwrap();
        assert_eq!(told, [256, 512, 600]);
        for (text, row) in texts.iter().zip(rows) {
            let mut expected = tokenizer.encode(text).unwrap();
            expected.push(tokenizer.end());
            assert_eq!(row, expected);
        }
    }

    #[test]
    fn what_is_no_tokenizer_is_refused() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        assert!(matches!(bytes_tokenizer().encode(&long), Err(TokenizerError::TooLong(_))));
        assert!(matches!(Tokenizer::from_json("{}"), Err(TokenizerError::Form(_))));
        let other = bytes_tokenizer().json().replace(END_OF_TEXT, "<|end|>");
        assert!(matches!(Tokenizer::from_json(&other), Err(TokenizerError::NoEnd)));
        let named = Tokenizer::ending_with(&other, 7).unwrap();
        assert_eq!(named.encode_rows(&[""], &mut |_| ()).unwrap(), [[7]]);
    }
}
