//! Text to tokens and back: byte-level BPE in the `tokenizer.json` of Hugging Face. Trained on public text only, never on members'
//! words, so that it holds nothing of them. Which tokens begin and end a text is the base's `Config` to say.

use crate::error::{MlError, Result};
use crate::files;
use std::path::Path;
use std::sync::Arc;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{
    AddedToken, DecoderWrapper, ModelWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper,
    TokenizerBuilder, TokenizerImpl,
};

/// The one special token of tokenizers that are made here, with id 0: separator and end.
pub const END_OF_TEXT: &str = "<|endoftext|>";
/// Id of `END_OF_TEXT` in tokenizers that are made here.
pub const END_TOKEN: u32 = 0;

/// A text that every tokenizer has a token for.
const PROBE: &str = "a";

/// A loaded tokenizer; cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: Arc<tokenizers::Tokenizer>,
    json: Arc<str>,
}

fn failed(error: impl ToString) -> MlError {
    MlError::Tokenizer(error.to_string())
}

impl Tokenizer {
    /// Learns `vocabulary` tokens from texts; the same texts in the same order give the same tokenizer.
    pub fn train<S: AsRef<str> + Send>(vocabulary: usize, texts: impl Iterator<Item = S> + Send) -> Result<Self> {
        let alphabet = ByteLevel::alphabet();
        if vocabulary <= alphabet.len() {
            return Err(MlError::Recipe(format!(
                "a vocabulary of `{vocabulary}` cannot hold the 256 bytes and the end token"
            )));
        }
        let mut trainer = BpeTrainerBuilder::new()
            .show_progress(false)
            .vocab_size(vocabulary)
            .min_frequency(2)
            .initial_alphabet(alphabet.into_iter().collect())
            .special_tokens(vec![AddedToken::from(END_OF_TEXT, true)])
            .build();
        let split = ByteLevel::default().add_prefix_space(false);
        let mut tokenizer: TokenizerImpl<BPE, NormalizerWrapper, ByteLevel, PostProcessorWrapper, ByteLevel> =
            TokenizerBuilder::new()
                .with_model(BPE::default())
                .with_normalizer(None::<NormalizerWrapper>)
                .with_pre_tokenizer(Some(split))
                .with_post_processor(None::<PostProcessorWrapper>)
                .with_decoder(Some(ByteLevel::default()))
                .build()
                .map_err(failed)?;
        tokenizer.train(&mut trainer, texts).map_err(failed)?;
        Self::from_json(&tokenizer.to_string(true).map_err(failed)?)
    }

    /// Reads the text of a `tokenizer.json`.
    pub fn from_json(json: &str) -> Result<Self> {
        let mut inner = tokenizers::Tokenizer::from_bytes(json.as_bytes()).map_err(failed)?;
        // The name of a special token inside a text is plain words: nobody ends a text by writing it.
        inner.set_encode_special_tokens(true);
        inner.with_padding(None);
        inner.with_truncation(None).map_err(failed)?;
        Ok(Self { inner: Arc::new(inner), json: json.into() })
    }

    /// Reads a `tokenizer.json`.
    pub fn load(path: &Path) -> Result<Self> {
        Self::from_json(&files::read_text(path)?).map_err(|e| MlError::format(path, e))
    }

    /// The text of its `tokenizer.json`.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// SHA-256 of its `tokenizer.json`.
    pub fn hash(&self) -> String {
        files::hash_bytes(self.json.as_bytes())
    }

    /// Number of tokens, special ones included.
    pub fn vocabulary(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The highest number of a token.
    pub fn highest(&self) -> u32 {
        self.inner.get_vocab(true).into_values().max().unwrap_or(0)
    }

    /// The number of a token by its name.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.inner.token_to_id(name)
    }

    /// Whether there is a token of this number.
    pub fn knows(&self, id: u32) -> bool {
        self.inner.id_to_token(id).is_some()
    }

    /// Tokens of a text. The spelling of a special token inside a text is taken as plain words, so that nobody can end a text by
    /// writing its name.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        Ok(self.inner.encode_fast(text, false).map_err(failed)?.get_ids().to_vec())
    }

    /// Tokens of a text with the bytes of the text that each stands for; nothing is put around them.
    pub(crate) fn pieces(&self, text: &str) -> Result<Vec<(u32, (usize, usize))>> {
        let encoded = self.inner.encode(text, false).map_err(failed)?;
        Ok(encoded.get_ids().iter().copied().zip(encoded.get_offsets().iter().copied()).collect())
    }

    /// The tokens that this tokenizer puts before and after a text.
    pub(crate) fn ends(&self) -> Result<(Vec<u32>, Vec<u32>)> {
        let encoded = self.inner.encode_fast(PROBE, true).map_err(failed)?;
        let (ids, marks) = (encoded.get_ids(), encoded.get_special_tokens_mask());
        let is_text = |mark: &u32| *mark == 0;
        let first = marks.iter().position(is_text).unwrap_or(ids.len());
        let last = marks.iter().rposition(is_text).map_or(first, |at| at + 1);
        Ok((ids[..first].to_vec(), ids[last..].to_vec()))
    }

    /// The text of tokens, special tokens left out; bytes that are no UTF-8 become the replacement character.
    pub fn decode(&self, tokens: &[u32]) -> Result<String> {
        self.inner.decode(tokens, true).map_err(failed)
    }

    /// A decoder for tokens that come one by one.
    pub fn stream(&self) -> TextStream<'_> {
        TextStream(self.inner.decode_stream(true))
    }
}

type Stream<'a> = tokenizers::DecodeStream<
    'a,
    ModelWrapper,
    NormalizerWrapper,
    PreTokenizerWrapper,
    PostProcessorWrapper,
    DecoderWrapper,
>;

/// Turns a stream of tokens into pieces of text that end at whole characters.
pub struct TextStream<'a>(Stream<'a>);

impl TextStream<'_> {
    /// Adds a token; gives the text that became complete, if any did.
    pub fn push(&mut self, token: u32) -> Result<Option<String>> {
        self.0.step(token).map_err(failed)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn small() -> Result<Tokenizer> {
        let words = [
            "the quick brown fox jumps over the lazy dog",
            "the dog sleeps and the fox runs",
            "a quick dog, a lazy fox",
        ];
        Tokenizer::train(300, words.iter().cycle().take(30))
    }

    #[test]
    fn any_text_round_trips() -> Result<()> {
        let tokenizer = small()?;
        for text in ["", "the quick fox", " leading and trailing ", "Grüße, 東京 🙂\n\ttabs", "\u{0}\u{7f}"] {
            assert_eq!(tokenizer.decode(&tokenizer.encode(text)?)?, text);
        }
        assert!(tokenizer.vocabulary() <= 300);
        assert_eq!(tokenizer.hash(), small()?.hash(), "training is repeatable");
        Ok(())
    }

    #[test]
    fn the_end_token_is_zero_and_cannot_be_written() -> Result<()> {
        let tokenizer = small()?;
        assert_eq!(tokenizer.id(END_OF_TEXT), Some(END_TOKEN));
        let text = "a <|endoftext|> b<|endoftext|>";
        let tokens = tokenizer.encode(text)?;
        assert!(!tokens.contains(&END_TOKEN));
        assert_eq!(tokenizer.decode(&tokens)?, text);
        Ok(())
    }

    #[test]
    fn a_stream_gives_whole_characters() -> Result<()> {
        let tokenizer = small()?;
        let text = "the dog 🙂 東京 fox";
        let (mut stream, mut joined) = (tokenizer.stream(), String::new());
        for token in tokenizer.encode(text)? {
            if let Some(piece) = stream.push(token)? {
                assert!(!piece.contains('\u{fffd}'), "{piece:?}");
                joined.push_str(&piece);
            }
        }
        assert_eq!(joined, text);
        Ok(())
    }

    #[test]
    fn refuses_a_vocabulary_without_room_for_bytes() {
        assert!(Tokenizer::train(200, ["a"].iter()).is_err());
    }
}
