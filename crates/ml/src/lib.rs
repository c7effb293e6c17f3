//! Everything that touches tensors: the base model, members' adapters in shards, forgetting, audit, drafts. Functions of their
//! arguments: no database, no clock, no randomness that was not passed in. Members' data is learnt by adapters only.
//!
//! What lies where, from the numbers up.

// the model
pub mod adam;
pub mod adapter;
pub mod config;
pub mod model;
pub mod ops;
pub mod rope;
pub mod tensors;
pub mod tokenizer;
pub mod weights;

// the public base
pub mod base;
mod card;
pub mod corpus;
pub mod pretrain;

// members' adapters
pub mod batch;
pub mod canary;
pub mod dp;
pub mod joint;
pub mod preflight;
pub mod recipe;
mod running;
pub mod shard;
pub mod train;

// before a release
pub mod audit;
pub mod eval;
pub mod price;

// what is served
pub mod decode;
pub mod export;
pub mod generate;
mod matrix;
pub mod merge;
mod sampling;

// what finds personal data for the redactor
pub mod token_classification;

// shared by all
pub mod error;
pub mod files;
pub mod metrics;
pub mod progress;
pub mod tfevents;

pub use base::Base;
pub use card::CurvePoint;
pub use error::{MlError, Result};
