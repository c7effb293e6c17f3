//! A token-classification model that the operator brings, as one more recognizer of personal data: a folder in Hugging Face layout
//! with an encoder (BERT, DistilBERT, RoBERTa, XLM-R, CamemBERT, ELECTRA), its tokenizer, and labels such as `B-PER`. Made for scans
//! that may take long: it reads thousands of times slower than the shipped name model. Never trained here, never given more of a text
//! than a window of tokens.
//!
//! Order of work: `config.rs` and `labels.rs` read the folder, `windows.rs` cuts long texts, `encoder.rs` computes, `words.rs` makes
//! findings of what it says.

mod config;
mod encoder;
mod labels;
mod windows;
mod words;

use crate::error::{MlError, Result};
use crate::files;
use crate::tensors;
use crate::tokenizer::Tokenizer;
use crate::weights::WeightFiles;
use candor_redact::{Finding, Kind, Page, Recognizer, Span};
use config::{EncoderConfig, HEAD};
use encoder::Encoder;
use labels::Labels;
use std::path::Path;
use words::{Share, Token};

/// From which probability on a word is taken as personal data, in percent, where nothing else is said. Low: a doubt replaces.
pub const THRESHOLD_PERCENT: u8 = 30;
/// Most tokens of a window, whatever a model could read: attention costs their square.
const WINDOW_LIMIT: usize = 512;
/// Fewest tokens of a window besides those at its ends.
const WINDOW_LEAST: usize = 8;
/// A text is tokenized in pieces of so many bytes at most: some tokenizers take the square of a word.
const PIECE_BYTES: usize = 4096;

/// A loaded model. Used by all threads at once; share it in an `Arc`.
#[derive(Debug)]
pub struct TokenClassifier {
    name: String,
    hash: String,
    architecture: &'static str,
    labels: Labels,
    tokenizer: Tokenizer,
    /// Tokens before and after each window.
    ends: (Vec<u32>, Vec<u32>),
    encoder: Encoder,
    window: usize,
    threshold_percent: u8,
}

impl TokenClassifier {
    /// Loads `config.json`, `tokenizer.json` and the safetensors files of a folder, if they fit into the memory that is free.
    /// `threshold_percent` is from which probability on a word counts, 1 to 99; [`THRESHOLD_PERCENT`] is a good one.
    ///
    /// # Errors
    /// When a file is missing, damaged, of another architecture or does not fit the others, when no label is a kind of personal data,
    /// or when memory does not suffice.
    pub fn load(folder: &Path, threshold_percent: u8, available_bytes: u64) -> Result<Self> {
        let refuse = |why: String| Err(MlError::format(folder, why));
        if !(1..=99).contains(&threshold_percent) {
            return refuse(format!(
                "a threshold of `{threshold_percent}` percent cannot be used; give one from 1 to 99"
            ));
        }
        for file in ["config.json", "tokenizer.json"] {
            if !folder.join(file).is_file() {
                let why = "give a folder with a token-classification model in Hugging Face layout";
                return refuse(format!("it holds no `{file}`; {why}"));
            }
        }
        let config_path = folder.join("config.json");
        let config_text = files::read_text(&config_path)?;
        let config = EncoderConfig::parse(&config_text).map_err(|why| MlError::format(&config_path, why))?;
        let Some(labels) = Labels::new(&config.labels) else {
            let had = config.labels.join("`, `");
            return refuse(format!("none of its labels is a kind of personal data (`candor redact --types`): `{had}`"));
        };
        let tokenizer = Tokenizer::load(&folder.join("tokenizer.json"))?;
        let (highest, vocabulary) = (tokenizer.highest(), config.vocabulary);
        if highest as usize >= vocabulary {
            let why = "take the `tokenizer.json` that came with the weights";
            return refuse(format!(
                "the tokenizer has tokens up to number `{highest}`, the model `{vocabulary}`; {why}"
            ));
        }
        let ends = tokenizer.ends()?;
        let window = config.window().min(WINDOW_LIMIT).saturating_sub(ends.0.len() + ends.1.len());
        if window < WINDOW_LEAST {
            return refuse(format!("it reads `{window}` tokens at once, too few for a sentence"));
        }
        let (encoder, weights_hash) = read_weights(folder, &config, available_bytes)?;
        let parts = [files::hash_bytes(config_text.as_bytes()), tokenizer.hash(), weights_hash];
        let name = folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let model = Self {
            name: name.unwrap_or_else(|| "model".to_owned()),
            hash: files::hash_bytes(parts.join("\n").as_bytes()),
            architecture: config.architecture,
            labels,
            tokenizer,
            ends,
            encoder,
            window,
            threshold_percent,
        };
        model.probe().map_err(|error| MlError::format(folder, error))?;
        Ok(model)
    }

    /// The name of its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 over configuration, tokenizer and weights (as 32-bit floats, whatever width the files have).
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Its architecture, as `transformers` names it.
    pub fn architecture(&self) -> &'static str {
        self.architecture
    }

    /// From which probability on a word counts, in percent.
    pub fn threshold_percent(&self) -> u8 {
        self.threshold_percent
    }

    /// What it has labels for that is no kind of personal data here; such tokens count as nothing.
    pub fn ignored_labels(&self) -> &[String] {
        &self.labels.ignored
    }

    /// The tokens of a text and the logits of each, in the order of the labels; the text must fit one window.
    pub fn logits(&self, text: &str) -> Result<(Vec<u32>, Vec<Vec<f32>>)> {
        let ids: Vec<u32> = self.tokenizer.pieces(text)?.into_iter().map(|(id, _)| id).collect();
        let tokens = self.ended(ids.into_iter());
        let logits = self.encoder.logits(&tokens)?.to_vec2()?;
        Ok((tokens, logits))
    }

    /// A text that is sure to be computed: what fails here would fail with every text.
    fn probe(&self) -> Result<()> {
        // The second word is in no vocabulary.
        let (_, logits) = self.logits("a \u{10fffd}\u{4e00}")?;
        match logits.iter().flatten().all(|logit| logit.is_finite()) {
            true => Ok(()),
            false => {
                Err(MlError::Tokenizer("its logits are no numbers; the weights are damaged, fetch them again".into()))
            }
        }
    }

    fn ended(&self, ids: impl Iterator<Item = u32>) -> Vec<u32> {
        self.ends.0.iter().copied().chain(ids).chain(self.ends.1.iter().copied()).collect()
    }

    /// The tokens of a text of any length. What cannot be tokenized is reported whole: a doubt replaces.
    fn tokens(&self, text: &str, findings: &mut Vec<Finding>) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(text.len() / 4);
        let mut start = 0;
        while start < text.len() {
            let end = piece_end(text, start);
            let piece = text.get(start..end).unwrap_or_default();
            match self.tokenizer.pieces(piece) {
                Ok(pieces) => tokens.extend(pieces.into_iter().map(|(id, (from, to))| {
                    // Within the piece, whatever a tokenizer says.
                    let (from, to) = (from.min(piece.len()), to.min(piece.len()));
                    Token { id, span: Span { start: start + from, end: start + to.max(from) } }
                })),
                Err(_) => findings.push(Finding::new(self.doubt(), Span { start, end }, 1.0)),
            }
            start = end;
        }
        tokens
    }

    /// For each token how likely it is of each kind.
    fn shares(&self, tokens: &[Token]) -> Vec<Share> {
        let kinds = self.labels.kinds.len();
        let mut shares = Vec::with_capacity(tokens.len() * kinds);
        for window in windows::over(tokens.len(), self.window) {
            let read = tokens.get(window.reads.clone()).unwrap_or_default();
            let logits = self.encoder.logits(&self.ended(read.iter().map(|token| token.id)));
            let rows = logits.and_then(|logits| Ok(logits.to_vec2::<f32>()?)).unwrap_or_default();
            let skipped = self.ends.0.len() + window.speaks.start - window.reads.start;
            for at in 0..window.speaks.len() {
                let row = rows.get(skipped + at).map(Vec::as_slice).unwrap_or_default();
                self.add_shares(row, &mut shares);
            }
        }
        shares
    }

    /// The softmax of a row of logits, added up by kind. A row that is missing or no numbers makes the token one of a person.
    fn add_shares(&self, logits: &[f32], shares: &mut Vec<Share>) {
        let start = shares.len();
        shares.resize(start + self.labels.kinds.len(), Share::default());
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - highest).exp()).sum();
        if !sum.is_finite() || sum <= 0.0 {
            let at = self.labels.kinds.iter().position(|kind| *kind == self.doubt()).unwrap_or(0);
            shares[start + at].goes_on = 1.0;
            return;
        }
        for (logit, meaning) in logits.iter().zip(&self.labels.meanings) {
            let Some(meaning) = meaning else { continue };
            let share = &mut shares[start + meaning.kind];
            let side = if meaning.begins { &mut share.begins } else { &mut share.goes_on };
            *side += (logit - highest).exp() / sum;
        }
    }

    /// The kind of what could not be judged.
    fn doubt(&self) -> Kind {
        let kinds = &self.labels.kinds;
        if kinds.contains(&Kind::Person) { Kind::Person } else { kinds.first().copied().unwrap_or(Kind::Person) }
    }
}

impl Recognizer for TokenClassifier {
    fn kinds(&self) -> &[Kind] {
        &self.labels.kinds
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let text = page.text();
        let tokens = self.tokens(text, findings);
        let shares = self.shares(&tokens);
        let threshold = f32::from(self.threshold_percent) / 100.0;
        words::findings(text, &tokens, &shares, &self.labels, threshold, findings);
    }
}

/// The encoder and the hash of its weights.
fn read_weights(folder: &Path, config: &EncoderConfig, available_bytes: u64) -> Result<(Encoder, String)> {
    let mut weights = WeightFiles::open(folder)?;
    // As checkpoints that were made with TensorFlow have it.
    weights
        .rename(|name| name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias"));
    let (rows, labels) = (weights.shape(&format!("{HEAD}.weight")), config.labels.len());
    if let Some(rows) = rows.and_then(|shape| shape.first()).filter(|rows| **rows != labels) {
        let why = format!(
            "`id2label` has `{labels}` labels, the classifier `{rows}`; take the `config.json` of these weights"
        );
        return Err(MlError::format(folder, why));
    }
    let parameters = config.parameters();
    weights.check_for(&parameters, EncoderConfig::is_idle)?;
    weights.check_room(1, available_bytes)?;
    let tensors = weights.read_for(&parameters)?;
    Ok((Encoder::new(config, &tensors)?, tensors::hash(&tensors)?))
}

/// Where the piece of a text that starts at `start` ends: before a blank if there is one.
fn piece_end(text: &str, start: usize) -> usize {
    if text.len() - start <= PIECE_BYTES {
        return text.len();
    }
    let most = text.floor_char_boundary(start + PIECE_BYTES);
    let piece = text.get(start..most).unwrap_or_default();
    piece.rfind(char::is_whitespace).filter(|at| *at > 0).map_or(most, |at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_before_blanks_and_make_up_the_text() {
        let texts = [
            "",
            "short",
            &"word ".repeat(3000),
            &"é".repeat(9000),
            &" ".repeat(9000),
            &format!(" {}", "x".repeat(9000)),
        ];
        for text in texts {
            let (mut start, mut joined) = (0, String::new());
            while start < text.len() {
                let end = piece_end(text, start);
                assert!(end > start && end - start <= PIECE_BYTES);
                joined.push_str(&text[start..end]);
                start = end;
            }
            assert_eq!(joined, text);
        }
        assert_eq!(&"word ".repeat(3000)[piece_end(&"word ".repeat(3000), 0)..][..5], " word");
    }
}
