//! `config.json` of a token classifier: its sizes, the names that its weights have, and its labels. What cannot be computed exactly
//! (other architectures, relative positions, quantized weights) is refused here, so that nothing later guesses.

use crate::ops::Activation;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Largest width or vocabulary; keeps a hostile file from asking for all memory.
const DIMENSION_LIMIT: usize = 1 << 20;
/// Most blocks.
const LAYERS_LIMIT: usize = 256;
/// Most labels.
const LABELS_LIMIT: usize = 4096;

/// Width of the tables of an ELECTRA whose file does not say.
const ELECTRA_EMBEDDING: usize = 128;

/// How the weights of an architecture are named and its positions counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Bert,
    Electra,
    Roberta,
    DistilBert,
}

/// The architectures, as `transformers` names them.
const ARCHITECTURES: [(&str, Layout); 6] = [
    ("BertForTokenClassification", Layout::Bert),
    ("CamembertForTokenClassification", Layout::Roberta),
    ("DistilBertForTokenClassification", Layout::DistilBert),
    ("ElectraForTokenClassification", Layout::Electra),
    ("RobertaForTokenClassification", Layout::Roberta),
    ("XLMRobertaForTokenClassification", Layout::Roberta),
];

/// Sizes and constants of an encoder with a head of labels.
#[derive(Debug, Clone)]
pub(super) struct EncoderConfig {
    pub(super) layout: Layout,
    /// The name in `transformers`.
    pub(super) architecture: &'static str,
    pub(super) hidden: usize,
    pub(super) feed_forward: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) vocabulary: usize,
    /// Rows of the table of positions.
    pub(super) positions: usize,
    /// The row of the first position.
    pub(super) first_position: usize,
    /// Width of the embeddings; another than `hidden` needs a projection.
    pub(super) embedding: usize,
    /// Rows of the table of segments; 0 where there is none.
    pub(super) segments: usize,
    pub(super) eps: f32,
    pub(super) activation: Activation,
    /// The labels in the order of the classifier's rows.
    pub(super) labels: Vec<String>,
}

/// A dense layer of a block.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dense {
    Query,
    Key,
    Value,
    Output,
    Up,
    Down,
}

/// A normalization of a block.
#[derive(Debug, Clone, Copy)]
pub(super) enum Norm {
    Attention,
    FeedForward,
}

/// What the file says; names that only DistilBERT has stand beside the usual ones.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    embedding_size: Option<usize>,
    #[serde(default = "two")]
    type_vocab_size: usize,
    layer_norm_eps: Option<f64>,
    #[serde(alias = "activation")]
    hidden_act: Option<String>,
    pad_token_id: Option<usize>,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
    quantization_config: Option<serde_json::Value>,
    #[serde(default)]
    id2label: BTreeMap<String, String>,
}

fn two() -> usize {
    2
}

impl EncoderConfig {
    /// Reads and checks what a `config.json` says, or tells what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // First the architecture: the file of another one may lack everything else that is asked for here.
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let named: Vec<String> = value.get("architectures").and_then(|v| Vec::deserialize(v).ok()).unwrap_or_default();
        known(&named)?;
        Self::of(File::deserialize(&value).map_err(|error| error.to_string())?)
    }

    fn of(file: File) -> Result<Self, String> {
        let (architecture, layout) = known(&file.architectures)?;
        if file.quantization_config.is_some() {
            return Err("the checkpoint is quantized; take the one in f32, f16 or bf16".into());
        }
        if file.is_decoder {
            return Err("`is_decoder` is set; only encoders that look both ways tag tokens here".into());
        }
        match file.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => return Err(format!("positions are `{other}`, only `absolute` can be computed")),
        }
        let activation = match file.hidden_act.as_deref().unwrap_or("gelu") {
            "gelu" => Activation::Gelu,
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Activation::GeluTanh,
            "relu" => Activation::Relu,
            other => {
                let known = "`gelu`, `gelu_new`, `gelu_fast`, `gelu_pytorch_tanh` and `relu`";
                return Err(format!("the activation `{other}` cannot be computed, only {known}; take another model"));
            }
        };
        let embedding = match layout {
            Layout::Electra => file.embedding_size.unwrap_or(ELECTRA_EMBEDDING),
            Layout::Bert | Layout::Roberta | Layout::DistilBert => file.hidden_size,
        };
        let config = Self {
            layout,
            architecture,
            hidden: file.hidden_size,
            feed_forward: file.intermediate_size,
            layers: file.num_hidden_layers,
            heads: file.num_attention_heads,
            vocabulary: file.vocab_size,
            positions: file.max_position_embeddings,
            first_position: if layout == Layout::Roberta {
                file.pad_token_id.unwrap_or(1).saturating_add(1)
            } else {
                0
            },
            embedding,
            segments: if layout == Layout::DistilBert { 0 } else { file.type_vocab_size },
            eps: file.layer_norm_eps.unwrap_or(1e-12) as f32,
            activation,
            labels: labels(&file.id2label)?,
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let sizes = [self.hidden, self.feed_forward, self.heads, self.vocabulary, self.positions, self.embedding];
        if sizes.iter().any(|size| !(1..=DIMENSION_LIMIT).contains(size)) || self.segments > DIMENSION_LIMIT {
            return Err(format!("every size must lie between 1 and {DIMENSION_LIMIT}"));
        }
        if !(1..=LAYERS_LIMIT).contains(&self.layers) {
            return Err(format!("the number of layers must lie between 1 and {LAYERS_LIMIT}"));
        }
        if !self.hidden.is_multiple_of(self.heads) {
            return Err("`hidden_size` must be a multiple of `num_attention_heads`".into());
        }
        if !(0.0..1.0).contains(&self.eps) {
            return Err("`layer_norm_eps` must lie between 0 and 1".into());
        }
        Ok(())
    }

    /// Most tokens that are read at once.
    pub(super) fn window(&self) -> usize {
        self.positions.saturating_sub(self.first_position)
    }

    /// Name and shape of every weight that is read.
    pub(super) fn parameters(&self) -> Vec<(String, Vec<usize>)> {
        let (wide, narrow) = (self.hidden, self.embedding);
        let table = |name: &str| format!("{}.weight", self.embeddings(name));
        let mut all = vec![
            (table("word_embeddings"), vec![self.vocabulary, narrow]),
            (table("position_embeddings"), vec![self.positions, narrow]),
        ];
        if self.segments > 0 {
            all.push((table("token_type_embeddings"), vec![self.segments, narrow]));
        }
        all.extend(pair(&self.embeddings("LayerNorm"), vec![narrow]));
        if self.is_projected() {
            all.extend(pair(&self.projection(), vec![wide, narrow]));
        }
        for layer in 0..self.layers {
            for dense in [Dense::Query, Dense::Key, Dense::Value, Dense::Output] {
                all.extend(pair(&self.dense(layer, dense), vec![wide, wide]));
            }
            all.extend(pair(&self.dense(layer, Dense::Up), vec![self.feed_forward, wide]));
            all.extend(pair(&self.dense(layer, Dense::Down), vec![wide, self.feed_forward]));
            for norm in [Norm::Attention, Norm::FeedForward] {
                all.extend(pair(&self.norm(layer, norm), vec![wide]));
            }
        }
        all.extend(pair(HEAD, vec![self.labels.len(), wide]));
        all
    }

    /// Whether a tensor may be there and is not read: fixed numbers, and heads of what the model was made from.
    pub(super) fn is_idle(name: &str) -> bool {
        name.ends_with("position_ids")
            || name.contains(".pooler.")
            || name.starts_with("cls.")
            || name.starts_with("lm_head.")
    }

    /// Whether the embeddings have a width of their own.
    pub(super) fn is_projected(&self) -> bool {
        self.embedding != self.hidden
    }

    /// Name of a table or the normalization of the embeddings.
    pub(super) fn embeddings(&self, name: &str) -> String {
        format!("{}.embeddings.{name}", self.prefix())
    }

    /// Name of the projection of the embeddings.
    pub(super) fn projection(&self) -> String {
        format!("{}.embeddings_project", self.prefix())
    }

    /// Name of a dense layer of a block.
    pub(super) fn dense(&self, layer: usize, dense: Dense) -> String {
        let distil = self.layout == Layout::DistilBert;
        let name = match dense {
            Dense::Query if distil => "attention.q_lin",
            Dense::Key if distil => "attention.k_lin",
            Dense::Value if distil => "attention.v_lin",
            Dense::Output if distil => "attention.out_lin",
            Dense::Up if distil => "ffn.lin1",
            Dense::Down if distil => "ffn.lin2",
            Dense::Query => "attention.self.query",
            Dense::Key => "attention.self.key",
            Dense::Value => "attention.self.value",
            Dense::Output => "attention.output.dense",
            Dense::Up => "intermediate.dense",
            Dense::Down => "output.dense",
        };
        format!("{}.{name}", self.block(layer))
    }

    /// Name of a normalization of a block.
    pub(super) fn norm(&self, layer: usize, norm: Norm) -> String {
        let name = match (norm, self.layout) {
            (Norm::Attention, Layout::DistilBert) => "sa_layer_norm",
            (Norm::FeedForward, Layout::DistilBert) => "output_layer_norm",
            (Norm::Attention, Layout::Bert | Layout::Electra | Layout::Roberta) => "attention.output.LayerNorm",
            (Norm::FeedForward, Layout::Bert | Layout::Electra | Layout::Roberta) => "output.LayerNorm",
        };
        format!("{}.{name}", self.block(layer))
    }

    fn block(&self, layer: usize) -> String {
        let blocks = if self.layout == Layout::DistilBert { "transformer.layer" } else { "encoder.layer" };
        format!("{}.{blocks}.{layer}", self.prefix())
    }

    fn prefix(&self) -> &'static str {
        match self.layout {
            Layout::Bert => "bert",
            Layout::Electra => "electra",
            Layout::Roberta => "roberta",
            Layout::DistilBert => "distilbert",
        }
    }
}

/// Name of the layer that makes the labels' logits.
pub(super) const HEAD: &str = "classifier";

/// A matrix or vector and its bias.
fn pair(name: &str, shape: Vec<usize>) -> [(String, Vec<usize>); 2] {
    let bias = vec![shape[0]];
    [(format!("{name}.weight"), shape), (format!("{name}.bias"), bias)]
}

/// The first of these architectures that can be computed.
fn known(named: &[String]) -> Result<(&'static str, Layout), String> {
    ARCHITECTURES.into_iter().find(|(name, _)| named.iter().any(|given| given == name)).ok_or_else(|| {
        let given = match named {
            [] => "it names no architecture".to_owned(),
            named => format!("its architecture is `{}`", named.join("`, `")),
        };
        let known = ARCHITECTURES.map(|(name, _)| name).join("`, `");
        format!("{given}, only `{known}` tag tokens here; take a model of one of these")
    })
}

/// The labels by their numbers, which must be gapless.
fn labels(named: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    if named.is_empty() || named.len() > LABELS_LIMIT {
        return Err(format!(
            "`id2label` must hold between 1 and {LABELS_LIMIT} labels; copy the `config.json` of the model"
        ));
    }
    let label =
        |id: usize| named.get(&id.to_string()).cloned().ok_or_else(|| format!("`id2label` has no label `{id}`"));
    (0..named.len()).map(label).collect()
}
